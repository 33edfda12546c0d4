"""The graph whose cheapest cut is a segmentation, drawn for pictures of a few pixels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmseg_edu.show.colors import LINES, as_labels, as_picture
from mmseg_edu.show.figure import INK, Picture, claim, house_style
from mmseg_edu.show.inputs import checked_names, checked_side, drawable

CUT = LINES[1]


def graph(
    source: ArrayLike,
    sink: ArrayLike,
    across: ArrayLike,
    down: ArrayLike,
    *,
    alt: str,
    title: str | None = None,
    image: ArrayLike | None = None,
    labels: ArrayLike | None = None,
    names: tuple[str, str] = ("source: object", "sink: background"),
    numbers: bool = True,
    size: int = 460,
) -> Picture:
    r"""Draw the s-t graph of a small picture: pixels in the middle, the source above, the sink below.

    Line widths are capacities. Where labels are given, the links between the two sides (the cut) are dashed.

    Parameters
    ----------
    source, sink : floats >= 0, (H, W), at most 5 x 5
        Capacities of the links source -> pixel and pixel -> sink.
    across : floats >= 0, (H, W - 1)
        Capacities between each pixel and its right neighbour.
    down : floats >= 0, (H - 1, W)
        Capacities between each pixel and the neighbour below it.
    alt : str
        What the figure shows, in words; required.
    title : str, optional
        The claim that the figure makes.
    image : floats in [0, 1], (H, W), optional
        Grey values that fill the pixels.
    labels : integers (H, W), optional
        1 where a pixel stays with the source, 0 where it stays with the sink.
    names : (str, str)
        What is written at the source and at the sink.
    numbers : bool
        Whether to write the capacities between neighbours on their links.
    size : int, CSS pixels
        Width of the figure.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If the shapes do not belong to one picture of at most 5 x 5 pixels, or a capacity is negative.

    Examples
    --------
    >>> ones = np.ones((2, 2))
    >>> graph(ones, ones, np.ones((2, 1)), np.ones((1, 2)), alt="Four pixels between source and sink.")
    <Picture: Four pixels between source and sink.>
    """
    given = {"source": source, "sink": sink, "across": across, "down": down}
    s, t, a, d = (drawable(name, value) for name, value in given.items())
    labelled = checked_names("names", names)
    if len(labelled) != 2:
        raise ValueError(f"names must be two, of source and sink, got {len(labelled)}: {labelled}")
    checked_side("size", size)
    if s.ndim != 2 or not 0 < s.size or max(s.shape) > 5:
        raise ValueError(f"source must have shape (H, W), at most 5 x 5 to be legible, got {s.shape}")
    height, width = s.shape
    for name, value, shape in (
        ("sink", t, s.shape),
        ("across", a, (height, width - 1)),
        ("down", d, (height - 1, width)),
    ):
        if value.shape != shape:
            raise ValueError(
                f"{name} must have shape {shape} to fit source of shape {s.shape}, got {value.shape}"
            )
    if not all(np.isfinite(v).all() for v in (s, t, a, d)):
        raise ValueError("capacities must be finite, got NaN or infinity: draw a large number for infinity")
    if min(float(v.min(initial=0)) for v in (s, t, a, d)) < 0:
        raise ValueError(
            "capacities must be 0 or more, got a negative one: add a constant to both links of a pixel"
        )
    side = None if labels is None else as_labels(labels, s.shape).astype(bool)
    grey = None if image is None else np.nan_to_num(as_picture(image))
    if grey is not None and grey.shape != s.shape:
        raise ValueError(f"image must have shape {s.shape}, grey, to fit source, got {grey.shape}")
    with house_style():
        figure = Picture(alt=alt, figsize=(size / 96, size * 0.98 / 96))
        claim(figure, title)
        axes = figure.add_axes((0, 0, 1, 0.93 if title else 1))
        axes.set_axis_off()
        place = _places(height, width)
        scale = 5.0 / max(float(v.max(initial=1e-30)) for v in (s, t, a, d))
        _terminal_links(axes, place, s, t, side, scale)
        _neighbour_links(axes, place, a, d, side, scale, numbers)
        _nodes(axes, place, grey, side, labelled)
        axes.set_xlim(-0.75, width + 0.55)
        axes.set_ylim(-(height + 1.95), 2.75)
        return figure


def _places(height: int, width: int) -> NDArray[np.float64]:
    """Where the pixels are drawn: a sheet seen at a slant, row by row further to the left and lower."""
    rows, columns = np.mgrid[:height, :width].astype(float)
    x = columns * 1.12 + (height - 1 - rows) * 0.36 - 0.1
    return np.stack([x, -rows * 0.95 - 0.1], axis=-1)


def _terminals(place: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    middle = place.reshape(-1, 2).mean(0)
    return np.array([middle[0], 2.0]), np.array([middle[0], place[..., 1].min() - 2.05])


def _link(
    axes: Any, p: Any, q: Any, capacity: float, scale: float, cut: bool, color: str, order: int
) -> None:
    if capacity > 0:
        style: dict[str, Any] = {"color": CUT, "ls": (0, (2.2, 1.4))} if cut else {"color": color}
        width = 0.5 + capacity * scale
        axes.plot(
            [p[0], q[0]],
            [p[1], q[1]],
            lw=width,
            zorder=order,
            dash_capstyle="butt",
            solid_capstyle="round",
            **style,
        )


def _terminal_links(axes: Any, place: Any, s: Any, t: Any, side: Any, scale: float) -> None:
    top, bottom = _terminals(place)
    for y, x in np.ndindex(s.shape):
        kept = None if side is None else bool(side[y, x])
        _link(axes, top, place[y, x], s[y, x], scale * 0.7, kept is False, "#9ECAE1", 1)
        _link(axes, place[y, x], bottom, t[y, x], scale * 0.7, kept is True, "#BDBDBD", 1)


def _neighbour_links(axes: Any, place: Any, a: Any, d: Any, side: Any, scale: float, numbers: bool) -> None:
    links = [((y, x), (y, x + 1), a[y, x]) for y, x in np.ndindex(a.shape)]
    links += [((y, x), (y + 1, x), d[y, x]) for y, x in np.ndindex(d.shape)]
    for p, q, capacity in links:
        cut = side is not None and side[p] != side[q]
        _link(axes, place[p], place[q], capacity, scale, cut, "#555555", 3)
        if numbers:
            middle = (place[p] + place[q]) / 2
            axes.text(
                *middle, f"{capacity:.2g}", ha="center", va="center", fontsize=7.5, zorder=4,
                color=CUT if cut else INK,
                bbox={"boxstyle": "round,pad=0.12", "fc": "white", "ec": "none", "alpha": 0.92},
            )  # fmt: skip


def _nodes(axes: Any, place: Any, image: Any, side: Any, names: list[str]) -> None:
    grey = np.full(place.shape[:2], 0.9) if image is None else np.clip(image, 0, 1)
    for y, x in np.ndindex(*place.shape[:2]):
        ring = INK if side is None else (LINES[0] if side[y, x] else "#8A8A8A")
        axes.plot(*place[y, x], "o", ms=21, mfc=str(grey[y, x]), mec=ring, mew=2.6, zorder=5)
    top, bottom = _terminals(place)
    for spot, color, name in ((top, LINES[0], names[0]), (bottom, "#6E6E6E", names[1])):
        axes.plot(*spot, "o", ms=27, mfc=color, mec="white", mew=1.5, zorder=6)
        axes.text(
            *spot,
            "s" if spot is top else "t",
            color="white",
            ha="center",
            va="center",
            weight="bold",
            zorder=7,
        )
        axes.text(
            spot[0] + 0.3, spot[1] + (0.12 if spot is top else -0.12), name, va="center", zorder=7, fontsize=9
        )
