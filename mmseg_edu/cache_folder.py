"""Where the package keeps what it can draw or download again."""

import os
from pathlib import Path

from platformdirs import user_cache_path


def cache_folder(name: str) -> Path:
    """Give the cache's folder of one kind: in the one that MMSEG_EDU_CACHE names, else in the user's cache.

    Examples
    --------
    >>> cache_folder("scenes").name
    'scenes'
    """
    named = os.environ.get("MMSEG_EDU_CACHE")
    return (Path(named) if named else user_cache_path("mmseg_edu", appauthor=False)) / name
