"""Smaller PNG files that look the same."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import numpy as np
from PIL import Image

_MOST_COLOURS = 256
_PICTURE = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}


def recompress(png: bytes) -> bytes:
    r"""Return a smaller PNG of the same picture, without its text, dates and resolution.

    Up to 256 colours are stored as a palette, exactly. More are reduced to 256 only where nobody sees it:

    .. math:: \mathrm{RMS}(a - b) \le 1.5 \quad\text{and}\quad \max |a - b| \le 24 \quad\text{(grey levels)}

    Anything else keeps its colours and is only packed more tightly. A file that holds nothing but its picture
    and would not get at least 5 % smaller is left alone, because another release of the compression library
    packs the same picture a few bytes tighter or looser.

    Parameters
    ----------
    png : bytes
        A PNG file.

    Returns
    -------
    bytes
        A PNG file. Recompressing it again gives the same bytes.

    Notes
    -----
    The palette is sorted by colour, so that it depends on the picture and not on how the picture was made.

    Examples
    --------
    >>> file = BytesIO()
    >>> Image.new("RGB", (64, 64), (10, 20, 30)).save(file, "PNG", dpi=(300, 300))
    >>> small = recompress(file.getvalue())
    >>> Image.open(BytesIO(small)).mode, recompress(small) == small
    ('P', True)
    """
    with Image.open(BytesIO(png)) as image:
        if image.mode.startswith("I"):  # 16 bits a channel: more than a screen shows, so not for us to round
            return png
        pixels = np.asarray(image.convert("RGBA"))
    opaque = bool((pixels[..., 3] == 255).all())
    if opaque:
        pixels = np.ascontiguousarray(pixels[..., :3])
    colours, index = _palette(pixels)
    if len(colours) > _MOST_COLOURS and opaque:
        reduced = _reduced(pixels)
        if _looks_the_same(pixels, reduced):
            pixels = reduced
            colours, index = _palette(pixels)
    ways = [_saved(Image.fromarray(pixels))]
    if len(colours) <= _MOST_COLOURS:
        ways.append(_saved(_indexed(colours, index.reshape(pixels.shape[:2]))))
    if opaque and (pixels == pixels[..., :1]).all():
        ways.append(_saved(Image.fromarray(np.ascontiguousarray(pixels[..., 0]))))
    best = min(ways, key=len)
    return best if len(best) < 0.95 * len(png) or not set(_chunks(png)) <= _PICTURE else png


def _chunks(png: bytes) -> Iterator[bytes]:
    at = 8
    while at < len(png):
        yield png[at + 4 : at + 8]
        at += 12 + int.from_bytes(png[at : at + 4], "big")


def _palette(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    channels = pixels.shape[-1]
    packed = pixels.astype(np.uint32) @ (256 ** np.arange(channels, dtype=np.uint32)[::-1])
    found, index = np.unique(packed, return_inverse=True)
    shifts = 8 * np.arange(channels, dtype=np.uint32)[::-1]
    return ((found[:, None] >> shifts) & 255).astype(np.uint8), index


def _reduced(pixels: np.ndarray) -> np.ndarray:
    image = Image.fromarray(pixels)
    few = image.quantize(_MOST_COLOURS, method=Image.Quantize.MAXCOVERAGE, kmeans=2, dither=Image.Dither.NONE)
    return np.asarray(few.convert("RGB"))


def _looks_the_same(one: np.ndarray, other: np.ndarray) -> bool:
    error = one.astype(float) - other
    return bool(np.sqrt(np.mean(error**2)) <= 1.5 and np.abs(error).max() <= 24)


def _indexed(colours: np.ndarray, index: np.ndarray) -> Image.Image:
    image = Image.fromarray(index.astype(np.uint8))
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
