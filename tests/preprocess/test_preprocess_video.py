"""The picture of a moment, motion, and the offset between motion and sound."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmseg_edu.preprocess.video import align, frame_at, motion_energy, onset_strength


@given(st.lists(st.floats(0, 10), min_size=1, max_size=12, unique=True), st.floats(-1, 12))
def test_frame_at_is_the_last_that_has_appeared(times, t):
    times = sorted(times)
    expected = 0
    for i, time in enumerate(times):
        if time <= t:
            expected = i
    assert frame_at(np.arange(len(times)), np.array(times), t) == expected


def test_frame_at_many_moments():
    frames, times = np.random.default_rng(0).random((4, 2, 3, 3)), np.array([0.0, 0.1, 0.4, 0.5])
    many = frame_at(frames, times, np.array([0.05, 0.45, 9.0]))
    np.testing.assert_array_equal(many, frames[[0, 2, 3]])
    assert frame_at(frames, times, 0.3).shape == (2, 3, 3)


def test_motion_energy_by_hand():
    frames = np.zeros((4, 10, 10, 3), np.float32)
    frames[1:, :, :5] = 1.0
    frames[3] = 1.0
    np.testing.assert_allclose(motion_energy(frames), [0, 0.5, 0, 0.5])
    noise = np.random.default_rng(0).normal(0, 0.1, (3, 100, 100))
    np.testing.assert_allclose(motion_energy(noise)[1:], 0.02, rtol=0.05, err_msg="twice the variance")
    assert motion_energy(frames[:1]).tolist() == [0]


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_noise_adds_twice_its_variance(dtype):
    for level in (0.001, 0.1):
        noise = np.random.default_rng(0).normal(0.1, level, (9, 64, 64, 3)).astype(dtype)
        spread = noise.astype(np.float64).std()
        np.testing.assert_allclose(motion_energy(noise)[1:], 2 * spread**2, rtol=0.05)


@pytest.mark.parametrize("rate", [8000, 16000, 44100])
def test_a_steady_tone_has_no_onsets_and_one_that_begins_has(rate):
    t, moments = np.arange(rate) / rate, np.linspace(0.2, 0.8, 301)
    for frequency in np.geomspace(20, 0.97 * rate / 2, 60):
        steady = np.sin(2 * np.pi * frequency * t)
        assert onset_strength(steady, rate, moments).max() < 0.25
        begins = onset_strength(steady * (t > 0.5), rate, np.linspace(0.49, 0.53, 81)).max()
        assert 6 < begins < 7
    assert onset_strength(np.sin(2 * np.pi * 5 * t), rate, moments).max() > 0.5, "5 Hz is heard to swell"


def test_outside_the_sound_is_silence():
    moments = np.array([-1e300, -5.0, 5.0, 1e300])
    assert not onset_strength(np.ones(800), 800, moments).any()


def test_onsets_are_where_it_grows_louder():
    sound = np.zeros(16000)
    sound[8000:12000] = np.sin(np.arange(4000))
    grid = np.arange(0, 1, 0.005)
    strength = onset_strength(sound, 16000, grid)
    assert grid[np.argmax(strength)] == pytest.approx(0.5, abs=0.015)
    assert not strength[grid < 0.48].any()
    assert strength[(grid > 0.55) & (grid < 0.7)].max() < 0.05, "a steady tone has no onset"
    assert not strength[grid > 0.74].any(), "falling silent is no onset"
    assert not onset_strength(np.zeros(100), 16000, grid).any()


def strokes(late, fps, seconds=4.0, rate=16000, seed=0):
    """Something moves at irregular moments, and is heard `late` seconds after."""
    rng = np.random.default_rng(seed)
    moments = np.cumsum(rng.uniform(0.3, 0.9, 20))
    moments = moments[moments < seconds - 0.6]
    times = np.arange(round(seconds * fps)) / fps
    place = np.searchsorted(moments, times, side="right")
    frames = rng.normal(0, 0.01, (len(times), 8, 8)) + (place % 2)[:, np.newaxis, np.newaxis] * 0.5
    t = np.arange(round(seconds * rate)) / rate
    sound = 1e-3 * rng.standard_normal(len(t))
    for moment in moments:
        after = t - moment - late
        sound += 0.4 * np.sin(2 * np.pi * 500 * t) * np.exp(-15 * np.clip(after, 0, None)) * (after >= 0)
    return frames, times, sound, rate


@pytest.mark.parametrize("late", [-0.3, -0.1, 0.0, 0.05, 0.2, 0.4])
@pytest.mark.parametrize("fps", [8, 25])
def test_align_recovers_the_offset(late, fps):
    offset, synchrony = align(*strokes(late, fps))
    assert offset == pytest.approx(late, abs=0.6 / fps)
    assert synchrony > 0.6


def test_align_finds_nothing_where_nothing_is():
    frames, times, sound, rate = strokes(0.1, 25)
    assert align(np.zeros_like(frames), times, sound, rate) == (0.0, 0.0)
    assert align(frames, times, 0 * sound, rate) == (0.0, 0.0)
    _, in_time = align(frames, times, sound, rate)
    _, out_of_time = align(frames, times, strokes(0.1, 25, seed=5)[2], rate)
    assert out_of_time < in_time - 0.2, "what moves in time is what sounds"


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: frame_at(np.zeros(3), np.arange(2.0), 0), ValueError, r"2 times, got shape \(3,\)"),
        (lambda: frame_at(np.zeros(2), np.array([1.0, 1.0]), 0), ValueError, "strictly increasing"),
        (lambda: frame_at(np.zeros(2), np.arange(2.0), np.nan), ValueError, "t must be a number of seconds"),
        (lambda: frame_at(np.zeros(1), np.array([np.nan]), 0), ValueError, "strictly increasing"),
        (lambda: frame_at(np.zeros(2), np.array([0, np.inf]), 0), ValueError, "strictly increasing"),
        (lambda: motion_energy(np.full((2, 3, 3), np.nan)), ValueError, "frames must be finite"),
        (lambda: onset_strength(np.zeros(3), 9, np.array([np.nan])), ValueError, "times must be finite"),
        (lambda: motion_energy(np.zeros((2, 3, 3, 3), np.uint8)), TypeError, "wrap around"),
        (lambda: motion_energy(np.zeros((3, 3))), ValueError, r"got \(3, 3\)"),
        (lambda: onset_strength(np.zeros((3, 2)), 8000, np.zeros(1)), ValueError, "use to_mono"),
        (
            lambda: onset_strength(np.zeros(3), 0, np.zeros(1)),
            ValueError,
            "rate must be a whole number of Hz, 1 or more, got 0",
        ),
        (
            lambda: onset_strength(np.zeros(3, np.int16), 8000, np.zeros(1)),
            TypeError,
            "floating point, got int16",
        ),
        (
            lambda: align(np.zeros((2, 3, 3)), np.arange(2.0), np.zeros(9), 9),
            ValueError,
            "at least 3 pictures, got 2",
        ),
        (lambda: align(np.zeros((4, 3, 3)), np.arange(3.0), np.zeros(9), 9), ValueError, r"shape \(4,\)"),
        (
            lambda: align(np.zeros((3, 3, 3)), np.arange(3.0), np.zeros(9), 9, max_offset=0),
            ValueError,
            "max_offset must be above 0",
        ),
    ],
)
def test_refuses(call, error, text):
    with pytest.raises(error, match=text):
        call()
