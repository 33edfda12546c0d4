"""The network that listens: both senses reach the mask, and the sound decides."""

import numpy as np
import pytest

from mmseg_edu import backend
from mmseg_edu.models import audio_visual_unet, train_audio_visual


def two_squares(count, seed=0):
    """A red and a green square in every picture; sound (1, 0) asks for the red one, (0, 1) for the other."""
    rng = np.random.default_rng(seed)
    images = rng.uniform(0, 0.2, (count, 16, 16, 3)).astype(np.float32)
    labels = np.zeros((count, 16, 16), np.int32)
    heard = rng.integers(0, 2, count)
    for i in range(count):
        for colour in (0, 1):
            y, x = rng.integers(0, 11), rng.integers(0, 4) + 8 * colour
            images[i, y : y + 5, x : x + 5, colour] = 1
            if heard[i] == colour:
                labels[i, y : y + 5, x : x + 5] = 1 + colour
    return images, np.eye(2, dtype=np.float32)[heard], labels


def test_it_learns_to_follow_the_sound():
    images, sounds, labels = two_squares(128)
    backend.seed(0)
    model = audio_visual_unet(16, 3, length=2, width=8, depth=2)
    seconds = train_audio_visual(
        model, images, sounds, labels, epochs=30, batch=16, rate=1e-2, progress=False
    )
    images, sounds, labels = two_squares(16, seed=1)
    mask = model.predict([images, sounds], verbose=0).argmax(axis=-1)
    assert (mask == labels).mean() > 0.97
    other = model.predict([images, sounds[:, ::-1]], verbose=0).argmax(axis=-1)
    assert not (other[labels > 0] == labels[labels > 0]).mean() > 0.2
    assert seconds > 0


def test_shape_and_names():
    model = audio_visual_unet((16, 24), 4, channels=1, length=7, width=4, depth=2)
    assert [tuple(x.shape) for x in model.inputs] == [(None, 16, 24, 1), (None, 7)]
    assert model.output.shape == (None, 16, 24, 4)
    assert model.get_layer("film_bottleneck").output.shape == (None, 4, 6, 8)
    assert model.get_layer("logits").output.shape == (None, 16, 24, 4)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"size": 60}, r"size must be divisible by 2\*\*depth = 8, got \(60, 60\)"),
        ({"size": 64, "depth": 0}, "depth must be 1 or more, got 0"),
        ({"size": 64, "width": 0}, "width must be 1 or more, got 0"),
    ],
)
def test_bad_numbers_are_refused(arguments, says):
    with pytest.raises(ValueError, match=says):
        audio_visual_unet(**arguments)


def test_training_needs_one_sound_a_picture():
    images, sounds, labels = two_squares(4)
    model = audio_visual_unet(16, 3, length=2, width=4, depth=1)
    with pytest.raises(
        ValueError, match="one entry a scene, got 4, 3 and 4: take all three from the same batch"
    ):
        train_audio_visual(model, images, sounds[:3], labels)
    with pytest.raises(ValueError, match="epochs must be 1 or more, got 0"):
        train_audio_visual(model, images, sounds, labels, epochs=0)
