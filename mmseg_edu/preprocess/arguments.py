"""Refuse what no waveform can be: integers, stereo where mono is meant, broken numbers, rates that are none."""

from __future__ import annotations

from typing import Any

import numpy as np

# No recording in common use has more (7.1 has 8), so an axis this short beside a longer one holds channels.
MOST_CHANNELS = 8


def checked_floats(sound: Any) -> np.ndarray:
    """Take floating-point samples that are finite, of any shape.

    Raises
    ------
    TypeError
        For integers and other kinds of numbers.
    ValueError
        For NaN and infinity.
    """
    sound = np.asarray(sound)
    if not np.issubdtype(sound.dtype, np.floating):
        raise TypeError(
            f"sound must be floating point, got {sound.dtype.name}: "
            "turn 16-bit integers into sound.astype(np.float32) / 32768"
        )
    if not np.isfinite(sound).all():
        raise ValueError(
            "sound must be finite, got NaN or infinity: "
            "clean it with np.nan_to_num first, since one such sample would spoil many"
        )
    return sound


def checked_sound(sound: Any) -> np.ndarray:
    """Take one mono waveform, (N,), of finite floating-point samples."""
    sound = checked_floats(sound)
    if sound.ndim != 1:
        raise ValueError(f"sound must have shape (N,), mono, got {sound.shape}: use to_mono")
    return sound


def checked_sounds(sound: Any) -> np.ndarray:
    """Take one mono waveform or many, (..., N), of finite floating-point samples.

    A last axis of 8 samples or fewer that is shorter than the one before it is a recording with its channels
    last, and refused.
    """
    sound = checked_floats(sound)
    if sound.ndim < 1:
        raise ValueError(f"sound must have shape (..., N), got one number, {sound}: give samples")
    if sound.ndim > 1 and 0 < sound.shape[-1] <= min(MOST_CHANNELS, sound.shape[-2] - 1):
        raise ValueError(
            f"sound must have shape (..., N), samples last, got {sound.shape}, which looks like "
            f"{sound.shape[-1]} channels: use to_mono"
        )
    return sound


def checked_rate(name: str, rate: Any) -> int:
    """Take a whole number of samples per second, 1 or more."""
    if isinstance(rate, bool) or not isinstance(rate, int | np.integer) or rate < 1:
        raise ValueError(f"{name} must be a whole number of Hz, 1 or more, got {rate!r}: 16000 is a good one")
    return int(rate)
