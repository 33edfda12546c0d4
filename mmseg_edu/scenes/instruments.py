"""The four instruments, and the distractors that only look like things: how each is painted.

Every instrument has two poses, at rest and struck: the bell's clapper swings, the drum's stick falls, the
guitar's strings blur, the bird lifts its wing. A struck pose is shown for a moment after each onset.
"""

import numpy as np
from numpy.typing import NDArray

from .sprites import Array, Points, Sprite, mirrored, oval, smooth

DARK = (0.13, 0.09, 0.08)
CREAM = (0.97, 0.93, 0.84)
BRASS = (0.93, 0.78, 0.36)
WOOD = (0.82, 0.62, 0.38)


def bell(struck: bool) -> Sprite:
    """A hanging bell: crown, flared body with two bands, dark mouth, clapper."""
    s = Sprite()
    swing = 0.13 if struck else 0.0
    s.line(oval(0.5, 0.135, 0.055, 0.06), 0.045, 0.55)
    s.line(oval(0.5, 0.135, 0.055, 0.06, 0, 180, 300), 0.02, 0.9)
    rows = [
        (0.03, 0.185),
        (0.12, 0.195),
        (0.165, 0.24),
        (0.19, 0.33),
        (0.21, 0.46),
        (0.245, 0.58),
        (0.30, 0.66),
    ]
    rows += [(0.375, 0.73), (0.39, 0.77), (0.36, 0.80)]
    outline = mirrored(rows)
    y_of, w_of = [r[1] for r in rows], [r[0] for r in rows]

    def metal(x: Array, y: Array) -> Array:
        u = (x - 0.5) / np.maximum(np.interp(y, y_of, w_of), 0.05)
        gleam = 0.62 * np.exp(-(((u + 0.38) / 0.2) ** 2)) + 0.22 * np.exp(-(((u - 0.78) / 0.14) ** 2))
        return np.asarray(0.78 - 0.34 * np.clip(u, -1, 1) ** 2 - 0.22 * u + gleam, np.float32)

    def band(x: Array, y: Array) -> Array:
        return np.asarray(metal(x, y) * 0.62, np.float32)

    s.fill(outline, lambda x, y: np.asarray(metal(x, y) * 0.42, np.float32))
    s.fill(0.5 + (np.asarray(outline) - 0.5) * [0.94, 0.965], metal)
    s.line(oval(0.5, 0.275, 0.165, 0.03, 0, 8, 172), 0.017, band)
    s.line(oval(0.5, 0.62, 0.255, 0.045, 0, 6, 174), 0.02, band)
    s.line(
        oval(0.5, 0.645, 0.27, 0.045, 0, 6, 174),
        0.009,
        lambda x, y: np.asarray(metal(x, y) * 1.2, np.float32),
    )
    s.fill(oval(0.5, 0.785, 0.365, 0.05), metal)
    s.fill(oval(0.5, 0.79, 0.325, 0.036), 1.0, DARK)
    s.line([(0.5, 0.79), (0.5 + swing, 0.85)], 0.03, 0.45)
    s.fill(oval(0.5 + swing, 0.88, 0.07, 0.065), lambda x, y: _ball(x, y, 0.5 + swing, 0.88, 0.07, 0.3, 0.85))
    return s


def drum(struck: bool) -> Sprite:
    """A side drum: skin, two hoops, zigzag lacing, a pair of sticks."""
    s = Sprite()
    side = [(0.12, 0.42), (0.88, 0.42), (0.88, 0.76)]
    body = np.concatenate([side, np.asarray(oval(0.5, 0.76, 0.38, 0.125, 0, 0, 180)), [(0.12, 0.42)]])

    def barrel(x: Array, y: Array) -> Array:
        u = (x - 0.5) / 0.38
        return np.asarray(
            1.0 - 0.6 * np.abs(u) ** 2.5 - 0.12 * u + 0.28 * np.exp(-(((u + 0.42) / 0.16) ** 2)), np.float32
        )

    def hoop(x: Array, y: Array) -> Array:
        return np.asarray(np.clip(0.55 + 0.5 * barrel(x, y), 0, 1.1), np.float32)

    s.fill(body, barrel)
    cords = np.linspace(8, 172, 12)
    for k in range(11):
        top, low = np.radians(cords[k]), np.radians(cords[k + 1])
        a = (0.5 + 0.38 * np.cos(top), 0.43 + 0.12 * np.sin(top))
        b = (0.5 + 0.38 * np.cos(low), 0.75 + 0.12 * np.sin(low))
        if k % 2:
            a, b = (a[0], 0.75 + 0.12 * np.sin(top)), (b[0], 0.43 + 0.12 * np.sin(low))
        s.line([a, b], 0.017, 1.0, CREAM)
    s.line(oval(0.5, 0.755, 0.385, 0.125, 0, 0, 180), 0.055, lambda x, y: 0.55 * hoop(x, y), BRASS)
    s.line(oval(0.5, 0.752, 0.385, 0.125, 0, 0, 180), 0.036, hoop, BRASS)
    s.fill(oval(0.5, 0.405, 0.40, 0.145), lambda x, y: 0.55 * hoop(x, y), BRASS)
    s.fill(oval(0.5, 0.395, 0.39, 0.135), hoop, BRASS)
    s.fill(oval(0.5, 0.39, 0.345, 0.108), 0.62, CREAM)
    s.fill(
        oval(0.5, 0.397, 0.335, 0.10),
        lambda x, y: np.asarray(0.93 + 0.2 * (0.5 - x) + 0.5 * (y - 0.4), np.float32),
        CREAM,
    )
    lift = 0.0 if struck else 0.13
    for tip, grip in (((0.60, 0.385), (0.93, 0.14)), ((0.42, 0.385 - lift), (0.10, 0.13 - lift * 0.5))):
        s.line([tip, grip], 0.042, 0.45, WOOD)
        s.line([tip, grip], 0.028, 1.05, WOOD)
        s.fill(oval(*tip, 0.034, 0.026), 1.0, WOOD)
    return s


def guitar(struck: bool) -> Sprite:
    """An acoustic guitar: waisted body, sound hole, bridge, neck with frets, strings, head with pegs."""
    s = Sprite()
    rows = [
        (0.04, 0.405),
        (0.11, 0.415),
        (0.155, 0.455),
        (0.16, 0.50),
        (0.135, 0.555),
        (0.15, 0.61),
        (0.205, 0.68),
    ]
    rows += [(0.23, 0.76), (0.215, 0.84), (0.16, 0.91), (0.06, 0.94)]
    outline = np.asarray(mirrored(rows))

    def lacquer(x: Array, y: Array) -> Array:
        glow = 0.34 * np.exp(-(((x - 0.42) / 0.11) ** 2 + ((y - 0.72) / 0.16) ** 2))
        return np.asarray(0.86 - 1.3 * (x - 0.5) ** 2 - 0.35 * (x - 0.5) + glow, np.float32)

    s.fill(outline, 0.3)
    s.fill((outline - [0.5, 0.675]) * [0.92, 0.955] + [0.5, 0.675], lacquer)
    s.fill(oval(0.5, 0.595, 0.088, 0.088), 1.0, CREAM)
    s.fill(oval(0.5, 0.595, 0.073, 0.073), 1.0, DARK)
    neck = (0.33, 0.20, 0.12)
    s.fill([(0.463, 0.15), (0.537, 0.15), (0.548, 0.545), (0.452, 0.545)], 0.75, neck)
    s.fill([(0.468, 0.15), (0.52, 0.15), (0.525, 0.54), (0.46, 0.54)], 1.1, neck)
    for y in 0.165 + 0.36 * (1 - 2 ** (-np.arange(1, 13) / 8.0)):
        s.line([(0.465, y), (0.535, y)], 0.007, 1.0, (0.85, 0.82, 0.72))
    head = [(0.452, 0.155), (0.435, 0.035), (0.47, 0.02), (0.53, 0.02), (0.565, 0.035), (0.548, 0.155)]
    for y in (0.05, 0.085, 0.12):
        for x in (0.405, 0.595):
            s.line([(x, y), (0.5, y)], 0.018, 0.9, CREAM)
    s.fill(head, 0.55)
    s.line([(0.462, 0.152), (0.538, 0.152)], 0.012, 1.0, CREAM)
    s.fill([(0.405, 0.775), (0.595, 0.775), (0.60, 0.81), (0.40, 0.81)], 1.0, DARK)
    blur = (0.004, -0.004) if struck else (0.0,)
    for k in range(6):
        x0, x1 = 0.474 + 0.0104 * k, 0.462 + 0.0152 * k
        for dx in blur:
            middle = ((x0 + x1) / 2 + dx, 0.5)
            s.line([(x0, 0.152), middle, (x1, 0.785)], 0.005, 1.0, (0.95, 0.93, 0.85))
    return s


def bird(struck: bool) -> Sprite:
    """A songbird in profile: tail, round body with a pale breast, wing, head, beak, eye, legs."""
    s = Sprite()
    leg = (0.62, 0.36, 0.18)
    for x in (0.46, 0.56):
        s.line([(x, 0.74), (x + 0.01, 0.90)], 0.022, 1.0, leg)
        s.line([(x - 0.04, 0.915), (x + 0.01, 0.90), (x + 0.065, 0.915)], 0.02, 1.0, leg)
    s.fill([(0.30, 0.56), (0.03, 0.72), (0.02, 0.80), (0.09, 0.83), (0.36, 0.72)], 0.5)
    s.line([(0.06, 0.76), (0.32, 0.63)], 0.012, 0.75)
    beak = (0.98, 0.62, 0.12)
    opened = 0.03 if struck else 0.0
    s.fill([(0.82, 0.335), (0.985, 0.355 + opened), (0.82, 0.425)], 0.75, beak)
    s.fill([(0.82, 0.285), (0.99, 0.335 - opened), (0.82, 0.37)], 1.0, beak)
    rim = [
        (0.24, 0.585),
        (0.36, 0.48),
        (0.52, 0.40),
        (0.585, 0.28),
        (0.66, 0.205),
        (0.765, 0.19),
        (0.85, 0.255),
    ]
    rim += [
        (0.865, 0.345),
        (0.82, 0.44),
        (0.79, 0.56),
        (0.72, 0.69),
        (0.58, 0.775),
        (0.42, 0.765),
        (0.30, 0.70),
    ]
    outline = np.asarray(smooth(rim))

    def feathers(x: Array, y: Array) -> Array:
        light = np.exp(-(((x - 0.55) / 0.26) ** 2 + ((y - 0.36) / 0.22) ** 2))
        return np.asarray(0.72 + 0.42 * light - 0.5 * np.clip(y - 0.6, 0, 1), np.float32)

    s.fill(outline, 0.38)
    s.fill((outline - [0.57, 0.50]) * 0.955 + [0.57, 0.50], feathers)
    breast = smooth(
        [(0.80, 0.45), (0.775, 0.56), (0.70, 0.67), (0.58, 0.74), (0.50, 0.735), (0.60, 0.65), (0.68, 0.53)]
    )
    s.fill(breast, lambda x, y: np.asarray(1.0 - 0.9 * np.clip(y - 0.55, 0, 1), np.float32), CREAM)
    wing: Points = [
        (0.62, 0.46),
        (0.60, 0.585),
        (0.46, 0.675),
        (0.28, 0.69),
        (0.14, 0.70),
        (0.30, 0.59),
        (0.46, 0.47),
    ]
    if struck:
        wing = [
            (0.62, 0.50),
            (0.52, 0.60),
            (0.38, 0.53),
            (0.24, 0.34),
            (0.13, 0.10),
            (0.34, 0.20),
            (0.52, 0.38),
        ]
    folds = np.asarray(smooth(wing))
    middle = folds.mean(0)
    s.fill(folds, 0.3)
    s.fill((folds - middle) * 0.88 + middle, 0.62)
    for k in (0.35, 0.6, 0.85):
        tip, root = np.asarray(wing[4]), np.asarray(wing[1]) * k + np.asarray(wing[0]) * (1 - k)
        s.line(np.stack([root, root + 0.62 * (tip - root)]), 0.012, 0.36)
    s.fill(oval(0.745, 0.30, 0.047, 0.047), 1.0, CREAM)
    s.fill(oval(0.752, 0.30, 0.032, 0.032), 1.0, (0.05, 0.05, 0.07))
    s.fill(oval(0.762, 0.289, 0.011, 0.011), 1.0, (1.0, 1.0, 1.0))
    return s


def _ball(x: Array, y: Array, cx: float, cy: float, r: float, dark: float, light: float) -> Array:
    gleam = np.exp(-(((x - cx + 0.35 * r) / (0.7 * r)) ** 2 + ((y - cy + 0.35 * r) / (0.7 * r)) ** 2))
    return np.asarray(dark + light * gleam, np.float32)


def ball() -> Sprite:
    """A distractor: a ball."""
    s = Sprite()
    s.fill(oval(0.5, 0.5, 0.36, 0.36), lambda x, y: _ball(x, y, 0.5, 0.5, 0.36, 0.45, 0.65))
    return s


def box() -> Sprite:
    """A distractor: a crate seen from a corner."""
    s = Sprite()
    s.fill([(0.12, 0.34), (0.5, 0.46), (0.5, 0.88), (0.12, 0.74)], 0.8)
    s.fill([(0.5, 0.46), (0.88, 0.34), (0.88, 0.74), (0.5, 0.88)], 0.5)
    s.fill([(0.12, 0.34), (0.5, 0.20), (0.88, 0.34), (0.5, 0.46)], 1.05)
    return s


def star() -> Sprite:
    """A distractor: a five-pointed star."""
    s = Sprite()
    t = np.radians(-90 + 36 * np.arange(10))
    r: NDArray[np.float64] = np.where(np.arange(10) % 2, 0.19, 0.42)
    s.fill(np.stack([0.5 + r * np.cos(t), 0.52 + r * np.sin(t)], 1), lambda x, y: 1.2 - 0.6 * y)
    return s


def leaf() -> Sprite:
    """A distractor: a leaf with its midrib."""
    s = Sprite()
    s.fill(
        smooth([(0.14, 0.86), (0.16, 0.50), (0.44, 0.20), (0.86, 0.12), (0.80, 0.52), (0.52, 0.82)]),
        lambda x, y: 1.1 - 0.5 * x,
    )
    s.line([(0.10, 0.90), (0.45, 0.55), (0.80, 0.18)], 0.02, 0.45)
    return s


_CORNERS = ((0.80, 0.66, 0), (0.20, 0.66, 90), (0.20, 0.34, 180), (0.80, 0.34, 270))


def tile() -> Sprite:
    """A distractor: a plain slab with rounded corners."""
    s = Sprite()
    corners = [oval(x, y, 0.08, 0.08, 0, turn, turn + 90) for x, y, turn in _CORNERS]
    s.fill(np.concatenate(corners), lambda x, y: 1.0 - 0.4 * y)
    return s


INSTRUMENTS = {"bell": bell, "drum": drum, "guitar": guitar, "bird": bird}
DISTRACTORS = (ball, box, star, leaf, tile)
