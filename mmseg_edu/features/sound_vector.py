"""A whole sound in 128 numbers, for networks and for comparing sounds."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmseg_edu.features.mfcc import deltas
from mmseg_edu.features.spectrogram import checked_waves, log_mel
from mmseg_edu.preprocess.arguments import ROUNDING
from mmseg_edu.preprocess.sound import RATE, resample

VECTOR_BANDS = 32
VECTOR_LENGTH = 4 * VECTOR_BANDS
VECTOR_FLOOR = 1e-5


def sound_vector(sound: ArrayLike, rate: int) -> NDArray[np.float32]:
    r"""A whole sound in 128 numbers: how its 32 mel bands behave over time.

    ======== ==================================== ==================================================
    numbers  what, for each of the 32 mel bands   says
    ======== ==================================== ==================================================
    0-31     mean over time                       timbre of what goes on
    32-63    maximum over time                    timbre of the loudest moment: a drum is short
    64-95    standard deviation over time         steady (organ, noise) or struck (drum)
    96-127   mean absolute slope (:func:`deltas`) how fast it changes: chirps and attacks
    ======== ==================================== ==================================================

    The bands lie between 0 and 8 kHz and are measured in bel (10 dB) above a floor of 1e-5, about the noise
    of a good recording, so every number is 0 for silence. Full scale bounds the energy of a frame, and so
    every number: a sine reaches 7.4, a square wave 7.6, and nothing passes 7.8.

    Parameters
    ----------
    sound : floating-point array of shape (..., N), in [-1, 1]
    rate : int, Hz. A sound at another rate than 16 kHz goes through ``preprocess.sound.resample`` first

    Returns
    -------
    array of shape (..., 128), float32, in [0, 7.8]
        Exact silence gives 128 zeros. How long a sound lasts counts only where it changes what goes on: a
        sound that repeats gives nearly the same vector however often it does, while silence appended to a
        stroke leaves the maxima alone and lowers the means and the slopes, which are averages over time.

    Raises
    ------
    TypeError
        If the sound holds integers.
    ValueError
        If the sound is empty, not finite, louder than full scale, or has its channels last.

    Examples
    --------
    >>> import numpy as np
    >>> sounds = np.stack([np.zeros(16000), np.sin(np.arange(16000) / 3)])
    >>> vectors = sound_vector(sounds, 16000)
    >>> vectors.shape, int(np.count_nonzero(vectors[0])), int(vectors[1, :32].argmax())
    ((2, 128), 0, 8)

    Lesson: 04_mfcc_features
    """
    samples = checked_waves(sound, rate)
    loudest = float(np.abs(samples).max())
    if loudest > 1 + ROUNDING:
        raise ValueError(
            f"sound must lie in [-1, 1], got samples up to {loudest:g}: divide 16-bit numbers by 32768, "
            "or turn it down with preprocess.sound.normalize_loudness"
        )
    if rate != RATE:
        samples = resample(samples, rate, RATE)
    bel = log_mel(samples, RATE, VECTOR_BANDS, floor=VECTOR_FLOOR) / 10 - np.log10(VECTOR_FLOOR)
    bel = bel.astype(np.float32, copy=False)
    blocks = [bel.mean(axis=-2), bel.max(axis=-2), bel.std(axis=-2), np.abs(deltas(bel)).mean(axis=-2)]
    return np.maximum(np.concatenate(blocks, axis=-1), 0)
