"""One body for all: each formula on float64 arrays, on eager tensors and in a symbolic graph."""

import numpy as np
import pytest

from mmseg_edu import backend, fusion

pytestmark = pytest.mark.slow  # imports Keras

PRIOR = np.array([0.6, 0.1, 0.1, 0.1, 0.1])
FORMULAS = {
    "mean": fusion.mean,
    "weighted": lambda p: fusion.weighted(p, [0.2, 0.3, 0.5]),
    "weighted by class": lambda p: fusion.weighted(p, np.full((3, 5), 1 / 3)),
    "weighted by pixel": lambda p: fusion.weighted(p, np.full((3, 1, 4, 4, 1), 1 / 3)),
    "product": lambda p: fusion.product(p, PRIOR),
    "product, no prior": fusion.product,
    "log_pool": lambda p: fusion.log_pool(p, [0.2, 0.0, 2.0], PRIOR),
    "maximum": lambda p: fusion.maximum(p, PRIOR),
    "minimum": lambda p: fusion.minimum(p, PRIOR),
    "median": lambda p: fusion.median(p, PRIOR),
    "majority": lambda p: fusion.majority(p, PRIOR),
    "over_pixels": lambda p: fusion.over_pixels(p[0], (2, 3)),
    "sounding": lambda p: fusion.sounding(p[0], p[1]),
    "temperature": lambda p: fusion.temperature(p[0], 2.0),
    "clip": lambda p: fusion.clip(p[0], 0.05),
    "film": lambda p: fusion.film(p[0], p[1][:, 0, 0], p[2][:, :, 0]),
    "concat": lambda p: fusion.concat([p[0], p[1][:, 0, 0], p[2]]),
    "low_rank_bilinear": lambda p: fusion.low_rank_bilinear(
        [p[0], p[1][:, 0, 0]], [PRIOR[:, None], PRIOR[:, None]], PRIOR[None]
    ),
    "attention": lambda p: fusion.attention(p[0], p[1], p[2]),
    "tpavi": lambda p: fusion.tpavi(p[0], p[1], p[2]),
    "inverse_variance_weights": lambda p: fusion.inverse_variance_weights(fusion.mean(p)),
}


@pytest.fixture(scope="module")
def keras():
    return backend.load()


@pytest.fixture(scope="module")
def opinions():
    return list(np.random.default_rng(0).dirichlet(np.ones(5), size=(3, 2, 4, 4)))


@pytest.mark.parametrize("name", FORMULAS)
def test_array_eager_tensor_and_graph_agree(keras, opinions, name):
    formula = FORMULAS[name]
    expected = formula(opinions)
    assert isinstance(expected, np.ndarray)
    assert expected.dtype == np.float64
    eager = formula([keras.ops.convert_to_tensor(p) for p in opinions])
    assert keras.ops.is_tensor(eager)
    inputs = [keras.Input((4, 4, 5), dtype="float64") for _ in opinions]
    graph = keras.Model(inputs, formula(inputs))(opinions)
    for tensor in (eager, graph):
        found = keras.ops.convert_to_numpy(tensor)
        assert found.dtype == (np.float64 if keras.backend.backend() != "jax" else np.float32)
        np.testing.assert_allclose(found, expected, rtol=1e-12 if found.dtype == np.float64 else 1e-5)


@pytest.mark.parametrize("name", ["mean", "product", "median", "majority"])
def test_a_stacked_tensor_will_do(keras, opinions, name):
    stacked = keras.ops.convert_to_tensor(np.stack(opinions))
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(FORMULAS[name](stacked)), FORMULAS[name](opinions), rtol=1e-5
    )


def test_a_sound_posterior_reaches_the_pixels_of_a_batch_of_unknown_size(keras):
    picture, sound = keras.Input((8, 6, 5)), keras.Input((5,))
    model = keras.Model(
        [picture, sound], fusion.product([picture, fusion.over_pixels(sound, (8, 6))], prior=PRIOR)
    )
    rng = np.random.default_rng(1)
    see, hear = (rng.dirichlet(np.ones(5), size).astype("float32") for size in ((3, 8, 6), (3,)))
    expected = fusion.product([see, fusion.over_pixels(hear, (8, 6))], prior=PRIOR)
    np.testing.assert_allclose(model.predict([see, hear], verbose=0), expected, rtol=1e-4, atol=1e-6)


def test_of_6001_tensors_the_odd_one_decides(keras):
    p = np.repeat([[0.6, 0.4], [0.4, 0.6]], [3000, 3001], axis=0).astype("float32")
    tensor, graph = keras.ops.convert_to_tensor(p), keras.Input((2,), batch_size=6001)
    for fuse in (fusion.product, lambda q: fusion.log_pool(q, np.ones(6001))):
        eager, compiled = fuse(tensor), keras.Model(graph, fuse(graph))(tensor)
        for fused in (eager, compiled):
            found = keras.ops.convert_to_numpy(fused)
            assert found.dtype == np.float32
            np.testing.assert_allclose(found, [0.4, 0.6], atol=1e-3)


def test_arrays_beside_tensors_become_tensors(keras, opinions):
    mixed = [opinions[0], keras.ops.convert_to_tensor(opinions[1].astype("float32"))]
    fused = fusion.product(mixed, PRIOR)
    assert keras.ops.is_tensor(fused)
    assert keras.ops.convert_to_numpy(fused).dtype == np.float32
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(fused), fusion.product(opinions[:2], PRIOR), rtol=1e-4
    )


def test_learnable_numbers_reach_the_formulas(keras, opinions):
    alpha = keras.Variable(np.array([0.2, 0.3, 0.5], "float32"))
    for fused, expected in (
        (fusion.weighted(opinions, alpha), fusion.weighted(opinions, [0.2, 0.3, 0.5])),
        (fusion.log_pool(opinions, alpha, PRIOR), fusion.log_pool(opinions, [0.2, 0.3, 0.5], PRIOR)),
        (fusion.temperature(opinions[0], keras.Variable(2.0)), fusion.temperature(opinions[0], 2.0)),
    ):
        np.testing.assert_allclose(keras.ops.convert_to_numpy(fused), expected, rtol=1e-4)


def test_gradients_are_finite_after_clip(keras):
    if keras.backend.backend() != "tensorflow":
        pytest.skip("written for TensorFlow's tape")
    import tensorflow as tf

    p, w = tf.constant([[[0.0, 1.0]], [[0.7, 0.3]]]), tf.Variable([1.0, 0.0])
    with tf.GradientTape() as tape:
        tape.watch(p)
        fused = fusion.log_pool(fusion.clip(p, 0.01), w, [0.3, 0.7])[0, 0]
    for slope in tape.gradient(fused, [p, w]):
        assert np.isfinite(slope.numpy()).all()


def test_every_class_vetoed_is_nan_in_a_tensor(keras):
    fused = fusion.product(keras.ops.convert_to_tensor([[0.0, 1.0], [1.0, 0.0]]))
    assert np.isnan(keras.ops.convert_to_numpy(fused)).all()


def test_shapes_are_checked_in_a_graph(keras):
    with pytest.raises(ValueError, match=r"over_pixels\(posterior, \(H, W\)\)"):
        fusion.mean([keras.Input((4, 4, 5)), keras.Input((5,))])
    with pytest.raises(ValueError, match="prior must have shape"):
        fusion.product([keras.Input((4, 4, 5))], prior=[0.5, 0.5])
    with pytest.raises(ValueError, match="pass a list of arrays"):
        fusion.mean(keras.Input((4, 4, 5)))  # the batch axis is no list of modalities


def test_whole_numbers_become_floats(keras):
    fused = fusion.mean([keras.ops.convert_to_tensor([[1, 0]]), keras.ops.convert_to_tensor([[0, 1]])])
    np.testing.assert_allclose(keras.ops.convert_to_numpy(fused), [[0.5, 0.5]])
