"""The exercises of lesson 14: why does everyone use a U?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from mmseg_edu.exercises.expect import (
    Answer,
    Finding,
    Inputs,
    expect_close,
    expect_kept,
    expect_like,
    expect_own,
    expect_range,
    expect_shape,
    numbers_of,
    together,
)
from mmseg_edu.exercises.lesson_14_level import SLIPS as LEVEL_SLIPS
from mmseg_edu.exercises.lesson_14_level import level, maps, plain

UNTESTED = {
    "1": "speed; several convolutions a level, which change no size",
    "2": "speed; several scenes at once; an ignore label",
    "3": "speed; batches; normalisation",
}

Rule = Callable[..., Any]
ROOM = 0.01


# 14.1: the sizes


def exercise_1(answer: Answer) -> Iterator[Finding]:
    """`my_sizes(height, width, channels, depth)`: shapes of all maps of the U, from `down0` to `up0`."""
    others: list[Inputs] = [(24, 40, 3, 2), (19, 11, 5, 3), (50, 34, 2, 4)]
    what = "64 x 64 pixels, 16 channels, depth 3"
    got = numbers_of(answer(64, 64, 16, 3))
    yield expect_shape(got, (7, 3), what, _length_hint(got))
    for inputs, says in [
        ((64, 64, 16, 3), f"{what}: the U of the first picture"),
        ((32, 48, 8, 2), "a picture that is not square: height comes first"),
        ((8, 8, 6, 0), "depth 0: a bottleneck and nothing else"),
        ((37, 21, 4, 3), "odd sides: halved upwards on the way down, cut on the way up"),
    ]:
        yield together(
            says,
            expect_shape(
                answer(*inputs), (2 * inputs[3] + 1, 3), says, "Two maps a level, and the bottleneck."
            ),
            expect_like(
                answer,
                _sizes,
                inputs,
                says,
                "Level l has channels * 2**l channels; its two maps, on the way down and on the way up, are alike.",
                slips=_SLIPS_1,
                others=others,
            ),
        )


def _length_hint(got: np.ndarray) -> str:
    bottlenecks = int((got == 128).any(axis=-1).sum()) if got.ndim == 2 else 0
    if got.shape == (6, 3) and bottlenecks:
        return "One is missing: three maps on the way down, the bottleneck, three on the way up."
    if got.shape == (8, 3) and bottlenecks < 2:
        return "One too many: neither the picture nor the scores at the end are maps of the U."
    return {
        (4, 3): "These are the maps of the way down. The way up has one for each level too.",
        (3, 3): "The U has a way up, and a bottleneck between the two ways.",
        (6, 3): "One is missing: the bottleneck belongs to neither way.",
        (7, 4): "Three numbers a map, please: height, width and channels. The number of scenes is left out.",
        (8, 3): "The bottleneck stands there twice: it is one map, where the ways meet.",
        (7, 2): "A map has height, width and channels.",
        (9, 3): "Depth says how many times the picture is halved: three levels and a bottleneck.",
        (3, 7): "One row a map, please: (7, 3), not (3, 7).",
        (21,): "One row a map, please: seven rows of three numbers.",
    }.get(
        got.shape,
        "Two maps for each of the three levels, and the bottleneck: seven rows (height, width, channels).",
    )


def _sides(height: int, width: int, depth: int, rule: Rule) -> list[tuple[int, int]]:
    sides = [(height, width)]
    for _ in range(depth):
        sides.append((rule(sides[-1][0]), rule(sides[-1][1])))
    return sides


def _half(side: int) -> int:
    return -(-side // 2)


def _sizes(height: int, width: int, channels: int, depth: int) -> np.ndarray:
    sides = _sides(height, width, depth, _half)
    down = [(*sides[level], channels * 2**level) for level in range(depth + 1)]
    return np.array([*down, *down[-2::-1]]) if depth else np.array(down)


def _floored(height: int, width: int, channels: int, depth: int) -> np.ndarray:
    sides = _sides(height, width, depth, lambda side: side // 2)
    down = [(*sides[level], channels * 2**level) for level in range(depth + 1)]
    return np.array([*down, *down[-2::-1]]) if depth else np.array(down)


def _changed(columns: Rule) -> Rule:
    """A slip that follows from the right sizes and the level of each map."""

    def slip(height: int, width: int, channels: int, depth: int) -> np.ndarray:
        levels = np.array([*range(depth + 1), *range(depth - 1, -1, -1)])
        return np.asarray(columns(_sizes(height, width, channels, depth), levels, channels, depth))

    return slip


def _doubled_blindly(sizes: np.ndarray, levels: np.ndarray, channels: int, depth: int) -> np.ndarray:
    """The way up doubles what it has, whatever came down."""
    result = sizes.copy()
    for row in range(depth + 1, len(result)):
        result[row, :2] = 2 * result[row - 1, :2]
    return result


def _with_channels(rule: Rule) -> Rule:
    return _changed(lambda sizes, levels, c, depth: np.column_stack([sizes[:, :2], rule(levels, c, depth)]))


def _split(half: Rule) -> Rule:
    """A slip that divides the picture's sides by 2**level at once, in a way of its own."""
    return _changed(
        lambda sizes, levels, c, depth: np.column_stack(
            [half(sizes[0, 0] / 2**levels), half(sizes[0, 1] / 2**levels), sizes[:, 2]]
        )
    )


_SLIPS_1: list[tuple[Rule, str]] = [
    (_split(lambda sides: sides), "Half a pixel is none: an odd side is halved upwards, 37 becomes 19."),
    (
        _split(np.round),
        "`round` takes a half to the even neighbour: 18.5 becomes 18. Here an odd side is halved upwards.",
    ),
    (
        _changed(lambda sizes, levels, c, depth: sizes[:, [0, 0, 2]]),
        "The width is the height's. A picture need not be square.",
    ),
    (_floored, "An odd side was halved downwards. Here the last window may hold one row: 37 becomes 19."),
    (
        _changed(_doubled_blindly),
        "The way up doubles, and then cuts to the map of the same level: 5 becomes 10, of which 9 stay.",
    ),
    (
        _with_channels(lambda levels, c, depth: np.full(len(levels), c)),
        "The channels stay the same here. They double where the picture halves.",
    ),
    (
        _with_channels(lambda levels, c, depth: c * (levels + 1)),
        "The channels grow by adding. They double from level to level.",
    ),
    (
        _with_channels(lambda levels, c, depth: c * 2 ** (levels + 1)),
        "The finest map has twice the channels. Level 0 has `channels` of them.",
    ),
    (
        _with_channels(
            lambda levels, c, depth: c * 2**levels * np.where(np.arange(len(levels)) > depth, 2, 1)
        ),
        "That counts what enters a level on the way up. Its convolution gives as many as on the way down.",
    ),
    (
        _with_channels(
            lambda levels, c, depth: c * 2 ** (levels + (np.arange(len(levels)) > depth).astype(int))
        ),
        "That counts what enters a level on the way up. Its convolution gives as many as on the way down.",
    ),
    (
        _changed(lambda sizes, levels, c, depth: np.concatenate([sizes[: depth + 1], sizes[:depth]])),
        "The way up starts at the coarsest level: up2, up1, up0.",
    ),
    (
        _changed(lambda sizes, levels, c, depth: sizes[:, [1, 0, 2]]),
        "Width and height have changed places: height comes first.",
    ),
    (
        _changed(lambda sizes, levels, c, depth: sizes[:, [2, 0, 1]]),
        "Channels come last: (height, width, channels).",
    ),
    (
        _changed(
            lambda sizes, levels, c, depth: np.column_stack([sizes[:, :2] * 0 + sizes[0, :2], sizes[:, 2]])
        ),
        "The sides stay the same here. Each level halves them.",
    ),
]


# 14.2: the Dice loss


def exercise_2(answer: Answer) -> Iterator[Finding]:
    """`my_dice_loss(truth, posterior)` of one scene: (H, W) classes and (H, W, K) probabilities."""
    others = [_scene(seed, classes, absent) for seed, classes, absent in ((3, 4, 1), (4, 3, 2), (5, 5, 0))]
    truth = np.array([[0, 0], [1, 1]])
    posterior = np.array([[[0.9, 0.1], [0.6, 0.4]], [[0.2, 0.8], [0.5, 0.5]]])
    what = "two rows of two pixels"
    value = answer(truth, posterior)
    yield expect_shape(value, (), what, "One number for the scene: average over the classes.")
    yield together(
        f"{what}: one number from 0 to 1, code of your own, the inputs as they were",
        expect_range(value, 0, 1, what, "loss", "A loss is 1 minus the overlap, averaged over the classes."),
        expect_own(answer, "mmseg_edu.models"),
        expect_kept(answer, what),
    )
    yield _dice_finding(answer, (truth, posterior), f"{what}, worked out by hand", others)
    for seed, classes, says in [
        (1, 3, "6 x 5 pixels and three classes"),
        (2, 5, "five classes, one a few pixels"),
    ]:
        yield _dice_finding(answer, _scene(seed, classes, None), says, others)
    empty = np.zeros((3, 4), int)
    sure = np.eye(3)[empty]
    yield expect_close(
        answer(empty, sure),
        0,
        "two classes are nowhere, and nowhere is just where they were seen: 0",
        "A class that is in neither costs nothing. What does your fraction give for 0 over 0?",
        slips=[
            (
                2 / 3,
                "The two absent classes cost 1 each, although the answer is perfect: the failure of this lesson.",
            ),
            (1.0, "A perfect answer costs 1. What does your fraction give for 0 over 0?"),
        ],
        tolerance=1e-4,
    )
    crumbs = np.full((3, 4, 3), 0.01)
    crumbs[..., 0] = 0.98
    yield _dice_finding(
        answer, (empty, crumbs), "a hundredth of the scene given to an absent class costs a half", others
    )
    yield _dice_finding(answer, _scene(6, 4, 2), "a scene without one of its four classes", others)


def _dice_finding(answer: Answer, inputs: Inputs, what: str, others: list[Inputs]) -> Finding:
    hint = (
        "Class by class: 1 minus 2 mean(y p) / (mean(y) + mean(p)), the means over the pixels. Then average."
    )
    return expect_like(answer, _dice_loss, inputs, what, hint, slips=_SLIPS_2, others=others, tolerance=2e-5)


def _scene(seed: int, classes: int, absent: int | None) -> Inputs:
    random = np.random.default_rng([14, seed])
    share = np.arange(1, classes + 1) / np.arange(1, classes + 1).sum()
    truth = random.choice(classes, p=share[::-1], size=(6, 5))
    truth[0, : classes if classes <= 5 else 5] = np.arange(classes)
    if absent is not None:
        truth[truth == absent] = (absent + 1) % classes
    scores = 1.5 * np.eye(classes)[truth] + random.normal(0, 1, (6, 5, classes))
    posterior = np.exp(scores)
    return truth, posterior / posterior.sum(axis=-1, keepdims=True)


def _parts(truth: Any, posterior: Any) -> tuple[np.ndarray, np.ndarray]:
    says = np.asarray(posterior, float)
    return np.eye(says.shape[-1])[np.asarray(truth, int)], says


def _by_class(truth: Any, posterior: Any, room: float = ROOM, everywhere: bool = False) -> np.ndarray:
    y, p = _parts(truth, posterior)
    both, there, said = (part.mean(axis=(0, 1)) for part in (y * p, y, p))
    free = room * ((there == 0) | everywhere)
    return 1 - (2 * both + free) / (there + said + free)


def _dice_loss(truth: Any, posterior: Any) -> float:
    return float(_by_class(truth, posterior).mean())


def _no_room(truth: Any, posterior: Any) -> float:
    y, p = _parts(truth, posterior)
    both, there, said = (part.mean(axis=(0, 1)) for part in (y * p, y, p))
    return float((1 - 2 * both / (there + said + 1e-7)).mean())


def _pixel_sums(truth: Any, posterior: Any) -> float:
    y, p = _parts(truth, posterior)
    both, there, said = (part.sum(axis=(0, 1)) for part in (y * p, y, p))
    free = ROOM * (there == 0)
    return float((1 - (2 * both + free) / (there + said + free)).mean())


def _pooled(truth: Any, posterior: Any) -> float:
    y, p = _parts(truth, posterior)
    return float(1 - 2 * (y * p).sum() / (y.sum() + p.sum()))


def _overlap_union(truth: Any, posterior: Any) -> float:
    y, p = _parts(truth, posterior)
    both, there, said = (part.mean(axis=(0, 1)) for part in (y * p, y, p))
    free = ROOM * (there == 0)
    return float((1 - (both + free) / (there + said - both + free)).mean())


def _squares_below(truth: Any, posterior: Any) -> float:
    y, p = _parts(truth, posterior)
    both, there, said = (part.mean(axis=(0, 1)) for part in (y * p, y, p**2))
    free = ROOM * (there == 0)
    return float((1 - (2 * both + free) / (there + said + free)).mean())


def _hard(truth: Any, posterior: Any) -> float:
    says = np.asarray(posterior)
    return _dice_loss(truth, np.eye(says.shape[-1])[says.argmax(axis=-1)])


def _without_two(truth: Any, posterior: Any) -> float:
    y, p = _parts(truth, posterior)
    both, there, said = (part.mean(axis=(0, 1)) for part in (y * p, y, p))
    free = ROOM * (there == 0)
    return float((1 - (both + free) / (there + said + free)).mean())


def _present_only(truth: Any, posterior: Any) -> float:
    present = np.unique(truth)
    return float(_by_class(truth, posterior)[present].mean())


def _room_above_only(truth: Any, posterior: Any) -> float:
    y, p = _parts(truth, posterior)
    both, there, said = (part.mean(axis=(0, 1)) for part in (y * p, y, p))
    free = ROOM * (there == 0)
    return float((1 - (2 * both + free) / (there + said)).mean())


def _free(truth: Any, posterior: Any) -> float:
    there = _parts(truth, posterior)[0].any(axis=(0, 1))
    return float(np.where(there, _by_class(truth, posterior), 0).mean())


def _by_share(truth: Any, posterior: Any) -> float:
    return float(_by_class(truth, posterior) @ _parts(truth, posterior)[0].mean(axis=(0, 1)))


_SLIPS_2: list[tuple[Rule, str]] = [
    (
        _no_room,
        "A class that is not in the truth costs 1 here, however little of the scene it gets. It needs its 0.01, above "
        "and below.",
    ),
    (
        _pixel_sums,
        "Sums over the pixels, and then 0.01: that is a hundredth of a pixel. The formula has means: a hundredth of "
        "the scene.",
    ),
    (
        _pooled,
        "All classes went into one fraction. Then the background, which is largest, decides: one fraction a class.",
    ),
    (_overlap_union, "That is the overlap over the union, IoU's loss. Dice has the sum of both areas below."),
    (_squares_below, "The probabilities are squared below. Some papers do so; the formula here does not."),
    (
        _hard,
        "The posterior was made a mask first (argmax, rounding). Then small changes change nothing, and nothing is "
        "learnt.",
    ),
    (_without_two, "The 2 is missing: a perfect overlap should cost 0."),
    (
        lambda *inputs: float(_by_class(*inputs)[1:].mean()),
        "The background was left out. In the formula it is a class like the others.",
    ),
    (lambda *inputs: 1 - _dice_loss(*inputs), "That is the overlap. The loss is 1 minus it."),
    (
        _present_only,
        "Classes that are not in the truth were left out. Then a phantom of such a class costs nothing.",
    ),
    (
        lambda truth, posterior: float(_by_class(truth, posterior, everywhere=True).mean()),
        "The 0.01 went to every class. Only a class that is not in the truth gets it.",
    ),
    (
        lambda truth, posterior: float(_by_class(truth, posterior, room=1.0).mean()),
        "An absent class got 1 where the formula has 0.01: a phantom over half the scene would pass for small.",
    ),
    (_free, "A class that is not in the truth costs nothing here. A phantom of it has its price."),
    (
        lambda truth, posterior: float(_by_class(truth, posterior, room=1e-9)[: np.max(truth) + 1].mean()),
        "Classes after the largest one in the truth were left out. All that the posterior has count.",
    ),
    (
        lambda truth, posterior: float(_by_class(truth, posterior, room=1e-6).mean()),
        "An absent class got next to nothing: then the crumbs that a softmax leaves cost it a full 1. It gets 0.01.",
    ),
    (
        lambda truth, posterior: float(_by_class(truth, posterior, room=1e-9)[1]),
        "Only class 1 counted. The formula averages over all classes.",
    ),
    (
        _by_share,
        "Each class counted by its share of the scene. Then the background decides: one vote a class.",
    ),
    (_room_above_only, "The 0.01 stands above only. It belongs below too."),
    (
        lambda *inputs: float(_by_class(*inputs).sum()),
        "The classes were added up. The formula averages them.",
    ),
]


# 14.3: a level on the way up


def exercise_3(answer: Answer) -> Iterator[Finding]:
    """`mylevel(fine, coarse, kernel, bias)`: double, cut, concatenate, convolve, add the bias, ReLU."""
    others = [
        maps(seed, *shape)
        for seed, shape in ((1, (4, 6, 2, 3, 2)), (2, (5, 7, 3, 1, 4)), (3, (7, 4, 1, 2, 3)))
    ]
    what = "maps of 4 x 4 and 2 x 2"
    inputs = maps(0, 4, 4, 2, 3, 5)
    value = answer(*inputs)
    yield expect_shape(value, (4, 4, 5), what, _level_shape_hint(numbers_of(value).shape))
    yield together(
        f"{what}: code of your own, and the inputs are left as they were",
        expect_own(answer, "mmseg_edu.features"),
        expect_kept(answer, what),
    )
    yield expect_range(value, 0, np.inf, what, "number", "A ReLU comes last: nothing below 0 leaves a level.")
    hint = "Double the coarse map, lay it behind the fine one, convolve both as one map, add the bias, then ReLU."
    for given, says in [
        (plain(), "by hand: kernels that copy the middle pixel, and no bias"),
        (inputs, f"{what}, five kernels"),
        (maps(5, 6, 4, 2, 3, 2), "maps of 6 x 4 and 3 x 2"),
        (maps(6, 5, 7, 2, 3, 2), "odd sides: 5 x 7 from 3 x 4, cut at the end"),
        (maps(7, 4, 5, 1, 1, 1), "one side odd, one channel each"),
        (maps(8, 1, 1, 2, 2, 2), "a single pixel"),
    ]:
        yield together(
            says,
            expect_shape(
                answer(*given),
                (*given[0].shape[:2], given[2].shape[-1]),
                says,
                "The level is as large as the fine map: what the doubled map has too much is cut off.",
            ),
            expect_like(answer, level, given, says, hint, slips=LEVEL_SLIPS, others=others),
        )


def _level_shape_hint(shape: tuple[int, ...]) -> str:
    return {
        (
            2,
            2,
            5,
        ): "These are the stops where the whole window fits, (2, 2). Pad with zeros, one pixel on each side.",
        (2, 2, 10): "The maps were halved. On the way up the coarse one is doubled.",
        (4, 4): "The kernels' maps were added up. Each of the five makes a map of its own.",
        (5, 4, 4): "Channels come last: (4, 4, 5).",
        (4, 4, 3): "That is the coarse map alone, before the convolution. The kernels give five channels.",
    }.get(shape, "As large as the fine map, one channel for each of the five kernels.")
