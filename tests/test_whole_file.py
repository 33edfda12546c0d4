"""A file is there whole or not at all, whatever stops its writer."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mmseg_edu import whole_file as module
from mmseg_edu.whole_file import PART, clear_leftovers, is_held, whole_file, whole_folder


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


# Folders


def make(path: Path, **files: str) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (path / name).write_text(text)
    return path


def inside(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if not path.is_dir()
    }


def test_a_folder_takes_the_place_of_the_former_one_as_a_whole(tmp_path):
    make(tmp_path / "site", old="old", both="old").chmod(0o750)
    with whole_folder(tmp_path / "site") as unfinished:
        make(unfinished, both="new", new="new")
        assert inside(tmp_path / "site") == {"old": "old", "both": "old"}
    assert inside(tmp_path) == {"site/both": "new", "site/new": "new"}
    assert (tmp_path / "site").stat().st_mode & 0o777 == 0o750


def test_a_folder_is_made_where_none_is_and_a_link_stays_a_link(tmp_path):
    with whole_folder(tmp_path / "deep" / "site") as unfinished:
        make(unfinished, page="1")
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "deep" / "site")
    with whole_folder(link) as unfinished:
        make(unfinished, page="2")
    assert link.is_symlink()
    assert inside(tmp_path / "deep") == {"site/page": "2"}


@pytest.mark.parametrize("when", ["in the block", "at the first renaming", "at the second renaming"])
@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_an_error_leaves_the_former_folder(tmp_path, monkeypatch, when, error):
    make(tmp_path / "site", page="old")
    renamed = []
    replace = os.replace

    def renaming(*paths):
        renamed.append(paths)
        if len(renamed) == {"at the first renaming": 1, "at the second renaming": 2}.get(when):
            raise error
        replace(*paths)

    monkeypatch.setattr(module.os, "replace", renaming)

    def write() -> None:
        with whole_folder(tmp_path / "site") as unfinished:
            make(unfinished, page="new")
            if when == "in the block":
                raise error

    with pytest.raises(error):
        write()
    assert inside(tmp_path) == {"site/page": "old"}
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


KILLED = """
import os, sys
from mmseg_edu import whole_file as module
replace, count = os.replace, 0
def renaming(*paths):
    global count
    count += 1
    if count > {survives}:
        os._exit(9)
    replace(*paths)
module.os.replace = renaming
with module.whole_folder({path!r}) as unfinished:
    (unfinished / "page").write_text("new")
"""


@pytest.mark.parametrize("survives", [0, 1])
def test_what_a_killed_writer_left_is_cleared_and_put_back(tmp_path, monkeypatch, survives):
    make(tmp_path / "site", page="old")
    code = KILLED.format(path=str(tmp_path / "site"), survives=survives)
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 9
    assert (tmp_path / "site").exists() == (survives == 0)
    with whole_file(tmp_path / "note.txt") as living:
        later = module.time.time() + 60
        monkeypatch.setattr(module.time, "time", lambda: later)
        assert len(clear_leftovers(tmp_path)) == 1 + survives
        assert living.exists()
        assert inside(tmp_path / "site") == {"page": "old"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["note.txt", "site"]


def test_what_has_just_been_made_and_what_has_another_name_is_left_alone(tmp_path):
    for name in (".0123456789abcdef.part.txt", f"x{PART}", ".hidden", f".0123{PART}"):
        (tmp_path / name).touch()
    assert clear_leftovers(tmp_path) == []
    assert is_held(tmp_path / ".0123456789abcdef.part.txt"), "it is younger than a second"
    assert len(list(tmp_path.iterdir())) == 4


def test_whoever_writes_next_clears_what_a_killed_writer_left(tmp_path, monkeypatch):
    names = (".0123456789abcdef.part.webm", ".0123456789abcdef.part", ".fedcba9876543210.part.npz")
    later = module.time.time() + 60
    for write in (whole_file, whole_folder):
        for name in names:
            (tmp_path / name).touch()
        monkeypatch.setattr(module.time, "time", lambda: later)
        with write(tmp_path / write.__name__):
            pass
        assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.skipif(sys.platform == "win32", reason="there age decides")
def test_another_person_s_leftovers_stay_and_hinder_nobody(tmp_path, monkeypatch):
    theirs, ours = tmp_path / ".0123456789abcdef.part", tmp_path / ".1123456789abcdef.part"
    theirs.touch()
    ours.touch()
    later, opened = module.time.time() + 60, os.open

    def guarded(path, *more):
        if Path(path) == theirs:
            raise PermissionError(13, "Permission denied")
        return opened(path, *more)

    monkeypatch.setattr(module.time, "time", lambda: later)
    monkeypatch.setattr(module.os, "open", guarded)
    assert clear_leftovers(tmp_path) == [ours]
    assert list(tmp_path.iterdir()) == [theirs]


def test_a_former_folder_that_is_half_removed_is_never_put_back(tmp_path, monkeypatch):
    make(tmp_path / "site", page="old", more="old")
    monkeypatch.setattr(module, "remove", lambda path: next(path.iterdir()).unlink())
    with whole_folder(tmp_path / "site") as unfinished:
        make(unfinished, page="new")
    module.shutil.rmtree(tmp_path / "site")
    later = module.time.time() + 60
    monkeypatch.undo()
    monkeypatch.setattr(module.time, "time", lambda: later)
    assert len(clear_leftovers(tmp_path)) == 1
    assert list(tmp_path.iterdir()) == []
