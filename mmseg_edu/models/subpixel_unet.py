"""A U-Net that does all its work at half the picture's size or below, and still decides every pixel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mmseg_edu import backend
from mmseg_edu.models.unet import checked_size, convolve
from mmseg_edu.preprocess.arguments import checked_whole

if TYPE_CHECKING:
    import keras

BLOCK = 2


def subpixel_unet(
    size: int | tuple[int, int],
    classes: int = 5,
    channels: int = 3,
    widths: Sequence[int] = (32, 64, 96),
) -> keras.Model:
    r"""U-Net whose first layer folds blocks of 2x2 pixels into channels and whose last layer unfolds them again.

    .. math:: z_{(2y + i)(2x + j) k} = s_{y x (2i + j) k}, \qquad i, j \in \{0, 1\}

    The last convolution gives each block of 2x2 pixels its 4 K scores s at once. A convolution at half the size
    costs a quarter, and nothing is lost: a 3x3 convolution of blocks sees 6x6 pixels, and each pixel of a block has
    scores, and so a border, of its own.

    Level l has ``widths[l]`` channels at 1 / 2**(l + 1) of the size and one 3x3 convolution on the way down and one
    on the way up; max pooling (2x2) leads down, nearest-neighbour upsampling and concatenation with the map of the
    same size lead up.

    Parameters
    ----------
    size : int or (H, W), pixels, both divisible by 2**len(widths)
    classes : int, K
    channels : int, channels of the picture
    widths : sequence of int, at least one: channels of each level, from half the size downwards

    Returns
    -------
    keras.Model
        Takes pictures (N, H, W, channels) in [0, 1], gives class probabilities (N, H, W, classes). The layer
        ``logits`` holds the scores z before the softmax; ``down0``, ``down1``, ..., ``up0`` are what each level
        hands on.

    Raises
    ------
    ValueError
        If the size does not divide by 2**len(widths), or a number is out of its range.

    References
    ----------
    Shi et al. (2016), Real-time single image and video super-resolution using an efficient sub-pixel convolutional
    neural network, CVPR, equation 4. Ronneberger, Fischer & Brox (2015), MICCAI, for the skips.

    Examples
    --------
    >>> model = subpixel_unet(64)  # doctest: +SKIP
    >>> model.output_shape, model.count_params()  # doctest: +SKIP
    ((None, 64, 64, 5), 203924)

    Lesson: 16_learned_fusion
    """
    checked_whole("levels in widths", len(widths), "a network needs at least one")
    # Keras takes no integers of NumPy.
    classes = checked_whole("classes", classes, "a network needs at least one")
    channels = checked_whole("channels", channels, "a network needs at least one")
    widths = [
        checked_whole("each of widths", width, "a level needs at least one channel") for width in widths
    ]
    height, across = checked_size(size, len(widths))
    layers = backend.load().layers
    picture = layers.Input((height, across, channels), name="picture")
    features, maps = space_to_depth(picture, "blocks"), []
    for level, width in enumerate(widths):
        if level:
            features = layers.MaxPooling2D(2, name=f"pool{level - 1}")(features)
        features = convolve(features, width, f"down{level}")
        maps.append(features)
    for level in reversed(range(len(widths) - 1)):
        features = layers.UpSampling2D(2, name=f"double{level}")(features)
        features = layers.Concatenate(name=f"skip{level}")([maps[level], features])
        features = convolve(features, widths[level], f"up{level}")
    scores = layers.Conv2D(classes * BLOCK**2, 3, padding="same", name="scores")(features)
    logits = depth_to_space(scores, "logits")
    posterior = layers.Softmax(name="posterior", dtype="float32")(logits)
    return backend.load().Model(picture, posterior, name="subpixel_unet")


def space_to_depth(features: Any, name: str) -> Any:
    r"""Fold each block of 2x2 places into channels: half the height and width, four times the channels.

    .. math:: s_{y x (2i + j) c} = z_{(2y + i)(2x + j) c}

    Parameters
    ----------
    features : Keras tensor of shape (N, H, W, C), H and W even
    name : str, of the last layer

    Returns
    -------
    Keras tensor of shape (N, H / 2, W / 2, 4 C)

    Raises
    ------
    ValueError
        If H or W is odd.

    Examples
    --------
    >>> space_to_depth(keras.Input((8, 6, 3)), "blocks").shape  # doctest: +SKIP
    (None, 4, 3, 12)
    """
    height, width, channels = features.shape[1:]
    if height % BLOCK or width % BLOCK:
        raise ValueError(
            f"height and width must be even to be cut into blocks of 2x2, got {(height, width)}: pad or resize"
        )
    layers = backend.load().layers
    blocks = layers.Reshape((height // BLOCK, BLOCK, width // BLOCK, BLOCK, channels), name=f"{name}_cut")(
        features
    )
    blocks = layers.Permute((1, 3, 2, 4, 5), name=f"{name}_sorted")(blocks)
    return layers.Reshape((height // BLOCK, width // BLOCK, channels * BLOCK**2), name=name)(blocks)


def depth_to_space(features: Any, name: str) -> Any:
    r"""Unfold channels into blocks of 2x2 places (pixel shuffle): the inverse of :func:`space_to_depth`.

    .. math:: z_{(2y + i)(2x + j) c} = s_{y x (2i + j) c}

    Parameters
    ----------
    features : Keras tensor of shape (N, H, W, 4 C)
    name : str, of the last layer

    Returns
    -------
    Keras tensor of shape (N, 2 H, 2 W, C)

    Raises
    ------
    ValueError
        If the channels do not divide by 4.

    References
    ----------
    Shi et al. (2016), CVPR, equation 4, in the order of channels that TensorFlow uses.

    Examples
    --------
    >>> depth_to_space(keras.Input((4, 3, 12)), "pixels").shape  # doctest: +SKIP
    (None, 8, 6, 3)
    """
    height, width, channels = features.shape[1:]
    if channels % BLOCK**2:
        raise ValueError(
            f"channels must divide by 4 to fill blocks of 2x2, got {channels}: give four for each that is wanted"
        )
    layers = backend.load().layers
    blocks = layers.Reshape((height, width, BLOCK, BLOCK, channels // BLOCK**2), name=f"{name}_cut")(features)
    blocks = layers.Permute((1, 3, 2, 4, 5), name=f"{name}_sorted")(blocks)
    return layers.Reshape((height * BLOCK, width * BLOCK, channels // BLOCK**2), name=name)(blocks)
