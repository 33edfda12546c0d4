"""The exercises of lesson 07: what if we just average?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations

import numpy as np

from mmseg_edu.exercises.expect import (
    Answer,
    Finding,
    expect_kept,
    expect_like,
    expect_own,
    expect_range,
    expect_shape,
    expect_sums_to_one,
    numbers_of,
    spell,
    together,
)

UNTESTED = {
    "1": "speed; opinions of different shapes",
    "2": "speed; archives with a single clip; constants whose computed spread is not exactly 0",
    "3": "speed; more than ten witnesses",
}


def exercise_1(answer: Answer) -> Iterator[Finding]:
    """`my_mean(opinions)`: n opinions, stacked as (n, ..., K), give one (..., K)."""
    pair = np.array([[0.9, 0.1, 0.0], [0.5, 0.2, 0.3]])
    five = np.random.default_rng(7).dirichlet(np.ones(4), size=5)
    # As many witnesses as classes, rows and columns: a wrong axis goes through without an error.
    cube = np.random.default_rng(8).dirichlet(np.ones(3), size=(3, 3, 3))
    what = "two witnesses and three classes"
    fused = answer(pair)
    yield together(
        f"{what}: shape (3,), from 0 to 1, sums to 1",
        expect_shape(fused, (3,), what, "Which axis holds the witnesses? That is the one to average over."),
        expect_range(
            fused, 0, 1, what, "probability", "A mean lies between the witnesses. Is the sum divided by n?"
        ),
        expect_sums_to_one(fused, what, "Each witness sums to 1: the sum of two of them, divided by 2, too."),
    )
    yield expect_own(answer, "mmseg_edu.fusion")
    yield expect_like(
        answer,
        _mean,
        (pair,),
        "[0.9, 0.1, 0.0] and [0.5, 0.2, 0.3]",
        "Add the witnesses, divide by their number.",
        slips=[
            (_vote, "A vote. Keep the probabilities: argmax comes after the fusion."),
            (_decision, "A decision. Keep the probabilities: argmax comes after the fusion."),
            (_product, "A product. It lets one witness say no; a mean does not."),
            (_root_of_product, "A geometric mean. It lets one witness say no; add, and divide by n."),
            (lambda opinions: opinions[0], "This is one witness alone. What became of the others?"),
            (lambda opinions: opinions[-1], "This is one witness alone. What became of the others?"),
            (_surest, "This is the surest witness alone. What became of the others?"),
        ],
        others=[(five,)],
    )
    yield expect_kept(answer, what)
    yield expect_like(
        answer,
        _mean,
        (five,),
        "five witnesses and four classes",
        "Does it still work when there are more than two witnesses?",
        slips=[
            (lambda opinions: opinions.sum(axis=0) / 2, "Divided by 2, however many there are."),
            (lambda opinions: np.median(opinions, axis=0), "The median: of two it is the mean, of five not."),
            (_one_after_another, "Averaged one after another, so the last witness counts half of all."),
        ],
        others=[(five[:3],)],
    )
    what = "three witnesses on a picture of 3 x 3 pixels with three classes"
    yield expect_shape(
        answer(cube), (3, 3, 3), what, "The witnesses lie along the first axis, and only that one goes."
    )
    yield expect_like(
        answer,
        _mean,
        (cube,),
        f"{what}: every pixel has its own mean",
        "The witnesses lie along the FIRST axis; pixels and classes must not be mixed.",
    )


def _mean(opinions: np.ndarray) -> np.ndarray:
    return opinions.mean(axis=0)


def _vote(opinions: np.ndarray) -> np.ndarray:
    return np.eye(opinions.shape[-1])[opinions.argmax(axis=-1)].mean(axis=0)


def _decision(opinions: np.ndarray) -> np.ndarray:
    return np.eye(opinions.shape[-1])[opinions.mean(axis=0).argmax(axis=-1)]


def _product(opinions: np.ndarray) -> np.ndarray:
    score = opinions.prod(axis=0)
    return score / score.sum(axis=-1, keepdims=True)


def _root_of_product(opinions: np.ndarray) -> np.ndarray:
    score = opinions.prod(axis=0) ** (1 / len(opinions))
    return score / score.sum(axis=-1, keepdims=True)


def _surest(opinions: np.ndarray) -> np.ndarray:
    return opinions[opinions.max(axis=-1).argmax()]


def _one_after_another(opinions: np.ndarray) -> np.ndarray:
    fused = opinions[0]
    for opinion in opinions[1:]:
        fused = (fused + opinion) / 2
    return fused


Features = list[np.ndarray]


def exercise_2(answer: Answer) -> Iterator[Finding]:
    """`fuse_features(queries, archives)`: standardise each sense by its archive, then average."""
    random = np.random.default_rng(7)
    archives = [random.normal(mean, spread, (30, 4)) for mean, spread in ((0.4, 0.2), (-90, 8), (5, 1))]
    queries = [each[:6] + random.normal(0, 0.1, (6, 4)) for each in archives]
    others = [(queries, archives)]
    by_hand = (
        [np.array([[3.0, 40.0]]), np.array([[200.0, 4.0]])],
        [np.array([[0.0, 10.0], [2.0, 30.0]]), np.array([[100.0, 0.0], [300.0, 4.0]])],
    )
    what = "two senses, one query, two features"
    yield expect_shape(answer(*by_hand), (1, 2), what, "One row for each query, one column for each feature.")
    yield expect_like(
        answer,
        _fused,
        by_hand,
        f"{what}, by hand: [2, 2] and [0, 1] standard deviations",
        "Subtract the archive's mean of each feature (axis 0), divide by its standard deviation, then average.",
        slips=_SLIPS,
        others=others,
    )
    yield expect_kept(answer, what)
    yield expect_like(
        answer,
        _fused,
        (queries, archives),
        "three senses, six queries, four features",
        "Every feature of every sense has its own mean and its own standard deviation.",
        slips=_SLIPS,
        others=[by_hand],
    )
    alone = ([each[:1] for each in queries], archives)
    yield expect_like(
        answer,
        _fused,
        alone,
        "a query gets the same numbers when it comes alone",
        "Its numbers depend on who else asks. Only the archive may enter mean and spread.",
    )
    far = (
        [each + 9 * archive.std(axis=0) for each, archive in zip(queries, archives, strict=True)],
        archives,
    )
    yield expect_like(
        answer,
        _fused,
        far,
        "queries nine standard deviations from the archive",
        "Far is far. Is something cut off or squeezed, perhaps at 3 standard deviations?",
        slips=_SLIPS,
        others=[([each + 30 for each in queries], archives)],
    )
    yield _same_in_units(answer, 255, queries, archives, "pixels from 0 to 255 instead of 0 to 1")
    yield _same_in_units(answer, 1e-17, queries, archives, "a unit so large that all its numbers are tiny")
    yield from _constant_feature(answer, queries, archives)


def _same_in_units(answer: Answer, unit: float, queries: Features, archives: Features, what: str) -> Finding:
    return expect_like(
        answer,
        _fused,
        ([unit * queries[0], *queries[1:]], [unit * archives[0], *archives[1:]]),
        f"{what}: the same answer",
        "The units still count. Is something added to the standard deviation, or is a small one taken for none?",
    )


def _constant_feature(answer: Answer, queries: Features, archives: Features) -> Iterator[Finding]:
    archives, queries = [each.copy() for each in archives], [each.copy() for each in queries]
    archives[0][:, 2] = 0.5
    queries[0][:, 2] = [0.5, 0.5, 0.7, 0.5, 0.5, 0.5]
    other = [archives[0].copy(), *archives[1:]]
    other[0][:, 1] = 2.0
    yield expect_like(
        answer,
        _fused,
        (queries, archives),
        "a feature that never varies in the archive counts as 0",
        "Its standard deviation is 0. What comes of dividing by it, and what should?",
        slips=[
            (
                _standardised(lambda archive: np.where(archive.std(axis=0) == 0, 1, archive.std(axis=0))),
                "Divided by 1 in place of 0, so the query's own distance comes through. It counts as 0.",
            ),
            (
                _all_become_zero,
                "The other senses became 0 with it. Only its own part of the mean counts as 0.",
            ),
            (_left_out, "Left out of the mean. It counts as 0, and the mean is still over all senses."),
        ],
        others=[(queries, other)],
    )


def _standardised(
    spread: Callable[[np.ndarray], np.ndarray | float],
    centre: Callable[[np.ndarray], np.ndarray | float] = lambda archive: archive.mean(axis=0),
) -> Callable[[Features, Features], np.ndarray]:
    """Return the rule that subtracts some centre and divides by some spread of the archive."""

    def rule(queries: Features, archives: Features) -> np.ndarray:
        pairs = zip(queries, archives, strict=True)
        return np.mean([(query - centre(archive)) / spread(archive) for query, archive in pairs], axis=0)

    return rule


def _deviations(queries: Features, archives: Features) -> np.ndarray:
    fair = []
    for query, archive in zip(queries, archives, strict=True):
        spread = archive.std(axis=0)
        distance = (query - archive.mean(axis=0)) / np.where(spread > 0, spread, 1)
        fair.append(np.where(spread > 0, distance, 0))
    return np.array(fair)


def _fused(queries: Features, archives: Features) -> np.ndarray:
    return _deviations(queries, archives).mean(axis=0)


def _cut_at(limit: float) -> Callable[[Features, Features], np.ndarray]:
    return lambda queries, archives: np.clip(_deviations(queries, archives), -limit, limit).mean(axis=0)


def _left_out(queries: Features, archives: Features) -> np.ndarray:
    varies = np.array([archive.std(axis=0) > 0 for archive in archives])
    return _deviations(queries, archives).sum(axis=0) / varies.sum(axis=0)


def _all_become_zero(queries: Features, archives: Features) -> np.ndarray:
    varies = np.array([archive.std(axis=0) > 0 for archive in archives])
    return _fused(queries, archives) * varies.all(axis=0)


def _with_queries(queries: Features, archives: Features) -> np.ndarray:
    return _fused(queries, [np.concatenate(pair) for pair in zip(queries, archives, strict=True)])


_SLIPS: list[tuple[Callable[[Features, Features], object], str]] = [
    (lambda queries, archives: np.mean(queries, axis=0), "The raw mean: the largest numbers decide."),
    (
        _standardised(lambda archive: archive.var(axis=0)),
        "That divides by the variance. Which of the two has the unit of the feature?",
    ),
    (
        _standardised(lambda archive: archive.std(axis=0), lambda archive: 0.0),
        "Divided by the standard deviation, but the mean was not subtracted.",
    ),
    (
        _standardised(lambda archive: 1.0),
        "The mean was subtracted, but nothing divided: the units are still there.",
    ),
    (
        lambda queries, archives: _deviations(queries, archives).sum(axis=0),
        "That is the sum over the senses.",
    ),
    (
        _standardised(lambda archive: archive.std(axis=0, ddof=1)),
        "Divided by the estimate with N - 1 (ddof=1). NumPy's own std, with N, is meant here.",
    ),
    (
        lambda queries, archives: _fused(queries, queries),
        "The query was measured against itself. Whose mean and spread does it need?",
    ),
    (_with_queries, "The queries were counted into mean and spread. Only the archive belongs there."),
    (
        _standardised(lambda archive: archive.std(), lambda archive: archive.mean()),
        "One mean and one spread for a whole sense. Each feature has its own: which axis?",
    ),
    (
        _standardised(lambda archive: np.ptp(archive, axis=0), lambda archive: archive.min(axis=0)),
        "Stretched from smallest to largest. Standardising takes mean and standard deviation.",
    ),
    *((_cut_at(limit), f"Cut off at {limit} standard deviations.") for limit in (1, 2, 3, 5)),
]


def exercise_3(answer: Answer) -> Iterator[Finding]:
    """`whom_to_average(covariance)`: the numbers of the witnesses whose plain mean varies least."""
    for what, (covariance, hint) in _problems().items():
        group = answer(covariance)
        found = _is_a_group(group, len(covariance), what)
        if not found.right:
            yield found
            continue
        yield _varies_least(numbers_of(group, unordered=True).tolist(), covariance, what, hint)
        if what == "three equal, independent witnesses":
            yield expect_kept(answer, what)


def _problems() -> dict[str, tuple[np.ndarray, str]]:
    far = np.diag([1.0, 1.1, 9.0])
    copies = np.array([[1.0, 0.99, 0.0], [0.99, 1.0, 0.0], [0.0, 0.0, 1.2]])
    opposite = np.array([[4.0, -3.8, 0.0], [-3.8, 4.0, 0.0], [0.0, 0.0, 1.0]])
    three = np.full((3, 3), -1.9) + np.diag([5.9, 5.9, 5.9])
    together_only = np.block([[three, np.zeros((3, 1))], [np.zeros((1, 3)), np.array([[0.5]])]])
    lone = np.array([[6.0, 1.5, 2.0], [1.5, 1.0, 1.2], [2.0, 1.2, 4.0]])
    # Drawn so that none of the searches that add, remove or exchange one witness at a time finds the best.
    random = np.random.default_rng(266)
    mixed = random.normal(size=(10, 5))
    ten = np.round(mixed @ mixed.T / 5 + np.diag(random.uniform(0.1, 0.6, 10)), 2)
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
        "a good witness, and two who err as it does, only more": (
            lone,
            "Whoever is added makes it worse here. May a group have one member?",
        ),
        "three bad witnesses who cancel only together, and a good one": (
            together_only,
            "No pair is better than the good witness alone, and a group of three is.\n"
            "Does the search stop when a larger group does not pay?",
        ),
        "ten equal, independent witnesses": (
            np.eye(10),
            "All ten belong in it. Does the search end at groups of some size?",
        ),
        "ten witnesses with any covariance": (
            ten,
            "The variance of a group's mean is the mean of its block of the covariance matrix.\n"
            "With ten witnesses there are 1023 groups: a search that skips some can miss the best.",
        ),
        "one witness": (np.array([[2.0]]), "Nobody else to ask."),
    }


def _is_a_group(group: object, n: int, what: str) -> Finding:
    got = f"{what}: expected numbers of witnesses, such as [0, 2], got {spell(group)}"
    if isinstance(group, (set, frozenset)) and not group:
        return Finding(False, got, "A list of whole numbers, at least one of them.")
    numbers = numbers_of(group, unordered=True)
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
