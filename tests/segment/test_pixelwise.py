"""Per-pixel decisions, costs from probabilities, ICM and brute force."""

import itertools
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmseg_edu import fusion
from mmseg_edu.segment import brute_force, energy, icm, pixelwise, sound_guided_unary, unary_from


def test_pixelwise_by_hand_and_with_ties():
    probabilities = [[[0.2, 0.5, 0.3], [0.4, 0.4, 0.2]], [[1 / 3, 1 / 3, 1 / 3], [0.0, 0.0, 1.0]]]
    labels = pixelwise(probabilities)
    assert labels.dtype == np.uint8
    np.testing.assert_array_equal(labels, [[1, 0], [0, 2]])


def test_pixelwise_works_on_batches_and_on_one_pixel():
    probabilities = np.random.default_rng(0).dirichlet(np.ones(5), size=(2, 3, 4))
    np.testing.assert_array_equal(pixelwise(probabilities)[1], pixelwise(probabilities[1]))
    assert pixelwise([0.1, 0.9]) == 1


def test_pixelwise_maximises_the_sum_of_logs_over_all_segmentations():
    p = np.random.default_rng(1).dirichlet([1, 1], size=(2, 3))
    scores = {
        choice: sum(np.log(p.reshape(-1, 2)[i, k]) for i, k in enumerate(choice))
        for choice in itertools.product((0, 1), repeat=6)
    }
    assert tuple(pixelwise(p).ravel()) == max(scores, key=scores.get)


@pytest.mark.parametrize(
    ("probabilities", "text"),
    [
        (
            np.zeros((2, 2, 1)),
            r"for one foreground map p stack both labels, np.stack\(\[1 - p, p\], axis=-1\)",
        ),
        (np.full((2, 2, 2), np.nan), "probabilities must not hold NaN"),
        (np.zeros((0, 2)), "hold pixels"),
        (0.5, "hold pixels"),
    ],
)
def test_pixelwise_refuses(probabilities, text):
    with pytest.raises(ValueError, match=text):
        pixelwise(probabilities)


def test_unary_from_is_minus_log_with_a_floor():
    unary = unary_from([[1.0, 0.0], [0.25, 0.75]], floor=1e-3)
    np.testing.assert_allclose(unary, [[0, np.log(1000)], [np.log(4), np.log(4 / 3)]], atol=1e-15)


def test_unary_and_pixelwise_agree():
    p = np.random.default_rng(0).dirichlet(np.ones(4), size=(8, 8))
    np.testing.assert_array_equal(unary_from(p).argmin(-1), pixelwise(p))


@pytest.mark.parametrize(
    ("probabilities", "floor", "text"),
    [
        ([1.5, -0.5], 1e-6, r"probabilities must lie in \[0, 1\], got -0.5 .. 1.5: apply softmax"),
        ([np.nan, 0.5], 1e-6, r"probabilities must lie in \[0, 1\], got nan"),
        ([0.5, 0.5], 0.0, r"floor must lie in \(0, 1\), got 0.0"),
        (np.zeros((0, 2)), 1e-6, "at least one pixel"),
    ],
)
def test_unary_from_refuses(probabilities, floor, text):
    with pytest.raises(ValueError, match=text):
        unary_from(probabilities, floor)


def test_sound_guided_costs_are_those_of_product_fusion():
    random = np.random.default_rng(0)
    picture = random.dirichlet(np.ones(3), size=(4, 5))
    sound = random.dirichlet(np.ones(3))
    prior = np.array([0.7, 0.2, 0.1])
    fused = fusion.product([picture, fusion.over_pixels(sound, (4, 5))], prior=prior)
    unary = sound_guided_unary(picture, sound, prior=prior, floor=1e-12)
    np.testing.assert_allclose(np.exp(-unary), fused, atol=1e-9)


def test_a_silent_witness_changes_nothing():
    picture = np.random.default_rng(1).dirichlet(np.ones(3), size=(3, 3))
    prior = np.array([0.5, 0.3, 0.2])
    np.testing.assert_allclose(
        sound_guided_unary(picture, prior, prior=prior), unary_from(picture), atol=1e-9
    )


def test_colour_costs_are_added_with_their_weight():
    picture = np.full((1, 2, 2), 0.5)
    colour = np.array([[[0.0, 3.0], [1.0, 0.0]]])
    plain = sound_guided_unary(picture, [0.5, 0.5])
    both = sound_guided_unary(picture, [0.5, 0.5], colour=colour, colour_weight=2.0)
    np.testing.assert_allclose(both - plain, 2 * colour)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"sound": [0.2, 0.3, 0.5]}, r"sound \(K,\) or \(H, W, K\), got \(1, 2, 2\) and \(3,\)"),
        ({"prior": [1.0, 0.0]}, "prior must be 2 positive numbers"),
        ({"prior": [1.0]}, "prior must be 2 positive numbers"),
        ({"colour": np.zeros((2, 2))}, r"colour must have the shape \(1, 2, 2\)"),
        ({"colour": np.zeros((1, 2, 2)), "colour_weight": -1}, "must be a finite number >= 0, got -1"),
    ],
)
def test_sound_guided_unary_refuses(options, text):
    with pytest.raises(ValueError, match=text):
        sound_guided_unary(**{"picture": np.full((1, 2, 2), 0.5), "sound": [0.5, 0.5], **options})


def slow_icm(unary, smoothness, weights_of, sweeps):
    """Chessboard ICM with 4 neighbours, one pixel at a time."""
    height, width, classes = unary.shape
    labels = unary.argmin(-1)
    for _ in range(sweeps):
        for colour in (0, 1):
            for r, c in itertools.product(range(height), range(width)):
                if (r + c) % 2 != colour:
                    continue
                cost = unary[r, c].copy()
                for dr, dc in ((0, 1), (1, 0), (0, -1), (-1, 0)):
                    if 0 <= r + dr < height and 0 <= c + dc < width:
                        cost += smoothness * (np.arange(classes) != labels[r + dr, c + dc])
                if cost.min() < cost[labels[r, c]]:
                    labels[r, c] = cost.argmin()
    return labels


def test_icm_equals_a_slow_loop():
    for seed in range(20):
        unary = np.random.default_rng(seed).normal(size=(6, 7, 3))
        np.testing.assert_array_equal(icm(unary, smoothness=0.7, sweeps=30), slow_icm(unary, 0.7, None, 30))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0, 5), st.sampled_from([4, 8]), st.integers(2, 4))
def test_icm_never_raises_the_energy_and_stops_at_a_local_minimum(seed, smoothness, neighbours, classes):
    random = np.random.default_rng(seed)
    unary, image = random.normal(size=(5, 4, classes)), random.random((5, 4, 3))
    labels, energies = icm(
        unary, image, smoothness=smoothness, neighbours=neighbours, sweeps=200, return_energies=True
    )
    assert all(later <= earlier + 1e-9 for earlier, later in itertools.pairwise(energies))
    assert energies[-1] == pytest.approx(
        energy(labels, unary, image, smoothness=smoothness, neighbours=neighbours), abs=1e-9
    )
    for pixel in np.ndindex(5, 4):
        for label in range(classes):
            moved = labels.copy()
            moved[pixel] = label
            other = energy(moved, unary, image, smoothness=smoothness, neighbours=neighbours)
            assert other >= energies[-1] - 1e-9


def test_icm_without_smoothness_is_pixelwise():
    p = np.random.default_rng(2).dirichlet(np.ones(3), size=(6, 6))
    np.testing.assert_array_equal(icm(unary_from(p), smoothness=0), pixelwise(p))


def test_icm_sticks_where_a_cut_does_not():
    # A 2 x 2 block that is slightly wrong: no single pixel gains by leaving it.
    unary = np.zeros((6, 6, 2))
    unary[..., 1] = 1.0
    unary[2:4, 2:4] = [1.0, 0.0]
    stuck = icm(unary, smoothness=0.9)
    assert stuck.sum() == 4
    assert energy(stuck, unary, smoothness=0.9) > energy(np.zeros((6, 6), int), unary, smoothness=0.9)


def test_icm_keeps_seeds_and_takes_a_start():
    unary = np.zeros((3, 3, 2))
    unary[..., 1] = 1.0
    seeds = np.full((3, 3), -1)
    seeds[0, 0] = 1
    assert icm(unary, smoothness=5.0, seeds=seeds)[0, 0] == 1
    assert icm(unary, smoothness=5.0, start=np.ones((3, 3), int)).all()


def test_a_start_need_not_keep_to_the_seeds():
    seeds = np.array([[1, -1], [-1, -1]])
    labels, energies = icm(
        np.zeros((2, 2, 2)), seeds=seeds, start=np.zeros((2, 2), int), smoothness=1.0, return_energies=True
    )
    assert labels[0, 0] == 1
    assert all(after <= before for before, after in pairwise(energies))
    assert energies[-1] == energies[-2]


def test_icm_refuses_sweeps_that_are_none():
    with pytest.raises(ValueError, match="sweeps must be 0 or more, got -1: leave it out for 50"):
        icm(np.zeros((2, 2, 2)), sweeps=-1)
    with pytest.raises(TypeError, match="integer"):
        icm(np.zeros((2, 2, 2)), sweeps=2.5)


def test_icm_with_no_sweeps_returns_the_start():
    start = np.array([[0, 1], [1, 0]])
    np.testing.assert_array_equal(icm(np.zeros((2, 2, 2)), smoothness=1, start=start, sweeps=0), start)


@pytest.mark.parametrize("neighbours", [4, 8])
def test_brute_force_equals_a_loop_over_all_labellings(neighbours):
    for seed in range(10):
        random = np.random.default_rng(seed)
        unary, image = random.normal(size=(2, 3, 3)), random.random((2, 3))
        options = {"smoothness": 0.8, "neighbours": neighbours}
        every = (np.reshape(choice, (2, 3)) for choice in itertools.product(range(3), repeat=6))
        best = min(every, key=lambda labels: energy(labels, unary, image, **options))
        np.testing.assert_array_equal(brute_force(unary, image, **options), best)


def test_brute_force_respects_seeds_and_resolves_ties_to_the_lowest():
    seeds = np.array([[-1, 1]])
    np.testing.assert_array_equal(brute_force(np.zeros((1, 2, 2)), seeds=seeds), [[1, 1]])
    np.testing.assert_array_equal(brute_force(np.zeros((2, 2, 3))), np.zeros((2, 2)))


def test_brute_force_refuses_large_pictures():
    with pytest.raises(ValueError, match=r"at most 1048576 labellings, got 2 \*\* 25: crop the picture"):
        brute_force(np.zeros((5, 5, 2)))


@pytest.mark.parametrize("minimise", [icm, brute_force])
def test_the_minimisers_refuse_what_the_energy_refuses(minimise):
    with pytest.raises(ValueError, match="K >= 2"):
        minimise(np.zeros((2, 2, 1)))
    with pytest.raises(ValueError, match="smoothness must be"):
        minimise(np.zeros((2, 2, 2)), smoothness=-1)
    with pytest.raises(ValueError, match=r"seeds must lie in -1 .. 1 for K = 2 labels, got 0 .. 2"):
        minimise(np.zeros((2, 2, 2)), seeds=[[0, 1], [2, 0]])
