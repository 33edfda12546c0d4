"""The real photographs behind and inside the drawings, from the files that scikit-image installs."""

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

BACKDROPS = {
    "brick": ("brick.png", (1.0, 0.74, 0.62)),
    "grass": ("grass.png", (0.78, 1.0, 0.52)),
    "gravel": ("gravel.png", (1.0, 0.95, 0.87)),
    "coffee": ("coffee.png", (1.0, 1.0, 1.0)),
    "rocket": ("rocket.jpg", (1.0, 1.0, 1.0)),
    "cat": ("chelsea.png", (1.0, 1.0, 1.0)),
    "galaxies": ("hubble_deep_field.jpg", (1.0, 1.0, 1.0)),
    "astronaut": ("astronaut.png", (1.0, 1.0, 1.0)),
    "moon": ("moon.png", (0.92, 0.95, 1.0)),
}
FILLINGS = ("brick", "grass", "gravel", "coffee", "cat", "moon")
ZOOMS = (1.25, 1.8, 2.6)


def photograph(name: str) -> Image.Image:
    """Open one of the photographs as a colour picture, cut to its middle square.

    Parameters
    ----------
    name : str, one of BACKDROPS

    Returns
    -------
    PIL.Image.Image
        At most 512 pixels a side; grey textures get the colour of their material.

    Raises
    ------
    FileNotFoundError
        scikit-image's wheel has lost its pictures.
    """
    file, colour = BACKDROPS[name]
    with Image.open(installed(file)) as opened:
        picture = opened.convert("RGB")
    side = min(picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    square = picture.resize((min(side, 512),) * 2, Image.Resampling.BOX, (left, top, left + side, top + side))
    return Image.fromarray(np.rint(np.asarray(square) * np.asarray(colour, np.float32)).astype(np.uint8))


def installed(file: str) -> Path:
    """Find a picture that came with scikit-image's wheel, without importing it or asking any network."""
    spec = find_spec("skimage")
    places = spec.submodule_search_locations if spec else None
    folder = Path(places[0] if places else "skimage") / "data"
    if not (folder / file).is_file():
        raise FileNotFoundError(
            f"the scenes need the picture {file} that scikit-image installs in its folder data, found none: "
            "install scikit-image again"
        )
    return folder / file


@lru_cache(maxsize=1)
def _originals() -> dict[str, Image.Image]:
    return {name: photograph(name) for name in BACKDROPS}


@lru_cache(maxsize=4)
def backdrops(size: int) -> list[list[NDArray[np.uint8]]]:
    """Every photograph at every zoom, (3, side, side), to cut windows from: BACKDROPS by ZOOMS."""
    sides = [int(np.ceil(size * zoom)) for zoom in ZOOMS]
    return [[_planes(picture, side) for side in sides] for picture in _originals().values()]


@lru_cache(maxsize=4)
def fillings(size: int) -> list[NDArray[np.float32]]:
    """The photographs that fill bodies, as grain about 0, (3, side, side): a body is tint * (1 + grain)."""
    tiles = []
    for name in FILLINGS:
        light = _planes(_originals()[name], int(np.ceil(size * 1.8))).astype(np.float32)
        tiles.append(
            np.clip(0.75 * (light / light.mean((1, 2), keepdims=True) - 1), -0.55, 0.45).astype(np.float32)
        )
    return tiles


def _planes(picture: Image.Image, side: int) -> NDArray[np.uint8]:
    return np.ascontiguousarray(
        np.asarray(picture.resize((side, side), Image.Resampling.LANCZOS)).transpose(2, 0, 1)
    )
