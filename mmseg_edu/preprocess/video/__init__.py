"""Moving pictures: the picture of a moment, how much moves and where to, and the sound that belongs to it."""

from mmseg_edu.preprocess.video.alignment import Alignment, align, shift_sound, synchrony
from mmseg_edu.preprocess.video.flow import optical_flow
from mmseg_edu.preprocess.video.moments import blend_at, frame_at, resample_frames
from mmseg_edu.preprocess.video.motion import motion_energy
from mmseg_edu.preprocess.video.onsets import onset_strength

__all__ = [
    "Alignment",
    "align",
    "blend_at",
    "frame_at",
    "motion_energy",
    "onset_strength",
    "optical_flow",
    "resample_frames",
    "shift_sound",
    "synchrony",
]
