"""Classes as colours, and back: the palette in which the bits of a class take turns among red, green and blue."""

from __future__ import annotations

import numpy as np

from mmseg_edu.preprocess.arguments import as_array, checked_whole, shown

MOST_CLASSES = 256


def label_colors(count: int = MOST_CLASSES) -> np.ndarray:
    r"""Give the colour of each class in the masks of AVSS: its bits, dealt out in turns to red, green and blue.

    .. math:: C_c(k) = \sum_{i=0}^{2} b_{3i + c}(k)\, 2^{7 - i}, \qquad k = \sum_{j=0}^{7} b_j(k)\, 2^j

    with channel c = 0, 1, 2 for red, green, blue. The lowest bits of the class are the highest of its colour, so that
    neighbouring classes look different.

    Parameters
    ----------
    count : int, 1 to 256
        How many classes, the background as class 0 among them.

    Returns
    -------
    (count, 3) uint8
        No two rows are the same; class 0 is black.

    Raises
    ------
    ValueError
        `count` is no whole number from 1 to 256: the ninth bit has no place.

    References
    ----------
    The same palette colours the masks of PASCAL VOC: Everingham et al. (2010), International Journal of Computer
    Vision 88(2).

    Examples
    --------
    >>> label_colors(4).tolist()
    [[0, 0, 0], [128, 0, 0], [0, 128, 0], [128, 128, 0]]
    """
    if isinstance(count, bool) or not isinstance(count, int | np.integer) or not 1 <= count <= MOST_CLASSES:
        raise ValueError(
            f"count must be a whole number from 1 to {MOST_CLASSES}, got {shown(count)}: a class is one byte"
        )
    return colors_of(np.arange(count, dtype=np.uint8))


def colors_of(labels: np.ndarray) -> np.ndarray:
    """Colour a label map, (...) uint8, as :func:`label_colors` does: (..., 3) uint8."""
    bits = (np.asarray(labels, np.uint8)[..., np.newaxis] >> np.arange(8, dtype=np.uint8)) & 1
    # Byte j of a class belongs to channel j % 3, at the place 7 - j // 3.
    placed = bits << np.array([7 - j // 3 for j in range(8)], np.uint8)
    channels = [placed[..., channel::3].sum(axis=-1, dtype=np.uint8) for channel in range(3)]
    return np.stack(channels, axis=-1)


def labels_of(colors: np.ndarray, count: int = MOST_CLASSES) -> np.ndarray:
    r"""Read a coloured mask: the class of each pixel, the inverse of :func:`label_colors`.

    .. math:: k(x) = \sum_{j=0}^{7} b_{7 - \lfloor j / 3 \rfloor}\big(I_{j \bmod 3}(x)\big)\, 2^j

    Parameters
    ----------
    colors : (H, W, 3) uint8
    count : int, 1 to 256
        How many classes there are; the colours of others are refused.

    Returns
    -------
    (H, W) uint8, below `count`

    Raises
    ------
    TypeError, ValueError
        Another type or shape; a colour that no class has, which is what smooth resizing and JPEG make of a mask.

    Examples
    --------
    >>> labels_of(label_colors(71)[np.newaxis], 71).tolist() == [list(range(71))]
    True
    """
    colors = as_array("colors", colors)
    checked_whole("count", count, "a class is one byte")
    if colors.dtype != np.uint8:
        raise TypeError(
            f"colors must be uint8, got {colors.dtype.name}: a mask is stored in bytes, leave them so"
        )
    if colors.ndim < 2 or colors.shape[-1] != 3:
        raise ValueError(f"colors must have shape (H, W, 3), got {colors.shape}: open the mask as RGB")
    labels = np.zeros(colors.shape[:-1], np.uint8)
    for j in range(8):
        labels |= (colors[..., j % 3] >> (7 - j // 3) & 1) << j
    wrong = (colors_of(labels) != colors).any(axis=-1) | (labels >= count)
    if wrong.any():
        place = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise ValueError(
            f"each colour must be that of one of {count} classes, got {tuple(colors[place].tolist())} at pixel "
            f"{place} and {int(wrong.sum()) - 1} more like it: a mask may not be resized smoothly nor stored as JPEG"
        )
    return labels
