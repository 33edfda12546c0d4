"""Who learns and who is tested: by the authors' folds, or so that no recording stands on both sides."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import numpy as np

from mmseg_edu.datasets.recording import Recording
from mmseg_edu.preprocess.arguments import as_array, shown

Split = tuple[list[Recording], list[Recording]]
FOLDS = (1, 2, 3, 4, 5)


def folds(recordings: Iterable[Recording], among: Collection[int] = FOLDS) -> list[Split]:
    """Split by the authors' folds: each fold is the test once, and the others are what is learned from.

    Parameters
    ----------
    recordings : of ESC-50, ESC-10, or any with a fold each
    among : numbers from 1 to 5, at least two of them
        The folds to use. Published results use all five; name fewer where fewer are there, and say so with the
        result: it is no longer the published measure.

    Returns
    -------
    list of (train, test)
        In the order of the test fold's number. A pair has all recordings of the folds in `among`.

    Raises
    ------
    ValueError
        A fold of `among` has no recording; fewer than two folds; a recording has no fold.

    Notes
    -----
    The authors kept clips of one recording within a fold, with at least one slip: recording 234879 of ESC-50 is
    in fold 4 as a hen and in fold 5 as a rooster. The folds stay as they are, for comparable results.

    Examples
    --------
    >>> from pathlib import Path
    >>> dogs = [Recording(Path(f"{i}-77-A.ogg"), "dog", 0, "77", i, "A") for i in (1, 2, 2)]
    >>> [(len(train), len(test)) for train, test in folds(dogs, among=(1, 2))]
    [(2, 1), (1, 2)]

    Lesson: 04_mfcc_features
    """
    recordings, among = _listed(recordings), checked_folds(among)
    wanted, there = sorted(set(among)), {each.fold for each in recordings}
    without = next((each for each in recordings if each.fold is None), None)
    if without:
        raise ValueError(
            f"each recording must have a fold, got {without.path.name!r} without one: split with folds_by_source"
        )
    if len(wanted) < 2 or not set(wanted) <= set(FOLDS):
        raise ValueError(
            f"among must name at least two folds from 1 to 5, got {among}: split a single fold with "
            "folds_by_source"
        )
    if missing := [fold for fold in wanted if fold not in there]:
        have = ", ".join(str(fold) for fold in sorted(there & set(FOLDS))) or "none"  # type: ignore[type-var]
        raise ValueError(
            f"folds {', '.join(map(str, wanted))} must all be there, but {', '.join(map(str, missing))} "
            f"{'is' if len(missing) == 1 else 'are'} missing (there: {have}): name those that are there in among, "
            "or split with folds_by_source"
        )
    used = [each for each in recordings if each.fold in wanted]
    return [([r for r in used if r.fold != fold], [r for r in used if r.fold == fold]) for fold in wanted]


def folds_by_source(recordings: Iterable[Recording], count: int = 5, seed: int = 0) -> list[Split]:
    """Split into folds so that all files of one original recording are in the same one.

    Parameters
    ----------
    recordings : iterable of Recording
        Each class with at least two sources, and one of them with at least `count`.
    count : int, 2 or more
        Number of folds. A class with fewer sources is missing from some tests, never from what is learned from.
    seed : int, 0 to 2**32 - 1
        Decides which sources come together.

    Returns
    -------
    list of (train, test)
        Each recording is in exactly one test. No source is on both sides of a pair. Where each source belongs to
        one class, each class of a test is among what is learned from. Classes are spread as evenly as that
        allows (scikit-learn's StratifiedGroupKFold).

    Raises
    ------
    ValueError
        A class has one source only: no honest test of it is possible. No class has `count` sources.

    Examples
    --------
    >>> from pathlib import Path
    >>> bells = [Recording(Path(f"bell/{name}/1.wav"), "bell", 0, name) for name in "aabbcc"]
    >>> sorted([each.source for each in test] for _, test in folds_by_source(bells, 3))
    [['a', 'a'], ['b', 'b'], ['c', 'c']]

    Lesson: 04_mfcc_features
    """
    recordings = _listed(recordings)
    _check_sources(recordings, count, seed)
    return [
        ([recordings[i] for i in train], [recordings[i] for i in test])
        for train, test in _grouped(recordings, count, seed)
    ]


def _listed(recordings: Iterable[Recording]) -> list[Recording]:
    """Take recordings, one after another."""
    if isinstance(recordings, type) or not isinstance(recordings, Iterable):
        raise TypeError(
            f"recordings must be a list of recordings, got {shown(recordings)}: give what a loader gave"
        )
    listed = []
    for each in recordings:
        if not isinstance(each, Recording):
            raise TypeError(f"recordings must hold recordings, got {shown(each)}: give what a loader gave")
        listed.append(each)
    return listed


def checked_folds(among: Collection[int]) -> tuple[int, ...]:
    """Take numbers of folds."""
    given = as_array("among", list(among) if isinstance(among, set | frozenset | range | dict) else among)
    if given.ndim != 1 or given.dtype.kind not in "iu" or given.size > len(FOLDS) ** 2:
        raise ValueError(f"among must name at least two folds from 1 to 5, got {shown(among)}: FOLDS are all")
    return tuple(given.tolist())


def _check_sources(recordings: Sequence[Recording], count: int, seed: int) -> None:
    sources: dict[str, set[str]] = {}
    for each in recordings:
        sources.setdefault(each.label, set()).add(each.source)
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or not 0 <= seed < 2**32:
        raise ValueError(f"seed must be a whole number from 0 to 2**32 - 1, got {shown(seed)}: try seed=0")
    if isinstance(count, bool) or not isinstance(count, int | np.integer) or count < 2:
        raise ValueError(f"count must be a whole number, 2 or more, got {shown(count)}: try count=5")
    if not sources:
        raise ValueError("recordings must hold at least one, got none: look at what the loader returned")
    if single := [label for label, names in sources.items() if len(names) < 2]:
        raise ValueError(
            f"each class must come from at least two sources, but {single[0]!r} has one: what is learned from and "
            "what is tested would be the same recording, so add another or leave the class out"
        )
    most = max(len(names) for names in sources.values())
    if count > most:
        raise ValueError(
            f"count must be at most {most}, the most sources that a class has, got {count}: lower it"
        )


def _grouped(recordings: Sequence[Recording], count: int, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    import warnings

    from sklearn.model_selection import StratifiedGroupKFold

    labels = np.array([each.label for each in recordings])
    splitter = StratifiedGroupKFold(count, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        # That a class has fewer recordings than there are folds is said in the docstring.
        warnings.filterwarnings("ignore", "The least populated class")
        return list(splitter.split(np.zeros(len(labels)), labels, [each.source for each in recordings]))
