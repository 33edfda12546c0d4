"""Answers that learners give in lesson 07: each wrong one with words of the hint that it must get."""

from fractions import Fraction
from itertools import combinations

import numpy as np

from mmseg_edu import fusion


def wrong_axis(opinions):
    return np.mean(opinions, axis=-1)


def one_number(opinions):
    return np.mean(opinions)


def only_added(opinions):
    return np.sum(opinions, axis=0)


def divided_by_classes(opinions):
    return np.sum(opinions, axis=0) / opinions.shape[-1]


def halved(opinions):
    return np.sum(opinions, axis=0) / 2


def first_two(opinions):
    return (opinions[0] + opinions[1]) / 2


def voted(opinions):
    return np.eye(opinions.shape[-1])[np.mean(opinions, axis=0).argmax(axis=-1)]


def multiplied(opinions):
    score = np.prod(opinions, axis=0)
    return score / score.sum(axis=-1, keepdims=True)


def surest_only(opinions):
    return opinions[opinions.max(axis=-1).argmax()]


def in_place(opinions):
    opinions[0] += opinions[1:].sum(axis=0)
    return opinions[0] / len(opinions)


def over_the_pixels_too(opinions):
    return np.mean(opinions.reshape(-1, opinions.shape[-1]), axis=0)


def second_to_last(opinions):
    return np.mean(opinions, axis=-2)


def votes_counted(opinions):
    return np.eye(opinions.shape[-1])[opinions.argmax(axis=-1)].mean(axis=0)


def root_of_the_product(opinions):
    score = np.prod(opinions, axis=0) ** (1 / len(opinions))
    return score / score.sum(axis=-1, keepdims=True)


def middle_one(opinions):
    return np.median(opinions, axis=0)


def one_after_another(opinions):
    fused = opinions[0]
    for opinion in opinions[1:]:
        fused = (fused + opinion) / 2
    return fused


def by_the_package(opinions):
    return fusion.mean(opinions)


def _helper(opinions):
    return fusion.weighted(opinions, np.full(len(opinions), 1 / len(opinions)))


def by_the_package_in_a_helper(opinions):
    return _helper(opinions)


def in_loops(opinions):
    total = np.zeros(opinions.shape[1:]).tolist()
    for opinion in opinions:
        total = np.add(total, opinion).tolist()
    return (np.array(total) / len(opinions)).tolist()


def in_float32(opinions):
    return opinions.astype(np.float32).mean(axis=0)


def in_float16(opinions):
    return opinions.mean(axis=0).astype(np.float16)


def in_fractions(opinions):
    exact = np.vectorize(Fraction, otypes=[object])(opinions)
    return exact.sum(axis=0) / len(opinions)


def with_mean(opinions):
    return np.mean(opinions, axis=0)


def with_a_sum(opinions):
    return sum(opinions) / len(opinions)


def with_einsum(opinions):
    return np.einsum("n...->...", opinions) / len(opinions)


def _each(queries, archives, fair):
    return np.mean([fair(query, archive) for query, archive in zip(queries, archives, strict=True)], axis=0)


def raw(queries, archives):
    return np.mean(queries, axis=0)


def by_the_queries(queries, archives):
    def fair(query, archive):
        spread = query.std(axis=0)
        return (query - query.mean(axis=0)) / np.where(spread > 0, spread, 1)

    return _each(queries, archives, fair)


def with_both(queries, archives):
    def fair(query, archive):
        everything = np.concatenate([query, archive])
        return (query - everything.mean(axis=0)) / everything.std(axis=0)

    return _each(queries, archives, fair)


def per_sense(queries, archives):
    return _each(queries, archives, lambda query, archive: (query - archive.mean()) / archive.std())


def by_variance(queries, archives):
    return _each(queries, archives, lambda query, archive: (query - archive.mean(0)) / archive.var(0))


def not_centred(queries, archives):
    return _each(queries, archives, lambda query, archive: query / archive.std(0))


def only_centred(queries, archives):
    return _each(queries, archives, lambda query, archive: query - archive.mean(0))


def summed(queries, archives):
    pairs = zip(queries, archives, strict=True)
    return sum((query - archive.mean(0)) / archive.std(0) for query, archive in pairs)


def with_n_minus_one(queries, archives):
    return _each(queries, archives, lambda query, archive: (query - archive.mean(0)) / archive.std(0, ddof=1))


def damped(queries, archives):
    return _each(
        queries, archives, lambda query, archive: (query - archive.mean(0)) / (archive.std(0) + 1e-3)
    )


def slightly_damped(queries, archives):
    return _each(
        queries, archives, lambda query, archive: (query - archive.mean(0)) / (archive.std(0) + 1e-9)
    )


def divides_by_zero(queries, archives):
    return _each(queries, archives, lambda query, archive: (query - archive.mean(0)) / archive.std(0))


def zero_becomes_one(queries, archives):
    def fair(query, archive):
        spread = archive.std(axis=0)
        return (query - archive.mean(axis=0)) / np.where(spread == 0, 1, spread)

    return _each(queries, archives, fair)


def features_not_averaged(queries, archives):
    return np.concatenate(
        [(q - a.mean(0)) / np.maximum(a.std(0), 1e-9) for q, a in zip(queries, archives, strict=True)], axis=1
    )


def cut_at_three(queries, archives):
    return _each(queries, archives, lambda q, a: np.clip(_fair(q, a), -3, 3))


def cut_at_four(queries, archives):
    return _each(queries, archives, lambda q, a: np.clip(_fair(q, a), -4, 4))


def squeezed(queries, archives):
    return _each(queries, archives, lambda q, a: np.tanh(_fair(q, a)))


def small_is_none(queries, archives):
    return _each(queries, archives, lambda q, a: np.where(a.std(axis=0) < 1e-8, 0, _fair(q, a)))


def close_to_zero_is_none(queries, archives):
    return _each(queries, archives, lambda q, a: np.where(np.isclose(a.std(axis=0), 0), 0, _fair(q, a)))


def below_epsilon_is_none(queries, archives):
    return _each(
        queries, archives, lambda q, a: np.where(a.std(axis=0) < np.finfo(float).eps, 0, _fair(q, a))
    )


def stretched(queries, archives):
    return _each(queries, archives, lambda q, a: (q - a.min(axis=0)) / np.ptp(a, axis=0))


def mean_becomes_zero(queries, archives):
    with np.errstate(all="ignore"):
        pairs = zip(queries, archives, strict=True)
        fair = [(query - archive.mean(axis=0)) / archive.std(axis=0) for query, archive in pairs]
        return np.nan_to_num(np.mean(fair, axis=0), posinf=0, neginf=0)


def left_out(queries, archives):
    varies = np.sum([archive.std(axis=0) > 0 for archive in archives], axis=0)
    return one_at_a_time(queries, archives) * len(archives) / varies


def not_a_number_becomes_zero(queries, archives):
    return np.nan_to_num(divides_by_zero(queries, archives))


def _fair(query, archive):
    spread = archive.std(axis=0)
    return np.where(spread > 0, (query - archive.mean(axis=0)) / np.where(spread > 0, spread, 1), 0)


def in_loops_over_features(queries, archives):
    fused = np.zeros_like(queries[0])
    for query, archive in zip(queries, archives, strict=True):
        for feature in range(query.shape[1]):
            column = archive[:, feature]
            if column.min() == column.max():
                continue
            fused[:, feature] += (query[:, feature] - column.mean()) / column.std() / len(queries)
    return fused.tolist()


def features_in_float32(queries, archives):
    return one_at_a_time([q.astype(np.float32) for q in queries], [a.astype(np.float32) for a in archives])


def one_at_a_time(queries, archives):
    def fair(query, archive):
        spread = archive.std(axis=0)
        return np.where(spread > 0, (query - archive.mean(axis=0)) / np.where(spread > 0, spread, 1), 0)

    return _each(queries, archives, fair)


def in_one_go(queries, archives):
    archives = np.stack(archives)
    spread = archives.std(axis=1, keepdims=True)
    away = np.stack(queries) - archives.mean(axis=1, keepdims=True)
    return np.divide(away, spread, out=np.zeros_like(away), where=spread > 0).mean(axis=0)


def everybody(covariance):
    return list(range(len(covariance)))


def best_alone(covariance):
    return [int(np.argmin(np.diag(covariance)))]


def below_three_times(covariance):
    variances = np.diag(covariance)
    return np.flatnonzero(variances < 3 * variances.min())


def as_if_independent(covariance):
    order = np.argsort(np.diag(covariance))
    groups = [order[: size + 1] for size in range(len(order))]
    return min(groups, key=lambda group: np.diag(covariance)[group].sum() / len(group) ** 2)


def in_order_of_variance(covariance):
    order = np.argsort(np.diag(covariance))
    groups = [order[: size + 1] for size in range(len(order))]
    return min(groups, key=lambda group: covariance[np.ix_(group, group)].mean())


def greedy(covariance):
    group = [int(np.argmin(np.diag(covariance)))]
    while True:
        others = [[*group, i] for i in range(len(covariance)) if i not in group]
        best = min(others, key=lambda each: covariance[np.ix_(each, each)].mean(), default=group)
        if covariance[np.ix_(best, best)].mean() >= covariance[np.ix_(group, group)].mean():
            return group
        group = best


def a_mask(covariance):
    return np.diag(covariance) < 3 * np.diag(covariance).min()


def twice(covariance):
    return [0, 1, 2, 2] if len(covariance) == 3 else [0, 0]


def counted_from_one(covariance):
    return [i + 1 for i in range(len(covariance))]


def three_at_most(covariance):
    n = len(covariance)
    groups = [list(each) for size in range(1, min(n, 3) + 1) for each in combinations(range(n), size)]
    return min(groups, key=lambda group: covariance[np.ix_(group, group)].mean())


def largest_variance(covariance):
    return [int(np.argmax(np.diag(covariance)))]


def best_pair_then_greedy(covariance):
    group = list(
        min(
            combinations(range(len(covariance)), min(2, len(covariance))),
            key=lambda each: covariance[np.ix_(each, each)].mean(),
        )
    )
    return _grown(covariance, group)[-1]


def greedy_from_everyone(covariance):
    starts = [_grown(covariance, [i])[-1] for i in range(len(covariance))]
    return min(starts, key=lambda group: covariance[np.ix_(group, group)].mean())


def _grown(covariance, group):
    path = [group]
    while len(group) < len(covariance):
        others = [[*group, i] for i in range(len(covariance)) if i not in group]
        best = min(others, key=lambda each: covariance[np.ix_(each, each)].mean())
        if covariance[np.ix_(best, best)].mean() >= covariance[np.ix_(group, group)].mean():
            break
        group = best
        path.append(group)
    return path


def one_removed_at_a_time(covariance):
    group, path = list(range(len(covariance))), [list(range(len(covariance)))]
    while len(group) > 1:
        smaller = [[i for i in group if i != out] for out in group]
        group = min(smaller, key=lambda each: covariance[np.ix_(each, each)].mean())
        path.append(group)
    return min(path, key=lambda group: covariance[np.ix_(group, group)].mean())


def _of_sizes(covariance, sizes):
    n = len(covariance)
    groups = [list(each) for size in sizes if size <= n for each in combinations(range(n), size)]
    return min(groups, key=lambda group: covariance[np.ix_(group, group)].mean())


def two_at_least(covariance):
    return _of_sizes(covariance, range(2, 11)) if len(covariance) > 1 else [0]


def five_at_most(covariance):
    return _of_sizes(covariance, range(1, 6))


def eight_at_most(covariance):
    return _of_sizes(covariance, range(1, 9))


def until_larger_does_not_pay(covariance):
    best = _of_sizes(covariance, [1])
    for size in range(2, len(covariance) + 1):
        larger = _of_sizes(covariance, [size])
        if covariance[np.ix_(larger, larger)].mean() >= covariance[np.ix_(best, best)].mean():
            break
        best = larger
    return best


def where_the_best_weights_are_positive(covariance):
    return np.flatnonzero(np.linalg.pinv(covariance).sum(axis=1) > 0)


def as_a_set(covariance):
    return set(all_groups(covariance))


def recursively(covariance):
    def best(chosen, rest):
        if not rest:
            return chosen
        options = [each for each in (best(chosen, rest[1:]), best([*chosen, rest[0]], rest[1:])) if each]
        return min(options, key=lambda group: covariance[np.ix_(group, group)].mean(), default=[])

    return best([], list(range(len(covariance))))


def all_groups(covariance):
    n = len(covariance)
    groups = [list(each) for size in range(1, n + 1) for each in combinations(range(n), size)]
    return min(groups, key=lambda group: covariance[np.ix_(group, group)].mean())


def all_groups_as_bits(covariance):
    n = len(covariance)
    chosen = (np.arange(1, 2**n)[:, None] >> np.arange(n)) & 1
    variance = np.einsum("gi,ij,gj->g", chosen, covariance, chosen) / chosen.sum(axis=1) ** 2
    return np.flatnonzero(chosen[variance.argmin()])


WRONG = {
    "1": [
        (wrong_axis, "Which axis holds the witnesses?"),
        (one_number, "Which axis holds the witnesses?"),
        (only_added, "Is the sum divided by n?"),
        (divided_by_classes, "divided by 2, too"),
        (halved, "however many there are"),
        (first_two, "more than two witnesses"),
        (voted, "argmax comes after the fusion"),
        (multiplied, "lets one witness say no"),
        (surest_only, "What became of the others?"),
        (in_place, "Which line writes into it"),
        (over_the_pixels_too, "only that one goes"),
        (second_to_last, "lie along the FIRST axis"),
        (votes_counted, "A vote"),
        (root_of_the_product, "A geometric mean"),
        (middle_one, "The median"),
        (one_after_another, "the last witness counts half"),
        (by_the_package, "code of your own, got fusion.mean"),
        (by_the_package_in_a_helper, "code of your own, got fusion.weighted"),
    ],
    "2": [
        (raw, "the largest numbers decide"),
        (by_the_queries, "measured against itself"),
        (with_both, "Only the archive belongs there"),
        (per_sense, "One mean and one spread for a whole sense"),
        (by_variance, "Which of the two has the unit"),
        (not_centred, "the mean was not subtracted"),
        (only_centred, "the units are still there"),
        (summed, "the sum over the senses"),
        (with_n_minus_one, "NumPy's own std"),
        (damped, "Subtract the archive's mean"),
        (slightly_damped, "Is something added to the standard deviation"),
        (divides_by_zero, "Its standard deviation is 0"),
        (zero_becomes_one, "the query's own distance comes through"),
        (cut_at_three, "Cut off at 3 standard deviations"),
        (cut_at_four, "Is something cut off or squeezed"),
        (squeezed, "then average"),
        (small_is_none, "is a small one taken for none"),
        (close_to_zero_is_none, "is a small one taken for none"),
        (below_epsilon_is_none, "is a small one taken for none"),
        (stretched, "Stretched from smallest to largest"),
        (left_out, "Left out of the mean"),
        (not_a_number_becomes_zero, "Its standard deviation is 0"),
        (mean_becomes_zero, "The other senses became 0 with it"),
        (features_not_averaged, "one column for each feature"),
    ],
    "3": [
        (everybody, "as large a say as the best"),
        (best_alone, "each of them takes some error out"),
        (below_three_times, "Two that share their error count as one"),
        (as_if_independent, "Two that share their error count as one"),
        (in_order_of_variance, "Two that share their error count as one"),
        (greedy, "Adding one at a time never finds them"),
        (a_mask, "np.flatnonzero turns it into numbers"),
        (twice, "Somebody is invited twice"),
        (counted_from_one, "numbered from 0 to 2"),
        (three_at_most, "Does the search end at groups of some size"),
        (best_pair_then_greedy, "May a group have one member"),
        (greedy_from_everyone, "a search that skips some can miss the best"),
        (one_removed_at_a_time, "a search that skips some can miss the best"),
        (two_at_least, "May a group have one member"),
        (five_at_most, "Does the search end at groups of some size"),
        (eight_at_most, "Does the search end at groups of some size"),
        (until_larger_does_not_pay, "Does the search stop when a larger group does not pay"),
        (where_the_best_weights_are_positive, "as large a say as the best"),
        (largest_variance, "each of them takes some error out"),
    ],
}

RIGHT = {
    "1": [with_mean, with_a_sum, with_einsum, in_loops, in_float32, in_float16, in_fractions],
    "2": [one_at_a_time, in_one_go, in_loops_over_features, features_in_float32],
    "3": [all_groups, all_groups_as_bits, as_a_set, recursively],
}
