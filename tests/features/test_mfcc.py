"""Features of sound against librosa, against slow loops, and against what they promise."""

import librosa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmseg_edu.features import deltas, log_mel, mfcc, sound_vector
from mmseg_edu.preprocess.sound import resample

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


def mel_filters(length, bands):
    return librosa.filters.mel(sr=RATE, n_fft=length, n_mels=bands)


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


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 44100, 48000])
@pytest.mark.parametrize("more", [-1, 0, 1])
def test_frames_are_counted_as_promised_at_every_rate(rate, more):
    """Windows of 353 and 1411 samples are odd; a length that divides by the hop is where counts go wrong."""
    hop = round(0.016 * rate)
    sound = np.full(20 * hop + more, 0.1)
    assert len(log_mel(sound, rate, 20)) == 1 + len(sound) // hop == (20 if more < 0 else 21)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 300), st.integers(2, 50), st.integers(2, 50))
def test_frames_are_counted_as_promised_for_any_window(count, window, hop):
    spectrogram = log_mel(np.full(count, 0.1), 1000, 2, window=window / 1000, hop=hop / 1000)
    assert spectrogram.shape == (1 + count // hop, 2)


@pytest.mark.parametrize("rate", [11025, 44100])
def test_an_odd_window_agrees_with_librosa_but_for_the_last_frame(rate):
    length, hop = round(0.032 * rate), round(0.016 * rate)
    assert length % 2 == 1
    sound = np.random.default_rng(0).normal(0, 0.1, 12 * hop).astype(np.float32)
    power = librosa.feature.melspectrogram(y=sound, sr=rate, n_fft=length, hop_length=hop, n_mels=40)
    expected = librosa.power_to_db(power, top_db=None).T
    assert len(expected) == 12
    np.testing.assert_allclose(log_mel(sound, rate, 40)[:-1], expected, atol=1e-3)


@pytest.mark.parametrize("length", [32, 33])
def test_a_frame_is_centred_on_its_sample(length):
    """A click is weighted by the window where it lies in each frame, and lies in the middle of frame 10."""
    click = np.zeros(160)
    click[80] = 1.0
    power = 10 ** (log_mel(click, 1000, 1, window=length / 1000, hop=0.008) / 10)[:, 0]
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)
    places = length // 2 + 80 - 8 * np.arange(21)
    expected = np.array([window[n] ** 2 if 0 <= n < length else 0 for n in places])
    np.testing.assert_allclose(power / power.max(), expected / expected.max(), atol=1e-5)
    assert power.argmax() == 10
    assert expected[10] >= np.cos(np.pi / 2 / length) ** 4 - 1e-12, "half a sample off at most"


def test_silence_reads_the_floor():
    np.testing.assert_allclose(log_mel(np.zeros(999), RATE), -100)
    np.testing.assert_allclose(log_mel(np.zeros(999), RATE, floor=1e-38), -380, rtol=1e-6)
    np.testing.assert_allclose(mfcc(np.zeros(999), RATE, 3), [[-800, 0, 0]] * 4, atol=1e-3)


def test_the_loudest_sound_that_is_accepted_has_a_finite_spectrogram():
    for window in (0.032, 1.0):
        assert np.isfinite(log_mel(np.full(RATE, 1e12), RATE, window=window)).all()


@pytest.mark.filterwarnings("ignore:Empty filters")
def test_filters_between_two_frequencies_read_the_floor():
    empty = (log_mel(noise(level=0.3), RATE, 128, window=0.008) < -99.99).all(axis=0)
    np.testing.assert_array_equal(
        np.flatnonzero(empty), [b for b in range(128) if not mel_filters(128, 128)[b].any()]
    )
    assert empty[:64].sum() > 2 * empty[64:].sum() > 0


def test_one_sound_does_not_change_another():
    soft, loud = noise(level=1e-4), noise(seed=1, level=100)
    np.testing.assert_array_equal(log_mel(np.stack([soft, loud]), RATE)[0], log_mel(soft, RATE))


def test_twice_as_loud_adds_only_to_the_first_coefficient():
    change = mfcc(2 * noise(), RATE, 20, bands=32) - mfcc(noise(), RATE, 20, bands=32)
    np.testing.assert_allclose(change[:, 0], 20 * np.log10(2) * np.sqrt(32), atol=1e-2)
    np.testing.assert_allclose(change[:, 1:], 0, atol=1e-2)


def test_leading_axes_stay_and_do_not_influence_each_other():
    sounds = np.stack([noise(seed=s, level=0.2 / 10**s) for s in range(6)]).reshape(2, 3, -1)
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
    monkeypatch.setattr(sys.modules["mmseg_edu.features.spectrogram"], "_PIECE", 2000)
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
    assert deltas(np.array([[0], [1], [1], [1]]), reach=1)[0, 0] == pytest.approx(0.5)


def test_a_single_frame_has_slope_0():
    assert deltas(np.array([[3.0, -1.0]])).tolist() == [[0, 0]]


@pytest.mark.parametrize("whole_lines", [False, True])
def test_what_does_not_change_has_slope_0_exactly(whole_lines):
    assert not deltas(np.full((3, 9, 2), 1e6 / 3), whole_lines=whole_lines).any()


def square(frequency, seconds=1.0):
    return np.sign(np.sin(2 * np.pi * frequency * np.arange(int(seconds * RATE)) / RATE))


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

    def test_a_steady_sound_is_the_same_however_long(self):
        """A tone of whole periods a hop: all frames alike, but for those at the ends."""
        second, four, eight = (sound_vector(tone(1000, seconds), RATE)[:32] for seconds in (1, 4, 8))
        assert np.abs(second - eight).max() < 0.15
        assert np.abs(four - eight).max() < 0.02

    def test_silence_behind_a_stroke_lowers_the_averages_and_leaves_the_maxima(self):
        stroke = np.pad(noise(0.1), (0, 1600 + 2 * 256))
        frames = 1 + len(stroke) // 256
        short = sound_vector(stroke, RATE).reshape(4, 32)
        for more in (10, 100):
            long = sound_vector(np.pad(stroke, (0, 256 * more)), RATE).reshape(4, 32)
            np.testing.assert_allclose(long[1], short[1], rtol=1e-6)
            for block in (0, 3):
                np.testing.assert_allclose(
                    long[block] * (frames + more), short[block] * frames, rtol=1e-4, atol=1e-4
                )
            assert (long[0] < short[0]).all()

    def test_how_loud_it_can_get(self):
        """The window's energy bounds every number (Parseval); sines and square waves come near."""
        filters = librosa.filters.mel(sr=RATE, n_fft=512, n_mels=32)
        window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(512) / 512)
        assert not filters[:, [0, -1]].any(), "every other frequency occurs twice in the full spectrum"
        bound = 5 + np.log10(filters.max() * 512 * np.sum(window**2) / 2)
        assert 7.6 < bound < 7.8
        sines, squares = (
            max(sound_vector(wave(f), RATE).max() for f in range(30, 3000, 21))
            for wave in (lambda f: np.sin(2 * np.pi * f * np.arange(4000) / RATE), lambda f: square(f, 0.25))
        )
        assert sines == pytest.approx(7.4, abs=0.06)
        assert squares == pytest.approx(7.6, abs=0.06)
        assert squares > 7 > bound - 0.8

    @settings(max_examples=30, deadline=None)
    @given(st.integers(0, 99), st.integers(1, 400), st.integers(1, 8000))
    def test_never_beyond_its_bounds(self, seed, run, length):
        signs = np.sign(np.random.default_rng(seed).standard_normal(length // run + 1)).repeat(run)
        for rate in (RATE, 11025):
            vector = sound_vector(signs, rate)
            assert vector.min() >= 0
            assert vector.max() <= 7.8

    def test_full_scale_is_the_limit(self):
        assert np.isfinite(sound_vector(square(100), RATE)).all()
        assert np.isfinite(sound_vector(1.000009 * square(100), RATE)).all(), "rounding"
        for wrong in (1.00002 * square(100), 32767 * square(100)):
            with pytest.raises(ValueError, match=r"\[-1, 1\], got samples up to .*32768.*normalize_loudness"):
                sound_vector(wrong, RATE)

    def test_another_rate_is_resampled_by_preprocess(self):
        sound = np.clip(noise(level=0.4), -1, 1)
        np.testing.assert_array_equal(
            sound_vector(sound, 44100), sound_vector(resample(sound, 44100, RATE), RATE)
        )

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
        (lambda: log_mel(noise(), 16000.0), "rate must be a whole number of Hz, 1 or more, got 16000.0"),
        (lambda: log_mel(noise(), RATE, 0), "bands must be a whole number, 1 or more, got 0"),
        (lambda: log_mel(noise(), RATE, 12.5), "bands must be a whole number, 1 or more, got 12.5"),
        (lambda: log_mel(noise(), RATE, floor=0), "floor must be above 0, .* got 0"),
        (lambda: log_mel(noise(), RATE, floor=1e-50), "floor must be above 0, 1e-38 or more .* got 1e-50"),
        (lambda: log_mel(noise(), RATE, floor=np.inf), r"and finite, 1e\+38 or less, got inf"),
        (lambda: log_mel(np.full(900, 2e12), RATE), r"within 1e\+12, got 2e\+12: its power would overflow"),
        (lambda: log_mel(np.zeros((900, 2)), RATE), r"samples last, got \(900, 2\), .*use to_mono"),
        (lambda: sound_vector(np.zeros((900, 2)), RATE), r"samples last, got \(900, 2\), .*use to_mono"),
        (lambda: mfcc(np.zeros((900, 2)), RATE), r"samples last, got \(900, 2\), .*use to_mono"),
        (lambda: log_mel(noise(), RATE, window=np.nan), "window must last two samples or more .* got nan s"),
        (lambda: log_mel(noise(), RATE, hop=0.0), "hop must last two samples or more .* got 0.0 s"),
        (lambda: mfcc(noise(), RATE, 65), "count must be between 1 and bands = 64, got 65"),
        (lambda: mfcc(noise(), RATE, 0), "count must be a whole number, 1 or more, got 0"),
        (lambda: mfcc(noise(), RATE, 13.0), "count must be a whole number, 1 or more, got 13.0"),
        (lambda: deltas(np.full((5, 2), np.nan)), "features must be finite"),
        (lambda: deltas(np.zeros(5)), r"features must have shape \(..., frames, coefficients\), got \(5,\)"),
        (lambda: deltas(np.zeros((5, 2)), 0), "reach must be a whole number, 1 or more, got 0"),
        (lambda: sound_vector([], RATE), "at least one sample"),
    ],
)
def test_bad_input_says_the_rule_what_came_and_what_to_do(call, says):
    with pytest.raises(ValueError, match=says):
        call()


@pytest.mark.parametrize("feature", [log_mel, mfcc, sound_vector])
@pytest.mark.parametrize("dtype", [np.int16, np.uint8, np.int64, bool])
def test_integer_samples_are_refused(feature, dtype):
    with pytest.raises(TypeError, match=r"floating point, got .*: turn 16-bit integers into .* / 32768"):
        feature(np.ones(900, dtype), RATE)
