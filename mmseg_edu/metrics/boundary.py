"""Metrics of borders and regions: the boundary F score and the variation of information."""

import numpy as np
from numpy.typing import ArrayLike

from mmseg_edu.metrics.arrays import label_pair, mask_pair
from mmseg_edu.preprocess.arguments import is_finite, shown


def _contour(mask: np.ndarray) -> np.ndarray:
    # A pixel lies on the contour if its right, lower or lower right neighbour is on the other side: one
    # pixel wide, and the frame of the picture is no contour.
    padded = np.pad(mask, (0, 1), mode="edge")
    return (mask != padded[:-1, 1:]) | (mask != padded[1:, :-1]) | (mask != padded[1:, 1:])


def _near(contour: np.ndarray, radius: float) -> np.ndarray:
    from scipy.ndimage import distance_transform_edt

    return distance_transform_edt(~contour) <= radius


def _boundary_f(truth: np.ndarray, predicted: np.ndarray, radius: float) -> float:
    first, second = _contour(truth), _contour(predicted)
    if not first.any() and not second.any():
        return float((truth == predicted).all())
    if not first.any() or not second.any():
        return 0.0
    precision = (second & _near(first, radius)).sum() / second.sum()
    recall = (first & _near(second, radius)).sum() / first.sum()
    return float(2 * precision * recall / (precision + recall)) if precision + recall else 0.0


def boundary_f(truth: ArrayLike, predicted: ArrayLike, *, tolerance: float = 0.0075) -> float | np.ndarray:
    r"""Score how well two borders agree, up to a small distance.

    .. math:: F = \frac{2 P R}{P + R}, \qquad
              P = \frac{|\{ x \in \partial B : d(x, \partial A) \le r \}|}{|\partial B|}, \quad
              R = \frac{|\{ x \in \partial A : d(x, \partial B) \le r \}|}{|\partial A|}, \quad
              r = \left\lceil t \sqrt{H^2 + W^2} \right\rceil

    Parameters
    ----------
    truth, predicted : (..., H, W), bool or 0 and 1
        Masks A and B of one shape.
    tolerance : t >= 0, fraction of the diagonal
        How far off a border may be: 0.0075 is the BSDS benchmark's, 0.008 the DAVIS benchmark's. Rounded up
        to whole pixels (r pixels are ``r / np.hypot(H, W)``); 0 asks for the very same pixels.

    Returns
    -------
    float, or array (...) for a stack; in [0, 1]
        One score a mask.

    Raises
    ------
    ValueError
        If the shapes differ, a mask holds other numbers than 0 and 1, or the tolerance is negative.
    TypeError
        If a mask is made of floats.

    Notes
    -----
    Both masks empty: 1. One empty: 0. A mask that fills the picture has no border either; against a full mask
    it scores 1, against an empty one 0 (DAVIS: 1, because neither has a border). Borders and distances (a
    disk) are those of the DAVIS code. BSDS goes further and pairs border pixels one to one: of the same
    borders, its score is never higher.

    References
    ----------
    Perazzi et al. (2016), A benchmark data set and evaluation methodology for video object segmentation,
    CVPR. Martin, Fowlkes, Malik (2004), Learning to detect natural image boundaries, TPAMI 26(5).

    Examples
    --------
    A square that is one pixel off is the same square to a tolerance of one pixel:

    >>> truth = np.zeros((32, 32), bool)
    >>> truth[8:20, 8:20] = True
    >>> off = np.roll(truth, 1, axis=1)
    >>> boundary_f(truth, off), round(boundary_f(truth, off, tolerance=0), 2)
    (1.0, 0.5)

    Lesson: 06_measuring_a_mask
    """
    first, second = mask_pair(truth, predicted)
    if not (is_finite(tolerance) and tolerance >= 0):
        raise ValueError(
            f"tolerance must be >= 0, a fraction of the diagonal, got {shown(tolerance)}: try 0.0075"
        )
    height, width = first.shape[-2:]
    # The margin keeps t = r / diagonal at r pixels: the product may round to just above r.
    radius = float(np.ceil(min(float(tolerance), 1.0) * np.hypot(height, width) * (1 - 1e-12)))
    pairs = zip(first.reshape(-1, height, width), second.reshape(-1, height, width), strict=True)
    scores = np.array([_boundary_f(a, b, radius) for a, b in pairs]).reshape(first.shape[:-2])
    return float(scores) if scores.ndim == 0 else scores


def variation_of_information(truth: ArrayLike, predicted: ArrayLike) -> tuple[float, float]:
    r"""Measure in bits how two partitions of a picture differ, whatever their regions are called.

    .. math:: \text{VI} = H(\text{predicted} \mid \text{truth}) + H(\text{truth} \mid \text{predicted})

    Parameters
    ----------
    truth, predicted : any one shape, integers >= 0 or booleans
        Region numbers. They may have gaps and be as large as their type allows: only who shares one counts.

    Returns
    -------
    (splits, merges) : floats >= 0, bits
        H(predicted | truth), which is over-segmentation, and H(truth | predicted), which is
        under-segmentation. Their sum is the variation of information; 0 means the same partition. R regions
        give at most log2 R bits.

    Raises
    ------
    ValueError
        If the shapes differ, a label is negative, or there is no pixel.
    TypeError
        If the labels are not integers.

    Notes
    -----
    One region on both sides gives (0, 0). The value comes from scikit-image, which makes a table as large as
    the largest region number; so the regions are numbered from 0 first.

    References
    ----------
    Meila (2007), Comparing clusterings: an information based distance, Journal of Multivariate Analysis
    98(5).

    Examples
    --------
    One region cut into two equal halves costs one bit of splitting:

    >>> variation_of_information([[1, 1, 1, 1]], [[1, 1, 2, 2]])
    (1.0, 0.0)
    """
    from skimage.metrics import variation_of_information as split_and_merge

    first, second = label_pair(truth, predicted)
    if min(first.min(), second.min()) < 0:
        raise ValueError("region numbers must be >= 0, got a negative one: shift them up")
    dense = [np.unique(labels, return_inverse=True)[1].ravel() for labels in (first, second)]
    splits, merges = split_and_merge(*dense)
    return max(float(splits), 0.0), max(float(merges), 0.0)
