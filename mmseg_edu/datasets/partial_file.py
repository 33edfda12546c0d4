"""A download that goes on where it broke off, and that two processes never write into together."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from mmseg_edu.whole_file import PART

# A download writes at least every 30 s, or fails: one that has not for so long was killed.
ABANDONED = 3600
# What has come of a piece when the connection breaks is lost; after each the file is up to date.
_PIECE = 2**16


@contextmanager
def partial_file(folder: Path, url: str) -> Iterator[Path]:
    """Give a file of one's own for what an address sends: one that another call left unfinished, or an empty one.

    When the block ends, what is in the file is left for the next call; unlink it when it is used up.
    """
    of_address = f".{hashlib.sha256(url.encode()).hexdigest()[:16]}"
    part = folder / f"{of_address}.{secrets.token_hex(8)}{PART}"
    if not any(_take(left, part) for left in _left_behind(folder, of_address)):
        part.touch(exist_ok=False)
    try:
        yield part
    finally:
        if part.exists():
            if part.stat().st_size:
                abandoned = time.time() - 2 * ABANDONED  # whoever comes next may take it at once
                os.utime(part, (abandoned, abandoned))
            else:
                part.unlink()


def _left_behind(folder: Path, of_address: str) -> list[Path]:
    """List what other calls began and do not write any more, the most first."""
    found = []
    for each in folder.glob(f"{of_address}.*{PART}"):
        with suppress(FileNotFoundError):
            state = each.stat()
            if state.st_mtime < time.time() - ABANDONED:
                found.append((state.st_size, each))
    return [each for _, each in sorted(found, reverse=True)]


def _take(left: Path, part: Path) -> bool:
    """Make an unfinished file one's own; False where another process was faster."""
    try:
        os.utime(left)
        os.rename(left, part)
    except FileNotFoundError:
        return False
    return True


def fetch(url: str, part: Path, progress: bool = False) -> None:
    """Bring a file to what an address sends, going on from what it holds where the server can do that.

    Raises
    ------
    ConnectionError
        Nothing or not all came. What came is in the file.
    """
    from pooch import HTTPDownloader

    with part.open("r+b") as opened:
        answer = _Answer(opened)
        hooks = {"response": answer.begins}
        download = HTTPDownloader(progress, _PIECE, headers=answer.asked, hooks=hooks)
        try:
            download(url, opened, None)
        except OSError as error:
            if error.errno is not None:  # the disk's, not the network's
                raise
            raise ConnectionError(_broken(url, f"{type(error).__name__}: {error}", opened)) from error
        finally:
            answer.ends()
        if answer.total not in (None, opened.tell()):
            raise ConnectionError(_broken(url, f"{opened.tell()} of {answer.total} bytes came", opened))


def _broken(url: str, why: str, opened: BinaryIO) -> str:
    kept = opened.seek(0, os.SEEK_END)
    return (
        f"{url} must be downloaded whole, but {why}. "
        f"{f'{kept} bytes are kept: call again to go on' if kept else 'Call again'}, or give the url of another copy"
    )


class _Answer:
    """Puts the file to where the server's answer begins, which need not be where it was asked to begin."""

    def __init__(self, opened: BinaryIO) -> None:
        self.opened = opened
        # From the last byte, not from the end: a server must refuse to send nothing.
        self.start = max(0, opened.seek(0, os.SEEK_END) - 1)
        # A part of a compressed stream would be no part of the file.
        self.asked = {"Accept-Encoding": "identity"} | (
            {"Range": f"bytes={self.start}-"} if self.start else {}
        )
        self.total: int | None = None
        self.response: Any = None

    def begins(self, response: Any, **_: Any) -> None:
        """Look at the head of an answer, before its body is written."""
        self.response = response
        if response.status_code not in (200, 206, 416):
            return
        sent = re.fullmatch(r"bytes (\d+)-\d+/(\d+)", response.headers.get("Content-Range", ""), re.ASCII)
        plain = response.headers.get("Content-Encoding", "identity") == "identity"
        goes_on = response.status_code == 206 and plain and sent is not None and int(sent[1]) == self.start
        self.opened.seek(self.start if goes_on else 0)
        self.opened.truncate()
        if response.status_code == 206 and not goes_on:
            raise OSError("the server sent another part than was asked for")
        length = sent[2] if sent else response.headers.get("Content-Length", "")
        self.total = int(length) if plain and length.isdecimal() else None

    def ends(self) -> None:
        """Close the connection, which stays open when writing fails in the middle."""
        if self.response is not None:
            self.response.close()
