"""The stored results of a study: one row a run, in a small table that ships with the package."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mmseg_edu import backend
from mmseg_edu.metrics import bootstrap_interval, class_iou, confusion
from mmseg_edu.whole_file import whole_file

FOLDER = "stored"


class Row(NamedTuple):
    """One method in one situation under one seed: its mean IoU, and the bootstrap interval over the scenes.

    Attributes
    ----------
    table : str, which part of the study
    situation, method : str
    seed : int, of scenes, first weights and training
    miou : float in [0, 1], of all test scenes pooled
    low, high : float, where 95 of 100 draws of the same number of test scenes lie
    """

    table: str
    situation: str
    method: str
    seed: int
    miou: float
    low: float
    high: float


class Results(NamedTuple):
    """The rows of a study, and what made them.

    Attributes
    ----------
    about : dict of str to str, such as the command, the backend and the versions
    rows : list of Row
    """

    about: dict[str, str]
    rows: list[Row]


def measure(
    table: str,
    situation: str,
    method: str,
    seed: int,
    truth: NDArray[np.integer],
    labels: NDArray[np.integer],
    classes: int = 5,
) -> Row:
    """Score a method's labels on the test scenes, with the interval in which other scenes would put it.

    Parameters
    ----------
    table, situation, method, seed
        Where the row belongs, see :class:`Row`.
    truth, labels : (N, H, W), integers
    classes : int, K

    Returns
    -------
    Row
        Pixels are pooled over the scenes, so that an empty truth counts through what is painted into it. Scenes,
        never pixels, are drawn again for the interval. Numbers have four decimals.

    Raises
    ------
    ValueError, TypeError
        As `metrics.confusion`.

    Examples
    --------
    >>> truth = np.array([[[0, 1]], [[0, 2]]])
    >>> measure("two senses", "redundant", "mean", 0, truth, np.array([[[0, 1]], [[0, 0]]]), classes=3).miou
    0.5556
    """
    matrices = confusion(truth, labels, classes, per_image=True)

    def miou(drawn: NDArray[np.integer]) -> float:
        return float(np.nanmean(class_iou(drawn.sum(axis=0))))

    low, high = bootstrap_interval(matrices, seed, statistic=miou, draws=400)
    return Row(table, situation, method, seed, round(miou(matrices), 4), round(low, 4), round(high, 4))


def load(name: str) -> Results:
    """Read the results of a study that ship with the package.

    Parameters
    ----------
    name : str, such as "choosing"

    Returns
    -------
    Results

    Raises
    ------
    ValueError
        If no study of that name ships.

    Examples
    --------
    >>> load("choosing").about["command"]
    'mmseg-edu study choosing'

    Lesson: 17_choosing_a_fusion
    """
    if not stored(name).is_file():
        known = sorted(path.stem for path in stored(name).parent.glob("*.csv"))
        raise ValueError(
            f"name must be one of the stored studies {known}, got {name!r}: make it with mmseg-edu study"
        )
    return read(stored(name))


def read(path: str | Path) -> Results:
    """Read results that :func:`write` wrote.

    Parameters
    ----------
    path : of a .csv

    Returns
    -------
    Results

    Raises
    ------
    ValueError
        If the file is not such a table.

    Examples
    --------
    >>> read("choosing.csv")  # doctest: +SKIP
    """
    first, *lines = Path(path).read_text(encoding="utf-8").splitlines() or [""]
    header, *cells = csv.reader(lines) if lines else [[]]
    if not first.startswith("# {") or tuple(header) != Row._fields:
        raise ValueError(
            f"results must begin with a line of what made them and the columns {Row._fields}, got {path}: "
            "make them with mmseg-edu study"
        )
    rows = [Row(a, b, c, int(seed), *map(float, scores)) for a, b, c, seed, *scores in cells]
    return Results(json.loads(first[2:]), rows)


def write(path: str | Path, results: Results) -> None:
    """Write results as a table: a line of what made them, the names of the columns, one row a line.

    Parameters
    ----------
    path : where to, in a folder that exists
    results : Results

    Examples
    --------
    >>> write("choosing.csv", Results(about("choosing"), rows))  # doctest: +SKIP
    """
    write_table(path, results.about, Row._fields, results.rows)


def write_table(
    path: str | Path, made_by: dict[str, str], columns: Sequence[str], rows: Iterable[Sequence[object]]
) -> None:
    """Write a table whole or not at all: a line of what made it, the names of the columns, one row a line.

    Parameters
    ----------
    path : where to, in a folder that exists
    made_by : dict, such as :func:`about` gives
    columns : names
    rows : each with a value for each column

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_table(folder + "/t.csv", {"seed": "0"}, ["a", "b"], [(1, 2)])
    ...     Path(folder, "t.csv").read_text().split()
    ['#', '{"seed":', '"0"}', 'a,b', '1,2']
    """
    with whole_file(path) as unfinished, unfinished.open("w", encoding="utf-8", newline="") as file:
        file.write(f"# {json.dumps(made_by)}\n")
        csv.writer(file, lineterminator="\n").writerows([columns, *rows])


def stored(name: str) -> Path:
    """Where the results of a study lie in the package.

    Parameters
    ----------
    name : str

    Returns
    -------
    Path, also where there is no such file yet

    Examples
    --------
    >>> stored("choosing").name
    'choosing.csv'
    """
    return Path(__file__).parent / FOLDER / f"{name}.csv"


def about(study: str) -> dict[str, str]:
    """Say what makes results: the command, the backend, and the versions of what computes.

    Parameters
    ----------
    study : str

    Returns
    -------
    dict of str to str

    Examples
    --------
    >>> about("choosing")["command"]  # doctest: +SKIP
    'mmseg-edu study choosing'
    """
    name = backend.load().backend.backend()
    versions = {package: version(package) for package in ("mmseg-edu", "numpy", "keras", name)}
    return {"command": f"mmseg-edu study {study}", "backend": name, **versions}


def record(study: str, rows: Iterable[Row], path: str | Path) -> Results:
    """Keep the rows of a study as they come, so that an interrupted one loses only the last.

    Parameters
    ----------
    study : str
    rows : iterable of Row, such as a generator that computes each when it is asked for
    path : of the .csv; what it holds already stays, unless a new row is of the same run

    Returns
    -------
    Results
        All rows in the order in which they first came.

    Examples
    --------
    >>> record("choosing", choosing(seeds=[0]), "choosing.csv")  # doctest: +SKIP
    """
    kept = {run(row): row for row in read(path).rows} if Path(path).exists() else {}
    made_by = about(study)
    for row in rows:
        kept[run(row)] = row
        write(path, Results(made_by, list(kept.values())))
    return Results(made_by, list(kept.values()))


def runs_in(path: str | Path) -> set[tuple[str, str, str, int]]:
    """The runs whose rows a file holds already; none where there is no file.

    Parameters
    ----------
    path : of a .csv

    Returns
    -------
    set of (table, situation, method, seed)

    Examples
    --------
    >>> runs_in("nothing.csv")
    set()
    """
    return {run(row) for row in read(path).rows} if Path(path).exists() else set()


def run(row: Row) -> tuple[str, str, str, int]:
    """What a row is a result of: table, situation, method and seed.

    Examples
    --------
    >>> run(Row("two senses", "redundant", "mean", 0, 0.5, 0.4, 0.6))
    ('two senses', 'redundant', 'mean', 0)
    """
    return row[:4]


def by_seed(rows: Sequence[Row], table: str) -> tuple[list[str], list[str], NDArray[np.float64]]:
    """Arrange the mean IoU of one table by method, situation and seed.

    Parameters
    ----------
    rows : sequence of Row
    table : str

    Returns
    -------
    methods, situations : lists of str, in the order of the rows
    scores : array (methods, situations, seeds), NaN where there is no such run; seeds in rising order

    Raises
    ------
    ValueError
        If no row belongs to the table.

    Examples
    --------
    >>> rows = [Row("t", "redundant", "mean", seed, 0.1 * seed, 0, 1) for seed in (2, 1)]
    >>> by_seed(rows, "t")[2].tolist()
    [[[0.1, 0.2]]]

    Lesson: 17_choosing_a_fusion
    """
    chosen = [row for row in rows if row.table == table]
    if not chosen:
        raise ValueError(f"table must be one of {sorted({row.table for row in rows})}, got {table!r}")
    methods = list(dict.fromkeys(row.method for row in chosen))
    situations = list(dict.fromkeys(row.situation for row in chosen))
    seeds = sorted({row.seed for row in chosen})
    scores = np.full((len(methods), len(situations), len(seeds)), np.nan)
    for row in chosen:
        scores[methods.index(row.method), situations.index(row.situation), seeds.index(row.seed)] = row.miou
    return methods, situations, scores
