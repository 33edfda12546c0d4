"""Scenes put together from real photographs and real recordings, whose every pixel is known all the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mmseg_edu.clip import Clip
from mmseg_edu.datasets.outlines import cutouts as shipped_cutouts
from mmseg_edu.datasets.recording import Recording
from mmseg_edu.preprocess.arguments import is_whole
from mmseg_edu.preprocess.image import crop, random_rectangle, resize_image
from mmseg_edu.preprocess.sound import RATE, resample, rms
from mmseg_edu.scenes.arguments import check, check_seed
from mmseg_edu.scenes.picture import backdrop
from mmseg_edu.scenes.sound import mix

Sound = Recording | tuple[np.ndarray, int]
# Photographs that show none of the things that are cut out.
_GROUNDS = ("brick", "grass", "gravel", "galaxies", "moon")
_STREAMS = ("cast", "looks", "places", "ground", "sounds", "heard", "image_noise", "sound_noise")
# How far the loudest moment lifts a thing, as a fraction of its height.
_HOP = 0.25
_TRIES = 200


@dataclass(frozen=True, eq=False)
class _Placed:
    """One thing in the picture: its class, its colours times its coverage and that, and its corner in pixels."""

    label: int
    paint: np.ndarray
    alpha: np.ndarray
    top: int
    left: int


def compose(
    seed: int | np.random.Generator,
    sounds: Mapping[str, Sequence[Sound]],
    *,
    cutouts: Mapping[str, np.ndarray] | None = None,
    grounds: Sequence[np.ndarray] | None = None,
    size: int = 64,
    duration: float = 2.0,
    fps: float = 8.0,
    rate: int = RATE,
    objects: int | Sequence[str] | None = None,
    heard: Sequence[str] | None = None,
    image_noise: float = 0.02,
    snr_db: float = 30.0,
    overlap: float = 0.2,
) -> Clip:
    """Put things cut out of photographs before another photograph, and let some of them sound.

    A thing hops with the loudness of a recording of its class, also one that is not heard: what is silent moves
    to a sound that nobody hears, as in :func:`mmseg_edu.scenes.make_clip`. The frames do not depend on `heard` and
    `snr_db`.

    Parameters
    ----------
    seed : int >= 0, or numpy.random.Generator
        Same seed, same clip.
    sounds : dict of names to sequences of Recording or of (samples, rate)
        The classes 1, 2, ... in this order, and what each sounds like; one is chosen by the seed. Recordings of one
        source belong on one side of a split: give other ones to learn from than to test with.
    cutouts : dict of names to (h, w, 4) float32 in [0, 1], or None
        What each class looks like: red, green, blue, and how much of a pixel is the thing. None: those of
        :func:`mmseg_edu.datasets.cutouts`.
    grounds : sequence of (H, W, 3) float32 in [0, 1], or None
        Photographs to stand in front of; None: of brick, grass, gravel, the moon and galaxies.
    size : int, pixels, 16 to 1024
    duration : float, s, 0.75 to 60
        A shorter recording is repeated; of a longer one a loud piece is taken.
    fps : float, frames per second, 0.5 to 240
    rate : int, Hz, 8000 to 96000
    objects : int, sequence of names, or None
        How many classes are in the picture, or which; None: one to three.
    heard : sequence of names or None
        What sounds. (): nothing; a name that is not in the picture: an off-screen sound. None: one of those in the
        picture.
    image_noise, snr_db, overlap : as for make_clip

    Returns
    -------
    Clip
        ``labels``: the class of each visible pixel of a sounding thing, 0 elsewhere.

    Raises
    ------
    ValueError, TypeError
        An argument is outside its range; a class has no sound or no cut-out; a name is not one of `sounds`; a
        recording is silent.

    Examples
    --------
    >>> purr = 0.5 * np.sin(2 * np.pi * 25 * np.arange(16000) / 16000)
    >>> clip = compose(0, {"cat": [(purr, 16000)]})
    >>> clip.frames.shape, clip.sound.shape, np.unique(clip.labels).tolist()
    ((16, 64, 64, 3), (32000,), [0, 1])
    """
    number, names = check_seed(seed), tuple(sounds)
    limits = {"size": size, "duration": duration, "fps": fps, "rate": rate, "image_noise": image_noise}
    check(**limits, snr_db=snr_db, overlap=overlap, objects=None)
    looks = _checked_looks(sounds, shipped_cutouts() if cutouts is None else cutouts)
    stream = {name: np.random.default_rng([number, k]) for k, name in enumerate(_STREAMS)}
    visible = _cast(names, objects, stream["cast"])
    if heard is None:
        heard = (visible[int(stream["heard"].integers(len(visible)))],)
    _check_names("heard", heard, names)
    times = np.arange(max(1, round(duration * fps))) / fps
    waves = _waves(sounds, round(duration * rate), rate, stream["sounds"])
    placed = _arranged([(names.index(name) + 1, looks[name]) for name in visible], size, overlap, stream)
    ground = backdrop(stream["ground"], size, _GROUNDS).transpose(1, 2, 0)
    if grounds is not None:
        ground = _window(grounds, size, stream["ground"])
    lifts = [_loudness(waves[names[each.label - 1]], times, rate) for each in placed]
    frames, owners = _filmed(ground, placed, np.array(lifts))
    noise = stream["image_noise"].standard_normal(frames.shape, np.float32) * np.float32(image_noise)
    hiss = stream["sound_noise"].standard_normal(round(duration * rate), np.float32)
    sound = mix([waves[name] for name in heard], hiss, snr_db)
    sounding = np.array([0, *((k + 1) * (name in heard) for k, name in enumerate(names))], np.uint8)
    frames = np.rint(np.clip(frames + noise, 0, 1) * 255).astype(np.float32) / np.float32(255)
    return Clip(frames, times, sound, rate, labels=sounding[owners], duration=duration)


def _checked_looks(
    sounds: Mapping[str, Sequence[Sound]], cutouts: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    if not 1 <= len(sounds) <= 254:
        raise ValueError(f"sounds must name from 1 to 254 classes, got {len(sounds)}: a label is one byte")
    for name, heard in sounds.items():
        if not len(heard):
            raise ValueError(
                f"each class must have a sound, got none for {name!r}: add one or leave the class out"
            )
        if name not in cutouts:
            raise ValueError(
                f"each class must have a cut-out, got none for {name!r} among {', '.join(sorted(cutouts))}: add one, "
                "or call the class as one of them"
            )
        look = cutouts[name]
        if (
            not isinstance(look, np.ndarray)
            or look.dtype != np.float32
            or look.ndim != 3
            or look.shape[2] != 4
        ):
            kind = f"{look.dtype.name} {look.shape}" if isinstance(look, np.ndarray) else type(look).__name__
            raise ValueError(
                f"a cut-out must be (h, w, 4) float32, red, green, blue and alpha, got {kind} for {name!r}: divide "
                "bytes by 255"
            )
        if not (look.size and look.min() >= 0 and look.max() <= 1 and look[..., 3].max() >= 0.5):
            raise ValueError(
                f"a cut-out must lie in [0, 1] and have a pixel that is its own, alpha 0.5 or more, got another for "
                f"{name!r}: divide bytes by 255, and look at its alpha"
            )
    return {name: cutouts[name] for name in sounds}


def _check_names(argument: str, chosen: Sequence[str], names: Sequence[str]) -> None:
    if isinstance(chosen, str) or len(set(chosen)) < len(chosen) or not set(chosen) <= set(names):
        raise ValueError(
            f"{argument} must be a sequence of classes of sounds, {', '.join(names)}, each once, got {chosen!r}: "
            "correct it"
        )


def _cast(
    names: Sequence[str], objects: int | Sequence[str] | None, rng: np.random.Generator
) -> tuple[str, ...]:
    """Choose what is in the picture, in the order in which it is painted."""
    order, count = rng.permutation(len(names)), int(rng.integers(1, min(3, len(names)) + 1))
    if isinstance(objects, Sequence):
        _check_names("objects", objects, names)
        if not objects:
            raise ValueError(
                "objects must name a class at least, got none: leave it out to have the seed choose"
            )
        return tuple(names[k] for k in order if names[k] in objects)
    if objects is not None:
        if not is_whole(objects) or not 1 <= objects <= len(names):
            raise ValueError(f"objects must be from 1 to {len(names)} classes, got {objects!r}: choose fewer")
        count = int(objects)
    return tuple(names[k] for k in order[:count])


def _waves(
    sounds: Mapping[str, Sequence[Sound]], count: int, rate: int, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Choose a sound for each class, and of it a loud piece of so many samples."""
    found = {}
    for name, heard in sounds.items():
        choice, places = heard[int(rng.integers(len(heard)))], rng.random(8)
        if isinstance(choice, Recording):
            samples, own = choice.read(rate)
        else:
            samples, own = choice
        whole = resample(np.asarray(samples), own, rate) if own != rate else np.asarray(samples)
        if not whole.size or not np.any(whole):
            raise ValueError(
                f"a sound must not be silent, got one of {name!r} that is: choose another recording"
            )
        if len(whole) < count:
            whole = np.tile(whole, -(-count // len(whole)))
        pieces = [whole[int(place * (len(whole) - count)) :][:count] for place in places]
        found[name] = max(pieces, key=lambda piece: float(rms(piece))).astype(np.float64)
    return found


def _loudness(wave: np.ndarray, times: np.ndarray, rate: int) -> np.ndarray:
    """Say how loud a sound is around each time, 1 where it is loudest."""
    reach = rate // 16
    spans = [(max(0, round(time * rate) - reach), round(time * rate) + reach) for time in times]
    levels = np.array([np.sqrt(np.mean(wave[first:last] ** 2)) for first, last in spans])
    return levels / max(levels.max(), 1e-12)


def _arranged(
    cast: Sequence[tuple[int, np.ndarray]],
    size: int,
    overlap: float,
    stream: Mapping[str, np.random.Generator],
) -> list[_Placed]:
    """Find a place for each thing so that later ones hide at most a part of it; where there is none, all shrink."""
    drawn = [(label, look, *stream["looks"].random(3)) for label, look in cast]
    largest = {1: 0.62, 2: 0.52}.get(len(drawn), 0.44)
    for shrunk in 0.9 ** np.arange(40):
        sized = [_sized(label, look, size * largest * shrunk, *draws) for label, look, *draws in drawn]
        if placed := _places(sized, size, overlap, stream["places"]):
            return placed
    raise ValueError(f"the scene must have room, got {len(cast)} things at {size} pixels: lower objects")


def _sized(label: int, look: np.ndarray, side: float, large: float, flipped: float, light: float) -> _Placed:
    scale = side * (0.85 + 0.3 * large) / max(look.shape[:2])
    height, width = (max(2, round(scale * n)) for n in look.shape[:2])
    alpha = look[:, :: -1 if flipped < 0.5 else 1, 3:]
    bright = np.float32(0.8 + 0.3 * light)
    paint = np.clip(look[:, :: -1 if flipped < 0.5 else 1, :3] * bright, 0, 1) * alpha
    small = resize_image(np.concatenate([paint, alpha], axis=-1), (height, width))
    return _Placed(label, small[..., :3], small[..., 3:], 0, 0)


def _places(
    things: Sequence[_Placed], size: int, overlap: float, rng: np.random.Generator
) -> list[_Placed] | None:
    for _ in range(_TRIES):
        placed = [_dropped(each, size, rng) for each in things]
        if None in placed:
            return None
        sure = [each for each in placed if each is not None]
        owners = _painted(np.zeros((size, size, 3), np.float32), sure, [0] * len(sure), by_thing=True)[1]
        areas = [np.count_nonzero(each.alpha >= 0.5) for each in sure]
        seen = [np.count_nonzero(owners == k + 1) for k in range(len(sure))]
        if all(left >= max(1, (1 - overlap) * area) for left, area in zip(seen, areas, strict=True)):
            return sure
    return None


def _dropped(thing: _Placed, size: int, rng: np.random.Generator) -> _Placed | None:
    """Put a thing anywhere where it can hop without leaving the picture."""
    height, width = thing.alpha.shape[:2]
    hop = int(np.ceil(_HOP * height))
    down, across = size - height - hop, size - width
    if down < 0 or across < 0:
        return None
    place = rng.random(2)
    return replace(thing, top=hop + int(place[0] * (down + 1)), left=int(place[1] * (across + 1)))


def _filmed(
    ground: np.ndarray, placed: Sequence[_Placed], lifts: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    shots = [_painted(ground, placed, lifts[:, i].tolist()) for i in range(lifts.shape[1])]
    return np.stack([frame for frame, _ in shots]), np.stack([owners for _, owners in shots])


def _painted(
    ground: np.ndarray, placed: Sequence[_Placed], lifts: Sequence[float], by_thing: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Paint things over a ground, each lifted by a part of its hop; say which class (or thing) has each pixel."""
    frame, owners = ground.astype(np.float32, copy=True), np.zeros(ground.shape[:2], np.uint8)
    for k, (each, lift) in enumerate(zip(placed, lifts, strict=True)):
        height, width = each.alpha.shape[:2]
        top = each.top - int(lift * _HOP * height)
        window = slice(top, top + height), slice(each.left, each.left + width)
        frame[window] = frame[window] * (1 - each.alpha) + each.paint
        owners[window][each.alpha[..., 0] >= 0.5] = k + 1 if by_thing else each.label
    return frame, owners


def _window(grounds: Sequence[np.ndarray], size: int, rng: np.random.Generator) -> np.ndarray:
    """Cut a square of at least half the shorter side out of one of the photographs."""
    if not len(grounds):
        raise ValueError(
            "grounds must hold a photograph, got none: leave it out for those that are installed"
        )
    ground = grounds[int(rng.integers(len(grounds)))]
    short = min(ground.shape[:2])
    side = int(rng.integers((short + 1) // 2, short + 1))
    return resize_image(crop(ground, *random_rectangle(ground, side, seed=rng)), size)
