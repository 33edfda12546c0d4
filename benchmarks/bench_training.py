"""How well the audio-visual networks do on unseen scenes, how much work it took, and what a step costs elsewhere.

Run: ``python -m benchmarks.bench_training``, on a quiet machine. Work is counted in reference steps, so that a busy
machine changes nothing: one is a training step of ``models.unet(64)`` at batch 16. Beside plain PyTorch, where
``make bench-torch`` has put it: the same layers, weights, loss and optimizer, step by step in turns.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np

Row = tuple[str, float, str, float | None, str]
TORCH = Path(__file__).parents[1] / "build" / "torch"
RATE = 3e-3


def audio_visual(
    seed: int = 0, *, count: int = 4000, unseen: int = 500, epochs: int = 4
) -> tuple[float, float]:
    """Train from scratch on one seed's scenes: mIoU on another seed's scenes, and seconds of training."""
    from mmseg_edu import backend, metrics
    from mmseg_edu.features import sound_vector
    from mmseg_edu.models import audio_visual_unet, train_audio_visual
    from mmseg_edu.scenes import make_batch

    train, test = make_batch(count, seed), make_batch(unseen, seed + 1_000_003)
    vectors, heard = (sound_vector(scenes.sounds, scenes.rate) for scenes in (train, test))
    backend.seed(seed)
    model = audio_visual_unet(64)
    seconds = train_audio_visual(model, train.images, vectors, train.labels, seed=seed, epochs=epochs).seconds
    mask = np.asarray(model.predict([test.images, heard], batch_size=50, verbose=0)).argmax(axis=-1)
    return float(metrics.mean_iou(test.labels, mask, 5)), seconds


def our_stepper(images: np.ndarray, labels: np.ndarray) -> tuple[Callable[[], None], int]:
    """A function that takes one training step per batch of 16 of ``models.unet(64)``, and the weights that learn."""
    from mmseg_edu import backend, models
    from mmseg_edu.models.training import _learner

    backend.seed(0)
    model = models.unet(64)
    adam = backend.load().optimizers.AdamW(RATE, weight_decay=0.0)
    learner = _learner(model, "sparse_categorical_crossentropy", adam)

    def steps() -> None:
        learner.fit(images, labels, batch_size=16, verbose=0, shuffle=False)

    return steps, sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)


def timed(*runs: Callable[[], None], rounds: int = 9) -> list[list[float]]:
    """Seconds of each run in each round, in turns, after a first round that does not count."""
    taken: list[list[float]] = [[] for _ in runs]
    for number in range(rounds + 1):
        for run, seconds in zip(runs, taken, strict=True):
            start = time.perf_counter()
            run()
            if number:
                seconds.append(time.perf_counter() - start)
    return taken


def examples(steps: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """Pictures and labels for so many steps at batch 16."""
    from mmseg_edu.scenes import make_batch

    scenes = make_batch(16 * steps, 0)
    return scenes.images, scenes.labels


def reference_step() -> float:
    """Milliseconds of one reference step on this machine, now."""
    images, labels = examples()
    (seconds,) = timed(our_stepper(images, labels)[0])
    return 1e3 * float(np.median(seconds)) / (len(images) / 16)


def against_torch(folder: Path = TORCH) -> Row:
    """A step of ours over one of plain PyTorch in a process of its own: the ratio of medians, measured in turns."""
    name = "a training step, of the same network in plain PyTorch"
    if not folder.is_dir() and find_spec("torch") is None:
        return (name, float("nan"), "x", None, "PyTorch is not here: make bench-torch")
    start = f"import sys; sys.path.append({str(folder)!r}); from benchmarks.torch_unet import main; main()"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", start], text=True, **pipes) as peer:

        def theirs() -> None:
            print(file=peer.stdin, flush=True)
            if peer.stdout.readline() != "taken\n":
                raise RuntimeError("PyTorch's process must take its steps, and it stopped: see above")

        images, labels = examples()
        ours, mine = our_stepper(images, labels)
        other = int(peer.stdout.readline())
        if mine != other:
            raise AssertionError(f"the networks must have the same weights, got {mine} and {other}")
        one, two = (float(np.median(seconds)) / (len(images) / 16) for seconds in timed(ours, theirs))
        peer.stdin.close()
    return (name, one / two, "x", 1.0, f"{1e3 * one:.0f} ms against {1e3 * two:.0f} ms, {mine} weights each")


def audio_visual_row(step: float) -> Row:
    """The network that listens inside: its mIoU, and its training in reference steps of so many milliseconds."""
    score, seconds = audio_visual()
    return (
        "audio-visual U-Net: training",
        1e3 * seconds / step,
        "ref",
        None,
        f"mIoU {score:.3f}, {seconds:.0f} s",
    )


def main() -> list[Row]:
    """Print the rows, one after the other; a network more is a row more."""
    from benchmarks.__main__ import print_rows
    from mmseg_edu import backend

    step = reference_step()
    print(f"on {backend.device()}: one reference step takes {step:.0f} ms")
    rows = []
    for row in (against_torch, lambda: audio_visual_row(step)):
        rows.append(row())
        print_rows(rows[-1:])
    return rows


if __name__ == "__main__":
    main()
