"""Real recordings and real clips: ESC-50 and ESC-10, the audio-visual benchmark, and folders of one's own.

A loader lists what is there and reads neither sample nor picture; ``recording.read()`` and ``clip.read()`` read one
file or clip when it is wanted, and :func:`batches` reads clips one after another into arrays to learn from.

    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from scipy.io import wavfile
    >>> from mmseg_edu import datasets
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ("bell/a.wav", "bell/b.wav", "drum/a.wav", "drum/b.wav"):
    ...         (Path(folder) / name).parent.mkdir(exist_ok=True)
    ...         wavfile.write(Path(folder) / name, 8000, np.zeros(800, np.int16))
    ...     recordings = datasets.folder_per_class(folder)
    ...     sound, rate = recordings[2].read()
    >>> [recording.label for recording in recordings], sound.shape, rate
    (['bell', 'bell', 'drum', 'drum'], (800,), 8000)
    >>> [(len(train), len(test)) for train, test in datasets.folds_by_source(recordings, 2)]
    [(2, 2), (2, 2)]
"""

from mmseg_edu.datasets.avs import avs_avss, avs_ms3, avs_s4
from mmseg_edu.datasets.avs_clip import AVSClip
from mmseg_edu.datasets.class_folders import folder_per_class
from mmseg_edu.datasets.clip_folder import FilmedClip, folder_of_clips
from mmseg_edu.datasets.composing import compose
from mmseg_edu.datasets.download import download_esc50
from mmseg_edu.datasets.esc import esc10, esc50
from mmseg_edu.datasets.esc_classes import ESC10_CLASSES, ESC50_CLASSES
from mmseg_edu.datasets.examples import Examples, batches
from mmseg_edu.datasets.label_colors import label_colors, labels_of
from mmseg_edu.datasets.masks import IGNORE
from mmseg_edu.datasets.outlines import cutouts
from mmseg_edu.datasets.recording import Recording
from mmseg_edu.datasets.splitting import folds, folds_by_source

__all__ = [
    "ESC10_CLASSES",
    "ESC50_CLASSES",
    "IGNORE",
    "AVSClip",
    "Examples",
    "FilmedClip",
    "Recording",
    "avs_avss",
    "avs_ms3",
    "avs_s4",
    "batches",
    "compose",
    "cutouts",
    "download_esc50",
    "esc10",
    "esc50",
    "folder_of_clips",
    "folder_per_class",
    "folds",
    "folds_by_source",
    "label_colors",
    "labels_of",
]
