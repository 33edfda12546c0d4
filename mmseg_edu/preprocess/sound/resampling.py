"""Another number of samples per second."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import numpy as np

from mmseg_edu.preprocess.arguments import checked_rate, checked_sounds

# Hz. Scenes are drawn and sounds described at this rate: it carries what tells a voice or an instrument, up to 8 kHz.
RATE = 16_000


# The low-pass of scipy.signal.resample_poly reaches over ten samples of the lower rate to either side.
_REACH = 10


def resample(sound: np.ndarray, rate: int, new_rate: int) -> np.ndarray:
    r"""Change the number of samples per second; what the new rate cannot carry is filtered out first.

    Raise the rate by :math:`p`, low-pass at the lower of the two Nyquist frequencies, keep every :math:`q`-th
    sample, with :math:`p / q` = ``new_rate / rate`` in lowest terms. Without the low-pass, a tone :math:`f`
    above ``new_rate / 2`` would come back as another tone at ``abs(f - new_rate)``: aliasing.

    Parameters
    ----------
    sound : (..., N) floating point
        One sound or many, each for itself.
    rate, new_rate : int, Hz, 1 or more

    Returns
    -------
    (..., ceil(N * new_rate / rate)), same dtype
        Before and after the sound is silence, so one that starts or ends loud rings there. What rings beyond
        full scale is cut off: values stay in [-p, p] with p the larger of 1 and the sound's own peak, so a
        waveform in [-1, 1] stays one. A sound of 0 samples, or at an unchanged rate, comes back as a copy.

    Raises
    ------
    TypeError, ValueError
        For a wrong shape, dtype or rate, and for NaN.

    Notes
    -----
    Silence stays silence. A clipped sound is resampled as it is, and its flat tops get ripples.

    References
    ----------
    scipy.signal.resample_poly, with its Kaiser-window filter.

    Examples
    --------
    >>> import numpy as np
    >>> tone = np.sin(2 * np.pi * 3000 * np.arange(8000) / 8000)
    >>> float(np.abs(tone[::2]).max().round(2))             # every other sample: a false 1000 Hz tone
    1.0
    >>> float(np.abs(resample(tone, 8000, 4000)[50:-50]).max().round(2))
    0.0

    Lesson: 02_sound_preprocessing
    """
    from scipy.signal import resample_poly

    sound = checked_sounds(sound)
    rate, new_rate = checked_rate("rate", rate), checked_rate("new_rate", new_rate)
    if rate == new_rate or sound.size == 0:
        return sound.copy()
    common = math.gcd(rate, new_rate)
    new = resample_poly(sound, new_rate // common, rate // common, axis=-1)
    full_scale = np.maximum(1, np.abs(sound).max(axis=-1, keepdims=True))
    return np.clip(new, -full_scale, full_scale).astype(sound.dtype, copy=False)


def resample_pieces(pieces: Iterable[np.ndarray], rate: int, new_rate: int) -> Iterator[np.ndarray]:
    r"""Resample a sound that comes in pieces: end to end the same samples as :func:`resample` gives of the whole.

    A new sample at :math:`t` looks at the old ones within :math:`h` of it, as far as the filter reaches. So a block is
    resampled together with :math:`h` before and behind it, and only its own samples are kept.

    Parameters
    ----------
    pieces : iterable of (n,) floating point in [-1, 1], of any lengths
    rate, new_rate : int, Hz, 1 or more

    Yields
    ------
    (m,), same dtype
        At an unchanged rate the pieces themselves; else about a second of sound each.

    Raises
    ------
    TypeError, ValueError
        As :func:`resample`.

    Examples
    --------
    >>> import numpy as np
    >>> tone = np.sin(np.arange(50000) / 9)
    >>> pieces = list(resample_pieces(np.split(tone, 10), 8000, 12000))
    >>> len(pieces), bool(np.allclose(np.concatenate(pieces), resample(tone, 8000, 12000), atol=1e-12))
    (7, True)
    """
    rate, new_rate = checked_rate("rate", rate), checked_rate("new_rate", new_rate)
    if rate == new_rate:
        yield from pieces
        return
    common = math.gcd(rate, new_rate)
    up, down = new_rate // common, rate // common
    reach = math.ceil(_REACH * max(1, down / up)) + 1
    # Where a block begins at a whole number of `down` old samples, a new sample begins too.
    before, block = down * math.ceil(reach / down), down * math.ceil(rate / down)
    held, length, lead = [], 0, 0  # `lead` samples of what is held have been resampled already.
    for piece in pieces:
        held.append(piece)
        length += len(piece)
        while length >= lead + block + reach:
            known = np.concatenate(held)
            new = resample(known[: lead + block + reach], rate, new_rate)
            yield new[lead // down * up : (lead + block) // down * up]
            drop = max(0, lead + block - before)
            held, length, lead = [known[drop:]], length - drop, lead + block - drop
    if length > lead:
        yield resample(np.concatenate(held), rate, new_rate)[lead // down * up :]
