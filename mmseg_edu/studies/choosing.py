"""The study of lesson 17: every rule and learned operator in every situation, under several seeds."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from mmseg_edu import backend, fusion, models
from mmseg_edu.features import sound_vector
from mmseg_edu.scenes import Batch
from mmseg_edu.studies.results import Row, measure
from mmseg_edu.studies.rules import fuse_by_all_rules
from mmseg_edu.studies.situations import SITUATIONS, ordinary
from mmseg_edu.studies.witnesses import BATCH, DEPTH, EPOCHS, RATE, WIDTH, Witnesses, ask, train_witnesses

LEARNT, HELD, SCORED = 1000, 120, 120
TABLE = "two senses"


def rules_in(situation: Any, witnesses: Witnesses, seed: int, *, count: int = SCORED) -> Iterator[Row]:
    """Score the senses alone and every rule in one situation.

    Parameters
    ----------
    situation : function of (count, seed), one of SITUATIONS
    witnesses : Witnesses
    seed : int, of the scenes: different ones are fitted on and scored
    count : int >= 1, scenes to score

    Yields
    ------
    Row
        picture alone, sound alone, the eight rules, and "sounding": what is seen counts as far as it is heard.

    Examples
    --------
    >>> list(rules_in(redundant, train_witnesses(ordinary(1000, 0), 0), seed=0))  # doctest: +SKIP

    Lesson: 17_choosing_a_fusion
    """
    held, scored = (situation(number, _seed(seed, part)) for number, part in ((HELD, 1), (count, 2)))
    known, says = ask(witnesses, held), ask(witnesses, scored)
    posteriors = {"picture alone": says.sees, "sound alone": says.hears}
    posteriors |= fuse_by_all_rules(says[:2], witnesses.prior, known[:2], held.labels)
    posteriors["sounding"] = fusion.sounding(says.objects, says.flags)
    for method, posterior in posteriors.items():
        yield measure(TABLE, situation.__name__, method, seed, scored.labels, posterior.argmax(axis=-1))


def train_operator(batch: Batch, seed: int, *, epochs: int = EPOCHS, progress: bool = False) -> Any:
    """Train a network that fuses inside, as long as the eye of the witnesses.

    Parameters
    ----------
    batch : Batch, the scenes to learn from
    seed : int, of the first weights and the order
    epochs : int >= 1
    progress : bool, show a bar

    Returns
    -------
    keras.Model

    Examples
    --------
    >>> train_operator(ordinary(1000, 0), seed=0)  # doctest: +SKIP

    Lesson: 17_choosing_a_fusion
    """
    backend.seed(seed)
    model = models.audio_visual_unet(batch.images.shape[1:3], width=WIDTH, depth=DEPTH)
    vectors = sound_vector(batch.sounds, batch.rate)
    settings: dict[str, Any] = {"rate": RATE, "batch": BATCH, "epochs": epochs, "progress": progress}
    models.fit(
        model,
        [batch.images, vectors],
        batch.labels,
        "sparse_categorical_crossentropy",
        title="operator",
        **settings,
    )
    return model


def operator_in(situation: Any, model: Any, method: str, seed: int, *, count: int = SCORED) -> Row:
    """Score a trained operator in one situation, on the scenes that the rules are scored on.

    Parameters
    ----------
    situation : function of (count, seed), one of SITUATIONS
    model : keras.Model, takes pictures and sound vectors
    method : str, the name in the results
    seed : int
    count : int >= 1, scenes to score

    Returns
    -------
    Row

    Examples
    --------
    >>> operator_in(redundant, train_operator(ordinary(1000, 0), 0), "film", seed=0)  # doctest: +SKIP

    Lesson: 17_choosing_a_fusion
    """
    scored = situation(count, _seed(seed, 2))
    inputs = [scored.images, sound_vector(scored.sounds, scored.rate)]
    labels = models.predict_labels(model, inputs)
    return measure(TABLE, situation.__name__, method, seed, scored.labels, labels)


def choosing(
    seeds: Sequence[int], done: Collection[tuple[str, str, str, int]] = (), *, progress: bool = False
) -> Iterator[Row]:
    """Run the study of lesson 17, row by row.

    Parameters
    ----------
    seeds : sequence of int >= 0
    done : runs (table, situation, method, seed) that need not be made again
    progress : bool, show bars

    Yields
    ------
    Row

    Examples
    --------
    >>> rows = choosing(seeds=[0])  # doctest: +SKIP

    Lesson: 17_choosing_a_fusion
    """
    for seed in seeds:
        if any((TABLE, each.__name__, "sounding", seed) not in done for each in SITUATIONS):
            witnesses = train_witnesses(ordinary(LEARNT, _seed(seed, 0)), seed, progress=progress)
            for situation in SITUATIONS:
                yield from rules_in(situation, witnesses, seed)


def _seed(seed: int, part: int) -> int:
    """Scenes of their own for learning (0), fitting (1) and scoring (2)."""
    return 1000 * part + seed
