"""Situations: each is what its docstring says, and differs from its neighbours in nothing else."""

import numpy as np
import pytest

from mmseg_edu import studies
from mmseg_edu.features import sound_vector
from mmseg_edu.scenes import Batch, make_batch

COUNT = 24


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("MMSEG_EDU_CACHE", str(tmp_path_factory.getbasetemp() / "situations"))


def drawn(situation) -> Batch:
    return situation(COUNT, 7, 16)


def kinds(maps: np.ndarray) -> np.ndarray:
    """Which classes are in each map, background left out, as flags (N, 5)."""
    found = np.stack([(maps == k).any(axis=(1, 2)) for k in range(5)], axis=1)
    found[:, 0] = False
    return found


@pytest.mark.parametrize("situation", [studies.ordinary, *studies.SITUATIONS], ids=lambda each: each.__name__)
def test_shapes_types_and_seeds(situation):
    batch, again, other = drawn(situation), drawn(situation), situation(COUNT, 8, 16)
    assert batch.images.shape == (COUNT, 16, 16, 3)
    assert (batch.images.dtype, batch.sounds.dtype, batch.labels.dtype) == (np.float32, np.float32, np.uint8)
    assert np.abs(batch.sounds).max() <= 1
    for part in ("images", "labels", "objects", "sounds", "heard"):
        assert np.array_equal(getattr(batch, part), getattr(again, part))
    assert not np.array_equal(batch.images, other.images)
    assert np.isin(batch.labels, [0]).any()
    assert ((batch.labels == 0) | (batch.labels == batch.objects)).all()


@pytest.mark.parametrize("situation", studies.SITUATIONS, ids=lambda each: each.__name__)
def test_none_and_one_scene(situation):
    assert len(situation(0, 0, 16)) == 0
    if situation in (studies.redundant, studies.complementary, studies.new_sound):
        assert len(situation(1, 0, 16)) == 1


def test_redundant_scenes_show_one_kind_and_it_is_heard():
    batch = drawn(studies.redundant)
    assert (kinds(batch.objects).sum(axis=1) == 1).all()
    assert np.array_equal(kinds(batch.objects), batch.heard)
    assert np.array_equal(batch.labels, batch.objects)


def test_complementary_scenes_show_three_kinds_of_which_some_are_heard():
    batch = drawn(studies.complementary)
    assert (kinds(batch.objects).sum(axis=1) == 3).all()
    assert batch.heard.any(axis=1).all()
    assert (batch.heard <= kinds(batch.objects)).all()
    assert (batch.heard.sum(axis=1) == 1).mean() > 0.5
    assert np.array_equal(kinds(batch.labels), batch.heard)
    heard = studies.complementary(200, 0, 16).heard.sum(axis=1)
    assert set(heard.tolist()) == {1, 2, 3}
    assert (heard == 1).mean() > 0.6
    assert (heard == 3).mean() < 0.1


def test_noise_goes_into_one_sense_only():
    plain = make_batch(COUNT, 7, 16, absent=0.0)
    picture, sound = drawn(studies.noisy_picture), drawn(studies.noisy_sound)
    assert np.array_equal(picture.sounds, plain.sounds)
    assert np.array_equal(sound.images, plain.images)
    for each in (picture, sound):
        assert np.array_equal(each.labels, plain.labels)
    grain = (picture.images - plain.images)[(plain.images > 0.3) & (plain.images < 0.7)]
    assert 0.2 < grain.std() < 0.35
    power = (sound.sounds**2).mean() / (plain.sounds**2).mean()
    assert 3 < power < 10  # 8 dB more noise than voice is 7.3 times its power, less where all is turned down


def test_half_of_the_sounds_are_missing_and_nothing_else_changes():
    plain, batch = make_batch(COUNT, 7, 16, absent=0.0), drawn(studies.missing_sound)
    silent = ~batch.sounds.any(axis=1)
    assert silent.sum() == COUNT // 2
    assert np.array_equal(silent, ~batch.heard.any(axis=1))
    assert np.array_equal(batch.sounds[~silent], plain.sounds[~silent])
    assert np.array_equal(batch.images, plain.images)
    assert np.array_equal(batch.labels, plain.labels)
    assert plain.sounds.any(axis=1).all(), "the scenes that were drawn are not changed in place"


def test_a_wrong_sound_is_a_whole_sound_of_another_scene_and_speaks_of_nothing_in_the_picture():
    plain, batch = drawn(studies.redundant), drawn(studies.wrong_sound)
    lies = ~(batch.heard & kinds(batch.objects)).any(axis=1)
    assert lies.sum() == COUNT // 2
    assert np.array_equal(batch.labels, plain.objects)
    assert np.array_equal(batch.sounds[~lies], plain.sounds[~lies])
    for i in np.flatnonzero(lies):
        lenders = [j for j in range(COUNT) if np.array_equal(plain.sounds[j], batch.sounds[i])]
        assert lenders
        assert np.array_equal(plain.heard[lenders[0]], batch.heard[i])


def test_wrong_sound_and_unseen_source_are_the_same_to_eye_and_ear_but_have_another_truth():
    """So no rule, fitted or learned, can be right in both."""
    wrong, unseen = drawn(studies.wrong_sound), drawn(studies.unseen_source)
    assert np.array_equal(wrong.images, unseen.images)
    assert np.array_equal(wrong.sounds, unseen.sounds)
    empty = ~unseen.labels.any(axis=(1, 2))
    assert empty.sum() == COUNT // 2
    assert np.array_equal(empty, ~(unseen.heard & kinds(unseen.objects)).any(axis=1))
    assert np.array_equal(wrong.labels[~empty], unseen.labels[~empty])
    assert wrong.labels[empty].any(axis=(1, 2)).all()


def test_scenes_that_all_sound_alike_cannot_lend_each_other_a_wrong_sound():
    same = next(
        seed for seed in range(40) if len(set(kinds(studies.redundant(2, seed, 16).labels).argmax(1))) == 1
    )
    with pytest.raises(
        ValueError, match=r"no scene of the 2 has a sound that fits nothing in picture \d: draw more"
    ):
        studies.wrong_sound(2, same, 16)


def test_a_wall_takes_the_high_frequencies_and_leaves_the_picture():
    plain, batch = make_batch(COUNT, 7, 16, objects=2, absent=0.0), drawn(studies.new_sound)
    assert np.array_equal(batch.images, plain.images)
    assert np.array_equal(batch.labels, plain.labels)
    power = [np.abs(np.fft.rfft(each.sounds, axis=1)) ** 2 for each in (plain, batch)]
    hertz = np.fft.rfftfreq(batch.sounds.shape[1], 1 / batch.rate)
    low = [each[:, hertz < 300].sum(axis=1) for each in power]
    assert np.median(low[1] / low[0]) == pytest.approx(
        1, abs=0.02
    )  # what has little there is moved by the filter's ends
    assert power[1][:, hertz > 1000].max() < 1e-3 * power[0].max()
    # Far from all that a tagger may have met: half of a sound vector's energy bands hold other numbers.
    vectors = [sound_vector(each.sounds, each.rate) for each in (plain, batch)]
    assert np.abs(vectors[1] - vectors[0]).mean() > vectors[0].std(axis=0).mean()
