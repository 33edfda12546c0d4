"""Filters by their gain: the formula, SciPy's own response, and tones that are measured."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import butter, freqz, sosfreqz

from mmseg_edu.preprocess.sound import (
    bandpass,
    bandpass_response,
    highpass,
    highpass_response,
    lowpass,
    lowpass_response,
    preemphasis,
    preemphasis_response,
    remove_dc,
)

RATE = 8000
# Low ones, high ones, the edges of the filters below, and both ends of what a sound can hold.
TONES = (0, 20, 100, 150, 200, 440, 700, 1000, 1500, 2600, 3800, 3990, 4000)


def tone(frequency, seconds=3.0, phase=0.3):
    return np.cos(2 * np.pi * frequency * np.arange(round(seconds * RATE)) / RATE + phase)


def measured_gain(act, frequency):
    """Least-squares amplitude of what is left of a tone, where the ends are far away."""
    sound = tone(frequency)
    inside = slice(len(sound) // 3, 2 * len(sound) // 3)
    return np.linalg.norm(act(sound)[inside]) / np.linalg.norm(sound[inside])


FILTERS = {
    "band": (
        lambda x, o: bandpass(x, RATE, 200, 1000, order=o),
        lambda f, o: bandpass_response(f, RATE, 200, 1000, order=o),
    ),
    "low": (
        lambda x, o: lowpass(x, RATE, 1000, order=o),
        lambda f, o: lowpass_response(f, RATE, 1000, order=o),
    ),
    "high": (
        lambda x, o: highpass(x, RATE, 200, order=o),
        lambda f, o: highpass_response(f, RATE, 200, order=o),
    ),
    "near the end": (
        lambda x, o: lowpass(x, RATE, 3800, order=o),
        lambda f, o: lowpass_response(f, RATE, 3800, order=o),
    ),
}


@pytest.mark.parametrize("name", FILTERS)
@pytest.mark.parametrize("order", [1, 2, 4])
def test_the_response_is_what_happens_to_a_tone(name, order):
    act, response = FILTERS[name]
    expected = response(TONES, order)
    for frequency, gain in zip(TONES, expected, strict=True):
        assert measured_gain(lambda x: act(x, order), frequency) == pytest.approx(gain, abs=1e-3)
    assert expected.min() >= 0
    assert expected.max() <= 1


@given(
    st.integers(1, 8),
    st.sampled_from(["lowpass", "highpass", "bandpass"]),
    st.floats(0.02, 0.4),
    st.floats(0.05, 0.55),
    st.sampled_from([8000, 44100]),
)
def test_the_response_is_the_square_of_one_run_of_scipys_filter(order, kind, low, width, rate):
    low, high = low * rate / 2, (low + width) * rate / 2
    edges = {"lowpass": high, "highpass": low, "bandpass": [low, high]}[kind]
    frequencies = np.linspace(0, rate / 2, 101)[:-1]
    _, once = sosfreqz(butter(order, edges, kind, fs=rate, output="sos"), frequencies, fs=rate)
    ours = {
        "lowpass": lambda: lowpass_response(frequencies, rate, high, order=order),
        "highpass": lambda: highpass_response(frequencies, rate, low, order=order),
        "bandpass": lambda: bandpass_response(frequencies, rate, low, high, order=order),
    }[kind]()
    np.testing.assert_allclose(ours, np.abs(once) ** 2, atol=1e-6)


@given(st.integers(1, 60), st.floats(1, 3998), st.floats(1, 3998))
def test_a_response_at_its_edges_and_ends(order, a, b):
    low, high = sorted((a, b))
    if high - low < 0.5:
        return
    np.testing.assert_allclose(
        bandpass_response([0, low, high, RATE / 2], RATE, low, high, order=order),
        [0, 0.5, 0.5, 0],
        atol=1e-6,
    )
    np.testing.assert_allclose(
        lowpass_response([0, low, RATE / 2], RATE, low, order=order), [1, 0.5, 0], atol=1e-9
    )
    np.testing.assert_allclose(
        highpass_response([0, low, RATE / 2], RATE, low, order=order), [0, 0.5, 1], atol=1e-9
    )
    both = lowpass_response([77.0, 1234], RATE, low, order=order) + highpass_response(
        [77.0, 1234], RATE, low, order=order
    )
    np.testing.assert_allclose(both, 1, atol=1e-12, err_msg="what one lets through the other takes")


@pytest.mark.parametrize("coefficient", [0, 0.5, 0.97, 1])
def test_preemphasis_by_its_response(coefficient):
    gains = preemphasis_response(TONES, RATE, coefficient)
    for frequency, gain in zip(TONES, gains, strict=True):
        assert measured_gain(lambda x: preemphasis(x, coefficient), frequency) == pytest.approx(
            gain, abs=1e-6
        )
    _, expected = freqz([1, -coefficient], worN=TONES, fs=RATE)
    np.testing.assert_allclose(gains, np.abs(expected), atol=1e-12)
    assert gains.min() >= 1 - coefficient - 1e-12
    assert gains.max() <= 1 + coefficient + 1e-12


def test_a_response_keeps_the_shape_of_its_frequencies():
    for response in (
        lambda f: bandpass_response(f, RATE, 200, 1000),
        lambda f: lowpass_response(f, RATE, 1000),
        lambda f: highpass_response(f, RATE, 1000),
        lambda f: preemphasis_response(f, RATE),
    ):
        assert np.shape(response(440)) == ()
        assert response([]).shape == (0,)
        assert response(np.full((2, 3), 440, np.float32)).shape == (2, 3)
        assert response([440]).dtype == np.float64


def test_lowpass_and_highpass_are_the_open_sides_of_bandpass():
    sound = np.random.default_rng(0).standard_normal(700)
    np.testing.assert_array_equal(
        lowpass(sound, RATE, 900, order=3), bandpass(sound, RATE, None, 900, order=3)
    )
    np.testing.assert_array_equal(
        highpass(sound, RATE, 900, order=3), bandpass(sound, RATE, 900, None, order=3)
    )


def test_one_after_the_other_low_and_high_make_a_band():
    both = highpass_response(TONES, RATE, 100) * lowpass_response(TONES, RATE, 2600)
    for frequency, gain in zip(TONES, both, strict=True):
        act = lambda x: highpass(lowpass(x, RATE, 2600), RATE, 100)  # noqa: E731
        assert measured_gain(act, frequency) == pytest.approx(gain, abs=1e-3)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize(
    "act",
    [
        remove_dc,
        preemphasis,
        lambda x: lowpass(x, RATE, 900),
        lambda x: highpass(x, RATE, 900),
        lambda x: bandpass(x, RATE, 100, 900),
    ],
)
def test_many_sounds_are_filtered_each_for_itself(act, dtype):
    sounds = np.random.default_rng(1).uniform(-1, 1, (2, 3, 200)).astype(dtype)
    sounds[0, 1] *= 0.01
    together = act(sounds)
    assert together.dtype == dtype
    for i, j in np.ndindex(2, 3):
        np.testing.assert_array_equal(together[i, j], act(sounds[i, j]))


@given(st.floats(-1, 1), st.integers(1, 300), st.integers(0, 99))
def test_dc_goes_and_nothing_else(offset, count, seed):
    sound = np.random.default_rng(seed).standard_normal(count)
    sound -= sound.mean()
    np.testing.assert_allclose(remove_dc(sound + offset), sound, atol=1e-12)
    assert abs(remove_dc(sound + offset).mean()) < 1e-12
    assert abs(remove_dc((sound + offset).astype(np.float32)).astype(float).mean()) < 1e-6
    np.testing.assert_allclose(remove_dc(np.full(count, offset)), 0, atol=1e-15)


def test_a_filter_leaves_every_click_where_it_was():
    """Without a delay, an impulse turns into something symmetric about itself."""
    click = np.zeros(4001)
    click[2000] = 1
    for act in (
        lambda x: lowpass(x, RATE, 900),
        lambda x: highpass(x, RATE, 900),
        lambda x: bandpass(x, RATE, 200, 900),
    ):
        kept = act(click)
        np.testing.assert_allclose(kept, kept[::-1], atol=1e-9)
        assert np.abs(kept).argmax() == 2000


@pytest.mark.parametrize(
    ("act", "kept"),
    [
        (lambda x: highpass(x, RATE, 20), 1),
        (lambda x: highpass(x, RATE, 80, order=6), 1),
        (lambda x: bandpass(x, RATE, 20, 3900), 1),
        (lambda x: lowpass(x, RATE, 3000), 1),
        (lambda x: lowpass(x, RATE, 50), 0),
        (lambda x: bandpass(x, RATE, 20, 40), 0),
    ],
)
def test_what_starts_and_ends_at_zero_is_right_to_its_ends(act, kept):
    whole_periods = np.sin(2 * np.pi * 440 * np.arange(RATE + 1) / RATE)
    np.testing.assert_allclose(act(whole_periods), kept * whole_periods, atol=0.01)


def test_what_is_cut_off_amid_loudness_rings_for_two_periods_only():
    loud = tone(440)
    off = np.abs(highpass(loud, RATE, 100) - loud)
    assert off[:80].max() > 0.1
    assert off[160:-160].max() < 0.02
    assert off[400:-400].max() < 1e-4


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: lowpass(np.zeros(9), RATE, 4000), ValueError, "0 < cutoff < rate / 2 = 4000 Hz, got 4000"),
        (lambda: highpass(np.zeros(9), RATE, 0), ValueError, "got 0: a sound holds no frequency beyond"),
        (lambda: highpass(np.zeros(9), RATE, None), ValueError, "cutoff must satisfy .* got None"),
        (lambda: lowpass(np.zeros(9), RATE, np.nan), ValueError, "cutoff must satisfy .* got nan"),
        (lambda: lowpass(np.zeros(9), 0, 10), ValueError, "rate must be a whole number of Hz"),
        (lambda: lowpass(np.zeros(9), RATE, 900, order=1.5), ValueError, "order must be a whole number"),
        (lambda: lowpass(np.zeros((9, 2)), RATE, 900), ValueError, "looks like 2 channels: use to_mono"),
        (lambda: remove_dc(np.zeros((9, 2))), ValueError, "looks like 2 channels: use to_mono"),
        (lambda: lowpass_response([100, 4001], RATE, 900), ValueError, r"= \[0, 4000\] Hz, got 4001"),
        (lambda: highpass_response(-1, RATE, 900), ValueError, "frequencies must lie in .* got -1"),
        (lambda: bandpass_response([np.nan], RATE, 9, 900), ValueError, "frequencies must lie in .* got nan"),
        (lambda: bandpass_response([1], RATE, 900, 9), ValueError, "0 < low < high"),
        (lambda: bandpass_response([1], RATE, 9, 900, order=0), ValueError, "order must be a whole number"),
        (lambda: lowpass_response([1], RATE, 5000), ValueError, "cutoff must satisfy"),
        (lambda: preemphasis_response([1], RATE, 2), ValueError, r"coefficient must lie in \[0, 1\], got 2"),
        (lambda: preemphasis_response([1], 8e3), ValueError, "rate must be a whole number"),
        (lambda: preemphasis_response([5000], RATE), ValueError, "frequencies must lie in"),
    ],
)
def test_refuses(call, error, text):
    with pytest.raises(error, match=text):
        call()
