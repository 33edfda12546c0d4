"""When a sound begins anew: how much it rises, in bands, above what it has just been."""

from __future__ import annotations

import numpy as np

from mmseg_edu.preprocess.arguments import as_reals, checked_rate, checked_room, checked_sound
from mmseg_edu.preprocess.sound import hann

# Long enough for 60 Hz, short enough to place a stroke; the bands are those of the ear, narrow below, wide above.
_WINDOW_SECONDS, _BANDS = 0.016, 24
# A rise counts above the loudest of the last 50 ms, so that beats and trills are no strokes. -60 dB is silence.
_MEMORY_MS, _SILENCE = 50, 1e-3
# Few enough windows at once that their spectra stay in the processor's cache.
_ROWS = 512


def onset_strength(sound: np.ndarray, rate: int, times: np.ndarray) -> np.ndarray:
    r"""Measure how much a sound rises anew between each moment and the one before.

    .. math::
        o_i = \sum_{t_{i-1} < u \le t_i} \frac{1}{B} \sum_b \max\!\Bigl(0,\; L_b(u) -
        \max_{1 \le v \le 50} L_b(u - v\,\mathrm{ms})\Bigr), \qquad
        L_b = \log(\mathrm{rms}_b + 10^{-3}), \qquad o_0 = 0

    with u in whole milliseconds and the root mean square of band b in the 16 ms centred at u. The bands, at most
    24, grow geometrically up to half the rate.

    Parameters
    ----------
    sound : (N,) floating point, in [-1, 1]
    rate : int, Hz, 1000 or more
    times : (M,) seconds, increasing or equal
        Such as ``clip.times``: what is new in picture i happened after picture i - 1, and so did the rise.

    Returns
    -------
    (M,) float64, 0 or more
        Rises add up: those of two neighbouring stretches are that of both together. 0 for silence, and outside
        the sound, where there is silence. A steady tone reads below 0.01 (20 Hz to 0.97 of half the rate, 2 ms
        at a time); one that begins at full scale rises by 0.5 to 5.5 in the 20 ms to either side.

    Raises
    ------
    TypeError, ValueError
        When the sound is not mono, not floating point or not finite, the rate is no whole number of Hz or below
        1000, or the times decrease.

    Notes
    -----
    Half a window lies ahead of its centre, so a rise shows up to 8 ms early.

    Examples
    --------
    >>> import numpy as np
    >>> sound = np.zeros(8000)
    >>> sound[4000:] = np.random.default_rng(0).normal(0, 0.1, 4000)
    >>> onset_strength(sound, 8000, np.array([0.2, 0.48, 0.52])).round(1)
    array([0. , 0. , 3.3])

    Lesson: 03_video_and_alignment
    """
    sound, rate, times = checked_sound(sound), checked_rate("rate", rate), as_reals("times", times)
    if rate < 1000:
        raise ValueError(f"rate must be 1000 Hz or more to tell when a sound begins, got {rate}: resample it")
    if times.ndim != 1 or not np.isfinite(times).all() or np.any(np.diff(times) < 0):
        raise ValueError(
            f"times must be finite seconds of shape (M,) that do not decrease, got {times}: pass clip.times"
        )
    return np.diff(np.interp(times, *risen(sound, rate)), prepend=0.0) * (np.arange(len(times)) > 0)


def risen(sound: np.ndarray, rate: int) -> tuple[np.ndarray, np.ndarray]:
    """Add up a sound's rises from its beginning: milliseconds' times in seconds, and the sum until each."""
    from scipy.ndimage import maximum_filter1d

    levels = _band_levels(sound, rate)
    # The filter's window ends at each moment itself, so the loudest before it stands one place earlier.
    recent = maximum_filter1d(
        levels, _MEMORY_MS, axis=0, origin=_MEMORY_MS // 2 - 1, mode="constant", cval=np.log(_SILENCE)
    )
    before = np.concatenate([np.full_like(levels[:1], np.log(_SILENCE)), recent[:-1]])
    rises = np.maximum(0.0, levels - before).mean(axis=1)
    return np.arange(len(levels)) / 1000, np.cumsum(rises)


def _band_levels(sound: np.ndarray, rate: int) -> np.ndarray:
    """Log level of each band, (milliseconds, bands), in windows centred there."""
    length = 2 * max(4, round(_WINDOW_SECONDS * rate / 2))
    window = hann(length)
    starts = np.rint(np.arange(len(sound) * 1000 // rate + 1) * rate / 1000).astype(np.int64)
    padded = np.pad(sound.astype(np.float64), (length // 2, length))
    octaves = np.log(np.arange(1, length // 2 + 1))
    first = np.unique(np.searchsorted(octaves, np.linspace(0, octaves[-1], _BANDS + 1)[:-1]))
    levels = []
    for row in range(0, len(starts), _ROWS):
        places = starts[row : row + _ROWS, np.newaxis] + np.arange(length)
        with np.errstate(over="ignore", invalid="ignore"):
            spectra = np.fft.rfft(padded[places] * window, axis=1)[:, 1:]
        with np.errstate(over="ignore"):
            power = checked_room(spectra.real**2 + spectra.imag**2, sound)
        bands = np.add.reduceat(power, first, axis=1) * 2 / (length * np.sum(window**2))
        levels.append(np.log(np.sqrt(bands) + _SILENCE))
    return np.concatenate(levels)
