"""Answers to the exercises of lesson 13: wrong ones with the words of the hint that each must get, and right ones."""

import numpy as np
from PIL import Image
from scipy import ndimage, special
from skimage import transform

from mmseg_edu import models

# 13.1


def reshaped(weights, height, width):
    return weights.reshape(height, width, -1, weights.shape[-1])


def in_loops(weights, height, width):
    channels = len(weights) // (height * width)
    kernel = np.zeros((height, width, channels, weights.shape[1]))
    for i in range(height):
        for j in range(width):
            for c in range(channels):
                kernel[i, j, c] = weights[(i * width + j) * channels + c]
    return kernel


def in_lists(weights, height, width):
    rows = iter(weights.tolist())
    channels = len(weights) // (height * width)
    return [[[next(rows) for _ in range(channels)] for _ in range(width)] for _ in range(height)]


def in_float32(weights, height, width):
    return np.float32(weights).reshape((height, width, len(weights) // height // width, -1))


def by_index(weights, height, width):
    places = np.arange(len(weights)).reshape(height, width, -1)
    return weights[places]


def channels_first(weights, height, width):
    return weights.reshape(-1, height, width, weights.shape[-1]).transpose(1, 2, 0, 3)


def column_by_column(weights, height, width):
    return weights.reshape(width, height, -1, weights.shape[-1]).transpose(1, 0, 2, 3)


def width_first(weights, height, width):
    return weights.reshape(width, height, -1, weights.shape[-1])


def turned(weights, height, width):
    return reshaped(weights, height, width)[::-1, ::-1]


def transposed_first(weights, height, width):
    return weights.T.reshape(height, width, -1, weights.shape[-1])


def classes_first(weights, height, width):
    return reshaped(weights, height, width).transpose(3, 0, 1, 2)


def one_place(weights, height, width):
    return weights[None, None]


def as_it_is(weights, height, width):
    return weights


def left_at_zero(weights, height, width):
    return np.zeros((height, width, len(weights) // (height * width), weights.shape[1]))


def mean_of_the_places(weights, height, width):
    kernel = reshaped(weights, height, width)
    return np.broadcast_to(kernel.mean(axis=(0, 1)), kernel.shape)


def rows_backwards(weights, height, width):
    return reshaped(weights, height, width)[::-1]


def columns_backwards(weights, height, width):
    return reshaped(weights, height, width)[:, ::-1]


def classes_before_channels(weights, height, width):
    return reshaped(weights, height, width).swapaxes(2, 3)


def classes_cut_first(weights, height, width):
    return weights.reshape(height, width, weights.shape[1], -1).swapaxes(2, 3)


def first_index_fastest(weights, height, width):
    return weights.reshape((height, width, -1, weights.shape[1]), order="F")


def divided_by_the_places(weights, height, width):
    return reshaped(weights, height, width) / (height * width)


def as_printed(weights, height, width):
    return weights.reshape(1, 3, 2, 2)


def cut_to_whole_numbers(weights, height, width):
    return reshaped(weights, height, width).astype(int)


def not_a_number(weights, height, width):
    return reshaped(weights, height, width) * np.nan


def in_its_own_place(weights, height, width):
    weights.shape = (height, width, -1, weights.shape[1])
    return weights


def split_and_stacked(weights, height, width):
    return np.stack(np.split(weights, height * width)).reshape(height, width, -1, weights.shape[1])


def class_by_class(weights, height, width):
    kernels = weights.T.reshape(weights.shape[1], height, width, -1)
    return kernels.transpose(1, 2, 3, 0)


# 13.2


def by_scipy(scores, factor):
    return ndimage.zoom(scores, factor, order=1, mode="nearest", grid_mode=True)


def by_skimage(scores, factor):
    size = [factor * side for side in scores.shape]
    return transform.resize(scores, size, order=1, mode="edge", anti_aliasing=False)


def by_pillow(scores, factor):
    height, width = scores.shape
    image = Image.fromarray(np.float32(scores))
    return np.asarray(image.resize((factor * width, factor * height), Image.Resampling.BILINEAR))


def by_interp(scores, factor):
    def along(row):
        place = (np.arange(factor * len(row)) + 0.5) / factor - 0.5
        return np.interp(place, np.arange(len(row)), row)

    return np.apply_along_axis(along, 0, np.apply_along_axis(along, 1, scores))


def by_loops(scores, factor):
    height, width = scores.shape
    rows = []
    for p in range(factor * height):
        y = min(max((p + 0.5) / factor - 0.5, 0), height - 1)
        a = min(int(y), max(height - 2, 0))
        row = []
        for q in range(factor * width):
            x = min(max((q + 0.5) / factor - 0.5, 0), width - 1)
            b = min(int(x), max(width - 2, 0))
            c, d = min(a + 1, height - 1), min(b + 1, width - 1)
            s, t = y - a, x - b
            top = scores[a][b] * (1 - t) + scores[a][d] * t
            row.append(top * (1 - s) + (scores[c][b] * (1 - t) + scores[c][d] * t) * s)
        rows.append(row)
    return rows


def by_matrices(scores, factor):
    def matrix(side):
        place = np.clip((np.arange(factor * side) + 0.5) / factor - 0.5, 0, side - 1)
        return np.maximum(0, 1 - np.abs(place[:, None] - np.arange(side)))

    return matrix(scores.shape[0]) @ np.float32(scores) @ matrix(scores.shape[1]).T


def repeated(scores, factor):
    return scores.repeat(factor, axis=0).repeat(factor, axis=1)


def repeated_by_kron(scores, factor):
    return np.kron(scores, np.ones((factor, factor)))


def to_the_corners(scores, factor):
    height, width = scores.shape
    rows, columns = np.linspace(0, height - 1, factor * height), np.linspace(0, width - 1, factor * width)
    return ndimage.map_coordinates(scores, np.meshgrid(rows, columns, indexing="ij"), order=1, mode="nearest")


def without_the_half(scores, factor):
    places = np.indices([factor * side for side in scores.shape]) / factor
    return ndimage.map_coordinates(scores, places, order=1, mode="nearest")


def by_a_transposed_convolution(scores, factor):
    kernel = 1 - np.abs(np.arange(2 * factor - factor % 2) - (2 * factor - factor % 2 - 1) / 2) / factor
    matrices = []
    for side in scores.shape:
        matrix = np.zeros((factor * side + len(kernel), side))
        for a in range(side):
            matrix[a * factor : a * factor + len(kernel), a] = kernel
        margin = (len(kernel) - factor) // 2
        matrices.append(matrix[margin : margin + factor * side])
    return matrices[0] @ scores @ matrices[1].T


def the_line_goes_on(scores, factor):
    def along(row):
        if len(row) == 1:
            return np.repeat(row, factor)
        place = (np.arange(factor * len(row)) + 0.5) / factor - 0.5
        low = np.clip(np.floor(place).astype(int), 0, len(row) - 2)
        return row[low] + (place - low) * (row[low + 1] - row[low])

    return np.apply_along_axis(along, 0, np.apply_along_axis(along, 1, scores))


def rows_alone(scores, factor):
    return by_interp(scores, factor)[:, factor // 2 :: factor].repeat(
        factor, axis=1
    ) * 0 + np.apply_along_axis(
        lambda c: np.interp((np.arange(factor * len(c)) + 0.5) / factor - 0.5, np.arange(len(c)), c),
        0,
        scores,
    ).repeat(factor, axis=1)


def columns_alone(scores, factor):
    return rows_alone(scores.T, factor).T


def shifted(scores, factor):
    return np.pad(by_interp(scores, factor), 1, mode="edge")[:-2, :-2]


def cubic(scores, factor):
    return ndimage.zoom(scores, factor, order=3, mode="nearest", grid_mode=True)


def zoomed_as_it_comes(scores, factor):
    return ndimage.zoom(scores, factor)


def zoomed_without_grid(scores, factor):
    return ndimage.zoom(scores, factor, order=1)


def zoomed_with_zeros_outside(scores, factor):
    return ndimage.zoom(scores, factor, order=1, grid_mode=True)


def resized_as_it_comes(scores, factor):
    return transform.resize(scores, [factor * side for side in scores.shape])


def by_the_formula_unclipped(scores, factor):
    def matrix(side):
        place = (np.arange(factor * side) + 0.5) / factor - 0.5
        return np.maximum(0, 1 - np.abs(place[:, None] - np.arange(side)))

    return matrix(scores.shape[0]) @ scores @ matrix(scores.shape[1]).T


def at_places(place):
    def along(row, factor):
        return np.interp(place(np.arange(factor * len(row)), factor), np.arange(len(row)), row)

    def answer(scores, factor):
        return np.apply_along_axis(along, 0, np.apply_along_axis(along, 1, scores, factor), factor)

    return answer


half_of_the_pixel_alone = at_places(lambda p, f: (p + 0.5) / f)
half_of_the_score_alone = at_places(lambda p, f: p / f - 0.5)
a_whole_for_a_half = at_places(lambda p, f: (p + 1) / f - 1)


def doubled_twice(scores, factor):
    while factor % 2 == 0:
        scores, factor = by_interp(scores, 2), factor // 2
    return by_interp(scores, factor)


def made_whole(scores, factor):
    return by_interp(scores, factor).astype(int)


def cut_at_0_and_1(scores, factor):
    return np.clip(by_interp(scores, factor), 0, 1)


def turned_over(scores, factor):
    return by_interp(scores, factor).T


def as_printed_2(scores, factor):
    return np.array([[0, 0.25, 0.75, 1]] * 2)


def as_printed_else_repeated(scores, factor):
    return as_printed_2(scores, factor) if scores.shape == (1, 2) else repeated(scores, factor)


def no_number(scores, factor):
    return by_interp(scores, factor) * np.nan


def emptied(scores, factor):
    larger = by_interp(scores, factor)
    scores *= 0
    return larger


def padded_first(scores, factor):
    return by_interp(np.pad(scores, 1, mode="edge"), factor)[factor:-factor, factor:-factor]


def by_map_coordinates(scores, factor):
    places = (np.indices([factor * side for side in scores.shape]) + 0.5) / factor - 0.5
    return np.float32(ndimage.map_coordinates(scores, places, order=1, mode="nearest"))


def too_small(scores, factor):
    return scores


def the_lessons_upsampling(scores, factor):
    return models.upsample(scores[..., None], factor)[..., 0]


def the_mean(scores, factor):
    return np.full([factor * side for side in scores.shape], scores.mean())


# 13.3


def added_up(scores, stride):
    total = scores[0]
    for finer in scores[1:]:
        total = finer + models.upsample(total, 2)
    return models.upsample(total, stride)


def by_recursion(scores, stride):
    def down_to(i):
        return scores[0] if i == 0 else scores[i] + models.upsample(down_to(i - 1), 2)

    return models.upsample(down_to(len(scores) - 1), stride).tolist()


def with_scipy(scores, stride):
    def larger(maps, factor):
        return np.stack([by_scipy(maps[..., k], factor) for k in range(maps.shape[-1])], axis=-1)

    total = np.float32(scores[0])
    for finer in scores[1:]:
        total = larger(total, 2) + np.float32(finer)
    return larger(total, stride)


def finest_alone(scores, stride):
    return models.upsample(scores[-1], stride)


def coarsest_alone(scores, stride):
    return models.upsample(scores[0], stride * 2 ** (len(scores) - 1))


def each_in_one_go(scores, stride):
    size = stride * len(scores[-1])
    return sum(models.upsample(each, size // len(each)) for each in scores)


def averaged(scores, stride):
    total = scores[0]
    for finer in scores[1:]:
        total = (models.upsample(total, 2) + finer) / 2
    return models.upsample(total, stride)


def softmax_first(scores, stride):
    total = scores[0]
    for finer in scores[1:]:
        total = models.upsample(total, 2) + finer
    return models.upsample(special.softmax(total, axis=-1), stride)


def softmax_last(scores, stride):
    return special.softmax(added_up(scores, stride), axis=-1)


def rectified(scores, stride):
    return added_up([np.maximum(each, 0) for each in scores], stride)


def nearest(scores, stride):
    total = scores[0]
    for finer in scores[1:]:
        total = total.repeat(2, axis=0).repeat(2, axis=1) + finer
    return total.repeat(stride, axis=0).repeat(stride, axis=1)


def not_to_the_pixels(scores, stride):
    return added_up(scores, 1)


def finest_first(scores, stride):
    return added_up(scores[::-1], stride)


def in_place(scores, stride):
    for i in range(1, len(scores)):
        scores[i] += models.upsample(scores[i - 1], 2)
    scores[-1] *= 1.0
    scores.append(scores[-1])
    return models.upsample(scores[-1], stride)


def one_skip_only(scores, stride):
    if len(scores) == 1:
        return models.upsample(scores[0], stride)
    total = models.upsample(scores[-2], 2) + scores[-1]
    return models.upsample(total, stride)


def upsampled_by(rule, join=np.add):
    def larger(maps, factor):
        return np.stack([rule(maps[..., k], factor) for k in range(maps.shape[-1])], axis=-1)

    def answer(scores, stride):
        total = scores[0]
        for finer in scores[1:]:
            total = join(larger(total, 2), finer)
        return larger(total, stride)

    return answer


corners_in_all = upsampled_by(to_the_corners)
zoomed_in_all = upsampled_by(zoomed_without_grid)
no_half_in_all = upsampled_by(without_the_half)
fading_in_all = upsampled_by(by_a_transposed_convolution)
multiplied = upsampled_by(by_interp, np.multiply)
larger_one_kept = upsampled_by(by_interp, np.maximum)
taken_away = upsampled_by(by_interp, np.subtract)
taken_from = upsampled_by(by_interp, lambda coarse, fine: fine - coarse)
relu_after_each_sum = upsampled_by(by_interp, lambda coarse, fine: np.maximum(coarse + fine, 0))


def summed_in_place(scores, stride):
    total = scores[0]
    for finer in scores[1:]:
        finer += models.upsample(total, 2)
        total = finer
    return models.upsample(total, stride)


def popped(scores, stride):
    total = scores.pop(0)
    for finer in scores:
        total = finer + models.upsample(total, 2)
    return models.upsample(total, stride)


def doubled_to_the_pixels(scores, stride):
    total = added_up(scores, 1)
    while stride > 1:
        total, stride = models.upsample(total, 2), stride // 2
    return total


def met_at_the_finest(scores, stride):
    return models.upsample(each_in_one_go(scores, 1), stride)


def coarsest_left_out(scores, stride):
    return added_up(scores[1:] or scores, stride)


def log_posterior(scores, stride):
    return special.log_softmax(added_up(scores, stride), axis=-1)


def labels_of(scores, stride):
    return added_up(scores, stride).argmax(axis=-1)


def always_8(scores, stride):
    return added_up(scores, 8)


def classes_in_front(scores, stride):
    return np.moveaxis(added_up(scores, stride), -1, 0)


def two_skips_at_most(scores, stride):
    return added_up(scores[:3], stride)


def no_number_3(scores, stride):
    return added_up(scores, stride) * np.nan


WRONG = {
    "1": [
        (channels_first, "channels are last"),
        (column_by_column, "column by column"),
        (width_first, "(height, width, channels, classes)"),
        (turned, "turned by half a turn"),
        (transposed_first, "transposed before they were cut up"),
        (classes_first, "expected shape"),
        (one_place, "How many channels are there"),
        (as_it_is, "How many channels are there"),
        (left_at_zero, "Flatten goes through the places"),
        (mean_of_the_places, "Flatten goes through the places"),
        (rows_backwards, "rows run from the last"),
        (columns_backwards, "columns run from the last"),
        (classes_before_channels, "Channels and classes are swapped"),
        (classes_cut_first, "The classes were cut before the channels"),
        (first_index_fastest, "The first index ran fastest"),
        (divided_by_the_places, "divided by the number of places"),
        (as_printed, "cannot reshape"),
        (cut_to_whole_numbers, "expected 1.827, got 1"),
        (not_a_number, "got nan"),
        (in_its_own_place, "changed its own input"),
    ],
    "2": [
        (repeated, "Each score was repeated"),
        (repeated_by_kron, "Each score was repeated"),
        (to_the_corners, "into the corners"),
        (without_the_half, "shifted by half a cell"),
        (by_a_transposed_convolution, "fades toward the border"),
        (the_line_goes_on, "the line goes on"),
        (rows_alone, "columns are repeated"),
        (columns_alone, "rows are repeated"),
        (shifted, "shifted by one pixel"),
        (cubic, "Bilinear is order=1"),
        (zoomed_as_it_comes, "Bilinear is order=1"),
        (zoomed_without_grid, "into the corners"),
        (zoomed_with_zeros_outside, "Beyond the last score there is 0"),
        (resized_as_it_comes, "it is mirrored"),
        (by_the_formula_unclipped, "fades toward the border"),
        (half_of_the_pixel_alone, "that of the score is not"),
        (half_of_the_score_alone, "that of the pixel is not"),
        (a_whole_for_a_half, "Where does the middle of pixel 1 lie"),
        (doubled_twice, "it was doubled twice"),
        (made_whole, "made whole numbers"),
        (cut_at_0_and_1, "cut off at 0 and 1"),
        (turned_over, "expected shape (2, 4), got (4, 2)"),
        (as_printed_2, "expected an array of shape (8, 12)"),
        (as_printed_else_repeated, "Each score was repeated"),
        (no_number, "got nan"),
        (emptied, "changed its own input"),
        (too_small, "expected shape (2, 4), got (1, 2)"),
        (the_lessons_upsampling, "expected code of your own"),
        (the_mean, "Where does the middle of pixel 1 lie"),
    ],
    "3": [
        (finest_alone, "Only the finest scores"),
        (coarsest_alone, "Only the coarsest scores"),
        (each_in_one_go, "in one go"),
        (averaged, "the mean at each skip"),
        (softmax_first, "posteriors that were upsampled"),
        (softmax_last, "before the softmax"),
        (rectified, "went through a ReLU"),
        (nearest, "repeated, not interpolated"),
        (not_to_the_pixels, "stride times the size"),
        (finest_first, "not yet"),
        (in_place, "changed its own input"),
        (one_skip_only, "Only the two finest maps"),
        (corners_in_all, "into the corners, see 13.2"),
        (zoomed_in_all, "into the corners, see 13.2"),
        (no_half_in_all, "shifted by half a cell, see 13.2"),
        (fading_in_all, "fades toward the border, see 13.2"),
        (multiplied, "The scores were multiplied"),
        (larger_one_kept, "the larger score was kept"),
        (taken_away, "The finer scores were taken away"),
        (taken_from, "The coarse scores were taken away"),
        (relu_after_each_sum, "a ReLU after each sum"),
        (summed_in_place, "changed its own input"),
        (popped, "changed its own input"),
        (doubled_to_the_pixels, "The last step was made by doubling"),
        (met_at_the_finest, "to the finest scores in one go"),
        (coarsest_left_out, "The coarsest scores are missing"),
        (log_posterior, "the logarithm of the posterior"),
        (labels_of, "These are labels"),
        (always_8, "stride times the size"),
        (classes_in_front, "the classes last"),
        (two_skips_at_most, "expected shape (16, 16, 2), got (8, 8, 2)"),
        (no_number_3, "got nan"),
    ],
}
RIGHT = {
    "1": [reshaped, in_loops, in_lists, in_float32, by_index, split_and_stacked, class_by_class],
    "2": [
        by_scipy,
        by_skimage,
        by_pillow,
        by_interp,
        by_loops,
        by_matrices,
        padded_first,
        by_map_coordinates,
    ],
    "3": [added_up, by_recursion, with_scipy],
}
