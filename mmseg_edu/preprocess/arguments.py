"""Refuse what no waveform, rate or size can be: integers or stereo for a mono sound, broken numbers, halves."""

from __future__ import annotations

import math
import os
import reprlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

# No recording in common use has more (7.1 has 8), so an axis this short beside a longer one holds channels.
MOST_CHANNELS = 8
# So far float32 arithmetic may carry a number out of its range: a sample past full scale, a pixel past white, a
# sum of probabilities past 1.
ROUNDING = 1e-5
# More numbers than a computer holds that anybody learns with; a view can claim them without holding one.
MOST_NUMBERS = 2**40
# A shift, a zoom or a blur beyond it leaves nothing of a picture, and numbers that overflow.
MOST_AMOUNT = 1e6


def as_array(name: str, value: Any) -> np.ndarray:
    """Take an array, or numbers in lists of one length; nothing in it masked, and no more than memory could hold."""
    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        raise ValueError(
            f"{name} must have nothing masked, got {np.ma.count_masked(value)} masked numbers of {value.size}: "
            f"fill them first, {name}.filled(0)"
        )
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(
            f"{name} must be an array, or numbers in lists of one length, got {type(value).__name__} whose parts "
            "differ in length: make them alike first"
        ) from None
    if array.size > MOST_NUMBERS:
        raise ValueError(
            f"{name} must hold at most 2**40 numbers, got shape {array.shape}: no memory holds them, take a part"
        )
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


def as_reals(name: str, value: Any) -> NDArray[np.float64]:
    """Take real numbers of any shape as float64; booleans are 0 and 1, complex numbers and texts are none."""
    array = as_array(name, value)
    if array.dtype.kind not in "fiub":
        got = type(value).__name__ if array.dtype == object else array.dtype.name
        raise TypeError(f"{name} must be real numbers, got {got}: give integers or floats")
    return array.astype(np.float64, copy=False)


def checked_path(name: str, path: Any) -> Path:
    """Take where a file is, as a text or a Path, in letters that this system can write."""
    if not isinstance(path, str | os.PathLike) or isinstance(os.fspath(path), bytes):
        raise TypeError(f"{name} must be a text or a Path, got {shown(path)}: write where the file is")
    try:
        written = os.fsencode(path)
    except UnicodeError:
        written = b"\0"
    if b"\0" in written:
        raise ValueError(
            f"{name} must be in letters that this system can write, got {shown(path)}: rename the file"
        )
    return Path(path)


def checked_function(name: str, value: Any, remedy: str) -> Callable[..., Any]:
    """Take what can be called."""
    if not callable(value):
        raise TypeError(f"{name} must be a function, got {shown(value)}: {remedy}")
    return value


def check_width(name: str, array: np.ndarray) -> None:
    """Refuse numbers of more than 64 bits, which the filters of other libraries do not know."""
    if array.dtype.kind == "f" and array.dtype.itemsize > 8:
        raise TypeError(
            f"{name} must hold numbers of 64 bits at most, got {array.dtype.name}: use astype(float)"
        )


def is_finite(value: object) -> TypeGuard[float]:
    """Say whether a value is one finite real number, of Python or NumPy; a truth value, text or list is none."""
    one = value[()] if isinstance(value, np.ndarray) and value.ndim == 0 else value
    if isinstance(one, bool) or not isinstance(one, int | float | np.integer | np.floating):
        return False
    try:
        return math.isfinite(one)
    except OverflowError:  # an integer that no float can be
        return False


def shown(value: object) -> str:
    """Show a value in a line of a message, however long it is."""
    return reprlib.repr(value)


def checked_floats(sound: Any) -> np.ndarray:
    """Take floating-point samples that are finite, of any shape.

    Raises
    ------
    TypeError
        For integers and other kinds of numbers.
    ValueError
        For NaN and infinity.
    """
    sound = as_array("sound", sound)
    check_width("sound", sound)
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
        raise ValueError(f"{name} must be a whole number or {of}, 1 or more, got {shown(value)}: {remedy}")
    # Python's integers: the product of two small ones of NumPy overflows.
    first, second = int(pair[0]), int(pair[1])
    if first * second > MOST_NUMBERS:
        raise ValueError(f"{name} must be at most 2**40 in all, got {value}: {remedy}")
    return first, second


def checked_whole(name: str, value: Any, remedy: str, *, of: str = "") -> int:
    """Take a whole number, 1 or more, of something; True is none."""
    if not is_whole(value) or value < 1:
        amount = f"a whole number of {of}" if of else "a whole number"
        raise ValueError(f"{name} must be {amount}, 1 or more, got {shown(value)}: {remedy}")
    if value > MOST_NUMBERS:
        raise ValueError(f"{name} must be at most 2**40, got {value}: {remedy}")
    return int(value)


def checked_number(name: str, value: Any, remedy: str) -> float:
    """Take one real number, of Python or NumPy; a text, a list or a truth value is none."""
    one = as_array(name, value)
    if one.ndim or one.dtype.kind not in "fiu":
        raise TypeError(f"{name} must be a number, got {shown(value)}: {remedy}")
    return float(one)


def checked_room(result: np.ndarray, given: np.ndarray, name: str = "sound") -> np.ndarray:
    """Take what came of a finite sound or picture, where nothing has grown beyond what its type can hold."""
    if not np.isfinite(result).all():
        what = "samples" if name == "sound" else "numbers"
        raise ValueError(
            f"{name} must leave room for sums in {given.dtype.name}, got {what} of up to "
            f"{float(np.abs(given).max()):g}: bring it to full scale first, {name} / np.abs({name}).max()"
        )
    return result


def is_whole(value: object) -> TypeGuard[int]:
    """Say whether a value is an integer of Python or NumPy, and no truth value."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool)
