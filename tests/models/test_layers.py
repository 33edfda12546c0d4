"""Layers that fuse: shapes, limits, laws, gradients, and a life on disk."""

import numpy as np
import pytest

from mmseg_edu import backend, fusion
from mmseg_edu.models import layers

keras = backend.load()

# Keras asks its variables for an array in a way that NumPy 2 calls old.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

FEATURE_LAYERS = {
    "film": layers.Film,
    "gated": layers.Gated,
    "concat": layers.Concat,
    "bilinear": lambda **options: layers.Bilinear(rank=3, **options),
    "cross_attention": lambda **options: layers.CrossAttention(tokens=3, heads=2, width=4, **options),
    # Of width 1 its last matrix has one number a channel, whose size the normalisation behind it takes out again: a
    # slope of 0 but for rounding.
    "tpavi": lambda **options: layers.Tpavi(width=2, **options),
}
POOLS = {
    "weighted": layers.Weighted,
    "weighted by class": lambda **options: layers.Weighted(per_class=True, **options),
    "product": lambda **options: layers.Product(prior=[0.5, 0.25, 0.125, 0.125], **options),
}
# Features, sound and a motion map: still, of another size, a film, and a film with one sound for all its frames.
STAGES = {
    "still": ((6, 4, 3), [(5,)]),
    "still, three senses": ((4, 6, 4), [(5,), (4, 6, 2)]),
    "still, two sounds": ((4, 4, 3), [(5,), (7,)]),
    "film": ((2, 4, 4, 3), [(2, 5)]),
    "film, three senses": ((3, 4, 2, 3), [(3, 5), (3, 4, 2, 1)]),
    "film, one sound": ((2, 4, 4, 3), [(5,)]),
}


def numpy(tensor):
    if isinstance(tensor, keras.Variable):
        return tensor.numpy().copy()
    return np.asarray(keras.ops.convert_to_numpy(tensor))


def senses(stage, count=2, seed=0):
    features, others = STAGES[stage]
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(count, *shape)).astype("float32") for shape in (features, *others)]


def posteriors(shapes, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.dirichlet(np.ones(shape[-1]), shape[:-1]).astype("float32") for shape in shapes]


def scatter(layer, seed=0):
    """Give every weight a value, so that nothing is as it started."""
    rng = np.random.default_rng(seed)
    layer.set_weights([0.3 * rng.normal(size=w.shape) + ("variance" in w.path) * 2 for w in layer.weights])


def model_of(layer, given):
    inputs = [keras.Input(value.shape[1:]) for value in given]
    return keras.Model(inputs, layer(inputs))


def slopes(model, given):
    """How far one step of plain gradient descent moves each weight."""
    model.compile(keras.optimizers.SGD(1e-2), "mse", run_eagerly=keras.backend.backend() == "tensorflow")
    before = [numpy(w) for w in model.trainable_variables]
    target = np.random.default_rng(9).normal(size=model.output.shape[1:]).astype("float32")
    model.train_on_batch(given, np.repeat(target[None], len(given[0]), axis=0))
    return [numpy(w) - old for w, old in zip(model.trainable_variables, before, strict=True)]


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("name", FEATURE_LAYERS)
def test_what_comes_out_has_the_shape_of_the_features_and_is_finite(name, stage):
    given = senses(stage)
    model = model_of(FEATURE_LAYERS[name](name=name), given)
    assert model.output.shape[1:] == given[0].shape[1:]
    scatter(model.get_layer(name))
    found = numpy(model(given))
    assert found.shape == given[0].shape
    assert np.isfinite(found).all()
    assert not np.allclose(found, given[0])


@pytest.mark.parametrize("name", POOLS)
@pytest.mark.parametrize(
    "shapes", [[(2, 3, 5, 4), (2, 4)], [(2, 3, 3, 4), (2, 3, 3, 4), (2, 4)], [(2, 2, 3, 3, 4), (2, 2, 4)]]
)
def test_pools_of_posteriors_give_the_shape_of_the_first(name, shapes):
    given = posteriors(shapes)
    model = model_of(POOLS[name](name="pool"), given)
    found = numpy(model(given))
    assert found.shape == shapes[0]
    assert model.output.shape[1:] == shapes[0][1:]
    if name != "weighted by class":
        np.testing.assert_allclose(found.sum(axis=-1), 1, atol=1e-5)


# Limits


@pytest.mark.parametrize("name", ["film", "tpavi"])
@pytest.mark.parametrize("stage", STAGES)
def test_at_the_start_it_is_the_identity(name, stage):
    given = senses(stage)
    layer = FEATURE_LAYERS[name](name=name)
    np.testing.assert_array_equal(numpy(layer(given)), given[0])


@pytest.mark.parametrize(("score", "which"), [(60.0, "image"), (-60.0, "sound")])
def test_gate_1_gives_the_image_and_gate_0_the_sound(score, which):
    given = senses("still")
    layer = layers.Gated()
    layer(given)
    scatter(layer)
    layer.bias.assign(np.stack([np.full(3, score), np.zeros(3)]))
    expected = given[0] if which == "image" else fusion.over_pixels(numpy(layer.value[0](given[1])), (6, 4))
    np.testing.assert_allclose(numpy(layer(given)), expected, atol=1e-5)
    gates = numpy(layer.reading(given))
    assert gates.shape == (2, 2, 6, 4, 3)
    np.testing.assert_allclose(gates.sum(axis=0), 1, atol=1e-5)


def test_an_unlearnt_gate_lets_0_73_of_the_image_through():
    given = senses("still")
    layer = layers.Gated()
    layer(given)
    layer.set_weights([numpy(w) * ("gate_bias" in w.path) for w in layer.weights])
    np.testing.assert_allclose(numpy(layer.reading(given))[0], 1 / (1 + np.exp(-1)), rtol=1e-5)


def test_concatenation_is_two_matrices_and_without_a_nonlinearity_the_sound_only_shifts():
    given = senses("still")
    layer = layers.Concat(activation=None)
    layer(given)
    scatter(layer)
    matrix, bias = layer.get_weights()
    expected = given[0] @ matrix[:3] + (given[1] @ matrix[3:] + bias)[:, None, None]
    np.testing.assert_allclose(numpy(layer(given)), expected, atol=1e-5)
    shift = numpy(layer([given[0], given[1] + 1])) - numpy(layer(given))
    np.testing.assert_allclose(shift, np.broadcast_to(shift[:1, :1, :1], shift.shape), atol=1e-5)
    np.testing.assert_allclose(
        numpy(_like(layer, layers.Concat(), given)(given)), np.maximum(expected, 0), atol=1e-5
    )


def _like(layer, other, given):
    other(given)
    other.set_weights(layer.get_weights())
    return other


def test_the_bilinear_layer_equals_the_whole_tensor():
    given = senses("still")
    layer = layers.Bilinear(rank=4)
    layer(given)
    scatter(layer)
    u, v, p, bias = (numpy(w) for w in (*layer.factors, layer.out, layer.bias))
    tensor = np.einsum("ir,jr,rk->ijk", u, v, p)
    sound = np.concatenate([given[1], np.ones((2, 1))], axis=1)
    expected = np.einsum("nhwi,nj,ijk->nhwk", given[0], sound, tensor) + bias
    np.testing.assert_allclose(numpy(layer(given)), expected, atol=1e-4)


def test_an_unlearnt_product_in_silence_hands_the_picture_on():
    """The 1 behind the sound multiplies by 1: what is left is a matrix of the picture alone."""
    given = senses("still")
    layer = layers.Bilinear(rank=4)
    layer(given)
    expected = given[0] @ numpy(layer.factors[0]) @ numpy(layer.out)
    np.testing.assert_allclose(numpy(layer([given[0], 0 * given[1]])), expected, atol=1e-5)


@pytest.mark.parametrize("stage", ["still", "film", "film, three senses"])
def test_uniform_attention_is_the_mean_of_the_values(stage):
    given = senses(stage)
    layer = FEATURE_LAYERS["cross_attention"]()
    layer(given)
    scatter(layer)
    for query in layer.query:
        query.set_weights([0 * w for w in query.get_weights()])
    values = numpy(layer.value[0](given[1])).reshape(2, -1, 2 * 4)
    answer = numpy(layer.out(values.mean(axis=1)))
    expected = given[0] + answer.reshape(2, *(1,) * (given[0].ndim - 2), -1)
    np.testing.assert_allclose(numpy(layer(given)), expected, atol=1e-5)
    weights = numpy(layer.reading(given))
    tokens = 3 * (given[1].shape[1] if given[1].ndim == 3 else 1)
    assert weights.shape == (*given[0].shape[:-1], 2, tokens)
    np.testing.assert_allclose(weights, 1 / tokens, rtol=1e-5)


def test_attention_by_a_slow_loop():
    given = senses("film, three senses", count=1)
    layer = layers.CrossAttention(tokens=2, heads=1, width=3)
    layer(given)
    scatter(layer)
    query = numpy(layer.query[0](given[0])) + numpy(layer.query[1](given[2]))
    key, value = (numpy(each[0](given[1])).reshape(-1, 3) for each in (layer.key, layer.value))
    out, bias = layer.out.get_weights()
    found = numpy(layer(given))
    for place in np.ndindex(3, 4, 2):
        scores = [query[(0, *place)] @ k / np.sqrt(3) for k in key]
        shares = np.exp(scores) / np.exp(scores).sum()
        expected = given[0][(0, *place)] + sum(s * v for s, v in zip(shares, value, strict=True)) @ out + bias
        np.testing.assert_allclose(found[(0, *place)], expected, atol=1e-5)
        np.testing.assert_allclose(numpy(layer.reading(given))[(0, *place)][0], shares, atol=1e-5)


def test_one_token_leaves_nothing_to_choose():
    given = senses("still")
    layer = layers.CrossAttention(tokens=1, heads=2, width=4)
    layer(given)
    scatter(layer)
    added = numpy(layer(given)) - given[0]
    np.testing.assert_allclose(added, np.broadcast_to(added[:, :1, :1], added.shape), atol=1e-5)


def test_tpavi_by_a_slow_loop_over_pairs_of_pixels():
    given = senses("film, three senses", count=1)
    layer = layers.Tpavi(width=2)
    layer(given)
    scatter(layer)
    layer.norm.set_weights([np.ones(3), np.zeros(3), np.zeros(3), np.ones(3)])
    theta, g = (numpy(each(given[0])).reshape(-1, 2) for each in (layer.query, layer.value))
    phi = numpy(layer.key[0](given[1]))[:, :, None, None] + numpy(layer.key[1](given[2]))
    phi = phi.reshape(-1, 2)
    total = len(theta)
    assert total == 3 * 4 * 2
    gathered = np.zeros((total, 2))
    for p in range(total):
        for other in range(total):
            gathered[p] += theta[p] @ phi[other] * g[other] / total
    added = gathered @ layer.out.get_weights()[0] / np.sqrt(1 + layer.norm.epsilon)
    np.testing.assert_allclose(numpy(layer(given)), given[0] + added.reshape(given[0].shape), atol=1e-5)
    match = theta @ phi.mean(axis=0)
    np.testing.assert_allclose(numpy(layer.reading(given)), match.reshape(1, 3, 4, 2), atol=1e-5)


def test_with_one_frame_tpavi_adds_one_vector_by_a_map():
    given = senses("still", count=1)
    layer = layers.Tpavi()
    layer(given)
    scatter(layer)
    layer.norm.set_weights([np.ones(3), np.zeros(3), np.zeros(3), np.ones(3)])
    added = (numpy(layer(given)) - given[0]).reshape(-1, 3)
    assert np.linalg.matrix_rank(added, tol=1e-4) == 1


@pytest.mark.parametrize("per_class", [False, True])
def test_alpha_starts_as_the_mean_and_one_hot_selects(per_class):
    given = posteriors([(2, 3, 3, 4), (2, 4), (2, 3, 3, 4)])
    layer = layers.Weighted(per_class=per_class)
    everywhere = [given[0], fusion.over_pixels(given[1], (3, 3)), given[2]]
    np.testing.assert_allclose(numpy(layer(given)), fusion.mean(everywhere), atol=1e-6)
    for i, expected in enumerate(everywhere):
        score = np.full(layer.scores.shape, -40.0)
        score[i] = 40
        layer.scores.assign(score)
        np.testing.assert_allclose(numpy(layer(given)), expected, atol=1e-6)
        np.testing.assert_allclose(numpy(layer.reading(given)).sum(axis=0), 1, atol=1e-6)


def test_one_informative_and_one_uniform_posterior_give_the_informative_one():
    (seen,) = posteriors([(2, 3, 3, 4)])
    heard = np.full((2, 4), 0.25, "float32")
    np.testing.assert_allclose(numpy(layers.Product()([seen, heard])), seen, atol=1e-5)
    np.testing.assert_allclose(
        numpy(layers.Product()([np.full_like(seen, 0.25), seen[:, 0, 0]])),
        fusion.over_pixels(seen[:, 0, 0], (3, 3)),
        atol=1e-5,
    )


def test_a_sense_that_says_no_more_than_the_prior_changes_nothing():
    (seen,) = posteriors([(2, 3, 3, 4)])
    prior = [0.7, 0.1, 0.15, 0.05]
    heard = np.tile(np.float32(prior), (2, 1))
    np.testing.assert_allclose(numpy(layers.Product(prior)([seen, heard])), seen, atol=1e-5)


def test_where_all_are_vetoed_the_product_is_still_finite():
    never = np.zeros((1, 1, 1, 4), "float32")
    never[..., 0] = 1
    other = np.float32([[0, 1, 0, 0]])
    np.testing.assert_allclose(numpy(layers.Product()([never, other]))[0, 0, 0], [0.5, 0.5, 0, 0], atol=1e-5)


# Laws


@pytest.mark.parametrize("stage", ["still", "still, three senses", "film"])
@pytest.mark.parametrize("name", FEATURE_LAYERS)
def test_pixels_in_another_order_come_out_in_that_order(name, stage):
    given = senses(stage)
    layer = FEATURE_LAYERS[name]()
    layer(given)
    scatter(layer)
    rows, columns = (np.random.default_rng(1).permutation(side) for side in given[0].shape[-3:-1])

    def shuffled(value):
        return value[..., rows, :, :][..., :, columns, :] if value.ndim == given[0].ndim else value

    expected = shuffled(numpy(layer(given)))
    np.testing.assert_allclose(numpy(layer([shuffled(v) for v in given])), expected, atol=1e-5)


@pytest.mark.parametrize("name", [*FEATURE_LAYERS, *POOLS])
def test_scenes_of_a_batch_do_not_know_of_each_other(name):
    given = senses("still") if name in FEATURE_LAYERS else posteriors([(2, 3, 3, 4), (2, 4)])
    layer = {**FEATURE_LAYERS, **POOLS}[name]()
    layer(given)
    if name in FEATURE_LAYERS:
        scatter(layer)
    alone = np.concatenate([numpy(layer([v[i : i + 1] for v in given])) for i in range(2)])
    np.testing.assert_allclose(numpy(layer(given)), alone, atol=1e-5)


# Learning


@pytest.mark.parametrize("stage", ["still", "still, three senses", "film, three senses"])
@pytest.mark.parametrize("name", FEATURE_LAYERS)
def test_the_gradient_reaches_every_weight(name, stage):
    """TPAVI starts behind a scale of 0 on purpose: its first step moves that scale and shift alone, its second all."""
    given = senses(stage, count=4)
    model = model_of(FEATURE_LAYERS[name](name=name), given)
    first = {
        w.path: np.abs(s).max() for w, s in zip(model.trainable_variables, slopes(model, given), strict=True)
    }
    if name == "tpavi":
        assert {path for path, step in first.items() if step > 0} == {
            path for path in first if path.endswith(("gamma", "beta"))
        }
        first = {
            w.path: np.abs(s).max()
            for w, s in zip(model.trainable_variables, slopes(model, given), strict=True)
        }
    # One number for all keys, added to every score of a softmax, cancels there: its slope is 0 and stays it.
    dead = [path for path, step in first.items() if step == 0]
    assert dead == []


@pytest.mark.parametrize("name", POOLS)
def test_the_gradient_passes_to_both_heads(name):
    picture, sound = keras.Input((3, 3, 2)), keras.Input((5,))
    see = keras.layers.Dense(4, "softmax", name="see")(picture)
    hear = keras.layers.Dense(4, "softmax", name="hear")(sound)
    model = keras.Model([picture, sound], POOLS[name](name="pool")([see, hear]))
    rng = np.random.default_rng(0)
    steps = slopes(model, [rng.normal(size=(4, 3, 3, 2)), rng.normal(size=(4, 5))])
    assert all(np.abs(step).max() > 0 for step in steps)
    assert len(steps) == 4 + ("weighted" in name)


# A life on disk, and in half precision


@pytest.mark.parametrize("name", [*FEATURE_LAYERS, *POOLS])
def test_saved_and_read_again_in_safe_mode_it_says_the_same(name, tmp_path):
    pool = name in POOLS
    given = posteriors([(2, 3, 3, 4), (2, 4)]) if pool else senses("film, three senses")
    model = model_of({**FEATURE_LAYERS, **POOLS}[name](name="fuse"), given)
    scatter(model.get_layer("fuse"))
    model.save(tmp_path / "network.keras")
    again = keras.models.load_model(tmp_path / "network.keras")
    assert again.get_layer("fuse").get_config() == model.get_layer("fuse").get_config()
    np.testing.assert_array_equal(numpy(again(given)), numpy(model(given)))


@pytest.mark.parametrize("name", [*FEATURE_LAYERS, *POOLS])
def test_in_half_precision_it_computes_in_halves_and_keeps_its_weights_whole(name):
    pool = name in POOLS
    given = posteriors([(2, 3, 3, 4), (2, 4)]) if pool else senses("film, three senses")
    layer = {**FEATURE_LAYERS, **POOLS}[name](dtype="mixed_float16")
    found = layer(given)
    assert keras.backend.standardize_dtype(found.dtype) == "float16"
    assert np.isfinite(numpy(found)).all()
    assert {keras.backend.standardize_dtype(w.dtype) for w in layer.weights} <= {"float32"}
    whole = {**FEATURE_LAYERS, **POOLS}[name]()
    whole(given)
    whole.set_weights(layer.get_weights())
    np.testing.assert_allclose(numpy(found), numpy(whole(given)), atol=3e-2, rtol=1e-2)


# Looking inside


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("film", (2, 2, 3)),
        ("gated", (2, 2, 6, 4, 3)),
        ("cross_attention", (2, 6, 4, 2, 3)),
        ("tpavi", (2, 6, 4)),
    ],
)
def test_what_a_layer_weighs_with_can_be_read_from_a_network(name, shape):
    given = senses("still")
    model = model_of(FEATURE_LAYERS[name](name=name), given)
    scatter(model.get_layer(name))
    before = numpy(model(given))
    found = layers.read(model, name, given)
    assert found.shape == shape
    np.testing.assert_allclose(found, numpy(model.get_layer(name).reading(given)), atol=1e-6)
    np.testing.assert_array_equal(numpy(model(given)), before)


def test_alpha_can_be_read_from_a_network():
    given = posteriors([(2, 3, 3, 4), (2, 4)])
    model = model_of(layers.Weighted(name="trust"), given)
    model.get_layer("trust").scores.assign([0.0, np.log(3)])
    np.testing.assert_allclose(layers.read(model, "trust", given), [0.25, 0.75], rtol=1e-5)
    with pytest.raises(ValueError, match="layer must be one that weighs, got 'else': choose from trust"):
        layers.read(model, "else", given)


# What is refused


@pytest.mark.parametrize("name", FEATURE_LAYERS)
@pytest.mark.parametrize(
    ("shapes", "says"),
    [
        ([(2, 6, 4, 3)], r"takes a list \[features, sound, ...\]"),
        (
            [(2, 5), (2, 6, 4, 3)],
            r"features must have shape \(N, H, W, C\) .* got \(2, 5\): the sound comes second",
        ),
        ([(2, 6, 4, 3), (3, 5)], r"must be a vector \(N, S\) or a map \(2, 6, 4, 'S'\), got \(3, 5\)"),
        ([(2, 6, 4, 3), (2, 7, 5)], "pool a vector over time"),
        ([(2, 6, 4, 3), (2, 4, 6, 1)], "resize a map to the features"),
        ([(2, 3, 6, 4, 3), (2, 4, 5)], r"a vector \(N, S\), \(N, T, S\) or a map"),
    ],
)
def test_wrong_shapes_are_refused_in_words(name, shapes, says):
    with pytest.raises(ValueError, match=says):
        FEATURE_LAYERS[name]()([np.zeros(shape, "float32") for shape in shapes])


@pytest.mark.parametrize(
    ("build", "says"),
    [
        (
            lambda: layers.Product([0.5, 0.5])(posteriors([(1, 2, 2, 3), (1, 3)])),
            "one number a class, 3, got 2",
        ),
        (
            lambda: layers.Weighted()(posteriors([(1, 2, 2, 3), (1, 4)])),
            r"one number of classes, got \[3, 4\]",
        ),
        (lambda: layers.Bilinear(rank=0), "rank must be a whole number of 1 or more, got 0"),
        (lambda: layers.CrossAttention(heads=1.5), "heads must be a whole number of 1 or more, got 1.5"),
        (
            lambda: layers.CrossAttention()([np.zeros((1, 2, 2, 3)), np.zeros((1, 2, 2, 1))]),
            "needs a sense that is a vector",
        ),
        (
            lambda: layers.Tpavi()([keras.Input((None, None, 3)), keras.Input((5,))]),
            "TPAVI needs features of a fixed size",
        ),
    ],
)
def test_wrong_numbers_are_refused_in_words(build, says):
    with pytest.raises(ValueError, match=says):
        build()


def test_a_posterior_is_the_softmax_of_its_logarithm():
    (p,) = posteriors([(2, 3, 3, 4)])
    np.testing.assert_allclose(
        numpy(keras.ops.softmax(layers.log_posterior(keras.ops.convert_to_tensor(p)))), p, atol=1e-5
    )
    assert numpy(layers.log_posterior(keras.ops.zeros(2))) == pytest.approx(np.log(1e-6))
