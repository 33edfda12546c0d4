"""The static twin of what moves: its frames side by side on one sheet, for paper and readers without a kernel."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

from mmseg_edu.play.drawing import DENSITY, GAP, LINE, at_density, canvas, css_size, wrap, write
from mmseg_edu.show.png import small_png

WIDEST = 800


def filmstrip(
    frames: Sequence[tuple[str, Image.Image]], *, alt: str, question: str = "", row: int | None = None
) -> tuple[bytes, dict[str, Any]]:
    """Lay frames out on a sheet of at most 800 CSS pixels, each below its label.

    Parameters
    ----------
    frames : sequence of (label, picture), at least one
    alt, question : str
        Go into the metadata; the question is also written above the frames.
    row : int or None
        So many frames belong beside each other, where there is room for them; None: all.

    Returns
    -------
    bytes
        A PNG.
    dict
        ``alt``, ``width`` and ``height`` in CSS pixels, and under ``mmseg_edu`` the question and the label and box
        of each frame.
    """
    wide = max(css_size(image)[0] for _, image in frames)
    tall = max(css_size(image)[1] for _, image in frames)
    inner = len(frames) if row is None else row
    columns = max(min(inner, (WIDEST + GAP) // (wide + GAP)), 1)
    while inner % columns and inner > columns and -(-inner // (columns - 1 or 1)) == -(-inner // columns):
        columns -= 1  # four frames of which three fit: two and two, rather than three and one
    width = max(columns * wide + (columns - 1) * GAP, 300)
    asked = wrap(question, width)
    captions = [wrap(label, wide) for label, _ in frames]
    caption = LINE * max(map(len, captions))
    top = LINE * len(asked) + (6 if asked else 0)
    step = caption + 2 + tall + GAP
    page, pen = canvas(width, top + step * -(-len(frames) // columns) - GAP)
    for i, line in enumerate(asked):
        write(pen, 0, LINE * i, line)
    boxes = []
    for i, (label, image) in enumerate(frames):
        x, y = (i % columns) * (wide + GAP), top + (i // columns) * step
        for j, line in enumerate(captions[i]):
            write(pen, x, y + LINE * j, line, "#0058A0")
        page.paste(at_density(image), (x * DENSITY, (y + caption + 2) * DENSITY))
        boxes.append({"label": label, "box": [x, y + caption + 2, *css_size(image)]})
    about = {"question": question, "frames": boxes}
    size = {"width": page.width // DENSITY, "height": page.height // DENSITY}
    return small_png(np.asarray(page)), {"alt": alt, **size, "mmseg_edu": about}


def with_twin(
    widget: Any, strip: bytes, about: dict[str, Any], says: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What Jupyter is given of a widget: the live one, and beside it the sheet for where nothing runs.

    Parameters
    ----------
    widget : ipywidgets widget
    strip, about
        As `filmstrip` gives them.
    says : str
        The widget in one line of text.
    """
    live = widget._repr_mimebundle_() or {}
    kind = "application/vnd.jupyter.widget-view+json"
    bundle: dict[str, Any] = {kind: live[kind]} if kind in live else {}
    bundle["image/png"] = base64.b64encode(strip).decode("ascii")
    bundle["text/plain"] = says
    return bundle, {"image/png": about}
