"""How well the audio-visual U-Net does on unseen scenes, and how long it trained for it.

Run: ``python -m benchmarks.bench_training``, on a quiet machine. Budget: 0.85 mIoU or more within 60 s of
training on 4,000 scenes of 64x64, on 2 CPU cores.
"""

from __future__ import annotations

import numpy as np

Row = tuple[str, float, str, float | None, str]


def audio_visual(
    seed: int = 0, *, count: int = 4000, unseen: int = 500, epochs: int = 4
) -> tuple[float, float]:
    """Train from scratch on one seed's scenes: mIoU on another seed's scenes, and seconds of training."""
    from mmseg_edu import backend, metrics
    from mmseg_edu.features import sound_vector
    from mmseg_edu.models import audio_visual_unet, train_audio_visual
    from mmseg_edu.scenes import make_batch

    train, test = make_batch(count, seed), make_batch(unseen, seed + 1_000_003)
    vectors, heard = (sound_vector(scenes.sounds, scenes.rate) for scenes in (train, test))
    backend.seed(seed)
    model = audio_visual_unet(64)
    seconds = train_audio_visual(model, train.images, vectors, train.labels, seed=seed, epochs=epochs).seconds
    mask = np.asarray(model.predict([test.images, heard], batch_size=50, verbose=0)).argmax(axis=-1)
    return float(metrics.mean_iou(test.labels, mask, 5)), seconds


def main() -> list[Row]:
    """Print mIoU and seconds, each beside its budget."""
    from mmseg_edu import backend

    score, seconds = audio_visual()
    print(f"audio-visual U-Net on {backend.device()}")
    print(f"{'met' if score >= 0.85 else 'MISSED':7}mIoU on 500 unseen scenes {score:.3f} (at least 0.85)")
    print(f"{'met' if seconds <= 60 else 'MISSED':7}training {seconds:.1f} s (budget 60 s)")
    return [("audio-visual U-Net: training", seconds, "s", 60.0, f"mIoU {score:.3f} on 500 unseen scenes")]


if __name__ == "__main__":
    main()
