"""Mel-frequency cepstral coefficients, and how features change over time."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import fft

from mmseg_edu.features.spectrogram import HOP, WINDOW, Taper, log_mel
from mmseg_edu.preprocess.arguments import as_array, checked_whole, is_finite, shown
from mmseg_edu.preprocess.sound import hann

Array = NDArray[Any]

# Longer ones lift nothing that float32 could tell from a straight line.
_LONGEST_LIFTER = 1e6


def mfcc(
    sound: ArrayLike,
    rate: int,
    count: int = 20,
    *,
    bands: int = 64,
    window: float = WINDOW,
    hop: float = HOP,
    floor: float = 1e-10,
    dct_type: int = 2,
    ortho: bool = True,
    lifter: float = 0.0,
    taper: Taper = hann,
    power: float = 2.0,
    low: float = 0.0,
    high: float | None = None,
    htk: bool = False,
    equal_area: bool = True,
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
    dct_type : int, 1, 2 or 3: the cosine transform as ``scipy.fft.dct`` numbers them
    ortho : bool
        True: the transform is a rotation (above). False: s_m = 2, as scipy's ``norm=None``.
    lifter : float >= 0
        0 for none; otherwise coefficient m is multiplied by :math:`1 + \frac{l}{2} \sin(\pi (m + 1) / l)`,
        which lifts those in the middle, m + 1 near l / 2, to about the size of the first.
    bands, window, hop, floor, taper, power, low, high, htk, equal_area : as in :func:`log_mel`

    Returns
    -------
    array of shape (..., frames, count), float32
        Silence gives (10 log10(floor) sqrt(B), 0, 0, ...) in every frame, unless told otherwise.

    Raises
    ------
    TypeError, ValueError
        If count is not a whole number in 1..bands, dct_type or lifter is out of its range, or for what
        :func:`log_mel` refuses.

    Notes
    -----
    Equals ``librosa.feature.mfcc`` of that spectrogram, transposed, with ``n_mfcc=count``, ``norm="ortho"`` or
    None, and the same ``dct_type`` and ``lifter``: to 1e-5 of the largest coefficient for recordings, which are
    never free of noise, and to 1e-4 for a clean tone, some of whose bands lie 100 dB below the loudest. The
    toolkit HTK counts the lifter's sine from m, not from m + 1.

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
    _check_cepstrum(count, bands, dct_type, lifter)
    spectrogram = log_mel(
        sound, rate, bands, window=window, hop=hop, floor=floor, taper=taper, power=power,
        low=low, high=high, htk=htk, equal_area=equal_area,
    )  # fmt: skip
    cepstrum = fft.dct(spectrogram, type=dct_type, norm="ortho" if ortho else None, axis=-1)[..., :count]
    if lifter:
        sine = np.sin(np.pi * np.arange(1, count + 1) / lifter)
        cepstrum = cepstrum * (1 + lifter / 2 * sine).astype(np.float32)
    return cepstrum


def _check_cepstrum(count: int, bands: int, dct_type: int, lifter: float) -> None:
    checked_whole("count", count, "use 13 or 20")
    checked_whole("bands", bands, "use 32, 64 or 128")
    if count > bands:
        raise ValueError(
            f"count must be between 1 and bands = {bands}, got {count}: "
            f"a DCT of {bands} numbers has {bands} coefficients; ask for fewer or raise bands"
        )
    checked_whole("dct_type", dct_type, "2 is what MFCC means")
    if dct_type not in (1, 2, 3) or (dct_type == 1 and bands < 2):
        raise ValueError(
            f"dct_type must be 1 (two bands or more), 2 or 3, got {dct_type!r} with {bands} bands: "
            "2 is what MFCC means"
        )
    if not (is_finite(lifter) and (lifter == 0 or 1 / _LONGEST_LIFTER <= lifter <= _LONGEST_LIFTER)):
        raise ValueError(
            f"lifter must be 0 or more and finite, got {shown(lifter)}: 0 is none, 22 is customary, "
            f"{1 / _LONGEST_LIFTER:g} the least and {_LONGEST_LIFTER:g} the most"
        )


def deltas(features: ArrayLike, reach: int = 2, *, whole_lines: bool = False) -> Array:
    r"""Slope of every feature over time: the least-squares line through 2 reach + 1 frames.

    .. math:: d_t = \frac{\sum_{n=1}^{R} n\,(c_{t+n} - c_{t-n})}{2 \sum_{n=1}^{R} n^2}

    Parameters
    ----------
    features : array of shape (..., frames, coefficients)
    reach : int >= 1, frames to either side (R)
    whole_lines : bool
        False: beyond the ends the first and the last frame repeat. True: nothing is made up beyond the ends;
        the first and the last R frames take the slope of the nearest line that lies wholly inside.

    Returns
    -------
    array of the same shape, in units of the feature per frame
        A single frame has slope 0, unless whole lines are asked for.

    Raises
    ------
    TypeError
        If features are not real numbers.
    ValueError
        If features has fewer than two axes or is not finite, reach is not a whole number, 1 or more, or there
        are fewer than 2 reach + 1 frames for a whole line.

    Notes
    -----
    This is the Savitzky-Golay filter of degree 1 (``scipy.signal.savgol_filter``) with the names of speech
    processing. Equals ``librosa.feature.delta`` with ``width=2 * reach + 1`` and mode "nearest", or "interp" for
    whole lines. Deltas of deltas are how HTK and this package take a second slope; librosa's ``order=2`` fits a
    parabola instead.

    References
    ----------
    Furui (1986), IEEE Transactions on Acoustics, Speech, and Signal Processing 34(1).

    Examples
    --------
    >>> import numpy as np
    >>> rising = 3 * np.arange(7.0)[:, None]
    >>> deltas(rising)[:, 0].round(9).tolist()
    [1.5, 2.4, 3.0, 3.0, 3.0, 2.4, 1.5]
    >>> deltas(rising, whole_lines=True)[:, 0].round(9).tolist()
    [3.0, 3.0, 3.0, 3.0, 3.0, 3.0, 3.0]

    Lesson: 04_mfcc_features
    """
    # Importing it takes most of a second, which who only wants MFCCs need not pay.
    from scipy.signal import savgol_filter

    values = _checked_features(features)
    checked_whole("reach", reach, "use 2 frames")
    frames = values.shape[-2]
    if whole_lines and frames < 2 * reach + 1:
        raise ValueError(
            f"features must have 2 reach + 1 = {2 * reach + 1} frames or more for a whole line, got {frames}: "
            "lower reach or let the end frames repeat, whole_lines=False"
        )
    ends = "interp" if whole_lines else "nearest"
    # A slope does not change with what all frames share, and without it that of a constant is exactly 0.
    changes = values - values[..., :1, :]
    slope: Array = savgol_filter(changes, 2 * reach + 1, polyorder=1, deriv=1, axis=-2, mode=ends)
    return slope


def _checked_features(features: ArrayLike) -> Array:
    values = as_array("features", features)
    if values.ndim < 2 or 0 in values.shape:
        raise ValueError(
            f"features must have shape (..., frames, coefficients), got {values.shape}: add the missing axis"
        )
    if values.dtype.kind not in "biuf":
        raise TypeError(
            f"features must be real numbers, got {values.dtype.name}: take np.abs of a spectrum first"
        )
    if not np.isfinite(values).all():
        raise ValueError("features must be finite, got NaN or infinity: clean the sound that they come from")
    return values.astype(np.result_type(values.dtype, np.float32), copy=False)
