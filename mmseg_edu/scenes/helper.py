"""A second process that draws the later chunks of a large batch while the first draws the earlier ones.

They share nothing but the cache on disk: whoever finds a chunk there takes it, and without the helper the
work is done all the same. It is a plain `python -m`, which needs no `if __name__ == "__main__"` around the
caller and works from notebooks.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from . import cache as disk

ENOUGH = 4


@contextlib.contextmanager
def helping(seed: int, parts: Sequence[tuple[int, int]], options: dict[str, Any] | None) -> Iterator[None]:
    """Run a helper meanwhile, where it pays: chunks missing, more than one core, a cache to write to.

    Parameters
    ----------
    seed : int
    parts : sequence of (first scene, count)
    options : dict or None
        What `make_batch` draws, None without a cache.
    """
    helper = None
    if options is not None and (os.cpu_count() or 1) > 1 and sys.executable:
        missing = [p for p in parts if not disk.has(disk.key(seed=seed, first=p[0], count=p[1], **options))]
        if len(missing) >= ENOUGH and disk.writable():
            task = json.dumps([seed, missing[::-1], options])
            with contextlib.suppress(OSError):
                helper = subprocess.Popen(
                    [sys.executable, "-m", __name__, task],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
                )
    try:
        yield
    finally:
        if helper is not None:
            helper.terminate()
            helper.wait()


def main(task: str) -> None:
    """Draw chunks into the cache, the last first, until one is there: then the caller has come to meet us."""
    from .batches import chunk

    seed, parts, options = json.loads(task)
    if isinstance(options["objects"], list):
        options["objects"] = tuple(options["objects"])
    for first, count in parts:
        if disk.has(disk.key(seed=seed, first=first, count=count, **options)):
            break
        chunk(seed, first, count, options, True)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that a half-written file is tidied away
    main(sys.argv[1])
