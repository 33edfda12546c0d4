"""The exercises of lesson 01: what must happen to a picture before a network may see it?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from mmseg_edu.exercises.expect import (
    Answer,
    AnswerError,
    Finding,
    expect_kept,
    expect_like,
    expect_own,
    expect_shape,
    numbers_of,
    spell,
    together,
)
from mmseg_edu.exercises.lesson_01_normalizing import NORMALIZE_SLIPS, Slips, by_training
from mmseg_edu.preprocess.image import resize_image

UNTESTED = {
    "1": "speed; sides that the factor does not divide",
    "2": "speed; a channel that never varies",
    "3": "speed",
}

# 01.1


def exercise_1(answer: Answer) -> Iterator[Finding]:
    """`shrink_labels(labels, factor)`: the most frequent label of each block, the lowest of a tie."""
    labels = np.array([[0, 4, 3, 3], [4, 4, 3, 1], [0, 0, 2, 2], [0, 1, 1, 1]])
    what = "16 labels by a factor of 2"
    yield expect_shape(
        answer(labels, 2), (2, 2), what, "One label for each block of 2 x 2, in rows and columns."
    )
    yield _shrunk(answer, labels, 2, "the lesson's sixteen labels, by a factor of 2")
    yield expect_kept(answer, what)
    yield _own(answer)
    random = np.random.default_rng(1)
    tie = np.array([[3, 1, 0, 4], [1, 3, 4, 0]])
    yield _shrunk(answer, tie, 2, "two blocks, each with a tie")
    yield _shrunk(answer, random.integers(0, 3, (6, 9)), 3, "a map of 6 x 9 by a factor of 3")
    yield _shrunk(answer, random.choice([0, 7, 90, 200], (8, 4)), 4, "labels up to 200, by a factor of 4")
    yield _shrunk(answer, random.integers(0, 5, (3, 4)), 1, "a factor of 1, which changes nothing")


def _own(answer: Answer) -> Finding:
    finding = expect_own(answer, "mmseg_edu.preprocess")
    if finding.right or "resize_labels_by_majority" in finding.says:
        return finding
    return replace(
        finding, hint="Here the package is for comparing only: count the votes of each block yourself."
    )


def _shrunk(answer: Answer, labels: np.ndarray, factor: int, what: str) -> Finding:
    random = np.random.default_rng(7)
    shape = expect_shape(
        answer(labels, factor), (labels.shape[0] // factor, labels.shape[1] // factor), what, _BLOCKS
    )
    if not shape.right:
        return shape
    return expect_like(
        answer,
        _majority,
        (labels, factor),
        what,
        "Count, for each label, how often it occurs in the block. Which one wins, and which of a tie?",
        slips=_SHRINK_SLIPS,
        others=[(random.choice([0, 1, 4, 9], (6, 9)), 3), (random.choice([0, 2, 3], (12, 16)), 2)],
    )


_BLOCKS = "Rows go to H / factor, columns to W / factor: is a size fixed somewhere?"


def _in_blocks(labels: np.ndarray, factor: int) -> np.ndarray:
    """All labels of a block on the last axis, (H / factor, W / factor, factor * factor)."""
    height, width = labels.shape[0] // factor, labels.shape[1] // factor
    parts = labels.reshape(height, factor, width, factor).swapaxes(1, 2)
    return parts.reshape(height, width, factor * factor)


def _votes(labels: np.ndarray, factor: int, names: np.ndarray) -> np.ndarray:
    return (_in_blocks(labels, factor)[..., np.newaxis] == names).sum(axis=2)


def _majority(labels: np.ndarray, factor: int) -> np.ndarray:
    names = np.unique(labels)
    return names[_votes(labels, factor, names).argmax(axis=-1)]


def _highest_of_a_tie(labels: np.ndarray, factor: int) -> np.ndarray:
    names = np.unique(labels)[::-1]
    return names[_votes(labels, factor, names).argmax(axis=-1)]


def _first_of_a_tie(labels: np.ndarray, factor: int) -> np.ndarray:
    blocks = _in_blocks(labels, factor)
    votes = (blocks[..., np.newaxis] == blocks[..., np.newaxis, :]).sum(axis=-1)
    return np.take_along_axis(blocks, votes.argmax(axis=-1)[..., np.newaxis], axis=-1)[..., 0]


def _without_background(labels: np.ndarray, factor: int) -> np.ndarray:
    names = np.unique(labels)
    votes = _votes(labels, factor, names) * (names > 0)
    return names[votes.argmax(axis=-1)]


def _among(names: Callable[[np.ndarray], np.ndarray]) -> Callable[[np.ndarray, int], np.ndarray]:
    """The rule that counts some names only, and of no votes at all makes the first of them."""
    return lambda labels, factor: names(labels)[_votes(labels, factor, names(labels)).argmax(axis=-1)]


def _as_picture(antialias: bool) -> Callable[[np.ndarray, int], np.ndarray]:
    def rule(labels: np.ndarray, factor: int) -> np.ndarray:
        size = labels.shape[0] // factor, labels.shape[1] // factor
        return resize_image(labels.astype(float), size, antialias)

    return rule


def _row_blocks(labels: np.ndarray, factor: int) -> np.ndarray:
    height, width = labels.shape[0] // factor, labels.shape[1] // factor
    parts, names = labels.reshape(height, width, factor * factor), np.unique(labels)
    return names[(parts[..., np.newaxis] == names).sum(axis=2).argmax(axis=-1)]


_MEDIAN = (
    "A median needs an order, and names have none: renumber the classes, and it changes.\n"
    "Which label occurs most often?"
)
_MEAN = (
    "This is a mean of names. Between 0 (background) and 4 (bird) it finds 2, a drum that is not there.\n"
    "Which label occurs most often?"
)
_SHRINK_SLIPS: Slips = [
    (lambda labels, f: _in_blocks(labels, f).mean(axis=-1), _MEAN),
    (lambda labels, f: _in_blocks(labels, f).mean(axis=-1).round(), _MEAN),
    (lambda labels, f: _in_blocks(labels, f).mean(axis=-1).astype(int), _MEAN),
    (lambda labels, f: _as_picture(True)(labels, f), _MEAN),
    (lambda labels, f: _as_picture(True)(labels, f).round(), _MEAN),
    (lambda labels, f: _as_picture(True)(labels, f).astype(int), _MEAN),
    (lambda labels, f: _as_picture(False)(labels, f), _MEAN),
    (lambda labels, f: _as_picture(False)(labels, f).round(), _MEAN),
    (lambda labels, f: _as_picture(False)(labels, f).astype(int), _MEAN),
    (lambda labels, f: np.median(_in_blocks(labels, f), axis=-1), _MEDIAN),
    (lambda labels, f: np.median(_in_blocks(labels, f), axis=-1).astype(int), _MEDIAN),
    (lambda labels, f: np.median(_in_blocks(labels, f), axis=-1).round(), _MEDIAN),
    (
        lambda labels, f: labels[::f, ::f],
        "This is the first pixel of each block. The others have a vote, too.",
    ),
    (
        lambda labels, f: labels[f // 2 :: f, f // 2 :: f],
        "This is one pixel from the middle of each block. The others have a vote, too.",
    ),
    (
        lambda labels, f: labels[f - 1 :: f, f - 1 :: f],
        "This is the last pixel of each block. The others have a vote, too.",
    ),
    (
        lambda labels, f: _majority(labels.T, f),
        "Rows and columns are exchanged: this is the answer for labels.T.",
    ),
    (
        _among(lambda labels: np.arange(5)),
        "Only the labels 0 to 4 are counted, and this map has others: np.unique(labels) lists them.",
    ),
    (
        _among(lambda labels: np.arange(max(labels.max(), 1))),
        "The highest label has no vote: range(n) ends before n.",
    ),
    (
        lambda labels, f: _in_blocks(labels, f).max(axis=-1),
        "This is the highest label of each block: a bird would grow by one block all round.",
    ),
    (
        lambda labels, f: _in_blocks(labels, f).min(axis=-1),
        "This is the lowest label of each block, not the most frequent.",
    ),
    (
        _highest_of_a_tie,
        "Nearly: of a tie the lowest label wins here. Which one does your search meet first?",
    ),
    (
        _first_of_a_tie,
        "Nearly: of a tie the label that stands first in the block wins here, as in Counter.most_common. The\n"
        "lowest shall win: sort the labels before you count.",
    ),
    (_without_background, "The background has a vote like every class. Is 0 left out of the count?"),
    (
        _row_blocks,
        "The blocks are wrong: reshape keeps pixels in reading order, so these are pieces of rows.\n"
        "Cut into (H / factor, factor, W / factor, factor), then bring the two factors together.",
    ),
    (
        lambda labels, f: _votes(labels, f, np.unique(labels)).max(axis=-1),
        "These are the winners' numbers of votes. Whose votes are they?",
    ),
    (
        lambda labels, f: _votes(labels, f, np.unique(labels)).argmax(axis=-1),
        "These are places in the list of labels, not the labels themselves.",
    ),
]


# 01.2


def exercise_2(answer: Answer) -> Iterator[Finding]:
    """`normalize_sets(training, test)`: both by the mean and spread of the training pixels, for each channel."""
    what = "two training pictures of 4 x 5 and 8 x 10 pixels, and a darker one to test on"
    training, test = _sets(1)
    got = answer(training, test)
    yield _pairs(got, training, test, what)
    yield expect_kept(
        answer, what, "The caller still needs these pictures. Which line writes into them (-=, /=)?"
    )
    yield _as_one_by(answer, training, test, what)
    many, others = _sets(2, sizes=((3, 7), (6, 6), (2, 9)), tests=((5, 4), (4, 8)))
    what = "three pictures to train on and two to test on"
    yield _pairs(answer(many, others), many, others, what)
    yield _as_one_by(answer, many, others, what)
    what = "another test set for the same training pictures"
    first, second = answer(many, others), answer(many, [0.5 * each for each in others])
    same = np.allclose(_joined(first[:1]), _joined(second[:1]), atol=1e-5)  # type: ignore[index]
    yield Finding(
        same,
        f"{what}: the training pictures come out the same",
        "" if same else "They must not know the test set at all. Where does it enter?",
    )


def _sets(
    seed: int,
    sizes: Sequence[tuple[int, int]] = ((4, 5), (8, 10)),
    tests: Sequence[tuple[int, int]] = ((6, 7),),
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    random = np.random.default_rng(seed)
    levels = np.array([0.9, 0.6, 0.3])
    training = [levels * random.random((*size, 3)) ** (1 + i) for i, size in enumerate(sizes)]
    return training, [0.4 * levels * random.random((*size, 3)) ** 2 for size in tests]


def _pairs(got: object, training: list[np.ndarray], test: list[np.ndarray], what: str) -> Finding:
    if not isinstance(got, tuple | list) or len(got) != 2:
        raise AnswerError(f"{what}: expected two lists, the training and the test pictures, got {spell(got)}")
    findings = []
    for name, pictures, given in (("training", got[0], training), ("test", got[1], test)):
        if not isinstance(pictures, tuple | list | np.ndarray) or len(pictures) != len(given):
            listed = isinstance(pictures, tuple | list)
            count = f"a list of {len(pictures)}" if listed else spell(pictures)
            raise AnswerError(f"{what}: expected a list of {len(given)} {name} pictures, got {count}")
        findings += [
            expect_shape(a, b.shape, f"{name} picture", "Each picture keeps its shape.")
            for a, b in zip(pictures, given, strict=True)
        ]
    return together(f"{what}: two lists, each picture with its shape", *findings)


def _joined(sets: Any) -> np.ndarray:
    return np.concatenate(
        [numbers_of(picture).astype(float).ravel() for pictures in sets for picture in pictures]
    )


def _as_one_by(answer: Answer, training: list[np.ndarray], test: list[np.ndarray], what: str) -> Finding:
    return expect_like(
        Answer(lambda *sets: _joined(answer(*sets))),
        lambda *sets: _joined(by_training(*sets)),
        (training, test),
        f"{what}: by the training pixels' mean and standard deviation, for each channel",
        "Put all training pixels into one array (n, 3). Its mean and std along axis 0 serve both sets.",
        slips=[(lambda *sets, rule=rule: _joined(rule(*sets)), hint) for rule, hint in NORMALIZE_SLIPS],
        others=[_sets(5), _sets(6, sizes=((5, 5), (2, 3), (7, 4)), tests=((3, 3), (6, 2)))],
        tolerance=1e-4,
    )


# 01.3

_Rectangle = tuple[int, int, int, int]


def exercise_3(answer: Answer) -> Iterator[Finding]:
    """`flip_and_crop(boxes, width, rectangle)`: boxes of a picture that is mirrored, then cropped."""
    boxes, rectangle = np.array([[2, 1, 6, 4]]), (1, 3, 6, 7)
    what = "one box, rows 2 to 5 and columns 1 to 3, in a picture 12 pixels wide"
    yield expect_shape(
        answer(boxes, 12, rectangle), (1, 4), what, "One row (top, left, bottom, right) a box."
    )
    yield _moved(answer, boxes, 12, rectangle, what)
    yield expect_kept(answer, what)
    cases: list[tuple[str, list[list[int]], int, _Rectangle]] = [
        ("a box that the crop cuts", [[0, 3, 9, 11]], 12, (2, 3, 4, 5)),
        (
            "a box that lies outside, between two that do not",
            [[1, 8, 5, 12], [0, 0, 2, 2], [3, 9, 4, 15]],
            20,
            (2, 7, 9, 6),
        ),
        ("a crop of the whole picture", [[0, 0, 10, 20], [4, 5, 6, 7]], 20, (0, 0, 10, 20)),
    ]
    for what, given, width, rectangle in cases:
        yield _moved(answer, np.array(given), width, rectangle, what)
    yield _moved(answer, *_random_boxes(3), "twenty boxes by chance")


def _random_boxes(seed: int) -> tuple[np.ndarray, int, _Rectangle]:
    random = np.random.default_rng(seed)
    rows, columns = np.sort(random.integers(0, 41, (2, 20, 2)), axis=2)
    boxes = np.stack([rows[:, 0], columns[:, 0], rows[:, 1] + 1, columns[:, 1] + 1], axis=1)
    return boxes, 50, (6, 9, 21, 27)


def _moved(answer: Answer, boxes: np.ndarray, width: int, rectangle: _Rectangle, what: str) -> Finding:
    shape = expect_shape(
        answer(boxes, width, rectangle),
        boxes.shape,
        what,
        "A box that lies outside keeps its row, with area 0: otherwise the boxes no longer match their classes.",
    )
    if not shape.right:
        return shape
    return expect_like(
        Answer(lambda *inputs: _without_place(answer(*inputs), inputs[2])),
        lambda *inputs: _without_place(_flip_and_crop(*inputs), inputs[2]),
        (boxes, width, rectangle),
        what,
        "Mirror: column x becomes width - x, and left and right change roles. Then take off the corner of\n"
        "the rectangle, and cut at its sides.",
        slips=[
            (lambda *inputs, rule=rule: _without_place(rule(*inputs), inputs[2]), hint)
            for rule, hint in _BOX_SLIPS
        ],
        others=[_random_boxes(4), _random_boxes(5)],
    )


def _without_place(boxes: object, rectangle: _Rectangle) -> np.ndarray:
    """Boxes, of which those without area, wherever in the crop they lie, are all the same."""
    given = numbers_of(boxes).astype(float)
    if given.ndim != 2 or given.shape[1] != 4:
        return given
    ends = [*rectangle[2:], *rectangle[2:]]
    inside = ((given >= 0) & (given <= ends)).all(axis=1)
    flat = (given[:, 2:] == given[:, :2]).any(axis=1) & (given[:, 2:] >= given[:, :2]).all(axis=1)
    return np.where((inside & flat)[:, np.newaxis], 0.0, given)


def _flipped(boxes: np.ndarray, width: int) -> np.ndarray:
    top, left, bottom, right = np.asarray(boxes).T
    return np.stack([top, width - right, bottom, width - left], axis=1)


def _cropped(boxes: np.ndarray, rectangle: _Rectangle) -> np.ndarray:
    top, left, height, width = rectangle
    return np.clip(boxes - np.array([top, left, top, left]), 0, [height, width, height, width])


def _flip_and_crop(boxes: np.ndarray, width: int, rectangle: _Rectangle) -> np.ndarray:
    return _cropped(_flipped(boxes, width), rectangle)


def _not_exchanged(boxes: np.ndarray, width: int, rectangle: _Rectangle) -> np.ndarray:
    top, left, bottom, right = boxes.T
    return _cropped(np.stack([top, width - left, bottom, width - right], axis=1), rectangle)


def _not_clipped(boxes: np.ndarray, width: int, rectangle: _Rectangle) -> np.ndarray:
    return _flipped(boxes, width) - np.array([*rectangle[:2], *rectangle[:2]])


def _corner_kept(boxes: np.ndarray, width: int, rectangle: _Rectangle) -> np.ndarray:
    ends = [rectangle[0] + rectangle[2], rectangle[1] + rectangle[3]]
    return np.clip(_flipped(boxes, width), [*rectangle[:2]] * 2, ends * 2)


def _ends_for_sizes(boxes: np.ndarray, width: int, rectangle: _Rectangle) -> np.ndarray:
    top, left, bottom, right = rectangle
    return _cropped(_flipped(boxes, width), (top, left, bottom - top, right - left))


def _upside_down(boxes: np.ndarray, width: int, rectangle: _Rectangle) -> np.ndarray:
    top, left, bottom, right = boxes.T
    return _cropped(np.stack([width - bottom, left, width - top, right], axis=1), rectangle)


_EDGES = (
    "Off by one pixel: left and right are edges, not pixels. The edge at 0 becomes the edge at width,\n"
    "and the pixel 0 becomes the pixel width - 1."
)
_ORDER = "Cropped first, then mirrored inside the crop. The order matters: mirror the whole picture first."
_SIDES = "Rows and columns are exchanged: a box is (top, left, bottom, right), rows first."
_RECTANGLE = "The rectangle is (top, left, height, width): were rows and columns exchanged in it?"
_BOX_SLIPS: Slips = [
    (
        _not_exchanged,
        "Left is now right of right: in a mirror the box's right edge becomes its left one. Exchange them.",
    ),
    (lambda b, w, r: _cropped(_flipped(b, w - 1), r), _EDGES),
    (lambda b, w, r: _cropped(_flipped(b, w + 1), r), _EDGES),
    (lambda b, w, r: _flipped(_cropped(b, r), r[3]), _ORDER),
    (
        lambda b, w, r: _cropped(_flipped(b, r[3]), r),
        "Mirrored in the width of the crop. The whole picture is mirrored: use width.",
    ),
    (_not_clipped, "A box must end where the crop ends: cut it at 0 and at the crop's height and width."),
    (
        lambda b, w, r: np.maximum(_not_clipped(b, w, r), 0),
        "Cut at 0, but not at the crop's height and width on the other side.",
    ),
    (lambda b, w, r: _cropped(np.asarray(b), r), "The crop is right, but nothing was mirrored."),
    (lambda b, w, r: _flipped(b, w), "The mirror is right, but nothing was cropped."),
    (_corner_kept, "Cut at the right places, but the crop's own corner must become (0, 0): take it off."),
    (
        _ends_for_sizes,
        "The rectangle is (top, left, height, width). Its last two numbers were read as bottom and right.",
    ),
    (lambda b, w, r: _cropped(_flipped(b, w), (r[0], r[1], r[3], r[2])), _RECTANGLE),
    (lambda b, w, r: _cropped(_flipped(b, w), (r[1], r[0], r[3], r[2])), _RECTANGLE),
    (lambda b, w, r: _cropped(_flipped(b, w), (r[1], r[0], r[2], r[3])), _RECTANGLE),
    (_upside_down, "Mirrored upside down: rows were exchanged instead of columns."),
    (
        lambda b, w, r: _flip_and_crop(np.asarray(b)[:, [1, 0, 3, 2]], w, r)[:, [1, 0, 3, 2]],
        _SIDES,
    ),
    (lambda b, w, r: _flip_and_crop(np.asarray(b)[:, [1, 0, 3, 2]], w, r), _SIDES),
    (
        lambda b, w, r: _flipped(_cropped(b, r), w),
        "Cropped first, then mirrored in the whole width. Mirror first, while the boxes are still the whole\n"
        "picture's.",
    ),
    (
        lambda b, w, r: np.minimum(_not_clipped(b, w, r), [r[2], r[3], r[2], r[3]]),
        "Cut at the crop's height and width, but not at 0 on the other side.",
    ),
    (
        lambda b, w, r: np.clip(_not_clipped(b, w, r), 0, [r[2] - 1, r[3] - 1, r[2] - 1, r[3] - 1]),
        "Cut one too early: these are edges, and the last one is at height, not at height - 1.",
    ),
    (
        lambda b, w, r: _cropped(_flipped(b, w), (-r[0], -r[1], r[2], r[3])),
        "The rectangle's corner was added. In the crop it is (0, 0): take it off.",
    ),
    (
        lambda b, w, r: np.concatenate(
            [_flip_and_crop(b, w, r)[:, :2], _flip_and_crop(b, w, r)[:, 2:] - _flip_and_crop(b, w, r)[:, :2]],
            1,
        ),
        "These are heights and widths. A box ends with its bottom and its right edge.",
    ),
]
