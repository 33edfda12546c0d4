"""Masks as indexed PNG files, one a frame, in a folder beside the film: what ``datasets.folder_of_clips`` reads."""

from __future__ import annotations

import re
from pathlib import Path

from mmseg_edu.datasets.clip_folder import TIMES

HEADER = "frame,seconds"
_NUMBERED = re.compile(r"[0-9]{5,}\.png")


def folder_for(film: Path) -> Path:
    """Where the masks of a film lie.

    >>> folder_for(Path("films/bell.webm")).as_posix()
    'films/bell_masks'
    """
    return film.with_name(f"{film.stem}_masks")


def check_ours(folder: Path) -> None:
    """Refuse a folder that holds anything but masks: it is going to be replaced."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise ValueError(
            f"the masks go into the folder {str(folder)!r}, got a file or link of that name: move it away, choose "
            "another name for the film, or write none (masks=False, --no-masks)"
        )
    odd = [each.name for each in folder.iterdir() if not _ours(each)] if folder.is_dir() else []
    if odd:
        raise ValueError(
            f"the folder {str(folder)!r} would be replaced and must hold nothing but masks, got {sorted(odd)[0]!r}"
            f"{f' and {len(odd) - 1} more' if len(odd) > 1 else ''}: move that away, choose another name for the "
            "film, or write no masks (masks=False, --no-masks)"
        )


def _ours(path: Path) -> bool:
    if path.name == TIMES:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.readline().strip() == HEADER
    return path.is_file() and _NUMBERED.fullmatch(path.name) is not None
