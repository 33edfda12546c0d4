"""Features of a sound: log-mel spectrogram, MFCCs, their slopes, and 128 numbers for a whole sound.

Everything here is time first, (frames, coefficients), and works on many sounds at once: leading axes of the
sound stay leading axes of the result. librosa, which is time last and slow to import, stays inside.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import fft

from mmseg_edu.preprocess.arguments import ROUNDING, checked_rate, checked_sounds, checked_whole
from mmseg_edu.preprocess.sound import RATE, resample, split_frames

Array = NDArray[Any]

WINDOW = 0.032
HOP = 0.016
VECTOR_BANDS = 32
VECTOR_FLOOR = 1e-5

# Squares of a whole spectrum of such samples still fit into float32.
_LOUDEST = 1e12
_SMALLEST = 1e-38
# A spectrogram is several times as large as its sound, so batches go through in pieces of so many samples.
_PIECE = 2_000_000


def log_mel(
    sound: ArrayLike,
    rate: int,
    bands: int = 64,
    *,
    window: float = WINDOW,
    hop: float = HOP,
    floor: float = 1e-10,
) -> NDArray[np.float32]:
    r"""Log-mel spectrogram: how loud each mel band is in each frame, in decibels.

    .. math:: L_{t,b} = 10 \log_{10} \max\Big(\mathrm{floor}, \sum_f M_{b,f}\, |X_{t,f}|^2\Big)

    with X the short-time Fourier transform under a Hann window and M the mel filter bank, whose filters each
    have the same area.

    Parameters
    ----------
    sound : floating-point array of shape (..., N), usually in [-1, 1]; any scale up to 1e12
    rate : int, Hz
    bands : int, number of mel bands between 0 Hz and rate / 2
    window, hop : float, seconds: length of a frame and distance from one frame to the next, both rounded to
        whole samples
    floor : float >= 1e-38: power below it counts as this much, so that silence is a number and not -infinity

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
    floor.

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
    samples = _checked(sound, rate)
    length, step = _in_samples(window, "window", rate), _in_samples(hop, "hop", rate)
    checked_whole("bands", bands, "use 32, 64 or 128")
    if not _SMALLEST <= floor < np.inf:
        raise ValueError(
            f"floor must be above 0, {_SMALLEST:g} or more in float32, and finite, got {floor}: "
            "the logarithm of 0 is not a number; use 1e-10"
        )
    flat = samples.reshape(-1, samples.shape[-1])
    pieces = max(1, min(len(flat), -(-flat.size // _PIECE)))
    power = np.concatenate(
        [_mel_power(piece, rate, bands, length, step) for piece in np.array_split(flat, pieces)]
    )
    decibels = 10 * np.log10(np.maximum(power, np.float32(floor)))
    return decibels.reshape(*samples.shape[:-1], *decibels.shape[1:])


def mfcc(
    sound: ArrayLike,
    rate: int,
    count: int = 20,
    *,
    bands: int = 64,
    window: float = WINDOW,
    hop: float = HOP,
    floor: float = 1e-10,
) -> NDArray[np.float32]:
    r"""Mel-frequency cepstral coefficients: the shape of the spectrum of each frame, in a few numbers.

    .. math:: c_{t,m} = s_m \sum_{b=0}^{B-1} L_{t,b} \cos\frac{\pi m (2b + 1)}{2B},
              \qquad s_0 = \sqrt{1/B},\; s_{m>0} = \sqrt{2/B}

    where L is :func:`log_mel` with B bands: an orthonormal DCT-II along the bands, cut after ``count``
    numbers. Coefficient 0 is loudness (where no band reads the floor, twice the amplitude adds 6.02 sqrt(B)
    dB to it and nothing to the others), the low ones are timbre, the high ones, cut away, hold pitch.

    Parameters
    ----------
    sound : floating-point array of shape (..., N), usually in [-1, 1]
    rate : int, Hz
    count : int, 1 to bands: how many coefficients to keep
    bands, window, hop, floor : as in :func:`log_mel`

    Returns
    -------
    array of shape (..., frames, count), float32
        Silence gives (10 log10(floor) sqrt(B), 0, 0, ...) in every frame.

    Raises
    ------
    TypeError, ValueError
        If count is not a whole number in 1..bands, or for what :func:`log_mel` refuses.

    References
    ----------
    Davis & Mermelstein (1980), IEEE Transactions on Acoustics, Speech, and Signal Processing 28(4).

    Examples
    --------
    Louder is louder, but the timbre stays:

    >>> import numpy as np
    >>> noise = np.random.default_rng(0).uniform(-0.1, 0.1, 16000)
    >>> change = mfcc(2 * noise, 16000) - mfcc(noise, 16000)
    >>> [round(abs(float(c)), 1) for c in change[0, :4]]
    [48.2, 0.0, 0.0, 0.0]

    Lesson: 04_mfcc_features
    """
    checked_whole("count", count, "use 13 or 20")
    checked_whole("bands", bands, "use 32, 64 or 128")
    if count > bands:
        raise ValueError(
            f"count must be between 1 and bands = {bands}, got {count}: "
            f"a DCT of {bands} numbers has {bands} coefficients; ask for fewer or raise bands"
        )
    spectrogram = log_mel(sound, rate, bands, window=window, hop=hop, floor=floor)
    return fft.dct(spectrogram, type=2, norm="ortho", axis=-1)[..., :count]


def deltas(features: ArrayLike, reach: int = 2) -> Array:
    r"""Slope of every feature over time: the least-squares line through 2 reach + 1 frames.

    .. math:: d_t = \frac{\sum_{n=1}^{R} n\,(c_{t+n} - c_{t-n})}{2 \sum_{n=1}^{R} n^2}

    Parameters
    ----------
    features : array of shape (..., frames, coefficients)
    reach : int >= 1, frames to either side (R)

    Returns
    -------
    array of the same shape, in units of the feature per frame
        Beyond the ends the first and the last frame repeat, so a single frame has slope 0.

    Raises
    ------
    ValueError
        If features has fewer than two axes or is not finite, or reach is not a whole number, 1 or more.

    References
    ----------
    Furui (1986), IEEE Transactions on Acoustics, Speech, and Signal Processing 34(1).

    Examples
    --------
    >>> import numpy as np
    >>> deltas(3 * np.arange(7.0)[:, None])[2:5, 0].tolist()
    [3.0, 3.0, 3.0]

    Lesson: 04_mfcc_features
    """
    values = np.asarray(features)
    if values.ndim < 2 or 0 in values.shape:
        raise ValueError(
            f"features must have shape (..., frames, coefficients), got {values.shape}: add the missing axis"
        )
    checked_whole("reach", reach, "use 2 frames")
    if not np.isfinite(values).all():
        raise ValueError("features must be finite, got NaN or infinity: clean the sound that they come from")
    values = values.astype(np.result_type(values.dtype, np.float32), copy=False)
    frames = values.shape[-2]
    padded = np.pad(values, [(0, 0)] * (values.ndim - 2) + [(reach, reach), (0, 0)], mode="edge")
    slope = np.zeros_like(values)
    for n in range(1, reach + 1):
        slope += n * (
            padded[..., reach + n : reach + n + frames, :] - padded[..., reach - n : reach - n + frames, :]
        )
    return slope / (2 * sum(n * n for n in range(1, reach + 1)))


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
    samples = _checked(sound, rate)
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


def _checked(sound: ArrayLike, rate: int) -> NDArray[np.float32]:
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
    samples = round(seconds * rate) if np.isfinite(seconds) else 0
    if samples < 2:
        raise ValueError(
            f"{name} must last two samples or more (at {rate} Hz: {2 / rate:.2g} s), got {seconds} s: "
            f"times are in seconds, not samples"
        )
    return samples


def _mel_power(sounds: NDArray[np.float32], rate: int, bands: int, length: int, step: int) -> Array:
    """Power in each mel band of frames centred on 0, step, 2 step, ...; beyond the ends there is silence."""
    from scipy.signal import get_window

    before = length // 2
    padded = np.pad(sounds, [(0, 0)] * (sounds.ndim - 1) + [(before, length - before)])
    frames = split_frames(padded, length, step)
    frames *= get_window("hann", length).astype(np.float32)
    spectrum = np.abs(fft.rfft(frames, axis=-1))
    return np.square(spectrum, out=spectrum) @ _mel_filters(rate, length, bands).T


def _mel_filters(rate: int, length: int, bands: int) -> NDArray[np.float32]:
    import warnings

    from librosa.filters import mel

    with warnings.catch_warnings():
        # A filter that falls between two frequencies reads the floor, which is what the docstring promises.
        warnings.filterwarnings("ignore", message="Empty filters")
        return mel(sr=rate, n_fft=length, n_mels=bands)
