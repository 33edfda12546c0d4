"""The picture of a moment, and pictures at a constant rate, from their own timestamps."""

from __future__ import annotations

from typing import Any

import numpy as np

from mmseg_edu.preprocess.arguments import MOST_NUMBERS, as_array, as_reals, is_finite


def frame_at(frames: np.ndarray, times: np.ndarray, t: float | np.ndarray) -> np.ndarray:
    r"""Return the picture that is on show at a moment: the last one whose time is not after it.

    .. math::
        i(t) = \max \{ i : \text{times}_i \le t \}

    Parameters
    ----------
    frames : (T, ...)
        Pictures, label maps, or anything else with one entry a moment.
    times : (T,) seconds, strictly increasing
        The pictures' own timestamps. Dividing t by a frame rate goes wrong as soon as the rate varies.
    t : float or array, seconds
        Before the first picture, the first one is taken; after the last, the last.

    Returns
    -------
    (...) or (t.shape, ...)
        One picture, or one for each moment.

    Raises
    ------
    ValueError
        When frames and times do not fit, times do not increase, or t is NaN.

    Examples
    --------
    >>> import numpy as np
    >>> frames, times = np.array([10, 20, 30]), np.array([0.0, 0.1, 0.5])
    >>> int(frame_at(frames, times, 0.49)), int(frame_at(frames, times, 0.5))
    (20, 30)

    Lesson: 03_video_and_alignment
    """
    times, moments = checked_times(times), _moments(t)
    frames = _entries(frames, len(times))
    return frames[np.clip(np.searchsorted(times, moments, side="right") - 1, 0, None)]


def blend_at(frames: np.ndarray, times: np.ndarray, t: float | np.ndarray) -> np.ndarray:
    r"""Mix a moment's picture from its two neighbours in time, each by its nearness.

    .. math::
        (1 - w)\, I_i + w\, I_{i+1}, \qquad w = \frac{t - \text{times}_i}{\text{times}_{i+1} - \text{times}_i}

    Parameters
    ----------
    frames : (T, ...) floating point
        Pictures. What moves shows twice, half transparent; where it truly is, there may be nothing.
    times : (T,) seconds, strictly increasing
    t : float or array, seconds
        Before the first picture, the first one is taken; after the last, the last.

    Returns
    -------
    (...) or (t.shape, ...), same dtype
        No value lies outside those of its two neighbours.

    Raises
    ------
    TypeError, ValueError
        For integers: label maps must never be blended, since half of class 0 and half of class 4 is not class 2.
        Otherwise as in :func:`frame_at`.

    Examples
    --------
    >>> import numpy as np
    >>> frames, times = np.array([10.0, 20.0, 30.0]), np.array([0.0, 0.1, 0.5])
    >>> blend_at(frames, times, np.array([0.05, 0.1, 0.4])).round(1)
    array([15. , 20. , 27.5])

    Lesson: 03_video_and_alignment
    """
    times, moments = checked_times(times), _moments(t)
    frames = _entries(frames, len(times))
    if not np.issubdtype(frames.dtype, np.floating):
        raise TypeError(
            f"frames must be floating point to be blended, got {frames.dtype.name}: "
            "label maps must never be blended, use frame_at; for pictures use frames.astype(np.float32) / 255"
        )
    place = np.interp(moments, times, np.arange(len(times)))
    before = np.minimum(place.astype(np.int64), len(times) - 1)
    after = np.minimum(before + 1, len(times) - 1)
    weight = (place - before).reshape(place.shape + (1,) * (frames.ndim - 1))
    mixed = (1 - weight) * frames[before] + weight * frames[after]
    # Rounding may carry a mix of two equal values past them.
    low, high = np.minimum(frames[before], frames[after]), np.maximum(frames[before], frames[after])
    return np.clip(mixed.astype(frames.dtype), low, high)


def resample_frames(
    frames: np.ndarray, times: np.ndarray, fps: float, *, duration: float | None = None
) -> tuple[np.ndarray, np.ndarray]:
    r"""Bring pictures to a constant rate: at each new moment the one that is on show then.

    .. math::
        J_k = I_{i(k / \text{fps})}, \qquad 0 \le k < \lceil \text{duration} \cdot \text{fps} \rceil

    Parameters
    ----------
    frames : (T, ...)
        Pictures or label maps: nothing is mixed, so no class is invented. To mix pictures, call
        ``blend_at(frames, times, new_times)``.
    times : (T,) seconds, strictly increasing
    fps : float, pictures a second, above 0
    duration : float, seconds, above 0, or None
        ``clip.duration``. None: until just after the last picture appears. Moment 0 is asked for in any case.

    Returns
    -------
    frames : (K, ...), same dtype
        A picture is repeated where the new rate is higher, and left out where it is lower.
    times : (K,) float64, seconds
        0, 1 / fps, 2 / fps, ...

    Raises
    ------
    ValueError
        As in :func:`frame_at`; also for an fps or a duration that is not above 0 and finite.

    Examples
    --------
    >>> import numpy as np
    >>> frames, times = np.array([10, 20, 30]), np.array([0.0, 0.1, 0.5])
    >>> resample_frames(frames, times, 5, duration=0.8)
    (array([10, 20, 20, 30]), array([0. , 0.2, 0.4, 0.6]))

    Lesson: 03_video_and_alignment
    """
    times = checked_times(times)
    for name, value in (("fps", fps), ("duration", duration)):
        if (value is not None or name == "fps") and not (is_finite(value) and value > 0):
            raise ValueError(
                f"{name} must be above 0 and finite, got {value}: pass clip.{name}"
                if name == "duration"
                else f"fps must be above 0 and finite, got {value}: 25 is usual"
            )
    # A millionth of a picture, and of a second at most, so that a rounded time does not lose or add one.
    if duration is None:
        last = np.floor(times[-1] * float(fps) + 1e-6) + 1
    else:
        last = np.ceil(float(duration) * float(fps) - 1e-6)
    if last > MOST_NUMBERS:
        raise ValueError(
            f"fps must leave at most 2**40 pictures, got {fps}, which asks for {last:g}: 25 is usual"
        )
    count = max(1, int(last))
    moments = np.arange(count) / fps
    return frame_at(frames, times, moments + 1e-6 / max(fps, 1.0)), moments


def _entries(frames: Any, count: int) -> np.ndarray:
    """Take frames that have one entry for each of `count` times."""
    frames = as_array("frames", frames)
    if frames.ndim == 0 or len(frames) != count:
        raise ValueError(
            f"frames must have one entry for each of the {count} times, got shape {frames.shape}: "
            "pass clip.frames and clip.times of one clip"
        )
    return frames


def _moments(t: Any) -> np.ndarray:
    """Take a moment or many, in seconds; infinity is before or after everything."""
    moments = as_reals("t", t)
    if np.any(np.isnan(moments)):
        raise ValueError(f"t must be a number of seconds, got {t}: drop the NaN")
    return moments


def checked_times(times: Any) -> np.ndarray:
    """Take the pictures' times, (T,) seconds that strictly increase."""
    times = as_reals("times", times)
    if times.ndim != 1 or len(times) == 0 or not np.isfinite(times).all() or not np.all(np.diff(times) > 0):
        raise ValueError(
            f"times must be strictly increasing seconds of shape (T,), got {times}: pass clip.times"
        )
    return times
