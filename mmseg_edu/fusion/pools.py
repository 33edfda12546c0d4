"""Pools: the mean, the weighted mean, the product and the log pool of several opinions."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from mmseg_edu.fusion.arrays import (
    Array,
    check_finite,
    check_probabilities,
    check_simplex,
    floats,
    library_of,
    posterior_from_logs,
    prior_like,
    stack,
    weights_like,
    widen,
)
from mmseg_edu.preprocess.arguments import MOST_NUMBERS, is_whole

_MOST_WEIGHT = 1e30  # times the least log of a float, -745, it is far from where floats end


def mean(probabilities: Sequence[Array] | Array) -> Array:
    r"""Average the opinions of n modalities (linear pool with equal weights).

    .. math:: F(x) = \frac{1}{n} \sum_{i=1}^{n} f_i(x)

    Parameters
    ----------
    probabilities : n arrays (..., K), or one array (n, ..., K); probabilities, or features, finite
        What each modality says. All have one shape. Features should share a scale: the mean of a brightness
        in [0, 1] and an MFCC of -300 is half the MFCC, to within 0.5.

    Returns
    -------
    array (..., K)
        The mean. If every modality sums to 1 over K, so does the mean, up to rounding.

    Raises
    ------
    ValueError
        If there is no modality, the shapes differ, or a value is NaN or infinite.

    Notes
    -----
    One modality comes back unchanged, and so do n copies of it, up to rounding. The sum of the n values must
    be a number that their type can hold.

    References
    ----------
    Stone (1961), The opinion pool. Kittler, Hatef, Duin, Matas (1998), On combining classifiers, TPAMI 20(3),
    is the source of the sum rule.

    Examples
    --------
    >>> mean([[[0.9, 0.1]], [[0.5, 0.5]]])
    array([[0.7, 0.3]])

    Lesson: 07_mean_fusion
    """
    lib = library_of(probabilities)
    values = stack(probabilities, lib)
    check_finite(values)
    return lib.mean(values, axis=0)


def weighted(probabilities: Sequence[Array] | Array, alpha: Array) -> Array:
    r"""Average the opinions of n modalities, each with its share of trust (linear pool).

    .. math:: F(x) = \sum_{i=1}^{n} \alpha_i f_i(x), \qquad \alpha_i \ge 0, \quad \sum_i \alpha_i = 1

    Parameters
    ----------
    probabilities : n arrays (..., K), or one array (n, ..., K); probabilities, or features, finite
        What each modality says.
    alpha : (n,), (n, K) or (n, ..., 1); in [0, 1], sums to 1 over its first axis
        The trust in each modality: one number each, one per class, or one per pixel. An axis in between may
        be 1 where all share a weight, as in (n, 1, H, W, 1) for a batch of pictures.

    Returns
    -------
    array (..., K)
        The weighted mean. With one number per modality or per pixel it sums to 1 over K if the modalities do.
        With one per class it need not: it is the formula as it stands. Divide by the sum if you need
        probabilities.

    Raises
    ------
    ValueError
        If the shapes differ, a value is not finite, or alpha is off the simplex or has another shape.

    Notes
    -----
    ``alpha = 1 / n`` is :func:`mean`, up to rounding; a one-hot alpha selects one modality.

    References
    ----------
    Stone (1961), The opinion pool.

    Examples
    --------
    >>> weighted([[0.9, 0.1], [0.5, 0.5]], alpha=[0.75, 0.25])
    array([0.8, 0.2])

    Lesson: 08_weighted_fusion
    """
    lib = library_of(probabilities, alpha)
    values = stack(probabilities, lib)
    check_finite(values)
    alpha = floats(alpha, library_of(alpha))
    if isinstance(alpha, np.ndarray) and alpha.ndim:
        check_simplex(alpha, "alpha", 0, "divide it by alpha.sum(axis=0)")
    alpha = weights_like(floats(alpha, lib, values.dtype), values, lib, "alpha")
    return lib.sum(lib.multiply(alpha, values), axis=0)


def product(probabilities: Sequence[Array] | Array, prior: Array | None = None) -> Array:
    r"""Multiply the opinions of n modalities and divide out the prior that they share (naive Bayes).

    .. math:: P(k \mid f_1, \dots, f_n) \;\propto\; P(k)^{1-n} \prod_{i=1}^{n} P(k \mid f_i)

    Parameters
    ----------
    probabilities : n arrays (..., K), or one array (n, ..., K); in [0, 1]
        The posterior of each modality. Its own scale cancels, so it need not sum to 1.
    prior : (K,) or (..., K), in (0, 1], sums to 1, optional
        How common each class is before anything is seen. None means that all are equally common.

    Returns
    -------
    array (..., K)
        The posterior given all modalities; sums to 1 over K.

    Raises
    ------
    ValueError
        If the shapes differ, a value is not a probability, the prior is not one, or somewhere every class is
        vetoed.

    Notes
    -----
    Sums of logarithms, so that 10,000 modalities do not underflow, and in float64, so that their last digits
    are not lost: of 6,001 modalities that all but cancel, the odd one decides, also where all are float32
    (JAX, which has no float64 unless told to, sums them in pairs). The answer has the type of the input.

    A probability of exactly 0 is a veto: the class gets 0. Where every class is vetoed there is no answer:
    arrays raise an error, tensors (which cannot raise from inside a graph) hold NaN there, and :func:`clip`
    beforehand avoids both. One modality comes back normalised, whatever the prior. K = 1 gives 1 everywhere:
    write a foreground probability p as the two classes (1 - p, p).

    References
    ----------
    Kittler, Hatef, Duin, Matas (1998), On combining classifiers, TPAMI 20(3): the product rule.

    Examples
    --------
    Two witnesses who say "fifty-fifty" of something that is true once in twenty times:

    >>> product([[0.5, 0.5], [0.5, 0.5]], prior=[0.05, 0.95]).round(2)
    array([0.95, 0.05])

    Lesson: 09_product_fusion
    """
    lib = library_of(probabilities, prior)
    given = stack(probabilities, lib)
    check_probabilities(given)
    values = widen(given, lib)
    prior = prior_like(prior, values, lib)
    with np.errstate(divide="ignore"):  # log 0 = -inf is the veto
        logs = _sum_over_modalities(lib.log(values), lib)
    fused = posterior_from_logs(logs + (1 - values.shape[0]) * lib.log(prior), lib)
    return floats(fused, lib, given.dtype)


def _sum_over_modalities(logs: Array, lib: Any) -> Array:
    """Sum (n, ..., K) over n; in pairs where there is no float64, for that loses least."""
    if str(logs.dtype) != "float32":
        return lib.sum(logs, axis=0)
    while (half := logs.shape[0] // 2) > 0:
        pairs, odd = logs[:half, ...] + logs[half : 2 * half, ...], logs[2 * half :, ...]
        logs = lib.concatenate([pairs, odd], axis=0)
    return logs[0]


def log_pool(probabilities: Sequence[Array] | Array, weights: Array, prior: Array | None = None) -> Array:
    r"""Multiply the opinions of n modalities, each to the power of its weight (logarithmic pool).

    .. math:: F_k \;\propto\; P(k)^{1 - \sum_i w_i} \prod_{i=1}^{n} P(k \mid f_i)^{w_i}

    Parameters
    ----------
    probabilities : n arrays (..., K), or one array (n, ..., K); in [0, 1]
        The posterior of each modality.
    weights : (n,), (n, K) or (n, ..., 1); in [0, 1e30]
        The weight of each modality: all 1 is :func:`product`, a sum of 1 is the classic pool (the prior
        cancels), below 1 each discounts opinions that repeat each other. A weight of 0 mutes a modality,
        vetoes and all.
    prior : (K,) or (..., K), in (0, 1], sums to 1, optional
        How common each class is. None means that all are equally common.

    Returns
    -------
    array (..., K)
        The pooled posterior; sums to 1 over K. All weights 0 give the prior.

    Raises
    ------
    ValueError
        If the shapes differ, a value is not a probability, the prior is not one, a weight is NaN or outside
        [0, 1e30], or every class is vetoed.

    Notes
    -----
    Zeros are treated, and sums taken, as in :func:`product`.

    References
    ----------
    Genest, Zidek (1986), Combining probability distributions, Statistical Science 1(1). Hinton (2002),
    Training products of experts, for all weights 1.

    Examples
    --------
    >>> log_pool([[0.8, 0.2], [0.5, 0.5]], weights=[0.5, 0.5]).round(3)
    array([0.667, 0.333])

    Lesson: 09_product_fusion
    """
    lib = library_of(probabilities, weights, prior)
    given = stack(probabilities, lib)
    check_probabilities(given)
    values = widen(given, lib)
    prior = prior_like(prior, values, lib)
    weights = floats(weights, library_of(weights))
    _check_weights(weights)
    weights = weights_like(floats(weights, lib, values.dtype), values, lib, "weights")
    audible = lib.where(weights > 0, values, lib.ones_like(values))  # 0 * log 0 would be NaN: 1 ** 0 instead
    with np.errstate(divide="ignore"):  # log 0 = -inf is the veto
        logs = _sum_over_modalities(lib.multiply(weights, lib.log(audible)), lib)
    left = 1 - _sum_over_modalities(weights, lib)
    return floats(posterior_from_logs(logs + left * lib.log(prior), lib), lib, given.dtype)


def _check_weights(weights: Array) -> None:
    if not isinstance(weights, np.ndarray):
        return
    wide = weights.astype(np.float64)  # float16 knows no number as large as the limit
    wrong = weights[~((wide >= 0) & (wide <= _MOST_WEIGHT))]  # written so that NaN is refused too
    if wrong.size:
        raise ValueError(
            f"weights must lie in [0, {_MOST_WEIGHT:g}], got {wrong.flat[0]:.3g}: use 0 to mute a modality"
        )


def over_pixels(posterior: Array, shape: tuple[int, int]) -> Array:
    r"""Repeat an opinion about the whole picture at each of its pixels.

    .. math:: G_{y x k} = P(k \mid \text{sound}) \qquad 0 \le y < H, \; 0 \le x < W

    Parameters
    ----------
    posterior : (..., K), finite; K at least 1
        One opinion a picture, such as what the sound says.
    shape : (H, W), two whole numbers of pixels, at least 1
        The size of the picture.

    Returns
    -------
    array (..., H, W, K)
        A new array with the opinion at every pixel.

    Raises
    ------
    ValueError
        If shape is not two whole numbers of at least 1, posterior has no axis of classes or no class, or a
        value is NaN or infinite.

    Notes
    -----
    The pools refuse to broadcast by themselves: (5,) beside (64, 64, 5) may be intended, (64, 5) never is.

    Examples
    --------
    >>> over_pixels([0.7, 0.2, 0.1], (64, 48)).shape
    (64, 48, 3)

    Lesson: 09_product_fusion
    """
    lib = library_of(posterior)
    values = floats(posterior, lib)
    if not _is_size(shape):
        raise ValueError(
            f"shape must be (H, W), two whole numbers, both at least 1, got {shape}: use image.shape[:2]"
        )
    if len(values.shape) == 0 or values.shape[-1] == 0:
        got = "one number" if len(values.shape) == 0 else f"shape {tuple(values.shape)}"
        raise ValueError(f"posterior must have shape (..., K), got {got}: pass one probability a class")
    check_finite(values)
    pixel = lib.expand_dims(lib.expand_dims(values, axis=-2), axis=-2)
    return pixel * lib.ones((*shape, 1), dtype=values.dtype)


def _is_size(shape: Any) -> bool:
    try:
        height, width = shape
    except (TypeError, ValueError):
        return False
    return (
        is_whole(height)
        and is_whole(width)
        and height >= 1
        and width >= 1
        and int(height) * int(width) <= MOST_NUMBERS
    )
