"""What a media file says that it holds, before anything of it is decoded."""

from __future__ import annotations

import math
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmseg_edu.clip.blocks import broken_blocks
from mmseg_edu.clip.boxes import broken_tables
from mmseg_edu.clip.damage import missing_end
from mmseg_edu.clip.layouts import declared_layouts
from mmseg_edu.clip.opening import opened, unreadable
from mmseg_edu.clip.pages import check_pages
from mmseg_edu.preprocess.arguments import checked_path

# Formats that need not keep a time for each picture; most of them are streams that may begin anywhere.
_LOOSE_CLOCKS = ("mpeg", "mpegts", "avi", "asf", "flv")
# Sound alone, sample after sample: where the count jumps, some are missing.
_NO_CLOCK = ("flac", "mp3", "aac", "wav", "aiff", "au", "caf", "w64", "wv", "amr", "ac3", "eac3")
# Parts that give their own length and not when a track ends.
_LENGTH_ALONE = ("RIFF", "FORM", "caff", ".snd", "packet")


@dataclass(frozen=True)
class Track:
    """One stream of a file: where it is, what it is, and when it says that it ends (seconds, or None).

    ``listed`` are the timestamps in the file's own index, in ticks. ``timed_by_decoding``: pictures are stored
    in another order than shown, and the format has no place for the moment at which each appears (AVI).
    """

    index: int
    codec: str
    end: float | None
    tick: float
    height: int = 0
    width: int = 0
    frames_per_second: float = 0.0
    rate: int = 0
    layout: str = ""
    listed: tuple[int, ...] = ()
    timed_by_decoding: bool = False
    seekable: bool = True


@dataclass(frozen=True)
class Contents:
    """What a file says that it holds.

    ``zero`` is where its clock starts, ``missing`` the bytes cut off its end; ``times_last_picture`` says
    whether the format stores how long the last picture stays (MP4 does; WebM only where the track ends).
    ``broken`` says which of its tables contradict each other, if any do, and ``remarks`` what else should be
    known: which of several sound tracks is read.
    ``no_clock``: the format keeps no times, so that nothing may be missing in between.
    ``loose_clock``: the format need not keep a time for each picture, and may begin anywhere.
    ``whole_samples``: the format keeps each picture as one packet.
    """

    file: Path
    video: Track | None
    sound: Track | None
    end: float | None
    zero: float
    missing: int
    times_last_picture: bool
    broken: str = ""
    remarks: tuple[str, ...] = ()
    no_clock: bool = False
    loose_clock: bool = False
    whole_samples: bool = False

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
    broken_pages, ends = check_pages(file)
    with opened(file, missing) as container:
        kind = container.format.name
        # MP4, MOV, MKV, WebM and FLV count from 0; a broadcast stream's clock starts anywhere.
        own_clock = any(name in kind for name in ("mov", "matroska", "flv"))
        zero = 0.0 if own_clock or container.start_time is None else container.start_time / 1e6
        end = None
        if container.duration and container.duration > 0:
            # MKV and FLV say when they end, the others how long they last.
            begin = 0 if "matroska" in kind or kind == "flv" else container.start_time or 0
            end = (container.duration + begin) / 1e6 - zero
        videos = [s for s in container.streams.video if s.codec_context and not _is_cover_art(s)]
        sounds = [s for s in container.streams.audio if s.codec_context and s.codec_context.sample_rate]
        layouts = declared_layouts(container) if sounds else {}
        best_video = _best(container, "video", videos) if videos else None
        best_sound = _best(container, "audio", sounds) if sounds else None
        _load_index(container)
        return Contents(
            file,
            _video_track(best_video, zero, kind) if best_video else None,
            _sound_track(best_sound, zero, kind, layouts) if best_sound else None,
            end,
            zero,
            missing,
            times_last_picture="mov" in kind,
            broken=(f"{missing} bytes are missing at its end" if cut_part in _LENGTH_ALONE else "")
            or broken_tables(file)
            or broken_blocks(file)
            or broken_pages,
            remarks=_remarks(container, sounds, best_sound, layouts, ends=ends),
            no_clock=kind in _NO_CLOCK,
            loose_clock=kind in _LOOSE_CLOCKS,
            whole_samples="mov" in kind or "matroska" in kind,
        )


def _remarks(
    container: Any, sounds: list[Any], best: Any, layouts: dict[int, str], *, ends: bool
) -> tuple[str, ...]:
    said = []
    if len(sounds) > 1:
        known = {"": "unknown", "1 channels": "mono"}
        kinds = ", ".join(known.get(layout, layout) for layout in (layouts.get(s.index, "") for s in sounds))
        said.append(
            f"has {len(sounds)} sound tracks ({kinds}): track {sounds.index(best) + 1} was read; "
            "mix them into one first if all of them count"
        )
    if container.streams.audio and not sounds:
        said.append(
            "has a sound track that FFmpeg cannot read, so it is silent here: export it anew if it counts"
        )
    if not ends:
        said.append("does not say that it ends where it does, so its end may be missing: compare its length")
    return tuple(said)


def _load_index(container: Any) -> None:
    """Have FFmpeg read the index at a file's end, which MKV does at the first seek only."""
    import av

    if "matroska" in container.format.name:
        with suppress(av.FFmpegError, OverflowError):
            container.seek(0)


def _listed(stream: Any, kind: str) -> tuple[int, ...]:
    """Give the timestamps in the file's own index; formats without one only list what was met on the way."""
    if not ("mov" in kind or "matroska" in kind or kind == "avi") or stream.codec_context.name[:4] == "pcm_":
        return ()
    return tuple(entry.timestamp for entry in getattr(stream, "index_entries", ()))


def _is_cover_art(stream: Any) -> bool:
    from av.stream import Disposition

    return bool(stream.disposition & Disposition.attached_pic)


def _best(container: Any, kind: str, candidates: list[Any]) -> Any:
    best = container.streams.best(kind)
    return next((s for s in candidates if best is not None and s.index == best.index), candidates[0])


def _video_track(stream: Any, zero: float, kind: str) -> Track:
    context, rate = stream.codec_context, stream.average_rate or stream.guessed_rate or 0
    return Track(
        index=stream.index,
        codec=context.name,
        end=_declared_end(stream, zero),
        tick=float(stream.time_base or 0),
        height=context.height,
        width=context.width,
        frames_per_second=float(rate),
        listed=_listed(stream, kind),
        timed_by_decoding=kind == "avi" and bool(context.has_b_frames),
        seekable=kind != "mpeg" and not (kind == "avi" and context.has_b_frames),
    )


def _sound_track(stream: Any, zero: float, kind: str, layouts: dict[int, str]) -> Track:
    context = stream.codec_context
    return Track(
        index=stream.index,
        codec=context.name,
        end=_declared_end(stream, zero),
        tick=float(stream.time_base or 0),
        rate=context.sample_rate,
        layout=layouts.get(stream.index, ""),
        listed=_listed(stream, kind),
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
    file = checked_path("path", path)
    try:
        there = file.exists()
    except OSError:  # a name longer than a name may be
        there = False
    if not there:
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
