"""Metrics against the nearest equivalents in scikit-learn, scikit-image and plain loops.

Run: ``python -m benchmarks.bench_metrics``. A row is (what, our ms, the peer, its ms, ours / its).
"""

from __future__ import annotations

import numpy as np
from skimage.morphology import dilation, disk
from skimage.segmentation import find_boundaries
from sklearn.metrics import confusion_matrix, f1_score, jaccard_score

from benchmarks.bench_fusion import Row, compare
from mmseg_edu import metrics


def main() -> list[Row]:
    """Print and return the rows: 50 label maps of 64x64 with 5 classes, 20 masks of 224x224."""
    rng = np.random.default_rng(0)
    truth = np.kron(rng.integers(5, size=(50, 8, 8)), np.ones((8, 8), np.uint8)).astype(np.uint8)
    predicted = np.where(rng.uniform(size=truth.shape) < 0.8, truth, 0).astype(np.uint8)
    masks = np.kron(rng.uniform(size=(20, 14, 14)) < 0.3, np.ones((16, 16), bool))
    moved = np.roll(masks, 2, axis=-1)
    maps = np.clip(masks[:5] * 0.6 + 0.2 + 0.2 * rng.normal(size=masks[:5].shape), 0, 1).astype(np.float32)

    def per_image() -> float:
        return float(np.mean([jaccard_score(t.ravel(), p.ravel(), average="macro") for t, p in pairs]))

    def by_dilation() -> list[float]:
        scores = []
        for t, p in zip(masks, moved, strict=True):
            a, b = find_boundaries(t, mode="inner"), find_boundaries(p, mode="inner")
            near_a, near_b = dilation(a, disk(3)), dilation(b, disk(3))
            right, found = (b & near_a).sum() / b.sum(), (a & near_b).sum() / a.sum()
            scores.append(2 * right * found / (right + found))
        return scores

    def threshold_by_threshold() -> float:
        curves = []
        for t, p in zip(masks[:5], maps, strict=True):
            chosen = [p >= step for step in metrics.AVS_THRESHOLDS]
            curves.append([1.3 * (c & t).sum() / (0.3 * t.sum() + c.sum()) for c in chosen])
        return float(np.mean(curves, axis=0).max())

    pairs = list(zip(truth, predicted, strict=True))
    flat = truth.ravel(), predicted.ravel()
    rows = [
        compare(
            "confusion",
            lambda: metrics.confusion(truth, predicted, 5),
            "sklearn confusion_matrix",
            lambda: confusion_matrix(*flat),
        ),
        compare(
            "mean_iou",
            lambda: metrics.mean_iou(truth, predicted, 5),
            "sklearn jaccard_score",
            lambda: jaccard_score(*flat, average="macro"),
        ),
        compare(
            "mean_iou per image",
            lambda: metrics.mean_iou(truth, predicted, 5, per_image=True),
            "sklearn, in a loop",
            per_image,
        ),
        compare(
            "dice",
            lambda: metrics.dice(masks[0], moved[0]),
            "sklearn f1_score",
            lambda: f1_score(masks[0].ravel(), moved[0].ravel()),
        ),
        compare(
            "boundary_f",
            lambda: metrics.boundary_f(masks, moved, tolerance=0.009),
            "skimage, dilation by a disk",
            by_dilation,
        ),
        compare(
            "avs_f_score",
            lambda: metrics.avs_f_score(masks[:5], maps),
            "255 thresholds in a loop",
            threshold_by_threshold,
        ),
    ]
    for what, ours, peer, theirs, ratio in rows:
        print(f"{what:28} {ours:8.3f} ms   {peer:26} {theirs:8.3f} ms   ratio {ratio:6.3f}", flush=True)
    return rows


if __name__ == "__main__":
    main()
