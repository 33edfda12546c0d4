"""The sound around each moment of a film, out of a sound that comes in pieces."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

# The shipped networks learnt from sounds of a second; the audio-visual benchmark gives each frame a second too.
SECONDS = 1.0
# Of a shorter sound no spectrum tells anything: it is filled up with silence.
_SHORTEST_SECONDS = 0.1


def span_around(time: float, heard: float, seconds: float = SECONDS) -> tuple[float, float]:
    r"""From when until when to listen for what is seen at a moment: around it, and inside the sound.

    .. math:: e = \min\big(\max(t + \tfrac w2,\, w),\; \max(h, t)\big), \qquad b = \max(0, e - w)

    Parameters
    ----------
    time : float, t, seconds
    heard : float, h, until when there is sound; infinity while no end is in sight
    seconds : float, w

    Returns
    -------
    begin, end : float, seconds
        At the edges the span keeps its length and moves, where the sound is long enough: silence that nobody recorded
        would make a bell sound like a short one.

    Examples
    --------
    >>> span_around(3.0, heard=10.0), span_around(0.1, heard=10.0), span_around(9.9, heard=10.0)
    ((2.5, 3.5), (0.0, 1.0), (9.0, 10.0))
    """
    end = min(max(time + seconds / 2, seconds), max(heard, time))
    return max(0.0, end - seconds), end


class Recording:
    """The piece of a sound that is being listened to; what lies before it is forgotten.

    Parameters
    ----------
    pieces : iterator of (n,) float32, end to end
    rate : int, Hz
    """

    def __init__(self, pieces: Iterator[np.ndarray], rate: int) -> None:
        self.pieces, self.rate = pieces, rate
        self.held = np.zeros(0, np.float32)
        self.first = 0  # The number of the sample that is held first.
        self.ended = False

    def around(self, time: float, seconds: float = SECONDS) -> np.ndarray:
        """The samples of :func:`span_around` a moment, which must not lie before the last one asked for.

        Beyond the end of the sound there is silence.
        """
        self._read_until(max(time + seconds / 2, seconds))
        heard = (self.first + len(self.held)) / self.rate if self.ended else float("inf")
        begin, end = span_around(time, heard, seconds)
        first, last = round(begin * self.rate), round(end * self.rate)
        drop = min(max(first - self.first, 0), len(self.held))
        self.held, self.first = self.held[drop:], self.first + drop
        samples = self.held[first - self.first : last - self.first]
        wanted = max(last - first, round(_SHORTEST_SECONDS * self.rate))
        return np.pad(samples, (0, wanted - len(samples)))

    def _read_until(self, time: float) -> None:
        new, known = [self.held], self.first + len(self.held)
        while not self.ended and known < time * self.rate:
            piece = next(self.pieces, None)
            if piece is None:
                self.ended = True
            else:
                new.append(piece)
                known += len(piece)
        self.held = np.concatenate(new) if len(new) > 1 else self.held
