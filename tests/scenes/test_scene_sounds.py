"""Sounds: each instrument's partials lie where its physics says."""

import numpy as np
import pytest
import scipy.special
from hypothesis import given, settings
from hypothesis import strategies as st

from mmseg_edu.scenes import sound

RATE = 16000


def spectrum(wave: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    power = np.abs(np.fft.rfft(wave * np.hanning(wave.size), 8 * wave.size)) ** 2
    return np.fft.rfftfreq(8 * wave.size, 1 / RATE), power


def near(wave: np.ndarray, hertz: float, width: float) -> float:
    """Frequency of the strongest partial within `width` of `hertz`."""
    f, power = spectrum(wave)
    band = np.abs(f - hertz) < width
    return float(f[band][power[band].argmax()])


def test_modes_agree_with_the_formula_in_a_loop() -> None:
    f, tau, a, phase = [220.0, 3000.0, 7900.0], [0.3, 0.05, 1.0], [1.0, 0.5, 9.0], [0.0, 1.0, 2.0]
    t = np.arange(5000) / RATE
    slow = np.zeros(5000)
    for k in range(2):
        slow += a[k] * np.exp(-t / tau[k]) * np.sin(2 * np.pi * f[k] * t + phase[k])
    np.testing.assert_allclose(sound.modes(f, tau, a, 5000, RATE, phase), slow, atol=1e-10)


@settings(max_examples=30, deadline=None)
@given(count=st.integers(1, 9000), hertz=st.floats(1, 3800), rate=st.sampled_from([8000, 16000, 44100]))
def test_modes_have_any_length(count: int, hertz: float, rate: int) -> None:
    wave = sound.modes([hertz], [0.1], [1.0], count, rate)
    assert wave.shape == (count,)
    assert np.abs(wave).max() <= 1 + 1e-9


def test_a_bell_has_a_minor_third_and_no_harmonic_series() -> None:
    wave = sound.bell(500.0, RATE, RATE, np.random.default_rng(0))
    for ratio in (0.5, 1.0, 1.2, 2.0):
        assert near(wave, 500 * ratio, 20 * max(1.0, ratio)) == pytest.approx(500 * ratio, rel=0.02)


def test_a_drum_has_the_zeros_of_bessel_functions() -> None:
    zeros = np.sort(np.concatenate([scipy.special.jn_zeros(m, 3) for m in range(6)]))
    np.testing.assert_allclose(sound.DRUM_RATIOS, zeros[:8] / zeros[0], atol=2e-3)
    wave = sound.drum(120.0, RATE, RATE, np.random.default_rng(1))
    settled = wave[1600:8000]
    assert near(settled, 120, 30) == pytest.approx(120, rel=0.05)
    early = near(wave[:800], 150, 70)
    assert early > 125, "the pitch falls"
    assert np.sum(wave[:4800] ** 2) > 0.95 * np.sum(wave**2), "a drum is over soon"


def test_a_string_has_harmonics_and_loses_the_high_ones_first() -> None:
    wave = sound.guitar(200.0, RATE, RATE, np.random.default_rng(2))
    for k in (1, 2, 3):
        assert near(wave, 200 * k, 60) == pytest.approx(200 * k, rel=0.01)

    def bright(part: np.ndarray) -> float:
        f, power = spectrum(part)
        return float((f * power).sum() / power.sum())

    assert bright(wave[:1600]) > 1.3 * bright(wave[8000:9600])


def test_the_string_in_modes_decays_like_karplus_and_strongs_loop() -> None:
    n, g, turns = 80, 0.996, 60
    rng = np.random.default_rng(0)
    loop = np.zeros(n * turns)
    loop[:n] = rng.standard_normal(n)
    for k in range(n, loop.size):
        loop[k] = g / 2 * (loop[k - n] + (loop[k - n - 1] if k > n else 0.0))
    pitch = RATE / (n + 0.5)
    f, power = spectrum(loop)
    for harmonic in (1, 2, 3):
        band = np.abs(f - harmonic * pitch) < 40
        assert f[band][power[band].argmax()] == pytest.approx(harmonic * pitch, rel=0.01)
    first, last = loop[20 * n : 30 * n], loop[50 * n :]
    k = round(5 * pitch * len(first) / RATE)
    parts = [np.abs(np.fft.rfft(part * np.hanning(part.size)))[k - 1 : k + 2].max() for part in (first, last)]
    predicted = (g * np.cos(np.pi * 5 * pitch / RATE)) ** (30 * n / (n + 0.5))
    assert parts[1] / parts[0] == pytest.approx(predicted, rel=0.15)


def test_a_bird_sings_high_and_glides() -> None:
    wave = sound.bird(3000.0, RATE, RATE, np.random.default_rng(3))
    f, power = spectrum(wave)
    middle = float((f * power).sum() / power.sum())
    assert 2000 < middle < 4600
    inside = np.abs(f - middle) < 150
    assert power[inside].sum() < 0.98 * power.sum(), "not one steady tone"


@pytest.mark.parametrize("rate", [8000, 16000, 44100])
@pytest.mark.parametrize("name", list(sound.VOICES))
def test_voices_reach_full_scale_and_pitch_varies(name: str, rate: int) -> None:
    waves = [sound.play(name, np.array([0.1, 0.6]), rate, rate, np.random.default_rng(k)) for k in range(3)]
    for wave in waves:
        assert np.abs(wave).max() == pytest.approx(1.0)
        assert not wave[: int(0.1 * rate) - 1].any()
    assert np.abs(waves[0] - waves[1]).max() > 0.1


def test_a_sound_without_onsets_is_silent() -> None:
    assert not sound.play("bell", np.array([-0.5, 2.0]), RATE, RATE, np.random.default_rng(0)).any()


def test_a_mix_has_its_loudness_and_never_clips() -> None:
    noise = np.random.default_rng(0).standard_normal(RATE).astype(np.float32)
    tone = np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)
    assert np.sqrt(np.mean(sound.mix([tone], noise, np.inf) ** 2)) == pytest.approx(0.1, rel=1e-3)
    click = np.zeros(RATE)
    click[0] = 1.0
    assert sound.mix([click], noise, np.inf).max() == pytest.approx(0.6, rel=1e-3)
    assert np.abs(sound.mix([tone], noise, -60.0)).max() <= 0.99 + 1e-6
    clean, noisy = sound.mix([tone], noise, np.inf), sound.mix([tone], noise, 10.0)
    assert 20 * np.log10(np.std(clean) / np.std(noisy - clean)) == pytest.approx(10, abs=0.1)
