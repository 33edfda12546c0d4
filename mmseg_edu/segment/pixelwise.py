"""Decisions pixel by pixel: the most probable label, its costs, and the first attempts at neighbours."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmseg_edu.preprocess.arguments import as_reals, checked_room, is_finite, is_whole, shown
from mmseg_edu.segment.inputs import (
    check_label_count,
    check_smoothness,
    checked_labels,
    checked_seeds,
    checked_unary,
    with_seeds,
)
from mmseg_edu.segment.potts import Offset, contrast_weights, pair, total_energy

MOST_LABELLINGS = 2**20
# Four or eight neighbours that agree are worth a number yet, and nothing is dearer.
_MOST_SMOOTHNESS = 1e300
# Of so many pixels a class the sum over all classes is a number.
_MOST_COUNT = 1e300


def pixelwise(probabilities: ArrayLike) -> NDArray[np.uint8]:
    r"""Give every pixel its most probable label, without asking the neighbours.

    .. math:: l_p = \arg\max_k P(k \mid F(p))

    Parameters
    ----------
    probabilities : (..., K) array, 2 <= K <= 256
        Posteriors; any score of which more is better (log-odds, for instance) gives the same answer.

    Returns
    -------
    (...,) uint8 array
        Labels 0 .. K - 1. Of labels that tie, the lowest wins: 0, the background.

    Raises
    ------
    ValueError
        For fewer than 2 labels, NaN, or an empty array.

    Notes
    -----
    This is the segmentation that maximises the sum of :math:`\log P(l_p \mid F(p))`, the pixels being
    independent; for two labels it is the threshold P > 1/2.

    Examples
    --------
    >>> pixelwise([[0.9, 0.1], [0.2, 0.8], [0.5, 0.5]])
    array([0, 1, 0], dtype=uint8)

    Lesson: 10_map_segmentation
    """
    scores = as_reals("probabilities", probabilities)
    if scores.ndim == 0 or scores.size == 0:
        raise ValueError(f"probabilities must have shape (..., K) and hold pixels, got {scores.shape}")
    check_label_count(scores.shape[-1], "probabilities")
    if np.isnan(scores).any():
        raise ValueError(
            "probabilities must not hold NaN, got some: find the 0 / 0 or the log of 0 before this"
        )
    return scores.argmax(axis=-1).astype(np.uint8)


def unary_from(probabilities: ArrayLike, floor: float = 1e-6) -> NDArray[np.float64]:
    r"""Turn probabilities into costs: what is improbable is expensive.

    .. math:: D_p(k) = -\log \max(P(k \mid F(p)), \text{floor})

    Parameters
    ----------
    probabilities : (..., K) array in [0, 1]
        Posteriors.
    floor : float in (0, 1), default 1e-6
        The least probability that is believed; it keeps the costs finite, at most 13.8 nats by default.

    Returns
    -------
    (..., K) float64 array
        Costs in nats, 0 (certain) to -log(floor).

    Raises
    ------
    ValueError
        For NaN, values outside [0, 1], an empty array, or a floor outside (0, 1).

    Examples
    --------
    >>> unary_from([1.0, 0.5, 0.0]).round(3)
    array([-0.   ,  0.693, 13.816])

    Lesson: 10_map_segmentation
    """
    given = as_reals("probabilities", probabilities)
    if given.size == 0:
        raise ValueError(f"probabilities must hold at least one pixel, got shape {given.shape}")
    # Sums of float32 may pass 1 by a rounding step.
    if not (given.min() >= 0 and given.max() <= 1 + 1e-5):
        raise ValueError(
            f"probabilities must lie in [0, 1], got {given.min():g} .. {given.max():g}: "
            "apply softmax to scores first, or divide by the sum over the labels"
        )
    if not (is_finite(floor) and 0 < floor < 1):
        raise ValueError(f"floor must lie in (0, 1), got {shown(floor)}: 0 would make an infinite cost")
    return -np.log(np.clip(given, floor, 1.0))


def sound_guided_unary(
    picture: ArrayLike,
    sound: ArrayLike,
    *,
    prior: ArrayLike | None = None,
    colour: ArrayLike | None = None,
    colour_weight: float = 1.0,
    floor: float = 1e-6,
) -> NDArray[np.float64]:
    r"""Let the sound decide what is looked for and the picture where it is: costs of both together.

    .. math:: D_p(k) = -\log \frac{P(k \mid \text{picture}, p)\, P(k \mid \text{sound}) / P(k)}{Z_p}
                       + \gamma\, C_p(k)

    Parameters
    ----------
    picture : (H, W, K) array in [0, 1]
        Posteriors of every pixel from the picture.
    sound : (K,) or (H, W, K) array in [0, 1]
        Posterior from the sound: of the class of a pixel drawn anywhere, or already one for each pixel.
    prior : (K,) array, positive, optional
        How common the classes are among pixels; default: all alike. It is contained in both posteriors
        and must be counted once.
    colour : (H, W, K) array, optional
        Further costs :math:`C_p(k)`, such as `colour_unary` gives.
    colour_weight : float >= 0
        :math:`\gamma`, how much the colours count.
    floor : float in (0, 1)
        The least probability believed of either witness.

    Returns
    -------
    (H, W, K) float64 array
        Costs in nats. Without colour, exp(-cost) sums to 1 over the labels.

    Raises
    ------
    ValueError
        If shapes do not match, values leave [0, 1], or a prior is not positive.

    Notes
    -----
    Without floor and colour this is -log of the product fusion of both posteriors.

    Examples
    --------
    >>> picture = [[[0.5, 0.5], [0.95, 0.05]]]      # a lukewarm pixel and an empty one
    >>> unary = sound_guided_unary(picture, [0.5, 0.5], prior=[0.95, 0.05])
    >>> np.exp(-unary).round(2).tolist()            # two lukewarm witnesses of something rare
    [[[0.05, 0.95], [0.5, 0.5]]]

    Lesson: 12_graph_cut
    """
    seen = unary_from(picture, floor)
    heard = unary_from(sound, floor)
    if seen.ndim != 3 or heard.shape not in (seen.shape[-1:], seen.shape):
        raise ValueError(
            "picture must have shape (H, W, K) and sound (K,) or (H, W, K), "
            f"got {seen.shape} and {heard.shape}: put the labels on the last axis of both"
        )
    classes = seen.shape[-1]
    common = np.full(classes, 1 / classes) if prior is None else as_reals("prior", prior)
    if common.shape != (classes,) or not ((common > 0) & (common <= _MOST_COUNT)).all():
        raise ValueError(f"prior must be {classes} positive numbers, one for each class, got {common}")
    costs = seen + heard + np.log(common / common.sum())
    costs += np.logaddexp.reduce(-costs, axis=-1, keepdims=True)
    if colour is None:
        return costs
    tint = as_reals("colour", colour)
    if tint.shape != costs.shape:
        raise ValueError(f"colour must have the shape {costs.shape} of the costs, got {tint.shape}")
    with np.errstate(over="ignore", invalid="ignore"):
        return checked_room(costs + check_smoothness(colour_weight) * tint, tint, "colour")


def icm(
    unary: ArrayLike,
    image: ArrayLike | None = None,
    *,
    smoothness: float = 1.0,
    beta: float | None = None,
    neighbours: int = 4,
    seeds: ArrayLike | None = None,
    start: ArrayLike | None = None,
    sweeps: int = 50,
    return_energies: bool = False,
) -> NDArray[np.uint8] | tuple[NDArray[np.uint8], list[float]]:
    r"""Iterated conditional modes: let every pixel choose again, its neighbours held fixed, until none moves.

    .. math:: l_p \leftarrow \arg\min_k D_p(k) + \lambda \sum_{q \sim p} w_{pq} [k \ne l_q]

    Parameters
    ----------
    unary : (H, W, K) array
        Costs, see `energy`.
    image, smoothness, beta, neighbours
        As in `energy`.
    seeds : (H, W) integer array, optional
        -1 where the pixel is free, otherwise the label it must keep.
    start : (H, W) integer array, optional
        Where to begin; default: the cheapest label of each pixel.
    sweeps : int >= 0
        The most sweeps over the picture.
    return_energies : bool
        Also return the energy at the start and after every sweep.

    Returns
    -------
    labels : (H, W) uint8 array
        A local minimum: no single pixel can lower the energy (if the sweeps sufficed). With no sweep, the start.
    energies : list of float
        Only with `return_energies`. It does not rise, but for rounding; its last two are equal if ICM has stopped.

    Raises
    ------
    ValueError, TypeError
        As `energy`; also for seeds out of range, and for sweeps that are negative or no whole number.

    Notes
    -----
    The order of a sweep: pixels are coloured like a chessboard by (row + column) mod 2, with 8 neighbours
    by (row mod 2, column mod 2) in four colours, and one colour after another chooses. No two pixels of a
    colour are neighbours, so choosing all at once is the same as one by one. A pixel moves only if it
    gains; among equally good moves it takes the lowest label. The start need not keep to the seeds: they are
    set in the first sweep.

    References
    ----------
    J. Besag, "On the statistical analysis of dirty pictures", J. R. Statist. Soc. B 48, 1986.

    Examples
    --------
    >>> unary = np.zeros((3, 3, 2))
    >>> unary[..., 1] = 1.0             # everyone slightly prefers 0 ...
    >>> unary[1, 1] = [1.0, 0.0]        # ... but the one in the middle
    >>> icm(unary, smoothness=0.5)[1]
    array([0, 0, 0], dtype=uint8)

    Lesson: 10_map_segmentation
    """
    given = checked_unary(unary)
    shape, count = given.shape[:2], given.shape[2]
    lam = check_smoothness(smoothness)
    costs = with_seeds(given, checked_seeds(seeds, shape, count))
    weights = contrast_weights(image, shape, beta=beta, neighbours=neighbours)
    if not is_whole(sweeps):
        raise TypeError(f"sweeps must be an integer, got {shown(sweeps)}: leave it out for 50")
    if sweeps < 0:
        raise ValueError(f"sweeps must be 0 or more, got {shown(sweeps)}: leave it out for 50")
    labels = costs.argmin(axis=-1) if start is None else checked_labels(start, shape, count)
    energies = [total_energy(labels, costs, weights, lam)]
    for _ in range(sweeps):
        before = labels
        for colour in _colours(shape, neighbours):
            labels = _choose(labels, costs, weights, lam, colour)
        energies.append(total_energy(labels, costs, weights, lam))
        if np.array_equal(before, labels):
            break
    found = labels.astype(np.uint8)
    return (found, energies) if return_energies else found


def _colours(shape: tuple[int, int], neighbours: int) -> list[NDArray[np.bool_]]:
    row, column = np.indices(shape)
    colour = (row + column) % 2 if neighbours == 4 else 2 * (row % 2) + column % 2
    return [colour == number for number in range(2 if neighbours == 4 else 4)]


def _choose(
    labels: NDArray[np.intp],
    costs: NDArray[np.float64],
    weights: dict[Offset, NDArray[np.float64]],
    smoothness: float,
    where: NDArray[np.bool_],
) -> NDArray[np.intp]:
    """Return the labels after the pixels `where` chose anew."""
    agreement = np.zeros_like(costs)
    votes = np.eye(costs.shape[-1])[labels]
    for step, weight in weights.items():
        first, second = pair(agreement, step)
        at_first, at_second = pair(votes, step)
        first += weight[..., None] * at_second
        second += weight[..., None] * at_first
    # Disagreement is all weight less agreement; the total is the same for every label.
    with np.errstate(over="ignore"):
        local = costs - min(smoothness, _MOST_SMOOTHNESS) * agreement
    best = local.argmin(axis=-1)
    gains = np.take_along_axis(local, best[..., None], -1) < np.take_along_axis(local, labels[..., None], -1)
    return np.where(where & gains[..., 0], best, labels)


def brute_force(
    unary: ArrayLike,
    image: ArrayLike | None = None,
    *,
    smoothness: float = 1.0,
    beta: float | None = None,
    neighbours: int = 4,
    seeds: ArrayLike | None = None,
) -> NDArray[np.uint8]:
    r"""Try all :math:`K^{HW}` labellings of a tiny picture and return the cheapest.

    Parameters
    ----------
    unary : (H, W, K) array
        Costs, see `energy`; K to the power of H times W may be at most 2**20 (4 x 5 with two labels,
        3 x 3 with four).
    image, smoothness, beta, neighbours
        As in `energy`.
    seeds : (H, W) integer array, optional
        -1 where the pixel is free, otherwise its label.

    Returns
    -------
    (H, W) uint8 array
        A labelling of least energy; of several, the first in lexical order (ties go to low labels).

    Raises
    ------
    ValueError, TypeError
        As `energy`, and if there are too many labellings.

    Examples
    --------
    >>> unary = np.array([[[0.0, 2.0], [3.0, 0.0]]])
    >>> brute_force(unary, smoothness=1.5), brute_force(unary, smoothness=2.5)
    (array([[0, 1]], dtype=uint8), array([[1, 1]], dtype=uint8))

    Lesson: 10_map_segmentation
    """
    given = checked_unary(unary)
    height, width, count = given.shape
    if count ** (height * width) > MOST_LABELLINGS:
        raise ValueError(
            f"brute force allows at most {MOST_LABELLINGS} labellings, got {count} ** {height * width}: "
            "crop the picture, or use graph_cut"
        )
    lam = check_smoothness(smoothness)
    costs = with_seeds(given, checked_seeds(seeds, (height, width), count))
    weights = contrast_weights(image, (height, width), beta=beta, neighbours=neighbours)
    every = np.arange(count ** (height * width))
    place = count ** np.arange(height * width - 1, -1, -1)
    labels = ((every // place[:, None]) % count).reshape(height, width, -1)
    row, column = np.indices((height, width))[..., None]
    with np.errstate(over="ignore"):
        total = costs[row, column, labels].sum(axis=(0, 1))
        for step, weight in weights.items():
            total += lam * (weight[..., None] * np.not_equal(*pair(labels, step))).sum(axis=(0, 1))
    return labels[..., total.argmin()].astype(np.uint8)
