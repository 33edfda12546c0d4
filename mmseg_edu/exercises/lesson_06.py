"""The exercises of lesson 06: is this mask any good?"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from mmseg_edu.exercises.expect import (
    Answer,
    Finding,
    Inputs,
    expect_close,
    expect_kept,
    expect_like,
    expect_range,
    expect_shape,
    numbers_of,
    spell,
    together,
)
from mmseg_edu.exercises.lesson_06_thresholds import OTHER_SCORES, Scenes, drawn, honest, sounding

UNTESTED = {
    "1": "speed; stacks of masks; masks of 0 and 1 instead of booleans",
    "2": "speed; labels outside 0 .. classes - 1",
    "3": "speed; two thresholds that are equally good on the validation scenes",
}

# 06.1


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
    yield expect_like(
        answer,
        _iou,
        (truth, found),
        f"{what}: IoU is 2/7",
        "Count the pixels in both masks, and those in at least one of them.",
        slips=[(_of_counts(rule), hint) for rule, hint in _OTHER_RATIOS],
        others=_two_pairs_of_masks(),
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


def _iou(truth: np.ndarray, found: np.ndarray) -> float:
    return float((truth & found).sum() / (truth | found).sum())


# Each rule of: pixels in both masks, in the truth, in the prediction, in the picture.
_Ratio = Callable[[int, int, int, int], float]
_OTHER_RATIOS: list[tuple[_Ratio, str]] = [
    (
        lambda both, a, b, n: both / a,
        "Divided by the size of the truth: that is recall. False positives must cost something.",
    ),
    (
        lambda both, a, b, n: both / b,
        "Divided by the size of the prediction: that is precision. What of the pixels it missed?",
    ),
    (
        lambda both, a, b, n: 2 * both / (a + b),
        "That is Dice. The sum of the sizes counts the intersection twice; the union does not.",
    ),
    (
        lambda both, a, b, n: both / (a + b),
        "The sum of the sizes counts the intersection twice. The union counts it once.",
    ),
    (
        lambda both, a, b, n: (n - a - b + 2 * both) / n,
        "That is pixel accuracy: the background votes too. Leave out what is in neither mask.",
    ),
    (
        lambda both, a, b, n: both / (a + b - 2 * both),
        "Divided by the pixels in exactly one mask. Those in both belong to the union too.",
    ),
    (
        lambda both, a, b, n: both / n,
        "Divided by the whole picture. Which pixels have nothing to do with either mask?",
    ),
    (
        lambda both, a, b, n: both / min(a, b),
        "Divided by the smaller mask. A mask inside the other would be perfect: take the union.",
    ),
    (
        lambda both, a, b, n: both / max(a, b),
        "Divided by the larger mask. The union also holds what only the smaller one has.",
    ),
    (
        lambda both, a, b, n: 1 - both / (a + b - both),
        "That is one minus IoU, a distance. Here 1 is the best and 0 the worst.",
    ),
    (
        lambda both, a, b, n: (n - a - b + both) / (n - both),
        "That is the IoU of the background. Which value of the mask stands for the thing?",
    ),
]


def _of_counts(rule: _Ratio) -> Callable[[np.ndarray, np.ndarray], float]:
    return lambda truth, found: rule(
        int((truth & found).sum()), int(truth.sum()), int(found.sum()), truth.size
    )


def _two_pairs_of_masks() -> list[Inputs]:
    """Once the truth is the larger mask and once the prediction, so that no two ratios agree on both."""
    rng = np.random.default_rng(61)
    first, second, third, fourth = (rng.random((7, 9)) < share for share in (0.6, 0.3, 0.35, 0.7))
    return [(first, second), (third, fourth)]


# 06.2


def exercise_2(answer: Answer) -> Iterator[Finding]:
    """`my_mean_iou(truth, predicted, classes)`: pooled over the data set, averaged over the classes."""
    truth = np.array([[[0, 0, 0], [0, 1, 1]], [[0, 2, 2], [2, 2, 2]]])
    found = np.array([[[0, 0, 0], [0, 1, 0]], [[0, 2, 2], [2, 0, 0]]])
    what = "two pictures, three classes with IoU 5/8, 1/2 and 3/5"
    expected = np.mean([5 / 8, 1 / 2, 3 / 5])
    score = answer(truth, found, 3)
    yield together(
        "one number from 0 to 1",
        expect_shape(score, (), what, "One number for all pictures and classes: is a mean missing?"),
        expect_range(score, 0, 1, what, "score"),
    )
    yield expect_like(
        answer,
        _mean_iou,
        (truth, found, 3),
        what,
        "For each class: the pixels where both say it, over those where either says it, in ALL pictures.",
        slips=_OTHER_MEANS,
        others=_two_stacks_of_labels(),
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
    overlooked = np.where(found == 1, 0, found)
    yield expect_close(
        answer(truth, overlooked, 5),
        np.mean([5 / 9, 0, 3 / 5]),
        "a class that is true and never predicted has IoU 0, and counts",
        "Left out are only classes that are in NEITHER map. This one was overlooked: its union is not empty.",
        slips=[
            (
                np.mean([5 / 9, 3 / 5]),
                "The overlooked class was left out, so never finding it cost nothing.\n"
                "Left out are only classes that are in NEITHER map.",
            )
        ],
    )
    truth, found = np.random.default_rng(6).integers(0, 4, size=(2, 3, 5, 7))
    yield expect_close(answer(truth, found, 4), _mean_iou(truth, found, 4), "three pictures of random labels")


def _heaps(truth: np.ndarray, found: np.ndarray, classes: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Count for every class the pixels where both say it, where the truth does, where the prediction does."""
    each = np.arange(classes).reshape(-1, *(1,) * truth.ndim)
    pixels = tuple(range(1, truth.ndim + 1))
    true, claimed = truth == each, found == each
    return (true & claimed).sum(pixels), true.sum(pixels), claimed.sum(pixels)


def _mean_iou(truth: np.ndarray, found: np.ndarray, classes: int) -> float:
    both, a, b = _heaps(truth, found, classes)
    union = a + b - both
    return float(np.mean(both[union > 0] / union[union > 0]))


def _iou_of_each(truth: np.ndarray, found: np.ndarray, classes: int) -> np.ndarray:
    both, a, b = _heaps(truth, found, classes)
    return both / (a + b - both)


def _absent_is_zero(truth: np.ndarray, found: np.ndarray, classes: int) -> float:
    both, a, b = _heaps(truth, found, classes)
    return float(np.mean(both / np.maximum(a + b - both, 1)))


def _by_picture(score: Callable[..., float]) -> Callable[..., float]:
    return lambda truth, found, classes: float(
        np.mean([score(t, f, classes) for t, f in zip(truth, found, strict=True)])
    )


def _picture_means_of_each_class(truth: np.ndarray, found: np.ndarray, classes: int) -> float:
    heaps = [_heaps(t, f, classes) for t, f in zip(truth, found, strict=True)]
    ratios = np.array([both / np.where(a + b > 0, a + b - both, np.nan) for both, a, b in heaps])
    return float(np.mean(np.nanmean(ratios, axis=0)))


def _accuracy(truth: np.ndarray, found: np.ndarray, classes: int) -> float:
    return float((truth == found).mean())


def _one_ratio(truth: np.ndarray, found: np.ndarray, classes: int) -> float:
    both, a, b = _heaps(truth, found, classes)
    return float(both.sum() / (a + b - both).sum())


def _by_size(truth: np.ndarray, found: np.ndarray, classes: int) -> float:
    return float(np.average(_iou_of_each(truth, found, classes), weights=_heaps(truth, found, classes)[1]))


_ONE_BY_ONE = "Each picture was scored by itself. Pool the pixels of all pictures first."
_OTHER_MEANS: list[tuple[Callable[..., float], str]] = [
    (_accuracy, "That is pixel accuracy. Each class needs its own intersection and union."),
    (_one_ratio, "All classes were pooled into one ratio, so large ones count more. Average the ratios."),
    (_by_size, "The classes were weighted by their size. Here a rare class counts as much as a large one."),
    (
        lambda t, f, k: float(_iou_of_each(t, f, k)[1:].mean()),
        "Class 0 is missing: here the background is a class like any other.",
    ),
    (
        lambda t, f, k: float(_iou_of_each(t, f, k)[:-1].mean()),
        "The last class is missing: the classes are 0 .. classes - 1.",
    ),
    (_by_picture(_mean_iou), _ONE_BY_ONE),
    (_by_picture(_absent_is_zero), _ONE_BY_ONE),
    (_picture_means_of_each_class, _ONE_BY_ONE),
    (
        lambda t, f, k: _mean_iou(t[:1], f[:1], k),
        "Only the first picture was scored. Pool the pixels of all pictures.",
    ),
    (
        lambda t, f, k: float(np.mean(np.divide(*_heaps(t, f, k)[:2]))),
        "That is recall: pixels wrongly given to a class must cost it.",
    ),
    (
        lambda t, f, k: float(np.mean(np.divide(*_heaps(t, f, k)[::2]))),
        "That is precision: pixels of a class that were not found must cost it.",
    ),
    (
        lambda t, f, k: float(np.mean([2 * n / (a + b) for n, a, b in zip(*_heaps(t, f, k), strict=True)])),
        "That is Dice. Divide by the union, not by the sum of sizes.",
    ),
]


def _two_stacks_of_labels() -> list[Inputs]:
    """Labels that are often right, with every class in every stack but not in every picture."""
    rng = np.random.default_rng(62)
    stacks: list[Inputs] = []
    for classes in (3, 4):
        truth = np.minimum(rng.integers(0, classes + 2, size=(3, 4, 5)), classes - 1)
        truth[0][truth[0] == 1] = 0
        found = np.where(rng.random(truth.shape) < 0.6, truth, rng.integers(0, classes, size=truth.shape))
        found[0][found[0] == 1] = 0
        stacks.append((truth, found, classes))
    return stacks


# 06.3


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
    yield expect_like(
        answer,
        honest,
        (validation, test, thresholds),
        f"{what}: 0.3 is best on the validation scene, and there F is {honest(validation, test, thresholds):.3f} "
        "on the test scene",
        "Which threshold is best on the validation scene? What are P and R of the test scene there?\n"
        "At 0.5 and 0.8 the validation scene has no hit: F is 0 there, not 0 / 0. For argmax, NaN is the best.",
        slips=OTHER_SCORES,
        others=_sounding_draws(),
    )
    yield expect_kept(answer, what)
    yield _at_the_threshold(answer)
    yield _without_a_hit(answer)
    yield _chosen_at_the_threshold(answer)
    yield expect_like(
        answer,
        honest,
        sounding(*drawn(42)),
        "10 scenes each, 19 thresholds: 0.35 is best on the validation scenes",
        "For every threshold: F of each validation scene, then their mean. The best one goes to the test.",
        slips=OTHER_SCORES,
        others=_sounding_draws(),
    )
    yield _skips_empty(answer)
    yield expect_like(
        answer,
        honest,
        drawn(42),
        "the same with two silent scenes in each: still 0.35",
        "Silent scenes change neither the threshold nor the score.",
        slips=OTHER_SCORES,
        others=[drawn(413), drawn(715)],
    )


def _one_scene_each() -> tuple[Scenes, Scenes, np.ndarray]:
    truth = np.array([[[True, False], [False, False]]])
    validation = (truth, np.array([[[0.4, 0.2], [0.2, 0.1]]]))
    test = (truth, np.array([[[0.9, 0.6], [0.4, 0.1]]]))
    return validation, test, np.array([0.3, 0.5, 0.8])


def _at_the_threshold(answer: Answer) -> Finding:
    truth = np.array([[[True, False], [False, False]]])
    scenes = (truth, np.array([[[0.5, 0.25], [0.25, 0.25]]]))
    others = [(truth, np.array([[[0.75, high], [0.25, low]]])) for high, low in ((0.75, 0.5), (0.5, 0.25))]
    return expect_like(
        answer,
        honest,
        (scenes, scenes, np.array([0.5])),
        "a pixel whose probability equals the threshold is claimed",
        "One pixel is true, and its p equals the only threshold. Is it claimed, and is it a hit?",
        slips=[(_strict, "Claimed means p >= threshold, not p > threshold.")],
        others=[(scenes, other, np.array([0.25, 0.5])) for other in others],
    )


def _chosen_at_the_threshold(answer: Answer) -> Finding:
    """A validation scene that is perfect at 0.5 if p = 0.5 is claimed, and at 0.25 if it is not."""
    truth = np.array([[[True, False], [False, False]]])
    validation = (truth, np.array([[[0.5, 0.25], [0.25, 0.25]]]))
    test = (truth, np.array([[[0.75, 0.375], [0.25, 0.25]]]))
    return expect_close(
        answer(validation, test, np.array([0.25, 0.5])),
        1.0,
        "a pixel whose probability equals the threshold is claimed on the validation scenes too",
        "The validation scene's true pixel has p = 0.5. Is it claimed at 0.5? Choose with p >= threshold too.",
    )


def _strict(v: Scenes, t: Scenes, x: np.ndarray) -> float:
    return honest((v[0], v[1] - 1e-9), (t[0], t[1] - 1e-9), x)


def _skips_empty(answer: Answer) -> Finding:
    validation, test, thresholds = _one_scene_each()
    empty = np.zeros((1, 2, 2), dtype=bool)
    loud = np.full((1, 2, 2), 0.9)
    with_empty = tuple(
        (np.concatenate([truth, empty]), np.concatenate([p, loud])) for truth, p in (validation, test)
    )
    expected = honest(validation, test, thresholds)
    return expect_close(
        answer(*with_empty, thresholds),
        expected,
        "scenes with an empty truth change nothing",
        "A scene with an empty truth has no recall: it would be 0 / 0. Leave such scenes out of both means.",
        slips=[
            (expected / 2, "The empty scene counted as 0. Leave it out of the mean."),
            ((expected + 1) / 2, "The empty scene counted as 1. Leave it out of the mean."),
        ],
    )


def _without_a_hit(answer: Answer) -> Finding:
    """A validation set that rewards a threshold at which the test scene has no hit: 0, not NaN."""
    truth = np.array([[[True, False], [False, False]]])
    validation = (truth, np.array([[[0.9, 0.7], [0.7, 0.7]]]))
    test = (truth, np.array([[[0.5, 0.1], [0.1, 0.1]]]))
    score = answer(validation, test, np.array([0.3, 0.8]))
    if np.isnan(numbers_of(score)).any():
        return Finding(
            False,
            f"a threshold that no test pixel reaches: expected F = 0, got {spell(score)}",
            "Nothing claimed: P is 0 / 0 (or the scene was left out, and the mean is one of nothing).\n"
            "In counts, F = 1.3 TP / (0.3 |A| + |B|), which is 0 here.",
        )
    return expect_like(
        answer,
        honest,
        (validation, test, np.array([0.3, 0.8])),
        "a threshold that no test pixel reaches: F is 0",
        "The threshold 0.8 is best on the validation scene, and nothing in the test scene reaches it.",
        slips=OTHER_SCORES,
        others=_sounding_draws(),
    )


def _sounding_draws() -> list[Inputs]:
    return [sounding(*drawn(seed)) for seed in (413, 715)]
