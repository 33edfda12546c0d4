"""Shapley values: by hand, against all orders, and by the four laws that no other rule obeys."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mmseg_edu import explain

numbers = st.floats(-1e3, 1e3, allow_subnormal=False)


def tables(n):
    return hnp.arrays(np.float64, 2**n, elements=numbers)


games = st.integers(1, 4).flatmap(tables)


def over_all_orders(values):
    """What each sense adds when it comes, averaged over all orders: the definition, slowly."""
    n = len(values).bit_length() - 1
    added = np.zeros(n)
    orders = list(itertools.permutations(range(n)))
    for order in orders:
        present = 0
        for i in order:
            added[i] += values[present | 1 << i] - values[present]
            present |= 1 << i
    return added / len(orders)


def close(one, other):
    np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)


# By hand


def test_two_senses_by_hand():
    """Neither 1, picture 4, sound 2, both 9: the picture adds 3 first or 7 second, the sound 1 or 5."""
    np.testing.assert_array_equal(explain.shapley_values([1, 4, 2, 9]), [5, 3])
    close(explain.shapley_shares([1, 4, 2, 9]), [5 / 8, 3 / 8])


def test_three_senses_by_hand():
    """Worth 6 as soon as the first is there with one of the others: 4, 1, 1 by the six orders."""
    values = [6 * ((c & 1) and c > 1) for c in range(8)]
    close(explain.shapley_values(values), [4, 1, 1])


def test_the_order_of_the_columns_is_in_binary():
    """v = 1 a picture + 10 a sound + 100 a motion: each gets its own."""
    values = [(c & 1) + 10 * (c >> 1 & 1) + 100 * (c >> 2) for c in range(8)]
    close(explain.shapley_values(values), [1, 10, 100])


def test_redundant_senses_share_and_one_alone_gets_everything():
    np.testing.assert_array_equal(explain.shapley_values([0, 1, 1, 1]), [0.5, 0.5])
    np.testing.assert_array_equal(explain.shapley_values([2.0, 5.0]), [3.0])


# The laws


@given(games)
def test_it_is_the_mean_over_all_orders(values):
    close(explain.shapley_values(values), over_all_orders(values))


@given(games)
def test_efficiency_all_is_divided(values):
    close(explain.shapley_values(values).sum(), values[-1] - values[0])


@given(st.integers(2, 4).flatmap(tables), st.data())
def test_symmetry_senses_change_places_with_what_they_get(values, data):
    n = len(values).bit_length() - 1
    order = data.draw(st.permutations(range(n)))
    moved = [sum((c >> i & 1) << place for i, place in enumerate(order)) for c in range(2**n)]
    other = np.empty_like(values)
    other[moved] = values
    close(explain.shapley_values(other)[order], explain.shapley_values(values))


@given(st.integers(1, 3).flatmap(tables), st.data())
def test_a_null_player_gets_exactly_nothing_and_the_others_what_they_had(values, data):
    n = len(values).bit_length()
    null = data.draw(st.integers(0, n - 1))
    low = (1 << null) - 1
    wider = np.array([values[(c & low) | (c >> 1 & ~low)] for c in range(2**n)])
    found = explain.shapley_values(wider)
    assert found[null] == 0
    assert explain.shapley_shares(wider)[null] == 0
    close(np.delete(found, null), explain.shapley_values(values))


@given(st.integers(1, 3).flatmap(lambda n: st.tuples(tables(n), tables(n))), st.floats(-3, 3))
def test_additivity(pair, factor):
    one, other = pair
    close(
        explain.shapley_values(one + factor * other),
        explain.shapley_values(one) + factor * explain.shapley_values(other),
    )


@given(games, st.sampled_from([1e-320, 1e-300, 1.0, 1e300]))
def test_shares_are_the_sizes_over_their_sum_at_any_scale(values, scale):
    shares = explain.shapley_shares(values * scale)
    assert (shares >= 0).all()
    assert (shares <= 1).all()
    assert np.isclose(shares.sum(), 1) or (shares == 0).all()
    sizes = np.abs(explain.shapley_values(values))
    if scale >= 1 and sizes.sum() > 0:
        close(shares, sizes / sizes.sum())


def test_where_nothing_moves_nobody_has_a_share():
    np.testing.assert_array_equal(explain.shapley_shares(np.full((2, 8), 0.3)), np.zeros((2, 3)))


def test_scenes_are_divided_one_by_one():
    values = np.random.default_rng(0).normal(size=(3, 5, 8))
    one = explain.shapley_values(values)
    assert one.shape == (3, 5, 3)
    close(one[1, 2], explain.shapley_values(values[1, 2]))


@pytest.mark.parametrize("shape", [(), (0,), (1,), (3,), (4, 6)])
def test_a_value_is_needed_for_each_subset(shape):
    with pytest.raises(ValueError, match=r"one for each subset of n senses, got \("):
        explain.shapley_values(np.zeros(shape))


@pytest.mark.parametrize("bad", [[0, np.nan], [0, -np.inf], ["a", "b"], [0, 1j]])
def test_values_are_finite_real_numbers(bad):
    with pytest.raises(ValueError, match="must be finite real numbers, got"):
        explain.shapley_shares(bad)


# The values of the coalitions


def names_of(*senses):
    return [tuple(float(sense[i]) for sense in senses) for i in range(len(senses[0]))]


def test_every_coalition_is_asked_once_with_its_senses_present():
    asked = []

    def predict(*senses):
        asked.append(names_of(*senses))
        return senses[0]

    inputs = [np.array([1.0, 2.0]), np.array([10.0, 20.0]), np.array([100.0, 200.0])]
    explain.coalition_values(predict, inputs, [0, np.array([-1.0, -2.0]), -9], lambda answer: answer)
    first = [scene[0] for scene in asked]
    assert first == [
        (0, -1, -9),
        (1, -1, -9),
        (0, 10, -9),
        (1, 10, -9),
        (0, -1, 100),
        (1, -1, 100),
        (0, 10, 100),
        (1, 10, 100),
    ]
    assert [scene[1] for scene in asked][:2] == [(0, -2, -9), (2, -2, -9)]


def deaf(pictures, sounds):
    share = pictures.mean(axis=-1, keepdims=True)
    return np.concatenate([1 - share, share], axis=-1)


def test_a_model_that_cannot_see_the_sound_gives_it_exactly_nothing():
    rng = np.random.default_rng(0)
    pictures, sounds = rng.random((6, 4, 4, 3)), rng.random((6, 8))
    truth = rng.integers(0, 2, (6, 4, 4))
    values = explain.coalition_values(
        deaf, [pictures, sounds], [0.5, rng.random((6, 8))], lambda p: explain.log_probability(truth, p)
    )
    shares = explain.shapley_shares(values)
    np.testing.assert_array_equal(shares, np.tile([1.0, 0.0], (6, 1)))


def test_a_stand_in_may_be_a_number_one_scene_or_one_a_scene():
    inputs = [np.ones((3, 2)), np.ones((3, 5), np.float32)]
    seen = []
    for stand_in in (7, np.full(5, 7.0), np.full((3, 5), 7)):
        explain.coalition_values(
            lambda a, b: seen.append((b.shape, b.dtype, float(b[0, 0]))) or a,
            inputs,
            [0, stand_in],
            lambda p: p[:, 0],
        )
    assert set(seen[0::4]) == {((3, 5), np.dtype("float32"), 7.0)}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            {"inputs": np.ones((2, 3))},
            r"must be a list of one array a sense, got ndarray: write \[pictures, sounds\]",
        ),
        ({"inputs": []}, "must be a list of one array a sense"),
        ({"inputs": [np.ones(3), np.ones(2)]}, "as many scenes in each sense, 1 or more, got 3, 2"),
        ({"inputs": [np.ones(0), np.ones(0)]}, "1 or more, got 0, 0"),
        ({"absent": [0]}, "one stand-in a sense, 2, got 1"),
        ({"absent": [0, np.ones(4)]}, r"one scene, \(3,\), or of all, \(2, 3\), got \(4,\)"),
        ({"absent": [0, np.nan]}, "the stand-in for sense 1 must be finite"),
        ({"score": lambda p: p.mean()}, r"one number a scene, shape \(2,\), got \(\)"),
        (
            {"score": lambda p: np.log(p[:, 0] * 0 + 1) / np.array([1, np.inf]) + [0, np.inf]},
            "must give finite numbers",
        ),
    ],
)
def test_what_does_not_fit_is_refused(change, says):
    given = {
        "predict": lambda a, b: a,
        "inputs": [np.ones((2, 3)), np.ones((2, 3))],
        "absent": [0, 0],
        "score": lambda p: p[:, 0],
    }
    with pytest.raises(ValueError, match=says):
        explain.coalition_values(**(given | change))


# What is divided


def test_log_probability_is_a_mean_over_the_pixels_of_a_scene():
    truth = np.array([[[0, 1]], [[1, 1]]])
    posterior = np.array([[[[0.5, 0.5], [0.75, 0.25]]], [[[0.0, 1.0], [1.0, 0.0]]]])
    found = explain.log_probability(truth, posterior, floor=1e-3)
    close(found, [(np.log(0.5) + np.log(0.25)) / 2, (np.log(1 / 1.001) + np.log(1e-3 / 1.001)) / 2])


def test_scene_iou_scores_each_scene_alone():
    truth = np.array([[[0, 1]], [[0, 0]], [[0, 1]]])
    posterior = np.eye(3)[[[[0, 1]], [[0, 0]], [[1, 1]]]]
    np.testing.assert_array_equal(explain.scene_iou(truth, posterior), [1, 1, 0.25])


def test_scores_want_scenes_and_a_floor():
    with pytest.raises(
        ValueError, match=r"truth must have shape \(N, H, W\) and posterior \(N, H, W, K\), got \(2,\)"
    ):
        explain.scene_iou(np.zeros(2, int), np.ones((2, 1)))
    with pytest.raises(ValueError, match="floor must be above 0, got 0"):
        explain.log_probability([[[0]]], [[[[1.0, 0.0]]]], floor=0)
