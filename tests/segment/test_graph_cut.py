"""Graph cuts against brute force over all labellings, their laws, their rounding, their errors."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmseg_edu.segment import (
    brute_force,
    contrast_weights,
    energy,
    graph_cut,
    icm,
    min_cut,
    pixelwise,
    rounding_bound,
    unary_from,
)
from mmseg_edu.segment.min_cut import borders

SIZES = [(1, 1), (1, 7), (6, 1), (2, 2), (3, 3), (3, 4), (2, 5)]


def random_problem(seed, classes, sizes=SIZES):
    """Return unary, image and options, of mixed size, colour, neighbourhood and strength."""
    random = np.random.default_rng(seed)
    size = sizes[seed % len(sizes)]
    unary = random.normal(scale=random.choice([0.1, 1, 10]), size=(*size, classes))
    image = [None, random.random(size), random.random((*size, 3))][random.integers(3)]
    options = {
        "smoothness": float(random.choice([0.05, 0.5, 2, 20])),
        "neighbours": int(random.choice([4, 8])),
    }
    return unary, image, options


@pytest.mark.parametrize("block", range(6))
def test_two_labels_are_as_good_as_the_best_of_all_labellings(block):
    for seed in range(70 * block, 70 * (block + 1)):
        unary, image, options = random_problem(seed, 2)
        best = energy(brute_force(unary, image, **options), unary, image, **options)
        found = energy(graph_cut(unary, image, **options), unary, image, **options)
        assert found <= best + rounding_bound(unary, image, **options) + 1e-9
        # The bound is a worst case: on such grids the gap is below the eighth digit.
        assert found == pytest.approx(best, rel=1e-8, abs=1e-8)


@pytest.mark.parametrize("neighbours", [4, 8])
def test_whole_numbers_are_cut_exactly_and_ties_take_the_fewest_ones(neighbours):
    for seed in range(25):
        random = np.random.default_rng(seed)
        unary = random.integers(0, 4, size=(3, 3, 2)).astype(float)
        links = [
            (step, np.ones(w.shape), np.ones(w.shape)) for step, w in contrast_weights(None, (3, 3)).items()
        ]
        cut = min_cut(unary[..., 1] - unary[..., 0], links)
        every = [np.reshape(choice, (3, 3)) for choice in itertools.product((0, 1), repeat=9)]
        prices = np.array([energy(labels, unary, smoothness=1.0) for labels in every])
        winners = [labels for labels, price in zip(every, prices, strict=True) if price == prices.min()]
        np.testing.assert_array_equal(cut.ones, np.logical_and.reduce(winners))
        found = graph_cut(unary, smoothness=1.0, neighbours=neighbours)
        assert energy(found, unary, smoothness=1.0, neighbours=neighbours) == pytest.approx(
            energy(brute_force(unary, neighbours=neighbours), unary, smoothness=1.0, neighbours=neighbours)
        )


@pytest.mark.parametrize("classes", [3, 4])
def test_alpha_expansion_stays_within_a_factor_of_two_and_never_rises(classes):
    exact = 0
    for seed in range(100):
        unary, image, options = random_problem(
            seed, classes, [(1, 1), (1, 6), (2, 3), (3, 2), (2, 4 if classes < 4 else 3)]
        )
        unary -= unary.min()  # the factor holds for costs >= 0
        labels, energies = graph_cut(unary, image, **options, return_energies=True)
        best = energy(brute_force(unary, image, **options), unary, image, **options)
        found = energy(labels, unary, image, **options)
        assert best - 1e-9 <= found <= 2 * best + 1e-9
        assert all(later <= earlier for earlier, later in itertools.pairwise(energies))
        assert energies[-1] == pytest.approx(found)
        exact += found == pytest.approx(best)
    assert exact >= 90


def test_no_expansion_can_improve_the_result():
    for seed in range(8):
        unary, image, options = random_problem(seed, 3, [(3, 3)])
        labels = graph_cut(unary, image, **options)
        reached = energy(labels, unary, image, **options)
        for alpha in range(3):
            for takers in itertools.product((False, True), repeat=9):
                moved = np.where(np.reshape(takers, (3, 3)), alpha, labels)
                assert energy(moved, unary, image, **options) >= reached - 1e-6


def test_alpha_expansion_beats_icm_on_noise():
    unary = np.random.default_rng(0).normal(size=(24, 24, 4))
    cut, stuck = (energy(f(unary, smoothness=1.0), unary, smoothness=1.0) for f in (graph_cut, icm))
    assert cut < stuck


@pytest.mark.parametrize("classes", [2, 3])
def test_seeds_are_kept_and_the_rest_is_the_best_that_keeps_them(classes):
    for seed in range(60):
        unary, image, options = random_problem(seed, classes, [(2, 3), (3, 3), (1, 5)])
        random = np.random.default_rng(seed)
        seeds = np.where(
            random.random(unary.shape[:2]) < 0.4, random.integers(0, classes, unary.shape[:2]), -1
        )
        labels = graph_cut(unary, image, **options, seeds=seeds)
        assert (labels[seeds >= 0] == seeds[seeds >= 0]).all()
        best = brute_force(unary, image, **options, seeds=seeds)
        if classes == 2:
            assert energy(labels, unary, image, **options) == pytest.approx(
                energy(best, unary, image, **options)
            )


def test_a_seed_overrules_any_cost():
    unary = np.zeros((1, 3, 2))
    unary[..., 1] = [1e12, np.inf, 1e12]
    np.testing.assert_array_equal(graph_cut(unary, smoothness=1.0, seeds=[[-1, 1, -1]]), [[0, 1, 0]])
    np.testing.assert_array_equal(
        graph_cut(np.zeros((1, 3, 2)), smoothness=1.0, seeds=[[1, -1, -1]]), [[1, 1, 1]]
    )


def test_seeds_alone_cut_at_the_edge_of_the_picture():
    image = np.zeros((5, 8))
    image[:, 5:] = 1.0
    seeds = np.full((5, 8), -1)
    seeds[2, 0], seeds[2, 7] = 0, 1
    labels = graph_cut(np.zeros((5, 8, 2)), image, smoothness=1.0, seeds=seeds)
    np.testing.assert_array_equal(labels, image.astype(int))


def test_forbidden_labels_are_not_used():
    unary = np.random.default_rng(0).normal(size=(6, 6, 3))
    unary[:, :3, 2] = np.inf
    unary[4, 4] = [np.inf, np.inf, 0.0]
    labels = graph_cut(unary, smoothness=3.0)
    assert np.isfinite(energy(labels, unary, smoothness=3.0))
    assert labels[4, 4] == 2
    assert not (labels[:, :3] == 2).any()


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_without_smoothness_it_is_pixelwise(classes):
    p = np.random.default_rng(classes).dirichlet(np.ones(classes), size=(9, 8))
    np.testing.assert_array_equal(graph_cut(unary_from(p), smoothness=0.0), pixelwise(p))


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("smoothness", [1e3, 1e6, 1e12, 1e100])
def test_with_much_smoothness_one_label_takes_all(classes, smoothness):
    for seed in range(5):
        unary = np.random.default_rng(seed).normal(size=(8, 9, classes))
        labels = graph_cut(unary, smoothness=smoothness)
        assert labels.min() == labels.max() == unary.sum(axis=(0, 1)).argmin()


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0, 5), st.sampled_from([4, 8]))
def test_the_optimum_is_the_same_for_flipped_and_transposed_pictures(seed, smoothness, neighbours):
    random = np.random.default_rng(seed)
    unary, image = random.normal(size=(6, 5, 2)), random.random((6, 5, 3))

    def reached(turn):
        labels = graph_cut(turn(unary), turn(image), smoothness=smoothness, neighbours=neighbours)
        return energy(labels, turn(unary), turn(image), smoothness=smoothness, neighbours=neighbours)

    straight = reached(lambda array: array)
    for turn in (np.flipud, np.fliplr, lambda array: array.swapaxes(0, 1)):
        assert reached(turn) == pytest.approx(straight, abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.05, 3), st.floats(1.01, 4))
def test_more_smoothness_means_less_border(seed, smoothness, factor):
    unary = np.random.default_rng(seed).normal(size=(7, 7, 2))

    def border(lam):
        return energy(graph_cut(unary, smoothness=lam), unary * 0, smoothness=1.0)

    assert border(smoothness * factor) <= border(smoothness)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(-40, 40))
def test_scaling_all_costs_keeps_the_cut(seed, exponent):
    unary = np.random.default_rng(seed).normal(size=(6, 6, 2))
    np.testing.assert_array_equal(
        graph_cut(unary * 2.0**exponent, smoothness=2.0**exponent), graph_cut(unary, smoothness=1.0)
    )


def test_costs_of_any_size_are_cut_right():
    for size in (1e-200, 1e-9, 1.0, 1e9, 1e200):
        for seed in range(5):
            unary = np.random.default_rng(seed).normal(size=(3, 3, 2))
            np.testing.assert_array_equal(
                graph_cut(unary * size, smoothness=0.5 * size), brute_force(unary, smoothness=0.5)
            )


def test_tiny_and_huge_costs_side_by_side():
    # Isolated by contrast, a pixel decides alone however faint its preference is.
    image = np.array([[0.0, 1.0, 0.0]])
    unary = np.array([[[0.0, 1e9], [1e-9, 0.0], [0.0, 1e9]]])
    np.testing.assert_array_equal(graph_cut(unary, image, smoothness=1e6, beta=1e4), [[0, 1, 0]])


def cut_at(unary, smoothness, scale):
    """Cut with a given number of steps for one unit of cost."""
    weights = contrast_weights(None, unary.shape[:2])
    return min_cut(unary[..., 1] - unary[..., 0], borders(weights, smoothness), scale=scale)


@pytest.mark.parametrize("steps", [1.0, 4.0, 64.0, 2.0**20])
def test_the_rounding_bound_holds_at_coarse_scales(steps):
    gaps = []
    for seed in range(60):
        unary = np.random.default_rng(seed).normal(size=(3, 3, 2))
        labels = cut_at(unary, 0.7, steps).ones
        best = energy(brute_force(unary, smoothness=0.7), unary, smoothness=0.7)
        gaps.append(energy(labels, unary, smoothness=0.7) - best)
    assert min(gaps) >= -1e-9
    assert max(gaps) <= (9 + 12) / steps
    # Otherwise nothing was tested: a few steps for a unit are too coarse to find every optimum.
    assert (max(gaps) > 0.01) == (steps < 5)


def test_the_bound_is_small_on_real_sizes_and_zero_when_nothing_is_rounded():
    unary = np.random.default_rng(0).normal(size=(224, 224, 2))
    assert 0 < rounding_bound(unary, smoothness=1.0, neighbours=8) < 1e-11
    assert rounding_bound(unary, smoothness=0.0) == 0.0


def test_too_large_a_scale_is_an_error_and_not_a_wrong_cut():
    unary = np.random.default_rng(0).normal(size=(4, 4, 2))
    assert cut_at(unary, 1.0, 2.0**57).scale == 2.0**57
    with pytest.raises(OverflowError, match=r"at most 2\*\*57 steps, got 2.88e\+17 at scale 2.8823e\+17"):
        cut_at(unary, 1.0, 2.0**58)
    with pytest.raises(ValueError, match="scale must be a finite number > 0, got 0"):
        cut_at(unary, 1.0, 0)
    with pytest.raises(ValueError, match="scale must be a finite number > 0, got nan"):
        cut_at(unary, 0.0, np.nan)


def test_the_largest_scale_never_overflows_and_half_of_it_is_not_needed():
    for seed in range(40):
        random = np.random.default_rng(seed)
        shape = tuple(random.integers(1, 6, 2))
        links = [
            (step, random.random(w.shape) * 10 ** random.uniform(-5, 5), random.random(w.shape))
            for step, w in contrast_weights(None, shape, neighbours=8).items()
        ]
        theta = random.normal(scale=1e6, size=shape)
        cut = min_cut(theta, links)
        again = min_cut(theta, links, scale=cut.scale)
        np.testing.assert_array_equal(cut.ones, again.ones)


def test_directed_borders_are_cut_exactly():
    for seed in range(40):
        random = np.random.default_rng(seed)
        theta = random.normal(size=(3, 3))
        links = [
            (s, random.random(w.shape), random.random(w.shape))
            for s, w in contrast_weights(None, (3, 3)).items()
        ]

        def price(x, theta=theta, links=links):
            total = (theta * x).sum()
            for (down, right), forward, backward in links:
                first, second = x[: 3 - down, : 3 - right], x[down:, right:]
                total += (forward * first * (1 - second) + backward * (1 - first) * second).sum()
            return total

        best = min(price(np.reshape(x, (3, 3))) for x in itertools.product((0, 1), repeat=9))
        assert price(min_cut(theta, links).ones.astype(float)) == pytest.approx(best)


def test_many_pixels_are_refused_before_the_solver_fails():
    theta = np.broadcast_to(0.0, (2**14, 2**13))
    with pytest.raises(OverflowError, match="at most 67108864 pixels fit the solver, got 134217728"):
        min_cut(theta, [])


def test_a_flat_picture_and_no_picture_give_the_same_cut():
    unary = np.random.default_rng(0).normal(size=(8, 8, 2))
    np.testing.assert_array_equal(graph_cut(unary, np.full((8, 8, 3), 0.4)), graph_cut(unary))


def test_results_are_the_same_twice_and_the_input_is_not_touched():
    unary, image, seeds = (
        np.random.default_rng(0).normal(size=(9, 9, 3)),
        np.ones((9, 9)),
        np.full((9, 9), -1),
    )
    copies = unary.copy(), image.copy(), seeds.copy()
    first = graph_cut(unary, image, seeds=seeds)
    np.testing.assert_array_equal(first, graph_cut(unary, image, seeds=seeds))
    assert first.dtype == np.uint8
    for given_array, copy in zip((unary, image, seeds), copies, strict=True):
        np.testing.assert_array_equal(given_array, copy)


def test_a_start_is_where_expansion_begins():
    unary = np.random.default_rng(0).normal(size=(6, 6, 3))
    start = np.full((6, 6), 2)
    _, energies = graph_cut(unary, start=start, return_energies=True)
    assert energies[0] == pytest.approx(energy(start, unary, smoothness=1.0))


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"unary": np.full((2, 2, 2), np.nan)}, ValueError, "unary must not hold NaN"),
        ({"unary": np.zeros((2, 2, 1))}, ValueError, "K >= 2 labels on the last axis, got K = 1"),
        ({"unary": np.zeros((2, 0, 2))}, ValueError, "the image is empty"),
        ({"unary": np.zeros((2, 2))}, ValueError, r"unary must have shape \(H, W, K\)"),
        ({"smoothness": -0.1}, ValueError, "smoothness must be a finite number >= 0, got -0.1"),
        ({"neighbours": 5}, ValueError, "neighbours must be 4 or 8"),
        ({"image": np.zeros((3, 2))}, ValueError, "resize it with resize_image"),
        ({"seeds": [[0, 2], [0, 0]]}, ValueError, "seeds must lie in -1 .. 1"),
        ({"seeds": [[0, -2], [0, 0]]}, ValueError, "seeds must lie in -1 .. 1"),
        ({"seeds": [0, 1]}, ValueError, r"seeds must have shape \(H, W\) = \(2, 2\), got \(2,\)"),
        ({"seeds": [[0.0, 1.0], [0.0, 0.0]]}, TypeError, "seeds must be integers, got float64"),
    ],
)
def test_bad_input_is_named(options, error, text):
    given_arguments = {"unary": np.zeros((2, 2, 2)), **options}
    with pytest.raises(error, match=text):
        graph_cut(given_arguments.pop("unary"), given_arguments.pop("image", None), **given_arguments)


def test_the_bound_is_for_two_labels():
    with pytest.raises(ValueError, match="the bound holds for K = 2 labels, got K = 3"):
        rounding_bound(np.zeros((2, 2, 3)))


def test_a_border_still_counts_where_a_constant_labelling_is_free():
    # Ties: label 2 costs nothing anywhere, and the lowest of the tied labels would make a border.
    unary = np.array([[[0.0, 5.0, 0.0], [5.0, 5.0, 0.0], [0.0, 5.0, 0.0]]])
    np.testing.assert_array_equal(graph_cut(unary, smoothness=1.0), [[2, 2, 2]])
    np.testing.assert_array_equal(graph_cut(unary[..., [1, 2]], smoothness=1.0), [[1, 1, 1]])


@pytest.mark.parametrize("seed", range(6))
def test_a_label_that_is_cheapest_everywhere_wins_everywhere(seed):
    # Its costs and the least costs are the same numbers, added up in another order: rounding must not matter.
    unary = np.sort(np.random.default_rng(seed).uniform(0, 3, (12, 12, 3)), axis=-1)
    assert not graph_cut(unary, smoothness=1.0).any()
    np.testing.assert_array_equal(graph_cut(unary[..., ::-1], smoothness=1.0), np.full((12, 12), 2))
