"""Pictures of sounds: the waveform above, the log-mel spectrogram below, on one time axis."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmseg_edu.preprocess.arguments import as_array, checked_rate, checked_sound, checked_sounds
from mmseg_edu.show.colors import LINES
from mmseg_edu.show.figure import Picture, house_style, plot
from mmseg_edu.show.inputs import (
    checked_captions,
    checked_sequence,
    checked_side,
    checked_text,
)


def check_sounds(sound: ArrayLike | Sequence[ArrayLike], rate: int) -> list[NDArray[np.float32]]:
    """One waveform (N,) or several -> a list of checked waveforms."""
    if isinstance(sound, np.ndarray):
        given = [sound] if sound.ndim <= 1 else list(as_array("sound", sound))
    else:
        first = sound[0] if isinstance(sound, list | tuple) and sound else 0.0
        given = [sound] if np.isscalar(first) else checked_sequence("sound", sound)
    with np.errstate(over="ignore"):  # what float32 cannot hold is infinite, and refused
        waves = [checked_sound(checked_sound(wave).astype(np.float32, copy=False)) for wave in given]
    if not waves:
        raise ValueError("sound must hold at least one wave, got none: check what was read")
    if len({wave.size for wave in waves}) == 1:
        checked_sounds(
            np.stack(waves)
        )  # (N, 2) is a recording with its channels last, not N sounds of 2 samples.
    if any(wave.size == 0 for wave in waves):
        raise ValueError("sound must have shape (N,) with N >= 1, got no samples: check what was read")
    checked_rate("rate", rate)
    return waves


def _mel(wave: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    from mmseg_edu.features import log_mel

    return log_mel(wave, rate, bands=64)


def sound(
    sound: ArrayLike | Sequence[ArrayLike],
    rate: int,
    titles: Sequence[str] | str | None = None,
    *,
    alt: str,
    title: str | None = None,
    width: int | None = None,
) -> Picture:
    """Show a sound, or several side by side: waveform above, log-mel spectrogram below, on shared scales.

    Parameters
    ----------
    sound : floats (N,) in [-1, 1], or a sequence of those
        Mono waveforms.
    rate : int, Hz
        Samples per second.
    titles : sequence of str, optional
        A caption for each sound.
    alt : str
        What the figure shows, in words; required.
    title : str, optional
        The claim that the figure makes.
    width : int, CSS pixels, optional
        Width of the figure.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If a sound is not a finite (N,) array, or the rate is no whole number of Hz.
    TypeError
        If a sound holds integers.

    Notes
    -----
    The mel axis runs from low to high; its numbers are indices of bands that say little, so it has none.
    """
    waves, title = check_sounds(sound, rate), checked_text("title", title)
    captions = checked_captions(titles, len(waves))
    mels = [_mel(wave, rate) for wave in waves]
    loudest = max(float(np.abs(wave).max()) for wave in waves) or 1.0
    top = max(float(m.max()) for m in mels)
    floor = max(
        min(float(m.min()) for m in mels), top - 60.0
    )  # decibels: what is softer cannot be heard beside it
    count = len(waves)
    with house_style():
        total = (
            checked_side("width", width)
            if width is not None
            else (460 if count == 1 else min(250 * count + 50, 820))
        )
        figure, grid = plot(
            alt, title, total, 250 if title else 228,
            nrows=2, ncols=count, squeeze=False, sharex="col", sharey="row", height_ratios=(1, 1.5),
        )  # fmt: skip
        for j, (wave, mel) in enumerate(zip(waves, mels, strict=True)):
            above, below = grid[:, j]
            seconds = len(wave) / rate
            _outline(above, wave, rate)
            above.set_ylim(-1.05 * loudest, 1.05 * loudest)
            above.set_title(captions[j], loc="left", parse_math=False)
            below.imshow(
                mel.T, origin="lower", aspect="auto", cmap="magma", vmin=floor, vmax=max(top, floor + 1e-3),
                extent=(0, max(seconds, 1e-9), 0, mel.shape[1]), interpolation="nearest",
            )  # fmt: skip
            below.set_xlim(0, seconds)
            below.set_xlabel("time (s)")
            above.set_yticks([0])
            below.set_yticks([])
            above.tick_params(axis="x", length=0)
            if j == 0:
                above.set_ylabel("pressure")
                below.set_ylabel("pitch (mel)")
        return figure


def _outline(axes: object, wave: NDArray[np.float32], rate: int) -> None:
    """Draw lowest and highest sample of each of at most 600 steps: the same shape from fewer points."""
    parts = np.array_split(wave, min(len(wave), 600))
    time = np.linspace(0, len(wave) / rate, len(parts))
    lowest, highest = [p.min() for p in parts], [p.max() for p in parts]
    axes.fill_between(time, lowest, highest, color=LINES[0], lw=0.6)  # type: ignore[attr-defined]
