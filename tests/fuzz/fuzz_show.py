"""Rows of `show` and `play`: what is drawn, and what it is called."""

from __future__ import annotations

import numpy as np
from fuzz_rows import Given, arrays, flag, floats, names, number, row, table_of, text, whole, wholes

_RNG = np.random.default_rng(0)
_PICTURES = arrays(_RNG.random((8, 9, 3)), _RNG.random((8, 9, 3)))
_MAPS = arrays(_RNG.integers(0, 3, (8, 9)), _RNG.integers(0, 3, (8, 9)))
_SAID = {"alt": text("Two pictures."), "title": text("Two")}
_RANGE = {"low": number(0.0), "high": number(1.0)}
_AXES = {"x_label": text("x"), "y_label": text("y")}
_CURVES = table_of({"one": np.array([0.1, 0.5, 0.2]), "other": np.array([0.3, 0.2, 0.1])})
_AT = floats(np.array([0.0, 1.0, 2.0]))
_LEVELS = arrays(_RNG.random((8, 8, 2)), _RNG.random((4, 4, 3)))

SHOW = [
    row("show.bars", values=table_of({"one": 0.5, "other": 0.2}), **_SAID, x_label=text("x"),
        intervals=table_of({"one": (0.4, 0.6)}), highlight=text("one"), colors=names("#0072B2", "#D55E00"), **_RANGE,
        digits=whole(2), width=whole(300), slow=True),
    row("show.contours", labels=wholes(_MAPS.value[0])),
    row("show.curve", x=_AT, ys=_CURVES, **_SAID, **_AXES, bands=table_of({"one": (np.zeros(3), np.ones(3))}),
        points=flag(False), log_x=flag(False), log_y=flag(False), **_RANGE, size=whole((300, 200)), slow=True),
    row("show.graph", source=floats(_RNG.random((2, 3))), sink=floats(_RNG.random((2, 3))),
        across=floats(_RNG.random((2, 2))), down=floats(_RNG.random((1, 3))), **_SAID,
        image=floats(_RNG.random((2, 3))), labels=wholes(_RNG.integers(0, 2, (2, 3))),
        names=names("source", "sink"), numbers=flag(True), size=whole(200), slow=True),
    row("show.heatmap", values=floats(_RNG.random((2, 3))), rows=names("a", "b"), columns=names("c", "d", "e"),
        **_SAID, **_AXES, spread=floats(_RNG.random((2, 3))), **_RANGE, digits=whole(2), colors=text("viridis"),
        slow=True),
    row("show.images", images=_PICTURES, titles=names("one", "other"), **_SAID, columns=whole(2), size=whole(40),
        numbers=flag(False), colors=text("gray"), **_RANGE, slow=True),
    row("show.landscape", height=floats(_RNG.random((8, 9))), levels=floats(np.array([0.3, 0.6])), **_SAID,
        labels=_MAPS._replace(kind="wholes", value=_MAPS.value[0]), size=whole(60), slow=True),
    row("show.masks", images=_PICTURES, labels=_MAPS, titles=names("one", "other"), **_SAID,
        names=names("background", "bell", "drum"), columns=whole(2), size=whole(40), opacity=number(0.5), slow=True),
    row("show.overlay", image=floats(_RNG.random((8, 9, 3))), labels=wholes(_MAPS.value[0]), opacity=number(0.5),
        colors=names("#000000", "#ff0000", "#00ff00")),
    row("show.probabilities", probabilities=floats(_RNG.random((8, 9, 3))), titles=names("one"), **_SAID,
        names=names("background", "bell", "drum"), size=whole(40), **_RANGE, slow=True),
    row("show.regions", images=_PICTURES, labels=_MAPS, titles=names("one", "other"), **_SAID, columns=whole(2),
        size=whole(40), opacity=number(0.5), slow=True),
    row("show.sound", sound=floats(_RNG.normal(0, 0.1, 800)), rate=whole(8000), titles=text("noise"), **_SAID,
        width=whole(200), slow=True),
    row("show.table", rows=Given("names", [["a", 1.0], ["b", 2.0]]), header=names("name", "number"),
        title=text("Two"), digits=whole(2)),
    row("show.u_shape", down=_LEVELS, bottom=floats(_RNG.random((2, 2, 4))), up=_LEVELS, **_SAID, skips=flag(True),
        size=whole(60), slow=True),
]  # fmt: skip


PLAY = [
    row("play.bars", values=table_of({"one": 0.5, "other": 0.2}), **_RANGE, mark=number(0.3), title=text("Two"),
        digits=whole(2), width=whole(300)),
    row("play.curve", x=_AT, ys=_CURVES, at=number(1.0), **_AXES, **_RANGE, width=whole(300), height=whole(200)),
    row("play.row", no_lists=True, images=_PICTURES, titles=names("one", "other"), text=text("Two"), size=whole(40)),
    row("play.sound", sound=floats(_RNG.normal(0, 0.1, 800)), rate=whole(8000), titles=text("noise"), **_SAID,
        width=whole(200), slow=True),
    row("play.stack", no_lists=True, images=_PICTURES),
]  # fmt: skip
