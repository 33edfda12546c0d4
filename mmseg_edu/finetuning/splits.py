"""Which clips are learnt from, which choose the epoch, and which are only scored."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from filecmp import cmp
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np

from mmseg_edu.clip import Clip
from mmseg_edu.datasets import AVSClip, FilmedClip, folder_of_clips

# One recording in five is for validation, and one in five for the test where there are enough.
_SHARE = 5
_ENOUGH_FOR_A_TEST = 4
RECORDINGS = "recordings.csv"


class Labelled(Protocol):
    """A clip with masks, unread."""

    @property
    def name(self) -> str: ...

    @property
    def classes(self) -> tuple[str, ...]: ...

    def pieces(self, size: int, rate: int, seconds: float) -> Iterator[Clip]: ...


class Splits(NamedTuple):
    """Clips that learn, choose and test; no recording is in two of them.

    Attributes
    ----------
    train, val, test : lists of clips
        `test` may be empty.
    source : str
        Where they come from, in words.
    """

    train: list[Labelled]
    val: list[Labelled]
    test: list[Labelled]
    source: str


def split_folder(root: str | os.PathLike[str], seed: int = 0) -> Splits:
    r"""Split the clips with masks of a folder at random, by recording: frames of one film look alike.

    Of n recordings

    .. math:: n_\text{val} = \max(1, \lfloor n / 5 + 1 / 2 \rfloor), \qquad
              n_\text{test} = n_\text{val} \text{ from } n = 4 \text{ on, else } 0

    and the others are learnt from. A clip is a recording of its own, but for files that are the same byte by byte, and
    for what ``recordings.csv`` in the folder says::

        clip,recording
        street_1,street
        street_2,street

    Parameters
    ----------
    root : path, of a folder as :func:`mmseg_edu.datasets.folder_of_clips` reads it
    seed : int, 0 or more

    Returns
    -------
    Splits
        Clips without masks are left out.

    Raises
    ------
    FileNotFoundError, ValueError
        As folder_of_clips; fewer than 2 recordings have masks; recordings.csv is no such table, or names no clip.

    Notes
    -----
    Two films of one scene that nobody listed are two recordings here, and the test knows what it asks.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as home:
    ...     for name in ("a.webm", "a.png", "b.webm", "b.png", "c.webm", "c.png", "d.webm", "d.png", "e.mp4"):
    ...         Path(home, name).touch()
    ...     found = split_folder(home)
    >>> [len(part) for part in found[:3]]
    [2, 1, 1]
    """
    listed = folder_of_clips(root)
    clips = [each for each in listed if each.has_masks]
    of_clip = recordings_of(clips, _said(Path(root).expanduser() / RECORDINGS, listed))
    names = sorted(set(of_clip.values()))
    if len(names) < 2:
        raise ValueError(
            f"a folder to learn from must hold 2 recordings with masks or more, got {len(names)} in {len(clips)} clips "
            f"with masks (and {len(listed) - len(clips)} without): one to learn from and one to see whether that "
            "worked; mask some pictures of another clip, NAME_masks/00000.png"
        )
    order = [names[i] for i in np.random.default_rng(seed).permutation(len(names))]
    val = max(1, int(len(names) / _SHARE + 0.5))
    test = val if len(names) >= _ENOUGH_FOR_A_TEST else 0
    parts = order[val + test :], order[:val], order[val : val + test]
    train, chosen, scored = ([clip for clip in clips if of_clip[clip.name] in part] for part in parts)
    return Splits([*train], [*chosen], [*scored], f"the folder {_spoken(root)}")


def recordings_of(clips: Sequence[FilmedClip], said: Mapping[str, str]) -> dict[str, str]:
    """The recording that each clip is from: the one that is said, or its own; those of equal files are one.

    >>> recordings_of([FilmedClip(name, Path("no", name), {}) for name in "abc"], {"a": "street", "b": "street"})
    {'a': 'street', 'b': 'street', 'c': 'c'}
    """
    of_clip = {clip.name: said.get(clip.name, clip.name) for clip in clips}
    of_size: dict[int, list[FilmedClip]] = {}
    for clip in clips:
        # What is empty is no film.
        size = clip.path.stat().st_size if clip.path.is_file() else 0
        alike = of_size.setdefault(size, [])
        twin = next((each for each in alike if size and cmp(each.path, clip.path, shallow=False)), None)
        if twin is None:
            alike.append(clip)
        else:
            joined = of_clip[clip.name]
            of_clip = {
                name: of_clip[twin.name] if recording == joined else recording
                for name, recording in of_clip.items()
            }
    return of_clip


def _said(path: Path, clips: Sequence[FilmedClip]) -> dict[str, str]:
    if not path.is_file():
        return {}
    try:
        rows = [row for row in csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))) if row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(
            f"{path.name} must be a table in UTF-8, clip,recording, and is not ({error})"
        ) from None
    said: dict[str, str] = {}
    names = {clip.name for clip in clips}
    if not rows or rows[0] != ["clip", "recording"]:
        raise ValueError(f"{path.name} must begin with the line clip,recording, got {rows[:1]}: put it there")
    for row in rows[1:]:
        if len(row) != 2 or row[0] not in names or row[0] in said or not row[1].strip():
            raise ValueError(
                f"{path.name} must name in each line a clip of the folder (without its ending), once, and its "
                f"recording, got {','.join(row)!r}: correct it"
            )
        said[row[0]] = row[1].strip()
    return said


def split_benchmark(
    clips_of: Callable[[str | os.PathLike[str], str], list[AVSClip]], root: str | os.PathLike[str]
) -> Splits:
    """Take the authors' splits of the audio-visual benchmark, as they were published.

    Parameters
    ----------
    clips_of : function, one of ``datasets.avs_s4``, ``avs_ms3`` and ``avs_avss``
    root : path, as that function takes it

    Returns
    -------
    Splits

    Raises
    ------
    FileNotFoundError
        As `clips_of`; a clip lacks a file, which is found before anything is read.
    ValueError
        As `clips_of`, which refuses a split without a clip.

    Examples
    --------
    >>> from mmseg_edu.datasets import avs_s4
    >>> split_benchmark(avs_s4, "Single-source")  # doctest: +SKIP
    """
    train, val, test = (clips_of(root, split) for split in ("train", "val", "test"))
    lacking = [each for each in (*train, *val, *test) if each.missing()]
    if lacking:
        raise FileNotFoundError(
            f"every clip must have its files, but {lacking[0].name!r} of {lacking[0].split} lacks "
            f"{lacking[0].missing()[0]!r}, and {len(lacking) - 1} more clips lack some: unpack the data again, or take "
            "their rows out of the table"
        )
    layout = clips_of.__name__.removeprefix("avs_").upper()
    return Splits([*train], [*val], [*test], f"{layout} in {_spoken(root)}")


def _spoken(root: str | os.PathLike[str]) -> str:
    return os.fspath(Path(root).expanduser().resolve())
