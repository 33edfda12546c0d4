"""Colour spaces against Python's own colorsys and the formulas of CIE, their ranges, and the light of a picture."""

import colorsys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmseg_edu.preprocess.image import (
    adjust_colors,
    gray_to_rgb,
    hsv_to_rgb,
    lab_to_rgb,
    rgb_to_gray,
    rgb_to_hsv,
    rgb_to_lab,
)

UNIT = st.floats(0, 1, width=32)
CUBE = np.stack(np.meshgrid(*[np.linspace(0, 1, 18)] * 3, indexing="ij"), axis=-1).reshape(18, -1, 3)
BY_HAND = [rgb_to_gray, rgb_to_hsv, rgb_to_lab, hsv_to_rgb, adjust_colors]


@given(UNIT, UNIT, UNIT)
def test_hue_saturation_value_as_python_has_them(r, g, b):
    pixel = np.array([[[r, g, b]]])
    hue, saturation, value = rgb_to_hsv(pixel)[0, 0]
    expected = colorsys.rgb_to_hsv(r, g, b)
    assert abs((hue - expected[0] + 0.5) % 1 - 0.5) < 1e-6
    np.testing.assert_allclose([saturation, value], expected[1:], atol=1e-6)
    np.testing.assert_allclose(hsv_to_rgb(pixel)[0, 0], colorsys.hsv_to_rgb(r, g, b), atol=1e-6)


def lab_by_hand(rgb):
    linear = np.where(rgb > 0.04045, ((rgb + 0.055) / 1.055) ** 2.4, rgb / 12.92)
    to_xyz = [[0.412453, 0.357580, 0.180423], [0.212671, 0.715160, 0.072169], [0.019334, 0.119193, 0.950227]]
    t = linear @ np.transpose(to_xyz) / [0.95047, 1.0, 1.08883]
    f = np.where(t > (6 / 29) ** 3, np.cbrt(t), t / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], -1)


def test_lab_by_the_formulas_of_cie():
    np.testing.assert_allclose(rgb_to_lab(CUBE), lab_by_hand(CUBE), atol=0.02)


def test_lab_stays_in_the_stated_range_and_reaches_it():
    lab = rgb_to_lab(CUBE)
    low, high = np.array([0, -86.2, -107.9]), np.array([100, 98.3, 94.5])
    assert (lab >= low - 1e-3).all()
    assert (lab <= high + 1e-3).all()
    np.testing.assert_allclose([lab.min(axis=(0, 1)), lab.max(axis=(0, 1))], [low, high], atol=0.1)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_ranges_and_dtypes(dtype):
    cube = CUBE.astype(dtype)
    hsv, gray = rgb_to_hsv(cube), rgb_to_gray(cube)
    assert hsv.dtype == gray.dtype == rgb_to_lab(cube).dtype == adjust_colors(cube).dtype == dtype
    assert 0 <= hsv.min() <= hsv.max() <= 1
    assert hsv[..., 0].max() < 1
    assert gray.min() == 0
    assert gray.max() == 1


def test_a_hue_just_below_a_turn_is_red_also_in_half_precision():
    reddish = np.array([[[1.0, 0.0, 1e-4]]], np.float16)
    assert rgb_to_hsv(reddish)[0, 0, 0] == 0


def test_there_and_back():
    np.testing.assert_allclose(hsv_to_rgb(rgb_to_hsv(CUBE)), CUBE, atol=1e-12)
    np.testing.assert_allclose(lab_to_rgb(rgb_to_lab(CUBE)), CUBE, atol=1e-4)
    grey = np.linspace(0, 1, 12).reshape(3, 4)
    np.testing.assert_allclose(rgb_to_gray(gray_to_rgb(grey)), grey, atol=1e-12)


def test_grey_has_no_colour():
    grey = gray_to_rgb(np.linspace(0, 1, 32).reshape(4, 8))
    assert (rgb_to_hsv(grey)[..., :2] == 0).all()
    assert np.abs(rgb_to_lab(grey)[..., 1:]).max() < 0.01


def test_colours_that_no_screen_can_show_are_cut_off():
    wild = np.array([[[50.0, 200.0, -200.0], [0.0, -100.0, 100.0], [100.0, 0.0, 0.0]]])
    rgb = lab_to_rgb(wild)
    assert 0 == rgb.min() <= rgb.max() == 1


def test_green_is_brightest():
    weights = rgb_to_gray(np.eye(3)[np.newaxis])[0]
    np.testing.assert_allclose(weights, [0.2125, 0.7154, 0.0721])


@given(st.integers(0, 99), st.floats(0, 2), st.floats(0, 2), st.floats(-1, 1))
def test_light_by_a_slow_loop(seed, contrast, saturation, brightness):
    image = np.random.default_rng(seed).random((3, 4, 3))
    weights = [0.2125, 0.7154, 0.0721]
    middle = np.mean([[pixel @ weights for pixel in row] for row in image])
    expected = np.empty_like(image)
    for r, c, k in np.ndindex(image.shape):
        pure = saturation * image[r, c, k] + (1 - saturation) * (image[r, c] @ weights)
        expected[r, c, k] = min(1, max(0, contrast * pure + (1 - contrast) * middle + brightness))
    changed = adjust_colors(image, brightness=brightness, contrast=contrast, saturation=saturation)
    np.testing.assert_allclose(changed, expected, atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_no_change_is_none_to_the_last_bit(dtype):
    image = np.random.default_rng(0).random((20, 20, 3)).astype(dtype)
    np.testing.assert_array_equal(adjust_colors(image), image)


def test_no_saturation_is_grey_and_no_contrast_is_flat():
    image = np.random.default_rng(0).random((6, 5, 3))
    np.testing.assert_allclose(
        adjust_colors(image, saturation=0), gray_to_rgb(rgb_to_gray(image)), atol=1e-12
    )
    assert np.ptp(adjust_colors(image, contrast=0, saturation=0)) < 1e-12


@pytest.mark.parametrize("call", BY_HAND)
def test_refuses_what_is_no_rgb(call):
    with pytest.raises(TypeError, match="floating point, got uint8"):
        call(np.zeros((2, 2, 3), np.uint8))
    with pytest.raises(ValueError, match=r"\(H, W, 3\), RGB, got \(2, 2\): .*to_rgb"):
        call(np.zeros((2, 2)))
    with pytest.raises(ValueError, match=r"\(H, W, 3\), RGB, got \(2, 2, 4\)"):
        call(np.zeros((2, 2, 4)))
    with pytest.raises(ValueError, match=r"image must lie in \[0, 1\], got 0 to 255: divide"):
        call(np.array([[[0, 9.0, 255]]]))
    with pytest.raises(ValueError, match="must be finite"):
        call(np.full((2, 2, 3), np.nan))


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: gray_to_rgb(np.zeros((2, 2, 3))), r"\(H, W\), grey, got \(2, 2, 3\)"),
        (lambda: lab_to_rgb(np.zeros((2, 2))), r"Lab, got \(2, 2\)"),
        (lambda: lab_to_rgb(np.full((2, 2, 3), 101.0)), r"L must lie in \[0, 100\], got 101 to 101"),
        (lambda: lab_to_rgb(np.full((2, 2, 3), -1.0)), r"L must lie in \[0, 100\], got -1 to -1"),
        (lambda: adjust_colors(np.zeros((2, 2, 3)), contrast=-1), "at least 0, got 0.0, -1 and 1.0"),
        (lambda: adjust_colors(np.zeros((2, 2, 3)), brightness=np.nan), "brightness must be finite"),
        (lambda: adjust_colors(np.zeros((2, 2, 3)), saturation=np.inf), "got 0.0, 1.0 and inf"),
    ],
)
def test_refuses(call, text):
    with pytest.raises(ValueError, match=text):
        call()
