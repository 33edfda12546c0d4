"""Lessons -> the pages that Sphinx reads: copies of the notebooks, made ready, and a first page."""

from __future__ import annotations

import html
import json
import re
import shutil
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from mmseg_edu.course.book.front import front_page, spoken
from mmseg_edu.course.book.links import linked, term_anchors, with_anchors
from mmseg_edu.course.book.mathml import to_mathml
from mmseg_edu.course.book.media import FIGURES, decoded, with_media, write_figure
from mmseg_edu.course.notebook import find, read, tags, written
from mmseg_edu.course.notebook import write as write_whole

WIDGET = "application/vnd.jupyter.widget-view+json"
_BESIDE = {".png", ".jpg", ".jpeg", ".svg", ".gif", ".webp", ".webm", ".mp4", ".wav"}
NOTEBOOKS = "notebooks"
_LANGUAGE = {"name": "python", "pygments_lexer": "ipython3"}


def write(notebooks: Path, out: Path, *, edition: str, title: str) -> list[str]:
    """Write everything that Sphinx needs to `out` and return the names of the lessons."""
    paths = find(notebooks)
    (out / FIGURES).mkdir(parents=True)
    names = [path.stem for path in paths]
    minutes: dict[str, Any] = {}
    glossary = Path(notebooks, "glossary.md")
    words = glossary.read_text(encoding="utf-8") if glossary.is_file() else ""
    terms = term_anchors(words)
    picture = ""
    for path in paths:
        nb = read(path)
        minutes[path.stem] = nb.metadata.get("mmseg_edu", {}).get("read_minutes")
        shown = page(nb, path, out, edition=edition, present=names, terms=terms)
        (out / path.name).write_bytes(written(shown))
        picture = picture or _first_picture(shown)
    for path in sorted(Path(notebooks).rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(notebooks).parts)
        if path.suffix.lower() in _BESIDE and path.is_file() and not hidden:
            place = out / path.relative_to(notebooks)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)
    if words:
        (out / "glossary.md").write_text(with_anchors(words, names), encoding="utf-8")
    first = front_page(names, title, glossary=bool(words), minutes=minutes, picture=picture)
    (out / "index.md").write_text(first, encoding="utf-8")
    return names


def for_download(notebooks: Path, out: Path, *, edition: str) -> None:
    """Write the lessons themselves, to run, into the book: without what their cells have shown."""
    for path in find(notebooks):
        nb = read(path)
        if edition == "student":
            nb.cells = [cell for cell in nb.cells if "instructor" not in tags(cell)]
        for cell in nb.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        write_whole(out / NOTEBOOKS / path.name, written(nb))


def page(
    nb: NotebookNode, path: Path, out: Path, *, edition: str, present: list[str], terms: Mapping[str, str]
) -> NotebookNode:
    """Return a copy of a lesson as the book shows it; its pictures are written to `out`.

    Raises
    ------
    ValueError
        If a picture is not there or has no alternative text, or a formula cannot be set; the message names the
        cell.
    """
    done, name = deepcopy(nb), path.stem
    done.metadata = NotebookNode(
        kernelspec={"name": "python3", "display_name": "Python 3", "language": "python"}
    )
    done.metadata.language_info = NotebookNode(_LANGUAGE)
    if edition == "student":
        done.cells = [cell for cell in done.cells if "instructor" not in tags(cell)]
    for number, cell in enumerate(done.cells, start=1):
        place = f"{name}, cell {number} (id {cell.get('id')})"
        if cell.cell_type == "markdown":
            _check_formulas(cell.source, place)
            text = with_media(cell.source, path.parent, out, place, cell.pop("attachments", {}))
            cell.source = linked(text, present, terms)
        if cell.cell_type == "code":
            cell.outputs = [_output(output, place, out) for output in cell.outputs]
        _fold(cell)
    if not (
        done.cells and done.cells[0].cell_type == "markdown" and done.cells[0].source.lstrip()[:2] == "# "
    ):
        heading = NotebookNode(cell_type="markdown", id="book-title", metadata={}, source=f"# {spoken(name)}")
        done.cells.insert(0, heading)
    heading, _, rest = done.cells[0].source.lstrip().partition("\n")
    done.cells[0].source = f"{heading}\n\n{_line(name)}\n{rest}"
    return done


def _line(name: str) -> str:
    """The line below a lesson's heading: which one it is, and its notebook."""
    file = f'<a href="{NOTEBOOKS}/{name}.ipynb" download="{name}.ipynb">download as a notebook</a>'
    return f'<p class="course-line">Lesson {spoken(name)} · {file}</p>\n'


def _first_picture(nb: NotebookNode) -> str:
    """HTML of the first picture of a page: the cover of the book."""
    for cell in nb.cells:
        for output in cell.get("outputs", []):
            if found := re.search(
                r'<img class="course-figure"[^>]*>', output.get("data", {}).get("text/html", "")
            ):
                return found[0]
    return ""


def _check_formulas(text: str, place: str) -> None:
    """Refuse a formula that cannot be set while it is still known in which cell it stands."""
    from markdown_it import MarkdownIt
    from mdit_py_plugins.amsmath import amsmath_plugin
    from mdit_py_plugins.dollarmath import dollarmath_plugin

    reader = MarkdownIt("commonmark").enable("table").use(dollarmath_plugin).use(amsmath_plugin)
    for block in reader.parse(text):
        for token in [block, *(block.children or ())]:
            if token.type.startswith("math_") or token.type == "amsmath":
                try:
                    to_mathml(token.content)
                except ValueError as problem:
                    raise ValueError(f"{place}: {problem}") from problem


def _fold(cell: NotebookNode) -> None:
    """Put solutions (and the instructor's notes) behind a click."""
    kind = "solution" if "solution" in tags(cell) else "instructor" if "instructor" in tags(cell) else ""
    kept: dict[str, Any] = {"tags": [tag for tag in tags(cell) if tag.startswith(("hide-", "remove-"))]}
    if kind and cell.cell_type == "code":
        what = "solution" if kind == "solution" else "note for instructors"
        kept["tags"] = ["hide-cell"]
        kept["mystnb"] = {"code_prompt_show": f"Show {what}", "code_prompt_hide": f"Hide {what}"}
    elif kind:
        what = "Show solution" if kind == "solution" else "For instructors"
        opening = f'<details class="course-note"><summary>{what}</summary>'
        cell.source = f"{opening}\n\n{cell.source}\n\n</details>"
    cell.metadata = NotebookNode(kept)


def _output(output: NotebookNode, place: str, out: Path) -> NotebookNode:
    """Replace a picture by an HTML image with its alternative text; leave everything else."""
    if output.output_type not in ("display_data", "execute_result"):
        return output
    data: Mapping[str, Any] = output.data
    if "image/png" in data and ("text/html" not in data or WIDGET in data):
        shown = _figure(output, place, out)
        return NotebookNode(output_type="display_data", metadata={}, data=NotebookNode({"text/html": shown}))
    kept = NotebookNode({kind: value for kind, value in data.items() if kind != WIDGET})
    if "text/html" in kept:
        paper = (
            f'<div class="course-paper">{_figure(output, place, out)}</div>' if "image/png" in kept else ""
        )
        kept = NotebookNode({"text/html": kept["text/html"] + paper})
    return NotebookNode(output_type="display_data", metadata={}, data=kept)


def _figure(output: NotebookNode, place: str, out: Path) -> str:
    """Write the picture of an output and return the HTML that shows it."""
    about = output.metadata.get("image/png", {})
    alt = str(about.get("alt", "")).strip()
    if not alt:
        raise ValueError(
            f"{place} shows a picture without alternative text: draw it with show, which asks for alt"
        )
    picture = decoded(output.data["image/png"], f"{place} shows a picture")
    return _image(write_figure(picture, out), alt, about)


def _image(source: str, alt: str, about: Mapping[str, Any]) -> str:
    size = "".join(f' {side}="{int(about[side])}"' for side in ("width", "height") if about.get(side))
    image = f'<img class="course-figure" src="{source}" alt="{html.escape(alt)}"{size}>'
    twin = about.get("mmseg_edu", {})
    if len(twin.get("frames", [])) < 2:
        return image
    frames = html.escape(json.dumps({"question": twin.get("question", ""), "frames": twin["frames"]}))
    return f'<div class="course-twin" data-twin="{frames}">{image}</div>'
