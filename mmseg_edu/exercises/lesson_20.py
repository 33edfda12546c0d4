"""The exercises of lesson 20: can you beat the scoreboard?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmseg_edu import experts, fusion, metrics
from mmseg_edu.exercises.expect import (
    Answer,
    AnswerError,
    Finding,
    expect_kept,
    expect_like,
    expect_own,
    expect_shape,
    together,
)
from mmseg_edu.features import sound_vector
from mmseg_edu.studies import scoreboard

UNTESTED = {
    "1": "speed; candidates of which two are equally good",
    "2": "speed; other scenes than these nine",
    "3": "whether the lead holds on the hidden scenes of the board: enter it, once",
}
Array = NDArray[np.floating]
SCENES_2, SCENES_3 = 9, 24
ENOUGH_IOU, ENOUGH_GAIN, MOST_CLAIMED, MOST_MOVED = 0.7, 0.6, 0.02, 0.05


def exercise_1(answer: Answer) -> Iterator[Finding]:
    """`honest_score(validation, hidden)`: which of M candidates to choose, and the score to report."""
    validation = np.array([[0.6, 0.7, 0.8], [0.9, 0.8, 0.7], [0.5, 0.9, 0.4]])
    hidden = np.array([[0.9, 0.9], [0.7, 0.6], [0.8, 0.5]])
    what = "three candidates, three validation and two hidden scenes"
    yield expect_shape(answer(validation, hidden), (2,), what, "Two numbers: which one, and its score.")
    random = np.random.default_rng(20)
    drawn = [(random.random((m, n)).round(2), random.random((m, k)).round(2)) for m, n, k in _SIZES]
    hint = "Which scenes may choose, and which may only be reported?"
    others = [(validation, hidden), *drawn]
    yield expect_like(answer, _honest, (validation, hidden), what, hint, slips=SLIPS, others=others)
    yield together(
        "five more tables, of two to six candidates",
        *(
            expect_like(answer, _honest, each, f"{len(each[0])} candidates", hint, slips=SLIPS, others=others)
            for each in drawn
        ),
    )
    yield expect_kept(answer, what)
    yield expect_own(answer, "mmseg_edu.studies.scoreboard")


_SIZES = ((2, 4, 3), (3, 5, 2), (4, 3, 6), (5, 2, 4), (6, 7, 3))


def _honest(validation: Array, hidden: Array) -> Array:
    chosen = int(validation.mean(axis=1).argmax())
    return np.array([chosen, hidden[chosen].mean()])


def _chosen_by(choice: Callable[[Array, Array], Any], report: Callable[[Array, Array, int], Any]) -> Any:
    def rule(validation: Array, hidden: Array) -> list[float]:
        chosen = int(choice(validation, hidden))
        return [chosen, report(validation, hidden, chosen)]

    return rule


def _by_validation(validation: Array, hidden: Array) -> Any:
    return validation.mean(axis=1).argmax()


def _on_hidden(validation: Array, hidden: Array, chosen: int) -> Any:
    return hidden[chosen].mean()


SLIPS: list[tuple[Callable[..., object], str]] = [
    (
        _chosen_by(lambda v, h: h.mean(axis=1).argmax(), _on_hidden),
        "Chosen by the hidden scenes: that is the leak. They may be looked at once, when all is chosen.",
    ),
    (
        _chosen_by(_by_validation, lambda v, h, k: v[k].mean()),
        "Reported is the score that it was chosen for, which luck has lifted. What did the hidden scenes say?",
    ),
    (
        _chosen_by(_by_validation, lambda v, h, k: h.mean(axis=1).max()),
        "Chosen honestly, and then the best hidden score was reported, which may be another's.",
    ),
    (
        _chosen_by(_by_validation, lambda v, h, k: h.mean()),
        "That is the mean over all candidates. Report the score of the chosen one alone.",
    ),
    (
        _chosen_by(_by_validation, lambda v, h, k: h[k].max()),
        "The best of its hidden scenes is reported. Its mean over them is wanted.",
    ),
    (
        _chosen_by(lambda v, h: np.concatenate([v, h], axis=1).mean(axis=1).argmax(), _on_hidden),
        "Both sets together chose, so the hidden scenes did vote. They may not.",
    ),
    (
        _chosen_by(lambda v, h: v.max(axis=1).argmax(), _on_hidden),
        "Chosen by the best single scene. Which candidate has the best mean over the validation scenes?",
    ),
    (
        _chosen_by(lambda v, h: v.mean(axis=1).argmin(), _on_hidden),
        "That candidate is the worst on the validation scenes: argmax, not argmin.",
    ),
    (
        _chosen_by(lambda v, h: v.mean(axis=0)[: len(v)].argmax(), _on_hidden),
        "The mean ran over the candidates: scenes are axis 1.",
    ),
    (
        _chosen_by(_by_validation, lambda v, h, k: np.concatenate([v[k], h[k]]).mean()),
        "The validation scenes chose it, so their scores are lifted: leave them out of the report.",
    ),
    (
        lambda v, h: [_honest(v, h)[1], _honest(v, h)[0]],
        "Turned round: which one comes first, then its score.",
    ),
    (
        lambda v, h: [_honest(v, h)[0] + 1, _honest(v, h)[1]],
        "Counted from 1. Candidates are counted from 0, as argmax does.",
    ),
]


def exercise_2(answer: Answer) -> Iterator[Finding]:
    """`my_segmenter(frames, sound, rate)`: the class of what sounds at each pixel of the middle frame."""
    key = "exercise 20.2 c"
    asked = scoreboard.hidden_questions(SCENES_2, key)
    scores = _entered(answer, SCENES_2, key)
    yield Finding(
        True, f"{SCENES_2} new scenes with four sounds each: labels (64, 64), the same when asked again"
    )
    own = [_labels(answer, each.frames, each.sounds["own"], each.rate) for each in asked]
    varied = any((labels != own[0]).any() for labels in own)
    yield Finding(
        varied,
        "different scenes get different masks" if varied else "every scene gets the same mask",
        "The answer must depend on frames and sound: start from a witness, experts.recognise, experts.hear.",
    )
    marked = sum(bool(labels.any()) for labels in own)
    yield Finding(
        marked > len(own) // 2,
        f"something is marked in {marked} of {len(own)} scenes, in each of which something sounds",
        "'Background' wins almost everywhere. A mean lets it, lesson 07; a product does not.",
    )
    first, second = asked[1], asked[2]
    here = _labels(answer, first.frames, first.sounds["own"], first.rate)
    there = _labels(answer, second.frames, first.sounds["own"], first.rate)
    looks = bool((here != there).any())
    yield Finding(
        looks,
        "another picture under the same sound: another mask" if looks else "another picture changes nothing",
        "Where the thing is, only the picture knows: experts.see or experts.recognise of the middle frame.",
    )
    cause = _cause(own, key)
    yield from _listens(scores, cause)
    found, still = float(scores.iou.mean()), _on_still_films(answer, asked, key)
    moved = still - found > MOST_MOVED
    yield Finding(
        not moved,
        f"IoU on films that stand still: {still:.2f}, on those that move: {found:.2f}",
        "On films that stand still it is better: answer for the middle frame, frames[len(frames) // 2].",
    )
    yield Finding(
        found >= ENOUGH_IOU,
        f"IoU of what sounds, named right: {found:.2f}, {ENOUGH_IOU} or more is asked for",
        cause or "Look at a few masks beside the frames: what is missing, and what is too much?",
    )


def _listens(scores: scoreboard.Scores, cause: str) -> Iterator[Finding]:
    gain = float(np.nanmean(scores.gain))
    deaf = bool((np.nan_to_num(scores.gain) == 0).all())
    hint = "Another sound, and the old mask: nothing here listens. Multiply by what experts.hear says."
    if not deaf:
        hint = cause or "The mask moves with the sound, but not to the thing that sounds now."
    yield Finding(
        gain >= ENOUGH_GAIN,
        f"another thing sounds: the new mask gains {gain:.2f} of IoU, {ENOUGH_GAIN} or more is asked for",
        hint,
    )
    for kind, words in (("silence", "in silence"), ("off_screen", "when something off-screen sounds")):
        claimed = float(getattr(scores, kind).mean())
        yield Finding(
            claimed <= MOST_CLAIMED,
            f"{words} it claims {claimed:.3f} of the picture, at most {MOST_CLAIMED} is asked for",
            "Nothing that is shown sounds, so all is background, 0. Does the sound get a veto?",
        )


def _cause(own: list[NDArray[np.uint8]], key: str) -> str:
    """What would make masks right, if it is one of two things: other names, or rows and columns exchanged."""
    truths = [each["own"] for each in scoreboard.hidden_truths(len(own), key)]
    if scoreboard.named_iou(truths, own).mean() >= ENOUGH_IOU:
        return ""
    if np.mean(metrics.iou(np.stack(truths) > 0, np.stack(own) > 0)) >= ENOUGH_IOU:
        return "The places are right and the names are not: labels are places in scenes.CLASSES, a bell is 1."
    if scoreboard.named_iou(truths, [labels.T for labels in own]).mean() >= ENOUGH_IOU:
        return "Rows and columns are exchanged: no transpose, (H, W) as the frames have it."
    return ""


def _on_still_films(answer: Answer, asked: list[scoreboard.Asked], key: str) -> float:
    """The IoU where every frame is the middle one."""
    truths = [each["own"] for each in scoreboard.hidden_truths(len(asked), key)]
    still = []
    for each in asked:
        frames = np.repeat(each.frames[len(each.frames) // 2][None], len(each.frames), axis=0)
        still.append(_labels(answer, frames, each.sounds["own"], each.rate))
    return float(scoreboard.named_iou(truths, still).mean())


def exercise_3(answer: Answer) -> Iterator[Finding]:
    """`my_best(frames, sound, rate)`: ahead of the product of this lesson on the same scenes, by more than luck."""
    key = "exercise 20.3"
    scores = _entered(answer, SCENES_3, key)
    yield Finding(True, f"{SCENES_3} new scenes with four sounds each: answered")
    gain = float(np.nanmean(scores.gain))
    yield Finding(
        gain >= ENOUGH_GAIN,
        f"another thing sounds: the new mask gains {gain:.2f} of IoU, {ENOUGH_GAIN} or more is asked for",
        "First 20.2: a segmenter that listens.",
    )
    lead, low, _ = scoreboard.mean_within(scores.iou - scoreboard.scores_of(_product, SCENES_3, key).iou)
    hint = "That is behind. Look at its worst scenes: is a thing missing, named wrongly, or frayed?"
    if lead == 0:
        hint = "Level to the last pixel: that is the same method. Change the eye, the ear or the decision."
    elif lead > 0:
        hint = "Ahead, but the interval reaches 0: so few scenes may be luck. Look for a larger step."
    yield Finding(
        low > 0,
        f"lead over the product, in IoU, on the same scenes: {lead:.3f}, at the least {low:.3f}",
        hint,
    )


def _product(frames: Any, sound: Any, rate: int) -> Any:
    """The function with which the lesson begins."""
    picture = frames[len(frames) // 2]
    heard = fusion.over_pixels(experts.hear(sound_vector(sound, rate)), picture.shape[:2])
    both = [fusion.clip(each, 1e-6) for each in (experts.see(picture), heard)]
    return fusion.product(both, experts.prior()).argmax(axis=-1)


def _entered(answer: Answer, count: int, key: str) -> scoreboard.Scores:
    """The scores of an answer; a refusal is told in the scoreboard's words, an error with the learner's line."""
    first = scoreboard.hidden_questions(1, key)[0]
    answer(first.frames, first.sounds["own"], first.rate)
    try:
        return scoreboard.score(answer.function, count, key)  # type: ignore[arg-type]
    except scoreboard.Refused as refused:
        raise AnswerError(str(refused)) from None


def _labels(answer: Answer, frames: Any, sound: Any, rate: int) -> NDArray[np.uint8]:
    return scoreboard.answer(answer.function, frames, sound, rate)  # type: ignore[arg-type]
