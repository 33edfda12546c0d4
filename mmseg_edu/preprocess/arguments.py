"""Refuse what no waveform, rate or size can be: integers or stereo for a mono sound, broken numbers, halves."""

from __future__ import annotations

from typing import Any, TypeGuard

import numpy as np

# No recording in common use has more (7.1 has 8), so an axis this short beside a longer one holds channels.
MOST_CHANNELS = 8
# So far float32 arithmetic may carry a number out of its range: a sample past full scale, a pixel past white, a
# sum of probabilities past 1.
ROUNDING = 1e-5


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
    return checked_whole(name, rate, "16000 is a good one", of="Hz")


def checked_size(size: Any) -> tuple[int, int]:
    """Take a whole number of pixels, for a square, or (height, width), and give the pair."""
    return checked_pair("size", size, "try size=64", of="(height, width)")


def checked_pair(name: str, value: Any, remedy: str, *, of: str = "(rows, columns)") -> tuple[int, int]:
    """Take a whole number for both axes of a picture, or one for each, 1 or more, and give the pair."""
    pair = tuple(value) if isinstance(value, tuple | list) else (value, value)
    if len(pair) != 2 or not all(is_whole(n) and n >= 1 for n in pair):
        raise ValueError(f"{name} must be a whole number or {of}, 1 or more, got {value!r}: {remedy}")
    return int(pair[0]), int(pair[1])


def checked_whole(name: str, value: Any, remedy: str, *, of: str = "") -> int:
    """Take a whole number, 1 or more, of something; True is none."""
    if not is_whole(value) or value < 1:
        amount = f"a whole number of {of}" if of else "a whole number"
        raise ValueError(f"{name} must be {amount}, 1 or more, got {value!r}: {remedy}")
    return int(value)


def checked_number(name: str, value: Any, remedy: str) -> float:
    """Take one real number, of Python or NumPy; a text, a list or a truth value is none."""
    if np.ndim(value) or np.asarray(value).dtype.kind not in "fiu":
        raise TypeError(f"{name} must be a number, got {value!r}: {remedy}")
    return float(value)


def checked_room(result: np.ndarray, sound: np.ndarray) -> np.ndarray:
    """Take what came of a finite sound, where nothing has grown beyond what its type can hold."""
    if not np.isfinite(result).all():
        raise ValueError(
            f"sound must leave room for sums in {sound.dtype.name}, got samples of up to "
            f"{float(np.abs(sound).max()):g}: bring it to full scale first, sound / np.abs(sound).max()"
        )
    return result


def is_whole(value: object) -> TypeGuard[int]:
    """Say whether a value is an integer of Python or NumPy, and no truth value."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool)
