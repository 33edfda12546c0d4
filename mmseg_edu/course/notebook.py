"""Lessons as files: find them, read them, fill in their solutions, write them whole or not at all."""

from __future__ import annotations

import json
import os
import re
import warnings
from collections.abc import Sequence
from copy import deepcopy
from itertools import count
from pathlib import Path
from textwrap import shorten
from typing import Any

import nbformat
import nbformat.reader
from nbformat import NotebookNode

from mmseg_edu.course import curriculum
from mmseg_edu.whole_file import whole_file

_ID = re.compile(r"[a-zA-Z0-9-_]{1,64}\Z")
# What a cell of the current format must have, and some writers leave out.
_PARTS: dict[str, tuple[tuple[str, Any], ...]] = {"code": (("outputs", []), ("execution_count", None))}


UNICODE_REMEDY = "set PYTHONUTF8=1, or LC_ALL=C.UTF-8"


def unicode_names() -> bool:
    """Whether names of files outside ASCII can be used here: not where an old locale is forced on Python.

    Examples
    --------
    >>> unicode_names()
    True
    """
    try:
        os.fsencode("课ü")
    except UnicodeEncodeError:
        return False
    return True


def tags(cell: NotebookNode) -> list[str]:
    """Return the tags of a cell, none when it has none."""
    return list(cell.metadata.get("tags", []))


def shipped_lessons() -> Path:
    """Return the folder of the lessons that came with the package: inside it, or beside it in a checkout.

    Returns
    -------
    Path
        There is none where somebody took the package out of its checkout.
    """
    package = Path(__file__).parents[1]
    inside = package / "lessons"
    return inside if inside.is_dir() else package.parent / "notebooks"


def lessons_here(folder: str | Path = ".") -> Path | None:
    """Return where the lessons lie that somebody in a folder means: in ``notebooks`` there, or in the folder itself.

    Parameters
    ----------
    folder : path

    Returns
    -------
    Path or None
        ``notebooks`` if it holds any notebook, the folder if it holds a lesson of the course, else None.
    """
    inside, here = Path(folder) / "notebooks", Path(folder)
    if any(inside.glob("[!.]*.ipynb")):
        return inside
    named = any((here / f"{lesson.name}.ipynb").is_file() for lesson in curriculum.LESSONS)
    return here if named else None


def find(which: str | Path | Sequence[str | Path], *, folder: str | Path = "notebooks") -> list[Path]:
    """Find notebooks by path, by folder, or by a lesson's number or name.

    Parameters
    ----------
    which : path, str or a sequence of them
        ``"notebooks"`` (all of them), ``"notebooks/13_fcn.ipynb"``, ``"13"`` or ``"fcn"``.
    folder : path
        Where lessons that are given by number or name lie.

    Returns
    -------
    list of Path
        Absolute paths, each file once, in the order given and by name within a folder.

    Raises
    ------
    ValueError
        When there is no such notebook, a folder has none, or a name in it cannot be read under this locale.
    """
    found: dict[Path, Path] = {}
    for each in [which] if isinstance(which, str | Path) else which:
        path = Path(each)
        if path.is_dir():
            inside = sorted(path.glob("[!.]*.ipynb"))
            if not inside:
                raise ValueError(f"a folder of lessons holds notebooks, {each} has none: name another")
            found.update({item.resolve(): item.absolute() for item in inside})
            continue
        if path.suffix != ".ipynb":
            path = Path(folder) / f"{_lesson(each)}.ipynb"
            if not path.is_file() and Path(folder).is_dir():
                raise ValueError(_to_come(path.stem, folder))
        if not path.is_file():
            raise ValueError(f"there is no notebook {path}: check the path, or the folder")
        found[path.resolve()] = path.absolute()
    for path in found.values():
        _check_names(path)
    return list(found.values())


def read(path: str | Path) -> NotebookNode:
    """Read a notebook of any format, in the current one.

    Returns
    -------
    NotebookNode
        Every cell has an id of its own; those of an older format are named ``cell-1``, ``cell-2`` and so on.

    Raises
    ------
    ValueError
        When the file is not a notebook.
    """
    name = Path(path).name
    try:
        text = Path(path).read_bytes().decode("utf-8-sig")
        if not text.strip():
            raise ValueError("an empty file")
        nb, ids = _parsed(text)
    except FileNotFoundError as error:
        raise ValueError(f"there is no notebook {path}: check the path") from error
    except Exception as error:
        says = shorten(" ".join(str(error).split()), 300, placeholder=" ...") or type(error).__name__
        raise ValueError(f"{name} must be a notebook, got {says}: open it in JupyterLab") from error
    _name_cells(nb, ids)
    try:
        nbformat.validate(nb, relax_add_props=True)
    except nbformat.ValidationError as error:
        raise ValueError(
            f"{name} must be a valid notebook, {_invalid(error)}: open it in JupyterLab"
        ) from error
    return nb


def need_python(nb: NotebookNode, name: str) -> None:
    """Refuse a notebook that says it is in another language.

    Examples
    --------
    >>> need_python(NotebookNode(metadata={"kernelspec": {"language": "R"}}), "08")
    Traceback (most recent call last):
    ValueError: 08 must be in Python, got R: choose a Python kernel in JupyterLab, if it is
    """
    about = nb.metadata
    found = [about.get("kernelspec", {}).get("language"), about.get("language_info", {}).get("name")]
    for language in found:
        if language and not re.match("i?python", str(language), re.I):
            raise ValueError(
                f"{name} must be in Python, got {language}: choose a Python kernel in JupyterLab, if it is"
            )


def written(nb: NotebookNode) -> bytes:
    """Return the bytes of a notebook's file: keys sorted, one space of indent, a line feed at the end."""
    return (nbformat.writes(nb, version=4).rstrip("\n") + "\n").encode()


def write(path: str | Path, content: bytes) -> bool:
    """Put content in place of a file at once, so that nobody ever sees half of it.

    Returns
    -------
    bool
        Whether the file changed; the same content is not written again.

    Raises
    ------
    OSError
        When it cannot be written: no room is left, or the folder may only be read. What was there stays.
    """
    path = Path(path).resolve()  # behind a link, the file itself is replaced
    if path.is_file() and path.read_bytes() == content:
        return False
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as unfinished:
            unfinished.write_bytes(content)
    except OSError as error:
        was = "the old one stays" if path.is_file() else "nothing is there"
        says = f"{path.name} cannot be written, {was}: {error.strerror or error}"
        raise OSError(error.errno, f"{says}: make room, or name another folder") from error
    return True


def fill_solutions(nb: NotebookNode) -> NotebookNode:
    """Return a copy in which each exercise's stub is replaced by its solution.

    Parameters
    ----------
    nb : NotebookNode
        A lesson: each cell tagged ``exercise`` is followed by its cell tagged ``solution``.

    Returns
    -------
    NotebookNode
        The source of every exercise cell is that of its solution; the solution cells are left out, so that
        nothing runs twice.

    Raises
    ------
    ValueError
        When an exercise has no solution directly after it, or a solution no exercise before it.

    Examples
    --------
    >>> from nbformat.v4 import new_code_cell, new_notebook
    >>> stub = new_code_cell("answer = None", metadata={"tags": ["exercise"]})
    >>> solution = new_code_cell("answer = 42", metadata={"tags": ["solution"]})
    >>> [cell.source for cell in fill_solutions(new_notebook(cells=[stub, solution])).cells]
    ['answer = 42']
    """
    filled = deepcopy(nb)
    kept: list[NotebookNode] = []
    stub: NotebookNode | None = None
    for cell in filled.cells:
        is_solution = "solution" in tags(cell)
        if stub is not None and not is_solution:
            raise ValueError(_unpaired("exercise", stub))
        if is_solution and stub is None:
            raise ValueError(_unpaired("solution", cell))
        if is_solution and stub is not None:
            stub.source, stub = cell.source, None
            continue
        stub = cell if "exercise" in tags(cell) else None
        kept.append(cell)
    if stub is not None:
        raise ValueError(_unpaired("exercise", stub))
    filled.cells = kept
    return filled


def _parsed(text: str) -> tuple[NotebookNode, list[Any]]:
    """The notebook that a text holds, and the ids that its cells have there."""
    raw = json.loads(text)
    if not isinstance(raw, dict):
        raise ValueError(f"a {type(raw).__name__} instead of its cells")
    cells = raw.get("cells", []) if raw.get("nbformat") == 4 else []
    for cell in cells:
        for part, empty in (("metadata", {}), *_PARTS.get(cell.get("cell_type"), ())):
            cell.setdefault(part, empty)
    parsed = nbformat.reader.reads(json.dumps(raw))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of ids that are missing
        # The converters of old formats leave plain dictionaries behind.
        nb: NotebookNode = nbformat.from_dict(nbformat.convert(parsed, 4))
    return nb, [cell.get("id") for cell in cells] or [None] * len(nb.cells)


def _name_cells(nb: NotebookNode, ids: Sequence[Any]) -> None:
    """Give the cells the ids that they had, and one by their number where there was none, or one given twice."""
    used = {each for each in ids if isinstance(each, str)}
    taken: set[str] = set()
    for number, (cell, name) in enumerate(zip(nb.cells, ids, strict=True), start=1):
        if not isinstance(name, str) or not _ID.match(name) or name in taken:
            names = (f"cell-{number}" + "-new" * more for more in count())
            name = next(each for each in names if each not in used)
            used.add(name)
        taken.add(name)
        cell["id"] = name
    nb.nbformat_minor = max(5, nb.nbformat_minor)


def _invalid(error: nbformat.ValidationError) -> str:
    where = list(getattr(error, "relative_path", ()))
    cell = f"cell {where[1] + 1} is not: " if where[:1] == ["cells"] and len(where) > 1 else "it is not: "
    return cell + shorten(str(getattr(error, "message", error)), 200, placeholder=" ...")


def _lesson(which: str | Path) -> str:
    try:
        return curriculum.lesson(str(which)).name
    except ValueError as error:
        raise ValueError(f"there is no folder, notebook or lesson {str(which)!r}; {error}") from None


def _check_names(path: Path) -> None:
    """Refuse names that Python could not read as text: what is written of them would fail, far from here."""
    for each in (path, *path.parent.iterdir()):
        if str(each) != str(each).encode(errors="replace").decode():
            remedy = "rename it" if unicode_names() else UNICODE_REMEDY
            raise ValueError(
                f"names of files must be readable under this locale, got {str(each)!a}: {remedy}"
            )


def _to_come(name: str, folder: str | Path) -> str:
    here = ", ".join(each[:2] for each in curriculum.present(folder)) or "none"
    return f"lesson {name} is yet to come; in {folder} there are {here}: choose one of them"


def _unpaired(tag: str, cell: NotebookNode) -> str:
    exercise = cell.metadata.get("exercise", "?")
    return (
        "a cell tagged `exercise` is directly followed by its cell tagged `solution`, "
        f"the {tag} {exercise} (cell id {cell.get('id')}) stands alone: put the two together"
    )
