"""What a training did, as a page with pictures that needs nothing but its folder."""

from __future__ import annotations

import html
import shlex
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mmseg_edu import show
from mmseg_edu.datasets import IGNORE
from mmseg_edu.finetuning.reading import Pictures
from mmseg_edu.finetuning.scoring import MEAN, Score
from mmseg_edu.models import History
from mmseg_edu.show import Picture
from mmseg_edu.whole_file import whole_file

REPORT = "report.html"
_FRAMES = 4
# So much of a clip's name fits above a picture.
_LETTERS = 24
# So many classes have a column each; of more the table of the scores tells.
_COLUMNS = 6
# From so many clips on a score is more than an anecdote.
_FEW = 20

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #222; max-width: 56rem; margin: 2rem auto; padding: 0 1rem }
div { overflow-x: auto } table { border-collapse: collapse; margin: 1rem 0 } tr { border-bottom: 1px solid #ddd }
th, td { padding: .2rem 1.2rem .2rem 0; text-align: left; font-variant-numeric: tabular-nums }
img { max-width: 100%; height: auto; display: block; margin: 1rem 0 }
pre { background: #f4f4f4; padding: .6rem; overflow-x: auto }
"""


def curves(history: History) -> dict[str, Picture]:
    """The loss and the validation IoU of each epoch, one picture each, by file name."""
    epochs = np.arange(1, len(history.loss) + 1)
    loss = show.curve(
        epochs,
        history.loss,
        alt=f"The loss of each epoch, from {history.loss[0]:.2f} to {history.loss[-1]:.2f}.",
        x_label="epoch",
        y_label="loss of the clips learnt from",
        points=True,
        low=0.0,
    )
    best = int(np.nanargmax(history.validation))
    iou = show.curve(
        epochs,
        history.validation,
        alt="The mean IoU of the validation clips after each epoch; the best, "
        f"{history.validation[best]:.2f}, is that of epoch {best + 1}.",
        x_label="epoch",
        y_label="mean IoU of the validation clips",
        best=np.nanargmax,
        points=True,
        low=0.0,
        high=1.0,
    )
    return {"loss.png": loss, "validation.png": iou}


def chosen(part: Pictures, most: int = _FRAMES) -> list[int]:
    """Frames to look at, each of another clip: the middle one of each.

    >>> part = Pictures(np.zeros((5, 1, 1, 3)), np.zeros((5, 128)), np.zeros((5, 1, 1), np.uint8), list("aaabb"))
    >>> chosen(part), chosen(part, 1)
    ([1, 4], [1])
    """
    names = list(dict.fromkeys(part.clips))
    some = [names[i * len(names) // most] for i in range(most)] if len(names) > most else names
    of_clip = [[i for i, name in enumerate(part.clips) if name == each] for each in some]
    return [indices[len(indices) // 2] for indices in of_clip]


def frames(part: Pictures, before: np.ndarray, after: np.ndarray, names: Sequence[str]) -> Picture:
    """A row for each of some frames: the picture, the truth, and what the network said before and after."""
    rows = chosen(part)
    # One class more for the eye: where nobody knows.
    truth = np.where(part.labels == IGNORE, len(names), part.labels)
    maps = [each for i in rows for each in (np.zeros_like(truth[i]), truth[i], before[i], after[i])]
    told = [each for i in rows for each in (part.clips[i][:_LETTERS], "truth", "before", "after")]
    return show.masks(
        [part.images[i] for i in rows for _ in range(4)],
        maps,
        told,
        alt="Frames of the validation clips "
        + ", ".join(part.clips[i] for i in rows)
        + ", each four times: plain, with its true mask, with the network's mask before the training and after.",
        names=[*names, "not labelled"],
        columns=4,
        size=160,
    )


def write_report(
    folder: Path,
    arguments: Mapping[str, Any],
    counts: Mapping[str, tuple[int, int]],
    history: History,
    rows: Sequence[Score],
    picture: Picture,
    names: Sequence[str],
    network: str,
) -> Path:
    """Write the page and its pictures.

    Parameters
    ----------
    folder : Path, of the training
    arguments : mapping, with what it was begun
    counts : mapping from split to (clips, pictures)
    history : History
    rows : list of Score
    picture : Picture, from :func:`frames`
    names : list of str, of the classes
    network : str, name of the network's file

    Returns
    -------
    Path of the page
    """
    pictures = {**curves(history), "frames.png": picture}
    for name, each in pictures.items():
        with whole_file(folder / name) as unfinished:
            unfinished.write_bytes(each.png())
    shown = {name: f'<img src="{name}" alt="{html.escape(each.alt)}">' for name, each in pictures.items()}
    settings = [(name, each) for name, each in arguments.items() if not isinstance(each, list)]
    best = int(np.nanargmax(history.validation)) + 1
    body = [
        "<h1>A network that sees and hears, trained on clips</h1>",
        f"<p>{len(history.loss)} epochs in {history.seconds:.0f} s; kept is the network of epoch {best}, the best on "
        f"the validation clips. {_caution(counts)}</p>",
        "<h2>Frames of validation clips</h2>",
        shown["frames.png"],
        "<h2>Scores</h2>",
        _score_table(rows, names),
        "<p>IoU, pixels pooled over the split; pixels that nobody labelled do not count, nor do classes that neither "
        "the masks nor the answer show: theirs is –. <q>Nothing sounds</q> is a mask that is empty everywhere; "
        "<q>after, in silence</q> is the trained network that hears nothing: what the sound is worth to it. Every "
        "class is in <code>scores.csv</code>.</p>",
        "<h2>How it learnt</h2>",
        shown["loss.png"],
        shown["validation.png"],
        "<h2>With what</h2>",
        _table(("split", "clips", "pictures"), [(split, *counts[split]) for split in counts]),
        _table(("argument", "value"), settings),
        "<h2>To use it</h2>",
        f"<pre>mmseg-edu segment CLIP -o OUT.webm --weights {html.escape(shlex.quote(network))}</pre>",
    ]
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
    head += f"<title>Trained on clips</title><style>{_STYLE}</style>"
    page = ["<!DOCTYPE html>", f'<html lang="en"><head>{head}</head><body>', *body, "</body></html>", ""]
    with whole_file(folder / REPORT) as unfinished:
        unfinished.write_text("\n".join(page), encoding="utf-8")
    return folder / REPORT


def _caution(counts: Mapping[str, tuple[int, int]]) -> str:
    clips, _ = counts["test"]
    if not clips:
        return (
            "There were too few clips for a test: the validation scores flatter, since they chose the epoch."
        )
    few = f" Of {clips} clips it is an anecdote: others would give another number." if clips < _FEW else ""
    return f"The validation scores flatter, since they chose the epoch; the test was asked once.{few}"


def _score_table(rows: Sequence[Score], names: Sequence[str]) -> str:
    columns = [MEAN, *(names if len(names) <= _COLUMNS else ())]
    by_row: dict[tuple[str, str], dict[str, float]] = {}
    for row in rows:
        by_row.setdefault((row.split, row.answers), {})[row.name] = row.iou
    lines = [(*place, *(values[name] for name in columns)) for place, values in by_row.items()]
    return _table(("split", "answers", *columns), lines)


def _table(head: Iterable[str], lines: Iterable[Sequence[Any]]) -> str:
    top = "".join(f"<th>{html.escape(str(each))}</th>" for each in head)
    rest = "\n".join(f"<tr>{''.join(map(_cell, line))}</tr>" for line in lines)
    return f"<div><table>\n<tr>{top}</tr>\n{rest}\n</table></div>"


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"<td>{'–' if np.isnan(value) else f'{value:.3g}'}</td>"
    return f"<td>{html.escape('none' if value is None else str(value))}</td>"
