"""The exercises of lesson 09: what if every sense may say no?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.special import softmax

from mmseg_edu.exercises.expect import (
    Answer,
    Finding,
    expect_close,
    expect_kept,
    expect_range,
    expect_shape,
    expect_sums_to_one,
    together,
)

UNTESTED = {
    "1": "speed; classes that everybody rules out; thousands of witnesses (that is 09.2)",
    "2": "speed; a prior; classes that everybody rules out",
    "3": "speed; a trust for each class; whether it lifts the score of the three cameras",
}

_SUM = "A product of probabilities adds up to less than 1. What must every score be divided by?"


def exercise_1(answer: Answer) -> Iterator[Finding]:
    """`my_product(probabilities, prior)`: n posteriors (..., K) and the prior (K,) give one posterior (..., K)."""
    taxi, prior = np.array([[0.5, 0.5], [0.5, 0.5]]), np.array([0.05, 0.95])
    fused = answer(taxi, prior)
    what = "two witnesses and two classes"
    yield together(
        f"{what}: shape (2,), from 0 to 1, sums to 1",
        expect_shape(
            fused, (2,), what, "The witnesses lie along the first axis: that is the one to multiply along."
        ),
        expect_range(fused, 0, 1, what, "probability", _SUM),
        expect_sums_to_one(fused, what, _SUM),
    )
    yield expect_close(
        fused,
        [0.95, 0.05],
        "two who say fifty-fifty of what is true once in twenty times",
        "Multiply the witnesses class by class, divide by the prior once, divide by the sum.",
        slips=[
            ([0.5, 0.5], "This is what they say, not what follows from it. Where does the prior enter?"),
            ([0.05, 0.95], "Multiplied by the prior. It is inside each 50 % already: divide it out."),
            (
                _taxi_over(prior, 2),
                "Divided by the prior twice. Two witnesses hold it twice, and it must stay once.",
            ),
            (
                np.array([1.0, 0.0]),
                "This is a decision. Fusion hands on probabilities; argmax comes after it.",
            ),
        ],
    )
    yield expect_kept(answer, what)
    yield expect_close(
        answer(np.array([[0.2, 0.3, 0.5]]), np.array([0.6, 0.3, 0.1])),
        [0.2, 0.3, 0.5],
        "a single witness is believed as they stand",
        "With n = 1 the prior has the exponent 1 - n = 0. Is a division by the prior fixed in the code?",
        slips=[
            (
                np.full(3, 1 / 3),
                "Equal shares: was the product taken over the classes, and not the witnesses?",
            ),
        ],
    )
    random = np.random.default_rng(9)
    four, prior = random.dirichlet(np.ones(3), size=4), np.array([0.7, 0.2, 0.1])
    once = four.prod(axis=0) / prior
    yield expect_close(
        answer(four, prior),
        _fused(four, prior),
        "four witnesses and three classes",
        "Does it still work when there are more than two witnesses?",
        slips=[
            (
                once / once.sum(),
                "Four witnesses hold the prior four times, and it must stay once: how often is it divided out?",
            )
        ],
    )
    # Three rows of three pixels with three classes and three witnesses: every wrong axis broadcasts silently.
    pixels = random.dirichlet(np.ones(3), size=(3, 3, 3))
    fused = answer(pixels, prior)
    what = "three witnesses on a picture of 3 x 3 pixels"
    yield expect_shape(fused, (3, 3, 3), what, "Keep every axis but the first.")
    yield expect_sums_to_one(fused, what, "Each pixel has its own sum, over the last axis (keepdims=True).")
    yield expect_close(
        fused,
        _fused(pixels, prior),
        f"{what}: every pixel equals its own product",
        "Which axis holds the witnesses, and which the classes?",
    )


def _taxi_over(prior: np.ndarray, times: int) -> np.ndarray:
    score = 0.25 / prior**times
    return score / score.sum()


def _fused(probabilities: np.ndarray, prior: np.ndarray) -> np.ndarray:
    score = np.prod(probabilities, axis=0) * prior ** (1.0 - len(probabilities))
    return score / score.sum(axis=-1, keepdims=True)


def exercise_2(answer: Answer) -> Iterator[Finding]:
    """`fuse_many(probabilities)`: the product (K,) of (n, K) posteriors under a uniform prior, for any n."""
    three = np.array([[0.5, 0.3, 0.2], [0.2, 0.5, 0.3], [0.4, 0.4, 0.2]])
    fused = answer(three)
    what = "3 experts"
    yield together(
        f"{what}: returns shape (3,) and sums to 1",
        expect_shape(fused, (3,), what, "One number for each class: multiply along the axis of the experts."),
        expect_range(fused, 0, 1, what, "probability", _SUM),
        expect_sums_to_one(fused, what, _SUM),
    )
    mean_of_logs = np.exp(np.log(three).mean(axis=0))
    yield expect_close(
        fused,
        np.array([0.04, 0.06, 0.012]) / 0.112,
        "3 experts who say [0.5, 0.3, 0.2], [0.2, 0.5, 0.3] and [0.4, 0.4, 0.2]",
        "The scores are 0.5 * 0.2 * 0.4 and so on; then each is divided by their sum.",
        slips=[
            (
                mean_of_logs / mean_of_logs.sum(),
                "The mean of the logs: each expert only counts a third. Take the sum.",
            ),
            (three.mean(axis=0), "This is the mean. Here the experts are multiplied."),
            (
                softmax(three.sum(axis=0)),
                "A softmax of summed probabilities. Which function turns a product into a sum?",
            ),
        ],
    )
    yield expect_kept(answer, what)
    many = np.tile([0.40, 0.35, 0.25], (10_000, 1))
    yield expect_close(
        answer(many),
        [1.0, 0.0, 0.0],
        "10,000 experts who say [0.40, 0.35, 0.25]",
        "0.4 ** 10000 is smaller than the smallest float, so every score became 0 and 0 / 0 is nan. Which function "
        "turns a product into a sum? And if you have it already: subtract the largest score before np.exp.",
        slips=[
            (
                [0.0, 0.0, 0.0],
                "The scores became 0, and something hides the 0 / 0. Which function turns a product into a sum?",
            ),
            (
                np.full(3, 1 / 3),
                "All classes came out equal: a floor on the scores hides that they became 0. Work with their logs.",
            ),
            (
                [0.40, 0.35, 0.25],
                "10,000 experts are no surer than one: are the logs averaged instead of summed?",
            ),
        ],
    )
    # The experts disagree and the sums are close, so a score that is only nearly right decides wrongly.
    split = np.concatenate([np.tile([0.5, 0.3, 0.2], (3000, 1)), np.tile([0.3, 0.5, 0.2], (3001, 1))])
    yield expect_close(
        answer(split),
        [0.375, 0.625, 0.0],
        "6,001 experts, 3,000 for the first class and 3,001 for the second: decided by the odd one",
        "The exact answer is that of one expert, 0.3 to 0.5. Is a probability rounded, clipped or cast on the way?",
        slips=[
            (
                [0.0, 1.0, 0.0],
                "Scaled to a sum of 1 after every expert: that saves the leader, but a class that has once "
                "fallen to 0 can never come back. Sum the logs of all experts first.",
            ),
        ],
    )
    veto = np.array([[0.5, 0.5, 0.0], [0.6, 0.2, 0.2]])
    yield expect_close(
        answer(veto),
        [0.75, 0.25, 0.0],
        "an expert who says exactly 0 has a veto, and the other classes are unharmed",
        "log 0 is minus infinity, and that is right: exp(-inf) is 0 again. What happens to it on the way?",
        slips=[
            (
                [0.5, 1 / 6, 1 / 3],
                "The 0 was left out, as if that expert had not spoken. A product with 0 is 0.",
            ),
        ],
    )


def exercise_3(answer: Answer) -> Iterator[Finding]:
    """`fuse_humble(probabilities, prior, trust)`: a product of witnesses who admit that they may be mistaken."""
    prior = np.array([0.05, 0.95])
    trio = np.array([[0.99, 0.01], [0.99, 0.01], [1e-9, 1 - 1e-9]])
    trust = np.array([0.9, 0.9, 0.9])
    fused = answer(trio, prior, trust)
    what = "two sure witnesses and a mistaken one"
    yield together(
        f"{what}: shape (2,), from 0 to 1, sums to 1",
        expect_shape(fused, (2,), what, "The witnesses lie along the first axis."),
        expect_range(fused, 0, 1, what, "probability", _SUM),
        expect_sums_to_one(fused, what, _SUM),
    )
    yield expect_kept(answer, what)
    yield expect_close(
        answer(trio, prior, np.ones(3)),
        _fused(trio, prior),
        "full trust in everybody is the plain product",
        "With trust 1 nothing falls back on the prior. Is the prior still divided out n - 1 times?",
    )
    uniform = trust[:, None] * trio + (1 - trust[:, None]) / 2
    mixed = _humble(trio, prior, trust)
    yield expect_close(
        fused,
        mixed,
        f"{what}, each trusted to 0.9: the veto is gone",
        "For each witness: trust times what they say, plus (1 - trust) times the prior. Then the product.",
        slips=[
            (
                _fused(uniform, prior),
                "It falls back on equal shares. One who knows nothing says the prior, not fifty-fifty.",
            ),
            (
                _powers(trio, prior, trust),
                "The trust is an exponent here. That is the log-opinion pool, and its veto stays.",
            ),
            (
                _after(trio, prior, trust),
                "The prior was mixed in after the multiplication, when the veto had been cast already.",
            ),
            (
                _fused(np.maximum(trio, 0.1) / np.maximum(trio, 0.1).sum(axis=-1, keepdims=True), prior),
                "Clipped at a floor. The floor must depend on the class: it is (1 - trust) times the prior.",
            ),
            (
                np.tensordot(trust / trust.sum(), trio, axes=1),
                "A weighted mean. Here the witnesses are multiplied.",
            ),
        ],
    )
    yield expect_close(
        answer(trio, prior, np.array([0.8, 0.6, 0.0])),
        answer(trio[:2], prior, np.array([0.8, 0.6])),
        "a witness with trust 0 changes nothing",
        "With trust 0 a witness says the prior, and the division takes it out again: (1 - trust) * prior.",
    )
    random = np.random.default_rng(93)
    prior = np.array([0.6, 0.3, 0.1])
    pixels = random.dirichlet(np.ones(3), size=(3, 2, 3))
    what = "three witnesses on a picture of 2 x 3 pixels, each with a trust of their own"
    each = np.array([0.9, 0.5, 0.2])
    fused = answer(pixels, prior, each)
    yield expect_shape(
        fused, (2, 3, 3), what, "trust (n,) meets probabilities (n, ..., K): line it up with the FIRST axis."
    )
    yield expect_close(
        fused,
        _humble(pixels, prior, each),
        what,
        "trust[i] belongs to probabilities[i]: which shape must it take to meet the first axis of (3, 2, 3, 3)?",
    )
    many = np.tile([0.40, 0.35, 0.25], (5000, 1))
    yield expect_close(
        answer(many, np.full(3, 1 / 3), np.full(5000, 0.9)),
        [1.0, 0.0, 0.0],
        "5,000 witnesses who say [0.40, 0.35, 0.25]",
        "The product became 0, and 0 / 0 is nan. Exercise 09.2 had the remedy, or fusion.product does the second step.",
    )


def _humble(probabilities: np.ndarray, prior: np.ndarray, trust: np.ndarray) -> np.ndarray:
    share = trust.reshape(-1, *[1] * (probabilities.ndim - 1))
    return _fused(share * probabilities + (1 - share) * prior, prior)


def _powers(probabilities: np.ndarray, prior: np.ndarray, trust: np.ndarray) -> np.ndarray:
    score = np.prod(probabilities ** trust[:, None], axis=0) * prior ** (1 - trust.sum())
    return score / score.sum()


def _after(probabilities: np.ndarray, prior: np.ndarray, trust: np.ndarray) -> np.ndarray:
    share = trust.mean()
    return share * _fused(probabilities, prior) + (1 - share) * prior
