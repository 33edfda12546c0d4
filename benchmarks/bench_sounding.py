"""How well seeing and hearing joined by a rule do on unseen scenes, and how much work they learnt it with.

Run: ``python -m benchmarks.bench_sounding [SEED]``. Budget: 0.91 mIoU or more within the work of about 250 reference
steps (one of ``models.unet(64)`` at batch 16).
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.bench_training import examples, our_stepper, timed

Row = tuple[str, float, str, float | None, str]
SCENES, BATCH, EPOCHS = 4000, 8, 2


def in_reference_steps() -> float:
    """Work of one of the training's steps, in reference steps: both on the same scenes, in turns."""
    from mmseg_edu import backend, models
    from mmseg_edu.models.train.sounding import object_loss
    from mmseg_edu.models.training import _learner

    images, labels = examples()
    backend.seed(0)
    learner = _learner(models.subpixel_unet(64), object_loss, models.muon(1e-3))

    def ours() -> None:
        learner.fit(images, labels, batch_size=BATCH, verbose=0, shuffle=False)

    reference, steps = timed(our_stepper(images, labels)[0], ours)
    return float(np.median(steps) / np.median(reference)) * BATCH / 16


def pairs(model: Any, count: int = 50, seed: int = 3_000_000) -> tuple[int, int]:
    """Of so many scenes with two objects: in how many does the mask follow the sound, and have silence or noise one?"""
    from mmseg_edu.features import sound_vector
    from mmseg_edu.models import predict_labels
    from mmseg_edu.scenes import CLASSES, counterfactuals

    followed = phantoms = 0
    for i in range(count):
        names = [CLASSES[1 + k] for k in np.random.default_rng(seed + i).permutation(4)[:2]]
        clips = counterfactuals(seed + i, objects=names)
        chosen = [clips[kind] for kind in (*names, "silence", "noise")]
        vectors = np.stack([sound_vector(clip.sound, clip.rate) for clip in chosen])
        masks = predict_labels(model, [np.stack([clip.frames[0] for clip in chosen]), vectors])
        right = 0
        for name, clip, mask in zip(names, chosen, masks, strict=False):
            truth = clip.labels[0] == CLASSES.index(name)
            right += ((mask == CLASSES.index(name)) & truth).sum() > 0.5 * max(truth.sum(), (mask > 0).sum())
        followed += right == 2
        phantoms += int(masks[2:].any(axis=(1, 2)).sum())
    return followed, phantoms


def main(seed: int = 0) -> list[Row]:
    """Train from scratch, print each number beside its budget."""
    from mmseg_edu import backend
    from mmseg_edu.models import sounding_network_shipped, train_sounding

    step = in_reference_steps()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sounding.npz"
        score = train_sounding(path, seed=seed, count=SCENES, epochs=EPOCHS, progress=False)
        followed, phantoms = pairs(sounding_network_shipped(path=path))
    work = step * EPOCHS * SCENES / BATCH
    print(f"the rule's network on {backend.device()}, seed {seed}")
    for met, says in (
        (
            score["sounding_iou"] >= 0.91,
            f"mIoU on 500 unseen scenes {score['sounding_iou']:.3f} (at least 0.91)",
        ),
        (work <= 250, f"work {work:.0f} reference steps (about 250), {step:.3f} each"),
        (followed == 50, f"{followed} of 50 counterfactual pairs followed"),
        (phantoms == 0, f"{phantoms} of 100 masks not empty in silence and noise"),
    ):
        print(f"{'met' if met else 'MISSED':7}{says}")
    print(f"{'':7}{', '.join(f'{name} {value:.3f}' for name, value in score.items())}")
    return [("the rule's network: work of training", work, "ref", 250.0, f"mIoU {score['sounding_iou']:.3f}")]


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
