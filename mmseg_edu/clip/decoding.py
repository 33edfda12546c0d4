"""Decode one track of a media file between two moments, and say how far it was sound."""

from __future__ import annotations

import math
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmseg_edu.clip.damage import missing_end

# Only real media containers, and only from the disk: a play list called holiday.mp4 must not make FFmpeg
# fetch things.
_FORMATS = "mov,matroska,webm,avi,mpegts,mpeg,ogg,wav,flac,mp3,aac,flv,asf"
# One decoded picture above this is a damaged header, not a video (8K is 33 million pixels).
_MAX_PIXELS = 64_000_000
# Sound decoders need what came just before in order to start without a click; 80 ms is what Opus asks for.
SOUND_LEAD_SECONDS = 0.2


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


@dataclass(frozen=True)
class Contents:
    """What a file says that it holds.

    ``zero`` is where its clock starts, ``missing`` the bytes cut off its end; ``times_last_picture`` says
    whether the format stores how long the last picture stays (MP4 does; WebM only where the track ends).
    """

    video: Track | None
    sound: Track | None
    end: float | None
    zero: float
    missing: int
    times_last_picture: bool


@dataclass
class Outcome:
    """How far a track was decoded. ``fault`` says what stopped it early, if anything did."""

    covered: float
    complete: bool = False
    fault: str = ""


def regular_file(path: str | Path) -> Path:
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


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """Open a media file with PyAV; what FFmpeg cannot open becomes a ValueError that says what to do."""
    import av

    # A title in another alphabet's bytes is no reason to refuse a film; from PyAV 19 on it never is.
    lenient = {"metadata_errors": "replace"} if int(av.__version__.split(".")[0]) < 19 else {}
    options = {"protocol_whitelist": "file", "format_whitelist": _FORMATS}
    try:
        container = av.open(str(path), options=options, **lenient)
    except (av.FFmpegError, UnicodeError, ValueError, MemoryError) as error:
        missing, _ = missing_end(path)
        reason = "FFmpeg finds no readable video or sound in it"
        raise _unreadable(path, _cut_off(missing) if missing else reason) from error
    with container:
        yield container


def _cut_off(missing: int) -> str:
    return f"it was cut off: {missing} bytes are missing at its end, and with them its table of contents"


def _unreadable(path: Path, reason: str) -> ValueError:
    return ValueError(
        f"{path.name!r} must be a whole video file (.mp4, .webm, .mov), but {reason}: "
        "copy or download it again, or open it in a player and export it anew"
    )


def contents_of(path: Path) -> Contents:
    """List a file's tracks without decoding them; cover art of a sound file does not count as video."""
    missing, cut_part = missing_end(path)
    if cut_part == "moov":
        # FFmpeg shows the tracks that it can still see, and would pass a muted film off as a silent one.
        raise _unreadable(path, _cut_off(missing))
    with opened(path) as container:
        # MP4, MOV, MKV and WebM count from 0; a broadcast stream's clock starts anywhere.
        own_clock = any(name in container.format.name for name in ("mov", "matroska"))
        zero = 0.0 if own_clock or container.start_time is None else container.start_time / 1e6
        end = None
        if container.duration and container.duration > 0:
            end = (container.duration + (container.start_time or 0)) / 1e6 - zero
        videos = [
            s for s in container.streams.video if not s.disposition & _attached_picture() and s.codec_context
        ]
        sounds = [s for s in container.streams.audio if s.codec_context and s.codec_context.sample_rate]
        video = _video_track(_best(container, "video", videos), zero) if videos else None
        sound = _sound_track(_best(container, "audio", sounds), zero) if sounds else None
        return Contents(video, sound, end, zero, missing, "mov" in container.format.name)


def _attached_picture() -> int:
    from av.stream import Disposition

    return int(Disposition.attached_pic)


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


def _sound_track(stream: Any, zero: float) -> Track:
    context = stream.codec_context
    end, tick = _declared_end(stream, zero), float(stream.time_base or 0)
    return Track(index=stream.index, codec=context.name, end=end, tick=tick, rate=context.sample_rate)


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


def decode(
    path: Path,
    track: Track,
    zero: float,
    start: float,
    stop: float,
    keep: Callable[[Any, float], float | None],
) -> Outcome:
    """Call ``keep(frame, time)`` on a track's frames in [start, stop), decoding no more than needed.

    Seeks to the last key frame before ``start``. ``keep`` returns the frame's length in seconds where it
    knows better than the file. Stops at the first damage; what came before it stays kept. A frame belongs to
    the interval that its own timestamp falls into, so that neighbouring pieces of a file share no frame and
    lose none.
    """
    wanted = start - (SOUND_LEAD_SECONDS if track.rate else 0.0)
    if wanted > 0:
        outcome = _decode_from(path, track, zero, wanted, (start, stop), keep)
        if outcome is not None:
            return outcome
    outcome = _decode_from(path, track, zero, 0.0, (start, stop), keep)
    assert outcome is not None
    return outcome


def _decode_from(
    path: Path,
    track: Track,
    zero: float,
    seek: float,
    span: tuple[float, float],
    keep: Callable[[Any, float], float | None],
) -> Outcome | None:
    """Decode after a seek; None when the seek landed too late, so that the caller starts at the beginning."""
    import av

    half_tick = min(track.tick, 1e-3) / 2
    start, stop = span[0] - half_tick, span[1] - half_tick
    with opened(path) as container:
        stream = container.streams[track.index]
        stream.codec_context.options = {"err_detect": "explode", "max_pixels": str(_MAX_PIXELS)}
        stream.codec_context.thread_type = "SLICE"
        if seek > 0:
            try:
                container.seek(int((seek + zero) * 1e6))
            except (av.FFmpegError, OverflowError):
                return None
        outcome = Outcome(span[0])
        first, last = True, -math.inf
        for frame, fault in _frames(container, stream, zero):
            if fault:
                outcome.fault = fault
                break
            time = float(frame.pts * frame.time_base) - zero
            if first and seek > 0 and time > seek + half_tick:
                return None
            first = False
            if time >= stop:
                outcome.complete = True
                break
            if time < last - (0.1 if track.rate else 0.0):
                outcome.fault = f"its timestamps run backwards at {time:.3f} s"
                break
            last = time
            length = float((frame.duration or 0) * frame.time_base)
            # A sound frame may begin before the start and reach into the clip; a picture belongs where it
            # appears.
            if time >= start or (track.rate and time + frame.samples / track.rate > start):
                if getattr(frame, "is_corrupt", False):
                    outcome.fault = f"its data are damaged at {time:.3f} s"
                    break
                known = keep(frame, time)
                length = length if known is None else known
            outcome.covered = max(outcome.covered, time + length)
    return outcome


def _frames(container: Any, stream: Any, zero: float) -> Iterator[tuple[Any, str]]:
    """Yield (frame, ""), and at the first damage what the decoder still holds, then (None, fault)."""
    import av

    context, reached = stream.codec_context, 0.0
    packets = container.demux(stream)
    while True:
        broken_at = math.inf
        try:
            packet = next(packets)
        except StopIteration:
            return
        except (av.FFmpegError, MemoryError, OverflowError) as error:
            packet, fault = None, f"the file cannot be read on ({_plainly(error)})"
        if packet is not None:
            if packet.pts is not None and packet.time_base:
                reached = float(packet.pts * packet.time_base) - zero
            try:
                if packet.is_corrupt:
                    raise av.InvalidDataError(0, "a packet ends too early")
                frames, fault = packet.decode(), ""
            except (av.FFmpegError, MemoryError, OverflowError, EOFError) as error:
                frames, fault, broken_at = (
                    [],
                    f"its data are damaged at {reached:.3f} s ({_plainly(error)})",
                    reached,
                )
        if fault:
            frames = _drained(context)
        for frame in frames:
            if frame.pts is None or not frame.time_base:
                yield None, "it has no timestamps"
                return
            if float(frame.pts * frame.time_base) - zero < broken_at:
                yield frame, ""
        if fault:
            yield None, fault
            return


def _drained(context: Any) -> list[Any]:
    import av

    try:
        return list(context.decode(None))
    except (av.FFmpegError, MemoryError, OverflowError, EOFError):
        return []


def _plainly(error: BaseException) -> str:
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return str(text).lower()
