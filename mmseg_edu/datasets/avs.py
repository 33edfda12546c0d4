"""The audio-visual benchmark in its three published layouts: S4, MS3 and AVSS."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath, PureWindowsPath

from mmseg_edu.datasets.avs_clip import AVSClip
from mmseg_edu.datasets.masks import read_above_zero, read_colored, read_white

SPLITS = ("train", "val", "test")
SOUNDING = ("background", "sounding")
AVSS_CLASSES = 71
# Seconds, each with one picture, in the three sets that AVSS was joined from.
_AVSS_SECONDS = {"v1s": 5, "v1m": 5, "v2": 10}
_S4_TABLE, _MS3_TABLE, _AVSS_TABLE = "s4_meta_data.csv", "ms3_meta_data.csv", "metadata.csv"
_AVSS_COLUMNS = ("vid", "uid", "s_min", "s_sec", "a_obj", "split", "label")
_AGAIN = "copy the table again, or correct it"
# A table of the benchmark has less than 1 MB.
_LARGEST = 64 * 2**20


def avs_s4(root: str | os.PathLike[str], split: str) -> list[AVSClip]:
    """List a split of S4, the benchmark's clips of 5 s with one sounding source.

    The layout is the authors': ``s4_meta_data.csv``, of which only the places of the columns count (name, start,
    category, split), and below ``s4_data``::

        visual_frames/<split>/<category>/<name>/<name>_1.png ... _5.png
        gt_masks/<split>/<category>/<name>/<name>_1.png          in train, to _5.png in val and test
        audio_wav/<split>/<category>/<name>.wav

    Parameters
    ----------
    root : path
        The folder with the table, or one that holds it as ``Single-source`` or ``avsbench_data/Single-source``.
    split : "train", "val" or "test"

    Returns
    -------
    list of AVSClip
        In the order of the table. Nothing is opened but the table: a file that is missing is found by
        ``clip.read()`` and by ``clip.missing()``. Masks are black and white: label 1 is what sounds.

    Raises
    ------
    FileNotFoundError
        There is no table, or no folder of frames, where they should be.
    ValueError
        Another split; a table that is no table, has a row too short, a clip twice or a name that leads elsewhere.

    Notes
    -----
    The data are given out by the authors on request only. Their spectrograms (``audio_log_mel/*.pkl``) are never
    opened, since unpickling runs what a file says; the sound is read from the .wav.

    References
    ----------
    Zhou et al. (2022), "Audio-Visual Segmentation", ECCV, doi:10.1007/978-3-031-19836-6_22.

    Examples
    --------
    >>> avs_s4("no such folder", "train")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    FileNotFoundError: S4 must have its table s4_meta_data.csv in 'no such folder', which is no folder: ...
    """
    home = _home("S4", root, split, "Single-source", _S4_TABLE)
    data = home / "s4_data"
    _check_folders("S4", home, data, ("visual_frames", "audio_wav"))
    clips = []
    for line, row in _rows(_table(home / _S4_TABLE)):
        name, _, category, own = _cells(_S4_TABLE, line, row, 4, "name, start, category, split")[:4]
        if _checked_split(_S4_TABLE, line, own) == split:
            _check_names(_S4_TABLE, line, name, category)
            inside = Path(split, category, name)
            count = 1 if split == "train" else 5
            clips.append(
                AVSClip(
                    name,
                    category,
                    split,
                    SOUNDING,
                    tuple(data / "visual_frames" / inside / f"{name}_{k}.png" for k in range(1, 6)),
                    {k - 1: data / "gt_masks" / inside / f"{name}_{k}.png" for k in range(1, count + 1)},
                    data / "audio_wav" / split / category / f"{name}.wav",
                    read_white,
                    home=home,
                )
            )
    return _refuse_twice(_S4_TABLE, clips, split)


def avs_ms3(root: str | os.PathLike[str], split: str) -> list[AVSClip]:
    """List a split of MS3, the benchmark's clips of 5 s with several sources at a time.

    The layout is the authors': ``ms3_meta_data.csv`` with the name first and a column called ``split``, and below
    ``ms3_data``, where frames have no folder for the split, and ``.mp4`` in their names::

        visual_frames/<name>/<name>.mp4_1.png ... _5.png
        gt_masks/<split>/<name>/<name>_1.png ... _5.png          in every split
        audio_wav/<split>/<name>.wav

    Parameters
    ----------
    root : path
        The folder with the table, or one that holds it as ``Multi-sources`` or ``avsbench_data/Multi-sources``.
    split : "train", "val" or "test"

    Returns
    -------
    list of AVSClip
        In the order of the table; `category` is empty. Masks have a palette: label 1 is every number above 0.

    Raises
    ------
    FileNotFoundError, ValueError
        As in :func:`avs_s4`.

    References
    ----------
    As for :func:`avs_s4`.

    Examples
    --------
    >>> avs_ms3("no such folder", "val")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    FileNotFoundError: MS3 must have its table ms3_meta_data.csv in 'no such folder', which is no folder: ...
    """
    home = _home("MS3", root, split, "Multi-sources", _MS3_TABLE)
    data = home / "ms3_data"
    _check_folders("MS3", home, data, ("visual_frames", "audio_wav"))
    table = _table(home / _MS3_TABLE)
    clips, at = [], _column(_MS3_TABLE, table, "split")
    for line, row in _rows(table):
        cells = _cells(_MS3_TABLE, line, row, at + 1, "name, ..., split")
        name = cells[0]
        if _checked_split(_MS3_TABLE, line, cells[at]) == split:
            _check_names(_MS3_TABLE, line, name)
            masks = data / "gt_masks" / split / name
            clips.append(
                AVSClip(
                    name,
                    "",
                    split,
                    SOUNDING,
                    tuple(data / "visual_frames" / name / f"{name}.mp4_{k}.png" for k in range(1, 6)),
                    {k - 1: masks / f"{name}_{k}.png" for k in range(1, 6)},
                    data / "audio_wav" / split / f"{name}.wav",
                    read_above_zero,
                    home=home,
                )
            )
    return _refuse_twice(_MS3_TABLE, clips, split)


def avs_avss(root: str | os.PathLike[str], split: str) -> list[AVSClip]:
    """List a split of AVSS, the benchmark's clips of 5 and 10 s in which the class of each pixel is known.

    The layout is the authors': ``metadata.csv`` (vid, uid, s_min, s_sec, a_obj, split, label), ``label2idx.json``
    (71 classes, the background among them), and, numbered from 0::

        <label>/<uid>/frames/0.jpg ...          5 where label is v1s or v1m, 10 in v2
        <label>/<uid>/labels_rgb/0.png ...      in v1s only the first of train
        <label>/<uid>/audio.wav

    Parameters
    ----------
    root : path
        The folder with the table, or one that holds it as ``avs_released`` or ``avsbench_data/avs_released``.
    split : "train", "val" or "test"

    Returns
    -------
    list of AVSClip
        In the order of the table. `classes` are the 71 in the order of their numbers, `category` is what the table
        says (``a_obj``); where only a space inside keeps it from being a class ("h orse"), the space is dropped.
        Masks are coloured by :func:`label_colors`.

    Raises
    ------
    FileNotFoundError, ValueError
        As in :func:`avs_s4`; also for classes that are not 71 or not numbered 0 to 70, and for another label.

    Notes
    -----
    The authors' loader pads every clip to 10 black pictures with masks of background, and passes over them by flags.
    Here a clip has the pictures that it has; ``batches(clips, count, frames=10)`` pads, and its labels say 255.

    References
    ----------
    Zhou et al. (2024), "Audio-Visual Segmentation with Semantics", International Journal of Computer Vision,
    doi:10.1007/s11263-024-02261-x.

    Examples
    --------
    >>> avs_avss("no such folder", "test")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    FileNotFoundError: AVSS must have its table metadata.csv in 'no such folder', which is no folder: ...
    """
    home = _home("AVSS", root, split, "avs_released", _AVSS_TABLE)
    classes = _classes(home / "label2idx.json")
    table = _table(home / _AVSS_TABLE)
    places = [_column(_AVSS_TABLE, table, name) for name in _AVSS_COLUMNS]
    clips = []
    for line, row in _rows(table):
        cells = _cells(_AVSS_TABLE, line, row, max(places) + 1, ", ".join(_AVSS_COLUMNS))
        _, name, _, _, category, own, label = (cells[at] for at in places)
        if _checked_split(_AVSS_TABLE, line, own) != split:
            continue
        if label not in _AVSS_SECONDS:
            raise ValueError(
                f"{_AVSS_TABLE}, row {line}: label must be one of {', '.join(_AVSS_SECONDS)}, got {label!r}: {_AGAIN}"
            )
        _check_names(_AVSS_TABLE, line, name)
        folder, count = home / label / name, _AVSS_SECONDS[label]
        seen = 1 if (label, split) == ("v1s", "train") else count
        clips.append(
            AVSClip(
                name,
                _clean(category, classes),
                split,
                classes,
                tuple(folder / "frames" / f"{k}.jpg" for k in range(count)),
                {k: folder / "labels_rgb" / f"{k}.png" for k in range(seen)},
                folder / "audio.wav",
                read_colored,
                cropped=split == "train",
                home=home,
            )
        )
    return _refuse_twice(_AVSS_TABLE, clips, split)


def _home(what: str, root: str | os.PathLike[str], split: str, inside: str, table: str) -> Path:
    """Find the folder that holds the table, or say where it should be."""
    if split not in SPLITS:
        raise ValueError(f"split must be one of {', '.join(SPLITS)}, got {split!r}: choose one")
    given = Path(root).expanduser()
    places = (given, given / inside, given / "avsbench_data" / inside)
    for place in places:
        if (place / table).is_file():
            return place
    why = "holds none" if given.is_dir() else "is no folder"
    raise FileNotFoundError(
        f"{what} must have its table {table} in {os.fspath(root)!r}, which {why}: give the folder with {table}, or one "
        f"that holds it as {inside}; the data come from the benchmark's authors, on request"
    )


def _check_folders(what: str, home: Path, data: Path, names: Sequence[str]) -> None:
    for name in names:
        if not (data / name).is_dir():
            raise FileNotFoundError(
                f"{what} must have the folder {(data / name).relative_to(home).as_posix()} beside its table, got none: "
                "unpack the frames and the sounds there"
            )


def _table(path: Path) -> list[list[str]]:
    """Take a table apart into rows of cells, those of nothing left out; the first has the names of the columns."""
    try:
        if path.stat().st_size > _LARGEST:
            raise ValueError
        text = path.read_bytes().decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error, ValueError) as error:
        raise ValueError(
            f"{path.name} must hold comma-separated UTF-8 text, but {type(error).__name__} at reading it: {_AGAIN}"
        ) from None
    if len(rows) < 2:
        raise ValueError(f"{path.name} must have a row of names and rows below, got {len(rows)}: {_AGAIN}")
    return rows


def _rows(table: list[list[str]]) -> Iterator[tuple[int, list[str]]]:
    return ((line, row) for line, row in enumerate(table[1:], 2) if row)


def _column(file: str, table: list[list[str]], name: str) -> int:
    names = [each.strip() for each in table[0]]
    if name not in names:
        raise ValueError(f"{file} must have a column {name!r}, got {', '.join(names)}: {_AGAIN}")
    return names.index(name)


def _cells(table: str, line: int, row: list[str], count: int, names: str) -> list[str]:
    if len(row) < count:
        raise ValueError(f"{table}, row {line}: a row must have the columns {names}, got {row}: {_AGAIN}")
    return [cell.strip() for cell in row]


def _checked_split(table: str, line: int, split: str) -> str:
    if split not in SPLITS:
        raise ValueError(
            f"{table}, row {line}: split must be one of {', '.join(SPLITS)}, got {split!r}: {_AGAIN}"
        )
    return split


def _check_names(table: str, line: int, *names: str) -> None:
    """Refuse names that are no plain names: files are looked for under them."""
    for name in names:
        plain = name not in ("", ".", "..") and "\0" not in name
        kinds: tuple[Callable[[str], PurePosixPath | PureWindowsPath], ...] = (PurePosixPath, PureWindowsPath)
        if not plain or any(kind(name).name != name for kind in kinds):
            raise ValueError(
                f"{table}, row {line}: a name must name a file and lead nowhere else, got {name!r}: {_AGAIN}"
            )


def _refuse_twice(table: str, clips: list[AVSClip], split: str) -> list[AVSClip]:
    seen: set[Path] = set()
    for each in clips:
        if each.sound in seen:
            raise ValueError(
                f"{table} must name each clip once, got {each.name!r} twice in {split}: {_AGAIN}"
            )
        seen.add(each.sound)
    if not clips:
        raise ValueError(f"{table} must name a clip of {split}, got none: {_AGAIN}, or choose another split")
    return clips


def _classes(path: Path) -> tuple[str, ...]:
    """Read the classes in the order of their numbers."""
    if not path.is_file():
        raise FileNotFoundError(
            f"AVSS must have {path.name}, the numbers of its classes, beside metadata.csv, got none: copy it there"
        )
    try:
        numbers = json.loads(path.read_text(encoding="utf-8"))
        names = tuple(str(name) for name in sorted(numbers, key=numbers.__getitem__))
        whole = [numbers[name] for name in names] == list(range(AVSS_CLASSES))
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(
            f"{path.name} must map each class to its number, but {type(error).__name__} at reading it: copy it again"
        ) from None
    if not whole:
        raise ValueError(
            f"{path.name} must number {AVSS_CLASSES} classes from 0 to {AVSS_CLASSES - 1}, the background among them, "
            f"got {len(names)} classes: copy it again"
        )
    return names


def _clean(category: str, classes: Sequence[str]) -> str:
    """Drop the space that a slip put into the name of a class."""
    joined = "".join(category.split())
    return joined if category not in classes and joined in classes else category
