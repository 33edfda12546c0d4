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
from mmseg_edu.studies.three_senses import CLIP_SITUATIONS, THREE, three_senses
from mmseg_edu.studies.witnesses import BATCH, DEPTH, EPOCHS, RATE, WIDTH, Witnesses, ask, train_witnesses

LEARNT, HELD, SCORED = 1000, 120, 120
TABLE = "two senses"
# The operators that fuse inside a network, by their class in models.layers, and the name in the table.
OPERATORS = {
    "Film": "FiLM",
    "Concat": "concatenation",
    "Gated": "gate",
    "Bilinear": "bilinear",
    "CrossAttention": "cross-attention",
}
AT_HOME = "FiLM, at home"
# What is kept of the rules when eye and ear learnt in the situation as well, in the order in which rules_in has it.
RULES_AT_HOME = ("picture alone", "product", "log pool")
# The spread over seeds of what is trained costs a training a seed, that of the rules next to nothing.
LEARNT_SEEDS = 3


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
    """
    held, scored = (situation(number, _seed(seed, part)) for number, part in ((HELD, 1), (count, 2)))
    known, says = ask(witnesses, held), ask(witnesses, scored)
    posteriors = {"picture alone": says.sees, "sound alone": says.hears}
    posteriors |= fuse_by_all_rules(says[:2], witnesses.prior, known[:2], held.labels)
    posteriors["sounding"] = fusion.sounding(says.objects, says.flags)
    for method, posterior in posteriors.items():
        yield measure(TABLE, situation.__name__, method, seed, scored.labels, posterior.argmax(axis=-1))


def rules_at_home(situation: Any, witnesses: Witnesses, seed: int, *, count: int = SCORED) -> Iterator[Row]:
    """Score rules whose witnesses learnt in the situation, as the operator at home did, on the same scenes.

    Parameters
    ----------
    situation : function of (count, seed), one of SITUATIONS
    witnesses : Witnesses, trained on scenes of that situation, with the prior of there
    seed : int
    count : int >= 1, scenes to score

    Yields
    ------
    Row
        picture alone, product and log pool of :func:`rules_in`, each with ", at home" behind its name.

    Examples
    --------
    >>> list(rules_at_home(new_sound, train_witnesses(new_sound(1000, 0), 0), seed=0))  # doctest: +SKIP
    """
    for row in rules_in(situation, witnesses, seed, count=count):
        if row.method in RULES_AT_HOME:
            yield row._replace(method=f"{row.method}, at home")


def train_operator(
    batch: Batch, seed: int, operator: str = "Film", *, epochs: int = EPOCHS, progress: bool = False
) -> Any:
    """Train a network that fuses inside, as long as the eye of the witnesses.

    Parameters
    ----------
    batch : Batch, the scenes to learn from
    seed : int, of the first weights and the order
    operator : str, a class of models.layers, met in the middle of the network
    epochs : int >= 1
    progress : bool, show a bar

    Returns
    -------
    keras.Model

    Raises
    ------
    AttributeError
        If models.layers has no such operator.

    Examples
    --------
    >>> train_operator(ordinary(1000, 0), seed=0)  # doctest: +SKIP

    Lesson: 17_choosing_a_fusion
    """
    backend.seed(seed)
    meets = getattr(models.layers, operator)
    model = models.audio_visual_unet(batch.images.shape[1:3], width=WIDTH, depth=DEPTH, operator=meets)
    vectors = sound_vector(batch.sounds, batch.rate)
    settings: dict[str, Any] = {"rate": RATE, "batch": BATCH, "epochs": epochs, "progress": progress}
    models.fit(
        model,
        [batch.images, vectors],
        batch.labels,
        "sparse_categorical_crossentropy",
        title=operator,
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
    """
    kept = set(done)

    def left(method: str, seed: int) -> list[Any]:
        return [each for each in SITUATIONS if (TABLE, each.__name__, method, seed) not in kept]

    for seed in seeds:
        if left("sounding", seed):
            witnesses = train_witnesses(ordinary(LEARNT, _seed(seed, 0)), seed, progress=progress)
            for situation in left("sounding", seed):
                yield from rules_in(situation, witnesses, seed)
    for seed in seeds[:LEARNT_SEEDS]:
        for operator, method in OPERATORS.items():
            if left(method, seed):
                model = train_operator(ordinary(LEARNT, _seed(seed, 0)), seed, operator, progress=progress)
                for situation in left(method, seed):
                    yield operator_in(situation, model, method, seed)
        for situation in left(AT_HOME, seed):
            model = train_operator(situation(LEARNT, _seed(seed, 0)), seed, progress=progress)
            yield operator_in(situation, model, AT_HOME, seed)
        for situation in left(f"{RULES_AT_HOME[-1]}, at home", seed):
            witnesses = train_witnesses(situation(LEARNT, _seed(seed, 0)), seed, progress=progress)
            yield from rules_at_home(situation, witnesses, seed)
    for seed in seeds:
        situations = [
            each for each in CLIP_SITUATIONS if (THREE, each.__name__, "majority", seed) not in kept
        ]
        if situations:
            yield from three_senses(seed, tuple(situations))


def _seed(seed: int, part: int) -> int:
    """Scenes of their own for learning (0), fitting (1) and scoring (2)."""
    return 1000 * part + seed
