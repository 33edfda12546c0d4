"""Segmentation from evidence: per-pixel decisions, Potts energies, graph cuts and watersheds.

Every segmenter takes arrays. Costs (``unary``) have shape (H, W, K), label maps (H, W), images (H, W) or
(H, W, C). The objective, `energy`, is public, so that every minimiser can be held to it.
"""

from mmseg_edu.segment.dynamic_cut import DynamicCut
from mmseg_edu.segment.grab_cut import colour_unary, grab_cut
from mmseg_edu.segment.graph_cut import graph_cut, rounding_bound
from mmseg_edu.segment.markers import (
    markers_from_distance,
    markers_from_evidence,
    markers_from_minima,
    markers_from_threshold,
)
from mmseg_edu.segment.min_cut import Cut, min_cut
from mmseg_edu.segment.pixelwise import brute_force, icm, pixelwise, sound_guided_unary, unary_from
from mmseg_edu.segment.potts import contrast_beta, contrast_weights, energy
from mmseg_edu.segment.scribbles import cut_from_scribbles
from mmseg_edu.segment.st_graph import STGraph, st_graph
from mmseg_edu.segment.warming import warm
from mmseg_edu.segment.watershed import flood_steps, gradient, vote, watershed

__all__ = [
    "Cut",
    "DynamicCut",
    "STGraph",
    "brute_force",
    "colour_unary",
    "contrast_beta",
    "contrast_weights",
    "cut_from_scribbles",
    "energy",
    "flood_steps",
    "grab_cut",
    "gradient",
    "graph_cut",
    "icm",
    "markers_from_distance",
    "markers_from_evidence",
    "markers_from_minima",
    "markers_from_threshold",
    "min_cut",
    "pixelwise",
    "rounding_bound",
    "sound_guided_unary",
    "st_graph",
    "unary_from",
    "vote",
    "warm",
    "watershed",
]
