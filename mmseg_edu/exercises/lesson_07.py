"""The exercises of lesson 07: what if we just average?"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

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
    together,
)

UNTESTED = {
    "1": "speed; opinions of different shapes",
    "2": "speed; archives with a single clip",
    "3": "speed; more than eight witnesses",
}


def exercise_1(answer: Answer) -> Iterator[Finding]:
    """`my_mean(opinions)`: n opinions, stacked as (n, ..., K), give one (..., K)."""
    pair = np.array([[0.9, 0.1, 0.0], [0.5, 0.2, 0.3]])
    fused = answer(pair)
    what = "two witnesses and three classes"
    yield together(
        f"{what}: shape (3,), from 0 to 1, sums to 1",
        expect_shape(fused, (3,), what, "Which axis holds the witnesses? That is the one to average over."),
        expect_range(fused, 0, 1, what, "probability", "Added up. What is still missing from the formula?"),
        expect_sums_to_one(fused, what, "Each witness sums to 1: the sum of two of them, divided by 2, too."),
    )
    product = pair.prod(axis=0)
    yield expect_close(
        fused,
        [0.7, 0.15, 0.15],
        "[0.9, 0.1, 0.0] and [0.5, 0.2, 0.3]",
        "Add the witnesses, divide by their number.",
        slips=[
            ([1.0, 0.0, 0.0], "A vote. Keep the probabilities: argmax comes after the fusion."),
            (product / product.sum(), "A product. It lets one witness say no; a mean does not."),
            ([0.9, 0.1, 0.0], "This is one witness alone. What became of the other?"),
            ([0.5, 0.2, 0.3], "This is one witness alone. What became of the other?"),
        ],
    )
    yield expect_kept(answer, what)
    five = np.random.default_rng(7).dirichlet(np.ones(4), size=5)
    yield expect_close(
        answer(five),
        five.mean(axis=0),
        "five witnesses and four classes",
        "Does it still work when there are more than two witnesses?",
        slips=[(five.sum(axis=0) / 2, "Divided by 2, however many there are.")],
    )
    # As many witnesses as classes, rows and columns: a wrong axis goes through without an error.
    cube = np.random.default_rng(8).dirichlet(np.ones(3), size=(3, 3, 3))
    what = "three witnesses on a picture of 3 x 3 pixels with three classes"
    fused = answer(cube)
    yield expect_shape(
        fused, (3, 3, 3), what, "The witnesses lie along the first axis, and only that one goes."
    )
    yield expect_close(
        fused,
        cube.mean(axis=0),
        f"{what}: every pixel has its own mean",
        "The witnesses lie along the FIRST axis; pixels and classes must not be mixed.",
    )


def exercise_2(answer: Answer) -> Iterator[Finding]:
    """`fuse_features(queries, archives)`: standardise each sense by its archive, then average."""
    archives = [np.array([[0.0, 10.0], [2.0, 30.0]]), np.array([[100.0, 0.0], [300.0, 4.0]])]
    queries = [np.array([[3.0, 40.0]]), np.array([[200.0, 4.0]])]
    what = "two senses, one query, two features"
    fused = answer(queries, archives)
    yield expect_shape(fused, (1, 2), what, "One row for each query, one column for each feature.")
    yield expect_close(
        fused,
        [[1.0, 1.5]],
        f"{what}, by hand: [2, 2] and [0, 1] standard deviations",
        "Subtract the archive's mean of each feature (axis 0), divide by its standard deviation, then average.",
        slips=[
            ([[101.5, 22.0]], "The raw mean: the feature with the largest numbers decides."),
            ([[1.0, 0.35]], "That divides by the variance. Which of the two has the unit of the feature?"),
            ([[2.5, 3.0]], "Divided by the standard deviation, but the mean was not subtracted."),
            ([[1.0, 11.0]], "The mean was subtracted, but nothing divided: the units are still there."),
            ([[2.0, 3.0]], "That is the sum over the senses."),
            (
                [[1 / np.sqrt(2), 1.5 / np.sqrt(2)]],
                "Divided by the estimate with N - 1 (ddof=1). NumPy's own std, with N, is meant here.",
            ),
            ([[0.0, 0.0]], "The query was measured against itself. Whose mean and spread does it need?"),
        ],
    )
    yield expect_kept(answer, what)
    random = np.random.default_rng(7)
    archives = [random.normal(mean, spread, (30, 4)) for mean, spread in ((0.4, 0.2), (-90, 8), (5, 1))]
    queries = [each[:6] + random.normal(0, 0.1, (6, 4)) for each in archives]
    yield expect_close(
        answer(queries, archives),
        _fused(queries, archives),
        "three senses, six queries, four features",
        "Every feature of every sense has its own mean and its own standard deviation.",
        slips=[
            (
                _fused(queries, [_as_one(each) for each in archives]),
                "One mean and one spread for a whole sense. Each feature has its own: which axis?",
            ),
            (_fused(queries, queries), "Mean and spread are the queries' own. Take them from the archive."),
        ],
    )
    yield expect_close(
        answer([each[:1] for each in queries], archives),
        _fused(queries, archives)[:1],
        "a query gets the same numbers when it comes alone",
        "Its numbers depend on who else asks. Only the archive may enter mean and spread.",
    )
    yield expect_close(
        answer([255 * queries[0], *queries[1:]], [255 * archives[0], *archives[1:]]),
        _fused(queries, archives),
        "pixels from 0 to 255 instead of 0 to 1: the same answer",
        "The units still count. Is something added to the standard deviation, or clipped?",
    )
    archives[0][:, 2] = 0.5
    queries[0][:, 2] = [0.5, 0.5, 0.7, 0.5, 0.5, 0.5]
    yield expect_close(
        answer(queries, archives),
        _fused(queries, archives),
        "a feature that never varies in the archive counts as 0",
        "Its standard deviation is 0. What comes of dividing by it, and what should?",
    )


def _as_one(archive: np.ndarray) -> np.ndarray:
    return np.tile(archive.reshape(-1, 1), archive.shape[1])


def _fused(queries: list[np.ndarray], archives: list[np.ndarray]) -> np.ndarray:
    fair = []
    for query, archive in zip(queries, archives, strict=True):
        spread = archive.std(axis=0)
        distance = (query - archive.mean(axis=0)) / np.where(spread > 0, spread, 1)
        fair.append(np.where(spread > 0, distance, 0))
    return np.mean(fair, axis=0)


def exercise_3(answer: Answer) -> Iterator[Finding]:
    """`whom_to_average(covariance)`: the numbers of the witnesses whose plain mean varies least."""
    for what, (covariance, hint) in _problems().items():
        group = answer(covariance)
        found = _is_a_group(group, len(covariance), what)
        if not found.right:
            yield found
            continue
        yield _varies_least(np.asarray(group).tolist(), covariance, what, hint)
        if what == "three equal, independent witnesses":
            yield expect_kept(answer, what)


def _problems() -> dict[str, tuple[np.ndarray, str]]:
    far = np.diag([1.0, 1.1, 9.0])
    copies = np.array([[1.0, 0.99, 0.0], [0.99, 1.0, 0.0], [0.0, 0.0, 1.2]])
    opposite = np.array([[4.0, -3.8, 0.0], [-3.8, 4.0, 0.0], [0.0, 0.0, 1.0]])
    mixed = np.random.default_rng(7).normal(size=(8, 6))
    return {
        "three equal, independent witnesses": (
            np.eye(3),
            "Independent and equally good: each of them takes some error out.",
        ),
        "a witness with nine times the variance": (
            far,
            "A mean gives the worst as large a say as the best. Compare it with and without.",
        ),
        "one with 2.5 times the variance": (
            np.diag([1.0, 2.5]),
            "Worse, but below three times the variance: the mean of both still varies less.",
        ),
        "two good witnesses who repeat each other, and a worse one": (
            copies,
            "Two that share their error count as one. Do the covariances off the diagonal enter?",
        ),
        "two bad witnesses with opposite errors, and a good one": (
            opposite,
            "Neither of the pair would be invited alone, and together they cancel.\n"
            "Adding one at a time never finds them: how many groups are there to try?",
        ),
        "eight witnesses with any covariance": (
            mixed @ mixed.T / 6 + np.diag(np.linspace(0.5, 2, 8)),
            "The variance of a group's mean is the mean of its block of the covariance matrix.\n"
            "With eight witnesses there are 255 groups.",
        ),
        "one witness": (np.array([[2.0]]), "Nobody else to ask."),
    }


def _is_a_group(group: object, n: int, what: str) -> Finding:
    numbers = np.asarray(group)
    got = f"{what}: expected numbers of witnesses, such as [0, 2], got {spell(group)}"
    if numbers.dtype == bool:
        return Finding(False, got, "That is a mask. np.flatnonzero turns it into numbers.")
    if numbers.ndim != 1 or numbers.size == 0 or numbers.dtype.kind not in "iu":
        return Finding(False, got, "A list of whole numbers, at least one of them.")
    if len(set(numbers.tolist())) < numbers.size:
        return Finding(False, got, "Somebody is invited twice. Equal shares: each witness at most once.")
    if numbers.min() < 0 or numbers.max() >= n:
        return Finding(False, got, f"The witnesses are numbered from 0 to {n - 1}.")
    return Finding(True, what)


def _varies_least(group: list[int], covariance: np.ndarray, what: str, hint: str) -> Finding:
    n = len(covariance)
    groups = [list(each) for size in range(1, n + 1) for each in combinations(range(n), size)]
    least = min(_variance(each, covariance) for each in groups)
    own = _variance(group, covariance)
    invited = f"{what}: the mean of {sorted(group)} has variance {own:.3f}"
    if own <= least + 1e-9:
        return Finding(True, invited)
    return Finding(False, f"{invited}, and some other group has {least:.3f}", hint)


def _variance(group: list[int], covariance: np.ndarray) -> float:
    return float(covariance[np.ix_(group, group)].mean())
