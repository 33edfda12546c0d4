"""Borders and regions: by hand, against dilation by a disk, and against a slow entropy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching
from skimage.morphology import dilation, disk

from mmseg_edu import metrics


def square(size=64, top=16, left=16, side=24):
    mask = np.zeros((size, size), bool)
    mask[top : top + side, left : left + side] = True
    return mask


def slow_contour(mask):
    height, width = mask.shape
    contour = np.zeros_like(mask)
    for y in range(height):
        for x in range(width):
            others = [(y, x + 1), (y + 1, x), (y + 1, x + 1)]
            others = [(min(b, height - 1), min(a, width - 1)) for b, a in others]
            contour[y, x] = any(mask[o] != mask[y, x] for o in others)
    return contour


def slow_boundary_f(truth, predicted, radius):
    a, b = slow_contour(truth), slow_contour(predicted)
    if not a.any() or not b.any():
        return float((truth == predicted).all())
    near_a, near_b = (dilation(c.astype(np.uint8), disk(radius)).astype(bool) for c in (a, b))
    precision, recall = (b & near_a).sum() / b.sum(), (a & near_b).sum() / a.sum()
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0, 1, 2, 3]))
def test_against_dilation_by_a_disk(seed, radius):
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(size=(2, 5, 6)) < 0.4
    truth, predicted = np.kron(coarse, np.ones((4, 4), bool))
    tolerance = radius / np.hypot(*truth.shape)
    found = metrics.boundary_f(truth, predicted, tolerance=tolerance * 0.999)
    np.testing.assert_allclose(found, slow_boundary_f(truth, predicted, radius))


def test_a_shift_within_the_tolerance_is_forgiven():
    truth = square(128, 40, 40, 40)  # diagonal 181: 0.0075 allows 2 pixels
    scores = [metrics.boundary_f(truth, np.roll(truth, d, axis=1)) for d in (0, 1, 2, 4, 8)]
    assert scores[:3] == [1.0, 1.0, 1.0]
    assert 1 > scores[3] > scores[4] > 0
    assert metrics.boundary_f(truth, np.roll(truth, 4, axis=1), tolerance=0.02) == 1.0


def test_a_tolerance_given_as_pixels_over_the_diagonal_is_that_many_pixels():
    wrong = 0
    for height in range(12, 80):
        diagonal = np.hypot(height, height + 7)
        truth = np.zeros((height, height + 7), bool)
        truth[:, 5:] = True
        for r in (1, 2, 3):
            over = np.roll(truth, r + 1, axis=1)
            over[:, : r + 6] = False
            wrong += metrics.boundary_f(truth, over, tolerance=r / diagonal) != 0
    assert wrong == 0


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([1, 2]))
def test_pairing_the_border_pixels_one_to_one_as_bsds_does_never_scores_higher(seed, radius):
    coarse = np.random.default_rng(seed).uniform(size=(2, 4, 5)) < 0.5
    truth, predicted = np.kron(coarse, np.ones((3, 3), bool))
    a, b = (np.argwhere(slow_contour(mask)) for mask in (truth, predicted))
    if not len(a) or not len(b):
        return
    near = np.hypot(*(a[:, None] - b[None]).transpose(2, 0, 1)) <= radius
    paired = (maximum_bipartite_matching(csr_array(near)) >= 0).sum()
    found = metrics.boundary_f(truth, predicted, tolerance=radius / np.hypot(*truth.shape))
    assert 2 * paired / (len(a) + len(b)) <= found + 1e-12


def test_davis_and_bsds_tolerances_differ_on_a_large_picture():
    truth = square(512, 100, 100, 200)  # diagonal 724: 6 pixels at 0.0075 and at 0.008
    shifted = np.roll(truth, 7, axis=0)
    assert metrics.boundary_f(truth, shifted, tolerance=0.0097) == 1.0
    assert metrics.boundary_f(truth, shifted, tolerance=0.008) < 1.0


def test_boundary_sees_what_iou_overlooks():
    truth = square(64, 8, 8, 48)
    frayed = truth.copy()
    frayed[8:56:4, 52:56] = False
    assert metrics.iou(truth, frayed) > 0.95
    assert metrics.boundary_f(truth, frayed, tolerance=0.0) < 0.85


def test_empty_and_full_masks():
    empty, full, some = np.zeros((64, 64), bool), np.ones((64, 64), bool), square()
    assert metrics.boundary_f(empty, empty) == 1.0
    assert metrics.boundary_f(empty, some) == 0.0
    assert metrics.boundary_f(some, empty) == 0.0
    assert metrics.boundary_f(full, full) == 1.0
    assert metrics.boundary_f(full, empty) == 0.0
    assert metrics.boundary_f(full, some) == 0.0
    np.testing.assert_array_equal(
        metrics.boundary_f(np.stack([empty, some]), np.stack([empty, some])), [1.0, 1.0]
    )


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_boundary_f_is_symmetric_and_grows_with_the_tolerance(seed):
    a, b = np.random.default_rng(seed).uniform(size=(2, 12, 12)) < 0.3
    scores = [metrics.boundary_f(a, b, tolerance=t) for t in (0, 0.05, 0.1, 0.5)]
    assert scores == sorted(scores)
    np.testing.assert_allclose(metrics.boundary_f(b, a, tolerance=0.05), scores[1])


@pytest.mark.parametrize("tolerance", [-0.1, np.nan, np.inf])
def test_tolerance_is_checked(tolerance):
    with pytest.raises(
        ValueError, match=r"tolerance must be >= 0, a fraction of the diagonal, got .*try 0\.0075"
    ):
        metrics.boundary_f(square(), square(), tolerance=tolerance)


# Regions


def slow_entropies(truth, predicted):
    pairs, counts = np.unique(np.stack([truth.ravel(), predicted.ravel()]), axis=1, return_counts=True)
    joint = counts / counts.sum()
    of_truth = np.array([joint[pairs[0] == t].sum() for t in pairs[0]])
    of_predicted = np.array([joint[pairs[1] == p].sum() for p in pairs[1]])
    return -(joint * np.log2(joint / of_truth)).sum(), -(joint * np.log2(joint / of_predicted)).sum()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_variation_of_information_against_a_slow_entropy(seed):
    truth, predicted = np.random.default_rng(seed).integers(5, size=(2, 6, 7))
    found = metrics.variation_of_information(truth, predicted)
    np.testing.assert_allclose(found, slow_entropies(truth, predicted), atol=1e-12)
    np.testing.assert_allclose(metrics.variation_of_information(predicted, truth), found[::-1], atol=1e-12)
    names = np.array([7, 3, 9, 4, 1])
    np.testing.assert_allclose(metrics.variation_of_information(truth, names[predicted]), found, atol=1e-12)


def test_splits_and_merges():
    whole, halves = np.zeros((4, 4), int), np.repeat([[0, 0, 1, 1]], 4, axis=0)
    assert metrics.variation_of_information(whole, halves) == (1.0, 0.0)
    assert metrics.variation_of_information(halves, whole) == (0.0, 1.0)
    assert metrics.variation_of_information(whole, whole) == (0.0, 0.0)
    assert metrics.variation_of_information(halves, halves) == (0.0, 0.0)
    with pytest.raises(ValueError, match="region numbers must be >= 0"):
        metrics.variation_of_information(whole, whole - 1)


def test_region_numbers_may_be_huge_sparse_and_of_any_integer_type():
    truth, predicted = np.array([[1, 1, 1, 1]]), np.array([[1, 1, 2, 2]])
    huge = [np.uint64(2**64 - 1) - truth.astype(np.uint64), np.uint64(2**63) + predicted.astype(np.uint64)]
    assert metrics.variation_of_information(*huge) == (1.0, 0.0)
    # A table as large as this number would be 16 GB a column.
    assert metrics.variation_of_information(truth * 2_000_000_000, predicted) == (1.0, 0.0)
    assert metrics.variation_of_information(truth > 0, predicted > 1) == (1.0, 0.0)
    with pytest.raises(
        TypeError, match=r"truth must hold class indices \(integers or booleans\), got float64"
    ):
        metrics.variation_of_information(truth * 1.0, predicted)


def test_as_many_regions_as_pixels_cost_the_logarithm_of_their_number():
    whole, each = np.zeros((16, 16), int), np.arange(256).reshape(16, 16)
    np.testing.assert_allclose(metrics.variation_of_information(whole, each), (8, 0))
    np.testing.assert_allclose(metrics.variation_of_information(each, each), (0, 0))
    assert min(metrics.variation_of_information(each, each[::-1])) >= 0
