"""ESC-50 from where its author publishes it: only when asked, checked, and there whole or not at all."""

from __future__ import annotations

import hashlib
import os
import string
from collections.abc import Sequence
from pathlib import Path

from mmseg_edu.cache_folder import cache_folder
from mmseg_edu.datasets.esc_table import TABLE
from mmseg_edu.datasets.partial_file import fetch, partial_file
from mmseg_edu.datasets.unpacking import unpack

# What the author's page links to; the server that it leads to; and the same files packed the other way.
ESC50_URLS = (
    "https://github.com/karolpiczak/ESC-50/archive/master.zip",
    "https://codeload.github.com/karolpiczak/ESC-50/zip/refs/heads/master",
    "https://codeload.github.com/karolpiczak/ESC-50/tar.gz/refs/heads/master",
)


def download_esc50(
    folder: str | os.PathLike[str] | None = None,
    *,
    url: str | Sequence[str] = ESC50_URLS,
    known_hash: str | None = None,
    progress: bool = False,
) -> Path:
    """Download ESC-50, which holds ESC-10 (about 600 MB, and 900 MB unpacked), where :func:`esc50` finds it.

    Parameters
    ----------
    folder : path or None
        Where to put it, as the folder ESC-50. None: into the cache (in the folder that the environment variable
        MMSEG_EDU_CACHE names, or else the user's).
    url : str or sequence of str
        The archive, a .zip or .tar.gz, and mirrors of it, tried in this order until one gives the data set; by default
        the one that the author's page links to and others of that server.
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
        No server can be reached, or each answers with an error or breaks off. What has come by then is kept; the next
        call goes on from there where the server can send a part of a file, and begins again where it cannot.
    ValueError
        The archive is not what was wanted: another hash, another table, no .zip or .tar.gz, a file missing or
        damaged, a name that leads out of the archive, a link or a device in it. Nothing of it is kept. (Of
        several mirrors none gave the data set, and one this.)
    FileExistsError
        Something else is in its place.

    Notes
    -----
    The archive is made anew from the author's repository, so no hash of it lasts: published loaders state
    different ones for the same address. What lasts is the table of the clips, whose MD5 those loaders agree on.
    Without a `known_hash` the table must have that MD5, every clip that it names must be there, and each must
    agree with the CRC-32 in the archive (a .tar.gz has one for all). That finds damage and another version; against
    forgery there is only the server's certificate. To be sure, give a `known_hash` that you trust.

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
    urls = [url] if isinstance(url, str) else list(url)
    if not urls or not all(isinstance(each, str) and each for each in urls):
        raise ValueError(f"url must be an address, or several, got {url!r}: leave it out for the author's")
    home.mkdir(parents=True, exist_ok=True)
    failed: list[ConnectionError | ValueError] = []
    for each in urls:
        try:
            _download(each, home, goal, known_hash, progress)
            return goal
        except (ConnectionError, ValueError) as error:
            failed.append(error)
    raise _all_failed(failed)


def _download(url: str, home: Path, goal: Path, known_hash: str | None, progress: bool) -> None:
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


def _all_failed(failed: Sequence[ConnectionError | ValueError]) -> ConnectionError | ValueError:
    """Join what each mirror's failure says; one that answered with something else weighs more than silence."""
    if len(failed) == 1:
        return failed[0]
    said = "; ".join(f"({i}) {error}" for i, error in enumerate(failed, 1))
    kind = next((ValueError for error in failed if isinstance(error, ValueError)), ConnectionError)
    return kind(f"one of {len(failed)} mirrors must give the data set, and none does: {said}")


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
