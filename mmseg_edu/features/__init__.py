"""Features f_i(x): numbers that keep what a decision needs and drop the rest.

``mel``, ``spectrogram``, ``mfcc`` and ``sound_vector`` hold the features of sound. Features of pictures that
need a network load only when they are asked for.
"""

from mmseg_edu.features.mel import hz_to_mel, mel_filters, mel_to_hz
from mmseg_edu.features.mfcc import deltas, mfcc
from mmseg_edu.features.sound_vector import sound_vector
from mmseg_edu.features.spectrogram import log_mel

__all__ = [
    "deltas",
    "hz_to_mel",
    "log_mel",
    "mel_filters",
    "mel_to_hz",
    "mfcc",
    "sound_vector",
]
