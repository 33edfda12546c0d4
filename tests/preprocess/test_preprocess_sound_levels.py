"""Levels: samples as they were stored, loudness, ratios of sound to noise, and where silence is."""

import io
import math
import wave

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.io import wavfile

from mmseg_edu.preprocess.sound import clipped_share, mix, rms, snr, to_float, to_mono, trim_silence


def noise(seed=0, count=4000):
    return np.random.default_rng(seed).standard_normal(count) * 0.1


# Samples as they were stored


@pytest.mark.parametrize(
    ("dtype", "bits", "stored", "expected"),
    [
        (np.uint8, None, [0, 64, 128, 255], [-1, -0.5, 0, 127 / 128]),
        (np.int16, None, [-32768, -16384, 0, 32767], [-1, -0.5, 0, 32767 / 32768]),
        (">i2", None, [-32768, 16384], [-1, 0.5]),
        (np.int32, None, [-(2**31), 0, 2**30], [-1, 0, 0.5]),
        (np.int32, 24, [-(2**23), 2**22, 2**23 - 1], [-1, 0.5, 1 - 2**-23]),
        (np.float16, None, [-1, 0.25, 1], [-1, 0.25, 1]),
        (np.float64, None, [-1, 0.25, 1 + 1e-6], [-1, 0.25, 1]),
    ],
)
def test_each_kind_of_sample_by_hand(dtype, bits, stored, expected):
    wave_ = to_float(np.array(stored, dtype), bits=bits)
    assert wave_.dtype == np.float32
    np.testing.assert_array_equal(wave_, np.float32(expected))


@given(st.sampled_from(["uint8", "int16", "int32"]), st.integers(0, 99))
def test_nothing_leaves_full_scale_and_order_stays(dtype, seed):
    info = np.iinfo(dtype)
    stored = np.sort(np.random.default_rng(seed).integers(info.min, info.max, 50, dtype, endpoint=True))
    for each in (stored, np.array([info.min, info.max], dtype)):
        made = to_float(each)
        assert np.abs(made).max() <= 1
        assert (np.diff(made) >= 0).all()


def test_sixteen_bits_come_back_exactly():
    every = np.arange(-32768, 32768).astype(np.int16)
    np.testing.assert_array_equal((to_float(every) * 32768).astype(np.int16), every)


@pytest.mark.parametrize("width", [1, 2, 3, 4])
@pytest.mark.parametrize("channels", [1, 2])
def test_what_scipy_reads_of_a_file_of_any_width(width, channels):
    tone = np.sin(2 * np.pi * 440 * np.arange(800 * channels) / 8000).reshape(-1, channels)
    whole = np.round(tone * (2 ** (8 * width - 1) - 1)).astype(np.int64)
    whole += 128 * (width == 1)
    raw = b"".join(int(v).to_bytes(width, "little", signed=width > 1) for v in whole.ravel())
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setparams((channels, width, 8000, 0, "NONE", ""))
        out.writeframes(raw)
    _, stored = wavfile.read(io.BytesIO(file.getvalue()))
    np.testing.assert_allclose(
        to_float(stored).reshape(-1, channels), tone, atol=2.0 ** (2 - 8 * width) + 1e-7
    )


@pytest.mark.parametrize("shape", [(100, 2), (2, 100), (100, 1), (1, 100), (9, 8), (8, 9)])
def test_the_short_axis_holds_the_channels(shape):
    stored = np.arange(math.prod(shape), dtype=np.int16).reshape(shape)
    made = to_float(stored)
    assert made.shape == (max(shape), min(shape))
    np.testing.assert_array_equal(made, to_float(stored if shape[0] > shape[1] else stored.T))


@pytest.mark.parametrize("shape", [(8, 8), (2, 2), (5, 3), (9, 9), (64, 1000), (0, 2)])
def test_where_either_axis_could_be_meant_it_must_be_said(shape):
    stored = np.zeros(shape, np.int16)
    with pytest.raises(ValueError, match="could hold their channels in either axis: say channel_axis=1"):
        to_float(stored)
    assert to_float(stored, channel_axis=1).shape == to_float(stored, channel_axis=-1).shape == shape
    assert to_float(stored, channel_axis=0).shape == to_float(stored, channel_axis=-2).shape == shape[::-1]


def test_any_number_of_channels_goes_on_to_mono():
    stored = np.random.default_rng(0).integers(-9999, 9999, (64, 500)).astype(np.int16)
    np.testing.assert_allclose(
        to_mono(to_float(stored, channel_axis=0)), stored.mean(axis=0) / 32768, atol=1e-6
    )


# How much is clipped


@given(st.floats(1.0, 50), st.integers(0, 9))
def test_of_a_sine_turned_up_the_share_is_known(gain, seed):
    phase = np.random.default_rng(seed).uniform(0, 7)
    tone = np.sin(2 * np.pi * np.arange(20_000) * 0.0371 + phase)
    share = clipped_share(np.clip(gain * tone, -1, 1))
    assert share == pytest.approx(1 - 2 / np.pi * math.asin(1 / gain), abs=0.01)


def test_clipped_at_the_limit():
    assert clipped_share(np.array([32767 / 32768, -1, 32766 / 32768, 0])) == 0.5
    assert clipped_share(to_float(np.array([255, 0, 128], np.uint8)), 127 / 128) == pytest.approx(2 / 3)
    assert clipped_share(np.ones((4, 2))) == 1
    assert clipped_share(0.5 * np.clip(3 * noise(), -0.1, 0.1)) == 0


# Loudness and ratios


@given(st.floats(1e-300, 1e3), st.integers(1, 50))
def test_rms_is_linear_even_where_squares_vanish(scale, seed):
    sound = np.random.default_rng(seed).standard_normal(seed)
    assert rms(scale * sound) == pytest.approx(scale * math.sqrt((sound**2).mean()), rel=1e-9)


@given(st.floats(1e-200, 1e3), st.floats(1e-200, 1e3))
def test_ratio_of_known_levels(a, b):
    square = np.tile([1.0, -1.0], 50)
    assert snr(a * square, b * square[:30]) == pytest.approx(20 * (math.log10(a) - math.log10(b)), abs=1e-9)


def test_ratio_beside_silence():
    assert snr(noise(), np.zeros(5)) == math.inf
    assert snr(np.zeros(5), noise()) == -math.inf


@given(st.floats(-60, 60), st.floats(1e-3, 5), st.floats(1e-3, 5), st.integers(0, 9))
def test_what_was_mixed_has_the_ratio_asked_for(wanted, loud, beside, seed):
    sound, hiss = loud * noise(seed, 300), beside * noise(seed + 1, 300)
    mixed = mix(sound, hiss, wanted)
    assert np.abs(mixed).max() <= 1
    parts, *_ = np.linalg.lstsq(np.stack([sound, hiss], axis=1), mixed, rcond=None)
    assert snr(parts[0] * sound, parts[1] * hiss) == pytest.approx(wanted, abs=1e-6)
    np.testing.assert_allclose(parts @ [sound, hiss], mixed, atol=1e-9)
    assert parts[0] == pytest.approx(1) or np.abs(mixed).max() == pytest.approx(1), (
        "turned down only if needed"
    )


def test_a_mixture_takes_the_type_of_its_sound_and_spares_its_inputs():
    sound, hiss = noise(1).astype(np.float32), noise(2)
    before = sound.copy(), hiss.copy()
    assert mix(sound, hiss, 6).dtype == np.float32
    np.testing.assert_array_equal([*before], [sound, hiss])
    alone = mix(sound, np.zeros(4000), math.inf)
    np.testing.assert_array_equal(alone, sound)
    assert not np.shares_memory(alone, sound)


# Silence


@given(st.integers(0, 40), st.integers(1, 60), st.integers(0, 40), st.floats(-80, -1), st.integers(1, 9))
def test_what_is_trimmed_is_soft_and_what_stays_starts_and_ends_loud(
    before, middle, after, threshold, length
):
    random = np.random.default_rng(before + 100 * middle)
    sound = np.concatenate([np.zeros(before), random.uniform(-1, 1, middle), np.zeros(after)])
    sound += 1e-3 * random.uniform(-1, 1, len(sound))
    trimmed, (start, end) = trim_silence(sound, 1000, threshold, frame=length / 1000)
    first, last = round(start * 1000), round(end * 1000)
    np.testing.assert_array_equal(trimmed, sound[first:last])
    frames = [sound[i : i + length] for i in range(0, len(sound), length)]
    levels = 20 * np.log10([rms(frame) for frame in frames])
    loud = [i for i, level in enumerate(levels) if level >= levels.max() + threshold]
    assert (first, last) == (loud[0] * length, min((loud[-1] + 1) * length, len(sound)))
    again, span = trim_silence(trimmed, 1000, threshold, frame=length / 1000)
    np.testing.assert_array_equal(again, trimmed)
    assert span == (0, pytest.approx(end - start))


@given(st.floats(1e-30, 1e6))
def test_how_loud_the_recording_is_does_not_matter(scale):
    sound = np.concatenate([np.zeros(100), noise(count=333), np.zeros(90)])
    assert trim_silence(scale * sound, 1000)[1] == trim_silence(sound, 1000)[1] == (0.1, 0.44)


def test_at_zero_only_the_loudest_frames_bound_it():
    sound = np.repeat([0.1, 0.5, 0.2, 0.5, 0.4], 20)
    assert trim_silence(sound, 1000, 0.0)[1] == (0.02, 0.08)
    assert trim_silence(sound, 1000, -np.inf)[1] == (0.0, 0.1)


def test_trimming_gives_a_copy():
    sound = noise()
    trimmed, _ = trim_silence(sound, 8000)
    assert not np.shares_memory(trimmed, sound)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: to_float(np.zeros(9, np.int64)), TypeError, r"uint8, int16, int32 or floating point, got int64"),
        (lambda: to_float(np.zeros(9, bool)), TypeError, "got bool"),
        (lambda: to_float(np.zeros(9, np.int8)), TypeError, "got int8"),
        (lambda: to_float(np.zeros((9, 3), np.uint8)), ValueError, "could be 24-bit samples of three bytes"),
        (lambda: to_float(np.zeros((9, 2, 2), np.int16)), ValueError, r"got \(9, 2, 2\): give one sound"),
        (lambda: to_float(np.int16(3)), ValueError, r"\(N,\), \(N, C\) or \(C, N\), got \(\)"),
        (lambda: to_float(np.zeros((9, 2)), channel_axis=2), ValueError, "channel_axis must be 0 .* got 2"),
        (lambda: to_float(np.array([1.001])), ValueError, r"in \[-1, 1\], got 1.001: divide them"),
        (lambda: to_float(np.array([2**23], np.int32), bits=24), ValueError, "upper three bytes; leave bits out"),
        (lambda: to_float(np.array([1], np.int16), bits=24), ValueError, "bits must be 24, and .* int16"),
        (lambda: to_float(np.array([1], np.int32), bits=16), ValueError, "bits must be 24, .* got bits=16"),
        (lambda: clipped_share(np.zeros(9), 0), ValueError, "level must be above 0 .* got 0"),
        (lambda: clipped_share(np.zeros(9), 1.5), ValueError, "at most 1, got 1.5"),
        (lambda: rms(np.zeros((9, 2))), ValueError, "use to_mono"),
        (lambda: snr(np.zeros(9), np.zeros(4)), ValueError, "must not both be silent"),
        (lambda: mix(np.ones(9), np.ones(8), 3), ValueError, r"as many samples as the sound, 9, got 8: .*resize"),
        (lambda: mix(np.zeros(9), np.ones(9), 3), ValueError, "for an SNR of 3 dB, got a silent sound"),
        (lambda: mix(np.ones(9), np.zeros(9), 3), ValueError, "got a silent noise: .*snr_db=np.inf"),
        (lambda: mix(np.full(9, 1e-200), np.full(9, 1e200), 3), ValueError, "levels that floats can compare"),
        (lambda: mix(np.full(9, 5e-324), np.ones(9), 3), ValueError, "bring both to full scale first"),
        (lambda: mix(np.ones(9), np.ones(9), np.nan), ValueError, "dB or be np.inf, got nan"),
        (lambda: mix(np.ones(9), np.ones(9), -np.inf), ValueError, "got -inf"),
        (lambda: mix(np.ones(9), np.ones(9), 201), ValueError, r"in \[-200, 200\] dB"),
        (lambda: trim_silence(np.ones(9), 8000, 1), ValueError, "threshold must be 0 dB or less, got 1"),
        (lambda: trim_silence(np.ones(9), 8000, np.nan), ValueError, "threshold must be"),
        (lambda: trim_silence(np.ones(9), 8000, frame=0), ValueError, "frame must last a sample or more"),
        (lambda: trim_silence(np.ones(9), 8000, frame=np.inf), ValueError, "frame must last"),
        (lambda: trim_silence(np.ones(9), 0), ValueError, "rate must be a whole number"),
        (lambda: trim_silence(np.ones((9, 2)), 8000), ValueError, "use to_mono"),
    ],
)  # fmt: skip
def test_refuses(call, error, text):
    with pytest.raises(error, match=text):
        call()
