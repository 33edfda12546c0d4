"""Keep drawn scenes on disk, so that the second lesson that asks for them need not draw them again."""

import contextlib
import hashlib
import os
from collections.abc import Mapping
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mmseg_edu.cache_folder import cache_folder
from mmseg_edu.whole_file import PART, whole_file

LIMIT = 3 * 2**30


def folder() -> Path:
    """Where scenes are kept: in the folder that MMSEG_EDU_CACHE names, else in the user's cache folder."""
    return cache_folder("scenes")


def sources() -> list[Path]:
    """Files of the package that decide how a seed looks and sounds."""
    here = Path(__file__).parent
    below = here.parent / "preprocess"
    return [*sorted(here.glob("*.py")), below / "arguments.py", *sorted((below / "sound").glob("*.py"))]


@lru_cache(maxsize=1)
def _generator() -> str:
    """Fingerprint of what decides how a seed looks: the source, below too, and who decodes and draws."""
    print_ = hashlib.sha256()
    for file in sources():
        print_.update(file.read_bytes().replace(b"\r\n", b"\n"))
    for name in ("numpy", "pillow", "scikit-image"):
        print_.update(f"{name} {version(name)}".encode())
    return print_.hexdigest()


def key(**arguments: object) -> str:
    """Name scenes by all that went into them: arguments and the generator's own source."""
    return hashlib.sha256(repr((_generator(), sorted(arguments.items()))).encode()).hexdigest()[:32]


def has(name: str) -> bool:
    """Say whether there is a file of this name, whole or not."""
    return (folder() / f"{name}.npz").is_file()


def load(name: str) -> dict[str, NDArray[np.generic]] | None:
    """Read arrays back, or None where there are none or the file is damaged (its checksums are verified)."""
    file = folder() / f"{name}.npz"
    try:
        with file.open("rb") as opened, np.load(opened, allow_pickle=False) as stored:
            arrays = {part: stored[part] for part in stored.files}
        with contextlib.suppress(OSError):
            os.utime(file)
        return arrays
    except Exception:  # a missing file says so one way, a damaged one in a dozen: all mean "draw it again"
        return None


def save(name: str, arrays: Mapping[str, NDArray[np.generic]]) -> None:
    """Keep arrays in a file, where that can be written: a reader sees a whole file or none."""
    with contextlib.suppress(OSError):
        folder().mkdir(parents=True, exist_ok=True)
        with whole_file(folder() / f"{name}.npz") as unfinished:
            np.savez(unfinished, **arrays)  # type: ignore[arg-type]
        _make_room()


def _make_room() -> None:
    """Forget the scenes that were not used for longest, once all take more than LIMIT bytes."""
    files = []
    for file in folder().iterdir():
        with contextlib.suppress(OSError):
            state = file.stat()
            if PART in file.suffixes:
                continue  # being written; `whole_file` clears what killed writers left
            files.append((state.st_mtime, state.st_size, file))
    total = sum(size for _, size, _ in files)
    for _, size, file in sorted(files):
        if total <= LIMIT:
            break
        with contextlib.suppress(OSError):
            file.unlink()
            total -= size
