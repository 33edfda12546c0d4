"""Situations in which two senses meet: each turns sounding scenes into a batch with a truth of its own.

A situation is a function of (count, seed, size) that gives a `scenes.Batch`. Its labels are the *things to
find*, and its docstring says where they follow the sound and where they do not. All but `ordinary` are drawn without
silent scenes, so that nothing but the situation itself makes the senses fail.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmseg_edu.preprocess.sound import lowpass
from mmseg_edu.scenes import Batch, make_batch

SIZE = 32
GRAIN, LOUD_NOISE_DB, WALL_HZ = 0.3, -8.0, 500.0
# The share of the scenes in which a sound is missing, is another's, or has no source in the picture.
SHARE = 0.5
_SPOILT = 0x5A0


def ordinary(count: int, seed: int, size: int = SIZE) -> Batch:
    """Draw what the senses were made for: one to three kinds of things, most often one of them sounds.

    Parameters
    ----------
    count : int >= 0, scenes
    seed : int >= 0
    size : int, pixels, 16 to 1024

    Returns
    -------
    Batch
        `scenes.make_batch` with its usual options: in one scene in ten nothing visible sounds.

    Examples
    --------
    >>> ordinary(2, seed=0).images.shape
    (2, 32, 32, 3)
    """
    return make_batch(count, seed, size)


def redundant(count: int, seed: int, size: int = SIZE) -> Batch:
    """Show one kind of thing in each picture, and let it sound: both senses name the same class.

    Parameters
    ----------
    count, seed, size
        As in :func:`ordinary`.

    Returns
    -------
    Batch
        One visible class a scene, always heard: the picture alone is enough.

    Examples
    --------
    >>> batch = redundant(2, seed=0)
    >>> bool((batch.labels == batch.objects).all())
    True
    """
    return make_batch(count, seed, size, objects=1, absent=0.0)


def complementary(count: int, seed: int, size: int = SIZE) -> Batch:
    """Show three kinds of things of which mostly one sounds: the picture knows where, the sound knows which.

    Parameters
    ----------
    count, seed, size
        As in :func:`ordinary`.

    Returns
    -------
    Batch
        Three visible classes a scene; a non-empty subset is heard: mostly one, rarely all three.

    Examples
    --------
    >>> batch = complementary(2, seed=0)
    >>> [len(np.unique(objects)) for objects in batch.objects]
    [4, 4]
    """
    return make_batch(count, seed, size, objects=3, absent=0.0)


def noisy_picture(count: int, seed: int, size: int = SIZE) -> Batch:
    """Show one to three kinds of things through grain of standard deviation 0.3; the sound is clean.

    Parameters
    ----------
    count, seed, size
        As in :func:`ordinary`.

    Returns
    -------
    Batch
        The scenes of the same seed, ordinary otherwise: what is in them and what sounds is the same at any grain.

    Examples
    --------
    >>> bool(noisy_picture(2, seed=0).heard.any(axis=1).all())
    True
    """
    return make_batch(count, seed, size, absent=0.0, image_noise=GRAIN)


def noisy_sound(count: int, seed: int, size: int = SIZE) -> Batch:
    """Let white noise drown what sounds: it is 8 dB stronger; the picture is clean.

    Parameters
    ----------
    count, seed, size
        As in :func:`ordinary`.

    Returns
    -------
    Batch
        The scenes of :func:`noisy_picture` with the noise in the other sense.

    Examples
    --------
    >>> one, other = noisy_picture(2, seed=0), noisy_sound(2, seed=0)
    >>> bool((one.labels == other.labels).all())
    True
    """
    return make_batch(count, seed, size, absent=0.0, snr_db=LOUD_NOISE_DB)


def missing_sound(count: int, seed: int, size: int = SIZE) -> Batch:
    """Record half of the scenes without a microphone: exact silence, while the thing does sound.

    Parameters
    ----------
    count, seed, size
        As in :func:`ordinary`.

    Returns
    -------
    Batch
        The labels stay as they were, `heard` is all False where the sound is missing. Nobody tells the fusion.

    Examples
    --------
    >>> batch = missing_sound(4, seed=0)
    >>> int((~batch.sounds.any(axis=1)).sum()), bool(batch.labels.any(axis=(1, 2)).all())
    (2, True)
    """
    batch = make_batch(count, seed, size, absent=0.0)
    spoilt = _spoilt(count, seed)
    sounds, heard = batch.sounds.copy(), batch.heard.copy()
    sounds[spoilt], heard[spoilt] = 0, False
    return replace(batch, sounds=sounds, heard=heard)


def wrong_sound(count: int, seed: int, size: int = SIZE) -> Batch:
    """Dub half of the scenes with the sound of another: the sense lies, and what is to be found stays.

    Parameters
    ----------
    count, seed, size
        As in :func:`ordinary`.

    Returns
    -------
    Batch
        One visible class a scene, as in :func:`redundant`, and its label: also where the sound is a class that
        the picture does not show, taken from the next scene that has one.

    Raises
    ------
    ValueError
        If no scene of the batch has a sound to lend: draw more.

    Examples
    --------
    >>> batch = wrong_sound(8, seed=0)
    >>> seen = [np.unique(labels)[-1] for labels in batch.labels]
    >>> int((~batch.heard[np.arange(8), seen]).sum())
    4

    Lesson: 17_choosing_a_fusion
    """
    batch = redundant(count, seed, size)
    return _dubbed(batch, _spoilt(count, seed))


def unseen_source(count: int, seed: int, size: int = SIZE) -> Batch:
    """Let half of the scenes hear something off-screen: the sense is right, and there is nothing to find.

    Parameters
    ----------
    count, seed, size
        As in :func:`ordinary`.

    Returns
    -------
    Batch
        One visible class a scene and a sound for each, the very pictures and sounds of :func:`wrong_sound`; but
        the labels are those of what is heard *and* visible, so they are empty where the sound comes from elsewhere.

    Raises
    ------
    ValueError
        As :func:`wrong_sound`.

    Examples
    --------
    >>> batch = unseen_source(8, seed=0)
    >>> int((~batch.labels.any(axis=(1, 2))).sum())
    4

    Lesson: 17_choosing_a_fusion
    """
    batch = wrong_sound(count, seed, size)
    spoilt = ~np.take_along_axis(batch.heard, batch.objects.reshape(count, size * size), axis=1).any(axis=1)
    labels = batch.labels.copy()
    labels[spoilt] = 0
    return replace(batch, labels=labels)


def new_sound(count: int, seed: int, size: int = SIZE) -> Batch:
    """Hear two kinds of things through a wall, which keeps the low frequencies: a bell no longer sounds like one.

    Parameters
    ----------
    count, seed, size
        As in :func:`ordinary`.

    Returns
    -------
    Batch
        Two visible classes a scene, one or both heard, through `preprocess.lowpass` at 500 Hz. A tagger that learnt
        in the open has never met such sounds.

    Examples
    --------
    >>> batch = new_sound(2, seed=0)
    >>> spectrum = np.abs(np.fft.rfft(batch.sounds, axis=1)) ** 2
    >>> bool(spectrum[:, 2000:].sum() < 1e-3 * spectrum.sum())
    True

    Lesson: 17_choosing_a_fusion
    """
    batch = make_batch(count, seed, size, objects=2, absent=0.0)
    return replace(batch, sounds=lowpass(batch.sounds, batch.rate, WALL_HZ))


SITUATIONS = (
    redundant,
    complementary,
    noisy_picture,
    noisy_sound,
    missing_sound,
    wrong_sound,
    unseen_source,
    new_sound,
)


def _spoilt(count: int, seed: int) -> NDArray[np.bool_]:
    """Half of the scenes, drawn by lot."""
    spoilt = np.zeros(count, np.bool_)
    order = np.random.default_rng((seed, _SPOILT)).permutation(count)
    spoilt[order[: round(SHARE * count)]] = True
    return spoilt


def _dubbed(batch: Batch, spoilt: NDArray[np.bool_]) -> Batch:
    """Give each spoilt scene the sound of the next one that speaks of nothing in its picture."""
    visible = np.stack([(batch.objects == k).any(axis=(1, 2)) for k in range(batch.heard.shape[1])], axis=1)
    lender = np.arange(len(batch))
    for i in np.flatnonzero(spoilt):
        around = (i + np.arange(1, len(batch))) % len(batch)
        fits = ~(batch.heard[around] & visible[i]).any(axis=1)
        if not fits.any():
            raise ValueError(
                f"no scene of the {len(batch)} has a sound that fits nothing in picture {i}: draw more, 20 are plenty"
            )
        lender[i] = around[np.argmax(fits)]
    changed: dict[str, Any] = {"sounds": batch.sounds[lender], "heard": batch.heard[lender]}
    return replace(batch, **changed)
