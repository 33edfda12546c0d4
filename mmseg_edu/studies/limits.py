"""Where a rule of fusion ends: sounds that no ear has met, and things that look alike and do not sound alike."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mmseg_edu.preprocess.sound import resample
from mmseg_edu.scenes import CLASSES, Batch, make_batch
from mmseg_edu.scenes.sound import PITCHES
from mmseg_edu.studies.situations import SIZE

FASTER = 1.5
LOUDNESS = 0.2
_SQUARE = 0x50A


def noise_as_loud(count: int, seed: int, size: int = SIZE) -> Batch:
    """Record ordinary scenes in noise that is as loud as what sounds: 0 dB.

    Parameters
    ----------
    count, seed, size
        As in :func:`mmseg_edu.studies.ordinary`.

    Returns
    -------
    Batch
        The pictures and the things to find are those of the same seed without noise.

    Examples
    --------
    >>> noise_as_loud(2, seed=0).sounds.shape
    (2, 16000)

    Lesson: 16_learned_fusion
    """
    return make_batch(count, seed, size, absent=0.0, snr_db=0.0)


def played_faster(count: int, seed: int, size: int = SIZE) -> Batch:
    """Play the sounds at 1.5 times their speed: seven semitones higher, and shorter.

    Parameters
    ----------
    count, seed, size
        As in :func:`mmseg_edu.studies.ordinary`.

    Returns
    -------
    Batch
        Sounds of one second, of which 1.5 were recorded.

    Examples
    --------
    >>> played_faster(2, seed=0).sounds.shape
    (2, 16000)

    Lesson: 16_learned_fusion
    """
    batch = make_batch(count, seed, size, absent=0.0, duration=FASTER)
    slow = round(FASTER * batch.rate)
    sounds = np.empty((count, batch.rate), np.float32)
    for i, wave in enumerate(batch.sounds):
        sounds[i] = resample(wave, slow, batch.rate)
    return replace(batch, sounds=sounds)


def new_instruments(count: int, seed: int, size: int = SIZE) -> Batch:
    """Let each class that sounds be heard as an instrument that nobody has met: a held square wave.

    Parameters
    ----------
    count, seed, size
        As in :func:`mmseg_edu.studies.ordinary`.

    Returns
    -------
    Batch
        `heard` and the labels are kept: a bell that rings is to be found, though what one hears is an organ at the
        pitch of a bell. Its pitch is drawn from the range of its class.

    Examples
    --------
    >>> batch = new_instruments(2, seed=0)
    >>> float(np.abs(batch.sounds).max()) <= 1
    True

    Lesson: 16_learned_fusion
    """
    batch = make_batch(count, seed, size, absent=0.0)
    rng = np.random.default_rng((seed, _SQUARE))
    time = np.arange(batch.sounds.shape[1]) / batch.rate
    waves = np.zeros(batch.sounds.shape)
    for k, name in enumerate(CLASSES[1:], 1):
        phase = 2 * np.pi * rng.uniform(*PITCHES[name], count)[:, None] * time
        waves += LOUDNESS * np.sign(np.sin(phase)) * batch.heard[:, [k]]
    sounds: NDArray[np.float32] = np.clip(waves, -1, 1).astype(np.float32)
    return replace(batch, sounds=sounds)


def look_alike_things(count: int, seed: int, size: int = SIZE) -> Batch:
    """Show two things of one kind and one of another; of two look-alikes only one sounds, if any.

    Parameters
    ----------
    count, seed, size
        As in :func:`mmseg_edu.studies.ordinary`.

    Returns
    -------
    Batch
        Each class is the pair in a quarter of the scenes. Neither sense, nor both together, can know which of the two
        sounds: only motion could.

    Examples
    --------
    >>> [len(np.unique(objects)) for objects in look_alike_things(4, seed=0).objects]
    [3, 3, 3, 3]

    Lesson: 16_learned_fusion
    """
    names = CLASSES[1:]
    parts = []
    for k, name in enumerate(names):
        other = names[(k + 1) % len(names)]
        number = len(range(k, count, len(names)))
        parts.append(make_batch(number, seed, size, absent=0.0, objects=(name, name, other)))
    joined = {
        field: np.concatenate([getattr(part, field) for part in parts])
        for field in ("images", "labels", "objects", "sounds", "heard")
    }
    return Batch(**joined, rate=parts[0].rate)


LIMITS = (noise_as_loud, played_faster, new_instruments, look_alike_things)
