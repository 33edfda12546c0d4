"""The exercises of lesson 10: what is the most probable segmentation?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mmseg_edu import segment
from mmseg_edu.exercises.expect import (
    Answer,
    Finding,
    expect_close,
    expect_kept,
    expect_like,
    expect_own,
    expect_shape,
    spell,
    together,
)

UNTESTED = {
    "1": "speed; masks that contradict a probability of exactly 0 or 1",
    "2": "speed; eight neighbours; weights by contrast",
    "3": "speed; pictures larger than 16 x 16; eight neighbours",
}

_ENOUGH = 0.25  # of ICM's distance to the optimum; a hundred sweeps of annealing need about a tenth


def exercise_1(answer: Answer) -> Iterator[Finding]:
    """`log_chance(mask, p)`: log P(S | F) of a mask (H, W) when the pixels are independent given F."""
    mask, p = np.array([[1, 0]]), np.array([[0.9, 0.4]])
    what = "p [0.9, 0.4], the first pixel inside"
    value = answer(mask, p)
    yield expect_shape(value, (), what, "One number for the whole mask: a sum over all of its pixels.")
    yield expect_kept(answer, what)
    random = np.random.default_rng(101)
    yield expect_like(
        answer,
        _log_chance,
        (mask, p),
        what,
        "The first is inside, with 0.9; the second is outside, with 1 - 0.4. Multiply, take the logarithm.",
        tolerance=1e-6,
        slips=_SLIPS_OF_A_CHANCE,
        others=[(random.integers(0, 2, (2, 3)), random.uniform(0.1, 0.9, (2, 3))) for _ in range(3)],
    )
    p = np.array([[0.9, 0.8, 0.3], [0.7, 0.4, 0.2], [0.2, 0.1, 0.6]])
    masks = np.array(list(np.ndindex(*[2] * 9))).reshape(-1, 3, 3)
    chances = np.exp([float(np.asarray(answer(each, p))) for each in masks])
    yield Finding(
        bool(abs(chances.sum() - 1) < 1e-6),
        f"the 512 masks of a 3 x 3 picture: their probabilities sum to {chances.sum():.4g}",
        "They are all the masks there are, so the sum must be 1. Which pixels are left out, or counted twice?",
    )
    yield Finding(
        np.array_equal(masks[chances.argmax()], p > 0.5),
        "the most probable of them is the threshold 1/2",
        "Each pixel contributes p inside and 1 - p outside.",
    )
    sure = answer(np.array([[1, 0], [0, 1]]), np.array([[1.0, 0.0], [0.5, 0.5]]))
    yield expect_close(
        sure,
        np.log(0.25),
        "two pixels that are certain (p = 1 inside, p = 0 outside) add log 1 = 0",
        "0 times log 0 is 0 times minus infinity, which is nan. Choose p or 1 - p first (np.where),\n"
        "then take the logarithm of the one that counts.",
    )
    many = np.full((64, 64), 0.25)
    yield expect_close(
        answer(np.zeros((64, 64), int), many),
        4096 * np.log(0.75),
        "4096 pixels",
        "0.75 ** 4096 is smaller than the smallest float: no product can hold it. Add logarithms instead.",
        tolerance=1e-3,
    )


def _log_chance(mask: np.ndarray, p: np.ndarray) -> np.floating:
    return np.log(np.where(mask == 1, p, 1 - p)).sum()


_SLIPS_OF_A_CHANCE = [
    (
        lambda mask, p: (mask * p).sum(),
        "The printed rule: it adds up P inside, and the pixel outside is not heard at all.",
    ),
    (
        lambda mask, p: np.log(p[mask == 1]).sum(),
        "Only the inside counts here. What does the mask say about the pixel outside?",
    ),
    (
        lambda mask, p: np.log(p / (1 - p))[mask == 1].sum(),
        "The log-odds of the inside rank masks rightly; the sum that is the same for every mask is missing.",
    ),
    (
        lambda mask, p: np.exp(_log_chance(mask, p)),
        "That is P(S | F) itself. The logarithm of it is asked for.",
    ),
    (
        lambda mask, p: -_log_chance(mask, p),
        "The sign: a log-probability is at most 0. Minus it is an energy.",
    ),
    (
        lambda mask, p: _log_chance(mask, p) / mask.size,
        "That is the mean over the pixels. The pixels multiply, so the logarithms add.",
    ),
    (lambda mask, p: np.log(p).sum(), "The pixel outside contributes 1 - p, not p."),
    (
        lambda mask, p: _log_chance(1 - mask, p),
        "Inside and outside are swapped: where the mask is 1, p counts.",
    ),
    (
        lambda mask, p: np.log(np.where(mask == 1, p, 1 - p).sum()),
        "The logarithm of a sum. Independent pixels multiply: add the logarithms.",
    ),
    (lambda mask, p: _log_chance(mask, p) / np.log(2), "That is in bits. Use the natural logarithm, np.log."),
    (lambda mask, p: _log_chance(mask, p) / np.log(10), "That is log10. Use the natural logarithm, np.log."),
]


def exercise_2(answer: Answer) -> Iterator[Finding]:
    """`potts_energy(labels, unary, smoothness)`: data term and border length of a labelling (H, W)."""
    unary = np.array([[[0.0, 3.0], [0.0, 3.0]], [[0.0, 3.0], [2.0, 0.5]]])
    labels = np.array([[0, 0], [0, 1]])
    what = "2 x 2 pixels, the last one 1, smoothness 1.5"
    value = answer(labels, unary, 1.5)
    yield expect_shape(value, (), what, "One number for the whole labelling.")
    yield expect_kept(answer, what)
    yield expect_own(answer, "mmseg_edu.segment")
    random = np.random.default_rng(102)
    drawn = [(random.integers(0, 2, (3, 4)), random.uniform(1, 3, (3, 4, 2)), price) for price in (0.6, 2.3)]
    yield expect_like(
        answer,
        _potts,
        (labels, unary, 1.5),
        what,
        "The costs of the labels that were chosen are 0 + 0 + 0 + 0.5; the border has two steps.",
        slips=_SLIPS_OF_AN_ENERGY,
        others=drawn,
    )
    yield expect_close(
        answer(np.zeros((2, 2), int), unary, 1.5),
        2.0,
        "the same pixels, all 0: one is overruled, no border",
        "Which cost does a pixel pay: that of the label it has, or of the one it would like?",
        slips=[
            (2.0 + 1.5 * 4, "Four pairs are charged that have no border. Are those counted that are alike?")
        ],
    )
    row = np.array([[0, 0, 1, 1]])
    yield expect_close(
        answer(row, np.zeros((1, 4, 2)), 1.0),
        1.0,
        "a row 0 0 1 1 with free labels has one step of border",
        "Does the last pixel become a neighbour of the first? np.roll goes around the corner.",
    )
    yield expect_close(
        answer(np.array([[0, 1, 0, 1]]), np.zeros((1, 4, 2)), 1.0),
        3.0,
        "a row 0 1 0 1 has three",
        "Compare every pixel with the next one.",
    )
    far = np.array([[0, 3, 1]])
    yield expect_close(
        answer(far, np.zeros((1, 3, 4)), 1.0),
        2.0,
        "labels 0 3 1: two steps of border, however far apart the numbers are",
        "A drum (2) is not twice as far from the background as a bell (1). Labels are names: [l != m], not |l - m|.",
        slips=[(5.0, "Labels are names, not amounts: what counts is whether two differ, not by how much.")],
    )
    random = np.random.default_rng(10)
    labels, unary = random.integers(0, 3, (5, 7)).astype(np.uint8), random.uniform(size=(5, 7, 3))
    yield expect_close(
        answer(labels, unary, 0.7),
        segment.energy(labels, unary, smoothness=0.7),
        "5 x 7 pixels, three classes, uint8 labels: as segment.energy",
        "Is anything fixed to squares, to two classes, or to signed labels?",
    )


def _data(labels: np.ndarray, unary: np.ndarray) -> float:
    return float(np.take_along_axis(unary, labels[..., None].astype(int), axis=-1).sum())


def _steps(labels: np.ndarray) -> int:
    return int((labels[1:] != labels[:-1]).sum() + (labels[:, 1:] != labels[:, :-1]).sum())


def _diagonal(labels: np.ndarray) -> int:
    return int((labels[1:, 1:] != labels[:-1, :-1]).sum() + (labels[1:, :-1] != labels[:-1, 1:]).sum())


def _potts(labels: np.ndarray, unary: np.ndarray, price: float) -> float:
    return _data(labels, unary) + price * _steps(labels)


def _rolled(labels: np.ndarray) -> int:
    return int(sum((labels != np.roll(labels, 1, axis)).sum() for axis in (0, 1)))


_SLIPS_OF_AN_ENERGY = [
    (
        lambda labels, unary, price: _data(labels, unary) + 2 * price * _steps(labels),
        "Each pair of neighbours is counted twice, from either side.",
    ),
    (
        lambda labels, unary, price: _data(labels, unary) + price * _rolled(labels),
        "np.roll goes around the corner: the last pixel is no neighbour of the first.",
    ),
    (
        lambda labels, unary, price: _potts(labels, unary, price) + price * _diagonal(labels),
        "Diagonal pairs are counted. Four neighbours: across and down.",
    ),
    (lambda labels, unary, price: price * _steps(labels), "The data term is missing."),
    (lambda labels, unary, price: _data(labels, unary), "The border is missing."),
    (
        lambda labels, unary, price: _data(labels, unary) + _steps(labels),
        "The border is not multiplied by the smoothness.",
    ),
    (
        lambda labels, unary, price: _data(labels, unary) + price * (labels[:, 1:] != labels[:, :-1]).sum(),
        "Half of the border: neighbours lie across AND down.",
    ),
    (
        lambda labels, unary, price: _data(labels, unary) + price * (labels[1:] != labels[:-1]).sum(),
        "Half of the border: neighbours lie across AND down.",
    ),
    (
        lambda labels, unary, price: price * (_data(labels, unary) + _steps(labels)),
        "The data term is multiplied by the smoothness, too.",
    ),
    (
        lambda labels, unary, price: unary.sum() + price * _steps(labels),
        "All costs are added up. Only the cost of the label that a pixel has should count.",
    ),
    (
        lambda labels, unary, price: unary.min(axis=-1).sum() + price * _steps(labels),
        "The data term must use the label that the pixel HAS, not the one that it would like.",
    ),
    (
        lambda labels, unary, price: _data(labels, unary) - price * _steps(labels),
        "The border is subtracted. It is a cost, like the data term.",
    ),
    (lambda labels, unary, price: -_potts(labels, unary, price), "The sign: a cost is to be small."),
    (
        lambda labels, unary, price: _potts(labels, unary, price) / labels.size,
        "That is the mean over the pixels. An energy is a sum.",
    ),
]


def exercise_3(answer: Answer) -> Iterator[Finding]:
    """`minimise(unary, smoothness)`: labels (H, W) of lower energy than ICM reaches."""
    block = np.array([[1, 1, 0], [1, 1, 0], [0, 0, 0]])
    trap = np.stack([0.1 * block, 1.0 * (1 - block)], axis=-1)
    labels = answer(trap, 1.0)
    yield from _are_labels(labels, trap, "the trap")
    yield expect_kept(answer, "the trap")
    yield _plays_fair(answer)
    row = np.array([[[0.0, 9.0], [9.0, 0.0], [0.0, 9.0]]])
    yield expect_close(
        answer(row, 0.1),
        [[0, 1, 0]],
        "a row of pixels that are sure, and a cheap border: everyone as they like",
        "Is something maximised that should be minimised, or are the costs not looked at?",
    )
    row = np.array([[[0.0, 9.0, 9.0], [9.0, 9.0, 0.0], [9.0, 0.0, 9.0]]])
    yield expect_close(
        answer(row, 0.1),
        [[0, 2, 1]],
        "the same with three labels",
        "Do all K labels take part in the search, and not only 0 and 1?",
    )
    own, best = _energy(labels, trap), 0.4
    yield Finding(
        own <= best + 1e-6,
        f"the trap: energy {own:.3g}, the best is {best}",
        "A block of four that nobody leaves alone: this is where ICM stops. Which move would free it:\n"
        "several pixels at once, another start, or a step uphill?"
        if np.array_equal(np.asarray(labels), block)
        else "Not the optimum. Keep the best labelling that the search has met.",
    )
    unary = np.random.default_rng(3).uniform(0, 3, size=(6, 6, 3))
    labels = answer(unary, 1.0)
    yield from _are_labels(labels, unary, "6 x 6 pixels and three classes")
    own, theirs = _energy(labels, unary), _energy(segment.icm(unary, smoothness=1.0), unary)
    yield Finding(
        own <= theirs + 1e-6,
        f"6 x 6 pixels and three classes: energy {own:.2f}, ICM reaches {theirs:.2f}",
        "ICM from the cheapest labels does better. Let ICM finish the search.",
    )
    yield _closer_than_icm(answer)


def _are_labels(labels: object, unary: np.ndarray, what: str) -> Iterator[Finding]:
    shape, classes = unary.shape[:2], unary.shape[2]
    hint = "One label for each pixel: return the labels only."
    array = np.asarray(labels) if not isinstance(labels, tuple) else np.empty(0)
    whole = array.dtype.kind in "iu" and array.size > 0
    inside = whole and 0 <= array.min() and array.max() < classes
    yield together(
        f"{what}: shape {shape}, labels from 0 to {classes - 1}",
        expect_shape(array, shape, what, hint),
        Finding(
            bool(inside),
            f"{what}: expected whole numbers from 0 to {classes - 1}, got {spell(labels)}",
            "Labels are the numbers of classes: integers, not probabilities or energies.",
        ),
    )


def _plays_fair(answer: Answer) -> Finding:
    used = sorted(answer.reads & {"graph_cut", "min_cut", "maximum_flow"})
    return Finding(
        not used,
        f"its code calls {', '.join(used)}" if used else "its code calls no graph cut",
        "A graph cut finds the optimum, and lesson 12 builds one. Here, search on your own.",
    )


def _energy(labels: object, unary: np.ndarray) -> float:
    return segment.energy(np.asarray(labels), unary, smoothness=1.0)


def _closer_than_icm(answer: Answer) -> Finding:
    random = np.random.default_rng(16)
    own = icm = 0.0
    for _ in range(4):
        p = random.uniform(size=(16, 16))
        unary = segment.unary_from(np.stack([1 - p, p], axis=-1))
        best = _energy(segment.graph_cut(unary, smoothness=1.0), unary)
        own += (_energy(answer(unary, 1.0), unary) - best) / 4
        icm += (_energy(segment.icm(unary, smoothness=1.0), unary) - best) / 4
    says = f"four pictures of 16 x 16: {own:.1f} above the optimum on average, ICM {icm:.1f}"
    if own <= _ENOUGH * icm:
        return Finding(True, says)
    return Finding(
        False,
        f"{says}; at most {_ENOUGH * icm:.1f} is asked for",
        "No better than ICM yet. What lets a search climb out of a hole?"
        if own > 0.9 * icm
        else "Better than ICM, and still in a hole. On many pixels, starting again and again helps slowly:\n"
        "allow uphill steps, and lower the temperature more slowly.",
    )
