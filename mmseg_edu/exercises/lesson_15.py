"""The exercises of lesson 15: where did the picture go?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from mmseg_edu.exercises.expect import (
    Answer,
    AnswerError,
    Finding,
    expect_kept,
    expect_like,
    expect_own,
    expect_shape,
    numbers_of,
    spell,
    together,
)

UNTESTED = {
    "1": "speed; pictures that are not square",
    "2": "speed; functions with a kink, where the slope is not defined",
    "3": "speed; a network that uses an input for one picture in a thousand only",
}


def exercise_1(answer: Answer) -> Iterator[Finding]:
    """`weights_of(side, classes)`: how many weights the repaired network has, without building it."""
    others = [(32, 3), (45, 7), (90, 2), (131, 4)]
    cases = [
        (22, 5, "the smallest picture, 22 pixels: one place is left of it"),
        (32, 5, "the lesson's pictures, 32 pixels, 5 classes"),
        (47, 5, "47 pixels: an odd side loses a row when it is halved"),
        (224, 5, "224 pixels, 5 classes: the article's own size"),
        (64, 2, "64 pixels, 2 classes"),
    ]
    yield expect_shape(answer(22, 5), (), cases[0][2], "Return one number.")
    for side, classes, what in cases:
        yield expect_like(
            answer,
            _weights,
            (side, classes),
            what,
            "A kernel of h x w over c channels has h * w * c weights for each map it makes, and a bias. A dense layer "
            "from n to m numbers has n * m, and m biases. How many numbers does Flatten hand on?",
            slips=_SLIPS_1,
            others=others,
            tolerance=0.5,
        )


def _weights(
    side: int,
    classes: int,
    *,
    halve: Callable[[int], int] = lambda n: (n - 2) // 2,
    bias: int = 1,
    kernel: int = 9,
    flat: Callable[[int], int] = lambda n: n * n * 128,
    joined: Callable[[int], int] = lambda n: n + 32,
    parts: Sequence[str] = ("see", "listen", "decide"),
) -> int:
    for _ in range(3):
        side = halve(side)

    def dense(given: int, made: int) -> int:
        return given * made + bias * made

    def window(given: int, made: int) -> int:
        return kernel * given * made + bias * made

    counts = {
        "see": window(3, 32) + window(32, 64) + window(64, 128),
        "listen": dense(128, 64) + dense(64, 32),
        "decide": dense(joined(flat(side)), 128) + dense(128, 64) + dense(64, classes),
    }
    return sum(counts[part] for part in parts)


def _one_channel(side: int, classes: int) -> int:
    """As if every kernel laid on one map only."""
    given = 9 * (32 + 64 + 128) + 32 + 64 + 128
    return _weights(side, classes, parts=("listen", "decide")) + given


_SLIPS_1: list[tuple[Callable[..., object], str]] = [
    (
        lambda side, classes: _weights(side, classes, flat=lambda n: 32, parts=("listen", "decide")),
        "That is the network as printed, which has no weight for the picture. How many should it have?",
    ),
    (
        lambda side, classes: _weights(side, classes, bias=0),
        "The biases are missing: one for each map that a convolution makes, one for each number of a dense layer.",
    ),
    (
        lambda side, classes: _weights(side, classes, halve=lambda n: n // 2),
        "As if the convolutions were padded. Without padding, a window of 3 makes a map 2 pixels smaller.",
    ),
    (
        lambda side, classes: _weights(side, classes, halve=lambda n: -(-(n - 2) // 2)),
        "The odd row was rounded up. Pooling without padding leaves it out.",
    ),
    (
        lambda side, classes: _weights(side, classes, halve=lambda n: n - 2),
        "Where is the pooling? It has no weights, and yet it halves the map that Flatten gets.",
    ),
    (
        lambda side, classes: _weights(side, classes, flat=lambda n: n * n),
        "Flatten writes out every channel: of each place of the last map there are 128 numbers.",
    ),
    (
        lambda side, classes: _weights(side, classes, flat=lambda n: n * 128),
        "The last map has rows AND columns: side * side places.",
    ),
    (
        lambda side, classes: _weights(side, classes, flat=lambda n: 128),
        "As if the mean over the places were handed on, 128 numbers. Flatten hands on those of every place.",
    ),
    (
        lambda side, classes: _weights(side, classes, joined=lambda n: n),
        "The first layer that decides reads the sound as well: 32 numbers more.",
    ),
    (
        lambda side, classes: _weights(side, classes, parts=("see", "decide")),
        "The two dense layers of the sound are missing.",
    ),
    (
        lambda side, classes: _weights(side, classes, parts=("listen", "decide")),
        "The three convolutions are missing: their weights count too.",
    ),
    (
        lambda side, classes: _weights(side, classes, parts=("see", "listen")),
        "The three dense layers that decide are missing.",
    ),
    (
        lambda side, classes: _weights(side, classes, kernel=3),
        "A window of 3 x 3 has nine weights a channel, not three.",
    ),
    (
        _one_channel,
        "Each kernel lies on ALL maps of the layer before: 9 weights for each of them.",
    ),
    (
        lambda side, classes: _weights(side, 5),
        "The answer does not depend on the number of classes: the last layer has 64 weights and a bias for each.",
    ),
]


def exercise_2(answer: Answer) -> Iterator[Finding]:
    """`my_gradient(loss, x)`: the slope of a number with respect to each entry of an array, by trying."""
    random = np.random.default_rng(15)
    weights = random.normal(size=(3, 4))
    others = [
        (_cubic(random.normal(size=shape)), random.normal(size=shape)) for shape in ((3,), (2, 3), (2, 2, 2))
    ]
    x = np.array([1.0, -2.0, 3.0])
    what = "the sum of squares at [1, -2, 3]"
    given = answer(lambda v: float((np.asarray(v) ** 2).sum()), x)
    yield expect_shape(given, (3,), what, "One slope for each entry of x: the answer has the shape of x.")
    yield together(
        "code of your own, and the input is left as it was",
        expect_own(answer, "mmseg_edu"),
        expect_kept(answer, what, "x itself was changed. Move a copy, or move it back."),
    )
    cases: list[tuple[Any, np.ndarray, str]] = [
        (_squares, x, f"{what}: twice the entries"),
        (_cubic(weights), random.normal(size=(3, 4)), "a curve over an array of 3 x 4"),
        (_mixed, np.array([0.5, -1.5]), "a b + sin a: each slope depends on the other entry"),
        (_squares, np.array([30.0, 0.03]), "one large entry and one small one"),
        (
            _first_only,
            np.array([[0.3, 0.7], [0.2, 0.9]]),
            "a number that looks at one entry only: 0 elsewhere",
        ),
    ]
    for loss, point, says in cases:
        yield expect_like(
            answer,
            _slopes,
            (loss, point),
            says,
            "Move one entry up a little, then down a little, and divide the change of the loss by the distance.",
            slips=_SLIPS_2,
            others=others,
            tolerance=2e-4,
        )
    yield _whole_numbers(answer)


def _squares(v: Any) -> float:
    return float((np.asarray(v) ** 2).sum())


def _mixed(v: Any) -> float:
    return float(v[0] * v[1] + np.sin(v[0]))


def _first_only(v: Any) -> float:
    return float(np.exp(np.asarray(v).flat[0]))


def _cubic(weights: np.ndarray) -> Callable[[Any], float]:
    return lambda v: float((weights * np.asarray(v) ** 3 + np.asarray(v)).sum())


def _slopes(loss: Callable[[Any], float], x: Any, step: float = 1e-5) -> np.ndarray:
    point = np.array(x, float)
    found = np.zeros_like(point)
    for index in np.ndindex(*point.shape):
        ends = []
        for way in (1, -1):
            moved = point.copy()
            moved[index] += way * step
            ends.append(loss(moved))
        found[index] = (ends[0] - ends[1]) / (2 * step)
    return found


def _one_sided(step: float) -> Callable[..., np.ndarray]:
    def slopes(loss: Callable[[Any], float], x: Any) -> np.ndarray:
        point = np.array(x, float)
        found = np.zeros_like(point)
        for index in np.ndindex(*point.shape):
            moved = point.copy()
            moved[index] += step
            found[index] = (loss(moved) - loss(point)) / step
        return found

    return slopes


def _both_sides(step: float) -> Callable[..., np.ndarray]:
    return lambda loss, x: _slopes(loss, x, step)


def _all_at_once(loss: Callable[[Any], float], x: Any) -> np.ndarray:
    point = np.array(x, float)
    return np.full_like(point, _slopes(loss, point).sum())


def _relative(loss: Callable[[Any], float], x: Any) -> np.ndarray:
    return _slopes(loss, x) * np.array(x, float)


_SLIPS_2: list[tuple[Callable[..., object], str]] = [
    (
        lambda loss, x: 2 * _slopes(loss, x),
        "Twice the slope: from one step below to one step above the distance is two steps.",
    ),
    (lambda loss, x: _slopes(loss, x) / 2, "Half the slope: over how many steps did the loss change?"),
    (lambda loss, x: -_slopes(loss, x), "The sign is turned: up minus down, divided by the way up."),
    (
        lambda loss, x: np.abs(_slopes(loss, x)),
        "The sign is gone: a loss that falls has a slope below 0.",
    ),
    (
        _all_at_once,
        "All entries were moved at once: that is the sum of the slopes. Move one, and leave the others.",
    ),
    (
        _relative,
        "Each slope is multiplied by its entry: the step grew with the entry, the distance did not.",
    ),
    *(
        (
            _one_sided(step),
            "A step to one side only, and a large one: the curve bends within it. Go up AND down, or make it smaller.",
        )
        for step in (1.0, 0.5, 0.1, 1e-2, 1e-3)
    ),
    *(
        (
            _both_sides(step),
            "The step is so large that the curve bends within it: try 1e-5.",
        )
        for step in (1.0, 0.5, 0.1)
    ),
    (
        lambda loss, x: 1e-5 * _slopes(loss, x),
        "Next to 0 everywhere: was the change of the loss divided by the distance?",
    ),
]


def _whole_numbers(answer: Answer) -> Finding:
    what = "whole numbers in x are moved by less than 1 as well"
    got = numbers_of(answer(_squares, np.array([2, -1, 4])))
    if got.shape == (3,) and np.allclose(got.astype(float), [4, -2, 8], atol=1e-2):
        return Finding(True, what)
    return Finding(
        False,
        f"x = [2, -1, 4], whole numbers: expected [4, -2, 8], got {spell(got)}",
        "An array of whole numbers forgets a small step. Take a copy in floats first.",
    )


def exercise_3(answer: Answer) -> Iterator[Finding]:
    """`ignored(network, inputs)`: the numbers of those inputs that the network's answers do not depend on."""
    random = np.random.default_rng(15)
    inputs = [random.uniform(0, 1, (6, 4, 4)), random.normal(size=(6, 5)), random.uniform(0, 1, (6, 3))]
    for network, expected, what, hint in _NETWORKS:
        asked, note = _noting(network)
        try:
            got = numbers_of(answer(asked, inputs), unordered=True)
        except AnswerError:
            if note["broken"]:
                raise AnswerError(
                    f"the network was given {note['broken']}: it takes a list of ALL three arrays, shaped as before"
                ) from None
            raise
        yield _the_ignored(got, expected, what, hint, note["times"])
    yield expect_kept(answer, what, "Give the network changed copies; `inputs` stay as they are.")


def _noting(
    network: Callable[[list[np.ndarray]], np.ndarray],
) -> tuple[Callable[[Any], np.ndarray], dict[str, Any]]:
    """The network, and a note of how it is asked. (A function, since an answer's inputs are copied.)"""
    note: dict[str, Any] = {"times": 0, "broken": ""}

    def asked(given: Any) -> np.ndarray:
        note["times"] += 1
        shapes = [np.shape(each) for each in given] if isinstance(given, list | tuple) else np.shape(given)
        good = isinstance(shapes, list) and len(shapes) == 3 and len({shape[:1] for shape in shapes}) == 1
        if not (good and [shape[1:] for shape in shapes] == [(4, 4), (5,), (3,)]):
            note["broken"] = f"shapes {shapes}"
            raise ValueError(
                f"a list of arrays (N, 4, 4), (N, 5) and (N, 3) is asked for, got {note['broken']}"
            )
        return network([np.asarray(each, float) for each in given])

    return asked, note


def _the_ignored(got: np.ndarray, expected: list[int], what: str, hint: str, times: int) -> Finding:
    found = sorted({int(each) for each in got.ravel()}) if got.dtype.kind in "iuf" else None
    if got.dtype.kind == "b" and got.shape == (3,):
        return Finding(
            False,
            f"{what}: expected numbers of inputs, got {spell(got)}",
            "Return the numbers of the inputs, such as [0], not a truth value for each.",
        )
    if found == expected and len(got.ravel()) == len(expected):
        return Finding(True, what)
    if times == 0:
        hint = "The network was never asked. What it ignores shows only in its answers."
    elif found == [i for i in range(3) if i not in expected]:
        hint = "These are the inputs that it USES. Asked for are those that change nothing."
    return Finding(
        False, f"{what}: expected {expected}, got {found if found is not None else spell(got)}", hint
    )


def _softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def _mixed_by(seed: int, *features: np.ndarray) -> np.ndarray:
    """Class probabilities from a few features, by random weights."""
    joined = np.concatenate([each.reshape(len(each), -1) for each in features], axis=1)
    return _softmax(np.tanh(joined) @ np.random.default_rng(seed).normal(size=(joined.shape[1], 4)))


def _uses_all(x: list[np.ndarray]) -> np.ndarray:
    return _mixed_by(1, *x)


def _as_printed(x: list[np.ndarray]) -> np.ndarray:
    return _mixed_by(2, x[1], x[1], x[2])


def _sound_only(x: list[np.ndarray]) -> np.ndarray:
    return _mixed_by(3, x[1])


def _none(x: list[np.ndarray]) -> np.ndarray:
    return np.tile([0.1, 0.2, 0.3, 0.4], (len(x[0]), 1))


def _contrast(x: list[np.ndarray]) -> np.ndarray:
    """Sees contrast, not brightness: a constant more changes nothing."""
    return _mixed_by(4, np.round(3 * (x[0] - x[0].mean(axis=(1, 2), keepdims=True)), 6), x[2])


def _mean_of_the_picture(x: list[np.ndarray]) -> np.ndarray:
    """Sees the mean of the picture: its pixels may change places."""
    return _mixed_by(5, np.round(8 * x[0].mean(axis=(1, 2)) - 4, 6), x[1])


def _one_pixel(x: list[np.ndarray]) -> np.ndarray:
    return _mixed_by(6, 4 * x[0][:, 3, 3], x[1], x[2])


def _in_whole_steps(x: list[np.ndarray]) -> np.ndarray:
    """Rounds the sound: the slope is 0, and yet there is a path."""
    return _mixed_by(7, x[0], np.round(x[1]), x[2])


def _weakly(x: list[np.ndarray]) -> np.ndarray:
    return _mixed_by(8, x[0], x[1], 1e-4 * x[2])


def _even(x: list[np.ndarray]) -> np.ndarray:
    """The sound's sign does not matter."""
    return _mixed_by(9, x[1] ** 2, x[2])


_NETWORKS: list[tuple[Callable[[list[np.ndarray]], np.ndarray], list[int], str, str]] = [
    (_as_printed, [0], "a network that joins input 1 with itself", "Which input can be replaced unnoticed?"),
    (_uses_all, [], "a network that uses all three: the answer is empty", "Every input changes its answers."),
    (_sound_only, [0, 2], "a network of input 1 alone", "Two inputs can be replaced unnoticed."),
    (_none, [0, 1, 2], "a network that always says the same", "It says the same whatever it is given."),
    (
        _contrast,
        [1],
        "a network that sees contrast but not brightness",
        "A constant added to the picture is not noticed, other pictures are. Try another picture, not a brighter one.",
    ),
    (
        _mean_of_the_picture,
        [2],
        "a network that sees only the mean of the picture",
        "The same pixels in other places are not noticed, other pixels are. Give it another scene's picture.",
    ),
    (
        _one_pixel,
        [],
        "a network that looks at one pixel of the picture",
        "It looks at the last pixel. Change all of the picture, not a few pixels of it.",
    ),
    (
        _in_whole_steps,
        [],
        "a network that rounds the sound to whole numbers",
        "A small step is rounded away: the slope is 0, and yet there is a path. Replace the input altogether.",
    ),
    (
        _weakly,
        [],
        "a network that hardly weighs input 2, and yet does",
        "The answers change in the fifth digit, and they do change. What has no path changes not one bit.",
    ),
    (
        _even,
        [0],
        "a network that does not mind the sound's sign",
        "Turned round, the sound says the same. Give it another sound.",
    ),
]
