"""Denoising: what must not change, what must go, what goes with it; and the number that says how much."""

import math

import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio

from mmseg_edu.preprocess.image import (
    denoise_gaussian,
    denoise_median,
    denoise_non_local_means,
    denoise_total_variation,
    psnr,
)

EVERY = {
    "gaussian": lambda image: denoise_gaussian(image, 1.2),
    "median": lambda image: denoise_median(image, 3),
    "total variation": lambda image: denoise_total_variation(image, 0.1),
    "non-local means": lambda image: denoise_non_local_means(image, 0.1),
}


def step(shape=(24, 32)):
    """Two flat halves, 0.2 and 0.8."""
    return np.where(np.arange(shape[1]) < shape[1] // 2, 0.2, 0.8) * np.ones(shape)


@pytest.fixture(params=EVERY)
def denoise(request):
    return EVERY[request.param]


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("shape", [(20, 20), (20, 20, 3), (1, 9), (9, 1, 3), (2, 2)])
def test_keeps_shape_dtype_and_range(denoise, dtype, shape):
    image = np.random.default_rng(0).random(shape).astype(dtype)
    done = denoise(image)
    assert done.shape == shape
    assert done.dtype == dtype
    assert image.min() <= done.min() <= done.max() <= image.max()


def test_a_flat_picture_stays_as_it_is(denoise):
    np.testing.assert_array_equal(denoise(np.full((16, 16, 3), 0.7)), 0.7)


def test_noise_on_flat_halves_becomes_less(denoise):
    clean = step()
    noisy = clean + np.random.default_rng(1).normal(0, 0.1, clean.shape)
    assert psnr(denoise(noisy), clean) > psnr(noisy, clean) + 3


@pytest.mark.parametrize("name", ["gaussian", "median"])
def test_commutes_with_mirrors(name):
    image = np.random.default_rng(2).random((15, 17))
    mirrored = EVERY[name](image[:, ::-1])
    np.testing.assert_allclose(mirrored, EVERY[name](image)[:, ::-1], atol=1e-12)


def test_the_input_is_left_as_it_was(denoise):
    image = np.random.default_rng(0).random((12, 12))
    before = image.copy()
    denoise(image)
    np.testing.assert_array_equal(image, before)


def test_channels_are_kept_apart():
    image = np.random.default_rng(3).random((12, 14, 3))
    for each in ("gaussian", "median"):
        np.testing.assert_allclose(EVERY[each](image)[..., 1], EVERY[each](image[..., 1]), atol=1e-12)
    red = np.zeros((12, 12, 3))
    red[::2, :, 0] = 1
    for each in EVERY.values():
        np.testing.assert_array_equal(each(red)[..., 1:], 0)


def test_gaussian_by_a_slow_sum():
    image = np.random.default_rng(4).random((30, 30))
    offsets = np.arange(-4, 5)
    kernel = np.exp(-(offsets[:, None] ** 2 + offsets**2) / 2)
    expected = (image[11:20, 6:15] * kernel).sum() / kernel.sum()
    assert denoise_gaussian(image, 1.0)[15, 10] == pytest.approx(expected, abs=1e-12)
    np.testing.assert_array_equal(denoise_gaussian(image, 0), image)


def test_median_by_a_slow_loop():
    image = np.random.default_rng(5).random((9, 11))
    wide = np.pad(image, 2, mode="symmetric")
    expected = [[np.median(wide[r : r + 5, c : c + 5]) for c in range(11)] for r in range(9)]
    np.testing.assert_array_equal(denoise_median(image, 5), expected)
    np.testing.assert_array_equal(denoise_median(image, 1), image)
    assert set(denoise_median(image, 3).ravel()) <= set(image.ravel())


def test_median_removes_wrong_pixels_and_thin_lines_alike_and_keeps_edges():
    clean = step()
    wrong = clean.copy()
    wrong[5, 5], wrong[12, 20] = 1, 0
    np.testing.assert_array_equal(denoise_median(wrong), clean)
    line = np.zeros((9, 9))
    line[:, 4] = 1
    assert denoise_median(line).max() == 0


def test_total_variation_lowers_its_own_energy():
    image = np.clip(step() + np.random.default_rng(6).normal(0, 0.1, (24, 32)), 0, 1)

    def energy(u):
        down, right = np.diff(u, axis=0, append=u[-1:]), np.diff(u, axis=1, append=u[:, -1:])
        return 0.5 * np.square(u - image).sum() + 0.1 * np.hypot(down, right).sum()

    done = denoise_total_variation(image, 0.1)
    assert energy(done) < 0.8 * energy(image)
    assert energy(done) < min(energy(denoise_gaussian(image, sigma)) for sigma in (0.3, 0.5, 1, 2, 4))


def test_psnr_is_scikit_images():
    one, other = np.random.default_rng(7).random((2, 8, 9, 3))
    assert psnr(one, other) == pytest.approx(peak_signal_noise_ratio(one, other, data_range=1))
    assert psnr(one, one) == math.inf
    assert psnr(np.full((3, 3), 0.51), np.full((3, 3), 0.5)) == pytest.approx(40)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: denoise_gaussian(step(), -1), ValueError, "sigma must be a finite number 0 or more, got -1"),
        (
            lambda: denoise_gaussian(step(), (1, 2)),
            ValueError,
            r"sigma must be a finite number .* got \(1, 2\)",
        ),
        (
            lambda: denoise_gaussian(step(), "1"),
            ValueError,
            "sigma must be a finite number 0 or more, got '1'",
        ),
        (
            lambda: psnr(255 * step(), 255 * step()),
            ValueError,
            "reference must lie in .* got 51 to 204: divide",
        ),
        (lambda: denoise_gaussian(step(), np.nan), ValueError, "sigma must be a finite number"),
        (
            lambda: denoise_total_variation(step(), 0),
            ValueError,
            "weight must be a finite number above 0, got 0",
        ),
        (
            lambda: denoise_non_local_means(step(), 0),
            ValueError,
            "sigma must be a finite number above 0, got 0",
        ),
        (lambda: denoise_median(step(), 4), ValueError, "size must be odd, .* got 4: try 5"),
        (lambda: denoise_median(step(), 1.5), ValueError, "size must be a whole number of pixels"),
        (lambda: psnr(step(), step((3, 4))), ValueError, r"shape of the reference, \(3, 4\), got \(24, 32\)"),
        (lambda: psnr(np.zeros((2, 2), np.uint8), step()), TypeError, "floating point, got uint8"),
    ],
)
def test_refuses_amounts(call, error, text):
    with pytest.raises(error, match=text):
        call()


def test_refuses_pictures_that_are_none(denoise):
    with pytest.raises(TypeError, match="floating point, got uint8"):
        denoise(np.zeros((8, 8), np.uint8))
    with pytest.raises(ValueError, match="must be finite"):
        denoise(np.full((8, 8), np.nan))
    with pytest.raises(ValueError, match=r"got \(2, 8, 8, 3\)"):
        denoise(np.zeros((2, 8, 8, 3)))
