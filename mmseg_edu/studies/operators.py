"""The study of lesson 16: every learned operator at every place, and whether the mask follows the sound."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mmseg_edu import backend, fusion, models
from mmseg_edu.features import sound_vector
from mmseg_edu.scenes import CLASSES, Batch
from mmseg_edu.studies.limits import LIMITS
from mmseg_edu.studies.listening import Question, answered, named, questions
from mmseg_edu.studies.results import about, stored, write_table
from mmseg_edu.studies.situations import ordinary, redundant
from mmseg_edu.studies.witnesses import (
    BATCH,
    DEPTH,
    EPOCHS,
    RATE,
    WIDTH,
    ask_vectors,
    train_witnesses,
)

LEARNT, SCORED = 1000, 200
STUDY = "operators"
OPERATORS = ("Concat", "Gated", "Film", "Bilinear", "CrossAttention", "Tpavi", "Weighted", "Product")
# What a network learns from, and whether it names what sounds or only marks it. Where one thing is shown and sounds,
# the sound still helps to name it; only a network that need not name it has no reason to listen.
SCHOOLS: dict[str, tuple[Callable[..., Batch], bool]] = {
    "ordinary": (ordinary, True),
    "redundant": (redundant, True),
    "ordinary, no names": (ordinary, False),
    "redundant, no names": (redundant, False),
}
# The operator that goes to every school.
TEMPTED = (("Film", "middle"),)


class Trial(NamedTuple):
    """One network, trained once, and what it does when only the sound changes.

    Attributes
    ----------
    operator, place : str, a layer class and where it stands; "rule" and "late" for ``fusion.sounding``
    learnt : str, the situation of its scenes: "ordinary" or "redundant", with ", no names" where its mask has one
        class, what sounds, in place of four
    seed : int, of scenes, first weights and order
    parameters : int, weights of the network
    seconds : float, processor time of training, all cores added up, on the machine that made the table
    miou : float in [0, 1], on unseen ordinary scenes, over the classes of its mask and the background
    gain : float in [-1, 1], mean IoU when another visible thing sounds, less what the mask of before earns there
    silence, noise, off_screen : float in [0, 1], share of the picture that is claimed to sound
    noise_as_loud, played_faster, new_instruments, look_alike_things : float in [0, 1], mean IoU in the situations of
        these names, see ``studies.LIMITS``
    """

    operator: str
    place: str
    learnt: str
    seed: int
    parameters: int
    seconds: float
    miou: float
    gain: float
    silence: float
    noise: float
    off_screen: float
    noise_as_loud: float
    played_faster: float
    new_instruments: float
    look_alike_things: float


def trial(operator: str, place: str, learnt: str, seed: int, *, progress: bool = False) -> tuple[Trial, Any]:
    """Train one network and measure it.

    Parameters
    ----------
    operator : str, a class of ``models.layers``
    place : {"early", "middle", "late"}
    learnt : str, what it learns from, one of SCHOOLS: "ordinary", "redundant", either with ", no names" behind it
    seed : int >= 0
    progress : bool, show a bar

    Returns
    -------
    Trial, keras.Model

    Examples
    --------
    >>> row, model = trial("Film", "middle", "ordinary", seed=0)  # doctest: +SKIP

    Lesson: 16_learned_fusion
    """
    draw, names = SCHOOLS[learnt]
    images, vectors, truth = _lessons(draw, seed)
    backend.seed(seed)
    size = images.shape[1:3]
    fuse = getattr(models.layers, operator)
    classes = len(CLASSES) if names else 2
    model = models.audio_visual_unet(size, classes, width=WIDTH, depth=DEPTH, operator=fuse, place=place)
    settings: dict[str, Any] = {"rate": RATE, "batch": BATCH, "epochs": EPOCHS, "progress": progress}
    loss, truth = "sparse_categorical_crossentropy", named(truth, names)
    start = time.process_time()
    models.fit(model, [images, vectors], truth, loss, **settings)
    seconds = time.process_time() - start
    scores = answered(lambda *given: models.predict_labels(model, list(given)), _asked(seed), names=names)
    return _rounded(operator, place, learnt, seed, model.count_params(), seconds, scores), model


def rule_trial(seed: int, *, progress: bool = False) -> Trial:
    """Train an eye and an ear apart on the same scenes, join them by ``fusion.sounding``, and measure them.

    Parameters
    ----------
    seed : int >= 0
    progress : bool, show a bar

    Returns
    -------
    Trial

    Examples
    --------
    >>> rule_trial(seed=0)  # doctest: +SKIP
    """
    batch = ordinary(LEARNT, _seed(seed, 0))
    start = time.process_time()
    witnesses = train_witnesses(batch, seed, progress=progress)
    seconds = time.process_time() - start

    def predict(pictures: Any, vectors: Any) -> NDArray[np.integer]:
        says = ask_vectors(witnesses, pictures, vectors)
        return fusion.sounding(says.objects, says.flags).argmax(axis=-1)

    count = witnesses.eye.count_params() + witnesses.ear.count_params()
    scores = answered(predict, _asked(seed))
    return _rounded("rule", "late", "ordinary", seed, count, seconds, scores)


def unseen(seed: int) -> Batch:
    """The scenes that every network of a seed is measured on.

    >>> len(unseen(0))
    200
    """
    return ordinary(SCORED, _seed(seed, 1))


def try_operators(
    seeds: Sequence[int], done: Collection[tuple[str, str, str, int]] = (), *, progress: bool = False
) -> Iterator[Trial]:
    """Run the study of lesson 16, one trained network after the other.

    Parameters
    ----------
    seeds : sequence of int >= 0
    done : runs (operator, place, learnt, seed) that need not be made again
    progress : bool, show bars

    Yields
    ------
    Trial

    Examples
    --------
    >>> trials = try_operators(seeds=[0])  # doctest: +SKIP
    """
    from mmseg_edu.models.places import PLACES

    wanted = [(name, place, "ordinary") for name in OPERATORS for place in PLACES]
    wanted = [each for each in wanted if each[0] != "Product" or each[1] == "late"]
    wanted += [(name, place, learnt) for learnt in list(SCHOOLS)[1:] for name, place in TEMPTED]
    for seed in seeds:
        if ("rule", "late", "ordinary", seed) not in done:
            yield rule_trial(seed, progress=progress)
        for name, place, learnt in wanted:
            if (name, place, learnt, seed) not in done:
                yield trial(name, place, learnt, seed, progress=progress)[0]


def keep_trials(trials: Iterator[Trial], path: str | Path) -> list[Trial]:
    """Write trials as they come behind those that a file holds already.

    Parameters
    ----------
    trials : iterator of Trial
    path : of a .csv; a trial of the same run is replaced

    Returns
    -------
    list of Trial, all that the file then holds

    Examples
    --------
    >>> keep_trials(try_operators(seeds=[0]), "operators.csv")  # doctest: +SKIP
    """
    kept = {each[:4]: each for each in (load_trials(path) if Path(path).exists() else [])}
    for each in trials:
        kept[each[:4]] = each
        write_table(path, about(STUDY), Trial._fields, kept.values())
    return list(kept.values())


def load_trials(path: str | Path | None = None) -> list[Trial]:
    """Read the trials of a file, by default those that ship with the package.

    Parameters
    ----------
    path : of a .csv, None for the stored one

    Returns
    -------
    list of Trial

    Raises
    ------
    ValueError
        If there is no such file, or it is no such table.

    Examples
    --------
    >>> load_trials("operators.csv")  # doctest: +SKIP

    Lesson: 16_learned_fusion
    """
    where = stored(STUDY) if path is None else Path(path)
    if not where.is_file():
        raise ValueError(
            f"there must be a table of trials, got none at {where.name}: make it with mmseg-edu study {STUDY}"
        )
    _, header, *rows = (
        csv.reader(where.read_text(encoding="utf-8").splitlines()) if where.stat().st_size else [[], []]
    )
    if tuple(header) != Trial._fields:
        raise ValueError(
            f"trials must have the columns {Trial._fields}, got {tuple(header)} in {where.name}: "
            "make them with mmseg-edu study operators"
        )
    return [Trial(a, b, c, int(seed), int(count), *map(float, rest)) for a, b, c, seed, count, *rest in rows]


def _rounded(
    operator: str, place: str, learnt: str, seed: int, count: int, seconds: float, scores: dict[str, float]
) -> Trial:
    kept = {name: round(value, 4) for name, value in scores.items()}
    return Trial(operator, place, learnt, seed, count, round(seconds, 1), **kept)


@lru_cache(maxsize=2)
def _lessons(draw: Callable[..., Batch], seed: int) -> Question:
    """What the networks of a seed learn from: drawn and listened to once, though many learn from it."""
    batch = draw(LEARNT, _seed(seed, 0))
    return Question(batch.images, sound_vector(batch.sounds, batch.rate), batch.labels)


@lru_cache(maxsize=1)
def _asked(seed: int) -> dict[str, Question]:
    """What every network of a seed is asked."""
    asked = questions(unseen(seed), seed)
    for situation in LIMITS:
        batch = situation(SCORED, _seed(seed, 1))
        vectors = sound_vector(batch.sounds, batch.rate)
        asked[situation.__name__] = Question(batch.images, vectors, batch.labels)
    return asked


def _seed(seed: int, part: int) -> int:
    """Scenes of their own for learning (0) and for measuring (1), up to seed 9999."""
    return 20_000 + 10_000 * part + seed
