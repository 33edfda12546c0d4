"""The metrics: by hand, against scikit-learn, scikit-image and slow loops, and on empty masks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import (
    accuracy_score,
    confusion_matrix,
    f1_score,
    jaccard_score,
    precision_score,
    recall_score,
)

from mmseg_edu import metrics


@st.composite
def label_maps(draw, classes=4):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = (draw(st.integers(1, 3)), draw(st.integers(1, 6)), draw(st.integers(1, 6)))
    used = draw(st.integers(1, classes))
    return rng.integers(used, size=shape), rng.integers(used, size=shape)


# Label maps


@settings(max_examples=60, deadline=None)
@given(label_maps())
def test_confusion_and_accuracy_against_scikit_learn(pair):
    truth, predicted = pair
    expected = confusion_matrix(truth.ravel(), predicted.ravel(), labels=range(4))
    np.testing.assert_array_equal(metrics.confusion(truth, predicted, 4), expected)
    np.testing.assert_allclose(
        metrics.pixel_accuracy(truth, predicted), accuracy_score(truth.ravel(), predicted.ravel())
    )


@settings(max_examples=60, deadline=None)
@given(label_maps())
def test_matrices_of_pictures_add_up_to_that_of_the_data_set(pair):
    each = metrics.confusion(*pair, 4, per_image=True)
    assert each.shape == (len(pair[0]), 4, 4)
    np.testing.assert_array_equal(each.sum(axis=0), metrics.confusion(*pair, 4))
    for matrix, truth, predicted in zip(each, *pair, strict=True):
        np.testing.assert_array_equal(matrix, metrics.confusion(truth, predicted, 4))


@settings(max_examples=60, deadline=None)
@given(label_maps())
def test_mean_iou_against_scikit_learn_on_the_classes_that_occur(pair):
    truth, predicted = pair
    present = sorted(set(truth.ravel()) | set(predicted.ravel()))
    expected = jaccard_score(truth.ravel(), predicted.ravel(), labels=present, average="macro")
    np.testing.assert_allclose(metrics.mean_iou(truth, predicted, 4), expected)


def slow_mean_iou(truth, predicted, classes, per_image, background):
    groups = zip(truth, predicted, strict=True) if per_image else [(truth, predicted)]
    pictures = []
    for t, p in groups:
        scores = []
        for k in range(0 if background else 1, classes):
            union = ((t == k) | (p == k)).sum()
            if union:
                scores.append(((t == k) & (p == k)).sum() / union)
        if scores:
            pictures.append(np.mean(scores))
    return np.mean(pictures) if pictures else np.nan


@pytest.mark.parametrize("per_image", [True, False])
@pytest.mark.parametrize("background", [True, False])
@settings(max_examples=40, deadline=None)
@given(pair=label_maps())
def test_mean_iou_against_a_slow_loop(per_image, background, pair):
    found = metrics.mean_iou(*pair, 4, per_image=per_image, background=background)
    np.testing.assert_allclose(found, slow_mean_iou(*pair, 4, per_image, background))


def test_mean_iou_by_hand():
    truth = np.array([[[0, 0, 1, 1]], [[0, 0, 0, 0]]])
    predicted = np.array([[[0, 0, 0, 1]], [[0, 0, 0, 0]]])
    np.testing.assert_allclose(metrics.mean_iou(truth, predicted, 2), (6 / 7 + 1 / 2) / 2)
    np.testing.assert_allclose(metrics.mean_iou(truth, predicted, 2, background=False), 1 / 2)
    np.testing.assert_allclose(
        metrics.mean_iou(truth, predicted, 2, per_image=True), ((2 / 3 + 1 / 2) / 2 + 1) / 2
    )
    np.testing.assert_allclose(metrics.mean_iou(truth, predicted, 5, per_image=True, background=False), 1 / 2)


def test_large_objects_count_more_when_pixels_are_pooled():
    truth, predicted = np.zeros((2, 10, 10), int), np.zeros((2, 10, 10), int)
    truth[0, :9], predicted[0, :9] = 1, 1  # a large object, found
    truth[1, 0, :4] = 1  # a small one, missed
    per_image = metrics.mean_iou(truth, predicted, 2, per_image=True, background=False)
    pooled = metrics.mean_iou(truth, predicted, 2, background=False)
    np.testing.assert_allclose((per_image, pooled), (0.5, 90 / 94))


def test_mean_iou_of_empty_maps():
    empty = np.zeros((2, 3, 3), np.uint8)
    assert metrics.mean_iou(empty, empty, 5) == 1.0
    assert np.isnan(metrics.mean_iou(empty, empty, 5, background=False))
    assert np.isnan(metrics.mean_iou(empty, empty, 5, per_image=True, background=False))
    false = empty.copy()
    false[0, 0, 0] = 2
    assert metrics.mean_iou(empty, false, 5, background=False) == 0.0
    assert metrics.mean_iou(empty, false, 5, per_image=True, background=False) == 0.0


def test_class_iou_marks_absent_classes():
    np.testing.assert_array_equal(metrics.class_iou([[1, 1, 0], [0, 1, 0], [0, 0, 0]]), [0.5, 0.5, np.nan])


COUNTS = np.array([[40, 2, 0], [5, 10, 1], [0, 0, 0]])


@pytest.mark.parametrize(
    "scale", [1 / COUNTS.sum(), 0.01, 1e-9, 1e-300, 1e300, 2.0**-1060, 3.0], ids=lambda s: f"{s:.0e}"
)
def test_class_iou_has_no_unit(scale):
    expected = [40 / 47, 10 / 18, 0]
    np.testing.assert_allclose(metrics.class_iou(COUNTS), expected)
    np.testing.assert_allclose(metrics.class_iou(COUNTS * scale), expected, rtol=1e-3)
    np.testing.assert_allclose(metrics.class_iou([COUNTS * scale, COUNTS]), [expected] * 2, rtol=1e-3)


def test_class_iou_neither_overflows_nor_underflows():
    np.testing.assert_allclose(metrics.class_iou(np.full((3, 3), np.finfo(float).max)), [0.2] * 3)
    np.testing.assert_allclose(metrics.class_iou(np.full((3, 3), 5e-324)), [0.2] * 3)
    np.testing.assert_allclose(metrics.class_iou(np.full((3, 3), 2**62)), [0.2] * 3)
    np.testing.assert_allclose(metrics.class_iou(np.full((3, 3), 255, np.uint8)), [0.2] * 3)
    np.testing.assert_allclose(metrics.class_iou(np.full((3, 3), 60000, np.float16)), [0.2] * 3)
    np.testing.assert_array_equal(metrics.class_iou(np.zeros((2, 2))), [np.nan, np.nan])
    assert metrics.class_iou(np.zeros((0, 4, 4))).shape == (0, 4)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("axis", [0, 1])
def test_a_confusion_normalised_by_rows_is_refused_because_its_iou_would_be_another(axis, dtype):
    counts = COUNTS[:2, :2].astype(dtype)
    normalised = counts / counts.sum(axis=axis, keepdims=True)
    with pytest.raises(ValueError, match=r"rows \(or columns\) that sum to 1 each: .*the matrix from before"):
        metrics.class_iou(normalised)
    with pytest.raises(ValueError, match="sum to 1 each"):
        metrics.class_iou(np.stack([counts, normalised]))
    with_absent = np.zeros((3, 3), dtype)  # an absent class has a row of zeros
    with_absent[:2, :2] = normalised
    with pytest.raises(ValueError, match="sum to 1 each"):
        metrics.class_iou(with_absent)


def test_one_pixel_a_class_is_no_normalised_matrix():
    np.testing.assert_array_equal(metrics.class_iou(np.eye(3)), [1, 1, 1])
    np.testing.assert_array_equal(metrics.class_iou([[0.25, 0.75], [0.0, 0.0]]), [0.25, 0])
    np.testing.assert_array_equal(metrics.class_iou([[0.5]]), [1])


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int8, np.uint16, np.int64, np.uint64])
def test_confusion_takes_every_integer_type(dtype):
    truth, predicted = np.array([[0, 0, 1, 1]]), np.array([[0, 1, 1, 1]])
    expected = [[1, 1], [0, 2]]
    np.testing.assert_array_equal(metrics.confusion(truth.astype(dtype), predicted, 2), expected)
    np.testing.assert_array_equal(metrics.confusion(truth, predicted.astype(dtype), 2), expected)
    np.testing.assert_array_equal(metrics.confusion(truth, predicted, np.uint8(2)), expected)
    assert metrics.pixel_accuracy(truth.astype(dtype), predicted) == 0.75
    assert metrics.confusion(np.full((20, 20), 200, np.uint8), np.full((20, 20), 200), 201)[200, 200] == 400


def test_leaving_the_background_out_lowers_the_mean_only_where_the_background_is_easy():
    hard = np.array([[0, 1, 1, 1]]), np.array([[1, 1, 1, 1]])
    assert metrics.mean_iou(*hard, 2) < metrics.mean_iou(*hard, 2, background=False)


def test_a_useless_mask_with_95_percent_accuracy():
    truth = np.zeros((10, 10), bool)
    truth[0, :5] = True
    assert metrics.pixel_accuracy(truth, np.zeros_like(truth)) == 0.95
    assert metrics.iou(truth, np.zeros_like(truth)) == 0.0


# Masks


@settings(max_examples=60, deadline=None)
@given(label_maps(classes=2))
def test_masks_against_scikit_learn(pair):
    for function, other in (
        (metrics.iou, jaccard_score),
        (metrics.dice, f1_score),
        (metrics.precision, precision_score),
        (metrics.recall, recall_score),
    ):
        for score, t, p in zip(function(*pair, empty=0.0), *pair, strict=True):
            np.testing.assert_allclose(score, other(t.ravel(), p.ravel(), zero_division=0.0))


@settings(max_examples=60, deadline=None)
@given(label_maps(classes=2))
def test_laws_of_the_overlaps(pair):
    truth, predicted = (x.astype(bool) for x in pair)
    j, d = metrics.iou(truth, predicted), metrics.dice(truth, predicted)
    np.testing.assert_allclose(d, 2 * j / (1 + j))
    np.testing.assert_array_equal(j, metrics.iou(predicted, truth))
    np.testing.assert_array_equal(metrics.precision(truth, predicted), metrics.recall(predicted, truth))
    np.testing.assert_array_equal(metrics.iou(truth, truth), 1.0)
    assert ((j >= 0) & (j <= d) & (d <= 1)).all()


@pytest.mark.parametrize("metric", [metrics.iou, metrics.dice, metrics.precision, metrics.recall])
def test_empty_masks(metric):
    empty, something = np.zeros((4, 4), bool), np.eye(4, dtype=bool)
    assert metric(empty, empty) == 1.0
    assert metric(empty, empty, empty=0.0) == 0.0
    assert np.isnan(metric(empty, empty, empty=np.nan))
    assert metric(empty, something, empty=np.nan) == 0.0
    assert metric(something, empty, empty=np.nan) == 0.0
    stack = metric(np.stack([empty, something]), np.stack([empty, something]), empty=np.nan)
    np.testing.assert_array_equal(stack, [np.nan, 1.0])


def test_one_mask_gives_a_number_and_a_stack_gives_an_array():
    mask = np.eye(3, dtype=np.uint8)
    assert isinstance(metrics.iou(mask, mask), float)
    assert metrics.iou(np.stack([[mask] * 2] * 3), np.stack([[mask] * 2] * 3)).shape == (3, 2)


# Silence


def test_false_positive_rate():
    silence = np.zeros((2, 10, 10), np.uint8)
    heard = silence.copy()
    heard[0, :2] = 3
    assert metrics.false_positive_rate(silence, silence) == 0.0
    np.testing.assert_allclose(metrics.false_positive_rate(silence, heard), 0.1)
    assert metrics.false_positive_rate(heard, heard) == 0.0
    assert np.isnan(metrics.false_positive_rate(np.ones((2, 2), int), np.ones((2, 2), int)))


@settings(max_examples=40, deadline=None)
@given(label_maps(classes=2))
def test_false_positive_rate_from_the_confusion(pair):
    c = metrics.confusion(*pair, 2)
    expected = c[0, 1] / c[0].sum() if c[0].sum() else np.nan
    np.testing.assert_allclose(metrics.false_positive_rate(*pair), expected)


# Refusals

MAP = np.zeros((2, 4, 4), np.uint8)
GREY = np.array([[0, 255], [255, 0]], np.uint8)


@pytest.mark.parametrize(
    ("error", "call", "says"),
    [
        (
            ValueError,
            lambda: metrics.iou(MAP, MAP[0]),
            r"shape of truth, \(2, 4, 4\), got \(4, 4\): resize labels",
        ),
        (ValueError, lambda: metrics.pixel_accuracy(MAP[:0], MAP[:0]), "at least one pixel"),
        (
            TypeError,
            lambda: metrics.iou(MAP, MAP * 0.5),
            r"predicted must hold class indices.*float64.*p > 0\.5",
        ),
        (
            ValueError,
            lambda: metrics.iou(MAP + 3, MAP),
            r"truth must be a mask of 0 and 1, got 3: .*labels == 3",
        ),
        (
            ValueError,
            lambda: metrics.dice([1, 0], [1, 0]),
            r"masks of shape \(\.\.\., H, W\), got shape \(2,\)",
        ),
        (
            ValueError,
            lambda: metrics.confusion(MAP, MAP + 5, 5),
            r"0 \.\. 4, got 0 \.\. 5: raise classes, leave pixels",
        ),
        (ValueError, lambda: metrics.confusion(MAP.astype(int) - 1, MAP, 5), r"0 \.\. 4, got -1 \.\. 0"),
        (ValueError, lambda: metrics.confusion([0, 1], [0, 1], 2, per_image=True), r"got \(2,\)"),
        (ValueError, lambda: metrics.class_iou(np.zeros((2, 3))), r"shape \(\.\.\., K, K\), got \(2, 3\)"),
        (ValueError, lambda: metrics.class_iou(np.zeros((0, 0))), r"shape \(\.\.\., K, K\), got \(0, 0\)"),
        (
            TypeError,
            lambda: metrics.class_iou([["1", "2"], ["3", "4"]]),
            "must hold numbers of pixels, got <U1",
        ),
        (
            ValueError,
            lambda: metrics.class_iou([[1, -1], [0, 1]]),
            "finite numbers >= 0, got one that is not",
        ),
        (ValueError, lambda: metrics.class_iou([[1, np.nan], [0, 1]]), "divide no empty row by its sum"),
        (ValueError, lambda: metrics.class_iou([[1, np.inf], [0, 1]]), "finite numbers >= 0"),
        (ValueError, lambda: metrics.confusion(MAP, MAP, 0), "at least 1, got 0: count the background"),
        (TypeError, lambda: metrics.confusion(MAP, MAP, 2.0), r"an integer, the number of classes, got 2\.0"),
        (
            ValueError,
            lambda: metrics.confusion(MAP, MAP + np.uint64(2**63), 5),
            r"0 \.\. 4, got 0 \.\. 9223372036854775808",
        ),
        (
            ValueError,
            lambda: metrics.confusion(MAP, np.array([0, 255], np.uint8)[MAP + 1], 2),
            r"got 0 \.\. 255: .*turn grey levels into classes \(mask > 0\)",
        ),
        (ValueError, lambda: metrics.pixel_accuracy(GREY, GREY > 0), "only 0 and 255.*compare it with > 0"),
        (
            ValueError,
            lambda: metrics.false_positive_rate(GREY > 0, GREY),
            "predicted must hold class indices",
        ),
        (ValueError, lambda: metrics.mean_iou(GREY, GREY, 2), "turn grey levels into classes"),
        (ValueError, lambda: metrics.iou(GREY, GREY > 0), r"labels == 255"),
        (ValueError, lambda: metrics.pixel_accuracy(MAP, MAP.astype(int) - 1), r">= 0, got -1: leave pixels"),
        (ValueError, lambda: metrics.iou(MAP, MAP, empty=1.5), r"in \[0, 1\] or NaN, got 1\.5"),
        (ValueError, lambda: metrics.recall(MAP, MAP, empty=-1), r"in \[0, 1\] or NaN, got -1"),
    ],
)
def test_bad_input_is_refused_with_a_remedy(error, call, says):
    with pytest.raises(error, match=says):
        call()
