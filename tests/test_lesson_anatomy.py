"""Every lesson has the anatomy that the curriculum asks for: a lint, which executes nothing."""

import pytest
from lesson_lint import NOTEBOOKS, STRUCTURE, load
from lesson_prose import PROSE, glossary_faults

from mmseg_edu.check import known
from mmseg_edu.course import curriculum
from mmseg_edu.course.tidy import untidy

PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))
AT_LEAST = {"00_start_here", "08_weighted_fusion"}


def test_the_lessons_are_there():
    assert {path.stem for path in PATHS} >= AT_LEAST


@pytest.mark.parametrize("rule", [*STRUCTURE, *PROSE], ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_lesson_keeps_the_rule(path, rule):
    faults = list(rule(load(path)))
    assert not faults, "\n".join([f"{path.stem}, {rule.__name__}:", *faults])


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_lesson_is_tidy(path):
    assert untidy(path) == []


def test_every_exercise_belongs_to_a_lesson_that_is_there():
    numbers = {path.stem[:2] for path in PATHS}
    assert [name for name in known() if name[:2] not in numbers] == []


def test_the_curriculum_has_no_circle_and_its_needs_are_lessons():
    names = {each.name for each in curriculum.LESSONS}
    assert {need for each in curriculum.LESSONS for need in each.needs} <= names
    assert len(curriculum.in_order(curriculum.LESSONS)) == len(names)


def test_the_glossary_is_in_order():
    assert list(glossary_faults((NOTEBOOKS / "glossary.md").read_text(encoding="utf-8"))) == []
