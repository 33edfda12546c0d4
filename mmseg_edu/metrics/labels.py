"""Metrics of label maps: the confusion matrix, and what follows from it."""

import numpy as np
from numpy.typing import ArrayLike

from mmseg_edu.metrics.arrays import label_pair


def confusion(truth: ArrayLike, predicted: ArrayLike, classes: int, *, per_image: bool = False) -> np.ndarray:
    r"""Count, for each true class, what its pixels were taken for.

    .. math:: C_{jk} = \left| \{ x : \text{truth}_x = j, \; \text{predicted}_x = k \} \right|

    Parameters
    ----------
    truth, predicted : (..., H, W), integers in 0 .. classes - 1
        Label maps of one shape.
    classes : >= 1
        Number of classes K.
    per_image : bool
        Return one matrix a picture (all but the last two axes) instead of one for the whole stack.

    Returns
    -------
    array (K, K), or (..., K, K) with per_image; pixels
        Rows are the truth, columns the prediction.

    Raises
    ------
    ValueError
        If the shapes differ, a label is outside 0 .. classes - 1, or there is no pixel.
    TypeError
        If the labels are not integers.

    Notes
    -----
    The matrices of pictures add up to the matrix of the data set. A class that does not occur has zeros.

    Examples
    --------
    >>> confusion([[0, 0, 1]], [[0, 1, 1]], classes=2)
    array([[1, 1],
           [0, 1]])

    Lesson: 06_measuring_a_mask
    """
    first, second = label_pair(truth, predicted)
    low, high = min(first.min(), second.min()), max(first.max(), second.max())
    if low < 0 or high >= classes:
        raise ValueError(
            f"labels must lie in 0 .. {classes - 1}, got {low} .. {high}: raise classes, "
            "or leave pixels without a label out (truth[known], predicted[known])"
        )
    if per_image and first.ndim < 2:
        raise ValueError(f"per_image needs label maps of shape (..., H, W), got {first.shape}")
    lead = first.shape[:-2] if per_image else ()
    count = int(np.prod(lead))
    cells = first.reshape(count, -1).astype(np.intp) * classes + second.reshape(count, -1)
    cells += np.arange(count)[:, None] * classes**2
    return np.bincount(cells.ravel(), minlength=count * classes**2).reshape(*lead, classes, classes)


def class_iou(matrix: ArrayLike) -> np.ndarray:
    r"""Return the intersection over union of every class from a confusion matrix.

    .. math:: \text{IoU}_k = \frac{C_{kk}}{\sum_j C_{jk} + \sum_j C_{kj} - C_{kk}}

    Parameters
    ----------
    matrix : (..., K, K), >= 0, pixels
        Confusion matrices, rows for the truth.

    Returns
    -------
    array (..., K)
        IoU in [0, 1]; NaN for a class that is neither in the truth nor in the prediction.

    Raises
    ------
    ValueError
        If the last two axes are not square.

    Examples
    --------
    >>> class_iou([[1, 1, 0], [0, 1, 0], [0, 0, 0]])
    array([0.5, 0.5, nan])

    Lesson: 06_measuring_a_mask
    """
    counts = np.asarray(matrix)
    if counts.ndim < 2 or counts.shape[-1] != counts.shape[-2]:
        raise ValueError(f"matrix must have shape (..., K, K), got {counts.shape}: make it with confusion")
    hits = np.diagonal(counts, axis1=-2, axis2=-1)
    union = counts.sum(axis=-1) + counts.sum(axis=-2) - hits
    return np.where(union > 0, hits / np.maximum(union, 1), np.nan)


def mean_iou(
    truth: ArrayLike, predicted: ArrayLike, classes: int, *, per_image: bool = False, background: bool = True
) -> float:
    r"""Average the intersection over union over the classes that occur.

    .. math:: \text{mIoU} = \frac{1}{|A|} \sum_{k \in A} \text{IoU}_k, \qquad
              A = \{ k : k \text{ is in the truth or in the prediction} \}

    Parameters
    ----------
    truth, predicted : (..., H, W), integers in 0 .. classes - 1
        Label maps of one shape.
    classes : >= 1
        Number of classes K.
    per_image : bool
        Score each picture by itself, then average the pictures. Otherwise pixels are pooled over the data set
        first, so that large objects count more than small ones.
    background : bool
        Count class 0 as a class. It is large and easy, so it flatters.

    Returns
    -------
    float in [0, 1], or NaN
        The mean IoU.

    Raises
    ------
    ValueError, TypeError
        As :func:`confusion` does.

    Notes
    -----
    A class in neither map is left out of the mean: it is neither a hit nor a miss. So is, with per_image, a
    picture in which no class remains, which happens with background=False when both maps are empty. If
    nothing remains at all, the result is NaN. A class that is predicted but not there counts as 0.

    Examples
    --------
    Half of one object found, and nothing else wrong:

    >>> truth, predicted = [[0, 0, 1, 1]], [[0, 0, 0, 1]]
    >>> round(mean_iou(truth, predicted, 2), 3), mean_iou(truth, predicted, 2, background=False)
    (0.583, 0.5)

    Lesson: 06_measuring_a_mask
    """
    scores = class_iou(confusion(truth, predicted, classes, per_image=per_image))
    scores = scores[..., 0 if background else 1 :]
    present = ~np.isnan(scores)
    count = present.sum(axis=-1)
    each = np.where(present, scores, 0).sum(axis=-1)[count > 0] / count[count > 0]
    return float(each.mean()) if each.size else float("nan")


def pixel_accuracy(truth: ArrayLike, predicted: ArrayLike) -> float:
    r"""Return the share of pixels with the right label.

    .. math:: \text{accuracy} = \frac{\left| \{ x : \text{truth}_x = \text{predicted}_x \} \right|}{N}

    Parameters
    ----------
    truth, predicted : any one shape, integers or booleans
        Label maps or masks.

    Returns
    -------
    float in [0, 1]
        The accuracy over all pixels of the stack.

    Raises
    ------
    ValueError
        If the shapes differ or there is no pixel.
    TypeError
        If the labels are not integers or booleans.

    Notes
    -----
    Two empty masks give 1. A mask that misses an object of 5 % of the picture altogether gives 0.95.

    Examples
    --------
    >>> pixel_accuracy([[0, 0, 0, 1]], [[0, 0, 0, 0]])
    0.75

    Lesson: 06_measuring_a_mask
    """
    first, second = label_pair(truth, predicted)
    return float((first == second).mean())
