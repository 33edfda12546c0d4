"""Smaller PNG files that look the same."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import numpy as np
from PIL import Image

from mmseg_edu.show.png import small_png

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
    best = small_png(pixels, rms=1.5, most=24)
    return best if len(best) < 0.95 * len(png) or not set(_chunks(png)) <= _PICTURE else png


def is_readable(png: bytes) -> bool:
    """Whether a picture is there whole.

    Examples
    --------
    >>> is_readable(b"half a picture")
    False
    """
    try:
        with Image.open(BytesIO(png)) as image:
            image.load()
    except Exception:  # a damaged file says so in a dozen ways
        return False
    return True


def _chunks(png: bytes) -> Iterator[bytes]:
    at = 8
    while at < len(png):
        yield png[at + 4 : at + 8]
        at += 12 + int.from_bytes(png[at : at + 4], "big")
