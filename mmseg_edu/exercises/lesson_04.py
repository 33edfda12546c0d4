"""The exercises of lesson 04: how does one describe a timbre with 20 numbers?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from mmseg_edu.exercises.expect import (
    Answer,
    Finding,
    Inputs,
    expect_kept,
    expect_like,
    expect_own,
    expect_range,
    expect_shape,
    together,
)
from mmseg_edu.exercises.lesson_04_neighbours import SHARE_SLIPS, honest

UNTESTED = {
    "1": "edges that coincide or stand in another order",
    "2": "decibels of fewer than five frames",
    "3": "two recordings that are equally near; speed",
}

Array = NDArray[np.float64]
Rule = Callable[..., object]


# 1: one filter


def exercise_1(answer: Answer) -> Iterator[Finding]:
    """`mel_filter(frequencies, low, peak, high)`: the weight of each frequency in a triangle of area 1."""
    every_100 = np.arange(0.0, 900.0, 100.0)
    what = "0, 100, ..., 800 Hz; a filter from 200 over 400 to 600 Hz"
    weights = answer(every_100, 200.0, 400.0, 600.0)
    yield expect_shape(weights, (9,), what, "One weight for each frequency.")
    yield expect_range(
        weights,
        0,
        np.inf,
        what,
        "weight",
        "Beyond its edges a triangle goes on as a line below 0. A filter lets nothing through there:\n"
        "np.maximum(0, ...).",
    )
    bins = np.fft.rfftfreq(512, 1 / 16000)
    others: list[Inputs] = [(bins, 700.0, 1450.0, 1700.0), (bins, 90.0, 160.0, 490.0)]
    rest: dict[str, Any] = {"slips": _FILTER_SLIPS, "others": others}
    hint = (
        "Two straight lines: one rises from 0 at `low` to 1 at `peak`, one falls to 0 at `high`. The lower\n"
        "of the two counts, never less than 0; then scale it to an area of 1."
    )
    yield expect_like(answer, _triangle, (every_100, 200.0, 400.0, 600.0), what, hint, **rest)
    yield expect_kept(answer, what)
    what = "257 frequencies up to 8 kHz; from 1,000 over 1,300 to 1,700 Hz, so the sides differ"
    yield expect_like(answer, _triangle, (bins, 1000.0, 1300.0, 1700.0), what, hint, **rest)
    what = "edges between the frequencies: from 210 over 385 to 610 Hz"
    yield expect_like(answer, _triangle, (every_100, 210.0, 385.0, 610.0), what, hint, **rest)
    what = "a filter that falls between two frequencies catches nothing"
    yield expect_like(answer, _triangle, (every_100, 310.0, 330.0, 360.0), what, hint, **rest)
    yield expect_own(answer, "mmseg_edu.features")


def _triangle(f: Array, low: float, peak: float, high: float) -> Array:
    return _height_one(f, low, peak, high) * 2 / (high - low)


def _height_one(f: Array, low: float, peak: float, high: float) -> Array:
    return np.maximum(0, np.minimum((f - low) / (peak - low), (high - f) / (high - peak)))


def _by_the_sum(f: Array, low: float, peak: float, high: float) -> Array:
    triangle = _height_one(f, low, peak, high)
    return triangle / max(triangle.sum(), 1e-300)


def _even_sides(f: Array, low: float, peak: float, high: float) -> Array:
    half = (high - low) / 2
    return np.maximum(0, 1 - np.abs(f - peak) / half) * 2 / (high - low)


def _box(f: Array, low: float, peak: float, high: float) -> Array:
    return ((f >= low) & (f <= high)) / (high - low)


def _upper_line(f: Array, low: float, peak: float, high: float) -> Array:
    rise, fall = (f - low) / (peak - low), (high - f) / (high - peak)
    return np.maximum(0, np.maximum(rise, fall)) * 2 / (high - low)


def _rise_only(f: Array, low: float, peak: float, high: float) -> Array:
    return np.where((f >= low) & (f <= peak), (f - low) / (peak - low), 0) * 2 / (high - low)


def _by_the_samples(f: Array, low: float, peak: float, high: float) -> Array:
    triangle = _height_one(f, low, peak, high)
    return triangle / max(float(np.trapezoid(triangle, f)), 1e-300)


def _without_the_peak(f: Array, low: float, peak: float, high: float) -> Array:
    return np.where(f == peak, 0, _triangle(f, low, peak, high))


_FILTER_SLIPS: list[tuple[Rule, str]] = [
    (
        _height_one,
        "This triangle is 1 high. Its area is (high - low) / 2: which factor makes that 1?",
    ),
    (
        lambda f, low, peak, high: _triangle(f, low, peak, high) / 2,
        "This area is one half: a triangle's is base times height over TWO.",
    ),
    (
        lambda f, low, peak, high: _triangle(f, low, peak, high) * (high - low) ** 2 / 4,
        "The height was multiplied by the triangle's area. It must be divided by it.",
    ),
    (
        _by_the_sum,
        "These weights add up to 1. The area counts Hz and not bins: it is 1 when the height is\n"
        "2 / (high - low), however fine the spectrum.",
    ),
    (
        _by_the_samples,
        "This measures the area from the given frequencies only. They need not meet the corners of the\n"
        "triangle: its true area is (high - low) / 2, before scaling.",
    ),
    (
        _without_the_peak,
        "The frequency that is `peak` itself got nothing: is it on neither side, by < and >?",
    ),
    (
        _even_sides,
        "Both sides of this triangle are equally long. The peak need not stand in the middle: each side\n"
        "has a slope of its own.",
    ),
    (_box, "This is a box: everything between the edges weighs the same. Near the edges less comes through."),
    (_upper_line, "This takes the higher of the two lines, which leaves the triangle. Which one bounds it?"),
    (_rise_only, "This is only the rising side. Where is the other one, from `peak` to `high`?"),
]


# 2: a sound in 2 x count numbers


def exercise_2(answer: Answer) -> Iterator[Finding]:
    """`describe(decibels, count)`: means of MFCCs 1 to count, then the means of their absolute slopes."""
    rng = np.random.default_rng(4)
    decibels = rng.normal(-40, 12, (11, 16)) + 10 * np.sin(np.arange(11))[:, None]
    what = "a spectrogram of 11 frames and 16 bands, count 5"
    numbers = answer(decibels, 5)
    yield expect_shape(
        numbers,
        (10,),
        what,
        "Twice `count` numbers for the whole sound, whatever its length: first the means over time of\n"
        "coefficients 1 to 5, then of their absolute slopes.",
    )
    others: list[Inputs] = [(rng.normal(-60, 20, (frames, 16)), 5) for frames in (23, 40)]
    yield _described(answer, decibels, 5, what, others)
    yield expect_kept(answer, what)
    for what, shape, count in (
        ("another sound: 40 frames, 64 bands, count 12", (40, 64), 12),
        ("as many frames as bands", (20, 20), 7),
        ("only one coefficient", (9, 8), 1),
    ):
        given = rng.normal(-50, 15, shape)
        others = [(rng.normal(-60, 20, (frames, shape[1])), count) for frames in (23, 40)]
        yield together(
            what,
            expect_shape(answer(given, count), (2 * count,), what, "Is a number fixed somewhere?"),
            _described(answer, given, count, what, others),
        )
    loud = answer(decibels + 6.0, 5)
    says = "6 dB louder, the same numbers: coefficient 0 alone knows how loud it was"
    yield together(
        says,
        expect_shape(loud, (10,), says),
        Finding(
            bool(np.allclose(np.asarray(loud, float), _description(decibels, 5), atol=1e-3)),
            says,
            "What depends on loudness here?",
        ),
    )


def _described(answer: Answer, decibels: Array, count: int, what: str, others: Sequence[Inputs]) -> Finding:
    return expect_like(
        answer,
        _description,
        (decibels, count),
        what,
        "In this order: the orthonormal cosine transform along the bands; coefficients 1 to count;\n"
        "features.deltas of those; absolute values of the slopes; means over time of both.",
        slips=_DESCRIPTION_SLIPS,
        others=others,
        tolerance=1e-4,
    )


def _slopes(values: Array) -> Array:
    padded = np.pad(values, [(2, 2), (0, 0)], mode="edge")
    n = len(values)
    return (2 * (padded[4 : 4 + n] - padded[:n]) + padded[3 : 3 + n] - padded[1 : 1 + n]) / 10


def _cepstrum(decibels: Array, **options: Any) -> Array:
    return np.asarray(fft.dct(decibels, **{"norm": "ortho", **options}))


def _pooled(kept: Array) -> Array:
    return np.concatenate([kept.mean(axis=0), np.abs(_slopes(kept)).mean(axis=0)])


def _description(decibels: Array, count: int) -> Array:
    return _pooled(_cepstrum(decibels)[:, 1 : count + 1])


def _cut_first(decibels: Array, count: int) -> Array:
    kept = _cepstrum(decibels[:, : count + 1])[:, 1:]
    return _pooled(kept)


def _with_steps(decibels: Array, count: int) -> Array:
    kept = _cepstrum(decibels)[:, 1 : count + 1]
    return np.concatenate([kept.mean(axis=0), np.abs(np.diff(kept, axis=0)).mean(axis=0)])


def _with_gradient(decibels: Array, count: int) -> Array:
    kept = _cepstrum(decibels)[:, 1 : count + 1]
    return np.concatenate([kept.mean(axis=0), np.abs(np.gradient(kept, axis=0)).mean(axis=0)])


def _signed(decibels: Array, count: int) -> Array:
    kept = _cepstrum(decibels)[:, 1 : count + 1]
    return np.concatenate([kept.mean(axis=0), _slopes(kept).mean(axis=0)])


def _absolute_too_late(decibels: Array, count: int) -> Array:
    kept = _cepstrum(decibels)[:, 1 : count + 1]
    return np.concatenate([kept.mean(axis=0), np.abs(_slopes(kept).mean(axis=0))])


def _spread(decibels: Array, count: int) -> Array:
    kept = _cepstrum(decibels)[:, 1 : count + 1]
    return np.concatenate([kept.mean(axis=0), kept.std(axis=0)])


def _across_the_coefficients(decibels: Array, count: int) -> Array:
    kept = _cepstrum(decibels)[:, 1 : count + 1]
    return np.concatenate([kept.mean(axis=0), np.abs(_slopes(kept.T).T).mean(axis=0)])


def _without_sign(decibels: Array, count: int) -> Array:
    kept = _cepstrum(decibels)[:, 1 : count + 1]
    return np.concatenate([np.abs(kept).mean(axis=0), np.abs(_slopes(kept)).mean(axis=0)])


def _by_whole_lines(decibels: Array, count: int) -> Array:
    kept = _cepstrum(decibels)[:, 1 : count + 1]
    slopes = _slopes(kept)
    slopes[:2], slopes[-2:] = slopes[2], slopes[-3]
    return np.concatenate([kept.mean(axis=0), np.abs(slopes).mean(axis=0)])


def _root_mean_square(decibels: Array, count: int) -> Array:
    kept = _cepstrum(decibels)[:, 1 : count + 1]
    return np.concatenate([kept.mean(axis=0), np.sqrt((_slopes(kept) ** 2).mean(axis=0))])


def _slopes_of_bands(decibels: Array, count: int) -> Array:
    means = _cepstrum(decibels)[:, 1 : count + 1].mean(axis=0)
    return np.concatenate([means, np.abs(_slopes(decibels)).mean(axis=0)[1 : count + 1]])


def _interleaved(decibels: Array, count: int) -> Array:
    return _description(decibels, count).reshape(2, -1).T.ravel()


def _slopes_first(decibels: Array, count: int) -> Array:
    return _description(decibels, count).reshape(2, -1)[::-1].ravel()


_DESCRIPTION_SLIPS: list[tuple[Rule, str]] = [
    (
        lambda d, n: _pooled(_cepstrum(d)[:, :n]),
        "The first number is coefficient 0: loudness. The timbre begins at coefficient 1.",
    ),
    (
        lambda d, n: _pooled(_cepstrum(d, norm=None)[:, 1 : n + 1]),
        'This cosine transform is not orthonormal: each number is too large by a factor. norm="ortho".',
    ),
    (
        lambda d, n: _pooled(_cepstrum(d, axis=0)[:, 1 : n + 1]),
        "This transformed along time. The frames stand below each other; the bands are the last axis.",
    ),
    (
        lambda d, n: _pooled(_cepstrum(d, type=3)[:, 1 : n + 1]),
        "This is a transform of type 3, the way back. MFCCs are of type 2.",
    ),
    (
        lambda d, n: _pooled(_cepstrum(10 ** (d / 10))[:, 1 : n + 1]),
        "The logarithm was undone before the transform. The decibels themselves are transformed.",
    ),
    (
        lambda d, n: _pooled(d[:, 1 : n + 1]),
        "These are bands, not coefficients: where is the cosine transform?",
    ),
    (
        _cut_first,
        "The bands were cut before the transform. All bands go in; then the coefficients are cut.",
    ),
    (_signed, "Up and down cancel in a mean of slopes. Absolute values first."),
    (_absolute_too_late, "Absolute values after the mean come too late: up and down have cancelled already."),
    (
        _with_steps,
        "These are steps from one frame to the next. `features.deltas` fits a line through five frames.",
    ),
    (
        _with_gradient,
        "This slope looks at one frame on either side. `features.deltas` fits a line through five frames.",
    ),
    (_spread, "The second half is a standard deviation. Asked for is how fast it changes: features.deltas."),
    (
        _across_the_coefficients,
        "These slopes run from one coefficient to the next. Slopes over time are asked for: the frames\n"
        "are the axis before the last.",
    ),
    (_without_sign, "The coefficients keep their sign in the mean. Only the slopes are made absolute."),
    (
        _by_whole_lines,
        "The slopes at the ends are whole lines. As `features.deltas` gives them by itself, the end frames\n"
        "are repeated.",
    ),
    (
        _root_mean_square,
        "The second half is a root of mean squares. Asked for is the mean of absolute values.",
    ),
    (_slopes_of_bands, "These slopes are those of the bands. The slopes of the coefficients are asked for."),
    (_interleaved, "Each mean stands beside its slope here. All the means first, then all the slopes."),
    (_slopes_first, "Means first, then slopes: the two halves are exchanged."),
]


# 3: an honest nearest neighbour


def exercise_3(answer: Answer) -> Iterator[Finding]:
    """`honest_share(vectors, labels, sources)`: share named rightly by the nearest of another source."""
    vectors = np.array([[0.0], [0.1], [2.0], [5.0], [5.1], [0.8], [4.4]])
    labels = np.array(["dog", "dog", "rain", "rain", "rain", "dog", "dog"])
    sources = np.array(["a", "a", "b", "c", "c", "d", "e"])
    what = "seven recordings of five sources on a line"
    yield together(
        f"{what}: one number",
        expect_shape(answer(vectors, labels, sources), (), what, "One number for all recordings together."),
        expect_range(
            answer(vectors, labels, sources),
            0,
            1,
            what,
            "share",
            "A share lies between 0 and 1: how many were right, over how many there are.",
        ),
    )
    others: list[Inputs] = [_clips(seed) for seed in (1, 2, 3)]
    yield _shared(answer, (vectors, labels, sources), what, others)
    yield expect_kept(answer, what)
    yield _shared(answer, _clips(5), "many recordings in three dimensions, one to six of a source", others)
    yield _shared(answer, _clips(6, takes=1), "every source once: nothing to hide", others)
    yield _shared(
        answer,
        _clips(7, mixed=True),
        "one source has recordings of two classes: neither may name the other",
        others,
    )
    yield _shared(
        answer,
        _clips(8, singles=True),
        "a class with a single source: nobody is left who could name it",
        others,
    )


def _clips(
    seed: int, *, takes: int = 6, mixed: bool = False, singles: bool = False
) -> tuple[Array, NDArray[np.str_], NDArray[np.str_]]:
    """Recordings of one source lie together; those of one class only roughly."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, takes + 1, 60 if takes == 1 else 18)
    source = np.repeat(np.arange(len(sizes)), sizes)
    label = np.repeat(rng.integers(0, 3, len(sizes)), sizes)
    if singles:
        label[source == 0] = 3
    if mixed:
        label = np.where(rng.uniform(size=len(label)) < 0.3, (label + 1) % 3, label)
    centres = rng.normal(0, 1.2, (4, 3))[label] + rng.normal(0, 1, (len(sizes), 3))[source]
    vectors = centres + rng.normal(0, 0.15, centres.shape)
    order = rng.permutation(len(label))
    names = np.array(["dog", "rain", "rooster", "helicopter"])
    return vectors[order], names[label[order]], np.char.add("take-", source[order].astype(str))


def _shared(answer: Answer, given: tuple[object, ...], what: str, others: Sequence[Inputs]) -> Finding:
    return expect_like(
        answer,
        honest,
        given,
        what,
        "For each recording: all recordings of ANOTHER source, the nearest of them by Euclidean distance,\n"
        "and whether its label is right. Then the share over all recordings.",
        slips=SHARE_SLIPS,
        others=others,
    )
