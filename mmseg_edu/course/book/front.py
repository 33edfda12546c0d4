"""The first page of the book: what this is, for whom, what it needs, where to begin, and the map of the course."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mmseg_edu.course.book.links import lesson_link
from mmseg_edu.course.curriculum import LESSONS

_TEXT = """\
Given the picture *and* the sound of a short clip, find the pixels of what makes the sound. This book walks the
whole way there in {count} lessons, from one filtered picture to a mask that moves when the sound changes:

**preprocess** → **features** → **fusion** → **segmentation**
"""
_FACTS = """\
**For whom.** You can read a little Python and have met arrays. Nothing is assumed about sound, segmentation or learning
machines.

**What you need.** To read: this folder and a browser; no network. To run: Python 3.11 to 3.13, about 3 GB of disk, no
GPU. Each lesson can be downloaded from its page as a notebook; in the kit's folder `make lab` opens them all in
JupyterLab, where the numbers can be changed and the exercises answer at once.
"""


def front_page(
    names: Sequence[str], title: str, *, glossary: bool, minutes: Mapping[str, Any], picture: str
) -> str:
    """Write the first page.

    Parameters
    ----------
    names : sequence of str
        Names of the pages that there are.
    title : str
        Title of the book.
    glossary : bool
        Whether there is a glossary.
    minutes : mapping
        Reading time by lesson, in minutes.
    picture : str
        HTML of the one picture, empty for none.

    Returns
    -------
    str
        Markdown, with the order of the pages.
    """
    known = [each.name for each in LESSONS if each.name in names]
    others = [name for name in names if name not in known]
    first = known[0] if known else names[0]
    begin = f'<p><a class="course-begin" href="{first}.html">Begin here: {spoken(first)}</a></p>'
    parts = [
        f"# {title}",
        _TEXT.format(count=len(LESSONS)),
        *([picture] if picture else []),
        begin,
        _FACTS,
        "## The course",
        '<div class="course-map">',
        "\n".join(["| lesson | question | needs | reading |", "|---|---|---|---|", *_rows(names, minutes)]),
        "</div>",
        *([f"Further pages: {', '.join(f'[{n}]({n}.ipynb)' for n in others)}."] if others else []),
        *(["Terms in bold are explained in the [glossary](glossary.md)."] if glossary else []),
        _order(known, [*others, *(["glossary"] if glossary else [])]),
    ]
    return "\n\n".join(parts) + "\n"


def spoken(name: str) -> str:
    """Return a lesson's number and topic: ``09_product_fusion`` is `09 Product fusion`."""
    titles = {each.name: f"{each.number:02d} {each.title}" for each in LESSONS}
    return titles.get(name) or name.replace("_", " ").capitalize()


def _rows(names: Sequence[str], minutes: Mapping[str, Any]) -> list[str]:
    rows = []
    for each in LESSONS:
        needs = ", ".join(f"[{n[:2]}]({n}.ipynb)" if n in names else n[:2] for n in each.needs) or "–"
        time = f"{minutes[each.name]} min" if minutes.get(each.name) else ""
        rows.append(f"| {lesson_link(each.name, names)} | {each.question} | {needs} | {time} |")
    return rows


def _order(known: Sequence[str], more: Sequence[str]) -> str:
    lines = [f"{spoken(name)} <{name}>" for name in known]
    return "\n".join(["```{toctree}", ":hidden:", "", *lines, *more, "```"])
