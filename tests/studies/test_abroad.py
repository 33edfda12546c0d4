"""Scenes unlike those that were learnt from, the benchmark in small, and means over clips."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from mmseg_edu import studies
from mmseg_edu.datasets import IGNORE, avs_avss, avs_ms3, avs_s4, compose
from mmseg_edu.features import sound_vector
from mmseg_edu.scenes import make_batch
from mmseg_edu.scenes.photographs import BACKDROPS
from mmseg_edu.studies.abroad import PHOTOGRAPHS


def test_other_grounds_change_the_ground_and_nothing_else() -> None:
    home, abroad = make_batch(6, 3, 32, absent=0.0), studies.other_grounds(6, 3, 32)
    for field in ("labels", "objects", "sounds", "heard"):
        np.testing.assert_array_equal(getattr(home, field), getattr(abroad, field))
    thing = home.objects > 0
    np.testing.assert_array_equal(abroad.images[thing], home.images[thing])
    changed = np.abs(abroad.images - home.images).max(axis=-1) > 0.02
    assert changed[~thing].mean() > 0.8
    assert abroad.images.dtype == np.float32
    assert 0 <= abroad.images.min() <= abroad.images.max() <= 1
    again = studies.other_grounds(6, 3, 32)
    np.testing.assert_array_equal(abroad.images, again.images)
    assert not set(PHOTOGRAPHS) & {file for file, _ in BACKDROPS.values()}, "photographs that no scene knows"


@pytest.mark.parametrize("seed", range(4))
def test_voices_of_a_kind_differ_and_kinds_differ_more(seed: int) -> None:
    voices = studies.strange_voices(seed, count=4, seconds=1.0)
    waves = {name: [wave for wave, _ in own] for name, own in voices.items()}
    every = [wave for own in waves.values() for wave in own]
    assert len({hashlib.sha256(wave.tobytes()).hexdigest() for wave in every}) == 16
    assert all(np.isclose(np.abs(wave).max(), 0.5) and wave.shape == (16000,) for wave in every)
    vectors = {name: sound_vector(np.stack(own).astype(np.float32), 16000) for name, own in waves.items()}
    centres = {name: own.mean(axis=0) for name, own in vectors.items()}
    nearest = [
        min(centres, key=lambda other: float(np.linalg.norm(centres[other] - vector))) == name
        for name, own in vectors.items()
        for vector in own
    ]
    assert np.mean(nearest) >= 0.9
    assert not np.array_equal(every[0], studies.strange_voices(seed + 1, 1, 1.0)["motorcycle"][0][0])


@pytest.mark.parametrize("seconds", [1 / 16000, 0.05, 3.0])
def test_voices_of_every_length(seconds: float) -> None:
    for own in studies.strange_voices(0, 1, seconds).values():
        assert own[0][0].shape == (round(seconds * 16000),)
        assert np.isfinite(own[0][0]).all()


def test_no_voice_is_refused() -> None:
    with pytest.raises(ValueError, match=r"there must be a recording with a sample, got 0 of 2\.0 s"):
        studies.strange_voices(0, count=0)
    with pytest.raises(ValueError, match=r"there must be a recording with a sample, got 12 of 0\.0 s"):
        studies.strange_voices(0, seconds=0.0)


def test_voices_can_be_composed() -> None:
    clip = compose(0, studies.strange_voices(0, 2), duration=1.0, fps=4.0, objects=4, size=48)
    assert clip.labels is not None
    assert clip.labels.max() in (1, 2, 3, 4)


@pytest.fixture(scope="module")
def roots(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return studies.small_benchmark(tmp_path_factory.mktemp("avs"), seed=1, size=32)


def test_the_small_benchmark_has_every_file_in_every_split(roots: list[Path]) -> None:
    for reader, root in zip((avs_s4, avs_ms3, avs_avss), roots, strict=True):
        for split in ("train", "val", "test"):
            for clip in reader(root, split):
                assert clip.missing() == []
                read = clip.read(32)
                assert read.labels is not None
                assert read.sound is not None
                assert len(read.sound) == 16000 * len(clip.frames)
                assert np.abs(read.sound).max() > 0.01
                for k in range(len(clip.frames)):
                    known = read.labels[k] != IGNORE
                    assert known.all() == (k in clip.masks)
                    if k in clip.masks:
                        assert 0 < (read.labels[k] > 0).mean() < 0.9


def test_the_small_benchmark_has_the_oddities_of_the_large(roots: list[Path]) -> None:
    single, multi, released = roots
    assert [len(clip.masks) for clip in (*avs_s4(single, "train"), *avs_s4(single, "val"))] == [1, 1, 5]
    assert avs_ms3(multi, "train")[0].frames[0].name == "ms3_0.mp4_1.png"
    assert {clip.category for clip in avs_avss(released, "train")} == {"horse"}
    assert "h orse" in (released / "metadata.csv").read_text()
    first, second = avs_avss(released, "train")
    assert [(len(clip.frames), len(clip.masks)) for clip in (first, second)] == [(5, 1), (10, 10)]
    labels = second.read(32).labels
    assert labels is not None
    assert [first.classes[k] for k in np.unique(labels)] == ["background", "horse"]


def test_the_mean_by_clip_is_student_s_of_the_clips_means() -> None:
    scores, clips = [0.8, 0.9, 0.4, 0.5, 0.6, 0.7], list("aabbcc")
    mean, half = studies.mean_by_clip(scores, clips, level=0.9)
    low, high = stats.t.interval(0.9, 2, 0.65, stats.sem([0.85, 0.45, 0.65]))
    assert np.allclose([mean - half, mean + half], [low, high])


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 3)), min_size=1, max_size=12), st.integers(1, 4))
def test_copies_of_frames_change_nothing(frames: list[tuple[float, int]], times: int) -> None:
    """The promise of a mean by clip: more frames of the same clips are no more evidence."""
    scores, clips = np.array([s for s, _ in frames]), np.array([c for _, c in frames])
    once = studies.mean_by_clip(scores, clips)
    assert np.allclose(once, studies.mean_by_clip(np.tile(scores, times), np.tile(clips, times)))
    assert (once[1] == np.inf) == (len(set(clips.tolist())) == 1)


def test_every_interval_holds_the_truth_as_often_as_it_says() -> None:
    """Clips of 8 frames that share most of their luck: 95 in 100 by clip, far fewer by frame."""
    rng = np.random.default_rng(0)
    clips = np.repeat(np.arange(10), 8)
    held = {"clip": 0, "frame": 0}
    for _ in range(400):
        scores = 0.5 + 0.1 * rng.standard_normal(10)[clips] + 0.02 * rng.standard_normal(80)
        for name, groups in (("clip", clips), ("frame", np.arange(80))):
            mean, half = studies.mean_by_clip(scores, groups)
            held[name] += abs(mean - 0.5) <= half
    assert 0.92 <= held["clip"] / 400 <= 0.98
    assert held["frame"] / 400 < 0.7


@pytest.mark.parametrize(
    ("scores", "clips", "level", "message"),
    [
        ([], [], 0.95, "must have shape"),
        ([0.5], ["a", "b"], 0.95, "must have shape"),
        ([[0.5]], [["a"]], 0.95, "must have shape"),
        ([np.nan], ["a"], 0.95, "scores must be finite"),
        ([0.5], ["a"], 1.0, "level must lie in"),
    ],
)
def test_what_has_no_mean_by_clip_is_refused(scores: list, clips: list, level: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        studies.mean_by_clip(scores, clips, level=level)
