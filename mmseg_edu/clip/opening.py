"""Open a media file, from the disk and nowhere else, or say why it cannot be opened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# Only real media containers, and only from the disk: a play list called holiday.mp4 must not make FFmpeg
# fetch things.
_FORMATS = "mov,matroska,webm,avi,mpegts,mpeg,ogg,wav,flac,mp3,aac,flv,asf"


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
    reason = "FFmpeg finds no readable video or sound in it"
    if missing:
        reason = (
            f"it was cut off: {missing} bytes are missing at its end, and with them its table of contents"
        )
    return ValueError(
        f"{path.name!r} must be a whole video file (.mp4, .webm, .mov), but {reason}: "
        "copy or download it again, or open it in a player and export it anew"
    )
