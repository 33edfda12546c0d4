"""Decisions: by hand, against SciPy, and at their limits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ttest_rel

from mmseg_edu import studies


def test_a_gap_by_hand():
    gap, half = studies.paired_gap([0.6, 0.8], [0.5, 0.5])
    assert gap == pytest.approx(0.2)
    assert half == pytest.approx(12.7062 * 0.1, rel=1e-4)  # t of one degree of freedom; sd / sqrt(2) is 0.1


@given(st.integers(0, 10**6), st.integers(2, 12), st.floats(0.5, 0.99))
def test_a_gap_is_scipys(seed, count, level):
    a, b = np.random.default_rng(seed).normal(size=(2, count))
    gap, half = studies.paired_gap(a, b, level=level)
    low, high = ttest_rel(a, b).confidence_interval(level)
    np.testing.assert_allclose([gap - half, gap + half], [low, high])
    back, same = studies.paired_gap(b, a, level=level)
    assert (back, same) == (pytest.approx(-gap), pytest.approx(half))


def test_what_both_share_drops_out():
    hard = np.random.default_rng(0).normal(size=8)
    assert studies.paired_gap(hard + 0.1, hard) == (pytest.approx(0.1), pytest.approx(0, abs=1e-12))


def test_seeds_that_one_lacks_do_not_count():
    nan = float("nan")
    assert studies.paired_gap([0.5, 0.6, nan], [0.4, 0.4, 0.9]) == studies.paired_gap([0.5, 0.6], [0.4, 0.4])
    assert studies.paired_gap([0.5, nan], [0.4, 0.1]) == (pytest.approx(0.1), float("inf"))


@pytest.mark.parametrize(
    ("pair", "level", "says"),
    [
        (([1.0], [1.0, 2.0]), 0.95, r"both must have shape \(seeds,\)"),
        (([np.nan], [1.0]), 0.95, "no seed has a score of both"),
        (([1.0], [1.0]), 1.0, r"level must lie in \(0, 1\), got 1.0"),
    ],
)
def test_what_cannot_be_paired_is_refused(pair, level, says):
    with pytest.raises(ValueError, match=says):
        studies.paired_gap(*pair, level=level)


def test_the_winner_is_marked_and_so_is_who_cannot_be_told_from_it():
    scores = np.zeros((4, 2, 3))
    scores[0] = [[0.80, 0.82, 0.81], [0.3, 0.3, 0.3]]
    scores[1] = [[0.70, 0.72, 0.71], [0.295, 0.295, 0.295]]  # always 0.1 behind; always 0.005
    scores[2] = [[0.60, 0.95, 0.80], [0.1, 0.2, 0.1]]  # moves a lot
    scores[3] = [[0.99, np.nan, np.nan], [np.nan] * 3]  # one seed, none
    assert studies.winners(scores).tolist() == [0, 0]
    assert studies.best_within(scores).tolist() == [
        [True, True],
        [False, True],
        [True, False],
        [False, False],
    ]
    assert studies.best_within(scores, margin=0.0)[1].tolist() == [False, False]
    table = studies.decision_table(["a", "b", "c", "d"], ["x", "y"], scores)
    assert table == {"x": ["a", "c"], "y": ["a", "b"]}


def test_a_situation_without_a_score_is_refused():
    with pytest.raises(ValueError, match="each situation needs at least one score"):
        studies.winners(np.full((2, 1, 3), np.nan))
    with pytest.raises(
        ValueError, match=r"scores must have shape \(methods, situations, seeds\), got \(2, 3\)"
    ):
        studies.best_within(np.zeros((2, 3)))


def test_a_situation_in_which_nobody_has_two_seeds_is_refused():
    nan = float("nan")
    with pytest.raises(ValueError, match="each situation needs a method with two seeds or more"):
        studies.best_within([[[0.5, nan]], [[nan, 0.6]]])
    with pytest.raises(ValueError, match="each situation needs a method with two seeds or more"):
        studies.decision_table("ab", "xy", [[[0.5, 0.4], [0.5, nan]], [[0.5, 0.6], [0.6, nan]]])


def test_one_seed_shared_with_the_winner_decides_nothing_and_none_is_refused():
    nan = float("nan")
    assert studies.best_within([[[0.8, 0.9, nan]], [[nan, 0.1, 0.2]]]).all()
    with pytest.raises(ValueError, match="no seed has a score of both"):
        studies.best_within([[[0.8, 0.9, nan, nan]], [[nan, nan, 0.1, 0.2]]])


@given(st.integers(0, 10**6))
def test_a_constant_added_to_a_seed_changes_no_decision(seed):
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=(4, 3, 5))
    assert (studies.best_within(scores) == studies.best_within(scores + 10 * rng.normal(size=5))).all()
