"""ESC-50 from where its author publishes it: only when asked, checked, and there whole or not at all."""

from __future__ import annotations

import hashlib
import os
import string
from pathlib import Path

from mmseg_edu.cache_folder import cache_folder
from mmseg_edu.datasets.esc_table import TABLE
from mmseg_edu.datasets.partial_file import fetch, partial_file
from mmseg_edu.datasets.unpacking import unpack

ESC50_URL = "https://github.com/karolpiczak/ESC-50/archive/master.zip"


def download_esc50(
    folder: str | os.PathLike[str] | None = None,
    *,
    url: str = ESC50_URL,
    known_hash: str | None = None,
    progress: bool = False,
) -> Path:
    """Download ESC-50, which holds ESC-10 (about 600 MB, and 900 MB unpacked), where :func:`esc50` finds it.

    Parameters
    ----------
    folder : path or None
        Where to put it, as the folder ESC-50. None: into the cache (in the folder that the environment variable
        MMSEG_EDU_CACHE names, or else the user's).
    url : str
        The archive, a .zip; by default the one that the author's page links to.
    known_hash : str or None
        What the archive's bytes must hash to: "sha256:..." or "md5:...", or another algorithm of hashlib; without a
        name it is SHA-256. None: see Notes.
    progress : bool
        Show a bar.

    Returns
    -------
    Path
        The data set's folder. If it is there already, nothing is asked of the network.

    Raises
    ------
    ConnectionError
        The server cannot be reached, answers with an error or breaks off. What has come by then is kept; the next
        call goes on from there where the server can send a part of a file, and begins again where it cannot.
    ValueError
        The archive is not what was wanted: another hash, another table, no .zip, a file missing or damaged, or a
        name that leads out of the archive. Nothing of it is kept.
    FileExistsError
        Something else is in its place.

    Notes
    -----
    The archive is made anew from the author's repository, so no hash of it lasts: published loaders state
    different ones for the same address. What lasts is the table of the clips, whose MD5 those loaders agree on.
    Without a `known_hash` the table must have that MD5, every clip that it names must be there, and each must
    agree with the CRC-32 in the archive. That finds damage and another version; against forgery there is only
    the server's certificate. To be sure, give a `known_hash` that you trust.

    The data set appears under its name when all is checked and unpacked, at once. Two calls at a time each
    download for themselves, and one of the two results stays.

    Examples
    --------
    >>> from mmseg_edu import datasets
    >>> home = datasets.download_esc50()  # doctest: +SKIP
    >>> clips = datasets.esc50()  # doctest: +SKIP
    """
    if known_hash is not None:
        known_hash = _checked_hash(known_hash)
    home = Path(folder).expanduser() if folder is not None else cache_folder("datasets")
    goal = home / "ESC-50"
    if (goal / TABLE).exists():
        return goal
    if os.path.lexists(goal):
        raise FileExistsError(
            f"the folder ESC-50 must hold {TABLE} or not be there, and it is there without: move it away"
        )
    home.mkdir(parents=True, exist_ok=True)
    with partial_file(home, url) as part:
        fetch(url, part, progress)
        try:
            if known_hash is not None:
                _check_hash(part, known_hash)
            unpack(part, goal, trusted=known_hash is not None)
        except ValueError:
            part.unlink()
            raise
        part.unlink()
    return goal


def _checked_hash(known_hash: str) -> str:
    """Refuse what can be no hash before a long download, and name the algorithm."""
    algorithm, _, digest = known_hash.lower().rpartition(":")
    algorithm = algorithm or "sha256"
    known = algorithm in hashlib.algorithms_available and hashlib.new(algorithm).digest_size
    if not known or len(digest) != 2 * known or set(digest) - set(string.hexdigits):
        raise ValueError(
            f"known_hash must be an algorithm of hashlib, a colon and its hexadecimal digits, got {known_hash!r}: "
            "give all digits, as in 'sha256:...' or 'md5:...'"
        )
    return f"{algorithm}:{digest}"


def _check_hash(archive: Path, known_hash: str) -> None:
    from pooch import file_hash

    algorithm, _, digest = known_hash.partition(":")
    got = file_hash(str(archive), alg=algorithm)
    if got != digest:
        raise ValueError(
            f"the archive must have the known_hash {known_hash}, got {algorithm}:{got}, and was removed: download it "
            "again, and if that repeats ask whoever gave the hash whether there is a newer version"
        )
