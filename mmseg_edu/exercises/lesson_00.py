"""The exercises of lesson 00: which of these things is making the sound?"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from mmseg_edu.exercises.expect import (
    Answer,
    Finding,
    expect_close,
    expect_kept,
    expect_like,
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
    yield expect_like(
        answer,
        _instrument,
        (heard,),
        what,
        "Index 0 is the background, and no instrument. Of the others the drum, CLASSES[2], is favoured.",
        slips=_WHO_SLIPS,
        others=[(np.array([0.80, 0.02, 0.03, 0.10, 0.05]),), (np.array([0.15, 0.10, 0.05, 0.25, 0.45]),)],
    )
    yield expect_kept(answer, what)
    for index in (1, 3, 4):
        heard = np.full(5, 0.01)
        heard[[0, index]] = [0.80, 0.17]
        yield expect_close(answer(heard), index, f"0.17 for class {index}", "Is the answer a constant?")
    for shares, loudest in (
        ([0.10, 0.05, 0.25, 0.40, 0.20], 3),
        ([0.40, 0.05, 0.30, 0.15, 0.10], 2),
        ([0.30, 0.05, 0.10, 0.15, 0.40], 4),
    ):
        yield expect_close(
            answer(np.array(shares)),
            loudest,
            f"a sound that leaves only {shares[0]:.2f} to the background",
            "The background is class 0, whether it comes first or last among the probabilities: leave it out\n"
            "by its index, not by its size.",
        )


def _instrument(heard: np.ndarray) -> int:
    return 1 + int(np.argmax(heard[1:]))


_WHO_SLIPS: list[tuple[Callable[..., object], str]] = [
    (
        lambda heard: int(np.argmax(heard)),
        "That is the background, which fills most of every picture. Who is left without it?",
    ),
    (
        lambda heard: int(np.argmax(heard[1:])),
        "Counted from the bell, the drum is number 1. Counted from the background it is 2.",
    ),
    (lambda heard: float(np.max(heard[1:])), "That is how probable it is. Which index has it?"),
    (lambda heard: int(np.argmin(heard)), "That is the least probable class."),
    (
        lambda heard: int(np.argmin(heard[1:])) + 1,
        "That is the least probable class.",
    ),
]


def exercise_2(answer: Answer) -> Iterator[Finding]:
    """`fuse(seen, heard, prior)`: (H, W, K), (K,) and (K,) give a posterior (H, W, K)."""
    seen, heard, prior = np.array([[[0.5, 0.5]]]), np.array([0.9, 0.1]), np.array([0.96, 0.04])
    fused = answer(seen, heard, prior)
    what = "one pixel and two classes"
    yield expect_shape(fused, (1, 1, 2), what, "One posterior for each pixel: the classes lie last.")
    yield expect_like(
        answer,
        _fused,
        (seen, heard, prior),
        "seen [0.5, 0.5], heard [0.9, 0.1], prior [0.96, 0.04]",
        "Multiply what is seen by what is heard, divide by the prior, scale to a sum of 1.",
        slips=_FUSE_SLIPS,
        others=[(np.array([[[0.7, 0.3]]]), np.array([0.8, 0.2]), np.array([0.9, 0.1]))],
        tolerance=1e-6,
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
        "If heard equals prior, their ratio is 1 everywhere, and what was seen remains.",
    )
    expected = seen * heard / prior
    yield expect_close(fused, expected / expected.sum(axis=-1, keepdims=True), f"{what}: every pixel")


def _scaled(score: np.ndarray) -> np.ndarray:
    return score / score.sum(axis=-1, keepdims=True)


def _fused(seen: np.ndarray, heard: np.ndarray, prior: np.ndarray) -> np.ndarray:
    return _scaled(seen * heard / prior)


_FUSE_SLIPS: list[tuple[Callable[..., object], str]] = [
    (
        lambda seen, heard, prior: _scaled(seen * heard),
        "Without the prior. It is inside both answers, and counts twice until it is divided out.",
    ),
    (
        lambda seen, heard, prior: seen * heard / prior,
        "The scores are right, but they do not add up to 1 yet.",
    ),
    (
        lambda seen, heard, prior: seen * heard,
        "One multiplication is done. Two steps are left: divide by the prior, then scale to a sum of 1.",
    ),
    (
        lambda seen, heard, prior: _scaled(seen * heard) / prior,
        "Scaled too early: dividing by the prior changes the sum again, so scaling comes last.",
    ),
    (
        lambda seen, heard, prior: _scaled(seen * prior / heard),
        "Upside down: what was heard multiplies, and the prior divides.",
    ),
    (
        lambda seen, heard, prior: seen + 0 * heard,
        "This is what was seen, unchanged. What was heard does not occur in it.",
    ),
    (
        lambda seen, heard, prior: np.ones_like(seen * heard),
        "Each number is 1, as if divided by itself. There is one pixel here: a sum over the pixels adds\n"
        "nothing to it. The sum must run over the classes; which axis holds them?",
    ),
    (
        lambda seen, heard, prior: (seen + heard) / 2,
        "This is the mean of the two. Here they are multiplied.",
    ),
    (
        lambda seen, heard, prior: _scaled(seen * heard * prior),
        "The prior is multiplied in a third time. It has to go out.",
    ),
    (
        lambda seen, heard, prior: _scaled(seen * heard / prior**2),
        "The prior is inside each of the two answers, and one of the two stays: divide by it once.",
    ),
    (
        lambda seen, heard, prior: _scaled(heard / prior + 0 * seen),
        "What was seen does not occur in it.",
    ),
    (
        lambda seen, heard, prior: _scaled(seen / prior + 0 * heard),
        "What was heard does not occur in it.",
    ),
    (
        lambda seen, heard, prior: _scaled(np.exp(seen * heard / prior)),
        "A softmax is for scores that are logarithms. These are probabilities up to a factor: divide by\n"
        "their sum.",
    ),
]


def exercise_3(answer: Answer) -> Iterator[Finding]:
    """`moved(mask_a, mask_b)`: 0 if both masks mark the same pixels, 1 if they share none."""
    a, b = np.array([[1, 1, 0], [0, 0, 0]]), np.array([[0, 2, 2], [0, 0, 0]])
    share = answer(a, b)
    what = "masks of two pixels each that share one"
    yield expect_shape(share, (), what, "One number for a pair of masks.")
    yield expect_range(
        share,
        0,
        1,
        what,
        "share",
        "A share is a part of a whole, neither a count nor a percentage. The whole: every pixel that\n"
        "either of the two marks, here three.",
    )
    rng = np.random.default_rng(0)
    yield expect_like(
        answer,
        _moved,
        (a, b),
        what,
        "One minus the intersection over the union of what is not background: 1 - 1/3.",
        slips=_MOVED_SLIPS,
        others=[tuple(rng.choice(3, (2, 5, 6), p=[0.5, 0.3, 0.2])) for _ in range(2)],
    )
    larger = np.array([[1, 1, 3], [1, 0, 0]])
    for one, other, order in ((larger, b, "first"), (b, larger, "second")):
        yield expect_close(
            answer(one, other),
            0.5,
            f"the larger of two masks {order}: it has four pixels, and two of them are shared",
            "The order of the two does not matter: divide by the pixels that either marks, here four.",
        )
    yield expect_close(answer(a, a), 0, "a mask against itself")
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


def _share(count: Callable[[np.ndarray, np.ndarray], np.ndarray], a: np.ndarray, b: np.ndarray) -> float:
    return float(np.sum(count(a, b)) / max(1, np.sum((a > 0) | (b > 0))))


def _moved(a: np.ndarray, b: np.ndarray) -> float:
    return _share(lambda a, b: (a > 0) != (b > 0), a, b)


_MOVED_SLIPS: list[tuple[Callable[..., object], str]] = [
    (
        lambda a, b: 1 - _moved(a, b),
        "That is how much they share. How much moved is one minus that.",
    ),
    (
        lambda a, b: _share(lambda a, b: a != b, a, b),
        "Bell and drum are different classes, but both are something that sounds: compare mask > 0.",
    ),
    (
        lambda a, b: float(np.mean((a > 0) != (b > 0))),
        "Not the share of all pixels: divide what only one marks by what either marks.",
    ),
    (
        lambda a, b: float(np.mean(a != b)),
        "Not the share of all pixels: divide what only one marks by what either marks.",
    ),
    (
        lambda a, b: 1 - 2 * np.sum((a > 0) & (b > 0)) / (np.sum(a > 0) + np.sum(b > 0)),
        "That is one minus Dice: the shared pixels stand in its denominator twice.",
    ),
    (
        lambda a, b: np.sum((a > 0) & (b == 0)) / np.sum(a > 0),
        "This looks from the first mask only. What only the second marks has moved as well.",
    ),
    (
        lambda a, b: np.sum((a > 0) & (b == 0)) / np.sum((a > 0) | (b > 0)),
        "This looks from the first mask only. What only the second marks has moved as well.",
    ),
]
