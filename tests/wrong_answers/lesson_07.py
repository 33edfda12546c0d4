"""Answers that learners give in lesson 07: each wrong one with words of the hint that it must get."""

from itertools import combinations

import numpy as np


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
    return 2 * _each(queries, archives, lambda query, archive: (query - archive.mean(0)) / archive.std(0))


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
        (only_added, "What is still missing from the formula?"),
        (divided_by_classes, "divided by 2, too"),
        (halved, "however many there are"),
        (first_two, "more than two witnesses"),
        (voted, "argmax comes after the fusion"),
        (multiplied, "lets one witness say no"),
        (surest_only, "What became of the other?"),
        (in_place, "Which line writes into it"),
        (over_the_pixels_too, "only that one goes"),
        (second_to_last, "lie along the FIRST axis"),
    ],
    "2": [
        (raw, "the largest numbers decides"),
        (by_the_queries, "measured against itself"),
        (with_both, "Subtract the archive's mean"),
        (per_sense, "Subtract the archive's mean"),
        (by_variance, "Which of the two has the unit"),
        (not_centred, "the mean was not subtracted"),
        (only_centred, "the units are still there"),
        (summed, "the sum over the senses"),
        (with_n_minus_one, "NumPy's own std"),
        (damped, "Subtract the archive's mean"),
        (slightly_damped, "Its standard deviation is 0"),
        (divides_by_zero, "Its standard deviation is 0"),
        (zero_becomes_one, "Its standard deviation is 0"),
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
        (three_at_most, "there are 255 groups"),
        (largest_variance, "each of them takes some error out"),
    ],
}

RIGHT = {
    "1": [with_mean, with_a_sum, with_einsum],
    "2": [one_at_a_time, in_one_go],
    "3": [all_groups, all_groups_as_bits],
}
