"""The exercises of lesson 11: can we flood a picture into regions?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from mmseg_edu import segment
from mmseg_edu.exercises.expect import (
    Answer,
    AnswerError,
    Finding,
    expect_kept,
    expect_like,
    expect_range,
    expect_shape,
    spell,
    together,
)

UNTESTED = {
    "1": "speed",
    "2": "a picture without any sure pixel",
    "3": "speed; which of two waters takes a ridge that both reach at one level",
}

Slip = tuple[Callable[[np.ndarray, int, int], float], str]

_ALL_WAYS = ((-1, 0), (1, 0), (0, -1), (0, 1))


def exercise_1(answer: Answer) -> Iterator[Finding]:
    """`flood_row(heights, springs)`: for each place (N,) the index of the spring whose water is there first."""
    heights, springs = np.array([4, 0, 1, 2, 1, 7, 0, 3]), [1, 6]
    what = "heights [4, 0, 1, 2, 1, 7, 0, 3], springs at places 1 and 6"
    got = answer(heights, springs)
    yield together(
        f"{what}: one index, 0 or 1, for each of the 8 places",
        expect_shape(got, (8,), what, "One answer for each place, whatever the number of springs."),
        expect_range(
            got,
            0,
            1,
            what,
            "index",
            "An index into `springs`: 0 for the first spring, 1 for the second. Not its place, and not its\n"
            "water level.",
        ),
    )
    yield _first_water(got, heights, springs, what, [(_distance, _NEAREST), (_minus_highest, _LAST)])
    yield expect_kept(answer, what)
    cases: list[tuple[str, np.ndarray, list[int], list[Slip]]] = [
        (
            "a long, low way against a short one over a hill",
            np.array([0, 2, 2, 2, 2, 2, 3, 0]),
            [0, 7],
            [(_sum, _ADDED), (_distance, _NEAREST)],
        ),
        (
            "a spring on a hill, which flows only when the lake stands as high as the hill",
            np.array([0, 5, 3, 4, 0]),
            [1, 4],
            [(_highest_on_the_way, _OWN_HEIGHT)],
        ),
        (
            "a spring on a hill, and the places to its left",
            np.array([0, 4, 3, 5, 0]),
            [3, 0],
            [(_highest_on_the_way, _OWN_HEIGHT)],
        ),
        (
            "three springs, not in the order of their places",
            np.array([1, 6, 0, 3, 9, 2, 8, 1]),
            [7, 0, 3],
            [],
        ),
        ("a land of real numbers", np.random.default_rng(11).uniform(size=40), [3, 30, 17, 22], []),
    ]
    for what, heights, springs, slips in cases:
        got = answer(heights, springs)
        yield expect_shape(
            got, heights.shape, what, "One answer for each place: is a number fixed somewhere?"
        )
        yield _first_water(got, heights, springs, what, slips)


_NEAREST = (
    "This is the nearest spring. Water does not count its steps: it waits below the highest\n"
    "place of the way, however short the way is."
)
_LAST = "The first water to arrive is the one that needs the LOWEST level."
_ADDED = (
    "Heights were added up along the way. The lake must stand as high as the highest place:\n"
    "which function replaces sum?"
)
_OWN_HEIGHT = "The spring's own height belongs to the way, at whichever end of it the spring is."


def _distance(heights: np.ndarray, p: int, s: int) -> float:
    return abs(p - s)


def _sum(heights: np.ndarray, p: int, s: int) -> float:
    return float(heights[min(p, s) : max(p, s) + 1].sum())


def _minus_highest(heights: np.ndarray, p: int, s: int) -> float:
    return -_highest(heights, p, s)


def _highest_on_the_way(heights: np.ndarray, p: int, s: int) -> float:
    return max((float(heights[q]) for q in range(min(p, s), max(p, s) + 1) if q != s), default=0.0)


def _highest(heights: np.ndarray, p: int, s: int) -> float:
    return float(heights[min(p, s) : max(p, s) + 1].max())


def _first_water(
    got: object, heights: np.ndarray, springs: Sequence[int], what: str, slips: Sequence[Slip]
) -> Finding:
    """Expect at each place a spring whose water arrives at the lowest level; ties are free."""
    index = _whole(got, what)
    levels = np.array([[_highest(heights, p, s) for p in range(len(heights))] for s in springs])
    places = np.arange(len(heights))
    if index.min() < 0 or index.max() >= len(springs):
        return Finding(False, f"{what}: expected indices 0 to {len(springs) - 1}, got {spell(index.max())}")
    late = np.flatnonzero(levels[index, places] > levels.min(axis=0))
    if late.size == 0:
        return Finding(True, what)
    p = int(late[0])
    right = int(levels[:, p].argmin())
    says = (
        f"{what}: place {p} is reached by spring {right} at level {levels[right, p]:.3g},\n"
        f"and by spring {index[p]}, which it was given to, only at level {levels[index[p], p]:.3g}"
    )
    for price, hint in slips:
        wrong = np.array([[price(heights, int(q), s) for q in places] for s in springs])
        if np.allclose(wrong[index, places], wrong.min(axis=0)):
            return Finding(False, says, hint)
    return Finding(
        False,
        says,
        "For each spring the highest of all places between, with both ends. Then the lowest of those.",
    )


def _whole(got: object, what: str) -> np.ndarray:
    array = np.asarray(got)
    if array.dtype.kind not in "iu" and not np.array_equal(array, np.round(array.astype(float))):
        raise AnswerError(f"{what}: expected whole numbers, got {spell(array.ravel()[:4])}")
    return array.astype(int)


# Two dimensions


def arrival(land: np.ndarray, start: np.ndarray, wrap: bool = False) -> np.ndarray:
    """Lowest water level at which a spring on `start` (H, W) reaches each place: no flood, only min and max.

    With `wrap` water also runs from the first row or column to the last, as it does by the index -1.
    """
    level = np.where(start, land, np.inf).astype(float)
    while True:
        wide = np.pad(level, 1, constant_values=np.inf)
        if wrap:
            wide[-1, 1:-1], wide[1:-1, -1] = level[0], level[:, 0]
        ways = [wide[1 + r : wide.shape[0] - 1 + r, 1 + c : wide.shape[1] - 1 + c] for r, c in _ALL_WAYS]
        lower = np.maximum(land, np.minimum.reduce([level, *ways]))
        if np.array_equal(lower, level):
            return level
        level = lower


def _lateness(land: np.ndarray, markers: np.ndarray, regions: np.ndarray, wrap: bool = False) -> np.ndarray:
    """How much later than the first water the own region's water reaches each place; 0 where all is right."""
    names = np.unique(markers[markers > 0])
    levels = np.stack([arrival(land, markers == name, wrap) for name in names])
    own = np.full(land.shape, np.inf)
    for name, level in zip(names, levels, strict=True):
        own = np.where(regions == name, level, own)
    return own - levels.min(axis=0)


def exercise_2(answer: Answer) -> Iterator[Finding]:
    """`segment_by_evidence(land, probabilities, level)`: markers, a flood, and classes 0 .. K - 1 again."""
    land = np.tile([0.0, 1.0, 2.0, 9.0, 3.0, 0.0, 1.0, 2.0], (5, 1))
    background = np.array([0.95, 0.4, 0.4, 0.95, 0.6, 0.02, 0.6, 0.6])
    row = np.stack([background, 0.2 * (1 - background), 0.8 * (1 - background)], axis=-1)
    row[5] = [0.02, 0.03, 0.95]
    probabilities = np.tile(row, (5, 1, 1))
    what = "a ridge between sure background on the left and a sure class 2 on the right"
    labels = answer(land, probabilities, 0.9)
    yield expect_shape(
        labels, (5, 8), what, "A label map: one class for each pixel, no axis for the classes."
    )
    yield expect_like(
        answer,
        _evidence_flood,
        (land, probabilities, 0.9),
        what,
        "Markers (class + 1, or 0 where unsure), the flood of `land` from them, and back to classes.",
        slips=_EVIDENCE_SLIPS,
        others=[(*_random_evidence(seed, (6, 7), 0.4, 3), 0.7) for seed in (1, 2)],
    )
    yield expect_kept(answer, what)
    for seed, what, shape, spread, classes, level, hint in _EVIDENCE_CASES:
        yield _flooded_from(answer, *_random_evidence(seed, shape, spread, classes), level, what, hint)
    land = np.tile([0.0, 6.0, 1.0, 7.0, 0.0, 5.0, 1.0], (3, 1))
    background = np.tile([0.875, 0.625, 0.25, 0.5, 0.875, 0.5, 0.625], (3, 1))
    yield _flooded_from(
        answer,
        land,
        np.stack([background, 1 - background], axis=-1),
        0.75,
        "a level of 0.75, and a pixel of exactly 0.75",
        "At least 0.75: a pixel that only just reaches the level is sure, too. > or >=?",
    )


_EVIDENCE_CASES = (
    (11, "twelve classes, level 0.6", (16, 12), 0.1, 12, 0.6, "Is the level or the number of classes fixed?"),
    (
        12,
        "a level of 0.3, which two classes of one pixel may reach",
        (9, 7),
        1.0,
        4,
        0.3,
        "Where two classes reach the level, the marker is that of the more probable one.",
    ),
)


def _random_evidence(
    seed: int, shape: tuple[int, int], spread: float, classes: int
) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.uniform(size=shape), rng.dirichlet(np.full(classes, spread), size=shape)


def _sure(probabilities: np.ndarray, level: float) -> np.ndarray:
    """Give the markers that the exercise asks for: class + 1, and 0 where no class reaches the level."""
    return np.where(probabilities.max(axis=-1) >= level, probabilities.argmax(axis=-1) + 1, 0)


def _evidence_flood(land: np.ndarray, probabilities: np.ndarray, level: float) -> np.ndarray:
    return segment.watershed(land, _sure(probabilities, level)) - 1


def _background_dry(land: np.ndarray, probabilities: np.ndarray, level: float) -> np.ndarray:
    best = np.where(probabilities.max(axis=-1) >= level, probabilities.argmax(axis=-1), 0)
    return segment.watershed(land, best)


_DROWNED = (
    'The object has drowned the background, because the background got no marker: 0 means\n"no marker", and '
    "the background is class 0. How can all classes be moved away from 0?"
)
_EVIDENCE_SLIPS: list[tuple[Callable[..., object], str]] = [
    (
        lambda land, p, level: _evidence_flood(land, p, level) + 1,
        "These are markers' numbers, class + 1. Which number turns them into classes again?",
    ),
    (_background_dry, _DROWNED),
    (lambda land, p, level: _background_dry(land, p, level) - 1, _DROWNED),
    (
        lambda land, p, level: p.argmax(axis=-1),
        "This is the most probable class of each pixel. The unsure pixels are for the water.",
    ),
    (
        lambda land, p, level: np.maximum(_sure(p, level) - 1, 0),
        "The unsure pixels all became background. They are for the water: where is the flood?",
    ),
    (
        lambda land, p, level: _sure(p, level) - 1,
        "The unsure pixels are -1: no class. They are for the water: where is the flood?",
    ),
    (
        lambda land, p, level: segment.watershed(-land, _sure(p, level)) - 1,
        "The land is upside down: water ran from the ridge. Flood `land` as it is.",
    ),
    (
        lambda land, p, level: segment.watershed(1 - p.max(axis=-1), _sure(p, level)) - 1,
        "This flooded the doubt of the evidence. Flood `land`: the borders are in the picture.",
    ),
]


def _flooded_from(
    answer: Answer, land: np.ndarray, probabilities: np.ndarray, level: float, what: str, hint: str
) -> Finding:
    labels = answer(land, probabilities, level)
    shape = expect_shape(labels, land.shape, what, "One class for each pixel.")
    if not shape.right:
        return shape
    markers = _sure(probabilities, level)
    got = _whole(labels, what)
    moved = np.argwhere((markers > 0) & (got != markers - 1))
    if len(moved):
        r, c = (int(i) for i in moved[0])
        says = f"{what}: pixel [{r}, {c}] is surely class {markers[r, c] - 1}, got {got[r, c]}"
        return Finding(False, says, hint)
    late = np.argwhere(_lateness(land, markers, got + 1) > 0)
    if len(late):
        r, c = (int(i) for i in late[0])
        says = f"{what}: pixel [{r}, {c}] was given to class {got[r, c]}, whose water comes late"
        for wrong, slip in _LATE_SLIPS:
            if np.array_equal(wrong(land, probabilities, level), got):
                return Finding(False, says, slip)
        return Finding(False, says, hint)
    return Finding(True, what)


def _corners_too(land: np.ndarray, probabilities: np.ndarray, level: float) -> np.ndarray:
    from skimage.segmentation import watershed

    return np.asarray(watershed(land, _sure(probabilities, level), connectivity=2)) - 1


def _own_best(land: np.ndarray, probabilities: np.ndarray, share: float) -> np.ndarray:
    sure, winner = probabilities.max(axis=-1), probabilities.argmax(axis=-1)
    top = np.array([sure[winner == k].max(initial=0) for k in range(probabilities.shape[-1])])
    return segment.watershed(land, np.where(sure >= share * top[winner], winner + 1, 0)) - 1


_LATE_SLIPS: tuple[tuple[Callable[..., np.ndarray], str], ...] = (
    (
        _corners_too,
        "Water slipped between two places that touch only at a corner. A place has four neighbours\n"
        "here, not eight.",
    ),
    (
        _own_best,
        "This asks each class for a share of its own best. Here one level holds for all classes: the\n"
        "probability itself.",
    ),
    (
        lambda land, p, level: _evidence_flood(land, p, level * p.max()),
        "This asks for a share of the highest probability in the picture. The level is the probability\n"
        "itself.",
    ),
)


def exercise_3(answer: Answer) -> Iterator[Finding]:
    """`my_watershed(land, markers)`: each place to the marker whose water arrives at the lowest level."""
    land = np.array([[1, 2, 6, 3, 2], [2, 3, 7, 2, 1], [3, 4, 5, 3, 2], [2, 3, 6, 4, 3], [1, 2, 7, 4, 4]])
    markers = np.zeros((5, 5), int)
    markers[0, 0], markers[1, 4] = 1, 2
    what = "the 5 x 5 land of the lesson"
    regions = answer(land, markers)
    yield expect_shape(regions, (5, 5), what, "One region number for each place.")
    yield _all_wet(regions, markers, what)
    yield _no_one_came_late(answer, regions, land, markers, what)
    yield expect_kept(
        answer, what, "The markers were painted over: start from a copy, `regions = markers.copy()`."
    )
    land = np.zeros((5, 5)) + 9 * np.eye(5)
    land[4, 0] = 5
    markers = np.zeros((5, 5), int)
    markers[0, 4], markers[4, 0] = 1, 2
    what = "a ridge of single places, corner to corner"
    regions = answer(land, markers)
    yield expect_shape(regions, land.shape, what)
    yield _all_wet(regions, markers, what)
    if (np.asarray(regions)[np.tril_indices(5, -1)] == 1).any():
        yield Finding(
            False,
            f"{what}: the first water is on both sides of it",
            "Water slipped between two places that touch only at a corner. A place has four neighbours\n"
            "here, not eight.",
        )
    yield _no_one_came_late(answer, regions, land, markers, what)
    land, markers = np.array([[9, 1, 2, 3, 0]]), np.array([[1, 0, 0, 0, 2]])
    what = "a land in a row, [9, 1, 2, 3, 0], with spring 1 on the hill and spring 2 in the valley"
    regions = answer(land, markers)
    yield together(
        "a spring on a hill waits until the lake has risen to it",
        expect_shape(regions, (1, 5), what, "A land may have one row."),
        _all_wet(regions, markers, what),
        _no_one_came_late(answer, regions, land, markers, what),
    )
    rng = np.random.default_rng(11)
    for what, shape, springs in (
        ("a rough land of 20 x 30, six springs numbered 1 to 6", (20, 30), np.arange(1, 7)),
        ("a land with plateaus, and springs numbered 3, 8 and 9", (25, 15), np.array([3, 8, 9])),
        ("springs of many pixels", (18, 18), np.repeat([1, 2, 3], 12)),
    ):
        land, markers = _rough(rng, shape, springs)
        if "plateaus" in what:
            land = np.floor(4 * land)
        regions = answer(land, markers)
        yield together(
            f"{what}: every place goes to a water that comes first",
            expect_shape(regions, shape, what, "Are rows and columns exchanged somewhere?"),
            _all_wet(regions, markers, what),
            _no_one_came_late(answer, regions, land, markers, what),
        )


def _all_wet(regions: object, markers: np.ndarray, what: str) -> Finding:
    got = _whole(regions, what)
    moved = np.argwhere((markers > 0) & (got != markers))
    if len(moved):
        r, c = (int(i) for i in moved[0])
        return Finding(
            False,
            f"{what}: marker {markers[r, c]} at [{r}, {c}] became {got[r, c]}",
            "A marked place keeps its number, and who is wet stays with its water: only places that are\n"
            "still 0 may be given away.",
        )
    dry = int((got == 0).sum())
    if dry:
        return Finding(
            False,
            f"{what}: {dry} places are still dry (0)",
            "Each place that becomes wet must itself wet its neighbours, also downhill, behind a ridge.\n"
            "Does it enter the queue? Does the loop end before the queue is empty?",
        )
    strangers = np.setdiff1d(got, markers[markers > 0])
    if strangers.size:
        says = f"{what}: there is no marker {strangers[0]}"
        return Finding(False, says, "A place takes its neighbour's number.")
    return Finding(True, f"{what}: every place is wet, and the markers kept theirs")


def _no_one_came_late(
    answer: Answer, regions: object, land: np.ndarray, markers: np.ndarray, what: str
) -> Finding:
    wet = _all_wet(regions, markers, what)
    if not wet.right:
        return wet
    got = _whole(regions, what)
    late = np.argwhere(_lateness(land, markers, got) > 0)
    if len(late) == 0:
        return Finding(True, f"{what}: every place goes to a water that comes first")
    r, c = (int(i) for i in late[0])
    names = np.unique(markers[markers > 0])
    levels = {int(name): arrival(land, markers == name)[r, c] for name in names}
    first = min(levels, key=levels.__getitem__)
    says = (
        f"{what}: [{r}, {c}] is reached by {first} at level {levels[first]:.3g},\n"
        f"and by {got[r, c]}, to which it was given, only at level {levels[int(got[r, c])]:.3g}"
    )
    return Finding(False, says, _why_late(answer))


def _why_late(answer: Answer) -> str:
    """Find the wrong rule that an answer follows on a rough land too, or say the right one."""
    land, markers = _rough(np.random.default_rng(12), (12, 14), np.arange(1, 7))
    try:
        got = _whole(answer(land, markers), "a rough land")
    except AnswerError:
        got = np.zeros(land.shape, int)
    if got.shape != land.shape or np.setdiff1d(got, markers[markers > 0]).size:
        return _LOWEST
    if np.array_equal(_steps(markers, got), _steps(markers)):
        return "This is the nearest marker: the queue hands out the OLDEST place. Which one must it hand out?"
    at_once = np.where(markers > 0, land.min(), land)
    if not (_lateness(at_once, markers, got) > 0).any():
        return (
            "Here a spring flows from the start, however high it lies. The lake must rise to it first:\n"
            "let each spring wait in the queue at its own height, like any other place."
        )
    if not (_lateness(land, markers, got, wrap=True) > 0).any():
        return (
            "Water ran off one edge and came in at the other: in NumPy index -1 is the last row or column.\n"
            "Which neighbours does a place on the edge have?"
        )
    return _LOWEST


_LOWEST = (
    "The next place to be wetted is always the LOWEST of the whole shore, whoever's water it is:\n"
    "not the highest, not the newest, and nothing is added up along the way. What comes first in\n"
    "the tuples of the queue?"
)


def _rough(
    rng: np.random.Generator, shape: tuple[int, int], springs: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    land, markers = rng.uniform(size=shape), np.zeros(shape, int)
    markers.flat[rng.choice(land.size, len(springs), replace=False)] = springs
    return land, markers


def _steps(markers: np.ndarray, regions: np.ndarray | None = None) -> np.ndarray:
    """Steps to the nearest marker, or to the nearest one of the place's own region."""
    names = np.unique(markers[markers > 0])
    away = np.stack([_walk(markers == name) for name in names])
    if regions is None:
        return away.min(axis=0)
    own = np.full(markers.shape, np.inf)
    for name, steps in zip(names, away, strict=True):
        own = np.where(regions == name, steps, own)
    return own


def _walk(start: np.ndarray) -> np.ndarray:
    rows, columns = np.indices(start.shape)
    there = np.argwhere(start)
    return np.min([np.abs(rows - r) + np.abs(columns - c) for r, c in there], axis=0)
