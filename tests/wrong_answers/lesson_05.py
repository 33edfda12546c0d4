"""Answers to the exercises of lesson 05: wrong ones with the words of the hint that each must get, and right ones."""

import numpy as np
from scipy import ndimage, signal
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mmseg_edu.features import cnn


def _windows(image, kernel):
    return np.lib.stride_tricks.sliding_window_view(image, np.shape(kernel))


def in_loops(image, kernel, stride):
    (height, width), (h, w) = image.shape, kernel.shape
    rows = []
    for p in range(0, height - h + 1, stride):
        row = []
        for q in range(0, width - w + 1, stride):
            total = 0.0
            for i in range(h):
                for j in range(w):
                    total += image[p + i, q + j] * kernel[i, j]
            row.append(total)
        rows.append(row)
    return rows


def by_windows_in_float32(image, kernel, stride):
    windows = _windows(np.float32(image), kernel)[::stride, ::stride]
    return np.einsum("pqij,ij->pq", windows, np.float32(kernel))


def by_scipy(image, kernel, stride):
    return signal.correlate2d(image, kernel, mode="valid")[::stride, ::stride]


def by_fourier(image, kernel, stride):
    return signal.fftconvolve(image, kernel[::-1, ::-1], mode="valid")[::stride, ::stride]


def by_a_matrix_product(image, kernel, stride):
    windows = _windows(image, kernel)[::stride, ::stride]
    return windows.reshape(*windows.shape[:2], -1) @ np.ravel(kernel)


def flipped(image, kernel, stride):
    return by_scipy(image, kernel[::-1, ::-1], stride)


def transposed_kernel(image, kernel, stride):
    return by_scipy(image, kernel.T, stride)


def every_stop(image, kernel, stride):
    return by_scipy(image, kernel, 1)


def rows_only(image, kernel, stride):
    return by_scipy(image, kernel, 1)[::stride]


def thinned_first(image, kernel, stride):
    return by_scipy(image[::stride, ::stride], kernel, 1)


def padded(image, kernel, stride):
    return ndimage.correlate(image, kernel, mode="constant")[::stride, ::stride]


def mean_of_products(image, kernel, stride):
    return by_scipy(image, kernel, stride) / kernel.size


def without_sign(image, kernel, stride):
    return np.abs(by_scipy(image, kernel, stride))


def with_relu(image, kernel, stride):
    return np.maximum(by_scipy(image, kernel, stride), 0)


def not_added_up(image, kernel, stride):
    return _windows(image, kernel)[::stride, ::stride] * kernel


def one_stop_short(image, kernel, stride):
    return by_scipy(image, kernel, 1)[:-1:stride, :-1:stride]


def map_transposed(image, kernel, stride):
    return by_scipy(image, kernel, stride).T


def for_squares_only(image, kernel, stride):
    n, k = len(image), len(kernel)
    stops = range(0, n - k + 1, stride)
    return np.array([[(image[p : p + k, q : q + k] * kernel).sum() for q in stops] for p in stops])


def rounded_up(image, kernel, stride):
    sides = [-(-(n - k) // stride) + 1 for n, k in zip(image.shape, kernel.shape, strict=True)]
    full = np.pad(image, ((0, stride), (0, stride)))
    return by_scipy(full, kernel, stride)[: sides[0], : sides[1]]


def the_packages(image, kernel, stride):
    return cnn.convolve(image, kernel, stride)


def whole_numbers(image, kernel, stride):
    found = by_scipy(image, kernel, stride)
    map_ = np.zeros(found.shape, dtype=int)
    map_[:] = found
    return map_


def always_three_times_three(image, kernel, stride):
    return np.full((2, 2), 3.0)


def by_the_formula(layers):
    field, step = 1, 1
    for kernel, stride in layers:
        field, step = field + (kernel - 1) * step, step * stride
    return field, step


def backwards(layers):
    """From the unit to the picture: how many units of the map before does it take to see this many?"""
    field, step = 1, 1
    for kernel, stride in reversed(layers):
        field, step = (field - 1) * stride + kernel, step * stride
    return [field, step]


def by_marking(layers):
    """One unit more in the last map: how many pixels are read then?"""

    def pixels(units):
        for kernel, stride in layers[::-1]:
            units = {stride * unit + i for unit in units for i in range(kernel)}
        return units

    return np.array([len(range(min(pixels({0})), max(pixels({0})) + 1)), min(pixels({1}))], np.float32)


def by_sums(layers):
    steps = np.cumprod([1, *(stride for _, stride in layers)])
    return 1 + sum((kernel - 1) * step for (kernel, _), step in zip(layers, steps, strict=False)), steps[-1]


def stride_first(layers):
    field, step = 1, 1
    for kernel, stride in layers:
        step *= stride
        field += (kernel - 1) * step
    return field, step


def whole_kernels(layers):
    field, step = 1, 1
    for kernel, stride in layers:
        field += kernel * step
        step *= stride
    return field, step


def no_strides(layers):
    return 1 + sum(kernel - 1 for kernel, _ in layers), by_the_formula(layers)[1]


def last_stride_only(layers):
    field, step = 1, 1
    for kernel, stride in layers:
        field += (kernel - 1) * step
        step = stride
    return field, step


def strides_added(layers):
    field, step = 1, 1
    for kernel, stride in layers:
        field += (kernel - 1) * step
        step += stride - 1
    return field, step


def from_the_last(layers):
    return by_the_formula(layers[::-1])


def backwards_from_the_front(layers):
    """The recursion that walks from the unit to the picture, on layers that begin at the picture."""
    field, step = 1, 1
    for kernel, stride in layers:
        field, step = (field - 1) * stride + kernel, step * stride
    return field, step


def own_stride(layers):
    field, step = 1, 1
    for kernel, stride in layers:
        field += (kernel - 1) * stride
        step *= stride
    return field, step


def pairs_turned(layers):
    return by_the_formula([(stride, kernel) for kernel, stride in layers])


def last_step(layers):
    return by_the_formula(layers)[0], layers[-1][1] if layers else 1


def multiplied(layers):
    return int(np.prod([kernel for kernel, _ in layers])), by_the_formula(layers)[1]


def step_before_field(layers):
    return by_the_formula(layers)[::-1]


def field_only(layers):
    return by_the_formula(layers)[0]


def always_three(layers):
    return by_the_formula([(3, stride) for _, stride in layers])


def by_the_radius(layers):
    field, step = 1, 1
    for kernel, stride in layers:
        field += 2 * (kernel // 2) * step
        step *= stride
    return field, step


def from_nothing(layers):
    field, step = by_the_formula(layers)
    return field - 1, step


def the_lessons_answer(layers):
    return 32, 4


def without_the_empty_stack(layers):
    field, step = layers[0]
    for kernel, stride in layers[1:]:
        field += (kernel - 1) * step
        step *= stride
    return field, step


def _others(pixels, test):
    return [i for i in range(len(pixels)) if i not in test]


def _fitted(rule, pixels, labels, new):
    rule.fit(pixels.reshape(-1, pixels.shape[-1]), labels.ravel())
    return rule.predict(new.reshape(-1, new.shape[-1])).reshape(new.shape[:-1])


def _softmax():
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))


def with_a_pipeline(pixels, labels, test):
    keep = _others(pixels, test)
    return _fitted(_softmax(), pixels[keep], labels[keep], pixels[test])


def by_least_squares(pixels, labels, test):
    keep = _others(pixels, test)
    design = np.insert(pixels, 0, 1.0, axis=-1)
    x, classes = design[keep].reshape(-1, design.shape[-1]), np.unique(labels[keep])
    weights = np.linalg.lstsq(x, (labels[keep].reshape(-1, 1) == classes) * 1.0, rcond=None)[0]
    return classes[(design[test] @ weights).argmax(axis=-1)].tolist()


def by_discriminants(pixels, labels, test):
    keep = np.delete(np.arange(len(pixels)), test)
    return _fitted(LinearDiscriminantAnalysis(), np.float32(pixels[keep]), labels[keep], pixels[test])


def by_chance_steps(pixels, labels, test):
    keep = np.setdiff1d(np.arange(len(pixels)), test)
    rule = make_pipeline(StandardScaler(), SGDClassifier(alpha=1e-3, random_state=0))
    return _fitted(rule, pixels[keep], labels[keep], pixels[test]).astype(np.uint8)


def fitted_on_all(pixels, labels, test):
    return _fitted(_softmax(), pixels, labels, pixels[test])


def fitted_on_the_test(pixels, labels, test):
    return _fitted(_softmax(), pixels[test], labels[test], pixels[test])


def pixels_split(pixels, labels, test):
    x, y = pixels.reshape(-1, pixels.shape[-1]), labels.ravel()
    some = np.random.default_rng(0).random(len(y)) < 0.7
    rule = _softmax().fit(x[some], y[some])
    return rule.predict(pixels[test].reshape(-1, pixels.shape[-1])).reshape(labels[test].shape)


def truth_handed_back(pixels, labels, test):
    return labels[test]


def scaled_by_all(pixels, labels, test):
    x = pixels.reshape(-1, pixels.shape[-1])
    scaled = (pixels - x.mean(axis=0)) / x.std(axis=0)
    keep = _others(pixels, test)
    return _fitted(LogisticRegression(max_iter=1000), scaled[keep], labels[keep], scaled[test])


def flat_answer(pixels, labels, test):
    return np.ravel(with_a_pipeline(pixels, labels, test))


def in_the_scenes_order(pixels, labels, test):
    return with_a_pipeline(pixels, labels, sorted(test))


def the_first_scenes(pixels, labels, test):
    return _fitted(_softmax(), pixels[len(test) :], labels[len(test) :], pixels[: len(test)])


def commonest_class(pixels, labels, test):
    return np.full_like(labels[test], np.bincount(labels[_others(pixels, test)].ravel()).argmax())


def probabilities(pixels, labels, test):
    keep, channels = _others(pixels, test), pixels.shape[-1]
    rule = _softmax().fit(pixels[keep].reshape(-1, channels), labels[keep].ravel())
    return rule.predict_proba(pixels[test].reshape(-1, channels)).reshape(*labels[test].shape, -1)


def one_scene_short(pixels, labels, test):
    keep = [i for i in range(len(pixels) - 1) if i not in test]
    return _fitted(_softmax(), pixels[keep], labels[keep], pixels[test])


def scores_of_one_column(pixels, labels, test):
    keep = _others(pixels, test)
    x = np.insert(pixels[keep].reshape(-1, pixels.shape[-1]), 0, 1.0, axis=-1)
    weights = np.linalg.lstsq(x, labels[keep].ravel(), rcond=None)[0]
    return np.insert(pixels[test], 0, 1.0, axis=-1) @ weights


def class_numbers(pixels, labels, test):
    return np.clip(np.rint(scores_of_one_column(pixels, labels, test)), 0, labels.max()).astype(int)


def the_last_scenes(pixels, labels, test):
    count = len(test)
    return _fitted(_softmax(), pixels[:-count], labels[:-count], pixels[-count:])


def no_constant(pixels, labels, test):
    keep, classes = _others(pixels, test), np.unique(labels)
    x = pixels[keep].reshape(-1, pixels.shape[-1])
    weights = np.linalg.lstsq(x, (labels[keep].reshape(-1, 1) == classes) * 1.0, rcond=None)[0]
    return classes[(pixels[test] @ weights).argmax(axis=-1)]


def chance(pixels, labels, test):
    return np.random.default_rng(0).integers(0, 5, labels[test].shape)


WRONG = {
    "1": [
        (flipped, "turned by half a turn"),
        (transposed_kernel, "kernel was transposed"),
        (every_stop, "That is every stop"),
        (rows_only, "in one direction only"),
        (thinned_first, "thinned out first"),
        (padded, "may not reach over the border"),
        (mean_of_products, "has their sum"),
        (without_sign, "The sign is gone"),
        (with_relu, "that is the ReLU"),
        (not_added_up, "expected shape (2, 2), got (2, 2, 3, 3)"),
        (one_stop_short, "(H - h) // stride + 1"),
        (map_transposed, "have changed places"),
        (for_squares_only, "not square"),
        (rounded_up, "the last one where the whole window"),
        (the_packages, "expected code of your own"),
        (whole_numbers, "decimals are gone"),
        (always_three_times_three, "upper left pixel"),
    ],
    "2": [
        (stride_first, "before its own kernel"),
        (whole_kernels, "counts in full"),
        (no_strides, "as if nothing had a stride"),
        (last_stride_only, "Strides multiply"),
        (strides_added, "Strides were added"),
        (from_the_last, "in the opposite order"),
        (backwards_from_the_front, "in the opposite order"),
        (own_stride, "multiplied by its own stride"),
        (pairs_turned, "each pair is (kernel, stride)"),
        (last_step, "The field is right"),
        (multiplied, "see 5 pixels, not 9"),
        (step_before_field, "the field comes first"),
        (field_only, "Return two numbers"),
        (always_three, "counts as one of 3"),
        (by_the_radius, "right for odd kernels only"),
        (from_nothing, "sees one pixel: itself"),
        (the_lessons_answer, "How long is a step"),
        (without_the_empty_stack, "raises IndexError"),
    ],
    "3": [
        (fitted_on_all, "leaked into the rule"),
        (fitted_on_the_test, "leaked into the rule"),
        (pixels_split, "leaked into the rule"),
        (truth_handed_back, "leaked into the rule"),
        (scaled_by_all, "a mean or a spread for scaling"),
        (flat_answer, "in the shape that labels[test] has"),
        (in_the_scenes_order, "in the order of `test`"),
        (the_first_scenes, "maps of the first five scenes"),
        (commonest_class, "one and the same class"),
        (probabilities, "expected shape (5, 6, 5), got (5, 6, 5, 5)"),
        (one_scene_short, "besides those in `test`"),
        (scores_of_one_column, "Return the class, not its score"),
        (class_numbers, "Classes have no order"),
        (the_last_scenes, "maps of the last five scenes"),
        (no_constant, "Has it a constant"),
        (chance, "Has it a constant"),
    ],
}
RIGHT = {
    "1": [in_loops, by_windows_in_float32, by_scipy, by_fourier, by_a_matrix_product],
    "2": [by_the_formula, backwards, by_marking, by_sums],
    "3": [with_a_pipeline, by_least_squares, by_discriminants, by_chance_steps],
}
