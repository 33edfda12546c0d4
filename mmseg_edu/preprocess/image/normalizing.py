"""Numbers around 0 with a spread of about 1: by the training set's statistics, or by the picture's own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from mmseg_edu.preprocess.arguments import as_array, as_reals, checked_room
from mmseg_edu.preprocess.image.inputs import check_floating, checked_picture


def channel_statistics(images: Iterable[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    r"""Measure the mean and the standard deviation of each channel over all pixels of many pictures.

    .. math::
        \mu_c = \frac{1}{n} \sum_{p} I_{pc}, \qquad
        \sigma_c^2 = \frac{1}{n} \sum_{p} (I_{pc} - \mu_c)^2

    Parameters
    ----------
    images : iterable of (H, W, C) floating point
        The *training* pictures, and no others; of any sizes, each pixel counts once. A generator will do:
        one picture at a time is looked at.

    Returns
    -------
    mean, std : (C,) float64
        For :func:`normalize`. A channel with one value throughout has exactly that mean, and std 0.

    Raises
    ------
    TypeError, ValueError
        For no picture at all, integers, NaN, and pictures with different channels.

    References
    ----------
    T. F. Chan, G. H. Golub, R. J. LeVeque, "Algorithms for computing the sample variance", 1983: how the
    sums of two sets are put together.

    Examples
    --------
    >>> import numpy as np
    >>> channel_statistics([np.zeros((2, 2, 1)), np.ones((2, 2, 1))])
    (array([0.5]), array([0.5]))

    Lesson: 01_image_preprocessing
    """
    if not isinstance(images, Iterable):
        raise TypeError(f"images must be a sequence of pictures, got {type(images).__name__}: give [image]")
    count, mean, spread = 0, np.zeros(0), np.zeros(0)
    low, high = np.zeros(0), np.zeros(0)
    for image in images:
        pixels = _pixels(image, len(mean))
        with np.errstate(over="ignore"):
            checked_room(np.square(pixels).sum(axis=0), pixels, "each picture")
        if count == 0:
            mean, spread, low, high = np.zeros_like(pixels[0]), np.zeros_like(pixels[0]), pixels[0], pixels[0]
        own = pixels.mean(axis=0)
        total = count + len(pixels)
        spread = (
            spread + np.square(pixels - own).sum(axis=0) + (own - mean) ** 2 * count * len(pixels) / total
        )
        mean = mean + (own - mean) * len(pixels) / total
        low, high, count = np.minimum(low, pixels.min(axis=0)), np.maximum(high, pixels.max(axis=0)), total
    if count == 0:
        raise ValueError("images must hold at least one picture, got none: give the training pictures")
    # Rounding must not give a channel that never varies a spread to divide by.
    return np.where(low == high, low, mean), np.where(low == high, 0.0, np.sqrt(spread / count))


def normalize(
    image: np.ndarray, mean: float | Sequence[float] | np.ndarray, std: float | Sequence[float] | np.ndarray
) -> np.ndarray:
    r"""Shift and scale each channel, so that networks see numbers around 0 with a spread of about 1.

    .. math::
        N_{ijc} = \frac{I_{ijc} - \mu_c}{\sigma_c}

    Parameters
    ----------
    image : (..., C) floating point
        A picture, or a batch of them.
    mean, std : float or (C,)
        Of the *training* pictures. Taking them from the picture at hand would hide how bright it is; taking
        them from the test set would be a leak.

    Returns
    -------
    (..., C), same dtype

    Raises
    ------
    TypeError
        For integer pictures.
    ValueError
        When ``std`` is not above 0 everywhere (a channel that never varies has nothing to say: leave it out),
        the number of channels does not fit, or the picture, ``mean`` or ``std`` is not finite.

    Examples
    --------
    >>> import numpy as np
    >>> normalize(np.array([[[0.5, 0.9, 0.1]]]), mean=0.5, std=0.2)
    array([[[ 0.,  2., -2.]]])

    Lesson: 01_image_preprocessing
    """
    image = as_array("image", image)
    check_floating(image)
    if not np.isfinite(image).all():
        raise ValueError("image must be finite, got NaN or infinity: clean it with np.nan_to_num first")
    centre, spread = as_reals("mean", mean), as_reals("std", std)
    for name, value in (("mean", centre), ("std", spread)):
        if value.ndim > 1 or (value.ndim == 1 and (image.ndim == 0 or len(value) != image.shape[-1])):
            raise ValueError(
                f"{name} must be one number or one for each of the channels of image {image.shape}, "
                f"got shape {value.shape}: put channels last"
            )
        if not np.isfinite(value).all():
            raise ValueError(f"{name} must be finite, got {value}: take it from clean training pictures")
    if not np.all(spread > 0):
        raise ValueError(f"std must be above 0, got {std}: leave out a channel that never varies")
    with np.errstate(over="ignore", invalid="ignore"):
        return checked_room(((image - centre) / spread).astype(image.dtype), image, "image")


def standardize(image: np.ndarray) -> np.ndarray:
    r"""Normalize each channel of one picture by the picture's own mean and standard deviation.

    .. math::
        N_{ijc} = \frac{I_{ijc} - \mu_c(I)}{\sigma_c(I)}

    What is the same for all pixels is gone afterwards: how bright the picture was, how strong its contrast,
    which colour its light had. That helps where these are an accident of the camera, and hurts where they
    are evidence.

    Parameters
    ----------
    image : (H, W, C) floating point

    Returns
    -------
    (H, W, C), same dtype
        Each channel with mean 0 and standard deviation 1, to rounding, so that in a nearly even picture faint noise
        becomes as strong as anything. A channel with one value throughout becomes 0.

    Raises
    ------
    TypeError, ValueError
        For integers, NaN, and other shapes.

    Examples
    --------
    >>> import numpy as np
    >>> standardize(np.array([[[0.2, 0.7], [0.6, 0.7]]])).round(6)
    array([[[-1.,  0.],
            [ 1.,  0.]]])

    Lesson: 01_image_preprocessing
    """
    pixels = _pixels(image, 0)
    # Stretched to [0, 2] first, which does not change the result: no spread is too small or too large to square.
    low, half = pixels.min(axis=0), pixels.max(axis=0) / 2 - pixels.min(axis=0) / 2
    image = as_array("image", image)
    unit = (image.astype(np.float64) / 2 - low / 2) / np.where(half > 0, half, 1.0)
    mean, std = channel_statistics([unit])
    return normalize(unit, mean, np.where(std > 0, std, 1.0)).astype(image.dtype)


def _pixels(image: np.ndarray, channels: int) -> np.ndarray:
    image = checked_picture(image)
    if image.ndim != 3 or channels not in (0, image.shape[2]):
        wanted = f"(H, W, {channels}), as the first one," if channels else "(H, W, C)"
        raise ValueError(
            f"each picture must have shape {wanted} got {image.shape}: give one picture as [image], a grey one as "
            "image[..., np.newaxis], or bring all to RGB with to_rgb"
        )
    return image.reshape(-1, image.shape[2]).astype(np.float64)
