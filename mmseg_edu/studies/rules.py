"""All rules of fusion on the same opinions, their few numbers fitted on scenes of their own."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mmseg_edu import fusion
from mmseg_edu.metrics import mean_iou

Array = NDArray[np.floating]
Labels = NDArray[np.uint8]
# An expert's zero is rounding, not a veto.
ROUNDING_ZERO = 1e-6
_WEIGHTS = (0.0, 0.25, 0.5, 0.75, 1.0)


def fuse_by_all_rules(
    opinions: Sequence[Array], prior: Array, held: Sequence[Array], held_labels: Labels
) -> dict[str, Array]:
    r"""Fuse the opinions of n senses by every rule; alpha and the weights of the log pool come from held-out scenes.

    Parameters
    ----------
    opinions : n arrays (N, H, W, K), in [0, 1]
        What each sense says of the scenes to be scored.
    prior : (K,), in (0, 1], sums to 1
        The one that is inside the opinions: the shares of the classes where the experts learnt.
    held : n arrays (M, H, W, K), in [0, 1]
        What the senses say of other scenes of the same situation.
    held_labels : (M, H, W), uint8
        The truth of those.

    Returns
    -------
    dict of str to array (N, H, W, K)
        The posteriors by the name of the rule: mean, weighted, product, log pool, minimum, maximum, median, majority.
        The last four take the prior as their source has it. Opinions are lifted to at least 1e-6, so that none vetoes
        by rounding.

    Raises
    ------
    ValueError
        If the shapes do not fit, or a value is not a probability.

    Notes
    -----
    Alpha (steps of 1/20 for two senses, 1/10 for more) and the weights of the log pool (0, 1/4, ... 1 each) maximise
    the mean IoU of the held-out scenes, which is what the rules are scored by.

    Examples
    --------
    >>> sees, hears = np.full((1, 1, 1, 2), 0.5), np.array([[[[0.9, 0.1]]]])
    >>> fused = fuse_by_all_rules([sees, hears], np.array([0.5, 0.5]), [sees, hears], np.zeros((1, 1, 1), np.uint8))
    >>> fused["mean"].round(2).tolist(), len(fused)
    ([[[[0.7, 0.3]]]], 8)
    """
    values = np.stack([fusion.clip(each, ROUNDING_ZERO) for each in opinions])
    known = np.stack([fusion.clip(each, ROUNDING_ZERO) for each in held])
    classes = values.shape[-1]

    def score(truth: Labels, fused: Array) -> float:
        return mean_iou(truth, fused.argmax(axis=-1), classes)

    alpha = fusion.fit_alpha_grid(known, held_labels, steps=20 if len(values) == 2 else 10, score=score)
    return {
        "mean": fusion.mean(values),
        "weighted": fusion.weighted(values, alpha),
        "product": fusion.product(values, prior),
        "log pool": fusion.log_pool(values, fit_weights(known, held_labels, prior), prior),
        "minimum": fusion.minimum(values, prior),
        "maximum": fusion.maximum(values, prior),
        "median": fusion.median(values, prior),
        "majority": fusion.majority(values, prior),
    }


def fit_weights(opinions: Array, labels: Labels, prior: Array) -> Array:
    r"""Try every combination of five weights a sense in the log pool, and keep the one of the best mean IoU.

    .. math:: \hat w = \operatorname{argmax}_{w \in \{0, 1/4, \dots, 1\}^n}
              \operatorname{mIoU}\big(l, \operatorname{argmax}_k P(k)^{1 - \sum_i w_i} \prod_i P(k \mid f_i)^{w_i}\big)

    Parameters
    ----------
    opinions : (n, M, H, W, K), in (0, 1]
    labels : (M, H, W), integers
    prior : (K,), in (0, 1], sums to 1

    Returns
    -------
    array (n,)
        Among equals the last, which listens to most: all weights 1 is the product.

    Examples
    --------
    >>> right, wrong = [[[[0.9, 0.1]]]], [[[[0.05, 0.95]]]]
    >>> fit_weights(np.array([right, wrong]), np.zeros((1, 1, 1), np.uint8), np.array([0.5, 0.5])).tolist()
    [1.0, 0.5]
    """
    grid = np.stack(np.meshgrid(*[_WEIGHTS] * len(opinions), indexing="ij"), axis=-1).reshape(
        -1, len(opinions)
    )
    logs, known = np.log(opinions), np.log(prior)
    scores = [
        mean_iou(labels, (np.tensordot(w, logs, axes=1) + (1 - w.sum()) * known).argmax(-1), len(prior))
        for w in grid
    ]
    return np.asarray(grid[len(grid) - 1 - int(np.argmax(scores[::-1]))])
