"""Answers that learners give in lesson 11: each wrong one with words of the hint that it must get."""

import heapq
from collections import deque

import numpy as np
from skimage.segmentation import watershed as skimage_watershed

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


def one_slice_short_and_no_error(heights, springs):
    return [
        int(np.argmin([max(heights[min(p, s) : max(p, s)], default=0) for s in springs]))
        for p in range(len(heights))
    ]


def only_the_ends(heights, springs):
    return np.argmin([np.maximum(heights, heights[s]) for s in springs], axis=0)


def lowest_spring(heights, springs):
    return np.full(len(heights), np.argmin(np.asarray(heights)[springs]))


def from_the_left(heights, springs):
    return np.argmin(
        [[heights[s : p + 1].max(initial=0) for p in range(len(heights))] for s in springs], axis=0
    )


def by_flooding(heights, springs):
    markers = np.zeros((1, len(heights)), int)
    markers[0, springs] = np.arange(1, len(springs) + 1)
    return segment.watershed(heights[None], markers)[0] - 1


def in_plain_loops(heights, springs):
    row = []
    for p in range(len(heights)):
        levels = [max(float(heights[q]) for q in range(min(p, s), max(p, s) + 1)) for s in springs]
        row.append(levels.index(min(levels)))
    return row


def without_the_place_itself(heights, springs):
    def way(p, s):
        return max([heights[q] for q in range(min(p, s), max(p, s) + 1) if q != p] or [-1])

    return np.argmin([[way(p, s) for p in range(len(heights))] for s in springs], axis=0).astype(np.float16)


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


def above_the_level(land, probabilities, level):
    markers = np.where(probabilities.max(axis=-1) > level, probabilities.argmax(axis=-1) + 1, 0)
    return segment.watershed(land, markers) - 1


def minus_one_where_unsure(land, probabilities, level):
    return _sure(probabilities, level) - 1


def flooded_the_doubt(land, probabilities, level):
    return segment.watershed(1 - probabilities.max(axis=-1), _sure(probabilities, level)) - 1


def unsure_as_markers(land, probabilities, level):
    markers = np.where(probabilities.max(axis=-1) >= level, 0, probabilities.argmax(axis=-1) + 1)
    return segment.watershed(land, markers) - 1


def eight_neighbours_of_evidence(land, probabilities, level):
    return skimage_watershed(land, _sure(probabilities, level), connectivity=2) - 1


def each_class_its_own_best(land, probabilities, level):
    sure, winner = probabilities.max(axis=-1), probabilities.argmax(axis=-1)
    top = np.array([sure[winner == k].max(initial=0) for k in range(probabilities.shape[-1])])
    return segment.watershed(land, np.where(sure >= level * top[winner], winner + 1, 0)) - 1


def share_of_the_highest(land, probabilities, level):
    return segment.watershed(land, _sure(probabilities, level * probabilities.max())) - 1


def each_class_apart(land, probabilities, level):
    markers = _sure(probabilities, level)
    return np.stack([segment.watershed(land, np.where(markers == k, k, 0)) for k in np.unique(markers)[1:]])


def in_loops_with_a_heap(land, probabilities, level):
    markers = np.zeros(land.shape, int)
    for r in range(land.shape[0]):
        for c in range(land.shape[1]):
            best = max(range(probabilities.shape[2]), key=lambda k: probabilities[r, c, k])
            if probabilities[r, c, best] >= level:
                markers[r, c] = best + 1
    return (_flood(land, markers) - 1).tolist()


def in_float32(land, probabilities, level):
    labels = segment.watershed(land, _sure(probabilities.astype(np.float32), np.float32(level))) - 1
    return labels.astype(np.float32)


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


def springs_flow_at_once(land, markers):
    """The queue of dry places next to the water, as one reads it, with all springs wet from the start."""
    regions, turn, shore = markers.copy(), 0, []

    def beside(row, column, number):
        nonlocal turn
        for r, c in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
            if 0 <= r < land.shape[0] and 0 <= c < land.shape[1] and regions[r, c] == 0:
                turn += 1
                heapq.heappush(shore, (land[r, c], turn, r, c, number))

    for r, c in np.argwhere(markers):
        beside(r, c, markers[r, c])
    while shore:
        _, _, r, c, number = heapq.heappop(shore)
        if regions[r, c] == 0:
            regions[r, c] = number
            beside(r, c, number)
    return regions


def runs_off_the_edge(land, markers):
    regions, turn = markers.copy(), 0
    shore = [(land[r, c], 0, r, c) for r, c in np.argwhere(markers)]
    heapq.heapify(shore)
    while shore:
        _, _, row, column = heapq.heappop(shore)
        for r, c in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
            if r < land.shape[0] and c < land.shape[1] and regions[r, c] == 0:
                regions[r, c] = regions[row, column]
                turn += 1
                heapq.heappush(shore, (land[r, c], turn, r % land.shape[0], c % land.shape[1]))
    return regions


def adds_up(land, markers):
    regions = markers.copy()
    shore = [(land[r, c], r, c) for r, c in np.argwhere(markers)]
    heapq.heapify(shore)
    while shore:
        so_far, row, column = heapq.heappop(shore)
        for r, c in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
            if 0 <= r < land.shape[0] and 0 <= c < land.shape[1] and regions[r, c] == 0:
                regions[r, c] = regions[row, column]
                heapq.heappush(shore, (so_far + land[r, c], r, c))
    return regions


def one_spring_after_the_other(land, markers):
    regions = markers.copy()
    for number in np.unique(markers[markers > 0]):
        alone = _flood(land, np.where(markers == number, number, 0))
        regions = np.where(regions == 0, np.where(markers > 0, markers, alone), regions)
    return regions


def slow_arrival(land, start):
    level = np.where(start, land, np.inf)
    for _ in range(land.size):
        wide = np.pad(level, 1, constant_values=np.inf)
        near = np.minimum.reduce([wide[:-2, 1:-1], wide[2:, 1:-1], wide[1:-1, :-2], wide[1:-1, 2:], level])
        level = np.maximum(land, near)
    return level


def numbered_anew(land, markers):
    return np.unique(_flood(land, markers), return_inverse=True)[1].reshape(land.shape) + 1


def ties_to_the_lowest_number(land, markers):
    levels = [slow_arrival(land, markers == name) for name in np.unique(markers[markers > 0])]
    return np.unique(markers[markers > 0])[np.argmin(levels, axis=0)]


def with_a_line(land, markers):
    return segment.watershed(land, markers, line=True)


def by_place_first(land, markers):
    regions = markers.copy()
    shore = [(r, c, land[r, c]) for r, c in np.argwhere(markers)]
    heapq.heapify(shore)
    while shore:
        row, column, _ = heapq.heappop(shore)
        for r, c in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
            if 0 <= r < land.shape[0] and 0 <= c < land.shape[1] and regions[r, c] == 0:
                regions[r, c] = regions[row, column]
                heapq.heappush(shore, (r, c, land[r, c]))
    return regions


def by_the_text(land, markers):
    """Word for word: a list and `min`, which begins with the springs at their own heights."""
    regions = markers.copy()
    queue = [(land[r, c], r, c) for r, c in zip(*np.nonzero(markers), strict=True)]
    while queue:
        place = min(queue)
        queue.remove(place)
        _, row, column = place
        for r, c in [(row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)]:
            if r in range(land.shape[0]) and c in range(land.shape[1]) and not regions[r, c]:
                regions[r, c] = regions[row, column]
                queue.append((land[r, c], r, c))
    return regions.tolist()


def numbered_when_handed_out(land, markers):
    """A place gets its number when its turn comes, as in Meyer's paper."""
    regions, turn = np.zeros(land.shape), 0
    shore = [(land[r, c], 0, r, c, markers[r, c]) for r, c in np.argwhere(markers)]
    heapq.heapify(shore)
    while shore:
        _, _, row, column, number = heapq.heappop(shore)
        if regions[row, column]:
            continue
        regions[row, column] = number
        for r, c in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
            if 0 <= r < land.shape[0] and 0 <= c < land.shape[1] and not regions[r, c] and not markers[r, c]:
                turn += 1
                heapq.heappush(shore, (land[r, c], turn, r, c, number))
    return regions


def with_a_heap(land, markers):
    return _flood(land, markers)


def from_the_package(land, markers):
    return segment.watershed(land, markers)


def by_the_formula(land, markers):
    return np.where(markers > 0, markers, ties_to_the_lowest_number(land, markers))


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
        (one_slice_short_and_no_error, "own height belongs to the way"),
        (only_the_ends, "highest of all places between"),
        (lowest_spring, "highest of all places between"),
        (from_the_left, "highest of all places between"),
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
        (above_the_level, "> or >="),
        (minus_one_where_unsure, "where is the flood"),
        (flooded_the_doubt, "doubt of the evidence"),
        (unsure_as_markers, "or 0 where unsure"),
        (eight_neighbours_of_evidence, "four neighbours"),
        (each_class_its_own_best, "its own best"),
        (share_of_the_highest, "highest probability in the picture"),
        (each_class_apart, "no axis for the classes"),
    ],
    "3": [
        (first_come, "OLDEST"),
        (eight_neighbours, "touch only at a corner"),
        (highest_first, "LOWEST of the whole shore"),
        (one_sweep, "still dry"),
        (painted_over, "painted over"),
        (newest_first, "LOWEST of the whole shore"),
        (late_comers_take_all, "who is wet stays"),
        (springs_flow_at_once, "The lake must rise to it first"),
        (runs_off_the_edge, "index -1"),
        (adds_up, "nothing is added up"),
        (one_spring_after_the_other, "whoever's water it is"),
        (numbered_anew, "only places that are still 0"),
        (with_a_line, "still dry"),
        (ties_to_the_lowest_number, "A marked place keeps its number"),
        (by_place_first, "What comes first in the tuples"),
    ],
}
RIGHT = {
    "1": [by_slices, by_accumulation, by_flooding, in_plain_loops, without_the_place_itself],
    "2": [by_package, by_hand, in_loops_with_a_heap, in_float32],
    "3": [with_a_heap, from_the_package, by_the_formula, by_the_text, numbered_when_handed_out],
}
