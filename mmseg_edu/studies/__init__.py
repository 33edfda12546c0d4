"""Studies: experiments that ship their results, with the command that makes them again.

A study is a generator of rows; `record` keeps them in a table as they come, `load` reads the one that ships.
"""

from mmseg_edu.studies.abroad import other_grounds, strange_voices
from mmseg_edu.studies.choosing import choosing, operator_in, rules_at_home, rules_in, train_operator
from mmseg_edu.studies.deciding import best_within, decision_table, mean_by_clip, paired_gap, winners
from mmseg_edu.studies.limits import (
    LIMITS,
    look_alike_things,
    new_instruments,
    noise_as_loud,
    played_faster,
)
from mmseg_edu.studies.listening import listening, other_sounds
from mmseg_edu.studies.motion import agreement, fit_motion, witness_motion
from mmseg_edu.studies.operators import (
    Trial,
    keep_trials,
    load_trials,
    rule_trial,
    trial,
    try_operators,
)
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
from mmseg_edu.studies.small_benchmark import small_benchmark
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
    "LIMITS",
    "SITUATIONS",
    "Filmed",
    "Opinions",
    "Results",
    "Row",
    "Trial",
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
    "keep_trials",
    "late_sound",
    "listening",
    "load",
    "load_trials",
    "look_alike_things",
    "look_alikes",
    "mean_by_clip",
    "measure",
    "missing_sound",
    "new_instruments",
    "new_sound",
    "noise_as_loud",
    "noisy_picture",
    "noisy_sound",
    "operator_in",
    "ordinary",
    "other_grounds",
    "other_sounds",
    "paired_gap",
    "played_faster",
    "read",
    "record",
    "redundant",
    "rule_trial",
    "rules_at_home",
    "rules_in",
    "runs_in",
    "small_benchmark",
    "still",
    "stored",
    "strange_voices",
    "three_senses",
    "train_operator",
    "train_witnesses",
    "trial",
    "try_operators",
    "two_kinds",
    "unseen_source",
    "winners",
    "witness_motion",
    "write",
    "wrong_sound",
]
