"""U-Net: a network that looks at a picture coarsely to know what, and finely to know where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mmseg_edu import backend
from mmseg_edu.preprocess.arguments import checked_pair, is_whole

if TYPE_CHECKING:
    import keras


def unet(
    size: int | tuple[int, int],
    classes: int = 5,
    channels: int = 3,
    width: int = 16,
    depth: int = 3,
    *,
    convolutions: int = 2,
    skips: bool = True,
    normalised: bool = True,
) -> keras.Model:
    r"""U-Net of Ronneberger et al.: encoder, bottleneck, decoder, and skips from each level across.

    Level l of the encoder has ``width * 2**l`` channels at 1 / 2**l of the picture's size. Each level convolves
    (3x3), normalises and rectifies (ReLU) twice. Max pooling (2x2) leads down; nearest-neighbour upsampling and
    concatenation with the encoder's map of the same size lead up; a 1x1 convolution and a softmax end it:

    .. math::
        e_l = f(\mathrm{pool}(e_{l-1})), \qquad
        d_l = f([e_l, \mathrm{double}(d_{l+1})]), \qquad
        P = \mathrm{softmax}(W d_0 + b)

    Parameters
    ----------
    size : int or (H, W), pixels, both 2**depth or more
    classes : int >= 2, K, number of classes, background included
    channels : int, channels of the picture
    width : int, channels at full resolution
    depth : int >= 0, how many times the picture is halved
    convolutions : int >= 1, how many at each level, on the way down and on the way up
    skips : bool, False cuts the connections across (to see what they were for)
    normalised : bool, False leaves out the batch normalisation after each convolution

    Returns
    -------
    keras.Model
        Takes (N, H, W, channels) in [0, 1], gives class probabilities (N, H, W, classes). The layer ``logits``
        holds the scores before the softmax; ``down0``, ``bottleneck``, ``up0`` and so on are what each level
        hands on.

    Raises
    ------
    ValueError
        If a side has fewer than 2**depth pixels or is left open, or a number is out of its range.

    Notes
    -----
    Three changes from the paper: padded convolutions, so that the mask is as large as the picture; upsampling in
    place of transposed convolutions, which print chequerboards; and batch normalisation (Ioffe & Szegedy, 2015),
    without which a network of this depth wastes its first epochs.

    A side of odd length is halved upwards: the last window of the pooling holds one row or column, and on the way up
    the doubled map loses the one it has too many (layer ``crop0`` and so on). Nothing is padded with made-up pixels,
    and where 2**depth divides the size nothing is cut.

    The weights do not depend on the size. For pictures of another size build another network and hand them over:
    ``larger.set_weights(model.get_weights())``.

    References
    ----------
    Ronneberger, Fischer & Brox (2015), MICCAI, figure 1.

    Examples
    --------
    >>> model = unet(64, width=8, depth=2)  # doctest: +SKIP
    >>> model.output_shape  # doctest: +SKIP
    (None, 64, 64, 5)

    Lesson: 14_unet
    """
    height, across = _checked_sides(size, depth)
    for side in (height, across):
        if side < 2**depth:
            raise ValueError(
                f"size must be 2**depth = {2**depth} pixels or more, got {(height, across)}: "
                "choose a smaller depth or resize the picture"
            )
    numbers: dict[str, Any] = {"classes": classes, "channels": channels, "width": width}
    for name, value in (numbers | {"convolutions": convolutions}).items():
        least = 2 if name == "classes" else 1
        if not is_whole(value) or value < least:
            raise ValueError(
                f"{name} must be a whole number of {least} or more, got {value!r}: a network has at least one of each, "
                "and a class to choose against"
            )
    # Keras takes no integers of NumPy.
    classes, channels, width, depth = int(classes), int(channels), int(width), int(depth)
    layers = backend.load().layers
    picture = layers.Input((height, across, channels), name="picture")
    features, maps = picture, []
    for level in range(depth):
        features = convolve(features, width * 2**level, f"down{level}", convolutions, normalised)
        maps.append(features)
        features = layers.MaxPooling2D(2, padding="same", name=f"pool{level}")(features)
    features = convolve(features, width * 2**depth, "bottleneck", convolutions, normalised)
    for level in reversed(range(depth)):
        features = layers.UpSampling2D(2, name=f"double{level}")(features)
        features = _cut_to(features, maps[level].shape, f"crop{level}")
        if skips:
            features = layers.Concatenate(name=f"skip{level}")([maps[level], features])
        features = convolve(features, width * 2**level, f"up{level}", convolutions, normalised)
    logits = layers.Conv2D(classes, 1, name="logits")(features)
    return backend.load().Model(
        picture, layers.Softmax(name="posterior", dtype="float32")(logits), name="unet"
    )


def _cut_to(features: Any, shape: tuple[Any, ...], name: str) -> Any:
    """Without the last row or column where the map has one more than `shape` (N, H, W, C), else as it came."""
    rows, columns = features.shape[1] - shape[1], features.shape[2] - shape[2]
    if rows == columns == 0:
        return features
    return backend.load().layers.Cropping2D(((0, rows), (0, columns)), name=name)(features)


def _checked_sides(size: Any, depth: Any) -> tuple[int, int]:
    if not is_whole(depth) or depth < 0:
        raise ValueError(
            f"depth must be 0 or more, got {depth!r}: use a whole number, 3 for a picture of 64x64"
        )
    remedy = "a network of another size takes the same weights, larger.set_weights(model.get_weights())"
    return checked_pair("size", size, remedy, of="(H, W)")


def checked_size(size: int | tuple[int, int], depth: int) -> tuple[int, int]:
    """Height and width as two numbers, refused unless a picture of that size can be halved ``depth`` times.

    Parameters
    ----------
    size : int or (H, W), pixels
    depth : int >= 0

    Returns
    -------
    (H, W) : two ints

    Raises
    ------
    ValueError
        If either side does not divide by 2**depth or is left open, or depth is below 0.

    Examples
    --------
    >>> checked_size(64, 3)
    (64, 64)
    """
    height, width = _checked_sides(size, depth)
    step = 2**depth
    if height < step or width < step or height % step or width % step:
        nearest = [max(step, round(side / step) * step) for side in (height, width)]
        raise ValueError(
            f"size must be divisible by 2**depth = {step}, got {(height, width)}: "
            f"resize the picture to {tuple(nearest)} or choose a smaller depth"
        )
    return height, width


def convolve(features: Any, channels: int, name: str, count: int = 1, normalised: bool = True) -> Any:
    r"""One level of a U-Net: ``count`` times convolve 3x3, normalise, rectify.

    .. math:: h \leftarrow \max\Big(0, \gamma \frac{W * h - \mu}{\sqrt{\sigma^2 + \epsilon}} + \beta\Big)

    Parameters
    ----------
    features : Keras tensor of shape (N, H, W, C)
    channels : int, of the result
    name : str, of the last layer; the i-th convolution is ``<name>_i``, its normalisation ``<name>_i_norm``
    count : int >= 1
    normalised : bool, False adds a bias instead

    Returns
    -------
    Keras tensor of shape (N, H, W, channels)

    Examples
    --------
    >>> convolve(keras.Input((8, 8, 3)), 4, "level").shape  # doctest: +SKIP
    (None, 8, 8, 4)
    """
    layers = backend.load().layers
    for i in range(1, count + 1):
        # A bias before a normalisation would be subtracted again with the mean.
        features = layers.Conv2D(
            channels,
            3,
            padding="same",
            use_bias=not normalised,
            kernel_initializer="he_normal",
            name=f"{name}_{i}",
        )(features)
        if normalised:
            # A short memory of the mean and variance, because lessons train for hundreds of steps, not thousands.
            features = layers.BatchNormalization(momentum=0.9, name=f"{name}_{i}_norm")(features)
        features = layers.ReLU(name=name if i == count else f"{name}_{i}_relu")(features)
    return features
