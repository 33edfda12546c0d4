"""Shares of the classes in a scene, and how far a posterior is from them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmseg_edu.scenes import CLASSES

Array = NDArray[Any]


def pixel_shares(labels: Array, classes: int = len(CLASSES)) -> NDArray[np.float32]:
    """Share of each class in the pixels of each label map.

    Parameters
    ----------
    labels : array of shape (..., H, W), integers 0 to classes - 1
    classes : int

    Returns
    -------
    array of shape (..., classes), float32, sums to 1

    Examples
    --------
    >>> import numpy as np
    >>> pixel_shares(np.array([[0, 0], [0, 2]]), classes=3).tolist()
    [0.75, 0.0, 0.25]
    """
    counts = [(labels == k).mean(axis=(-2, -1), dtype=np.float32) for k in range(classes)]
    return np.stack(counts, axis=-1)


def shares_cross_entropy(posterior: Array, target: Array) -> float:
    """Cross-entropy against shares (..., K) that sum to 1, the mean over all other axes."""
    return float(-(target * np.log(np.maximum(posterior, 1e-30))).sum(axis=-1).mean())
