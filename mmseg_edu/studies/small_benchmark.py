"""The audio-visual benchmark in small: its three layouts, with their oddities, around composed scenes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from mmseg_edu.clip import Clip
from mmseg_edu.datasets import compose, label_colors
from mmseg_edu.datasets.avs import AVSS_CLASSES, SPLITS
from mmseg_edu.studies.abroad import strange_voices

_THINGS = ("motorcycle", "cat", "horse", "cup")
# Numbers of the things among the 71 classes.
_NUMBERS = np.array([0, 11, 22, 33, 44], np.uint8)


def small_benchmark(home: str | Path, seed: int = 0, size: int = 64) -> list[Path]:
    """Write a few clips in each of the benchmark's layouts, S4, MS3 and AVSS, to try a loader on.

    Parameters
    ----------
    home : path
        A folder, which is made. It gets ``Single-source``, ``Multi-sources`` and ``avs_released``.
    seed : int >= 0, of the scenes
    size : int, pixels, 16 to 1024

    Returns
    -------
    list of Path
        The three roots, for ``datasets.avs_s4``, ``avs_ms3`` and ``avs_avss``.

    Notes
    -----
    As in the original: S4 has one mask of five in train; MS3 writes ``.mp4_`` into the names of its pictures, and
    numbers its objects; AVSS counts from 0, colours its classes, and calls one clip "h orse". There are no
    spectrograms, which loaders should not open.

    References
    ----------
    Zhou et al. (2022), "Audio-Visual Segmentation", ECCV, doi:10.1007/978-3-031-19836-6_22; and (2024), International
    Journal of Computer Vision, doi:10.1007/s11263-024-02261-x.

    Examples
    --------
    >>> import tempfile
    >>> from mmseg_edu.datasets import avs_s4
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     single, multi, released = small_benchmark(folder, size=16)
    ...     avs_s4(single, "train")[0]
    AVSClip('s4_0', category='cat', split='train', 5 frames, 1 mask)

    Lesson: 19_real_data
    """
    root = Path(home)
    voices = strange_voices(seed, count=2, seconds=5.0)

    def clip(number: int, seconds: int, **options: object) -> Clip:
        return compose(100 * seed + number, voices, size=size, duration=float(seconds), fps=1.0, **options)  # type: ignore[arg-type]

    _put_s4(root / "Single-source", [clip(k, 5, objects=(name,)) for k, name in enumerate(_KINDS)])
    _put_ms3(root / "Multi-sources", [clip(10 + k, 5, objects=3, heard=_THINGS[k : k + 2]) for k in range(3)])
    seconds = [_SECONDS[kind] for _, kind, _ in _RELEASED]
    _put_avss(
        root / "avs_released", [clip(20 + k, each, objects=("horse",)) for k, each in enumerate(seconds)]
    )
    return [root / "Single-source", root / "Multi-sources", root / "avs_released"]


# What each clip of S4 shows: two in train, one in val and test each.
_KINDS = ("cat", "cup", "motorcycle", "horse")
_S4_SPLITS = ("train", "train", "val", "test")
_SECONDS = {"v1s": 5, "v1m": 5, "v2": 10}
# Split, set and what the table says of each clip of AVSS.
_RELEASED = (
    ("train", "v1s", "horse"),
    ("train", "v2", "h orse"),
    ("val", "v1m", "horse"),
    ("test", "v2", "horse"),
)


def _put_s4(home: Path, clips: list[Clip]) -> None:
    rows = ["name,start,category,split"]
    for k, (clip, category, split) in enumerate(zip(clips, _KINDS, _S4_SPLITS, strict=True)):
        name, data = f"s4_{k}", home / "s4_data"
        inside = Path(split, category, name)
        for i, frame in enumerate(clip.frames, 1):
            _picture(data / "visual_frames" / inside / f"{name}_{i}.png", frame)
        masks = _masks(clip)[: 1 if split == "train" else None]
        for i, mask in enumerate(masks, 1):
            _mask(data / "gt_masks" / inside / f"{name}_{i}.png", mask > 0)
        _sound(data / "audio_wav" / split / category / f"{name}.wav", clip)
        rows.append(f"{name},0,{category},{split}")
    _text(home / "s4_meta_data.csv", rows)


def _put_ms3(home: Path, clips: list[Clip]) -> None:
    rows = ["video_id,split"]
    for k, (clip, split) in enumerate(zip(clips, SPLITS, strict=True)):
        name, data = f"ms3_{k}", home / "ms3_data"
        for i, (frame, mask) in enumerate(zip(clip.frames, _masks(clip), strict=True), 1):
            _picture(data / "visual_frames" / name / f"{name}.mp4_{i}.png", frame)
            _mask(data / "gt_masks" / split / name / f"{name}_{i}.png", mask)
        _sound(data / "audio_wav" / split / f"{name}.wav", clip)
        rows.append(f"{name},{split}")
    _text(home / "ms3_meta_data.csv", rows)


def _put_avss(home: Path, clips: list[Clip]) -> None:
    rows = ["vid,uid,s_min,s_sec,a_obj,split,label"]
    for k, (clip, (split, kind, category)) in enumerate(zip(clips, _RELEASED, strict=True)):
        name = f"avss_{k}"
        folder = home / kind / name
        for i, frame in enumerate(clip.frames):
            _picture(folder / "frames" / f"{i}.jpg", frame)
        masks = _masks(clip)[: 1 if (kind, split) == ("v1s", "train") else None]
        for i, mask in enumerate(masks):
            _picture(folder / "labels_rgb" / f"{i}.png", label_colors()[_NUMBERS[mask]])
        _sound(folder / "audio.wav", clip)
        rows.append(f"{name}x,{name},0,0,{category},{split},{kind}")
    _text(home / "metadata.csv", rows)
    names = {int(number): name for number, name in zip(_NUMBERS, ("background", *_THINGS), strict=True)}
    numbers = {names.get(k, f"class {k}"): k for k in range(AVSS_CLASSES)}
    (home / "label2idx.json").write_text(json.dumps(numbers), encoding="utf-8")


def _masks(clip: Clip) -> np.ndarray:
    assert clip.labels is not None  # a composed scene has its truth
    return clip.labels


def _picture(path: Path, pixels: np.ndarray) -> None:
    from PIL import Image

    path.parent.mkdir(parents=True, exist_ok=True)
    whole = pixels if pixels.dtype == np.uint8 else np.rint(pixels * 255).astype(np.uint8)
    Image.fromarray(whole).save(path)


def _mask(path: Path, values: np.ndarray) -> None:
    """Store truth values in black and white, and numbers with a palette."""
    from PIL import Image

    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(np.ascontiguousarray(values))
    if values.dtype != bool:
        image.putpalette(label_colors().ravel().tolist())
    image.save(path)


def _sound(path: Path, clip: Clip) -> None:
    from scipy.io import wavfile

    assert clip.sound is not None  # a composed scene sounds
    path.parent.mkdir(parents=True, exist_ok=True)
    wavfile.write(path, clip.rate, np.rint(clip.sound * 32767).astype(np.int16))


def _text(path: Path, lines: list[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
