"""``python -m benchmarks``: every budget and every ratio, one after the other, on a quiet machine."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path

PARTS = (
    "budgets",
    "bench_features",
    "bench_fusion",
    "bench_metrics",
    "bench_segment",
    "bench_training",
    "bench_sounding",
)


def print_rows(rows: Iterable[tuple[str, float, str, float | None, str]]) -> None:
    for what, measured, unit, budget, note in rows:
        verdict = "" if budget is None else ("met   " if measured <= budget else "MISSED")
        limit = "" if budget is None else f"(budget {budget:g} {unit})"
        print(f"{verdict:7}{what:58} {measured:8.3g} {unit:3} {limit:18} {note}", flush=True)


def main() -> None:
    peers = Path(__file__).parents[1] / "build" / "peers"
    if peers.is_dir():
        # After everything else on the path: the peers must not shadow the project's own libraries.
        sys.path.append(str(peers))
    for part in sys.argv[1:] or PARTS:
        print(f"\n== {part}", flush=True)
        module = import_module(f"benchmarks.{part}")
        rows = module.main()
        if part == "budgets":
            print_rows(rows)


if __name__ == "__main__":
    main()
