"""The rules about a lesson's words: terms, numbers, style, recap, and its links to the package."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

from lesson_lint import NOTEBOOKS, Lesson, Rule, at, parsed, tags, text_of

from mmseg_edu.course import curriculum
from mmseg_edu.course.book.mathml import to_mathml

PACKAGE = Path(__file__).parents[1] / "mmseg_edu"
MOST_REFERENCES = 4


# The glossary


@cache
def glossary() -> dict[str, tuple[str, str, str]]:
    """Map each term, in lower case, to its Chinese term, its meaning and its lesson."""
    return dict(glossary_rows((NOTEBOOKS / "glossary.md").read_text(encoding="utf-8")))


def glossary_rows(text: str) -> Iterator[tuple[str, tuple[str, str, str]]]:
    rows = [line.strip().strip("|").split("|") for line in text.splitlines() if line.lstrip().startswith("|")]
    for row in rows[2:]:
        term, chinese, meaning, lesson = (each.strip() for each in row)
        yield term.lower(), (chinese, meaning, lesson)


def glossary_faults(text: str) -> Iterator[str]:
    lines = [line.strip() for line in text.splitlines() if line.lstrip().startswith("|")]
    if not lines or [each.strip() for each in lines[0].strip("|").split("|")] != [
        "term",
        "Chinese",
        "meaning",
        "lesson",
    ]:
        yield "the glossary is a table | term | Chinese | meaning | lesson |"
        return
    if wrong := [line for line in lines if line.strip("|").count("|") != 3]:
        yield f"a row must have four columns: {wrong[0]}"
        return
    rows = list(glossary_rows(text))
    terms = [term for term, _ in rows]
    lessons = {each.name for each in curriculum.LESSONS}
    for before, after in pairwise(terms):
        if sort_key(after) < sort_key(before):
            yield f"{after!r} stands after {before!r}: the terms are in alphabetical order"
        if after == before:
            yield f"{after!r} stands there twice"
    for term, (chinese, meaning, lesson) in rows:
        if not re.search(r"[\u4e00-\u9fff]", chinese):
            yield f"{term!r} has no Chinese term"
        if len(meaning) < 15:
            yield f"{term!r} has no meaning"
        if lesson not in lessons:
            yield f"{term!r} names a lesson that does not exist: {lesson!r}"


def sort_key(term: str) -> str:
    return re.sub(r"[^a-z0-9 ]", " ", term.lower())


def singulars(term: str) -> list[str]:
    found = [term]
    for ending, singular in (
        ("s", ""),
        ("es", ""),
        ("ies", "y"),
        ("ices", "ex"),
        ("ices", "ix"),
        ("a", "on"),
    ):
        if term.endswith(ending):
            found.append(term.removesuffix(ending) + singular)
    return found


def plain_prose(source: str) -> str:
    """Return markdown without code, formulas, comments and addresses."""
    for pattern in (r"```.*?```", r"\$\$.*?\$\$", r"`[^`\n]*`", r"\$[^$\n]+\$", r"<!--.*?-->"):
        source = re.sub(pattern, " ", source, flags=re.S)
    return re.sub(r"\]\([^)]*\)|https?://\S+", " ", source)


def bold_terms(source: str) -> list[str]:
    """Return what is bold in running text: no headings, nothing that ends like a sentence or a label."""
    lines = [line for line in plain_prose(source).splitlines() if not line.startswith("#")]
    found = re.findall(r"(?<!\*)\*\*(?!\s)([^*]+?)\*\*(:?)", "\n".join(lines))
    terms = [" ".join(term.split()) for term, colon in found if not colon]
    return [term for term in terms if term[-1] not in ".:?!" and not re.match(r"(Exercise )?\d", term)]


def terms_are_in_the_glossary(lesson: Lesson) -> Iterator[str]:
    for cell in lesson.prose:
        if "instructor" in tags(cell):
            continue
        for term in bold_terms(cell.source):
            if not any(each in glossary() for each in singulars(term.lower())):
                yield f"{at(cell)} has a bold term that is not in the glossary: {term}"


# Numbers


def numbers_are_printed(lesson: Lesson) -> Iterator[str]:
    texts = [cell.source for cell in lesson.code]
    texts += [text_of(output) for cell in lesson.code for output in cell.outputs]
    there = {float(each) for text in texts for each in re.findall(r"\d+\.\d*(?:e[+-]?\d+)?|\d+", text)}
    names = {str(cell.metadata.get("exercise", "")) for cell in lesson.code}
    for cell in lesson.prose:
        if "quoted" in tags(cell):
            if not str(cell.metadata.get("quoted", "")).strip():
                yield f"{at(cell)} is tagged quoted: metadata quoted must say where its numbers come from"
            continue
        for number in re.findall(r"(?<![\w.,])\d+\.\d+(?![\w]|\.\d)", plain_prose(cell.source)):
            if number not in names and not any(rounds_to(each, number) for each in there):
                yield f"{at(cell)} quotes {number}, which no cell of the lesson prints"


def rounds_to(value: float, written: str) -> bool:
    digits = len(written.partition(".")[2])
    return abs(value - float(written)) <= 0.5 * 10**-digits + 1e-12


# Style

FILLER = (
    r"in this (notebook|lesson|section|chapter),? (we|you|i)\b",
    r"\bwe will\b",
    r"\b(let's|let us)\b",
    r"\bsimply\b",
    r"\b(obviously|clearly|trivially|of course|needless to say)\b",
    r"\b(amazing|exciting|awesome|incredible|fascinating|stunning|powerful|cutting-edge|state-of-the-art)\b",
    r"\bas (we|you) (can see|know)\b",
    r"\b(it is|it's) (important|worth) (to note|noting)\b",
    r"\b(dive|delve) (in|into|deeper)\b",
    r"\b(leverage|utilize)s?\b",
)
EMOJI = re.compile("[\u2600-\u27bf\U0001f000-\U0001faff\ufe0f]")


def words(lesson: Lesson) -> Iterator[str]:
    for cell in lesson.prose:
        text = " ".join(plain_prose(cell.source).split())
        for pattern in FILLER:
            if found := re.search(pattern, text, re.I):
                yield f"{at(cell)} says {found[0]!r}"
    for cell in lesson.nb.cells:
        if found := EMOJI.search(cell.source):
            yield f"{at(cell)} has an emoji, {found[0]}"


# Formulas, recap


def formulas_have_a_table(lesson: Lesson) -> Iterator[str]:
    if lesson.number == 0:
        return
    sources = [cell.source for cell in lesson.prose]
    if not any("$$" in source for source in sources):
        yield "no formula is displayed ($$)"
    if not any(re.search(r"^\|\s*symbol\s*\|[^|\n]*code[^|\n]*\|\s*shape\b", s, re.M) for s in sources):
        yield "no table | symbol | name in code | shape | explains the formula"


def sections(lesson: Lesson) -> Iterator[str]:
    headings = re.findall(r"^## +(.*?)\s*$", "\n".join(cell.source for cell in lesson.prose), re.M)
    for wanted in ("Play", "Break it", "Exercises", "Recap"):
        if not any(heading.startswith(wanted) for heading in headings):
            yield f"no section ## {wanted}"


def recap(lesson: Lesson) -> Iterator[str]:
    text = "\n\n".join(cell.source for cell in lesson.prose)
    found = re.search(r"^## +Recap\b(.*)", text, re.M | re.S)
    if found is None:
        yield "no section ## Recap"
        return
    items = re.findall(r"^(?:[-*]|\d+\.) +(.*(?:\n(?!\s*\n|[-*] |\d+\. ).*)*)", found[1], re.M)
    years = [item for item in items if re.search(r"\b(1[6-9]|20)\d\d\b", item)]
    if not 2 <= len(years) <= MOST_REFERENCES:
        yield f"the recap has {len(years)} references with a year, two or three are asked for"
    if len(items) - len(years) != 3:
        yield f"the recap has {len(items) - len(years)} bullets besides its references, three are asked for"
    if "?" not in found[1]:
        yield "the recap does not end in the next question"


# Formulas that the book can set


def formulas(source: str) -> Iterator[str]:
    text = re.sub(r"```.*?```|`[^`\n]*`", " ", source, flags=re.S)
    for block, inline in re.findall(r"\$\$(.+?)\$\$|(?<![\\$])\$([^$\n]+)\$", text, re.S):
        yield block or inline


def formulas_can_be_set(lesson: Lesson) -> Iterator[str]:
    for cell in lesson.prose:
        for formula in formulas(cell.source):
            try:
                to_mathml(formula)
            except ValueError as problem:
                yield f"{at(cell)}: {problem}"


# Lessons that are yet to come


@cache
def there() -> frozenset[int]:
    return frozenset(int(path.stem[:2]) for path in NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))


def lessons_to_come(lesson: Lesson) -> Iterator[str]:
    """A sentence that names a lesson without a notebook says that it is yet to come."""
    for cell in lesson.prose:
        for sentence in re.split(r"(?<=[.?!])\s|\n\n", plain_prose(cell.source)):
            numbers = {int(each) for each in re.findall(r"\b[Ll]essons? (\d\d)\b", sentence)}
            if (numbers - there()) and "to come" not in sentence:
                missing = ", ".join(f"{each:02}" for each in sorted(numbers - there()))
                yield f"{at(cell)} refers to lesson {missing}, which is not there: write (to come)"


# Terms occur where they are explained


def unexplained(lesson: Lesson, terms: dict[str, tuple[str, str, str]]) -> Iterator[str]:
    text = " ".join(plain_prose("\n".join(cell.source for cell in lesson.prose)).lower().split())
    for term, (_, _, home) in terms.items():
        if home == lesson.name and not any(each in text for each in (term, *singulars(term))):
            yield f"the glossary says that this lesson explains {term!r}, which does not occur in it"


def terms_are_explained(lesson: Lesson) -> Iterator[str]:
    yield from unexplained(lesson, glossary())


# Links between lessons and functions


def taught(package: Path = PACKAGE) -> dict[str, set[tuple[str, str]]]:
    """Map each lesson to the (room, name) of all whose docstring names it; nothing is imported."""
    found: dict[str, set[tuple[str, str]]] = {}
    for path in sorted(package.rglob("*.py")):
        room = path.relative_to(package).parts[0].removesuffix(".py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                for line in re.findall(r"^\s*Lesson: *(.*)$", ast.get_docstring(node) or "", re.M):
                    for lesson in re.split(r"[,\s]+", line.strip().rstrip(".")):
                        found.setdefault(lesson, set()).add((room, node.name))
    return found


def link_faults(lesson: Lesson, taught: dict[str, set[tuple[str, str]]]) -> Iterator[str]:
    claims = {(name.split(".")[0], name.split(".")[-1]): name for name in lesson.meta.get("teaches", [])}
    says = taught.get(lesson.name, set())
    for key in sorted(set(claims) - says):
        yield f"the lesson teaches {claims[key]}, whose docstring does not say Lesson: {lesson.name}"
    for room, name in sorted(says - set(claims)):
        yield f"{name} in {room} says Lesson: {lesson.name}, whose metadata does not teach it"
    used = {
        node.attr if isinstance(node, ast.Attribute) else node.id
        for cell in lesson.code
        for node in ast.walk(parsed(cell))
        if isinstance(node, ast.Attribute | ast.Name)
    }
    for (_, name), whole in sorted(claims.items()):
        if name not in used:
            yield f"the lesson teaches {whole} and never uses it"


@cache
def taught_by_the_package() -> dict[str, set[tuple[str, str]]]:
    return taught()


def links(lesson: Lesson) -> Iterator[str]:
    yield from link_faults(lesson, taught_by_the_package())


PROSE: tuple[Rule, ...] = (
    terms_are_in_the_glossary,
    numbers_are_printed,
    words,
    formulas_have_a_table,
    sections,
    recap,
    links,
    formulas_can_be_set,
    lessons_to_come,
    terms_are_explained,
)
