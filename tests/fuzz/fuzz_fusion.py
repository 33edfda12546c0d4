"""Rows of `fusion`: the formulas, on arrays."""

from __future__ import annotations

import numpy as np
from fuzz_rows import Given, arrays, flag, floats, function, number, row, whole, wholes

_RNG = np.random.default_rng(0)


def opinions(*shape: int) -> np.ndarray:
    """Posteriors of that shape, all above 0."""
    given = _RNG.random(shape) + 0.1
    return given / given.sum(axis=-1, keepdims=True)


SEEN, HEARD, LABELS = opinions(4, 5, 3), opinions(4, 5, 3), _RNG.integers(0, 3, (4, 5))
PRIOR = floats(np.array([0.2, 0.3, 0.5]))
BOTH = arrays(SEEN, HEARD)
ALPHA = floats(np.array([0.25, 0.75]))
MAP, VECTOR = floats(_RNG.normal(size=(4, 5, 3))), floats(_RNG.normal(size=3))


def _rows(*shape: int) -> Given:
    return floats(_RNG.normal(size=shape))


def _agreement(labels: np.ndarray, fused: np.ndarray) -> float:
    return float((fused.argmax(axis=-1) == labels).mean())


FUSION = [
    row("fusion.attention", query=_rows(4, 2), key=_rows(3, 2), value=_rows(3, 5)),
    row("fusion.attention_weights", query=_rows(4, 2), key=_rows(3, 2)),
    row("fusion.clip", probabilities=floats(SEEN), floor=number(0.01)),
    row("fusion.concat", senses=arrays(MAP.value, VECTOR.value)),
    row("fusion.film", features=MAP, scale=VECTOR, shift=VECTOR),
    row("fusion.fit_alpha_gradient", probabilities=BOTH, labels=wholes(LABELS), per_class=flag(False),
        steps=whole(3), rate=number(1.0)),
    row("fusion.fit_alpha_grid", probabilities=BOTH, labels=wholes(LABELS), steps=whole(4),
        score=function(_agreement)),
    row("fusion.fit_temperature", probabilities=floats(SEEN), labels=wholes(LABELS), low=number(0.05),
        high=number(20.0)),
    row("fusion.inverse_variance_weights", variances=floats(np.array([0.5, 1.0, 2.0]))),
    row("fusion.log_pool", probabilities=BOTH, weights=ALPHA, prior=PRIOR),
    row("fusion.low_rank_bilinear", senses=arrays(MAP.value, VECTOR.value),
        factors=arrays(_RNG.normal(size=(3, 2)), _RNG.normal(size=(3, 2))), out=floats(_RNG.normal(size=(2, 4)))),
    row("fusion.majority", probabilities=BOTH, prior=PRIOR),
    row("fusion.maximum", probabilities=BOTH, prior=PRIOR),
    row("fusion.mean", probabilities=BOTH),
    row("fusion.median", probabilities=BOTH, prior=PRIOR),
    row("fusion.minimum", probabilities=BOTH, prior=PRIOR),
    row("fusion.over_pixels", posterior=floats(SEEN[0, 0]), shape=whole((4, 5))),
    row("fusion.product", probabilities=BOTH, prior=PRIOR),
    row("fusion.simplex_grid", n=whole(3), steps=whole(4)),
    row("fusion.sounding", objects=floats(SEEN), heard=floats(SEEN[0, 0])),
    row("fusion.temperature", probabilities=floats(SEEN), T=number(2.0)),
    row("fusion.tpavi", query=_rows(4, 2), key=_rows(4, 2), value=_rows(4, 5)),
    row("fusion.weighted", probabilities=BOTH, alpha=ALPHA),
]  # fmt: skip
