"""Files and folders that are there whole or not at all: made under another name, and renamed when all is written."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PART = ".part"
_FORMER = ".former"
_HIDDEN = re.compile(rf"^\.[0-9a-f]{{16}}({re.escape(PART)}|{re.escape(_FORMER)})")
_DAY = 24 * 3600


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
    killed leaves the hidden file, whose name holds ".part", but never half a file under `path`. Whoever writes into
    the folder next clears it, see :func:`clear_leftovers`.

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
    clear_leftovers(path.parent)
    unfinished = _hidden(path, f"{PART}{path.suffix.lower()}")
    os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    try:
        with held(unfinished):
            yield unfinished
            if path.exists():
                os.chmod(unfinished, stat.S_IMODE(path.stat().st_mode))
            os.replace(unfinished, path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


@contextmanager
def whole_folder(path: str | Path) -> Iterator[Path]:
    """Give the name of an empty folder beside a path, which takes its place when the block ends well.

    Parameters
    ----------
    path : str or Path
        The folder that it lies in is made where it is missing. A folder that is there already stays until it is
        replaced, and the new one has its permissions.

    Yields
    ------
    Path
        Hidden, beside `path`.

    Raises
    ------
    OSError
        The folder cannot be made, or what is there cannot be renamed.

    Notes
    -----
    An error or an interrupt in the block leaves what was there before, and nothing else. No system renames over a
    folder that is full, so for a moment neither is there; a process that is killed then leaves both whole and
    hidden, and :func:`clear_leftovers` puts the former one back.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with whole_folder(folder + "/site") as unfinished:
    ...         seen = (unfinished / "index.html").write_text("all of it")
    ...     [page.name for page in Path(folder, "site").iterdir()]
    ['index.html']
    """
    path = Path(path).resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    clear_leftovers(path.parent)
    unfinished = _hidden(path, PART)
    unfinished.mkdir()
    try:
        with held(unfinished):
            yield unfinished
            _take_the_place(unfinished, path)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def clear_leftovers(folder: str | Path) -> list[Path]:
    """Remove what killed writers left in a folder, and put back what they had moved aside.

    Parameters
    ----------
    folder : str or Path
        Where files or folders were being written; it need not exist.

    Returns
    -------
    list of Path
        What was removed or put back. What a living process is writing, and everything else, is left alone.

    Examples
    --------
    >>> clear_leftovers("no/such/folder")
    []
    """
    done = []
    with contextlib.suppress(OSError):
        for name in sorted(os.listdir(folder)):
            kind, left = _HIDDEN.match(name), Path(folder) / name
            if not kind or is_held(left):
                continue
            place = left.with_name(name[kind.end() + 1 :] or name)
            if kind[1] == _FORMER and not place.exists():
                os.replace(left, place)
            else:
                remove(left)
            done.append(left)
    return done


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Mark a file or folder as being worked on, for as long as the block runs and this process lives.

    Notes
    -----
    The mark is a lock of the system, which dies with its process. Windows locks no folder: there age decides.
    """
    with contextlib.ExitStack() as stack:
        if sys.platform != "win32":
            import fcntl

            with contextlib.suppress(OSError):  # a file system without locks: age decides
                descriptor = os.open(path, os.O_RDONLY)
                stack.callback(os.close, descriptor)
                fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        yield


def is_held(path: Path) -> bool:
    """Whether a living process works on a file or folder; where that cannot be known, whether it is a day old.

    What is somebody else's, and must not be opened, counts as held.
    """
    try:
        state = path.stat()
        if sys.platform == "win32":
            return time.time() - state.st_mtime < _DAY
        import fcntl

        # Between being made and being held lies a moment.
        if time.time() - state.st_mtime < 1:
            return True
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:  # gone by now, or another person's
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return time.time() - state.st_mtime < _DAY
    finally:
        os.close(descriptor)
    return False


def remove(path: Path) -> None:
    """Remove a file or a whole folder, as far as that is allowed."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink()


def _hidden(path: Path, ending: str) -> Path:
    return path.with_name(f".{secrets.token_hex(8)}{ending}")


def _take_the_place(new: Path, path: Path) -> None:
    if not path.exists():
        os.replace(new, path)
        return
    os.chmod(new, stat.S_IMODE(path.stat().st_mode))
    former = _hidden(path, f"{_FORMER}.{path.name}")
    with held(path):
        try:
            os.replace(path, former)
            os.replace(new, path)
        except BaseException:
            if former.exists() and not path.exists():
                os.replace(former, path)
            raise
    # Half removed under its own name it could be put back.
    unwanted = _hidden(path, PART)
    os.replace(former, unwanted)
    remove(unwanted)
