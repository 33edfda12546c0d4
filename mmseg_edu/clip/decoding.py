"""Decode the tracks of a media file between two moments, and say how far each was sound."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from mmseg_edu.clip.counting import Count
from mmseg_edu.clip.gathering import Chunks, Pictures
from mmseg_edu.clip.leading import starts_afresh
from mmseg_edu.clip.opening import opened
from mmseg_edu.clip.planning import Plan
from mmseg_edu.clip.probing import Contents, Track

# One decoded picture above this is a damaged header, not a video (8K is 33 million pixels).
_MAX_PIXELS = 64_000_000
# Sound decoders need what came just before in order to start without a click; 80 ms is what Opus asks for.
SOUND_LEAD_SECONDS = 0.2
# Where a format keeps no time for each picture, FFmpeg's guess may fall back by a few pictures, not by more.
_CLOCK_SLIP_SECONDS = 0.5
BACKWARDS = "its timestamps run backwards"

Gathered = TypeVar("Gathered", Pictures, Chunks)


@dataclass
class Outcome:
    """How far a track was decoded. ``fault`` says what stopped it early, if anything did.

    ``skipped`` counts packets at the file's beginning that cannot be decoded without what a cut removed.
    """

    covered: float
    complete: bool = False
    fault: str = ""
    skipped: int = 0


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
        done.pictures, done.seen = _decode_track(contents, video, plan, done.pictures)
        if video.end and not (contents.times_last_picture or contents.missing or done.seen.fault):
            done.seen.covered = max(done.seen.covered, min(video.end, plan.stop))
        done.chunks.max_bytes -= done.pictures.bytes
        if not done.pictures.frames:
            return done
    if sound is not None:
        done.chunks, done.heard = _decode_track(contents, sound, plan, done.chunks)
    return done


def _decode_track(contents: Contents, track: Track, plan: Plan, empty: Gathered) -> tuple[Gathered, Outcome]:
    """Gather a track's frames in [start, stop), decoding no more than needed.

    Seeks to the last key frame before ``start``. Where that lands too late, finds nothing or ends in a fault
    (groups of pictures that lean on the ones before them; formats without an index), it starts over from the
    file's beginning. Stops at the first damage; what came before it stays kept. A frame belongs to the
    interval that its own timestamp falls into, so that neighbouring pieces of a file share no frame and lose
    none.
    """
    wanted = plan.start - (SOUND_LEAD_SECONDS if track.rate else 0.0)
    sought, found = None, empty.fresh()
    if wanted > 0 and track.seekable:
        sought = _decode_from(contents, track, wanted, plan, found)
        if sought is not None and found.holds_anything and not sought.fault:
            return found, sought
    if sought is None or not found.holds_anything:
        found = empty.fresh()
    empty.max_bytes -= found.bytes  # What a damaged file gave after the seek may be all there is.
    outcome = _decode_from(contents, track, 0.0, plan, empty)
    assert outcome is not None
    if sought is not None and found.holds_anything and outcome.fault and outcome.covered < sought.covered:
        return found, sought
    return empty, outcome


def _decode_from(
    contents: Contents, track: Track, seek: float, plan: Plan, gathered: Pictures | Chunks
) -> Outcome | None:
    """Decode after a seek; None when the seek landed too late, so that the caller starts at the beginning."""
    with contextlib.closing(frames_from(contents, track, seek, plan)) as frames:
        known: float | None = None
        while True:
            try:
                frame, time = frames.send(known)
            except StopIteration as ended:
                outcome: Outcome | None = ended.value
                return outcome
            known = gathered.keep(frame, time)


def frames_from(
    contents: Contents, track: Track, seek: float, plan: Plan
) -> Generator[tuple[Any, float], float | None, Outcome | None]:
    """Yield the frames of a track in [start, stop), and when each appears, as they are decoded after a seek.

    Whoever takes them may send back how long a frame lasts, where that is known better than the file says.
    Returns how far the track was decoded; None, before any frame, when the seek landed too late.
    """
    import av

    half_tick = min(track.tick, 1e-3) / 2
    start, stop, zero = plan.start - half_tick, plan.stop - half_tick, contents.zero
    with opened(contents.file, contents.missing) as container:
        stream = container.streams[track.index]
        stream.codec_context.options = {"err_detect": "crccheck+explode", "max_pixels": str(_MAX_PIXELS)}
        stream.codec_context.thread_type = "SLICE"
        if seek > 0:
            try:
                container.seek(int((seek + zero) * 1e6))
            except (av.FFmpegError, OverflowError):
                return None
        outcome, count = Outcome(plan.start), Count(track, contents, seek > 0)
        clock = _Clock(track, contents)
        for frame, fault in _frames(container, stream, track, contents, seek > 0, count, outcome):
            time = math.nan if fault else clock.time_of(frame)
            fault = fault or clock.fault
            if fault:
                outcome.fault = fault
                break
            if count.frames == 0 and seek > 0 and time > seek + half_tick:
                return None
            count.see_frame(frame)
            if time >= stop:
                outcome.complete = True
                break
            length = float((frame.duration or 0) * frame.time_base)
            # A sound frame may begin before the start and reach into the clip; a picture belongs where it
            # appears.
            if time >= start or (track.rate and time + frame.samples / track.rate > start):
                if getattr(frame, "is_corrupt", False):
                    outcome.fault = f"its data are damaged at {time:.3f} s"
                    break
                known = yield frame, time
                length = length if known is None else known
            outcome.covered = max(outcome.covered, time + length)
        if not outcome.fault:
            _blame_what_is_missing(outcome, count, plan, half_tick)
    return outcome


def _blame_what_is_missing(outcome: Outcome, count: Count, plan: Plan, half_tick: float) -> None:
    lost = count.first_lost(plan.start - half_tick, plan.stop - half_tick, outcome.complete)
    if lost is not None:
        outcome.complete, outcome.covered = False, min(outcome.covered, max(lost, plan.start))
        outcome.fault = f"what the file lists at {lost:.3f} s is not in it"


class _Clock:
    """Tell when a frame appears, in seconds from the file's beginning."""

    def __init__(self, track: Track, contents: Contents) -> None:
        self.track, self.zero, self.fault = track, contents.zero, ""
        self.loose = contents.loose_clock and not track.rate
        self.step = 1 / track.frames_per_second if track.frames_per_second > 0 else 0.04
        self.last = self.after = -math.inf

    def time_of(self, frame: Any) -> float:
        ticks = frame.pts
        if self.track.timed_by_decoding:
            ticks = frame.dts
        if ticks is None and self.last > -math.inf and (self.loose or self.track.rate):
            time = self.after  # What a decoder gives at the end may have lost its time.
        elif ticks is None or not frame.time_base:
            self.fault = "it has no timestamps"
            return math.nan
        else:
            time = float(ticks * frame.time_base) - self.zero
        if self.loose and self.last - _CLOCK_SLIP_SECONDS <= time <= self.last:
            time = self.after
        if time < self.last - (0.1 if self.track.rate else 0.0):
            self.fault = f"{BACKWARDS} at {time:.3f} s"
        self.last = time
        self.after = time + (frame.samples / self.track.rate if self.track.rate else self.step)
        return time


def _frames(
    container: Any,
    stream: Any,
    track: Track,
    contents: Contents,
    sought: bool,
    count: Count,
    outcome: Outcome,
) -> Iterator[tuple[Any, str]]:
    """Yield (frame, ""), and at the first damage what the decoder still holds, then (None, fault).

    Until the first frame is out, packets that lean on others before the file's beginning are skipped.
    """
    import av

    context, reached, zero = stream.codec_context, 0.0, contents.zero
    packets = container.demux(stream)
    while True:
        broken_at, fault, frames = math.inf, "", []
        try:
            packet = next(packets)
        except StopIteration:
            return
        except (av.FFmpegError, MemoryError, OverflowError) as error:
            packet, fault = None, f"the file cannot be read on ({_plainly(error)})"
        if packet is not None:
            if packet.pts is not None and packet.time_base:
                reached = float(packet.pts * packet.time_base) - zero
            count.see_packet(packet)
            leading = not sought and count.frames == 0
            try:
                if packet.is_corrupt:
                    raise av.InvalidDataError(0, "a packet ends too early")
                frames = packet.decode()
            except (av.FFmpegError, MemoryError, OverflowError, EOFError) as error:
                if leading and not starts_afresh(packet, track, contents.loose_clock):
                    outcome.skipped += 1
                    continue
                fault, broken_at = f"its data are damaged at {reached:.3f} s ({_plainly(error)})", reached
        if fault:
            frames = [frame for frame in _drained(context) if frame.pts is not None and frame.time_base]
        for frame in frames:
            if math.isinf(broken_at) or float(frame.pts * frame.time_base) - zero < broken_at:
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
