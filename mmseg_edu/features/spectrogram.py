"""Log-mel spectrograms: how loud each band of the ear is in each frame.

Everything here is time first, (frames, bands), and works on many sounds at once: leading axes of the sound
stay leading axes of the result.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmseg_edu.features.mel import checked_edges, mel_filters
from mmseg_edu.preprocess.arguments import (
    as_reals,
    checked_rate,
    checked_sounds,
    checked_whole,
    is_finite,
    shown,
)
from mmseg_edu.preprocess.sound import hann, stft

Array = NDArray[Any]
Taper = Callable[[int], ArrayLike]

WINDOW = 0.032
HOP = 0.016

# Squares of a whole spectrum of such samples still fit into float32.
_LOUDEST = 1e12
_SMALLEST, _LARGEST = 1e-38, 1e38
# A frame of more samples than this is a number of samples given for seconds.
_LONGEST = 2**20
# Frames and spectra are several times as large as their sounds: in pieces of so many samples they stay in the
# processor's cache.
_PIECE = 250_000


def log_mel(
    sound: ArrayLike,
    rate: int,
    bands: int = 64,
    *,
    window: float = WINDOW,
    hop: float = HOP,
    floor: float = 1e-10,
    taper: Taper = hann,
    power: float = 2.0,
    low: float = 0.0,
    high: float | None = None,
    htk: bool = False,
    equal_area: bool = True,
) -> NDArray[np.float32]:
    r"""Log-mel spectrogram: how loud each mel band is in each frame, in decibels.

    .. math:: L_{t,b} = 10 \log_{10} \max\Big(\mathrm{floor}, \sum_f M_{b,f}\, |X_{t,f}|^2\Big)

    with X the short-time Fourier transform (``preprocess.sound.stft``) and M the :func:`mel_filters`.

    Parameters
    ----------
    sound : floating-point array of shape (..., N), usually in [-1, 1]; any scale up to 1e12
    rate : int, Hz
    bands : int, number of mel bands
    window, hop : float, seconds: length of a frame and distance from one frame to the next, both rounded to
        whole samples, 2 to 2**20 of them
    floor : float, 1e-38 to 1e38: power below it counts as this much, so that silence is a number and not -infinity
    taper : function that takes the length of a frame and gives so many weights in [-1, 1], such as
        ``numpy.hamming``, or ``numpy.ones`` for none
    power : float in (0, 2]: exponent of the magnitude, 2 for energy, 1 for amplitude
    low, high, htk, equal_area : as in :func:`mel_filters`

    Returns
    -------
    array of shape (..., frames, bands), float32, dB
        Frame t is centred on sample t * (hop in samples), to half a sample where the window has an odd
        number of them; frames = 1 + N // (hop in samples). Before and after the sound is silence. Silence
        reads 10 log10(floor) everywhere, -100 dB by default.

    Raises
    ------
    TypeError
        If the sound holds integers.
    ValueError
        If the sound is empty, not finite or has its channels last, or a parameter is out of its range.

    Notes
    -----
    Equals librosa's ``power_to_db(melspectrogram(...), top_db=None)``, transposed; only, for an odd window
    librosa leaves out the last frame of a sound whose length divides by the hop. ``top_db`` is left out
    because it would let the loudest moment of one sound change every other sound of a batch. With very many
    bands for a short window narrow filters, most of them low, fall between two frequencies and read the
    floor. It is computed in float32: band powers are right to 1e-5 of the loudest band of their frame between
    0 Hz and rate / 2. Tones and struck or plucked things do better: 0.1 dB down to 90 dB below that band. What
    lies 130 dB or more below it is rounding noise.

    References
    ----------
    Davis & Mermelstein (1980), IEEE Transactions on Acoustics, Speech, and Signal Processing 28(4).

    Examples
    --------
    A tone of 1,000 Hz is loudest in the band around 1,000 Hz, in every frame:

    >>> import numpy as np
    >>> time = np.arange(16000) / 16000
    >>> spectrogram = log_mel(np.sin(2 * np.pi * 1000 * time), 16000, bands=40)
    >>> spectrogram.shape
    (63, 40)
    >>> set(spectrogram.argmax(axis=-1).tolist())
    {13}

    Lesson: 04_mfcc_features
    """
    samples = checked_waves(sound, rate)
    checked_whole("bands", bands, "use 32, 64 or 128")
    length, step = _in_samples(window, "window", rate), _in_samples(hop, "hop", rate)
    if not (is_finite(floor) and _SMALLEST <= floor <= _LARGEST):
        raise ValueError(
            f"floor must be above 0, {_SMALLEST:g} or more in float32, and finite, {_LARGEST:g} or less, "
            f"got {shown(floor)}: "
            "the logarithm of 0 is not a number; use 1e-10"
        )
    if not (is_finite(power) and 0 < power <= 2):
        raise ValueError(
            f"power must be above 0 and at most 2, got {shown(power)}: 2 is energy, 1 is amplitude"
        )
    weights = _weights(taper, length)
    low, high = checked_edges(low, high, rate)
    filters = _filters(rate, length, bands, low, high, bool(htk), bool(equal_area))
    flat = samples.reshape(-1, samples.shape[-1])
    result = np.empty((len(flat), 1 + flat.shape[-1] // step, bands), np.float32)
    at_once = max(1, _PIECE // flat.shape[-1])
    for first in range(0, len(flat), at_once):
        spectra = stft(flat[first : first + at_once], weights, step)[:, : result.shape[1]]
        energy = np.abs(spectra).reshape(-1, spectra.shape[-1])
        energy = np.square(energy, out=energy) if power == 2 else energy**power
        np.matmul(energy, filters, out=result[first : first + at_once].reshape(-1, bands))
    np.log10(np.maximum(result, np.float32(floor), out=result), out=result)
    result *= 10
    return result.reshape(*samples.shape[:-1], *result.shape[1:])


def checked_waves(sound: ArrayLike, rate: int) -> NDArray[np.float32]:
    """Take sounds (..., N), not empty and not so loud that their power overflows, in float32."""
    samples = checked_sounds(sound)
    checked_rate("rate", rate)
    if samples.size == 0:
        raise ValueError(
            f"sound must have shape (..., N) with at least one sample, got {samples.shape}: "
            f"check what was read"
        )
    loudest = float(np.abs(samples).max())
    if loudest > _LOUDEST:
        raise ValueError(
            f"sound must lie within {_LOUDEST:g}, got {loudest:g}: its power would overflow; "
            "divide by np.abs(sound).max()"
        )
    return samples.astype(np.float32, copy=False)


def _in_samples(seconds: float, name: str, rate: int) -> int:
    samples = round(min(float(seconds) * rate, _LONGEST + 1.0)) if is_finite(seconds) and seconds > 0 else 0
    if not 2 <= samples <= _LONGEST:
        raise ValueError(
            f"{name} must last two samples or more and {_LONGEST:,} at most (at {rate} Hz: {2 / rate:.2g} to "
            f"{_LONGEST / rate:.2g} s), got {shown(seconds)} s: times are in seconds, not samples"
        )
    return samples


def _weights(taper: Taper, length: int) -> NDArray[np.float64]:
    if not callable(taper):
        raise TypeError(
            f"taper must be a function from a number of samples to that many weights, got {taper!r}: "
            "use numpy.hamming, or numpy.ones for none"
        )
    weights = as_reals("what taper gives", taper(length))
    if weights.shape != (length,) or not (np.abs(weights) <= 1).all():
        raise ValueError(
            f"taper must give shape ({length},) with weights in [-1, 1], got {weights.shape}"
            + (f" up to {np.abs(weights).max():g}" if weights.size else "")
            + ": divide by the largest, or use numpy.hamming"
        )
    return weights


@functools.lru_cache(maxsize=32)
def _filters(
    rate: int, length: int, bands: int, low: float, high: float | None, htk: bool, equal_area: bool
) -> NDArray[np.float32]:
    """The mel filters as columns: the same few are wanted for sound after sound."""
    rows = mel_filters(rate, length, bands, low=low, high=high, htk=htk, equal_area=equal_area)
    columns = np.ascontiguousarray(rows.T, np.float32)
    columns.flags.writeable = False
    return columns
