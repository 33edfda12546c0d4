"""Ways to normalize two sets of pictures: the one that exercise 01.2 asks for, and those of misconceptions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Slips = list[tuple[Callable[..., object], str]]


def _pixels(pictures: Sequence[np.ndarray]) -> np.ndarray:
    return np.concatenate([picture.reshape(-1, picture.shape[-1]) for picture in pictures])


def _apply(pictures: Sequence[np.ndarray], mean: Any, std: Any) -> list[np.ndarray]:
    return [(picture - mean) / std for picture in pictures]


def _by(
    pixels: Callable[[list[np.ndarray], list[np.ndarray]], np.ndarray], ddof: int = 0, axis: int | None = 0
) -> Callable[..., list[list[np.ndarray]]]:
    """A rule that normalizes both sets by the statistics of the pixels that `pixels` chooses."""

    def rule(training: list[np.ndarray], test: list[np.ndarray]) -> list[list[np.ndarray]]:
        chosen = pixels(training, test)
        mean, std = chosen.mean(axis=axis), chosen.std(axis=axis, ddof=ddof)
        return [_apply(training, mean, std), _apply(test, mean, std)]

    return rule


by_training = _by(lambda training, test: _pixels(training))


def _mean_of_statistics(training: list[np.ndarray], test: list[np.ndarray]) -> list[list[np.ndarray]]:
    mean = np.mean([picture.mean(axis=(0, 1)) for picture in training], axis=0)
    std = np.mean([picture.std(axis=(0, 1)) for picture in training], axis=0)
    return [_apply(training, mean, std), _apply(test, mean, std)]


def _each_set(training: list[np.ndarray], test: list[np.ndarray]) -> list[list[np.ndarray]]:
    return [_apply(each, _pixels(each).mean(axis=0), _pixels(each).std(axis=0)) for each in (training, test)]


def _each_picture(training: list[np.ndarray], test: list[np.ndarray]) -> list[list[np.ndarray]]:
    return [
        [(picture - picture.mean(axis=(0, 1))) / picture.std(axis=(0, 1)) for picture in pictures]
        for pictures in (training, test)
    ]


def _by_parts(
    mean: Callable[[list[np.ndarray]], Any],
    std: Callable[[list[np.ndarray]], Any],
    apply: Callable[..., list[np.ndarray]] = _apply,
) -> Callable[..., list[list[np.ndarray]]]:
    """A rule that takes the mean, the spread and what is done with them each from the training set."""
    return lambda training, test: [
        apply(pictures, mean(training), std(training)) for pictures in (training, test)
    ]


def _mean_of(training: list[np.ndarray]) -> np.ndarray:
    return _pixels(training).mean(axis=0)


def _spread_of(training: list[np.ndarray]) -> np.ndarray:
    return _pixels(training).std(axis=0)


def _mean_over_pictures(training: list[np.ndarray]) -> np.ndarray:
    return np.mean([picture.mean(axis=(0, 1)) for picture in training], axis=0)


def _spread_over_pictures(training: list[np.ndarray]) -> np.ndarray:
    return np.mean([picture.std(axis=(0, 1)) for picture in training], axis=0)


def _spread_within(training: list[np.ndarray], weighted: bool) -> np.ndarray:
    weights = [picture.size if weighted else 1 for picture in training]
    return np.sqrt(np.average([picture.var(axis=(0, 1)) for picture in training], axis=0, weights=weights))


def _variance(training: list[np.ndarray], test: list[np.ndarray]) -> list[list[np.ndarray]]:
    pixels = _pixels(training)
    return [_apply(each, pixels.mean(axis=0), pixels.var(axis=0)) for each in (training, test)]


def _shift_only(training: list[np.ndarray], test: list[np.ndarray]) -> list[list[np.ndarray]]:
    return [_apply(each, _pixels(training).mean(axis=0), 1.0) for each in (training, test)]


def _scale_only(training: list[np.ndarray], test: list[np.ndarray]) -> list[list[np.ndarray]]:
    return [_apply(each, 0.0, _pixels(training).std(axis=0)) for each in (training, test)]


_WITHIN = "What differs between the pictures is missing in this spread. Put the pixels together first."
NORMALIZE_SLIPS: Slips = [
    (
        _by_parts(_mean_over_pictures, _spread_of),
        "The spread is right. The mean is one of means: a small picture counts as much as a large one.",
    ),
    (_by_parts(_mean_of, _spread_over_pictures), _WITHIN),
    (_by_parts(_mean_of, lambda training: _spread_within(training, False)), _WITHIN),
    (_by_parts(_mean_of, lambda training: _spread_within(training, True)), _WITHIN),
    (
        _by_parts(_mean_of, lambda training: _pixels(training).std()),
        "One spread for all channels. Along which axis is it taken?",
    ),
    (
        _by_parts(_mean_of, _spread_of, lambda each, mean, std: [p - mean / std for p in each]),
        "Python divides before it subtracts: picture - mean / std needs brackets.",
    ),
    (
        _by_parts(_mean_of, _spread_of, lambda each, mean, std: [(p - mean) * std for p in each]),
        "This multiplies by the spread. Divide by it.",
    ),
    (
        _by_parts(
            lambda training: _pixels(training).min(axis=0),
            lambda training: np.ptp(_pixels(training), axis=0),
        ),
        "This stretches from the smallest to the largest. Asked for are the mean and the standard deviation.",
    ),
    (
        _by_parts(lambda _: np.array([0.485, 0.456, 0.406]), lambda _: np.array([0.229, 0.224, 0.225])),
        "These are the numbers of another data set, ImageNet. Measure these training pictures.",
    ),
    (
        _by(lambda training, test: _pixels([*training, *test])),
        "The test pictures are in these statistics. That is a leak: they must not be looked at before the test.",
    ),
    (
        _each_set,
        "The test set is normalized by its own statistics, so it comes out as bright as the training set,\n"
        "though it is darker. One ruler for both: the training set's.",
    ),
    (
        _each_picture,
        "Each picture is measured by its own ruler, and how bright it was is gone. One ruler for all.",
    ),
    (
        _by(lambda training, test: _pixels(training), axis=None),
        "One mean for all channels: red and blue are shifted alike. Along which axis is the mean taken?",
    ),
    (
        _mean_of_statistics,
        "This averages over pictures: a small one counts as much as a large one, and what differs between\n"
        "pictures is missing in the spread. Put the pixels together first.",
    ),
    (_variance, "This divides by the variance. The standard deviation is its root."),
    (_shift_only, "The mean is taken off, but the spread is not 1 yet: divide by it."),
    (_scale_only, "The spread is 1, but the mean is not 0 yet: take it off first."),
    (
        _by(lambda training, test: _pixels(test)),
        "These are the statistics of the test set. The training set's are the ones that may be looked at.",
    ),
    (
        _by(lambda training, test: _pixels(training), ddof=1),
        "Nearly: this spread divides by n - 1. Here all pixels are the population: divide by n (ddof=0).",
    ),
    (
        lambda training, test: [by_training(training, test)[0], test],
        "The test pictures came back as they were. A network that learnt from normalized pictures needs them\n"
        "normalized alike.",
    ),
    (
        _by(lambda training, test: _pixels(training[:1])),
        "These are the statistics of the first training picture alone. All of them count.",
    ),
]
