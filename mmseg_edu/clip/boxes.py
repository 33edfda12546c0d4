"""Do the tables of an MP4 or MOV file agree with one another? FFmpeg takes what it can read and drops the rest."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

# What may stand at the top of a fragmented file (ISO/IEC 14496-12, table 1, and CMAF).
_TOP = (
    b"ftyp", b"styp", b"moov", b"moof", b"mdat", b"mfra", b"sidx", b"ssix", b"free", b"skip", b"wide",
    b"emsg", b"prft", b"uuid", b"meta", b"udta", b"pdin", b"mfro",
)  # fmt: skip
_INSIDE = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"moof", b"traf", b"mvex")
_LARGEST_TABLE = 64_000_000


def broken_tables(path: Path) -> str:
    r"""Say what contradicts itself in the tables of an MP4 or MOV file; "" where nothing does.

    Two things are looked at. A fragmented file is a row of fragments with consecutive numbers, each a table
    and its data: a box of an unknown name or a number left out means that pictures are lost. Any other file
    has one table a track, and its parts must count the same samples.

    Parameters
    ----------
    path : Path
        A readable file of any kind; what is not MP4 or MOV is not judged.

    References
    ----------
    ISO/IEC 14496-12, 8.6 (tables of samples), 8.8 (fragments).
    """
    with path.open("rb") as file:
        if file.read(8)[4:] not in _TOP:
            return ""
        size = path.stat().st_size
        boxes = list(_boxes(file, 0, size))
        fragmented = any(name == b"moof" for name, _, _ in boxes)
        said = _broken_row(file, boxes, size) if fragmented else ""
        for name, begin, end in boxes:
            if name in (b"moov", b"moof") and end <= size and end - begin <= _LARGEST_TABLE:
                said = said or _broken_counts(file, begin, end)
        return said


def _boxes(file: BinaryIO, begin: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """List the boxes between two places as (name, begin of the content, end); stops where there is none."""
    while begin + 8 <= end:
        file.seek(begin)
        header = file.read(16)
        length, name, content = int.from_bytes(header[:4], "big"), header[4:8], begin + 8
        if length == 1:
            length, content = int.from_bytes(header[8:16], "big"), begin + 16
        elif length == 0:
            length = end - begin
        if length < content - begin:
            yield b"", begin, begin
            return
        yield name, content, begin + length
        begin += length


def _broken_row(file: BinaryIO, boxes: list[tuple[bytes, int, int]], size: int) -> str:
    numbers: list[int] = []
    for name, begin, end in boxes:
        if name not in _TOP and begin < size - 8:
            return f"the row of its fragments is broken at byte {begin}"
        if name == b"moof":
            inside = _boxes(file, begin, min(end, size))
            number = next((_number(file, first + 4) for kind, first, _ in inside if kind == b"mfhd"), None)
            if number is None:
                return f"a fragment has no number, at byte {begin}"
            numbers.append(number)
    if len(set(numbers)) == 1:
        return ""  # One fragment, or a writer that does not number them.
    wrong = next(((a, b) for a, b in pairwise(numbers) if b != a + 1), None)
    return f"fragment {wrong[1]} follows on fragment {wrong[0]}" if wrong else ""


def _broken_counts(file: BinaryIO, begin: int, end: int, depth: int = 0) -> str:
    """Compare the counts in the tables inside a box."""
    samples: dict[bytes, int] = {}
    for name, first, last in _boxes(file, begin, end):
        if last > end or name == b"":
            return f"a table reaches beyond the one that holds it, at byte {first}"
        if name in _INSIDE and depth < 8:
            said = _broken_counts(file, first, last, depth + 1)
            if said:
                return said
        elif name == b"trun" and last - first < _length_of_run(file, first):
            return f"a table of samples is shorter than it says, at byte {first}"
        elif name == b"hdlr" and _is_neither_picture_nor_sound(file, first):
            return ""  # Time codes, chapters, sensors: whatever is wrong with them, no picture is lost.
        elif name in (b"stts", b"ctts"):
            count, pairs = _number(file, first + 4), (last - first - 8) // 8
            if count > pairs:
                return f"a table of samples is shorter than it says, at byte {first}"
            file.seek(first + 8)
            data = file.read(8 * count)
            if name == b"stts":  # Where ctts ends, pictures are shown in the order in which they are stored.
                samples[name] = sum(int.from_bytes(data[i : i + 4], "big") for i in range(0, 8 * count, 8))
        elif name == b"stsz":
            samples[name] = _number(file, first + 8)
            if _number(file, first + 4) == 0 and 4 * samples[name] > last - first - 12:
                return f"a table of samples is shorter than it says, at byte {first}"
    if len(set(samples.values())) > 1:
        given = ", ".join(f"{name.decode()} {count}" for name, count in samples.items())
        return f"its tables count different numbers of samples ({given})"
    return ""


def _is_neither_picture_nor_sound(file: BinaryIO, first: int) -> bool:
    """Read a handler's kind; QuickTime has one for the place of the data as well ("dhlr"), which says nothing."""
    file.seek(first + 4)
    kind, handled = file.read(4), file.read(4)
    return kind != b"dhlr" and handled not in (b"vide", b"soun")


def _length_of_run(file: BinaryIO, first: int) -> int:
    """Give the bytes that a run of samples needs, from its flags and its count."""
    flags, count = _number(file, first) & 0xFFFFFF, _number(file, first + 4)
    each = sum(4 for bit in (0x100, 0x200, 0x400, 0x800) if flags & bit)
    return 8 + 4 * bool(flags & 1) + 4 * bool(flags & 4) + each * count


def _number(file: BinaryIO, at: int) -> int:
    file.seek(at)
    return int.from_bytes(file.read(4), "big")
