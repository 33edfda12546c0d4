"""Features f_i(x): numbers that keep what a decision needs and drop the rest.

``mfcc`` holds the features of sound. Features of pictures that need a network load only when they are asked
for.
"""

from mmseg_edu.features.mfcc import deltas, log_mel, mfcc, sound_vector

__all__ = ["deltas", "log_mel", "mfcc", "sound_vector"]
