"""Render the lessons as a site that needs no network, neither to build nor to read."""

from __future__ import annotations

import importlib.util
import io
import json
import re
import shutil
import warnings
from pathlib import Path
from typing import Any, Literal

from mmseg_edu.course.book import pages
from mmseg_edu.course.temporary import temporary_folder
from mmseg_edu.whole_file import clear_leftovers, whole_folder

__all__ = ["build"]

TITLE = "Seeing with sound"
STATIC = Path(__file__).parent / "static"
_NEEDED = ("sphinx", "myst_nb", "sphinx_book_theme")
_MARK = ".buildinfo"
# What a browser would fetch when the page opens; links that a reader may click are welcome.
_LOADS = re.compile(
    r"<(?:script|img|audio|video|source|iframe|embed)\b[^>]*?\bsrc\s*=\s*[\"']?(?:https?:)?//[^\"'\s>]+"
    r"|<link\b(?=[^>]*\brel\s*=\s*[\"']?(?:stylesheet|preload|modulepreload|icon|preconnect|prefetch))"
    r"[^>]*?\bhref\s*=\s*[\"']?(?:https?:)?//[^\"'\s>]+"
    r"|@import\s+(?:url\()?[\"']?(?:https?:)?//[^\"')\s]+|url\(\s*[\"']?(?:https?:)?//[^\"')\s]+",
    re.I,
)
_IMAGE = re.compile(r"<img\b[^>]*>", re.I | re.S)


def build(
    notebooks_dir: str | Path,
    out_dir: str | Path,
    *,
    edition: Literal["student", "instructor"] = "student",
    title: str = TITLE,
) -> Path:
    """Build the book: the lessons with the outputs that they hold, as pages that open from a folder.

    Parameters
    ----------
    notebooks_dir : path
        Folder with the lessons, ``NN_name.ipynb``, and glossary.md. It is only read; nothing is executed.
    out_dir : path
        Folder for the pages. A former book there is replaced, at once, when the new one is whole; anything else
        is left alone.
    edition : {"student", "instructor"}
        The student's book leaves out the instructor's cells. In both, solutions open with a click.
    title : str
        Title of the book.

    Returns
    -------
    Path
        The first page, index.html.

    Raises
    ------
    ValueError
        If there is no lesson, `out_dir` holds something else, a picture has no alternative text, a formula
        cannot be set, or Sphinx warns of anything. The message names the lesson and the place.
    ImportError
        If Sphinx and its companions are not installed.

    Notes
    -----
    Formulas become MathML. A slider appears as its static twin, through which a small script lets one step.
    """
    if edition not in ("student", "instructor"):
        raise ValueError(f"edition must be 'student' or 'instructor', got {edition!r}: choose one of the two")
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise ImportError(f"building the book needs {', '.join(missing)}: install mmseg-edu[book]")
    source, target = Path(notebooks_dir), Path(out_dir)
    clear_leftovers(target.resolve().parent)
    if target.exists() and any(target.iterdir()) and not (target / _MARK).is_file():
        raise ValueError(
            f"out_dir must be empty or hold a former book, {out_dir} holds something else: "
            "name another folder"
        )
    with temporary_folder() as work:
        text, html = work / "text", work / "html"
        pages.write(source, text, edition=edition, title=title)
        _sphinx(text, html, work / "trees", title)
        pages.for_download(source, html, edition=edition)
        _write_excerpts(html)
        _name_controls(html)
        _inspect(html)
        with whole_folder(target) as unfinished:
            shutil.copytree(html, unfinished, dirs_exist_ok=True)
    return target / "index.html"


def _settings(title: str) -> dict[str, Any]:
    return {
        "project": title,
        "author": "",
        "html_show_copyright": False,
        "language": "en",
        "extensions": ["myst_nb", "mmseg_edu.course.book.mathml", "mmseg_edu.course.book.titles"],
        "html_theme": "sphinx_book_theme",
        "html_title": title,
        "html_math_renderer": "mathml",
        "html_static_path": ["_static", str(STATIC)],
        "html_css_files": ["course.css"],
        "html_js_files": ["twin.js", "reading.js"],
        "html_copy_source": False,
        "html_show_sourcelink": False,
        "html_show_sphinx": False,
        "html_theme_options": {
            "use_download_button": False,
            "use_fullscreen_button": False,
            "use_source_button": False,
            "show_toc_level": 2,
            "home_page_in_toc": True,
            "show_navbar_depth": 1,
            "navbar_persistent": [],
            "extra_footer": "<p>Text and figures: CC BY 4.0. Code: BSD-3-Clause.</p>",
        },
        "html_context": {"default_mode": "auto"},
        "nb_execution_mode": "off",
        "nb_ipywidgets_js": {},
        "nb_output_stderr": "remove",
        "nb_merge_streams": True,
        "myst_enable_extensions": ["dollarmath", "amsmath", "deflist"],
        "myst_heading_anchors": 3,
        "suppress_warnings": ["config.cache"],
    }


def _sphinx(text: Path, html: Path, trees: Path, title: str) -> None:
    """Run Sphinx on a folder of pages; whatever it warns of is an error."""
    from sphinx.application import Sphinx
    from sphinx.util.docutils import docutils_namespace, patch_docutils

    said = io.StringIO()
    with warnings.catch_warnings(), docutils_namespace(), patch_docutils():
        warnings.simplefilter("ignore")
        app = Sphinx(
            text, None, html, trees, "html", _settings(title), status=None, warning=said, freshenv=True
        )  # fmt: skip
        app.build()
    plain = re.sub(r"\x1b\[[0-9;]*m", "", said.getvalue()).replace(f"{text}/", "")
    lines = [line for line in plain.splitlines() if line.strip()]
    if lines:
        raise ValueError("\n  ".join(["the book must build without warnings, got:", *lines]))


def _write_excerpts(html: Path) -> None:
    """Write the words of the pages where the search can show them: a page from a folder may not fetch another."""
    from bs4 import BeautifulSoup

    texts = {}
    for path in sorted(html.glob("*.html")):
        page = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        article = page.select_one("[role=main] article")
        for unread in (
            article.select("script, style, math, nav, .headerlink, .course-line") if article else ()
        ):
            unread.decompose()
        if article and path.stem not in ("search", "genindex"):
            texts[path.name] = " ".join(article.get_text().split())
    content = f"window.courseTexts = {json.dumps(texts, ensure_ascii=False)};\n"
    (html / "_static" / "texts.js").write_text(content, encoding="utf-8")


def _name_controls(html: Path) -> None:
    """Take off labels that hide from a screen reader, or from one who speaks to the browser, what a control says."""
    field = re.compile(r'(<button\b[^>]*\bsearch-button-field\b[^>]*?) aria-label="[^"]*"')
    for path in html.rglob("*.html"):
        content = path.read_text(encoding="utf-8")
        content = content.replace('<summary aria-label="Toggle hidden content">', "<summary>")
        path.write_text(field.sub(r"\1", content), encoding="utf-8")


def _inspect(html: Path) -> None:
    """Refuse pages that would fetch something from the network, or that show a picture without words."""
    (html / ".nojekyll").touch()
    for template in (html / "_static").glob("*webpack-macros.html"):
        template.unlink()  # the themes leave their templates behind
    for source_map in html.rglob("*.map"):
        source_map.unlink()  # for developers of the themes; more than a third of the folder
    for path in sorted([*html.rglob("*.html"), *html.rglob("*.css")]):
        content = path.read_text(encoding="utf-8")
        name = path.relative_to(html)
        if found := _LOADS.search(content):
            raise ValueError(f"pages must not load anything from the network, {name} does: {found[0][:200]}")
        for image in _IMAGE.findall(content) if path.suffix == ".html" else ():
            if not re.search(r"\balt\s*=", image):
                raise ValueError(
                    f"every picture needs alternative text, {name} has one without: {image[:160]}"
                )
