"""Put sprites into photographs: where each thing stands, how it moves, which pixels are whose."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .instruments import DISTRACTORS, INSTRUMENTS
from .photographs import BACKDROPS, FILLINGS, ZOOMS, backdrops, fillings
from .sprites import SIDE, Sprite, soft_copy

GRID = 64
FADE = 0.16
_BODY = 170.0
_PASTELS = (
    (0.86, 0.30, 0.26),
    (0.26, 0.52, 0.86),
    (0.95, 0.72, 0.22),
    (0.36, 0.66, 0.38),
    (0.62, 0.42, 0.76),
)
_TINTS = {
    "bell": ((0.98, 0.78, 0.30), (0.88, 0.55, 0.32), (0.80, 0.82, 0.86), (0.93, 0.68, 0.24)),
    "drum": (*_PASTELS, (0.88, 0.88, 0.90)),
    "guitar": (
        (0.90, 0.58, 0.26),
        (0.72, 0.38, 0.18),
        (0.93, 0.76, 0.48),
        (0.66, 0.24, 0.18),
        (0.30, 0.44, 0.58),
    ),
    "bird": (*_PASTELS, (0.60, 0.42, 0.30)),
}
_SIZES = {"bell": 0.92, "drum": 0.98, "guitar": 1.30, "bird": 1.06}
_TURNS = {"bell": 18.0, "drum": 12.0, "guitar": 32.0, "bird": 14.0}
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Thing:
    """One drawn thing: what it is, its middle and size (fractions of the picture), how it looks."""

    name: str
    x: float
    y: float
    size: float
    turn: float
    flip: bool
    tint: tuple[float, float, float]
    filling: int
    window: tuple[float, float]
    strength: float
    struck: bool = False
    stretch: float = 1.0


@dataclass(frozen=True)
class Stamp:
    """A thing drawn on its own small ground, whose corner lies at row `top`, column `left` of the picture.

    Attributes
    ----------
    paint : ndarray (4, h, w), float32, [0, 1]
        Red, green, blue that never change, and alpha, which they are already multiplied by.
    body : ndarray (h, w), float32, >= 0
        Brightness of what is tinted.
    shadow : ndarray (h, w), float32, [0, 1]
        How much light is left where the shadow falls.
    solid : ndarray (h, w), bool
        Alpha of one half or more: the pixels that belong to the thing.
    """

    top: int
    left: int
    paint: Floats
    body: Floats
    shadow: Floats
    solid: NDArray[np.bool_]


@dataclass(frozen=True)
class _Drawn:
    """A sprite in sizes that fall by the square root of two, and the box (fractions) that holds it all."""

    levels: list[tuple[Image.Image, Image.Image]]
    box: tuple[float, float, float, float]


@lru_cache(maxsize=1)
def _sprites() -> dict[tuple[str, bool], _Drawn]:
    drawn: dict[tuple[str, bool], Sprite] = {}
    for name, draw in INSTRUMENTS.items():
        drawn[name, False], drawn[name, True] = draw(False), draw(True)
    for draw_one in DISTRACTORS:
        drawn[draw_one.__name__, False] = draw_one()
    return {key: _pyramid(sprite) for key, sprite in drawn.items()}


def _pyramid(sprite: Sprite) -> _Drawn:
    """Shrink a sprite step by step, so that drawing it small never skips pixels."""
    shadow = soft_copy(sprite.alpha, 0.02)
    paint = np.clip(np.rint(np.dstack([sprite.paint, sprite.alpha]) * 255), 0, 255).astype(np.uint8)
    body = np.dstack([sprite.shade * _BODY, shadow * 255, np.zeros_like(shadow)])
    layers = paint, np.clip(np.rint(body), 0, 255).astype(np.uint8)
    rows, columns = np.flatnonzero((shadow > 0.01).any(1)), np.flatnonzero((shadow > 0.01).any(0))
    sides = [round(SIDE / 2 ** (k / 2)) for k in range(9)]
    levels = [(_shrunk(layers[0], "RGBa", side), _shrunk(layers[1], "RGB", side)) for side in sides]
    return _Drawn(
        levels, (columns[0] / SIDE, rows[0] / SIDE, (columns[-1] + 1) / SIDE, (rows[-1] + 1) / SIDE)
    )


def _shrunk(pixels: NDArray[np.uint8], mode: str, side: int) -> Image.Image:
    # Pillow does not shrink colours that are already multiplied by alpha; as four unnamed bands it does.
    plain = Image.frombytes("CMYK" if mode == "RGBa" else mode, pixels.shape[1::-1], pixels.tobytes())
    return Image.frombytes(mode, (side, side), plain.resize((side, side), Image.Resampling.BOX).tobytes())


def stamp(thing: Thing, size: int) -> Stamp:
    """Draw one thing at its place in a picture of `size` by `size` pixels.

    Parameters
    ----------
    thing : Thing
    size : int, pixels

    Returns
    -------
    Stamp
    """
    x, y = math.floor(thing.x * size), math.floor(thing.y * size)
    drawn = _stamp(replace(thing, x=thing.x * size - x, y=thing.y * size - y), size)
    return Stamp(drawn.top + y, drawn.left + x, drawn.paint, drawn.body, drawn.shadow, drawn.solid)


@lru_cache(maxsize=64)
def _stamp(thing: Thing, size: int) -> Stamp:
    """Draw a thing near the origin, x and y in pixels: it serves wherever whole pixels lie between."""
    sprite = _sprites()[thing.name, thing.struck]
    scale = thing.size * size
    wide, tall = scale * (-1 if thing.flip else 1), scale * thing.stretch
    c, s = math.cos(math.radians(thing.turn)), math.sin(math.radians(thing.turn))
    x0, y0, x1, y1 = sprite.box
    corners = [((u - 0.5) * wide, (v - 0.5) * tall) for u in (x0, x1) for v in (y0, y1)]
    xs = [thing.x + c * dx - s * dy for dx, dy in corners]
    ys = [thing.y + s * dx + c * dy for dx, dy in corners]
    left, top = math.floor(min(xs)), math.floor(min(ys))
    shape = math.ceil(max(xs)) - left, math.ceil(max(ys)) - top
    pair = next((pair for pair in reversed(sprite.levels) if pair[0].width >= scale), sprite.levels[0])
    side = pair[0].width
    across, down = (c / wide * side, s / wide * side), (-s / tall * side, c / tall * side)
    dx, dy = left - thing.x, top - thing.y
    matrix = (
        *across,
        side / 2 + across[0] * dx + across[1] * dy,
        *down,
        side / 2 + down[0] * dx + down[1] * dy,
    )
    layers = [
        _planes(layer.transform(shape, Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR))
        for layer in pair
    ]
    paint = np.multiply(layers[0], np.float32(1 / 255), order="C")
    body = np.multiply(layers[1][0], np.float32(1 / _BODY), order="C")
    shadow = np.multiply(layers[1][1], np.float32(-0.5 / 255), order="C")
    shadow += 1
    return Stamp(top, left, paint, body, shadow, layers[0][3] >= 128)


def _planes(image: Image.Image) -> NDArray[np.uint8]:
    pixels = np.frombuffer(image.tobytes(), np.uint8)
    return pixels.reshape(image.height, image.width, -1).transpose(2, 0, 1)


def _windows(drawn: Stamp, size: int, shift: int = 0) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Where a stamp meets the picture: slices into the picture and into the stamp."""
    h, w = drawn.body.shape
    y, x = drawn.top + shift, drawn.left + shift
    y0, y1, x0, x1 = max(0, y), max(0, min(size, y + h)), max(0, x), max(0, min(size, x + w))
    return (slice(y0, y1), slice(x0, x1)), (slice(y0 - y, max(0, y1 - y)), slice(x0 - x, max(0, x1 - x)))


def put(picture: Floats, thing: Thing, drawn: Stamp) -> None:
    """Lay a stamp over the picture (3, H, W), in place: shadow, body in tint and photograph, paint."""
    size = picture.shape[1]
    outer, inner = _windows(drawn, size, shift=max(1, round(0.035 * size * (0.5 + thing.size))))
    picture[:, *outer] *= drawn.shadow[inner]
    outer, inner = _windows(drawn, size)
    h, w = drawn.body[inner].shape
    tile = fillings(size)[thing.filling]
    v, u = (int(part * max(0, tile.shape[1] - side)) for part, side in zip(thing.window, (h, w), strict=True))
    tint = np.array(thing.tint, np.float32)[:, None, None]
    body = tile[:, v : v + h, u : u + w] * (np.float32(thing.strength) * tint)
    body += tint
    body *= drawn.body[inner]
    paint = drawn.paint[:, *inner]
    ground = picture[:, *outer]
    ground *= 1 - paint[3]
    ground += body
    ground += paint[:3]


def backdrop(rng: np.random.Generator, size: int, among: Sequence[str] = tuple(BACKDROPS)) -> Floats:
    """Cut a window out of a photograph, a little darker and flatter than it is: (3, size, size), [0, 1]."""
    photo, zoom = int(rng.integers(len(among))), int(rng.integers(len(ZOOMS)))
    across, down, mirror, light, contrast = rng.random(5)
    ground = backdrops(size)[list(BACKDROPS).index(among[photo])][zoom]
    top, left = (int(part * (ground.shape[1] - size)) for part in (down, across))
    cut = np.multiply(ground[:, top : top + size, left : left + size], np.float32(1 / 255), order="C")
    mean = cut.mean((1, 2), keepdims=True)
    bright = np.float32((0.62 + 0.33 * light) * min(1.6, 0.45 / max(0.2, float(mean.mean()))))
    flat = np.float32(0.55 + 0.35 * contrast)
    cut *= flat * bright
    cut += mean * ((1 - flat) * bright)
    return cut[:, :, ::-1] if mirror < 0.5 else cut


def cast(names: Sequence[str], rng: np.random.Generator) -> list[Thing]:
    """Draw how the things of a scene look: size, turn, tint, photograph inside; all still in the middle."""
    crowd = {1: 0.62, 2: 0.50, 3: 0.43, 4: 0.38}.get(len(names), 0.34)
    things = []
    for name in names:
        r = rng.random(13).tolist()
        tints = _TINTS.get(name, _PASTELS)
        red, green, blue = tints[int(r[0] * len(tints))]
        light = 0.85 + 0.3 * r[1]
        things.append(
            Thing(
                name,
                0.5,
                0.5,
                size=crowd * _SIZES.get(name, 0.55) * (0.84 + 0.32 * r[2]),
                turn=_TURNS.get(name, 45.0) * (2 * r[3] - 1),
                flip=r[4] < 0.5,
                tint=(
                    red * light + 0.06 * r[8] - 0.03,
                    green * light + 0.06 * r[9] - 0.03,
                    blue * light + 0.06 * r[10] - 0.03,
                ),
                filling=int(r[5] * len(FILLINGS)),
                window=(r[6], r[7]),
                strength=0.35 + 0.55 * r[11],
                struck=r[12] < 0.35 and name in INSTRUMENTS,
            )
        )
    return things


def arrange(things: Sequence[Thing], overlap: float, rng: np.random.Generator) -> list[Thing]:
    """Find a place for each thing, so that later ones cover no more than a fraction `overlap` of it.

    Places are tried at random on a grid of 64 by 64, so that a scene looks the same at every size. Where
    there is no room, the scene's things shrink.

    Parameters
    ----------
    things : sequence of Thing
        In the order in which they are drawn.
    overlap : float, [0, 1)
    rng : numpy.random.Generator

    Returns
    -------
    list of Thing
    """
    while True:
        placed = _try_to_arrange(things, overlap, rng)
        if placed is not None:
            return placed
        things = [replace(thing, size=thing.size * 0.9) for thing in things]


def _try_to_arrange(things: Sequence[Thing], overlap: float, rng: np.random.Generator) -> list[Thing] | None:
    seen: list[NDArray[np.bool_]] = []
    placed: list[Thing] = []
    areas: list[int] = []
    for thing in things:
        drawn = stamp(thing, GRID)
        solid = drawn.solid
        rows, columns = np.flatnonzero(solid.any(1)), np.flatnonzero(solid.any(0))
        solid = solid[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        h, w = solid.shape
        room_y, room_x = GRID - 4 - h, GRID - 3 - w
        if room_y < 1 or room_x < 1:
            return None
        tries = rng.random((24, 2))
        for ty, tx in tries:
            y, x = 3 + int(ty * room_y), 2 + int(tx * room_x)
            window = slice(y, y + h), slice(x, x + w)
            left = [
                int(np.count_nonzero(mask)) - int(np.count_nonzero(mask[window] & solid)) for mask in seen
            ]
            if all(rest >= (1 - overlap) * area for rest, area in zip(left, areas, strict=True)):
                break
        else:
            return None
        for mask in seen:
            mask[window] &= ~solid
        mine = np.zeros((GRID, GRID), np.bool_)
        mine[window] = solid
        seen.append(mine)
        areas.append(int(np.count_nonzero(solid)))
        shift = x - columns[0] - drawn.left, y - rows[0] - drawn.top
        placed.append(replace(thing, x=thing.x + shift[0] / GRID, y=thing.y + shift[1] / GRID))
    return placed


def scatter(count: int, rng: np.random.Generator) -> list[Thing]:
    """Draw distractors at random places: balls, crates, stars, leaves and slabs, which are background."""
    names = [DISTRACTORS[int(k)].__name__ for k in rng.integers(len(DISTRACTORS), size=count)]
    spots = rng.uniform(0.08, 0.92, (count, 2))
    return [
        replace(thing, x=float(x), y=float(y), size=float(0.16 + 0.5 * thing.size * 0.6))
        for thing, (x, y) in zip(cast(names, rng), spots, strict=True)
    ]


def moved(thing: Thing, onsets: NDArray[np.float64], time: float) -> Thing:
    r"""Show a thing at a moment: an onset knocks it out of rest, and it falls back as :math:`e^{-t / 0.16}`.

    A bell swings, a drum is squashed, a guitar rocks, a bird hops and lifts its wing; every other knock goes
    the other way.

    Parameters
    ----------
    thing : Thing
    onsets : ndarray (M,), s, increasing
    time : float, s

    Returns
    -------
    Thing
    """
    past = onsets[onsets <= time + 1e-9]
    if past.size == 0:
        return replace(thing, struck=False)
    knock = float(np.exp(-(time - past[-1]) / FADE))
    way = 1.0 if past.size % 2 else -1.0
    swing = {"bell": 20.0, "drum": 5.0, "guitar": 11.0, "bird": 9.0}[thing.name]
    hop = {"bell": 0.0, "drum": 0.05, "guitar": 0.06, "bird": 0.13}[thing.name]
    squash = {"drum": 0.14}.get(thing.name, 0.0)
    return replace(
        thing,
        struck=knock > 0.35,
        turn=thing.turn + way * swing * knock,
        y=thing.y - hop * thing.size * knock,
        stretch=1 - squash * knock,
    )


def paint(
    ground: Floats, things: Sequence[Thing], instances: bool = True
) -> tuple[Floats, NDArray[np.uint8]]:
    """Draw things over a ground: the picture (3, H, W), and who covers each pixel (H, W): 0 or 1 + index."""
    picture = ground.copy()
    size = picture.shape[1]
    who = np.zeros((size, size), np.uint8)
    for k, thing in enumerate(things):
        drawn = stamp(thing, size)
        put(picture, thing, drawn)
        if instances:
            outer, inner = _windows(drawn, size)
            who[outer][drawn.solid[inner]] = k + 1
    return picture, who
