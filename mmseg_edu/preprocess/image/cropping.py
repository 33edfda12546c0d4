"""Rectangles cut out of pictures and label maps, and the boxes that move along."""

from __future__ import annotations

from typing import Any

import numpy as np

from mmseg_edu.preprocess.arguments import MOST_NUMBERS, as_array, checked_size, is_whole, shown
from mmseg_edu.preprocess.image.inputs import checked_boxes, generator


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
    image = as_array("image", image)
    if image.ndim < 2:
        raise ValueError(
            f"image must have shape (H, W, ...), got {image.shape}: give a picture or a label map"
        )
    _check_whole(top=top, left=left, height=height, width=width)
    full_height, full_width = image.shape[:2]
    inside = top >= 0 and left >= 0 and top + height <= full_height and left + width <= full_width
    if not inside or height < 1 or width < 1:
        raise ValueError(
            f"the rectangle must lie inside the picture of {full_height} x {full_width} pixels, got rows "
            f"{top} to {top + height} and columns {left} to {left + width}: move it or make it smaller"
        )
    return image[top : top + height, left : left + width].copy()


def center_rectangle(image: np.ndarray, size: int | tuple[int, int]) -> tuple[int, int, int, int]:
    r"""Find the middle rectangle of a picture, to give to :func:`crop` and :func:`crop_boxes`.

    .. math::
        t = \lfloor (H - h) / 2 \rfloor, \qquad l = \lfloor (W - w) / 2 \rfloor

    Parameters
    ----------
    image : (H, W, ...)
        A picture or a label map; only its shape is looked at.
    size : int or (height, width), pixels
        An int makes a square.

    Returns
    -------
    (top, left, height, width)
        Where the margin is odd, the larger half of it lies below and to the right.

    Raises
    ------
    ValueError
        When the rectangle is larger than the picture.

    Examples
    --------
    >>> import numpy as np
    >>> center_rectangle(np.zeros((5, 8, 3)), (2, 4))
    (1, 2, 2, 4)
    """
    rows, columns, height, width = _room(image, size)
    return rows // 2, columns // 2, height, width


def random_rectangle(
    image: np.ndarray, size: int | tuple[int, int], *, seed: int | np.random.Generator
) -> tuple[int, int, int, int]:
    """Draw a rectangle of a picture, to give to :func:`crop` and :func:`crop_boxes`: each place is as likely.

    Picture and labels stay together because both are cut with the one rectangle that was drawn.

    Parameters
    ----------
    image : (H, W, ...)
        A picture or a label map; only its shape is looked at.
    size : int or (height, width), pixels
        An int makes a square.
    seed : int or numpy.random.Generator
        The same seed draws the same rectangle.

    Returns
    -------
    (top, left, height, width)

    Raises
    ------
    ValueError
        When the rectangle is larger than the picture, or no seed is given.

    Examples
    --------
    >>> import numpy as np
    >>> image = np.zeros((100, 120, 3))
    >>> random_rectangle(image, 64, seed=0) == random_rectangle(image, 64, seed=0)
    True

    Lesson: 01_image_preprocessing
    """
    rows, columns, height, width = _room(image, size)
    rng = generator(seed)
    return int(rng.integers(rows + 1)), int(rng.integers(columns + 1)), height, width


def crop_boxes(boxes: Any, top: int, left: int, height: int, width: int) -> np.ndarray:
    """Move boxes along with a :func:`crop`, and cut them at its edges.

    Parameters
    ----------
    boxes : (N, 4) numbers, pixels
        (top, left, bottom, right) of each, as edges: rows 2, 3 and 4 are top 2, bottom 5.
    top, left, height, width : int, pixels
        The rectangle, as for :func:`crop`.

    Returns
    -------
    (N, 4) float64
        In the same order. A box that lies outside keeps its row and has area 0.

    Raises
    ------
    TypeError, ValueError
        For boxes of another shape, or with their ends exchanged, and for a rectangle that :func:`crop` refuses
        whatever the picture.

    Examples
    --------
    >>> crop_boxes([[2, 2, 5, 6], [0, 0, 1, 1]], top=1, left=3, height=4, width=4).astype(int)
    array([[1, 0, 4, 3],
           [0, 0, 0, 0]])

    Lesson: 01_image_preprocessing
    """
    _check_whole(top=top, left=left, height=height, width=width)
    if min(top, left) < 0 or min(height, width) < 1:
        raise ValueError(
            f"the rectangle (top, left, height, width) must start at 0 or later and hold a pixel, got "
            f"{(top, left, height, width)}: give the one that cropped the picture"
        )
    moved = checked_boxes(boxes) - [top, left, top, left]
    return np.clip(moved, 0, [height, width, height, width])


def _check_whole(**pixels: Any) -> None:
    for name, value in pixels.items():
        if not is_whole(value):
            raise TypeError(f"{name} must be a whole number of pixels, got {shown(value)}: use round()")
        if abs(value) > MOST_NUMBERS:
            raise ValueError(
                f"{name} must be at most 2**40 pixels, got {shown(value)}: no picture is as large"
            )


def _room(image: np.ndarray, size: int | tuple[int, int]) -> tuple[int, int, int, int]:
    """How far a rectangle can move down and right, and its height and width."""
    height, width = checked_size(size)
    shape = as_array("image", image).shape
    if len(shape) < 2 or shape[0] < height or shape[1] < width:
        raise ValueError(
            f"the picture must have at least {height} x {width} pixels to cut that from it, got shape {shape}: "
            "take a smaller size, or enlarge the picture with resize_image"
        )
    return shape[0] - height, shape[1] - width, height, width
