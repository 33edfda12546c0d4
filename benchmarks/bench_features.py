"""Features of sound against plain librosa calls, and what the first call costs in a fresh process.

Run: ``python -m benchmarks.bench_features``. Times are processor time of one thread, the best of many rounds
taken in turns, for one second of sound at 16 kHz. A row is (what, our ms, the peer, its ms, ours / its).
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import librosa
import numpy as np

from benchmarks.bench_fusion import Row
from mmseg_edu import features

RATE, WINDOW, HOP, BANDS, COUNT = 16_000, 512, 256, 64, 20
MANY = 64

FIRST = """
import json, sys, time
import numpy as np
sound = np.random.default_rng(0).normal(0, 0.1, 16000).astype(np.float32)
before, times = set(sys.modules), [time.process_time()]
{imports}
times.append(time.process_time())
{call}
times.append(time.process_time())
{call}
times.append(time.process_time())
loaded = sorted({{"librosa", "numba", "scipy.signal", "scipy.fft"}} & (set(sys.modules) - before))
print(json.dumps([*np.diff(times), loaded]))
"""
OURS = "from mmseg_edu import features", "features.mfcc(sound, 16000)"
LIBROSA = "import librosa", "librosa.feature.mfcc(y=sound, sr=16000, n_fft=512, hop_length=256, n_mels=64)"


def milliseconds(*calls: Callable[[], object], seconds: int, rounds: int = 25) -> list[float]:
    """Best processor time of each call for a second of sound; no other program's work is counted."""
    best = [float("inf")] * len(calls)
    for _ in range(rounds):
        for i, call in enumerate(calls):
            start = time.process_time()
            call()
            best[i] = min(best[i], 1e3 * (time.process_time() - start) / seconds)
    return best


def first_call(imports: str, call: str, runs: int = 5) -> tuple[float, float, float, list[str]]:
    """Median seconds of the import, the first and the second call, and what they loaded, in new processes."""
    results = []
    for _ in range(runs):
        script = FIRST.format(imports=imports, call=call)
        done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
        results.append(json.loads(done.stdout))
    columns = list(zip(*results, strict=True))
    load, first, second = (statistics.median(column) for column in columns[:3])
    return load, first, second, columns[3][0]


def main() -> list[Row]:
    """Print and return the rows, one sound and a batch of 64, and print the cost of the first call."""
    batch = np.random.default_rng(0).normal(0, 0.1, (MANY, RATE)).astype(np.float32).clip(-1, 1)
    one = batch[0]
    common = {"sr": RATE, "n_fft": WINDOW, "hop_length": HOP}

    def spectrogram(sound: np.ndarray) -> np.ndarray:
        power = librosa.feature.melspectrogram(y=sound, n_mels=BANDS, **common)
        return librosa.power_to_db(power, top_db=None)

    def cepstrum(sound: np.ndarray) -> np.ndarray:
        return librosa.feature.mfcc(S=spectrogram(sound), n_mfcc=COUNT)

    def vector(sound: np.ndarray) -> np.ndarray:
        bel = (
            librosa.power_to_db(
                librosa.feature.melspectrogram(y=sound, n_mels=32, **common), amin=1e-5, top_db=None
            )
            / 10
            + 5
        )
        slope = librosa.feature.delta(bel, width=5, mode="nearest")
        return np.concatenate([bel.mean(-1), bel.max(-1), bel.std(-1), np.abs(slope).mean(-1)], axis=-1)

    slopes = features.mfcc(batch, RATE)
    pairs: dict[str, tuple[Callable, Callable]] = {
        "log_mel": (lambda x: features.log_mel(x, RATE, BANDS), spectrogram),
        "mfcc": (lambda x: features.mfcc(x, RATE, COUNT), cepstrum),
        "sound_vector": (lambda x: features.sound_vector(x, RATE), vector),
    }
    rows: list[Row] = []
    for name, (ours, theirs) in pairs.items():
        for sound, seconds, how in ((one, 1, "one sound"), (batch, MANY, f"a batch of {MANY}")):
            calls = [lambda f=ours, x=sound: f(x), lambda f=theirs, x=sound: f(x)]
            first, second = milliseconds(*calls, seconds=seconds)
            rows.append((f"{name}, {how}", first, "the same calls of librosa", second, first / second))
    first, second = milliseconds(
        lambda: features.deltas(slopes),
        lambda: librosa.feature.delta(slopes, width=5, mode="nearest", axis=1),
        seconds=MANY,
    )
    rows.append((f"deltas, a batch of {MANY}", first, "librosa.feature.delta", second, first / second))
    for what, ours_ms, peer, theirs_ms, ratio in rows:
        goal = "(goal 0.3)" if what == f"mfcc, a batch of {MANY}" else ""
        print(
            f"{what:28} {ours_ms:8.3f} ms/s {goal:10} {peer:26} {theirs_ms:8.3f} ms/s   ratio {ratio:6.2f}",
            flush=True,
        )
    for name, case in (("features.mfcc", OURS), ("librosa.feature.mfcc", LIBROSA)):
        load, before, after, loaded = first_call(*case)
        print(
            f"{name:28} import {load:6.3f} s, first call {1e3 * before:8.1f} ms, second {1e3 * after:6.2f} ms;"
            f" loads {', '.join(loaded)}",
            flush=True,
        )
    return rows


if __name__ == "__main__":
    main()
