"""Parameters are checked against the lesson's own cell."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_lessons import lesson

from mmseg_edu.course.parameters import UNKNOWN, checked, declared, injected, literal

CELL = """\
import math
seed = 0
profile = 'quick'  # or 'full'
noise: float = 0.1
verbose = False
sizes = [32, 64]
shape = (32, 64)
half = math.pi / 2
"""
NOTEBOOK = lesson(("parameters", CELL), "seed")


def test_declared_parameters_have_their_defaults() -> None:
    found = declared(NOTEBOOK)
    assert list(found) == ["seed", "profile", "noise", "verbose", "sizes", "shape", "half"]
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
        ("sizes", "(1, 2)", [1, 2]),
        ("shape", "(1, 2)", (1, 2)),
        ("shape", [1, 2], (1, 2)),
        ("noise", "-1e-3", -1e-3),
        ("half", "(1, 2)", (1, 2)),
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
        ("shape", "(1,"),
        ("seed", "9" * 5000),
        ("noise", "(" * 5000),
    ],
)
def test_values_of_another_type(name: str, given: Any) -> None:
    with pytest.raises(TypeError, match=rf"parameter {name} of the notebook must be \w+ like its default"):
        checked(NOTEBOOK, {name: given})


@pytest.mark.parametrize("value", [10**400, object(), [object()], {"a": {1: object()}}])
def test_an_error_names_the_parameter(value: Any) -> None:
    name = "noise" if isinstance(value, int) else "half"
    with pytest.raises(TypeError, match=f"^parameter {name} of the notebook cannot be set"):
        checked(NOTEBOOK, {name: value})


@pytest.mark.parametrize("source", ["a = = 1", "a = '\0'", "a = " + "(" * 500 + ")" * 500])
def test_a_cell_of_parameters_that_is_no_python_is_named_with_its_notebook(source: str) -> None:
    with pytest.raises(ValueError, match="the `parameters` cell of 08 must be plain Python"):
        checked(lesson(("parameters", source)), {"a": 1}, name="08")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.complex_numbers(),
    lambda inside: st.lists(inside) | st.lists(inside).map(tuple) | st.dictionaries(st.text(), inside),
    max_leaves=8,
)


@given(VALUES)
def test_a_literal_is_read_back_as_the_same_value(value: Any) -> None:
    assert repr(eval(literal(value))) == repr(value)


def test_numbers_of_numpy_are_numbers() -> None:
    assert [literal(np.float32(0.5)), literal(np.int64(3))] == ["0.5", "3"]


def test_new_values_take_the_place_of_those_injected_before() -> None:
    nb = lesson(("parameters", "seed = 0"), ("injected-parameters", "seed = 1"), "seed")
    done = injected(nb, {"seed": 2})
    assert [cell.source for cell in done.cells] == ["seed = 0", "# Parameters\nseed = 2", "seed"]
    assert [cell.source for cell in injected(nb, {}).cells] == ["seed = 0", "seed = 1", "seed"]
    assert len(nb.cells) == 3
