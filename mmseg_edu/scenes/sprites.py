"""Paint each instrument once, large and smooth: a *sprite* is a drawing with a transparent ground.

A sprite keeps the paint that never changes (strings, hoops, an eye) apart from the *shade* of the body, which
every scene fills with its own tint and with a crop of a real photograph. Coordinates are fractions of the
sprite's side; y points down.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

SIDE = 320
_FINE = 4
Array = NDArray[np.float32]
Points = Sequence[tuple[float, float]] | NDArray[np.float64]
Shading = float | Callable[[Array, Array], Array]


@dataclass
class Sprite:
    """A painting in progress: paint over it with `fill`, `ring` and `line`, later paint covers earlier.

    Attributes
    ----------
    paint : ndarray (SIDE, SIDE, 3), float32, [0, 1]
        Colours that never change, already multiplied by how much of each pixel they cover.
    shade : ndarray (SIDE, SIDE), float32, >= 0
        Brightness of the body, which a scene multiplies by its tint and its photograph.
    alpha : ndarray (SIDE, SIDE), float32, [0, 1]
        How much of each pixel the drawing covers.
    """

    paint: Array = field(default_factory=lambda: np.zeros((SIDE, SIDE, 3), np.float32))
    shade: Array = field(default_factory=lambda: np.zeros((SIDE, SIDE), np.float32))
    alpha: Array = field(default_factory=lambda: np.zeros((SIDE, SIDE), np.float32))

    def fill(self, points: Points, shading: Shading, colour: Sequence[float] | None = None) -> None:
        """Fill a polygon: with a fixed `colour` times the shading; without colour, as part of the body."""
        self._cover(np.asarray(points, np.float64), shading, colour, None)

    def line(
        self, points: Points, width: float, shading: Shading, colour: Sequence[float] | None = None
    ) -> None:
        """Draw a line with round ends through the points; `width` is a fraction of the side."""
        self._cover(np.asarray(points, np.float64), shading, colour, width)

    def _cover(
        self,
        points: NDArray[np.float64],
        shading: Shading,
        colour: Sequence[float] | None,
        width: float | None,
    ) -> None:
        margin = 1.5 / SIDE + (width or 0.0) / 2
        low = np.clip(np.floor((points.min(0) - margin) * SIDE), 0, SIDE - 1).astype(int)
        high = np.clip(np.ceil((points.max(0) + margin) * SIDE), low + 1, SIDE).astype(int)
        cover = _coverage(points * SIDE - low, high - low, None if width is None else width * SIDE)
        window = slice(low[1], high[1]), slice(low[0], high[0])
        y, x = np.mgrid[window].astype(np.float32) / np.float32(SIDE)
        light = shading(x, y) if callable(shading) else np.full_like(cover, shading)
        tint = np.zeros(3, np.float32) if colour is None else np.asarray(colour, np.float32)
        self.paint[window] += cover[..., None] * (light[..., None] * tint - self.paint[window])
        self.shade[window] += cover * (light * (colour is None) - self.shade[window])
        self.alpha[window] += cover * (1 - self.alpha[window])


def _coverage(points: NDArray[np.float64], size: NDArray[np.int_], width: float | None) -> Array:
    """Anti-alias by drawing four times finer and averaging: the fraction of each pixel inside the shape."""
    fine = Image.new("L", (int(size[0]) * _FINE, int(size[1]) * _FINE))
    pen = ImageDraw.Draw(fine)
    dots = [(round(float(x) * _FINE), round(float(y) * _FINE)) for x, y in points]
    if width is None:
        pen.polygon(dots, fill=255)
    else:
        thick = max(1, round(width * _FINE))
        pen.line(dots, fill=255, width=thick, joint="curve")
        r = thick / 2 - 0.5
        for x, y in (dots[0], dots[-1]):
            pen.ellipse((x - r, y - r, x + r, y + r), fill=255)
    return np.asarray(fine.reduce(_FINE), np.float32) / np.float32(255)


def oval(
    x: float, y: float, rx: float, ry: float, turn: float = 0.0, start: float = 0.0, stop: float = 360.0
) -> Points:
    """Points of an ellipse (or an arc of it, degrees clockwise from the right), turned by `turn` degrees."""
    t = np.radians(np.linspace(start, stop, 97))
    c, s = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    dx, dy = rx * np.cos(t), ry * np.sin(t)
    return np.stack([x + c * dx - s * dy, y + s * dx + c * dy], axis=1)


def smooth(points: Points) -> Points:
    """Catmull-Rom curve round the points: it passes through each of them, without corners."""
    p = np.asarray(points, np.float64)
    before, after, beyond = (np.roll(p, k, axis=0) for k in (1, -1, -2))
    t = np.linspace(0, 1, 13)[:-1, None, None]
    bend = (2 * before - 5 * p + 4 * after - beyond) * t**2 + (3 * p - before - 3 * after + beyond) * t**3
    curve = 0.5 * (2 * p + (after - before) * t + bend)
    return np.asarray(curve.transpose(1, 0, 2).reshape(-1, 2))


def mirrored(profile: Points, middle: float = 0.5) -> Points:
    """Close a symmetric outline from its right half, given as (half width, y) from top to bottom."""
    half = np.asarray(profile, np.float64)
    right = half * [1, 1] + [middle, 0]
    left = (half * [-1, 1] + [middle, 0])[::-1]
    return smooth(np.concatenate([right, left]))


def soft_copy(alpha: Array, blur: float) -> Array:
    """Blur a drawing's coverage into the shadow that it casts; `blur` is a fraction of the side."""
    grey = Image.fromarray(np.round(alpha * 255).astype(np.uint8))
    soft = grey.filter(ImageFilter.BoxBlur(blur * SIDE)).filter(ImageFilter.BoxBlur(blur * SIDE))
    return np.asarray(soft, np.float32) / np.float32(255)
