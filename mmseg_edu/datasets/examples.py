"""Clips as arrays to learn from, batch by batch, however many there are and however long they last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Protocol, TypeVar

import numpy as np

from mmseg_edu.clip import Clip
from mmseg_edu.datasets.masks import IGNORE
from mmseg_edu.preprocess.arguments import checked_number, checked_rate, checked_whole
from mmseg_edu.preprocess.sound import RATE

Moment = tuple[np.ndarray, np.ndarray, np.ndarray]
T = TypeVar("T")


class Readable(Protocol):
    """What lists of clips hold: something with a name that can be read piece by piece."""

    @property
    def name(self) -> str: ...

    def pieces(self, size: int, rate: int, seconds: float) -> Iterator[Clip]: ...


@dataclass(frozen=True, eq=False)
class Examples:
    """Pictures, each with the sound of its moment and its labels, along the first axis.

    Attributes
    ----------
    images : ndarray (N, H, W, 3), float32, [0, 1]
    sounds : ndarray (N, S), float32, [-1, 1]
        For ``features.sound_vector`` or ``features.log_mel``, which take many sounds at once.
    labels : ndarray (N, H, W), uint8
        255 where nobody knows the class: tell losses and metrics ``ignore=255``.
    rate : int, Hz

    All have T behind N where they are films of T pictures.
    """

    images: np.ndarray
    sounds: np.ndarray
    labels: np.ndarray
    rate: int

    def __len__(self) -> int:
        return len(self.images)


def batches(
    clips: Iterable[Readable],
    count: int,
    *,
    size: int = 64,
    frames: int | None = None,
    seconds: float = 1.0,
    rate: int = RATE,
    unlabelled: bool = True,
) -> Iterator[Examples]:
    r"""Read clips one after another into arrays of equal shape, a batch at a time.

    The picture shown at t goes with the sound of its second,
    :math:`[\lfloor t / d \rfloor d,\; \lfloor t / d \rfloor d + d)`, as in the audio-visual benchmark.

    Parameters
    ----------
    clips : of what :func:`avs_s4`, :func:`avs_ms3`, :func:`avs_avss` or :func:`folder_of_clips` list
        In the order in which they are to come: shuffle the list for every pass.
    count : int
        Examples in a batch; the last one has what is left.
    size : int, pixels
        Side of the square pictures.
    frames : int or None
        None: an example is one picture. T: an example is a film of T pictures of one clip that follow one another;
        the last film of a clip is filled up with black pictures, silence, and labels of 255.
    seconds : float, s
        How long each sound lasts (d). Where the clip ends earlier, silence follows.
    rate : int, Hz
    unlabelled : bool
        False leaves out examples in which no pixel's class is known.

    Yields
    ------
    Examples

    Raises
    ------
    ValueError
        An argument is out of its range; a clip has no sound track; and as the clips raise when they are read.

    Notes
    -----
    In memory are one batch and one piece of a clip, never the whole of a long one. A picture of a clip that has
    no masks is an example as well, of labels 255.

    Examples
    --------
    >>> import tempfile
    >>> from mmseg_edu.clip import write_video
    >>> from mmseg_edu.datasets import batches, folder_of_clips
    >>> film = Clip(np.zeros((5, 32, 32, 3), np.float32), np.arange(5) / 4, np.zeros(20000, np.float32), 16000)
    >>> with tempfile.TemporaryDirectory() as home:
    ...     path = write_video(film, home + "/dark.webm")
    ...     found = list(batches(folder_of_clips(home), 4, size=16))
    >>> [(each.images.shape, each.sounds.shape, each.labels.shape) for each in found]
    [((4, 16, 16, 3), (4, 16000), (4, 16, 16)), ((1, 16, 16, 3), (1, 16000), (1, 16, 16))]
    """
    checked_whole("count", count, "try count=16", of="examples")
    checked_whole("size", size, "try size=64", of="pixels")
    checked_rate("rate", rate)
    if frames is not None:
        checked_whole("frames", frames, "try frames=5, or None for single pictures", of="pictures")
    lasts = checked_number("seconds", seconds, "try seconds=1.0")
    if not (0 < lasts < np.inf and round(lasts * rate) >= 1):
        raise ValueError(f"seconds must be finite and hold a sample, got {seconds} at {rate} Hz: try 1.0")
    return _batches(clips, count, size, frames, lasts, rate, unlabelled)


def _batches(
    clips: Iterable[Readable],
    count: int,
    size: int,
    frames: int | None,
    seconds: float,
    rate: int,
    unlabelled: bool,
) -> Iterator[Examples]:
    found = (
        example
        for clip in clips
        for example in _films(_moments(clip, size, rate, seconds), frames)
        if unlabelled or (example[2] != IGNORE).any()
    )
    for together in _grouped(found, count):
        images, sounds, labels = (np.stack(part) for part in zip(*together, strict=True))
        yield Examples(images, sounds, labels, rate)


def _moments(clip: Readable, size: int, rate: int, seconds: float) -> Iterator[Moment]:
    """Give each picture of a clip with the sound of its moment and its labels."""
    for piece in clip.pieces(size, rate, seconds):
        if piece.sound is None:
            raise ValueError(
                f"clip {clip.name!r} must have a sound track, got none (which is not the same as silence): leave it "
                "out, or give it a track of silence on purpose"
            )
        labels = piece.labels
        for i, time in enumerate(piece.times):
            # A billionth of a window: times that were divided and multiplied again must not slip into the one before.
            first = round(np.floor(time / seconds + 1e-9) * seconds * rate)
            sound = np.zeros(round(seconds * rate), np.float32)
            heard = piece.sound[first : first + len(sound)]
            sound[: len(heard)] = heard
            unknown = np.full((size, size), IGNORE, np.uint8)
            yield piece.frames[i], sound, unknown if labels is None else labels[i]


def _films(moments: Iterator[Moment], frames: int | None) -> Iterator[Moment]:
    """Join each so many moments to one film, and fill up the last."""
    if frames is None:
        yield from moments
        return
    for together in _grouped(moments, frames):
        image, sound, labels = together[0]
        nothing = np.zeros_like(image), np.zeros_like(sound), np.full_like(labels, IGNORE)
        filled = [*together, *[nothing] * (frames - len(together))]
        images, sounds, maps = (np.stack(part) for part in zip(*filled, strict=True))
        yield images, sounds, maps


def _grouped(things: Iterator[T], count: int) -> Iterator[tuple[T, ...]]:
    """Give so many at a time, and at last what is left."""
    while together := tuple(islice(things, count)):
        yield together
