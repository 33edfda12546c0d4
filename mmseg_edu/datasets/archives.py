"""What is in a .zip or a .tar, by names that lead nowhere else: plain files only, and none of them unpacked yet."""

from __future__ import annotations

import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple

AGAIN = "it was removed, so download it again"
# No data set that is known here has nearly as many or as much: what has is made to fill a disk.
_MOST_MEMBERS = 200_000
_MOST_BYTES = 64 * 2**30


class UnfitError(ValueError):
    """A whole archive of something else."""


class Member(NamedTuple):
    """A plain file in an archive: how many bytes it claims to have, and how to open it."""

    size: int
    open: Callable[[], IO[bytes]]


@contextmanager
def members_of(archive: Path) -> Iterator[dict[str, Member]]:
    """Open a .zip or a .tar and list its plain files, in the order in which they are stored.

    Parameters
    ----------
    archive : Path
        A .zip, or a .tar that is compressed by gzip, bzip2 or xz: an uncompressed one has no sums to check by.

    Yields
    ------
    dict of str to Member
        Folders are left out. Reading a member of a .zip to its end checks its sum. A .tar has one sum for all: it
        is checked when the block ends, so what was read may be used only after that.

    Raises
    ------
    UnfitError
        A name is absolute or leads upwards, a member is a link, a device or a pipe, or there are too many of them.
    Exception
        A damaged archive fails in a dozen ways.
    """
    if tarfile.is_tarfile(archive):
        with tarfile.open(archive) as opened:
            yield _of_tar(opened)
            while opened.fileobj and opened.fileobj.read(2**20):
                pass
    else:
        with zipfile.ZipFile(archive) as packed:
            yield _of_zip(packed)


def is_unchecked(archive: Path) -> bool:
    """Say whether an archive has no sums of its own: a .tar that is not compressed."""
    try:
        tarfile.open(archive, "r:").close()
    except (tarfile.TarError, EOFError):
        return False
    return True


def _of_zip(packed: zipfile.ZipFile) -> dict[str, Member]:
    found: dict[str, Member] = {}
    for each in packed.infolist():
        kind = stat.S_IFMT(each.external_attr >> 16)
        _check(each.filename, found, each.file_size, each.is_dir() or kind in (0, stat.S_IFREG))
        if not each.is_dir():
            found[each.filename] = Member(each.file_size, partial(packed.open, each))
    return found


def _of_tar(opened: tarfile.TarFile) -> dict[str, Member]:
    found: dict[str, Member] = {}
    for each in opened:
        _check(each.name, found, each.offset_data + each.size, each.isreg() or each.isdir())
        if each.isreg():
            found[each.name] = Member(each.size, partial(_open, opened, each))
    return found


def _open(opened: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    stored = opened.extractfile(member)
    assert stored is not None  # plain files are all that is listed
    return stored


def _check(name: str, found: dict[str, Member], size: int, plain: bool) -> None:
    path = PurePosixPath(name)
    if "\\" in name or ":" in name or "\0" in name or path.is_absolute() or ".." in path.parts:
        raise UnfitError(f"the archive must have no name that leads out of it, got {name!r}: {AGAIN}")
    if not plain:
        raise UnfitError(
            f"the archive must hold plain files and folders, got {name!r}, which is a link, a device or a pipe: {AGAIN}"
        )
    if len(found) >= _MOST_MEMBERS or size > _MOST_BYTES:
        raise UnfitError(
            f"the archive must have at most {_MOST_MEMBERS} files of {_MOST_BYTES // 2**30} GiB together, got more at "
            f"{name!r}: {AGAIN}"
        )
