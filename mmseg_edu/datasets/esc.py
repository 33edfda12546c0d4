"""ESC-50 and its ten easy classes, ESC-10, in both layouts in which their author published them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from mmseg_edu.cache_folder import cache_folder
from mmseg_edu.datasets.esc_classes import ESC10_CLASSES, ESC10_FOLDERS, ESC50_CLASSES, ESC50_FOLDERS
from mmseg_edu.datasets.esc_folders import has_class_folders, read_class_folders
from mmseg_edu.datasets.esc_table import TABLE, read_table
from mmseg_edu.datasets.recording import Recording
from mmseg_edu.datasets.sound_files import entries

_ESC10_PLACES = ("esc10", "esc-10", "esc-10-master")
_ESC50_PLACES = ("esc50", "esc-50", "esc-50-master")


def esc50(folder: str | os.PathLike[str] | None = None) -> list[Recording]:
    """List the 2,000 clips of ESC-50: 50 classes, 5 folds, 5 seconds each.

    Two layouts are known: ``meta/esc50.csv`` with ``audio/<fold>-<source>-<take>-<target>.wav``, and the older
    ``101 - Dog/<fold>-<source>-<take>.ogg``, one folder a class.

    Parameters
    ----------
    folder : path or None
        The data set, or a folder that holds it as ESC-50, ESC-50-master or esc50. None looks in the folder that
        the environment variable MMSEG_EDU_DATA names, then in the cache; the first that has it counts.

    Returns
    -------
    list of Recording
        Sorted by fold, source, take and class. No file is opened but the table.

    Raises
    ------
    FileNotFoundError
        The data set is in none of these places.
    ValueError
        It is there and broken: a table without its columns, a fold outside 1 to 5, a file that is missing, comes
        twice or is not named by the pattern. The message names it.

    Notes
    -----
    The older layout may be a part: what is there is listed. The newer must have every file that its table
    names: to use a part, delete the other rows. What begins with a dot is no part of either.

    References
    ----------
    K. J. Piczak, "ESC: Dataset for Environmental Sound Classification", ACM Multimedia 2015,
    doi:10.1145/2733373.2806390. The clips are under CC BY-NC, those of ESC-10 under CC BY.

    Examples
    --------
    >>> esc50("no such folder")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    FileNotFoundError: esc50 must find recordings, but found none in 'no such folder', which is no folder: ...
    """
    home = _find("esc50", folder, _ESC50_PLACES, ESC50_FOLDERS)
    if (home / TABLE).exists():
        return read_table(home, ESC50_CLASSES)
    return read_class_folders(home, ESC50_FOLDERS, ESC50_CLASSES)


def esc10(folder: str | os.PathLike[str] | None = None) -> list[Recording]:
    """List the 400 clips of ESC-10: ten classes that are told apart easily, 5 folds.

    Three layouts are known: the older repository of its own, ``001 - Dog bark/<fold>-<source>-<take>.ogg``; and
    both layouts of :func:`esc50`, of which ESC-10 is a part (the column ``esc10`` of its table).

    Parameters
    ----------
    folder : path or None
        The data set, or a folder that holds it as ESC-10, ESC-10-master or esc10, or holds ESC-50. None looks in
        the folder that the environment variable MMSEG_EDU_DATA names, then in the cache; the first that has it
        counts, and there ESC-10 before ESC-50.

    Returns
    -------
    list of Recording
        Sorted by fold, source, take and class. Labels and targets are the same in every layout: ``target``
        counts in ESC10_CLASSES, not in ESC-50.

    Raises
    ------
    FileNotFoundError, ValueError
        As in :func:`esc50`.

    References
    ----------
    As for :func:`esc50`.

    Examples
    --------
    >>> esc10("no such folder")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    FileNotFoundError: esc10 must find recordings, but found none in 'no such folder', which is no folder: ...

    Lesson: 04_mfcc_features
    """
    home = _find("esc10", folder, _ESC10_PLACES + _ESC50_PLACES, ESC10_FOLDERS | ESC50_FOLDERS)
    if (home / TABLE).exists():
        return read_table(home, ESC10_CLASSES)
    own = has_class_folders(home, ESC10_FOLDERS)
    return read_class_folders(home, ESC10_FOLDERS if own else ESC50_FOLDERS, ESC10_CLASSES)


def _find(
    loader: str, folder: str | os.PathLike[str] | None, places: tuple[str, ...], numbers: dict[str, str]
) -> Path:
    """Give the first folder that looks like the data set, or say where it was looked for."""
    roots = dict(_roots(folder))
    for root in filter(None, roots.values()):
        for home in (*_named(root, places), root):
            if (home / TABLE).exists() or has_class_folders(home, numbers):
                return home
    looked = " nor in ".join(f"{said}, which {_why(root)}" for said, root in roots.items())
    raise FileNotFoundError(
        f"{loader} must find recordings, but found none in {looked}: give the folder that holds {TABLE} or class "
        f"folders like '{min(numbers)} - Name', or set MMSEG_EDU_DATA to a folder in which it is called "
        f"{', '.join(places[:-1])} or {places[-1]}, or download ESC-50 with datasets.download_esc50()"
    )


def _why(root: Path | None) -> str:
    if root is None:
        return "is not set"
    return "holds neither layout" if root.is_dir() else "is no folder"


def _roots(folder: str | os.PathLike[str] | None) -> Iterator[tuple[str, Path | None]]:
    """Say where to look and how to speak of it: never by a path that the caller did not give."""
    if folder is not None:
        yield repr(os.fspath(folder)), Path(folder).expanduser()
        return
    named = os.environ.get("MMSEG_EDU_DATA")
    yield "MMSEG_EDU_DATA", Path(named).expanduser() if named else None
    yield "the cache", cache_folder("datasets")


def _named(root: Path, places: tuple[str, ...]) -> list[Path]:
    """Folders inside one that bear the data set's name, in the order of the names."""
    inside = entries(root) if root.is_dir() else []
    called = [each for each in inside if each.name.lower() in places and each.is_dir()]
    return sorted(called, key=lambda each: places.index(each.name.lower()))
