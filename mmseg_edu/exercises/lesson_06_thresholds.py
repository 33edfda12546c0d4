"""Ways to choose a threshold and to report F: the one that exercise 06.3 asks for, and those of misconceptions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Scenes = tuple[np.ndarray, np.ndarray]
Rule = Callable[[Scenes, Scenes, np.ndarray], float]


def drawn(seed: int) -> tuple[Scenes, Scenes, np.ndarray]:
    """Draw scenes whose best thresholds lie far apart, two of twelve silent.

    The seeds in use were searched: on each of them, every rule of `OTHER_SCORES` ends at another F than the
    right one, and together they tell the rules apart.
    """
    rng = np.random.default_rng(seed)
    return _scenes(rng, 0.25), _scenes(rng, 0.35), np.linspace(0.05, 0.95, 19)


def _scenes(rng: np.random.Generator, lift: float, count: int = 12) -> Scenes:
    size = rng.uniform(0.03, 0.6, (count, 1, 1))
    shift = rng.normal(0, 0.15, (count, 1, 1))
    gain = rng.uniform(0.05, 0.5, (count, 1, 1))
    truth = rng.random((count, 6, 6)) < size
    truth[[2, 7]] = False
    return truth, np.clip(lift + shift + gain * truth + rng.normal(0, 0.13, truth.shape), 0, 1)


def sounding(validation: Scenes, test: Scenes, thresholds: np.ndarray) -> tuple[Scenes, Scenes, np.ndarray]:
    return _only_sounding(validation), _only_sounding(test), thresholds


def _only_sounding(scenes: Scenes) -> Scenes:
    some = scenes[0].any(axis=(1, 2))
    return scenes[0][some], scenes[1][some]


def _counts(scenes: Scenes, threshold: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Count hits, true pixels and claimed pixels of every scene whose truth is not empty."""
    truth, probabilities = _only_sounding(scenes)
    claimed = probabilities >= threshold
    return (truth & claimed).sum((1, 2)), truth.sum((1, 2)), claimed.sum((1, 2))


def _each_f(scenes: Scenes, threshold: float, beta: float = 0.3) -> np.ndarray:
    hits, size, claimed = _counts(scenes, threshold)
    return np.asarray((1 + beta) * hits / (beta * size + claimed))


def _mean_f(scenes: Scenes, threshold: float, beta: float = 0.3) -> float:
    return float(_each_f(scenes, threshold, beta).mean())


def _pooled(scenes: Scenes, threshold: float) -> float:
    hits, size, claimed = (each.sum() for each in _counts(scenes, threshold))
    return float(1.3 * hits / (0.3 * size + claimed))


def _of_mean_rates(scenes: Scenes, threshold: float) -> float:
    hits, size, claimed = _counts(scenes, threshold)
    precision, recall = float(np.mean(hits / np.maximum(claimed, 1))), float(np.mean(hits / size))
    return 1.3 * precision * recall / (0.3 * precision + recall) if precision + recall else 0.0


def _of_hits(scenes: Scenes, threshold: float) -> float:
    each = _each_f(scenes, threshold)
    return float(each[each > 0].mean()) if each.any() else 0.0


def _swapped(scenes: Scenes, threshold: float) -> float:
    hits, size, claimed = _counts(scenes, threshold)
    return float(np.mean(1.3 * hits / (size + 0.3 * claimed)))


def _silent_too(scenes: Scenes, threshold: float) -> float:
    """Score an empty truth by 1 if nothing is claimed, else by 0."""
    quiet = ~scenes[0].any(axis=(1, 2))
    claimed = np.any(scenes[1] >= threshold, axis=(1, 2))
    return float(np.concatenate([_each_f(scenes, threshold), 1.0 - claimed[quiet]]).mean())


def _iou_of_scenes(scenes: Scenes, threshold: float) -> float:
    hits, size, claimed = _counts(scenes, threshold)
    return float(np.mean(hits / (size + claimed - hits)))


def _peak(thresholds: np.ndarray, score: Callable[[float], float]) -> float:
    return float(max(thresholds, key=score))


def _own_peaks(scenes: Scenes, thresholds: np.ndarray) -> np.ndarray:
    """The best threshold of each scene."""
    pairs = [(t[None], p[None]) for t, p in zip(*_only_sounding(scenes), strict=True)]
    return np.array([_peak(thresholds, lambda x, pair=pair: _mean_f(pair, x)) for pair in pairs])  # type: ignore[misc]


def _first_scene(scenes: Scenes) -> Scenes:
    return scenes[0][:1], scenes[1][:1]


def _both(validation: Scenes, test: Scenes) -> Scenes:
    return np.concatenate([validation[0], test[0]]), np.concatenate([validation[1], test[1]])


def honest(v: Scenes, t: Scenes, x: np.ndarray) -> float:
    return _mean_f(t, _peak(x, lambda threshold: _mean_f(v, threshold)))


def _chosen_by(score: Callable[[Scenes, float], float]) -> Rule:
    """Choose by another score of the validation scenes, report F."""
    return lambda v, t, x: _mean_f(t, _peak(x, lambda threshold: score(v, threshold)))


def _reported_by(score: Callable[[Scenes, float], float]) -> Rule:
    """Choose by F, report another score of the test scenes."""
    return lambda v, t, x: score(t, _peak(x, lambda threshold: _mean_f(v, threshold)))


def _throughout(score: Callable[[Scenes, float], float]) -> Rule:
    """Choose and report by another score."""
    return lambda v, t, x: score(t, _peak(x, lambda threshold: score(v, threshold)))


def _best_of_each(v: Scenes, t: Scenes, x: np.ndarray) -> float:
    return float(np.max([_each_f(t, threshold) for threshold in x], axis=0).mean())


_POOLED = "The pixels of all scenes were pooled. F is worked out for each scene, then averaged."
_RATES = "F of the mean precision and the mean recall. Average the F of the scenes instead."
_HITS = "The scenes without a hit were left out of the mean. They score 0, and count: only EMPTY ones go."
_ONCE_MORE = "beta SQUARED is 0.3: it was squared once more."
OTHER_SCORES: list[tuple[Rule, str]] = [
    (
        lambda v, t, x: _mean_f(t, _peak(x, lambda threshold: _mean_f(t, threshold))),
        "The threshold was chosen on the test scenes: that is the score which the exercise mends.",
    ),
    (
        lambda v, t, x: _mean_f(t, _peak(x, lambda threshold: _mean_f(_both(v, t), threshold))),
        "The threshold was chosen on validation AND test scenes. The test scenes may only report.",
    ),
    (
        lambda v, t, x: _mean_f(v, _peak(x, lambda threshold: _mean_f(v, threshold))),
        "The score is that of the validation scenes. They chose the threshold; the test scenes report.",
    ),
    (_best_of_each, "Every test scene chose its own threshold. One for all, from the validation scenes."),
    (
        lambda v, t, x: _mean_f(t, 0.5),
        "That is the threshold 0.5. Try all that you were given.",
    ),
    (
        lambda v, t, x: honest(_first_scene(v), t, x),
        "The threshold is that of the first validation scene. All of them choose: average F over them first.",
    ),
    (
        lambda v, t, x: _mean_f(t, float(_own_peaks(v, x).mean())),
        "The scenes' own best thresholds were averaged. Average the F of the scenes, then look for the best.",
    ),
    (
        _chosen_by(lambda s, threshold: float(_each_f(s, threshold).max())),
        "The threshold is that of the luckiest validation scene. Average F over all of them first.",
    ),
    (
        _chosen_by(_iou_of_scenes),
        "The threshold was chosen by IoU. Choose it by the score that you report: F.",
    ),
    (
        _chosen_by(lambda s, threshold: _mean_f(s, threshold, 1.0)),
        "The threshold was chosen with beta = 1, and F reported with beta squared = 0.3. Choose by what you report.",
    ),
    (_chosen_by(_pooled), _POOLED),
    (_reported_by(_pooled), _POOLED),
    (_throughout(_pooled), _POOLED),
    (_chosen_by(_of_mean_rates), _RATES),
    (_reported_by(_of_mean_rates), _RATES),
    (_throughout(_of_mean_rates), _RATES),
    (_chosen_by(_of_hits), _HITS),
    (_reported_by(_of_hits), _HITS),
    (_throughout(_of_hits), _HITS),
    (
        _throughout(lambda s, threshold: _mean_f(s, threshold, 1.0)),
        "That is beta = 1: precision and recall count the same. Here beta squared is 0.3.",
    ),
    (_throughout(lambda s, threshold: _mean_f(s, threshold, 0.09)), _ONCE_MORE),
    (_throughout(_swapped), "beta squared belongs to P in the denominator, not to R."),
    (
        lambda v, t, x: _peak(x, lambda threshold: _mean_f(v, threshold)),
        "That is the threshold itself. Return the test scenes' F at it.",
    ),
    (
        lambda v, t, x: _mean_f(t, float(np.argmax([_mean_f(v, threshold) for threshold in x]))),
        "The POSITION of the best threshold was taken for the threshold: argmax counts. thresholds[position].",
    ),
    (
        _chosen_by(_silent_too),
        "The silent validation scenes had a say in the threshold. Leave them out of both means.",
    ),
]
