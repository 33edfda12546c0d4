"""The scoreboard of lesson 20: every segmenter with every fusion on hidden scenes, and the student's own beside them.

A segmenter is a function of (frames, sound, rate) that gives the labels (H, W) of the middle frame. `enter` scores
one, `read_rows` reads what the package's own have earned, `scoreboard` earns it again.
"""

from mmseg_edu.studies.scoreboard.asking import Refused, answer
from mmseg_edu.studies.scoreboard.board import keep_rows, read_rows, scoreboard, sorted_rows
from mmseg_edu.studies.scoreboard.entries import (
    FUSIONS,
    GRAPH_CUT,
    NO_SENSE,
    PIXELWISE,
    WATERSHED,
    evidence_by,
    fit_amount,
    segmenter_by,
)
from mmseg_edu.studies.scoreboard.eyes import hears_events, join, unet_sees
from mmseg_edu.studies.scoreboard.hidden import Asked, hidden_questions, hidden_seed, hidden_truths
from mmseg_edu.studies.scoreboard.keeping import enter, fingerprint, scores_of
from mmseg_edu.studies.scoreboard.scoring import Row, Scores, mean_within, named_iou, row_of, score

__all__ = [
    "FUSIONS",
    "GRAPH_CUT",
    "NO_SENSE",
    "PIXELWISE",
    "WATERSHED",
    "Asked",
    "Refused",
    "Row",
    "Scores",
    "answer",
    "enter",
    "evidence_by",
    "fingerprint",
    "fit_amount",
    "hears_events",
    "hidden_questions",
    "hidden_seed",
    "hidden_truths",
    "join",
    "keep_rows",
    "mean_within",
    "named_iou",
    "read_rows",
    "row_of",
    "score",
    "scoreboard",
    "scores_of",
    "segmenter_by",
    "sorted_rows",
    "unet_sees",
]
