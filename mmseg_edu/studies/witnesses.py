"""The experts of a study: one sees and is deaf, one hears and is blind, trained on the scenes that all others get."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mmseg_edu import backend, fusion, models
from mmseg_edu.features import sound_vector
from mmseg_edu.scenes import CLASSES, Batch

if TYPE_CHECKING:
    import keras

Array = NDArray[np.floating]
WIDTH, DEPTH = 16, 2
RATE, BATCH, EPOCHS = 1e-2, 32, 10
_K = len(CLASSES)


class Witnesses(NamedTuple):
    """Two networks that were trained apart, and what joins their answers.

    Attributes
    ----------
    eye : keras.Model, pictures to 2 K - 1 classes: background, each kind silent, each kind sounding
    ear : keras.Model, sound vectors to K flags: does this class sound?
    centre, spread : (128,), of the sound vectors that the ear learnt from
    areas : (K,), the mean share of a picture that a sounding thing of this class fills
    prior : (K,), the share of each class in all pixels that were learnt
    """

    eye: keras.Model
    ear: keras.Model
    centre: Array
    spread: Array
    areas: Array
    prior: Array


class Opinions(NamedTuple):
    """What the witnesses say of N scenes.

    Attributes
    ----------
    sees : (N, H, W, K), P(class of the sounding thing at this pixel | picture)
    hears : (N, H, W, K), P(class of a pixel drawn at random | sound), the same at every pixel
    objects : (N, H, W, K), P(class of the thing at this pixel, sounding or silent | picture)
    flags : (N, K), P(this class sounds | sound)
    """

    sees: Array
    hears: Array
    objects: Array
    flags: Array


def train_witnesses(batch: Batch, seed: int, *, epochs: int = EPOCHS, progress: bool = False) -> Witnesses:
    r"""Teach one network to see and one to hear, on the same scenes, without either knowing of the other.

    The eye is the audio-visual network that the learned operators use, with silence for a sound: the same
    weights and as many steps, so that a difference between rule and operator is not one of size.

    Parameters
    ----------
    batch : Batch, of N scenes
    seed : int, of the first weights and the order
    epochs : int >= 1, passes of the eye over the scenes; the ear, which is small, makes four times as many
    progress : bool, show a bar

    Returns
    -------
    Witnesses

    Raises
    ------
    ValueError
        If there are no scenes, or epochs is below 1.

    Examples
    --------
    >>> train_witnesses(ordinary(1000, seed=0), seed=0)  # doctest: +SKIP
    """
    backend.seed(seed)
    eye = models.audio_visual_unet(batch.images.shape[1:3], classes=2 * _K - 1, width=WIDTH, depth=DEPTH)
    states = np.where(batch.labels > 0, batch.labels + _K - 1, batch.objects).astype(np.uint8)
    settings: dict[str, Any] = {"rate": RATE, "batch": BATCH, "progress": progress}
    loss = "sparse_categorical_crossentropy"
    models.fit(
        eye, [batch.images, _silence(len(batch))], states, loss, epochs=epochs, title="eye", **settings
    )
    vectors = sound_vector(batch.sounds, batch.rate)
    centre, spread = vectors.mean(axis=0), vectors.std(axis=0) + 1e-2
    ear = models.sound_tagger()
    ear = backend.load().Model(ear.input, backend.load().ops.sigmoid(ear.get_layer("logits").output))
    normal, flags = (vectors - centre) / spread, batch.heard.astype(np.float32)
    models.fit(ear, normal, flags, "binary_crossentropy", epochs=4 * epochs, title="ear", **settings)
    shares = np.stack([(batch.labels == k).mean(axis=(1, 2)) for k in range(_K)], axis=1)
    areas = (shares * batch.heard).sum(axis=0) / np.maximum(batch.heard.sum(axis=0), 1)
    return Witnesses(eye, ear, centre, spread, areas, shares.mean(axis=0))


def ask(witnesses: Witnesses, batch: Batch) -> Opinions:
    r"""Ask both witnesses about scenes, each with its own sense alone.

    .. math:: P(k \mid \text{picture}) = P(k \text{ sounding}), \qquad
              P(k \mid \text{sound}) = a_k\, P(k \text{ sounds}) \quad (k \ge 1)

    with the mean area :math:`a_k` of a sounding thing; the background gets the rest.

    Parameters
    ----------
    witnesses : Witnesses
    batch : Batch, of N scenes of the size that the eye learnt

    Returns
    -------
    Opinions

    Examples
    --------
    >>> ask(train_witnesses(ordinary(1000, 0), seed=0), ordinary(10, 1)).sees.shape  # doctest: +SKIP
    (10, 32, 32, 5)
    """
    return ask_vectors(witnesses, batch.images, sound_vector(batch.sounds, batch.rate))


def ask_vectors(witnesses: Witnesses, images: Array, vectors: Array) -> Opinions:
    """Ask both witnesses about pictures and sound vectors, as :func:`ask` does about a batch.

    Parameters
    ----------
    witnesses : Witnesses
    images : (N, H, W, 3) in [0, 1]
    vectors : (N, 128)

    Returns
    -------
    Opinions

    Examples
    --------
    >>> ask_vectors(witnesses, batch.images, vectors).flags.shape  # doctest: +SKIP
    (10, 5)
    """
    states = models.predict(witnesses.eye, [images, _silence(len(images))])
    flags = models.predict(witnesses.ear, (vectors - witnesses.centre) / witnesses.spread)
    silent, sounding = states[..., 1:_K], states[..., _K:]
    hears = fusion.over_pixels(with_background(witnesses.areas[1:] * flags[:, 1:]), images.shape[1:3])
    return Opinions(with_background(sounding), hears, with_background(silent + sounding), flags)


def with_background(things: Array) -> Array:
    """Put the background, which gets the rest, before the probabilities of the things.

    >>> with_background(np.array([[0.25, 0.5]])).tolist()
    [[0.25, 0.25, 0.5]]
    """
    rest = 1 - things.sum(axis=-1, keepdims=True)
    return np.concatenate([np.maximum(rest, 0), things], axis=-1)


def _silence(count: int) -> NDArray[np.float32]:
    return np.zeros((count, 128), np.float32)
