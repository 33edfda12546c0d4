"""Answers that learners give in lesson 17: each wrong one with words of the hint that it must get."""

import numpy as np
from scipy import stats

from mmseg_edu import studies


def half_width(difference, t=None, ddof=1, root=True):
    n = len(difference)
    t = stats.t.ppf(0.975, n - 1) if t is None else t
    return t * np.std(difference, ddof=ddof) / (np.sqrt(n) if root else 1)


def around(first, second, half):
    middle = np.mean(first - second)
    return middle - half, middle + half


def with_1_96(first, second):
    return around(first, second, half_width(first - second, 1.96))


def with_2(first, second):
    return around(first, second, half_width(first - second, 2))


def no_root(first, second):
    return around(first, second, half_width(first - second, root=False))


def numpys_std(first, second):
    return around(first, second, half_width(first - second, ddof=0))


def n_degrees(first, second):
    return around(first, second, half_width(first - second, stats.t.ppf(0.975, len(first))))


def one_sided(first, second):
    return around(first, second, half_width(first - second, stats.t.ppf(0.95, len(first) - 1)))


def unpaired(first, second):
    spread = np.sqrt((first.var(ddof=1) + second.var(ddof=1)) / len(first))
    return around(first, second, stats.t.ppf(0.975, len(first) - 1) * spread)


def two_groups(first, second):
    return stats.ttest_ind(first, second).confidence_interval()


def turned(first, second):
    return around(second, first, half_width(first - second))


def extremes(first, second):
    return np.min(first - second), np.max(first - second)


def percentiles(first, second):
    return np.quantile(first - second, [0.025, 0.975])


def only_the_half(first, second):
    return half_width(first - second)


def four_seeds_only(first, second):
    return around(first, second, half_width(first - second, 3.182446305))


def in_place(first, second):
    first -= second
    middle, half = first.mean(), half_width(first)
    return middle - half, middle + half


def by_the_package(first, second):
    gap, half = studies.paired_gap(first, second)
    return gap - half, gap + half


def as_the_solution(first, second):
    return around(first, second, half_width(first - second))


def by_the_t_distribution(first, second):
    d = np.asarray(first) - np.asarray(second)
    if np.ptp(d) < 1e-12:
        return np.array([d.mean(), d.mean()])
    return np.array(stats.t.interval(0.95, len(d) - 1, loc=d.mean(), scale=stats.sem(d)))


def in_a_loop(first, second):
    differences = [a - b for a, b in zip(first, second, strict=True)]
    n = len(differences)
    mean = sum(differences) / n
    variance = sum((d - mean) ** 2 for d in differences) / (n - 1)
    half = float(stats.t.ppf(0.975, n - 1)) * (variance / n) ** 0.5
    return [mean - half, mean + half]


def low_end(ahead, behind, t=None):
    difference = ahead - behind
    return difference.mean() - half_width(difference, t)


def against_the_best(scores, t=None):
    best = scores[np.mean(scores, axis=1).argmax()]
    return np.array([low_end(best, row, t) <= 0 for row in scores])


def overlap(scores):
    half = np.array([half_width(row) for row in scores])
    mean = scores.mean(axis=1)
    return mean + half >= mean.max() - half[mean.argmax()]


def ever_best(scores):
    return (scores == scores.max(axis=0)).any(axis=1)


def crowned_on_one_seed(scores):
    return np.array([low_end(scores[scores[:, 0].argmax()], row) <= 0 for row in scores])


def normal(scores):
    return against_the_best(scores, 1.96)


def only_the_winner(scores):
    return np.arange(len(scores)) == scores.mean(axis=1).argmax()


def all_of_them(scores):
    return np.ones(len(scores), bool)


def the_others(scores):
    return ~against_the_best(scores)


def without_the_winner(scores):
    return against_the_best(scores) & ~only_the_winner(scores)


def a_fixed_margin(scores):
    return scores.mean(axis=1) >= scores.mean(axis=1).max() - 0.02


def indices(scores):
    return np.flatnonzero(against_the_best(scores))


def wrong_way(scores):
    return np.array([low_end(row, scores[scores.mean(axis=1).argmax()]) <= 0 for row in scores])


def best_by_the_package(scores):
    return studies.best_within(scores[:, None], margin=0)[:, 0]


def decided_in_a_loop(scores):
    best = max(range(len(scores)), key=lambda m: sum(scores[m]))
    answer = []
    for row in scores:
        d = [a - b for a, b in zip(scores[best], row, strict=True)]
        answer.append(bool(np.mean(d) - half_width(np.array(d)) <= 0))
    return answer


def decided_by_scipy(scores):
    best = scores[scores.mean(axis=1).argmax()]
    low = [-1 if row is best or np.ptp(best - row) == 0 else stats.ttest_rel(best, row).confidence_interval().low
           for row in scores]  # fmt: skip
    return np.array([end <= 0 or np.array_equal(best, row) for end, row in zip(low, scores, strict=True)])


def decided_as_numbers(scores):
    return against_the_best(scores).astype(np.float32)


def one_liar(count=200, senses=3, classes=2, lie=0.2):
    rng = np.random.default_rng(0)
    truth = rng.integers(0, classes, count)
    opinions = np.full((senses, count, classes), 0.2 / (classes - 1))
    opinions[:, np.arange(count), truth] = 0.8
    lies = rng.random(count) < lie
    wrong = (truth + 1) % classes
    opinions[0, lies] = 1e-9
    opinions[0, lies, wrong[lies]] = 1 - 1e-9 * (classes - 1)
    return opinions, truth


def two_senses_two_classes():
    return one_liar(senses=2)


def complementary():
    """One sense errs boldly in three cases of ten, and the other, mostly lukewarm, rules that out."""
    rows, truth = np.arange(90), np.arange(90) % 3
    wrong, third = (truth + 1) % 3, (truth + 2) % 3
    bold = rows % 10 < 3
    opinions = np.empty((2, 90, 3))
    opinions[0, rows, truth], opinions[0, rows, wrong] = np.where(bold, 0.09, 0.8), np.where(bold, 0.9, 0.1)
    opinions[0, rows, third] = 1 - opinions[0, rows, truth] - opinions[0, rows, wrong]
    opinions[1, rows, truth], opinions[1, rows, wrong], opinions[1, rows, third] = 0.5, 0.001, 0.499
    return opinions, truth


def all_right():
    truth = np.arange(60) % 2
    return np.stack([np.eye(2)[truth] * 0.6 + 0.2] * 3), truth


def the_liar_always_lies():
    return one_liar(lie=1.0)


def random_opinions():
    rng = np.random.default_rng(1)
    return rng.dirichlet([1, 1, 1], (3, 200)), rng.integers(0, 3, 200)


def one_truth():
    opinions, truth = one_liar()
    return opinions, np.zeros_like(truth)


def few():
    return one_liar(count=10)


def not_normalised():
    opinions, truth = one_liar()
    return 2 * opinions, truth


def classes_first():
    opinions, truth = one_liar()
    return np.moveaxis(opinions, -1, 0), truth


def opinions_only():
    return one_liar()[0]


def truth_one_hot():
    opinions, truth = one_liar()
    return opinions, np.eye(2)[truth]


def one_sense():
    opinions, truth = one_liar()
    return opinions[:1], truth


def truth_as_floats():
    opinions, truth = one_liar()
    return opinions, truth.astype(float)


def a_liar_among_three():
    return one_liar()


def three_classes_as_lists():
    opinions, truth = one_liar(senses=4, classes=3)
    return opinions.tolist(), truth.tolist()


def a_rumour_repeated():
    """Two copies of one sense that errs boldly, and two of a sense that is mostly right."""
    rng = np.random.default_rng(2)
    truth = rng.integers(0, 2, 500)
    bold = rng.random(500) < 0.15
    sure = np.where(bold, 1e-6, 0.9)
    plain = np.full((3, 500), 0.8)
    true = np.concatenate([sure[None], plain])
    opinions = np.empty((4, 500, 2))
    opinions[:, np.arange(500), truth] = true
    opinions[:, np.arange(500), 1 - truth] = 1 - true
    return opinions, truth


WRONG = {
    "1": [
        (with_1_96, "1.96 standard errors"),
        (with_2, "a rule of thumb"),
        (no_root, "steadier by the root of n"),
        (numpys_std, "ddof=1"),
        (n_degrees, "n - 1 degrees of freedom"),
        (one_sided, "take t at 0.975"),
        (unpaired, "as if other seeds had been drawn"),
        (two_groups, "two separate groups"),
        (turned, "The sign is turned"),
        (extremes, "the least and the largest"),
        (percentiles, "where one seed may fall"),
        (only_the_half, "Two numbers"),
        (four_seeds_only, "stand in the formula as n"),
        (in_place, "changed"),
        (by_the_package, "got studies.paired_gap"),
    ],
    "2": [
        (overlap, "Overlap of two separate intervals"),
        (ever_best, "To be best under one seed is easy"),
        (crowned_on_one_seed, "crowned on the first seed alone"),
        (normal, "1.96 is for many seeds"),
        (only_the_winner, "Only the winner is marked"),
        (all_of_them, "All are marked"),
        (the_others, "Turned round"),
        (without_the_winner, "The winner is missing"),
        (a_fixed_margin, "Pair the seeds"),
        (indices, "One True or False a method"),
        (wrong_way, "All are marked"),
        (best_by_the_package, "got studies.best_within"),
    ],
    "3": [
        (two_senses_two_classes, "decide alike"),
        (complementary, "the senses complete each other"),
        (all_right, "rarely wrong, but then says"),
        (the_liar_always_lies, "A sense may err, but rarely"),
        (random_opinions, "A sense may err, but rarely"),
        (one_truth, "all cases have one truth"),
        (few, "too few"),
        (not_normalised, "they sum to 1"),
        (classes_first, "opinions must have shape (n, N, K)"),
        (opinions_only, "returns two things"),
        (truth_one_hot, "opinions must have shape (n, N, K)"),
        (one_sense, "nothing to be fused with"),
        (truth_as_floats, "as whole numbers"),
    ],
}

RIGHT = {
    "1": [as_the_solution, by_the_t_distribution, in_a_loop],
    "2": [against_the_best, decided_in_a_loop, decided_by_scipy, decided_as_numbers],
    "3": [a_liar_among_three, three_classes_as_lists, a_rumour_repeated],
}
