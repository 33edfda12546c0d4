"""Where a network's loss would change: its gradient with respect to every input and every weight."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mmseg_edu import backend

if TYPE_CHECKING:
    import keras


class Gradients(NamedTuple):
    """Gradients of one number, by name; each is shaped like what it belongs to.

    Attributes
    ----------
    inputs : dict of str to float32 array (N, ...)
        Of each input of the model.
    weights : dict of str to float32 array
        Of each weight that training changes, named ``layer/kernel``, ``layer/bias`` and so on.
    """

    inputs: dict[str, np.ndarray]
    weights: dict[str, np.ndarray]


def loss_gradients(
    model: keras.Model, inputs: Any, targets: Any, loss: Callable[[Any, Any], Any]
) -> Gradients:
    r"""Differentiate the mean loss of a few scenes with respect to every input and every weight of a network.

    .. math:: \frac{\partial L}{\partial x_m} \quad\text{and}\quad \frac{\partial L}{\partial w}, \qquad
              L = \frac{1}{N} \sum_{n=1}^{N} \ell\big(y_n, P(\cdot \mid x_{1n}, \dots, x_{Mn}; w)\big)

    What no path leads from to the loss has a gradient of exactly 0.

    Parameters
    ----------
    model : keras.Model
        It keeps its weights, and is asked as it predicts: without dropout, with its own means and variances.
    inputs : array, or list of arrays, (N, ...) floating point
        One for each input of the model, in its order.
    targets : array (N, ...)
        What the model should give, as the loss takes it.
    loss : function of (targets, posterior), such as :func:`mmseg_edu.models.cross_entropy`
        Gives one number a scene, (N,).

    Returns
    -------
    Gradients

    Raises
    ------
    ValueError
        If there are not as many arrays as inputs, not as many scenes in each, or a scene's loss is not one number.
    NotImplementedError
        As :func:`mmseg_edu.backend.gradient`.

    Notes
    -----
    A gradient of 0 need not mean that there is no path: a ReLU that is off in every scene stops it as well, and so does
    a layer that rounds or compares, which passes values on and no slopes. Ask with many scenes, at weights that are
    random; then what is still exactly 0 has no path, or such a layer on it. Put another scene's input in to tell which.

    References
    ----------
    Rumelhart, Hinton & Williams (1986), Nature, for the backward pass.

    Examples
    --------
    >>> found = loss_gradients(model, [pictures, sounds], labels, cross_entropy)  # doctest: +SKIP
    >>> {name: np.linalg.norm(each) for name, each in found.inputs.items()}  # doctest: +SKIP
    {'picture': 0.0, 'sound': 0.0137}

    Lesson: 15_the_articles_network
    """
    given = [np.asarray(each) for each in (inputs if isinstance(inputs, list | tuple) else [inputs])]
    counts = [len(each) for each in given]
    if len(given) != len(model.inputs) or {*counts, len(targets)} != {len(targets)}:
        raise ValueError(
            f"inputs must be {len(model.inputs)} arrays with as many scenes as targets, {len(targets)}, got {counts}: "
            "give one array for each input of the model, in its order"
        )
    kept = [each.value for each in model.non_trainable_variables]

    def mean_loss(*values: Any) -> Any:
        arrays, weights = list(values[: len(given)]), list(values[len(given) :])
        posterior, _ = model.stateless_call(
            weights, kept, arrays if len(arrays) > 1 else arrays[0], training=False
        )
        return _mean(loss(targets, posterior), len(targets))

    found = backend.gradients(mean_loss, [*given, *(each.value for each in model.trainable_variables)])
    names = [each.name for each in model.inputs]
    paths = [each.path for each in model.trainable_variables]
    return Gradients(
        dict(zip(names, found[: len(given)], strict=True)), dict(zip(paths, found[len(given) :], strict=True))
    )


def _mean(losses: Any, count: int) -> Any:
    if tuple(losses.shape) != (count,):
        raise ValueError(
            f"loss must give one number a scene, ({count},), got {tuple(losses.shape)}: average over the pixels of "
            "each scene"
        )
    return backend.load().ops.mean(losses)
