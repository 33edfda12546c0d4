"""What comes into an explanation: senses with as many scenes each, stand-ins that fit, one score a scene."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mmseg_edu.preprocess.arguments import as_array, is_whole, shown


def checked_senses(inputs: Sequence[ArrayLike]) -> list[np.ndarray]:
    """Take one array (N, ...) a sense, one or more of them, with as many scenes each, one or more."""
    if not isinstance(inputs, list | tuple) or not inputs:
        raise ValueError(
            f"inputs must be a list of one array a sense, got {type(inputs).__name__}: write [pictures, sounds]"
        )
    senses = [as_array("each sense", sense) for sense in inputs]
    counts = [sense.shape[0] if sense.ndim else 0 for sense in senses]
    if min(counts) < 1 or len(set(counts)) > 1:
        raise ValueError(
            f"inputs must have as many scenes in each sense, 1 or more, got {', '.join(map(str, counts))}: take all "
            "from one batch, scenes along the first axis"
        )
    return senses


def checked_sense(sense: Any, senses: list[np.ndarray]) -> int:
    """Take the number of a sense, 0 to n - 1."""
    if not is_whole(sense) or not 0 <= sense < len(senses):
        raise ValueError(
            f"sense must be a whole number from 0 to {len(senses) - 1}, the place in inputs, got {shown(sense)}"
        )
    return int(sense)


def filled(stand_in: ArrayLike, sense: np.ndarray, place: int) -> np.ndarray:
    """Spread a stand-in for an absent sense over all scenes, in the type of the sense."""
    given = as_array("the stand-in", stand_in)
    if given.ndim and given.shape not in (sense.shape, sense.shape[1:]):
        raise ValueError(
            f"the stand-in for sense {place} must be a number, or have the shape of one scene, {sense.shape[1:]}, or "
            f"of all, {sense.shape}, got {given.shape}"
        )
    if given.dtype.kind not in "biuf" or not np.isfinite(given).all():
        raise ValueError(
            f"the stand-in for sense {place} must be finite numbers, got {given.dtype} with others"
        )
    return np.broadcast_to(given.astype(sense.dtype), sense.shape)


def checked_scores(scores: ArrayLike, count: int) -> np.ndarray:
    """Take one finite number a scene."""
    values = as_array("what score gives", scores)
    if values.shape != (count,):
        raise ValueError(
            f"score must give one number a scene, shape ({count},), got {values.shape}: average over the pixels of "
            "each scene, not over the scenes"
        )
    if values.dtype.kind not in "biuf" or not np.isfinite(values).all():
        raise ValueError(
            "score must give finite numbers, got NaN, infinity or no number: clip probabilities before their logarithm"
        )
    return values.astype(np.float64)


def as_flags(name: str, flags: ArrayLike) -> np.ndarray:
    """Take True and False, or whole numbers of which 0 is False."""
    given = as_array(name, flags)
    if given.dtype.kind not in "biu":
        raise TypeError(f"{name} must hold True and False, got {given.dtype}: compare probabilities, p > 0.5")
    return given.astype(bool)
