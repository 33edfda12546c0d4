"""FCN: a classifier's dense layer read as a 1x1 convolution, and its coarse scores brought to the pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mmseg_edu import backend
from mmseg_edu.models.unet import checked_size, convolve
from mmseg_edu.preprocess.arguments import checked_whole

if TYPE_CHECKING:
    import keras

# How often the trunk halves the picture, and the channels of each level as multiples of `width`: as in VGG.
HALVINGS = 5
CHANNELS = (1, 2, 4, 8, 8)
STRIDES = (8, 16, 32)


def fcn(
    size: int | tuple[int, int],
    classes: int = 5,
    channels: int = 3,
    width: int = 8,
    *,
    stride: int = 8,
    convolutions: int = 1,
) -> keras.Model:
    r"""Fully convolutional network of Long, Shelhamer & Darrell: FCN-32s, FCN-16s or FCN-8s.

    A trunk halves the picture five times. A 1x1 convolution gives each place at 1 / 32 of the picture's size the
    scores of the classes, s_5; upsampling brings them to the pixels. Finer scores, s_4 and s_3, may be added on the
    way:

    .. math:: z_{32} = U_{32}\, s_5, \qquad z_{16} = U_{16} (s_4 + U_2\, s_5), \qquad
              z_8 = U_8 \big(s_3 + U_2 (s_4 + U_2\, s_5)\big)

    Here :math:`U_f` makes a map f times as high and wide, see :func:`upsample`. The posterior is the softmax of z.

    Parameters
    ----------
    size : int or (H, W), pixels, both divisible by 32
    classes : int >= 1, K
    channels : int >= 1, channels of the picture
    width : int >= 1, channels of the first level; the five levels have 1, 2, 4, 8 and 8 times as many
    stride : 8, 16 or 32, pixels
        How far the finest scores lie apart, and so how far the last upsampling goes.
    convolutions : int >= 1, how many in each level (3x3, normalised, rectified)

    Returns
    -------
    keras.Model
        Takes (N, H, W, channels) in [0, 1], gives class probabilities (N, H, W, classes). The layers ``pool1`` to
        ``pool5`` and ``top`` hold the features at 1/2 to 1/32 of the size, ``score5`` the 1x1 convolution of
        ``top``, ``score4`` and ``score3`` those of ``pool4`` and ``pool3``, ``logits`` the scores of each pixel.

    Raises
    ------
    ValueError
        If the size does not divide by 32, the stride is none of the three, or a number is out of its range.

    Notes
    -----
    Where this differs from the paper: the trunk is a small VGG with batch normalisation and padding as large as the
    kernel, and one 3x3 level, ``top``, stands for the two fully connected layers. Upsampling is bilinear and has no
    weights. The paper fixes its last one the same way, and starts the others there; as transposed convolutions they
    would fade to 0 within half a cell of the border, three quarters of the pixels of a picture of 2x2 cells.

    References
    ----------
    Long, Shelhamer & Darrell (2015), CVPR, section 4.2 and figure 3; Shelhamer, Long & Darrell (2017), PAMI 39(4).

    Examples
    --------
    >>> model = fcn(64, stride=16)  # doctest: +SKIP
    >>> model.get_layer("score5").output.shape, model.output_shape  # doctest: +SKIP
    ((None, 2, 2, 5), (None, 64, 64, 5))

    Lesson: 13_fcn
    """
    if stride not in STRIDES:
        raise ValueError(
            f"stride must be 8, 16 or 32, the pixels between the finest scores, got {stride!r}: "
            "32 adds no skip, 16 one and 8 two"
        )
    classes = checked_whole("classes", classes, "a network needs at least one")
    picture, maps = _trunk(size, channels, width, convolutions)
    layers = backend.load().layers
    scores = layers.Conv2D(classes, 1, name="score5")(maps["top"])
    for level in (4, 3):
        if stride < 2 ** (level + 1):
            coarse = layers.UpSampling2D(2, interpolation="bilinear", name=f"double{level + 1}")(scores)
            fine = layers.Conv2D(classes, 1, name=f"score{level}")(maps[f"pool{level}"])
            scores = layers.Add(name=f"skip{level}")([fine, coarse])
    logits = layers.UpSampling2D(int(stride), interpolation="bilinear", name="logits")(scores)
    posterior = layers.Softmax(name="posterior", dtype="float32")(logits)
    return backend.load().Model(picture, posterior, name=f"fcn{stride}s")


def fcn_classifier(
    size: int | tuple[int, int],
    classes: int = 4,
    channels: int = 3,
    width: int = 8,
    *,
    convolutions: int = 1,
) -> keras.Model:
    r"""Classifier with the trunk of :func:`fcn`: one answer for the whole picture.

    .. math:: P(k \mid x) = \mathrm{softmax}_k\Big(b_k + w_k^\top \frac{1}{|\Omega|} \sum_p h(p)\Big)

    Its dense layer, w and b, reads the mean of the maps h over their places p, :math:`|\Omega|` in number. A dense
    layer is linear, so the mean may as well be taken after it: the scores of the picture are the mean of the scores
    of its places, which a 1x1 convolution with the same weights gives.

    Parameters
    ----------
    size : int or (H, W), pixels, both divisible by 32
    classes : int >= 1, K
    channels, width, convolutions : ints >= 1, as for :func:`fcn`

    Returns
    -------
    keras.Model
        Takes (N, H, W, channels) in [0, 1], gives class probabilities (N, classes). The layer ``vector`` holds the
        mean, ``logits`` is the dense layer.

    Raises
    ------
    ValueError
        If the size does not divide by 32, or a number is out of its range.

    References
    ----------
    Lin, Chen & Yan (2014), ICLR, section 3.2, for the mean over the places.

    Examples
    --------
    >>> model = fcn_classifier(64)  # doctest: +SKIP
    >>> model.get_layer("top").output.shape, model.output_shape  # doctest: +SKIP
    ((None, 2, 2, 64), (None, 4))

    Lesson: 13_fcn
    """
    classes = checked_whole("classes", classes, "a network needs at least one")
    picture, maps = _trunk(size, channels, width, convolutions)
    layers = backend.load().layers
    vector = layers.GlobalAveragePooling2D(name="vector")(maps["top"])
    logits = layers.Dense(classes, name="logits")(vector)
    posterior = layers.Softmax(name="posterior", dtype="float32")(logits)
    return backend.load().Model(picture, posterior, name="fcn_classifier")


def _trunk(
    size: int | tuple[int, int], channels: int, width: int, convolutions: int
) -> tuple[Any, dict[str, Any]]:
    """Input and maps of a small VGG: five times convolve and halve, then a level of its own, ``top``."""
    height, across = checked_size(size, HALVINGS)
    numbers = {"channels": channels, "width": width, "convolutions": convolutions}
    # Keras takes no integers of NumPy.
    channels, width, convolutions = (
        checked_whole(name, value, "a network needs at least one") for name, value in numbers.items()
    )
    layers = backend.load().layers
    picture = layers.Input((height, across, channels), name="picture")
    features, maps = picture, {}
    for level, times in enumerate(CHANNELS, start=1):
        features = convolve(features, times * width, f"block{level}", convolutions)
        features = maps[f"pool{level}"] = layers.MaxPooling2D(2, name=f"pool{level}")(features)
    maps["top"] = convolve(features, CHANNELS[-1] * width, "top", convolutions)
    return picture, maps


def inherit(model: keras.Model, parent: keras.Model) -> list[str]:
    """Give each layer of a network the weights of the parent's layer of the same name, where all shapes agree.

    Parameters
    ----------
    model : keras.Model, whose weights change
    parent : keras.Model

    Returns
    -------
    list of str, the names of the layers that took weights over, in the order of the model

    Raises
    ------
    ValueError
        If no layer did.

    Examples
    --------
    >>> inherit(fcn(64, stride=16), fcn(64, stride=32))[-2:]  # doctest: +SKIP
    ['top_1_norm', 'score5']

    Lesson: 13_fcn
    """
    known = {layer.name: layer.get_weights() for layer in parent.layers}
    heirs = []
    for layer in model.layers:
        own, theirs = layer.get_weights(), known.get(layer.name, [])
        if own and [w.shape for w in own] == [w.shape for w in theirs]:
            layer.set_weights(theirs)
            heirs.append(layer.name)
    if not heirs:
        raise ValueError(
            f"model must share a layer with its parent, by name and by shape, got {model.name} and {parent.name}, "
            "which share none: build both with the same width and channels"
        )
    return heirs


def bilinear_kernel(factor: int) -> NDArray[np.float64]:
    r"""Weights of the transposed convolution that upsamples bilinearly.

    .. math:: W_{ij} = \Big(1 - \frac{|i - c|}{f}\Big) \Big(1 - \frac{|j - c|}{f}\Big), \qquad c = \frac{n - 1}{2}

    Each score is written with this kernel into the larger map, f pixels from the next one, and what overlaps adds
    up.

    Parameters
    ----------
    factor : int >= 1, f, pixels between two scores, the stride of the transposed convolution

    Returns
    -------
    ndarray of shape (n, n), float64
        n is 2 f for an even f and 2 f - 1 for an odd one: so the scores sit in the middle of their cells. Taken every
        f-th row and column, the weights sum to 1.

    Raises
    ------
    ValueError
        If the factor is not a whole number of 1 or more.

    References
    ----------
    Long, Shelhamer & Darrell (2015), CVPR, section 3.3.

    Examples
    --------
    >>> bilinear_kernel(2)[1] / 0.75
    array([0.25, 0.75, 0.75, 0.25])

    Lesson: 13_fcn
    """
    factor = checked_whole("factor", factor, "2 makes a map twice as high and wide")
    count = 2 * factor - factor % 2
    ramp = 1 - np.abs(np.arange(count) - (count - 1) / 2) / factor
    return np.outer(ramp, ramp)


def upsample(scores: Any, factor: int) -> Any:
    r"""Bilinear upsampling of maps: U_f of the formula in :func:`fcn`.

    .. math:: (U_f\, s)(p, q) = \sum_{a, b} A_{pa} B_{qb}\, s(a, b), \qquad
              A_{pa} = \max\big(0, 1 - |x_p - a|\big), \qquad
              x_p = \min\Big(\max\Big(\frac{p + 1/2}{f} - \frac12, 0\Big), H - 1\Big)

    and B alike for the columns. In the half cell next to the border, where a neighbour is missing, x stops at the
    nearest score, which holds alone: each row of A sums to 1. To double twice is not to go four times as far in one
    step: :math:`U_2 U_2 \ne U_4`.

    Parameters
    ----------
    scores : array or tensor of shape (..., H, W, K)
    factor : int >= 1, f

    Returns
    -------
    array or tensor of shape (..., f H, f W, K), between the smallest and the largest score of each class

    Raises
    ------
    ValueError
        If the factor is not a whole number of 1 or more, or the scores have fewer than three axes.

    Notes
    -----
    Away from the border it is the transposed convolution with :func:`bilinear_kernel`, at stride f.

    Examples
    --------
    >>> upsample(np.array([[[0.0], [1.0]]]), 2)[0, :, 0]
    array([0.  , 0.25, 0.75, 1.  ])

    Lesson: 13_fcn
    """
    factor = checked_whole("factor", factor, "2 makes a map twice as high and wide")
    library = backend.library_of(scores)
    maps = backend.floats(scores, library)
    if len(maps.shape) < 3:
        raise ValueError(
            f"scores must have shape (..., H, W, K), got {tuple(maps.shape)}: "
            "add an axis for the class with [..., None]"
        )
    rows, columns = (_interpolation(int(side), factor) for side in maps.shape[-3:-1])
    if library is np:
        rows, columns = rows.astype(maps.dtype), columns.astype(maps.dtype)
    else:
        rows, columns = library.cast(rows, maps.dtype), library.cast(columns, maps.dtype)
    return library.einsum("pa,...abk,qb->...pqk", rows, maps, columns)


def _interpolation(count: int, factor: int) -> NDArray[np.float64]:
    """Matrix (factor * count, count) that brings ``count`` scores to ``factor`` times as many places."""
    place = np.clip((np.arange(factor * count) + 0.5) / factor - 0.5, 0, count - 1)
    return np.maximum(0, 1 - np.abs(place[:, None] - np.arange(count)))
