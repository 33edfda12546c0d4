"""The receptive field by formula: which pixels can change a unit, from kernel, stride, dilation and padding."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from mmseg_edu.features.cnn.graph import (
    checked_position,
    layer_named,
    operations,
    outputs,
    picture_of,
    sources,
    trace,
)
from mmseg_edu.features.cnn.layer_windows import Window, layer_windows

Units = tuple[np.ndarray, np.ndarray]  # rows and columns that are read; None where all of them are


class ReceptiveField(NamedTuple):
    """What the units of a layer see, in pixels, for (rows, columns).

    Unit (p, q) sees ``size[0]`` rows from ``start[0] + stride[0] * p``, and columns alike. What lies outside the
    picture is padding.

    >>> ReceptiveField(size=(5, 5), stride=(2, 2), start=(-1, -1)).centre
    (1.0, 1.0)
    """

    size: tuple[int, int]
    stride: tuple[int, int]
    start: tuple[int, int]

    @property
    def centre(self) -> tuple[float, float]:
        """The middle of what unit (0, 0) sees; that of unit (p, q) is p and q strides on."""
        rows, columns = (first + (size - 1) / 2 for first, size in zip(self.start, self.size, strict=True))
        return rows, columns


class Box(NamedTuple):
    """A rectangle of pixels, in the order that :func:`mmseg_edu.preprocess.image.crop` takes it.

    >>> Box(top=0, left=2, height=3, width=3)
    Box(top=0, left=2, height=3, width=3)
    """

    top: int
    left: int
    height: int
    width: int


def receptive_field(model: Any, layer: str) -> ReceptiveField:
    r"""Compute which pixels a unit of a layer can depend on, how many and where.

    Going back from the unit through the layers, the first row u and the last row v that are read become

    .. math::
        u \leftarrow s\, u - t, \qquad v \leftarrow s\, v - t + d (k - 1)

    for a window of :math:`k` units with stride :math:`s`, dilation :math:`d` and :math:`t` units of padding before
    the map. In the picture the size is :math:`r = v - u + 1`. From the picture to the layer this is
    :math:`r \leftarrow r + d (k - 1)\, j`, :math:`\text{start} \leftarrow \text{start} - t\, j`,
    :math:`j \leftarrow j\, s`, with the stride in pixels, :math:`j`, of the map before. Where branches meet, what
    they see is united.

    Parameters
    ----------
    model : keras.Model or keras.Sequential
        Built for pictures of one size, since "same" padding with a stride begins elsewhere for even and odd sizes.
    layer : str, name of a layer

    Returns
    -------
    ReceptiveField
        ``size``, ``stride`` and ``start``, each for (rows, columns), not cut at the picture's border:
        :func:`receptive_box` does that. Gaps that dilation leaves count. After upsampling, neighbours see parts of
        different size; then this is the least rectangle, moved by ``stride``, that holds what each unit sees.
        After global pooling, flattening, or scaling by such a vector, the stride is 0 and the size that of all that
        any unit sees, as a rule of the whole picture.

    Raises
    ------
    ValueError
        For an unknown name or layer, a model inside the model, a layer used twice, a size that is not fixed,
        branches that meet with different strides, and a map that is finer than the picture.

    Notes
    -----
    Batch normalisation counts as what it is when the network is used; in training it looks at the whole batch.
    Activations count as functions of one place.

    References
    ----------
    Araujo, Norris & Sim (2019), "Computing Receptive Fields of Convolutional Neural Networks", Distill,
    doi:10.23915/distill.00021.

    Examples
    --------
    >>> layers = keras.layers  # doctest: +SKIP
    >>> model = keras.Sequential(
    ...     [
    ...         keras.Input((32, 32, 3)),
    ...         layers.Conv2D(8, 3, padding="same"),
    ...         layers.MaxPooling2D(2),
    ...         layers.Conv2D(8, 3, padding="same", name="last"),
    ...     ]
    ... )  # doctest: +SKIP
    >>> receptive_field(model, "last")  # doctest: +SKIP
    ReceptiveField(size=(8, 8), stride=(2, 2), start=(-3, -3))

    Lesson: 05_cnn_features
    """
    picture = picture_of(model, layer)
    if _units_read(model, layer, picture, 0) is None:
        every = np.ones(_height_width(tuple(outputs(layer_named(model, layer))[0].shape)), bool)
        top, left, height, width = box_around(_pixels_read(model, layer, picture, every))
        return ReceptiveField((height, width), (0, 0), (top, left))
    strides, period = _strides(model, layer, picture)
    firsts, lasts = [], []
    for unit in range(period):
        read = _units_read(model, layer, picture, unit)
        if read is not None and all(len(units) for units in read):
            firsts.append([units[0] - unit * j for units, j in zip(read, strides, strict=True)])
            lasts.append([units[-1] - unit * j for units, j in zip(read, strides, strict=True)])
    first, last = np.min(firsts, axis=0), np.max(lasts, axis=0)
    size = last - first + 1
    return ReceptiveField((int(size[0]), int(size[1])), strides, (int(first[0]), int(first[1])))


def receptive_box(model: Any, layer: str, position: tuple[int, int] | None = None) -> Box:
    """Compute the pixels that one unit of a layer can depend on, cut at the picture's border.

    Parameters
    ----------
    model, layer
        As in :func:`receptive_field`.
    position : (row, column) of the unit on the layer's map, optional
        Default: the unit in the middle. A layer that gives vectors has no positions.

    Returns
    -------
    Box
        Top, left, height and width in pixels: the least rectangle around all that the unit depends on. A unit that
        sees nothing but padding has ``Box(0, 0, 0, 0)``.

    Raises
    ------
    ValueError
        As :func:`receptive_field`, but not for strides; and for a position that is not on the map.

    Notes
    -----
    Each map cuts what is read at its own border, as padding carries nothing of the picture. Cutting once at the end
    would count pixels that a "valid" window left out. What is multiplied by padding alone, so always by 0, counts
    nevertheless.

    Examples
    --------
    >>> receptive_box(model, "last", (0, 0))  # doctest: +SKIP
    Box(top=0, left=0, height=5, width=5)

    Lesson: 05_cnn_features
    """
    picture = picture_of(model, layer)
    shape = tuple(outputs(layer_named(model, layer))[0].shape)
    start = np.zeros(_height_width(shape), bool)
    start[checked_position(position, layer, shape)] = True

    return box_around(_pixels_read(model, layer, picture, start))


def box_around(mask: np.ndarray) -> Box:
    """Return the least rectangle around what is True in a mask (H, W).

    >>> box_around(np.array([[0, 0, 0], [0, 1, 0], [0, 1, 0]], bool))
    Box(top=1, left=1, height=2, width=1)
    """
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    if len(rows) == 0:
        return Box(0, 0, 0, 0)
    top, left = int(rows[0]), int(columns[0])
    return Box(top, left, int(rows[-1]) - top + 1, int(columns[-1]) - left + 1)


def _height_width(shape: tuple[int, ...]) -> tuple[int, int]:
    return (shape[1], shape[2]) if len(shape) == 4 else (1, 1)


def _pixels_read(model: Any, layer: str, picture: Any, units: np.ndarray) -> np.ndarray:
    """The pixels (H, W) that units of a layer, True in (h, w), read on paths that no border cuts."""

    def step(operation: Any, source: Any, need: np.ndarray) -> np.ndarray:
        size = _height_width(tuple(source.shape))
        windows = layer_windows(operation, source)
        if windows is None:
            return np.full(size, need.any())
        rows, columns = (
            w.matrix(n, m).astype(np.float32) for w, n, m in zip(windows, size, need.shape, strict=True)
        )
        return rows @ need @ columns.T > 0

    return trace(model, layer, units, step, np.logical_or)[id(picture)]


def _units_read(model: Any, layer: str, picture: Any, unit: int) -> Units | None:
    """The rows and columns that unit (unit, unit) reads, as if no map had a border; None for all."""

    def step(operation: Any, source: Any, need: Units | None) -> Units | None:
        windows = layer_windows(operation, source)
        if windows is None or need is None:
            return None
        return windows[0].reads(need[0]), windows[1].reads(need[1])

    def join(one: Units | None, other: Units | None) -> Units | None:
        if one is None or other is None:
            return None
        return np.union1d(one[0], other[0]), np.union1d(one[1], other[1])

    if len(outputs(layer_named(model, layer))[0].shape) != 4:
        return None
    start: Units | None = (np.array([unit]), np.array([unit]))
    return trace(model, layer, start, step, join)[id(picture)]


def _strides(model: Any, layer: str, picture: Any) -> tuple[tuple[int, int], int]:
    """The stride of a layer's map in pixels, for rows and columns, and after how many units its field recurs."""
    target = outputs(layer_named(model, layer))[0]
    needed = trace(model, layer, True, lambda *_: True, lambda *_: True)
    strides = {id(picture): (Fraction(1), Fraction(1))}
    finer = 1
    for operation in operations(model):
        for source in sources(operation) if id(outputs(operation)[0]) in needed else []:
            windows = layer_windows(operation, source)
            if windows is None or id(source) not in strides:
                continue
            finer *= math.lcm(*(window.finer for window in windows))
            given = id(outputs(operation)[0])
            found = tuple(_after(j, w) for j, w in zip(strides[id(source)], windows, strict=True))
            if strides.setdefault(given, (found[0], found[1])) != found:
                raise ValueError(
                    f"branches must meet with one stride, got {_said(strides[given])} and {_said(found)} pixels at "
                    f"{operation.name!r}: ask receptive_box about single units"
                )
    if any(j.denominator != 1 for j in strides[id(target)]):
        raise ValueError(
            f"units must lie a whole number of pixels apart, got {_said(strides[id(target)])} at {layer!r}, "
            "whose map is upsampled: ask receptive_box about single units"
        )
    return (int(strides[id(target)][0]), int(strides[id(target)][1])), finer


def _after(stride: Fraction, window: Window) -> Fraction:
    return stride * window.stride / window.finer


def _said(strides: Any) -> str:
    return " x ".join(str(stride) for stride in strides)
