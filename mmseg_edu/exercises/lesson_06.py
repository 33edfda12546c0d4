"""The exercises of lesson 06: is this mask any good?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mmseg_edu.exercises.expect import (
    Answer,
    Finding,
    expect_close,
    expect_kept,
    expect_range,
    expect_shape,
    spell,
    together,
)

UNTESTED = {
    "1": "speed; stacks of masks; masks of 0 and 1 instead of booleans",
    "2": "speed; labels outside 0 .. classes - 1",
    "3": "speed; two thresholds that are equally good on the validation scenes",
}


def exercise_1(answer: Answer) -> Iterator[Finding]:
    """`my_iou(truth, predicted)`: intersection over union of two boolean masks (H, W)."""
    truth = np.array([[1, 1, 0, 0], [1, 1, 0, 0], [1, 1, 0, 0]], dtype=bool)
    found = np.array([[0, 1, 1, 0], [0, 0, 0, 0], [0, 1, 0, 0]], dtype=bool)
    what = "2 pixels in both masks, 7 in either, 12 in the picture"
    score = answer(truth, found)
    yield together(
        "one number from 0 to 1",
        expect_shape(score, (), what, "One number for the whole mask: is a sum missing?"),
        expect_range(score, 0, 1, what, "score", "An intersection is never larger than the union."),
    )
    yield expect_close(
        score,
        2 / 7,
        f"{what}: IoU is 2/7",
        "Count the pixels in both masks, and those in at least one of them.",
        slips=[
            (2 / 6, "Divided by the size of the truth: that is recall. False positives must cost something."),
            (
                2 / 3,
                "Divided by the size of the prediction: that is precision. What of the pixels it missed?",
            ),
            (4 / 9, "That is Dice. The sum of the sizes counts the intersection twice; the union does not."),
            (2 / 9, "The sum of the sizes counts the intersection twice. The union counts it once."),
            (7 / 12, "That is pixel accuracy: the background votes too. Leave out what is in neither mask."),
            (2 / 5, "Divided by the pixels in exactly one mask. Those in both belong to the union too."),
            (2 / 12, "Divided by the whole picture. Which pixels have nothing to do with either mask?"),
        ],
    )
    yield expect_kept(answer, "two masks")
    yield expect_close(answer(found, truth), 2 / 7, "with truth and prediction swapped: the same 2/7")
    empty = np.zeros((2, 3), dtype=bool)
    corner = empty.copy()
    corner[0, 0] = True
    yield expect_close(
        answer(empty, corner),
        0.0,
        "an empty truth and one false pixel: 0",
        "The union is not empty here, so nothing special happens: 0 divided by 1.",
    )
    yield expect_close(
        answer(corner, empty), 0.0, "an empty prediction where there is something: 0", "0 divided by 1 is 0."
    )
    yield expect_close(
        answer(empty, empty),
        1.0,
        "two empty masks: 1",
        "0 / 0. This exercise's convention: both agree that there is nothing, so 1. Test the union first.",
    )
    yield expect_close(
        answer(truth, truth),
        1.0,
        "a mask and itself: 1",
        "Something is added to the union, or taken from it.",
    )


def exercise_2(answer: Answer) -> Iterator[Finding]:
    """`my_mean_iou(truth, predicted, classes)`: pooled over the data set, averaged over the classes."""
    truth = np.array([[[0, 0, 0], [0, 1, 1]], [[0, 2, 2], [2, 2, 2]]])
    found = np.array([[[0, 0, 0], [0, 1, 0]], [[0, 2, 2], [2, 0, 0]]])
    what = "two pictures, three classes with IoU 5/8, 1/2 and 3/5"
    expected = np.mean([5 / 8, 1 / 2, 3 / 5])
    one_by_one = "Each picture was scored by itself. Pool the pixels of all pictures first."
    score = answer(truth, found, 3)
    yield together(
        "one number from 0 to 1",
        expect_shape(score, (), what, "One number for all pictures and classes: is a mean missing?"),
        expect_range(score, 0, 1, what, "score"),
    )
    yield expect_close(
        score,
        expected,
        what,
        "For each class: the pixels where both say it, over those where either says it, in ALL pictures.",
        slips=[
            (9 / 12, "That is pixel accuracy. Each class needs its own intersection and union."),
            (9 / 15, "All classes were pooled into one ratio, so large ones count more. Average the ratios."),
            (np.mean([1 / 2, 3 / 5]), "Class 0 is missing: here the background is a class like any other."),
            (np.mean([4 / 5, 1 / 2, 1 / 3, 3 / 5]), one_by_one),
            (np.mean([4 / 5, 1 / 2, 0, 1 / 3, 0, 3 / 5]), one_by_one),
            (np.mean([1, 1 / 2, 3 / 5]), "That is recall: pixels wrongly given to a class must cost it."),
            (np.mean([10 / 13, 2 / 3, 3 / 4]), "That is Dice. Divide by the union, not by the sum of sizes."),
        ],
    )
    yield expect_kept(answer, what)
    yield expect_close(
        answer(truth, found, 5),
        expected,
        "five classes, of which two occur nowhere: the mean is over the other three",
        "For a class that nobody saw and nobody claimed, IoU is 0 / 0. A mean with one NaN in it is NaN:\n"
        "leave such classes out.",
        slips=[
            (
                expected * 3 / 5,
                "The classes that occur nowhere counted as 0, and pulled the mean down. Leave them out.",
            ),
            (
                (expected * 3 + 2) / 5,
                "The classes that occur nowhere counted as 1, and pulled the mean up. Leave them out.",
            ),
        ],
    )
    made_up = found.copy()
    made_up[1, 0, 0] = 3
    yield expect_close(
        answer(truth, made_up, 5),
        np.mean([4 / 8, 1 / 2, 3 / 5, 0]),
        "a class that is predicted and never true has IoU 0, and counts",
        "Left out are only classes that are in NEITHER map. This one was made up: its union is not empty.",
        slips=[
            (
                np.mean([4 / 8, 1 / 2, 3 / 5]),
                "The made-up class was left out, so inventing it cost nothing.\n"
                "Left out are only classes that are in NEITHER map.",
            )
        ],
    )
    rng = np.random.default_rng(6)
    truth, found = rng.integers(0, 4, size=(2, 3, 5, 7))
    unions = [((truth == k) | (found == k)).sum() for k in range(4)]
    hits = [((truth == k) & (found == k)).sum() for k in range(4)]
    yield expect_close(
        answer(truth, found, 4), np.mean(np.divide(hits, unions)), "three pictures of random labels"
    )


def exercise_3(answer: Answer) -> Iterator[Finding]:
    """`honest_f(validation, test, thresholds)`: one threshold, chosen on the validation scenes."""
    validation, test, thresholds = _one_scene_each()
    what = "two scenes of four pixels, by hand"
    score = answer(validation, test, thresholds)
    yield together(
        "one number from 0 to 1",
        expect_shape(score, (), what, "One number: the mean over the test scenes."),
        expect_range(score, 0, 1, what, "F", "A scene without a hit has F = 0, not 0 / 0."),
    )
    # Validation is best at 0.3 (F = 1). There the test scene has P = 1/3, R = 1; at 0.8 it would have F = 1.
    yield expect_close(
        score,
        _f(1 / 3, 1),
        f"{what}: the threshold 0.3 is best on the validation scene, and F is {_f(1 / 3, 1):.3f} on the test scene",
        "Which threshold is best on the validation scene? What are P and R of the test scene there?",
        slips=[
            (
                1.0,
                "The threshold was chosen on the test scenes, or the score is that of the validation scenes.",
            ),
            (_f(1 / 2, 1), "That is the threshold 0.5. Try all that you were given."),
            (1 / 2, "That is beta = 1: precision and recall count the same. Here beta squared is 0.3."),
            (1.09 * (1 / 3) / (0.09 / 3 + 1), "beta SQUARED is 0.3: it was squared once more."),
            (1.3 * (1 / 3) / (1 / 3 + 0.3), "beta squared belongs to P in the denominator, not to R."),
            (0.3, "That is the threshold itself. Return the test scenes' F at it."),
        ],
    )
    yield expect_kept(answer, what)
    yield _at_the_threshold(answer)
    yield from _random_scenes(answer)
    yield _skips_empty(answer)
    yield _ignores_test(answer)


def _f(precision: float, recall: float) -> float:
    return 1.3 * precision * recall / (0.3 * precision + recall)


Scenes = tuple[np.ndarray, np.ndarray]


def _one_scene_each() -> tuple[Scenes, Scenes, np.ndarray]:
    truth = np.array([[[True, False], [False, False]]])
    validation = (truth, np.array([[[0.4, 0.2], [0.2, 0.1]]]))
    test = (truth, np.array([[[0.9, 0.6], [0.4, 0.1]]]))
    return validation, test, np.array([0.3, 0.5, 0.8])


def _at_the_threshold(answer: Answer) -> Finding:
    truth = np.array([[[True, False], [False, False]]])
    scenes = (truth, np.array([[[0.5, 0.25], [0.25, 0.25]]]))
    return expect_close(
        answer(scenes, scenes, np.array([0.5])),
        1.0,
        "a pixel whose probability equals the threshold is claimed",
        "Claimed means p >= threshold, not p > threshold.",
    )


def _scenes(seed: int, lift: float, noise: float, count: int = 12) -> Scenes:
    """Scenes of 6 x 6 pixels whose best threshold rises with `lift`."""
    rng = np.random.default_rng(seed)
    size = rng.uniform(0.1, 0.6, size=(count, 1, 1))
    truth = rng.random((count, 6, 6)) < size
    probabilities = np.clip(lift + 0.3 * truth + rng.normal(0, noise, truth.shape), 0, 1)
    return truth, probabilities


def _mean_f(scenes: Scenes, threshold: float) -> float:
    scores = []
    for mask, p in zip(*scenes, strict=True):
        if mask.any():
            claimed = p >= threshold
            scores.append(1.3 * (mask & claimed).sum() / (0.3 * mask.sum() + claimed.sum()))
    return float(np.mean(scores))


def _best(scenes: Scenes, thresholds: np.ndarray) -> float:
    return float(max(thresholds, key=lambda threshold: _mean_f(scenes, threshold)))


def _pooled(scenes: Scenes, threshold: float) -> float:
    truth, claimed = scenes[0], scenes[1] >= threshold
    return float(1.3 * (truth & claimed).sum() / (0.3 * truth.sum() + claimed.sum()))


def _of_mean_rates(scenes: Scenes, threshold: float) -> float:
    hits, size, claimed = _counts(scenes, threshold)
    return _f(float(np.mean(hits / np.maximum(claimed, 1))), float(np.mean(hits / size)))


def _counts(scenes: Scenes, threshold: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    truth, claimed = scenes[0], scenes[1] >= threshold
    return (truth & claimed).sum((1, 2)), truth.sum((1, 2)), claimed.sum((1, 2))


def _random_scenes(answer: Answer) -> Iterator[Finding]:
    validation, test = _scenes(60, lift=0.2, noise=0.2), _scenes(61, lift=0.35, noise=0.2)
    thresholds = np.linspace(0.05, 0.95, 19)
    best, best_on_test = _best(validation, thresholds), _best(test, thresholds)
    each = [max(_mean_f((t[None], p[None]), x) for x in thresholds) for t, p in zip(*test, strict=True)]
    yield expect_close(
        answer(validation, test, thresholds),
        _mean_f(test, best),
        f"12 scenes each, 19 thresholds: {best:.2f} is chosen on the validation scenes",
        "For every threshold: F of each validation scene, then their mean. The best threshold goes to the test.",
        slips=[
            (
                _mean_f(test, best_on_test),
                "The threshold was chosen on the test scenes: that is the score which the exercise mends.",
            ),
            (
                _mean_f(validation, best),
                "The score of the validation scenes. They chose the threshold; the test scenes report.",
            ),
            (
                np.mean(each),
                "Every test scene chose its own threshold. One for all, from the validation scenes.",
            ),
            (
                _pooled(test, best),
                "The pixels of all scenes were pooled. F is worked out for each scene, then averaged.",
            ),
            (
                _of_mean_rates(test, best),
                "F of the mean precision and the mean recall. Average the F of the scenes instead.",
            ),
        ],
    )


def _skips_empty(answer: Answer) -> Finding:
    validation, test, thresholds = _one_scene_each()
    empty = np.zeros((1, 2, 2), dtype=bool)
    loud = np.full((1, 2, 2), 0.9)
    with_empty = tuple(
        (np.concatenate([truth, empty]), np.concatenate([p, loud])) for truth, p in (validation, test)
    )
    score = answer(*with_empty, thresholds)
    expected = _f(1 / 3, 1)
    return expect_close(
        score,
        expected,
        "scenes with an empty truth change nothing",
        "A scene with an empty truth has no recall: it would be 0 / 0. Leave such scenes out of both means.",
        slips=[
            (expected / 2, "The empty scene counted as 0. Leave it out of the mean."),
            ((expected + 1) / 2, "The empty scene counted as 1. Leave it out of the mean."),
        ],
    )


def _ignores_test(answer: Answer) -> Finding:
    """A validation set that rewards a threshold at which the test scene has no hit: 0, not NaN."""
    truth = np.array([[[True, False], [False, False]]])
    validation = (truth, np.array([[[0.9, 0.7], [0.7, 0.7]]]))
    test = (truth, np.array([[[0.5, 0.1], [0.1, 0.1]]]))
    score = answer(validation, test, np.array([0.3, 0.8]))
    if np.asarray(score).dtype.kind == "f" and np.isnan(np.asarray(score)).any():
        return Finding(
            False,
            f"a threshold that no test pixel reaches: expected F = 0, got {spell(score)}",
            "Nothing claimed: P is 0 / 0. In counts, F = 1.3 TP / (0.3 |A| + |B|), which is 0 here.",
        )
    return expect_close(
        score,
        0.0,
        "a threshold that no test pixel reaches: F is 0",
        "The threshold 0.8 is best on the validation scene, and nothing in the test scene reaches it.",
        slips=[(1.0, "The threshold was chosen on the test scene.")],
    )
