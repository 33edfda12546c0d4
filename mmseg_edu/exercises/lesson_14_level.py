"""One level of a U-Net on the way up: the rule that exercise 14.3 asks for, and those of misconceptions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import ndimage

Rule = Callable[..., Any]


def maps(
    seed: int, height: int, width: int, fine: int, coarse: int, kernels: int
) -> tuple[Any, Any, Any, Any]:
    random = np.random.default_rng([14, 3, seed])
    return (
        random.normal(size=(height, width, fine)),
        random.normal(size=(-(-height // 2), -(-width // 2), coarse)),
        random.normal(size=(3, 3, fine + coarse, kernels)),
        random.normal(size=kernels),
    )


def plain() -> tuple[Any, Any, Any, Any]:
    kernel = np.zeros((3, 3, 2, 2))
    kernel[1, 1] = np.eye(2)
    return np.arange(1.0, 17).reshape(4, 4, 1), np.arange(1.0, 5).reshape(2, 2, 1), kernel, np.zeros(2)


def _doubled(coarse: Any) -> np.ndarray:
    return np.asarray(coarse).repeat(2, axis=0).repeat(2, axis=1)


def _beside(fine: Any, doubled: np.ndarray) -> np.ndarray:
    height, width = np.shape(fine)[:2]
    return np.concatenate([fine, doubled[:height, :width]], axis=-1)


def _convolved(maps: Any, kernel: Any, mode: str = "constant") -> np.ndarray:
    return np.stack(
        [
            sum(ndimage.correlate(maps[..., c], kernel[..., c, k], mode=mode) for c in range(maps.shape[-1]))
            for k in range(kernel.shape[-1])
        ],
        axis=-1,
    )


def level(fine: Any, coarse: Any, kernel: Any, bias: Any) -> np.ndarray:
    return np.maximum(_convolved(_beside(fine, _doubled(coarse)), kernel) + bias, 0)


def _of(change: Rule) -> Rule:
    """A slip that hands changed maps to the convolution."""
    return lambda fine, coarse, kernel, bias: np.maximum(_convolved(change(fine, coarse), kernel) + bias, 0)


def _coarse_first(fine: Any, coarse: Any) -> np.ndarray:
    height, width = np.shape(fine)[:2]
    return np.concatenate([_doubled(coarse)[:height, :width], fine], axis=-1)


def _tiled(fine: Any, coarse: Any) -> np.ndarray:
    return _beside(fine, np.tile(coarse, (2, 2, 1)))


def _cut_in_front(fine: Any, coarse: Any) -> np.ndarray:
    doubled = _doubled(coarse)
    rows, columns = (doubled.shape[i] - np.shape(fine)[i] for i in (0, 1))
    return np.concatenate([fine, doubled[rows:, columns:]], axis=-1)


def _zeros_between(fine: Any, coarse: Any) -> np.ndarray:
    spread = np.zeros_like(_doubled(coarse))
    spread[::2, ::2] = coarse
    return _beside(fine, spread)


def _half_tiled(axis: int) -> Rule:
    """The slip that repeats the pixels along one side and lays the map out twice along the other."""
    copies = (1, 2, 1) if axis == 0 else (2, 1, 1)
    return lambda fine, coarse: _beside(fine, np.tile(np.repeat(coarse, 2, axis=axis), copies))


def _in_a_corner(rows: int) -> Rule:
    """The slip whose window lies beside its pixel: it begins (1) or ends (-1) there."""

    def slip(fine: Any, coarse: Any, kernel: Any, bias: Any) -> np.ndarray:
        whole = np.pad(_beside(fine, _doubled(coarse)), ((1, 1), (1, 1), (0, 0)))
        moved = np.roll(_convolved(whole, kernel), (-rows, -rows), axis=(0, 1))
        return np.maximum(moved[1:-1, 1:-1] + bias, 0)

    return slip


def _cut_at_the_end(fine: Any, coarse: Any, kernel: Any, bias: Any) -> np.ndarray:
    doubled, (height, width) = _doubled(coarse), np.shape(fine)[:2]
    more = [(0, doubled.shape[i] - np.shape(fine)[i]) for i in (0, 1)]
    maps = np.concatenate([np.pad(fine, (*more, (0, 0))), doubled], axis=-1)
    return np.maximum(_convolved(maps, kernel) + bias, 0)[:height, :width]


def _rectified_at_each_place(fine: Any, coarse: Any, kernel: Any, bias: Any) -> np.ndarray:
    maps, total = _beside(fine, _doubled(coarse)), np.asarray(bias, float)
    for i, j in np.ndindex(3, 3):
        alone = np.zeros_like(kernel)
        alone[i, j] = kernel[i, j]
        total = total + np.maximum(_convolved(maps, alone), 0)
    return np.maximum(total, 0)


def _ending(curve: Rule) -> Rule:
    """A slip that ends with another curve than the ReLU."""
    return lambda fine, coarse, kernel, bias: curve(
        _convolved(_beside(fine, _doubled(coarse)), kernel) + np.asarray(bias)
    )


def _smooth(fine: Any, coarse: Any) -> np.ndarray:
    doubled = ndimage.zoom(np.asarray(coarse, float), (2, 2, 1), order=1, grid_mode=True, mode="nearest")
    return _beside(fine, doubled)


SLIPS: list[tuple[Rule, str]] = [
    (
        _of(_coarse_first),
        "The doubled map stands first. The kernel expects the fine one first, as the formula writes it.",
    ),
    (
        _of(_tiled),
        "The coarse map was laid out twice side by side (tile). Doubling repeats each pixel: a pixel becomes 2 x 2.",
    ),
    (
        _of(_cut_in_front),
        "That is the doubled map without its first row or column. The one too many is the last.",
    ),
    (_of(_zeros_between), "Between the coarse pixels stand zeros. Each pixel is repeated."),
    (
        _of(_smooth),
        "The coarse map was enlarged smoothly (bilinear). Here each pixel is repeated, as nearest neighbours do.",
    ),
    (
        _of(lambda fine, coarse: _beside(fine, ndimage.zoom(np.asarray(coarse, float), (2, 2, 1), order=1))),
        "The coarse map was enlarged smoothly (bilinear). Here each pixel is repeated, as nearest neighbours do.",
    ),
    *[
        (
            _of(_half_tiled(axis)),
            "One side was doubled, along the other the map was laid out twice. Each pixel becomes 2 x 2.",
        )
        for axis in (0, 1)
    ],
    *[
        (
            _of(lambda fine, coarse, factor=factor: _beside(fine, factor * _doubled(coarse))),
            "Doubling changed the numbers of the coarse map. Each is repeated as it is.",
        )
        for factor in (0.25, 0.5, 2, 4)
    ],
    (
        _cut_at_the_end,
        "The row or column too many was cut after the convolution, which had seen it by then. Cut first.",
    ),
    *[
        (
            _in_a_corner(rows),
            "The window lies beside its pixel. Pad one pixel on each side: then it is centred.",
        )
        for rows in (1, -1)
    ],
    (
        _rectified_at_each_place,
        "A ReLU came at each place of the kernel. Add all nine up first, then the bias; it comes last.",
    ),
    (
        lambda fine, coarse, kernel, bias: level(fine, coarse, kernel, 9 * np.asarray(bias)),
        "The bias was added at each of the nine places. Add it once.",
    ),
    (
        lambda fine, coarse, kernel, bias: level(fine, coarse, np.asarray(kernel) / 9, bias),
        "The nine products were averaged. A convolution adds them up.",
    ),
    *[
        (_ending(curve), "Another curve stands at the end. ReLU is max(0, x).")
        for curve in (
            lambda x: 1 / (1 + np.exp(-x)),
            lambda x: np.log1p(np.exp(x)),
            np.tanh,
            lambda x: np.clip(np.tanh(x), 0, 1),
        )
    ],
    *[
        (
            _ending(lambda x, cut=cut: np.maximum(cut(x), 0)),
            "Whole numbers came out: the digits were cut off.",
        )
        for cut in (np.trunc, np.round)
    ],
    (
        _of(lambda fine, coarse: _beside(np.zeros_like(fine), _doubled(coarse))),
        "The fine map does not count: that is the network without skips.",
    ),
    (
        _of(lambda fine, coarse: _beside(fine, 0 * _doubled(coarse))),
        "The coarse map does not count: only the skip was let through.",
    ),
    (
        lambda fine, coarse, kernel, bias: _convolved(_beside(fine, _doubled(coarse)), kernel) + bias,
        "A ReLU comes last: nothing below 0 leaves a level.",
    ),
    (
        lambda fine, coarse, kernel, bias: (
            np.maximum(_convolved(_beside(fine, _doubled(coarse)), kernel), 0) + bias
        ),
        "The bias came after the ReLU. It belongs before.",
    ),
    (
        lambda fine, coarse, kernel, bias: np.maximum(_convolved(_beside(fine, _doubled(coarse)), kernel), 0),
        "The bias is missing.",
    ),
    (
        lambda fine, coarse, kernel, bias: level(fine, coarse, np.asarray(kernel)[::-1, ::-1], bias),
        "The kernel was turned by half a turn. Networks lay it on as it is.",
    ),
    (
        lambda fine, coarse, kernel, bias: np.maximum(
            _convolved(_beside(fine, _doubled(coarse)), kernel, "nearest") + bias, 0
        ),
        "Outside the map stand copies of its rim. Padding puts zeros there.",
    ),
    *[
        (
            lambda fine, coarse, kernel, bias, mode=mode: np.maximum(
                _convolved(_beside(fine, _doubled(coarse)), kernel, mode) + bias, 0
            ),
            "Outside the map stands more of the map, mirrored or from the other side. Padding puts zeros there.",
        )
        for mode in ("mirror", "wrap")
    ],
    (
        lambda fine, coarse, kernel, bias: level(fine, coarse, np.swapaxes(kernel, 0, 1), bias),
        "Rows and columns of the kernel have changed places: kernel[i, j] stands i rows down, j columns across.",
    ),
    (
        lambda fine, coarse, kernel, bias: level(fine, coarse, np.asarray(kernel)[::-1], bias),
        "The kernel was turned upside down. Networks lay it on as it is.",
    ),
    (
        lambda fine, coarse, kernel, bias: level(fine, coarse, np.asarray(kernel)[:, ::-1], bias),
        "The kernel was turned left to right. Networks lay it on as it is.",
    ),
    (
        lambda fine, coarse, kernel, bias: np.maximum(
            _beside(fine, _doubled(coarse)) @ np.asarray(kernel)[1, 1] + bias, 0
        ),
        "Only the middle of the kernel was laid on. All nine of its places count.",
    ),
    (
        lambda fine, coarse, kernel, bias: level(np.maximum(fine, 0), np.maximum(coarse, 0), kernel, bias),
        "A ReLU came before the convolution as well. There is one, after the bias.",
    ),
    (
        lambda fine, coarse, kernel, bias: np.abs(
            _convolved(_beside(fine, _doubled(coarse)), kernel) + np.asarray(bias)
        ),
        "Negative numbers changed their sign. A ReLU makes them 0.",
    ),
    (
        lambda fine, coarse, kernel, bias: level(fine, coarse, kernel, -bias),
        "The bias was taken off. Add it.",
    ),
    *[
        (
            lambda fine, coarse, kernel, bias, top=top: np.minimum(level(fine, coarse, kernel, bias), top),
            "Large numbers were cut off. A ReLU has no upper end.",
        )
        for top in (1, 6)
    ],
]
