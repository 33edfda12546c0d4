"""The two-branch network of an article: as printed, repaired, and made to segment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mmseg_edu import backend, fusion
from mmseg_edu.models.fcn import upsample
from mmseg_edu.preprocess.arguments import checked_size, checked_whole

if TYPE_CHECKING:
    import keras

# Three times: a window of 3 takes 2 pixels off each side, and pooling halves what is left.
LEAST_SIDE = 22


def article_network(
    size: int | tuple[int, int] = 224, classes: int = 5, length: int = 128, *, repaired: bool = False
) -> keras.Model:
    r"""Network of two branches, one for a picture and one for a sound, that are said to be joined at the end.

    .. math:: P(k \mid x, a) = \mathrm{softmax}\big(g([f_v(x);\, f_s(a)])\big)_k
              \qquad \text{as printed:} \quad \mathrm{softmax}\big(g([f_s(a);\, f_s(a)])\big)_k

    The branch of the picture, :math:`f_v`, convolves three times (32, 64 and 128 channels, 3x3 without padding, ReLU),
    takes the maximum of 2x2 after each, and flattens the last maps into one vector. That of the sound, :math:`f_s`, is
    two dense layers of 64 and 32. Dense layers of 128 and 64 decide, :math:`g`.

    As printed, both branches end in a variable of one name, so the second takes the place of the first: the vector of
    the sound is joined with itself. The layers of the picture belong to no path from an input to the output, and Keras
    leaves them out of the model without a word.

    Parameters
    ----------
    size : int or (H, W), pixels, each at least 22
        The article has 224: there the first dense layer of the repaired network has 11 million weights.
    classes : int, K
    length : int, numbers in the sound vector
    repaired : bool, True joins the vector of the picture with that of the sound

    Returns
    -------
    keras.Model
        Takes [pictures (N, H, W, 3) in [0, 1], sound vectors (N, length)], gives class probabilities (N, classes): one
        answer for the whole picture. The layers ``see_1`` to ``see_3`` convolve, ``listen_1`` and ``listen_2`` are
        the branch of the sound, ``join`` joins, ``decide_1`` and ``decide_2`` follow; ``logits`` holds the scores
        before the softmax.

    Raises
    ------
    ValueError, TypeError
        If a side is below 22 pixels, or a number is out of its range.

    References
    ----------
    LeCun, Bottou, Bengio & Haffner (1998), Proceedings of the IEEE, figure 2, for convolutions that end in a vector.

    Examples
    --------
    >>> article_network(64).count_params(), article_network(64, repaired=True).count_params()  # doctest: +SKIP
    (27237, 710053)

    Lesson: 15_the_articles_network
    """
    (height, across), classes, length = _checked(size, classes, length)
    if min(height, across) < LEAST_SIDE:
        raise ValueError(
            f"size must be at least {LEAST_SIDE} pixels on each side, got {(height, across)}: three times, a "
            "convolution takes 2 off and pooling halves the rest, which must leave one"
        )
    layers = backend.load().layers
    picture = layers.Input((height, across, 3), name="picture")
    seen = picture
    for i, channels in enumerate((32, 64, 128), start=1):
        seen = layers.Conv2D(channels, 3, activation="relu", name=f"see_{i}")(seen)
        seen = layers.MaxPooling2D(2, name=f"pool_{i}")(seen)
    seen = layers.Flatten(name="picture_vector")(seen)
    sound, heard = _listening(length)
    features = layers.Concatenate(name="join")([seen if repaired else heard, heard])
    for i, units in enumerate((128, 64), start=1):
        features = layers.Dense(units, activation="relu", name=f"decide_{i}")(features)
    logits = layers.Dense(classes, name="logits")(features)
    posterior = layers.Softmax(name="posterior", dtype="float32")(logits)
    return backend.load().Model([picture, sound], posterior, name="article_network")


def article_segmenter(size: int | tuple[int, int] = 224, classes: int = 5, length: int = 128) -> keras.Model:
    r"""The repaired network made to segment: the maps keep their places, and the sound is spread over all of them.

    .. math:: z = U_2\big(s_2 + U_2(s_3 + U_2\, s_4)\big), \qquad
              s_l(p) = W_l\, r\big(V_l\, [h_l(p);\, f_s(a)] + b_l\big) + c_l, \qquad r(t) = \max(0, t)

    The three convolutions are padded, so that each pooling halves a map and nothing else is lost; nothing is
    flattened. Behind the last pooling, at 1/8 of the size, every place p has the 128 numbers :math:`h_4(p)` that the
    picture gives it and the same 32 of the sound. The dense layers of 128 and 64 that decide become 1x1 convolutions,
    which decide at each place; their scores :math:`s_4` are doubled (:math:`U_2`, bilinear) and the scores of the
    finer maps ``see_3`` and ``see_2`` added, each of one hidden layer of its own. The posterior is the softmax of z.

    Parameters
    ----------
    size : int or (H, W), pixels, both divisible by 8
    classes : int, K
    length : int, numbers in the sound vector

    Returns
    -------
    keras.Model
        Takes [pictures (N, H, W, 3) in [0, 1], sound vectors (N, length)], gives class probabilities (N, H, W,
        classes). The layers are named as in :func:`article_network`; ``logits`` holds the scores of each pixel.

    Raises
    ------
    ValueError
        If a side does not divide by 8, or a number is out of its range.

    References
    ----------
    Long, Shelhamer & Darrell (2015), CVPR, sections 3.1 and 4.2, for dense layers as convolutions and for the sums.

    Examples
    --------
    >>> article_segmenter(64).output_shape  # doctest: +SKIP
    (None, 64, 64, 5)

    Lesson: 15_the_articles_network
    """
    (height, across), classes, length = _checked(size, classes, length)
    if height % 8 or across % 8:
        raise ValueError(
            f"size must be divisible by 8 on each side, got {(height, across)}: three poolings halve it, and the mask "
            "is doubled three times; resize the picture"
        )
    layers = backend.load().layers
    picture = layers.Input((height, across, 3), name="picture")
    sound, heard = _listening(length)
    seen, maps = picture, []
    for i, channels in enumerate((32, 64, 128), start=1):
        seen = layers.Conv2D(channels, 3, padding="same", activation="relu", name=f"see_{i}")(seen)
        maps.append(seen)
        seen = layers.MaxPooling2D(2, name=f"pool_{i}")(seen)
    scores = fusion.concat([seen, heard])
    for i, units in enumerate((128, 64), start=1):
        scores = layers.Conv2D(units, 1, activation="relu", name=f"decide_{i}")(scores)
    scores = layers.Conv2D(classes, 1, name="score_4")(scores)
    for i, units in ((3, 64), (2, 32)):
        finer = layers.Conv2D(units, 1, activation="relu", name=f"decide_at_{i}")(
            fusion.concat([maps[i - 1], heard])
        )
        scores = upsample(scores, 2) + layers.Conv2D(classes, 1, name=f"score_{i}")(finer)
    logits = layers.Activation("linear", name="logits")(upsample(scores, 2))
    posterior = layers.Softmax(name="posterior", dtype="float32")(logits)
    return backend.load().Model([picture, sound], posterior, name="article_segmenter")


def _checked(size: int | tuple[int, int], classes: int, length: int) -> tuple[tuple[int, int], int, int]:
    """Take the numbers as integers of Python: Keras takes none of NumPy."""
    remedy = "a network needs at least one"
    return (
        checked_size(size),
        checked_whole("classes", classes, remedy),
        checked_whole("length", length, remedy),
    )


def _listening(length: int) -> tuple[Any, Any]:
    """The input of the sound, and what its branch makes of it."""
    layers = backend.load().layers
    sound = layers.Input((length,), name="sound")
    heard = layers.Dense(64, activation="relu", name="listen_1")(sound)
    return sound, layers.Dense(32, activation="relu", name="listen_2")(heard)
