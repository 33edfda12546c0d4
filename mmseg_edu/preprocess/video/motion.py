"""How much moves from picture to picture, in all or in each cell of a grid."""

from __future__ import annotations

from typing import Any

import numpy as np

from mmseg_edu.preprocess.arguments import as_array, checked_whole


def motion_energy(frames: np.ndarray, *, cells: int | None = None) -> np.ndarray:
    r"""Measure how much each picture differs from the one before.

    .. math::
        e_t = \frac{1}{H W C} \sum_{x, c} (I_{t,x,c} - I_{t-1,x,c})^2, \qquad e_0 = 0

    Parameters
    ----------
    frames : (T, H, W) or (T, H, W, C) floating point
    cells : int, 1 or more, or None
        Measure in each cell of a grid of so many rows and columns (at most one a pixel); None: in the whole
        picture.

    Returns
    -------
    (T,) or (T, rows, columns) float64
        0 where nothing moves. Noise of standard deviation s adds 2 s squared everywhere.

    Raises
    ------
    TypeError, ValueError
        For integers (differences of bytes wrap around), other shapes, NaN and infinity.

    Examples
    --------
    >>> import numpy as np
    >>> frames = np.zeros((3, 2, 2))
    >>> frames[2, 0, 0] = 1.0
    >>> motion_energy(frames)
    array([0.  , 0.  , 0.25])
    >>> motion_energy(frames, cells=2)[2]
    array([[1., 0.],
           [0., 0.]])

    Lesson: 03_video_and_alignment
    """
    frames = checked_frames(frames)
    height, width = frames.shape[1:3]
    rows, columns = (_cell_edges(side, cells) for side in (height, width))
    energy = np.zeros((len(frames), len(rows), len(columns)))
    area = np.outer(np.diff(rows, append=height), np.diff(columns, append=width))
    for t in range(1, len(frames)):
        with np.errstate(over="ignore", invalid="ignore"):
            change = np.subtract(frames[t], frames[t - 1], dtype=np.float64).reshape(height, width, -1)
        moved = np.einsum("ijc,ijc->ij", change, change) / change.shape[-1]
        energy[t] = np.add.reduceat(np.add.reduceat(moved, rows, axis=0), columns, axis=1) / area
    return energy[:, 0, 0] if cells is None else energy


def checked_frames(frames: Any) -> np.ndarray:
    """Take pictures (T, H, W) or (T, H, W, C) of finite floating-point numbers."""
    frames = as_array("frames", frames)
    if frames.ndim not in (3, 4) or 0 in frames.shape:
        raise ValueError(
            f"frames must have shape (T, H, W) or (T, H, W, C), got {frames.shape}: pass clip.frames"
        )
    if not np.issubdtype(frames.dtype, np.floating):
        raise TypeError(
            f"frames must be floating point, got {frames.dtype.name}: differences of bytes wrap around, "
            "use frames.astype(np.float32) / 255"
        )
    if not np.isfinite(frames).all():
        raise ValueError("frames must be finite, got NaN or infinity: clean them with np.nan_to_num first")
    return frames


def _cell_edges(side: int, cells: int | None) -> np.ndarray:
    count = 1 if cells is None else checked_whole("cells", cells, "8 is a good one")
    return np.arange(min(count, side)) * side // min(count, side)
