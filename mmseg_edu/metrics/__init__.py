"""Metrics: is this mask any good? The truth comes first in every function.

Label maps hold class indices, masks hold booleans (or 0 and 1). Leading axes are a stack of pictures. What a
metric says of an empty mask is stated in its docstring, because libraries and benchmarks do not agree on it.
"""

from mmseg_edu.metrics.audio_visual import (
    AVS_THRESHOLDS,
    avs_f_curve,
    avs_f_score,
    avs_f_score_dataset,
    avs_mask_iou,
    false_positive_rate,
)
from mmseg_edu.metrics.boundary import boundary_f, variation_of_information
from mmseg_edu.metrics.calibration import (
    bootstrap_interval,
    brier_score,
    expected_calibration_error,
    log_score,
    reliability_curve,
)
from mmseg_edu.metrics.labels import class_iou, confusion, mean_iou, pixel_accuracy
from mmseg_edu.metrics.overlap import dice, iou, precision, recall

__all__ = [
    "AVS_THRESHOLDS",
    "avs_f_curve",
    "avs_f_score",
    "avs_f_score_dataset",
    "avs_mask_iou",
    "bootstrap_interval",
    "boundary_f",
    "brier_score",
    "class_iou",
    "confusion",
    "dice",
    "expected_calibration_error",
    "false_positive_rate",
    "iou",
    "log_score",
    "mean_iou",
    "pixel_accuracy",
    "precision",
    "recall",
    "reliability_curve",
    "variation_of_information",
]
