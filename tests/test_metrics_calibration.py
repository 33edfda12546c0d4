"""Calibration and the bootstrap: by hand, against slow loops and SciPy, and on honest data."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from mmseg_edu import metrics


def slow_ece(truth, probabilities, bins):
    edges, total = np.linspace(0, 1, bins + 1), 0.0
    sure, right = probabilities.max(axis=-1), probabilities.argmax(axis=-1) == truth
    for low, high in pairwise(edges):
        inside = (sure > low) & (sure <= high)
        if inside.any():
            total += inside.mean() * abs(right[inside].mean() - sure[inside].mean())
    return total


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([1, 7, 15]))
def test_ece_against_a_slow_loop(seed, bins):
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.ones(3), (4, 5))
    truth = rng.integers(3, size=(4, 5))
    np.testing.assert_allclose(
        metrics.expected_calibration_error(truth, p, bins=bins), slow_ece(truth, p, bins), atol=1e-12
    )


def test_ece_of_an_honest_and_of_a_boastful_model():
    rng = np.random.default_rng(0)
    p = rng.dirichlet(np.ones(3), 20_000)
    truth = (p.cumsum(axis=1) > rng.uniform(size=(20_000, 1))).argmax(axis=1)
    assert metrics.expected_calibration_error(truth, p) < 0.02
    assert metrics.expected_calibration_error(truth, np.eye(3)[p.argmax(axis=1)]) > 0.25
    assert metrics.expected_calibration_error([1], [[0.0, 1.0]]) == 0.0


def test_reliability_curve_marks_empty_bins():
    confidence, accuracy, count = metrics.reliability_curve(
        [0, 1, 0], [[1.0, 0.0], [0.8, 0.2], [0.7, 0.3]], bins=5
    )
    np.testing.assert_array_equal(count, [0, 0, 0, 2, 1])
    np.testing.assert_allclose(confidence, [np.nan] * 3 + [0.75, 1.0])
    np.testing.assert_allclose(accuracy, [np.nan] * 3 + [0.5, 1.0])


@pytest.mark.parametrize("bins", [3, 7, 10, 15, 100])
def test_a_bin_holds_its_upper_edge_and_not_its_lower_one(bins):
    for b in range(bins):
        top = (b + 1) / bins
        for sure, lands in ((top, b), (np.nextafter(top, 0), b), (np.nextafter(top, 2), b + 1)):
            if sure <= 1:
                _, _, count = metrics.reliability_curve([0], [[sure, 0.0]], bins=bins)
                assert count.argmax() == lands, (sure, bins)
    assert metrics.reliability_curve([0], [[0.0, 0.0]], bins=bins)[2][0] == 1


# Brier and log score


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 6))
def test_scores_against_slow_loops(seed, classes):
    rng = np.random.default_rng(seed)
    p, truth = rng.dirichlet(np.ones(classes), (3, 4)), rng.integers(classes, size=(3, 4))
    pixels = list(zip(p.reshape(-1, classes), truth.ravel(), strict=True))
    brier = np.mean([sum((each[k] - (k == label)) ** 2 for k in range(classes)) for each, label in pixels])
    surprise = np.mean([-np.log(each[label]) for each, label in pixels])
    np.testing.assert_allclose(metrics.brier_score(truth, p), brier, atol=1e-12)
    np.testing.assert_allclose(metrics.log_score(truth, p), surprise, atol=1e-12)


def test_scores_at_their_limits():
    assert metrics.brier_score([0, 1], np.eye(2)) == metrics.log_score([0, 1], np.eye(2)) == 0
    assert metrics.brier_score([1, 0], np.eye(2)) == 2
    assert metrics.log_score([0, 0], np.eye(2)) == np.inf, "one true class of two was ruled out"
    for k in (1, 2, 5):
        for dtype in ("float16", "float32", "float64"):
            equal = np.full((1, k), 1 / k, dtype)
            np.testing.assert_allclose(metrics.brier_score([0], equal), 1 - 1 / k, atol=1e-3)
            np.testing.assert_allclose(metrics.log_score([0], equal), np.log(k), atol=1e-3)


@pytest.mark.parametrize("score", [metrics.brier_score, metrics.log_score])
def test_who_believes_q_expects_the_least_by_saying_q(score):
    rng = np.random.default_rng(1)
    for q in rng.dirichlet(np.ones(3), 20):
        expects = lambda p, q=q: sum(q[k] * score([k], [p]) for k in range(3))  # noqa: E731
        assert all(expects(q) <= expects(p) for p in rng.dirichlet(np.ones(3), 50))


def test_a_calibrated_model_that_knows_nothing_is_told_by_its_scores_only():
    rng = np.random.default_rng(2)
    p = rng.dirichlet(np.ones(3) / 3, 20_000)
    truth = (p.cumsum(axis=1) > rng.uniform(size=(20_000, 1))).argmax(axis=1)
    ignorant = np.tile(np.bincount(truth, minlength=3) / truth.size, (truth.size, 1))
    assert metrics.expected_calibration_error(truth, ignorant) < 1e-12
    assert metrics.brier_score(truth, ignorant) > metrics.brier_score(truth, p) + 0.1
    assert metrics.log_score(truth, ignorant) > metrics.log_score(truth, p) + 0.1


def test_bootstrap_is_repeatable_and_agrees_with_scipy():
    values = np.random.default_rng(0).normal(size=60)
    low, high = metrics.bootstrap_interval(values, 1, draws=4000)
    assert (low, high) == metrics.bootstrap_interval(values, np.random.default_rng(1), draws=4000)
    assert (low, high) != metrics.bootstrap_interval(values, 2, draws=4000)
    other = stats.bootstrap(
        (values,), np.mean, n_resamples=4000, method="percentile", rng=0
    ).confidence_interval
    np.testing.assert_allclose((low, high), other, atol=0.02)
    narrow = metrics.bootstrap_interval(values, 1, level=0.5, draws=4000)
    assert low < narrow[0] < narrow[1] < high


def test_bootstrap_covers_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(0)
    inside = 0
    for seed in range(100):
        low, high = metrics.bootstrap_interval(rng.uniform(size=40), seed, level=0.9, draws=200)
        inside += low <= 0.5 <= high
    assert 80 <= inside <= 98


def test_bootstrap_of_a_data_set_score_from_the_matrices_of_its_pictures():
    rng = np.random.default_rng(0)
    truth = rng.integers(3, size=(30, 8, 8))
    predicted = np.where(rng.uniform(size=truth.shape) < 0.7, truth, rng.integers(3, size=truth.shape))
    each = metrics.confusion(truth, predicted, 3, per_image=True)
    low, high = metrics.bootstrap_interval(
        each, 0, statistic=lambda c: np.nanmean(metrics.class_iou(c.sum(axis=0))), draws=300
    )
    assert low < metrics.mean_iou(truth, predicted, 3) < high


def test_a_single_picture_says_nothing_about_others():
    assert metrics.bootstrap_interval([0.7], 0) == (0.7, 0.7)


@pytest.mark.parametrize(
    ("error", "call", "says"),
    [
        (ValueError, lambda: metrics.reliability_curve([0, 1], [[0.5, 0.5]]), r"got \(2,\) and \(1, 2\)"),
        (ValueError, lambda: metrics.reliability_curve([0], [[2.0, -1.0]]), r"from -1 to 2: .*softmax"),
        (ValueError, lambda: metrics.reliability_curve([0], [[np.nan, 1.0]]), r"must lie in \[0, 1\]"),
        (TypeError, lambda: metrics.reliability_curve([0.0], [[0.5, 0.5]]), "truth must hold class indices"),
        (
            ValueError,
            lambda: metrics.reliability_curve([0], [[0.5, 0.5]], bins=0),
            "bins must be at least 1, got 0",
        ),
        (TypeError, lambda: metrics.reliability_curve([0], [[0.5, 0.5]], bins=2.5), "integer"),
        (
            ValueError,
            lambda: metrics.reliability_curve([2], [[0.5, 0.5]]),
            r"truth must lie in 0 \.\. 1, got 2",
        ),
        (ValueError, lambda: metrics.expected_calibration_error([-1], [[0.5, 0.5]]), "got -1 .*leave pixels"),
        (
            ValueError,
            lambda: metrics.brier_score([0], [[0.5, 0.4]]),
            "must sum to 1, got a sum of 0.9: divide",
        ),
        (ValueError, lambda: metrics.log_score([0], [[0.5, 0.6]]), "must sum to 1, got a sum of 1.1"),
        (ValueError, lambda: metrics.log_score([0], [[3.0, -2.0]]), "from -2 to 3: .*softmax"),
        (TypeError, lambda: metrics.brier_score([0.0], [[0.5, 0.5]]), "truth must hold class indices"),
        (ValueError, lambda: metrics.brier_score([], np.zeros((0, 2))), "truth must have shape"),
        (ValueError, lambda: metrics.bootstrap_interval([], 0), "at least one picture"),
        (
            ValueError,
            lambda: metrics.bootstrap_interval([1.0], 0, level=95),
            r"level must lie in \(0, 1\).*got 95",
        ),
        (ValueError, lambda: metrics.bootstrap_interval([np.nan], 0), "finite score, got NaN: use statistic"),
    ],
)
def test_bad_input_is_refused_with_a_remedy(error, call, says):
    with pytest.raises(error, match=says):
        call()
