"""Does a mask follow the sound? The right new masks, and what is claimed when nothing that is shown sounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mmseg_edu.features import sound_vector
from mmseg_edu.metrics import false_positive_rate, mean_iou
from mmseg_edu.scenes import CLASSES, Batch
from mmseg_edu.scenes.sound import mix

Array = NDArray[np.floating]
Labels = NDArray[np.integer]
Predict = Callable[[Array, Array], Labels]


class Question(NamedTuple):
    """Pictures and what is heard with them, as a network takes them, and the right answer.

    Attributes
    ----------
    images : (N, H, W, 3)
    vectors : (N, 128)
    labels : (N, H, W)
    """

    images: Array
    vectors: Array
    labels: Labels


def other_sounds(batch: Batch, seed: int, *, visible: bool) -> tuple[Batch, NDArray[np.bool_]]:
    """Give each scene the sound of another scene: of other things that it shows, or of things that it does not.

    Parameters
    ----------
    batch : Batch
    seed : int
    visible : bool
        True draws a sound that asks for another mask than the scene's own, and not for an empty one; False one of
        which nothing is in the picture.

    Returns
    -------
    batch : Batch, the scenes with their new sounds and labels
    found : (N,) bool, where there was such a sound; elsewhere the scene is as it was

    Examples
    --------
    >>> from mmseg_edu.studies import ordinary
    >>> batch = ordinary(20, seed=0)
    >>> other, found = other_sounds(batch, 0, visible=False)
    >>> int(other.labels[found].max())
    0

    Lesson: 16_learned_fusion
    """
    rng = np.random.default_rng(seed)
    kinds = np.arange(1, batch.heard.shape[1])
    shown = np.stack([np.isin(kinds, objects) for objects in batch.objects])
    asked = batch.heard[None, :, 1:] & shown[:, None]  # of scene i under the sound of scene j
    empty = ~asked.any(axis=-1)
    same = (asked == (batch.heard[:, 1:] & shown)[:, None]).all(axis=-1)
    wanted = ~empty & ~same if visible else empty & batch.heard.any(axis=-1)
    fits: NDArray[np.bool_] = np.asarray(wanted, dtype=bool)
    found: NDArray[np.bool_] = np.asarray(fits.sum(axis=1) > 0)
    source = np.arange(len(batch))
    source[found] = [rng.choice(np.flatnonzero(row)) for row in fits[found]]
    heard = batch.heard[source]
    rings = np.take_along_axis(heard, batch.objects.reshape(len(batch), -1).astype(np.intp), axis=1)
    labels = np.where(rings.reshape(batch.objects.shape), batch.objects, np.uint8(0))
    return Batch(batch.images, labels, batch.objects, batch.sounds[source], batch.rate, heard), found


def listening(predict: Predict, batch: Batch, seed: int, *, names: bool = True) -> dict[str, float]:
    r"""Measure whether masks are right, whether they follow the sound, and what is claimed when nothing shown sounds.

    .. math:: \text{gain} = \text{mIoU}(t', f(x, a')) - \text{mIoU}(t', f(x, a))

    Parameters
    ----------
    predict : function of pictures (N, H, W, 3) and sound vectors (N, 128) that gives labels (N, H, W)
    batch : Batch of unseen scenes
    seed : int, of the other sounds
    names : bool, False for a network that marks what sounds as 1, whatever it is

    Returns
    -------
    dict with miou, gain, silence, noise, off_screen, see :class:`mmseg_edu.studies.Trial`
        The gain of what ignores the sound is exactly 0.

    Examples
    --------
    >>> from mmseg_edu.studies import ordinary
    >>> deaf = lambda pictures, vectors: np.zeros(pictures.shape[:3], int)
    >>> scores = listening(deaf, ordinary(40, seed=0), seed=0)
    >>> scores["gain"], scores["silence"]
    (0.0, 0.0)

    Lesson: 16_learned_fusion
    """
    return answered(predict, questions(batch, seed), names=names)


def questions(batch: Batch, seed: int) -> dict[str, Question]:
    """Ask about each scene with its own sound, with that of another visible thing, and with three that fit nothing.

    Parameters
    ----------
    batch : Batch of unseen scenes
    seed : int, of the other sounds

    Returns
    -------
    dict of Question: "own"; "before" and "after", the scenes that another sound was found for, with the labels of the
    *other* sound in both; "silence", "noise" and "off_screen", whose labels are empty

    Examples
    --------
    >>> from mmseg_edu.studies import ordinary
    >>> sorted(questions(ordinary(40, seed=0), seed=0))
    ['after', 'before', 'noise', 'off_screen', 'own', 'silence']
    """

    def heard(waves: Array) -> Array:
        return sound_vector(waves, batch.rate)

    swapped, found = other_sounds(batch, seed, visible=True)
    unseen, absent = other_sounds(batch, seed, visible=False)
    white = np.random.default_rng(seed).standard_normal(batch.sounds.shape, np.float32)
    noise = np.stack([mix([], wave, 0.0) for wave in white])
    vectors, pictures = heard(batch.sounds), batch.images
    nothing, truth = np.zeros_like(batch.labels), swapped.labels[found]
    return {
        "own": Question(pictures, vectors, batch.labels),
        "before": Question(pictures[found], vectors[found], truth),
        "after": Question(pictures[found], heard(swapped.sounds[found]), truth),
        "silence": Question(pictures, heard(np.zeros_like(batch.sounds)), nothing),
        "noise": Question(pictures, heard(noise), nothing),
        "off_screen": Question(pictures[absent], heard(unseen.sounds[absent]), nothing[absent]),
    }


def answered(predict: Predict, asked: Mapping[str, Question], *, names: bool = True) -> dict[str, float]:
    """Score the answers to :func:`questions`, as :func:`listening` does, and the mean IoU of any further one.

    Parameters
    ----------
    predict : function of pictures and sound vectors that gives labels
    asked : mapping of name to Question
    names : bool, False for a network that marks what sounds as 1, whatever it is

    Returns
    -------
    dict of what was measured

    Examples
    --------
    >>> from mmseg_edu.studies import ordinary
    >>> deaf = lambda pictures, vectors: np.zeros(pictures.shape[:3], int)
    >>> answered(deaf, questions(ordinary(40, seed=0), seed=0))["off_screen"]
    0.0
    """

    def miou(name: str) -> float:
        truth = named(asked[name].labels, names)
        return float(mean_iou(truth, predict(*asked[name][:2]), len(CLASSES) if names else 2))

    scores = {"miou": miou("own"), "gain": miou("after") - miou("before")}
    for name in ("silence", "noise", "off_screen"):
        scores[name] = false_positive_rate(asked[name].labels, predict(*asked[name][:2]))
    more = [name for name in asked if name not in (*scores, "own", "before", "after")]
    return scores | {name: miou(name) for name in more}


def named(labels: Labels, names: bool) -> Labels:
    """Labels as they are, or 1 where there is any class.

    >>> named(np.array([0, 3]), names=False)
    array([0, 1], dtype=uint8)
    """
    return labels if names else np.asarray(labels > 0, np.uint8)
