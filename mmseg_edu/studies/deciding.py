"""From scores under several seeds to a decision: who is ahead, by how much, and is that more than chance?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray


def paired_gap(better: ArrayLike, other: ArrayLike, *, level: float = 0.95) -> tuple[float, float]:
    r"""Average by how much one method is ahead of another under the same seeds, and how far to trust that.

    .. math:: \bar d = \frac{1}{n} \sum_s (a_s - b_s), \qquad
              h = t_{n-1,\,(1 + c)/2}\, \frac{\operatorname{sd}(a - b)}{\sqrt n}

    Parameters
    ----------
    better, other : (n,), the scores of two methods; entry s of both is from seed s. NaN where there is no run
    level : c in (0, 1)

    Returns
    -------
    (gap, half) : floats
        The interval is gap - half to gap + half: Student's, for the mean difference over the seeds that both have.
        Of fewer than two such seeds half is infinite.

    Raises
    ------
    ValueError
        If the shapes differ, no seed has both, or the level is out of range.

    Notes
    -----
    What both share, easy scenes or hard ones, drops out of the difference: two methods whose scores move a lot from
    seed to seed may be told apart well. If the differences have no spread at all, half is 0.

    References
    ----------
    Student (1908), The probable error of a mean, Biometrika 6(1).

    Examples
    --------
    >>> gap, half = paired_gap([0.5, 0.7, 0.9], [0.4, 0.7, 0.7])
    >>> round(gap, 3), round(half, 3)
    (0.1, 0.248)

    Lesson: 17_choosing_a_fusion
    """
    a, b = np.asarray(better, np.float64), np.asarray(other, np.float64)
    if a.ndim != 1 or a.shape != b.shape:
        raise ValueError(f"both must have shape (seeds,), one score a seed, got {a.shape} and {b.shape}")
    if not 0 < level < 1:
        raise ValueError(f"level must lie in (0, 1), got {level}: 0.95 is usual")
    difference = (a - b)[np.isfinite(a - b)]
    if difference.size == 0:
        raise ValueError("no seed has a score of both methods: run both under the same seeds")
    return _mean_and_half(difference, level)


def mean_by_clip(scores: ArrayLike, clips: ArrayLike, *, level: float = 0.95) -> tuple[float, float]:
    r"""Average scores of frames clip by clip, and say how far the mean would move on other clips.

    .. math:: \bar J_c = \frac{1}{m_c} \sum_{f \in c} J_f, \qquad \bar J = \frac{1}{C} \sum_c \bar J_c, \qquad
              h = t_{C-1,\,(1 + q)/2}\, \frac{\operatorname{sd}(\bar J_c)}{\sqrt C}

    Parameters
    ----------
    scores : (N,), finite, one score a frame
    clips : (N,), names or numbers: which clip each frame is from
    level : q in (0, 1)

    Returns
    -------
    (mean, half) : floats
        The interval is mean - half to mean + half: Student's, for the mean over clips. Of one clip half is infinite.

    Raises
    ------
    ValueError
        If the shapes differ, there is no frame, a score is not finite, or the level is out of range.

    Notes
    -----
    Frames of one clip show the same things in the same place, so they are right or wrong together. An interval from
    the N frames as if each were a clip is too narrow, by up to the square root of the frames in a clip.

    References
    ----------
    Student (1908), The probable error of a mean, Biometrika 6(1).

    Examples
    --------
    >>> mean, half = mean_by_clip([0.8, 0.9, 0.4, 0.5, 0.6, 0.7], ["a", "a", "b", "b", "c", "c"])
    >>> round(mean, 3), round(half, 3)
    (0.65, 0.497)

    Lesson: 19_real_data
    """
    frames, names = np.asarray(scores, np.float64), np.asarray(clips)
    if frames.ndim != 1 or frames.shape != names.shape or not frames.size:
        raise ValueError(
            f"scores and clips must have shape (frames,), one of each a frame, got {frames.shape} and {names.shape}"
        )
    if not np.isfinite(frames).all():
        raise ValueError("scores must be finite, got NaN or infinity: leave frames without a score out")
    if not 0 < level < 1:
        raise ValueError(f"level must lie in (0, 1), got {level}: 0.95 is usual")
    return _mean_and_half(np.array([frames[names == name].mean() for name in np.unique(names)]), level)


def _mean_and_half(values: NDArray[np.float64], level: float) -> tuple[float, float]:
    """Mean and half width of Student's interval; of one value the half is infinite."""
    from scipy.stats import t

    if values.size == 1:
        return float(values[0]), float("inf")
    spread = values.std(ddof=1) / np.sqrt(values.size)
    return float(values.mean()), float(t.ppf((1 + level) / 2, values.size - 1) * spread)


def best_within(scores: ArrayLike, *, margin: float = 0.01) -> NDArray[np.bool_]:
    r"""Mark, in each situation, the methods that cannot be told from the one with the best mean.

    .. math:: \bar d_m - h_m \le 0 \quad \text{or} \quad \bar d_m \le \text{margin}

    with the gap :math:`\bar d_m` of the winner to method m and its half width h, see :func:`paired_gap`.

    Parameters
    ----------
    scores : (methods, situations, seeds), NaN where there is no run
    margin : float >= 0
        A gap so small makes no difference to anybody, however sure it is.

    Returns
    -------
    array (methods, situations) of bool
        The winner is always marked. Methods with fewer than two seeds are never the winner and never marked. A method
        that shares only one seed with the winner is marked: one difference has no spread to speak of.

    Raises
    ------
    ValueError
        If the shape is another, no method has two seeds in a situation, or one shares no seed with the winner.

    Examples
    --------
    >>> scores = [[[0.8, 0.9, 0.8]], [[0.7, 0.9, 0.9]], [[0.4, 0.5, 0.4]]]
    >>> best_within(scores)[:, 0].tolist()
    [True, True, False]

    Lesson: 17_choosing_a_fusion
    """
    table = np.asarray(scores, np.float64)
    if table.ndim != 3:
        raise ValueError(
            f"scores must have shape (methods, situations, seeds), got {table.shape}: use by_seed"
        )
    best = winners(table)
    seeds = np.isfinite(table).sum(axis=-1)
    if (seeds.max(axis=0) < 2).any():
        raise ValueError(
            "each situation needs a method with two seeds or more, got one without: one score has no spread"
        )
    marked = np.zeros(table.shape[:2], np.bool_)
    for column, first in enumerate(best):
        for method, row in enumerate(table[:, column]):
            if seeds[method, column] >= 2:
                gap, half = paired_gap(table[first, column], row)
                marked[method, column] = gap - half <= 0 or gap <= margin
    return marked


def winners(scores: ArrayLike) -> NDArray[np.intp]:
    """The method with the best mean over its seeds, in each situation.

    Parameters
    ----------
    scores : (methods, situations, seeds), NaN where there is no run

    Returns
    -------
    array (situations,) of indices
        Methods with fewer than two seeds do not count, unless nobody has two.

    Raises
    ------
    ValueError
        If a situation has no score at all.

    Examples
    --------
    >>> winners([[[0.5, 0.5]], [[0.4, 0.7]], [[0.9, np.nan]]]).tolist()
    [1]
    """
    table = np.asarray(scores, np.float64)
    count = np.isfinite(table).sum(axis=-1)
    if not count.any(axis=0).all():
        raise ValueError("each situation needs at least one score, got one without: run it first")
    mean = np.where(np.isfinite(table), table, 0).sum(axis=-1) / np.maximum(count, 1)
    enough = np.where(count.max(axis=0) >= 2, 2, 1)
    return np.asarray(np.where(count >= enough, mean, -np.inf).argmax(axis=0))


def decision_table(
    methods: Sequence[str], situations: Sequence[str], scores: ArrayLike, *, margin: float = 0.01
) -> Mapping[str, list[str]]:
    """Name for each situation the methods between which the data do not decide, the best mean first.

    Parameters
    ----------
    methods, situations : sequences of str
    scores : (methods, situations, seeds), NaN where there is no run
    margin : float >= 0, as for :func:`best_within`

    Returns
    -------
    dict of situation to list of methods

    Raises
    ------
    ValueError
        As :func:`best_within`.

    Examples
    --------
    >>> decision_table(["mean", "product"], ["noisy"], [[[0.2, 0.3, 0.2]], [[0.5, 0.7, 0.6]]])
    {'noisy': ['product']}

    Lesson: 17_choosing_a_fusion
    """
    table = np.asarray(scores, np.float64)
    marked = best_within(table, margin=margin)
    chosen = {}
    for column, name in enumerate(situations):
        means = {int(m): float(np.nanmean(table[m, column])) for m in np.flatnonzero(marked[:, column])}
        chosen[name] = [methods[m] for m in sorted(means, key=lambda m: -means[m])]
    return chosen
