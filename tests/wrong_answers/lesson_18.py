"""Answers that learners give in lesson 18: each wrong one with words of the hint that it must get."""

import itertools
import math
from fractions import Fraction

import numpy as np

from mmseg_edu import explain

# 18.1


def alone(nothing, picture, sound, both):
    return picture - nothing, sound - nothing


def last(nothing, picture, sound, both):
    return both - sound, both - picture


def picture_first(nothing, picture, sound, both):
    return picture - nothing, both - picture


def sound_first(nothing, picture, sound, both):
    return both - sound, sound - nothing


def without_nothing(nothing, picture, sound, both):
    return (picture + both - sound) / 2, (sound + both - picture) / 2


def swapped(nothing, picture, sound, both):
    return by_two_orders(nothing, picture, sound, both)[::-1]


def not_halved(nothing, picture, sound, both):
    return picture - nothing + both - sound, sound - nothing + both - picture


def half_each(nothing, picture, sound, both):
    return [(both - nothing) / 2, (both - nothing) / 2]


def in_proportion(nothing, picture, sound, both):
    return [(both - nothing) * each / (picture + sound) for each in (picture, sound)]


def in_proportion_to_gains(nothing, picture, sound, both):
    gains = np.array([picture - nothing, sound - nothing])
    return (both - nothing) * gains / gains.sum()


def as_shares(nothing, picture, sound, both):
    values = np.abs(by_two_orders(nothing, picture, sound, both))
    return values / values.sum()


def of_the_whole(nothing, picture, sound, both):
    return np.array(by_two_orders(nothing, picture, sound, both)) / (both - nothing)


def forgot_the_other(nothing, picture, sound, both):
    return (picture - nothing + both) / 2, (sound - nothing + both) / 2


def without_sign(nothing, picture, sound, both):
    return np.abs(by_two_orders(nothing, picture, sound, both))


def never_below_zero(nothing, picture, sound, both):
    return np.maximum(by_two_orders(nothing, picture, sound, both), 0)


def the_sum_alone(nothing, picture, sound, both):
    return both - nothing


def a_constant(nothing, picture, sound, both):
    return [5, 3]


def by_the_package(nothing, picture, sound, both):
    return explain.shapley_values([nothing, picture, sound, both])


def by_two_orders(nothing, picture, sound, both):
    return (picture - nothing + both - sound) / 2, (sound - nothing + both - picture) / 2


def by_a_matrix(nothing, picture, sound, both):
    return np.array([[-1, 1, -1, 1], [-1, -1, 1, 1]]) @ np.array([nothing, picture, sound, both]) / 2


def by_the_rest(nothing, picture, sound, both):
    mine = 0.5 * (picture - nothing) + 0.5 * (both - sound)
    return np.float32([mine, both - nothing - mine])


def in_fractions(nothing, picture, sound, both):
    v, p, s, b = map(Fraction, (nothing, picture, sound, both))
    return [(p - v + b - s) / 2, (s - v + b - p) / 2]


# 18.2


def by_place(maps, gradients):
    return np.maximum(0, (maps * gradients).sum(axis=-1))


def summed_gradient(maps, gradients):
    return np.maximum(0, maps @ gradients.sum(axis=(0, 1)))


def cut_by_channel(maps, gradients):
    return np.maximum(0, maps * gradients.mean(axis=(0, 1))).sum(axis=-1)


def cut_weights(maps, gradients):
    return maps @ np.maximum(0, gradients.mean(axis=(0, 1)))


def cut_weights_then_map(maps, gradients):
    return np.maximum(0, cut_weights(maps, gradients))


def without_relu(maps, gradients):
    return maps @ gradients.mean(axis=(0, 1))


def sizes_of_gradients(maps, gradients):
    return np.maximum(0, maps @ np.abs(gradients).mean(axis=(0, 1)))


def sizes_of_weights(maps, gradients):
    return np.maximum(0, maps @ np.abs(gradients.mean(axis=(0, 1))))


def largest_gradient(maps, gradients):
    return np.maximum(0, maps @ gradients.max(axis=(0, 1)))


def changed_places(maps, gradients):
    return np.maximum(0, gradients @ maps.mean(axis=(0, 1)))


def over_channels(maps, gradients):
    return np.maximum(0, (maps * gradients.mean(axis=-1, keepdims=True)).sum(axis=-1))


def averaged_channels(maps, gradients):
    return np.maximum(0, (maps * gradients.mean(axis=(0, 1))).mean(axis=-1))


def stretched(maps, gradients):
    cam = with_matmul(maps, gradients)
    return cam / max(cam.max(), 1e-12)


def without_gradients(maps, gradients):
    return np.maximum(0, maps.sum(axis=-1))


def absolute_map(maps, gradients):
    return np.abs(without_relu(maps, gradients))


def channels_left(maps, gradients):
    return np.maximum(0, maps * gradients.mean(axis=(0, 1)))


def in_place(maps, gradients):
    maps *= gradients.mean(axis=(0, 1))
    return np.maximum(0, maps.sum(axis=-1))


def transposed(maps, gradients):
    return with_matmul(maps, gradients).T


def two_channels(maps, gradients):
    weights = gradients.mean(axis=(0, 1))
    return np.maximum(0, weights[0] * maps[..., 0] + weights[1] * maps[..., 1])


def by_the_package_2(maps, gradients):
    return explain.grad_cam(maps, gradients)


def with_matmul(maps, gradients):
    return np.maximum(0, maps @ gradients.mean(axis=(0, 1)))


def with_einsum(maps, gradients):
    return np.clip(np.einsum("uvk,abk->uv", maps, gradients) / gradients[..., 0].size, 0, None)


def with_loops(maps, gradients):
    weights = [gradients[:, :, k].mean() for k in range(maps.shape[2])]
    return [
        [max(0.0, sum(w * a for w, a in zip(weights, place, strict=True))) for place in row] for row in maps
    ]


def in_float32(maps, gradients):
    return with_matmul(maps.astype(np.float32), gradients.astype(np.float32))


# 18.3


def _by(values, weight):
    n = int(math.log2(len(values)))
    found = [0.0] * n
    for i in range(n):
        for c in range(2**n):
            if not c & (1 << i):
                found[i] += weight(bin(c).count("1"), n) * (values[c + (1 << i)] - values[c])
    return found


def banzhaf(values):
    return _by(values, lambda s, n: 1 / 2 ** (n - 1))


def first_only(values):
    return _by(values, lambda s, n: s == 0)


def last_only(values):
    return _by(values, lambda s, n: s == n - 1)


def counted_orders(values):
    return _by(values, lambda s, n: math.factorial(s) * math.factorial(n - s - 1))


def sizes_alone(values):
    return _by(values, lambda s, n: 1 / n)


def wrong_binomial(values):
    return _by(values, lambda s, n: 1 / (n * math.comb(n, s)))


def reversed_bits(values):
    return by_coalitions(values)[::-1]


def one_order(values):
    n = int(math.log2(len(values)))
    places = [2**i - 1 for i in range(n + 1)]
    return np.diff(np.asarray(values)[places])


def rotations(values):
    n = int(math.log2(len(values)))
    orders = [[(k + i) % n for i in range(n)] for k in range(n)]
    return _over(values, orders)


def _over(values, orders):
    found = np.zeros(len(orders[0]))
    for order in orders:
        seen = 0
        for i in order:
            found[i] += values[seen + 2**i] - values[seen]
            seen += 2**i
    return found / len(orders)


def shares(values):
    found = np.abs(by_coalitions(values))
    return found / found.sum()


def fractions_of_all(values):
    return np.array(by_coalitions(values)) / (values[-1] - values[0])


def two_senses(values):
    return [
        (values[1] - values[0] + values[3] - values[2]) / 2,
        (values[2] - values[0] + values[3] - values[1]) / 2,
    ]


def three_senses(values):
    if len(values) != 8:
        return np.zeros(int(math.log2(len(values))))
    return by_orders(values)


def a_few_random_orders(values):
    n = int(math.log2(len(values)))
    rng = np.random.default_rng(0)
    return _over(values, [rng.permutation(n) for _ in range(20)])


def equally(values):
    n = int(math.log2(len(values)))
    return np.full(n, (values[-1] - values[0]) / n)


def by_the_package_3(values):
    return explain.shapley_values(values)


def by_coalitions(values):
    return _by(values, lambda s, n: 1 / (n * math.comb(n - 1, s)))


def by_orders(values):
    n = len(values).bit_length() - 1
    return _over(np.asarray(values), list(itertools.permutations(range(n))))


def by_factorials(values):
    n = len(values).bit_length() - 1
    return np.float32(
        _by(values, lambda s, m: math.factorial(s) * math.factorial(m - s - 1) / math.factorial(n))
    )


def recursively(values):
    """The sense that comes last is each with chance 1 / n; before it, the others shared as ever."""
    values = np.asarray(values)
    n = len(values).bit_length() - 1
    found = np.zeros(n)
    for i in range(n):
        without = np.array([c for c in range(2**n) if not c >> i & 1])
        found[i] += values[-1] - values[without[-1]]
        if n > 1:
            found[np.arange(n) != i] += recursively(values[without])
    return found / n


WRONG = {
    1: [
        (alone, "when it comes first"),
        (last, "when it comes second"),
        (picture_first, "one of the two orders, picture first"),
        (sound_first, "one of the two orders, sound first"),
        (without_nothing, "score with nothing is missing"),
        (swapped, "changed places"),
        (not_halved, "added up. Average them"),
        (half_each, "Half for each"),
        (in_proportion, "what each scores alone"),
        (in_proportion_to_gains, "what each adds alone"),
        (as_shares, "shares of 1"),
        (of_the_whole, "fractions of the whole"),
        (forgot_the_other, "minus that of the other"),
        (without_sign, "may be negative"),
        (never_below_zero, "may be negative"),
        (the_sum_alone, "Two numbers"),
        (a_constant, "expected"),
        (by_the_package, "package's answer"),
    ],
    2: [
        (by_place, "its own gradient"),
        (summed_gradient, "not its sum"),
        (cut_by_channel, "First add, then cut off"),
        (cut_weights, "weights were cut off"),
        (cut_weights_then_map, "weights were cut off"),
        (without_relu, "cut off, after the sum"),
        (sizes_of_gradients, "sizes of the gradients"),
        (sizes_of_weights, "sizes of the weights"),
        (largest_gradient, "not its largest"),
        (changed_places, "gradients are averaged, the maps are weighed"),
        (over_channels, "Averaged over the channels"),
        (averaged_channels, "added up, not averaged"),
        (stretched, "Stretched to 1"),
        (without_gradients, "gradients are not used"),
        (absolute_map, "cut off below 0"),
        (channels_left, "the channels are added up"),
        (in_place, "writes into it"),
        (transposed, "Rows and columns"),
        (two_channels, "Is a shape written into the code?"),
        (by_the_package_2, "package's answer"),
    ],
    3: [
        (banzhaf, "Banzhaf"),
        (first_only, "What each adds to nobody"),
        (last_only, "What each adds to all the others"),
        (counted_orders, "not yet divided"),
        (sizes_alone, "there are several of each"),
        (wrong_binomial, "subsets of n - 1 senses"),
        (reversed_bits, "reverse"),
        (one_order, "One order only"),
        (rotations, "rotations"),
        (shares, "These are shares"),
        (fractions_of_all, "fractions of the whole"),
        (two_senses, "one value for each sense"),
        (three_senses, "written into the code"),
        (a_few_random_orders, "let them come one by one"),
        (equally, "let them come one by one"),
        (by_the_package_3, "package's answer"),
    ],
}
RIGHT = {
    1: [by_two_orders, by_a_matrix, by_the_rest, in_fractions],
    2: [with_matmul, with_einsum, with_loops, in_float32],
    3: [by_coalitions, by_orders, by_factorials, recursively],
}
