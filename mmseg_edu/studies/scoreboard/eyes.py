"""The witnesses of the scoreboard: three that see, one that hears, and the numbers that join their answers."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mmseg_edu import backend, fusion, models
from mmseg_edu.features import sound_vector
from mmseg_edu.scenes import CLASSES, make_batch
from mmseg_edu.studies.rules import ROUNDING_ZERO, fit_weights
from mmseg_edu.studies.scoreboard.hidden import VALIDATION, hidden_questions, hidden_truths
from mmseg_edu.studies.scoreboard.scoring import named_iou
from mmseg_edu.studies.witnesses import Opinions, with_background

Array = NDArray[np.floating]
# From pictures (N, H, W, 3) to P(class of the thing at this pixel, sounding or silent | picture), (N, H, W, K).
Eye = Callable[[Array], Array]
HELD = 60
_K = len(CLASSES)
# A thing fills more of a picture than this.
_SPECK = 0.01
_LEARNT, _SEED = 1500, 2020
_FCN: dict[str, Any] = {"rate": 0.01, "batch": 16, "epochs": 12}


class Joined(NamedTuple):
    """What joins the answers of an eye and the ear, counted and fitted on validation scenes.

    Attributes
    ----------
    ringing : (K,), how often a thing of this class that is shown sounds
    areas : (K,), the mean share of a picture that a sounding thing of this class fills
    prior : (K,), in (0, 1], the share of each class in all pixels of the truth
    alpha : (2,), of the weighted mean
    weights : (2,), of the log pool
    """

    ringing: Array
    areas: Array
    prior: Array
    alpha: Array
    weights: Array


@lru_cache(maxsize=1)
def _shipped() -> Any:
    return models.sounding_network_shipped()


def unet_sees(pictures: Array) -> Array:
    """Ask the U-Net of lesson 16, which ships with the package, for the classes of all visible things.

    Parameters
    ----------
    pictures : (N, 64, 64, 3) in [0, 1]

    Returns
    -------
    array (N, 64, 64, 5)

    Examples
    --------
    >>> unet_sees(np.zeros((1, 64, 64, 3), np.float32)).shape  # doctest: +SKIP
    (1, 64, 64, 5)

    Lesson: 20_capstone
    """
    return np.asarray(models.predict(_part("picture", "logits"), pictures))


def hears_events(vectors: Array) -> Array:
    """Ask the ear of lesson 16, which ships with the package, which classes sound.

    Parameters
    ----------
    vectors : (N, 128), from ``features.sound_vector``

    Returns
    -------
    array (N, 5), in [0, 1]

    Examples
    --------
    >>> hears_events(np.zeros((1, 128), np.float32)).shape  # doctest: +SKIP
    (1, 5)

    Lesson: 20_capstone
    """
    return np.asarray(models.predict(_part("sound", "flags"), vectors))


@lru_cache(maxsize=2)
def _part(takes: str, gives: str) -> Any:
    keras, whole = backend.load(), _shipped()
    given = {each.name: each for each in whole.inputs}[takes]
    found = whole.get_layer(gives).output
    return keras.Model(given, keras.ops.softmax(found) if gives == "logits" else found)


def count_unet() -> int:
    """The number of weights in :func:`unet_sees`."""
    return int(_part("picture", "logits").count_params())


def count_ear() -> int:
    """The number of weights in :func:`hears_events`."""
    return int(_part("sound", "flags").count_params())


def train_fcn_eye(seed: int = _SEED, *, progress: bool = False) -> tuple[Eye, int]:
    """Train the FCN-8s of lesson 13, on the trunk of the shipped classifier, to name all visible things.

    Parameters
    ----------
    seed : int, of scenes, first weights and order
    progress : bool, show a bar

    Returns
    -------
    eye : function of pictures (N, 64, 64, 3)
    parameters : int

    Examples
    --------
    >>> eye, parameters = train_fcn_eye()  # doctest: +SKIP
    """
    backend.seed(seed)
    batch = make_batch(_LEARNT, seed)
    model = models.fcn(batch.images.shape[1:3])
    models.inherit(model, models.fcn_classifier_shipped())
    loss = "sparse_categorical_crossentropy"
    models.fit(model, batch.images, batch.objects, loss, title="FCN", progress=progress, **_FCN)
    return lambda pictures: np.asarray(models.predict(model, pictures)), model.count_params()


def opinions_of(eye: Eye, joined: Joined, pictures: Array, vectors: Array) -> Opinions:
    r"""Ask an eye and the ear about scenes, each with its own sense alone.

    .. math:: P(k \mid \text{picture}) = r_k\, P(\text{object } k \mid \text{picture}), \qquad
              P(k \mid \text{sound}) = a_k\, P(k \text{ sounds} \mid \text{sound}) \quad (k \ge 1)

    and the background gets the rest.

    Parameters
    ----------
    eye : function of pictures
    joined : Joined, of which the shares r and the areas a are taken
    pictures : (N, H, W, 3) in [0, 1]
    vectors : (N, 128)

    Returns
    -------
    Opinions

    Examples
    --------
    >>> opinions_of(experts.recognise, joined, pictures, vectors).sees.shape  # doctest: +SKIP
    (1, 64, 64, 5)
    """
    objects, flags = eye(pictures), hears_events(vectors)
    sees = with_background(joined.ringing[1:] * objects[..., 1:])
    hears = fusion.over_pixels(with_background(joined.areas[1:] * flags[:, 1:]), objects.shape[1:3])
    return Opinions(sees, hears, objects, flags)


def middle(frames: Array) -> Array:
    """The frame whose labels are asked for, as a batch of one.

    >>> middle(np.arange(8).reshape(8, 1, 1, 1)).ravel().tolist()
    [4]
    """
    return frames[len(frames) // 2][None]


def join(eye: Eye, count: int = HELD, key: str = VALIDATION) -> Joined:
    """Count and fit what joins an eye and the ear, on scenes that nobody is scored on.

    Parameters
    ----------
    eye : function of pictures
    count : int >= 1, validation scenes
    key : str, which

    Returns
    -------
    Joined
        alpha in steps of 1/20 and the log pool's weights in steps of 1/4, by the IoU that the board is sorted by.

    Examples
    --------
    >>> join(experts.recognise).alpha.shape  # doctest: +SKIP
    (2,)

    Lesson: 20_capstone
    """
    asked = hidden_questions(count, key)
    truth = np.stack([each["own"] for each in hidden_truths(count, key)])
    pictures = np.concatenate([middle(each.frames) for each in asked])
    vectors = np.stack([sound_vector(each.sounds["own"], each.rate) for each in asked])
    shown = eye(pictures).argmax(axis=-1)
    counted = _counted(shown, truth)
    says = opinions_of(eye, counted, pictures, vectors)
    known = np.stack([fusion.clip(each, ROUNDING_ZERO) for each in says[:2]])

    def score(labels: Any, fused: Array) -> float:
        return float(named_iou(labels, fused.argmax(axis=-1)).mean())

    alpha = fusion.fit_alpha_grid(known, truth, steps=20, score=score)
    return counted._replace(alpha=alpha, weights=fit_weights(known, truth, counted.prior))


def _counted(shown: NDArray[np.integer], truth: NDArray[np.integer]) -> Joined:
    """Shares, areas and prior from what an eye sees and what is true; a class that was never shown has none."""
    pixels = np.stack([(truth == k).mean(axis=(1, 2)) for k in range(_K)], axis=1)
    seen = np.stack([(shown == k).mean(axis=(1, 2)) > _SPECK for k in range(_K)], axis=1)
    sounds = pixels > 0
    ringing = (sounds & seen).sum(axis=0) / np.maximum(seen.sum(axis=0), 1)
    areas = pixels.sum(axis=0) / np.maximum(sounds.sum(axis=0), 1)
    prior = np.maximum(pixels.mean(axis=0), ROUNDING_ZERO)
    return Joined(ringing, areas, prior / prior.sum(), np.ones(2) / 2, np.ones(2))
