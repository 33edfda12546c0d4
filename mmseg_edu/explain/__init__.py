"""Explanations: which sense, which pixels and which sound made a network say what it says.

A model is any function ``predict(pictures, sounds, ...)`` that gives posteriors, so that formulas, the shipped experts
and Keras models are asked alike. Keras loads when a function is given a network, not on entering this room.
"""

from mmseg_edu.explain.grad_cam import (
    ActivationMap,
    grad_cam,
    rank_correlation,
    seg_grad_cam,
    shuffled_weights,
)
from mmseg_edu.explain.replacing import (
    counterfactual_gain,
    counterfactual_sounds,
    derangement,
    off_screen_scenes,
    permutation_importance,
)
from mmseg_edu.explain.scores import log_probability, scene_iou
from mmseg_edu.explain.shapley import coalition_values, shapley_shares, shapley_values

__all__ = [
    "ActivationMap",
    "coalition_values",
    "counterfactual_gain",
    "counterfactual_sounds",
    "derangement",
    "grad_cam",
    "log_probability",
    "off_screen_scenes",
    "permutation_importance",
    "rank_correlation",
    "scene_iou",
    "seg_grad_cam",
    "shapley_shares",
    "shapley_values",
    "shuffled_weights",
]
