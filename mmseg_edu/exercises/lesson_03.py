"""The exercises of lesson 03: which moment of the sound belongs to this frame?"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from mmseg_edu.exercises.expect import (
    Answer,
    Finding,
    expect_kept,
    expect_like,
    expect_range,
    expect_shape,
    together,
)

UNTESTED = {
    "1": "speed; times that do not increase",
    "2": "speed; two lags that score the same",
    "3": "speed; NaN; offsets that are not evenly spaced",
}
Rule = tuple[Callable[..., object], str]


def exercise_1(answer: Answer) -> Iterator[Finding]:
    """`picture_on_show(times, t)`: for each moment the index of the picture that is on show."""
    times, moments = np.array([0.0, 0.1, 0.5, 0.6]), np.array([0.55, 0.05, 0.7, 0.3])
    what = "pictures at 0, 0.1, 0.5 and 0.6 s, asked for 0.55, 0.05, 0.7 and 0.3 s"
    got = answer(times, moments)
    yield together(
        f"{what}: one index for each moment",
        expect_shape(got, (4,), what, "One picture for each moment, not for each time."),
        expect_range(got, 0, 3, what, "index", "An index into the pictures: the first one is number 0."),
    )
    rng = np.random.default_rng(3)
    others = [_uneven(rng) for _ in range(3)]
    cases = [
        (what, (times, moments), "The last picture whose time is not after the moment."),
        (
            "at the very moment when a picture appears",
            (times, np.array([0.5, 0.1, 0.6])),
            "times[i] <= t: a picture is on show from its own time on. < or <=, left or right?",
        ),
        (
            "before the first picture and long after the last",
            (times + 1.0, np.array([0.2, 99.0, 1.05])),
            "Before the first picture, the first one is taken; index -1 would be the last one.",
        ),
        ("a camera that slows down in the dark", _slowing(), "Do the times decide, and nothing else?"),
        ("200 uneven times", _uneven(rng, 200), "Do the times decide, and nothing else?"),
        ("a single picture", (np.array([0.3]), np.array([0.0, 0.3, 5.0])), "It is on show all the time."),
    ]
    for what, inputs, hint in cases:
        yield expect_like(answer, _on_show, inputs, what, hint, slips=_SLIPS_OF_A_PICTURE, others=others)
        yield expect_kept(answer, what)


def _on_show(times: np.ndarray, t: np.ndarray) -> np.ndarray:
    return np.maximum(np.searchsorted(times, t, side="right") - 1, 0)


def _uneven(rng: np.random.Generator, count: int = 12) -> tuple[np.ndarray, np.ndarray]:
    times = np.cumsum(rng.choice([0.03, 0.05, 0.2, 0.4], count)) - 0.03
    return times, np.concatenate([rng.uniform(-0.2, times[-1] + 0.5, 12), rng.choice(times, 4)])


def _slowing() -> tuple[np.ndarray, np.ndarray]:
    return np.concatenate([np.arange(30) / 30, 1 + np.arange(16) / 15]), np.array([0.5, 0.99, 1.5, 1.97])


_SLIPS_OF_A_PICTURE: list[Rule] = [
    (
        lambda times, t: np.abs(np.subtract.outer(t, times)).argmin(axis=1),
        "This is the picture whose time is nearest. A picture that will appear in a moment is not on show yet.",
    ),
    (
        lambda times, t: np.minimum(np.searchsorted(times, t, side="right"), len(times) - 1),
        "This is the next picture. How many have appeared is one more than the index of the last of them.",
    ),
    (
        lambda times, t: np.searchsorted(times, t, side="right"),
        "This counts the pictures that have appeared. The last of them has an index that is one less.",
    ),
    (
        lambda times, t: np.maximum(np.searchsorted(times, t, side="left") - 1, 0),
        "At its own moment a picture is on show already: times[i] <= t. < or <=, left or right?",
    ),
    (
        lambda times, t: np.searchsorted(times, t, side="right") - 1,
        "Before the first picture this gives -1, and frames[-1] is the last one. Which one shall it be?",
    ),
    (
        lambda times, t: np.clip((t * (len(times) - 1) / times[-1]).astype(int), 0, len(times) - 1),
        "This divides by the mean rate, that is, it counts pictures. Where the rate varies the count drifts:\n"
        "look the moment up in `times`.",
    ),
    (
        lambda times, t: np.clip((t * len(times) / times[-1]).astype(int), 0, len(times) - 1),
        "This divides by a mean rate, that is, it counts pictures. Where the rate varies the count drifts:\n"
        "look the moment up in `times`.",
    ),
    (
        lambda times, t: np.clip((t / np.median(np.diff(times))).astype(int), 0, len(times) - 1),
        "This takes all pictures to be equally long. Look the moment up in `times`.",
    ),
    (
        lambda times, t: np.asarray(times)[_on_show(times, t)],
        "This is the time of the picture. Its index is asked for.",
    ),
]


def exercise_2(answer: Answer) -> Iterator[Finding]:
    """`lag_of(motion, sound, furthest)`: by how many steps the sound is late."""
    motion = np.array([0, 0, 1, 0, 0, 0, 3, 0, 0, 0], float)
    sound = np.array([0, 0, 0, 0, 2, 0, 0, 0, 5, 0], float)
    rng = np.random.default_rng(3)
    others = [_strokes(rng, lag) for lag in (4, -7, 9, -2)]
    apart = np.random.default_rng(5)
    others += [_strokes(apart, 10), _strokes(apart, -10), *[_strangers(apart) for _ in range(3)]]
    what = "strokes at steps 2 and 6, heard at steps 4 and 8"
    yield expect_shape(answer(motion, sound, 3), (), what, "One lag: a whole number of steps.")
    hum = np.array([0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 1, 0], float)
    cases = [
        (what, (motion, sound, 3), "Which step of the sound belongs to step i of the motion, if it is late?"),
        (
            "the same, heard two steps early",
            (sound, motion, 3),
            "An early sound has a negative lag. Which lags are tried?",
        ),
        (
            "nothing to shift",
            (motion, 2 * motion, 4),
            "The sound is the motion, twice as loud: at lag 0 all of it meets, and the sum is largest.",
        ),
        (
            "late by as much as `furthest`",
            (motion, sound, 2),
            "`furthest` itself is tried, too: range and np.arange stop before their end.",
        ),
        (
            "early by as much as `furthest`",
            (sound, motion, 2),
            "`-furthest` itself is tried, too.",
        ),
        (
            "a loud hum under the strokes",
            (motion, 0.1 * np.roll(sound, 1) + 9.0, 4),
            "The hum says nothing about when. What must be taken off each series first?",
        ),
        (
            "the loudest stroke is not the one that moved most",
            (np.array([0, 5, 0, 0, 4, 0, 0, 0, 0, 0], float), np.array([3, 0, 0, 4, 0, 0, 6, 0, 0, 0.0]), 6),
            "All strokes count together: add up the products at each lag.",
        ),
        (
            "a hum that begins at step 2",
            (np.array([0, 1, 4, 0, 0, 0, 0, 0, 0, 0.0]), np.array([0, 0, 3, 3, 5, 3, 3, 3, 3, 4.0]), 4),
            "The largest sum is asked for; a sum far below 0 says that both disagree.",
        ),
        (
            "two movements, three sounds",
            (np.array([0, 0, 5, 0, 0, 3, 0, 0, 0, 0.0]), np.array([0, 0, 0, 3, 0, 0, 5, 0, 5, 0.0]), 6),
            "The sum of the products decides, also where many meet.",
        ),
        (
            "a stroke at the very end, another at the very beginning",
            (np.array([0, 2, 0, 0, 0, 0, 0, 0, 0, 5.0]), np.array([5, 0, 0, 2, 0, 0, 0, 0, 0, 0.0]), 3),
            "The last stroke is heard after the end. Outside a series there is nothing, 0.",
        ),
        (
            "a better lag lies further away than `furthest`",
            (hum, np.roll(hum, 5) + 0.5 * np.roll(hum, 1), 2),
            "Only lags from -furthest to furthest count.",
        ),
        *[
            (f"40 steps of {way} sound", _strokes(rng, lag), "Outside a series there is nothing, 0.")
            for way, lag in (("late", 6), ("early", -6))
        ],
    ]
    for what, inputs, hint in cases:
        yield expect_like(answer, _lag, inputs, what, hint, slips=_SLIPS_OF_A_LAG, others=others)
        yield expect_kept(answer, what)


def _strokes(rng: np.random.Generator, lag: int) -> tuple[np.ndarray, np.ndarray, int]:
    """A motion and a sound that is late by so many steps, over a hum, with strokes of their own."""
    motion = rng.uniform(0, 0.2, 40) + 3 * (rng.random(40) < 0.2)
    sound = np.roll(motion, lag) * rng.uniform(0.6, 1.4, 40) + 2 + 0.5 * rng.random(40)
    return motion, sound, 10


def _strangers(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, int]:
    """A motion and a sound that have nothing to do with each other: each rule finds a lag of its own."""
    return rng.random(12), rng.random(12), 9


def _products(motion: np.ndarray, sound: np.ndarray, furthest: int, wrap: bool = False) -> np.ndarray:
    scores = []
    for lag in range(-furthest, furthest + 1):
        pairs = [(i, i + lag) for i in range(len(motion)) if wrap or 0 <= i + lag < len(sound)]
        scores.append(sum(motion[i] * sound[j % len(sound)] for i, j in pairs))
    return np.array(scores)


def _free(values: np.ndarray) -> np.ndarray:
    return np.asarray(values - np.mean(values))


def _lag(motion: np.ndarray, sound: np.ndarray, furthest: int) -> int:
    return int(_products(_free(motion), _free(sound), furthest).argmax()) - furthest


def _mean_product(motion: np.ndarray, sound: np.ndarray, furthest: int) -> int:
    met = len(motion) - np.abs(np.arange(-furthest, furthest + 1))
    return int((_products(_free(motion), _free(sound), furthest) / met).argmax()) - furthest


def _correlation(motion: np.ndarray, sound: np.ndarray, furthest: int) -> int:
    """The lag at which the pieces that meet correlate best, each piece with a mean and a length of its own."""
    scores = []
    for lag in range(-furthest, furthest + 1):
        m, o = (_free(each) for each in _meeting(motion, sound, lag))
        size = np.sqrt(np.sum(m**2) * np.sum(o**2))
        scores.append(np.sum(m * o) / size if size > 1e-12 else -np.inf)
    return int(np.argmax(scores)) - furthest


def _meeting(motion: np.ndarray, sound: np.ndarray, lag: int) -> tuple[np.ndarray, np.ndarray]:
    end = len(motion)
    return motion[max(0, -lag) : end - max(0, lag)], sound[max(0, lag) : end - max(0, -lag)]


def _everywhere(motion: np.ndarray, sound: np.ndarray, furthest: int) -> int:
    most = len(motion) - 1
    return int(_products(_free(motion), _free(sound), most).argmax()) - most


_SLIPS_OF_A_LAG: list[Rule] = [
    (
        lambda motion, sound, furthest: -_lag(motion, sound, furthest),
        "The sign is turned round: the lag is positive when the sound is late. In np.correlate(a, v), which\n"
        "of the two is moved?",
    ),
    (
        lambda motion, sound, furthest: abs(_lag(motion, sound, furthest)),
        "This never says that the sound is early. The lags run from -furthest to furthest.",
    ),
    (
        lambda motion, sound, furthest: _lag(motion, sound, furthest) + furthest,
        "This is an index into the list of lags, whose first one is -furthest. Which lag is it?",
    ),
    (
        lambda motion, sound, furthest: int(_products(motion, sound, furthest).argmax()) - furthest,
        "The means are still in it: a hum scores at every lag, and most where the series overlap most.\n"
        "What must be taken off each series first?",
    ),
    (
        lambda motion, sound, furthest: (
            int(_products(_free(motion), _free(sound), furthest, wrap=True).argmax()) - furthest
        ),
        "What leaves at one end comes in at the other: np.roll and index -1 wrap round. Outside a series\n"
        "there is nothing, 0.",
    ),
    (
        lambda motion, sound, furthest: int(sound.argmax()) - int(motion.argmax()),
        "This compares the largest stroke of each, and they need not be the same stroke. Add up the products\n"
        "of all, at each lag.",
    ),
    (
        lambda motion, sound, furthest: float(_products(_free(motion), _free(sound), furthest).max()),
        "This is the best score. Which lag has it? argmax, not max.",
    ),
    (
        _everywhere,
        "This tried every lag there is. Only those from -furthest to furthest count.",
    ),
    (
        lambda motion, sound, furthest: (
            int(_products(_free(motion), _free(sound), furthest)[: 2 * furthest].argmax()) - furthest
        ),
        "The lag `furthest` itself is not tried: range and np.arange stop before their end.",
    ),
    (
        lambda motion, sound, furthest: (
            int(np.abs(_products(_free(motion), _free(sound), furthest)).argmax()) - furthest
        ),
        "This takes the sum furthest from 0 on either side. A sum far below 0 says that the sound falls where\n"
        "something moves: the opposite of a match.",
    ),
    (
        _mean_product,
        "This averages the products. At a far lag few of them meet, and one lucky pair has a high mean: add\n"
        "them up.",
    ),
    (
        _correlation,
        "This correlates the pieces that meet, each with a mean of its own. At a far lag the pieces are short\n"
        "and fit by accident: take the means off once, from the whole series, and add up the products.",
    ),
    (
        lambda motion, sound, furthest: _lag(motion, sound, furthest) + 1,
        "One too many: the lags in the list start at -furthest, and lag 0 has index furthest.",
    ),
]


def exercise_3(answer: Answer) -> Iterator[Finding]:
    """`peak_of(offsets, scores)`: where a parabola through the best score and its neighbours has its top."""
    offsets, scores = np.array([-0.04, 0.0, 0.04, 0.08, 0.12]), np.array([0.1, 0.3, 0.9, 0.7, 0.1])
    rng = np.random.default_rng(3)
    others = [(0.01 * np.arange(-6, 7), _hill(rng)) for _ in range(4)]
    what = "scores 0.1, 0.3, 0.9, 0.7, 0.1 in steps of 0.04 s"
    got = answer(offsets, scores)
    yield together(
        f"{what}: one number, within half a step of the best offset",
        expect_shape(got, (), what, "One offset, in seconds."),
    )
    cases = [
        (what, (offsets, scores), "delta = (before - after) / (2 (before - 2 best + after)), in steps."),
        (
            "the higher neighbour on the left",
            (offsets, scores[::-1].copy()),
            "Then the top lies further left.",
        ),
        (
            "two neighbours of one height",
            (offsets, np.array([0, 0.5, 1, 0.5, 0])),
            "The top is in the middle.",
        ),
        ("two best scores side by side", (offsets, np.array([0, 0.5, 1, 1, 0.5])), "The top is halfway."),
        (
            "steps of 1 ms, far from 0",
            (2 + 0.001 * np.arange(9), _hill(rng, 9)),
            "Is the step fixed somewhere?",
        ),
        (
            "the best score is the first one",
            (offsets, np.array([5.0, 4.0, 2.0, 1.0, 4.5])),
            "It has one neighbour only: without a parabola, the best offset itself. Index -1 is the last one.",
        ),
        (
            "the best score is the last one",
            (offsets, np.array([4.5, 1.0, 2.0, 4.0, 5.0])),
            "It has one neighbour only: without a parabola, the best offset itself.",
        ),
        (
            "scores that are all the same",
            (offsets, np.ones(5)),
            "A flat line has no top: take the first of the best offsets, and do not divide by 0.",
        ),
    ]
    for what, inputs, hint in cases:
        yield expect_like(
            answer, _top, inputs, what, hint, slips=_SLIPS_OF_A_TOP, others=others, tolerance=1e-6
        )
        yield expect_kept(answer, what)


def _hill(rng: np.random.Generator, count: int = 13) -> np.ndarray:
    place = np.arange(count) - rng.uniform(2, count - 3)
    return np.exp(-np.abs(place) / 2.3) + 0.05 * rng.random(count)


def _around(scores: np.ndarray) -> tuple[int, float, float]:
    """The best index, how far the top is from it in steps, and the parabola's height there."""
    best = int(np.argmax(scores))
    if best in (0, len(scores) - 1):
        return best, 0.0, float(scores[best])
    before, most, after = (float(scores[best + k]) for k in (-1, 0, 1))
    bend = before - 2 * most + after
    delta = (before - after) / (2 * bend) if bend else 0.0
    return best, delta, most - (before - after) * delta / 4


def _top(offsets: np.ndarray, scores: np.ndarray, share: float = 1.0) -> float:
    best, delta, _ = _around(scores)
    return float(offsets[best] + share * delta * (offsets[1] - offsets[0]))


def _centre_of_three(offsets: np.ndarray, scores: np.ndarray) -> float:
    best = int(np.clip(np.argmax(scores), 1, len(scores) - 2))
    near = slice(best - 1, best + 2)
    return float(np.sum(offsets[near] * scores[near]) / np.sum(scores[near]))


def _top_of_one_parabola(offsets: np.ndarray, scores: np.ndarray) -> float:
    # From the middle, so that offsets far from 0 cost no digits.
    bend, slope, _ = np.polyfit(offsets - offsets.mean(), scores, 2)
    return float(offsets.mean() - slope / (2 * bend)) if bend else np.nan


_SLIPS_OF_A_TOP: list[Rule] = [
    (
        lambda offsets, scores: _top(offsets, scores, 0.0),
        "This is the best of the offsets that were tried. The top lies between two of them, nearer to the\n"
        "higher neighbour.",
    ),
    (
        lambda offsets, scores: _top(offsets, scores, -1.0),
        "The top is on the wrong side: it moves towards the HIGHER neighbour. Check the sign of delta.",
    ),
    (
        lambda offsets, scores: _top(offsets, scores, 2.0),
        "Twice too far: the bend in the denominator counts twice, 2 (before - 2 best + after).",
    ),
    (
        lambda offsets, scores: float(offsets[_around(scores)[0]] + _around(scores)[1]),
        "delta counts steps, and the answer is in seconds. How long is a step?",
    ),
    (
        lambda offsets, scores: _around(scores)[1] * float(offsets[1] - offsets[0]),
        "This is the way from the best offset to the top. Where is the top itself?",
    ),
    (
        lambda offsets, scores: _around(scores)[0] + _around(scores)[1],
        "This counts in steps from the first offset. Which offset is it, in seconds?",
    ),
    (
        lambda offsets, scores: _around(scores)[2],
        "This is how high the parabola is. Where it is highest is asked for.",
    ),
    (
        _centre_of_three,
        "This is the centre of gravity of three scores, which a high floor pulls back to the middle. A\n"
        "parabola does not mind a floor.",
    ),
    (
        _top_of_one_parabola,
        "This lays one parabola through all scores. Far from the top they say nothing about it: take the best\n"
        "one and its two neighbours.",
    ),
    (
        lambda offsets, scores: float(np.sum(offsets * scores) / np.sum(scores)),
        "This is the centre of gravity of all scores. Only the best one and its two neighbours count.",
    ),
]
