"""Answers to the exercises of lesson 00 that learners really give; each must be caught."""

import numpy as np


def argmax_of_all(heard):
    return int(np.argmax(heard))


def counted_from_the_bell(heard):
    return int(np.argmax(heard[1:]))


def the_probability(heard):
    return float(np.max(heard[1:]))


def always_the_drum(heard):
    return 2


def spoils_its_input(heard):
    heard[0] = 0
    return int(np.argmax(heard))


def right_who(heard):
    return int(np.argmax(heard[1:])) + 1


def right_who_sorted(heard):
    order = np.argsort(heard)[::-1]
    return next(int(k) for k in order if k != 0)


def without_prior(seen, heard, prior):
    score = seen * heard
    return score / score.sum(axis=-1, keepdims=True)


def not_scaled(seen, heard, prior):
    return seen * heard / prior


def averaged(seen, heard, prior):
    return (seen + heard) / 2


def prior_once_more(seen, heard, prior):
    score = seen * heard * prior
    return score / score.sum(axis=-1, keepdims=True)


def scaled_over_the_picture(seen, heard, prior):
    score = seen * heard / prior
    return score / score.sum()


def without_keepdims(seen, heard, prior):
    score = seen * heard / prior
    return score / score.sum(axis=-1)


def decided(seen, heard, prior):
    return np.argmax(seen * heard / prior, axis=-1)


def right_fuse(seen, heard, prior):
    score = seen * heard / prior
    return score / score.sum(axis=-1, keepdims=True)


def right_fuse_in_logarithms(seen, heard, prior):
    score = np.log(seen) + np.log(heard) - np.log(prior)
    score = np.exp(score - score.max(axis=-1, keepdims=True))
    return score / score.sum(axis=-1, keepdims=True)


def what_is_shared(a, b):
    return np.sum((a > 0) & (b > 0)) / max(1, np.sum((a > 0) | (b > 0)))


def same_class_only(a, b):
    return 1 - np.sum((a > 0) & (a == b)) / max(1, np.sum((a > 0) | (b > 0)))


def zero_over_zero(a, b):
    return 1 - np.sum((a > 0) & (b > 0)) / np.sum((a > 0) | (b > 0))


def pixels_that_differ(a, b):
    return np.mean(a != b)


def empty_counts_as_moved(a, b):
    union = np.sum((a > 0) | (b > 0))
    return 1 - np.sum((a > 0) & (b > 0)) / union if union else 1.0


def right_moved(a, b):
    union = np.sum((a > 0) | (b > 0))
    return 1 - np.sum((a > 0) & (b > 0)) / union if union else 0.0


WRONG = {
    "1": [
        (argmax_of_all, "background"),
        (counted_from_the_bell, "Counted from the bell"),
        (the_probability, "how probable"),
        (always_the_drum, "constant"),
        (spoils_its_input, "input"),
    ],
    "2": [
        (without_prior, "Without the prior"),
        (not_scaled, "do not add up to 1"),
        (averaged, "mean of the two"),
        (prior_once_more, "third time"),
        (scaled_over_the_picture, "which axis"),
        (without_keepdims, "keepdims"),
        (decided, "classes lie last"),
    ],
    "3": [
        (what_is_shared, "one minus that"),
        (same_class_only, "different classes"),
        (zero_over_zero, "Zero over zero"),
        (pixels_that_differ, "what either marks"),
        (empty_counts_as_moved, "Zero over zero"),
    ],
}

RIGHT = {
    "1": [right_who, right_who_sorted],
    "2": [right_fuse, right_fuse_in_logarithms],
    "3": [right_moved],
}
