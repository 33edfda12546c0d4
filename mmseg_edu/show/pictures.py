"""Pictures, masks, probability maps and regions: what is drawn pixel by pixel, without axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmseg_edu.preprocess.arguments import as_array
from mmseg_edu.show.colors import as_labels, as_picture, contours, overlay, palette_for
from mmseg_edu.show.figure import FAINT, Picture, house_style
from mmseg_edu.show.grid import GAP, Sheet, cell_size, legend_height
from mmseg_edu.show.inputs import (
    checked_colormap,
    checked_columns,
    checked_end,
    checked_ends,
    checked_names,
    checked_sequence,
    checked_text,
    drawable,
)

SIZE = 176


def _several(images: Any, name: str = "images") -> list[NDArray[np.float32]]:
    """One picture, a stack or a list of pictures -> a list of checked pictures."""
    if isinstance(images, np.ndarray) and (
        images.ndim == 2 or (images.ndim == 3 and images.shape[-1] in (1, 3))
    ):
        images = [images]
    pictures = [as_picture(image, f"{name}[{i}]") for i, image in enumerate(checked_sequence(name, images))]
    if not pictures:
        raise ValueError(f"{name} must hold at least one picture, got none")
    return pictures


def _captions(titles: Sequence[str] | str | None, count: int) -> list[str]:
    if titles is None:
        return [""] * count
    captions = checked_names("titles", [titles] if isinstance(titles, str) else titles)
    if len(captions) != count:
        raise ValueError(
            f"titles must hold one caption for each of the {count} pictures, got {len(captions)}"
        )
    return captions


def _class_names(names: Sequence[str] | None) -> Sequence[str]:
    if names is not None:
        return checked_names("names", names)
    from mmseg_edu.scenes import CLASSES

    return CLASSES


def _maps(labels: Any) -> list[NDArray[Any]]:
    """One label map, a stack or a list of them -> a list."""
    if isinstance(labels, np.ndarray) and labels.ndim == 2:
        return [as_array("labels", labels)]
    given = [as_array("labels", each) for each in checked_sequence("labels", labels)]
    if not given:
        raise ValueError("labels must hold at least one map, got none: give one a picture")
    # A map in lists comes row by row.
    return [as_array("labels", labels)] if given[0].ndim == 1 else given


def _cell(pictures: Sequence[NDArray[Any]], size: int) -> tuple[int, int]:
    return cell_size(max(p.shape[0] for p in pictures), max(p.shape[1] for p in pictures), size)


def _colormap(values: NDArray[np.float32], low: float, high: float, name: str) -> NDArray[np.float32]:
    """Colours (H, W, 3) of numbers on the shared scale from low to high; NaN is drawn white."""
    import matplotlib

    scaled = (values - low) / (high - low) if high > low else np.zeros_like(values)
    with np.errstate(invalid="ignore"):
        colors = matplotlib.colormaps[name](np.clip(np.nan_to_num(scaled), 0, 1))[..., :3].astype(np.float32)
    colors[np.isnan(values)] = 1
    return colors


def _scale(pictures: Sequence[NDArray[Any]], low: float | None, high: float | None) -> tuple[float, float]:
    """The scale that all grey pictures share: [0, 1] where that holds them, their own extremes otherwise."""
    grey = [p[np.isfinite(p)] for p in pictures if p.ndim == 2]
    values = np.concatenate(grey) if grey else np.zeros(1)
    least, most = (float(values.min()), float(values.max())) if values.size else (0.0, 1.0)
    fits = least >= 0 and most <= 1
    return (0.0 if fits else least) if low is None else low, (1.0 if fits else most) if high is None else high


def _write_numbers(axes: Any, values: NDArray[Any], shown: NDArray[np.float32], cell: int) -> None:
    """Write each pixel's number on it, dark on light and light on dark."""
    height, width = values.shape[:2]
    for y in range(height):
        for x in range(width):
            ink = "black" if shown[y, x] @ (0.299, 0.587, 0.114) > 0.46 else "white"
            text = f"{values[y, x]:.3g}"
            points = min(10.0, cell / width * 0.72 / max(len(text), 3) * 1.2)
            axes.text(x, y, text, ha="center", va="center", color=ink, fontsize=points)


def images(
    images: ArrayLike | Sequence[ArrayLike],
    titles: Sequence[str] | str | None = None,
    *,
    alt: str,
    title: str | None = None,
    columns: int | None = None,
    size: int = SIZE,
    numbers: bool = False,
    colors: str = "gray",
    low: float | None = None,
    high: float | None = None,
) -> Picture:
    """Show pictures side by side, captions above them, without axes and with a shared grey scale.

    Parameters
    ----------
    images : floats in [0, 1] or uint8, (H, W), (H, W, 3), or a stack or list of those
        Small pictures are enlarged by whole numbers, pixel by pixel; large ones are averaged down.
    titles : sequence of str, optional
        A caption for each picture.
    alt : str
        What the figure shows, in words; required.
    title : str, optional
        The claim that the figure makes.
    columns : int, optional
        Pictures in a row; all of them, up to four, by default.
    size : int, CSS pixels
        About how wide each picture is shown.
    numbers : bool
        Whether to write its value on each pixel of grey pictures (of at most 12 x 12 pixels).
    colors : str
        Matplotlib colour map for grey pictures.
    low, high : float, optional
        Ends of the grey scale that all pictures share: [0, 1] if all values lie in it, else their extremes.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If a shape is not that of a picture, the captions do not fit the pictures, or `alt` is empty.

    Examples
    --------
    >>> images([np.zeros((4, 4)), np.ones((4, 4))], ["night", "day"], alt="A black and a white square.")
    <Picture: A black and a white square.>
    """
    pictures = _several(images)
    captions = _captions(titles, len(pictures))
    low, high = _scale(pictures, checked_end("low", low), checked_end("high", high))
    columns, colors = checked_columns(columns, len(pictures)), checked_colormap(colors)
    cell = _cell(pictures, size)
    with house_style():
        sheet = Sheet(alt=alt, title=title, captions=captions, columns=columns, cell=cell)
        for i, picture in enumerate(pictures):
            shown = np.clip(picture, 0, 1) if picture.ndim == 3 else _colormap(picture, low, high, colors)
            axes = sheet.draw(i, shown)
            if numbers and picture.ndim == 2:
                if max(picture.shape) > 12:
                    raise ValueError(
                        f"numbers can be read on at most 12 x 12 pixels, got {picture.shape}: crop first"
                    )
                _write_numbers(axes, picture, shown, cell[0])
        return sheet.figure


# Inside `regions` the name `images` is its parameter.
_row = images


def masks(
    images: ArrayLike | Sequence[ArrayLike],
    labels: ArrayLike | Sequence[ArrayLike],
    titles: Sequence[str] | str | None = None,
    *,
    alt: str,
    title: str | None = None,
    names: Sequence[str] | None = None,
    columns: int | None = None,
    size: int = SIZE,
    opacity: float = 0.45,
) -> Picture:
    """Show label maps as coloured overlays on pictures, with contours and a legend of the classes in sight.

    Parameters
    ----------
    images : floats in [0, 1] or uint8, (H, W) or (H, W, 3), or a stack or list of those
        One picture for all label maps, or one for each.
    labels : integers (H, W), or a stack or list of those
        Class of each pixel; 0 is the background and stays uncoloured.
    titles : sequence of str, optional
        A caption for each label map.
    alt : str
        What the figure shows, in words; required.
    title : str, optional
        The claim that the figure makes.
    names : sequence of str, optional
        Names of the classes, `scenes.CLASSES` by default.
    columns : int, optional
        Pictures in a row; all of them, up to four, by default.
    size : int, CSS pixels
        About how wide each picture is shown.
    opacity : float in [0, 1]
        Weight of the class colour.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If a label map does not fit its picture, or a label has no name.

    Examples
    --------
    >>> masks(np.zeros((4, 4, 3)), np.eye(4, dtype=int), alt="A yellow diagonal.", names=["rest", "line"])
    <Picture: A yellow diagonal.>
    """
    pictures, title = _several(images), checked_text("title", title)
    maps = _maps(labels)
    if len(pictures) == 1:
        pictures = pictures * len(maps)
    if len(pictures) != len(maps):
        raise ValueError(
            f"labels must hold one map for each of the {len(pictures)} pictures, got {len(maps)}"
        )
    maps = [
        as_labels(m, p.shape, f"labels[{i}]") for i, (m, p) in enumerate(zip(maps, pictures, strict=True))
    ]
    names = _class_names(names)
    present = sorted({int(k) for m in maps for k in np.unique(m)} - {0})
    if present and present[-1] >= len(names):
        raise ValueError(
            f"labels must lie in 0..{len(names) - 1} to have a name, got {present[-1]}: pass names=..."
        )
    palette = palette_for(len(names))
    captions = _captions(titles, len(maps))
    columns = checked_columns(columns, len(maps))
    cell = _cell(pictures, size)
    shown = [names[k] for k in present]
    width = max(columns * cell[0] + (columns - 1) * GAP, 330 if title else 0)
    with house_style():
        sheet = Sheet(
            alt=alt,
            title=title,
            captions=captions,
            columns=columns,
            cell=cell,
            below=legend_height(shown, width),
        )
        for i, (picture, label) in enumerate(zip(pictures, maps, strict=True)):
            sheet.draw(i, overlay(picture, label, opacity=opacity, colors=palette))
        sheet.legend(shown, [palette[k] for k in present])
        return sheet.figure


def regions(
    images: ArrayLike | Sequence[ArrayLike],
    labels: ArrayLike | Sequence[ArrayLike],
    titles: Sequence[str] | str | None = None,
    *,
    alt: str,
    title: str | None = None,
    columns: int | None = None,
    size: int = SIZE,
    opacity: float = 0.4,
) -> Picture:
    """Show partitions: neighbouring regions in different colours, borders drawn, however many there are.

    Parameters
    ----------
    images, labels, titles, alt, title, columns, size, opacity
        As for `masks`; label 0 is not a region.

    Returns
    -------
    Picture

    Examples
    --------
    >>> regions(np.zeros((4, 4)), np.arange(16).reshape(4, 4), alt="Sixteen regions of one pixel each.")
    <Picture: Sixteen regions of one pixel each.>
    """
    pictures = _several(images)
    maps = _maps(labels)
    pictures = pictures * len(maps) if len(pictures) == 1 else pictures
    if len(pictures) != len(maps):
        raise ValueError(
            f"labels must hold one map for each of the {len(pictures)} pictures, got {len(maps)}"
        )
    painted = []
    for i, (picture, given) in enumerate(zip(pictures, maps, strict=True)):
        label = as_labels(given, picture.shape, f"labels[{i}]")
        ink = palette_for(25)[5:]
        tinted = overlay(
            picture, np.where(label > 0, (label - 1) % 20 + 1, 0), opacity=opacity, colors=ink[:1] + ink
        )
        tinted[contours(label)] *= 0.45
        painted.append(tinted)
    return _row(painted, titles, alt=alt, title=title, columns=columns, size=size)


def probabilities(
    probabilities: ArrayLike,
    titles: Sequence[str] | str | None = None,
    *,
    alt: str,
    title: str | None = None,
    names: Sequence[str] | None = None,
    size: int = 128,
    low: float = 0.0,
    high: float = 1.0,
) -> Picture:
    """Show class probabilities as heat maps, one column a class, on one scale with a colour bar.

    Parameters
    ----------
    probabilities : floats (H, W, K) or (n, H, W, K)
        Probability of each class at each pixel; a stack gives one row for each of its n members.
    titles : sequence of str, optional
        A label for each row.
    alt : str
        What the figure shows, in words; required.
    title : str, optional
        The claim that the figure makes.
    names : sequence of str, optional
        Names of the K classes, `scenes.CLASSES` by default.
    size : int, CSS pixels
        About how wide each map is shown.
    low, high : float
        Ends of the scale.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If the shape is neither (H, W, K) nor (n, H, W, K), or the names do not match K.

    Examples
    --------
    >>> probabilities(np.full((4, 4, 2), 0.5), alt="Two grey maps.", names=["cat", "dog"])
    <Picture: Two grey maps.>
    """
    stack = drawable("probabilities", probabilities).astype(np.float32)
    ends = checked_ends(low, high)
    low, high = ends[0] or 0.0, 1.0 if ends[1] is None else ends[1]
    stack = stack[None] if stack.ndim == 3 else stack
    if stack.ndim != 4 or stack.size == 0:
        raise ValueError(f"probabilities must have shape (H, W, K) or (n, H, W, K), got {stack.shape}")
    names = _class_names(names)
    rows, height, width, classes = stack.shape
    if len(names) != classes:
        raise ValueError(f"names must hold one name for each of the {classes} classes, got {len(names)}")
    cell = cell_size(height, width, size)
    captions = [*names, *[""] * (classes * (rows - 1))]
    labels = _captions(titles, rows) if titles is not None else ()
    with house_style():
        sheet = Sheet(
            alt=alt, title=title, captions=captions, columns=classes, cell=cell, row_labels=labels, right=56
        )
        for i in range(rows * classes):
            sheet.draw(i, _colormap(stack[i // classes, ..., i % classes], low, high, "viridis"))
        bar = sheet.axes(sheet.grid_right + 12, sheet.tops[0], 11, cell[1])
        ramp = _colormap(np.linspace(high, low, 128, dtype=np.float32)[:, None], low, high, "viridis")
        bar.imshow(ramp, aspect="auto", extent=(0, 1, low, high))
        bar.set_xticks([])
        bar.set_yticks([low, (low + high) / 2, high])
        bar.yaxis.tick_right()
        bar.tick_params(length=2, color=FAINT)
        for spine in bar.spines.values():
            spine.set_visible(False)
        return sheet.figure
