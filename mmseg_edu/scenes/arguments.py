"""Refuse arguments that no scene can be made of, and say what to do instead."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from mmseg_edu.preprocess.arguments import MOST_NUMBERS, is_whole, shown

from .staging import COPIES, NAMES

_WHOLE = {"size": (16, 1024, "pixels"), "rate": (8000, 96000, "Hz"), "clutter": (0, 32, "distractors")}
# 10**-50 of full scale: no float32 tells it from silence.
_MOST_DB = 1000
_NUMBERS = {
    "duration": (0.75, 60.0, "seconds, so that every rhythm strikes at least once"),
    "fps": (0.5, 240.0, "frames per second"),
    "image_noise": (0.0, 1.0, "standard deviations of noise, where 1 is white"),
    "offset": (-2.0, 2.0, "seconds"),
    "absent": (0.0, 1.0, "as a fraction of the scenes"),
}


def check(**arguments: Any) -> None:
    """Check arguments of the scenes by name; `snr_db`, `overlap` and `objects` must be among them.

    Raises
    ------
    TypeError
        Not a number, or not a sequence of names.
    ValueError
        Out of range, or no such name.
    """
    for name, value in arguments.items():
        if name in _WHOLE:
            low, high, unit = _WHOLE[name]
            if not is_whole(value):
                raise TypeError(
                    f"{name} must be a whole number, got {value!r}: give an int from {low} to {high} ({unit})"
                )
            if not low <= value <= high:
                raise ValueError(
                    f"{name} must be from {low} to {high} {unit}, got {value}: choose one in that range"
                )
        elif name in _NUMBERS:
            lowest, highest, unit = _NUMBERS[name]
            _real(name, value)
            if not lowest <= value <= highest:
                raise ValueError(
                    f"{name} must be from {lowest} to {highest} {unit}, got {value}: choose one in that range"
                )
    _real("snr_db", arguments["snr_db"])
    if not (-60 <= arguments["snr_db"] <= _MOST_DB or arguments["snr_db"] == np.inf):
        raise ValueError(
            f"snr_db must be -60 dB or more, got {arguments['snr_db']}: "
            f"30 is clean, {_MOST_DB} the most, 0 is loud noise, inf is none"
        )
    _real("overlap", arguments["overlap"])
    if not 0 <= arguments["overlap"] < 1:
        raise ValueError(
            f"overlap must be at least 0 and below 1, got {arguments['overlap']}: "
            "it is the part of a thing that may be hidden"
        )
    _check_objects(arguments["objects"])
    if arguments.get("heard") is not None:
        _check_names("heard", arguments["heard"])
        if len(set(arguments["heard"])) < len(arguments["heard"]):
            raise ValueError(
                f"heard must name each class once, got {tuple(arguments['heard'])}: leave out the repeats"
            )


def check_count(count: object) -> int:
    """Turn a number of scenes into an int."""
    if not is_whole(count):
        raise TypeError(f"count must be a whole number, got {count!r}: give the number of scenes")
    if count > MOST_NUMBERS:
        raise ValueError(f"count must be at most 2**40, got {shown(count)}: no memory holds as many scenes")
    if count < 0:
        raise ValueError(f"count must not be negative, got {count}: give the number of scenes")
    return int(count)


def check_seed(seed: object) -> int:
    """Turn a seed into the number that it stands for; a generator gives its next."""
    if isinstance(seed, np.random.Generator):
        return int(seed.integers(2**63))
    if not is_whole(seed):
        raise TypeError(f"seed must be an int or a numpy.random.Generator, got {seed!r}: give one such as 0")
    if seed < 0:
        raise ValueError(f"seed must not be negative, got {seed}: give 0 or more")
    return int(seed)


def _real(name: str, value: object) -> None:
    if not isinstance(value, int | float | np.number) or isinstance(value, bool):
        raise TypeError(f"{name} must be a number, got {shown(value)}: give an int or a float")
    try:
        float(value)
    except OverflowError:
        raise ValueError(
            f"{name} must be a number that floats hold, got {shown(value)}: it has no use"
        ) from None


def _check_objects(objects: Any) -> None:
    if objects is None:
        return
    if is_whole(objects):
        if not 1 <= objects <= len(NAMES):
            raise ValueError(
                f"objects must be from 1 to {len(NAMES)} classes, got {objects}: name them for look-alikes"
            )
        return
    _check_names("objects", objects)
    if not 1 <= len(objects) <= 6:
        raise ValueError(f"objects must name from 1 to 6 things, got {len(objects)}: a scene needs room")
    often = max(NAMES, key=list(objects).count)
    if list(objects).count(often) > COPIES:
        raise ValueError(
            f"objects must name a class at most {COPIES} times, got {often!r} more often: leave some out"
        )


def _check_names(argument: str, names: object) -> None:
    if isinstance(names, str):
        raise TypeError(
            f"{argument} must be a sequence of names, got the string {names!r}: write ({names!r},)"
        )
    if not isinstance(names, Sequence):
        raise TypeError(
            f"{argument} must be a sequence of names, got {names!r}: write for instance ('bell', 'drum')"
        )
    for name in names:
        if name not in NAMES:
            raise ValueError(f"{argument} must be chosen from {NAMES}, got {name!r}: correct the name")
