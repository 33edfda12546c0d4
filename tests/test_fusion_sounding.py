"""The rule of the sounding object: by hand, at its limits, against a slow loop, and what it refuses."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmseg_edu.fusion import sounding


@st.composite
def seen_and_heard(draw):
    """Posteriors (N, H, W, K), some nearly certain, and flags (N, K), some of them 0 or 1."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, height, width, classes = (draw(st.integers(1, 3)) for _ in range(4))
    seen = rng.dirichlet(np.full(classes, draw(st.sampled_from([0.05, 1.0, 20.0]))), size=(n, height, width))
    heard = np.clip(draw(st.sampled_from([0.5, 5.0])) * rng.normal(size=(n, classes)) + 0.5, 0, 1)
    kind = draw(st.sampled_from([np.float64, np.float32]))
    return seen.astype(kind), heard.astype(kind)


def slow(seen, heard):
    out = np.zeros(seen.shape)
    n, height, width, classes = seen.shape
    for i, y, x in itertools.product(range(n), range(height), range(width)):
        rest = 1.0
        for k in range(1, classes):
            out[i, y, x, k] = float(seen[i, y, x, k]) * float(heard[i, k])
            rest -= out[i, y, x, k]
        out[i, y, x, 0] = max(rest, 0.0)
    return out


def test_by_hand():
    seen = [[0.2, 0.5, 0.3], [0.9, 0.1, 0.0]]
    np.testing.assert_allclose(
        sounding(seen, [0.7, 0.5, 1.0]), [[0.45, 0.25, 0.3], [0.95, 0.05, 0.0]], rtol=1e-15
    )


@given(seen_and_heard())
def test_it_is_what_a_loop_over_pixels_says(pair):
    seen, heard = pair
    fused = sounding(seen, heard)
    assert fused.dtype == seen.dtype
    np.testing.assert_allclose(fused, slow(seen, heard), atol=1e-6 if seen.dtype == np.float32 else 1e-14)


@given(seen_and_heard())
def test_a_posterior_comes_out_and_nothing_but_the_background_gains(pair):
    seen, heard = pair
    fused = sounding(seen, heard)
    assert fused.min() >= 0
    np.testing.assert_allclose(fused.sum(axis=-1), 1, atol=2e-6)
    assert (fused[..., 1:] <= seen[..., 1:]).all()
    assert (fused[..., 0] >= seen[..., 0] - 2e-6).all()


@given(seen_and_heard())
def test_all_flags_give_the_objects_back_and_no_flag_gives_background(pair):
    seen, heard = pair
    np.testing.assert_allclose(sounding(seen, np.ones_like(heard)), seen, atol=2e-6)
    nothing = sounding(seen, np.zeros_like(heard))
    np.testing.assert_array_equal(nothing, np.broadcast_to(np.eye(seen.shape[-1])[0], seen.shape))


@given(seen_and_heard(), st.floats(0, 1))
def test_the_flag_of_the_background_is_not_used(pair, other):
    seen, heard = pair
    moved = heard.copy()
    moved[:, 0] = other
    np.testing.assert_array_equal(sounding(seen, moved), sounding(seen, heard))


@given(seen_and_heard())
def test_raising_a_flag_raises_its_class_alone(pair):
    seen, heard = pair
    before = sounding(seen, heard)
    for k in range(1, seen.shape[-1]):
        raised = heard.copy()
        raised[:, k] = 1
        after = sounding(seen, raised)
        others = [j for j in range(1, seen.shape[-1]) if j != k]
        assert (after[..., k] >= before[..., k]).all()
        assert (after[..., 0] <= before[..., 0] + 1e-6).all()
        np.testing.assert_array_equal(after[..., others], before[..., others])


def test_one_vector_of_flags_serves_a_pixel_a_picture_and_a_batch():
    rng = np.random.default_rng(0)
    seen, heard = rng.dirichlet(np.ones(4), size=(2, 3, 5)), rng.random(4)
    whole = sounding(seen, heard)
    np.testing.assert_array_equal(whole[1], sounding(seen[1], heard))
    np.testing.assert_array_equal(whole[1, 2, 3], sounding(seen[1, 2, 3], heard))
    np.testing.assert_array_equal(whole, sounding(seen, [heard, heard]))
    np.testing.assert_array_equal(whole, sounding(seen, np.broadcast_to(heard, seen.shape)))


def test_each_picture_of_a_film_has_flags_of_its_own():
    rng = np.random.default_rng(1)
    seen, heard = rng.dirichlet(np.ones(3), size=(2, 4, 5, 6)), rng.random((2, 4, 3))
    np.testing.assert_array_equal(sounding(seen, heard)[1, 2], sounding(seen[1, 2], heard[1, 2]))


def test_flags_may_be_true_and_false_and_posteriors_certain():
    expected = [[0.4, 0.0, 0.6], [1.0, 0.0, 0.0]]
    seen = np.array([[0.1, 0.3, 0.6], [0.8, 0.2, 0.0]])
    np.testing.assert_allclose(sounding(seen, [False, False, True]), expected, rtol=1e-15)
    np.testing.assert_array_equal(sounding([[0, 1, 0]], [0, 1, 1]), [[0, 1, 0]])


def test_one_class_is_background():
    np.testing.assert_array_equal(sounding(np.ones((2, 3, 1)), [0.0]), np.ones((2, 3, 1)))


def test_rounding_leaves_no_number_below_zero():
    seen = np.float32([[0.0, 0.3, 0.700005]])
    assert sounding(seen, [1, 1, 1]).min() == 0


@pytest.mark.parametrize(
    ("objects", "heard", "says"),
    [
        ([0.5, 0.6], [0, 1], "objects must sum to 1, got a sum of 1.1: give the posterior of all visible"),
        ([-0.5, 1.5], [0, 1], r"probabilities must lie in \[0, 1\], got values from -0.5 to 1.5"),
        ([0.5, 0.5], [0, 1.5], r"probabilities must lie in \[0, 1\], got values from 0 to 1.5"),
        ([0.5, 0.5], [0, np.nan], r"probabilities must lie in \[0, 1\], got values from nan"),
        ([0.5, 0.5], [0, 2], r"floating point, got whole numbers \(int64\) from 0 to 2"),
        ([0.5, 0.5], [1], r"heard must have shape \(K,\) = \(2,\), .*got \(1,\): give one flag a class"),
        (np.full((4, 4, 2), 0.5), np.ones((4, 2)), r"objects, \(4, 4, 2\), got \(4, 2\)"),
        (np.full((3, 4, 4, 2), 0.5), np.ones((2, 2)), r"one a picture \(3, 2\) or that of .*, got \(2, 2\)"),
        (np.full((4, 2), 0.5), np.ones((3, 2)), r"got \(3, 2\)"),
        (1.0, [1], r"objects must have shape \(..., K\), got \(\): pass one probability a class"),
        (np.zeros((3, 0)), np.zeros(0), r"objects must have shape \(..., K\), got \(3, 0\)"),
    ],
)
def test_what_is_no_posterior_or_does_not_fit_is_refused(objects, heard, says):
    with pytest.raises(ValueError, match=says):
        sounding(objects, heard)


@pytest.mark.slow
def test_a_tensor_in_a_graph_gives_the_same_and_gradients_reach_both():
    keras = pytest.importorskip("mmseg_edu.backend").load()
    rng = np.random.default_rng(2)
    seen = rng.dirichlet(np.ones(4), size=(2, 3, 5)).astype(np.float32)
    heard = rng.random((2, 4)).astype(np.float32)
    picture, sound = keras.Input((3, 5, 4)), keras.Input((4,))
    model = keras.Model([picture, sound], sounding(picture, sound))
    np.testing.assert_allclose(model.predict([seen, heard], verbose=0), sounding(seen, heard), atol=1e-6)
    mixed = sounding(keras.ops.convert_to_tensor(seen), heard > 0.5)
    assert keras.ops.is_tensor(mixed)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(mixed), sounding(seen, heard > 0.5), atol=1e-6)
    with pytest.raises(ValueError, match=r"got \(None, 5, 4\)"):
        sounding(picture, keras.Input((5, 4)))
