"""Relief: an array as a landscape, dry or flooded, as the watershed sees a picture's gradient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmseg_edu.preprocess.arguments import shown
from mmseg_edu.show.colors import as_labels, palette_for
from mmseg_edu.show.figure import Picture, house_style
from mmseg_edu.show.figure import claim as write_claim
from mmseg_edu.show.inputs import checked_side, checked_text, drawable
from mmseg_edu.show.lettering import PIXELS_PER_INCH


def landscape(
    height: ArrayLike,
    levels: Sequence[float] | float | None = None,
    *,
    alt: str,
    title: str | None = None,
    labels: ArrayLike | None = None,
    size: int = 240,
) -> Picture:
    """Show an array as a landscape seen from above at a slant, flooded up to each of the given levels.

    Parameters
    ----------
    height : floats (H, W)
        Height of the ground, such as the size of a picture's gradient.
    levels : sequence of float, optional
        Water levels, in units of `height`, one view for each; a single dry view by default.
    alt : str
        What the figure shows, in words; required.
    title : str, optional
        The claim that the figure makes.
    labels : integers (H, W), optional
        Basins: where given, water takes the colour of its basin (0: not yet flooded).
    size : int, CSS pixels
        Width of each view.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If `height` is not (H, W) with at least 2 x 2 finite numbers.

    Examples
    --------
    >>> landscape(np.hypot(*np.mgrid[-4:5, -4:5]), [1, 3], alt="A bowl that fills with water.")
    <Picture: A bowl that fills with water.>
    """
    import mpl_toolkits.mplot3d  # type: ignore[import-untyped]  # noqa: F401 - makes projection="3d" known

    ground = drawable("height", height)
    checked_side("size", size)
    title = checked_text("title", title)
    if ground.ndim != 2 or min(ground.shape) < 2 or not np.isfinite(ground).all():
        raise ValueError(
            f"height must be finite numbers of shape (H, W), 2 x 2 or larger, got {ground.shape}"
        )
    basins = None if labels is None else as_labels(labels, ground.shape)
    heights = None if levels is None else np.atleast_1d(drawable("levels", levels))
    if heights is not None and (
        heights.ndim != 1 or not 0 < heights.size <= 12 or not np.isfinite(heights).all()
    ):
        raise ValueError(f"levels must be 1 to 12 finite heights, got {shown(levels)}: each is a picture")
    views = [None] if heights is None else [float(v) for v in heights]
    step = max(1, max(ground.shape) // 64)
    with house_style():
        width = len(views) * size + 12
        lines_height = 34 if title else 6
        figure = Picture(
            alt=alt, figsize=(width / PIXELS_PER_INCH, (size * 0.8 + lines_height) / PIXELS_PER_INCH)
        )
        write_claim(figure, title)
        for i, level in enumerate(views):
            box = (i * size / width, 0.0, size / width, size * 0.8 / (size * 0.8 + lines_height))
            axes: Any = figure.add_axes(box, projection="3d", computed_zorder=False)
            _flood(axes, ground[::step, ::step], level, None if basins is None else basins[::step, ::step])
            if level is not None:
                axes.text2D(0.5, 0.95, f"water at {level:.3g}", transform=axes.transAxes, ha="center")
        return figure


def _flood(axes: Any, ground: NDArray[np.float64], level: float | None, basins: NDArray[Any] | None) -> None:
    from matplotlib.colors import LightSource, to_rgb

    low, high = float(ground.min()), float(ground.max())
    surface = ground if level is None else np.maximum(ground, level)
    shade = LightSource(azdeg=315, altdeg=50).hillshade(
        ground, vert_exag=0.35 * max(ground.shape) / max(high - low, 1e-9)
    )
    earth = 0.45 + 0.55 * shade[..., None] * np.array([0.86, 0.80, 0.70])
    colors = np.clip(earth * np.array([0.98, 0.95, 0.88]), 0, 1)
    if level is not None:
        wet = ground <= level
        water = np.broadcast_to(to_rgb("#3182BD"), (*ground.shape, 3)).copy()
        if basins is not None:
            tints = np.array([to_rgb(c) for c in ["#3182BD", *palette_for(25)[5:]]])
            water = tints[np.where(basins > 0, (basins - 1) % 20 + 1, 0)]
        colors[wet] = water[wet]
    rows, columns = np.mgrid[: ground.shape[0], : ground.shape[1]]
    sheet = axes.plot_surface(
        columns,
        rows,
        surface,
        facecolors=colors,
        rstride=1,
        cstride=1,
        shade=False,
        linewidth=0,
        antialiased=False,
    )
    sheet.set_clip_on(False)
    axes.set_zlim(low, high + 1e-9)
    axes.set_box_aspect((1, ground.shape[0] / ground.shape[1], 0.3), zoom=1.26)
    axes.invert_yaxis()
    axes.view_init(elev=52, azim=-62)
    axes.set_axis_off()
