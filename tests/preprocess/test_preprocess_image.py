"""Pictures and label maps: against Pillow, against slow loops, and by the laws of averaging."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mmseg_edu.preprocess.image import crop, normalize, resize_image, resize_labels

SIDES = st.integers(1, 17)


def random_image(seed, *shape):
    return np.random.default_rng(seed).random(shape)


@given(SIDES, SIDES, SIDES, SIDES, st.integers(0, 99))
def test_agrees_with_pillow(height, width, new_height, new_width, seed):
    image = random_image(seed, height, width).astype(np.float32)
    expected = Image.fromarray(image).resize((new_width, new_height), Image.Resampling.BILINEAR)
    np.testing.assert_allclose(resize_image(image, (new_height, new_width)), np.asarray(expected), atol=2e-6)


@given(SIDES, SIDES, SIDES, SIDES, st.booleans(), st.integers(0, 99))
def test_is_a_weighted_mean(height, width, new_height, new_width, antialias, seed):
    image = random_image(seed, height, width, 3)
    small = resize_image(image, (new_height, new_width), antialias)
    assert small.shape == (new_height, new_width, 3)
    assert small.min() >= image.min() - 1e-12
    assert small.max() <= image.max() + 1e-12
    np.testing.assert_allclose(resize_image(0 * image + 0.3, (new_height, new_width), antialias), 0.3)


@given(SIDES, SIDES, st.integers(0, 99))
def test_same_size_changes_nothing(height, width, seed):
    image = random_image(seed, height, width, 2)
    for antialias in (True, False):
        np.testing.assert_allclose(resize_image(image, (height, width), antialias), image, atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("antialias", [True, False])
def test_no_value_leaves_the_range_of_the_picture(dtype, antialias):
    """By not so much as a rounding: white stays white, and a picture in [0, 1] goes into a Clip."""
    for seed in range(40):
        height, width, new = np.random.default_rng(seed).integers(1, 90, 3)
        white = np.full((height, width, 3), 0.7, dtype)
        np.testing.assert_array_equal(resize_image(white, int(new), antialias), dtype(0.7))
        checks = (np.indices((height, width)).sum(axis=0) % 2).astype(dtype)
        assert (
            0 <= resize_image(checks, int(new), antialias).min() <= resize_image(checks, int(new)).max() <= 1
        )


def test_half_precision_is_as_good_as_it_can_be():
    image = random_image(5, 200, 300)
    exact = resize_image(image.astype(np.float16).astype(np.float64), 7)
    np.testing.assert_array_equal(resize_image(image.astype(np.float16), 7), exact.astype(np.float16))


def test_commutes_with_flips_and_keeps_channels_apart():
    image = random_image(0, 9, 14, 3)
    small = resize_image(image, (4, 5))
    np.testing.assert_allclose(resize_image(image[::-1, ::-1], (4, 5)), small[::-1, ::-1], atol=1e-12)
    np.testing.assert_allclose(resize_image(image[..., 1], (4, 5)), small[..., 1], atol=1e-12)


def test_without_antialiasing_stripes_lie():
    stripes = np.tile([0.0, 1.0], 32)[np.newaxis].repeat(64, axis=0)
    assert np.ptp(resize_image(stripes, 21)) < 0.2, "grey, as from far away"
    assert np.ptp(resize_image(stripes, 21, antialias=False)) > 0.9, "coarse stripes that are not there"


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_is_kept(dtype):
    image = random_image(0, 6, 6, 3).astype(dtype)
    assert resize_image(image, 3).dtype == dtype
    assert normalize(image, 0.5, 0.5).dtype == dtype


@given(SIDES, SIDES, SIDES, SIDES, st.integers(0, 99))
def test_labels_are_never_invented(height, width, new_height, new_width, seed):
    labels = np.random.default_rng(seed).integers(0, 5, (height, width)).astype(np.uint8)
    new = resize_labels(labels, (new_height, new_width))
    assert new.dtype == np.uint8
    assert set(np.unique(new)) <= set(np.unique(labels))
    for i in range(new_height):
        for j in range(new_width):
            row = int(np.floor((i + 0.5) * height / new_height + 1e-9))
            column = int(np.floor((j + 0.5) * width / new_width + 1e-9))
            assert new[i, j] == labels[row, column]


@given(st.integers(1, 6), st.integers(1, 6), st.integers(1, 5))
def test_labels_enlarged_and_shrunk_are_the_same(height, width, factor):
    labels = np.random.default_rng(0).integers(0, 5, (height, width))
    large = resize_labels(labels, (factor * height, factor * width))
    np.testing.assert_array_equal(large, np.kron(labels, np.ones((factor, factor), int)))
    np.testing.assert_array_equal(resize_labels(large, (height, width)), labels)


def test_bilinear_labels_would_invent_a_class():
    labels = np.array([[1, 3]], np.uint8)
    assert 2 in resize_image(labels.astype(float), (1, 4)).round(), "the drum between bell and guitar"
    assert 2 not in resize_labels(labels, (1, 4))


def test_crop_is_a_copy_of_the_rectangle():
    image = random_image(0, 5, 7, 3)
    piece = crop(image, 1, 2, 3, 4)
    np.testing.assert_array_equal(piece, image[1:4, 2:6])
    piece[:] = 9
    assert image.max() < 1
    np.testing.assert_array_equal(crop(image, 0, 0, 5, 7), image)


@settings(max_examples=30)
@given(st.floats(-2, 2), st.floats(0.01, 3))
def test_normalize_undone(mean, std):
    image = random_image(1, 3, 4, 3)
    np.testing.assert_allclose(normalize(image, mean, std) * std + mean, image, atol=1e-12)


def test_normalize_by_channel():
    image = random_image(2, 50, 50, 3) * [0.1, 0.5, 1.0]
    done = normalize(image, image.mean(axis=(0, 1)), image.std(axis=(0, 1)))
    np.testing.assert_allclose(done.mean(axis=(0, 1)), 0, atol=1e-12)
    np.testing.assert_allclose(done.std(axis=(0, 1)), 1, atol=1e-12)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (
            lambda: resize_image(np.zeros((4, 4), np.uint8), 2),
            TypeError,
            r"got uint8: .*/ 255.*resize_labels",
        ),
        (lambda: resize_image(np.zeros((2, 4, 4, 3)), 2), ValueError, r"\(H, W, C\), got \(2, 4, 4, 3\)"),
        (lambda: resize_image(np.zeros((0, 4)), 2), ValueError, r"got \(0, 4\)"),
        (lambda: resize_image(np.full((4, 4), np.nan), 2), ValueError, "image must be finite"),
        (lambda: resize_image(np.full((4, 4), np.inf), 2), ValueError, "image must be finite"),
        (lambda: resize_image(np.zeros((4, 4), bool), 2), TypeError, "got bool"),
        (lambda: resize_labels(np.zeros((4, 4), int), True), ValueError, "size must be a whole number"),
        (lambda: crop(np.zeros((4, 6)), 0.5, 0, 2, 2), TypeError, "top must be a whole number .* got 0.5"),
        (lambda: crop(np.zeros((4, 6)), 0, 0, 2, 2.0), TypeError, "width must be a whole number"),
        (lambda: normalize(np.zeros((4, 4, 3), np.uint8), 0.5, 1), TypeError, "got uint8"),
        (lambda: normalize(np.zeros((4, 4, 3)), np.nan, 1), ValueError, "mean must be finite"),
        (lambda: normalize(np.zeros((4, 4, 3)), 0, np.inf), ValueError, "std must be finite"),
        (lambda: resize_image(np.zeros((4, 4)), 0), ValueError, "size must be a whole number .* got 0"),
        (lambda: resize_image(np.zeros((4, 4)), (2, 2.5)), ValueError, "size must be"),
        (
            lambda: resize_labels(np.zeros((4, 4)), 2),
            TypeError,
            "labels must be integers, got float64: .*resize_image",
        ),
        (lambda: resize_labels(np.zeros((2, 4, 4), int), 2), ValueError, r"\(H, W\), got \(2, 4, 4\)"),
        (
            lambda: crop(np.zeros((4, 6)), 2, 3, 3, 3),
            ValueError,
            "4 x 6 pixels, got rows 2 to 5 and columns 3 to 6",
        ),
        (lambda: crop(np.zeros((4, 6)), -1, 0, 2, 2), ValueError, "must lie inside"),
        (lambda: crop(np.zeros((4, 6)), 0, 0, 0, 2), ValueError, "must lie inside"),
        (lambda: crop(np.zeros(4), 0, 0, 1, 1), ValueError, r"\(H, W, ...\), got \(4,\)"),
        (lambda: normalize(np.zeros((4, 4, 3)), 0.5, [1, 0, 1]), ValueError, "std must be above 0"),
        (
            lambda: normalize(np.zeros((4, 4, 3)), [0.5, 0.5], 1),
            ValueError,
            r"channels of image \(4, 4, 3\), got shape \(2,\)",
        ),
        (lambda: normalize(np.zeros((4, 4, 3), np.uint8), 0.5, 1), TypeError, "floating point, got uint8"),
    ],
)
def test_refuses(call, error, text):
    with pytest.raises(error, match=text):
        call()
