"""ImageNet encoders: the right file, the right input, and a clear word where the weights are not at hand."""

import functools
import hashlib
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import h5py
import numpy as np
import pytest

from mmseg_edu import backend
from mmseg_edu.features import cnn
from mmseg_edu.features.cnn import imagenet

pytestmark = pytest.mark.slow  # imports Keras

NAMES = ("MobileNetV2", "ResNet50", "EfficientNetV2B0")
SMALL = (40, 33)


@pytest.fixture(scope="module")
def keras():
    return backend.load()


@pytest.fixture(scope="module")
def plain(keras):
    """The networks as Keras builds them, with random weights; each is built once."""
    built = {}

    def build(name):
        if name not in built:
            keras.utils.set_random_seed(0)
            make = getattr(keras.applications, name)
            built[name] = make(include_top=False, weights=None, input_shape=(*SMALL, 3))
        return built[name]

    return build


@pytest.fixture(scope="module")
def saved(plain, tmp_path_factory):
    """A file of weights in the layout of those that Keras publishes: a group for each layer, in order."""
    folder, files = tmp_path_factory.mktemp("weights"), {}

    def save(name):
        if name not in files:
            with h5py.File(folder / f"{name}.h5", "w") as opened:
                opened.attrs["layer_names"] = [layer.name.encode() for layer in plain(name).layers]
                for layer in plain(name).layers:
                    group, weights = opened.create_group(layer.name), layer.get_weights()
                    group.attrs["weight_names"] = [f"weight_{i}".encode() for i in range(len(weights))]
                    for i, weight in enumerate(weights):
                        group[f"weight_{i}"] = weight
            files[name] = folder / f"{name}.h5"
        return files[name]

    return save


@pytest.fixture(scope="module")
def encoder(saved):
    """The encoders of small pictures, each built once."""
    return functools.cache(lambda name: cnn.imagenet_encoder(name, SMALL, weights=saved(name)))


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def offline(monkeypatch):
    """Whoever asks the network is caught, and refused at once."""
    asked = []

    def refuse(*arguments, **_):
        asked.append(arguments)
        raise OSError("no network")

    for name in ("create_connection", "getaddrinfo"):
        monkeypatch.setattr(socket, name, refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    return asked


@pytest.fixture
def served(monkeypatch, keras):
    """A server on this computer that answers for Keras' own."""
    answers = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            answers["do"](self)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    base = f"http://127.0.0.1:{server.server_port}/"
    monkeypatch.setattr(module_of(keras, "MobileNetV2"), "BASE_WEIGHT_PATH", base)
    monkeypatch.setattr(module_of(keras, "ResNet50"), "BASE_WEIGHTS_PATH", base)
    monkeypatch.setattr(imagenet, "_PATIENCE", 1.0)
    yield answers
    server.shutdown()
    server.server_close()
    thread.join()


def module_of(keras, name):
    return sys.modules[getattr(keras.applications, name).__module__]


def sending(content, status=200, promised=None):
    def do(handler):
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(content) if promised is None else promised))
        handler.end_headers()
        handler.wfile.write(content)

    return do


@pytest.mark.parametrize("name", NAMES)
def test_file_address_and_hash_are_those_that_keras_asks_for(keras, monkeypatch, home, name):
    asked = []

    def get_file(fname, origin, **more):
        asked.append((fname, origin, more.get("file_hash"), more["cache_subdir"]))
        raise LookupError

    monkeypatch.setattr(module_of(keras, name).file_utils, "get_file", get_file)
    with pytest.raises(LookupError):
        getattr(keras.applications, name)(include_top=False, input_shape=(224, 224, 3))
    file = cnn.imagenet_weights(name)
    assert asked == [(file.path.name, file.url, file.md5, "models")]
    assert file.path.parent == home / "models"


def test_without_a_keras_home_it_is_in_the_users(monkeypatch):
    monkeypatch.delenv("KERAS_HOME", raising=False)
    assert cnn.imagenet_weights().path.parent == Path.home() / ".keras" / "models"


@pytest.mark.parametrize("name", NAMES)
def test_pictures_in_0_1_become_what_the_network_wants(keras, plain, encoder, offline, name):
    """The encoder on x is Keras' network on Keras' own preprocessing of the bytes."""
    images = np.random.default_rng(0).random((2, *SMALL, 3)).astype("float32")
    before = images.copy()
    modules = {"MobileNetV2": "mobilenet_v2", "ResNet50": "resnet", "EfficientNetV2B0": "efficientnet_v2"}
    prepare = getattr(keras.applications, modules[name]).preprocess_input
    expected = np.asarray(plain(name)(prepare(255 * images), training=False))
    found = cnn.feature_maps(encoder(name), images, encoder(name).layers[-1].name)
    assert found.shape[1:3] == (2, 2) == tuple(-(-n // 32) for n in SMALL)
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())
    np.testing.assert_array_equal(images, before)
    assert offline == []


def test_the_preprocessing_by_hand(encoder):
    colour = np.full((*SMALL, 3), (1.0, 0.5, 0.0), "float32")
    wanted = {
        "MobileNetV2": ("from_minus_1_to_1", (1, 0, -1)),
        "ResNet50": ("flip", (0 - 103.939, 127.5 - 116.779, 255 - 123.68)),
    }
    for name, (layer, values) in wanted.items():
        layer = next(each.name for each in encoder(name).operations if each.name.startswith(layer))
        np.testing.assert_allclose(cnn.feature_maps(encoder(name), colour, layer)[3, 4], values, rtol=1e-5)


def test_weights_in_keras_folder_are_found(saved, home, offline):
    file = cnn.imagenet_weights("MobileNetV2")
    file.path.parent.mkdir()
    file.path.write_bytes(saved("MobileNetV2").read_bytes())
    encoder = cnn.imagenet_encoder("MobileNetV2", 32)
    assert encoder.input_shape == (None, 32, 32, 3)
    with h5py.File(file.path) as opened:
        kernel = opened["Conv1"]["weight_0"][:]
    np.testing.assert_array_equal(encoder.get_layer("Conv1").get_weights()[0], kernel)
    cnn.imagenet_encoder("MobileNetV2", 32, download=True)  # it is there: nothing is asked
    assert offline == []


@pytest.mark.parametrize("name", NAMES)
def test_without_weights_the_message_says_what_to_bring_where(home, offline, name):
    file = cnn.imagenet_weights(name)
    started = time.monotonic()
    with pytest.raises(FileNotFoundError) as caught:
        cnn.imagenet_encoder(name, 64)
    assert time.monotonic() - started < 10
    said = str(caught.value)
    for part in (
        file.url,
        str(file.path),
        file.md5 or "not stated by Keras",
        f"imagenet_encoder({name!r}, download=True)",
    ):
        assert part in said
    assert offline == []
    assert list(home.iterdir()) == []


def test_a_download_without_a_network_is_given_up_at_once(home, offline):
    started = time.monotonic()
    with pytest.raises(
        ConnectionError, match=r"no_top.h5 must be reachable, and it is not \(ConnectionError\): try"
    ):
        cnn.imagenet_encoder("MobileNetV2", 64, download=True)
    assert time.monotonic() - started < 10
    assert offline
    assert list((home / "models").iterdir()) == []


def test_a_download_is_checked_and_kept(saved, home, served):
    content = saved("MobileNetV2").read_bytes()
    served["do"] = sending(content)
    cnn.imagenet_encoder("MobileNetV2", 32, download=True)
    kept = list((home / "models").iterdir())
    assert kept == [cnn.imagenet_weights("MobileNetV2").path]
    assert kept[0].read_bytes() == content


@pytest.mark.parametrize(
    ("do", "error", "says"),
    [
        (sending(b"gone", status=404), ConnectionError, r"must be reachable, and it is not \(HTTPError\)"),
        (sending(b"\x89HDF\r\n\x1a\n...", promised=999), ConnectionError, "must be reachable, and it is not"),
        (lambda handler: time.sleep(2), ConnectionError, r"and it is not \(ReadTimeout\): try again"),
        (
            sending(b"<html>log in"),
            ValueError,
            r"must be an HDF5 file, got .*h5, which begins with b'<html>lo': take",
        ),
    ],
)
def test_a_bad_download_leaves_nothing_behind(home, served, do, error, says):
    served["do"] = do
    with pytest.raises(error, match=says):
        cnn.imagenet_encoder("MobileNetV2", 32, download=True)
    assert list((home / "models").iterdir()) == []


def test_another_hash_is_refused_found_or_downloaded(saved, home, served):
    content = b"\x89HDF\r\n\x1a\nforged"
    served["do"] = sending(content)
    got = hashlib.md5(content).hexdigest()
    file = cnn.imagenet_weights("ResNet50")
    says = f"must have the MD5 {file.md5}, got {got}: it is damaged or another version; remove it and download http"
    with pytest.raises(ValueError, match=says):
        cnn.imagenet_encoder("ResNet50", 64, download=True)
    assert not file.path.exists()
    file.path.write_bytes(content)
    with pytest.raises(ValueError, match=says):
        cnn.imagenet_encoder("ResNet50", 64)
    assert file.path.read_bytes() == content, "a file that is there is never removed"


def test_weights_of_another_network_and_no_weights_are_refused(saved, tmp_path):
    with pytest.raises(
        ValueError, match=r"must hold weights of MobileNetV2 without its classifier, and Keras cannot"
    ):
        cnn.imagenet_encoder("MobileNetV2", 32, weights=saved("ResNet50"))
    for ending in (".h5", ".weights.h5", ".txt"):
        wrong = tmp_path / f"wrong{ending}"
        wrong.write_bytes(b"no weights")
        with pytest.raises(
            ValueError, match=f"must be an HDF5 file, got wrong{ending}, which begins with b'no weigh'"
        ):
            cnn.imagenet_encoder("MobileNetV2", 32, weights=wrong)
    with pytest.raises(
        FileNotFoundError, match=r"weights must be a file, got '.*none.h5', which is not there"
    ):
        cnn.imagenet_encoder("MobileNetV2", 32, weights=tmp_path / "none.h5")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("VGG",), "name must be one of MobileNetV2, ResNet50, EfficientNetV2B0, got 'VGG'"),
        (
            ("MobileNetV2", 31),
            r"size must be 32 or more, which leaves one unit at 1/32, got \(31, 31\): enlarge",
        ),
        (("MobileNetV2", (64, 16)), r"got \(64, 16\)"),
        (("MobileNetV2", 64.0), r"size must be a whole number or \(height, width\)"),
    ],
)
def test_unknown_names_and_sizes_are_refused(arguments, says):
    with pytest.raises(ValueError, match=says):
        cnn.imagenet_encoder(*arguments)
    if arguments[0] == "VGG":
        with pytest.raises(ValueError, match=says):
            cnn.imagenet_weights("VGG")


def test_a_published_receptive_field(encoder):
    """ResNet-50 v1 in the table of the library that goes with Araujo, Norris & Sim (2019): 483, stride 32."""
    resnet = encoder("ResNet50")
    field = cnn.receptive_field(resnet, resnet.layers[-1].name)
    assert (field.size, field.stride) == ((483, 483), (32, 32))


@pytest.mark.parametrize(("name", "size"), [("MobileNet", 315), ("VGG16", 212)])
def test_other_published_receptive_fields(keras, name, size):
    """The same table; VGG-16 up to its last pooling."""
    model = getattr(keras.applications, name)(include_top=False, weights=None, input_shape=(32, 32, 3))
    field = cnn.receptive_field(model, model.layers[-1].name)
    assert (field.size, field.stride) == ((size, size), (32, 32))


@pytest.mark.parametrize(("layer", "position"), [("block_3_depthwise", (0, 3)), ("block_2_add", (9, 8))])
def test_an_encoders_field_is_measured_as_computed(encoder, layer, position):
    computed = cnn.receptive_box(encoder("MobileNetV2"), layer, position)
    assert cnn.measured_receptive_field(encoder("MobileNetV2"), layer, position) == computed
    assert computed.height < SMALL[0]
    assert computed.width < SMALL[1]


def test_squeeze_and_excitation_sees_the_whole_picture(encoder):
    """In EfficientNetV2 from block 4 on: whatever the windows, every unit depends on the mean of its map."""
    network = encoder("EfficientNetV2B0")
    assert cnn.receptive_field(network, "block4a_dwconv2").stride == (16, 16)
    whole = cnn.receptive_field(network, "block4a_project_conv")
    assert whole == cnn.ReceptiveField(SMALL, (0, 0), (0, 0))
