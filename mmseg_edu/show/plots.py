"""Lines, bars and heat maps of measured numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmseg_edu.preprocess.arguments import checked_function, checked_number, shown
from mmseg_edu.show.colors import LINES
from mmseg_edu.show.figure import FAINT, INK, Picture, house_style, plot
from mmseg_edu.show.inputs import (
    checked_colormap,
    checked_digits,
    checked_end,
    checked_ends,
    checked_names,
    checked_sequence,
    checked_side,
    checked_table,
    checked_text,
    drawable,
)
from mmseg_edu.show.lettering import text_width


def _spread(positions: NDArray[np.float64], gap: float) -> NDArray[np.float64]:
    """Move labels apart until neighbours are `gap` from each other, as little as that needs."""
    order = np.argsort(positions, kind="stable")
    placed = positions[order].astype(float)
    for _ in range(100):
        short = gap - np.diff(placed)
        if len(short) == 0 or short.max() <= 1e-6:
            break
        push = np.maximum(short, 0) / 2
        placed[:-1] -= push
        placed[1:] += push
    result = np.empty_like(placed)
    result[order] = placed
    return result


def curve(
    x: ArrayLike,
    ys: Mapping[str, ArrayLike] | ArrayLike,
    *,
    alt: str,
    title: str | None = None,
    x_label: str = "",
    y_label: str = "",
    bands: Mapping[str, tuple[ArrayLike, ArrayLike]] | None = None,
    best: Callable[[NDArray[Any]], Any] | None = None,
    points: bool = False,
    log_x: bool = False,
    log_y: bool = False,
    low: float | None = None,
    high: float | None = None,
    size: tuple[int, int] = (520, 280),
) -> Picture:
    """Draw lines, each named at its end, with optional bands of uncertainty and their optimum marked.

    Parameters
    ----------
    x : floats (N,)
        Where the values were measured, shared by all lines.
    ys : mapping of name to floats (N,), or floats (N,)
        The lines; NaN leaves a gap.
    alt : str
        What the figure shows, in words; required.
    title : str, optional
        The claim that the figure makes.
    x_label, y_label : str
        Names of the axes, with units.
    bands : mapping of name to (lower, upper), optional
        Floats (N,) each: an interval drawn behind the line of that name.
    best : function, optional
        Which point of a line to mark: `np.nanargmax` or `np.nanargmin`.
    points : bool
        Whether to draw the measured points.
    log_x, log_y : bool
        Whether an axis is logarithmic.
    low, high : float, optional
        Ends of the vertical axis.
    size : (width, height), CSS pixels

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If a line's length is not that of `x`, or a band has no line.

    Examples
    --------
    >>> curve([0, 0.5, 1], {"mean": [0.5, 0.7, 0.6]}, alt="A hump.", best=np.argmax, x_label="alpha")
    <Picture: A hump.>
    """
    at = drawable("x", x)
    if at.ndim != 1 or at.size == 0:
        raise ValueError(
            f"x must have shape (N,), one number or more, got {at.shape}: give where the lines are"
        )
    named = checked_table("ys", ys) if isinstance(ys, Mapping) else {"": ys}
    lines = {name: drawable(f"line {name!r}", values) for name, values in named.items()}
    x_label, y_label = checked_text("x_label", x_label), checked_text("y_label", y_label)
    (low, high), title = checked_ends(low, high, log=log_y), checked_text("title", title)
    bands = None if bands is None else checked_table("bands", bands)
    for name, values in lines.items():
        if values.shape != at.shape:
            raise ValueError(f"line {name!r} must have shape {at.shape} as x has, got {values.shape}")
    for name in bands or {}:
        if name not in lines:
            raise ValueError(f"bands must be named after lines, {sorted(lines)}, got {name!r}")
    edges = {name: _band(name, band, at.shape) for name, band in (bands or {}).items()}
    if best is not None:
        checked_function("best", best, "np.argmax marks the highest")
    for name, log, ends in (("x", log_x, [at]), ("y", log_y, lines.values())):
        if log and not any((each > 0).any() for each in ends):
            raise ValueError(f"log_{name} needs a number above 0, got none: leave it out")
    with house_style():
        figure, axes = plot(alt, title, *_two_sides(size))
        for i, (name, values) in enumerate(lines.items()):
            color = LINES[i % len(LINES)]
            axes.plot(at, values, color=color, lw=1.8, marker="o" if points else None, ms=4)
            if name in edges:
                axes.fill_between(at, *edges[name], color=color, alpha=0.18, lw=0)
            if best is not None and np.isfinite(values).any():
                j = int(best(values))
                axes.plot(at[j], values[j], "o", ms=8, mfc="white", mec=color, mew=2, zorder=5, clip_on=False)
        axes.set_xscale("log" if log_x else "linear")
        axes.set_yscale("log" if log_y else "linear")
        axes.set_ylim(low, high)
        axes.set_xlabel(x_label)
        axes.set_ylabel(y_label)
        axes.grid(axis="y", color="#E4E4E4", lw=0.8)
        axes.set_axisbelow(True)
        if any(lines):
            _name_ends(figure, axes, at, lines)
        return figure


def _band(name: str, band: Any, shape: tuple[int, ...]) -> list[NDArray[np.float64]]:
    edges = [
        drawable(f"the band of {name!r}", edge) for edge in checked_sequence(f"the band of {name!r}", band)
    ]
    if len(edges) != 2 or any(edge.shape != shape for edge in edges):
        raise ValueError(
            f"the band of {name!r} must be two lines (lower, upper) of shape {shape}, got "
            f"{', '.join(str(edge.shape) for edge in edges)}"
        )
    return edges


def _two_sides(size: Any) -> tuple[float, float]:
    if not isinstance(size, tuple | list) or len(size) != 2:
        raise TypeError(f"size must be (width, height), got {shown(size)}: (520, 280) fills a column")
    return checked_side("size", size[0]), checked_side("size", size[1])


def _name_ends(figure: Picture, axes: Any, at: NDArray[Any], lines: Mapping[str, NDArray[Any]]) -> None:
    """Write each line's name at its right end, moved apart where lines end close together."""
    figure.draw_without_rendering()
    ends = []
    for values in lines.values():
        finite = np.flatnonzero(np.isfinite(values))
        j = finite[-1] if len(finite) else 0
        y = values[j] if len(finite) else 0.0
        ends.append(axes.transData.transform((at[j], y))[1])
    box = axes.get_window_extent()
    heights = _spread((np.array(ends) - box.y0) / box.height, 13 / box.height)
    for i, (name, height) in enumerate(zip(lines, heights, strict=True)):
        axes.annotate(
            name,
            (1.0, float(height)),
            (7, 0),
            xycoords="axes fraction",
            textcoords="offset points",
            va="center",
            color=LINES[i % len(LINES)],
            annotation_clip=False,
            parse_math=False,
        )


def bars(
    values: Mapping[str, Any],
    *,
    alt: str,
    title: str | None = None,
    x_label: str = "",
    intervals: Mapping[str, tuple[float, float]] | None = None,
    highlight: str | Sequence[str] | None = None,
    colors: Sequence[str] | None = None,
    low: float | None = None,
    high: float | None = None,
    digits: int = 2,
    width: int = 520,
) -> Picture:
    """Draw horizontal bars with their numbers, in the given order from the top.

    Parameters
    ----------
    values : mapping of name to number, or of name to a mapping of series to number
        One bar a name, or a group of bars (one for each series).
    alt : str
        What the figure shows, in words; required.
    title : str, optional
        The claim that the figure makes.
    x_label : str
        What is measured, with its unit.
    intervals : mapping of name to (lower, upper), optional
        Interval of a single bar, drawn as a whisker.
    highlight : str or sequence of str, optional
        The bars that the claim is about; the others become grey.
    colors : sequence of "#rrggbb", optional
        A colour for each bar (or series).
    low, high : float, optional
        Ends of the axis; it starts at 0 by default.
    digits : int
        Decimals of the printed numbers.
    width : int, CSS pixels

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If there is nothing to draw, or `highlight` names no bar.

    Examples
    --------
    >>> bars({"mean": 0.54, "product": 0.88}, alt="Product is ahead.", highlight="product")
    <Picture: Product is ahead.>
    """
    values = checked_table("values", values)
    if not values:
        raise ValueError("values must hold at least one bar, got none")
    digits, x_label = checked_digits(digits), checked_text("x_label", x_label)
    (low, high), title = checked_ends(low, high), checked_text("title", title)
    intervals = None if intervals is None else checked_table("intervals", intervals)
    colors = None if colors is None else checked_names("colors", colors)
    grouped = all(isinstance(v, Mapping) for v in values.values())
    series = list(dict.fromkeys(s for v in values.values() for s in v)) if grouped else [""]
    if colors is not None:
        _check_colors(colors, len(series) if grouped else len(values))
    chosen = (
        [highlight]
        if isinstance(highlight, str)
        else checked_names("highlight", [] if highlight is None else highlight)
    )
    known = series if grouped else list(values)
    if set(chosen) - set(known):
        raise ValueError(
            f"highlight must name bars of {known}, got {shown(sorted(set(chosen) - set(known)))}"
        )
    thick = 0.78 / len(series)
    height = int(len(values) * max(24, 19 * len(series)) + 62 + (26 if grouped else 0) + (20 if title else 0))
    with house_style():
        figure, axes = plot(alt, title, width, height)
        for s, name in enumerate(series):
            numbers = np.array([_height(v, name if grouped else None) for v in values.values()])
            at = np.arange(len(values)) + (s - (len(series) - 1) / 2) * thick
            if colors:
                ink = [colors[s]] * len(at) if grouped else colors[: len(at)]
            elif chosen:
                ink = [LINES[0] if (name if grouped else k) in chosen else "#B8B8B8" for k in values]
            else:
                ink = [LINES[s % len(LINES)]] * len(at)
            axes.barh(at, numbers, height=thick * 0.94, color=ink, label=name)
            ends = _whiskers(axes, values, at, numbers, None if grouped else intervals)
            for y, number, end in zip(at, numbers, ends, strict=True):
                sign = -1 if number < 0 else 1
                axes.annotate(
                    f"{number:.{digits}f}", (end, y), (4 * sign, 0), textcoords="offset points",
                    va="center", ha="left" if sign > 0 else "right", fontsize=8.5,
                )  # fmt: skip
        axes.set_yticks(range(len(values)), list(values))
        axes.invert_yaxis()
        axes.tick_params(axis="y", length=0)
        axes.set_xlabel(x_label)
        axes.margins(x=0.12)
        if low is not None or high is not None:
            axes.set_xlim(low, high)
        if grouped:
            figure.legend(
                loc="outside lower left",
                ncols=len(series),
                frameon=False,
                handlelength=1,
                handleheight=1,
                fontsize=8.5,
            )
        return figure


def _check_colors(colors: Sequence[str], count: int) -> None:
    from matplotlib.colors import is_color_like

    wrong = [color for color in colors if not is_color_like(color)]
    if wrong or len(colors) < count:
        raise ValueError(
            f"colors must name {count} colours, one for each bar or series, got {len(colors)}"
            + (f" with {shown(wrong[0])}" if wrong else "")
            + ": write #rrggbb"
        )


def _height(value: Any, series: str | None) -> float:
    if series is not None and (not isinstance(value, Mapping) or series not in value):
        raise ValueError(
            f"values must give each group a bar {series!r}, got {shown(value)}: use NaN for none"
        )
    one = value[series] if series is not None else value
    number = checked_number("each value", one, "give the length of a bar")
    if np.isinf(number):
        raise ValueError(f"each value must be finite or NaN, got {number}: no bar is as long")
    return float(drawable("each value", number))


def _interval(name: str, ends: Any) -> tuple[float, float]:
    both = drawable(f"the interval of {name!r}", ends)
    if both.shape != (2,):
        raise ValueError(f"the interval of {name!r} must be (lower, upper), got shape {both.shape}")
    return float(both[0]), float(both[1])


def _whiskers(axes: Any, values: Any, at: Any, numbers: Any, intervals: Any) -> NDArray[Any]:
    """Draw the intervals and return where each bar's number is to be written."""
    ends = np.array(numbers, float)
    for i, name in enumerate(values):
        if intervals and name in intervals:
            lower, upper = _interval(name, intervals[name])
            axes.plot([lower, upper], [at[i], at[i]], color=INK, lw=1.4, solid_capstyle="butt")
            ends[i] = max(ends[i], upper) if ends[i] >= 0 else min(ends[i], lower)
    return ends


def heatmap(
    values: ArrayLike,
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    alt: str,
    title: str | None = None,
    x_label: str = "",
    y_label: str = "",
    spread: ArrayLike | None = None,
    low: float | None = None,
    high: float | None = None,
    digits: int = 2,
    colors: str = "viridis",
) -> Picture:
    """Draw a matrix of numbers as coloured cells with the numbers written in them.

    Parameters
    ----------
    values : floats (R, C)
        NaN leaves a cell empty.
    rows, columns : sequence of str
        Names of the R rows and C columns.
    alt : str
        What the figure shows, in words; required.
    title : str, optional
        The claim that the figure makes.
    x_label, y_label : str
        What the columns and rows are.
    spread : floats (R, C), optional
        Half widths of intervals, written as +- under each number.
    low, high : float, optional
        Ends of the colour scale.
    digits : int
        Decimals.
    colors : str
        Matplotlib colour map.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If the shape is not (R, C).

    Examples
    --------
    >>> heatmap([[9, 1], [2, 8]], ["cat", "dog"], ["cat", "dog"], alt="Mostly right.", digits=0)
    <Picture: Mostly right.>
    """
    table, rows, columns = (
        drawable("values", values),
        checked_names("rows", rows),
        checked_names("columns", columns),
    )
    low, high, title = checked_end("low", low), checked_end("high", high), checked_text("title", title)
    digits, colors = checked_digits(digits), checked_colormap(colors)
    x_label, y_label = checked_text("x_label", x_label), checked_text("y_label", y_label)
    around = None if spread is None else drawable("spread", spread)
    if around is not None and around.shape != table.shape:
        raise ValueError(f"spread must have the shape of values, {table.shape}, got {around.shape}")
    if table.shape != (len(rows), len(columns)) or table.size == 0:
        raise ValueError(
            f"values must have shape (rows, columns) = {(len(rows), len(columns))}, got {table.shape}"
        )
    finite = table[np.isfinite(table)]
    least = float(finite.min()) if finite.size and low is None else (low or 0.0)
    most = float(finite.max()) if finite.size and high is None else (1.0 if high is None else high)
    wide = max(62, max(int(text_width(str(c), 8.5)) for c in columns) + 12)
    turn = wide > 110
    wide = 62 if turn else wide
    head = max(int(text_width(str(c), 8.5)) for c in columns) * 0.72 if turn else 16
    tall = 38 if spread is not None else 28
    left = max(int(text_width(str(r), 8.5)) for r in rows) + 30 + (18 if y_label else 0)
    width = left + wide * len(columns) + 20 + (int(head) if turn else 0)
    height = tall * len(rows) + int(head) + 24 + (24 if title else 0) + (18 if x_label else 0)
    with house_style():
        figure, axes = plot(alt, title, width, height)
        image = axes.imshow(
            table, cmap=colors, vmin=least, vmax=most if most > least else least + 1, aspect="auto"
        )
        for (i, j), number in np.ndenumerate(table):
            if np.isfinite(number):
                dark = np.dot(image.cmap(image.norm(number))[:3], (0.299, 0.587, 0.114)) < 0.46
                text = f"{number:.{digits}f}"
                if around is not None:
                    text += f"\n± {around[i, j]:.{digits}f}"
                axes.text(
                    j, i, text, ha="center", va="center", color="white" if dark else "black", fontsize=8.5
                )
        axes.set_xticks(range(len(columns)), [str(c) for c in columns])
        axes.set_yticks(range(len(rows)), [str(r) for r in rows])
        axes.xaxis.tick_top()
        axes.xaxis.set_label_position("bottom")
        if turn:
            axes.tick_params(axis="x", rotation=40)
            for label in axes.get_xticklabels():
                label.set(ha="left", rotation_mode="anchor")
        axes.tick_params(length=0)
        axes.set_xlabel(x_label, color=FAINT)
        axes.set_ylabel(y_label, color=FAINT)
        for spine in axes.spines.values():
            spine.set_visible(False)
        return figure
