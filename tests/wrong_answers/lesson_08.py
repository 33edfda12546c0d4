"""Answers that learners give in lesson 08: each wrong one with words of the hint that it must get."""

import numpy as np


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
    ],
    "2": [
        (not_normalised, "divide them by their sum"),
        (by_variance, "Upside down"),
        (by_deviation, "Upside down"),
        (inverse_deviation, "That is 1 / standard deviation"),
        (inverse_square, "That is 1 / variance squared"),
        (equal, "Both experts count the same"),
        (soft, "A softmax orders them rightly"),
        (other_experts_variance, "Is anything fixed to two?"),
        (damped, "Is something added to them"),
        (summed_to_a_number, "One weight for each expert"),
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
    ],
}

RIGHT = {
    "1": [with_einsum, with_tensordot, with_a_loop],
    "2": [inverse, inverse_in_place_of_a_copy],
    "3": [on_a_grid, by_gradient, by_expectation_maximisation],
}
