"""Noise taken out of pictures, each way with its price, and how much is gone in dB."""

from __future__ import annotations

from typing import Any

import numpy as np

from mmseg_edu.preprocess.arguments import (
    MOST_AMOUNT,
    ROUNDING,
    checked_room,
    checked_whole,
    is_finite,
    shown,
)
from mmseg_edu.preprocess.image.inputs import checked_picture


def psnr(image: np.ndarray, reference: np.ndarray) -> float:
    r"""Compare a picture with what it should be: peak signal-to-noise ratio, for white at 1.

    .. math::
        \mathrm{PSNR} = -10 \log_{10} \frac{1}{n} \sum_p (I_p - R_p)^2

    Parameters
    ----------
    image, reference : (H, W) or (H, W, C) floating point, of one shape
        The reference in [0, 1]; noise may carry the other past it.

    Returns
    -------
    float, dB
        Infinite for equal pictures; 20 dB is an error of a tenth of white, 40 dB of a hundredth.

    Raises
    ------
    TypeError, ValueError
        For integers, NaN, shapes that differ, and a reference outside [0, 1].

    Examples
    --------
    >>> import numpy as np
    >>> psnr(np.full((2, 2), 0.6), np.full((2, 2), 0.5))
    20.0

    Lesson: 01_image_preprocessing
    """
    one, other = checked_picture(image).astype(np.float64), checked_picture(reference).astype(np.float64)
    if one.shape != other.shape:
        raise ValueError(
            f"image must have the shape of the reference, {other.shape}, got {one.shape}: resize or crop one of them"
        )
    if other.min() < -ROUNDING or other.max() > 1 + ROUNDING:
        raise ValueError(
            f"reference must lie in [0, 1], got {other.min():.4g} to {other.max():.4g}: divide both by white, "
            "255 for bytes"
        )
    with np.errstate(over="ignore"):
        error = checked_room(np.square(one - other), one, "image").mean()
    return float(np.round(-10 * np.log10(error), 12)) if error > 0 else float("inf")


def denoise_gaussian(image: np.ndarray, sigma: float) -> np.ndarray:
    r"""Blur: every pixel becomes a mean of its surroundings, near ones count more.

    .. math::
        D = G_\sigma * I, \qquad G_\sigma(x) \propto e^{-|x|^2 / 2 \sigma^2}

    Parameters
    ----------
    image : (H, W) or (H, W, C) floating point
        Channels are blurred each for itself; beyond its edge the picture is mirrored.
    sigma : float >= 0, pixels
        0 changes nothing.

    Returns
    -------
    same shape and dtype
        Within the range of the picture's values.

    Raises
    ------
    TypeError, ValueError
        For integers, NaN, other shapes, and a negative sigma.

    Examples
    --------
    >>> import numpy as np
    >>> denoise_gaussian(np.array([[0.0, 0.0, 1.0, 0.0, 0.0]]), 0.5).round(3)
    array([[0.   , 0.106, 0.787, 0.106, 0.   ]])

    Lesson: 01_image_preprocessing
    """
    from scipy.ndimage import gaussian_filter

    image = checked_picture(image)
    _check_amount("sigma", sigma)
    blurred = gaussian_filter(image.astype(np.float64), sigma, axes=(0, 1)) if sigma else image
    return _within(blurred, image)


def denoise_median(image: np.ndarray, size: int = 3) -> np.ndarray:
    """Give every pixel the median of the square around it: single wrong pixels are outvoted, edges stay.

    Parameters
    ----------
    image : (H, W) or (H, W, C) floating point
        Channels are filtered each for itself; beyond its edge the picture is mirrored.
    size : int, pixels, odd
        Side of the square; 1 changes nothing. What fills less than half of it is gone: also thin lines.

    Returns
    -------
    same shape and dtype
        Each value was there before, in the same channel.

    Raises
    ------
    TypeError, ValueError
        For integers, NaN, other shapes, and a size that is even or no whole number.

    Examples
    --------
    >>> import numpy as np
    >>> denoise_median(np.array([[0.2, 0.2, 1.0, 0.2, 0.8, 0.8]]))
    array([[0.2, 0.2, 0.2, 0.8, 0.8, 0.8]])

    Lesson: 01_image_preprocessing
    """
    from scipy.ndimage import median_filter

    image = checked_picture(image)
    size = checked_whole("size", size, "3 is a good one", of="pixels")
    if size % 2 == 0:
        raise ValueError(f"size must be odd, so that the square has a middle, got {size}: try {size + 1}")
    exact = image.astype(np.result_type(image.dtype, np.float32), copy=False)
    return median_filter(exact, size=size, axes=(0, 1)).astype(image.dtype)


def denoise_total_variation(image: np.ndarray, weight: float) -> np.ndarray:
    r"""Find the picture that is close to this one and changes little: flat areas, sharp edges.

    .. math::
        D = \arg\min_u \tfrac12 \lVert u - I \rVert^2 + \lambda \sum_p \lVert \nabla u_p \rVert

    Parameters
    ----------
    image : (H, W) or (H, W, C) floating point
        Channels are filtered each for itself.
    weight : float > 0
        :math:`\lambda`: the larger, the flatter; noise of standard deviation 0.1 asks for about 0.1. Fine
        texture is taken for noise.

    Returns
    -------
    same shape and dtype
        Within the range of the picture's values.

    Raises
    ------
    TypeError, ValueError
        For integers, NaN, other shapes, and a weight that is not above 0.

    References
    ----------
    A. Chambolle, "An algorithm for total variation minimization and applications", 2004; scikit-image's
    ``denoise_tv_chambolle``.

    Examples
    --------
    >>> import numpy as np
    >>> step = np.array([[0.0, 0.1, 0.0, 0.9, 1.0, 0.9]] * 4)
    >>> denoise_total_variation(step, 0.1)[0].round(1)
    array([0.1, 0.1, 0.1, 0.9, 0.9, 0.9])

    Lesson: 01_image_preprocessing
    """
    from skimage.restoration import denoise_tv_chambolle

    image = checked_picture(image)
    _check_amount("weight", weight, above=True)
    pixels = image.astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        flat = denoise_tv_chambolle(pixels, weight=weight, channel_axis=_channels(image))
    return _within(checked_room(flat, image, "image"), image)


def denoise_non_local_means(image: np.ndarray, sigma: float) -> np.ndarray:
    r"""Average every pixel with those, up to 6 pixels away, whose 5 x 5 surroundings look like its own.

    .. math::
        D_p \propto \sum_q e^{-d(p, q)^2 / h^2} \, I_q, \qquad h = 0.8\, \sigma

    with :math:`d(p, q)^2` the mean squared difference of the two surroundings, less what noise alone makes.

    Parameters
    ----------
    image : (H, W) or (H, W, C) floating point
        All channels are compared together.
    sigma : float > 0
        Standard deviation of the noise, in the picture's own unit. A texture fainter than it is averaged
        away with it.

    Returns
    -------
    same shape and dtype
        Within the range of the picture's values.

    Raises
    ------
    TypeError, ValueError
        For integers, NaN, other shapes, and a sigma that is not above 0.

    References
    ----------
    A. Buades, B. Coll, J.-M. Morel, "A non-local algorithm for image denoising", 2005; scikit-image's
    ``denoise_nl_means``.

    Examples
    --------
    >>> import numpy as np
    >>> noisy = np.random.default_rng(0).normal(0.5, 0.1, (32, 32))
    >>> float(denoise_non_local_means(noisy, 0.1).std().round(2))
    0.01

    Lesson: 01_image_preprocessing
    """
    from skimage.restoration import denoise_nl_means

    image = checked_picture(image)
    _check_amount("sigma", sigma, above=True)
    averaged = denoise_nl_means(
        image.astype(np.float64),
        patch_size=5,
        patch_distance=6,
        h=0.8 * sigma,
        sigma=sigma,
        fast_mode=True,
        channel_axis=_channels(image),
    )
    return _within(averaged, image)


def _check_amount(name: str, amount: Any, *, above: bool = False) -> None:
    if not (is_finite(amount) and 0 <= amount <= MOST_AMOUNT) or (above and amount == 0):
        rule = "above 0" if above else "0 or more"
        raise ValueError(
            f"{name} must be a finite number {rule}, got {shown(amount)}: try 0.1 and look at the result; "
            f"{MOST_AMOUNT:g} is the most"
        )


def _channels(image: np.ndarray) -> int | None:
    return -1 if image.ndim == 3 else None


def _within(filtered: np.ndarray, image: np.ndarray) -> np.ndarray:
    """Bring rounding, and iterations that are not yet done, back into the picture's own range and type."""
    shaped = filtered.reshape(image.shape)  # scikit-image drops an axis of one pixel
    return np.clip(shaped, image.min(), image.max()).astype(image.dtype)
