"""The parts of which exercises are made: a finding, the learner's answer, and what one may expect of it.

An exercise is a generator that yields findings, in the order shape, range, property, value::

    def exercise_1(answer: Answer) -> Iterator[Finding]:
        fused = answer(probabilities, alpha)
        yield expect_shape(fused, (3,), "two experts and three classes")
        yield expect_sums_to_one(fused, "two experts and three classes")
"""

from __future__ import annotations

import copy
import inspect
import linecache
import re
import types
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Finding:
    """One thing that a check looked at.

    Parameters
    ----------
    right : bool
        Whether the answer is right in this respect.
    says : str
        What was looked at, and, when it is not right, what was expected and what came instead.
    hint : str
        A question or a fact that leads from the likely misconception to the answer; may have several lines.

    Examples
    --------
    >>> Finding(True, "returns shape (K,)").right
    True
    """

    right: bool
    says: str
    hint: str = ""


Slip = tuple[object, str]


class AnswerError(Exception):
    """The learner's own code failed; `line` says where, `says` what."""

    def __init__(self, says: str, started: bool = True) -> None:
        super().__init__(says)
        self.says = says
        self.started = started


class Answer:
    """A learner's function, wrapped so that an exercise can simply call it.

    The function gets copies of its inputs, so that it cannot spoil the exercise's own, and what it raises
    comes back as an `AnswerError`, so that a slip of the learner is never mistaken for a slip of the check.

    Attributes
    ----------
    function : object
        What the learner handed in.
    changed : bool
        Whether the last call changed one of its inputs.
    reads : frozenset of str
        The global names that the function's code mentions.

    Examples
    --------
    >>> Answer(len)([1, 2, 3])
    3
    """

    def __init__(self, function: object) -> None:
        self.function = function
        self.changed = False
        self.reads = _names_in(_code_of(function))

    def __call__(self, *inputs: object) -> object:
        if not callable(self.function):
            raise AnswerError(
                f"expected a function, got {spell(self.function)}: give its name without brackets"
            )
        given = copy.deepcopy(inputs)
        try:
            value = self.function(*given)
        except KeyboardInterrupt:
            raise
        except NotImplementedError:
            raise AnswerError("not started yet", started=False) from None
        except BaseException as error:
            raise AnswerError(_tell(error, self.function)) from None
        if inspect.iscoroutine(value):
            value.close()
            raise AnswerError("returns a coroutine: write def, not async def")
        if value is None:
            raise AnswerError("returns None: does every path end in a return?")
        self.changed = not all(_same(a, b) for a, b in zip(inputs, given, strict=True))
        return value


# What learners see of their own values and errors: short, the same every time, no addresses, no paths.


def spell(value: object) -> str:
    """Spell a value in a few characters that are the same on every machine.

    Examples
    --------
    >>> spell(np.array([0.25, 0.7500001]))
    '[0.25, 0.75]'
    >>> spell(np.zeros((8, 8, 3)))
    'an array of shape (8, 8, 3)'
    """
    try:
        if isinstance(value, (np.ndarray, np.generic, list, tuple)) and not isinstance(value, str):
            array = np.asarray(value)
            if array.dtype.kind in "biufc":
                return _spell_array(array)
        if callable(value):
            return "a function"
        text = clean(repr(value))
        return text if len(text) <= 40 else f"a value of type {type(value).__name__}"
    except KeyboardInterrupt:
        raise
    except BaseException:
        return f"a value of type {type(value).__name__}"


def _spell_array(array: np.ndarray) -> str:
    if array.size > 6:
        return f"an array of shape {array.shape}"
    if array.ndim == 0:
        return _spell_number(array.item())
    return f"[{', '.join(_spell_array(part) for part in array)}]"


def _spell_number(number: object) -> str:
    if isinstance(number, bool) or not isinstance(number, float):
        return str(number)
    return f"{number + 0.0:.4g}"


def clean(text: str) -> str:
    """Strip addresses and folders from a text, and put it on one line of at most 160 characters."""
    text = re.sub(r" at 0x[0-9a-fA-F]+", "", text)
    text = re.sub(r"(?:[A-Za-z]:)?(?:[/\\][\w.\-+]+){2,}", lambda m: re.split(r"[/\\]", m[0])[-1], text)
    text = " ".join(text.split())
    return text if len(text) <= 160 else text[:157] + "..."


def _tell(error: BaseException, function: object) -> str:
    """Say what the learner's code raised, and on which of their own lines."""
    try:
        last = clean(str(error).strip().splitlines()[-1]) if str(error).strip() else ""
    except Exception:
        last = ""
    what = f"raises {type(error).__name__}" + (f": {last}" if last else "")
    code = _code_of(function)
    trace, line = error.__traceback__, None
    for _ in range(3000):
        if trace is None:
            break
        if code is not None and trace.tb_frame.f_code.co_filename == code.co_filename:
            line = trace.tb_lineno
        trace = trace.tb_next
    if code is None or line is None:
        return what
    source = linecache.getline(code.co_filename, line).strip()
    return f"{what}\nline {line}: {clean(source)}" if source else f"{what}\nline {line}"


def _code_of(function: object) -> types.CodeType | None:
    return function.__code__ if isinstance(function, types.FunctionType) else None


def _names_in(code: object) -> frozenset[str]:
    if not isinstance(code, types.CodeType):
        return frozenset()
    inner = (_names_in(each) for each in code.co_consts)
    return frozenset(code.co_names + code.co_freevars).union(*inner)


def _same(before: object, after: object) -> bool:
    if isinstance(before, np.ndarray) and isinstance(after, np.ndarray):
        return before.shape == after.shape and np.array_equal(
            before, after, equal_nan=before.dtype.kind == "f"
        )
    if isinstance(before, (list, tuple)) and isinstance(after, (list, tuple)):
        return len(before) == len(after) and all(map(_same, before, after))
    return bool(before == after)


# What one may expect of an answer. `what` names the situation in the learner's words.


def _numbers(value: object) -> np.ndarray:
    array = np.asarray(value)
    if array.dtype.kind not in "biuf":
        raise AnswerError(f"expected an array of numbers, got {spell(value)}")
    return array


def expect_shape(value: object, shape: Sequence[int], what: str, hint: str = "") -> Finding:
    """Expect an array of one shape.

    Examples
    --------
    >>> expect_shape(np.zeros(3), (2,), "two experts").says
    'two experts: expected shape (2,), got (3,)'
    """
    got, wanted = _numbers(value).shape, tuple(shape)
    if got == wanted:
        return Finding(True, f"{what}: the answer has shape {wanted}")
    return Finding(False, f"{what}: expected shape {wanted}, got {got}", hint)


def expect_range(value: object, low: float, high: float, what: str, name: str, hint: str = "") -> Finding:
    """Expect finite numbers from `low` to `high` (to one part in a million); `name` says what each number is.

    Examples
    --------
    >>> expect_range([0.5, 1.5], 0, 1, "two experts", "weight").says
    'two experts: expected every weight in [0, 1], got 1.5'
    """
    array = _numbers(value).astype(float)
    wrong = array[~((array >= low - 1e-6) & (array <= high + 1e-6))]
    if wrong.size == 0:
        above = f" or above {high:g}" if np.isfinite(high) else ""
        return Finding(True, f"{what}: no {name} is below {low:g}{above}")
    return Finding(
        False, f"{what}: expected every {name} in [{low:g}, {high:g}], got {spell(wrong[0])}", hint
    )


def expect_sums_to_one(value: object, what: str, hint: str = "", *, axis: int = -1) -> Finding:
    """Expect sums of 1 along an axis.

    Examples
    --------
    >>> expect_sums_to_one([0.5, 1.0], "two experts").says
    'two experts: expected a sum of 1, got 1.5'
    """
    sums = np.atleast_1d(_numbers(value).astype(float).sum(axis=axis)).ravel()
    wrong = sums[~(np.abs(sums - 1) < 1e-5)]
    if wrong.size == 0:
        return Finding(True, f"{what}: sums to 1")
    return Finding(False, f"{what}: expected a sum of 1, got {spell(wrong[0])}", hint)


def expect_close(
    value: object,
    expected: object,
    what: str,
    hint: str = "",
    *,
    slips: Sequence[Slip] = (),
    tolerance: float = 1e-5,
) -> Finding:
    """Expect one value; a known wrong value gets the hint that belongs to it.

    Parameters
    ----------
    value, expected : array_like
        What came, and what should have.
    what : str
        The situation.
    hint : str
        For a wrong value that nobody foresaw.
    slips : sequence of (array_like, str)
        Values that a likely misconception leads to, each with its hint.
    tolerance : float, >= 0
        Largest absolute difference that still counts as right.

    Examples
    --------
    >>> expect_close([0.2, 0.8], [0.8, 0.2], "variances 1 and 4", slips=[([0.2, 0.8], "Upside down.")]).hint
    'Upside down.'
    """
    if _near(value, expected, tolerance):
        return Finding(True, what)
    hint = next((text for wrong, text in slips if _near(value, wrong, tolerance)), hint)
    got, wanted = _numbers(value), np.asarray(expected)
    if got.shape == wanted.shape and got.size > 6:
        index = tuple(int(i) for i in np.argwhere(~(np.abs(got - wanted) <= tolerance))[0])
        where = ", ".join(map(str, index))
        return Finding(
            False, f"{what}: at [{where}] expected {spell(wanted[index])}, got {spell(got[index])}", hint
        )
    return Finding(False, f"{what}: expected {spell(wanted)}, got {spell(got)}", hint)


def together(says: str, *findings: Finding) -> Finding:
    """Make one finding of several: the first that is not right, or `says` when all are.

    Examples
    --------
    >>> alpha = [0.5, 0.7]
    >>> together("fine", expect_range(alpha, 0, 1, "it", "weight"), expect_sums_to_one(alpha, "it"))
    Finding(right=False, says='it: expected a sum of 1, got 1.2', hint='')
    """
    return next((each for each in findings if not each.right), Finding(True, says))


def expect_kept(answer: Answer, what: str, hint: str = "") -> Finding:
    """Expect that the last call of an answer left its inputs as they were.

    Examples
    --------
    >>> answer = Answer(sorted)
    >>> _ = answer([2, 1])
    >>> expect_kept(answer, "a list").says
    'a list: the inputs are left as they were'
    """
    if not answer.changed:
        return Finding(True, f"{what}: the inputs are left as they were")
    return Finding(
        False,
        f"{what}: the call changed its own input",
        hint or "Whoever called still needs that array. Which line writes into it (*=, +=, x[...] =)?",
    )


def _near(value: object, expected: object, tolerance: float) -> bool:
    got, wanted = _numbers(value), np.asarray(expected)
    return got.shape == wanted.shape and bool(np.all(np.abs(got.astype(float) - wanted) <= tolerance))
