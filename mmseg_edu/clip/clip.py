"""What is seen, what is heard, and what to find."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mmseg_edu.preprocess.arguments import as_array, is_finite, shown

# How long a lone picture without sound is taken to last: one frame of ordinary film and video.
LONE_PICTURE_SECONDS = 1 / 25


@dataclass(frozen=True, eq=False, repr=False)
class Clip:
    r"""The pictures, the sound and the true masks of a short moment, all on one clock.

    Picture :math:`i` is on show from ``times[i]`` until ``times[i + 1]`` (the last one until ``duration``),
    and sound sample :math:`n` is heard at :math:`n / \text{rate}`. Nothing else ties the two together: a clip
    whose frames do not come at regular times is a clip like any other.

    Parameters
    ----------
    frames : (T, H, W, 3) float32 in [0, 1]
        The pictures, red, green, blue. T, H and W are 1 or more.
    times : (T,) float64, seconds
        When each picture appears, counted from the clip's start: 0 or more, strictly increasing.
    sound : (N,) float32 in [-1, 1] or None
        The waveform, mono. ``None`` says that the clip has no sound track; zeros say that it has one and it
        is silent. These are different facts: a camera without a microphone proves nothing about the bell.
    rate : int, Hz, or None
        Sound samples per second; given exactly when ``sound`` is.
    labels : (T, H, W) uint8 or None
        The class of each pixel, where the truth is known.
    duration : float, seconds
        How long the clip lasts. Left out, it is the longer of the sound's length and the last picture's end,
        where the last picture stays as long as the one before it (a lone picture stays 1/25 s).

    Raises
    ------
    TypeError, ValueError
        When an array has the wrong type, shape or range, or the parts do not fit one another.

    Examples
    --------
    >>> import numpy as np
    >>> from mmseg_edu.clip import Clip
    >>> clip = Clip(np.zeros((4, 64, 64, 3), np.float32), np.array([0.0, 0.25, 0.5, 0.75]))
    >>> clip
    Clip(4 pictures of 64 x 64, 1.00 s, no sound track)
    >>> Clip(clip.frames, clip.times, np.zeros(16000, np.float32), 16000)
    Clip(4 pictures of 64 x 64, 1.00 s, sound of 16000 samples at 16000 Hz)

    Lesson: 03_video_and_alignment
    """

    frames: np.ndarray
    times: np.ndarray
    sound: np.ndarray | None = None
    rate: int | None = None
    labels: np.ndarray | None = None
    duration: float = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        for name in ("frames", "times", "sound", "labels"):
            given = getattr(self, name)
            if isinstance(given, np.ndarray):  # as this machine orders bytes, and of no subclass
                object.__setattr__(self, name, as_array(name, given))
        _check_frames(self.frames)
        _check_times(self.times, len(self.frames))
        if self.sound is not None:
            _check_sound(self.sound)
        object.__setattr__(self, "rate", _checked_rate(self.rate, self.sound))
        if self.labels is not None:
            _check_labels(self.labels, self.frames.shape[:3])
        shortest = _natural_duration(self.times, self.sound, self.rate)
        object.__setattr__(self, "duration", _checked_duration(self.duration, shortest, self.times))

    def __repr__(self) -> str:
        count, height, width = self.frames.shape[:3]
        parts = [f"{count} picture{'s' if count > 1 else ''} of {height} x {width}", f"{self.duration:.2f} s"]
        if self.sound is None:
            parts.append("no sound track")
        else:
            parts.append(f"sound of {len(self.sound)} samples at {self.rate} Hz")
        if self.labels is not None:
            parts.append("labels")
        return f"Clip({', '.join(parts)})"


def _check_array(name: str, value: Any, dtype: type, remedy: str) -> None:
    if not isinstance(value, np.ndarray):
        raise TypeError(
            f"{name} must be a NumPy array, got {type(value).__name__}: wrap it in np.asarray(...)"
        )
    if value.dtype != dtype:
        raise TypeError(f"{name} must be {np.dtype(dtype).name}, got {value.dtype.name}: {remedy}")


def _check_frames(frames: np.ndarray) -> None:
    _check_array("frames", frames, np.float32, "turn 0..255 into 0..1 with frames.astype(np.float32) / 255")
    if frames.ndim != 4 or frames.shape[3] != 3:
        raise ValueError(
            f"frames must have shape (T, H, W, 3), got {frames.shape}: "
            "one picture alone is frames[np.newaxis], a grey one np.repeat(grey[..., np.newaxis], 3, axis=-1)"
        )
    if 0 in frames.shape:
        raise ValueError(
            f"frames must hold at least one picture of at least one pixel, got shape {frames.shape}"
        )
    low, high = float(frames.min()), float(frames.max())
    if not (low >= 0 and high <= 1):
        raise ValueError(
            f"frames must lie in [0, 1] without NaN, got {low:.6g} to {high:.6g}: "
            "divide 0..255 by 255, or cut with np.clip(frames, 0, 1)"
        )


def _check_times(times: np.ndarray, count: int) -> None:
    _check_array("times", times, np.float64, "use times.astype(np.float64)")
    if times.shape != (count,):
        raise ValueError(
            f"times must have shape (T,) = ({count},), one moment a picture, got {times.shape}: "
            "read them from the file's timestamps, or use np.arange(T) / frames_per_second"
        )
    if not np.all(np.isfinite(times)) or times[0] < 0:
        raise ValueError(
            f"times must be finite and 0 or more, got {times.min()} to {times.max()}: "
            "count from the clip's start, times - start"
        )
    steps = np.diff(times)
    if np.any(steps <= 0):
        i = int(np.argmax(steps <= 0))
        raise ValueError(
            f"times must be strictly increasing, got times[{i}] = {times[i]} and "
            f"times[{i + 1}] = {times[i + 1]}: "
            "sort the pictures by time and keep one a moment"
        )


def _check_sound(sound: np.ndarray) -> None:
    _check_array("sound", sound, np.float32, "turn 16-bit integers into sound.astype(np.float32) / 32768")
    if sound.ndim != 1:
        raise ValueError(f"sound must have shape (N,), mono, got {sound.shape}: use preprocess.sound.to_mono")
    if sound.size == 0:
        raise ValueError(
            "sound must have at least one sample, got none: "
            "use sound=None for no sound track, zeros for silence (they are not the same)"
        )
    low, high = float(sound.min()), float(sound.max())
    if not (low >= -1 and high <= 1):
        raise ValueError(
            f"sound must lie in [-1, 1] without NaN, got {low:.6g} to {high:.6g}: "
            "divide by np.abs(sound).max(), or use preprocess.sound.normalize_loudness"
        )


def _checked_rate(rate: Any, sound: np.ndarray | None) -> int | None:
    if (sound is None) != (rate is None):
        given = "a rate without a sound" if sound is None else "a sound without a rate"
        raise ValueError(f"sound and rate go together, got {given}: give both, or neither for no sound track")
    if rate is None:
        return None
    if isinstance(rate, bool) or not isinstance(rate, int | np.integer):
        raise TypeError(f"rate must be a whole number of samples per second, got {rate!r}: use int(rate)")
    if rate < 1:
        raise ValueError(f"rate must be 1 Hz or more, got {rate}: 16000 is a good rate for these lessons")
    return int(rate)


def _check_labels(labels: np.ndarray, shape: tuple[int, ...]) -> None:
    _check_array("labels", labels, np.uint8, "use labels.astype(np.uint8)")
    if labels.shape != shape:
        raise ValueError(
            f"labels must have shape (T, H, W) = {shape} to match the frames, got {labels.shape}: "
            "resize them with resize_labels, or repeat one map with np.repeat(labels[np.newaxis], T, axis=0)"
        )


def _natural_duration(times: np.ndarray, sound: np.ndarray | None, rate: int | None) -> float:
    last_step = times[-1] - times[-2] if len(times) > 1 else LONE_PICTURE_SECONDS
    if sound is None or rate is None:
        return float(times[-1] + last_step)
    heard = len(sound) / rate
    if len(times) == 1:
        last_step = 0.0
    return max(heard, float(times[-1] + last_step))


def _checked_duration(duration: Any, natural: float, times: np.ndarray) -> float:
    if duration is None:
        return natural
    if isinstance(duration, bool) or not isinstance(duration, int | float | np.integer | np.floating):
        raise TypeError(
            f"duration must be a number of seconds, got {duration!r}: leave it out to work it out"
        )
    if not (is_finite(duration) and duration > 0 and duration >= times[-1]):
        raise ValueError(
            f"duration must be finite, above 0 s and no less than the last picture's time {times[-1]} s, "
            f"got {shown(duration)}: leave it out to work it out from times and sound"
        )
    return float(duration)
