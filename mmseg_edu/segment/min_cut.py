"""A two-label energy on the pixel grid, minimised exactly by one minimum cut in whole numbers."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mmseg_edu.preprocess.arguments import is_finite
from mmseg_edu.segment.potts import Offset

# One capacity stays below this, so that the sum over all neighbours both ways stays below 2**62.
LIMIT = 2.0**57
MOST_PIXELS = 2**26

Link = tuple[Offset, NDArray[np.float64], NDArray[np.float64]]
Ints = NDArray[np.int64]


class Cut(NamedTuple):
    """What `min_cut` found."""

    ones: NDArray[np.bool_]
    """(H, W): True on the source side, where the label is 1."""
    scale: float
    """Capacity steps for one unit of energy, a power of two unless it was given."""
    bound: float
    """The most by which rounding may have raised the energy above the optimum."""


class Problem(NamedTuple):
    """A minimum cut in whole numbers, in the layout of `grid_flow`."""

    cap: Ints
    excess: Ints
    steps: Ints
    scale: float


class Flow(NamedTuple):
    """The flow between pixels that solved a problem, to begin another one with."""

    moved: Ints
    """(nodes, D / 2): whole units from each node along every other step."""
    scale: float


def min_cut(theta: NDArray[np.float64], links: Sequence[Link], *, scale: float | None = None) -> Cut:
    r"""Minimise a two-label energy on the grid exactly, up to a stated rounding of its costs.

    .. math:: E(x) = \sum_p \theta_p x_p + \sum_{(p,q)} f_{pq}\, x_p (1 - x_q) + b_{pq}\, (1 - x_p)\, x_q

    Parameters
    ----------
    theta : (H, W) float array
        What label 1 costs more than label 0; +inf or -inf fixes the pixel to 0 or 1.
    links : sequence of (offset, forward, backward)
        For each step of `potts.offsets`, the finite costs f >= 0 of "first is 1, second is 0" and b >= 0 of
        the reverse, shaped as `potts.pair` gives the pairs. Empty: each pixel decides alone.
    scale : float > 0, optional
        Capacity steps for one unit of energy. Default: the largest power of two at which the dearest pair
        costs at most 2**57 steps, so that costs which are multiples of 1 / scale (whole numbers, say) are
        kept exactly.

    Returns
    -------
    Cut
        ones (H, W) bool, scale and bound. Among several optima the one with the fewest ones: ties go to 0.

    Raises
    ------
    OverflowError
        If a pair would cost more than 2**57 steps at the given scale, or for more than 2**26 pixels.
    ValueError
        If the scale is not a finite number above 0.

    Notes
    -----
    Capacities are int64. Rounding moves each of the N pixel costs and P pair costs by at most half a step,
    in the result and in the true optimum, so

    .. math:: E(\text{result}) \le E(\text{optimum}) + \frac{N + P}{\text{scale}}.

    Two clippings change no optimum. A pixel cost beyond :math:`K_p = 1 + \sum_q w_{pq}` steps already outweighs
    all neighbours, so it is cut off there; a pair cost above twice the smaller of the two total preferences
    costs more than a constant labelling, so no minimum cut pays it, and the scale need not make room for it.

    References
    ----------
    V. Kolmogorov, R. Zabih, "What energy functions can be minimized via graph cuts?", TPAMI 2004.

    Examples
    --------
    >>> theta = np.array([[-2.0, 1.0, -2.0]])           # the middle pixel would rather be 0
    >>> border = np.array([[1.0, 1.0]])
    >>> min_cut(theta, [((0, 1), border, border)]).ones
    array([[ True,  True,  True]])

    Lesson: 12_graph_cut
    """
    return solved(theta, links, scale)[0]


def solved(
    theta: NDArray[np.float64],
    links: Sequence[Link],
    scale: float | None = None,
    earlier: Flow | None = None,
    keep: bool = False,
) -> tuple[Cut, Flow | None]:
    """Return the minimum cut, begun with an earlier flow if there is one; with `keep`, its own flow too.

    The fewest ones are unique, so that the cut does not depend on where it began.
    """
    check_pixel_count(theta.size)
    affordable, most = _affordable(theta, links)
    if most == 0:
        return Cut(theta < 0, 1.0 if scale is None else _checked_scale(scale), 0.0), None
    from mmseg_edu.segment import grid_flow

    problem = _problem(theta, affordable, most, scale)
    even = problem.cap.reshape(problem.excess.size, -1)[:, ::2]
    before = even.copy() if keep else even
    if earlier is not None:
        ratio = problem.scale / earlier.scale
        grid_flow.carry_flow(problem.cap, problem.excess, problem.steps, earlier.moved, ratio)
    tree = grid_flow.max_flow(problem.cap, problem.excess, problem.steps)
    terms = theta.size + sum(forward.size for _, forward, _ in links)
    cut = Cut(inner(tree, theta.shape) > 0, problem.scale, terms / problem.scale)
    return cut, Flow(before - even, problem.scale) if keep else None


def borders(weights: dict[Offset, NDArray[np.float64]], smoothness: float) -> list[Link]:
    """Return the links of a Potts prior: a border costs the same whichever side has label 1."""
    prices = {step: smoothness * weight for step, weight in weights.items()}
    return [(step, price, price) for step, price in prices.items()]


def check_pixel_count(count: int) -> None:
    """Refuse a picture whose nodes have no number in int32."""
    if count > MOST_PIXELS:
        raise OverflowError(f"at most {MOST_PIXELS} pixels fit the solver, got {count}: resize the image")


def _affordable(theta: NDArray[np.float64], links: Sequence[Link]) -> tuple[list[Link], float]:
    """Clip the pair costs that no optimum pays; return them with the largest that is left."""
    found = max((float(max(f.max(), b.max())) for _, f, b in links if f.size), default=0.0)
    with np.errstate(over="ignore"):
        preferences = np.maximum(theta, 0).sum(), -np.minimum(theta, 0).sum()
    # Where a constant labelling is free there is nothing to compare with: clipping would cut all ties.
    most = 2 * float(min(preferences)) or np.inf
    if found <= most:
        return list(links), found
    return [(offset, np.minimum(f, most), np.minimum(b, most)) for offset, f, b in links], most


def _problem(theta: NDArray[np.float64], links: Sequence[Link], most: float, scale: float | None) -> Problem:
    """Write the costs down in whole numbers; of the scales that fit, the largest power of two."""
    from mmseg_edu.segment import grid_flow

    chosen = largest_scale(most) if scale is None else _checked_scale(scale)
    if most * chosen > LIMIT:
        raise OverflowError(
            f"a border may cost at most 2**57 steps, got {most * chosen:.3g} at scale {chosen:g}: "
            "choose a smaller scale, or leave it out for the largest safe one"
        )
    steps = grid_steps([offset for offset, _, _ in links], theta.shape[1])
    size = padded_size(theta.shape)
    cap, excess = np.zeros(size * steps.size, np.int64), np.zeros(size, np.int64)
    stride = theta.shape[1] + 1
    for k, ((_, right), forward, backward) in enumerate(links):
        corner = stride + 1 + max(0, -right)
        both = _plain(forward), _plain(backward)
        grid_flow.fill_pairs(cap, steps, stride, 2 * k, corner, *both, chosen)
    grid_flow.fill_excess(excess, cap, steps, _plain(theta), chosen)
    return Problem(cap, excess, steps, chosen)


def _plain(costs: NDArray[np.float64]) -> NDArray[np.float64]:
    # One memory layout, or Numba compiles a kernel anew for each.
    return np.require(costs, np.float64, ["C", "W"])


def largest_scale(most: float) -> float:
    """Return the largest power of two at which a pair cost stays within the limit."""
    return float(np.exp2(min(np.floor(np.log2(LIMIT) - np.log2(most)), 900.0)))


def _checked_scale(scale: float) -> float:
    if not (is_finite(scale) and scale > 0):
        raise ValueError(
            f"scale must be a finite number > 0, got {scale}: leave it out for the largest safe one"
        )
    return float(scale)


def grid_steps(offsets: Sequence[Offset], width: int) -> Ints:
    """Return the steps between nodes of the padded grid, each followed by its opposite.

    Examples
    --------
    >>> grid_steps([(0, 1), (1, -1)], 9).tolist()
    [1, -1, 9, -9]
    """
    jumps = np.array([down * (width + 1) + right for down, right in offsets], np.int64)
    return np.stack([jumps, -jumps], axis=-1).ravel()


def padded_size(shape: tuple[int, ...]) -> int:
    """Return the number of nodes of the padded grid."""
    return (shape[0] + 2) * (shape[1] + 1) + 2


def inner(padded: NDArray, shape: tuple[int, ...]) -> NDArray:
    """View the pixels (H, W, ...) of an array over the padded grid's nodes.

    Examples
    --------
    >>> inner(np.arange(14), (2, 2)).tolist()
    [[4, 5], [7, 8]]
    """
    height, width = shape[:2]
    stride = width + 1
    rows = padded[stride + 1 : stride + 1 + height * stride]
    return rows.reshape(height, stride, *padded.shape[1:])[:, :width]
