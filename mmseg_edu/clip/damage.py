"""Was the end of a file cut off? Its own size fields say so, before anything is decoded."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

_EBML = b"\x1a\x45\xdf\xa3"
_RIFF_OPEN = 0xFFFFFFF0
_MP4_FIRST_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot", b"styp")


def missing_end(path: Path) -> tuple[int, str]:
    r"""Count the bytes that a file's own size fields promise beyond its end, and name the part cut through.

    An MP4 or MOV file is a row of boxes, a WebM file is one segment, AVI and WAV are one RIFF chunk; each
    begins with its own length. Where the last length reaches past the end of the file, a copy or a download
    stopped early.

    Parameters
    ----------
    path : Path
        A readable file of any kind.

    Returns
    -------
    missing : int, bytes
        0 when the file is whole or does not say, as live recordings do not.
    part : str
        The MP4 box that the cut goes through ("moov" is the table of contents), "Segment", "RIFF", or "".

    References
    ----------
    ISO/IEC 14496-12 (boxes); RFC 8794 (EBML lengths).

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
        elif head[4:] in _MP4_FIRST_BOXES:
            end, part = _end_of_boxes(file, size)
        else:
            return 0, ""
    return (end - size, part) if end > size else (0, "")


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
