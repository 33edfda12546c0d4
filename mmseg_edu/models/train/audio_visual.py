"""Train a network that looks and listens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from mmseg_edu import backend
from mmseg_edu.models.training import History, fit

if TYPE_CHECKING:
    import keras


def train_audio_visual(
    model: keras.Model,
    images: ArrayLike,
    vectors: ArrayLike,
    labels: ArrayLike,
    *,
    seed: int = 0,
    epochs: int = 4,
    rate: float = 6e-3,
    batch: int = 16,
    progress: bool = True,
) -> History:
    r"""Train an audio-visual network with cross-entropy and a learning rate that falls along a cosine.

    Parameters
    ----------
    model : keras.Model, from :func:`audio_visual_unet`
    images : array of shape (N, H, W, C) in [0, 1]
    vectors : array of shape (N, length)
    labels : array of shape (N, H, W), integers: the classes of the sounding objects
    seed : int, of the order of training. The first weights were drawn when the model was built.
    epochs : int >= 1
    rate : float > 0, highest learning rate
    batch : int >= 1, scenes in a step
    progress : bool, show a bar over the steps

    Returns
    -------
    History, see :func:`mmseg_edu.models.fit`

    Raises
    ------
    ValueError
        If there are not as many pictures as sounds and label maps, or a number is out of its range.

    Examples
    --------
    >>> train_audio_visual(audio_visual_unet(64), images, vectors, labels)  # doctest: +SKIP
    """
    pictures, sounds, truth = np.asarray(images), np.asarray(vectors), np.asarray(labels)
    if not len(pictures) == len(sounds) == len(truth) > 0:
        raise ValueError(
            f"images, vectors and labels must have one entry a scene, got {len(pictures)}, {len(sounds)} and "
            f"{len(truth)}: take all three from the same batch"
        )
    backend.seed(seed)
    return fit(
        model,
        [pictures, sounds],
        truth,
        "sparse_categorical_crossentropy",
        rate=rate,
        epochs=epochs,
        batch=batch,
        title="picture and sound",
        progress=progress,
    )
