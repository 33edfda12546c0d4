"""Muon: the orthogonal step against a decomposition, one step by hand, and what it learns that Adam does not yet."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmseg_edu import backend
from mmseg_edu.models.muon import muon, orthogonal


def with_singular_values(values, n, m, seed=0):
    rng = np.random.default_rng(seed)
    left, _ = np.linalg.qr(rng.normal(size=(n, len(values))))
    right, _ = np.linalg.qr(rng.normal(size=(m, len(values))))
    return left @ np.diag(values) @ right.T


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 12), st.integers(1, 12), st.floats(1e-6, 1e6), st.integers(0, 99))
def test_singular_values_become_about_one_and_singular_vectors_stay(n, m, scale, seed):
    rng = np.random.default_rng(seed)
    values = scale * rng.uniform(0.01, 1, min(n, m))
    matrix = with_singular_values(values, n, m, seed)
    found = orthogonal(matrix)
    size = np.linalg.svd(found, compute_uv=False)
    assert size.min() > 0.67
    assert size.max() < 1.21
    left, _, right = np.linalg.svd(matrix, full_matrices=False)
    inside = left.T @ found @ right.T
    np.testing.assert_allclose(inside, np.diag(np.diag(inside)), atol=1e-6)
    assert (np.diag(inside) > 0).all()


@pytest.mark.parametrize("share", [0.002, 0.003, 0.05, 0.3, 0.9, 1.0])
def test_the_bounds_hold_where_they_are_said_to(share):
    values = np.array([share, np.sqrt(1 - share**2)])
    size = np.linalg.svd(orthogonal(with_singular_values(values, 2, 3)), compute_uv=False)
    assert ((size[: 2 if share < 1 else 1] > 0.68) & (size[: 2 if share < 1 else 1] < 1.21)).all()


def test_limits():
    np.testing.assert_array_equal(orthogonal(np.zeros((2, 3))), 0)
    matrix = np.array([[3.0, 4.0]])
    np.testing.assert_allclose(orthogonal(matrix, steps=0), [[0.6, 0.8]], rtol=1e-6)
    np.testing.assert_allclose(orthogonal(7 * matrix), orthogonal(matrix), rtol=1e-6)
    np.testing.assert_allclose(orthogonal(matrix.T), orthogonal(matrix).T, rtol=1e-12)
    assert orthogonal(matrix.astype(np.float32)).dtype == np.float32


def test_a_tensor_gives_the_same():
    matrix = np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32)
    found = orthogonal(backend.load().ops.convert_to_tensor(matrix))
    np.testing.assert_allclose(backend.load().ops.convert_to_numpy(found), orthogonal(matrix), atol=1e-5)


def one_layer(kernel, bias):
    keras = backend.load()
    model = keras.Sequential([keras.layers.Input(kernel.shape[:1]), keras.layers.Dense(kernel.shape[1])])
    model.set_weights([kernel, bias])
    return model


def test_two_steps_by_hand():
    """With one example and its gradient constant, momentum is G, then 0.95 G + G; the bias moves as with Adam."""
    kernel, bias, rate = np.zeros((2, 3), np.float32), np.zeros(3, np.float32), 0.01
    x, slopes = np.array([[1.0, 2.0]], np.float32), np.array([3.0, -1.0, 0.5])
    model = one_layer(kernel, bias)
    ops = backend.load().ops
    model.compile(
        muon(rate), lambda truth, said: ops.sum(said * ops.convert_to_tensor(slopes.astype("float32")))
    )
    model.fit(x, np.zeros((1, 3)), epochs=2, verbose=0)
    step = (
        rate * 0.2 * np.sqrt(3) * orthogonal(np.outer(x[0], slopes))
    )  # of any length G has the same direction
    found = model.get_weights()
    np.testing.assert_allclose(found[0], -2 * step, atol=1e-6)
    np.testing.assert_allclose(found[1], -2 * rate * np.sign(slopes), rtol=1e-3)


def test_a_kernel_of_a_convolution_counts_as_one_matrix_and_decay_shrinks_it():
    keras = backend.load()
    model = keras.Sequential([keras.layers.Input((4, 4, 2)), keras.layers.Conv2D(3, 3, use_bias=False)])
    before = model.get_weights()[0]
    images = np.random.default_rng(0).random((2, 4, 4, 2)).astype(np.float32)
    model.compile(muon(0.01, weight_decay=0.5), "mse")
    model.fit(images, np.ones((2, 2, 2, 3)), epochs=1, verbose=0)
    step = (before * (1 - 0.01 * 0.5) - model.get_weights()[0]).reshape(18, 3)
    size = np.linalg.svd(step, compute_uv=False) / (0.01 * 0.2 * np.sqrt(18))
    assert size.min() > 0.6
    assert size.max() < 1.22


def test_it_learns_the_rare_direction_that_adam_leaves_for_later():
    """Of 8 inputs that turn with each other one is a hundred times as loud as the others."""
    rng = np.random.default_rng(0)
    turn, _ = np.linalg.qr(rng.normal(size=(8, 8)))
    x = (rng.normal(size=(256, 8)) * ([10.0] + [0.1] * 7) @ turn).astype(np.float32)
    wanted = rng.normal(size=(8, 8)).astype(np.float32)
    left = {}
    for name, optimizer in (("adam", backend.load().optimizers.Adam(0.1)), ("muon", muon(0.1))):
        model = one_layer(np.zeros((8, 8), np.float32), np.zeros(8, np.float32))
        model.compile(optimizer, "mse")
        model.fit(x, x @ wanted, epochs=15, batch_size=64, shuffle=False, verbose=0)
        left[name] = np.abs(turn @ (model.get_weights()[0] - wanted))[1:].mean()
    assert left["muon"] < left["adam"]


@pytest.mark.parametrize("momentum", [-0.1, 1.0, float("nan")])
def test_a_momentum_out_of_range_is_refused(momentum):
    with pytest.raises(ValueError, match=rf"momentum must be in \[0, 1\), got {momentum}: use 0.95"):
        muon(0.1, momentum=momentum)
