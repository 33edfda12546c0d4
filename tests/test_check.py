"""`check` answers every learner: right ones, wrong ones, and those who hand in something absurd."""

import functools
import importlib.util
import io
import re
import warnings
from contextlib import redirect_stderr, redirect_stdout
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from mmseg_edu.check import check, known
from mmseg_edu.exercises import lesson_06, lesson_09, lesson_10
from mmseg_edu.exercises.expect import (
    Answer,
    AnswerError,
    Finding,
    clean,
    expect_close,
    expect_kept,
    expect_like,
    expect_range,
    expect_shape,
    expect_sums_to_one,
    numbers_of,
    spell,
    together,
)

HERE = Path(__file__).parent


def printed(name, answer):
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        assert check(name, answer) is None
    assert err.getvalue() == ""
    return out.getvalue()


def in_one_line(text):
    return " ".join(text.split())


@functools.cache
def answers(lesson):
    path = HERE / "wrong_answers" / f"lesson_{lesson}.py"
    spec = importlib.util.spec_from_file_location(f"wrong_answers_{lesson}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


LESSONS = sorted(path.stem[-2:] for path in (HERE / "wrong_answers").glob("lesson_[0-9][0-9].py"))
WRONG = [(f"{n}.{k}", *case) for n in LESSONS for k, cases in answers(n).WRONG.items() for case in cases]
RIGHT = [(f"{n}.{k}", case) for n in LESSONS for k, cases in answers(n).RIGHT.items() for case in cases]


# The exercises


def test_every_exercise_has_wrong_answers_and_a_right_one():
    assert {"08.1", "08.2", "08.3"} <= set(known())
    for name in known():
        assert sum(each[0] == name for each in WRONG) >= 2, f"{name} has fewer than two wrong answers"
        assert any(each[0] == name for each in RIGHT), f"{name} has no right answer"
    assert {each[0] for each in WRONG + RIGHT} == set(known())


@pytest.mark.parametrize(("name", "answer", "words"), WRONG, ids=lambda x: getattr(x, "__name__", None))
def test_a_wrong_answer_is_caught_with_the_hint_it_needs(name, answer, words):
    text = printed(name, answer)
    assert "\n  not yet   " in text
    verdict = text[text.index("\n  not yet   ") :]
    assert words in in_one_line(verdict), text


@pytest.mark.parametrize(("name", "answer"), RIGHT, ids=lambda x: getattr(x, "__name__", None))
def test_a_right_answer_passes(name, answer):
    text = printed(name, answer)
    assert "not yet" not in text, text
    assert "not started" not in text
    assert text.count("\n  right     ") >= 3
    assert text == printed(name, answer), "the same answer must be told the same"


@pytest.mark.parametrize(("name", "answer"), RIGHT, ids=lambda x: getattr(x, "__name__", None))
def test_what_an_exercise_finds_right_is_a_fact_and_its_lines_fit_a_page(name, answer):
    for line in printed(name, answer).splitlines():
        assert len(line) <= 100
        assert not re.search(r"expected .*, got ", line)


@pytest.mark.parametrize("seed", [42, 413, 715])
@pytest.mark.parametrize("silent", [False, True])
def test_on_the_scenes_of_06_3_no_wrong_rule_ends_at_the_right_number(seed, silent):
    inputs = lesson_06.drawn(seed) if silent else lesson_06.sounding(*lesson_06.drawn(seed))
    right = lesson_06.honest(*inputs)
    for number, (rule, _) in enumerate(lesson_06.OTHER_SCORES):
        if silent or rule is not lesson_06.OTHER_SCORES[-1][0]:  # the last is about silent scenes
            assert abs(rule(*inputs) - right) > 1e-3, number


SLIPS_OF_06 = " ".join(
    text for _, text in [*lesson_06._OTHER_RATIOS, *lesson_06._OTHER_MEANS, *lesson_06.OTHER_SCORES]
)


SLIPS_OF_09_AND_10 = " ".join(
    text
    for _, text in [
        *lesson_09._SLIPS_OF_A_PRODUCT,
        *lesson_10._SLIPS_OF_A_CHANCE,
        *lesson_10._SLIPS_OF_AN_ENERGY,
    ]
)


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [each for each in WRONG if each[0].startswith("06") and each[2] in SLIPS_OF_06]
    + [each for each in WRONG if each[0] in ("09.1", "10.1", "10.2") and each[2] in SLIPS_OF_09_AND_10],
    ids=lambda x: getattr(x, "__name__", None),
)
def test_who_repeats_the_number_of_a_slip_is_not_said_to_have_made_it(name, answer, words):
    first = []

    def repeats(*inputs):
        first.append(first[0] if first else answer(*inputs))
        return first[0]

    told = in_one_line(printed(name, repeats))
    assert "not yet" in told
    assert words not in told


def test_one_finding_is_made_of_several():
    right, wrong, worse = Finding(True, "a"), Finding(False, "b"), Finding(False, "c")
    assert together("all", right, wrong, worse) is wrong
    assert together("all", right, right) == Finding(True, "all")


# What a learner sees


def my_answer(probabilities, alpha):
    return np.einsum("n,n...->...", alpha, probabilities)


def test_a_right_answer_is_told_what_was_and_what_was_not_tested():
    lines = printed("08.1", my_answer).splitlines()
    assert lines[0] == "08.1 my_answer"
    assert all(line.startswith("  right     ") for line in lines[1:-1])
    assert lines[-1] == "  untested  speed; alpha for each class or each pixel"


def test_it_stops_at_the_first_thing_that_is_not_right():
    text = printed("08.1", lambda p, a: np.zeros((2, 2)))
    assert text.count("not yet") == 1
    assert text.splitlines()[0] == "08.1"
    assert "expected shape (3,), got (2, 2)" in text
    assert "  untested  the checks after this one; speed" in text
    assert "  right" not in text


def test_a_stub_is_not_started_yet():
    def my_weighted(probabilities, alpha):
        raise NotImplementedError("Exercise 08.1")

    text = printed("08.1", my_weighted)
    assert text.startswith("08.1 my_weighted\n  not started yet: replace the line that raises")
    assert "not yet" not in text
    assert "untested" not in text
    assert "not started yet" in printed("08.1", ...)


def test_an_exception_is_told_with_its_last_line_and_the_learners_own_line():
    def my_weighted(probabilities, alpha):
        scores = probabilities
        return scores["one"]

    text = in_one_line(printed("08.1", my_weighted))
    line = my_weighted.__code__.co_firstlineno + 2
    assert "not yet raises IndexError: only integers" in text
    assert f'line {line}: return scores["one"]' in text
    assert ".py" not in text


def test_an_exception_deeper_down_is_told_at_the_learners_line():
    def my_weighted(probabilities, alpha):
        return np.concatenate(3)

    text = printed("08.1", my_weighted)
    assert f"line {my_weighted.__code__.co_firstlineno + 1}: return np.concatenate(3)" in text


def test_nothing_is_claimed_of_what_an_exception_kept_from_being_tested():
    for answer in (None, lambda p: p, lambda p, a: 1 / 0, lambda p, a: "text"):
        assert "  untested  the checks after this one; speed" in printed("08.1", answer)


def test_neither_paths_nor_addresses_are_printed():
    class Odd:
        pass

    def opens(probabilities, alpha):
        return Path("/no/such/folder/file.txt").read_text()

    text = printed("08.1", opens)
    assert "'file.txt'" in text
    assert "/no/such" not in text
    assert "0x" not in printed("08.1", lambda p, a: Odd())
    assert clean(r"in C:\Users\someone\x.py and /a/b/c.py at 0x7f00") == "in x.py and c.py"


def test_warnings_of_the_learners_code_stay_silent():
    def warns(probabilities, alpha):
        warnings.warn("deprecated", DeprecationWarning, stacklevel=1)
        return np.log(np.zeros(3)) * 0 + np.array([1.0]) / 0

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        text = printed("08.1", warns)
    assert caught == []
    assert "expected every probability in [0, 1], got nan" in text


def test_inputs_are_copies_and_a_changed_one_is_told():
    answer = Answer(lambda array: array.sort() or array)
    array = np.array([3.0, 1.0])
    answer(array)
    assert array.tolist() == [3.0, 1.0]
    assert not expect_kept(answer, "two numbers").right
    answer.function = np.sort
    answer(array)
    assert expect_kept(answer, "two numbers").right


# What is absurd is answered too


def loops_forever(*inputs):
    return loops_forever(*inputs)


def leaves(*inputs):
    raise SystemExit


def stops(*inputs):
    raise StopIteration


async def waits(*inputs):
    return 1


def yields(*inputs):
    yield 1


class Hostile:
    __name__ = 3

    def __getattr__(self, name):
        raise RuntimeError("no")

    def __repr__(self):
        raise RuntimeError("no")

    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("no")

    def __call__(self, *inputs):
        return self


class Speechless(Exception):
    def __str__(self):
        raise RuntimeError("no")


def raises_speechless(*inputs):
    raise Speechless


ABSURD = {
    "None": None,
    "a number": 3,
    "a string": "my_weighted",
    "an array": np.zeros(3),
    "a list": [1, [2, 3]],
    "a class": dict,
    "a builtin": len,
    "a partial": functools.partial(np.sum, axis=0),
    "no argument": lambda: 1,
    "too many arguments": lambda a, b, c: 1,
    "returns None": lambda *inputs: None,
    "returns text": lambda *inputs: "0.5",
    "returns a function": lambda *inputs: len,
    "returns a dict": lambda *inputs: {"alpha": 1},
    "returns objects": lambda *inputs: np.array([None, "x"]),
    "returns a ragged list": lambda *inputs: [[1], [2, 3]],
    "returns complex numbers": lambda *inputs: np.array([1j, 0, 0]),
    "returns nan": lambda *inputs: np.full(3, np.nan),
    "returns a set": lambda *inputs: {1.0},
    "returns nothing much": lambda *inputs: [],
    "returns a huge number": lambda *inputs: 10**400,
    "endless recursion": loops_forever,
    "SystemExit": leaves,
    "StopIteration": stops,
    "a coroutine": waits,
    "a generator": yields,
    "hostile": Hostile(),
    "speechless": raises_speechless,
    "a type of its own": type,
    "the check": check,
}


@pytest.mark.parametrize("what", ABSURD)
@pytest.mark.parametrize("name", known())
def test_an_absurd_answer_gets_an_answer(name, what):
    text = printed(name, ABSURD[what])
    assert text.startswith(name)
    assert "\n  not yet   " in text, text
    assert max(map(len, text.splitlines())) <= 100


def test_some_absurd_answers_get_a_remedy():
    assert "expected a function, got None" in printed("08.1", None)
    assert "missing 1 required positional argument" in in_one_line(printed("08.1", lambda a, b, c: 1))
    assert "does every path end in a return?" in printed("08.1", lambda *inputs: None)
    assert "raises RecursionError: maximum recursion depth" in printed("08.1", loops_forever)
    assert "expected an array of numbers, got '0.5'" in printed("08.1", lambda *inputs: "0.5")
    assert "write def, not async def" in printed("08.1", waits)


@pytest.mark.parametrize("name", ["08.9", "99.1", "hello", "", None, 8.1, [], "08.1.1", "../08.1"])
def test_an_unknown_exercise_gets_the_known_names(name):
    text = printed(name, len)
    assert "is not an exercise" in text
    assert "08.1, 08.2, 08.3" in in_one_line(text)


def test_a_name_may_miss_its_zero():
    assert printed("8.1", my_answer) == printed(" 08.1", my_answer)


def test_an_interrupt_from_the_keyboard_goes_through():
    def interrupted(*inputs):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check("08.1", interrupted)


# The parts


def test_expectations_are_met_and_missed():
    assert expect_shape(np.zeros((2, 3)), (2, 3), "it").right
    assert not expect_shape(np.zeros((3, 2)), (2, 3), "it").right
    assert expect_range([0, 1], 0, 1, "it", "weight").right
    assert not expect_range([0, np.nan], 0, 1, "it", "weight").right
    assert not expect_range([-0.1, 1], 0, 1, "it", "weight").right
    assert expect_sums_to_one(np.full((3, 2), 0.5), "it").right
    assert not expect_sums_to_one(np.full((3, 2), 0.5), "it", axis=0).right
    assert not expect_sums_to_one([np.nan, 1], "it").right
    assert expect_close([1, 2], [1.0, 2.0], "it") == Finding(True, "it")
    assert not expect_close([1, np.nan], [1.0, 2.0], "it").right
    assert expect_close([[1, 2]], [1, 2], "it").says == "it: expected [1, 2], got [[1, 2]]"


@pytest.mark.parametrize(
    "value",
    [
        [Fraction(2, 7), Fraction(1, 2)],
        [Decimal(2) / 7, Decimal("0.5")],
        (Fraction(2, 7), 0.5),
        np.array([2 / 7, 0.5], np.float16),
        np.array([2 / 7, 0.5], np.float32),
        np.array([2 / 7, 0.5], np.longdouble),
        [np.float16(2 / 7), np.float16(0.5)],
    ],
    ids=lambda v: type(v[0]).__name__,
)
def test_numbers_of_every_kind_are_numbers(value):
    assert expect_shape(value, (2,), "it").right
    assert expect_range(value, 0, 1, "it", "weight").right
    assert expect_close(value, [2 / 7, 0.5], "it").right
    assert not expect_close(value, [2 / 7, 0.51], "it").right
    assert not expect_close(value, [2 / 7 + 0.002, 0.5], "it").right


def test_an_answer_is_granted_what_its_own_type_can_tell_and_not_more():
    thirds = np.full(3, 1 / 3, np.float16)
    assert expect_sums_to_one(thirds, "it").right
    assert not expect_sums_to_one(thirds + np.float16(0.005), "it").right
    assert expect_range(np.float16(1.002), 0, 1, "it", "weight").right
    assert not expect_range(np.float16(1.02), 0, 1, "it", "weight").right
    assert not expect_range(np.float64(1.002), 0, 1, "it", "weight").right
    assert expect_close(np.float32(1234.5678), 1234.5678, "it").right
    assert not expect_close(np.float64(1234.5679), 1234.5678, "it").right
    large = np.zeros(7, np.float16)
    large[[2, 5]] = 0.0005, 0.25
    assert expect_close(large, np.zeros(7), "it").says.startswith("it: at [5] expected 0, got 0.25")


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ({0.5, 0.25}, "got a set: it has no order"),
        (frozenset([1]), "got a set: it has no order"),
        ({"a": 1}, "got a dict: return a list of its values"),
        ((x for x in (1, 2)), "got a generator: return a list of its values"),
        (10**400, "too large for a float"),
        ([10**400, Fraction(1, 2)], "too large for a float"),
        (["0.5"], "expected an array of numbers, got"),
        ([None, Fraction(1, 2)], "expected an array of numbers, got"),
        (np.array([1j]), "expected an array of numbers, got"),
    ],
    ids=[
        "set",
        "frozenset",
        "dict",
        "generator",
        "huge",
        "huge beside a fraction",
        "word",
        "nothing beside a fraction",
        "complex",
    ],
)
def test_what_is_no_array_of_numbers_is_told_why_not(value, says):
    with pytest.raises(AnswerError, match=says):
        expect_close(value, [1.0], "it")


def test_a_set_is_read_where_order_means_nothing():
    assert numbers_of({3, 1, 2}, unordered=True).tolist() == [1, 2, 3]
    assert numbers_of([3, 1, 2], unordered=True).tolist() == [3, 1, 2]
    assert numbers_of(frozenset(), unordered=True).size == 0


def test_a_number_that_two_slips_explain_names_neither():
    slips = [(0.5, "Half."), (0.5, "Halved."), (0.25, "Quarter."), (0.25, "Quarter.")]
    assert expect_close(0.5, 1.0, "it", "Why?", slips=slips).hint == "Why?"
    assert expect_close(0.25, 1.0, "it", "Why?", slips=slips).hint == "Quarter."


def test_a_slip_is_named_only_if_the_answer_follows_it_on_other_inputs_too():
    def hint(function):
        slips = [(lambda a, b: a + b, "A sum."), (lambda a, b: a**b, "A power.")]
        answer = Answer(function)
        found = expect_like(answer, lambda a, b: a * b, (3, 1), "3 x 1", "Why?", slips=slips, others=[(5, 2)])
        return found.right, found.hint

    assert hint(lambda a, b: a * b) == (True, "")
    assert hint(lambda a, b: a + b) == (False, "A sum.")
    assert hint(lambda a, b: 4) == (False, "Why?")  # 3 + 1 = 4, and so is four
    assert hint(lambda a, b: 7) == (False, "Why?")
    assert hint(lambda a, b: a + b if b == 1 else 1 / 0) == (False, "Why?")


def test_an_answer_is_judged_by_its_own_inputs_before_the_others():
    answer = Answer(lambda x: x.sort() or x)
    array = np.array([2.0, 1.0])
    assert expect_like(answer, np.sort, (array,), "it", others=[(np.array([1.0]),)]).right
    assert not expect_kept(answer, "it").right
    assert array.tolist() == [2.0, 1.0]


def test_a_large_array_is_told_by_the_first_number_that_differs():
    truth = np.zeros((5, 5))
    wrong = truth.copy()
    wrong[3, 1] = 2
    assert expect_close(wrong, truth, "it").says == "it: at [3, 1] expected 0, got 2"


def test_values_are_spelled_the_same_everywhere():
    assert spell(np.float64(0.1234567)) == "0.1235"
    assert spell(-0.0) == "-0.0"
    assert spell(np.array([-0.0, 1e-9])) == "[0, 1e-09]"
    assert spell([True, False]) == "[True, False]"
    assert spell("x" * 100) == "a value of type str"
    assert spell(Hostile()) == "a function"
