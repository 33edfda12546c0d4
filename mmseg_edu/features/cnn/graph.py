"""A network as a graph: from a layer back to the picture, operation by operation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from mmseg_edu import backend
from mmseg_edu.preprocess.arguments import is_whole

Need = TypeVar("Need")


def operations(model: Any) -> list[Any]:
    """Return all operations of a network, each after those that it needs; a Sequential has only layers."""
    if not getattr(model, "inputs", None):
        raise ValueError(
            f"model must be a graph from its inputs to its outputs, got {type(model).__name__} without inputs: "
            "start a Sequential with keras.Input, build others with keras.Model(inputs, outputs)"
        )
    return list(getattr(model, "operations", None) or model.layers)


def layer_named(model: Any, layer: str) -> Any:
    """Return the layer or operation of that name, which must have one output."""
    named = {each.name: each for each in operations(model)}
    if layer not in named:
        raise ValueError(f"layer must be one of the model's, got {layer!r}: choose from {', '.join(named)}")
    if len(outputs(named[layer])) != 1:
        raise ValueError(f"layer must have one output, got {layer!r} with several: choose the one after it")
    return named[layer]


def outputs(operation: Any) -> list[Any]:
    """Return the tensors that an operation gives."""
    return _tensors(operation, "output")


def sources(operation: Any) -> list[Any]:
    """Return the tensors that an operation takes."""
    return _tensors(operation, "input")


def _tensors(operation: Any, which: str) -> list[Any]:
    keras = backend.load()
    if isinstance(operation, keras.Model):
        raise ValueError(
            f"the model must be one graph, got the model {operation.name!r} inside it: "
            f"ask that one, model.get_layer({operation.name!r})"
        )
    return list(keras.tree.flatten(getattr(operation, which)))


def trace(
    model: Any,
    layer: str,
    start: Need,
    step: Callable[[Any, Any, Need], Need],
    join: Callable[[Need, Need], Need],
) -> dict[int, Need]:
    """Carry what a layer needs back through the network, to everything that it is made from.

    Parameters
    ----------
    model : keras.Model
    layer : str, name of a layer
    start : what is needed of the layer's output
    step : function of an operation, one of its sources and what is needed of its output
        Gives what is needed of the source.
    join : function of two needs of one tensor

    Returns
    -------
    dict from id(tensor) to what is needed of it
    """
    target = outputs(layer_named(model, layer))[0]
    needs = {id(target): start}
    known = {id(tensor) for operation in operations(model) for tensor in outputs(operation)}
    known |= {id(tensor) for tensor in model.inputs}
    for operation in reversed(operations(model)):
        for given in outputs(operation):
            if id(given) not in needs:
                continue
            for source in sources(operation):
                if id(source) not in known:
                    raise ValueError(
                        f"each layer must be used once, got {operation.name!r} after one that is used again: make a "
                        "second layer with the same weights"
                    )
                need = step(operation, source, needs[id(given)])
                needs[id(source)] = join(needs[id(source)], need) if id(source) in needs else need
    return needs


def inputs_of(model: Any, layer: str) -> list[Any]:
    """Return those inputs of a network that a layer is made from."""
    needs = trace(model, layer, True, lambda *_: True, lambda *_: True)
    return [tensor for tensor in model.inputs if id(tensor) in needs]


def picture_of(model: Any, layer: str) -> Any:
    """Return the one input of a layer that is a picture, (N, H, W, C), of a fixed size."""
    pictures = [tensor for tensor in inputs_of(model, layer) if len(tensor.shape) == 4]
    if len(pictures) != 1:
        names = ", ".join(tensor.name for tensor in pictures) or "none"
        raise ValueError(f"layer {layer!r} must be made from one picture (N, H, W, C), got {names}")
    if None in pictures[0].shape[1:]:
        raise ValueError(
            f"the model must be built for pictures of one size, got {tuple(pictures[0].shape)}: where padding "
            "begins depends on it; build it with keras.Input((height, width, channels))"
        )
    return pictures[0]


def checked_position(position: Any, layer: str, shape: tuple[int, ...]) -> tuple[int, int]:
    """Take the (row, column) of a unit on a map (N, h, w, C), by default the middle one."""
    if len(shape) != 4:
        if position is not None:
            raise ValueError(
                f"layer {layer!r} gives vectors, which have no places, got position={position!r}: leave it out"
            )
        return 0, 0
    if position is None:
        return shape[1] // 2, shape[2] // 2
    pair = tuple(position) if isinstance(position, tuple | list) else ()
    inside = len(pair) == 2 and all(
        is_whole(n) and 0 <= n < size for n, size in zip(pair, shape[1:3], strict=True)
    )
    if not inside:
        raise ValueError(
            f"position must be the (row, column) of a unit on the map of {layer!r}, which has {shape[1]} x "
            f"{shape[2]}, got {position!r}: count from 0"
        )
    return int(pair[0]), int(pair[1])
