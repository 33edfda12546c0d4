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
        (cubic, "Where does the middle of pixel 1 lie"),
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
        (one_skip_only, "Coarsest first: double what you have"),
    ],
}
RIGHT = {
    "1": [reshaped, in_loops, in_lists, in_float32, by_index],
    "2": [by_scipy, by_skimage, by_pillow, by_interp, by_loops, by_matrices],
    "3": [added_up, by_recursion, with_scipy],
}
