"""Features of pictures from convolutions. Keras loads when a function is given a network, not on entering."""

from mmseg_edu.features.cnn.convolution import convolve, max_pool, mean_pool

__all__ = ["convolve", "max_pool", "mean_pool"]
