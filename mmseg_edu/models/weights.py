"""Weights of a network as named arrays in one ``.npz`` file: readable without Keras and without pickle."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from mmseg_edu.experts import load_arrays
from mmseg_edu.whole_file import whole_file

if TYPE_CHECKING:
    import keras

Array = NDArray[Any]

__all__ = [
    "arrays_of",
    "folded",
    "load_arrays",
    "load_weights",
    "save_arrays",
    "save_weights",
    "set_arrays",
    "tempered",
    "with_normalisation",
]


def arrays_of(model: keras.Model) -> dict[str, Array]:
    """Every weight of a network under the name ``<layer>/<weight>``, e.g. ``logits/kernel``.

    Within a layer that is made of others the weight's name says which, e.g. ``film_last/scale0/kernel``.

    Parameters
    ----------
    model : keras.Model

    Returns
    -------
    dict from str to array

    Examples
    --------
    >>> sorted(arrays_of(sound_tagger(depth=0)))  # doctest: +SKIP
    ['logits/bias', 'logits/kernel']
    """
    return {
        name: np.asarray(value)
        for layer in model.layers
        for name, value in zip(_names_in(layer), layer.get_weights(), strict=True)
    }


def set_arrays(model: keras.Model, arrays: Mapping[str, Array]) -> None:
    """Give a network the weights in ``arrays``; every one of them, and each of the right shape.

    Parameters
    ----------
    model : keras.Model
    arrays : mapping from ``<layer>/<weight>`` to array

    Raises
    ------
    ValueError
        If a weight is missing, left over, or of another shape.

    Examples
    --------
    >>> set_arrays(model, arrays_of(model))  # doctest: +SKIP
    """
    have = arrays_of(model)
    if have.keys() != arrays.keys():
        odd = sorted(have.keys() ^ arrays.keys())
        raise ValueError(
            f"weights must have the names of the network's {len(have)} weights, "
            f"got a difference in {odd[:4]}: build the network with the numbers it was trained with"
        )
    for name, value in have.items():
        if value.shape != arrays[name].shape:
            raise ValueError(
                f"weight {name} must have shape {value.shape}, got {arrays[name].shape}: "
                f"build the network with the numbers it was trained with"
            )
    for layer in model.layers:
        layer.set_weights([arrays[name] for name in _names_in(layer)])


def _names_in(layer: Any) -> list[str]:
    """Names of a layer's weights: its own and theirs, with the path of those whose name stands there twice."""
    names = [weight.name for weight in layer.weights]
    if len(set(names)) < len(names):
        names = [weight.path.removeprefix(f"{layer.name}/") for weight in layer.weights]
    return [f"{layer.name}/{name}" for name in names]


def folded(arrays: Mapping[str, Array], epsilon: float = 1e-3) -> dict[str, Array]:
    r"""Weights of the same network without its batch normalisations: they move into the convolutions before them.

    .. math:: \gamma \frac{W * h - \mu}{\sqrt{\sigma^2 + \epsilon}} + \beta = W' * h + b', \qquad
              W' = W s,\; b' = \beta - \mu s,\; s = \frac{\gamma}{\sqrt{\sigma^2 + \epsilon}}

    Once training is over the mean and variance are constants, and a convolution followed by a linear map is a
    convolution.

    Parameters
    ----------
    arrays : mapping, each ``<layer>_norm/...`` beside the ``<layer>/kernel`` that it normalises
    epsilon : float, of the normalisation; Keras uses 1e-3

    Returns
    -------
    dict of arrays, for the same network built with ``normalised=False``

    Examples
    --------
    >>> import numpy as np
    >>> norm = {"gamma": [6.0], "beta": [1.0], "moving_mean": [2.0], "moving_variance": [9.0]}
    >>> arrays = {"a/kernel": np.ones((1, 1))} | {f"a_norm/{k}": np.array(v) for k, v in norm.items()}
    >>> [(name, array.tolist()) for name, array in folded(arrays, epsilon=0).items()]
    [('a/kernel', [[2.0]]), ('a/bias', [-3.0])]
    """
    result = {name: array for name, array in arrays.items() if "_norm/" not in name}
    for layer in [name.removesuffix("_norm/gamma") for name in arrays if name.endswith("_norm/gamma")]:
        gamma, beta, mean, variance = (
            arrays[f"{layer}_norm/{part}"] for part in ("gamma", "beta", "moving_mean", "moving_variance")
        )
        scale = gamma / np.sqrt(variance + epsilon)
        result[f"{layer}/kernel"] = arrays[f"{layer}/kernel"] * scale
        result[f"{layer}/bias"] = beta - mean * scale
    return result


def tempered(arrays: Mapping[str, Array], temperature: float, layer: str = "logits") -> dict[str, Array]:
    """Weights of a network whose scores are divided by a temperature: the same decisions, other confidence.

    Parameters
    ----------
    arrays : mapping with ``<layer>/kernel`` and ``<layer>/bias``
    temperature : float > 0; above 1 more humble, below 1 more sure
    layer : str, name of the layer that gives the scores

    Returns
    -------
    dict of arrays

    Examples
    --------
    >>> import numpy as np
    >>> arrays = {"logits/kernel": np.array([[2.0]]), "logits/bias": np.array([4.0])}
    >>> tempered(arrays, 2.0)["logits/bias"].tolist()
    [2.0]
    """
    last = {name: arrays[name] / temperature for name in (f"{layer}/kernel", f"{layer}/bias")}
    return {**arrays, **last}


def with_normalisation(arrays: Mapping[str, Array], centre: Array, spread: Array) -> dict[str, Array]:
    r"""Weights of a tagger that takes raw vectors, from those of one that takes normalised vectors.

    .. math:: W^\top \frac{x - \mu}{\sigma} + b = (W / \sigma)^\top x + (b - (W / \sigma)^\top \mu)

    Parameters
    ----------
    arrays : mapping with ``hidden0/kernel`` of shape (length, width) and ``hidden0/bias``
    centre, spread : arrays of shape (length,)

    Returns
    -------
    dict of arrays

    Examples
    --------
    >>> import numpy as np
    >>> arrays = {"hidden0/kernel": np.ones((1, 1)), "hidden0/bias": np.zeros(1)}
    >>> raw = with_normalisation(arrays, np.ones(1), 2.0)
    >>> raw["hidden0/kernel"].tolist(), raw["hidden0/bias"].tolist()
    ([[0.5]], [-0.5])
    """
    kernel = arrays["hidden0/kernel"] / np.reshape(spread, (-1, 1))
    return {**arrays, "hidden0/kernel": kernel, "hidden0/bias": arrays["hidden0/bias"] - centre @ kernel}


def save_arrays(path: str | Path, arrays: Mapping[str, Array], *, dtype: DTypeLike = np.float32) -> Path:
    """Write named arrays to a compressed ``.npz`` file, whole or not at all.

    Parameters
    ----------
    path : path ending in ``.npz``
    arrays : mapping from str to array
    dtype : float type to store; float16 halves the file and keeps three digits

    Returns
    -------
    Path of the file. Same arrays, same bytes.

    Raises
    ------
    ValueError
        If the name does not end in ``.npz``, or a value does not fit in dtype.

    Examples
    --------
    >>> save_arrays("tagger.npz", arrays_of(model))  # doctest: +SKIP
    """
    path = Path(path)
    if path.suffix != ".npz":
        raise ValueError(
            f"path must end in .npz, got {path.name}: NumPy would add the ending and write elsewhere"
        )
    with np.errstate(over="ignore"):
        stored = {name: np.asarray(array).astype(dtype) for name, array in arrays.items()}
    for name, array in stored.items():
        if not np.isfinite(array).all():
            raise ValueError(f"weight {name} must be finite as {np.dtype(dtype)}: train again or use float32")
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as unfinished:
        np.savez_compressed(unfinished, allow_pickle=False, **stored)
    return path


def save_weights(model: keras.Model, path: str | Path, *, dtype: DTypeLike = np.float32) -> Path:
    """Write a network's weights to an ``.npz`` file.

    Parameters
    ----------
    model : keras.Model
    path : path ending in ``.npz``
    dtype : float type to store

    Returns
    -------
    Path of the file

    Examples
    --------
    >>> save_weights(unet(64), "unet.npz")  # doctest: +SKIP
    """
    return save_arrays(path, arrays_of(model), dtype=dtype)


def load_weights(model: keras.Model, path: str | Path) -> keras.Model:
    """Read a network's weights from an ``.npz`` file.

    Parameters
    ----------
    model : keras.Model, built with the numbers it was trained with
    path : path of a file that :func:`save_weights` wrote

    Returns
    -------
    keras.Model, the same one

    Raises
    ------
    ValueError
        If names or shapes differ.

    Examples
    --------
    >>> model = load_weights(unet(64), "unet.npz")  # doctest: +SKIP
    """
    set_arrays(model, load_arrays(path))
    return model
