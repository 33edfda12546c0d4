"""Feature maps: a layer's output as the network computes it, for one picture or many."""

import numpy as np
import pytest

from mmseg_edu import backend
from mmseg_edu.features import cnn

pytestmark = pytest.mark.slow  # imports Keras


@pytest.fixture(scope="module")
def keras():
    return backend.load()


@pytest.fixture(scope="module")
def model(keras):
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((8, 10, 3), name="picture"),
            layers.Conv2D(4, 3, padding="same", name="first"),
            layers.BatchNormalization(name="norm"),
            layers.Dropout(0.5, name="drop"),
            layers.MaxPooling2D(2, name="pool"),
            layers.Flatten(name="flat"),
            layers.Dense(5, name="vector"),
        ]
    )


@pytest.fixture
def images():
    return np.random.default_rng(0).random((5, 8, 10, 3)).astype("float32")


def test_it_is_what_the_layers_compute(model, images):
    weights = model.get_layer("first").get_weights()
    expected = cnn.convolve(images, weights[0], padding="same") + weights[1]
    np.testing.assert_allclose(cnn.feature_maps(model, images, "first"), expected, atol=1e-5)
    norm = cnn.feature_maps(model, images, "norm")  # fresh statistics: mean 0, variance 1, epsilon 1e-3
    np.testing.assert_allclose(norm, expected / np.sqrt(1.001), atol=1e-5)
    np.testing.assert_array_equal(cnn.feature_maps(model, images, "drop"), norm)
    np.testing.assert_array_equal(cnn.feature_maps(model, images, "pool"), cnn.max_pool(norm))
    np.testing.assert_allclose(
        cnn.feature_maps(model, images, "vector"), model.predict(images, verbose=0), atol=1e-5
    )


def test_the_middle_of_a_network_of_branches(keras, images):
    layers = keras.layers
    picture = keras.Input((8, 10, 3), name="picture")
    twice = layers.Rescaling(2.0, name="twice")(picture)
    total = layers.Add(name="total")([picture, twice])
    model = keras.Model(picture, keras.ops.relu(total))
    np.testing.assert_allclose(cnn.feature_maps(model, images, "total"), 3 * images, rtol=1e-6)
    np.testing.assert_array_equal(cnn.feature_maps(model, images, "picture"), images)


@pytest.mark.parametrize("layer", ["pool", "vector"])
@pytest.mark.parametrize("batch", [1, 2, 5, 100])
def test_batches_and_single_pictures_agree(model, images, layer, batch):
    maps = cnn.feature_maps(model, images, layer)
    assert isinstance(maps, np.ndarray)
    assert maps.dtype == np.float32
    assert maps.shape[0] == 5
    np.testing.assert_allclose(cnn.feature_maps(model, images, layer, batch=batch), maps, atol=1e-5)
    np.testing.assert_allclose(cnn.feature_maps(model, images[2], layer), maps[2], atol=1e-5)
    assert cnn.feature_maps(model, images[:1], layer).shape == (1, *maps.shape[1:])


def test_no_more_pictures_at_once_than_asked(model, images):
    """Memory: the layers never see a larger batch."""
    seen = []
    layer = model.get_layer("pool")
    compute = layer.call
    layer.call = lambda x: (seen.append(x.shape[0]), compute(x))[1]
    try:
        cnn.feature_maps(model, images, "pool", batch=2)
    finally:
        layer.call = compute
    assert [n for n in seen if n is not None] == [2, 2, 1]


def test_double_precision_pictures_will_do_and_stay_untouched(model, images):
    given = images.astype("float64")
    before = given.copy()
    np.testing.assert_array_equal(
        cnn.feature_maps(model, given, "pool"), cnn.feature_maps(model, images, "pool")
    )
    np.testing.assert_array_equal(given, before)


def test_any_size_where_the_network_takes_any(keras):
    model = keras.Sequential([keras.Input((None, None, 3)), keras.layers.Conv2D(2, 3, name="last")])
    assert cnn.feature_maps(model, np.zeros((7, 9, 3)), "last").shape == (5, 7, 2)


def test_a_network_that_listens_gives_what_comes_before_the_sound():
    from mmseg_edu.models import audio_visual_unet

    model = audio_visual_unet(16, width=2, depth=2)
    picture = np.random.default_rng(1).random((16, 16, 3))
    assert cnn.feature_maps(model, picture, "halve").shape == (8, 8, 2)
    with pytest.raises(
        ValueError,
        match=r"layer 'posterior' must depend on one picture .* alone, got picture .*, sound \(None, 128\): choose an "
        "earlier layer",
    ):
        cnn.feature_maps(model, picture, "posterior")
    with pytest.raises(ValueError, match="layer 'listen_1' must depend on one picture"):
        cnn.feature_maps(model, picture, "listen_1")
    with pytest.raises(
        ValueError, match="layer 'posterior' must depend on the picture alone, got picture, sound"
    ):
        cnn.input_gradient(model, picture, "posterior")


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        (
            lambda x: (255 * x).astype(np.uint8),
            TypeError,
            "images must be floating point, got uint8: divide pixels",
        ),
        (
            lambda x: 255 * x,
            ValueError,
            r"images must lie in \[0, 1\], got values from 0.* to 25.*: divide by 255",
        ),
        (lambda x: x - 0.1, ValueError, r"images must lie in \[0, 1\], got values from -0.0"),
        (
            lambda x: np.where(x > 0.9, np.nan, x),
            ValueError,
            r"images must lie in \[0, 1\], got values from nan",
        ),
        (
            lambda x: x[..., 0],
            ValueError,
            r"images must have shape \(8, 10, 3\) or \(N, ...\) .* got \(5, 8, 10\)",
        ),
        (lambda x: np.moveaxis(x, -1, 1), ValueError, r"got \(5, 3, 8, 10\): resize them"),
        (lambda x: x[:, :7], ValueError, r"got \(5, 7, 10, 3\)"),
        (lambda x: x[:0], ValueError, r"at least one, got \(0, 8, 10, 3\)"),
        (lambda x: x[np.newaxis], ValueError, r"got \(1, 5, 8, 10, 3\)"),
        (lambda x: x[0, 0, 0], ValueError, r"got \(3,\)"),
    ],
)
def test_what_is_no_picture_of_this_network_is_refused(model, images, change, error, says):
    with pytest.raises(error, match=says):
        cnn.feature_maps(model, change(images), "pool")


def test_an_unknown_layer_is_refused_with_the_names(model, images):
    with pytest.raises(ValueError, match=r"got 'conv': choose from first, norm, drop, pool, flat, vector"):
        cnn.feature_maps(model, images, "conv")


@pytest.mark.parametrize("batch", [0, -1, 1.5, True])
def test_an_impossible_batch_is_refused(model, images, batch):
    with pytest.raises(ValueError, match="batch must be a whole number of pictures, 1 or more, got"):
        cnn.feature_maps(model, images, "pool", batch=batch)


def test_the_gradient_takes_one_picture(model, images):
    with pytest.raises(
        ValueError, match=r"image must be one picture \(H, W, C\), got \(5, 8, 10, 3\): take one"
    ):
        cnn.input_gradient(model, images, "pool")
    assert cnn.input_gradient(model, images[0], "vector").shape == (8, 10, 3)


def test_another_backend_is_refused(model, images, monkeypatch):
    keras = backend.load()
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    with pytest.raises(
        NotImplementedError, match="taken with TensorFlow or JAX, got the backend torch: restart the kernel"
    ):
        cnn.input_gradient(model, images[0], "pool")
    with pytest.raises(
        NotImplementedError,
        match="double precision with TensorFlow, got the backend torch: restart the kernel",
    ):
        cnn.measured_receptive_field(model, "pool")
