"""Files that are there whole or not at all: written under another name, and renamed when all is written."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PART = ".part"


@contextmanager
def whole_file(path: str | Path) -> Iterator[Path]:
    """Give the name of an empty file beside a path, which takes its place when the block ends well.

    Parameters
    ----------
    path : str or Path
        In a folder that exists. What is there stays until it is replaced, at once, and the new file has its
        permissions; a file that is new has those that the process gives to any file.

    Yields
    ------
    Path
        Hidden, in the same folder, with the ending of `path` in small letters (some writers go by it).

    Raises
    ------
    OSError
        The folder does not exist or cannot be written.

    Notes
    -----
    An error or an interrupt in the block leaves what was there before, and nothing else. A process that is
    killed leaves the hidden file, whose name holds ".part", but never half a file under `path`.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with whole_file(folder + "/notes.txt") as unfinished:
    ...         seen = unfinished.write_text("all of it"), (Path(folder) / "notes.txt").exists()
    ...     seen, (Path(folder) / "notes.txt").read_text()
    ((9, False), 'all of it')
    """
    path = Path(path)
    unfinished = path.with_name(f".{secrets.token_hex(8)}{PART}{path.suffix.lower()}")
    os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    try:
        yield unfinished
        if path.exists():
            os.chmod(unfinished, stat.S_IMODE(path.stat().st_mode))
        os.replace(unfinished, path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
