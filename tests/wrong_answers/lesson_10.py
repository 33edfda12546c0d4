"""Answers that learners give in lesson 10: each wrong one with words of the hint that it must get."""

import math
from fractions import Fraction
from itertools import pairwise

import numpy as np

from mmseg_edu import segment


def printed_rule(mask, p):
    return (mask * p).sum()


def inside_only(mask, p):
    return np.log(p[mask == 1]).sum()


def log_odds_only(mask, p):
    return (mask * np.log(p / (1 - p))).sum()


def outside_like_inside(mask, p):
    return np.log(p).sum()


def probability(mask, p):
    return np.where(mask == 1, p, 1 - p).prod()


def energy_of_the_mask(mask, p):
    return -np.log(np.where(mask == 1, p, 1 - p)).sum()


def mean_of_logs(mask, p):
    return np.log(np.where(mask == 1, p, 1 - p)).mean()


def each_pixel(mask, p):
    return np.log(np.where(mask == 1, p, 1 - p))


def nan_where_certain(mask, p):
    return (mask * np.log(p) + (1 - mask) * np.log(1 - p)).sum()


def log_of_the_product(mask, p):
    return np.log(np.where(mask == 1, p, 1 - p).prod())


def damped(mask, p):
    return np.log(np.where(mask == 1, p, 1 - p) + 1e-3).sum()


def inverted_bits(mask, p):
    return np.log(np.where(~mask, p, 1 - p)).sum()


def chosen_then_logged(mask, p):
    return np.log(np.where(mask == 1, p, 1 - p)).sum()


def with_a_tiny_floor(mask, p):
    p = np.clip(p, 1e-12, 1 - 1e-12)
    return np.sum(mask * np.log(p) + (1 - mask) * np.log1p(-p))


def with_two_sums(mask, p):
    return np.log(p[mask == 1]).sum() + np.log(1 - p[mask == 0]).sum()


def _data(labels, unary):
    return np.take_along_axis(unary, labels[..., None].astype(int), axis=-1).sum()


def _border(labels):
    return (labels[1:] != labels[:-1]).sum() + (labels[:, 1:] != labels[:, :-1]).sum()


def counted_twice(labels, unary, smoothness):
    return _data(labels, unary) + 2 * smoothness * _border(labels)


def around_the_corner(labels, unary, smoothness):
    rolled = sum((labels != np.roll(labels, 1, axis)).sum() for axis in (0, 1))
    return _data(labels, unary) + smoothness * rolled


def around_the_corner_of_larger_ones(labels, unary, smoothness):
    rolled = sum((labels != np.roll(labels, 1, axis)).sum() for axis in (0, 1) if labels.shape[axis] > 2)
    small = sum((np.diff(labels, axis=axis) != 0).sum() for axis in (0, 1) if labels.shape[axis] == 2)
    return _data(labels, unary) + smoothness * (rolled + small)


def with_diagonals(labels, unary, smoothness):
    diagonal = (labels[1:, 1:] != labels[:-1, :-1]).sum() + (labels[1:, :-1] != labels[:-1, 1:]).sum()
    return _data(labels, unary) + smoothness * (_border(labels) + diagonal)


def across_only(labels, unary, smoothness):
    return _data(labels, unary) + smoothness * (labels[:, 1:] != labels[:, :-1]).sum()


def labels_as_amounts(labels, unary, smoothness):
    jumps = sum(np.abs(np.diff(labels.astype(int), axis=axis)).sum() for axis in (0, 1))
    return _data(labels, unary) + smoothness * jumps


def what_they_would_like(labels, unary, smoothness):
    return unary.min(axis=-1).sum() + smoothness * _border(labels)


def all_costs(labels, unary, smoothness):
    return unary.sum() + smoothness * _border(labels)


def border_only(labels, unary, smoothness):
    return smoothness * _border(labels)


def smoothness_forgotten(labels, unary, smoothness):
    return _data(labels, unary) + _border(labels)


def smoothness_times_everything(labels, unary, smoothness):
    return smoothness * (_data(labels, unary) + _border(labels))


def two_classes_only(labels, unary, smoothness):
    data = np.where(labels == 1, unary[..., 1], unary[..., 0]).sum()
    return data + smoothness * _border(labels)


def with_take_along_axis(labels, unary, smoothness):
    return _data(labels, unary) + smoothness * _border(labels)


def with_loops(labels, unary, smoothness):
    height, width = labels.shape
    total = 0.0
    for row in range(height):
        for column in range(width):
            total += unary[row, column, labels[row, column]]
            if row + 1 < height and labels[row, column] != labels[row + 1, column]:
                total += smoothness
            if column + 1 < width and labels[row, column] != labels[row, column + 1]:
                total += smoothness
    return total


def each_alone(unary, smoothness):
    return unary.argmin(axis=-1)


def icm_again(unary, smoothness):
    return segment.icm(unary, smoothness=smoothness)


def with_its_energies(unary, smoothness):
    return segment.icm(unary, smoothness=smoothness, return_energies=True)


def costs_as_labels(unary, smoothness):
    return unary.min(axis=-1)


def maximised(unary, smoothness):
    return unary.argmax(axis=-1)


def all_background(unary, smoothness):
    return np.zeros(unary.shape[:2], int)


def price_raised_slowly(unary, smoothness):
    labels = unary.argmin(axis=-1)
    for price in np.linspace(0, smoothness, 11):
        labels = segment.icm(unary, smoothness=price, start=labels)
    return labels


def from_constants_too(unary, smoothness):
    starts = [np.full(unary.shape[:2], k) for k in range(unary.shape[-1])] + [unary.argmin(axis=-1)]
    ends = [segment.icm(unary, smoothness=smoothness, start=start) for start in starts]
    return min(ends, key=lambda labels: segment.energy(labels, unary, smoothness=smoothness))


def twenty_starts(unary, smoothness):
    random = np.random.default_rng(0)
    starts = random.integers(0, unary.shape[-1], size=(20, *unary.shape[:2]))
    ends = [segment.icm(unary, smoothness=smoothness, start=start) for start in starts]
    return min(ends, key=lambda labels: segment.energy(labels, unary, smoothness=smoothness))


def the_next_lesson(unary, smoothness):
    return segment.graph_cut(unary, smoothness=smoothness)


def every_labelling(unary, smoothness):
    return segment.brute_force(unary, smoothness=smoothness)


def _anneal(unary, smoothness, temperatures, seed=0):
    random, labels = np.random.default_rng(seed), unary.argmin(axis=-1)
    board = np.indices(labels.shape).sum(axis=0) % 2
    for warmth in temperatures:
        for colour in (0, 1):
            votes = np.pad(np.eye(unary.shape[-1])[labels], ((1, 1), (1, 1), (0, 0)))
            friends = votes[:-2, 1:-1] + votes[2:, 1:-1] + votes[1:-1, :-2] + votes[1:-1, 2:]
            cost = unary - smoothness * friends - warmth * random.gumbel(size=unary.shape)
            labels = np.where(board == colour, cost.argmin(axis=-1), labels)
    return labels


def never_cooled(unary, smoothness):
    return _anneal(unary, smoothness, np.full(50, 2.0))


def annealed(unary, smoothness):
    labels = _anneal(unary, smoothness, np.geomspace(2.0, 0.1, 100))
    return segment.icm(unary, smoothness=smoothness, start=labels)


def two_labels_only(unary, smoothness):
    return annealed(unary[..., :2], smoothness)


def annealed_in_a_line(unary, smoothness):
    ends = [_anneal(unary, smoothness, np.linspace(1.5, 0.02, 80), seed) for seed in range(2)]
    return min(ends, key=lambda labels: segment.energy(labels, unary, smoothness=smoothness))


def inside_out(mask, p):
    return np.log(np.where(mask == 0, p, 1 - p)).sum()


def log_of_a_sum(mask, p):
    return np.log(np.where(mask == 1, p, 1 - p).sum())


def common_logarithm(mask, p):
    return np.log10(np.where(mask == 1, p, 1 - p)).sum()


def a_constant(mask, p):
    return math.log(0.9)


def in_fractions(mask, p):
    total = 0.0
    for inside, chance in zip(np.ravel(mask), np.ravel(p), strict=True):
        total += math.log(Fraction(float(chance)) if inside else 1 - Fraction(float(chance)))
    return total


def in_single_precision(mask, p):
    q = np.where(mask == 1, p, 1 - p).astype(np.float32)
    return np.log(q).sum(dtype=np.float32)


def subtracted(labels, unary, smoothness):
    return _data(labels, unary) - smoothness * _border(labels)


def mean_energy(labels, unary, smoothness):
    return (_data(labels, unary) + smoothness * _border(labels)) / labels.size


def down_only(labels, unary, smoothness):
    return _data(labels, unary) + smoothness * (labels[1:] != labels[:-1]).sum()


def three_and_a_half(labels, unary, smoothness):
    return 6.5


def pairs_that_agree(labels, unary, smoothness):
    alike = (labels[1:] == labels[:-1]).sum() + (labels[:, 1:] == labels[:, :-1]).sum()
    return _data(labels, unary) + smoothness * alike


def by_the_package(labels, unary, smoothness):
    return segment.energy(labels, unary, smoothness=smoothness)


def with_one_hot(labels, unary, smoothness):
    chosen = np.eye(unary.shape[-1])[labels]
    alike = (chosen[1:] * chosen[:-1]).sum() + (chosen[:, 1:] * chosen[:, :-1]).sum()
    pairs = 2 * labels.size - labels.shape[0] - labels.shape[1]
    return np.einsum("hwk,hwk->", chosen, unary) + smoothness * (pairs - alike)


def with_lists(labels, unary, smoothness):
    rows = labels.tolist()
    border = sum(a != b for row in rows for a, b in pairwise(row))
    border += sum(a != b for row, below in pairwise(rows) for a, b in zip(row, below, strict=True))
    data = sum(unary[i, j, k] for i, row in enumerate(rows) for j, k in enumerate(row))
    return Fraction(float(data)) + Fraction(smoothness) * border


def annealed_as_a_list(unary, smoothness):
    labels = _anneal(unary.astype(np.float32), smoothness, np.geomspace(1.5, 0.05, 150), seed=3)
    return segment.icm(unary, smoothness=smoothness, start=labels).tolist()


WRONG = {
    "1": [
        (printed_rule, "not heard at all"),
        (inside_only, "Only the inside counts"),
        (log_odds_only, "the same for every mask is missing"),
        (inside_out, "swapped"),
        (log_of_a_sum, "The logarithm of a sum"),
        (common_logarithm, "That is log10"),
        (a_constant, "Multiply, take the logarithm"),
        (outside_like_inside, "contributes 1 - p"),
        (probability, "The logarithm of it"),
        (energy_of_the_mask, "at most 0"),
        (mean_of_logs, "the logarithms add"),
        (each_pixel, "One number for the whole mask"),
        (nan_where_certain, "0 times log 0"),
        (log_of_the_product, "smaller than the smallest float"),
        (damped, "p [0.9, 0.4], the first pixel inside"),
        (inverted_bits, "p [0.9, 0.4], the first pixel inside"),
    ],
    "2": [
        (counted_twice, "counted twice"),
        (around_the_corner, "goes around the corner"),
        (subtracted, "The border is subtracted"),
        (mean_energy, "An energy is a sum"),
        (down_only, "across AND down"),
        (three_and_a_half, "the border has two steps"),
        (around_the_corner_of_larger_ones, "goes around the corner"),
        (with_diagonals, "Diagonal pairs are counted"),
        (across_only, "across AND down"),
        (labels_as_amounts, "Labels are names"),
        (what_they_would_like, "that of the label it has"),
        (all_costs, "All costs are added up"),
        (border_only, "The data term is missing"),
        (smoothness_forgotten, "not multiplied by the smoothness"),
        (smoothness_times_everything, "multiplied by the smoothness, too"),
        (two_classes_only, "to two classes"),
        (pairs_that_agree, "Are those counted that are alike?"),
        (by_the_package, "segment.energy"),
    ],
    "3": [
        (each_alone, "this is where ICM stops"),
        (icm_again, "this is where ICM stops"),
        (with_its_energies, "return the labels only"),
        (costs_as_labels, "Labels are the numbers of classes"),
        (maximised, "should be minimised"),
        (all_background, "should be minimised"),
        (price_raised_slowly, "this is where ICM stops"),
        (from_constants_too, "still in a hole"),
        (twenty_starts, "starting again and again helps slowly"),
        (the_next_lesson, "lesson 12 builds one"),
        (every_labelling, "brute force allows at most"),
        (never_cooled, "Not the optimum"),
        (two_labels_only, "Do all K labels take part"),
    ],
}

RIGHT = {
    "1": [chosen_then_logged, with_a_tiny_floor, with_two_sums, in_fractions, in_single_precision],
    "2": [with_take_along_axis, with_loops, with_one_hot, with_lists],
    "3": [annealed, annealed_in_a_line, annealed_as_a_list],
}
