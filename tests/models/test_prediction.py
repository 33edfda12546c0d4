"""What a network says: as Keras says it, in one shape of batches, as floats of 32 bits or class indices."""

import numpy as np
import pytest

from mmseg_edu import backend
from mmseg_edu.models import predict, predict_labels


def doubled(outputs=1, classes=3, dtype=None):
    """Softmax of twice the input, as often as there are outputs to be."""
    keras = backend.load()
    source = keras.Input((None, classes))
    scores = keras.layers.Rescaling(2.0)(source)
    made = [keras.layers.Softmax(name=f"posterior{i}", dtype=dtype)(scores) for i in range(outputs)]
    return keras.Model(source, made if outputs > 1 else made[0])


def scores(count, seed=0):
    return np.random.default_rng(seed).normal(size=(count, 4, 3)).astype(np.float32)


@pytest.mark.parametrize("count", [1, 6, 7, 8, 13])
def test_every_example_is_answered_in_its_place_whatever_the_size_of_the_last_batch(count):
    given = scores(count)
    expected = np.exp(2 * given) / np.exp(2 * given).sum(axis=-1, keepdims=True)
    found = predict(doubled(), given, batch=6)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    labels = predict_labels(doubled(), given, batch=6)
    assert labels.dtype == np.uint8
    np.testing.assert_array_equal(labels, given.argmax(axis=-1))


def test_keras_own_predict_agrees_and_lists_stay_lists():
    model, given = doubled(outputs=2), scores(9)
    found = predict(model, given, batch=4)
    assert isinstance(found, list)
    for ours, theirs in zip(found, model.predict(given, verbose=0), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)


def test_two_inputs():
    keras = backend.load()
    pair = [keras.Input((2,)), keras.Input((2,))]
    model = keras.Model(pair, keras.layers.Subtract()(pair))
    one, other = np.arange(10.0).reshape(5, 2), np.ones((5, 2))
    np.testing.assert_allclose(predict(model, [one, other], batch=3), one - other)


def test_a_short_last_batch_is_no_second_network():
    """The network is traced for one size of batch."""
    seen = []
    keras = backend.load()

    class Watching(keras.layers.Layer):
        def call(self, values):
            seen.append(tuple(values.shape))
            return values

    source = keras.Input((3,))
    model = keras.Model(source, Watching()(source))
    seen.clear()
    predict(model, np.zeros((10, 3), np.float32), batch=4)
    assert len(set(seen)) == 1


def test_short_floats_come_out_long():
    found = predict(doubled(dtype="bfloat16"), scores(3))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, predict(doubled(), scores(3)), atol=0.01)


def test_the_first_of_equals_and_255_are_class_indices():
    assert (predict_labels(doubled(), np.zeros((2, 4, 3))) == 0).all()
    last = np.zeros((1, 4, 256), np.float32)
    last[..., 255] = 1
    assert (predict_labels(doubled(classes=256), last) == 255).all()


@pytest.mark.parametrize(
    ("act", "says"),
    [
        (lambda: predict(doubled(), scores(0)), "number of examples must be 1 or more, got 0"),
        (lambda: predict(doubled(), scores(2), batch=0), "batch must be 1 or more, got 0"),
        (lambda: predict(doubled(), [scores(2), scores(3)]), "one entry an example, got 2, 3"),
        (lambda: predict_labels(doubled(outputs=2), scores(2)), r"got 2 output\(s\) of 3, 3: choose with"),
        (
            lambda: predict_labels(doubled(classes=257), scores(2)),
            r"at most 256 classes, got 1 output\(s\) of 257",
        ),
        (lambda: predict_labels(doubled(classes=1), scores(2)), "posterior of 2 classes or more, got 1"),
    ],
)
def test_nonsense_is_refused(act, says):
    with pytest.raises(ValueError, match=says):
        act()
