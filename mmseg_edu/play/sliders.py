"""A picture that is computed anew whenever a control moves, and its static twin."""

from __future__ import annotations

import html
import inspect
import traceback
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from mmseg_edu.play.drawing import css_size, png, to_image
from mmseg_edu.play.strip import filmstrip, with_twin

UNSEEN = "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap"
PIXEL = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="


class Slider:
    """A drawing with its controls; made by `slider`. As the last line of a cell it shows itself.

    Attributes
    ----------
    values : dict
        Name and current value of each control.
    picture : bytes
        The PNG on show.
    error : str
        The complaint on show, empty when the last drawing succeeded.
    """

    def __init__(
        self,
        draw: Callable[..., Any],
        controls: Mapping[str, Any],
        *,
        alt: str,
        question: str = "",
        twin: Mapping[str, Sequence[Any]] | None = None,
    ) -> None:
        import ipywidgets

        if not isinstance(alt, str) or not alt.strip():
            raise ValueError(f"alt must say in words what the slider shows, got {alt!r}: write a sentence")
        if not controls:
            raise ValueError(
                "a slider needs at least one control, got none: add one such as alpha=(0, 1, 0.05)"
            )
        self.draw, self.alt, self.question = draw, " ".join(alt.split()), question
        _check_arguments(draw, controls)
        self._controls = {name: _control(name, spec) for name, spec in controls.items()}
        self._twin = dict(twin) if twin is not None else _default_twin(controls)
        if set(self._twin) - set(controls):
            raise ValueError(
                f"twin must name controls of {sorted(controls)}, "
                f"got {sorted(set(self._twin) - set(controls))}"
            )
        first = to_image(draw(**self.values))
        self._image = ipywidgets.Image(format="png", layout={"max_width": "100%"})
        self._message = ipywidgets.HTML()
        self.error = ""
        self._show(first)
        asked = [ipywidgets.HTML(f"<b>{html.escape(question)}</b>")] if question else []
        unseen = ipywidgets.HTML(described(self.alt), layout={"height": "0"})
        self.widget = ipywidgets.VBox([*asked, *self._controls.values(), unseen, self._image, self._message])
        for control in self._controls.values():
            control.observe(self._redraw, names="value")

    @property
    def values(self) -> dict[str, Any]:
        return {name: control.value for name, control in self._controls.items()}

    @property
    def picture(self) -> bytes:
        return bytes(self._image.value)

    def move(self, **values: Any) -> None:
        """Set controls, as the reader's hand would."""
        for name, value in values.items():
            self._controls[name].value = value

    def _show(self, image: Image.Image) -> None:
        self._image.width = str(css_size(image)[0])
        self._image.value = png(image)

    def _redraw(self, change: Any = None) -> None:
        try:
            self._show(to_image(self.draw(**self.values)))
            self.error = ""
        except Exception as problem:  # shown to the reader: a callback that raises would only reach a log
            place = traceback.extract_tb(problem.__traceback__)[-1]
            setting = ", ".join(f"{k} = {_label(v)}" for k, v in self.values.items())
            self.error = (
                f"{type(problem).__name__}: {problem} (at {setting}; in {place.name}, line {place.lineno})"
            )
        style = "color:#B00020;white-space:pre-wrap;line-height:1.4"
        self._message.value = (
            f'<div role="alert" style="{style}">{html.escape(self.error)}</div>' if self.error else ""
        )

    def frames(self) -> list[tuple[str, Image.Image]]:
        """Frames of the static twin: label and picture of every combination of the values in `twin`."""
        now = self.values
        combinations = [dict(zip(self._twin, v, strict=True)) for v in product(*self._twin.values())]
        return [
            (
                ", ".join(f"{k} = {_label(v)}" for k, v in chosen.items()),
                to_image(self.draw(**{**now, **chosen})),
            )
            for chosen in combinations
        ]

    def filmstrip(self) -> tuple[bytes, dict[str, Any]]:
        """The static twin as PNG bytes, and its metadata: alt text, size, and where each frame lies in it."""
        frames = self.frames()
        row = len(list(self._twin.values())[-1]) if len(self._twin) > 1 else len(frames)
        return filmstrip(frames, alt=self.alt, question=self.question, row=row)

    def _repr_mimebundle_(
        self, include: Any = None, exclude: Any = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        return with_twin(self.widget, *self.filmstrip(), repr(self))

    def __repr__(self) -> str:
        return f"<Slider: {self.alt}>"


def slider(
    draw: Callable[..., Any],
    *,
    alt: str,
    question: str = "",
    twin: Mapping[str, Sequence[Any]] | None = None,
    **controls: Any,
) -> Slider:
    """Show a drawing that is computed anew whenever a control moves.

    Parameters
    ----------
    draw : function
        Takes the controls by name and returns a picture: floats in [0, 1] or uint8, (H, W) or (H, W, 3), or a
        Pillow image such as those of `play.row`. It should take less than 50 ms: compute what does not depend
        on the controls beforehand.
    alt : str
        What moving the controls shows, in words, for a reader who cannot see it; required.
    question : str
        What the reader should find out by moving it.
    twin : mapping of control name to values, optional
        The frames that are precomputed for paper; the other controls stay where they start. By default four
        values of the first control (all of them when it is a list of up to six).
    **controls
        ``name=(low, high)``, ``(low, high, step)`` or ``(low, high, step, start)``: a slider, over whole
        numbers if all are whole. ``name=[a, b, ...]``: buttons (a slider over the values if more than six).
        ``name=True`` or ``False``: a box to tick.

    Returns
    -------
    Slider

    Raises
    ------
    ValueError
        If `alt` is empty, a control cannot be understood, or `draw` does not take it.

    Notes
    -----
    An error in `draw` is raised when the slider is made; later ones are shown below the picture.

    Examples
    --------
    >>> grey = slider(lambda level: np.full((4, 4), level), alt="A square gets lighter.", level=(0.0, 1.0))
    >>> grey.move(level=0.5)
    >>> grey.values
    {'level': 0.5}
    """
    return Slider(draw, controls, alt=alt, question=question, twin=twin)


def described(alt: str) -> str:
    """The alternative text, unseen before the picture, and the script that gives every control its name.

    The image widget has no alternative text (and a tooltip breaks it in ipywidgets 8.1), and the handle of a
    slider has no accessible name. Where a page runs no scripts, the text is still there.
    """
    script = html.escape(Path(__file__).with_name("names.js").read_text(encoding="utf-8"))
    return (
        f'<span style="{UNSEEN}">{html.escape(alt)}</span>'
        f'<img alt="" style="{UNSEEN}" src="{PIXEL}" onload="{script}">'
    )


def _label(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _check_arguments(draw: Callable[..., Any], controls: Mapping[str, Any]) -> None:
    try:
        inspect.signature(draw).bind(**dict.fromkeys(controls))
    except TypeError as problem:
        raise ValueError(
            f"draw must take exactly the controls {sorted(controls)} by name: {problem}"
        ) from None


def _range(name: str, spec: tuple[Any, ...]) -> tuple[float, float, float, float]:
    if not 2 <= len(spec) <= 4 or not all(isinstance(v, (int, float, np.number)) for v in spec):
        raise ValueError(
            f"control {name!r} must be (low, high), (low, high, step) or (low, high, step, start), got {spec}"
        )
    low, high = spec[:2]
    whole = all(isinstance(v, (int, np.integer)) for v in spec)
    step = spec[2] if len(spec) > 2 else (1 if whole else (high - low) / 20)
    start = spec[3] if len(spec) > 3 else low
    if not low < high or step <= 0 or not low <= start <= high:
        raise ValueError(f"control {name!r} needs low < high, step > 0 and low <= start <= high, got {spec}")
    return low, high, step, start


def _control(name: str, spec: Any) -> Any:
    """The widget for one control."""
    import ipywidgets

    shown = name.replace("_", " ")
    # Without a tooltip, ipywidgets 8.1 shows the word "null" over a label.
    text: dict[str, Any] = {
        "description": shown,
        "tooltip": shown,
        "style": {"description_width": "initial"},
    }
    if isinstance(spec, (bool, np.bool_)):
        return ipywidgets.Checkbox(value=bool(spec), indent=False, description=shown)
    if isinstance(spec, tuple):
        low, high, step, start = _range(name, spec)
        whole = all(isinstance(v, (int, np.integer)) for v in (low, high, step, start))
        kind = ipywidgets.IntSlider if whole else ipywidgets.FloatSlider
        form = {} if whole else {"readout_format": f".{_decimals(step)}f"}
        layout = {"width": "min(420px, 95%)"}
        return kind(min=low, max=high, step=step, value=start, layout=layout, **form, **text)
    if isinstance(spec, Sequence) and not isinstance(spec, str) and len(spec) >= 2:
        options = [(_label(v), v) for v in spec]
        if len(options) > 6:
            return ipywidgets.SelectionSlider(options=options, layout={"width": "min(420px, 95%)"}, **text)
        text["style"] = {"description_width": "initial", "button_width": "auto"}
        return ipywidgets.ToggleButtons(options=options, **text)
    raise ValueError(
        f"control {name!r} must be a tuple (low, high, ...), a list of two or more choices, or a bool, "
        f"got {spec!r}"
    )


def _decimals(step: float) -> int:
    """Decimals that a multiple of the step needs, at most four."""
    return next((d for d in range(4) if abs(step * 10**d - round(step * 10**d)) < 1e-9), 4)


def _default_twin(controls: Mapping[str, Any]) -> dict[str, list[Any]]:
    name, spec = next(iter(controls.items()))
    if isinstance(spec, (bool, np.bool_)):
        return {name: [False, True]}
    if isinstance(spec, tuple):
        low, high, step, _ = _range(name, spec)
        steps = np.unique(np.round(np.linspace(0, (high - low) / step + 1e-9, 4)))
        values = [low + s * step for s in steps]
        whole = all(isinstance(v, (int, np.integer)) for v in spec)
        return {name: [int(v) if whole else float(round(v, 10)) for v in values]}
    indices = np.unique(
        np.linspace(0, len(spec) - 1, min(len(spec), 6 if len(spec) <= 6 else 4)).round().astype(int)
    )
    return {name: [spec[i] for i in indices]}
