"""From the archive of ESC-50 to its folder: checked name by name and byte by byte, then there at once."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import shutil
import time
import zipfile
from pathlib import Path, PurePosixPath

from mmseg_edu.datasets.esc_table import TABLE, table_rows
from mmseg_edu.datasets.partial_file import ABANDONED

# The published loaders that check the table state this for it, while their hashes of the archive differ.
TABLE_MD5 = "54a0d0055a10bb7df84ad340a148722e"
# A clip has 441 kB.
_LARGEST = 2 * 2**20
_UNPACKING = ".unpacking"
_AGAIN = "it was removed, so download it again"


class _Unfit(ValueError):
    """A whole archive of something else."""


def unpack(archive: Path, goal: Path, trusted: bool) -> None:
    """Unpack what belongs to the data set into a folder that is not there yet.

    Parameters
    ----------
    archive : Path
        The .zip, all of its members in one folder of any name.
    goal : Path
        Where the data set shall be. If another process puts it there meanwhile, that one stays.
    trusted : bool
        The archive's own hash was checked; otherwise the table's must be the one that is known.

    Raises
    ------
    ValueError
        The archive is not ESC-50, or damaged. Nothing of it is left.
    """
    unfinished = goal.with_name(f".{secrets.token_hex(8)}{_UNPACKING}")
    try:
        _forget_abandoned(goal.parent)
        with zipfile.ZipFile(archive) as opened:
            for member, name in _members(opened, trusted).items():
                (unfinished / name).parent.mkdir(parents=True, exist_ok=True)
                with opened.open(member) as packed, (unfinished / name).open("wb") as unpacked:
                    shutil.copyfileobj(packed, unpacked)  # compares the CRC-32 at the end
        _put(unfinished, goal)
    except _Unfit:
        raise
    except Exception as error:  # a damaged .zip fails in a dozen ways, a full disk in one
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):
            raise
        said = f"{type(error).__name__}: {error}"
        raise ValueError(f"the archive must be a whole .zip, but {said}: {_AGAIN}") from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _members(opened: zipfile.ZipFile, trusted: bool) -> dict[str, str]:
    """Map the members that are wanted to where they go; the rest of the archive is left in it."""
    sizes = {each.filename: each.file_size for each in opened.infolist()}
    for name in sizes:
        if (
            "\\" in name
            or ":" in name
            or PurePosixPath(name).is_absolute()
            or ".." in PurePosixPath(name).parts
        ):
            raise _Unfit(f"the archive must have no name that leads out of it, got {name!r}: {_AGAIN}")
    tables = [name for name in sizes if name.endswith(f"/{TABLE}") and name.count("/") == 2]
    if len(tables) != 1:
        raise _Unfit(f"the archive must have one folder with {TABLE} in it, got {len(tables)}: {_AGAIN}")
    home = tables[0].removesuffix(TABLE)
    wanted = [TABLE, *_clips(opened, tables[0], sizes[tables[0]], trusted)]
    for name in wanted:
        if not 0 < sizes.get(home + name, 0) <= _LARGEST:
            size = f"with {sizes[home + name]} bytes" if home + name in sizes else "without it"
            raise _Unfit(
                f"the archive must hold {name!r} of at most {_LARGEST} bytes, got one {size}: {_AGAIN}"
            )
    # Whose the clips are and under which licence is said there.
    wanted += [name for name in ("LICENSE", "README.md") if 0 < sizes.get(home + name, 0) <= _LARGEST]
    return {home + name: name for name in wanted}


def _clips(opened: zipfile.ZipFile, table: str, size: int, trusted: bool) -> list[str]:
    if size > _LARGEST:
        raise _Unfit(f"the archive's {TABLE} must have at most {_LARGEST} bytes, got {size}: {_AGAIN}")
    text = opened.read(table)
    got = hashlib.md5(text, usedforsecurity=False).hexdigest()
    if not trusted and got != TABLE_MD5:
        raise _Unfit(
            f"the archive's {TABLE} must have the MD5 {TABLE_MD5}, got {got}: it is another version, or damaged, and "
            "was removed; if you want this one, call again with the known_hash of the archive"
        )
    return [f"audio/{row['filename']}" for row in table_rows(text)]


def _put(unfinished: Path, goal: Path) -> None:
    """Give the unpacked folder its name, all at once; where another process was faster, its folder stays."""
    try:
        os.rename(unfinished, goal)
    except OSError:
        if not (goal / TABLE).is_file():
            raise


def _forget_abandoned(folder: Path) -> None:
    """Remove what processes left that were killed at unpacking."""
    for each in folder.glob(f".*{_UNPACKING}"):
        if each.stat().st_mtime < time.time() - ABANDONED:
            shutil.rmtree(each, ignore_errors=True)
