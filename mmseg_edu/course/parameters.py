"""What a lesson lets one change: the names and defaults in its cell tagged `parameters`."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any

from nbformat import NotebookNode

from mmseg_edu.course.notebook import tags

UNKNOWN = object()
"""Stands for a default that is worked out by code, so that any value is accepted for it."""


def declared(nb: NotebookNode) -> dict[str, Any]:
    """Return the parameters of a notebook with their defaults, in the order in which they are written.

    Parameters
    ----------
    nb : NotebookNode
        A notebook with at most one cell tagged ``parameters``.

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
        raise ValueError(f"a notebook has one cell tagged `parameters`, got {len(cells)}: put them together")
    if not cells:
        return {}
    try:
        body = ast.parse(cells[0].source).body
    except SyntaxError as error:
        raise ValueError(f"the `parameters` cell must be plain Python, got {error.msg!r}: mend it") from error
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
    known = declared(nb)
    for each in values:
        if each not in known:
            names = ", ".join(known) or "none: no cell is tagged `parameters`"
            raise ValueError(f"{name} has no parameter {each!r}; it has {names}")
    return {each: _fitting(each, value, known[each], name) for each, value in values.items()}


def _literal(node: ast.expr | None) -> Any:
    try:
        return ast.literal_eval(node) if node is not None else UNKNOWN
    except (ValueError, TypeError):
        return UNKNOWN


def _fitting(parameter: str, value: Any, default: Any, name: str) -> Any:
    given = value
    if isinstance(value, str) and not isinstance(default, str):
        try:
            value = ast.literal_eval(value.strip())
        except (ValueError, SyntaxError):
            value = given
    if default is UNKNOWN or default is None:
        return value
    if isinstance(default, bool):
        fits = isinstance(value, bool)
    elif isinstance(default, int):
        fits, value = _is_whole(value), int(value) if _is_whole(value) else value
    elif isinstance(default, float):
        fits = isinstance(value, Real) and not isinstance(value, bool)
        value = float(value) if fits else value
    elif isinstance(default, list | tuple):
        fits = isinstance(value, list | tuple)
    else:
        fits = isinstance(value, type(default))
    if not fits:
        raise TypeError(
            f"parameter {parameter} of {name} must be {type(default).__name__} like its default {default!r}, "
            f"got {given!r} ({type(given).__name__}): give another value"
        )
    return value


def _is_whole(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)
