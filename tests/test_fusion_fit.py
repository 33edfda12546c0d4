"""Fitting alpha and T: known optima, against brute force and finite differences."""

import numpy as np
import pytest
from scipy.optimize import approx_fprime, minimize

from mmseg_edu import fusion, metrics
from mmseg_edu.fusion.fit import _loss_and_slope


def noisy_experts(seed=0, pixels=400, classes=3):
    """Two experts, the second one sharper than the first, and what is true."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(classes, size=pixels)
    truth = np.eye(classes)[labels]
    scores = [strength * truth + rng.normal(size=truth.shape) for strength in (0.8, 2.0)]
    return [fusion.temperature(np.exp(s) / np.exp(s).sum(-1, keepdims=True), 1) for s in scores], labels


def log_score(p, labels):
    return np.log(p[np.arange(len(labels)), labels] / p.sum(axis=-1)).mean()


def test_the_grid_is_the_simplex():
    grid = fusion.simplex_grid(3, steps=10)
    assert grid.shape == (66, 3)
    assert len(np.unique(grid, axis=0)) == 66
    np.testing.assert_allclose(grid.sum(axis=1), 1)
    np.testing.assert_array_equal(fusion.simplex_grid(1, 5), [[1.0]])
    np.testing.assert_allclose(fusion.simplex_grid(2, 20)[:, 0], np.linspace(0, 1, 21))


def test_grid_gradient_and_scipy_find_the_same_alpha():
    p, labels = noisy_experts()
    by_grid = fusion.fit_alpha_grid(p, labels, steps=100)
    by_gradient = fusion.fit_alpha_gradient(p, labels)
    best = minimize(lambda a: -log_score(a[0] * p[0] + (1 - a[0]) * p[1], labels), [0.5], bounds=[(0, 1)]).x[
        0
    ]
    np.testing.assert_allclose(by_grid[0], best, atol=0.011)
    np.testing.assert_allclose(by_gradient[0], best, atol=0.005)
    np.testing.assert_allclose(by_gradient.sum(), 1)


def test_the_better_expert_gets_the_larger_share_and_the_grid_takes_any_score():
    p, labels = noisy_experts(pixels=400)
    shape = (20, 20)
    p, labels = [x.reshape(*shape, 3) for x in p], labels.reshape(shape)

    def miou(truth, fused):
        return metrics.mean_iou(truth, fused.argmax(-1), 3)

    alpha = fusion.fit_alpha_grid(p, labels, steps=10, score=miou)
    every = [miou(labels, fusion.weighted(p, a)) for a in fusion.simplex_grid(2, 10)]
    np.testing.assert_allclose(miou(labels, fusion.weighted(p, alpha)), max(every))
    assert alpha[1] > alpha[0]


def test_one_alpha_a_class_is_never_worse_than_one_for_all():
    rng = np.random.default_rng(3)
    labels = rng.integers(3, size=600)
    truth = np.eye(3)[labels]
    scores = [
        truth * [3, 1, 0] + rng.normal(size=truth.shape),
        truth * [0, 1, 3] + rng.normal(size=truth.shape),
    ]
    p = [np.exp(s) / np.exp(s).sum(-1, keepdims=True) for s in scores]
    shared = fusion.weighted(p, fusion.fit_alpha_gradient(p, labels))
    alpha = fusion.fit_alpha_gradient(p, labels, per_class=True)
    assert alpha.shape == (2, 3)
    np.testing.assert_allclose(alpha.sum(axis=0), 1)
    assert log_score(shared, labels) >= log_score(fusion.mean(p), labels)
    assert log_score(fusion.weighted(p, alpha), labels) >= log_score(shared, labels)


@pytest.mark.parametrize("columns", [1, 3])
def test_the_slope_is_the_derivative_of_the_loss(columns):
    p, labels = noisy_experts(pixels=30)
    values, theta = np.stack(p), np.random.default_rng(0).normal(size=(2, columns))
    _, slope = _loss_and_slope(theta, values, labels)
    numeric = approx_fprime(
        theta.ravel(), lambda t: _loss_and_slope(t.reshape(theta.shape), values, labels)[0], 1e-7
    )
    np.testing.assert_allclose(slope.ravel(), numeric, atol=1e-6)


def test_a_single_modality_gets_all_the_weight():
    p, labels = noisy_experts(pixels=20)
    np.testing.assert_allclose(fusion.fit_alpha_gradient(p[:1], labels), [1.0])
    np.testing.assert_allclose(fusion.fit_alpha_grid(p[:1], labels), [1.0])


@pytest.mark.parametrize("too_sure", [0.25, 1.0, 3.0])
def test_temperature_is_recovered_from_labels_drawn_from_the_expert(too_sure):
    rng = np.random.default_rng(0)
    honest = rng.dirichlet(np.ones(4), 20_000)
    labels = (honest.cumsum(axis=1) > rng.uniform(size=(20_000, 1))).argmax(axis=1)
    says = fusion.temperature(honest, 1 / too_sure)
    np.testing.assert_allclose(fusion.fit_temperature(says, labels), too_sure, rtol=0.05)


def test_temperature_by_hand_and_at_its_bounds():
    says = np.array([[0.9, 0.1]] * 4)
    np.testing.assert_allclose(fusion.fit_temperature(says, [0, 0, 0, 1]), np.log(9) / np.log(3), rtol=1e-4)
    assert fusion.fit_temperature(says, [0, 0, 0, 0]) == 0.05
    assert fusion.fit_temperature(says, [1, 1, 1, 1]) == 20
    assert fusion.fit_temperature(says, [0, 0, 1, 1]) == 20, "right every second time is chance"
    wide = {"low": 1e-30, "high": 1e30}
    assert fusion.fit_temperature(says, [0, 0, 0, 0], **wide) == 1e-30
    assert fusion.fit_temperature(says, [0, 0, 1, 1], **wide) == 1e30
    np.testing.assert_allclose(fusion.fit_temperature(says, [0, 0, 0, 1], **wide), np.log(9) / np.log(3))


@pytest.mark.parametrize("classes", [2, 3, 5, 7])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("right", [True, False])
def test_who_says_the_same_of_every_class_gets_the_highest_temperature(classes, dtype, right):
    labels = np.zeros(60, int) if right else np.arange(60) % classes
    says = np.full((60, classes), 1 / classes, dtype)
    says *= np.linspace(0.5, 1, 60, dtype=dtype)[:, None]  # the scale of an opinion is none of its content
    assert fusion.fit_temperature(says, labels) == 20
    says[:, 0] *= 1 + 4 * np.finfo(dtype).eps  # nor is a rounding step
    assert fusion.fit_temperature(says, labels) == 20


def test_who_puts_everything_on_the_truth_gets_the_lowest():
    assert fusion.fit_temperature(np.eye(3), [0, 1, 2]) == 0.05
    assert fusion.fit_temperature([[1.0], [1.0]], [0, 0]) == 0.05
    assert fusion.fit_temperature([[1.0, 0.0], [0.9, 0.1]], [0, 0]) == 0.05


def test_the_loss_is_convex_in_one_over_T_and_lowest_where_the_fit_says():
    rng = np.random.default_rng(3)
    p = rng.dirichlet(np.ones(4), 200)
    p[:, 3] = 0.0  # a class that nobody is of, and that the expert rules out
    labels = np.where(rng.uniform(size=200) < 0.4, p.argmax(axis=1), rng.integers(3, size=200))
    b = np.linspace(0.05, 3, 400)
    losses = np.array([-np.log(fusion.temperature(p, 1 / each)[np.arange(200), labels]).mean() for each in b])
    assert np.diff(losses, 2).min() > -1e-12
    np.testing.assert_allclose(1 / fusion.fit_temperature(p, labels), b[losses.argmin()], atol=0.01)


def test_labels_in_shares_fit_as_the_labels_that_they_count():
    rng = np.random.default_rng(5)
    p, labels = rng.dirichlet(np.ones(3), (4, 6)), rng.integers(3, size=(4, 6))
    by_labels = fusion.fit_temperature(p, labels, high=1e9)
    np.testing.assert_allclose(fusion.fit_temperature(p, np.eye(3)[labels], high=1e9), by_labels)
    crowd = np.repeat(p[0, :1], 20, axis=0)
    votes = rng.choice(3, p=p[0, 0] ** 2 / (p[0, 0] ** 2).sum(), size=20)
    shares = np.bincount(votes, minlength=3) / 20
    np.testing.assert_allclose(
        fusion.fit_temperature(p[0, :1], [shares]), fusion.fit_temperature(crowd, votes)
    )


@pytest.mark.parametrize("T", [0.25, 1.0, 3.0])
def test_shares_that_are_the_tempered_opinion_give_its_temperature(T):
    p = np.random.default_rng(6).dirichlet(np.ones(5), 30)
    p[:10, 0] = 0  # ruled out, and of no share
    np.testing.assert_allclose(fusion.fit_temperature(p, fusion.temperature(p, T)), T, rtol=1e-6)
    found = fusion.fit_temperature(p.astype(np.float32), fusion.temperature(p, T).astype(np.float32))
    np.testing.assert_allclose(found, T, rtol=1e-4)


def test_equal_shares_are_no_better_than_chance_and_one_class_for_sure_gives_the_lowest():
    p = np.random.default_rng(7).dirichlet(np.ones(4), 30)
    assert fusion.fit_temperature(p, np.full((30, 4), 0.25)) == 20
    assert fusion.fit_temperature([[1.0, 0.0]], [[1.0, 0.0]]) == 0.05
    assert fusion.fit_temperature([[0.7, 0.3]], [[1.0, 0.0]], low=0.25, high=4) == 0.25


def test_labels_drawn_at_random_are_no_better_than_chance():
    rng = np.random.default_rng(4)
    p = rng.dirichlet(np.ones(5), 20_000)
    assert fusion.fit_temperature(p, rng.integers(5, size=20_000)) == 20


def test_a_fitted_temperature_lowers_the_calibration_error():
    rng = np.random.default_rng(1)
    honest = rng.dirichlet(np.ones(3), 5_000)
    labels = (honest.cumsum(axis=1) > rng.uniform(size=(5_000, 1))).argmax(axis=1)
    says = fusion.temperature(honest, 0.3)
    cooled = fusion.temperature(says, fusion.fit_temperature(says, labels))
    before, after = (metrics.expected_calibration_error(labels, p) for p in (says, cooled))
    assert after < 0.03 < before


# What the docstrings say, at its limits


def test_the_grid_may_have_a_hundred_thousand_points_and_not_one_more():
    assert len(fusion.simplex_grid(2, 99_999)) == 100_000
    with pytest.raises(ValueError, match="would have 100001 points"):
        fusion.simplex_grid(2, 100_000)


def test_of_equal_scores_the_grid_keeps_its_first_and_none_that_is_not_finite():
    p, labels = noisy_experts(pixels=20)
    np.testing.assert_array_equal(fusion.fit_alpha_grid(p, labels, steps=4, score=lambda *_: 0.0), [0, 1])
    scores = iter([np.nan, np.inf, -5.0, -np.inf, -6.0])
    alpha = fusion.fit_alpha_grid(p, labels, steps=4, score=lambda *_: next(scores))
    np.testing.assert_array_equal(alpha, [0.5, 0.5])
    with pytest.raises(ValueError, match="no alpha of the grid has a finite score"):
        fusion.fit_alpha_grid(p, labels, steps=4, score=lambda *_: np.inf)


def test_copies_share_a_weight_in_any_way_and_keep_the_equal_one():
    (_, p), labels = noisy_experts(pixels=50)
    np.testing.assert_allclose(fusion.fit_alpha_gradient([p, p], labels), [0.5, 0.5])
    losses = [log_score(fusion.weighted([p, p], [a, 1 - a]), labels) for a in (0.0, 0.3, 1.0)]
    np.testing.assert_allclose(losses, losses[0])


def loss_at(alpha, p, labels):
    return -log_score(np.tensordot(alpha, p, axes=1), labels)


@pytest.mark.parametrize("seed", range(5))
def test_opinions_that_sum_to_one_give_a_convex_loss(seed):
    rng = np.random.default_rng(seed)
    p, labels = rng.dirichlet(np.ones(4), size=(3, 30)), rng.integers(4, size=30)
    for _ in range(50):
        a, b = rng.dirichlet(np.ones(3), size=2)
        ends = loss_at(a, p, labels) + loss_at(b, p, labels)
        assert loss_at((a + b) / 2, p, labels) <= ends / 2 + 1e-12
    best = loss_at(fusion.fit_alpha_gradient(p, labels), p, labels)
    assert all(best <= loss_at(a, p, labels) + 1e-6 for a in fusion.simplex_grid(3, 20))


def test_opinions_of_other_sums_may_have_a_hill_in_the_middle():
    """The better half of each pixel's total lies at an end: equal weights are the worst, and a standstill."""
    p, labels = np.array([[[0.5, 0.5], [0.5, 0.0]], [[0.5, 0.0], [0.5, 0.5]]]), [0, 0]
    middle, *ends = (loss_at(np.array([a, 1 - a]), p, labels) for a in (0.5, 0.0, 1.0))
    assert middle > max(ends)
    np.testing.assert_allclose(fusion.fit_alpha_gradient(p, labels), [0.5, 0.5])


@pytest.mark.parametrize("per_class", [False, True])
@pytest.mark.parametrize("rate", [1e-300, 1.0, 1e300])
def test_whatever_the_rate_it_never_ends_worse_than_the_mean(rate, per_class):
    for seed in range(5):
        rng = np.random.default_rng(seed)
        p, labels = rng.dirichlet(np.full(3, 0.2), size=(3, 20)), rng.integers(3, size=20)
        p = np.maximum(p, 1e-9)
        alpha = fusion.fit_alpha_gradient(p, labels, rate=rate, per_class=per_class)
        assert (alpha >= 0).all()
        np.testing.assert_allclose(alpha.sum(axis=0), 1)
        after = log_score((alpha.reshape(3, 1, -1) * p).sum(axis=0), labels)
        assert after >= log_score(p.mean(axis=0), labels) - 1e-12


@pytest.mark.parametrize("labels", [[0, 1], [0, 1, 1], [0, 1, 2, 2]])
def test_an_expert_whose_boldness_says_nothing_gets_the_highest_temperature(labels):
    says = [[0.8, 0.1, 0.1]] * len(labels) if 2 in labels else [[0.9, 0.1]] * len(labels)
    np.testing.assert_allclose(fusion.fit_temperature(says, labels), 20, rtol=1e-6)


HALF = np.full((2, 3, 2), 0.5)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: fusion.simplex_grid(0), "n and steps must be at least 1, got n = 0"),
        (lambda: fusion.simplex_grid(8, 50), "264385836 points, the most is 100000: take fewer steps"),
        (lambda: fusion.fit_alpha_grid(HALF, [0, 1]), r"labels must have shape \(3,\).*got \(2,\)"),
        (lambda: fusion.fit_alpha_grid(HALF, [0, 1, 2]), r"labels must lie in 0 \.\. 1, got 0 \.\. 2"),
        (lambda: fusion.fit_alpha_grid(HALF, [0.0, 1.0, 1.0]), "labels must be class indices"),
        (lambda: fusion.fit_alpha_grid([[[1.0, 0.0]]], [1]), "no alpha of the grid has a finite score"),
        (lambda: fusion.fit_alpha_gradient([[[1.0, 0.0]]], [1]), "probability 0 at 1 of 1 pixels.*clip"),
        (lambda: fusion.fit_alpha_gradient(HALF, [0, 1, 1], steps=0), "steps must be at least 1.*steps = 0"),
        (lambda: fusion.fit_alpha_gradient(HALF, [0, 1, 1], rate=0), "above 0, got steps = 300 and rate = 0"),
        (lambda: fusion.fit_alpha_gradient(HALF, [0, 1, 1], rate=np.nan), "rate = nan: leave them out"),
        (lambda: fusion.fit_alpha_gradient(HALF, [0, 1, 1], rate=np.inf), "rate = inf"),
        (lambda: fusion.fit_temperature([[1.0, 0.0]], [1]), "probability 0 at 1 of 1 pixels.*clip"),
        (lambda: fusion.fit_temperature(HALF[0], [0, 1, 1], low=2, high=1), "low < high.*got low = 2"),
        (lambda: fusion.fit_temperature([[1.0, 0.0]], [[0.9, 0.1]]), "probability 0 at 1 of 1 pixels.*clip"),
        (
            lambda: fusion.fit_temperature(HALF[0], HALF[0] / 2),
            "shares must sum to 1, got a sum of 0.5: divi",
        ),
        (lambda: fusion.fit_temperature(HALF[0], 3 * HALF[0] - [2, 0]), "shares must be >= 0, got -0.5"),
        (lambda: fusion.fit_temperature(HALF[0], np.nan * HALF[0]), "shares must be >= 0|finite"),
        (lambda: fusion.fit_temperature(HALF[0], np.eye(2, dtype=int)), "labels must have shape"),
        (lambda: fusion.fit_temperature(HALF[0], [0.0, 1.0, 1.0]), "labels must be class indices"),
        (lambda: fusion.fit_temperature(HALF[0], [0, 1, 1], low=0), "1e-30 <= low.*got low = 0"),
        (lambda: fusion.fit_temperature(HALF[0], [0, 1, 1], low=np.nan), "1e-30 <= low.*got low = nan"),
        (lambda: fusion.fit_temperature(HALF[0], [0, 1, 1], high=np.inf), r"high <= 1e\+30.*high = inf"),
    ],
)
def test_bad_input_is_refused_with_a_remedy(call, says):
    with pytest.raises(ValueError, match=says):
        call()
