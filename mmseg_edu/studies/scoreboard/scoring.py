"""A segmenter's scores on hidden scenes, scene by scene, and the row of the scoreboard that they make."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmseg_edu.metrics import bootstrap_interval, boundary_f, false_positive_rate, iou
from mmseg_edu.scenes import CLASSES
from mmseg_edu.studies.scoreboard.asking import LIMIT, Labels, Refused, Segmenter, answer, seconds_for
from mmseg_edu.studies.scoreboard.hidden import BOARD, Asked, hidden_questions, hidden_truths

Array = NDArray[np.float64]
SCENES = 60
_TIMED = 7


class Scores(NamedTuple):
    """What one segmenter earned, scene by scene.

    Attributes
    ----------
    iou : (N,), in [0, 1], of what sounds, named right
    border : (N,), in [0, 1], boundary F of its outline, whatever it is called
    gain : (N,), in [-1, 1], IoU under another sound, less what the mask of the first sound earns there; NaN where the
        scene shows one kind of thing
    silence, off_screen : (N,), in [0, 1], the share of the picture that is claimed when nothing that is shown sounds
    seconds : float, median time of an answer, on the machine that made it
    """

    iou: Array
    border: Array
    gain: Array
    silence: Array
    off_screen: Array
    seconds: float


class Row(NamedTuple):
    """One line of the scoreboard: means over hidden scenes, each with a 95 % bootstrap interval over the scenes.

    Attributes
    ----------
    segmenter, fusion : str
    key : str, which hidden scenes
    scenes : int
    iou, border, gain, silence, off_screen : float, with `..._low` and `..._high`, see :class:`Scores`
    milliseconds : float, median time of an answer
    parameters : int, weights of the networks in it
    failure : str, why it could not be scored, "" where it could; its numbers are then NaN
    """

    segmenter: str
    fusion: str
    key: str
    scenes: int
    iou: float
    iou_low: float
    iou_high: float
    border: float
    border_low: float
    border_high: float
    gain: float
    gain_low: float
    gain_high: float
    silence: float
    silence_low: float
    silence_high: float
    off_screen: float
    off_screen_low: float
    off_screen_high: float
    milliseconds: float
    parameters: int
    failure: str = ""


_MEASURED = Row._fields[4:20]


def named_iou(truth: ArrayLike, labels: ArrayLike) -> NDArray[np.float64]:
    r"""IoU of what sounds, named right: a pixel counts as shared where the class is the same.

    .. math:: \frac{|\{x : t_x = l_x \ne 0\}|}{|\{(x, k) : k \ge 1,\; t_x = k \text{ or } l_x = k\}|}

    Parameters
    ----------
    truth, labels : (N, H, W), integers, 0 is the background

    Returns
    -------
    array (N,), in [0, 1]
        1 where both are empty, 0 where one is. A thing found and given another's name scores 0.

    Raises
    ------
    ValueError, TypeError
        As ``metrics.iou``.

    Examples
    --------
    >>> named_iou([[[0, 1, 1]]], [[[0, 1, 2]]]).round(2).tolist()
    [0.33]

    Lesson: 20_capstone
    """
    kinds = range(1, len(CLASSES))
    masks = [np.concatenate([np.asarray(each) == k for k in kinds], axis=-1) for each in (truth, labels)]
    return np.atleast_1d(iou(*masks))


def score(
    segmenter: Segmenter,
    count: int = SCENES,
    key: str = BOARD,
    *,
    limit: float = LIMIT,
    progress: bool = False,
) -> Scores:
    """Ask a segmenter about hidden scenes, four sounds a scene, and score the answers.

    Parameters
    ----------
    segmenter : function of (frames, sound, rate) that gives labels (H, W) of the middle frame
    count : int >= 1, scenes
    key : str, which hidden scenes
    limit : float, seconds that one answer may take
    progress : bool, show a bar

    Returns
    -------
    Scores

    Raises
    ------
    Refused
        As :func:`answer`, with the scene and the sound; also if it gives another answer when it is asked again.

    Notes
    -----
    All answers are collected before the truth is fetched.

    Examples
    --------
    >>> nothing = lambda frames, sound, rate: np.zeros(frames.shape[1:3], int)
    >>> scores = score(nothing, count=3)
    >>> scores.iou.tolist(), scores.silence.tolist()
    ([0.0, 0.0, 0.0], [0.0, 0.0, 0.0])
    """
    from tqdm.auto import tqdm

    asked = hidden_questions(count, key)
    scenes = tqdm(asked, desc="hidden scenes", disable=not progress, leave=False)
    said = [_answers(segmenter, each, i, limit) for i, each in enumerate(scenes)]
    # Last scene first: what remembers the scene before it is told from what does not.
    for i in reversed(range(min(count, 3))):
        again = answer(segmenter, asked[i].frames, asked[i].sounds["own"], asked[i].rate, limit=limit)
        if not np.array_equal(again, said[i]["own"]):
            raise Refused(
                f"it gives another answer when it is asked again about scene {i}: it remembers what it was asked, or "
                "draws by lot; keep no state, and give every generator a seed of its own"
            )
    times = [
        seconds_for(segmenter, (each.frames.copy(), each.sounds["own"].copy(), each.rate))
        for each in asked[:_TIMED]
    ]
    return _scored(said, hidden_truths(count, key), float(np.median(times)))


def _answers(segmenter: Segmenter, asked: Asked, scene: int, limit: float) -> dict[str, Labels]:
    """What a segmenter says to each sound of a scene; a refusal names both."""
    said = {}
    for kind, sound in asked.sounds.items():
        try:
            said[kind] = answer(segmenter, asked.frames, sound, asked.rate, limit=limit)
        except Refused as refused:
            raise Refused(f"{refused} (scene {scene}, sound: {kind.replace('_', '-')})") from refused
    return said


def _scored(said: list[dict[str, Labels]], truths: list[dict[str, Labels]], seconds: float) -> Scores:
    def stacked(answers: list[dict[str, Labels]], kind: str) -> NDArray[np.uint8]:
        return np.stack([each.get(kind, each["own"]) for each in answers])

    own, true = stacked(said, "own"), stacked(truths, "own")
    other, asked_for = stacked(said, "other"), stacked(truths, "other")
    gain = named_iou(asked_for, other) - named_iou(asked_for, own)
    gain[["other" not in each for each in truths]] = np.nan
    claimed = {
        kind: np.array([false_positive_rate(t[kind], s[kind]) for t, s in zip(truths, said, strict=True)])
        for kind in ("silence", "off_screen")
    }
    border = np.atleast_1d(boundary_f(true > 0, own > 0))
    return Scores(named_iou(true, own), border, gain, **claimed, seconds=seconds)


def row_of(scores: Scores, segmenter: str, fusion: str, key: str = BOARD, *, parameters: int = 0) -> Row:
    """Average scores over the scenes, each with the interval in which other scenes would put it.

    Parameters
    ----------
    scores : Scores
    segmenter, fusion, key : str, where the row belongs
    parameters : int

    Returns
    -------
    Row
        Scenes are drawn again 400 times for the intervals. Numbers have four decimals. The gain of a single scene
        that shows one kind of thing is NaN.

    Examples
    --------
    >>> scores = Scores(*(np.array([0.25, 0.75]) for _ in range(5)), seconds=0.002)
    >>> row = row_of(scores, "mine", "product")
    >>> row.iou, row.iou_low, row.milliseconds
    (0.5, 0.25, 2.0)
    """
    numbers = [round(each, 4) for values in scores[:5] for each in mean_within(values)]
    milliseconds = round(1000 * scores.seconds, 1)
    measured: dict[str, Any] = dict(zip(_MEASURED, [*numbers, milliseconds], strict=True))
    return Row(segmenter, fusion, key, len(scores.iou), **measured, parameters=parameters)


def mean_within(values: ArrayLike, seed: int = 0) -> tuple[float, float, float]:
    """The mean over scenes and the ends of its 95 % interval; scenes with NaN do not count.

    >>> mean_within([0.5, 0.5, np.nan])
    (0.5, 0.5, 0.5)
    """
    array = np.asarray(values, np.float64)
    kept = array[~np.isnan(array)]
    if not len(kept):
        return (float("nan"),) * 3
    return (float(kept.mean()), *bootstrap_interval(kept, seed, draws=400))


def failed(segmenter: str, fusion: str, key: str, count: int, why: str, parameters: int = 0) -> Row:
    """The row of an entry that could not be scored.

    >>> failed("mine", "none", "board", 60, "it raises ValueError").failure
    'it raises ValueError'
    """
    measured: dict[str, Any] = dict.fromkeys(_MEASURED, float("nan"))
    return Row(segmenter, fusion, key, count, **measured, parameters=parameters, failure=why)
