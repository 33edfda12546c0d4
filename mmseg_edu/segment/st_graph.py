"""The s-t graph of a tiny picture, spelled out node by node, to be drawn and counted."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmseg_edu.segment.inputs import FREE, check_smoothness, checked_seeds, checked_unary
from mmseg_edu.segment.potts import contrast_weights, pair

MOST_PIXELS = 256

# What a drawing adds up stays a number.
_MOST_COST = 1e300


@dataclass(frozen=True, eq=False)
class STGraph:
    """Nodes, edges, capacities, a maximum flow and the minimum cut of a tiny picture.

    Attributes
    ----------
    shape : (H, W)
        The picture's size. Pixel (row, column) is node row * W + column.
    nodes : tuple of str
        Names: "0,0", "0,1", ... for the pixels, then "s" and "t".
    tail, head : (E,) int arrays
        Edge e runs from node tail[e] to node head[e]. A border is two edges, one each way.
    capacity : (E,) float64 array
        What cutting the edge costs, > 0; edges that cost nothing are left out.
    flow : (E,) float64 array
        A maximum flow, 0 <= flow <= capacity (opposite flows are cancelled). It is found in whole numbers, so
        that an edge may carry more than its capacity, by at most 1e-9 of the largest.
    cut : (E,) bool array
        The edges of the minimum cut: from the source's side to the sink's side.
    value : float
        The capacity of the cut, which equals the flow out of s up to that rounding of each edge.
    labels : (H, W) uint8 array
        1 on the source's side, 0 on the sink's.
    constant : float
        What the graph leaves out, so that `energy` of the labels = value + constant: negative costs, which
        were lifted to 0, and the seeded pixels' own costs.
    """

    shape: tuple[int, int]
    nodes: tuple[str, ...]
    tail: NDArray[np.intp]
    head: NDArray[np.intp]
    capacity: NDArray[np.float64]
    flow: NDArray[np.float64]
    cut: NDArray[np.bool_]
    value: float
    labels: NDArray[np.uint8]
    constant: float

    @property
    def source(self) -> int:
        """The index of node s."""
        return self.shape[0] * self.shape[1]

    @property
    def sink(self) -> int:
        """The index of node t."""
        return self.source + 1


def st_graph(
    unary: ArrayLike,
    image: ArrayLike | None = None,
    *,
    smoothness: float = 1.0,
    beta: float | None = None,
    neighbours: int = 4,
    seeds: ArrayLike | None = None,
) -> STGraph:
    r"""Write down the graph whose minimum cut is the best two-label segmentation, and cut it.

    Edges: s to p of capacity :math:`D_p(0)` (cut if p gets label 0), p to t of capacity :math:`D_p(1)`
    (cut if p gets label 1), and between neighbours both ways :math:`\lambda w_{pq}` (one of them is cut
    if the labels differ). A seed ties its pixel to a terminal by
    :math:`K = 1 + \max_p \sum_q \lambda w_{pq}`, more than all its neighbours can pay.

    Parameters
    ----------
    unary : (H, W, 2) array, finite
        Costs. Where one is negative the pixel's smaller cost is taken off both (see `constant`).
    image, smoothness, beta, neighbours
        As in `graph_cut`.
    seeds : (H, W) integer array, optional
        -1 where the pixel is free, otherwise 0 or 1. A seeded pixel's own costs are left out.

    Returns
    -------
    STGraph
        With at most 256 pixels: it is made to be looked at.

    Raises
    ------
    ValueError
        If K is not 2, a cost is infinite, or the picture is too large to draw; and as `graph_cut`.

    References
    ----------
    Y. Boykov, M.-P. Jolly, ICCV 2001, table of edge weights.

    Examples
    --------
    >>> graph = st_graph(np.array([[[0.0, 2.0], [3.0, 0.0]]]), smoothness=1.5)
    >>> for e in np.flatnonzero(graph.cut):
    ...     print(graph.nodes[graph.tail[e]], "->", graph.nodes[graph.head[e]], graph.capacity[e])
    0,1 -> 0,0 1.5
    >>> graph.value, graph.labels.tolist()
    (1.5, [[0, 1]])

    Lesson: 12_graph_cut
    """
    costs = checked_unary(unary)
    height, width, count = costs.shape
    if count != 2 or np.isinf(costs).any() or height * width > MOST_PIXELS:
        raise ValueError(
            f"st_graph draws finite costs of K = 2 labels on at most {MOST_PIXELS} pixels, "
            f"got shape {costs.shape}{' with inf' if np.isinf(costs).any() else ''}: "
            "crop the picture, or use graph_cut"
        )
    lam = check_smoothness(smoothness)
    largest = max(lam, float(np.abs(costs).max()))
    if largest > _MOST_COST:
        raise ValueError(
            f"st_graph draws costs and a smoothness of up to {_MOST_COST:g}, got {largest:g}: divide all by it"
        )
    weights = contrast_weights(image, (height, width), beta=beta, neighbours=neighbours)
    fixed = checked_seeds(seeds, (height, width), 2)
    number = np.arange(height * width).reshape(height, width)
    pairs = [(*pair(number, step), lam * weight) for step, weight in weights.items()]
    links, constant = _terminal_links(costs, fixed, pairs)
    source, sink = number.size, number.size + 1
    tail = [np.full(number.size, source), number.ravel()]
    head = [number.ravel(), np.full(number.size, sink)]
    capacity = [links[..., 0].ravel(), links[..., 1].ravel()]
    for first, second, weight in pairs:
        tail += [first.ravel(), second.ravel()]
        head += [second.ravel(), first.ravel()]
        capacity += [weight.ravel()] * 2
    names = (*(f"{row},{column}" for row, column in np.ndindex(height, width)), "s", "t")
    strength = np.concatenate(capacity)
    # An edge that costs nothing holds nothing: leaving it out keeps the drawing readable.
    some = strength > 0
    edges = np.concatenate(tail)[some], np.concatenate(head)[some], strength[some]
    flow, ones = _solve(*edges, source, sink)
    cut = ones[edges[0]] & ~ones[edges[1]]
    labels = ones[:source].reshape(height, width).astype(np.uint8)
    value = float(edges[2][cut].sum())
    return STGraph((height, width), names, *edges, flow, cut, value, labels, constant)


def _terminal_links(
    costs: NDArray[np.float64], fixed: NDArray[np.intp] | None, pairs: list[tuple]
) -> tuple[NDArray[np.float64], float]:
    """Return the capacities (H, W, 2) of "s to p" and "p to t", and what the costs hold besides."""
    taken = np.minimum(costs.min(axis=-1), 0.0)
    links = costs - taken[..., None]
    if fixed is not None:
        strength = np.zeros(costs.shape[:2])
        for first, second, weight in pairs:
            np.add.at(strength.ravel(), first.ravel(), weight.ravel())
            np.add.at(strength.ravel(), second.ravel(), weight.ravel())
        hard = (1.0 + strength.max()) * (fixed[..., None] != np.arange(2))
        links = np.where(fixed[..., None] == FREE, links, hard)
        own = np.take_along_axis(costs, np.maximum(fixed, 0)[..., None], axis=-1)[..., 0]
        taken = np.where(fixed == FREE, taken, own)
    return links, float(taken.sum())


def _solve(
    tail: NDArray[np.intp], head: NDArray[np.intp], capacity: NDArray[np.float64], source: int, sink: int
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return a maximum flow along the given edges, and which nodes the source still reaches."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import breadth_first_order, maximum_flow

    most = capacity.max(initial=1e-300)
    scale = np.exp2(min(np.floor(np.log2(2**30 - 1) - np.log2(most)), 900.0))
    steps = np.rint(capacity * scale).astype(np.int32)
    whole = csr_array((steps, (tail, head)), shape=(sink + 1, sink + 1))
    moved = maximum_flow(whole, source, sink).flow
    left = csr_array(whole - moved)
    left.eliminate_zeros()
    ones = np.zeros(sink + 1, dtype=bool)
    ones[breadth_first_order(left.astype(np.float64), source, return_predecessors=False)] = True
    return np.maximum(moved.toarray()[tail, head], 0) / scale, ones
