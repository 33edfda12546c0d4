"""Colour models against scikit-learn, and the loop of colours and cuts on drawn pictures."""

import numpy as np
import pytest
from sklearn.mixture import GaussianMixture

from mmseg_edu.segment import colour_unary, grab_cut


def disc_picture(seed=0, noise=0.05, size=40):
    """Draw a two-coloured disc on a two-coloured ground, and say where it is."""
    random = np.random.default_rng(seed)
    row, column = np.indices((size, size))
    disc = np.hypot(row - size / 2, column - size / 2) < size / 4
    image = np.where(column[..., None] < size / 2, [0.2, 0.5, 0.2], [0.3, 0.3, 0.7])
    image = np.where(
        disc[..., None], np.where(row[..., None] < size / 2, [0.9, 0.2, 0.1], [0.9, 0.8, 0.1]), image
    )
    return np.clip(image + random.normal(scale=noise, size=image.shape), 0, 1), disc


def iou(first, second):
    return (first & second).sum() / (first | second).sum()


def test_a_box_cuts_the_disc_out():
    image, disc = disc_picture()
    labels = grab_cut(image, box=(6, 6, 34, 34))
    assert labels.dtype == np.uint8
    assert iou(labels == 1, disc) > 0.97


def test_scribbles_cut_the_disc_out():
    image, disc = disc_picture(1)
    seeds = np.full(disc.shape, -1)
    seeds[2:4, 2:38] = seeds[2:38, 2:4] = seeds[36:38, 2:38] = 0
    seeds[14:27, 19:21] = 1
    labels = grab_cut(image, seeds, components=2)
    assert iou(labels == 1, disc) > 0.97
    assert (labels[seeds >= 0] == seeds[seeds >= 0]).all()


def test_a_box_with_scribbles_keeps_both():
    image, disc = disc_picture(2)
    seeds = np.full(disc.shape, -1)
    seeds[20, 20] = 0  # a hole that the colours would fill
    labels = grab_cut(image, seeds, box=(6, 6, 34, 34))
    assert labels[20, 20] == 0
    assert not labels[:6].any()
    assert iou(labels == 1, disc) > 0.9


def test_a_gray_picture_is_cut_too():
    image, disc = disc_picture(3)
    assert iou(grab_cut(image[..., 0], box=(5, 5, 35, 35), components=2) == 1, disc) > 0.95


def test_the_same_seed_gives_the_same_cut_and_energies():
    image, _ = disc_picture(4)
    first, energies = grab_cut(image, box=(6, 6, 34, 34), seed=3, return_energies=True)
    second, again = grab_cut(image, box=(6, 6, 34, 34), seed=np.random.default_rng(3), return_energies=True)
    np.testing.assert_array_equal(first, second)
    assert energies == again
    assert 1 <= len(energies) <= 5
    assert energies[-1] <= energies[0]


def test_an_object_that_vanishes_ends_the_loop():
    image = np.full((12, 12), 0.5)
    labels = grab_cut(image, box=(4, 4, 6, 6))
    assert labels.shape == (12, 12)
    assert not labels[:4].any()


def test_colour_costs_are_scikit_learns_log_densities():
    image, disc = disc_picture(5)
    costs = colour_unary(image, disc.astype(int), components=1)
    peer = GaussianMixture(1, reg_covar=4e-6).fit(image[disc])
    np.testing.assert_allclose(costs[..., 1].ravel(), -peer.score_samples(image.reshape(-1, 3)), rtol=1e-6)
    assert iou(costs.argmin(-1) == 1, disc) > 0.9


def test_a_single_gaussian_by_hand():
    image = np.array([[0.2, 0.4, 0.3]])
    costs = colour_unary(image, np.array([[0, 0, -1]]), components=1)
    variance = 0.01 + 4e-6
    np.testing.assert_allclose(costs[0, 2, 0], 0.5 * np.log(2 * np.pi * variance))
    np.testing.assert_array_equal(costs[..., 1], 0)  # no seeds: the uniform density over [0, 1]


def test_one_seeded_pixel_and_equal_colours_are_enough():
    image = np.zeros((4, 4, 3))
    image[2:] = 1.0
    seeds = np.full((4, 4), -1)
    seeds[0, 0], seeds[3, :2] = 0, 1
    np.testing.assert_array_equal(colour_unary(image, seeds).argmin(-1), image[..., 0])


def test_many_pixels_are_sampled():
    image, disc = disc_picture(6)
    few = colour_unary(image, disc.astype(int), components=2, sample=100)
    assert iou(few.argmin(-1) == 1, disc) > 0.9


IMAGE = np.random.default_rng(0).random((6, 6, 3))


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({}, "grab_cut needs seeds or a box, got neither"),
        ({"box": (0, 0, 6, 6)}, "leave a margin around the box"),
        ({"box": (0, 0, 7, 6)}, r"within \(H, W\) = \(6, 6\), got \(0, 0, 7, 6\)"),
        ({"box": (3, 3, 3, 5)}, "not empty"),
        ({"seeds": np.full((6, 6), -1)}, "needs some background"),
        ({"seeds": np.zeros((6, 6), int)}, "needs some background"),
        ({"seeds": np.full((6, 6), 2)}, "seeds must lie in -1 .. 1"),
        ({"seeds": np.ones((6, 6), int), "box": (1, 1, 5, 5)}, "an object seed lies outside the box"),
        ({"box": (1, 1, 5, 5), "iterations": 0}, "iterations must be a whole number, 1 or more, got 0"),
        ({"box": (1, 1, 5, 5), "components": 0}, "components must be a whole number, 1 or more, got 0"),
        ({"box": (1, 1, 5, 5), "smoothness": -1}, "smoothness must be a finite number >= 0"),
    ],
)
def test_grab_cut_refuses(options, text):
    with pytest.raises(ValueError, match=text):
        grab_cut(IMAGE, **options)


def test_colours_need_seeds():
    with pytest.raises(ValueError, match="seeds must name at least one pixel"):
        colour_unary(IMAGE, np.full((6, 6), -1))
    with pytest.raises(ValueError, match=r"seeds must have shape \(H, W\) = \(6, 6\)"):
        colour_unary(IMAGE, np.zeros((5, 6), int))
