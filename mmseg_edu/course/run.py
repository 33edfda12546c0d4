"""Run lessons through papermill, and say exactly which cell broke."""

from __future__ import annotations

import logging
import math
import re
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
from nbformat import NotebookNode

from mmseg_edu.course import curriculum
from mmseg_edu.course.parameters import checked, tags
from mmseg_edu.course.progress import Progress

# Without a handler of its own papermill's log would land on standard error, in the middle of the bar.
logging.getLogger("papermill").addHandler(logging.NullHandler())

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class LessonError(RuntimeError):
    """A lesson stopped at a cell.

    Parameters
    ----------
    lesson : str
        Name of the notebook.
    place : str
        Which cell, in words; empty when no cell had started.
    source : str
        Source of that cell.
    says : str
        The last lines of the error.
    """

    def __init__(self, lesson: str, place: str, source: str, says: str) -> None:
        self.lesson, self.place, self.source, self.says = lesson, place, source, says
        at = f" at {place}" if place else " before its first cell"
        code = "".join(f"\n    {line}" for line in _shortened(source))
        super().__init__(f"{lesson} stopped{at}{code}\n  {says}".rstrip())


@dataclass(frozen=True)
class Outcome:
    """How one lesson ran.

    Parameters
    ----------
    notebook : Path
        The notebook that was run.
    seconds : float
        Wall time, start of the kernel included.
    output : Path or None
        The executed notebook; after a failure it holds what was done up to the failing cell.
    error : LessonError or None
        None when every cell ran.
    """

    notebook: Path
    seconds: float
    output: Path | None = None
    error: LessonError | None = None

    @property
    def ok(self) -> bool:
        """Whether every cell ran."""
        return self.error is None


def find(which: str | Path | Sequence[str | Path], *, folder: str | Path = "notebooks") -> list[Path]:
    """Find notebooks by path, by folder, or by a lesson's number or name.

    Parameters
    ----------
    which : path, str or a sequence of them
        ``"notebooks"`` (all of them), ``"notebooks/08_weighted_fusion.ipynb"``, ``"08"`` or ``"weighted_fusion"``.
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
            inside = sorted(path.glob("*.ipynb"))
            if not inside:
                raise ValueError(
                    f"a folder of lessons holds .ipynb files, {each} has none: name another folder"
                )
            found.update(dict.fromkeys(item.resolve() for item in inside))
            continue
        if path.suffix != ".ipynb":
            path = Path(folder) / f"{curriculum.lesson(str(each)).name}.ipynb"
        if not path.is_file():
            raise ValueError(
                f"there is no notebook {path}: give a path, or the folder that holds the lessons"
            )
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
            f"{Path(path).name} must be a notebook (.ipynb), got {error}: open it in JupyterLab"
        ) from error


def fill_solutions(nb: NotebookNode) -> NotebookNode:
    """Return a copy in which each exercise's stub is replaced by its solution.

    Parameters
    ----------
    nb : NotebookNode
        A lesson: each cell tagged ``exercise`` is followed by its cell tagged ``solution``.

    Returns
    -------
    NotebookNode
        The source of every exercise cell is that of its solution; the solution cells are left out, so that nothing
        runs twice.

    Raises
    ------
    ValueError
        When an exercise has no solution after it, or a solution no exercise before it.
    """
    filled = deepcopy(nb)
    kept: list[NotebookNode] = []
    for cell in filled.cells:
        waiting = bool(kept) and kept[-1].metadata.get("_stub", False)
        if "solution" in tags(cell):
            if not waiting:
                raise ValueError(
                    f"a `solution` cell follows its `exercise` cell, cell {cell.get('id')} does not"
                )
            kept[-1].source = cell.source
            del kept[-1].metadata["_stub"]
            continue
        if waiting:
            raise ValueError(
                f"an `exercise` cell is followed by its `solution`, cell {kept[-1].get('id')} is not"
            )
        if "exercise" in tags(cell):
            cell.metadata["_stub"] = True
        kept.append(cell)
    if kept and kept[-1].metadata.get("_stub"):
        raise ValueError(
            f"an `exercise` cell is followed by its `solution`, cell {kept[-1].get('id')} is not"
        )
    filled.cells = kept
    return filled


def execute(
    nb: NotebookNode,
    *,
    name: str,
    cwd: str | Path,
    output: str | Path | None = None,
    parameters: Mapping[str, Any] | None = None,
    cell_timeout: float = 300.0,
    timeout: float = 1800.0,
    cpu: bool = False,
    on_cell: Callable[[], None] | None = None,
    started: list[Any] | None = None,
) -> NotebookNode:
    """Execute one notebook in a fresh kernel of this interpreter.

    Parameters
    ----------
    nb : NotebookNode
        What to run; it is not changed.
    name : str
        What to call it in errors.
    cwd : path
        Working directory of the kernel.
    output : path, optional
        Where to keep the executed notebook; written cell by cell, so that a failure leaves what was done.
    parameters : mapping, optional
        Values for the notebook's own parameters, checked against them.
    cell_timeout, timeout : float, s
        The longest that a cell, and that the whole notebook, may take.
    cpu : bool
        Hide every accelerator from the kernel.
    on_cell : callable, optional
        Called as each cell is done.
    started : list, optional
        Receives the kernel's manager, so that a caller can stop it.

    Returns
    -------
    NotebookNode
        The executed notebook, with papermill's metadata.

    Raises
    ------
    LessonError
        When a cell raises, takes too long, or takes the kernel down.
    ValueError, TypeError
        When a parameter does not fit.
    """
    import papermill
    from jupyter_core.utils import ensure_event_loop
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    from mmseg_edu.course.kernel import environment, kernel_class

    values = checked(nb, parameters or {}, name=name)
    deadline = time.monotonic() + timeout
    at: dict[str, Any] = {}

    def remaining(cell: NotebookNode | None = None) -> int:
        return max(1, math.ceil(min(cell_timeout, deadline - time.monotonic())))

    def starting(cell: NotebookNode, cell_index: int) -> None:
        if at and on_cell:
            on_cell()
        at.update(cell=cell, index=cell_index)

    def error(says: str) -> LessonError:
        return LessonError(name, *_place(nb, at), says)

    loop = ensure_event_loop()
    try:
        with TemporaryDirectory() as empty:
            done = papermill.execute_notebook(
                deepcopy(nb),
                # papermill fills {braces} in a path with parameters; a folder may really be called so.
                None if output is None else str(Path(output).resolve()).replace("{", "{{").replace("}", "}}"),
                parameters=values,
                kernel_name="python3",
                language="python",
                progress_bar=False,
                kernel_manager_class=kernel_class(
                    environment(cpu=cpu, ipython=empty), [] if started is None else started
                ),
                resources={"metadata": {"path": str(Path(cwd).resolve())}},
                timeout_func=remaining,
                on_cell_start=starting,
                store_widget_state=False,
                record_timing=False,
                # A busy machine may be slow to hand over what a cell has shown; 4 s is not always enough.
                iopub_timeout=30,
            )
    except PapermillExecutionError as failure:
        raise error(_last_lines(failure.ename, failure.evalue, failure.traceback)) from None
    except CellTimeoutError:
        whole = time.monotonic() >= deadline - 0.5
        limit = f"the lesson's {timeout:g} s" if whole else f"a cell's {cell_timeout:g} s"
        raise error(f"Timeout: still running after {limit}; allow more, or make it do less") from None
    except DeadKernelError:
        raise error(
            "The kernel died, often because memory ran out; close programs or make it do less"
        ) from None
    finally:
        if not loop.is_running():
            loop.close()
    if on_cell:
        on_cell()
    return done


def run(
    notebooks: str | Path | Sequence[str | Path] = "notebooks",
    *,
    out: str | Path | None = None,
    parameters: Mapping[str, Any] | None = None,
    cwd: str | Path | None = None,
    solutions: bool = False,
    cell_timeout: float = 300.0,
    timeout: float = 1800.0,
    jobs: int = 1,
    cpu: bool = False,
    progress: bool = True,
) -> list[Outcome]:
    """Run lessons, each in its own kernel, and report on every one of them.

    Parameters
    ----------
    notebooks : path, str or a sequence of them
        A folder, notebooks, or lessons by number or name (see `find`).
    out : path, optional
        Folder for the executed notebooks, made when missing. Without it nothing is kept.
    parameters : mapping, optional
        Values for the notebooks' own parameters. All are checked before anything runs.
    cwd : path, optional
        Working directory of the lessons: each notebook's own folder when not given, as in JupyterLab.
    solutions : bool
        Put the solutions in place of the exercises' stubs.
    cell_timeout, timeout : float, s
        The longest that one cell, and that one lesson, may take.
    jobs : int, 1 or more
        How many lessons run at the same time.
    cpu : bool
        Hide every accelerator.
    progress : bool
        Show a bar in a terminal, or a line a lesson elsewhere.

    Returns
    -------
    list of Outcome
        One for each notebook, in the order given. A lesson that fails does not stop the others.

    Raises
    ------
    ValueError, TypeError
        When a notebook is not there or a parameter does not fit; nothing has run then.
    """
    paths = find(notebooks)
    if jobs < 1:
        raise ValueError(f"jobs must be 1 or more, got {jobs}: say how many lessons may run at the same time")
    if min(cell_timeout, timeout) <= 0:
        raise ValueError(f"timeouts must be above 0 s, got {cell_timeout:g} and {timeout:g}: allow some time")
    if cwd is not None and not Path(cwd).is_dir():
        raise ValueError(f"the working directory must be a folder that exists, got {cwd}: make it first")
    lessons = {path: read(path) for path in paths}
    if solutions:
        lessons = {path: fill_solutions(nb) for path, nb in lessons.items()}
    for path, nb in lessons.items():
        checked(nb, parameters or {}, name=path.stem)
    outputs = _outputs(paths, out)
    started: list[Any] = []

    def one(path: Path) -> Outcome:
        begun, left = time.monotonic(), len(lessons[path].cells)
        bar.start(path.stem)

        def on_cell() -> None:
            nonlocal left
            left -= 1
            bar.cell()

        failed = None
        try:
            execute(
                lessons[path],
                name=path.stem,
                cwd=cwd or path.parent,
                output=outputs[path],
                parameters=parameters,
                cell_timeout=cell_timeout,
                timeout=timeout,
                cpu=cpu,
                on_cell=on_cell,
                started=started,
            )
        except LessonError as error:
            failed = error
        except Exception as error:
            failed = LessonError(path.stem, "", "", f"{type(error).__name__}: {error}")
        seconds = time.monotonic() - begun
        bar.finish(path.stem, "failed" if failed else "ok", seconds=seconds, cells_left=max(left, 0))
        return Outcome(path, seconds, outputs[path], failed)

    total = sum(len(nb.cells) for nb in lessons.values())
    with Progress(lessons=len(paths), cells=total, show=progress) as bar:
        return _together(one, paths, jobs, started)


def _together(
    one: Callable[[Path], Outcome], paths: Sequence[Path], jobs: int, started: list[Any]
) -> list[Outcome]:
    from mmseg_edu.course.kernel import kill

    pool = ThreadPoolExecutor(max_workers=jobs, thread_name_prefix="lesson")
    try:
        waiting = [pool.submit(one, path) for path in paths]
        return [each.result() for each in waiting]
    except KeyboardInterrupt:
        pool.shutdown(wait=False, cancel_futures=True)
        kill(started)
        raise
    finally:
        pool.shutdown()


def _outputs(paths: Sequence[Path], out: str | Path | None) -> dict[Path, Path | None]:
    if out is None:
        return dict.fromkeys(paths)
    folder = Path(out).resolve()
    for path in paths:
        if path.parent == folder:
            raise ValueError(
                f"out must be another folder than that of the lessons, got {out}: name a new one"
            )
    if len({path.name for path in paths}) < len(paths):
        raise ValueError("notebooks of one run must have different names, as they share the folder `out`")
    folder.mkdir(parents=True, exist_ok=True)
    return {path: folder / path.name for path in paths}


def _place(nb: NotebookNode, at: Mapping[str, Any]) -> tuple[str, str]:
    if not at:
        return "", ""
    ids = [cell.get("id") for cell in nb.cells]
    cell = at["cell"]
    if cell.get("id") not in ids:
        return "the cell of injected parameters", cell.source
    return f"cell {ids.index(cell.id) + 1} of {len(ids)} (id {cell.id})", cell.source


def _shortened(source: str, most: int = 12) -> list[str]:
    lines = source.splitlines()
    return lines if len(lines) <= most else [*lines[: most - 3], "...", *lines[-2:]]


def _last_lines(name: str, value: str, traceback: Sequence[str], most: int = 4) -> str:
    lines = [line for line in _COLOUR.sub("", "\n".join(traceback)).splitlines() if line.strip()]
    said = [f"{name}: {value}".rstrip(": ")]
    arrow = [line for line in lines if line.lstrip().startswith("-->")][-1:]
    tail = lines[-most:] if lines and lines[-1].startswith(name) else said
    return "\n  ".join([*(line for line in arrow if line not in tail), *tail])
