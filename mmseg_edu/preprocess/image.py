"""Pictures and label maps: resize, crop, normalize."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mmseg_edu.preprocess.arguments import checked_size, is_whole


def resize_image(image: np.ndarray, size: int | tuple[int, int], antialias: bool = True) -> np.ndarray:
    r"""Resize a picture: every new pixel is a weighted mean of the old ones around its place.

    .. math::
        R_{ij} = \sum_{r, c} A_{ir} \, B_{jc} \, I_{rc}, \qquad
        A_{ir} \propto \max\!\left(0,\; 1 - \frac{|(i + \tfrac12) s - \tfrac12 - r|}{w}\right), \quad
        \sum_r A_{ir} = 1

    with :math:`s` = old height / new height (:math:`B` is the same for the width). With anti-aliasing the
    triangle is as wide as the new pixels, :math:`w = \max(s, 1)`, so that no old pixel is skipped; without it
    :math:`w = 1`, plain bilinear interpolation, which makes fine stripes flicker and lie when a picture
    shrinks.

    Parameters
    ----------
    image : (H, W) or (H, W, C) floating point
        Any range; leading batch axes are not accepted. The dtype is kept.
    size : int or (height, width), pixels
        An int makes a square.
    antialias : bool
        Leave it on, except to see what goes wrong.

    Returns
    -------
    (height, width) or (height, width, C), same dtype
        Each value lies between the smallest and the largest of the picture, so a picture in [0, 1] stays
        there.

    Raises
    ------
    TypeError
        For integer pictures; for label maps the remedy is :func:`resize_labels`.
    ValueError
        For a wrong shape, an impossible size, NaN or infinity.

    Notes
    -----
    Agrees with Pillow's ``Image.resize`` (bilinear, "F" mode) to rounding.

    Examples
    --------
    >>> import numpy as np
    >>> stripes = np.array([[0.0, 1.0, 0.0, 1.0, 0.0, 1.0]])
    >>> resize_image(stripes, (1, 2)).round(2)
    array([[0.5, 0.5]])
    >>> resize_image(stripes, (1, 2), antialias=False)
    array([[1., 0.]])

    Lesson: 01_image_preprocessing
    """
    image = _checked_image(image)
    if not np.issubdtype(image.dtype, np.floating):
        raise TypeError(
            f"image must be floating point, got {image.dtype.name}: "
            "use image.astype(np.float32) / 255 for bytes, and resize_labels for labels"
        )
    darkest, brightest = image.min(), image.max()
    if not np.isfinite([darkest, brightest]).all():
        raise ValueError("image must be finite, got NaN or infinity: clean it with np.nan_to_num first")
    height, width = checked_size(size)
    exact = np.result_type(image.dtype, np.float32)  # float16 would lose a third of its digits in the sums
    rows = _triangle_weights(image.shape[0], height, antialias).astype(exact)
    columns = _triangle_weights(image.shape[1], width, antialias).astype(exact)
    tall = np.tensordot(rows, image.astype(exact, copy=False), axes=(1, 0))
    resized = np.moveaxis(np.tensordot(columns, tall, axes=(1, 1)), 0, 1)
    return np.ascontiguousarray(np.clip(resized, darkest, brightest).astype(image.dtype, copy=False))


def resize_labels(labels: np.ndarray, size: int | tuple[int, int]) -> np.ndarray:
    r"""Resize a label map: every new pixel takes the label of the one old pixel under its centre.

    .. math::
        L'_{ij} = L_{\lfloor (i + 1/2)\, H / H' \rfloor,\ \lfloor (j + 1/2)\, W / W' \rfloor}

    Labels are names, not amounts: between 1 (bell) and 3 (guitar) there is no 2 (drum), so nothing may be
    averaged.

    Parameters
    ----------
    labels : (H, W) integers or bool
    size : int or (height, width), pixels

    Returns
    -------
    (height, width), same dtype
        Holds no label that was not there before.

    Raises
    ------
    TypeError, ValueError
        For pictures (floating point), a wrong shape, or an impossible size.

    Examples
    --------
    >>> import numpy as np
    >>> resize_labels(np.array([[0, 3], [1, 0]], np.uint8), (2, 6))
    array([[0, 0, 0, 3, 3, 3],
           [1, 1, 1, 0, 0, 0]], dtype=uint8)

    Lesson: 01_image_preprocessing
    """
    labels = np.asarray(labels)
    if labels.ndim != 2 or 0 in labels.shape:
        raise ValueError(f"labels must have shape (H, W), got {labels.shape}: resize maps one at a time")
    if labels.dtype.kind not in "iub":
        raise TypeError(
            f"labels must be integers, got {labels.dtype.name}: resize pictures with resize_image"
        )
    height, width = checked_size(size)
    # Whole-number arithmetic: floor((2i + 1) H / 2H') has no rounding to get wrong.
    rows = (2 * np.arange(height) + 1) * labels.shape[0] // (2 * height)
    columns = (2 * np.arange(width) + 1) * labels.shape[1] // (2 * width)
    return labels[np.ix_(rows, columns)]


def crop(image: np.ndarray, top: int, left: int, height: int, width: int) -> np.ndarray:
    r"""Cut a rectangle out of a picture or a label map; cut both alike and they stay together.

    Parameters
    ----------
    image : (H, W, ...)
        Any dtype.
    top, left : int, pixels, 0 or more
        The first row and column to keep.
    height, width : int, pixels, 1 or more

    Returns
    -------
    (height, width, ...), same dtype
        A copy.

    Raises
    ------
    TypeError, ValueError
        When the rectangle is not given in whole pixels, or does not lie inside the picture: nothing is padded
        or cut short in silence.

    Examples
    --------
    >>> import numpy as np
    >>> crop(np.arange(12).reshape(3, 4), top=1, left=2, height=2, width=2)
    array([[ 6,  7],
           [10, 11]])

    Lesson: 01_image_preprocessing
    """
    image = np.asarray(image)
    if image.ndim < 2:
        raise ValueError(
            f"image must have shape (H, W, ...), got {image.shape}: give a picture or a label map"
        )
    for name, value in (("top", top), ("left", left), ("height", height), ("width", width)):
        if not is_whole(value):
            raise TypeError(f"{name} must be a whole number of pixels, got {value!r}: use round()")
    full_height, full_width = image.shape[:2]
    inside = top >= 0 and left >= 0 and top + height <= full_height and left + width <= full_width
    if not inside or height < 1 or width < 1:
        raise ValueError(
            f"the rectangle must lie inside the picture of {full_height} x {full_width} pixels, got rows "
            f"{top} to {top + height} and columns {left} to {left + width}: move it or make it smaller"
        )
    return image[top : top + height, left : left + width].copy()


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
        the number of channels does not fit, or ``mean`` or ``std`` is not finite.

    Examples
    --------
    >>> import numpy as np
    >>> normalize(np.array([[[0.5, 0.9, 0.1]]]), mean=0.5, std=0.2)
    array([[[ 0.,  2., -2.]]])

    Lesson: 01_image_preprocessing
    """
    image = np.asarray(image)
    if not np.issubdtype(image.dtype, np.floating):
        raise TypeError(
            f"image must be floating point, got {image.dtype.name}: use image.astype(np.float32) / 255"
        )
    centre, spread = np.asarray(mean, np.float64), np.asarray(std, np.float64)
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
    return ((image - centre) / spread).astype(image.dtype)


def _triangle_weights(old: int, new: int, antialias: bool) -> np.ndarray:
    """Rows of the resizing matrix, (new, old), each summing to 1."""
    scale = old / new
    centres = (np.arange(new) + 0.5) * scale - 0.5
    distance = np.abs(centres[:, np.newaxis] - np.arange(old))
    weights = np.maximum(0.0, 1 - distance / (max(scale, 1.0) if antialias else 1.0))
    return weights / weights.sum(axis=1, keepdims=True)


def _checked_image(image: Any) -> np.ndarray:
    image = np.asarray(image)
    if image.ndim not in (2, 3) or 0 in image.shape:
        raise ValueError(
            f"image must have shape (H, W) or (H, W, C), got {image.shape}: "
            "resize the pictures of a batch one by one"
        )
    return image
