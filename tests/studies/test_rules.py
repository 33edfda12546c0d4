"""Rules side by side: each is the formula of fusion, and what is fitted comes from held-out scenes alone."""

import numpy as np
import pytest

from mmseg_edu import fusion, metrics, studies

PRIOR = np.array([0.8, 0.1, 0.1])


def opinions(seed: int, scenes: int = 6, senses: int = 2) -> np.ndarray:
    return np.random.default_rng(seed).dirichlet([1.0, 1.0, 1.0], (senses, scenes, 4, 4))


def labels(seed: int, scenes: int = 6) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 3, (scenes, 4, 4)).astype(np.uint8)


@pytest.mark.parametrize("senses", [1, 2, 3])
def test_each_rule_is_the_formula_of_fusion(senses):
    says, held, truth = opinions(0, senses=senses), opinions(1, senses=senses), labels(2)
    fused = studies.fuse_by_all_rules(says, PRIOR, held, truth)
    assert list(fused) == [
        "mean",
        "weighted",
        "product",
        "log pool",
        "minimum",
        "maximum",
        "median",
        "majority",
    ]
    assert all(each.shape == says.shape[1:] for each in fused.values())
    np.testing.assert_allclose(fused["mean"], says.mean(axis=0), atol=1e-5)
    by_hand = np.prod(says, axis=0) * PRIOR ** (1 - senses)
    np.testing.assert_allclose(fused["product"], by_hand / by_hand.sum(-1, keepdims=True), atol=1e-4)
    for name in ("minimum", "maximum", "median", "majority"):
        np.testing.assert_allclose(fused[name], getattr(fusion, name)(says, PRIOR), atol=1e-4)


def test_a_sense_that_is_right_on_held_out_scenes_gets_all_the_weight():
    truth, noise = labels(0), opinions(1)[:1]
    right = fusion.clip(np.eye(3)[truth], 0.01)[None]
    held = np.concatenate([right, noise])
    says = opinions(2)
    fused = studies.fuse_by_all_rules(says, PRIOR, held, truth)
    assert metrics.mean_iou(truth, fusion.weighted(held, [1.0, 0.0]).argmax(-1), 3) == 1
    # Among the best alphas and weights the right sense decides every pixel, so it does on other scenes too.
    sure = np.stack([fusion.clip(np.eye(3)[labels(5)], 0.01), np.full((6, 4, 4, 3), 1 / 3)])
    for name in ("weighted", "log pool"):
        other = studies.fuse_by_all_rules(sure, PRIOR, held, truth)[name]
        np.testing.assert_array_equal(other.argmax(-1), labels(5))
    assert fused["weighted"].shape == (6, 4, 4, 3)


def test_what_is_scored_is_not_fitted_on():
    says, held, truth = opinions(0), opinions(1), labels(2)
    one = studies.fuse_by_all_rules(says, PRIOR, held, truth)
    other = studies.fuse_by_all_rules(says[:, :3], PRIOR, held, truth)
    for name in one:
        np.testing.assert_allclose(one[name][:3], other[name])


def test_zeros_of_an_expert_veto_nothing():
    certain = np.eye(3)[labels(0)]
    fused = studies.fuse_by_all_rules([certain, np.roll(certain, 1, -1)], PRIOR, opinions(1), labels(2))
    assert all(np.isfinite(each).all() for each in fused.values())


def test_the_weights_of_the_log_pool_are_the_best_of_the_grid():
    says, truth = opinions(3), labels(4)
    chosen = studies.fit_weights(says, truth, PRIOR)
    steps = (0.0, 0.25, 0.5, 0.75, 1.0)
    pooled = {(a, b): fusion.log_pool(says, [a, b], PRIOR).argmax(-1) for a in steps for b in steps}
    scores = {weights: metrics.mean_iou(truth, fused, 3) for weights, fused in pooled.items()}
    assert scores[tuple(chosen)] == max(scores.values())


def test_among_equal_weights_the_product_is_kept():
    """One pixel, on which all agree."""
    says = np.full((2, 1, 1, 1, 3), 1 / 3) + np.array([0.2, -0.1, -0.1])
    chosen = studies.fit_weights(says, np.zeros((1, 1, 1), np.uint8), np.full(3, 1 / 3))
    assert chosen.tolist() == [1.0, 1.0]
