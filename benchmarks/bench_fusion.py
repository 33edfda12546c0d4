"""Fusion against the nearest equivalents: plain NumPy expressions and scipy.special.

Run: ``python -m benchmarks.bench_fusion``. A row is (what, our ms, the peer, its ms, ours / its).
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from scipy.special import logsumexp, softmax

from mmseg_edu import fusion

Row = tuple[str, float, str, float, float]


def milliseconds(*calls: Callable[[], object], rounds: int = 15) -> list[float]:
    """Best time of each call, taken in turns, so that a busy moment of the machine meets all of them."""
    best = [float("inf")] * len(calls)
    for _ in range(rounds):
        for i, call in enumerate(calls):
            start = time.perf_counter()
            call()
            best[i] = min(best[i], 1e3 * (time.perf_counter() - start))
    return best


def compare(what: str, ours: Callable[[], object], peer: str, theirs: Callable[[], object]) -> Row:
    first, second = milliseconds(ours, theirs)
    return what, first, peer, second, first / second


def main() -> list[Row]:
    """Print and return the rows: two senses on a batch of 16 pictures of 128x128, 5 classes."""
    rng = np.random.default_rng(0)
    p = [rng.dirichlet(np.ones(5), (16, 128, 128)).astype(np.float32) for _ in range(2)]
    prior = np.array([0.8, 0.05, 0.05, 0.05, 0.05], np.float32)
    many = rng.dirichlet(np.ones(5), 10_000)

    def plain_product() -> np.ndarray:
        scores = p[0] * p[1] / prior
        return scores / scores.sum(axis=-1, keepdims=True)

    def scipy_product() -> np.ndarray:
        logs = np.log(p[0]) + np.log(p[1]) - np.log(prior)
        return np.exp(logs - logsumexp(logs, axis=-1, keepdims=True))

    def scipy_temperature() -> np.ndarray:
        return softmax(np.log(p[0]) / 2, axis=-1)

    rows = [
        compare("mean", lambda: fusion.mean(p), "numpy.mean", lambda: np.mean(p, axis=0)),
        compare(
            "weighted",
            lambda: fusion.weighted(p, [0.3, 0.7]),
            "numpy.average",
            lambda: np.average(p, axis=0, weights=[0.3, 0.7]),
        ),
        compare("product", lambda: fusion.product(p, prior), "p q / prior, underflows", plain_product),
        compare("product", lambda: fusion.product(p, prior), "scipy.special.logsumexp", scipy_product),
        compare("median", lambda: fusion.median(p), "numpy.median", lambda: np.median(p, axis=0)),
        compare(
            "temperature", lambda: fusion.temperature(p[0], 2), "scipy.special.softmax", scipy_temperature
        ),
        compare(
            "product of 10,000 experts",
            lambda: fusion.product(many),
            "scipy.special.softmax",
            lambda: softmax(np.log(many).sum(axis=0)),
        ),
    ]
    for what, ours, peer, theirs, ratio in rows:
        print(f"{what:28} {ours:8.3f} ms   {peer:26} {theirs:8.3f} ms   ratio {ratio:6.2f}", flush=True)
    return rows


if __name__ == "__main__":
    main()
