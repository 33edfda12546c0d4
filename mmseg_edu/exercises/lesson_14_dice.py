"""Dice loss of one scene: the rule that exercise 14.2 asks for, and those of misconceptions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mmseg_edu.exercises.expect import Inputs

Rule = Callable[..., Any]
ROOM = 0.01


def scene(seed: int, classes: int, absent: int | None) -> Inputs:
    random = np.random.default_rng([14, seed])
    share = np.arange(1, classes + 1) / np.arange(1, classes + 1).sum()
    truth = random.choice(classes, p=share[::-1], size=(6, 5))
    truth[0, : classes if classes <= 5 else 5] = np.arange(classes)
    if absent is not None:
        truth[truth == absent] = (absent + 1) % classes
    scores = 1.5 * np.eye(classes)[truth] + random.normal(0, 1, (6, 5, classes))
    posterior = np.exp(scores)
    return truth, posterior / posterior.sum(axis=-1, keepdims=True)


def _parts(truth: Any, posterior: Any) -> tuple[np.ndarray, np.ndarray]:
    says = np.asarray(posterior, float)
    return np.eye(says.shape[-1])[np.asarray(truth, int)], says


def _by_class(truth: Any, posterior: Any, room: float = ROOM, everywhere: bool = False) -> np.ndarray:
    y, p = _parts(truth, posterior)
    both, there, said = (part.mean(axis=(0, 1)) for part in (y * p, y, p))
    free = room * ((there == 0) | everywhere)
    return 1 - (2 * both + free) / (there + said + free)


def dice_loss(truth: Any, posterior: Any) -> float:
    return float(_by_class(truth, posterior).mean())


def _no_room(truth: Any, posterior: Any) -> float:
    y, p = _parts(truth, posterior)
    both, there, said = (part.mean(axis=(0, 1)) for part in (y * p, y, p))
    return float((1 - 2 * both / (there + said + 1e-7)).mean())


def _pixel_sums(truth: Any, posterior: Any) -> float:
    y, p = _parts(truth, posterior)
    both, there, said = (part.sum(axis=(0, 1)) for part in (y * p, y, p))
    free = ROOM * (there == 0)
    return float((1 - (2 * both + free) / (there + said + free)).mean())


def _pooled(truth: Any, posterior: Any) -> float:
    y, p = _parts(truth, posterior)
    return float(1 - 2 * (y * p).sum() / (y.sum() + p.sum()))


def _overlap_union(truth: Any, posterior: Any) -> float:
    y, p = _parts(truth, posterior)
    both, there, said = (part.mean(axis=(0, 1)) for part in (y * p, y, p))
    free = ROOM * (there == 0)
    return float((1 - (both + free) / (there + said - both + free)).mean())


def _squares_below(truth: Any, posterior: Any) -> float:
    y, p = _parts(truth, posterior)
    both, there, said = (part.mean(axis=(0, 1)) for part in (y * p, y, p**2))
    free = ROOM * (there == 0)
    return float((1 - (2 * both + free) / (there + said + free)).mean())


def _hard(truth: Any, posterior: Any) -> float:
    says = np.asarray(posterior)
    return dice_loss(truth, np.eye(says.shape[-1])[says.argmax(axis=-1)])


def _without_two(truth: Any, posterior: Any) -> float:
    y, p = _parts(truth, posterior)
    both, there, said = (part.mean(axis=(0, 1)) for part in (y * p, y, p))
    free = ROOM * (there == 0)
    return float((1 - (both + free) / (there + said + free)).mean())


def _present_only(truth: Any, posterior: Any) -> float:
    present = np.unique(truth)
    return float(_by_class(truth, posterior)[present].mean())


def _room_above_only(truth: Any, posterior: Any) -> float:
    y, p = _parts(truth, posterior)
    both, there, said = (part.mean(axis=(0, 1)) for part in (y * p, y, p))
    free = ROOM * (there == 0)
    return float((1 - (2 * both + free) / (there + said)).mean())


def _free(truth: Any, posterior: Any) -> float:
    there = _parts(truth, posterior)[0].any(axis=(0, 1))
    return float(np.where(there, _by_class(truth, posterior), 0).mean())


def _by_share(truth: Any, posterior: Any) -> float:
    return float(_by_class(truth, posterior) @ _parts(truth, posterior)[0].mean(axis=(0, 1)))


def _room_for_the_present(truth: Any, posterior: Any) -> float:
    y, p = _parts(truth, posterior)
    both, there, said = (part.mean(axis=(0, 1)) for part in (y * p, y, p))
    free = np.where(there > 0, ROOM, 1e-9)
    return float((1 - (2 * both + free) / (there + said + free)).mean())


def _along(axis: int) -> Rule:
    """The slip that averages along one side of the scene only."""

    def slip(truth: Any, posterior: Any) -> float:
        y, p = _parts(truth, posterior)
        both, there, said = (part.mean(axis=axis) for part in (y * p, y, p))
        free = ROOM * (there == 0)
        return float((1 - (2 * both + free) / (there + said + free)).mean())

    return slip


def _two_classes(truth: Any, posterior: Any) -> float:
    return float(_by_class(truth, posterior)[:2].mean())


def _room_twice(truth: Any, posterior: Any) -> float:
    y, p = _parts(truth, posterior)
    both, there, said = (part.mean(axis=(0, 1)) for part in (y * p, y, p))
    free = 2 * ROOM * (there == 0)
    return float((1 - (2 * both + free) / (there + said + free)).mean())


def _of_what_was_said(truth: Any, posterior: Any) -> float:
    y, p = _parts(truth, posterior)
    both, there, said = (part.mean(axis=(0, 1)) for part in (y * p, y, p))
    free = ROOM * (there == 0)
    return float((1 - (both + free) / (said + free)).mean())


def _of_what_is_there(truth: Any, posterior: Any) -> float:
    y, p = _parts(truth, posterior)
    both, there = (part.mean(axis=(0, 1)) for part in (y * p, y))
    free = ROOM * (there == 0)
    return float((1 - (both + free) / (there + free)).mean())


def _surprise(truth: Any, posterior: Any) -> float:
    y, p = _parts(truth, posterior)
    return float(-np.log(np.maximum((y * p).sum(axis=-1), 1e-30)).mean())


def _softmax_again(truth: Any, posterior: Any) -> float:
    scores = np.exp(np.asarray(posterior, float))
    return dice_loss(truth, scores / scores.sum(axis=-1, keepdims=True))


SLIPS: list[tuple[Rule, str]] = [
    (
        _no_room,
        "A class that is not in the truth costs 1 here, however little of the scene it gets. It needs its 0.01, above "
        "and below.",
    ),
    (
        _pixel_sums,
        "Sums over the pixels, and then 0.01: that is a hundredth of a pixel. The formula has means: a hundredth of "
        "the scene.",
    ),
    (
        _pooled,
        "All classes went into one fraction. Then the background, which is largest, decides: one fraction a class.",
    ),
    (_overlap_union, "That is the overlap over the union, IoU's loss. Dice has the sum of both areas below."),
    (_squares_below, "The probabilities are squared below. Some papers do so; the formula here does not."),
    (
        _hard,
        "The posterior was made a mask first (argmax, rounding). Then small changes change nothing, and nothing is "
        "learnt.",
    ),
    (_without_two, "The 2 is missing: a perfect overlap should cost 0."),
    (
        lambda *inputs: float(_by_class(*inputs)[1:].mean()),
        "The background was left out. In the formula it is a class like the others.",
    ),
    (lambda *inputs: 1 - dice_loss(*inputs), "That is the overlap. The loss is 1 minus it."),
    (
        _present_only,
        "Classes that are not in the truth were left out. Then a phantom of such a class costs nothing.",
    ),
    (
        lambda truth, posterior: float(_by_class(truth, posterior, everywhere=True).mean()),
        "The 0.01 went to every class. Only a class that is not in the truth gets it.",
    ),
    (
        lambda truth, posterior: float(_by_class(truth, posterior, room=1.0).mean()),
        "An absent class got 1 where the formula has 0.01: a phantom over half the scene would pass for small.",
    ),
    (_free, "A class that is not in the truth costs nothing here. A phantom of it has its price."),
    (
        lambda truth, posterior: float(_by_class(truth, posterior, room=1e-9)[: np.max(truth) + 1].mean()),
        "Classes after the largest one in the truth were left out. All that the posterior has count.",
    ),
    (
        lambda truth, posterior: float(_by_class(truth, posterior, room=1e-6).mean()),
        "An absent class got next to nothing: then the crumbs that a softmax leaves cost it a full 1. It gets 0.01.",
    ),
    (
        lambda truth, posterior: float(_by_class(truth, posterior, room=1e-9)[1]),
        "Only class 1 counted. The formula averages over all classes.",
    ),
    (
        lambda truth, posterior: float(_by_class(truth, posterior)[1]),
        "Only class 1 counted. The formula averages over all classes.",
    ),
    (
        lambda truth, posterior: float(_by_class(truth, posterior)[-1]),
        "Only the last class counted. The formula averages over all classes.",
    ),
    (
        lambda truth, posterior: float(_by_class(truth, posterior)[0]),
        "Only the background counted. The formula averages over all classes.",
    ),
    (
        lambda truth, posterior: float(_by_class(truth, posterior).max()),
        "Only the class that costs most counted. The formula averages over all classes.",
    ),
    (
        lambda truth, posterior: float(_by_class(truth, posterior).min()),
        "Only the class that costs least counted. The formula averages over all classes.",
    ),
    (_two_classes, "Only classes 0 and 1 counted. How many there are, the posterior's last axis says."),
    (
        lambda truth, posterior: float(_by_class(truth, posterior)[: np.max(truth) + 1].mean()),
        "Classes after the largest one in the truth were left out. All that the posterior has count.",
    ),
    (
        lambda truth, posterior: float(_by_class(truth, posterior, room=1.0, everywhere=True).mean()),
        "Every class got 1 above and below. Only an absent class gets something, and that is 0.01.",
    ),
    (_room_for_the_present, "The 0.01 went to the classes that are there. It is for those that are not."),
    *[
        (
            lambda truth, posterior, room=room: float(_by_class(truth, posterior, room=room).mean()),
            "An absent class got another number than 0.01: so much of the scene costs it a half.",
        )
        for room in (0.1, 0.05, 0.005, 0.001, 0.0001)
    ],
    (_room_twice, "The 0.01 counts twice. It is added once above and once below, outside the 2 mean(y p)."),
    (_along(0), "The means go along the columns only. A bar is the mean over all pixels of the scene."),
    (_along(1), "The means go along the rows only. A bar is the mean over all pixels of the scene."),
    (_of_what_was_said, "Below stands only what the network said: a precision. Dice has both areas below."),
    (_of_what_is_there, "Below stands only what is there: a recall. Dice has both areas below."),
    (_surprise, "That is the cross-entropy. Dice asks for the overlap, class by class."),
    (
        lambda *inputs: dice_loss(*inputs) + _surprise(*inputs),
        "That is the sum with the cross-entropy. Dice alone is asked for.",
    ),
    (_softmax_again, "The posterior went through a softmax again. It holds probabilities already."),
    *[
        (
            lambda truth, posterior, digits=digits: round(dice_loss(truth, posterior), digits),
            "The loss was rounded. Hand on all of its digits.",
        )
        for digits in (1, 2, 3)
    ],
    *[
        (
            lambda truth, posterior, number=number: number,
            "That is the loss of the lesson's four pixels. The check brings other scenes.",
        )
        for number in (0.267, 4 / 15)
    ],
    (
        _by_share,
        "Each class counted by its share of the scene. Then the background decides: one vote a class.",
    ),
    (_room_above_only, "The 0.01 stands above only. It belongs below too."),
    (
        lambda *inputs: float(_by_class(*inputs).sum()),
        "The classes were added up. The formula averages them.",
    ),
]
