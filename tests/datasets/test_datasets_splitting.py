"""Splits by the authors' folds, and splits in which no original recording stands on both sides."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmseg_edu.datasets import Recording, folder_per_class, folds, folds_by_source

from .trees import put

TEN = [
    Recording(Path(f"{fold}-{10 * fold + i}-A.ogg"), "dog", 0, str(10 * fold + i), fold, "A")
    for fold in (3, 1, 5, 2, 4)
    for i in (0, 1)
]


def of_folds(*numbers: int | None) -> list[Recording]:
    return [Recording(Path(f"{i}.wav"), "dog", 0, str(i), fold) for i, fold in enumerate(numbers)]


# The authors' folds


def test_each_fold_is_the_test_once_in_the_order_of_its_number():
    pairs = folds(iter(TEN))
    assert [{each.fold for each in test} for _, test in pairs] == [{1}, {2}, {3}, {4}, {5}]
    for train, test in pairs:
        assert (len(train), len(test)) == (8, 2)
        assert [each for each in TEN if each in train or each in test] == TEN
        assert [each for each in TEN if each in train] == train, "the order stays"


def test_folds_that_are_not_there_are_named():
    with pytest.raises(
        ValueError, match=r"folds 1, 2, 3, 4, 5 must all be there, but 2, 4 are missing \(there: 1, 3, 5\)"
    ):
        folds(of_folds(1, 3, 5))
    with pytest.raises(
        ValueError, match=r"but 2, 3, 4, 5 are missing \(there: 1\): name those that are there in among"
    ):
        folds(of_folds(1, 1))
    with pytest.raises(ValueError, match=r"but 2 is missing \(there: 1\)"):
        folds(of_folds(1), among=(1, 2))
    with pytest.raises(ValueError, match=r"are missing \(there: none\)"):
        folds([])


def test_a_part_of_the_folds_is_used_when_it_is_asked_for():
    pairs = folds(TEN, among=[4, 2, 4])
    assert [({each.fold for each in train}, {each.fold for each in test}) for train, test in pairs] == [
        ({4}, {2}),
        ({2}, {4}),
    ]


@pytest.mark.parametrize("among", [(), (1,), (1, 1), (0, 1), (1, 6)])
def test_what_cannot_be_folds_is_refused(among):
    with pytest.raises(ValueError, match="among must name at least two folds from 1 to 5"):
        folds(TEN, among=among)


def test_a_recording_without_a_fold_is_named():
    with pytest.raises(ValueError, match=r"got '1.wav' without one: split with folds_by_source"):
        folds(of_folds(1, None))


# By source

# For each class the number of files of each of its sources.
CLASSES = st.lists(st.lists(st.integers(1, 5), min_size=2, max_size=7), min_size=1, max_size=5)


def recordings_of(classes: list[list[int]]) -> list[Recording]:
    return [
        Recording(
            Path(f"{target}/{source}/{take}.wav"),
            f"class {target}",
            target,
            f"{target}/{source}",
            None,
            str(take),
        )
        for target, sources in enumerate(classes)
        for source, count in enumerate(sources)
        for take in range(count)
    ]


@given(classes=CLASSES, count=st.integers(2, 7), seed=st.integers(0, 2**32 - 1), data=st.data())
def test_no_source_stands_on_both_sides_and_every_class_is_learned(classes, count, seed, data):
    recordings = data.draw(st.permutations(recordings_of(classes)))
    count = min(count, max(map(len, classes)))
    pairs = folds_by_source(recordings, count, seed)
    assert len(pairs) == count
    assert Counter(each for _, test in pairs for each in test) == Counter(recordings), "each is in one test"
    for train, test in pairs:
        assert test, "no test is empty"
        assert not {each.source for each in train} & {each.source for each in test}
        assert Counter(train + test) == Counter(recordings)
        assert {each.label for each in train} == {each.label for each in recordings}


@given(
    owners=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5)), min_size=4, max_size=40),
    seed=st.integers(0, 99),
)
def test_a_source_of_several_classes_stays_together_too(owners, seed):
    recordings = [
        Recording(Path(f"{i}.wav"), f"class {c}", c, f"source {s}") for i, (c, s) in enumerate(owners)
    ]
    sources = {c: {s for d, s in owners if d == c} for c, _ in owners}
    if min(map(len, sources.values())) < 2:
        with pytest.raises(ValueError, match="at least two sources"):
            folds_by_source(recordings, 2, seed)
        return
    for train, test in folds_by_source(recordings, 2, seed):
        assert not {each.source for each in train} & {each.source for each in test}
        assert Counter(train + test) == Counter(recordings)


def test_takes_in_folders_stay_together_from_the_disk_to_the_split(tmp_path):
    put(
        tmp_path, *(f"{label}/{source}/{take}.wav" for label in "ab" for source in "xyz" for take in range(3))
    )
    for train, test in folds_by_source(folder_per_class(tmp_path), 3):
        assert {each.path.parent for each in train}.isdisjoint(each.path.parent for each in test)
        assert Counter(each.label for each in test) == {"a": 3, "b": 3}


def test_a_seed_is_one_split_and_another_seed_another():
    recordings = recordings_of([[1] * 8, [2] * 8])
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    assert folds_by_source(recordings, 4, 3) == folds_by_source(recordings, 4, np.int64(3))
    assert len({str(folds_by_source(recordings, 4, seed)) for seed in range(5)}) == 5
    assert (np.random.get_state()[1] == state).all(), "the global state stays"  # noqa: NPY002


def test_a_class_from_one_source_is_named():
    with pytest.raises(ValueError, match="at least two sources, but 'class 1' has one"):
        folds_by_source(recordings_of([[1, 1], [5]]), 2)


def test_more_folds_than_sources_are_refused():
    recordings = recordings_of([[1, 1, 1], [4, 4]])
    assert len(folds_by_source(recordings, 3)) == 3
    with pytest.raises(ValueError, match="count must be at most 3, the most sources that a class has, got 4"):
        folds_by_source(recordings, 4)


@pytest.mark.parametrize("count", [1, 0, -2, 2.0, True, "2"])
def test_what_is_no_count_is_refused(count):
    with pytest.raises(ValueError, match="count must be a whole number, 2 or more"):
        folds_by_source(recordings_of([[1, 1]]), count)


@pytest.mark.parametrize("seed", [-1, 2**32, 0.5, None, True])
def test_what_is_no_seed_is_refused(seed):
    with pytest.raises(ValueError, match="seed must be a whole number from 0 to"):
        folds_by_source(recordings_of([[1, 1]]), 2, seed)


def test_nothing_cannot_be_split():
    with pytest.raises(ValueError, match="recordings must hold at least one, got none"):
        folds_by_source([], 2)
