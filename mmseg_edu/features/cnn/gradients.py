"""The receptive field by measurement: which pixels a unit's gradient reaches."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mmseg_edu import backend
from mmseg_edu.features.cnn.graph import checked_position, inputs_of, layer_named, outputs, picture_of
from mmseg_edu.features.cnn.maps import checked_pictures
from mmseg_edu.features.cnn.receptive_field import Box, box_around


def input_gradient(
    model: Any, image: ArrayLike, layer: str, position: tuple[int, int] | None = None
) -> np.ndarray:
    r"""Differentiate a unit of a layer with respect to each pixel of a picture.

    .. math::
        G_{ijc} = \frac{\partial}{\partial x_{ijc}} \sum_k f_{pqk}(x)

    Parameters
    ----------
    model : keras.Model or keras.Sequential
        With its own weights, in the state in which it predicts.
    image : (H, W, C) floating point in [0, 1]
    layer : str, name of a layer
        It must depend on the picture alone.
    position : (row, column) of the unit (p, q), optional
        Default: the unit in the middle. The K channels of its place are added up.

    Returns
    -------
    (H, W, C) float32
        0 for a pixel that cannot change the unit, but also where a ReLU is off or a maximum is another pixel: a
        gradient that is 0 for one picture proves nothing.

    Raises
    ------
    ValueError, TypeError
        As :func:`mmseg_edu.features.cnn.feature_maps` and for a position that is not on the map.
    NotImplementedError
        As :func:`mmseg_edu.backend.gradient`.

    Notes
    -----
    Its size falls off towards the border of the receptive field, roughly as a Gaussian: the middle is reached along
    many more paths (Luo, Li, Urtasun & Zemel, 2016, NeurIPS).

    Examples
    --------
    >>> input_gradient(image_unet(), np.full((64, 64, 3), 0.5), "bottleneck", (4, 4)).shape  # doctest: +SKIP
    (64, 64, 3)

    Lesson: 05_cnn_features
    """
    target = outputs(layer_named(model, layer))[0]
    inputs = inputs_of(model, layer)
    picture = picture_of(model, layer)
    if len(inputs) != 1:
        raise ValueError(
            f"layer {layer!r} must depend on the picture alone, got {', '.join(tensor.name for tensor in inputs)}: "
            "choose an earlier layer"
        )
    pixels = checked_pictures(image, tuple(picture.shape[1:]))
    if pixels.ndim != 3:
        raise ValueError(f"image must be one picture (H, W, C), got {pixels.shape}: take one of the batch")
    place = checked_position(position, layer, tuple(target.shape))
    return _gradient(backend.load().Model(picture, target), [pixels[np.newaxis]], 0, place).astype(np.float32)


def measured_receptive_field(
    model: Any, layer: str, position: tuple[int, int] | None = None, *, seed: int = 0
) -> Box:
    r"""Measure which pixels a unit of a layer can depend on: those that its gradient reaches.

    A trained network hides part of its field: a ReLU that is off and a pixel that is not the maximum get no gradient.
    So it is measured on a copy in double precision that has the same windows and paths but nothing to hide behind:
    all weights are drawn from the positive numbers, activations are left out, and means take the place of maxima.
    Then every path from a pixel to the unit adds something positive.

    Parameters
    ----------
    model : keras.Model or keras.Sequential
        Its weights stay untouched.
    layer : str, name of a layer
    position : (row, column) of the unit on the layer's map, optional
        Default: the unit in the middle. A layer that gives vectors has no positions.
    seed : int
        Of the weights and the picture. Any gives the same box.

    Returns
    -------
    Box
        Top, left, height and width in pixels: the least rectangle around all pixels with a gradient, as
        :func:`receptive_box` computes it. ``Box(0, 0, 0, 0)`` if there are none.

    Raises
    ------
    ValueError
        As :func:`receptive_box`, except that layers of any kind will do, if Keras can copy them.
    NotImplementedError
        On a backend other than TensorFlow.

    Notes
    -----
    Paths that are subtracted from each other cancel only where they are equal to the last digit. A path through
    some 300 windows of 3x3 becomes too weak for double precision.

    Examples
    --------
    >>> measured_receptive_field(model, "last", (0, 0))  # doctest: +SKIP
    Box(top=0, left=0, height=5, width=5)

    Lesson: 05_cnn_features
    """
    running = backend.load().backend.backend()
    if running != "tensorflow":
        raise NotImplementedError(
            f"the field is measured in double precision with TensorFlow, got the backend {running}: restart the kernel "
            "with KERAS_BACKEND=tensorflow, or compute the field with receptive_box"
        )
    target = outputs(layer_named(model, layer))[0]
    picture, inputs = picture_of(model, layer), inputs_of(model, layer)
    place = checked_position(position, layer, tuple(target.shape))
    rng = np.random.default_rng(seed)
    copy = _positive_copy(backend.load().Model(inputs, target), rng)
    values = [rng.uniform(0.5, 1.5, (1, *(size or 8 for size in tensor.shape[1:]))) for tensor in inputs]
    which = [tensor is picture for tensor in inputs].index(True)
    return box_around((_gradient(copy, values, which, place) != 0).any(axis=-1))


def _gradient(model: Any, values: list[np.ndarray], which: int, place: tuple[int, int]) -> np.ndarray:
    """The gradient of the unit at a place with respect to one of the inputs, (H, W, C)."""
    # A network takes its inputs as tensors all, or as arrays all; double precision is kept by saying so.
    given = [backend.load().ops.convert_to_tensor(value, dtype="float64") for value in values]

    def unit(array: Any) -> Any:
        given[which] = array
        answer = model(given if len(given) > 1 else given[0], training=False)
        return backend.load().ops.sum(answer[0, place[0], place[1]] if len(answer.shape) == 4 else answer)

    return backend.gradients(unit, [values[which]])[0][0]


def _positive_copy(model: Any, rng: np.random.Generator) -> Any:
    """The same paths in double precision, every one of them open: positive weights, no activations, no maxima."""
    keras = backend.load()
    doubles = [keras.Input(tensor.shape[1:], dtype="float64", name=tensor.name) for tensor in model.inputs]
    copy = keras.models.clone_model(
        model, input_tensors=doubles, clone_function=_opened, call_function=_called
    )
    for weight in copy.weights:
        fan_in = max(1, int(np.prod(weight.shape[:-1])))
        weight.assign(rng.uniform(0.5, 1.5, weight.shape) / fan_in)
    return copy


def _called(layer: Any, *args: Any, **kwargs: Any) -> Any:
    # What stands for a softmax takes no mask.
    return layer(*args, **{name: value for name, value in kwargs.items() if value is not None})


def _opened(layer: Any) -> Any:
    """A layer that reads what the given one reads, and passes on a share of all of it."""
    layers = backend.load().layers
    if not isinstance(layer, layers.Layer):  # an operation of keras.ops, without weights
        return type(layer).from_config(layer.get_config())
    means = {
        layers.MaxPooling2D: layers.AveragePooling2D,
        layers.GlobalMaxPooling2D: layers.GlobalAveragePooling2D,
        layers.Maximum: layers.Add,
        layers.Minimum: layers.Add,
    }
    config = layer.get_config() | {"dtype": "float64"}
    passing = layers.Activation | layers.ReLU | layers.LeakyReLU | layers.PReLU | layers.ELU
    softmax = isinstance(layer, layers.Softmax) and layer.axis in (-1, 3)
    normalized = isinstance(layer, layers.Normalization) and layer.axis in (-1, 3, (-1,), (3,), None)
    if isinstance(layer, passing) or softmax or normalized:
        return layers.Activation("linear", name=layer.name, dtype="float64")
    if "activation" in config:
        config["activation"] = "linear"
    return means.get(type(layer), type(layer)).from_config(config)
