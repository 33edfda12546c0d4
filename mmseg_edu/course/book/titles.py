"""A Sphinx extension: tab, search, previous and next name a lesson by number, topic and question."""

from __future__ import annotations

from typing import Any

from mmseg_edu.course.book.front import spoken
from mmseg_edu.course.curriculum import LESSONS


def _name_pages(app: Any, env: Any) -> None:
    from docutils import nodes

    for name in {each.name for each in LESSONS} & set(env.titles):
        question = env.titles[name].astext()
        told = spoken(name) if question == spoken(name) else f"{spoken(name)}: {question}"
        env.titles[name] = env.longtitles[name] = nodes.title("", told)


def _add_search(app: Any, page: str, template: str, context: Any, tree: Any) -> None:
    if page == "search":
        app.add_js_file("texts.js")
        app.add_js_file("search.js")


def setup(app: Any) -> dict[str, bool]:
    """Connect both to Sphinx."""
    app.connect("env-check-consistency", _name_pages)
    app.connect("html-page-context", _add_search)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
