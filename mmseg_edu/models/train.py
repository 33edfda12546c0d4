"""Train what ships with the package: ``mmseg-edu train`` runs :func:`train_experts` and :func:`train_encoder`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mmseg_edu import backend, experts
from mmseg_edu.features import sound_vector
from mmseg_edu.fusion import fit_temperature
from mmseg_edu.models.shipped import ENCODER, image_encoder_shipped, image_unet, sound_tagger_shipped
from mmseg_edu.models.training import Epoch, fit
from mmseg_edu.models.weights import arrays_of, folded, save_arrays
from mmseg_edu.scenes import CLASSES

if TYPE_CHECKING:
    import keras

Array = NDArray[Any]

CLASS_COUNT = len(CLASSES)

# One part in ten of the scenes is kept out of training, to measure the temperature on.
HELD_OUT = 10

# The noise that the pictures get, from a good camera to one in the dark, so that posteriors stay honest in
# lessons that add some.
NOISE = (0.02, 0.35)

# What the sound tagger hears besides the pictures' own sounds, so that a clip of another length, noise or
# a codec does not surprise it: (noise in dB, duration in s).
MORE_SOUNDS = ((10.0, 1.0), (20.0, 2.0), (float("inf"), 2.0))


def train_experts(
    path: str | Path | None = None,
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
    path : where to write the ``.npz``; default: the weights inside the installed package
    seed : int, of the scenes, the first weights and the order of training
    count : int >= 20, number of scenes
    epochs : int >= 1, passes over the pictures (the tagger, which is small, makes four times as many)
    progress : bool, show a bar over the epochs

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

    Lesson: 14_unet
    """
    _check_amount(count, epochs)
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
    save_arrays(_target(path, experts.SHIPPED), named | {"prior": shares[0].mean(axis=0)}, dtype=np.float16)
    experts.shipped.cache_clear()
    return {**image_says, **sound_says}


def train_encoder(
    path: str | Path | None = None,
    *,
    seed: int = 0,
    count: int = 4000,
    epochs: int = 12,
    progress: bool = True,
) -> dict[str, float]:
    r"""Train the shipped encoder to say which objects are visible, and write its weights.

    It learns from pictures and the list of what is in each, y, never from a mask:

    .. math:: L = -\frac{1}{4} \sum_k y_k \log P(k \mid x) + (1 - y_k) \log (1 - P(k \mid x))

    Parameters
    ----------
    path : where to write the ``.npz``; default: the weights inside the installed package
    seed : int, of the scenes, the first weights and the order of training
    count : int >= 20, number of scenes
    epochs : int >= 1, passes over the pictures
    progress : bool, show a bar over the epochs

    Returns
    -------
    dict of what was measured on the scenes kept out: the cross-entropy L and the share of right answers to
    "is it visible?"

    Raises
    ------
    ValueError
        If count or epochs is too small.

    Notes
    -----
    With the default numbers about three minutes on 2 quiet CPU cores. On a CPU the same seed gives the same weights
    up to rounding.

    Examples
    --------
    >>> train_encoder("encoder.npz", count=200, epochs=1)  # doctest: +SKIP
    """
    _check_amount(count, epochs)
    from mmseg_edu.scenes import make_batch

    scenes = make_batch(count, seed, image_noise=0.0)
    present = (pixel_shares(scenes.objects)[:, 1:] > 0).astype(np.float32)
    backend.seed(seed)
    generator = np.random.default_rng(seed)
    model = image_encoder_shipped(scenes.images.shape[1:3], trained=False)
    held = count // HELD_OUT
    learnt, names = scenes.images[held:], present[held:]

    def renew() -> Epoch:
        pictures, _ = mirrored(learnt, scenes.objects[held:], generator)
        return noisy(pictures, generator), names

    fit(
        model,
        learnt,
        names,
        "binary_crossentropy",
        rate=3e-3,
        epochs=epochs,
        weight_decay=1e-2,
        renew=renew,
        title="encoder",
        progress=progress,
    )
    says = model.predict(noisy(scenes.images[:held], generator), batch_size=32, verbose=0)
    save_arrays(_target(path, ENCODER), folded(arrays_of(model)), dtype=np.float16)
    truth = present[:held]
    pairs = np.stack([says, 1 - says], axis=-1), np.stack([truth, 1 - truth], axis=-1)
    right = float(((says > 0.5) == truth).mean())
    return {"encoder_cross_entropy": _cross_entropy(*pairs), "encoder_right": right}


def _check_amount(count: int, epochs: int) -> None:
    if count < 2 * HELD_OUT:
        raise ValueError(
            f"count must be {2 * HELD_OUT} or more, got {count}: one scene in {HELD_OUT} is held out"
        )
    if epochs < 1:
        raise ValueError(f"epochs must be 1 or more, got {epochs}: use 12")


def _target(path: str | Path | None, name: str) -> Path:
    return Path(path) if path is not None else Path(experts.__file__).parent / "weights" / name


def pixel_shares(labels: Array, classes: int = CLASS_COUNT) -> NDArray[np.float32]:
    """Share of each class in the pixels of each label map.

    Parameters
    ----------
    labels : array of shape (..., H, W), integers 0 to classes - 1
    classes : int

    Returns
    -------
    array of shape (..., classes), float32, sums to 1

    Examples
    --------
    >>> import numpy as np
    >>> pixel_shares(np.array([[0, 0], [0, 2]]), classes=3).tolist()
    [0.75, 0.0, 0.25]
    """
    counts = [(labels == k).mean(axis=(-2, -1), dtype=np.float32) for k in range(classes)]
    return np.stack(counts, axis=-1)


def tempered(arrays: Mapping[str, Array], temperature: float, layer: str = "logits") -> dict[str, Array]:
    """Weights of a network whose scores are divided by a temperature: the same decisions, other confidence.

    Parameters
    ----------
    arrays : mapping with ``<layer>/kernel`` and ``<layer>/bias``
    temperature : float > 0; above 1 more humble, below 1 more sure
    layer : str, name of the layer that gives the scores

    Returns
    -------
    dict of arrays

    Examples
    --------
    >>> import numpy as np
    >>> arrays = {"logits/kernel": np.array([[2.0]]), "logits/bias": np.array([4.0])}
    >>> tempered(arrays, 2.0)["logits/bias"].tolist()
    [2.0]
    """
    last = {name: arrays[name] / temperature for name in (f"{layer}/kernel", f"{layer}/bias")}
    return {**arrays, **last}


def _temperature(posterior: Array, shares: Array) -> float:
    """The temperature of a network on scenes kept out; its float32 softmax may have rounded a true class to 0."""
    return fit_temperature(np.maximum(posterior, 1e-30), shares, low=0.25, high=4.0)


def _train_image(
    images: Array, labels: Array, objects: Array, epochs: int, generator: np.random.Generator, progress: bool
) -> tuple[dict[str, Array], dict[str, float]]:
    model = _with_two_read_outs(images.shape[1:3])
    held = len(images) // HELD_OUT
    learnt, targets = images[held:], np.stack([labels, objects], axis=-1)[held:]

    def renew() -> Epoch:
        pictures, maps = mirrored(learnt, targets, generator)
        return noisy(pictures, generator), [maps[..., 0], maps[..., 1]]

    fit(
        model,
        learnt,
        [labels[held:], objects[held:]],
        "sparse_categorical_crossentropy",
        rate=3e-3,
        epochs=epochs,
        weight_decay=1e-2,
        renew=renew,
        title="picture",
        progress=progress,
    )
    arrays, says = folded(arrays_of(model)), dict[str, float]()
    answers = model.predict(noisy(images[:held], generator), batch_size=32, verbose=0)
    for read_out, posterior, truth in zip(("logits", "objects"), answers, (labels, objects), strict=True):
        wanted = np.eye(CLASS_COUNT, dtype=np.float32)[truth[:held]]
        temperature = _temperature(posterior[:, ::2, ::2], wanted[:, ::2, ::2])
        arrays = tempered(arrays, temperature, read_out)
        says |= {
            f"{read_out}_cross_entropy": _cross_entropy(posterior, wanted),
            f"{read_out}_temperature": temperature,
        }
    return arrays, says


def _with_two_read_outs(size: tuple[int, int]) -> keras.Model:
    """The shipped U-Net with a second 1x1 convolution at its end, for all visible objects."""
    keras_ = backend.load()
    model = image_unet(size, trained=False)
    scores = keras_.layers.Conv2D(CLASS_COUNT, 1, name="objects")(model.get_layer("up0").output)
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
    posterior = model.predict(normal[:held], batch_size=1024, verbose=0)
    temperature = _temperature(posterior, shares[:held])
    arrays = with_normalisation(arrays_of(model), centre, spread)
    return tempered(arrays, temperature), {
        "sound_cross_entropy": _cross_entropy(posterior, shares[:held]),
        "sound_temperature": temperature,
    }


def with_normalisation(arrays: Mapping[str, Array], centre: Array, spread: Array) -> dict[str, Array]:
    r"""Weights of a tagger that takes raw vectors, from those of one that takes normalised vectors.

    .. math:: W^\top \frac{x - \mu}{\sigma} + b = (W / \sigma)^\top x + (b - (W / \sigma)^\top \mu)

    Parameters
    ----------
    arrays : mapping with ``hidden0/kernel`` of shape (length, width) and ``hidden0/bias``
    centre, spread : arrays of shape (length,)

    Returns
    -------
    dict of arrays

    Examples
    --------
    >>> import numpy as np
    >>> arrays = {"hidden0/kernel": np.ones((1, 1)), "hidden0/bias": np.zeros(1)}
    >>> raw = with_normalisation(arrays, np.ones(1), 2.0)
    >>> raw["hidden0/kernel"].tolist(), raw["hidden0/bias"].tolist()
    ([[0.5]], [-0.5])
    """
    kernel = arrays["hidden0/kernel"] / np.reshape(spread, (-1, 1))
    return {**arrays, "hidden0/kernel": kernel, "hidden0/bias": arrays["hidden0/bias"] - centre @ kernel}


def noisy(images: Array, generator: np.random.Generator) -> NDArray[np.float32]:
    r"""Pictures as cameras of all qualities would take them: noise of a random strength on each.

    .. math:: y = \mathrm{clip}(x + \sigma z, 0, 1), \qquad \log \sigma \sim U(\log 0.02, \log 0.35)

    Parameters
    ----------
    images : array of shape (N, H, W, C) in [0, 1], without noise
    generator : numpy.random.Generator

    Returns
    -------
    array of the same shape, float32, in [0, 1]

    Examples
    --------
    >>> import numpy as np
    >>> bool(noisy(np.full((1, 2, 2, 3), 0.5), np.random.default_rng(0)).std() > 0)
    True
    """
    low, high = NOISE
    strength = np.exp(generator.uniform(np.log(low), np.log(high), (len(images), 1, 1, 1))).astype(np.float32)
    result = generator.standard_normal(images.shape, dtype=np.float32)
    result *= strength
    result += images
    return np.clip(result, 0, 1, out=result)


def mirrored(images: Array, labels: Array, generator: np.random.Generator) -> tuple[Array, Array]:
    """Half of the pictures, chosen at random, left-right mirrored together with their labels.

    Parameters
    ----------
    images : array of shape (N, H, W, C)
    labels : array of shape (N, H, W, ...)
    generator : numpy.random.Generator

    Returns
    -------
    images, labels : arrays of the same shapes

    Examples
    --------
    >>> import numpy as np
    >>> pictures = np.arange(4.0).reshape(2, 1, 2, 1)
    >>> a, b = mirrored(pictures, pictures[..., 0], np.random.default_rng(0))
    >>> bool((a[..., 0] == b).all())
    True
    """
    turn = generator.random(len(images)) < 0.5
    images, labels = images.copy(), labels.copy()
    images[turn], labels[turn] = images[turn, :, ::-1], labels[turn, :, ::-1]
    return images, labels


def _cross_entropy(posterior: Array, target: Array) -> float:
    return float(-(target * np.log(np.maximum(posterior, 1e-30))).sum(axis=-1).mean())
