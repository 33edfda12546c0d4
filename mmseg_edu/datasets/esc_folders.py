"""The older layout of ESC-10 and ESC-50: one numbered folder a class, as in 001 - Dog bark/1-30226-A.ogg."""

from __future__ import annotations

import filecmp
import re
from collections.abc import Iterator
from pathlib import Path

from mmseg_edu.datasets.esc_classes import ESC10_FOLDERS, ESC50_FOLDERS
from mmseg_edu.datasets.recording import Recording
from mmseg_edu.datasets.sound_files import entries, is_sound, name_in, refuse_twice

_FOLDER = re.compile(r"([0-9]{3}) - .+")
_NAME = re.compile(r"([1-5])-([0-9]+)-([A-Z])\.(?i:ogg)")


def has_class_folders(home: Path, numbers: dict[str, str]) -> bool:
    """Say whether a folder holds one that is numbered like a class of the data set."""
    return home.is_dir() and any(_number(each) in numbers for each in home.iterdir())


def _number(folder: Path) -> str:
    named = _FOLDER.fullmatch(folder.name)
    return named[1] if named and folder.is_dir() else ""


def read_class_folders(home: Path, numbers: dict[str, str], classes: tuple[str, ...]) -> list[Recording]:
    """List the files whose class is among some; `numbers` says which class the number of a folder means."""
    found = [
        Recording(file, numbers[number], classes.index(numbers[number]), source, int(fold), take)
        for number, folder in _class_folders(home)
        if numbers.get(number) in classes
        for file, (fold, source, take) in _named_files(folder, home)
    ]
    refuse_twice((each.path for each in found), home)
    _refuse_copies(found, home)
    return sorted(found, key=lambda each: (each.fold, int(each.source), each.take, each.target))


def _class_folders(home: Path) -> Iterator[tuple[str, Path]]:
    """Give the class folders with their numbers; refuse sound that lies elsewhere, and two folders of one number."""
    seen: dict[str, Path] = {}
    for each in entries(home):
        number = _number(each)
        if number in ESC10_FOLDERS | ESC50_FOLDERS:
            if number in seen:
                raise ValueError(
                    f"a class must have one folder, got {seen[number].name!r} and {each.name!r}: join them"
                )
            seen[number] = each
            yield number, each
        elif stray := next((file for file in _beside(each) if is_sound(file, home)), None):
            raise ValueError(
                f"a sound file must lie in a folder called '<number> - <name>', 001 to 010 for ESC-10 and 101 to 510 "
                f"for ESC-50, got {name_in(home, stray)}: move it there, or read the tree with folder_per_class"
            )


def _beside(each: Path) -> list[Path]:
    return entries(each) if each.is_dir() else [each]


def _named_files(folder: Path, home: Path) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """Give the recordings of a class folder with what their names say; refuse names that say nothing."""
    count = 0
    for file in entries(folder):
        if not file.is_dir() and not is_sound(file, home):
            continue
        if not (named := _NAME.fullmatch(file.name)) or not is_sound(file, home):
            raise ValueError(
                "what lies in a class folder must be called <fold>-<source>-<take>.ogg, fold 1 to 5, such as "
                f"1-30226-A.ogg, got {name_in(home, file)}: rename it, or read the tree with folder_per_class"
            )
        count += 1
        yield file, named.groups()
    if not count:
        raise ValueError(
            f"a class folder must hold a recording, got the empty {name_in(home, folder)}: copy it again, or remove "
            "the folder to leave the class out"
        )


def _refuse_copies(found: list[Recording], home: Path) -> None:
    """Refuse a file that is also in another class: one of the two has the wrong label."""
    seen: dict[str, list[Path]] = {}
    for each in found:
        alike = seen.setdefault(each.path.name.lower(), [])
        for twin in alike:
            if filecmp.cmp(twin, each.path, shallow=False):
                raise ValueError(
                    f"a recording must be in one class, got {name_in(home, twin)} and the same file in "
                    f"{name_in(home, each.path)}: remove the wrong one"
                )
        alike.append(each.path)
