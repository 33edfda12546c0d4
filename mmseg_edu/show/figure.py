"""`Picture`: a Matplotlib figure with alternative text that shows itself as a small, repeatable PNG."""

from __future__ import annotations

import base64
import html
import os
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from mmseg_edu.preprocess.arguments import shown
from mmseg_edu.show.inputs import checked_side, checked_text
from mmseg_edu.show.lettering import PIXELS_PER_INCH, wrap
from mmseg_edu.show.png import small_png

# The PNG carries two pixels for each CSS pixel, so that text is sharp on a laptop.
DENSITY = 2
INK = "#222222"
FAINT = "#767676"


@contextmanager
def house_style() -> Iterator[None]:
    """Matplotlib's defaults with our sizes, whatever the session's own rcParams say; restored afterwards."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(
            {
                "font.size": 9,
                "axes.titlesize": 9,
                "axes.labelsize": 9,
                "axes.spines.top": False,
                "axes.spines.right": False,
                "axes.edgecolor": FAINT,
                "axes.labelcolor": INK,
                "axes.titlecolor": INK,
                "text.color": INK,
                "xtick.color": INK,
                "ytick.color": INK,
                "xtick.labelsize": 8.5,
                "ytick.labelsize": 8.5,
                "figure.facecolor": "white",
                "figure.constrained_layout.h_pad": 0.06,
                "figure.constrained_layout.w_pad": 0.06,
            }
        )
        yield


class Picture(Figure):
    """A figure with alternative text.

    Parameters
    ----------
    alt : str
        What the figure shows, in words, for a reader who cannot see it. It may not be empty.
    **options
        Passed to `matplotlib.figure.Figure`.

    Raises
    ------
    ValueError
        If `alt` is empty.

    Notes
    -----
    JupyterLab draws ``image/png`` without alternative text; the built book has it. Whoever uses a screen
    reader sets the environment variable ``MMSEG_EDU_ALT=html``: each figure then also comes as an HTML image.

    Examples
    --------
    >>> from mmseg_edu import show
    >>> show.curve([0, 1], {"truth": [0, 1]}, alt="A line that rises from 0 to 1.")
    <Picture: A line that rises from 0 to 1.>
    """

    def __init__(self, *, alt: str, **options: Any) -> None:
        if not isinstance(alt, str) or not alt.strip():
            raise ValueError(
                f"alt must say in words what the figure shows, got {shown(alt)}: "
                "write a sentence for a reader who cannot see it"
            )
        checked_text("alt", alt)
        super().__init__(dpi=PIXELS_PER_INCH, **options)
        FigureCanvasAgg(self)
        self.alt = " ".join(alt.split())

    def __repr__(self) -> str:
        return f"<Picture: {self.alt}>"

    def png(self) -> bytes:
        """Return the figure as PNG bytes: the same bytes for the same figure."""
        with house_style():
            self.set_dpi(PIXELS_PER_INCH * DENSITY)
            canvas = FigureCanvasAgg(self)
            if self.get_layout_engine() is not None:
                # A second layout would move things by a fraction of a pixel: do it once and keep it.
                self.draw_without_rendering()
                self.set_layout_engine("none")
            canvas.draw()
            pixels = np.asarray(canvas.buffer_rgba())[..., :3].copy()
            self.set_dpi(PIXELS_PER_INCH)
        return small_png(pixels)

    def _repr_mimebundle_(
        self, include: Any = None, exclude: Any = None
    ) -> tuple[dict[str, str], dict[str, Any]]:
        data = base64.b64encode(self.png()).decode("ascii")
        width, height = (round(float(inches) * PIXELS_PER_INCH) for inches in self.get_size_inches())
        bundle = {"image/png": data, "text/plain": repr(self)}
        if os.environ.get("MMSEG_EDU_ALT") == "html":
            bundle["text/html"] = (
                f'<img src="data:image/png;base64,{data}" width="{width}" height="{height}"'
                f' alt="{html.escape(self.alt)}">'
            )
        return bundle, {"image/png": {"alt": self.alt, "width": width, "height": height}}

    def _ipython_display_(self) -> None:
        # Once pyplot is imported, IPython prefers the inline backend's own PNG of any Figure to our bundle,
        # which would lose the alternative text; this hook comes first in every case.
        from IPython.display import display

        data, metadata = self._repr_mimebundle_()
        display(data, metadata=metadata, raw=True)


def claim(figure: Figure, title: str | None) -> None:
    """Write the title of a plot at the top left, in as many lines as its width needs."""
    written = checked_text("title", title)
    if written:
        width = float(figure.get_size_inches()[0]) * PIXELS_PER_INCH
        lines = wrap(written, width - 20, 10.5, "bold")
        figure.suptitle("\n".join(lines), x=0.012, ha="left", fontsize=10.5, fontweight="bold")


def plot(alt: str, title: str | None, width: float, height: float, **grid: Any) -> tuple[Picture, Any]:
    """An empty plot of so many CSS pixels, laid out so that no label is cut off."""
    size = (
        checked_side("width", width) / PIXELS_PER_INCH,
        checked_side("height", height) / PIXELS_PER_INCH,
    )
    figure = Picture(alt=alt, figsize=size, layout="constrained")
    claim(figure, title)
    return figure, figure.subplots(**grid)


def shorten(text: str, width: int = 60) -> str:
    """The text on one line of at most so many characters."""
    return textwrap.shorten(text, width, placeholder=" ...")
