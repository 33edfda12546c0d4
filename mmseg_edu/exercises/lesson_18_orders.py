"""Rules that divide a score among senses: the one that exercise 18.3 asks for, and those of misconceptions."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import permutations

import numpy as np


def _senses(values: np.ndarray) -> int:
    return len(values).bit_length() - 1


def by_orders(values: np.ndarray, orders: list[tuple[int, ...]] | None = None) -> np.ndarray:
    """What each sense adds when it comes, averaged over orders."""
    n = _senses(values)
    chosen = list(permutations(range(n))) if orders is None else orders
    added = np.zeros(n)
    for order in chosen:
        present = 0
        for i in order:
            added[i] += values[present | 1 << i] - values[present]
            present |= 1 << i
    return added / len(chosen)


def _rotations(count: int) -> Iterator[tuple[int, ...]]:
    n = count.bit_length() - 1
    return (tuple((start + i) % n for i in range(n)) for start in range(n))


def _weighted_by(weight: Callable[[int, int], float]) -> Callable[[np.ndarray], np.ndarray]:
    """Sum over coalitions what a sense adds, times a weight that depends on their size."""

    def rule(values: np.ndarray) -> np.ndarray:
        n = _senses(values)
        added = np.zeros(n)
        for i in range(n):
            for c in range(2**n):
                if not c >> i & 1:
                    added[i] += weight(c.bit_count(), n) * (values[c | 1 << i] - values[c])
        return added

    return rule


def _banzhaf_stretched(values: np.ndarray) -> np.ndarray:
    found = _weighted_by(lambda size, n: 1.0)(values)
    return found * (values[-1] - values[0]) / found.sum()


def _listed_by_size(values: np.ndarray) -> np.ndarray:
    """As if the coalitions came by size: nobody, each alone, the pairs ..."""
    places = sorted(range(len(values)), key=lambda c: (c.bit_count(), c))
    by_bits = np.empty(len(values))
    by_bits[places] = values
    return by_orders(by_bits)


def _there_and_back(values: np.ndarray) -> np.ndarray:
    order = tuple(range(_senses(values)))
    return by_orders(values, [order, order[::-1]])


SLIPS_3: list[tuple[Callable[[np.ndarray], np.ndarray], str]] = [
    (
        _weighted_by(lambda size, n: 1 / 2 ** (n - 1)),
        "All coalitions count alike: that is Banzhaf's index. It does not add up to v(all) - v(none):\n"
        "a coalition of size s stands for s! (n - s - 1)! of the n! orders.",
    ),
    (
        _weighted_by(lambda size, n: float(size == 0)),
        "What each adds to nobody. It also comes second and third, in other orders.",
    ),
    (
        _weighted_by(lambda size, n: float(size == n - 1)),
        "What each adds to all the others. It also comes first and second, in other orders.",
    ),
    (
        _weighted_by(lambda size, n: math.factorial(size) * math.factorial(n - size - 1)),
        "The number of orders, not yet divided by all of them, n!.",
    ),
    (
        _weighted_by(lambda size, n: 1 / n),
        "Averaged over sizes, but the coalitions of one size were added up: there are several of each.",
    ),
    (
        _weighted_by(lambda size, n: 1 / (n * math.comb(n, size))),
        "The coalitions without sense i are subsets of n - 1 senses, not of n.",
    ),
    (
        lambda v: by_orders(v)[::-1],
        "The senses came out in reverse: bit 0, the last digit, is sense 0.",
    ),
    (
        lambda v: by_orders(v, list(_rotations(len(v)))),
        "These are the n rotations of one order. There are n! orders.",
    ),
    (
        lambda v: by_orders(v, [tuple(range(_senses(v)))]),
        "One order only. Who comes first depends on it, so average over all.",
    ),
    (
        lambda v: np.abs(by_orders(v)) / np.abs(by_orders(v)).sum(),
        "These are shares. Asked for are the values.",
    ),
    (
        lambda v: by_orders(v) / (v[-1] - v[0]),
        "These are fractions of the whole. Asked for are the values.",
    ),
    (
        _banzhaf_stretched,
        "All coalitions count alike, and the result is stretched to add up: Banzhaf's index, normalised.\n"
        "A coalition of size s stands for s! (n - s - 1)! of the n! orders.",
    ),
    (
        _listed_by_size,
        "Read as if the coalitions were listed by size. Place 3 is 011 in binary: senses 0 and 1 together.",
    ),
    (_there_and_back, "One order and its reverse. With three senses there are six orders."),
    (
        _weighted_by(lambda size, n: math.factorial(size) * math.factorial(n - size) / math.factorial(n)),
        "After sense i come n - s - 1 others, not n - s: i itself is already there.",
    ),
    (
        _weighted_by(
            lambda size, n: math.factorial(size) * math.factorial(n - size - 1) / math.factorial(n - 1)
        ),
        "Divided by (n - 1)!. There are n! orders.",
    ),
    (
        _weighted_by(
            lambda size, n: math.factorial(size) * math.factorial(n - size - 1) / math.factorial(n + 1)
        ),
        "Divided by (n + 1)!. There are n! orders.",
    ),
    (
        lambda v: by_orders(np.array([0.0, *v[1:]])),
        "The score of nobody, values[0], need not be 0. Take it away.",
    ),
    (lambda v: -by_orders(v), "The sign is turned: with sense i minus without it."),
    (lambda v: np.abs(by_orders(v)), "A value may be negative. Is a sign lost on the way?"),
    (lambda v: np.trunc(by_orders(v)), "The digits behind the point are gone. Keep the floats."),
]
