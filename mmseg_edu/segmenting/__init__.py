"""From the file of a clip to the masks of what sounds in it, frame by frame: ``mmseg-edu segment``.

Everything streams: of a long film only a few frames and a second of sound are in memory.
"""

from mmseg_edu.segmenting.film import Segmented, segment_clip

__all__ = ["Segmented", "segment_clip"]
