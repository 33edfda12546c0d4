"""Every option of the features of sound against librosa, on ordinary sounds and on nasty ones.

librosa runs in float64 here, so that what is measured is our own rounding in float32. Two measures: power in
each band, relative to the loudest band of its frame, be it outside the wanted range; and decibels and
coefficients, relative to the largest number of the answer.
"""

import itertools

import librosa
import numpy as np
import pytest
import scipy.signal
from hypothesis import given, settings
from hypothesis import strategies as st

from mmseg_edu.features import deltas, hz_to_mel, log_mel, mel_filters, mel_to_hz, mfcc, sound_vector
from mmseg_edu.scenes import make_batch
from mmseg_edu.scenes.sound import VOICES

RATE = 16000
CLOSE = 1e-5


def click(place, count=4000):
    sound = np.zeros(count)
    sound[place] = 1.0
    return sound


def chirp(count=8000):
    time = np.arange(count) / RATE
    return 0.5 * np.sin(2 * np.pi * (200 + 6000 * time) * time)


def sounds():
    rng = np.random.default_rng(0)
    return {
        "noise": rng.normal(0, 0.1, 8000),
        "soft noise": rng.normal(0, 1e-4, 8000),
        "loud noise": rng.uniform(-1e12, 1e12, 8000),
        "a scene": make_batch(1, 5, cache=False).sounds[0].astype(np.float64),
        "a chirp": chirp(),
        "silence": np.zeros(4000),
        "one sample": np.array([0.5]),
        "a click at the start": click(0),
        "a click at the end": click(-1),
        "a click": click(1234),
        "full scale": np.sign(np.sin(np.arange(8000) / 7)),
        "constant": np.full(8000, 0.3),
    }


SOUNDS = sounds()


def reference(sound, rate=RATE, bands=40, window=0.032, hop=0.016, floor=1e-10, **options):
    """Band powers and decibels as librosa has them, time first."""
    power = librosa.feature.melspectrogram(
        y=np.asarray(sound, np.float64), sr=rate, n_fft=round(window * rate), hop_length=round(hop * rate),
        n_mels=bands, dtype=np.float64,
        window=options.get("taper", "hann"), power=options.get("power", 2.0),
        fmin=options.get("low", 0.0), fmax=options.get("high"), htk=options.get("htk", False),
        norm="slaney" if options.get("equal_area", True) else None,
    ).T  # fmt: skip
    return power, librosa.power_to_db(power, amin=floor, top_db=None)


OPTIONS = {
    "as it is": {},
    "HTK's scale": {"htk": True},
    "filters of height 1": {"equal_area": False},
    "HTK's scale, height 1": {"htk": True, "equal_area": False},
    "300 to 3400 Hz": {"low": 300.0, "high": 3400.0},
    "amplitude": {"power": 1.0},
    "a power of 1.5": {"power": 1.5},
    "no window": {"taper": np.ones},
    "a Hamming window": {"taper": np.hamming},
    "a flat-top window, which has negative weights": {"taper": scipy.signal.windows.flattop},
    "25 ms every 10 ms": {"window": 0.025, "hop": 0.01},
    "an odd window": {"window": 0.03206},
    "frames with gaps": {"window": 0.016, "hop": 0.03},
    "128 bands": {"bands": 128},
    "one band": {"bands": 1},
    "another rate": {"rate": 22050},
    "another floor": {"floor": 1e-4},
}


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
@pytest.mark.parametrize("sound", SOUNDS.values(), ids=SOUNDS)
@pytest.mark.filterwarnings("ignore:Empty filters", "ignore:n_fft=.* is too large")
def test_log_mel_agrees_with_librosa_under_every_option(sound, options):
    given_options = {"bands": 40, **options}
    ours = log_mel(sound, given_options.pop("rate", RATE), **given_options)
    power, decibels = reference(sound, **options)
    floor = options.get("floor", 1e-10)
    assert len(ours) - len(power) in (0, 1), "an odd window: librosa may leave out the last frame"
    ours = ours[: len(power)].astype(np.float64)
    everything = reference(sound, **{**options, "low": 0.0, "high": None})[0]
    loudest = np.maximum(np.maximum(everything, power).max(axis=1, keepdims=True), floor)
    apart = np.abs(10 ** (ours / 10) - np.maximum(power, floor)) / loudest
    assert apart.max() <= CLOSE
    near = np.maximum(power, floor) >= 1e-4 * loudest  # 40 dB or less below the loudest band
    np.testing.assert_allclose(ours[near], decibels[near], rtol=0, atol=CLOSE * np.abs(decibels).max())


CEPSTRA = {
    f"type {kind}, {'ortho' if ortho else 'plain'}, lifter {lifter:g}": {
        "dct_type": kind,
        "ortho": ortho,
        "lifter": lifter,
    }
    for kind, ortho, lifter in itertools.product((1, 2, 3), (True, False), (0, 22.0, 1.5))
}
ORDINARY = [name for name in SOUNDS if name not in ("constant", "a chirp", "full scale")]


@pytest.mark.parametrize("options", CEPSTRA.values(), ids=CEPSTRA)
@pytest.mark.parametrize("name", ORDINARY)
@pytest.mark.filterwarnings("ignore:n_fft=.* is too large")
def test_mfcc_agrees_with_librosa_under_every_option(name, options):
    expected = librosa.feature.mfcc(
        S=reference(SOUNDS[name])[1].T, n_mfcc=13, dct_type=options["dct_type"], lifter=options["lifter"],
        norm="ortho" if options["ortho"] else None,
    ).T  # fmt: skip
    ours = mfcc(SOUNDS[name], RATE, 13, bands=40, **options)
    np.testing.assert_allclose(ours, expected, rtol=0, atol=CLOSE * np.abs(expected).max())


@pytest.mark.parametrize("name", ["constant", "a chirp", "full scale"])
def test_what_has_silent_bands_beside_loud_ones_agrees_with_librosa_above_the_rounding(name):
    """Bands far below the loudest are less exact in float32; with a floor above them nothing is left of it."""
    power, _ = reference(SOUNDS[name])
    assert (power.min(axis=1) < 1e-7 * power.max(axis=1)).any()
    floor = 1e-5 * float(power.max())
    expected = librosa.feature.mfcc(S=reference(SOUNDS[name], floor=floor)[1].T, n_mfcc=13).T
    ours = mfcc(SOUNDS[name], RATE, 13, bands=40, floor=floor)
    np.testing.assert_allclose(ours, expected, rtol=0, atol=CLOSE * np.abs(expected).max())


def clean_sounds():
    rng = np.random.default_rng
    voices = {
        f"{name}, {pitch} Hz": 0.5 * VOICES[name](pitch, 6400, RATE, rng(character))
        for name, pitch, character in itertools.product(VOICES, (147, 900, 2500), (0, 5))
    }
    time = np.arange(6400) / RATE
    return {**voices, **{f"{f} Hz": 0.5 * np.sin(2 * np.pi * f * time) for f in (50, 440, 5000)}}


@pytest.mark.parametrize(
    "sound", [*clean_sounds().values(), chirp(), SOUNDS["full scale"], SOUNDS["constant"]]
)
def test_mfcc_of_a_sound_without_noise_agrees_with_librosa_a_little_less_closely(sound):
    expected = librosa.feature.mfcc(S=reference(sound, bands=64)[1].T, n_mfcc=20).T
    np.testing.assert_allclose(mfcc(sound, RATE), expected, rtol=0, atol=1e-4 * np.abs(expected).max())


@pytest.mark.parametrize("sound", clean_sounds().values(), ids=clean_sounds())
def test_weak_bands_are_right_to_a_tenth_of_a_decibel_down_to_90_below_the_loudest(sound):
    ours = log_mel(sound, RATE, floor=1e-38).astype(np.float64)
    decibels = reference(sound, bands=64, floor=1e-38)[1]
    near = decibels >= decibels.max(axis=1, keepdims=True) - 90
    assert near.any(axis=1).all()
    np.testing.assert_allclose(ours[near], decibels[near], rtol=0, atol=0.1)


def test_the_options_of_the_spectrogram_reach_the_cepstrum():
    for options in OPTIONS.values():
        given_options = {"bands": 40, **options}
        rate = given_options.pop("rate", RATE)
        whole = mfcc(SOUNDS["noise"], rate, given_options["bands"], **given_options)
        spectrogram = log_mel(SOUNDS["noise"], rate, **given_options)
        np.testing.assert_allclose(
            np.linalg.norm(whole, axis=1), np.linalg.norm(spectrogram, axis=1), rtol=1e-5
        )


def test_a_lifter_is_counted_from_one_as_librosa_does():
    flat, lifted = (mfcc(SOUNDS["noise"], RATE, 13, lifter=each) for each in (0, 22))
    expected = [1 + 11 * np.sin(np.pi * (m + 1) / 22) for m in range(13)]
    np.testing.assert_allclose(lifted / flat, np.tile(expected, (len(flat), 1)), rtol=1e-5)
    assert np.argmax(expected) == 10, "m + 1 = l / 2"


# The mel scale and its filters


@pytest.mark.parametrize("htk", [False, True])
def test_the_mel_scale_is_librosas(htk):
    hertz = np.concatenate([np.linspace(0, 24000, 997), [999.999, 1000, 1000.001, 1e9]])
    np.testing.assert_allclose(hz_to_mel(hertz, htk=htk), librosa.hz_to_mel(hertz, htk=htk), rtol=1e-12)
    mels = librosa.hz_to_mel(hertz, htk=htk)
    np.testing.assert_allclose(mel_to_hz(mels, htk=htk), librosa.mel_to_hz(mels, htk=htk), rtol=1e-12)


@given(st.floats(0, 1e6), st.booleans())
def test_there_and_back(hertz, htk):
    np.testing.assert_allclose(mel_to_hz(hz_to_mel(hertz, htk=htk), htk=htk), hertz, rtol=1e-9, atol=1e-9)


@given(st.floats(0, 1e5), st.floats(1e-3, 1e5), st.booleans())
def test_higher_is_higher(hertz, more, htk):
    low, high = hz_to_mel([hertz, hertz + more], htk=htk)
    assert low < high


@pytest.mark.parametrize("htk", [False, True])
def test_even_steps_below_and_even_ratios_above(htk):
    if not htk:
        np.testing.assert_allclose(np.diff(hz_to_mel(np.arange(0, 1001, 100))), 1.5)
        np.testing.assert_allclose(hz_to_mel(6400.0) - hz_to_mel(1000.0), 27)
    assert hz_to_mel(0, htk=htk) == 0
    assert hz_to_mel(1000, htk=htk) == pytest.approx(1000 if htk else 15, rel=1e-4)
    octaves = np.diff(hz_to_mel([2e5, 4e5, 8e5], htk=htk))
    assert octaves[0] == pytest.approx(octaves[1], rel=1e-2)


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from([8000, 11025, 16000, 44100]),
    st.integers(1, 2048),
    st.integers(1, 140),
    st.booleans(),
    st.booleans(),
    st.sampled_from([(0.0, None), (300.0, 3400.0), (0.0, 1.0), (20.0, 50_000.0)]),
)
@pytest.mark.filterwarnings("ignore:Empty filters")
def test_the_filters_are_librosas(rate, length, bands, htk, equal_area, edges):
    low, high = edges
    ours = mel_filters(rate, length, bands, low=low, high=high, htk=htk, equal_area=equal_area)
    theirs = librosa.filters.mel(
        sr=rate, n_fft=length, n_mels=bands, fmin=low, fmax=high, htk=htk, dtype=np.float64,
        norm="slaney" if equal_area else None,
    )  # fmt: skip
    assert ours.shape == (bands, 1 + length // 2)
    np.testing.assert_allclose(ours, theirs, rtol=1e-7, atol=1e-9 * theirs.max())


def test_filters_of_equal_area_have_area_one():
    fine = mel_filters(16000, 1 << 16, 20)
    np.testing.assert_allclose(fine.sum(axis=1) * 16000 / (1 << 16), 1, rtol=1e-3)
    np.testing.assert_allclose(mel_filters(16000, 1 << 16, 20, equal_area=False).max(axis=1), 1, rtol=1e-2)


def test_filters_of_height_one_add_up_to_one_between_the_first_and_the_last_peak():
    filters = mel_filters(16000, 4096, 20, equal_area=False)
    first, last = filters[0].argmax() + 1, filters[-1].argmax()
    np.testing.assert_allclose(filters.sum(axis=0)[first:last], 1, rtol=1e-12)


def test_filters_by_hand():
    """Below 1,000 Hz Slaney's scale is straight: edges every 200 Hz, a spectrum every 100 Hz."""
    filters = mel_filters(1600, 16, 3, high=800.0, equal_area=False)
    expected = [
        [0, 0.5, 1, 0.5, 0, 0, 0, 0, 0],
        [0, 0, 0, 0.5, 1, 0.5, 0, 0, 0],
        [0, 0, 0, 0, 0, 0.5, 1, 0.5, 0],
    ]
    np.testing.assert_allclose(filters, expected, atol=1e-12)
    np.testing.assert_allclose(mel_filters(1600, 16, 3, high=800.0), filters / 200)


def test_wholly_above_half_the_rate_is_nothing():
    assert not mel_filters(8000, 256, 4, low=4500.0, high=9000.0).any()


# Deltas


@pytest.mark.parametrize("reach", [1, 2, 4])
@pytest.mark.parametrize(("whole_lines", "mode"), [(False, "nearest"), (True, "interp")])
def test_deltas_agree_with_librosa_at_the_ends_too(reach, whole_lines, mode):
    for frames in (2 * reach + 1, 40):
        values = np.random.default_rng(reach).normal(0, 50, (frames, 13))
        expected = librosa.feature.delta(values.T, width=2 * reach + 1, mode=mode).T
        ours = deltas(values, reach, whole_lines=whole_lines)
        np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-12 * np.abs(values).max())
        single = deltas(values.astype(np.float32), reach, whole_lines=whole_lines)
        assert single.dtype == np.float32
        np.testing.assert_allclose(single, expected, rtol=0, atol=CLOSE * np.abs(expected).max())


def test_deltas_of_a_batch_are_those_of_each():
    values = np.random.default_rng(0).normal(size=(2, 3, 9, 4))
    for whole_lines in (False, True):
        together = deltas(values, whole_lines=whole_lines)
        np.testing.assert_array_equal(together[1, 2], deltas(values[1, 2], whole_lines=whole_lines))


def test_whole_lines_make_nothing_up_at_the_ends():
    line = 2.5 * np.arange(9.0)[:, None]
    np.testing.assert_allclose(deltas(line, whole_lines=True), 2.5)
    assert deltas(line)[0, 0] == pytest.approx(1.25)


# What may not change


def test_the_sound_vector_is_the_one_that_the_shipped_networks_were_trained_on():
    """Its recipe, written out with librosa: 32 Slaney bands of equal area, Hann, 32 ms every 16 ms, 1e-5."""
    sound = SOUNDS["a scene"]
    bel = reference(sound, bands=32, floor=1e-5)[1] / 10 + 5
    slope = librosa.feature.delta(bel.T, width=5, mode="nearest").T
    blocks = [bel.mean(axis=0), bel.max(axis=0), bel.std(axis=0), np.abs(slope).mean(axis=0)]
    np.testing.assert_allclose(sound_vector(sound, RATE), np.concatenate(blocks), atol=CLOSE * 7.8)


def test_the_filters_that_are_kept_cannot_be_changed_by_a_caller():
    before = log_mel(SOUNDS["noise"], RATE, 24)
    mel_filters(RATE, 512, 24)[:] = 0
    np.testing.assert_array_equal(log_mel(SOUNDS["noise"], RATE, 24), before)


# Batches


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 3), st.integers(1, 4), st.integers(9, 700), st.integers(1, 500))
def test_a_batch_gives_what_each_sound_gives_whatever_the_pieces(many, more, count, piece):
    import sys

    batch = np.random.default_rng(count).normal(0, 0.1, (many, more, count))
    one_by_one = [[mfcc(sound, RATE, 5, bands=8) for sound in row] for row in batch]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys.modules["mmseg_edu.features.spectrogram"], "_PIECE", piece)
        together = mfcc(batch, RATE, 5, bands=8)
    np.testing.assert_allclose(together, one_by_one, rtol=0, atol=CLOSE * np.abs(together).max())


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda x: hz_to_mel(-1.0), "frequency must be 0 Hz or more, got -1: the scale begins at 0"),
        (lambda x: hz_to_mel([5.0, np.nan]), "frequency must be 0 Hz or more, got nan"),
        (lambda x: mel_to_hz(-3), "mel must be 0 mel or more, got -3"),
        (lambda x: mel_filters(0, 512), "rate must be a whole number of Hz, 1 or more, got 0"),
        (lambda x: mel_filters(RATE, 51.2), "length must be a whole number of samples, 1 or more, got 51.2"),
        (lambda x: mel_filters(RATE, 512, 0), "bands must be a whole number, 1 or more, got 0"),
        (
            lambda x: mel_filters(RATE, 512, low=4000.0, high=300.0),
            r"0 <= low < high, got low=4000.0, high=300.0 Hz: low=0 .* rate / 2 = 8000 Hz",
        ),
        (lambda x: log_mel(x, RATE, low=8000.0), "0 <= low < high, got low=8000.0, high=8000.0 Hz"),
        (lambda x: log_mel(x, RATE, low=-1.0), "0 <= low < high, got low=-1.0"),
        (lambda x: log_mel(x, RATE, high=np.inf), "0 <= low < high, got low=0.0, high=inf"),
        (lambda x: log_mel(x, RATE, low=np.nan), "0 <= low < high, got low=nan"),
        (lambda x: log_mel(x, RATE, True), "bands must be a whole number, 1 or more, got True"),
        (lambda x: log_mel(x, RATE, power=0), "power must be above 0 and at most 2, got 0: 2 is energy"),
        (lambda x: log_mel(x, RATE, power=2.5), "power must be above 0 and at most 2, got 2.5"),
        (lambda x: log_mel(x, RATE, power=np.nan), "power must be above 0 and at most 2, got nan"),
        (
            lambda x: log_mel(x, RATE, taper=lambda n: np.ones(n - 1)),
            r"taper must give shape \(512,\) with weights in \[-1, 1\], got \(511,\)",
        ),
        (lambda x: log_mel(x, RATE, taper=lambda n: np.full(n, 2.0)), r"got \(512,\) up to 2: divide by"),
        (lambda x: log_mel(x, RATE, taper=lambda n: np.full(n, np.nan)), r"got \(512,\) up to nan"),
        (lambda x: mfcc(x, RATE, dct_type=4), "dct_type must be 1 .*, 2 or 3, got 4 with 64 bands: 2 is"),
        (lambda x: mfcc(x, RATE, 1, bands=1, dct_type=1), "got 1 with 1 bands"),
        (lambda x: mfcc(x, RATE, dct_type=2.0), "dct_type must be a whole number, 1 or more, got 2.0: 2 is"),
        (lambda x: mfcc(x, RATE, dct_type=True), "dct_type must be a whole number, 1 or more, got True"),
        (
            lambda x: log_mel(x, RATE, window=512),
            "1,048,576 at most .*66 s.*, got 512 s: .* seconds, not samples",
        ),
        (lambda x: log_mel(x, RATE, hop=256), "hop must last .* got 256 s: times are in seconds"),
        (lambda x: log_mel(x, RATE, floor=1e39), r"finite, 1e\+38 or less, got 1e\+39"),
        (
            lambda x: log_mel(x, RATE, low=1000, high=np.nextafter(1000, 2000)),
            "must lie apart, got 66 .* low=1000",
        ),
        (lambda x: mel_filters(RATE, 512, 3, high=1e-322), "must lie apart, got 5 .* high=1e-322 .* widen"),
        (lambda x: mel_filters(RATE, 512, 3, high=1e-14, htk=True), "must lie apart, got 5"),
        (lambda x: mfcc(x, RATE, lifter=-1), "lifter must be 0 or more and finite, got -1: 0 is none"),
        (lambda x: mfcc(x, RATE, lifter=np.nan), "lifter must be 0 or more and finite, got nan"),
        (lambda x: deltas(np.zeros((4, 2)), whole_lines=True), "2 reach \\+ 1 = 5 frames or more .* got 4"),
    ],
)
def test_bad_options_say_the_rule_what_came_and_what_to_do(call, says):
    with pytest.raises(ValueError, match=says):
        call(SOUNDS["noise"])


def test_a_window_by_name_is_refused():
    with pytest.raises(TypeError, match=r"taper must be a function .*, got 'hamming': use numpy\.hamming"):
        log_mel(SOUNDS["noise"], RATE, taper="hamming")


@pytest.mark.parametrize("features", [np.ones((4, 2)) * 1j, [["1", "2"]]])
def test_slopes_of_what_is_no_real_number_are_refused(features):
    with pytest.raises(TypeError, match=r"features must be real numbers, got .*: take np\.abs"):
        deltas(features)


def test_edges_a_hair_apart_still_make_filters():
    filters = mel_filters(RATE, 512, 64, low=1000.0, high=1000.0 + 1e-7)
    assert np.isfinite(filters).all()
    assert (filters >= 0).all()


def test_the_longest_frame_is_two_to_the_twentieth_samples():
    assert log_mel(SOUNDS["noise"], 1000, 2, window=2**20 / 1000, hop=2**20 / 1000).shape == (1, 2)
    with pytest.raises(ValueError, match="window must last"):
        log_mel(SOUNDS["noise"], 1000, 2, window=(2**20 + 1) / 1000)


def test_the_first_call_needs_neither_librosa_nor_scipys_filters():
    """Importing either costs a second of every student's first cell."""
    import subprocess
    import sys

    code = (
        "import sys, numpy as np; from mmseg_edu import features; x = np.zeros(16000)\n"
        "features.mfcc(x, 16000); features.log_mel(x, 16000)\n"
        "assert not {'librosa', 'numba', 'scipy.signal'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
