"""Ranks and votes: the largest, the smallest, the middle opinion, and the majority."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from mmseg_edu.fusion.arrays import (
    Array,
    check_not_vetoed,
    check_probabilities,
    library_of,
    posterior_from_logs,
    posterior_from_scores,
    prior_like,
    stack,
)


def _probabilities(probabilities: Sequence[Array] | Array, prior: Array | None) -> tuple[Any, Array, Array]:
    lib = library_of(probabilities, prior)
    values = stack(probabilities, lib)
    check_probabilities(values)
    return lib, values, prior_like(prior, values, lib)


def _sum_rule(middle: Array, values: Array, prior: Array, lib: Any) -> Array:
    # The sum rule (1 - n) P + sum_i p_i with each p_i replaced by the representative `middle`. Taking off the
    # constant (1 - n) / K changes no decision and lets a uniform prior drop out altogether.
    count = values.shape[0]
    scores = count * middle + (1 - count) * (prior - 1.0 / prior.shape[-1])
    none, possible = lib.zeros_like(scores), lib.max(values, axis=0) > 0
    known = lib.max(middle, axis=-1, keepdims=True) > 0  # else the rarest class would win unseen
    return posterior_from_scores(lib.where(known & possible, lib.maximum(scores, none), none), lib)


def maximum(probabilities: Sequence[Array] | Array, prior: Array | None = None) -> Array:
    r"""Believe, class by class, the modality that is most sure of it (the max rule).

    .. math:: F_k \;\propto\; \left[ n \max_i P(k \mid f_i) + (1-n) \left(P(k) - \tfrac1K\right) \right]_+

    Parameters
    ----------
    probabilities : n arrays (..., K), or one array (n, ..., K); in [0, 1], each summing to 1 over K
        The posterior of each modality.
    prior : (K,) or (..., K), in (0, 1], sums to 1, optional
        How common each class is. None means that all are equally common, and leaves the plain maximum.

    Returns
    -------
    array (..., K)
        The fused posterior; sums to 1 over K.

    Raises
    ------
    ValueError
        If the shapes differ, a value is not a probability, or the prior is not one.

    Notes
    -----
    The source has (1 - n) P(k) + n max; the constant (1 - n) / K taken off here changes no decision. Negative
    scores count as 0, and so does a class to which every modality gives 0, however rare it is. One modality
    that is overconfident decides alone.

    References
    ----------
    Kittler, Hatef, Duin, Matas (1998), On combining classifiers, TPAMI 20(3): the max rule.

    Examples
    --------
    >>> maximum([[0.9, 0.1], [0.4, 0.6]])
    array([0.6, 0.4])

    Lesson: 09_product_fusion
    """
    lib, values, prior = _probabilities(probabilities, prior)
    return _sum_rule(lib.max(values, axis=0), values, prior, lib)


def minimum(probabilities: Sequence[Array] | Array, prior: Array | None = None) -> Array:
    r"""Believe, class by class, the modality that is least sure of it (the min rule): a mild form of veto.

    .. math:: F_k \;\propto\; P(k)^{1-n} \min_i P(k \mid f_i)

    Parameters
    ----------
    probabilities : n arrays (..., K), or one array (n, ..., K); in [0, 1], each summing to 1 over K
        The posterior of each modality.
    prior : (K,) or (..., K), in (0, 1], sums to 1, optional
        How common each class is. None means that all are equally common.

    Returns
    -------
    array (..., K)
        The fused posterior; sums to 1 over K.

    Raises
    ------
    ValueError
        If the shapes differ, a value is not a probability, the prior is not one, or somewhere every class is
        vetoed.

    Notes
    -----
    Zeros are treated as in :func:`product`. With two classes, opinions that sum to 1 and a uniform prior it
    decides as :func:`maximum` does.

    References
    ----------
    Kittler, Hatef, Duin, Matas (1998), On combining classifiers, TPAMI 20(3): the min rule.

    Examples
    --------
    >>> minimum([[0.9, 0.1], [0.3, 0.7]])
    array([0.75, 0.25])

    Lesson: 09_product_fusion
    """
    lib, values, prior = _probabilities(probabilities, prior)
    with np.errstate(divide="ignore"):  # log 0 = -inf is the veto
        logs = lib.log(lib.min(values, axis=0))
    return posterior_from_logs(logs + (1 - values.shape[0]) * lib.log(prior), lib)


def median(probabilities: Sequence[Array] | Array, prior: Array | None = None) -> Array:
    r"""Believe the middle opinion of each class (the median rule): a mean that ignores one outlier.

    .. math:: F_k \;\propto\; \left[ n \operatorname{med}_i P(k \mid f_i)
              + (1-n) \left(P(k) - \tfrac1K\right) \right]_+

    Parameters
    ----------
    probabilities : n arrays (..., K), or one array (n, ..., K); in [0, 1], each summing to 1 over K
        The posterior of each modality.
    prior : (K,) or (..., K), in (0, 1], sums to 1, optional
        How common each class is. None means that all are equally common, and leaves the plain median.

    Returns
    -------
    array (..., K)
        The fused posterior; sums to 1 over K.

    Raises
    ------
    ValueError
        If the shapes differ, a value is not a probability, the prior is not one, or somewhere all medians are
        0 or no class that a modality allows has a positive score.

    Notes
    -----
    The constant (1 - n) / K is taken off, and a class to which every modality gives 0 counts as 0, as in
    :func:`maximum`. With two modalities that sum to 1 and no prior it is the mean. Three modalities that are
    certain of three classes have medians of 0: arrays raise an error, tensors hold NaN.

    References
    ----------
    Kittler, Hatef, Duin, Matas (1998), On combining classifiers, TPAMI 20(3): the median rule.

    Examples
    --------
    >>> median([[0.8, 0.2], [0.7, 0.3], [0.0, 1.0]])
    array([0.7, 0.3])

    Lesson: 09_product_fusion
    """
    lib, values, prior = _probabilities(probabilities, prior)
    return _sum_rule(lib.median(values, axis=0), values, prior, lib)


def majority(probabilities: Sequence[Array] | Array, prior: Array | None = None) -> Array:
    r"""Let every modality vote for its best class and count the votes (the majority rule).

    .. math:: F_k \;\propto\; \left[ \sum_i \Delta_{ki} + (1-n) \left(P(k) - \tfrac1K\right) \right]_+
              \qquad \Delta_{ki} = 1 \text{ if } k = \operatorname{argmax}_j P(j \mid f_i), \text{ else } 0

    Parameters
    ----------
    probabilities : n arrays (..., K), or one array (n, ..., K); in [0, 1]
        The posterior of each modality. Only its largest entry counts.
    prior : (K,) or (..., K), in (0, 1], sums to 1, optional
        How common each class is. None means that all are equally common, and leaves the shares of the votes.

    Returns
    -------
    array (..., K)
        The share of the votes of each class; sums to 1 over K.

    Raises
    ------
    ValueError
        If the shapes differ, a value is not a probability, the prior is not one, or somewhere a modality gives
        every class 0.

    Notes
    -----
    A modality whose best classes tie splits its vote among them, so that one without an opinion favours
    nobody. The prior's term is that of the sum rule, from which the source derives the vote. A class to which
    every modality gives 0 gets 0.

    References
    ----------
    Kittler, Hatef, Duin, Matas (1998), On combining classifiers, TPAMI 20(3): the majority vote rule.

    Examples
    --------
    >>> majority([[0.6, 0.4], [0.9, 0.1], [0.3, 0.7], [0.5, 0.5]])
    array([0.625, 0.375])

    Lesson: 09_product_fusion
    """
    lib, values, prior = _probabilities(probabilities, prior)
    most = lib.max(values, axis=-1, keepdims=True)
    if isinstance(most, np.ndarray):
        check_not_vetoed(most.min(axis=0) == 0, values.shape[-1])
    best = lib.equal(values, most)
    ballots = lib.where(best, lib.ones_like(values), lib.zeros_like(values))
    votes = lib.mean(ballots / lib.sum(ballots, axis=-1, keepdims=True), axis=0)
    return _sum_rule(votes, values, prior, lib)
