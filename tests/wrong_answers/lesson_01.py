"""Answers that learners give in lesson 01: each wrong one with words of the hint that it must get."""

from collections import Counter

import numpy as np

from mmseg_edu.preprocess import image as preprocess_image


def _blocks(labels, factor):
    height, width = labels.shape[0] // factor, labels.shape[1] // factor
    return labels.reshape(height, factor, width, factor).swapaxes(1, 2).reshape(height, width, -1)


def averaged(labels, factor):
    return _blocks(labels, factor).mean(axis=-1)


def averaged_and_rounded(labels, factor):
    return _blocks(labels, factor).mean(axis=-1).round().astype(np.uint8)


def averaged_and_cut(labels, factor):
    return _blocks(labels, factor).mean(axis=-1).astype(int)


def median_label(labels, factor):
    return np.median(_blocks(labels, factor), axis=-1)


def first_pixel(labels, factor):
    return labels[::factor, ::factor]


def middle_pixel(labels, factor):
    return labels[factor // 2 :: factor, factor // 2 :: factor]


def highest_label(labels, factor):
    return _blocks(labels, factor).max(axis=-1)


def lowest_label(labels, factor):
    return _blocks(labels, factor).min(axis=-1)


def highest_of_a_tie(labels, factor):
    blocks = _blocks(labels, factor)
    return [[max(sorted(set(row), reverse=True), key=list(row).count) for row in line] for line in blocks]


def first_of_a_tie(labels, factor):
    return [[Counter(row.tolist()).most_common(1)[0][0] for row in line] for line in _blocks(labels, factor)]


def resized_by_centres(labels, factor):
    return preprocess_image.resize_labels(labels, (labels.shape[0] // factor, labels.shape[1] // factor))


def background_left_out(labels, factor):
    blocks = _blocks(labels, factor)
    return [
        [max(sorted(set(row)), key=lambda k, row=row: list(row).count(k) * (k > 0)) for row in line]
        for line in blocks
    ]


def pieces_of_rows(labels, factor):
    height, width = labels.shape[0] // factor, labels.shape[1] // factor
    blocks = labels.reshape(height, width, -1)
    return [[int(np.bincount(row).argmax()) for row in line] for line in blocks]


def numbers_of_votes(labels, factor):
    return [[np.bincount(row).max() for row in line] for line in _blocks(labels, factor)]


def median_cut_to_whole(labels, factor):
    return np.median(_blocks(labels, factor), axis=-1).astype(int)


def last_pixel(labels, factor):
    return labels[factor - 1 :: factor, factor - 1 :: factor]


def resized_like_a_picture(labels, factor):
    size = labels.shape[0] // factor, labels.shape[1] // factor
    return preprocess_image.resize_image(labels.astype(np.float32), size).round().astype(int)


def resized_by_another_library(labels, factor):
    size = labels.shape[1] // factor, labels.shape[0] // factor
    from PIL import Image

    return np.asarray(Image.fromarray(labels.astype(np.float32)).resize(size, Image.Resampling.BILINEAR))


def a_picture_a_class(labels, factor):
    size = labels.shape[0] // factor, labels.shape[1] // factor
    masks = np.eye(labels.max() + 1)[labels]
    return preprocess_image.resize_image(masks, size, antialias=factor > 2).argmax(axis=-1)


def transposed(labels, factor):
    return [[np.bincount(row).argmax() for row in line] for line in _blocks(labels.T, factor)]


def only_five(labels, factor):
    blocks = _blocks(labels, factor)
    return np.stack([(blocks == k).sum(axis=-1) for k in range(5)], axis=-1).argmax(axis=-1)


def last_class_forgotten(labels, factor):
    blocks, last = _blocks(labels, factor), max(labels.max(), 1)
    return np.stack([(blocks == k).sum(axis=-1) for k in range(last)], axis=-1).argmax(axis=-1)


def places_in_the_list(labels, factor):
    names = list(np.unique(labels))
    return [[names.index(np.bincount(row).argmax()) for row in line] for line in _blocks(labels, factor)]


def factor_of_two(labels, factor):
    return [[np.bincount(row).argmax() for row in line] for line in _blocks(labels, 2)]


def five_classes(labels, factor):
    height, width = labels.shape[0] // factor, labels.shape[1] // factor
    return np.eye(5)[labels].reshape(height, factor, width, factor, 5).sum(axis=(1, 3)).argmax(axis=-1)


def one_winner(labels, factor):
    return np.bincount(labels.ravel()).argmax()


def always_background(labels, factor):
    return np.zeros((labels.shape[0] // factor, labels.shape[1] // factor))


def the_packages_own(labels, factor):
    size = labels.shape[0] // factor, labels.shape[1] // factor
    return preprocess_image.resize_labels_by_majority(labels, size)


def sorted_in_place(labels, factor):
    result = np.array([[np.bincount(row).argmax() for row in line] for line in _blocks(labels, factor)])
    labels[: len(result), : result.shape[1]] = result
    return result


def by_bincount(labels, factor):
    return [[np.bincount(row).argmax() for row in line] for line in _blocks(labels, factor)]


def by_loops(labels, factor):
    rows = []
    for r in range(0, len(labels), factor):
        row = []
        for c in range(0, len(labels[0]), factor):
            votes = Counter(int(labels[r + i][c + j]) for i in range(factor) for j in range(factor))
            row.append(min(votes, key=lambda k, votes=votes: (-votes[k], k)))
        rows.append(row)
    return rows


def by_another_library(labels, factor):
    from scipy import stats

    return stats.mode(_blocks(labels, factor), axis=-1).mode.astype(np.float32)


def by_one_hot(labels, factor):
    names = np.unique(labels)
    height, width = labels.shape[0] // factor, labels.shape[1] // factor
    votes = (labels[..., None] == names).reshape(height, factor, width, factor, -1).sum(axis=(1, 3))
    return names[votes.argmax(axis=-1)]


def _pixels(pictures):
    return np.concatenate([picture.reshape(-1, 3) for picture in pictures])


def _apply(sets, mean, std):
    return tuple([(picture - mean) / std for picture in pictures] for pictures in sets)


def leaked(training, test):
    every = _pixels([*training, *test])
    return _apply((training, test), every.mean(0), every.std(0))


def each_set_by_itself(training, test):
    return tuple([(p - _pixels(s).mean(0)) / _pixels(s).std(0) for p in s] for s in (training, test))


def each_picture_by_itself(training, test):
    return [preprocess_image.standardize(p) for p in training], [
        preprocess_image.standardize(p) for p in test
    ]


def one_number_for_all_channels(training, test):
    return _apply((training, test), _pixels(training).mean(), _pixels(training).std())


def averaged_over_pictures(training, test):
    mean = np.mean([p.mean((0, 1)) for p in training], axis=0)
    return _apply((training, test), mean, np.mean([p.std((0, 1)) for p in training], axis=0))


def by_the_variance(training, test):
    return _apply((training, test), _pixels(training).mean(0), _pixels(training).var(0))


def mean_only(training, test):
    return _apply((training, test), _pixels(training).mean(0), 1)


def spread_only(training, test):
    return _apply((training, test), 0, _pixels(training).std(0))


def by_the_test_set(training, test):
    return _apply((training, test), _pixels(test).mean(0), _pixels(test).std(0))


def divided_by_n_minus_1(training, test):
    return _apply((training, test), _pixels(training).mean(0), _pixels(training).std(0, ddof=1))


def test_left_alone(training, test):
    return _apply((training,), _pixels(training).mean(0), _pixels(training).std(0))[0], test


def first_picture_only(training, test):
    return _apply((training, test), _pixels(training[:1]).mean(0), _pixels(training[:1]).std(0))


def mean_of_means(training, test):
    mean = np.mean([p.mean((0, 1)) for p in training], axis=0)
    return _apply((training, test), mean, _pixels(training).std(0))


def mean_of_spreads(training, test):
    return _apply((training, test), _pixels(training).mean(0), np.mean([p.std((0, 1)) for p in training], 0))


def root_of_the_mean_variance(training, test):
    std = np.sqrt(np.mean([p.var((0, 1)) for p in training], axis=0))
    return _apply((training, test), _pixels(training).mean(0), std)


def spread_within_pictures(training, test):
    mean = _pixels(training).mean(0)
    own = _pixels([p - p.mean((0, 1)) for p in training])
    return _apply((training, test), mean, own.std(0))


def one_spread(training, test):
    return _apply((training, test), _pixels(training).mean(0), _pixels(training).std())


def no_brackets(training, test):
    mean, std = _pixels(training).mean(0), _pixels(training).std(0)
    return [p - mean / std for p in training], [p - mean / std for p in test]


def multiplied(training, test):
    return _apply((training, test), _pixels(training).mean(0), 1 / _pixels(training).std(0))


def from_0_to_1(training, test):
    low, high = _pixels(training).min(0), _pixels(training).max(0)
    return _apply((training, test), low, high - low)


def imagenet(training, test):
    return _apply((training, test), np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225]))


def test_set_first(training, test):
    return all_pixels_together(training, test)[::-1]


def training_only(training, test):
    return _apply((training,), _pixels(training).mean(0), _pixels(training).std(0))[0]


def one_long_array(training, test):
    return tuple(
        _pixels(s) for s in _apply((training, test), _pixels(training).mean(0), _pixels(training).std(0))
    )


def place_by_place(training, test):
    mean, std = np.mean(training, axis=0), np.std(training, axis=0)
    return _apply((training, test), mean, std)


def in_place(training, test):
    mean, std = _pixels(training).mean(0), _pixels(training).std(0)
    for picture in [*training, *test]:
        picture -= mean
        picture /= std
    return training, test


def all_pixels_together(training, test):
    return _apply((training, test), _pixels(training).mean(0), _pixels(training).std(0))


def by_the_package(training, test):
    mean, std = preprocess_image.channel_statistics(training)
    return tuple(
        [preprocess_image.normalize(p, mean, std) for p in pictures] for pictures in (training, test)
    )


def by_sums_in_float32(training, test):
    training, test = ([p.astype(np.float32) for p in pictures] for pictures in (training, test))
    n = sum(p.shape[0] * p.shape[1] for p in training)
    mean = sum(p.sum((0, 1)) for p in training) / n
    std = np.sqrt(sum(((p - mean) ** 2).sum((0, 1)) for p in training) / n)
    return [(p - mean) / std for p in training], [(p - mean) / std for p in test]


def channel_by_channel_in_lists(training, test):
    result = [[np.empty(p.shape).tolist() for p in pictures] for pictures in (training, test)]
    for k in range(3):
        values = [v for p in training for v in p[..., k].ravel().tolist()]
        mean = sum(values) / len(values)
        std = (sum((v - mean) ** 2 for v in values) / len(values)) ** 0.5
        for pictures, done in zip((training, test), result, strict=True):
            for picture, new in zip(pictures, done, strict=True):
                for r, c in np.ndindex(picture.shape[:2]):
                    new[r][c][k] = (picture[r, c, k] - mean) / std
    return result


def _cut(boxes, rectangle):
    top, left, height, width = rectangle
    return np.clip(boxes - [top, left, top, left], 0, [height, width, height, width])


def _mirror(boxes, width):
    return np.stack([boxes[:, 0], width - boxes[:, 3], boxes[:, 2], width - boxes[:, 1]], axis=1)


def left_is_right_of_right(boxes, width, rectangle):
    return _cut(np.stack([boxes[:, 0], width - boxes[:, 1], boxes[:, 2], width - boxes[:, 3]], 1), rectangle)


def pixels_for_edges(boxes, width, rectangle):
    return _cut(_mirror(boxes, width - 1), rectangle)


def cropped_first(boxes, width, rectangle):
    return _mirror(_cut(boxes, rectangle), rectangle[3])


def mirrored_in_the_crop(boxes, width, rectangle):
    return _cut(_mirror(boxes, rectangle[3]), rectangle)


def never_cut(boxes, width, rectangle):
    return _mirror(boxes, width) - [*rectangle[:2], *rectangle[:2]]


def cut_at_0_only(boxes, width, rectangle):
    return np.maximum(never_cut(boxes, width, rectangle), 0)


def not_mirrored(boxes, width, rectangle):
    return _cut(boxes, rectangle)


def not_cropped(boxes, width, rectangle):
    return _mirror(boxes, width)


def corner_kept(boxes, width, rectangle):
    top, left, height, wide = rectangle
    return np.clip(_mirror(boxes, width), [top, left, top, left], [top + height, left + wide] * 2)


def sizes_read_as_ends(boxes, width, rectangle):
    top, left, bottom, right = rectangle
    return _cut(_mirror(boxes, width), (top, left, bottom - top, right - left))


def width_before_height(boxes, width, rectangle):
    top, left, wide, height = rectangle
    return _cut(_mirror(boxes, width), (top, left, height, wide))


def left_before_top(boxes, width, rectangle):
    left, top, wide, height = rectangle
    return _cut(_mirror(boxes, width), (top, left, height, wide))


def upside_down(boxes, width, rectangle):
    return _cut(np.stack([width - boxes[:, 2], boxes[:, 1], width - boxes[:, 0], boxes[:, 3]], 1), rectangle)


def columns_first(boxes, width, rectangle):
    swap = [1, 0, 3, 2]
    return _cut(_mirror(boxes[:, swap], width), rectangle)[:, swap]


def left_for_top(boxes, width, rectangle):
    return _cut(_mirror(boxes[:, [1, 0, 3, 2]], width), rectangle)


def cropped_first_mirrored_in_all(boxes, width, rectangle):
    return _mirror(_cut(boxes, rectangle), width)


def not_cut_at_0(boxes, width, rectangle):
    return np.minimum(never_cut(boxes, width, rectangle), [*rectangle[2:], *rectangle[2:]])


def cut_at_the_last_pixel(boxes, width, rectangle):
    _, _, height, wide = rectangle
    return np.clip(never_cut(boxes, width, rectangle), 0, [height - 1, wide - 1] * 2)


def corner_added(boxes, width, rectangle):
    top, left, height, wide = rectangle
    return np.clip(_mirror(boxes, width) - [-top, -left, -top, -left], 0, [height, wide] * 2)


def heights_and_widths(boxes, width, rectangle):
    done = _cut(_mirror(boxes, width), rectangle)
    return np.concatenate([done[:, :2], done[:, 2:] - done[:, :2]], axis=1)


def outside_dropped(boxes, width, rectangle):
    done = _cut(_mirror(boxes, width), rectangle)
    return done[(done[:, 2] > done[:, 0]) & (done[:, 3] > done[:, 1])]


def same_boxes(boxes, width, rectangle):
    return boxes


def written_over(boxes, width, rectangle):
    boxes[:] = _cut(_mirror(boxes, width), rectangle)
    return boxes


def with_numpy(boxes, width, rectangle):
    return _cut(_mirror(boxes, width), rectangle).astype(np.float32)


def with_loops(boxes, width, rectangle):
    top, left, height, wide = rectangle
    moved = []
    for t, x, b, y in boxes.tolist():
        rows = [min(max(each - top, 0), height) for each in (t, b)]
        columns = [min(max(width - each - left, 0), wide) for each in (y, x)]
        moved.append([rows[0], columns[0], rows[1], columns[1]])
    return moved


def outside_at_the_corner(boxes, width, rectangle):
    done = _cut(_mirror(boxes, width), rectangle)
    empty = (done[:, 2] == done[:, 0]) | (done[:, 3] == done[:, 1])
    return np.where(empty[:, None], 0, done)


def with_the_package(boxes, width, rectangle):
    height = int(boxes[:, 2].max())
    mirror = preprocess_image.affine_matrix((height, width), flip=True)
    return preprocess_image.crop_boxes(
        preprocess_image.warp_boxes(boxes, mirror, (height, width)), *rectangle
    )


def by_painting(boxes, width, rectangle):
    top, left, height, wide = rectangle
    moved = []
    for t, x, b, y in boxes:
        canvas = np.zeros((200, width), bool)
        canvas[t:b, x:y] = True
        piece = canvas[:, ::-1][top : top + height, left : left + wide]
        rows, columns = np.nonzero(piece)
        moved.append([rows.min(), columns.min(), rows.max() + 1, columns.max() + 1] if len(rows) else [0] * 4)
    return moved


WRONG = {
    "1": [
        (averaged, "a mean of names"),
        (averaged_and_rounded, "a mean of names"),
        (averaged_and_cut, "a mean of names"),
        (median_label, "A median needs an order"),
        (first_pixel, "the first pixel of each block"),
        (middle_pixel, "one pixel from the middle"),
        (highest_label, "the highest label of each block"),
        (lowest_label, "the lowest label of each block"),
        (highest_of_a_tie, "of a tie the lowest label wins"),
        (first_of_a_tie, "the label that stands first in the block"),
        (resized_by_centres, "one pixel from the middle"),
        (background_left_out, "The background has a vote"),
        (pieces_of_rows, "these are pieces of rows"),
        (numbers_of_votes, "numbers of votes"),
        (places_in_the_list, "places in the list of labels"),
        (factor_of_two, "raises ValueError"),
        (five_classes, "raises IndexError"),
        (median_cut_to_whole, "A median needs an order"),
        (last_pixel, "the last pixel of each block"),
        (resized_like_a_picture, "a mean of names"),
        (resized_by_another_library, "a mean of names"),
        (a_picture_a_class, "the package is for comparing only"),
        (transposed, "this is the answer for labels.T"),
        (only_five, "Only the labels 0 to 4 are counted"),
        (last_class_forgotten, "The highest label has no vote"),
        (one_winner, "One label for each block"),
        (always_background, "Count, for each label"),
        (the_packages_own, "the package's answer"),
        (sorted_in_place, "changed its own input"),
    ],
    "2": [
        (leaked, "That is a leak"),
        (each_set_by_itself, "One ruler for both"),
        (each_picture_by_itself, "by its own ruler"),
        (one_number_for_all_channels, "One mean for all channels"),
        (averaged_over_pictures, "averages over pictures"),
        (by_the_variance, "divides by the variance"),
        (mean_only, "the spread is not 1 yet"),
        (spread_only, "the mean is not 0 yet"),
        (by_the_test_set, "statistics of the test set"),
        (divided_by_n_minus_1, "divides by n - 1"),
        (test_left_alone, "came back as they were"),
        (first_picture_only, "the first training picture alone"),
        (mean_of_means, "The mean is one of means"),
        (mean_of_spreads, "missing in this spread"),
        (root_of_the_mean_variance, "missing in this spread"),
        (spread_within_pictures, "missing in this spread"),
        (one_spread, "One spread for all channels"),
        (no_brackets, "needs brackets"),
        (multiplied, "This multiplies by the spread"),
        (from_0_to_1, "from the smallest to the largest"),
        (imagenet, "the numbers of another data set"),
        (test_set_first, "expected a list of 2 training pictures, got a list of 1"),
        (training_only, "expected a list of 2 training pictures"),
        (one_long_array, "expected a list of 2 training pictures"),
        (place_by_place, "raises ValueError"),
        (in_place, "Which line writes into them"),
    ],
    "3": [
        (left_is_right_of_right, "Left is now right of right"),
        (pixels_for_edges, "edges, not pixels"),
        (cropped_first, "Cropped first, then mirrored"),
        (mirrored_in_the_crop, "in the width of the crop"),
        (never_cut, "must end where the crop ends"),
        (cut_at_0_only, "Cut at 0, but not"),
        (not_mirrored, "nothing was mirrored"),
        (not_cropped, "nothing was cropped"),
        (corner_kept, "must become (0, 0)"),
        (sizes_read_as_ends, "read as bottom and right"),
        (width_before_height, "were rows and columns exchanged in it?"),
        (left_before_top, "were rows and columns exchanged in it?"),
        (upside_down, "Mirrored upside down"),
        (columns_first, "Rows and columns are exchanged"),
        (left_for_top, "Rows and columns are exchanged"),
        (cropped_first_mirrored_in_all, "mirrored in the whole width"),
        (not_cut_at_0, "but not at 0 on the other side"),
        (cut_at_the_last_pixel, "Cut one too early"),
        (corner_added, "corner was added"),
        (heights_and_widths, "These are heights and widths"),
        (outside_dropped, "keeps its row, with area 0"),
        (same_boxes, "Mirror: column x becomes width - x"),
        (written_over, "changed its own input"),
    ],
}

RIGHT = {
    "1": [by_bincount, by_loops, by_another_library, by_one_hot],
    "2": [all_pixels_together, by_the_package, by_sums_in_float32, channel_by_channel_in_lists],
    "3": [with_numpy, with_loops, outside_at_the_corner, with_the_package, by_painting],
}
