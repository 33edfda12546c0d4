"""Every rule of a lesson's anatomy can fail: a good lesson keeps them all, a bad one is caught."""

import base64
from pathlib import Path

import pytest
from lesson_lint import MOST_BYTES, STRUCTURE, Lesson, cell_lines, exercises, is_code, tags
from lesson_prose import (
    PROSE,
    bold_terms,
    glossary,
    glossary_faults,
    link_faults,
    rounds_to,
    singulars,
    taught,
    taught_by_the_package,
)
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from mmseg_edu.check import known

RULES = (*STRUCTURE, *PROSE)
PIXEL = base64.b64encode(b"not really a picture").decode()


def picture(alt="A plot whose curve falls from left to right."):
    return new_output("display_data", {"image/png": PIXEL}, metadata={"image/png": {"alt": alt}})


def printed(text):
    return new_output("stream", name="stdout", text=text)


def code(source, *outputs, tags=(), **metadata):
    if tags:
        metadata["tags"] = list(tags)
    return new_code_cell(source, outputs=list(outputs), metadata=metadata, execution_count=1)


def exercise(name):
    stub = f'def answer_{name[-1]}(x):\n    raise NotImplementedError("Exercise {name}")\n\n\n'
    full = f'def answer_{name[-1]}(x):\n    """Answer."""\n    return x\n\n\n'
    call = f'check("{name}", answer_{name[-1]})'
    hidden = {"source_hidden": True, "outputs_hidden": True}
    yield new_markdown_cell(f"**{name}** Write it.")
    yield code(stub + call, printed("not started yet"), tags=["exercise"], exercise=name)
    yield code(full + call, printed("right"), tags=["solution"], exercise=name, jupyter=hidden)


OPENING = """\
# Whom should we trust, and how much?

You will be able to:

- tell.

**Needs:** 06_measuring_a_mask.

**Time:** 40 minutes to read, 20 seconds to run.
"""
FORMULA = """\
## The formula

A **simplex** is where **prior**s live, and 0.88 is printed below.

$$F = 1.75 f$$

| symbol | name in code | shape |
|---|---|---|
| $F$ | `fused` | (K,) |
"""
RECAP = """\
## Recap

- One.
- Two,
  on two lines.
- Three.

To read:

- A. Author, A paper, 1998.
- B. Author, Another paper, 2002.

What if every sense may say no?
"""
EXPLAINED = ", ".join(term for term, row in glossary().items() if row[2] == "08_weighted_fusion")
TEACHES = sorted(".".join(each) for each in taught_by_the_package()["08_weighted_fusion"])


def good_lesson():
    calls = "\n".join(f"{name}(f, alpha)" for name in TEACHES)
    cells = [
        new_markdown_cell(OPENING),
        new_markdown_cell("Timing: 75 minutes. **No term at all** here.", metadata={"tags": ["instructor"]}),
        code('seed = 0\nprofile = "quick"', tags=["parameters"]),
        code("import numpy as np\nfrom mmseg_edu.check import check"),
        new_markdown_cell(FORMULA),
        code(calls, printed("0.884"), picture(), tags=["nbval-check-output"]),
        code(
            "alpha", new_output("execute_result", {"text/plain": "array([1])"}), tags=["nbval-check-output"]
        ),
        new_markdown_cell(f"## Play\n\nMove {EXPLAINED}."),
        code("slide()", picture(), tags=["widget"]),
        new_markdown_cell("## Break it\n\nIt breaks."),
        code("hear()", new_output("display_data", {"text/html": "<audio></audio>"})),
        code("x = make(seed, profile)", tags=["silent"]),
        new_markdown_cell("## Exercises\n\nThree of them."),
        *(cell for name in ("08.1", "08.2", "08.3") for cell in exercise(name)),
        new_markdown_cell(RECAP),
    ]
    for i, cell in enumerate(cells):
        cell["id"] = f"cell-{i}"
    about = {"lesson": "08_weighted_fusion", "needs": ["06_measuring_a_mask"], "teaches": TEACHES}
    about |= {"read_minutes": 40, "run_seconds": 20}
    kernel = {"name": "python3", "display_name": "Python 3"}
    nb = new_notebook(cells=cells, metadata={"kernelspec": kernel, "mmseg_edu": about})
    return Lesson("08_weighted_fusion", nb, size=1000)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_good_lesson_keeps_every_rule(rule):
    assert list(rule(good_lesson())) == []


def tagged(lesson, tag):
    return next(cell for cell in lesson.nb.cells if tag in tags(cell))


def put(lesson, cell, where=4):
    cell["id"] = "added"
    lesson.nb.cells.insert(where, cell)


def add_code(source, *outputs, **options):
    return lambda lesson: put(lesson, code(source, *(outputs or [printed("1")]), **options))


def add_words(source, **metadata):
    return lambda lesson: put(lesson, new_markdown_cell(source, metadata=metadata))


def say(number, old, new):
    def change(lesson):
        cells = lesson.nb.cells
        assert old in cells[number].source
        cells[number].source = cells[number].source.replace(old, new)

    return change


def meta(**values):
    return lambda lesson: lesson.nb.metadata["mmseg_edu"].update(values)


def cell_meta(tag, **values):
    return lambda lesson: tagged(lesson, tag).metadata.update(values)


def drop(tag):
    return lambda lesson: lesson.nb.cells.remove(tagged(lesson, tag))


def untag(tag):
    return lambda lesson: tagged(lesson, tag).metadata.pop("tags")


def show_in(tag, *outputs):
    return lambda lesson: tagged(lesson, tag).update(outputs=list(outputs))


def rewrite(tag, source):
    return lambda lesson: tagged(lesson, tag).update(source=source)


def keep_only_silent_sound(lesson):
    lesson.nb.cells = [cell for cell in lesson.nb.cells if "slide" not in cell.source]


def silence(count):
    def change(lesson):
        for i in range(count):
            put(lesson, code("y = 2", tags=["silent"]))
            lesson.nb.cells[4]["id"] = f"added-{i}"

    return change


def words_and_time(count, minutes):
    def change(lesson):
        put(lesson, new_markdown_cell("word " * count))
        lesson.nb.metadata["mmseg_edu"].update(read_minutes=minutes)

    return change


def keep_plumbing_first(lesson):
    for name in "xy":
        put(lesson, code(f"{name} = 2", printed("2")))
        lesson.nb.cells[4]["id"] = f"added-{name}"


LONG = "\n".join(f"x{i} = {i}" for i in range(13))
BAD = [
    ("names_and_metadata", "metadata lesson is", meta(lesson="09_product_fusion")),
    ("names_and_metadata", "not python3", lambda bad: bad.nb.metadata.pop("kernelspec")),
    ("names_and_metadata", "older than 4.5", lambda bad: bad.nb.update(nbformat_minor=4)),
    ("names_and_metadata", "the same", lambda bad: bad.nb.cells[0].update(id="cell-1")),
    ("names_and_metadata", "read_minutes", meta(read_minutes="40")),
    ("names_and_metadata", "run_seconds", meta(run_seconds=90)),
    ("names_and_metadata", "a tag that nothing reads: exercize", cell_meta("silent", tags=["exercize"])),
    ("needs", "the curriculum says", meta(needs=["07_mean_fusion"])),
    ("opening", "begin with a question", say(0, "how much?", "how much")),
    ("opening", "begin with a question", lambda bad: bad.nb.cells.pop(0)),
    ("opening", "You will be able to", say(0, "You will be able to", "Aims")),
    ("opening", "starts with Needs", say(0, "Needs", "Uses")),
    ("opening", "does not name 06", say(0, "06_measuring_a_mask", "nothing")),
    ("opening", "starts with Time", say(0, "Time", "Length")),
    ("opening", "reading time", say(0, "40 minutes", "Some minutes")),
    ("opening", "instructor", drop("instructor")),
    ("parameters", "got 0", untag("parameters")),
    ("parameters", "got 2", add_code("size = 3", tags=["parameters"])),
    ("parameters", "more than NAME = constant", rewrite("parameters", "seed = 0\nprofile = str(1)")),
    ("parameters", "must include seed = 0", rewrite("parameters", 'seed = 1\nprofile = "quick"')),
    ("parameters", "must include seed = 0", rewrite("parameters", 'seed = 0\nprofile = "full"')),
    ("parameters", "seed is used nowhere", drop("silent")),
    ("imports", "6 import lines", say(3, "numpy as np", "numpy as np\n" + "import os\n" * 4)),
    ("imports", "one cell", add_code("import os")),
    ("imports", "without Keras", say(3, "import numpy as np", "import keras")),
    ("imports", "mmseg_edu.models", say(3, "import numpy as np", "from mmseg_edu import models")),
    ("imports", "without Keras", say(3, "import numpy as np", "from tensorflow.data import Dataset")),
    ("budgets", "13 lines", add_code(LONG)),
    ("budgets", "26 lines", rewrite("solution", LONG + "\n" + LONG)),
    ("budgets", "median", lambda bad: [cell.update(source="f()\n" * 6) for cell in bad.code]),
    ("lines_fit", "101 characters", add_code("x = " + "1" * 97)),
    ("honest_time", "read_minutes is 90", meta(read_minutes=90)),
    ("honest_time", "read_minutes is 10", words_and_time(3000, 10)),
    ("a_picture_comes_first", "second cell of plumbing", keep_plumbing_first),
    ("sliders_slide", "two stops", rewrite("widget", "play.slider(draw, alt='x', mute=True)")),
    ("sliders_slide", "two stops", rewrite("widget", "play.slider(draw, alt='x', rule=['a', 'b'])")),
    ("sliders_slide", "two stops", rewrite("widget", "play.slider(draw, alt='x', n=(0, 1, 1))")),
    ("formulas_can_be_set", "cannot set the formula", add_words(r"The formula $\nonsense{x}$ is.")),
    ("lessons_to_come", "lesson 99", add_words("Lesson 99 explains it.")),
    ("terms_are_explained", "'softmax', which does not occur", say(7, "softmax", "triangle")),
    ("budgets", "307201 bytes", lambda bad: object.__setattr__(bad, "size", MOST_BYTES + 1)),
    ("forbidden", "sys.path", add_code("sys.path.append('..')")),
    ("forbidden", "magic", add_code("%matplotlib inline")),
    ("forbidden", "magic", add_code("!pip list")),
    ("forbidden", "downloads", add_code("urllib.request.urlretrieve(where)")),
    ("forbidden", "downloads", add_code("get('https://example.org')")),
    ("forbidden", "a class", add_code("class Model:\n    pass")),
    ("forbidden", "commented-out code: x = 2", add_code("x = 1\n# x = 2")),
    ("every_cell_shows_something", "shows nothing", lambda bad: put(bad, code("y = 2"))),
    ("every_cell_shows_something", "4 cells are tagged silent", silence(3)),
    ("every_cell_shows_something", "and shows something", add_code("f()", tags=["silent"])),
    ("clean_outputs", "in an error: ValueError", add_code("f()", new_output("error", ename="ValueError"))),
    ("clean_outputs", "standard error", add_code("f()", new_output("stream", name="stderr", text="x"))),
    ("clean_outputs", "path of a machine: /srv/lab/x.png", add_code("f()", printed("saved /srv/lab/x.png"))),
    ("clean_outputs", "path of a machine", add_words(r"See C:\Users\anna\x.png")),
    ("clean_outputs", "path of a machine", add_code("read('/srv/lab/x.png')")),
    ("clean_outputs", "memory address: 0x7f12ab34", add_code("f", printed("<function f at 0x7f12ab34>"))),
    ("pictures_have_words", "too little: ''", add_code("f()", picture(""))),
    ("pictures_have_words", "too little: 'A plot.'", add_code("f()", picture("A plot."))),
    ("pictures_have_words", "too little: 'mask'", add_words("![mask](mask.png)")),
    (
        "pictures_have_words",
        "<img>",
        add_code("f()", new_output("display_data", {"text/html": "<img src=x>"})),
    ),
    ("sounds_have_pictures", "no picture of it", keep_only_silent_sound),
    ("plays", "tagged widget", drop("widget")),
    ("plays", "no static twin", show_in("widget", printed("a widget"))),
    (
        "plays",
        "not tagged widget",
        add_code("f()", new_output("display_data", {"application/vnd.jupyter.widget-view+json": {}})),
    ),
    ("checked_cells_have_outputs", "at least 2", drop("nbval-check-output")),
    ("checked_cells_have_outputs", "no text to compare", show_in("nbval-check-output")),
    ("checked_cells_have_outputs", "no text to compare", show_in("nbval-check-output", picture())),
    ("exercises", "does not know: '08.9'", cell_meta("exercise", exercise="08.9")),
    ("exercises", "must be the next cell", drop("solution")),
    ("exercises", "without its exercise", drop("exercise")),
    ("exercises", "the solution says '08.2'", cell_meta("solution", exercise="08.2")),
    ("exercises", "not collapsed", cell_meta("solution", jupyter={})),
    ("exercises", "code and output", cell_meta("solution", jupyter={"source_hidden": True})),
    ("exercises", "the stub neither", rewrite("exercise", 'check("08.1", answer)')),
    ("exercises", 'does not call check("08.1"', rewrite("exercise", "answer = ...")),
    (
        "exercises",
        "the solution is a stub",
        rewrite("solution", 'raise NotImplementedError; check("08.1", 1)'),
    ),
    ("exercises", "set twice", lambda bad: bad.nb.cells.extend(exercise("08.1"))),
    ("exercises", "no words before it", lambda bad: bad.nb.cells.pop(16)),
    ("exercises", "not set in the lesson", drop("exercise")),
    ("exercises", "two or three", lambda bad: bad.nb.cells.__delitem__(slice(13, 19))),
    ("terms_are_in_the_glossary", "not in the glossary: gobbledygook", add_words("A **gobbledygook** is.")),
    ("numbers_are_printed", "quotes 0.89", add_words("It reaches 0.89 at last.")),
    ("numbers_are_printed", "quotes 1.75", add_words("It reaches 1.75.")),
    ("numbers_are_printed", "where its numbers come from", add_words("It was 0.89.", tags=["quoted"])),
    ("words", "'In this lesson we'", add_words("In this lesson we learn.")),
    ("words", "'simply'", add_words("It is simply so.")),
    ("words", "'Obviously'", add_words("Obviously.")),
    ("words", "'exciting'", add_words("An exciting result.")),
    ("words", "emoji", add_words("Well done \U0001f389")),
    ("formulas_have_a_table", "no formula", say(4, "$$", "$")),
    ("formulas_have_a_table", "no table", say(4, "symbol", "letter")),
    ("sections", "no section ## Break it", say(9, "Break it", "Ruin")),
    ("sections", "no section ## Play", say(7, "## Play", "### Play")),
    ("recap", "no section", say(-1, "## Recap", "## Summary")),
    ("recap", "1 references", say(-1, ", 2002", "")),
    ("recap", "2 bullets", say(-1, "- Three.\n", "")),
    ("recap", "next question", say(-1, "say no?", "say no.")),
    ("links", "does not say Lesson: 08", meta(teaches=[*TEACHES, "fusion.mean"])),
    ("links", "metadata does not teach it", meta(teaches=TEACHES[1:])),
    ("links", "never uses it", say(5, "weighted(f, alpha)", "mean(f)")),
]


@pytest.mark.parametrize(("rule", "says", "spoil"), BAD, ids=[f"{rule}: {says}" for rule, says, _ in BAD])
def test_a_rule_catches_a_bad_lesson(rule, says, spoil):
    bad = good_lesson()
    spoil(bad)
    check = next(each for each in RULES if each.__name__ == rule)
    faults = list(check(bad))
    assert any(says in fault for fault in faults), faults


def test_every_rule_is_seen_to_fail():
    assert {rule.__name__ for rule in RULES} == {rule for rule, _, _ in BAD}


def test_a_notebook_that_is_no_lesson_is_caught():
    rule = next(each for each in RULES if each.__name__ == "names_and_metadata")
    assert "is no lesson of the curriculum" in next(rule(Lesson("08_weighed_fusion", good_lesson().nb)))


def test_what_is_exempt_is_exempt():
    lesson = good_lesson()
    for spoil in (
        add_words("In 1998 it was 0.89.", tags=["quoted"], quoted="Author 1998, table 2"),
        add_words("The formula `x = 3.25` and $y = 4.75$, exercise 08.1, ![](x) ## **No.** A lead."),
        add_code("\n".join(f"x{i} = {i}" for i in range(13)), long_because="one table"),
        add_code("# why: the loop stops at 3\nf()  # P(bell)"),
    ):
        put_before = len(lesson.nb.cells)
        spoil(lesson)
        lesson.nb.cells[4]["id"] = f"added-{put_before}"
    wanted = {"numbers_are_printed", "budgets", "forbidden", "terms_are_in_the_glossary", "clean_outputs"}
    faults = [fault for rule in RULES if rule.__name__ in wanted for fault in rule(lesson)]
    assert faults == []


# Parts of the rules


def test_lines_of_code_are_counted_without_docstrings_comments_and_blanks():
    source = 'def f():\n    """Two\n    lines."""\n\n    # why\n    return 1'
    assert cell_lines(code(source)) == 2


@pytest.mark.parametrize("text", ["x = 1", "plot(x)", "import os", "for i in range(3):", "return x"])
def test_commented_out_code_is_code(text):
    assert is_code(text)


@pytest.mark.parametrize(
    "text", ["the loop stops here", "P(bell), P(not bell)", "seconds", "why: speed", "1/2"]
)
def test_a_comment_is_no_code(text):
    assert not is_code(text)


def test_bold_terms_are_found_in_running_text_only():
    source = (
        "# A **heading**\n**Lead.** a **min-cut** and **two\nwords**, `a ** b ** c` **Needs:** **Time**: x"
    )
    assert bold_terms(source) == ["min-cut", "two words"]


def test_singulars():
    assert "simplex" in singulars("simplices")
    assert "opinion pool" in singulars("opinion pools")


@pytest.mark.parametrize(
    ("value", "written"), [(0.884, "0.88"), (0.885, "0.88"), (0.88, "0.88"), (12, "12.0")]
)
def test_a_number_may_be_rounded(value, written):
    assert rounds_to(value, written)


@pytest.mark.parametrize(("value", "written"), [(0.886, "0.88"), (0.9, "0.88"), (0.88, "0.884")])
def test_another_number_is_another_number(value, written):
    assert not rounds_to(value, written)


def test_links_are_found_in_docstrings(tmp_path):
    room = tmp_path / "fusion"
    room.mkdir()
    Path(room / "pools.py").write_text('def mean(x):\n    """Mean.\n\n    Lesson: 07_mean_fusion\n    """\n')
    Path(tmp_path / "show.py").write_text(
        'def _hidden():\n    """No.\n\n    Lesson: 07_mean_fusion\n    """\n'
    )
    assert taught(tmp_path) == {"07_mean_fusion": {("fusion", "mean")}}


def test_a_room_that_moves_a_function_to_a_file_of_its_own_keeps_the_link():
    lesson = good_lesson()
    says = {"08_weighted_fusion": {tuple(name.split(".")) for name in TEACHES}}
    assert list(link_faults(lesson, says)) == []
    assert list(link_faults(lesson, {})) != []


TABLE = "| term | Chinese | meaning | lesson |\n|---|---|---|---|\n"
ROW = "| {} | 先验 | what was known before looking | 09_product_fusion |\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("nothing", "is a table"),
        (TABLE + "| prior | 先验 |\n", "four columns"),
        (TABLE + ROW.format("prior") + ROW.format("mask"), "alphabetical"),
        (TABLE + ROW.format("prior") * 2, "twice"),
        (TABLE + ROW.format("prior").replace("先验", "prior"), "no Chinese term"),
        (TABLE + ROW.format("prior").replace("what was known before looking", "old"), "no meaning"),
        (TABLE + ROW.format("prior").replace("09_product_fusion", "09"), "does not exist"),
    ],
)
def test_a_bad_glossary_is_caught(text, says):
    assert any(says in fault for fault in glossary_faults(text))


def test_the_exercises_rule_reads_the_known_exercises():
    assert list(exercises(good_lesson())) == []
    assert {"08.1", "08.2", "08.3"} == {name for name in known() if name.startswith("08")}
