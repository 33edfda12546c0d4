"""The exercises of lesson 00: which of these things is making the sound?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mmseg_edu.exercises.expect import (
    Answer,
    Finding,
    expect_close,
    expect_kept,
    expect_range,
    expect_shape,
    expect_sums_to_one,
    spell,
)

UNTESTED = {
    "1": "sounds in which several instruments are equally loud",
    "2": "speed; what happens when a probability is exactly 0",
    "3": "speed; masks with more than two classes, of which only background counts apart",
}


def exercise_1(answer: Answer) -> Iterator[Finding]:
    """`who_sounds(heard)`: the index of the instrument that the sound posterior (K,) favours."""
    heard = np.array([0.90, 0.01, 0.06, 0.02, 0.01])
    named = answer(heard)
    what = "heard [0.90, 0.01, 0.06, 0.02, 0.01]"
    yield expect_shape(named, (), what, "One number: the index of a class.")
    yield expect_close(
        named,
        2,
        what,
        "CLASSES[2] is the drum.",
        slips=[
            (0, "That is the background, which fills most of every picture. Who is left without it?"),
            (1, "Counted from the bell, the drum is number 1. Counted from the background it is 2."),
            (0.06, "That is how probable it is. Which index has it?"),
        ],
    )
    yield expect_kept(answer, what)
    for index in (1, 3, 4):
        heard = np.full(5, 0.01)
        heard[[0, index]] = [0.80, 0.17]
        yield expect_close(answer(heard), index, f"0.17 for class {index}", "Is the answer a constant?")


def exercise_2(answer: Answer) -> Iterator[Finding]:
    """`fuse(seen, heard, prior)`: (H, W, K), (K,) and (K,) give a posterior (H, W, K)."""
    seen, heard, prior = np.array([[[0.5, 0.5]]]), np.array([0.9, 0.1]), np.array([0.96, 0.04])
    fused = answer(seen, heard, prior)
    what = "one pixel and two classes"
    yield expect_shape(fused, (1, 1, 2), what, "One posterior for each pixel: the classes lie last.")
    yield expect_close(
        fused,
        [[[0.46875 / 1.71875, 1.25 / 1.71875]]],
        "seen [0.5, 0.5], heard [0.9, 0.1], prior [0.96, 0.04]",
        "Multiply what is seen by what is heard, divide by the prior, scale to a sum of 1.",
        tolerance=1e-6,
        slips=[
            (
                [[[0.9, 0.1]]],
                "Without the prior. It is inside both answers, and counts twice until it is divided out.",
            ),
            ([[[0.46875, 1.25]]], "The scores are right, but they do not add up to 1 yet."),
            ([[[0.7, 0.3]]], "This is the mean of the two. Here they are multiplied."),
            (
                _scaled([0.5 * 0.9 * 0.96, 0.5 * 0.1 * 0.04]),
                "The prior is multiplied in a third time. It has to go out.",
            ),
        ],
    )
    random = np.random.default_rng(0)
    seen = random.dirichlet(np.ones(3), size=(3, 3))
    heard, prior = random.dirichlet(np.ones(3), size=2)
    fused = answer(seen, heard, prior)
    what = "a picture of 3 x 3 pixels and three classes"
    yield expect_range(
        fused,
        0,
        1,
        what,
        "probability",
        "A sum over the classes has shape (3, 3), the scores (3, 3, 3): which axes meet? keepdims=True keeps it.",
    )
    yield expect_sums_to_one(fused, what, "Each pixel on its own: which axis must the sum run over?", axis=-1)
    yield expect_kept(answer, what)
    yield expect_close(
        answer(seen, prior, prior),
        seen,
        "a sound that says no more than the prior changes nothing",
        "If heard equals prior, their ratio is 1 everywhere.",
    )
    expected = seen * heard / prior
    yield expect_close(fused, expected / expected.sum(axis=-1, keepdims=True), f"{what}: every pixel")


def _scaled(score: list[float]) -> np.ndarray:
    array = np.array([[score]])
    return array / array.sum(axis=-1, keepdims=True)


def exercise_3(answer: Answer) -> Iterator[Finding]:
    """`moved(mask_a, mask_b)`: 0 if both masks mark the same pixels, 1 if they share none."""
    a, b = np.array([[1, 1, 0], [0, 0, 0]]), np.array([[0, 2, 2], [0, 0, 0]])
    share = answer(a, b)
    what = "masks of two pixels each that share one"
    yield expect_shape(share, (), what, "One number for a pair of masks.")
    yield expect_range(share, 0, 1, what, "share")
    yield expect_close(
        share,
        2 / 3,
        what,
        "One minus the intersection over the union of what is not background: 1 - 1/3.",
        slips=[
            (1 / 3, "That is how much they share. How much moved is one minus that."),
            (
                1.0,
                "Bell and drum are different classes, but both are something that sounds: compare mask > 0.",
            ),
            (
                1 / 2,
                "Not the share of all pixels, nor one minus Dice: divide what only one marks by what either marks.",
            ),
        ],
    )
    yield expect_close(answer(a, a), 0, "a mask against itself")
    yield expect_close(answer(a, b), np.asarray(answer(b, a)), "the order of the two does not matter")
    yield expect_close(
        answer(a, np.zeros_like(a)), 1, "against an empty mask all has moved", "The union is not empty here."
    )
    empty = answer(np.zeros_like(a), np.zeros_like(a))
    yield Finding(
        bool(np.all(np.isfinite(np.asarray(empty, dtype=float))) and np.all(np.asarray(empty) == 0)),
        "two empty masks: nothing moved"
        if np.all(np.asarray(empty) == 0)
        else f"two empty masks: expected 0, got {spell(empty)}",
        "Zero over zero. An empty union needs a line of its own.",
    )
    yield expect_kept(answer, "two empty masks")
