"""Answers that learners give in lesson 06: each wrong one with words of the hint that it must get."""

import numpy as np


def recall_only(truth, predicted):
    return (truth & predicted).sum() / max(truth.sum(), 1)


def precision_only(truth, predicted):
    return (truth & predicted).sum() / max(predicted.sum(), 1)


def that_is_dice(truth, predicted):
    return 2 * (truth & predicted).sum() / (truth.sum() + predicted.sum())


def sum_for_union(truth, predicted):
    return (truth & predicted).sum() / (truth.sum() + predicted.sum())


def that_is_accuracy(truth, predicted):
    return (truth == predicted).mean()


def exclusive_or(truth, predicted):
    return (truth & predicted).sum() / (truth ^ predicted).sum()


def over_the_picture(truth, predicted):
    return (truth & predicted).mean()


def row_by_row(truth, predicted):
    return (truth & predicted).sum(axis=1) / np.maximum((truth | predicted).sum(axis=1), 1)


def empty_is_nan(truth, predicted):
    with np.errstate(invalid="ignore"):
        return (truth & predicted).sum() / (truth | predicted).sum()


def empty_is_zero(truth, predicted):
    return (truth & predicted).sum() / max((truth | predicted).sum(), 1)


def empty_truth_is_one(truth, predicted):
    if not truth.any():
        return 1.0
    return (truth & predicted).sum() / (truth | predicted).sum()


def padded_union(truth, predicted):
    return ((truth & predicted).sum() + 1e-3) / ((truth | predicted).sum() + 1e-3)


def in_place(truth, predicted):
    union = (truth | predicted).sum()
    truth &= predicted
    return truth.sum() / union if union else 1.0


def by_operators(truth, predicted):
    union = (truth | predicted).sum()
    return (truth & predicted).sum() / union if union else 1.0


def by_counts(truth, predicted):
    hits = np.count_nonzero(np.logical_and(truth, predicted))
    wrong = np.count_nonzero(truth != predicted)
    return 1.0 if hits + wrong == 0 else hits / (hits + wrong)


def _ratios(truth, predicted, classes):
    both = np.array([((truth == k) & (predicted == k)).sum() for k in range(classes)])
    either = np.array([((truth == k) | (predicted == k)).sum() for k in range(classes)])
    return both, either


def labels_accuracy(truth, predicted, classes):
    return (truth == predicted).mean()


def one_ratio(truth, predicted, classes):
    both, either = _ratios(truth, predicted, classes)
    return both.sum() / either.sum()


def no_background(truth, predicted, classes):
    both, either = _ratios(truth, predicted, classes)
    return np.mean([b / e for b, e in zip(both[1:], either[1:], strict=True) if e])


def each_picture(truth, predicted, classes):
    return np.mean([mean_of_ratios(t, p, classes) for t, p in zip(truth, predicted, strict=True)])


def each_picture_zero(truth, predicted, classes):
    return np.mean([absent_is_zero(t, p, classes) for t, p in zip(truth, predicted, strict=True)])


def absent_is_zero(truth, predicted, classes):
    both, either = _ratios(truth, predicted, classes)
    return np.mean(both / np.maximum(either, 1))


def absent_is_one(truth, predicted, classes):
    both, either = _ratios(truth, predicted, classes)
    return np.mean(np.where(either > 0, both / np.maximum(either, 1), 1))


def absent_is_nan(truth, predicted, classes):
    both, either = _ratios(truth, predicted, classes)
    return np.mean(np.where(either > 0, both / np.maximum(either, 1), np.nan))


def true_classes_only(truth, predicted, classes):
    both, either = _ratios(truth, predicted, classes)
    return np.mean([both[k] / either[k] for k in np.unique(truth)])


def class_recall(truth, predicted, classes):
    return np.mean([(predicted[truth == k] == k).mean() for k in range(classes) if (truth == k).any()])


def class_dice(truth, predicted, classes):
    both, either = _ratios(truth, predicted, classes)
    return np.mean([2 * b / (b + e) for b, e in zip(both, either, strict=True) if e])


def not_averaged(truth, predicted, classes):
    both, either = _ratios(truth, predicted, classes)
    return both / np.maximum(either, 1)


def mean_of_ratios(truth, predicted, classes):
    both, either = _ratios(truth, predicted, classes)
    return np.mean(both[either > 0] / either[either > 0])


def by_confusion(truth, predicted, classes):
    table = np.zeros((classes, classes), int)
    np.add.at(table, (truth.ravel(), predicted.ravel()), 1)
    hits = table.diagonal()
    union = table.sum(axis=0) + table.sum(axis=1) - hits
    return float((hits[union > 0] / union[union > 0]).mean())


def _frame_f(mask, p, threshold, beta_squared=0.3):
    claimed = p >= threshold
    hits = (mask & claimed).sum()
    return (1 + beta_squared) * hits / (beta_squared * mask.sum() + claimed.sum())


def _mean_f(scenes, threshold, beta_squared=0.3):
    return np.mean([_frame_f(m, p, threshold, beta_squared) for m, p in zip(*scenes, strict=True) if m.any()])


def _best(scenes, thresholds):
    return max(thresholds, key=lambda t: _mean_f(scenes, t))


def chosen_on_test(validation, test, thresholds):
    return _mean_f(test, _best(test, thresholds))


def validation_score(validation, test, thresholds):
    return _mean_f(validation, _best(validation, thresholds))


def always_half(validation, test, thresholds):
    return _mean_f(test, 0.5)


def plain_f1(validation, test, thresholds):
    best = max(thresholds, key=lambda t: _mean_f(validation, t, 1.0))
    return _mean_f(test, best, 1.0)


def beta_squared_twice(validation, test, thresholds):
    best = max(thresholds, key=lambda t: _mean_f(validation, t, 0.09))
    return _mean_f(test, best, 0.09)


def _swapped_f(mask, p, threshold):
    claimed = p >= threshold
    hits = (mask & claimed).sum()
    return 1.3 * hits / (mask.sum() + 0.3 * claimed.sum())


def beta_on_recall(validation, test, thresholds):
    def mean(scenes, t):
        return np.mean([_swapped_f(m, p, t) for m, p in zip(*scenes, strict=True) if m.any()])

    return mean(test, max(thresholds, key=lambda t: mean(validation, t)))


def the_threshold(validation, test, thresholds):
    return _best(validation, thresholds)


def strictly_above(validation, test, thresholds):
    def mean(scenes, t):
        return _mean_f((scenes[0], scenes[1] - 1e-9), t)

    return mean(test, max(thresholds, key=lambda t: mean(validation, t)))


def _pooled_f(scenes, threshold):
    truth, claimed = scenes[0], scenes[1] >= threshold
    return 1.3 * (truth & claimed).sum() / (0.3 * truth.sum() + claimed.sum())


def pooled_at_the_end(validation, test, thresholds):
    return _pooled_f(test, _best(validation, thresholds))


def _rates(scenes, threshold):
    claimed = scenes[1] >= threshold
    hits = (scenes[0] & claimed).sum((1, 2))
    some = scenes[0].any((1, 2))
    precision = hits / np.maximum(claimed.sum((1, 2)), 1)
    recall = hits / np.maximum(scenes[0].sum((1, 2)), 1)
    return precision[some], recall[some]


def mean_rates_first(validation, test, thresholds):
    precision, recall = (rate.mean() for rate in _rates(test, _best(validation, thresholds)))
    return 1.3 * precision * recall / (0.3 * precision + recall) if precision + recall else 0.0


def empty_counts(validation, test, thresholds):
    best = _best(validation, thresholds)
    return np.mean([_frame_f(m, p, best) if m.any() else 0.0 for m, p in zip(*test, strict=True)])


def empty_counts_as_one(validation, test, thresholds):
    best = _best(validation, thresholds)
    return np.mean([_frame_f(m, p, best) if m.any() else 1.0 for m, p in zip(*test, strict=True)])


def zero_over_zero(validation, test, thresholds):
    best = _best(validation, thresholds)
    with np.errstate(invalid="ignore"):
        precision, recall = _rates(test, best)
        return np.mean(1.3 * precision * recall / (0.3 * precision + recall))


def best_of_each(validation, test, thresholds):
    if len(test[0]) == 1:
        return _mean_f(test, _best(validation, thresholds))
    pairs = [(m[None], p[None]) for m, p in zip(*test, strict=True) if m.any()]
    return np.mean([max(_mean_f(pair, t) for t in thresholds) for pair in pairs])


def not_averaged_f(validation, test, thresholds):
    best = _best(validation, thresholds)
    return np.array([_frame_f(m, p, best) for m, p in zip(*test, strict=True)])


def in_counts(validation, test, thresholds):
    return _mean_f(test, _best(validation, thresholds))


def in_rates(validation, test, thresholds):
    def mean(scenes, threshold):
        precision, recall = _rates(scenes, threshold)
        bottom = 0.3 * precision + recall
        return np.mean(np.where(bottom > 0, 1.3 * precision * recall / np.where(bottom > 0, bottom, 1), 0))

    curve = [mean(validation, threshold) for threshold in thresholds]
    return mean(test, thresholds[int(np.argmax(curve))])


WRONG = {
    "1": [
        (recall_only, "that is recall"),
        (precision_only, "that is precision"),
        (that_is_dice, "That is Dice"),
        (sum_for_union, "The union counts it once"),
        (that_is_accuracy, "the background votes too"),
        (exclusive_or, "belong to the union too"),
        (over_the_picture, "Divided by the whole picture"),
        (row_by_row, "is a sum missing"),
        (empty_is_nan, "Test the union first"),
        (empty_is_zero, "both agree that there is nothing"),
        (empty_truth_is_one, "0 divided by 1"),
        (padded_union, "Count the pixels in both masks"),
        (in_place, "Which line writes into it"),
    ],
    "2": [
        (labels_accuracy, "That is pixel accuracy"),
        (one_ratio, "Average the ratios"),
        (no_background, "Class 0 is missing"),
        (each_picture, "Pool the pixels of all pictures first"),
        (each_picture_zero, "Pool the pixels of all pictures first"),
        (absent_is_zero, "counted as 0"),
        (absent_is_one, "counted as 1"),
        (absent_is_nan, "A mean with one NaN"),
        (true_classes_only, "inventing it cost nothing"),
        (class_recall, "That is recall"),
        (class_dice, "That is Dice"),
        (not_averaged, "is a mean missing"),
    ],
    "3": [
        (chosen_on_test, "chosen on the test scenes"),
        (validation_score, "that of the validation scenes"),
        (always_half, "That is the threshold 0.5"),
        (plain_f1, "precision and recall count the same"),
        (beta_squared_twice, "it was squared once more"),
        (beta_on_recall, "belongs to P"),
        (the_threshold, "That is the threshold itself"),
        (strictly_above, "not p > threshold"),
        (pooled_at_the_end, "pixels of all scenes were pooled"),
        (mean_rates_first, "Average the F of the scenes"),
        (best_of_each, "Every test scene chose its own threshold"),
        (empty_counts, "The empty scene counted as 0"),
        (empty_counts_as_one, "The empty scene counted as 1"),
        (zero_over_zero, "In counts, F"),
        (not_averaged_f, "the mean over the test scenes"),
    ],
}

RIGHT = {
    "1": [by_operators, by_counts],
    "2": [mean_of_ratios, by_confusion],
    "3": [in_counts, in_rates],
}
