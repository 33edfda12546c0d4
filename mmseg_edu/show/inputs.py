"""What comes into a figure: numbers that can be drawn, texts, names, sizes and the ends of a scale."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmseg_edu.preprocess.arguments import as_array, as_reals, is_finite, is_whole, shown

MOST_PIXELS = 10_000
MOST_LETTERS = 2_000
# Further apart, the distance of two numbers is none that float32 or a scale knows.
_LARGEST = 1e30


def drawable(name: str, values: Any) -> NDArray[np.float64]:
    """Take real numbers as float64; NaN and infinity are gaps, and what is drawn lies within 1e30 of 0."""
    given = as_reals(name, values)
    finite = given[np.isfinite(given)]
    if finite.size and np.abs(finite).max() > _LARGEST:
        raise ValueError(
            f"{name} must lie within {_LARGEST:g} of 0 to be drawn, got {np.abs(finite).max():g}: divide it first"
        )
    return given


def checked_text(name: str, text: Any) -> str:
    """Take a text of at most 2,000 letters; None is none."""
    if text is None:
        return ""
    if not isinstance(text, str):
        raise TypeError(
            f"{name} must be a text, got {shown(text)}: write it in quotation marks, or use str()"
        )
    if len(text) > MOST_LETTERS or "\0" in text:
        raise ValueError(
            f"{name} must have at most {MOST_LETTERS} letters and none of code 0, got {len(text)}, {shown(text)}: "
            "shorten it"
        )
    return text


def checked_names(name: str, names: Any) -> list[str]:
    """Take one text for each thing, from a list or anything that gives one after another."""
    if isinstance(names, str | bytes) or not isinstance(names, Iterable) or isinstance(names, type):
        raise TypeError(f"{name} must be a list of texts, got {shown(names)}: write [...] with one for each")
    return [checked_text(name, each if isinstance(each, str) else str(each)) for each in names]


def checked_captions(titles: Any, count: int) -> list[str]:
    """Take a caption for each sound, or one text for the only one; None is no captions."""
    captions = (
        [""] * count
        if titles is None
        else [titles]
        if isinstance(titles, str)
        else checked_names("titles", titles)
    )
    if len(captions) != count:
        raise ValueError(f"titles must hold one caption for each of the {count} sounds, got {len(captions)}")
    return captions


def checked_table(name: str, table: Any) -> dict[str, Any]:
    """Take a mapping from names to what they stand for."""
    if not isinstance(table, Mapping):
        raise TypeError(f"{name} must be a mapping from names, got {shown(table)}: write {{'name': ...}}")
    return {checked_text(name, str(key)): value for key, value in table.items()}


def checked_side(name: str, pixels: Any) -> float:
    """Take a side of a figure, 1 to 10,000 CSS pixels."""
    if not (is_finite(pixels) and 1 <= pixels <= MOST_PIXELS):
        raise ValueError(f"{name} must be 1 to {MOST_PIXELS} pixels, got {shown(pixels)}: 500 fill a column")
    return pixels


def checked_digits(digits: Any) -> int:
    """Take how many digits follow the point, 0 to 20."""
    if not is_whole(digits) or not 0 <= digits <= 20:
        raise ValueError(
            f"digits must be a whole number from 0 to 20, got {shown(digits)}: 2 are enough to read"
        )
    return int(digits)


def checked_columns(columns: Any, count: int) -> int:
    """Take how many pictures stand side by side; 4 by default, and no more than there are."""
    if columns is not None and (not is_whole(columns) or columns < 1):
        raise ValueError(
            f"columns must be a whole number, 1 or more, got {shown(columns)}: leave it out for 4"
        )
    return min(4 if columns is None else int(columns), count)


def checked_end(name: str, end: Any) -> float | None:
    """Take an end of a scale, a number within 1e30 of 0, or None, which leaves it to what is drawn."""
    if end is not None and not (is_finite(end) and abs(end) <= _LARGEST):
        raise ValueError(
            f"{name} must be a finite number within {_LARGEST:g} of 0, got {shown(end)}: leave it out to fit"
        )
    if end is None:
        return None
    return float(end) if abs(end) > 1 / _LARGEST else 0.0  # so small a number cannot be divided by


def checked_ends(low: Any, high: Any, *, log: bool = False) -> tuple[float | None, float | None]:
    """Take both ends of an axis, which are not the same; on a logarithmic one they are above 0."""
    ends = checked_end("low", low), checked_end("high", high)
    if None not in ends and ends[0] == ends[1]:
        raise ValueError(f"low and high must differ, got {low} and {high}: leave one out to fit")
    if log and any(end is not None and end <= 0 for end in ends):
        raise ValueError(
            f"low and high must be above 0 on a logarithmic axis, got {low} and {high}: leave them out"
        )
    return ends


def checked_opacity(opacity: Any) -> float:
    """Take how much of a colour covers a picture, from 0 to 1."""
    if not (is_finite(opacity) and 0 <= opacity <= 1):
        raise ValueError(f"opacity must lie in [0, 1], got {shown(opacity)}")
    return float(opacity)


def checked_colormap(name: Any) -> str:
    """Take the name of one of Matplotlib's colour maps."""
    import matplotlib

    if not isinstance(name, str) or name not in matplotlib.colormaps:
        raise ValueError(
            f"colors must name a colour map of Matplotlib, got {shown(name)}: try 'viridis' or 'gray'"
        )
    return name


def checked_sequence(name: str, values: Any) -> list[Any]:
    """Take arrays one after another, in a list or along the first axis of one array."""
    if (
        isinstance(values, str | bytes | Mapping)
        or not isinstance(values, Iterable)
        or isinstance(values, type)
    ):
        raise TypeError(f"{name} must be a list of arrays, got {shown(values)}: write [...]")
    return list(as_array(name, values) if isinstance(values, np.ndarray) and values.ndim else values)
