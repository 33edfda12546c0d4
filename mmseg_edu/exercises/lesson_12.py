"""The exercises of lesson 12: what is the cheapest border?"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np

from mmseg_edu.exercises.expect import (
    Answer,
    AnswerError,
    Finding,
    expect_close,
    expect_kept,
    expect_like,
    expect_range,
    expect_shape,
    spell,
    together,
)
from mmseg_edu.segment import graph_cut

UNTESTED = {
    "1": "speed; contrast, eight neighbours, labels that are forbidden",
    "2": "speed; more than one row",
    "3": "speed; capacities so different that their sums are rounded",
    "4": "speed; contrast; labellings that tie",
}


def exercise_1(answer: Answer) -> Iterator[Finding]:
    """`my_energy(labels, unary, smoothness)`: pixels' costs plus the price of all borders."""
    unary = np.array([[[0.5, 2.0], [3.0, 0.25]]])
    labels = np.array([[0, 1]])
    what = "two pixels side by side, labels 0 and 1, smoothness 1.5"
    bill = answer(labels, unary, 1.5)
    yield expect_shape(bill, (), what, "The energy is one number: the whole bill.")
    yield expect_close(
        bill,
        2.25,
        f"{what}: 0.5 + 0.25 + 1.5",
        "Each pixel pays for its own label, then each pair of unlike neighbours pays for a border.",
        slips=[
            (
                3.75,
                "The border was paid twice: from both sides, or round the edge by index -1 or np.roll.\n"
                "A pair counts once: look right and down only.",
            ),
            (0.75, "Only the pixels have paid. What does a pair of unlike neighbours cost?"),
            (1.75, "The border costs 1 here. It should cost the smoothness."),
            (
                7.25,
                "All costs were added up. A pixel pays for its own label only: unary[row, column, label].",
            ),
            (6.5, "The pixels have paid for the label that they did not get."),
        ],
    )
    yield expect_kept(answer, what)
    yield expect_close(
        answer(np.array([[0, 0]]), unary, 1.5),
        3.5,
        "the same two pixels, both with label 0: no border",
        "Neighbours that agree pay nothing for a border.",
        slips=[(5.0, "A border was paid between pixels that agree. Which pairs does the bracket count?")],
    )
    yield expect_close(
        answer(np.array([[0], [1]]), unary.transpose(1, 0, 2), 1.5),
        2.25,
        "the same two pixels one above the other",
        "Neighbours below each other count like neighbours side by side.",
    )
    nothing = np.zeros((2, 2, 2))
    yield expect_close(
        answer(np.eye(2, dtype=int), nothing, 1.0),
        4.0,
        "a chessboard of 2 x 2 pixels has four borders",
        "Count them on paper: two across, two down.",
        slips=[
            (
                8.0,
                "Each border was counted twice, or the picture was wrapped round: np.roll joins the edges.",
            ),
            (2.0, "Two of the four borders are missing. Are both directions counted?"),
        ],
    )
    yield expect_close(
        answer(np.array([[0, 1, 1]]), np.zeros((1, 3, 2)), 1.0),
        1.0,
        "labels 0, 1, 1: one border",
        "The last pixel is no neighbour of the first.",
        slips=[(2.0, "The last pixel was compared with the first: np.roll and index -1 wrap round.")],
    )
    yield expect_close(
        answer(np.array([[0, 2]]), np.zeros((1, 2, 3)), 1.0),
        1.0,
        "labels 0 and 2: one border, as for 0 and 1",
        "Labels are names, not amounts: unlike is unlike, however far apart the numbers are.",
    )
    yield _random_picture(answer)


def _random_picture(answer: Answer) -> Finding:
    random = np.random.default_rng(12)
    unary, labels = random.uniform(0, 3, (5, 4, 3)), random.integers(0, 3, (5, 4))
    pixels = np.take_along_axis(unary, labels[..., None], axis=-1).sum()
    borders = (labels[1:] != labels[:-1]).sum() + (labels[:, 1:] != labels[:, :-1]).sum()
    return expect_close(
        answer(labels, unary, 0.7),
        pixels + 0.7 * borders,
        "5 x 4 pixels, three labels, smoothness 0.7",
        "Are the last row and the last column included, and their neighbours?",
    )


def exercise_2(answer: Answer) -> Iterator[Finding]:
    """`row_graph(unary, weights, smoothness)`: the capacities of a row's s-t graph."""
    unary = np.array([[5.0, 1.0], [1.5, 3.0], [4.0, 0.5]])
    weights, smoothness = np.array([1.0, 0.25]), 2.0
    what = "a row of three pixels"
    given = answer(unary, weights, smoothness)
    yield together(
        f"{what}: shape (5, 5), nothing below 0",
        expect_shape(given, (5, 5), what, "Three pixels, the source and the sink: five nodes."),
        expect_range(given, 0, np.inf, what, "capacity", "A pipe cannot be narrower than nothing."),
    )
    pipes = np.asarray(given, dtype=float)
    yield expect_close(
        pipes[3, :3],
        unary[:, 0],
        f"{what}: pipes from the source are as wide as the costs of label 0",
        "Row W of the matrix holds the pipes that leave the source.",
        slips=[
            (
                unary[:, 1],
                "Changed places: a pixel that loses its pipe from s gets label 0, so that is its cost.",
            ),
            (np.zeros(3), "Row W is empty. Entry [a, b] is the pipe from a to b: is the matrix transposed?"),
            (np.floor(unary[:, 0]), "The costs lost their fractions: the matrix holds whole numbers only."),
        ],
    )
    yield expect_close(
        pipes[:3, 4],
        unary[:, 1],
        f"{what}: pipes to the sink are as wide as the costs of label 1",
        "Column W + 1 of the matrix holds the pipes that end in the sink.",
    )
    border = smoothness * weights
    yield expect_close(
        np.diagonal(pipes[:3, :3], 1),
        border,
        f"{what}: pipes to the right neighbour are as wide as a border",
        "A border between p and p + 1 costs smoothness * weights[p].",
        slips=[
            (weights, "The smoothness is missing: the price of a border is smoothness times its weight."),
            ([smoothness, smoothness], "The weights are missing: the second border is four times as cheap."),
            (border[::-1], "The weights are in reverse order: weights[0] lies between pixels 0 and 1."),
            ([0.0, 0.0], "No pipe leads to the right neighbour."),
        ],
    )
    yield expect_close(
        np.diagonal(pipes[:3, :3], -1),
        border,
        f"{what}: and the same back",
        "Water may run either way: labels 1, 0 and labels 0, 1 both have a border.",
    )
    allowed = np.zeros((5, 5), dtype=bool)
    allowed[3, :3] = allowed[:3, 4] = True
    allowed[[0, 1, 1, 2], [1, 0, 2, 1]] = True
    yield expect_close(
        pipes[~allowed],
        np.zeros(int((~allowed).sum())),
        f"{what}: no other pipes",
        "No pipe leads into the source, out of the sink, past a neighbour, or from s straight to t.",
    )
    yield expect_kept(answer, what)
    yield _every_cut_is_an_energy(answer)


def _every_cut_is_an_energy(answer: Answer) -> Finding:
    """Cut a longer row in all ways and compare with the energy."""
    random = np.random.default_rng(12)
    width, smoothness = 6, 1.3
    unary, weights = random.uniform(0, 3, (width, 2)), random.uniform(0, 1, width - 1)
    what = "a row of six pixels: each of the 64 cuts costs what its labelling costs"
    pipes = np.asarray(answer(unary, weights, smoothness), dtype=float)
    if pipes.shape != (width + 2, width + 2):
        return expect_shape(
            pipes, (width + 2, width + 2), "a row of six pixels", "Is the width fixed somewhere?"
        )
    for row in product((0, 1), repeat=width):
        labels = np.array(row)
        side = np.append(labels == 1, [True, False])
        capacity = pipes[side][:, ~side].sum()
        bill = unary[np.arange(width), labels].sum() + smoothness * weights[labels[1:] != labels[:-1]].sum()
        if not np.isclose(capacity, bill):
            return Finding(
                False,
                f"{what}: for labels {spell(labels)} expected {spell(bill)}, got {spell(capacity)}",
                "Which of the row's pipes is missing or has the wrong width?",
            )
    return Finding(True, what)


_ORDER = (
    "Return two things: the flow's value, and an array that says for each node whether s still reaches it."
)


def exercise_3(answer: Answer) -> Iterator[Finding]:
    """`my_max_flow(capacity, source, sink)`: the largest flow and the source's side of the cut."""
    yield _value(
        answer, [(0, 1, 5.0), (1, 2, 2.0)], 3, 2.0, "pipes of 5 and 2 in a row", "The narrowest decides."
    )
    yield _sides(answer, [(0, 1, 5.0), (1, 2, 2.0)], 3, [True, True, False], "pipes of 5 and 2 in a row")
    routes = [(0, 1, 2.0), (1, 3, 3.0), (0, 2, 4.0), (2, 3, 1.0)]
    yield _value(
        answer,
        routes,
        4,
        3.0,
        "two routes side by side, of 2 and 1",
        "After the first path there is another one: go on until none is left.",
    )
    yield expect_kept(answer, "two routes side by side")
    trap = [(0, 1, 1.0), (1, 2, 1.0), (2, 7, 1.0), (0, 5, 1.0), (5, 6, 1.0), (6, 2, 1.0), (1, 3, 1.0)]
    trap += [(3, 4, 1.0), (4, 7, 1.0)]
    yield _value(
        answer,
        trap,
        8,
        2.0,
        "the network of the exercise, where the shortest path blocks two longer ones",
        "The first path must be able to step back. When you push along [a, b], what becomes of [b, a]?",
    )
    # The shortest path, 0 1 2 5, runs against the pipe [2, 1], of which the others need all and one more.
    both_ways = [(0, 1, 1.0), (1, 2, 1.0), (2, 1, 5.0), (2, 5, 1.0)]
    both_ways += [(0, 3, 9.0), (3, 2, 9.0), (1, 4, 9.0), (4, 5, 9.0)]
    yield _value(
        answer,
        both_ways,
        6,
        7.0,
        "neighbours with pipes both ways, as in a picture",
        "The way back was there before: what was pushed is added to it, and does not replace it.",
    )
    yield _agrees_with_the_package(answer)
    yield _cuts_a_row(answer)


def _network(pipes: list[tuple[int, int, float]], count: int) -> np.ndarray:
    capacity = np.zeros((count, count))
    for a, b, width in pipes:
        capacity[a, b] = width
    return capacity


def _asked(answer: Answer, capacity: np.ndarray, source: int, sink: int) -> tuple[float, np.ndarray]:
    """Call the learner's function and take its two results apart."""
    given = answer(capacity, source, sink)
    if not isinstance(given, tuple) or len(given) != 2 or np.ndim(given[0]) != 0:
        number = f"{len(given)} results" if isinstance(given, tuple) else "one result"
        raise AnswerError(
            f"expected two results, a number and an array, got {number}, {spell(given)}: {_ORDER}"
        )
    reached = np.asarray(given[1])
    if reached.shape != (len(capacity),) or reached.dtype != bool:
        raise AnswerError(
            f"expected True or False for each of the {len(capacity)} nodes, got {spell(given[1])}: "
            "one entry a node, in the nodes' order"
        )
    return float(given[0]), reached


def _value(
    answer: Answer, pipes: list[tuple[int, int, float]], count: int, expected: float, what: str, hint: str
) -> Finding:
    flow, _ = _asked(answer, _network(pipes, count), 0, count - 1)
    return expect_close(flow, expected, f"{what}: the largest flow is {expected:g}", hint)


def _sides(
    answer: Answer, pipes: list[tuple[int, int, float]], count: int, expected: list[bool], what: str
) -> Finding:
    _, reached = _asked(answer, _network(pipes, count), 0, count - 1)
    return expect_close(
        reached,
        expected,
        f"{what}: the source still reaches the node before the narrow pipe",
        "Walk from s along pipes that still take water. The nodes on the way are reached, s among them.",
        slips=[
            (~np.array(expected), "Upside down: these are the nodes that the source does NOT reach."),
            (
                [True, True, True],
                "A full pipe takes no more water, so the walk ends there. Which capacities are you walking on?",
            ),
            (
                [True, False, False],
                "The first pipe is not full: it still takes 3. Reached is what s can reach.",
            ),
        ],
    )


def _agrees_with_the_package(answer: Answer) -> Finding:
    """Compare values with SciPy's, and hold each flow against its own cut."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import maximum_flow

    random = np.random.default_rng(12)
    what = "60 random networks: the flow is the largest, and equals the capacity of its own cut"
    for _ in range(60):
        count = int(random.integers(4, 9))
        quarters = random.integers(1, 20, (count, count)) * (random.random((count, count)) < 0.5)
        np.fill_diagonal(quarters, 0)
        source, sink = (int(node) for node in random.permutation(count)[:2])
        flow, reached = _asked(answer, quarters / 4, source, sink)
        best = maximum_flow(csr_array(quarters.astype(np.int32)), source, sink).flow_value / 4
        if not np.isclose(flow, best):
            return Finding(
                False,
                f"{what}: on one of {count} nodes expected {spell(best)}, got {spell(flow)}",
                "Is source always node 0, and sink the last? Is a path pushed by its narrowest pipe?",
            )
        capacity = (quarters / 4)[reached][:, ~reached].sum()
        if not (reached[source] and not reached[sink] and np.isclose(capacity, best)):
            return Finding(
                False,
                f"{what}: a flow of {spell(best)}, and a cut of {spell(capacity)}",
                "Walk once more from s at the very end, along what is left, the ways back included.",
            )
    return Finding(True, what)


def _cuts_a_row(answer: Answer) -> Finding:
    unary = np.array([[5.0, 1.0], [1.0, 3.0], [4.0, 1.0]])
    pipes = [(3, p, unary[p, 0]) for p in range(3)] + [(p, 4, unary[p, 1]) for p in range(3)]
    pipes += [(0, 1, 2.0), (1, 0, 2.0), (1, 2, 2.0), (2, 1, 2.0)]
    flow, reached = _asked(answer, _network(pipes, 5), 3, 4)
    return together(
        "the three pixels of the lesson: energy 5, labels 1, 1, 1",
        expect_close(flow, 5.0, "the three pixels of the lesson: energy 5"),
        expect_close(reached[:3], [True] * 3, "the three pixels of the lesson: labels 1, 1, 1"),
    )


def exercise_4(answer: Answer) -> Iterator[Finding]:
    """`contrary_cut(unary, reward)`: the cheapest labelling when unlike neighbours earn a reward."""
    random = np.random.default_rng(124)
    rewards = [0.2, 0.5, 0.8, 1.6, *random.uniform(0.2, 1.6, 8)]
    drawn = [(random.normal(size=(3, 3, 2)), float(reward)) for reward in rewards]
    what = "3 x 3 pixels: the labels are the cheapest of all 512"
    labels = answer(*drawn[0])
    yield expect_shape(labels, (3, 3), what, "Return one label for each pixel.")
    yield expect_range(labels, 0, 1, what, "label", "There are two labels, 0 and 1.")
    yield expect_kept(answer, what)
    hint = (
        "Swap what labels 0 and 1 cost on the black squares: which pairs of neighbours agree now?\n"
        "Swap the labels of the same squares back at the end."
    )
    for case in drawn[:4]:
        yield expect_like(answer, _contrary_by_trying, case, what, hint, slips=_CONTRARY, others=drawn[4:])
    yield expect_close(
        answer(np.array([[[0.0, 5.0], [1.0, 0.0]], [[0.0, 1.0], [4.0, 0.0]]]), 0.0),
        [[0, 1], [0, 1]],
        "reward 0: each pixel decides for itself",
        "Without a reward nothing is left but the pixels' own costs.",
    )
    for shape in ((1, 5), (5, 1), (2, 4)):
        yield expect_close(
            answer(np.zeros((*shape, 2)) + _lean(shape), 3.0),
            np.indices(shape).sum(axis=0) % 2,
            f"{shape[0]} x {shape[1]} pixels and a high reward: a chessboard",
            "A square is black where row + column is odd, on a board of any size and shape.",
        )
    yield _as_cheap_as_can_be(answer)


def _lean(shape: tuple[int, int]) -> np.ndarray:
    """Make the upper left pixel prefer 0, so that only one of the two chessboards is the cheapest."""
    costs = np.zeros((*shape, 2))
    costs[0, 0, 1] = 0.5
    return costs


def _contrary_bill(labels: np.ndarray, unary: np.ndarray, reward: float) -> float:
    pixels = np.take_along_axis(unary, labels[..., None], axis=-1).sum()
    return float(pixels - reward * ((labels[1:] != labels[:-1]).sum() + (np.diff(labels) != 0).sum()))


def _contrary_by_trying(unary: np.ndarray, reward: float) -> np.ndarray:
    every = [np.reshape(bits, unary.shape[:2]) for bits in product((0, 1), repeat=unary[..., 0].size)]
    return min(every, key=lambda labels: _contrary_bill(labels, unary, reward))


def _swapped_cut(unary: np.ndarray, reward: float, black: np.ndarray) -> np.ndarray:
    swapped = np.where(black[..., None], unary[..., ::-1], unary)
    return np.asarray(graph_cut(swapped, smoothness=reward), np.intp)


def _board(unary: np.ndarray) -> np.ndarray:
    return np.indices(unary.shape[:2]).sum(axis=0) % 2 == 1


def _stripes(unary: np.ndarray, reward: float, axis: int) -> np.ndarray:
    black = np.indices(unary.shape[:2])[axis] % 2 == 1
    return _swapped_cut(unary, reward, black) ^ black


_CONTRARY = [
    (
        lambda unary, reward: graph_cut(unary, smoothness=reward),
        "The reward was charged as the price of a border, so neighbours that agree are cheap.",
    ),
    (lambda unary, reward: unary.argmin(axis=-1), "Each pixel for itself: the reward changes nothing."),
    (
        lambda unary, reward: _swapped_cut(unary, reward, _board(unary)),
        "These are the labels of the swapped picture. Swap those of the black squares back.",
    ),
    (
        lambda unary, reward: graph_cut(unary, smoothness=reward) ^ _board(unary),
        "The costs of the black squares were not swapped, only the labels afterwards.",
    ),
    (
        lambda unary, reward: 1 - (_swapped_cut(unary, reward, _board(unary)) ^ _board(unary)),
        "Upside down: the costs of one colour were swapped, and the labels of the other.",
    ),
    (
        lambda unary, reward: _stripes(unary, reward, axis=0),
        "Every second row was swapped. Then neighbours within a row are still of one colour.",
    ),
    (
        lambda unary, reward: _stripes(unary, reward, axis=1),
        "Every second column was swapped. Then neighbours within a column are still of one colour.",
    ),
    (
        lambda unary, reward: _swapped_cut(unary, 2 * reward, _board(unary)) ^ _board(unary),
        "The reward counts double. Each pair earns it once.",
    ),
    (
        lambda unary, reward: _swapped_cut(unary, reward / 2, _board(unary)) ^ _board(unary),
        "The reward counts half. Each pair earns all of it, once.",
    ),
    (
        lambda unary, reward: _swapped_cut(unary, 1.0, _board(unary)) ^ _board(unary),
        "The reward was taken to be 1.",
    ),
    (lambda unary, reward: _board(unary), "A chessboard earns most, but the pixels' costs count too."),
]


def _as_cheap_as_can_be(answer: Answer) -> Finding:
    """Compare bills on pictures too large to try all labellings."""
    random = np.random.default_rng(125)
    what = "20 x 30 pixels: no labelling is cheaper"
    for reward in (0.2, 0.5, 1.0):
        unary = random.normal(size=(20, 30, 2))
        labels = answer(unary, reward)
        if not expect_shape(labels, (20, 30), what).right:
            return expect_shape(labels, (20, 30), what, "Is the size fixed somewhere?")
        bill = _contrary_bill(np.asarray(labels).astype(np.intp), unary, reward)
        best = _contrary_bill(_swapped_cut(unary, reward, _board(unary)) ^ _board(unary), unary, reward)
        if not np.isclose(bill, best):
            return Finding(
                False,
                f"{what}: expected a bill of {best:.2f}, got {bill:.2f}",
                "To improve pixel by pixel ends in a local optimum. A cut finds the cheapest of all.",
            )
    return Finding(True, what)
