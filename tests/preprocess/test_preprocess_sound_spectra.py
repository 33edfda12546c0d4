"""Windows by their sums, the short-time Fourier transform by loops and by librosa, and the way back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import get_window

from mmseg_edu.preprocess.sound import blackman, hamming, hann, istft, overlap_sum, stft

WINDOWS = {"hann": hann, "hamming": hamming, "blackman": blackman}


def noise(seed=0, count=1000):
    return np.random.default_rng(seed).uniform(-1, 1, count)


@pytest.mark.parametrize("name", WINDOWS)
@pytest.mark.parametrize("length", [1, 2, 3, 8, 511, 512])
def test_windows_are_scipys_periodic_ones(name, length):
    window = WINDOWS[name](length)
    np.testing.assert_allclose(window, get_window(name, length), atol=1e-15)
    assert window.shape == (length,)
    assert window.dtype == np.float64
    assert window.max() <= 1
    assert window.min() >= {"hann": 0, "hamming": 0.08, "blackman": -1e-15}[name]
    np.testing.assert_allclose(window[1:], window[1:][::-1], atol=1e-12, err_msg="symmetric about its middle")


@given(st.integers(1, 200), st.integers(1, 60))
def test_overlapping_windows_by_a_loop(length, hop):
    window = noise(length, length)
    long = np.zeros(hop * (2 * length + 3))
    for first in range(0, len(long), hop):
        long[first : first + length] += window[: len(long) - first]
    np.testing.assert_allclose(overlap_sum(window, hop), long[-hop:], atol=1e-12)


@given(st.integers(1, 128), st.integers(1, 4))
def test_windows_that_add_up_to_a_constant(half, part):
    np.testing.assert_allclose(overlap_sum(hann(2 * half), half), 1, atol=1e-12)
    np.testing.assert_allclose(overlap_sum(hamming(2 * half), half), 1.08, atol=1e-12)
    np.testing.assert_allclose(overlap_sum(blackman(3 * half), half), 1.26, atol=1e-12)
    np.testing.assert_allclose(overlap_sum(np.ones(part * half), half), part, atol=1e-12)
    np.testing.assert_allclose(overlap_sum(hann((part + 1) * half), half), (part + 1) / 2, atol=1e-12)


def test_a_hop_too_large_is_seen_in_the_sum():
    assert np.ptp(overlap_sum(hann(512), 300)) > 0.2
    assert overlap_sum(np.ones(3), 5).tolist() == [1, 1, 1, 0, 0]


@pytest.mark.parametrize(
    ("length", "hop", "count"), [(8, 2, 23), (7, 3, 20), (5, 5, 11), (4, 6, 13), (6, 2, 0), (1, 1, 4)]
)
def test_stft_by_loops(length, hop, count):
    sound, window = noise(count=count), 0.1 + np.abs(noise(3, length))
    frames = 1 + -(-count // hop)
    expected = np.zeros((frames, length // 2 + 1), complex)
    for t, f, n in np.ndindex(frames, length // 2 + 1, length):
        at = t * hop + n - length // 2
        if 0 <= at < count:
            expected[t, f] += window[n] * sound[at] * np.exp(-2j * np.pi * f * n / length)
    np.testing.assert_allclose(stft(sound, window, hop), expected, atol=1e-12)


def test_stft_agrees_with_librosa():
    import librosa

    sound = noise(count=4096)
    ours = stft(sound, hann(512), 128)
    theirs = librosa.stft(sound, n_fft=512, hop_length=128, window="hann", center=True, pad_mode="constant").T
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours, theirs, atol=1e-9)


@pytest.mark.parametrize("window", [hann(512), hamming(400), blackman(300), np.ones(256)])
def test_a_tone_in_the_middle_of_a_bin_reads_half_the_windows_sum(window):
    length = len(window)
    for f in (3, length // 4):
        sound = 0.7 * np.cos(2 * np.pi * f / length * np.arange(6 * length) + 0.4)
        spectrum = np.abs(stft(sound, window, length // 4))[8:-8]
        np.testing.assert_allclose(spectrum[:, f], 0.7 * window.sum() / 2, rtol=1e-3)
        assert set(spectrum.argmax(axis=1)) == {f}


def test_of_each_sample_the_energy_is_kept():
    """Parseval: with the whole circle of bins, the energy of all frames is that of the windowed samples."""
    sound, window = noise(count=300), hann(64)
    power = np.abs(stft(sound, window, 16)) ** 2
    whole = power.sum() * 2 - power[:, [0, -1]].sum()
    padded = np.pad(sound, 100)
    frames = [padded[c + 100 - 32 : c + 100 + 32] * window for c in range(0, 304 + 1, 16)]
    assert whole / 64 == pytest.approx(sum((frame**2).sum() for frame in frames))


@given(
    st.sampled_from(["hann", "hamming", "blackman", "ones"]),
    st.integers(2, 40),
    st.sampled_from([1, 2, 3, 4]),
    st.integers(0, 200),
    st.integers(0, 9),
)
def test_there_and_back_is_the_sound_itself(name, length, parts, count, seed):
    window = np.ones(length) if name == "ones" else WINDOWS[name](length)
    hop = max(1, length // (parts + (name != "ones")))
    sound = noise(seed, count)
    again = istft(stft(sound, window, hop), window, hop, count)
    assert again.shape == (count,)
    np.testing.assert_allclose(again, sound, atol=1e-10)


@pytest.mark.parametrize(
    ("dtype", "inner", "far"), [(np.float32, np.complex64, 1e-6), (np.float64, np.complex128, 1e-13)]
)
def test_many_sounds_each_for_itself_in_their_own_precision(dtype, inner, far):
    sounds = noise(count=6 * 700).reshape(2, 3, 700).astype(dtype)
    spectra = stft(sounds, hann(64), 16)
    assert spectra.dtype == inner
    assert spectra.shape == (2, 3, 45, 33)
    np.testing.assert_array_equal(spectra[1, 2], stft(sounds[1, 2], hann(64), 16))
    again = istft(spectra, hann(64), 16, 700)
    assert again.dtype == dtype
    np.testing.assert_allclose(again, sounds, atol=far)


def test_it_is_not_the_constant_sum_that_the_way_back_needs():
    window, sound = hann(64), noise(count=640)
    assert np.ptp(overlap_sum(window, 24)) > 0.05
    np.testing.assert_allclose(istft(stft(sound, window, 24), window, 24, 640), sound, atol=1e-12)


def test_of_a_changed_transform_the_nearest_sound_comes_back():
    window, hop, count = hann(16), 4, 40
    spectrum = stft(noise(count=count), window, hop)
    spectrum *= np.random.default_rng(5).uniform(0, 2, spectrum.shape)
    spectrum[:, [0, -1]] = spectrum[:, [0, -1]].real
    best = istft(spectrum, window, hop, count)

    def distance(sound):
        power = np.abs(stft(sound, window, hop) - spectrum) ** 2
        return 2 * power.sum() - power[:, [0, -1]].sum()

    for seed in range(20):
        assert distance(best + 1e-3 * noise(seed, count)) > distance(best)


def test_how_long_the_sound_was():
    spectrum = stft(noise(count=50), hann(16), 4)
    assert istft(spectrum, hann(16), 4).shape == (52,)
    np.testing.assert_allclose(istft(spectrum, hann(16), 4)[50:], 0, atol=1e-12)
    assert istft(spectrum, hann(16), 4, 0).shape == (0,)
    assert istft(spectrum[:1], hann(16), 4).shape == (0,)
    assert not istft(np.zeros((3, 9), complex), hann(16), 4).any()


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: hann(0), ValueError, "length must be a whole number of samples, 1 or more, got 0: try 512"),
        (lambda: hamming(2.5), ValueError, "length must be a whole number"),
        (lambda: blackman(-1), ValueError, "length must be a whole number"),
        (lambda: overlap_sum(hann(8), 0), ValueError, "hop must be a whole number of samples"),
        (lambda: overlap_sum("hann", 4), TypeError, r"floats of shape \(L,\), got str"),
        (lambda: stft(np.zeros(99), 512, 128), TypeError, r"window must be floats .* got int\d+ of shape \(\)"),
        (lambda: stft(np.zeros(99), np.zeros(0), 128), TypeError, "window must be floats"),
        (lambda: stft(np.zeros(99), np.zeros(8), 4), ValueError, "window must be finite and not all zero"),
        (lambda: stft(np.zeros(99), np.array([1, np.nan]), 4), ValueError, "window must be finite"),
        (lambda: stft(np.zeros(99), hann(8), 2.0), ValueError, "hop must be a whole number"),
        (lambda: stft(np.zeros((99, 2)), hann(8), 4), ValueError, "use to_mono"),
        (lambda: istft(np.zeros((3, 5)), hann(8), 4), TypeError, "complex, got float64: a magnitude alone"),
        (lambda: istft(np.zeros((5, 3), complex), hann(8), 4), ValueError, r"\(\.\.\., T, 5\) .* got \(5, 3\)"),
        (lambda: istft(np.zeros(5, complex), hann(8), 4), ValueError, "time first"),
        (lambda: istft(np.zeros((0, 5), complex), hann(8), 4), ValueError, r"got \(0, 5\)"),
        (lambda: istft(np.full((3, 5), np.nan + 0j), hann(8), 4), ValueError, "spectrum must be finite"),
        (lambda: istft(np.zeros((3, 5), complex), hann(8), 4, 9), ValueError, r"at most \(T - 1\) \* hop = 8 .* got 9"),
        (lambda: istft(np.zeros((3, 5), complex), hann(8), 4, -1), ValueError, "count must be a whole number"),
        (lambda: istft(np.zeros((3, 5), complex), hann(8), 8), ValueError, "must cover each sample, got a hop of 8"),
        (lambda: istft(np.zeros((3, 5), complex), np.ones(8), 9), ValueError, "take a smaller hop"),
        (lambda: istft(np.zeros((3, 257), complex), hann(512), 511), ValueError, "must cover each sample"),
    ],
)  # fmt: skip
def test_refuses(call, error, text):
    with pytest.raises(error, match=text):
        call()
