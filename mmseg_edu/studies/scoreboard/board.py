"""The scoreboard: its rows one after the other, the file that keeps them, and the one that ships."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mmseg_edu import experts
from mmseg_edu.studies.choosing import train_operator
from mmseg_edu.studies.results import about, stored, write_table
from mmseg_edu.studies.scoreboard.entries import (
    FUSIONS,
    GRAPH_CUT,
    LEARNED,
    PIXELWISE,
    WATERSHED,
    Decision,
    Evidence,
    evidence_by,
    fit_amount,
    learned_evidence,
    segmenter_by,
)
from mmseg_edu.studies.scoreboard.eyes import (
    Eye,
    count_ear,
    count_unet,
    join,
    train_fcn_eye,
    unet_sees,
)
from mmseg_edu.studies.scoreboard.hidden import BOARD
from mmseg_edu.studies.scoreboard.keeping import enter
from mmseg_edu.studies.scoreboard.scoring import SCENES, Row
from mmseg_edu.studies.situations import ordinary

STUDY = "scoreboard"
CLASSICAL = {"pixelwise": PIXELWISE, "watershed": WATERSHED, "graph cut": GRAPH_CUT}
SORTED_BY = ("iou", "border", "gain", "silence", "off_screen", "milliseconds", "parameters")
_LESS_IS_BETTER = ("silence", "off_screen", "milliseconds", "parameters")
_LEARNT, _SEED = 1500, 2020
Done = Collection[tuple[str, str]]


def scoreboard(
    done: Done = (), *, count: int = SCENES, key: str = BOARD, progress: bool = False
) -> Iterator[Row]:
    """Score every segmenter with every fusion that makes sense, row by row.

    Parameters
    ----------
    done : rows (segmenter, fusion) that need not be made again
    count : int, hidden scenes
    key : str, which
    progress : bool, show bars

    Yields
    ------
    Row

    Examples
    --------
    >>> rows = list(scoreboard())  # doctest: +SKIP
    """
    settings: dict[str, Any] = {"count": count, "key": key, "progress": progress, "cache": False}
    yield from _by_rules(experts.recognise, _weights(experts.part("objects")), CLASSICAL, done, settings)
    yield from _by_rules(unet_sees, count_unet(), {"U-Net": PIXELWISE}, done, settings)
    if any(("FCN", name) not in done for name in FUSIONS):
        eye, parameters = train_fcn_eye(progress=progress)
        yield from _by_rules(eye, parameters, {"FCN": PIXELWISE}, done, settings)
    decisions = {"U-Net": PIXELWISE, "watershed": WATERSHED, "graph cut": GRAPH_CUT}
    for operator, name in LEARNED.items():
        if any((each, name) not in done for each in decisions):
            model = train_operator(ordinary(_LEARNT, _SEED, 64), _SEED, operator, progress=progress)
            evidence = learned_evidence(model)
            yield from _by_evidence(evidence, name, model.count_params(), decisions, done, settings)


def _by_rules(
    eye: Eye, parameters: int, decisions: dict[str, Decision], done: Done, settings: dict[str, Any]
) -> Iterator[Row]:
    if all((name, fusion_name) in done for name in decisions for fusion_name in FUSIONS):
        return
    joined = join(eye)
    for fusion_name, fuse in FUSIONS.items():
        evidence = evidence_by(fuse, eye, joined)
        ear = 0 if fusion_name == "picture alone" else count_ear()
        yield from _by_evidence(evidence, fusion_name, parameters + ear, decisions, done, settings)


def _by_evidence(
    evidence: Evidence,
    fusion_name: str,
    parameters: int,
    decisions: dict[str, Decision],
    done: Done,
    settings: dict[str, Any],
) -> Iterator[Row]:
    for name, decision in decisions.items():
        if (name, fusion_name) not in done:
            entry = segmenter_by(evidence, decision, fit_amount(evidence, decision))
            yield enter(entry, name, fusion_name, parameters=parameters, **settings)


def _weights(arrays: dict[str, Any]) -> int:
    return sum(array.size for array in arrays.values())


def keep_rows(rows: Iterable[Row], path: str | Path) -> list[Row]:
    """Write rows as they come behind those that a file holds already, so that a killed run goes on.

    Parameters
    ----------
    rows : iterable of Row, such as a generator that computes each when it is asked for
    path : of a .csv; a row of the same segmenter, fusion and scenes is replaced

    Returns
    -------
    list of Row, all that the file then holds

    Examples
    --------
    >>> keep_rows(scoreboard(), "scoreboard.csv")  # doctest: +SKIP
    """
    kept = {each[:3]: each for each in (read_rows(path) if Path(path).exists() else [])}
    made_by = about(STUDY)
    for each in rows:
        kept[each[:3]] = each
        write_table(path, made_by, Row._fields, kept.values())
    return list(kept.values())


def read_rows(path: str | Path | None = None) -> list[Row]:
    """Read the rows of a file, by default those that ship with the package.

    Parameters
    ----------
    path : of a .csv, None for the stored one

    Returns
    -------
    list of Row

    Raises
    ------
    ValueError
        If there is no such file, or it is no such table.

    Examples
    --------
    >>> rows = read_rows()
    >>> {row.key for row in rows}, len(rows) > 30
    ({'board'}, True)

    Lesson: 20_capstone
    """
    where = stored(STUDY) if path is None else Path(path)
    remedy = f"make it with mmseg-edu study {STUDY}"
    if not where.is_file():
        raise ValueError(f"there must be a scoreboard, got none at {where.name}: {remedy}")
    lines = where.read_text(encoding="utf-8").splitlines()
    header, *cells = csv.reader(lines[1:]) if len(lines) > 1 else [[]]
    if tuple(header) != Row._fields:
        raise ValueError(
            f"a scoreboard must have the columns {Row._fields}, got {tuple(header)} in {where.name}: {remedy}"
        )
    return [_row(each) for each in cells]


def _row(cells: Sequence[str]) -> Row:
    # The names of the fields say where they stand; their types how they are read.
    read = {"segmenter": str, "fusion": str, "key": str, "failure": str, "scenes": int, "parameters": int}
    values: dict[str, Any] = {
        name: read.get(name, float)(cell) for name, cell in zip(Row._fields, cells, strict=True)
    }
    return Row(**values)


def sorted_rows(rows: Iterable[Row], by: str = "iou") -> list[Row]:
    """Put the best row first; rows that failed come last.

    Parameters
    ----------
    rows : iterable of Row
    by : str, one of "iou", "border", "gain" (more is better), "silence", "off_screen", "milliseconds", "parameters"
        (less is better)

    Returns
    -------
    list of Row
        Among equals the better IoU comes first.

    Raises
    ------
    ValueError
        If the board cannot be sorted by that.

    Examples
    --------
    >>> sorted_rows(read_rows(), "milliseconds")[0].milliseconds <= sorted_rows(read_rows())[0].milliseconds
    True

    Lesson: 20_capstone
    """
    if by not in SORTED_BY:
        raise ValueError(f"by must be one of {', '.join(SORTED_BY)}, got {by!r}: choose a column")
    sign = 1 if by in _LESS_IS_BETTER else -1

    def order(row: Row) -> tuple[bool, float, float]:
        return bool(row.failure), sign * np.nan_to_num(getattr(row, by)), -np.nan_to_num(row.iou)

    return sorted(rows, key=order)
