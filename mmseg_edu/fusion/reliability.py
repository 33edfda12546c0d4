"""Reliability: teach an expert humility (clip, temperature) and weigh it by its noise (inverse variance)."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from mmseg_edu.fusion.arrays import (
    Array,
    check_probabilities,
    floats,
    is_tensor,
    library_of,
    posterior_from_logs,
    posterior_from_scores,
    widen,
)
from mmseg_edu.preprocess.arguments import is_finite, shown

COLDEST, HOTTEST = 1e-30, 1e30  # the logs of floats, down to -745, divided by these are floats again


def _opinion(probabilities: Sequence[Array] | Array, lib: Any) -> Array:
    listed = isinstance(probabilities, list | tuple) and any(map(is_tensor, probabilities))
    values = floats(lib.stack(probabilities) if listed else probabilities, lib)
    if len(values.shape) == 0 or values.shape[-1] == 0:
        got = "one number" if len(values.shape) == 0 else f"shape {tuple(values.shape)}"
        raise ValueError(f"probabilities must have shape (..., K), got {got}: pass one probability a class")
    check_probabilities(values)
    return values


def temperature(probabilities: Array, T: Array) -> Array:
    r"""Make an expert less sure (T > 1) or more sure (T < 1) of itself without changing its ranking.

    .. math:: p_k(T) = \frac{p_k^{1/T}}{\sum_j p_j^{1/T}}
              = \operatorname{softmax}_k\left(\frac{\log p_k}{T}\right)

    Parameters
    ----------
    probabilities : (..., K), in [0, 1]
        The opinion of one expert, or several stacked.
    T : in [1e-30, 1e30]; a number, or an array that broadcasts, such as (n, 1, 1, 1) for stacked experts
        The temperature. 1 changes nothing (but divides by the sum).

    Returns
    -------
    array (..., K), of the type of the probabilities
        The tempered posterior; sums to 1 over K. T to infinity gives equal shares to all classes above 0, T
        to 0 the most probable class, or equal shares to those that tie for it.

    Raises
    ------
    ValueError
        If T is outside [1e-30, 1e30] (in a tensor, which cannot raise, it is not looked at), a value is not a
        probability, or somewhere all K values are 0.

    Notes
    -----
    A probability of exactly 0 stays 0 at every temperature: :func:`clip` first. The answer is computed in
    float64 where there is one, since a small T magnifies what is lost in a logarithm.

    References
    ----------
    Guo, Pleiss, Sun, Weinberger (2017), On calibration of modern neural networks, ICML.

    Examples
    --------
    >>> temperature([0.8, 0.2], 2.0).round(3)
    array([0.667, 0.333])

    Lesson: 09_product_fusion
    """
    lib = library_of(probabilities, T)
    given = _opinion(probabilities, lib)
    T = floats(T, library_of(T))
    _check_temperature(T)
    if not _fits(tuple(T.shape), tuple(given.shape)):
        raise ValueError(
            f"T must be a number, or fit the opinions {tuple(given.shape)} axis by axis, got {tuple(T.shape)}: give "
            "n experts T of shape (n, 1, ..., 1)"
        )
    values = widen(given, lib)
    with np.errstate(divide="ignore"):  # log 0 = -inf stays a veto
        logs = lib.log(values)
    return floats(posterior_from_logs(logs / floats(T, lib, values.dtype), lib), lib, given.dtype)


def _fits(shape: tuple[int | None, ...], target: tuple[int | None, ...]) -> bool:
    """Say whether an array of that shape stands beside one of the target's without making it any larger."""
    pairs = zip(shape[::-1], target[::-1], strict=False)
    return len(shape) <= len(target) and all(a == 1 or None in (a, b) or a == b for a, b in pairs)


def _check_temperature(T: Array) -> None:
    if not isinstance(T, np.ndarray) or T.size == 0:
        return
    wrong = T[~((T >= COLDEST) & (T <= HOTTEST))]  # written so that NaN is refused too
    if wrong.size:
        raise ValueError(
            f"T must be a temperature in [{COLDEST:g}, {HOTTEST:g}], got {wrong.flat[0]:.3g}: "
            "1 leaves the opinion as it is"
        )


def clip(probabilities: Array, floor: float) -> Array:
    r"""Lift every probability to at least a floor, so that no expert can veto.

    .. math:: p'_k = \frac{\max(p_k, \varepsilon)}{\sum_j \max(p_j, \varepsilon)}

    Parameters
    ----------
    probabilities : (..., K), in [0, 1]
        The opinion of one expert, or several stacked.
    floor : in [0, 1 / K]
        The least that a class may get (before the division by the sum). 0 only divides by the sum.

    Returns
    -------
    array (..., K)
        The clipped posterior; sums to 1 over K. If the opinion did too, each value is at least
        floor / (1 + (K - 1) floor).

    Raises
    ------
    ValueError
        If the floor is outside [0, 1 / K], a value is not a probability, or with a floor of 0 somewhere all K
        values are 0.

    Notes
    -----
    An opinion that sums to 1 and is nowhere below the floor is not changed. All zeros become equal shares if
    the floor is above 0.

    Examples
    --------
    >>> clip([1.0, 0.0], 0.25)
    array([0.8, 0.2])

    Lesson: 09_product_fusion
    """
    lib = library_of(probabilities)
    values = _opinion(probabilities, lib)
    classes = values.shape[-1]
    if not (is_finite(floor) and 0 <= floor <= 1 / classes):
        raise ValueError(
            f"floor must lie in [0, 1/K] = [0, {1 / classes:.3g}], got {shown(floor)}: try 0.001"
        )
    return posterior_from_scores(lib.maximum(values, lib.full_like(values, floor)), lib)


def inverse_variance_weights(variances: Array) -> Array:
    r"""Weigh n unbiased, independent measurements so that their weighted mean has the least variance.

    .. math:: \alpha_i = \frac{1 / \sigma_i^2}{\sum_j 1 / \sigma_j^2}

    Parameters
    ----------
    variances : (n,) or (n, ...); >= 0
        The variance of each modality's error, one number each or one per pixel. Infinity marks a missing one.

    Returns
    -------
    array of the same shape
        alpha, in [0, 1], summing to 1 over the first axis: what :func:`weighted` takes.

    Raises
    ------
    ValueError
        If a variance is negative or NaN, or all n are infinite.

    Notes
    -----
    The proof takes two lines: minimise the variance sum a_i^2 v_i subject to sum a_i = 1; its Lagrange
    condition 2 a_i v_i = constant says that a_i is proportional to 1 / v_i. A variance of 0 takes all the
    weight, and several share it equally: the limit of one small variance that goes to 0 in all of them.

    Examples
    --------
    >>> inverse_variance_weights([1.0, 4.0])
    array([0.8, 0.2])

    Lesson: 08_weighted_fusion
    """
    lib = library_of(variances)
    values = floats(variances, lib)
    if len(values.shape) == 0 or 0 in tuple(values.shape):
        got = "one number" if len(values.shape) == 0 else f"shape {tuple(values.shape)}"
        raise ValueError(
            f"variances must have shape (n,) or (n, ...), none 0, got {got}: pass one variance a modality"
        )
    if isinstance(values, np.ndarray) and not (values >= 0).all():
        raise ValueError(f"variances must be >= 0, got {values.min():.3g}: square the standard deviations")
    least = lib.min(values, axis=0, keepdims=True)
    if isinstance(values, np.ndarray) and np.isposinf(least).any():
        raise ValueError(
            "at least one variance must be finite, got infinity for all: no modality is left to trust"
        )
    first = lib.equal(values, least)
    ratio = lib.where(first, lib.ones_like(values), least / lib.where(first, lib.ones_like(values), values))
    return ratio / lib.sum(ratio, axis=0, keepdims=True)
