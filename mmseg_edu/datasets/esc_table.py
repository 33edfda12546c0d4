"""The newer layout of ESC-50: a table, meta/esc50.csv, and one folder with all sound files."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

from mmseg_edu.datasets.esc_classes import ESC10_CLASSES, ESC50_CLASSES
from mmseg_edu.datasets.recording import Recording

TABLE = "meta/esc50.csv"
COLUMNS = ("filename", "fold", "target", "category", "esc10", "src_file", "take")
_NAME = re.compile(r"([1-5])-([0-9]+)-([A-Z])-([0-9]+)\.wav")
_AGAIN = "unpack the data set again, or correct the table"


def read_table(home: Path, classes: tuple[str, ...]) -> list[Recording]:
    """List the files of the table whose class is among some: all of ESC-50's, or the ten of ESC-10."""
    rows = [row for row in table_rows((home / TABLE).read_bytes()) if row["category"] in classes]
    audio = home / "audio"
    # One listing tells names apart by case where the disk does not, and spares 2,000 questions to it.
    there = {each.name for each in audio.iterdir()} if audio.is_dir() else set()
    files = [row["filename"] for row in rows]
    missing = [name for name in files if name not in there or not (audio / name).is_file()]
    if missing:
        raise ValueError(
            f"audio must hold every file that {TABLE} names, but {len(missing)} of {len(files)} are missing, first "
            f"{missing[0]!r}: unpack the data set again, or delete the rows of what you leave out"
        )
    found = [
        Recording(
            audio / row["filename"],
            row["category"],
            classes.index(row["category"]),
            row["src_file"],
            int(row["fold"]),
            row["take"],
        )
        for row in rows
    ]
    return sorted(found, key=lambda each: (each.fold, int(each.source), each.take, each.target))


def table_rows(table: bytes) -> list[dict[str, str]]:
    """Take the table apart, and check that each row agrees with the name of its file and that none comes twice."""
    try:
        reader = csv.DictReader(io.StringIO(table.decode("utf-8-sig"), newline=""), strict=True)
        rows = list(reader)
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(
            f"{TABLE} must hold comma-separated UTF-8 text, but {type(error).__name__} at reading it: {_AGAIN}"
        ) from None
    absent = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    if absent or not rows:
        got = f"no {', '.join(absent)}" if absent else "no row below them"
        raise ValueError(f"{TABLE} must have the columns {', '.join(COLUMNS)}, got {got}: {_AGAIN}")
    seen: set[str] = set()
    for line, row in enumerate(rows, 2):
        fault = _fault(row)
        if not fault and row["filename"] in seen:
            fault = "which comes twice"
        if fault:
            raise ValueError(f"{TABLE}, row {line}, {row['filename']!r}: {fault}: {_AGAIN}")
        seen.add(row["filename"])
    return rows


def _fault(row: dict[str, str]) -> str:
    """Say what is wrong with a row, or nothing."""
    if None in row or None in row.values():
        return f"a row must have one value for each of the columns {', '.join(COLUMNS)}"
    if row["fold"] not in ("1", "2", "3", "4", "5"):
        return f"fold must be 1, 2, 3, 4 or 5, got {row['fold']!r}"
    if not (named := _NAME.fullmatch(row["filename"])):
        return (
            "a file's name must be <fold>-<source>-<take>-<target>.wav, such as 1-100032-A-0.wav, and no path"
        )
    for column, value in zip(("fold", "src_file", "take", "target"), named.groups(), strict=True):
        if row[column] != value:
            return f"{column} must be {value!r}, as in the file's name, got {row[column]!r}"
    if row["target"] not in map(str, range(50)) or row["category"] != ESC50_CLASSES[int(row["target"])]:
        return f"category must be the class of ESC-50 that target counts, got {row['category']!r}"
    is_easy = str(row["category"] in ESC10_CLASSES)
    if row["esc10"].lower() != is_easy.lower():
        return f"esc10 must be {is_easy} for {row['category']!r}, got {row['esc10']!r}"
    return ""
