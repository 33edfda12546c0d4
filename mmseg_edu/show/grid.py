"""Rows and columns of pictures, placed to the pixel so that small ones are enlarged by whole numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmseg_edu.show.figure import DENSITY, Picture
from mmseg_edu.show.inputs import checked_side, checked_text
from mmseg_edu.show.lettering import PIXELS_PER_INCH, text_width, wrap

MARGIN, GAP, LINE, TITLE_LINE = 6, 12, 15, 19
CAPTION_POINTS, TITLE_POINTS = 9.0, 10.5
NARROWEST = 330


class Sheet:
    """The page on which `rows` x `columns` cells are placed; lengths are CSS pixels from the top left."""

    def __init__(
        self,
        *,
        alt: str,
        title: str | None,
        captions: Sequence[str],
        columns: int,
        cell: tuple[int, int],
        row_labels: Sequence[str] = (),
        right: int = 0,
        below: int = 0,
    ) -> None:
        self.cell = cell
        title = checked_text("title", title)
        rows = -(-len(captions) // columns)
        lines = [wrap(caption, cell[0], CAPTION_POINTS) for caption in captions]
        heads = [max(map(len, lines[r * columns : (r + 1) * columns])) * LINE for r in range(rows)]
        longest = max((text_width(label, CAPTION_POINTS) for label in row_labels), default=0)
        self.left = MARGIN + (int(longest) + 10 if longest else 0)
        self.grid_right = self.left + columns * cell[0] + (columns - 1) * GAP
        self.width = max(self.grid_right + right + MARGIN, NARROWEST if title else 0)
        claim_lines = wrap(title or "", self.width - 2 * MARGIN, TITLE_POINTS, "bold")
        top = MARGIN + len(claim_lines) * TITLE_LINE + (4 if claim_lines else 0)
        self.tops: list[int] = []
        for head in heads:
            self.tops.append(top + head + (2 if head else 0))
            top = self.tops[-1] + cell[1] + GAP
        self.bottom = top - GAP
        self.height = self.bottom + below + MARGIN
        size = (self.width / PIXELS_PER_INCH, self.height / PIXELS_PER_INCH)
        self.figure = Picture(alt=alt, figsize=size)
        self.places = [
            (self.left + (i % columns) * (cell[0] + GAP), self.tops[i // columns])
            for i in range(len(captions))
        ]
        for i, line in enumerate(claim_lines):
            self.text(MARGIN, MARGIN + i * TITLE_LINE, line, size=TITLE_POINTS, weight="bold")
        for (x, y), caption in zip(self.places, lines, strict=True):
            for i, line in enumerate(reversed(caption)):
                self.text(x, y - 2 - (i + 1) * LINE, line)
        for y, label in zip(self.tops, row_labels, strict=False):
            self.text(MARGIN, y + cell[1] / 2 - LINE / 2, label)

    def text(self, x: float, y: float, text: str, *, size: float = CAPTION_POINTS, **style: Any) -> None:
        """Write one line whose top left corner is (x, y)."""
        self.figure.text(
            x / self.width,
            1 - (y + 1) / self.height,
            text,
            va="top",
            fontsize=size,
            parse_math=False,
            **style,
        )

    def axes(self, x: float, y: float, width: float, height: float, **options: Any) -> Any:
        """Axes on the given rectangle."""
        box = (x / self.width, 1 - (y + height) / self.height, width / self.width, height / self.height)
        return self.figure.add_axes(box, **options)

    def draw(self, index: int, pixels: NDArray[np.float32]) -> Any:
        """Put an (H, W, 3) picture into a cell; data coordinates of the axes returned are its pixels."""
        axes = self.axes(*self.places[index], *self.cell)
        axes.set_axis_off()
        height, width = pixels.shape[:2]
        enlarged = enlarge(pixels, self.cell[0] * DENSITY, self.cell[1] * DENSITY)
        axes.imshow(
            enlarged, interpolation="nearest", aspect="auto", extent=(-0.5, width - 0.5, height - 0.5, -0.5)
        )
        return axes

    def legend(self, names: Sequence[str], colors: Sequence[str]) -> None:
        """A row of swatches under the grid (space for it is asked for with `below`)."""
        for x, y, name, color in legend_places(names, colors, self.width):
            swatch = self.axes(MARGIN + x, self.bottom + 9 + y, 12, 12)
            swatch.set_xticks([])
            swatch.set_yticks([])
            swatch.set_facecolor(color)
            for spine in swatch.spines.values():
                spine.set(visible=True, linewidth=0.6, color="#555555")
            self.text(MARGIN + x + 17, self.bottom + 7 + y, name)


def legend_places(
    names: Sequence[str], colors: Sequence[str], width: float
) -> list[tuple[float, int, str, str]]:
    """Where each entry of a legend goes: x, y, name, colour, in as many rows as the width needs."""
    places, x, y = [], 0.0, 0
    for name, color in zip(names, colors, strict=True):
        step = 17 + text_width(name, CAPTION_POINTS) + 16
        if x and x + step > width - 2 * MARGIN + 16:
            x, y = 0.0, y + 18
        places.append((x, y, name, color))
        x += step
    return places


def legend_height(names: Sequence[str], width: float) -> int:
    """Height that a legend takes, its distance from the grid included."""
    places = legend_places(names, [""] * len(names), width)
    return 26 + max((y for _, y, _, _ in places), default=0) if places else 0


def enlarge(pixels: NDArray[np.float32], width: int, height: int) -> NDArray[np.float32]:
    """Repeat pixels when the cell holds a whole multiple of them, average areas when the cell is smaller."""
    if width % pixels.shape[1] == 0 and height % pixels.shape[0] == 0:
        return pixels.repeat(height // pixels.shape[0], axis=0).repeat(width // pixels.shape[1], axis=1)
    from PIL import Image

    image = Image.fromarray((np.clip(pixels, 0, 1) * 255 + 0.5).astype(np.uint8))
    shrink = width < pixels.shape[1] and height < pixels.shape[0]
    method = Image.Resampling.BOX if shrink else Image.Resampling.NEAREST
    return np.asarray(image.resize((width, height), method), np.float32) / np.float32(255)


def cell_size(height: int, width: int, size: int) -> tuple[int, int]:
    """Width and height in CSS pixels of a picture shown about `size` pixels wide, whole pixels kept whole."""
    checked_side("size", size)
    longest = max(height, width)
    if longest <= size * DENSITY:
        factor = max(round(size * DENSITY / longest), 1)
        return max(round(width * factor / DENSITY), 1), max(round(height * factor / DENSITY), 1)
    return max(round(size * width / longest), 1), max(round(size * height / longest), 1)
