"""Studies: experiments that ship their results, with the command that makes them again.

A study is a generator of rows; `record` keeps them in a table as they come, `load` reads the one that ships.
"""

from mmseg_edu.studies.choosing import choosing, operator_in, rules_in, train_operator
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
from mmseg_edu.studies.witnesses import Opinions, Witnesses, ask, train_witnesses

__all__ = [
    "SITUATIONS",
    "Opinions",
    "Results",
    "Row",
    "Witnesses",
    "about",
    "ask",
    "by_seed",
    "choosing",
    "complementary",
    "fit_weights",
    "fuse_by_all_rules",
    "load",
    "measure",
    "missing_sound",
    "new_sound",
    "noisy_picture",
    "noisy_sound",
    "operator_in",
    "ordinary",
    "read",
    "record",
    "redundant",
    "rules_in",
    "runs_in",
    "stored",
    "train_operator",
    "train_witnesses",
    "unseen_source",
    "write",
    "wrong_sound",
]
