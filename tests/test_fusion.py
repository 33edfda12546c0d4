"""The fusion formulas: by hand, at their limits, against slow loops, and the laws they obey."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logsumexp, softmax

from mmseg_edu import fusion
from mmseg_edu.fusion.pools import _sum_over_modalities

POOLS = {
    "mean": lambda p, prior=None: fusion.mean(p),
    "weighted": lambda p, prior=None: fusion.weighted(p, np.full(len(p), 1 / len(p))),
    "product": fusion.product,
    "log_pool": lambda p, prior=None: fusion.log_pool(p, np.full(len(p), 0.7), prior),
    "maximum": fusion.maximum,
    "minimum": fusion.minimum,
    "median": fusion.median,
    "majority": fusion.majority,
}
WITH_PRIOR = ("product", "log_pool", "maximum", "minimum", "median", "majority")


@st.composite
def opinions(draw, most_experts=5, most_classes=5, least_experts=1):
    """Posteriors (n, pixels, K), some of them nearly certain, none of them exactly 0."""
    n, pixels, classes = (
        draw(st.integers(least_experts, most_experts)),
        draw(st.integers(1, 4)),
        draw(st.integers(2, most_classes)),
    )
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return softmax(draw(st.sampled_from([0.1, 1.0, 10.0])) * rng.normal(size=(n, pixels, classes)), axis=-1)


def some_prior(classes, seed=0):
    return np.random.default_rng(seed).dirichlet(np.full(classes, 5.0))


# By hand


def test_two_lukewarm_witnesses_of_a_rare_thing_are_almost_certain():
    fused = fusion.product([[0.5, 0.5], [0.5, 0.5]], prior=[0.05, 0.95])
    np.testing.assert_allclose(fused, [0.95, 0.05])


def test_one_mistaken_witness_vetoes_the_product_but_not_the_mean():
    says = [[0.99, 0.01], [0.99, 0.01], [1e-9, 1 - 1e-9]]
    np.testing.assert_allclose(fusion.product(says)[0], 9.8e-6, rtol=0.01)
    np.testing.assert_allclose(fusion.mean(says)[0], 0.66, atol=1e-9)


def test_mean_averages_features_of_any_size():
    np.testing.assert_array_equal(fusion.mean([[-300.0, 2.0], [100.0, 4.0]]), [-100.0, 3.0])


@given(brightness=st.floats(0, 1))
def test_the_mean_of_a_brightness_and_an_mfcc_is_half_the_mfcc(brightness):
    assert abs(fusion.mean([[brightness], [-300.0]])[0] + 150) <= 0.5


def test_equal_weights_are_the_mean_and_one_hot_weights_select():
    says = np.random.default_rng(7).dirichlet(np.ones(4), size=(3, 5))
    np.testing.assert_allclose(fusion.weighted(says, [1 / 3] * 3), fusion.mean(says), rtol=1e-14)
    np.testing.assert_array_equal(fusion.weighted(says, [0.0, 1.0, 0.0]), says[1])


PIXELS = np.full((2, 3, 3), 200, np.uint8)


@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.int64])
@pytest.mark.parametrize(
    "fuse",
    [fusion.mean, fusion.product, fusion.majority, lambda p: fusion.weighted(p, [0.5, 0.5])],
    ids=["mean", "product", "majority", "weighted"],
)
def test_whole_numbers_are_pixels_samples_or_labels_and_refused(fuse, kind):
    whole = PIXELS.astype(kind) // 2
    for says in (whole, list(whole), [whole[0], np.full((3, 3), 0.5)]):
        with pytest.raises(ValueError, match=r"whole numbers \(u?int\d+\) from 100 to 100: divide pixels by"):
            fuse(says)


def test_whole_zeros_and_ones_are_certainty():
    np.testing.assert_array_equal(fusion.mean([[1, 0], [0, 1]]), [0.5, 0.5])
    np.testing.assert_array_equal(fusion.mean(np.array([[True, False], [True, False]])), [1, 0])
    with pytest.raises(ValueError, match="from -1 to 1"):
        fusion.mean([[-1, 1]])
    with pytest.raises(ValueError, match="must be real numbers, got complex128"):
        fusion.mean([[1j, 1.0]])


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_thirds_sum_to_one_in_every_precision(dtype):
    alpha = np.full(3, 1 / 3, dtype)
    np.testing.assert_allclose(fusion.weighted(np.full((3, 2), 0.5), alpha), [0.5, 0.5], rtol=1e-3)
    with pytest.raises(ValueError, match="alpha must sum to 1"):
        fusion.weighted(np.full((3, 2), 0.5), alpha + dtype(0.001))


def test_weighted_by_modality_by_class_and_by_pixel():
    p = np.arange(2 * 2 * 3 * 4).reshape(2, 2, 3, 4) / 48
    by_modality = fusion.weighted(p, [0.25, 0.75])
    np.testing.assert_allclose(by_modality, 0.25 * p[0] + 0.75 * p[1])
    a = np.array([0.0, 0.2, 0.5, 1.0])
    np.testing.assert_allclose(fusion.weighted(p, np.stack([a, 1 - a])), a * p[0] + (1 - a) * p[1])
    b = np.linspace(0, 1, 6).reshape(2, 3, 1)
    np.testing.assert_allclose(fusion.weighted(p, np.stack([b, 1 - b])), b * p[0] + (1 - b) * p[1])
    batch = np.stack([p, p], axis=1)
    shared = np.stack([b, 1 - b])[:, None]
    np.testing.assert_allclose(fusion.weighted(batch, shared)[1], b * p[0] + (1 - b) * p[1])


def test_log_pool_interpolates_between_the_prior_and_the_product():
    p, prior = np.array([[0.7, 0.2, 0.1], [0.2, 0.5, 0.3]]), np.array([0.5, 0.3, 0.2])
    np.testing.assert_allclose(fusion.log_pool(p, [0, 0], prior), prior)
    np.testing.assert_allclose(fusion.log_pool(p, [1, 0], prior), p[0])
    half = np.sqrt(p[0] * p[1])
    np.testing.assert_allclose(fusion.log_pool(p, [0.5, 0.5], prior), half / half.sum())


def test_weight_zero_mutes_a_modality_and_its_vetoes():
    fused = fusion.log_pool([[0.3, 0.7], [0.0, 1.0]], [1.0, 0.0])
    np.testing.assert_allclose(fused, [0.3, 0.7])


def test_rank_rules_by_hand():
    p = np.array([[0.7, 0.2, 0.1], [0.4, 0.5, 0.1], [0.1, 0.1, 0.8]])
    top, low, mid = np.array([0.7, 0.5, 0.8]), np.array([0.1, 0.1, 0.1]), np.array([0.4, 0.2, 0.1])
    np.testing.assert_allclose(fusion.maximum(p), top / top.sum())
    np.testing.assert_allclose(fusion.minimum(p), low / low.sum())
    np.testing.assert_allclose(fusion.median(p), mid / mid.sum())
    np.testing.assert_allclose(fusion.majority(p), [1 / 3, 1 / 3, 1 / 3])
    np.testing.assert_allclose(fusion.median(p[:2]), fusion.mean(p[:2]))


@settings(max_examples=50, deadline=None)
@given(opinions(least_experts=2), st.integers(0, 100))
def test_rank_rules_decide_as_the_source_does(p, seed):
    n, prior = len(p), some_prior(p.shape[-1], seed)
    votes = (p == p.max(axis=-1, keepdims=True)).astype(float)
    printed = {
        fusion.maximum: (1 - n) * prior + n * p.max(axis=0),
        fusion.median: (1 - n) * prior + n * np.median(p, axis=0),
        fusion.majority: (1 - n) * prior + votes.sum(axis=0),
        fusion.minimum: prior ** (1 - n) * p.min(axis=0),
    }
    for rule, scores in printed.items():
        best = rule(p, prior).argmax(axis=-1)
        chosen = np.take_along_axis(scores, best[:, None], axis=-1)[:, 0]
        np.testing.assert_allclose(chosen, scores.max(axis=-1), rtol=1e-9, atol=1e-12)


RARE = np.array([0.8, 0.1, 0.1])


@pytest.mark.parametrize("name", ["maximum", "median", "majority"])
def test_a_class_that_no_modality_allows_gets_nothing_however_rare(name):
    fuse = getattr(fusion, name)
    np.testing.assert_array_equal(fuse([[1.0, 0, 0], [1.0, 0, 0]], RARE), [1, 0, 0])
    allowed = fuse([[0.6, 0.4, 0], [0.7, 0.3, 0]], RARE)
    assert allowed[2] == 0 < allowed[0]


def test_medians_of_zero_are_no_opinion_whatever_the_prior():
    certain = np.eye(4)[:3]
    for prior in (None, [0.33, 0.33, 0.33, 0.01], [0.01, 0.33, 0.33, 0.33]):
        with pytest.raises(ValueError, match="all 4 classes are vetoed at 1 of 1 positions"):
            fusion.median(certain, prior)


def test_who_gives_every_class_zero_cannot_vote():
    with pytest.raises(ValueError, match=r"all 3 classes are vetoed.*clip"):
        fusion.majority([[0.0, 0, 0], [1.0, 0, 0]])


@given(opinions(most_classes=2))
def test_of_two_classes_the_min_rule_and_the_max_rule_choose_the_same(p):
    if p.shape[-1] == 2:
        high, low = fusion.maximum(p), fusion.minimum(np.maximum(p, 1e-12))
        decided = np.abs(high[..., 0] - 0.5) > 1e-9
        np.testing.assert_array_equal((high[..., 0] > 0.5)[decided], (low[..., 0] > 0.5)[decided])


def test_a_modality_without_an_opinion_splits_its_vote():
    np.testing.assert_allclose(fusion.majority([[0.25] * 4, [0.1, 0.7, 0.1, 0.1]])[1], 0.625)


def test_over_pixels_repeats_and_keeps_the_batch():
    sound = np.array([[0.7, 0.3], [0.1, 0.9]], np.float32)
    spread = fusion.over_pixels(sound, (3, 4))
    assert spread.shape == (2, 3, 4, 2)
    assert spread.dtype == np.float32
    np.testing.assert_array_equal(spread, np.broadcast_to(sound[:, None, None], spread.shape))
    spread[0, 0, 0] = 0  # a copy, not a view: the others stay
    np.testing.assert_array_equal(spread[0, 0, 1], sound[0])


def test_over_pixels_takes_sides_of_any_whole_type():
    sides = np.uint8(32), np.uint8(16)
    np.testing.assert_array_equal(
        fusion.over_pixels([0.3, 0.7], sides), fusion.over_pixels([0.3, 0.7], (32, 16))
    )


# Against other implementations


@settings(max_examples=50, deadline=None)
@given(opinions(), st.integers(0, 100))
def test_product_against_a_slow_loop_in_exact_order(p, seed):
    prior = some_prior(p.shape[-1], seed)
    for pixel in range(p.shape[1]):
        scores = [np.prod(p[:, pixel, k]) / prior[k] ** (len(p) - 1) for k in range(p.shape[-1])]
        np.testing.assert_allclose(fusion.product(p, prior)[pixel], np.array(scores) / sum(scores), rtol=1e-8)


@settings(max_examples=50, deadline=None)
@given(opinions(), st.integers(0, 100))
def test_log_pool_against_scipy(p, seed):
    prior = some_prior(p.shape[-1], seed)
    w = np.random.default_rng(seed).uniform(0, 2, len(p))
    logs = np.tensordot(w, np.log(p), axes=1) + (1 - w.sum()) * np.log(prior)
    expected = np.exp(logs - logsumexp(logs, axis=-1, keepdims=True))
    np.testing.assert_allclose(fusion.log_pool(p, w, prior), expected, rtol=1e-8, atol=1e-14)


def test_weights_by_pixel_and_by_class_reach_the_log_pool():
    p = softmax(np.random.default_rng(0).normal(size=(2, 3, 4)), axis=-1)
    by_pixel, by_class = np.array([[[1], [0], [2]], [[0], [1], [1]]]), np.array([[1, 2, 0, 1], [1, 0, 1, 1]])
    for w, wide in ((by_pixel, by_pixel), (by_class, by_class[:, None, :])):
        scores = (p**wide).prod(axis=0) * (1 / 4) ** (1 - wide.sum(axis=0))
        np.testing.assert_allclose(fusion.log_pool(p, w), scores / scores.sum(axis=-1, keepdims=True))


# Laws


@pytest.mark.parametrize("name", POOLS)
@settings(max_examples=25, deadline=None)
@given(p=opinions(), seed=st.integers(0, 100))
def test_the_order_of_the_modalities_does_not_matter(name, p, seed):
    prior, order = some_prior(p.shape[-1], seed), np.random.default_rng(seed).permutation(len(p))
    np.testing.assert_allclose(POOLS[name](p[order], prior), POOLS[name](p, prior), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", POOLS)
@settings(max_examples=25, deadline=None)
@given(p=opinions(), seed=st.integers(0, 100))
def test_simplex_in_simplex_out(name, p, seed):
    fused = POOLS[name](p, some_prior(p.shape[-1], seed))
    assert fused.shape == p.shape[1:]
    assert (fused >= 0).all()
    np.testing.assert_allclose(fused.sum(axis=-1), 1, rtol=1e-12)


@pytest.mark.parametrize("name", POOLS)
@settings(max_examples=20, deadline=None)
@given(p=opinions())
def test_relabelling_the_classes_relabels_the_answer(name, p):
    prior = some_prior(p.shape[-1])
    turned = POOLS[name](p[..., ::-1], prior[::-1])
    np.testing.assert_allclose(turned, POOLS[name](p, prior)[..., ::-1], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", ["mean", "weighted", "maximum", "minimum", "median"])
@settings(max_examples=20, deadline=None)
@given(p=opinions(), count=st.integers(1, 5))
def test_copies_of_one_opinion_are_that_opinion(name, p, count):
    np.testing.assert_allclose(POOLS[name]([p[0]] * count), p[0], rtol=1e-12)


@pytest.mark.parametrize("name", ["mean", "weighted", "product", "maximum", "minimum", "median"])
@settings(max_examples=20, deadline=None)
@given(p=opinions())
def test_a_single_modality_comes_back(name, p):
    np.testing.assert_allclose(POOLS[name](p[:1], some_prior(p.shape[-1])), p[0], rtol=1e-12)


@settings(max_examples=30, deadline=None)
@given(opinions(), st.integers(0, 100))
def test_an_expert_who_repeats_the_prior_is_neutral_in_a_product(p, seed):
    prior = some_prior(p.shape[-1], seed)
    neutral = np.broadcast_to(prior, p[0].shape)
    np.testing.assert_allclose(
        fusion.product([*p, neutral], prior), fusion.product(p, prior), rtol=1e-8, atol=1e-14
    )
    silent = np.full_like(p[0], 1 / p.shape[-1])
    np.testing.assert_allclose(fusion.product([*p, silent]), fusion.product(p), rtol=1e-9, atol=1e-14)


@settings(max_examples=30, deadline=None)
@given(opinions(), st.integers(0, 100))
def test_product_is_the_log_pool_with_weights_of_one(p, seed):
    prior = some_prior(p.shape[-1], seed)
    np.testing.assert_allclose(
        fusion.log_pool(p, np.ones(len(p)), prior), fusion.product(p, prior), rtol=1e-12, atol=1e-15
    )


@settings(max_examples=30, deadline=None)
@given(opinions(least_experts=2), st.integers(0, 100))
def test_products_can_be_taken_in_steps(p, seed):
    prior = some_prior(p.shape[-1], seed)
    stepwise = fusion.product([fusion.product(p[:-1], prior), p[-1]], prior)
    np.testing.assert_allclose(stepwise, fusion.product(p, prior), rtol=1e-7, atol=1e-14)


@settings(max_examples=30, deadline=None)
@given(opinions(), st.floats(0.1, 10))
def test_the_scale_of_an_expert_cancels_in_a_product(p, scale):
    smaller = [p[0] * min(scale, 1 / scale), *p[1:]]
    np.testing.assert_allclose(fusion.product(smaller), fusion.product(p), rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("name", WITH_PRIOR)
@settings(max_examples=20, deadline=None)
@given(p=opinions())
def test_no_prior_means_the_uniform_one(name, p):
    uniform = np.full(p.shape[-1], 1 / p.shape[-1])
    np.testing.assert_allclose(POOLS[name](p, uniform), POOLS[name](p), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", WITH_PRIOR)
def test_a_prior_may_differ_from_pixel_to_pixel(name):
    rng = np.random.default_rng(0)
    p, prior = rng.dirichlet(np.ones(3), (2, 4)), rng.dirichlet(np.full(3, 5.0), 4)
    each = [POOLS[name](p[:, i], prior[i]) for i in range(4)]
    np.testing.assert_allclose(POOLS[name](p, prior), each)


@pytest.mark.parametrize("name", POOLS)
def test_one_class_is_certain(name):
    np.testing.assert_allclose(POOLS[name](np.ones((3, 2, 1)), np.ones(1)), np.ones((2, 1)))


@pytest.mark.parametrize("name", POOLS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_lists_and_stacks_agree_and_the_type_of_float_stays(name, dtype):
    p = np.random.default_rng(1).dirichlet(np.ones(4), (3, 2)).astype(dtype)
    assert POOLS[name](p).dtype == dtype
    np.testing.assert_array_equal(POOLS[name](p), POOLS[name](list(p)))


def test_the_input_is_left_alone():
    p = np.array([[0.2, 0.8], [1.0, 0.0]])
    before = p.copy()
    for pool in POOLS.values():
        pool(p)
    fusion.clip(p, 0.1)
    fusion.temperature(p, 2)
    np.testing.assert_array_equal(p, before)


# The range of floats


@pytest.mark.parametrize("prior", [None, [0.5, 0.25, 0.25]])
def test_a_hundred_experts_at_1e_minus_300(prior):
    p = np.tile([1e-300, 2e-300, 1e-300], (100, 1))
    with np.errstate(all="raise", under="ignore"):
        fused = fusion.product(p, prior)
    np.testing.assert_allclose(fused[1], 1.0)
    assert np.isfinite(fused).all()


def test_ten_thousand_experts_who_say_the_same_little():
    p = np.tile([0.40, 0.35, 0.25], (10_000, 1))
    for fused in (fusion.product(p), fusion.log_pool(p, np.ones(10_000))):
        np.testing.assert_allclose(fused, [1, 0, 0], atol=1e-12)
    balanced = np.tile([[0.6, 0.4], [0.4, 0.6]], (5_000, 1))
    np.testing.assert_allclose(fusion.product(balanced), [0.5, 0.5], rtol=1e-8)


def all_but_cancelling(dtype):
    """3,000 experts on one side and 3,001 on the other, one block after the other: the odd one decides."""
    return np.repeat([[0.6, 0.4], [0.4, 0.6]], [3000, 3001], axis=0).astype(dtype)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "longdouble"])
def test_of_6001_experts_the_odd_one_decides_in_any_precision(dtype):
    p = all_but_cancelling(dtype)
    for fused in (fusion.product(p), fusion.log_pool(p, np.ones(6001)), fusion.product(p, [0.5, 0.5])):
        assert fused.dtype == p.dtype
        np.testing.assert_allclose(fused.astype(float), [0.4, 0.6], atol=1e-3 if dtype == "float16" else 1e-6)


def test_what_float16_can_hold_of_an_opinion_is_summed_exactly():
    p = np.random.default_rng(0).dirichlet(np.ones(3), 500).astype(np.float16)
    p = np.concatenate([p, p[:, [1, 2, 0]], p[:, [2, 0, 1]], p[:1]])  # cancels but for the last row
    expected = p[0].astype(float) / p[0].astype(float).sum()
    np.testing.assert_allclose(fusion.product(p).astype(float), expected, atol=1e-3)


def test_without_float64_sums_in_pairs_lose_little():
    logs = np.log(all_but_cancelling("float32"))
    pairs, plain = _sum_over_modalities(logs, np), logs.sum(axis=0)
    exact = logs.astype(float).sum(axis=0)
    assert pairs.dtype == np.float32
    assert abs(np.diff(pairs - exact)[0]) < 1e-3 < abs(np.diff(plain - exact)[0])
    for n in range(1, 9):
        np.testing.assert_allclose(_sum_over_modalities(logs[:n], np), logs[:n].sum(axis=0), rtol=1e-6)
    vetoed = np.float32([[0, -np.inf], [-1, -1], [-2, -np.inf]])
    np.testing.assert_array_equal(_sum_over_modalities(vetoed, np), [-3, -np.inf])


# Vetoes


def test_one_zero_vetoes_a_class():
    np.testing.assert_allclose(fusion.product([[0.5, 0.3, 0.2], [0.0, 0.5, 0.5]]), [0, 0.6, 0.4])
    np.testing.assert_allclose(fusion.minimum([[0.5, 0.3, 0.2], [0.0, 0.5, 0.5]]), [0, 0.6, 0.4])


@pytest.mark.parametrize(
    "fuse",
    [
        fusion.product,
        lambda p: fusion.log_pool(p, [0.5] * len(p)),
        fusion.minimum,
        lambda p: fusion.median([*p, np.eye(3)[:1]]),
        lambda p: fusion.temperature(p[0] * p[1], 2),
    ],
)
def test_when_every_class_is_vetoed_clip_is_the_remedy(fuse):
    contradicting = [np.array([[0.0, 1.0, 0.0]]), np.array([[0.0, 0.0, 1.0]])]
    with pytest.raises(
        ValueError, match=r"all 3 classes are vetoed at 1 of 1 positions.*clip\(probabilities"
    ):
        fuse(contradicting)
    assert np.isfinite(fuse([fusion.clip(p, 0.01) for p in contradicting])).all()


# Reliability


def test_clip_by_hand_and_its_promise():
    np.testing.assert_allclose(fusion.clip([1.0, 0.0], 0.25), [0.8, 0.2])
    np.testing.assert_allclose(fusion.clip([0.0, 0.0], 0.25), [0.5, 0.5])
    inside = np.array([0.5, 0.3, 0.2])
    np.testing.assert_allclose(fusion.clip(inside, 0.1), inside)


@settings(max_examples=40, deadline=None)
@given(opinions(), st.floats(0, 0.2))
def test_clip_keeps_the_order_and_its_bound(p, floor):
    clipped, classes = fusion.clip(p, floor), p.shape[-1]
    assert clipped.min() >= floor / (1 + (classes - 1) * floor) * (1 - 1e-9)
    np.testing.assert_allclose(clipped.sum(axis=-1), 1)
    assert (np.diff(np.take_along_axis(clipped, p.argsort(axis=-1), axis=-1), axis=-1) >= -1e-15).all()


@settings(max_examples=40, deadline=None)
@given(opinions(), st.floats(0.2, 5), st.floats(0.2, 5))
def test_temperatures_multiply_and_one_changes_nothing(p, first, second):
    np.testing.assert_allclose(fusion.temperature(p, 1), p, rtol=1e-9)
    twice = fusion.temperature(fusion.temperature(p, first), second)
    np.testing.assert_allclose(twice, fusion.temperature(p, first * second), rtol=1e-6, atol=1e-12)


def test_clip_changes_nothing_above_the_floor_and_divides_by_the_sum():
    np.testing.assert_allclose(fusion.clip([0.7, 0.3], 0.3), [0.7, 0.3], rtol=1e-15)
    np.testing.assert_allclose(fusion.clip([0.7, 0.7], 0), [0.5, 0.5])
    np.testing.assert_array_equal(fusion.clip([0.0, 0.25, 0.75], 0), [0.0, 0.25, 0.75])  # A veto stays one.
    np.testing.assert_array_equal(fusion.clip([[1.0, 0.0], [0.2, 0.2]], 0.0), [[1.0, 0.0], [0.5, 0.5]])
    np.testing.assert_allclose(fusion.clip([0.0, 0.0], 1e-300), [0.5, 0.5])
    np.testing.assert_allclose(fusion.clip([0.0, 1.0], 0.5), [1 / 3, 2 / 3])  # 0.5 / (1 + 0.5): the bound
    with pytest.raises(ValueError, match="all 2 classes are vetoed"):
        fusion.clip([0.0, 0.0], 0)


def test_temperature_at_its_limits():
    p = np.array([0.5, 0.3, 0.2])
    for dtype in ("float16", "float32", "float64"):
        cold, hot = (fusion.temperature(p.astype(dtype), T) for T in (1e-30, 1e30))
        assert cold.dtype == hot.dtype == dtype
        np.testing.assert_array_equal(cold, [1, 0, 0])
        np.testing.assert_allclose(hot, np.full(3, 1 / 3), rtol=1e-3)
    np.testing.assert_array_equal(fusion.temperature([5e-324, 1e-323, 0.0], 1e-30), [0, 1, 0])
    np.testing.assert_array_equal(fusion.temperature([0.4, 0.4, 0.2], 1e-30), [0.5, 0.5, 0])
    np.testing.assert_allclose(fusion.temperature([0.4, 0.1, 0.0], 1e30), [0.5, 0.5, 0])
    np.testing.assert_allclose(fusion.temperature([0.4, 0.1], 1), [0.8, 0.2])
    np.testing.assert_allclose(fusion.temperature(p, 1e9), np.full(3, 1 / 3))
    np.testing.assert_allclose(fusion.temperature(p, 1e-3), [1, 0, 0], atol=1e-12)
    np.testing.assert_allclose(fusion.temperature([0.0, 1.0], 1e9), [0, 1])
    each = fusion.temperature(np.stack([p, p]), np.array([[1.0], [2.0]]))
    np.testing.assert_allclose(each[1], np.sqrt(p) / np.sqrt(p).sum())


def test_inverse_variance_by_hand_and_with_an_exact_modality():
    np.testing.assert_allclose(fusion.inverse_variance_weights([1.0, 4.0]), [0.8, 0.2])
    np.testing.assert_array_equal(fusion.inverse_variance_weights([0.0, 1.0, 0.0]), [0.5, 0, 0.5])
    np.testing.assert_array_equal(fusion.inverse_variance_weights([2.0, np.inf]), [1, 0])
    with np.errstate(all="raise"):
        np.testing.assert_allclose(fusion.inverse_variance_weights([1e-300, 1e-300]), [0.5, 0.5])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=6), st.integers(0, 1000))
def test_no_other_weights_give_less_variance(variances, seed):
    v = np.array(variances)
    alpha = fusion.inverse_variance_weights(v)
    other = np.random.default_rng(seed).dirichlet(np.ones(len(v)))
    np.testing.assert_allclose(alpha.sum(), 1)
    assert (alpha**2 * v).sum() <= (other**2 * v).sum() * (1 + 1e-12)
    np.testing.assert_allclose((alpha**2 * v).sum(), 1 / (1 / v).sum())


def test_the_limit_of_small_variances_is_an_exact_modality():
    for small in (1e-6, 1e-300):
        np.testing.assert_allclose(
            fusion.inverse_variance_weights([small, 1.0, small]), [0.5, 0, 0.5], atol=1e-5
        )
    np.testing.assert_array_equal(fusion.inverse_variance_weights([0.0, 1.0, 0.0]), [0.5, 0, 0.5])
    np.testing.assert_array_equal(fusion.inverse_variance_weights([np.inf, 4.0]), [0, 1])


def test_inverse_variance_weights_by_pixel_fit_into_weighted():
    v = np.random.default_rng(0).uniform(1, 2, (2, 3, 4, 1))
    p = np.random.default_rng(1).dirichlet(np.ones(5), (2, 3, 4))
    np.testing.assert_allclose(fusion.weighted(p, fusion.inverse_variance_weights(v)).sum(axis=-1), 1)


# Refusals

GOOD = np.full((2, 3, 4), 0.25)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: fusion.mean([]), "at least one modality, got an empty list"),
        (lambda: fusion.mean([GOOD, GOOD[0]]), r"one shape.*\(2, 3, 4\) and \(3, 4\): .*over_pixels"),
        (lambda: fusion.product([GOOD, np.full(4, 0.25)]), r"\(4,\): .*over_pixels\(posterior, \(H, W\)\)"),
        (lambda: fusion.product([0.5, 0.5]), r"got shape \(2,\): pass a list of arrays"),
        (lambda: fusion.mean(np.zeros((0, 3))), "none empty"),
        (lambda: fusion.mean([[np.nan, 1.0]]), "must be finite, got NaN"),
        (lambda: fusion.weighted([[np.inf, 1.0]], [1.0]), "must be finite"),
        (lambda: fusion.product([[np.nan, 1.0]]), r"must lie in \[0, 1\], got values from nan"),
        (lambda: fusion.maximum([[-0.1, 1.1]]), r"got values from -0\.1 to 1\.1: .*softmax"),
        (lambda: fusion.log_pool([[3.0, -2.0]], [1.0]), "softmax"),
        (lambda: fusion.weighted(GOOD, [0.5, 0.4]), r"alpha must sum to 1, got a sum of 0\.9: divide it by"),
        (lambda: fusion.weighted(GOOD, [1.5, -0.5]), r"alpha must be >= 0, got -0\.5"),
        (lambda: fusion.weighted(GOOD, [np.nan, 1.0]), "alpha must be >= 0, got nan"),
        (
            lambda: fusion.weighted(GOOD, [0.5, 0.25, 0.25]),
            r"alpha must have shape \(n,\) = \(2,\).*got \(3,\)",
        ),
        (lambda: fusion.weighted(GOOD, 1.0), r"alpha must have shape .*got \(\)"),
        (
            lambda: fusion.weighted(GOOD, np.full((2, 3), 0.5)),
            r"\(n, \.\.\., 1\) = \(2, 3, 1\), got \(2, 3\)",
        ),
        (lambda: fusion.log_pool(GOOD, [1, -1]), r"weights must lie in \[0, 1e\+30\], got -1: use 0 to mute"),
        (lambda: fusion.log_pool(GOOD, [1, np.nan]), r"weights must lie in .*got nan"),
        (lambda: fusion.log_pool(GOOD, [np.inf, 1]), r"weights must lie in .*got inf"),
        (lambda: fusion.log_pool(GOOD, [1e308, 1]), r"weights must lie in .*got 1e\+308"),
        (lambda: fusion.log_pool(GOOD, [1, 1, 1]), "weights must have shape"),
        (lambda: fusion.product(GOOD, [0.5, 0.5]), r"prior must have shape \(K,\) = \(4,\).*got \(2,\)"),
        (lambda: fusion.product(GOOD, [0.5, 0.5, 0.5, 0.5]), "prior must sum to 1, got a sum of 2: divide"),
        (
            lambda: fusion.product(GOOD, [0.5, 0.5, 0.0, 0.0]),
            "prior must be > 0 for every class, got 0: leave",
        ),
        (lambda: fusion.product(GOOD, [1.5, -0.5, 0.0, 0.0]), "prior must be >= 0, got -0.5"),
        (lambda: fusion.over_pixels([0.5, 0.5], (4, 4, 2)), r"shape must be \(H, W\).*image\.shape\[:2\]"),
        (lambda: fusion.over_pixels([0.5, 0.5], (0, 4)), "both at least 1"),
        (lambda: fusion.over_pixels(0.5, (4, 4)), "got one number"),
        (lambda: fusion.over_pixels([0.5, 0.5], (4.0, 4)), r"two whole numbers.*got \(4\.0, 4\)"),
        (lambda: fusion.over_pixels([0.5, 0.5], 4), "two whole numbers.*got 4"),
        (lambda: fusion.over_pixels([], (4, 4)), r"got shape \(0,\): pass one probability a class"),
        (lambda: fusion.over_pixels([np.nan, 1.0], (4, 4)), "must be finite"),
        (
            lambda: fusion.temperature([0.5, 0.5], 0),
            r"T must be a temperature in \[1e-30, 1e\+30\], got 0: 1 ",
        ),
        (lambda: fusion.temperature([0.5, 0.5], -1), "T must be a temperature in .*got -1"),
        (lambda: fusion.temperature([0.5, 0.5], np.nan), "T must be a temperature in .*got nan"),
        (lambda: fusion.temperature([0.5, 0.5], np.inf), "T must be a temperature in .*got inf"),
        (lambda: fusion.temperature([0.8, 0.2], 1e-310), "T must be a temperature in .*got 1e-310"),
        (
            lambda: fusion.temperature([0.8, 0.2], [[1.0], [0.9e-30]]),
            "T must be a temperature in .*got 9e-31",
        ),
        (lambda: fusion.temperature(0.5, 1), "got one number"),
        (lambda: fusion.clip([0.5, 0.5], 0.6), r"floor must lie in \[0, 1/K\] = \[0, 0\.5\], got 0\.6"),
        (lambda: fusion.clip([0.5, 0.5], np.nan), "floor must lie"),
        (lambda: fusion.inverse_variance_weights([1.0, -1.0]), "variances must be >= 0, got -1: square"),
        (lambda: fusion.inverse_variance_weights([np.nan, 1.0]), "variances must be >= 0, got nan"),
        (lambda: fusion.inverse_variance_weights([np.inf, np.inf]), "at least one variance must be finite"),
        (lambda: fusion.inverse_variance_weights(1.0), "got one number"),
    ],
)
def test_bad_input_is_refused_with_a_remedy(call, says):
    with pytest.raises(ValueError, match=says):
        call()


def test_numpy_in_never_imports_keras():
    script = (
        "import sys, numpy as np; from mmseg_edu import fusion;"
        "fusion.product([np.array([.5, .5])] * 2); fusion.clip([1., 0.], .1);"
        "sys.exit(any(m in sys.modules for m in ('keras', 'tensorflow', 'jax')))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
