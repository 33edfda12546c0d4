"""Bring what was decoded onto one clock, which begins where the asked piece does."""

from __future__ import annotations

import math

import numpy as np

from mmseg_edu.clip.clip import Clip
from mmseg_edu.clip.decoding import Decoded
from mmseg_edu.clip.planning import Plan
from mmseg_edu.clip.probing import Contents


def assemble(contents: Contents, plan: Plan, decoded: Decoded) -> Clip:
    """Make a Clip of the pictures, and of the sound where the file has a track of it."""
    assert decoded.seen is not None
    seen_until, heard_until = decoded.seen.covered, _heard_until(contents, decoded)
    # WebM rounds timestamps to a millisecond: that must not make the sound outlast the pictures.
    last = seen_until if abs(heard_until - seen_until) < 2e-3 else max(seen_until, heard_until)
    end = plan.stop if decoded.seen.complete else min(plan.stop, last)
    times = np.array(decoded.pictures.times) - plan.start
    times[0] = max(times[0], 0.0)
    length = max(end - plan.start, float(times[-1]), 1e-3)
    if contents.sound is None:
        return Clip(decoded.pictures.assembled(), times, duration=length)
    sound = decoded.chunks.assembled(length, plan.rate)
    return Clip(decoded.pictures.assembled(), times, sound, plan.rate or contents.sound.rate, duration=length)


def assemble_sound(contents: Contents, plan: Plan, decoded: Decoded) -> np.ndarray:
    """Lay the sound end to end, without pictures to measure its length by."""
    assert decoded.heard is not None
    end = plan.stop if decoded.heard.complete else min(plan.stop, _heard_until(contents, decoded))
    if end <= plan.start:
        raise ValueError(
            f"{contents.file.name!r} must have sound after {plan.start:g} s, got none: choose an earlier start"
        )
    return decoded.chunks.assembled(end - plan.start, plan.rate)


def _heard_until(contents: Contents, decoded: Decoded) -> float:
    if decoded.heard is None or contents.sound is None:
        return 0.0
    return min(decoded.heard.covered, contents.sound.end or math.inf)
