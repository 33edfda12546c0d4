"""The one loop in which every network of the package learns."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mmseg_edu import backend

if TYPE_CHECKING:
    import keras

# What `renew` gives for one epoch: inputs and targets, each an array or a list of arrays.
Epoch = tuple[Any, Any]

# The share of the steps in which the learning rate rises to its full value.
WARM_UP = 0.05


def learning_rate(rate: float, steps: int) -> Any:
    r"""Schedule that rises from a tenth of the rate to all of it and then falls along a cosine to 0.

    .. math:: \eta(s) = \frac{\eta_0}{2} \left(1 + \cos \frac{\pi (s - w)}{S}\right), \qquad w \le s \le w + S

    Before that, from step 0 to :math:`w`, one twentieth of the steps, it rises along a line: the first steps of a
    network with random weights are the largest and the least informed.

    Parameters
    ----------
    rate : float > 0, the highest learning rate
    steps : int >= 1, S: how many steps the fall takes

    Returns
    -------
    keras.optimizers.schedules.CosineDecay

    References
    ----------
    Loshchilov & Hutter (2017), ICLR, equation 5, for the cosine; Goyal et al. (2017), arXiv 1706.02677, for the
    warm-up.

    Examples
    --------
    >>> schedule = learning_rate(0.1, 40)  # doctest: +SKIP
    >>> [round(float(schedule(step)), 3) for step in (0, 2, 22, 42)]  # doctest: +SKIP
    [0.01, 0.1, 0.05, 0.0]

    Lesson: 14_unet
    """
    schedules = backend.load().optimizers.schedules
    return schedules.CosineDecay(
        rate / 10, steps, warmup_target=rate, warmup_steps=max(1, int(WARM_UP * steps))
    )


def fit(
    model: keras.Model,
    inputs: Any,
    targets: Any,
    loss: str | Callable[[Any, Any], Any],
    *,
    rate: float,
    epochs: int,
    batch: int = 32,
    weight_decay: float = 0.0,
    optimizer: Callable[..., Any] | None = None,
    renew: Callable[[], Epoch] | None = None,
    title: str = "training",
    progress: bool = True,
) -> float:
    r"""Minimise a loss with Adam, in shuffled batches, with a learning rate that rises shortly and then falls.

    Parameters
    ----------
    model : keras.Model, whose weights change
    inputs, targets : array, or list of arrays, with N entries each: what the model takes and what it should give
    loss : str, Keras name of the loss, for instance ``"sparse_categorical_crossentropy"``
    rate : float > 0, highest learning rate, see :func:`learning_rate`
    epochs : int >= 1, passes over the data
    batch : int >= 1, examples in a step
    weight_decay : float >= 0, taken off the weights in each step, times the learning rate (AdamW)
    optimizer : function of a schedule and weight_decay, or None
        Gives the Keras optimizer to learn with, for instance :func:`mmseg_edu.models.muon`; None takes AdamW.
    renew : function without parameters, or None
        Called before each epoch; what it returns, as many inputs and targets, is learnt in that epoch
        in place of the first ones: the place for mirroring and noise.
    title : str, before the bar
    progress : bool, show a bar over the epochs

    Returns
    -------
    float, seconds that the training took

    Raises
    ------
    ValueError
        If there is no example, epochs or batch is below 1, the rate is not above 0, or the decay is below 0.

    Notes
    -----
    The order of the examples comes from the seed of Keras: call :func:`mmseg_edu.backend.seed` before.

    References
    ----------
    Kingma & Ba (2015), ICLR, algorithm 1; Loshchilov & Hutter (2019), ICLR, algorithm 2, for the decay.

    Examples
    --------
    >>> fit(model, pictures, labels, "sparse_categorical_crossentropy", rate=3e-3, epochs=4)  # doctest: +SKIP

    Lesson: 14_unet
    """
    count = len(inputs[0] if isinstance(inputs, list) else inputs)
    for name, value in {"epochs": epochs, "batch": batch, "number of examples": count}.items():
        if value < 1:
            raise ValueError(f"{name} must be 1 or more, got {value}: nothing is learnt from none")
    if not (rate > 0 and weight_decay >= 0):
        raise ValueError(
            f"rate must be above 0 and weight_decay 0 or more, got {rate} and {weight_decay}: try 3e-3 and 0"
        )
    from tqdm.auto import tqdm

    schedule = learning_rate(rate, epochs * -(-count // batch))
    stepping = backend.load().optimizers.AdamW if optimizer is None else optimizer
    model.compile(stepping(schedule, weight_decay=weight_decay), loss)
    # Variables that appear while the step is traced would have it traced twice: seconds, for the same numbers.
    model.optimizer.build(model.trainable_variables)
    start = time.perf_counter()
    for _ in tqdm(range(epochs), desc=f"{title}: epochs", disable=not progress):
        now = (inputs, targets) if renew is None else renew()
        model.fit(*now, batch_size=batch, epochs=1, verbose=0, shuffle=True)
    return time.perf_counter() - start
