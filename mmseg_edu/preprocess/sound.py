"""Sounds: one channel, another rate, filters, loudness, frames."""

from __future__ import annotations

import math

import numpy as np

from mmseg_edu.preprocess.arguments import (
    MOST_CHANNELS,
    checked_floats,
    checked_rate,
    checked_sound,
    checked_sounds,
    checked_whole,
)

# Hz. Scenes are drawn and sounds described at this rate: it carries what tells a voice or an instrument, up to 8 kHz.
RATE = 16_000


def to_mono(sound: np.ndarray) -> np.ndarray:
    r"""Mix the channels of a sound into one: their mean.

    .. math::
        m_n = \frac{1}{C} \sum_{c} x_{nc}

    Parameters
    ----------
    sound : (N,) or (N, C) floating point
        Time first, as scipy and soundfile read it.

    Returns
    -------
    (N,), same dtype
        A sound that is mono already comes back unchanged.

    Raises
    ------
    TypeError, ValueError
        For integers, NaN, and other shapes; also for more than 8 channels when there are fewer samples than
        channels, which means that the axes are the wrong way round.

    Notes
    -----
    Two channels that are exact opposites cancel to silence: that is physics, and a reason to listen to the
    result.

    Examples
    --------
    >>> import numpy as np
    >>> to_mono(np.array([[1.0, 0.0], [0.5, 0.5], [-1.0, 1.0]]))
    array([0.5, 0.5, 0. ])

    Lesson: 02_sound_preprocessing
    """
    sound = checked_floats(sound)
    if sound.ndim == 1:
        return sound
    if sound.ndim != 2 or sound.shape[1] == 0:
        raise ValueError(f"sound must have shape (N,) or (N, C), got {sound.shape}: give one recording")
    if sound.shape[1] > max(sound.shape[0], MOST_CHANNELS):
        raise ValueError(
            f"sound must have shape (N, C), time first, got {sound.shape}, more channels than samples: "
            "transpose it with sound.T"
        )
    return sound.mean(axis=1, dtype=np.float64).astype(sound.dtype)


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


def bandpass(
    sound: np.ndarray, rate: int, low: float | None, high: float | None, *, order: int = 4
) -> np.ndarray:
    r"""Keep the frequencies from ``low`` to ``high``, without shifting anything in time.

    A Butterworth filter run forwards and then backwards: the delays cancel, and the gain is the square of one
    run's,

    .. math::
        |H(f)|^2 \approx \frac{1}{1 + (f / f_c)^{2 \cdot \text{order}}} \quad \text{at the upper edge } f_c,

    so a tone exactly at an edge comes out at half its amplitude (-6 dB).

    Parameters
    ----------
    sound : (N,) floating point
    rate : int, Hz
    low, high : float, Hz, or None
        0 < low < high < rate / 2. None leaves that side open: ``bandpass(x, rate, None, 4000)`` is a
        low-pass.
    order : int, 1 or more
        Steepness of one run: far from the edge about 6 dB an octave for each, so twice that for both runs.

    Returns
    -------
    (N,), same dtype

    Raises
    ------
    TypeError, ValueError
        When the edges are not in order below ``rate / 2``, when both are None, or when the sound is not
        finite.

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

    sound, rate = checked_sound(sound), checked_rate("rate", rate)
    checked_whole("order", order, "4 is a good one")
    edges = [edge for edge in (low, high) if edge is not None]
    rising = all(a < b for a, b in zip([0.0, *edges], [*edges, rate / 2], strict=True))
    if not edges or not rising:
        raise ValueError(
            f"edges must satisfy 0 < low < high < rate / 2 = {rate / 2:g} Hz, got low={low}, high={high}: "
            "use None to leave one side open"
        )
    if sound.size == 0:
        return sound.copy()
    kind = "bandpass" if len(edges) == 2 else "highpass" if high is None else "lowpass"
    sections = butter(order, edges if len(edges) == 2 else edges[0], kind, fs=rate, output="sos")
    padding = min(len(sound) - 1, 3 * (2 * len(sections) + 1))
    return sosfiltfilt(sections, sound, padlen=padding).astype(sound.dtype)


def preemphasis(sound: np.ndarray, coefficient: float = 0.97) -> np.ndarray:
    r"""Lift the high frequencies, which natural sounds lack: each sample minus most of the one before.

    .. math::
        y_n = x_n - a\, x_{n-1}, \qquad y_0 = x_0, \qquad |H(f)| = |1 - a\, e^{-2 \pi i f / \text{rate}}|

    Parameters
    ----------
    sound : (N,) floating point
    coefficient : float in [0, 1]
        :math:`a`. The gain is :math:`1 - a` at 0 Hz and :math:`1 + a` at half the rate.

    Returns
    -------
    (N,), same dtype

    Raises
    ------
    TypeError, ValueError
        For a wrong shape, dtype or coefficient.

    Examples
    --------
    >>> import numpy as np
    >>> preemphasis(np.array([1.0, 1.0, 1.0, -1.0]), 0.5)
    array([ 1. ,  0.5,  0.5, -1.5])

    Lesson: 02_sound_preprocessing
    """
    sound = checked_sound(sound)
    if not 0 <= coefficient <= 1:
        raise ValueError(f"coefficient must lie in [0, 1], got {coefficient}: 0.97 is customary for speech")
    before = np.concatenate([np.zeros(1, sound.dtype), sound[:-1]])[: len(sound)]
    return (sound - coefficient * before).astype(sound.dtype)


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
        The gain stops at the peak, since clipping distorts; such a sound ends up softer than asked. Silence
        stays silence.

    Raises
    ------
    TypeError, ValueError
        For a wrong shape or dtype, NaN, a level above 0 dB, or a peak outside (0, 1].

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
    if not level <= 0:
        raise ValueError(f"level must be 0 dB or less, got {level}: 0 dB is full scale; try -20")
    if not 0 < peak <= 1:
        raise ValueError(f"peak must be above 0 and at most 1, got {peak}: 1 is full scale")
    loudest = float(np.abs(sound).max(initial=0.0))
    if loudest == 0:
        return sound.copy()
    # Dividing by the loudest first keeps the squares of very soft sounds from vanishing.
    relative = sound.astype(np.float64) / loudest
    rms = float(np.sqrt(np.mean(relative**2)))
    gain = min(10 ** (level / 20) / rms, peak)
    return np.clip(gain * relative, -peak, peak).astype(sound.dtype)


def split_frames(sound: np.ndarray, length: int, hop: int) -> np.ndarray:
    r"""Cut a sound into short frames that overlap when ``hop`` is less than ``length``.

    .. math::
        F_{tn} = x_{t \cdot \text{hop} + n}, \qquad 0 \le n < \text{length}, \qquad
        T = 1 + \lfloor (N - \text{length}) / \text{hop} \rfloor

    Parameters
    ----------
    sound : (..., N) floating point
        One sound or many.
    length, hop : int, samples, 1 or more
        25 ms and 10 ms are customary: ``length=400, hop=160`` at 16 kHz.

    Returns
    -------
    (..., T, length), same dtype
        A copy. Only whole frames: up to ``hop - 1`` samples at the end are left out.

    Raises
    ------
    TypeError, ValueError
        For a wrong shape or dtype, NaN, and a sound shorter than one frame; pad that with ``np.pad(sound, (0,
        missing))``.

    Examples
    --------
    >>> import numpy as np
    >>> split_frames(np.arange(7.0), length=4, hop=2)
    array([[0., 1., 2., 3.],
           [2., 3., 4., 5.]])

    Lesson: 02_sound_preprocessing
    """
    sound = checked_sounds(sound)
    for name, value in (("length", length), ("hop", hop)):
        checked_whole(name, value, "use round(s * rate)", of="samples")
    count = sound.shape[-1]
    if count < length:
        raise ValueError(
            f"sound must have at least length = {length} samples, got {count}: "
            f"pad it with np.pad(sound, (0, {length - count})) or choose a shorter length"
        )
    return np.lib.stride_tricks.sliding_window_view(sound, length, axis=-1)[..., ::hop, :].copy()
