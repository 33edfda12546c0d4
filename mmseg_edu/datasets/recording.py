"""One sound file of a data set: where it is and what is known about it, its samples unread."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mmseg_edu.clip import read_sound


@dataclass(frozen=True, slots=True)
class Recording:
    """What a data set says about one of its sound files.

    Parameters
    ----------
    path : Path
        The file. Only its name is shown when the record is printed.
    label : str
        Name of the class.
    target : int, 0 or more
        Index of the class among the classes of its data set.
    source : str
        Which original recording the file was cut from: files of one source sound alike, so they may never stand
        on both sides of a split.
    fold : int, 1 to 5, or None
        The part of the data set that its authors put the file into; None where there are no such parts.
    take : str
        Which cut of the source it is; empty where that is not said.

    Examples
    --------
    >>> Recording(Path("esc10/001 - Dog bark/1-30226-A.ogg"), "dog", 0, "30226", 1, "A")
    Recording('1-30226-A.ogg', label='dog', target=0, source='30226', fold=1, take='A')
    """

    path: Path
    label: str
    target: int
    source: str
    fold: int | None = None
    take: str = ""

    def __repr__(self) -> str:
        known = ", ".join(f"{name}={getattr(self, name)!r}" for name in _SHOWN)
        return f"Recording({self.path.name!r}, {known})"

    def read(self, rate: int | None = None) -> tuple[np.ndarray, int]:
        """Read the samples, mono, with :func:`mmseg_edu.clip.read_sound`.

        Parameters
        ----------
        rate : int, Hz, or None
            Resample to this rate; None keeps the file's own.

        Returns
        -------
        sound : (N,) float32 in [-1, 1]
        rate : int, Hz

        Raises
        ------
        FileNotFoundError, ValueError
            As in read_sound: the file went away, is damaged or is no sound.
        """
        return read_sound(self.path, rate=rate)


_SHOWN = ("label", "target", "source", "fold", "take")
