"""The command that makes the shipped weights, in miniature, and the arithmetic in it."""

import numpy as np
import pytest

from mmseg_edu import experts
from mmseg_edu.models import sound_tagger, train_experts
from mmseg_edu.models.train import mirrored, noisy, pixel_shares
from mmseg_edu.models.weights import arrays_of, tempered, with_normalisation


@pytest.mark.slow
def test_a_small_training_writes_what_the_experts_read_and_repeats(tmp_path, monkeypatch):
    monkeypatch.setenv("MMSEG_EDU_CACHE", str(tmp_path / "cache"))
    first = train_experts(tmp_path / "a.npz", seed=3, count=40, epochs=1, progress=False)
    second = train_experts(tmp_path / "b.npz", seed=3, count=40, epochs=1, progress=False)
    assert first.keys() == second.keys()
    a, b = (experts.load_arrays(tmp_path / name) for name in ("a.npz", "b.npz"))
    assert a.keys() == experts.shipped().keys()
    for name in a:
        assert a[name].shape == experts.shipped()[name].shape
        np.testing.assert_allclose(a[name], b[name], atol=2e-2)
    np.testing.assert_allclose(a["prior"].sum(), 1, atol=1e-3)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"count": 19}, "count must be 20 or more, got 19"),
        ({"epochs": 0}, "epochs must be 1 or more, got 0"),
    ],
)
def test_too_little_is_refused(tmp_path, arguments, says):
    with pytest.raises(ValueError, match=says):
        train_experts(tmp_path / "a.npz", **arguments)


def test_pixel_shares_agree_with_counting():
    labels = np.random.default_rng(0).integers(0, 5, (3, 4, 6))
    expected = [np.bincount(scene.ravel(), minlength=5) / 24 for scene in labels]
    np.testing.assert_allclose(pixel_shares(labels), expected, atol=1e-6)


def test_tempered_divides_the_scores():
    arrays = {"logits/kernel": np.eye(2, dtype=np.float32), "logits/bias": np.zeros(2, np.float32)}
    scores = np.log([0.9, 0.1])
    np.testing.assert_allclose(experts.run_tagger(scores, tempered(arrays, 2.0)), [0.75, 0.25], atol=1e-6)


def test_normalisation_moves_into_the_first_layer():
    model = sound_tagger(6, 3, width=5, depth=1)
    x, centre, spread = (
        np.random.default_rng(0).normal(size=(3, 6)).astype(np.float32) + 2,
        np.full(6, 2.0),
        np.arange(1, 7.0),
    )
    expected = model.predict((x - centre) / spread, verbose=0)
    raw = with_normalisation(arrays_of(model), centre, spread)
    np.testing.assert_allclose(experts.run_tagger(x, raw), expected, atol=1e-5)


def test_mirrored_turns_pictures_and_labels_together_and_only_some():
    images = np.random.default_rng(0).random((40, 3, 4, 1))
    turned, labels = mirrored(images, images[..., 0], np.random.default_rng(1))
    np.testing.assert_array_equal(turned[..., 0], labels)
    changed = [not np.array_equal(a, b) for a, b in zip(images, turned, strict=True)]
    assert 8 < sum(changed) < 32
    np.testing.assert_array_equal(turned[changed.index(True)], images[changed.index(True), :, ::-1])


def test_noise_has_every_strength_and_stays_in_range():
    result = noisy(np.full((200, 16, 16, 3), 0.5), np.random.default_rng(0))
    strengths = result.std(axis=(1, 2, 3))
    assert strengths.min() < 0.03
    assert strengths.max() > 0.25
    assert result.min() >= 0
    assert result.max() <= 1
