"""What a training begins with: random weights, those that the package ships, or those of an earlier training."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mmseg_edu.models import audio_visual_unet, event_tagger, sounding_network, subpixel_unet
from mmseg_edu.models.saved import audio_visual_numbers, load_network
from mmseg_edu.models.shipped import sounding_network_shipped
from mmseg_edu.models.unet import checked_size
from mmseg_edu.models.weights import arrays_of, set_arrays

if TYPE_CHECKING:
    import keras

# In place of a file: the network that segments where no other is named.
SHIPPED = "shipped"
_WIDTH, _DEPTH = 32, 3
# The layers whose shapes depend on the classes.
_LAST = ("logits", "scores", "flag_logits")


def beginning_from(begin: str | Path | None, size: int) -> dict[str, np.ndarray]:
    """Read the weights of a network that sees and hears.

    Parameters
    ----------
    begin : .keras or .npz file, or "shipped", or None for random weights
    size : int, pixels

    Returns
    -------
    dict from names to arrays; empty for random weights

    Raises
    ------
    FileNotFoundError, ValueError
        As :func:`mmseg_edu.models.saved.load_network`; another network than :func:`network_to_train` builds; a size
        that cannot be halved so often.
    """
    if begin is None:
        checked_size(size, _DEPTH)
        return {}
    model = sounding_network_shipped(size) if begin == SHIPPED else load_network(begin, size)
    arrays = arrays_of(model)
    layers = sorted({name.split("/")[0] for name in arrays})
    numbers = audio_visual_numbers(arrays)
    if "flag_logits" not in layers and (numbers is None or "film_bottleneck" not in layers):
        raise ValueError(
            f"{Path(begin).name!r} must hold an audio_visual_unet with FiLM in the middle or a sounding_network, got "
            f"layers {', '.join(layers[:4])}, ...: begin with the network.keras of an earlier mmseg-edu train --data, "
            f"with {SHIPPED!r}, or without"
        )
    checked_size(size, numbers.depth if numbers else _DEPTH)
    return arrays


def classes_of(begin: dict[str, np.ndarray]) -> int | None:
    """How many classes the weights know; None of random weights.

    >>> classes_of({"flag_logits/kernel": np.empty((64, 5))}), classes_of({})
    (5, None)
    """
    numbers = audio_visual_numbers(begin)
    if "flag_logits/kernel" in begin:
        return int(begin["flag_logits/kernel"].shape[-1])
    return numbers.classes if numbers else None


def network_to_train(begin: dict[str, np.ndarray], size: int, classes: int) -> keras.Model:
    """Build the network; all layers but the last keep what they have learnt, and so do those with as many classes.

    Raises
    ------
    ValueError
        The weights are not those of such a network with its usual numbers.
    """
    numbers = audio_visual_numbers(begin)
    if "flag_logits/kernel" in begin:
        model = sounding_network(subpixel_unet(size, classes), event_tagger(classes=classes))
    elif numbers is not None:
        model = audio_visual_unet(size, classes, width=numbers.width, depth=numbers.depth)
    else:
        return audio_visual_unet(size, classes, width=_WIDTH, depth=_DEPTH)
    last = {name: value for name, value in arrays_of(model).items() if name.split("/")[0] in _LAST}
    set_arrays(model, begin if classes_of(begin) == classes else {**begin, **last})
    return model
