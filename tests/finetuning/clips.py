"""Tiny films with masks: a bright square on the dark is what sounds, a frame a quarter of a second."""

from pathlib import Path

import numpy as np
from PIL import Image

from mmseg_edu.clip import Clip, write_video
from mmseg_edu.datasets import IGNORE

SIDE, COUNT = 32, 4


def truth(seed: int) -> np.ndarray:
    """A square of 12 pixels somewhere, and in the corner four pixels that nobody knows."""
    y, x = np.random.default_rng(seed).integers(0, SIDE - 12, 2)
    labels = np.zeros((SIDE, SIDE), np.uint8)
    labels[y : y + 12, x : x + 12] = 1
    labels[-2:, -2:] = IGNORE
    return labels


def put_clip(
    home: Path, name: str, seed: int, label: int = 1, masks: int = COUNT, sound: bool = True
) -> Path:
    """A film of one still picture, masks for its first frames, and a tone."""
    home.mkdir(exist_ok=True)
    labels = truth(seed)
    picture = np.where(labels == 1, 0.9, 0.1).astype(np.float32)
    frames = np.broadcast_to(picture[None, :, :, None], (COUNT, SIDE, SIDE, 3)).copy()
    wave = (0.3 * np.sin(np.arange(16000) / 5)).astype(np.float32) if sound else None
    clip = Clip(frames, np.arange(COUNT) / 4, wave, 16000 if sound else None, duration=1.0)
    path = write_video(clip, home / f"{name}.webm")
    for k in range(masks):
        (home / f"{name}_masks").mkdir(exist_ok=True)
        values = np.where(labels == 1, label, labels).astype(np.uint8)
        Image.fromarray(values).save(home / f"{name}_masks" / f"{k:05d}.png")
    return path


def put_folder(home: Path, count: int = 5, names: str = "background\nsquare\n") -> Path:
    """So many clips with masks, and one without."""
    for seed in range(count):
        put_clip(home, f"clip{seed}", seed)
    put_clip(home, "unmasked", 99, masks=0)
    if names:
        (home / "classes.txt").write_text(names, encoding="utf-8")
    return home
