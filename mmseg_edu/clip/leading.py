"""Can a packet at a file's beginning be decoded by itself, or does it lean on what a cut has removed?"""

from __future__ import annotations

from typing import Any

from mmseg_edu.clip.probing import Track

# Coded pictures that stand alone (ITU-T H.264, table 7-1: IDR; H.265, table 7-1: BLA and IDR).
_ALONE = {"h264": {5}, "hevc": {16, 17, 18, 19, 20}}


def starts_afresh(packet: Any, track: Track, streamed: bool) -> bool:
    """Say whether a packet needs nothing that came before it, so that a failure to decode it is damage.

    Parameters
    ----------
    packet : av.Packet
        One of the first of its track.
    track : Track
    streamed : bool
        The format may begin anywhere, in the middle of a sound frame too (broadcast and DVD streams).
    """
    if track.rate:
        return not streamed
    alone = _ALONE.get(track.codec)
    if alone is None:
        return bool(packet.is_keyframe)
    kinds = unit_kinds(bytes(packet), track.codec)
    return kinds is None or any(kind in alone for kind in kinds)


def unit_kinds(data: bytes, codec: str) -> list[int] | None:
    """List the kinds of the units in an H.264 or H.265 packet; None where their lengths do not add up.

    Units are marked by start codes, or each begins with its length in 4 bytes.
    """
    firsts, at = [], 0
    while at + 4 < len(data):
        firsts.append(data[at + 4])
        at += 4 + int.from_bytes(data[at : at + 4], "big")
    if at != len(data) and (data[:3] == b"\0\0\1" or data[:4] == b"\0\0\0\1"):
        firsts = [unit[0] for unit in data.split(b"\0\0\1")[1:] if unit]
    elif at != len(data) or any(first & 128 for first in firsts):
        return None
    return [first & 31 if codec == "h264" else first >> 1 & 63 for first in firsts]
