"""Sounds: tones whose fate is known, slow loops, and laws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import lfilter

from mmseg_edu.preprocess.sound import (
    bandpass,
    normalize_loudness,
    preemphasis,
    resample,
    split_frames,
    to_mono,
)


def tone(frequency, rate, seconds=1.0, amplitude=1.0):
    return amplitude * np.sin(2 * np.pi * frequency * np.arange(round(seconds * rate)) / rate)


def rms(sound):
    return float(np.sqrt(np.mean(np.square(sound, dtype=np.float64))))


def noise(seed=0, count=4000):
    return np.random.default_rng(seed).standard_normal(count) * 0.1


def test_mono_is_the_mean():
    sound = noise(count=30).reshape(10, 3)
    np.testing.assert_allclose(to_mono(sound), sound.sum(axis=1) / 3)
    np.testing.assert_array_equal(to_mono(sound[:, :1]), sound[:, 0])
    np.testing.assert_array_equal(to_mono(sound[:, 0]), sound[:, 0])
    np.testing.assert_array_equal(to_mono(np.stack([sound[:, 0], -sound[:, 0]], axis=1)), 0)


@pytest.mark.parametrize(("rate", "new_rate"), [(16000, 8000), (8000, 16000), (44100, 16000), (11025, 48000)])
def test_a_tone_keeps_its_pitch_time_and_loudness(rate, new_rate):
    new = resample(tone(440, rate), rate, new_rate)
    expected = tone(440, new_rate)
    assert len(new) == len(expected)
    edge = new_rate // 20
    np.testing.assert_allclose(new[edge:-edge], expected[edge:-edge], atol=2e-3)


def test_axes_the_wrong_way_round_are_seen_only_where_no_recording_can_be_meant():
    np.testing.assert_allclose(to_mono(noise(count=8).reshape(1, 8)), noise(count=8).mean()[None])
    with pytest.raises(ValueError, match=r"transpose it with sound.T"):
        to_mono(np.zeros((8, 9)))
    assert to_mono(np.zeros((9, 9))).shape == (9,)


def test_mono_of_large_samples_does_not_overflow():
    assert to_mono(np.full((3, 2), 3e38, np.float32)).tolist() == [np.float32(3e38)] * 3


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_many_sounds_are_resampled_each_for_itself(dtype):
    sounds = noise(count=6 * 400).reshape(2, 3, 400).astype(dtype)
    sounds[0, 0] *= 90
    together = resample(sounds, 400, 300)
    assert together.shape == (2, 3, 300)
    assert together.dtype == dtype
    for i, j in np.ndindex(2, 3):
        np.testing.assert_array_equal(together[i, j], resample(sounds[i, j], 400, 300))


@given(st.integers(1, 40), st.integers(1, 40), st.floats(0, 4), st.integers(0, 99))
def test_a_resampled_sound_stays_in_full_scale_or_within_its_own_peak(rate, new_rate, scale, seed):
    square = scale * np.sign(np.random.default_rng(seed).standard_normal(50)).repeat(4)
    assert np.abs(resample(square, rate, new_rate)).max() <= max(1, scale)


def test_only_what_rings_beyond_full_scale_is_cut_off():
    square = np.sign(tone(20, 2000) + 1e-9)
    half, full, double = (resample(level * square, 2000, 3000) for level in (0.5, 1, 2))
    assert 0.5 < np.abs(half).max() < 0.7, "a softer one rings freely"
    np.testing.assert_allclose(full, np.clip(2 * half, -1, 1), atol=1e-12)
    np.testing.assert_allclose(double, np.clip(4 * half, -2, 2), atol=1e-12)


def test_beyond_its_ends_a_sound_is_silent():
    sound = noise(count=300)
    padded = np.pad(sound, (200, 200))
    np.testing.assert_allclose(resample(padded, 200, 300)[300:-300], resample(sound, 200, 300), atol=1e-12)


def test_a_copy_comes_back_where_there_is_nothing_to_do():
    for sound in (noise(count=9), np.zeros(0), np.zeros((3, 0))):
        same = resample(sound, 8000, 8000)
        assert same.shape == sound.shape
        assert not np.shares_memory(same, sound)
    assert resample(np.zeros((3, 0)), 8000, 4000).shape == (3, 0)


def test_what_the_new_rate_cannot_carry_is_gone():
    bird = tone(7000, 16000)
    folded = np.abs(np.fft.rfft(bird[::2]))
    assert np.argmax(folded) == 1000, "every other sample: a tone of 8000 - 7000 Hz"
    assert rms(resample(bird, 16000, 8000)[100:-100]) < 0.01


@given(st.integers(0, 300), st.integers(1, 60), st.integers(1, 60))
def test_resampled_length(count, rate, new_rate):
    new = resample(np.ones(count, np.float32), rate, new_rate)
    assert len(new) == -(-count * new_rate // rate)
    assert new.dtype == np.float32


@given(st.floats(-3, 3), st.floats(-3, 3))
def test_filters_are_linear(a, b):
    x, y = noise(1, 600), noise(2, 600)
    x, y = 0.05 * x, 0.05 * y  # far from full scale, where resample cuts off
    for act in (
        lambda s: resample(s, 600, 450),
        lambda s: bandpass(s, 600, 40, 200),
        lambda s: preemphasis(s, 0.9),
    ):
        np.testing.assert_allclose(act(a * x + b * y), a * act(x) + b * act(y), atol=1e-9)


@pytest.mark.parametrize(
    ("low", "high", "gains"),
    [
        (200, 1000, {20: 0, 200: 0.5, 450: 1, 1000: 0.5, 3800: 0}),
        (None, 1000, {20: 1, 1000: 0.5, 3800: 0}),
        (200, None, {20: 0, 200: 0.5, 3800: 1}),
    ],
)
def test_bandpass_gains_and_no_delay(low, high, gains):
    for frequency, gain in gains.items():
        sound = tone(frequency, 8000, 2.0)
        kept = bandpass(sound, 8000, low, high)
        np.testing.assert_allclose(kept[4000:-4000], gain * sound[4000:-4000], atol=0.02)


@pytest.mark.parametrize("order", [1, 2, 4])
def test_bandpass_falls_by_its_order_an_octave(order):
    low, high = (
        rms(bandpass(tone(f, 32000, 2.0), 32000, None, 200, order=order)[9000:-9000]) for f in (800, 1600)
    )
    assert 20 * np.log10(low / high) == pytest.approx(2 * 6.02 * order, rel=0.05)


def test_bandpass_on_short_sounds():
    for count in (0, 1, 2, 5):
        assert bandpass(np.ones(count, np.float32), 8000, 100, 1000).shape == (count,)
    np.testing.assert_allclose(
        bandpass(np.full(4000, 0.7), 8000, 50, 1000)[1000:-1000], 0, atol=1e-3, err_msg="DC"
    )


@given(st.floats(0, 1), st.integers(0, 50))
def test_preemphasis_by_its_gains(coefficient, count):
    steady, alternating = np.ones(count + 2), (-1.0) ** np.arange(count + 2)
    np.testing.assert_allclose(preemphasis(steady, coefficient)[1:], 1 - coefficient, atol=1e-12)
    np.testing.assert_allclose(
        preemphasis(alternating, coefficient)[1:], (1 + coefficient) * alternating[1:], atol=1e-12
    )


@given(st.floats(0, 1), st.integers(0, 50))
def test_preemphasis_is_its_filter_and_can_be_undone(coefficient, count):
    sound = noise(3, count)
    lifted = preemphasis(sound, coefficient)
    assert lifted.shape == (count,)
    if count:
        np.testing.assert_allclose(lifted, lfilter([1, -coefficient], [1], sound), atol=1e-12)
        np.testing.assert_allclose(lfilter([1], [1, -coefficient], lifted), sound, atol=1e-9)


@given(st.floats(1e-30, 1), st.floats(-60, 0))
def test_loudness_is_as_asked_and_peaks_stay_below_one(scale, level):
    loud = normalize_loudness(noise() * scale, level)
    assert np.abs(loud).max() <= 1
    wanted = 10 ** (level / 20)
    if np.abs(loud).max() < 0.999:
        assert rms(loud) == pytest.approx(wanted, rel=1e-9)
    else:
        assert rms(loud) <= wanted * (1 + 1e-9), "as loud as can be without clipping"
    np.testing.assert_allclose(normalize_loudness(loud, level), loud, atol=1e-12)


@given(st.floats(-60, 0), st.floats(0.01, 1))
def test_loudness_stops_at_the_peak(level, peak):
    loud = normalize_loudness(noise(), level, peak=peak)
    assert np.abs(loud).max() <= peak
    assert rms(loud) == pytest.approx(10 ** (level / 20)) or np.abs(loud).max() == pytest.approx(peak)


@pytest.mark.parametrize("sign", [1, -1])
def test_the_larger_peak_counts_whichever_way_it_points(sign):
    lopsided = sign * np.array([0.1, -0.8, 0.1, 0.2])
    np.testing.assert_allclose(normalize_loudness(lopsided, 0.0), lopsided / 0.8, rtol=1e-12)
    np.testing.assert_allclose(normalize_loudness(lopsided, 0.0, peak=0.4), lopsided / 2, rtol=1e-12)
    asked = normalize_loudness(lopsided, -20.0)
    np.testing.assert_allclose(asked, lopsided * 0.1 / rms(lopsided), rtol=1e-12)


def test_silence_stays_silence():
    for dtype in (np.float32, np.float64):
        silent = normalize_loudness(np.zeros(100, dtype))
        assert silent.dtype == dtype
        assert not silent.any()
    assert normalize_loudness(np.zeros(0)).shape == (0,)


@given(st.integers(1, 60), st.integers(1, 20), st.integers(1, 20))
def test_frames_are_slices(count, length, hop):
    sound = np.arange(count, dtype=np.float32)
    if count < length:
        with pytest.raises(ValueError, match=rf"at least length = {length} samples, got {count}: pad it"):
            split_frames(sound, length, hop)
        return
    expected = [sound[first : first + length] for first in range(0, count - length + 1, hop)]
    frames = split_frames(sound, length, hop)
    np.testing.assert_array_equal(frames, expected)
    frames[:] = -1
    assert sound.min() >= 0


def test_many_sounds_are_framed_each_for_itself():
    sounds = noise(count=6 * 20).reshape(2, 3, 20)
    frames = split_frames(sounds, 5, 4)
    assert frames.shape == (2, 3, 4, 5)
    np.testing.assert_array_equal(frames[1, 2], split_frames(sounds[1, 2], 5, 4))
    frames[:] = -1
    assert np.abs(sounds).max() < 1


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: to_mono(np.zeros((2, 100))), ValueError, r"time first, got \(2, 100\), .*sound.T"),
        (lambda: to_mono(np.zeros(9, np.int16)), TypeError, "floating point, got int16: .*32768"),
        (lambda: to_mono(np.zeros((9, 2, 2))), ValueError, r"\(N,\) or \(N, C\)"),
        (lambda: to_mono(np.full(9, np.nan)), ValueError, "finite"),
        (lambda: resample(np.zeros((9, 2)), 8, 4), ValueError, r"samples last, got \(9, 2\), .*use to_mono"),
        (lambda: resample(np.zeros((9, 8)), 8, 4), ValueError, "looks like 8 channels"),
        (lambda: resample(np.zeros((3, 9, 2)), 8, 4), ValueError, "use to_mono"),
        (lambda: resample(np.zeros(9, np.int16), 8, 4), TypeError, "floating point, got int16"),
        (lambda: resample(np.zeros(9, bool), 8, 4), TypeError, "floating point, got bool"),
        (lambda: resample(np.array([0, np.inf]), 8, 4), ValueError, "finite"),
        (lambda: resample(np.float64(1), 8, 4), ValueError, "got one number"),
        (
            lambda: resample(np.zeros(9), 8000, 0),
            ValueError,
            "new_rate must be a whole number of Hz, 1 or more, got 0",
        ),
        (lambda: resample(np.zeros(9), 8000.5, 4000), ValueError, "rate must be a whole number"),
        (
            lambda: bandpass(np.zeros(9), 8000, 1000, 200),
            ValueError,
            "0 < low < high < rate / 2 = 4000 Hz, got low=1000",
        ),
        (lambda: bandpass(np.zeros(9), 8000, 100, 4000), ValueError, "high=4000"),
        (lambda: bandpass(np.zeros(9), 8000, None, None), ValueError, "got low=None, high=None"),
        (lambda: bandpass(np.zeros(9), 8000, 100, 200, order=0), ValueError, "order must be a whole number"),
        (lambda: bandpass(np.zeros(9), 8000, np.nan, 200), ValueError, "got low=nan"),
        (lambda: bandpass(np.full(9, np.nan), 8000, 100, 200), ValueError, "finite"),
        (lambda: preemphasis(np.zeros(9), 1.5), ValueError, r"\[0, 1\], got 1.5"),
        (lambda: normalize_loudness(np.zeros(9), 3), ValueError, "0 dB or less, got 3"),
        (lambda: normalize_loudness(np.full(9, np.inf)), ValueError, "finite"),
        (lambda: split_frames(np.zeros(9), 0, 1), ValueError, "length must be a whole number of samples"),
        (lambda: split_frames(np.zeros(9), 2, 1.5), ValueError, "hop must be"),
        (lambda: split_frames(np.zeros((9, 2)), 2, 1), ValueError, "use to_mono"),
        (lambda: split_frames(np.arange(9), 2, 1), TypeError, "floating point"),
        (lambda: bandpass(np.zeros((9, 2)), 8000, 100, 200), ValueError, "use to_mono"),
        (lambda: preemphasis(np.zeros((9, 2))), ValueError, "use to_mono"),
        (lambda: preemphasis(np.zeros(9, np.uint8)), TypeError, "floating point, got uint8"),
        (lambda: normalize_loudness(np.zeros((9, 2))), ValueError, "use to_mono"),
        (lambda: normalize_loudness(np.ones(9), peak=0), ValueError, r"peak must be above 0 .* got 0"),
        (lambda: normalize_loudness(np.ones(9), peak=1.1), ValueError, "at most 1, got 1.1"),
    ],
)
def test_refuses(call, error, text):
    with pytest.raises(error, match=text):
        call()
