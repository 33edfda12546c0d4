"""The golden sheets: every drawing, some scenes, and every voice, as the shipped weights learnt them.

`python tests/scenes/golden.py` stores them anew, `golden_pictures.png` and `golden_sounds.png`. Do that only
together with new weights (`mmseg-edu train`), or after looking at what has changed.
"""

from pathlib import Path

import numpy as np
from PIL import Image

from mmseg_edu.scenes import make_batch, picture, sound
from mmseg_edu.scenes.instruments import DISTRACTORS, INSTRUMENTS

PICTURES, SOUNDS = (Path(__file__).with_name(f"golden_{kind}.png") for kind in ("pictures", "sounds"))
SIDE, ACROSS, FRAMES, RATE = 64, 7, 50, 16000
POSES = [(name, struck) for name in INSTRUMENTS for struck in (False, True)]
POSES += [(draw.__name__, False) for draw in DISTRACTORS]
SCENES = 8
NAMES = [f"{name}, {'struck' if struck else 'at rest'}" for name, struck in POSES]
NAMES += [f"scene {k}" for k in range(SCENES)]


def pictures() -> np.ndarray:
    """Draw each thing in each pose on grey, then scenes as networks are shown them, without grain: NAMES."""
    ground = np.full((3, SIDE, SIDE), 0.5, np.float32)
    look = {"size": 0.95, "turn": 0.0, "flip": False, "tint": (0.8, 0.5, 0.3), "strength": 0.4}
    look |= {"filling": 1, "window": (0.2, 0.4)}
    things = [picture.Thing(name, 0.5, 0.5, struck=struck, **look) for name, struck in POSES]
    drawn = [picture.paint(ground, [thing])[0].transpose(1, 2, 0) for thing in things]
    scenes = make_batch(SCENES, seed=0, size=SIDE, image_noise=0.0, clutter=2, cache=False).images
    return np.stack([*drawn, *scenes])


def sounds() -> np.ndarray:
    """Let each voice sound twice: decibels below the peak, 0 to -60, in 32 bands (rows) of 50 frames."""
    heard = []
    for name in sound.VOICES:
        wave = sound.play(name, np.array([0.05, 0.55]), RATE, RATE, np.random.default_rng(3))
        power = np.abs(np.fft.rfft(wave.reshape(FRAMES, -1) * np.hanning(RATE // FRAMES))[:, :160]) ** 2
        bands = power.reshape(FRAMES, 32, 5).sum(2).T
        heard.append(10 * np.log10(np.maximum(bands / bands.max(), 1e-6)))
    return np.stack(heard)


def stored_pictures() -> np.ndarray:
    """What `pictures` gave when the sheet was stored."""
    sheet = np.asarray(Image.open(PICTURES), np.float32) / 255
    rows = sheet.reshape(-1, SIDE, ACROSS, SIDE, 3).transpose(0, 2, 1, 3, 4)
    return rows.reshape(-1, SIDE, SIDE, 3)[: len(NAMES)]


def stored_sounds() -> np.ndarray:
    """What `sounds` gave when the sheet was stored."""
    sheet = np.asarray(Image.open(SOUNDS), np.float32) / 255 * 60 - 60
    return sheet.reshape(len(sound.VOICES), 32, FRAMES)


def store() -> None:
    """Write both sheets."""
    tiles = np.zeros((-(-len(NAMES) // ACROSS) * ACROSS, SIDE, SIDE, 3))
    tiles[: len(NAMES)] = np.clip(pictures(), 0, 1)
    sheet = tiles.reshape(-1, ACROSS, SIDE, SIDE, 3).transpose(0, 2, 1, 3, 4).reshape(-1, ACROSS * SIDE, 3)
    Image.fromarray(np.rint(sheet * 255).astype(np.uint8)).save(PICTURES, optimize=True)
    bands = np.rint((sounds() + 60) / 60 * 255).astype(np.uint8)
    Image.fromarray(bands.reshape(-1, FRAMES)).save(SOUNDS, optimize=True)


if __name__ == "__main__":
    store()
    print(f"stored {PICTURES} and {SOUNDS}")
