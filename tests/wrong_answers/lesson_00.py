"""Answers to the exercises of lesson 00 that learners really give; each must be caught."""

from fractions import Fraction

import numpy as np

from mmseg_edu import experts, fusion, metrics


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


def least_probable(heard):
    return int(np.argmin(heard))


def second_of_all(heard):
    return int(np.argsort(heard)[-2])


def a_list_of_one(heard):
    return [int(np.argmax(heard[1:])) + 1]


def the_name(heard):
    return ["background", "bell", "drum", "guitar", "bird"][int(np.argmax(heard[1:])) + 1]


def above_a_half(heard):
    return int(np.argmax(heard > 0.5))


def more_than_half_is_background(heard):
    return int(np.argmax(heard * (heard < 0.5)))


def without_the_largest(heard):
    others = list(heard)
    others.remove(max(others))
    return int(np.argmax(others)) + 1


def right_who_rose_most(heard):
    return 1 + int(np.argmax((heard / experts.prior())[1:]))


def right_who_loop(heard):
    best = 1
    for k in range(2, len(heard)):
        if heard[k] > heard[best]:
            best = k
    return float(best)


def right_who_masked(heard):
    return np.ma.array(heard, mask=[True] + [False] * (len(heard) - 1)).argmax()


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


def prior_twice_out(seen, heard, prior):
    score = seen * heard / prior**2
    return score / score.sum(axis=-1, keepdims=True)


def only_heard(seen, heard, prior):
    score = heard / prior * np.ones_like(seen)
    return score / score.sum(axis=-1, keepdims=True)


def softmaxed(seen, heard, prior):
    score = np.exp(seen * heard / prior)
    return score / score.sum(axis=-1, keepdims=True)


def divided_by_the_largest(seen, heard, prior):
    score = seen * heard / prior
    return score / score.max(axis=-1, keepdims=True)


def scaled_over_the_rows(seen, heard, prior):
    score = seen * heard / prior
    return score / score.sum(axis=0, keepdims=True)


def scaled_too_early(seen, heard, prior):
    score = seen * heard
    return score / score.sum(axis=-1, keepdims=True) / prior


def upside_down(seen, heard, prior):
    score = seen * prior / heard
    return score / score.sum(axis=-1, keepdims=True)


def only_multiplied(seen, heard, prior):
    return seen * heard


def only_seen(seen, heard, prior):
    return seen


def right_fuse_in_loops(seen, heard, prior):
    fused = []
    for row in seen.tolist():
        fused.append([])
        for pixel in row:
            score = [
                Fraction(s) * Fraction(h) / Fraction(p) for s, h, p in zip(pixel, heard, prior, strict=True)
            ]
            fused[-1].append([each / sum(score) for each in score])
    return fused


def right_fuse_in_float32(seen, heard, prior):
    score = np.einsum("hwk,k->hwk", seen.astype(np.float32), (heard / prior).astype(np.float32))
    return score / score.sum(axis=2)[..., None]


def right_fuse_by_package(seen, heard, prior):
    return fusion.product([seen, fusion.over_pixels(heard, seen.shape[:2])], prior=prior)


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


def one_minus_dice(a, b):
    return 1 - 2 * np.sum((a > 0) & (b > 0)) / max(1, np.sum(a > 0) + np.sum(b > 0))


def from_the_first_only(a, b):
    return np.sum((a > 0) & (b == 0)) / max(1, np.sum(a > 0))


def counted_only(a, b):
    return np.sum((a > 0) != (b > 0))


def over_the_larger(a, b):
    return 1 - np.sum((a > 0) & (b > 0)) / max(1, np.sum(a > 0), np.sum(b > 0))


def one_per_pixel(a, b):
    return ((a > 0) != (b > 0)) + 0.0


def in_percent(a, b):
    return 100 * np.sum((a > 0) != (b > 0)) / max(1, np.sum((a > 0) | (b > 0)))


def over_the_first(a, b):
    return np.sum(a != b) / max(1, np.sum(a > 0))


def right_moved_with_sets(a, b):
    one, other = ({tuple(place) for place in np.argwhere(mask).tolist()} for mask in (a, b))
    return Fraction(len(one ^ other), max(1, len(one | other)))


def right_moved_by_package(a, b):
    return 1 - metrics.iou(a > 0, b > 0)


def right_moved_in_float16(a, b):
    either = np.logical_or(a, b).sum()
    return np.float16(np.logical_xor(a, b).sum() / either) if either else np.float16(0)


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
        (least_probable, "least probable"),
        (second_of_all, "not by its size"),
        (a_list_of_one, "One number"),
        (the_name, "expected an array of numbers"),
        (above_a_half, "background"),
        (more_than_half_is_background, "not by its size"),
        (without_the_largest, "not by its size"),
    ],
    "2": [
        (without_prior, "Without the prior"),
        (not_scaled, "do not add up to 1"),
        (averaged, "mean of the two"),
        (prior_once_more, "third time"),
        (scaled_over_the_picture, "which axis"),
        (without_keepdims, "keepdims"),
        (decided, "classes lie last"),
        (prior_twice_out, "divide by it once"),
        (only_heard, "what was seen remains"),
        (softmaxed, "logarithms"),
        (divided_by_the_largest, "scale to a sum of 1"),
        (scaled_over_the_rows, "which axis holds them"),
        (scaled_too_early, "scaling comes last"),
        (upside_down, "Upside down"),
        (only_multiplied, "Two steps are left"),
        (only_seen, "does not occur in it"),
    ],
    "3": [
        (what_is_shared, "one minus that"),
        (same_class_only, "different classes"),
        (zero_over_zero, "Zero over zero"),
        (pixels_that_differ, "what either marks"),
        (in_percent, "percentage"),
        (over_the_first, "part of a whole"),
        (empty_counts_as_moved, "Zero over zero"),
        (one_minus_dice, "one minus Dice"),
        (from_the_first_only, "first mask only"),
        (counted_only, "expected every share"),
        (over_the_larger, "One minus the intersection over the union"),
        (one_per_pixel, "One number for a pair"),
    ],
}

RIGHT = {
    "1": [right_who, right_who_loop, right_who_masked, right_who_sorted, right_who_rose_most],
    "2": [
        right_fuse,
        right_fuse_in_logarithms,
        right_fuse_in_loops,
        right_fuse_in_float32,
        right_fuse_by_package,
    ],
    "3": [right_moved, right_moved_with_sets, right_moved_by_package, right_moved_in_float16],
}
