"""A file is there whole or not at all, whatever stops its writer."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mmseg_edu.whole_file import PART, whole_file


def test_it_takes_its_place_at_the_end_and_leaves_nothing_else(tmp_path):
    with whole_file(tmp_path / "clip.WEBM") as unfinished:
        assert unfinished.parent == tmp_path
        assert unfinished.suffix == ".webm"
        unfinished.write_bytes(b"new")
        assert not (tmp_path / "clip.WEBM").exists()
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("clip.WEBM", b"new")]


def write_half(path, error):
    with whole_file(path) as unfinished:
        unfinished.write_text("half")
        raise error


@pytest.mark.parametrize("error", [ValueError, OSError, KeyboardInterrupt, SystemExit, GeneratorExit])
def test_an_error_leaves_what_was_there(tmp_path, error):
    old = tmp_path / "old.txt"
    old.write_text("old")
    for path in (old, tmp_path / "new.txt"):
        with pytest.raises(error):
            write_half(path, error)
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("old.txt", "old")]


def test_a_killed_process_leaves_no_half_file(tmp_path):
    code = f"""
import os
from mmseg_edu.whole_file import whole_file
with whole_file({str(tmp_path / "new.txt")!r}) as unfinished:
    unfinished.write_text("half")
    os._exit(9)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 9
    (left,) = tmp_path.iterdir()
    assert PART in left.suffixes
    assert left.name.startswith(".")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_permissions_are_those_of_the_old_file_or_of_any_new_one(tmp_path):
    (tmp_path / "any").touch()
    (tmp_path / "private").touch(0o600)
    for name in ("private", "new"):
        with whole_file(tmp_path / name):
            pass
    modes = {file.name: file.stat().st_mode & 0o777 for file in tmp_path.iterdir()}
    assert modes["private"] == 0o600
    assert modes["new"] == modes["any"]


def test_two_writers_at_once_do_not_meet(tmp_path):
    path = tmp_path / "both.txt"
    with whole_file(path) as one, whole_file(path) as other:
        assert one != other
        one.write_text("one")
        other.write_text("other")
    assert path.read_text() == "one"
    assert os.listdir(tmp_path) == ["both.txt"]


def test_a_folder_that_is_not_there_says_so(tmp_path):
    with pytest.raises(FileNotFoundError), whole_file(Path(tmp_path / "no" / "file.txt")):
        pass
