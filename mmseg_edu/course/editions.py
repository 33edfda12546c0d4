"""Two editions of the lessons: one to hand out, one to teach from."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from copy import deepcopy
from io import BytesIO
from pathlib import Path
from typing import Literal

from nbformat import NotebookNode

from mmseg_edu.course.notebook import find, read, tags, write, written

Edition = Literal["student", "instructor"]

# A fixed date makes the same lessons give the same archive; zip knows no earlier year.
_DATE = (1980, 1, 1, 0, 0, 0)


def student(nb: NotebookNode, *, outputs: bool = False) -> NotebookNode:
    """Return the student edition: exercises as stubs, without solutions and without the instructor's notes.

    Parameters
    ----------
    nb : NotebookNode
        A lesson.
    outputs : bool
        Keep the outputs that are there. Without them a lesson is short until the student has run it.

    Returns
    -------
    NotebookNode
        A copy. Its metadata says which edition it is.

    Examples
    --------
    >>> from nbformat.v4 import new_code_cell, new_notebook
    >>> kinds = ("instructor", "exercise", "solution")
    >>> cells = [new_code_cell(kind, metadata={"tags": [kind]}) for kind in kinds]
    >>> [cell.source for cell in student(new_notebook(cells=cells)).cells]
    ['exercise']
    """
    edition = deepcopy(nb)
    edition.cells = [cell for cell in edition.cells if not {"solution", "instructor"} & set(tags(cell))]
    for cell in edition.cells:
        if cell.cell_type == "code" and not outputs:
            cell.outputs, cell.execution_count = [], None
    return _marked(edition, "student")


def instructor(nb: NotebookNode, *, outputs: bool = True) -> NotebookNode:
    """Return the instructor's edition: everything, with the solutions unfolded.

    Parameters
    ----------
    nb : NotebookNode
        A lesson.
    outputs : bool
        Keep the outputs that are there.

    Returns
    -------
    NotebookNode
        A copy. Its metadata says which edition it is.
    """
    edition = deepcopy(nb)
    for cell in edition.cells:
        if cell.cell_type == "code" and not outputs:
            cell.outputs, cell.execution_count = [], None
        if {"solution", "instructor"} & set(tags(cell)):
            shown = {k: v for k, v in cell.metadata.get("jupyter", {}).items() if not k.endswith("_hidden")}
            cell.metadata["jupyter"] = NotebookNode(shown)
            if not shown:
                del cell.metadata["jupyter"]
    return _marked(edition, "instructor")


def write_edition(
    notebooks: str | Path | Sequence[str | Path],
    out: str | Path,
    *,
    edition: Edition = "student",
    outputs: bool | None = None,
    archive: bool = False,
) -> list[Path]:
    """Write an edition of lessons to a folder, with the glossary and whatever else lies beside them.

    Parameters
    ----------
    notebooks : path, str or a sequence of them
        A folder of lessons, or some of them.
    out : path
        Folder to write to, made when missing; not the folder of the lessons.
    edition : {"student", "instructor"}
        Which edition.
    outputs : bool, optional
        Keep the outputs: the instructor's edition keeps them when not said, the student's does not.
    archive : bool
        Also write ``<out>.zip``, which unpacks to a folder of that name.

    Returns
    -------
    list of Path
        The files written, the archive last.

    Raises
    ------
    ValueError
        When there is nothing to write, or it would overwrite the lessons themselves.
    """
    if edition not in ("student", "instructor"):
        raise ValueError(f"edition must be 'student' or 'instructor', got {edition!r}: choose one of the two")
    paths, target = find(notebooks), Path(out).resolve()
    if target in {path.parent for path in paths}:
        raise ValueError(f"an edition must not overwrite its lessons, got out={out}: name another folder")
    keep = edition == "instructor" if outputs is None else outputs
    cut = student if edition == "student" else instructor
    files = {path.name: written(cut(read(path), outputs=keep)) for path in paths}
    files.update({path.name: path.read_bytes() for path in _beside(paths)})
    for name, content in files.items():
        write(target / name, content)
    made = [target / name for name in files]
    if archive:
        made.append(target.with_name(target.name + ".zip"))
        write(made[-1], _zipped(files, target.name))
    return made


def _marked(nb: NotebookNode, edition: Edition) -> NotebookNode:
    about = nb.metadata.setdefault("mmseg_edu", NotebookNode())
    about["edition"] = edition
    about.pop("executed", None)
    nb.metadata.pop("widgets", None)
    return nb


def _beside(paths: Sequence[Path]) -> list[Path]:
    folders = dict.fromkeys(path.parent for path in paths)
    beside = [path for folder in folders for path in sorted(folder.iterdir()) if path.is_file()]
    return [path for path in beside if path.suffix != ".ipynb" and not path.name.startswith(".")]


def _zipped(files: dict[str, bytes], folder: str) -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(f"{folder}/{name}", _DATE)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, content)
    return packed.getvalue()
