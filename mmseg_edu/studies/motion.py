"""A third witness: something moves here in time with the sound. What it is, the witness cannot know."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mmseg_edu.clip import Clip
from mmseg_edu.preprocess.video import motion_energy, onset_strength

Array = NDArray[np.floating]
CELLS = 16
# Edges of the bins of agreement: below the first lie the cells that move against the sound; exact stillness, which
# is 0, lies in the bin above.
EDGES = np.array([0.0, 0.15, 0.3, 0.45, 0.6, 0.75])


def agreement(clip: Clip) -> Array:
    r"""Correlate, in each cell of a grid, how much moves with how much the sound rises, frame by frame.

    .. math:: r_c = \operatorname{corr}_t\big(\sqrt{e_{tc}},\; o_t\big), \qquad t = 1, \dots, T - 1

    with the motion energy e of the cell and the onset strength o.

    Parameters
    ----------
    clip : Clip of T >= 3 frames, with a sound

    Returns
    -------
    array (16, 16) in [-1, 1]
        0 where nothing moves, and everywhere where nothing sounds.

    Raises
    ------
    ValueError
        If the clip has no sound track: that is no silence, but nothing known.

    Examples
    --------
    >>> from mmseg_edu.scenes import make_clip
    >>> agreement(make_clip(0, size=32, fps=12.0)).shape
    (16, 16)
    """
    if clip.sound is None or clip.rate is None:
        raise ValueError(
            "clip must have a sound track, got none: motion is compared with when the sound rises"
        )
    moves = np.sqrt(motion_energy(clip.frames, cells=CELLS)[1:])
    rises = onset_strength(clip.sound, clip.rate, clip.times)[1:]
    moves, rises = moves - moves.mean(axis=0), rises - rises.mean()
    size = np.sqrt((moves**2).sum(axis=0) * (rises**2).sum())
    together = np.tensordot(rises, moves, axes=1)
    return np.asarray(np.where(size > 1e-9, together / np.where(size > 1e-9, size, 1), 0.0))


def fit_motion(clips: list[Clip], frame: int) -> Array:
    """Count, for each bin of agreement, how often a pixel of such a cell belongs to a thing that sounds.

    Parameters
    ----------
    clips : list of Clip, with labels, of a size that the 16 x 16 cells divide
    frame : int, index of the frame whose labels count

    Returns
    -------
    array (7,) in (0, 1)
        The share of sounding pixels below and between the edges 0, 0.15, ... 0.75, and above. One pixel of each kind is
        added, so that a bin without pixels says one half, and none says never.

    Examples
    --------
    >>> from mmseg_edu.scenes import make_clip
    >>> fit_motion([make_clip(0, size=32, fps=12.0)], frame=4).shape
    (7,)

    Lesson: 17_choosing_a_fusion
    """
    bins = np.stack([_bins(clip) for clip in clips]).ravel()
    sounding = np.stack([clip.labels[frame] > 0 for clip in clips if clip.labels is not None]).ravel()
    hits, all_ = (np.bincount(bins, weights, len(EDGES) + 1) for weights in (sounding, None))
    return np.asarray((hits + 1) / (all_ + 2))


def witness_motion(clip: Clip, shares: Array, prior: Array) -> Array:
    r"""Say what the motion alone says: P(class of the sounding thing at this pixel | motion, onsets).

    .. math:: P(k \mid r) = s(r)\, \frac{P(k)}{1 - P(0)} \quad (k \ge 1), \qquad P(0 \mid r) = 1 - s(r)

    with the share s(r) of sounding pixels in cells of such an agreement: which class sounds it cannot know, so it
    says of each what the prior says.

    Parameters
    ----------
    clip : Clip of T frames of size (H, W) that the 16 x 16 cells divide
    shares : (7,) in (0, 1), from :func:`fit_motion`
    prior : (K,), in (0, 1), sums to 1

    Returns
    -------
    array (H, W, K), sums to 1 over K

    Examples
    --------
    >>> from mmseg_edu.scenes import make_clip
    >>> clip = make_clip(0, size=32, fps=12.0)
    >>> witness_motion(clip, np.full(7, 0.2), np.array([0.9, 0.06, 0.04]))[0, 0].round(2).tolist()
    [0.8, 0.12, 0.08]

    Lesson: 17_choosing_a_fusion
    """
    sounding = shares[_bins(clip)][..., None]
    return np.concatenate([1 - sounding, sounding * prior[1:] / (1 - prior[0])], axis=-1)


def _bins(clip: Clip) -> NDArray[np.intp]:
    """The bin of agreement of each pixel: that of its cell."""
    height, width = clip.frames.shape[1:3]
    if height % CELLS or width % CELLS:
        raise ValueError(f"frames must have H and W divisible by {CELLS}, got {(height, width)}: resize them")
    cells = np.searchsorted(EDGES, agreement(clip), side="right")
    return cells.repeat(height // CELLS, axis=0).repeat(width // CELLS, axis=1)
