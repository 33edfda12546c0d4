"""Parameters are checked against the lesson's own cell."""

from typing import Any

import pytest
from tiny_lessons import lesson

from mmseg_edu.course.parameters import UNKNOWN, checked, declared

CELL = """\
import math
seed = 0
profile = 'quick'  # or 'full'
noise: float = 0.1
verbose = False
sizes = [32, 64]
half = math.pi / 2
"""
NOTEBOOK = lesson(("parameters", CELL), "seed")


def test_declared_parameters_have_their_defaults() -> None:
    found = declared(NOTEBOOK)
    assert list(found) == ["seed", "profile", "noise", "verbose", "sizes", "half"]
    assert found["noise"] == 0.1
    assert found["half"] is UNKNOWN
    assert declared(lesson("x = 1")) == {}


def test_two_parameter_cells_are_an_error() -> None:
    with pytest.raises(ValueError, match="one cell tagged `parameters`, got 2"):
        declared(lesson(("parameters", "a = 1"), ("parameters", "b = 1")))


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(ValueError, match="08 has no parameter 'sed'; it has seed, profile, noise"):
        checked(NOTEBOOK, {"sed": 1}, name="08")
    with pytest.raises(ValueError, match="it has none: no cell is tagged `parameters`"):
        checked(lesson("1"), {"seed": 1})


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("seed", 3, 3),
        ("seed", "3", 3),
        ("profile", "full", "full"),
        ("profile", "3", "3"),
        ("noise", 1, 1.0),
        ("noise", "1e-3", 1e-3),
        ("verbose", "True", True),
        ("sizes", "[1]", [1]),
        ("half", "text", "text"),
        ("half", "2", 2),
    ],
)
def test_values_that_fit(name: str, given: Any, expected: Any) -> None:
    value = checked(NOTEBOOK, {name: given})[name]
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("seed", "three"),
        ("seed", 1.5),
        ("seed", True),
        ("profile", 1),
        ("noise", "loud"),
        ("verbose", 1),
        ("sizes", 3),
    ],
)
def test_values_of_another_type(name: str, given: Any) -> None:
    with pytest.raises(TypeError, match=rf"parameter {name} of the notebook must be \w+ like its default"):
        checked(NOTEBOOK, {name: given})
