"""Run lessons through papermill, and say exactly which cell broke."""

from __future__ import annotations

import logging
import math
import re
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from nbformat import NotebookNode

from mmseg_edu.course.notebook import fill_solutions, find, need_python, read, tags, write, written
from mmseg_edu.course.parameters import checked, injected
from mmseg_edu.course.progress import Progress
from mmseg_edu.course.temporary import temporary_folder
from mmseg_edu.whole_file import clear_leftovers

if TYPE_CHECKING:
    from mmseg_edu.course.kernel import Kernel

# Without a handler of its own papermill's log would land on standard error, in the middle of the bar.
logging.getLogger("papermill").addHandler(logging.NullHandler())

Done = TypeVar("Done")
_EXIT = ": a lesson runs to its end, take the exit out"
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
# How IPython marks the line that failed; the shaft is shorter before a longer number.
_ARROW = re.compile(r"\s*-+> \d+")


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


class NotKeptError(LessonError):
    """What a lesson did could not be written.

    Parameters
    ----------
    lesson : str
        Name of the notebook.
    error : OSError
        Why.
    broke : LessonError or None
        What stopped the lesson itself.
    """

    def __init__(self, lesson: str, error: OSError, broke: LessonError | None) -> None:
        place, source, says = (broke.place, broke.source, broke.says) if broke else ("", "", "")
        super().__init__(lesson, place, source, says)
        self.args = (f"{broke or f'{lesson} ran to its end'}\n  and what it did is not kept: {error}",)


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
        The executed notebook; after a failure it holds what was done up to the failing cell. None where nothing
        is kept, or it cannot be written.
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
    started: list[Kernel] | None = None,
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
        Where to keep the executed notebook; written when it ends, also when it fails, and then as a whole.
    parameters : mapping, optional
        Values for the notebook's own parameters, checked against them.
    cell_timeout, timeout : float, s
        The longest that a cell, and that the whole notebook, may take.
    cpu : bool
        Hide every accelerator from the kernel.
    on_cell : callable, optional
        Called as each cell is done.
    started : list, optional
        Receives the kernel, so that a caller can end it.

    Returns
    -------
    NotebookNode
        The executed notebook, with papermill's metadata.

    Raises
    ------
    LessonError
        When a cell raises, takes too long, or takes the kernel down; a `NotKeptError` when `output` cannot be
        written.
    ValueError, TypeError
        When a parameter does not fit.
    """
    from jupyter_core.utils import ensure_event_loop
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    from mmseg_edu.course.client import LessonEngine, note_dropped
    from mmseg_edu.course.kernel import environment, kernel_class, last_words

    need_python(nb, name)
    done = injected(nb, checked(nb, parameters or {}, name=name))
    done.metadata.papermill = NotebookNode()
    deadline = time.monotonic() + timeout
    at: dict[str, Any] = {}
    kernels: list[Kernel] = []
    dropped: dict[int, int] = {}

    too_long = "Timeout: still running after {}; allow more, or make it do less"
    whole = too_long.format(f"the lesson's {timeout:g} s")

    def remaining(cell: NotebookNode | None = None) -> int:
        return max(1, math.ceil(min(cell_timeout, deadline - time.monotonic())))

    def starting(cell: NotebookNode, cell_index: int) -> None:
        if at and on_cell:
            on_cell()
        at.update(cell=cell, index=cell_index)
        # A cell may always take a second, so many short cells could outlive the deadline unnoticed.
        if time.monotonic() > deadline:
            raise error(whole)

    def launched(kernel: Kernel) -> None:
        kernels.append(kernel)
        if started is not None:
            started.append(kernel)

    def error(says: str) -> LessonError:
        return LessonError(name, *_place(nb, at), says)

    loop = ensure_event_loop()
    with temporary_folder() as folder:
        try:
            LessonEngine.execute_notebook(
                done,
                "python3",
                progress_bar=False,
                dropped=dropped,
                kernel_manager_class=kernel_class(environment(cpu=cpu, ipython=folder), folder, launched),
                resources={"metadata": {"path": str(Path(cwd).resolve())}},
                startup_timeout=60,
                timeout_func=remaining,
                on_cell_start=starting,
                store_widget_state=False,
                record_timing=False,
                # A busy machine may be slow to hand over what a cell has shown; 4 s is not always enough.
                iopub_timeout=30,
            )
            if failed := _failed(done):
                at.update(cell=failed[0])
                raise error(failed[1])
        except CellTimeoutError:
            if time.monotonic() >= deadline - 0.5:
                raise error(whole) from None
            raise error(too_long.format(f"a cell's {cell_timeout:g} s")) from None
        except DeadKernelError:
            raise error(f"{kernels[-1].how_it_died()}{last_words(folder)}") from None
        except LessonError:
            raise
        except RuntimeError as failure:
            raise error(f"The kernel did not start: {failure}{last_words(folder)}") from None
        finally:
            for kernel in kernels:
                kernel.end()
            if not loop.is_running():
                loop.close()
            note_dropped(done, dropped)
            if output is not None:
                _keep(done, output, name)
    if on_cell:
        on_cell()
    return done


def run(
    notebooks: str | Path | Sequence[str | Path] = "notebooks",
    *,
    folder: str | Path = "notebooks",
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
    folder : path
        Where lessons that are given by number or name lie.
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
    paths = find(notebooks, folder=folder)
    if jobs < 1:
        raise ValueError(f"jobs must be 1 or more, got {jobs}: say how many lessons may run at the same time")
    if min(cell_timeout, timeout) <= 0:
        raise ValueError(f"timeouts must be above 0 s, got {cell_timeout:g} and {timeout:g}: allow some time")
    if cwd is not None and not Path(cwd).is_dir():
        raise ValueError(f"the working directory must be a folder that exists, got {cwd}: make it first")
    lessons = {path: read(path) for path in paths}
    if solutions:
        lessons = {path: _solved(path, nb) for path, nb in lessons.items()}
    for path, nb in lessons.items():
        checked(nb, parameters or {}, name=path.stem)
    outputs = _outputs(paths, out)
    started: list[Kernel] = []

    def one(path: Path) -> Outcome:
        begun, left = time.monotonic(), len(lessons[path].cells)
        bar.start(path.stem)

        def on_cell() -> None:
            nonlocal left
            left -= 1
            bar.cell()

        failed, output = None, outputs[path]
        try:
            execute(
                lessons[path],
                name=path.stem,
                cwd=cwd or path.parent,
                output=output,
                parameters=parameters,
                cell_timeout=cell_timeout,
                timeout=timeout,
                cpu=cpu,
                on_cell=on_cell,
                started=started,
            )
        except LessonError as error:
            failed, output = error, None if isinstance(error, NotKeptError) else output
        except Exception as error:
            failed, output = LessonError(path.stem, "", "", f"{type(error).__name__}: {error}"), None
        seconds = time.monotonic() - begun
        bar.finish(path.stem, "failed" if failed else "ok", seconds=seconds, cells_left=max(left, 0))
        return Outcome(path, seconds, output, failed)

    total = sum(len(nb.cells) for nb in lessons.values())
    with Progress(lessons=len(paths), cells=total, show=progress) as bar:
        return together(one, paths, jobs, started)


def together(
    one: Callable[[Path], Done], paths: Sequence[Path], jobs: int, started: list[Kernel]
) -> list[Done]:
    """Do something to several notebooks at the same time, and stop their kernels on Ctrl-C.

    Parameters
    ----------
    one : callable
        What to do to one notebook.
    paths : sequence of Path
        The notebooks.
    jobs : int, 1 or more
        How many at the same time.
    started : list
        Where `execute` notes the kernels that it starts.

    Returns
    -------
    list
        What `one` returned, in the order of `paths`.
    """
    pool = ThreadPoolExecutor(max_workers=jobs, thread_name_prefix="lesson")
    waiting: list[Future[Done]] = []
    try:
        waiting += [pool.submit(one, path) for path in paths]
        return [each.result() for each in waiting]
    except KeyboardInterrupt:
        pool.shutdown(wait=False, cancel_futures=True)
        # A kernel that is just starting joins the list later, so once is not enough.
        while not all(each.done() for each in waiting):
            for kernel in list(started):
                kernel.end()
            time.sleep(0.1)
        raise
    finally:
        pool.shutdown()


def _solved(path: Path, nb: NotebookNode) -> NotebookNode:
    try:
        return fill_solutions(nb)
    except ValueError as error:
        raise ValueError(f"{path.stem}: {error}") from None


def _outputs(paths: Sequence[Path], out: str | Path | None) -> dict[Path, Path | None]:
    if out is None:
        return dict.fromkeys(paths)
    folder = Path(out).resolve()
    for path in paths:
        if path.parent == folder:
            raise ValueError(f"out must not be the folder of the lessons, got {out}: name a new one")
    if len({path.name for path in paths}) < len(paths):
        raise ValueError("notebooks of one run must have different names, as they share the folder `out`")
    folder.mkdir(parents=True, exist_ok=True)
    clear_leftovers(folder)
    return {path: folder / path.name for path in paths}


def _keep(nb: NotebookNode, output: str | Path, name: str) -> None:
    broke = sys.exception()
    try:
        write(output, written(nb))
    except OSError as error:
        raise NotKeptError(name, error, broke if isinstance(broke, LessonError) else None) from None


def _place(nb: NotebookNode, at: Mapping[str, Any]) -> tuple[str, str]:
    if not at:
        return "", ""
    ids = [cell.get("id") for cell in nb.cells]
    cell = at["cell"]
    if cell.get("id") not in ids:
        return "the cell of injected parameters", cell.source
    return f"cell {ids.index(cell.id) + 1} of {len(ids)} (id {cell.id})", cell.source


def _failed(nb: NotebookNode) -> tuple[NotebookNode, str] | None:
    """The first cell that raised what its tags do not allow, and what it said."""
    for cell in nb.cells:
        if cell.cell_type != "code" or "raises-exception" in tags(cell):
            continue
        raised = [each for each in cell.outputs if each.output_type == "error"]
        if raised and raised[0].ename == "SystemExit":
            return cell, f"SystemExit {raised[0].evalue}".rstrip() + _EXIT
        if raised:
            return cell, _last_lines(raised[0].ename, raised[0].evalue, raised[0].traceback)
        if cell.metadata.get("papermill", {}).get("exception"):
            return cell, "The cell failed, and said nothing"
    return None


def _shortened(source: str, most: int = 12) -> list[str]:
    lines = [shorten_line(line) for line in source.splitlines()]
    return lines if len(lines) <= most else [*lines[: most - 3], "...", *lines[-2:]]


def shorten_line(line: str, most: int = 300) -> str:
    """A line of an error, which should fit on a screen."""
    return line if len(line) <= most else f"{line[: most - 4]} ..."


def _last_lines(name: str, value: str, traceback: Sequence[str], most: int = 4) -> str:
    text = _COLOUR.sub("", "\n".join(traceback))
    lines = [shorten_line(line) for line in text.splitlines() if line.strip()]
    said = [shorten_line(f"{name}: {value}".rstrip(": "))]
    arrow = [line for line in lines if _ARROW.match(line)][-1:]
    tail = lines[-most:] if lines and lines[-1].startswith(name) else said
    return "\n  ".join([*(line for line in arrow if line not in tail), *tail])
