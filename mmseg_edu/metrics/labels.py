"""Metrics of label maps: the confusion matrix, and what follows from it."""

from operator import index

import numpy as np
from numpy.typing import ArrayLike

from mmseg_edu.metrics.arrays import class_maps, label_pair
from mmseg_edu.preprocess.arguments import as_array, shown


def confusion(truth: ArrayLike, predicted: ArrayLike, classes: int, *, per_image: bool = False) -> np.ndarray:
    r"""Count, for each true class, what its pixels were taken for.

    .. math:: C_{jk} = \left| \{ x : \text{truth}_x = j, \; \text{predicted}_x = k \} \right|

    Parameters
    ----------
    truth, predicted : (..., H, W), integers in 0 .. classes - 1
        Label maps of one shape, of any integer type; masks of booleans are the classes 0 and 1.
    classes : integer >= 1
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
        If the shapes differ, a label is outside 0 .. classes - 1 (a mask of 0 and 255, say), there is no
        pixel, or classes is below 1.
    TypeError
        If the labels, or classes, are not integers.

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
    classes = _class_count(classes)
    low = min(int(first.min()), int(second.min()))
    high = max(int(first.max()), int(second.max()))
    if low < 0 or high >= classes:
        raise ValueError(
            f"labels must lie in 0 .. {classes - 1}, got {low} .. {high}: raise classes, "
            "leave pixels without a label out (truth[known], predicted[known]), or turn grey levels into "
            "classes (mask > 0)"
        )
    if per_image and first.ndim < 2:
        raise ValueError(f"per_image needs label maps of shape (..., H, W), got {first.shape}")
    lead = first.shape[:-2] if per_image else ()
    count = int(np.prod(lead))
    cells = first.reshape(count, -1).astype(np.intp) * classes + second.reshape(count, -1).astype(np.intp)
    cells += np.arange(count)[:, None] * classes**2
    return np.bincount(cells.ravel(), minlength=count * classes**2).reshape(*lead, classes, classes)


# So many squared are 8 GB of counts.
_MOST_CLASSES = 2**15


def _class_count(classes: int) -> int:
    try:
        count = index(classes)
    except TypeError:
        raise TypeError(f"classes must be an integer, the number of classes, got {shown(classes)}") from None
    if count > _MOST_CLASSES:
        raise ValueError(
            f"classes must be at most {_MOST_CLASSES}, got {shown(count)}: whose matrix no memory holds"
        )
    if count < 1:
        raise ValueError(f"classes must be at least 1, got {count}: count the background as a class")
    return count


def class_iou(matrix: ArrayLike) -> np.ndarray:
    r"""Return the intersection over union of every class from a confusion matrix.

    .. math:: \text{IoU}_k = \frac{C_{kk}}{\sum_j C_{jk} + \sum_j C_{kj} - C_{kk}}

    Parameters
    ----------
    matrix : (..., K, K), >= 0, pixels
        Confusion matrices, rows for the truth. The formula has no unit: counts, counts over their sum, and
        weighted counts give the same.

    Returns
    -------
    array (..., K)
        IoU in [0, 1]; NaN for a class that is neither in the truth nor in the prediction.

    Raises
    ------
    ValueError
        If the last two axes are not square, an entry is negative or not finite, or every row (or column) of a
        matrix sums to 1: one normalised by rows no longer knows how large its classes are.
    TypeError
        If the matrix does not hold real numbers.

    Notes
    -----
    A matrix of whole numbers is taken for counts, even if all its rows sum to 1: one pixel a class.

    Examples
    --------
    >>> class_iou([[1, 1, 0], [0, 1, 0], [0, 0, 0]])
    array([0.5, 0.5, nan])
    >>> class_iou([[0.25, 0.25], [0.0, 0.5]])
    array([0.5       , 0.66666667])

    Lesson: 06_measuring_a_mask
    """
    counts = _counts(matrix)
    # A power of two scales without rounding, so that neither 1e308 overflows in a sum nor 5e-324 vanishes.
    largest = counts.max(axis=(-2, -1), keepdims=True, initial=0)
    counts = np.ldexp(counts, -np.frexp(largest)[1])
    hits = np.diagonal(counts, axis1=-2, axis2=-1)
    union = counts.sum(axis=-1) + counts.sum(axis=-2) - hits
    seen = union > 0
    return np.where(seen, hits / np.where(seen, union, 1), np.nan)


def _counts(matrix: ArrayLike) -> np.ndarray:
    given = as_array("matrix", matrix)
    if given.ndim < 2 or given.shape[-1] != given.shape[-2] or given.shape[-1] == 0:
        raise ValueError(f"matrix must have shape (..., K, K), got {given.shape}: make it with confusion")
    if given.dtype.kind not in "biuf":
        raise TypeError(f"matrix must hold numbers of pixels, got {given.dtype}: make it with confusion")
    counts = given.astype(np.float64)
    if not ((counts >= 0) & (counts < np.inf)).all():  # written so that NaN is refused too
        raise ValueError(
            "matrix must hold finite numbers >= 0, got one that is not: make it with confusion, "
            "and divide no empty row by its sum"
        )
    if given.dtype.kind == "f" and _normalised(counts).any():
        raise ValueError(
            "matrix must hold pixels, or pixels divided by their total, got rows (or columns) that sum to 1 "
            "each: how large a class is got lost, so take the matrix from before"
        )
    return counts


def _normalised(counts: np.ndarray) -> np.ndarray:
    """Say of each matrix whether all its rows, or all its columns, sum to 1 without being whole numbers."""
    small = np.minimum(counts, 2)  # 2 is too large already, and a sum of 2s does not overflow
    sums = np.stack([small.sum(axis=-1), small.sum(axis=-2)])
    ones = ((np.abs(sums - 1) < 1e-4) | (sums == 0)).all(axis=-1)
    several = (sums > 0).sum(axis=-1) > 1
    return (ones & several).any(axis=0) & (counts != np.round(counts)).any(axis=(-2, -1))


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
        Count class 0 as a class. Where it is large and easy, it flatters.

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
    truth, predicted : any one shape, integers >= 0 or booleans
        Label maps or masks.

    Returns
    -------
    float in [0, 1]
        The accuracy over all pixels of the stack.

    Raises
    ------
    ValueError
        If the shapes differ, there is no pixel, a label is negative, or a map holds only 0 and 255.
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
    first, second = class_maps(truth, predicted)
    return float((first == second).mean())
