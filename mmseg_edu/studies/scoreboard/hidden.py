"""Hidden scenes: what a segmenter is asked, and the truth, which it does not get."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mmseg_edu.preprocess.arguments import checked_whole
from mmseg_edu.preprocess.sound import RATE
from mmseg_edu.scenes import CLASSES, counterfactuals

SIZE, DURATION, FPS = 64, 1.0, 8.0
# The scenes of the stored rows, those of a second look, and those on which the entries' own numbers were fitted.
BOARD, SECOND, VALIDATION = "board", "second", "validation"
_FIRST = 2**48
_KEPT = 192

Labels = NDArray[np.uint8]


class Asked(NamedTuple):
    """One scene as a segmenter meets it: some frames, and one sound at a time.

    Attributes
    ----------
    frames : (T, H, W, 3) float32 in [0, 1]
    sounds : dict of (S,) float32 in [-1, 1]: "own", of one thing that is shown; "other", of another one, where the
        scene shows two kinds or more; "silence", zeros; "off_screen", of a thing that is not shown
    rate : int, Hz
    """

    frames: NDArray[np.float32]
    sounds: dict[str, NDArray[np.float32]]
    rate: int


def hidden_seed(key: str, scene: int) -> int:
    """The seed of a hidden scene: far above every seed that a lesson trains on, and another one for each key.

    Parameters
    ----------
    key : str, the name of a set of hidden scenes; whoever sets an examination chooses one and keeps it secret
    scene : int >= 0

    Returns
    -------
    int in [2**48, 2**49)

    Examples
    --------
    >>> hidden_seed("board", 0) == hidden_seed("board", 0) != hidden_seed("second", 0)
    True
    """
    digest = sha256(f"{key} {scene}".encode()).digest()
    return _FIRST + int.from_bytes(digest[:6], "big")


def hidden_questions(count: int, key: str = BOARD) -> list[Asked]:
    """Draw what is asked about hidden scenes.

    Parameters
    ----------
    count : int >= 1, scenes
    key : str, of the set: "board" for the stored rows, "second" for a second look, or a secret of your own

    Returns
    -------
    list of Asked
        One second of film each, of one, two and three kinds of things in turn. The arrays are read-only.

    Raises
    ------
    ValueError, TypeError
        If count is not a whole number of 1 or more, or the key is no text.

    Examples
    --------
    >>> scene = hidden_questions(1)[0]
    >>> scene.frames.shape, sorted(scene.sounds), scene.rate
    ((8, 64, 64, 3), ['off_screen', 'own', 'silence'], 16000)

    Lesson: 20_capstone
    """
    return [_filmed(key, scene)[0] for scene in range(_checked(count, key))]


def hidden_truths(count: int, key: str = BOARD) -> list[dict[str, Labels]]:
    """Draw the right answers to :func:`hidden_questions`.

    Parameters
    ----------
    count, key
        As there.

    Returns
    -------
    list of dict of (H, W) uint8
        Under the name of each sound the classes of what sounds, in the middle frame ``frames[len(frames) // 2]``;
        empty for silence and for a sound from off the screen.

    Raises
    ------
    ValueError, TypeError
        As there.

    Examples
    --------
    >>> truth = hidden_truths(2)[1]
    >>> bool(truth["own"].any()), bool(truth["other"].any()), bool(truth["silence"].any())
    (True, True, False)

    Lesson: 20_capstone
    """
    return [_filmed(key, scene)[1] for scene in range(_checked(count, key))]


def _checked(count: int, key: str) -> int:
    if not isinstance(key, str):
        raise TypeError(f'key must be a text, the name of a set of scenes, got {key!r}: take "{BOARD}"')
    return checked_whole("count", count, "a score needs a scene")


@lru_cache(maxsize=_KEPT)
def _filmed(key: str, scene: int) -> tuple[Asked, dict[str, Labels]]:
    """One scene, filmed once and given each sound in turn; which of its things is the own one goes round."""
    settings = {"size": SIZE, "duration": DURATION, "fps": FPS, "rate": RATE, "objects": 1 + scene % 3}
    clips = counterfactuals(hidden_seed(key, scene), **settings)
    names = [name for name in clips if name in CLASSES]
    first = scene // 3 % len(names)
    wanted = {"own": names[first], "silence": "silence", "off_screen": "off_screen"}
    if len(names) > 1:
        wanted["other"] = names[(first + 1) % len(names)]
    frames = clips[names[0]].frames
    sounds = {kind: np.asarray(clips[name].sound) for kind, name in wanted.items()}
    truths = {kind: np.asarray(clips[name].labels)[len(frames) // 2] for kind, name in wanted.items()}
    for array in (frames, *sounds.values(), *truths.values()):
        array.flags.writeable = False
    return Asked(frames, sounds, RATE), truths
