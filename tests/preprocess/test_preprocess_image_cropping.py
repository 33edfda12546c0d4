"""Rectangles and the boxes that move along: hand-made cases, and pixels that stay in their boxes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmseg_edu.preprocess.image import center_rectangle, crop, crop_boxes, random_rectangle

SIDES = st.integers(1, 12)


@pytest.mark.parametrize(
    ("shape", "size", "expected"),
    [
        ((5, 8), (2, 4), (1, 2, 2, 4)),
        ((6, 6, 3), 6, (0, 0, 6, 6)),
        ((6, 7), 1, (2, 3, 1, 1)),
        ((7, 4, 3), (3, 4), (2, 0, 3, 4)),
    ],
)
def test_the_middle(shape, size, expected):
    assert center_rectangle(np.zeros(shape), size) == expected


@given(SIDES, SIDES, st.integers(0, 9))
def test_the_middle_of_a_mirrored_picture_is_the_mirrored_middle(height, width, margin):
    image = np.random.default_rng(0).random((height + 2 * margin, width + 2 * margin))
    middle = crop(image, *center_rectangle(image, (height, width)))
    np.testing.assert_array_equal(middle, image[margin : margin + height, margin : margin + width])


def test_each_place_is_as_likely_and_a_seed_repeats_it():
    image = np.zeros((4, 5, 3))
    drawn = [random_rectangle(image, (3, 3), seed=seed) for seed in range(600)]
    places, counts = np.unique([each[:2] for each in drawn], axis=0, return_counts=True)
    assert places.tolist() == [[r, c] for r in (0, 1) for c in (0, 1, 2)]
    assert np.square(counts - 100).sum() / 100 < 20.5, "chi-square of 5 degrees of freedom at 0.001"
    assert drawn == [random_rectangle(image, (3, 3), seed=seed) for seed in range(600)]
    rng = np.random.default_rng(7)
    assert len({random_rectangle(np.zeros((90, 90)), 9, seed=rng) for _ in range(9)}) > 1


@given(SIDES, SIDES, st.integers(0, 999))
def test_boxes_are_where_their_pixels_are(height, width, seed):
    rng = np.random.default_rng(seed)
    (top, bottom), (left, right) = np.sort(rng.integers(0, 13, (2, 2)), axis=1)
    labels = np.zeros((12, 12), bool)
    labels[top:bottom, left:right] = True
    rectangle = random_rectangle(labels, (height, width), seed=rng)
    up, first, low, last = crop_boxes([[top, left, bottom, right]], *rectangle)[0].astype(int)
    expected = np.zeros((height, width), bool)
    expected[up:low, first:last] = True
    np.testing.assert_array_equal(crop(labels, *rectangle), expected)


def test_what_is_outside_keeps_its_row_with_area_0():
    moved = crop_boxes([[0, 0, 2, 2], [1, 1, 9, 9], [8, 8, 9, 9]], 3, 3, 4, 4)
    np.testing.assert_array_equal(moved, [[0, 0, 0, 0], [0, 0, 4, 4], [4, 4, 4, 4]])
    assert crop_boxes([], 0, 0, 2, 2).shape == (0, 4)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: center_rectangle(np.zeros((4, 4, 3)), 5), r"at least 5 x 5 pixels .* got shape \(4, 4, 3\)"),
        (lambda: random_rectangle(np.zeros((4, 9)), (4, 10), seed=0), "at least 4 x 10 pixels"),
        (
            lambda: random_rectangle(np.zeros((4, 4)), 2, seed=None),
            "seed must be a whole number, .* got None",
        ),
        (lambda: random_rectangle(np.zeros((4, 4)), 2, seed=-1), "seed must be a whole number, .* got -1"),
        (
            lambda: random_rectangle(np.zeros((4, 4)), 2, seed=True),
            "seed must be a whole number, .* got True",
        ),
        (lambda: center_rectangle(np.zeros((4, 4)), 0), "size must be a whole number"),
        (lambda: crop_boxes([[0, 0, 1, 1]], -1, 0, 2, 2), r"must start at 0 .* got \(-1, 0, 2, 2\): give"),
        (lambda: crop_boxes([[0, 0, 1, 1]], 0, 0, 0, 2), r"hold a pixel, got \(0, 0, 0, 2\)"),
        (lambda: crop_boxes([1, 2, 3, 4], 0, 0, 2, 2), r"boxes must have shape \(N, 4\), got \(4,\)"),
        (lambda: crop_boxes([[9, 9, 3, 4]], 0, 0, 2, 2), r"bottom >= top .*\[9.0, 9.0, 3.0, 4.0\]: is it"),
        (lambda: crop_boxes([[0, 0, 3, np.nan]], 0, 0, 2, 2), "boxes must be finite"),
    ],
)
def test_refuses(call, text):
    with pytest.raises(ValueError, match=text):
        call()


def test_refuses_a_rectangle_of_halves():
    with pytest.raises(TypeError, match=r"left must be a whole number of pixels, got 0.5: use round"):
        crop_boxes([[0, 0, 1, 1]], 0, 0.5, 2, 2)
