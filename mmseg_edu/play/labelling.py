"""Labelling by hand: strokes on some pictures of a folder of clips, a cut that does the rest, masks saved at once."""

from __future__ import annotations

import contextlib
import html
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mmseg_edu.clip import stream_video
from mmseg_edu.datasets import IGNORE, FilmedClip, folder_of_clips
from mmseg_edu.datasets.avs import SOUNDING
from mmseg_edu.datasets.clip_folder import CLASSES
from mmseg_edu.datasets.masks import read_numbered, write_numbered
from mmseg_edu.play.drawing import css_size, png, row, to_image
from mmseg_edu.play.sliders import PIXEL, UNSEEN, described
from mmseg_edu.play.strip import filmstrip, with_twin
from mmseg_edu.play.strokes import NOBODY, Stroke, read_points, seeds_of
from mmseg_edu.preprocess.arguments import is_whole
from mmseg_edu.preprocess.image import resize_labels
from mmseg_edu.segment import cut_from_scribbles
from mmseg_edu.show.colors import overlay, palette_for, rgb
from mmseg_edu.whole_file import whole_file

SMOOTHNESS = 20.0
_SHOWN = 320  # CSS pixels: wide enough to aim at
_ON_PAPER, _ON_PAPER_WIDE = 2, 128
ALT = "A picture of a clip with strokes of a hand on it, and beside it the mask that a graph cut made of the strokes."


class Moment(NamedTuple):
    """A picture to label: of which clip, its number there, and its pixels."""

    clip: FilmedClip
    number: int
    picture: NDArray[np.uint8]


class Labeller:
    """A picture to draw on, and the mask that comes of it; made by `label`. As the last line of a cell it shows itself.

    Attributes
    ----------
    classes : tuple of str, the background first
    moments : list of Moment
    at : int, which of them is on show
    strokes : list of Stroke, on the picture on show
    labels : (H, W) uint8, its mask, 255 where nobody knows
    error : str, the complaint on show
    """

    def __init__(
        self, moments: Sequence[Moment], classes: Sequence[str], root: Path, alt: str, question: str
    ) -> None:
        self.moments, self.classes, self.root = list(moments), tuple(classes), root
        self.alt, self.question, self.error, self.at = " ".join(alt.split()), question, "", 0
        self._drawn: list[list[Stroke]] = [[] for _ in self.moments]
        # What lay there before the first stroke: its bytes, which undoing gives back, and its labels.
        self._former = [_bytes_of(self.path(i)) for i in range(len(self.moments))]
        self._first = [self._read(i) for i in range(len(self.moments))]
        self._masks = list(self._first)
        self._widgets()
        self.show(0)

    def __len__(self) -> int:
        return len(self.moments)

    @property
    def strokes(self) -> list[Stroke]:
        return self._drawn[self.at]

    @property
    def labels(self) -> NDArray[np.uint8]:
        return self._masks[self.at]

    def path(self, which: int) -> Path:
        """Where a mask lies, or will: beside its clip, under its number."""
        clip, number, _ = self.moments[which]
        there = clip.masks.get(number)
        return there or clip.path.with_name(f"{clip.path.stem}_masks") / f"{number:05d}.png"

    def stroke(self, points: Sequence[Sequence[float]], label: int | str, width: float = 5) -> None:
        """Draw, as the reader's hand would.

        Parameters
        ----------
        points : (n, 2), across and down in hundredths of the picture
        label : int or str, a class
        width : float, pixels of the picture
        """
        index = self.classes.index(label) if label in self.classes else label
        if not is_whole(index) or not 0 <= int(index) < len(self.classes):
            raise ValueError(f"label must be one of {', '.join(self.classes)}, got {label!r}: correct it")
        text = ", ".join(f"{float(x)} {float(y)}" for x, y in points)
        self._add(Stroke(int(index), float(width), read_points(text)))

    def nothing(self) -> None:
        """Say that nothing in the picture sounds: all of it is background. Strokes may follow."""
        self._add(Stroke(0, 1.0, ()))

    def undo(self) -> None:
        """Take the last stroke back; before the first one, the mask is the one that was there, or none."""
        if self.strokes:
            self.strokes.pop()
            self._renew()

    def show(self, which: int) -> None:
        """Turn to a picture; past the ends it stays."""
        self.at = min(max(which, 0), len(self.moments) - 1)
        self._draw()

    def _add(self, stroke: Stroke) -> None:
        self.strokes.append(stroke)
        self._renew()

    def _renew(self) -> None:
        """Cut anew, save, and draw."""
        self._masks[self.at] = self._cut(self.at)
        try:
            self._save(self.at)
            self.error = ""
        except OSError as problem:
            self.error = (
                f"not saved: {problem.strerror or type(problem).__name__} ({self.path(self.at).name})"
            )
        self._draw()

    def _cut(self, which: int) -> NDArray[np.uint8]:
        picture, strokes = self.moments[which].picture, self._drawn[which]
        if not strokes:
            return self._first[which]
        seeds = seeds_of(strokes, picture.shape)
        if len(np.unique(seeds[seeds != NOBODY])) > 1:
            return cut_from_scribbles(picture / 255, seeds, len(self.classes), smoothness=SMOOTHNESS)
        return np.where(seeds == NOBODY, IGNORE, seeds).astype(np.uint8)

    def _read(self, which: int) -> NDArray[np.uint8]:
        shape = self.moments[which].picture.shape[:2]
        if self._former[which] is None:
            return np.full(shape, IGNORE, np.uint8)
        return resize_labels(read_numbered(self.path(which), self.classes), shape)

    def _save(self, which: int) -> None:
        path, former = self.path(which), self._former[which]
        if self._drawn[which]:
            path.parent.mkdir(exist_ok=True)
            colors = palette_for(256)
            with whole_file(path) as unfinished:
                write_numbered(unfinished, self._masks[which], colors)
            self._save_classes()
        elif former is not None:
            with whole_file(path) as unfinished:
                unfinished.write_bytes(former)
        else:
            path.unlink(missing_ok=True)
            with contextlib.suppress(OSError):  # other masks are in it, or it was never made
                path.parent.rmdir()

    def _save_classes(self) -> None:
        names = self.root / CLASSES
        if not names.exists():
            with whole_file(names) as unfinished:
                unfinished.write_text("".join(f"{name}\n" for name in self.classes), encoding="utf-8")

    # What is seen.

    def _views(self, which: int, size: int = _SHOWN) -> tuple[Image.Image, Image.Image]:
        """The picture with its strokes, and the picture with its mask."""
        picture, strokes = self.moments[which].picture, self._drawn[which]
        colors = palette_for(max(len(self.classes), 2))
        drawn = picture.astype(np.float32) / np.float32(255)
        seeds = seeds_of(strokes, picture.shape)
        for label in np.unique(seeds[seeds != NOBODY]):
            if strokes[0].points or label or (seeds != 0).any():
                drawn[seeds == label] = 0.25 * drawn[seeds == label] + 0.75 * rgb(colors[label])
        mask = self._masks[which]
        found = overlay(picture, np.where(mask == IGNORE, 0, mask), colors=colors)
        return to_image(drawn, size), to_image(found, size)

    def _name(self, which: int) -> str:
        clip, number, _ = self.moments[which]
        return f"{clip.path.name}, picture {number}"

    def _state(self, which: int) -> str:
        mask = self._masks[which]
        if (mask == IGNORE).all():
            return "no mask yet"
        found = [
            f"{name} {100 * np.mean(mask == k):.0f} %"
            for k, name in enumerate(self.classes)
            if (mask == k).any()
        ]
        if (mask == IGNORE).any():
            found.append("the rest unknown: draw with another label, too")
        return ", ".join(found)

    def _draw(self) -> None:
        pad, result = self._views(self.at)
        for widget, image in ((self._pad, pad), (self._result, result)):
            widget.width = str(css_size(image)[0])
            widget.value = png(image)
        place = f"<b>{html.escape(self._name(self.at))}</b> ({self.at + 1} of {len(self)})"
        self._title.value = f"{place}: {html.escape(self._state(self.at))}"
        self._back.disabled, self._on.disabled = self.at == 0, self.at == len(self) - 1
        self._undo.disabled = not self.strokes
        style = "color:#B00020;white-space:pre-wrap;line-height:1.4"
        said = f'<div role="alert" style="{style}">{html.escape(self.error)}</div>'
        self._message.value = said if self.error else ""

    def _widgets(self) -> None:
        import ipywidgets

        def button(name: str, act: Any) -> Any:
            made = ipywidgets.Button(description=name, tooltip=name, layout={"width": "auto"})
            made.on_click(lambda _: act())
            return made

        style = {"description_width": "initial"}
        self._pad, self._result = (
            ipywidgets.Image(format="png", layout={"max_width": "100%"}) for _ in range(2)
        )
        self._title, self._message = ipywidgets.HTML(), ipywidgets.HTML()
        self._back = button("previous", lambda: self.show(self.at - 1))
        self._on = button("next", lambda: self.show(self.at + 1))
        self._undo = button("undo", self.undo)
        nothing = button("nothing sounds", self.nothing)
        options = [(name, k) for k, name in enumerate(self.classes)]
        self.pen = ipywidgets.ToggleButtons(
            options=options, value=1, description="draw", style={**style, "button_width": "auto"}
        )
        self.brush = ipywidgets.IntSlider(
            value=5, min=1, max=15, description="brush", style=style, layout={"width": "min(420px, 95%)"}
        )
        self.field = ipywidgets.Text(
            description="stroke",
            placeholder="drawn above, or typed: 20 30, 60 30",
            continuous_update=False,
            style=style,
            layout={"width": "min(420px, 95%)"},
        )
        self.field.observe(self._typed, names="value")
        asked = [ipywidgets.HTML(f"<b>{html.escape(self.question)}</b>")] if self.question else []
        unseen = ipywidgets.HTML(_prepared(self.alt), layout={"height": "0"})
        wrapped = {"flex_flow": "row wrap", "grid_gap": "8px"}
        self.widget = ipywidgets.VBox(
            [
                *asked,
                self._title,
                ipywidgets.HBox([self._back, self._on, self._undo, nothing], layout=wrapped),
                self.pen,
                self.brush,
                unseen,
                ipywidgets.HBox([self._pad, self._result], layout=wrapped),
                self.field,
                self._message,
            ]
        )

    def _typed(self, change: Any) -> None:
        text = self.field.value
        if not text.strip():
            return
        try:
            self._add(Stroke(int(self.pen.value), float(self.brush.value), read_points(text)))
        except Exception as problem:  # shown to the reader: a callback that raises would only reach a log
            self.error = (
                str(problem) if isinstance(problem, ValueError) else f"{type(problem).__name__}: {problem}"
            )
            self._draw()
        finally:
            self.field.value = ""  # which also tells the page that the next stroke may come

    def frames(self) -> list[tuple[str, Image.Image]]:
        """Frames of the static twin: up to two pictures with their strokes and masks, those that have some first."""
        order = sorted(range(len(self)), key=lambda i: (not self._drawn[i], i))
        return [
            (f"{self._name(i)}: {self._state(i)}", row(self._views(i, _ON_PAPER_WIDE)))
            for i in sorted(order[:_ON_PAPER])
        ]

    def _repr_mimebundle_(
        self, include: Any = None, exclude: Any = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        strip, about = filmstrip(self.frames(), alt=self.alt, question=self.question)
        return with_twin(self.widget, strip, about, repr(self))

    def __repr__(self) -> str:
        labelled = sum(not (mask == IGNORE).all() for mask in self._masks)
        return f"<Labeller: {labelled} of {len(self)} pictures labelled>"


def label(
    root: str | os.PathLike[str],
    *,
    classes: Sequence[str] | None = None,
    per_clip: int = 1,
    frames: Mapping[str, Sequence[int]] | None = None,
    size: int = 192,
    alt: str = ALT,
    question: str = "",
) -> Labeller:
    """Label pictures of a folder of clips with a few strokes each.

    Draw on the thing that sounds, and beside it: as soon as two labels are drawn, a graph cut fills in the rest
    (:func:`mmseg_edu.segment.cut_from_scribbles`). Each stroke corrects it, and the mask is saved after each, as
    :func:`mmseg_edu.datasets.folder_of_clips` reads it.

    Parameters
    ----------
    root : path
        A folder of video files; masks that are there already are shown, and replaced by the first stroke.
    classes : sequence of str, or None
        The background first. None: those of ``classes.txt``, or else background and sounding. Where the folder has no
        ``classes.txt``, the first mask brings one.
    per_clip : int >= 1
        How many pictures of each clip, evenly spread.
    frames : mapping of a clip's name to the numbers of its pictures, or None
        Which pictures instead; clips that are not named are left out.
    size : int, pixels, 16 or more
        Shorter side of the pictures and their masks, if the clip is larger.
    alt, question : str
        What is shown, for who cannot see it; what is to be done.

    Returns
    -------
    Labeller

    Raises
    ------
    FileNotFoundError, ValueError
        As :func:`mmseg_edu.datasets.folder_of_clips`, and as clips and masks raise when they are read. No such clip
        or picture; classes that are not those of ``classes.txt``, fewer than two, or more than 255.

    Notes
    -----
    With a pointer: draw on the left picture. With keys: go to the picture, move the pen with the arrows, set it down
    and lift it with the space bar. Or type points into the field below. A stroke with a wrong label is drawn over, or
    undone. A mask with one label only knows the pixels that were drawn, the others are 255: nobody knows.

    Examples
    --------
    >>> import tempfile
    >>> from mmseg_edu.clip import Clip, write_video
    >>> half = np.zeros((3, 32, 32, 3), np.float32)
    >>> half[:, :, 16:] = 1
    >>> with tempfile.TemporaryDirectory() as home:
    ...     film = write_video(Clip(half, np.arange(3) / 4), home + "/half.webm")
    ...     tool = label(home)
    ...     tool.stroke([(10, 20), (10, 80)], "background")
    ...     tool.stroke([(90, 20), (90, 80)], "sounding")
    ...     [clip] = folder_of_clips(home)
    ...     clip.masks[1].name, clip.classes, float(np.mean(clip.read(32).labels[1] == 1))
    ('00001.png', ('background', 'sounding'), 0.5)

    Lesson: 19_real_data
    """
    if not isinstance(alt, str) or not alt.strip():
        raise ValueError(f"alt must say in words what is shown, got {alt!r}: write a sentence")
    for name, number, least in (("per_clip", per_clip, 1), ("size", size, 16)):
        if not is_whole(number) or number < least:
            raise ValueError(f"{name} must be a whole number, {least} or more, got {number!r}: leave it out")
    clips = folder_of_clips(root)
    names = _checked_classes(clips[0].classes, classes)
    wanted = _checked_frames(clips, frames)
    moments = [
        moment
        for clip in clips
        if frames is None or clip.name in wanted
        for moment in _moments(clip, wanted.get(clip.name), per_clip, size)
    ]
    return Labeller(moments, names, Path(root).expanduser(), alt, question)


def _checked_classes(there: tuple[str, ...], given: Sequence[str] | None) -> tuple[str, ...]:
    names = tuple(there or SOUNDING) if given is None else tuple(given)
    if isinstance(given, str) or not 2 <= len(names) <= IGNORE or len(set(names)) < len(names):
        raise ValueError(
            f"classes must be from 2 to {IGNORE} different names, the background first, got {given!r}: correct them"
        )
    if there and names != there:
        raise ValueError(
            f"classes must be those of {CLASSES}, {', '.join(there)}, got {', '.join(names)}: leave them out, or "
            "change the file"
        )
    return names


def _checked_frames(
    clips: Sequence[FilmedClip], frames: Mapping[str, Sequence[int]] | None
) -> dict[str, list[int]]:
    if frames is None:
        return {}
    names = [clip.name for clip in clips]
    if strange := [name for name in frames if name not in names]:
        raise ValueError(
            f"frames must name clips of the folder, {', '.join(names)}, got {strange[0]!r}: correct it"
        )
    for name, numbers in frames.items():
        if not len(numbers) or not all(is_whole(number) and number >= 0 for number in numbers):
            raise ValueError(
                f"frames of {name!r} must be numbers of pictures, from 0, got {list(numbers)}: correct them"
            )
    if not frames:
        raise ValueError("frames must name a clip, got none: leave it out for all")
    return {name: sorted({int(number) for number in numbers}) for name, numbers in frames.items()}


def _moments(clip: FilmedClip, numbers: Sequence[int] | None, per_clip: int, size: int) -> list[Moment]:
    """Read the chosen pictures of a clip, and no more of it than that."""
    shape = next(stream_video(clip.path)).pictures[0].shape[:2]
    scale = min(1.0, size / min(shape))
    small = max(1, round(shape[0] * scale)), max(1, round(shape[1] * scale))
    if numbers is None:
        count = sum(1 for _ in stream_video(clip.path, [(8, 8)]))
        numbers = sorted({(2 * i + 1) * count // (2 * per_clip) for i in range(per_clip)})
    found = []
    for number, shown in enumerate(stream_video(clip.path, [small])):
        if number in numbers:
            found.append(Moment(clip, number, shown.pictures[0]))
        if number >= max(numbers):
            break
    if len(found) < len(numbers):
        raise ValueError(
            f"frames of {clip.name!r} must be pictures that it has, 0 to {number}, got {max(numbers)}: correct them"
        )
    return found


def _bytes_of(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _prepared(alt: str) -> str:
    """What sliders have, the alternative text and the names of the controls, and the script that lets one draw."""
    script = html.escape(Path(__file__).with_name("strokes.js").read_text(encoding="utf-8"))
    return f'{described(alt)}<img alt="" style="{UNSEEN}" src="{PIXEL}" onload="{script}">'
