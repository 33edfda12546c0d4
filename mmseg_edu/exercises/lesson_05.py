"""The exercises of lesson 05: what does a convolution see, and what does Flatten forget?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from scipy import signal

from mmseg_edu.exercises.expect import (
    Answer,
    AnswerError,
    Finding,
    Inputs,
    expect_kept,
    expect_like,
    expect_own,
    expect_shape,
    numbers_of,
    spell,
    together,
)

UNTESTED = {
    "1": "speed; padding; pictures with channels",
    "2": "speed; kernels that are not square, dilation",
    "3": "speed; a class that only the test scenes have",
}

Rule = Callable[..., Any]


def exercise_1(answer: Answer) -> Iterator[Finding]:
    """`my_convolve(image, kernel, stride)`: every stop where the whole window fits, the kernel not flipped."""
    random = np.random.default_rng(5)
    edge, steps = np.array([[0.0, 0.0, 1.0, 1.0]] * 4), np.array([[-1.0, 0.0, 1.0]] * 3)
    others = [
        (random.uniform(0, 1, (9, 12)), random.normal(size=(3, 3)), 2),
        (random.uniform(0, 1, (11, 8)), random.normal(size=(2, 3)), 1),
        (random.uniform(0, 1, (10, 13)), random.normal(size=(3, 2)), 3),
    ]
    what = "the lesson's edge in 4 x 4 pixels, stride 1"
    map_ = answer(edge, steps, 1)
    yield expect_shape(
        map_,
        (2, 2),
        what,
        "A window of 3 has two stops on four pixels: it may not reach over the border. "
        "(H - h) // stride + 1 of them.",
    )
    yield together(
        "code of your own, and the inputs are left as they were",
        expect_own(answer, "mmseg_edu.features"),
        expect_kept(answer, what),
    )
    yield expect_like(
        answer,
        _convolved,
        (edge, steps, 1),
        f"{what}: 3 at each stop",
        "Multiply the nine pixels by the nine weights, and add up.",
        slips=_SLIPS_1,
        others=others,
    )
    ramp, corner = np.arange(16.0).reshape(4, 4), np.array([[1.0, 0.0], [0.0, -2.0]])
    yield expect_like(
        answer,
        _convolved,
        (ramp, corner, 1),
        "a ramp of 4 x 4 under a kernel that no turn or mirror leaves alone",
        "Does the first weight meet the upper left pixel of the window?",
        slips=_SLIPS_1,
        others=others,
    )
    for size, kernel, stride in (((6, 9), (3, 3), 2), ((8, 6), (3, 3), 2), ((10, 13), (3, 2), 3)):
        inputs = random.uniform(0, 1, size), random.normal(size=kernel), stride
        yield from _another_stride(answer, inputs, others)


def _another_stride(
    answer: Answer, inputs: tuple[Any, Any, Any], others: Sequence[Inputs]
) -> Iterator[Finding]:
    image, kernel, stride = inputs
    what = f"{np.shape(image)} pixels, a kernel of {np.shape(kernel)}, stride {stride}"
    shape = _convolved(*inputs).shape
    got = numbers_of(answer(*inputs))
    if got.shape != shape:
        hint = "The last stop is the last one where the whole window still lies on the picture."
        if got.shape == _every_stop(*inputs).shape:
            hint = "That is every stop. A stride of 2 leaves out every second one, in rows and in columns."
        elif got.shape in (_every_stop(*inputs)[::stride].shape, _every_stop(*inputs)[:, ::stride].shape):
            hint = "The stride works in one direction only. It leaves out stops in rows and in columns."
        elif got.shape == (shape[0], shape[0]):
            hint = "As many stops in a row as in a column: this picture is not square."
        elif got.shape == _thinned_first(*inputs).shape:
            hint = "Was the picture thinned out first? Then the window covers pixels that are not neighbours."
        yield expect_shape(got, shape, what, hint)
    yield expect_like(
        answer,
        _convolved,
        inputs,
        what,
        "Stop (p, q) begins at row stride * p and column stride * q.",
        slips=_SLIPS_1,
        others=others,
    )


def _convolved(image: Any, kernel: Any, stride: int) -> np.ndarray:
    return signal.correlate2d(image, kernel, mode="valid")[::stride, ::stride]


def _every_stop(image: Any, kernel: Any, stride: int) -> np.ndarray:
    return signal.correlate2d(image, kernel, mode="valid")


def _flipped(image: Any, kernel: Any, stride: int) -> np.ndarray:
    return signal.convolve2d(image, kernel, mode="valid")[::stride, ::stride]


def _transposed(image: Any, kernel: Any, stride: int) -> np.ndarray:
    return _convolved(image, np.transpose(kernel), stride)


def _thinned_first(image: Any, kernel: Any, stride: int) -> np.ndarray:
    thin = np.asarray(image)[::stride, ::stride]
    if thin.shape[0] < len(kernel) or thin.shape[1] < len(kernel[0]):
        return np.zeros((0, 0))
    return signal.correlate2d(thin, kernel, mode="valid")


_SLIPS_1: list[tuple[Rule, str]] = [
    (
        _flipped,
        "The kernel was turned by half a turn, as mathematics does it. Networks lay it on as it is.",
    ),
    (_transposed, "The kernel was transposed: its rows met the picture's columns."),
    (
        lambda *inputs: _convolved(*inputs) / np.size(inputs[1]),
        "That is the mean of the nine products. The formula has their sum.",
    ),
    (
        lambda *inputs: np.abs(_convolved(*inputs)),
        "The sign is gone. An edge from bright to dark should say the opposite of one from dark to bright.",
    ),
    (
        lambda *inputs: np.trunc(_convolved(*inputs)),
        "The decimals are gone: the map was made for whole numbers (dtype=int, int(...)).",
    ),
    (
        lambda *inputs: np.maximum(_convolved(*inputs), 0),
        "All below 0 is gone: that is the ReLU, which comes after the convolution.",
    ),
    (
        _thinned_first,
        "The picture was thinned out first. The stride moves the window; it leaves no pixel out of it.",
    ),
    (
        lambda *inputs: _convolved(*inputs).T,
        "Rows and columns of the map have changed places: stop (p, q) lies in row p.",
    ),
]


def exercise_2(answer: Answer) -> Iterator[Finding]:
    """`field_and_step(layers)`: receptive field and distance of neighbouring units, in pixels."""
    random = np.random.default_rng(5)
    others = [([tuple(int(v) for v in random.integers(2, 6, 2)) for _ in range(n)],) for n in (3, 4, 5)]
    what = "one layer with a kernel of 3 and stride 1"
    yield expect_shape(answer([(3, 1)]), (2,), what, "Return two numbers: the field, and the step.")
    cases: list[tuple[list[tuple[int, int]], str]] = [
        ([(3, 1)], f"{what}: sees 3, step 1"),
        ([(3, 1), (3, 1)], "two of them: the second window reaches one pixel further on each side"),
        ([(3, 2), (3, 1)], "a stride of 2, then a kernel of 3: its units lie 2 pixels apart"),
        ([(3, 1), (3, 2)], "the same two layers in the other order"),
        ([], "no layer at all: a pixel sees itself"),
        ([(3, 1), (3, 1), (2, 2)] * 2 + [(3, 1)] * 2, "the lesson's encoder: 32 pixels, step 4"),
        ([(7, 2), (3, 2), (1, 1), (5, 3), (3, 1)], "kernels of 7, 3, 1, 5, 3 and strides of 2, 2, 1, 3, 1"),
    ]
    for layers, says in cases:
        yield expect_like(
            answer,
            _field_and_step,
            (layers,),
            says,
            "From its first unit to its last, a window of k spans k - 1 steps. How long is a step before this layer?",
            slips=_SLIPS_2,
            others=others,
        )


def _field_and_step(layers: Any) -> tuple[int, int]:
    field, step = 1, 1
    for kernel, stride in layers:
        field, step = field + (kernel - 1) * step, step * stride
    return field, step


def _stride_first(layers: Any) -> tuple[int, int]:
    field, step = 1, 1
    for kernel, stride in layers:
        step *= stride
        field += (kernel - 1) * step
    return field, step


def _whole_kernels(layers: Any) -> tuple[int, int]:
    field, step = 1, 1
    for kernel, stride in layers:
        field, step = field + kernel * step, step * stride
    return field, step


def _no_strides(layers: Any) -> tuple[int, int]:
    return 1 + sum(kernel - 1 for kernel, _ in layers), _field_and_step(layers)[1]


def _last_stride_only(layers: Any) -> tuple[int, int]:
    field, step = 1, 1
    for kernel, stride in layers:
        field, step = field + (kernel - 1) * step, stride
    return field, step


def _from_the_last(layers: Any) -> tuple[int, int]:
    return _field_and_step(layers[::-1])


def _own_stride(layers: Any) -> tuple[int, int]:
    field = 1 + sum((kernel - 1) * stride for kernel, stride in layers)
    return field, _field_and_step(layers)[1]


def _strides_added(layers: Any) -> tuple[int, int]:
    field, step = 1, 1
    for kernel, stride in layers:
        field, step = field + (kernel - 1) * step, step + stride - 1
    return field, step


def _always_three(layers: Any) -> tuple[int, int]:
    return _field_and_step([(3, stride) for _, stride in layers])


def _radius(layers: Any) -> tuple[int, int]:
    return _field_and_step([(2 * (kernel // 2) + 1, stride) for kernel, stride in layers])


def _from_nothing(layers: Any) -> tuple[int, int]:
    field, step = _field_and_step(layers)
    return field - 1, step


_SLIPS_2: list[tuple[Rule, str]] = [
    (_always_three, "Every kernel counts as one of 3. The list says how large each is."),
    (
        _radius,
        "Half a kernel on each side is right for odd kernels only: a window of 2 reaches 1 step further, not 2.",
    ),
    (_from_nothing, "A pixel that no layer has touched sees one pixel: itself. Where does the field begin?"),
    (
        _stride_first,
        "The stride of this layer was counted before its own kernel. Its window lies on the map BEFORE the layer, "
        "whose step is the old one.",
    ),
    (
        _whole_kernels,
        "Each kernel counts in full. A window of k units reaches k - 1 steps beyond what one unit sees.",
    ),
    (
        _no_strides,
        "The kernels are added as if nothing had a stride. After a stride of 2 each step is two pixels.",
    ),
    (_last_stride_only, "The step is that of the last layer only. Strides multiply: 2 and 2 make 4."),
    (
        _strides_added,
        "Strides were added. Two layers of stride 2 leave every FOURTH pixel, and 3 would leave every eighth.",
    ),
    (
        _from_the_last,
        "That is the field of these layers in the opposite order. `layers` begins with the one next to the picture.",
    ),
    (
        _own_stride,
        "Each kernel is multiplied by its own stride. Its window lies on the map before the layer: there neighbours "
        "are as far apart as ALL strides before it, multiplied, say.",
    ),
    (
        lambda layers: _field_and_step([(stride, kernel) for kernel, stride in layers]),
        "Kernel and stride have changed places: each pair is (kernel, stride).",
    ),
    (
        lambda layers: (_field_and_step(layers)[0], ([1] + [stride for _, stride in layers])[-1]),
        "The field is right. The step is that of the last layer only: strides multiply, 2 and 2 make 4.",
    ),
    (
        lambda layers: (int(np.prod([kernel for kernel, _ in layers])), _field_and_step(layers)[1]),
        "The kernels were multiplied. Two windows of 3 overlap: together they see 5 pixels, not 9.",
    ),
    (
        lambda layers: _field_and_step(layers)[::-1],
        "Field and step have changed places: the field comes first.",
    ),
]


def exercise_3(answer: Answer) -> Iterator[Finding]:
    """`my_probe(pixels, labels, test)`: a linear rule that learns nothing from the scenes it is tested on."""
    pixels, labels = _scenes(np.random.default_rng(5))
    test = [6, 1, 4, 2, 7]
    what = "8 scenes of 6 x 5 pixels, 5 of them for testing"
    given = answer(pixels, labels, test)
    yield expect_shape(
        given,
        (5, 6, 5),
        what,
        "Return one label map for each test scene: the rule's answers, in the shape that labels[test] has.",
    )
    maps = numbers_of(given)
    yield expect_kept(answer, what)
    yield _only_classes(maps, labels, what)
    yield _in_their_order(maps, pixels, labels, test, what)
    yield _blind_to_test_labels(answer, pixels, labels, test, maps)
    yield _blind_to_the_other_test_scenes(answer, pixels, labels, test, maps)
    yield _learns_from_all_others(answer)


def _scenes(random: np.random.Generator, count: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """Vectors about five corners of an octahedron, scaled and shifted: 0 lies opposite 2, no line counts them."""
    labels = random.integers(0, 5, (count, 6, 5))
    corners = np.array([[1, 0, 0], [0, 1, 0], [-1, 0, 0], [0, -1, 0], [0, 0, 1]])
    pixels = corners[labels] + random.normal(0, 0.12, (count, 6, 5, 3))
    return pixels * [1.0, 3.0, 0.5] + [0.0, 5.0, -2.0], labels


def _only_classes(maps: np.ndarray, labels: np.ndarray, what: str) -> Finding:
    if np.isin(maps, np.unique(labels)).all():
        return Finding(True, f"{what}: every answer is one of the classes")
    odd = maps[~np.isin(maps, np.unique(labels))].flat[0]
    return Finding(
        False,
        f"{what}: expected classes from 0 to 4, got {spell(odd)}",
        "Return the class, not its score: argmax over the classes' scores, or predict and not predict_proba.",
    )


def _in_their_order(
    maps: np.ndarray, pixels: np.ndarray, labels: np.ndarray, test: list[int], what: str
) -> Finding:
    truth = labels[test]
    right = float((maps == truth).mean())
    if right >= 0.9:
        return Finding(True, f"{what}: at least 9 pixels in 10 are right")
    hint = "A linear rule can tell these classes apart. Has it a constant, and steps enough to settle?"
    if (maps == labels[sorted(test)]).mean() > 0.9:
        hint = "The maps come in the order of the scenes. They were asked for in the order of `test`: 6, 1, 4, 2, 7."
    elif (maps == labels[: len(test)]).mean() > 0.9:
        hint = "These are maps of the first five scenes. `test` says which scenes to test on: 6, 1, 4, 2, 7."
    elif (maps == labels[-len(test) :]).mean() > 0.9:
        hint = "These are maps of the last five scenes. `test` says which scenes to test on: 6, 1, 4, 2, 7."
    elif (maps == _class_numbers_fitted(pixels, labels, test)).mean() > 0.95:
        hint = (
            "Was the class NUMBER fitted, and rounded? Classes have no order: 1 is not half way from 0 to 2. "
            "Give each class a column of its own."
        )
    elif np.unique(maps).size == 1:
        hint = "Every pixel gets one and the same class: what does the rule do with the vectors?"
    return Finding(False, f"{what}: expected at least 9 pixels in 10 right, got {_percent(right)}", hint)


def _percent(share: float) -> str:
    """Rounded down, so that 89.9 is not called the 90 that were asked for."""
    return f"{int(100 * share)}%"


def _class_numbers_fitted(pixels: np.ndarray, labels: np.ndarray, test: list[int]) -> np.ndarray:
    others = np.delete(np.arange(len(pixels)), test)
    design = np.insert(pixels, 0, 1.0, axis=-1)
    weights = np.linalg.lstsq(design[others].reshape(-1, 4), labels[others].ravel(), rcond=None)[0]
    return np.clip(np.rint(design[test] @ weights), 0, 4)


def _alike(maps: np.ndarray, others: np.ndarray) -> bool:
    """Equal, but for a pixel on a border between classes that a solver with chance in it may give away."""
    return maps.shape == others.shape and bool((maps == others).mean() > 0.97)


def _blind_to_test_labels(
    answer: Answer, pixels: np.ndarray, labels: np.ndarray, test: list[int], maps: np.ndarray
) -> Finding:
    false = labels.copy()
    false[test] = (labels[test] + 1) % 5
    if _alike(numbers_of(answer(pixels, false, test)), maps):
        return Finding(True, "false labels on the test scenes: the answer stays the same")
    return Finding(
        False,
        "with false labels on the test scenes the answer changed",
        "Labels of the test scenes have leaked into the rule. Leave out whole scenes, with all their pixels, before "
        "anything is fitted.",
    )


def _blind_to_the_other_test_scenes(
    answer: Answer, pixels: np.ndarray, labels: np.ndarray, test: list[int], maps: np.ndarray
) -> Finding:
    bright = pixels.copy()
    bright[test[0]] *= 100
    if _alike(numbers_of(answer(bright, labels, test))[1:], maps[1:]):
        return Finding(True, "one test scene a hundred times as bright: the maps of the others stay the same")
    return Finding(
        False,
        "with one test scene a hundred times as bright, the maps of the OTHER test scenes changed",
        "Something was worked out from the pixels of the test scenes: a mean or a spread for scaling? "
        "That belongs to the scenes that the rule is fitted on.",
    )


def _learns_from_all_others(answer: Answer) -> Finding:
    """A class that only one of the scenes for fitting shows, the last one."""
    what = "a class that only one of the other scenes shows is learnt as well"
    pixels, labels = _scenes(np.random.default_rng(53))
    keep = labels != 4
    keep[[7, 0]] = True
    labels = np.where(keep, labels, 0)
    pixels = np.where(keep[..., None], pixels, _scenes_of_class_0(pixels.shape))
    got = numbers_of(answer(pixels, labels, [0]))
    if got.shape != (1, 6, 5):
        raise AnswerError(f"one test scene: expected shape (1, 6, 5), got {got.shape}")
    share = float((got == labels[[0]]).mean())
    if share >= 0.9:
        return Finding(True, what)
    return Finding(
        False,
        f"a class that only one of the other scenes shows: expected 9 pixels in 10 right, got {_percent(share)}",
        "Is any scene left out besides those in `test`?",
    )


def _scenes_of_class_0(shape: tuple[int, ...]) -> np.ndarray:
    noise = np.random.default_rng(56).normal(0, 0.12, shape)
    return (np.array([1.0, 0.0, 0.0]) + noise) * [1.0, 3.0, 0.5] + [0.0, 5.0, -2.0]
