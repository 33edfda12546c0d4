"""The networks whose weights ship with the package, as Keras models: to look inside, or to train on."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from mmseg_edu import experts
from mmseg_edu.models.encoder import image_encoder
from mmseg_edu.models.fcn import fcn_classifier
from mmseg_edu.models.sounding_network import sounding_network
from mmseg_edu.models.subpixel_unet import subpixel_unet
from mmseg_edu.models.tagger import event_tagger, sound_tagger
from mmseg_edu.models.unet import checked_size, unet
from mmseg_edu.models.weights import load_weights, set_arrays

if TYPE_CHECKING:
    import keras

# The shapes that `mmseg-edu train` builds; weights and shapes travel together.
IMAGE_WIDTH = 16
IMAGE_DEPTH = 3
IMAGE_CONVOLUTIONS = 1
SOUND_WIDTH = 64
SOUND_DEPTH = 2

# A file of its own: the lessons without Keras, which read the experts, do not need it.
ENCODER = "encoder.npz"
FCN = "fcn.npz"
SOUNDING = "sounding.npz"


def image_unet(size: int | tuple[int, int] = 64, *, trained: bool = True) -> keras.Model:
    """U-Net that sees the picture and is deaf: ``experts.see`` as a Keras model.

    Parameters
    ----------
    size : int or (H, W), pixels, divisible by 8
    trained : bool, False leaves the weights random, with batch normalisation, ready to be trained

    Returns
    -------
    keras.Model
        Takes (N, H, W, 3) in [0, 1], gives (N, H, W, 5), the same numbers as ``experts.see`` up to rounding.

    Raises
    ------
    ValueError
        If the size does not divide by 8.

    Examples
    --------
    >>> image_unet(64).output_shape  # doctest: +SKIP
    (None, 64, 64, 5)
    """
    # The pictures that experts.see takes too, so that the two can be compared wherever either answers.
    model = unet(
        checked_size(size, IMAGE_DEPTH),
        width=IMAGE_WIDTH,
        depth=IMAGE_DEPTH,
        convolutions=IMAGE_CONVOLUTIONS,
        normalised=not trained,
    )
    if trained:
        set_arrays(model, experts.part("image"))
    return model


def object_unet(size: int | tuple[int, int] = 64) -> keras.Model:
    """U-Net that names every visible object, sounding or not: ``experts.recognise`` as a Keras model.

    Parameters
    ----------
    size : int or (H, W), pixels, divisible by 8

    Returns
    -------
    keras.Model
        Takes (N, H, W, 3) in [0, 1], gives (N, H, W, 5). It differs from :func:`image_unet` only in its last
        layer.

    Raises
    ------
    ValueError
        If the size does not divide by 8.

    Examples
    --------
    >>> object_unet(64).output_shape  # doctest: +SKIP
    (None, 64, 64, 5)

    Lesson: 14_unet
    """
    model = image_unet(size)
    set_arrays(model, experts.part("objects"))
    return model


def sound_tagger_shipped(*, trained: bool = True) -> keras.Model:
    """Dense network that hears the sound and is blind: ``experts.hear`` as a Keras model.

    Parameters
    ----------
    trained : bool, False leaves the weights random

    Returns
    -------
    keras.Model
        Takes (N, 128) from ``features.sound_vector``, gives (N, 5), the same numbers as ``experts.hear`` up
        to rounding.

    Examples
    --------
    >>> sound_tagger_shipped().output_shape  # doctest: +SKIP
    (None, 5)
    """
    model = sound_tagger(width=SOUND_WIDTH, depth=SOUND_DEPTH)
    if trained:
        set_arrays(model, experts.part("sound"))
    return model


def image_encoder_shipped(size: int | tuple[int, int] = 64, *, trained: bool = True) -> keras.Model:
    """Encoder that says which objects are visible, sounding or not; ``level2`` holds its features of each place.

    It learnt from the names of what is in each picture, never from a mask: where things are, nobody told it.

    Parameters
    ----------
    size : int or (H, W), pixels, divisible by 4; it learnt on pictures of 64x64
    trained : bool, False leaves the weights random, with batch normalisation, ready to be trained

    Returns
    -------
    keras.Model
        :func:`image_encoder` with its usual numbers: takes (N, H, W, 3) in [0, 1], gives (N, 4), the
        probabilities that a bell, a drum, a guitar, a bird (``scenes.CLASSES[1:]``) is visible. On unseen scenes
        97 in 100 of these answers are right; of a coin, 50 would be.

    Raises
    ------
    ValueError
        If the size does not divide by 4.

    Examples
    --------
    >>> image_encoder_shipped().output_shape  # doctest: +SKIP
    (None, 4)

    Lesson: 05_cnn_features
    """
    model = image_encoder(size, normalised=not trained)
    if trained:
        with resources.as_file(resources.files("mmseg_edu") / "weights" / ENCODER) as path:
            load_weights(model, path)
    return model


def fcn_classifier_shipped(size: int | tuple[int, int] = 128, *, trained: bool = True) -> keras.Model:
    """Classifier that names the one thing in a picture; its trunk is that of every ``fcn`` of width 8.

    It learnt from one name a picture, never from a mask.

    Parameters
    ----------
    size : int or (H, W), pixels, divisible by 32; it learnt on pictures of 128x128 with one thing in each
    trained : bool, False leaves the weights random

    Returns
    -------
    keras.Model
        :func:`fcn_classifier` with its usual numbers: takes (N, H, W, 3) in [0, 1], gives (N, 4), the probabilities
        of a bell, a drum, a guitar, a bird (``scenes.CLASSES[1:]``). Of unseen pictures it names 95 in 100 right or
        more; chance would name 25.

    Raises
    ------
    ValueError
        If the size does not divide by 32.

    Examples
    --------
    >>> fcn_classifier_shipped().output_shape  # doctest: +SKIP
    (None, 4)

    Lesson: 13_fcn
    """
    model = fcn_classifier(size)
    if trained:
        with resources.as_file(resources.files("mmseg_edu") / "weights" / FCN) as path:
            load_weights(model, path)
    return model


def sounding_network_shipped(
    size: int | tuple[int, int] = 64, *, path: str | Path | None = None
) -> keras.Model:
    """Network that sees every object, hears every sound, and joins both by the rule, with its weights.

    Parameters
    ----------
    size : int or (H, W), pixels, divisible by 8; it learnt on pictures of 64x64
    path : where the weights are; default: those inside the installed package

    Returns
    -------
    keras.Model
        :func:`mmseg_edu.models.sounding_network` with its usual numbers: takes [pictures (N, H, W, 3) in [0, 1], sound
        vectors (N, 128)], gives the posterior of the sounding object (N, H, W, 5).

    Raises
    ------
    ValueError
        If the size does not divide by 8.

    Examples
    --------
    >>> sounding_network_shipped().output_shape  # doctest: +SKIP
    (None, 64, 64, 5)

    Lesson: 16_learned_fusion
    """
    model = sounding_network(subpixel_unet(size), event_tagger())
    with resources.as_file(resources.files("mmseg_edu") / "weights" / SOUNDING) as inside:
        return load_weights(model, inside if path is None else path)
