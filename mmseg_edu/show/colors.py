"""The palette, and the colouring of label maps: NumPy only, quick enough to run while a slider moves."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmseg_edu.preprocess.arguments import as_array, shown
from mmseg_edu.show.inputs import MOST_PIXELS, checked_names, checked_opacity

# Okabe and Ito's colours: of their sets of four beside this grey, the one whose two closest members stay
# furthest apart (CIEDE2000 >= 20) for normal, protan, deutan and tritan sight. A test measures it.
PALETTE: tuple[str, ...] = ("#555555", "#F0E442", "#D55E00", "#0072B2", "#56B4E9")
"""Colours of `scenes.CLASSES`: background, bell, drum, guitar, bird."""

LINES: tuple[str, ...] = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#555555")
"""Colours of lines and bars, dark enough to read on white."""


def rgb(color: str) -> NDArray[np.float32]:
    """Red, green and blue in [0, 1] of a colour written as ``#rrggbb``."""
    if not re.fullmatch("#[0-9a-fA-F]{6}", color):
        raise ValueError(f"a colour must be written #rrggbb, got {shown(color)}: #D55E00 is orange")
    return np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)], np.float32) / np.float32(255)


def palette_for(count: int) -> list[str]:
    """As many colours as there are classes: `PALETTE`, then further hues a golden angle apart."""
    import colorsys

    def spread(i: int) -> str:
        r, g, b = colorsys.hsv_to_rgb((0.13 + i * 0.618034) % 1, 0.55 + 0.3 * (i % 2), 0.95 - 0.1 * (i % 3))
        return f"#{int(r * 255):02x}{int(g * 255):02x}{int(b * 255):02x}"

    return [*PALETTE[:count], *(spread(i) for i in range(len(PALETTE), count))]


def as_picture(image: Any, name: str = "image") -> NDArray[np.float32]:
    """Check a grey or colour picture and return it as float32 in [0, 1] (uint8 is divided by 255)."""
    array = as_array(name, image)
    if array.ndim == 3 and array.shape[-1] == 1:
        array = array[..., 0]
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[-1] != 3) or array.size == 0:
        raise ValueError(f"{name} must have shape (H, W) or (H, W, 3), got {array.shape}")
    if array.dtype == np.uint8 and array.ndim == 3:
        return array.astype(np.float32) / np.float32(255)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name} must hold real numbers, got {array.dtype}: give floats in [0, 1]")
    if array.ndim == 3 and np.isnan(array).any():
        raise ValueError(
            f"{name} must not hold NaN in its colours, got some: clean it with np.nan_to_num first"
        )
    with np.errstate(over="ignore"):  # beyond float32 a pixel is white or black
        return array.astype(np.float32)


def as_labels(labels: Any, shape: tuple[int, ...], name: str = "labels") -> NDArray[np.integer[Any]]:
    """Check a label map against the picture that it belongs to."""
    array = as_array(name, labels)
    if array.dtype == bool:
        array = array.astype(np.uint8)
    if not np.issubdtype(array.dtype, np.integer):
        raise TypeError(
            f"{name} must hold whole numbers (class indices), got {array.dtype}: take the argmax first"
        )
    if array.size and array.min() < 0:
        raise ValueError(f"{name} must be 0 or more, got {array.min()}")
    if array.shape != shape[:2]:
        raise ValueError(
            f"{name} must have shape (H, W) = {tuple(shape[:2])} to match the image, got {array.shape}: "
            "resize them with resize_labels"
        )
    return array


def contours(labels: ArrayLike) -> NDArray[np.bool_]:
    r"""Mark the pixels of each region that touch another region (4-neighbourhood).

    .. math:: c_p = [\, l_p > 0 \ \text{and}\ \exists q \in N_4(p): l_q \ne l_p \,]

    Parameters
    ----------
    labels : integers (H, W)
        Class of each pixel. 0 is the background, which has no contour of its own.

    Returns
    -------
    booleans (H, W)

    Examples
    --------
    >>> contours(np.pad(np.ones((3, 3), int), 1)).astype(int)
    array([[0, 0, 0, 0, 0],
           [0, 1, 1, 1, 0],
           [0, 1, 0, 1, 0],
           [0, 1, 1, 1, 0],
           [0, 0, 0, 0, 0]])
    """
    from skimage.segmentation import find_boundaries

    array = as_array("labels", labels)
    if array.ndim != 2 or array.size == 0 or array.dtype.kind not in "biu":
        raise ValueError(
            f"labels must be whole numbers of shape (H, W), got {array.dtype} of shape {array.shape}: take the argmax"
        )
    edge: NDArray[np.bool_] = find_boundaries(array, connectivity=1, mode="thick") & (array > 0)
    return edge


def overlay(
    image: ArrayLike,
    labels: ArrayLike,
    *,
    opacity: float = 0.45,
    colors: Sequence[str] | None = None,
) -> NDArray[np.float32]:
    r"""Colour a picture by its label map: class colours mixed in, with a solid contour around each region.

    .. math:: (1 - o)\, I_p + o\, c(l_p) \quad \text{where } l_p > 0

    Parameters
    ----------
    image : floats in [0, 1] or uint8, (H, W) or (H, W, 3)
    labels : integers (H, W)
        Class of each pixel; 0 (background) is left as it is.
    opacity : float in [0, 1]
        Weight o of the class colour.
    colors : sequence of "#rrggbb", optional
        Colour of each class, `PALETTE` by default.

    Returns
    -------
    float32 (H, W, 3) in [0, 1]

    Raises
    ------
    ValueError
        If the shapes differ or the opacity lies outside [0, 1].
    TypeError
        If the labels are not whole numbers.

    Examples
    --------
    >>> overlay(np.zeros((1, 2)), np.array([[0, 2]]), opacity=1.0).round(2)
    array([[[0.  , 0.  , 0.  ],
            [0.84, 0.37, 0.  ]]], dtype=float32)
    """
    opacity = checked_opacity(opacity)
    picture = np.clip(as_picture(image), 0, 1)
    picture = np.repeat(picture[..., None], 3, axis=-1) if picture.ndim == 2 else picture.copy()
    classes = as_labels(labels, picture.shape)
    if classes.size and classes.min() < 0:
        raise ValueError(f"labels must be 0 or more, got {classes.min()}")
    if colors is None and classes.max() >= MOST_PIXELS:
        raise ValueError(
            f"labels must lie below {MOST_PIXELS} to have colours, got {classes.max()}: renumber them"
        )
    inks = palette_for(max(int(classes.max()) + 1, 5)) if colors is None else checked_names("colors", colors)
    lut = np.stack([rgb(ink) for ink in inks or palette_for(5)])
    inside = classes > 0
    picture[inside] = (1 - opacity) * picture[inside] + opacity * lut[classes[inside] % len(lut)]
    edge = contours(classes)
    picture[edge] = lut[classes[edge] % len(lut)]
    return picture
