"""Which data sets are on this computer, whether they are whole, and how to be rid of what was downloaded."""

from __future__ import annotations

import os
import secrets
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mmseg_edu.cache_folder import cache_folder
from mmseg_edu.datasets.avs import SPLITS, avs_avss, avs_ms3, avs_s4
from mmseg_edu.datasets.avs_clip import AVSClip
from mmseg_edu.datasets.esc import esc10, esc50
from mmseg_edu.datasets.partial_file import ABANDONED
from mmseg_edu.datasets.recording import Recording
from mmseg_edu.datasets.unpacking import SUMS, UNPACKING, sum_of
from mmseg_edu.whole_file import PART

FETCHED = "ESC-50"
_RECORDINGS: dict[str, Callable[..., list[Recording]]] = {"esc50": esc50, "esc10": esc10}
_CLIPS: dict[str, Callable[..., list[AVSClip]]] = {"s4": avs_s4, "ms3": avs_ms3, "avss": avs_avss}
NAMES = (*_RECORDINGS, *_CLIPS)
_HOW = {
    "esc50": "mmseg-edu data fetch esc50 brings it, about 600 MB",
    "esc10": "it comes with esc50",
} | dict.fromkeys(_CLIPS, "its authors give it out on request; unpack it in the folder MMSEG_EDU_DATA")


@dataclass(frozen=True, slots=True)
class Held:
    """What is known about a data set on this computer: how many items it has (0: it is not here), and in words."""

    name: str
    count: int
    says: str


def held(names: Sequence[str] = NAMES) -> list[Held]:
    """Say of each data set whether it is here, where, and how to get it.

    Parameters
    ----------
    names : of "esc50", "esc10", "s4", "ms3", "avss"

    Returns
    -------
    list of Held
        In the order of `names`. One that is here but broken says so.

    Raises
    ------
    ValueError
        Another name.

    Examples
    --------
    >>> [each.name for each in held(["esc10", "s4"])]
    ['esc10', 's4']
    """
    return [_held(_checked(name)) for name in names]


def faults(name: str) -> list[str]:
    """Look through a data set for what is missing or damaged.

    Parameters
    ----------
    name : of "esc50", "esc10", "s4", "ms3", "avss"
        Of what :func:`download_esc50` brought, every file is compared with the sum that was noted then; of what lies
        elsewhere, every file that the data set names must be there.

    Returns
    -------
    list of str
        One line a fault; none where all is well.

    Raises
    ------
    FileNotFoundError
        The data set is not on this computer.
    ValueError
        Another name, or a table that is broken.
    """
    if _checked(name) in _CLIPS:
        clips = [clip for split in SPLITS for clip in _CLIPS[name](_data_folder(), split)]
        return [f"{file} is missing" for clip in clips for file in clip.missing()]
    home = _home_of(_RECORDINGS[name]())
    if not (home / SUMS).is_file():
        return []  # the list is made of files that are there, and no sums of them were noted
    return [
        fault
        for line in (home / SUMS).read_text(encoding="utf-8").splitlines()
        for fault in _fault(home, line)
    ]


def remove(name: str) -> list[Path]:
    """Remove what was downloaded of a data set, and what broken downloads left; nothing outside of the cache.

    Parameters
    ----------
    name : "esc50"

    Returns
    -------
    list of Path
        What was removed. A download that goes on at this moment is left alone. Where the data set is a link, the link
        is removed, and not what it leads to.

    Raises
    ------
    ValueError
        Another name: the data set was not downloaded by this package.

    Examples
    --------
    >>> remove("s4")
    Traceback (most recent call last):
        ...
    ValueError: name must be 'esc50', which alone is downloaded, got 's4': remove your own copy yourself
    """
    if name != "esc50":
        raise ValueError(
            f"name must be 'esc50', which alone is downloaded, got {name!r}: remove your own copy yourself"
        )
    home, done = cache_folder("datasets"), []
    if not home.is_dir():
        return []
    goal = home / FETCHED
    if os.path.lexists(goal):
        done.append(goal)
        if goal.is_symlink() or not goal.is_dir():
            goal.unlink()
        else:
            # Under another name first: who is interrupted leaves no half of a data set under its own.
            doomed = goal.with_name(f".{secrets.token_hex(8)}{UNPACKING}")
            os.rename(goal, doomed)
            shutil.rmtree(doomed)
    for left in [*home.glob(f".*{PART}"), *home.glob(f".*{UNPACKING}")]:
        if left.lstat().st_mtime < time.time() - ABANDONED:
            shutil.rmtree(left) if left.is_dir() and not left.is_symlink() else left.unlink()
            done.append(left)
    return done


def _checked(name: str) -> str:
    if name not in NAMES:
        raise ValueError(f"name must be one of {', '.join(NAMES)}, got {name!r}: correct it")
    return name


def _held(name: str) -> Held:
    try:
        if name in _RECORDINGS:
            recordings = _RECORDINGS[name]()
            return Held(name, len(recordings), f"{len(recordings)} recordings in {_home_of(recordings)}")
        clips = [clip for split in SPLITS for clip in _CLIPS[name](_data_folder(), split)]
        return Held(name, len(clips), f"{len(clips)} clips in {clips[0].home}")
    except FileNotFoundError:
        return Held(name, 0, f"not here: {_HOW[name]}")
    except ValueError as error:
        return Held(name, 0, f"broken: {error}")


def _data_folder() -> Path:
    named = os.environ.get("MMSEG_EDU_DATA")
    return Path(named).expanduser() if named else cache_folder("datasets")


def _home_of(recordings: Sequence[Recording]) -> Path:
    """Give the folder that holds the recordings' folders."""
    return recordings[0].path.parent.parent


def _fault(home: Path, line: str) -> list[str]:
    known, _, name = line.partition("  ")
    file = home / name
    if not file.is_file():
        return [f"{name} is missing"]
    return [] if sum_of(file) == known else [f"{name} has changed"]
