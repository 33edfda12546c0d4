"""From a video file to a Clip: all on one clock, within a memory budget, or an error that says what to do."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from mmseg_edu.clip.assembling import assemble, assemble_sound
from mmseg_edu.clip.clip import Clip
from mmseg_edu.clip.decoding import decode
from mmseg_edu.clip.gathering import Chunks
from mmseg_edu.clip.planning import plan
from mmseg_edu.clip.probing import Contents, probe
from mmseg_edu.clip.wholeness import check_whole
from mmseg_edu.preprocess.arguments import checked_size, is_finite

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
        Where to begin in the file. The reader seeks where the format allows it, and decodes from the file's
        beginning where a seek would lose pictures (open groups of pictures, intra refresh, DVD streams).
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
    Of several sound tracks the one that players choose is read, and a warning says which.
    Several channels, at most 7, become one by their mean, without the low-frequency channel of surround
    sound. A picture that the camera marked as rotated or mirrored is turned upright. Two pictures at the same
    moment: the later one counts. Pixels count as square; high dynamic range is not tone-mapped.

    A file cut without coding anew may begin with packets that lean on what the cut removed; they are left
    out, and ``times[0]`` says when the first picture that can be made appears. What the file's own index
    lists must be there; bits flipped inside a VP8, VP9 or AV1 picture give a wrong picture that nothing
    tells from a right one. Formats that time whole packets in milliseconds (WebM, MKV, FLV) place a
    piece's sound to about a millisecond. A live recording that does not say how long it is (some browsers
    write such .webm files) and is cut between two blocks cannot be told from a shorter one.

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
    check_span(start, duration, max_bytes)
    height_width, rate = checked_picture_size(size), checked_sound_rate(rate)
    contents = probe(path)
    if contents.video is None:
        present = f"only sound ({contents.sound.codec})" if contents.sound else "neither video nor sound"
        remedy = "read the sound alone with read_sound(path)" if contents.sound else "export it anew as .mp4"
        raise ValueError(
            f"{contents.file.name!r} must have a video track, got {present}: a Clip needs pictures; {remedy}"
        )
    planned = plan(contents, start, duration, height_width, rate, max_bytes)
    decoded = decode(contents, planned)
    check_whole(contents, planned, decoded)
    remark(contents)
    remark(contents, decoded.chunks)
    return assemble(contents, planned, decoded)


def read_sound(
    path: str | Path,
    *,
    start: float = 0.0,
    duration: float | None = None,
    rate: int | None = None,
    max_bytes: int = DEFAULT_MAX_BYTES,
) -> tuple[np.ndarray, int]:
    r"""Read the sound of a media file, mono; sound files (.wav, .flac, .mp3, .ogg, .aiff, .caf, .au) and videos.

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
    check_span(start, duration, max_bytes)
    rate = checked_sound_rate(rate)
    contents = probe(path)
    seen = contents.video is not None
    contents = replace(contents, video=None)
    if contents.sound is None:
        raise ValueError(
            f"{contents.file.name!r} must have a sound track, got none (which is not the same as silence): "
            + ("read_video gives such a clip sound=None" if seen else "it has no pictures either")
        )
    planned = plan(contents, start, duration, None, rate, max_bytes)
    decoded = decode(contents, planned)
    check_whole(contents, planned, decoded)
    remark(contents)
    remark(contents, decoded.chunks)
    return assemble_sound(contents, planned, decoded), rate or contents.sound.rate


def remark(contents: Contents, chunks: Chunks | None = None) -> None:
    """Warn of what cannot be judged: what the file says of itself or, where chunks are given, their gaps."""
    said = [] if chunks else list(contents.remarks)
    if chunks and chunks.gaps:
        begin, end = chunks.gaps[0]
        more = f", and {len(chunks.gaps) - 1} times more" if len(chunks.gaps) > 1 else ""
        said.append(
            f"has no sound from {begin:.2f} s to {end:.2f} s{more}, and is silent there: what was lost, if "
            "it was not a pause of the recording, cannot be known"
        )
    for text in said:
        warnings.warn(f"{contents.file.name!r} {text}", stacklevel=3)


def check_span(start: Any, duration: Any, max_bytes: Any) -> None:
    for name, value in (("start", start), ("duration", duration), ("max_bytes", max_bytes)):
        if name == "duration" and value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
            raise TypeError(f"{name} must be a number, got {value!r}")
        if not is_finite(value) or value < 0 or (value == 0 and name != "start"):
            least = "0 s or more" if name == "start" else "above 0"
            raise ValueError(
                f"{name} must be finite and {least}, got {value}: leave it out to use the default"
            )


def checked_picture_size(size: Any) -> tuple[int, int] | None:
    if size is None:
        return None
    pair = checked_size(size)
    if max(pair) > 16384:
        raise ValueError(f"size must be at most 16384 pixels a side, got {size!r}: try size=64")
    return pair


def checked_sound_rate(rate: Any) -> int | None:
    if rate is None:
        return None
    if isinstance(rate, bool) or not isinstance(rate, int | np.integer) or not 100 <= rate <= 768_000:
        raise ValueError(
            f"rate must be a whole number from 100 to 768000 Hz or None, got {rate!r}: try rate=16000"
        )
    return int(rate)
