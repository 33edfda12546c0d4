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


@pytest.fixture(name="make_clip", scope="session")
def _make_clip():
    return make_clip


@pytest.fixture(name="make_file", scope="session")
def _make_file():
    return make_file
