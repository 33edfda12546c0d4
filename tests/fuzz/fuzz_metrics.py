"""Rows of `metrics`: truth and what was predicted."""

from __future__ import annotations

import numpy as np
from fuzz_fusion import LABELS, SEEN
from fuzz_rows import flag, floats, function, number, row, seed, truths, whole, wholes

_RNG = np.random.default_rng(0)
_MASK, _OTHER = truths(_RNG.random((6, 7)) > 0.5), truths(_RNG.random((6, 7)) > 0.5)
_MASKS, _MAPS = truths(_RNG.random((3, 6, 7)) > 0.5), floats(_RNG.random((3, 6, 7)))
_TRUE, _FOUND = wholes(_RNG.integers(0, 3, (6, 7))), wholes(_RNG.integers(0, 3, (6, 7)))
_PAIR = {"truth": _TRUE, "predicted": _FOUND}
_TWO_MASKS = {"truth": _MASK, "predicted": _OTHER}
_CERTAIN = {"truth": wholes(LABELS), "probabilities": floats(SEEN)}


def _middle(values: np.ndarray) -> float:
    return float(np.median(values))


METRICS = [
    row("metrics.avs_f_curve", truth=_MASKS, probabilities=_MAPS),
    row("metrics.avs_f_score", truth=_MASKS, probabilities=_MAPS, batch=whole(2)),
    row("metrics.avs_f_score_dataset", truth=_MASKS, probabilities=_MAPS, nan="NaN if every true mask is empty"),
    row("metrics.avs_mask_iou", truth=_MASKS, probabilities=_MAPS, batch=whole(2)),
    row("metrics.bootstrap_interval", values=floats(_RNG.random(8)), seed=seed(), statistic=function(_middle),
        level=number(0.9), draws=whole(20)),
    row("metrics.boundary_f", **_TWO_MASKS, tolerance=number(0.1)),
    row("metrics.brier_score", **_CERTAIN),
    row("metrics.class_iou", matrix=wholes(np.array([[5, 1, 0], [2, 7, 1], [0, 1, 4]])),
        nan="NaN for a class that is neither"),
    row("metrics.confusion", **_PAIR, classes=whole(3), per_image=flag(False)),
    row("metrics.dice", **_TWO_MASKS, empty=number(1.0)),
    row("metrics.expected_calibration_error", **_CERTAIN, bins=whole(5)),
    row("metrics.false_positive_rate", **_TWO_MASKS, nan="NaN where there is no background"),
    row("metrics.iou", **_TWO_MASKS, empty=number(1.0)),
    row("metrics.log_score", **_CERTAIN),
    row("metrics.mean_iou", **_PAIR, classes=whole(3), per_image=flag(False), background=flag(True),
        nan="the result is NaN"),
    row("metrics.pixel_accuracy", **_PAIR),
    row("metrics.precision", **_TWO_MASKS, empty=number(1.0)),
    row("metrics.recall", **_TWO_MASKS, empty=number(1.0)),
    row("metrics.reliability_curve", **_CERTAIN, bins=whole(5), nan="NaN where a bin is empty"),
    row("metrics.variation_of_information", **_PAIR),
]  # fmt: skip
