"""The exercises of lesson 02: what must happen to a sound?"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from mmseg_edu.exercises.expect import (
    Answer,
    Finding,
    expect_close,
    expect_kept,
    expect_like,
    expect_own,
    expect_shape,
)

UNTESTED = {
    "1": "speed; frequencies below 0",
    "2": "speed; silence; sounds of different lengths",
    "3": "speed; no frames at all",
}


# 02.1


def _heard(frequencies: np.ndarray, rate: float) -> np.ndarray:
    """By the angle that a tone turns from one sample to the next: of a turn and of its rest none can tell which."""
    return np.arccos(np.cos(2 * np.pi * frequencies / rate)) / (2 * np.pi) * rate


_TONES: list[tuple[Callable[..., object], str]] = [
    (
        lambda f, rate: f % rate,
        "That is what is left after whole rates. Above half the rate it folds back once more.",
    ),
    (
        lambda f, rate: np.minimum(f, rate / 2),
        "A tone too high is not pushed down to half the rate: it folds.",
    ),
    (lambda f, rate: f, "Nothing has happened. What do the samples of a tone above half the rate look like?"),
    (
        lambda f, rate: np.where(f <= rate / 2, f, f - rate / 2),
        "The tone came out as far above 0 as it lies above half the rate. It folds back: 3000 at 4000 is 1000\n"
        "below the rate, so it is heard at 1000, and one at 3900 at 100.",
    ),
    (
        lambda f, rate: f % (rate / 2),
        "Whole halves of the rate were taken off. Every second zone runs backwards.",
    ),
    (
        lambda f, rate: np.where(f <= rate / 2, f, 0.0),
        "A tone too high does not vanish, unless a filter took it out before.",
    ),
    (
        lambda f, rate: np.where(f <= rate / 2, f, rate - f),
        "That is right up to the rate itself, and negative beyond. Which multiple of the rate is nearest to f?",
    ),
    (
        lambda f, rate: np.where(f <= rate / 2, f, np.abs(f - rate)),
        "Only the rate itself was tried. A tone of 7 kHz is nearer to twice 4 kHz: which k is nearest to f / rate?",
    ),
    (
        lambda f, rate: f - rate * np.round(f / rate),
        "The sign is left over: a tone at -1000 Hz is a tone at 1000 Hz.",
    ),
    (
        lambda f, rate: np.abs(f - rate / 2 * np.round(2 * f / rate)),
        "The multiples are those of the rate, not of half the rate.",
    ),
    (
        lambda f, rate: np.where(f <= rate, f, np.abs(f - rate * np.round(f / rate))),
        "A rate of 4000 carries tones up to 2000: half of it.",
    ),
    (
        lambda f, rate: np.abs(f - 4000 * np.round(f / 4000)),
        "That is where they are heard at a rate of 4000. The rate is given: use it.",
    ),
    (
        lambda f, rate: np.trunc(_heard(f, rate) + 1e-6),
        "The tones came out as whole numbers. Their hertz have fractions too: do not round at the end.",
    ),
    (
        lambda f, rate: _heard(f, rate) / 1000,
        "These are kilohertz. The answer is to be in hertz, as the tones are.",
    ),
]
_OTHER_TONES = [
    (np.array([100.0, 4700, 6600, 9100.25, 15300]), 4000.0),
    (np.array([700.0, 5000, 9000, 30000]), 8000.0),
    (np.array([21000.0, 23000, 45000, 70000]), 44100.0),
]


def exercise_1(answer: Answer) -> Iterator[Finding]:
    """`heard_at(frequencies, rate)`: where tones are heard that were sampled without a filter."""
    low = np.array([0.0, 500.0, 1900.0])
    what = "0, 500 and 1900 Hz at a rate of 4000"
    heard = answer(low, 4000.0)
    yield expect_shape(heard, (3,), what, "One frequency for each that is asked for.")
    yield _tones_at(answer, low, 4000.0, f"{what}: they stay")
    what = "2500, 3000 and 3900 Hz at a rate of 4000"
    yield _tones_at(answer, np.array([2500.0, 3000.0, 3900.0]), 4000.0, what)
    yield expect_kept(answer, what)
    for tones, rate, says in (
        ([4100.0, 5000.0, 6500.0, 7000.0], 4000.0, "4100, 5000, 6500 and 7000 Hz at a rate of 4000"),
        ([2000.0, 6000.0, 4000.0, 8000.0], 4000.0, "exactly 1/2, 3/2, 1 and 2 times the rate"),
        ([30000.0, 23000.0, 50000.0], 44100.0, "30, 23 and 50 kHz at a rate of 44100"),
        ([440.5, 3559.75, 7999.75], 4000.0, "440.5, 3559.75 and 7999.75 Hz at a rate of 4000"),
    ):
        yield _tones_at(answer, np.array(tones), rate, says)


def _tones_at(answer: Answer, tones: np.ndarray, rate: float, what: str) -> Finding:
    return expect_like(
        answer,
        _heard,
        (tones, rate),
        what,
        "Take away the multiple of the rate that is nearest to the tone. What is left, without its sign?",
        slips=_TONES,
        others=_OTHER_TONES,
        tolerance=1e-3,
    )


# 02.2


def _level(wave: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(wave))))


def _mixed(sound: np.ndarray, noise: np.ndarray, snr_db: float) -> np.ndarray:
    return sound + _level(sound) / _level(noise) * 10 ** (-snr_db / 20) * noise


_MIXTURES: list[tuple[Callable[..., object], str]] = [
    (
        lambda x, v, snr: x + _level(x) / _level(v) * 10 ** (-snr / 10) * v,
        "That is 10 to the SNR / 10, a ratio of powers. Amplitudes go by the SNR / 20.",
    ),
    (
        lambda x, v, snr: x + 10 ** (-snr / 20) * v,
        "The noise came as loud as it happened to be. First bring it to the level of the sound: which ratio does that?",
    ),
    (
        lambda x, v, snr: x + 10 ** (-snr / 20) / _level(v) * v,
        "The noise is measured against full scale. It is to be measured against the sound: its level is missing.",
    ),
    (
        lambda x, v, snr: x + _level(x) * 10 ** (-snr / 20) * v,
        "The noise's own level is missing: divide it out, so that a loud noise and a soft one end alike.",
    ),
    (
        lambda x, v, snr: x + _level(x) / _level(v) * 10 ** (snr / 20) * v,
        "Upside down: the larger the SNR, the softer the noise.",
    ),
    (
        lambda x, v, snr: x + _level(v) / _level(x) * 10 ** (-snr / 20) * v,
        "The ratio of the levels is upside down: times the sound's, divided by the noise's.",
    ),
    (
        lambda x, v, snr: x + np.abs(x).max() / np.abs(v).max() * 10 ** (-snr / 20) * v,
        "These are the ratios of the peaks. One click would decide: take the root of the mean square.",
    ),
    (
        lambda x, v, snr: x + np.abs(x).mean() / np.abs(v).mean() * 10 ** (-snr / 20) * v,
        "This is the mean of the absolute values. The level is the root of the mean square.",
    ),
    (
        lambda x, v, snr: x + x.std() / v.std() * 10 ** (-snr / 20) * v,
        "np.std takes the mean away first. The root mean square keeps it.",
    ),
    (
        lambda x, v, snr: x + _level(x) ** 2 / _level(v) ** 2 * 10 ** (-snr / 20) * v,
        "The ratio of the mean squares belongs to powers. Is a root missing?",
    ),
    (
        lambda x, v, snr: x + _level(x) ** 2 / _level(v) ** 2 * 10 ** (-snr / 10) * v,
        "That is by how much the noise's power must change. Its samples change by the root of that.",
    ),
    (lambda x, v, snr: x + v, "The two were added as they came. Where does the SNR enter?"),
    (
        lambda x, v, snr: _mixed(x, v, snr) / 2,
        "That is the mean of the two. Here the sound is to stay as it is: add, and do not halve.",
    ),
    (
        lambda x, v, snr: x + _level(x) / _level(v) * v,
        "Both are equally loud, whatever was asked. Where does the SNR enter?",
    ),
    (
        lambda x, v, snr: _level(v) / _level(x) * 10 ** (snr / 20) * x + v,
        "The ratio is right, but the sound was scaled. It is to stay as it is, and the noise to be scaled.",
    ),
    (
        lambda x, v, snr: x + _level(x) / _level(v) * np.exp(-snr / 20) * v,
        "Decibels are powers of 10, not of e.",
    ),
    (
        lambda x, v, snr: np.clip(_mixed(x, v, snr), -1, 1),
        "The sum was cut off at full scale. That adds tones of its own: leave it, the file's writer will turn it down.",
    ),
    (
        lambda x, v, snr: _mixed(x, v, snr) / np.abs(_mixed(x, v, snr)).max(),
        "The sum was scaled to its peak. The ratio is right, but the sound is no longer as it was.",
    ),
    (
        lambda x, v, snr: _mixed(x, v, snr) / max(1, np.abs(_mixed(x, v, snr)).max()),
        "The sum was turned down, as the package does. Here the sound is to stay as it is.",
    ),
    (
        lambda x, v, snr: _mixed(x, v, snr) - x,
        "That is the scaled noise alone. Add the sound.",
    ),
]


def exercise_2(answer: Answer) -> Iterator[Finding]:
    """`mix_at(sound, noise, snr_db)`: the sound, and noise softer by so many decibels."""
    random = np.random.default_rng(2)
    drawn = [
        (scale * random.standard_normal(40), random.uniform(-0.1, 0.4, 40), snr)
        for scale, snr in ((0.2, 6.0), (3.0, 13.0), (0.05, -4.0), (2.0, 2.0))
    ]
    by_hand = (np.array([0.3, -0.3, 0.3, -0.3]), np.array([0.1, 0.1, -0.1, 0.1]), 20.0)
    what = "levels 0.3 and 0.1, SNR 20 dB"
    yield expect_shape(answer(*by_hand), (4,), what, "One sample for each sample of the sound.")
    yield expect_kept(answer, what)
    yield expect_own(answer, "mmseg_edu.preprocess.sound")
    hint = "Which factor brings the noise to the level of the sound? And which one from there to the SNR?"
    for case, says in (
        (by_hand, f"{what}: the noise comes down to 0.03"),
        (drawn[0], "a noise that is not centred on 0, SNR 6 dB"),
        ((drawn[1][0], drawn[1][1], 0.0), "SNR 0 dB: both are equally loud"),
        (drawn[2], "SNR -4 dB: the noise is the louder one"),
        (drawn[3], "a sum beyond full scale, SNR 2 dB"),
    ):
        yield expect_like(answer, _mixed, case, says, hint, slips=_MIXTURES, others=drawn)
    long = random.standard_normal(2000)
    yield expect_close(
        answer(0.1 * long, long[::-1].copy(), 30.0),
        _mixed(0.1 * long, long[::-1], 30.0),
        "2000 samples, SNR 30 dB",
        "Is the number of samples fixed somewhere?",
    )


# 02.3


def _laid(frames: np.ndarray, hop: int) -> np.ndarray:
    total = np.zeros((len(frames) - 1) * hop + frames.shape[1])
    for t, frame in enumerate(frames):
        total[t * hop : t * hop + len(frame)] += frame
    return total


def _counted(frames: np.ndarray, hop: int) -> np.ndarray:
    return _laid(np.ones_like(frames), hop)


def _written_over(frames: np.ndarray, hop: int) -> np.ndarray:
    total = 0 * _laid(frames, hop)
    for t, frame in enumerate(frames):
        total[t * hop : t * hop + len(frame)] = frame
    return total


def _ramp(frames: np.ndarray) -> np.ndarray:
    return np.arange(frames.shape[1]) / frames.shape[1]


def _first_kept(frames: np.ndarray, hop: int) -> np.ndarray:
    total = 0 * _laid(frames, hop)
    for t in reversed(range(len(frames))):
        total[t * hop : t * hop + frames.shape[1]] = frames[t]
    return total


_LAYINGS: list[tuple[Callable[..., object], str]] = [
    (_written_over, "Each frame wrote over the one before. Where they overlap they add up: += instead of =."),
    (
        _first_kept,
        "What was there first stayed. Where frames overlap they add up.",
    ),
    (
        lambda frames, hop: _laid(frames, hop) / np.maximum(_counted(frames, hop), 1),
        "That is the mean of the frames that overlap. They are to be added: windows do the averaging.",
    ),
    (
        lambda frames, hop: frames.ravel(),
        "The frames stand one after the other. The next one starts after hop samples, not after its length.",
    ),
    (
        lambda frames, hop: _laid(frames, frames.shape[1] // 2),
        "The hop is taken to be half a frame. It is given.",
    ),
    (
        lambda frames, hop: frames[:, :hop].ravel(),
        "Of each frame only its first hop samples were kept, so nothing overlaps.",
    ),
    (lambda frames, hop: _laid(frames[:-1], hop), "The last frame is missing."),
    (lambda frames, hop: _laid(frames[1:], hop), "The first frame is missing."),
    (
        lambda frames, hop: (
            np.append(_laid(frames[:-1], hop), np.zeros(hop)) if hop <= frames.shape[1] else 0
        ),
        "The last frame is missing. Does the loop stop one too soon?",
    ),
    (
        lambda frames, hop: np.append(np.zeros(hop), _laid(frames[1:], hop)),
        "The first frame is missing. Does the loop start one too late?",
    ),
    (
        lambda frames, hop: _laid(frames * np.hanning(frames.shape[1]), hop),
        "The frames met a window. They are to be added as they come: whoever cut them has faded them already.",
    ),
    (
        lambda frames, hop: _laid(frames * (0.5 - 0.5 * np.cos(2 * np.pi * _ramp(frames))), hop),
        "The frames met a window. They are to be added as they come: whoever cut them has faded them already.",
    ),
    (
        lambda frames, hop: _laid(frames, frames.shape[1] - hop),
        "hop was taken for the overlap. It is the step from the start of one frame to that of the next.",
    ),
    (
        lambda frames, hop: _laid(frames, hop) * hop / frames.shape[1],
        "The sum is scaled by hop / L. Add the frames, and leave the sum as it is.",
    ),
    (
        lambda frames, hop: _laid(frames, hop) / len(frames),
        "That is divided by the number of frames. Add them, and leave the sum as it is.",
    ),
    (
        lambda frames, hop: np.trunc(_laid(frames, hop)),
        "The fractions are gone. Were the zeros to be filled whole numbers?",
    ),
    (
        lambda frames, hop: _laid(frames, hop)[:, None],
        "The sum stands in a column. One row of samples is wanted, (N,).",
    ),
    (lambda frames, hop: _laid(frames[::-1], hop), "The frames are in reverse order."),
    (lambda frames, hop: _laid(frames.T, hop), "Rows and columns are exchanged: frames[t] is one frame."),
    (
        lambda frames, hop: np.append(_laid(frames, hop), np.zeros(hop)),
        "There is a hop too much at the end. The last frame starts at (T - 1) * hop: where does it end?",
    ),
    (
        lambda frames, hop: _laid(frames, hop)[: len(frames) * hop],
        "The end is cut off. The last frame starts at (T - 1) * hop: where does it end?",
    ),
]


def exercise_3(answer: Answer) -> Iterator[Finding]:
    """`overlap_add(frames, hop)`: frames laid over each other, and added up."""
    random = np.random.default_rng(23)
    steps = np.repeat([[1.0], [2.0], [3.0]], 4, axis=1)
    drawn = [
        (random.standard_normal((count, length)), hop)
        for count, length, hop in ((5, 6, 2), (4, 7, 3), (3, 5, 4))
    ]
    what = "three frames of four samples, 1, 2 and 3, two samples apart"
    hint = "Frame t covers the samples from t * hop to t * hop + L. What is there already stays, and is added to."
    yield expect_like(answer, _laid, (steps, 2), what, hint, slips=_LAYINGS, others=drawn)
    yield expect_kept(answer, what)
    for case, says in (
        (drawn[0], "frames that overlap threefold"),
        (drawn[1], "a hop that does not divide the length"),
        ((drawn[1][0], 1), "a hop of one sample"),
        ((drawn[1][0], 7), "a hop of a whole frame: one after the other"),
        ((drawn[2][0], 8), "a hop longer than a frame: silence in between"),
        ((drawn[0][0][:1], 2), "a single frame"),
        ((random.standard_normal((200, 64)), 16), "200 frames of 64 samples"),
    ):
        yield expect_like(answer, _laid, case, says, hint, slips=_LAYINGS, others=drawn)
    tone, window = np.cos(0.05 * np.arange(512)), 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(64) / 64)
    frames = np.stack([tone[first : first + 64] * window for first in range(0, 449, 32)])
    yield expect_close(
        np.asarray(answer(frames, 32))[64:-64],
        tone[64:448],
        "frames of a tone under a Hann window, half a frame apart: the tone itself, inside",
        "The windows add up to 1 there, so nothing is to be divided.",
    )
