"""Features of sound against librosa, against slow loops, and against what they promise."""

import librosa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmseg_edu.features import deltas, log_mel, mfcc, sound_vector

RATE = 16000


def noise(seconds=0.5, seed=0, level=0.1):
    return np.random.default_rng(seed).normal(0, level, int(seconds * RATE)).astype(np.float32)


def tone(frequency, seconds=1.0, harmonics=1, rate=RATE):
    """A tone under a fixed, smooth envelope: partials in steps of the pitch, as loud as it says."""
    time = np.arange(int(seconds * rate)) / rate
    partials = frequency * np.arange(1, 1 + max(1, int(harmonics)))
    partials = partials[partials < rate / 2]
    loudness = np.exp(-(((partials - 1200) / 900) ** 2)) if harmonics > 1 else np.ones(1)
    return (
        (loudness[:, None] * np.sin(2 * np.pi * np.outer(partials, time))).sum(axis=0)
        * np.sqrt(frequency)
        / 100
    )


def test_log_mel_agrees_with_librosa():
    sound = noise()
    power = librosa.feature.melspectrogram(y=sound, sr=RATE, n_fft=512, hop_length=256, n_mels=40)
    expected = librosa.power_to_db(power, top_db=None).T
    np.testing.assert_allclose(log_mel(sound, RATE, 40), expected, atol=1e-3)


def test_log_mel_agrees_with_a_slow_transform_by_hand():
    sound, length, hop, bands = noise(0.1), 512, 256, 8
    padded = np.pad(sound.astype(np.float64), length // 2)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)
    filters = librosa.filters.mel(sr=RATE, n_fft=length, n_mels=bands)
    rows = []
    for start in range(0, len(sound) + 1, hop):
        piece = padded[start : start + length] * window
        spectrum = [
            abs(np.sum(piece * np.exp(-2j * np.pi * f * np.arange(length) / length))) ** 2
            for f in range(length // 2 + 1)
        ]
        rows.append(10 * np.log10(np.maximum(filters @ spectrum, 1e-10)))
    np.testing.assert_allclose(log_mel(sound, RATE, bands), rows, atol=1e-3)


def test_mel_bands_by_hand():
    """The filters that the other tests borrow from librosa, rebuilt: triangles, even in mel, of area one."""

    def hertz(mel):
        return np.where(mel < 15, mel * 200 / 3, 1000 * np.exp((mel - 15) * np.log(6.4) / 27))

    edges = hertz(np.linspace(0, 15 + 27 * np.log(8) / np.log(6.4), 8 + 2))
    frequencies = np.arange(257) * RATE / 512
    expected = np.zeros((8, 257))
    for b in range(8):
        low, mid, high = edges[b : b + 3]
        rise, fall = (frequencies - low) / (mid - low), (high - frequencies) / (high - mid)
        expected[b] = np.maximum(0, np.minimum(rise, fall)) * 2 / (high - low)
    np.testing.assert_allclose(librosa.filters.mel(sr=RATE, n_fft=512, n_mels=8), expected, atol=1e-6)


def test_mfcc_agrees_with_librosa():
    sound = noise(seed=1)
    power = librosa.feature.melspectrogram(y=sound, sr=RATE, n_fft=512, hop_length=256, n_mels=64)
    expected = librosa.feature.mfcc(S=librosa.power_to_db(power, top_db=None), n_mfcc=13).T
    np.testing.assert_allclose(mfcc(sound, RATE, 13), expected, atol=1e-3)


def test_mfcc_agrees_with_a_slow_cosine_transform():
    sound, bands, count = noise(0.2, seed=2), 24, 7
    spectrogram = log_mel(sound, RATE, bands).astype(np.float64)
    expected = np.zeros((len(spectrogram), count))
    for t, frame in enumerate(spectrogram):
        for m in range(count):
            scale = np.sqrt((1 if m == 0 else 2) / bands)
            expected[t, m] = scale * sum(
                frame[b] * np.cos(np.pi * m * (2 * b + 1) / (2 * bands)) for b in range(bands)
            )
    np.testing.assert_allclose(mfcc(sound, RATE, count, bands=bands), expected, atol=1e-2)


def test_all_coefficients_keep_the_energy_of_the_spectrogram():
    sound = noise(0.2, seed=3)
    full = mfcc(sound, RATE, 32, bands=32)
    np.testing.assert_allclose((full**2).sum(axis=1), (log_mel(sound, RATE, 32) ** 2).sum(axis=1), rtol=1e-4)


def test_other_pitch_same_timbre_moves_the_mfccs_less_than_another_timbre():
    low, high = tone(200, harmonics=40), tone(250, harmonics=32)
    other = noise(1.0)
    vectors = [mfcc(x, RATE, 13, bands=32)[5:-5, 1:].mean(axis=0) for x in (low, high, other)]
    same = np.linalg.norm(vectors[0] - vectors[1])
    different = np.linalg.norm(vectors[0] - vectors[2])
    assert same < 0.4 * different


@pytest.mark.parametrize("rate", [8000, 22050, 44100])
def test_frames_are_counted_in_seconds_at_every_rate(rate):
    assert len(log_mel(tone(440, rate=rate), rate, 20)) == 1 + rate // round(0.016 * rate)


def test_leading_axes_stay_and_do_not_influence_each_other():
    sounds = np.stack([noise(seed=s, level=0.1 * (1 + 100 * s)) for s in range(6)]).reshape(2, 3, -1)
    for function in (
        lambda x: log_mel(x, RATE, 16),
        lambda x: mfcc(x, RATE, 5),
        lambda x: sound_vector(x, RATE),
    ):
        together = function(sounds)
        assert together.shape[:2] == (2, 3)
        np.testing.assert_allclose(together[1, 0], function(sounds[1, 0]), atol=1e-4)


def test_long_batches_go_through_in_pieces(monkeypatch):
    import sys

    sounds = np.stack([noise(0.1, seed=s) for s in range(5)])
    whole = log_mel(sounds, RATE, 16)
    monkeypatch.setattr(sys.modules["mmseg_edu.features.mfcc"], "_PIECE", 2000)
    np.testing.assert_allclose(log_mel(sounds, RATE, 16), whole, atol=1e-4)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 4), st.integers(1, 30), st.integers(0, 99))
def test_deltas_are_the_slopes_of_least_squares_lines(reach, frames, seed):
    values = np.random.default_rng(seed).normal(size=(frames, 3))
    padded = np.pad(values, [(reach, reach), (0, 0)], mode="edge")
    around = np.arange(-reach, reach + 1)
    expected = [np.polyfit(around, padded[t : t + 2 * reach + 1], 1)[0] for t in range(frames)]
    np.testing.assert_allclose(deltas(values, reach), expected, atol=1e-9)


def test_deltas_agree_with_librosa():
    values = mfcc(noise(), RATE, 13)
    expected = librosa.feature.delta(values.T, width=5, mode="nearest").T
    np.testing.assert_allclose(deltas(values), expected, atol=1e-3)


def test_deltas_of_integers_are_not_rounded():
    assert deltas(np.array([[0], [1], [1], [1]]), reach=1)[0, 0] == 0.5


class TestSoundVector:
    def test_silence_is_zero_and_sound_is_not(self):
        assert not sound_vector(np.zeros(RATE), RATE).any()
        assert sound_vector(noise(level=0.03), RATE).max() > 0.5

    def test_layout(self):
        bel = log_mel(noise(), RATE, 32, floor=1e-5) / 10 + 5
        blocks = sound_vector(noise(), RATE).reshape(4, 32)
        np.testing.assert_allclose(blocks[0], bel.mean(axis=0), atol=1e-4)
        np.testing.assert_allclose(blocks[1], bel.max(axis=0), atol=1e-4)
        np.testing.assert_allclose(blocks[2], bel.std(axis=0), atol=1e-4)
        np.testing.assert_allclose(blocks[3], np.abs(deltas(bel)).mean(axis=0), atol=1e-4)

    def test_a_struck_sound_is_less_steady_than_a_held_one(self):
        held = noise(1.0)
        struck = held * np.exp(-np.arange(RATE) / 1000)
        steady, unsteady = sound_vector(held, RATE)[64:96], sound_vector(struck, RATE)[64:96]
        assert unsteady.mean() > 2 * steady.mean()

    def test_twice_as_long_is_nearly_the_same(self):
        once = noise(1.0)
        difference = np.abs(sound_vector(np.tile(once, 2), RATE) - sound_vector(once, RATE)).reshape(4, 32)
        assert difference[[0, 2, 3]].max() < 0.12
        assert difference[1].max() < 0.5  # the maximum of noise grows a little with more of it

    def test_another_rate_is_nearly_the_same(self):
        low, high = sound_vector(tone(440), RATE), sound_vector(tone(440, rate=44100), 44100)
        assert np.abs(low - high)[:32].max() < 0.3

    @settings(max_examples=20, deadline=None)
    @given(st.integers(1, 3000), st.floats(0, 1), st.integers(0, 99))
    def test_finite_and_not_negative_for_any_sound(self, length, level, seed):
        vector = sound_vector(np.random.default_rng(seed).uniform(-level, level, length), RATE)
        assert vector.shape == (128,)
        assert vector.dtype == np.float32
        assert np.isfinite(vector).all()
        assert (vector >= 0).all()


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (
            lambda: log_mel(np.zeros(0), RATE),
            r"sound must have shape \(..., N\) with at least one sample, got \(0,\)",
        ),
        (lambda: log_mel([np.nan] * 900, RATE), "sound must be finite, got NaN or infinity: clean it"),
        (lambda: log_mel(noise(), 0), "rate must be a whole number of Hz, 1 or more, got 0"),
        (lambda: log_mel(noise(), RATE, 0), "bands must be 1 or more, got 0"),
        (lambda: log_mel(noise(), RATE, floor=0), "floor must be above 0, got 0"),
        (lambda: log_mel(noise(), RATE, hop=0.0), "hop must last two samples or more .* got 0.0 s"),
        (lambda: mfcc(noise(), RATE, 65), "count must be between 1 and bands = 64, got 65"),
        (lambda: deltas(np.zeros(5)), r"features must have shape \(..., frames, coefficients\), got \(5,\)"),
        (lambda: deltas(np.zeros((5, 2)), 0), "reach must be 1 or more frames, got 0"),
        (lambda: sound_vector([], RATE), "at least one sample"),
    ],
)
def test_bad_input_says_the_rule_what_came_and_what_to_do(call, says):
    with pytest.raises(ValueError, match=says):
        call()
