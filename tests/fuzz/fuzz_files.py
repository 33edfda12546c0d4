"""Rows of `clip` and `datasets`, and of the modules beside the rooms: what is in files, and where they are."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

import numpy as np
from fuzz_rows import flag, floats, function, made, number, path, row, seed, text, whole, wholes

from mmseg_edu.clip import Clip, write_video
from mmseg_edu.datasets import Recording

_RNG = np.random.default_rng(0)
_FRAMES = floats(_RNG.random((4, 16, 18, 3)).astype(np.float32))
_TIMES = floats(np.arange(4) / 8)
_SOUND = floats(_RNG.uniform(-0.1, 0.1, 4000).astype(np.float32))


def clip() -> Clip:
    """Half a second of noise."""
    return Clip(_FRAMES.value, _TIMES.value, _SOUND.value, 8000)


@cache
def folder() -> Path:
    """A folder for this run, which ends with it."""
    _kept.append(tempfile.TemporaryDirectory())
    return Path(_kept[0].name)


_kept: list[tempfile.TemporaryDirectory[str]] = []


@cache
def film() -> Path:
    """A film in a file."""
    return write_video(clip(), folder() / "film.webm")


def _recordings() -> list[Recording]:
    return [Recording(Path(f"{i}.wav"), "bell", 0, f"source {i // 2}", i % 5 + 1) for i in range(10)]


_PIECE = {"start": number(0.0), "duration": number(0.25)}
CLIP = [
    row("clip.Clip", no_lists=True, frames=_FRAMES, times=_TIMES, sound=_SOUND, rate=whole(8000),
        labels=wholes(_RNG.integers(0, 3, (4, 16, 18)).astype(np.uint8)), duration=number(0.5)),
    row("clip.read_sound", path=path(film), **_PIECE, rate=whole(8000), max_bytes=whole(10**6), slow=True),
    row("clip.read_video", path=path(film), **_PIECE, size=whole((8, 9)), rate=whole(8000),
        max_bytes=whole(10**6), slow=True),
    row("clip.stream_sound", path=path(film), **_PIECE, rate=whole(8000), slow=True),
    row("clip.stream_video", path=path(film), **_PIECE, slow=True),
    row("clip.write_video", clip=made(clip), path=path(lambda: folder() / "written.webm"), full_colour=flag(True),
        slow=True),
]  # fmt: skip

DATASETS = [
    row("datasets.cutouts"),
    row("datasets.folds", recordings=made(_recordings), among=wholes(np.arange(1, 6))),
    row("datasets.folds_by_source", recordings=made(_recordings), count=whole(2), seed=seed()),
    row("datasets.label_colors", count=whole(5)),
    row("datasets.labels_of", colors=wholes(np.zeros((4, 5, 3), np.uint8)), count=whole(5)),
]  # fmt: skip


def _answer(numbers: list[float]) -> float:
    return float(np.mean(numbers))


BESIDE = [
    row("check.Finding", right=flag(True), says=text("Right."), hint=text("")),
    row("models.bilinear_kernel", factor=whole(2)),
    row("models.border", labels=wholes(_RNG.integers(0, 3, (2, 4, 5)))),
    row(
        "play.clip",
        clip=made(clip),
        alt=text("Noise."),
        title=text("Noise"),
        frames=whole(2),
        width=whole(64),
        slow=True,
    ),
    row("segment.warm", slow=True),
    row("show.Picture", alt=text("Nothing.")),
    row("check.Answer", function=function(_answer)),
    row("check.known"),
    row("experts.load_arrays", path=path(lambda: weights())),
    row("experts.prior"),
    row("experts.shipped"),
]


@cache
def weights() -> Path:
    """Two arrays in a file."""
    np.savez(folder() / "weights.npz", one=np.ones(3, np.float32))
    return folder() / "weights.npz"
