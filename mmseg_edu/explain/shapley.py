"""Shapley values: how much each sense contributed to an answer, fairly divided."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mmseg_edu.explain.inputs import checked_scores, checked_senses, filled
from mmseg_edu.preprocess.arguments import as_array, checked_function, checked_room

Predict = Callable[..., Any]
Score = Callable[[Any], ArrayLike]


def coalition_values(
    predict: Predict, inputs: Sequence[ArrayLike], absent: Sequence[ArrayLike], score: Score
) -> np.ndarray:
    r"""Score a model with every subset of its senses, the others replaced by a stand-in.

    .. math:: v(S) = \text{score}\big(f(z_1, \dots, z_n)\big), \qquad
              z_i = x_i \text{ if } i \in S, \text{ else } b_i

    Parameters
    ----------
    predict : function of n arrays (pictures, sounds, ...) that gives the posterior
        For a Keras model: ``lambda *senses: models.predict(model, list(senses))``.
    inputs : n arrays (N, ...), what each sense brings for N scenes
    absent : n stand-ins b_i, each of one scene's shape, or (N, ...), or a number
        What "this sense is absent" means: black or the mean picture; silence, noise or another clip's sound.
        There is no neutral choice, and the values depend on it.
    score : function of the posterior that gives one finite number a scene, (N,)
        What is to be divided among the senses: :func:`log_probability`, :func:`scene_iou`, the probability of a class.

    Returns
    -------
    array (N, 2**n), float64
        Column c holds the score with those senses present whose bit is set in c. Two senses: neither, the first, the
        second, both.

    Raises
    ------
    ValueError
        If there is no sense or no scene, the senses differ in their number of scenes, a stand-in does not fit, or a
        score is not finite or not one a scene.

    Notes
    -----
    2**n passes: 4 for picture and sound, 8 with motion.

    Examples
    --------
    >>> listens = lambda picture, sound: picture + 2 * sound
    >>> coalition_values(listens, [np.ones(1), np.ones(1)], [0, 0], lambda answer: answer)
    array([[0., 1., 2., 3.]])

    Lesson: 18_explaining
    """
    checked_function("predict", predict, "it takes the senses and gives posteriors")
    checked_function("score", score, "it takes posteriors and gives one number a scene")
    senses = checked_senses(inputs)
    if not isinstance(absent, list | tuple) or len(absent) != len(senses):
        count = len(absent) if isinstance(absent, list | tuple) else type(absent).__name__
        raise ValueError(
            f"absent must hold one stand-in a sense, {len(senses)}, got {count}: name also the one of a sense "
            "that is to stay, its own input"
        )
    silenced = [
        filled(stand_in, sense, i) for i, (stand_in, sense) in enumerate(zip(absent, senses, strict=True))
    ]
    columns = []
    for coalition in range(2 ** len(senses)):
        present = [coalition >> i & 1 for i in range(len(senses))]
        chosen = [x if is_in else b for is_in, x, b in zip(present, senses, silenced, strict=True)]
        columns.append(checked_scores(score(predict(*chosen)), len(senses[0])))
    return np.stack(columns, axis=-1)


def shapley_values(values: ArrayLike) -> np.ndarray:
    r"""Divide what n senses achieve together: the mean of what each adds, over all orders in which they may come.

    .. math:: \phi_i = \sum_{S \not\ni i} \frac{|S|!\, (n - |S| - 1)!}{n!} \big( v(S \cup \{i\}) - v(S) \big)

    Parameters
    ----------
    values : (..., 2**n), finite, n >= 1
        The value of every coalition, as :func:`coalition_values` orders them: bit i of the column says whether sense
        i is in.

    Returns
    -------
    array (..., n), float64, in the unit of the values
        Their sum is v(all) - v(none), up to rounding. A sense that never changes the value gets exactly 0; one that
        does harm gets a negative number.

    Raises
    ------
    ValueError
        If the last axis is no power of two of 2 or more, or a value is not finite.

    Notes
    -----
    It is the only rule that is efficient (the sum above), symmetric, additive in v, and gives nothing to who adds
    nothing (Shapley, 1953, A value for n-person games).

    Examples
    --------
    Nothing alone, 1 together:

    >>> shapley_values([0.0, 0.0, 0.0, 1.0])
    array([0.5, 0.5])

    Lesson: 18_explaining
    """
    table = as_array("values", values)
    n = (table.shape[-1] if table.ndim else 0).bit_length() - 1
    if n < 1 or table.shape[-1] != 2**n:
        raise ValueError(
            f"values must have shape (..., 2**n), one for each subset of n senses, got {table.shape}: neither, first, "
            "second, both for two"
        )
    if table.dtype.kind not in "biuf" or not np.isfinite(table).all():
        raise ValueError(
            f"values must be finite real numbers, got {table.dtype} with NaN, infinity or no number: clip "
            "probabilities before their logarithm"
        )
    table = table.astype(np.float64)
    coalitions = np.arange(2**n)
    sizes = np.array([int(c).bit_count() for c in coalitions])
    shares = []
    for i in range(n):
        without = coalitions[coalitions >> i & 1 == 0]
        weights = np.array([1 / (n * math.comb(n - 1, int(size))) for size in sizes[without]])
        with np.errstate(over="ignore", invalid="ignore"):
            shares.append((table[..., without | 1 << i] - table[..., without]) @ weights)
    return checked_room(np.stack(shares, axis=-1), table, "values")


def shapley_shares(values: ArrayLike) -> np.ndarray:
    r"""Say in one number a sense how much of the answer's movement is its own.

    .. math:: s_i = \frac{|\phi_i|}{\sum_j |\phi_j|}

    Parameters
    ----------
    values : (..., 2**n), finite, n >= 1
        As for :func:`shapley_values`, whose signs it forgets: a sense that misleads counts as one that leads.

    Returns
    -------
    array (..., n), float64, in [0, 1]
        They sum to 1; where no sense moves anything (0 / 0) all are 0. A sense that the model cannot see gets exactly
        0.

    Raises
    ------
    ValueError
        As :func:`shapley_values`.

    Notes
    -----
    Divide scene by scene, then average over scenes: in the mean of the values, a sense that helps here and harms there
    would vanish. An interval for the mean comes from ``metrics.bootstrap_interval``. A scene in which almost nothing
    moves has a share too, of almost nothing.

    References
    ----------
    Parcalabescu & Frank (2023), MM-SHAP, ACL, equation 3.

    Examples
    --------
    >>> shapley_shares([[0.0, 0.2, 0.1, 0.9], [0.5, 0.5, 0.5, 0.5]])
    array([[0.55555556, 0.44444444],
           [0.        , 0.        ]])

    Lesson: 18_explaining
    """
    sizes = np.abs(shapley_values(values))
    # By the largest first: the sum of tiny numbers may be too small to divide by.
    largest = sizes.max(axis=-1, keepdims=True)
    scaled = sizes / np.where(largest > 0, largest, 1)
    total = scaled.sum(axis=-1, keepdims=True)
    return scaled / np.where(total > 0, total, 1)
