"""What a training on clips is made of, without training: splits, reading, folders, scores, the page, the command."""

import csv
import json
import os
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from datasets.avs_trees import put_avss, put_ms3, put_s4
from datasets.trees import put
from hypothesis import given
from hypothesis import strategies as st

from mmseg_edu import cli, datasets, finetuning
from mmseg_edu.datasets import IGNORE, avs_avss, avs_ms3, avs_s4, folder_of_clips
from mmseg_edu.features import sound_vector
from mmseg_edu.finetuning import finetune, reading, report, run_folder, scoring, split_benchmark, split_folder
from mmseg_edu.finetuning.reading import Pictures, frames_each, read_pictures, thinned
from mmseg_edu.models import History

from .clips import COUNT, put_clip, truth


def bar() -> SimpleNamespace:
    seen: list[int] = []
    return SimpleNamespace(update=lambda: seen.append(1), set_postfix_str=lambda *_, **__: None, seen=seen)


def touched(home: Path, count: int) -> Path:
    for k in range(count):
        put(home, f"clip{k:02d}.webm", f"clip{k:02d}.png")
    return home


# Splits


@pytest.mark.parametrize(
    ("count", "sizes"), [(2, (1, 1, 0)), (3, (2, 1, 0)), (4, (2, 1, 1)), (5, (3, 1, 1)), (20, (12, 4, 4))]
)
def test_every_clip_is_on_one_side(tmp_path, count, sizes):
    put(touched(tmp_path, count), "unmasked.webm")
    for seed in range(5):
        found = split_folder(tmp_path, seed)
        assert tuple(map(len, found[:3])) == sizes
        names = [clip.name for part in found[:3] for clip in part]
        assert sorted(names) == [f"clip{k:02d}" for k in range(count)]
        assert found == split_folder(tmp_path, seed)
    drawn = {tuple(clip.name for clip in split_folder(tmp_path, seed).val) for seed in range(20)}
    assert len(drawn) > 1, "the seed decides"


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_clips_with_masks_are_refused(tmp_path, count):
    put(touched(tmp_path, count), "unmasked.webm")
    with pytest.raises(
        ValueError,
        match=rf"2 recordings with masks or more, got {count} in {count} clips with masks \(and 1 ",
    ):
        split_folder(tmp_path)


def test_no_recording_is_on_two_sides(tmp_path):
    put(touched(tmp_path, 12), "unmasked.webm")
    rows = [f"clip{k:02d},walk {k // 3}" for k in range(9)]
    put(
        tmp_path,
        "recordings.csv",
        holding="\n".join(["clip,recording", *rows, "unmasked,walk 0", ""]).encode(),
    )
    put(tmp_path, "clip09.webm", holding=b"one film")
    put(tmp_path, "clip11.webm", holding=b"one film")
    put(tmp_path, "clip10.webm", holding=b"some one")
    # Three walks, the two that are one file, and a clip by itself.
    together = [
        {f"clip{k:02d}" for k in group} for group in ((0, 1, 2), (3, 4, 5), (6, 7, 8), (9, 11), (10,))
    ]
    drawn = set()
    for seed in range(30):
        sides = [{clip.name for clip in part} for part in split_folder(tmp_path, seed)[:3]]
        assert sum(map(len, sides)) == 12
        assert all(any(group <= side for side in sides) for group in together)
        assert [sum(group <= side for group in together) for side in sides] == [3, 1, 1]
        drawn.add(frozenset(sides[2]))
    assert len(drawn) == 5, "each recording may be the test"


def test_one_recording_in_many_clips_is_refused(tmp_path):
    for k in range(6):
        put(tmp_path, f"clip{k}.webm", holding=b"one film")
        put(tmp_path, f"clip{k}.png")
    with pytest.raises(ValueError, match="2 recordings with masks or more, got 1 in 6 clips"):
        split_folder(tmp_path)


def test_equal_files_join_the_recordings_that_they_are_in():
    clips = [datasets.FilmedClip(name, Path(__file__ if name in "bc" else "no"), {}) for name in "abcd"]
    said = {"a": "x", "b": "x", "c": "y", "d": "y"}
    assert finetuning.splits.recordings_of(clips, said) == dict.fromkeys("abcd", "x")


@pytest.mark.parametrize(
    ("table", "says"),
    [
        (b"", r"must begin with the line clip,recording, got \[\]"),
        (b"name,recording\nclip00,a\n", "must begin with the line clip,recording"),
        (b"clip,recording\nclip00.webm,a\n", "got 'clip00.webm,a': correct it"),
        (b"clip,recording\nclip00\n", "got 'clip00': correct it"),
        (b"clip,recording\nclip00,a\nclip00,b\n", "once, and its recording, got 'clip00,b'"),
        (b"clip,recording\nclip00, \n", "got 'clip00, '"),
        (b"clip,recording\nclip00,\xff\n", "must be a table in UTF-8"),
    ],
)
def test_a_table_of_recordings_that_is_none_is_refused(tmp_path, table, says):
    put(touched(tmp_path, 3), "recordings.csv", holding=table)
    with pytest.raises(ValueError, match=says):
        split_folder(tmp_path)


def test_the_benchmark_keeps_its_splits(tmp_path):
    for name, make, clips_of in (
        ("s4", put_s4, avs_s4),
        ("ms3", put_ms3, avs_ms3),
        ("avss", put_avss, avs_avss),
    ):
        (tmp_path / name).mkdir()
        found = split_benchmark(clips_of, make(tmp_path / name))
        for split in ("train", "val", "test"):
            assert getattr(found, split) == clips_of(tmp_path / name, split)
        assert found.source == f"{name.upper()} in {tmp_path / name}"


def test_a_benchmark_with_a_hole_is_refused_before_it_is_read(tmp_path):
    put_s4(tmp_path)
    next(tmp_path.rglob("gt_masks/val/*/b/b_3.png")).unlink()
    with pytest.raises(
        FileNotFoundError, match=r"'b' of val lacks 's4_data/gt_masks/val/male_speech/b/b_3.png'"
    ):
        split_benchmark(avs_s4, tmp_path)
    put(tmp_path, "s4_meta_data.csv", holding=b"name,start,category,split\nc,3,dog_barking,test\n")
    with pytest.raises(ValueError, match="must name a clip of train, got none"):
        split_benchmark(avs_s4, tmp_path)


# Reading


def test_only_labelled_pictures_are_kept_each_with_its_sound(tmp_path):
    put_clip(tmp_path, "a", 0, masks=2)
    put_clip(tmp_path, "b", 1)
    clips, seen = folder_of_clips(tmp_path), bar()
    found = read_pictures(clips, 32, 100, seen)
    assert found.clips == ["a"] * 2 + ["b"] * COUNT
    assert len(seen.seen) == 2
    np.testing.assert_array_equal(found.labels, [truth(0)] * 2 + [truth(1)] * COUNT)
    assert found.images.dtype == found.vectors.dtype == np.float32
    clip = clips[1].read(32)
    np.testing.assert_allclose(found.images[2:], clip.frames, atol=1e-6)
    np.testing.assert_allclose(found.vectors[-1], sound_vector(clip.sound[:16000], 16000), atol=1e-4)
    assert found.highest == 1, "255 is no class"
    assert read_pictures(clips, 32, 2, bar()).clips == list("aabb")


def test_of_nothing_there_are_no_pictures():
    found = read_pictures([], 16, 5, bar())
    assert len(found) == 0
    assert [each.shape for each in found.inputs] == [(0, 16, 16, 3), (0, 128)]
    assert found.highest == 0


@given(st.integers(0, 300), st.integers(1, 40))
def test_what_is_kept_of_a_stream_is_evenly_spread(count, most):
    kept = thinned(iter(range(count)), most)
    assert len(kept) <= most
    step = next(2**k for k in range(20) if -(-count // 2**k) <= most)
    assert kept == list(range(0, count, step)), "the least step that fits, from the first on"


def test_a_long_clip_is_never_held(tmp_path, monkeypatch):
    """Of a stream of 2,000 pictures no more than twice what is kept is alive at a time."""
    alive, most_alive = [0], [0]

    class Picture:
        def __init__(self):
            alive[0] += 1
            most_alive[0] = max(most_alive[0], alive[0])

        def __del__(self):
            alive[0] -= 1

    assert len(thinned((Picture() for _ in range(2000)), 20)) <= 20
    assert most_alive[0] <= 22


def test_so_many_clips_leave_room_for_fewer_pictures_of_each(monkeypatch):
    one = 64 * 64 * 13 + 512
    monkeypatch.setattr(reading, "MOST_BYTES", 10 * one)
    assert [frames_each(clips, 64, 4) for clips in (1, 2, 3, 10)] == [4, 4, 3, 1]
    with pytest.raises(ValueError, match="11 clips with a picture of 64 x 64 pixels each must fit into"):
        frames_each(11, 64, 4)


def test_pictures_in_arrays_are_checked():
    images, vectors = np.zeros((2, 8, 16, 3), np.float32), np.zeros((2, 128), np.float32)
    labels = np.zeros((2, 8, 16), np.uint8)
    assert len(Pictures(images, vectors, labels, ["a", "b"])) == 2
    bright, broken = images.copy(), vectors.copy()
    bright[1, 7, 15, 2], broken[1, 127] = 1.01, np.nan
    for given_, error, says in (
        (
            (images.astype(np.uint8), vectors, labels, ["a", "b"]),
            TypeError,
            "images must be floating point, got uint8",
        ),
        ((images, vectors.astype(int), labels, ["a", "b"]), TypeError, "vectors must be floating point"),
        ((images, vectors, labels.astype(float), ["a", "b"]), TypeError, "labels must be uint8"),
        ((images, vectors, labels, ["a"]), ValueError, r"\(2, 8, 16\) and 1: one of each"),
        ((images, vectors[:, :64], labels, ["a", "b"]), ValueError, r"got .* \(2, 64\)"),
        ((images, vectors, labels[:, 1:], ["a", "b"]), ValueError, "must have shapes"),
        ((images[0], vectors, labels, ["a", "b"]), ValueError, "must have shapes"),
        ((bright, vectors, labels, ["a", "b"]), ValueError, r"images must lie in \[0, 1\]"),
        ((images, broken, labels, ["a", "b"]), ValueError, "vectors be finite"),
    ):
        with pytest.raises(error, match=says):
            Pictures(*given_)


# The folder


def test_a_folder_is_new_empty_or_the_trainings_own(tmp_path):
    arguments = {"epochs": 3, "rate": 0.1, "train": ["a", "b"]}
    run_folder.check_folder(tmp_path / "new", arguments)
    run_folder.check_folder(tmp_path, arguments)
    run_folder.keep_arguments(tmp_path / "run" / "1", arguments)
    run_folder.check_folder(tmp_path / "run" / "1", json.loads(json.dumps(arguments)))
    with pytest.raises(ValueError, match=r"'1' and no arguments.json: choose another"):
        run_folder.check_folder(tmp_path / "run", arguments)
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match="goes into a folder, got the file"):
        run_folder.check_folder(tmp_path / "file", arguments)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"epochs": 4}, r"arguments, epochs \(3, not 4\): give the same"),
        ({"train": ["a", "c"]}, r"arguments, train \(other clips\): give"),
        ({"train": ["a"], "rate": 0.2}, r"rate \(0.1, not 0.2\), train \(2 clips, not 1\): give"),
        ({"begin": "x"}, r"begin \(None, not x\)"),
    ],
)
def test_other_arguments_are_refused_with_what_differs(tmp_path, change, says):
    arguments = {"epochs": 3, "rate": 0.1, "train": ["a", "b"]}
    run_folder.keep_arguments(tmp_path, arguments)
    with pytest.raises(ValueError, match=says):
        run_folder.check_folder(tmp_path, {**arguments, **change})


@pytest.mark.parametrize("text", ["{", "[1]", "\udcff"])
def test_a_damaged_record_is_refused(tmp_path, text):
    (tmp_path / "arguments.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ValueError, match="cannot be read: choose another folder"):
        run_folder.check_folder(tmp_path, {})


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_is_refused(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(PermissionError, match="may be written"):
        run_folder.check_folder(tmp_path, {})


# Scores and the page


def some_pictures(count: int = 6) -> Pictures:
    labels = np.zeros((count, 8, 8), np.uint8)
    labels[:, :4] = 1
    labels[:, 0] = IGNORE
    images = np.full((count, 8, 8, 3), 0.5, np.float32)
    return Pictures(images, np.zeros((count, 128), np.float32), labels, list("aabbcc")[:count])


def test_pixels_that_nobody_labelled_do_not_count(tmp_path):
    part = some_pictures()
    predicted = np.where(part.labels == IGNORE, 0, part.labels)
    perfect = scoring.scores("val", "after", part, predicted, ["background", "bell", "drum"])
    assert [each.iou for each in perfect[:3]] == [1.0, 1.0, 1.0]
    assert np.isnan(perfect[3].iou)
    assert {(each.pictures, each.clips) for each in perfect} == {(6, 3)}
    half = scoring.scores(
        "val", "nothing sounds", part, np.zeros_like(predicted), ["background", "bell", "drum"]
    )
    # 32 of 56 known pixels of each picture are background.
    assert [each.iou for each in half[:3]] == [pytest.approx(16 / 56), pytest.approx(32 / 56), 0.0]
    scoring.write_scores(tmp_path / "scores.csv", [*perfect, *half])
    with open(tmp_path / "scores.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["iou"] for row in rows[:4]] == ["1.0000", "1.0000", "1.0000", ""]
    assert rows[4]["answers"] == "nothing sounds"


def test_the_page_shows_its_pictures_and_escapes_what_it_is_told(tmp_path):
    part = some_pictures()
    names = ["background", "<b>bell"]
    answers = np.where(part.labels == IGNORE, 0, part.labels)
    rows = [row for split in ("val", "test") for row in scoring.scores(split, "after", part, answers, names)]
    arguments = {"data": "the folder /a<b>&c", "epochs": 2, "from": None, "train": ["a"]}
    history = History([0.9, 0.4], [0.3, 0.6], 12.0)
    counts = {"train": (3, 6), "val": (3, 6), "test": (3, 6)}
    picture = report.frames(part, answers, answers, names)
    page = report.write_report(
        tmp_path, arguments, counts, history, rows, picture, names, "my run/network.keras"
    )
    text = page.read_text(encoding="utf-8")
    assert "the folder /a&lt;b&gt;&amp;c" in text
    assert "<b>" not in text
    assert "network of epoch 2" in text
    assert "--weights &#x27;my run/network.keras&#x27;</pre>" in text
    # Shown from the disk, it asks nobody for anything.
    assert not re.findall(r"https?:|//|url\(|<script|<link|@import", text)
    assert "Of 3 clips it is an anecdote" in text
    for name in ("loss.png", "validation.png", "frames.png"):
        assert f'<img src="{name}" alt="' in text
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")
    assert "too few clips for a test" in report._caution({**counts, "test": (0, 0)})
    assert "anecdote" not in report._caution({**counts, "test": (20, 100)})


def test_many_clips_are_sampled_evenly():
    names = [f"{k:02d}" for k in range(10) for _ in range(4)]
    part = Pictures(np.zeros((40, 1, 1, 3)), np.zeros((40, 128)), np.zeros((40, 1, 1), np.uint8), names)
    assert report.chosen(part) == [2, 10, 22, 30]


# What is refused before anything is learnt


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"epochs": 0}, "epochs must be a whole number of passes"),
        ({"batch": True}, "batch must be a whole number of pictures"),
        ({"size": 0}, "size must be a whole number of pixels"),
        ({"size": 60}, "size must"),
        ({"rate": 0.0}, "rate must be above 0"),
        ({"rate": float("nan")}, "rate must be above 0"),
        ({"seed": -1}, "seed must be a whole number from 0"),
        ({"seed": 2**32}, "seed must be a whole number from 0"),
        ({"frames_of_clip": 0}, "frames_of_clip must be"),
        ({"begin": "no.keras"}, "must be an existing file"),
        ({"begin": "no.txt"}, "must be a .keras or an .npz file"),
    ],
)
def test_numbers_out_of_range_are_refused_and_nothing_is_written(tmp_path, given, says):
    splits = split_folder(touched(tmp_path / "films", 3))
    with pytest.raises((ValueError, FileNotFoundError), match=says):
        finetune(splits, tmp_path / "run", **given)
    assert not (tmp_path / "run").exists()


def test_a_clip_without_a_sound_track_is_refused(tmp_path):
    for seed, name in enumerate("abc"):
        put_clip(tmp_path / "films", name, seed, sound=name != "b", masks=1)
    with pytest.raises(ValueError, match="clip 'b' must have a sound track"):
        finetune(split_folder(tmp_path / "films"), tmp_path / "run", size=32)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("label", "says"), [(0, "must mark an object, got background"), (IGNORE, "got none in ")]
)
def test_masks_that_mark_nothing_are_refused(tmp_path, label, says):
    from PIL import Image

    for seed, name in enumerate("ab"):
        put_clip(tmp_path / "films", name, seed, masks=0)
        Image.fromarray(np.full((32, 32), label, np.uint8)).save(tmp_path / "films" / f"{name}.png")
    with pytest.raises(ValueError, match=says):
        finetune(split_folder(tmp_path / "films"), tmp_path / "run", size=32)


# The command


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--size", "32"], "--size belongs to a training on clips"),
        (["encoder", "--from", "x.keras"], "--from belongs to a training on clips"),
        (["encoder", "--data", "films"], "encoder belongs to the networks that the package ships"),
        (["--data", "films", "--shipped"], "--shipped belongs to the networks"),
        (["--data", "films", "--scenes", "20"], "--scenes belongs to the networks"),
        (["--data", "none"], "root must be a folder that exists, got 'none'"),
        (["--data", "none", "--layout", "s4"], "S4 must have its table s4_meta_data.csv"),
    ],
)
def test_words_that_do_not_go_together_are_refused(tmp_path, monkeypatch, capsys, words, says):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["train", *words]) == 2
    assert says in capsys.readouterr().err


def test_the_command_passes_on_what_it_is_told_and_says_how_to_go_on(tmp_path, monkeypatch, capsys):
    asked = []

    def interrupted(splits, out, **options):
        asked.append((len(splits.train), out, options))
        raise KeyboardInterrupt

    monkeypatch.setattr(finetuning, "finetune", interrupted)
    monkeypatch.chdir(tmp_path)
    touched(tmp_path / "films", 5)
    assert cli.main(["train", "--data", "films"]) == 130
    assert "goes on" not in capsys.readouterr().err, "nothing is kept yet"
    put(tmp_path, "run/checkpoint.npz")
    words = ["--out", "run", "--seed", "3", "--epochs", "2", "--batch", "4", "--size", "32", "--rate", "0.01"]
    words += ["--frames", "7", "--from", "x.keras", "--layout", "folder"]
    assert cli.main(["train", "--data", "films", *words]) == 130
    assert "run keeps every whole epoch: the same command goes on" in capsys.readouterr().err
    numbers = {
        "epochs": 2,
        "batch": 4,
        "size": 32,
        "rate": 0.01,
        "frames_of_clip": 7,
        "begin": "x.keras",
    }
    assert asked == [
        (3, Path("trained"), {"seed": 0, "progress": True}),
        (3, Path("run"), {"seed": 3, "progress": True, **numbers}),
    ]
