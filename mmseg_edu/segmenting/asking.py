"""The network that is asked about each frame, and the size at which it sees."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mmseg_edu.features.sound_vector import VECTOR_LENGTH
from mmseg_edu.models import predict, sounding_network_shipped
from mmseg_edu.models.saved import load_network

if TYPE_CHECKING:
    import keras

Array = NDArray[np.float32]
# From pictures (N, h, w, 3) in [0, 1] and sound vectors (N, 128) to posteriors (N, h, w, K) of what sounds.
Ask = Callable[[Array, Array], Array]

_STEP = 8  # The shipped networks halve a picture three times.


def size_for(film: tuple[int, int], size: int) -> tuple[int, int]:
    """Height and width at which a network sees a film: the shorter side given, the proportions kept, in steps of 8.

    >>> size_for((1080, 1920), 64), size_for((500, 500), 64), size_for((1920, 1080), 32)
    ((64, 112), (64, 64), (56, 32))
    """
    if isinstance(size, bool) or not isinstance(size, int | np.integer) or size < _STEP or size % _STEP:
        raise ValueError(
            f"size must be a whole number of pixels that divides by {_STEP}, got {size!r}: try 64"
        )
    short = min(film)
    sides = [size if side == short else max(1, round(side * size / short / _STEP)) * _STEP for side in film]
    return sides[0], sides[1]


def network_for(film: tuple[int, int], weights: str | Path | None, size: int) -> tuple[Ask, tuple[int, int]]:
    """Load a network for a film of a size; what to ask, and the size at which it wants its pictures.

    A network that was saved whole keeps its own size, where it has one.
    """
    wanted = size_for(film, size)
    model = sounding_network_shipped(wanted) if weights is None else load_network(weights, wanted)
    shapes = [tuple(each.shape) for each in model.inputs]
    by_rank = {len(shape): i for i, shape in enumerate(shapes)}
    if len(shapes) != 2 or set(by_rank) != {2, 4} or len(model.outputs) != 1:
        raise ValueError(
            f"the network must take a picture and a sound vector and give one posterior, got inputs {shapes} and "
            f"{len(model.outputs)} output(s): take one such as audio_visual_unet or sounding_network"
        )
    picture, vector = shapes[by_rank[4]], shapes[by_rank[2]]
    if picture[-1] != 3 or vector[-1] != VECTOR_LENGTH:
        raise ValueError(
            f"the network must take pictures (h, w, 3) and sound vectors ({VECTOR_LENGTH},), got {picture[1:]} and "
            f"{vector[1:]}: train it on features.sound_vector"
        )
    if picture[1] and picture[2]:
        wanted = picture[1], picture[2]
    return partial(_asked, model, by_rank[4] == 0), wanted


def _asked(model: keras.Model, picture_first: bool, pictures: Array, vectors: Array) -> Array:
    inputs: list[Any] = [pictures, vectors] if picture_first else [vectors, pictures]
    answer: Array = predict(model, inputs)
    return answer


def checked_posterior(posterior: Any, count: int, size: tuple[int, int]) -> Array:
    """Refuse what cannot be the posteriors of `count` pictures."""
    array = np.asarray(posterior)
    if array.ndim != 4 or array.shape[:3] != (count, *size) or not 2 <= array.shape[3] <= 255:
        raise ValueError(
            f"the network must give posteriors (N, h, w, K) = ({count}, {size[0]}, {size[1]}, 2 to 255 classes), "
            f"got {array.shape}: of a single channel make two, [1 - p, p]"
        )
    if not np.isfinite(array).all():
        raise ValueError("the network must give finite numbers, got NaN or infinity: train it again")
    return array.astype(np.float32, copy=False)
