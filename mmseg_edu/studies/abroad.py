"""Scenes that differ from those the networks learnt from: other photographs behind, other things, other voices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mmseg_edu.preprocess.image import crop, random_rectangle, resize_image, to_rgb
from mmseg_edu.preprocess.sound import RATE
from mmseg_edu.scenes import Batch, make_batch
from mmseg_edu.scenes.photographs import installed
from mmseg_edu.studies.situations import SIZE

Wave = NDArray[np.float64]

# Photographs of scikit-image that no scene is drawn with.
PHOTOGRAPHS = (
    "camera.png",
    "clock_motion.png",
    "coins.png",
    "color.png",
    "ihc.png",
    "page.png",
    "retina.jpg",
    "text.png",
)
LOUDEST = 0.5


def other_grounds(count: int, seed: int, size: int = SIZE) -> Batch:
    """Put the things of ordinary scenes before photographs that the networks have never met.

    Parameters
    ----------
    count, seed, size
        As in :func:`mmseg_edu.studies.ordinary`; something sounds in every scene.

    Returns
    -------
    Batch
        Things, sounds and masks are those of ``make_batch(count, seed, size, absent=0.0)``; what lay about as clutter
        is gone with the ground.

    Examples
    --------
    >>> batch = other_grounds(2, seed=0, size=32)
    >>> batch.images.shape, float(batch.images.max()) <= 1
    ((2, 32, 32, 3), True)

    Lesson: 19_real_data
    """
    batch = make_batch(count, seed, size, absent=0.0)
    rng = np.random.default_rng((seed, 0xAB0))
    images = np.empty_like(batch.images)
    for i in range(count):
        photograph = _photographs()[int(rng.integers(len(PHOTOGRAPHS)))]
        short = min(photograph.shape[:2])
        box = random_rectangle(photograph, int(rng.integers(short // 2, short + 1)), seed=rng)
        ground = np.clip(resize_image(crop(photograph, *box), size), 0, 1)
        images[i] = np.where(batch.objects[i][..., None] > 0, batch.images[i], ground)
    return replace(batch, images=images)


@lru_cache(maxsize=1)
def _photographs() -> list[np.ndarray]:
    return [to_rgb(installed(file)) for file in PHOTOGRAPHS]


def strange_voices(seed: int, count: int = 12, seconds: float = 2.0) -> dict[str, list[tuple[Wave, int]]]:
    """Synthesise recordings of a motorcycle, a cat, a horse and a cup, for ``datasets.compose``.

    No two are alike: each has a pitch, a pace and a colour of its own, as if another engine or animal had been
    recorded. None of them sounds like the instruments of ``scenes``.

    Parameters
    ----------
    seed : int >= 0
    count : int >= 1, recordings of each
    seconds : float > 0, how long each lasts

    Returns
    -------
    dict of a name to a list of (samples (N,), rate)
        The loudest sample of each is 0.5.

    Examples
    --------
    >>> voices = strange_voices(0, count=3, seconds=0.5)
    >>> list(voices), voices["cat"][0][0].shape, voices["cat"][0][1]
    (['motorcycle', 'cat', 'horse', 'cup'], (8000,), 16000)

    Lesson: 19_real_data
    """
    samples = round(seconds * RATE)
    if samples < 1 or count < 1:
        raise ValueError(
            f"there must be a recording with a sample, got {count} of {seconds} s: try 12 of 2.0"
        )
    rng = np.random.default_rng((seed, 0x501CE))
    return {
        name: [(_at_half(voice(rng, samples)), RATE) for _ in range(count)] for name, voice in _VOICES.items()
    }


def _at_half(wave: Wave) -> Wave:
    return LOUDEST * wave / max(float(np.abs(wave).max()), 1e-12)


def _engine(rng: np.random.Generator, samples: int) -> Wave:
    """Bursts of noise and of a low tone, some dozens a second, now faster, now slower."""
    time = np.arange(samples) / RATE
    pace = rng.uniform(18, 45) * (
        1 + 0.15 * np.sin(2 * np.pi * rng.uniform(0.4, 1.2) * time + rng.uniform(0, 6))
    )
    burst = np.exp(-((np.cumsum(pace) / RATE) % 1) * rng.uniform(5, 12))
    tone = np.sin(2 * np.pi * rng.uniform(60, 160) * time)
    return np.asarray(burst * (0.5 * rng.standard_normal(samples) + 0.6 * tone))


def _meow(rng: np.random.Generator, samples: int) -> Wave:
    """Calls whose pitch rises and falls, with six harmonics."""
    wave, begin = np.zeros(samples), 0
    while begin < samples:
        part = np.linspace(0, 1, round(rng.uniform(0.35, 0.7) * RATE), endpoint=False)
        phase = 2 * np.pi * np.cumsum(rng.uniform(420, 800) * (1 + 0.35 * np.sin(np.pi * part))) / RATE
        damping = rng.uniform(0.8, 1.5)
        call = sum(np.sin(k * phase) / k**damping for k in range(1, 7)) * np.sin(np.pi * part)
        _add(wave, call, begin)
        begin += len(part) + round(rng.uniform(0.15, 0.5) * RATE)
    return wave


def _hooves(rng: np.random.Generator, samples: int) -> Wave:
    """Pairs of short knocks."""
    wave, begin = np.zeros(samples), 0.0
    step, pitch = rng.uniform(0.16, 0.3), rng.uniform(900, 2200)
    time = np.arange(round(0.06 * RATE)) / RATE
    while begin * RATE < samples:
        for later in (0, 0.45 * step):
            tone = np.sin(2 * np.pi * pitch * rng.uniform(0.9, 1.1) * time)
            knock = np.exp(-time * rng.uniform(80, 120)) * (tone + 0.5 * rng.standard_normal(len(time)))
            _add(wave, knock, round((begin + later) * RATE))
        begin += 2 * step
    return wave


def _clink(rng: np.random.Generator, samples: int) -> Wave:
    """Struck china: a few high partials that are no harmonics, and die away."""
    wave, base, begin = np.zeros(samples), rng.uniform(1500, 3500), rng.uniform(0, 0.2)
    time, ratios = np.arange(samples) / RATE, [r for r in (1, 2.32, 3.9, 5.1) if base * r < 0.49 * RATE]
    while begin * RATE < samples:
        partials = [
            np.sin(2 * np.pi * base * r * time) * np.exp(-time * rng.uniform(6, 10) * r**0.5) / r
            for r in ratios
        ]
        _add(wave, sum(partials), round(begin * RATE))
        begin += rng.uniform(0.3, 0.7)
    return wave


def _add(wave: Wave, part: Wave | float, begin: int) -> None:
    """Add a part to a wave from a sample on, as far as the wave goes."""
    piece = np.asarray(part)[: max(len(wave) - begin, 0)]
    wave[begin : begin + len(piece)] += piece


_VOICES: dict[str, Callable[[np.random.Generator, int], Wave]] = {
    "motorcycle": _engine,
    "cat": _meow,
    "horse": _hooves,
    "cup": _clink,
}
