"""Which units of its input a unit of a layer reads: kernel, stride, dilation and padding as whole numbers."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from mmseg_edu import backend
from mmseg_edu.features.cnn.convolution import stops

# Operations of keras.ops that look at one place only, however many maps they take.
# fmt: off
_OF_ONE_PLACE = {
    "Abs", "Add", "Cast", "Clip", "Divide", "Elu", "Exp", "Gelu", "HardSigmoid", "HardSilu", "LeakyRelu",
    "Log", "Maximum", "Minimum", "Multiply", "Negative", "Power", "Relu", "Relu6", "Selu", "Sigmoid",
    "Silu", "Softplus", "Sqrt", "Square", "Subtract", "Tanh", "TrueDivide",
}
# fmt: on


class Window(NamedTuple):
    r"""Along one axis, unit p reads the units :math:`\lfloor (s p - t + d i) / f \rfloor`, i = 0 .. k - 1.

    Convolution and pooling have :math:`f = 1`. Upsampling repeats each unit :math:`f` times. A transposed
    convolution reads only where the division is exact.

    >>> Window(size=3, stride=2, before=1).reads(np.array([0, 1]))
    array([-1,  0,  1,  2,  3])
    """

    size: int = 1
    stride: int = 1
    before: int = 0
    dilation: int = 1
    finer: int = 1
    exact: bool = False

    def reads(self, units: np.ndarray) -> np.ndarray:
        """Return the units that these units read, sorted, as if the map had no border."""
        fine = np.add.outer(self.stride * units - self.before, self.dilation * np.arange(self.size))
        if self.exact:
            fine = fine[fine % self.finer == 0]
        return np.unique(fine // self.finer)

    def matrix(self, count: int, units: int) -> np.ndarray:
        """Return for each of the input's units (count, on the map) which of the layer's units (units) read it."""
        matrix = np.zeros((count, units), bool)
        for unit in range(units):
            read = self.reads(np.array([unit]))
            matrix[read[(read >= 0) & (read < count)], unit] = True
        return matrix


def layer_windows(operation: Any, source: Any) -> tuple[Window, Window] | None:
    """Return what a unit reads of one source, for rows and columns; None if it reads all of it.

    Raises
    ------
    ValueError
        For a layer that is not known, since a guess would be wrong.
    """
    layers = backend.load().layers
    given = operation.output
    if len(source.shape) != 4 or isinstance(
        operation, layers.Flatten | layers.GlobalAveragePooling2D | layers.GlobalMaxPooling2D
    ):
        return None
    if getattr(operation, "data_format", None) == "channels_first":
        raise _unknown(operation, 'with channels first: use data_format="channels_last"')
    if len(given.shape) == 4:
        if _looks_at_one_place(operation, layers):
            # A map of 1 x 1 is spread over the larger ones that it meets.
            rows, columns = (Window(stride=int(source.shape[a] == given.shape[a])) for a in (1, 2))
            return rows, columns
        across, down = (_along(operation, a, source.shape[1 + a], given.shape[1 + a]) for a in (1, 0))
        if across is not None and down is not None:
            return down, across
    raise _unknown(operation, "which is not known")


def _along(operation: Any, axis: int, length: int, count: int) -> Window | None:
    layers = backend.load().layers
    if isinstance(operation, layers.Conv2D | layers.DepthwiseConv2D | layers.SeparableConv2D):
        size, stride, dilation = (
            getattr(operation, name)[axis] for name in ("kernel_size", "strides", "dilation_rate")
        )
        before = stops(length, size, stride, operation.padding, dilation)[0]
        return Window(size, stride, before, dilation)
    if isinstance(operation, layers.MaxPooling2D | layers.AveragePooling2D):
        size, stride = operation.pool_size[axis], operation.strides[axis]
        return Window(size, stride, stops(length, size, stride, operation.padding)[0])
    if isinstance(operation, layers.Conv2DTranspose):
        size, stride, dilation = (
            getattr(operation, name)[axis] for name in ("kernel_size", "strides", "dilation_rate")
        )
        before = stops(count, size, stride, "same", dilation)[0] if operation.padding == "same" else 0
        return Window(size, 1, dilation * (size - 1) - before, dilation, stride, True)
    if isinstance(operation, layers.ZeroPadding2D):
        return Window(before=operation.padding[axis][0])
    if isinstance(operation, layers.Cropping2D):
        return Window(before=-operation.cropping[axis][0])
    if isinstance(operation, layers.UpSampling2D):
        factor = operation.size[axis]
        if operation.interpolation == "nearest":
            return Window(finer=factor)
        if (
            operation.interpolation == "bilinear"
        ):  # the units at either side of (p + 1/2) / f - 1/2, or that one
            return Window(2, 2, factor - 1, 2 * factor - 1, 2 * factor)
    return None


def _looks_at_one_place(operation: Any, layers: Any) -> bool:
    """Say whether unit (p, q) reads the place (p, q) of its sources alone: activations, sums, 1x1 in disguise."""
    name = type(operation).__name__
    if getattr(operation, "one_place", False):  # so say the layers of this package that do
        return True
    if not isinstance(operation, layers.Layer):
        last = getattr(operation, "axis", None) in (-1, 3)
        return name in _OF_ONE_PLACE or (name in ("Flip", "Concatenate", "Softmax") and last)
    if isinstance(
        operation,
        layers.BatchNormalization
        | layers.LayerNormalization
        | layers.UnitNormalization
        | layers.Softmax
        | layers.Concatenate,
    ):
        axes = operation.axis if isinstance(operation.axis, list | tuple) else [operation.axis]
        return {axis % 4 for axis in axes} == {3}
    return isinstance(
        operation,
        layers.Activation
        | layers.ReLU
        | layers.LeakyReLU
        | layers.PReLU
        | layers.ELU
        | layers.Identity
        | layers.Dropout
        | layers.GaussianDropout
        | layers.GaussianNoise
        | layers.Rescaling
        | layers.Normalization
        | layers.Dense
        | layers.Add
        | layers.Average
        | layers.Maximum
        | layers.Minimum
        | layers.Multiply
        | layers.Subtract,
    )


def _unknown(operation: Any, why: str) -> ValueError:
    return ValueError(
        f"the receptive field passes through {operation.name!r}, a {type(operation).__name__}, {why}: "
        "measure it with measured_receptive_field"
    )
