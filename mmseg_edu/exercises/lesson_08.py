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
    expect_like,
    expect_own,
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
    three = np.random.default_rng(8).dirichlet(np.ones(4), size=3)
    weights = np.array([0.5, 0.2, 0.3])
    # Two rows, two columns and two experts: an alpha on the wrong axis broadcasts without an error.
    pixels = np.random.default_rng(9).dirichlet(np.ones(3), size=(2, 2, 2))
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
    yield expect_own(answer, "mmseg_edu.fusion")
    yield expect_like(
        answer,
        _weighted,
        (pair, alpha),
        "alpha [0.75, 0.25] on [0.8, 0.1, 0.1] and [0.2, 0.2, 0.6]",
        "Each expert is multiplied by its own weight; then the experts are added.",
        slips=[
            (
                lambda opinions, alpha: opinions.mean(axis=0),
                "This is the plain mean: every expert counts the same. Where does alpha enter?",
            ),
            (
                lambda opinions, alpha: _weighted(opinions, alpha[::-1]),
                "The weights have changed places: alpha[0] belongs to probabilities[0].",
            ),
            (_decision, "This is a decision. Fusion hands on probabilities; argmax comes after it."),
            (_geometric, "A weighted product. Here the experts are added, not multiplied."),
            (
                lambda opinions, alpha: opinions[alpha.argmax()],
                "Only the expert with the largest weight speaks. The others have a share too.",
            ),
            (
                lambda opinions, alpha: _weighted(opinions, softmax(alpha)),
                "alpha went through a softmax. It is on the simplex already: use it as it is.",
            ),
        ],
        others=[(three, weights)],
    )
    yield expect_kept(answer, what)
    yield expect_close(
        answer(pair, np.array([0.0, 1.0])),
        pair[1],
        "all trust in one expert gives back what that expert says",
    )
    yield expect_like(
        answer,
        _weighted,
        (three, weights),
        "three experts and four classes",
        "Does it still work when there are more than two experts?",
    )
    what = "two experts on a picture of 2 x 2 pixels"
    yield expect_shape(
        answer(pixels, alpha),
        (2, 2, 3),
        what,
        "The experts lie along the first axis, whatever comes after it.",
    )
    yield expect_like(
        answer,
        _weighted,
        (pixels, alpha),
        f"{what}: every pixel equals its own weighted sum",
        "alpha must line up with the FIRST axis, and NumPy lines shapes up from the last one.\n"
        "Which shape must alpha take to meet an array of shape (2, 2, 2, 3)?",
    )


def _weighted(opinions: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    return np.tensordot(alpha, opinions, axes=1)


def _decision(opinions: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    return np.eye(opinions.shape[-1])[_weighted(opinions, alpha).argmax(axis=-1)]


def _geometric(opinions: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    score = np.exp(_weighted(np.log(opinions), alpha))
    return score / score.sum(axis=-1, keepdims=True)


def exercise_2(answer: Answer) -> Iterator[Finding]:
    """`inverse_variance(variances)`: the weights (n,) under which a weighted mean varies least."""
    variances = np.array([1.0, 4.0])
    four = np.array([0.5, 2.0, 1.0, 0.25])
    alpha = answer(variances)
    what = "variances 1 and 4"
    yield together(
        f"{what}: two weights, none negative, that sum to 1",
        expect_shape(alpha, (2,), what, "One weight for each expert."),
        expect_range(alpha, 0, np.inf, what, "weight", "A negative weight trusts an expert to be wrong."),
        expect_sums_to_one(alpha, what, "The weights are on the simplex: divide them by their sum."),
    )
    yield expect_own(answer, "mmseg_edu.fusion")
    yield expect_like(
        answer,
        lambda v: _shares(1 / v),
        (variances,),
        what,
        "The proof ends in alpha_i proportional to 1 / variance_i.",
        slips=[
            (_shares, "Upside down: the noisier expert gets the larger weight."),
            (lambda v: _shares(np.sqrt(v)), "Upside down: the noisier expert gets the larger weight."),
            (
                lambda v: _shares(1 / np.sqrt(v)),
                "That is 1 / standard deviation. Which power does the proof end in?",
            ),
            (lambda v: _shares(1 / v**2), "That is 1 / variance squared: the input is already a variance."),
            (
                lambda v: np.full(len(v), 1 / len(v)),
                "All experts count the same, although one is four times as noisy.",
            ),
            (
                lambda v: softmax(-v),
                "A softmax orders them rightly, but the least variance asks for 1 / variance.",
            ),
            (
                lambda v: softmax(1 / v),
                "A softmax of 1 / variance. Divide 1 / variance by its sum instead.",
            ),
            (
                lambda v: (v == v.min()).astype(float),
                "All trust in the least noisy one. The proof gives the other a share as well.",
            ),
        ],
        others=[(four,), (np.array([3.0, 0.7, 1.9]),)],
    )
    yield expect_like(
        answer,
        lambda v: _shares(1 / v),
        (four,),
        "four experts",
        "Is anything fixed to two?",
        slips=[
            (
                lambda v: 1 - v / v.sum(),
                "Of two it is right that each gets the other's share of the variance. Of four it is not:\n"
                "these weights sum to 3. Take 1 / variance.",
            ),
            (
                lambda v: _shares(1 - v / v.sum()),
                "Of two it is right that each gets the other's share of the variance. Of four it is not:\n"
                "take 1 / variance.",
            ),
        ],
        others=[(np.array([3.0, 0.7, 1.9]),)],
    )
    yield expect_kept(answer, "four experts")
    yield expect_like(
        answer,
        lambda v: _shares(1 / v),
        (1e-9 * four,),
        "another unit of measurement leaves the weights as they are",
        "All variances were multiplied by one number. Is something added to them before the division?",
    )
    yield _least_variance(np.asarray(answer(four), dtype=float), four)
    yield expect_close(answer(np.array([3.0])), [1.0], "a single expert gets all the trust")


def _shares(trust: np.ndarray) -> np.ndarray:
    return trust / trust.sum()


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
        "four pixels: the first sense says 0.95 of three truths and 0.05 of one": _four_pixels(),
        "a picture that is far off on some pixels": _far_off(),
    }
    yield expect_own(answer, "mmseg_edu.fusion")
    for what, (probabilities, labels) in problems.items():
        alpha = answer(probabilities, labels)
        yield _on_the_simplex(alpha, len(probabilities), what)
        if what == "a clean picture, a noisy sound":
            yield expect_kept(answer, what)
            yield _listens(answer, problems)
            yield _reads_no_test_set(answer)
        found = _fits(np.asarray(alpha, dtype=float), probabilities, labels, what)
        if what.startswith("four pixels"):
            few = "Four pixels. Leave one out, and the best alpha is another: does every pixel enter?"
            found = found if found.right else Finding(False, found.says, few)
        yield found if found.right else _named(found, answer, problems)


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


def _four_pixels() -> tuple[np.ndarray, np.ndarray]:
    """Small enough for a sheet of paper: the best alpha is [5/9, 4/9], and other for any part of the data."""
    first = np.array([[0.95, 0.05], [0.05, 0.95], [0.05, 0.95], [0.05, 0.95]])
    return np.stack([first, np.full((4, 2), 0.5)]), np.array([0, 1, 1, 0])


def _far_off() -> tuple[np.ndarray, np.ndarray]:
    """A picture that gives 0.02 to the truth on 12 of 80 pixels, most of them early and on even numbers.

    Whoever squares errors forgives it that, and whoever fits half of the pixels sees too many or too few.
    """
    says = np.full(80, 0.7)
    says[[0, 4, 7, 10, 14, 20, 25, 26, 30, 36, 46, 68]] = 0.02
    labels = np.random.default_rng(86).integers(0, 2, size=80)
    truth = np.eye(2)[labels]
    picture = np.where(truth == 1, says[:, None], 1 - says[:, None])
    return np.stack([picture, np.full((80, 2), 0.5)]), labels


def _most_probable(truth: np.ndarray) -> np.ndarray:
    """Return the maximum of the (concave) mean log-likelihood, found by expectation maximisation."""
    alpha = np.full(len(truth), 1 / len(truth))
    for _ in range(500):
        share = alpha[:, None] * truth
        alpha = (share / share.sum(axis=0)).mean(axis=1)
    return alpha


def _said_of_truth(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    return probabilities[:, np.arange(len(labels)), labels]


def _fits(alpha: np.ndarray, probabilities: np.ndarray, labels: np.ndarray, what: str) -> Finding:
    truth = _said_of_truth(probabilities, labels)
    own, top = (float(np.mean(np.log(weights @ truth))) for weights in (alpha, _most_probable(truth)))
    score = f"{what}: mean log-likelihood {own:.3f}, the best is {top:.3f}"
    if own >= top - _GOOD_ENOUGH:
        return Finding(True, score)
    return Finding(False, f"{score}, with alpha = {spell(alpha)}", _why_not(alpha, truth))


def _named(found: Finding, answer: Answer, problems: dict[str, tuple[np.ndarray, np.ndarray]]) -> Finding:
    """Name the slip if one explains the answers to three problems of two senses."""
    cases = [_far_off(), problems["a boastful picture, a modest sound"], problems[next(iter(problems))]]
    given = [np.asarray(answer(*case), dtype=float) for case in cases]
    slips = {
        "This alpha has the least squared error. Asked for is the largest mean log-probability.": _squared,
        "This alpha fits the first half of the pixels only. Use all.": lambda p, y: _half(p, y, 0, 2, 1),
        "This alpha fits the last half of the pixels only. Use all.": lambda p, y: _half(p, y, 1, 2, 1),
        "This alpha fits every second pixel only. Use all.": lambda p, y: _half(p, y, 0, 1, 2),
    }
    for hint, rule in slips.items():
        fits = (np.abs(alpha - rule(*case)).max() < 0.03 for case, alpha in zip(cases, given, strict=True))
        if all(fits):
            return Finding(False, found.says, hint)
    return found


def _squared(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the alpha of two senses whose mixture has the least squared error (a parabola), by its apex."""
    first, second = probabilities
    apart, miss = first - second, np.eye(first.shape[-1])[labels] - second
    share = np.clip((apart * miss).sum() / (apart**2).sum(), 0, 1)
    return np.array([share, 1 - share])


def _half(probabilities: np.ndarray, labels: np.ndarray, part: int, parts: int, step: int) -> np.ndarray:
    size = len(labels) // parts
    chosen = slice(part * size, (part + 1) * size, step)
    return _most_probable(_said_of_truth(probabilities[:, chosen], labels[chosen]))


def _why_not(alpha: np.ndarray, truth: np.ndarray) -> str:
    if np.isclose(alpha.max(), 1):
        return (
            "All trust went to one sense. Even the worse one knows something:\n"
            "score the mixture, not each sense alone."
        )
    if np.allclose(alpha, 1 / len(alpha)):
        return "Equal shares. Which alpha makes the true labels most probable?"
    means = truth.mean(axis=1)
    if np.sum((alpha - alpha.mean()) * (means - means.mean())) < 0:
        return "The worse sense gets the larger weight: is something minimised that should be maximised?"
    return (
        "How good each sense is alone does not settle how good they are together:\n"
        "compute log(alpha @ P(true class)) for many alpha, and keep the best."
    )
