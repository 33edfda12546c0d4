"""A U-Net that listens: the sound turns the picture's features up and down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mmseg_edu import backend
from mmseg_edu.models.unet import checked_size, convolve

if TYPE_CHECKING:
    import keras


def audio_visual_unet(
    size: int | tuple[int, int],
    classes: int = 5,
    channels: int = 3,
    length: int = 128,
    width: int = 32,
    depth: int = 3,
) -> keras.Model:
    r"""U-Net whose features are scaled and shifted by the sound, at the bottleneck and on every skip.

    .. math:: y_c(x) = \gamma_c(a)\, h_c(x) + \beta_c(a)

    A channel that answers to bells is turned up when a bell is heard and down when not: feature-wise linear
    modulation (FiLM). Location comes from the picture, choice from the sound.

    Parameters
    ----------
    size : int or (H, W), pixels, both divisible by 2**depth
    classes : int, K
    channels : int, channels of the picture
    length : int, numbers in the sound vector
    width : int, channels at half resolution; level l, at 1 / 2**l of the size, has l times as many
    depth : int >= 1, how many times the picture is halved

    Returns
    -------
    keras.Model
        Takes [pictures (N, H, W, channels) in [0, 1], sound vectors (N, length)], gives class probabilities
        (N, H, W, classes). The layer named ``logits`` holds the scores before the softmax,
        ``film_bottleneck`` the coarsest features after listening.

    Raises
    ------
    ValueError
        If the size does not divide by 2**depth, or a number is out of its range.

    Notes
    -----
    Made to learn in a minute on a laptop: a strided convolution halves the picture at once and a transposed one gives
    the size back at the end, each level has one convolution where :func:`unet` has two, and skips are added, not
    concatenated, which halves the work on the way up.

    References
    ----------
    Perez, Strub, de Vries, Dumoulin & Courville (2018), AAAI, equation 2. Ronneberger, Fischer & Brox (2015),
    MICCAI, for the skips; Chaurasia & Culurciello (2017), VCIP, for adding them.

    Examples
    --------
    >>> model = audio_visual_unet(64)  # doctest: +SKIP
    >>> [tuple(x.shape[1:]) for x in model.inputs]  # doctest: +SKIP
    [(64, 64, 3), (128,)]

    Lesson: 16_learned_fusion
    """
    height, across = checked_size(size, depth)
    numbers = {"classes": classes, "channels": channels, "length": length, "width": width, "depth": depth}
    for name, value in numbers.items():
        if value < 1:
            raise ValueError(f"{name} must be 1 or more, got {value}: a network needs at least one")
    keras_ = backend.load()
    layers = keras_.layers
    picture = layers.Input((height, across, channels), name="picture")
    vector = layers.Input((length,), name="sound")
    sound = layers.Dense(64, activation="relu", name="listen_1")(vector)
    sound = layers.Dense(64, activation="relu", name="listen_2")(sound)
    features = layers.Conv2D(width, 4, strides=2, padding="same", use_bias=False, name="halve_1")(picture)
    features = layers.BatchNormalization(momentum=0.9, name="halve_1_norm")(features)
    features, maps = layers.ReLU(name="halve")(features), []
    for level in range(1, depth):
        features = convolve(features, width * level, f"down{level}")
        maps.append(film(features, sound, f"film{level}"))
        features = layers.MaxPooling2D(2, name=f"pool{level}")(features)
    features = film(convolve(features, width * depth, "bottleneck"), sound, "film_bottleneck")
    for level in reversed(range(1, depth)):
        features = layers.Conv2D(width * level, 1, name=f"narrow{level}")(features)
        features = layers.UpSampling2D(2, name=f"double{level}")(features)
        features = layers.Add(name=f"skip{level}")([maps[level - 1], features])
        features = convolve(features, width * level, f"up{level}")
    features = film(features, sound, "film_last")
    logits = layers.Conv2DTranspose(classes, 4, strides=2, padding="same", name="logits")(features)
    posterior = layers.Softmax(name="posterior")(logits)
    return keras_.Model([picture, vector], posterior, name="audio_visual_unet")


def film(features: Any, sound: Any, name: str) -> Any:
    r"""Scale and shift every channel by numbers that depend on the sound.

    .. math:: y_c(x) = \gamma_c(a)\, h_c(x) + \beta_c(a)

    Parameters
    ----------
    features : Keras tensor of shape (N, H, W, C)
    sound : Keras tensor of shape (N, S)
    name : str, of the last layer; scale and shift are ``<name>_scale`` and ``<name>_shift``

    Returns
    -------
    Keras tensor of shape (N, H, W, C). Before training it equals ``features``: scale 1, shift 0.

    References
    ----------
    Perez, Strub, de Vries, Dumoulin & Courville (2018), AAAI, equation 2.

    Examples
    --------
    >>> film(keras.Input((8, 8, 3)), keras.Input((128,)), "listen").shape  # doctest: +SKIP
    (None, 8, 8, 3)

    Lesson: 16_learned_fusion
    """
    layers = backend.load().layers
    channels = features.shape[-1]
    # Starting at scale 1 and shift 0, the network first learns to see and then what to listen for.
    scale = layers.Dense(channels, kernel_initializer="zeros", bias_initializer="ones", name=f"{name}_scale")(
        sound
    )
    shift = layers.Dense(channels, kernel_initializer="zeros", name=f"{name}_shift")(sound)
    scaled = layers.Multiply(name=f"{name}_scaled")([features, layers.Reshape((1, 1, channels))(scale)])
    return layers.Add(name=name)([scaled, layers.Reshape((1, 1, channels))(shift)])
