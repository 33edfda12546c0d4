"""From a Clip to a video file that browsers play and read_video gives back."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
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
    ticks = _ticks(clip, 1000 if webm else 90000)
    pixel_format = "yuv444p" if full_colour else "yuv420p"
    height, width = clip.frames.shape[1:3]
    if not webm and not full_colour and (height % 2 or width % 2):
        raise ValueError(
            f"height and width must be even for H.264 with full_colour=False, got ({height}, {width}): "
            "use full_colour=True or a .webm file"
        )
    if not file.parent.is_dir():
        raise FileNotFoundError(
            f"path must lie in an existing folder, got {str(path)!r}: "
            "make it with Path(path).parent.mkdir(parents=True)"
        )
    if file.is_dir():
        raise ValueError(f"path must name a file, got the folder {str(path)!r}: add a name such as clip.webm")
    with whole_file(file) as unfinished:
        _write(clip, unfinished, webm, ticks, pixel_format)
    return file


def _is_webm(file: Path) -> bool:
    extension = file.suffix.lower()
    if extension not in (".webm", ".mp4", ".mov"):
        raise ValueError(
            f"path must end in .webm, .mp4 or .mov, got {file.name!r}: .webm plays in any browser"
        )
    return extension == ".webm"


def _ticks(clip: Clip, per_second: int) -> np.ndarray:
    """Turn the pictures' times and the clip's end into whole ticks of the file's clock."""
    ticks = np.rint(np.append(clip.times, clip.duration) * per_second).astype(np.int64)
    ticks[-1] = max(ticks[-1], ticks[-2] + 1)
    close = np.diff(ticks[:-1]) < 1
    if np.any(close):
        i = int(np.argmax(close))
        raise ValueError(
            f"pictures must be at least 1/{per_second} s apart in this format, "
            f"got times[{i}] = {clip.times[i]} and times[{i + 1}] = {clip.times[i + 1]}: drop one of them"
            + (", or write an .mp4, whose clock is finer" if per_second == 1000 else "")
        )
    return ticks


def _write(clip: Clip, file: Path, webm: bool, ticks: np.ndarray, pixel_format: str) -> None:
    import av

    # Without the bit-exact flag, dates and random ids would make each writing differ.
    options = {"fflags": "+bitexact"} if webm else {"fflags": "+bitexact", "movflags": "+faststart"}
    with av.open(str(file), "w", options=options) as container:
        time_base = Fraction(1, 1000 if webm else 90000)
        video = _video_stream(container, clip, webm, pixel_format, time_base)
        packets = _sound_packets(container, clip, webm)
        lengths = dict(zip(ticks[:-1].tolist(), np.diff(ticks).tolist(), strict=True))
        for picture, tick in zip(clip.frames, ticks[:-1].tolist(), strict=True):
            for packet in video.encode(_coded_frame(picture, tick, time_base, pixel_format)):
                _mux(container, packet, lengths, time_base)
            _mux_sound_until(container, packets, tick * float(time_base))
        for packet in video.encode(None):
            _mux(container, packet, lengths, time_base)
        _mux_sound_until(container, packets, math.inf)


def _video_stream(container: Any, clip: Clip, webm: bool, pixel_format: str, time_base: Fraction) -> Any:
    step = float(np.median(np.diff(clip.times))) if len(clip.times) > 1 else max(clip.duration, 0.04)
    fps = Fraction(1 / step).limit_denominator(1001) if step < 1000 else Fraction(1, 1000)
    if webm:
        options = {"crf": "6", "deadline": "good", "cpu-used": "3"}
    else:
        options = {"crf": "8", "preset": "medium", "bf": "0"}
    stream = container.add_stream(
        "libvpx-vp9" if webm else "libx264", rate=max(fps, Fraction(1, 1000)), options=options
    )
    context = stream.codec_context
    stream.height, stream.width = clip.frames.shape[1:3]
    stream.pix_fmt = pixel_format
    stream.bit_rate = 0
    context.time_base = stream.time_base = time_base
    context.gop_size = max(1, min(48, math.ceil(1 / step)))  # A key frame a second: seeking stays cheap.
    context.thread_count = 1  # Threads split the picture, and would change the bytes of .webm.
    context.colorspace = context.color_primaries = context.color_trc = _BT709
    context.color_range = 1
    return stream


def _coded_frame(picture: np.ndarray, tick: int, time_base: Fraction, pixel_format: str) -> Any:
    import av

    rgb = av.VideoFrame.from_ndarray(np.rint(picture * 255).astype(np.uint8), format="rgb24")
    frame = rgb.reformat(
        format=pixel_format, interpolation=FROM_RGB, dst_colorspace=_BT709, dst_color_range=1
    )
    frame.colorspace, frame.color_range = _BT709, 1
    frame.pts, frame.time_base = tick, time_base
    return frame


def _mux(container: Any, packet: Any, lengths: dict[int, int], time_base: Fraction) -> None:
    tick = round(packet.pts * packet.time_base / time_base)
    packet.duration = round(lengths[tick] * time_base / packet.time_base)
    container.mux(packet)


def _sound_packets(container: Any, clip: Clip, webm: bool) -> Iterator[tuple[float, list[Any]]]:
    if clip.sound is None or clip.rate is None:
        return iter(())
    rate = OPUS_RATES[-1] if webm or clip.rate not in _AAC_RATES else clip.rate
    stream = container.add_stream("libopus" if webm else "aac", rate=rate, layout="mono")
    stream.bit_rate = 128_000 if webm else min(160_000, 6 * rate)
    return encoded_sound(stream, resample(clip.sound, clip.rate, rate))


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
    import av

    rate = stream.rate
    for first in range(0, len(sound), rate // 10):
        chunk = sound[np.newaxis, first : first + rate // 10]
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(chunk), format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = rate, first, Fraction(1, rate)
        yield first / rate, stream.encode(frame)
    yield len(sound) / rate, stream.encode(None)


def _mux_sound_until(container: Any, packets: Iterator[tuple[float, list[Any]]], time: float) -> None:
    for begins, encoded in packets:
        for packet in encoded:
            container.mux(packet)
        if begins >= time:
            return
