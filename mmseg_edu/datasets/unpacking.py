"""From the archive of ESC-50 to its folder: checked name by name and byte by byte, then there at once."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import shutil
import time
from pathlib import Path

from mmseg_edu.datasets.archives import AGAIN, Member, UnfitError, is_unchecked, members_of
from mmseg_edu.datasets.esc_table import TABLE, table_rows
from mmseg_edu.datasets.partial_file import ABANDONED

# The published loaders that check the table state this for it, while their hashes of the archive differ.
TABLE_MD5 = "54a0d0055a10bb7df84ad340a148722e"
# A clip has 441 kB.
_LARGEST = 2 * 2**20
UNPACKING = ".unpacking"
# One line a file, as the command sha256sum writes and checks them.
SUMS = ".sha256"


def unpack(archive: Path, goal: Path, trusted: bool) -> None:
    """Unpack what belongs to the data set into a folder that is not there yet.

    Parameters
    ----------
    archive : Path
        The .zip or compressed .tar, all of its members in one folder of any name.
    goal : Path
        Where the data set shall be. If another process puts it there meanwhile, that one stays.
    trusted : bool
        The archive's own hash was checked; otherwise the table's must be the one that is known.

    Raises
    ------
    ValueError
        The archive is not ESC-50, or damaged. Nothing of it is left.
    """
    unfinished = goal.with_name(f".{secrets.token_hex(8)}{UNPACKING}")
    try:
        _forget_abandoned(goal.parent)
        if not trusted and is_unchecked(archive):
            raise UnfitError(
                f"the archive must be compressed, which adds a sum, or have a known_hash, got a bare .tar: {AGAIN}"
            )
        with members_of(archive) as found:
            for name, member in _wanted(found, trusted).items():
                (unfinished / name).parent.mkdir(parents=True, exist_ok=True)
                with member.open() as packed, (unfinished / name).open("wb") as unpacked:
                    shutil.copyfileobj(packed, unpacked)  # a .zip compares the CRC-32 at the end
        write_sums(unfinished)
        _put(unfinished, goal)
    except UnfitError:
        raise
    except Exception as error:  # a damaged .zip fails in a dozen ways, a full disk in one
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):
            raise
        said = f"{type(error).__name__}: {error}"
        raise ValueError(f"the archive must be a whole .zip or .tar.gz, but {said}: {AGAIN}") from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _wanted(found: dict[str, Member], trusted: bool) -> dict[str, Member]:
    """Choose the members that belong to the data set, by where they go; the rest of the archive is left in it."""
    tables = [name for name in found if name.endswith(f"/{TABLE}") and name.count("/") == 2]
    if len(tables) != 1:
        raise UnfitError(f"the archive must have one folder with {TABLE} in it, got {len(tables)}: {AGAIN}")
    home = tables[0].removesuffix(TABLE)
    wanted = {TABLE, *_clips(found[tables[0]], trusted)}
    for name in sorted(wanted):
        size = found[home + name].size if home + name in found else 0
        if not 0 < size <= _LARGEST:
            said = f"with {size} bytes" if home + name in found else "without it"
            raise UnfitError(
                f"the archive must hold {name!r} of at most {_LARGEST} bytes, got one {said}: {AGAIN}"
            )
    # Whose the clips are and under which licence is said there.
    wanted |= {name for name in ("LICENSE", "README.md") if home + name in found}
    # In the order of the archive: a .tar cannot be read backwards but from its beginning.
    return {
        name.removeprefix(home): member
        for name, member in found.items()
        if name.startswith(home) and name.removeprefix(home) in wanted and 0 < member.size <= _LARGEST
    }


def _clips(table: Member, trusted: bool) -> list[str]:
    if table.size > _LARGEST:
        raise UnfitError(
            f"the archive's {TABLE} must have at most {_LARGEST} bytes, got {table.size}: {AGAIN}"
        )
    with table.open() as opened:
        text = opened.read()
    got = hashlib.md5(text, usedforsecurity=False).hexdigest()
    if not trusted and got != TABLE_MD5:
        raise UnfitError(
            f"the archive's {TABLE} must have the MD5 {TABLE_MD5}, got {got}: it is another version, or damaged, and "
            "was removed; if you want this one, call again with the known_hash of the archive"
        )
    return [f"audio/{row['filename']}" for row in table_rows(text)]


def write_sums(folder: Path) -> None:
    """Note what each file hashes to, so that damage can be found later."""
    files = sorted(each for each in folder.rglob("*") if each.is_file())
    lines = [f"{sum_of(each)}  {each.relative_to(folder).as_posix()}" for each in files]
    (folder / SUMS).write_text("\n".join([*lines, ""]), encoding="utf-8")


def sum_of(file: Path) -> str:
    """Give the SHA-256 of a file."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _put(unfinished: Path, goal: Path) -> None:
    """Give the unpacked folder its name, all at once; where another process was faster, its folder stays."""
    try:
        os.rename(unfinished, goal)
    except OSError:
        if not (goal / TABLE).is_file():
            raise


def _forget_abandoned(folder: Path) -> None:
    """Remove what processes left that were killed at unpacking."""
    for each in folder.glob(f".*{UNPACKING}"):
        if each.stat().st_mtime < time.time() - ABANDONED:
            shutil.rmtree(each, ignore_errors=True)
