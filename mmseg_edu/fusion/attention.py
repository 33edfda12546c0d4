"""Attention: weighted means whose weights come from looking, with a softmax and without."""

from typing import Any

import numpy as np

from mmseg_edu.fusion.arrays import Array, check_finite, floats, library_of, posterior_from_logs, with_room


def attention_weights(query: Array, key: Array) -> Array:
    r"""How much each query looks at each key: the softmax of their scaled dot products.

    .. math:: w_{qm} = \operatorname{softmax}_m \left( \frac{q_q \cdot k_m}{\sqrt{D}} \right)

    Parameters
    ----------
    query : (..., Q, D), finite
    key : (..., M, D), finite

    Returns
    -------
    array (..., Q, M)
        Above 0 up to rounding; sums to 1 over the keys. A query of only 0, and equal keys, give 1 / M.

    Raises
    ------
    ValueError
        If the shapes do not fit, or a value of an array is NaN or infinite.

    References
    ----------
    Vaswani et al. (2017), NeurIPS, equation 1.

    Examples
    --------
    >>> attention_weights([[2.0, 0.0]], [[1.0, 0.0], [0.0, 1.0]]).round(2)
    array([[0.8, 0.2]])

    Lesson: 16_learned_fusion
    """
    lib, query, key = _arrays(query=query, key=key)
    with np.errstate(over="ignore", invalid="ignore"):
        scores = lib.matmul(query, lib.swapaxes(key, -1, -2)) / key.shape[-1] ** 0.5
    with_room(scores, query, "query and key")
    return posterior_from_logs(scores, lib)


def attention(query: Array, key: Array, value: Array) -> Array:
    r"""Give each query the mean of the values, weighted by how well their keys answer it.

    .. math:: y_q = \sum_{m=1}^{M} w_{qm}\, v_m,
              \qquad w_{qm} = \operatorname{softmax}_m \left( \frac{q_q \cdot k_m}{\sqrt{D}} \right)

    Parameters
    ----------
    query : (..., Q, D), finite
        What is asked, for instance by each of Q pixels.
    key : (..., M, D), finite
        What each of M things, pixels or pieces of sound, answers to.
    value : (..., M, C), finite
        What each of them has to say.

    Returns
    -------
    array (..., Q, C)
        Each within the least and the greatest of the values. Uniform weights give their mean.

    Raises
    ------
    ValueError
        If the shapes do not fit, or a value of an array is NaN or infinite.

    Notes
    -----
    It is :func:`mmseg_edu.fusion.weighted` with M opinions and an alpha that is computed from the input. The order of
    the keys, with their values, does not matter.

    References
    ----------
    Vaswani et al. (2017), NeurIPS, equation 1.

    Examples
    --------
    >>> attention([[0.0, 0.0]], [[1.0, 0.0], [0.0, 1.0]], [[10.0], [20.0]])
    array([[15.]])

    Lesson: 16_learned_fusion
    """
    lib, query, key, value = _arrays(query=query, key=key, value=value)
    with np.errstate(over="ignore", invalid="ignore"):
        return with_room(lib.matmul(attention_weights(query, key), value), value, "value")


def tpavi(query: Array, key: Array, value: Array) -> Array:
    r"""Let each pixel gather the picture, weighted by how well it matches the sound there: no softmax, but a mean.

    .. math:: y_p = \frac{1}{P} \sum_{p'=1}^{P} (\theta_p \cdot \phi_{p'})\, g_{p'}

    Parameters
    ----------
    query : (..., P, D), finite
        :math:`\theta`, of the picture at each of P = T H W pixels of T frames.
    key : (..., P, D), finite
        :math:`\phi`, of the sound that is heard with the pixel's frame, the same all over the frame.
    value : (..., P, C), finite
        g, of the picture.

    Returns
    -------
    array (..., P, C)
        Linear in each argument: a sound of 0 gives 0.

    Raises
    ------
    ValueError
        If the shapes do not fit, or a value of an array is NaN or infinite.

    Notes
    -----
    The P x P weights are never made: (theta phi^T) g is theta (phi^T g), P D C steps in place of P P (D + C).
    With one frame all keys are one, and y_p is the match of pixel p with the sound times the *mean* of g: a map of
    one number a pixel, and the same vector everywhere.

    References
    ----------
    Zhou et al. (2022), Audio-visual segmentation, ECCV (temporal pixel-wise audio-visual interaction); Wang, Girshick,
    Gupta & He (2018), CVPR, equation 4, for the dot product divided by the number of positions.

    Examples
    --------
    >>> tpavi([[1.0], [3.0]], [[2.0], [2.0]], [[10.0], [20.0]])
    array([[30.],
           [90.]])

    Lesson: 16_learned_fusion
    """
    lib, query, key, value = _arrays(query=query, key=key, value=value)
    if None not in (query.shape[-2], key.shape[-2]) and query.shape[-2] != key.shape[-2]:
        raise ValueError(
            f"query and key must have one row a pixel, got {query.shape[-2]} and {key.shape[-2]}: "
            "repeat the sound of a frame at each of its pixels"
        )
    with np.errstate(over="ignore", invalid="ignore"):
        gathered = lib.matmul(lib.swapaxes(key, -1, -2), value) / key.shape[-2]
        return with_room(lib.matmul(query, gathered), query, "query, key and value")


def _broadcast(one: tuple[int | None, ...], other: tuple[int | None, ...]) -> bool:
    return all(a in (b, 1, None) or b in (1, None) for a, b in zip(one[::-1], other[::-1], strict=False))


def _arrays(**named: Array) -> tuple[Any, ...]:
    """The library and the arrays in floating point, whose last two axes must fit those of the key."""
    lib = library_of(*named.values())
    query = floats(named["query"], lib)
    arrays = {name: floats(value, lib, query.dtype) for name, value in named.items()}
    for name, array in arrays.items():
        if len(array.shape) < 2 or 0 in tuple(array.shape):
            raise ValueError(
                f"{name} must have shape (..., rows, numbers), none empty, got {tuple(array.shape)}: "
                "give one row a pixel or piece of sound"
            )
        check_finite(array)
    leads = {name: tuple(array.shape[:-2]) for name, array in arrays.items()}
    if any(not _broadcast(lead, leads["query"]) for lead in leads.values()):
        raise ValueError(
            f"query, key and value must agree in all but their last two axes, got {leads}: give each picture "
            "its own keys, or none of them"
        )
    for name, axis in (("query", -1), ("value", -2)):
        mine, other = arrays.get(name, arrays["key"]).shape[axis], arrays["key"].shape[axis]
        if None not in (mine, other) and mine != other:
            what = "numbers a row" if axis == -1 else "rows"
            raise ValueError(
                f"{name} and key must have as many {what}, got {mine} and {other}: project both to one width "
                "and keep keys and values in one order"
            )
    return lib, *arrays.values()
