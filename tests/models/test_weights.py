"""Weights in files: back as they were, whole or not at all."""

import numpy as np
import pytest

from mmseg_edu import models
from mmseg_edu.models import load_weights, save_weights, sound_tagger, unet
from mmseg_edu.models.weights import arrays_of, folded, load_arrays, save_arrays, set_arrays


def test_a_network_comes_back_as_it_was(tmp_path):
    first, second = unet(8, width=2, depth=1), unet(8, width=2, depth=1)
    save_weights(first, tmp_path / "unet.npz")
    load_weights(second, tmp_path / "unet.npz")
    for name, array in arrays_of(first).items():
        np.testing.assert_array_equal(arrays_of(second)[name], array)


@pytest.mark.parametrize("operator", ["Film", "Gated", "CrossAttention", "Tpavi", "Bilinear"])
def test_a_layer_made_of_layers_loses_none_of_its_weights(tmp_path, operator):
    """Its matrices are all called kernel, and some have one shape."""
    fuse = getattr(models.layers, operator)
    one, two = (models.audio_visual_unet(8, width=4, depth=1, operator=fuse) for _ in range(2))
    rng = np.random.default_rng(0)
    one.set_weights([rng.random(weight.shape) for weight in one.get_weights()])
    models.save_weights(one, tmp_path / "weights.npz")
    models.load_weights(two, tmp_path / "weights.npz")
    for mine, other in zip(one.get_weights(), two.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, other)


def test_same_arrays_same_bytes(tmp_path):
    arrays = arrays_of(sound_tagger(4, 2, width=3))
    one, two = (save_arrays(tmp_path / name, arrays, dtype=np.float16) for name in ("a.npz", "b.npz"))
    assert one.read_bytes() == two.read_bytes()


def test_float16_keeps_three_digits(tmp_path):
    values = {"w": np.random.default_rng(0).normal(size=100)}
    read = load_arrays(save_arrays(tmp_path / "w.npz", values, dtype=np.float16))["w"]
    assert read.dtype == np.float32
    np.testing.assert_allclose(read, values["w"], rtol=1e-3)


def test_what_does_not_fit_is_refused_and_nothing_is_left(tmp_path):
    with pytest.raises(ValueError, match="weight w must be finite as float16: train again or use float32"):
        save_arrays(tmp_path / "w.npz", {"w": np.array([1e6])}, dtype=np.float16)
    with pytest.raises(ValueError, match=r"path must end in .npz, got w.txt"):
        save_arrays(tmp_path / "w.txt", {"w": np.ones(1)})
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_keeps_the_old_file(tmp_path, monkeypatch):
    path = save_arrays(tmp_path / "w.npz", {"w": np.ones(1)})

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez_compressed", full)
    with pytest.raises(OSError, match="No space"):
        save_arrays(path, {"w": np.zeros(1)})
    assert [file.name for file in tmp_path.iterdir()] == ["w.npz"]
    assert load_arrays(path)["w"] == 1


def test_a_file_that_is_no_archive_is_refused(tmp_path):
    np.save(tmp_path / "w.npy", np.ones(1))
    with pytest.raises(ValueError, match=r"weights must be an .npz archive of arrays, got .*w.npy"):
        load_arrays(tmp_path / "w.npy")


def test_weights_of_another_network_are_refused():
    model = sound_tagger(4, 2, width=3)
    arrays = arrays_of(model)
    with pytest.raises(
        ValueError, match="must have the names of the network's 6 weights, got a difference in"
    ):
        set_arrays(model, {k: v for k, v in arrays.items() if k != "logits/bias"})
    with pytest.raises(ValueError, match=r"weight logits/bias must have shape \(2,\), got \(3,\)"):
        set_arrays(model, arrays | {"logits/bias": np.zeros(3)})


def test_a_folded_network_says_the_same():
    model = unet(8, width=3, depth=1)
    rng = np.random.default_rng(0)
    arrays = {name: array + rng.uniform(0, 0.5, array.shape) for name, array in arrays_of(model).items()}
    set_arrays(model, arrays)
    plain = unet(8, width=3, depth=1, normalised=False)
    set_arrays(plain, folded(arrays))
    images = rng.random((2, 8, 8, 3))
    np.testing.assert_allclose(plain.predict(images, verbose=0), model.predict(images, verbose=0), atol=1e-4)
