"""Which clips are learnt from, which choose the epoch, and which are only scored."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np

from mmseg_edu.clip import Clip
from mmseg_edu.datasets import AVSClip, folder_of_clips

# One clip in five is for validation, and one in five for the test where there are enough.
_SHARE = 5
_ENOUGH_FOR_A_TEST = 4


class Labelled(Protocol):
    """A clip with masks, unread."""

    @property
    def name(self) -> str: ...

    @property
    def classes(self) -> tuple[str, ...]: ...

    def pieces(self, size: int, rate: int, seconds: float) -> Iterator[Clip]: ...


class Splits(NamedTuple):
    """Clips that learn, choose and test; no clip is in two of them.

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
    r"""Split the clips with masks of a folder at random, by clip: frames of one film look alike.

    Of n clips

    .. math:: n_\text{val} = \max(1, \lfloor n / 5 + 1 / 2 \rfloor), \qquad
              n_\text{test} = n_\text{val} \text{ from } n = 4 \text{ on, else } 0

    and the others are learnt from.

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
        As folder_of_clips; fewer than 2 clips have masks.

    Notes
    -----
    Two films of one scene under two names are two clips here: put them together, or the test knows what it asks.

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
    if len(clips) < 2:
        raise ValueError(
            f"a folder to learn from must hold 2 clips with masks or more, got {len(clips)} (and "
            f"{len(listed) - len(clips)} without): one to learn from and one to see whether that worked; mask some "
            "pictures of another clip, NAME_masks/00000.png"
        )
    order = [clips[i] for i in np.random.default_rng(seed).permutation(len(clips))]
    val = max(1, int(len(clips) / _SHARE + 0.5))
    test = val if len(clips) >= _ENOUGH_FOR_A_TEST else 0
    parts = order[val + test :], order[:val], order[val : val + test]
    train, chosen, scored = (sorted(part, key=lambda clip: clip.name) for part in parts)
    return Splits([*train], [*chosen], [*scored], f"the folder {_spoken(root)}")


def split_benchmark(
    clips_of: Callable[[str | os.PathLike[str], str], list[AVSClip]], root: str | os.PathLike[str]
) -> Splits:
    """Take the authors' splits of the audio-visual benchmark.

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
