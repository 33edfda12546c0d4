"""Watersheds against a flood with a heap, and the markers against small landscapes."""

import heapq
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from mmseg_edu.segment import (
    flood_steps,
    gradient,
    markers_from_distance,
    markers_from_evidence,
    markers_from_minima,
    markers_from_threshold,
    unary_from,
    vote,
    watershed,
)


def slow_watershed(landscape, markers):
    """Meyer's flood: always the lowest pixel at the waterfront next, of equals the oldest."""
    regions, age = markers.copy(), itertools.count()
    front = [(landscape[p], next(age), p) for p in np.ndindex(markers.shape) if markers[p]]
    heapq.heapify(front)
    while front:
        _, _, (r, c) = heapq.heappop(front)
        for q in ((r - 1, c), (r, c - 1), (r, c + 1), (r + 1, c)):
            if 0 <= q[0] < markers.shape[0] and 0 <= q[1] < markers.shape[1] and not regions[q]:
                regions[q] = regions[r, c]
                heapq.heappush(front, (landscape[q], next(age), q))
    return regions


def test_watershed_equals_a_flood_with_a_heap():
    for seed in range(30):
        random = np.random.default_rng(seed)
        landscape = random.random((9, 8))
        markers = np.zeros((9, 8), int)
        springs = random.choice(72, 4, replace=False)
        markers.ravel()[springs] = [1, 2, 3, 2]
        np.testing.assert_array_equal(watershed(landscape, markers), slow_watershed(landscape, markers))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_every_pixel_gets_a_region_and_markers_keep_theirs(seed):
    random = np.random.default_rng(seed)
    landscape = random.random((6, 7))
    markers = np.where(random.random((6, 7)) < 0.2, random.integers(1, 4, (6, 7)), 0)
    markers[0, 0] = 1
    regions = watershed(landscape, markers)
    assert regions.dtype == np.int32
    assert set(np.unique(regions)) == set(np.unique(markers)) - {0}
    np.testing.assert_array_equal(regions[markers > 0], markers[markers > 0])


def test_flipping_and_transposing_moves_the_regions_along():
    random = np.random.default_rng(0)
    landscape, markers = random.random((8, 8)), np.zeros((8, 8), int)
    markers[1, 1], markers[6, 5] = 1, 2
    straight = watershed(landscape, markers)
    for turn in (np.fliplr, np.flipud, np.transpose):
        np.testing.assert_array_equal(watershed(turn(landscape), turn(markers)), turn(straight))


def test_without_markers_every_minimum_floods_and_smoothing_dries_puddles():
    random = np.random.default_rng(0)
    image = np.zeros((40, 40))
    image[10:30, 10:30] = 1.0
    noisy = image + random.normal(scale=0.1, size=image.shape)
    counts = [watershed(gradient(noisy, sigma)).max() for sigma in (0, 1, 3)]
    assert counts[0] > 150
    assert counts[0] > counts[1] > counts[2]
    two = np.zeros((40, 40), int)
    two[0, 0], two[20, 20] = 1, 2
    regions = watershed(gradient(noisy, 1), two) == 2
    # The ridge itself may go to either side: one pixel around the square.
    assert not (regions & ~ndimage.binary_dilation(image > 0, iterations=2)).any()
    assert regions[12:28, 12:28].all()


def test_without_markers_a_minimum_is_one_of_what_the_mask_leaves():
    # The lowest place is out of bounds: the next one is the bottom of the valley now.
    np.testing.assert_array_equal(watershed([[0, 1, 2, 3]], mask=[[0, 1, 1, 1]]), [[0, 1, 1, 1]])
    np.testing.assert_array_equal(
        watershed([[9, 0, 9], [1, 0, 1]], mask=[[1, 0, 1], [1, 0, 1]]) > 0, [[1, 0, 1]] * 2
    )
    assert not watershed([[0, 1]], mask=[[0, 0]]).any()
    for random in map(np.random.default_rng, range(20)):
        land, mask = random.random((8, 9)), random.random((8, 9)) < 0.7
        np.testing.assert_array_equal(watershed(land, mask=mask) > 0, mask)


def test_touching_markers_have_no_line_between_them():
    np.testing.assert_array_equal(watershed([[0, 0, 1]], [[1, 2, 0]], line=True), [[1, 2, 2]])


def test_a_line_and_a_mask_and_compactness():
    landscape = np.zeros((5, 7))
    landscape[:, 3] = 1.0
    markers = np.zeros((5, 7), int)
    markers[2, 0], markers[2, 6] = 1, 2
    line = watershed(landscape, markers, line=True)
    np.testing.assert_array_equal(line[:, 3], 0)
    mask = np.ones((5, 7), bool)
    mask[0] = False
    np.testing.assert_array_equal(watershed(landscape, markers, mask=mask)[0], 0)
    flat = watershed(np.zeros((5, 7)), markers, compactness=100.0)
    assert (flat[:, :3] == 1).all()
    assert (flat[:, 4:] == 2).all()


def test_the_flood_rises_without_changing_its_mind():
    random = np.random.default_rng(1)
    landscape = random.random((12, 12))
    markers = markers_from_minima(landscape)
    final = watershed(landscape, markers)
    steps = flood_steps(landscape, markers, [-1.0, *np.linspace(0, 1, 9)])
    assert not steps[0].any()
    for earlier, later in itertools.pairwise(steps):
        np.testing.assert_array_equal(later[earlier > 0], earlier[earlier > 0])
    np.testing.assert_array_equal(steps[-1], final)
    assert all(
        (step[landscape > level] == 0).all()
        for step, level in zip(steps[1:], np.linspace(0, 1, 9), strict=True)
    )


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_what_is_wet_keeps_its_region_on_plateaus_too(seed):
    random = np.random.default_rng(seed)
    landscape = random.integers(0, 6, (5, 6)).astype(float)
    markers = np.zeros((5, 6), int)
    markers.flat[random.choice(30, 4, replace=False)] = [1, 2, 2, 3]
    levels = np.arange(-1, 7)
    final, steps = watershed(landscape, markers), flood_steps(landscape, markers, levels)
    first_water = slow_arrival(landscape, markers > 0)
    for level, step in zip(levels, steps, strict=True):
        np.testing.assert_array_equal(step, np.where(first_water <= level, final, 0))


def test_a_land_on_which_each_level_flooded_anew_would_change_its_mind():
    for random in map(np.random.default_rng, range(400)):
        landscape, springs = random.integers(0, 6, (5, 6)), np.zeros((5, 6), int)
        springs.flat[random.choice(30, 3, replace=False)] = [1, 2, 3]
        wet = landscape <= 3
        if (springs * wet).any() and not wet.all():
            anew = watershed(landscape, springs * wet, mask=wet)
            if ((anew > 0) & (anew != watershed(landscape, springs))).any():
                break
    else:
        raise AssertionError("no such land among 400")
    (step,) = flood_steps(landscape, springs, [3])
    assert (step != anew).any()
    np.testing.assert_array_equal(step > 0, anew > 0)


def slow_arrival(landscape, start):
    """Lowest level at which water stands at each place: the formula, again and again until nothing changes."""
    level = np.where(start, landscape, np.inf)
    for _ in range(landscape.size):
        near = ndimage.minimum_filter(
            level, footprint=ndimage.generate_binary_structure(2, 1), mode="constant", cval=np.inf
        )
        level = np.maximum(landscape, near)
    return level


def test_gradient_of_a_ramp_is_its_slope_and_colours_add_up():
    row, column = np.indices((7, 9))
    ramp = 0.3 * row + 0.4 * column
    np.testing.assert_allclose(gradient(ramp, sigma=0)[1:-1, 1:-1], 0.5)
    colour = np.stack([ramp, ramp, 0 * ramp], axis=-1)
    np.testing.assert_allclose(gradient(colour, sigma=0)[1:-1, 1:-1], 0.5 * np.sqrt(2))
    assert not gradient(np.full((5, 5, 3), 0.7)).any()
    assert gradient(np.ones((1, 1))).shape == (1, 1)


@pytest.mark.parametrize("sigma", [0, 1.5])
def test_gradient_turns_with_the_picture(sigma):
    image = np.random.default_rng(0).random((8, 6, 3))
    straight = gradient(image, sigma)
    for turn in (np.flipud, np.fliplr, lambda array: array.swapaxes(0, 1)):
        np.testing.assert_allclose(gradient(turn(image), sigma), turn(straight), atol=1e-12)


def slow_minima(landscape):
    """Label connected plateaus that have no lower neighbour."""
    found = np.zeros(landscape.shape, bool)
    for value in np.unique(landscape):
        plateaus, count = ndimage.label(landscape == value)
        for number in range(1, count + 1):
            here = plateaus == number
            rim = ndimage.binary_dilation(here) & ~here
            if (landscape[rim] > value).all():
                found |= here
    return ndimage.label(found)[0]


def test_minima_equal_a_slow_search():
    for seed in range(20):
        landscape = np.random.default_rng(seed).integers(0, 5, (7, 7)).astype(float)
        np.testing.assert_array_equal(markers_from_minima(landscape) > 0, slow_minima(landscape) > 0)
        assert markers_from_minima(landscape).max() == slow_minima(landscape).max()


def test_deeper_valleys_are_fewer_and_stay_valleys():
    landscape = np.random.default_rng(0).random((20, 20))
    shallow = markers_from_minima(landscape)
    counts = [markers_from_minima(landscape, depth).max() for depth in (0.0, 0.1, 0.3, 0.6, 2.0)]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > 20 > counts[3]
    assert counts[-1] == 1
    deep = markers_from_minima(landscape, 0.3)
    for number in range(1, deep.max() + 1):
        assert (shallow[deep == number] > 0).any()


def test_a_valley_as_deep_as_the_depth_is_not_deeper():
    land = [[0, 5, 4, 5, 1]]
    np.testing.assert_array_equal(markers_from_minima(land, depth=1), [[1, 0, 0, 0, 2]])
    np.testing.assert_array_equal(markers_from_minima(land, depth=0.875), [[1, 0, 2, 0, 3]])


def test_a_flat_landscape_is_one_valley():
    np.testing.assert_array_equal(markers_from_minima(np.full((3, 4), 0.2)), 1)
    np.testing.assert_array_equal(watershed(np.zeros((3, 4))), 1)


def test_touching_discs_come_apart():
    row, column = np.indices((40, 70))
    discs = [np.hypot(row - 20, column - middle) <= 12 for middle in (20, 42)]
    mask = discs[0] | discs[1]
    assert ndimage.label(mask)[1] == 1
    markers = markers_from_distance(mask, separation=8)
    assert markers.max() == 2
    regions = watershed(-ndimage.distance_transform_edt(mask), markers, mask=mask)
    assert (regions[discs[0] & ~discs[1]] == 1).mean() > 0.97
    assert (regions[discs[1] & ~discs[0]] == 2).mean() > 0.97
    assert not regions[~mask].any()


def test_every_blob_gets_a_marker_however_wide_the_separation():
    mask = np.zeros((12, 30), bool)
    mask[2:9, 2:9] = mask[3:6, 14:17] = mask[10, 25] = True
    markers = markers_from_distance(mask, separation=20)
    assert sorted(ndimage.label(mask)[0][markers > 0]) == [1, 2, 3]


def test_evidence_marks_classes_and_sound_adds_markers():
    picture = np.full((1, 4, 3), 1 / 3)
    picture[0, 0] = [0.95, 0.03, 0.02]
    picture[0, 3] = [0.02, 0.49, 0.49]
    np.testing.assert_array_equal(markers_from_evidence(picture), [[1, 0, 0, 0]])
    fused = picture * [0.3, 0.69, 0.01]
    fused /= fused.sum(-1, keepdims=True)
    np.testing.assert_array_equal(markers_from_evidence(fused), [[1, 0, 0, 2]])
    np.testing.assert_array_equal(watershed([[0, 0, 1, 0]], markers_from_evidence(fused)) - 1, [[0, 0, 1, 1]])


def test_threshold_marks_both_ends():
    np.testing.assert_array_equal(
        markers_from_threshold([[0.0, 0.2, 0.5, 0.8, 1.0]], 0.2, 0.8), [[1, 1, 0, 2, 2]]
    )


def test_a_region_votes_as_one_and_lines_vote_alone():
    p = np.array([[[0.6, 0.4], [0.6, 0.4], [0.01, 0.99], [0.9, 0.1]]])
    np.testing.assert_array_equal(vote([[5, 5, 5, 0]], unary_from(p)), [[1, 1, 1, 0]])
    np.testing.assert_array_equal(vote(np.arange(1, 5)[None], unary_from(p)), [[0, 0, 1, 0]])


LAND = np.random.default_rng(0).random((4, 4))


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: watershed(np.zeros((0, 3))), ValueError, "landscape must be a finite array"),
        (lambda: watershed(np.full((2, 2), np.nan)), ValueError, "with 4 values NaN or inf"),
        (lambda: watershed(np.zeros((2, 2, 3))), ValueError, "take the gradient of a picture"),
        (lambda: watershed(LAND, np.zeros((4, 4), int)), ValueError, "markers must name at least one pixel"),
        (lambda: watershed(LAND, np.full((4, 4), -1)), ValueError, "markers must be 0"),
        (
            lambda: watershed(LAND, np.ones((4, 3), int)),
            ValueError,
            r"markers must have shape \(H, W\) = \(4, 4\)",
        ),
        (lambda: watershed(LAND, np.ones((4, 4))), TypeError, "markers must be integers, got float64"),
        (lambda: watershed(LAND, mask=np.ones((3, 3))), ValueError, r"mask must have shape \(4, 4\)"),
        (
            lambda: watershed(LAND, compactness=-1),
            ValueError,
            "compactness must be a finite number >= 0, got -1",
        ),
        (
            lambda: gradient(LAND, sigma=-1),
            ValueError,
            "sigma must be a finite number of pixels >= 0, got -1",
        ),
        (lambda: gradient(np.zeros((0, 2))), ValueError, "image must hold at least one pixel"),
        (
            lambda: markers_from_minima(LAND, depth=-1),
            ValueError,
            "depth must be a finite height >= 0, got -1",
        ),
        (lambda: markers_from_distance(np.ones((3, 3))), ValueError, "9 of 9 True"),
        (lambda: markers_from_distance(np.zeros((3, 3))), ValueError, "0 of 9 True"),
        (
            lambda: markers_from_distance(np.eye(3), 0),
            ValueError,
            "separation must be at least 1 pixel, got 0",
        ),
        (
            lambda: markers_from_threshold(LAND, 0.5, 0.5),
            ValueError,
            "low must be below high, got 0.5 and 0.5",
        ),
        (
            lambda: markers_from_evidence(np.full((2, 2, 2), 0.5)),
            ValueError,
            "lower it below 0.5, the surest one",
        ),
        (
            lambda: markers_from_evidence(np.full((2, 2, 2), 1.5)),
            ValueError,
            r"probabilities must lie in \[0, 1\]",
        ),
        (
            lambda: markers_from_evidence(np.full((2, 2, 2), 0.5), 0),
            ValueError,
            r"level must lie in \(0, 1\], got 0",
        ),
        (lambda: markers_from_evidence(np.zeros((2, 2, 1))), ValueError, "K >= 2"),
        (
            lambda: vote([[3, 3]], [[[np.inf, 0], [0, np.inf]]]),
            ValueError,
            "none of its pixels forbids, got none in region 3",
        ),
        (lambda: vote(np.ones((2, 3), int), np.zeros((2, 2, 2))), ValueError, "regions must have shape"),
    ],
)
def test_bad_input_is_named(call, error, text):
    with pytest.raises(error, match=text):
        call()


def test_markers_that_are_no_numbers_or_lie_where_no_flood_may_rise():
    """True and False made all springs one; markers outside the mask vanished: both without a word."""
    land = np.zeros((3, 4))
    with pytest.raises(TypeError, match=r"markers must be numbered, got True and False.*ndimage.label"):
        watershed(land, np.eye(3, 4, dtype=bool))
    mask = np.ones((3, 4), bool)
    mask[:, 3] = False
    markers = np.zeros((3, 4), int)
    markers[0, 0], markers[1, 3] = 1, 2
    with pytest.raises(ValueError, match="markers must lie inside the mask, got 1 of their pixels outside"):
        watershed(land, markers, mask=mask)
    markers[1, 3] = 0
    assert watershed(land, markers, mask=mask)[:, :3].all()
