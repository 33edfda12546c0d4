"""Words of a lesson that lead somewhere become links: other lessons, and terms of the glossary."""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Mapping

from mmseg_edu.course.curriculum import LESSONS

# Code, formulas, links, tags and headings stay as they are.
_KEPT = re.compile(
    r"```.*?```|`[^`\n]*`|\$\$.*?\$\$|\$[^$\n]*\$|\[[^\]]*\]\([^)]*\)|<[^>\n]+>|^#.*?$", re.S | re.M
)
_LINK = re.compile(r"\[([^\]]*)\]\((\d\d_\w+)\.ipynb(#[\w-]*)?\)")
_NAME = re.compile(r"\b\d\d_[a-z]\w*\b")
_NUMBERS = re.compile(r"\b[Ll]essons? \d\d\b(?:(?:,? and|,? or| to|,) \d\d\b)*")
_TERM = re.compile(r"(?<!\*)\*\*(?!\s)([^*]+?)\*\*(?!:)")
_BY_NAME = {each.name: each for each in LESSONS}
_BY_NUMBER = {f"{each.number:02d}": each for each in LESSONS}


def linked(text: str, present: Collection[str], terms: Mapping[str, str]) -> str:
    """Link what prose names: ``09_product_fusion``, "lesson 09", and bold terms that the glossary has.

    Parameters
    ----------
    text : str
        Markdown of a cell.
    present : collection of str
        Names of the lessons that have a page; others are marked "(to come)".
    terms : mapping
        Term in lower case to its anchor on the glossary's page.

    Returns
    -------
    str
        Code, formulas, headings and links are as they were.

    Examples
    --------
    >>> linked("See lessons 09 and 13.", ["09_product_fusion"], {})
    'See lessons [09](09_product_fusion.ipynb) and 13 (to come).'
    """
    text = _LINK.sub(lambda link: link[0] if link[2] in present else f"{link[1]} (to come)", text)
    done, end = [], 0
    for kept in _KEPT.finditer(text):
        done += [_words(text[end : kept.start()], present, terms), kept[0]]
        end = kept.end()
    return "".join([*done, _words(text[end:], present, terms)])


def lesson_link(name: str, present: Collection[str], *, short: bool = False) -> str:
    """Return Markdown that leads to a lesson, by its number alone when `short`, or says that it is to come."""
    known = _BY_NAME.get(name)
    label = name[:2] if short else f"{known.number:02d} {known.title}" if known else name
    return f"[{label}]({name}.ipynb)" if name in present else f"{label} (to come)"


def term_anchors(glossary: str) -> dict[str, str]:
    """Map each term of a glossary's table, in lower case, to the anchor that `with_anchors` gives it."""
    rows = [line.split("|")[1].strip() for line in glossary.splitlines() if line.startswith("|")]
    return {_plain(term): f"term-{_slug(term)}" for term in rows[2:]}


def with_anchors(glossary: str, present: Collection[str]) -> str:
    """Return a glossary whose terms can be linked to, and whose last column leads to the lessons."""
    lines, body = [], False
    for line in glossary.splitlines():
        if line.startswith("|") and body:
            _, term, *middle, lesson, _ = line.split("|")
            place = lesson_link(lesson.strip(), present) if lesson.strip() else ""
            anchor = f'<span id="term-{_slug(term.strip())}"></span>'
            line = "|".join(["", f" {anchor}{term.strip()} ", *middle, f" {place} ", ""])
        body = body or line.startswith("|--")
        lines.append(line)
    return "\n".join([*lines, ""])


def _words(text: str, present: Collection[str], terms: Mapping[str, str]) -> str:
    text = _NAME.sub(lambda name: lesson_link(name[0], present) if name[0] in _BY_NAME else name[0], text)
    text = _NUMBERS.sub(lambda words: _numbered(words[0], present), text)
    return _TERM.sub(lambda term: _term(term, terms), text)


def _numbered(words: str, present: Collection[str]) -> str:
    """Link "lesson 09" as a whole, and each number of "lessons 09 and 12"."""
    if len(words) == len("lesson 09") and words[-2:] in _BY_NUMBER:
        name = _BY_NUMBER[words[-2:]].name
        return f"[{words}]({name}.ipynb)" if name in present else f"{words} (to come)"
    return re.sub(r"\d\d", lambda number: _number(number[0], present), words)


def _number(number: str, present: Collection[str]) -> str:
    return lesson_link(_BY_NUMBER[number].name, present, short=True) if number in _BY_NUMBER else number


def _term(term: re.Match[str], terms: Mapping[str, str]) -> str:
    plain = _plain(term[1])
    forms = [plain, re.sub("s$", "", plain), re.sub("es$", "", plain), re.sub("ies$", "y", plain)]
    anchor = next((terms[form] for form in forms if form in terms), "")
    if not anchor:
        return term[0]
    words = html.escape(" ".join(term[1].split()))
    return f'<a class="course-term" href="glossary.html#{anchor}"><strong>{words}</strong></a>'


def _plain(term: str) -> str:
    return " ".join(term.replace("*", "").lower().split())


def _slug(term: str) -> str:
    return re.sub(r"\W+", "-", _plain(term)).strip("-")
