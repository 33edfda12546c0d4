"""The shipped network of the rule: small, as good as it is said to be, and led by the sound alone."""

from importlib import resources

import numpy as np
import pytest

from mmseg_edu import metrics
from mmseg_edu.features import sound_vector
from mmseg_edu.models import predict_labels, sounding_network_shipped, train_sounding
from mmseg_edu.models.train.sounding import measured, object_loss
from mmseg_edu.models.weights import arrays_of, load_arrays
from mmseg_edu.scenes import CLASSES, counterfactuals, make_batch


def test_the_file_is_small_and_needs_no_pickle():
    with resources.as_file(resources.files("mmseg_edu") / "weights" / "sounding.npz") as path:
        assert path.stat().st_size < 500_000
        arrays = load_arrays(path)
        with np.load(path, allow_pickle=False) as archive:
            assert {archive[name].dtype for name in archive.files} == {np.dtype(np.float16)}
    for name, value in arrays_of(sounding_network_shipped()).items():
        np.testing.assert_array_equal(value, arrays[name])


def test_the_score_holds_on_unseen_scenes():
    scenes = make_batch(150, seed=2_000_003, cache=False)
    score = measured(sounding_network_shipped(), scenes)
    assert score["sounding_iou"] > 0.89
    assert score["objects_iou"] > 0.89
    assert score["sounding_iou_true_flags"] > 0.89
    assert score["flags_right"] > 0.95


def test_another_sound_moves_the_mask_and_no_sound_leaves_none():
    model, names = sounding_network_shipped(), CLASSES[1:]
    for seed in range(8):
        pair = (names[seed % 4], names[(seed + 1) % 4])
        clips = counterfactuals(seed, objects=pair)
        kinds = [*pair, "silence", "noise"]
        images = np.stack([clips[kind].frames[0] for kind in kinds])
        vectors = np.stack([sound_vector(clips[kind].sound, clips[kind].rate) for kind in kinds])
        masks = predict_labels(model, [images, vectors])
        for kind, mask in zip(pair, masks, strict=False):
            truth = clips[kind].labels[0]
            found = (mask == CLASSES.index(kind)) & (truth == CLASSES.index(kind))
            assert found.sum() > 0.5 * (truth > 0).sum()
            assert set(np.unique(mask)) <= {0, CLASSES.index(kind)}
        assert not masks[2:].any()


def test_other_sizes():
    assert sounding_network_shipped((32, 48)).output_shape == (None, 32, 48, 5)


def test_the_loss_by_hand():
    truth = np.array([[[0, 0, 0, 1]]])
    posterior = np.array([[[[0.5, 0.5]] * 4]])
    dice = 1 - (2 * 1.5 / (3 + 2) + 2 * 0.5 / (1 + 2)) / 2
    np.testing.assert_allclose(object_loss(truth, posterior), [2 * np.log(2) + dice], rtol=1e-12)


@pytest.mark.slow
def test_a_small_training_writes_what_the_network_reads_and_repeats(tmp_path):
    first = train_sounding(tmp_path / "a.npz", seed=3, count=40, epochs=1, progress=False)
    second = train_sounding(tmp_path / "b.npz", seed=3, count=40, epochs=1, progress=False)
    assert first.keys() == second.keys()
    a, b = (load_arrays(tmp_path / name) for name in ("a.npz", "b.npz"))
    for name in a:
        np.testing.assert_allclose(a[name], b[name], atol=2e-2)
    model = sounding_network_shipped(path=tmp_path / "a.npz")
    scenes = make_batch(8, seed=1, cache=False)
    labels = predict_labels(model, [scenes.images, sound_vector(scenes.sounds, scenes.rate)])
    assert 0 <= metrics.mean_iou(scenes.labels, labels, 5) <= 1


@pytest.mark.parametrize(("count", "epochs"), [(19, 1), (20, 0)])
def test_too_little_training_is_refused(tmp_path, count, epochs):
    with pytest.raises(ValueError, match=f"epochs 1 or more, got {count} and {epochs}: use 4000 and 2"):
        train_sounding(tmp_path / "a.npz", count=count, epochs=epochs)
