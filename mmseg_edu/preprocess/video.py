"""Moving pictures: the picture of a moment, how much moves, and whether it moves in time with the sound."""

from __future__ import annotations

from typing import Any

import numpy as np

from mmseg_edu.preprocess.arguments import checked_rate, checked_sound

# The common clock on which motion and sound are compared: fine enough for lips, coarse enough to be quick.
_CLOCK_HZ = 200


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
    frames, times, moments = np.asarray(frames), _checked_times(times), np.asarray(t, np.float64)
    if frames.ndim == 0 or len(frames) != len(times):
        raise ValueError(
            f"frames must have one entry for each of the {len(times)} times, got shape {frames.shape}: "
            "pass clip.frames and clip.times of one clip"
        )
    if np.any(np.isnan(moments)):
        raise ValueError(f"t must be a number of seconds, got {t}: drop the NaN")
    return frames[np.clip(np.searchsorted(times, moments, side="right") - 1, 0, None)]


def motion_energy(frames: np.ndarray) -> np.ndarray:
    r"""Measure how much each picture differs from the one before.

    .. math::
        e_t = \frac{1}{H W C} \sum_{x, c} (I_{t,x,c} - I_{t-1,x,c})^2, \qquad e_0 = 0

    Parameters
    ----------
    frames : (T, H, W) or (T, H, W, C) floating point

    Returns
    -------
    (T,) float64
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

    Lesson: 03_video_and_alignment
    """
    frames = np.asarray(frames)
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
    energy = np.zeros(len(frames))
    for t in range(1, len(frames)):
        energy[t] = np.mean(np.subtract(frames[t], frames[t - 1], dtype=np.float64) ** 2)
    return energy


def onset_strength(sound: np.ndarray, rate: int, times: np.ndarray) -> np.ndarray:
    r"""Measure how suddenly a sound grows louder at each moment.

    .. math::
        o(t) = \max\!\bigl(0,\; L(t) - L(t - 20\,\mathrm{ms})\bigr), \qquad
        L(t) = \log\bigl(\mathrm{rms}_{20\,\mathrm{ms}}(t) + 10^{-3}\bigr)

    with the root mean square over the 20 ms centred at t.

    Parameters
    ----------
    sound : (N,) floating point, in [-1, 1]
    rate : int, Hz
    times : (M,) seconds
        Where to measure. Outside the sound there is silence.

    Returns
    -------
    (M,) float64, 0 or more
        0 for silence. Below 0.25 for a steady tone from 20 Hz to 0.97 of half the rate (a slower one, or one so
        near to half the rate that its samples beat, does grow louder within 20 ms); a sound that begins at
        full scale reads 6 to 7.

    Raises
    ------
    TypeError, ValueError
        When the sound is not mono, not floating point or not finite, or the rate is no whole number of Hz.

    Examples
    --------
    >>> import numpy as np
    >>> sound = np.zeros(8000)
    >>> sound[4000:] = np.sin(2 * np.pi * 440 * np.arange(4000) / 8000)
    >>> onset_strength(sound, 8000, np.array([0.2, 0.5, 0.8])).round(1)
    array([0. , 6.2, 0. ])

    Lesson: 03_video_and_alignment
    """
    sound, rate, times = checked_sound(sound), checked_rate("rate", rate), np.asarray(times, np.float64)
    if not np.isfinite(times).all():
        raise ValueError(f"times must be finite seconds, got {times}: pass clip.times")
    power = np.concatenate([[0.0], np.cumsum(sound.astype(np.float64) ** 2)])
    return np.maximum(0.0, _log_level(power, rate, times) - _log_level(power, rate, times - 0.02))


def align(
    frames: np.ndarray, times: np.ndarray, sound: np.ndarray, rate: int, *, max_offset: float = 0.5
) -> tuple[float, float]:
    r"""Find by how much the sound comes too late: where the motion and the sound's onsets agree best.

    .. math::
        \hat\tau = \arg\max_{|\tau| \le \tau_{\max}} r(\tau), \qquad
        r(\tau) = \operatorname{corr}\bigl(e(t),\; o(t + \tau)\bigr)

    with the motion energy :math:`e` and the onset strength :math:`o`, both smoothed over one picture's length
    and put on a common clock of 200 Hz.

    Parameters
    ----------
    frames, times, sound, rate
        Of one clip.
    max_offset : float, seconds, above 0
        How far to search to either side; at most half the clip is used.

    Returns
    -------
    offset : float, seconds
        Positive when the sound is late: playing it ``offset`` seconds earlier puts it right. Known to about
        half a picture's length.
    synchrony : float in [-1, 1]
        The correlation there. 0 when nothing moves or nothing sounds, and then the offset is 0 too.

    Raises
    ------
    ValueError
        For arrays that do not fit, fewer than 3 pictures, or a max_offset that is not above 0.

    Notes
    -----
    A rhythm that repeats every p seconds fits again at offset + p: keep ``max_offset`` below p / 2 or use a
    longer clip.

    Examples
    --------
    >>> import numpy as np
    >>> times = np.arange(50) / 25
    >>> frames = np.zeros((50, 4, 4))
    >>> frames[10:] += 0.5                                                   # something jumps at 0.4 s
    >>> sound = np.zeros(16000)
    >>> sound[4800:] = np.sin(np.arange(11200))                              # and is heard at 0.6 s
    >>> offset, synchrony = align(frames, times, sound, 8000)
    >>> round(offset, 1)
    0.2

    Lesson: 03_video_and_alignment
    """
    times = _checked_times(times)
    if len(times) < 3:
        raise ValueError(
            f"align needs at least 3 pictures, got {len(times)}: read a longer piece of the video"
        )
    if not max_offset > 0:
        raise ValueError(f"max_offset must be above 0 s, got {max_offset}: 0.5 is usual")
    energy = motion_energy(frames)
    if len(energy) != len(times):
        raise ValueError(
            f"times must have shape ({len(energy)},) to match frames, got {times.shape}: use clip.times"
        )
    clock = np.arange(times[0], times[-1], 1 / _CLOCK_HZ)
    width = max(1, round(float(np.median(np.diff(times))) * _CLOCK_HZ))
    # What is new in picture i happened between picture i - 1 and it, so a moment belongs to the next picture.
    following = np.minimum(np.searchsorted(times, clock, side="right"), len(times) - 1)
    moving = _smooth(energy[following], width)
    heard = _smooth(onset_strength(sound, rate, clock), width)
    furthest = min(round(max_offset * _CLOCK_HZ), len(clock) // 2)
    shifts = np.arange(-furthest, furthest + 1)
    scores = np.array([_correlation_at(moving, heard, int(shift)) for shift in shifts])
    best = int(np.argmax(scores))
    if scores[best] <= 0:
        return 0.0, 0.0
    return float(shifts[best] / _CLOCK_HZ), float(scores[best])


def _log_level(power: np.ndarray, rate: int, times: np.ndarray) -> np.ndarray:
    half = max(1, round(0.01 * rate))
    outside = len(power) + half
    centre = np.clip(np.rint(times * rate), -outside, outside).astype(np.int64)
    first, last = (np.clip(centre + side, 0, len(power) - 1) for side in (-half, half))
    return np.log(np.sqrt(np.maximum(power[last] - power[first], 0.0) / (2 * half)) + 1e-3)


def _smooth(values: np.ndarray, width: int) -> np.ndarray:
    window = np.hanning(2 * width + 1)
    padded = np.pad(values, width)
    return np.convolve(padded, window / window.sum(), mode="valid")


def _correlation_at(moving: np.ndarray, heard: np.ndarray, shift: int) -> float:
    count = len(moving) - abs(shift)
    a, b = moving[max(0, -shift) :][:count], heard[max(0, shift) :][:count]
    a, b = a - a.mean(), b - b.mean()
    size = float(np.sqrt(np.sum(a**2) * np.sum(b**2)))
    return float(np.sum(a * b) / size) if size > 1e-12 else 0.0


def _checked_times(times: Any) -> np.ndarray:
    times = np.asarray(times, np.float64)
    if times.ndim != 1 or len(times) == 0 or not np.isfinite(times).all() or not np.all(np.diff(times) > 0):
        raise ValueError(
            f"times must be strictly increasing seconds of shape (T,), got {times}: pass clip.times"
        )
    return times
