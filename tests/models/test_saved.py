"""Whole networks from files: read in safe mode, and refused in our own words whatever the file holds."""

import json
import os
import zipfile

import numpy as np
import pytest

from mmseg_edu import backend
from mmseg_edu.models.saved import load_network

pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation:DeprecationWarning"
)  # Keras with NumPy 2


@pytest.fixture(scope="module")
def network():
    keras = backend.load()
    given = keras.Input((4, 4, 3))
    return keras.Model(given, keras.layers.Conv2D(2, 1, name="logits")(given))


@pytest.fixture
def saved(network, tmp_path):
    network.save(tmp_path / "network.keras")
    return tmp_path / "network.keras"


def rewritten(path, change):
    """Write the archive anew with another config.json."""
    with zipfile.ZipFile(path) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(held["config.json"])
    change(config)
    held["config.json"] = json.dumps(config).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in held.items():
            archive.writestr(name, data)
    return path


def refusal(path):
    """What is said of a file: nothing, if it is read."""
    try:
        load_network(path)
    except ValueError as error:
        return str(error)
    return ""


def test_a_network_comes_back(network, saved):
    picture = np.random.default_rng(0).random((1, 4, 4, 3), np.float32)
    np.testing.assert_array_equal(
        load_network(saved).predict(picture, verbose=0), network.predict(picture, verbose=0)
    )


def test_code_in_a_lambda_layer_is_refused_and_does_not_run(tmp_path):
    keras = backend.load()
    given = keras.Input((4, 4, 3))
    trace, name = tmp_path / "ran", str(tmp_path / "ran")
    path = tmp_path / "lambda.keras"
    keras.Model(given, keras.layers.Lambda(lambda x: (os.makedirs(name, exist_ok=True), x)[1])(given)).save(
        path
    )
    trace.rmdir()
    with pytest.raises(ValueError, match=r"that Keras reads in safe mode, got one .* without Lambda layers"):
        load_network(path)
    assert not trace.exists()


@pytest.mark.parametrize(
    ("module", "name"),
    [("os", "system"), ("subprocess", "Popen"), ("builtins", "eval"), ("keras.layers", "NoSuchLayer")],
)
def test_a_layer_that_is_somebody_elses_function_is_refused(saved, module, name):
    def change(config):
        config["config"]["layers"][1] |= {"module": module, "class_name": name, "registered_name": None}

    with pytest.raises(ValueError, match="must hold a network that Keras reads in safe mode"):
        load_network(rewritten(saved, change))


def test_weights_that_lead_out_of_the_archive_are_written_nowhere(saved, tmp_path):
    with zipfile.ZipFile(saved, "a") as archive:
        archive.writestr("../evil.txt", b"x")
        archive.writestr("assets/../../evil.txt", b"x")
    before = set(tmp_path.parent.iterdir())
    assert refusal(saved) == "" or "safe mode" in refusal(saved)
    assert set(tmp_path.parent.iterdir()) == before
    assert not list(tmp_path.glob("**/evil.txt"))


@pytest.mark.parametrize("seed", range(8))
def test_broken_bytes_are_read_or_refused(saved, seed):
    rng = np.random.default_rng(seed)
    data = np.frombuffer(saved.read_bytes(), np.uint8).copy()
    if seed % 2:
        data = data[: rng.integers(len(data))]
    else:
        data[rng.integers(0, len(data), 30)] ^= 255
    saved.write_bytes(data.tobytes())
    says = refusal(saved)
    assert says == "" or "must hold a network that Keras reads in safe mode, got one that it does not" in says
