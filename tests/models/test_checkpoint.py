"""Checkpoints: a training that is stopped at any moment and begun again ends as if nothing had happened."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from functools import partial

import numpy as np
import pytest

from mmseg_edu import backend
from mmseg_edu.models import checkpoint, cross_entropy, dice_loss, fit, training
from mmseg_edu.models.checkpoint import fingerprint

EPOCHS = 5


def dots(count=20, seed=0):
    x = np.random.default_rng(seed).random((count, 6, 6, 1)).astype(np.float32)
    return x, (x[..., 0] > 0.5).astype(np.uint8)


def network(dropout=0.4, width=4, activation="relu"):
    keras = backend.load()
    source = keras.Input((6, 6, 1))
    features = keras.layers.Conv2D(width, 1, activation=activation)(source)
    features = keras.layers.Dropout(dropout)(features)
    features = keras.layers.BatchNormalization(momentum=0.5)(features)
    return keras.Model(source, keras.layers.Conv2D(2, 1, activation="softmax")(features))


def renewing(stop_at=None, generator_seed=7):
    """Noise that is new in each epoch, from a generator that fit does not know of; interrupted in one of them."""
    x, y = dots()
    rng = np.random.default_rng(generator_seed)
    calls = []

    def renew():
        calls.append(1)
        if len(calls) == stop_at:
            raise KeyboardInterrupt
        return (x + rng.normal(size=x.shape) / 5).astype(np.float32), y

    return renew


def train(path=None, at=0, model=None, loss=cross_entropy, data=None, **arguments):
    """The weights and the history of a training from scratch, or one that goes on."""
    backend.seed(at)
    model = network() if model is None else model
    given = {"rate": 0.05, "epochs": EPOCHS, "batch": 8, "progress": False, "checkpoint": path, **arguments}
    history = fit(model, *(data or dots()), loss, **given)
    return model.get_weights(), history


def assert_equal(found, expected):
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


def interrupt(monkeypatch, after, path, **arguments):
    """Ctrl-C in the epoch after so many whole ones."""
    whole = training._one_epoch
    ran = []

    def one_epoch(*given):
        if len(ran) == after:
            model = given[0]
            model.trainable_variables[0].assign(model.trainable_variables[0] + 1.0)  # half an epoch is lost
            raise KeyboardInterrupt
        ran.append(1)
        return whole(*given)

    with monkeypatch.context() as patch:
        patch.setattr(training, "_one_epoch", one_epoch)
        with pytest.raises(KeyboardInterrupt):
            train(path, **arguments)


@pytest.fixture(scope="module")
def uninterrupted():
    """Weights and history of a training without a checkpoint."""
    return train()


@pytest.mark.parametrize("after", [0, 1, EPOCHS - 1])
def test_an_interrupt_changes_nothing(tmp_path, monkeypatch, uninterrupted, after):
    expected, history = uninterrupted
    interrupt(monkeypatch, after, tmp_path / "run.npz")
    found, again = train(tmp_path / "run.npz")
    assert_equal(found, expected)
    assert again.loss == history.loss


def test_the_checkpoint_itself_changes_nothing_and_a_finished_training_is_not_run_again(
    tmp_path, monkeypatch
):
    expected, history = train()
    found, kept = train(tmp_path / "new" / "run.npz")
    assert_equal(found, expected)
    assert kept.loss == history.loss
    monkeypatch.setattr(training, "_one_epoch", None)
    again, same = train(tmp_path / "new" / "run.npz")
    assert_equal(again, expected)
    assert same == kept


def test_it_goes_on_from_other_first_weights_and_in_the_same_session(tmp_path, monkeypatch):
    """In a notebook the interrupted network is still there, half trained."""

    def begun():
        backend.seed(0)
        return network()

    expected, _ = train(model=begun(), seed=3)
    model = begun()
    interrupt(monkeypatch, 2, tmp_path / "run.npz", model=model, seed=3)
    found, _ = train(tmp_path / "run.npz", model=model, at=99, seed=3)
    assert_equal(found, expected)


def test_renew_goes_on_where_it_stood(tmp_path):
    expected, _ = train(renew=renewing())
    for stop_at in (1, 3, EPOCHS):  # the second and third of these go on from the one before
        with pytest.raises(KeyboardInterrupt):
            train(tmp_path / "run.npz", renew=renewing(stop_at=stop_at))
    found, _ = train(tmp_path / "run.npz", renew=renewing())
    assert_equal(found, expected)


@pytest.mark.parametrize("after", [1, 3])
def test_patience_remembers_the_best_weights(tmp_path, monkeypatch, after):
    """The score falls after the second epoch: it is stopped after the fourth, and the second's weights come back."""
    scores = [0.3, 0.6, 0.5, 0.4, 0.9]
    log = tmp_path / "log"

    def validate(*_):
        now = scores[len(log.read_text())]
        log.write_text(log.read_text() + "x")
        return now

    monkeypatch.setattr(training, "_validate", validate)
    watched = {"validation": dots(seed=1), "patience": 2}
    log.write_text("")
    expected, history = train(**watched)
    assert history.validation == scores[:4]
    log.write_text("")
    interrupt(monkeypatch, after, tmp_path / "run.npz", **watched)
    found, again = train(tmp_path / "run.npz", **watched)
    assert again.validation == scores[:4]
    assert_equal(found, expected)
    assert_equal(train(tmp_path / "run.npz", **watched)[0], expected)


SCRIPT = """
    import sys
    sys.path.insert(0, sys.argv[2])
    from test_checkpoint import dots, network, renewing, train, np
    weights, history = train(sys.argv[1] or None, renew=renewing(), epochs=30, validation=dots(seed=1), patience=30)
    np.savez(sys.argv[3], *weights, loss=history.loss)
"""


def run(path, out):
    arguments = [
        sys.executable,
        "-c",
        textwrap.dedent(SCRIPT),
        str(path),
        os.path.dirname(__file__),
        str(out),
    ]
    threads = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}
    return subprocess.Popen(arguments, env=os.environ | threads)


@pytest.mark.slow
def test_a_process_that_is_killed_again_and_again_ends_with_the_same_weights(tmp_path):
    """SIGKILL at moments that nobody chose: between epochs, in one, while the file is written."""
    path = tmp_path / "run.npz"
    whole = run("", tmp_path / "whole.npz")
    assert whole.wait(300) == 0
    kills = 0
    for tenths in (0, 1, 3):
        process = run(path, tmp_path / "resumed.npz")
        before = path.stat().st_mtime_ns if path.exists() else 0
        until = time.monotonic() + 200
        while process.poll() is None and time.monotonic() < until:
            if path.exists() and path.stat().st_mtime_ns != before:
                time.sleep(tenths / 10)
                process.send_signal(signal.SIGKILL)
                break
            time.sleep(0.01)
        kills += process.wait(60) == -signal.SIGKILL
    assert kills
    last = run(path, tmp_path / "resumed.npz")
    assert last.wait(300) == 0
    with np.load(tmp_path / "whole.npz") as one, np.load(tmp_path / "resumed.npz") as other:
        assert one.files == other.files
        for name in one.files:
            np.testing.assert_array_equal(one[name], other[name])


def test_a_file_that_was_never_finished_is_no_checkpoint(tmp_path, uninterrupted):
    """What a killed process leaves beside the path is ignored, and never the path itself is half written."""
    expected, _ = uninterrupted
    (tmp_path / ".0123456789abcdef.part.npz").write_bytes(b"half")
    assert_equal(train(tmp_path / "run.npz")[0], expected)


@pytest.mark.parametrize("keep", [0, 10, 0.5, -1])
def test_a_damaged_file_is_refused_by_name(tmp_path, finished, keep):
    path, whole = tmp_path / "run.npz", finished.read_bytes()
    path.write_bytes(whole[: int(keep * len(whole)) if isinstance(keep, float) else keep])
    with pytest.raises(
        ValueError, match=r"checkpoint must be a file that fit wrote, got .*run.npz.*delete it"
    ):
        train(path)


def test_an_archive_of_something_else_is_refused(tmp_path):
    np.savez(tmp_path / "run.npz", weights=np.ones(3))
    with pytest.raises(ValueError, match="checkpoint must be a file that fit wrote"):
        train(tmp_path / "run.npz")


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The file of a training that ran to its end."""
    path = tmp_path_factory.mktemp("finished") / "run.npz"
    train(path)
    return path


@pytest.mark.parametrize(
    ("other", "says"),
    [
        ({"rate": 0.1}, r"other rate \(0.05 and not 0.1\): give what it was begun with"),
        ({"epochs": 9}, r"epochs \(5 and not 9\)"),
        ({"batch": 4, "weight_decay": 0.5}, r"batch \(8 and not 4\), weight_decay \(0.0 and not 0.5\)"),
        ({"seed": 1}, "seed"),
        ({"loss": dice_loss}, r"loss \(cross_entropy and not dice_loss\)"),
        ({"loss": partial(cross_entropy, ignore=255)}, "loss"),
        ({"renew": renewing()}, "other renew"),
        ({"data": dots(seed=3)}, "other inputs, targets"),
        ({"data": (dots()[0].astype(np.float64), dots()[1])}, "other inputs:"),
        ({"validation": dots()}, "other validation"),
        ({"validation": dots(), "patience": 2}, "validation, patience"),
        ({"model": (8, "relu")}, "other network"),
        ({"model": (4, "tanh")}, "other network"),
    ],
)
def test_another_training_is_refused_and_the_file_stays(finished, other, says):
    path = finished
    before = path.read_bytes()
    if "model" in other:
        other = {"model": network(width=other["model"][0], activation=other["model"][1])}
    with pytest.raises(ValueError, match=f"is of a training with .*{says}"):
        train(path, **other)
    assert path.read_bytes() == before


def test_title_and_bar_may_differ(finished):
    train(finished, title="other", progress=True)


def test_a_loss_of_nan_is_not_kept(tmp_path):
    x, y = dots()
    y[0, 0, 0] = 9
    with pytest.raises(ValueError, match="the loss must stay finite"):
        train(tmp_path / "run.npz", data=(x, y))
    assert not list(tmp_path.iterdir())


def test_the_file_holds_no_pickle_and_says_what_it_is(finished):
    with np.load(finished, allow_pickle=False) as archive:
        says = json.loads(str(archive["state"]))
    assert len(says["loss"]) == says["arguments"]["epochs"] == EPOCHS


def test_fingerprints_tell_types_shapes_numbers_and_order():
    rng = np.random.default_rng(0)
    one = rng.random((3, 4))
    others = [
        one[::-1],
        one.T,
        one.reshape(4, 3),
        one.astype(np.float32),
        one + 1e-12,
        [one, one],
        [one, one.T],
    ]
    assert len({fingerprint(each) for each in [one, *others]}) == 1 + len(others)
    assert fingerprint(one[:, ::2]) == fingerprint(one[:, ::2].copy())
    assert fingerprint(np.zeros((0, 3))) != fingerprint(np.zeros((0, 4)))


def test_names_of_layers_and_seeds_do_not_make_another_network():
    first, second = (checkpoint.network_of(network()) for _ in range(2))
    assert first == second
    assert checkpoint.network_of(network(dropout=0.5)) != first
