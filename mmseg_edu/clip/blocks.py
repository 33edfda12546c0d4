"""Do the blocks of a Matroska or WebM file lie end to end? FFmpeg searches on after damage and says nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

# Elements by their identifiers, RFC 9559, section 5: the two that stand outermost, what stands in a segment, and
# what stands in a cluster.
_EBML, _SEGMENT = 0x1A45DFA3, 0x18538067
_TRACKS, _CLUSTER = 0x1654AE6B, 0x1F43B675
_IN_SEGMENT = {
    _TRACKS, _CLUSTER, 0x114D9B74, 0x1549A966, 0x1C53BB6B, 0x1941A469, 0x1043A770, 0x1254C367, 0xEC, 0xBF,
}  # fmt: skip
_SIMPLE_BLOCK, _BLOCK_GROUP, _BLOCK = 0xA3, 0xA0, 0xA1
_IN_CLUSTER = {_SIMPLE_BLOCK, _BLOCK_GROUP, 0xE7, 0x5854, 0xA7, 0xAB, 0xAF, 0xEC, 0xBF}
_ENTRY, _TRACK_NUMBER = 0xAE, 0xD7


def broken_blocks(path: Path) -> str:
    r"""Say where the blocks of a Matroska or WebM file do not lie end to end; "" where all do.

    A segment is a row of clusters, and a cluster a row of blocks, each of which begins with its own length and
    names its track. Where something else stands, or a block of no track, what lay there is lost.

    Parameters
    ----------
    path : Path
        A readable file of any kind; what is not Matroska is not judged. An end that is cut off a file of known
        length is not looked for here, see :func:`mmseg_edu.clip.damage.missing_end`.

    References
    ----------
    RFC 8794 (elements and their lengths); RFC 9559, 5.1.3 (clusters).
    """
    size = path.stat().st_size
    # Without a buffer: only the heads of the blocks are read, and what lies between them is most of the file.
    with path.open("rb", buffering=0) as file:
        name, _, stop = _element(file, 0)
        if name != _EBML or stop is None:
            return ""
        name, begin, end = _element(file, stop)
        if name != _SEGMENT:
            return f"no segment follows its head, at byte {stop}"
        return _broken_row(file, begin, size if end is None else min(end, size), end is not None)


def _broken_row(file: BinaryIO, begin: int, end: int, known: bool) -> str:
    """Go through what stands in a segment; ``known`` says whether the segment gives its own length."""
    tracks: set[int] = set()
    at = begin
    while at < end:
        name, content, stop = _element(file, at)
        if name not in _IN_SEGMENT or (stop is None and name != _CLUSTER):
            return f"the row of its blocks is broken at byte {at}"
        if name == _CLUSTER:
            at, said = _through_cluster(file, content, stop, end, tracks)
            if said:
                return said
        else:
            if name == _TRACKS and stop is not None:
                tracks |= _numbers_of_tracks(file, content, min(stop, end))
            at = end if stop is None else stop
    # The length of the whole segment says the same of a cut, where it is given.
    return "" if known or at <= end else f"{at - end} bytes are missing at its end"


def _through_cluster(
    file: BinaryIO, begin: int, stop: int | None, end: int, tracks: set[int]
) -> tuple[int, str]:
    """Go through the blocks of a cluster, to its end or to the next one; give where that is, and what is wrong."""
    at = begin
    while at < min(end, end if stop is None else stop):
        name, content, after = _element(file, at)
        if stop is None and name in _IN_SEGMENT - _IN_CLUSTER:
            return at, ""
        broken = f"the row of its blocks is broken at byte {at}"
        if name not in _IN_CLUSTER or after is None or (stop is not None and after > stop):
            return at, broken
        block = (
            content
            if name == _SIMPLE_BLOCK
            else _block_of_group(file, content, after)
            if name == _BLOCK_GROUP
            else 0
        )
        if block and after <= end and tracks and _number(file, block)[0] not in tracks:
            return at, f"a block belongs to none of its tracks, at byte {at}"
        at = after
    return at, ""


def _block_of_group(file: BinaryIO, begin: int, end: int) -> int:
    """Find the block in a group; 0 where there is none."""
    return next((content for name, content, _ in _elements(file, begin, end) if name == _BLOCK), 0)


def _numbers_of_tracks(file: BinaryIO, begin: int, end: int) -> set[int]:
    numbers = set()
    for name, content, stop in _elements(file, begin, end):
        for inner, place, after in _elements(file, content, stop) if name == _ENTRY else ():
            if inner == _TRACK_NUMBER:
                file.seek(place)
                numbers.add(int.from_bytes(file.read(after - place), "big"))
    return numbers


def _elements(file: BinaryIO, begin: int, end: int) -> Iterator[tuple[int, int, int]]:
    """List the elements between two places as (name, begin of the content, end), as far as they lie end to end."""
    while begin < end:
        name, content, stop = _element(file, begin)
        if stop is None or stop > end:
            return
        yield name, content, stop
        begin = stop


def _element(file: BinaryIO, at: int) -> tuple[int, int, int | None]:
    """Read the head of an element: its name, where its content begins and ends; None for an unknown length."""
    file.seek(at)
    head = file.read(12)
    wide = 9 - head[0].bit_length() if head and head[0] >> 4 else 0
    if not wide or len(head) <= wide:
        return 0, at, None
    length, width = _parsed(head[wide:])
    content = at + wide + width
    return int.from_bytes(head[:wide], "big"), content, None if length is None else content + length


def _number(file: BinaryIO, at: int) -> tuple[int | None, int]:
    file.seek(at)
    return _parsed(file.read(8))


def _parsed(data: bytes) -> tuple[int | None, int]:
    """Parse a number of 1 to 8 bytes, whose leading zeros say how many; all ones mean "unknown"."""
    width = 9 - data[0].bit_length() if data and data[0] else 8
    value = int.from_bytes(data[:width].ljust(width, b"\0"), "big") & (1 << 7 * width) - 1
    return (None if value == (1 << 7 * width) - 1 else value), width
