"""What an explanation may divide among the senses: one number a scene that says how good an answer is."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from mmseg_edu import fusion, metrics
from mmseg_edu.preprocess.arguments import as_array, is_finite, shown


def log_probability(truth: ArrayLike, posterior: ArrayLike, *, floor: float = 1e-6) -> np.ndarray:
    r"""Mean logarithm of the probability of the true class over the pixels of each scene.

    .. math:: v = \frac{1}{|\Omega|} \sum_{x \in \Omega} \log p_x(l_x)

    Parameters
    ----------
    truth : (N, H, W), integers in 0 .. K - 1
    posterior : (N, H, W, K), in [0, 1], sums to 1
    floor : float in (0, 1 / K)
        Probabilities are lifted to it first (``fusion.clip``): the logarithm of a single 0 would outweigh all else.

    Returns
    -------
    array (N,), float64, nats, 0 or less
        0 for all on the true classes, -log K for equal shares.

    Raises
    ------
    ValueError, TypeError
        As ``metrics.log_score`` does, and for a floor of 0.

    Examples
    --------
    >>> log_probability([[[1]]], [[[[0.5, 0.5]]]]).round(3)
    array([-0.693])

    Lesson: 18_explaining
    """
    if not (is_finite(floor) and floor > 0):
        raise ValueError(
            f"floor must be above 0, got {shown(floor)}: the logarithm of 0 is infinite; try 1e-6"
        )
    return _each(lambda one, says: -metrics.log_score(one, fusion.clip(says, floor)), truth, posterior)


def scene_iou(truth: ArrayLike, posterior: ArrayLike) -> np.ndarray:
    """Mean IoU of each scene, over the classes that are in its truth or in its answer.

    Parameters
    ----------
    truth : (N, H, W), integers in 0 .. K - 1
    posterior : (N, H, W, K)
        Every pixel goes to its most probable class.

    Returns
    -------
    array (N,), float64, in [0, 1]
        As ``metrics.mean_iou`` of each scene, background counted: 1 for an empty truth and an empty answer.

    Raises
    ------
    ValueError, TypeError
        As ``metrics.mean_iou`` does.

    Examples
    --------
    >>> scene_iou([[[0, 1]]], [[[[0.9, 0.1], [0.2, 0.8]]]])
    array([1.])

    Lesson: 18_explaining
    """
    return _each(
        lambda one, says: metrics.mean_iou(one, says.argmax(axis=-1), says.shape[-1]), truth, posterior
    )


def _each(
    score: Callable[[np.ndarray, np.ndarray], float], truth: ArrayLike, posterior: ArrayLike
) -> np.ndarray:
    labels, maps = as_array("truth", truth), as_array("posterior", posterior)
    if labels.ndim < 2 or labels.shape != maps.shape[:-1] or maps.size == 0:
        raise ValueError(
            f"truth must have shape (N, H, W) and posterior (N, H, W, K), got {labels.shape} and {maps.shape}: one "
            "scene is truth[None]"
        )
    return np.array([score(one, says) for one, says in zip(labels, maps, strict=True)])
