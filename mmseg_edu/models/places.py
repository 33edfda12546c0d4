"""Where a network fuses: an operator set at a place of a U-Net, on features or on scores, in pictures or in films."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from mmseg_edu import backend

PLACES = ("early", "middle", "late")


def fused(
    operator: Callable[..., Any],
    sound: Any,
    maps: Sequence[Any],
    frames: int | None,
    features: Any,
    where: str,
) -> Any:
    """Set the operator on features, beside the sound and the maps of further senses.

    Parameters
    ----------
    operator : a layer class of :mod:`mmseg_edu.models.layers`, or what makes such a layer from a name
    sound : Keras tensor (N, S), with frames (N, T, S)
    maps : Keras tensors (N, H, W, M), with frames (N T, H, W, M), at least as large as the features
    frames : int or None, T
    features : Keras tensor (N, h, w, C), with frames (N T, h, w, C)
    where : str, behind the operator's name in the layer's name

    Returns
    -------
    Keras tensor of the shape of the features

    Raises
    ------
    ValueError
        If the operator is a product, which needs posteriors.
    """
    from mmseg_edu.models import layers as fusing

    layers = backend.load().layers
    name = f"{name_of(operator)}{where}"
    fuse = operator(name=name)
    if isinstance(fuse, fusing.Product):
        raise ValueError(
            "Product multiplies posteriors, and features are none: choose place='late' or another operator"
        )
    height, across, channels = features.shape[1:]
    near = []
    for i, each in enumerate(maps):
        step = (each.shape[1] // height, each.shape[2] // across)
        small = layers.AveragePooling2D(step, name=f"{name}_map{i}")(each) if step != (1, 1) else each
        near.append(unfolded(small, frames))
    senses = [sound, *near]
    if isinstance(fuse, fusing.Weighted):
        senses = [layers.Dense(channels, name=f"{name}_sense{i}")(each) for i, each in enumerate(senses)]
    return folded(fuse([unfolded(features, frames), *senses]), frames)


def fused_scores(
    operator: Callable[..., Any], sound: Any, maps: Sequence[Any], frames: int | None, scores: Any
) -> Any:
    """Let the operator decide between the scores of the picture, of the sound and of further senses.

    Parameters
    ----------
    operator, sound, maps, frames : as for :func:`fused`
    scores : Keras tensor (N, H, W, K), with frames (N T, H, W, K), what the picture says

    Returns
    -------
    Keras tensor of the shape of the scores
        Scores too: of a mean or product of posteriors the logarithm.
    """
    from mmseg_edu.models import layers as fusing

    layers = backend.load().layers
    classes = scores.shape[-1]
    said = [unfolded(scores, frames), layers.Dense(classes, name="heard")(sound)]
    for i, each in enumerate(maps):
        hidden = layers.Conv2D(16, 3, padding="same", activation="relu", name=f"move{i}")(each)
        said.append(unfolded(layers.Conv2D(classes, 1, name=f"moved{i}")(hidden), frames))
    name = f"{name_of(operator)}_late"
    fuse = operator(name=name)
    if isinstance(fuse, fusing.Weighted | fusing.Product):
        said = [
            layers.Softmax(dtype="float32", name=f"{name}_opinion{i}")(each) for i, each in enumerate(said)
        ]
        fuse = operator(name=name, dtype="float32")
        log = layers.Activation(fusing.log_posterior, dtype="float32", name=f"{name}_log")
        return folded(log(fuse(said)), frames)
    return folded(fuse(said), frames)


def name_of(operator: Any) -> str:
    """The operator's name in the manner of a layer's.

    >>> class CrossAttention: ...
    >>> name_of(CrossAttention)
    'cross_attention'
    """
    name = getattr(getattr(operator, "func", operator), "__name__", "fuse")
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower() if name.isidentifier() else "fuse"


def folded(films: Any, frames: int | None) -> Any:
    """(N, T, ...) as (N T, ...), so that each frame passes by itself; unchanged without frames."""
    return films if frames is None else backend.load().ops.reshape(films, (-1, *films.shape[2:]))


def unfolded(pictures: Any, frames: int | None) -> Any:
    """(N T, ...) as (N, T, ...); unchanged without frames."""
    if frames is None:
        return pictures
    return backend.load().ops.reshape(pictures, (-1, frames, *pictures.shape[1:]))
