"""Pictures, label maps and boxes moved by one and the same affine map."""

from __future__ import annotations

from typing import Any

import numpy as np

from mmseg_edu.preprocess.arguments import (
    MOST_AMOUNT,
    as_array,
    as_reals,
    checked_number,
    checked_room,
    is_finite,
)
from mmseg_edu.preprocess.image.inputs import checked_boxes, checked_labels, checked_picture


def affine_matrix(
    shape: tuple[int, ...],
    *,
    flip: bool = False,
    rotation: float = 0.0,
    scale: float = 1.0,
    shift: tuple[float, float] = (0.0, 0.0),
) -> np.ndarray:
    r"""Put a flip, a rotation, a scaling and a shift into one matrix, so that pixels are resampled once.

    .. math::
        \begin{pmatrix} r' \\ c' \end{pmatrix} = m + t + s
        \begin{pmatrix} \cos\varphi & -\sin\varphi \\ \sin\varphi & \cos\varphi \end{pmatrix}
        \begin{pmatrix} 1 & 0 \\ 0 & \pm 1 \end{pmatrix}
        \left( \begin{pmatrix} r \\ c \end{pmatrix} - m \right)

    with :math:`m` the middle of the picture and :math:`-1` for a flip.

    Parameters
    ----------
    shape : (H, W) or (H, W, C), pixels
        Of the picture that is to be moved.
    flip : bool
        Exchange left and right, first.
    rotation : float, degrees
        Anticlockwise, about the middle.
    scale : float > 0
        Above 1 enlarges, about the middle.
    shift : (rows, columns), pixels
        Down and to the right, last.

    Returns
    -------
    (3, 3) float64
        Takes (row, column, 1) of a pixel's centre to its new place. Without arguments it is exactly the unit
        matrix.

    Raises
    ------
    ValueError
        For another shape, a shift that is not two numbers, a scale that is not above 0, and what is not finite.

    Examples
    --------
    >>> import numpy as np
    >>> affine_matrix((4, 6), flip=True) @ [1, 0, 1]       # the first column becomes the last
    array([1., 5., 1.])

    Lesson: 01_image_preprocessing
    """
    _check_shape(shape)
    if as_reals("shift", shift).shape != (2,):
        raise ValueError(f"shift must be (rows, columns), got {shift}: (0, 0) leaves the picture where it is")
    if not all(map(is_finite, (rotation, scale, *shift))) or not 0 < scale <= MOST_AMOUNT:
        raise ValueError(
            f"rotation and shift must be finite and scale above 0, got {rotation}, {shift} and {scale}: "
            f"0, (0, 0) and 1 leave the picture as it is, {MOST_AMOUNT:g} is the largest scale"
        )
    middle = (np.asarray(shape[:2]) - 1) / 2
    cosine, sine = np.cos(np.radians(rotation)), np.sin(np.radians(rotation))
    turn = scale * np.array([[cosine, -sine], [sine, cosine]]) @ np.diag([1, -1 if flip else 1])
    matrix = np.eye(3)
    matrix[:2, :2], matrix[:2, 2] = turn, middle - turn @ middle + as_reals("shift", shift)
    return matrix


def warp_image(image: np.ndarray, matrix: np.ndarray, fill: float = 0.0) -> np.ndarray:
    r"""Move a picture: each new pixel asks, backwards, what lay at its place, between four old pixels.

    .. math::
        I'(p) = I(A^{-1} p), \qquad \text{bilinear between pixel centres}

    Parameters
    ----------
    image : (H, W) or (H, W, C) floating point
    matrix : (3, 3)
        As :func:`affine_matrix` makes it.
    fill : float
        For what comes from outside the picture; the same pixels get `fill` in :func:`warp_labels`.

    Returns
    -------
    same shape and dtype
        The unit matrix and a flip move pixels without a change to the last bit. There is no anti-aliasing: made
        for scales near 1, use :func:`resize_image` to shrink.

    Raises
    ------
    TypeError, ValueError
        For integers, NaN, other shapes, and a matrix that is not affine or cannot be undone.

    Examples
    --------
    >>> import numpy as np
    >>> warp_image(np.array([[1.0, 2.0, 3.0]]), affine_matrix((1, 3), shift=(0, 0.5)))
    array([[1. , 1.5, 2.5]])

    Lesson: 01_image_preprocessing
    """
    from scipy.ndimage import map_coordinates

    image, fill = checked_picture(image), checked_number("fill", fill, "0 is black")
    source, inside = _source(matrix, image.shape)
    planes = np.moveaxis(np.atleast_3d(image), 2, 0).astype(np.float64)
    moved = np.stack([map_coordinates(plane, source, order=1, mode="nearest") for plane in planes], axis=-1)
    moved = np.clip(moved, image.min(), image.max()).reshape(image.shape)
    moved[~inside] = fill
    return moved.astype(image.dtype)


def warp_labels(labels: np.ndarray, matrix: np.ndarray, fill: int = 255) -> np.ndarray:
    r"""Move a label map: each new pixel takes the label of the one old pixel in which its place lay.

    .. math::
        L'(p) = L(\lfloor A^{-1} p + \tfrac12 \rfloor)

    Parameters
    ----------
    labels : (H, W) integers or bool
    matrix : (3, 3)
        The one that moved the picture.
    fill : int
        For what comes from outside the map: 255, "ignore", says that nobody knows; 0 says background.

    Returns
    -------
    same shape and dtype
        Holds no label that was not there before, but for `fill`.

    Raises
    ------
    TypeError, ValueError
        For pictures, other shapes, a bad matrix, and a `fill` that the dtype cannot hold.

    Examples
    --------
    >>> import numpy as np
    >>> warp_labels(np.array([[1, 2, 3]]), affine_matrix((1, 3), shift=(0, 1)))
    array([[255,   1,   2]])

    Lesson: 01_image_preprocessing
    """
    labels = checked_labels(labels)
    if not _holds(labels.dtype, fill):
        raise ValueError(f"fill must be a label that {labels.dtype.name} can hold, got {fill}: use fill=0")
    source, inside = _source(matrix, labels.shape)
    rows, columns = np.floor(source + 0.5).astype(np.intp) * inside
    return np.where(inside, labels[rows, columns], np.array(fill, labels.dtype))


def warp_boxes(boxes: Any, matrix: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Move boxes: each becomes the smallest upright box round its four moved corners, cut at the picture's edge.

    Parameters
    ----------
    boxes : (N, 4) numbers, pixels
        (top, left, bottom, right) of each, as edges: rows 2, 3 and 4 are top 2, bottom 5.
    matrix : (3, 3)
        The one that moved the picture.
    shape : (H, W) or (H, W, C)
        Of the picture.

    Returns
    -------
    (N, 4) float64
        In the same order. A box that is turned by an angle grows, since it does not know the outline of what is in
        it: the centres of the thing's pixels lie inside, the pixels themselves to within half of one. A box that
        left the picture keeps its row and has area 0.

    Raises
    ------
    ValueError
        For boxes of another shape or with their ends exchanged, a bad matrix, and what is no picture's shape.

    Examples
    --------
    >>> import numpy as np
    >>> warp_boxes([[0, 1, 2, 3]], affine_matrix((4, 6), flip=True), (4, 6))
    array([[0., 3., 2., 5.]])

    Lesson: 01_image_preprocessing
    """
    matrix = _checked_matrix(matrix)
    _check_shape(shape)
    given = checked_boxes(boxes)
    rows, columns = (
        given[:, [0, 0, 2, 2]] - 0.5,
        given[:, [1, 3, 1, 3]] - 0.5,
    )  # an edge is half a pixel off a centre
    with np.errstate(over="ignore", invalid="ignore"):
        moved = np.stack([rows, columns, np.ones_like(rows)], axis=-1) @ matrix[:2].T + 0.5
        corners = np.round(checked_room(moved * 1e9, given, "boxes") / 1e9, 9)
    tight = np.concatenate([corners.min(axis=1), corners.max(axis=1)], axis=-1)
    return np.clip(tight, 0, [*shape[:2], *shape[:2]])


def _holds(dtype: np.dtype, fill: Any) -> bool:
    """Say whether labels of this type can be that number."""
    label = as_array("fill", fill)
    if label.ndim or label.dtype.kind not in "iub":
        return False
    lowest, highest = (0, 1) if dtype.kind == "b" else (np.iinfo(dtype).min, np.iinfo(dtype).max)
    return bool(lowest <= int(label) <= highest)


def _source(matrix: np.ndarray, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Where each new pixel comes from, (2, H, W), and whether that lies inside the picture."""
    back = np.linalg.inv(_checked_matrix(matrix))
    places = np.indices(shape[:2])
    # A rounding error must not push a pixel over the edge, or over to its neighbour's label.
    source = np.round(np.tensordot(back[:2, :2], places, axes=1) + back[:2, 2, None, None], 9)
    edge = np.reshape(shape[:2], (2, 1, 1)) - 0.5
    return source, np.all((source >= -0.5) & (source < edge), axis=0)


def _check_shape(shape: tuple[int, ...]) -> None:
    given = as_array("shape", shape)
    if given.shape not in ((2,), (3,)) or given.dtype.kind not in "iu" or given[:2].min() < 1:
        what = f"an array {given.shape}" if given.ndim > 1 else f"{shape}"
        raise ValueError(f"shape must be (H, W) or (H, W, C), 1 pixel or more, got {what}: use image.shape")


def _checked_matrix(matrix: np.ndarray) -> np.ndarray:
    given = as_reals("matrix", matrix)
    affine = given.shape == (3, 3) and np.isfinite(given).all() and (given[2] == [0, 0, 1]).all()
    if not affine or abs(np.linalg.det(given)) < 1e-9:
        raise ValueError(
            f"matrix must be (3, 3), finite, with last row [0, 0, 1] and an inverse, got {given.tolist()}: "
            "make it with affine_matrix"
        )
    return given
