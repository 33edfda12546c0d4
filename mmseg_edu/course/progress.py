"""How far the lessons are: a bar in a terminal, one line a lesson elsewhere."""

from __future__ import annotations

import sys
from threading import Lock
from types import TracebackType
from typing import Any, TextIO


class Progress:
    """Show lessons and cells as they run.

    Parameters
    ----------
    lessons : int
        How many lessons will run.
    cells : int
        How many cells they have together.
    show : bool
        False shows nothing.
    stream : text stream, optional
        Where to write: standard error when not given. A terminal gets a bar, anything else a line a lesson.

    Examples
    --------
    >>> with Progress(lessons=1, cells=2, stream=sys.stdout) as progress:
    ...     progress.start("00_start_here")
    ...     progress.finish("00_start_here", "ok", seconds=1.25)
    1/1  ok      00_start_here  1.2 s
    """

    def __init__(self, *, lessons: int, cells: int, show: bool = True, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._lessons, self._show = lessons, show
        self._done, self._running = 0, dict[str, None]()
        self._lock = Lock()
        self._bar: Any = None
        if show and self._stream.isatty():
            from tqdm import tqdm

            self._bar = tqdm(total=cells, unit="cell", file=self._stream, leave=False, dynamic_ncols=True)

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def start(self, lesson: str) -> None:
        """Say that a lesson begins."""
        with self._lock:
            self._running[lesson] = None
            self._label()

    def cell(self) -> None:
        """Say that one more cell is done."""
        if self._bar is not None:
            with self._lock:
                self._bar.update(1)

    def finish(self, lesson: str, how: str, *, seconds: float, cells_left: int = 0) -> None:
        """Say how a lesson ended; cells that will not run any more count as done."""
        with self._lock:
            self._done += 1
            self._running.pop(lesson, None)
            line = f"{self._done}/{self._lessons}  {how:<6}  {lesson}  {seconds:.1f} s"
            if self._bar is not None:
                self._bar.update(cells_left)
                self._bar.write(line, file=self._stream)
            elif self._show:
                print(line, file=self._stream, flush=True)
            self._label()

    def _label(self) -> None:
        if self._bar is not None:
            names = ", ".join(self._running)
            self._bar.set_description(f"lesson {min(self._done + 1, self._lessons)}/{self._lessons} {names}")
