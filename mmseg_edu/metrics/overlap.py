"""Metrics of one mask against another: IoU, Dice, precision, recall."""

import numpy as np
from numpy.typing import ArrayLike

from mmseg_edu.metrics.arrays import mask_pair
from mmseg_edu.preprocess.arguments import checked_number


def _counts(truth: ArrayLike, predicted: ArrayLike) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    first, second = mask_pair(truth, predicted)
    pixels = (-2, -1)
    return (first & second).sum(axis=pixels), first.sum(axis=pixels), second.sum(axis=pixels)


def _share(part: np.ndarray, whole: np.ndarray, empty: np.ndarray, value: float) -> float | np.ndarray:
    value = checked_number("empty", value, "1, 0 or NaN are in use")
    if value < 0 or value > 1:  # written so that NaN is taken
        raise ValueError(f"empty must be a score in [0, 1] or NaN, got {value:g}: 1, 0 or NaN are in use")
    # Where the whole is 0 so is the part: dividing by 1 gives the 0 that a mask empty on one side deserves.
    score = np.where(empty, value, part / np.maximum(whole, 1))
    return float(score) if score.ndim == 0 else score


def iou(truth: ArrayLike, predicted: ArrayLike, *, empty: float = 1.0) -> float | np.ndarray:
    r"""Divide the pixels that two masks share by those that either has (the Jaccard index).

    .. math:: \text{IoU} = \frac{|A \cap B|}{|A \cup B|}

    Parameters
    ----------
    truth, predicted : (..., H, W), bool or 0 and 1
        Masks of one shape.
    empty : number in [0, 1], or NaN
        The score where both masks are empty, 0 / 0: 1 (found that there is nothing: DAVIS), NaN (leave it out
        of ``numpy.nanmean``) or 0.

    Returns
    -------
    float, or array (...) for a stack; in [0, 1]
        One score a mask. A mask that is empty on one side only scores 0.

    Raises
    ------
    ValueError
        If the shapes differ, a mask holds other numbers than 0 and 1, or empty is out of range.
    TypeError
        If a mask is made of floats.

    Examples
    --------
    >>> iou([[1, 1, 0, 0]], [[0, 1, 1, 0]]), iou([[0, 0]], [[0, 0]]), iou([[0, 0]], [[0, 1]])
    (0.3333333333333333, 1.0, 0.0)

    Lesson: 06_measuring_a_mask
    """
    both, first, second = _counts(truth, predicted)
    union = first + second - both
    return _share(both, union, union == 0, empty)


def dice(truth: ArrayLike, predicted: ArrayLike, *, empty: float = 1.0) -> float | np.ndarray:
    r"""Divide twice the pixels that two masks share by the sum of their sizes (the F1 score).

    .. math:: \text{Dice} = \frac{2 |A \cap B|}{|A| + |B|} = \frac{2\,\text{IoU}}{1 + \text{IoU}}

    Parameters
    ----------
    truth, predicted : (..., H, W), bool or 0 and 1
        Masks of one shape.
    empty : number in [0, 1], or NaN
        The score where both masks are empty, 0 / 0: 1, NaN (leave it out of ``numpy.nanmean``) or 0. MONAI goes
        further by default: NaN wherever the truth is empty, whatever was predicted.

    Returns
    -------
    float, or array (...) for a stack; in [0, 1]
        One score a mask. A mask that is empty on one side only scores 0.

    Raises
    ------
    ValueError, TypeError
        As :func:`iou` does.

    References
    ----------
    Dice (1945), Measures of the amount of ecologic association between species, Ecology 26(3).

    Examples
    --------
    >>> dice([[1, 1, 0, 0]], [[0, 1, 1, 0]])
    0.5

    Lesson: 06_measuring_a_mask
    """
    both, first, second = _counts(truth, predicted)
    total = first + second
    return _share(2 * both, total, total == 0, empty)


def precision(truth: ArrayLike, predicted: ArrayLike, *, empty: float = 1.0) -> float | np.ndarray:
    r"""Return the share of the predicted pixels that are right.

    .. math:: \text{precision} = \frac{|A \cap B|}{|B|} \qquad A \text{ true}, \; B \text{ predicted}

    Parameters
    ----------
    truth, predicted : (..., H, W), bool or 0 and 1
        Masks of one shape.
    empty : number in [0, 1], or NaN
        The score where both masks are empty.

    Returns
    -------
    float, or array (...) for a stack; in [0, 1]
        One score a mask. Nothing predicted where there was something scores 0 (other tools say 1, or warn).

    Raises
    ------
    ValueError, TypeError
        As :func:`iou` does.

    Examples
    --------
    >>> precision([[1, 1, 1, 0]], [[0, 1, 1, 1]], empty=1.0)
    0.6666666666666666

    Lesson: 06_measuring_a_mask
    """
    both, first, second = _counts(truth, predicted)
    return _share(both, second, first + second == 0, empty)


def recall(truth: ArrayLike, predicted: ArrayLike, *, empty: float = 1.0) -> float | np.ndarray:
    r"""Return the share of the true pixels that are found.

    .. math:: \text{recall} = \frac{|A \cap B|}{|A|} \qquad A \text{ true}, \; B \text{ predicted}

    Parameters
    ----------
    truth, predicted : (..., H, W), bool or 0 and 1
        Masks of one shape.
    empty : number in [0, 1], or NaN
        The score where both masks are empty.

    Returns
    -------
    float, or array (...) for a stack; in [0, 1]
        One score a mask. Something predicted where there was nothing scores 0.

    Raises
    ------
    ValueError, TypeError
        As :func:`iou` does.

    Examples
    --------
    >>> recall([[1, 1, 0, 0]], [[0, 1, 1, 1]])
    0.5

    Lesson: 06_measuring_a_mask
    """
    both, first, second = _counts(truth, predicted)
    return _share(both, first, first + second == 0, empty)
