"""What each filter lets through, as numbers: its gain at any frequency, worked out and not measured."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmseg_edu.preprocess.arguments import as_reals, checked_rate, checked_whole
from mmseg_edu.preprocess.sound.filters import checked_coefficient, checked_cutoff, checked_edges


def bandpass_response(
    frequencies: ArrayLike, rate: int, low: float | None, high: float | None, *, order: int = 4
) -> NDArray[np.float64]:
    r"""Say by how much :func:`bandpass` multiplies the amplitude of a tone, at each of some frequencies.

    Filtered forwards and backwards, a tone meets the gain of a Butterworth filter twice:

    .. math::
        |H(f)|^2 = \frac{1}{1 + r(f)^{2 \cdot \text{order}}}, \qquad
        r = \frac{|\Omega^2 - \Omega_l \Omega_h|}{(\Omega_h - \Omega_l)\, \Omega}, \qquad
        \Omega = \tan \frac{\pi f}{\text{rate}}

    With one side open, :math:`r` is :math:`\Omega / \Omega_h` (low-pass) or :math:`\Omega_l / \Omega`
    (high-pass). The tangent is where a digital filter differs from one of coils and condensers: it folds all
    frequencies up to infinity into those up to half the rate.

    Parameters
    ----------
    frequencies : array_like of any shape, Hz, in [0, rate / 2]
        Such as ``np.fft.rfftfreq(N, 1 / rate)``. May be empty.
    rate, low, high, order : as for :func:`bandpass`

    Returns
    -------
    array of the same shape, float64, in [0, 1]
        0.5 at an edge. In decibels: ``20 * np.log10(gain)``. What happens to the phase is nothing.

    Raises
    ------
    ValueError
        For NaN and frequencies outside [0, rate / 2], and for what :func:`bandpass` refuses.

    Notes
    -----
    The gain of a sound that lasts: at the ends of a short one the filter has not settled. It knows nothing of
    the samples, so silence and clipped sounds meet the same one.

    References
    ----------
    Butterworth (1930), Experimental Wireless & the Wireless Engineer 7; Gustafsson (1996), IEEE Transactions
    on Signal Processing 44(4), on filtering forwards and backwards.

    Examples
    --------
    >>> bandpass_response([0, 500, 1000, 2000, 4000], 16000, 500, 2000, order=1).round(2)
    array([0. , 0.5, 1. , 0.5, 0.1])

    Lesson: 02_sound_preprocessing
    """
    rate = checked_rate("rate", rate)
    checked_whole("order", order, "4 is a good one")
    checked_edges(low, high, rate)
    at = _warped(_checked_frequencies(frequencies, rate), rate)
    with np.errstate(divide="ignore", over="ignore"):  # at 0 Hz and for steep filters the ratio is infinite
        if low is None:
            ratio = at / _warped(high, rate)
        elif high is None:
            ratio = _warped(low, rate) / at
        else:
            lower, upper = _warped(low, rate), _warped(high, rate)
            ratio = np.abs(at - lower * upper / at) / (upper - lower)
        return 1 / (1 + ratio ** (2 * order))


def lowpass_response(
    frequencies: ArrayLike, rate: int, cutoff: float, *, order: int = 4
) -> NDArray[np.float64]:
    """Say by how much :func:`lowpass` multiplies the amplitude of a tone, at each of some frequencies.

    Parameters
    ----------
    frequencies : array_like of any shape, Hz, in [0, rate / 2]
    rate, cutoff, order : as for :func:`lowpass`

    Returns
    -------
    array of the same shape, float64, in [0, 1]
        1 at 0 Hz, 0.5 at the cutoff, 0 at half the rate; see :func:`bandpass_response`.

    Raises
    ------
    ValueError
        For NaN and frequencies outside [0, rate / 2], and for what :func:`lowpass` refuses.

    Examples
    --------
    >>> lowpass_response([0, 1000, 2000], 16000, 1000).round(3)
    array([1.   , 0.5  , 0.003])

    Lesson: 02_sound_preprocessing
    """
    return bandpass_response(frequencies, rate, None, checked_cutoff(cutoff, rate), order=order)


def highpass_response(
    frequencies: ArrayLike, rate: int, cutoff: float, *, order: int = 4
) -> NDArray[np.float64]:
    """Say by how much :func:`highpass` multiplies the amplitude of a tone, at each of some frequencies.

    Parameters
    ----------
    frequencies : array_like of any shape, Hz, in [0, rate / 2]
    rate, cutoff, order : as for :func:`highpass`

    Returns
    -------
    array of the same shape, float64, in [0, 1]
        0 at 0 Hz, 0.5 at the cutoff, 1 at half the rate; see :func:`bandpass_response`.

    Raises
    ------
    ValueError
        For NaN and frequencies outside [0, rate / 2], and for what :func:`highpass` refuses.

    Examples
    --------
    >>> highpass_response([0, 1000, 2000], 16000, 1000).round(3)
    array([0.   , 0.5  , 0.997])

    Lesson: 02_sound_preprocessing
    """
    return bandpass_response(frequencies, rate, checked_cutoff(cutoff, rate), None, order=order)


def preemphasis_response(frequencies: ArrayLike, rate: int, coefficient: float = 0.97) -> NDArray[np.float64]:
    r"""Say by how much :func:`preemphasis` multiplies the amplitude of a tone, at each of some frequencies.

    .. math::
        |H(f)| = |1 - a\, e^{-2 \pi i f / \text{rate}}|

    Parameters
    ----------
    frequencies : array_like of any shape, Hz, in [0, rate / 2]
        May be empty.
    rate : int, Hz
    coefficient : float in [0, 1]

    Returns
    -------
    array of the same shape, float64, in [1 - a, 1 + a]

    Raises
    ------
    ValueError
        For NaN and frequencies outside [0, rate / 2], and for a wrong rate or coefficient.

    Notes
    -----
    It knows nothing of the samples, so silence and clipped sounds meet the same gain.

    Examples
    --------
    >>> preemphasis_response([0, 4000, 8000], 16000).round(3)
    array([0.03 , 1.393, 1.97 ])

    Lesson: 02_sound_preprocessing
    """
    turn = 2j * np.pi * _checked_frequencies(frequencies, checked_rate("rate", rate)) / rate
    return np.abs(1 - checked_coefficient(coefficient) * np.exp(-turn))


def _warped(frequency: ArrayLike | None, rate: int) -> NDArray[np.float64]:
    return np.tan(np.pi * as_reals("frequency", frequency) / rate)


def _checked_frequencies(frequencies: ArrayLike, rate: int) -> NDArray[np.float64]:
    given = as_reals("frequencies", frequencies)
    if not ((given >= 0) & (given <= rate / 2)).all():
        wrong = given[~((given >= 0) & (given <= rate / 2))].flat[0]
        raise ValueError(
            f"frequencies must lie in [0, rate / 2] = [0, {rate / 2:g}] Hz, got {wrong:g}: "
            "a sound holds no frequency beyond half its rate"
        )
    return given
