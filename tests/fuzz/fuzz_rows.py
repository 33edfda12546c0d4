"""What a row of the table says: how a public function is called, and what kind of thing each argument is."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple


class Given(NamedTuple):
    """One argument: its kind, which decides how it is attacked, and a value that is right."""

    kind: str
    value: Any


@dataclass(frozen=True)
class Row:
    """One public function: right arguments by name, and what its docstring allows beyond the law."""

    name: str
    arguments: Mapping[str, Given]
    nan: str = ""
    slow: bool = False
    no_lists: bool = False

    @property
    def function(self) -> Callable[..., Any]:
        room, _, name = self.name.rpartition(".")
        return getattr(import_module(f"mmseg_edu.{room}"), name)

    def call_with(self) -> dict[str, Any]:
        """Right arguments, fresh: what a call does to them stays with it."""
        return {name: fresh(given) for name, given in self.arguments.items()}


def row(
    name: str, /, *, nan: str = "", slow: bool = False, no_lists: bool = False, **arguments: Given
) -> Row:
    """Write a row; `nan` quotes what the docstring says of NaN that comes out of finite numbers.

    With `no_lists` an array in lists may be refused.
    """
    return Row(name, arguments, nan, slow, no_lists)


def fresh(given: Given) -> Any:
    """Give the value of an argument; one that is costly to make is made once."""
    if given.kind == "function":
        return given.value
    if given.kind == "made" or (given.kind == "path" and callable(given.value)):
        return _made(given.value)
    return copy.deepcopy(given.value)


@cache
def _made(factory: Callable[[], Any]) -> Any:
    return factory()


def floats(value: Any) -> Given:
    """An array of floating-point numbers."""
    return Given("floats", value)


def wholes(value: Any) -> Given:
    """An array of whole numbers: labels, markers, counts."""
    return Given("wholes", value)


def truths(value: Any) -> Given:
    """An array of booleans: a mask."""
    return Given("truths", value)


def arrays(*values: Any) -> Given:
    """A sequence of arrays: the senses, the pictures of a strip."""
    return Given("arrays", list(values))


def number(value: float | None) -> Given:
    """One real number."""
    return Given("number", value)


def whole(value: Any) -> Given:
    """One whole number, or a pair of them: a count, a size, a rate."""
    return Given("whole", value)


def seed(value: int = 0) -> Given:
    """A seed or generator."""
    return Given("seed", value)


def flag(value: bool) -> Given:
    """A truth value."""
    return Given("flag", value)


def text(value: str | None) -> Given:
    """A text: one of a few names, a title, an alternative text."""
    return Given("text", value)


def names(*values: str) -> Given:
    """A sequence of texts."""
    return Given("names", list(values))


def table_of(value: Mapping[str, Any]) -> Given:
    """A mapping from names to numbers or arrays."""
    return Given("table", value)


def function(value: Callable[..., Any]) -> Given:
    """A function that the function calls."""
    return Given("function", value)


def made(factory: Callable[[], Any]) -> Given:
    """A thing of the package's own (a batch, a clip), made when it is first wanted."""
    return Given("made", factory)


def path(value: Any) -> Given:
    """Where a file is, or is to be."""
    return Given("path", value)
