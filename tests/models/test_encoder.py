"""The encoder: its shape and names, that it learns, and that the shipped weights do what they are said to do."""

from importlib import resources

import numpy as np
import pytest

from mmseg_edu import backend
from mmseg_edu.models import image_encoder, image_encoder_shipped, train_encoder
from mmseg_edu.models.train import noisy, pixel_shares
from mmseg_edu.models.training import fit
from mmseg_edu.models.weights import arrays_of, folded, load_arrays, set_arrays
from mmseg_edu.scenes import make_batch


def squares(count, seed=0, left=0, right=11):
    """Pictures of 16x16 with a red square, a green one, or both, whose left edge is in [left, right)."""
    rng = np.random.default_rng(seed)
    images = rng.uniform(0, 0.2, (count, 16, 16, 3)).astype(np.float32)
    present = np.array([[1, 0], [0, 1], [1, 1]])[rng.integers(0, 3, count)]
    for image, colours in zip(images, present, strict=True):
        for colour in np.flatnonzero(colours):
            y, x = rng.integers(0, 11), rng.integers(left, right)
            image[y : y + 5, x : x + 5, colour] = 1
    return images, present.astype(np.float32)


def test_shape_and_names():
    model = image_encoder((16, 24), 3, channels=1, width=2, depth=2)
    assert model.input.shape == (None, 16, 24, 1)
    assert model.output.shape == (None, 3)
    shapes = [tuple(model.get_layer(f"level{level}").output.shape) for level in range(3)]
    assert shapes == [(None, 16, 24, 2), (None, 8, 12, 4), (None, 4, 6, 8)]
    assert model.get_layer("vector").output.shape == (None, 8)
    flat = image_encoder((16, 24), 3, channels=1, width=2, depth=2, flatten=True)
    assert flat.get_layer("vector").output.shape == (None, 4 * 6 * 8)
    assert arrays_of(image_encoder(8, depth=0, width=1)).keys() >= {"level0_2/kernel", "logits/bias"}


def test_the_vector_is_the_mean_of_the_last_maps_or_all_of_their_numbers():
    keras = backend.load()
    image = np.random.default_rng(0).random((2, 8, 8, 3), np.float32)
    for flatten in (False, True):
        model = image_encoder(8, width=3, depth=1, flatten=flatten)
        parts = keras.Model(model.input, [model.get_layer(name).output for name in ("level1", "vector")])
        maps, vector = (np.asarray(each) for each in parts(image))
        expected = maps.reshape(2, -1) if flatten else maps.mean(axis=(1, 2))
        np.testing.assert_allclose(vector, expected, atol=1e-6)


def test_normalisation_folds_into_the_convolutions():
    model = image_encoder(16, width=2, depth=1)
    images = np.random.default_rng(0).random((64, 16, 16, 3), np.float32)
    fit(
        model,
        images,
        np.ones((64, 4), np.float32),
        "binary_crossentropy",
        rate=1e-2,
        epochs=2,
        progress=False,
    )
    plain = image_encoder(16, width=2, depth=1, normalised=False)
    set_arrays(plain, folded(arrays_of(model)))
    np.testing.assert_allclose(plain.predict(images, verbose=0), model.predict(images, verbose=0), atol=1e-5)


def test_it_learns_which_colours_are_there_and_to_say_two_at_once():
    model = image_encoder(16, 2, width=4, depth=1)
    fit(model, *squares(256), "binary_crossentropy", rate=1e-2, epochs=20, batch=16, progress=False)
    images, present = squares(64, seed=1)
    says = model.predict(images, verbose=0)
    assert ((says > 0.5) == present).mean() > 0.95
    assert says[present.all(axis=1)].min() > 0.5


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"size": 62}, r"size must be divisible by 2\*\*depth = 4, got \(62, 62\)"),
        ({"depth": -1}, "depth must be 0 or more, got -1"),
        ({"width": 0}, "width must be a whole number, 1 or more, got 0"),
        ({"classes": 0}, "classes must be a whole number, 1 or more, got 0"),
        ({"channels": 0}, "channels must be a whole number, 1 or more, got 0"),
        ({"width": 1.5}, "width must be a whole number, 1 or more, got 1.5"),
        ({"width": True}, "width must be a whole number, 1 or more, got True"),
        ({"classes": "4"}, "classes must be a whole number, 1 or more, got '4'"),
        ({"channels": float("nan")}, "channels must be a whole number, 1 or more, got nan"),
    ],
)
def test_bad_numbers_are_refused(arguments, says):
    with pytest.raises(ValueError, match=says):
        image_encoder(**arguments)


def test_the_shipped_file_is_small_and_needs_no_pickle():
    with resources.as_file(resources.files("mmseg_edu") / "weights" / "encoder.npz") as path:
        assert path.stat().st_size < 150_000
        arrays = load_arrays(path)
        with np.load(path, allow_pickle=False) as archive:
            assert {archive[name].dtype for name in archive.files} == {np.dtype(np.float16)}
    model = image_encoder_shipped()
    for name, value in arrays_of(model).items():
        np.testing.assert_array_equal(value, arrays[name])


def test_the_shipped_encoder_names_what_is_visible_in_unseen_scenes():
    model = image_encoder_shipped()
    scenes = make_batch(120, seed=2_000_001, cache=False)
    present = pixel_shares(scenes.objects)[:, 1:] > 0
    says = model.predict(scenes.images, verbose=0) > 0.5
    right = (says == present).mean(axis=0)
    assert right.mean() > 0.94
    # Of no class does it do worse than one that always gives the commoner answer.
    assert (right > np.maximum(present.mean(axis=0), 1 - present.mean(axis=0)) + 0.1).all()
    in_the_dark = noisy(scenes.images, np.random.default_rng(0))
    assert ((model.predict(in_the_dark, verbose=0) > 0.5) == present).mean() > 0.9


def test_the_shipped_encoder_reads_other_sizes_and_untrained_knows_nothing():
    assert image_encoder_shipped((32, 48)).input.shape == (None, 32, 48, 3)
    scenes = make_batch(40, seed=2_000_001, cache=False)
    present = pixel_shares(scenes.objects)[:, 1:] > 0
    says = image_encoder_shipped(trained=False).predict(scenes.images, verbose=0) > 0.5
    assert (says == present).mean() < 0.7


@pytest.mark.slow
def test_a_small_training_writes_what_the_encoder_reads_and_repeats(tmp_path):
    first = train_encoder(tmp_path / "a.npz", seed=3, count=40, epochs=1, progress=False)
    second = train_encoder(tmp_path / "b.npz", seed=3, count=40, epochs=1, progress=False)
    assert first.keys() == second.keys() == {"encoder_cross_entropy", "encoder_right"}
    a, b = (load_arrays(tmp_path / name) for name in ("a.npz", "b.npz"))
    set_arrays(image_encoder_shipped(), a)
    for name in a:
        np.testing.assert_allclose(a[name], b[name], atol=2e-2)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"count": 19}, "count must be 20 or more, got 19"),
        ({"epochs": 0}, "epochs must be 1 or more, got 0"),
    ],
)
def test_too_little_training_is_refused(tmp_path, arguments, says):
    with pytest.raises(ValueError, match=says):
        train_encoder(tmp_path / "a.npz", **arguments)
