"""Fit the few numbers of a fusion rule (alpha, T) to labelled pixels. NumPy only."""

from collections.abc import Callable, Sequence
from itertools import combinations
from math import comb, inf

import numpy as np
from numpy.typing import ArrayLike

from mmseg_edu.fusion.arrays import Array, check_probabilities, check_simplex, stack, widen
from mmseg_edu.fusion.reliability import COLDEST, HOTTEST
from mmseg_edu.preprocess.arguments import (
    MOST_NUMBERS,
    as_array,
    checked_function,
    is_finite,
    is_whole,
    shown,
)

_MOST_POINTS = 100_000


def _labelled(probabilities: Sequence[Array] | Array, labels: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    if not isinstance(probabilities, list | tuple):
        probabilities = as_array("probabilities", probabilities)
        if probabilities.ndim == 0:
            raise ValueError("probabilities must be n arrays of shape (..., K), got one value: pass a list")
    values = stack([as_array("probabilities", p) for p in probabilities], np)
    check_probabilities(values)
    truth = as_array("labels", labels)
    if truth.shape != values.shape[1:-1]:
        raise ValueError(
            f"labels must have shape {values.shape[1:-1]} to match the opinions, got {truth.shape}"
        )
    if not np.issubdtype(truth.dtype, np.integer) or truth.size == 0:
        raise ValueError(
            f"labels must be class indices, at least one, got {truth.size} of type {truth.dtype}"
        )
    if truth.min() < 0 or truth.max() >= values.shape[-1]:
        raise ValueError(
            f"labels must lie in 0 .. {values.shape[-1] - 1}, got {truth.min()} .. {truth.max()}: "
            "leave pixels without a label out"
        )
    return values, truth


def _check_possible(likelihood: np.ndarray) -> None:
    if not (likelihood > 0).all():
        raise ValueError(
            f"the true class has probability 0 at {(likelihood == 0).sum()} of "
            f"{likelihood.size} pixels, which no setting explains: raise the zeros first with "
            "clip(probabilities, floor)"
        )


def _log_score(truth: np.ndarray, fused: np.ndarray) -> float:
    likelihood = np.take_along_axis(fused, truth[..., None].astype(np.intp), axis=-1)
    with np.errstate(divide="ignore"):
        return float(np.log(likelihood).mean())


def simplex_grid(n: int, steps: int = 20) -> np.ndarray:
    r"""List all alphas of n modalities whose entries are multiples of 1 / steps.

    .. math:: \left\{ \alpha : \alpha_i \in \{0, \tfrac{1}{s}, \dots, 1\}, \; \sum_i \alpha_i = 1 \right\}

    Parameters
    ----------
    n : >= 1
        Number of modalities.
    steps : >= 1
        Steps along an edge of the simplex.

    Returns
    -------
    array (G, n)
        G = binomial(steps + n - 1, n - 1) alphas, the first modality's weight rising.

    Raises
    ------
    ValueError
        If n or steps is below 1, or the grid would have more than 100,000 points.

    Examples
    --------
    >>> simplex_grid(2, steps=2)
    array([[0. , 1. ], [0.5, 0.5], [1. , 0. ]])

    Lesson: 08_weighted_fusion
    """
    if not (is_whole(n) and is_whole(steps) and n >= 1 and steps >= 1):
        raise ValueError(f"n and steps must be at least 1, got n = {shown(n)} and steps = {shown(steps)}")
    # More steps or modalities than points have more points still, and the exact number takes long to work out.
    points = comb(steps + n - 1, n - 1) if max(n, steps) <= _MOST_POINTS else max(n, steps)
    if points > _MOST_POINTS:
        raise ValueError(
            f"the grid would have {shown(points)} points, the most is "
            f"{_MOST_POINTS}: take fewer steps, or "
            "fit_alpha_gradient"
        )
    bars = np.array(list(combinations(range(steps + n - 1), n - 1)), dtype=int).reshape(points, n - 1)
    ends = np.full((points, 1), steps + n - 1)
    return (np.diff(np.hstack([np.full((points, 1), -1), bars, ends])) - 1) / steps


def fit_alpha_grid(
    probabilities: Sequence[Array] | Array,
    labels: ArrayLike,
    *,
    steps: int = 20,
    score: Callable[[np.ndarray, np.ndarray], float] | None = None,
) -> np.ndarray:
    r"""Try every alpha of a grid on the simplex and keep the best.

    .. math:: \hat\alpha = \operatorname{argmax}_{\alpha \in \text{grid}}
              \operatorname{score}\left(l, \sum_i \alpha_i f_i\right)

    Parameters
    ----------
    probabilities : n arrays (..., K), or one array (n, ..., K); in [0, 1]
        What each modality says about labelled pixels.
    labels : (...), integers in 0 .. K - 1
        The true class of each pixel.
    steps : >= 1
        Steps of the grid along an edge of the simplex (see :func:`simplex_grid`).
    score : callable (labels, fused of shape (..., K)) -> number, optional
        What to maximise, such as ``lambda truth, fused: mean_iou(truth, fused.argmax(-1), 5)``. None means
        the mean logarithm of the probability given to the true class.

    Returns
    -------
    array (n,)
        The best alpha; among equals the first in the grid's order. Scores that are not finite do not count.

    Raises
    ------
    ValueError
        If shapes or labels do not fit, or no alpha of the grid has a finite score.

    Examples
    --------
    >>> sure, vague = [[0.9, 0.1], [0.2, 0.8]], [[0.5, 0.5], [0.5, 0.5]]
    >>> fit_alpha_grid([sure, vague], [0, 1])
    array([1., 0.])

    Lesson: 08_weighted_fusion
    """
    values, truth = _labelled(probabilities, labels)
    score = _log_score if score is None else checked_function("score", score, "give it labels and opinions")
    best, best_score = None, -inf
    for alpha in simplex_grid(len(values), steps):
        now = score(truth, np.tensordot(alpha, values, axes=1))
        if np.ndim(now) or np.asarray(now).dtype.kind not in "fiub":
            raise TypeError(f"score must give one number, got {shown(now)}: return float(...)")
        if best_score < now < inf:
            best, best_score = alpha, now
    if best is None:
        raise ValueError(
            "score must be finite for an alpha, got NaN or infinity only, no alpha of the grid has a finite score: "
            "raise zeros first with clip(probabilities, floor)"
        )
    return best


def fit_alpha_gradient(
    probabilities: Sequence[Array] | Array,
    labels: ArrayLike,
    *,
    per_class: bool = False,
    steps: int = 300,
    rate: float = 1.0,
) -> np.ndarray:
    r"""Learn alpha by gradient descent on the cross-entropy; a softmax keeps it on the simplex.

    .. math:: \alpha = \operatorname{softmax}(\theta), \qquad
              L(\theta) = -\frac{1}{M} \sum_{m=1}^{M} \log \frac{F_{m, l_m}}{\sum_k F_{mk}}, \qquad
              F_{mk} = \sum_i \alpha_{ik} f_{imk}

    Parameters
    ----------
    probabilities : n arrays (..., K), or one array (n, ..., K); in [0, 1]
        What each modality says about labelled pixels.
    labels : (...), integers in 0 .. K - 1
        The true class of each pixel.
    per_class : bool
        Learn one alpha a class instead of one for all.
    steps : >= 1
        The most steps to take; it stops earlier once a step changes the loss by less than one part in a
        billion.
    rate : > 0
        Length of the first step. It grows while the loss falls; a step that would raise the loss is taken
        back.

    Returns
    -------
    array (n,), or (n, K) with per_class
        alpha, at least 0, summing to 1 over the first axis.

    Raises
    ------
    ValueError
        If shapes or labels do not fit, all modalities give some pixel's true class probability 0, steps is
        below 1 or rate is not above 0.

    Notes
    -----
    It starts from equal weights, where the loss is that of :func:`mean`, and never gets worse. With one alpha
    for all classes, and opinions that each sum to 1 over K, the sum under the logarithm is 1 and the loss is
    convex in alpha: no valley but the deepest. Its bottom may be flat: two modalities that say the same share
    their weight in any way, and equal weights stay as they are. With opinions of other sums, or one alpha a
    class, the loss need not be convex, and another start may end elsewhere. A corner of the simplex is
    approached; after many steps the other weights may be as small as rounding.

    Examples
    --------
    >>> sure, vague = [[0.9, 0.1], [0.2, 0.8]], [[0.5, 0.5], [0.5, 0.5]]
    >>> bool(fit_alpha_gradient([sure, vague], [0, 1])[0] > 0.98)
    True

    Lesson: 08_weighted_fusion
    """
    from scipy.special import softmax

    if not (is_whole(steps) and 1 <= steps <= MOST_NUMBERS and is_finite(rate) and rate > 0):
        raise ValueError(
            f"steps must be at least 1 and rate finite and above 0, got steps = {shown(steps)} and rate "
            f"= {shown(rate)}: "
            "leave them out for 300 and 1"
        )
    values, truth = _labelled(probabilities, labels)
    n, classes = values.shape[0], values.shape[-1]
    values, truth = values.reshape(n, -1, classes).astype(np.float64), truth.reshape(-1)
    _check_possible(values[:, np.arange(truth.size), truth].max(axis=0))
    if not per_class:  # one alpha needs only what goes to the true class and what goes elsewhere
        true = values[:, np.arange(truth.size), truth]
        values, truth = np.stack([true, values.sum(axis=-1) - true], axis=-1), np.zeros_like(truth)
    theta = np.zeros((n, classes if per_class else 1))
    loss, slope = _loss_and_slope(theta, values, truth)
    for _ in range(steps):
        step = theta - rate * slope
        with np.errstate(all="ignore"):  # a step far too long gives an infinite loss and is taken back
            new_loss, new_slope = _loss_and_slope(step, values, truth)
        if not new_loss <= loss:
            rate /= 2
            continue
        done = loss - new_loss < 1e-9 * abs(loss)
        theta, loss, slope, rate = step, new_loss, new_slope, rate * 1.5
        if done:
            break
    alpha = softmax(theta, axis=0)
    return alpha if per_class else alpha[:, 0]


def _loss_and_slope(theta: np.ndarray, values: np.ndarray, truth: np.ndarray) -> tuple[float, np.ndarray]:
    from scipy.special import softmax

    alpha = softmax(theta, axis=0)
    fused = (alpha[:, None, :] * values).sum(axis=0)
    pixels = np.arange(truth.size)
    true, total = fused[pixels, truth], fused.sum(axis=-1)
    by_fused = np.repeat(1 / total[:, None], values.shape[-1], axis=1)
    by_fused[pixels, truth] -= 1 / true
    by_alpha = np.einsum("mk,nmk->nk", by_fused, values) / truth.size
    if alpha.shape[1] == 1:
        by_alpha = by_alpha.sum(axis=1, keepdims=True)
    by_theta = alpha * (by_alpha - (alpha * by_alpha).sum(axis=0))
    return float(np.log(total / true).mean()), by_theta


def fit_temperature(
    probabilities: Array, labels: ArrayLike, *, low: float = 0.05, high: float = 20.0
) -> float:
    r"""Find the temperature at which an expert is as sure as it is right (temperature scaling).

    .. math:: \hat T = \operatorname{argmin}_T \; -\frac{1}{M} \sum_{m=1}^{M} \sum_k q_{mk} \log p_{mk}(T)

    Parameters
    ----------
    probabilities : (..., K), in [0, 1]
        What one modality says about labelled pixels.
    labels : (...), integers in 0 .. K - 1; or (..., K), floating point, >= 0, each sums to 1
        The true class of each pixel, q being 1 there and 0 elsewhere; or q itself, such as the share of each
        class in a picture.
    low, high : in [1e-30, 1e30], low < high
        The range to search.

    Returns
    -------
    float in [low, high]
        T, for :func:`temperature`: above 1 if the expert was too sure of itself. An expert whose most probable
        class is the true one everywhere gets ``low``. One who is no better than chance, whose true classes
        get on average no more log-probability than all classes do, gets ``high``; so does one who says the
        same of every class, of whom every temperature makes the same.

    Raises
    ------
    ValueError
        If shapes or labels do not fit, the range is empty or leaves [1e-30, 1e30], or a true class (one whose
        q is above 0) is given probability 0.

    Notes
    -----
    The loss is convex in b = 1 / T, and T is where its slope, the mean over the pixels of
    :math:`\sum_k (p_k(T) - q_k) \log p_k`, is zero. Of temperatures that are equally good, the highest is
    taken, since it claims least; only if the expert puts everything on the true classes, then ``low``.

    References
    ----------
    Guo, Pleiss, Sun, Weinberger (2017), On calibration of modern neural networks, ICML.

    Examples
    --------
    An expert who says 0.9 and is right three times in four:

    >>> says = [[0.9, 0.1]] * 4
    >>> round(fit_temperature(says, [0, 0, 0, 1]), 2)
    2.0

    The same in shares:

    >>> round(fit_temperature([[0.9, 0.1]], [[0.75, 0.25]]), 2)
    2.0

    Lesson: 09_product_fusion
    """
    from scipy.optimize import brentq
    from scipy.special import softmax

    if not (is_finite(low) and is_finite(high) and COLDEST <= low < high <= HOTTEST):
        raise ValueError(
            f"low and high must satisfy {COLDEST:g} <= low < high <= {HOTTEST:g}, got low = {shown(low)} "
            f"and high = {shown(high)}"
        )
    values, shares = _with_shares(as_array("probabilities", probabilities), labels)
    if ((values > 0).sum(axis=-1) == 1).all():
        return float(low)
    with np.errstate(divide="ignore"):
        logs = np.log(widen(values, np))
    true = (shares * np.where(shares > 0, logs, 0)).sum(axis=-1, keepdims=True)

    def slope(log_t: float) -> float:
        tempered = softmax(logs / np.exp(log_t), axis=-1)
        surprise = np.where(tempered > 0, true - logs, 0)  # 0 times log 0 is 0
        return -float((tempered * surprise).sum(axis=-1).mean())

    if slope(np.log(high)) > -8 * float(np.finfo(values.dtype).eps):  # less than that is rounding
        return float(high)
    if slope(np.log(low)) <= 0:
        return float(low)
    return float(np.exp(brentq(slope, float(np.log(low)), float(np.log(high)))))


def _with_shares(probabilities: np.ndarray, labels: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return the opinions (..., K) and the share (..., K) that each class has in the truth, both checked."""
    given = as_array("labels", labels)
    if given.dtype.kind != "f" or given.shape != probabilities.shape:
        (values,), truth = _labelled([probabilities], labels)
        shares = np.eye(values.shape[-1])[truth]
    else:
        values = stack([probabilities], np)[0]
        check_probabilities(values)
        check_simplex(given, "labels in shares", -1, "divide them by labels.sum(axis=-1, keepdims=True)")
        shares = given.astype(np.float64)
    _check_possible(np.where(shares > 0, values, 1).min(axis=-1))
    return values, shares
