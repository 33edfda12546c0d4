"""The exercises of lesson 19: does any of this survive the real world?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
)
from mmseg_edu.exercises.lesson_19_choosing import exercise_3
from mmseg_edu.studies import mean_by_clip

__all__ = ["UNTESTED", "exercise_1", "exercise_2", "exercise_3"]

UNTESTED = {
    "1": "scores that are not finite; a single clip",
    "2": "speed; shares of 0 and 1",
    "3": "speed; more than some hundred pictures",
}

Scores = NDArray[np.floating]
Names = NDArray[Any]


def exercise_1(answer: Answer) -> Iterator[Finding]:
    """`interval(scores, clips)`: mean over clips and half width of its 95 % interval, from frames (N,)."""
    scores = np.array([0.95, 0.85, 0.3, 0.5, 0.2, 0.6])
    clips = np.array(["cat", "cat", "cat", "cup", "cup", "dog"])
    what = "six frames of three clips, cat, cup and dog"
    yield expect_shape(
        answer(scores, clips), (2,), what, "Two numbers: the mean, and half the width of its interval."
    )
    yield expect_own(answer, "mmseg_edu.studies")
    yield expect_like(
        answer,
        mean_by_clip,
        (scores, clips),
        what,
        "First a number for each clip, the mean of its frames. Then their mean, and Student's interval of so many.",
        slips=_SLIPS_1,
        others=_others(),
        tolerance=1e-4,
    )
    yield expect_kept(answer, what)
    mixed = np.array([3, 0, 2, 5, 1, 4])
    yield expect_like(
        answer,
        mean_by_clip,
        (scores[mixed], clips[mixed]),
        "the same frames, mixed",
        "The order of the frames must not matter. Do you look for a name's frames among all of them?",
        tolerance=1e-4,
    )
    yield expect_like(
        answer,
        mean_by_clip,
        (np.tile(scores, 5), np.tile(clips, 5)),
        "each frame five times: no more evidence, and the same interval",
        "More frames of the same clips must change nothing.",
        tolerance=1e-4,
    )
    yield expect_like(
        answer,
        mean_by_clip,
        _others()[1],
        "eight clips of two to six frames",
        "Right for three clips, wrong for eight. Is a number written into the code?",
        tolerance=1e-4,
    )


def _others() -> list[tuple[object, ...]]:
    rng = np.random.default_rng(19)
    found: list[tuple[object, ...]] = []
    for counts in ((2, 5, 3, 1), (2, 3, 6, 4, 2, 5, 3, 2)):
        clips = np.repeat([f"clip {k}" for k in range(len(counts))], counts)
        found.append((np.round(rng.uniform(0.2, 0.9, len(clips)), 3), clips))
    return found


def _means(scores: Scores, clips: Names) -> Scores:
    return np.array([scores[clips == name].mean() for name in np.unique(clips)])


def _t(degrees: int, level: float = 0.975) -> float:
    from scipy.stats import t

    return float(t.ppf(level, degrees))


def _interval(
    values: Scores,
    t: float | None = None,
    ddof: int = 1,
    root: float | None = None,
    mean: float | None = None,
) -> list[float]:
    count = len(values)
    half = _t(count - 1) if t is None else t
    middle = values.mean() if mean is None else mean
    return [float(middle), float(half * values.std(ddof=ddof) / np.sqrt(count if root is None else root))]


def _by_clip(change: Callable[[Scores, Scores], object]) -> Callable[[Scores, Names], object]:
    """The slip that begins right, with a mean for each clip: a function of these means and of the frames."""
    return lambda scores, clips: change(_means(scores, clips), scores)


def _grouped_runs(scores: Scores, clips: Names) -> list[float]:
    medians = np.array([np.median(scores[clips == name]) for name in np.unique(clips)])
    return _interval(medians)


_FEW = "1.96, or 2, is for many clips. Student's t depends on how many there are: scipy.stats.t.ppf(0.975, C - 1)."
_FRAMES = (
    "Here each frame counts as if it were a clip of its own. Frames of one clip are right or wrong together."
)
_SLIPS_1: list[tuple[Callable[..., object], str]] = [
    (lambda scores, clips: _interval(scores), _FRAMES),
    (lambda scores, clips: _interval(scores, t=1.96), _FRAMES),
    (lambda scores, clips: _interval(scores, ddof=0), _FRAMES),
    (
        _by_clip(lambda means, scores: _interval(means, mean=float(scores.mean()))),
        "The mean is that of all frames, so a long clip counts more than a short one. Average the clips' means.",
    ),
    (_by_clip(lambda means, scores: _interval(means, t=1.96)), _FEW),
    (_by_clip(lambda means, scores: _interval(means, t=2.0)), _FEW),
    (
        _by_clip(lambda means, scores: _interval(means, t=1.96, ddof=0)),
        _FEW,
    ),
    (
        _by_clip(lambda means, scores: _interval(means, ddof=0)),
        "np.std divides by C. From a sample, divide by C - 1: ddof=1.",
    ),
    (
        _by_clip(lambda means, scores: _interval(means, root=1)),
        "That is how far single clips spread. A mean of C clips is steadier by the root of C.",
    ),
    (
        _by_clip(lambda means, scores: _interval(means, root=len(means) ** 2)),
        "Divided by C, and not by its root.",
    ),
    (
        _by_clip(lambda means, scores: _interval(means, root=len(scores))),
        "Divided by the root of the number of frames. How many clips are there?",
    ),
    (
        _by_clip(lambda means, scores: _interval(means, t=_t(len(means)))),
        "C means around their own mean have C - 1 degrees of freedom, not C.",
    ),
    (
        _by_clip(lambda means, scores: _interval(means, t=_t(len(scores) - 1))),
        "Student's t was asked for as many degrees of freedom as there are frames. How many clips are there?",
    ),
    (
        _by_clip(lambda means, scores: _interval(means, t=_t(len(means) - 1, 0.95))),
        "That is t at 0.95, for one side. Between both ends lie 95 %: 0.975.",
    ),
    (
        _by_clip(lambda means, scores: _interval(means, t=1.0)),
        "That is one standard error. Between both ends should lie 95 %: times Student's t.",
    ),
    (
        _by_clip(lambda means, scores: np.multiply(_interval(means), [1, 2])),
        "That is the whole width. Asked for is half of it.",
    ),
    (
        _by_clip(lambda means, scores: np.dot([[1, -1], [1, 1]], _interval(means))),
        "These are the two ends. Asked for are the mean and half the width.",
    ),
    (
        _by_clip(lambda means, scores: _interval(means)[::-1]),
        "They have changed places: the mean comes first.",
    ),
    (
        _by_clip(lambda means, scores: [float(np.median(means)), _interval(means)[1]]),
        "The median of the clips is another number than their mean.",
    ),
    (_grouped_runs, "A clip's number is the mean of its frames, not their median."),
    (
        _by_clip(
            lambda means, scores: [
                float(means.mean()),
                _t(len(means) - 1) * means.var(ddof=1) / np.sqrt(len(means)),
            ]
        ),
        "That is the variance of the clips. Take its root, the standard deviation.",
    ),
    (
        lambda scores, clips: _interval(np.array([scores[clips == name].max() for name in np.unique(clips)])),
        "The best frame of each clip speaks for it. Take the mean of its frames.",
    ),
    (
        lambda scores, clips: _interval(np.array([scores[clips == name][0] for name in np.unique(clips)])),
        "The first frame of each clip speaks for it. Take the mean of its frames.",
    ),
    (
        lambda scores, clips: _interval(np.array([scores[clips == name].sum() for name in np.unique(clips)])),
        "The frames of a clip are added up. Take their mean, or long clips count more.",
    ),
]


def exercise_2(answer: Answer) -> Iterator[Finding]:
    """`test_frames(recordings, share, seed)`: True for the frames (N,) to test with, whole recordings of them."""
    names = np.array(
        ["kitchen", "street", "street", "yard", "kitchen", "barn", "yard", "street", "barn", "barn"]
    )
    what = "ten frames of four recordings, share 0.5"
    first = _chosen(answer, names, 0.5, 0, what)
    yield Finding(True, f"{what}: one True or False a frame")
    yield expect_kept(answer, what)
    yield _whole(names, first, what)
    large = np.random.default_rng(2).permutation(
        np.repeat([f"film {k}" for k in range(20)], [1] * 15 + [40] * 5)
    )
    for share, wanted in ((0.25, 5), (0.4, 8), (0.75, 15)):
        where = f"215 frames of twenty recordings, five long and fifteen short, share {share}"
        chosen = _chosen(answer, large, share, 1, where)
        yield _whole(large, chosen, where)
        yield _count(large, chosen, wanted, where)
    for share, wanted in ((0.01, 1), (0.99, 3)):
        where = f"ten frames of four recordings, share {share}"
        chosen = _chosen(answer, names, share, 3, where)
        yield _whole(names, chosen, where)
        yield _count(names, chosen, wanted, where)
    yield from _at_random(answer, large, names)


def _chosen(answer: Answer, recordings: Names, share: float, seed: int, what: str) -> NDArray[np.bool_]:
    given = numbers_of(answer(recordings.copy(), share, seed))
    if given.shape != recordings.shape:
        hint = ""
        if given.ndim == 1 and given.dtype.kind in "iu":
            hint = (
                ": these look like places of frames. Mark them: mask = np.zeros(N, bool); mask[places] = True"
            )
        raise AnswerError(
            f"{what}: expected shape {recordings.shape}, one True or False a frame, got {given.shape}{hint}"
        )
    if not np.isin(given, (0, 1)).all():
        raise AnswerError(
            f"{what}: expected True or False for each frame, got {spell(given[~np.isin(given, (0, 1))][0])}"
        )
    return given.astype(bool)


def _whole(recordings: Names, chosen: NDArray[np.bool_], what: str) -> Finding:
    torn = sorted(set(recordings[chosen]) & set(recordings[~chosen]))
    if not torn:
        return Finding(True, f"{what}: no recording is on both sides")
    return Finding(
        False,
        f"{what}: {torn[0]!r} has frames on both sides",
        "That is the leak itself. Draw recordings, np.unique(recordings), and let all their frames follow.",
    )


def _count(recordings: Names, chosen: NDArray[np.bool_], wanted: int, what: str) -> Finding:
    got, all_names = len(set(recordings[chosen])), len(set(recordings))
    says = f"{what}: expected {wanted} of {all_names} recordings to test with, got {got}"
    if got == wanted:
        return Finding(True, f"{what}: to test with, {wanted} of {all_names}")
    if got == all_names - wanted:
        return Finding(False, says, "True is for the frames to test with. Have the sides changed places?")
    if got in (0, all_names):
        return Finding(False, says, "A side is empty. At least one recording must be on each side.")
    return Finding(
        False,
        says,
        "The share is one of recordings, however many frames they have: round(share * number of recordings), at least "
        "one on each side.",
    )


def _at_random(answer: Answer, large: Names, small: Names) -> Iterator[Finding]:
    once, again = (_chosen(answer, large, 0.25, 5, "twice the same seed") for _ in range(2))
    yield Finding(
        bool((once == again).all()),
        "the same seed, the same split",
        ""
        if (once == again).all()
        else "Twice the same call, and two splits: use np.random.default_rng(seed).",
    )
    splits = [frozenset(large[_chosen(answer, large, 0.25, seed, "other seeds")]) for seed in range(12)]
    if len(set(splits)) < 6:
        yield Finding(
            False,
            f"twelve seeds: expected other splits, got {len(set(splits))} different",
            "Which recordings are tested must depend on the seed, and not on their order or their names.",
        )
        return
    yield Finding(True, "other seeds, other splits")
    tested = set().union(*(small[_chosen(answer, small, 0.5, seed, "forty seeds")] for seed in range(40)))
    missing = sorted(set(small) - tested)
    yield Finding(
        not missing,
        f"forty seeds: {missing[0]!r} was never tested"
        if missing
        else "each recording may come to be tested",
        "Every recording needs its chance. Is one of them left out, the first or the last?",
    )
