"""Train what ships with the package, and the network that listens."""

from mmseg_edu.models.train.audio_visual import train_audio_visual
from mmseg_edu.models.train.encoder import train_encoder
from mmseg_edu.models.train.experts import train_experts
from mmseg_edu.models.train.fcn_classifier import train_fcn_classifier
from mmseg_edu.models.train.pictures import mirrored, noisy
from mmseg_edu.models.train.shares import pixel_shares
from mmseg_edu.models.train.sounding import learn_flags, learn_objects, train_sounding

__all__ = [
    "learn_flags",
    "learn_objects",
    "mirrored",
    "noisy",
    "pixel_shares",
    "train_audio_visual",
    "train_encoder",
    "train_experts",
    "train_fcn_classifier",
    "train_sounding",
]
