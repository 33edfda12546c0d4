"""Answers that learners give in lesson 20: each wrong one with words of the hint that it must get."""

import numpy as np

from mmseg_edu import experts, features, fusion, scenes, segment
from mmseg_edu.studies import scoreboard


def as_the_solution(validation, hidden):
    chosen = validation.mean(axis=1).argmax()
    return chosen, hidden[chosen].mean()


def in_a_loop(validation, hidden):
    best, where = -1.0, None
    for i, scores in enumerate(validation.tolist()):
        if sum(scores) / len(scores) > best:
            best, where = sum(scores) / len(scores), i
    return [where, sum(hidden[where]) / len(hidden[where])]


def in_float32(validation, hidden):
    chosen = int(np.argsort(-np.average(validation, axis=1), kind="stable")[0])
    return np.array([chosen, np.float32(hidden[chosen]).mean()], np.float32)


def by_the_hidden(validation, hidden):
    chosen = hidden.mean(axis=1).argmax()
    return chosen, hidden[chosen].mean()


def reports_validation(validation, hidden):
    chosen = validation.mean(axis=1).argmax()
    return chosen, validation[chosen].mean()


def reports_the_best(validation, hidden):
    return validation.mean(axis=1).argmax(), hidden.mean(axis=1).max()


def reports_all(validation, hidden):
    return validation.mean(axis=1).argmax(), hidden.mean()


def reports_the_best_scene(validation, hidden):
    chosen = validation.mean(axis=1).argmax()
    return chosen, hidden[chosen].max()


def by_both(validation, hidden):
    chosen = np.hstack([validation, hidden]).mean(axis=1).argmax()
    return chosen, hidden[chosen].mean()


def by_the_best_scene(validation, hidden):
    chosen = validation.max(axis=1).argmax()
    return chosen, hidden[chosen].mean()


def the_worst(validation, hidden):
    chosen = validation.mean(axis=1).argmin()
    return chosen, hidden[chosen].mean()


def over_both_sets(validation, hidden):
    chosen = validation.mean(axis=1).argmax()
    return chosen, np.mean([*validation[chosen], *hidden[chosen]])


def score_first(validation, hidden):
    chosen = validation.mean(axis=1).argmax()
    return hidden[chosen].mean(), chosen


def from_one(validation, hidden):
    chosen = validation.mean(axis=1).argmax()
    return chosen + 1, hidden[chosen].mean()


def score_only(validation, hidden):
    return hidden[validation.mean(axis=1).argmax()].mean()


def sorts_in_place(validation, hidden):
    answer = as_the_solution(validation, hidden)
    validation.sort()
    return answer


def constant(validation, hidden):
    return 1, 0.65


# Segmenters.


def seen_and_heard(frames, sound, rate):
    picture = frames[len(frames) // 2]
    heard = experts.hear(features.sound_vector(sound, rate))
    return picture, experts.see(picture), fusion.over_pixels(heard, picture.shape[:2])


def by_product(frames, sound, rate):
    _, sees, hears = seen_and_heard(frames, sound, rate)
    both = [fusion.clip(sees, 1e-6), fusion.clip(hears, 1e-6)]
    return fusion.product(both, experts.prior()).argmax(axis=-1)


def by_hand(frames, sound, rate):
    _, sees, hears = seen_and_heard(frames, sound, rate)
    return np.argmax(sees * hears / experts.prior(), axis=-1).tolist()


def by_the_rule(frames, sound, rate):
    flags = scoreboard.hears_events(features.sound_vector(sound, rate)[None])[0]
    objects = experts.recognise(frames[4])
    return np.float32(fusion.sounding(objects, flags)).argmax(axis=-1).astype(np.int16)


def only_what_is_heard(frames, sound, rate):
    labels = experts.recognise(frames[4]).argmax(axis=-1)
    flags = scoreboard.hears_events(features.sound_vector(sound, rate)[None])[0]
    for k in range(1, 5):
        if flags[k] < 0.5:
            labels[labels == k] = 0
    return labels


def by_a_cut(frames, sound, rate):
    picture, sees, hears = seen_and_heard(frames, sound, rate)
    posterior = fusion.product([sees, hears], experts.prior())
    return segment.graph_cut(segment.unary_from(posterior), picture)


def by_the_unet(frames, sound, rate):
    flags = scoreboard.hears_events(features.sound_vector(sound, rate)[None])
    return fusion.sounding(scoreboard.unet_sees(frames[4:5]), flags)[0].argmax(axis=-1)


def by_the_unet_and_a_cut(frames, sound, rate):
    flags = scoreboard.hears_events(features.sound_vector(sound, rate)[None])
    posterior = fusion.sounding(scoreboard.unet_sees(frames[4:5]), flags)[0]
    return segment.graph_cut(segment.unary_from(posterior), frames[4], smoothness=0.5)


def unet_by_product(frames, sound, rate):
    flags = scoreboard.hears_events(features.sound_vector(sound, rate)[None])[0]
    labels = scoreboard.unet_sees(frames[4:5])[0].argmax(axis=-1)
    return np.where(flags[labels] > 0.5, labels, 0).tolist()


def nothing(frames, sound, rate):
    return np.zeros(frames.shape[1:3], int)


def a_bell_everywhere(frames, sound, rate):
    return np.ones(frames.shape[1:3], int)


def picture_alone(frames, sound, rate):
    return experts.recognise(frames[4]).argmax(axis=-1)


def picture_alone_unless_silent(frames, sound, rate):
    return picture_alone(frames, sound, rate) * int(np.abs(sound).max() > 0)


def a_blob_of_what_is_heard(frames, sound, rate):
    labels = np.zeros((64, 64), int)
    labels[20:44, 20:44] = experts.hear(features.sound_vector(sound, rate))[1:].argmax() + 1
    return labels


def by_mean(frames, sound, rate):
    _, sees, hears = seen_and_heard(frames, sound, rate)
    return fusion.mean([sees, hears]).argmax(axis=-1)


def never_background(frames, sound, rate):
    _, sees, hears = seen_and_heard(frames, sound, rate)
    shown = experts.recognise(frames[4]).argmax(axis=-1)
    return np.where(shown == (sees * hears)[..., 1:].sum(axis=(0, 1)).argmax() + 1, shown, 0)


def of_the_first_frame(frames, sound, rate):
    return by_product(frames[:1], sound, rate)


def names_are_wrong(frames, sound, rate):
    return np.array([0, 2, 3, 4, 1])[by_product(frames, sound, rate)]


def transposed(frames, sound, rate):
    return by_product(frames, sound, rate).T


def all_frames(frames, sound, rate):
    return np.stack([by_product(each[None], sound, rate) for each in frames])


def probabilities(frames, sound, rate):
    _, sees, hears = seen_and_heard(frames, sound, rate)
    return fusion.product([sees, hears], experts.prior())


def a_mask(frames, sound, rate):
    return by_product(frames, sound, rate) > 0


def labels_as_floats(frames, sound, rate):
    return by_product(frames, sound, rate) * 1.0


def with_nan(frames, sound, rate):
    return by_product(frames, sound, rate) * np.float32(np.nan)


def writes_into_the_frames(frames, sound, rate):
    frames -= frames.min()
    return by_product(np.clip(frames, 0, 1), sound, rate)


def draws_the_truth(frames, sound, rate):
    for i in range(60):
        asked = scoreboard.hidden_questions(i + 1, "exercise 20.2 c")[i]
        if np.array_equal(asked.frames, frames):
            return scoreboard.hidden_truths(i + 1, "exercise 20.2 c")[i]["own"]
    return nothing(frames, sound, rate)


def trains_on_the_way(frames, sound, rate):
    batch = scenes.make_batch(4, seed=0)
    return by_product(frames, sound, rate) * int(len(batch) == 4)


COUNT = [0]


def remembers(frames, sound, rate):
    COUNT[0] += 1
    return by_product(frames, sound, rate) * (COUNT[0] % 2)


def takes_two(frames, sound):
    return by_product(frames, sound, 16000)


def pixels_of_bytes(frames, sound, rate):
    return experts.see((255 * frames[4]).astype(np.uint8)).argmax(axis=-1)


WRONG = {
    "1": [
        (by_the_hidden, "that is the leak"),
        (reports_validation, "which luck has lifted"),
        (reports_the_best, "Chosen honestly, and then the best hidden score"),
        (reports_all, "mean over all candidates"),
        (reports_the_best_scene, "The best of its hidden scenes"),
        (by_both, "the hidden scenes did vote"),
        (by_the_best_scene, "best single scene"),
        (the_worst, "argmax, not argmin"),
        (over_both_sets, "leave them out of the report"),
        (score_first, "Turned round"),
        (from_one, "Counted from 1"),
        (score_only, "Two numbers"),
        (sorts_in_place, "changed its own input"),
        (constant, "Which scenes may choose"),
    ],
    "2": [
        (nothing, "every scene gets the same mask"),
        (a_bell_everywhere, "every scene gets the same mask"),
        (picture_alone, "nothing here listens"),
        (picture_alone_unless_silent, "nothing here listens"),
        (a_blob_of_what_is_heard, "another picture changes nothing"),
        (by_mean, "A mean lets it"),
        (never_background, "Does the sound get a veto?"),
        (of_the_first_frame, "answer for the middle frame"),
        (names_are_wrong, "the names are not"),
        (transposed, "Rows and columns are exchanged"),
        (all_frames, "middle frame alone"),
        (probabilities, "take argmax"),
        (a_mask, "that says where and not what"),
        (labels_as_floats, "as whole numbers"),
        (with_nan, "got NaN or infinity"),
        (writes_into_the_frames, "it changes the frames that it is given"),
        (draws_the_truth, "it draws sounding scenes while it answers"),
        (trains_on_the_way, "it draws sounding scenes while it answers"),
        (remembers, "gives another answer when it is asked again"),
        (takes_two, "raises TypeError"),
        (pixels_of_bytes, "divide pixels from 0 to 255 by 255"),
    ],
    "3": [
        (by_product, "Level to the last pixel"),
        (picture_alone, "a segmenter that listens"),
        (nothing, "a segmenter that listens"),
        (of_the_first_frame, "That is behind"),
        (probabilities, "take argmax"),
    ],
}

RIGHT = {
    "1": [as_the_solution, in_a_loop, in_float32],
    "2": [by_product, by_hand, by_the_rule, only_what_is_heard, by_a_cut],
    "3": [by_the_unet, by_the_unet_and_a_cut, unet_by_product],
}
