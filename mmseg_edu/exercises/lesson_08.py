"""The exercises of lesson 08: whom should we trust, and how much?"""

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
    spell,
    together,
)

UNTESTED = {
    "1": "speed; alpha for each class or each pixel",
    "2": "a variance of 0",
    "3": "speed; whether it reads other data that happen to agree with the validation set",
}

_GOOD_ENOUGH = 0.01  # nats a pixel; a grid in steps of 0.1 loses less on each of the problems below


def exercise_1(answer: Answer) -> Iterator[Finding]:
    """`my_weighted(probabilities, alpha)`: n arrays (..., K) and n weights give one array (..., K)."""
    pair = np.array([[0.8, 0.1, 0.1], [0.2, 0.2, 0.6]])
    alpha = np.array([0.75, 0.25])
    fused = answer(pair, alpha)
    what = "two experts and three classes"
    yield together(
        f"{what}: shape (3,), from 0 to 1, sums to 1",
        expect_shape(fused, (3,), what, "Which axis holds the experts? That is the one to sum over."),
        expect_range(fused, 0, 1, what, "probability"),
        expect_sums_to_one(
            fused,
            what,
            "alpha adds up to 1, and so does each expert: nothing to divide by, none to leave out.",
        ),
    )
    yield expect_close(
        fused,
        [0.65, 0.125, 0.225],
        "alpha [0.75, 0.25] on [0.8, 0.1, 0.1] and [0.2, 0.2, 0.6]",
        "Each expert is multiplied by its own weight; then the experts are added.",
        slips=[
            (
                [0.5, 0.15, 0.35],
                "This is the plain mean: every expert counts the same. Where does alpha enter?",
            ),
            ([0.35, 0.175, 0.475], "The weights have changed places: alpha[0] belongs to probabilities[0]."),
            ([1.0, 0.0, 0.0], "This is a decision. Fusion hands on probabilities; argmax comes after it."),
            (_geometric(pair, alpha), "A weighted product. Here the experts are added, not multiplied."),
        ],
    )
    yield expect_kept(answer, what)
    yield expect_close(
        answer(pair, np.array([0.0, 1.0])),
        pair[1],
        "all trust in one expert gives back what that expert says",
    )
    three = np.random.default_rng(8).dirichlet(np.ones(4), size=3)
    weights = np.array([0.5, 0.2, 0.3])
    yield expect_close(
        answer(three, weights),
        np.einsum("n,nk->k", weights, three),
        "three experts and four classes",
        "Does it still work when there are more than two experts?",
    )
    # Two rows, two columns and two experts: an alpha on the wrong axis broadcasts without an error.
    pixels = np.random.default_rng(9).dirichlet(np.ones(3), size=(2, 2, 2))
    expected = alpha[0] * pixels[0] + alpha[1] * pixels[1]
    what = "two experts on a picture of 2 x 2 pixels"
    fused = answer(pixels, alpha)
    yield expect_shape(
        fused, (2, 2, 3), what, "The experts lie along the first axis, whatever comes after it."
    )
    yield expect_close(
        fused,
        expected,
        f"{what}: every pixel equals its own weighted sum",
        "alpha must line up with the FIRST axis, and NumPy lines shapes up from the last one.\n"
        "Which shape must alpha take to meet an array of shape (2, 2, 2, 3)?",
    )


def _geometric(pair: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    score = np.prod(pair ** alpha[:, None], axis=0)
    return score / score.sum()


def exercise_2(answer: Answer) -> Iterator[Finding]:
    """`inverse_variance(variances)`: the weights (n,) under which a weighted mean varies least."""
    variances = np.array([1.0, 4.0])
    alpha = answer(variances)
    what = "variances 1 and 4"
    yield together(
        f"{what}: two weights, none negative, that sum to 1",
        expect_shape(alpha, (2,), what, "One weight for each expert."),
        expect_range(alpha, 0, np.inf, what, "weight", "A negative weight trusts an expert to be wrong."),
        expect_sums_to_one(alpha, what, "The weights are on the simplex: divide them by their sum."),
    )
    yield expect_close(
        alpha,
        [0.8, 0.2],
        what,
        "The proof ends in alpha_i proportional to 1 / variance_i.",
        slips=[
            ([0.2, 0.8], "Upside down: the noisier expert gets the larger weight."),
            ([1 / 3, 2 / 3], "Upside down: the noisier expert gets the larger weight."),
            ([2 / 3, 1 / 3], "That is 1 / standard deviation. Which power does the proof end in?"),
            ([16 / 17, 1 / 17], "That is 1 / variance squared: the input is already a variance."),
            ([0.5, 0.5], "Both experts count the same, although one is four times as noisy."),
            (
                softmax(-variances),
                "A softmax orders them rightly, but the least variance asks for 1 / variance.",
            ),
        ],
    )
    four = np.array([0.5, 2.0, 1.0, 0.25])
    yield expect_close(
        answer(four), [2 / 7.5, 0.5 / 7.5, 1 / 7.5, 4 / 7.5], "four experts", "Is anything fixed to two?"
    )
    yield expect_kept(answer, "four experts")
    yield expect_close(
        answer(1e-9 * four),
        np.asarray(answer(four)),
        "another unit of measurement leaves the weights as they are",
        "All variances were multiplied by one number. Is something added to them before the division?",
    )
    yield _least_variance(np.asarray(answer(four), dtype=float), four)
    yield expect_close(answer(np.array([3.0])), [1.0], "a single expert gets all the trust")


def _least_variance(alpha: np.ndarray, variances: np.ndarray) -> Finding:
    """Move the weights a little in 200 directions along the simplex: no move may lower the variance."""
    steps = np.random.default_rng(8).normal(size=(200, len(alpha)))
    steps -= steps.mean(axis=1, keepdims=True)
    moved = ((alpha + 0.01 * steps) ** 2 * variances).sum(axis=1).min()
    own = float(np.sum(alpha**2 * variances))
    right = own <= moved + 1e-12
    if right:
        return Finding(True, "no small change of the weights makes the fused variance smaller")
    return Finding(False, f"the fused variance is {spell(own)}, and weights nearby reach {spell(moved)}")


def exercise_3(answer: Answer) -> Iterator[Finding]:
    """`choose_alpha(validation_probabilities, validation_labels)`: the alpha (n,) that fits them best."""
    problems = {
        "a clean picture, a noisy sound": _problem(seed=80, noise=(0.6, 2.5)),
        "a noisy picture, a clean sound": _problem(seed=81, noise=(2.5, 0.6)),
        "both equally noisy": _problem(seed=82, noise=(1.3, 1.3)),
        "three senses, of which the third is the cleanest": _problem(seed=83, noise=(2.0, 1.6, 0.8)),
        "a boastful picture, a modest sound": _boastful(),
        "an expert who sometimes gives the true class a chance of exactly 0": _with_zeros(),
    }
    for what, (probabilities, labels) in problems.items():
        alpha = answer(probabilities, labels)
        yield _on_the_simplex(alpha, len(probabilities), what)
        if what == "a clean picture, a noisy sound":
            yield expect_kept(answer, what)
            yield _listens(answer, problems)
            yield _reads_no_test_set(answer)
        yield _fits(np.asarray(alpha, dtype=float), probabilities, labels, what)


def _on_the_simplex(alpha: object, n: int, what: str) -> Finding:
    rule = "alpha lives on the simplex: no weight below 0, and a sum of 1. A softmax keeps it there."
    return together(
        f"{what}: {n} weights, none negative, that sum to 1",
        expect_shape(alpha, (n,), what, "One weight for each sense: is their number fixed somewhere?"),
        expect_range(alpha, 0, 1, what, "weight", rule),
        expect_sums_to_one(alpha, what, rule),
    )


def _problem(seed: int, noise: tuple[float, ...], pixels: int = 600) -> tuple[np.ndarray, np.ndarray]:
    """Labels (N,) of three classes, and for each noise level the exact posterior (N, 3) of a noisy look."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, size=pixels)
    looks = [np.eye(3)[labels] + rng.normal(0, sigma, size=(pixels, 3)) for sigma in noise]
    scores = np.stack([look / sigma**2 for look, sigma in zip(looks, noise, strict=True)])
    posterior = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return posterior / posterior.sum(axis=-1, keepdims=True), labels


def _boastful() -> tuple[np.ndarray, np.ndarray]:
    """The first sense is right more often, but claims to know more than it does."""
    probabilities, labels = _problem(seed=85, noise=(0.9, 1.3))
    probabilities[0] **= 4
    probabilities[0] /= probabilities[0].sum(axis=-1, keepdims=True)
    return probabilities, labels


def _with_zeros() -> tuple[np.ndarray, np.ndarray]:
    probabilities, labels = _problem(seed=84, noise=(0.5, 1.4))
    rows = np.arange(0, 600, 12)
    probabilities[0, rows, labels[rows]] = 0.0
    probabilities[0] /= probabilities[0].sum(axis=-1, keepdims=True)
    return probabilities, labels


def _listens(answer: Answer, problems: dict[str, tuple[np.ndarray, np.ndarray]]) -> Finding:
    clean = np.asarray(answer(*problems["a clean picture, a noisy sound"]), dtype=float)
    noisy = np.asarray(answer(*problems["a noisy picture, a clean sound"]), dtype=float)
    if np.abs(clean - noisy).max() > 1e-3:
        return Finding(True, "another validation set leads to another alpha")
    return Finding(
        False,
        f"another validation set must lead to another alpha, got {spell(clean)} for both",
        "The answer does not depend on the data that it is given. Where does its alpha come from:\n"
        "a constant, or data from outside, the test scenes perhaps?",
    )


def _reads_no_test_set(answer: Answer) -> Finding:
    names = sorted(name for name in answer.reads if name == "test" or name.startswith("test_"))
    if not names:
        return Finding(True, "its code reads no test set")
    return Finding(
        False,
        f"its code reads {', '.join(names)}",
        "Choosing alpha on the test set makes the test score a promise that new scenes will not keep.\n"
        "Use only the two arguments.",
    )


def _fits(alpha: np.ndarray, probabilities: np.ndarray, labels: np.ndarray, what: str) -> Finding:
    """Compare with the maximum of the (concave) mean log-likelihood, found by expectation maximisation."""
    truth = probabilities[:, np.arange(len(labels)), labels]
    best = np.full(len(truth), 1 / len(truth))
    for _ in range(500):
        share = best[:, None] * truth
        best = (share / share.sum(axis=0)).mean(axis=1)
    own, top = (float(np.mean(np.log(weights @ truth))) for weights in (alpha, best))
    score = f"{what}: mean log-likelihood {own:.3f}, the best is {top:.3f}"
    if own >= top - _GOOD_ENOUGH:
        return Finding(True, score)
    return Finding(False, f"{score}, with alpha = {spell(alpha)}", _why_not(alpha, truth))


def _why_not(alpha: np.ndarray, truth: np.ndarray) -> str:
    if np.isclose(alpha.max(), 1):
        return (
            "All trust went to one sense. Even the worse one knows something:\n"
            "score the mixture, not each sense alone."
        )
    if np.allclose(alpha, 1 / len(alpha)):
        return "This is the plain mean. Which alpha makes the true labels most probable?"
    means = truth.mean(axis=1)
    if np.sum((alpha - alpha.mean()) * (means - means.mean())) < 0:
        return "The worse sense gets the larger weight: is something minimised that should be maximised?"
    return (
        "How good each sense is alone does not settle how good they are together:\n"
        "compute log(alpha @ P(true class)) for many alpha, and keep the best."
    )
