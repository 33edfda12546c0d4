"""What the trainers of pictures share: scenes kept out, pictures mirrored and noisy, and one training on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mmseg_edu.models.prediction import predict
from mmseg_edu.models.training import Epoch, fit

if TYPE_CHECKING:
    import keras

Array = NDArray[Any]

# One part in ten of the scenes is kept out of training, to measure the temperature on.
HELD_OUT = 10

# The noise that the pictures get, from a good camera to one in the dark, so that posteriors stay honest in
# lessons that add some.
NOISE = (0.02, 0.35)


def fit_pictures(
    model: keras.Model,
    images: Array,
    targets: Array,
    loss: str,
    *,
    epochs: int,
    generator: np.random.Generator,
    title: str,
    progress: bool,
) -> Any:
    """Train on pictures that are mirrored and noisy anew in each epoch; what the network says of those kept out.

    Parameters
    ----------
    model : keras.Model
    images : array of shape (N, H, W, C) in [0, 1], without noise; one in :data:`HELD_OUT`, the first, are kept out
    targets : array of shape (N, ...), or (N, H, W, R) for a model with R outputs, a target each
    loss : str, Keras name of the loss
    epochs : int >= 1
    generator : numpy.random.Generator, of mirrors and noise
    title, progress : as for :func:`mmseg_edu.models.fit`

    Returns
    -------
    array, or list of R arrays
        The answers to the noisy pictures that were kept out.

    Examples
    --------
    >>> fit_pictures(model, images, labels, "mse", epochs=1, generator=rng, title="x", progress=True)  # doctest: +SKIP
    """
    held = len(images) // HELD_OUT

    def each(maps: Array) -> Any:
        several = len(model.outputs) > 1
        return [maps[..., i] for i in range(len(model.outputs))] if several else maps

    def renew() -> Epoch:
        pictures, maps = mirrored(images[held:], targets[held:], generator)
        return noisy(pictures, generator), each(maps)

    fit(
        model,
        images[held:],
        each(targets[held:]),
        loss,
        rate=3e-3,
        epochs=epochs,
        weight_decay=1e-2,
        renew=renew,
        title=title,
        progress=progress,
    )
    return predict(model, noisy(images[:held], generator))


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
    labels : array of shape (N, H, W, ...), or (N, K), which says what is in the picture and stays as it is
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
    images[turn] = images[turn, :, ::-1]
    if labels.ndim > 2:
        labels[turn] = labels[turn, :, ::-1]
    return images, labels


def check_amount(count: int, epochs: int) -> None:
    """Refuse a training on so few scenes that none could be kept out, or without an epoch."""
    if count < 2 * HELD_OUT:
        raise ValueError(
            f"count must be {2 * HELD_OUT} or more, got {count}: one scene in {HELD_OUT} is held out"
        )
    if epochs < 1:
        raise ValueError(f"epochs must be 1 or more, got {epochs}: use 12")
