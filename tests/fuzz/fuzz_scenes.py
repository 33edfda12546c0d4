"""Rows of `scenes`, and of what asks and explains models: `experts`, `explain`."""

from __future__ import annotations

import numpy as np
from fuzz_fusion import LABELS, SEEN
from fuzz_rows import (
    Given,
    arrays,
    flag,
    floats,
    function,
    made,
    names,
    number,
    row,
    seed,
    truths,
    whole,
    wholes,
)

from mmseg_edu.scenes import Batch, make_batch

_RNG = np.random.default_rng(0)
_SCENE = {
    "seed": seed(),
    "size": whole(16),
    "rate": whole(8000),
    "duration": number(0.75),
    "objects": names("bell", "drum"),
    "image_noise": number(0.03),
    "snr_db": number(30.0),
    "overlap": number(0.2),
    "clutter": whole(1),
}


def _scenes() -> Batch:
    return make_batch(12, 0, 16, rate=8000, duration=0.75, absent=0.0, cache=False)


SCENES = [
    row("scenes.counterfactuals", slow=True, **_SCENE, fps=number(2.0)),
    row("scenes.make_batch", count=whole(2), **_SCENE, absent=number(0.1), cache=flag(False)),
    row("scenes.make_clip", **_SCENE, fps=number(2.0), heard=names("bell"), moving=flag(True), offset=number(0.1)),
    row("scenes.onset_times", seed=seed(), duration=number(0.75), objects=names("bell", "drum")),
]  # fmt: skip


def _predict(pictures: np.ndarray, sounds: np.ndarray) -> np.ndarray:
    return pictures.mean(axis=(1, 2)) * sounds.mean(axis=1, keepdims=True)


def _score(answers: np.ndarray) -> np.ndarray:
    return np.asarray(answers)[:, 0]


_ASKED = {
    "predict": function(_predict),
    "inputs": arrays(_RNG.random((3, 4, 4, 3)), _RNG.random((3, 5))),
    "score": function(_score),
}
_MAPS, _SLOPES = floats(_RNG.random((4, 5, 6))), floats(_RNG.normal(size=(4, 5, 6)))
_TRUTH, _ANSWER = wholes(LABELS[None]), floats(SEEN[None])
_HEARD, _SHOWN = np.eye(5, dtype=bool)[[1, 2, 3]], np.eye(5, dtype=bool)[[2, 3, 1]]

EXPLAIN = [
    row("explain.coalition_values", **_ASKED, absent=arrays(np.zeros((4, 4, 3)), np.zeros(5))),
    row("explain.counterfactual_gain", **_ASKED, sense=whole(1), replacement=floats(np.zeros(5))),
    row("explain.counterfactual_sounds", batch=made(_scenes), seed=seed()),
    row("explain.derangement", count=whole(4), seed=seed()),
    row("explain.grad_cam", maps=_MAPS, gradients=_SLOPES),
    row("explain.log_probability", truth=_TRUTH, posterior=_ANSWER, floor=number(1e-6)),
    row("explain.off_screen_scenes", heard=truths(_HEARD), visible=truths(_SHOWN), seed=seed()),
    row("explain.permutation_importance", **_ASKED, sense=whole(1), seed=seed(), repeats=whole(2)),
    row("explain.rank_correlation", one=floats(_RNG.random((4, 5))), other=floats(_RNG.random((4, 5)))),
    row("explain.scene_iou", truth=_TRUTH, posterior=_ANSWER),
    row("explain.shapley_shares", values=floats(_RNG.random((3, 4)))),
    row("explain.shapley_values", values=floats(_RNG.random((3, 4)))),
]  # fmt: skip

_PICTURES = floats(_RNG.random((1, 16, 16, 3)).astype(np.float32))
EXPERTS = [
    row("experts.hear", vectors=floats(_RNG.normal(size=(2, 128)).astype(np.float32))),
    row("experts.part", name=Given("text", "sound")),
    row("experts.recognise", images=_PICTURES),
    row("experts.see", images=_PICTURES),
]  # fmt: skip
