"""Things cut out of the real photographs that scikit-image installs, with outlines drawn for this package."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from mmseg_edu.preprocess.image import to_rgb
from mmseg_edu.scenes.photographs import installed

# Corners of an outline, x and y in thousandths of the photograph's width.
_OUTLINES = {
    "cat": (
        "chelsea.png",
        "85,0 74,90 66,190 76,310 118,430 230,520 312,585 405,640 500,664 625,664 735,610 800,520 820,405 "
        "820,280 800,155 820,60 862,0",
    ),
    "cup": (
        "coffee.png",
        "290,150 303,94 350,47 422,27 516,27 610,56 666,103 678,156 735,219 781,297 803,391 781,500 703,588 "
        "578,641 453,647 312,610 203,532 140,438 128,344 156,265 219,203",
    ),
    "motorcycle": (
        "motorcycle_left.png",
        "115,280 185,262 200,222 300,215 330,250 420,265 515,265 610,220 655,160 648,112 690,108 728,170 768,218 "
        "750,256 735,312 845,360 915,425 932,500 920,578 875,610 818,603 765,562 722,500 700,440 640,515 562,562 "
        "470,556 405,515 345,500 328,547 265,566 203,538 165,470 162,390 187,328 140,312",
    ),
    "astronaut": (
        "astronaut.png",
        "405,38 328,62 303,140 306,219 345,250 360,297 265,312 234,360 219,438 140,500 94,594 47,812 38,1000 "
        "940,1000 998,940 1000,812 940,720 845,672 695,672 695,594 656,515 594,470 594,375 562,312 500,288 516,244 "
        "562,234 590,156 578,78 516,38",
    ),
}


@lru_cache(maxsize=1)
def cutouts() -> dict[str, np.ndarray]:
    """Give five things cut out of real photographs: a cat, a cup, a motorcycle, an astronaut and a horse.

    Returns
    -------
    dict of str to (h, w, 4) float32 in [0, 1]
        Red, green, blue, and how much of a pixel is the thing; cut to where that is above 0. The arrays are
        read-only.

    Raises
    ------
    FileNotFoundError
        scikit-image's wheel has lost its pictures.

    Notes
    -----
    The outlines are coarse polygons, drawn for this package; the horse is an outline in its file already, filled with
    brown here. The pictures
    are in the public domain or under CC0: scikit-image's own list says where each comes from.

    Examples
    --------
    >>> sorted(cutouts())
    ['astronaut', 'cat', 'cup', 'horse', 'motorcycle']
    >>> cutouts()["cat"].shape[2]
    4
    """
    found = {name: _outlined(file, outline) for name, (file, outline) in _OUTLINES.items()}
    horse = to_rgb(installed("horse.png"))
    brown = np.broadcast_to(np.array([0.46, 0.29, 0.18], np.float32), horse.shape)
    found["horse"] = _trimmed(brown, 1 - horse.mean(axis=-1))
    for each in found.values():
        each.setflags(write=False)
    return found


def _outlined(file: str, outline: str) -> np.ndarray:
    from PIL import Image, ImageDraw

    picture = to_rgb(installed(file))
    height, width = picture.shape[:2]
    corners = [tuple(float(part) * width / 1000 for part in pair.split(",")) for pair in outline.split()]
    mask = Image.new("L", (width, height))
    ImageDraw.Draw(mask).polygon(corners, fill=255)
    return _trimmed(picture, np.asarray(mask, np.float32) / 255)


def _trimmed(picture: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    rows, columns = np.flatnonzero(alpha.any(axis=1)), np.flatnonzero(alpha.any(axis=0))
    whole = np.dstack([picture, alpha]).astype(np.float32)
    return np.ascontiguousarray(whole[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
