"""The study of lesson 16: every learned operator at every place, and whether the mask follows the sound."""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mmseg_edu import backend, fusion, models
from mmseg_edu.features import sound_vector
from mmseg_edu.metrics import false_positive_rate, mean_iou
from mmseg_edu.scenes import CLASSES, Batch
from mmseg_edu.scenes.sound import mix
from mmseg_edu.studies.results import about, stored
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
from mmseg_edu.whole_file import whole_file

LEARNT, SCORED = 1000, 200
STUDY = "operators"
OPERATORS = ("Concat", "Gated", "Film", "Bilinear", "CrossAttention", "Tpavi", "Weighted", "Product")
# Learnt where the sound is redundant too: two ways in which a network could listen and has no reason to.
TEMPTED = (("Film", "middle"), ("CrossAttention", "middle"))
_PARTS = 3


class Trial(NamedTuple):
    """One network, trained once, and what it does when only the sound changes.

    Attributes
    ----------
    operator, place : str, a layer class and where it stands; "rule" and "late" for ``fusion.sounding``
    learnt : str, the situation of its scenes: "ordinary" or "redundant"
    seed : int, of scenes, first weights and order
    parameters : int, weights of the network
    seconds : float, of training, on the machine that made the table
    miou : float in [0, 1], on unseen ordinary scenes
    gain : float in [-1, 1], mean IoU when another visible thing sounds, less what the mask of before earns there
    silence, noise, off_screen : float in [0, 1], share of the picture that is claimed to sound
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


Predict = Callable[[NDArray[np.floating], NDArray[np.floating]], NDArray[np.integer]]


def other_sounds(batch: Batch, seed: int, *, visible: bool) -> tuple[Batch, NDArray[np.bool_]]:
    """Give each scene the sound of another scene: of other things that it shows, or of things that it does not.

    Parameters
    ----------
    batch : Batch
    seed : int
    visible : bool
        True draws a sound that asks for another mask than the scene's own, and not for an empty one; False one of
        which nothing is in the picture.

    Returns
    -------
    batch : Batch, the scenes with their new sounds and labels
    found : (N,) bool, where there was such a sound; elsewhere the scene is as it was

    Examples
    --------
    >>> batch = ordinary(20, seed=0)
    >>> other, found = other_sounds(batch, 0, visible=False)
    >>> int(other.labels[found].max())
    0

    Lesson: 16_learned_fusion
    """
    rng = np.random.default_rng(seed)
    kinds = np.arange(1, batch.heard.shape[1])
    shown = np.stack([np.isin(kinds, objects) for objects in batch.objects])
    asked = batch.heard[None, :, 1:] & shown[:, None]  # of scene i under the sound of scene j
    empty = ~asked.any(axis=-1)
    same = (asked == (batch.heard[:, 1:] & shown)[:, None]).all(axis=-1)
    wanted = ~empty & ~same if visible else empty & batch.heard.any(axis=-1)
    fits: NDArray[np.bool_] = np.asarray(wanted, dtype=bool)
    found: NDArray[np.bool_] = np.asarray(fits.sum(axis=1) > 0)
    source = np.arange(len(batch))
    source[found] = [rng.choice(np.flatnonzero(row)) for row in fits[found]]
    heard = batch.heard[source]
    rings = np.take_along_axis(heard, batch.objects.reshape(len(batch), -1).astype(np.intp), axis=1)
    labels = np.where(rings.reshape(batch.objects.shape), batch.objects, np.uint8(0))
    return Batch(batch.images, labels, batch.objects, batch.sounds[source], batch.rate, heard), found


def listening(predict: Predict, batch: Batch, seed: int) -> dict[str, float]:
    r"""Measure whether masks are right, whether they follow the sound, and what is claimed when nothing shown sounds.

    .. math:: \text{gain} = \text{mIoU}(t', f(x, a')) - \text{mIoU}(t', f(x, a))

    Parameters
    ----------
    predict : function of pictures (N, H, W, 3) and sound vectors (N, 128) that gives labels (N, H, W)
    batch : Batch of unseen scenes
    seed : int, of the other sounds

    Returns
    -------
    dict with miou, gain, silence, noise, off_screen, see :class:`Trial`
        The gain of what ignores the sound is exactly 0.

    Examples
    --------
    >>> deaf = lambda pictures, vectors: np.zeros(pictures.shape[:3], int)
    >>> scores = listening(deaf, ordinary(40, seed=0), seed=0)
    >>> scores["gain"], scores["silence"]
    (0.0, 0.0)

    Lesson: 16_learned_fusion
    """
    count = len(CLASSES)
    own = predict(batch.images, sound_vector(batch.sounds, batch.rate))
    swapped, found = other_sounds(batch, seed, visible=True)
    follows = predict(batch.images, sound_vector(swapped.sounds, batch.rate))
    truth = swapped.labels[found]
    gain = mean_iou(truth, follows[found], count) - mean_iou(truth, own[found], count)
    unseen, absent = other_sounds(batch, seed, visible=False)
    white = np.random.default_rng(seed).standard_normal(batch.sounds.shape, np.float32)
    sounds = {
        "silence": np.zeros_like(batch.sounds),
        "noise": np.stack([mix([], wave, 0.0) for wave in white]),
        "off_screen": unseen.sounds[absent],
    }
    scores = {"miou": float(mean_iou(batch.labels, own, count)), "gain": float(gain)}
    for name, waves in sounds.items():
        pictures = batch.images[absent] if name == "off_screen" else batch.images
        claimed = predict(pictures, sound_vector(waves, batch.rate))
        scores[name] = false_positive_rate(np.zeros_like(claimed), claimed)
    return scores


def trial(operator: str, place: str, learnt: str, seed: int, *, progress: bool = False) -> tuple[Trial, Any]:
    """Train one network and measure it.

    Parameters
    ----------
    operator : str, a class of ``models.layers``
    place : {"early", "middle", "late"}
    learnt : {"ordinary", "redundant"}
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
    batch = {"ordinary": ordinary, "redundant": redundant}[learnt](LEARNT, _seed(seed, 0))
    backend.seed(seed)
    size = batch.images.shape[1:3]
    fuse = getattr(models.layers, operator)
    model = models.audio_visual_unet(size, width=WIDTH, depth=DEPTH, operator=fuse, place=place)
    inputs = [batch.images, sound_vector(batch.sounds, batch.rate)]
    settings: dict[str, Any] = {"rate": RATE, "batch": BATCH, "epochs": EPOCHS, "progress": progress}
    past = models.fit(model, inputs, batch.labels, "sparse_categorical_crossentropy", **settings)
    seconds = past.seconds
    scores = listening(lambda *given: models.predict_labels(model, list(given)), unseen(seed), seed)
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

    Lesson: 16_learned_fusion
    """
    batch = ordinary(LEARNT, _seed(seed, 0))
    start = time.perf_counter()
    witnesses = train_witnesses(batch, seed, progress=progress)
    seconds = time.perf_counter() - start

    def predict(pictures: Any, vectors: Any) -> NDArray[np.integer]:
        says = ask_vectors(witnesses, pictures, vectors)
        return fusion.sounding(says.objects, says.flags).argmax(axis=-1)

    count = witnesses.eye.count_params() + witnesses.ear.count_params()
    scores = listening(predict, unseen(seed), seed)
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

    Lesson: 16_learned_fusion
    """
    from mmseg_edu.models.places import PLACES

    wanted = [(name, place, "ordinary") for name in OPERATORS for place in PLACES]
    wanted = [each for each in wanted if each[0] != "Product" or each[1] == "late"]
    wanted += [(name, place, "redundant") for name, place in TEMPTED]
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
        with whole_file(path) as unfinished, unfinished.open("w", encoding="utf-8", newline="") as file:
            file.write(f"# {json.dumps(about(STUDY))}\n")
            table = csv.writer(file, lineterminator="\n")
            table.writerows([Trial._fields, *kept.values()])
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


def _seed(seed: int, part: int) -> int:
    """Scenes of their own for learning (0) and for measuring (1), up to seed 9999."""
    return 20_000 + 10_000 * part + seed
