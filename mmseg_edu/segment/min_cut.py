"""A two-label energy on the pixel grid, minimised exactly by one minimum cut in integers."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mmseg_edu.segment.potts import Offset, pair

# scipy's solver keeps residual capacities in int32: both directions of a pair together must fit.
LIMIT = 2**31 - 64
MOST_PIXELS = 2**26

Link = tuple[Offset, NDArray[np.float64], NDArray[np.float64]]


class Cut(NamedTuple):
    """What `min_cut` found."""

    ones: NDArray[np.bool_]
    """(H, W): True on the source side, where the label is 1."""
    scale: float
    """Capacity steps for one unit of energy, a power of two unless it was given."""
    bound: float
    """The most by which rounding may have raised the energy above the optimum."""


def min_cut(theta: NDArray[np.float64], links: Sequence[Link], *, scale: float | None = None) -> Cut:
    r"""Minimise a two-label energy on the grid exactly, up to a stated rounding of its costs.

    .. math:: E(x) = \sum_p \theta_p x_p + \sum_{(p,q)} f_{pq}\, x_p (1 - x_q) + b_{pq}\, (1 - x_p)\, x_q

    Parameters
    ----------
    theta : (H, W) float array
        What label 1 costs more than label 0; +inf or -inf fixes the pixel to 0 or 1.
    links : sequence of (offset, forward, backward)
        For each step of `potts.offsets`, in that order, the costs f >= 0 of "first is 1, second is 0" and
        b >= 0 of the reverse, shaped as `potts.pair` gives the pairs.
    scale : float > 0, optional
        Capacity steps for one unit of energy. Default: the largest power of two at which nothing can
        overflow, so that costs which are multiples of 1 / scale (whole numbers, say) are kept exactly.

    Returns
    -------
    Cut
        ones (H, W) bool, scale and bound. Among several optima the one with the fewest ones: ties go to 0.

    Raises
    ------
    OverflowError
        If the capacities would not fit into int32 at the given scale, if the costs' sums are not finite,
        or if there are more than 2**26 pixels.

    Notes
    -----
    Capacities are int32. Rounding moves each of the N pixel costs and P pair costs by at most half a step,
    in the result and in the true optimum, so

    .. math:: E(\text{result}) \le E(\text{optimum}) + \frac{N + P}{\text{scale}}.

    Two clippings keep the scale large without changing any optimum. A pixel cost beyond
    :math:`K_p = 1 + \sum_q w_{pq}` steps already outweighs all neighbours, so it is cut off there; a pair
    cost above twice the smaller of the two total preferences costs more than a constant labelling, so
    no minimum cut pays it.

    References
    ----------
    V. Kolmogorov, R. Zabih, "What energy functions can be minimized via graph cuts?", TPAMI 2004.

    Examples
    --------
    >>> theta = np.array([[-2.0, 1.0, -2.0]])           # the middle pixel would rather be 0
    >>> border = np.array([[1.0, 1.0]])
    >>> min_cut(theta, [((0, 1), border, border)]).ones
    array([[ True,  True,  True]])
    """
    if theta.size > MOST_PIXELS:
        raise OverflowError(
            f"at most {MOST_PIXELS} pixels fit the solver, got {theta.size}: resize the image"
        )
    links = _affordable(theta, links)
    step_scale = _largest_scale(theta.shape, links) if scale is None else _checked_scale(scale)
    any_border = any(f.any() or b.any() for _, f, b in links)
    terms = theta.size + sum(forward.size for _, forward, _ in links)
    whole = [(offset, _rounded(f, step_scale), _rounded(b, step_scale)) for offset, f, b in links]
    room = _room(theta.shape, whole)
    _refuse_overflow(room, whole, step_scale)
    # Pixels without a neighbour that matters decide alone, and exactly.
    ones = theta < 0
    joined = room > 0
    if joined.any():
        with np.errstate(over="ignore"):
            pull = np.rint(np.clip(theta * step_scale, -room - 1.0, room + 1.0)).astype(np.int64)
        ones[joined] = _source_side(pull, whole, joined)
    return Cut(ones, step_scale, terms / step_scale if any_border else 0.0)


def _affordable(theta: NDArray[np.float64], links: Sequence[Link]) -> list[Link]:
    """Clip the pair costs that no optimum pays, and refuse costs whose sums are not finite."""
    with np.errstate(over="ignore"):
        preferences = np.array([np.maximum(theta, 0).sum(), np.maximum(-theta, 0).sum()])
        # Where a constant labelling is free there is nothing to compare with: clipping would cut all ties.
        most = 2 * preferences.min() or np.inf
    total = _room(theta.shape, links)
    if not np.isfinite(total).all():
        raise OverflowError(
            "the sums of the border costs must be finite, got inf: choose a smaller smoothness"
        )
    return [(offset, np.minimum(f, most), np.minimum(b, most)) for offset, f, b in links]


def _room(shape: tuple[int, ...], links: Sequence[tuple]) -> NDArray:
    """Return for each pixel the larger of what it can send to, and take from, all its neighbours."""
    out = np.zeros(shape, dtype=links[0][1].dtype) if links else np.zeros(shape)
    into = np.zeros_like(out)
    with np.errstate(over="ignore"):
        for offset, forward, backward in links:
            for total, at_first, at_second in ((out, forward, backward), (into, backward, forward)):
                first, second = pair(total, offset)
                first += at_first
                second += at_second
    return np.maximum(out, into)


def _largest_scale(shape: tuple[int, ...], links: Sequence[Link]) -> float:
    """Return the largest power of two at which every capacity still fits into int32."""
    pairs = [float((f + b).max()) for _, f, b in links if f.size]
    most = max(float(_room(shape, links).max()), *pairs, 0.0)
    if most == 0:
        return 1.0
    return float(np.exp2(min(np.floor(np.log2(LIMIT) - np.log2(most)), 900.0)))


def _checked_scale(scale: float) -> float:
    if not (np.isfinite(scale) and scale > 0):
        raise ValueError(
            f"scale must be a finite number > 0, got {scale}: leave it out for the largest safe one"
        )
    return float(scale)


def _rounded(costs: NDArray[np.float64], scale: float) -> NDArray[np.int64]:
    # Clipped only so that the conversion is defined: what is beyond the limit is refused right after.
    with np.errstate(over="ignore"):
        return np.rint(np.minimum(costs * scale, 2.0 * LIMIT)).astype(np.int64)


def _refuse_overflow(room: NDArray[np.int64], links: Sequence[tuple], scale: float) -> None:
    pairs = [int((f + b).max()) for _, f, b in links if f.size]
    most = max(int(room.max()) + 1, *pairs, 0)
    if most > LIMIT + 32:
        raise OverflowError(
            f"capacities must stay below 2**31 steps, got {most} at scale {scale:g}: "
            "choose a smaller scale, or leave it out for the largest safe one"
        )


def _source_side(
    pull: NDArray[np.int64], links: Sequence[tuple], joined: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Solve the maximum flow and return, for the joined pixels, which ones the source still reaches."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import breadth_first_order, maximum_flow

    graph, source, sink = _graph(pull, links, joined)
    left = graph.data - maximum_flow(graph, source, sink, method="dinic").flow.data > 0
    starts = np.concatenate([[0], np.cumsum(left)])[graph.indptr].astype(np.int32)
    residual = csr_array((np.ones(starts[-1]), graph.indices[left], starts), shape=graph.shape)
    reached = np.zeros(graph.shape[0], dtype=bool)
    reached[breadth_first_order(residual, source, return_predecessors=False)] = True
    return reached[:source]


def _graph(pull: NDArray[np.int64], links: Sequence[tuple], joined: NDArray[np.bool_]) -> tuple:
    """Build the s-t graph row by row: neighbours in raster order, then the terminal that wants the pixel.

    Every edge is stored with its reverse, capacity 0 included, and the columns ascend: then the solver's
    matrix has the same layout, and the residual is one subtraction.
    """
    from scipy.sparse import csr_array

    count = int(joined.sum())
    source, sink = count, count + 1
    number = np.where(joined, np.cumsum(joined).reshape(joined.shape) - 1, -1)
    slots = 2 * len(links) + 1
    head = np.zeros((*pull.shape, slots), dtype=np.int32)
    capacity = np.zeros((*pull.shape, slots), dtype=np.int32)
    used = np.zeros((*pull.shape, slots), dtype=bool)
    for position, (offset, forward, backward) in enumerate(links):
        alive = forward + backward > 0
        after, before = len(links) + position, len(links) - 1 - position
        for slot, here, there, steps in ((after, 0, 1, forward), (before, 1, 0, backward)):
            pair(head[..., slot], offset)[here][...] = pair(number, offset)[there]
            pair(capacity[..., slot], offset)[here][...] = steps
            pair(used[..., slot], offset)[here][...] = alive
    head[..., -1] = np.where(pull < 0, source, sink)
    capacity[..., -1] = np.maximum(pull, 0)
    used[..., -1] = joined
    wanted, unwanted = joined & (pull < 0), joined & (pull >= 0)
    degree = np.concatenate([used.sum(axis=-1)[joined], [wanted.sum(), unwanted.sum()]])
    data = np.concatenate([capacity[used], -pull[wanted], np.zeros(unwanted.sum(), np.int64)])
    indices = np.concatenate([head[used], number[wanted], number[unwanted]])
    starts = np.concatenate([[0], np.cumsum(degree)])
    parts = (data.astype(np.int32), indices.astype(np.int32), starts.astype(np.int32))
    return csr_array(parts, shape=(count + 2, count + 2)), source, sink
