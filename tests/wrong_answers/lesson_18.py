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


def scores_alone(nothing, picture, sound, both):
    return picture, sound


def mean_scores(nothing, picture, sound, both):
    return (picture + both) / 2, (sound + both) / 2


def second_halved(nothing, picture, sound, both):
    return picture - nothing + (both - sound) / 2, sound - nothing + (both - picture) / 2


def first_halved(nothing, picture, sound, both):
    return (picture - nothing) / 2 + both - sound, (sound - nothing) / 2 + both - picture


def nothing_not_halved(nothing, picture, sound, both):
    return (picture + both - sound) / 2 - nothing, (sound + both - picture) / 2 - nothing


def in_proportion_to_last(nothing, picture, sound, both):
    added = np.array([both - sound, both - picture])
    return (both - nothing) * added / added.sum()


def sign_turned(nothing, picture, sound, both):
    return np.negative(by_two_orders(nothing, picture, sound, both))


def whole_division(nothing, picture, sound, both):
    return (picture - nothing + both - sound) // 2, (sound - nothing + both - picture) // 2


def in_whole_numbers(nothing, picture, sound, both):
    return np.array(by_two_orders(nothing, picture, sound, both), int)


def to_a_tenth(nothing, picture, sound, both):
    return np.round(by_two_orders(nothing, picture, sound, both), 1)


def size_of_what_comes_second(nothing, picture, sound, both):
    return (picture - nothing + abs(both - sound)) / 2, (sound - nothing + abs(both - picture)) / 2


def the_lessons_numbers(nothing, picture, sound, both):
    return 0.55, 0.25


def as_a_dictionary(nothing, picture, sound, both):
    return dict(zip(("picture", "sound"), by_two_orders(nothing, picture, sound, both), strict=True))


def as_a_column(nothing, picture, sound, both):
    return [[each] for each in by_two_orders(nothing, picture, sound, both)]


def in_float16(nothing, picture, sound, both):
    return np.float16(by_two_orders(nothing, picture, sound, both))


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


def over_rows_alone(maps, gradients):
    return np.maximum(0, (maps * gradients.mean(axis=0)).sum(axis=-1))


def over_columns_alone(maps, gradients):
    return np.maximum(0, (maps * gradients.mean(axis=1, keepdims=True)).sum(axis=-1))


def one_weight(maps, gradients):
    return np.maximum(0, maps.sum(axis=-1) * gradients.mean())


def divided_by_rows(maps, gradients):
    return np.maximum(0, maps @ (gradients.sum(axis=(0, 1)) / len(gradients)))


def cut_gradients(maps, gradients):
    return np.maximum(0, maps @ np.where(gradients > 0, gradients, 0).mean(axis=(0, 1)))


def cut_gradients_by_place(maps, gradients):
    return (maps * np.maximum(gradients, 0)).sum(axis=-1).clip(0)


def with_the_median(maps, gradients):
    return np.maximum(0, maps @ np.median(gradients, axis=(0, 1)))


def against_the_class(maps, gradients):
    return np.maximum(0, -without_relu(maps, gradients))


def cut_at_one(maps, gradients):
    return without_relu(maps, gradients).clip(0, 1)


def to_a_sum_of_one(maps, gradients):
    cam = with_matmul(maps, gradients)
    return cam / max(cam.sum(), 1e-12)


def in_integers(maps, gradients):
    return with_matmul(maps, gradients).astype(int)


def divided_by_zero(maps, gradients):
    with np.errstate(all="ignore"):
        return with_matmul(maps, gradients) / np.zeros(maps.shape[:2])


def in_a_row(maps, gradients):
    return with_matmul(maps, gradients).ravel()


def the_first_maps(maps, gradients):
    return [[0, 3], [0, 0]]


def from_the_lowest(maps, gradients):
    maps -= maps.min()
    return with_matmul(maps, gradients)


def a_leak_below_zero(maps, gradients):
    cam = without_relu(maps, gradients)
    return np.where(cam > 0, cam, 0.1 * cam)


def channels_first(maps, gradients):
    a, g = maps.transpose(2, 0, 1), gradients.transpose(2, 0, 1)
    cam = sum(each * slope.mean() for each, slope in zip(a, g, strict=True))
    return cam * (cam > 0)


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


def banzhaf_normalised(values):
    found = np.array(banzhaf(values))
    return found * (values[-1] - values[0]) / found.sum()


def listed_by_size(values):
    n = int(math.log2(len(values)))
    by_bits = {}
    coalitions = (c for size in range(n + 1) for c in itertools.combinations(range(n), size))
    for place, each in enumerate(sorted(coalitions, key=lambda c: (len(c), sum(2**i for i in c)))):
        by_bits[sum(2**i for i in each)] = values[place]
    return by_coalitions([by_bits[c] for c in range(2**n)])


def there_and_back(values):
    n = int(math.log2(len(values)))
    return _over(values, [range(n), range(n)[::-1]])


def one_too_many_after(values):
    return _by(values, lambda s, n: math.factorial(s) * math.factorial(n - s) / math.factorial(n))


def orders_of_fewer(values):
    return _by(values, lambda s, n: math.factorial(s) * math.factorial(n - s - 1) / math.factorial(n - 1))


def orders_of_more(values):
    return _by(values, lambda s, n: math.factorial(s) * math.factorial(n - s - 1) / math.factorial(n + 1))


def from_zero(values):
    return by_coalitions([0, *values[1:]])


def less_is_more(values):
    return np.negative(by_coalitions(values))


def sizes_of_values(values):
    return np.abs(by_coalitions(values))


def down_to_whole_numbers(values):
    return [int(each) for each in by_coalitions(values)]


def summed_over_senses(values):
    return sum(by_coalitions(values))


def the_coalitions_again(values):
    return values


def taken_away_in_place(values):
    values -= values[0]
    return by_coalitions(values)


def two_thousand_random_orders(values):
    n = int(math.log2(len(values)))
    rng = np.random.default_rng(0)
    return _over(values, [rng.permutation(n) for _ in range(2000)])


def over_all_subsets(values):
    """Subsets with sense i count too: from them it has nothing to add."""
    n = len(values).bit_length() - 1
    found = np.zeros(n, np.float32)
    for i, c in itertools.product(range(n), range(2**n)):
        s = (c & ~(1 << i)).bit_count()
        found[i] += (values[c | 1 << i] - values[c]) / (n * math.comb(n - 1, s))
    return found


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
        (scores_alone, "scores alone"),
        (mean_scores, "mean of two scores"),
        (second_halved, "what is added second was halved"),
        (first_halved, "what is added first was halved"),
        (nothing_not_halved, "halve it with the rest"),
        (in_proportion_to_last, "what each adds last"),
        (sign_turned, "sign is turned"),
        (whole_division, "digits behind the point"),
        (in_whole_numbers, "digits behind the point"),
        (to_a_tenth, "digits behind the point"),
        (size_of_what_comes_second, "wrong for these"),
        (the_lessons_numbers, "expected [5, 3], got [0.55, 0.25] Two orders"),
        (as_a_dictionary, "return a list of its values"),
        (as_a_column, "got (2, 1) Two numbers"),
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
        (two_channels, "Is a shape or a number written into the code?"),
        (over_rows_alone, "over the rows alone"),
        (over_columns_alone, "over the columns alone"),
        (one_weight, "One weight for everything"),
        (divided_by_rows, "number of rows"),
        (cut_gradients, "cut off before the mean"),
        (cut_gradients_by_place, "each place kept its own"),
        (with_the_median, "not its median"),
        (against_the_class, "AGAINST"),
        (cut_at_one, "above 1"),
        (to_a_sum_of_one, "Divided by its sum"),
        (in_integers, "digits behind the point"),
        (divided_by_zero, "divides by what may be 0"),
        (in_a_row, "the places stay"),
        (the_first_maps, "written into the code"),
        (from_the_lowest, "writes into it"),
        (a_leak_below_zero, "cut off, after the sum"),
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
        (banzhaf_normalised, "stretched to add up"),
        (listed_by_size, "listed by size"),
        (there_and_back, "its reverse"),
        (one_too_many_after, "not n - s"),
        (orders_of_fewer, "Divided by (n - 1)!"),
        (orders_of_more, "Divided by (n + 1)!"),
        (from_zero, "need not be 0"),
        (less_is_more, "sign is turned"),
        (sizes_of_values, "sign lost"),
        (down_to_whole_numbers, "digits behind the point"),
        (summed_over_senses, "one value for each sense"),
        (the_coalitions_again, "one value for each sense"),
        (taken_away_in_place, "writes into it"),
        (two_thousand_random_orders, "let them come one by one"),
    ],
}
RIGHT = {
    1: [by_two_orders, by_a_matrix, by_the_rest, in_fractions, in_float16],
    2: [with_matmul, with_einsum, with_loops, in_float32, channels_first],
    3: [by_coalitions, by_orders, by_factorials, recursively, over_all_subsets],
}
