"""Label maps by the majority of the area: against a slow count of tiny squares, ties, and pixels to ignore."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmseg_edu.preprocess.image import resize_labels, resize_labels_by_majority

SIDES = st.integers(1, 7)


def by_counting(labels, size, ignore):
    """Cut everything into squares so small that each lies in one old and one new pixel, and count them."""
    height, width = size
    fine = np.kron(labels, np.ones((height, width), int))
    new = np.zeros(size, labels.dtype)
    for i in range(height):
        for j in range(width):
            block = fine[
                i * labels.shape[0] : (i + 1) * labels.shape[0],
                j * labels.shape[1] : (j + 1) * labels.shape[1],
            ]
            known = [(np.sum(block == k), -int(k)) for k in np.unique(block) if k != ignore]
            unknown = (
                Fraction(int(np.sum(block == ignore)), block.size) if ignore is not None else Fraction(0)
            )
            new[i, j] = ignore if unknown > Fraction(1, 2) else -max(known)[1]
    return new


@settings(max_examples=150)
@given(SIDES, SIDES, SIDES, SIDES, st.integers(0, 999), st.sampled_from([None, 255, 0]))
def test_is_the_label_of_the_largest_area(height, width, new_height, new_width, seed, ignore):
    labels = np.random.default_rng(seed).choice(np.array([0, 1, 4, 255], np.uint8), (height, width))
    new = resize_labels_by_majority(labels, (new_height, new_width), ignore)
    assert new.dtype == np.uint8
    assert set(np.unique(new)) <= set(np.unique(labels))
    np.testing.assert_array_equal(new, by_counting(labels, (new_height, new_width), ignore))


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ([[2, 1], [1, 2]], 1),  # a tie of classes: the lowest
        ([[255, 255], [3, 1]], 1),  # exactly half unknown: a class, and of these the lowest
        ([[255, 255], [255, 1]], 255),  # more than half unknown
        ([[255, 1], [3, 3]], 3),
        ([[255, 255], [255, 255]], 255),
    ],
)
def test_ties_and_the_unknown_as_stated(block, expected):
    assert resize_labels_by_majority(np.array(block, np.uint8), 1)[0, 0] == expected


def test_another_label_may_be_ignored():
    labels = np.array([[-1, -1, 7, 5], [-1, 2, 7, -1]])
    np.testing.assert_array_equal(resize_labels_by_majority(labels, (1, 2), ignore=-1), [[-1, 7]])


def test_without_ignore_255_is_a_label_like_any_other():
    labels = np.array([[255, 255, 3, 1]], np.uint8)
    assert resize_labels_by_majority(labels, (1, 1), ignore=None)[0, 0] == 255
    assert resize_labels_by_majority(labels, (1, 1))[0, 0] == 1


@given(SIDES, SIDES, st.integers(1, 4), st.integers(0, 99))
def test_enlarging_by_a_whole_factor_is_nearest_and_can_be_undone(height, width, factor, seed):
    labels = np.random.default_rng(seed).integers(0, 5, (height, width)).astype(np.int32)
    large = resize_labels_by_majority(labels, (factor * height, factor * width))
    np.testing.assert_array_equal(large, resize_labels(labels, (factor * height, factor * width)))
    np.testing.assert_array_equal(resize_labels_by_majority(large, (height, width)), labels)


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int8, np.int64])
def test_dtype_is_kept(dtype):
    labels = np.array([[1, 1, 0]]).astype(dtype)
    small = resize_labels_by_majority(labels, 1)
    assert small.dtype == dtype
    assert small[0, 0] == 1


def test_large_maps_have_no_rounding():
    """Prime sides: each area is a whole number near the largest that occurs."""
    labels = np.zeros((997, 3), np.uint8)
    labels[499:] = 1
    assert resize_labels_by_majority(labels, 1)[0, 0] == 0
    labels[498:] = 1
    assert resize_labels_by_majority(labels, 1)[0, 0] == 1


def test_refuses():
    with pytest.raises(TypeError, match=r"labels must be integers, got float64: .*resize_image"):
        resize_labels_by_majority(np.zeros((2, 2)), 1)
    with pytest.raises(ValueError, match=r"labels must have shape \(H, W\), got \(2, 2, 3\)"):
        resize_labels_by_majority(np.zeros((2, 2, 3), int), 1)
    with pytest.raises(ValueError, match="size must be a whole number"):
        resize_labels_by_majority(np.zeros((2, 2), int), 0)
