"""From frames to spectra and back: windows, the short-time Fourier transform, and its inverse."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmseg_edu.preprocess.arguments import as_array, checked_room, checked_sounds, checked_whole, is_whole
from mmseg_edu.preprocess.sound.frames import split_frames

# Least share of the best-covered sample's weight: below it, rounding grows more than a thousandfold.
_LEAST_COVER = 1e-6


def hann(length: int) -> NDArray[np.float64]:
    r"""Give a Hann window: one arch of a cosine, which fades a frame in and out.

    .. math::
        w_n = \tfrac{1}{2} - \tfrac{1}{2} \cos \frac{2 \pi n}{N}, \qquad 0 \le n < N

    Parameters
    ----------
    length : int, samples, 1 or more

    Returns
    -------
    (length,) float64, in [0, 1]
        Periodic, as spectra want it: for an even length, shifted copies half a length apart add up to 1.

    Raises
    ------
    ValueError
        For a length that is no whole number, 1 or more.

    Notes
    -----
    One sample gives [1.], a window that changes nothing. A rectangular window is ``np.ones(length)``.

    References
    ----------
    scipy.signal.windows.hann; Harris (1978), Proceedings of the IEEE 66(1).

    Examples
    --------
    >>> hann(4)
    array([0. , 0.5, 1. , 0.5])

    Lesson: 02_sound_preprocessing
    """
    count = checked_whole("length", length, "try 512", of="samples")
    if count == 1:
        return np.ones(1)
    # Not scipy's: importing scipy.signal takes most of a second, which the first spectrogram would pay.
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(count) / count)


def hamming(length: int) -> NDArray[np.float64]:
    r"""Give a Hamming window: a Hann window on a pedestal, with less leakage next to a tone and more far away.

    .. math::
        w_n = 0.54 - 0.46 \cos \frac{2 \pi n}{N}, \qquad 0 \le n < N

    Parameters
    ----------
    length : int, samples, 1 or more

    Returns
    -------
    (length,) float64, in [0.08, 1]
        Periodic: for an even length, copies half a length apart add up to 1.08.

    Raises
    ------
    ValueError
        For a length that is no whole number, 1 or more.

    References
    ----------
    scipy.signal.windows.hamming; Harris (1978), Proceedings of the IEEE 66(1).

    Examples
    --------
    >>> hamming(4)
    array([0.08, 0.54, 1.  , 0.54])
    """
    from scipy.signal.windows import hamming

    return hamming(checked_whole("length", length, "try 512", of="samples"), sym=False)


def blackman(length: int) -> NDArray[np.float64]:
    r"""Give a Blackman window: the least leakage of these three, and the widest peak for each tone.

    .. math::
        w_n = 0.42 - 0.5 \cos \frac{2 \pi n}{N} + 0.08 \cos \frac{4 \pi n}{N}, \qquad 0 \le n < N

    Parameters
    ----------
    length : int, samples, 1 or more

    Returns
    -------
    (length,) float64, in [0, 1], to rounding
        Periodic: for a length that divides by 3, copies a third of it apart add up to 1.26.

    Raises
    ------
    ValueError
        For a length that is no whole number, 1 or more.

    References
    ----------
    scipy.signal.windows.blackman; Harris (1978), Proceedings of the IEEE 66(1).

    Examples
    --------
    >>> blackman(4).round(2) + 0.0
    array([0.  , 0.34, 1.  , 0.34])
    """
    from scipy.signal.windows import blackman

    return blackman(checked_whole("length", length, "try 512", of="samples"), sym=False)


def overlap_sum(window: ArrayLike, hop: int) -> NDArray[np.float64]:
    r"""Add up copies of a window that lie ``hop`` apart: how much each sample counts once all frames are taken.

    .. math::
        s_n = \sum_{t} w_{n + t \cdot \text{hop}}, \qquad 0 \le n < \text{hop}

    Parameters
    ----------
    window : (length,) floating point
    hop : int, samples, 1 or more

    Returns
    -------
    (hop,) float64
        One period of the sum. All the same: constant overlap-add, every sample counts alike. A 0 in it: that
        sample is in no frame, or only where the window is 0.

    Raises
    ------
    TypeError, ValueError
        For a window that is no finite (length,) array of floats (NaN), and a hop that is no whole number.

    References
    ----------
    Allen and Rabiner (1977), Proceedings of the IEEE 65(11).

    Examples
    --------
    >>> overlap_sum(hann(8), 4)
    array([1., 1., 1., 1.])
    >>> overlap_sum(hann(8), 8).round(2)
    array([0.  , 0.15, 0.5 , 0.85, 1.  , 0.85, 0.5 , 0.15])

    Lesson: 02_sound_preprocessing
    """
    values = _checked_window(window)
    hop = checked_whole("hop", hop, "a quarter of the window is a good one", of="samples")
    padded = np.pad(values, (0, -len(values) % hop))
    return padded.reshape(-1, hop).sum(axis=0)


def stft(sound: np.ndarray, window: ArrayLike, hop: int) -> NDArray[np.complexfloating]:
    r"""Short-time Fourier transform: which frequencies sound, frame by frame.

    .. math::
        X_{tf} = \sum_{n=0}^{L-1} w_n\, x_{t \cdot \text{hop} + n - \lfloor L/2 \rfloor}\,
        e^{-2 \pi i f n / L}, \qquad 0 \le f \le \lfloor L/2 \rfloor

    Parameters
    ----------
    sound : (..., N) floating point
        One sound or many. Before and after it is silence.
    window : (L,) floating point
        Such as ``hann(512)``; its length is the length of a frame.
    hop : int, samples, 1 or more
        From one frame to the next; a quarter or half of L is customary.

    Returns
    -------
    (..., T, L // 2 + 1), complex64 for float32, complex128 for float64
        Time first. Frame t is centred on sample t * hop, and T = 1 + ceil(N / hop), so that each sample lies
        between the centres of two frames. Bin f is at ``f * rate / L`` Hz (``np.fft.rfftfreq(L, 1 / rate)``).
        A tone of amplitude 1 in the middle of a bin reads half the sum of the window.

    Raises
    ------
    TypeError, ValueError
        For NaN, integers, channels last, and a window or hop that is none.

    Notes
    -----
    No samples give one frame of zeros; silence gives zeros. Samples are not judged: a clipped sound shows the
    harmonics that the clipping added.

    References
    ----------
    Allen and Rabiner (1977), Proceedings of the IEEE 65(11).

    Examples
    --------
    A tone of 1,000 Hz, in bins 31.25 Hz apart:

    >>> import numpy as np
    >>> tone = np.sin(2 * np.pi * 1000 * np.arange(16000) / 16000)
    >>> spectrum = np.abs(stft(tone, hann(512), 128))
    >>> spectrum.shape, int(spectrum[60].argmax()), float(spectrum[60].max().round(3))
    ((126, 257), 32, 128.0)

    Lesson: 02_sound_preprocessing
    """
    from scipy.fft import rfft

    sound, values = checked_sounds(sound), _checked_window(window)
    hop = checked_whole("hop", hop, "a quarter of the window is a good one", of="samples")
    length, count = len(values), sound.shape[-1]
    last = -(-count // hop) * hop
    around = (length // 2, last - count + length - length // 2)
    padded = np.pad(sound, [(0, 0)] * (sound.ndim - 1) + [around])
    real = np.result_type(sound.dtype, np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        return checked_room(rfft(split_frames(padded, length, hop) * values.astype(real), axis=-1), sound)


def istft(
    spectrum: np.ndarray, window: ArrayLike, hop: int, count: int | None = None
) -> NDArray[np.floating]:
    r"""Turn a short-time Fourier transform back into the sound that fits it best.

    Each spectrum becomes a frame :math:`y_t` again, the frames are laid over each other, and each sample is
    divided by what it counted:

    .. math::
        \hat{x}_n = \frac{\sum_t w_{n - t \cdot \text{hop}}\; y_{t,\, n - t \cdot \text{hop}}}
        {\sum_t w_{n - t \cdot \text{hop}}^2}

    Parameters
    ----------
    spectrum : (..., T, L // 2 + 1) complex
        As :func:`stft` gives it, changed or not.
    window : (L,) floating point
        The window that it was taken with.
    hop : int, samples
        The hop that it was taken with.
    count : int, samples, optional
        How long the sound was, from 0 to (T - 1) * hop; all of that by default, since T alone tells the length
        only to a hop.

    Returns
    -------
    (..., count), float32 or float64
        Of an unchanged transform the sound itself, to rounding, for every window and hop that cover all
        samples: those with constant overlap-add and many more. Of a changed one, the sound whose transform is
        nearest in the sense of least squares.

    Raises
    ------
    TypeError, ValueError
        For NaN, a shape that does not fit the window, a count that the frames do not reach, and a window and
        hop that leave a sample uncovered, such as a Hann window with a hop of its whole length.

    Notes
    -----
    No frames are refused; one frame gives no samples by default. Zeros give silence. What the sound was
    clipped at is not known here: the result is as large as the spectrum says.

    References
    ----------
    Griffin and Lim (1984), IEEE Transactions on Acoustics, Speech, and Signal Processing 32(2), equation 6.

    Examples
    --------
    >>> import numpy as np
    >>> sound = np.random.default_rng(0).uniform(-1, 1, 1000)
    >>> again = istft(stft(sound, hann(64), 16), hann(64), 16, count=1000)
    >>> bool(np.abs(again - sound).max() < 1e-12)
    True

    Lesson: 02_sound_preprocessing
    """
    from scipy.fft import irfft

    values = _checked_window(window)
    hop = checked_whole("hop", hop, "give the one of the stft", of="samples")
    spectrum = _checked_spectrum(spectrum, len(values))
    times, length, before = spectrum.shape[-2], len(values), len(values) // 2
    kept = _checked_count(count, times, hop)
    with np.errstate(over="ignore", invalid="ignore"):
        frames = checked_room(irfft(spectrum, n=length, axis=-1) * values, spectrum, "spectrum")
    total, cover = (
        np.zeros((*frames.shape[:-2], (times - 1) * hop + length)),
        np.zeros((times - 1) * hop + length),
    )
    for t in range(times):
        total[..., t * hop : t * hop + length] += frames[..., t, :]
        cover[t * hop : t * hop + length] += values**2
    total, cover = total[..., before : before + kept], cover[before : before + kept]
    if kept and cover.min() <= _LEAST_COVER * overlap_sum(values**2, hop).max():
        raise ValueError(
            f"window and hop must cover each sample, got a hop of {hop} for a window of {length} samples "
            "that leaves some out: take a smaller hop, a quarter of the window"
        )
    return (total / cover).astype(spectrum.real.dtype)


def _checked_window(window: ArrayLike) -> NDArray[np.float64]:
    values = as_array("window", window)
    if not np.issubdtype(values.dtype, np.floating) or values.ndim != 1 or values.size == 0:
        raise TypeError(
            f"window must be floats of shape (L,), got {values.dtype.name} of shape {values.shape}: "
            "try hann(512)"
        )
    wide = values.astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        power = float(np.square(wide).sum())
    if not 0 < power < np.inf:
        raise ValueError(
            f"window must be finite and not all zero, nor too large or small to square, got {values.min():g} to "
            f"{values.max():g}: try hann(512)"
        )
    return wide


def _checked_spectrum(spectrum: np.ndarray, length: int) -> np.ndarray:
    spectrum = as_array("spectrum", spectrum)
    if not np.issubdtype(spectrum.dtype, np.complexfloating):
        raise TypeError(
            f"spectrum must be complex, got {spectrum.dtype.name}: a magnitude alone has lost its phase; "
            "keep what stft returned"
        )
    if spectrum.ndim < 2 or spectrum.shape[-1] != length // 2 + 1 or spectrum.shape[-2] == 0:
        raise ValueError(
            f"spectrum must have shape (..., T, L // 2 + 1) = (..., T, {length // 2 + 1}) for a window of "
            f"{length} samples, got {spectrum.shape}: give the window that it was taken with, time first"
        )
    if not np.isfinite(spectrum).all():
        raise ValueError("spectrum must be finite, got NaN or infinity: one such number would spoil a frame")
    return spectrum


def _checked_count(count: int | None, times: int, hop: int) -> int:
    most = (times - 1) * hop
    if count is None:
        return most
    if is_whole(count) and count == 0:
        return 0
    if checked_whole("count", count, "give the length of the sound", of="samples") > most:
        raise ValueError(
            f"count must be at most (T - 1) * hop = {most} samples, got {count}: the frames reach no further"
        )
    return int(count)
