"""A clip is what is seen, what is heard and what to find; and the way to and from real video files.

``Clip`` holds arrays and checks them; ``read_video``, ``read_sound`` and ``write_video`` are the only
functions of the package that touch media files, with ``stream_video``, ``stream_sound`` and ``write_frames`` for
films that fit into no memory. They go through PyAV, whose wheels carry FFmpeg, so nothing else is installed.
"""

from mmseg_edu.clip.clip import Clip
from mmseg_edu.clip.reading import read_sound, read_video
from mmseg_edu.clip.streaming import Shown, stream_sound, stream_video
from mmseg_edu.clip.writing import write_frames, write_video

__all__ = [
    "Clip",
    "Shown",
    "read_sound",
    "read_video",
    "stream_sound",
    "stream_video",
    "write_frames",
    "write_video",
]
