"""Pictures and label maps of another size: weighted means for pictures, names kept whole for labels."""

from __future__ import annotations

import numpy as np

from mmseg_edu.preprocess.arguments import checked_size, is_whole, shown
from mmseg_edu.preprocess.image.inputs import checked_labels, checked_picture


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
    image = checked_picture(image)
    darkest, brightest = image.min(), image.max()
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
    labels = checked_labels(labels)
    height, width = checked_size(size)
    # Whole-number arithmetic: floor((2i + 1) H / 2H') has no rounding to get wrong.
    rows = (2 * np.arange(height) + 1) * labels.shape[0] // (2 * height)
    columns = (2 * np.arange(width) + 1) * labels.shape[1] // (2 * width)
    return labels[np.ix_(rows, columns)]


def resize_labels_by_majority(
    labels: np.ndarray, size: int | tuple[int, int], ignore: int | None = 255
) -> np.ndarray:
    r"""Resize a label map: every new pixel takes the label that covers the most of its area.

    .. math::
        L'_{ij} = \arg\max_k \sum_{r, c} a_{ir} \, b_{jc} \, [L_{rc} = k]

    with :math:`a_{ir}` the length that new row i and old row r share, and :math:`b` the same for columns.

    Parameters
    ----------
    labels : (H, W) integers or bool
    size : int or (height, width), pixels
    ignore : int or None
        The label of pixels whose class nobody knows. They have no vote among the classes: a new pixel
        becomes `ignore` only where they cover more than half of it. None: every label votes.

    Returns
    -------
    (height, width), same dtype
        Holds no label that was not there before. Ties go to the lowest label; where exactly half of a new
        pixel is `ignore`, it gets a class.

    Raises
    ------
    TypeError, ValueError
        As :func:`resize_labels`.

    Notes
    -----
    Areas are whole numbers, so that ties are ties. What is thinner than half a new pixel may vanish: so it
    may by :func:`resize_labels`, but there by chance.

    Examples
    --------
    >>> import numpy as np
    >>> labels = np.array([[0, 3, 255, 255], [3, 3, 255, 1]], np.uint8)
    >>> resize_labels_by_majority(labels, (1, 2))
    array([[  3, 255]], dtype=uint8)
    >>> resize_labels(labels, (1, 2))
    array([[3, 1]], dtype=uint8)

    Lesson: 01_image_preprocessing
    """
    labels = checked_labels(labels)
    height, width = checked_size(size)
    if ignore is not None and not is_whole(ignore):
        raise TypeError(f"ignore must be a label or None, got {shown(ignore)}: 255 is usual")
    rows, columns = _shared_lengths(labels.shape[0], height), _shared_lengths(labels.shape[1], width)
    best, most = np.full((height, width), labels.min()), np.zeros((height, width))
    unknown = np.zeros((height, width))
    for label in np.unique(labels):
        area = rows @ (labels == label).astype(np.float64) @ columns.T
        if ignore is not None and label == ignore:
            unknown = area
            continue
        best, most = np.where(area > most, label, best), np.maximum(area, most)
    if unknown.any():
        best[2 * unknown > labels.size] = ignore
    return best.astype(labels.dtype)


def _shared_lengths(old: int, new: int) -> np.ndarray:
    """Length that each new pixel shares with each old one, (new, old), in units of 1 / (old * new): whole."""
    new_edges, old_edges = np.arange(new + 1) * old, np.arange(old + 1) * new
    shared = np.minimum(new_edges[1:, None], old_edges[1:]) - np.maximum(new_edges[:-1, None], old_edges[:-1])
    return np.maximum(shared, 0).astype(np.float64)


def _triangle_weights(old: int, new: int, antialias: bool) -> np.ndarray:
    """Rows of the resizing matrix, (new, old), each summing to 1."""
    scale = old / new
    centres = (np.arange(new) + 0.5) * scale - 0.5
    distance = np.abs(centres[:, np.newaxis] - np.arange(old))
    weights = np.maximum(0.0, 1 - distance / (max(scale, 1.0) if antialias else 1.0))
    return weights / weights.sum(axis=1, keepdims=True)
