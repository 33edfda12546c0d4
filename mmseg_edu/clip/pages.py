"""Do the pages of an Ogg file follow on one another, each as it was written? FFmpeg leaves out those that do not."""

from __future__ import annotations

import zlib
from pathlib import Path

_MARK = b"OggS"
_HEAD = 27
_LAST = 4
_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def check_pages(path: Path) -> tuple[str, bool]:
    r"""Say what is wrong with the pages of an Ogg file ("" where nothing is), and whether its last one says so.

    Each page has a number, the sum of its bits, and its length; the last one of a stream says that it is the last.

    Parameters
    ----------
    path : Path
        A readable file of any kind; what is not Ogg is not judged.

    Returns
    -------
    broken : str
    ends : bool
        False where the last page of a stream does not say that it is the last, as when a recording was stopped.

    References
    ----------
    RFC 3533, section 6.
    """
    numbers: dict[bytes, int] = {}
    open_streams: set[bytes] = set()
    size, at = path.stat().st_size, 0
    with path.open("rb") as file:
        while at < size:
            head = file.read(_HEAD)
            if head[:4] != _MARK[: len(head)]:
                # What follows the last page, such as another program's tag, harms nothing.
                behind = at > 0 and not open_streams and _MARK not in head + file.read(65536)
                return "" if behind or at == 0 else f"the row of its pages is broken at byte {at}", True
            lengths = file.read(head[26]) if len(head) == _HEAD else b""
            body = file.read(sum(lengths))
            missing = (
                _HEAD - len(head) if len(head) < _HEAD else head[26] - len(lengths) + sum(lengths) - len(body)
            )
            if missing:
                return f"{missing} bytes are missing at its end", True
            stream, number = head[14:18], int.from_bytes(head[18:22], "little")
            if _checksum(head[:22] + bytes(4) + head[26:] + lengths + body) != int.from_bytes(
                head[22:26], "little"
            ):
                return f"a page is damaged, at byte {at}", True
            if number != numbers.get(stream, number - 1) + 1:
                return f"page {number} follows on page {numbers[stream]}, at byte {at}", True
            numbers[stream] = number
            (open_streams.discard if head[5] & _LAST else open_streams.add)(stream)
            at = file.tell()
    return "", not open_streams


def _checksum(data: bytes) -> int:
    """Ogg's sum is the usual one, zlib.crc32, with the bits of each byte the other way round, begun and ended at 0."""
    mirrored = zlib.crc32(data.translate(_MIRRORED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{mirrored:032b}"[::-1], 2)
