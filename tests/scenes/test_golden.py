"""The drawings and voices are those that the shipped weights learnt: a change of one is seen here first."""

import numpy as np
import pytest
from golden import NAMES, pictures, sounds, stored_pictures, stored_sounds

from mmseg_edu.scenes import sound

REMEDY = "undo the change, or train the shipped weights anew and then run `python tests/scenes/golden.py`"


@pytest.fixture(scope="module")
def pairs() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    return dict(zip(NAMES, zip(pictures(), stored_pictures(), strict=True), strict=True))


@pytest.mark.parametrize("name", NAMES)
def test_drawings_are_those_that_the_weights_learnt(
    name: str, pairs: dict[str, tuple[np.ndarray, np.ndarray]]
) -> None:
    now, then = pairs[name]
    off = np.abs(np.rint(255 * np.clip(now, 0, 1)) - 255 * then).max(-1)
    # Pillow 10.4 and 13.0 give the same bytes; some rounding is forgiven, a line that moves is not.
    assert off.mean() < 0.1, f"{name} is not drawn as it was: {REMEDY}"
    assert off.max() < 8, f"{np.count_nonzero(off >= 8)} pixels of {name} changed: {REMEDY}"


@pytest.mark.parametrize("k", range(len(sound.VOICES)))
def test_voices_are_those_that_the_weights_learnt(k: int) -> None:
    off = np.abs(sounds()[k] - stored_sounds()[k])
    assert off.max() < 0.5, f"{list(sound.VOICES)[k]} does not sound as it did: {REMEDY}"
