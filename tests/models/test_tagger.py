"""The sound tagger and what it learns from soft targets."""

import numpy as np
import pytest

from mmseg_edu import backend
from mmseg_edu.models import sound_tagger


def test_gives_a_posterior_for_each_sound():
    answer = sound_tagger(6, 3, width=4).predict(np.zeros((7, 6)), verbose=0)
    assert answer.shape == (7, 3)
    np.testing.assert_allclose(answer.sum(axis=-1), 1, atol=1e-6)


def test_learns_the_shares_and_not_only_the_winner():
    sounds = np.repeat(np.eye(2, dtype=np.float32), 64, axis=0)
    shares = np.repeat(np.array([[0.9, 0.1], [0.6, 0.4]], np.float32), 64, axis=0)
    model = sound_tagger(2, 2, depth=0)
    model.compile(backend.load().optimizers.Adam(0.1), "categorical_crossentropy")
    model.fit(sounds, shares, epochs=60, verbose=0)
    np.testing.assert_allclose(model.predict(np.eye(2), verbose=0), [[0.9, 0.1], [0.6, 0.4]], atol=0.01)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"length": 0}, "length must be 1 or more, got 0"),
        ({"depth": -1}, "depth must be 0 or more, got -1"),
        ({"dropout": 1.0}, r"dropout must be in \[0, 1\), got 1.0"),
    ],
)
def test_bad_numbers_are_refused(arguments, says):
    with pytest.raises(ValueError, match=says):
        sound_tagger(**arguments)
