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
from mmseg_edu.exercises.lesson_15_networks import NETWORKS

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
        (53, 5, "53 pixels: an odd side loses a row when it is halved"),
        (224, 5, "224 pixels, 5 classes: the article's own size"),
        (64, 2, "64 pixels, 2 classes"),
    ]
    yield expect_shape(answer(22, 5), (), cases[0][2], "Return one number.")
    yield expect_own(answer, "mmseg_edu.models")
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


def _left(side: float, halve: Callable[[float], float] = lambda n: (n - 2) // 2, times: int = 3) -> float:
    """Side of the map that is left of a picture."""
    for _ in range(times):
        side = halve(side)
    return side


def _weights(
    side: float,
    classes: int,
    *,
    left: Callable[[float], float] = _left,
    biases: tuple[int, int, int] = (1, 1, 1),
    kernel: int = 9,
    reads: tuple[int, int, int] = (3, 32, 64),
    flat: Callable[[float], float] = lambda n: n * n * 128,
    joined: Callable[[float], float] = lambda n: n + 32,
    parts: Sequence[str] = ("see", "listen", "decide"),
) -> float:
    """Weights of a network that was built by one rule or another; biases of windows, dense layers, the last."""
    window, dense, last = biases
    see = sum((kernel * given + window) * made for given, made in zip(reads, (32, 64, 128), strict=True))
    decide = (joined(flat(left(side))) + dense) * 128 + (128 + dense) * 64 + (64 + dense * last) * classes
    counts = {"see": see, "listen": (128 + dense) * 64 + (64 + dense) * 32, "decide": decide}
    return sum(counts[part] for part in parts)


def _built(**rule: Any) -> Callable[[int, int], float]:
    return lambda side, classes: _weights(side, classes, **rule)


def _halved(halve: Callable[[float], float]) -> Callable[[int, int], float]:
    return _built(left=lambda side: _left(side, halve))


_SLIPS_1: list[tuple[Callable[..., object], str]] = [
    (
        _built(flat=lambda n: 32, parts=("listen", "decide")),
        "That is the network as printed, which has no weight for the picture. How many should it have?",
    ),
    (
        _built(biases=(0, 0, 0)),
        "The biases are missing: one for each map that a convolution makes, one for each number of a dense layer.",
    ),
    (_built(biases=(1, 0, 1)), "The biases of the dense layers are missing: one for each number they give."),
    (_built(biases=(0, 1, 1)), "The biases of the convolutions are missing: one for each map they make."),
    (_built(biases=(1, 1, 0)), "The last layer has a bias as well, one for each class."),
    (
        _halved(lambda n: n // 2),
        "As if the convolutions were padded. Without padding, a window of 3 makes a map 2 pixels smaller.",
    ),
    (
        _halved(lambda n: -(-(n - 2) // 2)),
        "The odd row was rounded up. Pooling without padding leaves it out.",
    ),
    (
        _halved(lambda n: round((n - 2) / 2)),
        "Half a row was rounded, now up, now down (round goes to the even number). Pooling always leaves it out.",
    ),
    (
        _halved(lambda n: (n - 2) / 2),
        "There is half a row in it. A map has whole rows: pooling leaves the odd one out.",
    ),
    (
        _halved(lambda n: n // 2 - 2),
        "Pooling came before each convolution. It follows: first 2 pixels are lost, then the map is halved.",
    ),
    (
        _halved(lambda n: (n - 3) // 2),
        "A window of 3 fits n - 2 times into n pixels, not n - 3 times.",
    ),
    (
        _halved(lambda n: n - 2),
        "Where is the pooling? It has no weights, and yet it halves the map that Flatten gets.",
    ),
    (
        _built(left=lambda side: _left(side, times=2) - 2),
        "The third convolution is followed by pooling too.",
    ),
    (
        _built(flat=lambda n: n * n),
        "Flatten writes out every channel: of each place of the last map there are 128 numbers.",
    ),
    (_built(flat=lambda n: n * 128), "The last map has rows AND columns: side * side places."),
    (
        _built(flat=lambda n: 128),
        "As if the mean over the places were handed on, 128 numbers. Flatten hands on those of every place.",
    ),
    (
        _built(joined=lambda n: n),
        "The first layer that decides reads the sound as well: 32 numbers more.",
    ),
    *(
        (_built(joined=lambda n, more=more: n + more), "The join adds what the sound's LAST layer gives.")
        for more in (64, 128)
    ),
    (_built(parts=("see", "decide")), "The two dense layers of the sound are missing."),
    (
        _built(parts=("listen", "decide")),
        "The three convolutions are missing: their weights count too.",
    ),
    (_built(parts=("see", "listen")), "The three dense layers that decide are missing."),
    (_built(kernel=3), "A window of 3 x 3 has nine weights a channel, not three."),
    (
        _built(reads=(1, 1, 1)),
        "Each kernel lies on ALL maps of the layer before: 9 weights for each of them.",
    ),
    (
        _built(reads=(3, 3, 3)),
        "Only the first convolution reads three colours. The second reads 32 maps, the third 64.",
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
    own = expect_own(answer, "mmseg_edu.backend")
    if not own.right:
        yield own
        return
    x = np.array([1.0, -2.0, 3.0])
    what = "the sum of squares at [1, -2, 3]"
    asked = []

    def squares(v: Any) -> float:
        asked.append(v)
        return _squares(v)

    given = answer(squares, x)
    yield expect_shape(given, (3,), what, "One slope for each entry of x: the answer has the shape of x.")
    yield together(
        "code of your own, which asks the loss and leaves the input as it was",
        Finding(bool(asked), f"{what}: loss was never called", "The slopes are in what loss(...) answers."),
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


def _slopes(loss: Callable[[Any], float], x: Any, step: float = 1e-5, kind: type = float) -> np.ndarray:
    point: np.ndarray = np.array(x, kind)
    found = np.zeros_like(point)
    for index in np.ndindex(*point.shape):
        ends = []
        for way in (1, -1):
            moved = point.copy()
            moved[index] += way * step
            ends.append(loss(moved))
        found[index] = (ends[0] - ends[1]) / (2 * step)
    return found


def _one_sided(step: float, back: bool = True) -> Callable[..., np.ndarray]:
    """Slopes by steps to one side; without `back`, entries that were moved stay where they are."""

    def slopes(loss: Callable[[Any], float], x: Any) -> np.ndarray:
        point = np.array(x, float)
        found, moved = np.zeros_like(point), point.copy()
        for index in np.ndindex(*point.shape):
            moved = point.copy() if back else moved
            moved[index] += step
            found[index] = (loss(moved) - loss(point)) / step
        return found

    return slopes


def _both_sides(step: float, kind: type = float) -> Callable[..., np.ndarray]:
    return lambda loss, x: _slopes(loss, x, step, kind)


def _all_at_once(loss: Callable[[Any], float], x: Any) -> np.ndarray:
    point = np.array(x, float)
    return np.full_like(point, _slopes(loss, point).sum())


def _rows_at_once(loss: Callable[[Any], float], x: Any) -> np.ndarray:
    """As if x[i] were one number: each row is moved as a whole."""
    slopes = _slopes(loss, x)
    return np.broadcast_to(
        slopes.reshape(len(slopes), -1).sum(1).reshape(-1, *[1] * (slopes.ndim - 1)), slopes.shape
    )


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
    (
        _rows_at_once,
        "Each row was moved as a whole. x may have any number of axes: np.ndindex(*x.shape) names every entry.",
    ),
    (
        _one_sided(1e-6, back=False),
        "The sums of the slopes so far: the entries that were moved before stand where they were moved to.",
    ),
    *(
        (
            _one_sided(step),
            "A step to one side only, and a large one: the curve bends within it. Go up AND down, or make it smaller.",
        )
        for size in (1.0, 0.5, 0.2, 0.1, 0.05, 1e-2, 1e-3, 1e-4)
        for step in (size, -size)
    ),
    *(
        (
            _both_sides(step),
            "The step is so large that the curve bends within it: try 1e-5.",
        )
        for step in (2.0, 1.0, 0.5, 0.3, 0.2, 0.1, 0.05, 0.02, 1e-2)
    ),
    *(
        (rule, "The step is so small that rounding drowns the change: a float keeps 16 digits. Try 1e-5.")
        for step in (1e-9, 1e-10, 1e-11, 1e-12, 1e-13, 1e-14, 1e-15, 1e-16)
        for rule in (_both_sides(step), _one_sided(step))
    ),
    *(
        (
            _both_sides(step, np.float32),
            "float32 keeps seven digits, and the change of the loss drowns. Copy x as float, which keeps sixteen.",
        )
        for step in (1e-2, 1e-3, 1e-4, 1e-5, 1e-6)
    ),
    (
        lambda loss, x: 1e-5 * _slopes(loss, x),
        "Next to 0 everywhere: was the change of the loss divided by the distance? Does the step change x at all?",
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
        "An array of whole numbers forgets a small step, and the slopes too, if it holds them. Take floats for both.",
    )


def exercise_3(answer: Answer) -> Iterator[Finding]:
    """`ignored(network, inputs)`: the numbers of those inputs that the network's answers do not depend on."""
    random = np.random.default_rng(15)
    inputs = [random.uniform(0, 1, (6, 4, 4)), random.normal(size=(6, 5)), random.uniform(0, 1, (6, 3))]
    for network, expected, what, hint in NETWORKS:
        asked, note = _noting(network)
        try:
            got = numbers_of(answer(asked, inputs), unordered=True)
        except AnswerError:
            if note["broken"]:
                raise AnswerError(
                    f"the network was given {note['broken']}: it takes a list of ALL three arrays, shaped as before"
                ) from None
            raise
        finding = _the_ignored(got, expected, what, hint, note["times"])
        if not finding.right and answer.changed:
            hint = (
                "The call changed `inputs`: list(inputs) copies the list, not the arrays. Copy the array too."
            )
            finding = Finding(False, finding.says, hint)
        elif not finding.right and _counts_from_one(answer, inputs):
            finding = Finding(False, finding.says, "Counted from 1. The first input is number 0.")
        yield finding
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


def _counts_from_one(answer: Answer, inputs: list[np.ndarray]) -> bool:
    """Whether an answer is one too high for three networks that ignore something."""
    ignoring = [(network, expected) for network, expected, _, _ in NETWORKS if 0 < len(expected) < 3][:3]
    try:
        got = [numbers_of(answer(network, inputs), unordered=True).ravel() for network, _ in ignoring]
    except AnswerError:
        return False
    return all(
        sorted(each) == [i + 1 for i in wanted] for each, (_, wanted) in zip(got, ignoring, strict=True)
    )


def _the_ignored(got: np.ndarray, expected: list[int], what: str, hint: str, times: int) -> Finding:
    numbers = sorted(got.ravel().tolist())
    if numbers == expected and got.dtype.kind != "b":
        return Finding(True, what)
    if got.dtype.kind == "b":
        hint = "Return the numbers of the inputs, such as [0], not a truth value for each."
    elif not set(numbers) <= {0, 1, 2, 3}:
        hint = "The inputs are numbered 0, 1 and 2: these are no numbers of inputs."
    elif times == 0:
        hint = "The network was never asked. What it ignores shows only in its answers."
    elif numbers == [i for i in range(3) if i not in expected]:
        hint = "These are the inputs that it USES. Asked for are those that change nothing."
    elif sorted(set(numbers)) == expected:
        hint = "The right ones, but some more than once. Name each input once."
    return Finding(False, f"{what}: expected {expected}, got {spell(got)}", hint)
