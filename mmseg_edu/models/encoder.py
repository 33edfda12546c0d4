"""A small convolutional encoder: a picture in, maps of features out, and a read-out that names what is visible."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mmseg_edu import backend
from mmseg_edu.models.unet import checked_size, convolve
from mmseg_edu.preprocess.arguments import checked_whole

if TYPE_CHECKING:
    import keras


def image_encoder(
    size: int | tuple[int, int] = 64,
    classes: int = 4,
    channels: int = 3,
    width: int = 12,
    depth: int = 2,
    *,
    flatten: bool = False,
    normalised: bool = True,
) -> keras.Model:
    r"""Convolutional network that says of each class whether it is anywhere in the picture.

    .. math:: P(k \text{ is visible} \mid x) = \sigma\Big(b_k + w_k^\top \frac{1}{|\Omega|} \sum_p h(p)\Big)

    Level l has two 3x3 convolutions with ``width * 2**l`` channels at 1 / 2**l of the picture's size; max pooling
    (2x2) leads to the next. The maps of the last level, h, keep the place; their mean over the places p,
    :math:`|\Omega|` in number, does not, and is all that is read out. Several classes may be visible at once, so each
    has a sigmoid of its own.

    Parameters
    ----------
    size : int or (H, W), pixels, both divisible by 2**depth
    classes : int, K, number of classes, background not among them
    channels : int, channels of the picture
    width : int, channels at full resolution
    depth : int >= 0, how many times the picture is halved
    flatten : bool, True reads out every number of the last maps in one long vector, in place of their mean
    normalised : bool, False leaves out the batch normalisation after each convolution

    Returns
    -------
    keras.Model
        Takes (N, H, W, channels) in [0, 1], gives (N, classes), each in [0, 1]; they need not sum to 1. The layers
        ``level0``, ``level1`` and so on hold the features of each level, ``vector`` what is read out, ``logits`` the
        scores before the sigmoid.

    Raises
    ------
    ValueError
        If the size does not divide by 2**depth, or a number is out of its range.

    References
    ----------
    Lin, Chen & Yan (2014), ICLR, section 3.2, for the mean over the places.

    Examples
    --------
    >>> model = image_encoder(64)  # doctest: +SKIP
    >>> model.get_layer("level2").output.shape, model.output_shape  # doctest: +SKIP
    ((None, 16, 16, 48), (None, 4))

    Lesson: 05_cnn_features
    """
    height, across = checked_size(size, depth)
    numbers = {"classes": classes, "channels": channels, "width": width}
    # Keras takes no integers of NumPy.
    classes, channels, width = (
        checked_whole(n, v, "a network needs at least one") for n, v in numbers.items()
    )
    layers = backend.load().layers
    picture = layers.Input((height, across, channels), name="picture")
    features = convolve(picture, width, "level0", 2, normalised)
    for level in range(1, depth + 1):
        features = layers.MaxPooling2D(2, name=f"pool{level - 1}")(features)
        features = convolve(features, width * 2**level, f"level{level}", 2, normalised)
    read = layers.Flatten(name="vector") if flatten else layers.GlobalAveragePooling2D(name="vector")
    logits = layers.Dense(classes, name="logits")(read(features))
    visible = layers.Activation("sigmoid", name="visible", dtype="float32")(logits)
    return backend.load().Model(picture, visible, name="image_encoder")
