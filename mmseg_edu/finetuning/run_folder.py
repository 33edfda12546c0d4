"""The folder of one training: begun with some arguments, and gone on with only with the same."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmseg_edu.whole_file import whole_file

ARGUMENTS, CHECKPOINT, NETWORK = "arguments.json", "checkpoint.npz", "network.keras"


def check_folder(folder: Path, arguments: Mapping[str, Any]) -> None:
    """Refuse a folder that holds other things, or a training that was begun with other arguments.

    Raises
    ------
    ValueError
        Says which arguments differ.
    PermissionError
        The folder may not be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as home:
    ...     keep_arguments(Path(home), {"epochs": 8, "rate": 0.1})
    ...     check_folder(Path(home), {"epochs": 12, "rate": 0.1})  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    ValueError: the folder ... holds a training that was begun with other arguments, epochs (8, not 12): ...
    """
    if not folder.exists():
        return
    if not folder.is_dir():
        raise ValueError(f"a training goes into a folder, got the file {str(folder)!r}: choose another name")
    if not os.access(folder, os.W_OK):
        raise PermissionError(
            f"a training must go into a folder that may be written, got {str(folder)!r}: choose another"
        )
    kept = folder / ARGUMENTS
    if not kept.exists():
        others = sorted(each.name for each in folder.iterdir() if not each.name.startswith("."))
        if others:
            raise ValueError(
                f"a training goes into a new or an empty folder, or into its own, got {str(folder)!r} with "
                f"{others[0]!r} and no {ARGUMENTS}: choose another with --out"
            )
        return
    theirs = _read(kept)
    if other := [name for name in {**theirs, **arguments} if theirs.get(name) != arguments.get(name)]:
        told = ", ".join(_told(name, theirs.get(name), arguments.get(name)) for name in other)
        raise ValueError(
            f"the folder {str(folder)!r} holds a training that was begun with other arguments, {told}: give the same "
            "to go on with it, or another folder with --out"
        )


def keep_arguments(folder: Path, arguments: Mapping[str, Any]) -> None:
    """Write with what a training is begun, so that it is known when it is begun again."""
    folder.mkdir(parents=True, exist_ok=True)
    with whole_file(folder / ARGUMENTS) as unfinished:
        unfinished.write_text(json.dumps(arguments, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _read(path: Path) -> dict[str, Any]:
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        read = None
    if not isinstance(read, dict):
        raise ValueError(
            f"{str(path)!r} must say with what the training was begun, and cannot be read: choose another folder with "
            "--out, or delete this one"
        )
    return read


def _told(name: str, theirs: Any, ours: Any) -> str:
    if isinstance(theirs, list) or isinstance(ours, list):
        count, now = len(theirs or ()), len(ours or ())
        return f"{name} ({count} clips, not {now})" if count != now else f"{name} (other clips)"
    return f"{name} ({theirs}, not {ours})"
