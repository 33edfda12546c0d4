"""Masks as they lie on the disk: black and white, numbered or coloured, read into one byte a pixel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from mmseg_edu.datasets.label_colors import labels_of

# The label of a pixel whose class nobody knows: losses and metrics pass over it.
IGNORE = 255

_BLACK_AND_WHITE = ("1", "L", "P", "RGB", "RGBA")
_NUMBERED = ("P", "L", "1")


def read_white(path: Path, classes: Sequence[str]) -> np.ndarray:
    """Read a mask in black and white: 1 where it is at least half as bright as white, (H, W) uint8."""
    with _opened(path, _BLACK_AND_WHITE, "black and white") as image:
        return (np.asarray(image.convert("L")) >= 128).astype(np.uint8)


def read_above_zero(path: Path, classes: Sequence[str]) -> np.ndarray:
    """Read a mask whose objects are numbered: 1 where the number is above 0, or the colour not black, (H, W) uint8."""
    with _opened(path, (*_NUMBERED, "RGB"), "numbered, with a palette") as image:
        numbers = np.asarray(image)
    above = np.atleast_3d(numbers) > 0
    return np.asarray(above.any(axis=-1), np.uint8)


def read_colored(path: Path, classes: Sequence[str]) -> np.ndarray:
    """Read a mask in the colours of :func:`label_colors`: the class of each pixel, (H, W) uint8."""
    with _opened(path, ("RGB", "P"), "in colour, one colour a class") as image:
        colors = np.asarray(image.convert("RGB"))
    try:
        return labels_of(colors, len(classes))
    except ValueError as error:
        raise ValueError(f"mask {path.name!r}: {error}") from None


def read_numbered(path: Path, classes: Sequence[str]) -> np.ndarray:
    """Read an indexed mask: the class of each pixel is its number, 255 says that nobody knows; (H, W) uint8."""
    with _opened(path, _NUMBERED, "an indexed PNG, the number of the class in each pixel") as image:
        labels = np.asarray(image).astype(np.uint8)
    most = int(labels[labels != IGNORE].max(initial=0))
    if classes and most >= len(classes):
        raise ValueError(
            f"mask {path.name!r} must hold classes below {len(classes)}, or {IGNORE} where nobody knows, got {most}: "
            "add the class to classes.txt, or number the mask by the lines of that file, the first as 0"
        )
    return labels


def write_numbered(path: Path, labels: np.ndarray, colors: Sequence[str]) -> None:
    """Write class indices as an indexed PNG: the number in a pixel is its class, the palette is only for the eye."""
    from PIL import Image

    image = Image.fromarray(np.ascontiguousarray(labels, np.uint8))
    image.putpalette(b"".join(bytes.fromhex(color[1:]) for color in colors), "RGB")
    image.save(path, "PNG")


@contextmanager
def _opened(path: Path, modes: Sequence[str], how: str) -> Iterator[Any]:
    """Open a mask of one of some modes; whatever Pillow finds wrong with the file becomes one ValueError."""
    from PIL import Image

    try:
        with Image.open(path) as image:
            image.load()
            if image.mode not in modes:
                raise _Unfit(
                    f"mask {path.name!r} must be {how} (Pillow's mode {' or '.join(modes)}), got mode {image.mode}: "
                    "save it anew, or copy the original again"
                )
            yield image
    except (_Unfit, FileNotFoundError, PermissionError):
        raise
    except Exception as error:
        raise ValueError(
            f"mask {path.name!r} must be a picture that Pillow can read whole, got {type(error).__name__}: copy it "
            "again"
        ) from error


class _Unfit(ValueError):
    """A whole picture of another kind."""
