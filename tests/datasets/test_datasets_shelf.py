"""The command `mmseg-edu data` and what stands behind it: list, fetch, verify, remove."""

import os
import time

import pytest

from mmseg_edu import cli, datasets
from mmseg_edu.datasets import partial_file, shelf

from .avs_trees import put_avss, put_ms3, put_s4
from .serving import serving
from .test_datasets_download import ARCHIVE, HASH, at_home, left_in, served
from .trees import ROWS, put

__all__ = ["at_home", "served"]  # fixtures


def test_list_says_what_is_here_and_how_to_get_the_rest(served, tmp_path, capsys, monkeypatch):
    assert cli.main(["data", "list"]) == 0
    said = capsys.readouterr().out
    assert "esc50  not here: mmseg-edu data fetch esc50 brings it, about 600 MB\n" in said
    assert "avss   not here: its authors give it out on request" in said
    assert served.asked == []
    datasets.download_esc50(url=served.url)
    put_s4(tmp_path / "data/avsbench_data/Single-source")
    put_ms3(tmp_path / "data/Multi-sources")
    put_avss(tmp_path / "data/avs_released")
    put(tmp_path / "data/avs_released", "label2idx.json", holding=b"{")
    monkeypatch.setenv("MMSEG_EDU_DATA", str(tmp_path / "data"))
    assert cli.main(["data", "list"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"esc50  {len(ROWS)} recordings in {tmp_path / 'cache/datasets/ESC-50'}"
    assert said[1].startswith(f"esc10  {len(ROWS) - 1} recordings")
    assert said[2] == f"s4     4 clips in {tmp_path / 'data/avsbench_data/Single-source'}"
    assert said[3].startswith("ms3    3 clips in")
    assert said[4].startswith("avss   broken: label2idx.json must map each class to its number")
    assert cli.main(["data", "list", "esc10"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_fetch_tries_the_mirrors_and_verify_finds_it_whole(served, capsys):
    with serving(ARCHIVE) as gone:
        pass
    words = ["data", "fetch", "esc50", "--url", gone.url, "--url", served.url, "--hash", HASH]
    assert cli.main(words) == 0
    said = capsys.readouterr()
    assert said.out.startswith("it is in ")
    assert "100%" in said.err
    assert cli.main(["data", "verify"]) == 0
    assert capsys.readouterr().out == "esc50  whole\nesc10  whole\n"


def test_fetch_says_in_one_line_why_it_cannot(served, capsys):
    served.status = 503
    assert cli.main(["data", "fetch", "esc50", "--url", served.url]) == 2
    assert (
        capsys.readouterr()
        .err.splitlines()[-1]
        .startswith(f"mmseg-edu: {served.url} must be downloaded whole")
    )
    assert cli.main(["data", "fetch", "esc50", "--url", served.url, "--hash", "1234"]) == 2
    assert "known_hash must be an algorithm of hashlib" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["fetch"], ["fetch", "s4"], ["remove"], ["remove", "esc50", "s4"]])
def test_fetch_and_remove_must_be_told_what_can_be_downloaded(words, capsys):
    assert cli.main(["data", *words]) == 2
    assert f"data {words[0]} must be told esc50" in capsys.readouterr().err


def test_verify_names_what_is_missing_and_what_has_changed(served, capsys):
    home = datasets.download_esc50(url=served.url)
    clip = sorted((home / "audio").iterdir())[0]
    data = bytearray(clip.read_bytes())
    data[-1] ^= 1
    clip.write_bytes(data)
    (home / "LICENSE").unlink()
    (home / "mine.txt").touch()
    assert cli.main(["data", "verify", "esc50"]) == 1
    assert capsys.readouterr().out == f"esc50  LICENSE is missing\nesc50  audio/{clip.name} has changed\n"


def test_verify_of_the_benchmark_names_the_files_that_are_missing(tmp_path, monkeypatch, capsys):
    home = put_ms3(tmp_path / "Multi-sources")
    monkeypatch.setenv("MMSEG_EDU_DATA", str(tmp_path))
    assert cli.main(["data", "verify", "ms3"]) == 0
    (home / "ms3_data/visual_frames/m2/m2.mp4_3.png").unlink()
    capsys.readouterr()
    assert cli.main(["data", "verify", "ms3"]) == 1
    assert capsys.readouterr().out == "ms3    ms3_data/visual_frames/m2/m2.mp4_3.png is missing\n"
    assert cli.main(["data", "verify", "s4"]) == 2
    assert "S4 must have its table" in capsys.readouterr().err


def test_remove_takes_the_data_set_and_what_broke_off_and_nothing_that_lives(served, tmp_path, capsys):
    home = tmp_path / "cache/datasets"
    datasets.download_esc50(url=served.url)
    old = time.time() - partial_file.ABANDONED - 1
    put(home, ".aa.bb.part", ".cc.dd.part", ".ee.unpacking/audio/x.wav", "mine.txt")
    for name in (".aa.bb.part", ".ee.unpacking"):
        os.utime(home / name, (old, old))
    assert cli.main(["data", "remove", "esc50"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 3
    assert left_in(home) == [".cc.dd.part", "mine.txt"]
    assert cli.main(["data", "remove", "esc50"]) == 0
    assert capsys.readouterr().out == "removed nothing: it was not there\n"


def test_remove_does_not_follow_a_link(tmp_path):
    put(tmp_path / "precious", "meta/esc50.csv")
    home = tmp_path / "cache/datasets"
    home.mkdir(parents=True)
    (home / "ESC-50").symlink_to(tmp_path / "precious")
    assert shelf.remove("esc50") == [home / "ESC-50"]
    assert (tmp_path / "precious/meta/esc50.csv").exists()


def test_what_lies_in_the_data_folder_is_never_removed(tmp_path, monkeypatch):
    put(tmp_path / "data/ESC-50", "meta/esc50.csv")
    monkeypatch.setenv("MMSEG_EDU_DATA", str(tmp_path / "data"))
    assert shelf.remove("esc50") == []
    assert left_in(tmp_path / "data/ESC-50") == ["meta"]


def test_an_interrupted_removal_leaves_no_half_of_it(served, tmp_path, monkeypatch):
    datasets.download_esc50(url=served.url)

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(shelf.shutil, "rmtree", interrupted)
        with pytest.raises(KeyboardInterrupt):
            shelf.remove("esc50")
    assert not (tmp_path / "cache/datasets/ESC-50").exists()
    assert [each.endswith(".unpacking") for each in left_in(tmp_path / "cache/datasets")] == [True]
    with pytest.raises(FileNotFoundError):
        datasets.esc50()


def test_a_name_that_is_none_is_refused():
    for function in (shelf.faults, lambda name: shelf.held([name])):
        with pytest.raises(ValueError, match="name must be one of esc50, esc10, s4, ms3, avss, got 'esc'"):
            function("esc")
