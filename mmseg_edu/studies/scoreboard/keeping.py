"""Scores that are kept: under the name of what determines them, so that nothing is asked twice."""

from __future__ import annotations

import json
import platform
import sys
import types
from collections.abc import Callable
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from mmseg_edu.cache_folder import cache_folder
from mmseg_edu.studies.scoreboard.asking import LIMIT, Refused, Segmenter
from mmseg_edu.studies.scoreboard.hidden import BOARD
from mmseg_edu.studies.scoreboard.scoring import SCENES, Row, Scores, failed, row_of, score
from mmseg_edu.whole_file import whole_file

FOLDER = "scoreboard"
_DEEPEST = 20
# What spells itself in full.
_PLAIN = (np.generic, bool, int, float, complex, str, bytes, type(None), type(...), range, slice)


class _NoPrintError(Exception):
    """Something whose contents cannot be told apart."""


def fingerprint(segmenter: Segmenter) -> str | None:
    """A text that changes when a function, or what it reads, changes.

    Parameters
    ----------
    segmenter : function

    Returns
    -------
    str of 64 characters, or None
        Made of the code, the defaults, what it closes over and the global names that it reads, and of the functions
        among those in the same way. None where something cannot be told apart, such as a network or an open file.
        Modules, and what was imported from them, count by name and by the text of their file.

    Examples
    --------
    >>> def one(frames, sound, rate): return 1
    >>> def two(frames, sound, rate): return 2
    >>> fingerprint(one) == fingerprint(one) != fingerprint(two)
    True
    >>> fingerprint(open) is None
    True

    Lesson: 20_capstone
    """
    digest = sha256()
    try:
        if not isinstance(segmenter, types.FunctionType):
            raise _NoPrintError
        _print_of_function(segmenter, digest.update, _DEEPEST, {id(segmenter)})
    except _NoPrintError:
        return None
    return digest.hexdigest()


def scores_of(
    segmenter: Segmenter,
    count: int = SCENES,
    key: str = BOARD,
    *,
    limit: float = LIMIT,
    cache: bool = True,
    progress: bool = False,
) -> Scores:
    """Score a segmenter as :func:`score` does, or fetch what the same function earned before.

    Parameters
    ----------
    segmenter, count, key, limit, progress
        As for :func:`score`.
    cache : bool
        Keep the scores in the user's cache folder (or the one in the environment variable MMSEG_EDU_CACHE), and look
        there first. A folder that cannot be written only costs time.

    Returns
    -------
    Scores

    Raises
    ------
    Refused
        As :func:`score`. A refusal is not kept.

    Examples
    --------
    >>> scores = scores_of(lambda frames, sound, rate: np.zeros((64, 64), int), count=3, cache=False)
    >>> scores.border.tolist()
    [0.0, 0.0, 0.0]
    """
    print_ = fingerprint(segmenter) if cache else None
    if print_ is None:
        return score(segmenter, count, key, limit=limit, progress=progress)
    versions = [platform.python_version(), *map(version, ("mmseg-edu", "numpy", "scipy"))]
    name = sha256(json.dumps([print_, int(count), key, *versions]).encode()).hexdigest()
    path = cache_folder(FOLDER) / f"{name}.json"
    kept = _read(path, count)
    if kept is None:
        kept = score(segmenter, count, key, limit=limit, progress=progress)
        _keep(path, kept)
    return kept


def enter(
    segmenter: Segmenter,
    name: str = "yours",
    fusion: str = "yours",
    *,
    count: int = SCENES,
    key: str = BOARD,
    parameters: int = 0,
    limit: float = LIMIT,
    cache: bool = True,
    progress: bool = False,
) -> Row:
    """Put a function on the scoreboard: its row, or the row that says why it has none.

    Parameters
    ----------
    segmenter : function of (frames, sound, rate) that gives labels (H, W) of the middle frame
    name, fusion : str, how the row is called
    parameters : int, weights of the networks in it, if there are any
    count, key, limit, cache, progress
        As for :func:`scores_of`.

    Returns
    -------
    Row

    Examples
    --------
    >>> row = enter(lambda frames, sound, rate: None, "nothing", count=3)
    >>> row.failure.split(":")[0]
    'it must return labels (H, W) = (64, 64), got None'

    Lesson: 20_capstone
    """
    try:
        scores = scores_of(segmenter, count, key, limit=limit, cache=cache, progress=progress)
    except Refused as refused:
        return failed(name, fusion, key, count, str(refused), parameters)
    return row_of(scores, name, fusion, key, parameters=parameters)


def _read(path: Any, count: int) -> Scores | None:
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        arrays = [np.array(kept[name], np.float64) for name in Scores._fields[:5]]
        iou, border, gain, silence, off_screen = arrays
        scores = Scores(iou, border, gain, silence, off_screen, float(kept["seconds"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return scores if all(array.shape == (count,) for array in arrays) else None


def _keep(path: Any, scores: Scores) -> None:
    values = {name: np.asarray(value).tolist() for name, value in scores._asdict().items()}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as unfinished:
            unfinished.write_text(json.dumps(values), encoding="utf-8")
    except OSError:
        pass  # A folder that cannot be written only costs time.


def _print_of(value: Any, put: Callable[[bytes], object], depth: int, met: set[int]) -> None:
    """Feed what tells a value from others, and the values that it holds."""
    if depth < 0:
        raise _NoPrintError
    put(f"{type(value).__module__}.{type(value).__qualname__} ".encode())
    home = _imported_from(value)
    if home is not None:
        put(f"{getattr(value, '__qualname__', '')} {home.__name__} ".encode() + _text_of(home))
    elif isinstance(value, types.FunctionType):
        if id(value) not in met:  # one that calls itself
            met.add(id(value))
            _print_of_function(value, put, depth, met)
    elif isinstance(value, np.ndarray) and value.dtype != object:
        put(f"{value.shape} {value.dtype.str} ".encode() + np.ascontiguousarray(value).tobytes())
    elif isinstance(value, _PLAIN):
        put(repr(value).encode())
    elif isinstance(value, tuple | list | frozenset | set | dict):
        held = sorted(value, key=repr) if isinstance(value, frozenset | set) else list(value)
        put(f"{len(held)} ".encode())
        for each in [*held, *(value.values() if isinstance(value, dict) else ())]:
            _print_of(each, put, depth - 1, met)
    elif isinstance(value, types.CodeType):
        put(value.co_code)
        _print_of([value.co_names, value.co_freevars, value.co_consts], put, depth - 1, met)
    else:
        raise _NoPrintError


def _print_of_function(
    function: types.FunctionType, put: Callable[[bytes], object], depth: int, met: set[int]
) -> None:
    whole = function.__globals__
    cells = [cell.cell_contents for cell in function.__closure__ or ()]
    read = {name: whole[name] for name in sorted(_names(function.__code__)) if name in whole}
    parts = [function.__code__, function.__defaults__, function.__kwdefaults__, cells, read]
    _print_of(parts, put, depth - 1, met)


def _names(code: types.CodeType) -> set[str]:
    inner = [_names(each) for each in code.co_consts if isinstance(each, types.CodeType)]
    return set(code.co_names).union(*inner)


def _imported_from(value: Any) -> types.ModuleType | None:
    """The module that a value is, or that a function or class was imported from; None for what a notebook made."""
    if isinstance(value, types.ModuleType):
        return value
    if isinstance(value, types.FunctionType | types.BuiltinFunctionType | type | np.ufunc):
        name = getattr(value, "__module__", None) or "numpy"
        home = sys.modules.get(name)
        return home if name != "__main__" and home is not None else None
    return None


def _text_of(module: types.ModuleType) -> bytes:
    version_ = str(getattr(module, "__version__", "")).encode()
    try:
        return version_ + Path(module.__file__ or "").read_bytes()
    except OSError:
        return version_
