"""The U-Net: shape, skips, learning, and the errors that students meet."""

import numpy as np
import pytest

from mmseg_edu import backend
from mmseg_edu.models import unet
from mmseg_edu.models.unet import checked_size


def pictures(count=2, size=16, seed=0):
    return np.random.default_rng(seed).random((count, size, size, 3)).astype(np.float32)


@pytest.mark.parametrize(("size", "depth", "classes"), [(16, 2, 5), ((8, 24), 3, 2), (5, 0, 3)])
def test_one_posterior_a_pixel(size, depth, classes):
    model = unet(size, classes, width=2, depth=depth)
    height, width = (size, size) if isinstance(size, int) else size
    posterior = model.predict(np.random.default_rng(0).random((2, height, width, 3)), verbose=0)
    assert posterior.shape == (2, height, width, classes)
    np.testing.assert_allclose(posterior.sum(axis=-1), 1, atol=1e-5)


def test_channels_double_as_the_picture_halves():
    model = unet(16, width=3, depth=2)
    assert model.get_layer("down1").output.shape == (None, 8, 8, 6)
    assert model.get_layer("bottleneck").output.shape == (None, 4, 4, 12)


def test_skips_carry_what_the_bottleneck_cannot():
    """With a blind bottleneck, the picture reaches the mask through the skips or not at all."""
    for skips, expected in ((True, True), (False, False)):
        model = unet(16, width=4, depth=1, skips=skips, normalised=False)
        layer = model.get_layer("bottleneck_2")
        layer.set_weights([np.zeros_like(w) for w in layer.get_weights()])
        answer = model.predict(pictures(), verbose=0)
        assert (np.ptp(answer, axis=(0, 1, 2)).max() > 1e-6) == expected


def test_shifting_the_picture_shifts_the_mask():
    """Convolution and pooling commute with shifts by 2**depth, away from the border."""
    model = unet(32, width=3, depth=1)
    picture = pictures(1, 32)
    moved = np.roll(picture, 2, axis=2)
    before, after = model.predict(picture, verbose=0), model.predict(moved, verbose=0)
    np.testing.assert_allclose(after[:, 14:18, 14:18], before[:, 14:18, 12:16], atol=1e-5)


@pytest.mark.parametrize("convolutions", [1, 3])
def test_each_level_has_as_many_convolutions_as_asked(convolutions):
    model = unet(8, width=2, depth=1, convolutions=convolutions)
    names = [
        layer.name for layer in model.layers if layer.name.startswith("down0_") and layer.name[-1].isdigit()
    ]
    assert names == [f"down0_{i + 1}" for i in range(convolutions)]


def test_it_overfits_one_batch():
    images = pictures(4)
    labels = (images.mean(axis=-1) > 0.5).astype(np.int32)
    model = unet(16, 2, width=8, depth=1)
    model.compile(backend.load().optimizers.Adam(1e-2), "sparse_categorical_crossentropy")
    model.fit(images, labels, epochs=60, verbose=0)
    assert (model.predict(images, verbose=0).argmax(axis=-1) == labels).mean() > 0.97


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            {"size": 60},
            r"size must be divisible by 2\*\*depth = 8, got \(60, 60\): resize the picture to \(64, 64\)",
        ),
        ({"size": (64, 4)}, r"got \(64, 4\): resize the picture to \(64, 8\)"),
        ({"size": 64, "depth": -1}, "depth must be 0 or more, got -1"),
        ({"size": 64, "classes": 0}, "classes must be 1 or more, got 0"),
        ({"size": 64, "width": 0}, "width must be 1 or more, got 0"),
        ({"size": 64, "convolutions": 0}, "convolutions must be 1 or more, got 0"),
    ],
)
def test_bad_numbers_are_refused(arguments, says):
    with pytest.raises(ValueError, match=says):
        unet(**arguments)


def test_checked_size_returns_height_first():
    assert checked_size((8, 16), 3) == (8, 16)
