"""One clip of the audio-visual benchmark: where its frames, its masks and its sound are, all unread."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from mmseg_edu.clip import Clip, read_sound
from mmseg_edu.datasets.masks import IGNORE
from mmseg_edu.preprocess.arguments import checked_whole
from mmseg_edu.preprocess.image import crop, resize_image, resize_labels, to_rgb
from mmseg_edu.preprocess.sound import RATE

ReadMask = Callable[[Path, Sequence[str]], np.ndarray]
# Of the 16 pictures sampled in a second the authors kept the last.
IN_ITS_SECOND = 15 / 16


@dataclass(frozen=True, slots=True)
class AVSClip:
    """What the benchmark says about one clip: a picture a second, some of them with a mask, and the sound.

    Parameters
    ----------
    name : str
    category : str
        What the table says that sounds; empty where it says nothing.
    split : "train", "val" or "test"
    classes : tuple of str
        What the labels count: "background" first.
    frames : tuple of Path
        One picture for each second.
    masks : dict of int to Path
        Which frames have a mask, counted from 0, and where.
    sound : Path
        A .wav.
    read_mask : function
        Turns a mask's path and the classes into labels, (H, W) uint8.
    cropped : bool
        Bring pictures to a square by their middle, as AVSS does to learn; otherwise they are squashed.
    home : Path
        The folder above all files, which errors do not name.

    Examples
    --------
    >>> files = {"frames": (Path("dog_1.png"), Path("dog_2.png")), "sound": Path("dog.wav")}
    >>> AVSClip("dog", "dog_barking", "train", ("background", "sounding"), masks={0: Path("m.png")}, **files)
    AVSClip('dog', category='dog_barking', split='train', 2 frames, 1 mask)
    """

    name: str
    category: str
    split: str
    classes: tuple[str, ...]
    frames: tuple[Path, ...]
    masks: dict[int, Path]
    sound: Path
    read_mask: ReadMask = field(default=None, repr=False)  # type: ignore[assignment]
    cropped: bool = False
    home: Path = Path()

    def __repr__(self) -> str:
        masks = f"{len(self.masks)} mask{'' if len(self.masks) == 1 else 's'}"
        known = f"category={self.category!r}, split={self.split!r}, {len(self.frames)} frames, {masks}"
        return f"AVSClip({self.name!r}, {known})"

    @property
    def labelled(self) -> tuple[int, ...]:
        """Which frames have a mask, counted from 0."""
        return tuple(sorted(self.masks))

    def missing(self) -> list[str]:
        """Name the files that the clip should have and has not, below the benchmark's folder; reads none of them."""
        files = [*self.frames, *self.masks.values(), self.sound]
        return [each.relative_to(self.home).as_posix() for each in files if not each.is_file()]

    def read(self, size: int = 224, rate: int = RATE) -> Clip:
        r"""Read the pictures, the masks and the sound.

        Parameters
        ----------
        size : int, pixels
            Side of the square pictures. S4, MS3, and AVSS in val and test: squashed. AVSS in train: the shorter side
            becomes `size`, then the middle is cut out. Pictures are resized by weighted means, labels by the one
            pixel under the centre.
        rate : int, Hz
            The authors' is 16000.

        Returns
        -------
        Clip
            frames (T, size, size, 3); ``times`` :math:`t + 15/16` s, t = 0, 1, ...; the sound, mono;
            ``labels`` (T, size, size), in which a frame without a mask is 255 throughout: a
            label that losses and metrics are told to pass over (``ignore=255``). The clip lasts one second a
            frame, or as long as its sound where that is longer.

        Raises
        ------
        FileNotFoundError
            A file is missing; the message says which, below the benchmark's folder.
        ValueError
            A picture, a mask or the sound is damaged, a mask is of another kind or another size than its picture.
        """
        side = checked_whole("size", size, "224 is the authors'", of="pixels")
        if missing := self.missing():
            raise FileNotFoundError(
                f"clip {self.name!r} of {self.split} must have the file {missing[0]!r}, and it is missing, with "
                f"{len(missing) - 1} more: unpack the data again below {self.home.name!r}, or leave the clip out"
            )
        try:
            pairs = [self._frame(i, side) for i in range(len(self.frames))]
            sound, rate = read_sound(self.sound, rate=rate)
        except ValueError as error:
            raise ValueError(f"clip {self.name!r} of {self.split}: {error}") from error
        times = np.arange(len(pairs)) + IN_ITS_SECOND
        return Clip(
            np.stack([picture for picture, _ in pairs]),
            times,
            sound,
            rate,
            np.stack([labels for _, labels in pairs]),
            max(float(len(pairs)), len(sound) / rate),
        )

    def pieces(self, size: int = 224, rate: int = RATE, seconds: float = 1.0) -> Iterator[Clip]:
        """Give the whole clip, as :func:`batches` asks for it: ten pictures at most need no cutting."""
        yield self.read(size, rate)

    def _frame(self, index: int, side: int) -> tuple[np.ndarray, np.ndarray]:
        picture = to_rgb(self.frames[index])
        shape, square = picture.shape[:2], self._middle if self.cropped else _squashed
        if index not in self.masks:
            return square(picture, side, resize_image), np.full((side, side), IGNORE, np.uint8)
        labels = self.read_mask(self.masks[index], self.classes)
        if labels.shape != shape:
            raise ValueError(
                f"mask {self.masks[index].name!r} must be as large as its picture, {shape[0]} x {shape[1]} pixels, "
                f"got {labels.shape[0]} x {labels.shape[1]}: copy both again"
            )
        return square(picture, side, resize_image), square(labels, side, resize_labels)

    @staticmethod
    def _middle(image: np.ndarray, side: int, resize: Callable[..., np.ndarray]) -> np.ndarray:
        """Make the shorter side `side` pixels, and cut the middle out as the authors' loader does."""
        height, width = image.shape[:2]
        short = min(height, width)
        tall, wide = height * side // short, width * side // short
        # round() to even, which is theirs: an odd margin is not always halved downwards.
        return crop(
            resize(image, (tall, wide)), round((tall - side) / 2), round((wide - side) / 2), side, side
        )


def _squashed(image: np.ndarray, side: int, resize: Callable[..., np.ndarray]) -> np.ndarray:
    return resize(image, side) if image.shape[:2] != (side, side) else image
