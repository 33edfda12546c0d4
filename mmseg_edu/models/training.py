"""The one loop in which every network of the package learns."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mmseg_edu import backend, metrics
from mmseg_edu.models.checkpoint import Checkpoint, Progress, assign, values_of
from mmseg_edu.models.prediction import example_count, predict_labels

if TYPE_CHECKING:
    import keras

# What `renew` gives for one epoch: inputs and targets, each an array or a list of arrays.
Epoch = tuple[Any, Any]

# What `fit` minimises: the name of a loss of Keras, or a function (truth, posterior) -> (N,).
Loss = str | Callable[[Any, Any], Any]

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


class History(NamedTuple):
    """What a training measured.

    Attributes
    ----------
    loss : list of float, the mean loss of each epoch while it learnt
    validation : list of float, the mean IoU on the validation set after each epoch; empty without one
    seconds : float, that the epochs took, over all the runs that a checkpoint ties together

    Examples
    --------
    >>> History([0.9, 0.5], [0.3, 0.6], 12.0).loss[-1]
    0.5
    """

    loss: list[float]
    validation: list[float]
    seconds: float


def fit(
    model: keras.Model,
    inputs: Any,
    targets: Any,
    loss: Loss,
    *,
    rate: float,
    epochs: int,
    batch: int = 32,
    weight_decay: float = 0.0,
    optimizer: Callable[..., Any] | None = None,
    renew: Callable[[], Epoch] | None = None,
    validation: Epoch | None = None,
    ignore: int | None = None,
    patience: int | None = None,
    checkpoint: str | Path | None = None,
    seed: int | None = None,
    title: str = "training",
    progress: bool = True,
) -> History:
    r"""Minimise a loss with Adam, in shuffled batches, with a learning rate that rises shortly and then falls.

    Parameters
    ----------
    model : keras.Model, functional or sequential, whose weights change
    inputs, targets : array, or list of arrays, with N entries each: what the model takes and what it should give
    loss : function (truth, posterior) -> one number an example, such as ``models.dice_loss``, or the Keras name of
        one, such as ``"binary_crossentropy"``
    rate : float > 0, highest learning rate, see :func:`learning_rate`
    epochs : int >= 1, passes over the data
    batch : int >= 1, examples in a step
    weight_decay : float >= 0, taken off the weights in each step, times the learning rate (AdamW)
    optimizer : function of a schedule and weight_decay, or None
        Gives the Keras optimizer to learn with, for instance :func:`mmseg_edu.models.muon`; None takes AdamW.
    renew : function without parameters, or None
        Called before each epoch; what it returns, as many inputs and targets, is learnt in that epoch
        in place of the first ones: the place for mirroring and noise.
    validation : (inputs, labels), or None
        Measured after each epoch: the mean IoU of the most probable classes, ``metrics.mean_iou``.
    ignore : int, or None
        The label of pixels that the validation passes over, often 255. The loss is told by itself:
        ``functools.partial(models.cross_entropy, ignore=255)``.
    patience : int >= 1, or None
        Stop when so many epochs in a row have not beaten the best validation, and go back to the best weights, also
        when the epochs run out first. None: all epochs, and the last weights.
    checkpoint : path ending in ``.npz``, or None
        Where the training is kept after each epoch. Begun again with the same arguments, it goes on from there and
        ends as if it had never been interrupted.
    seed : int >= 0, or None
        Of the order of the examples. None draws one from the seed of Keras: :func:`mmseg_edu.backend.seed`.
    title : str, before the bar
    progress : bool, show a bar over the steps, with the loss

    Returns
    -------
    History

    Raises
    ------
    ValueError
        If there is no example, inputs and targets differ in number, a number is out of its range, patience has
        nothing to watch, the loss becomes NaN or infinite, or the checkpoint is damaged or of another training.

    Notes
    -----
    The model itself stays uncompiled: it is saved, and loaded in safe mode, without optimizer or loss.

    A checkpoint holds weights, the optimizer's memory, the state of dropout, the seed of the order and the history.
    On a CPU a training that was killed at any moment, and begun again, gives the same weights to the last bit if
    the library computes with one thread. What it cannot hold is the state of ``renew``: that is called once, in
    vain, for each epoch that is over, so that a generator in it stands where it stood. Arguments are compared as
    they are, functions by their names.

    References
    ----------
    Kingma & Ba (2015), ICLR, algorithm 1; Loshchilov & Hutter (2019), ICLR, algorithm 2, for the decay.

    Examples
    --------
    >>> fit(model, pictures, labels, models.cross_entropy, rate=3e-3, epochs=4).loss  # doctest: +SKIP
    [0.91, 0.55, 0.41, 0.36]

    Lesson: 14_unet
    """
    count = example_count([*_listed(inputs), *_listed(targets)])
    _check_numbers(epochs, batch, rate, weight_decay, patience)
    if patience is not None and validation is None:
        raise ValueError(
            "patience needs a validation set to watch, got none: give validation=(inputs, labels)"
        )
    drawn = _drawn_seed() if seed is None else _checked_seed(seed)
    steps = -(-count // batch)
    stepping = _adam if optimizer is None else optimizer
    learner = _learner(model, loss, stepping(learning_rate(rate, epochs * steps), weight_decay=weight_decay))
    state = Progress(drawn, [], [], 0.0, [])
    kept = None
    if checkpoint is not None:
        about = {"inputs": inputs, "targets": targets, "validation": validation}
        numbers = {"rate": float(rate), "epochs": epochs, "batch": batch, "weight_decay": float(weight_decay)}
        functions = {"loss": _name(loss), "renew": _name(renew), "optimizer": _name(optimizer)}
        rest = numbers | functions | {"patience": patience, "seed": None if seed is None else drawn}
        rest |= {} if ignore is None else {"ignore": ignore}
        kept = Checkpoint(checkpoint, model, learner.optimizer, about, rest)
        state = kept.read() or state
    for _ in state.loss if renew is not None else ():
        renew()  # type: ignore[misc]
    begun = time.perf_counter() - state.seconds
    with _bar(title, epochs * steps, len(state.loss) * steps, progress) as bar:
        while len(state.loss) < epochs and not _out_of_patience(state.validation, patience):
            epoch = len(state.loss)
            now = (inputs, targets) if renew is None else renew()
            order = np.random.default_rng([state.seed, epoch]).permutation(count)
            state.loss.append(_one_epoch(learner, *_shuffled(now, order), batch, bar))
            if validation is not None:
                state.validation.append(_validate(model, *validation, batch, ignore))
                if patience is not None and _best(state.validation) == epoch:
                    state = state._replace(best=values_of(model.variables))
            state = state._replace(seconds=time.perf_counter() - begun)
            if kept is not None:
                kept.write(state)
    if state.best:
        assign(model.variables, state.best)
    return History(state.loss, state.validation, state.seconds)


def _adam(rate: Any, *, weight_decay: float) -> keras.optimizers.Optimizer:
    """AdamW, or Adam where nothing decays: AdamW works out the learning rate for each weight once more, even then."""
    optimizers = backend.load().optimizers
    return optimizers.AdamW(rate, weight_decay=weight_decay) if weight_decay else optimizers.Adam(rate)


def _learner(model: keras.Model, loss: Loss, optimizer: Any) -> keras.Model:
    """A second model of the same layers, compiled: what it learns, they keep, and the first stays as it was."""
    keras_ = backend.load()
    if not getattr(model, "inputs", None):
        raise ValueError(
            f"model must be functional or sequential, with inputs, got {type(model).__name__} without: "
            "build it as keras.Model(inputs, outputs)"
        )
    ends = [ends[0] if len(ends) == 1 else ends for ends in (model.inputs, model.outputs)]
    learner = keras_.Model(*ends, name=f"{model.name}_learning")
    learner.dtype_policy = model.dtype_policy  # float16 has Keras scale the loss
    learner.compile(optimizer, loss)
    # Variables that appear while the step is traced would have it traced twice: seconds, for the same numbers.
    learner.optimizer.build(learner.trainable_variables)
    return learner


def _one_epoch(learner: keras.Model, inputs: Any, targets: Any, batch: int, bar: Any) -> float:
    """Learn from each example once, in the given order; the mean loss on the way."""

    def move(_: int, logs: Any) -> None:
        bar.set_postfix(loss=f"{float(logs['loss']):.3f}", refresh=False)
        bar.update()

    watch = [] if bar.disable else [backend.load().callbacks.LambdaCallback(on_train_batch_end=move)]
    ran = learner.fit(inputs, targets, batch_size=batch, verbose=0, shuffle=False, callbacks=watch)
    loss = float(ran.history["loss"][0])
    if not math.isfinite(loss):
        raise ValueError(
            f"the loss must stay finite, got {loss}: look for labels that are no class (give the one that does not "
            "count to the loss, as its ignore) and for NaN among the inputs, or lower the rate"
        )
    return loss


def _validate(model: keras.Model, inputs: Any, labels: Any, batch: int, ignore: int | None) -> float:
    says = predict_labels(model, inputs, batch)
    if ignore is not None:
        known = np.asarray(labels) != ignore
        labels, says = np.asarray(labels)[known], says[known]
    return metrics.mean_iou(labels, says, model.outputs[0].shape[-1])


def _bar(title: str, total: int, done: int, progress: bool) -> Any:
    from tqdm import tqdm  # as text, also in a notebook: it goes to stderr, which stored notebooks leave out

    return tqdm(total=total, initial=done, desc=title, unit="step", disable=not progress)


def _shuffled(epoch: Epoch, order: np.ndarray) -> Epoch:
    """Inputs and targets in an order; refused if there are more or fewer than at first."""
    inputs, targets = epoch
    count = example_count([*_listed(inputs), *_listed(targets)])
    if count != len(order):
        raise ValueError(
            f"renew must return as many examples as there were at first, {len(order)}, got {count}: return "
            "all of them, changed"
        )
    return _taken(inputs, order), _taken(targets, order)


def _listed(data: Any) -> list[Any]:
    return list(data) if isinstance(data, list | tuple) else [data]


def _taken(data: Any, order: np.ndarray) -> Any:
    taken = [np.asarray(each)[order] for each in _listed(data)]
    return taken if isinstance(data, list | tuple) else taken[0]


def _best(validation: list[float]) -> int:
    """The first epoch with the highest score; NaN, of sets in which nothing is to be found, is the lowest."""
    return int(np.argmax([-1.0 if math.isnan(score) else score for score in validation]))


def _out_of_patience(validation: list[float], patience: int | None) -> bool:
    return (
        patience is not None and len(validation) > patience and len(validation) > patience + _best(validation)
    )


def _drawn_seed() -> int:
    return int(np.asarray(backend.load().random.randint((), 0, 2**31 - 1)))


def _checked_seed(seed: int) -> int:
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise ValueError(f"seed must be a whole number, 0 or more, got {seed!r}: any will do")
    return int(seed)


def _name(function: Any) -> str | None:
    """How a loss or a function is called, with the arguments that are already given to it."""
    if function is None or isinstance(function, str):
        return function
    if isinstance(function, partial):
        return f"{_name(function.func)}{function.args}{sorted(function.keywords.items())}"
    return str(getattr(function, "__qualname__", type(function).__name__))


def _check_numbers(epochs: int, batch: int, rate: float, weight_decay: float, patience: int | None) -> None:
    for name, value in {"epochs": epochs, "batch": batch, "patience": patience}.items():
        if value is not None and value < 1:
            raise ValueError(f"{name} must be 1 or more, got {value}: nothing is learnt from none")
    if not (0 < rate < math.inf and 0 <= weight_decay < math.inf):
        raise ValueError(
            f"rate must be above 0 and weight_decay 0 or more, got {rate} and {weight_decay}: try 3e-3 and 0"
        )
