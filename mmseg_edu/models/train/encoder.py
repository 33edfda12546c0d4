"""Train the shipped encoder: ``mmseg-edu train encoder``."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mmseg_edu import backend
from mmseg_edu.models.shipped import image_encoder_shipped
from mmseg_edu.models.train.pictures import check_amount, fit_pictures
from mmseg_edu.models.train.shares import pixel_shares, shares_cross_entropy
from mmseg_edu.models.weights import arrays_of, folded, save_arrays


def train_encoder(
    path: str | Path,
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
    path : where to write the ``.npz``
    seed : int, of the scenes, the first weights and the order of training
    count : int >= 20, number of scenes
    epochs : int >= 1, passes over the pictures
    progress : bool, show a bar over the steps

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
    check_amount(count, epochs)
    from mmseg_edu.scenes import make_batch

    scenes = make_batch(count, seed, image_noise=0.0)
    present = (pixel_shares(scenes.objects)[:, 1:] > 0).astype(np.float32)
    backend.seed(seed)
    model = image_encoder_shipped(scenes.images.shape[1:3], trained=False)
    says = fit_pictures(
        model,
        scenes.images,
        present,
        "binary_crossentropy",
        epochs=epochs,
        generator=np.random.default_rng(seed),
        title="encoder",
        progress=progress,
    )
    save_arrays(path, folded(arrays_of(model)), dtype=np.float16)
    truth = present[: len(says)]
    pairs = np.stack([says, 1 - says], axis=-1), np.stack([truth, 1 - truth], axis=-1)
    right = float(((says > 0.5) == truth).mean())
    return {"encoder_cross_entropy": shares_cross_entropy(*pairs), "encoder_right": right}
