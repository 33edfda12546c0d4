"""The mel scale, and the triangular filters that are evenly spaced on it.

librosa has both; what stands here gives the same numbers without the second that importing librosa takes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmseg_edu.preprocess.arguments import as_reals, checked_rate, checked_whole, is_finite, shown

Array = NDArray[np.float64]

# Slaney's scale: straight up to 1,000 Hz, which is 15 mel, and 27 more mel for each factor of 6.4 above.
_KNEE_HZ, _KNEE_MEL, _MEL_A_FACTOR = 1000.0, 15.0, 27 / np.log(6.4)


def hz_to_mel(frequency: ArrayLike, *, htk: bool = False) -> Array:
    r"""Pitch as the ear spaces it: even steps at low frequencies, even ratios at high ones.

    .. math:: m = \begin{cases} 3 f / 200 & f < 1000 \\
                  15 + 27 \ln(f / 1000) / \ln 6.4 & f \ge 1000 \end{cases}
              \qquad m_{\mathrm{htk}} = 2595 \log_{10}(1 + f / 700)

    Parameters
    ----------
    frequency : floats >= 0 of any shape, Hz
    htk : bool
        False: Slaney's scale, a line and a logarithm that meet at 1,000 Hz. True: that of the speech toolkit
        HTK, one smooth curve, in units of which 1,000 make 1,000 Hz.

    Returns
    -------
    array of the same shape, float64, mel

    Raises
    ------
    ValueError
        If a frequency is negative or not a number.

    References
    ----------
    Slaney (1998), Auditory Toolbox, Interval Research report 1998-010; O'Shaughnessy (1987), Speech
    Communication.

    Examples
    --------
    >>> hz_to_mel([0, 500, 1000, 6400]).round(1).tolist()
    [0.0, 7.5, 15.0, 42.0]
    >>> float(hz_to_mel(1000, htk=True).round())
    1000.0

    Lesson: 04_mfcc_features
    """
    hertz = _not_negative("frequency", frequency, "Hz")
    if htk:
        return 2595 * np.log10(1 + hertz / 700)
    above = _KNEE_MEL + _MEL_A_FACTOR * np.log(np.maximum(hertz, _KNEE_HZ) / _KNEE_HZ)
    return np.where(hertz < _KNEE_HZ, hertz * (_KNEE_MEL / _KNEE_HZ), above)


def mel_to_hz(mel: ArrayLike, *, htk: bool = False) -> Array:
    r"""Frequency of a place on the mel scale: the inverse of :func:`hz_to_mel`.

    .. math:: f = \begin{cases} 200 m / 3 & m < 15 \\ 1000 \cdot 6.4^{(m - 15) / 27} & m \ge 15 \end{cases}
              \qquad f_{\mathrm{htk}} = 700\, (10^{m / 2595} - 1)

    Parameters
    ----------
    mel : floats >= 0 of any shape, mel
    htk : bool
        Which scale, as in :func:`hz_to_mel`.

    Returns
    -------
    array of the same shape, float64, Hz

    Raises
    ------
    ValueError
        If a number is negative or not a number.

    Examples
    --------
    >>> mel_to_hz(hz_to_mel([100.0, 4000.0])).round(6).tolist()
    [100.0, 4000.0]

    Lesson: 04_mfcc_features
    """
    place = _not_negative("mel", mel, "mel")
    with np.errstate(over="ignore"):  # no float holds the frequency of 20,000 mel: it is infinite
        if htk:
            return 700 * (10 ** (place / 2595) - 1)
        above = _KNEE_HZ * np.exp((np.maximum(place, _KNEE_MEL) - _KNEE_MEL) / _MEL_A_FACTOR)
        return np.where(place < _KNEE_MEL, place * (_KNEE_HZ / _KNEE_MEL), above)


def mel_filters(
    rate: int,
    length: int,
    bands: int = 64,
    *,
    low: float = 0.0,
    high: float | None = None,
    htk: bool = False,
    equal_area: bool = True,
) -> Array:
    r"""Triangles over the frequencies of a spectrum, each from the peak of one neighbour to that of the other.

    .. math:: M_{b,f} = w_b \max\Big(0, \min\Big(\frac{f - e_b}{e_{b+1} - e_b},
              \frac{e_{b+2} - f}{e_{b+2} - e_{b+1}}\Big)\Big), \qquad w_b = \frac{2}{e_{b+2} - e_b}

    with B + 2 edges e, evenly spaced in mel from ``low`` to ``high``.

    Parameters
    ----------
    rate : int, Hz
    length : int, samples in a frame
    bands : int, number of filters (B)
    low, high : float, Hz, 0 <= low < high: lower edge of the first filter and upper edge of the last; None is
        rate / 2
    htk : bool, which mel scale, as in :func:`hz_to_mel`
    equal_area : bool
        True: each triangle has an area of 1 (over Hz), so wide filters do not read louder for being wide.
        False: each has a height of 1 (w = 1), so a filter reads what energy it catches.

    Returns
    -------
    array of shape (bands, 1 + length // 2), float64, not negative
        One filter a row; columns are the frequencies 0, rate / length, 2 rate / length, ... A filter that
        falls between two frequencies, or wholly above rate / 2, is a row of zeros.

    Raises
    ------
    ValueError
        If a number is not whole where it must be, 0 <= low < high does not hold, or low and high lie so close
        together that floating point cannot place B + 2 edges between them.

    Notes
    -----
    Equals ``librosa.filters.mel(sr=rate, n_fft=length, n_mels=bands, fmin=low, fmax=high, htk=htk, norm=...)``
    with "slaney" for equal areas and None for equal heights, to the rounding of float32, in which that one
    is stored.

    References
    ----------
    Davis & Mermelstein (1980), IEEE Transactions on Acoustics, Speech, and Signal Processing 28(4).

    Examples
    --------
    >>> mel_filters(8000, 16, 3, equal_area=False).round(2).tolist()[0]
    [0.0, 0.85, 0.32, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]

    Lesson: 04_mfcc_features
    """
    checked_rate("rate", rate)
    checked_whole("length", length, "use round(seconds * rate)", of="samples")
    checked_whole("bands", bands, "use 32, 64 or 128")
    low, top = checked_edges(low, high, rate)
    first, last = hz_to_mel([low, top], htk=htk).tolist()
    edges = mel_to_hz(np.linspace(first, last, bands + 2), htk=htk)[:, None]
    if not (np.diff(edges, axis=0) > 0).all():
        raise ValueError(
            f"edges must lie apart, got {bands + 2} of them between low={low} and high={top} Hz, which is nearer "
            "than floating point tells: widen the range or ask for fewer bands"
        )
    frequencies = np.fft.rfftfreq(length, 1 / rate)
    if not np.diff(edges, axis=0).min() > 1e-300:
        raise ValueError(f"edges must lie apart, got low={low} and high={top} Hz: widen the range")
    rise = (frequencies - edges[:-2]) / (edges[1:-1] - edges[:-2])
    fall = (edges[2:] - frequencies) / (edges[2:] - edges[1:-1])
    triangles = np.maximum(0, np.minimum(rise, fall))
    return triangles * 2 / (edges[2:] - edges[:-2]) if equal_area else triangles


def checked_edges(low: float, high: float | None, rate: int) -> tuple[float, float]:
    """Take the edges of the filters, 0 <= low < high; None is half the rate."""
    top = rate / 2 if high is None else high
    if not (is_finite(low) and is_finite(top) and 0 <= low < top):
        raise ValueError(
            f"edges must satisfy 0 <= low < high, got low={shown(low)}, high={shown(top)} Hz: "
            f"low=0 and high=None cover everything up to rate / 2 = {rate / 2:g} Hz"
        )
    return float(low), float(top)


def _not_negative(name: str, values: ArrayLike, unit: str) -> Array:
    numbers = as_reals(name, values)
    if not (numbers >= 0).all():
        wrong = numbers[~(numbers >= 0)].flat[0]
        raise ValueError(f"{name} must be 0 {unit} or more, got {wrong:g}: the scale begins at 0")
    return numbers
