"""What a media file says that it holds, before anything of it is decoded."""

from __future__ import annotations

import math
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmseg_edu.clip.damage import missing_end
from mmseg_edu.clip.layouts import declared_layouts
from mmseg_edu.clip.opening import opened, unreadable


@dataclass(frozen=True)
class Track:
    """One stream of a file: where it is, what it is, and when it says that it ends (seconds, or None)."""

    index: int
    codec: str
    end: float | None
    tick: float
    height: int = 0
    width: int = 0
    frames_per_second: float = 0.0
    rate: int = 0
    layout: str = ""


@dataclass(frozen=True)
class Contents:
    """What a file says that it holds.

    ``zero`` is where its clock starts, ``missing`` the bytes cut off its end; ``times_last_picture`` says
    whether the format stores how long the last picture stays (MP4 does; WebM only where the track ends).
    """

    file: Path
    video: Track | None
    sound: Track | None
    end: float | None
    zero: float
    missing: int
    times_last_picture: bool

    @property
    def latest(self) -> float:
        """The last moment that any of its claims names; 0 where it claims nothing."""
        return max([t.end for t in (self.video, self.sound) if t and t.end] + [self.end or 0.0])


def probe(path: str | Path) -> Contents:
    """List a file's tracks without decoding them; cover art of a sound file does not count as video."""
    file = _regular_file(path)
    missing, cut_part = missing_end(file)
    if cut_part == "moov":
        # FFmpeg shows the tracks that it can still see, and would pass a muted film off as a silent one.
        raise unreadable(file, missing)
    with opened(file, missing) as container:
        # MP4, MOV, MKV and WebM count from 0; a broadcast stream's clock starts anywhere.
        own_clock = any(name in container.format.name for name in ("mov", "matroska"))
        zero = 0.0 if own_clock or container.start_time is None else container.start_time / 1e6
        end = None
        if container.duration and container.duration > 0:
            end = (container.duration + (container.start_time or 0)) / 1e6 - zero
        videos = [s for s in container.streams.video if s.codec_context and not _is_cover_art(s)]
        sounds = [s for s in container.streams.audio if s.codec_context and s.codec_context.sample_rate]
        video = _video_track(_best(container, "video", videos), zero) if videos else None
        layouts = declared_layouts(container) if sounds else {}
        sound = _sound_track(_best(container, "audio", sounds), zero, layouts) if sounds else None
        return Contents(file, video, sound, end, zero, missing, "mov" in container.format.name)


def _is_cover_art(stream: Any) -> bool:
    from av.stream import Disposition

    return bool(stream.disposition & Disposition.attached_pic)


def _best(container: Any, kind: str, candidates: list[Any]) -> Any:
    best = container.streams.best(kind)
    return next((s for s in candidates if best is not None and s.index == best.index), candidates[0])


def _video_track(stream: Any, zero: float) -> Track:
    context, rate = stream.codec_context, stream.average_rate or stream.guessed_rate or 0
    return Track(
        index=stream.index,
        codec=context.name,
        end=_declared_end(stream, zero),
        tick=float(stream.time_base or 0),
        height=context.height,
        width=context.width,
        frames_per_second=float(rate),
    )


def _sound_track(stream: Any, zero: float, layouts: dict[int, str]) -> Track:
    context = stream.codec_context
    return Track(
        index=stream.index,
        codec=context.name,
        end=_declared_end(stream, zero),
        tick=float(stream.time_base or 0),
        rate=context.sample_rate,
        layout=layouts.get(stream.index, ""),
    )


def _declared_end(stream: Any, zero: float) -> float | None:
    if stream.duration and stream.time_base:
        return float((stream.duration + (stream.start_time or 0)) * stream.time_base) - zero
    # Matroska keeps a track's length in a tag, as 00:00:02.500000000.
    parts = str(stream.metadata.get("DURATION", "")).strip("\0 ").split(":")
    try:
        hours, minutes, seconds = (float(part) for part in parts)
    except ValueError:
        return None
    end = 3600 * hours + 60 * minutes + seconds
    return end if math.isfinite(end) and end > 0 else None


def _regular_file(path: str | Path) -> Path:
    """Refuse what is not a plain, non-empty file (a pipe would block for ever), and return its Path."""
    if not isinstance(path, str | Path):
        raise TypeError(f"path must be a string or a pathlib.Path, got {type(path).__name__}")
    file = Path(path)
    if not file.exists():
        raise FileNotFoundError(
            f"path must name an existing file, got {str(path)!r}, which does not exist: "
            "check the spelling and the working folder, Path.cwd()"
        )
    if file.is_dir():
        raise ValueError(f"path must name a file, got the folder {str(path)!r}: name one video inside it")
    if not stat.S_ISREG(file.stat().st_mode):
        raise ValueError(
            f"path must name a plain file, got the pipe or device {str(path)!r}: copy it to a file"
        )
    if file.stat().st_size == 0:
        raise ValueError(f"path must name a video, got the empty file {str(path)!r} (0 bytes): copy it again")
    return file
