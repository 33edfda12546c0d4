"""The exercises of lesson 13: can a classifier become a segmenter?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from mmseg_edu.exercises.expect import (
    Answer,
    Finding,
    expect_kept,
    expect_like,
    expect_own,
    expect_shape,
    together,
)
from mmseg_edu.models.fcn import bilinear_kernel, upsample

UNTESTED = {
    "1": "speed; layers without weights",
    "2": "speed; maps of several classes, factors that are not whole",
    "3": "speed; maps that do not double in size",
}

Rule = Callable[..., Any]


def exercise_1(answer: Answer) -> Iterator[Finding]:
    """`my_kernel(weights, height, width)`: the convolution that a dense layer on a flattened map is."""
    random = np.random.default_rng(13)
    others = [(random.normal(size=(2 * 3 * 5, 4)), 2, 3), (random.normal(size=(4 * 3 * 2, 3)), 4, 3)]
    numbered = np.arange(12.0).reshape(6, 2)
    what = "6 x 2 weights, numbered row by row, for maps of 1 x 3 places"
    yield expect_shape(
        answer(numbered, 1, 3),
        (1, 3, 2, 2),
        what,
        "A kernel is (height, width, channels, classes). How many channels are there, if height * width * channels "
        "numbers were flattened?",
    )
    yield expect_kept(answer, what)
    yield expect_like(
        answer,
        _kernel,
        (numbered, 1, 3),
        f"{what}: each place has its two rows",
        "Flatten goes through the places row by row, and through the channels of a place before the next one.",
        slips=_SLIPS_1,
        others=others,
    )
    for (weights, height, width), name in zip(others, ("2 x 3 places", "4 x 3 places"), strict=True):
        got = answer(weights, height, width)
        channels = len(weights) // (height * width)
        size = (height, width, channels, weights.shape[1])
        shape = f"{name} of {channels} channels, {size[-1]} classes"
        yield together(
            f"{shape}: the kernel on the map gives what the dense layer gives on the flattened map",
            expect_shape(
                got, size, shape, "(height, width, channels, classes), also when the map is not square."
            ),
            expect_like(
                answer,
                _kernel,
                (weights, height, width),
                shape,
                "Flatten a map whose numbers you know, and look where each of them lands.",
                slips=_SLIPS_1,
                others=others,
            ),
        )


def _kernel(weights: Any, height: int, width: int) -> np.ndarray:
    return np.asarray(weights).reshape(height, width, -1, np.shape(weights)[1])


_SLIPS_1: list[tuple[Rule, str]] = [
    (
        lambda w, h, v: np.moveaxis(np.reshape(w, (-1, h, v, np.shape(w)[1])), 0, 2),
        "Here all places of the first channel come first. In this course channels are last: Flatten takes all "
        "channels of a place before it goes on.",
    ),
    (
        lambda w, h, v: np.swapaxes(np.reshape(w, (v, h, -1, np.shape(w)[1])), 0, 1),
        "The places were read column by column. Flatten goes row by row.",
    ),
    (
        lambda w, h, v: _kernel(w, h, v)[::-1, ::-1],
        "The kernel was turned by half a turn. Networks lay it on as it is.",
    ),
    (
        lambda w, h, v: np.reshape(np.transpose(w), (h, v, -1, np.shape(w)[1])),
        "The weights were transposed before they were cut up: a class's weights now lie side by side.",
    ),
    (
        lambda w, h, v: _kernel(w, h, v).swapaxes(2, 3),
        "Channels and classes are swapped: a kernel is (height, width, channels, classes).",
    ),
    (
        lambda w, h, v: np.reshape(w, (h, v, np.shape(w)[1], -1)).swapaxes(2, 3),
        "The classes were cut before the channels. In a row of `weights` all classes of one channel lie side by side.",
    ),
    (
        lambda w, h, v: np.reshape(w, (h, v, -1, np.shape(w)[1]), order="F"),
        "The first index ran fastest (order=\"F\"). Here the last one does: NumPy's and Keras's own order.",
    ),
    (lambda w, h, v: _kernel(w, h, v)[::-1], "The kernel's rows run from the last to the first."),
    (lambda w, h, v: _kernel(w, h, v)[:, ::-1], "The kernel's columns run from the last to the first."),
    (
        lambda w, h, v: _kernel(w, h, v) / (h * v),
        "The weights were divided by the number of places. This layer takes no mean, it sums over all places.",
    ),
]


def exercise_2(answer: Answer) -> Iterator[Finding]:
    """`my_upsample(scores, factor)`: bilinear, scores amid their cells, the last one holds at the border."""
    random = np.random.default_rng(31)
    others = [
        (random.normal(size=(3, 4)), 2),
        (random.normal(size=(4, 3)), 3),
        (random.normal(size=(2, 5)), 4),
    ]
    row = np.array([[0.0, 1.0]])
    what = "one row, [0, 1], factor 2"
    yield expect_shape(
        answer(row, 2), (2, 4), what, "A map f times as high and f times as wide: (f * H, f * W)."
    )
    yield together(
        "code of your own, and the inputs are left as they were",
        expect_own(answer, "mmseg_edu.models"),
        expect_kept(answer, what),
    )
    yield expect_like(
        answer,
        _upsampled,
        (row, 2),
        f"{what}: 0, 0.25, 0.75, 1 in both rows",
        "Where does the middle of pixel 1 lie, in cells? At (1 + 1/2) / 2 - 1/2.",
        slips=_SLIPS_2,
        others=others,
    )
    constant = np.full((2, 3), 0.7)
    yield expect_like(
        answer,
        _upsampled,
        (constant, 4),
        "2 x 3 scores of 0.7, factor 4: 0.7 everywhere",
        "Weights that sum to 1 leave a constant map constant, at the border too.",
        slips=_SLIPS_2,
        others=others,
    )
    for scores, factor in (*others, (random.normal(size=(3, 3)), 1), (np.array([[2.5]]), 5)):
        yield expect_like(
            answer,
            _upsampled,
            (scores, factor),
            f"{scores.shape[0]} x {scores.shape[1]} scores, factor {factor}",
            "Between four scores, weigh each by how near it is, in rows and in columns; beyond the last one it holds.",
            slips=_SLIPS_2,
            others=others,
        )


def _upsampled(scores: Any, factor: int) -> np.ndarray:
    return np.asarray(upsample(np.asarray(scores, np.float64)[..., None], factor)[..., 0])


def _at(scores: Any, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Linear between the scores at fractional rows and columns; np.interp holds the last one beyond the ends."""
    scores = np.asarray(scores, np.float64)
    height, width = scores.shape
    high = np.stack([np.interp(rows, np.arange(height), column) for column in scores.T], axis=1)
    return np.stack([np.interp(columns, np.arange(width), row) for row in high])


def _nearest(scores: Any, factor: int) -> np.ndarray:
    return np.repeat(np.repeat(scores, factor, axis=0), factor, axis=1)


def _corners(scores: Any, factor: int) -> np.ndarray:
    ends = [np.linspace(0, side - 1, factor * side) for side in np.shape(scores)]
    return _at(scores, *ends)


def _no_half(scores: Any, factor: int) -> np.ndarray:
    return _at(scores, *(np.arange(factor * side) / factor for side in np.shape(scores)))


def _fading(scores: Any, factor: int) -> np.ndarray:
    height, width = np.shape(scores)
    kernel = bilinear_kernel(factor)
    count, margin = len(kernel), (len(kernel) - factor) // 2
    written = np.zeros((height * factor + count, width * factor + count))
    for a, b in np.ndindex(height, width):
        written[a * factor :, b * factor :][:count, :count] += np.asarray(scores)[a, b] * kernel
    return written[margin:][: height * factor, margin : margin + width * factor]


def _extended(scores: Any, factor: int) -> np.ndarray:
    """Beyond the last score the line goes on."""
    maps = np.asarray(scores, np.float64)
    for axis in (0, 1):
        side = maps.shape[axis]
        if side == 1:
            maps = np.repeat(maps, factor, axis=axis)
            continue
        place = (np.arange(factor * side) + 0.5) / factor - 0.5
        low = np.clip(np.floor(place).astype(int), 0, side - 2)
        part = (place - low).reshape((-1, 1) if axis == 0 else (1, -1))
        maps = np.take(maps, low, axis) * (1 - part) + np.take(maps, low + 1, axis) * part
    return maps


def _mirrored(scores: Any, factor: int) -> np.ndarray:
    places = [(np.arange(factor * side) + 0.5) / factor + 0.5 for side in np.shape(scores)]
    return _at(np.pad(scores, 1, mode="reflect"), *places)


def _zero_outside(scores: Any, factor: int) -> np.ndarray:
    places = [(np.arange(factor * side) + 0.5) / factor - 0.5 for side in np.shape(scores)]
    within = [(p >= 0) & (p <= side - 1) for p, side in zip(places, np.shape(scores), strict=True)]
    return np.where(np.outer(*within), _at(scores, *places), 0)


def _at_half(before: float, after: float) -> Rule:
    """Upsampling with other halves than 1/2 before the division and -1/2 after it."""

    def rule(scores: Any, factor: int) -> np.ndarray:
        return _at(scores, *((np.arange(factor * n) + before) / factor + after for n in np.shape(scores)))

    return rule


def _doubled(scores: Any, factor: int) -> np.ndarray:
    while factor % 2 == 0:
        scores, factor = _upsampled(scores, 2), factor // 2
    return _upsampled(scores, factor)


def _cubic(**options: Any) -> Rule:
    def rule(scores: Any, factor: int) -> np.ndarray:
        from scipy import ndimage

        return np.asarray(ndimage.zoom(np.asarray(scores, np.float64), factor, order=3, **options))

    return rule


def _rows_only(scores: Any, factor: int) -> np.ndarray:
    height, width = np.shape(scores)
    rows = (np.arange(factor * height) + 0.5) / factor - 0.5
    return np.repeat(_at(scores, rows, np.arange(width)), factor, axis=1)


def _columns_only(scores: Any, factor: int) -> np.ndarray:
    return _rows_only(np.transpose(scores), factor).T


_CUBIC = (
    "It is a curve through the scores: order 3, which `ndimage.zoom` takes unless told. Bilinear is order=1."
)
_WHOLE = "The scores were made whole numbers. Between two scores lie fractions."

_SLIPS_2: list[tuple[Rule, str]] = [
    (_nearest, "Each score was repeated. Bilinear goes along a line from one score to the next."),
    (
        _corners,
        "The first and the last score were put into the corners. A score sits in the middle of its cell of f pixels.",
    ),
    (
        _no_half,
        "All is shifted by half a cell: pixel p has its middle at p + 1/2, a score at the middle of its cell.",
    ),
    (
        _fading,
        "It fades toward the border: there a neighbour is missing, and its weight with it. The last score takes all.",
    ),
    (_extended, "Beyond the last score the line goes on. Let the last score hold there."),
    (_rows_only, "It is smooth from row to row, but columns are repeated."),
    (_columns_only, "It is smooth from column to column, but rows are repeated."),
    (
        lambda s, f: np.pad(_upsampled(s, f), 1, mode="edge")[:-2, :-2],
        "All is shifted by one pixel, down and to the right.",
    ),
    (
        _mirrored,
        'Beyond the last score it is mirrored, as `mode="reflect"` of scikit-image does. The last one holds: "edge".',
    ),
    (_zero_outside, 'Beyond the last score there is 0 (`mode="constant"`). The last one holds: "nearest".'),
    (
        _at_half(0.5, 0),
        "The 1/2 of the pixel is there, that of the score is not: its own middle lies at 1/2 too.",
    ),
    (
        _at_half(0, -0.5),
        "The 1/2 of the score is there, that of the pixel is not: its middle lies at p + 1/2.",
    ),
    (
        _doubled,
        "For the factor 4 it was doubled twice, and lines through lines are other lines. Go to the pixels in one step.",
    ),
    (_cubic(), _CUBIC),
    (_cubic(mode="nearest", grid_mode=True), _CUBIC),
    (lambda s, f: np.trunc(_upsampled(s, f)), _WHOLE),
    (lambda s, f: np.rint(_upsampled(s, f)), _WHOLE),
    (
        lambda s, f: np.clip(_upsampled(s, f), 0, 1),
        "It was cut off at 0 and 1. Scores are no probabilities: they may lie below and above.",
    ),
]


def exercise_3(answer: Answer) -> Iterator[Finding]:
    """`my_fcn(scores, stride)`: double, add the next finer scores, and so on; then one step to the pixels."""
    random = np.random.default_rng(8)

    def drawn(height: int, width: int, count: int, classes: int) -> list[np.ndarray]:
        return [random.normal(size=(height * 2**i, width * 2**i, classes)) for i in range(count)]

    others = [(drawn(2, 1, 3, 2), 4), (drawn(1, 2, 2, 3), 8)]
    alone = ([np.array([[[0.0, 8.0], [4.0, 0.0]]])], 2)
    what = "one map of 1 x 2 places, no skip, stride 2"
    got = answer(*alone)
    labels = "These are labels. The exercise asks for the scores, before the argmax."
    pixels = "Pixels: stride times the size of the finest scores, and the classes last."
    yield expect_shape(got, (2, 4, 2), what, labels if np.asarray(got).shape == (2, 4) else pixels)
    yield expect_kept(answer, what)
    yield expect_like(
        answer,
        _fcn,
        alone,
        f"{what}: upsampled, nothing else",
        "Without a finer map there is nothing to add: FCN-32s.",
        slips=_SLIPS_3,
        others=others,
    )
    for (scores, stride), name in (
        (others[1], "one skip, stride 8: 16s of a small trunk"),
        (others[0], "two skips, stride 4"),
        ((drawn(1, 1, 4, 2), 2), "three skips, stride 2"),
    ):
        finest = np.shape(scores[-1])
        size = (stride * finest[0], stride * finest[1], finest[2])
        yield together(
            name,
            expect_shape(
                answer(scores, stride), size, name, "The last step goes from the finest scores to the pixels."
            ),
            expect_kept(answer, name),
            expect_like(
                answer,
                _fcn,
                (scores, stride),
                name,
                "Coarsest first: double what you have, add the next scores, again. At the end go `stride` times.",
                slips=_SLIPS_3,
                others=others,
            ),
        )


def _fcn(scores: Sequence[Any], stride: int) -> np.ndarray:
    total = np.asarray(scores[0], np.float64)
    for finer in scores[1:]:
        total = upsample(total, 2) + finer
    return np.asarray(upsample(total, stride))


def _softmax(scores: Any) -> np.ndarray:
    powers = np.exp(scores - np.max(scores, axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def _each_at_once(scores: Sequence[Any], stride: int) -> np.ndarray:
    reach = [stride * 2 ** (len(scores) - 1 - i) for i in range(len(scores))]
    return np.asarray(sum(upsample(np.asarray(s, np.float64), f) for s, f in zip(scores, reach, strict=True)))


def _met(scores: Sequence[Any], stride: int) -> np.ndarray:
    return np.asarray(upsample(_each_at_once(scores, 1), stride))


def _rectified(scores: Sequence[Any], stride: int) -> np.ndarray:
    return _fcn([np.maximum(each, 0) for each in scores], stride)


def _enlarged(rule: Rule) -> Rule:
    """FCN with another way to upsample one map."""

    def larger(maps: Any, factor: int) -> np.ndarray:
        return np.stack([rule(each, factor) for each in np.moveaxis(maps, -1, 0)], axis=-1)

    def slip(scores: Sequence[Any], stride: int) -> np.ndarray:
        total = np.asarray(scores[0], np.float64)
        for finer in scores[1:]:
            total = larger(total, 2) + finer
        return larger(total, stride)

    return slip


def _joined(join: Rule) -> Rule:
    """FCN with something else than a sum at each skip."""

    def slip(scores: Sequence[Any], stride: int) -> np.ndarray:
        total = np.asarray(scores[0], np.float64)
        for finer in scores[1:]:
            total = join(upsample(total, 2), finer)
        return np.asarray(upsample(total, stride))

    return slip


_SLIPS_3: list[tuple[Rule, str]] = [
    (
        lambda scores, stride: upsample(np.asarray(scores[-1], np.float64), stride),
        "Only the finest scores are in it. The coarse ones know what, and are to be added.",
    ),
    (
        lambda scores, stride: upsample(np.asarray(scores[0], np.float64), stride * 2 ** (len(scores) - 1)),
        "Only the coarsest scores are in it: that is 32s, whatever the skips say.",
    ),
    (
        _each_at_once,
        "Each map went to the pixels in one go, and the sum was taken there. Close, but the coarse ones are to be "
        "doubled, added to, and doubled again.",
    ),
    (
        _met,
        "Each map went to the finest scores in one go. Close, but the coarse ones are to be doubled, added to, and "
        "doubled again.",
    ),
    (
        _joined(lambda coarse, fine: (coarse + fine) / 2),
        "That is the mean at each skip. The scores are added: logarithms of factors.",
    ),
    (
        _joined(np.multiply),
        "The scores were multiplied. They are logarithms: products of opinions are sums of scores.",
    ),
    (
        _joined(np.maximum),
        "At each skip the larger score was kept. Add: a finer score below 0 must be heard too.",
    ),
    (_joined(np.subtract), "The finer scores were taken away. Add them."),
    (_joined(lambda coarse, fine: fine - coarse), "The coarse scores were taken away. Add them."),
    (
        _joined(lambda coarse, fine: np.maximum(coarse + fine, 0)),
        "There is a ReLU after each sum. A score below 0 is evidence against a class: keep it.",
    ),
    (
        lambda scores, stride: _fcn(scores[-2:], stride),
        "Only the two finest maps are in it. Begin with the coarsest, and add them all.",
    ),
    (
        lambda scores, stride: _fcn(scores[1:] or scores, stride),
        "The coarsest scores are missing. They know what it is, and come first.",
    ),
    (
        lambda scores, stride: upsample(_softmax(_fcn(scores, 1)), stride),
        "These are posteriors that were upsampled. Upsample the scores; the softmax comes after the last step.",
    ),
    (
        lambda scores, stride: _softmax(_fcn(scores, stride)),
        "That is the posterior. The exercise asks for the scores before the softmax.",
    ),
    (_rectified, "The scores went through a ReLU. A score below 0 is evidence against a class: keep it."),
    (
        lambda scores, stride: np.log(_softmax(_fcn(scores, stride))),
        "That is the logarithm of the posterior. The exercise asks for the scores before the softmax.",
    ),
    (_enlarged(_nearest), "The scores were repeated, not interpolated."),
    (_enlarged(_corners), "The upsampling puts the first and the last score into the corners, see 13.2."),
    (_enlarged(_no_half), "The upsampling is shifted by half a cell, see 13.2."),
    (_enlarged(_fading), "The upsampling fades toward the border, see 13.2."),
    (
        lambda scores, stride: upsample(_enlarged(_doubled)(scores, stride // 2), 2),
        "The last step was made by doubling. It is one step of `stride` pixels, and its lines are other lines.",
    ),
]
