"""Features of pictures from convolutions. Keras loads when a function is given a network, not on entering."""

from mmseg_edu.features.cnn.convolution import convolve, max_pool, mean_pool
from mmseg_edu.features.cnn.gradients import input_gradient, measured_receptive_field
from mmseg_edu.features.cnn.imagenet import WeightsFile, imagenet_encoder, imagenet_weights
from mmseg_edu.features.cnn.maps import feature_maps
from mmseg_edu.features.cnn.receptive_field import Box, ReceptiveField, receptive_box, receptive_field

__all__ = [
    "Box",
    "ReceptiveField",
    "WeightsFile",
    "convolve",
    "feature_maps",
    "imagenet_encoder",
    "imagenet_weights",
    "input_gradient",
    "max_pool",
    "mean_pool",
    "measured_receptive_field",
    "receptive_box",
    "receptive_field",
]
