"""What every function of the room makes of NaN, no samples, silence and a clipped sound, in one table."""

import inspect
import math

import numpy as np
import pytest

from mmseg_edu.preprocess import sound as room

REFUSED = "refused"
WINDOW = room.hann(64)


def tail(value):
    """The waveform among what a function returns."""
    return value[0] if isinstance(value, tuple) else value


# name: (how to call it with a sound of 2000 samples, what it makes of no samples, and of silence)
TABLE = {
    "to_float": (room.to_float, (0,), "zeros"),
    "to_mono": (room.to_mono, (0,), "zeros"),
    "clipped_share": (room.clipped_share, 0.0, 0.0),
    "resample": (lambda x: room.resample(x, 8000, 6000), (0,), "zeros"),
    "remove_dc": (room.remove_dc, (0,), "zeros"),
    "bandpass": (lambda x: room.bandpass(x, 8000, 200, 2000), (0,), "zeros"),
    "lowpass": (lambda x: room.lowpass(x, 8000, 2000), (0,), "zeros"),
    "highpass": (lambda x: room.highpass(x, 8000, 200), (0,), "zeros"),
    "preemphasis": (room.preemphasis, (0,), "zeros"),
    "rms": (room.rms, 0.0, 0.0),
    "normalize_loudness": (room.normalize_loudness, (0,), "zeros"),
    "snr": (lambda x: room.snr(x, np.full(9, 0.01)), -math.inf, -math.inf),
    "mix": (lambda x: room.mix(x, np.resize(np.array([0.1, -0.2]), len(x)), 10), REFUSED, REFUSED),
    "trim_silence": (lambda x: room.trim_silence(x, 8000), (0,), (0,)),
    "split_frames": (lambda x: room.split_frames(x, 64, 16), REFUSED, "zeros"),
    "stft": (lambda x: room.stft(x, WINDOW, 16), (1, 33), "zeros"),
    "istft": (lambda x: room.istft(np.full((5, 33), x.mean() if x.size else 0) + 0j, WINDOW, 16), (64,), "zeros"),
}  # fmt: skip
# They take no sound: windows and responses, which their own tests try at every limit.
WITHOUT_SOUND = {"hann", "hamming", "blackman", "overlap_sum", "RATE"}
WITHOUT_SOUND |= {f"{name}_response" for name in ("bandpass", "lowpass", "highpass", "preemphasis")}

CLIPPED = np.clip(3 * np.sin(2 * np.pi * 440 * np.arange(2000) / 8000), -1, 1)


def test_the_table_is_whole():
    assert set(TABLE) | WITHOUT_SOUND == set(room.__all__)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", TABLE)
@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_nan_is_refused(name, dtype, wrong):
    call = TABLE[name][0]
    sound = np.full(2000, 0.1, dtype)
    sound[77] = wrong
    with pytest.raises(ValueError, match="must be finite, got NaN or infinity"):
        call(sound)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("name", sorted(set(TABLE) - {"to_float", "istft"}))
def test_samples_near_the_largest_number_are_refused_or_give_numbers(name, dtype):
    """A sum of two such is infinite: no infinity, no NaN and no warning may come of it."""
    largest = np.finfo(dtype).max
    for pattern in ([1, -1], [1, -1, -1, -1], [1, 1, 1, -1, -1, 1], [1]):
        sound = np.resize(np.array(pattern, dtype) * largest, 2000)
        try:
            value = tail(TABLE[name][0](sound))
        except ValueError as error:
            refused = str(error)
        else:
            refused = "" if np.isfinite(value).all() else "not finite"
        assert (
            refused == "" or "bring it to full scale first" in refused or "that floats can compare" in refused
        )


def test_sums_that_leave_single_precision_are_named():
    largest = np.finfo(np.float32).max
    sound = np.array([largest, -largest, -largest, -largest], np.float32)
    for call in (room.remove_dc, room.preemphasis, lambda x: room.stft(np.resize(x, 200), WINDOW, 16)):
        with pytest.raises(ValueError, match=r"leave room for sums in float32, got samples of up to 3\.4"):
            call(sound)
    np.testing.assert_allclose(
        room.remove_dc(sound / 4), [largest * 0.375] + 3 * [-largest * 0.125], rtol=1e-6
    )


@pytest.mark.parametrize("wrong", ["1000", [1000], np.array([0.5]), True, 1j])
def test_a_setting_that_is_no_number_is_named(wrong):
    x = np.sin(np.arange(4000.0))
    for name, call in {
        "cutoff": lambda: room.lowpass(x, 8000, wrong),
        "low": lambda: room.bandpass(x, 8000, wrong, 3000),
        "high": lambda: room.bandpass_response([1.0], 8000, 10, wrong),
        "coefficient": lambda: room.preemphasis(x, wrong),
        "level": lambda: room.normalize_loudness(x, wrong),
        "peak": lambda: room.normalize_loudness(x, -20, peak=wrong),
        "snr_db": lambda: room.mix(x, x, wrong),
        "threshold": lambda: room.trim_silence(x, 8000, wrong),
        "frame": lambda: room.trim_silence(x, 8000, frame=wrong),
    }.items():
        with pytest.raises(TypeError, match=f"{name} must be a number, got"):
            call()
    with pytest.raises(TypeError, match="level must be a number"):
        room.clipped_share(x, wrong)


def test_an_edge_that_double_precision_cannot_tell_from_0_is_named():
    for call in (room.highpass, room.lowpass):
        with pytest.raises(ValueError, match="far enough from 0"):
            call(np.sin(np.arange(4000.0)), 16000, 1e-5)


@pytest.mark.parametrize("name", ["snr", "mix"])
def test_nan_in_the_noise_is_refused_too(name):
    noise = np.full(50, np.nan)
    with pytest.raises(ValueError, match="must be finite"):
        getattr(room, name)(np.ones(50), noise, *([3] if name == "mix" else []))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", ["no samples", "silence"])
@pytest.mark.parametrize("name", TABLE)
def test_no_samples_and_silence(name, kind, dtype):
    call, *expected = TABLE[name]
    expected = expected[kind == "silence"]
    sound = np.zeros(2000 if kind == "silence" else 0, dtype)
    if expected == REFUSED:
        with pytest.raises(ValueError, match=r"must not be silent|at least length"):
            call(sound)
        return
    value = tail(call(sound))
    if isinstance(expected, float):
        assert value == expected
        return
    if isinstance(expected, tuple):
        assert value.shape == expected
    else:
        assert value.size > 0
    assert not value.any(), "silence stays silence, to the last bit"
    if name != "istft":
        assert np.result_type(value) in (dtype, np.result_type(dtype, np.complex64), np.float32)


@pytest.mark.parametrize("name", TABLE)
def test_a_clipped_sound_is_taken_as_it_is(name):
    """Nobody repairs it or refuses it, its input is left alone, and what comes back is finite."""
    call, before = TABLE[name][0], CLIPPED.copy()
    value = tail(call(CLIPPED))
    assert np.isfinite(value).all()
    np.testing.assert_array_equal(CLIPPED, before)
    assert room.clipped_share(CLIPPED) > 0.7


@pytest.mark.parametrize("name", ["to_float", "to_mono"])
def test_where_nothing_but_the_form_changes_the_tops_stay(name):
    np.testing.assert_array_equal(
        TABLE[name][0](CLIPPED), CLIPPED.astype(np.float32) if name == "to_float" else CLIPPED
    )


def test_turned_down_the_tops_are_flat_and_no_longer_at_full_scale():
    for softer in (
        room.normalize_loudness(CLIPPED),
        room.mix(CLIPPED, 0.1 * CLIPPED, 10)[:0],
        room.remove_dc(CLIPPED + 0.1) / 2,
    ):
        assert room.clipped_share(softer) == 0


@pytest.mark.parametrize("name", TABLE)
def test_the_docstring_says_so(name):
    words = inspect.getdoc(getattr(room, name))
    for word in ("NaN", "lipp", "ilen"):
        assert word in words or "as for :func:`bandpass`" in words, f"{name} says nothing about {word}"
    assert any(each in words.lower() for each in ("no samples", "0 samples", "shorter than one frame")), name


@pytest.mark.parametrize("name", sorted(set(room.__all__) - {"RATE"}))
def test_integers_are_refused_by_all_but_the_one_that_converts_them(name):
    if name in TABLE and name not in ("to_float", "istft"):
        with pytest.raises(TypeError, match="floating point, got int16"):
            TABLE[name][0](np.ones(2000, np.int16))
