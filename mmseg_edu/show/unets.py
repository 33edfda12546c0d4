"""The U of a U-Net, drawn from its feature maps: each as large as it is, with what leads from one to the next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmseg_edu.show.colors import LINES
from mmseg_edu.show.figure import INK, Picture, house_style
from mmseg_edu.show.inputs import checked_sequence, checked_side, checked_text, drawable
from mmseg_edu.show.lettering import text_width, wrap

CAPTION, SMALLEST, GAP = 15, 8, 26


def u_shape(
    down: Sequence[ArrayLike],
    bottom: ArrayLike,
    up: Sequence[ArrayLike],
    *,
    alt: str,
    title: str | None = None,
    skips: bool = True,
    size: int = 112,
) -> Picture:
    """Draw the maps of a U-Net as the U that gave it its name, each with its height, width and channels below it.

    A map is shown as the mean over its channels, dark where that is least, and as large as it is beside the finest one.

    Parameters
    ----------
    down : maps (H, W, C) of the encoder, the finest first
    bottom : map (H, W, C) of the bottleneck
    up : maps (H, W, C) of the decoder, the finest first, as many as `down`
    alt : str
        What the figure shows, in words; required.
    title : str, optional
        The claim that the figure makes.
    skips : bool
        Whether to draw the arrows across.
    size : int, CSS pixels
        Height of the finest map.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If there is no level, not as many up as down, or a map has not the shape (H, W, C).

    Examples
    --------
    >>> fine, coarse = np.ones((4, 4, 2)), np.ones((2, 2, 4))
    >>> u_shape([fine], coarse, [fine], alt="A U of one level: 4 x 4, 2 x 2, 4 x 4.")
    <Picture: A U of one level: 4 x 4, 2 x 2, 4 x 4.>
    """
    left, right = (
        [drawable("a map", each) for each in checked_sequence("down and up", side)] for side in (down, up)
    )
    lowest, title = drawable("a map", bottom), checked_text("title", title)
    checked_side("size", size)
    if not 0 < len(left) == len(right):
        raise ValueError(
            f"down and up must hold as many maps, one or more, got {len(left)} and {len(right)}: one a level"
        )
    for each in [*left, lowest, *right]:
        if each.ndim != 3 or each.size == 0:
            raise ValueError(f"a map must have shape (H, W, C), got {each.shape}: take one picture's maps")
    heights = [each.shape[0] for each in [left[0], *left, lowest, *right]]
    if max(heights + [each.shape[1] for each in [*left, lowest, *right]]) > 8 * heights[0] or len(left) > 12:
        raise ValueError(
            f"down must begin with its largest map, on 12 levels at most, got maps {heights[0]} high and then "
            f"{max(heights)} on {len(left)} levels: give the levels from the top"
        )
    scale = size / left[0].shape[0]
    boxes = [_box(each, scale) for each in left]
    step = max(max(box[0] for box in boxes) * 0.42, 56)
    # The floor between two maps of a level holds its arrow; the lower levels stand further in.
    inner = 2 * max(text_width(_caption(each), 8.5) for each in [*left, lowest])
    width = 2 * step * len(left) + inner + boxes[0][0]
    lines = wrap(title or "", width - 12, 10.5, "bold")
    top = 8 + 19 * len(lines)
    tops = top + np.cumsum([0, *(tall + CAPTION + GAP for _, tall in boxes)])
    with house_style():
        height = tops[-1] + _box(lowest, scale)[1] + CAPTION + 6
        figure = Picture(alt=alt, figsize=(width / 96, height / 96))
        for i, line in enumerate(lines):
            place = (6 / width, 1 - (6 + 19 * i) / height)
            figure.text(*place, line, va="top", fontsize=10.5, fontweight="bold", parse_math=False)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        centres = [boxes[0][0] / 2 + 6 + step * level for level in range(len(left))]
        spots = []
        for level, (one, other) in enumerate(zip(left, right, strict=True)):
            a = _draw(axes, one, scale, centres[level], tops[level])
            b = _draw(axes, other, scale, width - centres[level], tops[level])
            spots.append((a, b))
            if skips:
                middle = tops[level] + boxes[level][1] / 2
                _arrow(axes, (a[1] + 4, middle), (b[0] - 4, middle), LINES[1])
        floor = _draw(axes, lowest, scale, width / 2, tops[-1])
        for level, (a, b) in enumerate(spots):
            last = level + 1 == len(spots)
            below = (floor, floor) if last else spots[level + 1]
            y = tops[level] + boxes[level][1]
            middles = [(each[0] + each[1]) / 2 for each in (a, below[0], b, below[1])]
            side = (floor[1] - floor[0]) / 4 if last else 0
            _arrow(axes, (middles[0], y + CAPTION + 2), (middles[1] - side, tops[level + 1] - 3), INK)
            _arrow(axes, (middles[3] + side, tops[level + 1] - 3), (middles[2], y + CAPTION + 2), INK)
        axes.set_xlim(0, width)
        axes.set_ylim(height, 0)
        axes.set_aspect("auto")
        return figure


def _box(maps: NDArray[Any], scale: float) -> tuple[float, float]:
    """Width and height in CSS pixels, never too small to be seen."""
    return max(maps.shape[1] * scale, SMALLEST), max(maps.shape[0] * scale, SMALLEST)


def _caption(maps: NDArray[Any]) -> str:
    return " x ".join(map(str, maps.shape))


def _draw(axes: Any, maps: NDArray[Any], scale: float, centre: float, top: float) -> tuple[float, float]:
    """Draw one map and its caption; return where it begins and ends."""
    wide, tall = _box(maps, scale)
    start, end = centre - wide / 2, centre + wide / 2
    axes.imshow(maps.mean(axis=-1), cmap="magma", extent=(start, end, top + tall, top), zorder=3)
    axes.text(centre, top + tall + 2, _caption(maps), ha="center", va="top", fontsize=8.5)
    return start, end


def _arrow(axes: Any, start: tuple[float, float], end: tuple[float, float], color: str) -> None:
    style = {"arrowstyle": "-|>", "color": color, "lw": 1.4, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", end, start, arrowprops=style, annotation_clip=False)
