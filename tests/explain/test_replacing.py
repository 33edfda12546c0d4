"""Another sound in the place of a scene's own: nothing where it cannot matter, and never the scene's own again."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmseg_edu import explain
from mmseg_edu.scenes import make_batch


def first(answer):
    return answer[:, 0]


def listens(pictures, sounds):
    return pictures + 3 * sounds


@pytest.fixture
def inputs():
    rng = np.random.default_rng(3)
    return [rng.random((5, 2)), rng.random((5, 2))]


def test_the_gain_is_the_score_with_its_own_less_that_with_the_other(inputs):
    pictures, sounds = inputs
    found = explain.counterfactual_gain(listens, inputs, 1, 0.25, first)
    np.testing.assert_allclose(found, 3 * (sounds[:, 0] - 0.25))
    found = explain.counterfactual_gain(listens, inputs, 0, pictures[::-1], first)
    np.testing.assert_allclose(found, pictures[:, 0] - pictures[::-1, 0])


def test_importance_is_the_mean_loss_over_the_circles(inputs):
    rng = np.random.default_rng(8)
    circles = [explain.derangement(5, rng) for _ in range(4)]
    expected = np.mean([3 * (inputs[1][:, 0] - inputs[1][c, 0]) for c in circles], axis=0)
    np.testing.assert_allclose(
        explain.permutation_importance(listens, inputs, 1, first, seed=8, repeats=4), expected
    )


def test_what_the_model_cannot_see_costs_exactly_nothing(inputs):
    def deaf(pictures, sounds):
        return pictures / 3

    assert (explain.counterfactual_gain(deaf, inputs, 1, 9.0, first) == 0).all()
    assert (explain.permutation_importance(deaf, inputs, 1, first, seed=0) == 0).all()


def test_permuting_a_constant_sense_changes_nothing(inputs):
    same = [inputs[0], np.tile(inputs[1][:1], (5, 1))]
    assert (explain.permutation_importance(listens, same, 1, first, seed=0) == 0).all()
    assert (explain.permutation_importance(listens, same, 0, first, seed=0) != 0).any()


def test_the_inputs_stay_as_they_are(inputs):
    before = [sense.copy() for sense in inputs]
    explain.permutation_importance(listens, inputs, 1, first, seed=0)
    explain.counterfactual_gain(listens, inputs, 0, 0, first)
    for sense, was in zip(inputs, before, strict=True):
        np.testing.assert_array_equal(sense, was)


@pytest.mark.parametrize("sense", [2, -1, True, 0.0, "sound"])
def test_a_sense_is_one_of_the_inputs(inputs, sense):
    for call in (
        lambda: explain.counterfactual_gain(listens, inputs, sense, 0, first),
        lambda: explain.permutation_importance(listens, inputs, sense, first, seed=0),
    ):
        with pytest.raises(
            ValueError, match="sense must be a whole number from 0 to 1, the place in inputs, got"
        ):
            call()


def test_a_single_scene_has_no_other(inputs):
    with pytest.raises(ValueError, match="a single scene has no other"):
        explain.permutation_importance(listens, [sense[:1] for sense in inputs], 1, first, seed=0)
    with pytest.raises(ValueError, match="repeats must be a whole number, 1 or more, got 0"):
        explain.permutation_importance(listens, inputs, 1, first, seed=0, repeats=0)


@given(st.integers(2, 40), st.integers(0, 2**32 - 1))
def test_nobody_keeps_his_own_and_all_stand_on_one_circle(count, seed):
    other = explain.derangement(count, seed)
    assert sorted(other) == list(range(count))
    at, steps = int(other[0]), 1
    while at != 0:
        at, steps = int(other[at]), steps + 1
    assert steps == count


def test_all_circles_are_equally_likely():
    rng = np.random.default_rng(0)
    drawn = [tuple(explain.derangement(4, rng)) for _ in range(3000)]
    counts = [drawn.count(circle) for circle in set(drawn)]
    assert len(counts) == 6
    assert np.abs(np.array(counts) - 500).max() < 100  # five standard deviations


@given(st.integers(0, 2**32 - 1))
def test_an_off_screen_sound_comes_from_nothing_that_is_shown(seed):
    rng = np.random.default_rng(seed)
    heard, visible = rng.random((12, 5)) < 0.3, rng.random((12, 5)) < 0.4
    heard[:, 0], heard[0] = False, [0, 1, 0, 0, 0]
    heard[1], visible[:, 1:3] = [0, 0, 1, 0, 0], np.eye(2, dtype=bool)[rng.integers(0, 2, 12)]
    for scene, other in enumerate(explain.off_screen_scenes(heard, visible, seed)):
        assert heard[other].any()
        assert not (heard[other] & visible[scene])[1:].any()


def test_every_fitting_off_screen_sound_may_be_drawn():
    heard, visible = np.eye(4, dtype=bool), np.zeros((4, 4), bool)
    visible[:, 1] = True
    drawn = {int(explain.off_screen_scenes(heard, visible, seed)[0]) for seed in range(40)}
    assert drawn == {2, 3}


def test_a_scene_without_off_screen_sound_is_named():
    with pytest.raises(ValueError, match="got none for scene 1 among 2: give more scenes"):
        explain.off_screen_scenes([[0, 1], [0, 1]], [[0, 0], [0, 1]], 0)
    with pytest.raises(ValueError, match=r"shape \(N, K\), got \(2,\) and \(2,\)"):
        explain.off_screen_scenes([0, 1], [0, 1], 0)


def test_the_four_other_sounds_of_a_batch():
    batch = make_batch(40, seed=2, size=16, cache=False)
    sounds = explain.counterfactual_sounds(batch, seed=1)
    assert list(sounds) == ["silence", "noise", "another", "off_screen"]
    assert all(s.shape == batch.sounds.shape and s.dtype == np.float32 for s in sounds.values())
    assert not sounds["silence"].any()
    loudness = np.sqrt((sounds["noise"] ** 2).mean(axis=1))
    np.testing.assert_allclose(loudness, 0.1, rtol=0.05)
    assert np.abs(np.corrcoef(sounds["noise"]) - np.eye(40)).max() < 0.1
    assert all((other != own).any() for other, own in zip(sounds["another"], batch.sounds, strict=True))
    for scene, sound in enumerate(sounds["off_screen"]):
        (source,) = (i for i, own in enumerate(batch.sounds) if (own == sound).all())
        names = set(np.flatnonzero(batch.heard[source]))
        assert names
        assert not names & set(np.unique(batch.objects[scene]))
    again = explain.counterfactual_sounds(batch, seed=1)
    for (_, one), (_, other) in itertools.zip_longest(sounds.items(), again.items()):
        np.testing.assert_array_equal(one, other)
