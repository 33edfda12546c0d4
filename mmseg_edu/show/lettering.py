"""How wide a line of text is, and where to break it: one ruler for figures and for sliders."""

from __future__ import annotations

import functools

from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextToPath

# Lengths are in CSS pixels, 96 to the inch; a point is 1/72 of an inch.
PIXELS_PER_INCH = 96


@functools.lru_cache(4096)
def text_width(text: str, points: float, weight: str = "normal") -> float:
    """Width of a line of text in CSS pixels, in DejaVu Sans.

    Examples
    --------
    >>> round(text_width("alpha = 0.35", 9), 1)
    77.7
    """
    font = FontProperties(family="DejaVu Sans", weight=weight, size=points)
    width, _, _ = _ruler().get_text_width_height_descent(text.replace("$", ""), font, ismath=False)
    return float(width) * PIXELS_PER_INCH / 72


@functools.cache
def _ruler() -> TextToPath:
    return TextToPath()


def wrap(text: str, pixels: float, points: float, weight: str = "normal") -> list[str]:
    """Break text into lines no wider than so many CSS pixels (at spaces; a longer word is left whole).

    Examples
    --------
    >>> wrap("a longer word than that", 60, 9)
    ['a longer', 'word', 'than that']
    """
    lines: list[str] = []
    for paragraph in str(text).split("\n"):
        line = ""
        for word in paragraph.split():
            longer = f"{line} {word}".strip()
            if line and text_width(longer, points, weight) > pixels:
                lines.append(line)
                line = word
            else:
                line = longer
        lines.append(line)
    return lines if any(lines) else []
