"""Sounding scenes: clips drawn and synthesised from a seed, and exactly which pixels make the sound.

One to three of four instruments, filled and backed with real photographs, stand in the picture; a subset of
them sounds. The picture alone cannot tell which one sounds, and the sound alone cannot tell where it is.

    >>> from mmseg_edu.scenes import make_batch
    >>> batch = make_batch(3, seed=0, cache=False)
    >>> batch.images.shape, batch.labels.shape, batch.sounds.shape
    ((3, 64, 64, 3), (3, 64, 64), (3, 16000))
"""

from .batches import Batch, make_batch
from .clips import counterfactuals, make_clip, onset_times
from .staging import CLASSES

__all__ = ["CLASSES", "Batch", "counterfactuals", "make_batch", "make_clip", "onset_times"]
