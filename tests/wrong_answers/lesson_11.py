"""Answers that learners give in lesson 11: each wrong one with words of the hint that it must get."""

import heapq
from collections import deque

import numpy as np

from mmseg_edu import segment


def nearest_spring(heights, springs):
    return np.argmin([[abs(p - s) for p in range(len(heights))] for s in springs], axis=0)


def added_up(heights, springs):
    return np.argmin(
        [[heights[min(p, s) : max(p, s) + 1].sum() for p in range(len(heights))] for s in springs], axis=0
    )


def last_water(heights, springs):
    return np.argmax(
        [[heights[min(p, s) : max(p, s) + 1].max() for p in range(len(heights))] for s in springs], axis=0
    )


def levels_instead(heights, springs):
    return np.min(
        [[heights[min(p, s) : max(p, s) + 1].max() for p in range(len(heights))] for s in springs], axis=0
    )


def places_instead(heights, springs):
    index = np.argmin(
        [[heights[min(p, s) : max(p, s) + 1].max() for p in range(len(heights))] for s in springs], axis=0
    )
    return np.asarray(springs)[index]


def only_the_way(heights, springs):
    def way(p, s):
        return max([heights[q] for q in range(min(p, s), max(p, s) + 1) if q != s] or [0])

    return np.argmin([[way(p, s) for p in range(len(heights))] for s in springs], axis=0)


def wrong_way_round(heights, springs):
    return np.argmin(
        [[heights[min(p, s) : max(p, s) + 1].max() for p in range(len(heights))] for s in springs], axis=1
    )


def one_slice_short(heights, springs):
    return np.argmin(
        [[heights[min(p, s) : max(p, s)].max() for p in range(len(heights))] for s in springs], axis=0
    )


def by_slices(heights, springs):
    levels = [[heights[min(p, s) : max(p, s) + 1].max() for p in range(len(heights))] for s in springs]
    return np.argmin(levels, axis=0)


def by_accumulation(heights, springs):
    levels = []
    for s in springs:
        left = np.maximum.accumulate(heights[: s + 1][::-1])[::-1]
        levels.append(np.concatenate([left, np.maximum.accumulate(heights[s:])[1:]]))
    return [int(np.argmin(column)) for column in np.transpose(levels)]


def _sure(probabilities, level):
    return np.where(probabilities.max(axis=-1) >= level, probabilities.argmax(axis=-1) + 1, 0)


def not_back_to_classes(land, probabilities, level):
    return segment.watershed(land, _sure(probabilities, level))


def background_without_marker(land, probabilities, level):
    best = probabilities.argmax(axis=-1)
    return segment.watershed(land, np.where(probabilities.max(axis=-1) >= level, best, 0))


def background_without_marker_and_minus_one(land, probabilities, level):
    return background_without_marker(land, probabilities, level) - 1


def without_water(land, probabilities, level):
    return probabilities.argmax(axis=-1)


def unsure_is_background(land, probabilities, level):
    return np.where(probabilities.max(axis=-1) >= level, probabilities.argmax(axis=-1), 0)


def upside_down(land, probabilities, level):
    return segment.watershed(-land, _sure(probabilities, level)) - 1


def last_class_wins(land, probabilities, level):
    markers = np.zeros(land.shape, int)
    for k in range(probabilities.shape[-1]):
        markers[probabilities[..., k] >= level] = k + 1
    return segment.watershed(land, markers) - 1


def own_level(land, probabilities, level):
    return segment.watershed(land, _sure(probabilities, 0.9)) - 1


def by_package(land, probabilities, level):
    return segment.watershed(land, segment.markers_from_evidence(probabilities, level)) - 1


def by_hand(land, probabilities, level):
    return segment.watershed(land, _sure(probabilities, level)).astype(float) - 1


def _flood(land, markers, ways=((-1, 0), (1, 0), (0, -1), (0, 1)), sign=1):
    regions, turn = markers.copy(), 0
    shore = []
    for r, c in np.argwhere(markers):
        heapq.heappush(shore, (sign * land[r, c], turn, r, c))
        turn += 1
    while shore:
        _, _, row, column = heapq.heappop(shore)
        for dr, dc in ways:
            r, c = row + dr, column + dc
            if 0 <= r < land.shape[0] and 0 <= c < land.shape[1] and regions[r, c] == 0:
                regions[r, c] = regions[row, column]
                heapq.heappush(shore, (sign * land[r, c], turn, r, c))
                turn += 1
    return regions


def first_come(land, markers):
    regions = markers.copy()
    queue = deque(map(tuple, np.argwhere(markers)))
    while queue:
        row, column = queue.popleft()
        for r, c in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
            if 0 <= r < land.shape[0] and 0 <= c < land.shape[1] and regions[r, c] == 0:
                regions[r, c] = regions[row, column]
                queue.append((r, c))
    return regions


def eight_neighbours(land, markers):
    return _flood(land, markers, [(r, c) for r in (-1, 0, 1) for c in (-1, 0, 1) if r or c])


def highest_first(land, markers):
    return _flood(land, markers, sign=-1)


def one_sweep(land, markers):
    regions = np.pad(markers, 1)
    for place in np.argsort(land, axis=None, kind="stable"):
        r, c = np.unravel_index(place, land.shape)
        near = [regions[r, c + 1], regions[r + 2, c + 1], regions[r + 1, c], regions[r + 1, c + 2]]
        if regions[r + 1, c + 1] == 0:
            regions[r + 1, c + 1] = max(near)
    return regions[1:-1, 1:-1]


def painted_over(land, markers):
    regions = _flood(land, markers)
    markers[:] = regions
    return markers


def newest_first(land, markers):
    regions = markers.copy()
    stack = list(map(tuple, np.argwhere(markers)))
    while stack:
        row, column = stack.pop()
        for r, c in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
            if 0 <= r < land.shape[0] and 0 <= c < land.shape[1] and regions[r, c] == 0:
                regions[r, c] = regions[row, column]
                stack.append((r, c))
    return regions


def late_comers_take_all(land, markers):
    regions, turn, done = markers.copy(), 0, np.zeros(land.shape, bool)
    shore = [(land[r, c], 0, r, c) for r, c in np.argwhere(markers)]
    heapq.heapify(shore)
    while shore:
        _, _, row, column = heapq.heappop(shore)
        done[row, column] = True
        for r, c in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
            if 0 <= r < land.shape[0] and 0 <= c < land.shape[1] and not done[r, c]:
                regions[r, c] = regions[row, column]
                turn += 1
                heapq.heappush(shore, (land[r, c], turn, r, c))
    return regions


def with_a_heap(land, markers):
    return _flood(land, markers)


def from_the_package(land, markers):
    return segment.watershed(land, markers)


def by_the_formula(land, markers):
    names = np.unique(markers[markers > 0])
    levels = []
    for name in names:
        level = np.where(markers == name, land, np.inf)
        for _ in range(land.size):
            wide = np.pad(level, 1, constant_values=np.inf)
            near = np.minimum.reduce(
                [wide[:-2, 1:-1], wide[2:, 1:-1], wide[1:-1, :-2], wide[1:-1, 2:], level]
            )
            level = np.maximum(land, near)
        levels.append(level)
    return np.where(markers > 0, markers, names[np.argmin(levels, axis=0)])


WRONG = {
    "1": [
        (nearest_spring, "nearest spring"),
        (added_up, "which function replaces sum"),
        (last_water, "LOWEST level"),
        (levels_instead, "An index into `springs`"),
        (places_instead, "An index into `springs`"),
        (only_the_way, "own height belongs to the way"),
        (wrong_way_round, "One answer for each place"),
        (one_slice_short, "raises ValueError"),
    ],
    "2": [
        (not_back_to_classes, "turns them into classes again"),
        (background_without_marker, "drowned the background"),
        (background_without_marker_and_minus_one, "drowned the background"),
        (without_water, "for the water"),
        (unsure_is_background, "where is the flood"),
        (upside_down, "upside down"),
        (last_class_wins, "more probable one"),
        (own_level, "fixed"),
    ],
    "3": [
        (first_come, "OLDEST"),
        (eight_neighbours, "touch only at a corner"),
        (highest_first, "LOWEST of the whole shore"),
        (one_sweep, "still dry"),
        (painted_over, "painted over"),
        (newest_first, "LOWEST of the whole shore"),
        (late_comers_take_all, "Who is wet stays"),
    ],
}
RIGHT = {
    "1": [by_slices, by_accumulation],
    "2": [by_package, by_hand],
    "3": [with_a_heap, from_the_package, by_the_formula],
}
