"""The audio-visual benchmark's scores: against its definition done slowly, and its known values."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmseg_edu import metrics


def frames(seed, count=5, size=6, empty=0.3):
    """Random masks, some of them empty, and probability maps on thresholds, between them, at 0 and at 1."""
    rng = np.random.default_rng(seed)
    truth = rng.uniform(size=(count, size, size)) < 0.3
    truth[rng.uniform(size=count) < empty] = False
    maps = rng.choice(np.r_[metrics.AVS_THRESHOLDS, rng.uniform(size=255)], truth.shape).astype(np.float32)
    return truth, maps


def slow_mask_iou(truth, maps):
    scores = []
    for t, p in zip(truth, maps > 0.5, strict=True):
        inter, union = (t & p).sum(), (t | p).sum()
        if not t.any():
            inter, union = (~t & ~p).sum(), t.size
        scores.append(inter / (union + 1e-7))
    return np.mean(scores)


def slow_f_measure(truth, maps):
    curves = []
    for t, p in zip(truth, maps, strict=True):
        if not t.any():
            continue
        curve = []
        for threshold in metrics.AVS_THRESHOLDS:
            chosen = p >= threshold
            hits = (chosen & t).sum()
            precision, recall = hits / (chosen.sum() + 1e-20), hits / (t.sum() + 1e-20)
            below = 0.3 * precision + recall
            curve.append(1.3 * precision * recall / below if below else 0.0)
        curves.append(curve)
    return np.mean(curves, axis=0) if curves else np.zeros(255)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_scores_against_their_definition_computed_slowly(seed):
    truth, maps = frames(seed)
    np.testing.assert_allclose(metrics.avs_mask_iou(truth, maps), slow_mask_iou(truth, maps))
    curve = slow_f_measure(truth, maps)
    np.testing.assert_allclose(metrics.avs_f_curve(truth, maps), curve, rtol=1e-12)
    np.testing.assert_allclose(metrics.avs_f_score(truth, maps), curve.max())


def test_batches_are_averaged_as_batches():
    truth, maps = frames(1, count=7)
    parts = [slice(0, 5), slice(5, 7)]  # the short last batch counts as much
    iou = np.mean([slow_mask_iou(truth[b], maps[b]) for b in parts])
    f = np.mean([slow_f_measure(truth[b], maps[b]).max() for b in parts])
    np.testing.assert_allclose(metrics.avs_mask_iou(truth, maps), iou)
    np.testing.assert_allclose(metrics.avs_f_score(truth, maps), f)


def test_the_thresholds_are_those_of_a_float32_linspace():
    steps = metrics.AVS_THRESHOLDS
    assert steps.dtype == np.float32
    assert (len(steps), steps[0], steps[-1]) == (255, 0.0, 1.0)  # 1 - 1e-10 is 1 in float32
    np.testing.assert_allclose(steps, np.linspace(0, 1 - 1e-10, 255), atol=1e-7)
    assert (np.diff(steps) > 0).all()
    np.testing.assert_array_equal(steps[128:], 1 - steps[126::-1])  # counted from both ends


def test_an_empty_truth_with_a_false_blob_on_a_fifth_of_the_picture_scores_four_fifths():
    truth, blob = np.zeros((1, 10, 10), bool), np.zeros((1, 10, 10))
    blob[:, :2] = 0.9
    np.testing.assert_allclose(metrics.avs_mask_iou(truth, blob), 0.80, atol=1e-6)
    assert metrics.iou(truth[0], blob[0] > 0.5) == 0.0
    assert metrics.avs_f_score(truth, blob) == 0.0
    assert np.isnan(metrics.avs_f_score_dataset(truth, blob))
    np.testing.assert_allclose(metrics.false_positive_rate(truth, blob > 0.5), 0.20)


@pytest.mark.parametrize("value", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("rows", [1, 5, 10])
def test_a_constant_map_scores_without_having_seen_anything(value, rows):
    truth, r = np.zeros((1, 10, 10), bool), rows / 10
    truth[:, :rows] = True
    constant = np.full(truth.shape, value)
    np.testing.assert_allclose(metrics.avs_f_score(truth, constant), 1.3 * r / (0.3 * r + 1))


def test_a_perfect_map_scores_one_and_half_is_not_above_half():
    truth, _ = frames(3, empty=0)
    assert metrics.avs_f_score(truth, truth.astype(float)) == 1.0
    np.testing.assert_allclose(metrics.avs_mask_iou(truth, truth.astype(float)), 1.0, atol=1e-6)
    assert metrics.avs_mask_iou(truth, np.full(truth.shape, 0.5)) == 0.0


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_benchmark_score_grows_as_batches_shrink_and_bounds_the_sound_form(seed):
    truth, maps = frames(seed, count=8, empty=0)
    truth[:, 0, 0] = True
    by_batch = [metrics.avs_f_score(truth, maps, batch=b) for b in (1, 2, 4, 8)]
    assert all(a >= b - 1e-12 for a, b in pairwise(by_batch))
    np.testing.assert_allclose(metrics.avs_f_score_dataset(truth, maps), by_batch[-1])


def test_a_clip_without_truth_costs_the_benchmark_score_but_not_the_sound_form():
    truth, _ = frames(0, count=10, empty=0)
    truth[5:] = False
    maps = truth.astype(float)
    assert metrics.avs_f_score(truth, maps) == 0.5
    assert metrics.avs_f_score_dataset(truth, maps) == 1.0


@pytest.mark.parametrize(
    ("error", "change", "says"),
    [
        (ValueError, lambda t, p: (t, p[:2]), r"shape \(N, H, W\).*got \(5, 6, 6\) and \(2, 6, 6\)"),
        (ValueError, lambda t, p: (t[0], p[0]), r"one picture is truth\[None\]"),
        (
            ValueError,
            lambda t, p: (t, 9 * p - 4),
            r"must lie in \[0, 1\], got values from -.*: apply the sigmoid",
        ),
        (ValueError, lambda t, p: (t, p * np.nan), r"must lie in \[0, 1\]"),
        (ValueError, lambda t, p: (t * 255, p), "truth must be a mask of 0 and 1, got 255"),
        (TypeError, lambda t, p: (t * 1.0, p), r"truth must hold 0 and 1.*compare it with > 0"),
        (
            TypeError,
            lambda t, p: (t, (p * 255).astype(np.uint8)),
            "floats.*got uint8: divide grey levels by 255",
        ),
        (TypeError, lambda t, p: (t, p > 0.5), r"floats.*got bool: .*astype\(float\)"),
        (ValueError, lambda t, p: (t, p * 255), r"must lie in \[0, 1\]"),
    ],
)
@pytest.mark.parametrize(
    "metric", [metrics.avs_mask_iou, metrics.avs_f_score, metrics.avs_f_score_dataset, metrics.avs_f_curve]
)
def test_bad_input_is_refused_with_a_remedy(metric, error, change, says):
    truth, maps = frames(0, empty=0)
    with pytest.raises(error, match=says):
        metric(*change(truth, maps))


@pytest.mark.parametrize("metric", [metrics.avs_f_score, metrics.avs_mask_iou])
def test_a_batch_has_frames(metric):
    with pytest.raises(ValueError, match="batch must be at least 1 frame, got 0"):
        metric(*frames(0), batch=0)
    with pytest.raises(TypeError, match=r"batch must be an integer, a number of frames, got 2\.5"):
        metric(*frames(0), batch=2.5)
    assert metric(*frames(0), batch=np.int64(5)) == metric(*frames(0))


@pytest.mark.parametrize("count", range(1, 40))
def test_a_perfect_mask_of_any_size_scores_one_and_not_a_digit_more(count):
    truth = np.arange(40).reshape(1, 5, 8) < count
    assert metrics.avs_f_curve(truth, truth.astype(float))[1:].tolist() == [1.0] * 254


def test_silent_frames_let_smaller_batches_score_lower():
    truth, _ = frames(0, count=4, empty=0)
    truth[::2] = False
    scores = [metrics.avs_f_score(truth, truth.astype(float), batch=size) for size in (1, 2, 4)]
    assert scores == [0.5, 1.0, 1.0]


def test_batches_of_unequal_size_may_score_lower_than_one_batch():
    truth = np.zeros((3, 1, 4), bool)
    truth[:, 0, 0] = True
    good, bad = [0.9, 0, 0, 0], [0.0, 0.9, 0.9, 0.9]
    maps = np.array([[good], [good], [bad]])
    assert metrics.avs_f_score(truth, maps, batch=2) < metrics.avs_f_score_dataset(truth, maps)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_a_constant_map_is_paid_by_the_area_of_each_frame(seed):
    truth, _ = frames(seed, count=6, empty=0)
    truth[:, 0, 0] = True
    r = truth.mean(axis=(1, 2))
    constant = np.full(truth.shape, 0.25)
    for batch in (1, 2, 3, 6):
        found = metrics.avs_f_score(truth, constant, batch=batch)
        np.testing.assert_allclose(found, (1.3 * r / (0.3 * r + 1)).mean())


@pytest.mark.parametrize("size", [1, 7, 64])
def test_a_perfect_mask_of_n_pixels_gets_n_of_n_and_a_little(size):
    truth = np.ones((2, size, size), bool)
    assert metrics.avs_mask_iou(truth, truth.astype(float)) == pytest.approx(
        size**2 / (size**2 + 1e-7), abs=1e-15
    )
    assert metrics.avs_mask_iou(~truth, truth * 0.0) == pytest.approx(size**2 / (size**2 + 1e-7), abs=1e-15)


def test_thresholds_are_compared_in_float32():
    truth = np.ones((1, 1, 1), bool)
    assert metrics.avs_mask_iou(truth, np.full((1, 1, 1), 0.5 + 1e-9)) == 0.0
    assert metrics.avs_mask_iou(truth, np.full((1, 1, 1), 0.5 + 1e-6)) > 0.99
    np.testing.assert_array_equal(metrics.avs_f_curve(truth, np.full((1, 1, 1), 1 - 1e-9)), np.ones(255))


def test_a_short_last_batch_counts_like_a_full_one():
    truth = np.ones((3, 2, 2), bool)
    maps = np.stack([np.zeros((2, 2)), np.zeros((2, 2)), np.ones((2, 2))])
    np.testing.assert_allclose(metrics.avs_mask_iou(truth, maps, batch=2), 0.5, atol=1e-6)
    np.testing.assert_allclose(metrics.avs_mask_iou(truth, maps, batch=3), 1 / 3, atol=1e-6)
