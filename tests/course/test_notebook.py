"""Lessons as files."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from tiny_lessons import lesson

from mmseg_edu.course import notebook


def test_find_takes_folders_paths_and_lesson_names(saved: Callable[..., Path]) -> None:
    first, second = saved("1", name="00_start_here"), saved("1", name="08_weighted_fusion")
    folder = first.parent
    assert notebook.find(folder) == [first, second]
    assert notebook.find(["08", "start_here", str(second)], folder=folder) == [second, first]


def test_find_says_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"a folder of lessons holds notebooks, .* has none"):
        notebook.find(tmp_path)
    with pytest.raises(ValueError, match="there is no notebook"):
        notebook.find(tmp_path / "x.ipynb")
    with pytest.raises(ValueError, match="there is no folder, notebook or lesson 'lessons'; a lesson is"):
        notebook.find("lessons", folder=tmp_path)


def test_read_refuses_what_is_no_notebook(tmp_path: Path) -> None:
    (tmp_path / "x.ipynb").write_text("no json")
    with pytest.raises(ValueError, match=r"x\.ipynb must be a notebook"):
        notebook.read(tmp_path / "x.ipynb")


def test_solutions_replace_their_stubs() -> None:
    nb = lesson(
        "a",
        ("exercise", "stub 1"),
        ("solution", "full 1"),
        ("exercise", "stub 2"),
        ("solution", "full 2"),
        "z",
    )
    filled = notebook.fill_solutions(nb)
    assert [cell.source for cell in filled.cells] == ["a", "full 1", "full 2", "z"]
    assert [cell.id for cell in filled.cells] == ["cell-0", "cell-1", "cell-3", "cell-5"]
    assert nb.cells[1].source == "stub 1"


@pytest.mark.parametrize(
    "cells",
    [
        [("exercise", "stub")],
        [("exercise", "stub"), "between", ("solution", "full")],
        [("solution", "full")],
        [("exercise", "one"), ("exercise", "two"), ("solution", "full")],
    ],
)
def test_an_exercise_and_its_solution_come_in_pairs(cells: list[tuple[str, str]]) -> None:
    with pytest.raises(ValueError, match=r"directly followed by its cell tagged `solution`.* stands alone"):
        notebook.fill_solutions(lesson(*cells))


def test_write_replaces_at_once_and_only_what_changed(tmp_path: Path) -> None:
    path = tmp_path / "new" / "x.txt"
    assert notebook.write(path, b"one")
    before = path.stat().st_mtime_ns
    assert not notebook.write(path, b"one")
    assert path.stat().st_mtime_ns == before
    path.chmod(0o600)
    assert notebook.write(path, b"two")
    assert path.read_bytes() == b"two"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["x.txt"]


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.txt"
    path.write_bytes(b"old")

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        notebook.write(path, b"new")
    assert [each.read_bytes() for each in tmp_path.iterdir()] == [b"old"]
