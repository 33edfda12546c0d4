"""What a fusing layer takes, refused in words when it does not fit, and how to look inside one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mmseg_edu import backend
from mmseg_edu.fusion.modulation import agree, beside

Shape = tuple[Any, ...]


def checked_senses(shapes: Any) -> list[Shape]:
    """Take the shapes of features and of what stands beside them.

    Raises
    ------
    ValueError
        If there are fewer than two, or a shape is none that a fusing layer takes.

    >>> checked_senses([(None, 8, 8, 3), (None, 5)])
    [(None, 8, 8, 3), (None, 5)]
    """
    listed = isinstance(shapes, list | tuple) and all(isinstance(shape, list | tuple) for shape in shapes)
    if not listed or len(shapes) < 2:
        raise ValueError(
            f"a fusing layer takes a list [features, sound, ...], got {shapes if not listed else list(shapes)}: "
            "call it as layer([features, sound])"
        )
    features, *others = (tuple(shape) for shape in shapes)
    if len(features) not in (4, 5) or features[-1] is None:
        raise ValueError(
            f"features must have shape (N, H, W, C) or (N, T, H, W, C), got {features}: the sound comes second"
        )
    for shape in others:
        if not (is_map(shape, features) or (_is_vector(shape, features) and shape[-1] is not None)):
            raise ValueError(
                f"beside features {features} a sense must be a vector (N, S){', (N, T, S)' * (len(features) == 5)} or "
                f"a map {(*features[:-1], 'S')}, got {shape}: pool a vector over time, resize a map to the features"
            )
    return [features, *others]


def checked_maps(shapes: Any) -> list[Shape]:
    """Take the shapes of maps of one width, or of opinions (N, K) beside a map (N, H, W, K).

    Raises
    ------
    ValueError
        As :func:`checked_senses`, and if their widths differ.

    >>> checked_maps([(None, 8, 8, 5), (None, 5)])
    [(None, 8, 8, 5), (None, 5)]
    """
    taken = checked_senses(shapes)
    if len({shape[-1] for shape in taken}) > 1:
        raise ValueError(
            f"opinions must have one number of classes, got {[shape[-1] for shape in taken]}: "
            "give each sense a head of K scores and a softmax first"
        )
    return taken


def checked_whole(name: str, value: Any) -> int:
    """Take a whole number of 1 or more.

    >>> checked_whole("rank", 4)
    4
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"{name} must be a whole number of 1 or more, got {value!r}: try 8")
    return value


def is_map(shape: Shape, features: Shape) -> bool:
    """Say whether a sense has the axes of the features, pixel by pixel.

    >>> is_map((None, 8, 8, 1), (None, 8, 8, 3)), is_map((None, 5), (None, 8, 8, 3))
    (True, False)
    """
    return len(shape) == len(features) and agree(shape[:-1], features[:-1])


def _is_vector(shape: Shape, features: Shape) -> bool:
    most = len(features) - 3
    return 2 <= len(shape) <= 1 + most and agree(shape[:-1], features[: len(shape) - 1])


def dense(
    layer: Any,
    shape: Shape,
    units: int,
    name: str,
    kernel: str = "glorot_uniform",
    bias: str | None = "zeros",
) -> Any:
    """A matrix for the last axis of a sense of this shape, with the number type of the layer that owns it."""
    made = backend.load().layers.Dense(
        units,
        kernel_initializer=kernel,
        use_bias=bias is not None,
        bias_initializer=bias or "zeros",
        dtype=layer.dtype_policy,
        name=name,
    )
    made.build(shape)
    return made


def summed(parts: Sequence[Any]) -> Any:
    """The sum of vectors and maps, the vectors at every pixel of the maps."""
    largest = max(parts, key=lambda part: len(part.shape))
    total = parts[0] if len(parts) == 1 else 0
    for part in parts if len(parts) > 1 else ():
        total = total + beside(part, largest, backend.load().ops, "each sense")
    return total


def read(model: Any, layer: str, inputs: Sequence[Any]) -> np.ndarray:
    r"""What a fusing layer of a network weighs its senses with, for given inputs.

    Parameters
    ----------
    model : keras.Model
    layer : str, name of one of its layers that fuse, such as ``"cross_attention_bottleneck"``
    inputs : list of arrays, what the model takes

    Returns
    -------
    array
        What the layer's method ``reading`` gives. `Weighted`: alpha. `Gated`: the gates. `Film`: scale and shift.
        `CrossAttention`: how each pixel looks at each token. `Tpavi`: how each pixel matches the sound.

    Raises
    ------
    ValueError
        If the model has no such layer, or the layer weighs nothing.

    Examples
    --------
    >>> read(model, "gated_bottleneck", [images, vectors]).shape  # doctest: +SKIP
    (2, 50, 8, 8, 96)

    Lesson: 16_learned_fusion
    """
    named = {each.name: each for each in model.layers}
    able = [name for name, each in named.items() if hasattr(each, "reading")]
    if layer not in able:
        raise ValueError(
            f"layer must be one that weighs, got {layer!r}: choose from {', '.join(able) or 'none'}"
        )
    keras = backend.load()
    # A model of its own, because calling the layer again would add a node to the first one.
    before = keras.Model(model.inputs, named[layer].input)
    senses = before(list(inputs), training=False)
    return np.asarray(keras.ops.convert_to_numpy(named[layer].reading(senses)))
