"""Segmenters against PyMaxflow, OpenCV's GrabCut and scikit-image: times and energies side by side.

Run: ``python -m benchmarks.bench_segment``. A row is (what, our ms, the peer, its ms, ours / its, gap), where
the gap is how much more energy our labelling costs than the peer's, as a fraction. CPU time of the process,
the least of calls that take turns, so that a busy moment of the machine meets neither. All times include
the building of the graph. Graph cuts have a budget: no slower than PyMaxflow from 128x128 on, half its time
from 321x481 on; alpha-expansion half its time.
Peers that are not installed (``benchmarks/requirements.txt``) are named, and our own times printed alone.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from skimage import data
from skimage import segmentation as skimage_segmentation
from skimage.transform import resize

from mmseg_edu import play, segment, show

Row = tuple[str, float, str, float, float, float]

SIZES = ((64, 64), (128, 128), (224, 224), (321, 481), (512, 512))
NONE = float("nan")


def peer(name: str) -> ModuleType | None:
    """Import a peer, or say that it is missing."""
    try:
        return import_module(name)
    except ImportError:
        print(f"{name} is not installed: see benchmarks/requirements.txt; our own times follow alone")
        return None


def timed(call: Callable[[], Any] | None, others: Callable[[], Any] | None, rounds: int) -> tuple:
    """Return both calls' least milliseconds of CPU time and their last results, the calls taking turns."""
    times: tuple[list[float], list[float]] = ([], [])
    results: list[Any] = [None, None]
    for _ in range(rounds):
        for side, function in enumerate((call, others)):
            if function is not None:
                start = time.process_time()
                results[side] = function()
                times[side].append(1e3 * (time.process_time() - start))
    return tuple(min(part) if part else NONE for part in times), results


def photograph(size: tuple[int, int]) -> np.ndarray:
    picture = data.astronaut() if size == (512, 512) else data.coffee()
    return resize(picture, size, anti_aliasing=True).astype(np.float32)


def unaries(image: np.ndarray) -> dict[str, tuple[np.ndarray, np.ndarray | None]]:
    """Return costs and seeds, from easy (sure evidence) to hard (noise alone, or seeds alone)."""
    random = np.random.default_rng(0)
    height, width = image.shape[:2]
    row, column = np.indices((height, width))
    disc = np.hypot(row - height / 2, column - width / 2) < height / 3
    noise = random.normal(size=(height, width))
    seeds = np.full((height, width), -1)
    seeds[:3], seeds[height // 2 - 5 : height // 2 + 5, width // 2 - 5 : width // 2 + 5] = 0, 1

    def costs(theta: np.ndarray) -> np.ndarray:
        return np.stack([np.zeros_like(theta), theta], axis=-1)

    return {
        "easy": (costs(np.where(disc, -1.5, 1.5) + noise), None),
        "weak": (costs(np.where(disc, -0.1, 0.1) + 0.5 * noise), None),
        "noise": (costs(noise), None),
        "seeds": (costs(np.zeros((height, width))), seeds),
        "colour": (segment.colour_unary(image, disc.astype(int)), None),
    }


def pymaxflow_cut(
    maxflow: ModuleType, unary: np.ndarray, image: np.ndarray, seeds: np.ndarray | None, neighbours: int
) -> np.ndarray:
    """Cut the same energy with PyMaxflow's float graph."""
    weights = segment.contrast_weights(image, neighbours=neighbours)
    graph = maxflow.Graph[float]()
    nodes = graph.add_grid_nodes(unary.shape[:2])
    for (down, right), weight in weights.items():
        full = np.zeros(unary.shape[:2])
        full[: full.shape[0] - down, max(0, -right) : full.shape[1] - max(0, right)] = weight
        structure = np.zeros((3, 3))
        structure[1 + down, 1 + right] = 1
        graph.add_grid_edges(nodes, full, structure=structure, symmetric=True)
    wanted = unary.copy()
    if seeds is not None:
        wanted[seeds == 0, 1] += 1e6
        wanted[seeds == 1, 0] += 1e6
    graph.add_grid_tedges(nodes, wanted[..., 0], wanted[..., 1])
    graph.maxflow()
    return (~graph.get_grid_segments(nodes)).astype(np.uint8)


def budget(what: str, ratio: float, limit: float | None) -> str:
    """Return the row's name with its verdict."""
    if limit is None or np.isnan(ratio):
        return what
    return f"{what} ({'met' if ratio <= limit else 'MISSED'}: {limit:g})"


def two_label_rows(maxflow: ModuleType | None, rounds: int) -> Iterator[Row]:
    for size in SIZES:
        image = photograph(size)
        limit = 0.5 if image[..., 0].size >= 321 * 481 else 1.0 if size[0] >= 128 else None
        cases = [(name, n, *case) for name, case in unaries(image).items() for n in (4, 8)]
        for name, neighbours, unary, seeds in cases:

            def ours(unary=unary, seeds=seeds, neighbours=neighbours, image=image) -> np.ndarray:
                return segment.graph_cut(unary, image, smoothness=1.0, neighbours=neighbours, seeds=seeds)

            def theirs(unary=unary, seeds=seeds, neighbours=neighbours, image=image) -> np.ndarray:
                assert maxflow is not None
                return pymaxflow_cut(maxflow, unary, image, seeds, neighbours)

            (mine, other), labels = timed(ours, theirs if maxflow else None, rounds)
            gap = NONE
            if maxflow:
                options = {"smoothness": 1.0, "neighbours": neighbours}
                first, second = (segment.energy(found, unary, image, **options) for found in labels)
                gap = (first - second) / abs(second)
            what = f"graph_cut {size[0]}x{size[1]} {name}, {neighbours} neighbours"
            yield budget(what, mine / other, limit), mine, "PyMaxflow", other, mine / other, gap


def many_label_rows(maxflow: ModuleType | None, rounds: int) -> Iterator[Row]:
    """Compare alpha-expansion where the peer can follow: one border cost for all pairs."""
    for size in SIZES[:4]:
        unary = np.random.default_rng(0).normal(size=(*size, 5))

        def ours(unary=unary) -> np.ndarray:
            return segment.graph_cut(unary, smoothness=1.0)

        def theirs(unary=unary) -> np.ndarray:
            assert maxflow is not None
            # The peer changes its unaries in place, and begins where all labels are cheapest, as ours does.
            return maxflow.fastmin.aexpansion_grid(unary.copy(), 1.0 - np.eye(5), labels=unary.argmin(-1))

        (mine, other), labels = timed(ours, theirs if maxflow else None, rounds)
        gap = NONE
        if maxflow:
            first, second = (segment.energy(found.astype(int), unary, smoothness=1.0) for found in labels)
            gap = (first - second) / abs(second)
        what = budget(f"alpha-expansion {size[0]}x{size[1]}, 5 labels, noise", mine / other, 0.5)
        yield what, mine, "PyMaxflow aexpansion", other, mine / other, gap


def contrast_rows(rounds: int) -> Iterator[Row]:
    """Alpha-expansion with contrast weights, which the peer cannot follow: a price for each pair."""
    for size in SIZES[:4]:
        image = photograph(size)
        unary = np.random.default_rng(0).normal(size=(*size, 5))
        (mine, _), _ = timed(lambda u=unary, i=image: segment.graph_cut(u, i), None, rounds)
        yield f"alpha-expansion {size[0]}x{size[1]}, 5 labels, contrast", mine, "none", NONE, NONE, NONE


def slider_rows() -> Iterator[Row]:
    """From a move of lesson 12's kind of slider to its pixels: the 95th percentile, against 50 ms."""
    image = photograph((321, 481))
    unary, seeds = unaries(image)["colour"][0], np.full(image.shape[:2], -1)
    seeds[:3], seeds[155:165, 235:245] = 0, 1
    for name, start in (("warm", segment.DynamicCut(image)), ("cold", None)):

        def draw(smoothness: float, start: Any = start) -> Any:
            options = {"smoothness": smoothness, "seeds": seeds}
            mask = start(unary, **options) if start else segment.graph_cut(unary, image, **options)
            return play.row([show.overlay(image, mask)], size=240)

        widget = play.slider(draw, alt="a mask", twin={"smoothness": [1.0]}, smoothness=(0.0, 60.0, 1.0))
        times = []
        for value in (*range(1, 60), *range(58, 0, -3)):
            begin = time.process_time()
            widget.move(smoothness=float(value))
            times.append(1e3 * (time.process_time() - begin))
        late = float(np.percentile(times, 95))
        limit = 1.0 if start else None
        what = budget(f"a slider over a 321x481 photograph, {name}", late / 50, limit)
        yield what, late, "50 ms", 50.0, late / 50, NONE


def grab_cut_rows(cv2: ModuleType | None, rounds: int) -> Iterator[Row]:
    for size in SIZES[1:4]:
        image = photograph(size)
        height, width = size
        box = (height // 8, width // 6, height - height // 8, width - width // 6)

        def ours(image=image, box=box) -> np.ndarray:
            return segment.grab_cut(image, box=box)

        def theirs(image=image, box=box) -> np.ndarray:
            assert cv2 is not None
            top, left, bottom, right = box
            mask = np.zeros(image.shape[:2], np.uint8)
            blue_green_red = np.ascontiguousarray((255 * image[..., ::-1]).astype(np.uint8))
            models = np.zeros((1, 65)), np.zeros((1, 65))
            rectangle = (left, top, right - left, bottom - top)
            cv2.grabCut(blue_green_red, mask, rectangle, *models, 5, cv2.GC_INIT_WITH_RECT)
            return np.isin(mask, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)

        (mine, other), labels = timed(ours, theirs if cv2 else None, rounds)
        gap = NONE
        if cv2:
            # Each labelling pays for the colours that are learnt from it, in the same way for both.
            first, second = (
                segment.energy(
                    found, segment.colour_unary(image, found), image, smoothness=50.0, neighbours=8
                )
                for found in labels
            )
            gap = (first - second) / abs(second)
            shared = (labels[0] & labels[1]).sum() / max((labels[0] | labels[1]).sum(), 1)
        agreement = f", IoU of both {shared:.2f}" if cv2 else ""
        yield f"grab_cut {size[0]}x{size[1]}{agreement}", mine, "OpenCV grabCut", other, mine / other, gap


def watershed_rows(rounds: int) -> Iterator[Row]:
    for size in SIZES[1:4]:
        landscape = segment.gradient(photograph(size))
        markers = segment.markers_from_minima(landscape, depth=0.02)

        def ours(landscape=landscape, markers=markers) -> np.ndarray:
            return segment.watershed(landscape, markers)

        def theirs(landscape=landscape, markers=markers) -> np.ndarray:
            return skimage_segmentation.watershed(landscape, markers)

        (mine, other), labels = timed(ours, theirs, 3 * rounds)
        differing = float((labels[0] != labels[1]).mean())
        what = f"watershed {size[0]}x{size[1]}, {markers.max()} markers"
        yield what, mine, "scikit-image", other, mine / other, differing


def main(rounds: int = 5) -> list[Row]:
    """Print each row as soon as it is measured, and return all."""
    maxflow, cv2 = peer("maxflow"), peer("cv2")
    segment.warm()
    few = max(rounds // 2, 1)
    parts = (
        two_label_rows(maxflow, rounds),
        many_label_rows(maxflow, few),
        contrast_rows(few),
        slider_rows(),
        grab_cut_rows(cv2, few),
        watershed_rows(rounds),
    )
    print(f"{'what':62} {'ours ms':>9} {'peer ms':>9} {'ratio':>7} {'gap':>9}  peer")
    rows = []
    for row in chain(*parts):
        what, mine, name, other, ratio, gap = row
        print(f"{what:62} {mine:9.1f} {other:9.1f} {ratio:7.2f} {gap:9.1e}  {name}", flush=True)
        rows.append(row)
    return rows


if __name__ == "__main__":
    peers = Path(__file__).parents[1] / "build" / "peers"
    if peers.is_dir():
        # Last on the path: the peers must not shadow the project's own libraries.
        sys.path.append(str(peers))
    main()
