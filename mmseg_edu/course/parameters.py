"""What a lesson lets one change: the names and defaults in its cell tagged `parameters`."""

from __future__ import annotations

import ast
import math
import reprlib
from collections.abc import Mapping
from contextlib import suppress
from copy import deepcopy
from numbers import Integral, Real
from typing import Any

import numpy as np
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from mmseg_edu.course.notebook import tags

INJECTED = "injected-parameters"
"""The tag, and the id, of the cell that sets the parameters."""
UNKNOWN = object()
"""Stands for a default that is worked out by code, so that any value is accepted for it."""


def declared(nb: NotebookNode, *, name: str = "the notebook") -> dict[str, Any]:
    """Return the parameters of a notebook with their defaults, in the order in which they are written.

    Parameters
    ----------
    nb : NotebookNode
        A notebook with at most one cell tagged ``parameters``.
    name : str
        What to call it in errors.

    Returns
    -------
    dict
        Name to default; `UNKNOWN` where the default is not a literal. Empty without such a cell.

    Raises
    ------
    ValueError
        When more than one cell is tagged ``parameters``, or that cell is not Python.

    Examples
    --------
    >>> from nbformat.v4 import new_code_cell, new_notebook
    >>> cell = new_code_cell("seed = 0\\nprofile: str = 'quick'", metadata={"tags": ["parameters"]})
    >>> declared(new_notebook(cells=[cell]))
    {'seed': 0, 'profile': 'quick'}
    """
    cells = [cell for cell in nb.cells if cell.cell_type == "code" and "parameters" in tags(cell)]
    if len(cells) > 1:
        raise ValueError(
            f"{name} must have one cell tagged `parameters`, got {len(cells)}: put them together"
        )
    if not cells:
        return {}
    try:
        body = ast.parse(cells[0].source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        says = getattr(error, "msg", "") or str(error) or type(error).__name__
        raise ValueError(
            f"the `parameters` cell of {name} must be plain Python, got {says!r}: mend it"
        ) from error
    found: dict[str, Any] = {}
    for node in body:
        if isinstance(node, ast.Assign):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            names = [node.target.id]
        else:
            continue
        found.update(dict.fromkeys(names, _literal(node.value)))
    return found


def checked(nb: NotebookNode, values: Mapping[str, Any], *, name: str = "the notebook") -> dict[str, Any]:
    """Check values against a notebook's own parameters and return them ready to be injected.

    Parameters
    ----------
    nb : NotebookNode
        The notebook that will receive them.
    values : mapping
        Name to value. Text for a parameter that is not text is read as a Python literal: ``"3"`` does for 3.
    name : str
        What to call the notebook in an error.

    Raises
    ------
    ValueError
        When the notebook has no such parameter; the message lists those it has.
    TypeError
        When a value is of another type than the default.
    """
    known = declared(nb, name=name)
    for each in values:
        if each not in known:
            names = ", ".join(known) or "none: no cell is tagged `parameters`"
            raise ValueError(f"{name} has no parameter {each!r}; it has {names}")
    return {each: _fitting(each, value, known[each], name) for each, value in values.items()}


def injected(nb: NotebookNode, values: Mapping[str, Any]) -> NotebookNode:
    """Return a notebook whose parameters have other values: a cell below its own that sets them.

    Parameters
    ----------
    nb : NotebookNode
        It is not changed.
    values : mapping
        What `checked` returned.

    Examples
    --------
    >>> from nbformat.v4 import new_code_cell, new_notebook
    >>> cell = new_code_cell("size = (64, 64)", metadata={"tags": ["parameters"]})
    >>> print(injected(new_notebook(cells=[cell]), {"size": (32, 48)}).cells[1].source)
    # Parameters
    size = (32, 48)
    """
    done = deepcopy(nb)
    if values:
        lines = ["# Parameters", *(f"{name} = {literal(value)}" for name, value in values.items())]
        own = [i for i, cell in enumerate(done.cells) if "parameters" in tags(cell)]
        cell = new_code_cell("\n".join(lines), id=INJECTED, metadata={"tags": [INJECTED]})
        # What an earlier run injected would win over the new values.
        before = done.cells[: own[0] + 1] if own else []
        after = [each for each in done.cells[len(before) :] if INJECTED not in tags(each)]
        done.cells = [*before, cell, *after]
    return done


def literal(value: Any) -> str:
    """Write a value as Python reads it.

    Raises
    ------
    TypeError
        When it is no literal.

    Examples
    --------
    >>> literal([1, (2.5, float("nan")), {"a": None}])
    "[1, (2.5, float('nan')), {'a': None}]"
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return f"float('{float(value)!r}')"
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, tuple):
        return f"({', '.join(map(literal, value))}{',' * (len(value) == 1)})"
    if isinstance(value, set) and value:
        return f"{{{', '.join(map(literal, value))}}}"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{literal(key)}: {literal(each)}" for key, each in value.items()) + "}"
    if isinstance(value, complex):
        return f"complex({literal(value.real)}, {literal(value.imag)})"
    if isinstance(value, str):
        return repr(str(value))
    if isinstance(value, float):
        return repr(float(value))
    if value is None or isinstance(value, bool | bytes):
        return repr(value)
    if isinstance(value, Integral):
        return repr(int(value))
    raise TypeError(f"{type(value).__name__} is no number, no text, and no list, tuple, set or dict of those")


def shown(value: Any) -> str:
    """A value on one line of an error."""
    return reprlib.repr(value)


def _literal(node: ast.expr | None) -> Any:
    try:
        return ast.literal_eval(node) if node is not None else UNKNOWN
    except (ValueError, TypeError):
        return UNKNOWN


def _fitting(parameter: str, value: Any, default: Any, name: str) -> Any:
    given = value
    if isinstance(value, str) and not isinstance(default, str):
        with suppress(ValueError, SyntaxError, RecursionError, MemoryError):
            value = ast.literal_eval(value.strip())
    try:
        fits, value = _like(value, default)
        literal(value)
    except (TypeError, OverflowError, RecursionError) as error:
        raise TypeError(
            f"parameter {parameter} of {name} cannot be set: {error}: give another value"
        ) from error
    if not fits:
        raise TypeError(
            f"parameter {parameter} of {name} must be {type(default).__name__} like its default {shown(default)}, "
            f"got {shown(given)} ({type(given).__name__}): give another value"
        )
    return value


def _like(value: Any, default: Any) -> tuple[bool, Any]:
    """Whether a value is of the kind of a default, and the value as one of that kind."""
    if default is UNKNOWN or default is None:
        return True, value
    if isinstance(default, bool):
        return isinstance(value, bool), value
    if isinstance(default, int):
        return _is_whole(value), int(value) if _is_whole(value) else value
    if isinstance(default, float):
        fits = isinstance(value, Real) and not isinstance(value, bool)
        return fits, float(value) if fits else value
    if isinstance(default, list | tuple):
        fits = isinstance(value, list | tuple)
        return fits, type(default)(value) if fits else value
    return isinstance(value, type(default)), value


def _is_whole(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)
