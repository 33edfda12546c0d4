"""Real recordings: ESC-50 and ESC-10 with their authors' folds, and any folder of classes.

A loader lists what is there and reads no sample; ``recording.read()`` reads one file when it is wanted.

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

from mmseg_edu.datasets.class_folders import folder_per_class
from mmseg_edu.datasets.download import download_esc50
from mmseg_edu.datasets.esc import esc10, esc50
from mmseg_edu.datasets.esc_classes import ESC10_CLASSES, ESC50_CLASSES
from mmseg_edu.datasets.recording import Recording
from mmseg_edu.datasets.splitting import folds, folds_by_source

__all__ = [
    "ESC10_CLASSES",
    "ESC50_CLASSES",
    "Recording",
    "download_esc50",
    "esc10",
    "esc50",
    "folder_per_class",
    "folds",
    "folds_by_source",
]
