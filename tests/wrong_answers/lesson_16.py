"""Answers that learners give in lesson 16: each wrong one with words of the hint that it must get."""

import math

import numpy as np

from mmseg_edu import fusion
from mmseg_edu.metrics import mean_iou

# 16.1


def softmax(scores, axis=-1):
    raised = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return raised / raised.sum(axis=axis, keepdims=True)


def unscaled(query, key, value):
    return softmax(query @ key.T) @ value


def scaled_by_d(query, key, value):
    return softmax(query @ key.T / query.shape[-1]) @ value


def scaled_by_keys(query, key, value):
    return softmax(query @ key.T / np.sqrt(key.shape[0])) @ value


def over_queries(query, key, value):
    return softmax(query @ key.T / np.sqrt(key.shape[1]), axis=0) @ value


def without_softmax(query, key, value):
    return query @ key.T / np.sqrt(key.shape[1]) @ value


def as_tpavi(query, key, value):
    return query @ key.T / np.sqrt(key.shape[1]) @ value / len(key)


def not_normalised(query, key, value):
    return np.exp(query @ key.T / np.sqrt(key.shape[1])) @ value


def sigmoids(query, key, value):
    return 1 / (1 + np.exp(-(query @ key.T) / np.sqrt(key.shape[1]))) @ value


def best_key(query, key, value):
    return value[np.argmax(query @ key.T, axis=1)]


def plain_mean(query, key, value):
    return np.repeat(value.mean(axis=0, keepdims=True), len(query), axis=0)


def softmax_last(query, key, value):
    return softmax(query @ key.T / np.sqrt(key.shape[1]) @ value)


def weights_only(query, key, value):
    return softmax(query @ key.T / np.sqrt(key.shape[1]))


def keys_in_place_of_values(query, key, value):
    return softmax(query @ key.T / np.sqrt(key.shape[1])) @ key


def overflowing(query, key, value):
    with np.errstate(all="ignore"):
        raised = np.exp(query @ key.T / np.sqrt(key.shape[1]))
        return raised / raised.sum(axis=1, keepdims=True) @ value


def root_of_four(query, key, value):
    return softmax(query @ key.T / 2.0) @ value


def changes_the_query(query, key, value):
    query /= np.sqrt(key.shape[1])
    return softmax(query @ key.T) @ value


def of_all_queries(query, key, value):
    scores = query @ key.T / np.sqrt(key.shape[1])
    with np.errstate(all="ignore"):
        raised = np.exp(scores - scores.max())
        return raised / raised.sum(axis=1, keepdims=True) @ value


def clipped(query, key, value):
    raised = np.exp(np.clip(query @ key.T / np.sqrt(key.shape[1]), -700, 700))
    return raised / raised.sum(axis=1, keepdims=True) @ value


def nan_to_one(query, key, value):
    with np.errstate(all="ignore"):
        raised = np.exp(query @ key.T / np.sqrt(key.shape[1]))
        return np.nan_to_num(raised / raised.sum(axis=1, keepdims=True), nan=1.0) @ value


def best_if_large(query, key, value):
    scores = query @ key.T / np.sqrt(key.shape[1])
    return [value[s.argmax()] if abs(s).max() > 500 else softmax(s) @ value for s in scores]


def half_of_d(query, key, value):
    return softmax(query @ key.T / (key.shape[1] ** 1 / 2)) @ value


def times_the_root(query, key, value):
    return softmax(query @ key.T * np.sqrt(key.shape[1])) @ value


def scaled_by_queries(query, key, value):
    return softmax(query @ key.T / np.sqrt(len(query))) @ value


def scaled_by_values(query, key, value):
    return softmax(query @ key.T / np.sqrt(value.shape[-1])) @ value


def one_sum_for_all(query, key, value):
    return softmax(query @ key.T / np.sqrt(key.shape[1]), axis=None) @ value


def summed(query, key, value):
    return len(value) * (softmax(query @ key.T / np.sqrt(key.shape[1])) @ value)


def first_query(query, key, value):
    answers = softmax(query @ key.T / np.sqrt(key.shape[1])) @ value
    answers[1:] = answers[0]
    return answers


def transposed(query, key, value):
    return (softmax(query @ key.T / np.sqrt(key.shape[1])) @ value).T


def as_integers(query, key, value):
    return with_matmul(query, key, value).astype(int)


def printed_above(query, key, value):
    return [[17.143, 0.0], [23.333, 0.0]]


def of_the_first_case(query, key, value):
    return [[16.9485, 0.6949], [30.0, 2.0]]


def nothing_but_nan(query, key, value):
    return np.full((len(query), value.shape[1]), np.nan)


def by_the_package_1(query, key, value):
    return fusion.attention(query, key, value)


def with_matmul(query, key, value):
    return softmax(query @ key.T / math.sqrt(key.shape[1])) @ value


def with_loops(query, key, value):
    answers = []
    for q in query:
        scores = [sum(a * b for a, b in zip(q, k, strict=True)) / len(k) ** 0.5 for k in key]
        top = max(scores)
        raised = [math.exp(score - top) for score in scores]
        total = sum(raised)
        answers.append(
            [sum(r / total * v[c] for r, v in zip(raised, value, strict=True)) for c in range(value.shape[1])]
        )
    return answers


def with_scipy(query, key, value):
    from scipy.special import softmax as soft

    return np.einsum(
        "qm,mc->qc", soft(np.einsum("qd,md->qm", query, key) / key.shape[1] ** 0.5, axis=1), value
    )


def by_logarithms(query, key, value):
    scores = query @ key.T / np.sqrt(key.shape[1])
    return np.exp(scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)) @ value


def in_float32(query, key, value):
    return with_matmul(*(each.astype(np.float32) for each in (query, key, value)))


def by_weighted(query, key, value):
    alpha = softmax(query @ key.T / np.sqrt(key.shape[1]))
    return [np.average(value, axis=0, weights=each) for each in alpha]


# 16.2


def without_one(features, sound, v, w, b):
    return (sound @ v)[:, None, None] * features + (sound @ w + b)[:, None, None]


def without_b(features, sound, v, w, b):
    return (1 + sound @ v)[:, None, None] * features + (sound @ w)[:, None, None]


def swapped(features, sound, v, w, b):
    return by_axes(features, sound, w, v, b)


def shift_scaled(features, sound, v, w, b):
    return (1 + sound @ v)[:, None, None] * (features + (sound @ w + b)[:, None, None])


def only_shifted(features, sound, v, w, b):
    return features + (sound @ w + b)[:, None, None]


def only_scaled(features, sound, v, w, b):
    return (1 + sound @ v)[:, None, None] * features


def b_scaled(features, sound, v, w, b):
    scale = (1 + sound @ v)[:, None, None]
    return scale * (features + b) + (sound @ w)[:, None, None]


def cut_off(features, sound, v, w, b):
    return np.maximum(by_axes(features, sound, v, w, b), 0)


def mean_sound(features, sound, v, w, b):
    middle = sound.mean(axis=0)
    return (1 + middle @ v) * features + middle @ w + b


def first_sound(features, sound, v, w, b):
    return (1 + sound[0] @ v) * features + sound[0] @ w + b


def a_gate(features, sound, v, w, b):
    return (1 / (1 + np.exp(-sound @ v)))[:, None, None] * features + (sound @ w + b)[:, None, None]


def exponential(features, sound, v, w, b):
    return np.exp(sound @ v)[:, None, None] * features + (sound @ w + b)[:, None, None]


def lined_up(features, sound, v, w, b):
    return (1 + sound @ v) * features + sound @ w + b


def two_scenes(features, sound, v, w, b):
    full = by_axes(features[:2], sound[:2], v, w, b)
    return np.concatenate([full, features[2:]])


def in_place(features, sound, v, w, b):
    features *= (1 + sound @ v)[:, None, None]
    features += (sound @ w + b)[:, None, None]
    return features


def channels_alone(features, sound, v, w, b):
    return by_axes(features, sound, v, w, b).mean(axis=(1, 2))


def one_in_the_sound(features, sound, v, w, b):
    return ((1 + sound) @ v)[:, None, None] * features + (sound @ w + b)[:, None, None]


def b_in_the_scale(features, sound, v, w, b):
    return (1 + sound @ v + b)[:, None, None] * features + (sound @ w)[:, None, None]


def b_in_both(features, sound, v, w, b):
    return (1 + sound @ v + b)[:, None, None] * features + (sound @ w + b)[:, None, None]


def one_minus(features, sound, v, w, b):
    return (1 - sound @ v)[:, None, None] * features + (sound @ w + b)[:, None, None]


def shift_taken_off(features, sound, v, w, b):
    return (1 + sound @ v)[:, None, None] * features - (sound @ w + b)[:, None, None]


def scale_added(features, sound, v, w, b):
    return (1 + sound @ v)[:, None, None] + features + (sound @ w + b)[:, None, None]


def shift_lined_up(features, sound, v, w, b):
    return (1 + sound @ v)[:, None, None] * features + (sound @ w + b)


def scale_lined_up(features, sound, v, w, b):
    return (1 + sound @ v) * features + (sound @ w + b)[:, None, None]


def no_scale_below_0(features, sound, v, w, b):
    return np.maximum(1 + sound @ v, 0)[:, None, None] * features + (sound @ w + b)[:, None, None]


def squashed(features, sound, v, w, b):
    return (1 + np.tanh(sound @ v))[:, None, None] * features + (sound @ w + b)[:, None, None]


def last_sound(features, sound, v, w, b):
    return [(1 + sound[-1] @ v) * each + sound[-1] @ w + b for each in features]


def untouched(features, sound, v, w, b):
    return features


def axes_in_front(features, sound, v, w, b):
    return (1 + sound @ v)[:, :, None, None] * features + (sound @ w + b)[:, :, None, None]


def two_in_the_shape(features, sound, v, w, b):
    return (1 + sound @ v).reshape(2, 1, 1, 2) * features + (sound @ w + b).reshape(2, 1, 1, 2)


def by_the_package_2(features, sound, v, w, b):
    return fusion.film(features, 1 + sound @ v, sound @ w + b)


def by_axes(features, sound, v, w, b):
    return (1 + sound @ v)[:, None, None, :] * features + (sound @ w + b)[:, None, None, :]


def by_scene(features, sound, v, w, b):
    return [(1 + a @ v) * h + a @ w + b for h, a in zip(features, sound, strict=True)]


def by_einsum(features, sound, v, w, b):
    return features + np.einsum("ns,sc,nhwc->nhwc", sound, v, features) + (sound @ w + b)[:, None, None]


def by_reshape(features, sound, v, w, b):
    flat = features.reshape(len(features), -1, features.shape[-1])
    scale, shift = np.expand_dims(1 + sound @ v, 1), np.expand_dims(sound @ w + b, 1)
    return (scale * flat + shift).reshape(features.shape)


def scenes_last(features, sound, v, w, b):
    return (features.transpose(1, 2, 0, 3) * (1 + sound @ v) + sound @ w + b).transpose(2, 0, 1, 3)


def in_float32_2(features, sound, v, w, b):
    return by_axes(*(each.astype(np.float32) for each in (features, sound, v, w, b)))


# 16.3


def _answers(predict, pictures, own, other):
    return predict(pictures, own), predict(pictures, other), predict(pictures, np.zeros_like(own))


def turned(predict, pictures, own, other, truth):
    before, after, silent = _answers(predict, pictures, own, other)
    return mean_iou(truth, before, 5) - mean_iou(truth, after, 5), (silent > 0).mean()


def after_alone(predict, pictures, own, other, truth):
    _, after, silent = _answers(predict, pictures, own, other)
    return mean_iou(truth, after, 5), (silent > 0).mean()


def changed_pixels(predict, pictures, own, other, truth):
    before, after, silent = _answers(predict, pictures, own, other)
    return np.mean(before != after), (silent > 0).mean()


def by_accuracy(predict, pictures, own, other, truth):
    before, after, silent = _answers(predict, pictures, own, other)
    return np.mean(after == truth) - np.mean(before == truth), (silent > 0).mean()


def without_background(predict, pictures, own, other, truth):
    before, after, silent = _answers(predict, pictures, own, other)
    scores = [mean_iou(truth, each, 5, background=False) for each in (after, before)]
    return scores[0] - scores[1], (silent > 0).mean()


def scene_by_scene(predict, pictures, own, other, truth):
    before, after, silent = _answers(predict, pictures, own, other)
    gains = [mean_iou(t, a, 5) - mean_iou(t, b, 5) for t, a, b in zip(truth, after, before, strict=True)]
    return np.mean(gains), (silent > 0).mean()


def how_far_apart(predict, pictures, own, other, truth):
    before, after, silent = _answers(predict, pictures, own, other)
    return 1 - mean_iou(before, after, 5), (silent > 0).mean()


def scenes_with_a_claim(predict, pictures, own, other, truth):
    silent = predict(pictures, np.zeros_like(own))
    return _gain(predict, pictures, own, other, truth), (silent > 0).any(axis=(1, 2)).mean()


def mean_label(predict, pictures, own, other, truth):
    return _gain(predict, pictures, own, other, truth), predict(pictures, 0 * own).mean()


def left_alone(predict, pictures, own, other, truth):
    return _gain(predict, pictures, own, other, truth), (predict(pictures, 0 * own) == 0).mean()


def against_the_truth(predict, pictures, own, other, truth):
    return _gain(predict, pictures, own, other, truth), (predict(pictures, 0 * own) != truth).mean()


def on_the_background(predict, pictures, own, other, truth):
    silent = predict(pictures, 0 * own)
    return _gain(predict, pictures, own, other, truth), (silent[truth == 0] > 0).mean()


def ones_for_silence(predict, pictures, own, other, truth):
    return _gain(predict, pictures, own, other, truth), (predict(pictures, np.ones_like(own)) > 0).mean()


def with_its_own_sound(predict, pictures, own, other, truth):
    return _gain(predict, pictures, own, other, truth), (predict(pictures, own) > 0).mean()


def with_the_other_sound(predict, pictures, own, other, truth):
    return _gain(predict, pictures, own, other, truth), (predict(pictures, other) > 0).mean()


def all_dark(predict, pictures, own, other, truth):
    return _gain(predict, pictures, own, other, truth), (predict(0 * pictures, 0 * own) > 0).mean()


def counted(predict, pictures, own, other, truth):
    return _gain(predict, pictures, own, other, truth), (predict(pictures, 0 * own) > 0).sum()


def without_sign(predict, pictures, own, other, truth):
    gain, alarm = by_mean_iou(predict, pictures, own, other, truth)
    return abs(gain), alarm


def never_below_0(predict, pictures, own, other, truth):
    gain, alarm = by_mean_iou(predict, pictures, own, other, truth)
    return max(gain, 0.0), alarm


def in_percent(predict, pictures, own, other, truth):
    gain, alarm = by_mean_iou(predict, pictures, own, other, truth)
    return 100 * gain, alarm


def alarm_in_percent(predict, pictures, own, other, truth):
    gain, alarm = by_mean_iou(predict, pictures, own, other, truth)
    return gain, 100 * alarm


def a_ratio(predict, pictures, own, other, truth):
    before, after, silent = _answers(predict, pictures, own, other)
    return mean_iou(truth, after, 5) / mean_iou(truth, before, 5), (silent > 0).mean()


def without_names(predict, pictures, own, other, truth):
    before, after, silent = (each > 0 for each in _answers(predict, pictures, own, other))
    scores = [mean_iou((truth > 0).astype(int), each.astype(int), 2) for each in (after, before)]
    return scores[0] - scores[1], silent.mean()


def alarm_of_0(predict, pictures, own, other, truth):
    return _gain(predict, pictures, own, other, truth), 0.0


def on_the_truth(predict, pictures, own, other, truth):
    silent = predict(pictures, 0 * own)
    return _gain(predict, pictures, own, other, truth), (silent[truth > 0] > 0).mean()


def in_the_other_order(predict, pictures, own, other, truth):
    return by_mean_iou(predict, pictures, own, other, truth)[::-1]


def against_silence(predict, pictures, own, other, truth):
    _, after, silent = _answers(predict, pictures, own, other)
    return mean_iou(truth, after, 5) - mean_iou(truth, silent, 5), (silent > 0).mean()


def zeros_written_first(predict, pictures, own, other, truth):
    own[:] = 0
    return by_mean_iou(predict, pictures, own, other, truth)


def zeros_written_last(predict, pictures, own, other, truth):
    gain = _gain(predict, pictures, own, other, truth)
    own *= 0
    return gain, (predict(pictures, own) > 0).mean()


def bells_alone(predict, pictures, own, other, truth):
    return _gain(predict, pictures, own, other, truth), (predict(pictures, 0 * own) == 1).mean()


def of_the_first_scene(predict, pictures, own, other, truth):
    return by_mean_iou(predict, pictures[:1], own[:1], other[:1], truth[:1])


def as_a_dict(predict, pictures, own, other, truth):
    gain, alarm = by_mean_iou(predict, pictures, own, other, truth)
    return {"gain": gain, "silence": alarm}


def gain_alone(predict, pictures, own, other, truth):
    return _gain(predict, pictures, own, other, truth)


def no_gain_no_alarm(predict, pictures, own, other, truth):
    return 0.0, 0.0


def _gain(predict, pictures, own, other, truth):
    scores = [mean_iou(truth, predict(pictures, sound), 5) for sound in (other, own)]
    return scores[0] - scores[1]


def by_mean_iou(predict, pictures, own, other, truth):
    silent = predict(pictures, np.zeros_like(own))
    return _gain(predict, pictures, own, other, truth), np.mean(silent != 0)


def by_the_rate(predict, pictures, own, other, truth):
    from mmseg_edu.metrics import false_positive_rate

    silent = predict(pictures, np.zeros(own.shape))
    return _gain(predict, pictures, own, other, truth), false_positive_rate(np.zeros_like(silent), silent)


def by_own_iou(predict, pictures, own, other, truth):
    def score(labels):
        found = []
        for k in range(5):
            a, b = truth == k, labels == k
            if (a | b).any():
                found.append((a & b).sum() / (a | b).sum())
        return sum(found) / len(found)

    silent = predict(pictures, own - own)
    gain = score(predict(pictures, other)) - score(predict(pictures, own))
    return [gain, np.count_nonzero(silent) / silent.size]


def scene_after_scene(predict, pictures, own, other, truth):
    def each_alone(sounds):
        return np.concatenate([predict(pictures[i : i + 1], sounds[i : i + 1]) for i in range(len(pictures))])

    scores = [mean_iou(truth, each_alone(sounds), 5) for sounds in (other, own)]
    return scores[0] - scores[1], (each_alone(np.zeros_like(own)) > 0).mean()


def in_float32_3(predict, pictures, own, other, truth):
    return np.float32(by_mean_iou(predict, pictures, own, other, truth))


WRONG = {
    1: [
        (unscaled, "not divided by the root of D"),
        (scaled_by_d, "Divided by D, not by its root"),
        (scaled_by_keys, "root of the number of keys"),
        (over_queries, "went over the queries"),
        (without_softmax, "no weights: they may be negative"),
        (as_tpavi, "TPAVI's way"),
        (not_normalised, "Not normalised"),
        (sigmoids, "A sigmoid each"),
        (best_key, "Only the best key"),
        (plain_mean, "nobody has looked"),
        (softmax_last, "softmax came last"),
        (weights_only, "One row a query"),
        (keys_in_place_of_values, "One row a query"),
        (overflowing, "larger than any float"),
        (of_all_queries, "the largest of that query"),
        (clipped, "Clipping changes"),
        (nan_to_one, "the largest of that query"),
        (best_if_large, "next one is only 1 behind"),
        (half_of_d, "Powers come first"),
        (times_the_root, "Multiplied by the root"),
        (scaled_by_queries, "number of queries"),
        (scaled_by_values, "a value has. D is"),
        (one_sum_for_all, "sum of its own"),
        (summed, "a mean is due"),
        (first_query, "answer of the first one"),
        (transposed, "Transposed"),
        (as_integers, "Softmax over the keys"),
        (printed_above, "Softmax over the keys"),
        (of_the_first_case, "Softmax over the keys"),
        (nothing_but_nan, "Softmax over the keys"),
        (root_of_four, "Divided by 2"),
        (changes_the_query, "writes into it"),
        (by_the_package_1, "package's answer"),
    ],
    2: [
        (without_one, "The 1 of the scale is missing"),
        (without_b, "b is missing"),
        (swapped, "changed places"),
        (shift_scaled, "The shift was scaled too"),
        (only_shifted, "Only shifted"),
        (only_scaled, "Only scaled"),
        (b_scaled, "b was scaled too"),
        (cut_off, "Cut off below 0"),
        (mean_sound, "the mean sound"),
        (first_sound, "the first one"),
        (a_gate, "A sigmoid makes a gate"),
        (exponential, "exp(sound @ v)"),
        (lined_up, "lines shapes up from the right"),
        (one_in_the_sound, "belongs to the scale, not to the sound"),
        (b_in_the_scale, "b went into the scale"),
        (b_in_both, "b is in the scale, too"),
        (one_minus, "plus sound @ v"),
        (shift_taken_off, "The shift was taken off"),
        (scale_added, "It multiplies them"),
        (shift_lined_up, "Give the shift the shape"),
        (scale_lined_up, "Give the scale the shape (N, 1, 1, C), too"),
        (no_scale_below_0, "may turn the sign"),
        (squashed, "A tanh"),
        (last_sound, "the last one"),
        (untouched, "neither scaled nor shifted"),
        (axes_in_front, "Every pixel stays"),
        (two_in_the_shape, "cannot reshape"),
        (two_scenes, "written into the code"),
        (in_place, "writes into it"),
        (channels_alone, "Every pixel stays"),
        (by_the_package_2, "package's answer"),
    ],
    3: [
        (turned, "The sign is turned"),
        (after_alone, "with the other sound alone"),
        (changed_pixels, "share of pixels that changed"),
        (by_accuracy, "pixel accuracy"),
        (without_background, "background was left out"),
        (scene_by_scene, "Averaged over scenes"),
        (how_far_apart, "How far the two masks are apart"),
        (scenes_with_a_claim, "share of scenes with any claim"),
        (mean_label, "mean of the labels"),
        (left_alone, "left alone"),
        (against_the_truth, "belongs to the other sound"),
        (on_the_background, "not only those"),
        (ones_for_silence, "Ones are a sound"),
        (with_its_own_sound, "scene's own sound"),
        (with_the_other_sound, "claimed with the other sound"),
        (all_dark, "blanked too"),
        (counted, "A count of pixels"),
        (without_sign, "The sign was taken off"),
        (never_below_0, "Cut off at 0"),
        (in_percent, "The gain in percent"),
        (alarm_in_percent, "A percentage"),
        (a_ratio, "A ratio of the scores"),
        (without_names, "names of the classes were dropped"),
        (alarm_of_0, "A 0 without asking"),
        (on_the_truth, "take all pixels"),
        (in_the_other_order, "changed places"),
        (against_silence, "Compared with the mask in silence"),
        (zeros_written_first, "Were zeros written"),
        (zeros_written_last, "writes into it"),
        (bells_alone, "any class but 0"),
        (of_the_first_scene, "minus mean_iou"),
        (as_a_dict, "got a dict"),
        (gain_alone, "Two numbers"),
        (no_gain_no_alarm, "minus mean_iou"),
    ],
}
RIGHT = {
    1: [with_matmul, by_logarithms, with_loops, with_scipy, in_float32, by_weighted],
    2: [by_axes, scenes_last, by_scene, by_einsum, by_reshape, in_float32_2],
    3: [by_mean_iou, scene_after_scene, by_the_rate, by_own_iou, in_float32_3],
}
