"""From clips with masks to a network that segments others, with checkpoint and report: ``mmseg-edu train --data``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mmseg_edu import backend
from mmseg_edu.datasets import IGNORE
from mmseg_edu.datasets.clip_folder import CLASSES
from mmseg_edu.finetuning.beginning import SHIPPED, beginning_from, classes_of, network_to_train
from mmseg_edu.finetuning.learning import finetune_network
from mmseg_edu.finetuning.reading import Pictures, frames_each, read_pictures
from mmseg_edu.finetuning.report import frames, write_report
from mmseg_edu.finetuning.run_folder import CHECKPOINT, NETWORK, check_folder, keep_arguments
from mmseg_edu.finetuning.scoring import MEAN, Score, scores, write_scores
from mmseg_edu.finetuning.splits import Splits
from mmseg_edu.models import History, predict_labels
from mmseg_edu.models.checkpoint import fingerprint
from mmseg_edu.preprocess.arguments import checked_number, checked_whole, is_whole
from mmseg_edu.whole_file import whole_file

if TYPE_CHECKING:
    import keras

SCORES = "scores.csv"
_FRESH_RATE, _LEARNT_RATE = 3e-3, 1e-4


class Finetuned(NamedTuple):
    """What a training wrote, and how good its network is.

    Attributes
    ----------
    network, report : Path
    classes : tuple of str, the background first
    counts : dict from "train", "val" and "test" to (clips, pictures)
    history : History
    scores : list of Score
    """

    network: Path
    report: Path
    classes: tuple[str, ...]
    counts: dict[str, tuple[int, int]]
    history: History
    scores: list[Score]

    def mean_iou(self, split: str, answers: str = "after") -> float:
        """The mean IoU on a split, of the trained network or of another answer; NaN where the split has no clip."""
        found = [s.iou for s in self.scores if (s.split, s.answers, s.name) == (split, answers, MEAN)]
        return found[0] if found else float("nan")


def finetune(
    splits: Splits,
    out: str | Path,
    *,
    epochs: int = 20,
    batch: int = 16,
    size: int = 64,
    rate: float | None = None,
    seed: int = 0,
    begin: str | Path | None = None,
    frames_of_clip: int = 100,
    progress: bool = False,
) -> Finetuned:
    r"""Train an audio-visual U-Net on clips with masks; begun again with the same arguments, it goes on.

    It makes the sum of cross-entropy and Dice loss small, over the pixels whose class is known, on pictures that are
    mirrored at random. Kept are the weights after the epoch with the best mean IoU on the validation clips.

    Parameters
    ----------
    splits : Splits, from :func:`split_folder` or :func:`split_benchmark`
    out : path of the folder to write
        ``checkpoint.npz`` after each epoch, and at the end ``network.keras``, ``classes.txt``, ``scores.csv``, and
        ``report.html`` with its pictures.
    epochs : int >= 1
    batch : int >= 1, pictures in a step
    size : int, pixels, divisible by 8: the side of the squares to which pictures are brought
    rate : float > 0, or None
        The highest learning rate. None takes 1e-4 where every layer goes on with what it has learnt, else 3e-3. Where
        little but the classes is the same, other things before other grounds, 3e-3 is better then too.
    seed : int, 0 to 2**32 - 1, of the first weights, the order and the mirrors
    begin : path of a .keras or .npz file, "shipped", or None
        An :func:`audio_visual_unet` or a :func:`sounding_network` to go on with; "shipped" is that of the package,
        which knows the drawn scenes. Where it knows another number of classes, its last layers begin anew. None begins
        with an :func:`audio_visual_unet` of random weights.
    frames_of_clip : int >= 1
        Of a clip with more labelled pictures only some are kept, evenly spread: neighbours teach little. Fewer where
        all examples would not fit into 1 GiB.
    progress : bool, show bars on standard error

    Returns
    -------
    Finetuned

    Raises
    ------
    FileNotFoundError, PermissionError
        A file of a clip or the weights are missing; the folder may not be written.
    ValueError
        The folder holds other things, or a training with other arguments: the message says which. A clip has no
        sound track, or is damaged. No picture has a mask, or no mask an object. An argument is out of its range.

    Notes
    -----
    Long clips are read piece by piece. Each picture goes with the sound of its second, as in the benchmark. Ctrl-C,
    or whatever ends the process, costs the epoch that was being learnt.

    Where no clip names its classes, they are counted from the masks.

    Examples
    --------
    >>> from mmseg_edu.finetuning import finetune, split_folder
    >>> finetune(split_folder("films"), "trained").mean_iou("test")  # doctest: +SKIP
    0.71
    """
    folder = Path(out)
    arguments = _arguments(splits, epochs, batch, size, rate, seed, begin, frames_of_clip)
    check_folder(folder, arguments)
    first = beginning_from(begin, size)
    parts = _read(splits, size, frames_of_clip, progress)
    names = _classes(splits, parts)
    if rate is None:
        rate = _LEARNT_RATE if classes_of(first) == len(names) else _FRESH_RATE
    keep_arguments(folder, arguments)
    backend.seed(seed)
    model = network_to_train(first, size, len(names))
    asked = {split: part for split, part in parts.items() if split != "train" and len(part)}
    before = {split: predict_labels(model, part.inputs) for split, part in asked.items()}
    history = finetune_network(
        model,
        parts["train"],
        parts["val"],
        epochs=epochs,
        batch=batch,
        rate=rate,
        seed=seed,
        checkpoint=folder / CHECKPOINT,
        progress=progress,
    )
    _write_network(folder, model, names)
    after = {split: predict_labels(model, part.inputs) for split, part in asked.items()}
    rows = [
        row
        for split, part in asked.items()
        for row in _scored(split, part, before[split], after[split], model, names)
    ]
    write_scores(folder / SCORES, rows)
    counts = {split: (len(set(part.clips)), len(part)) for split, part in parts.items()}
    picture = frames(parts["val"], before["val"], after["val"], names)
    report = write_report(
        folder, {**arguments, "rate": rate}, counts, history, rows, picture, names, str(folder / NETWORK)
    )
    return Finetuned(folder / NETWORK, report, names, counts, history, rows)


def _arguments(
    splits: Splits,
    epochs: int,
    batch: int,
    size: int,
    rate: float | None,
    seed: int,
    begin: str | Path | None,
    frames_of_clip: int,
) -> dict[str, Any]:
    """Check the numbers, and list all that decides what the training becomes."""
    checked_whole("epochs", epochs, "try 20", of="passes over the clips")
    checked_whole("batch", batch, "try 16", of="pictures")
    checked_whole("size", size, "try 64", of="pixels")
    checked_whole("frames_of_clip", frames_of_clip, "try 100", of="pictures")
    if rate is not None and not 0 < checked_number("rate", rate, "try 3e-3") < math.inf:
        raise ValueError(f"rate must be above 0 and finite, got {rate}: try 3e-3")
    if not is_whole(seed) or not 0 <= seed < 2**32:
        raise ValueError(f"seed must be a whole number from 0 to 2**32 - 1, got {seed!r}: try 0")
    told: dict[str, Any] = {"data": splits.source, "epochs": int(epochs), "batch": int(batch)}
    told |= {
        "size": int(size),
        "rate": rate if rate is None else float(rate),
        "seed": int(seed),
        "frames": int(frames_of_clip),
    }
    # The file's own bytes: another network under the same name is another beginning.
    told["from"] = begin if begin in (None, SHIPPED) else _named(Path(begin))
    return told | {name: [clip.name for clip in getattr(splits, name)] for name in ("train", "val", "test")}


def _named(path: Path) -> str | None:
    return f"{path.name} {fingerprint(np.fromfile(path, np.uint8))[:12]}" if path.is_file() else None


def _read(splits: Splits, size: int, most: int, progress: bool) -> dict[str, Pictures]:
    from tqdm import tqdm

    clips = {"train": splits.train, "val": splits.val, "test": splits.test}
    count = sum(map(len, clips.values()))
    most = frames_each(count, size, most)
    with tqdm(total=count, desc="reading", unit="clip", disable=not progress) as bar:
        parts = {split: read_pictures(each, size, most, bar) for split, each in clips.items()}
    for split in ("train", "val"):
        if not len(parts[split]):
            raise ValueError(
                f"the clips of {split} must hold a picture with a mask, got none in {', '.join(_first(clips[split]))}: "
                f"a mask of {IGNORE} throughout labels nothing"
            )
    if parts["train"].highest == 0:
        raise ValueError(
            "a mask to learn from must mark an object, got background in every labelled pixel of "
            f"{', '.join(_first(splits.train))}: paint what sounds with the number of its class, 1 or more"
        )
    return parts


def _first(clips: Sequence[Any]) -> list[str]:
    return [clip.name for clip in clips[:3]] + ["..."] * (len(clips) > 3)


def _classes(splits: Splits, parts: dict[str, Pictures]) -> tuple[str, ...]:
    if named := splits.train[0].classes:
        return named
    highest = max(part.highest for part in parts.values())
    return ("background", *(f"class {k}" for k in range(1, highest + 1)))


def _write_network(folder: Path, model: keras.Model, names: Sequence[str]) -> None:
    with whole_file(folder / NETWORK) as unfinished:
        model.save(unfinished)
    with whole_file(folder / CLASSES) as unfinished:
        unfinished.write_text("".join(f"{name}\n" for name in names), encoding="utf-8")


def _scored(
    split: str,
    part: Pictures,
    before: np.ndarray,
    after: np.ndarray,
    model: keras.Model,
    names: Sequence[str],
) -> list[Score]:
    silent = predict_labels(model, [part.images, np.zeros_like(part.vectors)])
    answers = {"nothing sounds": np.zeros_like(part.labels), "before": before, "after": after}
    answers["after, in silence"] = silent
    return [row for name, says in answers.items() for row in scores(split, name, part, says, names)]
