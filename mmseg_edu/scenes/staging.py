"""Decide what happens in a scene: who is there, who sounds, when each is struck; then film it and record it.

Every decision draws from a random stream of its own, so that changing one thing (who sounds, the noise, the
clutter) leaves all others exactly as they were. That is what makes counterfactual pairs exact.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from . import picture, sound

CLASSES = ("background", "bell", "drum", "guitar", "bird")
NAMES = CLASSES[1:]
COPIES = 3
_STREAMS = ("cast", "places", "ground", "clutter", "heard", "rhythm", "image_noise", "sound_noise", *NAMES)
_TEMPI = np.geomspace(0.30, 0.62, len(NAMES) * COPIES)
Stream = Callable[[str], np.random.Generator]


@dataclass(frozen=True)
class Scene:
    """A scene before it is filmed: things as drawn, which copy of its class each is, when it is struck."""

    things: list[picture.Thing]
    copies: list[int]
    clutter: list[picture.Thing]
    onsets: dict[tuple[str, int], NDArray[np.float64]]

    @property
    def names(self) -> tuple[str, ...]:
        """The visible classes, each once, in the order of CLASSES."""
        return tuple(name for name in NAMES if any(thing.name == name for thing in self.things))


def streams(entropy: int, *place: int) -> Stream:
    """Open a scene's random streams: each decision has its own, so none disturbs another."""

    def stream(name: str) -> np.random.Generator:
        seed = np.random.SeedSequence(entropy, spawn_key=(*place, _STREAMS.index(name)))
        return np.random.Generator(np.random.PCG64(seed))

    return stream


def stage(
    stream: Stream, objects: int | Sequence[str] | None, *, overlap: float, clutter: int, until: float
) -> Scene:
    """Choose who is in the scene, place them, and write the rhythm of each."""
    rng = stream("cast")
    draw = rng.random()
    shuffled = [NAMES[k] for k in rng.permutation(len(NAMES))]
    order = rng.random(16)
    if objects is None:
        objects = 1 + int(draw > 0.2) + int(draw > 0.6)
    names = list(objects) if isinstance(objects, Sequence) else shuffled[: int(objects)]
    numbered = [(name, names[:k].count(name)) for k, name in enumerate(names)]
    numbered = [numbered[k] for k in np.argsort(order[: len(numbered)])]
    things = picture.arrange(picture.cast([name for name, _ in numbered], rng), overlap, stream("places"))
    return Scene(
        things,
        [copy for _, copy in numbered],
        picture.scatter(clutter, stream("clutter")) if clutter else [],
        _rhythms(stream("rhythm"), until),
    )


def _rhythms(rng: np.random.Generator, until: float) -> dict[tuple[str, int], NDArray[np.float64]]:
    """Give each possible thing its own tempo, never quite steady, from 3 s before the clip begins."""
    gaps = rng.permutation(_TEMPI)[:, None] * rng.uniform(0.86, 1.14, (len(_TEMPI), 64))
    start = -3.0 - gaps[:, -1:] * rng.random((len(_TEMPI), 1))
    rounds = math.ceil((until + 4.0) / (64 * 0.30 * 0.86))
    times = start + np.cumsum(np.concatenate([gaps] * rounds, axis=1), axis=1)
    return dict(zip(((name, copy) for name in NAMES for copy in range(COPIES)), times, strict=True))


def choose_heard(visible: Sequence[str], rng: np.random.Generator) -> tuple[str, ...]:
    """Choose which of the visible sound: mostly one, now and then two or more."""
    draw = rng.random()
    count = 1 + int(draw > 0.80) + int(draw > 0.97)
    order = rng.permutation(len(NAMES))
    return tuple(NAMES[k] for k in order if NAMES[k] in visible)[: min(count, len(visible))]


def choose_unseen(visible: Sequence[str], rng: np.random.Generator) -> tuple[str, ...]:
    """Choose one class that is not in the picture, or none where all are."""
    order = rng.permutation(len(NAMES))
    return tuple(NAMES[k] for k in order if NAMES[k] not in visible)[:1]


def film(
    scene: Scene,
    stream: Stream,
    size: int,
    times: NDArray[np.float64] | None,
    image_noise: float,
    count: int = 1,
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Draw the scene at each time (None: still, `count` times): frames in 256 levels, and who is where."""
    ground, _ = picture.paint(picture.backdrop(stream("ground"), size), scene.clutter, instances=False)
    noise = stream("image_noise")
    frames, owners = [], []
    for time in [None] * count if times is None else times:
        things = scene.things
        if time is not None:
            parts = zip(things, scene.copies, strict=True)
            things = [
                picture.moved(thing, scene.onsets[thing.name, copy], float(time)) for thing, copy in parts
            ]
        frame, who = picture.paint(ground, things)
        if image_noise > 0:
            grain = noise.standard_normal(frame.shape, np.float32)
            grain *= np.float32(image_noise)
            frame += grain
        frame *= 255
        frame += 0.5  # then cutting off decimals rounds
        frames.append(np.clip(frame, 0, 255.5, out=frame).astype(np.uint8).transpose(1, 2, 0))
        owners.append(who)
    return np.stack(frames), np.stack(owners)


def record(
    scene: Scene,
    stream: Stream,
    heard: Sequence[str],
    *,
    duration: float,
    rate: int,
    snr_db: float,
    offset: float,
) -> NDArray[np.float32]:
    """Record the scene: what is heard strikes when its thing does, `offset` seconds later; then noise."""
    count = round(duration * rate)
    waves = [sound.play(name, scene.onsets[name, 0] + offset, count, rate, stream(name)) for name in heard]
    quiet = np.isposinf(snr_db)
    noise = np.zeros(count, np.float32) if quiet else stream("sound_noise").standard_normal(count, np.float32)
    return sound.mix(waves, noise, snr_db)


def class_of(scene: Scene) -> NDArray[np.uint8]:
    """Look-up table from who covers a pixel to its class: [0, class of the first thing, ...]."""
    return np.array([0, *(CLASSES.index(thing.name) for thing in scene.things)], np.uint8)


def sounding(scene: Scene, heard: Sequence[str]) -> NDArray[np.uint8]:
    """The same table, with 0 for the silent: what is not heard, and the look-alikes of what is."""
    parts = zip(scene.things, scene.copies, strict=True)
    return np.array([0, *(CLASSES.index(t.name) * (t.name in heard and c == 0) for t, c in parts)], np.uint8)
