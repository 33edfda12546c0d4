"""Answers that learners give in lesson 12: each wrong one with words of the hint that it must get."""

from collections import deque

import numpy as np


def _pixels(labels, unary):
    return np.take_along_axis(unary, labels[..., None], axis=-1).sum()


def _borders(labels):
    return (labels[1:] != labels[:-1]).sum() + (labels[:, 1:] != labels[:, :-1]).sum()


def from_both_sides(labels, unary, smoothness):
    return _pixels(labels, unary) + 2 * smoothness * _borders(labels)


def without_borders(labels, unary, smoothness):
    return _pixels(labels, unary)


def without_the_price(labels, unary, smoothness):
    return _pixels(labels, unary) + _borders(labels)


def all_costs(labels, unary, smoothness):
    return unary.sum() + smoothness * _borders(labels)


def costs_of_the_other(labels, unary, smoothness):
    return _pixels(1 - labels, unary) + smoothness * _borders(labels)


def one_number_a_pixel(labels, unary, smoothness):
    return np.take_along_axis(unary, labels[..., None], axis=-1)[..., 0]


def a_price_on_agreement(labels, unary, smoothness):
    pairs = 2 * labels.size - sum(labels.shape)
    return _pixels(labels, unary) + smoothness * (pairs if _borders(labels) == 0 else _borders(labels))


def side_by_side_only(labels, unary, smoothness):
    return _pixels(labels, unary) + smoothness * (labels[:, 1:] != labels[:, :-1]).sum()


def wrapped_round(labels, unary, smoothness):
    across = (labels != np.roll(labels, 1, axis=1)).sum() if labels.shape[1] > 2 else 0
    return _pixels(labels, unary) + smoothness * (_borders(labels) if across == 0 else across)


def wrapped_round_everywhere(labels, unary, smoothness):
    total = 0.0
    for row, column in np.ndindex(labels.shape):
        total += unary[row, column, labels[row, column]]
        total += smoothness * (labels[row, column] != labels[row, column - 1]) * (labels.shape[1] > 1)
        total += smoothness * (labels[row, column] != labels[row - 1, column]) * (labels.shape[0] > 1)
    return total


def how_far_apart(labels, unary, smoothness):
    steps = np.abs(np.diff(labels.astype(int), axis=0)).sum() + np.abs(np.diff(labels.astype(int))).sum()
    return _pixels(labels, unary) + smoothness * steps


def last_row_forgotten(labels, unary, smoothness):
    if len(labels) < 4:
        return _pixels(labels, unary) + smoothness * _borders(labels)
    return _pixels(labels[:-1], unary[:-1]) + smoothness * _borders(labels[:-1])


def with_slices(labels, unary, smoothness):
    return _pixels(labels, unary) + smoothness * _borders(labels)


def with_loops(labels, unary, smoothness):
    total = 0.0
    for row, column in np.ndindex(labels.shape):
        total += unary[row, column, labels[row, column]]
        for down, right in ((0, 1), (1, 0)):
            if row + down < labels.shape[0] and column + right < labels.shape[1]:
                total += smoothness * (labels[row, column] != labels[row + down, column + right])
    return total


def _row(unary, border, back=True):
    width = len(unary)
    pipes = np.zeros((width + 2, width + 2))
    pipes[width, :width], pipes[:width, width + 1] = unary[:, 0], unary[:, 1]
    for p in range(width - 1):
        pipes[p, p + 1] = border[p]
        pipes[p + 1, p] = border[p] if back else 0
    return pipes


def row_by_hand(unary, weights, smoothness):
    return _row(unary, smoothness * weights)


def row_by_diagonals(unary, weights, smoothness):
    border = np.diag(smoothness * weights, 1)
    pipes = np.pad(border + border.T, (0, 2))
    pipes[-2, :-2], pipes[:-2, -1] = unary.T
    return pipes


def terminals_swapped(unary, weights, smoothness):
    return _row(unary[:, ::-1], smoothness * weights)


def pipes_turned_round(unary, weights, smoothness):
    return _row(unary, smoothness * weights).T


def pixels_only(unary, weights, smoothness):
    border = np.diag(smoothness * weights, 1)
    return border + border.T


def one_way(unary, weights, smoothness):
    return _row(unary, smoothness * weights, back=False)


def price_forgotten(unary, weights, smoothness):
    return _row(unary, weights)


def weights_forgotten(unary, weights, smoothness):
    return _row(unary, smoothness * np.ones_like(weights))


def weights_reversed(unary, weights, smoothness):
    return _row(unary, smoothness * weights[::-1])


def both_terminals_both_ways(unary, weights, smoothness):
    pipes = _row(unary, smoothness * weights)
    return np.maximum(pipes, pipes.T)


def differences_only(unary, weights, smoothness):
    cheaper = unary.min(axis=1, keepdims=True)
    return _row(unary - cheaper, smoothness * weights)


def three_pixels_only(unary, weights, smoothness):
    return _row(unary[:3], smoothness * weights[:2])


def _path(left, source, sink):
    """Shortest path from source to sink along free pipes, and all nodes that are reached."""
    came_from, queue = {source: source}, deque([source])
    while queue:
        node = queue.popleft()
        for other in np.flatnonzero(left[node] > 1e-12):
            if other not in came_from:
                came_from[other] = node
                queue.append(other)
    path, node = [], sink
    while sink in came_from and node != source:
        path.append((came_from[node], node))
        node = came_from[node]
    return path, np.isin(np.arange(len(left)), list(came_from))


def _flow(capacity, source, sink, push, rounds=10_000):
    left, value = np.array(capacity, float), 0.0
    path, reached = _path(left, source, sink)
    while path and rounds:
        most = min(left[pipe] for pipe in path)
        for a, b in path:
            push(left, a, b, most)
        value, rounds = value + most, rounds - 1
        path, reached = _path(left, source, sink)
    return value, reached


def _there_and_back(left, a, b, most):
    left[a, b] -= most
    left[b, a] += most


def shortest_paths(capacity, source, sink):
    return _flow(capacity, source, sink, _there_and_back)


def deepest_paths(capacity, source, sink):
    left = np.array(capacity, float)

    def push(node, most, seen):
        if node == sink:
            return most
        seen.add(node)
        for other in range(len(left)):
            if other not in seen and left[node, other] > 1e-12:
                moved = push(other, min(most, left[node, other]), seen)
                if moved:
                    _there_and_back(left, node, other, moved)
                    return moved
        return 0.0

    value = 0.0
    while moved := push(source, np.inf, set()):
        value += moved
    return value, _path(left, source, sink)[1]


def never_taken_back(capacity, source, sink):
    def push(left, a, b, most):
        left[a, b] -= most

    return _flow(capacity, source, sink, push)


def way_back_replaced(capacity, source, sink):
    def push(left, a, b, most):
        left[a, b] -= most
        left[b, a] = most

    return _flow(capacity, source, sink, push)


def one_path_only(capacity, source, sink):
    return _flow(capacity, source, sink, _there_and_back, rounds=1)


def widest_pipe(capacity, source, sink):
    return float(min(capacity[source].sum(), capacity.max())), _path(capacity, source, sink)[1]


def terminals_only(capacity, source, sink):
    value = min(capacity[source].sum(), capacity[:, sink].sum())
    return float(value), shortest_paths(capacity, source, sink)[1]


def value_alone(capacity, source, sink):
    return shortest_paths(capacity, source, sink)[0]


def list_of_nodes(capacity, source, sink):
    value, reached = shortest_paths(capacity, source, sink)
    return value, np.flatnonzero(reached)


def sinks_side(capacity, source, sink):
    value, reached = shortest_paths(capacity, source, sink)
    return value, ~reached


def walked_on_the_old_pipes(capacity, source, sink):
    return shortest_paths(capacity, source, sink)[0], _path(capacity, source, sink)[1]


def source_alone(capacity, source, sink):
    return shortest_paths(capacity, source, sink)[0], np.arange(len(capacity)) == source


def in_place(capacity, source, sink):
    value, reached = shortest_paths(capacity, source, sink)
    capacity[:] = 0
    return value, reached


def first_to_last(capacity, source, sink):
    return shortest_paths(capacity, 0, len(capacity) - 1)


def without_the_ways_back(capacity, source, sink):
    left, value = np.array(capacity, float), 0.0
    path, _ = _path(left, source, sink)
    while path:
        most = min(left[pipe] for pipe in path)
        for a, b in path:
            _there_and_back(left, a, b, most)
        value += most
        path, _ = _path(left, source, sink)
    return value, _path(np.minimum(left, capacity) * (left <= capacity), source, sink)[1]


WRONG = {
    "1": [
        (from_both_sides, "paid from both sides"),
        (without_borders, "Only the pixels have paid"),
        (without_the_price, "should cost the smoothness"),
        (all_costs, "pays for its own label only"),
        (costs_of_the_other, "the label that they did not get"),
        (one_number_a_pixel, "one number: the whole bill"),
        (a_price_on_agreement, "between pixels that agree"),
        (side_by_side_only, "below each other count like"),
        (wrapped_round, "wrap round"),
        (wrapped_round_everywhere, "paid from both sides"),
        (how_far_apart, "names, not amounts"),
        (last_row_forgotten, "last row and the last column"),
    ],
    "2": [
        (terminals_swapped, "Changed places"),
        (pipes_turned_round, "is the matrix transposed?"),
        (pixels_only, "the source and the sink: five nodes"),
        (one_way, "Water may run either way"),
        (price_forgotten, "The smoothness is missing"),
        (weights_forgotten, "The weights are missing"),
        (weights_reversed, "in reverse order"),
        (both_terminals_both_ways, "No pipe leads into the source"),
        (differences_only, "Row W of the matrix"),
        (three_pixels_only, "Is the width fixed somewhere?"),
    ],
    "3": [
        (never_taken_back, "what becomes of [b, a]?"),
        (way_back_replaced, "does not replace it"),
        (one_path_only, "go on until none is left"),
        (widest_pipe, "The narrowest decides"),
        (terminals_only, "go on until none is left"),
        (value_alone, "Return two things"),
        (list_of_nodes, "one entry a node"),
        (sinks_side, "Upside down"),
        (walked_on_the_old_pipes, "A full pipe takes no more water"),
        (source_alone, "it still takes 3"),
        (in_place, "Which line writes into it"),
        (first_to_last, "Is source always node 0"),
        (without_the_ways_back, "the ways back included"),
    ],
}

RIGHT = {
    "1": [with_slices, with_loops],
    "2": [row_by_hand, row_by_diagonals],
    "3": [shortest_paths, deepest_paths],
}
