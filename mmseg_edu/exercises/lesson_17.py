"""The exercises of lesson 17: which rule should I use?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray

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
    numbers_of,
    together,
)
from mmseg_edu.studies import best_within, paired_gap

UNTESTED = {
    "1": "speed; levels other than 95 %",
    "2": "speed; seeds that one method lacks",
    "3": "whether your situation is one that anybody meets",
}
Scores = NDArray[np.floating]


def exercise_1(answer: Answer) -> Iterator[Finding]:
    """`paired_interval(first, second)`: the ends of Student's interval of the mean paired difference."""
    first, second = np.array([0.70, 0.60, 0.90, 0.80]), np.array([0.62, 0.50, 0.93, 0.71])
    what = "first = [0.70, 0.60, 0.90, 0.80], second = [0.62, 0.50, 0.93, 0.71]"
    given = answer(first, second)
    yield expect_shape(given, (2,), what, "Two numbers: the low end and the high end.")
    ends = numbers_of(given).astype(float)
    if not np.isfinite(ends).all():
        yield Finding(
            False, f"{what}: expected two numbers, got nan", "Where does it divide by 0, or by n - n?"
        )
        return
    hint = "Four parts: mean, t(n - 1) at 0.975, standard deviation (ddof=1), root of n. Which one is off?"
    if abs(ends.mean() - (first - second).mean()) > 1e-5:
        hint = "The middle of the interval is the mean difference: subtract seed by seed, then average."
    yield expect_like(
        answer,
        _interval,
        (first, second),
        f"{what}: both ends",
        hint,
        slips=SLIPS,
        others=[(second[:3], first[:3] ** 2), (first**3, second)],
    )
    shared = np.array([0.3, -0.2, 0.1, 0.0])
    yield expect_close(
        answer(first + shared, second + shared),
        _interval(first, second),
        "what a seed adds to both scores changes nothing",
        "Both ran on the same scenes. Look at the differences only, not at how far each method moves.",
    )
    equal = answer(np.array([0.5, 0.75, 1.0]), np.array([0.25, 0.5, 0.75]))
    yield expect_close(
        equal,
        [0.25, 0.25],
        "a lead of 0.25 under every seed: an interval of width 0",
        "scipy.stats.t.interval gives nan for a scale of 0. Differences that do not vary have no spread."
        if np.isnan(numbers_of(equal)).any()
        else "Differences that do not vary have no spread.",
    )
    random = np.random.default_rng(17)
    groups = [tuple(np.round(random.normal(0.5, 0.1, (2, n)), 2)) for n in (2, 3, 6, 9)]
    yield together(
        "two, three, six and nine seeds",
        *(
            expect_like(
                answer,
                _interval,
                each,
                f"{len(each[0])} seeds: both ends",
                "With four seeds it was right. Is the number of seeds the right one everywhere in the formula?",
                slips=SLIPS,
                others=groups,
            )
            for each in groups
        ),
    )
    yield expect_kept(answer, what)
    yield expect_own(answer, "mmseg_edu.studies")


def _interval(first: Scores, second: Scores) -> Scores:
    gap, half = paired_gap(first, second)
    return np.array([gap - half, gap + half])


def _t(count: int, level: float = 0.975) -> float:
    from scipy.stats import t

    return float(t.ppf(level, count)) if count > 0 else float("nan")


def _error(difference: Scores, ddof: int = 1) -> float:
    return float(np.std(difference, ddof=ddof) / np.sqrt(len(difference)))


def _half(difference: Scores) -> float:
    return _t(len(difference) - 1) * _error(difference)


def _around(half: Callable[[Scores], float]) -> Callable[[Scores, Scores], Scores]:
    """The slip that has the middle right, and this for a half width."""
    return lambda first, second: (first - second).mean() + half(first - second) * np.array([-1, 1])


def _beside(half: Callable[[Scores, Scores], float]) -> Callable[[Scores, Scores], Scores]:
    """The same, with a half width that is not made of the differences."""
    return lambda first, second: (first - second).mean() + half(first, second) * np.array([-1, 1])


def _apart(first: Scores, second: Scores) -> float:
    return float(np.sqrt((first.var(ddof=1) + second.var(ddof=1)) / len(first)))


def _wide(errors: float, difference: Scores) -> float:
    return errors * _error(difference)


def _rounded(digits: int, first: Scores, second: Scores) -> Scores:
    return np.round(_interval(first, second), digits)


_FEW = "is right for many seeds. With four, Student's t of 3 degrees is 3.18."
_OF_THIS_N = (
    "That t belongs to another number of seeds. It depends on n: take scipy.stats.t.ppf(0.975, n - 1)."
)
SLIPS: list[tuple[Callable[..., object], str]] = [
    (_around(lambda d: 1.96 * _error(d)), f"That is 1.96 standard errors, which {_FEW}"),
    (_around(lambda d: 2 * _error(d)), f"Two standard errors are a rule of thumb, which {_FEW}"),
    (_around(lambda d: 1.96 * _error(d, 0)), f"np.std divides by n, so pass ddof=1; and 1.96 {_FEW}"),
    (
        _around(lambda d: _t(len(d) - 1) * float(d.std(ddof=1))),
        "That is the spread of single differences. A mean of n is steadier by the root of n.",
    ),
    (
        _around(lambda d: float(d.std(ddof=1))),
        "That is the standard deviation. How sure the mean is: divide by the root of n, multiply by t.",
    ),
    (_around(_error), "One standard error to each side holds the mean too seldom: multiply by t(n - 1)."),
    (
        _around(lambda d: _t(len(d) - 1) * _error(d, 0)),
        "np.std divides by n. From a sample, divide by n - 1: ddof=1.",
    ),
    (
        _around(lambda d: _t(len(d) - 1) * _error(d) / np.sqrt(len(d))),
        "Divided by n. A mean is steadier by the root of n.",
    ),
    (
        _around(lambda d: _t(len(d) - 1) * float(d.var(ddof=1)) / np.sqrt(len(d))),
        "That is the variance. The standard deviation is its root.",
    ),
    (
        _around(lambda d: _t(len(d) - 1) * float(d.var(ddof=1)) / len(d)),
        "That is the squared standard error. Take its root.",
    ),
    (
        _around(lambda d: _t(len(d)) * _error(d)),
        "n differences around their own mean have n - 1 degrees of freedom, not n.",
    ),
    (
        _around(lambda d: _t(len(d) - 2) * _error(d)),
        "One mean was taken from the n differences: n - 1 degrees of freedom are left, not n - 2.",
    ),
    (
        _around(lambda d: _t(len(d) - 1, 0.95) * _error(d)),
        "That leaves 5 % on each side. Between both ends lie 95 %, so take t at 0.975.",
    ),
    (
        _around(lambda d: _t(len(d) - 1, 0.995) * _error(d)),
        "That is the 99 % interval: for 95 % take t at 0.975.",
    ),
    (_around(lambda d: 2 * _half(d)), "Twice as wide: the half width stands on each side of the mean."),
    (_around(lambda d: _half(d) / 2), "Half as wide: the half width stands on each side of the mean."),
    *((_around(partial(_wide, t)), _OF_THIS_N) for t in (4.30, 3.18, 3.182446305, 2.78, 2.57)),
    (_around(lambda d: -_half(d)), "Turned round: the low end comes first."),
    (
        _beside(lambda a, b: _t(len(a) - 1) * _apart(a, b)),
        "The spread of each method was used, as if other seeds had been drawn. Take that of the differences.",
    ),
    (
        _beside(lambda a, b: _t(2 * len(a) - 2) * _apart(a, b)),
        "That is the test for two separate groups. The seeds are shared: take the spread of the differences.",
    ),
    (
        _beside(lambda a, b: _half(a) + _half(b)),
        "Two intervals were taken apart, and their half widths add up. Subtract first, then one interval.",
    ),
    (
        lambda a, b: -_interval(a, b)[::-1],
        "The sign is turned: it is the first that is ahead here. Subtract the second from the first.",
    ),
    (
        lambda a, b: [np.min(a - b), np.max(a - b)],
        "These are the least and the largest difference. How sure is their mean?",
    ),
    (
        lambda a, b: np.quantile(a - b, [0.025, 0.975]),
        "Percentiles of the differences say where one seed may fall, not where the mean lies.",
    ),
    (
        lambda a, b: [(a - b).mean(), _half(a - b)],
        "Mean and half width: the ends are mean - half and mean + half.",
    ),
    (lambda a, b: [-_half(a - b), _half(a - b)], "An interval around 0. Its middle is the mean difference."),
    (
        lambda a, b: _interval(np.abs(a - b), 0 * a),
        "The sign counts: a seed under which the first is behind lowers the mean. No abs.",
    ),
    (
        lambda a, b: np.maximum(_interval(a, b), 0),
        "Cut off at 0. A low end below 0 says something: the second may be ahead.",
    ),
    (
        lambda a, b: _interval(np.sort(a), np.sort(b)),
        "Sorting breaks the pairs: entry s of both is from the same seed.",
    ),
    (lambda a, b: _interval(a, 0 * a), "That is the interval of the first alone. Of what is the mean asked?"),
    *(
        (
            partial(_rounded, digits),
            "Rounded on the way: keep all digits.",
        )
        for digits in (1, 2, 3)
    ),
]


def exercise_2(answer: Answer) -> Iterator[Finding]:
    """`undecided(scores)`: which methods (M, seeds) cannot be told from the one with the best mean."""
    clear = np.array([[0.80, 0.82, 0.81, 0.83], [0.60, 0.61, 0.62, 0.60], [0.30, 0.31, 0.33, 0.30]])
    given = answer(clear)
    yield expect_shape(given, (3,), "three methods, four seeds", "One True or False a method.")
    if not np.isin(numbers_of(given).astype(float), [0, 1]).all():
        hint = "One True or False a method: compare the low end of the winner's lead with 0."
        yield Finding(
            False, "three methods, four seeds: the answer holds other numbers than True and False", hint
        )
        return
    yield expect_close(
        given,
        [True, False, False],
        "one method 0.2 ahead of the next under every seed",
        "The winner itself is undecided against itself; the other two are behind for sure.",
        slips=[
            ([False, True, True], "Turned round: True are those that the data cannot tell from the winner."),
            ([True, True, True], "All are marked. Is the interval of the lead really around 0?"),
            ([False, False, False], "The winner is missing: it cannot be told from itself."),
        ],
    )
    hint = "Against the method with the best mean: is the low end of the interval of its lead at or below 0?"
    random = np.random.default_rng(SEED_2)
    drawn = [
        np.round(0.6 + random.normal(0, 0.08, (4, n)) + random.normal(0, 0.08, (4, 1)), 3)
        for n in (3, 3, 4, 4, 5, 5, 6, 8, 8, 10, 10, 10)
    ]
    others = [(each,) for each in [*TABLES.values(), *drawn]]
    for what, table in TABLES.items():
        yield expect_like(answer, _undecided, (table,), what, hint, slips=SLIPS_2, others=others)
    what = "twelve tables of four methods and three to ten seeds"
    yield together(
        what,
        *(
            expect_like(
                answer, _undecided, (each,), f"table {i + 1} of {what}", hint, slips=SLIPS_2, others=others
            )
            for i, each in enumerate(drawn)
        ),
    )
    yield expect_kept(answer, "three methods, four seeds")
    yield expect_own(answer, "mmseg_edu.studies")


SEED_2 = 17
# Each holds a method that a common short cut marks wrongly.
TABLES = {
    "two that rise and fall together, 0.05 apart, and one that goes its own way": np.array(
        [[0.5, 0.9, 0.6, 0.8], [0.45, 0.84, 0.55, 0.74], [0.9, 0.4, 0.8, 0.6]]
    ),
    "eight seeds: one is behind under seven and ahead under one": np.array(
        [[0.7, 0.8, 0.75, 0.7, 0.85, 0.8, 0.7, 0.8], [0.6, 0.7, 0.64, 0.6, 0.74, 0.7, 0.71, 0.7]]
    ),
    "three seeds: one is behind under each, by 0.02 to 0.3": np.array([[0.7, 0.8, 0.9], [0.68, 0.77, 0.6]]),
    "five seeds: one is behind by about 0.004 under each": np.array(
        [[0.71, 0.82, 0.75, 0.78, 0.80], [0.706, 0.816, 0.745, 0.777, 0.795]]
    ),
    "five seeds: one leads by far under two of them, one is steady, and one steadily behind that": np.array(
        [[0.57, 0.575, 0.57, 0.565, 0.57], [0.6, 0.6, 0.6, 0.6, 0.6], [0.9, 0.9, 0.5, 0.5, 0.5]]
    ),
}


def _undecided(scores: Scores) -> Scores:
    return best_within(scores[:, None], margin=0.0)[:, 0].astype(float)


def _lead(scores: Scores) -> Scores:
    return np.asarray(scores[scores.mean(axis=1).argmax()] - scores)


def _errors(scores: Scores, ddof: int = 1) -> Scores:
    return np.asarray(scores.std(axis=1, ddof=ddof) / np.sqrt(scores.shape[1]))


def _reached(t: Callable[[int], float], ddof: int = 1) -> Callable[[Scores], Scores]:
    """The slip that is right but for Student's t, a function of the number of seeds, or the ddof."""

    def rule(scores: Scores) -> Scores:
        lead = _lead(scores)
        return (lead.mean(axis=1) - t(scores.shape[1]) * _errors(lead, ddof) <= 1e-12).astype(float)

    return rule


def _constant(t: float, count: int) -> float:
    return t


def _against(winner: Callable[[Scores], int]) -> Callable[[Scores], Scores]:
    """The slip that crowns another winner."""

    def rule(scores: Scores) -> Scores:
        gaps = [paired_gap(scores[winner(scores)], row) for row in scores]
        return np.array([gap - half <= 0 for gap, half in gaps], float)

    return rule


def _slip_overlap(scores: Scores) -> Scores:
    half, mean = _t(scores.shape[1] - 1) * _errors(scores), scores.mean(axis=1)
    return (mean + half >= mean.max() - half[mean.argmax()]).astype(float)


def _slip_groups(scores: Scores) -> Scores:
    best, n = scores[scores.mean(axis=1).argmax()], scores.shape[1]
    half = np.array([_t(2 * n - 2) * _apart(best, row) for row in scores])
    return (_lead(scores).mean(axis=1) <= half).astype(float)


def _slip_inside(scores: Scores) -> Scores:
    best, lead = scores[scores.mean(axis=1).argmax()], _lead(scores).mean(axis=1)
    return (lead <= _half(best)).astype(float)


def _slip_margin(scores: Scores) -> Scores:
    return best_within(scores[:, None])[:, 0].astype(float)


def _slip_single(scores: Scores) -> Scores:
    return (np.arange(len(scores)) == scores.mean(axis=1).argmax()).astype(float)


_T_OF_N = "depends on the number of seeds: scipy.stats.t.ppf(0.975, n - 1)."
_OTHER_WINNER = "Take the one with the best mean."
SLIPS_2: list[tuple[Callable[..., object], str]] = [
    (
        _slip_overlap,
        "Overlap of two separate intervals is another question: pair the seeds and look at the differences.",
    ),
    (_slip_groups, "That is the test for two separate groups. The seeds are shared: pair them."),
    (_slip_inside, "The interval of the winner's own mean is another question: take that of its lead."),
    (
        lambda scores: (scores == scores.max(axis=0)).any(axis=1).astype(float),
        "To be best under one seed is easy. How far behind is the method on average, and how sure?",
    ),
    (
        lambda scores: (_lead(scores) <= 0).any(axis=1).astype(float),
        "To beat the winner once is easy, and never to beat it is no proof. Is the interval of the lead above 0?",
    ),
    (_slip_margin, "A sure lead counts here, however small: the margin of 0.01 is left out this time."),
    (_slip_single, "Only the winner is marked. Who is so near that the seeds do not decide?"),
    (
        _against(lambda scores: int(scores[:, 0].argmax())),
        f"The winner was crowned on the first seed alone. {_OTHER_WINNER}",
    ),
    (
        _against(lambda scores: int(scores[:, -1].argmax())),
        f"The winner was crowned on the last seed alone. {_OTHER_WINNER}",
    ),
    (
        _against(lambda scores: int(scores.max(axis=1).argmax())),
        f"The winner was crowned on its best seed. {_OTHER_WINNER}",
    ),
    (
        _against(lambda scores: int(np.median(scores, axis=1).argmax())),
        f"The winner was crowned by the median. {_OTHER_WINNER}",
    ),
    (_against(lambda scores: 0), f"Row 0 need not be the winner. {_OTHER_WINNER}"),
    *(
        (_reached(partial(_constant, t)), f"1.96, or 2, is for many seeds. Student's t {_T_OF_N}")
        for t in (1.96, 2)
    ),
    *(
        (_reached(partial(_constant, t)), f"That t fits one table only. Student's t {_T_OF_N}")
        for t in (4.30, 3.18, 2.78)
    ),
    (_reached(_t), "n differences around their own mean have n - 1 degrees of freedom, not n."),
    (
        _reached(lambda n: _t(n - 1, 0.95)),
        "That is t at 0.95, for one side. Between both ends lie 95 %: 0.975.",
    ),
    (
        _reached(lambda n: _t(n - 1, 0.995)),
        "That is t at 0.995, for 99 %. Between both ends lie 95 %: 0.975.",
    ),
    (_reached(lambda n: _t(n - 1), 0), "np.std divides by n. From a sample, divide by n - 1: ddof=1."),
    (
        _reached(lambda n: _t(n - 1) * float(np.sqrt(n))),
        "That is the spread of single leads. A mean of n is steadier by the root of n.",
    ),
]


def exercise_3(answer: Answer) -> Iterator[Finding]:
    """`my_situation()`: opinions (senses, cases, classes) and truth (cases,) on which the mean beats the product."""
    opinions, truth = _situation(answer)
    n, count, classes = opinions.shape
    what = f"{n} senses, {count} cases, {classes} classes"
    yield Finding(True, f"{what}: probabilities and labels that fit each other")
    shares = np.bincount(truth, minlength=classes) / count
    odd = int(np.abs(shares - 1 / classes).argmax())
    chance = 4 * np.sqrt((1 - 1 / classes) / classes / count)
    yield Finding(
        bool(abs(shares[odd] - 1 / classes) <= chance),
        f"{what}: class {odd} is the truth of {shares[odd]:.2f} of the cases, {1 / classes:.2f} would be its share",
        "All classes are equally common here: without a prior, neither rule knows of rare ones.",
    )
    for i, each in enumerate(opinions):
        right = float(_right(each, truth).mean())
        if right <= 1.2 / classes:
            yield Finding(
                False,
                f"sense {i} alone is right in {right:.2f} of the cases",
                f"Guessing among {classes} is right in {1 / classes:.2f}; ask for {1.2 / classes:.2f} or more.\n"
                "A sense may err, but rarely.",
            )
            return
    yield Finding(True, "each sense alone is better than chance")
    averaged = _right(fusion.mean(opinions), truth)
    multiplied = _right(fusion.product(fusion.clip(opinions, 1e-12)), truth)
    lead, half = paired_gap(averaged, multiplied)
    hint = "Who is outvoted by a mean, and not by a product? One sense that is rarely wrong, but then says 'never'."
    if n == 2 and classes == 2:
        hint = (
            "With two senses and two classes mean and product decide alike: p + q > 1 is p q > (1 - p)(1 - q).\n"
            "Add a sense or a class."
        )
    elif lead < 0:
        hint = "Here the product wins: the senses complete each other. Let one of them veto wrongly now and then."
    yield Finding(
        lead >= 0.05 - 1e-9,
        f"{what}: the mean is right in {averaged.mean():.2f} of the cases, the product in {multiplied.mean():.2f}",
        f"The mean should be ahead by 0.05 or more. {hint}",
    )
    yield Finding(
        lead > half,
        f"the lead of the mean over the cases is {lead:.2f} ± {half:.2f}",
        "That interval reaches 0: so few cases may be luck. Make more of the same kind: does the lead stay?",
    )


def _right(posterior: Scores, truth: NDArray[np.integer]) -> Scores:
    """1 where the truth is on top, 0 where it is not, and a fair share where it shares the top."""
    top = posterior >= posterior.max(axis=-1, keepdims=True) - 1e-9
    return np.asarray(np.take_along_axis(top, truth[:, None], axis=-1)[:, 0] / top.sum(axis=-1))


def _situation(answer: Answer) -> tuple[Scores, NDArray[np.integer]]:
    given = answer()
    shapes = "opinions must have shape (senses, cases, classes) and the truth (cases,)"
    if not isinstance(given, tuple | list) or len(given) != 2:
        raise AnswerError(
            "my_situation() returns two things: opinions (senses, cases, classes) and truth (cases,)"
        )
    try:
        opinions, truth = np.asarray(given[0], np.float64), np.asarray(given[1])
    except (TypeError, ValueError):
        raise AnswerError(f"{shapes}: whole arrays, in which all rows are as long as each other") from None
    if opinions.ndim == 3 and truth.shape == opinions.shape[:1] != opinions.shape[1:2]:
        raise AnswerError(
            f"{shapes}, got {opinions.shape} and {truth.shape}: the senses come first, np.swapaxes(opinions, 0, 1)"
        )
    if opinions.ndim != 3 or truth.shape != opinions.shape[1:2]:
        raise AnswerError(f"{shapes}, got {opinions.shape} and {truth.shape}")
    if len(truth) < 50:
        raise AnswerError(f"{len(truth)} cases are too few to tell two rules apart: make 50 or more")
    if len(opinions) < 2:
        raise AnswerError("one sense has nothing to be fused with: give two or more")
    if opinions.shape[-1] < 2:
        raise AnswerError("with one class there is nothing to decide: give two or more")
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
