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
    expect_like,
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
    yield expect_kept(answer, what)
    yield _own_work(answer)
    random = np.random.default_rng(91)
    yield expect_like(
        answer,
        _fused,
        (taxi, prior),
        "two who say fifty-fifty of what is true once in twenty times",
        "Multiply the witnesses class by class, divide by the prior once, divide by the sum.",
        slips=_SLIPS_OF_A_PRODUCT,
        others=[(random.dirichlet(np.ones(k), size=n), random.dirichlet(np.full(k, 3.0))) for n, k in _SIZES],
    )
    yield expect_close(
        answer(np.array([[0.2, 0.3, 0.5]]), np.array([0.6, 0.3, 0.1])),
        [0.2, 0.3, 0.5],
        "a single witness is believed as they stand",
        "With n = 1 the prior has the exponent 1 - n = 0. Is a division by the prior fixed in the code?",
        slips=[(np.full(3, 1 / 3), "Equal shares: is the product taken along the axis of the witnesses?")],
    )
    random = np.random.default_rng(9)
    four, prior = random.dirichlet(np.ones(3), size=4), np.array([0.7, 0.2, 0.1])
    yield expect_like(
        answer,
        _fused,
        (four, prior),
        "four witnesses and three classes",
        "Does it still work when there are more than two witnesses?",
        slips=[
            (
                _divided_once,
                "Four witnesses hold the prior four times, and it must stay once: how often is it divided out?",
            ),
            (
                lambda p, prior: _fused(p[:2], prior),
                "Only the first two witnesses are heard. There may be more than two.",
            ),
        ],
        others=[(random.dirichlet(np.ones(3), size=n), prior) for n in (3, 6)],
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


_SIZES = ((2, 3), (2, 5), (2, 2))


def _scaled(score: np.ndarray) -> np.ndarray:
    return score / score.sum(axis=-1, keepdims=True)


def _divided_once(probabilities: np.ndarray, prior: np.ndarray) -> np.ndarray:
    return _scaled(probabilities.prod(axis=0) / prior)


_SLIPS_OF_A_PRODUCT = [
    (
        lambda p, prior: _scaled(p.prod(axis=0)),
        "The witnesses are multiplied, and that is all. Where does the prior enter?",
    ),
    (lambda p, prior: p.mean(axis=0), "This is the mean. Here the witnesses are multiplied."),
    (
        lambda p, prior: p[0],
        "This is what the first witness says. Multiply them class by class.",
    ),
    (lambda p, prior: prior, "This is the prior: nobody has been heard."),
    (
        lambda p, prior: _scaled(p.prod(axis=0) * prior),
        "Multiplied by the prior. It is inside each witness's opinion already: divide it out.",
    ),
    (
        lambda p, prior: _scaled((p / prior).prod(axis=0)),
        "Divided by the prior once for each witness. Two witnesses hold it twice, and it must stay once.",
    ),
    (
        lambda p, prior: np.eye(len(prior))[_fused(p, prior).argmax()],
        "This is a decision. Fusion hands on probabilities; argmax comes after it.",
    ),
    (
        lambda p, prior: _scaled(np.exp(p.prod(axis=0) / prior)),
        "A softmax of the scores. They are products already, so divide them by their sum.",
    ),
]


def _own_work(answer: Answer) -> Finding:
    used = sorted(answer.reads & {"product", "log_pool"}) if "fusion" in answer.reads else []
    return Finding(
        not used,
        f"its code calls fusion.{used[0]}" if used else "its code leaves the multiplying to nobody else",
        "That is the package's answer, and a right one. Write your own: it takes two or three lines.",
    )


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
    yield expect_kept(answer, what)
    yield _own_work(answer)
    random = np.random.default_rng(92)
    yield expect_like(
        answer,
        _product,
        (three,),
        "3 experts who say [0.5, 0.3, 0.2], [0.2, 0.5, 0.3] and [0.4, 0.4, 0.2]",
        "The scores are 0.5 * 0.2 * 0.4 and so on; then each is divided by their sum.",
        slips=[
            (
                lambda p: _scaled(np.exp(np.log(p).mean(axis=0))),
                "The mean of the logs: each expert only counts a third. Take the sum.",
            ),
            (lambda p: p.mean(axis=0), "This is the mean. Here the experts are multiplied."),
            (
                lambda p: softmax(p.sum(axis=0)),
                "A softmax of summed probabilities. Which function turns a product into a sum?",
            ),
            (
                lambda p: _scaled(p.prod(axis=1)),
                "Multiplied along the classes of each expert. Which axis holds the experts?",
            ),
            (
                lambda p: np.eye(p.shape[1])[p.prod(axis=0).argmax()],
                "This is a decision. Fusion hands on probabilities; argmax comes after it.",
            ),
            (
                lambda p: _scaled(np.log(p).sum(axis=0)),
                "The sums of logs are divided by their sum. Go back with np.exp first, then divide.",
            ),
        ],
        others=[(random.dirichlet(np.ones(3), size=3),) for _ in range(2)],
    )
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
                "No class got anything: did all scores become 0, and does something hide the 0 / 0? Which function "
                "turns a product into a sum?",
            ),
            (
                np.full(3, 1 / 3),
                "All classes came out equal: is there a floor that hides scores which became 0? Work with their logs.",
            ),
            (
                [0.40, 0.35, 0.25],
                "10,000 experts are no surer than one: are the logs averaged instead of summed?",
            ),
        ],
    )
    # The experts disagree and the sums are close, so a score that is only nearly right decides wrongly.
    split = np.concatenate([np.tile([0.5, 0.3, 0.2], (3000, 1)), np.tile([0.3, 0.5, 0.2], (3001, 1))])
    few = np.concatenate([split[:30], split[-31:]])
    yield expect_like(
        answer,
        _product,
        (split,),
        "6,001 experts, 3,000 for the first class and 3,001 for the second: decided by the odd one",
        "The exact answer is that of one expert, 0.3 to 0.5. Is a probability rounded, clipped or cast on the way,\n"
        "or are thousands of numbers added in float32?",
        slips=[
            (
                _step_by_step,
                "Scaled to a sum of 1 after every expert? That saves the leader, but a class that has once "
                "fallen to 0 can never come back. Sum the logs of all experts first.",
            ),
        ],
        others=[(few,), (np.concatenate([split[:3000], split[:1], split[3000:]]),)],
    )
    yield expect_like(
        answer,
        _product,
        (np.array([[0.5, 0.5, 0.0], [0.6, 0.2, 0.2]]),),
        "an expert who says exactly 0 has a veto, and the other classes are unharmed",
        "log 0 is minus infinity, and that is right: exp(-inf) is 0 again. What happens to it on the way?",
        slips=[
            (
                lambda p: _scaled(np.where(p > 0, p, 1).prod(axis=0)),
                "The 0 was left out, as if that expert had not spoken. A product with 0 is 0.",
            ),
            (
                lambda p: _product(p[(p > 0).all(axis=1)]),
                "The expert with the 0 was sent away. They rule out one class, and are to be heard on the others.",
            ),
        ],
        others=[(np.array([[0.1, 0.0, 0.9], [0.3, 0.3, 0.4]]),)],
    )
    yield expect_close(
        answer(np.concatenate([many, [[0.0, 0.5, 0.5]]])),
        [0.0, 1.0, 0.0],
        "10,000 experts for the first class, and one who says that it is exactly 0",
        "A veto holds against any number. Is the 0 replaced by a small number on the way? Its log may be -inf.",
    )


def _product(probabilities: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore"):
        return softmax(np.log(probabilities).sum(axis=0))


def _step_by_step(probabilities: np.ndarray) -> np.ndarray:
    score = np.ones(probabilities.shape[1])
    for each in probabilities:
        score = _scaled(score * each)
    return score


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
        slips=[
            (prior, "The prior came back, as if nobody were trusted. Are trust and 1 - trust swapped?"),
            (trio.mean(axis=0), "A mean. Here the witnesses are multiplied."),
        ],
    )
    random = np.random.default_rng(94)
    yield expect_like(
        answer,
        _humble,
        (trio, prior, trust),
        f"{what}, each trusted to 0.9: the veto is gone",
        "For each witness: trust times what they say, plus (1 - trust) times the prior. Then the product.",
        slips=[
            (
                lambda p, prior, trust: _fused(_mixed(p, 1 / len(prior), trust), prior),
                "It falls back on equal shares. One who knows nothing says the prior, not fifty-fifty.",
            ),
            (
                _powers,
                "The trust is an exponent here. That is the log-opinion pool, and its veto stays.",
            ),
            (
                _after,
                "The prior was mixed in after the multiplication, when the veto had been cast already.",
            ),
            (
                lambda p, prior, trust: _fused(_scaled(np.maximum(p, 1 - trust[:, None])), prior),
                "Clipped at a floor. The floor must depend on the class: it is (1 - trust) times the prior.",
            ),
            (
                lambda p, prior, trust: np.tensordot(trust / trust.sum(), p, axes=1),
                "A weighted mean. Here the witnesses are multiplied.",
            ),
            (
                lambda p, prior, trust: _fused(_mixed(p, prior, 1 - trust), prior),
                "Trust and doubt are swapped: trust 1 must leave the witness as they are.",
            ),
            (
                lambda p, prior, trust: _scaled(_mixed(p, prior, trust).prod(axis=0)),
                "Mixed rightly, and then the prior was not divided out.",
            ),
        ],
        others=[
            (random.dirichlet(np.ones(k), size=2), random.dirichlet(np.full(k, 3.0)), np.full(2, r))
            for k, r in ((2, 0.8), (3, 0.7))
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


def _mixed(probabilities: np.ndarray, fallback: object, trust: np.ndarray) -> np.ndarray:
    share = trust.reshape(-1, *[1] * (probabilities.ndim - 1))
    return share * probabilities + (1 - share) * fallback


def _humble(probabilities: np.ndarray, prior: np.ndarray, trust: np.ndarray) -> np.ndarray:
    return _fused(_mixed(probabilities, prior, trust), prior)


def _powers(probabilities: np.ndarray, prior: np.ndarray, trust: np.ndarray) -> np.ndarray:
    score = np.prod(probabilities ** trust[:, None], axis=0) * prior ** (1 - trust.sum())
    return score / score.sum()


def _after(probabilities: np.ndarray, prior: np.ndarray, trust: np.ndarray) -> np.ndarray:
    share = trust.mean()
    return share * _fused(probabilities, prior) + (1 - share) * prior
