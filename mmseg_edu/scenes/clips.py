"""Clips that move: one scene filmed and recorded, and its counterfactual twins."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmseg_edu.clip import Clip
from mmseg_edu.preprocess.sound import RATE

from . import staging
from .arguments import check, check_seed

_PAD = 2.0


def make_clip(
    seed: int | np.random.Generator,
    *,
    size: int = 64,
    duration: float = 2.0,
    fps: float = 8.0,
    rate: int = RATE,
    objects: int | Sequence[str] | None = None,
    heard: Sequence[str] | None = None,
    moving: bool = True,
    image_noise: float = 0.03,
    snr_db: float = 30.0,
    overlap: float = 0.2,
    clutter: int = 1,
    offset: float = 0.0,
) -> Clip:
    """Draw and synthesise one clip, with the exact mask of what sounds.

    Every thing moves to a rhythm of its own. What is heard strikes exactly when it moves (`offset` apart),
    what is silent moves out of time. The frames do not depend on `heard`, `snr_db` or `offset`.

    Parameters
    ----------
    seed : int >= 0, or numpy.random.Generator
        Same seed, same bytes. A generator gives one number, which is the seed.
    size : int, pixels, 16 to 1024
        Of the square frames. The same seed shows the same scene at every size.
    duration : float, s, 0.75 to 60
    fps : float, frames per second, 0.5 to 240
    rate : int, Hz, 8000 to 96000
    objects : int 1 to 4, sequence of names, or None
        How many classes, or which ones; a name given twice or three times draws look-alikes, of which only
        one sounds, so that only the motion tells them apart. None: one to three classes, from the seed.
    heard : sequence of names or None
        What sounds. (): nothing; a name that is not in the picture: an off-screen sound. None: a non-empty
        subset of the visible, from the seed, mostly one.
    moving : bool
        False: one still picture, under noise that changes.
    image_noise : float, [0, 1]
        Standard deviation of the noise in each frame.
    snr_db : float, dB
        The noise has an RMS of 0.1 * 10**(-snr_db / 20), and the voices together one of about 0.1. It is
        always added, unless `snr_db` is infinite: nothing heard at infinity is exact silence, nothing heard
        at 0 is noise.
    overlap : float, [0, 1)
        At most this fraction of a thing at rest is covered by others.
    clutter : int, 0 to 32
        How many distractors lie about: drawn like the rest, but background.
    offset : float, s, -2 to 2
        How much later than the motion the sound comes; negative is earlier.

    Returns
    -------
    Clip
        frames (T, H, W, 3) in steps of 1/255, sound in steps of 1/32767, labels (T, H, W): the class of each
        visible pixel of a sounding thing, 0 elsewhere.

    Raises
    ------
    ValueError, TypeError
        An argument is outside its range, or a name is not one of CLASSES[1:].

    Examples
    --------
    >>> clip = make_clip(0, objects=("bell", "drum"), heard=("bell",))
    >>> clip.frames.shape, clip.sound.shape, np.unique(clip.labels).tolist()
    ((16, 64, 64, 3), (32000,), [0, 1])

    Lesson: 00_start_here
    """
    settings = {
        "size": size,
        "duration": duration,
        "fps": fps,
        "rate": rate,
        "objects": objects,
        "heard": heard,
    }
    settings |= {"moving": moving, "image_noise": image_noise, "snr_db": snr_db, "overlap": overlap}
    settings |= {"clutter": clutter, "offset": offset}
    scene, stream = _stage(check_seed(seed), settings)
    if heard is None:
        heard = staging.choose_heard(scene.names, stream("heard"))
    return _dub(scene, stream, _shoot(scene, stream, settings), heard, settings)


def counterfactuals(seed: int | np.random.Generator, **options: Any) -> dict[str, Clip]:
    """Film one scene once, and give it every sound in turn: the pairs that show whether a model listens.

    Parameters
    ----------
    seed : int >= 0, or numpy.random.Generator
    **options
        As for `make_clip`, but without `heard`.

    Returns
    -------
    dict of str to Clip
        One clip for each visible class, under its name, in which it alone sounds; "silence" (exact zeros),
        "noise" (as loud as an instrument) and "off_screen" (a class that is not in the picture; left out
        where all four are). The frames are the same in all of them; the last three have empty labels.

    Raises
    ------
    TypeError
        `heard` is given, or an option that `make_clip` does not know.

    Examples
    --------
    >>> list(counterfactuals(0, objects=("drum", "bird")))
    ['drum', 'bird', 'silence', 'noise', 'off_screen']

    Lesson: 00_start_here
    """
    known = dict(make_clip.__kwdefaults__ or {})
    if "heard" in options:
        raise TypeError(
            "counterfactuals hears every class in turn, got heard: leave it out, or call make_clip"
        )
    if unknown := set(options) - set(known):
        raise TypeError(
            f"counterfactuals takes the options of make_clip, got {sorted(unknown)}: correct the name"
        )
    settings = known | options
    scene, stream = _stage(check_seed(seed), settings)
    shot = _shoot(scene, stream, settings)
    heard: dict[str, tuple[tuple[str, ...], float]] = {
        name: ((name,), settings["snr_db"]) for name in scene.names
    }
    heard |= {"silence": ((), np.inf), "noise": ((), 0.0)}
    if unseen := staging.choose_unseen(scene.names, stream("heard")):
        heard["off_screen"] = unseen, settings["snr_db"]
    return {
        kind: _dub(scene, stream, shot, names, settings | {"snr_db": snr})
        for kind, (names, snr) in heard.items()
    }


def onset_times(
    seed: int, *, duration: float = 2.0, objects: int | Sequence[str] | None = None
) -> dict[str, NDArray[np.float64]]:
    """Say when each class of a clip is struck: the truth to look for in the motion and in the sound.

    Parameters
    ----------
    seed : int >= 0
        As given to `make_clip`; it decides alone, `objects` only chooses which classes are listed.
    duration : float, s
    objects : int, sequence of names, or None
        As given to `make_clip`.

    Returns
    -------
    dict of str to ndarray (M,), s
        For each visible class the onsets of the thing that would sound, from 0 to `duration`.

    Examples
    --------
    >>> onset_times(0, objects=("bell",))["bell"].round(2).tolist()
    [0.22, 0.58, 0.88, 1.26, 1.56, 1.94]

    Lesson: 03_video_and_alignment
    """
    settings = dict(make_clip.__kwdefaults__ or {}) | {"duration": duration, "objects": objects}
    scene, _ = _stage(check_seed(seed), settings)
    found = {name: scene.onsets[name, 0] for name in scene.names}
    return {name: times[(times >= 0) & (times < duration)] for name, times in found.items()}


def _stage(number: int, settings: dict[str, Any]) -> tuple[staging.Scene, staging.Stream]:
    check(**settings)
    stream = staging.streams(number)
    limits = {"overlap": settings["overlap"], "clutter": settings["clutter"]}
    return staging.stage(stream, settings["objects"], until=settings["duration"] + _PAD, **limits), stream


def _shoot(
    scene: staging.Scene, stream: staging.Stream, settings: dict[str, Any]
) -> tuple[NDArray[np.float32], NDArray[np.uint8], NDArray[np.float64]]:
    times = np.arange(max(1, round(settings["duration"] * settings["fps"]))) / settings["fps"]
    shown = times if settings["moving"] else None
    frames, owners = staging.film(scene, stream, settings["size"], shown, settings["image_noise"], times.size)
    return frames * np.float32(1 / 255), owners, times


def _dub(
    scene: staging.Scene,
    stream: staging.Stream,
    shot: tuple[NDArray[np.float32], NDArray[np.uint8], NDArray[np.float64]],
    heard: Sequence[str],
    settings: dict[str, Any],
) -> Clip:
    frames, owners, times = shot
    chosen = {name: settings[name] for name in ("duration", "rate", "snr_db", "offset")}
    sound = staging.record(scene, stream, heard, **chosen)
    labels = staging.sounding(scene, heard)[owners]
    return Clip(frames, times, sound, settings["rate"], labels=labels, duration=settings["duration"])
