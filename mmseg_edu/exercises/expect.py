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
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from numbers import Real

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
Inputs = tuple[object, ...]


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


def numbers_of(value: object, *, unordered: bool = False) -> np.ndarray:
    """Read an answer as an array of numbers: lists, any float or integer type, `Fraction` and `Decimal`.

    Sets are read (in rising order) only where the order of an answer means nothing.

    Examples
    --------
    >>> from fractions import Fraction
    >>> numbers_of([Fraction(1, 4), 1])
    array([0.25, 1.  ])
    >>> numbers_of({2, 0}, unordered=True)
    array([0, 2])
    """
    if isinstance(value, (set, frozenset)):
        if not unordered:
            raise AnswerError(
                "expected an array of numbers, got a set: it has no order, and keeps equal numbers only once. "
                "Return a list or an array"
            )
        value = sorted(value)
    if isinstance(value, (dict, types.GeneratorType)):
        raise AnswerError(
            f"expected an array of numbers, got a {type(value).__name__}: return a list of its values"
        )
    array = np.asarray(value)
    if array.dtype.kind == "O" and all(isinstance(each, (Real, Decimal)) for each in array.flat):
        array = np.array([_as_float(each) for each in array.flat]).reshape(array.shape)
    if array.dtype.kind not in "biuf":
        raise AnswerError(f"expected an array of numbers, got {spell(value)}")
    return array


def _as_float(number: object) -> float:
    try:
        return float(number)  # type: ignore[arg-type]
    except OverflowError:
        raise AnswerError("expected an array of numbers, got one too large for a float") from None


def expect_shape(value: object, shape: Sequence[int], what: str, hint: str = "") -> Finding:
    """Expect an array of one shape.

    Examples
    --------
    >>> expect_shape(np.zeros(3), (2,), "two experts").says
    'two experts: expected shape (2,), got (3,)'
    """
    got, wanted = numbers_of(value).shape, tuple(shape)
    if got == wanted:
        return Finding(True, f"{what}: the answer has shape {wanted}")
    return Finding(False, f"{what}: expected shape {wanted}, got {got}", hint)


def expect_range(value: object, low: float, high: float, what: str, name: str, hint: str = "") -> Finding:
    """Expect finite numbers from `low` to `high` (to one part in a million, or what float16 can tell).

    `name` says what each number is.

    Examples
    --------
    >>> expect_range([0.5, 1.5], 0, 1, "two experts", "weight").says
    'two experts: expected every weight in [0, 1], got 1.5'
    """
    given = numbers_of(value)
    array, slack = given.astype(float), _slack(given, 1e-6, 1)
    wrong = array[~((array >= low - slack) & (array <= high + slack))]
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
    given = numbers_of(value)
    sums = np.atleast_1d(given.astype(float).sum(axis=axis)).ravel()
    wrong = sums[~(np.abs(sums - 1) < _slack(given, 1e-5, 1))]
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
        Values that a likely misconception leads to, each with its hint. Where two different hints fit one
        value, none is given: the value does not tell which slip it was. A hint that *names* a slip ("that is
        recall") belongs in `expect_like`, unless the value is one that nothing else leads to.
    tolerance : float, >= 0
        Largest absolute difference that still counts as right. An answer in float16 or float32 is granted four
        of its own rounding steps.

    Examples
    --------
    >>> expect_close([0.2, 0.8], [0.8, 0.2], "variances 1 and 4", slips=[([0.2, 0.8], "Upside down.")]).hint
    'Upside down.'
    """
    if _near(value, expected, tolerance):
        return Finding(True, what)
    fitting = {text for wrong, text in slips if _near(value, wrong, tolerance)}
    return _miss(value, expected, what, fitting.pop() if len(fitting) == 1 else hint, tolerance)


def _miss(value: object, expected: object, what: str, hint: str, tolerance: float) -> Finding:
    got, wanted = numbers_of(value), np.asarray(expected)
    if got.shape == wanted.shape and got.size > 6:
        far = ~(np.abs(got.astype(float) - wanted) <= _slack(got, tolerance, wanted))
        index = tuple(int(i) for i in np.argwhere(far)[0])
        where = ", ".join(map(str, index))
        return Finding(
            False, f"{what}: at [{where}] expected {spell(wanted[index])}, got {spell(got[index])}", hint
        )
    return Finding(False, f"{what}: expected {spell(wanted)}, got {spell(got)}", hint)


def expect_like(
    answer: Answer,
    right: Callable[..., object],
    inputs: Inputs,
    what: str,
    hint: str = "",
    *,
    slips: Sequence[tuple[Callable[..., object], str]] = (),
    others: Sequence[Inputs] = (),
    tolerance: float = 1e-5,
) -> Finding:
    """Expect what a rule gives, and name the slip of an answer that follows a wrong rule throughout.

    One number can come about in many ways: 2/3 is a precision, and a constant, and a miscounted IoU. So a slip
    is named only if its rule gives the answer's numbers on `others` too, inputs that were drawn so that no two
    rules agree there.

    Parameters
    ----------
    answer : Answer
        The learner's function.
    right : callable
        The rule that is asked for.
    inputs : tuple
        What both are called with.
    what, hint : str
        The situation, and the hint for a wrong value that no slip explains.
    slips : sequence of (callable, str)
        Rules that likely misconceptions follow, each with its hint.
    others : sequence of tuples
        More inputs, to tell the rules apart; an answer is called with them only after it went wrong.
    tolerance : float, >= 0
        As in `expect_close`.

    Examples
    --------
    >>> slips = [(lambda x: 2 * x, "Doubled, not squared.")]
    >>> doubled, fixed = Answer(lambda x: 2 * x), Answer(lambda x: 6)
    >>> expect_like(doubled, lambda x: x * x, (3,), "3 squared", "Squared?", slips=slips, others=[(5,)]).hint
    'Doubled, not squared.'
    >>> expect_like(fixed, lambda x: x * x, (3,), "3 squared", "Squared?", slips=slips, others=[(5,)]).hint
    'Squared?'
    """
    value, expected = answer(*inputs), right(*inputs)
    if _near(value, expected, tolerance):
        return Finding(True, what)
    cases = [(inputs, value)]
    try:
        cases += [(other, answer(*other)) for other in others]
    except AnswerError:
        slips = ()
    fitting = {
        text
        for rule, text in slips
        if all(_near(given, rule(*copy.deepcopy(case)), tolerance) for case, given in cases)
    }
    return _miss(value, expected, what, fitting.pop() if len(fitting) == 1 else hint, tolerance)


def together(says: str, *findings: Finding) -> Finding:
    """Make one finding of several: the first that is not right, or `says` when all are.

    Examples
    --------
    >>> alpha = [0.5, 0.7]
    >>> together("fine", expect_range(alpha, 0, 1, "it", "weight"), expect_sums_to_one(alpha, "it"))
    Finding(right=False, says='it: expected a sum of 1, got 1.2', hint='')
    """
    return next((each for each in findings if not each.right), Finding(True, says))


def expect_own(answer: Answer, room: str) -> Finding:
    """Expect an answer that does not hand the exercise on to the package's own function.

    Parameters
    ----------
    answer : Answer
        The learner's function.
    room : str
        The module whose functions are asked for, such as ``"mmseg_edu.fusion"``.

    Examples
    --------
    >>> from mmseg_edu import fusion
    >>> expect_own(Answer(fusion.mean), "mmseg_edu.fusion").says
    'expected code of your own, got fusion.mean'
    >>> expect_own(Answer(lambda opinions: np.mean(opinions, axis=0)), "mmseg_edu.fusion").right
    True
    """
    called = sorted({each.__name__ for each in _callables(answer.function) if _is_of(each, room)})
    if not called:
        return Finding(True, "code of your own")
    names = ", ".join(f"{room.split('.')[-1]}.{name}" for name in called)
    return Finding(
        False,
        f"expected code of your own, got {names}",
        "That is the package's answer to this very exercise. Use it to compare with yours.",
    )


def _is_of(value: object, room: str) -> bool:
    return isinstance(value, types.FunctionType) and f"{value.__module__}.".startswith(f"{room}.")


def _callables(function: object, seen: set[int] | None = None) -> list[types.FunctionType]:
    """List a function, the functions that its code mentions, and those that these mention in turn."""
    seen = set() if seen is None else seen
    function = getattr(function, "func", function)  # functools.partial
    if not isinstance(function, types.FunctionType) or id(function) in seen:
        return []
    seen.add(id(function))
    if function.__module__ and function.__module__.startswith("mmseg_edu."):
        return [function]
    names = _names_in(function.__code__)
    closed = {} if function.__closure__ is None else inspect.getclosurevars(function).nonlocals
    found = [{**function.__globals__, **closed}.get(name) for name in names]
    for _ in range(2):  # fusion.mean, and mmseg_edu.fusion.mean
        modules = [each for each in found if getattr(each, "__name__", "").startswith("mmseg_edu")]
        found += [getattr(module, name, None) for module in modules for name in names]
    return [function, *(inner for each in found for inner in _callables(each, seen))]


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
    got, wanted = numbers_of(value), np.asarray(expected)
    if got.shape != wanted.shape:
        return False
    return bool(np.all(np.abs(got.astype(float) - wanted) <= _slack(got, tolerance, wanted)))


def _slack(got: np.ndarray, tolerance: float, wanted: object) -> np.ndarray:
    """Widen a tolerance to what the answer's own type can tell: float16 knows three digits."""
    coarse = got.dtype.kind == "f" and got.dtype.itemsize < 8
    step = 4 * float(np.finfo(got.dtype).eps) if coarse else 0.0
    return np.maximum(tolerance, step * np.maximum(np.abs(np.asarray(wanted, dtype=float)), 0.25))
