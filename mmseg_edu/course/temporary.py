"""Folders for what is needed only while something runs; those that a killed process left go at the next start."""

from __future__ import annotations

import contextlib
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mmseg_edu.whole_file import PART, held, is_held, remove

PREFIX = "mmseg-edu-"
_NAME = re.compile(rf"^{PREFIX}\w{{8}}{re.escape(PART)}$")


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Give an empty folder that is gone when the block ends, and first remove those that nobody uses any more.

    Examples
    --------
    >>> with temporary_folder() as folder:
    ...     there = folder.is_dir()
    >>> there, folder.exists()
    (True, False)
    """
    clear()
    with tempfile.TemporaryDirectory(prefix=PREFIX, suffix=PART, ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with held(folder):
            yield folder


def clear() -> None:
    """Remove the folders of processes that were killed; those of living ones stay."""
    with contextlib.suppress(OSError):
        for folder in Path(tempfile.gettempdir()).iterdir():
            if _NAME.match(folder.name) and not is_held(folder):
                remove(folder)
