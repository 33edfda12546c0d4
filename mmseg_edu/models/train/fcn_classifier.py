"""Train the shipped classifier from which lesson 13 grows its segmenters: ``mmseg-edu train fcn``."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mmseg_edu import backend
from mmseg_edu.models.shipped import fcn_classifier_shipped
from mmseg_edu.models.train.pictures import check_amount, fit_pictures
from mmseg_edu.models.weights import save_weights

# Pictures of one thing, large enough for 4 x 4 places after five halvings.
SIZE = 128


def train_fcn_classifier(
    path: str | Path,
    *,
    seed: int = 0,
    count: int = 4000,
    epochs: int = 12,
    progress: bool = True,
) -> dict[str, float]:
    r"""Train the classifier of pictures with one thing, and write its weights.

    It learns from pictures and the name y of the one thing in each, never from a mask:

    .. math:: L = -\log P(y \mid x)

    Parameters
    ----------
    path : where to write the ``.npz``
    seed : int, of the scenes, the first weights and the order of training
    count : int >= 20, number of scenes
    epochs : int >= 1, passes over the pictures
    progress : bool, show a bar over the epochs

    Returns
    -------
    dict of what was measured on the scenes kept out: the share of right names

    Raises
    ------
    ValueError
        If count or epochs is too small.

    Notes
    -----
    The shipped weights were made on TensorFlow with seed 0, ``--scenes 2000 --epochs 8``, two to three minutes on 2
    quiet CPU cores. On a CPU the same seed gives the same weights up to rounding.

    Examples
    --------
    >>> train_fcn_classifier("fcn.npz", count=200, epochs=1)  # doctest: +SKIP
    """
    check_amount(count, epochs)
    from mmseg_edu.scenes import make_batch

    scenes = make_batch(count, seed, SIZE, objects=1, image_noise=0.0)
    names = scenes.objects.max(axis=(1, 2)).astype(np.int32) - 1
    backend.seed(seed)
    model = fcn_classifier_shipped(SIZE, trained=False)
    says = fit_pictures(
        model,
        scenes.images,
        names,
        "sparse_categorical_crossentropy",
        epochs=epochs,
        generator=np.random.default_rng(seed),
        title="classifier",
        progress=progress,
    )
    save_weights(model, path, dtype=np.float16)
    return {"fcn_right": float((says.argmax(axis=-1) == names[: len(says)]).mean())}
