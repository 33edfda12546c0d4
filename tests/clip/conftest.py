"""Small media files, made with PyAV while the tests run: no binary is kept in the repository."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from mmseg_edu.clip import Clip


def make_clip(times=None, size=(48, 64), rate: int | None = 16000, duration=None) -> Clip:
    """Something like a scene: a soft background, a moving red disc, a bell that rings every half second."""
    times = np.arange(16) / 8 if times is None else np.asarray(times, np.float64)
    rows, columns = np.mgrid[: size[0], : size[1]]
    frames = np.empty((len(times), *size, 3))
    for i in range(len(times)):
        frames[i] = np.stack([columns / size[1], rows / size[0], 0.5 + 0 * rows], axis=-1) * 0.6 + 0.1
        frames[i][(columns - 10 - i) ** 2 + (rows - size[0] / 2) ** 2 < 64] = (0.9, 0.2, 0.1)
    frames += 0.02 * np.random.default_rng(0).standard_normal(frames.shape)
    frames = np.clip(frames, 0, 1).astype(np.float32)
    if rate is None:
        return Clip(frames, times, duration=duration)
    length = duration or Clip(frames, times).duration
    t = np.arange(round(length * rate)) / rate
    sound = 0.5 * np.sin(2 * np.pi * 440 * t) * np.exp(-6 * (t % 0.5))
    return Clip(frames, times, sound.astype(np.float32), rate, duration=duration)


def make_file(
    path: Path,
    *,
    codec="libx264",
    sound_codec: str | None = "aac",
    channels: np.ndarray | None = None,
    layout="mono",
    rate=44100,
    sound_at=0.0,
    pictures_at=0.0,
    count=16,
    size=(24, 32),
    video=True,
    title: str | None = None,
) -> Path:
    """Write what write_video would not: other codecs, channels, offsets. Picture i is grey level 10 i."""
    with av.open(str(path), "w") as container:
        container.metadata.update({"title": title} if title else {})
        pictures = sounds = None
        if video:
            pictures = container.add_stream(codec, rate=8, options={"crf": "20"})
            pictures.height, pictures.width = size
            pictures.pix_fmt, pictures.bit_rate = "yuv420p", 0
        if sound_codec:
            options = {"strict": "experimental"} if sound_codec in ("vorbis", "opus") else {}
            sounds = container.add_stream(sound_codec, rate=rate, layout=layout, options=options)
        for i in range(count if video else 0):
            grey = np.full((*size, 3), 10 * i, np.uint8)
            frame = av.VideoFrame.from_ndarray(grey, format="rgb24")
            frame.pts, frame.time_base = i + round(8 * pictures_at), Fraction(1, 8)
            container.mux(pictures.encode(frame))
        if pictures:
            container.mux(pictures.encode(None))
        if sounds:
            if channels is None:
                names = av.AudioLayout(layout).channels
                tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(round(count / 8 * rate)) / rate)
                channels = np.tile(tone, (len(names), 1))
            samples = np.ascontiguousarray(channels, np.float32)
            frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout=layout)
            frame.sample_rate, frame.pts, frame.time_base = rate, round(sound_at * rate), Fraction(1, rate)
            container.mux(sounds.encode(frame))
            container.mux(sounds.encode(None))
    return path


def moving_picture(i: int, size=(32, 48)) -> np.ndarray:
    """Picture i of a film in which no two pictures are alike: a disc moves, a colour changes."""
    rows, columns = np.mgrid[: size[0], : size[1]]
    colours = [columns * 255 // size[1], rows * 255 // size[0], np.full(size, i * 9 % 256)]
    picture = np.stack(colours, axis=-1).astype(np.uint8)
    picture[(columns - 8 - i % 32) ** 2 + (rows - size[0] / 2) ** 2 < 40] = (230, 50, 20)
    return picture


def make_film(
    path: Path,
    codec="libx264",
    sound_codec: str | None = None,
    *,
    params: str | None = None,
    container_format: str | None = None,
    fps=10,
    count=40,
    gop=10,
    b_frames: int | None = None,
    rate=48000,
    size=(32, 48),
    container_options: dict[str, str] | None = None,
) -> Path:
    """Write a film as other programs do: x264 parameters, B-frames, any container, sound interleaved."""
    options = {"x265-params" if codec == "libx265" else "x264-params": params} if params else {}
    with av.open(str(path), "w", format=container_format, options=container_options or {}) as container:
        pictures = container.add_stream(codec, rate=fps, options=options)
        pictures.height, pictures.width = size
        pictures.pix_fmt = "yuv420p"
        pictures.codec_context.gop_size, pictures.codec_context.thread_count = gop, 1
        if b_frames is not None:
            pictures.codec_context.max_b_frames = b_frames
        sounds = container.add_stream(sound_codec, rate=rate, layout="mono") if sound_codec else None
        if sounds and sound_codec.startswith("wma"):
            sounds.bit_rate = 64000
        step = rate // fps
        for i in range(count):
            frame = av.VideoFrame.from_ndarray(moving_picture(i, size), format="rgb24")
            frame.pts, frame.time_base = i, Fraction(1, fps)
            container.mux(pictures.encode(frame))
            if sounds:
                tone = 0.4 * np.sin(2 * np.pi * 440 * (np.arange(step) + i * step) / rate)
                chunk = av.AudioFrame.from_ndarray(tone[np.newaxis].astype(np.float32), "fltp", "mono")
                chunk.sample_rate, chunk.pts, chunk.time_base = rate, i * step, Fraction(1, rate)
                container.mux(sounds.encode(chunk))
        container.mux(pictures.encode(None))
        if sounds:
            container.mux(sounds.encode(None))
    return path


def stream_copy(source: Path, target: Path, begin=0.0, *, shift=True, container_format=None) -> Path:
    """Copy the packets from a moment on without decoding them, as cutters do that never encode anew."""
    with (
        av.open(str(source)) as given,
        av.open(str(target), "w", format=container_format) as made,
    ):
        streams = {stream.index: made.add_stream_from_template(stream) for stream in given.streams}
        for packet in given.demux():
            if packet.dts is None or packet.pts is None or packet.pts * packet.time_base < begin:
                continue
            if shift:
                ticks = int(begin / packet.time_base)
                packet.pts, packet.dts = packet.pts - ticks, packet.dts - ticks
            packet.stream = streams[packet.stream_index]
            made.mux(packet)
    return target


@pytest.fixture(name="make_clip", scope="session")
def _make_clip():
    return make_clip


@pytest.fixture(name="make_file", scope="session")
def _make_file():
    return make_file


@pytest.fixture(name="make_film", scope="session")
def _make_film():
    return make_film


@pytest.fixture(name="stream_copy", scope="session")
def _stream_copy():
    return stream_copy
