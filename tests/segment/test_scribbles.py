"""A picture labelled from a few strokes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmseg_edu.segment import cut_from_scribbles, grab_cut

RNG = np.random.default_rng(0)
BANDS = np.repeat([0.1, 0.5, 0.9], 8)[None, :].repeat(12, axis=0)
PICTURE = np.clip(
    np.stack([BANDS, BANDS[:, ::-1], BANDS**2], axis=-1) + RNG.normal(0, 0.02, (12, 24, 3)), 0, 1
)


def strokes(*labels: int) -> np.ndarray:
    """One stroke down the middle of each band; -1 draws nothing."""
    drawn = np.full(BANDS.shape, -1)
    for k, label in enumerate(labels):
        drawn[2:10, 8 * k + 3 : 8 * k + 5] = label
    return drawn


@pytest.mark.parametrize("labels", [(0, 1, 2), (2, 0, 1), (0, 7, 3), (4, 4, 0), (1, 0, 1)])
def test_each_band_gets_the_label_of_its_stroke(labels: tuple[int, ...]) -> None:
    found = cut_from_scribbles(PICTURE, strokes(*labels), 8, smoothness=2.0)
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found, np.repeat(labels, 8)[None, :].repeat(12, axis=0))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 3))
def test_drawn_pixels_keep_their_label_and_no_other_label_appears(seed: int, turns: int) -> None:
    random = np.random.default_rng(seed)
    drawn = np.where(random.random((6, 7)) < 0.2, random.integers(0, 4, (6, 7)), -1)
    drawn[0, 0] = 1
    found = cut_from_scribbles(random.random((6, 7, 3)), drawn, 5, turns=turns, seed=seed)
    assert (found[drawn >= 0] == drawn[drawn >= 0]).all()
    assert set(np.unique(found)) <= set(np.unique(drawn[drawn >= 0]))


def test_one_label_gets_all() -> None:
    assert (cut_from_scribbles(PICTURE, strokes(-1, 3, -1), 5) == 3).all()


@pytest.mark.parametrize("turns", [1, 2, 4])
def test_two_labels_are_those_of_grab_cut(turns: int) -> None:
    drawn = strokes(0, 1, 0)
    ours = cut_from_scribbles(PICTURE, drawn, 2, smoothness=5.0, turns=turns, seed=3)
    theirs = grab_cut(PICTURE, drawn, smoothness=5.0, iterations=turns, seed=3)
    assert (ours != theirs).mean() < 0.02, "grab_cut refines its mixtures, we fit them anew"


def test_nothing_drawn_and_no_turns_are_refused() -> None:
    with pytest.raises(ValueError, match="scribbles must name at least one pixel, got none"):
        cut_from_scribbles(PICTURE, strokes(-1, -1, -1), 2)
    with pytest.raises(ValueError, match="turns must be a whole number, 1 or more, got 0"):
        cut_from_scribbles(PICTURE, strokes(0, 1, 0), 2, turns=0)
    with pytest.raises(ValueError, match="image"):
        cut_from_scribbles(np.full((12, 24), np.nan), strokes(0, 1, 0), 2)
    with pytest.raises((ValueError, TypeError), match="seeds"):
        cut_from_scribbles(PICTURE, strokes(0, 1, 5), 2)
