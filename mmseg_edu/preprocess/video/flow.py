"""Where each pixel of a picture goes in the next one."""

from __future__ import annotations

from typing import Any

import numpy as np

from mmseg_edu.preprocess.arguments import as_array
from mmseg_edu.preprocess.image import rgb_to_gray


def optical_flow(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    r"""Estimate how far each pixel of one picture has moved in the next one.

    .. math::
        I_{\text{after}}\bigl(p + v(p)\bigr) \approx I_{\text{before}}(p), \qquad v \text{ smooth except at borders}

    Parameters
    ----------
    before, after : (H, W) or (H, W, 3) floating point in [0, 1], 16 pixels or more a side
        Colours are made grey by their luminance first.

    Returns
    -------
    (H, W, 2) float64, pixels
        ``[..., 0]`` is the way down, along the rows, ``[..., 1]`` the way to the right, along the columns: the
        order of an array's axes. Where the picture has no texture there is nothing to see moving, and the flow
        is filled in from the surroundings.

    Raises
    ------
    TypeError, ValueError
        For integers, other or different shapes, NaN, and values outside [0, 1].

    References
    ----------
    skimage.registration.optical_flow_tvl1, after Zach, Pock & Bischof (2007).

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.ndimage import gaussian_filter
    >>> before = gaussian_filter(np.random.default_rng(0).random((32, 32)), 2, mode="wrap")
    >>> flow = optical_flow(before, np.roll(before, 1, axis=1))                # one pixel to the right
    >>> np.median(flow, axis=(0, 1)).round(1) + 0.0
    array([0., 1.])

    Lesson: 03_video_and_alignment
    """
    from skimage.registration import optical_flow_tvl1

    pair = [_checked_picture(name, each) for name, each in (("before", before), ("after", after))]
    if pair[0].shape != pair[1].shape:
        raise ValueError(
            f"before and after must have one shape, got {pair[0].shape} and {pair[1].shape}: "
            "take two frames of one clip"
        )
    return np.moveaxis(optical_flow_tvl1(*pair, dtype=np.float64), 0, -1)


def _checked_picture(name: str, picture: Any) -> np.ndarray:
    """Take a grey or RGB picture of values in [0, 1], and make it grey."""
    picture = as_array("picture", picture)
    if not np.issubdtype(picture.dtype, np.floating):
        raise TypeError(
            f"{name} must be floating point, got {picture.dtype.name}: use {name}.astype(np.float32) / 255"
        )
    if (picture.ndim != 2 and picture.shape[2:] != (3,)) or min(picture.shape[:2]) < 16:
        raise ValueError(
            f"{name} must have shape (H, W) or (H, W, 3), 16 pixels or more a side, got {picture.shape}: "
            "pass one frame, clip.frames[i]"
        )
    if not (picture.min() >= 0 and picture.max() <= 1):
        raise ValueError(
            f"{name} must lie in [0, 1] without NaN, got {picture.min():.6g} to {picture.max():.6g}: "
            "cut it with np.clip"
        )
    return (picture if picture.ndim == 2 else rgb_to_gray(picture)).astype(np.float64)
