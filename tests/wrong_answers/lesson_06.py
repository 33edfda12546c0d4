"""Answers that learners give in lesson 06: each wrong one with words of the hint that it must get."""

from fractions import Fraction
from math import sqrt

import numpy as np
from sklearn.metrics import fbeta_score, jaccard_score


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


def over_the_smaller(truth, predicted):
    return (truth & predicted).sum() / max(min(truth.sum(), predicted.sum()), 1)


def over_the_larger(truth, predicted):
    return (truth & predicted).sum() / max(truth.sum(), predicted.sum(), 1)


def jaccard_distance(truth, predicted):
    union = (truth | predicted).sum()
    return 1 - (truth & predicted).sum() / union if union else 0.0


def of_the_background(truth, predicted):
    return by_operators(~truth, ~predicted)


def in_per_cent(truth, predicted):
    return 100 * by_operators(truth, predicted)


def rounded(truth, predicted):
    return round(by_operators(truth, predicted), 2)


def agreement_over_union(truth, predicted):
    return min((truth == predicted).sum() / max((truth | predicted).sum(), 1), 1.0)


def a_third(truth, predicted):
    return 1 / 3  # recall in the first example, by accident


def two_thirds(truth, predicted):
    return Fraction(2, 3)  # precision there, by accident


def in_a_set(truth, predicted):
    return {by_operators(truth, predicted)}


def by_sets(truth, predicted):
    a, b = (set(zip(*np.nonzero(mask), strict=True)) for mask in (truth, predicted))
    return len(a & b) / len(a | b) if a | b else 1


def by_loops(truth, predicted):
    both = either = 0
    for true, claimed in zip(truth.ravel().tolist(), predicted.ravel().tolist(), strict=True):
        both += true and claimed
        either += true or claimed
    return Fraction(both, either) if either else Fraction(1)


def by_scikit_learn(truth, predicted):
    return jaccard_score(truth.ravel(), predicted.ravel(), zero_division=1.0)


def in_float16(truth, predicted):
    return np.float16(by_operators(truth, predicted))


def in_float32(truth, predicted):
    return np.float32([by_operators(truth, predicted)])[0]


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


def predicted_classes_only(truth, predicted, classes):
    both, either = _ratios(truth, predicted, classes)
    return np.mean([both[k] / either[k] for k in np.unique(predicted)])


def classes_in_both_only(truth, predicted, classes):
    both, either = _ratios(truth, predicted, classes)
    return np.mean([both[k] / either[k] for k in np.intersect1d(truth, predicted)])


def classes_with_a_hit_only(truth, predicted, classes):
    both, either = _ratios(truth, predicted, classes)
    return np.mean(both[both > 0] / either[both > 0])


def class_precision(truth, predicted, classes):
    found = [k for k in range(classes) if (predicted == k).any()]
    return np.mean([(truth[predicted == k] == k).mean() for k in found])


def weighted_by_size(truth, predicted, classes):
    both, either = _ratios(truth, predicted, classes)
    size = np.array([(truth == k).sum() for k in range(classes)])
    return (size * both / np.maximum(either, 1)).sum() / size.sum()


def without_the_last(truth, predicted, classes):
    return mean_of_ratios(truth, predicted, classes - 1)


def first_picture(truth, predicted, classes):
    return mean_of_ratios(truth[:1], predicted[:1], classes)


def class_means_of_pictures(truth, predicted, classes):
    scores = np.full((len(truth), classes), np.nan)
    for i, (t, p) in enumerate(zip(truth, predicted, strict=True)):
        both, either = _ratios(t, p, classes)
        scores[i, either > 0] = both[either > 0] / either[either > 0]
    return np.nanmean(np.nanmean(scores, axis=0))


def smoothed(truth, predicted, classes):
    both, either = _ratios(truth, predicted, classes)
    return np.mean((both + 1) / (either + 1))


def a_mean_of_recalls(truth, predicted, classes):
    return 0.7  # recall in the first example, by accident


def by_loops_and_fractions(truth, predicted, classes):
    scores = []
    for k in range(classes):
        pairs = list(zip((truth == k).ravel().tolist(), (predicted == k).ravel().tolist(), strict=True))
        either = sum(t or p for t, p in pairs)
        if either:
            scores.append(Fraction(sum(t and p for t, p in pairs), either))
    return sum(scores) / len(scores)


def macro_of_scikit_learn(truth, predicted, classes):
    present = np.union1d(truth, predicted)
    return jaccard_score(truth.ravel(), predicted.ravel(), labels=present, average="macro")


def nan_mean(truth, predicted, classes):
    both, either = _ratios(truth, predicted, classes)
    with np.errstate(invalid="ignore"):
        return np.nanmean(both / either).astype(np.float32)


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


def chosen_on_the_first_scene(validation, test, thresholds):
    return _mean_f(test, _best((validation[0][:1], validation[1][:1]), thresholds))


def _hits_f(scenes, threshold):
    scores = [_frame_f(m, p, threshold) for m, p in zip(*scenes, strict=True) if m.any()]
    scores = [score for score in scores if score > 0]
    return np.mean(scores) if scores else 0.0


def chosen_without_missed_scenes(validation, test, thresholds):
    return _mean_f(test, max(thresholds, key=lambda t: _hits_f(validation, t)))


def missed_scenes_left_out(validation, test, thresholds):
    best = max(thresholds, key=lambda t: _hits_f(validation, t))
    return _hits_f(test, best)


def missed_test_scenes_left_out(validation, test, thresholds):
    best = _best(validation, thresholds)
    scores = [_frame_f(m, p, best) for m, p in zip(*test, strict=True) if m.any() and (m & (p >= best)).any()]
    return np.mean(scores) if scores else np.nan


def chosen_by_pooling(validation, test, thresholds):
    return _mean_f(test, max(thresholds, key=lambda t: _pooled_f(validation, t)))


def mean_of_the_thresholds(validation, test, thresholds):
    pairs = [(m[None], p[None]) for m, p in zip(*validation, strict=True) if m.any()]
    return _mean_f(test, np.mean([_best(pair, thresholds) for pair in pairs]))


def chosen_on_everything(validation, test, thresholds):
    everything = tuple(np.concatenate(pair) for pair in zip(validation, test, strict=True))
    return _mean_f(test, _best(everything, thresholds))


def luckiest_scene(validation, test, thresholds):
    def luckiest(t):
        return max(_frame_f(m, p, t) for m, p in zip(*validation, strict=True) if m.any())

    return _mean_f(test, max(thresholds, key=luckiest))


def chosen_by_f1(validation, test, thresholds):
    return _mean_f(test, max(thresholds, key=lambda t: _mean_f(validation, t, 1.0)))


def chosen_by_iou(validation, test, thresholds):
    def mean_iou(t):
        pairs = [(m, p >= t) for m, p in zip(*validation, strict=True) if m.any()]
        return np.mean([(m & c).sum() / (m | c).sum() for m, c in pairs])

    return _mean_f(test, max(thresholds, key=mean_iou))


def silent_scenes_have_a_say(validation, test, thresholds):
    def mean(t):
        pairs = zip(*validation, strict=True)
        return np.mean([_frame_f(m, p, t) if m.any() else float((p < t).all()) for m, p in pairs])

    return _mean_f(test, max(thresholds, key=mean))


def worst_threshold(validation, test, thresholds):
    return _mean_f(test, min(thresholds, key=lambda t: _mean_f(validation, t)))


def first_threshold(validation, test, thresholds):
    return _mean_f(test, thresholds[0])


def with_its_threshold(validation, test, thresholds):
    best = _best(validation, thresholds)
    return best, _mean_f(test, best)


def one_by_chance(validation, test, thresholds):
    return 1.0  # the best F of the test scene in the first example


def chosen_strictly_above(validation, test, thresholds):
    return _mean_f(test, _best((validation[0], validation[1] - 1e-9), thresholds))


def position_for_threshold(validation, test, thresholds):
    return _mean_f(test, np.argmax([_mean_f(validation, t) for t in thresholds]))


def nan_is_the_best(validation, test, thresholds):
    def mean(scenes, t):
        scores = []
        for mask, p in zip(*scenes, strict=True):
            if mask.any():
                claimed, hits = (p >= t).sum(), (mask & (p >= t)).sum()
                precision, recall = hits / claimed, hits / mask.sum()
                scores.append(1.3 * precision * recall / (0.3 * precision + recall))
        return np.mean(scores)

    with np.errstate(invalid="ignore"):
        return mean(test, thresholds[np.argmax([mean(validation, t) for t in thresholds])])


def by_fbeta_score(validation, test, thresholds):
    def mean(scenes, t):
        pairs = [(m.ravel(), p.ravel() >= t) for m, p in zip(*scenes, strict=True) if m.any()]
        return np.mean([fbeta_score(m, c, beta=sqrt(0.3), zero_division=0.0) for m, c in pairs])

    curve = {threshold: mean(validation, threshold) for threshold in thresholds.tolist()}
    return mean(test, max(curve, key=curve.get))


def by_fractions(validation, test, thresholds):
    def mean(scenes, t):
        scores = []
        for mask, p in zip(*scenes, strict=True):
            size, claimed, hits = (int(x.sum()) for x in (mask, p >= t, mask & (p >= t)))
            if size:
                scores.append(Fraction(13 * hits, 3 * size + 10 * claimed))
        return sum(scores) / len(scores)

    best, best_score = None, -1
    for threshold in thresholds:
        if mean(validation, threshold) > best_score:
            best, best_score = threshold, mean(validation, threshold)
    return mean(test, best)


def told_in_float16(validation, test, thresholds):
    return np.float16(in_counts(validation, test, thresholds))


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
        (over_the_smaller, "Divided by the smaller mask"),
        (over_the_larger, "Divided by the larger mask"),
        (jaccard_distance, "one minus IoU"),
        (of_the_background, "IoU of the background"),
        (in_per_cent, "in [0, 1], got 28.57"),
        (rounded, "got 0.29 Count the pixels"),
        (agreement_over_union, "Count the pixels in both masks"),
        (a_third, "Count the pixels in both masks"),
        (two_thirds, "Count the pixels in both masks"),
        (in_a_set, "got a set: it has no order"),
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
        (class_precision, "That is precision"),
        (predicted_classes_only, "never finding it cost nothing"),
        (classes_in_both_only, "inventing it cost nothing"),
        (classes_with_a_hit_only, "inventing it cost nothing"),
        (weighted_by_size, "weighted by their size"),
        (without_the_last, "The last class is missing"),
        (first_picture, "Only the first picture"),
        (class_means_of_pictures, "Pool the pixels of all pictures first"),
        (smoothed, "in ALL pictures"),
        (a_mean_of_recalls, "in ALL pictures"),
        (not_averaged, "is a mean missing"),
    ],
    "3": [
        (chosen_on_test, "chosen on the test scenes"),
        (chosen_on_everything, "validation AND test scenes"),
        (chosen_on_the_first_scene, "the first validation scene"),
        (chosen_without_missed_scenes, "They score 0, and count"),
        (missed_scenes_left_out, "They score 0, and count"),
        (missed_test_scenes_left_out, "or the scene was left out"),
        (chosen_by_pooling, "pixels of all scenes were pooled"),
        (mean_of_the_thresholds, "own best thresholds were averaged"),
        (luckiest_scene, "luckiest validation scene"),
        (chosen_by_f1, "chosen with beta = 1"),
        (chosen_by_iou, "chosen by IoU"),
        (silent_scenes_have_a_say, "silent validation scenes had a say"),
        (worst_threshold, "Which threshold is best on the validation scene?"),
        (first_threshold, "0.8 is best on the validation scene"),
        (with_its_threshold, "the mean over the test scenes"),
        (one_by_chance, "Which threshold is best on the validation scene?"),
        (validation_score, "that of the validation scenes"),
        (always_half, "That is the threshold 0.5"),
        (plain_f1, "precision and recall count the same"),
        (beta_squared_twice, "it was squared once more"),
        (beta_on_recall, "belongs to P"),
        (the_threshold, "That is the threshold itself"),
        (strictly_above, "not p > threshold"),
        (chosen_strictly_above, "Choose with p >= threshold too"),
        (position_for_threshold, "argmax counts"),
        (nan_is_the_best, "For argmax, NaN is the best"),
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
    "1": [by_operators, by_counts, by_sets, by_loops, by_scikit_learn, in_float16, in_float32],
    "2": [mean_of_ratios, by_confusion, by_loops_and_fractions, macro_of_scikit_learn, nan_mean],
    "3": [in_counts, in_rates, by_fbeta_score, by_fractions, told_in_float16],
}
