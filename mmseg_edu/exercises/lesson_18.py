"""The exercises of lesson 18: why did it say so?"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from mmseg_edu.exercises.expect import (
    Answer,
    Finding,
    expect_close,
    expect_kept,
    expect_like,
    expect_own,
    expect_range,
    expect_shape,
    numbers_of,
    together,
)
from mmseg_edu.exercises.lesson_18_orders import SLIPS_3, by_orders

UNTESTED = {
    "1": "scores that are not finite",
    "2": "speed; a batch of scenes",
    "3": "speed; more than six senses",
}

Four = tuple[float, float, float, float]


def exercise_1(answer: Answer) -> Iterator[Finding]:
    """`divide(nothing, picture, sound, both)`: the Shapley values of picture and sound, from four scores."""
    scores = (1.0, 4.0, 2.0, 9.0)
    what = "1 with nothing, 4 with the picture, 2 with the sound, 9 with both"
    others = [(-1.7, -0.9, -1.2, -0.1), (0.3, 0.8, 0.75, 0.9), (2.0, 1.1, 5.2, 4.4)]
    yield expect_shape(
        answer(*scores), (2,), what, "Two numbers: what the picture gets, and what the sound gets."
    )
    yield expect_own(answer, "mmseg_edu.explain")
    yield expect_like(
        answer,
        _two,
        scores,
        what,
        "Two orders: picture first, or sound first. In each, what does the picture add when it comes?",
        slips=[
            (_alone, "This is what each adds when it comes first. It also comes second, in the other order."),
            (_last, "This is what each adds when it comes second. It also comes first, in the other order."),
            (
                lambda v, p, s, b: [p - v, b - p],
                "This is one of the two orders, picture first. Average it with the other one.",
            ),
            (
                lambda v, p, s, b: [b - s, s - v],
                "This is one of the two orders, sound first. Average it with the other one.",
            ),
            (
                lambda v, p, s, b: _two(0, p, s, b),
                "The score with nothing is missing. A sense that comes first adds its score minus that one.",
            ),
            (
                lambda v, p, s, b: _two(v, s, p, b),
                "They have changed places: the picture comes first in the answer.",
            ),
            (
                lambda v, p, s, b: [2 * each for each in _two(v, p, s, b)],
                "Both orders are there, added up. Average them.",
            ),
            (
                lambda v, p, s, b: [(b - v) / 2] * 2,
                "Half for each, whatever they do. Who adds more in both orders must get more.",
            ),
            (
                lambda v, p, s, b: [(b - v) * p / (p + s), (b - v) * s / (p + s)],
                "Divided in proportion to what each scores alone. It adds up, but it is no mean over the two orders.",
            ),
            (
                lambda v, p, s, b: [(b - v) * (p - v) / (p + s - 2 * v), (b - v) * (s - v) / (p + s - 2 * v)],
                "Divided in proportion to what each adds alone. It adds up, but it is no mean over the two orders.",
            ),
            (_shares, "These are shares of 1. Asked for are the values, in the unit of the score."),
            (
                lambda v, p, s, b: [each / (b - v) for each in _two(v, p, s, b)],
                "These are fractions of the whole. Asked for are the values, in the unit of the score.",
            ),
            (
                lambda v, p, s, b: [(p - v + b) / 2, (s - v + b) / 2],
                "Who comes second adds the score of both minus that of the other one.",
            ),
            (
                lambda v, p, s, b: [p, s],
                "These are the scores alone. What a sense adds is a difference of two scores.",
            ),
            (
                lambda v, p, s, b: [(p + b) / 2, (s + b) / 2],
                "The mean of two scores. What a sense adds is a difference: with it minus without it.",
            ),
            (
                lambda v, p, s, b: [p - v + (b - s) / 2, s - v + (b - p) / 2],
                "Only what is added second was halved. Put brackets round the sum of both.",
            ),
            (
                lambda v, p, s, b: [(p - v) / 2 + b - s, (s - v) / 2 + b - p],
                "Only what is added first was halved. Put brackets round the sum of both.",
            ),
            (
                lambda v, p, s, b: [each - v / 2 for each in _two(v, p, s, b)],
                "The score with nothing belongs to the order in which the sense comes first: halve it with the rest.",
            ),
            (
                lambda v, p, s, b: [(b - v) * each / (2 * b - p - s) for each in (b - s, b - p)],
                "Divided in proportion to what each adds last. It adds up, but it is no mean over the two orders.",
            ),
            (
                lambda v, p, s, b: [-each for each in _two(v, p, s, b)],
                "The sign is turned: what a sense adds is the score with it minus the score without it.",
            ),
        ],
        others=others,
    )
    yield expect_like(
        answer,
        _two,
        others[2],
        "a sound that does more harm to a good picture than good to none",
        "Right for scores that grow, wrong for these: here a value lies below 0, and neither is a whole number.",
        slips=[
            *(
                (rule, "A value may be negative. Is a sign lost on the way?")
                for rule in (lambda *v: np.abs(_two(*v)), lambda *v: np.maximum(0, _two(*v)))
            ),
            *(
                (rule, "The digits behind the point are gone. Divide with /, and keep the floats.")
                for rule in (
                    lambda *v: np.trunc(_two(*v)),
                    lambda *v: np.floor(_two(*v)),
                    lambda *v: np.round(_two(*v)),
                    lambda *v: np.round(_two(*v), 1),
                )
            ),
        ],
        others=[(0.0, 3.0, -1.0, 1.26), (5.0, 2.0, 7.0, 3.14)],
    )
    yield expect_close(
        answer(0.5, 0.5, 0.9, 0.9), [0, 0.4], "a picture that never changes the score gets nothing"
    )
    yield expect_close(answer(0.0, 1.0, 1.0, 1.0), [0.5, 0.5], "two senses that both know it share alike")


def _two(nothing: float, picture: float, sound: float, both: float) -> list[float]:
    return [(picture - nothing + both - sound) / 2, (sound - nothing + both - picture) / 2]


def _alone(nothing: float, picture: float, sound: float, both: float) -> list[float]:
    return [picture - nothing, sound - nothing]


def _last(nothing: float, picture: float, sound: float, both: float) -> list[float]:
    return [both - sound, both - picture]


def _shares(nothing: float, picture: float, sound: float, both: float) -> list[float]:
    sizes = np.abs(_two(nothing, picture, sound, both))
    return list(sizes / sizes.sum())


def exercise_2(answer: Answer) -> Iterator[Finding]:
    """`my_grad_cam(maps, gradients)`: maps and gradients (h, w, K) give a map (h, w)."""
    maps = np.array([[[1.0, 2.0], [3.0, 0.0]], [[0.0, 1.0], [2.0, 5.0]]])
    gradients = np.array([[[4.0, -2.0], [0.0, 0.0]], [[2.0, 1.0], [-2.0, -3.0]]])  # means 1 and -1
    rng = np.random.default_rng(18)
    others = [(rng.normal(size=(3, 4, 5)), rng.normal(size=(3, 4, 5))) for _ in range(2)]
    found = answer(maps, gradients)
    what = "two channels on 2 x 2 places, whose mean gradients are 1 and -1"
    yield together(
        f"{what}: shape (2, 2), nothing below 0",
        expect_shape(found, (2, 2), what, "One number a place: the channels are added up, the places stay."),
        expect_range(
            found,
            0,
            np.inf,
            what,
            "place",
            "What speaks against the class is cut off, after the sum."
            if np.isfinite(numbers_of(found)).all()
            else "Nothing in Grad-CAM divides by what may be 0. Where does the NaN come from?",
        ),
    )
    yield expect_own(answer, "mmseg_edu.explain")
    yield expect_like(
        answer,
        _cam,
        (maps, gradients),
        what,
        "A weight for each channel, the mean of its gradient over all places; multiply, add, cut off below 0.",
        slips=_SLIPS_2,
        others=others,
    )
    what = "five channels on 3 x 4 places"
    answer(*others[0])
    yield expect_kept(answer, what)
    yield expect_like(
        answer,
        _cam,
        others[0],
        what,
        "Right on the first maps, not on these. Is a shape or a number written into the code?",
        slips=_SLIPS_2,
        others=others[1:],
    )
    yield expect_close(
        answer(maps, -np.ones_like(maps)), np.zeros((2, 2)), "all channels against the class: 0 everywhere"
    )


_Rule = Callable[[np.ndarray, np.ndarray], np.ndarray]


def _cam(maps: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    return np.maximum(0, maps @ gradients.mean(axis=(0, 1)))


def _to_one(cam: np.ndarray) -> np.ndarray:
    return cam / max(cam.max(), 1e-12)


def _with_weights(weigh: Callable[[np.ndarray], np.ndarray]) -> _Rule:
    """The map whose weights come out of the gradients in another way."""
    return lambda a, g: np.maximum(0, (a * weigh(g)).sum(axis=-1))


_SLIPS_2: list[tuple[_Rule, str]] = [
    (
        lambda a, g: np.maximum(0, (a * g).sum(axis=-1)),
        "Each place has kept its own gradient. A channel has one weight: the mean over all places.",
    ),
    (
        lambda a, g: np.maximum(0, a @ g.sum(axis=(0, 1))),
        "The weight is the mean of the gradient over the places, not its sum.",
    ),
    (
        lambda a, g: np.maximum(0, a * g.mean(axis=(0, 1))).sum(axis=-1),
        "Cut off channel by channel: so nothing can speak against the class. First add, then cut off.",
    ),
    (
        lambda a, g: a @ np.maximum(0, g.mean(axis=(0, 1))),
        "The weights were cut off. A channel with a negative weight speaks against the class, and counts.",
    ),
    (
        lambda a, g: np.maximum(0, a @ np.maximum(0, g.mean(axis=(0, 1)))),
        "The weights were cut off. A channel with a negative weight speaks against the class, and counts.",
    ),
    (
        lambda a, g: np.maximum(0, a @ np.abs(g).mean(axis=(0, 1))),
        "The sizes of the gradients: so a channel that speaks against the class speaks for it.",
    ),
    (
        lambda a, g: np.maximum(0, a @ np.abs(g.mean(axis=(0, 1)))),
        "The sizes of the weights: so a channel that speaks against the class speaks for it.",
    ),
    (
        lambda a, g: np.maximum(0, a @ g.max(axis=(0, 1))),
        "The weight is the mean of the gradient over the places, not its largest.",
    ),
    (
        lambda a, g: np.maximum(0, g @ a.mean(axis=(0, 1))),
        "They have changed places: the gradients are averaged, the maps are weighed.",
    ),
    (
        lambda a, g: np.maximum(0, (a * g.mean(axis=-1, keepdims=True)).sum(axis=-1)),
        "Averaged over the channels. A weight belongs to a channel, so average over the two axes of places.",
    ),
    (
        lambda a, g: np.maximum(0, (a * g.mean(axis=(0, 1))).mean(axis=-1)),
        "The weighted channels are added up, not averaged.",
    ),
    (
        lambda a, g: _to_one(_cam(a, g)),
        "Stretched to 1 at its largest. Leave it in the unit of the score.",
    ),
    (
        lambda a, g: np.maximum(0, a.sum(axis=-1)),
        "The gradients are not used: what is strong is not what counts.",
    ),
    (lambda a, g: _cam(a, g).T, "Rows and columns have changed places."),
    (
        _with_weights(lambda g: g.mean(axis=0)),
        "Averaged over the rows alone, each column by itself. A channel has one weight: over rows AND columns.",
    ),
    (
        _with_weights(lambda g: g.mean(axis=1, keepdims=True)),
        "Averaged over the columns alone, each row by itself. A channel has one weight: over rows AND columns.",
    ),
    (
        _with_weights(lambda g: g.mean()),
        "One weight for everything. Each channel has its own: average over the two axes of places only.",
    ),
    (
        _with_weights(lambda g: g.sum(axis=(0, 1)) / len(g)),
        "Divided by the number of rows. The mean is over all places, rows times columns.",
    ),
    (
        _with_weights(lambda g: np.maximum(0, g).mean(axis=(0, 1))),
        "The gradients were cut off before the mean. The cut comes last, after the sum over the channels.",
    ),
    (
        _with_weights(lambda g: np.maximum(0, g)),
        "The gradients were cut off, and each place kept its own. A channel has one weight, the mean over all places.",
    ),
    (
        _with_weights(lambda g: np.median(g, axis=(0, 1))),
        "The weight is the mean of the gradient, not its median.",
    ),
    (
        _with_weights(lambda g: -g.mean(axis=(0, 1))),
        "The sign is turned: this is what speaks AGAINST the class.",
    ),
    (
        lambda a, g: np.clip(a @ g.mean(axis=(0, 1)), 0, 1),
        "Cut off above 1 as well. Only what lies below 0 is cut off.",
    ),
    (
        lambda a, g: _cam(a, g) / max(_cam(a, g).sum(), 1e-12),
        "Divided by its sum. Leave it in the unit of the score.",
    ),
    (lambda a, g: np.trunc(_cam(a, g)), "The digits behind the point are gone. Keep the floats."),
]


def exercise_3(answer: Answer) -> Iterator[Finding]:
    """`my_shapley(values)`: 2**n scores, bit i of the place for sense i, give n Shapley values."""
    rng = np.random.default_rng(180)
    two, three = np.array([1.0, 4.0, 2.0, 9.0]), np.array([1.0, 2.0, 4.0, 9.0, 3.0, 5.0, 6.0, 20.0])
    others = [(rng.normal(size=8),) for _ in range(2)] + [(rng.normal(size=16),)]
    what = "three senses, 1, 2, 4, 9, 3, 5, 6 and 20"
    yield expect_shape(
        answer(three), (3,), what, "Eight scores belong to three senses: one value for each sense."
    )
    yield expect_own(answer, "mmseg_edu.explain")
    yield expect_like(
        answer,
        by_orders,
        (three,),
        what,
        "For each order of the senses, let them come one by one, and note what each adds. Then average.",
        slips=SLIPS_3,
        others=others,
    )
    yield expect_like(
        answer,
        by_orders,
        (two,),
        "two senses, 1, 4, 2 and 9",
        "Is the number of senses written into the code?",
        slips=SLIPS_3,
        others=others,
    )
    yield expect_like(
        answer,
        by_orders,
        (np.array([2.0, 5.0]),),
        "a single sense gets all of it",
        "With one sense there is one order, and what it adds is v(all) - v(none).",
    )
    yield expect_kept(answer, "a single sense")
    yield expect_like(
        answer,
        by_orders,
        (rng.normal(size=64),),
        "six senses, 64 scores, some of them negative",
        "Right for few senses, not for many: look at the weight of the coalitions in the middle, and at signs.",
        slips=SLIPS_3,
        others=others,
    )
    nothing = rng.normal(size=4)[[0, 1, 0, 1, 2, 3, 2, 3]]
    yield expect_close(np.asarray(answer(nothing))[1], 0, "a sense that never changes the score gets nothing")
