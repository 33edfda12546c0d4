"""The anatomy of a lesson as rules: each takes a `Lesson` and yields what is wrong with it, one line a fault.

The rules about words, numbers and links are in `lesson_prose`. Nothing here executes a notebook.
"""

import ast
import re
import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat

from mmseg_edu.check import known
from mmseg_edu.course import curriculum

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
MOST_BYTES = 300 * 1024
MOST_IMPORTS = 5
MEDIAN_LINES, MOST_LINES, MOST_SOLUTION_LINES = 5, 12, 25  # of at most 100 characters
MOST_SILENT = 3
MOST_CHARACTERS = 100
WORDS_A_MINUTE, CODE_LINES_A_MINUTE, MINUTES_OFF = 150, 10, 5
EXERCISE_MINUTES = (5, 15)  # a warm-up and an exercise that is worth an evening, at the least and at the most
WITHOUT_KERAS = (1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12)
TAGS = {
    "parameters",
    "exercise",
    "solution",
    "instructor",
    "nbval-check-output",
    "widget",
    "silent",
    "quoted",
}
WIDGET = "application/vnd.jupyter.widget-view+json"


@dataclass(frozen=True)
class Lesson:
    """A notebook with its name and the bytes that it takes."""

    name: str
    nb: nbformat.NotebookNode
    size: int = 0

    @property
    def meta(self):
        return self.nb.metadata.get("mmseg_edu", {})

    @property
    def code(self):
        return [cell for cell in self.nb.cells if cell.cell_type == "code"]

    @property
    def prose(self):
        return [cell for cell in self.nb.cells if cell.cell_type == "markdown"]

    @property
    def number(self):
        return int(self.name[:2])


Rule = Callable[[Lesson], Iterator[str]]


def load(path: Path) -> Lesson:
    return Lesson(path.stem, nbformat.read(path, as_version=4), path.stat().st_size)


def tags(cell) -> list[str]:
    return list(cell.metadata.get("tags", []))


def at(cell) -> str:
    first = next((line for line in cell.source.splitlines() if line.strip()), "")
    return f"cell {cell.get('id')} ({first[:50]})"


def parsed(cell) -> ast.Module:
    try:
        return ast.parse(cell.source)
    except SyntaxError:
        return ast.parse("")


def text_of(output) -> str:
    """Return what a reader can read in an output: streams, plain text, and HTML without its tags."""
    if output.output_type == "stream":
        return output.text
    data = output.get("data", {})
    html = re.sub(r"(data:[\w/+.-]+;base64,)[A-Za-z0-9+/=]+", r"\1", data.get("text/html", ""))
    kinds = ("text/plain", "text/markdown", "text/latex")
    return "\n".join([*(data.get(kind, "") for kind in kinds), re.sub(r"<[^>]*>", " ", html)])


def pictures(cell) -> Iterator[tuple[str, str]]:
    """Yield kind and alt text of each picture that a cell shows."""
    for output in cell.get("outputs", []):
        for kind in output.get("data", {}):
            if kind.startswith("image/"):
                yield kind, output.get("metadata", {}).get(kind, {}).get("alt", "")


# The rules


def names_and_metadata(lesson: Lesson) -> Iterator[str]:
    if lesson.name not in {each.name for each in curriculum.LESSONS}:
        yield f"{lesson.name} is no lesson of the curriculum"
        return
    if lesson.meta.get("lesson") != lesson.name:
        yield f"metadata lesson is {lesson.meta.get('lesson')!r}, the file is called {lesson.name}"
    if lesson.nb.metadata.get("kernelspec", {}).get("name") != "python3":
        yield "the kernel is not python3"
    if (lesson.nb.nbformat, lesson.nb.nbformat_minor) < (4, 5):
        yield "the notebook format is older than 4.5, which has no cell ids"
    ids = [cell.get("id") for cell in lesson.nb.cells]
    if None in ids or len(set(ids)) < len(ids):
        yield "cells without an id, or with the same"
    minutes, seconds = lesson.meta.get("read_minutes"), lesson.meta.get("run_seconds")
    if not isinstance(minutes, int) or not 10 <= minutes <= 120:
        yield f"read_minutes must be a whole number from 10 to 120, got {minutes!r}"
    if not isinstance(seconds, int | float) or not 0 < seconds <= 60:
        yield f"run_seconds must be above 0 and at most 60, got {seconds!r}"
    for cell in lesson.nb.cells:
        for tag in set(tags(cell)) - TAGS:
            yield f"{at(cell)} has a tag that nothing reads: {tag}"


def needs(lesson: Lesson) -> Iterator[str]:
    wanted = next((list(each.needs) for each in curriculum.LESSONS if each.name == lesson.name), [])
    if list(lesson.meta.get("needs", [])) != wanted:
        yield f"metadata needs is {lesson.meta.get('needs')}, the curriculum says {wanted}"


def opening(lesson: Lesson) -> Iterator[str]:
    first = lesson.nb.cells[0] if lesson.nb.cells else None
    if first is None or first.cell_type != "markdown" or not re.match(r"# .+\?\s*$", first.source, re.M):
        yield "the first cell must be markdown and begin with a question: # ...?"
    top = "\n".join(cell.source for cell in lesson.nb.cells[:6] if cell.cell_type == "markdown")
    if "You will be able to" not in top:
        yield "the opening does not say: You will be able to"
    need = re.search(r"^\W*Needs\b(.*)", top, re.M)
    if need is None:
        yield "the opening has no line that starts with Needs"
    else:
        yield from (
            f"Needs does not name {each}" for each in lesson.meta.get("needs", []) if each not in need[1]
        )
    time = re.search(r"^\W*Time\b(.*)", top, re.M)
    if time is None:
        yield "the opening has no line that starts with Time"
    elif str(lesson.meta.get("read_minutes")) not in re.findall(r"\d+", time[1]):
        yield f"Time does not give the reading time, {lesson.meta.get('read_minutes')} minutes"
    if not any("instructor" in tags(cell) for cell in lesson.nb.cells[:8]):
        yield "no cell near the top is tagged instructor"


def parameters(lesson: Lesson) -> Iterator[str]:
    cells = [cell for cell in lesson.code if "parameters" in tags(cell)]
    if len(cells) != 1:
        yield f"one cell must be tagged parameters, got {len(cells)}"
        return
    values = {}
    for node in parsed(cells[0]).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            try:
                values[node.targets[0].id] = ast.literal_eval(node.value)
                continue
            except ValueError:
                pass
        yield f"the parameters cell holds more than NAME = constant: {ast.unparse(node)}"
    if values.get("seed") != 0 or isinstance(values.get("seed"), bool) or values.get("profile") != "quick":
        yield 'the parameters must include seed = 0 and profile = "quick"'
    used = {
        node.id
        for cell in lesson.code
        for node in ast.walk(parsed(cell))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }
    yield from (f"the parameter {name} is used nowhere" for name in values if name not in used)


def imports(lesson: Lesson) -> Iterator[str]:
    found = [
        (cell, node)
        for cell in lesson.code
        for node in ast.walk(parsed(cell))
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    if len(found) > MOST_IMPORTS:
        yield f"{len(found)} import lines, at most {MOST_IMPORTS}"
    for cell in {id(cell): cell for cell, _ in found[1:] if cell is not found[0][0]}.values():
        yield f"{at(cell)} imports: all imports stand in one cell"
    if lesson.number in WITHOUT_KERAS:
        for _, node in found:
            roots = [alias.name for alias in node.names]
            roots += [f"{node.module}.{each}" for each in roots] if isinstance(node, ast.ImportFrom) else []
            for root in roots:
                if re.match(r"(keras|tensorflow|mmseg_edu\.(models|explain|backend|features\.cnn))\b", root):
                    yield f"imports {root}: this lesson does without Keras"


LITERAL = re.compile(r"""f?"[^"]*"|f?'[^']*'""")
NO_CODE = re.compile(r"(alt=|title=|question=|[xy]_label=|text=|[\[\](),\s])*")


def cell_lines(cell) -> int:
    """Count the lines of code: neither blank ones, nor comments, docstrings, and lines of mere words."""
    strings = set()
    for i, line in enumerate(cell.source.splitlines(), start=1):
        rest, count = LITERAL.subn("", line)
        if count and NO_CODE.fullmatch(rest):
            strings.add(i)
    for node in ast.walk(parsed(cell)):
        body = getattr(node, "body", None)
        if isinstance(node, ast.FunctionDef) and ast.get_docstring(node):
            strings.update(range(body[0].lineno, body[0].end_lineno + 1))
    lines = enumerate(cell.source.splitlines(), start=1)
    return sum(
        bool(line.strip()) and not line.strip().startswith("#") and i not in strings for i, line in lines
    )


def budgets(lesson: Lesson) -> Iterator[str]:
    counts = []
    for cell in lesson.code:
        count, solution = cell_lines(cell), "solution" in tags(cell)
        most = MOST_SOLUTION_LINES if solution else MOST_LINES
        if count > most and not str(cell.metadata.get("long_because", "")).strip():
            yield f"{at(cell)} has {count} lines of code, at most {most} (or metadata long_because)"
        counts += [] if solution else [count]
    if counts and statistics.median(counts) > MEDIAN_LINES:
        yield f"the median cell has {statistics.median(counts):g} lines of code, at most {MEDIAN_LINES}"
    if lesson.size > MOST_BYTES:
        yield f"the file takes {lesson.size} bytes, at most {MOST_BYTES}"


def lines_fit(lesson: Lesson) -> Iterator[str]:
    for cell in lesson.code:
        for line in cell.source.splitlines():
            if len(line) > MOST_CHARACTERS:
                yield f"{at(cell)} has a line of {len(line)} characters, at most {MOST_CHARACTERS}: {line[:60]}"


def reading_minutes(lesson: Lesson) -> tuple[float, float]:
    """Return the least and the most minutes: words at 150 a minute, code at 10 lines, and the exercises."""
    prose = [cell.source for cell in lesson.prose if "instructor" not in tags(cell)]
    words = sum(len(source.split()) for source in prose)
    lines = sum(cell_lines(cell) for cell in lesson.code if "solution" not in tags(cell))
    count = sum("exercise" in tags(cell) for cell in lesson.code)
    minutes = words / WORDS_A_MINUTE + lines / CODE_LINES_A_MINUTE
    least, most = (minutes + count * each for each in EXERCISE_MINUTES)
    return least - MINUTES_OFF, most + MINUTES_OFF


def honest_time(lesson: Lesson) -> Iterator[str]:
    stated = lesson.meta.get("read_minutes")
    least, most = reading_minutes(lesson)
    if isinstance(stated, int) and not least <= stated <= most:
        yield f"read_minutes is {stated}; its words, code and exercises take {least:.0f} to {most:.0f}"


def a_picture_comes_first(lesson: Lesson) -> Iterator[str]:
    work = []
    for cell in lesson.code:
        body = parsed(cell).body
        only_imports = bool(body) and all(isinstance(node, ast.Import | ast.ImportFrom) for node in body)
        if any(True for _ in pictures(cell)):
            return
        if "parameters" not in tags(cell) and not only_imports:
            work.append(cell)
        if len(work) > 1:
            yield f"{at(cell)} is the second cell of plumbing before the first picture, at most one"
            return


def sliders_slide(lesson: Lesson) -> Iterator[str]:
    """A control with two stops is a comparison: show both."""
    for cell in lesson.code:
        for node in ast.walk(parsed(cell)):
            called = getattr(getattr(node, "func", None), "attr", "")
            if not isinstance(node, ast.Call) or called != "slider":
                continue
            controls = [each for each in node.keywords if each.arg not in ("alt", "question", "twin", None)]
            if controls and all(stops(each.value) <= 2 for each in controls):
                yield f"{at(cell)} has a slider with two stops: show both beside each other"


def stops(control: ast.expr) -> float:
    """Count where a control can stand, as far as its source tells."""
    if isinstance(control, ast.List):
        return len(control.elts)
    if isinstance(control, ast.Constant):
        return 2
    try:
        low, high, step, *_ = [*ast.literal_eval(control), 1e-9][:3]
    except (ValueError, TypeError):
        return float("inf")
    return 1 + (high - low) / step


FORBIDDEN = {
    r"\bsys\s*\.\s*path\b|from sys import path": "touches sys.path",
    r"^\s*(!|%|get_ipython\()": "is a shell or magic command",
    r"\b(urllib|urlopen|urlretrieve|requests|pooch|wget|curl|httpx)\b|https?://": "downloads",
}


def forbidden(lesson: Lesson) -> Iterator[str]:
    for cell in lesson.code:
        for pattern, what in FORBIDDEN.items():
            if re.search(pattern, cell.source, re.M):
                yield f"{at(cell)} {what}"
        if any(isinstance(node, ast.ClassDef) for node in ast.walk(parsed(cell))):
            yield f"{at(cell)} defines a class"
        for comment in re.findall(r"^\s*#+(.*)$", cell.source, re.M):
            if is_code(comment):
                yield f"{at(cell)} has commented-out code: {comment.strip()}"


def is_code(comment: str) -> bool:
    text = comment.strip()
    try:
        body = ast.parse(text if not text.endswith(":") else f"{text} pass").body
    except SyntaxError:
        return False
    statements = (ast.Assign, ast.AugAssign, ast.Import, ast.ImportFrom, ast.For, ast.If, ast.FunctionDef)
    returns = (ast.Return, ast.Raise, ast.Assert, ast.With, ast.Delete)
    return any(
        isinstance(node, statements + returns)
        or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call))
        for node in body
    )


def every_cell_shows_something(lesson: Lesson) -> Iterator[str]:
    silent = [cell for cell in lesson.code if "silent" in tags(cell)]
    if len(silent) > MOST_SILENT:
        yield f"{len(silent)} cells are tagged silent, at most {MOST_SILENT}"
    for cell in lesson.code:
        body = parsed(cell).body
        only_imports = bool(body) and all(isinstance(node, ast.Import | ast.ImportFrom) for node in body)
        if cell.outputs and "silent" in tags(cell):
            yield f"{at(cell)} is tagged silent and shows something"
        elif not cell.outputs and not only_imports and not {"silent", "parameters"} & set(tags(cell)):
            yield f"{at(cell)} shows nothing"


MACHINE_PATH = re.compile(r"(?<![\w./:<>~$\\)\]}*^-])/(?:[\w.+-]+/)+[\w.+-]+|\b[A-Z]:\\+\w+\\|site-packages")
ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,}\b")


def clean_outputs(lesson: Lesson) -> Iterator[str]:
    for cell in lesson.nb.cells:
        texts = [cell.source]
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                yield f"{at(cell)} ends in an error: {output.ename}"
            elif output.output_type == "stream" and output.name == "stderr":
                yield f"{at(cell)} writes to standard error: {output.text[:60]}"
            else:
                texts.append(text_of(output))
        for text in texts:
            if found := MACHINE_PATH.search(text):
                yield f"{at(cell)} holds a path of a machine: {found[0]}"
            if found := ADDRESS.search(text):
                yield f"{at(cell)} holds a memory address: {found[0]}"


def pictures_have_words(lesson: Lesson) -> Iterator[str]:
    for cell in lesson.nb.cells:
        for kind, alt in pictures(cell):
            if len(alt.strip()) < 20:
                yield f"{at(cell)} shows a picture ({kind}) whose alt text says too little: {alt!r}"
        html = "\n".join(each.get("data", {}).get("text/html", "") for each in cell.get("outputs", []))
        for tag in re.findall(r"<img\b[^>]*>", html + cell.source):
            if not re.search(r'\balt="[^"]{20,}"', tag):
                yield f"{at(cell)} has an <img> whose alt text says too little"
        for alt in re.findall(r"!\[([^\]]*)\]\(", cell.source) if cell.cell_type == "markdown" else []:
            if len(alt.strip()) < 20:
                yield f"{at(cell)} has an image whose alt text says too little: {alt!r}"


def sounds_have_pictures(lesson: Lesson) -> Iterator[str]:
    code = lesson.code
    for i, cell in enumerate(code):
        shows = [str(each.get("data", {})) for each in cell.outputs]
        if any("audio/" in each or "<audio" in each for each in shows):
            near = [picture for other in code[max(i - 1, 0) : i + 2] for picture in pictures(other)]
            html = "".join(str(each.get("data", {}).get("text/html", "")) for each in cell.outputs)
            if not near and "<img" not in html and "<svg" not in html:
                yield f"{at(cell)} plays a sound with no picture of it beside"


def plays(lesson: Lesson) -> Iterator[str]:
    cells = [cell for cell in lesson.code if "widget" in tags(cell)]
    if not cells:
        yield "no cell is tagged widget: a lesson has something to play with"
    for cell in cells:
        if not any(kind == "image/png" for kind, _ in pictures(cell)):
            yield f"{at(cell)} has no static twin of its widget"
    for cell in lesson.code:
        if "widget" not in tags(cell) and any(WIDGET in each.get("data", {}) for each in cell.outputs):
            yield f"{at(cell)} shows a widget and is not tagged widget"


def checked_cells_have_outputs(lesson: Lesson) -> Iterator[str]:
    cells = [cell for cell in lesson.code if "nbval-check-output" in tags(cell)]
    if len(cells) < 2:
        yield f"{len(cells)} cells are tagged nbval-check-output, at least 2: where the text is the lesson"
    for cell in cells:
        if not any(text_of(output).strip() for output in cell.outputs):
            yield f"{at(cell)} is tagged nbval-check-output and has no text to compare"


def exercises(lesson: Lesson) -> Iterator[str]:
    cells = lesson.nb.cells
    stubs = [i for i, cell in enumerate(cells) if "exercise" in tags(cell)]
    names = [str(cells[i].metadata.get("exercise", "")) for i in stubs]
    if not 2 <= len(stubs) <= 4:
        yield f"{len(stubs)} exercises, a lesson has two or three"
    for i, name in zip(stubs, names, strict=True):
        stub, solution = cells[i], cells[i + 1] if i + 1 < len(cells) else None
        if name not in known():
            yield f"{at(stub)} names an exercise that check does not know: {name!r}"
        if not re.search(r"raise NotImplementedError|= \.\.\.", stub.source):
            yield f"exercise {name}: the stub neither raises NotImplementedError nor leaves a ... to replace"
        if i == 0 or cells[i - 1].cell_type != "markdown":
            yield f"exercise {name}: no words before it say what to do"
        if solution is None or "solution" not in tags(solution):
            yield f"exercise {name}: its solution must be the next cell"
            continue
        if solution.metadata.get("exercise") != name:
            yield f"exercise {name}: the solution says {solution.metadata.get('exercise')!r}"
        folded = solution.metadata.get("jupyter", {})
        if not (folded.get("source_hidden") and folded.get("outputs_hidden")):
            yield f"exercise {name}: the solution is not collapsed, code and output: run mmseg-edu tidy"
        for cell in (stub, solution):
            if f'check("{name}"' not in cell.source:
                yield f'{at(cell)} does not call check("{name}", ...)'
        if "raise NotImplementedError" in solution.source:
            yield f"exercise {name}: the solution is a stub"
    for i, cell in enumerate(cells):
        if "solution" in tags(cell) and (i == 0 or "exercise" not in tags(cells[i - 1])):
            yield f"{at(cell)} is a solution without its exercise before it"
    if sorted(names) != sorted(set(names)):
        yield "an exercise is set twice"
    for name in known():
        if name.startswith(lesson.name[:2]) and name not in names:
            yield f"exercise {name} exists and is not set in the lesson"


STRUCTURE: tuple[Rule, ...] = (
    names_and_metadata,
    needs,
    opening,
    parameters,
    imports,
    budgets,
    lines_fit,
    honest_time,
    a_picture_comes_first,
    sliders_slide,
    forbidden,
    every_cell_shows_something,
    clean_outputs,
    pictures_have_words,
    sounds_have_pictures,
    plays,
    checked_cells_have_outputs,
    exercises,
)
