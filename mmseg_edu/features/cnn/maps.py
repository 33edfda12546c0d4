"""Feature maps: what a layer of a network answers to pictures."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mmseg_edu import backend
from mmseg_edu.features.cnn.graph import inputs_of, layer_named, outputs
from mmseg_edu.preprocess.arguments import ROUNDING, checked_whole


def feature_maps(model: Any, images: ArrayLike, layer: str, *, batch: int = 32) -> np.ndarray:
    r"""Run pictures through a network as far as a layer, and return what that layer gives.

    Parameters
    ----------
    model : keras.Model or keras.Sequential
        In the state in which it predicts: no dropout, batch normalisation by its running statistics.
    images : (H, W, C) or (N, H, W, C) floating point in [0, 1]
        N >= 1, of the size and the channels that the network was built for.
    layer : str, name of a layer
        It must depend on the picture alone. The layers of :func:`mmseg_edu.models.audio_visual_unet` before the
        first that listens do; those after it are refused.
    batch : int, 1 or more
        How many pictures are computed at once. It changes the memory that is needed, the numbers only by rounding.

    Returns
    -------
    (h, w, K) or (N, h, w, K), in the network's dtype
        (K,) or (N, K) if the layer gives vectors.

    Raises
    ------
    ValueError, TypeError
        For an unknown name (the message lists all), a layer that depends on another input too, integer pictures, NaN,
        values outside [0, 1], and a wrong shape.

    Examples
    --------
    >>> feature_maps(image_unet(), np.zeros((64, 64, 3), "float32"), "bottleneck").shape  # doctest: +SKIP
    (8, 8, 128)

    Lesson: 05_cnn_features
    """
    target = outputs(layer_named(model, layer))[0]
    inputs = inputs_of(model, layer)
    if len(inputs) != 1 or len(inputs[0].shape) != 4:
        names = ", ".join(f"{tensor.name} {tuple(tensor.shape)}" for tensor in inputs)
        raise ValueError(
            f"layer {layer!r} must depend on one picture (N, H, W, C) alone, got {names or 'no input'}: choose an "
            "earlier layer, or build keras.Model(model.inputs, model.get_layer(name).output)"
        )
    checked_whole("batch", batch, "32 is a good one", of="pictures")
    pictures = checked_pictures(images, tuple(inputs[0].shape[1:]))
    one = pictures.ndim == 3
    stacked = pictures[np.newaxis] if one else pictures
    keras = backend.load()
    part = keras.Model(inputs[0], target)
    maps = [
        keras.ops.convert_to_numpy(part(stacked[i : i + batch], training=False))
        for i in range(0, len(stacked), batch)
    ]
    return maps[0][0] if one else np.concatenate(maps)


def checked_pictures(images: ArrayLike, shape: tuple[int | None, ...]) -> np.ndarray:
    """Take pictures (H, W, C) or (N, H, W, C) of floats in [0, 1] that fit a network's input; give float32."""
    pictures = np.asarray(images)
    if pictures.dtype.kind != "f":
        raise TypeError(
            f"images must be floating point, got {pictures.dtype}: divide pixels from 0 to 255 by 255"
        )
    fits = pictures.ndim in (3, 4) and all(
        want in (None, got) for want, got in zip(shape, pictures.shape[-3:], strict=True)
    )
    if not fits or 0 in pictures.shape:
        raise ValueError(
            f"images must have shape {shape} or (N, ...) to match the network, at least one, got {pictures.shape}: "
            "resize them with preprocess.image.resize_image, channels last"
        )
    if not (pictures.min() >= -ROUNDING and pictures.max() <= 1 + ROUNDING):  # refuses NaN too
        raise ValueError(
            f"images must lie in [0, 1], got values from {pictures.min():.3g} to {pictures.max():.3g}: divide by "
            "255, repair NaN, clip what noise pushed out"
        )
    return pictures.astype(np.float32)
