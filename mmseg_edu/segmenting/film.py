"""A film in, a painted film and its masks out: the loop over the frames."""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mmseg_edu.clip import Shown, stream_sound, stream_video, write_frames
from mmseg_edu.clip.probing import probe
from mmseg_edu.clip.writing import OPUS_RATES
from mmseg_edu.datasets.clip_folder import CLASSES as CLASSES_FILE
from mmseg_edu.datasets.clip_folder import TIMES, classes_in
from mmseg_edu.datasets.masks import write_numbered
from mmseg_edu.features import sound_vector
from mmseg_edu.preprocess.sound import RATE
from mmseg_edu.scenes import CLASSES
from mmseg_edu.segmenting.asking import Array, Ask, checked_posterior, network_for, size_for
from mmseg_edu.segmenting.listening import Recording
from mmseg_edu.segmenting.masks import HEADER, check_ours, folder_for
from mmseg_edu.segmenting.painting import labels_at, painted
from mmseg_edu.show.colors import palette_for
from mmseg_edu.whole_file import clear_leftovers, whole_folder

# Frames are asked about together, as many as fit into this.
_BATCH, _BATCH_BYTES = 16, 64_000_000
# What is counted beside the classes, under names that no class has.
_FRAMES, _MILLISECONDS = "\nframes", "\nmilliseconds"
# Small pictures need a colour for each pixel; large ones are played by more machines without.
_SMALL = 256 * 256


class Segmented(NamedTuple):
    """What was written, and what was found.

    Attributes
    ----------
    film : Path
    masks : Path or None
    frames : int
    seconds : float
    found : dict of str to int
        In how many frames each class was marked, of those that were. Classes are called as in ``classes.txt`` beside
        the weights, where it has as many lines.
    """

    film: Path
    masks: Path | None
    frames: int
    seconds: float
    found: dict[str, int]


def segment_clip(
    clip: str | Path,
    out: str | Path,
    *,
    weights: str | Path | None = None,
    network: Ask | None = None,
    size: int = 64,
    masks: bool = True,
    start: float = 0.0,
    end: float | None = None,
    height: int | None = None,
    progress: bool = False,
) -> Segmented:
    r"""Paint what sounds into every frame of a clip, and write the film with its sound, and the masks beside it.

    Each frame is seen small, together with the second of sound around it (:func:`sound_vector`); the posterior is
    brought to the frame's size, and each pixel takes its most probable class.

    Parameters
    ----------
    clip : str or Path
        A video file with pictures and sound, of any length.
    out : str or Path
        The film to write, ends in .webm (VP9 and Opus, mono). What is there is replaced.
    weights : str, Path or None
        A network that sees and hears, as :func:`mmseg_edu.models.saved.load_network` reads it; None for the shipped
        :func:`mmseg_edu.models.sounding_network`, which knows drawn bells, drums, guitars and birds: on other films
        its masks are guesses.
    network : function or None
        In place of weights: from pictures (N, h, w, 3) in [0, 1] and sound vectors (N, 128) to posteriors
        (N, h, w, K), background first.
    size : int, pixels, divisible by 8
        The shorter side of what the network sees; the proportions are kept. A network that was saved whole has a
        size of its own, to which the frames are brought without regard to proportions.
    masks : bool
        Write them to the folder ``<out without .webm>_masks``: ``00000.png`` and so on, one a frame, indexed, 0 for
        the background, and ``times.csv``. A folder of masks that is there is replaced.
    start, end : float, seconds
        The part of the clip, [start, end); None for all. Times in what is written count from the start.
    height : int, pixels, or None
        Scale the film down to at most this; None keeps its size.
    progress : bool
        Show a bar on standard error.

    Returns
    -------
    Segmented

    Raises
    ------
    FileNotFoundError, PermissionError
        The clip, the weights or the folder of the film do not exist; the folder may not be written.
    ValueError
        No pictures, or no sound track: a picture alone cannot say what sounds, and no track is not silence. A clip
        that is cut off or damaged. A film that would replace the clip, does not end in .webm, or whose folder of
        masks holds other things. Weights of a network that does not see and hear.

    Notes
    -----
    Film and masks appear under their names only when all is written; an error or Ctrl-C leaves what was there before,
    and nothing else. Memory does not grow with the length, but for a few bytes a frame. Frames keep their own times,
    to 1 ms. Where the sound track does not reach, there is silence.

    Examples
    --------
    >>> import tempfile
    >>> from mmseg_edu.clip import write_video
    >>> from mmseg_edu.scenes import make_clip
    >>> def bell_in_the_middle(pictures, vectors):
    ...     posterior = np.zeros((*pictures.shape[:3], 5), np.float32)
    ...     posterior[..., 0], posterior[:, 24:40, 24:40, 1] = 0.5, 1
    ...     return posterior
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     film = write_video(make_clip(0, duration=1), folder + "/bell.webm")
    ...     done = segment_clip(film, folder + "/painted.webm", network=bell_in_the_middle)
    ...     done.found, len(list(done.masks.glob("*.png")))
    ({'bell': 8}, 8)
    """
    source, film = Path(clip), Path(out)
    folder = folder_for(film) if masks else None
    _check_place(source, film, folder)
    duration = _checked_duration(start, end)
    _check_tracks(source)
    first = next(stream_video(source, start=start, duration=duration))
    shape = first.pictures[0].shape[:2]
    if network is None:
        network, small = network_for(shape, weights, size)
    elif weights is not None:
        raise ValueError("give weights or a network, got both: leave one out")
    else:
        small = size_for(shape, size)
    large = _capped(shape, height)
    shown = stream_video(source, [large if large != shape else None, small], start=start, duration=duration)
    listened, rate = stream_sound(source, start=start, duration=duration, rate=RATE)
    played, _ = stream_sound(source, start=start, duration=duration, rate=OPUS_RATES[-1])
    batch = max(1, min(_BATCH, _BATCH_BYTES // (3 * shape[0] * shape[1])))
    answers = _answers(shown, Recording(listened, rate), network, batch, small)
    names = () if weights is None else classes_in(Path(weights).with_name(CLASSES_FILE))
    count: Counter[str] = Counter()
    clear_leftovers(film.resolve().parent)
    with ExitStack() as stack:
        bar = stack.enter_context(_bar(source, start, duration, progress))
        unfinished = stack.enter_context(whole_folder(folder)) if folder is not None else None
        frames = _painted(answers, unfinished, count, names, bar)
        write_frames(
            film,
            frames,
            played,
            step=max(first.end - first.begin, 1e-3),
            full_colour=large[0] * large[1] <= _SMALL,
        )
    seconds = count.pop(_MILLISECONDS) / 1000
    return Segmented(film, folder, count.pop(_FRAMES), seconds, dict(count))


def _answers(
    shown: Iterable[Shown], recording: Recording, ask: Ask, batch: int, small: tuple[int, int]
) -> Iterator[tuple[Shown, Array]]:
    """Give each frame with its posterior; the network is asked about several at a time."""
    shown = iter(shown)
    while some := list(islice(shown, batch)):
        pictures = np.stack([each.pictures[1] for each in some]).astype(np.float32) / np.float32(255)
        vectors = np.stack([sound_vector(recording.around(each.begin), RATE) for each in some])
        yield from zip(some, checked_posterior(ask(pictures, vectors), len(some), small), strict=True)


def _painted(
    answers: Iterable[tuple[Shown, Array]],
    folder: Path | None,
    count: Counter[str],
    names: Sequence[str],
    bar: Any,
) -> Iterator[tuple[float, float, NDArray[np.uint8]]]:
    """Paint frame by frame, keep the masks, and count what was found."""
    times = None if folder is None else (folder / TIMES).open("w", encoding="utf-8", newline="\n")
    with ExitStack() as stack:
        if times is not None:
            stack.enter_context(times).write(f"{HEADER}\n")
        for i, (shown, posterior) in enumerate(answers):
            picture = shown.pictures[0]
            labels = labels_at(posterior, picture.shape[:2])
            colors = palette_for(posterior.shape[-1])
            if folder is not None and times is not None:
                write_numbered(folder / f"{i:05d}.png", labels, colors)
                times.write(f"{i},{shown.begin:.6f}\n")
            for k in np.unique(labels[labels > 0]).tolist():
                count[_name(k, posterior.shape[-1], names)] += 1
            count[_FRAMES] += 1
            count[_MILLISECONDS] = round(1000 * shown.end)
            yield shown.begin, shown.end, painted(picture, labels, colors)
            bar.update(round(shown.end, 2) - bar.n)


def _name(k: int, classes: int, names: Sequence[str]) -> str:
    """What a class is called: as the file beside the weights says, or as the scenes do, where the number fits."""
    fitting = [each for each in (names, CLASSES) if len(each) == classes]
    return fitting[0][k] if fitting else f"class {k}"


def _check_place(source: Path, film: Path, folder: Path | None) -> None:
    if film.suffix.lower() != ".webm":
        raise ValueError(f"the film must end in .webm, got {film.name!r}: it plays in any browser")
    if film.exists() and source.exists() and film.samefile(source):
        raise ValueError(
            f"the film must not replace the clip, got {str(film)!r} for both: choose another name"
        )
    if not film.parent.is_dir():
        raise FileNotFoundError(
            f"the film must go into an existing folder, got {str(film)!r}: make the folder {str(film.parent)!r} first"
        )
    if not os.access(film.parent, os.W_OK):
        raise PermissionError(
            f"the film must go into a folder that may be written, got {str(film.parent)!r}: choose another"
        )
    if film.is_dir():
        raise ValueError(f"the film must be a file, got the folder {str(film)!r}: choose another name")
    if folder is not None:
        check_ours(folder)


def _checked_duration(start: float, end: float | None) -> float | None:
    if end is None:
        return None
    if not (math.isfinite(end) and end > start):
        raise ValueError(
            f"end must be later than start, got {end:g} s and {start:g} s: leave it out for the rest"
        )
    return end - start


def _check_tracks(source: Path) -> None:
    contents = probe(source)
    if contents.video is None:
        raise ValueError(f"{source.name!r} must have pictures, got none: there is nothing to paint")
    if contents.sound is None:
        raise ValueError(
            f"{source.name!r} must have a sound track, got none: pictures alone cannot say what sounds, and "
            "no track is not silence; film it with sound, or add a silent track if it was silent"
        )


def _capped(shape: tuple[int, int], height: int | None) -> tuple[int, int]:
    if height is not None and (isinstance(height, bool) or not isinstance(height, int) or height < 16):
        raise ValueError(f"height must be a whole number of pixels, 16 or more, got {height!r}: try 720")
    if height is None or height >= shape[0]:
        return shape
    return height, max(2, round(shape[1] * height / shape[0] / 2) * 2)


def _bar(source: Path, start: float, duration: float | None, progress: bool) -> Any:
    from tqdm import tqdm

    latest = probe(source).latest
    left = (
        max(latest - start, 0.0) if duration is None else min(duration, max(latest - start, 0.0) or duration)
    )
    form = "{desc}: {percentage:3.0f}%|{bar}| {n:.1f}/{total:.1f} s of film [{elapsed}<{remaining}]"
    known = {"total": round(left, 2), "bar_format": form} if left else {}
    return tqdm(desc=source.name, unit="s of film", disable=not progress, **known)
