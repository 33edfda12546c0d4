"""Seg-Grad-CAM: the formula by hand, the gradient by differences, and the sanity tests that a map must pass."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from mmseg_edu import explain
from mmseg_edu.explain.grad_cam import ActivationMap


def numpy_of(keras, tensor):
    return np.asarray(keras.ops.convert_to_tensor(tensor))


@pytest.fixture
def listener(keras):
    """A small U with a skip round its bottleneck, and a sound that turns the bottleneck."""
    layers = keras.layers
    picture, sound = layers.Input((8, 12, 3), name="picture"), layers.Input((4,), name="sound")
    fine = layers.Conv2D(5, 3, padding="same", activation="relu", name="fine")(picture)
    features = layers.MaxPooling2D(2, name="pool")(fine)
    features = layers.Conv2D(6, 3, padding="same", name="bottleneck")(features)
    features = layers.BatchNormalization(name="norm")(features)
    turned = layers.Reshape((1, 1, 6))(layers.Dense(6, name="listen")(sound))
    features = layers.Activation("tanh", name="deep")(layers.Multiply(name="film")([features, turned]))
    features = layers.UpSampling2D(2, name="double")(features)
    features = layers.Concatenate(name="join")([fine, features])
    scores = layers.Conv2D(3, 1, name="logits")(features)
    return keras.Model([picture, sound], layers.Softmax(name="posterior")(scores))


@pytest.fixture
def scene():
    rng = np.random.default_rng(0)
    return [rng.random((8, 12, 3)).astype(np.float32), rng.normal(size=4).astype(np.float32)]


# The formula


def test_by_hand():
    maps = np.array([[[1.0, 2.0], [3.0, 0.0]], [[0.0, 1.0], [2.0, 2.0]]])
    gradients = np.zeros((2, 2, 2))
    gradients[0, 0] = [4, -2]  # means 1 and -0.5
    np.testing.assert_allclose(explain.grad_cam(maps, gradients), [[0, 3], [0, 1]])


@given(st.integers(0, 2**32 - 1))
def test_it_is_the_slow_loop_and_does_not_mind_the_order_of_the_channels(seed):
    rng = np.random.default_rng(seed)
    h, w, k = rng.integers(1, 5, 3)
    maps, slopes = rng.normal(size=(2, h, w, k))
    found = explain.grad_cam(maps, slopes)
    for u in range(h):
        for v in range(w):
            total = sum(slopes[..., c].mean() * maps[u, v, c] for c in range(k))
            assert np.isclose(found[u, v], max(0, total))
    order = rng.permutation(k)
    np.testing.assert_allclose(explain.grad_cam(maps[..., order], slopes[..., order]), found, atol=1e-12)


@pytest.mark.parametrize(
    ("maps", "gradients", "says"),
    [
        (np.ones((2, 2)), np.ones((2, 2)), r"shape \(..., h, w, K\), got \(2, 2\) and \(2, 2\)"),
        (np.ones((2, 2, 1)), np.ones((2, 2, 3)), r"got \(2, 2, 1\) and \(2, 2, 3\)"),
        (np.full((2, 2, 1), np.nan), np.ones((2, 2, 1)), "must be finite, got NaN or infinity"),
    ],
)
def test_the_formula_takes_maps_and_their_gradients(maps, gradients, says):
    with pytest.raises(ValueError, match=says):
        explain.grad_cam(maps, gradients)


# In a network


@pytest.mark.parametrize("layer", ["bottleneck", "fine", "film"])
def test_the_gradient_is_what_small_changes_of_the_layer_do(keras, listener, scene, layer):
    """Past the layer, round it through the skip, and through the sound: by central differences."""
    pixels = np.zeros((8, 12), bool)
    pixels[2:5, 3:9] = True
    target = listener.get_layer(layer).output
    batch = [each[None] for each in scene]
    maps = numpy_of(keras, keras.Model(listener.inputs, target)(batch)).astype(np.float64)
    behind = keras.Function([target, *listener.inputs], listener.get_layer("logits").output)

    def score(changed):
        return numpy_of(keras, behind([changed.astype(np.float32), *batch]))[0][pixels][:, 1].sum(
            dtype=np.float64
        )

    step = 0.05
    weights = []
    for k in range(maps.shape[-1]):
        channel = np.zeros_like(maps)
        channel[..., k] = step
        weights.append((score(maps + channel) - score(maps - channel)) / (2 * step) / maps[0, ..., 0].size)
    expected = np.maximum(maps[0] @ np.array(weights), 0)
    found = explain.seg_grad_cam(listener, scene, layer, 1, pixels)
    np.testing.assert_allclose(found.coarse, expected, rtol=0.02, atol=0.02 * np.abs(expected).max() + 1e-4)


def test_both_sizes_come_back(listener, scene):
    found = explain.seg_grad_cam(listener, scene, "bottleneck", 0, np.ones((8, 12), bool))
    assert isinstance(found, ActivationMap)
    assert (found.coarse.shape, found.fine.shape) == ((4, 6), (8, 12))
    assert found.coarse.min() >= 0
    assert found.fine.max() <= found.coarse.max()


def test_the_pixels_are_by_default_those_given_to_the_class(keras, listener, scene):
    answer = numpy_of(keras, listener([each[None] for each in scene]))[0].argmax(axis=-1)
    common = int(np.bincount(answer.ravel(), minlength=3).argmax())
    by_default = explain.seg_grad_cam(listener, scene, "bottleneck", common)
    by_mask = explain.seg_grad_cam(listener, scene, "bottleneck", common, answer == common)
    np.testing.assert_array_equal(by_default.coarse, by_mask.coarse)


def test_sets_of_pixels_add_up_before_the_rectifier(listener, scene):
    """The score is a sum over the set, so all weights of two halves add up to those of the whole."""
    left = np.zeros((8, 12), bool)
    left[:, :6] = True
    parts = [
        explain.seg_grad_cam(listener, scene, "fine", 2, each).coarse for each in (left, ~left, left | ~left)
    ]
    assert (parts[2] <= parts[0] + parts[1] + 1e-5).all()


def test_a_batch_gives_each_scene_the_map_that_it_has_alone(listener):
    rng = np.random.default_rng(1)
    batch = [rng.random((3, 8, 12, 3)).astype(np.float32), rng.normal(size=(3, 4)).astype(np.float32)]
    pixels = rng.random((3, 8, 12)) < 0.5
    together = explain.seg_grad_cam(listener, batch, "bottleneck", 2, pixels)
    assert (together.coarse.shape, together.fine.shape) == ((3, 4, 6), (3, 8, 12))
    for i in range(3):
        alone = explain.seg_grad_cam(listener, [each[i] for each in batch], "bottleneck", 2, pixels[i])
        np.testing.assert_allclose(together.coarse[i], alone.coarse, rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(together.fine[i], alone.fine, rtol=1e-4, atol=1e-6)
    pixels[1] = False
    with pytest.raises(ValueError, match="got none in scene 1: give those"):
        explain.seg_grad_cam(listener, batch, "bottleneck", 2, pixels)


def test_the_models_weights_and_answers_stay(keras, listener, scene):
    before = numpy_of(keras, listener([each[None] for each in scene]))
    nodes = [len(layer._inbound_nodes) for layer in listener.layers]
    explain.seg_grad_cam(listener, scene, "bottleneck", 0, np.ones((8, 12), bool))
    assert [len(layer._inbound_nodes) for layer in listener.layers] == nodes
    np.testing.assert_array_equal(numpy_of(keras, listener([each[None] for each in scene])), before)


def test_a_picture_alone_will_do(keras):
    picture = keras.layers.Input((4, 4, 3))
    scores = keras.layers.Conv2D(2, 1, name="logits")(keras.layers.Conv2D(3, 1, name="maps")(picture))
    model = keras.Model(picture, scores)
    image = np.random.default_rng(0).random((4, 4, 3))
    assert explain.seg_grad_cam(model, [image], "maps", 0, np.ones((4, 4), bool)).coarse.shape == (4, 4)


# Sanity


@pytest.mark.parametrize("patch", [(0, 0), (3, 1), (2, 4)])
def test_where_one_patch_decides_the_map_lies_on_it(keras, patch):
    """Channel 0 of the layer is on in one patch alone, and only channel 0 leads to the class."""
    layers = keras.layers
    picture = layers.Input((8, 12, 3))
    maps = layers.AveragePooling2D(2, name="maps")(picture)
    scores = layers.Dense(2, use_bias=False, name="whole")(layers.GlobalAveragePooling2D()(maps))
    scores = layers.Add(name="logits")(
        [layers.Reshape((1, 1, 2))(scores), layers.Rescaling(0.0)(layers.Conv2D(2, 1)(picture))]
    )
    model = keras.Model(picture, scores)
    model.get_layer("whole").set_weights([np.array([[0, 1], [0, 0], [0, -1]], np.float32)])
    image = np.zeros((8, 12, 3), np.float32)
    image[..., 1] = np.random.default_rng(0).random((8, 12))  # bright, and of no concern
    image[2 * patch[0] : 2 * patch[0] + 2, 2 * patch[1] : 2 * patch[1] + 2, 0] = 1
    found = explain.seg_grad_cam(model, [image], "maps", 1, np.ones((8, 12), bool)).coarse
    expected = np.zeros((4, 6))
    expected[patch] = found.max()
    assert found.max() > 0
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_shuffled_weights_are_the_same_numbers_elsewhere(keras, listener):
    before = [numpy_of(keras, weight) for weight in listener.weights]
    other = explain.shuffled_weights(listener, seed=1)
    assert [layer.name for layer in other.layers] == [layer.name for layer in listener.layers]
    for own, mixed, was in zip(listener.weights, other.weights, before, strict=True):
        np.testing.assert_array_equal(numpy_of(keras, own), was)
        np.testing.assert_array_equal(np.sort(numpy_of(keras, mixed), axis=None), np.sort(was, axis=None))
    kernels = [
        (numpy_of(keras, a) != b).any() for a, b in zip(other.weights, before, strict=True) if b.ndim > 1
    ]
    assert all(kernels)


@pytest.mark.parametrize("sequential", [False, True])
def test_a_network_that_was_trained_with_a_loss_of_ones_own_can_be_shuffled(keras, sequential):
    parts = [keras.layers.Input((4, 4, 3)), keras.layers.Conv2D(2, 1, name="logits")]
    model = keras.Sequential(parts) if sequential else keras.Model(parts[0], parts[1](parts[0]))
    model.compile("sgd", lambda truth, answer: keras.ops.mean((truth - answer) ** 2))
    other = explain.shuffled_weights(model, seed=0)
    assert other.output_shape == model.output_shape == (None, 4, 4, 2)
    assert (numpy_of(keras, other.weights[0]) != numpy_of(keras, model.weights[0])).any()


def test_one_layer_may_be_shuffled_alone(keras, listener):
    other = explain.shuffled_weights(listener, seed=1, layers=["logits"])
    changed = [
        layer.name
        for layer, own in zip(other.layers, listener.layers, strict=True)
        for a, b in zip(layer.weights, own.weights, strict=True)
        if (numpy_of(keras, a) != numpy_of(keras, b)).any()
    ]
    assert changed == ["logits"]
    with pytest.raises(
        ValueError, match="layers must be the model's, got softmax: choose from picture, fine"
    ):
        explain.shuffled_weights(listener, seed=1, layers=["softmax"])


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=50)
def test_the_rank_correlation_is_spearmans_and_sees_order_alone(seed):
    rng = np.random.default_rng(seed)
    one, other = rng.integers(0, 6, (2, 4, 5)) + 0.0
    one[0, 0], other[0, 0] = 9, 9
    found = explain.rank_correlation(one, other)
    assert np.isclose(found, spearmanr(one.ravel(), other.ravel()).statistic)
    assert np.isclose(explain.rank_correlation(np.exp(one), other), found)
    assert np.isclose(explain.rank_correlation(-one, other), -found)
    assert explain.rank_correlation(one, one) == pytest.approx(1)


def test_a_constant_map_has_no_order():
    assert explain.rank_correlation(np.zeros((3, 3)), np.arange(9.0).reshape(3, 3)) == 0
    with pytest.raises(ValueError, match=r"one shape, 2 numbers or more, got \(2,\) and \(3,\)"):
        explain.rank_correlation([1, 2], [1, 2, 3])
    with pytest.raises(ValueError, match="must be finite, got NaN or infinity"):
        explain.rank_correlation([1, np.nan], [1, 2])


# What is refused


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"layer": "listen"}, r"layer 'listen' must give maps \(N, h, w, K\), got \(None, 6\)"),
        ({"layer": "nowhere"}, "layer must be one of the model's, got 'nowhere'"),
        ({"layer": "posterior"}, "layer 'posterior' must lead to 'logits', got one that does not"),
        ({"logits": "scores"}, "layer must be one of the model's, got 'scores'"),
        ({"class_index": 3}, "class_index must be a whole number from 0 to 2, got 3"),
        ({"class_index": True}, "class_index must be a whole number from 0 to 2, got True"),
        (
            {"pixels": np.ones((8, 12))},
            r"mask of booleans \(H, W\) = \(8, 12\) a scene, 1 in all, got float64",
        ),
        ({"pixels": np.ones((4, 6), bool)}, r"got bool of shape \(1, 4, 6\)"),
        ({"pixels": np.zeros((8, 12), bool)}, "pixels must hold at least one, got none: give those"),
        (
            {"inputs": [np.ones((2, 8, 12, 3)), np.ones((1, 4))]},
            r"one scene's \(8, 12, 3\), \(4,\), or N of each, got \(2, 8, 12, 3\), \(1, 4\)",
        ),
        ({"inputs": [np.ones((8, 12, 3)), np.ones((1, 4))]}, r"or N of each, got \(8, 12, 3\), \(1, 4\)"),
        ({"inputs": [np.ones((8, 12, 3))]}, r"or N of each, got \(8, 12, 3\): take"),
        ({"inputs": [np.ones((0, 8, 12, 3)), np.ones((0, 4))]}, r"or N of each, got \(0, 8, 12, 3\)"),
    ],
)
def test_what_does_not_fit_is_refused(listener, scene, change, says):
    given = {"inputs": scene, "layer": "bottleneck", "class_index": 1, "pixels": np.ones((8, 12), bool)}
    with pytest.raises(ValueError, match=says):
        explain.seg_grad_cam(listener, **(given | change))


def test_a_class_that_the_model_gives_to_no_pixel_is_named(keras, listener, scene):
    kernel, bias = listener.get_layer("logits").get_weights()
    listener.get_layer("logits").set_weights([kernel, bias - np.array([0, 0, 1e3], np.float32)])
    with pytest.raises(ValueError, match="got none of class 2 in the answer: give those that you ask about"):
        explain.seg_grad_cam(listener, scene, "bottleneck", 2)
