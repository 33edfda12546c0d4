"""Answers that learners give in lesson 12: each wrong one with words of the hint that it must get."""

from collections import deque
from fractions import Fraction

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, maximum_flow

from mmseg_edu.segment import energy, graph_cut, icm


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


def with_fractions(labels, unary, smoothness):
    costs = [Fraction(float(c)) for c in np.take_along_axis(unary, labels[..., None], axis=-1).ravel()]
    return sum(costs) + Fraction(float(smoothness)) * int(_borders(labels))


def row_of_lists(unary, weights, smoothness):
    return _row(unary, smoothness * weights).astype(np.float32).tolist()


def another_library(capacity, source, sink):
    whole = csr_array((64 * capacity).round().astype(np.int32))
    found = maximum_flow(whole, source, sink)
    left = (whole - found.flow).astype(float)
    left.eliminate_zeros()
    reached = breadth_first_order(csr_array(left), source, return_predecessors=False)
    return found.flow_value / 64, np.isin(np.arange(len(capacity)), reached)


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


def whole_numbers_only(unary, weights, smoothness):
    return _row(unary, smoothness * weights).astype(int)


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


def _black(unary):
    return np.indices(unary.shape[:2]).sum(axis=0) % 2 == 1


def _cut_swapped(unary, reward, black):
    return graph_cut(np.where(black[..., None], unary[..., ::-1], unary), smoothness=reward)


def contrary(unary, reward):
    return _cut_swapped(unary, reward, _black(unary)) ^ _black(unary)


def contrary_on_white(unary, reward):
    white = ~_black(unary)
    return (_cut_swapped(unary, reward, white) == 1) != white


def contrary_by_loops(unary, reward):
    height, width = unary.shape[:2]
    swapped = [[list(unary[r, c])[:: 1 - 2 * ((r + c) % 2)] for c in range(width)] for r in range(height)]
    cut = graph_cut(swapped, smoothness=reward).tolist()
    return [[1 - cut[r][c] if (r + c) % 2 else cut[r][c] for c in range(width)] for r in range(height)]


def contrary_by_scipy(unary, reward):
    """Another library's flow, and float32."""
    theta = (unary[..., 1] - unary[..., 0]) * np.where(_black(unary), -1, 1)
    number, s, t = np.arange(theta.size).reshape(theta.shape), theta.size, theta.size + 1
    pipes = [(s, number, np.maximum(-theta, 0)), (number, t, np.maximum(theta, 0))]
    for a, b in ((number[1:], number[:-1]), (number[:, 1:], number[:, :-1])):
        pipes += [(a, b, reward), (b, a, reward)]
    tail, head, width = np.concatenate(
        [np.stack(np.broadcast_arrays(*p)).reshape(3, -1) for p in pipes], axis=1
    )
    whole = (width * 1e6).astype(np.int32)
    network = csr_array((whole, (tail.astype(int), head.astype(int))), shape=(t + 1, t + 1))
    left = (network - maximum_flow(network, s, t).flow).astype(float)
    left.eliminate_zeros()
    ones = np.isin(number, breadth_first_order(csr_array(left), s, return_predecessors=False))
    return (ones ^ _black(unary)).astype(np.float32)


def reward_as_a_price(unary, reward):
    return graph_cut(unary, smoothness=reward)


def negative_price(unary, reward):
    return graph_cut(unary, smoothness=-reward)


def each_for_itself(unary, reward):
    return unary.argmin(axis=-1)


def not_swapped_back(unary, reward):
    return _cut_swapped(unary, reward, _black(unary))


def labels_swapped_only(unary, reward):
    return graph_cut(unary, smoothness=reward) ^ _black(unary)


def wrong_squares_back(unary, reward):
    return _cut_swapped(unary, reward, _black(unary)) ^ ~_black(unary)


def every_second_row(unary, reward):
    rows = np.indices(unary.shape[:2])[0] % 2 == 1
    return _cut_swapped(unary, reward, rows) ^ rows


def every_second_column(unary, reward):
    black = np.indices(unary.shape[:2])[1] % 2 == 1
    return _cut_swapped(unary, reward, black) ^ black


def reward_halved(unary, reward):
    return contrary(unary, reward / 2)


def reward_counted_twice(unary, reward):
    return _cut_swapped(unary, 2 * reward, _black(unary)) ^ _black(unary)


def reward_left_out(unary, reward):
    return _cut_swapped(unary, 1.0, _black(unary)) ^ _black(unary)


def board_alone(unary, reward):
    return _black(unary)


def board_of_nine(unary, reward):
    black = np.arange(9).reshape(3, 3) % 2 == 1
    return _cut_swapped(unary, reward, black) ^ black


def odd_numbers_are_black(unary, reward):
    black = np.arange(unary[..., 0].size).reshape(unary.shape[:2]) % 2 == 1
    return _cut_swapped(unary, reward, black) ^ black


def swapped_in_place(unary, reward):
    unary[_black(unary)] = unary[_black(unary)][:, ::-1]
    return graph_cut(unary, smoothness=reward) ^ _black(unary)


def pixel_by_pixel(unary, reward):
    black = _black(unary)
    small = unary[..., 0].size <= 10
    start = contrary(unary, reward) ^ black if small else unary.argmin(axis=-1) ^ black
    return icm(np.where(black[..., None], unary[..., ::-1], unary), smoothness=reward, start=start) ^ black


def bill_alone(unary, reward):
    return energy(contrary(unary, reward), unary, smoothness=reward)


WRONG = {
    "1": [
        (from_both_sides, "paid twice: from both sides"),
        (without_borders, "Only the pixels have paid"),
        (without_the_price, "should cost the smoothness"),
        (all_costs, "pays for its own label only"),
        (costs_of_the_other, "the label that they did not get"),
        (one_number_a_pixel, "one number: the whole bill"),
        (a_price_on_agreement, "between pixels that agree"),
        (side_by_side_only, "below each other count like"),
        (wrapped_round, "wrap round"),
        (wrapped_round_everywhere, "round the edge by index -1"),
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
        (whole_numbers_only, "lost their fractions"),
        (three_pixels_only, "Is the width fixed somewhere?"),
    ],
    "3": [
        (never_taken_back, "what becomes of [b, a]?"),
        (way_back_replaced, "does not replace it"),
        (one_path_only, "go on until none is left"),
        (widest_pipe, "The narrowest decides"),
        (terminals_only, "go on until none is left"),
        (value_alone, "got one result, 2: Return two things"),
        (list_of_nodes, "one entry a node"),
        (sinks_side, "Upside down"),
        (walked_on_the_old_pipes, "A full pipe takes no more water"),
        (source_alone, "it still takes 3"),
        (in_place, "Which line writes into it"),
        (first_to_last, "Is source always node 0"),
        (without_the_ways_back, "the ways back included"),
    ],
    "4": [
        (reward_as_a_price, "charged as the price of a border"),
        (negative_price, "smoothness must be a finite number >= 0"),
        (each_for_itself, "the reward changes nothing"),
        (not_swapped_back, "Swap those of the black squares back"),
        (labels_swapped_only, "were not swapped, only the labels"),
        (wrong_squares_back, "Upside down"),
        (every_second_row, "neighbours within a row"),
        (every_second_column, "neighbours within a column"),
        (reward_counted_twice, "Each pair earns it once"),
        (reward_halved, "Each pair earns all of it, once"),
        (reward_left_out, "taken to be 1"),
        (board_alone, "the pixels' costs count too"),
        (board_of_nine, "raises"),
        (odd_numbers_are_black, "where row + column is odd"),
        (swapped_in_place, "Which line writes into it"),
        (pixel_by_pixel, "local optimum"),
        (bill_alone, "one label for each pixel"),
    ],
}

RIGHT = {
    "1": [with_slices, with_loops, with_fractions],
    "2": [row_by_hand, row_by_diagonals, row_of_lists],
    "3": [shortest_paths, deepest_paths, another_library],
    "4": [contrary, contrary_on_white, contrary_by_loops, contrary_by_scipy],
}
