"""How far to trust a number: the calibration of probabilities, and the interval around a score."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from mmseg_edu.preprocess.arguments import (
    ROUNDING,
    as_array,
    as_reals,
    checked_function,
    checked_number,
    checked_whole,
    is_finite,
    is_whole,
    shown,
)
from mmseg_edu.preprocess.image.inputs import generator

# No more than there are pixels in most data sets.
_MOST_BINS = 2**30


def reliability_curve(
    truth: ArrayLike, probabilities: ArrayLike, *, bins: int = 15
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    r"""Sort pixels by how sure the model is of its best class, and see how often it is right.

    .. math:: B_b = \left\{ x : \frac{b}{m} < \max_k p_{xk} \le \frac{b + 1}{m} \right\},
              \qquad b = 0, \dots, m - 1

    Parameters
    ----------
    truth : (...), integers in 0 .. K - 1
        True classes.
    probabilities : (..., K), in [0, 1]
        What the model says.
    bins : m >= 1
        Number of bins of equal width over [0, 1].

    Returns
    -------
    (confidence, accuracy, count) : arrays (bins,)
        The mean confidence and the accuracy of each bin (NaN where a bin is empty), and its number of pixels.

    Raises
    ------
    ValueError
        If the shapes do not fit, there is no pixel, a label is none of the K classes, a value is not a
        probability, or bins is below 1.
    TypeError
        If the labels are not integers, or bins is not a whole number.

    Notes
    -----
    A pixel at which all K values are 0 falls into the first bin. Of classes that tie for the best, the first
    counts.

    Examples
    --------
    >>> confidence, accuracy, count = reliability_curve([0, 1], [[0.9, 0.1], [0.8, 0.2]], bins=2)
    >>> float(accuracy[1]), int(count[1])
    (0.5, 2)

    Lesson: 06_measuring_a_mask
    """
    labels, maps = _checked(truth, probabilities)
    if not is_whole(bins):
        raise TypeError(f"bins must be an integer, got {shown(bins)}: 15 is usual")
    if not 1 <= bins <= _MOST_BINS:
        raise ValueError(f"bins must be at least 1, got {shown(bins)}: 15 is usual, {_MOST_BINS} the most")
    sure, right = maps.max(axis=-1).ravel(), (maps.argmax(axis=-1) == labels).ravel()
    edges = (
        np.arange(1, bins + 1) / bins
    )  # as (b + 1) / m is rounded, so that 0.7 belongs to the bin up to 7/10
    where = np.minimum(np.searchsorted(edges, sure), bins - 1)
    count = np.bincount(where, minlength=bins)
    size = np.where(count > 0, count, np.nan)
    return np.bincount(where, sure, bins) / size, np.bincount(where, right, bins) / size, count


def _checked(truth: ArrayLike, probabilities: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    labels, maps = as_array("truth", truth), as_reals("probabilities", probabilities)
    if maps.ndim < 1 or labels.shape != maps.shape[:-1] or maps.size == 0:
        raise ValueError(
            f"truth must have shape (...) and probabilities (..., K), got {labels.shape} and {maps.shape}"
        )
    if labels.dtype.kind not in "biu":
        raise TypeError(f"truth must hold class indices (integers), got {labels.dtype}")
    if labels.min() < 0 or labels.max() >= maps.shape[-1]:
        raise ValueError(
            f"truth must lie in 0 .. {maps.shape[-1] - 1}, got {labels.min()} .. {labels.max()}: "
            "leave pixels without a label out"
        )
    if not (maps.min() >= 0 and maps.max() <= 1 + ROUNDING):  # written so that NaN is refused too
        raise ValueError(
            f"probabilities must lie in [0, 1], got values from {maps.min():.3g} to {maps.max():.3g}: "
            "turn scores (logits) into probabilities with a softmax first"
        )
    return labels.astype(np.intp), maps


def expected_calibration_error(truth: ArrayLike, probabilities: ArrayLike, *, bins: int = 15) -> float:
    r"""Return the mean gap between how sure a model is and how often it is right.

    .. math:: \text{ECE} = \sum_{b=1}^{m} \frac{|B_b|}{N}
              \left| \text{accuracy}(B_b) - \text{confidence}(B_b) \right|

    Parameters
    ----------
    truth : (...), integers in 0 .. K - 1
        True classes.
    probabilities : (..., K), in [0, 1]
        What the model says. Only its largest value counts.
    bins : m >= 1
        Number of bins of equal width (see :func:`reliability_curve`).

    Returns
    -------
    float in [0, 1]
        0 for a model that is right 80 % of the time when it says 0.8. Empty bins count for nothing.

    Raises
    ------
    ValueError, TypeError
        As :func:`reliability_curve` does.

    References
    ----------
    Guo, Pleiss, Sun, Weinberger (2017), On calibration of modern neural networks, ICML, equation 3.

    Examples
    --------
    A model that says 0.9 and is right every second time:

    >>> round(expected_calibration_error([0, 1], [[0.9, 0.1], [0.9, 0.1]]), 3)
    0.4

    Lesson: 06_measuring_a_mask
    """
    confidence, accuracy, count = reliability_curve(truth, probabilities, bins=bins)
    return float(np.nansum(count * np.abs(accuracy - confidence)) / count.sum())


def brier_score(truth: ArrayLike, probabilities: ArrayLike) -> float:
    r"""Return the mean squared distance between what a model says and what is true.

    .. math:: \text{Brier} = \frac{1}{N} \sum_{x} \sum_{k} \left( p_{xk} - [k = l_x] \right)^2

    Parameters
    ----------
    truth : l (...), integers in 0 .. K - 1
        True classes.
    probabilities : (..., K), in [0, 1], each sums to 1
        What the model says.

    Returns
    -------
    float in [0, 2]
        0 for all on the true class, 2 for all on a wrong one, 1 - 1 / K for equal shares.

    Raises
    ------
    ValueError
        If the shapes do not fit, there is no pixel, a label is none of the K classes, a value is not a
        probability, or the values of some pixel do not sum to 1.
    TypeError
        If the labels are not integers.

    Notes
    -----
    A proper score: whoever believes q expects the least by saying q. With two classes it is twice the squared
    error of one of them, which is what some books call by this name.

    References
    ----------
    Brier (1950), Verification of forecasts expressed in terms of probability, Monthly Weather Review 78(1).

    Examples
    --------
    Right with 0.8, then wrong with 0.8:

    >>> round(brier_score([0], [[0.8, 0.2]]), 2), round(brier_score([1], [[0.8, 0.2]]), 2)
    (0.08, 1.28)

    Lesson: 09_product_fusion
    """
    labels, maps = _checked_opinions(truth, probabilities)
    true = np.take_along_axis(maps, labels[..., None], axis=-1)[..., 0]
    return float(((maps**2).sum(axis=-1) - true**2 + (1 - true) ** 2).mean())


def log_score(truth: ArrayLike, probabilities: ArrayLike) -> float:
    r"""Return the mean surprise at the true class, minus the logarithm of what the model gave it.

    .. math:: \text{log score} = -\frac{1}{N} \sum_{x} \log p_{x, l_x}

    Parameters
    ----------
    truth : l (...), integers in 0 .. K - 1
        True classes.
    probabilities : (..., K), in [0, 1], each sums to 1
        What the model says.

    Returns
    -------
    float >= 0
        0 for all on the true class, log K for equal shares, infinite if some true class was given 0.

    Raises
    ------
    ValueError
        If the shapes do not fit, there is no pixel, a label is none of the K classes, a value is not a
        probability, or the values of some pixel do not sum to 1.
    TypeError
        If the labels are not integers.

    Notes
    -----
    A proper score, in nats; networks are trained on it by the name of cross-entropy. One zero outweighs
    everything else: clip first, and by how much then decides the score.

    References
    ----------
    Good (1952), Rational decisions, Journal of the Royal Statistical Society B 14(1).

    Examples
    --------
    Right with 0.8, then wrong with 0.8:

    >>> round(log_score([0], [[0.8, 0.2]]), 2), round(log_score([1], [[0.8, 0.2]]), 2)
    (0.22, 1.61)

    Lesson: 09_product_fusion
    """
    labels, maps = _checked_opinions(truth, probabilities)
    true = np.minimum(np.take_along_axis(maps, labels[..., None], axis=-1), 1)
    with np.errstate(divide="ignore"):  # log 0 is an infinite surprise
        return float(-np.log(true).mean())


def _checked_opinions(truth: ArrayLike, probabilities: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    labels, maps = _checked(truth, probabilities)
    given, sums = np.asarray(probabilities).dtype, maps.sum(axis=-1)
    coarse = float(np.finfo(given).eps) if given.kind == "f" else 0.0
    worst = sums.flat[np.argmax(np.abs(sums - 1))]
    if abs(worst - 1) > max(ROUNDING, maps.shape[-1] * coarse):  # fifths in float16 sum to 0.9998
        raise ValueError(
            f"the probabilities of a pixel must sum to 1, got a sum of {worst:.6g}: divide by their sum"
        )
    return labels, maps


def bootstrap_interval(
    values: ArrayLike,
    seed: int | np.random.Generator,
    *,
    statistic: Callable[[np.ndarray], float] | None = None,
    level: float = 0.95,
    draws: int = 1000,
) -> tuple[float, float]:
    r"""Estimate how far a score would move on other pictures by drawing the pictures again, with replacement.

    .. math:: \left[ Q_{(1 - c)/2}, \; Q_{(1 + c)/2} \right] \text{ of } s(x_{i_1}, \dots, x_{i_N}),
              \qquad i_j \text{ drawn from } 1 \dots N

    Parameters
    ----------
    values : (N, ...)
        One entry a picture: a score, or the confusion matrix (K, K) that a data-set score is made of.
    seed : int or numpy.random.Generator
        Where the draws come from.
    statistic : callable (array (N, ...)) -> number, optional
        The score of a drawn data set, such as ``lambda c: np.nanmean(class_iou(c.sum(axis=0)))`` for
        matrices. None means the mean over everything.
    level : c in (0, 1)
        The share of the draws that the interval holds.
    draws : >= 1
        How often to draw.

    Returns
    -------
    (low, high) : floats
        The percentile interval. A single picture gives an interval of width 0, which says nothing.

    Raises
    ------
    ValueError
        If there are no values, level or draws is out of range, or a draw has no finite score.

    Notes
    -----
    Draw whole pictures, never pixels: neighbours are copies of each other, and the interval of a million
    pixels from ten pictures would be far too narrow. Frames of one clip belong together for the same reason.

    References
    ----------
    Efron (1979), Bootstrap methods: another look at the jackknife, Annals of Statistics 7(1).

    Examples
    --------
    >>> low, high = bootstrap_interval([0.2, 0.4, 0.6, 0.8], seed=0)
    >>> low < 0.5 < high
    True

    Lesson: 06_measuring_a_mask
    """
    pictures = as_reals("values", values)
    if pictures.ndim == 0 or len(pictures) == 0:
        raise ValueError(f"values must hold at least one picture, shape (N, ...), got shape {pictures.shape}")
    if not (is_finite(level) and 0 < level < 1):
        raise ValueError(f"level must lie in (0, 1), got {shown(level)}: 0.95 is usual")
    checked_whole("draws", draws, "1000 is usual")
    rng = generator(seed)
    score = np.mean if statistic is None else checked_function("statistic", statistic, "try np.mean")
    drawn = rng.integers(len(pictures), size=(draws, len(pictures)))
    with np.errstate(over="ignore", invalid="ignore"):
        given = [score(pictures[which]) for which in drawn]
    scores = np.array([checked_number("what statistic gives", one, "return float(...)") for one in given])
    if not np.isfinite(scores).all():
        raise ValueError(
            "every draw must have a finite score, got NaN: use statistic=np.nanmean or empty=1.0"
        )
    low, high = np.quantile(scores, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
