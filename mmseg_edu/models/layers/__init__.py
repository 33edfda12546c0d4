"""Layers that fuse: each owns the weights of one operator and calls its formula in :mod:`mmseg_edu.fusion`.

Keras loads on entering this room, and :mod:`mmseg_edu.models` enters it when it is asked for. Every layer is called on
a list, ``operator(name=...)([features, sound, ...])``, and gives what has the shape of the features:

- features: a map (N, H, W, C), or frames (N, T, H, W, C);
- each further sense: a vector (N, S), for frames also (N, T, S), or a map with the axes of the features.

Entering also registers the layers, so that ``keras.models.load_model`` reads a saved network in safe mode.
"""

from mmseg_edu.models.layers.attention import CrossAttention, Tpavi
from mmseg_edu.models.layers.modulation import Bilinear, Concat, Film, Gated
from mmseg_edu.models.layers.pools import Product, Weighted, log_posterior
from mmseg_edu.models.layers.senses import read

__all__ = [
    "Bilinear",
    "Concat",
    "CrossAttention",
    "Film",
    "Gated",
    "Product",
    "Tpavi",
    "Weighted",
    "log_posterior",
    "read",
]
