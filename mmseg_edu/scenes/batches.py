"""Thousands of still scenes at once, as networks want them, kept on disk after the first time."""

import os
import threading
import time
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmseg_edu.preprocess.sound import RATE

from . import cache as disk
from . import staging
from .arguments import check, check_count, check_seed
from .staging import CLASSES

CHUNK = 250
# So many chunks take longer to draw than other processes take to start.
ENOUGH = 4
_IDLE_SECONDS = 60
_PARTS = ("images", "labels", "objects", "sounds", "heard")
_Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Batch:
    """Many still scenes in arrays, scene by scene along the first axis; `batch[3:5]` is a smaller batch.

    Attributes
    ----------
    images : ndarray (N, H, W, 3), float32, [0, 1]
    labels : ndarray (N, H, W), uint8
        The class of each pixel that belongs to a *sounding* thing, 0 elsewhere: what is to be found.
    objects : ndarray (N, H, W), uint8
        The class of each pixel that belongs to any thing, silent ones too.
    sounds : ndarray (N, S), float32, [-1, 1]
    rate : int, Hz
    heard : ndarray (N, K), bool
        Which classes are in the sound, also when they are off-screen; column 0 (background) is never True.
    """

    images: NDArray[np.float32]
    labels: NDArray[np.uint8]
    objects: NDArray[np.uint8]
    sounds: NDArray[np.float32]
    rate: int
    heard: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, chosen: slice | Sequence[int] | NDArray[Any]) -> "Batch":
        if isinstance(chosen, int | np.integer):
            raise TypeError(
                f"a batch is cut with a slice or a list, got {chosen}: write batch[{chosen}:{chosen + 1}]"
            )
        if not isinstance(chosen, slice):
            rows = np.asarray(chosen)
            if isinstance(chosen, tuple) or rows.ndim != 1 or (rows.size and rows.dtype.kind not in "iub"):
                raise TypeError(
                    f"a batch is cut with a slice or a list of whole numbers or of True and False, "
                    f"got {chosen!r}: choose scenes along the first axis only"
                )
            chosen = rows if rows.size else rows.astype(int)
        masks = self.labels[chosen], self.objects[chosen]
        return Batch(self.images[chosen], *masks, self.sounds[chosen], self.rate, self.heard[chosen])


def make_batch(
    count: int,
    seed: int | np.random.Generator,
    size: int = 64,
    *,
    rate: int = RATE,
    duration: float = 1.0,
    absent: float = 0.1,
    cache: bool = True,
    objects: int | Sequence[str] | None = None,
    image_noise: float = 0.03,
    snr_db: float = 30.0,
    overlap: float = 0.2,
    clutter: int = 1,
) -> Batch:
    """Draw many still scenes with their sounds.

    Scene i depends on the seed and on i alone: a larger batch begins with the smaller one.

    Parameters
    ----------
    count : int >= 0
    seed : int >= 0, or numpy.random.Generator
    size : int, pixels, 16 to 1024
    rate : int, Hz, 8000 to 96000
    duration : float, s, 0.75 to 60
        Of each sound.
    absent : float, [0, 1]
        Fraction of scenes in which nothing visible sounds: a third of these is exact silence, a third noise
        (anywhere between the background noise and an instrument's loudness), a third the sound of a class
        that is not in the picture.
    cache : bool
        Keep the scenes in the user's cache folder (or the one in the environment variable MMSEG_EDU_CACHE),
        and look there first. A folder that cannot be written only costs time.
        When a thousand scenes or more are not there, all cores draw them; the bytes are the same.
    objects, image_noise, snr_db, overlap, clutter
        As for `make_clip`.

    Returns
    -------
    Batch

    Raises
    ------
    ValueError, TypeError
        An argument is outside its range, or a name is not one of CLASSES[1:].

    Examples
    --------
    >>> batch = make_batch(4, seed=0, objects=("bell", "guitar"), absent=0.0, cache=False)
    >>> batch.images.shape, np.unique(batch.objects).tolist()
    ((4, 64, 64, 3), [0, 1, 3])

    Lesson: 00_start_here
    """
    options: dict[str, Any] = {"size": size, "rate": rate, "duration": duration, "absent": absent}
    options |= {
        "objects": objects,
        "image_noise": image_noise,
        "snr_db": snr_db,
        "overlap": overlap,
        "clutter": clutter,
    }
    check(**options)
    count, number = check_count(count), check_seed(seed)
    options = {name: _plain(value) for name, value in options.items()}
    batch = _empty(count, options["size"], round(options["duration"] * options["rate"]), options["rate"])
    parts = [(first, min(CHUNK, count - first)) for first in range(0, count, CHUNK)]
    for (first, _), stored in zip(parts, _chunks(number, parts, options, cache), strict=True):
        _unpack(batch, first, stored)
    return batch


def _plain(value: Any) -> Any:
    """Make equal options equal names in the cache: 2, 2.0 and a NumPy 2 are the same number."""
    if value is None or isinstance(value, Sequence):
        return value if value is None else tuple(value)
    return int(value) if float(value).is_integer() else float(value)


def _empty(count: int, size: int, samples: int, rate: int) -> Batch:
    image, mask = (count, size, size, 3), (count, size, size)
    sounds, heard = np.zeros((count, samples), np.float32), np.zeros((count, len(CLASSES)), np.bool_)
    return Batch(
        np.zeros(image, np.float32), np.zeros(mask, np.uint8), np.zeros(mask, np.uint8), sounds, rate, heard
    )


def _unpack(batch: Batch, first: int, stored: _Arrays) -> None:
    """Turn a chunk's bytes into numbers: images by 1/255, sounds by 1/32767."""
    part = slice(first, first + len(stored["images"]))
    np.multiply(stored["images"], np.float32(1 / 255), out=batch.images[part], dtype=np.float32)
    np.divide(stored["sounds"], np.float32(32767), out=batch.sounds[part], dtype=np.float32)
    batch.objects[part], batch.labels[part], batch.heard[part] = (
        stored["objects"],
        stored["labels"],
        stored["heard"],
    )


def _chunks(
    seed: int, parts: Sequence[tuple[int, int]], options: dict[str, Any], cache: bool
) -> Iterator[_Arrays]:
    """Fetch or draw each part in turn, on all cores where enough are to be drawn."""
    missing = sum(not (cache and _kept(seed, *part, options)) for part in parts)
    done = 0
    if missing >= ENOUGH:
        try:
            for drawn in _on_all_cores(seed, parts, options, cache):
                done += 1
                yield drawn
        except (OSError, BrokenExecutor):
            pass  # no process can be started here, or one was killed: the rest is drawn without
    for first, count in parts[done:]:
        yield _chunk(seed, first, count, options, cache)


def _on_all_cores(
    seed: int, parts: Sequence[tuple[int, int]], options: dict[str, Any], cache: bool
) -> Iterator[_Arrays]:
    import joblib

    where = str(disk.folder().parent)
    tasks = (
        joblib.delayed(_chunk_beside)(os.getpid(), where, seed, first, count, options, cache)
        for first, count in parts
    )
    with warnings.catch_warnings():
        # In a thread or a worker of somebody else's, joblib stays in this process, which is as it should be.
        warnings.filterwarnings("ignore", message="Loky-backed parallel loops cannot be")
        warnings.filterwarnings("ignore", message="A worker stopped while some jobs were given")
        cores = min(joblib.cpu_count(), len(parts))
        settings: dict[str, Any] = {"backend": "loky", "idle_worker_timeout": _IDLE_SECONDS}
        yield from joblib.Parallel(cores, return_as="generator", batch_size=1, **settings)(tasks)


def _chunk_beside(parent: int, where: str, *task: Any) -> _Arrays:
    """Do a task in another process, which may be older than the caller's choice of a cache folder."""
    if os.getpid() != parent:
        _leave_with(parent)
        os.environ["MMSEG_EDU_CACHE"] = where
    return _chunk(*task)


@lru_cache
def _leave_with(parent: int) -> None:
    """End this process soon after its parent, which may be killed without a chance to say so.

    (Where a process keeps the number of a parent that is gone, as on Windows, it ends when it has been idle.)
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.3)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _kept(seed: int, first: int, count: int, options: dict[str, Any]) -> bool:
    return any(disk.has(name) for name in _names(seed, first, count, options))


def _names(seed: int, first: int, count: int, options: dict[str, Any]) -> list[str]:
    """Names of files that hold these scenes: a whole chunk also serves for its beginning."""
    lengths = dict.fromkeys((CHUNK, count))
    return [disk.key(seed=seed, first=first, count=length, **options) for length in lengths]


def _chunk(seed: int, first: int, count: int, options: dict[str, Any], cache: bool) -> _Arrays:
    """Fetch scenes from disk, or draw them and keep them."""
    if not cache:
        return _draw(seed, first, count, options)
    names = _names(seed, first, count, options)
    for name in names:
        stored = disk.load(name)
        if stored is not None and set(stored) == set(_PARTS):
            return {part: array[:count] for part, array in stored.items()}
    drawn = _draw(seed, first, count, options)
    disk.save(names[-1], drawn)
    return drawn


def _draw(seed: int, first: int, count: int, options: dict[str, Any]) -> _Arrays:
    scenes = list(_scenes(seed, first, count, **options))
    return {name: np.stack(parts) for name, parts in zip(_PARTS, zip(*scenes, strict=True), strict=True)}


def _scenes(
    seed: int,
    first: int,
    count: int,
    *,
    size: int,
    rate: int,
    duration: float,
    absent: float,
    objects: int | Sequence[str] | None,
    image_noise: float,
    snr_db: float,
    overlap: float,
    clutter: int,
) -> Iterator[tuple[NDArray[Any], ...]]:
    for i in range(first, first + count):
        stream = staging.streams(seed, i)
        scene = staging.stage(stream, objects, overlap=overlap, clutter=clutter, until=duration)
        heard, loud = _choose_sound(scene.names, stream("heard"), absent, snr_db)
        frames, owners = staging.film(scene, stream, size, None, image_noise)
        sound = staging.record(scene, stream, heard, duration=duration, rate=rate, snr_db=loud, offset=0.0)
        steps = np.rint(sound * 32767).astype(np.int16)
        flags = np.array([name in heard for name in CLASSES])
        who = owners[0]
        yield frames[0], staging.sounding(scene, heard)[who], staging.class_of(scene)[who], steps, flags


def _choose_sound(
    visible: Sequence[str], rng: np.random.Generator, absent: float, snr_db: float
) -> tuple[tuple[str, ...], float]:
    """Choose what sounds in a still scene, and over how much noise."""
    draw, level = rng.random(2)
    heard = staging.choose_heard(visible, rng)
    unseen = staging.choose_unseen(visible, rng)
    if draw >= absent:
        return heard, snr_db
    kind = int(3 * draw / absent)
    if kind == 2 and unseen:
        return unseen, snr_db
    return (), np.inf if kind == 0 else float(level * min(snr_db, 30.0))
