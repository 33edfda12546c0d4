"""The channel layouts that a file declares, and which of them can be decoded without harm."""

from __future__ import annotations

import re
from threading import Lock
from typing import Any

# With 8 planes or more PyAV reads past FFmpeg's list of them; a corrupt file may claim 48.
MOST_CHANNELS = 7
# The order in which FFmpeg keeps the loudspeakers of a layout that needs no list of its own.
_USUAL_ORDER = (
    "FL FR FC LFE BL BR FLC FRC BC SL SR TC TFL TFC TFR TBL TBC TBR DL DR WL WR SDL SDR LFE2 "
    "TSL TSR BFC BFL BFR"
)
_LOUDSPEAKERS = _USUAL_ORDER.split()
_LINE = re.compile(r"^ {2}Stream #0:(\d+).*: Audio: .* Hz, ([^,\n]+)", re.MULTILINE)
_LISTED = re.compile(r"(\d+) channels(?: \((.+)\))?")
_LOG = Lock()


def declared_layouts(container: Any) -> dict[int, str]:
    """Read the layout of each sound track from FFmpeg's description of an open file.

    PyAV's own ``layout`` may not be asked: for a layout with a list of its own (loudspeakers in an order of
    the file's choosing) that question alone, and every decoded frame, frees the list twice.

    Returns
    -------
    dict
        From the track's index to a text such as "stereo", "5.1", "6 channels" (nothing is known about
        them) or "3 channels (FC+FL+FR)".
    """
    from av import logging

    with _LOG:
        before = logging.get_level()
        logging.set_level(logging.INFO)
        try:
            described = container.dumps_format()
        finally:
            logging.set_level(before)
    return {int(index): layout.strip() for index, layout in _LINE.findall(described)}


def check_layout(layout: str) -> None:
    """Refuse what PyAV cannot decode without corrupting the memory of the process.

    Raises
    ------
    ValueError
        More than 7 channels, or loudspeakers in an order of the file's own.
    """
    from av import AudioLayout

    listed = _LISTED.fullmatch(layout)
    if listed:
        count, names = int(listed[1]), (listed[2] or "").split("+")
        places = [_LOUDSPEAKERS.index(name) if name in _LOUDSPEAKERS else -1 for name in names]
        ordered = names == [""] or (min(places) >= 0 and places == sorted(set(places)))
    else:
        try:
            count, ordered = AudioLayout(layout).nb_channels if layout else 0, True
        except ValueError:
            count, ordered = 0, False
        ordered = ordered and not layout.startswith("ambisonic")
    if count > MOST_CHANNELS:
        raise ValueError(
            f"sound must have at most {MOST_CHANNELS} channels (5.1 has 6), got {count}: "
            "export the file anew in stereo, or copy it again if it should have fewer"
        )
    if not ordered:
        raise ValueError(
            f"the channels of sound must stand in the usual order (front left, front right, centre, ...), "
            f"got {layout!r}: export the file anew in stereo"
        )
