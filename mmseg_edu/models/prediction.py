"""What a trained network says: posteriors, or the most probable class of each pixel, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import keras


def predict(model: keras.Model, inputs: Any, batch: int = 64) -> Any:
    """Ask a network about many examples.

    Parameters
    ----------
    model : keras.Model
    inputs : array, or list of arrays, with N >= 1 entries each
    batch : int >= 1, examples at a time

    Returns
    -------
    array (N, ..., K) float32, or a list of them
        An array for each output, also where the network computes in shorter floats. Keras switches off what is for
        training only, such as dropout.

    Raises
    ------
    ValueError
        If there is no example, the inputs differ in number, or batch is below 1.

    Examples
    --------
    >>> predict(unet(64), pictures).shape  # doctest: +SKIP
    (500, 64, 64, 5)

    Lesson: 14_unet
    """
    answers = list(_answers(model, inputs, batch))
    several = isinstance(answers[0], list)
    columns = zip(*answers, strict=True) if several else [answers]
    whole = [np.concatenate([_floats(part) for part in column]) for column in columns]
    return whole if several else whole[0]


def predict_labels(model: keras.Model, inputs: Any, batch: int = 64) -> NDArray[np.uint8]:
    r"""Name the most probable class of each pixel: what the metrics want.

    .. math:: S(x) = \operatorname{argmax}_k P(k \mid x)

    Parameters
    ----------
    model : keras.Model with one output (N, ..., K), K <= 256
    inputs, batch
        As for :func:`predict`.

    Returns
    -------
    array (N, ...) uint8, class indices
        Of equally probable classes the first. The posteriors of one batch at a time are in memory.

    Raises
    ------
    ValueError
        As :func:`predict`, and if the model has several outputs or more than 256 classes.

    Notes
    -----
    ``keras.metrics.MeanIoU`` takes probabilities without a word and rounds them to classes, so that 0.9 is class 0.
    Class indices leave no room for that.

    Examples
    --------
    >>> metrics.mean_iou(labels, predict_labels(model, pictures), 5)  # doctest: +SKIP
    0.91

    Lesson: 14_unet
    """
    if len(model.outputs) != 1 or (classes := model.outputs[0].shape[-1]) > 256:
        raise ValueError(
            f"labels need a model with one output of at most 256 classes, got {len(model.outputs)} output(s) of "
            f"{', '.join(str(output.shape[-1]) for output in model.outputs)}: choose with predict and argmax(-1)"
        )
    if classes < 2:
        raise ValueError(
            "labels need a posterior of 2 classes or more, got 1: compare predict(...) with a threshold"
        )
    answers = _answers(model, inputs, batch)
    return np.concatenate(
        [np.asarray(_floats(answer)).argmax(axis=-1).astype(np.uint8) for answer in answers]
    )


def _floats(answer: Any) -> NDArray[np.float32]:
    return np.asarray(answer).astype(np.float32, copy=False)


def _answers(model: keras.Model, inputs: Any, batch: int) -> Iterator[Any]:
    several = isinstance(inputs, list | tuple)
    arrays = [np.asarray(each) for each in inputs] if several else [np.asarray(inputs)]
    count = example_count(arrays)
    if batch < 1:
        raise ValueError(f"batch must be 1 or more, got {batch}: try 64")
    batch = min(batch, count)
    for start in range(0, count, batch):
        # The last batch is filled up: another size would have the network traced anew, which takes seconds.
        some = [each[np.arange(start, start + batch) % count] for each in arrays]
        answer = model.predict_on_batch(some if several else some[0])
        left = count - start
        yield [part[:left] for part in answer] if isinstance(answer, list | tuple) else answer[:left]


def example_count(arrays: list[Any]) -> int:
    """How many examples there are, at least one and as many in each array.

    >>> example_count([np.zeros((3, 2)), np.zeros(3)])
    3
    """
    counts = [len(each) if np.ndim(each) else 0 for each in arrays]
    if not counts or min(counts) != max(counts):
        raise ValueError(
            f"inputs and targets must have one entry an example, got {', '.join(map(str, counts)) or 'none'}: take all "
            "of them from the same batch"
        )
    if counts[0] < 1:
        raise ValueError("number of examples must be 1 or more, got 0: nothing is learnt from none")
    return counts[0]
