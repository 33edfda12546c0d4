"""Fusion: one opinion from many, the step ``F(x)`` of the pipeline.

Every formula takes the opinions of n senses about the same pixels, either as a sequence of n arrays of shape
(..., K) or as one stacked array of shape (n, ..., K), and returns one array (..., K). NumPy arrays give a
NumPy array and never import Keras; a tensor of a Keras backend gives a tensor.
Opinions are floating point: whole numbers (pixels, samples, labels) are refused, but for the
0 and 1 of certainty. What networks fuse inside are features: `modulation` and `attention` take maps (..., C)
and vectors that stand beside them.
"""

from mmseg_edu.fusion.attention import attention, attention_weights, tpavi
from mmseg_edu.fusion.fit import fit_alpha_gradient, fit_alpha_grid, fit_temperature, simplex_grid
from mmseg_edu.fusion.modulation import concat, film, low_rank_bilinear
from mmseg_edu.fusion.pools import log_pool, mean, over_pixels, product, weighted
from mmseg_edu.fusion.ranks import majority, maximum, median, minimum
from mmseg_edu.fusion.reliability import clip, inverse_variance_weights, temperature
from mmseg_edu.fusion.sound_rule import sounding

__all__ = [
    "attention",
    "attention_weights",
    "clip",
    "concat",
    "film",
    "fit_alpha_gradient",
    "fit_alpha_grid",
    "fit_temperature",
    "inverse_variance_weights",
    "log_pool",
    "low_rank_bilinear",
    "majority",
    "maximum",
    "mean",
    "median",
    "minimum",
    "over_pixels",
    "product",
    "simplex_grid",
    "sounding",
    "temperature",
    "tpavi",
    "weighted",
]
