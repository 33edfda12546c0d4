"""From a video file to its pictures and its sound, one after the other: however long it is, little is in memory."""

from __future__ import annotations

import contextlib
import math
import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from mmseg_edu.clip.decoding import SOUND_LEAD_SECONDS, Decoded, Outcome, frames_from
from mmseg_edu.clip.gathering import Chunks, Pictures
from mmseg_edu.clip.planning import Plan, plan
from mmseg_edu.clip.probing import Contents, Track, probe
from mmseg_edu.clip.reading import check_span, checked_picture_size, checked_sound_rate, remark
from mmseg_edu.clip.wholeness import check_whole
from mmseg_edu.preprocess.sound.resampling import resample_pieces

# A gap in the sound is filled with silence, which may last for hours, in pieces of this length.
_PIECE_SECONDS = 1


class Shown(NamedTuple):
    """One picture of a film, at one size or several, and from when until when it is on show.

    Attributes
    ----------
    begin, end : float, seconds from where reading began
    pictures : tuple of (H, W, 3) uint8
    """

    begin: float
    end: float
    pictures: tuple[np.ndarray, ...]


def stream_video(
    path: str | Path,
    sizes: Sequence[int | tuple[int, int] | None] = (None,),
    *,
    start: float = 0.0,
    duration: float | None = None,
) -> Iterator[Shown]:
    r"""Read the pictures of a video file one by one, each with its own time: for films that fit into no memory.

    Parameters
    ----------
    path, start, duration
        As for :func:`read_video`.
    sizes : sequence of int, (H, W) or None
        At which sizes each picture is wanted, each as ``size`` of :func:`read_video`.

    Yields
    ------
    Shown
        The pictures that :func:`read_video` gives, as bytes, 0 to 255: they are divided by 255 there. The last one
        is on show until the picture track ends.

    Raises
    ------
    FileNotFoundError, ValueError
        At once: no such file, not a video, no pictures, a start beyond its end. On the way, after the pictures that
        are whole: the file is cut off or damaged.

    Examples
    --------
    >>> import tempfile
    >>> from mmseg_edu.clip import Clip, stream_video, write_video
    >>> grey = Clip(np.full((3, 32, 48, 3), 0.5, np.float32), np.array([0.0, 0.1, 0.5]), duration=0.75)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     film = write_video(grey, folder + "/grey.webm")
    ...     for shown in stream_video(film, sizes=[None, (8, 12)]):
    ...         print(shown.begin, shown.end, [picture.shape for picture in shown.pictures])
    0.0 0.1 [(32, 48, 3), (8, 12, 3)]
    0.1 0.5 [(32, 48, 3), (8, 12, 3)]
    0.5 0.75 [(32, 48, 3), (8, 12, 3)]
    """
    check_span(start, duration, sys.maxsize)
    wanted = [checked_picture_size(size) for size in sizes]
    contents = replace(probe(path), sound=None)
    if contents.video is None:
        raise ValueError(
            f"{contents.file.name!r} must have a video track, got none: read its sound with read_sound(path)"
        )
    planned = plan(contents, start, duration, None, None, sys.maxsize)
    remark(contents)
    return _shown(contents, contents.video, planned, [Pictures(size, sys.maxsize) for size in wanted])


def _shown(contents: Contents, video: Track, plan: Plan, kept: list[Pictures]) -> Iterator[Shown]:
    """Hand over each picture when the next one tells how long it stays; of two at one moment the later."""

    def keep(frame: Any, time: float) -> None:
        for pictures in kept:
            pictures.bytes = 0
            pictures.keep(frame, time)

    def ready(end: float) -> Shown:
        times = kept[0].times
        begin = max(times[len(times) - len(kept[0].frames)] - plan.start, 0.0)
        return Shown(begin, end, tuple(pictures.frames.pop(0) for pictures in kept))

    frames = _as_decoded(contents, video, plan, keep)
    while True:
        try:
            next(frames)
        except StopIteration as ended:
            seen: Outcome = ended.value
            break
        if len(kept[0].frames) > 1:
            yield ready(kept[0].times[-1] - plan.start)
    if video.end and not (contents.times_last_picture or contents.missing or seen.fault):
        seen.covered = max(seen.covered, min(video.end, plan.stop))
    check_whole(contents, plan, Decoded(kept[0], Chunks(plan.start, None, sys.maxsize), seen))
    end = plan.stop if seen.complete else min(plan.stop, seen.covered)
    yield ready(max(end, kept[0].times[-1] + 1e-3) - plan.start)


def stream_sound(
    path: str | Path, *, start: float = 0.0, duration: float | None = None, rate: int | None = None
) -> tuple[Iterator[np.ndarray], int]:
    r"""Read the sound of a media file piece by piece, mono: :func:`read_sound` for sounds that fit into no memory.

    Parameters
    ----------
    path, start, duration, rate
        As for :func:`read_sound`.

    Returns
    -------
    pieces : iterator of (n,) float32 in [-1, 1]
        Laid end to end they are what :func:`read_sound` gives, up to rounding. There are none where the track ends
        before the start.
    rate : int, Hz

    Raises
    ------
    FileNotFoundError, ValueError
        At once: no such file, not a media file, no sound track, a start beyond its end. On the way, after the pieces
        that are whole: the file is cut off or damaged.

    Examples
    --------
    >>> import tempfile
    >>> from scipy.io import wavfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     wavfile.write(folder + "/silence.wav", 8000, np.zeros(20000, np.int16))
    ...     pieces, rate = stream_sound(folder + "/silence.wav", rate=16000)
    ...     sum(len(piece) for piece in pieces), rate
    (40000, 16000)
    """
    check_span(start, duration, sys.maxsize)
    new_rate = checked_sound_rate(rate)
    contents = replace(probe(path), video=None)
    if contents.sound is None:
        raise ValueError(
            f"{contents.file.name!r} must have a sound track, got none (which is not the same as silence)"
        )
    planned = plan(contents, start, duration, None, None, sys.maxsize)
    remark(contents)
    pieces = _pieces(contents, contents.sound, planned)
    if new_rate is None or new_rate == contents.sound.rate:
        return pieces, contents.sound.rate
    return resample_pieces(pieces, contents.sound.rate, new_rate), new_rate


def _pieces(contents: Contents, sound: Track, plan: Plan) -> Iterator[np.ndarray]:
    """Lay the sound end to end from the start on, silence in the gaps, and cut it where the track ends."""
    chunks = Chunks(plan.start, sound, sys.maxsize)
    done, last = 0, _samples(min(plan.stop, sound.end or math.inf) - plan.start, sound.rate)

    def keep(frame: Any, time: float) -> float:
        chunks.placed, chunks.bytes = chunks.placed[-1:], 0
        return chunks.keep(frame, time)

    frames = _as_decoded(contents, sound, plan, keep)
    while True:
        try:
            next(frames)
        except StopIteration as ended:
            heard: Outcome = ended.value
            break
        if chunks.gaps and (contents.broken or contents.no_clock):
            # Nothing behind a loss is handed over, nor silence in its place.
            frames.close()
            heard = Outcome(chunks.gaps[0][0])
            break
        place, samples = chunks.placed[-1]
        for piece in _following(samples, place, done, last, sound.rate):
            done += len(piece)
            yield piece
    check_whole(contents, plan, Decoded(Pictures(None, 0), chunks, heard=heard))
    remark(contents, chunks)
    if heard.complete:
        last = _samples(plan.stop - plan.start, sound.rate)
        yield from _following(np.zeros(0, np.float32), last, done, last, sound.rate)


def _samples(seconds: float, rate: int) -> int:
    return round(seconds * rate) if seconds < math.inf else sys.maxsize


def _following(samples: np.ndarray, place: int, done: int, last: int, rate: int) -> Iterator[np.ndarray]:
    """What a chunk adds to a sound of `done` samples: silence up to its place, and what lies between there and last."""
    while done < min(place, last):
        silence = min(place, last, done + _PIECE_SECONDS * rate) - done
        yield np.zeros(silence, np.float32)
        done += silence
    first, end = done - place, min(len(samples), last - place)
    if first < end:
        # Lossy codecs overshoot full scale a little.
        yield np.clip(samples[first:end], -1.0, 1.0)


def _as_decoded(
    contents: Contents, track: Track, plan: Plan, keep: Callable[[Any, float], float | None]
) -> Generator[None, None, Outcome]:
    """Keep frame after frame, and return how far the track was decoded.

    Where a seek lands too late or finds nothing, decoding starts over from the file's beginning. What is handed over
    cannot be taken back: damage that shows later is damage, where ``read_video`` would try from the beginning too.
    """
    wanted = plan.start - (SOUND_LEAD_SECONDS if track.rate else 0.0)
    for seek in ([wanted] if wanted > 0 and track.seekable else []) + [0.0]:
        outcome, kept, known = None, False, None
        with contextlib.closing(frames_from(contents, track, seek, plan)) as frames:
            while True:
                try:
                    frame, time = frames.send(known)
                except StopIteration as ended:
                    outcome = ended.value
                    break
                known, kept = keep(frame, time), True
                yield
        if kept:
            break
    assert outcome is not None
    return outcome
