"""How loud a sound is, beside what, and where it is silent."""

from __future__ import annotations

import math
import sys

import numpy as np

from mmseg_edu.preprocess.arguments import checked_number, checked_rate, checked_room, checked_sound

# 200 dB is a ratio of 1 to 10 billion: double precision tells no softer part of a sum.
_MOST_DB = 200


def rms(sound: np.ndarray) -> float:
    r"""Root mean square of a sound, its amplitude on average.

    .. math::
        \mathrm{rms}(x) = \sqrt{\frac{1}{N} \sum_n x_n^2}

    Parameters
    ----------
    sound : (N,) floating point

    Returns
    -------
    float, 0 or more
        Of a sine, its amplitude divided by the square root of 2. In decibels below full scale:
        ``20 * np.log10(rms(sound))``.

    Raises
    ------
    TypeError, ValueError
        For a wrong shape or dtype, and for NaN.

    Notes
    -----
    No samples, and silence: 0. Clipping takes the tops away, so a clipped sound reads softer than it was.

    Examples
    --------
    >>> import numpy as np
    >>> round(rms(np.array([0.3, -0.4, 0.3, -0.4])), 3)
    0.354

    Lesson: 02_sound_preprocessing
    """
    loudest, relative = _relative(checked_sound(sound))
    return loudest * _rms(relative) if loudest else 0.0


def normalize_loudness(sound: np.ndarray, level: float = -20.0, *, peak: float = 1.0) -> np.ndarray:
    r"""Scale a sound to a given loudness, its root mean square in decibels below full scale.

    .. math::
        y = g\, x, \qquad g = \min\!\left(\frac{10^{\text{level} / 20}}{\mathrm{rms}(x)},\;
        \frac{\text{peak}}{\max_n |x_n|}\right)

    Parameters
    ----------
    sound : (N,) floating point
    level : float, dB, 0 or less
        -20 dB is an RMS of 0.1.
    peak : float, (0, 1]
        No sample becomes larger.

    Returns
    -------
    (N,), same dtype, in [-peak, peak]
        The gain stops at the peak, since clipping distorts; such a sound ends up softer than asked.

    Raises
    ------
    TypeError, ValueError
        For a wrong shape or dtype, NaN, a level above 0 dB, or a peak outside (0, 1].

    Notes
    -----
    No samples give no samples, and silence stays silence. A clipped sound stays clipped, at another level,
    where :func:`clipped_share` no longer sees it.

    Examples
    --------
    >>> import numpy as np
    >>> tone = 0.01 * np.sin(2 * np.pi * 440 * np.arange(16000) / 16000)
    >>> louder = normalize_loudness(tone, -20)
    >>> float(np.sqrt(np.mean(louder**2)).round(6))
    0.1
    >>> normalize_loudness(np.zeros(3))
    array([0., 0., 0.])

    Lesson: 02_sound_preprocessing
    """
    sound = checked_sound(sound)
    if not checked_number("level", level, "try -20") <= 0:
        raise ValueError(f"level must be 0 dB or less, got {level}: 0 dB is full scale; try -20")
    if not 0 < checked_number("peak", peak, "1 is full scale") <= 1:
        raise ValueError(f"peak must be above 0 and at most 1, got {peak}: 1 is full scale")
    loudest, relative = _relative(sound)
    if loudest == 0:
        return sound.copy()
    gain = min(10 ** (level / 20) / _rms(relative), peak)
    return np.clip(gain * relative, -peak, peak).astype(sound.dtype)


def snr(sound: np.ndarray, noise: np.ndarray) -> float:
    r"""Signal-to-noise ratio in decibels: how much louder a sound is than the noise beside it.

    .. math::
        \mathrm{SNR} = 20 \log_{10} \frac{\mathrm{rms}(x)}{\mathrm{rms}(v)}

    Parameters
    ----------
    sound, noise : (N,) floating point
        The two apart, before they were mixed; of any lengths.

    Returns
    -------
    float, dB
        20 dB: ten times the amplitude. Infinity beside silence, minus infinity for silence beside noise.

    Raises
    ------
    TypeError, ValueError
        For a wrong shape or dtype and for NaN; when both are silent, or have no samples, which have no ratio.

    Notes
    -----
    A filter that is linear treats both alike wherever they are, so the ratio behind it is that of
    ``filtered(sound)`` and ``filtered(noise)``. Clipping is not linear.

    Examples
    --------
    >>> import numpy as np
    >>> tone = np.sin(np.arange(16000) / 3)
    >>> round(snr(tone, 0.1 * tone), 6)
    20.0

    Lesson: 02_sound_preprocessing
    """
    signal, beside = rms(sound), rms(noise)
    if signal == 0 and beside == 0:
        raise ValueError(
            "sound and noise must not both be silent, got zeros: silence beside silence has no ratio"
        )
    if signal == 0 or beside == 0:
        return math.inf if beside == 0 else -math.inf
    return 20 * (math.log10(signal) - math.log10(beside))


def mix(sound: np.ndarray, noise: np.ndarray, snr_db: float) -> np.ndarray:
    r"""Add noise to a sound, as much as a signal-to-noise ratio asks for.

    .. math::
        y = \frac{x + g\, v}{\max(1, \max_n |x_n + g\, v_n|)}, \qquad
        g = \frac{\mathrm{rms}(x)}{\mathrm{rms}(v)}\, 10^{-\text{SNR} / 20}

    Parameters
    ----------
    sound, noise : (N,) floating point
        Of one length. The noise may be anything: hiss, rain, another voice, at any level.
    snr_db : float, dB, in [-200, 200], or infinity
        Infinity adds nothing.

    Returns
    -------
    (N,), dtype of the sound, in [-1, 1]
        Where the sum would pass full scale, both are turned down together: nothing is clipped, and the ratio
        stays, as far as the type can hold it (float32: to about 140 dB).

    Raises
    ------
    TypeError, ValueError
        For a wrong shape or dtype, NaN, or lengths that differ; when the sound or the noise is silent, or has
        no samples, and ``snr_db`` is not infinite: then no gain brings about the ratio.

    Notes
    -----
    At infinity no noise is needed: silence stays silence, and no samples give no samples. What was clipped
    before stays so.

    Examples
    --------
    >>> import numpy as np
    >>> mix(np.array([0.5, -0.5]), np.array([0.2, 0.2]), 20).round(2)
    array([ 0.55, -0.45])

    Lesson: 02_sound_preprocessing
    """
    sound, noise = checked_sound(sound), checked_sound(noise)
    if len(sound) != len(noise):
        raise ValueError(
            f"noise must have as many samples as the sound, {len(sound)}, got {len(noise)}: "
            f"cut it, or repeat it with np.resize(noise, {len(sound)})"
        )
    if not (abs(checked_number("snr_db", snr_db, "try 10")) <= _MOST_DB or snr_db == math.inf):
        raise ValueError(
            f"snr_db must lie in [-{_MOST_DB}, {_MOST_DB}] dB or be np.inf, got {snr_db}: try 10"
        )
    wide = sound.astype(np.float64)
    if snr_db != math.inf:
        with np.errstate(over="ignore", invalid="ignore"):
            wide = checked_room(wide + _gain_for(sound, noise, snr_db) * noise, sound)
    return (wide / max(1.0, float(np.abs(wide).max(initial=0.0)))).astype(sound.dtype)


def trim_silence(
    sound: np.ndarray, rate: int, threshold: float = -40.0, *, frame: float = 0.02
) -> tuple[np.ndarray, tuple[float, float]]:
    r"""Cut the silence off the two ends of a sound, and say what is left of it in seconds.

    The sound is cut into frames that follow each other. One is silent when its RMS lies below ``threshold``
    decibels beside the loudest frame's:

    .. math::
        20 \log_{10} \frac{\mathrm{rms}_t}{\max_u \mathrm{rms}_u} < \text{threshold}

    Parameters
    ----------
    sound : (N,) floating point
    rate : int, Hz
    threshold : float, dB, 0 or less
        Beside the sound's own loudest frame, so it does not matter how loud the recording is.
    frame : float, s, at least one sample
        Length of a frame, rounded to whole samples; the last one may be shorter.

    Returns
    -------
    trimmed : (M,), same dtype
        A copy, from the first frame that is not silent to the end of the last one; silence in between stays.
    span : (start, end), s
        Where it was: ``trimmed`` is ``sound[round(start * rate) : round(end * rate)]``, and what happened at
        time t now happens at t - start, so that labels can follow.

    Raises
    ------
    TypeError, ValueError
        For a wrong shape, dtype or rate, NaN, a threshold above 0 dB, and a frame shorter than a sample.

    Notes
    -----
    A sound that is silent throughout, or has no samples, gives no samples and the span (0.0, 0.0). Trimming
    twice changes nothing. Clipping makes the loudest frame read softer, and moves the threshold with it.

    Examples
    --------
    >>> import numpy as np
    >>> sound = np.concatenate([np.zeros(8000), np.sin(np.arange(4800) / 3), np.zeros(4000)])
    >>> trimmed, span = trim_silence(sound, 16000)
    >>> len(trimmed), span
    (4800, (0.5, 0.8))

    Lesson: 02_sound_preprocessing
    """
    sound, rate = checked_sound(sound), checked_rate("rate", rate)
    if not checked_number("threshold", threshold, "try -40") <= 0:
        raise ValueError(
            f"threshold must be 0 dB or less, got {threshold}: 0 dB is the loudest frame; try -40"
        )
    lasts = checked_number("frame", frame, "try 0.02") * rate
    length = round(min(lasts, len(sound) + 1.0)) if 0 < lasts < math.inf else 0
    if length < 1:
        raise ValueError(f"frame must last a sample or more, {1 / rate:.2g} s, got {frame} s: try 0.02")
    loudest, relative = _relative(sound)
    if loudest == 0:
        return sound[:0].copy(), (0.0, 0.0)
    starts = np.arange(0, len(sound), length)
    energy = np.add.reduceat(relative**2, starts) / np.diff(np.append(starts, len(sound)))
    loud = np.flatnonzero(energy >= energy.max() * 10 ** (threshold / 10))
    start, end = int(loud[0]) * length, min((int(loud[-1]) + 1) * length, len(sound))
    return sound[start:end].copy(), (start / rate, end / rate)


def _relative(sound: np.ndarray) -> tuple[float, np.ndarray]:
    """The peak, and the sound beside it: dividing first keeps the squares of very soft sounds from vanishing."""
    loudest = float(np.abs(sound).max(initial=0.0))
    wide = sound.astype(np.float64)
    return loudest, wide / loudest if loudest else wide


def _rms(relative: np.ndarray) -> float:
    return float(np.sqrt(np.mean(relative**2)))


def _gain_for(sound: np.ndarray, noise: np.ndarray, snr_db: float) -> float:
    signal, beside = rms(sound), rms(noise)
    if signal == 0 or beside == 0:
        silent = "sound" if signal == 0 else "noise"
        raise ValueError(
            f"sound and noise must not be silent for an SNR of {snr_db:g} dB, got a silent {silent}: "
            "no gain brings that ratio about; use snr_db=np.inf for the sound alone"
        )
    gain = signal / beside * 10 ** (-snr_db / 20)
    if not sys.float_info.min <= gain <= sys.float_info.max:
        raise ValueError(
            f"sound and noise must be of levels that floats can compare, got {signal:g} and {beside:g}: "
            "bring both to full scale first, with normalize_loudness"
        )
    return gain
