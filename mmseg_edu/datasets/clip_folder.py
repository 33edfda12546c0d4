"""Any folder of video files, with masks for some pictures, for all, or for none."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count as count_up
from itertools import groupby, islice
from pathlib import Path

import numpy as np

from mmseg_edu.clip import Clip, Shown, read_video, stream_sound, stream_video
from mmseg_edu.clip.probing import probe
from mmseg_edu.datasets.masks import IGNORE, read_numbered
from mmseg_edu.datasets.sound_files import entries, name_in
from mmseg_edu.preprocess.arguments import checked_number, checked_size
from mmseg_edu.preprocess.image import resize_labels
from mmseg_edu.preprocess.sound import RATE

FILMS = (".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".ogv", ".webm")
CLASSES = "classes.txt"
_MASKS = "_masks"
# Beside the masks that `mmseg-edu segment` writes: when each picture appears. The film itself says so too.
TIMES = "times.csv"
# So many pictures are in memory at a time.
_PIECE_SECONDS = 4.0
_NUMBER = re.compile(r"[0-9]+\.png", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FilmedClip:
    """A video file and the masks of its pictures, both unread.

    Parameters
    ----------
    name : str
        The file's name without its ending.
    path : Path
    masks : dict of int to Path
        The number of a picture, counted from 0 in the order in which they are shown, and its mask.
    still : Path or None
        One mask that holds for every picture that has none of its own.
    classes : tuple of str
        What the labels count, the background first; empty where that is not said.

    Examples
    --------
    >>> FilmedClip("bell", Path("films/bell.webm"), {0: Path("films/bell_masks/00000.png")})
    FilmedClip('bell.webm', 1 mask)
    """

    name: str
    path: Path
    masks: dict[int, Path]
    still: Path | None = None
    classes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        masks = f"{len(self.masks)} mask{'' if len(self.masks) == 1 else 's'}"
        return f"FilmedClip({self.path.name!r}, {masks}{', one for all pictures' if self.still else ''})"

    @property
    def has_masks(self) -> bool:
        return bool(self.masks or self.still)

    def read(self, size: int | tuple[int, int] = 224, rate: int | None = RATE) -> Clip:
        """Read the whole clip; what is too long for that is read by :meth:`pieces`.

        Parameters
        ----------
        size : int or (H, W), pixels
            Of the pictures and the labels, whatever size the masks have.
        rate : int, Hz, or None
            Of the sound; None keeps the file's own.

        Returns
        -------
        Clip
            As :func:`mmseg_edu.clip.read_video` gives it. ``labels`` is None where the clip has no masks at all; a
            picture that has none is 255 throughout.

        Raises
        ------
        FileNotFoundError, ValueError
            As in read_video; a mask that is no indexed picture, names a class that is not in classes.txt, or has a
            number that no picture has.
        """
        clip = read_video(self.path, size=checked_size(size), rate=rate)
        self._check_numbers(len(clip.frames))
        return self._labelled(clip, 0)

    def pieces(
        self, size: int | tuple[int, int] = 224, rate: int | None = RATE, seconds: float = 1.0
    ) -> Iterator[Clip]:
        """Read the clip piece by piece, about 4 s at a time, so that its length costs no memory.

        Parameters
        ----------
        size, rate : as in :meth:`read`
        seconds : float, s
            Every piece but the last has a whole number of these, at least one.

        Yields
        ------
        Clip
            All pictures come once, in order, with the sound of the piece in which they begin; times count from the
            start of the piece.
        """
        step = checked_number("seconds", seconds, "try seconds=1.0")
        if not 0 < step < np.inf:
            raise ValueError(f"seconds must be finite and above 0, got {seconds}: try seconds=1.0")
        step *= max(1, int(_PIECE_SECONDS / step))
        heard: Iterator[np.ndarray] = iter(())
        kept = None
        if probe(self.path).sound:
            heard, kept = stream_sound(self.path, rate=rate)
        windows = _windows(heard, step, kept or 1)
        count, passed = 0, 0
        pictures = stream_video(self.path, [checked_size(size)])
        for index, together in groupby(pictures, key=lambda shown: int(shown.begin / step + 1e-9)):
            shown = list(together)
            sound = next(islice(windows, index - passed, None))
            passed = index + 1
            yield self._labelled(_joined(shown, index * step, step, sound, kept), count)
            count += len(shown)
        for _ in heard:  # what was cut off at the end is said even if no picture goes with it
            pass
        self._check_numbers(count)

    def _labelled(self, clip: Clip, first: int) -> Clip:
        if not self.has_masks:
            return clip
        shape = clip.frames.shape[1:3]
        labels = np.full(clip.frames.shape[:3], IGNORE, np.uint8)
        if self.still:
            labels[:] = self._mask(self.still, shape)
        for i in range(len(labels)):
            if first + i in self.masks:
                labels[i] = self._mask(self.masks[first + i], shape)
        return replace(clip, labels=labels)

    def _mask(self, path: Path, shape: tuple[int, int]) -> np.ndarray:
        try:
            numbered = read_numbered(path, self.classes)
        except ValueError as error:
            raise ValueError(f"clip {self.path.name!r}: {error}") from error
        return resize_labels(numbered, shape)

    def _check_numbers(self, count: int) -> None:
        beyond = [number for number in self.masks if number >= count]
        if beyond:
            raise ValueError(
                f"mask {self.masks[min(beyond)].name!r} of {self.path.name!r} must have the number of a picture, 0 to "
                f"{count - 1}, counted in the order in which they are shown: rename it, or remove it"
            )


def _windows(heard: Iterator[np.ndarray], step: float, rate: int) -> Iterator[np.ndarray]:
    """Cut a stream of samples into windows of so many seconds; after its end they are empty."""
    held = np.zeros(0, np.float32)
    for index in count_up():
        wanted = round((index + 1) * step * rate) - round(index * step * rate)
        while len(held) < wanted and (more := next(heard, None)) is not None:
            held = np.append(held, more)
        yield held[:wanted]
        held = held[wanted:]


def _joined(shown: list[Shown], start: float, step: float, sound: np.ndarray, rate: int | None) -> Clip:
    """Make one clip of pictures and the sound of their piece, which lasts as long as both, `step` at most."""
    frames = np.stack([each.pictures[0] for each in shown]).astype(np.float32) / np.float32(255)
    times = np.maximum(np.array([each.begin for each in shown]) - start, 0.0)
    lasts = max(min(step, shown[-1].end - start), float(times[-1]))
    if rate is None:
        return Clip(frames, times, duration=lasts)
    whole = np.zeros(max(1, len(sound), round(lasts * rate)), np.float32)
    whole[: len(sound)] = sound
    return Clip(frames, times, whole, rate, duration=max(lasts, len(whole) / rate))


def folder_of_clips(root: str | os.PathLike[str]) -> list[FilmedClip]:
    """List the video files of a folder and find the masks beside them.

    What the folder holds::

        bell.webm                     a clip
        bell_masks/00000.png ...      masks of some of its pictures, by their number, the first shown is 0
        drum.mp4                      another clip,
        drum.png                      with one mask for all of its pictures (a camera that stands still)
        classes.txt                   if you like: the name of each class in a line, the background first

    A mask is an indexed PNG (or a grey one): the number in a pixel is its class, 255 says that nobody knows. It may
    have another size than the pictures. ``mmseg-edu segment CLIP -o OUT.webm`` writes its masks in this layout,
    as ``OUT_masks``.

    Parameters
    ----------
    root : path
        The folder. To learn from some clips and test on others, keep them in two folders.

    Returns
    -------
    list of FilmedClip
        In the order of their names. Only ``classes.txt`` is opened.

    Raises
    ------
    FileNotFoundError
        There is no such folder.
    ValueError
        The folder holds no video file, or two of one name; masks lie beside no clip; a mask is not called by a
        number, or two by the same; ``classes.txt`` names a class twice, or more than 255 of them.

    Notes
    -----
    Video files are known by their ending: .avi, .m4v, .mkv, .mov, .mp4, .mpeg, .mpg, .ogv, .webm, in large or small
    letters. Other files, folders, and everything hidden are passed over.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as home:
    ...     for name in ("bell.webm", "drum.MP4", "bell_masks/00000.png", "bell_masks/00012.png", "drum.png"):
    ...         (Path(home) / name).parent.mkdir(exist_ok=True)
    ...         (Path(home) / name).touch()
    ...     clips = folder_of_clips(home)
    >>> clips
    [FilmedClip('bell.webm', 2 masks), FilmedClip('drum.MP4', 0 masks, one for all pictures)]
    >>> sorted(clips[0].masks)
    [0, 12]
    """
    home = Path(root).expanduser()
    if not home.is_dir():
        raise FileNotFoundError(
            f"root must be a folder that exists, got {os.fspath(root)!r}: check the spelling and the working folder, "
            "Path.cwd()"
        )
    inside, classes = entries(home), classes_in(home / CLASSES)
    films: dict[str, Path] = {}
    for each in inside:
        if each.suffix.lower() in FILMS and each.is_file() and films.setdefault(each.stem, each) != each:
            raise ValueError(
                f"clips must have names of their own, got {films[each.stem].name!r} and {each.name!r}, whose masks "
                "would be the same: rename one"
            )
    if not films:
        raise ValueError(
            f"root must hold a video file ({', '.join(FILMS)}), got none in {home.name!r}: name the folder that does"
        )
    folders = {each.name.removesuffix(_MASKS): each for each in inside if _holds_masks(each)}
    stills = {each.stem: each for each in inside if each.suffix.lower() == ".png"}
    for name, masks in [*folders.items(), *stills.items()]:
        if name not in films:
            raise ValueError(
                f"masks must lie beside their clip, got {masks.name!r} and no {name!r} with the ending of a video: "
                "rename it after its clip, or move it away"
            )
    return [
        FilmedClip(
            name, film, _numbered(folders[name], home) if name in folders else {}, stills.get(name), classes
        )
        for name, film in films.items()
    ]


def _holds_masks(folder: Path) -> bool:
    return folder.name.endswith(_MASKS) and folder.is_dir()


def _numbered(folder: Path, home: Path) -> dict[int, Path]:
    found: dict[int, Path] = {}
    for each in entries(folder):
        if each.name == TIMES:
            continue
        if not _NUMBER.fullmatch(each.name):
            raise ValueError(
                f"a mask must be called by the number of its picture, such as 00012.png, got {name_in(home, each)}: "
                "rename it, or move it away"
            )
        first = found.setdefault(int(each.stem), each)
        if first != each:
            raise ValueError(
                f"a picture must have one mask, got {name_in(home, first)} and {name_in(home, each)}: remove one"
            )
    return found


def classes_in(path: Path) -> tuple[str, ...]:
    """The names of classes in a file, one a line, the background first; none where there is no such file."""
    if not path.is_file():
        return ()
    try:
        names = tuple(
            line.strip() for line in path.read_text(encoding="utf-8-sig").split("\n") if line.strip()
        )
    except UnicodeDecodeError:
        raise ValueError(
            f"{path.name} must be UTF-8 text, a class a line, and is not: save it anew in an editor"
        ) from None
    if len(set(names)) < len(names) or not 2 <= len(names) <= IGNORE:
        raise ValueError(
            f"{path.name} must name the background and from 1 to {IGNORE - 1} classes, each once in a line, got "
            f"{len(names)} lines of which {len(set(names))} differ: correct it"
        )
    return names
