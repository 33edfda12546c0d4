"""The audio-visual benchmark in its three layouts, made while the tests run: tiny pictures, real coding."""

import json
from pathlib import Path

import numpy as np
from PIL import Image

from mmseg_edu.datasets import label_colors

from .trees import put, sound

S4_HEADER = "name,start,category,split"
# One clip of each split, and two categories.
S4_CLIPS = (
    ("-abc_1", "dog_barking", "train"),
    ("b", "male_speech", "val"),
    ("c", "dog_barking", "test"),
    ("d", "male_speech", "train"),
)
MS3_CLIPS = (("m1", "train"), ("m2", "val"), ("m3", "test"))
AVSS_CLASSES = ("background", "horse", *(f"class {k}" for k in range(2, 71)))
AVSS_CLIPS = (
    ("u1", "horse", "train", "v1s"),
    ("u2", "h orse", "train", "v2"),
    ("u3", "horse_class", "val", "v1s"),
    ("u4", "class 5", "train", "v1m"),
    ("u5", "class 5", "test", "v2"),
)
SECONDS = {"v1s": 5, "v1m": 5, "v2": 10}


def picture(path: Path, level: float, shape: tuple[int, int]) -> None:
    """A picture of one grey level that brightens to the right."""
    ramp = np.linspace(0, 40, shape[1])[None, :, None] + 200 * level
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.broadcast_to(ramp, (*shape, 3)).astype(np.uint8)).save(path)


def labels(shape: tuple[int, int], label: int, row: int) -> np.ndarray:
    """A square in the corner, and one pixel in a row that tells masks apart."""
    found = np.zeros(shape, np.uint8)
    found[: shape[0] // 2, : shape[1] // 2] = label
    found[-1, row] = label
    return found


def mask(path: Path, values: np.ndarray, mode: str) -> None:
    """Store labels as a mask of the mode: '1' and 'P' as they are, RGB in the colours of the classes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if mode == "1":
        image = Image.fromarray(values > 0)
    elif mode == "RGB":
        image = Image.fromarray(label_colors()[values])
    else:
        image = Image.fromarray(values)
        image.putpalette(label_colors().ravel().tolist())
    assert image.mode == mode
    image.save(path)


def put_s4(home: Path, shape: tuple[int, int] = (12, 12)) -> Path:
    """S4 with five frames a clip, one mask in train and five elsewhere, and spectrograms that nobody may open."""
    data = home / "s4_data"
    for name, category, split in S4_CLIPS:
        inside = f"{split}/{category}/{name}"
        for k in range(1, 6):
            picture(data / f"visual_frames/{inside}/{name}_{k}.png", k / 10, shape)
        for k in range(1, 2 if split == "train" else 6):
            mask(data / f"gt_masks/{inside}/{name}_{k}.png", labels(shape, 1, k), "1")
        put(data, f"audio_wav/{inside}.wav", holding=sound(5.0, 16000, 1000))
        put(data, f"audio_log_mel/{inside}.pkl", holding=b"cos\nsystem\n(S'touch evil'\ntR.")
    rows = [f"{name},3,{category},{split}" for name, category, split in S4_CLIPS]
    return put(home, "s4_meta_data.csv", holding="\n".join([S4_HEADER, *rows, ""]).encode())


def put_ms3(home: Path, shape: tuple[int, int] = (12, 12)) -> Path:
    """MS3: .mp4_ in the frames' names, no split above them, masks with a palette and several numbers."""
    data = home / "ms3_data"
    for name, split in MS3_CLIPS:
        for k in range(1, 6):
            picture(data / f"visual_frames/{name}/{name}.mp4_{k}.png", k / 10, shape)
            mask(data / f"gt_masks/{split}/{name}/{name}_{k}.png", labels(shape, k, k), "P")
        put(data, f"audio_wav/{split}/{name}.wav", holding=sound(5.0, 16000))
        put(data, f"audio_log_mel/{split}/{name}.pkl", holding=b"cos\nsystem\n(S'touch evil'\ntR.")
    rows = [f"{name},{split}" for name, split in MS3_CLIPS]
    return put(home, "ms3_meta_data.csv", holding="\n".join(["video_id,split", *rows, ""]).encode())


def put_avss(home: Path, shape: tuple[int, int] = (12, 20)) -> Path:
    """AVSS: counted from 0, masks in colour, 71 classes, and the slip "h orse"."""
    for name, _, split, label in AVSS_CLIPS:
        folder = home / label / name
        for k in range(SECONDS[label]):
            picture(folder / f"frames/{k}.jpg", k / 10, shape)
        for k in range(1 if (label, split) == ("v1s", "train") else SECONDS[label]):
            mask(folder / f"labels_rgb/{k}.png", labels(shape, 70 - k, k), "RGB")
        put(folder, "audio.wav", holding=sound(float(SECONDS[label]), 16000))
    numbers = {name: k for k, name in enumerate(AVSS_CLASSES)}
    put(home, "label2idx.json", holding=json.dumps(numbers).encode())
    rows = [f"{name}x,{name},0,3,{category},{split},{label}" for name, category, split, label in AVSS_CLIPS]
    table = "\n".join(["vid,uid,s_min,s_sec,a_obj,split,label", *rows, ""])
    return put(home, "metadata.csv", holding=table.encode())
