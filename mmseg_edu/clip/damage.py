"""Was the end of a file cut off? Its own size fields say so, before anything is decoded."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import BinaryIO

_EBML = b"\x1a\x45\xdf\xa3"
_RIFF_OPEN = 0xFFFFFFF0
_ASF_HEAD = uuid.UUID("75b22630-668e-11cf-a6d9-00aa0062ce6c").bytes_le
_ASF_FILE = uuid.UUID("8cabdca1-a947-11cf-8ee4-00c00c205365").bytes_le
_PACKET = 188  # Of a transport stream.
_PACK = b"\0\0\1\xba"  # What the units of a program stream begin with.
_MP4_FIRST_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot", b"styp")


def missing_end(path: Path) -> tuple[int, str]:
    r"""Count the bytes that a file's own size fields promise beyond its end, and name the part cut through.

    An MP4 or MOV file is a row of boxes, a WebM file is one segment, AVI and WAV are one RIFF chunk, AIFF, CAF
    and AU likewise; each begins with its own length. Where the last length reaches past the end of the file, a
    copy or a download stopped early. A broadcast stream is a row of packets of 188 bytes, and a DVD's one of
    packets that give their length.

    Parameters
    ----------
    path : Path
        A readable file of any kind.

    Returns
    -------
    missing : int, bytes
        0 when the file is whole or does not say, as live recordings do not.
    part : str
        The MP4 box that the cut goes through ("moov" is the table of contents), "Segment", "RIFF" and so on, or "".

    References
    ----------
    ISO/IEC 14496-12 (boxes); RFC 8794 (EBML lengths); ISO/IEC 13818-1 (packets).

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     half = Path(folder) / "half.mp4"
    ...     _ = half.write_bytes((100).to_bytes(4, "big") + b"ftyp" + bytes(40))
    ...     missing_end(half)
    (52, 'ftyp')
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(8)
        if head[:4] == _EBML:
            end, part = _end_of_segment(file), "Segment"
        elif head[:4] == b"RIFF":
            end, part = 8 + int.from_bytes(head[4:], "little"), "RIFF"
            # A recorder that never came to write the length leaves all ones.
            end = 0 if end > _RIFF_OPEN else end
        elif head[:4] in (b"FORM", b"caff", b".snd"):
            end, part = _end_of_sound(file, head, size), head[:4].decode()
        elif head[:1] == b"G" and _marks(file, _PACKET, size):
            end, part = -(-size // _PACKET) * _PACKET, "packet"
        elif head[:4] == _PACK:
            end, part = _end_of_pack(file, size), "packet"
        elif head == _ASF_HEAD[:8]:
            end, part = _end_of_asf(file), "packet"
        elif head[4:] in _MP4_FIRST_BOXES:
            end, part = _end_of_boxes(file, size)
        else:
            return 0, ""
    return (end - size, part) if end > size else (0, "")


def _end_of_sound(file: BinaryIO, head: bytes, size: int) -> int:
    """Find where an AIFF, CAF or AU file ends by its own account; 0 where it does not say."""
    if head[:4] == b"FORM":
        return 8 + int.from_bytes(head[4:], "big")
    if head[:4] == b".snd":
        length = int.from_bytes(file.read(4), "big")
        return 0 if length == 0xFFFFFFFF else int.from_bytes(head[4:], "big") + length
    at = 8
    while at + 12 <= size:
        file.seek(at + 4)
        length = int.from_bytes(file.read(8), "big", signed=True)
        if length < 0:
            return 0
        at += 12 + length
    return at


def _marks(file: BinaryIO, step: int, size: int) -> bool:
    """Say whether the first five packets of a transport stream begin with its mark, "G"."""
    places = range(0, min(5 * step, size), step)
    return len(places) == 5 and all(_at(file, place, 1) == b"G" for place in places)


def _end_of_pack(file: BinaryIO, size: int) -> int:
    """Find where the last packet of a program stream ends (ISO/IEC 13818-1, 2.5.3)."""
    first = max(0, size - 65536)
    tail = _at(file, first, 65536)
    at = tail.rfind(_PACK)
    if at < 0 or at + 14 > len(tail):
        return 0
    at += 14 + (tail[at + 13] & 7) if tail[at + 4] >> 6 == 1 else 12
    while tail[at : at + 3] == b"\0\0\1" and at + 6 <= len(tail) and tail[at + 3] > 0xBA:
        at += 6 + int.from_bytes(tail[at + 4 : at + 6], "big")
    return first + at


def _end_of_asf(file: BinaryIO) -> int:
    """Read the size that an ASF or WMV file says it has; 0 for a broadcast, which cannot know."""
    head = _at(file, 0, 65536)
    at = head.find(_ASF_FILE)
    if at < 0 or at + 92 > len(head) or head[at + 88] & 1:
        return 0
    return int.from_bytes(head[at + 40 : at + 48], "little")


def _at(file: BinaryIO, place: int, count: int) -> bytes:
    file.seek(place)
    return file.read(count)


def _end_of_boxes(file: BinaryIO, size: int) -> tuple[int, str]:
    position, name = 0, b""
    while position + 8 <= size:
        file.seek(position)
        header = file.read(16)
        length, name = int.from_bytes(header[:4], "big"), header[4:8]
        if length == 1:
            length = int.from_bytes(header[8:16], "big")
        # 0 means "to the end of the file"; less than a header is not a box at all, so nothing can be said.
        if length < 8:
            return size, ""
        position += length
    return position, name.decode("latin-1")


def _end_of_segment(file: BinaryIO) -> int:
    file.seek(4)
    header_length, _ = _read_length(file)
    file.seek(header_length, 1)
    if file.read(4) != b"\x18\x53\x80\x67":
        return 0
    length, unknown = _read_length(file)
    return 0 if unknown else file.tell() + length


def _read_length(file: BinaryIO) -> tuple[int, bool]:
    first = file.read(1)
    if not first or first[0] == 0:
        return 0, True
    width = 9 - first[0].bit_length()
    value = int.from_bytes(first + file.read(width - 1), "big")
    mask = (1 << (7 * width)) - 1
    return value & mask, value & mask == mask
