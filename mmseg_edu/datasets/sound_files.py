"""What counts as a sound file in a folder, and what is passed over."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

SUFFIXES = (".aac", ".flac", ".m4a", ".mp3", ".oga", ".ogg", ".opus", ".wav")
# Sound that the reader refuses: to pass it over in silence would lose recordings.
_OTHER_SUFFIXES = (".aif", ".aifc", ".aiff", ".au", ".caf", ".wma", ".wv")


def entries(folder: Path) -> list[Path]:
    """List a folder in the order of its names, without what is hidden (a leading dot, as in ._dog.wav)."""
    # By the name alone: paths are in another order on Windows.
    return sorted((e for e in folder.iterdir() if not e.name.startswith(".")), key=lambda each: each.name)


def is_sound(file: Path, home: Path) -> bool:
    """Tell by its suffix, in any case, whether something in a data set is a sound file.

    Raises
    ------
    ValueError
        It is of a sound format that is not read, a link that leads nowhere, or a folder.
    """
    suffix = file.suffix.lower()
    if suffix in _OTHER_SUFFIXES:
        raise ValueError(
            f"a sound file must be one of {', '.join(SUFFIXES)}, got {name_in(home, file)}: convert it to .wav, or "
            "move it away"
        )
    if suffix in SUFFIXES and not file.is_file():
        raise ValueError(
            f"a sound file must be a plain file, got {name_in(home, file)}, which is a link that leads nowhere or "
            "no file: remove it or copy it again"
        )
    return suffix in SUFFIXES


def refuse_twice(files: Iterable[Path], home: Path) -> None:
    """Refuse one file under two names (by links): it could stand on both sides of a split."""
    seen: dict[tuple[int, int], Path] = {}
    for file in files:
        state = file.stat()
        first = seen.setdefault((state.st_dev, state.st_ino), file)
        if first != file and state.st_ino:  # 0 where the disk does not number its files
            raise ValueError(
                f"a file must be in the data set once, got {name_in(home, first)} and {name_in(home, file)}, which "
                "are links to the same: remove one"
            )


def name_in(home: Path, file: Path) -> str:
    """Give the name of something in a data set as errors show it, without the folders above."""
    return repr(file.relative_to(home).as_posix())
