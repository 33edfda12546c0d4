"""Lessons as files: find them, read them, fill in their solutions, write them whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from mmseg_edu.course import curriculum
from mmseg_edu.whole_file import whole_file


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
        Absolute paths, each once, in the order given and by name within a folder.

    Raises
    ------
    ValueError
        When there is no such notebook, or a folder has none.
    """
    found: dict[Path, None] = {}
    for each in [which] if isinstance(which, str | Path) else which:
        path = Path(each)
        if path.is_dir():
            inside = sorted(path.glob("[!.]*.ipynb"))
            if not inside:
                raise ValueError(f"a folder of lessons holds notebooks, {each} has none: name another")
            found.update(dict.fromkeys(item.resolve() for item in inside))
            continue
        if path.suffix != ".ipynb":
            path = Path(folder) / f"{_lesson(each)}.ipynb"
            if not path.is_file() and Path(folder).is_dir():
                raise ValueError(_to_come(path.stem, folder))
        if not path.is_file():
            raise ValueError(f"there is no notebook {path}: check the path, or the folder")
        found[path.resolve()] = None
    return list(found)


def read(path: str | Path) -> NotebookNode:
    """Read a notebook, in the current notebook format.

    Raises
    ------
    ValueError
        When the file is not a notebook.
    """
    try:
        return nbformat.read(str(path), as_version=4)
    except FileNotFoundError as error:
        raise ValueError(f"there is no notebook {path}: check the path") from error
    except Exception as error:
        raise ValueError(
            f"{Path(path).name} must be a notebook, got {error}: open it in JupyterLab"
        ) from error


def written(nb: NotebookNode) -> bytes:
    """Return the bytes of a notebook's file: keys sorted, one space of indent, a line feed at the end."""
    return (nbformat.writes(nb, version=4).rstrip("\n") + "\n").encode()


def write(path: str | Path, content: bytes) -> bool:
    """Put content in place of a file at once, so that nobody ever sees half of it.

    Returns
    -------
    bool
        Whether the file changed; the same content is not written again.
    """
    path = Path(path)
    if path.is_file() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as unfinished:
        unfinished.write_bytes(content)
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


def _lesson(which: str | Path) -> str:
    try:
        return curriculum.lesson(str(which)).name
    except ValueError as error:
        raise ValueError(f"there is no folder, notebook or lesson {str(which)!r}; {error}") from None


def _to_come(name: str, folder: str | Path) -> str:
    here = ", ".join(each[:2] for each in curriculum.present(folder)) or "none"
    return f"lesson {name} is yet to come; in {folder} there are {here}: choose one of them"


def _unpaired(tag: str, cell: NotebookNode) -> str:
    exercise = cell.metadata.get("exercise", "?")
    return (
        "a cell tagged `exercise` is directly followed by its cell tagged `solution`, "
        f"the {tag} {exercise} (cell id {cell.get('id')}) stands alone: put the two together"
    )
