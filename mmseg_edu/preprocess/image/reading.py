"""Pictures of every kind brought to one: RGB, floating point, in [0, 1], upright."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mmseg_edu.preprocess.arguments import ROUNDING, as_array, as_reals, is_finite, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image

_DEEP_GREY = ("I;16", "I;16L", "I;16B", "I;16N")
_BY_PILLOW = ("1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr", "HSV")


def to_rgb(
    picture: Any, *, background: float | Sequence[float] | np.ndarray = 1.0, white: float | None = None
) -> np.ndarray:
    r"""Bring a picture of any kind to RGB, float32 in [0, 1], upright and opaque.

    .. math::
        R = \alpha\, \frac{v}{v_\mathrm{white}} + (1 - \alpha)\, b

    Parameters
    ----------
    picture : str or path, PIL.Image.Image, or array
        A file or Pillow picture may be grey, colour, palette, CMYK, YCbCr or HSV, with transparency or without,
        of 1, 8, 16 or 32 bits; the rotation that a camera notes in EXIF is undone. Of several frames the current
        one is taken, of a file the first.

        An array has shape (H, W) or (H, W, C), channels last: 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA. Its dtype
        says what white is: bool 1, uint8 255, uint16 65535, floating point 1. Refused, because they could mean
        two things: other integers (is white 255 or 65535?) unless `white` is given, floating point past [0, 1]
        unless `white` is given, and channels first (seen in pictures more than 4 pixels wide). CMYK must come from
        Pillow, which knows it from RGBA.
    background : float or (3,) in [0, 1]
        What shines through where the picture is transparent; 1 is white paper. The mix is made of the values as
        stored, as browsers do.
    white : float > 0, optional
        The number that means white, where the type does not tell: 4095 for a 12-bit camera. Alpha keeps the
        scale of its type; for a type that has none it is divided by `white`, too.

    Returns
    -------
    (H, W, 3) float32 in [0, 1]

    Raises
    ------
    ValueError
        For a file that is damaged or no picture, arrays of other shapes, values below 0 or above white, NaN, and a
        range that nothing tells.
    TypeError
        For what is neither a path, a picture nor an array of numbers.
    FileNotFoundError
        When there is no such file.

    Notes
    -----
    Colour profiles are not applied. Of colour PNG files with 16 bits Pillow keeps 8.

    Examples
    --------
    >>> import numpy as np
    >>> to_rgb(np.array([[0, 255]], np.uint8))
    array([[[0., 0., 0.],
            [1., 1., 1.]]], dtype=float32)
    >>> to_rgb(np.array([[[255, 0, 0, 0]]], np.uint8), background=0.5)      # red, but fully transparent
    array([[[0.5, 0.5, 0.5]]], dtype=float32)

    Lesson: 01_image_preprocessing
    """
    from PIL import Image

    ground = as_reals("background", background)
    if ground.shape not in ((), (3,)) or not ((ground >= 0) & (ground <= 1)).all():
        raise ValueError(f"background must be one number or three, in [0, 1], got {background}: 1 is white")
    if isinstance(picture, str | os.PathLike):
        values = _of_file(Path(picture))
    elif isinstance(picture, Image.Image):
        values = _of_pillow(picture, "the picture")
    else:
        values = as_array("picture", picture)
    color, alpha = _color_and_alpha(_checked_values(values), white)
    rgb = alpha * color + (1 - alpha) * np.broadcast_to(ground, 3)
    return rgb.astype(np.float32)


def _of_file(path: Path) -> np.ndarray:
    from PIL import Image, UnidentifiedImageError

    try:
        opened = Image.open(path)
    except UnidentifiedImageError:
        size = path.stat().st_size
        raise ValueError(
            f"{path.name} must be a picture that Pillow can read, got {size} bytes that are none: "
            "open it in an image viewer, and save it as PNG"
        ) from None
    except Image.DecompressionBombError as problem:
        raise ValueError(
            f"{path.name} must have fewer pixels: {problem}: shrink it with other software"
        ) from None
    except (FileNotFoundError, IsADirectoryError, PermissionError) as problem:
        raise type(problem)(
            problem.errno, f"picture must be a file to read, got {shown(str(path))}: {problem.strerror}"
        ) from None
    except Exception as problem:
        raise _damaged(path.name, problem) from problem
    with opened:
        return _of_pillow(opened, path.name)


def _damaged(name: str, problem: Exception) -> ValueError:
    """What to say of bytes that a decoder stumbled over: it may raise anything."""
    return ValueError(f"{name} must be a whole picture, got a damaged one ({problem}): copy it again")


def _of_pillow(image: Image.Image, name: str) -> np.ndarray:
    """Values with their channels, in a type that tells what white is wherever the file tells it."""
    from PIL import ImageOps

    if image.mode not in (*_BY_PILLOW, *_DEEP_GREY, "I", "F"):
        raise ValueError(
            f"{name} must be grey, RGB, palette, CMYK, YCbCr or HSV, got mode {image.mode}: "
            "convert it with PIL.ImageCms first"
        )
    try:
        return _values(ImageOps.exif_transpose(image))
    except Exception as problem:
        raise _damaged(name, problem) from problem


def _values(image: Image.Image) -> np.ndarray:
    if image.mode in _DEEP_GREY:
        grey = np.asarray(image).astype(np.uint16)
        clear = image.info.get("transparency")
        return (
            grey
            if clear is None
            else np.stack([grey, np.where(grey == clear, 0, 65535)], -1).astype(np.uint16)
        )
    if image.mode in ("I", "F"):
        return np.asarray(image)
    if image.mode == "La":  # Pillow knows one way only
        image = image.convert("LA")
    return np.asarray(image.convert("RGBA" if image.has_transparency_data else "RGB"))


def _checked_values(values: np.ndarray) -> np.ndarray:
    if values.dtype.kind not in "buif":
        raise TypeError(
            f"picture must be a path, a Pillow picture or an array of numbers, got {values.dtype}"
        )
    if values.ndim == 3 and values.shape[2] > 4 and values.shape[0] <= 4:
        raise ValueError(
            f"picture must have its channels last, (H, W, C), got {values.shape}: use np.moveaxis(picture, 0, -1)"
        )
    if values.ndim not in (2, 3) or 0 in values.shape or (values.ndim == 3 and values.shape[2] > 4):
        raise ValueError(
            f"picture must have shape (H, W) or (H, W, C) with 1 to 4 channels, got {values.shape}: "
            "give one picture at a time"
        )
    if not np.isfinite(values).all():
        raise ValueError("picture must be finite, got NaN or infinity: clean it with np.nan_to_num first")
    return values


def _color_and_alpha(values: np.ndarray, white: float | None) -> tuple[np.ndarray, np.ndarray]:
    """Colour, (H, W, 1 or 3), and how opaque it is, (H, W, 1), both in [0, 1]."""
    own = {"b1": 1.0, "u1": 255.0, "u2": 65535.0}.get(
        values.dtype.str[1:], 1.0 if values.dtype.kind == "f" else None
    )
    if white is not None and not (is_finite(white) and white > 0):
        raise ValueError(f"white must be a number above 0, got {white}: which value means white?")
    top = own if white is None else white
    if top is None:
        raise ValueError(
            f"picture must tell what white is, got {values.dtype.name} from {values.min()} to {values.max()}: "
            "give white=255, white=65535, or what your camera counts to"
        )
    channels = np.atleast_3d(values).astype(np.float64)
    clear = channels.shape[2] in (2, 4)
    color, alpha = (channels[..., :-1], channels[..., -1:]) if clear else (channels, np.full(1, own or top))
    with np.errstate(over="ignore"):
        color, alpha = color / top, alpha / (own or top)
    for name, part in (("values", color), ("alpha", alpha)):
        if part.min() < -ROUNDING or part.max() > 1 + ROUNDING:
            raise ValueError(
                f"{name} must lie between 0 and white, got {part.min():.4g} to {part.max():.4g} times white: "
                "give the number that means white, such as white=255"
            )
    return np.clip(color, 0, 1), np.broadcast_to(np.clip(alpha, 0, 1), (*color.shape[:2], 1))
