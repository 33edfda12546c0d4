"""Exercise 3 of lesson 04, an honest nearest neighbour: the right rule, and the slips that learners make."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Rule = Callable[..., object]


def _distances(vectors: Array) -> Array:
    return np.linalg.norm(vectors[:, None] - vectors, axis=-1)


def _named(distances: Array, labels: Array, forbidden: Array) -> NDArray[np.bool_]:
    nearest = np.where(forbidden, np.inf, distances).argmin(axis=1)
    return np.asarray(labels[nearest] == labels)


def honest(vectors: Array, labels: Array, sources: Array) -> float:
    return float(_named(_distances(vectors), labels, sources[:, None] == sources).mean())


def _leave_one_out(vectors: Array, labels: Array, sources: Array) -> float:
    return float(_named(_distances(vectors), labels, np.eye(len(labels), dtype=bool)).mean())


def _other_class(vectors: Array, labels: Array, sources: Array) -> float:
    return float(_named(_distances(vectors), labels, labels[:, None] == labels).mean())


def _by_blocks(vectors: Array, labels: Array, sources: Array) -> float:
    apart = np.abs(vectors[:, None] - vectors).sum(axis=-1)
    return float(_named(apart, labels, sources[:, None] == sources).mean())


def _by_angle(vectors: Array, labels: Array, sources: Array) -> float:
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    return float(_named(1 - unit @ unit.T, labels, sources[:, None] == sources).mean())


def _farthest(vectors: Array, labels: Array, sources: Array) -> float:
    return float(_named(-_distances(vectors), labels, sources[:, None] == sources).mean())


def _class_by_class(vectors: Array, labels: Array, sources: Array) -> float:
    right = _named(_distances(vectors), labels, sources[:, None] == sources)
    return float(np.mean([right[labels == name].mean() for name in np.unique(labels)]))


def _source_by_source(vectors: Array, labels: Array, sources: Array) -> float:
    right = _named(_distances(vectors), labels, sources[:, None] == sources)
    return float(np.mean([right[sources == name].mean() for name in np.unique(sources)]))


def _only_with_company(vectors: Array, labels: Array, sources: Array) -> float:
    right = _named(_distances(vectors), labels, sources[:, None] == sources)
    company = np.array([len(set(sources[labels == name])) > 1 for name in labels])
    return float(right[company].mean())


def _place_among_the_rest(vectors: Array, labels: Array, sources: Array) -> float:
    apart = _distances(vectors)
    nearest = [apart[i, sources != sources[i]].argmin() for i in range(len(labels))]
    return float((labels[nearest] == labels).mean())


def _strangers_only(
    vectors: Array, labels: Array, sources: Array
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    apart = np.where(np.eye(len(labels), dtype=bool), np.inf, _distances(vectors))
    nearest = apart.argmin(axis=1)
    return labels[nearest] == labels, sources[nearest] != sources


def _own_takes_are_wrong(vectors: Array, labels: Array, sources: Array) -> float:
    right, stranger = _strangers_only(vectors, labels, sources)
    return float((right & stranger).mean())


def _own_takes_are_dropped(vectors: Array, labels: Array, sources: Array) -> float:
    right, stranger = _strangers_only(vectors, labels, sources)
    return float(right[stranger].mean()) if stranger.any() else 0.0


def _source_for_label(vectors: Array, labels: Array, sources: Array) -> float:
    apart = np.where(np.eye(len(labels), dtype=bool), np.inf, _distances(vectors))
    return float((sources[apart.argmin(axis=1)] == sources).mean())


def _scaled(vectors: Array, labels: Array, sources: Array) -> float:
    spread = np.maximum(vectors.std(axis=0), 1e-12)
    return honest((vectors - vectors.mean(axis=0)) / spread, labels, sources)


def _class_means(vectors: Array, labels: Array, sources: Array) -> float:
    right = 0
    for i in range(len(labels)):
        rest = sources != sources[i]
        names = np.unique(labels[rest])
        means = np.array([vectors[rest & (labels == name)].mean(axis=0) for name in names])
        right += int(names[np.linalg.norm(means - vectors[i], axis=1).argmin()] == labels[i])
    return right / len(labels)


SHARE_SLIPS: list[tuple[Rule, str]] = [
    (
        _leave_one_out,
        "This leaves out only the recording itself. Another take of the same source is almost a copy of\n"
        "it, and answers for it: the test has leaked. Leave out all that share its source.",
    ),
    (
        lambda v, l, s: 1.0,  # noqa: E741
        "Everybody is right: does each recording find itself, at distance 0? All of its own source are to\n"
        "be left out, itself among them.",
    ),
    (
        _other_class,
        "The recordings of the same CLASS were left out, so nobody can be right. Leave out those of the\n"
        "same source.",
    ),
    (
        lambda v, l, s: 1 - honest(v, l, s),  # noqa: E741
        "This is the share of those named wrongly.",
    ),
    (_by_blocks, "These distances add up absolute differences. Euclidean: squares, their sum, the root."),
    (_by_angle, "These are angles. Euclidean distance: squares of the differences, their sum, the root."),
    (_farthest, "This asks the farthest recording. Is a sign turned round, or argmax where argmin belongs?"),
    (
        _class_by_class,
        "This is a mean over the classes of the share within each. All recordings count the same here.",
    ),
    (
        _source_by_source,
        "This is a mean over the sources of the share within each. All recordings count the same here.",
    ),
    (
        _place_among_the_rest,
        "The place of the nearest was counted among the recordings of other sources, and then looked up\n"
        "among all of them. Keep the numbers of those that are left, or give the others a distance of inf.",
    ),
    (
        _own_takes_are_wrong,
        "Where the nearest of all is a take of the same source, this counts a miss. Leave such takes out\n"
        "BEFORE the nearest is taken: then a recording of another source answers.",
    ),
    (
        _own_takes_are_dropped,
        "Where the nearest of all is a take of the same source, this leaves the recording out. Leave such\n"
        "takes out BEFORE the nearest is taken: then every recording is answered and counts.",
    ),
    (_source_for_label, "This compares sources, not labels: is the LABEL of the nearest right?"),
    (_scaled, "The vectors were scaled first. Take the distances between them as they are."),
    (_class_means, "This asks the mean of each class. The nearest single recording is asked for."),
    (
        _only_with_company,
        "Recordings whose class has no other source were left out of the count. Nobody can name them,\n"
        "so they are wrong, and they count.",
    ),
]
