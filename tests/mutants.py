"""Which wrong code do the tests let pass? `make mutants ROOM=fusion` changes one thing at a time, and tries.

A mutant is the package with one comparison, sign, number or condition changed. The tests of its room should fail on
it; where they pass, the mutant survived: a test is missing, or the change changes nothing.
"""

from __future__ import annotations

import argparse
import ast
import csv
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "build" / "mutants.csv"
QUICK, SLOW = "not slow and not lessons", "slow and not lessons"
SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult, ast.Pow: ast.Mult,
}  # fmt: skip
# Functions without which the argument is what it was, and functions that are each other's opposite.
DROPPED = ("abs", "sqrt", "log", "exp", "round", "floor", "ceil", "sorted")
OPPOSITES = {"min": "max", "max": "min", "minimum": "maximum", "maximum": "minimum", "argmin": "argmax",
             "argmax": "argmin", "any": "all", "all": "any"}  # fmt: skip


class Mutant(NamedTuple):
    """One change of a source: where (in UTF-8 bytes), what stood there, what stands there now, the whole source."""

    line: int
    column: int
    was: str
    now: str
    source: str


def mutants(source: str) -> list[Mutant]:
    """All single changes of a module that this file knows, in the order of its lines.

    Left alone are what computes nothing: annotations, docstrings and other texts, decorators, and what is raised.
    """
    tree = ast.parse(source)
    made = (_changed(source, node, other) for node in _computing(tree) for other in _others(node))
    return sorted(each for each in made if each is not None)


def _computing(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Raise | ast.Import | ast.ImportFrom | ast.JoinedStr):
        return
    yield node
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "bases", "type_params"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _computing(child)


def _others(node: ast.AST) -> Iterator[ast.AST]:
    """What could stand in the place of an expression."""
    match node:
        case ast.Compare(left, operators, right):
            for i, one in enumerate(operators):
                if type(one) in SWAPS:
                    yield ast.Compare(left, [*operators[:i], SWAPS[type(one)](), *operators[i + 1 :]], right)
        case ast.BoolOp(one, values):
            yield ast.BoolOp(SWAPS[type(one)](), values)
        case ast.BinOp(left, one, right) if type(one) in SWAPS:
            yield ast.BinOp(left, SWAPS[type(one)](), right)
        case ast.UnaryOp(ast.USub() | ast.Not(), operand):
            yield operand
        case ast.Constant(bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(int() as value):
            yield ast.Constant(value + 1)
        case ast.Constant(float() as value):
            yield ast.Constant(value * 1.5 if value else 0.5)
        case ast.IfExp(test, body, orelse):
            yield ast.IfExp(test, orelse, body)
        case ast.If(test) | ast.While(test):
            yield ast.UnaryOp(ast.Not(), test)
        case ast.Call(function, [first, *rest], keywords):
            name = getattr(function, "attr", getattr(function, "id", ""))
            if name in DROPPED and not rest:
                yield first
            if name in OPPOSITES:
                other = ast.parse(ast.unparse(function)[: -len(name)] + OPPOSITES[name], mode="eval").body
                yield ast.Call(other, [first, *rest], keywords)


def _changed(source: str, node: ast.AST, other: ast.AST) -> Mutant | None:
    place = node.test if isinstance(node, ast.If | ast.While) else node
    assert isinstance(place, ast.expr)
    if place.end_lineno is None or place.end_col_offset is None:
        return None
    lines = source.encode().splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    begin = starts[place.lineno - 1] + place.col_offset
    end = starts[place.end_lineno - 1] + place.end_col_offset
    was = source.encode()[begin:end].decode()
    # In brackets, and all on one line: what stands around it keeps its meaning.
    now = f"({ast.unparse(other)})"
    whole = (source.encode()[:begin] + now.encode() + source.encode()[end:]).decode()
    try:
        compile(whole, "mutant", "exec", dont_inherit=True)
    except SyntaxError:  # a default in a pattern, say
        return None
    return Mutant(place.lineno, place.col_offset, was, now, whole)


def fate(tree: Path, file: Path, mutant: Mutant, tests: list[str], limit: float) -> str:
    """What the tests say of a wrong copy of the package in `tree`: "noticed", "survived" or "too slow".

    The quick tests are asked first, and the slow ones where they see nothing. The copy is as before afterwards.
    """
    target = tree / file
    before = target.read_text(encoding="utf-8")
    target.write_text(mutant.source, encoding="utf-8")
    try:
        quick = _passes(tree, tests, limit, QUICK)
        passed = quick and _passes(tree, tests, 20 * limit, SLOW)
    except subprocess.TimeoutExpired:
        return "too slow"
    finally:
        target.write_text(before, encoding="utf-8")
    return "survived" if passed else "noticed"


def _passes(tree: Path, tests: list[str], limit: float, marked: str) -> bool:
    # -B: a mutant of the same length, written within the same second, would be taken for the file it replaced.
    command = [
        sys.executable,
        "-B",
        "-m",
        "pytest",
        "-x",
        "-q",
        "-m",
        marked,
        "-p",
        "no:cacheprovider",
        *tests,
    ]
    done = subprocess.run(command, cwd=tree, capture_output=True, timeout=limit, check=False)
    return done.returncode in (0, 5)  # 5: no test bears this mark


def files_of(room: str, tree: Path) -> list[Path]:
    """The modules of a room, from the root of the project on: a package of `mmseg_edu`, or a module."""
    package = tree / "mmseg_edu" / room
    found = sorted(package.rglob("*.py")) if package.is_dir() else [package.with_suffix(".py")]
    return [each.relative_to(tree) for each in found if each.is_file() and each.name != "__init__.py"]


def tests_of(room: str, file: Path, tree: Path) -> list[str]:
    """Doctests of the module, then the test files of its room; those that are named like the module come first."""
    found = [*(tree / "tests").glob(f"test_{room}*.py"), *(tree / "tests" / room).rglob("test_*.py")]
    ordered = sorted(found, key=lambda each: (file.stem not in each.stem, each.name))
    return [file.as_posix(), *(each.relative_to(tree).as_posix() for each in ordered)]


def try_room(room: str, count: int, seed: int, tree: Path) -> list[tuple[Path, Mutant]]:
    """Try some mutants of a room, drawn with a seed; return those not noticed. Who was noticed is not tried again."""
    every = [
        (file, each) for file in files_of(room, tree) for each in mutants((tree / file).read_text("utf-8"))
    ]
    drawn = random.Random(seed).sample(every, min(count, len(every)))
    known = _tried()
    took: dict[Path, float] = {}
    left, fates = [], []
    for file, mutant in drawn:
        key = (file.as_posix(), f"{mutant.line}:{mutant.column}", mutant.was, mutant.now)
        if known.get(key) != "noticed":
            tests = tests_of(room, file, tree)
            if file not in took:
                begun = time.perf_counter()
                if not _passes(tree, tests, 3600, QUICK):
                    raise ValueError(f"the tests of {room} must pass before anything is changed: run {tests}")
                took[file] = time.perf_counter() - begun
            known[key] = fate(tree, file, mutant, tests, 60 + 4 * took[file])
            with KEPT.open("a", newline="", encoding="utf-8") as kept:
                csv.writer(kept).writerow([*key, known[key]])
        fates.append(known[key])
        if known[key] != "noticed":
            left.append((file, mutant))
            print(f"  {known[key]}: {file}:{mutant.line}  {mutant.was}  ->  {mutant.now}", flush=True)
    counted = ", ".join(f"{fates.count(each)} {each}" for each in ("noticed", "survived", "too slow"))
    print(f"{room}: {counted} (of {len(every)} possible)", flush=True)
    return left


def _tried() -> dict[tuple[str, str, str, str], str]:
    KEPT.parent.mkdir(exist_ok=True)
    KEPT.touch()
    with KEPT.open(newline="", encoding="utf-8") as kept:
        return {(row[0], row[1], row[2], row[3]): row[4] for row in csv.reader(kept)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])  # type: ignore[union-attr]
    parser.add_argument("rooms", nargs="+", help="packages or modules of mmseg_edu: fusion, clip, experts")
    parser.add_argument("--count", type=int, default=20, help="mutants a room (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="which ones (default: %(default)s)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        listed = subprocess.run(
            ["git", "ls-files", "-co", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        for name in listed.stdout.splitlines():
            (Path(folder) / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, Path(folder) / name)
        for room in options.rooms:
            try_room(room, options.count, options.seed, Path(folder))


if __name__ == "__main__":
    main()
