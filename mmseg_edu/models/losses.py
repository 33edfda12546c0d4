"""Losses of a segmentation: what training makes small. One number a scene, on arrays and on tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from mmseg_edu.backend import floats, is_tensor, library_of
from mmseg_edu.fusion.arrays import check_probabilities

Array = Any  # a NumPy array or a tensor; the output is of the input's kind

# The least probability whose logarithm is taken: float32 still has room for its inverse, the gradient.
LEAST = 1e-30

# A class that is not there may have this share of the scene at half the price of a class that is missed.
ALMOST_NONE = 0.01


def cross_entropy(truth: Array, posterior: Array, *, ignore: int | None = None) -> Array:
    r"""Average, over the pixels of a scene, how surprised the network is by the true class.

    .. math:: L = -\frac{1}{|\Omega|} \sum_{x \in \Omega} \log P(l_x \mid x)

    Parameters
    ----------
    truth : (N, ...), class indices 0 .. K - 1, or ``ignore``
        One map a scene; (N,) for one label a scene.
    posterior : (N, ..., K), probabilities
        What the network says: the softmax, not the scores before it.
    ignore : int, optional
        The label of pixels that do not count, often 255.

    Returns
    -------
    (N,), >= 0
        One number a scene, in nat. NumPy gives float64, a tensor a tensor of float32, however short the
        numbers that the network computes with.

    Raises
    ------
    ValueError
        If the shapes do not fit, an array holds no probabilities, or a label that is no class.
    TypeError
        If the truth is an array of floats.

    Notes
    -----
    A probability below 1e-30 counts as 1e-30, so that the loss is at most 69.08, and its gradient there is 0. A
    scene without a pixel that counts costs 0. The values of tensors are not checked: a label that is no class
    makes the scene's loss NaN.

    References
    ----------
    Good (1952), Rational decisions, section 8: the logarithm is the only fee that looks at nothing but the
    probability of what came true and rewards honesty.

    Examples
    --------
    >>> cross_entropy([[0, 1]], [[[0.5, 0.5], [0.75, 0.25]]]).round(3)  # (log 2 + log 4) / 2
    array([1.04])
    >>> cross_entropy([[0, 255]], [[[0.5, 0.5], [0.75, 0.25]]], ignore=255).round(3)
    array([0.693])

    Lesson: 13_fcn
    """
    lib, labels, says = _pair(truth, posterior, ignore)
    wanted, known = _one_hot(lib, labels, says, ignore)
    surprise = 0 - lib.log(lib.maximum(lib.sum(wanted * says, axis=-1), LEAST))
    return lib.sum(known * surprise, axis=1) / lib.maximum(lib.sum(known, axis=1), 1)


def dice_loss(truth: Array, posterior: Array, *, ignore: int | None = None) -> Array:
    r"""Average, over the classes, what is missing to a full overlap of each class with its own posterior.

    .. math:: L = 1 - \frac{1}{K} \sum_k \frac{2\,\overline{y_k p_k} + \epsilon_k}
              {\overline{y_k} + \overline{p_k} + \epsilon_k}, \qquad
              \epsilon_k = \begin{cases} 0 & \text{class } k \text{ is in the truth} \\ 0.01 & \text{it is not}
              \end{cases}

    :math:`y_k` is 1 at the pixels of class k and 0 elsewhere, :math:`p_k` its probability there, a bar means the
    average over the scene. A class counts by itself, however small it is: that is what cross-entropy, in which
    every pixel counts the same, does not offer.

    Parameters
    ----------
    truth, posterior, ignore
        As for :func:`cross_entropy`.

    Returns
    -------
    (N,), in [0, 1] if the probabilities of a pixel sum to 1 or less
        One number a scene.

    Raises
    ------
    ValueError, TypeError
        As :func:`cross_entropy` does.

    Notes
    -----
    **Empty masks.** A class that is not in the truth and gets the share m of the scene costs m / (m + 0.01): nothing
    where the posterior is empty too, next to nothing for the crumbs that a softmax leaves everywhere, one half
    for a hundredth of the scene, and nearly 1, the price of a class that is missed, for a large phantom. With
    probabilities of 0 and 1 a class that is in the truth costs 1 - ``metrics.dice``. A scene without a pixel that
    counts costs 0.

    References
    ----------
    Milletari, Navab & Ahmadi (2016), V-Net, 3DV, section 3, with squares below; Drozdzal et al. (2016), The
    importance of skip connections, DLMIA, section 2, as here.

    Examples
    --------
    >>> dice_loss([[1, 1, 0, 0]], [[[1, 0], [0, 1], [0, 1], [1, 0]]])
    array([0.5])
    >>> dice_loss([[0, 0]], [[[1, 0], [1, 0]]])  # class 1 is nowhere, and nowhere it is
    array([0.])

    Lesson: 14_unet
    """
    lib, labels, says = _pair(truth, posterior, ignore)
    wanted, known = _one_hot(lib, labels, says, ignore)
    count = lib.maximum(lib.sum(known, axis=1), 1)[:, None]
    both, there, said = (
        lib.sum(part * known[..., None], axis=1) / count for part in (wanted * says, wanted, says)
    )
    room = ALMOST_NONE * floats(there == 0, lib, there.dtype)
    return 1 - lib.mean((2 * both + room) / (there + said + room), axis=-1)


def cross_entropy_and_dice(truth: Array, posterior: Array, *, ignore: int | None = None) -> Array:
    r"""Add :func:`cross_entropy`, which gives every pixel its say, and :func:`dice_loss`, which gives it every class.

    .. math:: L = L_\text{cross-entropy} + L_\text{Dice}

    Parameters
    ----------
    truth, posterior, ignore
        As for :func:`cross_entropy`.

    Returns
    -------
    (N,), >= 0
        One number a scene.

    Raises
    ------
    ValueError, TypeError
        As :func:`cross_entropy` does.

    References
    ----------
    Isensee et al. (2021), nnU-Net, Nature Methods 18, Methods: "the sum of cross-entropy and Dice loss".

    Examples
    --------
    >>> cross_entropy_and_dice([[0, 1]], [[[0.5, 0.5], [0.5, 0.5]]]).round(3)  # log 2 + 1 / 2
    array([1.193])

    Lesson: 14_unet
    """
    return cross_entropy(truth, posterior, ignore=ignore) + dice_loss(truth, posterior, ignore=ignore)


def _pair(truth: Array, posterior: Array, ignore: int | None) -> tuple[Any, Array, Array]:
    """The library that computes, labels (N, P) and probabilities (N, P, K), both in floats of at least 32 bits."""
    lib = library_of(truth, posterior)
    if lib is np:
        labels, says = np.asarray(truth), floats(posterior, np, np.float64)
    else:
        labels, says = (lib.convert_to_tensor(value) for value in (truth, posterior))
        says = says if str(says.dtype) == "float64" else lib.cast(says, "float32")
    _check_shapes(tuple(labels.shape), tuple(says.shape))
    if not any(map(is_tensor, (truth, posterior))):
        _check_labels(labels, says.shape[-1], ignore)
        check_probabilities(says)
    classes = says.shape[-1]
    scenes = lib.shape(says)[0]
    # Numbers of classes are exact in float32, and in uint8 no label could be compared with -1.
    labels = lib.reshape(floats(labels, lib, says.dtype), (scenes, -1))
    return lib, labels, lib.reshape(says, (scenes, -1, classes))


def _one_hot(lib: Any, labels: Array, says: Array, ignore: int | None) -> tuple[Array, Array]:
    """1 at the true class of each pixel, (N, P, K); 1 at each pixel that counts, (N, P), NaN where it has no class."""
    counts = labels == labels if ignore is None else labels != ignore
    known = floats(counts, lib, says.dtype)
    classes = floats(np.arange(says.shape[-1]), lib, says.dtype)
    wanted = floats(labels[..., None] == classes, lib, says.dtype)
    # 0 / 0 where a pixel that counts has no class: a loss of NaN is seen, a wrong one is not. It goes into the
    # factor of the sums, since a compiled maximum may drop it.
    stands = lib.sum(wanted, axis=-1) + 1 - known
    return wanted, known * (stands / stands)


def _check_shapes(truth: tuple[int | None, ...], posterior: tuple[int | None, ...]) -> None:
    fit = len(posterior) == len(truth) + 1 >= 2 and all(
        a is None or b is None or a == b for a, b in zip(truth, posterior, strict=False)
    )
    if not fit or 0 in posterior[1:]:
        raise ValueError(
            f"truth must have the posterior's shape without its last axis, the classes, got {truth} and "
            f"{posterior}: one scene alone is truth[None] and posterior[None], labels of shape (..., 1) are "
            "truth[..., 0]"
        )


def _check_labels(labels: np.ndarray, classes: int, ignore: int | None) -> None:
    if labels.dtype.kind not in "biu":
        raise TypeError(
            f"truth must hold class indices, integers or booleans, got {labels.dtype}: take argmax(-1) of "
            "probabilities, or labels.astype(int)"
        )
    strange = (labels < 0) | (labels >= classes)
    if ignore is not None:
        strange &= labels != ignore
    if strange.any():
        raise ValueError(
            f"truth must hold class indices 0 .. {classes - 1}, got {labels[strange].flat[0]}: give the label of "
            "pixels that do not count as ignore, or build the network with more classes"
        )
