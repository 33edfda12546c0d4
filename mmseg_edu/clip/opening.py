"""Open a media file, from the disk and nowhere else, or say why it cannot be opened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# Only real media containers, and only from the disk: a play list called holiday.mp4 must not make FFmpeg
# fetch things.
_FORMATS = "mov,matroska,webm,avi,mpegts,mpeg,ogg,wav,flac,mp3,aac,flv,asf,aiff,caf,au,w64,wv,amr,ac3,eac3"
# What people take for a video and is none: (kind, where its mark stands, the mark).
_OTHER_KINDS = (
    ("a GIF", 0, b"GIF8"),
    ("a PNG picture", 0, b"\x89PNG"),
    ("a JPEG picture", 0, b"\xff\xd8\xff"),
    ("a WebP picture", 8, b"WEBP"),
    ("an AVIF picture", 4, b"ftypavi"),
    ("a HEIC picture", 4, b"ftyphei"),
    ("a MIDI file, notes without sound", 0, b"MThd"),
    ("a PDF document", 0, b"%PDF"),
)


@contextmanager
def opened(path: Path, missing: int) -> Iterator[Any]:
    """Open a media file with PyAV; what FFmpeg cannot open becomes a ValueError that says what to do."""
    import av

    # A title in another alphabet's bytes is no reason to refuse a film; from PyAV 19 on it never is.
    lenient = {"metadata_errors": "replace"} if int(av.__version__.split(".")[0]) < 19 else {}
    options = {"protocol_whitelist": "file", "format_whitelist": _FORMATS}
    try:
        container = av.open(str(path), options=options, **lenient)
    except (av.FFmpegError, UnicodeError, ValueError, MemoryError) as error:
        raise unreadable(path, missing) from error
    with container:
        yield container


def unreadable(path: Path, missing: int) -> ValueError:
    """Say why nothing can be read, given the number of bytes that are missing at the file's end."""
    reason, remedy = "FFmpeg finds no readable video or sound in it", "copy or download it again"
    with path.open("rb") as file:
        head = file.read(16)
    other = next((kind for kind, at, mark in _OTHER_KINDS if head[at : at + len(mark)] == mark), None)
    if other:
        reason, remedy = (
            f"it is {other}, which is not read",
            "turn it into an .mp4 (pictures: open it with Pillow)",
        )
    if missing:
        reason = (
            f"it was cut off: {missing} bytes are missing at its end, and with them its table of contents"
        )
    return ValueError(
        f"{path.name!r} must be a whole video file (.mp4, .webm, .mov), but {reason}: "
        f"{remedy}, or open it in a player and export it anew"
    )
