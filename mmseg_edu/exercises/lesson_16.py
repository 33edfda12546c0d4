"""The exercises of lesson 16: can a network learn how to fuse?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from mmseg_edu.exercises.expect import (
    Answer,
    Finding,
    expect_close,
    expect_kept,
    expect_like,
    expect_own,
    expect_shape,
)
from mmseg_edu.metrics import mean_iou

UNTESTED = {
    "1": "speed; a batch of pictures",
    "2": "speed; sounds that differ from pixel to pixel",
    "3": "speed; a network that answers otherwise every time",
}

Array = np.ndarray


def exercise_1(answer: Answer) -> Iterator[Finding]:
    """`my_attention(query, key, value)`: (Q, D), (M, D) and (M, C) give (Q, C)."""
    query = np.array([[2.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]])
    key = np.array([[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 1.0], [-1.0, 0.0, 0.0, 0.0]])
    value = np.array([[10.0, 0.0], [20.0, 1.0], [60.0, 5.0]])
    rng = np.random.default_rng(16)
    others = [tuple(rng.normal(size=size) for size in ((3, 4), (5, 4), (5, 2))) for _ in range(2)]
    square = tuple(rng.normal(size=(3, 3)) for _ in range(3))
    what = "two queries, three keys of four numbers, three values of two"
    yield expect_shape(
        answer(query, key, value), (2, 2), what, "One row a query, as many numbers in it as a value has."
    )
    yield expect_own(answer, "mmseg_edu.fusion")
    yield expect_like(
        answer,
        _attention,
        (query, key, value),
        what,
        "Scores: each query times each key, over the root of D. Softmax over the keys. Then the weighted mean.",
        slips=ATTENTION_SLIPS,
        others=others,
    )
    yield expect_close(
        np.asarray(answer(np.zeros((1, 4)), key, value)),
        [[30.0, 2.0]],
        "who asks nothing gets the plain mean of the values",
        "A query of zeros scores 0 with every key: all weights are one third.",
    )
    yield expect_like(
        answer,
        _attention,
        square,
        "as many queries as keys, numbers and values: three of each",
        "With equal shapes no error tells which axis is which. Over which one does the softmax go?",
        slips=ATTENTION_SLIPS,
        others=others,
    )
    # Scores 1000, 999 and -1000; all 0; -1000, 0 and 1000: no one number taken off all of them would do.
    sharp = np.array([[2000.0, 2000.0, 0.0, -2.0], [0.0, 0.0, 0.0, 0.0], [-2000.0, 0.0, 0.0, 0.0]])
    second = 1 / (1 + np.e)
    yield expect_close(
        answer(sharp, key, value),
        [[10 + 10 * second, second], [30.0, 2.0], [60.0, 5.0]],
        "scores up to 1000 beside scores of 0: the softmax of each query, and no nan",
        "exp(1000) is larger than any float, exp(-1000) is 0. From the scores of each query take off the largest\n"
        "of that query: its softmax stays the same.",
        slips=[
            (
                [[15.0, 0.5], [30.0, 2.0], [60.0, 5.0]],
                "Scores of 1000 and 999 were treated alike. Clipping changes it; taking off the largest does not.",
            ),
            (
                [[10.0, 0.0], [30.0, 2.0], [60.0, 5.0]],
                "Only the best key was heard where scores are large, but the next one is only 1 behind.",
            ),
        ],
    )
    yield expect_kept(answer, what)


def _scores(query: Array, key: Array) -> Array:
    return query @ key.T / np.sqrt(key.shape[1])


def _softmax(scores: Array, axis: int | None = -1) -> Array:
    raised = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return raised / raised.sum(axis=axis, keepdims=True)


def _attention(query: Array, key: Array, value: Array) -> Array:
    return _softmax(_scores(query, key)) @ value


ATTENTION_SLIPS: list[tuple[Callable[..., object], str]] = [
    (
        lambda q, k, v: _softmax(q @ k.T) @ v,
        "The scores were not divided by the root of D: with many numbers a row they would grow, and the\n"
        "softmax would look at one key alone.",
    ),
    (
        lambda q, k, v: _softmax(q @ k.T / k.shape[1]) @ v,
        "Divided by D, not by its root: the scores became too small, and the weights too even.",
    ),
    (
        lambda q, k, v: _softmax(q @ k.T / np.sqrt(len(k))) @ v,
        "Divided by the root of the number of keys. D is how many numbers a key has.",
    ),
    (
        lambda q, k, v: _softmax(q @ k.T / np.sqrt(len(q))) @ v,
        "Divided by the root of the number of queries. D is how many numbers a key has.",
    ),
    (
        lambda q, k, v: _softmax(q @ k.T / np.sqrt(v.shape[1])) @ v,
        "Divided by the root of how many numbers a value has. D is how many a key has.",
    ),
    (
        lambda q, k, v: _softmax(q @ k.T / 2) @ v,
        "Divided by 2, whatever D is. Two is the root of 4: here a key has three numbers.",
    ),
    (
        lambda q, k, v: _softmax(q @ k.T / (k.shape[1] / 2)) @ v,
        "Divided by D / 2. Was it D ** 1/2? Powers come first: write D ** 0.5.",
    ),
    (
        lambda q, k, v: _softmax(q @ k.T * np.sqrt(k.shape[1])) @ v,
        "Multiplied by the root of D. Divide by it.",
    ),
    (
        lambda q, k, v: _attention(q, k, v) * len(k),
        "A sum over the keys where a mean is due: weights that sum to 1 need no number of keys.",
    ),
    (
        lambda q, k, v: np.tile(_attention(q[:1], k, v), (len(q), 1)),
        "All queries got the answer of the first one.",
    ),
    (
        lambda q, k, v: _attention(q, k, v).T,
        "Transposed. One row a query, one column for each number of a value.",
    ),
    (
        lambda q, k, v: _softmax(_scores(q, k), axis=None) @ v,
        "All queries share one sum of 1. Each query needs a sum of its own: over its keys.",
    ),
    (
        lambda q, k, v: _softmax(_scores(q, k), axis=0) @ v,
        "The softmax went over the queries. Each query shares itself out among the keys: sum to 1 over the keys.",
    ),
    (
        lambda q, k, v: _scores(q, k) @ v,
        "The scores themselves are no weights: they may be negative, and do not sum to 1. Which function mends that?",
    ),
    (
        lambda q, k, v: _scores(q, k) @ v / len(k),
        "That is TPAVI's way, scores over their number. Attention takes the softmax of them.",
    ),
    (
        lambda q, k, v: np.exp(_scores(q, k)) @ v,
        "Not normalised: the weights of a query must sum to 1 over the keys.",
    ),
    (
        lambda q, k, v: 1 / (1 + np.exp(-_scores(q, k))) @ v,
        "A sigmoid each: so the weights do not sum to 1. The keys compete, so take the softmax.",
    ),
    (
        lambda q, k, v: (1 / (1 + np.exp(-_scores(q, k)))) @ v,
        "A sigmoid each: so the weights do not sum to 1. The keys compete, so take the softmax.",
    ),
    (
        lambda q, k, v: v[_scores(q, k).argmax(axis=1)],
        "Only the best key was heard. All are, each by its weight.",
    ),
    (
        lambda q, k, v: np.tile(v.mean(axis=0), (len(q), 1)),
        "The plain mean: nobody has looked. The weights come from query times key.",
    ),
    (
        lambda q, k, v: _softmax(_scores(q, k) @ v),
        "The softmax came last. It belongs to the scores, before they meet the values.",
    ),
]


def exercise_2(answer: Answer) -> Iterator[Finding]:
    """`my_film(features, sound, v, w, b)`: (N, H, W, C) and (N, S) give (N, H, W, C)."""
    features = np.array([[[[1.0, 2.0], [3.0, 4.0]]], [[[5.0, 6.0], [7.0, 8.0]]]])
    sound = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 2.0]])
    v = np.array([[-1.0, 0.0], [2.0, -1.0], [0.0, 0.5]])
    w = np.array([[0.0, 10.0], [1.0, 0.0], [0.0, 3.0]])
    b = np.array([0.5, -0.5])
    rng = np.random.default_rng(160)
    # As many columns as scenes, so that a scale that met the wrong axis is a number and no error.
    others = [
        tuple(rng.normal(size=size) for size in ((n, 3, n, 2), (n, 5), (5, 2), (5, 2), (2,))) for n in (2, 5)
    ]
    wide = tuple(rng.normal(size=size) for size in ((5, 3, 4, 2), (5, 6), (6, 2), (6, 2), (2,)))
    what = "two scenes of 1 x 2 pixels and two channels, sounds of three numbers"
    given = (features, sound, v, w, b)
    yield expect_shape(
        answer(*given), (2, 1, 2, 2), what, "Every pixel stays where it is: the shape of the features."
    )
    yield expect_own(answer, "mmseg_edu.fusion")
    yield expect_like(
        answer,
        _film,
        given,
        what,
        "Scale 1 + sound @ v and shift sound @ w + b, one pair a scene and channel, the same at each pixel.",
        slips=FILM_SLIPS,
        others=others,
    )
    yield expect_close(
        answer(features, 0 * sound, v, w, 0 * b),
        features,
        "silence and no shift give the features back",
        "A sound of zeros must leave what is seen as it is. What is the scale then?",
    )
    seen, heard, *rest = (rng.normal(size=size) for size in ((2, 2, 2, 2), (2, 3), (3, 2), (3, 2), (2,)))
    cube = (seen, -3 * heard, *rest)  # scales below 0, too
    yield expect_like(
        answer,
        _film,
        cube,
        "two scenes of 2 x 2 pixels and two channels: all axes are alike",
        "NumPy lines shapes up from the right. Which axis of the features met the scenes of the scale?",
        slips=FILM_SLIPS,
        others=others,
    )
    yield expect_like(
        answer,
        _film,
        wide,
        "five scenes of 3 x 4 pixels",
        "Is a number of scenes or pixels written into the code?",
    )
    yield expect_kept(answer, what)


def _film(features: Array, sound: Array, v: Array, w: Array, b: Array) -> Array:
    scale, shift = 1 + sound @ v, sound @ w + b
    return scale[:, None, None] * features + shift[:, None, None]


def _lined_up(features: Array, sound: Array, v: Array, w: Array, b: Array) -> Array:
    return (1 + sound @ v) * features + (sound @ w + b)


FILM_SLIPS: list[tuple[Callable[..., object], str]] = [
    (
        _lined_up,
        "NumPy lines shapes up from the right: the scenes of the scale met the columns of the picture.\n"
        "Give the scale the shape (N, 1, 1, C).",
    ),
    (
        lambda f, s, v, w, b: _film(f, s, v, w, b) - f,
        "The 1 of the scale is missing: a sound of zeros would wipe the picture out.",
    ),
    (
        lambda f, s, v, w, b: _film(f, s, v, w, 0 * b),
        "b is missing from the shift.",
    ),
    (
        lambda f, s, v, w, b: _film(f, s, w, v, b),
        "v and w have changed places: v makes the scale, w the shift.",
    ),
    (
        lambda f, s, v, w, b: (1 + s @ v)[:, None, None] * (f + (s @ w + b)[:, None, None]),
        "The shift was scaled too. First scale the features, then shift them.",
    ),
    (
        lambda f, s, v, w, b: f + (s @ w + b)[:, None, None],
        "Only shifted: that is what concatenation and a matrix can do. The scale is missing.",
    ),
    (
        lambda f, s, v, w, b: (1 + s @ v)[:, None, None] * f,
        "Only scaled: the shift is missing.",
    ),
    (
        lambda f, s, v, w, b: _film(f, s, v, w, b) + (b * (s @ v))[:, None, None],
        "b was scaled too. It belongs to the shift.",
    ),
    (
        lambda f, s, v, w, b: np.maximum(0, _film(f, s, v, w, b)),
        "Cut off below 0: a nonlinearity may follow FiLM, but is no part of it.",
    ),
    (
        lambda f, s, v, w, b: _film(f, np.tile(s.mean(axis=0), (len(s), 1)), v, w, b),
        "All scenes got the mean sound. Each scene has a sound of its own.",
    ),
    (
        lambda f, s, v, w, b: _film(f, np.tile(s[0], (len(s), 1)), v, w, b),
        "All scenes got the sound of the first one.",
    ),
    (
        lambda f, s, v, w, b: (1 / (1 + np.exp(-(s @ v))))[:, None, None] * f + (s @ w + b)[:, None, None],
        "A sigmoid makes a gate of the scale. FiLM's scale is 1 + sound @ v and may also be above 1 or below 0.",
    ),
    (
        lambda f, s, v, w, b: np.exp(s @ v)[:, None, None] * f + (s @ w + b)[:, None, None],
        "exp(sound @ v) is 1 for silence, too, but the scale is 1 + sound @ v.",
    ),
    (
        lambda f, s, v, w, b: ((1 + s) @ v)[:, None, None] * f + (s @ w + b)[:, None, None],
        "(1 + sound) @ v is not 1 + sound @ v: the 1 belongs to the scale, not to the sound.",
    ),
    (
        lambda f, s, v, w, b: _film(f, s, v, w, b) + b * (f - 1),
        "b went into the scale. It belongs to the shift.",
    ),
    (
        lambda f, s, v, w, b: _film(f, s, v, w, b) + b * f,
        "b is in the scale, too. It belongs to the shift alone.",
    ),
    (
        lambda f, s, v, w, b: _film(f, s, -v, w, b),
        "The scale is 1 plus sound @ v, not minus.",
    ),
    (
        lambda f, s, v, w, b: _film(f, s, v, -w, -b),
        "The shift was taken off. It is added.",
    ),
    (
        lambda f, s, v, w, b: f + (1 + s @ v + s @ w + b)[:, None, None],
        "The scale was added to the features. It multiplies them.",
    ),
    (
        lambda f, s, v, w, b: (1 + s @ v)[:, None, None] * f + (s @ w + b),
        "NumPy lines shapes up from the right: the scale has its axes, the shift met the columns of the picture.\n"
        "Give the shift the shape (N, 1, 1, C), too.",
    ),
    (
        lambda f, s, v, w, b: (1 + s @ v) * f + (s @ w + b)[:, None, None],
        "NumPy lines shapes up from the right: the shift has its axes, the scale met the columns of the picture.\n"
        "Give the scale the shape (N, 1, 1, C), too.",
    ),
    (
        lambda f, s, v, w, b: np.maximum(0, 1 + s @ v)[:, None, None] * f + (s @ w + b)[:, None, None],
        "A scale below 0 was cut off. FiLM's scale may turn the sign of a channel.",
    ),
    (
        lambda f, s, v, w, b: (1 + np.tanh(s @ v))[:, None, None] * f + (s @ w + b)[:, None, None],
        "A tanh keeps the scale between 0 and 2. FiLM's scale is 1 + sound @ v as it is.",
    ),
    (
        lambda f, s, v, w, b: _film(f, np.tile(s[-1], (len(s), 1)), v, w, b),
        "All scenes got the sound of the last one.",
    ),
    (
        lambda f, s, v, w, b: f,
        "The features came back as they were: neither scaled nor shifted.",
    ),
]


def exercise_3(answer: Answer) -> Iterator[Finding]:
    """`does_it_listen(predict, pictures, own, other, truth)`: the gain, and what is claimed in silence."""
    cases = [_case(seed, count, size) for seed, count, size in ((0, 6, 8), (1, 5, 4), (2, 9, 6))]
    what = "a network that listens badly, six scenes"
    yield expect_shape(
        answer(*cases[0]),
        (2,),
        what,
        "Two numbers: the gain, and the share of the pixels claimed in silence.",
    )
    yield expect_like(
        answer,
        _listens,
        cases[0],
        what,
        "mean_iou(truth, with the other sound, 5) minus mean_iou(truth, with its own, 5). Then zeros for a sound.",
        slips=LISTEN_SLIPS,
        others=cases[1:],
    )
    deaf = (_deaf, *cases[1][1:])
    yield expect_like(
        answer,
        _listens,
        deaf,
        "a deaf network: a gain of 0, and in silence it claims what it always claims",
        "What ignores the sound gives one mask for both sounds, so the gain is exactly 0. Claimed is any class but 0.",
        slips=LISTEN_SLIPS,
        others=cases[:2],
    )
    pictures, own, other = cases[2][1:4]
    knows = _oracle(cases[2])
    yield expect_like(
        answer,
        _listens,
        (knows, pictures, own, other, cases[2][4]),
        "a network that follows every sound and claims nothing in silence",
        "Its second number is 0. Is silence really what it was given?",
        slips=LISTEN_SLIPS,
        others=cases[:2],
    )
    contrary = (_hears, *cases[1][1:4], _hears(*cases[1][1:3]))
    yield expect_like(
        answer,
        _listens,
        contrary,
        "a network that the other sound leads astray: a gain below 0",
        "The other sound may also earn less than the mask of before. The difference keeps its sign.",
        slips=LISTEN_SLIPS,
        others=cases[:2],
    )
    yield expect_kept(answer, what)


def _case(seed: int, count: int, size: int) -> tuple[Any, ...]:
    """Pictures whose channels are things, sounds that turn one of them on, and the mask of the other sound."""
    rng = np.random.default_rng((seed, 163))
    pictures = rng.random((count, size, size, 3))
    own, other = rng.random((2, count, 7))
    truth = _hears(pictures, other)
    flip = rng.random(truth.shape) < 0.2
    return _hears, pictures, own, other, np.where(flip, rng.integers(0, 5, truth.shape), truth)


def _hears(pictures: Array, sounds: Array) -> Array:
    """Class 1 to 4 where a thing is bright enough for how loud it is, and, a flaw, always in the left column."""
    level = pictures[..., 0] + sounds[:, None, None, 0] * pictures[..., 1]
    kind = 1 + (4 * sounds[:, None, None, 1] + 0 * level).astype(int) % 4
    return np.where((level > 0.7) | (np.arange(level.shape[2]) == 0), kind, 0)


def _deaf(pictures: Array, sounds: Array) -> Array:
    return np.where(pictures[..., 0] > 0.6, 2, 0)


def _oracle(case: tuple[Any, ...]) -> Callable[[Array, Array], Array]:
    _, known, own, other, truth = case
    before = np.roll(truth, 1, axis=0)

    def look_up(picture: Array, sound: Array) -> Array:
        for i in np.flatnonzero((known == picture).all(axis=(1, 2, 3))):
            for sounds, labels in ((other, truth), (own, before)):
                if np.array_equal(sound, sounds[i]):
                    return labels[i]
        return np.zeros_like(truth[0])

    def predict(pictures: Array, sounds: Array) -> Array:
        sounds = np.broadcast_to(sounds, (len(pictures), own.shape[1]))
        return np.array([look_up(*each) for each in zip(pictures, sounds, strict=True)])

    return predict


def _three(predict: Any, pictures: Array, own: Array, other: Array, truth: Array) -> tuple[Array, ...]:
    return predict(pictures, own), predict(pictures, other), predict(pictures, np.zeros_like(own))


def _listens(*case: Any) -> list[float]:
    before, after, silent = _three(*case)
    truth = case[4]
    return [mean_iou(truth, after, 5) - mean_iou(truth, before, 5), float((silent > 0).mean())]


def _with_gain(gain: Callable[[Array, Array, Array], float]) -> Callable[..., object]:
    def rule(*case: Any) -> list[float]:
        before, after, silent = _three(*case)
        return [gain(case[4], before, after), float((silent > 0).mean())]

    return rule


def _with_alarm(alarm: Callable[..., float]) -> Callable[..., object]:
    def rule(*case: Any) -> list[float]:
        before, after, silent = _three(*case)
        gain = mean_iou(case[4], after, 5) - mean_iou(case[4], before, 5)
        return [gain, float(alarm(silent, case))]

    return rule


def _each(truth: Array, labels: Array) -> float:
    return float(np.mean([mean_iou(t, found, 5) for t, found in zip(truth, labels, strict=True)]))


LISTEN_SLIPS: list[tuple[Callable[..., object], str]] = [
    (
        _with_gain(lambda t, before, after: mean_iou(t, before, 5) - mean_iou(t, after, 5)),
        "The sign is turned: what the other sound earns, minus what the mask of before earns.",
    ),
    (
        _with_gain(lambda t, before, after: mean_iou(t, after, 5)),
        "The score with the other sound alone. What would the old mask have scored there? Subtract that.",
    ),
    (
        _with_gain(lambda t, before, after: abs(mean_iou(t, after, 5) - mean_iou(t, before, 5))),
        "The sign was taken off. A network that listens the wrong way round has a gain below 0.",
    ),
    (
        _with_gain(lambda t, before, after: max(0.0, mean_iou(t, after, 5) - mean_iou(t, before, 5))),
        "Cut off at 0. A network that listens the wrong way round has a gain below 0.",
    ),
    (
        _with_gain(lambda t, before, after: 100 * (mean_iou(t, after, 5) - mean_iou(t, before, 5))),
        "The gain in percent. Leave it as a difference of two mean IoU.",
    ),
    (
        _with_gain(lambda t, before, after: mean_iou(t, after, 5) / mean_iou(t, before, 5)),
        "A ratio of the scores. Subtract them: what is deaf must gain 0.",
    ),
    (
        _with_gain(lambda t, before, after: mean_iou(t > 0, after > 0, 2) - mean_iou(t > 0, before > 0, 2)),
        "The names of the classes were dropped. The mean goes over all five classes.",
    ),
    (
        _with_gain(lambda t, before, after: float((after != before).mean())),
        "The share of pixels that changed. They may have changed for the worse: compare both with the truth.",
    ),
    (
        _with_gain(lambda t, before, after: float((after == t).mean() - (before == t).mean())),
        "That is a gain in pixel accuracy, where the background counts most. Asked for is mean IoU.",
    ),
    (
        _with_gain(
            lambda t, before, after: (
                mean_iou(t, after, 5, background=False) - mean_iou(t, before, 5, background=False)
            )
        ),
        "The background was left out. The mean goes over all five classes.",
    ),
    (
        _with_gain(lambda t, before, after: _each(t, after) - _each(t, before)),
        "Averaged over scenes. Pool the pixels of all scenes: one call of mean_iou for each sound.",
    ),
    (
        _with_gain(lambda t, before, after: 1 - mean_iou(before, after, 5)),
        "How far the two masks are apart. Which of them is right? Compare both with the truth.",
    ),
    (
        _with_alarm(lambda silent, case: (silent > 0).any(axis=(1, 2)).mean()),
        "The share of scenes with any claim. Asked for is the share of pixels.",
    ),
    (
        _with_alarm(lambda silent, case: silent.mean()),
        "The mean of the labels: a guitar counts three times a bell. Ask of each pixel whether it is claimed.",
    ),
    (
        _with_alarm(lambda silent, case: (silent == 0).mean()),
        "The share that is left alone. Asked for is the share that is claimed.",
    ),
    (
        _with_alarm(lambda silent, case: (silent != case[4]).mean()),
        "In silence nothing sounds, so the truth is empty: the given truth belongs to the other sound.",
    ),
    (
        _with_alarm(lambda silent, case: (silent[case[4] == 0] > 0).mean()),
        "In silence every pixel should be background, not only those where the given truth is.",
    ),
    (
        _with_alarm(lambda silent, case: (case[0](case[1], np.ones_like(case[2])) > 0).mean()),
        "Ones are a sound. Silence is a sound vector of zeros.",
    ),
    (
        _with_alarm(lambda silent, case: (case[0](case[1], case[2]) > 0).mean()),
        "That is claimed with the scene's own sound. Ask once more, with zeros for a sound.",
    ),
    (
        _with_alarm(lambda silent, case: (case[0](case[1], case[3]) > 0).mean()),
        "That is claimed with the other sound. Ask once more, with zeros for a sound.",
    ),
    (
        _with_alarm(lambda silent, case: (case[0](0 * case[1], np.zeros_like(case[2])) > 0).mean()),
        "The pictures were blanked too. Only the sound falls silent.",
    ),
    (
        _with_alarm(lambda silent, case: (silent > 0).sum()),
        "A count of pixels. Asked for is their share.",
    ),
    (
        _with_alarm(lambda silent, case: 100 * (silent > 0).mean()),
        "A percentage. Asked for is the share, from 0 to 1.",
    ),
    (
        _with_alarm(lambda silent, case: 0.0),
        "A 0 without asking: this network does claim something in silence.",
    ),
    (
        _with_alarm(lambda silent, case: (silent[case[4] > 0] > 0).mean()),
        "The share among the pixels of the given truth. In silence it says nothing: take all pixels.",
    ),
    (
        lambda *case: _listens(*case)[::-1],
        "The two numbers have changed places: the gain comes first.",
    ),
    (
        lambda *case: [
            mean_iou(case[4], _three(*case)[1], 5) - mean_iou(case[4], _three(*case)[2], 5),
            _listens(*case)[1],
        ],
        "Compared with the mask in silence. The mask of before is the one under the scene's own sound.\n"
        "(Were zeros written into it?)",
    ),
]
