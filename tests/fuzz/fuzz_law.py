"""The law that every call is held to: a result that is one, or an error in the package's own words."""

from __future__ import annotations

import dataclasses
import dis
import signal
import sys
import types
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from fuzz_attacks import Attack
from fuzz_rows import Row

import mmseg_edu

PACKAGE = str(Path(mmseg_edu.__file__).parent)
HERE = str(Path(__file__).parent)
LONGEST_MESSAGE = 1500
HANGS = 60  # seconds for all attacks on one argument, which take a few


def judge(row: Row, name: str, attack: Attack, plain: Any) -> str | None:
    """Call a function with one argument attacked; say what broke the law, if anything did."""
    arguments = {**row.call_with(), name: attack.value}
    before = {key: traces(value) for key, value in arguments.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            result = taken(row.function(**arguments))
        except Exception as error:
            says = complaint(error)
            if says is None and attack.same and not (row.no_lists and attack.name.endswith("lists")):
                says = f"refused for its layout alone: {error}"
        else:
            says = "taken, though something is masked" if attack.refused else None
            if says is None and attack.same and not alike(plain, result):
                says = "another result for another layout"
            if says is None and attack.finite and not row.nan and holds_nan(result):
                says = "NaN out of finite numbers"
    if says is None:
        changed = [key for key, value in arguments.items() if traces(value) != before[key]]
        says = f"changed what it was given: {changed}" if changed else None
    return says


def complaint(error: Exception) -> str | None:
    """Say what is wrong with an error: it comes from elsewhere, or does not say what came."""
    own = type(error).__module__.startswith("mmseg_edu")
    frames = list(walk(error.__traceback__))
    last = frames[-1]
    names = [frame.tb_frame.f_code.co_filename for frame in frames]
    inside = next((i for i, name in enumerate(names) if name.startswith(PACKAGE)), len(names))
    if any(name.startswith(HERE) for name in names[inside:]) or "positional argument" in str(error):
        return None  # raised by a function that was handed in, or by calling it with what it does not take
    where = f"{Path(last.tb_frame.f_code.co_filename).name}:{last.tb_lineno}"
    says = f"{type(error).__name__} at {where}: {str(error)[:160]}"
    if not own and type(error) not in (ValueError, TypeError) and not isinstance(error, OSError):
        return f"foreign {says}"
    if not raised_here(last):
        return f"from elsewhere: {says}"
    if len(str(error)) > LONGEST_MESSAGE:
        return f"endless ({len(str(error))} characters) {says}"
    if not own and "got" not in str(error) and not any(map(str.isdigit, str(error))):
        return f"does not say what it got: {says}"
    return None


def walk(trace: types.TracebackType | None) -> Iterator[types.TracebackType]:
    """Go down a traceback, to where the error was raised."""
    while trace is not None:
        yield trace
        trace = trace.tb_next


def raised_here(last: types.TracebackType) -> bool:
    """Say whether the package raised the error by a statement of its own."""
    code = last.tb_frame.f_code
    if not code.co_filename.startswith(PACKAGE):
        return False
    return any(i.offset == last.tb_lasti and i.opname == "RAISE_VARARGS" for i in dis.get_instructions(code))


def taken(result: Any) -> Any:
    """Take the first things of what is made only when asked for."""
    return list(islice(result, 4)) if isinstance(result, Iterator) else result


def parts(value: Any) -> list[Any]:
    """Take a result apart: arrays and numbers, in order."""
    if isinstance(value, np.ndarray):
        return [value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [part for f in dataclasses.fields(value) for part in parts(getattr(value, f.name))]
    if isinstance(value, Mapping):
        return [part for one in value.values() for part in parts(one)]
    if isinstance(value, list | tuple):
        return [part for one in value for part in parts(one)]
    return [np.asarray(value)] if isinstance(value, int | float | complex | np.generic) else []


def holds_nan(value: Any) -> bool:
    """Say whether any number of a result is none."""
    return any(part.dtype.kind in "fc" and bool(np.isnan(part).any()) for part in parts(value))


def alike(one: Any, other: Any) -> bool:
    """Say whether two results hold the same numbers, to the rounding of another order of sums."""
    pairs = list(zip(parts(one), parts(other), strict=False))
    return len(parts(one)) == len(parts(other)) and all(
        a.shape == b.shape and np.allclose(a, b, rtol=1e-5, atol=1e-6, equal_nan=True)
        if a.dtype.kind in "fc"
        else np.array_equal(a, b)
        for a, b in pairs
    )


def traces(value: Any) -> Any:
    """What must not change about an argument: the bytes of its arrays."""
    if isinstance(value, np.ndarray):
        small = value.nbytes < 10**6
        return (value.shape, value.dtype.str, value.tobytes() if small else b"")
    if isinstance(value, list | tuple):
        return [traces(part) for part in value]
    return [traces(part) for part in value.values()] if isinstance(value, dict) else None


@contextmanager
def fenced() -> Iterator[None]:
    """Let a call neither hang nor fill the machine: beyond 3 GiB more memory is refused."""
    if sys.platform != "linux":  # elsewhere the limit is counted otherwise, or there is none
        yield
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    now = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + 3 * 2**30, hard))
    signal.signal(signal.SIGALRM, _hangs)
    signal.alarm(HANGS)
    try:
        yield
    finally:
        signal.alarm(0)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


class Hangs(BaseException):
    """A call has not come back."""


def _hangs(*_: Any) -> None:
    raise Hangs(f"no end after {HANGS} s")
