"""The border's own loss: what the pixels beside another class cost, of which a map has few and a mask lives."""

from __future__ import annotations

from typing import Any

import numpy as np

from mmseg_edu.backend import floats, library_of
from mmseg_edu.models.losses import cross_entropy
from mmseg_edu.preprocess.arguments import as_array

Array = Any  # a NumPy array or a tensor; the output is of the input's kind

# A label that is no class.
NONE = -1


def border(labels: Array) -> Array:
    r"""Find the pixels with another class above, below, left or right of them.

    .. math:: B = \{ x : \exists\, y, \lVert x - y \rVert_1 = 1, \; l_y \ne l_x \}

    Parameters
    ----------
    labels : (N, H, W), class indices

    Returns
    -------
    array (N, H, W), bool
        A ring two pixels wide, one on each side of a border; nothing beyond the edge of the picture counts.

    Raises
    ------
    ValueError
        If labels do not have three axes.

    Examples
    --------
    >>> border([[[0, 0, 0, 1], [0, 0, 0, 0]]]).astype(int)
    array([[[0, 0, 1, 1],
            [0, 0, 0, 1]]])

    Lesson: 16_learned_fusion
    """
    lib = library_of(labels)
    maps = as_array("labels", labels) if lib is np else lib.convert_to_tensor(labels)
    if len(maps.shape) != 3:
        raise ValueError(
            f"labels must have shape (N, H, W), got {tuple(maps.shape)}: give one map alone as labels[None]"
        )
    down = floats(maps[:, 1:] != maps[:, :-1], lib, "float32")
    across = floats(maps[:, :, 1:] != maps[:, :, :-1], lib, "float32")
    none, before, after = (0, 0), (1, 0), (0, 1)
    sides = [lib.pad(down, (none, side, none)) for side in (before, after)]
    sides += [lib.pad(across, (none, none, side)) for side in (before, after)]
    return sides[0] + sides[1] + sides[2] + sides[3] > 0


def border_cross_entropy(truth: Array, posterior: Array) -> Array:
    r"""Average, over the border's pixels alone, how surprised the network is by the true class.

    .. math:: L = -\frac{1}{|B|} \sum_{x \in B} \log P(l_x \mid x)

    Where a network is nearly done, most of its wrong pixels lie on the border, while the border is a small share of
    the pixels that :func:`cross_entropy` averages over. Added to that loss this one gives it a say.

    Parameters
    ----------
    truth : (N, H, W), class indices 0 .. K - 1
    posterior : (N, H, W, K), probabilities

    Returns
    -------
    (N,), >= 0
        One number a scene, in nat; 0 for a scene of one class, which has no :func:`border`.

    Raises
    ------
    ValueError, TypeError
        As :func:`cross_entropy` does; if truth does not have three axes.

    References
    ----------
    Ronneberger, Fischer & Brox (2015), MICCAI, equation 2, weigh the pixels between two cells in the same spirit.

    Examples
    --------
    >>> truth = [[[0, 0, 0, 1]]]
    >>> border_cross_entropy(truth, [[[[0.9, 0.1], [0.9, 0.1], [0.5, 0.5], [0.5, 0.5]]]]).round(3)
    array([0.693])

    Lesson: 16_learned_fusion
    """
    lib = library_of(truth, posterior)
    labels = np.asarray(truth) if library_of(truth) is np else truth
    beside = border(labels)
    if lib is np:
        cross_entropy(labels, posterior)  # refuses what is no class
        return cross_entropy(np.where(beside, labels.astype(int), NONE), posterior, ignore=NONE)
    # In uint8 no label could be -1.
    return cross_entropy(
        lib.where(beside, lib.cast(labels, "int32"), lib.full_like(lib.cast(labels, "int32"), NONE)),
        posterior,
        ignore=NONE,
    )
