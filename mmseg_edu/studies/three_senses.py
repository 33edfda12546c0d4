"""Picture, sound and motion: the rules on clips, with the witnesses that ship with the package."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mmseg_edu import experts, fusion
from mmseg_edu.clip import Clip
from mmseg_edu.features import sound_vector
from mmseg_edu.scenes import CLASSES, make_clip
from mmseg_edu.studies.motion import fit_motion, witness_motion
from mmseg_edu.studies.results import Row, measure
from mmseg_edu.studies.rules import fuse_by_all_rules

Array = NDArray[np.floating]
THREE = "three senses"
CLIPS, FPS, FRAME = 40, 12.0, 12
LATE_SECONDS, LOUD_DB = 0.3, -8.0
# Far from the seeds of all other scenes of a study.
_FIRST_CLIP = 500_000


class Filmed(NamedTuple):
    """Clips as three witnesses see them, at one frame of each.

    Attributes
    ----------
    opinions : (3, N, H, W, K): picture, sound, and motion or a second picture
    labels : (N, H, W), uint8
    """

    opinions: Array
    labels: NDArray[np.uint8]


def two_kinds(number: int) -> Clip:
    """Two kinds of things, each moving to a rhythm of its own; mostly one sounds, and moves in time with it."""
    return make_clip(number, objects=2, fps=FPS)


def look_alikes(number: int) -> Clip:
    """Two things of one kind, of which one sounds: only the motion tells them apart."""
    return make_clip(number, objects=(CLASSES[1 + number % 4],) * 2, fps=FPS)


def still(number: int) -> Clip:
    """:func:`two_kinds`, but nothing moves: the third sense is missing."""
    return make_clip(number, objects=2, fps=FPS, moving=False)


def late_sound(number: int) -> Clip:
    """:func:`two_kinds`, with the sound 0.3 s late: motion and onsets no longer belong together."""
    return make_clip(number, objects=2, fps=FPS, offset=LATE_SECONDS)


def drowned_sound(number: int) -> Clip:
    """:func:`two_kinds`, under white noise 8 dB stronger than the voices."""
    return make_clip(number, objects=2, fps=FPS, snr_db=LOUD_DB)


def filmed_twice(number: int) -> Clip:
    """:func:`two_kinds`; its third sense is the picture again, one frame later: a witness who repeats another."""
    return two_kinds(number)


CLIP_SITUATIONS = (two_kinds, look_alikes, still, late_sound, drowned_sound, filmed_twice)


def film(situation: Callable[[int], Clip], shares: Array, numbers: range) -> Filmed:
    """Ask three witnesses about clips of a situation.

    Parameters
    ----------
    situation : function of a number that gives a Clip, one of CLIP_SITUATIONS
    shares : (7,), of the motion witness, from `fit_motion`
    numbers : range, seeds of the clips

    Returns
    -------
    Filmed
        The first witness is `experts.see` at frame 12, the second `experts.hear`, the third `witness_motion`; in
        :func:`filmed_twice` it is `experts.see` at frame 13.

    Examples
    --------
    >>> film(still, np.full(7, 0.1), range(2)).opinions.shape
    (3, 2, 64, 64, 5)
    """
    clips = [situation(number) for number in numbers]
    sees = experts.see(np.stack([clip.frames[FRAME] for clip in clips]))
    vectors = np.stack(
        [sound_vector(clip.sound, clip.rate) for clip in clips if clip.sound is not None and clip.rate]
    )
    hears = fusion.over_pixels(experts.hear(vectors), sees.shape[1:3])
    if situation is filmed_twice:
        third = experts.see(np.stack([clip.frames[FRAME + 1] for clip in clips]))
    else:
        third = np.stack([witness_motion(clip, shares, experts.prior()) for clip in clips])
    labels = np.stack([clip.labels[FRAME] for clip in clips if clip.labels is not None])
    return Filmed(np.stack([sees, hears, third]), labels)


def three_senses(
    seed: int, situations: tuple[Callable[[int], Clip], ...] = CLIP_SITUATIONS, *, clips: int = CLIPS
) -> Iterator[Row]:
    """Score each sense alone, the product of picture and sound, and every rule on all three, on clips.

    Parameters
    ----------
    seed : int >= 0
    situations : functions of a number that give a Clip
    clips : int >= 1, for each of fitting the motion witness, fitting the rules and scoring

    Yields
    ------
    Row

    Examples
    --------
    >>> [row.method for row in three_senses(0, (still,), clips=2)][:4]
    ['picture alone', 'sound alone', 'third alone', 'product of two']

    Lesson: 17_choosing_a_fusion
    """
    first = _FIRST_CLIP + 1000 * seed
    learnt, held, scored = (range(first + k * clips, first + (k + 1) * clips) for k in range(3))
    shares = fit_motion([two_kinds(number) for number in learnt], FRAME)
    for situation in situations:
        known, (says, labels) = film(situation, shares, held), film(situation, shares, scored)
        prior = experts.prior()
        names = ("picture alone", "sound alone", "third alone")
        posteriors: dict[str, Array] = dict(zip(names, says, strict=True))
        posteriors["product of two"] = fusion.product(says[:2], prior)
        posteriors |= fuse_by_all_rules(list(says), prior, list(known.opinions), known.labels)
        for method, posterior in posteriors.items():
            yield measure(THREE, situation.__name__, method, seed, labels, posterior.argmax(axis=-1))
