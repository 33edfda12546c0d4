"""The Potts energy against slow loops and hand-worked numbers; its weights and its symmetries."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmseg_edu.segment import contrast_beta, contrast_weights, energy, graph_cut
from mmseg_edu.segment.potts import offsets, pair


def slow_energy(labels, unary, image, smoothness, beta, neighbours):
    """Add the energy up pixel by pixel, looking at all neighbours and halving."""
    height, width, _ = unary.shape
    steps = [(0, 1), (1, 0), (0, -1), (-1, 0)]
    if neighbours == 8:
        steps += [(1, 1), (1, -1), (-1, 1), (-1, -1)]
    pairs = [
        ((r, c), (r + dr, c + dc))
        for r in range(height)
        for c in range(width)
        for dr, dc in steps
        if 0 <= r + dr < height and 0 <= c + dc < width
    ]
    contrast = {(p, q): float(np.sum((image[p] - image[q]) ** 2)) for p, q in pairs}
    if beta is None:
        mean = np.mean(list(contrast.values())) if pairs else 0.0
        beta = 1 / (2 * mean) if mean > 0 else 0.0
    total = sum(unary[r, c, labels[r, c]] for r in range(height) for c in range(width))
    for p, q in pairs:
        if labels[p] != labels[q]:
            distance = np.hypot(p[0] - q[0], p[1] - q[1])
            total += 0.5 * smoothness * np.exp(-beta * contrast[p, q]) / distance
    return total


@pytest.mark.parametrize("neighbours", [4, 8])
@pytest.mark.parametrize("beta", [None, 0.0, 3.0])
@pytest.mark.parametrize("channels", [(), (3,)])
@pytest.mark.parametrize("size", [(1, 1), (1, 5), (5, 1), (4, 3), (2, 2)])
def test_energy_equals_a_slow_loop(neighbours, beta, channels, size):
    random = np.random.default_rng(0)
    for _ in range(5):
        labels = random.integers(0, 3, size)
        unary = random.normal(size=(*size, 3))
        image = random.random((*size, *channels))
        expected = slow_energy(labels, unary, image, 1.7, beta, neighbours)
        found = energy(labels, unary, image, smoothness=1.7, beta=beta, neighbours=neighbours)
        assert found == pytest.approx(expected)


def test_energy_by_hand():
    # A lone 1 in the middle of a 3 x 3 picture: 4 sides, and 4 diagonals at 1 / sqrt(2).
    labels = np.zeros((3, 3), int)
    labels[1, 1] = 1
    unary = np.zeros((3, 3, 2))
    assert energy(labels, unary, smoothness=2.0) == 8.0
    assert energy(labels, unary, smoothness=2.0, neighbours=8) == pytest.approx(8 + 8 / np.sqrt(2))


def test_energy_of_a_forbidden_label_is_infinite():
    unary = np.array([[[0.0, np.inf]]])
    assert energy(np.array([[1]]), unary, smoothness=1.0) == np.inf
    assert energy(np.array([[0]]), unary, smoothness=1.0) == 0.0


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 5),
    st.integers(1, 5),
    st.integers(2, 4),
    st.sampled_from([4, 8]),
)
def test_energy_is_the_same_for_flipped_and_transposed_pictures(seed, height, width, classes, neighbours):
    random = np.random.default_rng(seed)
    labels = random.integers(0, classes, (height, width))
    unary = random.normal(size=(height, width, classes))
    image = random.random((height, width, 3))

    def at(turn):
        return energy(turn(labels), turn(unary), turn(image), smoothness=1.3, neighbours=neighbours)

    straight = at(lambda array: array)
    for turn in (np.flipud, np.fliplr, np.rot90, lambda array: array.swapaxes(0, 1)):
        assert at(turn) == pytest.approx(straight)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(1e-3, 1e3), st.sampled_from([4, 8]))
def test_estimated_beta_makes_the_weights_independent_of_the_pictures_scale(seed, factor, neighbours):
    image = np.random.default_rng(seed).random((4, 5, 3))
    small = contrast_weights(image, neighbours=neighbours)
    large = contrast_weights(image * factor + 7, neighbours=neighbours)
    for step, weights in small.items():
        np.testing.assert_allclose(large[step], weights, rtol=1e-6)


def test_renaming_the_labels_keeps_the_energy():
    random = np.random.default_rng(3)
    labels, unary = random.integers(0, 3, (4, 4)), random.normal(size=(4, 4, 3))
    order = np.array([2, 0, 1])
    renamed = np.argsort(order)[labels]
    assert energy(renamed, unary[..., order], smoothness=1.0) == pytest.approx(
        energy(labels, unary, smoothness=1.0)
    )


def test_the_border_cost_is_submodular():
    for first, second in ((0, 1), (1, 0)):
        unary = np.zeros((1, 2, 2))
        same = energy([[0, 0]], unary, smoothness=1.0) + energy([[1, 1]], unary, smoothness=1.0)
        mixed = energy([[first, second]], unary, smoothness=1.0) + energy(
            [[second, first]], unary, smoothness=1.0
        )
        assert same <= mixed


def test_beta_by_hand_and_for_flat_pictures():
    image = np.array([[0.0, 1.0], [0.0, 1.0]])
    assert contrast_beta(image) == 1.0  # squares 1, 1, 0, 0: mean 1/2
    assert contrast_beta(image, neighbours=8) == pytest.approx(1 / (2 * 4 / 6))  # both diagonals differ too
    assert contrast_beta(np.full((4, 4), 0.3)) == 0.0
    assert contrast_beta(np.zeros((1, 1, 3))) == 0.0
    assert contrast_beta(np.array([[0.0, 1e-200]])) == 0.0


def test_weights_of_a_flat_picture_are_those_of_no_picture():
    flat = contrast_weights(np.full((3, 4, 3), 0.5), neighbours=8)
    plain = contrast_weights(None, (3, 4), neighbours=8)
    for step, weights in plain.items():
        np.testing.assert_array_equal(flat[step], weights)
    np.testing.assert_allclose(plain[1, 1], 1 / np.sqrt(2))


def test_weights_lie_between_their_limits():
    image = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 1.0, 1.0]])
    for step, weights in contrast_weights(image, beta=744.0, neighbours=8).items():
        assert set(np.sign(weights).ravel()) == {1.0}
        assert weights.max() == 1 / np.hypot(*step)
    for weights in contrast_weights(image, beta=746.0, neighbours=8).values():
        assert weights.min() == 0.0


def test_a_pair_of_mean_contrast_weighs_the_root_of_one_over_e():
    # Squared contrasts 0, 4 and 2: the mean is 2.
    weights = contrast_weights(np.array([[0.0, 0.0, 2.0, 2.0 + np.sqrt(2)]]))[0, 1]
    assert weights[0, 2] == pytest.approx(np.exp(-0.5))


def test_rewarded_disagreement_is_cut_on_a_chessboard():
    random = np.random.default_rng(0)
    black = np.indices((3, 3)).sum(axis=0) % 2 == 1
    every = [np.reshape(bits, (3, 3)) for bits in np.ndindex(*[2] * 9)]
    for _ in range(10):
        unary, reward = random.normal(size=(3, 3, 2)), random.uniform(0, 2)
        bills = [np.take_along_axis(unary, x[..., None], -1).sum() - reward * borders(x) for x in every]
        swapped = graph_cut(np.where(black[..., None], unary[..., ::-1], unary), smoothness=reward)
        np.testing.assert_array_equal(swapped ^ black, every[int(np.argmin(bills))])


def borders(labels):
    return (labels[1:] != labels[:-1]).sum() + (labels[:, 1:] != labels[:, :-1]).sum()


@pytest.mark.parametrize("neighbours", [4, 8])
def test_every_pair_appears_once(neighbours):
    number = np.arange(12).reshape(3, 4)
    met = [
        tuple(sorted(both))
        for step in offsets(neighbours)
        for both in zip(*map(np.ravel, pair(number, step)), strict=True)
    ]
    expected = {
        (p, q)
        for p in range(12)
        for q in range(p + 1, 12)
        if max(abs(p // 4 - q // 4), abs(p % 4 - q % 4)) == 1
        and (neighbours == 8 or abs(p // 4 - q // 4) + abs(p % 4 - q % 4) == 1)
    }
    assert sorted(met) == sorted(expected)


UNARY = np.zeros((2, 3, 2))


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"smoothness": -1.0}, "smoothness must be a finite number >= 0, got -1.0"),
        ({"smoothness": np.nan}, "smoothness must be a finite number >= 0"),
        ({"smoothness": np.inf}, "smoothness must be a finite number >= 0"),
        ({"smoothness": 1.0, "neighbours": 6}, "neighbours must be 4 or 8, got 6"),
        ({"smoothness": 1.0, "beta": 1.0}, "needs an image to measure contrast in"),
        (
            {"smoothness": 1.0, "beta": -1.0, "image": np.zeros((2, 3))},
            "beta must be a finite number >= 0, got -1.0",
        ),
        (
            {"smoothness": 1.0, "image": np.zeros((3, 3))},
            r"\(H, W\) = \(2, 3\) to match the costs, got \(3, 3\)",
        ),
        ({"smoothness": 1.0, "image": np.full((2, 3), np.nan)}, "image must be finite"),
        (
            {"smoothness": 1.0, "image": np.zeros(6)},
            r"image must have shape \(H, W\) or \(H, W, C\), got \(6,\)",
        ),
        ({"smoothness": 1.0, "labels": np.zeros((3, 2), int)}, r"labels must have shape \(H, W\) = \(2, 3\)"),
        (
            {"smoothness": 1.0, "labels": np.full((2, 3), 2)},
            r"labels must lie in 0 .. 1 for K = 2 labels, got 2 .. 2",
        ),
        ({"smoothness": 1.0, "unary": np.full((2, 3, 2), np.nan)}, "unary must not hold NaN"),
        ({"smoothness": 1.0, "unary": np.full((2, 3, 2), -np.inf)}, "unary must not hold NaN or -inf"),
        (
            {"smoothness": 1.0, "unary": np.full((2, 3, 2), np.inf)},
            "leave every pixel a label of finite cost",
        ),
        (
            {"smoothness": 1.0, "unary": np.zeros((2, 3, 1))},
            "must have K >= 2 labels on the last axis, got K = 1",
        ),
        ({"smoothness": 1.0, "unary": np.zeros((2, 3, 257))}, "must have K <= 256 labels, got K = 257"),
        ({"smoothness": 1.0, "unary": np.zeros((2, 3))}, r"unary must have shape \(H, W, K\), got \(2, 3\)"),
        ({"smoothness": 1.0, "unary": np.zeros((0, 3, 2))}, "the image is empty"),
    ],
)
def test_bad_input_is_named(options, text):
    given = {"labels": np.zeros((2, 3), int), "unary": UNARY, **options}
    with pytest.raises(ValueError, match=text):
        energy(given.pop("labels"), given.pop("unary"), given.pop("image", None), **given)


def test_labels_must_be_integers():
    with pytest.raises(TypeError, match="labels must be integers, got float64"):
        energy(np.zeros((2, 3)), UNARY, smoothness=1.0)


def test_weights_without_a_picture_need_a_shape():
    with pytest.raises(ValueError, match="shape must be given when there is no image"):
        contrast_weights(None)


def test_beta_of_an_empty_picture():
    with pytest.raises(ValueError, match="image must hold at least one pixel"):
        contrast_beta(np.zeros((0, 4)))
