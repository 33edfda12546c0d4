"""What to decode of a file, and whether it would fit: settled before a single picture is decoded."""

from __future__ import annotations

import math
from pathlib import Path

from mmseg_edu.clip.decoding import Contents
from mmseg_edu.clip.gathering import BYTES_PER_NUMBER, too_large


def plan(
    file: Path,
    contents: Contents,
    start: float,
    duration: float | None,
    size: tuple[int, int] | None,
    max_bytes: int,
) -> float:
    """Say until when to decode; refuse a start beyond the file, and a clip that would not fit in memory."""
    stop = math.inf if duration is None else start + duration
    ends = [t.end for t in (contents.video, contents.sound) if t and t.end] + [contents.end or 0.0]
    end = max(ends)
    if end and start >= end:
        raise ValueError(
            f"start must lie inside the file, which ends at {end:.2f} s, got {start:g} s: "
            f"choose a start below {end:.2f}"
        )
    _check_memory(file, contents, start, stop, size, max_bytes)
    # The container's own length is a claim, not a limit: the end is found by decoding.
    return stop


def _check_memory(
    file: Path, contents: Contents, start: float, stop: float, size: tuple[int, int] | None, max_bytes: int
) -> None:
    """Refuse before decoding when the file's own claims say that the clip would not fit."""
    video = contents.video
    if video is None:
        return
    ends = [t.end for t in (video, contents.sound) if t and t.end] + [contents.end or 0.0]
    seconds = min(stop, max(ends) if max(ends) else start) - start
    height, width = size or (video.height, video.width)
    needed = math.ceil(seconds * video.frames_per_second) * height * width * 3 * BYTES_PER_NUMBER
    if contents.sound:
        needed += math.ceil(seconds * contents.sound.rate) * 12
    if needed > max_bytes:
        what = f"{seconds:.1f} s of {height} x {width} pictures at {video.frames_per_second:.3g} a second"
        raise ValueError(f"{file.name!r}: " + too_large(needed, max_bytes, what))
