"""The maximum flow on grids, pixel by pixel against SciPy's, against brute force, and begun anew from an old one."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, maximum_flow

from mmseg_edu.segment import DynamicCut, brute_force, energy, graph_cut, min_cut
from mmseg_edu.segment.min_cut import borders, solved
from mmseg_edu.segment.potts import contrast_weights, offsets, pair


def scipy_ones(theta, links):
    """Cut whole costs with SciPy's Dinic: what the source still reaches when no more flows."""
    source, sink = theta.size, theta.size + 1
    number = np.arange(theta.size).reshape(theta.shape)
    tail = [np.full(theta.size, source), number.ravel()]
    head = [number.ravel(), np.full(theta.size, sink)]
    capacity = [np.maximum(-theta, 0).ravel(), np.maximum(theta, 0).ravel()]
    for step, forward, backward in links:
        first, second = pair(number, step)
        tail += [first.ravel(), second.ravel()]
        head += [second.ravel(), first.ravel()]
        capacity += [forward.ravel(), backward.ravel()]
    edges = np.concatenate(capacity).astype(np.int32), (np.concatenate(tail), np.concatenate(head))
    graph = csr_array(edges, shape=(sink + 1, sink + 1))
    left = graph - maximum_flow(graph, source, sink).flow
    left.eliminate_zeros()
    reached = breadth_first_order(csr_array(left.astype(float)), source, return_predecessors=False)
    return np.isin(number, reached)


def whole_problem(seed):
    """Return whole costs: of any size, both neighbourhoods, directed, with ties, holes and fixed pixels."""
    random = np.random.default_rng(seed)
    shape = tuple(int(n) for n in random.integers(1, [2, 14, 30][seed % 3], 2))
    most = int(random.choice([1, 3, 50, 10_000]))
    theta = random.integers(-most, most + 1, shape).astype(float)
    sparse = random.random() < 0.3
    links = []
    for step in offsets(int(random.choice([4, 8]))):
        size = pair(theta, step)[0].shape
        both = [random.integers(0, int(random.choice([1, 2, most])) + 1, size).astype(float) for _ in "fb"]
        if sparse:
            both = [np.where(random.random(size) < 0.5, 0.0, one) for one in both]
        links.append((step, *both))
    return theta, links


@pytest.mark.parametrize("block", range(4))
def test_on_whole_numbers_every_pixel_is_scipys(block):
    for seed in range(100 * block, 100 * (block + 1)):
        theta, links = whole_problem(seed)
        expected = scipy_ones(theta, links)
        np.testing.assert_array_equal(min_cut(theta, links).ones, expected)
        np.testing.assert_array_equal(min_cut(theta, links, scale=1.0).ones, expected)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_on_any_whole_numbers_every_pixel_is_scipys(seed):
    theta, links = whole_problem(seed)
    np.testing.assert_array_equal(min_cut(theta, links).ones, scipy_ones(theta, links))


def test_on_a_photographs_worth_of_whole_numbers_every_pixel_is_scipys():
    random = np.random.default_rng(0)
    theta = random.integers(-300, 301, (96, 128)).astype(float)
    image = random.random((12, 16, 3)).repeat(8, 0).repeat(8, 1) + 0.05 * random.random((96, 128, 3))
    links = [(s, f.round(), b.round()) for s, f, b in borders(contrast_weights(image, neighbours=8), 200.0)]
    np.testing.assert_array_equal(min_cut(theta, links).ones, scipy_ones(theta, links))


def test_infinite_costs_fix_their_pixels():
    theta = np.array([[np.inf, -0.25, -np.inf, 0.0, 0.0]])
    links = [((0, 1), np.array([[1.0, 0.5, 9.0, 0.0]]), np.array([[1.0, 0.5, 9.0, 0.0]]))]
    # Pixel 1 would pay 1 towards its left neighbour and 0.5 towards its right one: 0.75 against 0.5.
    np.testing.assert_array_equal(min_cut(theta, links).ones, [[False, False, True, True, False]])


def test_without_borders_the_sign_decides_however_faint():
    theta = np.array([[-1e-200, 0.0, 1e-200, -1e300]])
    np.testing.assert_array_equal(min_cut(theta, []).ones, [[True, False, False, True]])
    dear = [((0, 1), np.array([[0.0, 0.0, 1e200]]), np.array([[0.0, 0.0, 1e200]]))]
    np.testing.assert_array_equal(min_cut(theta, dear).ones, [[True, False, True, True]])


@pytest.mark.parametrize("neighbours", [4, 8])
def test_no_smoothness_is_too_large(neighbours):
    unary = np.random.default_rng(0).normal(size=(5, 6, 3))
    for smoothness in (1e12, 1e300, np.finfo(float).max):
        labels = graph_cut(unary, smoothness=smoothness, neighbours=neighbours)
        assert labels.min() == labels.max() == unary.sum(axis=(0, 1)).argmin()


def test_a_difference_in_the_twelfth_digit_decides():
    # Two labellings of a chain, told apart by 2e-12 of a border: int32 capacities could not see it.
    unary = np.array([[[0.0, 9.0], [0.5, 0.5], [0.5, 0.5], [9.0, 0.0]]])
    weights = np.array([[1.0, 1.0 - 2e-12, 1.0]])
    theta = unary[..., 1] - unary[..., 0]
    np.testing.assert_array_equal(
        min_cut(theta, [((0, 1), weights, weights)]).ones, [[False, False, True, True]]
    )
    cheaper = weights[:, ::-1] + [[0.0, 4e-12, -2e-12]]
    np.testing.assert_array_equal(
        min_cut(theta, [((0, 1), cheaper, cheaper)]).ones, [[False, False, False, True]]
    )


def test_layouts_and_read_only_arrays_give_the_same_cut():
    theta, links = whole_problem(2)
    expected = min_cut(theta, links).ones
    frozen = np.asfortranarray(theta)
    frozen.flags.writeable = False
    views = [(step, np.asfortranarray(f), np.repeat(b, 2, axis=1)[:, ::2]) for step, f, b in links]
    np.testing.assert_array_equal(min_cut(frozen, views).ones, expected)


# Expansion


@pytest.mark.parametrize("block", range(3))
def test_expansion_with_forbidden_labels_and_a_start_ends_where_no_expansion_helps(block):
    for seed in range(40 * block, 40 * (block + 1)):
        random = np.random.default_rng(seed)
        unary = random.normal(scale=random.choice([0.3, 3]), size=(2, 3, 3))
        unary[random.random((2, 3)) < 0.4, random.integers(0, 3)] = np.inf
        options = {"smoothness": float(random.choice([0.3, 1, 4])), "neighbours": int(random.choice([4, 8]))}
        start = random.integers(0, 3, (2, 3)) if seed % 2 else None
        labels, energies = graph_cut(unary, start=start, return_energies=True, **options)
        reached = energy(labels, unary, **options)
        assert np.isfinite(reached)
        assert energies[-1] == pytest.approx(reached)
        assert all(later <= earlier for earlier, later in itertools.pairwise(energies))
        assert reached >= energy(brute_force(unary, **options), unary, **options) - 1e-9
        for alpha, takers in itertools.product(range(3), itertools.product((False, True), repeat=6)):
            moved = np.where(np.reshape(takers, (2, 3)), alpha, labels)
            assert energy(moved, unary, **options) >= reached - 1e-9


def test_expansion_stops_after_its_cycles():
    unary = np.random.default_rng(3).normal(size=(12, 12, 4))
    _, energies = graph_cut(unary, smoothness=1.0, cycles=1, return_energies=True)
    assert len(energies) == 1 + 4
    quiet = graph_cut(unary, smoothness=1.0, cycles=1)
    assert energy(quiet, unary, smoothness=1.0) == pytest.approx(energies[-1])


def test_costs_of_many_sizes_are_expanded_right():
    # A cost of 1e200 says no more than "not this label", and drowns nothing.
    unary = np.random.default_rng(1).normal(size=(4, 4, 3))
    unary -= unary.min()
    dear = np.where(np.random.default_rng(2).random((4, 4, 3)) < 0.2, 1e200, unary)
    np.testing.assert_array_equal(
        graph_cut(dear, smoothness=0.7), graph_cut(np.where(dear > 1e100, np.inf, dear), smoothness=0.7)
    )


# Warm starts


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_a_warm_cut_has_the_labels_of_a_cold_one(seed):
    random = np.random.default_rng(seed)
    shape = tuple(int(n) for n in random.integers(1, 12, 2))
    neighbours = int(random.choice([4, 8]))
    image = random.random((*shape, 3)) if random.random() < 0.7 else None
    unary = random.normal(size=(*shape, 2)).round(int(random.integers(0, 4)))
    seeds = np.full(shape, -1)
    cut = DynamicCut(image, shape=shape, neighbours=neighbours)
    for _ in range(5):
        smoothness = float(random.choice([0.0, 1e-9, 0.3, 1.0, 2.0, 50.0, 1e12]))
        if random.random() < 0.5:
            seeds[tuple(random.integers(0, shape))] = random.integers(-1, 2)
        if random.random() < 0.3:
            unary = unary + random.normal(scale=0.1, size=unary.shape)
        cold = graph_cut(unary, image, smoothness=smoothness, neighbours=neighbours, seeds=seeds)
        np.testing.assert_array_equal(cut(unary, smoothness=smoothness, seeds=seeds), cold)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_any_earlier_flow_of_the_same_grid_will_do(seed, other):
    theta, links = whole_problem(seed)
    random = np.random.default_rng(other)
    scales = 2.0 ** random.integers(-20, 20, 2)
    before = [(step, 9 * random.random(f.shape), 9 * random.random(b.shape)) for step, f, b in links]
    _, flow = solved(random.normal(size=theta.shape), before, scales[0], keep=True)
    warm, _ = solved(theta, links, earlier=flow)
    np.testing.assert_array_equal(warm.ones, scipy_ones(theta, links))


def test_an_unchanged_problem_has_nothing_left_to_flow():
    from mmseg_edu.segment import grid_flow
    from mmseg_edu.segment.min_cut import _problem

    theta, links = whole_problem(5)
    most = float(max(max(f.max(), b.max()) for _, f, b in links))
    _, flow = solved(theta, links, keep=True)
    cap, excess, steps, scale = _problem(theta, links, most, None)
    grid_flow.carry_flow(cap, excess, steps, flow.moved, scale / flow.scale)
    before = cap.copy()
    grid_flow.max_flow(cap, excess, steps)
    np.testing.assert_array_equal(cap, before)


def test_a_dynamic_cut_is_for_one_picture_and_two_labels():
    cut = DynamicCut(np.zeros((3, 4)))
    with pytest.raises(ValueError, match=r"\(H, W, 2\) = \(3, 4, 2\) to match the picture, got \(3, 3, 2\)"):
        cut(np.zeros((3, 3, 2)))
    with pytest.raises(ValueError, match="use graph_cut for more labels"):
        cut(np.zeros((3, 4, 3)))
    with pytest.raises(ValueError, match="smoothness must be a finite number >= 0"):
        cut(np.zeros((3, 4, 2)), smoothness=-1.0)
    with pytest.raises(ValueError, match="shape must be given when there is no image"):
        DynamicCut()
