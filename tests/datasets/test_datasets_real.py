"""The loaders on real recordings, where they are."""

import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from mmseg_edu import datasets


@pytest.fixture
def real() -> list[datasets.Recording]:
    named = os.environ.get("MMSEG_EDU_DATA")
    if not named or not (Path(named) / "esc10").is_dir():
        pytest.skip("set MMSEG_EDU_DATA to a folder that holds esc10/")
    return datasets.esc10()


def test_the_first_fold_of_esc10_is_listed(real):
    assert len({each.path for each in real}) == len(real)
    first = [each for each in real if each.fold == 1]
    assert Counter(each.label for each in first) == dict.fromkeys(datasets.ESC10_CLASSES, 8)
    assert all(datasets.ESC10_CLASSES[each.target] == each.label for each in real)
    assert all(each.path.parent.name.startswith(f"{each.target + 1:03} - ") for each in first)


def test_each_class_sounds(real):
    for each in {each.label: each for each in real}.values():
        sound, rate = each.read(16000)
        assert rate == 16000
        assert 3 * rate < len(sound) < 8 * rate
        assert 0.01 < np.abs(sound).max() <= 1


def test_no_recording_of_the_first_fold_stands_on_both_sides(real):
    for train, test in datasets.folds_by_source(real, 4):
        assert not {each.source for each in train} & {each.source for each in test}
        assert {each.label for each in train} == set(datasets.ESC10_CLASSES)


def test_real_recordings_sound_in_composed_scenes(real):
    heard = {"cat": [each for each in real if each.label == "rooster"]}
    heard["cup"] = [each for each in real if each.label == "clock_tick"]
    clip = datasets.compose(0, heard, objects=2, heard=("cup",))
    assert set(np.unique(clip.labels)) == {0, 2}
    assert 0.05 < np.abs(clip.sound).max() <= 1


def test_a_real_film_comes_in_pieces_as_it_comes_whole():
    named = os.environ.get("MMSEG_EDU_DATA")
    if not named or not (Path(named) / "video").is_dir():
        pytest.skip("set MMSEG_EDU_DATA to a folder that holds video/")
    (found,) = datasets.folder_of_clips(Path(named) / "video")
    whole, pieces = found.read(32), list(found.pieces(32))
    assert [round(each.duration) for each in pieces] == [4, 1]
    assert np.array_equal(np.concatenate([each.frames for each in pieces]), whole.frames)
    starts = np.repeat([0, 4], [len(each.frames) for each in pieces])
    assert np.allclose(np.concatenate([each.times for each in pieces]) + starts, whole.times)
    sound = np.concatenate([each.sound for each in pieces])
    assert np.allclose(sound[: len(whole.sound)], whole.sound[: len(sound)], atol=1e-5)
    assert abs(len(sound) - len(whole.sound)) <= 16
