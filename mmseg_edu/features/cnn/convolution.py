"""Convolution and pooling: a small window slides over a picture and gives one number, or K, at each stop."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from mmseg_edu.backend import floats, is_tensor, library_of
from mmseg_edu.preprocess.arguments import as_array, checked_pair, checked_room, shown

Array = Any  # a NumPy array or a tensor; the output is of the image's kind
Pair = tuple[int, int]


def convolve(
    image: Array, kernels: Array, stride: int | Pair = 1, padding: str = "valid", dilation: int | Pair = 1
) -> Array:
    r"""Slide kernels over a picture; at each stop, multiply what lies under a kernel by its weights and add up.

    .. math::
        Y_{pqk} = \sum_{i=0}^{h-1} \sum_{j=0}^{w-1} \sum_{c}
        X_{\,sp + di - t,\; sq + dj - l,\; c}\; W_{ijck}

    with stride :math:`s`, dilation :math:`d` and :math:`t` rows, :math:`l` columns of zeros before the first
    ones. This is what networks call convolution. Mathematics calls it cross-correlation: its convolution flips
    the kernel first, ``kernels[::-1, ::-1]``, which makes no difference to weights that are learned.

    Parameters
    ----------
    image : (H, W), (H, W, C) or (N, H, W, C) floating point
        A grey picture, a picture or feature map with channels, or a batch.
    kernels : (h, w) for a grey picture, else (h, w, C, K)
        Any real numbers; the weights of a Keras ``Conv2D`` have this shape. Each of the K looks at all channels.
    stride : int or (rows, columns), 1 or more
        How far the window moves from stop to stop.
    padding : {"valid", "same"}
        "valid" stops only where the whole window lies on the picture. "same" puts zeros around it so that there
        are ceil(H / stride) stops; of an odd number of zeros the larger half comes last.
    dilation : int or (rows, columns), 1 or more
        Distance between neighbouring weights; 2 leaves a gap of one pixel.

    Returns
    -------
    (H', W'), (H', W', K) or (N, H', W', K), same dtype as the image
        H' = floor((H - d (h - 1) - 1) / s) + 1 for "valid", ceil(H / s) for "same". A tensor if image or kernels are
        one, else an array. float16 arrays are summed in float32.

    Raises
    ------
    TypeError, ValueError
        For integer pictures, NaN, shapes that do not fit, a window larger than the picture ("valid"), and for
        stride and dilation both above 1, which Keras refuses as well.

    Notes
    -----
    Agrees with ``keras.ops.conv`` and, for one kernel, with ``scipy.signal.correlate2d`` to rounding. The sum
    runs over the h w weights, each time for all stops together.

    References
    ----------
    Dumoulin & Visin (2016), "A guide to convolution arithmetic for deep learning", arXiv:1603.07285.

    Examples
    --------
    >>> import numpy as np
    >>> edge = np.array([[0.0, 0.0, 1.0, 1.0]] * 3)
    >>> convolve(edge, [[-1, 0, 1]])
    array([[1., 1.],
           [1., 1.],
           [1., 1.]])
    >>> convolve(edge, [[-1, 0, 1]], padding="same")[0]  # beyond the right border is black: an edge as well
    array([ 0.,  1.,  1., -1.])

    Lesson: 05_cnn_features
    """
    lib = library_of(image, kernels)
    maps, weights = _checked_maps(image, lib), _checked_kernels(kernels, lib)
    grey, given = len(image_shape := tuple(maps.shape)) == 2, maps
    _check_kernels_fit(tuple(weights.shape), image_shape)
    strides, dilations = (
        checked_pair("stride", stride, "try stride=2"),
        checked_pair("dilation", dilation, "try dilation=2"),
    )
    if max(strides) > 1 and max(dilations) > 1:
        raise ValueError(
            f"stride and dilation cannot both be above 1, got stride={stride} and dilation={dilation}: "
            "convolve with stride 1 and keep every n-th row and column"
        )
    exact = np.result_type(maps.dtype, np.float32) if lib is np else maps.dtype
    maps, weights = floats(maps, lib, exact), floats(weights, lib, exact)
    maps = _with_axes(maps, lib)
    weights = lib.reshape(weights, (*weights.shape, 1, 1)) if grey else weights
    size = tuple(weights.shape[:2])
    parts = windows(maps, size, strides, padding, dilations, 0.0, lib)
    times = lib.multiply if maps.shape[-1] == 1 else lib.matmul  # the same for one channel, and faster
    with np.errstate(over="ignore", invalid="ignore"):
        total = sum(times(part, weights[i, j]) for (i, j), part in parts)
    if lib is np:
        checked_room(total, maps, "image")
    return _without_axes(floats(total, lib, given.dtype), image_shape)


def max_pool(
    image: Array, size: int | Pair = 2, stride: int | Pair | None = None, padding: str = "valid"
) -> Array:
    r"""Keep the largest value under each stop of a window, for each channel by itself.

    .. math::
        Y_{pqc} = \max_{0 \le i < h,\; 0 \le j < w} X_{\,sp + i,\; sq + j,\; c}

    Parameters
    ----------
    image : (H, W), (H, W, C) or (N, H, W, C) floating point
    size : int or (rows, columns), pixels, 1 or more
        Of the window.
    stride : int or (rows, columns), 1 or more
        Default: the size, so that windows lie side by side.
    padding : {"valid", "same"}
        "valid" leaves out the rows and columns at the end that do not fill a window. "same" has
        ceil(H / stride) stops; a window that reaches over the border looks at the pixels of the picture alone.

    Returns
    -------
    Array with as many axes, same dtype and kind
        Each value is one of the picture's.

    Raises
    ------
    TypeError, ValueError
        For integer pictures, NaN, a wrong shape, and a window larger than the picture ("valid").

    Notes
    -----
    Agrees with Keras' ``MaxPooling2D`` exactly.

    References
    ----------
    Dumoulin & Visin (2016), "A guide to convolution arithmetic for deep learning", arXiv:1603.07285, section 3.

    Examples
    --------
    >>> import numpy as np
    >>> max_pool(np.array([[1.0, 2.0, 0.0, 0.0, 9.0], [3.0, 4.0, 0.0, 5.0, 9.0]]))
    array([[4., 5.]])

    Lesson: 05_cnn_features
    """
    lib = library_of(image)
    maps = _checked_maps(image, lib)
    largest = None
    for _, part in _pools(maps, size, stride, padding, -np.inf, lib):
        largest = part if largest is None else lib.maximum(largest, part)
    return _without_axes(floats(largest, lib, maps.dtype), tuple(maps.shape))


def mean_pool(
    image: Array, size: int | Pair = 2, stride: int | Pair | None = None, padding: str = "valid"
) -> Array:
    r"""Average what lies under each stop of a window, for each channel by itself.

    .. math::
        Y_{pqc} = \frac{1}{h w} \sum_{i=0}^{h-1} \sum_{j=0}^{w-1} X_{\,sp + i,\; sq + j,\; c}

    Parameters
    ----------
    image : (H, W), (H, W, C) or (N, H, W, C) floating point
    size : int or (rows, columns), pixels, 1 or more
        Of the window.
    stride : int or (rows, columns), 1 or more
        Default: the size, so that windows lie side by side.
    padding : {"valid", "same"}
        As in :func:`max_pool`. A window that reaches over the border averages the pixels of the picture alone, so
        that a uniform picture stays uniform.

    Returns
    -------
    Array with as many axes, same dtype and kind
        float16 arrays are summed in float32.

    Raises
    ------
    TypeError, ValueError
        As :func:`max_pool`.

    Notes
    -----
    Agrees with Keras' ``AveragePooling2D`` to rounding.

    Examples
    --------
    >>> import numpy as np
    >>> mean_pool(np.array([[1.0, 2.0, 0.0, 0.0, 9.0], [3.0, 4.0, 0.0, 5.0, 9.0]]))
    array([[2.5 , 1.25]])

    Lesson: 05_cnn_features
    """
    lib = library_of(image)
    maps = _checked_maps(image, lib)
    exact = floats(maps, lib, np.result_type(maps.dtype, np.float32) if lib is np else None)
    with np.errstate(over="ignore", invalid="ignore"):
        total = sum(part for _, part in _pools(exact, size, stride, padding, 0.0, lib))
    if lib is np:
        checked_room(total, exact, "image")
    ones = np.ones((1, *_height_width(maps), 1))
    under = sum(part for _, part in _pools(ones, size, stride, padding, 0.0, np))
    return _without_axes(floats(total / floats(under, lib, exact.dtype), lib, maps.dtype), tuple(maps.shape))


def stops(length: int, size: int, stride: int, padding: str, dilation: int = 1) -> tuple[int, int, int]:
    r"""Say where a window stops along one axis: how many pixels are added before and after, and how many stops.

    .. math::
        e = d (k - 1) + 1, \qquad
        n_\text{valid} = \lfloor (L - e) / s \rfloor + 1, \qquad
        n_\text{same} = \lceil L / s \rceil, \qquad
        \text{added} = \max(0,\; (n - 1) s + e - L)

    Parameters
    ----------
    length : int, pixels
        :math:`L`, of the axis.
    size, stride, dilation : int, 1 or more
        :math:`k, s, d` of the window.
    padding : {"valid", "same"}

    Returns
    -------
    (before, after, count) : three ints
        ``before`` is half of what is added, rounded down. It depends on the length: with ``size=3, stride=2`` a
        picture of 8 is padded by 0 and 1, one of 9 by 1 and 1. Both are 0 for "valid".

    Raises
    ------
    ValueError
        For another padding, or a window that is larger than the picture ("valid").

    References
    ----------
    TensorFlow's definition of "SAME", which Keras uses on every backend.

    Examples
    --------
    >>> stops(8, 3, 2, "same"), stops(9, 3, 2, "same"), stops(9, 3, 2, "valid")
    ((0, 1, 4), (1, 1, 5), (0, 0, 4))
    """
    if not isinstance(padding, str) or padding not in ("valid", "same"):
        raise ValueError(
            f'padding must be "valid" or "same", got {shown(padding)}: "same" keeps the size at stride 1'
        )
    extent = dilation * (size - 1) + 1
    if padding == "same":
        count = -(-length // stride)
        added = max(0, (count - 1) * stride + extent - length)
        return added // 2, added - added // 2, count
    if extent > length:
        raise ValueError(
            f"a window must lie on the picture, got one of {extent} pixels on {length}: "
            'choose a smaller one, or padding="same"'
        )
    return 0, 0, (length - extent) // stride + 1


def windows(
    maps: Array, size: Pair, stride: Pair, padding: str, dilation: Pair, fill: float, lib: Any
) -> Iterator[tuple[Pair, Array]]:
    """Give for each place (i, j) in a window what lies under it at every stop: (i, j) and (N, H', W', C).

    >>> row = np.arange(4.0).reshape(1, 1, 4, 1)
    >>> [(place, part.ravel().tolist()) for place, part in windows(row, (1, 2), (1, 2), "same", (1, 1), 0, np)]
    [((0, 0), [0.0, 2.0]), ((0, 1), [1.0, 3.0])]
    """
    axes = list(zip(_height_width(maps), size, stride, (padding,) * 2, dilation, strict=True))
    (top, bottom, rows), (left, right, columns) = (stops(*axis) for axis in axes)
    padded = lib.pad(maps, ((0, 0), (top, bottom), (left, right), (0, 0)), constant_values=fill)
    for i, j in np.ndindex(*size):
        y, x = i * dilation[0], j * dilation[1]
        last_row, last_column = y + (rows - 1) * stride[0], x + (columns - 1) * stride[1]
        yield (i, j), padded[:, y : last_row + 1 : stride[0], x : last_column + 1 : stride[1], :]


def _pools(
    maps: Array, size: int | Pair, stride: int | Pair | None, padding: str, fill: float, lib: Any
) -> Iterator[tuple[Pair, Array]]:
    window = checked_pair("size", size, "try size=2")
    steps = window if stride is None else checked_pair("stride", stride, "try stride=2")
    return windows(_with_axes(maps, lib), window, steps, padding, (1, 1), fill, lib)


def _checked_maps(image: Array, lib: Any) -> Array:
    """A picture, a map or a batch of floats; the values of a NumPy array are finite."""
    values = image if is_tensor(image) else as_array("image", image)
    if "float" not in str(values.dtype):
        raise TypeError(
            f"image must be floating point, got {values.dtype}: use image.astype(np.float32) / 255 for bytes"
        )
    shape = tuple(values.shape)
    if len(shape) not in (2, 3, 4) or 0 in shape:
        raise ValueError(
            f"image must have shape (H, W), (H, W, C) or (N, H, W, C), none of them 0, got {shape}: "
            "put channels last"
        )
    if isinstance(values, np.ndarray) and not np.isfinite(values).all():
        raise ValueError("image must be finite, got NaN or infinity: clean it with np.nan_to_num first")
    return floats(values, lib)


def _checked_kernels(kernels: Array, lib: Any) -> Array:
    if is_tensor(kernels):
        return kernels
    weights = as_array("kernels", kernels)
    if weights.dtype.kind not in "iufb":
        raise TypeError(f"kernels must be real numbers, got {weights.dtype}: give a list of rows of numbers")
    if not np.isfinite(weights).all():
        raise ValueError("kernels must be finite, got NaN or infinity: one such weight would spoil every sum")
    return floats(weights, lib)


def _check_kernels_fit(kernels: tuple[int, ...], image: tuple[int, ...]) -> None:
    if 0 in kernels or len(kernels) != (2 if len(image) == 2 else 4):
        rule = "(h, w) for a grey picture (H, W)" if len(image) == 2 else "(h, w, C, K)"
        raise ValueError(
            f"kernels must have shape {rule}, got {kernels} for an image {image}: "
            "a picture of one channel is image[..., np.newaxis], its only kernel kernel[..., np.newaxis, np.newaxis]"
        )
    if len(kernels) == 4 and kernels[2] != image[-1]:
        raise ValueError(
            f"kernels (h, w, C, K) must have a weight for each of the C = {image[-1]} channels of the image, "
            f"got {kernels}, for {kernels[2]}: the third axis counts channels, the fourth kernels"
        )


def _height_width(maps: Array) -> Pair:
    shape = tuple(maps.shape)
    height, width = shape[:2] if len(shape) < 4 else shape[1:3]
    if height is None or width is None:
        raise ValueError(
            f"the height and width of a symbolic tensor must be known, got {shape}: "
            "give keras.Input the size of the pictures"
        )
    return height, width


def _with_axes(maps: Array, lib: Any) -> Array:
    shape = tuple(maps.shape)
    if len(shape) == 4:
        return maps
    return lib.reshape(maps, (1, *shape, 1) if len(shape) == 2 else (1, *shape))


def _without_axes(maps: Array, shape: tuple[int, ...]) -> Array:
    if len(shape) == 4:
        return maps
    return maps[0, :, :, 0] if len(shape) == 2 else maps[0]
