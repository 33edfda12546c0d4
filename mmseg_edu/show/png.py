"""Small PNG files: with a palette when nobody could see the difference."""

from __future__ import annotations

from functools import partial
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image

_MOST_COLOURS = 256
# Below so many bytes of pixels the palette itself may cost more than it saves.
_TINY = 3 * 64 * 64
# The first errs least on the average, which noise wants; the second least at worst, which soft edges want.
_QUANTIZERS = (Image.Quantize.MEDIANCUT, Image.Quantize.MAXCOVERAGE)

Pixels = np.ndarray[Any, Any]


def small_png(pixels: Pixels, *, rms: float = 4.0, most: float = 255.0) -> bytes:
    r"""Encode pixels as a small PNG file, with fewer colours only where nobody could see it.

    Up to 256 colours are stored as a palette, exactly. More are reduced to 256 where

    .. math:: \mathrm{RMS}(a - b) \le r \quad\text{and}\quad \max |a - b| \le m \quad\text{(grey levels)}

    Parameters
    ----------
    pixels : uint8 (H, W, 3) or (H, W, 4)
        A picture that somewhere can be seen through keeps all its colours.
    rms : float, grey levels
        r: four drown in the noise of the scenes; on a smooth ramp the error is far less.
    most : float, grey levels
        m: the most that one pixel may change.

    Returns
    -------
    bytes
        The same for the same pixels: the palette is sorted by colour, so it depends on nothing else.

    Examples
    --------
    >>> with Image.open(BytesIO(small_png(np.full((64, 64, 3), 7, np.uint8)))) as image:
    ...     image.mode, image.size
    ('P', (64, 64))
    """
    opaque = pixels.shape[-1] == 3 or bool((pixels[..., 3] == 255).all())
    pixels = np.ascontiguousarray(pixels[..., :3] if opaque else pixels)
    palette = _palette(pixels)
    if palette is None and opaque:
        for reduced in map(partial(_reduced, pixels), _QUANTIZERS):
            if _looks_the_same(pixels, reduced, rms, most):
                pixels, palette = reduced, _palette(reduced)
                break
    ways = []
    if palette is not None:
        ways.append(_saved(_indexed(pixels, palette)))
    if palette is None or pixels.size < _TINY:
        ways.append(_saved(Image.fromarray(pixels)))
    if opaque and (pixels == pixels[..., :1]).all():
        ways.append(_saved(Image.fromarray(np.ascontiguousarray(pixels[..., 0]))))
    return min(ways, key=len)


def _palette(pixels: Pixels) -> Pixels | None:
    """All colours of a picture, sorted, or None when a palette cannot hold them."""
    counted = Image.fromarray(pixels).getcolors(_MOST_COLOURS)
    return None if counted is None else np.array(sorted(colour for _, colour in counted), np.uint8)


def _reduced(pixels: Pixels, method: Image.Quantize) -> Pixels:
    image = Image.fromarray(pixels)
    few = image.quantize(_MOST_COLOURS, method=method, kmeans=2, dither=Image.Dither.NONE)
    return np.asarray(few.convert("RGB"))


def _looks_the_same(one: Pixels, other: Pixels, rms: float, most: float) -> bool:
    error = one.astype(float) - other
    return bool(np.sqrt(np.mean(error**2)) <= rms and np.abs(error).max() <= most)


def _indexed(pixels: Pixels, colours: Pixels) -> Image.Image:
    place = 256 ** np.arange(pixels.shape[-1], dtype=np.uint32)[::-1]
    image = Image.fromarray(np.searchsorted(colours @ place, pixels @ place).astype(np.uint8))
    image.putpalette(colours[:, :3].tobytes(), "RGB")
    if colours.shape[1] == 4:
        image.info["transparency"] = colours[:, 3].tobytes()
    return image


def _saved(image: Image.Image) -> bytes:
    options = {"transparency": image.info["transparency"]} if "transparency" in image.info else {}
    files = [BytesIO(), BytesIO()]
    # Pillow's `optimize` filters every row, which flat drawings are sometimes better without.
    image.save(files[0], "PNG", optimize=True, **options)
    image.save(files[1], "PNG", compress_level=9, **options)
    return min((file.getvalue() for file in files), key=len)
