"""How good a network is on clips: the IoU of each class, over the pixels whose class is known."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mmseg_edu.datasets import IGNORE
from mmseg_edu.finetuning.reading import Pictures
from mmseg_edu.metrics import class_iou, confusion
from mmseg_edu.whole_file import whole_file

MEAN = "mean"


class Score(NamedTuple):
    """One number: the IoU of a class, or their mean, of one way to answer on one split.

    Attributes
    ----------
    split : "val" or "test"
    answers : str, whose: "nothing sounds", "before", "after", or "after, in silence"
    name : str, of the class, or "mean"
    iou : float in [0, 1], NaN for a class that nobody saw
    pictures, clips : int, over how many
    """

    split: str
    answers: str
    name: str
    iou: float
    pictures: int
    clips: int


def scores(
    split: str, answers: str, part: Pictures, predicted: np.ndarray, names: Sequence[str]
) -> list[Score]:
    """Compare label maps with the truth; first the mean over the classes that occur, then every class.

    Parameters
    ----------
    split, answers : str
    part : Pictures
    predicted : (N, S, S), integers
    names : list of str, of the classes

    Returns
    -------
    list of Score
        One more than there are classes.

    Examples
    --------
    >>> labels = np.array([[[0, 1], [1, 255]]], np.uint8)
    >>> part = Pictures(np.zeros((1, 2, 2, 3)), np.zeros((1, 128)), labels, ["a"])
    >>> found = scores("val", "after", part, np.array([[[0, 1], [0, 1]]]), ["background", "bell"])
    >>> [(each.name, each.iou) for each in found]
    [('mean', 0.5), ('background', 0.5), ('bell', 0.5)]
    """
    known = part.labels != IGNORE
    each = class_iou(confusion(part.labels[known], predicted[known], len(names)))
    rows = [(MEAN, float(np.nanmean(each))), *zip(names, each.tolist(), strict=True)]
    return [Score(split, answers, name, value, len(part), len(set(part.clips))) for name, value in rows]


def write_scores(path: Path, rows: Sequence[Score]) -> None:
    """Write scores as comma-separated text; a class that nobody saw has no number."""
    with whole_file(path) as unfinished, unfinished.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(Score._fields)
        for row in rows:
            table.writerow([*row[:3], "" if np.isnan(row.iou) else f"{row.iou:.4f}", *row[4:]])
