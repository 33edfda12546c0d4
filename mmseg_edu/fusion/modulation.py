"""Modulation: one sense turns another sense's features up, down and into each other."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from mmseg_edu.fusion.arrays import Array, check_finite, check_no_counts, floats, library_of, with_room


def film(features: Array, scale: Array, shift: Array) -> Array:
    r"""Scale and shift every channel by numbers that another sense chose (feature-wise linear modulation).

    .. math:: y_c(x) = \gamma_c\, h_c(x) + \beta_c

    Parameters
    ----------
    features : (..., C), finite
        A map h, such as (H, W, C) or (N, H, W, C).
    scale, shift : (..., C), finite
        One number a channel; their leading axes are the first ones of the features: (C,) beside (H, W, C),
        (N, C) beside (N, H, W, C). As many axes as the features: numbers of each pixel.

    Returns
    -------
    array of the shape of the features
        Scale 1 and shift 0 give the features back; scale 0 gives the shift at every pixel.

    Raises
    ------
    ValueError
        If the shapes do not fit, or a value of an array is NaN or infinite.

    References
    ----------
    Perez, Strub, de Vries, Dumoulin & Courville (2018), AAAI, equation 2.

    Examples
    --------
    >>> film([[1.0, 2.0], [3.0, 4.0]], scale=[1.0, 0.0], shift=[0.0, 5.0])
    array([[1., 5.],
           [3., 5.]])

    Lesson: 16_learned_fusion
    """
    lib = library_of(features, scale, shift)
    h, gamma, beta = (
        _values(v, lib, name) for v, name in ((features, "features"), (scale, "scale"), (shift, "shift"))
    )
    for name, value in (("scale", gamma), ("shift", beta)):
        _check_last(value, h.shape[-1], name, "one number a channel")
    with np.errstate(over="ignore", invalid="ignore"):
        return with_room(
            beside(gamma, h, lib, "scale") * h + beside(beta, h, lib, "shift"), h, "features, scale and shift"
        )


def concat(senses: Sequence[Array]) -> Array:
    r"""Put the numbers of other senses behind the channels of a map, at every pixel the same.

    .. math:: y(x) = [h(x), a, \dots]

    Parameters
    ----------
    senses : features (..., C), then n - 1 arrays (..., S_i), finite
        The leading axes of each are the first ones of the features: (S,) beside (H, W, C), (N, S) beside
        (N, H, W, C). As many axes as the features: a map of that size.

    Returns
    -------
    array (..., C + S_1 + ...)

    Raises
    ------
    ValueError
        If there is none, the shapes do not fit, or a value of an array is NaN or infinite.

    Notes
    -----
    Followed by a matrix, W [h; a] = W_h h + W_a a: what comes out is a *shift* that depends on the sound. It takes a
    nonlinearity behind it for the sound to turn a channel off.

    Examples
    --------
    >>> concat([[[1.0], [2.0]], [7.0, 8.0]])
    array([[1., 7., 8.],
           [2., 7., 8.]])

    Lesson: 16_learned_fusion
    """
    lib, values = _senses(senses)
    return lib.concatenate([values[0], *(spread(value, values[0], lib) for value in values[1:])], axis=-1)


def low_rank_bilinear(senses: Sequence[Array], factors: Sequence[Array], out: Array) -> Array:
    r"""Multiply every number of one sense with every number of another, through R products alone.

    .. math:: y_k(x) = \sum_{i,j} W_{ijk}\, h_i(x)\, a_j, \qquad W_{ijk} = \sum_{r=1}^{R} U_{ir} V_{jr} P_{rk}
              \qquad\Rightarrow\qquad y = P^\top \big( (U^\top h) \circ (V^\top a) \big)

    Parameters
    ----------
    senses : features (..., C), then n - 1 arrays (..., S_i), finite
        Their leading axes as for :func:`concat`.
    factors : n arrays (C, R), (S_1, R), ..., finite
        U, V and one more for each further sense. Its rank R is the number of products.
    out : (R, K), finite
        P: what the products add up to.

    Returns
    -------
    array (..., K)
        One sense of only 0 gives 0; twice a sense gives twice the result.

    Raises
    ------
    ValueError
        If the shapes do not fit, or a value of an array is NaN or infinite.

    Notes
    -----
    The whole tensor W has C S K numbers, the factors R (C + S + K). Any W is reached once R is large enough; at C S at
    the latest.

    References
    ----------
    Kim, On, Lim, Kim, Ha & Zhang (2017), ICLR, equation 5, for two senses; Liu et al. (2018), ACL, for more.

    Examples
    --------
    >>> low_rank_bilinear([[[1.0, 2.0]], [3.0]], [[[1.0], [1.0]], [[2.0]]], [[1.0]])
    array([[18.]])

    Lesson: 16_learned_fusion
    """
    lib, values = _senses(senses)
    if not isinstance(factors, list | tuple):
        raise TypeError(f"factors must be a list of one matrix a sense, got {type(factors).__name__}")
    matrices = [_values(matrix, lib, "factors") for matrix in [*factors, out]]
    if len(matrices) != len(values) + 1:
        raise ValueError(
            f"factors must be one matrix a sense, got {len(matrices) - 1} for {len(values)} senses: "
            "pass (C, R) for the features and (S, R) for each other sense"
        )
    ranks = [tuple(matrix.shape) for matrix in matrices]
    if any(len(rank) != 2 for rank in ranks) or not all(agree(r[1:], ranks[-1][:1]) for r in ranks[:-1]):
        raise ValueError(
            f"factors must have shape (C, R), (S, R), ... and out (R, K), got {', '.join(map(str, ranks))}: give all "
            "the same rank R"
        )
    for value, matrix in zip(values, matrices, strict=False):
        _check_last(value, matrix.shape[0], "a sense", "as its factor has rows")
    with np.errstate(over="ignore", invalid="ignore"):
        parts = [lib.matmul(value, matrix) for value, matrix in zip(values, matrices, strict=False)]
        products = parts[0]
        for part in parts[1:]:
            products = products * beside(part, products, lib, "each sense")
        return with_room(lib.matmul(products, matrices[-1]), values[0], "senses and factors")


def beside(values: Array, features: Array, lib: Any, name: str) -> Array:
    """Return values (*B, S) as (*B, 1, ..., 1, S), to stand at every pixel of features (*B, ..., C).

    >>> import numpy as np
    >>> beside(np.ones((2, 5)), np.ones((2, 8, 8, 3)), np, "sound").shape
    (2, 1, 1, 5)
    """
    lead, target = tuple(values.shape[:-1]), tuple(features.shape[:-1])
    if len(lead) > len(target) or not agree(lead, target[: len(lead)]):
        raise ValueError(
            f"{name} must begin with the first axes of the features, {target}, got {lead} before its last axis: "
            "give (C,) beside (H, W, C) and (N, C) beside (N, H, W, C)"
        )
    for _ in range(len(target) - len(lead)):
        values = lib.expand_dims(values, axis=-2)
    return values


def agree(one: tuple[int | None, ...], other: tuple[int | None, ...]) -> bool:
    """Say whether two shapes of equal length may be one, where None is a number not known yet.

    >>> agree((None, 8), (2, 8))
    True
    """
    return all(None in (a, b) or a == b for a, b in zip(one, other, strict=True))


def spread(values: Array, features: Array, lib: Any) -> Array:
    """Return values (*B, S) at every pixel of features (*B, ..., C), as an array (*B, ..., S).

    >>> import numpy as np
    >>> spread(np.ones((2, 5)), np.ones((2, 8, 8, 3)), np).shape
    (2, 8, 8, 5)
    """
    return beside(values, features, lib, "each sense") * lib.ones_like(features[..., :1])


def _senses(senses: Sequence[Array]) -> tuple[Any, list[Array]]:
    if not isinstance(senses, list | tuple) or len(senses) == 0:
        what = "none" if isinstance(senses, list | tuple) else type(senses).__name__
        raise ValueError(
            f"senses must be a list of features and what stands beside them, got {what}: write [features, sound]"
        )
    lib = library_of(*senses)
    values = [_values(senses[0], lib, "features")]
    return lib, values + [floats(_values(s, lib, "a sense"), lib, values[0].dtype) for s in senses[1:]]


def _values(value: Array, lib: Any, name: str) -> Array:
    check_no_counts(value)
    array = floats(value, lib)
    if len(array.shape) == 0 or array.shape[-1] == 0:
        raise ValueError(f"{name} must have a last axis of channels, got shape {tuple(array.shape)}")
    check_finite(array)
    return array


def _check_last(value: Array, count: int | None, name: str, what: str) -> None:
    if None not in (count, value.shape[-1]) and value.shape[-1] != count:
        raise ValueError(
            f"{name} must have {count} numbers on its last axis, {what}, got {value.shape[-1]}: "
            "check the order of the arguments"
        )
