"""Ask somebody's function for a mask, and say in plain words what is wrong with how it answers."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmseg_edu.scenes import CLASSES

Labels = NDArray[np.uint8]
# Of frames (T, H, W, 3), sound (S,) and rate in Hz, gives the labels (H, W) of the middle frame.
Segmenter = Callable[[Any, Any, int], ArrayLike]
LIMIT = 10.0

_DRAWS = ("mmseg_edu.scenes", "mmseg_edu.studies.scoreboard.hidden")
_LOOKS = ("_getframe", "_current_frames", "get_objects", "get_referrers")


class Refused(Exception):
    """A segmenter that cannot be scored; the text says why, in words for whoever wrote it."""


class _TooSlow(BaseException):
    """Not an Exception, so that an answer's own `except Exception` does not swallow it."""


def answer(
    segmenter: Segmenter, frames: NDArray[Any], sound: NDArray[Any], rate: int, *, limit: float = LIMIT
) -> Labels:
    """Ask a segmenter about one clip, under guard.

    Parameters
    ----------
    segmenter : function of (frames, sound, rate)
        Gives the class of what sounds at each pixel of the middle frame, ``frames[len(frames) // 2]``.
    frames : (T, H, W, 3) float32 in [0, 1]
    sound : (S,) float32 in [-1, 1]
    rate : int, Hz
    limit : float > 0, seconds

    Returns
    -------
    array (H, W), uint8

    Raises
    ------
    Refused
        If it is no function, raises, changes its inputs, draws scenes or looks into the caller's memory, takes longer
        than the limit, or returns anything but whole numbers (H, W) that are classes.
    KeyboardInterrupt
        If the reader stops it.

    Notes
    -----
    It gets copies. Being too slow is noticed at the latest when it ends; where the system has an alarm clock (not on
    Windows) and this is the main thread, also in the midst of a loop that never ends.

    Examples
    --------
    >>> frames, sound = np.zeros((8, 64, 64, 3), np.float32), np.zeros(16000, np.float32)
    >>> answer(lambda frames, sound, rate: np.full((64, 64), 2), frames, sound, 16000).shape
    (64, 64)
    """
    _check_function(segmenter)
    given = frames.copy(), sound.copy()
    seen: list[str] = []
    said = _called(segmenter, (*given, rate), limit, seen)
    if seen:
        raise Refused(seen[0])
    for name, before, after in zip(("frames", "sound"), (frames, sound), given, strict=True):
        if before.shape != after.shape or before.tobytes() != after.tobytes():
            raise Refused(f"it changes the {name} that it is given: work on a copy, {name}.copy()")
    return checked_labels(said, frames.shape[1:3])


def _check_function(segmenter: object) -> None:
    if not callable(segmenter):
        kind = type(segmenter).__name__
        raise Refused(
            f"it must be a function of (frames, sound, rate), got {kind}: give its name without brackets"
        )


def seconds_for(segmenter: Segmenter, asked: tuple[Any, ...]) -> float:
    """Time one answer of a segmenter that has answered before, with nobody watching.

    >>> seconds_for(lambda frames, sound, rate: None, (0, 0, 0)) < 1
    True
    """
    begun = time.perf_counter()
    segmenter(*asked)
    return time.perf_counter() - begun


def _called(segmenter: Segmenter, asked: tuple[Any, ...], limit: float, seen: list[str]) -> Any:
    """What the function returns; what it raises, or that it is too slow, is refused."""
    slow = (
        f"it takes more than {limit:g} s for one clip: load and train before, and answer from what is ready"
    )
    begun = time.monotonic()
    try:
        with _alarm(limit), _watched(segmenter, seen):
            said = segmenter(*asked)
    except KeyboardInterrupt:
        raise
    except _TooSlow:
        raise Refused(slow) from None
    except BaseException as error:
        raise Refused(f"it raises {type(error).__name__}{_first_line(error)}") from error
    if time.monotonic() - begun > limit:
        raise Refused(slow)
    return said


def checked_labels(said: Any, shape: tuple[int, ...]) -> Labels:
    """Refuse what cannot be the labels of one picture.

    Parameters
    ----------
    said : what a segmenter returned
    shape : (H, W)

    Returns
    -------
    array (H, W), uint8

    Raises
    ------
    Refused
        In words that name the likely slip.

    Examples
    --------
    >>> checked_labels([[0, 4], [1, 0]], (2, 2))
    array([[0, 4],
           [1, 0]], dtype=uint8)
    """
    wanted = f"labels (H, W) = {tuple(shape)}"
    if said is None:
        raise Refused(f"it must return {wanted}, got None: does every path end in a return?")
    try:
        labels = np.asarray(said)
    except Exception as error:
        raise Refused(f"it must return {wanted}, got what is no array{_first_line(error)}") from None
    if labels.shape != tuple(shape):
        raise Refused(f"it must return {wanted}, got shape {labels.shape}: {_remedy(labels.shape, shape)}")
    if labels.dtype.kind == "b":
        raise Refused(
            f"it must return {wanted}, got True and False: that says where and not what; write the class there, "
            "np.where(mask, k, 0)"
        )
    if labels.dtype.kind == "f" and not np.isfinite(labels).all():
        raise Refused(f"it must return {wanted}, got NaN or infinity: find the 0 / 0 or the log of 0")
    if labels.dtype.kind not in "iu":
        raise Refused(
            f"it must return {wanted} as whole numbers, got {labels.dtype}: "
            "of probabilities take argmax(axis=-1), of whole numbers as floats astype(np.uint8)"
        )
    if labels.min() < 0 or labels.max() >= len(CLASSES):
        raise Refused(
            f"its labels must lie in 0 .. {len(CLASSES) - 1}, got {labels.min()} .. {labels.max()}: "
            f"they are places in scenes.CLASSES, {', '.join(CLASSES)}"
        )
    return labels.astype(np.uint8)


def _remedy(got: tuple[int, ...], shape: tuple[int, ...]) -> str:
    if len(got) == 3 and got[1:] == tuple(shape):
        return "it answers for the middle frame alone, frames[len(frames) // 2]"
    if len(got) == 3 and got[:2] == tuple(shape) and got[2] == len(CLASSES):
        return "those may be probabilities, take argmax(axis=-1)"
    return "one class a pixel of the middle frame"


def _first_line(error: BaseException) -> str:
    try:
        lines = str(error).strip().splitlines()
    except Exception:
        lines = []
    return f": {lines[0][:120]}" if lines else ""


@contextmanager
def _alarm(limit: float) -> Iterator[None]:
    """Raise _TooSlow after so many seconds, and again every second, in case it was swallowed."""
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return

    running = [True]

    def ring(number: int, frame: FrameType | None) -> None:
        if running:
            raise _TooSlow

    handler = signal.signal(signal.SIGALRM, ring)
    before = signal.setitimer(signal.ITIMER_REAL, limit, 1.0)
    try:
        yield
    finally:
        running.clear()
        signal.setitimer(signal.ITIMER_REAL, *before)
        signal.signal(signal.SIGALRM, handler)


@contextmanager
def _watched(segmenter: Segmenter, seen: list[str]) -> Iterator[None]:
    """Note in a list whether the function draws scenes, or looks into the memory of whoever called it."""
    home = getattr(segmenter, "__globals__", None)

    def watch(frame: FrameType, event: str, what: Any) -> None:
        if event == "call" and frame.f_globals.get("__name__", "").startswith(_DRAWS):
            seen.append(
                "it draws sounding scenes while it answers, and might draw the very one it is asked about: "
                "draw and train before, and answer from frames and sound"
            )
        elif event == "c_call" and getattr(what, "__name__", "") in _LOOKS:
            callers = frame, frame.f_back
            if home is not None and any(each is not None and each.f_globals is home for each in callers):
                seen.append("it looks into its caller's memory: answer from frames and sound")

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        yield
    finally:
        sys.setprofile(before)
