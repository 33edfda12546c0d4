"""The Potts energy: what a segmentation costs, at its pixels and along its borders."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmseg_edu.preprocess.arguments import checked_pair, is_finite, shown
from mmseg_edu.segment.inputs import (
    check_neighbours,
    check_smoothness,
    checked_image,
    checked_labels,
    checked_unary,
)

Offset = tuple[int, int]
_OFFSETS: dict[int, tuple[Offset, ...]] = {4: ((0, 1), (1, 0)), 8: ((0, 1), (1, -1), (1, 0), (1, 1))}


def offsets(neighbours: int) -> tuple[Offset, ...]:
    """Return the steps (rows, columns) that reach each pair of neighbours once, in raster order.

    Examples
    --------
    >>> offsets(8)
    ((0, 1), (1, -1), (1, 0), (1, 1))
    """
    check_neighbours(neighbours)
    return _OFFSETS[neighbours]


def pair(array: NDArray, offset: Offset) -> tuple[NDArray, NDArray]:
    """Return two views of `array`: the first and the second pixel of every pair that is `offset` apart.

    Examples
    --------
    >>> first, second = pair(np.array([[1, 2], [3, 4]]), (1, -1))
    >>> first.tolist(), second.tolist()
    ([[2]], [[3]])
    """
    down, right = offset
    height, width = array.shape[:2]
    first = array[: height - down, max(0, -right) : width - max(0, right)]
    second = array[down:, max(0, right) : width + min(0, right)]
    return first, second


def contrast_beta(image: ArrayLike, *, neighbours: int = 4) -> float:
    r"""Estimate how fast a border becomes cheap with contrast, from the picture's own mean contrast.

    .. math:: \beta = \frac{1}{2 \langle \lVert I_p - I_q \rVert^2 \rangle}

    with the mean over all pairs of neighbours. A pair side by side whose squared contrast is the mean then has
    weight :math:`e^{-1/2} \approx 0.61`.

    Parameters
    ----------
    image : (H, W) or (H, W, C) array, any range
        The picture; for colour the squared differences are summed over the channels.
    neighbours : 4 or 8
        Which pairs are counted.

    Returns
    -------
    float
        Beta >= 0, in units of 1 / image value squared. A flat picture, or one pixel, has no contrast to
        measure: it returns 0, so that every border costs the same.

    Raises
    ------
    ValueError
        If the image is empty, not finite or of another shape, or neighbours is not 4 or 8.

    References
    ----------
    C. Rother, V. Kolmogorov, A. Blake, "GrabCut", ACM SIGGRAPH 2004, equation 5.

    Examples
    --------
    >>> contrast_beta(np.array([[0.0, 0.5], [0.0, 0.5]]))   # contrasts 0.5, 0.5, 0, 0: mean square 1/8
    4.0

    Lesson: 12_graph_cut
    """
    return _beta(_square_contrasts(checked_image(image), neighbours))


def _beta(squares: dict[Offset, NDArray[np.float64]]) -> float:
    count = sum(square.size for square in squares.values())
    mean = sum(square.sum() for square in squares.values()) / max(count, 1)
    # Below this the reciprocal would overflow: the picture is flat to machine precision.
    return float(0.5 / mean) if mean > 1e-300 else 0.0


def _square_contrasts(pixels: NDArray[np.float64], neighbours: int) -> dict[Offset, NDArray[np.float64]]:
    """Return the squared contrast of every pair, added up over the channels one after the other.

    Sums along a last axis of three are ten times slower than three sums of whole planes.
    """
    planes = [np.ascontiguousarray(pixels[..., channel]) for channel in range(pixels.shape[2])]
    squares = {}
    for step in offsets(neighbours):
        total = np.zeros(pair(planes[0], step)[0].shape)
        for plane in planes:
            first, second = pair(plane, step)
            difference = first - second
            total += np.multiply(difference, difference, out=difference)
        squares[step] = total
    return squares


def contrast_weights(
    image: ArrayLike | None,
    shape: tuple[int, int] | None = None,
    *,
    beta: float | None = None,
    neighbours: int = 4,
) -> dict[Offset, NDArray[np.float64]]:
    r"""Say what each piece of border would cost: much across a flat place, little along an edge.

    .. math:: w_{pq} = \frac{e^{-\beta \lVert I_p - I_q \rVert^2}}{\mathrm{dist}(p, q)}

    Parameters
    ----------
    image : (H, W) or (H, W, C) array, any range, or None
        The picture. None: there is no contrast, w = 1 / dist (the plain Potts prior).
    shape : (H, W), optional
        The size; needed if image is None, otherwise checked.
    beta : float >= 0, optional
        1 / image value squared; default: `contrast_beta` of the picture, which makes the weights
        independent of the picture's scale. 0 ignores the contrast.
    neighbours : 4 or 8
        8 adds the diagonals, sqrt(2) apart.

    Returns
    -------
    dict of (rows, columns) -> float64 array
        For each step its weights, in [0, 1], along diagonals at most 1 / sqrt(2): the entry (0, 1) has
        shape (H, W - 1) and holds the pairs of a pixel and its right neighbour.

    Raises
    ------
    ValueError
        If beta is negative or not finite, or is given without an image; for a bad image or shape.

    Notes
    -----
    Beyond beta times squared contrast of about 745 a weight is 0 in float64: that border is free.

    References
    ----------
    Y. Boykov, M.-P. Jolly, ICCV 2001, for the form of the weights.

    Examples
    --------
    >>> weights = contrast_weights(np.array([[0.0, 0.0, 1.0]]))
    >>> weights[0, 1].round(3)          # beta = 1, for the mean squared contrast is 1/2
    array([[1.   , 0.368]])

    Lesson: 12_graph_cut
    """
    if beta is not None and not (is_finite(beta) and beta >= 0):
        raise ValueError(f"beta must be a finite number >= 0, got {shown(beta)}: leave it out to estimate it")
    if image is None:
        if beta is not None:
            raise ValueError(
                f"beta needs an image to measure contrast in, got beta = {beta} and none: pass image= or leave beta out"
            )
        if shape is None:
            raise ValueError("shape must be given when there is no image: pass (H, W)")
        blank = np.empty(checked_pair("shape", shape, "give the size of the costs, unary.shape[:2]"))
        return {
            step: np.full(pair(blank, step)[0].shape, 1 / np.hypot(*step)) for step in offsets(neighbours)
        }
    squares = _square_contrasts(checked_image(image, shape), neighbours)
    speed = -(_beta(squares) if beta is None else beta)
    for step, square in squares.items():
        np.exp(np.multiply(square, speed, out=square), out=square)
        if step[0] and step[1]:
            square /= np.hypot(*step)
    return squares


def energy(
    labels: ArrayLike,
    unary: ArrayLike,
    image: ArrayLike | None = None,
    *,
    smoothness: float,
    beta: float | None = None,
    neighbours: int = 4,
) -> float:
    r"""Add up what a labelling costs: its pixels' own costs and the length of its borders.

    .. math:: E(l) = \sum_p D_p(l_p) + \lambda \sum_{(p,q)} w_{pq} [l_p \ne l_q]

    Parameters
    ----------
    labels : (H, W) integer array, 0 .. K - 1
        The labelling :math:`l`.
    unary : (H, W, K) array
        The costs :math:`D_p(k)`; in nats if made by `unary_from`. +inf forbids a label.
    image : (H, W) or (H, W, C) array, optional
        The picture whose contrast makes borders cheap; None: every border costs the same.
    smoothness : float >= 0
        :math:`\lambda`, the cost of one step of border in a flat place, in the unit of `unary`.
    beta : float >= 0, optional
        See `contrast_weights`; default: estimated from the picture.
    neighbours : 4 or 8
        Each pair of neighbours counts once; diagonals weigh 1 / sqrt(2).

    Returns
    -------
    float
        The energy; inf if the labelling uses a forbidden label.

    Raises
    ------
    ValueError
        For NaN, a negative smoothness, one label only, an empty image, or shapes that do not match.
    TypeError
        If the labels are not integers.

    References
    ----------
    Y. Boykov, O. Veksler, R. Zabih, "Fast approximate energy minimization via graph cuts", TPAMI 2001.

    Examples
    --------
    >>> unary = np.array([[[0.0, 2.0], [3.0, 0.0]]])      # two pixels, side by side
    >>> energy(np.array([[0, 1]]), unary, smoothness=1.5)  # both as they like, one border
    1.5
    >>> energy(np.array([[0, 0]]), unary, smoothness=1.5)  # no border, one pixel overruled
    3.0

    Lesson: 10_map_segmentation
    """
    costs = checked_unary(unary)
    chosen = checked_labels(labels, costs.shape[:2], costs.shape[2])
    weights = contrast_weights(image, costs.shape[:2], beta=beta, neighbours=neighbours)
    return total_energy(chosen, costs, weights, check_smoothness(smoothness))


def total_energy(
    labels: NDArray[np.integer],
    unary: NDArray[np.float64],
    weights: dict[Offset, NDArray[np.float64]],
    smoothness: float,
) -> float:
    """Return the energy from weights that are already known; the minimisers call it at every step."""
    with np.errstate(over="ignore"):  # what no float holds costs infinitely much
        return _total(labels, unary, weights, smoothness)


def _total(
    labels: NDArray[np.integer],
    unary: NDArray[np.float64],
    weights: dict[Offset, NDArray[np.float64]],
    smoothness: float,
) -> float:
    pixels = np.take_along_axis(unary, labels[..., None].astype(np.intp), axis=-1).sum()
    border = sum(w[np.not_equal(*pair(labels, step))].sum() for step, w in weights.items())
    return float(pixels + smoothness * border)
