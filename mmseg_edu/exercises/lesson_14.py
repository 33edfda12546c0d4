"""The exercises of lesson 14: why does everyone use a U?"""

from __future__ import annotations

from collections.abc import Iterator

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
from mmseg_edu.exercises.lesson_14_dice import SLIPS as DICE_SLIPS
from mmseg_edu.exercises.lesson_14_dice import dice_loss, scene
from mmseg_edu.exercises.lesson_14_level import SLIPS as LEVEL_SLIPS
from mmseg_edu.exercises.lesson_14_level import level, maps, plain
from mmseg_edu.exercises.lesson_14_sizes import SLIPS as SIZE_SLIPS
from mmseg_edu.exercises.lesson_14_sizes import sizes

UNTESTED = {
    "1": "speed; several convolutions a level, which change no size",
    "2": "speed; several scenes at once; an ignore label",
    "3": "speed; batches; normalisation",
}


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
        given = numbers_of(answer(*inputs))
        yield together(
            says,
            expect_shape(
                given,
                (2 * inputs[3] + 1, 3),
                says,
                "That is depth 3 again, whatever is asked for: `depth` says how many levels there are."
                if given.shape == (7, 3)
                else "Two maps a level, and the bottleneck.",
            ),
            expect_like(
                answer,
                sizes,
                inputs,
                says,
                "Level l has channels * 2**l channels; its two maps, on the way down and on the way up, are alike.",
                slips=SIZE_SLIPS,
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
        (5, 3): "These are two levels and a bottleneck. Depth 3 halves three times: down0, down1, down2.",
        (14, 3): "Two rows for each map. However many convolutions a level has, it hands on one.",
        (3, 7): "One row a map, please: (7, 3), not (3, 7).",
        (21,): "One row a map, please: seven rows of three numbers.",
    }.get(
        got.shape,
        "Two maps for each of the three levels, and the bottleneck: seven rows (height, width, channels).",
    )


# 14.2: the Dice loss


def exercise_2(answer: Answer) -> Iterator[Finding]:
    """`my_dice_loss(truth, posterior)` of one scene: (H, W) classes and (H, W, K) probabilities."""
    others = [scene(seed, classes, absent) for seed, classes, absent in ((3, 4, 1), (4, 3, 2), (5, 5, 0))]
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
        yield _dice_finding(answer, scene(seed, classes, None), says, others)
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
    yield _dice_finding(answer, scene(6, 4, 2), "a scene without one of its four classes", others)


def _dice_finding(answer: Answer, inputs: Inputs, what: str, others: list[Inputs]) -> Finding:
    hint = (
        "Class by class: 1 minus 2 mean(y p) / (mean(y) + mean(p)), the means over the pixels. Then average."
    )
    return expect_like(answer, dice_loss, inputs, what, hint, slips=DICE_SLIPS, others=others, tolerance=2e-5)


# 14.3: a level on the way up


def exercise_3(answer: Answer) -> Iterator[Finding]:
    """`my_level(fine, coarse, kernel, bias)`: double, cut, concatenate, convolve, add the bias, ReLU."""
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
        (1, 4, 4, 5): "One level, please, without an axis for the scenes: (4, 4, 5).",
        (
            6,
            6,
            5,
        ): "Padded too far: one pixel of zeros on each side, and the level is as large as the fine map.",
        (5, 4, 4): "Channels come last: (4, 4, 5).",
        (4, 4, 3): "That is the coarse map alone, before the convolution. The kernels give five channels.",
    }.get(shape, "As large as the fine map, one channel for each of the five kernels.")
