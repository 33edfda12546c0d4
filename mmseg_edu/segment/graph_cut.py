"""Graph cuts: the exact minimum for two labels, alpha-expansion for more."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmseg_edu.segment.expansion import expansions
from mmseg_edu.segment.inputs import (
    check_smoothness,
    checked_labels,
    checked_seeds,
    checked_unary,
    with_seeds,
)
from mmseg_edu.segment.min_cut import Cut, borders, min_cut
from mmseg_edu.segment.potts import Offset, contrast_weights, total_energy


def graph_cut(
    unary: ArrayLike,
    image: ArrayLike | None = None,
    *,
    smoothness: float = 1.0,
    beta: float | None = None,
    neighbours: int = 4,
    seeds: ArrayLike | None = None,
    start: ArrayLike | None = None,
    cycles: int = 20,
    return_energies: bool = False,
) -> NDArray[np.uint8] | tuple[NDArray[np.uint8], list[float]]:
    r"""Find the cheapest segmentation: exactly for two labels, by alpha-expansion for more.

    .. math:: \min_l \sum_p D_p(l_p) + \lambda \sum_{(p,q)} w_{pq} [l_p \ne l_q],
              \qquad w_{pq} = \frac{e^{-\beta \lVert I_p - I_q \rVert^2}}{\mathrm{dist}(p, q)}

    Parameters
    ----------
    unary : (H, W, K) array, 2 <= K <= 256
        Costs :math:`D_p(k)`, in nats if made by `unary_from`; negative costs are allowed, +inf forbids.
    image : (H, W) or (H, W, C) array, optional
        The picture whose contrast makes borders cheap; None: every border costs the same.
    smoothness : float >= 0
        :math:`\lambda`, the cost of one step of border in a flat place, in the unit of `unary`.
        0 gives the cheapest label of each pixel; a large one a single label.
    beta : float >= 0, optional
        Default: 1 / (2 <|dI|^2>) of the picture, 0 for a flat one; see `contrast_beta`.
    neighbours : 4 or 8
        8 adds the diagonals, at 1 / sqrt(2); borders then prefer the grid's directions less.
    seeds : (H, W) integer array, optional
        -1 where the pixel is free, otherwise the label that it must get (a scribble).
    start : (H, W) integer array, optional
        Where alpha-expansion begins, for K > 2; default: the cheapest label of each pixel.
    cycles : int >= 1
        The most rounds of alpha-expansion over all labels; it stops when no label can expand.
    return_energies : bool
        Also return the energies: of the start, and after each expansion that was tried. For two labels
        the list holds the optimum only.

    Returns
    -------
    labels : (H, W) uint8 array
        For K = 2 a global minimum; of several, the one with the fewest pixels of label 1.
        For K > 2 a labelling that no single expansion can improve, unless `cycles` ran out before.
    energies : list of float
        Only with `return_energies`. It never rises. At seeded pixels a forbidden label costs 0.

    Raises
    ------
    ValueError
        For NaN, a negative smoothness, K = 1, an empty image, or shapes and seeds that do not fit.
    TypeError
        If seeds or start are not integers.
    OverflowError
        For more than 2**26 pixels.

    Notes
    -----
    The Potts border cost is submodular: for two labels, w(0,0) + w(1,1) = 0 <= w(0,1) + w(1,0). That is
    what makes the energy a cut. Alpha-expansion solves, for one label after another, the two-label problem
    "keep or take alpha" exactly, and a move is taken only if it lowers the energy. Where no label can expand
    any more, the result costs at most twice the optimum (for costs >= 0).

    The solver is a maximum flow made for grids, on int64 capacities (`min_cut`). With N pixels and P pairs,
    rounding may cost at most (N + P) / scale; `rounding_bound` tells the number. Costs that are whole
    multiples of 1 / scale lose nothing. The first call in a process takes half a second more, to load the
    compiled solver; the first one after an installation some ten seconds, to compile it.

    References
    ----------
    Y. Boykov, M.-P. Jolly, ICCV 2001 (two labels, seeds). Y. Boykov, O. Veksler, R. Zabih, TPAMI 2001
    (alpha-expansion). V. Kolmogorov, R. Zabih, TPAMI 2004 (submodularity).

    Examples
    --------
    >>> unary = np.zeros((3, 4, 2))
    >>> unary[:, :2, 1] = 2.0            # the left half prefers 0
    >>> unary[:, 2:, 0] = 2.0            # the right half prefers 1
    >>> unary[1, 0] = [2.0, 0.5]         # one pixel is mistaken
    >>> graph_cut(unary, smoothness=1.0)
    array([[0, 0, 1, 1],
           [0, 0, 1, 1],
           [0, 0, 1, 1]], dtype=uint8)

    Lesson: 12_graph_cut
    """
    given = checked_unary(unary)
    shape, count = given.shape[:2], given.shape[2]
    lam = check_smoothness(smoothness)
    costs = with_seeds(given, checked_seeds(seeds, shape, count))
    weights = contrast_weights(image, shape, beta=beta, neighbours=neighbours)
    if count == 2:
        labels = _two_labels(costs, weights, lam).ones.astype(np.uint8)
        return (labels, [total_energy(labels, costs, weights, lam)]) if return_energies else labels
    first = costs.argmin(axis=-1) if start is None else checked_labels(start, shape, count)
    labels, energies = first.astype(np.uint8), []
    if return_energies:
        energies.append(total_energy(labels, costs, weights, lam))
    for offer in expansions(first, costs, weights, lam, cycles):
        if return_energies:
            # In whole numbers the energy falls; its float sum may rise in the last digit.
            price = energies[-1] if offer is labels else total_energy(offer, costs, weights, lam)
            energies.append(min(price, energies[-1]))
        labels = offer
    return (labels, energies) if return_energies else labels


def rounding_bound(
    unary: ArrayLike,
    image: ArrayLike | None = None,
    *,
    smoothness: float = 1.0,
    beta: float | None = None,
    neighbours: int = 4,
    seeds: ArrayLike | None = None,
) -> float:
    r"""Say by how much integer capacities may have raised the energy of a two-label `graph_cut`.

    .. math:: E(\text{result}) - E(\text{optimum}) \le \frac{N + P}{\text{scale}}

    with N pixels, P pairs of neighbours, and the scale that `graph_cut` chooses. It is a worst case; the
    usual gap is 0.

    Parameters
    ----------
    unary, image, smoothness, beta, neighbours, seeds
        As in `graph_cut`, K = 2.

    Returns
    -------
    float
        The bound in the unit of `unary`.

    Raises
    ------
    ValueError
        If there are more than two labels, where the result is approximate anyway; and as `graph_cut`.

    Examples
    --------
    >>> unary = np.array([[[0.0, 2.0], [3.0, 0.0]]])
    >>> rounding_bound(unary, smoothness=1.5) * 2.0**56       # 2 pixels + 1 pair, 2**56 steps per unit
    3.0

    Lesson: 12_graph_cut
    """
    given = checked_unary(unary)
    if given.shape[2] != 2:
        raise ValueError(
            f"the bound holds for K = 2 labels, got K = {given.shape[2]}: compare energies instead"
        )
    costs = with_seeds(given, checked_seeds(seeds, given.shape[:2], 2))
    weights = contrast_weights(image, given.shape[:2], beta=beta, neighbours=neighbours)
    return _two_labels(costs, weights, check_smoothness(smoothness)).bound


def _two_labels(costs: NDArray[np.float64], weights: dict[Offset, NDArray[np.float64]], lam: float) -> Cut:
    return min_cut(costs[..., 1] - costs[..., 0], borders(weights, lam))
