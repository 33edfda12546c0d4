"""A clip is what is seen, what is heard and what to find; and the way to and from real video files.

``Clip`` holds arrays and checks them; ``read_video``, ``read_sound`` and ``write_video`` are the only
functions of the package that touch media files. They go through PyAV, whose wheels carry FFmpeg, so nothing
else is installed.
"""

from mmseg_edu.clip.clip import Clip
from mmseg_edu.clip.reading import read_sound, read_video
from mmseg_edu.clip.writing import write_video

__all__ = ["Clip", "read_sound", "read_video", "write_video"]
