"""Strokes of a hand on a picture: read from text, drawn into seeds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# What stands between numbers: spaces, and commas between the points for the eye.
_BETWEEN = re.compile(r"[\s,;]+")
NOBODY = -1


class Stroke(NamedTuple):
    """A line that was drawn with a label.

    Attributes
    ----------
    label : int
    width : float, pixels
    points : tuple of (x, y), in hundredths of the picture's width and height, (0, 0) top left; empty for all pixels
    """

    label: int
    width: float
    points: tuple[tuple[float, float], ...]


def read_points(text: str) -> tuple[tuple[float, float], ...]:
    """Read a stroke as somebody types it: the across and down of each point, in hundredths of the picture.

    Parameters
    ----------
    text : str
        Such as ``"20 30, 60 30"``: a line from 20 across, 30 down, to 60 across.

    Returns
    -------
    tuple of (x, y)

    Raises
    ------
    ValueError
        Not an even count of numbers, or one outside [0, 100].

    Examples
    --------
    >>> read_points("20 30, 60 30.5")
    ((20.0, 30.0), (60.0, 30.5))
    """
    try:
        numbers = [float(part) for part in _BETWEEN.split(text.strip(" \t\n,;")) if part]
    except ValueError:
        numbers = []
    if not numbers or len(numbers) % 2 or not all(0 <= number <= 100 for number in numbers):
        raise ValueError(
            "a stroke must be points across and down in hundredths of the picture, 0 to 100, got "
            f"{text[:40]!r}: write 20 30, 60 30 for a line"
        )
    return tuple(zip(numbers[::2], numbers[1::2], strict=True))


def seeds_of(strokes: Iterable[Stroke], shape: Sequence[int]) -> NDArray[np.int16]:
    """Draw strokes one over the other: the label of each pixel that a hand has touched, -1 elsewhere.

    Parameters
    ----------
    strokes : of Stroke
    shape : (H, W)

    Returns
    -------
    (H, W) int16

    Notes
    -----
    A pixel is touched if its middle is at most half a width away from the line; the pixels that the points fall into
    always are.

    Examples
    --------
    >>> seeds_of([Stroke(1, 1, ((0, 50), (50, 50)))], (3, 4)).tolist()
    [[-1, -1, -1, -1], [1, 1, 1, -1], [-1, -1, -1, -1]]
    """
    height, width = shape[:2]
    seeds = np.full((height, width), NOBODY, np.int16)
    rows, columns = np.mgrid[:height, :width] + 0.5
    for stroke in strokes:
        if not stroke.points:
            seeds[:] = stroke.label
            continue
        places = [(x * width / 100, y * height / 100) for x, y in stroke.points]
        for (x, y), (to_x, to_y) in zip(places, places[1:] or places, strict=False):
            along, down = to_x - x, to_y - y
            length = along**2 + down**2
            part = ((columns - x) * along + (rows - y) * down) / length if length else np.zeros(seeds.shape)
            part = np.clip(part, 0, 1)
            away = np.hypot(columns - x - part * along, rows - y - part * down)
            seeds[away <= stroke.width / 2] = stroke.label
        for x, y in places:
            seeds[min(int(y), height - 1), min(int(x), width - 1)] = stroke.label
    return seeds
