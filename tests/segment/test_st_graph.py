"""The spelled-out s-t graph: its cut is the energy, its flow is a flow, and both are equal."""

import networkx as nx
import numpy as np
import pytest

from mmseg_edu.segment import brute_force, energy, graph_cut, st_graph


def problem(seed, size=(3, 3)):
    random = np.random.default_rng(seed)
    return random.random((*size, 2)) * 3, random.random(size)


@pytest.mark.parametrize("neighbours", [4, 8])
def test_the_cut_is_the_energy_and_the_best_there_is(neighbours):
    for seed in range(20):
        unary, image = problem(seed)
        options = {"smoothness": 0.8, "neighbours": neighbours}
        graph = st_graph(unary, image, **options)
        best = energy(brute_force(unary, image, **options), unary, image, **options)
        assert graph.value == pytest.approx(best)
        assert energy(graph.labels, unary, image, **options) == pytest.approx(graph.value + graph.constant)
        np.testing.assert_array_equal(graph.labels, graph_cut(unary, image, **options))


def test_negative_costs_are_shifted_and_the_shift_is_told():
    unary, image = problem(1)
    graph = st_graph(unary - 2, image, smoothness=0.5)
    assert graph.constant < 0
    assert (graph.capacity > 0).all()
    reached = energy(graph.labels, unary - 2, image, smoothness=0.5)
    assert reached == pytest.approx(graph.value + graph.constant)


def test_the_flow_is_a_maximum_flow():
    for seed in range(10):
        unary, image = problem(seed, (2, 4))
        graph = st_graph(unary, image, smoothness=0.8)
        assert (graph.flow >= 0).all()
        assert (graph.flow <= graph.capacity + 1e-6).all()
        balance = np.zeros(len(graph.nodes))
        np.add.at(balance, graph.tail, graph.flow)
        np.subtract.at(balance, graph.head, graph.flow)
        np.testing.assert_allclose(balance[: graph.source], 0, atol=1e-6)
        assert balance[graph.source] == pytest.approx(graph.value)
        assert -balance[graph.sink] == pytest.approx(graph.value)
        np.testing.assert_allclose(graph.flow[graph.cut], graph.capacity[graph.cut], atol=1e-6)


def test_networkx_finds_the_same_minimum_cut():
    for seed in range(10):
        unary, image = problem(seed)
        graph = st_graph(unary, image, smoothness=0.8, neighbours=8)
        peer = nx.DiGraph()
        peer.add_nodes_from(range(len(graph.nodes)))
        edges = zip(graph.tail.tolist(), graph.head.tolist(), graph.capacity.tolist(), strict=True)
        peer.add_weighted_edges_from(edges, weight="capacity")
        assert nx.minimum_cut_value(peer, graph.source, graph.sink) == pytest.approx(graph.value)


def test_the_cut_separates_the_terminals():
    graph = st_graph(*problem(3), smoothness=0.5)
    reached = {graph.source}
    for _ in graph.nodes:
        reached |= {
            int(head)
            for tail, head, cut in zip(graph.tail, graph.head, graph.cut, strict=True)
            if tail in reached and not cut
        }
    assert graph.sink not in reached
    assert reached - {graph.source} == set(np.flatnonzero(graph.labels.ravel()))


def test_nodes_and_edges_by_hand():
    unary = np.array([[[1.0, 2.0], [3.0, 4.0]]])
    graph = st_graph(unary, smoothness=0.5)
    named = {
        (graph.nodes[t], graph.nodes[h]): c
        for t, h, c in zip(graph.tail, graph.head, graph.capacity, strict=True)
    }
    assert graph.nodes == ("0,0", "0,1", "s", "t")
    assert named == {
        ("s", "0,0"): 1.0,
        ("s", "0,1"): 3.0,
        ("0,0", "t"): 2.0,
        ("0,1", "t"): 4.0,
        ("0,0", "0,1"): 0.5,
        ("0,1", "0,0"): 0.5,
    }
    assert graph.value == 4.0


def test_a_seed_is_tied_with_more_than_its_neighbours_can_pay():
    unary, image = problem(0)
    seeds = np.full((3, 3), -1)
    seeds[1, 1], seeds[0, 0] = 1, 0
    graph = st_graph(unary, image, smoothness=2.0, seeds=seeds)
    assert graph.labels[1, 1] == 1
    assert graph.labels[0, 0] == 0
    np.testing.assert_array_equal(graph.labels, graph_cut(unary, image, smoothness=2.0, seeds=seeds))
    strength = np.zeros(len(graph.nodes))
    between = (graph.tail < graph.source) & (graph.head < graph.source)
    np.add.at(strength, graph.tail[between], graph.capacity[between])
    tie = graph.capacity[(graph.tail == graph.source) & (graph.head == 4)]
    np.testing.assert_allclose(tie, 1 + strength.max())


@pytest.mark.parametrize("neighbours", [4, 8])
def test_value_and_constant_are_the_energy_also_with_seeds_and_negative_costs(neighbours):
    for seed in range(20):
        unary, image = problem(seed)
        unary -= 1.5
        seeds = np.random.default_rng(seed).integers(-1, 2, (3, 3))
        options = {"smoothness": 0.8, "neighbours": neighbours}
        graph = st_graph(unary, image, **options, seeds=seeds)
        reached = energy(graph.labels, unary, image, **options)
        assert reached == pytest.approx(graph.value + graph.constant)
        assert (graph.labels[seeds >= 0] == seeds[seeds >= 0]).all()


def test_a_graph_without_borders_or_costs():
    graph = st_graph(np.zeros((2, 2, 2)), smoothness=0.0)
    assert graph.capacity.size == 0
    assert graph.value == 0.0
    assert not graph.labels.any()


@pytest.mark.parametrize(
    ("unary", "text"),
    [
        (np.zeros((2, 2, 3)), r"K = 2 labels on at most 256 pixels, got shape \(2, 2, 3\)"),
        (np.zeros((20, 20, 2)), "crop the picture, or use graph_cut"),
        (np.array([[[0.0, np.inf]]]), "with inf"),
        (np.full((1, 1, 2), np.nan), "unary must not hold NaN"),
    ],
)
def test_bad_input_is_named(unary, text):
    with pytest.raises(ValueError, match=text):
        st_graph(unary)


def test_rounding_stays_below_what_the_attributes_say():
    for seed in range(40):
        unary, image = problem(seed, (4, 5))
        graph = st_graph(unary * 10.0 ** (seed % 4), image, smoothness=0.8)
        step = 1e-9 * graph.capacity.max()
        assert (graph.flow - graph.capacity).max() <= step
        leaves = graph.tail == graph.source
        assert abs(graph.flow[leaves].sum() - graph.value) <= step * len(graph.tail)
