"""The sub-pixel U-Net: blocks there and back, shapes, that every pixel of a block is decided, and what it refuses."""

import numpy as np
import pytest

from mmseg_edu import backend
from mmseg_edu.models import subpixel_unet
from mmseg_edu.models.subpixel_unet import depth_to_space, space_to_depth


def run(change, values, name="changed"):
    keras = backend.load()
    place = keras.Input(values.shape[1:])
    return np.asarray(keras.Model(place, change(place, name))(values))


def test_blocks_by_hand():
    picture = np.arange(8, dtype=np.float32).reshape(1, 2, 4, 1)
    np.testing.assert_array_equal(run(space_to_depth, picture)[0], [[[0, 1, 4, 5], [2, 3, 6, 7]]])


def test_blocks_are_what_a_loop_cuts():
    picture = np.random.default_rng(0).random((2, 4, 6, 3)).astype(np.float32)
    blocks = run(space_to_depth, picture)
    assert blocks.shape == (2, 2, 3, 12)
    for y, x, c in np.ndindex(4, 6, 3):
        place = 3 * (2 * (y % 2) + x % 2) + c
        np.testing.assert_array_equal(blocks[:, y // 2, x // 2, place], picture[:, y, x, c])


@pytest.mark.parametrize("shape", [(1, 2, 2, 1), (2, 4, 6, 3), (1, 6, 2, 5)])
def test_there_and_back_is_where_it_was(shape):
    values = np.random.default_rng(1).random(shape).astype(np.float32)
    np.testing.assert_array_equal(run(depth_to_space, run(space_to_depth, values)), values)


@pytest.mark.parametrize(
    ("size", "widths", "classes"), [(16, (2, 3, 4), 5), ((8, 12), (4, 2), 3), (2, (3,), 2)]
)
def test_one_posterior_a_pixel(size, widths, classes):
    model = subpixel_unet(size, classes, 1, widths)
    height, width = (size, size) if isinstance(size, int) else size
    posterior = model.predict(np.random.default_rng(0).random((2, height, width, 1)), verbose=0)
    assert posterior.shape == (2, height, width, classes)
    np.testing.assert_allclose(posterior.sum(axis=-1), 1, atol=1e-5)


def test_levels_have_the_widths_asked_for():
    model = subpixel_unet(16, widths=(3, 5, 7))
    shapes = {
        name: tuple(model.get_layer(name).output.shape[1:]) for name in ("down0", "down1", "down2", "up0")
    }
    assert shapes == {"down0": (8, 8, 3), "down1": (4, 4, 5), "down2": (2, 2, 7), "up0": (8, 8, 3)}
    assert model.get_layer("logits").output.shape == (None, 16, 16, 5)


def test_it_learns_a_border_inside_a_block():
    """Every second column is of another class: a network that decides blocks of 2x2 alike could be right on half."""
    images = np.random.default_rng(0).random((8, 8, 8, 3)).astype(np.float32)
    labels = np.broadcast_to(np.arange(8) % 2, (8, 8, 8))
    model = subpixel_unet(8, 2, widths=(4,))
    model.compile(backend.load().optimizers.Adam(3e-2), "sparse_categorical_crossentropy")
    model.fit(images, labels, epochs=40, verbose=0)
    assert (model.predict(images, verbose=0).argmax(axis=-1) == labels).mean() > 0.99


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras with NumPy 2
def test_it_comes_back_from_a_file_in_safe_mode(tmp_path):
    model = subpixel_unet(8, widths=(2, 3))
    model.save(tmp_path / "model.keras")
    again = backend.load().saving.load_model(tmp_path / "model.keras", safe_mode=True)
    images = np.random.default_rng(0).random((2, 8, 8, 3)).astype(np.float32)
    np.testing.assert_array_equal(again.predict(images, verbose=0), model.predict(images, verbose=0))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"size": 60}, r"size must be divisible by 2\*\*depth = 8, got \(60, 60\)"),
        ({"size": 64, "classes": 0}, "classes must be a whole number, 1 or more, got 0"),
        ({"size": 64, "channels": 1.5}, "channels must be a whole number, 1 or more, got 1.5"),
        ({"size": 64, "widths": ()}, "levels in widths must be a whole number, 1 or more, got 0"),
        ({"size": 64, "widths": (32, 0)}, "each of widths must be a whole number, 1 or more, got 0"),
    ],
)
def test_bad_numbers_are_refused(arguments, says):
    with pytest.raises(ValueError, match=says):
        subpixel_unet(**arguments)


def test_odd_sizes_and_odd_channels_are_refused():
    keras = backend.load()
    with pytest.raises(ValueError, match=r"must be even to be cut into blocks of 2x2, got \(3, 4\)"):
        space_to_depth(keras.Input((3, 4, 1)), "blocks")
    with pytest.raises(ValueError, match="channels must divide by 4 to fill blocks of 2x2, got 6"):
        depth_to_space(keras.Input((2, 2, 6)), "pixels")
