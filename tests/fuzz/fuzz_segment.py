"""Rows of `segment`: costs, pictures, seeds and markers."""

from __future__ import annotations

import numpy as np
from fuzz_fusion import SEEN
from fuzz_rows import Given, flag, floats, number, row, seed, truths, whole, wholes

_RNG = np.random.default_rng(0)
_PICTURE = floats(_RNG.random((4, 5, 3)))
_COSTS = floats(_RNG.random((4, 5, 3)))
_TWO = floats(_RNG.random((3, 3, 2)))
_SEEDS = wholes(np.where(_RNG.random((4, 5)) < 0.3, _RNG.integers(0, 3, (4, 5)), -1))
_LABELS = wholes(_RNG.integers(0, 3, (4, 5)))
_HEIGHTS = floats(_RNG.random((4, 5)))
_MARKERS = wholes(np.array([[1, 0, 0, 0, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 2]]))
_STROKES = wholes(np.repeat([[0], [0], [0], [0], [1], [1], [1], [1]], 8, axis=1))
_POTTS = {"smoothness": number(0.5), "beta": number(2.0), "neighbours": whole(4)}
_ENERGY = {"unary": _COSTS, "image": _PICTURE, **_POTTS}

SEGMENT = [
    row("segment.DynamicCut", image=_PICTURE, shape=whole((4, 5)), beta=number(2.0), neighbours=whole(4)),
    row("segment.brute_force", unary=_TWO, image=floats(_RNG.random((3, 3))), **_POTTS,
        seeds=wholes(np.array([[0, -1, -1], [-1, -1, -1], [-1, -1, 1]]))),
    row("segment.colour_unary", image=floats(_RNG.random((8, 8, 3))), seeds=_STROKES, classes=whole(2),
        components=whole(2), sample=whole(50), seed=seed()),
    row("segment.contrast_beta", image=_PICTURE, neighbours=whole(4)),
    row("segment.contrast_weights", image=_PICTURE, shape=whole((4, 5)), beta=number(2.0), neighbours=whole(4)),
    row("segment.cut_from_scribbles", image=floats(_RNG.random((8, 8, 3))), scribbles=_STROKES, classes=whole(2),
        smoothness=number(2.0), turns=whole(1), seed=seed()),
    row("segment.energy", labels=_LABELS, **_ENERGY),
    row("segment.flood_steps", landscape=_HEIGHTS, markers=_MARKERS, levels=floats(np.array([0.3, 0.6, 1.0]))),
    row("segment.grab_cut", image=floats(_RNG.random((8, 8, 3))), seeds=_STROKES, box=Given("whole", None),
        **_POTTS, components=whole(2), iterations=whole(1), sample=whole(50), seed=seed(),
        return_energies=flag(True)),
    row("segment.gradient", image=_PICTURE, sigma=number(1.0)),
    row("segment.graph_cut", **_ENERGY, seeds=_SEEDS, start=_LABELS, cycles=whole(2), return_energies=flag(True)),
    row("segment.icm", **_ENERGY, seeds=_SEEDS, start=_LABELS, sweeps=whole(2), return_energies=flag(True)),
    row("segment.markers_from_distance", mask=truths(_RNG.random((6, 7)) > 0.3), separation=whole(2)),
    row("segment.markers_from_evidence", probabilities=floats(SEEN), level=number(0.5)),
    row("segment.markers_from_minima", landscape=_HEIGHTS, depth=number(0.1)),
    row("segment.markers_from_threshold", image=_HEIGHTS, low=number(0.3), high=number(0.7)),
    row("segment.pixelwise", probabilities=floats(SEEN)),
    row("segment.rounding_bound", unary=_TWO, image=floats(_RNG.random((3, 3))), **_POTTS,
        seeds=wholes(np.array([[0, -1, -1], [-1, -1, -1], [-1, -1, 1]]))),
    row("segment.sound_guided_unary", picture=floats(SEEN), sound=floats(SEEN[0, 0]),
        prior=floats(np.array([0.2, 0.3, 0.5])), colour=_COSTS, colour_weight=number(0.5), floor=number(1e-6)),
    row("segment.st_graph", unary=_TWO, image=floats(_RNG.random((3, 3))), **_POTTS,
        seeds=wholes(np.array([[0, -1, -1], [-1, -1, -1], [-1, -1, 1]]))),
    row("segment.unary_from", probabilities=floats(SEEN), floor=number(1e-6)),
    row("segment.vote", regions=_MARKERS, unary=_COSTS),
    row("segment.watershed", landscape=_HEIGHTS, markers=_MARKERS, mask=truths(np.ones((4, 5), bool)),
        compactness=number(0.0), line=flag(False)),
]  # fmt: skip
