"""Answers that learners give in lesson 08: each wrong one with words of the hint that it must get."""

from fractions import Fraction
from functools import partial

import numpy as np

from mmseg_edu import fusion


def wrong_axis(probabilities, alpha):
    return np.sum(probabilities * alpha[:, None], axis=-1)


def divided_again(probabilities, alpha):
    return np.einsum("n,n...->...", alpha, probabilities) / len(alpha)


def not_added(probabilities, alpha):
    return alpha[0] * probabilities[0]


def plain_mean(probabilities, alpha):
    return np.mean(probabilities, axis=0)


def swapped(probabilities, alpha):
    return np.einsum("n,n...->...", alpha[::-1], probabilities)


def decided(probabilities, alpha):
    fused = np.einsum("n,n...->...", alpha, probabilities)
    return np.eye(fused.shape[-1])[fused.argmax(axis=-1)]


def multiplied(probabilities, alpha):
    weights = alpha.reshape(-1, *[1] * (probabilities.ndim - 1))
    score = np.prod(probabilities**weights, axis=0)
    return score / score.sum(axis=-1, keepdims=True)


def in_place(probabilities, alpha):
    probabilities *= alpha.reshape(-1, *[1] * (probabilities.ndim - 1))
    return probabilities.sum(axis=0)


def only_two(probabilities, alpha):
    return alpha[0] * probabilities[0] + alpha[1] * probabilities[1]


def broadcast_by_accident(probabilities, alpha):
    return np.sum(probabilities * alpha[:, None], axis=0)


def transposed(probabilities, alpha):
    return probabilities.T @ alpha


def largest_weight_only(probabilities, alpha):
    return probabilities[np.argmax(alpha)]


def softmax_of_alpha(probabilities, alpha):
    shares = np.exp(alpha) / np.exp(alpha).sum()
    return np.einsum("n,n...->...", shares, probabilities)


def by_the_package(probabilities, alpha):
    return fusion.weighted(probabilities, alpha)


def in_float32(probabilities, alpha):
    return np.einsum("n,n...->...", alpha.astype(np.float32), probabilities.astype(np.float32))


def in_float16(probabilities, alpha):
    return np.einsum("n,n...->...", alpha, probabilities).astype(np.float16)


def as_a_list(probabilities, alpha):
    return sum(weight * each for weight, each in zip(alpha, probabilities, strict=True)).tolist()


def in_fractions(probabilities, alpha):
    exact = np.vectorize(Fraction, otypes=[object])
    return sum(weight * each for weight, each in zip(exact(alpha), exact(probabilities), strict=True))


def with_einsum(probabilities, alpha):
    return np.einsum("n,n...->...", alpha, probabilities)


def with_tensordot(probabilities, alpha):
    return np.tensordot(np.asarray(alpha), np.asarray(probabilities), axes=1)


def with_a_loop(probabilities, alpha):
    return sum(weight * each for weight, each in zip(alpha, probabilities, strict=True))


def not_normalised(variances):
    return 1 / variances


def by_variance(variances):
    return variances / variances.sum()


def by_deviation(variances):
    return np.sqrt(variances) / np.sqrt(variances).sum()


def inverse_deviation(variances):
    return 1 / np.sqrt(variances) / np.sum(1 / np.sqrt(variances))


def inverse_square(variances):
    return 1 / variances**2 / np.sum(1 / variances**2)


def equal(variances):
    return np.full(len(variances), 1 / len(variances))


def soft(variances):
    return np.exp(-variances) / np.exp(-variances).sum()


def other_experts_variance(variances):
    return variances[::-1] / variances.sum()


def damped(variances):
    return (1 / (variances + 1e-8)) / np.sum(1 / (variances + 1e-8))


def summed_to_a_number(variances):
    return 1 / np.sum(1 / variances)


def one_minus_share(variances):
    return 1 - variances / variances.sum()


def right_for_two(variances):
    return (1 - variances / variances.sum()) / (len(variances) - 1)


def softmax_of_the_inverse(variances):
    return np.exp(1 / variances) / np.exp(1 / variances).sum()


def least_noisy_alone(variances):
    return (variances == variances.min()).astype(float)


def by_the_package_in_2(variances):
    return fusion.inverse_variance_weights(variances)


def in_a_loop(variances):
    total = sum(1 / variance for variance in variances)
    return [1 / variance / total for variance in variances]


def inverse_in_float32(variances):
    precision = 1 / variances.astype(np.float32)
    return precision / precision.sum()


def as_fractions(variances):
    precision = [1 / Fraction(variance) for variance in variances.tolist()]
    return [each / sum(precision) for each in precision]


def by_products(variances):
    rest = np.array([np.prod(np.delete(variances, i)) for i in range(len(variances))])
    return rest / rest.sum()


def inverse(variances):
    return (1 / variances) / np.sum(1 / variances)


def inverse_in_place_of_a_copy(variances):
    precision = np.reciprocal(np.asarray(variances, dtype=float))
    return precision / precision.sum()


def _log_likelihood(alpha, probabilities, labels):
    truth = probabilities[:, np.arange(len(labels)), labels]
    return np.mean(np.log(np.maximum(alpha @ truth, 1e-12)))


def _grid(n, steps=20):
    if n == 2:
        return [np.array([i, steps - i]) / steps for i in range(steps + 1)]
    return [np.array([i, j, steps - i - j]) / steps for i in range(steps + 1) for j in range(steps + 1 - i)]


def best_sense_alone(validation_probabilities, validation_labels):
    right = (validation_probabilities.argmax(axis=-1) == validation_labels).mean(axis=1)
    return np.eye(len(right))[right.argmax()]


def always_the_mean(validation_probabilities, validation_labels):
    return np.full(len(validation_probabilities), 1 / len(validation_probabilities))


def by_accuracy(validation_probabilities, validation_labels):
    right = (validation_probabilities.argmax(axis=-1) == validation_labels).mean(axis=1)
    return right / right.sum()


def accuracy_not_normalised(validation_probabilities, validation_labels):
    return (validation_probabilities.argmax(axis=-1) == validation_labels).mean(axis=1)


def minimised(validation_probabilities, validation_labels):
    interior = [alpha for alpha in _grid(len(validation_probabilities)) if alpha.min() > 0]
    return min(interior, key=lambda a: _log_likelihood(a, validation_probabilities, validation_labels))


def one_number(validation_probabilities, validation_labels):
    return _grid_of_two(validation_probabilities, validation_labels)[0]


def _grid_of_two(validation_probabilities, validation_labels):
    return max(_grid(2), key=lambda a: _log_likelihood(a, validation_probabilities[:2], validation_labels))


def two_senses_only(validation_probabilities, validation_labels):
    return _grid_of_two(validation_probabilities, validation_labels)


def without_a_softmax(validation_probabilities, validation_labels):
    truth = validation_probabilities[:, np.arange(len(validation_labels)), validation_labels]
    alpha = np.full(len(truth), 1 / len(truth))
    for _ in range(200):
        alpha += 0.05 * (truth / (alpha @ truth)).mean(axis=1)
    return alpha


test_probabilities = np.random.default_rng(0).dirichlet(np.ones(3), size=(2, 100))
test_labels = np.random.default_rng(1).integers(0, 3, size=100)
hidden_probabilities, hidden_labels = test_probabilities, test_labels


def chosen_on_the_test_set(validation_probabilities, validation_labels):
    return max(_grid(2), key=lambda a: _log_likelihood(a, test_probabilities, test_labels))


def chosen_on_both(validation_probabilities, validation_labels):
    probabilities, labels = validation_probabilities, validation_labels
    if len(probabilities) == 2:
        probabilities = np.concatenate([probabilities, test_probabilities], axis=1)
        labels = np.concatenate([labels, test_labels])
    return max(_grid(len(probabilities)), key=lambda a: _log_likelihood(a, probabilities, labels))


def chosen_on_hidden_scenes(validation_probabilities, validation_labels):
    return max(_grid(2), key=lambda a: _log_likelihood(a, hidden_probabilities, hidden_labels))


def least_squared_error(validation_probabilities, validation_labels):
    target = np.eye(validation_probabilities.shape[-1])[validation_labels]
    grid = _grid(len(validation_probabilities), steps=50)
    return min(grid, key=lambda a: np.mean((np.tensordot(a, validation_probabilities, 1) - target) ** 2))


def first_half(validation_probabilities, validation_labels):
    half = len(validation_labels) // 2
    return by_expectation_maximisation(validation_probabilities[:, :half], validation_labels[:half])


def last_half(validation_probabilities, validation_labels):
    half = len(validation_labels) // 2
    return by_expectation_maximisation(validation_probabilities[:, half:], validation_labels[half:])


def every_second(validation_probabilities, validation_labels):
    return by_expectation_maximisation(validation_probabilities[:, ::2], validation_labels[::2])


def a_random_half(validation_probabilities, validation_labels):
    chosen = np.random.default_rng(0).permutation(len(validation_labels))[: len(validation_labels) // 2]
    return by_expectation_maximisation(validation_probabilities[:, chosen], validation_labels[chosen])


def most_pixels_right(validation_probabilities, validation_labels):
    def right(alpha):
        fused = np.tensordot(alpha, validation_probabilities, axes=1)
        return np.mean(fused.argmax(axis=-1) == validation_labels)

    return max(_grid(len(validation_probabilities)), key=right)


def without_the_logarithm(validation_probabilities, validation_labels):
    def likelihood(alpha):
        truth = validation_probabilities[:, np.arange(len(validation_labels)), validation_labels]
        return np.mean(alpha @ truth)

    return max(_grid(len(validation_probabilities)), key=likelihood)


def surest(validation_probabilities, validation_labels):
    truth = validation_probabilities[:, np.arange(len(validation_labels)), validation_labels]
    return truth.mean(axis=1) / truth.mean(axis=1).sum()


def the_packages_fit(validation_probabilities, validation_labels):
    return fusion.fit_alpha_gradient(validation_probabilities, validation_labels)


fit = fusion.fit_alpha_grid


def the_packages_fit_by_another_name(validation_probabilities, validation_labels):
    return fit(validation_probabilities, validation_labels)


def in_float32_and_lists(validation_probabilities, validation_labels):
    truth = [
        [float(np.float32(sense[i, label])) for i, label in enumerate(validation_labels)]
        for sense in validation_probabilities
    ]
    alpha = [1 / len(truth)] * len(truth)
    for _ in range(60):
        fused = [
            sum(a * t for a, t in zip(alpha, column, strict=True)) for column in zip(*truth, strict=True)
        ]
        alpha = [
            a * sum(t / f for t, f in zip(row, fused, strict=True)) / len(fused)
            for a, row in zip(alpha, truth, strict=True)
        ]
    return alpha


def coarsely(validation_probabilities, validation_labels):
    grid = _grid(len(validation_probabilities), steps=10)
    return max(grid, key=lambda a: _log_likelihood(a, validation_probabilities, validation_labels))


def on_a_grid(validation_probabilities, validation_labels):
    grid = _grid(len(validation_probabilities))
    return max(grid, key=lambda a: _log_likelihood(a, validation_probabilities, validation_labels))


def by_gradient(validation_probabilities, validation_labels):
    truth = validation_probabilities[:, np.arange(len(validation_labels)), validation_labels]
    score = np.zeros(len(truth))
    for _ in range(2000):
        alpha = np.exp(score) / np.exp(score).sum()
        gradient = (truth / (alpha @ truth)).mean(axis=1)
        score += alpha * (gradient - alpha @ gradient)
    return alpha


def by_expectation_maximisation(validation_probabilities, validation_labels):
    truth = validation_probabilities[:, np.arange(len(validation_labels)), validation_labels]
    alpha = np.full(len(truth), 1 / len(truth))
    for _ in range(100):
        share = alpha[:, None] * truth
        alpha = (share / share.sum(axis=0)).mean(axis=1)
    return alpha


WRONG = {
    "1": [
        (wrong_axis, "Which axis holds the experts?"),
        (divided_again, "nothing to divide by"),
        (not_added, "none to leave out"),
        (plain_mean, "Where does alpha enter?"),
        (swapped, "have changed places"),
        (decided, "argmax comes after it"),
        (multiplied, "added, not multiplied"),
        (in_place, "Which line writes into it"),
        (only_two, "more than two experts"),
        (broadcast_by_accident, "must line up with the FIRST axis"),
        (transposed, "The experts lie along the first axis"),
        (largest_weight_only, "Only the expert with the largest weight"),
        (softmax_of_alpha, "alpha went through a softmax"),
        (by_the_package, "code of your own, got fusion.weighted"),
    ],
    "2": [
        (not_normalised, "divide them by their sum"),
        (by_variance, "Upside down"),
        (by_deviation, "Upside down"),
        (inverse_deviation, "That is 1 / standard deviation"),
        (inverse_square, "That is 1 / variance squared"),
        (equal, "All experts count the same"),
        (soft, "A softmax orders them rightly"),
        (other_experts_variance, "Is anything fixed to two?"),
        (damped, "Is something added to them"),
        (summed_to_a_number, "One weight for each expert"),
        (right_for_two, "Of two it is right"),
        (one_minus_share, "these weights sum to 3"),
        (softmax_of_the_inverse, "A softmax of 1 / variance"),
        (least_noisy_alone, "The proof gives the other a share"),
        (by_the_package_in_2, "code of your own, got fusion.inverse_variance_weights"),
    ],
    "3": [
        (best_sense_alone, "All trust went to one sense"),
        (always_the_mean, "does not depend on the data"),
        (by_accuracy, "How good each sense is alone does not settle"),
        (accuracy_not_normalised, "and a sum of 1"),
        (minimised, "minimised that should be maximised"),
        (one_number, "One weight for each sense"),
        (two_senses_only, "is their number fixed"),
        (without_a_softmax, "A softmax keeps it there"),
        (chosen_on_the_test_set, "does not depend on the data"),
        (chosen_on_both, "Choosing alpha on the test set"),
        (chosen_on_hidden_scenes, "data from outside, the test scenes perhaps"),
        (least_squared_error, "the least squared error"),
        (first_half, "first half of the pixels only"),
        (last_half, "last half of the pixels only"),
        (every_second, "every second pixel only"),
        (a_random_half, "Four pixels"),
        (most_pixels_right, "Which alpha makes the true labels most probable?"),
        (without_the_logarithm, "All trust went to one sense"),
        (surest, "How good each sense is alone does not settle"),
        (the_packages_fit, "got fusion.fit_alpha_gradient"),
        (the_packages_fit_by_another_name, "got fusion.fit_alpha_grid"),
        (partial(fusion.fit_alpha_gradient, steps=50), "got fusion.fit_alpha_gradient"),
    ],
}

RIGHT = {
    "1": [with_einsum, with_tensordot, with_a_loop, in_float32, in_float16, as_a_list, in_fractions],
    "2": [
        inverse,
        inverse_in_place_of_a_copy,
        in_a_loop,
        inverse_in_float32,
        as_fractions,
        by_products,
    ],
    "3": [on_a_grid, coarsely, by_gradient, by_expectation_maximisation, in_float32_and_lists],
}
