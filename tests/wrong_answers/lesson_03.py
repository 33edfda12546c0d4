"""Answers that learners give in lesson 03: each wrong one with words of the hint that it must get."""

import bisect

import numpy as np
from scipy import signal

from mmseg_edu.preprocess.video import frame_at

# 03.1: the picture on show


def nearest_picture(times, t):
    return np.array([np.argmin(np.abs(times - moment)) for moment in t])


def next_picture(times, t):
    return np.minimum(np.searchsorted(times, t, side="right"), len(times) - 1)


def how_many_have_appeared(times, t):
    return np.searchsorted(times, t, side="right")


def strictly_before(times, t):
    return np.maximum(np.searchsorted(times, t) - 1, 0)


def not_clipped(times, t):
    return np.searchsorted(times, t, side="right") - 1


def counts_pictures(times, t):
    fps = (len(times) - 1) / times[-1]
    return np.clip((t * fps).astype(int), 0, len(times) - 1)


def counts_one_picture_more(times, t):
    return np.clip((t * len(times) / times[-1]).astype(int), 0, len(times) - 1)


def one_step_for_all(times, t):
    return np.clip((t // np.median(np.diff(times))).astype(int), 0, len(times) - 1)


def twenty_five_a_second(times, t):
    return np.clip((t * 25).astype(int), 0, len(times) - 1)


def its_time(times, t):
    return times[np.maximum(np.searchsorted(times, t, side="right") - 1, 0)]


def only_the_first_moment(times, t):
    return int(np.searchsorted(times, t[0], side="right")) - 1


def one_for_each_time(times, t):
    return np.arange(len(times)).repeat(2)


def fractions_of_a_picture(times, t):
    return np.interp(t, times, np.arange(len(times)))


def always_these(times, t):
    return np.array([0, 1, 2, 3])


def by_bisection(times, t):
    return [max(0, bisect.bisect_right(list(times), moment) - 1) for moment in t]


def by_counting(times, t):
    return np.maximum((times[None, :] <= t[:, None]).sum(axis=1) - 1, 0)


def by_package(times, t):
    return frame_at(np.arange(len(times)), times, t)


def in_a_loop(times, t):
    found = []
    for moment in t:
        i = 0
        while i + 1 < len(times) and times[i + 1] <= moment:
            i += 1
        found.append(float(i))
    return found


# 03.2: the lag


def full(motion, sound):
    return np.correlate(sound - sound.mean(), motion - motion.mean(), "full")


def middle(motion, sound, furthest):
    scores = full(motion, sound)
    return scores[len(motion) - 1 - furthest : len(motion) + furthest]


def turned_round(motion, sound, furthest):
    return furthest - int(np.argmax(middle(motion, sound, furthest)))


def never_early(motion, sound, furthest):
    return abs(int(np.argmax(middle(motion, sound, furthest))) - furthest)


def an_index(motion, sound, furthest):
    return int(np.argmax(middle(motion, sound, furthest)))


def with_the_hum(motion, sound, furthest):
    scores = np.correlate(sound, motion, "full")[len(motion) - 1 - furthest : len(motion) + furthest]
    return int(np.argmax(scores)) - furthest


def rolled(motion, sound, furthest):
    a, b = motion - motion.mean(), sound - sound.mean()
    return max(range(-furthest, furthest + 1), key=lambda lag: np.sum(np.roll(a, lag) * b))


def largest_strokes(motion, sound, furthest):
    return int(np.argmax(sound) - np.argmax(motion))


def best_score(motion, sound, furthest):
    return middle(motion, sound, furthest).max()


def every_lag(motion, sound, furthest):
    return int(np.argmax(full(motion, sound))) - len(motion) + 1


def one_too_many(motion, sound, furthest):
    return int(np.argmax(middle(motion, sound, furthest))) - furthest + 1


def only_late(motion, sound, furthest):
    return int(np.argmax(middle(motion, sound, furthest)[furthest:]))


def one_too_few(motion, sound, furthest):
    scores = []
    for lag in range(-furthest, furthest):
        pairs = [(i, i + lag) for i in range(len(motion)) if 0 <= i + lag < len(sound)]
        scores.append(sum((motion[i] - motion.mean()) * (sound[j] - sound.mean()) for i, j in pairs))
    return range(-furthest, furthest)[int(np.argmax(scores))]


def furthest_from_nought(motion, sound, furthest):
    return int(np.argmax(np.abs(middle(motion, sound, furthest)))) - furthest


def mean_of_the_products(motion, sound, furthest):
    met = len(motion) - np.abs(np.arange(-furthest, furthest + 1))
    return int(np.argmax(middle(motion, sound, furthest) / met)) - furthest


def correlation_of_pieces(motion, sound, furthest):
    best, most, n = 0, -np.inf, len(motion)
    for lag in range(-furthest, furthest + 1):
        a = motion[max(0, -lag) : n - max(0, lag)]
        b = sound[max(0, lag) : n - max(0, -lag)]
        if a.std() > 0 and b.std() > 0 and (score := np.corrcoef(a, b)[0, 1]) > most + 1e-9:
            best, most = lag, score
    return best


def peaks_within_reach(motion, sound, furthest):
    return int(np.clip(np.argmax(sound) - np.argmax(motion), -furthest, furthest))


def all_scores(motion, sound, furthest):
    return middle(motion, sound, furthest)


def always_two(motion, sound, furthest):
    return 2


def first_strokes(motion, sound, furthest):
    return int(np.argmax(sound > sound.mean()) - np.argmax(motion > motion.mean()))


def by_correlate(motion, sound, furthest):
    return int(np.argmax(middle(motion, sound, furthest))) - furthest


def by_loops(motion, sound, furthest):
    a, b = list(motion - np.mean(motion)), list(sound - np.mean(sound))
    best, most = 0, -np.inf
    for lag in range(-furthest, furthest + 1):
        score = sum(a[i] * b[i + lag] for i in range(len(a)) if 0 <= i + lag < len(b))
        if score > most:
            best, most = lag, score
    return best


def by_slices(motion, sound, furthest):
    a, b, n = motion - motion.mean(), sound - sound.mean(), len(motion)
    scores = {
        lag: np.dot(a[max(0, -lag) : n - max(0, lag)], b[max(0, lag) : n - max(0, -lag)])
        for lag in range(-furthest, furthest + 1)
    }
    return np.float32(max(scores, key=scores.get))


def by_scipy(motion, sound, furthest):
    scores = signal.correlate(sound - sound.mean(), motion - motion.mean())
    lags = signal.correlation_lags(len(sound), len(motion))
    near = np.abs(lags) <= furthest
    return lags[near][np.argmax(scores[near])]


# 03.3: between two offsets


def delta_of(scores):
    best = int(np.argmax(scores))
    if best in (0, len(scores) - 1):
        return best, 0.0
    before, most, after = scores[best - 1 : best + 2]
    bend = before - 2 * most + after
    return best, (before - after) / (2 * bend) if bend else 0.0


def no_parabola(offsets, scores):
    return offsets[np.argmax(scores)]


def wrong_side(offsets, scores):
    best, delta = delta_of(scores)
    return offsets[best] - delta * (offsets[1] - offsets[0])


def twice_too_far(offsets, scores):
    best, delta = delta_of(scores)
    return offsets[best] + 2 * delta * (offsets[1] - offsets[0])


def without_the_step(offsets, scores):
    best, delta = delta_of(scores)
    return offsets[best] + delta


def only_the_way(offsets, scores):
    return delta_of(scores)[1] * (offsets[1] - offsets[0])


def in_steps(offsets, scores):
    return sum(delta_of(scores))


def its_height(offsets, scores):
    best, delta = delta_of(scores)
    if best in (0, len(scores) - 1):
        return scores[best]
    return scores[best] - (scores[best - 1] - scores[best + 1]) * delta / 4


def gravity_of_three(offsets, scores):
    best = int(np.clip(np.argmax(scores), 1, len(scores) - 2))
    return np.average(offsets[best - 1 : best + 2], weights=scores[best - 1 : best + 2])


def one_parabola_for_all(offsets, scores):
    a, b, _ = np.polyfit(offsets, scores, 2)
    return -b / (2 * a)


def gravity_of_all(offsets, scores):
    return np.average(offsets, weights=scores)


def round_the_edge(offsets, scores):
    best = int(np.argmax(scores))
    before, most, after = scores[best - 1], scores[best], scores[(best + 1) % len(scores)]
    bend = before - 2 * most + after
    return offsets[best] + ((before - after) / (2 * bend) if bend else 0.0) * (offsets[1] - offsets[0])


def beyond_the_edge(offsets, scores):
    best = max(1, int(np.argmax(scores)))
    before, most, after = scores[best - 1], scores[best], scores[best + 1]
    return offsets[best] + (before - after) / (2 * (before - 2 * most + after)) * (offsets[1] - offsets[0])


def nought_by_nought(offsets, scores):
    best = int(np.argmax(scores))
    if best == len(scores) - 1 or (best == 0 and scores[0] > scores[1]):
        return offsets[best]
    before, most, after = scores[max(0, best - 1)], scores[best], scores[best + 1]
    return offsets[best] + (before - after) / (2 * (before - 2 * most + after)) * (offsets[1] - offsets[0])


def always_the_first_answer(offsets, scores):
    return 0.05


def by_formula(offsets, scores):
    best, delta = delta_of(scores)
    return offsets[best] + delta * (offsets[1] - offsets[0])


def by_polyfit(offsets, scores):
    best = int(np.argmax(scores))
    if best in (0, len(scores) - 1):
        return offsets[best]
    a, b, _ = np.polyfit([-1, 0, 1], scores[best - 1 : best + 2], 2)
    return offsets[best] - b / (2 * a) * (offsets[1] - offsets[0])


def in_plain_python(offsets, scores):
    offsets, scores = [float(x) for x in offsets], [float(x) for x in scores]
    best = scores.index(max(scores))
    if best == 0 or best == len(scores) - 1:
        return offsets[best]
    rise, fall = scores[best] - scores[best - 1], scores[best] - scores[best + 1]
    return offsets[best] + (rise - fall) / (2 * (rise + fall)) * (offsets[best + 1] - offsets[best])


def in_float32(offsets, scores):
    return np.float32(by_formula(offsets, scores))


WRONG = {
    "1": [
        (nearest_picture, "nearest"),
        (next_picture, "This is the next picture"),
        (how_many_have_appeared, "expected every index in [0, 3], got 4"),
        (strictly_before, "< or <=, left or right?"),
        (not_clipped, "Before the first picture this gives -1"),
        (counts_pictures, "the count drifts"),
        (counts_one_picture_more, "the count drifts"),
        (one_step_for_all, "equally long"),
        (twenty_five_a_second, "The last picture whose time is not after"),
        (its_time, "This is the time of the picture"),
        (only_the_first_moment, "One picture for each moment"),
        (one_for_each_time, "One picture for each moment"),
        (fractions_of_a_picture, "The last picture whose time is not after"),
        (always_these, "The last picture whose time is not after"),
    ],
    "2": [
        (turned_round, "The sign is turned round"),
        (never_early, "never says that the sound is early"),
        (an_index, "an index into the list of lags"),
        (with_the_hum, "The means are still in it"),
        (rolled, "wrap round"),
        (largest_strokes, "the largest stroke of each"),
        (best_score, "argmax, not max"),
        (every_lag, "This tried every lag"),
        (one_too_many, "One too many"),
        (only_late, "Which lags are tried?"),
        (one_too_few, "The lag `furthest` itself is not tried"),
        (furthest_from_nought, "the opposite of a match"),
        (mean_of_the_products, "This averages the products"),
        (correlation_of_pieces, "the pieces are short"),
        (peaks_within_reach, "All strokes count together"),
        (all_scores, "One lag"),
        (always_two, "An early sound has a negative lag"),
        (first_strokes, "All strokes count together"),
    ],
    "3": [
        (no_parabola, "best of the offsets that were tried"),
        (wrong_side, "wrong side"),
        (twice_too_far, "Twice too far"),
        (without_the_step, "How long is a step?"),
        (only_the_way, "Where is the top itself?"),
        (in_steps, "counts in steps"),
        (its_height, "how high the parabola is"),
        (gravity_of_three, "centre of gravity of three"),
        (gravity_of_all, "centre of gravity of all"),
        (one_parabola_for_all, "one parabola through all"),
        (round_the_edge, "Index -1 is the last one"),
        (beyond_the_edge, "one neighbour only"),
        (nought_by_nought, "do not divide by 0"),
        (always_the_first_answer, "Then the top lies further left"),
    ],
}
RIGHT = {
    "1": [by_bisection, by_counting, by_package, in_a_loop],
    "2": [by_correlate, by_loops, by_slices, by_scipy],
    "3": [by_formula, by_polyfit, in_plain_python, in_float32],
}
