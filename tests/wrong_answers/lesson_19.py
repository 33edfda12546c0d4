"""Answers that learners give in lesson 19: each wrong one with words of the hint that it must get."""

import itertools
import random

import numpy as np
from scipy import stats

from mmseg_edu import studies

# 19.1


def means_of(scores, clips):
    return np.array([scores[clips == name].mean() for name in np.unique(clips)])


def half_of(values):
    return stats.t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))


def every_frame_a_clip(scores, clips):
    return scores.mean(), half_of(scores)


def frames_and_196(scores, clips):
    return scores.mean(), 1.96 * scores.std(ddof=1) / np.sqrt(len(scores))


def frames_without_ddof(scores, clips):
    return scores.mean(), stats.t.ppf(0.975, len(scores) - 1) * scores.std() / np.sqrt(len(scores))


def mean_of_all_frames(scores, clips):
    return scores.mean(), half_of(means_of(scores, clips))


def normal_instead_of_student(scores, clips):
    means = means_of(scores, clips)
    return means.mean(), 1.96 * means.std(ddof=1) / np.sqrt(len(means))


def two_instead_of_student(scores, clips):
    means = means_of(scores, clips)
    return means.mean(), 2 * stats.sem(means)


def without_ddof(scores, clips):
    means = means_of(scores, clips)
    return means.mean(), stats.t.ppf(0.975, len(means) - 1) * np.std(means) / np.sqrt(len(means))


def spread_of_clips(scores, clips):
    means = means_of(scores, clips)
    return means.mean(), stats.t.ppf(0.975, len(means) - 1) * means.std(ddof=1)


def divided_by_count(scores, clips):
    means = means_of(scores, clips)
    return means.mean(), stats.t.ppf(0.975, len(means) - 1) * means.std(ddof=1) / len(means)


def root_of_frames(scores, clips):
    means = means_of(scores, clips)
    return means.mean(), stats.t.ppf(0.975, len(means) - 1) * means.std(ddof=1) / np.sqrt(len(scores))


def degrees_of_clips(scores, clips):
    means = means_of(scores, clips)
    return means.mean(), stats.t.ppf(0.975, len(means)) * stats.sem(means)


def degrees_of_frames(scores, clips):
    means = means_of(scores, clips)
    return means.mean(), stats.t.ppf(0.975, len(scores) - 1) * stats.sem(means)


def one_sided(scores, clips):
    means = means_of(scores, clips)
    return means.mean(), stats.t.ppf(0.95, len(means) - 1) * stats.sem(means)


def standard_error(scores, clips):
    means = means_of(scores, clips)
    return means.mean(), stats.sem(means)


def whole_width(scores, clips):
    means = means_of(scores, clips)
    return means.mean(), 2 * half_of(means)


def both_ends(scores, clips):
    means = means_of(scores, clips)
    return means.mean() - half_of(means), means.mean() + half_of(means)


def half_first(scores, clips):
    means = means_of(scores, clips)
    return half_of(means), means.mean()


def median_of_clips(scores, clips):
    means = means_of(scores, clips)
    return np.median(means), half_of(means)


def median_of_frames(scores, clips):
    medians = np.array([np.median(scores[clips == name]) for name in np.unique(clips)])
    return medians.mean(), half_of(medians)


def variance(scores, clips):
    means = means_of(scores, clips)
    return means.mean(), stats.t.ppf(0.975, len(means) - 1) * means.var(ddof=1) / np.sqrt(len(means))


def best_frames(scores, clips):
    best = np.array([scores[clips == name].max() for name in np.unique(clips)])
    return best.mean(), half_of(best)


def first_frames(scores, clips):
    first = np.array([scores[clips == name][0] for name in np.unique(clips)])
    return first.mean(), half_of(first)


def sums(scores, clips):
    added = np.array([scores[clips == name].sum() for name in np.unique(clips)])
    return added.mean(), half_of(added)


def in_runs(scores, clips):
    """Takes it for granted that frames of a clip stand together."""
    runs = itertools.groupby(range(len(clips)), key=lambda i: clips[i])
    means = np.array([scores[list(places)].mean() for _, places in runs])
    return means.mean(), half_of(means)


def three_clips(scores, clips):
    means = means_of(scores, clips)
    return means.mean(), 4.302653 * stats.sem(means)


def the_mean_alone(scores, clips):
    return means_of(scores, clips).mean()


def numbers_fixed(scores, clips):
    return 0.55, 0.448


def by_the_package_1(scores, clips):
    return studies.mean_by_clip(scores, clips)


def in_place_1(scores, clips):
    found = means_of(scores, clips)
    scores -= scores.mean()
    return found.mean(), half_of(found)


def with_numpy(scores, clips):
    means = means_of(scores, clips)
    return means.mean(), half_of(means)


def with_scipy(scores, clips):
    means = [np.mean(scores[clips == name]) for name in set(clips.tolist())]
    low, high = stats.t.interval(0.95, len(means) - 1, np.mean(means), stats.sem(means))
    return [(low + high) / 2, (high - low) / 2]


def with_bincount(scores, clips):
    _, places = np.unique(clips, return_inverse=True)
    means = np.bincount(places, scores) / np.bincount(places)
    return np.array([means.mean(), half_of(means)])


def with_a_dictionary(scores, clips):
    found = {}
    for score, name in zip(scores.tolist(), clips.tolist(), strict=True):
        found.setdefault(name, []).append(score)
    means = [sum(each) / len(each) for each in found.values()]
    middle = sum(means) / len(means)
    spread = (sum((m - middle) ** 2 for m in means) / (len(means) - 1)) ** 0.5
    return middle, stats.t.isf(0.025, len(means) - 1) * spread / len(means) ** 0.5


def in_float32(scores, clips):
    means = means_of(scores.astype(np.float32), clips)
    return np.array([means.mean(), half_of(means)], np.float32)


# 19.2


def frames_at_random(recordings, share, seed):
    return np.random.default_rng(seed).random(len(recordings)) < share


def first_frames_of_all(recordings, share, seed):
    return np.arange(len(recordings)) < share * len(recordings)


def last_frames_of_all(recordings, share, seed):
    return np.arange(len(recordings)) >= (1 - share) * len(recordings)


def every_fourth_frame(recordings, share, seed):
    return np.arange(len(recordings)) % round(1 / share) == 0


def a_part_of_each(recordings, share, seed):
    rng, mask = np.random.default_rng(seed), np.zeros(len(recordings), bool)
    for name in np.unique(recordings):
        places = np.flatnonzero(recordings == name)
        mask[rng.permutation(places)[: max(1, round(share * len(places)))]] = True
    return mask


def shuffled_frames(recordings, share, seed):
    mask = np.arange(len(recordings)) < round(share * len(recordings))
    return np.random.default_rng(seed).permutation(mask)


def first_names(recordings, share, seed):
    names = np.unique(recordings)
    return np.isin(recordings, names[: clipped(names, share)])


def seed_forgotten(recordings, share, seed):
    names = np.random.default_rng(0).permutation(np.unique(recordings))
    return np.isin(recordings, names[: clipped(names, share)])


def no_seed(recordings, share, seed):
    names = random.sample(np.unique(recordings).tolist(), clipped(np.unique(recordings), share))
    return np.isin(recordings, names)


def sides_changed(recordings, share, seed):
    return ~by_permutation(recordings, share, seed)


def a_coin_for_each(recordings, share, seed):
    names = np.unique(recordings)
    return np.isin(recordings, names[np.random.default_rng(seed).random(len(names)) < share])


def share_of_frames(recordings, share, seed):
    """Whole recordings, until enough frames are there."""
    mask = np.zeros(len(recordings), bool)
    for name in np.random.default_rng(seed).permutation(np.unique(recordings)):
        if mask.sum() < share * len(recordings):
            mask |= recordings == name
    return mask


def never_at_least_one(recordings, share, seed):
    names = np.random.default_rng(seed).permutation(np.unique(recordings))
    return np.isin(recordings, names[: round(share * len(names))])


def all_may_be_tested(recordings, share, seed):
    names = np.random.default_rng(seed).permutation(np.unique(recordings))
    return np.isin(recordings, names[: max(1, round(share * len(names)))])


def rounded_up(recordings, share, seed):
    names = np.random.default_rng(seed).permutation(np.unique(recordings))
    return np.isin(recordings, names[: min(int(share * len(names)) + 1, len(names) - 1)])


def without_the_first(recordings, share, seed):
    names = np.unique(recordings)
    return np.isin(recordings, np.random.default_rng(seed).permutation(names[1:])[: clipped(names, share)])


def places_2(recordings, share, seed):
    return np.flatnonzero(by_permutation(recordings, share, seed))


def the_names(recordings, share, seed):
    return np.random.default_rng(seed).permutation(np.unique(recordings))[:2]


def two_masks(recordings, share, seed):
    mask = by_permutation(recordings, share, seed)
    return ~mask, mask


def recordings_mask(recordings, share, seed):
    names = np.unique(recordings)
    return np.arange(len(names)) < clipped(names, share)


def numbers_of_recordings(recordings, share, seed):
    return np.unique(recordings, return_inverse=True)[1]


def in_place_2(recordings, share, seed):
    found = by_permutation(recordings, share, seed)
    recordings[:] = "x"
    return found


def in_a_row(recordings, share, seed):
    """A recording that comes back counts as another one."""
    begins = np.r_[True, recordings[1:] != recordings[:-1]].cumsum()
    return by_permutation(begins, share, seed)


def clipped(names, share):
    return min(max(round(share * len(names)), 1), len(names) - 1)


def by_permutation(recordings, share, seed):
    names = np.random.default_rng(seed).permutation(np.unique(recordings))
    return np.isin(recordings, names[: clipped(names, share)])


def by_choice(recordings, share, seed):
    names = sorted(set(recordings.tolist()))
    chosen = np.random.default_rng(seed).choice(names, clipped(names, share), replace=False)
    return [name in chosen for name in recordings]


def by_sample(recordings, share, seed):
    names = sorted(set(recordings.tolist()))
    chosen = set(random.Random(seed).sample(names, clipped(names, share)))
    return np.array([int(name in chosen) for name in recordings])


def by_scores(recordings, share, seed):
    names, number = np.unique(recordings, return_inverse=True)
    rank = np.random.default_rng(seed).random(len(names)).argsort().argsort()
    return rank[number] < clipped(names, share)


def by_scikit_learn(recordings, share, seed):
    from sklearn.model_selection import GroupShuffleSplit

    count = clipped(np.unique(recordings), share)
    split = GroupShuffleSplit(1, test_size=count, random_state=seed)
    _, test = next(split.split(recordings, groups=recordings))
    return np.isin(np.arange(len(recordings)), test)


# 19.3


def distances(points):
    return np.linalg.norm(points[:, None] - points[None], axis=-1)


def the_first(features, count):
    return np.arange(count)


def the_last(features, count):
    return np.arange(len(features))[-count:]


def evenly(features, count):
    return np.linspace(0, len(features) - 1, count).round().astype(int)


def evenly_from_the_start(features, count):
    return [len(features) * k // count for k in range(count)]


def middles(features, count):
    return (2 * np.arange(count) + 1) * len(features) // (2 * count)


def at_random(features, count):
    return np.random.default_rng(0).permutation(len(features))[:count]


def most_unusual(features, count):
    return np.argsort(-np.linalg.norm(features - features.mean(axis=0), axis=1), kind="stable")[:count]


def most_usual(features, count):
    return np.argsort(np.linalg.norm(features - features.mean(axis=0), axis=1), kind="stable")[:count]


def far_from_the_last(features, count):
    return greedy(features, count, lambda away, chosen: away[:, chosen[-1]])


def large_sum(features, count):
    return greedy(features, count, lambda away, chosen: away[:, chosen].sum(axis=1))


def far_from_the_farthest(features, count):
    return greedy(features, count, lambda away, chosen: away[:, chosen].max(axis=1))


def far_from_the_first(features, count):
    return greedy(features, count, lambda away, chosen: away[:, chosen[0]])


def nearest_next(features, count):
    return greedy(features, count, lambda away, chosen: -away[:, chosen].min(axis=1))


def greedy(features, count, score):
    chosen, away = [0], distances(features)
    while len(chosen) < count:
        value = np.array(score(away, chosen), float)
        value[chosen] = -np.inf
        chosen.append(int(value.argmax()))
    return chosen


def by_k_means(features, count):
    from sklearn.cluster import KMeans

    centres = KMeans(count, n_init=10, random_state=0).fit(features).cluster_centers_
    return [int(np.linalg.norm(features - c, axis=1).argmin()) for c in centres]


def sorted_by_the_first_feature(features, count):
    return np.argsort(features[:, 0])[np.linspace(0, len(features) - 1, count).astype(int)]


def the_same_twice(features, count):
    return [0] * count


def one_too_few(features, count):
    return by_farthest_first(features, count)[: count - 1]


def a_mask(features, count):
    return np.isin(np.arange(len(features)), by_farthest_first(features, count))


def the_features_themselves(features, count):
    return features[by_farthest_first(features, count)]


def counted_from_one(features, count):
    return np.array(by_farthest_first(features, count)) + 1


def in_place_3(features, count):
    found = by_farthest_first(features, count)
    features[:] = 0
    return found


def three_fixed(features, count):
    return [0, 12, 18][:count] if count <= 3 else np.arange(count)


def begun_anywhere(features, count):
    return by_farthest_first(features, count, int(np.random.default_rng().integers(len(features))))


def by_farthest_first(features, count, begin=0):
    chosen = [begin]
    nearest = np.linalg.norm(features - features[begin], axis=1)
    for _ in range(count - 1):
        chosen.append(int(nearest.argmax()))
        nearest = np.minimum(nearest, np.linalg.norm(features - features[chosen[-1]], axis=1))
    return chosen


def with_loops(features, count):
    points = features.tolist()
    chosen = [len(points) - 1]
    while len(chosen) < count:
        worst = max(
            range(len(points)),
            key=lambda i: min(
                sum((a - b) ** 2 for a, b in zip(points[i], points[c], strict=True)) for c in chosen
            ),
        )
        chosen.append(worst)
    return chosen


def by_trying_all(features, count):
    away = distances(features)
    return min(
        itertools.combinations(range(len(features)), count),
        key=lambda some: away[:, list(some)].min(axis=1).max(),
    )


def from_the_middle(features, count):
    begin = int(np.linalg.norm(features - features.mean(axis=0), axis=1).argmin())
    return np.array(by_farthest_first(features.astype(np.float32), count, begin), np.int32)


def by_a_threshold(features, count):
    """Hochbaum and Shmoys: the least distance at which pictures that far apart are at most `count`."""
    away = distances(features)
    for limit in np.unique(away):
        chosen = []
        for i in range(len(features)):
            if not chosen or away[i, chosen].min() > limit:
                chosen.append(i)
        if len(chosen) <= count:
            rest = [i for i in range(len(features)) if i not in chosen]
            return chosen + rest[: count - len(chosen)]
    return None


WRONG = {
    1: [
        (every_frame_a_clip, "as if it were a clip of its own"),
        (frames_and_196, "as if it were a clip of its own"),
        (frames_without_ddof, "as if it were a clip of its own"),
        (mean_of_all_frames, "a long clip counts more"),
        (normal_instead_of_student, "for many clips"),
        (two_instead_of_student, "for many clips"),
        (without_ddof, "ddof=1"),
        (spread_of_clips, "how far single clips spread"),
        (divided_by_count, "not by its root"),
        (root_of_frames, "root of the number of frames"),
        (degrees_of_clips, "C - 1 degrees of freedom"),
        (degrees_of_frames, "as many degrees of freedom as there are frames"),
        (one_sided, "for one side"),
        (standard_error, "one standard error"),
        (whole_width, "whole width"),
        (both_ends, "the two ends"),
        (half_first, "changed places"),
        (median_of_clips, "another number than their mean"),
        (median_of_frames, "not their median"),
        (variance, "the standard deviation"),
        (best_frames, "The best frame of each clip"),
        (first_frames, "The first frame of each clip"),
        (sums, "added up"),
        (in_runs, "among all of them"),
        (three_clips, "written into the code"),
        (the_mean_alone, "Two numbers"),
        (numbers_fixed, "First a number for each clip"),
        (by_the_package_1, "package's answer"),
        (in_place_1, "writes into it"),
    ],
    2: [
        (frames_at_random, "the leak itself"),
        (first_frames_of_all, "the leak itself"),
        (last_frames_of_all, "the leak itself"),
        (every_fourth_frame, "the leak itself"),
        (a_part_of_each, "the leak itself"),
        (shuffled_frames, "the leak itself"),
        (in_a_row, "the leak itself"),
        (first_names, "must depend on the seed"),
        (seed_forgotten, "must depend on the seed"),
        (no_seed, "np.random.default_rng(seed)"),
        (sides_changed, "changed places"),
        (a_coin_for_each, "one of recordings"),
        (share_of_frames, "one of recordings"),
        (never_at_least_one, "At least one recording must be on each side"),
        (all_may_be_tested, "At least one recording must be on each side"),
        (rounded_up, "one of recordings"),
        (without_the_first, "Every recording needs its chance"),
        (places_2, "places of frames"),
        (the_names, "expected an array of numbers"),
        (two_masks, "one True or False a frame"),
        (recordings_mask, "one True or False a frame"),
        (numbers_of_recordings, "expected True or False for each frame"),
        (in_place_2, "writes into it"),
    ],
    3: [
        (the_first, "These are the first ones"),
        (the_last, "These are the last ones"),
        (evenly, "Evenly spread in time"),
        (evenly_from_the_start, "Evenly spread in time"),
        (middles, "Evenly spread in time"),
        (at_random, "worst off"),
        (most_unusual, "the most unusual ones"),
        (most_usual, "the most usual ones"),
        (far_from_the_last, "far from the one chosen before"),
        (large_sum, "sum of distances"),
        (far_from_the_farthest, "the farthest chosen one was made large"),
        (far_from_the_first, "far from the first one"),
        (nearest_next, "argmin for argmax"),
        (by_k_means, "worst off"),
        (sorted_by_the_first_feature, "worst off"),
        (the_same_twice, "labelled twice"),
        (one_too_few, "one place for each picture to label"),
        (a_mask, "np.flatnonzero(mask)"),
        (the_features_themselves, "one place for each picture to label"),
        (counted_from_one, "expected places from 0"),
        (in_place_3, "writes into it"),
        (three_fixed, "worst off"),
    ],
}
RIGHT = {
    1: [with_numpy, with_scipy, with_bincount, with_a_dictionary, in_float32],
    2: [by_permutation, by_choice, by_sample, by_scores, by_scikit_learn],
    3: [by_farthest_first, with_loops, by_trying_all, from_the_middle, by_a_threshold],
}
