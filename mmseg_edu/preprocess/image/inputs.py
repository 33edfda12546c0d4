"""The rules for pictures, label maps, boxes and seeds that come in; each says what it got and what to do."""

from __future__ import annotations

from typing import Any

import numpy as np

from mmseg_edu.preprocess.arguments import ROUNDING, as_array, as_reals, check_width, is_whole


def checked_picture(image: Any) -> np.ndarray:
    """Take a finite floating-point picture, (H, W) or (H, W, C), with at least one pixel.

    Raises
    ------
    TypeError
        For integers, which are bytes or labels.
    ValueError
        For another shape, NaN or infinity.
    """
    image = as_array("image", image)
    if image.ndim not in (2, 3) or 0 in image.shape:
        raise ValueError(
            f"image must have shape (H, W) or (H, W, C), got {image.shape}: take the pictures of a batch one by one"
        )
    check_floating(image)
    if not np.isfinite([image.min(), image.max()]).all():
        raise ValueError("image must be finite, got NaN or infinity: clean it with np.nan_to_num first")
    return image


def check_floating(image: np.ndarray) -> None:
    """Refuse integers, which are bytes or labels, and numbers too wide for filters."""
    check_width("image", image)
    if not np.issubdtype(image.dtype, np.floating):
        raise TypeError(
            f"image must be floating point, got {image.dtype.name}: use image.astype(np.float32) / 255 for "
            "bytes or to_rgb for any picture, and resize_labels, warp_labels and crop for labels"
        )


def checked_rgb(image: Any) -> np.ndarray:
    """Take a floating-point RGB picture, (H, W, 3), in [0, 1], past which only rounding may go."""
    image = checked_picture(image)
    if image.ndim != 3 or image.shape[2] != 3:
        raise ValueError(
            f"image must have shape (H, W, 3), RGB, got {image.shape}: bring it there with to_rgb"
        )
    if image.min() < -ROUNDING or image.max() > 1 + ROUNDING:
        raise ValueError(
            f"image must lie in [0, 1], got {image.min():.4g} to {image.max():.4g}: divide bytes by 255, "
            "and normalize after this step, not before"
        )
    return np.clip(image, 0, 1)


def checked_labels(labels: Any) -> np.ndarray:
    """Take a label map, (H, W), of integers or bool, with at least one pixel."""
    labels = as_array("labels", labels)
    if labels.ndim != 2 or 0 in labels.shape:
        raise ValueError(f"labels must have shape (H, W), got {labels.shape}: take the maps one at a time")
    if labels.dtype.kind not in "iub":
        raise TypeError(
            f"labels must be integers, got {labels.dtype.name}: resize pictures with resize_image, "
            "warp them with warp_image"
        )
    return labels


def checked_boxes(boxes: Any) -> np.ndarray:
    """Take boxes, (N, 4), as (top, left, bottom, right), and give them as float64; none at all is (0, 4)."""
    given = as_reals("boxes", boxes)
    given = given.reshape(0, 4) if given.size == 0 else given
    if given.ndim != 2 or given.shape[1] != 4:
        raise ValueError(
            f"boxes must have shape (N, 4), got {given.shape}: one row (top, left, bottom, right) a box"
        )
    if not np.isfinite(given).all():
        raise ValueError("boxes must be finite, got NaN or infinity: leave out boxes that are not there")
    if (given[:, 2:] < given[:, :2]).any():
        wrong = given[(given[:, 2:] < given[:, :2]).any(axis=1)][0]
        raise ValueError(
            f"boxes must be (top, left, bottom, right) with bottom >= top and right >= left, got "
            f"{wrong.tolist()}: is it (top, left, height, width)?"
        )
    return given


def generator(seed: Any) -> np.random.Generator:
    """Take a whole number, 0 or more, or a NumPy generator; None, which no one could repeat, is refused."""
    if isinstance(seed, np.random.Generator):
        return seed
    if not is_whole(seed) or seed < 0:
        raise ValueError(
            f"seed must be a whole number, 0 or more, or a NumPy Generator, got {seed!r}: try seed=0"
        )
    return np.random.default_rng(seed)
