"""Instant answers for the exercises: what is right, what is not yet, and what nobody tested.

A lesson says ``check("08.1", my_weighted)``. The exercise itself is a generator in
`mmseg_edu.exercises.lesson_08` that yields a `Finding` for each thing it looked at; `check` prints them and
stops at the first that is not right, so that a learner has one thing to mend at a time.
"""

from __future__ import annotations

import inspect
import pkgutil
import re
import textwrap
import warnings
from collections.abc import Callable, Generator, Iterator
from importlib import import_module
from importlib.util import find_spec

import numpy as np

from mmseg_edu import exercises
from mmseg_edu.exercises.expect import Answer, AnswerError, Finding, clean, spell

__all__ = ["Answer", "Finding", "check", "known"]

Exercise = Callable[..., Generator[Finding, None, None]]


def check(name: str, answer: object) -> None:
    """Print what is right about an answer, what is not yet, and what was not tested.

    Parameters
    ----------
    name : str
        The exercise, as its lesson names it: ``"08.1"``.
    answer : object
        The learner's function, or value.

    Notes
    -----
    Nothing that an answer does makes `check` raise, except an interrupt from the keyboard: that is how an
    endless loop is stopped. A learner's warnings stay out of the notebook; their own prints do not.

    Examples
    --------
    >>> def my_weighted(probabilities, alpha):
    ...     return probabilities.mean(axis=0)
    >>> check("08.1", my_weighted)
    08.1 my_weighted
      right     two experts and three classes: shape (3,), from 0 to 1, sums to 1
      right     code of your own
      not yet   alpha [0.75, 0.25] on [0.8, 0.1, 0.1] and [0.2, 0.2, 0.6]: expected [0.65, 0.125,
                0.225], got [0.5, 0.15, 0.35]
                This is the plain mean: every expert counts the same. Where does alpha enter?
      untested  the checks after this one; speed; alpha for each class or each pixel
    """
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for line in _report(name, answer):
            print(line)


def known() -> tuple[str, ...]:
    """Name every exercise there is.

    Examples
    --------
    >>> "08.1" in known()
    True
    """
    lessons = sorted(found.name for found in pkgutil.iter_modules(exercises.__path__))
    names = []
    for lesson in lessons:
        if match := re.fullmatch(r"lesson_(\d\d)", lesson):
            inside = vars(import_module(f"{exercises.__name__}.{lesson}"))
            numbers = sorted(int(key[9:]) for key in inside if re.fullmatch(r"exercise_\d+", key))
            names += [f"{match[1]}.{number}" for number in numbers]
    return tuple(names)


def _report(name: object, answer: object) -> Iterator[str]:
    found = _find(name)
    if found is None:
        text = f"{spell(name)} is not an exercise. The exercises are {', '.join(known())}."
        yield from textwrap.wrap(text, 96)
        return
    title, exercise, untested = found
    yield f"{title} {_name_of(answer)}".rstrip()
    if answer is ... or answer is NotImplemented:
        yield "  not started yet: replace the ... by your answer"
        return
    function = Answer(answer)
    findings = exercise(function if callable(answer) or _wants_function(exercise) else answer)
    finding = _next(findings, function)
    while finding is not None and finding.right:
        yield from _entry("right", finding.says)
        finding = _next(findings, function)
    if finding is None:
        yield from _entry("untested", untested)
    elif finding.says == "not started yet":
        yield "  not started yet: replace the line that raises NotImplementedError, then run this cell again"
    else:
        yield from _entry("not yet", finding.says, finding.hint)
        # An exercise that an exception ended is closed, and what it would have looked at next stays unknown.
        closed = inspect.getgeneratorstate(findings) == inspect.GEN_CLOSED
        rest = "the checks after this one" if closed or _next(findings, function) is not None else ""
        yield from _entry("untested", "; ".join(filter(None, (rest, untested))))


def _wants_function(exercise: Exercise) -> bool:
    return "Answer" in str(next(iter(inspect.signature(exercise).parameters.values())).annotation)


def _next(findings: Generator[Finding, None, None], answer: Answer) -> Finding | None:
    """Advance an exercise by one finding; whatever goes wrong on the way is a finding too."""
    try:
        return next(findings, None)
    except AnswerError as error:
        return Finding(False, error.says)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return Finding(
            False,
            f"what the answer returns cannot be checked ({clean(f'{type(error).__name__}: {error}')})",
            "Does it return one array of numbers?" if callable(answer.function) else "",
        )


def _find(name: object) -> tuple[str, Exercise, str] | None:
    match = re.fullmatch(r"(\d{1,2})\.(\d{1,2})", name.strip() if isinstance(name, str) else "")
    if match is None:
        return None
    title = f"{int(match[1]):02d}.{int(match[2])}"
    module = f"mmseg_edu.exercises.lesson_{title[:2]}"
    lesson = import_module(module) if find_spec(module) else None
    exercise = getattr(lesson, f"exercise_{title[3:]}", None)
    return exercise and (title, exercise, getattr(lesson, "UNTESTED", {}).get(title[3:], ""))


def _entry(kind: str, says: str, hint: str = "") -> list[str]:
    paragraphs = [*says.splitlines(), " ".join(hint.split())]
    lines = [line for each in paragraphs for line in textwrap.wrap(each.strip(), 84, break_on_hyphens=False)]
    return [f"  {kind if i == 0 else '':<10}{line}" for i, line in enumerate(lines)]


def _name_of(answer: object) -> str:
    try:
        name = getattr(answer, "__name__", "")
        return name if isinstance(name, str) and name.isidentifier() else ""
    except Exception:
        return ""
