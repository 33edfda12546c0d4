"""The border and its loss: by hand, against a loop, and that only the border pays."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmseg_edu import backend
from mmseg_edu.models.border_loss import border, border_cross_entropy
from mmseg_edu.models.losses import cross_entropy


def slow_border(labels):
    found = np.zeros(labels.shape, bool)
    n, height, width = labels.shape
    for i, y, x in itertools.product(range(n), range(height), range(width)):
        for dy, dx in ((0, 1), (1, 0), (0, -1), (-1, 0)):
            if 0 <= y + dy < height and 0 <= x + dx < width:
                found[i, y, x] |= labels[i, y + dy, x + dx] != labels[i, y, x]
    return found


@st.composite
def scenes(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = tuple(draw(st.integers(1, 6)) for _ in range(3))
    kind = draw(st.sampled_from([np.uint8, np.int64]))
    labels = (
        rng.integers(0, 3, shape) * (rng.random(shape) < draw(st.sampled_from([0.0, 0.2, 1.0])))
    ).astype(kind)
    return labels, rng.dirichlet(np.ones(3), size=shape)


@given(scenes())
def test_the_border_is_what_a_loop_finds(scene):
    labels, _ = scene
    np.testing.assert_array_equal(border(labels), slow_border(labels))


@given(scenes())
def test_the_loss_is_the_mean_surprise_of_the_border(scene):
    labels, posterior = scene
    surprise = -np.log(np.take_along_axis(posterior, labels[..., None].astype(int), axis=-1)[..., 0])
    wanted = [s[b].mean() if b.any() else 0 for s, b in zip(surprise, slow_border(labels), strict=True)]
    np.testing.assert_allclose(border_cross_entropy(labels, posterior), wanted, rtol=1e-12)


def test_what_is_inside_costs_nothing():
    labels = np.zeros((1, 5, 5), int)
    labels[:, 2:, 2:] = 1
    posterior = np.eye(2)[labels]
    posterior[~border(labels)] = [0.5, 0.5]
    np.testing.assert_array_equal(border_cross_entropy(labels, posterior), [0])
    assert cross_entropy(labels, posterior)[0] > 0.1


@settings(max_examples=20, deadline=None)
@given(scenes())
def test_a_tensor_gives_the_same(scene):
    labels, posterior = scene
    ops = backend.load().ops
    found = border_cross_entropy(
        ops.convert_to_tensor(labels), ops.convert_to_tensor(posterior.astype("float32"))
    )
    np.testing.assert_allclose(
        ops.convert_to_numpy(found), border_cross_entropy(labels, posterior), rtol=1e-4, atol=1e-5
    )


def test_what_does_not_fit_is_refused():
    with pytest.raises(
        ValueError, match=r"labels must have shape \(N, H, W\), got \(4, 4\): .* labels\[None\]"
    ):
        border(np.zeros((4, 4), int))
    with pytest.raises(ValueError, match=r"truth must hold class indices 0 \.\. 1, got 2"):
        border_cross_entropy([[[0, 2]]], np.full((1, 1, 2, 2), 0.5))
    with pytest.raises(TypeError, match="truth must hold class indices"):
        border_cross_entropy([[[0.0, 1.0]]], np.full((1, 1, 2, 2), 0.5))
