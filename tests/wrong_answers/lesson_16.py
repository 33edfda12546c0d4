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
        (root_of_four, "With equal shapes"),
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
        (gain_alone, "Two numbers"),
        (no_gain_no_alarm, "minus mean_iou"),
    ],
}
RIGHT = {
    1: [with_matmul, with_loops, with_scipy, in_float32, by_weighted],
    2: [by_axes, by_scene, by_einsum, by_reshape, in_float32_2],
    3: [by_mean_iou, by_the_rate, by_own_iou, in_float32_3],
}
