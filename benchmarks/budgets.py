"""The budgets of the project that are about the package as a whole, measured on this machine.

Run: ``python -m benchmarks.budgets``. A row is (what, measured, unit, budget, note); a budget is met when it is
not exceeded.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
Row = tuple[str, float, str, float | None, str]


def import_time() -> Row:
    """Median of nine imports in new processes, less an empty Python's start."""
    script = "import sys{0}; sys.exit(any(m in sys.modules for m in ('keras', 'tensorflow')))"

    def run(extra: str) -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", script.format(extra)], check=True)
        return time.perf_counter() - start

    pairs = [(run(", mmseg_edu"), run("")) for _ in range(9)]
    seconds = statistics.median(a - b for a, b in pairs)
    return "import mmseg_edu, no Keras", seconds, "s", 0.15, "beyond an empty Python"


def training_scenes() -> list[Row]:
    """4,000 scenes with their sounds and sound vectors: into an empty cache, and again."""
    script = (
        "import time; t = time.perf_counter(); from mmseg_edu import features, scenes;"
        "b = scenes.make_batch(4000, 12345, 64); v = features.sound_vector(b.sounds, b.rate);"
        "assert v.shape == (4000, 128); print(time.perf_counter() - t)"
    )
    with tempfile.TemporaryDirectory() as cache:
        environment = os.environ | {"MMSEG_EDU_CACHE": cache}
        first, again = (
            float(
                subprocess.run(
                    [sys.executable, "-c", script],
                    env=environment,
                    check=True,
                    capture_output=True,
                    text=True,
                ).stdout
            )
            for _ in range(2)
        )
    return [
        ("4,000 scenes, sounds and sound vectors, first time", first, "s", 15.0, ""),
        ("the same from the cache", again, "s", None, "the vectors are worked out anew"),
    ]


def slider() -> Row:
    """95th percentile of a change of a slider to the pixels of its picture, on the fused mask of a scene."""
    from mmseg_edu import experts, features, fusion, play, scenes, show

    batch = scenes.make_batch(1, 3)
    seen = experts.see(batch.images[0])
    heard = fusion.over_pixels(experts.hear(features.sound_vector(batch.sounds[0], batch.rate)), (64, 64))

    def draw(temperature: float) -> np.ndarray:
        fused = fusion.product([seen, fusion.temperature(heard, temperature)], prior=experts.prior())
        return show.overlay(batch.images[0], fused.argmax(-1))

    widget = play.slider(
        draw, alt="the fused mask", twin={"temperature": [1.0]}, temperature=(0.5, 8.0, 0.05)
    )
    seconds = []
    for step in range(11, 71):
        start = time.perf_counter()
        widget.move(temperature=round(step * 0.1, 2))
        seconds.append(time.perf_counter() - start)
    return (
        "a slider, change to pixels, 95th percentile",
        float(np.percentile(seconds, 95)),
        "s",
        0.1,
        "in the kernel",
    )


def wheel() -> Row:
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "--quiet",
            "--no-deps",
            "--wheel-dir",
            folder,
            str(ROOT),
        ]
        subprocess.run(command, check=True)
        size = sum(path.stat().st_size for path in Path(folder).glob("*.whl"))
    return "wheel of the package", size / 1e6, "MB", 10.0, "weights included"


def lessons() -> list[Row]:
    """Wall time of each lesson in a new kernel, quick profile, one at a time."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
            start = time.perf_counter()
            command = [sys.executable, "-m", "mmseg_edu.cli", "run", str(path), "--out", folder]
            subprocess.run(command, check=True, capture_output=True)
            rows.append((f"lesson {path.stem}, quick", time.perf_counter() - start, "s", 60.0, ""))
    total = sum(row[1] for row in rows)
    return [
        *rows,
        ("these lessons one after the other", total, "s", 12 * 60.0, "the whole curriculum's budget"),
    ]


def main() -> Iterator[Row]:
    """Yield each row as soon as it is measured."""
    yield import_time()
    yield from training_scenes()
    yield slider()
    yield wheel()
    yield from lessons()


if __name__ == "__main__":
    from benchmarks.__main__ import print_rows

    print_rows(main())
