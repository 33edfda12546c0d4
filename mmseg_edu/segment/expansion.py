"""Alpha-expansion in whole numbers: a move changes pixels exactly if it lowers the energy."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from mmseg_edu.preprocess.arguments import checked_whole
from mmseg_edu.segment.min_cut import (
    Ints,
    check_pixel_count,
    grid_steps,
    inner,
    largest_scale,
    padded_size,
)
from mmseg_edu.segment.potts import Offset, pair

# Above what all neighbours of a pixel can pay together, both ways: nothing is dearer in effect.
FORBIDDEN = 2**61


def expansions(
    start: NDArray[np.intp],
    costs: NDArray[np.float64],
    weights: dict[Offset, NDArray[np.float64]],
    smoothness: float,
    cycles: int,
) -> Iterator[NDArray[np.uint8]]:
    r"""Offer every label in turn to all pixels, until no label is taken; yield after each offer.

    The two-label problem "keep or take alpha" is solved exactly, by one minimum cut:

    .. math:: \theta_p = D_p(\alpha) - D_p(l_p), \qquad
              w(0,0) = \lambda w_{pq} [l_p \ne l_q],\ w(0,1) = \lambda w_{pq} [l_p \ne \alpha],\ \dots,\ w(1,1) = 0

    Parameters
    ----------
    start : (H, W) integer array
        The labelling to begin with.
    costs : (H, W, K) float array
        The pixels' costs, +inf for forbidden labels.
    weights : dict of (rows, columns) -> float array
        As from `contrast_weights`.
    smoothness : float >= 0
        :math:`\lambda`.
    cycles : int
        The most rounds over all labels.

    Yields
    ------
    (H, W) uint8 array
        The labelling after each offer: the same array object if nobody took it.

    Notes
    -----
    The costs are rounded once, to whole multiples of a step; in these whole numbers the energy falls with
    every change, so that no tolerance is needed and the loop must end.

    References
    ----------
    Y. Boykov, O. Veksler, R. Zabih, "Fast approximate energy minimization via graph cuts", TPAMI 2001.

    Examples
    --------
    >>> costs = np.array([[[0.0, 2.0, 2.0], [1.0, 0.5, 2.0]]])
    >>> weights = {(0, 1): np.ones((1, 1))}
    >>> for labels in expansions(costs.argmin(-1), costs, weights, 1.0, 20):
    ...     print(labels)
    [[0 0]]
    [[0 0]]
    [[0 0]]
    """
    shape, count = costs.shape[:2], costs.shape[2]
    check_pixel_count(costs[..., 0].size)
    checked_whole("cycles", cycles, "20 do for most pictures")
    from mmseg_edu.segment import grid_flow

    whole, borders = _whole_numbers(costs, weights, smoothness)
    steps = grid_steps(list(weights), shape[1])
    labels = np.full(padded_size(shape), -1, np.int16)
    inner(labels, shape)[...] = start
    now = start.astype(np.uint8)
    refused, enough = 0, count
    for turn in range(cycles * count):
        alpha = turn % count
        cap, excess = np.zeros(labels.size * steps.size, np.int64), np.zeros(labels.size, np.int64)
        grid_flow.fill_expansion(cap, excess, steps, labels, whole, borders, alpha)
        takers = (grid_flow.max_flow(cap, excess, steps) > 0) & (labels != alpha)
        refused = 0 if takers.any() else refused + 1
        if not refused:
            # Of the best expansion, the same label has nothing more to offer: one refusal less is enough.
            enough = count - 1
            labels[takers] = alpha
            now = inner(labels, shape).astype(np.uint8)
        yield now
        if refused == enough:
            return


def _whole_numbers(
    costs: NDArray[np.float64], weights: dict[Offset, NDArray[np.float64]], smoothness: float
) -> tuple[Ints, Ints]:
    """Return the costs (nodes, K) above each pixel's least, and the borders (nodes, D / 2), in steps."""
    shape = costs.shape[:2]
    above = costs - costs.min(axis=-1, keepdims=True)
    prices = _payable(above, weights, smoothness)
    most = max((float(price.max()) for price in prices.values() if price.size), default=0.0)
    scale = largest_scale(most or float(above[np.isfinite(above)].max()) or 1.0)
    whole = np.zeros((padded_size(shape), costs.shape[2]), np.int64)
    with np.errstate(over="ignore"):
        inner(whole, shape)[...] = np.minimum(np.rint(above * scale), float(FORBIDDEN)).astype(np.int64)
    borders = np.zeros((padded_size(shape), len(weights)), np.int64)
    for k, (step, price) in enumerate(prices.items()):
        pair(inner(borders, shape)[..., k], step)[0][...] = np.rint(price * scale)
    return whole, borders


def _payable(
    above: NDArray[np.float64], weights: dict[Offset, NDArray[np.float64]], smoothness: float
) -> dict[Offset, NDArray[np.float64]]:
    """Return the border costs, clipped where one piece alone is dearer than no border at all.

    No optimum pays such a piece, and unclipped it would leave no steps for the pixels' costs.
    """
    # A sum of differences is never below zero, as a difference of two sums may be: a label that is
    # the cheapest everywhere leaves exactly nothing, and then there is nothing to compare with.
    most = 2 * above.sum(axis=(0, 1)).min() or np.inf
    return {step: np.minimum(smoothness * w, most) for step, w in weights.items()}
