"""Answers that learners give in lesson 09: each wrong one with words of the hint that it must get."""

from fractions import Fraction

import numpy as np
from scipy.special import softmax

from mmseg_edu import fusion


def prior_forgotten(probabilities, prior):
    score = np.prod(probabilities, axis=0)
    return score / score.sum(axis=-1, keepdims=True)


def prior_multiplied(probabilities, prior):
    score = np.prod(probabilities, axis=0) * prior
    return score / score.sum(axis=-1, keepdims=True)


def divided_once_whatever_n(probabilities, prior):
    score = np.prod(probabilities, axis=0) / prior
    return score / score.sum(axis=-1, keepdims=True)


def divided_once_unless_alone(probabilities, prior):
    score = np.prod(probabilities, axis=0) / (prior if len(probabilities) > 1 else 1)
    return score / score.sum(axis=-1, keepdims=True)


def divided_n_times(probabilities, prior):
    score = np.prod(probabilities / prior, axis=0)
    return score / score.sum(axis=-1, keepdims=True)


def not_normalised(probabilities, prior):
    return np.prod(probabilities, axis=0) * prior ** (1.0 - len(probabilities))


def one_sum_for_all_pixels(probabilities, prior):
    score = np.prod(probabilities, axis=0) * prior ** (1.0 - len(probabilities))
    return score / score.sum()


def along_the_classes(probabilities, prior):
    score = np.prod(probabilities, axis=-1) * prior ** (1.0 - len(probabilities))
    return score / score.sum(axis=-1, keepdims=True)


def first_two_only(probabilities, prior):
    if len(probabilities) == 1:
        return probabilities[0]
    score = probabilities[0] * probabilities[1] / prior
    return score / score.sum(axis=-1, keepdims=True)


def product_in_place(probabilities, prior):
    probabilities /= prior
    score = np.prod(probabilities, axis=0) * prior
    return score / score.sum(axis=-1, keepdims=True)


def decided(probabilities, prior):
    score = np.prod(probabilities, axis=0) * prior ** (1.0 - len(probabilities))
    return np.eye(len(prior))[score.argmax(axis=-1)]


def by_product(probabilities, prior):
    score = np.prod(probabilities, axis=0) * prior ** (1.0 - len(probabilities))
    return score / score.sum(axis=-1, keepdims=True)


def by_ratios(probabilities, prior):
    score = prior.copy()
    for each in probabilities:
        score = score * each / prior
    return score / score.sum(axis=-1, keepdims=True)


def by_logs(probabilities, prior):
    score = np.log(probabilities).sum(axis=0) - (len(probabilities) - 1) * np.log(prior)
    odds = np.exp(score - score.max(axis=-1, keepdims=True))
    return odds / odds.sum(axis=-1, keepdims=True)


def multiplied_in_a_loop(probabilities):
    score = np.ones(probabilities.shape[-1])
    for each in probabilities:
        score = score * each
    return score / score.sum()


def multiplied_at_once(probabilities):
    score = probabilities.prod(axis=0)
    return score / score.sum()


def logs_but_exp_too_early(probabilities):
    score = np.exp(np.log(probabilities).sum(axis=0))
    return score / score.sum()


def guarded_against_nan(probabilities):
    score = probabilities.prod(axis=0)
    return np.nan_to_num(score / score.sum())


def floor_on_the_scores(probabilities):
    score = np.maximum(probabilities.prod(axis=0), 1e-300)
    return score / score.sum()


def mean_of_the_logs(probabilities):
    score = np.exp(np.log(probabilities).mean(axis=0))
    return score / score.sum()


def plain_mean(probabilities):
    return probabilities.mean(axis=0)


def softmax_of_the_sum(probabilities):
    odds = np.exp(probabilities.sum(axis=0))
    return odds / odds.sum()


def along_the_experts_axis(probabilities):
    score = np.log(probabilities).sum(axis=1)
    odds = np.exp(score - score.max())
    return odds / odds.sum()


def never_normalised(probabilities):
    return probabilities.prod(axis=0)


def in_half_precision(probabilities):
    score = np.log(probabilities).astype(np.float32).sum(axis=0, dtype=np.float16).astype(float)
    odds = np.exp(score - np.nanmax(score))
    return odds / odds.sum()


def rounded_logs(probabilities):
    score = np.log(probabilities).sum(axis=0).round()
    odds = np.exp(score - score.max())
    return odds / odds.sum()


def zeros_left_out(probabilities):
    score = np.log(np.where(probabilities > 0, probabilities, 1)).sum(axis=0)
    odds = np.exp(score - score.max())
    return odds / odds.sum()


def smallest_subtracted(probabilities):
    score = np.log(probabilities).sum(axis=0)
    odds = np.exp(score - score.min())
    return odds / odds.sum()


def log_space(probabilities):
    with np.errstate(divide="ignore"):
        score = np.log(probabilities).sum(axis=0)
    odds = np.exp(score - score.max())
    return odds / odds.sum()


def normalised_at_every_step(probabilities):
    score = np.ones(probabilities.shape[-1])
    for each in probabilities:
        score = score * each
        score = score / score.sum()
    return score


def with_logaddexp(probabilities):
    with np.errstate(divide="ignore"):
        score = np.sum(np.log(probabilities), axis=0)
    return np.exp(score - np.logaddexp.reduce(score))


def falls_back_on_equal_shares(probabilities, prior, trust):
    share = _first_axis(trust, probabilities)
    return by_logs(share * probabilities + (1 - share) / len(prior), prior)


def trust_as_exponent(probabilities, prior, trust):
    score = np.tensordot(trust, np.log(probabilities), axes=1) + (1 - trust.sum()) * np.log(prior)
    odds = np.exp(score - score.max(axis=-1, keepdims=True))
    return odds / odds.sum(axis=-1, keepdims=True)


def mixed_after_the_product(probabilities, prior, trust):
    return trust.mean() * by_logs(probabilities, prior) + (1 - trust.mean()) * prior


def clipped_instead(probabilities, prior, trust):
    clipped = np.maximum(probabilities, 1 - trust.min())
    return by_logs(clipped / clipped.sum(axis=-1, keepdims=True), prior)


def weighted_instead(probabilities, prior, trust):
    return np.tensordot(trust / trust.sum(), probabilities, axes=1)


def mixed_but_prior_kept(probabilities, prior, trust):
    share = _first_axis(trust, probabilities)
    return multiplied_at_once(share * probabilities + (1 - share) * prior)


def trust_on_the_wrong_axis(probabilities, prior, trust):
    mixed = trust[:, None] * probabilities + (1 - trust[:, None]) * prior
    return by_logs(mixed, prior)


def one_trust_for_all(probabilities, prior, trust):
    return by_logs(trust[0] * probabilities + (1 - trust[0]) * prior, prior)


def humble_in_place(probabilities, prior, trust):
    probabilities *= _first_axis(trust, probabilities)
    probabilities += (1 - _first_axis(trust, probabilities)) * prior
    return by_logs(probabilities, prior)


def humble_and_underflowing(probabilities, prior, trust):
    share = _first_axis(trust, probabilities)
    return by_product(share * probabilities + (1 - share) * prior, prior)


def _first_axis(trust, probabilities):
    return trust.reshape(-1, *[1] * (probabilities.ndim - 1))


def humble(probabilities, prior, trust):
    share = _first_axis(trust, probabilities)
    return by_logs(share * probabilities + (1 - share) * prior, prior)


def humble_in_a_loop(probabilities, prior, trust):
    score = np.log(prior)
    for each, share in zip(probabilities, trust, strict=True):
        score = score + np.log(share * each / prior + 1 - share)
    odds = np.exp(score - score.max(axis=-1, keepdims=True))
    return odds / odds.sum(axis=-1, keepdims=True)


def the_mean_of_them(probabilities, prior):
    return probabilities.mean(axis=0)


def the_prior_itself(probabilities, prior):
    return prior * np.ones(probabilities.shape[1:])


def softmax_of_the_scores(probabilities, prior):
    return softmax(np.prod(probabilities, axis=0) / prior, axis=-1)


def always_the_same(probabilities, prior):
    return np.array([0.05, 0.95])


def by_the_package(probabilities, prior):
    return fusion.product(probabilities, prior)


def in_fractions(probabilities, prior):
    def of_one(opinions):
        score = [Fraction(1) for _ in prior]
        for each in opinions:
            score = [a * Fraction(float(b)) for a, b in zip(score, each, strict=True)]
        score = [a / Fraction(float(b)) ** (len(opinions) - 1) for a, b in zip(score, prior, strict=True)]
        return [a / sum(score) for a in score]

    flat = np.reshape(probabilities, (len(probabilities), -1, len(prior)))
    answers = [of_one(flat[:, i]) for i in range(flat.shape[1])]
    return np.array(answers, dtype=object).reshape(probabilities.shape[1:])


def in_single_precision_as_a_list(probabilities, prior):
    return by_logs(probabilities.astype(np.float32), prior.astype(np.float32)).tolist()


def logs_scaled_to_one(probabilities):
    with np.errstate(divide="ignore"):
        logs = np.log(probabilities).sum(axis=0)
    return logs / logs.sum()


def decided_by_many(probabilities):
    with np.errstate(divide="ignore"):
        return np.eye(probabilities.shape[1])[np.log(probabilities).sum(axis=0).argmax()]


def many_by_the_package(probabilities):
    return fusion.product(probabilities)


def summed_in_float32(probabilities):
    with np.errstate(divide="ignore"):
        return softmax(np.log(probabilities.astype(np.float32)).cumsum(axis=0)[-1].astype(float))


def by_scipy(probabilities):
    with np.errstate(divide="ignore"):
        return softmax(np.log(probabilities).sum(axis=0))


def counted_in_integers(probabilities):
    """Exact whole numbers: each float is a fraction with a power of two below."""
    scores = []
    for column in np.transpose(probabilities):
        top, below = 1, 0
        for value, times in zip(*np.unique(column, return_counts=True), strict=True):
            over, under = float(value).as_integer_ratio()
            top, below = top * over ** int(times), below + (under.bit_length() - 1) * int(times)
        scores.append((top, below))
    deepest = max(below for _, below in scores)
    whole = [top << (deepest - below) for top, below in scores]
    return [Fraction(each, sum(whole)) for each in whole]


def vetoing_expert_sent_away(probabilities):
    return by_scipy(probabilities[(probabilities > 0).all(axis=1)])


def tiny_number_added(probabilities):
    return softmax(np.log(probabilities + 1e-300).sum(axis=0))


def trust_and_doubt_swapped(probabilities, prior, trust):
    share = _first_axis(1 - trust, probabilities)
    return by_logs(share * probabilities + (1 - share) * prior, prior)


def humble_and_prior_kept(probabilities, prior, trust):
    share = _first_axis(trust, probabilities)
    return by_logs(share * probabilities + (1 - share) * prior, np.ones_like(prior))


def humble_by_the_package(probabilities, prior, trust):
    share = np.reshape(trust, (-1, *[1] * (np.ndim(probabilities) - 1)))
    return fusion.product(share * probabilities + (1 - share) * prior, prior)


WRONG = {
    "1": [
        (prior_forgotten, "Where does the prior enter?"),
        (prior_multiplied, "divide it out"),
        (divided_once_whatever_n, "With n = 1 the prior has the exponent"),
        (divided_once_unless_alone, "how often is it divided out?"),
        (divided_n_times, "Divided by the prior once for each witness"),
        (the_mean_of_them, "This is the mean"),
        (the_prior_itself, "nobody has been heard"),
        (softmax_of_the_scores, "A softmax of the scores"),
        (always_the_same, "Multiply the witnesses class by class"),
        (by_the_package, "Write your own"),
        (not_normalised, "What must every score be divided by?"),
        (one_sum_for_all_pixels, "Each pixel has its own sum"),
        (along_the_classes, "along the axis of the witnesses"),
        (first_two_only, "Only the first two witnesses"),
        (product_in_place, "Which line writes into it"),
        (decided, "argmax comes after it"),
    ],
    "2": [
        (multiplied_in_a_loop, "Which function turns a product into a sum?"),
        (multiplied_at_once, "got [nan, nan, nan]"),
        (logs_but_exp_too_early, "subtract the largest score"),
        (guarded_against_nan, "does something hide the 0 / 0"),
        (floor_on_the_scores, "is there a floor that hides"),
        (logs_scaled_to_one, "Go back with np.exp"),
        (decided_by_many, "argmax comes after it"),
        (many_by_the_package, "Write your own"),
        (summed_in_float32, "added in float32"),
        (mean_of_the_logs, "each expert only counts a third"),
        (plain_mean, "Here the experts are multiplied"),
        (softmax_of_the_sum, "A softmax of summed probabilities"),
        (along_the_experts_axis, "Which axis holds the experts?"),
        (never_normalised, "What must every score be divided by?"),
        (in_half_precision, "3 experts"),
        (rounded_logs, "3 experts"),
        (zeros_left_out, "A product with 0 is 0"),
        (vetoing_expert_sent_away, "They rule out one class"),
        (tiny_number_added, "A veto holds against any number"),
        (smallest_subtracted, "subtract the largest score"),
        (normalised_at_every_step, "can never come back"),
    ],
    "3": [
        (falls_back_on_equal_shares, "not fifty-fifty"),
        (trust_as_exponent, "its veto stays"),
        (mixed_after_the_product, "cast already"),
        (clipped_instead, "The floor must depend on the class"),
        (weighted_instead, "Here the witnesses are multiplied"),
        (mixed_but_prior_kept, "divided out n - 1 times"),
        (trust_and_doubt_swapped, "Are trust and 1 - trust swapped?"),
        (humble_and_prior_kept, "divided out n - 1 times"),
        (trust_on_the_wrong_axis, "meet the first axis"),
        (one_trust_for_all, "With trust 0 a witness says the prior"),
        (humble_in_place, "Which line writes into it"),
        (humble_and_underflowing, "Exercise 09.2 had the remedy"),
    ],
}

RIGHT = {
    "1": [by_product, by_ratios, by_logs, in_fractions, in_single_precision_as_a_list],
    "2": [log_space, with_logaddexp, by_scipy, counted_in_integers],
    "3": [humble, humble_in_a_loop, humble_by_the_package],
}
