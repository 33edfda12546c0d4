"""Decode the tracks of a media file between two moments, and say how far each was sound."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from mmseg_edu.clip.gathering import Chunks, Pictures
from mmseg_edu.clip.opening import opened
from mmseg_edu.clip.planning import Plan
from mmseg_edu.clip.probing import Contents, Track

# One decoded picture above this is a damaged header, not a video (8K is 33 million pixels).
_MAX_PIXELS = 64_000_000
# Sound decoders need what came just before in order to start without a click; 80 ms is what Opus asks for.
_SOUND_LEAD_SECONDS = 0.2


@dataclass
class Outcome:
    """How far a track was decoded. ``fault`` says what stopped it early, if anything did."""

    covered: float
    complete: bool = False
    fault: str = ""


@dataclass
class Decoded:
    """What came out of a file's tracks, and how far each was decoded; None for a track that was not."""

    pictures: Pictures
    chunks: Chunks
    seen: Outcome | None = None
    heard: Outcome | None = None


def decode(contents: Contents, plan: Plan) -> Decoded:
    """Decode the pictures that the plan asks for, and the sound beside them."""
    done = Decoded(Pictures(plan.size, plan.max_bytes), Chunks(plan.start, contents.sound, plan.max_bytes))
    video, sound = contents.video, contents.sound
    if video is not None:
        done.seen = _decode_track(contents, video, plan.start, plan.stop, done.pictures.keep)
        if video.end and not (contents.times_last_picture or contents.missing or done.seen.fault):
            done.seen.covered = max(done.seen.covered, min(video.end, plan.stop))
        done.chunks.max_bytes -= done.pictures.bytes
        if not done.pictures.frames:
            return done
    if sound is not None:
        done.heard = _decode_track(contents, sound, plan.start, plan.stop, done.chunks.keep)
    return done


def _decode_track(
    contents: Contents,
    track: Track,
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
    wanted = start - (_SOUND_LEAD_SECONDS if track.rate else 0.0)
    if wanted > 0:
        outcome = _decode_from(contents, track, wanted, (start, stop), keep)
        if outcome is not None:
            return outcome
    outcome = _decode_from(contents, track, 0.0, (start, stop), keep)
    assert outcome is not None
    return outcome


def _decode_from(
    contents: Contents,
    track: Track,
    seek: float,
    span: tuple[float, float],
    keep: Callable[[Any, float], float | None],
) -> Outcome | None:
    """Decode after a seek; None when the seek landed too late, so that the caller starts at the beginning."""
    import av

    half_tick = min(track.tick, 1e-3) / 2
    start, stop, zero = span[0] - half_tick, span[1] - half_tick, contents.zero
    with opened(contents.file, contents.missing) as container:
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
