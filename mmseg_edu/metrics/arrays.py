"""The checks of what comes into the metrics: two label maps, or two masks, of one shape."""

import numpy as np
from numpy.typing import ArrayLike

from mmseg_edu.preprocess.arguments import as_array


def label_pair(truth: ArrayLike, predicted: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return two label maps as integer arrays of one shape, at least one pixel each."""
    first, second = as_array("truth", truth), as_array("predicted", predicted)
    if first.shape != second.shape:
        raise ValueError(
            f"predicted must have the shape of truth, {first.shape}, got {second.shape}: "
            "resize labels with resize_labels, turn probabilities into labels with argmax(-1)"
        )
    if first.size == 0:
        raise ValueError(f"there must be at least one pixel to measure, got shape {first.shape}")
    for name, labels in (("truth", first), ("predicted", second)):
        if labels.dtype.kind not in "biu":
            raise TypeError(
                f"{name} must hold class indices (integers or booleans), got {labels.dtype}: "
                "threshold a probability map (p > 0.5) or take argmax(-1)"
            )
    return first, second


def class_maps(truth: ArrayLike, predicted: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return two maps of class indices >= 0, of which neither is a mask stored as grey levels 0 and 255."""
    first, second = label_pair(truth, predicted)
    for name, labels in (("truth", first), ("predicted", second)):
        if labels.min() < 0:
            raise ValueError(
                f"{name} must hold class indices >= 0, got {labels.min()}: "
                "leave pixels without a label out (truth[known], predicted[known])"
            )
        # The two cheap questions come first: a map with a pixel of 255 is rare, and most have a pixel of 1.
        if labels.max() == 255 and ((labels == 0) | (labels == 255)).all():
            raise ValueError(
                f"{name} must hold class indices, got only 0 and 255, a mask in grey levels: compare it with > 0"
            )
    return first, second


def mask_pair(truth: ArrayLike, predicted: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return two masks (..., H, W) as boolean arrays of one shape."""
    first, second = label_pair(truth, predicted)
    return as_masks(first, "truth"), as_masks(second, "predicted")


def as_masks(labels: np.ndarray, name: str) -> np.ndarray:
    """Return an array of masks (..., H, W) of booleans or of 0 and 1 as booleans."""
    if labels.ndim < 2:
        raise ValueError(f"{name} must be masks of shape (..., H, W), got shape {labels.shape}")
    if labels.dtype != bool and ((labels != 0) & (labels != 1)).any():
        strange = labels[(labels != 0) & (labels != 1)].flat[0]
        raise ValueError(
            f"{name} must be a mask of 0 and 1, got {strange}: compare with one class (labels == {strange}), "
            "or use mean_iou for label maps"
        )
    return labels.astype(bool, copy=False)


def map_pair(truth: ArrayLike, probabilities: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return masks (N, H, W) and the maps of foreground probability (N, H, W), floats, that go with them."""
    labels, maps = as_array("truth", truth), as_array("probabilities", probabilities)
    if labels.ndim != 3 or labels.shape != maps.shape or labels.size == 0:
        raise ValueError(
            "truth and probabilities must both have shape (N, H, W), at least one pixel, "
            f"got {labels.shape} and {maps.shape}: one picture is truth[None]"
        )
    if labels.dtype.kind not in "biu":
        raise TypeError(
            f"truth must hold 0 and 1 (integers or booleans), got {labels.dtype}: compare it with > 0"
        )
    if maps.dtype.kind != "f":
        raise TypeError(
            f"probabilities must be floats in [0, 1], got {maps.dtype}: "
            "divide grey levels by 255, turn a mask into a map with astype(float)"
        )
    if not (maps.min() >= 0 and maps.max() <= 1):  # written so that NaN is refused too
        raise ValueError(
            f"probabilities must lie in [0, 1], got values from {maps.min():.3g} to {maps.max():.3g}: "
            "apply the sigmoid to scores (logits) first"
        )
    return as_masks(labels, "truth"), maps
