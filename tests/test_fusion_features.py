"""Formulas that networks fuse with inside, on arrays: FiLM, concatenation, low-rank bilinear, attention, TPAVI."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmseg_edu import fusion


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


@pytest.mark.parametrize("lead", [(), (2,), (2, 3)])
def test_film_by_a_loop_over_pixels(lead):
    features, scale, shift = normal(2, 3, 4, 5), normal(*lead, 5, seed=1), normal(*lead, 5, seed=2)
    found = fusion.film(features, scale, shift)
    for place in np.ndindex(2, 3, 4):
        here = place[: len(lead)]
        np.testing.assert_allclose(found[place], scale[here] * features[place] + shift[here])


def test_film_by_numbers_of_each_pixel():
    features, scale, shift = (normal(2, 3, 4, seed=i) for i in range(3))
    np.testing.assert_allclose(fusion.film(features, scale, shift), scale * features + shift)
    np.testing.assert_array_equal(fusion.film(features, np.ones(4), np.zeros(4)), features)


def test_concatenation_holds_each_sense_where_it_stood():
    features, sound, motion = normal(2, 3, 4, 5), normal(2, 6), normal(2, 3, 4, 1)
    found = fusion.concat([features, sound, motion])
    assert found.shape == (2, 3, 4, 12)
    np.testing.assert_array_equal(found[..., :5], features)
    np.testing.assert_array_equal(found[..., 5:11], fusion.over_pixels(sound, (3, 4)))
    np.testing.assert_array_equal(found[..., 11:], motion)


@pytest.mark.parametrize("count", [2, 3])
def test_low_rank_is_the_whole_tensor_of_that_rank(count):
    senses = [normal(2, 3, 4, 5), normal(2, 6, seed=1), normal(2, 7, seed=2)][:count]
    factors = [normal(s.shape[-1], 3, seed=5) for s in senses]
    out = normal(3, 2, seed=8)
    if count == 2:
        tensor = np.einsum("ir,jr,rk->ijk", *factors, out)
        expected = np.einsum("nhwi,nj,ijk->nhwk", *senses, tensor)
        assert np.linalg.matrix_rank(tensor.reshape(30, 2)) <= 3
    else:
        tensor = np.einsum("ir,jr,lr,rk->ijlk", *factors, out)
        expected = np.einsum("nhwi,nj,nl,ijlk->nhwk", *senses, tensor)
    np.testing.assert_allclose(fusion.low_rank_bilinear(senses, factors, out), expected, atol=1e-9)


def test_any_tensor_is_reached_at_rank_c_times_s():
    tensor, features, sound = normal(2, 3, 4), normal(5, 2), normal(3)
    left = np.repeat(np.eye(2), 3, axis=1)
    right = np.tile(np.eye(3), 2)
    found = fusion.low_rank_bilinear([features, sound], [left, right], tensor.reshape(6, 4))
    np.testing.assert_allclose(found, np.einsum("pi,j,ijk->pk", features, sound, tensor))


@given(st.integers(1, 5), st.integers(1, 5), st.integers(1, 4), st.integers(0, 2**16), st.floats(0, 50))
@settings(deadline=None, max_examples=50)
def test_attention_is_weighted_fusion_with_weights_that_look(queries, keys, width, seed, sharp):
    rng = np.random.default_rng(seed)
    query, key, value = (rng.normal(size=(n, width)) for n in (queries, keys, keys))
    weights = fusion.attention_weights(sharp * query, key)
    np.testing.assert_allclose(weights.sum(axis=-1), 1)
    found = fusion.attention(sharp * query, key, value)
    for row, answer in zip(weights, found, strict=True):
        np.testing.assert_allclose(answer, fusion.weighted(list(value), row / row.sum()), atol=1e-9)
    assert (found <= value.max(axis=0) + 1e-9).all()
    assert (found >= value.min(axis=0) - 1e-9).all()
    order = rng.permutation(keys)
    np.testing.assert_allclose(fusion.attention(sharp * query, key[order], value[order]), found, atol=1e-9)


def test_a_query_of_nothing_takes_the_mean_and_a_sharp_one_the_best():
    key, value = normal(6, 3), normal(6, 2, seed=1)
    np.testing.assert_allclose(fusion.attention(np.zeros((1, 3)), key, value)[0], value.mean(axis=0))
    best = (key @ key[2]).argmax()
    np.testing.assert_allclose(fusion.attention(1e6 * key[2:3], key, value)[0], value[best])


def test_attention_by_a_loop_over_a_batch():
    query, key, value = normal(2, 3, 4, 5), normal(2, 3, 6, 5, seed=1), normal(2, 3, 6, 2, seed=2)
    found = fusion.attention(query, key, value)
    for place in np.ndindex(2, 3, 4):
        scores = np.exp(key[place[:2]] @ query[place] / np.sqrt(5))
        np.testing.assert_allclose(found[place], scores / scores.sum() @ value[place[:2]])


def test_tpavi_by_a_loop_over_pairs():
    theta, phi, g = normal(7, 3), normal(7, 3, seed=1), normal(7, 2, seed=2)
    expected = sum(np.outer(theta @ phi[p], g[p]) for p in range(7)) / 7
    np.testing.assert_allclose(fusion.tpavi(theta, phi, g), expected)
    np.testing.assert_array_equal(fusion.tpavi(theta, 0 * phi, g), 0 * g)


def test_with_one_sound_tpavi_is_the_match_times_the_mean():
    theta, phi, g = normal(7, 3), np.tile(normal(3, seed=1), (7, 1)), normal(7, 2, seed=2)
    np.testing.assert_allclose(fusion.tpavi(theta, phi, g), np.outer(theta @ phi[0], g.mean(axis=0)))


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_the_kind_of_number_is_kept(dtype):
    h, a = normal(2, 3, 4).astype(dtype), normal(4).astype(dtype)
    assert fusion.film(h, a, a).dtype == dtype
    assert fusion.concat([h, a]).dtype == dtype
    assert fusion.attention(h, h, h).dtype == dtype
    assert fusion.tpavi(h, h, h).dtype == dtype
    assert fusion.low_rank_bilinear([h, a], [h[0, :1].T, h[0, :1].T], h[0, :1]).dtype == dtype


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (
            lambda: fusion.film(normal(2, 3, 4), normal(3), normal(4)),
            "scale must have 4 numbers on its last axis",
        ),
        (lambda: fusion.film(normal(2, 3, 4), normal(4), normal(5)), "shift must have 4 numbers"),
        (
            lambda: fusion.film(normal(2, 3, 4), normal(3, 4), normal(4)),
            r"scale must begin with the first axes of the features, \(2, 3\), got \(3,\)",
        ),
        (
            lambda: fusion.film(normal(4), normal(2, 4), normal(4)),
            r"first axes of the features, \(\), got \(2,\)",
        ),
        (lambda: fusion.film(np.full(2, np.nan), [1.0, 1.0], [0.0, 0.0]), "must be finite"),
        (lambda: fusion.film(np.full((2, 2), 255), [1.0, 1.0], [0.0, 0.0]), "divide pixels by 255"),
        (lambda: fusion.film(3.0, [1.0], [1.0]), "features must have a last axis of channels"),
        (lambda: fusion.concat([]), "senses must be a list"),
        (lambda: fusion.concat([normal(2, 3), normal(3, 1)]), "each sense must begin with"),
        (
            lambda: fusion.low_rank_bilinear([normal(2, 3), normal(4)], [normal(3, 2)], normal(2, 2)),
            "one matrix a sense, got 1 for 2",
        ),
        (
            lambda: fusion.low_rank_bilinear(
                [normal(2, 3), normal(4)], [normal(4, 2), normal(3, 2)], normal(2, 2)
            ),
            "a sense must have 4 numbers on its last axis, as its factor has rows, got 3",
        ),
        (
            lambda: fusion.attention(normal(2, 3), normal(4, 2), normal(4, 2)),
            "query and key must have as many numbers a row, got 3 and 2",
        ),
        (
            lambda: fusion.attention(normal(2, 3), normal(4, 3), normal(5, 2)),
            "value and key must have as many rows, got 5 and 4",
        ),
        (
            lambda: fusion.attention(normal(3), normal(4, 3), normal(4, 2)),
            r"query must have shape \(..., rows, numbers\)",
        ),
        (lambda: fusion.attention(normal(2, 3), normal(0, 3), normal(0, 2)), "none empty"),
        (lambda: fusion.tpavi(normal(3, 2), normal(4, 2), normal(4, 1)), "one row a pixel, got 3 and 4"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(call, says):
    with pytest.raises(ValueError, match=says):
        call()
