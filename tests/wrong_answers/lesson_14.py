"""Answers to the exercises of lesson 14: wrong ones with the words of the hint that each must get, and right ones."""

import numpy as np
from scipy import ndimage, signal

from mmseg_edu import models
from mmseg_edu.features import cnn

# 14.1


def in_a_loop(height, width, channels, depth):
    down = []
    for level in range(depth + 1):
        down.append((height, width, channels * 2**level))
        height, width = (height + 1) // 2, (width + 1) // 2
    return down + down[:-1][::-1]


def by_ceil(height, width, channels, depth):
    levels = [*range(depth), *range(depth, -1, -1)]
    return np.array([[np.ceil(height / 2**i), np.ceil(width / 2**i), channels * 2**i] for i in levels])


def by_recursion(height, width, channels, depth):
    here = [height, width, channels]
    if depth == 0:
        return [here]
    return [here, *by_recursion(-(-height // 2), -(-width // 2), 2 * channels, depth - 1), here]


def in_float32(height, width, channels, depth):
    return np.float32(in_a_loop(height, width, channels, depth))


def halved_downwards(height, width, channels, depth):
    levels = [*range(depth), *range(depth, -1, -1)]
    return [(height // 2**i, width // 2**i, channels * 2**i) for i in levels]


def doubled_without_a_cut(height, width, channels, depth):
    down = in_a_loop(height, width, channels, depth)[: depth + 1]
    up = [list(down[-1])]
    for _ in range(depth):
        up.append([2 * up[-1][0], 2 * up[-1][1], up[-1][2] // 2])
    return [*map(list, down), *up[1:]]


def only_down(height, width, channels, depth):
    return in_a_loop(height, width, channels, depth)[: depth + 1]


def without_the_bottleneck(height, width, channels, depth):
    down = only_down(height, width, channels, depth)[:-1]
    return down + down[::-1]


def bottleneck_twice(height, width, channels, depth):
    down = only_down(height, width, channels, depth)
    return down + down[::-1]


def one_level_too_many(height, width, channels, depth):
    return in_a_loop(height, width, channels, depth + 1)


def finest_first_on_the_way_up(height, width, channels, depth):
    down = only_down(height, width, channels, depth)
    return down + down[:-1]


def same_channels(height, width, channels, depth):
    return [(h, w, channels) for h, w, _ in in_a_loop(height, width, channels, depth)]


def channels_added(height, width, channels, depth):
    return [
        (h, w, channels * (1 + int(np.log2(c // channels))))
        for h, w, c in in_a_loop(height, width, channels, depth)
    ]


def twice_the_channels(height, width, channels, depth):
    return in_a_loop(height, width, 2 * channels, depth)


def what_enters(height, width, channels, depth):
    sizes = in_a_loop(height, width, channels, depth)
    return sizes[: depth + 1] + [(h, w, 2 * c) for h, w, c in sizes[depth + 1 :]]


def width_first(height, width, channels, depth):
    return in_a_loop(width, height, channels, depth)


def channels_first(height, width, channels, depth):
    return [(c, h, w) for h, w, c in in_a_loop(height, width, channels, depth)]


def not_halved(height, width, channels, depth):
    return [(height, width, c) for _, _, c in in_a_loop(height, width, channels, depth)]


def columns(height, width, channels, depth):
    return np.transpose(in_a_loop(height, width, channels, depth))


def without_channels(height, width, channels, depth):
    return [size[:2] for size in in_a_loop(height, width, channels, depth)]


def flat(height, width, channels, depth):
    return np.ravel(in_a_loop(height, width, channels, depth))


def the_first_picture(height, width, channels, depth):
    return in_a_loop(64, 64, 16, 3)


def halves_of_pixels(height, width, channels, depth):
    levels = [*range(depth), *range(depth, -1, -1)]
    return [(height / 2**i, width / 2**i, channels * 2**i) for i in levels]


def rounded_to_even(height, width, channels, depth):
    levels = [*range(depth), *range(depth, -1, -1)]
    return [(round(height / 2**i), round(width / 2**i), channels * 2**i) for i in levels]


def square_pictures(height, width, channels, depth):
    return [(h, h, c) for h, _, c in in_a_loop(height, width, channels, depth)]


def with_the_picture(height, width, channels, depth):
    return [(height, width, 3), *in_a_loop(height, width, channels, depth)]


def without_the_last(height, width, channels, depth):
    return in_a_loop(height, width, channels, depth)[:-1]


def with_a_batch(height, width, channels, depth):
    return [(1, *size) for size in in_a_loop(height, width, channels, depth)]


def _renumbered(channels_of):
    def answer(height, width, channels, depth):
        sizes, levels = in_a_loop(height, width, channels, depth), [*range(depth + 1), *range(depth)[::-1]]
        up = [False] * (depth + 1) + [True] * depth
        return [
            (h, w, channels_of(channels, level, depth, rising))
            for (h, w, _), level, rising in zip(sizes, levels, up, strict=True)
        ]

    return answer


channels_halved = _renumbered(lambda c, level, depth, rising: c // 2**level)
channels_fourfold = _renumbered(lambda c, level, depth, rising: c * 4**level)
always_sixteen = _renumbered(lambda c, level, depth, rising: 16 * 2**level)
bottleneck_all_the_way_up = _renumbered(lambda c, level, depth, rising: c * 2 ** (depth if rising else level))
half_on_the_way_up = _renumbered(lambda c, level, depth, rising: c * 2**level // (2 if rising else 1))
three_halves_enter = _renumbered(lambda c, level, depth, rising: c * 2**level * (3 if rising else 1))


def rounded_each_time(height, width, channels, depth):
    here = (height, width, channels)
    if depth == 0:
        return [here]
    return [here, *rounded_each_time(round(height / 2), round(width / 2), 2 * channels, depth - 1), here]


def square_of_the_width(height, width, channels, depth):
    return in_a_loop(width, width, channels, depth)


def only_the_height(height, width, channels, depth):
    return [(h, width, c) for h, _, c in in_a_loop(height, width, channels, depth)]


def only_the_width(height, width, channels, depth):
    return [(height, w, c) for _, w, c in in_a_loop(height, width, channels, depth)]


def padded_to_a_multiple(height, width, channels, depth):
    whole = 2**depth
    return in_a_loop(-(-height // whole) * whole, -(-width // whole) * whole, channels, depth)


def depth_three(height, width, channels, depth):
    return in_a_loop(height, width, channels, 3)


def one_level_short(height, width, channels, depth):
    return in_a_loop(height, width, channels, depth - 1)


def a_row_for_each_convolution(height, width, channels, depth):
    return [size for size in in_a_loop(height, width, channels, depth) for _ in range(2)]


def nowhere(height, width, channels, depth):
    return np.full((2 * depth + 1, 3), np.nan)


def only_printed(height, width, channels, depth):
    str(in_a_loop(height, width, channels, depth))


# 14.2


def class_by_class(truth, posterior):
    total = 0.0
    classes = posterior.shape[-1]
    for k in range(classes):
        y, p = (truth == k).mean(), posterior[..., k].mean()
        both = (posterior[..., k] * (truth == k)).mean()
        room = 0.0 if (truth == k).any() else 0.01
        total += 1 - (2 * both + room) / (y + p + room)
    return total / classes


def with_one_hot(truth, posterior):
    y = np.eye(posterior.shape[-1])[truth].reshape(-1, posterior.shape[-1])
    p = posterior.reshape(y.shape)
    room = np.where(y.any(axis=0), 0, 0.01)
    return np.mean(1 - (2 * (y * p).mean(axis=0) + room) / (y.mean(axis=0) + p.mean(axis=0) + room))


def with_sums(truth, posterior):
    y = np.eye(posterior.shape[-1])[truth]
    both, there, said = (np.einsum("ijk->k", part) for part in (y * posterior, y, posterior))
    room = 0.01 * truth.size * (there == 0)
    return 1 - np.mean((2 * both + room) / (there + said + room))


def pixel_by_pixel_in_float32(truth, posterior):
    classes = posterior.shape[-1]
    both, there, said = (np.zeros(classes, np.float32) for _ in range(3))
    for pixel in np.ndindex(truth.shape):
        both[truth[pixel]] += posterior[pixel][truth[pixel]]
        there[truth[pixel]] += 1
        said += posterior[pixel]
    room = np.float32(0.01) * truth.size * (there == 0)
    return np.float32(1 - ((2 * both + room) / (there + said + room)).mean())


def _averages(truth, posterior):
    y = np.eye(posterior.shape[-1])[truth]
    return y, [part.mean(axis=(0, 1)) for part in (y * posterior, y, posterior)]


def epsilon_below(truth, posterior):
    _, (both, there, said) = _averages(truth, posterior)
    return (1 - 2 * both / (there + said + 1e-7)).mean()


def without_epsilon(truth, posterior):
    _, (both, there, said) = _averages(truth, posterior)
    return (1 - 2 * both / (there + said)).mean()


def a_hundredth_of_a_pixel(truth, posterior):
    y = np.eye(posterior.shape[-1])[truth]
    both, there, said = (part.sum(axis=(0, 1)) for part in (y * posterior, y, posterior))
    room = 0.01 * (there == 0)
    return (1 - (2 * both + room) / (there + said + room)).mean()


def one_fraction(truth, posterior):
    y = np.eye(posterior.shape[-1])[truth]
    return 1 - 2 * (y * posterior).sum() / (y.sum() + posterior.sum())


def over_the_union(truth, posterior):
    _, (both, there, said) = _averages(truth, posterior)
    room = 0.01 * (there == 0)
    return (1 - (both + room) / (there + said - both + room)).mean()


def squared(truth, posterior):
    y = np.eye(posterior.shape[-1])[truth]
    both, there, said = (part.mean(axis=(0, 1)) for part in (y * posterior, y, posterior**2))
    room = 0.01 * (there == 0)
    return (1 - (2 * both + room) / (there + said + room)).mean()


def of_the_mask(truth, posterior):
    return class_by_class(truth, np.eye(posterior.shape[-1])[posterior.argmax(axis=-1)])


def without_the_two(truth, posterior):
    _, (both, there, said) = _averages(truth, posterior)
    room = 0.01 * (there == 0)
    return (1 - (both + room) / (there + said + room)).mean()


def without_the_background(truth, posterior):
    _, (both, there, said) = _averages(truth, posterior)
    room = 0.01 * (there == 0)
    return (1 - (2 * both + room) / (there + said + room))[1:].mean()


def the_overlap(truth, posterior):
    return 1 - class_by_class(truth, posterior)


def of_present_classes(truth, posterior):
    _, (both, there, said) = _averages(truth, posterior)
    return (1 - 2 * both / (there + said))[there > 0].mean()


def room_for_all(truth, posterior):
    _, (both, there, said) = _averages(truth, posterior)
    return (1 - (2 * both + 0.01) / (there + said + 0.01)).mean()


def room_of_one(truth, posterior):
    _, (both, there, said) = _averages(truth, posterior)
    room = 1.0 * (there == 0)
    return (1 - (2 * both + room) / (there + said + room)).mean()


def added_up(truth, posterior):
    return class_by_class(truth, posterior) * posterior.shape[-1]


def one_a_class(truth, posterior):
    _, (both, there, said) = _averages(truth, posterior)
    return 1 - 2 * both / (there + said)


def the_packages(truth, posterior):
    return models.dice_loss(truth[None], posterior[None])[0]


def by_cross_entropy(truth, posterior):
    return -np.log(np.take_along_axis(posterior, truth[..., None], axis=-1)).mean()


def always_the_hand_made(truth, posterior):
    return 0.3174603


def absent_is_free(truth, posterior):
    _, (both, there, said) = _averages(truth, posterior)
    return np.where(there > 0, 1 - 2 * both / (there + said), 0).mean()


def up_to_the_largest(truth, posterior):
    _, (both, there, said) = _averages(truth, posterior)
    return (1 - 2 * both / (there + said))[: truth.max() + 1].mean()


def a_millionth(truth, posterior):
    _, (both, there, said) = _averages(truth, posterior)
    return (1 - (2 * both + 1e-6) / (there + said + 1e-6)).mean()


def the_second_class(truth, posterior):
    _, (both, there, said) = _averages(truth, posterior)
    return (1 - 2 * both / (there + said + 1e-9))[1]


def by_share(truth, posterior):
    _, (both, there, said) = _averages(truth, posterior)
    return 1 - (there * 2 * both / (there + said + 1e-9)).sum()


def _costs(truth, posterior, room=0.01):
    _, (both, there, said) = _averages(truth, posterior)
    free = np.where(there > 0, 0, room)
    return 1 - (2 * both + free) / (there + said + free)


def class_one(truth, posterior):
    return _costs(truth, posterior)[1]


def the_last_class(truth, posterior):
    return _costs(truth, posterior)[-1]


def the_background(truth, posterior):
    return _costs(truth, posterior)[0]


def the_worst(truth, posterior):
    return _costs(truth, posterior).max()


def the_best(truth, posterior):
    return _costs(truth, posterior).min()


def median_of_classes(truth, posterior):
    return np.median(_costs(truth, posterior))


def two_classes(truth, posterior):
    return np.mean([_costs(truth, posterior)[k] for k in (0, 1)])


def classes_up_to_the_largest(truth, posterior):
    return _costs(truth, posterior)[: truth.max() + 1].mean()


def one_for_every_class(truth, posterior):
    _, (both, there, said) = _averages(truth, posterior)
    return np.mean(1 - (2 * both + 1) / (there + said + 1))


def room_for_the_present(truth, posterior):
    _, (both, there, said) = _averages(truth, posterior)
    free = np.where(there > 0, 0.01, 0)
    return np.mean(1 - (2 * both + free) / (there + said + free))


def a_tenth(truth, posterior):
    return _costs(truth, posterior, room=0.1).mean()


def a_thousandth(truth, posterior):
    return _costs(truth, posterior, room=0.001).mean()


def room_in_the_bracket(truth, posterior):
    _, (both, there, said) = _averages(truth, posterior)
    free = np.where(there > 0, 0, 0.01)
    return np.mean(1 - 2 * (both + free) / (there + said + 2 * free))


def _averaged_along(axis):
    def answer(truth, posterior):
        y = np.eye(posterior.shape[-1])[truth]
        both, there, said = (part.mean(axis=axis) for part in (y * posterior, y, posterior))
        free = np.where(there > 0, 0, 0.01)
        return np.mean(1 - (2 * both + free) / (there + said + free))

    return answer


along_the_columns, along_the_rows = _averaged_along(0), _averaged_along(1)


def a_precision(truth, posterior):
    _, (both, there, said) = _averages(truth, posterior)
    free = np.where(there > 0, 0, 0.01)
    return np.mean(1 - (both + free) / (said + free))


def a_recall(truth, posterior):
    _, (both, there, _) = _averages(truth, posterior)
    free = np.where(there > 0, 0, 0.01)
    return np.mean(1 - (both + free) / (there + free))


def with_cross_entropy(truth, posterior):
    return _costs(truth, posterior).mean() + by_cross_entropy(truth, posterior)


def softmax_twice(truth, posterior):
    scores = np.exp(posterior)
    return _costs(truth, scores / scores.sum(axis=-1, keepdims=True)).mean()


def two_digits(truth, posterior):
    return round(float(_costs(truth, posterior).mean()), 2)


def three_digits(truth, posterior):
    return round(float(_costs(truth, posterior).mean()), 3)


def the_printed_number(truth, posterior):
    return 0.267


def the_lessons_number(truth, posterior):
    return 1 - np.mean([2 * 2.6 / (3 + 3), 2 * 0.6 / (1 + 1)])


def the_sum_from_two(truth, posterior):
    return 2 - (1 - _costs(truth, posterior)).sum()


def in_percent(truth, posterior):
    return 100 * _costs(truth, posterior).mean()


def nan_for_zero_over_zero(truth, posterior):
    return _costs(truth, posterior, room=0.0).mean()


def nan_taken_for_one(truth, posterior):
    return np.nan_to_num(_costs(truth, posterior, room=0.0), nan=0.0).mean()


def written_into_the_posterior(truth, posterior):
    answer = _costs(truth, posterior).mean()
    posterior *= np.eye(posterior.shape[-1])[truth]
    return answer


def as_a_python_number(truth, posterior):
    return float(_costs(truth, posterior).mean())


def cost_by_cost(truth, posterior):
    costs = []
    for k in range(posterior.shape[-1]):
        here, share = truth == k, posterior[..., k].mean()
        dice = 2 * posterior[..., k][here].sum() / truth.size / (here.mean() + share) if here.any() else 0
        costs.append(1 - dice if here.any() else share / (share + 0.01))
    return sum(costs) / len(costs)


# 14.3


def with_scipy(fine, coarse, kernel, bias):
    height, width, _ = fine.shape
    doubled = np.kron(coarse, np.ones((2, 2, 1)))[:height, :width]
    maps = np.dstack([fine, doubled])
    made = [
        sum(signal.correlate2d(maps[..., c], kernel[..., c, k], mode="same") for c in range(maps.shape[-1]))
        for k in range(kernel.shape[-1])
    ]
    return np.maximum(np.stack(made, axis=-1) + bias, 0)


def by_shifts(fine, coarse, kernel, bias):
    height, width = fine.shape[:2]
    rows, columns = np.arange(height) // 2, np.arange(width) // 2
    maps = np.concatenate([fine, coarse[rows][:, columns]], axis=2)
    near = np.pad(maps, ((1, 1), (1, 1), (0, 0)))
    made = sum(near[u : u + height, v : v + width] @ kernel[u, v] for u in range(3) for v in range(3))
    return (made + bias).clip(0)


def in_loops(fine, coarse, kernel, bias):
    height, width = fine.shape[:2]
    answer = [[list(map(float, bias)) for _ in range(width)] for _ in range(height)]
    for i in range(height):
        for j in range(width):
            for u in range(-1, 2):
                for v in range(-1, 2):
                    if 0 <= i + u < height and 0 <= j + v < width:
                        seen = [*fine[i + u, j + v], *coarse[(i + u) // 2, (j + v) // 2]]
                        for k in range(len(bias)):
                            answer[i][j][k] += sum(x * kernel[u + 1, v + 1, c, k] for c, x in enumerate(seen))
            answer[i][j] = [max(0.0, value) for value in answer[i][j]]
    return answer


def in_single_precision(fine, coarse, kernel, bias):
    return np.float32(by_shifts(*(np.float32(each) for each in (fine, coarse, kernel, bias))))


def _level(maps, kernel, bias):
    height, width = maps.shape[:2]
    near = np.pad(maps, ((1, 1), (1, 1), (0, 0)))
    made = sum(near[u : u + height, v : v + width] @ kernel[u, v] for u in range(3) for v in range(3))
    return np.maximum(made + bias, 0)


def _double(coarse, fine):
    return coarse.repeat(2, axis=0).repeat(2, axis=1)[: fine.shape[0], : fine.shape[1]]


def coarse_first(fine, coarse, kernel, bias):
    return _level(np.dstack([_double(coarse, fine), fine]), kernel, bias)


def tiled(fine, coarse, kernel, bias):
    twice = np.tile(coarse, (2, 2, 1))[: fine.shape[0], : fine.shape[1]]
    return _level(np.dstack([fine, twice]), kernel, bias)


def cut_in_front(fine, coarse, kernel, bias):
    doubled = coarse.repeat(2, axis=0).repeat(2, axis=1)
    doubled = doubled[doubled.shape[0] - fine.shape[0] :, doubled.shape[1] - fine.shape[1] :]
    return _level(np.dstack([fine, doubled]), kernel, bias)


def zeros_between(fine, coarse, kernel, bias):
    doubled = np.kron(coarse, np.array([[1, 0], [0, 0]])[..., None])[: fine.shape[0], : fine.shape[1]]
    return _level(np.dstack([fine, doubled]), kernel, bias)


def smoothed(fine, coarse, kernel, bias):
    doubled = ndimage.zoom(coarse, (2, 2, 1), order=1, grid_mode=True, mode="nearest")
    return _level(np.dstack([fine, doubled[: fine.shape[0], : fine.shape[1]]]), kernel, bias)


def not_cut(fine, coarse, kernel, bias):
    return _level(np.dstack([fine, coarse.repeat(2, axis=0).repeat(2, axis=1)]), kernel, bias)


def never_cut(fine, coarse, kernel, bias):
    doubled = coarse.repeat(2, axis=0).repeat(2, axis=1)
    more = [(0, d - f) for d, f in zip(doubled.shape[:2], fine.shape[:2], strict=True)]
    return _level(np.dstack([np.pad(fine, [*more, (0, 0)]), doubled]), kernel, bias)


def without_the_skip(fine, coarse, kernel, bias):
    return _level(_double(coarse, fine), kernel[:, :, fine.shape[-1] :], bias)


def only_the_skip(fine, coarse, kernel, bias):
    return _level(fine, kernel[:, :, : fine.shape[-1]], bias)


def without_relu(fine, coarse, kernel, bias):
    big = np.full(len(bias), 1e6)
    return _level(np.dstack([fine, _double(coarse, fine)]), kernel, bias + big) - big


def bias_last(fine, coarse, kernel, bias):
    return _level(np.dstack([fine, _double(coarse, fine)]), kernel, 0 * bias) + bias


def without_bias(fine, coarse, kernel, bias):
    return _level(np.dstack([fine, _double(coarse, fine)]), kernel, 0 * bias)


def turned(fine, coarse, kernel, bias):
    return by_shifts(fine, coarse, kernel[::-1, ::-1], bias)


def rim_repeated(fine, coarse, kernel, bias):
    maps = np.dstack([fine, _double(coarse, fine)])
    near = np.pad(maps, ((1, 1), (1, 1), (0, 0)), mode="edge")
    return _level(near, kernel, bias)[1:-1, 1:-1]


def whole_windows(fine, coarse, kernel, bias):
    return by_shifts(fine, coarse, kernel, bias)[1:-1, 1:-1]


def added(fine, coarse, kernel, bias):
    return _level(fine + _double(coarse, fine), kernel, bias)


def the_packages_convolution(fine, coarse, kernel, bias):
    maps = np.dstack([fine, _double(coarse, fine)])
    return np.maximum(cnn.convolve(maps, kernel, padding="same") + bias, 0)


def with_keras(fine, coarse, kernel, bias):
    from keras import ops

    maps = np.dstack([fine, _double(coarse, fine)])[None].astype(np.float32)
    return np.maximum(np.asarray(ops.conv(maps, np.float32(kernel), padding="same"))[0] + bias, 0)


def mirrored(fine, coarse, kernel, bias):
    maps = np.dstack([fine, _double(coarse, fine)])
    more = "reflect" if min(maps.shape[:2]) > 1 else "edge"
    near = np.pad(maps, ((1, 1), (1, 1), (0, 0)), mode=more)
    return _level(near, kernel, bias)[1:-1, 1:-1]


def columns_for_rows(fine, coarse, kernel, bias):
    return by_shifts(fine, coarse, kernel.transpose(1, 0, 2, 3), bias)


def upside_down(fine, coarse, kernel, bias):
    return by_shifts(fine, coarse, kernel[::-1], bias)


def left_to_right(fine, coarse, kernel, bias):
    return by_shifts(fine, coarse, kernel[:, ::-1], bias)


def only_the_middle(fine, coarse, kernel, bias):
    return np.maximum(np.dstack([fine, _double(coarse, fine)]) @ kernel[1, 1] + bias, 0)


def rectified_before_too(fine, coarse, kernel, bias):
    return by_shifts(np.maximum(fine, 0), np.maximum(coarse, 0), kernel, bias)


def absolute(fine, coarse, kernel, bias):
    big = np.full(len(bias), 1e6)
    return np.abs(_level(np.dstack([fine, _double(coarse, fine)]), kernel, bias + big) - big)


def bias_taken_off(fine, coarse, kernel, bias):
    return by_shifts(fine, coarse, kernel, -bias)


def capped(fine, coarse, kernel, bias):
    return np.minimum(by_shifts(fine, coarse, kernel, bias), 1)


def zeros(fine, coarse, kernel, bias):
    return np.zeros((*fine.shape[:2], len(bias)))


def _with_coarse(change):
    def answer(fine, coarse, kernel, bias):
        return _level(np.dstack([fine, change(coarse)[: fine.shape[0], : fine.shape[1]]]), kernel, bias)

    return answer


rows_doubled_columns_tiled = _with_coarse(lambda coarse: np.tile(coarse.repeat(2, axis=0), (1, 2, 1)))
columns_doubled_rows_tiled = _with_coarse(lambda coarse: np.tile(coarse.repeat(2, axis=1), (2, 1, 1)))
a_quarter_each = _with_coarse(lambda coarse: coarse.repeat(2, axis=0).repeat(2, axis=1) / 4)
doubled_in_value = _with_coarse(lambda coarse: 2 * coarse.repeat(2, axis=0).repeat(2, axis=1))
zoomed = _with_coarse(lambda coarse: ndimage.zoom(coarse, (2, 2, 1), order=1))


def cut_after_the_convolution(fine, coarse, kernel, bias):
    height, width = fine.shape[:2]
    large = coarse.repeat(2, axis=0).repeat(2, axis=1)
    room = np.zeros((*large.shape[:2], fine.shape[2]))
    room[:height, :width] = fine
    return _level(np.dstack([room, large]), kernel, bias)[:height, :width]


def _window_from(first):
    def answer(fine, coarse, kernel, bias):
        height, width = fine.shape[:2]
        rim = ((first, 2 - first),) * 2
        near = np.pad(np.dstack([fine, _double(coarse, fine)]), (*rim, (0, 0)))
        made = sum(near[u : u + height, v : v + width] @ kernel[u, v] for u in range(3) for v in range(3))
        return np.maximum(made + bias, 0)

    return answer


window_begins_at_the_pixel, window_ends_at_the_pixel = _window_from(0), _window_from(2)


def rectified_at_each_place(fine, coarse, kernel, bias):
    height, width = fine.shape[:2]
    near = np.pad(np.dstack([fine, _double(coarse, fine)]), ((1, 1), (1, 1), (0, 0)))
    places = [near[u : u + height, v : v + width] @ kernel[u, v] for u in range(3) for v in range(3)]
    return np.maximum(sum(np.maximum(each, 0) for each in places) + bias, 0)


def bias_nine_times(fine, coarse, kernel, bias):
    return by_shifts(fine, coarse, kernel, 9 * bias)


def window_averaged(fine, coarse, kernel, bias):
    return by_shifts(fine, coarse, kernel / 9, bias)


def with_a_sigmoid(fine, coarse, kernel, bias):
    both = by_shifts(fine, coarse, kernel, bias) - by_shifts(fine, coarse, -kernel, -bias)
    return 1 / (1 + np.exp(-both))


def whole_numbers(fine, coarse, kernel, bias):
    return by_shifts(fine, coarse, kernel, bias).astype(int)


def a_batch_of_one(fine, coarse, kernel, bias):
    return by_shifts(fine, coarse, kernel, bias)[None]


def padded_twice(fine, coarse, kernel, bias):
    return _level(np.pad(np.dstack([fine, _double(coarse, fine)]), ((1, 1), (1, 1), (0, 0))), kernel, bias)


def bias_written_into(fine, coarse, kernel, bias):
    answer = by_shifts(fine, coarse, kernel, bias)
    bias += 1
    return answer


def one_kernel_for_all(fine, coarse, kernel, bias):
    return by_shifts(fine, coarse, np.repeat(kernel[..., :1], kernel.shape[-1], axis=-1), bias)


def all_nan(fine, coarse, kernel, bias):
    return by_shifts(fine, coarse, kernel, bias) * np.nan


def with_einsum(fine, coarse, kernel, bias):
    maps = np.concatenate([fine, np.kron(coarse, np.ones((2, 2, 1)))[: len(fine), : fine.shape[1]]], axis=2)
    near = np.pad(maps, ((1, 1), (1, 1), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(near, (3, 3), axis=(0, 1))
    return (np.einsum("hwcij,ijck->hwk", windows, kernel) + bias).clip(0)


def as_lists(fine, coarse, kernel, bias):
    return by_shifts(fine, coarse, kernel, bias).tolist()


WRONG = {
    "1": [
        (halved_downwards, "halved downwards"),
        (doubled_without_a_cut, "then cuts to the map"),
        (only_down, "the way down"),
        (without_the_bottleneck, "belongs to neither way"),
        (bottleneck_twice, "stands there twice"),
        (one_level_too_many, "three levels and a bottleneck"),
        (finest_first_on_the_way_up, "starts at the coarsest"),
        (same_channels, "stay the same here"),
        (channels_added, "grow by adding"),
        (twice_the_channels, "twice the channels"),
        (what_enters, "counts what enters"),
        (width_first, "changed places"),
        (channels_first, "Channels come last"),
        (not_halved, "The sides stay the same"),
        (columns, "One row a map"),
        (without_channels, "height, width and channels"),
        (flat, "seven rows of three"),
        (the_first_picture, "depth 3 again"),
        (halves_of_pixels, "Half a pixel is none"),
        (rounded_to_even, "to the even neighbour"),
        (square_pictures, "need not be square"),
        (with_the_picture, "neither the picture nor the scores"),
        (without_the_last, "One is missing: three maps"),
        (with_a_batch, "The number of scenes is left out"),
        (channels_halved, "They double where it halves"),
        (channels_fourfold, "Four times the channels"),
        (always_sixteen, "16 channels whatever"),
        (bottleneck_all_the_way_up, "stay those of the bottleneck"),
        (half_on_the_way_up, "missing on the way up"),
        (three_halves_enter, "counts what enters"),
        (rounded_each_time, "to the even neighbour"),
        (square_of_the_width, "height is the width's"),
        (only_the_height, "The width stays"),
        (only_the_width, "The height stays"),
        (padded_to_a_multiple, "padded to a multiple"),
        (depth_three, "depth 3 again"),
        (one_level_short, "two levels and a bottleneck"),
        (a_row_for_each_convolution, "Two rows for each map"),
        (nowhere, "got nan"),
        (only_printed, "returns None"),
    ],
    "2": [
        (epsilon_below, "cost 1 each, although"),
        (without_epsilon, "0 over 0"),
        (a_hundredth_of_a_pixel, "a hundredth of a pixel"),
        (one_fraction, "one fraction a class"),
        (over_the_union, "overlap over the union"),
        (squared, "squared below"),
        (of_the_mask, "made a mask first"),
        (without_the_two, "The 2 is missing"),
        (without_the_background, "background was left out"),
        (the_overlap, "The loss is 1 minus it"),
        (of_present_classes, "a phantom of such a class costs nothing"),
        (room_for_all, "went to every class"),
        (room_of_one, "where the formula has 0.01"),
        (added_up, "The formula averages them"),
        (one_a_class, "One number for the scene"),
        (the_packages, "expected code of your own"),
        (by_cross_entropy, "That is the cross-entropy"),
        (always_the_hand_made, "Class by class"),
        (absent_is_free, "costs nothing here"),
        (up_to_the_largest, "Classes after the largest one"),
        (a_millionth, "got next to nothing"),
        (the_second_class, "Only class 1 counted"),
        (by_share, "one vote a class"),
        (class_one, "Only class 1 counted"),
        (the_last_class, "Only the last class"),
        (the_background, "Only the background"),
        (the_worst, "costs most"),
        (the_best, "costs least"),
        (median_of_classes, "Then average"),
        (two_classes, "Only classes 0 and 1"),
        (classes_up_to_the_largest, "Classes after the largest one"),
        (one_for_every_class, "Every class got 1"),
        (room_for_the_present, "for those that are not"),
        (a_tenth, "another number than 0.01"),
        (a_thousandth, "another number than 0.01"),
        (room_in_the_bracket, "counts twice"),
        (along_the_columns, "along the columns only"),
        (along_the_rows, "along the rows only"),
        (a_precision, "a precision"),
        (a_recall, "a recall"),
        (with_cross_entropy, "sum with the cross-entropy"),
        (softmax_twice, "through a softmax again"),
        (two_digits, "The loss was rounded"),
        (three_digits, "The loss was rounded"),
        (the_printed_number, "the lesson's four pixels"),
        (the_lessons_number, "the lesson's four pixels"),
        (the_sum_from_two, "Then average"),
        (in_percent, "averaged over the classes"),
        (nan_for_zero_over_zero, "0 over 0"),
        (nan_taken_for_one, "It needs its 0.01"),
        (written_into_the_posterior, "changed its own input"),
    ],
    "3": [
        (coarse_first, "doubled map stands first"),
        (tiled, "side by side (tile)"),
        (cut_in_front, "The one too many is the last"),
        (zeros_between, "stand zeros"),
        (smoothed, "enlarged smoothly"),
        (not_cut, "raises ValueError"),
        (never_cut, "cut off"),
        (without_the_skip, "without skips"),
        (only_the_skip, "only the skip"),
        (without_relu, "A ReLU comes last"),
        (bias_last, "A ReLU comes last"),
        (without_bias, "The bias is missing"),
        (turned, "turned by half a turn"),
        (rim_repeated, "copies of its rim"),
        (whole_windows, "Pad with zeros"),
        (added, "raises ValueError"),
        (the_packages_convolution, "expected code of your own"),
        (zeros, "Double the coarse map"),
        (mirrored, "mirrored or from the other side"),
        (columns_for_rows, "have changed places"),
        (upside_down, "turned upside down"),
        (left_to_right, "turned left to right"),
        (only_the_middle, "All nine of its places"),
        (rectified_before_too, "before the convolution as well"),
        (absolute, "changed their sign"),
        (bias_taken_off, "The bias was taken off"),
        (capped, "no upper end"),
        (rows_doubled_columns_tiled, "laid out twice"),
        (columns_doubled_rows_tiled, "laid out twice"),
        (a_quarter_each, "changed the numbers of the coarse map"),
        (doubled_in_value, "changed the numbers of the coarse map"),
        (zoomed, "enlarged smoothly"),
        (cut_after_the_convolution, "Cut first"),
        (window_begins_at_the_pixel, "lies beside its pixel"),
        (window_ends_at_the_pixel, "lies beside its pixel"),
        (rectified_at_each_place, "at each place of the kernel"),
        (bias_nine_times, "Add it once"),
        (window_averaged, "A convolution adds them up"),
        (with_a_sigmoid, "ReLU is max"),
        (whole_numbers, "digits were cut off"),
        (a_batch_of_one, "without an axis for the scenes"),
        (padded_twice, "Padded too far"),
        (bias_written_into, "changed its own input"),
        (one_kernel_for_all, "Double the coarse map"),
        (all_nan, "got nan"),
    ],
}
RIGHT = {
    "1": [in_a_loop, by_ceil, by_recursion, in_float32],
    "2": [
        class_by_class,
        with_one_hot,
        with_sums,
        pixel_by_pixel_in_float32,
        as_a_python_number,
        cost_by_cost,
    ],
    "3": [with_scipy, by_shifts, in_loops, in_single_precision, with_keras, with_einsum, as_lists],
}
