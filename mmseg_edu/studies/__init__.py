"""Studies: experiments that ship their results, with the command that makes them again.

A study is a generator of rows; `record` keeps them in a table as they come, `load` reads the one that ships.
"""

from mmseg_edu.studies.choosing import choosing, operator_in, rules_in, train_operator
from mmseg_edu.studies.deciding import best_within, decision_table, paired_gap, winners
from mmseg_edu.studies.motion import agreement, fit_motion, witness_motion
from mmseg_edu.studies.results import (
    Results,
    Row,
    about,
    by_seed,
    load,
    measure,
    read,
    record,
    runs_in,
    stored,
    write,
)
from mmseg_edu.studies.rules import fit_weights, fuse_by_all_rules
from mmseg_edu.studies.situations import (
    SITUATIONS,
    complementary,
    missing_sound,
    new_sound,
    noisy_picture,
    noisy_sound,
    ordinary,
    redundant,
    unseen_source,
    wrong_sound,
)
from mmseg_edu.studies.three_senses import (
    CLIP_SITUATIONS,
    Filmed,
    drowned_sound,
    film,
    filmed_twice,
    late_sound,
    look_alikes,
    still,
    three_senses,
    two_kinds,
)
from mmseg_edu.studies.witnesses import Opinions, Witnesses, ask, train_witnesses

__all__ = [
    "CLIP_SITUATIONS",
    "SITUATIONS",
    "Filmed",
    "Opinions",
    "Results",
    "Row",
    "Witnesses",
    "about",
    "agreement",
    "ask",
    "best_within",
    "by_seed",
    "choosing",
    "complementary",
    "decision_table",
    "drowned_sound",
    "film",
    "filmed_twice",
    "fit_motion",
    "fit_weights",
    "fuse_by_all_rules",
    "late_sound",
    "load",
    "look_alikes",
    "measure",
    "missing_sound",
    "new_sound",
    "noisy_picture",
    "noisy_sound",
    "operator_in",
    "ordinary",
    "paired_gap",
    "read",
    "record",
    "redundant",
    "rules_in",
    "runs_in",
    "still",
    "stored",
    "three_senses",
    "train_operator",
    "train_witnesses",
    "two_kinds",
    "unseen_source",
    "winners",
    "witness_motion",
    "write",
    "wrong_sound",
]
