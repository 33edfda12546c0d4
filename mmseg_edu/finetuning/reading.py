"""Labelled pictures of clips as arrays, with the sound of each in 128 numbers; so many of a clip and no more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmseg_edu.datasets import IGNORE, batches
from mmseg_edu.features import sound_vector
from mmseg_edu.features.sound_vector import VECTOR_LENGTH
from mmseg_edu.finetuning.splits import Labelled
from mmseg_edu.preprocess.arguments import ROUNDING
from mmseg_edu.preprocess.sound import RATE

# All examples of all splits together; a training holds two or three times as much.
MOST_BYTES = 2**30
_TOGETHER = 16

Moment = tuple[np.ndarray, np.ndarray, np.ndarray]


@dataclass(frozen=True, eq=False)
class Pictures:
    """The labelled pictures of some clips.

    Attributes
    ----------
    images : ndarray (N, H, W, 3), float32, [0, 1]
    vectors : ndarray (N, 128), float32: ``features.sound_vector`` of the second that each is in
    labels : ndarray (N, H, W), uint8, 255 where nobody knows
    clips : list of N str, the name of the clip that each is from

    Raises
    ------
    TypeError
        Integers for pictures or sounds, anything else for labels.
    ValueError
        Other shapes, or not N of each; pictures outside [0, 1], NaN among the vectors.

    Examples
    --------
    >>> grey, silence = np.full((2, 8, 8, 3), 0.5, np.float32), np.zeros((2, 128), np.float32)
    >>> two = Pictures(grey, silence, np.zeros((2, 8, 8), np.uint8), ["a", "b"])
    >>> len(two), two.highest
    (2, 0)
    """

    images: np.ndarray
    vectors: np.ndarray
    labels: np.ndarray
    clips: list[str]

    def __post_init__(self) -> None:
        images, vectors, labels = self.images, self.vectors, self.labels
        for name, each in (("images", images), ("vectors", vectors)):
            if np.asarray(each).dtype.kind != "f":
                raise TypeError(
                    f"{name} must be floating point, got {np.asarray(each).dtype}: see the docstring"
                )
        if np.asarray(labels).dtype != np.uint8:
            raise TypeError(
                f"labels must be uint8, class indices or {IGNORE}, got {np.asarray(labels).dtype}: take "
                "labels.astype(np.uint8)"
            )
        count = len(images)
        right = (*images.shape[:3], 3), (count, VECTOR_LENGTH), images.shape[:3]
        if (
            images.ndim != 4
            or right != (images.shape, vectors.shape, labels.shape)
            or len(self.clips) != count
        ):
            raise ValueError(
                f"images, vectors, labels and clips must have shapes (N, H, W, 3), (N, {VECTOR_LENGTH}), (N, H, W) and "
                f"N names, got {images.shape}, {vectors.shape}, {labels.shape} and {len(self.clips)}: one of each for "
                "every picture"
            )
        # The least of NaN is NaN, and so is below no bound and above none.
        low, high = images.min(initial=0), images.max(initial=1)
        if not (np.isfinite(vectors).all() and low >= -ROUNDING and high <= 1 + ROUNDING):
            raise ValueError(
                "images must lie in [0, 1] and vectors be finite: divide bytes by 255, and take the vectors from "
                "features.sound_vector"
            )

    def __len__(self) -> int:
        return len(self.images)

    @property
    def inputs(self) -> list[np.ndarray]:
        """What the network takes."""
        return [self.images, self.vectors]

    @property
    def highest(self) -> int:
        """The highest label that is a class."""
        return int(self.labels[self.labels != IGNORE].max(initial=0))


def frames_each(clips: int, size: int, wanted: int) -> int:
    """How many pictures of a clip there is room for, `wanted` at most.

    >>> frames_each(20, 64, 100), frames_each(12_000, 64, 100)
    (100, 1)
    """
    one = size * size * (3 * 4 + 1) + VECTOR_LENGTH * 4
    room = MOST_BYTES // (one * clips)
    if room < 1:
        raise ValueError(
            f"{clips} clips with a picture of {size} x {size} pixels each must fit into {MOST_BYTES // 2**20} MiB, and "
            f"take {one * clips / 2**20:.0f}: choose a smaller size, or fewer clips"
        )
    return min(wanted, room)


def read_pictures(clips: Sequence[Labelled], size: int, most: int, bar: Any) -> Pictures:
    """Read the labelled pictures of clips one clip after another, at most so many of each, evenly spread over it.

    Parameters
    ----------
    clips : list of clips with masks
    size : int, pixels, of the square pictures
    most : int, pictures of a clip
    bar : progress bar, moved on by 1 a clip

    Returns
    -------
    Pictures
        Possibly none.
    """
    kept: list[Moment] = []
    names: list[str] = []
    for clip in clips:
        some = thinned(_moments(clip, size, bar), most)
        kept += [(image, sound_vector(sound, RATE), labels) for image, sound, labels in some]
        names += [clip.name] * len(some)
        bar.update()
    if not kept:
        images, vectors = (
            np.zeros((0, size, size, 3), np.float32),
            np.zeros((0, VECTOR_LENGTH), np.float32),
        )
        return Pictures(images, vectors, np.zeros((0, size, size), np.uint8), names)
    images, vectors, labels = (np.stack(part) for part in zip(*kept, strict=True))
    return Pictures(images, vectors, labels, names)


def _moments(clip: Labelled, size: int, bar: Any) -> Iterator[Moment]:
    for part in batches([clip], _TOGETHER, size=size, unlabelled=False):
        for image, sound, labels in zip(part.images, part.sounds, part.labels, strict=True):
            # Copies: a view would keep the whole batch.
            yield image.copy(), sound.copy(), labels.copy()
        bar.set_postfix_str(clip.name, refresh=True)


def thinned(stream: Iterator[Any], most: int) -> list[Any]:
    """Keep every step-th of a stream, with the least step of 1, 2, 4, ... that keeps `most` or fewer.

    >>> thinned(iter(range(10)), 10) == list(range(10)), thinned(iter(range(10)), 4), thinned(iter(range(3)), 1)
    (True, [0, 4, 8], [0])
    """
    kept: list[Any] = []
    step = 1
    for i, each in enumerate(stream):
        if i % step == 0 and len(kept) == most:
            kept, step = kept[::2], 2 * step
        if i % step == 0:
            kept.append(each)
    return kept
