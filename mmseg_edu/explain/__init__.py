"""Explanations: which sense, which pixels and which sound made a network say what it says.

A model is any function ``predict(pictures, sounds, ...)`` that gives posteriors, so that formulas, the shipped experts
and Keras models are asked alike. Keras loads when a function is given a network, not on entering this room.
"""

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
    "coalition_values",
    "counterfactual_gain",
    "counterfactual_sounds",
    "derangement",
    "log_probability",
    "off_screen_scenes",
    "permutation_importance",
    "scene_iou",
    "shapley_shares",
    "shapley_values",
]
