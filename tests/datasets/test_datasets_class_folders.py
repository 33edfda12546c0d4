"""Any tree of sound files: what is a class, a source, a sound; and what is refused by name."""

import unicodedata

import numpy as np
import pytest

from mmseg_edu.datasets import folder_per_class

from .trees import put, sound


def test_the_first_folder_is_the_class_and_targets_count_the_labels(tmp_path):
    put(tmp_path, "drum/b.flac", "bell/z.wav", "bell/a.ogg", "Zither/1.mp3")
    assert [(each.target, each.label, each.path.name) for each in folder_per_class(str(tmp_path))] == [
        (0, "Zither", "1.mp3"),
        (1, "bell", "a.ogg"),
        (1, "bell", "z.wav"),
        (2, "drum", "b.flac"),
    ]
    first = folder_per_class(tmp_path)[1]
    assert (first.fold, first.take, first.source) == (None, "a", "bell/a")


def test_files_of_a_folder_in_a_class_are_takes_of_one_source(tmp_path):
    put(
        tmp_path,
        "bell/tower/1.wav",
        "bell/tower/2.wav",
        "bell/tower/old/1.wav",
        "bell/small.wav",
        "bell/small.ogg",
    )
    put(tmp_path, "drum/tower/1.wav")
    sources = {each.path.relative_to(tmp_path).as_posix(): each.source for each in folder_per_class(tmp_path)}
    assert sources == {
        "bell/small.ogg": "bell/small",
        "bell/small.wav": "bell/small",
        "bell/tower/1.wav": "bell/tower",
        "bell/tower/2.wav": "bell/tower",
        "bell/tower/old/1.wav": "bell/tower/old",
        "drum/tower/1.wav": "drum/tower",
    }


def test_a_function_may_say_the_source(tmp_path):
    put(tmp_path, "bell/anna-1.wav", "bell/anna-2.wav", "drum/ben-1.wav")
    by_player = folder_per_class(tmp_path, source=lambda path: path.stem.split("-")[0])
    assert [each.source for each in by_player] == ["anna", "anna", "ben"]


@pytest.mark.parametrize("said", [None, 7, ""])
def test_a_source_that_is_no_name_is_refused(tmp_path, said):
    put(tmp_path, "bell/1.wav")
    with pytest.raises(TypeError, match=r"source must return a string .* for 'bell/1.wav'"):
        folder_per_class(tmp_path, source=lambda path: said)


def test_a_home_folder_may_be_written_short(tmp_path, monkeypatch):
    put(tmp_path, "sounds/bell/1.wav")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert folder_per_class("~/sounds")[0].path == tmp_path / "sounds/bell/1.wav"


def test_what_is_hidden_or_no_sound_is_passed_over_and_suffixes_may_be_large(tmp_path):
    put(
        tmp_path,
        "bell/A.WAV",
        "bell/B.Ogg",
        "bell/._A.WAV",
        "bell/.hidden/c.wav",
        "bell/notes.txt",
        "bell/wav",
    )
    put(tmp_path, ".git/x.wav", ".x.wav", "README.md")
    assert [each.path.name for each in folder_per_class(tmp_path)] == ["A.WAV", "B.Ogg"]


def test_names_of_any_script_are_labels_alike_on_every_disk(tmp_path):
    composed = "caf\u00e9"
    put(tmp_path, f"{unicodedata.normalize('NFD', composed)}/1.wav", "钟/一 号.wav", "två ord/x.wav")
    assert [each.label for each in folder_per_class(tmp_path)] == [composed, "två ord", "钟"]
    put(tmp_path, f"{composed}/2.wav")
    if len(list(tmp_path.iterdir())) == 4:  # some disks know only one of the two forms
        with pytest.raises(ValueError, match="must differ by more than the Unicode form"):
            folder_per_class(tmp_path)


def test_a_file_is_read_when_it_is_wanted(tmp_path):
    put(tmp_path, "钟/一 号.WAV", holding=sound(0.25, 16000, -8192))
    put(tmp_path, "钟/broken.wav", holding=b"no sound")
    broken, bell = folder_per_class(tmp_path)
    samples, rate = bell.read(8000)
    assert (len(samples), rate) == (2000, 8000)
    np.testing.assert_allclose(samples[500:1500], -0.25, atol=1e-4)
    with pytest.raises(ValueError, match=r"broken.wav"):
        broken.read()
    bell.path.unlink()
    with pytest.raises(FileNotFoundError, match="must name an existing file"):
        bell.read()


def test_linked_folders_and_files_are_followed_and_no_file_comes_twice(tmp_path):
    put(tmp_path / "real", "1.wav", "deep/2.wav")
    put(tmp_path / "tree", "drum/1.wav")
    (tmp_path / "tree/bell").symlink_to(tmp_path / "real")
    assert [each.source for each in folder_per_class(tmp_path / "tree")] == ["bell/1", "bell/deep", "drum/1"]
    (tmp_path / "tree/drum/again.wav").symlink_to(tmp_path / "real/deep/2.wav")
    with pytest.raises(
        ValueError, match=r"once, got 'bell/deep/2.wav' and 'drum/again.wav', which are links"
    ):
        folder_per_class(tmp_path / "tree")
    (tmp_path / "tree/drum/again.wav").unlink()
    (tmp_path / "tree/drum/again.wav").hardlink_to(tmp_path / "real/1.wav")
    with pytest.raises(ValueError, match=r"once, got 'bell/1.wav' and 'drum/again.wav'"):
        folder_per_class(tmp_path / "tree")


@pytest.mark.parametrize("to", [".", "..", "../bell"])
def test_a_link_in_a_circle_is_refused(tmp_path, to):
    put(tmp_path, "bell/1.wav")
    (tmp_path / "bell/round").symlink_to(to)
    with pytest.raises(ValueError, match="must not lead in a circle, got 'bell/round"):
        folder_per_class(tmp_path)


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["stray.wav"], "must lie in a class folder, got 'stray.wav' beside the folders"),
        (["drum/notes.txt"], r"must hold a sound file \(.aac.*got none in 'drum'"),
        (["drum/._a.wav"], "must hold a sound file.*got none in 'drum'"),
        (["drum/x.aiff"], "must be one of .aac.*got 'drum/x.aiff': convert it"),
        (["bell/deep/x.WMA"], "must be one of .aac.*got 'bell/deep/x.WMA': convert it"),
    ],
)
def test_what_lies_wrong_is_named(tmp_path, names, said):
    put(tmp_path, "bell/1.wav", *names)
    with pytest.raises(ValueError, match=said) as error:
        folder_per_class(tmp_path)
    assert str(tmp_path) not in str(error.value)


def test_an_empty_class_folder_is_named(tmp_path):
    put(tmp_path, "bell/1.wav")
    (tmp_path / "drum/deep").mkdir(parents=True)
    with pytest.raises(ValueError, match="got none in 'drum': fill it, or remove it"):
        folder_per_class(tmp_path)


def test_a_dead_link_is_named(tmp_path):
    put(tmp_path, "bell/1.wav")
    (tmp_path / "bell/2.wav").symlink_to(tmp_path / "nowhere")
    with pytest.raises(ValueError, match=r"got 'bell/2.wav', which is a link that leads nowhere"):
        folder_per_class(tmp_path)


def test_a_tree_of_nothing_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="must be a folder that exists, got 'no such folder'"):
        folder_per_class("no such folder")
    with pytest.raises(ValueError, match="must hold one folder a class, got none in"):
        folder_per_class(tmp_path)
    put(tmp_path, "file.txt")
    with pytest.raises(FileNotFoundError, match="must be a folder"):
        folder_per_class(tmp_path / "file.txt")
