"""Filters that run over one sound or many, and leave every sound where it was in time."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from mmseg_edu.preprocess.arguments import (
    MOST_NUMBERS,
    checked_number,
    checked_rate,
    checked_room,
    checked_sounds,
    checked_whole,
)


def remove_dc(sound: np.ndarray) -> np.ndarray:
    r"""Take away a sound's mean, the constant that a microphone or a cheap converter adds to every sample.

    .. math::
        y_n = x_n - \frac{1}{N} \sum_{m} x_m

    Parameters
    ----------
    sound : (..., N) floating point
        One sound or many, each for itself.

    Returns
    -------
    (..., N), same dtype
        With a mean of 0, to rounding. A waveform in [-1, 1] may leave that range by its mean, so filter
        before you bring it to full scale.

    Raises
    ------
    TypeError, ValueError
        For integers, NaN, infinity, samples so large that a sum of them is infinite, and recordings with their
        channels last.

    Notes
    -----
    No samples give no samples, silence stays silence, and a constant becomes silence, to rounding. Of a
    clipped sound the flat tops stay flat, only no longer at full scale. An offset that drifts is no constant:
    use :func:`highpass`.

    Examples
    --------
    >>> import numpy as np
    >>> remove_dc(np.array([0.5, 0.7, 0.5, 0.3])).round(3)
    array([ 0. ,  0.2,  0. , -0.2])

    Lesson: 02_sound_preprocessing
    """
    sound = checked_sounds(sound)
    if sound.size == 0:
        return sound.copy()
    with np.errstate(over="ignore", invalid="ignore"):
        wide = sound.astype(np.float64)
        centred = (wide - wide.mean(axis=-1, keepdims=True)).astype(sound.dtype)
    return checked_room(centred, sound)


def lowpass(sound: np.ndarray, rate: int, cutoff: float, *, order: int = 4) -> np.ndarray:
    """Keep the frequencies below ``cutoff``: :func:`bandpass` with its lower side open.

    Parameters
    ----------
    sound : (..., N) floating point
    rate : int, Hz
    cutoff : float, Hz, 0 < cutoff < rate / 2
        A tone there comes out at half its amplitude (-6 dB).
    order : int, 1 or more

    Returns
    -------
    (..., N), same dtype

    Raises
    ------
    TypeError, ValueError
        When the cutoff is not between 0 and ``rate / 2``, and for what :func:`bandpass` refuses (NaN).

    Notes
    -----
    No samples, silence and clipped sounds: as for :func:`bandpass`.

    Examples
    --------
    >>> import numpy as np
    >>> t = np.arange(8000) / 8000
    >>> hum, bird = np.sin(2 * np.pi * 50 * t), np.sin(2 * np.pi * 2000 * t)
    >>> bool(np.abs(lowpass(hum + bird, 8000, 400) - hum)[400:-400].max() < 0.01)
    True

    Lesson: 02_sound_preprocessing
    """
    return bandpass(sound, rate, None, checked_cutoff(cutoff, rate), order=order)


def highpass(sound: np.ndarray, rate: int, cutoff: float, *, order: int = 4) -> np.ndarray:
    """Keep the frequencies above ``cutoff``: :func:`bandpass` with its upper side open.

    Parameters
    ----------
    sound : (..., N) floating point
    rate : int, Hz
    cutoff : float, Hz, 0 < cutoff < rate / 2
        A tone there comes out at half its amplitude (-6 dB). A constant is gone.
    order : int, 1 or more

    Returns
    -------
    (..., N), same dtype

    Raises
    ------
    TypeError, ValueError
        When the cutoff is not between 0 and ``rate / 2``, and for what :func:`bandpass` refuses (NaN).

    Notes
    -----
    No samples, silence and clipped sounds: as for :func:`bandpass`.

    Examples
    --------
    >>> import numpy as np
    >>> t = np.arange(8000) / 8000
    >>> hum, bird = np.sin(2 * np.pi * 50 * t), np.sin(2 * np.pi * 2000 * t)
    >>> bool(np.abs(highpass(hum + bird, 8000, 400) - bird)[400:-400].max() < 0.01)
    True

    Lesson: 02_sound_preprocessing
    """
    return bandpass(sound, rate, checked_cutoff(cutoff, rate), None, order=order)


def bandpass(
    sound: np.ndarray, rate: int, low: float | None, high: float | None, *, order: int = 4
) -> np.ndarray:
    r"""Keep the frequencies from ``low`` to ``high``, without shifting anything in time.

    A Butterworth filter run forwards and then backwards: the delays cancel, and the gain is the square of one
    run's, which for the upper edge :math:`f_c` of a low-pass is

    .. math::
        |H(f)|^2 = \frac{1}{1 + \left(\tan \frac{\pi f}{\text{rate}} \Big/
        \tan \frac{\pi f_c}{\text{rate}}\right)^{2 \cdot \text{order}}}
        \approx \frac{1}{1 + (f / f_c)^{2 \cdot \text{order}}},

    so a tone exactly at an edge comes out at half its amplitude (-6 dB). :func:`bandpass_response` gives it
    at every frequency.

    Parameters
    ----------
    sound : (..., N) floating point
        One sound or many, each for itself.
    rate : int, Hz
    low, high : float, Hz, or None
        0 < low < high < rate / 2. None leaves that side open: ``bandpass(x, rate, None, 4000)`` is
        :func:`lowpass`.
    order : int, 1 or more
        Steepness of one run: far from the edge about 6 dB an octave for each, so twice that for both runs.

    Returns
    -------
    (..., N), same dtype
        The filter rings after a jump, so a sound in [-1, 1] may leave that range. Beyond its ends a sound is
        continued, turned about its last sample, for order / 2 periods of the edge (or of the width, where
        that is less): one that starts and ends at 0 comes out nearly right to its ends, one that is cut off
        amid loudness rings there for about as long.

    Raises
    ------
    TypeError, ValueError
        When the edges are not in order below ``rate / 2``, or so near 0 that double precision cannot tell;
        when both are None; when the sound is not finite (NaN), or so large that its sums are not.

    Notes
    -----
    No samples give no samples, and silence stays silence. A clipped sound is filtered as it is: what the
    clipping added between ``low`` and ``high`` stays.

    Examples
    --------
    >>> import numpy as np
    >>> t = np.arange(8000) / 8000
    >>> hum, bird = np.sin(2 * np.pi * 50 * t), np.sin(2 * np.pi * 2000 * t)
    >>> kept = bandpass(hum + bird, 8000, 500, 3500)
    >>> bool(np.abs(kept - bird)[400:-400].max() < 0.01)
    True

    Lesson: 02_sound_preprocessing
    """
    from scipy.signal import butter, sosfiltfilt

    sound, rate = checked_sounds(sound), checked_rate("rate", rate)
    checked_whole("order", order, "4 is a good one")
    edges = checked_edges(low, high, rate)
    if sound.size == 0:
        return sound.copy()
    kind = "bandpass" if len(edges) == 2 else "highpass" if high is None else "lowpass"
    sections = butter(order, edges if len(edges) == 2 else edges[0], kind, fs=rate, output="sos")
    padding = min(sound.shape[-1] - 1, _settling(edges, rate, order) + 3 * (2 * len(sections) + 1))
    try:
        with np.errstate(all="ignore"):
            kept = sosfiltfilt(sections, sound, axis=-1, padlen=padding).astype(sound.dtype)
    except ValueError:  # LinAlgError is one; SciPy 1.18 sees a pole at 1 before it solves
        raise ValueError(
            f"edges must lie far enough from 0 and rate / 2 for double precision, got low={low}, high={high} "
            f"at order {order}: no sound is long enough to notice, use None or remove_dc"
        ) from None
    return checked_room(kept, sound)


def preemphasis(sound: np.ndarray, coefficient: float = 0.97) -> np.ndarray:
    r"""Lift the high frequencies, which natural sounds lack: each sample minus most of the one before.

    .. math::
        y_n = x_n - a\, x_{n-1}, \qquad y_0 = x_0, \qquad |H(f)| = |1 - a\, e^{-2 \pi i f / \text{rate}}|

    Parameters
    ----------
    sound : (..., N) floating point
        One sound or many, each for itself.
    coefficient : float in [0, 1]
        :math:`a`. The gain is :math:`1 - a` at 0 Hz and :math:`1 + a` at half the rate;
        :func:`preemphasis_response` gives it in between.

    Returns
    -------
    (..., N), same dtype
        In [-1 - a, 1 + a] for a waveform in [-1, 1].

    Raises
    ------
    TypeError, ValueError
        For a wrong shape, dtype or coefficient, for NaN, and for samples so large that a sum is infinite.

    Notes
    -----
    No samples give no samples, and silence stays silence. Along the flat tops of a clipped sound only
    :math:`1 - a` of them is left.

    Examples
    --------
    >>> import numpy as np
    >>> preemphasis(np.array([1.0, 1.0, 1.0, -1.0]), 0.5)
    array([ 1. ,  0.5,  0.5, -1.5])

    Lesson: 02_sound_preprocessing
    """
    sound = checked_sounds(sound)
    coefficient = checked_coefficient(coefficient)
    with np.errstate(over="ignore", invalid="ignore"):
        lifted = sound.astype(np.float64)
        lifted[..., 1:] -= coefficient * lifted[..., :-1].copy()
        return checked_room(lifted.astype(sound.dtype), sound)


def _settling(edges: list[float], rate: int, order: int) -> int:
    """Samples in half a period an order of what is narrowest about a filter: that takes longest to settle."""
    sides = [0.0, *edges, rate / 2]
    return math.ceil(min(order / 2 * rate / min(b - a for a, b in pairwise(sides)), MOST_NUMBERS))


def checked_edges(low: float | None, high: float | None, rate: int) -> list[float]:
    """Take the edges of a band that are given, in order between 0 and half the rate."""
    named = {"low": low, "high": high}
    remedy = "use None to leave one side open"
    edges = [checked_number(name, edge, remedy) for name, edge in named.items() if edge is not None]
    rising = all(a < b for a, b in zip([0.0, *edges], [*edges, rate / 2], strict=True))
    if not edges or not rising:
        raise ValueError(
            f"edges must satisfy 0 < low < high < rate / 2 = {rate / 2:g} Hz, got low={low}, high={high}: "
            f"{remedy}"
        )
    return edges


def checked_cutoff(cutoff: float, rate: int) -> float:
    """Take one edge, between 0 and half the rate."""
    rate = checked_rate("rate", rate)
    if cutoff is None or not 0 < checked_number("cutoff", cutoff, "give Hz, such as 400") < rate / 2:
        raise ValueError(
            f"cutoff must satisfy 0 < cutoff < rate / 2 = {rate / 2:g} Hz, got {cutoff}: "
            "a sound holds no frequency beyond half its rate"
        )
    return cutoff


def checked_coefficient(coefficient: float) -> float:
    """Take the share of the sample before that pre-emphasis subtracts."""
    if not 0 <= checked_number("coefficient", coefficient, "0.97 is customary for speech") <= 1:
        raise ValueError(f"coefficient must lie in [0, 1], got {coefficient}: 0.97 is customary for speech")
    return coefficient
