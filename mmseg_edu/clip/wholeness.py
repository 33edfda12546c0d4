"""Is what was decoded all that there should have been?"""

from __future__ import annotations

import math

import numpy as np

from mmseg_edu.clip.decoding import BACKWARDS, Decoded
from mmseg_edu.clip.planning import Plan
from mmseg_edu.clip.probing import Contents, Track


def check_whole(contents: Contents, plan: Plan, decoded: Decoded) -> None:
    """Raise when a track ended before it should have: the reader never passes a part off as the whole."""
    start, stop, seen_at = plan.start, plan.stop, decoded.pictures.times
    if contents.video and decoded.seen and not seen_at:
        raise ValueError(
            f"{contents.file.name!r} must have a picture {_span(start, stop)}, got none: "
            f"{decoded.seen.fault or _where_pictures_are(contents.video)}"
        )
    first = seen_at[0] if seen_at else 0.0
    both = ((contents.video, decoded.seen), (contents.sound, decoded.heard))
    tracks = [(track, outcome) for track, outcome in both if track and outcome]
    broken: list[str] = []
    good = min(stop, max(outcome.covered for _, outcome in tracks))
    no_track_ends = all(track.end is None for track, _ in tracks)
    contradiction = contents.broken or _jump(contents, decoded)
    if contradiction:
        _stop_at_gap(contents, decoded)
        good = min(stop, max(outcome.covered for _, outcome in tracks))
    for track, outcome in tracks:
        if outcome.complete and not outcome.fault:
            continue
        end = track.end if track.end is not None else contents.end
        needed = min(stop, math.inf if end is None else end)
        if contradiction:
            lacking = outcome.covered < stop - 2e-3  # What its tables say of the end cannot be trusted.
        elif outcome.fault or contents.missing:
            lacking = outcome.covered < needed - 2e-3
        elif contents.loose_clock and track.listed:
            lacking = False  # All that the index lists has come; the length beside it counts padding.
        elif track.end is not None or no_track_ends:
            others = max(o.covered for _, o in tracks) if track.end is None else outcome.covered
            lacking = others < needed - _tolerance(track) if math.isfinite(needed) else False
        else:
            lacking = False
        if lacking:
            kind = "sound" if track.rate else "picture"
            cut = f"{contents.missing} bytes are missing at its end" if contents.missing else ""
            reason = contradiction or outcome.fault or cut or "no more data follow"
            says = f" of {needed:.2f} s" if outcome.covered < needed < math.inf else ""
            broken.append(f"the {kind} track stops at {outcome.covered:.2f} s{says}: {reason}")
            good = min(good, outcome.covered)
    if not broken:
        return
    whole = math.floor((good - start) * 100) / 100
    if whole > max(0.0, first - start):
        begin = f"start={start:g}, " if start else ""
        remedy = f"the first {whole:.2f} s can be read; read only those with {begin}duration={whole:.2f}"
    else:
        remedy = "nothing can be read from there; choose another start"
    raise ValueError(
        f"{contents.file.name!r} must be whole, got a cut-off or damaged file ({'; '.join(broken)}): "
        f"{remedy}, or copy the file again"
    )


def _jump(contents: Contents, decoded: Decoded) -> str:
    """Say that a clock which may not jump did so: one that counts samples, or one that later runs backwards."""
    if contents.no_clock and decoded.chunks.gaps:
        return "the samples that follow are missing"
    faults = (outcome.fault for outcome in (decoded.seen, decoded.heard) if outcome)
    return next((fault for fault in faults if fault.startswith(BACKWARDS)), "")


def _stop_at_gap(contents: Contents, decoded: Decoded) -> None:
    """Where a file contradicts itself, a pause between pictures, or in the sound, is taken for a loss."""
    if decoded.heard is not None and decoded.chunks.gaps:
        decoded.heard.covered, decoded.heard.complete = decoded.chunks.gaps[0][0], False
    times = np.array(decoded.pictures.times)
    if decoded.seen is None or contents.video is None or len(times) < 3:
        return
    steps = np.diff(times)
    usual = float(np.median(steps))
    wide = np.flatnonzero(steps > 1.5 * usual)
    if len(wide):
        decoded.seen.covered, decoded.seen.complete = float(times[wide[0]]) + usual, False


def _span(start: float, stop: float) -> str:
    return f"between {start:g} s and {stop:g} s" if math.isfinite(stop) else f"from {start:g} s on"


def _tolerance(track: Track) -> float:
    """How much a healthy track may end before it says: coders round, and pad, by a few frames."""
    step = 1 / track.frames_per_second if track.frames_per_second > 0 else 0.05
    return min(1.0, max(0.15, 2.5 * step))


def _where_pictures_are(video: Track) -> str:
    known = f"its pictures end at {video.end:.2f} s" if video.end else "it may have no pictures there"
    return f"{known}; choose another start or a longer duration"
