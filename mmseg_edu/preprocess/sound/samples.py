"""Samples as they were stored, brought to float32 in [-1, 1]; channels into one; how much is clipped."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmseg_edu.preprocess.arguments import (
    MOST_CHANNELS,
    ROUNDING,
    as_array,
    checked_floats,
    checked_number,
    checked_room,
    is_whole,
    shown,
)

# dtype -> what stands for silence, and what for full scale.
_STORED = {"uint8": (128, 2**7), "int16": (0, 2**15), "int32": (0, 2**31)}
_FULL_SCALE_OF_24_BITS = 2**23
_LARGEST_OF_16_BITS = 32767 / 32768


def to_float(
    samples: ArrayLike, *, channel_axis: int | None = None, bits: int | None = None
) -> NDArray[np.float32]:
    r"""Bring samples as a file stores them to float32 in [-1, 1], samples first.

    .. math::
        x = \frac{s - s_0}{2^{b - 1}}

    ============== ==== ========= ====================================================================
    dtype          b    :math:`s_0` holds
    ============== ==== ========= ====================================================================
    uint8          8    128       8-bit WAV, which is unsigned: silence is 128
    int16          16   0         16 bits
    int32          32   0         32 bits, and 24 bits in the upper three bytes, as SciPy reads them
    int32, bits=24 24   0         24 bits in the lower three bytes, with their sign
    floating point      0         already waves: kept
    ============== ==== ========= ====================================================================

    Parameters
    ----------
    samples : (N,) mono, (N, C) or (C, N), of a dtype of the table
    channel_axis : int, optional
        Which axis of two holds the channels, any number of them: 1 for (N, C), 0 for (C, N). Without it, the
        axis of 8 or fewer is taken for the channels where the other one is longer than that.
    bits : 24, optional
        For int32 whose values are those of 24-bit samples.

    Returns
    -------
    (N,) or (N, C), float32, in [-1, 1]

    Raises
    ------
    TypeError
        For other dtypes.
    ValueError
        When either axis could hold the channels; for uint8 of shape (N, 3), which looks like 24-bit samples
        of three bytes each (pack those as in the second example, or say channel_axis=1); for floats beyond
        [-1, 1], NaN and infinity; for ``bits=24`` and values that need more.

    Notes
    -----
    No samples give no samples, silence (128 in uint8) gives zeros, and the one value that has no positive
    twin gives -1. A clipped sound comes back as it was clipped: :func:`clipped_share` says how much of it.

    Examples
    --------
    >>> import numpy as np
    >>> to_float(np.array([0, 128, 192, 255], np.uint8))
    array([-1.       ,  0.       ,  0.5      ,  0.9921875], dtype=float32)

    Three bytes a sample, the lowest first: an empty byte below makes 32 bits of them.

    >>> stored = np.array([[0, 0, 64], [0, 0, 192]], np.uint8)
    >>> to_float(np.pad(stored, ((0, 0), (1, 0))).view("<i4")[:, 0])
    array([ 0.5, -0.5], dtype=float32)

    Lesson: 02_sound_preprocessing
    """
    stored = as_array("samples", samples)
    first = _samples_first(stored, channel_axis)
    if np.issubdtype(stored.dtype, np.floating):
        return _checked_waves(first)
    name = stored.dtype.name
    if name not in _STORED:
        raise TypeError(
            f"samples must be uint8, int16, int32 or floating point, got {name}: "
            "turn them into the type that the file holds, with samples.astype(np.int16) for 16 bits"
        )
    middle, full_scale = _STORED[name]
    if bits is not None:
        full_scale = _checked_bits(first, bits)
    return ((first.astype(np.float64) - middle) / full_scale).astype(np.float32)


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
    result. No samples give no samples. Where one channel is clipped and another is not, the mean hides it:
    ask :func:`clipped_share` before.

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
    with np.errstate(over="ignore", invalid="ignore"):
        return checked_room(sound.mean(axis=1, dtype=np.float64).astype(sound.dtype), sound)


def clipped_share(sound: np.ndarray, level: float = _LARGEST_OF_16_BITS) -> float:
    r"""Say which share of the samples lies at full scale: what was louder was cut off there.

    .. math::
        \frac{1}{N} \, \bigl|\{ n : |x_n| \ge \text{level} \}\bigr|

    Parameters
    ----------
    sound : floating point of any shape
        Channels and samples alike.
    level : float, (0, 1]
        Where clipping begins. The default is the largest sample of a 16-bit file; for 8 bits it is 127 / 128.

    Returns
    -------
    float in [0, 1]
        A sound scaled to a peak of 1 has its few largest samples there too, so judge by the share: of a sine
        turned up by 6 dB and clipped it is two thirds. A sound that was turned down after it was clipped reads
        0.

    Raises
    ------
    TypeError, ValueError
        For integers, NaN, infinity, and a level outside (0, 1].

    Notes
    -----
    No samples, and silence: 0.

    Examples
    --------
    >>> import numpy as np
    >>> tone = np.sin(2 * np.pi * 100 * np.arange(1600) / 16000)
    >>> round(clipped_share(np.clip(2 * tone, -1, 1)), 2), clipped_share(0.9 * tone)
    (0.66, 0.0)

    Lesson: 02_sound_preprocessing
    """
    sound = checked_floats(sound)
    if not 0 < checked_number("level", level, "1 is full scale") <= 1:
        raise ValueError(f"level must be above 0 and at most 1, got {level}: 1 is full scale")
    return float(np.mean(np.abs(sound) >= level)) if sound.size else 0.0


def _samples_first(stored: np.ndarray, channel_axis: int | None) -> np.ndarray:
    """Turn (C, N) into (N, C), and refuse to guess."""
    if stored.ndim not in (1, 2):
        raise ValueError(
            f"samples must have shape (N,), (N, C) or (C, N), got {stored.shape}: give one sound"
        )
    if stored.ndim == 1:
        return stored
    if channel_axis is None:
        if stored.dtype == np.uint8 and stored.shape[1] == 3:
            raise ValueError(
                f"uint8 samples of shape {stored.shape} could be 24-bit samples of three bytes: pack those into "
                "int32, as to_float's example does, or say channel_axis=1 for three channels of 8 bits"
            )
        short = [axis for axis in (0, 1) if 0 < stored.shape[axis] <= MOST_CHANNELS < stored.shape[1 - axis]]
        if not short:
            raise ValueError(
                f"samples of shape {stored.shape} could hold their channels in either axis: "
                "say channel_axis=1 for (N, C), samples first, or channel_axis=0 for (C, N)"
            )
        channel_axis = short[0]
    if not is_whole(channel_axis) or channel_axis not in (-2, -1, 0, 1):
        raise ValueError(f"channel_axis must be 0 for (C, N) or 1 for (N, C), got {shown(channel_axis)}")
    return stored.T if channel_axis % 2 == 0 else stored


def _checked_waves(sound: np.ndarray) -> NDArray[np.float32]:
    loudest = float(np.abs(checked_floats(sound)).max(initial=0.0))
    if loudest > 1 + ROUNDING:
        raise ValueError(
            f"floating-point samples must lie in [-1, 1], got {loudest:g}: divide them by their full scale "
            "(32768 for 16 bits), or cut off with np.clip what a file recorded beyond it"
        )
    return np.clip(sound, -1, 1).astype(np.float32)


def _checked_bits(stored: np.ndarray, bits: int) -> int:
    if not is_whole(bits) or bits != 24 or stored.dtype.name != "int32":
        raise ValueError(
            f"bits must be 24, and the samples int32, got bits={shown(bits)} and {stored.dtype.name}: "
            "leave bits out, the other types say themselves how many they hold"
        )
    full = _FULL_SCALE_OF_24_BITS
    if stored.size and not (-full <= stored.min() and stored.max() < full):
        raise ValueError(
            f"24-bit samples must lie in [{-full}, {full - 1}], got {stored.min()} to {stored.max()}: "
            "they stand in the upper three bytes; leave bits out"
        )
    return full
