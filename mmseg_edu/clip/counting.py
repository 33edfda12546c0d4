"""Did everything come that the file lists, and a picture of every packet? What is lost in silence is found here."""

from __future__ import annotations

import math
from typing import Any

from mmseg_edu.clip.leading import starts_afresh
from mmseg_edu.clip.probing import Contents, Track

# Decoders that give exactly one picture a packet; VP8, VP9 and AV1 also have packets that are never shown.
_ONE_EACH = ("h264", "hevc")


class Count:
    """Keeps the timestamps of a track's packets and frames beside those that its index lists."""

    def __init__(self, track: Track, contents: Contents, sought: bool) -> None:
        self.track, self.zero, self.sought = track, contents.zero, sought
        self.exact = contents.whole_samples and not track.rate
        self.one_each = track.codec in _ONE_EACH and self.exact
        self.frames = 0
        self._arrived: set[int] = set()
        self._due: set[int] = set()
        self._due_at_once: set[int] = set()
        self._shown: set[int] = set()
        self._first_shown = math.inf
        self._span = (math.inf, -math.inf)

    def see_packet(self, packet: Any) -> None:
        for ticks in (packet.pts, packet.dts):
            if ticks is not None:
                self._arrived.add(ticks)
                self._span = min(self._span[0], ticks), max(self._span[1], ticks)
        if not (self.exact and packet.size) or packet.pts is None or packet.is_discard:
            return
        if self.one_each:
            self._due.add(packet.pts)
        # A picture that leans on nothing comes even if those before it cannot.
        if self.frames == 0 and not self.sought and starts_afresh(packet, self.track, False):
            self._due_at_once.add(packet.pts)

    def see_frame(self, frame: Any) -> None:
        self.frames += 1
        if frame.pts is not None:
            self._shown.add(frame.pts)
            self._first_shown = min(self._first_shown, frame.pts)

    def first_lost(self, start: float, stop: float, complete: bool) -> float | None:
        """Give the first moment in [start, stop) of which the file lists something that never came.

        ``complete`` says that decoding ended because ``stop`` was reached, not at the end of the data.
        """
        first, last = self._span
        if not complete:
            last = math.inf
        listed = [t for t in self.track.listed if first <= t < last and t not in self._arrived]
        undecoded = [t for t in self._due if self._first_shown <= t and t not in self._shown]
        undecoded += self._due_at_once - self._shown
        times = [t * self.track.tick - self.zero for t in listed + undecoded]
        return min((t for t in times if start <= t < stop), default=None)
