"""Sizes of the maps of a U-Net: the rule that exercise 14.1 asks for, and those of misconceptions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Rule = Callable[..., Any]


def _sides(height: int, width: int, depth: int, rule: Rule) -> list[tuple[int, int]]:
    sides = [(height, width)]
    for _ in range(depth):
        sides.append((rule(sides[-1][0]), rule(sides[-1][1])))
    return sides


def _half(side: int) -> int:
    return -(-side // 2)


def sizes(height: int, width: int, channels: int, depth: int) -> np.ndarray:
    sides = _sides(height, width, depth, _half)
    down = [(*sides[level], channels * 2**level) for level in range(depth + 1)]
    return np.array([*down, *down[-2::-1]]) if depth else np.array(down)


def _halved(rule: Rule) -> Rule:
    """A slip that halves a side in a way of its own, level after level."""

    def slip(height: int, width: int, channels: int, depth: int) -> np.ndarray:
        sides = _sides(height, width, depth, rule)
        down = [(*sides[level], channels * 2**level) for level in range(depth + 1)]
        return np.array([*down, *down[-2::-1]]) if depth else np.array(down)

    return slip


def _changed(columns: Rule) -> Rule:
    """A slip that follows from the right sizes and the level of each map."""

    def slip(height: int, width: int, channels: int, depth: int) -> np.ndarray:
        levels = np.array([*range(depth + 1), *range(depth - 1, -1, -1)])
        return np.asarray(columns(sizes(height, width, channels, depth), levels, channels, depth))

    return slip


def _doubled_blindly(sizes: np.ndarray, levels: np.ndarray, channels: int, depth: int) -> np.ndarray:
    """The way up doubles what it has, whatever came down."""
    result = sizes.copy()
    for row in range(depth + 1, len(result)):
        result[row, :2] = 2 * result[row - 1, :2]
    return result


def _with_channels(rule: Rule) -> Rule:
    return _changed(lambda sizes, levels, c, depth: np.column_stack([sizes[:, :2], rule(levels, c, depth)]))


def _on_the_way_up(levels: np.ndarray) -> np.ndarray:
    return np.arange(len(levels)) > len(levels) // 2


def _padded(height: int, width: int, channels: int, depth: int) -> np.ndarray:
    whole = 2**depth
    return sizes(-(-height // whole) * whole, -(-width // whole) * whole, channels, depth)


def _split(half: Rule) -> Rule:
    """A slip that divides the picture's sides by 2**level at once, in a way of its own."""
    return _changed(
        lambda sizes, levels, c, depth: np.column_stack(
            [half(sizes[0, 0] / 2**levels), half(sizes[0, 1] / 2**levels), sizes[:, 2]]
        )
    )


SLIPS: list[tuple[Rule, str]] = [
    (_split(lambda sides: sides), "Half a pixel is none: an odd side is halved upwards, 37 becomes 19."),
    (
        _split(np.round),
        "`round` takes a half to the even neighbour: 18.5 becomes 18. Here an odd side is halved upwards.",
    ),
    (
        _changed(lambda sizes, levels, c, depth: sizes[:, [0, 0, 2]]),
        "The width is the height's. A picture need not be square.",
    ),
    (
        _halved(lambda side: round(side / 2)),
        "`round` takes a half to the even neighbour: 18.5 becomes 18. Here an odd side is halved upwards.",
    ),
    (
        _changed(lambda sizes, levels, c, depth: sizes[:, [1, 1, 2]]),
        "The height is the width's. A picture need not be square.",
    ),
    (
        _changed(lambda sizes, levels, c, depth: np.insert(sizes[:, [0, 2]], 1, sizes[0, 1], axis=1)),
        "The width stays as it is here. Both sides are halved.",
    ),
    (
        _changed(lambda sizes, levels, c, depth: np.insert(sizes[:, 1:], 0, sizes[0, 0], axis=1)),
        "The height stays as it is here. Both sides are halved.",
    ),
    (
        _padded,
        "The picture was padded to a multiple of 2**depth first. Here an odd side is halved upwards, level by level.",
    ),
    (
        _with_channels(lambda levels, c, depth: c * 4**levels),
        "Four times the channels from level to level. They double.",
    ),
    (
        _with_channels(lambda levels, c, depth: c // 2**levels),
        "The channels halve with the picture here. They double where it halves.",
    ),
    (
        _with_channels(lambda levels, c, depth: 16 * 2**levels),
        "The finest map has 16 channels whatever is asked for. Level 0 has `channels` of them.",
    ),
    (
        _with_channels(
            lambda levels, c, depth: c * np.power(2, np.where(_on_the_way_up(levels), depth, levels))
        ),
        "On the way up the channels stay those of the bottleneck. They halve where the picture doubles.",
    ),
    (
        _with_channels(lambda levels, c, depth: c * 2**levels // np.where(_on_the_way_up(levels), 2, 1)),
        "Half of the channels are missing on the way up. A level gives as many there as on the way down.",
    ),
    (
        _halved(lambda side: side // 2),
        "An odd side was halved downwards. Here the last window may hold one row: 37 becomes 19.",
    ),
    (
        _changed(_doubled_blindly),
        "The way up doubles, and then cuts to the map of the same level: 5 becomes 10, of which 9 stay.",
    ),
    (
        _with_channels(lambda levels, c, depth: np.full(len(levels), c)),
        "The channels stay the same here. They double where the picture halves.",
    ),
    (
        _with_channels(lambda levels, c, depth: c * (levels + 1)),
        "The channels grow by adding. They double from level to level.",
    ),
    (
        _with_channels(lambda levels, c, depth: c * 2 ** (levels + 1)),
        "The finest map has twice the channels. Level 0 has `channels` of them.",
    ),
    (
        _with_channels(lambda levels, c, depth: c * 2**levels * np.where(_on_the_way_up(levels), 2, 1)),
        "That counts what enters a level on the way up. Its convolution gives as many as on the way down.",
    ),
    (
        _with_channels(lambda levels, c, depth: c * 2**levels * np.where(_on_the_way_up(levels), 3, 1)),
        "That counts what enters a level on the way up. Its convolution gives as many as on the way down.",
    ),
    (
        _changed(lambda sizes, levels, c, depth: np.concatenate([sizes[: depth + 1], sizes[:depth]])),
        "The way up starts at the coarsest level: up2, up1, up0.",
    ),
    (
        _changed(lambda sizes, levels, c, depth: sizes[:, [1, 0, 2]]),
        "Width and height have changed places: height comes first.",
    ),
    (
        _changed(lambda sizes, levels, c, depth: sizes[:, [2, 0, 1]]),
        "Channels come last: (height, width, channels).",
    ),
    (
        _changed(
            lambda sizes, levels, c, depth: np.column_stack([sizes[:, :2] * 0 + sizes[0, :2], sizes[:, 2]])
        ),
        "The sides stay the same here. Each level halves them.",
    ),
]
