"""The limits of a rule: what is changed, and what is not."""

import numpy as np
import pytest

from mmseg_edu import studies
from mmseg_edu.scenes import CLASSES, make_batch
from mmseg_edu.scenes.sound import PITCHES

SIZE = 16


@pytest.mark.parametrize("limit", studies.LIMITS, ids=lambda limit: limit.__name__)
def test_a_limit_is_a_batch_of_scenes_in_which_something_sounds(limit):
    batch = limit(9, seed=4, size=SIZE)
    assert batch.images.shape == (9, SIZE, SIZE, 3)
    assert batch.sounds.shape == (9, batch.rate)
    assert batch.sounds.dtype == np.float32
    assert np.abs(batch.sounds).max() <= 1
    assert batch.heard.any(axis=1).all()
    named = np.take_along_axis(batch.heard, batch.labels.reshape(9, -1).astype(int), axis=1)
    assert named[batch.labels.reshape(9, -1) > 0].all()
    np.testing.assert_array_equal(batch.sounds, limit(9, seed=4, size=SIZE).sounds)
    assert (batch.sounds != limit(9, seed=5, size=SIZE).sounds).any()


@pytest.mark.parametrize("limit", studies.LIMITS, ids=lambda limit: limit.__name__)
def test_no_scene_is_a_batch_too(limit):
    batch = limit(0, seed=4, size=SIZE)
    assert len(batch) == 0
    assert batch.images.shape == (0, SIZE, SIZE, 3)


def test_the_pictures_stay_where_only_the_sound_is_changed():
    usual = make_batch(6, 4, SIZE, absent=0.0)
    for limit in (studies.noise_as_loud, studies.new_instruments):
        batch = limit(6, 4, SIZE)
        np.testing.assert_array_equal(batch.labels, usual.labels)
        np.testing.assert_array_equal(batch.heard, usual.heard)
        assert (batch.sounds != usual.sounds).any(axis=1).all()
    np.testing.assert_array_equal(studies.new_instruments(6, 4, SIZE).images, usual.images)


def test_what_is_played_faster_is_higher_by_the_same_factor():
    """The bird's chirps have a centre of gravity in frequency; it moves up by half."""
    slow = make_batch(8, 4, SIZE, absent=0.0, duration=1.5, objects=("bird",), snr_db=float("inf"))
    fast = studies.played_faster(40, 4, SIZE)
    only = (fast.heard.sum(axis=1) == 1) & fast.heard[:, CLASSES.index("bird")]
    assert only.any()

    def centre(waves, rate):
        power = (np.abs(np.fft.rfft(waves, axis=1)) ** 2).mean(axis=0)
        return (power * np.fft.rfftfreq(waves.shape[1], 1 / rate)).sum() / power.sum()

    assert 1.25 < centre(fast.sounds[only], fast.rate) / centre(slow.sounds, slow.rate) < 1.75


def test_a_new_instrument_sounds_at_the_pitch_of_its_class():
    batch = studies.new_instruments(40, 4, SIZE)
    for k, name in enumerate(CLASSES[1:], 1):
        alone = batch.heard[:, k] & (batch.heard.sum(axis=1) == 1)
        assert alone.any()
        for wave in batch.sounds[alone]:
            peak = np.abs(np.fft.rfft(wave)).argmax() * batch.rate / len(wave)
            low, high = PITCHES[name]
            assert low - 1 <= peak <= high + 1
            np.testing.assert_allclose(np.abs(wave[wave != 0]), 0.2, rtol=1e-6)


def test_of_two_look_alikes_one_sounds_at_most():
    batch = studies.look_alike_things(40, 4, 32)
    kinds = [set(np.unique(objects)) - {0} for objects in batch.objects]
    assert {len(each) for each in kinds} == {2}
    silent_twins = sum(
        bool(((batch.objects[i] == k) & (batch.labels[i] == 0)).any() and (batch.labels[i] == k).any())
        for i in range(40)
        for k in kinds[i]
    )
    assert silent_twins >= 10
