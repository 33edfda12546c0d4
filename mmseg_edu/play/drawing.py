"""Quick drawing with Pillow, for pictures that change while a slider moves (a few milliseconds each)."""

from __future__ import annotations

import functools
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageDraw, ImageFont

from mmseg_edu.preprocess.arguments import checked_number, shown
from mmseg_edu.scenes import CLASSES
from mmseg_edu.show import lettering
from mmseg_edu.show.colors import LINES, PALETTE, as_picture
from mmseg_edu.show.figure import DENSITY, FAINT, INK
from mmseg_edu.show.grid import cell_size, enlarge
from mmseg_edu.show.inputs import (
    MOST_PIXELS,
    checked_digits,
    checked_end,
    checked_names,
    checked_sequence,
    checked_side,
    checked_table,
    checked_text,
    drawable,
)

FONT, LINE, GAP = 12, 17, 12
POINTS = FONT * 72 / lettering.PIXELS_PER_INCH


@functools.cache
def font(size: int = FONT) -> ImageFont.FreeTypeFont:
    """DejaVu Sans, the font of `show`'s figures, at a size in CSS pixels."""
    import matplotlib

    return ImageFont.truetype(
        str(Path(matplotlib.get_data_path(), "fonts/ttf/DejaVuSans.ttf")), size * DENSITY
    )


def text_width(text: str) -> float:
    """Width of a line of text in CSS pixels, at the one size of these drawings."""
    return lettering.text_width(text, POINTS)


def wrap(text: str, width: float) -> list[str]:
    """Break text into lines no wider than so many CSS pixels, at the one size of these drawings."""
    return lettering.wrap(text, width, POINTS)


def canvas(width: float, height: float) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """A white page of so many CSS pixels and a pen for it (which counts in device pixels)."""
    if not max(width, height) <= MOST_PIXELS:
        raise ValueError(f"a drawing must be at most {MOST_PIXELS} pixels a side, got {width:g} x {height:g}")
    page = Image.new("RGB", (round(width * DENSITY), round(height * DENSITY)), "white")
    page.info["density"] = DENSITY
    return page, ImageDraw.Draw(page)


def write(
    pen: ImageDraw.ImageDraw, x: float, y: float, text: str, color: str = INK, anchor: str = "la"
) -> None:
    """Write a line of text at a place in CSS pixels."""
    pen.text((x * DENSITY, y * DENSITY), text, fill=color, font=font(), anchor=anchor)


def to_image(drawn: Any, size: int = 176) -> Image.Image:
    """What a `draw` function returned, as a Pillow image with its density noted; arrays are enlarged."""
    if isinstance(drawn, Image.Image):
        image = drawn.convert("RGB") if drawn.mode != "RGB" else drawn
        image.info["density"] = drawn.info.get("density", 1)
        return image
    if not isinstance(drawn, np.ndarray):
        raise TypeError(
            f"draw must return an array (H, W) or (H, W, 3) or a Pillow image, got {type(drawn).__name__}: "
            "end it with `return` and use play.row to put pictures side by side"
        )
    picture = np.clip(as_picture(drawn, "the drawn picture"), 0, 1)
    picture = np.repeat(picture[..., None], 3, axis=-1) if picture.ndim == 2 else picture
    width, height = cell_size(picture.shape[0], picture.shape[1], size)
    pixels = enlarge(picture, width * DENSITY, height * DENSITY)
    image = Image.fromarray((pixels * 255 + 0.5).astype(np.uint8))
    image.info["density"] = DENSITY
    return image


def css_size(image: Image.Image) -> tuple[int, int]:
    """Width and height of an image in CSS pixels."""
    density = image.info.get("density", 1)
    return round(image.width / density), round(image.height / density)


def at_density(image: Image.Image) -> Image.Image:
    """The image with two device pixels to a CSS pixel."""
    factor = DENSITY // int(image.info.get("density", 1))
    if factor <= 1:
        return image
    return image.resize((image.width * factor, image.height * factor), Image.Resampling.NEAREST)


def png(image: Image.Image) -> bytes:
    """PNG bytes, compressed lightly: speed counts here, and the bytes travel no further than the browser."""
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=1)
    return file.getvalue()


def row(
    images: Sequence[Any], titles: Sequence[str] | None = None, *, text: str = "", size: int = 176
) -> Image.Image:
    """Put pictures side by side with captions, and a line of text below: made to be returned by `draw`.

    Parameters
    ----------
    images : sequence of floats in [0, 1] or uint8, (H, W) or (H, W, 3), or Pillow images
    titles : sequence of str, optional
        A caption for each picture.
    text : str
        A line below the pictures, such as a score.
    size : int, CSS pixels
        About how wide each picture is shown.

    Returns
    -------
    PIL.Image.Image

    Raises
    ------
    ValueError
        If there is no picture, or the captions do not fit the pictures.

    Examples
    --------
    >>> row([np.zeros((64, 64)), np.ones((64, 64))], ["off", "on"], text="half of them").size
    (792, 466)
    """
    pictures = [to_image(image, size) for image in checked_sequence("images", images)]
    captions = [] if titles is None else checked_names("titles", titles)
    text = checked_text("text", text)
    if not pictures:
        raise ValueError("images must hold at least one picture, got none")
    if captions and len(captions) != len(pictures):
        raise ValueError(
            f"titles must hold one caption for each of the {len(pictures)} pictures, got {len(captions)}"
        )
    sizes = [css_size(picture) for picture in pictures]
    width = sum(w for w, _ in sizes) + GAP * (len(sizes) - 1)
    below = wrap(text, width)
    lines = [wrap(caption, w) for caption, (w, _) in zip(captions, sizes, strict=False)]
    top = LINE * max(map(len, lines), default=0) + (2 if lines else 0)
    tallest = max(h for _, h in sizes)
    page, pen = canvas(width, top + tallest + (5 + LINE * len(below) if below else 0))
    x = 0
    for i, (picture, (w, _)) in enumerate(zip(pictures, sizes, strict=True)):
        page.paste(at_density(picture), (x * DENSITY, top * DENSITY))
        for j, line in enumerate(reversed(lines[i]) if lines else ()):
            write(pen, x, top - 2 - LINE * (j + 1), line)
        x += w + GAP
    for j, line in enumerate(below):
        write(pen, 0, top + tallest + 5 + LINE * j, line)
    return page


def stack(images: Sequence[Any]) -> Image.Image:
    """Put drawings below each other, left edges aligned.

    Examples
    --------
    >>> stack([row([np.zeros((64, 64))]), bars({"bell": 0.7})]).size
    (600, 456)
    """
    pictures = [to_image(image) for image in checked_sequence("images", images)]
    if not pictures:
        raise ValueError("images must hold at least one picture, got none")
    sizes = [css_size(picture) for picture in pictures]
    page, _ = canvas(max(w for w, _ in sizes), sum(h for _, h in sizes) + GAP * (len(sizes) - 1))
    y = 0
    for picture, (_, h) in zip(pictures, sizes, strict=True):
        page.paste(at_density(picture), (0, y * DENSITY))
        y += h + GAP
    return page


def bars(
    values: Mapping[str, float],
    *,
    low: float = 0.0,
    high: float = 1.0,
    mark: float | None = None,
    title: str = "",
    digits: int = 2,
    width: int = 300,
) -> Image.Image:
    """Draw horizontal bars with names and numbers; class names get their class colours.

    Parameters
    ----------
    values : mapping of name to number
    low, high : float
        Ends of the scale: fixed, so that a bar's length can be followed while a slider moves.
    mark : float, optional
        Where to draw a thin vertical line, such as a threshold.
    title : str
        A line above the bars.
    digits : int
        Decimals of the numbers.
    width : int, CSS pixels

    Returns
    -------
    PIL.Image.Image

    Raises
    ------
    ValueError
        If there is no bar or the scale is empty.

    Examples
    --------
    >>> bars({"bell": 0.7, "drum": 0.3}).size
    (600, 96)
    """
    values = {
        name: checked_number("each value", value, "give the length of a bar")
        for name, value in checked_table("values", values).items()
    }
    title, digits = checked_text("title", title), checked_digits(digits)
    low, high = _ends(low, high)
    mark = checked_end("mark", mark)
    checked_side("width", width)
    if not values or not high > low:
        raise ValueError(
            f"bars need at least one value and low < high, got {len(values)} values, {low} and {high}"
        )
    left = max(text_width(str(k)) for k in values) + 8
    right = max(text_width(f"{v:.{digits}f}") for v in values.values()) + 8
    span, top, step = width - left - right, LINE + 4 if title else 0, 24
    page, pen = canvas(width, top + step * len(values))
    write(pen, 0, 0, title)

    def place(value: float) -> float:
        return left + span * min(max((value - low) / (high - low), 0.0), 1.0)

    for i, (name, value) in enumerate(values.items()):
        y = top + i * step
        color = PALETTE[CLASSES.index(name)] if name in CLASSES else LINES[0]
        write(pen, left - 8, y + step / 2, str(name), anchor="rm")
        if np.isfinite(value):
            ends = sorted((place(0.0), place(float(value))))
            box = [
                ends[0] * DENSITY,
                (y + 4) * DENSITY,
                max(ends[1], ends[0] + 1) * DENSITY,
                (y + step - 4) * DENSITY,
            ]
            pen.rectangle(box, fill=color, outline="#8A8A8A")
            write(
                pen,
                place(float(value)) + 5 if value >= 0 else place(0.0) + 5,
                y + step / 2,
                f"{value:.{digits}f}",
                anchor="lm",
            )
    if mark is not None:
        x = place(mark) * DENSITY
        pen.line([(x, top * DENSITY), (x, page.height)], fill=INK, width=DENSITY)
    return page


def _ends(low: float, high: float) -> tuple[float, float]:
    ends = [checked_end(name, end) for name, end in (("low", low), ("high", high))]
    if None in ends:
        raise ValueError(f"low and high must be numbers, got {low} and {high}: 0 and 1 are usual")
    return float(ends[0] or 0.0), float(ends[1] or 0.0)


def curve(
    x: ArrayLike,
    ys: Mapping[str, ArrayLike] | ArrayLike,
    *,
    at: float | None = None,
    x_label: str = "",
    y_label: str = "",
    low: float | None = None,
    high: float | None = None,
    width: int = 300,
    height: int = 190,
) -> Image.Image:
    """Draw lines quickly, with a dot on each where x = `at`: the place to which a slider has been moved.

    Parameters
    ----------
    x : floats (N,), increasing
    ys : mapping of name to floats (N,), or floats (N,)
    at : float, optional
        Where to put the dots; their values are written beside the names.
    x_label, y_label : str
        Names of the axes.
    low, high : float, optional
        Ends of the vertical scale: the extremes of the lines by default.
    width, height : int, CSS pixels

    Returns
    -------
    PIL.Image.Image

    Examples
    --------
    >>> curve([0, 0.5, 1], [0.5, 0.7, 0.6], at=0.25, x_label="alpha").size
    (600, 380)
    """
    grid, named = drawable("x", x), checked_table("ys", ys) if isinstance(ys, Mapping) else {"": ys}
    lines = {name: drawable(f"line {name!r}", values) for name, values in named.items()}
    if grid.ndim != 1 or grid.size < 2 or not np.isfinite(grid).all() or grid[0] == grid[-1]:
        raise ValueError(
            f"x must be 2 or more finite numbers, first and last apart, got {shown(x)}: np.linspace"
        )
    for name, values in lines.items():
        if values.shape != grid.shape:
            raise ValueError(f"line {name!r} must have shape {grid.shape} as x has, got {values.shape}")
    heights = np.concatenate([values[np.isfinite(values)] for values in lines.values()] or [np.zeros(0)])
    if heights.size == 0:
        raise ValueError("ys must hold a finite number, got none: look at what was computed")
    x_label, y_label = checked_text("x_label", x_label), checked_text("y_label", y_label)
    at, low, high = (checked_end(name, end) for name, end in (("at", at), ("low", low), ("high", high)))
    checked_side("width", width), checked_side("height", height)
    least = float(heights.min()) if low is None else low
    most = float(heights.max()) if high is None else high
    most = most if most > least else least + max(1.0, abs(least))
    page, pen = canvas(width, height)
    head = LINE * len(lines) if any(lines) or at is not None else 0
    left = max(text_width(f"{v:.3g}") for v in (least, most)) + 8
    top, bottom, right = (
        head + (LINE if y_label else 8),
        height - LINE * (2 if x_label else 1) - 3,
        width - 12,
    )

    def place(u: NDArray[Any] | float, v: NDArray[Any] | float) -> NDArray[np.float64]:
        across = left + (right - left) * (np.asarray(u) - grid[0]) / (grid[-1] - grid[0])
        up = bottom - (bottom - top) * (np.clip(v, least, most) - least) / (most - least)
        return np.stack([across, up], axis=-1) * DENSITY

    frame = [
        (left * DENSITY, (top - 4) * DENSITY),
        (left * DENSITY, bottom * DENSITY),
        (right * DENSITY, bottom * DENSITY),
    ]
    pen.line(frame, fill=FAINT, width=DENSITY)
    for value, y in ((least, bottom), (most, top)):
        write(pen, left - 5, y, f"{value:.3g}", anchor="rm")
    write(pen, left, bottom + 4, f"{grid[0]:.3g}")
    write(pen, right, bottom + 4, f"{grid[-1]:.3g}", anchor="ra")
    write(pen, (left + right) / 2, bottom + 4 + (LINE if x_label else 0), x_label, anchor="ma")
    write(pen, left + 5, head, y_label, FAINT)
    for i, (name, values) in enumerate(lines.items()):
        color = LINES[i % len(LINES)]
        whole = np.isfinite(values)
        pen.line(
            [tuple(p) for p in place(grid[whole], values[whole])],
            fill=color,
            width=2 * DENSITY,
            joint="curve",
        )
        note = name
        if at is not None:
            value = float(np.interp(at, grid, values))
            px, py = place(at, value)
            pen.ellipse([px - 10, py - 10, px + 10, py + 10], fill="white", outline=color, width=5)
            note = f"{name}  {value:.3g}" if name else f"{value:.3g}"
        write(pen, left + 5, LINE * i, note, color)
    return page
