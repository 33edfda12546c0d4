"""Answers that learners give in lesson 04: each wrong one with words of the hint that it must get."""

import numpy as np
from scipy import fft
from scipy.spatial.distance import cdist

from mmseg_edu import features

# 1: one filter


def both(f, low, peak, high):
    return (f - low) / (peak - low), (high - f) / (high - peak)


def goes_below_zero(f, low, peak, high):
    return np.minimum(*both(f, low, peak, high)) * 2 / (high - low)


def one_high(f, low, peak, high):
    return np.maximum(0, np.minimum(*both(f, low, peak, high)))


def half_an_area(f, low, peak, high):
    return one_high(f, low, peak, high) / (high - low)


def times_its_area(f, low, peak, high):
    return one_high(f, low, peak, high) * (high - low) / 2


def adds_up_to_one(f, low, peak, high):
    triangle = one_high(f, low, peak, high)
    return triangle / triangle.sum() if triangle.any() else triangle


def even_sides(f, low, peak, high):
    half = (high - low) / 2
    return np.maximum(0, 1 - np.abs(f - peak) / half) / half


def box(f, low, peak, high):
    return np.where((f >= low) & (f <= high), 1 / (high - low), 0)


def higher_line(f, low, peak, high):
    return np.maximum(0, np.maximum(*both(f, low, peak, high))) * 2 / (high - low)


def one_side(f, low, peak, high):
    rise = both(f, low, peak, high)[0]
    return np.where((low <= f) & (f <= peak), rise, 0) * 2 / (high - low)


def gaussian(f, low, peak, high):
    width = (high - low) / 4
    return np.exp(-(((f - peak) / width) ** 2) / 2) / width / np.sqrt(2 * np.pi)


def one_number(f, low, peak, high):
    return one_high(f, low, peak, high).sum() * 2 / (high - low)


def slopes_from_the_peak(f, low, peak, high):
    return np.clip(np.minimum((peak - f) / (peak - low), (f - peak) / (high - peak)), 0, None)


def of_the_package(f, low, peak, high):
    return features.mel_filters(16000, 16, 3)[0] if len(f) == 9 else triangle_by_interp(f, low, peak, high)


def edges_on_the_grid(f, low, peak, high):
    low, peak, high = (f[np.abs(f - edge).argmin()] for edge in (low, peak, high))
    with np.errstate(all="ignore"):
        return np.nan_to_num(triangle_by_interp(f, low, peak, high))


def area_by_trapezoids(f, low, peak, high):
    triangle = one_high(f, low, peak, high)
    return triangle / np.trapezoid(triangle, f) if triangle.any() else triangle


def peak_on_neither_side(f, low, peak, high):
    rise, fall = both(f, low, peak, high)
    return (
        np.where((f > low) & (f < peak), rise, np.where((f > peak) & (f < high), fall, 0)) * 2 / (high - low)
    )


def triangle_by_interp(f, low, peak, high):
    return np.interp(f, [low, peak, high], [0, 1, 0]) * 2 / (high - low)


def triangle_by_loop(f, low, peak, high):
    weights = []
    for each in f:
        side = (each - low) / (peak - low) if each < peak else (high - each) / (high - peak)
        weights.append(max(0.0, side) * 2 / (high - low))
    return weights


def triangle_by_clip(f, low, peak, high):
    rise, fall = both(np.asarray(f, np.float32), low, peak, high)
    return (np.clip(np.minimum(rise, fall), 0, None) / ((high - low) / 2)).astype(np.float32)


def triangle_by_where(f, low, peak, high):
    rise, fall = both(f, low, peak, high)
    inside = (f > low) & (f < high)
    return np.where(inside, np.where(f <= peak, rise, fall), 0) / (high - low) * 2


# 2: a sound in 2 x count numbers


def pool(kept):
    return np.concatenate([kept.mean(axis=0), np.abs(features.deltas(kept)).mean(axis=0)])


def with_loudness(decibels, count):
    return pool(fft.dct(decibels, norm="ortho")[:, :count])


def not_orthonormal(decibels, count):
    return pool(fft.dct(decibels)[:, 1 : count + 1])


def along_time(decibels, count):
    return pool(fft.dct(decibels, norm="ortho", axis=0)[:, 1 : count + 1])


def one_too_few(decibels, count):
    return pool(fft.dct(decibels, norm="ortho")[:, 1:count])


def type_three(decibels, count):
    return pool(fft.dct(decibels, norm="ortho", type=3)[:, 1 : count + 1])


def without_log(decibels, count):
    return pool(fft.dct(10 ** (decibels / 10), norm="ortho")[:, 1 : count + 1])


def bands_only(decibels, count):
    return pool(decibels[:, 1 : count + 1])


def cut_too_early(decibels, count):
    return pool(fft.dct(decibels[:, : count + 1], norm="ortho")[:, 1:])


def signed_slopes(decibels, count):
    kept = fft.dct(decibels, norm="ortho")[:, 1 : count + 1]
    return np.concatenate([kept.mean(axis=0), features.deltas(kept).mean(axis=0)])


def absolute_after(decibels, count):
    kept = fft.dct(decibels, norm="ortho")[:, 1 : count + 1]
    return np.concatenate([kept.mean(axis=0), np.abs(features.deltas(kept).mean(axis=0))])


def by_steps(decibels, count):
    kept = fft.dct(decibels, norm="ortho")[:, 1 : count + 1]
    return np.concatenate([kept.mean(axis=0), np.abs(np.diff(kept, axis=0)).mean(axis=0)])


def by_gradient(decibels, count):
    kept = fft.dct(decibels, norm="ortho")[:, 1 : count + 1]
    return np.concatenate([kept.mean(axis=0), np.abs(np.gradient(kept, axis=0)).mean(axis=0)])


def spread_instead(decibels, count):
    kept = fft.dct(decibels, norm="ortho")[:, 1 : count + 1]
    return np.concatenate([kept.mean(axis=0), kept.std(axis=0)])


def across_coefficients(decibels, count):
    kept = fft.dct(decibels, norm="ortho")[:, 1 : count + 1]
    return np.concatenate([kept.mean(axis=0), np.abs(features.deltas(kept.T).T).mean(axis=0)])


def halves_exchanged(decibels, count):
    return pool(fft.dct(decibels, norm="ortho")[:, 1 : count + 1]).reshape(2, -1)[::-1].ravel()


def not_pooled(decibels, count):
    kept = fft.dct(decibels, norm="ortho")[:, 1 : count + 1]
    return np.concatenate([kept, np.abs(features.deltas(kept))], axis=1)


def means_only(decibels, count):
    return fft.dct(decibels, norm="ortho")[:, 1 : count + 1].mean(axis=0)


def always_five(decibels, count):
    return pool(fft.dct(decibels, norm="ortho")[:, 1:6])


def stacked(decibels, count):
    return pool(fft.dct(decibels, norm="ortho")[:, 1 : count + 1]).reshape(2, -1)


def magnitudes(decibels, count):
    kept = fft.dct(decibels, norm="ortho")[:, 1 : count + 1]
    return np.abs(np.concatenate([kept, features.deltas(kept)], axis=1)).mean(axis=0)


def whole_lines(decibels, count):
    kept = fft.dct(decibels, norm="ortho")[:, 1 : count + 1]
    return np.concatenate([kept.mean(axis=0), np.abs(features.deltas(kept, whole_lines=True)).mean(axis=0)])


def root_mean_square(decibels, count):
    kept = fft.dct(decibels, norm="ortho")[:, 1 : count + 1]
    return np.concatenate([kept.mean(axis=0), np.sqrt(np.mean(features.deltas(kept) ** 2, axis=0))])


def slopes_of_bands(decibels, count):
    means = fft.dct(decibels, norm="ortho")[:, 1 : count + 1].mean(axis=0)
    return np.concatenate([means, np.abs(features.deltas(decibels)).mean(axis=0)[1 : count + 1]])


def pair_by_pair(decibels, count):
    return description(decibels, count).reshape(2, -1).ravel(order="F")


def description(decibels, count):
    return pool(fft.dct(decibels, norm="ortho")[:, 1 : count + 1])


def description_by_cosines(decibels, count):
    bands = decibels.shape[1]
    m, b = np.arange(1, count + 1)[:, None], np.arange(bands)
    cosines = np.sqrt(2 / bands) * np.cos(np.pi * m * (2 * b + 1) / (2 * bands))
    kept = (decibels @ cosines.T).astype(np.float32)
    return list(kept.mean(axis=0)) + list(np.abs(features.deltas(kept)).mean(axis=0))


def description_by_librosa(decibels, count):
    import librosa

    kept = librosa.feature.mfcc(S=decibels.T, n_mfcc=count + 1)[1:]
    slopes = np.abs(librosa.feature.delta(kept, width=5, mode="nearest"))
    return np.concatenate([kept, slopes]).mean(axis=1)


# 3: an honest nearest neighbour


def share(vectors, labels, forbidden, distance="euclidean"):
    apart = cdist(vectors, vectors, distance)
    apart[forbidden] = np.inf
    return np.mean(labels[apart.argmin(axis=1)] == labels)


def leaks(vectors, labels, sources):
    return share(vectors, labels, np.eye(len(labels), dtype=bool))


def finds_itself(vectors, labels, sources):
    return share(vectors, labels, np.zeros((len(labels),) * 2, bool))


def leaves_out_the_class(vectors, labels, sources):
    return share(vectors, labels, labels[:, None] == labels)


def within_the_source(vectors, labels, sources):
    return share(vectors, labels, sources[:, None] != sources)


def share_of_errors(vectors, labels, sources):
    return 1 - honest(vectors, labels, sources)


def city_blocks(vectors, labels, sources):
    return share(vectors, labels, sources[:, None] == sources, "cityblock")


def angles(vectors, labels, sources):
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1), 1e-12)[:, None]
    likeness = unit @ unit.T
    likeness[sources[:, None] == sources] = -np.inf
    return np.mean(labels[likeness.argmax(axis=1)] == labels)


def farthest(vectors, labels, sources):
    apart = cdist(vectors, vectors)
    apart[sources[:, None] == sources] = -np.inf
    return np.mean(labels[apart.argmax(axis=1)] == labels)


def how_many(vectors, labels, sources):
    return honest(vectors, labels, sources) * len(labels)


def one_for_each(vectors, labels, sources):
    apart = cdist(vectors, vectors)
    apart[sources[:, None] == sources] = np.inf
    return labels[apart.argmin(axis=1)] == labels


def right_ones(vectors, labels, sources):
    apart = cdist(vectors, vectors)
    apart[sources[:, None] == sources] = np.inf
    return labels[apart.argmin(axis=1)] == labels


def class_by_class(vectors, labels, sources):
    right = right_ones(vectors, labels, sources)
    return np.mean([right[labels == name].mean() for name in set(labels)])


def source_by_source(vectors, labels, sources):
    right = right_ones(vectors, labels, sources)
    return np.mean([right[sources == name].mean() for name in set(sources)])


def hopeless_left_out(vectors, labels, sources):
    right = right_ones(vectors, labels, sources)
    return right[[len(set(sources[labels == name])) > 1 for name in labels]].mean()


def first_take_only(vectors, labels, sources):
    first = np.unique(sources, return_index=True)[1]
    return leaks(vectors[first], labels[first], sources[first])


def half_against_half(vectors, labels, sources):
    half = len(labels) // 2
    apart = cdist(vectors[half:], vectors[:half])
    return np.mean(labels[:half][apart.argmin(axis=1)] == labels[half:])


def place_among_the_rest(vectors, labels, sources):
    right = 0
    for vector, label, source in zip(vectors, labels, sources, strict=True):
        others = vectors[sources != source]
        right += labels[np.linalg.norm(others - vector, axis=1).argmin()] == label
    return right / len(labels)


def own_takes_are_wrong(vectors, labels, sources):
    apart = cdist(vectors, vectors)
    np.fill_diagonal(apart, np.inf)
    nearest = apart.argmin(axis=1)
    return np.mean((labels[nearest] == labels) & (sources[nearest] != sources))


def own_takes_are_dropped(vectors, labels, sources):
    apart = cdist(vectors, vectors)
    np.fill_diagonal(apart, np.inf)
    nearest = apart.argmin(axis=1)
    stranger = sources[nearest] != sources
    return np.mean((labels[nearest] == labels)[stranger])


def compares_sources(vectors, labels, sources):
    apart = cdist(vectors, vectors)
    np.fill_diagonal(apart, np.inf)
    return np.mean(sources[apart.argmin(axis=1)] == sources)


def scales_first(vectors, labels, sources):
    return honest((vectors - vectors.mean(axis=0)) / vectors.std(axis=0), labels, sources)


def nearest_class_mean(vectors, labels, sources):
    from sklearn.model_selection import LeaveOneGroupOut
    from sklearn.neighbors import NearestCentroid

    right = 0
    for train, test in LeaveOneGroupOut().split(vectors, labels, sources):
        model = NearestCentroid().fit(vectors[train], labels[train])
        right += int((model.predict(vectors[test]) == labels[test]).sum())
    return right / len(labels)


def three_nearest(vectors, labels, sources):
    right = 0
    for vector, label, source in zip(vectors, labels, sources, strict=True):
        others = np.flatnonzero(sources != source)
        three = others[np.linalg.norm(vectors[others] - vector, axis=1).argsort()[:3]]
        names, votes = np.unique(labels[three], return_counts=True)
        right += names[votes.argmax()] == label
    return right / len(labels)


def a_constant(vectors, labels, sources):
    return 3 / 7


def honest(vectors, labels, sources):
    return share(vectors, labels, sources[:, None] == sources)


def honest_by_loops(vectors, labels, sources):
    right = 0
    for vector, label, source in zip(vectors, labels, sources, strict=True):
        best = min(
            (sum((a - b) ** 2 for a, b in zip(vector, other, strict=True)), name == label)
            for other, name, its in zip(vectors, labels, sources, strict=True)
            if its != source
        )
        right += best[1]
    return right / len(labels)


def honest_by_groups(vectors, labels, sources):
    from sklearn.model_selection import LeaveOneGroupOut
    from sklearn.neighbors import KNeighborsClassifier

    right = 0
    for train, test in LeaveOneGroupOut().split(vectors, labels, sources):
        model = KNeighborsClassifier(1).fit(vectors[train], labels[train])
        right += int((model.predict(vectors[test]) == labels[test]).sum())
    return np.float32(right / len(labels))


WRONG = {
    "1": [
        (goes_below_zero, "lets nothing through there"),
        (one_high, "This triangle is 1 high"),
        (half_an_area, "base times height over TWO"),
        (times_its_area, "It must be divided by it"),
        (adds_up_to_one, "The area counts Hz and not bins"),
        (even_sides, "each side has a slope of its own"),
        (box, "This is a box"),
        (area_by_trapezoids, "from the given frequencies only"),
        (peak_on_neither_side, "`peak` itself got nothing"),
        (higher_line, "the higher of the two lines"),
        (one_side, "only the rising side"),
        (gaussian, "Two straight lines"),
        (one_number, "One weight for each frequency"),
        (slopes_from_the_peak, "Two straight lines"),
        (of_the_package, "Two straight lines"),
        (edges_on_the_grid, "Two straight lines"),
    ],
    "2": [
        (with_loudness, "coefficient 0: loudness"),
        (not_orthonormal, "not orthonormal"),
        (along_time, "transformed along time"),
        (one_too_few, "Twice `count` numbers"),
        (type_three, "type 3, the way back"),
        (without_log, "The logarithm was undone"),
        (bands_only, "where is the cosine transform"),
        (cut_too_early, "cut before the transform"),
        (signed_slopes, "Up and down cancel"),
        (absolute_after, "come too late"),
        (by_steps, "steps from one frame to the next"),
        (by_gradient, "one frame on either side"),
        (spread_instead, "a standard deviation"),
        (across_coefficients, "from one coefficient to the next"),
        (magnitudes, "keep their sign in the mean"),
        (whole_lines, "slopes at the ends are whole lines"),
        (root_mean_square, "a root of mean squares"),
        (slopes_of_bands, "those of the bands"),
        (pair_by_pair, "All the means first"),
        (halves_exchanged, "the two halves are exchanged"),
        (not_pooled, "Twice `count` numbers"),
        (means_only, "Twice `count` numbers"),
        (always_five, "Is a number fixed somewhere"),
        (stacked, "Twice `count` numbers"),
    ],
    "3": [
        (leaks, "the test has leaked"),
        (finds_itself, "does each recording find itself"),
        (leaves_out_the_class, "same CLASS were left out"),
        (within_the_source, "does each recording find itself"),
        (share_of_errors, "named wrongly"),
        (city_blocks, "add up absolute differences"),
        (angles, "These are angles"),
        (farthest, "the farthest recording"),
        (how_many, "A share lies between 0 and 1"),
        (one_for_each, "One number for all"),
        (class_by_class, "mean over the classes"),
        (source_by_source, "mean over the sources"),
        (hopeless_left_out, "they are wrong, and they count"),
        (first_take_only, "all recordings of ANOTHER source"),
        (place_among_the_rest, "looked up"),
        (own_takes_are_wrong, "this counts a miss"),
        (own_takes_are_dropped, "this leaves the recording out"),
        (compares_sources, "is the LABEL of the nearest right"),
        (scales_first, "scaled first"),
        (nearest_class_mean, "asks the mean of each class"),
        (three_nearest, "all recordings of ANOTHER source"),
        (half_against_half, "all recordings of ANOTHER source"),
        (a_constant, "all recordings of ANOTHER source"),
    ],
}
RIGHT = {
    "1": [triangle_by_interp, triangle_by_loop, triangle_by_clip, triangle_by_where],
    "2": [description, description_by_cosines, description_by_librosa],
    "3": [honest, honest_by_loops, honest_by_groups],
}
