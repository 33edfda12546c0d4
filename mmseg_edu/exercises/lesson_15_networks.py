"""Networks of exercise 15.3, each with the inputs that it ignores and the hint for who did not see it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


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


def _loudness_apart(x: list[np.ndarray]) -> np.ndarray:
    """Sees the shape of the sound vector, not its length."""
    length = np.sqrt((x[1] ** 2).sum(axis=1, keepdims=True))
    return _mixed_by(10, x[0], np.round(3 * x[1] / np.maximum(length, 1e-9), 6), x[2])


NETWORKS: list[tuple[Callable[[list[np.ndarray]], np.ndarray], list[int], str, str]] = [
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
    (
        _loudness_apart,
        [],
        "a network that does not mind how loud the sound is",
        "Twice the sound says the same. Give it another sound, not a louder one.",
    ),
]
