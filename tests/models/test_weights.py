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
    with pytest.raises(
        ValueError, match=r"weights must be an .npz archive of arrays of numbers, got .*w.npy"
    ):
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


def test_what_is_no_file_of_weights_is_refused_in_plain_words(tmp_path):
    """Never NumPy's advice to allow pickles, never a bare error of zip."""
    import zipfile

    good = tmp_path / "good.npz"
    np.savez_compressed(good, **{"a/kernel": np.arange(400.0).reshape(20, 20)})
    raw = good.read_bytes()
    bad = {
        "text": b"not weights",
        "empty": b"",
        "cut": raw[: len(raw) // 2],
        "flipped": raw[:120] + bytes(40) + raw[160:],
    }
    for name, data in bad.items():
        (tmp_path / f"{name}.npz").write_bytes(data)
        with pytest.raises(ValueError, match=r"must be an \.npz archive of arrays of numbers") as error:
            load_arrays(tmp_path / f"{name}.npz")
        assert "pickle" not in str(error.value)
    for name, value in (
        ("objects", np.array([{}], object)),
        ("words", np.array(["a"])),
        ("complex", np.array([1j])),
    ):
        np.savez(tmp_path / f"{name}.npz", **{"a/kernel": value})
        with pytest.raises(ValueError, match=f"arrays of numbers, got {name}.npz") as error:
            load_arrays(tmp_path / f"{name}.npz")
        assert "allow_pickle" not in str(error.value)
    np.save(tmp_path / "lone.npy", np.ones(3))
    with pytest.raises(ValueError, match=r"must be an \.npz archive"):
        load_arrays(tmp_path / "lone.npy")
    with zipfile.ZipFile(tmp_path / "zip.npz", "w") as archive:
        archive.writestr("a.npy", "no array")
    with pytest.raises(ValueError, match=r"must be an \.npz archive"):
        load_arrays(tmp_path / "zip.npz")
    with pytest.raises(FileNotFoundError):
        load_arrays(tmp_path / "gone.npz")


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_must_be_finite(tmp_path, value):
    np.savez(tmp_path / "a.npz", **{"a/kernel": np.array([1.0, value])})
    with pytest.raises(ValueError, match=r"weights must be finite, got NaN or infinity in a/kernel of a.npz"):
        load_arrays(tmp_path / "a.npz")


def test_a_bomb_is_not_unpacked(tmp_path, monkeypatch):
    """A small archive that unpacks to more than any network here has."""
    np.savez_compressed(tmp_path / "bomb.npz", **{"a/kernel": np.zeros(300_000)})
    assert (tmp_path / "bomb.npz").stat().st_size < 10_000
    monkeypatch.setattr("mmseg_edu.experts._LARGEST_WEIGHTS", 2_000_000)
    monkeypatch.setattr(np, "load", lambda *_, **__: pytest.fail("it was unpacked"))
    with pytest.raises(ValueError, match=r"weights must unpack to at most 2 MB, got 2 MB in bomb\.npz"):
        load_arrays(tmp_path / "bomb.npz")
