"""What to decode of a file, and whether it would fit: settled before a single picture is decoded."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mmseg_edu.clip.layouts import check_layout
from mmseg_edu.clip.probing import Contents

# A decoded picture is kept as bytes (1 per number) until all are there, and then turned into float32 (4 per
# number).
BYTES_PER_NUMBER = 5


@dataclass(frozen=True)
class Plan:
    """What was asked for: from when until when (seconds in the file), at which size and rate (None: as stored)."""

    start: float
    stop: float
    size: tuple[int, int] | None
    rate: int | None
    max_bytes: int


def plan(
    contents: Contents,
    start: float,
    duration: float | None,
    size: tuple[int, int] | None,
    rate: int | None,
    max_bytes: int,
) -> Plan:
    """Say what to decode; refuse a start beyond the file, a clip too large, channels that cannot be decoded."""
    if contents.sound is not None:
        check_layout(contents.sound.layout)
    end = contents.latest
    if end and start >= end:
        raise ValueError(
            f"start must lie inside the file, which ends at {end:.2f} s, got {start:g} s: "
            f"choose a start below {end:.2f}"
        )
    # The container's own length is a claim, not a limit: the end is found by decoding.
    stop = math.inf if duration is None else start + duration
    planned = Plan(start, stop, size, rate, max_bytes)
    _check_memory(contents, planned)
    return planned


def _check_memory(contents: Contents, planned: Plan) -> None:
    """Refuse before decoding when the file's own claims say that the clip would not fit."""
    video = contents.video
    if video is None:
        return
    seconds = min(planned.stop, contents.latest or planned.start) - planned.start
    height, width = planned.size or (video.height, video.width)
    needed = math.ceil(seconds * video.frames_per_second) * height * width * 3 * BYTES_PER_NUMBER
    if contents.sound:
        needed += math.ceil(seconds * contents.sound.rate) * 12
    if needed > planned.max_bytes:
        what = f"{seconds:.1f} s of {height} x {width} pictures at {video.frames_per_second:.3g} a second"
        raise ValueError(f"{contents.file.name!r}: " + too_large(needed, planned.max_bytes, what))


def too_large(needed: int, max_bytes: int, what: str) -> str:
    """Say that a clip would not fit, and which three things make it fit."""
    return (
        f"the clip must fit into max_bytes = {max_bytes / 1e6:.3g} MB, got {what}, "
        f"which needs {needed / 1e6:.3g} MB or more: "
        "pass a smaller size= (such as size=224), a shorter duration=, or a larger max_bytes="
    )
