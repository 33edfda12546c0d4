"""The student's workspace: copies of the lessons to write in, and JupyterLab opened on them."""

from __future__ import annotations

import hashlib
import os
import platform
import sys
from collections.abc import Iterator
from contextlib import closing
from copy import deepcopy
from itertools import count
from pathlib import Path

from jupyter_core.paths import jupyter_data_dir
from jupyter_core.utils import ensure_dir_exists
from nbformat import NotebookNode
from nbformat.sign import NotebookNotary

from mmseg_edu.course.clean import FOLDED
from mmseg_edu.course.notebook import find, read, tags, write, written

EXTENSION = "mmseg_edu.course.saving"
"""The server extension that keeps a slider's static twin when a notebook is saved."""

_NOTE = "mmseg_edu"


def make_workspace(notebooks: str | Path, workspace: str | Path) -> list[Path]:
    """Copy the lessons for a student to write in; nothing that is there already is touched.

    Parameters
    ----------
    notebooks : path
        Folder of the lessons, and of whatever lies beside them.
    workspace : path
        Folder for the copies, made when missing; not the folder of the lessons.

    Returns
    -------
    list of Path
        The files written now: all of them the first time, none when no lesson is new. A lesson that has changed
        since it was copied is written beside its former copy, as ``NN_name_new.ipynb``, then ``NN_name_new_2``.

    Raises
    ------
    ValueError
        If there is no lesson, or the workspace is the folder of the lessons.

    Notes
    -----
    The copies have no instructor's notes, their solutions are folded, their sounds and pictures trusted. They name the
    Python that runs here, which JupyterLab would otherwise note as a change on opening them.
    """
    paths, target = find(notebooks), Path(workspace).resolve()
    if target in {path.parent for path in paths}:
        raise ValueError(f"a workspace must not be its lessons' folder, got {workspace}: name another folder")
    made = []
    for path in paths:
        copy = student_copy(read(path))
        if place := _free_place(target / path.name, copy):
            write(place, written(copy))
            _sign(copy)
            made.append(place)
    for path in sorted({each for lesson in paths for each in lesson.parent.iterdir()}):
        if path.is_file() and path.suffix != ".ipynb" and not path.name.startswith("."):
            content = path.read_bytes()
            names = list(_names(target / path.name))
            if not any(name.read_bytes() == content for name in names[:-1]):
                write(names[-1], content)
                made.append(names[-1])
    return made


def _sign(nb: NotebookNode) -> None:
    """Trust a notebook's sounds and pictures as if they had been made here."""
    folder = jupyter_data_dir()
    ensure_dir_exists(folder, mode=0o700)
    # Left to find its folder itself, the notary starts an application, which closes every handler of logs.
    notary = NotebookNotary(data_dir=folder)
    with closing(notary.store):  # Python 3.13 warns of a database that is left open
        notary.sign(nb)


def student_copy(nb: NotebookNode) -> NotebookNode:
    """Return a lesson without the instructor's notes, marked with the version that it was made from."""
    copy = deepcopy(nb)
    copy.cells = [cell for cell in copy.cells if "instructor" not in tags(cell)]
    for cell in copy.cells:
        if "solution" in tags(cell) and cell.cell_type == "code":
            cell.metadata["jupyter"] = NotebookNode({**cell.metadata.get("jupyter", {}), **FOLDED})
        # JupyterLab writes both spellings of a folded output, and a missing one counts as a change.
        if cell.metadata.get("jupyter", {}).get("outputs_hidden"):
            cell.metadata["collapsed"] = True
    version = hashlib.sha256(written(nb)).hexdigest()[:12]
    copy.metadata.setdefault(_NOTE, NotebookNode())["version"] = version
    copy.metadata["language_info"] = NotebookNode(_language())
    return copy


def lab_command(workspace: str | Path, *more: str) -> list[str]:
    """Return the command that opens JupyterLab on a workspace.

    Parameters
    ----------
    workspace : path
        The folder that JupyterLab shows.
    more : str
        Further arguments for JupyterLab, such as ``--no-browser``.

    Returns
    -------
    list of str
        Root, as in a container, is allowed to: JupyterLab would refuse to start.
    """
    root = ["--allow-root"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
    extension = f"--ServerApp.jpserver_extensions={EXTENSION}=True"
    return [sys.executable, "-m", "jupyterlab", str(workspace), extension, *root, *more]


def _free_place(path: Path, copy: NotebookNode) -> Path | None:
    """Where a copy may be written: None when this version is there already, whatever the student made of it."""
    version = copy.metadata[_NOTE]["version"]
    for name in _names(path):
        if not name.exists():
            return name
        if _version(name) == version:
            return None
    return None


def _names(path: Path) -> Iterator[Path]:
    """Names that a file's versions have, up to the first that is free."""
    yield path
    if not path.exists():
        return
    for number in count(1):
        name = path.with_stem(f"{path.stem}_new" + (f"_{number}" if number > 1 else ""))
        yield name
        if not name.exists():
            return


def _version(path: Path) -> str:
    try:
        return str(read(path).metadata.get(_NOTE, {}).get("version", ""))
    except ValueError:
        return ""  # the student's own file, or a broken one: it stays


def _language() -> dict[str, object]:
    """What the kernel that will open the copy says of its language."""
    return {
        "codemirror_mode": {"name": "ipython", "version": 3},
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",
        "pygments_lexer": "ipython3",
        "version": platform.python_version(),
    }
