"""Affine maps and augmentation: by hand, against NumPy's own flips and turns, and picture against labels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmseg_edu.preprocess.image import (
    adjust_colors,
    affine_matrix,
    augment,
    warp_boxes,
    warp_image,
    warp_labels,
)

SIDES = st.integers(1, 9)
STILL = {"flip": 0, "rotation": 0, "scale": 0, "shift": 0}
SAME_LIGHT = {"brightness": 0, "contrast": 0, "saturation": 0}


def scene(seed, height=9, width=9, channels=3):
    rng = np.random.default_rng(seed)
    return rng.random((height, width, channels)), rng.integers(0, 5, (height, width)).astype(np.uint8)


@given(SIDES, SIDES, st.integers(0, 99))
def test_no_movement_and_flips_to_the_last_bit(height, width, seed):
    image, labels = scene(seed, height, width)
    assert np.array_equal(affine_matrix(image.shape), np.eye(3))
    for flip, side in ((False, slice(None)), (True, slice(None, None, -1))):
        matrix = affine_matrix(image.shape, flip=flip)
        np.testing.assert_array_equal(warp_image(image, matrix), image[:, side])
        np.testing.assert_array_equal(warp_labels(labels, matrix), labels[:, side])


@given(SIDES, st.integers(-4, 4), st.integers(0, 99))
def test_quarter_turns_are_those_of_numpy(side, quarters, seed):
    image, labels = scene(seed, side, side)
    matrix = affine_matrix(image.shape, rotation=90 * quarters)
    np.testing.assert_allclose(warp_image(image, matrix), np.rot90(image, quarters), atol=1e-8)
    np.testing.assert_array_equal(warp_labels(labels, matrix), np.rot90(labels, quarters))


def test_a_shift_is_a_shift():
    image, labels = scene(0, 6, 7)
    matrix = affine_matrix(image.shape, shift=(2, -3))
    expected = np.zeros_like(image)
    expected[2:, :-3] = image[:-2, 3:]
    np.testing.assert_array_equal(warp_image(image, matrix), expected)
    assert (warp_labels(labels, matrix)[2:, :-3] == labels[:-2, 3:]).all()
    assert (warp_labels(labels, matrix)[:2] == 255).all()
    assert (warp_labels(labels, matrix, fill=0)[:, -3:] == 0).all()


def test_the_order_is_flip_turn_scale_shift():
    shape = (11, 21)
    parts = [{"flip": True}, {"rotation": 30}, {"scale": 1.5}, {"shift": (2, 1)}]
    whole = {name: value for part in parts for name, value in part.items()}
    product = np.eye(3)
    for part in parts:
        product = affine_matrix(shape, **part) @ product
    np.testing.assert_allclose(affine_matrix(shape, **whole), product, atol=1e-12)
    assert (affine_matrix(shape, rotation=30) @ [5, 20, 1])[0] < 5, "anticlockwise: the right side goes up"


MAPS = st.builds(
    dict,
    flip=st.booleans(),
    rotation=st.floats(-180, 180),
    scale=st.floats(0.5, 2),
    shift=st.tuples(st.floats(-5, 5), st.floats(-5, 5)),
)


@settings(max_examples=60)
@given(MAPS, st.integers(0, 99), st.integers(1, 14), st.integers(1, 14))
def test_labels_by_a_slow_loop_and_never_invented(how, seed, height, width):
    _, labels = scene(seed, height, width)
    matrix = affine_matrix(labels.shape, **how)
    back, expected = np.linalg.inv(matrix), np.full(labels.shape, 255, np.uint8)
    doubtful = np.zeros(labels.shape, bool)
    for r, c in np.ndindex(labels.shape):
        place = (back @ [r, c, 1])[:2] + 0.5
        doubtful[r, c] = (np.abs(place - place.round()) < 1e-7).any()
        row, column = np.floor(place).astype(int)
        if 0 <= row < height and 0 <= column < width:
            expected[r, c] = labels[row, column]
    moved = warp_labels(labels, matrix)
    np.testing.assert_array_equal(moved[~doubtful], expected[~doubtful])
    assert set(moved.ravel()) <= {*labels.ravel(), 255}


@settings(max_examples=60)
@given(MAPS, st.integers(0, 99))
def test_outside_is_the_same_pixels_in_picture_and_labels(how, seed):
    image, labels = scene(seed)
    image = 0.1 + 0.9 * image
    matrix = affine_matrix(image.shape, **how)
    moved = warp_image(image, matrix, fill=-1)
    np.testing.assert_array_equal((moved == -1).all(axis=-1), warp_labels(labels, matrix) == 255)
    inside = moved[moved[..., 0] != -1]
    assert inside.size == 0 or (image.min() <= inside.min() and inside.max() <= image.max())


@settings(max_examples=60)
@given(st.integers(0, 9999))
def test_a_marked_blob_lands_at_one_place_in_picture_labels_and_box(seed):
    rng = np.random.default_rng(seed)
    top, left = (int(each) for each in rng.integers(8, 20, 2))
    image, labels = np.zeros((32, 36, 3)), np.zeros((32, 36), np.uint8)
    image[top : top + 4, left : left + 5], labels[top : top + 4, left : left + 5] = 1, 3
    boxes = [[top, left, top + 4, left + 5]]
    moved = augment(image, labels, boxes, seed=seed, fill=0, **SAME_LIGHT)
    there = moved.labels == 3
    assert set(np.unique(moved.labels)) <= {0, 3}
    light = moved.image[..., 0]
    centre = [(np.indices(light.shape) * each).sum(axis=(1, 2)) / each.sum() for each in (light, there)]
    assert np.abs(centre[0] - centre[1]).max() < 0.75
    rows, columns = np.nonzero(there)
    up, left, low, right = moved.boxes[0]
    assert up <= rows.min() + 0.5 + 1e-9
    assert rows.max() + 0.5 <= low + 1e-9
    assert left <= columns.min() + 0.5 + 1e-9
    assert columns.max() + 0.5 <= right + 1e-9


@given(MAPS)
def test_boxes_by_their_four_corners(how):
    shape, box = (20, 30), np.array([3.0, 5, 9, 17])
    matrix = affine_matrix(shape, **how)
    corners = [matrix @ [r - 0.5, c - 0.5, 1] + 0.5 for r in box[::2] for c in box[1::2]]
    tight = [*np.min(corners, axis=0)[:2], *np.max(corners, axis=0)[:2]]
    np.testing.assert_allclose(
        warp_boxes([box], matrix, shape)[0], np.clip(tight, 0, [20, 30, 20, 30]), atol=1e-8
    )


def test_boxes_that_leave_keep_their_row():
    matrix = affine_matrix((10, 10), shift=(0, 20))
    moved = warp_boxes([[1, 1, 2, 2], [0, 0, 10, 10]], matrix, (10, 10, 3))
    np.testing.assert_array_equal(moved, [[1, 10, 2, 10], [0, 10, 10, 10]])
    assert warp_boxes([], matrix, (10, 10)).shape == (0, 4)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_with_every_amount_0_all_come_back_as_they_were(dtype):
    image, labels = scene(1)
    moved = augment(image.astype(dtype), labels, [[1, 2, 3, 4]], seed=5, **STILL, **SAME_LIGHT)
    np.testing.assert_array_equal(moved.image, image.astype(dtype))
    assert moved.image.dtype == dtype
    np.testing.assert_array_equal(moved.labels, labels)
    np.testing.assert_array_equal(moved.boxes, [[1, 2, 3, 4]])
    np.testing.assert_array_equal(moved.matrix, np.eye(3))


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others():
    image, labels = scene(2)
    before = image.tobytes(), labels.tobytes()
    one, again, other = (augment(image, labels, seed=seed) for seed in (3, 3, 4))
    assert one.image.tobytes() == again.image.tobytes()
    assert one.labels.tobytes() == again.labels.tobytes()
    assert one.image.tobytes() != other.image.tobytes()
    assert augment(image, seed=np.random.default_rng(3)).image.tobytes() == one.image.tobytes()
    assert (image.tobytes(), labels.tobytes()) == before


def test_what_is_drawn_for_one_amount_does_not_depend_on_the_others():
    image, labels = scene(3)
    both, moved = augment(image, labels, seed=6), augment(image, labels, seed=6, **SAME_LIGHT)
    np.testing.assert_array_equal(both.matrix, moved.matrix)
    np.testing.assert_array_equal(both.labels, moved.labels)
    assert not np.array_equal(both.image, moved.image)
    turned = augment(image, seed=6, **{**STILL, "rotation": 10.0}, **SAME_LIGHT).matrix
    np.testing.assert_allclose(
        turned[0, 1] / turned[0, 0], moved.matrix[0, 1] / moved.matrix[0, 0] * _sign(moved)
    )


def _sign(moved):
    return np.sign(np.linalg.det(moved.matrix))  # a flip changes the sign of the second column


def test_amounts_are_bounds_and_are_used():
    image, _ = scene(4, 40, 60)
    drawn = [augment(image, seed=seed, rotation=20, scale=0.5, shift=0.1).matrix for seed in range(300)]
    flips = np.array([np.linalg.det(each) < 0 for each in drawn])
    zoom = np.sqrt(np.abs([np.linalg.det(each) for each in drawn]))
    angle = np.degrees([np.arctan2(each[1, 0], each[0, 0]) for each in drawn])
    middle = np.array([(each @ [19.5, 29.5, 1])[:2] - [19.5, 29.5] for each in drawn])
    assert 0.4 < flips.mean() < 0.6
    assert 1 / 1.5 <= zoom.min() < 0.7 < 1.45 < zoom.max() <= 1.5
    assert -20 <= angle.min() < -19 < 19 < angle.max() <= 20
    assert (np.abs(middle).max(axis=0) <= [4, 6]).all()
    assert (np.abs(middle).max(axis=0) > [3.9, 5.9]).all()
    assert not any(np.linalg.det(augment(image, seed=seed, flip=0).matrix) < 0 for seed in range(20))
    assert all(np.linalg.det(augment(image, seed=seed, flip=1).matrix) < 0 for seed in range(20))


def test_light_changes_the_picture_alone_and_within_its_amounts():
    image, labels = scene(5)
    for seed in range(40):
        moved = augment(image, labels, seed=seed, **STILL)
        np.testing.assert_array_equal(moved.labels, labels)
        bright = augment(image, seed=seed, **STILL, brightness=0.2, contrast=0, saturation=0).image
        assert np.abs(bright - image).max() <= 0.2 + 1e-12
        flat = augment(image, seed=seed, **STILL, brightness=0, contrast=0, saturation=1).image
        ends = [adjust_colors(image, saturation=amount) for amount in (0, 2)]
        assert (flat >= np.minimum(*ends) - 1e-12).all()
        assert (flat <= np.maximum(*ends) + 1e-12).all()


@given(st.integers(0, 999))
def test_what_comes_from_outside_is_black_in_any_light(seed):
    image, labels = scene(seed, 24, 24)
    moved = augment(0.5 + image / 2, labels, seed=seed, brightness=1, contrast=1, saturation=1)
    assert not moved.image[moved.labels == 255].any()


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda i, m: augment(i, m, seed=None), ValueError, "seed must be a whole number, .* got None: try"),
        (lambda i, m: augment(i, m[:3], seed=0), ValueError, r"\(H, W\) = \(9, 9\) to match .* got \(3, 9\)"),
        (lambda i, m: augment(i, m * 1.0, seed=0), TypeError, "labels must be integers, got float64"),
        (lambda i, m: augment(i * 255, m, seed=0), ValueError, r"image must lie in \[0, 1\]"),
        (lambda i, m: augment(i[..., 0], m, seed=0), ValueError, r"\(H, W, 3\), RGB, got \(9, 9\)"),
        (
            lambda i, m: augment(i, m, seed=0, flip=1.1),
            ValueError,
            "flip must be at least 0 and at most 1, got 1.1",
        ),
        (
            lambda i, m: augment(i, m, seed=0, rotation=-1),
            ValueError,
            "rotation must be at least 0, got -1: 0",
        ),
        (lambda i, m: augment(i, m, seed=0, shift=np.inf), ValueError, "shift must be at least 0, got inf"),
        (lambda i, m: augment(i, m, [[0, 0, 1]], seed=0), ValueError, r"boxes must have shape \(N, 4\)"),
        (
            lambda i, m: augment(i, m > 2, seed=0),
            ValueError,
            "a label that bool can hold, got 255: use fill=0",
        ),
        (lambda i, m: warp_labels(m, np.eye(3), fill=-1), ValueError, "a label that uint8 can hold, got -1"),
        (lambda i, m: warp_labels(m, np.eye(3), fill=300), ValueError, "got 300"),
        (lambda i, m: warp_image(i, np.eye(2)), ValueError, r"matrix must be \(3, 3\)"),
        (lambda i, m: warp_image(i, np.zeros((3, 3))), ValueError, "matrix must be"),
        (lambda i, m: warp_image(i, np.diag([0, 1, 1])), ValueError, "and an inverse"),
        (lambda i, m: warp_image(m, np.eye(3)), TypeError, "floating point, got uint8: .*warp_labels"),
        (lambda i, m: warp_labels(i[..., 0], np.eye(3)), TypeError, "warp them with warp_image"),
        (lambda i, m: affine_matrix((9,)), ValueError, r"shape must be \(H, W\)"),
        (
            lambda i, m: affine_matrix(i),
            ValueError,
            r"shape must be .* got an array \(9, 9, 3\): use image.shape",
        ),
        (lambda i, m: affine_matrix((9, 9), shift=2), ValueError, r"shift must be \(rows, columns\), got 2"),
        (
            lambda i, m: affine_matrix((9, 9), shift=(1, 2, 3)),
            ValueError,
            r"shift must be .* got \(1, 2, 3\)",
        ),
        (lambda i, m: warp_boxes([[0, 0, 1, 1]], np.eye(3), (9,)), ValueError, r"shape must be \(H, W\)"),
        (lambda i, m: warp_labels(m, np.eye(3), fill=np.nan), ValueError, "uint8 can hold, got nan"),
        (lambda i, m: warp_labels(m, np.eye(3), fill=None), ValueError, "uint8 can hold, got None"),
        (lambda i, m: affine_matrix((9, 9), scale=0), ValueError, "scale above 0, got 0.0, "),
        (
            lambda i, m: affine_matrix((9, 9), rotation=np.nan),
            ValueError,
            "rotation and shift must be finite",
        ),
    ],
)
def test_refuses(call, error, text):
    with pytest.raises(error, match=text):
        call(*scene(0))
