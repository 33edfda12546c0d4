"""From a video file to a Clip: all on one clock, within a memory budget, or an error that says what to do."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from mmseg_edu.clip.clip import Clip
from mmseg_edu.clip.decoding import Contents, Outcome, Track, contents_of, decode, regular_file
from mmseg_edu.clip.gathering import Chunks, Pictures
from mmseg_edu.clip.planning import plan
from mmseg_edu.clip.wholeness import check_whole
from mmseg_edu.preprocess.arguments import checked_size

DEFAULT_MAX_BYTES = 2 * 1024**3


def read_video(
    path: str | Path,
    *,
    start: float = 0.0,
    duration: float | None = None,
    size: int | tuple[int, int] | None = None,
    rate: int | None = None,
    max_bytes: int = DEFAULT_MAX_BYTES,
) -> Clip:
    r"""Read a piece of a video file, pictures and sound, as a Clip.

    The pictures whose own timestamps lie in ``[start, start + duration)`` are decoded, and every time is
    counted from ``start``; so neighbouring pieces share no picture and lose none. The sound is cut and padded
    to the same span: sample 0 is heard at ``start``, whichever track begins first in the file.

    Parameters
    ----------
    path : str or Path
        An .mp4, .mov or .webm file (.mkv, .avi and others that FFmpeg reads work too), on the disk.
    start : float, seconds, 0 or more
        Where to begin in the file. The reader seeks; it does not decode from the file's beginning.
    duration : float, seconds, above 0, or None
        How much to read; None for all. A span that reaches past the file's end is cut there.
    size : int, (H, W) or None
        Scale each picture to this while decoding, with anti-aliasing; an int makes a square. Width and height
        are scaled separately: to keep the shape of things, give an (H, W) of the same proportions. None keeps
        the size.
    rate : int, Hz, or None
        Resample the sound to this rate; None keeps the file's own (Opus is always 48000).
    max_bytes : int
        Refuse, before decoding, a clip that would need more memory than this.

    Returns
    -------
    Clip
        ``sound`` is None when the file has no sound track. A silent track gives zeros. ``labels`` is None.

    Raises
    ------
    FileNotFoundError
        The file does not exist.
    ValueError
        Not a media file, no video track, cut off or damaged before the end of what was asked for, or too
        large. Where a file is cut off, the message says how many seconds are whole and how to read only
        those.

    Notes
    -----
    Several channels, at most 7, become one by their mean, without the low-frequency channel of surround
    sound. A picture that the camera marked as rotated or mirrored is turned upright. Two pictures at the same
    moment: the later one counts. Pixels count as square; high dynamic range is not tone-mapped. A live
    recording that does not say how long it is (some browsers write such .webm files) and is cut between two
    blocks cannot be told from a shorter one.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from mmseg_edu.clip import Clip, read_video, write_video
    >>> frames, silence = np.full((8, 32, 48, 3), 0.5, np.float32), np.zeros(32000, np.float32)
    >>> grey = Clip(frames, np.arange(8) / 4, silence, 16000)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = write_video(grey, folder + "/grey.webm")
    ...     second_half = read_video(file, start=1.0, size=(16, 24), rate=16000)
    >>> second_half
    Clip(4 pictures of 16 x 24, 1.00 s, sound of 16000 samples at 16000 Hz)
    >>> second_half.times
    array([0.  , 0.25, 0.5 , 0.75])

    Lesson: 03_video_and_alignment
    """
    _check_span(start, duration, max_bytes)
    height_width, rate = _checked_size(size), _checked_rate(rate)
    file = regular_file(path)
    contents = contents_of(file)
    if contents.video is None:
        present = f"only sound ({contents.sound.codec})" if contents.sound else "neither video nor sound"
        raise ValueError(
            f"{file.name!r} must have a video track, got {present}: "
            "a Clip needs pictures; read the sound alone with read_sound(path)"
        )
    stop = plan(file, contents, start, duration, height_width, max_bytes)
    pictures, chunks, tracks = _decode_tracks(file, contents, start, stop, height_width, max_bytes)
    check_whole(file, contents, tracks, start, stop, seen_at=pictures.times)
    return _assemble(contents, pictures, chunks, tracks, start, stop, rate)


def read_sound(
    path: str | Path,
    *,
    start: float = 0.0,
    duration: float | None = None,
    rate: int | None = None,
    max_bytes: int = DEFAULT_MAX_BYTES,
) -> tuple[np.ndarray, int]:
    r"""Read the sound of a media file, mono; works for sound files (.wav, .ogg, .flac, .mp3) and for videos.

    Parameters
    ----------
    path, start, duration, rate, max_bytes
        As in :func:`read_video`.

    Returns
    -------
    sound : (N,) float32 in [-1, 1]
    rate : int, Hz

    Raises
    ------
    FileNotFoundError, ValueError
        As in :func:`read_video`; also when the file has no sound track.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from scipy.io import wavfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     wavfile.write(folder + "/silence.wav", 8000, np.zeros(4000, np.int16))
    ...     sound, rate = read_sound(folder + "/silence.wav")
    >>> sound.shape, rate
    ((4000,), 8000)

    Lesson: 04_mfcc_features
    """
    _check_span(start, duration, max_bytes)
    rate = _checked_rate(rate)
    file = regular_file(path)
    contents = replace(contents_of(file), video=None)
    if contents.sound is None:
        raise ValueError(
            f"{file.name!r} must have a sound track, got none (which is not the same as silence): "
            "read_video gives such a clip sound=None"
        )
    stop = plan(file, contents, start, duration, None, max_bytes)
    chunks = Chunks(start, contents.sound, max_bytes)
    heard = decode(file, contents.sound, contents.zero, start, stop, chunks.keep)
    check_whole(file, contents, [(contents.sound, heard)], start, stop)
    end = stop if heard.complete else min(stop, heard.covered, contents.sound.end or math.inf)
    if end <= start:
        raise ValueError(
            f"{file.name!r} must have sound after {start:g} s, got none: choose an earlier start"
        )
    return chunks.assembled(end - start, rate), rate or contents.sound.rate


def _decode_tracks(
    file: Path, contents: Contents, start: float, stop: float, size: tuple[int, int] | None, max_bytes: int
) -> tuple[Pictures, Chunks, list[tuple[Track, Outcome]]]:
    """Decode the pictures, and where there are any the sound, and say how far each track was sound."""
    assert contents.video is not None
    pictures = Pictures(size, max_bytes)
    seen = decode(file, contents.video, contents.zero, start, stop, pictures.keep)
    if contents.video.end and not (contents.times_last_picture or contents.missing or seen.fault):
        seen.covered = max(seen.covered, min(contents.video.end, stop))
    tracks = [(contents.video, seen)]
    chunks = Chunks(start, contents.sound, max_bytes - pictures.bytes)
    if contents.sound is not None and pictures.frames:
        tracks.append((contents.sound, decode(file, contents.sound, contents.zero, start, stop, chunks.keep)))
    return pictures, chunks, tracks


def _assemble(
    contents: Contents,
    pictures: Pictures,
    chunks: Chunks,
    tracks: list[tuple[Track, Outcome]],
    start: float,
    stop: float,
    rate: int | None,
) -> Clip:
    """Bring what was decoded onto one clock that begins at ``start``."""
    seen = tracks[0][1]
    heard_until = min((min(o.covered, t.end or math.inf) for t, o in tracks[1:]), default=0.0)
    # WebM rounds timestamps to a millisecond: that must not make the sound outlast the pictures.
    last = seen.covered if abs(heard_until - seen.covered) < 2e-3 else max(seen.covered, heard_until)
    end = stop if seen.complete else min(stop, last)
    times = np.array(pictures.times) - start
    times[0] = max(times[0], 0.0)
    length = max(end - start, float(times[-1]), 1e-3)
    if contents.sound is None:
        return Clip(pictures.assembled(), times, duration=length)
    sound = chunks.assembled(length, rate)
    return Clip(pictures.assembled(), times, sound, rate or contents.sound.rate, duration=length)


def _check_span(start: Any, duration: Any, max_bytes: Any) -> None:
    for name, value in (("start", start), ("duration", duration), ("max_bytes", max_bytes)):
        if name == "duration" and value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
            raise TypeError(f"{name} must be a number, got {value!r}")
        if not math.isfinite(value) or value < 0 or (value == 0 and name != "start"):
            least = "0 s or more" if name == "start" else "above 0"
            raise ValueError(
                f"{name} must be finite and {least}, got {value}: leave it out to use the default"
            )


def _checked_size(size: Any) -> tuple[int, int] | None:
    if size is None:
        return None
    pair = checked_size(size)
    if max(pair) > 16384:
        raise ValueError(f"size must be at most 16384 pixels a side, got {size!r}: try size=64")
    return pair


def _checked_rate(rate: Any) -> int | None:
    if rate is None:
        return None
    if isinstance(rate, bool) or not isinstance(rate, int | np.integer) or not 100 <= rate <= 768_000:
        raise ValueError(
            f"rate must be a whole number from 100 to 768000 Hz or None, got {rate!r}: try rate=16000"
        )
    return int(rate)
