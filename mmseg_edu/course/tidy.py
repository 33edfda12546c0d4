"""Execute lessons, and keep in their files only what a reader needs: small, quiet, the same on every run."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbformat import NotebookNode

from mmseg_edu.course import run as running
from mmseg_edu.course.clean import clean, machine_folders, problems
from mmseg_edu.course.notebook import find, need_python, read, write, written
from mmseg_edu.course.progress import Progress
from mmseg_edu.course.run import LessonError, together
from mmseg_edu.whole_file import clear_leftovers

if TYPE_CHECKING:
    from mmseg_edu.course.kernel import Kernel

MOST_BYTES = 300 * 1024
"""The most that a lesson's file may hold, outputs included."""


@dataclass(frozen=True)
class Tidied:
    """What happened to one notebook.

    Parameters
    ----------
    notebook : Path
        The notebook.
    how : {"tidied", "unchanged", "failed"}
        Whether its file was replaced, was fine already, or was left as it was.
    says : str
        Why it failed; empty otherwise.
    """

    notebook: Path
    how: str
    says: str = ""

    @property
    def ok(self) -> bool:
        """Whether the file is tidy now."""
        return self.how != "failed"


def tidy(
    notebooks: str | Path | Sequence[str | Path] = "notebooks",
    *,
    folder: str | Path = "notebooks",
    execute: bool = True,
    changed: bool = False,
    jobs: int = 1,
    cell_timeout: float = 300.0,
    timeout: float = 1800.0,
    progress: bool = True,
) -> list[Tidied]:
    """Execute notebooks on the CPU with their own parameters, clean them, and replace their files.

    Parameters
    ----------
    notebooks : path, str or a sequence of them
        A folder, notebooks, or lessons by number or name.
    folder : path
        Where lessons that are given by number or name lie.
    execute : bool
        False only cleans the outputs that are there.
    changed : bool
        Execute only notebooks whose code changed since their outputs were made. It cannot know of changes in
        what the code calls.
    jobs : int, 1 or more
        How many notebooks at the same time.
    cell_timeout, timeout : float, s
        The longest that one cell, and that one notebook, may take.
    progress : bool
        Show how far it is.

    Returns
    -------
    list of Tidied
        One for each notebook. A notebook that fails, shows what it must not, or is larger than 300 KB
        keeps its old file.

    Notes
    -----
    Tidying twice gives the same bytes, as long as the lesson's own code is deterministic.
    """
    paths = find(notebooks, folder=folder)
    if jobs < 1:
        raise ValueError(f"jobs must be 1 or more, got {jobs}: say how many may run at the same time")
    for folder_of in {path.resolve().parent for path in paths}:
        clear_leftovers(folder_of)
    lessons = {path: read(path) for path in paths}
    started: list[Kernel] = []

    def one(path: Path) -> Tidied:
        begun, nb = time.monotonic(), lessons[path]
        bar.start(path.stem)
        limits = {"cell_timeout": cell_timeout, "timeout": timeout, "on_cell": bar.cell, "started": started}
        try:
            if execute and not (changed and is_current(nb)):
                nb = _executed(path, nb, limits)
            how = Tidied(path, "tidied" if write(path, tidied(nb, path)) else "unchanged")
        except (LessonError, ValueError) as error:
            how = Tidied(path, "failed", str(error))
        except OSError as error:
            how = Tidied(path, "failed", f"{path.stem} keeps its old file: {error}")
        except Exception as error:  # whatever is wrong with one notebook, the others are tidied
            how = Tidied(path, "failed", f"{path.stem} keeps its old file: {type(error).__name__}: {error}")
        bar.finish(path.stem, how.how, seconds=time.monotonic() - begun)
        return how

    with Progress(
        lessons=len(paths), cells=sum(len(nb.cells) for nb in lessons.values()), show=progress
    ) as bar:
        return together(one, paths, jobs, started)


def tidied(nb: NotebookNode, path: str | Path) -> bytes:
    """Return the bytes that a notebook's file should have.

    Raises
    ------
    ValueError
        When the notebook shows what it must not, or is larger than 300 KB; every cell concerned is named.
    """
    need_python(nb, Path(path).stem)
    folders = machine_folders(Path(path).resolve().parent)
    done = clean(nb, folders=folders)
    wrong = list(problems(done, folders=folders))
    content = written(done)
    if len(content) > MOST_BYTES:
        wrong.append(_too_large(done, len(content)))
    if wrong:
        raise ValueError("\n  ".join([f"{Path(path).stem} cannot be tidied:", *wrong]))
    return content


def untidy(path: str | Path) -> list[str]:
    """Tell why a notebook is not tidy, without executing it.

    Returns
    -------
    list of str
        One line a reason, empty for a tidy notebook.
    """
    nb = read(path)
    try:
        content = tidied(nb, path)
    except ValueError as error:
        return [line.strip() for line in str(error).splitlines()[1:]]
    reasons = []
    if content != Path(path).read_bytes():
        reasons.append("its file holds what tidy drops: run mmseg-edu tidy --no-execute")
    if not is_current(nb):
        reasons.append("its code changed since its outputs were made: run mmseg-edu tidy")
    return reasons


def is_current(nb: NotebookNode) -> bool:
    """Whether the outputs of a notebook were made by the code that it has now."""
    return bool(nb.metadata.get("mmseg_edu", {}).get("executed") == fingerprint(nb))


def fingerprint(nb: NotebookNode) -> str:
    """Return 16 hexadecimal digits that change when the code of a notebook changes, but not with its prose.

    Examples
    --------
    >>> from nbformat.v4 import new_code_cell, new_notebook
    >>> fingerprint(new_notebook(cells=[new_code_cell("1 + 1")]))
    'c96e6eedaf4774f0'
    """
    code = [cell.source for cell in nb.cells if cell.cell_type == "code"]
    return hashlib.sha256(json.dumps(code).encode()).hexdigest()[:16]


def _executed(path: Path, nb: NotebookNode, limits: dict[str, Any]) -> NotebookNode:
    done = running.execute(nb, name=path.stem, cwd=path.parent, cpu=True, **limits)
    done.metadata.setdefault("mmseg_edu", NotebookNode())["executed"] = fingerprint(nb)
    return done


def _too_large(nb: NotebookNode, size: int) -> str:
    cells = [cell for cell in nb.cells if cell.cell_type == "code"]
    sizes = {cell.get("id"): sum(len(json.dumps(each)) for each in cell.outputs) for cell in cells}
    largest = sorted(sizes, key=lambda each: sizes[each], reverse=True)[:3]
    named = ", ".join(f"{each} {sizes[each] / 1024:.0f} KB" for each in largest)
    return (
        f"a lesson's file holds at most {MOST_BYTES // 1024} KB, this one {size / 1024:.0f} KB; "
        f"the largest outputs: {named}: show smaller or fewer pictures"
    )
