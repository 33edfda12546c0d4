"""Lessons as files."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import nbformat
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


def stored(path: Path, *cells: dict[str, object], form: int = 4, minor: int = 4) -> Path:
    kept = {"worksheets": [{"cells": cells, "metadata": {}}]} if form < 4 else {"cells": cells}
    path.write_text(json.dumps({"metadata": {}, "nbformat": form, "nbformat_minor": minor, **kept}))
    return path


def test_older_formats_are_read_and_their_cells_have_names(tmp_path: Path) -> None:
    code = {"cell_type": "code", "metadata": {}, "source": "1", "execution_count": None, "outputs": []}
    nb = notebook.read(stored(tmp_path / "x.ipynb", code, code, {**code, "id": "mine"}))
    assert [cell.id for cell in nb.cells] == ["cell-1", "cell-2", "mine"]
    nbformat.validate(nb)
    old = {"cell_type": "code", "metadata": {}, "input": "1", "language": "python", "outputs": []}
    for form in (2, 3):
        nb = notebook.read(stored(tmp_path / "x.ipynb", old, old, form=form, minor=0))
        nbformat.validate(nb)
        assert [(cell.id, cell.source) for cell in nb.cells] == [("cell-1", "1"), ("cell-2", "1")]
        assert notebook.written(nb) == notebook.written(notebook.read(tmp_path / "x.ipynb"))


def test_two_cells_of_one_id_get_two(tmp_path: Path) -> None:
    code = {"cell_type": "code", "source": "1", "id": "cell-2"}
    nb = notebook.read(stored(tmp_path / "x.ipynb", code, code, minor=5))
    assert [cell.id for cell in nb.cells] == ["cell-2", "cell-2-new"]


def test_a_byte_order_mark_is_no_part_of_a_notebook(tmp_path: Path, saved: Callable[..., Path]) -> None:
    path = saved("1")
    plain = notebook.read(path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert notebook.read(path) == plain


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "got an empty file"),
        (b"[]", "got a list instead of its cells"),
        (b"[" * 100_000, "maximum recursion"),
        (b"\xff\xfe", "can't decode byte"),
        (b'{"nbformat": 5, "cells": []}', "Unsupported nbformat version 5"),
    ],
)
def test_what_is_no_notebook_says_why(tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "x.ipynb").write_bytes(content)
    with pytest.raises(ValueError, match=r"^x\.ipynb must be a notebook, got") as caught:
        notebook.read(tmp_path / "x.ipynb")
    assert says in str(caught.value)


def test_a_broken_cell_is_named_by_its_number(tmp_path: Path) -> None:
    fine = {"cell_type": "markdown", "metadata": {}, "source": "a"}
    broken = {"cell_type": "code", "metadata": {"tags": "x"}, "source": "1"}
    with pytest.raises(ValueError, match=r"x\.ipynb must be a valid notebook, cell 2 is not: 'x' is not of"):
        notebook.read(stored(tmp_path / "x.ipynb", fine, broken))


def test_a_link_stays_a_link_and_keeps_its_name(tmp_path: Path, saved: Callable[..., Path]) -> None:
    path = saved("1", name="stored")
    link = tmp_path / "08_weighted_fusion.ipynb"
    link.symlink_to(path)
    assert notebook.find([link, path]) == [path]
    assert notebook.find(tmp_path) == [link]
    notebook.write(link, b"new")
    assert link.is_symlink()
    assert path.read_bytes() == b"new"


def test_a_name_that_is_no_text_here_is_said_with_a_remedy(
    tmp_path: Path, saved: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = saved("1")
    try:
        (path.parent / os.fsdecode(b"bild\xfc.png")).touch()
    except OSError:
        pytest.skip("this file system takes no such name")
    with pytest.raises(ValueError, match=r"names of files must be readable .*bild\\udcfc\.png': rename it"):
        notebook.find(path)
    monkeypatch.setattr(notebook, "unicode_names", lambda: False)
    with pytest.raises(ValueError, match=r"bild\\udcfc\.png': set PYTHONUTF8=1, or LC_ALL=C\.UTF-8"):
        notebook.find(path)


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
