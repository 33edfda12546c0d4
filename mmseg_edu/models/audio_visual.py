"""A U-Net that listens: the sound turns the picture's features up and down."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from mmseg_edu import backend
from mmseg_edu.models.places import PLACES, folded, fused, fused_scores, unfolded
from mmseg_edu.models.unet import checked_size, convolve
from mmseg_edu.preprocess.arguments import is_whole

if TYPE_CHECKING:
    import keras


def audio_visual_unet(
    size: int | tuple[int, int],
    classes: int = 5,
    channels: int = 3,
    length: int = 128,
    width: int = 32,
    depth: int = 3,
    *,
    operator: Callable[..., Any] | None = None,
    place: str = "middle",
    frames: int | None = None,
    motion: int | None = None,
) -> keras.Model:
    r"""U-Net in which an operator of fusion meets the sound: early, in the middle, or late.

    .. math:: h \leftarrow F(h, a), \qquad \text{for FiLM}\quad F_c(h, a)(x) = \gamma_c(a)\, h_c(x) + \beta_c(a)

    A channel that answers to bells is turned up when a bell is heard and down when not. Location comes from the
    picture, choice from the sound.

    Parameters
    ----------
    size : int or (H, W), pixels, both divisible by 2**depth
    classes : int, K
    channels : int, channels of the picture
    length : int, numbers in the sound vector
    width : int, channels at half resolution; level l, at 1 / 2**l of the size, has l times as many
    depth : int >= 1, how many times the picture is halved
    operator : a layer class of :mod:`mmseg_edu.models.layers`, or what makes such a layer from a name; None for Film
        For instance ``layers.Gated``, or ``functools.partial(layers.Bilinear, rank=8)``.
    place : {"early", "middle", "late"}
        Early: once, on the features of the first convolution. Middle: at the bottleneck, on every skip and on the last
        features. Late: on the scores of K classes that the picture alone gives each pixel and the sound alone
        gives the scene; `Weighted` and `Product` take their softmax.
    frames : int or None, T: pictures and sounds become films (N, T, ...), each frame with the sound of its moment
        All frames pass through the same convolutions; only an operator can look from one frame to another.
    motion : int or None, channels of a third sense, a map of the pictures' size such as motion energy
        Averaged down to the features that it meets; late, two convolutions make scores of it.

    Returns
    -------
    keras.Model
        Takes [pictures (N, H, W, channels) in [0, 1], sound vectors (N, length)] and, with motion, maps
        (N, H, W, motion); gives class probabilities (N, H, W, classes) in float32. With frames all have T behind N. The
        layer ``logits`` holds scores whose softmax they are. The operator's layers are named after it:
        ``film_early``, or ``film1`` and so on, ``film_bottleneck`` and ``film_last``, or ``film_late``.

    Raises
    ------
    ValueError
        If the size does not divide by 2**depth, a number is out of its range, the place is none of the three, or
        `Product` is asked for where there are no posteriors, early or in the middle.

    Notes
    -----
    Made to learn in a minute on a laptop: a strided convolution halves the picture at once and a transposed one gives
    the size back at the end, each level has one convolution where :func:`unet` has two, and skips are added, not
    concatenated, which halves the work on the way up.

    `Weighted` fuses maps of one meaning. Early and in the middle, where there are none, the sound is brought to the
    width of the features by a matrix first.

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
    numbers = {"classes": classes, "channels": channels, "length": length, "width": width, "depth": depth}
    numbers |= {n: v for n, v in (("frames", frames), ("motion", motion)) if v is not None}
    for name, value in numbers.items():
        if not is_whole(value) or value < 1:
            raise ValueError(
                f"{name} must be 1 or more, got {value!r}: a network needs at least one, a whole number"
            )
    # Keras takes no integers of NumPy.
    classes, channels, length = int(classes), int(channels), int(length)
    width, depth = int(width), int(depth)
    frames = None if frames is None else int(frames)
    motion = None if motion is None else int(motion)
    height, across = checked_size(size, depth)
    if place not in PLACES:
        raise ValueError(f"place must be one of {', '.join(PLACES)}, got {place!r}: try middle")
    from mmseg_edu.models import layers as fusing

    layers = backend.load().layers
    time = () if frames is None else (frames,)
    picture = layers.Input((*time, height, across, channels), name="picture")
    vector = layers.Input((*time, length), name="sound")
    third = [] if motion is None else [layers.Input((*time, height, across, motion), name="motion")]
    sound = layers.Dense(64, activation="relu", name="listen_1")(vector)
    sound = layers.Dense(64, activation="relu", name="listen_2")(sound)
    around = (sound, [folded(each, frames) for each in third], frames)
    meet = partial(fused, operator or fusing.Film, *around)
    features = layers.Conv2D(width, 4, strides=2, padding="same", use_bias=False, name="halve_1")(
        folded(picture, frames)
    )
    features = layers.BatchNormalization(momentum=0.9, name="halve_1_norm")(features)
    features, maps = layers.ReLU(name="halve")(features), []
    if place == "early":
        features = meet(features, "_early")
    for level in range(1, depth):
        features = convolve(features, width * level, f"down{level}")
        maps.append(meet(features, str(level)) if place == "middle" else features)
        features = layers.MaxPooling2D(2, name=f"pool{level}")(features)
    features = convolve(features, width * depth, "bottleneck")
    if place == "middle":
        features = meet(features, "_bottleneck")
    for level in reversed(range(1, depth)):
        features = layers.Conv2D(width * level, 1, name=f"narrow{level}")(features)
        features = layers.UpSampling2D(2, name=f"double{level}")(features)
        features = layers.Add(name=f"skip{level}")([maps[level - 1], features])
        features = convolve(features, width * level, f"up{level}")
    if place == "middle":
        features = meet(features, "_last")
    name = "logits" if place != "late" and frames is None else "seen"
    scores = layers.Conv2DTranspose(classes, 4, strides=2, padding="same", name=name)(features)
    if place == "late":
        scores = fused_scores(operator or fusing.Film, *around, scores)
    if name != "logits":
        scores = layers.Identity(name="logits")(unfolded(scores, frames))
    posterior = layers.Softmax(dtype="float32", name="posterior")(scores)
    return backend.load().Model([picture, vector, *third], posterior, name="audio_visual_unet")
