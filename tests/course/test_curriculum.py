"""The curriculum is a course: numbered, without circles, every need met."""

import re
from pathlib import Path

import pytest

from mmseg_edu.course import curriculum
from mmseg_edu.course.curriculum import LESSONS, Lesson


def test_there_are_21_lessons_numbered_by_their_names() -> None:
    assert [each.number for each in LESSONS] == list(range(21))
    for each in LESSONS:
        assert re.fullmatch(rf"{each.number:02d}_[a-z_]+", each.name)
        assert each.question.endswith("?")


def test_every_need_is_an_earlier_lesson() -> None:
    numbers = {each.name: each.number for each in LESSONS}
    for each in LESSONS:
        assert all(numbers[need] < each.number for need in each.needs)
    assert [each.name for each in LESSONS if not each.needs] == ["00_start_here"]


@pytest.mark.parametrize(
    ("number", "needs"),
    [(3, {0}), (8, {0, 6}), (12, {0, 6, 9}), (14, {0, 5, 6}), (20, {0, 5, 6, 9, 14, 16})],
)
def test_what_a_lesson_stands_on(number: int, needs: set[int]) -> None:
    assert {each.number for each in curriculum.stands_on(number)} == needs


@pytest.mark.parametrize(
    "which", [8, "8", "08", "08_weighted_fusion", "weighted_fusion", "08_weighted_fusion.ipynb"]
)
def test_a_lesson_is_found_by_any_of_its_names(which: int | str) -> None:
    assert curriculum.lesson(which).name == "08_weighted_fusion"


def test_an_unknown_lesson_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"a lesson is one of 00_start_here to 20_capstone, got '21'"):
        curriculum.lesson("21")


def test_titles_read_as_words() -> None:
    assert curriculum.lesson(14).title == "U-Net"
    assert curriculum.lesson(0).title == "Start here"


def test_present_lists_the_notebooks_of_a_folder_in_order(tmp_path: Path) -> None:
    for name in ("08_weighted_fusion", "00_start_here", "scratch"):
        (tmp_path / f"{name}.ipynb").write_text("{}")
    assert list(curriculum.present(tmp_path)) == ["00_start_here", "08_weighted_fusion"]


def test_the_order_of_the_course_is_its_numbers() -> None:
    assert curriculum.in_order(reversed(LESSONS)) == LESSONS


def test_a_circle_is_named() -> None:
    circle = [Lesson(0, "00_a", "A?", ("01_b",)), Lesson(1, "01_b", "B?", ("00_a",))]
    with pytest.raises(ValueError, match="must not need each other in a circle, got 0"):
        curriculum.in_order(circle)
