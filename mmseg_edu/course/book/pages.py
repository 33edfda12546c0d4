"""Lessons -> the pages that Sphinx reads: copies of the notebooks, made ready, and a first page."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import shutil
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from mmseg_edu.course.book.mathml import to_mathml
from mmseg_edu.course.curriculum import LESSONS, lesson
from mmseg_edu.course.notebook import find, read, tags, written

FIGURES = "_static/figures"
WIDGET = "application/vnd.jupyter.widget-view+json"
_BESIDE = {".png", ".jpg", ".jpeg", ".svg", ".gif", ".webp", ".webm", ".mp4", ".wav"}
_LINK = re.compile(r"\[([^\]]*)\]\((\d\d_\w+)\.ipynb(#[\w-]*)?\)")
_LANGUAGE = {"name": "python", "pygments_lexer": "ipython3"}


def write(notebooks: Path, out: Path, *, edition: str, title: str) -> list[str]:
    """Write everything that Sphinx needs to `out` and return the names of the lessons."""
    paths = find(notebooks)
    (out / FIGURES).mkdir(parents=True)
    names = [path.stem for path in paths]
    minutes: dict[str, Any] = {}
    for path in paths:
        nb = read(path)
        minutes[path.stem] = nb.metadata.get("mmseg_edu", {}).get("read_minutes")
        (out / path.name).write_bytes(written(page(nb, path.stem, out, edition=edition, present=names)))
    for path in sorted(Path(notebooks).rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(notebooks).parts)
        if path.suffix.lower() in _BESIDE and path.is_file() and not hidden:
            place = out / path.relative_to(notebooks)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)
    glossary = Path(notebooks, "glossary.md")
    if glossary.is_file():
        text = _glossary(glossary.read_text(encoding="utf-8"), names)
        (out / "glossary.md").write_text(text, encoding="utf-8")
    first = index(names, title, glossary=glossary.is_file(), minutes=minutes)
    (out / "index.md").write_text(first, encoding="utf-8")
    return names


def page(nb: NotebookNode, name: str, out: Path, *, edition: str, present: list[str]) -> NotebookNode:
    """Return a copy of a lesson as the book shows it; its pictures are written to `out`.

    Raises
    ------
    ValueError
        If a picture has no alternative text or a formula cannot be set; the message names the cell.
    """
    done = deepcopy(nb)
    done.metadata = NotebookNode(
        kernelspec={"name": "python3", "display_name": "Python 3", "language": "python"}
    )
    done.metadata.language_info = NotebookNode(_LANGUAGE)
    if edition == "student":
        done.cells = [cell for cell in done.cells if "instructor" not in tags(cell)]
    for number, cell in enumerate(done.cells, start=1):
        if cell.cell_type == "markdown":
            _check_formulas(cell.source, f"{name}, cell {number} (id {cell.get('id')})")
            cell.source = _LINK.sub(lambda link: _link(link, present), cell.source)
        if cell.cell_type == "code":
            place = f"{name}, cell {number} (id {cell.get('id')})"
            cell.outputs = [_output(output, place, out) for output in cell.outputs]
        _fold(cell)
    if not any(
        cell.cell_type == "markdown" and cell.source.lstrip().startswith("# ") for cell in done.cells[:1]
    ):
        heading = NotebookNode(cell_type="markdown", id="book-title", metadata={}, source=f"# {_title(name)}")
        done.cells.insert(0, heading)
    return done


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


def _link(link: re.Match[str], present: list[str]) -> str:
    """A link to a lesson that is yet to be written becomes its words."""
    return link[0] if link[2] in present else f"{link[1]} (to come)"


def _output(output: NotebookNode, place: str, out: Path) -> NotebookNode:
    """Replace a picture by an HTML image with its alternative text; leave everything else."""
    if output.output_type not in ("display_data", "execute_result"):
        return output
    data: Mapping[str, Any] = output.data
    if "image/png" in data and ("text/html" not in data or WIDGET in data):
        about = output.metadata.get("image/png", {})
        alt = str(about.get("alt", "")).strip()
        if not alt:
            raise ValueError(
                f"{place} shows a picture without alternative text: draw it with show, which asks for alt"
            )
        picture = base64.b64decode(data["image/png"])
        name = f"{hashlib.sha256(picture).hexdigest()[:16]}.png"
        (out / FIGURES / name).write_bytes(picture)
        shown = _image(f"{FIGURES}/{name}", alt, about)
        return NotebookNode(output_type="display_data", metadata={}, data=NotebookNode({"text/html": shown}))
    kept = NotebookNode({kind: value for kind, value in data.items() if kind != WIDGET})
    if "text/html" in kept:
        kept = NotebookNode({"text/html": kept["text/html"]})
    return NotebookNode(output_type="display_data", metadata={}, data=kept)


def _image(source: str, alt: str, about: Mapping[str, Any]) -> str:
    size = "".join(f' {side}="{int(about[side])}"' for side in ("width", "height") if about.get(side))
    image = f'<img class="course-figure" src="{source}" alt="{html.escape(alt)}"{size}>'
    twin = about.get("mmseg_edu", {})
    if len(twin.get("frames", [])) < 2:
        return image
    frames = html.escape(json.dumps({"question": twin.get("question", ""), "frames": twin["frames"]}))
    return f'<div class="course-twin" data-twin="{frames}">{image}</div>'


def _title(name: str) -> str:
    try:
        return lesson(name).title
    except ValueError:
        return name.replace("_", " ").capitalize()


def index(names: list[str], title: str, *, glossary: bool, minutes: Mapping[str, Any]) -> str:
    """The first page: what the course is, its map, and the order of the pages."""
    rows = []
    for each in LESSONS:
        needs = ", ".join(_number(need, names) for need in each.needs) or "–"
        label = f"{each.number:02d} {each.title}"
        here = f"[{label}]({each.name}.ipynb)" if each.name in names else f"{label} *(to come)*"
        time = f"{minutes[each.name]} min" if minutes.get(each.name) else ""
        rows.append(f"| {here} | {each.question} | {needs} | {time} |")
    known = [each.name for each in LESSONS if each.name in names]
    others = [name for name in names if name not in known]
    extra = ["glossary"] if glossary else []
    ask = "Given the picture *and* the sound of a short clip, find the pixels of what makes the sound."
    return "\n".join(
        [
            f"# {title}",
            "",
            f"{ask} The lessons walk the whole way there, and each ends with exercises that answer at once:",
            "",
            "**preprocess** → **features** → **fusion** → **segmentation**",
            "",
            "This book shows the lessons as they ran. To change the numbers and solve the exercises, "
            "open the notebooks of the same names in JupyterLab.",
            "",
            "## The course",
            "",
            "| lesson | question | needs | reading |",
            "|---|---|---|---|",
            *rows,
            "",
            *([f"Further pages: {', '.join(f'[{n}]({n}.ipynb)' for n in others)}.", ""] if others else []),
            *(["Terms in bold are explained in the [glossary](glossary.md).", ""] if glossary else []),
            "```{toctree}",
            ":hidden:",
            "",
            *[f"{name[:2]} {_title(name)} <{name}>" for name in known],
            *others,
            *extra,
            "```",
            "",
        ]
    )


def _number(name: str, names: list[str]) -> str:
    return f"[{name[:2]}]({name}.ipynb)" if name in names else name[:2]


def _glossary(text: str, names: list[str]) -> str:
    """Turn the names of lessons in the last column into links where the lesson is there."""
    return re.sub(
        r"\| *(\d\d_\w+) *\|[ \t]*$",
        lambda m: f"| [{m[1][:2]}]({m[1]}.ipynb) |" if m[1] in names else f"| {m[1][:2]} |",
        text,
        flags=re.M,
    )
