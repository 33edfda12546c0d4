"""The package's own entries: every segmenter with every fusion that makes sense, and why the others make none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mmseg_edu import fusion, models, segment
from mmseg_edu.features import sound_vector
from mmseg_edu.studies.rules import ROUNDING_ZERO
from mmseg_edu.studies.scoreboard.asking import Labels, Segmenter
from mmseg_edu.studies.scoreboard.eyes import Eye, Joined, middle, opinions_of
from mmseg_edu.studies.scoreboard.hidden import VALIDATION, hidden_questions, hidden_truths
from mmseg_edu.studies.scoreboard.scoring import named_iou
from mmseg_edu.studies.witnesses import Opinions

Array = NDArray[np.floating]
# From one clip's frames, sound and rate to the posterior (H, W, K) of what sounds in the middle frame.
Evidence = Callable[[Any, Any, int], Array]


def _alone(says: Opinions, joined: Joined) -> Array:
    return says.sees


def _pool(rule: Callable[[Any, Joined], Any]) -> Callable[[Opinions, Joined], Array]:
    return lambda says, joined: rule([fusion.clip(each, ROUNDING_ZERO) for each in says[:2]], joined)


# Each turns what eye and ear say into one posterior.
FUSIONS: dict[str, Callable[[Opinions, Joined], Array]] = {
    "picture alone": _alone,
    "mean": _pool(lambda both, joined: fusion.mean(both)),
    "weighted": _pool(lambda both, joined: fusion.weighted(both, joined.alpha)),
    "product": _pool(lambda both, joined: fusion.product(both, joined.prior)),
    "log pool": _pool(lambda both, joined: fusion.log_pool(both, joined.weights, joined.prior)),
    "minimum": _pool(lambda both, joined: fusion.minimum(both, joined.prior)),
    "maximum": _pool(lambda both, joined: fusion.maximum(both, joined.prior)),
    "sounding": lambda says, joined: fusion.sounding(says.objects, says.flags),
}
LEARNED = {"Film": "FiLM", "CrossAttention": "cross-attention"}


class Decision(NamedTuple):
    """How a posterior becomes labels, and the amounts that are tried on validation scenes.

    Attributes
    ----------
    decide : function of (posterior (H, W, K), picture (H, W, 3), amount)
    amounts : tuple of float
    """

    decide: Callable[[Array, Array, float], Labels]
    amounts: tuple[float, ...]


def flood(posterior: Array, picture: Array, level: float) -> Labels:
    """Flood the picture's edges from the pixels of which the evidence is sure.

    Parameters
    ----------
    posterior : (H, W, K), in [0, 1]
    picture : (H, W, 3), in [0, 1]
    level : float in (0, 1], how sure a marker is; the surest pixel is a marker always

    Returns
    -------
    array (H, W), uint8

    Examples
    --------
    >>> posterior = np.tile([0.9, 0.1], (4, 4, 1))
    >>> int(flood(posterior, np.zeros((4, 4, 3)), 0.95).sum())
    0
    """
    markers = segment.markers_from_evidence(posterior, min(level, float(posterior.max())))
    regions = segment.watershed(segment.gradient(picture), markers)
    return (regions - 1).astype(np.uint8)


def cut(posterior: Array, picture: Array, smoothness: float) -> Labels:
    """Find the cheapest border for the costs of a posterior.

    Parameters
    ----------
    posterior : (H, W, K), in [0, 1]
    picture : (H, W, 3), in [0, 1]
    smoothness : float >= 0

    Returns
    -------
    array (H, W), uint8

    Examples
    --------
    >>> posterior = np.tile([0.9, 0.1], (4, 4, 1))
    >>> int(cut(posterior, np.zeros((4, 4, 3)), 1.0).sum())
    0
    """
    return np.asarray(segment.graph_cut(segment.unary_from(posterior), picture, smoothness=smoothness))


PIXELWISE = Decision(lambda posterior, picture, amount: segment.pixelwise(posterior), (0.0,))
WATERSHED = Decision(flood, (0.4, 0.5, 0.6, 0.7, 0.8, 0.9))
GRAPH_CUT = Decision(cut, (0.25, 0.5, 1.0, 2.0))

# What the board leaves out, and why.
NO_SENSE = {
    ("every segmenter", "median"): "of two senses the median is the mean",
    ("every segmenter", "majority"): "of two votes there is a majority only where both agree",
    ("pixelwise", "FiLM, cross-attention"): "that is the row of the U-Net: it has them inside",
    ("FCN", "FiLM, cross-attention"): "nobody has built one into the FCN: a project for you",
}


def evidence_by(fuse: Callable[[Opinions, Joined], Array], eye: Eye, joined: Joined) -> Evidence:
    """Make a function that asks an eye and the ear about one clip and fuses what they say.

    Parameters
    ----------
    fuse : function of (Opinions, Joined), one of FUSIONS
    eye : function of pictures
    joined : Joined, from :func:`join`

    Returns
    -------
    function of (frames, sound, rate) that gives a posterior (H, W, K)

    Examples
    --------
    >>> evidence = evidence_by(FUSIONS["product"], experts.recognise, join(experts.recognise))  # doctest: +SKIP

    Lesson: 20_capstone
    """

    def evidence(frames: Any, sound: Any, rate: int) -> Array:
        says = opinions_of(eye, joined, middle(frames), sound_vector(sound, rate)[None])
        return fuse(says, joined)[0]

    return evidence


def learned_evidence(model: Any) -> Evidence:
    """Make a function that asks a network that fuses inside.

    Parameters
    ----------
    model : keras.Model of pictures and sound vectors

    Returns
    -------
    function of (frames, sound, rate) that gives a posterior (H, W, K)

    Examples
    --------
    >>> evidence = learned_evidence(model)  # doctest: +SKIP
    """

    def evidence(frames: Any, sound: Any, rate: int) -> Array:
        given = [middle(frames), sound_vector(sound, rate)[None]]
        return np.asarray(models.predict(model, given))[0]

    return evidence


def segmenter_by(evidence: Evidence, decision: Decision, amount: float) -> Segmenter:
    """Make an entry of the scoreboard: evidence, then a decision.

    Parameters
    ----------
    evidence : function of (frames, sound, rate) that gives a posterior (H, W, K)
    decision : Decision
    amount : float, such as the smoothness of a graph cut

    Returns
    -------
    function of (frames, sound, rate) that gives labels (H, W)

    Examples
    --------
    >>> blind = segmenter_by(lambda frames, sound, rate: np.eye(5)[np.zeros((4, 4), int)], PIXELWISE, 0.0)
    >>> int(blind(np.zeros((1, 4, 4, 3)), np.zeros(4), 4).sum())
    0

    Lesson: 20_capstone
    """

    def entry(frames: Any, sound: Any, rate: int) -> Labels:
        return decision.decide(evidence(frames, sound, rate), middle(frames)[0], amount)

    return entry


def fit_amount(evidence: Evidence, decision: Decision, count: int = 30, key: str = VALIDATION) -> float:
    """Choose the amount of a decision on validation scenes; among equals the first.

    Parameters
    ----------
    evidence : function of (frames, sound, rate)
    decision : Decision
    count : int >= 1, scenes
    key : str, which

    Returns
    -------
    float, one of the decision's amounts

    Examples
    --------
    >>> fit_amount(lambda frames, sound, rate: np.eye(5)[np.zeros((64, 64), int)], PIXELWISE, count=1)
    0.0

    Lesson: 20_capstone
    """
    if len(decision.amounts) == 1:
        return decision.amounts[0]
    asked = hidden_questions(count, key)
    truth = np.stack([each["own"] for each in hidden_truths(count, key)])
    posteriors = [evidence(each.frames, each.sounds["own"], each.rate) for each in asked]
    pictures = [middle(each.frames)[0] for each in asked]
    earned = []
    for amount in decision.amounts:
        labels = [decision.decide(p, q, amount) for p, q in zip(posteriors, pictures, strict=True)]
        earned.append(float(named_iou(truth, np.stack(labels)).mean()))
    return decision.amounts[int(np.argmax(earned))]
