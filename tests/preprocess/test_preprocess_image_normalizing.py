"""Statistics of many pictures against those of all their pixels at once, and pictures by their own."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmseg_edu.preprocess.image import channel_statistics, normalize, standardize


def pictures(seed, count, channels=3):
    rng = np.random.default_rng(seed)
    return [rng.random((*rng.integers(1, 9, 2), channels)) ** rng.uniform(0.2, 5) for _ in range(count)]


@given(st.integers(0, 999), st.integers(1, 6), st.integers(1, 4))
def test_statistics_are_those_of_all_pixels(seed, count, channels):
    images = pictures(seed, count, channels)
    pixels = np.concatenate([image.reshape(-1, channels) for image in images])
    mean, std = channel_statistics(image for image in images)
    np.testing.assert_allclose(mean, pixels.mean(axis=0), atol=1e-12)
    np.testing.assert_allclose(std, pixels.std(axis=0), atol=1e-12)
    reverse = channel_statistics(images[::-1])
    np.testing.assert_allclose([mean, std], reverse, atol=1e-12)


def test_a_large_picture_counts_more_than_a_small_one():
    mean, std = channel_statistics([np.zeros((1, 3, 1)), np.ones((1, 1, 1))])
    assert mean == [0.25]
    assert std == pytest.approx(np.sqrt(3) / 4)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_a_channel_that_never_varies_has_spread_0_exactly(dtype):
    images = [np.stack([np.full((7, n), 0.1, dtype), np.eye(7, n, dtype=dtype)], axis=-1) for n in (3, 11)]
    mean, std = channel_statistics(images)
    assert mean[0] == dtype(0.1)
    assert std[0] == 0 < std[1]


def test_small_spreads_round_a_large_mean_are_not_lost():
    noise = np.random.default_rng(0).normal(0, 1e-6, (50, 50, 1))
    assert channel_statistics([noise + 1e3])[1] == pytest.approx((noise + 1e3).std(), rel=1e-6)


@given(st.integers(0, 999))
def test_by_its_own_statistics_a_picture_has_mean_0_and_spread_1(seed):
    image = np.random.default_rng(seed).random((5, 6, 3))
    done = standardize(image)
    np.testing.assert_allclose(done.mean(axis=(0, 1)), 0, atol=1e-12)
    np.testing.assert_allclose(done.std(axis=(0, 1)), 1, atol=1e-12)
    np.testing.assert_allclose(standardize(0.3 * image + 0.5), done, atol=1e-9)


@pytest.mark.parametrize("two", [(1, np.nextafter(1, 2)), (1e-200, 3e-200), (-1.7e308, 1.7e308), (0.0, 1.0)])
def test_faint_noise_and_a_wide_range_come_out_alike(two):
    done = standardize(np.array([[[two[0]], [two[1]]]] * 3))
    np.testing.assert_allclose(done.ravel(), [-1, 1] * 3, atol=1e-9)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("value", [0, 0.1, 1])
def test_one_value_throughout_becomes_0(dtype, value):
    done = standardize(np.full((9, 7, 3), value, dtype))
    assert done.dtype == dtype
    np.testing.assert_array_equal(done, 0)


def test_by_the_training_statistics_brightness_stays():
    training = pictures(0, 5)
    statistics = channel_statistics(training)
    bright, dark = np.full((4, 4, 3), 0.9), np.full((4, 4, 3), 0.1)
    assert (normalize(bright, *statistics) > normalize(dark, *statistics)).all()
    np.testing.assert_array_equal(standardize(bright), standardize(dark))


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: channel_statistics([]), ValueError, "at least one picture, got none"),
        (lambda: channel_statistics([np.zeros((2, 2))]), ValueError, r"\(H, W, C\) got \(2, 2\): .*newaxis"),
        (
            lambda: channel_statistics([np.zeros((2, 2, 3)), np.zeros((2, 2, 4))]),
            ValueError,
            r"\(H, W, 3\), as the first one, got \(2, 2, 4\)",
        ),
        (lambda: channel_statistics([np.zeros((2, 2, 3), np.uint8)]), TypeError, "floating point, got uint8"),
        (lambda: channel_statistics([np.full((2, 2, 3), np.nan)]), ValueError, "must be finite"),
        (
            lambda: channel_statistics(np.zeros((2, 3, 3))),
            ValueError,
            r"got \(3, 3\): give one picture as \[im",
        ),
        (
            lambda: normalize(np.full((2, 2, 3), np.nan), 0.5, 0.2),
            ValueError,
            "image must be finite, got NaN",
        ),
        (lambda: standardize(np.zeros((2, 2), int)), TypeError, "floating point, got int64"),
        (lambda: standardize(np.zeros((2, 2, 3, 1))), ValueError, r"got \(2, 2, 3, 1\)"),
    ],
)
def test_refuses(call, error, text):
    with pytest.raises(error, match=text):
        call()
