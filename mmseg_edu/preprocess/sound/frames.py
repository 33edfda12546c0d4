"""Short frames of a sound."""

from __future__ import annotations

import numpy as np

from mmseg_edu.preprocess.arguments import checked_sounds, checked_whole


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

    Notes
    -----
    Samples are copied as they are: frames of silence are zeros, frames of a clipped sound are clipped.

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
