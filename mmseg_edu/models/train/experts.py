"""Train the shipped experts: ``mmseg-edu train experts``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mmseg_edu import backend, experts
from mmseg_edu.features import sound_vector
from mmseg_edu.fusion import fit_temperature
from mmseg_edu.models.prediction import predict
from mmseg_edu.models.shipped import image_unet, sound_tagger_shipped
from mmseg_edu.models.train.pictures import HELD_OUT, check_amount, fit_pictures
from mmseg_edu.models.train.shares import pixel_shares, shares_cross_entropy
from mmseg_edu.models.training import fit
from mmseg_edu.models.weights import (
    arrays_of,
    folded,
    save_arrays,
    tempered,
    with_normalisation,
)
from mmseg_edu.scenes import CLASSES

if TYPE_CHECKING:
    import keras

Array = NDArray[Any]

# What the sound tagger hears besides the pictures' own sounds, so that a clip of another length, noise or
# a codec does not surprise it: (noise in dB, duration in s).
MORE_SOUNDS = ((10.0, 1.0), (20.0, 2.0), (float("inf"), 2.0))


def train_experts(
    path: str | Path,
    *,
    seed: int = 0,
    count: int = 4000,
    epochs: int = 12,
    progress: bool = True,
) -> dict[str, float]:
    r"""Train the image-only U-Net and the sound tagger on fresh sounding scenes and write their weights.

    The U-Net learns, pixel by pixel, the class of the *sounding* object, which the picture alone does not
    determine: what it can learn is how often such an object sounds. A second read-out of the same network
    learns the class of any visible object. The tagger learns the share of each class in the picture from the
    sound, the prior is the mean share. The posteriors are cooled or warmed by one temperature each,

    .. math:: T = \arg\min_T -\sum \log \mathrm{softmax}(z / T)_k,

    on scenes kept out of training, because a product of posteriors is only as good as its factors are honest.

    Parameters
    ----------
    path : where to write the ``.npz``
    seed : int, of the scenes, the first weights and the order of training
    count : int >= 20, number of scenes
    epochs : int >= 1, passes over the pictures (the tagger, which is small, makes four times as many)
    progress : bool, show a bar over the steps

    Returns
    -------
    dict of what was measured on the scenes kept out: cross-entropies and temperatures

    Raises
    ------
    ValueError
        If count or epochs is too small.

    Notes
    -----
    With the default numbers about five minutes on 2 quiet CPU cores. On a CPU the same seed gives the same weights
    up to rounding.

    Examples
    --------
    >>> train_experts("experts.npz", count=200, epochs=1)  # doctest: +SKIP
    """
    check_amount(count, epochs)
    from mmseg_edu.scenes import make_batch

    scenes = make_batch(count, seed, image_noise=0.0)
    backend.seed(seed)
    generator = np.random.default_rng(seed)
    image, image_says = _train_image(
        scenes.images, scenes.labels, scenes.objects, epochs, generator, progress
    )
    vectors, shares = [sound_vector(scenes.sounds, scenes.rate)], [pixel_shares(scenes.labels)]
    for i, (snr_db, duration) in enumerate(MORE_SOUNDS):
        extra = make_batch(count // 2, seed + 1 + i, snr_db=snr_db, duration=duration)
        vectors.append(sound_vector(extra.sounds, extra.rate))
        shares.append(pixel_shares(extra.labels))
    sound, sound_says = _train_sound(
        np.concatenate(vectors), np.concatenate(shares), 4 * epochs, generator, progress
    )
    named = {f"image/{name}": array for name, array in image.items()}
    named |= {f"sound/{name}": array for name, array in sound.items()}
    save_arrays(path, named | {"prior": shares[0].mean(axis=0)}, dtype=np.float16)
    experts.shipped.cache_clear()
    return {**image_says, **sound_says}


def _temperature(posterior: Array, shares: Array) -> float:
    """The temperature of a network on scenes kept out; its float32 softmax may have rounded a true class to 0."""
    return fit_temperature(np.maximum(posterior, 1e-30), shares, low=0.25, high=4.0)


def _train_image(
    images: Array, labels: Array, objects: Array, epochs: int, generator: np.random.Generator, progress: bool
) -> tuple[dict[str, Array], dict[str, float]]:
    model = _with_two_read_outs(images.shape[1:3])
    answers = fit_pictures(
        model,
        images,
        np.stack([labels, objects], axis=-1),
        "sparse_categorical_crossentropy",
        epochs=epochs,
        generator=generator,
        title="picture",
        progress=progress,
    )
    arrays, says = folded(arrays_of(model)), dict[str, float]()
    for read_out, posterior, truth in zip(("logits", "objects"), answers, (labels, objects), strict=True):
        wanted = np.eye(len(CLASSES), dtype=np.float32)[truth[: len(posterior)]]
        temperature = _temperature(posterior[:, ::2, ::2], wanted[:, ::2, ::2])
        arrays = tempered(arrays, temperature, read_out)
        says |= {
            f"{read_out}_cross_entropy": shares_cross_entropy(posterior, wanted),
            f"{read_out}_temperature": temperature,
        }
    return arrays, says


def _with_two_read_outs(size: tuple[int, int]) -> keras.Model:
    """The shipped U-Net with a second 1x1 convolution at its end, for all visible objects."""
    keras_ = backend.load()
    model = image_unet(size, trained=False)
    scores = keras_.layers.Conv2D(len(CLASSES), 1, name="objects")(model.get_layer("up0").output)
    return keras_.Model(model.input, [model.output, keras_.layers.Softmax(name="recognised")(scores)])


def _train_sound(
    vectors: Array, shares: Array, epochs: int, generator: np.random.Generator, progress: bool
) -> tuple[dict[str, Array], dict[str, float]]:
    model = sound_tagger_shipped(trained=False)
    order = generator.permutation(len(vectors))
    vectors, shares = vectors[order], shares[order]
    held = len(vectors) // HELD_OUT
    centre, spread = vectors[held:].mean(axis=0), vectors[held:].std(axis=0) + 1e-2
    normal = (vectors - centre) / spread
    fit(
        model,
        normal[held:],
        shares[held:],
        "categorical_crossentropy",
        rate=2e-3,
        epochs=epochs,
        weight_decay=1e-2,
        title="sound",
        progress=progress,
    )
    posterior = predict(model, normal[:held])
    temperature = _temperature(posterior, shares[:held])
    arrays = with_normalisation(arrays_of(model), centre, spread)
    return tempered(arrays, temperature), {
        "sound_cross_entropy": shares_cross_entropy(posterior, shares[:held]),
        "sound_temperature": temperature,
    }
