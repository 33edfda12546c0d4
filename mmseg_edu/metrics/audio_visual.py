"""The scores of the audio-visual segmentation benchmark, as its code computes them and as they should be."""

from operator import index

import numpy as np
from numpy.typing import ArrayLike

from mmseg_edu.metrics.arrays import class_maps, map_pair


def _thresholds(count: int = 255) -> np.ndarray:
    # float32 steps from 0 to 1 - 1e-10, which float32 rounds to 1, counted from both ends as PyTorch does.
    step, index = np.float32(1) / np.float32(count - 1), np.arange(count, dtype=np.float32)
    return np.where(index < count / 2, step * index, 1 - step * (count - 1 - index)).astype(np.float32)


AVS_THRESHOLDS = _thresholds()


def avs_mask_iou(truth: ArrayLike, probabilities: ArrayLike, *, batch: int = 5) -> float:
    r"""Compute the mIoU of the audio-visual segmentation benchmark (AVSBench) exactly as its code does.

    .. math:: J_t = \begin{cases}
              |A_t \cap B_t| / |A_t \cup B_t| & A_t \ne \emptyset \\
              |\overline{A_t} \cap \overline{B_t}| / (H W) & A_t = \emptyset \end{cases}
              \qquad B_t = \{ x : p_{tx} > 0.5 \}

    Parameters
    ----------
    truth : (N, H, W), bool or 0 and 1
        Masks of the sounding objects in N frames, clip after clip.
    probabilities : (N, H, W), floats in [0, 1]
        The probability of foreground: the sigmoid of the network's scores. Compared in float32, as the
        benchmark does.
    batch : integer >= 1, frames
        Frames a batch: 5 is one clip, as in the benchmark's test. A short last one counts like a full one.

    Returns
    -------
    float in [0, 1]
        The mean over batches of the mean over frames of J. The code adds 1e-7 to each denominator, so that a
        perfect mask of n pixels gets n / (n + 1e-7).

    Raises
    ------
    ValueError
        If the shapes differ, truth is not 0 and 1, a value is not a probability, or batch is below 1.
    TypeError
        If truth is made of floats, the probabilities are not, or batch is not an integer.

    Notes
    -----
    An empty true mask is scored by its background: a false blob on 20 % of the picture still gets 0.80, where
    :func:`iou` says 0. A tiny true object that is missed gets 0.

    References
    ----------
    Zhou et al. (2022), Audio-visual segmentation, ECCV, and its code (function ``mask_iou``).

    Examples
    --------
    >>> truth = np.zeros((1, 10, 10), int)
    >>> blob = np.zeros((1, 10, 10))
    >>> blob[:, :2] = 0.9
    >>> round(avs_mask_iou(truth, blob), 6)
    0.8

    Lesson: 06_measuring_a_mask
    """
    masks, maps = map_pair(truth, probabilities)
    found, pixels, epsilon = maps.astype(np.float32) > 0.5, (1, 2), 1e-7
    void = ~masks.any(axis=pixels)
    inter = np.where(void, (~masks & ~found).sum(axis=pixels), (masks & found).sum(axis=pixels))
    union = np.where(void, masks[0].size, (masks | found).sum(axis=pixels))
    scores = inter / (union + epsilon)
    return float(np.mean([scores[part].mean() for part in _batches(len(masks), batch)]))


def avs_f_curve(truth: ArrayLike, probabilities: ArrayLike) -> np.ndarray:
    r"""Return the benchmark's F score at each of its 255 thresholds, averaged over frames.

    .. math:: F(\tau) = \frac{1}{|T|} \sum_{t \in T} \frac{(1 + \beta^2) P_t R_t}{\beta^2 P_t + R_t},
              \qquad \beta^2 = 0.3, \quad B_t = \{ x : p_{tx} \ge \tau \}, \quad T = \{ t : A_t \ne \emptyset
              \}

    Parameters
    ----------
    truth : (N, H, W), bool or 0 and 1
        Masks of the sounding objects.
    probabilities : (N, H, W), floats in [0, 1]
        The probability of foreground. Compared in float32, as the benchmark does.

    Returns
    -------
    array (255,), in [0, 1]
        The curve over ``AVS_THRESHOLDS``. Frames whose true mask is empty are skipped; if all are, the curve
        is 0.

    Raises
    ------
    ValueError, TypeError
        As :func:`avs_mask_iou` does of its arrays.

    Examples
    --------
    At the first threshold, 0, every pixel is foreground. If the truth covers r = 0.5 of the picture, this is
    1.3 r / (0.3 r + 1):

    >>> truth = np.array([[[1, 1, 0, 0]]])
    >>> float(avs_f_curve(truth, np.full((1, 1, 4), 0.7))[0].round(4))
    0.5652

    Lesson: 06_measuring_a_mask
    """
    masks, maps = map_pair(truth, probabilities)
    curves = [_frame_curve(mask, p) for mask, p in zip(masks, maps, strict=True) if mask.any()]
    return np.mean(curves, axis=0) if curves else np.zeros(len(AVS_THRESHOLDS))


def _frame_curve(mask: np.ndarray, probability: np.ndarray) -> np.ndarray:
    # How many thresholds a pixel reaches tells all thresholds at once: one histogram instead of 255 passes.
    steps = len(AVS_THRESHOLDS)
    reached = np.searchsorted(AVS_THRESHOLDS, probability.astype(np.float32).ravel(), side="right")
    chosen = np.bincount(reached, minlength=steps + 1)[::-1].cumsum()[::-1][1:]
    hits = np.bincount(reached[mask.ravel()], minlength=steps + 1)[::-1].cumsum()[::-1][1:]
    # In counts (1 + b) P R / (b P + R) is (1 + b) hits / (b |A| + |B|): no hits give 0, not 0 / 0. With b = 3 / 10
    # the two sides are whole numbers, and a perfect mask gets 1 to the last digit.
    return 13 * hits / (3 * mask.sum() + 10 * chosen)


def avs_f_score(truth: ArrayLike, probabilities: ArrayLike, *, batch: int = 5) -> float:
    r"""Compute the F score of the audio-visual segmentation benchmark (AVSBench) exactly as its code does.

    .. math:: F = \frac{1}{|\mathcal B|} \sum_{b \in \mathcal B} \max_\tau F_b(\tau)

    Parameters
    ----------
    truth : (N, H, W), bool or 0 and 1
        Masks of the sounding objects in N frames, clip after clip.
    probabilities : (N, H, W), floats in [0, 1]
        The probability of foreground.
    batch : integer >= 1, frames
        Frames a batch: 5 is one clip, as in the benchmark's test. A short last one counts like a full one.

    Returns
    -------
    float in [0, 1]
        The mean over batches of the best point of each batch's curve (see :func:`avs_f_curve`).

    Raises
    ------
    ValueError, TypeError
        As :func:`avs_mask_iou` does.

    Notes
    -----
    The best threshold is chosen anew for every batch, on the test set, so the score depends on the batch size;
    :func:`avs_f_score_dataset` chooses once. Where no true mask is empty and all batches are full, splitting
    batches into equal parts does not lower the score, up to rounding. Empty frames are skipped, but a batch of
    nothing else counts as 0, so that with silent frames smaller batches may score lower. A frame whose truth
    covers the fraction r of the picture pays a constant map 1.3 r / (0.3 r + 1): 0.57 for r = 0.5, without
    having seen anything. The code works in float32 and this in float64, so the last digits differ.

    References
    ----------
    Zhou et al. (2022), Audio-visual segmentation, ECCV, and its code (function ``Eval_Fmeasure``).

    Examples
    --------
    Two frames that need different thresholds:

    >>> truth = np.array([[[1, 0, 0, 0]], [[1, 0, 0, 0]]])
    >>> maps = np.array([[[0.9, 0.6, 0.6, 0.6]], [[0.4, 0.1, 0.1, 0.1]]])
    >>> avs_f_score(truth, maps, batch=1), round(avs_f_score(truth, maps, batch=2), 3)
    (1.0, 0.651)

    Lesson: 06_measuring_a_mask
    """
    masks, maps = map_pair(truth, probabilities)
    return float(np.mean([avs_f_curve(masks[b], maps[b]).max() for b in _batches(len(masks), batch)]))


def avs_f_score_dataset(truth: ArrayLike, probabilities: ArrayLike) -> float:
    r"""Compute the benchmark's F score with one threshold for the whole data set.

    .. math:: F = \max_\tau \frac{1}{|T|} \sum_{t \in T} F_t(\tau)

    Parameters
    ----------
    truth : (N, H, W), bool or 0 and 1
        Masks of the sounding objects in all frames.
    probabilities : (N, H, W), floats in [0, 1]
        The probability of foreground.

    Returns
    -------
    float in [0, 1], or NaN
        The best point of the mean curve: up to rounding, not above :func:`avs_f_score` where all batches are
        full and no true mask is empty. NaN if every true mask is empty: there is nothing to find.

    Raises
    ------
    ValueError, TypeError
        As :func:`avs_f_curve` does.

    Notes
    -----
    The threshold is still the best one on this very set; choose it on another set and read
    ``avs_f_curve(...)[index]`` for an honest number. What happens on frames with an empty truth is the
    business of :func:`false_positive_rate`.

    Examples
    --------
    >>> truth = np.array([[[1, 0, 0, 0]], [[1, 0, 0, 0]]])
    >>> maps = np.array([[[0.9, 0.6, 0.6, 0.6]], [[0.4, 0.1, 0.1, 0.1]]])
    >>> round(avs_f_score_dataset(truth, maps), 3)
    0.651

    Lesson: 06_measuring_a_mask
    """
    masks, maps = map_pair(truth, probabilities)
    return float(avs_f_curve(masks, maps).max()) if masks.any() else float("nan")


def false_positive_rate(truth: ArrayLike, predicted: ArrayLike) -> float:
    r"""Return the share of the true background that is taken for foreground.

    .. math:: \text{FPR} = \frac{|\{ x : \text{truth}_x = 0, \; \text{predicted}_x \ne 0 \}|}
              {|\{ x : \text{truth}_x = 0 \}|}

    Parameters
    ----------
    truth, predicted : any one shape, integers >= 0 or booleans
        Label maps or masks; 0 is the background. Under silence the truth is empty, and the rate is the share
        of the picture that the model claims to hear.

    Returns
    -------
    float in [0, 1], or NaN
        The rate over all pixels of the stack; NaN where there is no background.

    Raises
    ------
    ValueError
        If the shapes differ, there is no pixel, a label is negative, or a map holds only 0 and 255.
    TypeError
        If the labels are not integers or booleans.

    Examples
    --------
    >>> false_positive_rate([[0, 0, 0, 0, 2]], [[0, 3, 0, 0, 0]])
    0.25

    Lesson: 06_measuring_a_mask
    """
    first, second = class_maps(truth, predicted)
    claimed = second[first == 0] != 0
    return float(claimed.mean()) if claimed.size else float("nan")


def _batches(count: int, batch: int) -> list[slice]:
    try:
        frames = index(batch)
    except TypeError:
        raise TypeError(f"batch must be an integer, a number of frames, got {batch!r}") from None
    if frames < 1:
        raise ValueError(f"batch must be at least 1 frame, got {frames}: the benchmark's test uses 5")
    return [slice(start, start + frames) for start in range(0, count, frames)]
