"""From a Clip, or from pictures that come one by one, to a video file that browsers play and read_video gives back."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from mmseg_edu.clip.clip import Clip
from mmseg_edu.clip.scaling import FROM_RGB
from mmseg_edu.preprocess.sound import resample
from mmseg_edu.whole_file import whole_file

OPUS_RATES = (8000, 12000, 16000, 24000, 48000)
_AAC_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000)
_BT709 = 1
_CAREFUL = {"crf": "6", "deadline": "good", "cpu-used": "3"}
_QUICK = {"crf": "24", "deadline": "realtime", "cpu-used": "6", "tile-columns": "2"}
_H264 = {"crf": "8", "preset": "medium", "bf": "0"}


def write_video(clip: Clip, path: str | Path, *, full_colour: bool = True) -> Path:
    r"""Write a clip's pictures and sound as a video file, at the clip's own timestamps.

    Parameters
    ----------
    clip : Clip
        Labels are not written: keep them beside the file.
    path : str or Path
        Ends in .webm (VP9 and Opus: browsers play it), .mp4 or .mov (H.264 and AAC). An existing file is
        replaced.
    full_colour : bool
        True keeps one colour a pixel (4:4:4), which small pictures need: Chrome and Firefox play such .webm
        files. False keeps one colour for four pixels (4:2:0), which every player understands.

    Returns
    -------
    Path
        The file. It appears under its name only when it is whole; an error or a crash leaves what was there
        before.

    Raises
    ------
    FileNotFoundError
        The folder does not exist.
    ValueError
        Another extension; two pictures closer than the format can tell apart (1 ms in .webm); an odd height
        or width in .mp4 with ``full_colour=False``, which H.264 cannot store.

    Notes
    -----
    Coding is lossy but careful: about 40 dB of peak signal-to-noise ratio on the sounding scenes. Opus works
    at 48 kHz, so the sound of a .webm file comes back at 48000 Hz; ask for another with ``read_video(path,
    rate=...)``. Times come back to within half a millisecond (.webm) or 6 microseconds (.mp4). The same clip
    gives the same bytes as .webm. As .mp4 it gives the same times and sound, and pictures as true to the clip:
    on a busy machine x264 was seen, a few times in a thousand, to code some of them up to 8 of 255 grey levels
    otherwise, although it runs on one thread.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from mmseg_edu.clip import Clip, read_video, write_video
    >>> clip = Clip(np.full((3, 33, 47, 3), 0.25, np.float32), np.array([0.0, 0.1, 0.5]), duration=0.8)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     back = read_video(write_video(clip, folder + "/odd_and_irregular.webm"))
    >>> back
    Clip(3 pictures of 33 x 47, 0.80 s, no sound track)
    >>> back.times
    array([0. , 0.1, 0.5])

    Lesson: 03_video_and_alignment
    """
    if not isinstance(clip, Clip):
        raise TypeError(
            f"clip must be a Clip, got {type(clip).__name__}: make one with Clip(frames, times, sound, rate)"
        )
    if not isinstance(path, str | Path):
        raise TypeError(f"path must be a string or a pathlib.Path, got {type(path).__name__}")
    file = Path(path)
    webm = _is_webm(file)
    height, width = clip.frames.shape[1:3]
    if not webm and not full_colour and (height % 2 or width % 2):
        raise ValueError(
            f"height and width must be even for H.264 with full_colour=False, got ({height}, {width}): "
            "use full_colour=True or a .webm file"
        )
    _check_place(file)
    ends = np.append(clip.times[1:], clip.duration).tolist()
    pictures = (np.rint(picture * 255).astype(np.uint8) for picture in clip.frames)
    frames = zip(clip.times.tolist(), ends, pictures, strict=True)
    step = float(np.median(np.diff(clip.times))) if len(clip.times) > 1 else max(clip.duration, 0.04)
    sound: Iterable[np.ndarray] = ()
    rate = OPUS_RATES[-1]
    if clip.sound is not None and clip.rate is not None:
        rate = rate if webm or clip.rate not in _AAC_RATES else clip.rate
        sound = _tenths(resample(clip.sound, clip.rate, rate), rate)
    with whole_file(file) as unfinished:
        _write(unfinished, frames, sound, rate, step, webm, "yuv444p" if full_colour else "yuv420p", _CAREFUL)
    return file


def write_frames(
    path: str | Path,
    frames: Iterable[tuple[float, float, np.ndarray]],
    sound: Iterable[np.ndarray] = (),
    *,
    step: float = 0.04,
    full_colour: bool = False,
) -> Path:
    r"""Write pictures that come one by one, and the sound beside them, as a video: for films that fit into no memory.

    Parameters
    ----------
    path : str or Path
        Ends in .webm. An existing file is replaced.
    frames : iterable of (begin, end, picture), one or more
        From when until when each (H, W, 3) uint8 picture is on show, in seconds; each ends where the next begins.
    sound : iterable of (n,) float32 in [-1, 1]
        Pieces of the waveform at 48000 Hz, end to end from 0 s on; none for no sound track. It is asked for the next
        one as the pictures come.
    step : float, seconds, above 0
        About how long a picture stays: two seconds of pictures at most lie between key frames.
    full_colour : bool
        As for :func:`write_video`.

    Returns
    -------
    Path
        The file. It appears under its name only when it is whole; an error, also one of the iterables, leaves what was
        there before.

    Raises
    ------
    FileNotFoundError, ValueError
        As :func:`write_video`; no pictures, or pictures of several sizes.

    Notes
    -----
    Coded for speed, about as well as films on the web; :func:`write_video` takes five times as long for its care.

    Examples
    --------
    >>> import tempfile
    >>> from mmseg_edu.clip import read_video
    >>> grey = np.full((36, 48, 3), 128, np.uint8)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     read_video(write_frames(folder + "/grey.webm", [(0.0, 0.5, grey), (0.5, 2.0, grey)], [np.zeros(96000)]))
    Clip(2 pictures of 36 x 48, 2.00 s, sound of 96000 samples at 48000 Hz)
    """
    file = Path(path)
    if file.suffix.lower() != ".webm":
        raise ValueError(f"path must end in .webm, got {file.name!r}: it plays in any browser")
    _check_place(file)
    pixel_format = "yuv444p" if full_colour else "yuv420p"
    with whole_file(file) as unfinished:
        _write(unfinished, frames, sound, OPUS_RATES[-1], step, True, pixel_format, _QUICK)
    return file


def _check_place(file: Path) -> None:
    if not file.parent.is_dir():
        raise FileNotFoundError(
            f"path must lie in an existing folder, got {str(file)!r}: "
            "make it with Path(path).parent.mkdir(parents=True)"
        )
    if file.is_dir():
        raise ValueError(f"path must name a file, got the folder {str(file)!r}: add a name such as clip.webm")


def _is_webm(file: Path) -> bool:
    extension = file.suffix.lower()
    if extension not in (".webm", ".mp4", ".mov"):
        raise ValueError(
            f"path must end in .webm, .mp4 or .mov, got {file.name!r}: .webm plays in any browser"
        )
    return extension == ".webm"


def _write(
    file: Path,
    frames: Iterable[tuple[float, float, np.ndarray]],
    sound: Iterable[np.ndarray],
    rate: int,
    step: float,
    webm: bool,
    pixel_format: str,
    coding: dict[str, str],
) -> None:
    import av

    frames, sound = iter(frames), iter(sound)
    first = next(frames, None)
    if first is None:
        raise ValueError("a film must hold at least one picture, got none")
    heard = next(sound, None)
    per_second = 1000 if webm else 90000
    time_base = Fraction(1, per_second)
    # Without the bit-exact flag, dates and random ids would make each writing differ.
    options = {"fflags": "+bitexact"} if webm else {"fflags": "+bitexact", "movflags": "+faststart"}
    with av.open(str(file), "w", options=options) as container:
        size = first[2].shape[:2]
        video = _video_stream(container, size, step, coding if webm else _H264, pixel_format, time_base)
        packets: Iterator[tuple[float, list[Any]]] = iter(())
        if heard is not None:
            packets = encoded_pieces(_sound_stream(container, rate, webm), chain([heard], sound))
        lengths: dict[int, int] = {}
        for tick, length, picture in _on_ticks(chain([first], frames), size, per_second):
            lengths[tick] = length
            for packet in video.encode(_coded_frame(picture, tick, time_base, pixel_format)):
                _mux(container, packet, lengths, time_base)
            _mux_sound_until(container, packets, tick * float(time_base))
        for packet in video.encode(None):
            _mux(container, packet, lengths, time_base)
        _mux_sound_until(container, packets, math.inf)


def _on_ticks(
    frames: Iterable[tuple[float, float, np.ndarray]], size: tuple[int, int], per_second: int
) -> Iterator[tuple[int, int, np.ndarray]]:
    """Turn times into whole ticks of the file's clock, each picture's beginning and length."""
    before, last = -1, 0.0
    for i, (begin, end, picture) in enumerate(frames):
        if picture.dtype != np.uint8 or picture.shape != (*size, 3):
            raise ValueError(
                f"all pictures must be uint8 of shape (H, W, 3) = {(*size, 3)}, like the first, got {picture.dtype} "
                f"of shape {picture.shape}: resize them with resize_image"
            )
        tick = round(begin * per_second)
        if tick <= before:
            raise ValueError(
                f"pictures must be at least 1/{per_second} s apart in this format, "
                f"got times[{i - 1}] = {last} and times[{i}] = {begin}: drop one of them"
                + (", or write an .mp4, whose clock is finer" if per_second == 1000 else "")
            )
        yield tick, max(1, round(end * per_second) - tick), picture
        before, last = tick, begin


def _video_stream(
    container: Any,
    size: tuple[int, int],
    step: float,
    coding: dict[str, str],
    pixel_format: str,
    time_base: Fraction,
) -> Any:
    fps = Fraction(1 / step).limit_denominator(1001) if step < 1000 else Fraction(1, 1000)
    codec = "libx264" if coding is _H264 else "libvpx-vp9"
    stream = container.add_stream(codec, rate=max(fps, Fraction(1, 1000)), options=coding)
    context = stream.codec_context
    stream.height, stream.width = size
    stream.pix_fmt = pixel_format
    stream.bit_rate = 0
    context.time_base = stream.time_base = time_base
    context.gop_size = max(1, min(48, math.ceil(1 / step)))  # A key frame a second: seeking stays cheap.
    # Threads split the picture, and would change the bytes of .webm; in haste it is split into columns anyway.
    context.thread_count = min(4, os.cpu_count() or 1) if coding is _QUICK else 1
    context.colorspace = context.color_primaries = context.color_trc = _BT709
    context.color_range = 1
    return stream


def _coded_frame(picture: np.ndarray, tick: int, time_base: Fraction, pixel_format: str) -> Any:
    import av

    rgb = av.VideoFrame.from_ndarray(picture, format="rgb24")
    frame = rgb.reformat(
        format=pixel_format, interpolation=FROM_RGB, dst_colorspace=_BT709, dst_color_range=1
    )
    frame.colorspace, frame.color_range = _BT709, 1
    frame.pts, frame.time_base = tick, time_base
    return frame


def _mux(container: Any, packet: Any, lengths: dict[int, int], time_base: Fraction) -> None:
    tick = round(packet.pts * packet.time_base / time_base)
    packet.duration = round(lengths.pop(tick) * time_base / packet.time_base)
    container.mux(packet)


def _sound_stream(container: Any, rate: int, webm: bool) -> Any:
    stream = container.add_stream("libopus" if webm else "aac", rate=rate, layout="mono")
    stream.bit_rate = 128_000 if webm else min(160_000, 6 * rate)
    return stream


def encoded_sound(stream: Any, sound: np.ndarray) -> Iterator[tuple[float, list[Any]]]:
    """Encode a mono waveform for a stream of its rate, tenth by tenth of a second as the caller asks for more.

    Parameters
    ----------
    stream : av.AudioStream
        Already in its container: before the first picture is encoded, all streams must be there.
    sound : (N,) float32 in [-1, 1]

    Yields
    ------
    begins : float, s
    packets : list of av.Packet
        To be muxed; what is left in the encoder comes last.
    """
    return encoded_pieces(stream, _tenths(sound, stream.rate))


def _tenths(sound: np.ndarray, rate: int) -> Iterator[np.ndarray]:
    return (sound[first : first + rate // 10] for first in range(0, len(sound), rate // 10))


def encoded_pieces(stream: Any, pieces: Iterable[np.ndarray]) -> Iterator[tuple[float, list[Any]]]:
    """Encode a mono waveform that comes in pieces; else as :func:`encoded_sound`."""
    import av

    rate, first = stream.rate, 0
    for piece in pieces:
        chunk = np.ascontiguousarray(piece[np.newaxis], np.float32)
        frame = av.AudioFrame.from_ndarray(chunk, format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = rate, first, Fraction(1, rate)
        yield first / rate, stream.encode(frame)
        first += len(piece)
    yield first / rate, stream.encode(None)


def _mux_sound_until(container: Any, packets: Iterator[tuple[float, list[Any]]], time: float) -> None:
    for begins, encoded in packets:
        for packet in encoded:
            container.mux(packet)
        if begins >= time:
            return
