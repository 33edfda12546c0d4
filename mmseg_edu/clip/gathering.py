"""Gather decoded frames into arrays: pictures upright and scaled, sound mono and in its place."""

from __future__ import annotations

from typing import Any

import numpy as np

from mmseg_edu.clip.layouts import check_layout
from mmseg_edu.clip.planning import BYTES_PER_NUMBER, too_large
from mmseg_edu.clip.probing import Track
from mmseg_edu.clip.scaling import SWS_BT601, SWS_BT709, TO_RGB
from mmseg_edu.preprocess.sound import resample, to_mono

# Sound frames are laid end to end; only a jump of the timestamps larger than this is a real gap.
# (WebM rounds timestamps to milliseconds, which must not be heard.)
_GAP_SECONDS = 0.02
# Film and television up to 576 lines were made in the colours of BT.601, high definition in those of BT.709.
_LARGEST_SD = (576, 1280)
_UNTOLD = 2  # ISO/IEC 23001-8, MatrixCoefficients: unspecified.


class Pictures:
    """Collects pictures as bytes, scaled and upright, and refuses to grow past its budget."""

    def __init__(self, size: tuple[int, int] | None, max_bytes: int) -> None:
        self.size, self.max_bytes = size, max_bytes
        self.frames: list[np.ndarray] = []
        self.times: list[float] = []
        self.bytes = 0
        self._matrices: dict[int, tuple[int, int, int, int]] = {}

    def fresh(self) -> Pictures:
        """Make an empty collection of the same kind."""
        return Pictures(self.size, self.max_bytes)

    @property
    def holds_anything(self) -> bool:
        return bool(self.frames)

    def keep(self, frame: Any, time: float) -> None:
        # Asking a frame for its notes has it hold itself until Python next looks for such circles; hundreds may by then
        # fill the memory. Its rotation may be asked, and the notes of each rotation are looked up once.
        turn = frame.rotation
        if turn not in self._matrices:
            self._matrices[turn] = _display_matrix(frame)
        picture = _upright(frame, self.size, self._matrices[turn])
        if self.frames and picture.shape != self.frames[0].shape:
            (old_h, old_w), (new_h, new_w) = self.frames[0].shape[:2], picture.shape[:2]
            raise ValueError(
                f"all pictures must have one size, got {old_h} x {old_w} and, "
                f"from {time:.2f} s, {new_h} x {new_w}: "
                "pass size=(height, width) to scale them all alike"
            )
        if self.times and time <= self.times[-1]:
            self.frames[-1] = picture
            return
        self.bytes += picture.size * BYTES_PER_NUMBER
        if self.bytes > self.max_bytes:
            raise ValueError(too_large(self.bytes, self.max_bytes, "the pictures up to " + f"{time:.2f} s"))
        self.frames.append(picture)
        self.times.append(time)

    def assembled(self) -> np.ndarray:
        frames = np.empty((len(self.frames), *self.frames[0].shape), np.float32)
        for i in range(len(frames)):
            np.divide(self.frames[i], np.float32(255), out=frames[i])
            self.frames[i] = np.empty(0, np.uint8)  # Frees the bytes while the floats grow; a view would not.
        return frames


class Chunks:
    """Collects mono sound with its place on the clock."""

    def __init__(self, start: float, track: Track | None, max_bytes: int) -> None:
        self.start, self.track, self.max_bytes = start, track, max_bytes
        self.rate = track.rate if track else 1
        self.placed: list[tuple[int, np.ndarray]] = []
        self.gaps: list[tuple[float, float]] = []
        self.next = 0
        self.bytes = 0

    def fresh(self) -> Chunks:
        """Make an empty collection of the same kind."""
        return Chunks(self.start, self.track, self.max_bytes)

    @property
    def holds_anything(self) -> bool:
        return bool(self.placed)

    def keep(self, frame: Any, time: float) -> float:
        if frame.sample_rate != self.rate:
            raise ValueError(
                f"the sound must keep one rate, got {self.rate} Hz and, "
                f"from {time:.2f} s, {frame.sample_rate} Hz: "
                "export the file anew with one rate"
            )
        mono = _mono(frame)
        place = round((time - self.start) * self.rate)
        if self.placed and abs(place - self.next) <= _GAP_SECONDS * self.rate:
            place = self.next
        elif self.placed and place > self.next:
            self.gaps.append((self.start + self.next / self.rate, time))
        self.bytes += 2 * mono.nbytes
        if self.bytes > self.max_bytes:
            raise ValueError(too_large(self.bytes, self.max_bytes, f"the sound up to {time:.2f} s"))
        self.placed.append((place, mono))
        self.next = place + len(mono)
        return self.start + self.next / self.rate - time

    def assembled(self, length: float, new_rate: int | None) -> np.ndarray:
        """Lay the chunks on `length` seconds of silence, then resample."""
        count = max(1, round(length * self.rate))
        wanted = max(1, round(length * (new_rate or self.rate)))
        # The chunks, the sound laid out, and what resampling makes of it and pads.
        needed = self.bytes // 2 + 4 * count + (8 * wanted if wanted != count else 0)
        if needed > self.max_bytes:
            raise ValueError(too_large(needed, self.max_bytes, "the sound"))
        sound = np.zeros(count, np.float32)
        for place, chunk in self.placed:
            first, last = max(place, 0), min(place + len(chunk), count)
            if first < last:
                sound[first:last] = chunk[first - place : last - place]
        self.placed.clear()
        if new_rate and new_rate != self.rate:
            sound = resample(sound, self.rate, new_rate)[:wanted]
            sound = np.pad(sound, (0, wanted - len(sound)))
        # Lossy codecs overshoot full scale a little.
        return np.clip(sound, -1.0, 1.0, out=sound)


def _upright(frame: Any, size: tuple[int, int] | None, matrix: tuple[int, int, int, int]) -> np.ndarray:
    """Scale a decoded frame, turn it to 8-bit RGB, and undo the rotation or mirroring noted in it."""
    a, b, c, d = matrix
    turned = abs(b) > abs(a)
    height, width = size if size else (frame.width, frame.height) if turned else (frame.height, frame.width)
    if turned:
        height, width = width, height
    picture = frame.reformat(
        width=width,
        height=height,
        format="rgb24",
        interpolation=TO_RGB,
        src_colorspace=_untold_colours(frame),
    ).to_ndarray()
    if turned:
        picture = picture.transpose(1, 0, 2)
    across, down = (c, b) if turned else (a, d)
    return np.ascontiguousarray(picture[:: -1 if down < 0 else 1, :: -1 if across < 0 else 1])


def _untold_colours(frame: Any) -> int | None:
    """Guess the colours of a frame that does not name them as players do: by its size; None where it names them."""
    if frame.colorspace != _UNTOLD or frame.format.name.startswith(("rgb", "bgr", "gbr", "gray", "pal")):
        return None
    return SWS_BT709 if frame.height > _LARGEST_SD[0] or frame.width >= _LARGEST_SD[1] else SWS_BT601


def _display_matrix(frame: Any) -> tuple[int, int, int, int]:
    """Read [a b; c d] of the map (x, y) -> (ax + cy, bx + dy) from stored to shown pixels."""
    from av.sidedata.sidedata import Type

    notes = frame.side_data
    for i in range(len(notes)):
        if notes[i].type == Type.DISPLAYMATRIX:
            matrix = np.frombuffer(bytes(notes[i]), np.int32)
            if len(matrix) == 9 and np.any(matrix[:2]):
                return int(matrix[0]), int(matrix[1]), int(matrix[3]), int(matrix[4])
    return 1, 0, 0, 1


def _mono(frame: Any) -> np.ndarray:
    """Mean of a frame's channels, the low-frequency one left out, as float32."""
    names = [channel.name for channel in frame.layout.channels]
    check_layout(frame.layout.name)  # A damaged file may change it on the way.
    samples = frame.to_ndarray()
    if not frame.format.is_planar:
        samples = samples.reshape(-1, len(names)).T
    full = [i for i, name in enumerate(names) if not name.startswith("LFE")] or list(range(len(names)))
    if samples.dtype == np.uint8:
        samples = (samples.astype(np.float32) - 128) / 128
    elif samples.dtype.kind == "i":
        samples = samples / -float(np.iinfo(samples.dtype).min)
    finite = np.nan_to_num(samples[full], nan=0.0, posinf=1.0, neginf=-1.0)
    return to_mono(finite.T).astype(np.float32)
