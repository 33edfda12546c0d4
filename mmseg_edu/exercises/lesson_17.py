"""The exercises of lesson 17: which rule should I use?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mmseg_edu import fusion
from mmseg_edu.exercises.expect import (
    Answer,
    AnswerError,
    Finding,
    expect_close,
    expect_kept,
    expect_like,
    expect_own,
    expect_shape,
    together,
)
from mmseg_edu.studies import best_within, paired_gap

UNTESTED = {
    "1": "speed; levels other than 95 %",
    "2": "speed; seeds that one method lacks",
    "3": "whether your situation is one that anybody meets",
}


def exercise_1(answer: Answer) -> Iterator[Finding]:
    """`paired_interval(first, second)`: the ends of Student's interval of the mean paired difference."""
    first, second = np.array([0.60, 0.70, 0.80, 0.90]), np.array([0.50, 0.62, 0.71, 0.77])
    what = "first = [0.60, 0.70, 0.80, 0.90], second = [0.50, 0.62, 0.71, 0.77]"
    given = answer(first, second)
    yield expect_shape(given, (2,), what, "Two numbers: the low end and the high end.")
    right = _interval(first, second)
    yield expect_close(
        np.mean(np.asarray(given, float)),
        0.1,
        f"{what}: the middle of the interval is the mean difference",
        "Subtract seed by seed, first minus second, then average.",
        slips=[
            (
                -0.1,
                "The sign is turned: it is the first that is ahead here. Subtract the second from the first.",
            ),
            (0.105, "These are the least and the largest difference. How sure is their mean?"),
            (0.10425, "Percentiles of the differences say where one seed may fall, not where the mean lies."),
        ],
    )
    yield expect_like(
        answer,
        _interval,
        (first, second),
        f"{what}: the ends",
        "The standard deviation of the differences (ddof=1), divided by the root of n, times t(n - 1).",
        slips=SLIPS,
        others=[(second[:3], first[:3] ** 2), (first**3, second)],
    )
    yield expect_close(
        answer(first + np.array([0.3, -0.2, 0.1, 0.0]), second + np.array([0.3, -0.2, 0.1, 0.0])),
        right,
        "what a seed adds to both scores changes nothing",
        "Both ran on the same scenes. Look at the differences only, not at how far each method moves.",
    )
    yield expect_close(
        answer(second + 0.25, second),
        [0.25, 0.25],
        "a lead of 0.25 under every seed: an interval of width 0",
        "Differences that do not vary have no spread.",
    )
    yield expect_like(
        answer,
        _interval,
        (np.array([0.41, 0.52, 0.47, 0.55, 0.40, 0.58]), np.array([0.44, 0.49, 0.45, 0.50, 0.43, 0.52])),
        "six seeds: both ends",
        "Does the number of seeds stand in the formula as n, or as 4?",
    )
    yield expect_kept(answer, what)
    yield expect_own(answer, "mmseg_edu.studies")


def _interval(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    gap, half = paired_gap(first, second)
    return np.array([gap - half, gap + half])


def _around(first: np.ndarray, second: np.ndarray, half: float) -> np.ndarray:
    middle = float(np.mean(first - second))
    return np.array([middle - half, middle + half])


def _slip_normal(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    spread = (first - second).std(ddof=1) / np.sqrt(len(first))
    return _around(first, second, 1.96 * spread)


def _slip_rounded_normal(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    spread = (first - second).std(ddof=1) / np.sqrt(len(first))
    return _around(first, second, 2 * spread)


def _t(count: int, level: float = 0.975) -> float:
    from scipy.stats import t

    return float(t.ppf(level, count))


def _slip_no_root(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return _around(first, second, _t(len(first) - 1) * (first - second).std(ddof=1))


def _slip_population(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return _around(first, second, _t(len(first) - 1) * (first - second).std() / np.sqrt(len(first)))


def _slip_degrees(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return _around(first, second, _t(len(first)) * (first - second).std(ddof=1) / np.sqrt(len(first)))


def _slip_one_sided(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    spread = (first - second).std(ddof=1) / np.sqrt(len(first))
    return _around(first, second, _t(len(first) - 1, 0.95) * spread)


def _slip_unpaired(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    variance = first.var(ddof=1) + second.var(ddof=1)
    return _around(first, second, _t(len(first) - 1) * np.sqrt(variance / len(first)))


def _slip_pooled(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    variance = first.var(ddof=1) + second.var(ddof=1)
    return _around(first, second, _t(2 * len(first) - 2) * np.sqrt(variance / len(first)))


SLIPS = [
    (
        _slip_normal,
        "That is 1.96 standard errors: right for many seeds. With four, Student's t of 3 degrees is 3.18.",
    ),
    (_slip_rounded_normal, "Two standard errors are a rule of thumb for many seeds. With four, t is 3.18."),
    (_slip_no_root, "That is the spread of single differences. A mean of n is steadier by the root of n."),
    (_slip_population, "np.std divides by n. From a sample, divide by n - 1: ddof=1."),
    (_slip_degrees, "n differences around their own mean have n - 1 degrees of freedom, not n."),
    (_slip_one_sided, "That leaves 5 % on each side. Between both ends lie 95 %, so take t at 0.975."),
    (
        _slip_unpaired,
        "The spread of each method was used, as if other seeds had been drawn. Take that of the differences.",
    ),
    (
        _slip_pooled,
        "That is the test for two separate groups. The seeds are shared: take the spread of the differences.",
    ),
]


def exercise_2(answer: Answer) -> Iterator[Finding]:
    """`undecided(scores)`: which methods (M, seeds) cannot be told from the one with the best mean."""
    clear = np.array([[0.80, 0.82, 0.81, 0.83], [0.60, 0.61, 0.62, 0.60], [0.30, 0.31, 0.33, 0.30]])
    given = answer(clear)
    yield expect_shape(given, (3,), "three methods, four seeds", "One True or False a method.")
    yield expect_close(
        given,
        [True, False, False],
        "one method 0.2 ahead of the next under every seed",
        "The winner itself is undecided against itself; the other two are behind for sure.",
        slips=[
            ([False, True, True], "Turned round: True are those that the data cannot tell from the winner."),
            ([True, True, True], "All are marked. Is the interval of the gap really around 0?"),
            ([False, False, False], "The winner is missing: it cannot be told from itself."),
        ],
    )
    both_move = np.array([[0.5, 0.9, 0.6, 0.8], [0.45, 0.84, 0.55, 0.74], [0.9, 0.4, 0.8, 0.6]])
    random = np.random.default_rng(17)
    tables = [
        (np.round(0.6 + random.normal(0, 0.1, (4, 5)) + random.normal(0, 0.1, (4, 1)), 3),) for _ in range(8)
    ]
    yield expect_like(
        answer,
        _undecided,
        (both_move,),
        "two that rise and fall together, 0.05 apart, and one that goes its own way",
        "Pair the seeds: the second is behind by 0.05 to 0.06 under every seed, however far both move.",
        slips=SLIPS_2,
        others=tables,
    )
    hint = "Against the method with the best mean: is the low end of the interval of its lead at or below 0?"
    what = "eight tables of four methods and five seeds"
    yield together(
        what,
        *(
            expect_like(
                answer, _undecided, each, f"table {i + 1} of {what}", hint, slips=SLIPS_2, others=tables
            )
            for i, each in enumerate(tables)
        ),
    )
    yield expect_kept(answer, "three methods, four seeds")
    yield expect_own(answer, "mmseg_edu.studies")


def _undecided(scores: np.ndarray) -> np.ndarray:
    return best_within(scores[:, None], margin=0.0)[:, 0].astype(float)


def _slip_overlap(scores: np.ndarray) -> np.ndarray:
    half = _t(scores.shape[1] - 1) * scores.std(axis=1, ddof=1) / np.sqrt(scores.shape[1])
    mean, best = scores.mean(axis=1), int(scores.mean(axis=1).argmax())
    return (mean + half >= mean[best] - half[best]).astype(float)


def _slip_ever_best(scores: np.ndarray) -> np.ndarray:
    return (scores == scores.max(axis=0)).any(axis=1).astype(float)


def _slip_first_seed(scores: np.ndarray) -> np.ndarray:
    gaps = [paired_gap(scores[scores[:, 0].argmax()], row) for row in scores]
    return np.array([gap - half <= 0 for gap, half in gaps], float)


def _slip_normal_half(scores: np.ndarray) -> np.ndarray:
    difference = scores[scores.mean(axis=1).argmax()] - scores
    half = 1.96 * difference.std(axis=1, ddof=1) / np.sqrt(scores.shape[1])
    return (difference.mean(axis=1) <= half + 1e-12).astype(float)


def _slip_single(scores: np.ndarray) -> np.ndarray:
    return (np.arange(len(scores)) == scores.mean(axis=1).argmax()).astype(float)


SLIPS_2 = [
    (
        _slip_overlap,
        "Overlap of two separate intervals is another question: pair the seeds and look at the differences.",
    ),
    (
        _slip_ever_best,
        "To be best under one seed is easy. How far behind is the method on average, and how sure?",
    ),
    (_slip_first_seed, "The winner was crowned on the first seed alone. Take the best mean."),
    (_slip_normal_half, "1.96 is for many seeds. With five, Student's t of 4 degrees is 2.78."),
    (_slip_single, "Only the winner is marked. Who is so near that the seeds do not decide?"),
]


def exercise_3(answer: Answer) -> Iterator[Finding]:
    """`my_situation()`: opinions (n, N, K) and truth (N,) on which the mean beats the product."""
    opinions, truth = _situation(answer)
    n, count, classes = opinions.shape
    what = f"{n} senses, {count} cases, {classes} classes"
    yield Finding(True, f"{what}: probabilities and labels that fit each other")
    for i, each in enumerate(opinions):
        right = float((each.argmax(axis=-1) == truth).mean())
        if right <= 1.2 / classes:
            yield Finding(
                False,
                f"sense {i} alone is right in {right:.2f} of the cases",
                f"Guessing among {classes} is right in {1 / classes:.2f}. A sense may err, but rarely.",
            )
            return
    yield Finding(True, "each sense alone is better than chance")
    averaged = float((fusion.mean(opinions).argmax(axis=-1) == truth).mean())
    multiplied = float((fusion.product(fusion.clip(opinions, 1e-12)).argmax(axis=-1) == truth).mean())
    hint = "Who is outvoted by a mean, and not by a product? One sense that is rarely wrong, but then says 'never'."
    if n == 2 and classes == 2:
        hint = (
            "With two senses and two classes mean and product decide alike: p + q > 1 is p q > (1 - p)(1 - q).\n"
            "Add a sense or a class."
        )
    elif multiplied > averaged:
        hint = "Here the product wins: the senses complete each other. Let one of them veto wrongly now and then."
    yield Finding(
        averaged >= multiplied + 0.05,
        f"{what}: the mean is right in {averaged:.2f} of the cases, the product in {multiplied:.2f}",
        "" if averaged >= multiplied + 0.05 else f"The mean should be ahead by 0.05 or more. {hint}",
    )


def _situation(answer: Answer) -> tuple[np.ndarray, np.ndarray]:
    given = answer()
    if not isinstance(given, tuple | list) or len(given) != 2:
        raise AnswerError("my_situation() returns two things: opinions (n, N, K) and the truth (N,)")
    opinions, truth = np.asarray(given[0], np.float64), np.asarray(given[1])
    if opinions.ndim != 3 or truth.shape != opinions.shape[1:2]:
        raise AnswerError(
            f"opinions must have shape (n, N, K) and the truth (N,), got {opinions.shape} and {truth.shape}"
        )
    if len(truth) < 50:
        raise AnswerError(f"{len(truth)} cases are too few to tell two rules apart: make 50 or more")
    if len(opinions) < 2:
        raise AnswerError("one sense has nothing to be fused with: give two or more")
    if not ((opinions >= 0).all() and np.allclose(opinions.sum(axis=-1), 1, atol=1e-6)):
        raise AnswerError(
            "each opinion is a row of probabilities: at least 0, and they sum to 1 over the last axis"
        )
    if truth.dtype.kind not in "iu" or truth.min() < 0 or truth.max() >= opinions.shape[-1]:
        raise AnswerError(
            f"the truth holds class indices from 0 to {opinions.shape[-1] - 1}, as whole numbers"
        )
    if len(np.unique(truth)) < 2:
        raise AnswerError(
            "all cases have one truth: then a rule that says it always is right. Mix the classes"
        )
    return opinions, truth
