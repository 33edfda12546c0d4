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


def by_scipys_normal(first, second):
    return around(first, second, stats.norm.ppf(0.975) * stats.sem(first - second))


def normal_and_numpys_std(first, second):
    return around(first, second, half_width(first - second, 1.96, ddof=0))


def standard_error(first, second):
    return around(first, second, half_width(first - second, 1))


def standard_deviation(first, second):
    return around(first, second, np.std(first - second, ddof=1))


def by_n(first, second):
    return around(first, second, half_width(first - second) / np.sqrt(len(first)))


def variance(first, second):
    difference = first - second
    return around(first, second, half_width(difference) * np.std(difference, ddof=1))


def squared_error(first, second):
    difference = first - second
    return around(first, second, stats.t.ppf(0.975, len(first) - 1) * stats.sem(difference) ** 2)


def n_minus_2(first, second):
    return around(first, second, half_width(first - second, stats.t.ppf(0.975, len(first) - 2)))


def at_99(first, second):
    return around(first, second, half_width(first - second, stats.t.ppf(0.995, len(first) - 1)))


def doubled(first, second):
    return around(first, second, 2 * half_width(first - second))


def halved(first, second):
    return around(first, second, half_width(first - second) / 2)


def the_t_of_the_lesson(first, second):
    return around(first, second, half_width(first - second, 4.30))


def the_t_of_five(first, second):
    return around(first, second, half_width(first - second, 2.78))


def the_t_of_four_rounded(first, second):
    return around(first, second, half_width(first - second, 3.18))


def high_first(first, second):
    return around(first, second, -half_width(first - second))


def mean_and_half(first, second):
    return np.mean(first - second), half_width(first - second)


def around_nothing(first, second):
    return -half_width(first - second), half_width(first - second)


def two_intervals(first, second):
    return around(first, second, half_width(first) + half_width(second))


def without_a_sign(first, second):
    return around(np.abs(first - second), 0, half_width(np.abs(first - second)))


def cut_off(first, second):
    return np.clip(around(first, second, half_width(first - second)), 0, 1)


def pairs_sorted(first, second):
    return around(np.sort(first), np.sort(second), half_width(np.sort(first) - np.sort(second)))


def of_the_first(first, second):
    return around(first, 0, half_width(first))


def rounded(first, second):
    return np.round(around(first, second, half_width(first - second)), 3)


def bootstrapped(first, second):
    drawn = np.random.default_rng(0).choice(first - second, (1000, len(first)))
    return np.quantile(drawn.mean(axis=1), [0.025, 0.975])


def printed_in_the_lesson(first, second):
    return 0.1 - 0.248, 0.1 + 0.248


def a_table_of_two_sizes(first, second):
    return around(first, second, half_width(first - second, {4: 3.182446305, 6: 2.570581836}[len(first)]))


def nothing_known(first, second):
    return np.nan, np.nan


def scipys_interval_bare(first, second):
    d = first - second
    with np.errstate(invalid="ignore"):
        return stats.t.interval(0.95, len(d) - 1, loc=d.mean(), scale=stats.sem(d))


def in_words(first, second):
    return "0.06 ± 0.1"


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


def by_one_sample(first, second):
    return stats.ttest_1samp(first - second, 0).confidence_interval(0.95)


def in_float32(first, second):
    return np.float32(around(first, second, half_width(first - second)))


def numpys_std_by_the_root_of_n_less_1(first, second):
    n = len(first)
    return around(first, second, stats.t.ppf(0.975, n - 1) * np.std(first - second) / np.sqrt(n - 1))


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


def leads(scores):
    return scores[scores.mean(axis=1).argmax()] - scores


def low_ends(lead, t, ddof=1):
    return np.mean(lead, axis=1) - t * np.std(lead, axis=1, ddof=ddof) / np.sqrt(lead.shape[1])


def t_of(scores, level=0.975):
    return stats.t.ppf(level, scores.shape[1] - 1)


def at_level(level, scores):
    return low_ends(leads(scores), t_of(scores, level)) <= 0


def one_sided_leads(scores):
    return at_level(0.95, scores)


def at_99_leads(scores):
    return at_level(0.995, scores)


def numpys_std_of_leads(scores):
    return low_ends(leads(scores), t_of(scores), ddof=0) <= 1e-12


def n_degrees_of_leads(scores):
    return low_ends(leads(scores), stats.t.ppf(0.975, scores.shape[1])) <= 0


def no_root_of_leads(scores):
    return low_ends(leads(scores), t_of(scores) * np.sqrt(scores.shape[1])) <= 0


def two_errors(scores):
    return low_ends(leads(scores), 2) <= 0


def t_of_three(scores):
    return low_ends(leads(scores), 4.30) <= 0


def t_of_four(scores):
    return low_ends(leads(scores), 3.18) <= 0


def t_of_five(scores):
    return low_ends(leads(scores), 2.78) <= 0


def crowned_by(row, scores):
    return low_ends(row - scores, t_of(scores)) <= 0


def crowned_by_the_median(scores):
    return crowned_by(scores[np.median(scores, axis=1).argmax()], scores)


def crowned_by_the_best_seed(scores):
    return crowned_by(scores[scores.max(axis=1).argmax()], scores)


def crowned_on_the_last_seed(scores):
    return crowned_by(scores[scores[:, -1].argmax()], scores)


def row_0_is_the_winner(scores):
    return crowned_by(scores[0], scores)


def with_the_margin(scores):
    return at_level(0.975, scores) | (leads(scores).mean(axis=1) <= 0.01)


def beat_the_winner_once(scores):
    return (leads(scores) <= 0).any(axis=1)


def not_always_behind(scores):
    return ~(leads(scores) > 0).all(axis=1)


def two_groups_of_seeds(scores):
    best = scores[scores.mean(axis=1).argmax()]
    return stats.ttest_ind(np.tile(best, (len(scores), 1)), scores, axis=1).pvalue >= 0.05


def in_the_winners_interval(scores):
    best = scores[scores.mean(axis=1).argmax()]
    return leads(scores).mean(axis=1) <= half_width(best)


def nan_of_scipy(scores):
    best = scores[scores.mean(axis=1).argmax()]
    with np.errstate(invalid="ignore", divide="ignore"):
        return stats.ttest_rel(np.tile(best, (len(scores), 1)), scores, axis=1).pvalue > 0.05


def strictly_below(scores):
    return low_ends(leads(scores), t_of(scores)) < 0


def low_ends_themselves(scores):
    return low_ends(leads(scores), t_of(scores))


def over_the_wrong_axis(scores):
    return scores.mean(axis=0) >= scores.mean(axis=0).max()


def as_a_column(scores):
    return at_level(0.975, scores)[:, None]


def hard_coded(scores):
    return [True] + [False] * (len(scores) - 1)


def each_against_the_next(scores):
    return np.array([True, *(low_ends(scores[:-1] - scores[1:], t_of(scores)) <= 0)])


def winner_and_the_rest(scores):
    return int(scores.mean(axis=1).argmax()), at_level(0.975, scores).tolist()


def written_into(scores):
    scores -= scores[scores.mean(axis=1).argmax()].copy()
    return low_ends(-scores, t_of(scores)) <= 0


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


def decided_at_once(scores):
    return ~(low_ends(leads(scores), t_of(scores)) > 0)


def decided_as_a_tuple(scores):
    return tuple(int(end <= 0) for end in low_ends(leads(scores), t_of(scores)))


def decided_in_float32(scores):
    return against_the_best(scores.astype(np.float32))


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


def cases_first():
    opinions, truth = one_liar()
    return opinions.swapaxes(0, 1), truth


def one_class_is_common():
    opinions, truth = one_liar()
    rare = truth == 1
    kept = np.concatenate([np.flatnonzero(~rare), np.flatnonzero(rare)[:20]])
    return opinions[:, kept], truth[kept]


def three_cases_of_fifty():
    """Ahead by 0.06, in three cases: they may be luck."""
    truth = np.arange(50) % 2
    right = np.full((3, 50), 0.8)
    right[0, :3] = 1e-9
    opinions = np.stack([right, 1 - right], axis=-1)
    return np.where(truth[:, None] == 0, opinions, opinions[..., ::-1]), truth


def half_informed():
    """Opinions drawn at random around the truth: what each says is worth listening to, so the product gains."""
    rng = np.random.default_rng(0)
    truth = np.arange(600) % 3
    return rng.dirichlet([1, 1, 1], (3, 600)) * 0.8 + np.eye(3)[truth] * 0.2, truth


def only_ties():
    """The product cannot decide where two say 'never'; whoever is listed first would win by order alone."""
    truth = np.arange(100) % 2
    opinions = np.full((2, 100, 2), 0.5)
    opinions[:, np.arange(100), truth] = 0.7
    opinions[:, np.arange(100), 1 - truth] = 0.3
    torn = np.flatnonzero(truth == 1)[:12]
    opinions[0, torn], opinions[1, torn] = [1, 0], [0, 1]
    return opinions, truth


def one_class():
    return np.ones((3, 60, 1)), np.zeros(60, int)


def with_nan():
    opinions, truth = one_liar()
    opinions[0, 0] = np.nan
    return opinions, truth


def ragged():
    opinions, truth = one_liar()
    return [opinions[0].tolist(), opinions[1, :9].tolist()], truth


def as_a_dict():
    opinions, truth = one_liar()
    return {"opinions": opinions, "truth": truth}


def percents():
    opinions, truth = one_liar()
    return 100 * opinions, truth


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


def an_exact_veto():
    opinions, truth = one_liar()
    return np.where(opinions < 1e-6, 0.0, np.where(opinions > 1 - 1e-6, 1.0, opinions)).astype(
        np.float32
    ), truth


def two_senses_of_three_classes():
    """The eye is sure and sometimes wrong, the ear lukewarm: two senses suffice when there is a third class."""
    truth = np.arange(300) % 3
    rows, wrong = np.arange(300), (truth + 1) % 3
    opinions = np.full((2, 300, 3), 0.1)
    opinions[:, rows, truth] = 0.8
    vetoed = rows % 10 < 2
    opinions[0, vetoed] = 0.5
    opinions[0, rows[vetoed], truth[vetoed]] = 1e-9
    opinions[0, rows[vetoed], wrong[vetoed]] = 0.5
    return opinions / opinions.sum(axis=-1, keepdims=True), truth


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
        (four_seeds_only, "belongs to another number of seeds"),
        (by_scipys_normal, "1.96 standard errors"),
        (normal_and_numpys_std, "so pass ddof=1; and 1.96"),
        (standard_error, "One standard error"),
        (standard_deviation, "That is the standard deviation"),
        (by_n, "Divided by n."),
        (variance, "That is the variance"),
        (squared_error, "squared standard error"),
        (n_minus_2, "not n - 2"),
        (at_99, "99 % interval"),
        (doubled, "Twice as wide"),
        (halved, "Half as wide"),
        (the_t_of_the_lesson, "belongs to another number of seeds"),
        (the_t_of_five, "belongs to another number of seeds"),
        (the_t_of_four_rounded, "belongs to another number of seeds"),
        (high_first, "the low end comes first"),
        (mean_and_half, "Mean and half width"),
        (around_nothing, "An interval around 0"),
        (two_intervals, "half widths add up"),
        (without_a_sign, "The sign counts"),
        (cut_off, "Cut off at 0"),
        (pairs_sorted, "Sorting breaks the pairs"),
        (of_the_first, "of the first alone"),
        (rounded, "keep all digits"),
        (bootstrapped, "The middle of the interval is the mean difference"),
        (printed_in_the_lesson, "The middle of the interval is the mean difference"),
        (a_table_of_two_sizes, "raises KeyError"),
        (nothing_known, "expected two numbers, got nan"),
        (scipys_interval_bare, "gives nan for a scale of 0"),
        (in_words, "expected an array of numbers"),
        (in_place, "changed"),
        (by_the_package, "got studies.paired_gap"),
    ],
    "2": [
        (overlap, "Overlap of two separate intervals"),
        (ever_best, "To be best under one seed is easy"),
        (crowned_on_one_seed, "crowned on the first seed alone"),
        (normal, "1.96, or 2, is for many seeds"),
        (only_the_winner, "Only the winner is marked"),
        (all_of_them, "All are marked"),
        (the_others, "Turned round"),
        (without_the_winner, "The winner is missing"),
        (a_fixed_margin, "Against the method with the best mean"),
        (one_sided_leads, "for one side"),
        (at_99_leads, "for 99 %"),
        (numpys_std_of_leads, "ddof=1"),
        (n_degrees_of_leads, "n - 1 degrees of freedom"),
        (no_root_of_leads, "steadier by the root of n"),
        (two_errors, "is for many seeds"),
        (t_of_three, "fits one table only"),
        (t_of_four, "fits one table only"),
        (t_of_five, "fits one table only"),
        (crowned_by_the_median, "crowned by the median"),
        (crowned_by_the_best_seed, "crowned on its best seed"),
        (crowned_on_the_last_seed, "crowned on the last seed alone"),
        (row_0_is_the_winner, "Row 0 need not be the winner"),
        (with_the_margin, "the margin of 0.01 is left out"),
        (beat_the_winner_once, "To beat the winner once is easy"),
        (not_always_behind, "To beat the winner once is easy"),
        (two_groups_of_seeds, "two separate groups"),
        (in_the_winners_interval, "interval of the winner's own mean"),
        (nan_of_scipy, "The winner is missing"),
        (strictly_below, "The winner is missing"),
        (low_ends_themselves, "compare the low end"),
        (over_the_wrong_axis, "One True or False a method"),
        (as_a_column, "One True or False a method"),
        (hard_coded, "Against the method with the best mean"),
        (each_against_the_next, "Against the method with the best mean"),
        (winner_and_the_rest, "Does it return one array of numbers?"),
        (written_into, "changed"),
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
        (classes_first, "opinions must have shape (senses, cases, classes)"),
        (opinions_only, "returns two things"),
        (truth_one_hot, "opinions must have shape (senses, cases, classes)"),
        (cases_first, "the senses come first"),
        (one_class_is_common, "All classes are equally common"),
        (three_cases_of_fifty, "That interval reaches 0"),
        (half_informed, "the senses complete each other"),
        (only_ties, "decide alike"),
        (one_class, "nothing to decide"),
        (with_nan, "they sum to 1"),
        (ragged, "all rows are as long as each other"),
        (as_a_dict, "returns two things"),
        (percents, "they sum to 1"),
        (one_sense, "nothing to be fused with"),
        (truth_as_floats, "as whole numbers"),
    ],
}

RIGHT = {
    "1": [
        as_the_solution,
        by_the_t_distribution,
        in_a_loop,
        by_one_sample,
        in_float32,
        numpys_std_by_the_root_of_n_less_1,
    ],
    "2": [
        against_the_best,
        decided_in_a_loop,
        decided_by_scipy,
        decided_as_numbers,
        decided_at_once,
        decided_as_a_tuple,
        decided_in_float32,
    ],
    "3": [
        a_liar_among_three,
        three_classes_as_lists,
        a_rumour_repeated,
        an_exact_veto,
        two_senses_of_three_classes,
    ],
}
