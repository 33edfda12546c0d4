r"""The four voices, by physical synthesis: what is struck or plucked rings in its *modes*, decaying sinusoids

.. math:: y(t) = \sum_p a_p\, e^{-t / \tau_p} \sin(2 \pi f_p t + \varphi_p)

and each instrument is known by the pattern of its :math:`f_p`: harmonic for a string, the zeros of Bessel
functions for a membrane, neither for a bell. The bird glides.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmseg_edu.preprocess.sound import normalize_loudness

Wave = NDArray[np.float64]
BELL_RATIOS = np.array([0.5, 1.0, 1.2, 1.5, 2.0, 2.5, 2.61, 3.0, 4.0, 5.2])
DRUM_RATIOS = np.array([1.0, 1.593, 2.136, 2.296, 2.653, 2.918, 3.156, 3.501])
PITCHES = {"bell": (380.0, 950.0), "drum": (85.0, 190.0), "guitar": (98.0, 330.0), "bird": (2300.0, 4300.0)}


def modes(
    frequencies: ArrayLike,
    decays: ArrayLike,
    amplitudes: ArrayLike,
    count: int,
    rate: int,
    phases: ArrayLike = 0.0,
) -> Wave:
    r"""Add up decaying sinusoids.

    .. math:: y_n = \sum_p a_p\, e^{-n / (r \tau_p)} \sin(2 \pi f_p n / r + \varphi_p)

    Parameters
    ----------
    frequencies : array_like (P,), Hz
        Those at or above 0.48 of the rate are left out: they would fold back as wrong tones.
    decays : array_like (P,), s
        Time in which a mode falls to 1/e.
    amplitudes : array_like (P,)
    count : int
        Samples to make.
    rate : int, Hz
    phases : array_like (P,), rad, default 0

    Returns
    -------
    ndarray (count,), float64

    Notes
    -----
    A mode is a power :math:`z^n` of one complex number, and :math:`z^{ab + c} = (z^b)^a z^c`: all samples of
    all modes come out of one product of two small matrices.

    Examples
    --------
    A quarter of a turn a sample, dying slowly:

    >>> modes([2000.0], [1e9], [1.0], 4, 8000).round(3) + 0.0
    array([ 0.,  1.,  0., -1.])
    """
    f, tau, a, phi = np.broadcast_arrays(
        *(np.asarray(v, np.float64) for v in (frequencies, decays, amplitudes, phases))
    )
    keep = (f < 0.48 * rate) & (f > 0)
    z = np.exp((-1 / tau[keep] + 2j * np.pi * f[keep]) / rate)
    few, block = 128, 32
    many = -(-count // (few * block)) * block
    small = _powers(np.ones_like(z), z, few)
    large = _powers(a[keep] * np.exp(1j * phi[keep]), z**few, many)
    # In blocks too small for the linear algebra library to wake its threads, which costs more than it saves.
    re, im = (np.ascontiguousarray(part.T).reshape(-1, block, z.size) for part in (large.real, large.imag))
    wave = re @ small.imag + im @ small.real
    return np.asarray(wave.reshape(-1)[:count])


def _powers(first: NDArray[np.complex128], z: NDArray[np.complex128], count: int) -> NDArray[np.complex128]:
    """First times 1, z, z^2, ...: (P, count)."""
    steps = np.repeat(z[:, None], count, axis=1)
    steps[:, 0] = first
    return np.asarray(np.multiply.accumulate(steps, axis=1))


def bell(pitch: float, count: int, rate: int, rng: np.random.Generator) -> Wave:
    r"""Strike a bell: inharmonic modes, the low ones ring longest, each split into a beating pair.

    The ratios are those of a tuned church bell: hum 1/2, prime 1, minor third 6/5, fifth 3/2, nominal 2, and
    above.

    Parameters
    ----------
    pitch : float, Hz
        Of the prime.
    count : int
        Samples to make.
    rate : int, Hz
    rng : numpy.random.Generator
        Draws how this bell is cast: detuning, warble, brightness, ring.

    Returns
    -------
    ndarray (count,), float64, peak 1
    """
    ratio = BELL_RATIOS * (1 + 0.004 * rng.standard_normal(BELL_RATIOS.size))
    loud = np.array([0.35, 0.75, 0.65, 0.25, 1.0, 0.3, 0.35, 0.45, 0.4, 0.25]) * np.exp(
        0.25 * rng.standard_normal(10)
    )
    ring = rng.uniform(0.5, 1.0) * ratio**-0.85
    warble = rng.uniform(0.4, 2.2, 10)
    f = pitch * ratio
    wave = modes(np.r_[f, f + warble], np.r_[ring, ring], np.r_[loud, 0.45 * loud], count, rate)
    return _peak_one(_soft_start(wave, rate, 0.001))


def drum(pitch: float, count: int, rate: int, rng: np.random.Generator) -> Wave:
    r"""Hit a drum: modes of a round membrane, a pitch that falls as the skin relaxes, and a rattle.

    The modes of an ideal membrane lie at :math:`f_{mn} / f_{01} = j_{mn} / j_{01}`, zeros of Bessel
    functions. Time itself runs faster at first, so that all of them fall together.

    Parameters
    ----------
    pitch : float, Hz
        Of the lowest mode, after the fall.
    count : int
        Samples to make.
    rate : int, Hz
    rng : numpy.random.Generator
        Draws tension, damping, where it is hit, and how much it rattles.

    Returns
    -------
    ndarray (count,), float64, peak 1
    """
    fall, settle = rng.uniform(0.15, 0.45), rng.uniform(0.02, 0.05)
    ring = rng.uniform(0.09, 0.22) * DRUM_RATIOS**-0.7
    loud = np.exp(-0.55 * np.arange(8)) * np.exp(0.3 * rng.standard_normal(8))
    short = min(count, int(8 * ring[0] * rate))
    t = np.arange(short) / rate
    steady = modes(pitch * DRUM_RATIOS, ring, loud, short + int(rate * fall * settle) + 2, rate)
    when = t * rate + rate * fall * settle * (1 - np.exp(-t / settle))
    whole = when.astype(np.intp)
    wave = np.zeros(count)
    wave[:short] = steady[whole] + (when - whole) * (steady[whole + 1] - steady[whole])
    rattle, dull = rng.uniform(0.03, 0.08), rng.uniform(0.15, 0.5)
    hiss = min(short, int(6 * rattle * rate))
    white = rng.standard_normal(hiss + 2)
    noise = 0.25 * white[:-2] + 0.5 * white[1:-1] + 0.25 * white[2:]
    wave[:hiss] += dull * noise * np.exp(-t[:hiss] / rattle)
    return _peak_one(_soft_start(wave, rate, 0.0008))


def guitar(pitch: float, count: int, rate: int, rng: np.random.Generator) -> Wave:
    r"""Pluck a string as Karplus and Strong do: a burst of noise runs round a loop that averages neighbours.

    The loop :math:`y_n = \frac{g}{2} (y_{n-N} + y_{n-N-1})` is :math:`N + 1/2` samples long, so it keeps the
    harmonics of :math:`f = r / (N + 1/2)` and every turn takes :math:`g \cos(\omega / 2)` off each of them.
    It is solved here in its modes, which gives any pitch and not only those with a whole number of samples.

    Parameters
    ----------
    pitch : float, Hz
    count : int
        Samples to make.
    rate : int, Hz
    rng : numpy.random.Generator
        Draws the noise in the string, where it is plucked and how soft the finger is.

    Returns
    -------
    ndarray (count,), float64, peak 1

    References
    ----------
    Karplus and Strong, "Digital synthesis of plucked-string and drum timbres", Computer Music Journal 7(2),
    1983.
    """
    k = np.arange(1, 41)
    f = k * pitch
    turn = 0.996 * np.cos(np.clip(np.pi * f / max(rate, 16000), 0, 1.55))
    ring = np.maximum(-1 / (pitch * np.log(np.maximum(turn, 1e-6))), 0.003)
    burst = rng.standard_normal(40) + 1j * rng.standard_normal(40)
    place, soft = rng.uniform(0.12, 0.3), rng.uniform(1200, 2600)
    shape = np.abs(np.sin(np.pi * k * place)) / (k**0.6 * (1 + (f / soft) ** 2))
    body = 1 + 1.2 * np.exp(-(((f - 105) / 25) ** 2)) + 0.9 * np.exp(-(((f - 215) / 40) ** 2))
    loud = shape * body * (0.55 + 0.45 * np.abs(burst) / np.sqrt(2))
    wave = modes(f, ring, loud, count, rate, np.angle(burst))
    return _peak_one(_soft_start(wave, rate, 0.002))


def bird(pitch: float, count: int, rate: int, rng: np.random.Generator) -> Wave:
    r"""Sing a short phrase: two to four chirps whose frequency sweeps, :math:`\varphi' = 2 \pi f(t)`.

    Parameters
    ----------
    pitch : float, Hz
        About which the chirps sweep, from 0.75 to 1.35 of it.
    count : int
        Samples to make.
    rate : int, Hz
    rng : numpy.random.Generator
        Draws the phrase: number, length and direction of its chirps, trill.

    Returns
    -------
    ndarray (count,), float64, peak 1
    """
    start, stop = np.exp(rng.uniform(np.log(0.78), np.log(1.35), 2))
    arch, trill, beat = rng.uniform(-0.2, 0.2), rng.uniform(0, 0.03), rng.uniform(18, 32)
    length, gap = rng.uniform(0.045, 0.10), rng.uniform(0.012, 0.03)
    u = (np.arange(int(length * rate)) + 0.5) / int(length * rate)
    f = pitch * (
        start * (stop / start) ** u + arch * np.sin(np.pi * u) + trill * np.sin(2 * np.pi * beat * length * u)
    )
    turns = np.cumsum(f) / rate
    tone = np.sin(2 * np.pi * turns) * (f < 0.48 * rate) + 0.12 * np.sin(4 * np.pi * turns) * (
        2 * f < 0.48 * rate
    )
    chirp = np.sin(np.pi * u) ** 0.8 * tone
    wave = np.zeros(count)
    for k in range(int(rng.integers(2, 5))):
        first = int(k * (length + gap) * rate)
        wave[first : first + u.size] += chirp[: max(0, count - first)]
    return _peak_one(wave)


def _peak_one(wave: Wave) -> Wave:
    peak = _peak(wave)
    return wave / peak if peak > 0 else wave


def _peak(wave: Wave) -> float:
    return max(float(wave.max(initial=0.0)), -float(wave.min(initial=0.0)))


def _soft_start(wave: Wave, rate: int, seconds: float) -> Wave:
    n = min(wave.size, max(1, int(seconds * rate)))
    wave[:n] *= np.arange(n) / n
    return wave


VOICES = {"bell": bell, "drum": drum, "guitar": guitar, "bird": bird}
VOICES_DB, VOICES_PEAK = -20.0, 0.6
TUNE = np.array([1.0, 1.125, 1.25, 1.5, 0.75, 0.8333])


def play(name: str, onsets: NDArray[np.float64], count: int, rate: int, rng: np.random.Generator) -> Wave:
    """Let one instrument sound at its onsets, a little louder or softer each time, the guitar with a tune.

    Parameters
    ----------
    name : str
        "bell", "drum", "guitar" or "bird".
    onsets : ndarray (M,), s
        Those outside the sound are not heard.
    count : int
        Samples to make.
    rate : int, Hz
    rng : numpy.random.Generator
        Draws pitch (even in logarithm over PITCHES) and the instrument's character.

    Returns
    -------
    ndarray (count,), float64, peak 1, or all zeros without an onset

    Examples
    --------
    >>> wave = play("drum", np.array([0.5]), 16000, 16000, np.random.default_rng(0))
    >>> int(np.flatnonzero(wave)[0]) in (8000, 8001)
    True
    """
    low, high = PITCHES[name]
    pitch = float(np.exp(rng.uniform(np.log(low), np.log(high))))
    character = int(rng.integers(2**63))
    steps = rng.permutation(TUNE[1:])[:2] if name == "guitar" else np.ones(1)
    notes = [pitch, *(pitch * steps)] if name == "guitar" else [pitch]
    wave = np.zeros(count)
    loud = rng.uniform(0.7, 1.0, 64)
    order = rng.integers(0, len(notes), 64)
    order[0] = 0
    made: dict[int, Wave] = {}
    starts = np.rint(np.asarray(onsets) * rate).astype(int)
    for k, first in enumerate(starts[(starts >= 0) & (starts < count)].tolist()):
        note = int(order[k % 64])
        if note not in made:
            made[note] = VOICES[name](notes[note], count, rate, np.random.default_rng(character))
        wave[first:] += loud[k % 64] * made[note][: count - first]
    return _peak_one(wave)


def mix(waves: list[Wave], noise: NDArray[np.float32], snr_db: float) -> NDArray[np.float32]:
    r"""Add voices and background noise, at a fixed loudness and without ever clipping.

    The voices together get an RMS of 0.1, or a peak of 0.6 where that is reached first; the noise an RMS of
    :math:`0.1 \cdot 10^{-\mathrm{snr}/20}`. Where both together would pass full scale, both are turned down.

    Parameters
    ----------
    waves : list of ndarray (N,), float64
        May be empty: only the noise is left.
    noise : ndarray (N,), float32
        White, of RMS about 1.
    snr_db : float, dB
        Infinity for no noise at all.

    Returns
    -------
    ndarray (N,), float32, [-1, 1]
        In steps of 1/32767, as a 16-bit file holds them.
    """
    total = normalize_loudness(sum(waves, start=np.zeros(noise.size)), VOICES_DB, peak=VOICES_PEAK)
    if snr_db < np.inf:
        total += noise * np.float32(0.1 * 10 ** (-snr_db / 20))
    total *= 32767 / max(1.0, _peak(total) / 0.99)
    return np.asarray(np.rint(total) + 0.0, np.float32) / np.float32(32767)
