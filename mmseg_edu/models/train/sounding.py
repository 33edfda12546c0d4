"""Train the network that joins seeing and hearing by a rule: ``mmseg-edu train sounding``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mmseg_edu import backend, metrics
from mmseg_edu.features import sound_vector
from mmseg_edu.models.border_loss import border_cross_entropy
from mmseg_edu.models.losses import cross_entropy_and_dice
from mmseg_edu.models.muon import muon
from mmseg_edu.models.prediction import predict, predict_labels
from mmseg_edu.models.shipped import sounding_network_shipped
from mmseg_edu.models.subpixel_unet import subpixel_unet
from mmseg_edu.models.tagger import event_tagger
from mmseg_edu.models.training import fit
from mmseg_edu.models.weights import arrays_of, save_arrays, set_arrays, with_normalisation
from mmseg_edu.scenes import CLASSES

if TYPE_CHECKING:
    import keras

    from mmseg_edu.scenes import Batch

Array = NDArray[Any]

# What the tagger hears besides the pictures' own sounds: more noise, other lengths, and more of silence, noise and
# instruments out of sight, in which a mask would be a false alarm.
MORE_SOUNDS: tuple[dict[str, Any], ...] = (
    {"snr_db": 10.0},
    {"snr_db": 20.0, "duration": 2.0},
    {"snr_db": float("inf"), "duration": 2.0},
    {"absent": 0.6},
)
# How far the first unseen scene's seed lies from the seed of training.
UNSEEN = 1_000_003


def train_sounding(
    path: str | Path,
    *,
    seed: int = 0,
    count: int = 4000,
    epochs: int = 2,
    progress: bool = True,
) -> dict[str, float]:
    r"""Train a network that names every object and one that names every sound, and write the weights of both.

    Parameters
    ----------
    path : where to write the ``.npz``
    seed : int, of the scenes, the first weights and the order of training
    count : int >= 20, number of scenes
    epochs : int >= 1, passes over the pictures (the tagger, which is small, makes ten times as many over its sounds)
    progress : bool, show a bar over the epochs

    Returns
    -------
    dict of what was measured on 500 scenes of another seed: the mean IoU of the sounding objects, of all objects, of
    the sounding objects if every flag were right, and the share of scenes with every flag right

    Raises
    ------
    ValueError
        If count or epochs is too small.

    Notes
    -----
    The shipped weights are of ``mmseg-edu train sounding``, seed 0, TensorFlow on a CPU: 1,000 steps, the work of
    about 250 steps of ``unet(64)`` at batch 16, 100 s of processor time. On 500 scenes of another seed
    they reach a mean IoU of 0.916, and would reach 0.920 if every flag were right, which 99 in 100 are. In 200 scenes
    with two objects, each sounding in turn, the mask follows the sound in 196; in the other four the eye finds less
    than half of one object. In silence and in noise all 100 masks are empty. Six passes in place of two, 3,000 steps,
    reach 0.930, and miss the same four.

    Examples
    --------
    >>> train_sounding("sounding.npz", count=200, epochs=1)  # doctest: +SKIP
    """
    if count < 20 or epochs < 1:
        raise ValueError(
            f"count must be 20 or more and epochs 1 or more, got {count} and {epochs}: use 4000 and 2"
        )
    from mmseg_edu.scenes import make_batch

    scenes = make_batch(count, seed)
    sounds = [scenes] + [make_batch(count // 2, seed + 1 + i, **more) for i, more in enumerate(MORE_SOUNDS)]
    backend.seed(seed)
    seeing = subpixel_unet(scenes.images.shape[1:3])
    learn_objects(seeing, scenes.images, scenes.objects, epochs=epochs, progress=progress)
    hearing = event_tagger()
    vectors = np.concatenate([sound_vector(batch.sounds, batch.rate) for batch in sounds])
    learn_flags(
        hearing,
        vectors,
        np.concatenate([batch.heard for batch in sounds]),
        epochs=10 * epochs,
        progress=progress,
    )
    save_arrays(path, arrays_of(seeing) | arrays_of(hearing), dtype=np.float16)
    return measured(sounding_network_shipped(path=path), make_batch(500, seed + UNSEEN))


def learn_objects(
    model: keras.Model, images: Array, objects: Array, *, epochs: int = 2, progress: bool = True
) -> None:
    r"""Teach a network the class of every visible object, sounding or not, in few steps.

    .. math:: L = L_\text{cross-entropy} + L_\text{Dice} + L_\text{cross-entropy on the border}

    Parameters
    ----------
    model : keras.Model from pictures to posteriors, such as :func:`mmseg_edu.models.subpixel_unet`
    images : array of shape (N, H, W, C) in [0, 1]
    objects : array of shape (N, H, W), integers: ``scenes.Batch.objects``
    epochs : int >= 1
    progress : bool

    Notes
    -----
    What made the difference: mean IoU of the sounding objects on 1,000 unseen scenes if every flag is right, one
    training each, so that 0.003 is nothing.

    ================================================== ===== ======= ======
    change                                             steps without with
    ================================================== ===== ======= ======
    Muon in place of Adam, both at their rate of 4e-3  400   0.812   0.835
    its rate at 1e-2 in place of 4e-3                  400   0.835   0.859
    its rate at 2e-2 in place of 1e-2 (4e-2: 0.868)    400   0.859   0.869
    the border's pixels weigh 3 times as much          400   0.869   0.875
    6 times as much                                    400   0.875   0.878
    weight decay of 0.02                               400   0.875   0.874
    narrowed maps added as skips, wider levels         400   0.869   0.864
    ================================================== ===== ======= ======

    Adam alone reaches 0.885 in 1,500 steps; with Muon and the border 1,000 steps reach 0.916. The mean of the answers
    to a picture and to its mirror image is no better than the answer: shadows fall to one side.

    Examples
    --------
    >>> learn_objects(subpixel_unet(64), batch.images, batch.objects)  # doctest: +SKIP
    """
    fit(
        model,
        images,
        objects,
        object_loss,
        rate=2e-2,
        epochs=epochs,
        batch=8,
        optimizer=muon,
        title="objects",
        progress=progress,
    )


def object_loss(truth: Any, posterior: Any) -> Any:
    """Cross-entropy and Dice of all pixels, and the cross-entropy of the border's again; one number a scene.

    Parameters
    ----------
    truth : (N, H, W), class indices
    posterior : (N, H, W, K), probabilities

    Returns
    -------
    (N,)

    Examples
    --------
    >>> object_loss([[[0, 1]]], [[[[0.5, 0.5], [0.5, 0.5]]]]).round(2)  # log 2 + 1 / 2 + log 2
    array([1.89])
    """
    return cross_entropy_and_dice(truth, posterior) + border_cross_entropy(truth, posterior)


def learn_flags(
    model: keras.Model, vectors: Array, heard: Array, *, epochs: int = 20, progress: bool = True
) -> None:
    """Teach a tagger which classes are in a sound.

    Parameters
    ----------
    model : keras.Model from sound vectors to flags, such as :func:`mmseg_edu.models.event_tagger`
    vectors : array of shape (N, S), from ``features.sound_vector``
    heard : array of shape (N, K), bool: ``scenes.Batch.heard``
    epochs : int >= 1
    progress : bool

    Notes
    -----
    The tagger learns from numbers of mean 0 and variance 1; in the end its first layer takes the vectors as they are.

    Examples
    --------
    >>> learn_flags(event_tagger(), sound_vector(batch.sounds, batch.rate), batch.heard)  # doctest: +SKIP
    """
    centre, spread = vectors.mean(axis=0), vectors.std(axis=0) + 1e-2
    fit(
        model,
        (vectors - centre) / spread,
        np.asarray(heard, np.float32),
        "binary_crossentropy",
        rate=2e-3,
        epochs=epochs,
        batch=64,
        weight_decay=1e-2,
        title="flags",
        progress=progress,
    )
    set_arrays(model, with_normalisation(arrays_of(model), centre, spread))


def measured(model: keras.Model, scenes: Batch) -> dict[str, float]:
    """Measure a joined network and its two halves on scenes that it has not seen.

    Parameters
    ----------
    model : keras.Model, from :func:`mmseg_edu.models.sounding_network`
    scenes : Batch

    Returns
    -------
    dict of mean IoU of the sounding objects, of all objects and with true flags, and of the share of scenes in which
    every flag is right

    Examples
    --------
    >>> measured(sounding_network_shipped(), scenes.make_batch(500, 1_000_003))["sounding_iou"]  # doctest: +SKIP
    0.91
    """
    keras_ = backend.load()
    parts = keras_.Model(model.inputs, [model.get_layer(name).output for name in ("posterior", "flags")])
    vectors = sound_vector(scenes.sounds, scenes.rate)
    objects, flags = predict(parts, [scenes.images, vectors])
    seen = objects.argmax(axis=-1)
    true_flags = scenes.heard[np.arange(len(scenes))[:, None, None], seen]
    iou = {
        "sounding_iou": (scenes.labels, predict_labels(model, [scenes.images, vectors])),
        "objects_iou": (scenes.objects, seen),
        "sounding_iou_true_flags": (scenes.labels, np.where(true_flags, seen, 0)),
    }
    right = ((flags > 0.5) == scenes.heard).all(axis=-1).mean()
    return {name: float(metrics.mean_iou(*pair, len(CLASSES))) for name, pair in iou.items()} | {
        "flags_right": float(right)
    }
