"""Gradients of a loss: the numbers that finite differences give, 0 where there is no path, on either backend."""

import numpy as np
import pytest

from mmseg_edu import backend
from mmseg_edu.models import loss_gradients

# Keras 3.15 reads variables in a way that NumPy 2 warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")


def half_square(truth, given):
    ops = backend.load().ops
    return ops.sum((given - truth) ** 2, axis=-1) / 2


def two_inputs(hidden="tanh"):
    """A network of two inputs and a third that leads nowhere."""
    keras = backend.load()
    layers = keras.layers
    seen, heard, smelt = (
        layers.Input((n,), name=name) for n, name in ((3, "seen"), (2, "heard"), (4, "smelt"))
    )
    layers.Dense(5, name="nose")(smelt)
    joined = layers.Concatenate()([layers.Dense(4, activation=hidden, name="eye")(seen), heard])
    return keras.Model([seen, heard, smelt], layers.Dense(2, name="mind")(joined))


def some(count=6, seed=0):
    rng = np.random.default_rng(seed)
    inputs = [rng.standard_normal((count, n)).astype(np.float32) for n in (3, 2, 4)]
    return inputs, rng.standard_normal((count, 2)).astype(np.float32)


def test_by_hand_in_a_network_of_one_weight():
    """L = (w x - y)^2 / 2 with w = 3, x = 2, y = 1: dL/dx = (w x - y) w = 15, dL/dw = (w x - y) x = 10."""
    keras = backend.load()
    given = keras.layers.Input((1,), name="x")
    model = keras.Model(given, keras.layers.Dense(1, use_bias=False, name="line")(given))
    model.get_layer("line").set_weights([np.array([[3.0]])])
    found = loss_gradients(model, np.array([[2.0]], np.float32), np.array([[1.0]], np.float32), half_square)
    np.testing.assert_allclose(found.inputs["x"], [[15]])
    np.testing.assert_allclose(found.weights["line/kernel"], [[10]])
    assert found.inputs["x"].dtype == np.float32


def test_finite_differences_agree():
    model, (inputs, targets) = two_inputs(), some()
    found = loss_gradients(model, inputs, targets, half_square)

    def loss():
        w, b, v, c = (each.astype(np.float64) for each in model.get_weights())
        seen, heard, _ = (each.astype(np.float64) for each in inputs)
        answer = np.concatenate([np.tanh(seen @ w + b), heard], axis=1) @ v + c
        return 0.5 * ((answer - targets) ** 2).sum(axis=-1).mean()

    def slope(array, index, write):
        kept, ends = array[index], []
        for step in (1e-2, -1e-2):
            array[index] = kept + np.float32(step)
            write()
            ends.append(loss())
        array[index] = kept
        write()
        return (ends[0] - ends[1]) / 2e-2

    for array, name in zip(inputs, ("seen", "heard", "smelt"), strict=True):
        for index in [(0, 0), (5, 1)]:
            assert found.inputs[name][index] == pytest.approx(slope(array, index, lambda: None), abs=1e-4)
    weights = model.get_weights()
    names = ["eye/kernel", "eye/bias", "mind/kernel", "mind/bias"]
    assert list(found.weights) == names
    for array, name in zip(weights, names, strict=True):
        index = (0,) * array.ndim
        expected = slope(array, index, lambda: model.set_weights(weights))
        assert found.weights[name][index] == pytest.approx(expected, abs=1e-4)


def test_no_path_means_exactly_zero():
    model, (inputs, targets) = two_inputs(), some()
    found = loss_gradients(model, inputs, targets, half_square)
    assert found.inputs["smelt"].shape == (6, 4)
    assert not found.inputs["smelt"].any()
    assert all(found.inputs[name].any() for name in ("seen", "heard"))


def test_a_dead_relu_stops_it_as_well():
    model, (inputs, targets) = two_inputs("relu"), some()
    model.get_layer("eye").set_weights([np.zeros((3, 4)), -np.ones(4)])
    found = loss_gradients(model, inputs, targets, half_square)
    assert not found.inputs["seen"].any()
    assert not found.weights["eye/kernel"].any()
    assert found.weights["mind/kernel"].any()


def test_it_is_the_mean_over_the_scenes():
    model, (inputs, targets) = two_inputs(), some()
    whole = loss_gradients(model, inputs, targets, half_square)
    ones = [
        loss_gradients(model, [each[i : i + 1] for each in inputs], targets[i : i + 1], half_square)
        for i in range(6)
    ]
    for name, each in whole.weights.items():
        np.testing.assert_allclose(each, np.mean([one.weights[name] for one in ones], axis=0), atol=1e-6)
    np.testing.assert_allclose(whole.inputs["seen"][2] * 6, ones[2].inputs["seen"][0], atol=1e-6)


def test_it_leaves_the_network_as_it_was():
    keras = backend.load()
    given = keras.layers.Input((3,), name="x")
    features = keras.layers.BatchNormalization()(given)
    features = keras.layers.Dropout(0.9)(features)
    model = keras.Model(given, keras.layers.Dense(2, name="line")(features))
    before = model.get_weights()
    inputs, targets = some()
    one, other = (loss_gradients(model, inputs[0], targets, half_square) for _ in range(2))
    for name, each in one.weights.items():
        assert np.array_equal(each, other.weights[name])
    assert all(map(np.array_equal, before, model.get_weights()))
    assert len(one.weights) == 4


def test_what_does_not_fit_is_refused():
    model, (inputs, targets) = two_inputs(), some()
    with pytest.raises(ValueError, match=r"3 arrays with as many scenes as targets, 6, got \[6, 6\]"):
        loss_gradients(model, inputs[:2], targets, half_square)
    with pytest.raises(ValueError, match=r"targets, 5, got \[6, 6, 6\]: give one array for each input"):
        loss_gradients(model, inputs, targets[:5], half_square)
    with pytest.raises(
        ValueError, match=r"one number a scene, \(6,\), got \(6, 2\): average over the pixels"
    ):
        loss_gradients(model, inputs, targets, lambda truth, given: given)
    with pytest.raises(TypeError, match="value must hold floats, got int64"):
        loss_gradients(model, [inputs[0], np.ones((6, 2), np.int64), inputs[2]], targets, half_square)
