"""Exercise 19.3: which pictures to label."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmseg_edu.exercises.expect import Answer, AnswerError, Finding, expect_kept, numbers_of, spell

Points = NDArray[np.floating]


def exercise_3(answer: Answer) -> Iterator[Finding]:
    """`which_to_label(features, count)`: places of pictures, so that each of (N, D) has a chosen one nearby."""
    scenes = _three_scenes()
    what = "twenty pictures of three scenes, three to label"
    chosen = _places(answer, scenes, 3, what)
    yield Finding(True, f"{what}: three different places from 0 to 19")
    yield expect_kept(answer, what)
    for what, (points, count) in cases().items():
        yield _covers(answer, points, count, what)
    yield Finding(
        sorted(_places(answer, scenes, 3, what)) == sorted(chosen),
        "the same pictures, the same choice",
        "Twice the same call, and two choices: nobody could repeat your labelling. Draw nothing, or from a fixed seed.",
    )
    every = np.random.default_rng(3).normal(size=(6, 2))
    all_of_them = _places(answer, every, 6, "six pictures, six to label")
    yield Finding(sorted(all_of_them) == list(range(6)), "six pictures, six to label: all of them")


def _three_scenes() -> Points:
    """Twelve pictures of one scene, six of the next, two of the last, as a camera would pan."""
    rng = np.random.default_rng(7)
    places = np.repeat([[0.0, 0.0], [10.0, 0.0], [20.0, 1.0]], [12, 6, 2], axis=0)
    return np.round(places + rng.uniform(-0.5, 0.5, places.shape), 3)


def cases() -> dict[str, tuple[Points, int]]:
    """Name of a situation, its pictures, and how many to label."""
    rng = np.random.default_rng(11)
    rare = np.concatenate([np.linspace(0, 1, 60), [2.2]])[:, None]
    ring = np.array([[np.cos(a), np.sin(a)] for a in 2 * np.pi * np.arange(12) / 12]) + 0.01 * rng.normal(
        size=(12, 2)
    )
    shuffled = rng.permutation(_three_scenes())
    clumps = np.concatenate([c + 0.05 * rng.normal(size=(n, 3)) for c, n in ((0, 9), (3, 3), (5, 1), (9, 1))])
    return {
        "twenty pictures of three scenes, three to label": (_three_scenes(), 3),
        "the same pictures in another order": (shuffled, 3),
        "sixty pictures that are much alike and one that is not, two to label": (rare, 2),
        "twelve pictures in a ring, four to label": (ring, 4),
        "four kinds of pictures, the rarest seen once, four to label": (clumps, 4),
        "thirty pictures with eight features, two to label": (rng.normal(size=(30, 8)), 2),
        "one to label": (rng.normal(size=(15, 2)), 1),
    }


def radius(points: Points, chosen: list[int]) -> float:
    """How far the picture that is worst off is from the nearest chosen one."""
    away = np.linalg.norm(points[:, None] - points[None, chosen], axis=-1)
    return float(away.min(axis=1).max())


def best_radius(points: Points, count: int) -> float:
    """The least radius that any choice achieves, by trying all."""
    away = np.linalg.norm(points[:, None] - points[None], axis=-1)
    return min(
        float(away[:, list(some)].min(axis=1).max()) for some in combinations(range(len(points)), count)
    )


def _places(answer: Answer, points: Points, count: int, what: str) -> list[int]:
    given = numbers_of(answer(points.copy(), count), unordered=True)
    if given.shape == (len(points),) and given.dtype == bool and count != len(points):
        raise AnswerError(
            f"{what}: expected places, got True and False: np.flatnonzero(mask) gives the places"
        )
    if given.shape != (count,):
        raise AnswerError(
            f"{what}: expected shape ({count},), one place for each picture to label, got {given.shape}"
        )
    if given.dtype == bool or (given != np.round(given)).any():
        raise AnswerError(f"{what}: expected places, whole numbers, got {spell(given)}")
    places = [int(place) for place in given]
    if min(places) < 0 or max(places) >= len(points):
        raise AnswerError(f"{what}: expected places from 0 to {len(points) - 1}, got {spell(given)}")
    if len(set(places)) < count:
        raise AnswerError(
            f"{what}: expected different places, got {spell(given)}: the same picture is labelled twice"
        )
    return places


def _covers(answer: Answer, points: Points, count: int, what: str) -> Finding:
    chosen = _places(answer, points, count, what)
    got, best = radius(points, chosen), best_radius(points, count)
    if got <= 2 * best + 1e-6:
        return Finding(True, f"{what}: at worst {got:.2f} away, twice the least would be {2 * best:.2f}")
    worst = int(np.linalg.norm(points[:, None] - points[None, chosen], axis=-1).min(axis=1).argmax())
    return Finding(
        False,
        f"{what}: picture {worst} is {got:.2f} from the nearest chosen one, twice the least that can be had is "
        f"{2 * best:.2f}",
        _hint(answer),
    )


Rule = Callable[[Points, int], ArrayLike]


def _hint(answer: Answer) -> str:
    """Name the slip of an answer that follows it in every situation."""
    followed = [
        text
        for rule, text in SLIPS
        if all(
            sorted(_places(answer, p, k, "")) == sorted(np.atleast_1d(rule(p, k)).tolist())
            for p, k in cases().values()
        )
    ]
    if len(set(followed)) == 1:
        return followed[0]
    return (
        "Which picture is worst off with what you have chosen? Take that one next, and ask again. (Its distance counts "
        "to the nearest chosen one.)"
    )


def _away(points: Points) -> Points:
    return np.asarray(np.linalg.norm(points[:, None] - points[None], axis=-1))


def _from_middle(points: Points) -> Points:
    return np.asarray(np.linalg.norm(points - points.mean(axis=0), axis=-1))


def _one_by_one(score: Callable[[Points, list[int]], Points]) -> Rule:
    """Begin with picture 0, and take the one with the highest score next."""

    def rule(points: Points, count: int) -> list[int]:
        chosen, away = [0], _away(points)
        while len(chosen) < count:
            value = np.array(score(away, chosen), float)
            value[chosen] = -np.inf
            chosen.append(int(value.argmax()))
        return chosen

    return rule


_IN_TIME = "Evenly spread in time: a long scene gets many labels, a short one gets none. Use the features."
SLIPS: list[tuple[Rule, str]] = [
    (lambda p, k: np.arange(k), "These are the first ones, whatever they show. Use the features."),
    (
        lambda p, k: np.arange(len(p) - k, len(p)),
        "These are the last ones, whatever they show. Use the features.",
    ),
    (lambda p, k: np.linspace(0, len(p) - 1, k).astype(int), _IN_TIME),
    (lambda p, k: np.linspace(0, len(p) - 1, k).round().astype(int), _IN_TIME),
    (lambda p, k: np.arange(k) * len(p) // k, _IN_TIME),
    (lambda p, k: (2 * np.arange(k) + 1) * len(p) // (2 * k), _IN_TIME),
    (
        lambda p, k: np.argsort(-_from_middle(p), kind="stable")[:k],
        "These are the most unusual ones. They may be alike among themselves, and the usual ones have nobody.",
    ),
    (
        lambda p, k: np.argsort(_from_middle(p), kind="stable")[:k],
        "These are the most usual ones. They are alike, and the rare ones have nobody.",
    ),
    (
        _one_by_one(lambda away, chosen: away[:, chosen[-1]]),
        "Each is far from the one chosen before, and may be near an earlier one. Look at all that are chosen.",
    ),
    (
        _one_by_one(lambda away, chosen: away[:, chosen].sum(axis=1)),
        "The sum of distances was made large: a picture far from one and near to another has a large sum, too. "
        "What counts is the nearest chosen one.",
    ),
    (
        _one_by_one(lambda away, chosen: away[:, chosen].max(axis=1)),
        "The distance to the farthest chosen one was made large. What counts is the nearest.",
    ),
    (
        _one_by_one(lambda away, chosen: away[:, chosen[0]]),
        "Each is far from the first one, and they may be alike among themselves. Look at all that are chosen.",
    ),
    (
        _one_by_one(lambda away, chosen: -away[:, chosen].min(axis=1)),
        "The nearest was taken in place of the farthest: argmin for argmax?",
    ),
]
