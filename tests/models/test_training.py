"""The loop that all trainers share: what it does is what Keras does in one call, and it refuses nonsense."""

import ast
import re
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import mmseg_edu.models
from mmseg_edu import backend, metrics
from mmseg_edu.models import (
    cross_entropy,
    cross_entropy_and_dice,
    dice_loss,
    predict,
    predict_labels,
    training,
)
from mmseg_edu.models.training import fit, learning_rate

ROOM = Path(mmseg_edu.models.__file__).parent


def line(slope=2.0, count=64):
    x = np.random.default_rng(0).normal(size=(count, 1)).astype(np.float32)
    return x, slope * x


def one_weight(start=0.0):
    keras = backend.load()
    model = keras.Sequential([keras.layers.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    model.set_weights([np.full((1, 1), start, np.float32)])
    return model


def weight(model):
    return float(model.get_weights()[0][0, 0])


@pytest.mark.parametrize("steps", [1, 19, 40, 1000])
def test_the_rate_rises_to_its_height_and_falls_along_half_a_cosine(steps):
    schedule, warm = learning_rate(0.1, steps), max(1, steps // 20)
    rates = np.array([float(schedule(step)) for step in range(warm + steps + 1)])
    rise = np.linspace(0.01, 0.1, warm + 1)
    fall = 0.05 * (1 + np.cos(np.pi * np.arange(steps + 1) / steps))
    np.testing.assert_allclose(rates, np.concatenate([rise[:-1], fall]), atol=1e-6)


def test_a_slope_is_learnt_and_time_passes():
    model = one_weight()
    history = fit(model, *line(), "mse", rate=0.1, epochs=40, batch=16, progress=False)
    assert weight(model) == pytest.approx(2, abs=0.02)
    assert history.seconds > 0
    assert len(history.loss) == 40
    assert history.loss[-1] < 0.01 < history.loss[0]
    assert history.validation == []


def test_the_seed_of_keras_decides_the_order_and_nothing_else_does():
    x, y = line()
    y = y + np.random.default_rng(1).normal(size=y.shape).astype(np.float32)
    found = []
    for seed in (0, 0, 1):
        backend.seed(seed)
        np.random.seed(len(found))  # noqa: NPY002 - on purpose: the global state must not matter
        model = one_weight()
        fit(model, x, y, "mse", rate=0.1, epochs=2, batch=8, progress=False)
        found.append(weight(model))
    assert found[0] == pytest.approx(found[1], abs=1e-6)
    assert found[0] != pytest.approx(found[2], abs=1e-6)


def test_the_first_step_is_adams_sign_step_at_a_tenth_of_the_rate():
    x, y = line(count=8)
    model = one_weight()
    fit(model, x, y, "mse", rate=0.1, epochs=1, batch=8, progress=False)
    assert weight(model) == pytest.approx(0.01, rel=1e-3)


def test_decay_takes_its_share_of_the_weight():
    x = np.zeros((8, 1), np.float32)  # no gradient: what happens to the weight is decay alone
    model = one_weight(1.0)
    fit(model, x, x, "mse", rate=0.1, epochs=1, batch=8, weight_decay=0.5, progress=False)
    assert weight(model) == pytest.approx(1 - 0.01 * 0.5, abs=1e-6)
    fit(model := one_weight(1.0), x, x, "mse", rate=0.1, epochs=3, batch=8, progress=False)
    assert weight(model) == 1


def test_another_optimizer_gets_the_schedule_and_the_decay():
    given = []

    def plain(schedule, weight_decay):
        given.append((float(schedule(0)), weight_decay))
        return backend.load().optimizers.SGD(schedule, weight_decay=weight_decay)

    x, y = line(count=8)
    model = one_weight()
    fit(model, x, y, "mse", rate=0.1, epochs=1, batch=8, weight_decay=0.25, optimizer=plain, progress=False)
    assert given == [(pytest.approx(0.01), 0.25)]
    assert weight(model) == pytest.approx(
        0.01 * 2 * 2 * float((x**2).mean()), rel=1e-3
    )  # down the slope of MSE


def test_each_epoch_learns_what_renew_gives():
    x, y = line()
    calls = []

    def other_slope():
        calls.append(1)
        return x, -y

    model = one_weight()
    fit(model, x, y, "mse", rate=0.1, epochs=40, batch=16, renew=other_slope, progress=False)
    assert len(calls) == 40
    assert weight(model) == pytest.approx(-2, abs=0.02)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"epochs": 0}, "epochs must be 1 or more, got 0"),
        ({"batch": 0}, "batch must be 1 or more, got 0"),
        ({"rate": 0}, "rate must be above 0 and weight_decay 0 or more, got 0 and 0.0"),
        ({"rate": float("nan")}, "rate must be above 0"),
        ({"rate": float("inf")}, "rate must be above 0"),
        ({"weight_decay": -1}, "weight_decay 0 or more, got 0.1 and -1"),
        ({"patience": 2}, "patience needs a validation set to watch"),
        ({"patience": 0}, "patience must be 1 or more, got 0"),
        ({"seed": -1}, "seed must be a whole number, 0 or more, got -1"),
        ({"seed": 0.5}, "seed must be a whole number, 0 or more, got 0.5"),
        ({"checkpoint": "run.keras"}, "checkpoint must end in .npz, got run.keras"),
    ],
)
def test_nonsense_is_refused_before_a_weight_moves(arguments, says):
    model = one_weight(1.0)
    with pytest.raises(ValueError, match=says):
        fit(model, *line(), "mse", **{"rate": 0.1, "epochs": 1, "progress": False, **arguments})
    assert weight(model) == 1


def test_no_example_is_refused():
    with pytest.raises(ValueError, match="number of examples must be 1 or more, got 0"):
        fit(one_weight(), *line(count=0), "mse", rate=0.1, epochs=1)


def test_inputs_and_targets_go_together():
    x, y = line()
    with pytest.raises(ValueError, match="one entry an example, got 64, 63: take all"):
        fit(one_weight(), x, y[1:], "mse", rate=0.1, epochs=1)
    with pytest.raises(ValueError, match="as many examples as there were at first, 64, got 32: return all"):
        fit(one_weight(), x, y, "mse", rate=0.1, epochs=1, renew=lambda: (x[:32], y[:32]), progress=False)


def test_a_network_without_inputs_is_refused():
    class Own(backend.load().Model):
        pass

    with pytest.raises(ValueError, match="model must be functional or sequential, with inputs, got Own"):
        fit(Own(), *line(), "mse", rate=0.1, epochs=1)


# Segmentations


def dots(count=24, seed=0):
    """Pictures of 8x8 of noise in which what is bright is class 1."""
    x = np.random.default_rng(seed).random((count, 8, 8, 1)).astype(np.float32)
    return x, (x[..., 0] > 0.5).astype(np.uint8)


def pixelwise(dropout=0.0, classes=2):
    keras = backend.load()
    source = keras.Input((8, 8, 1))
    features = keras.layers.Conv2D(4, 1, activation="relu")(source)
    if dropout:
        features = keras.layers.Dropout(dropout)(features)
    features = keras.layers.BatchNormalization(momentum=0.5)(features)
    return keras.Model(source, keras.layers.Conv2D(classes, 1, activation="softmax")(features))


def quick(model, x, y, loss=cross_entropy, **arguments):
    return fit(model, x, y, loss, **{"rate": 0.05, "epochs": 4, "batch": 8, "progress": False, **arguments})


@pytest.mark.parametrize("loss", [cross_entropy, dice_loss, cross_entropy_and_dice])
def test_our_losses_are_learnt_by_and_the_mean_iou_is_that_of_the_metric(loss):
    x, y = dots()
    unseen = dots(seed=1)
    model = pixelwise()
    history = quick(model, x, y, loss, epochs=20, validation=unseen)
    assert len(history.validation) == len(history.loss) == 20
    assert history.validation[-1] == metrics.mean_iou(unseen[1], predict_labels(model, unseen[0]), 2)
    assert history.validation[-1] > 0.9


def test_the_loss_of_an_epoch_is_the_mean_over_its_examples():
    """With a rate near 0 the weights stay, and each example has its own loss, also in a short last batch."""
    x, y = dots(10)
    keras = backend.load()
    source = keras.Input((8, 8, 1))
    model = keras.Model(source, keras.layers.Conv2D(2, 1, activation="softmax")(source))
    expected = cross_entropy(y, predict(model, x))
    assert expected.std() > 0
    history = quick(model, x, y, rate=1e-9, epochs=1, batch=4)
    assert history.loss[0] == pytest.approx(expected.mean(), rel=1e-5)


def test_ignored_labels_are_given_to_the_loss_and_a_label_that_is_no_class_stops_the_training():
    x, y = dots()
    y[:, :2] = 255
    quick(pixelwise(), x, y, partial(cross_entropy, ignore=255), epochs=1)
    with pytest.raises(
        ValueError, match="the loss must stay finite, got nan: look for labels that are no class"
    ):
        quick(pixelwise(), x, y, epochs=1)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras with NumPy 2
def test_a_trained_network_is_saved_and_reloads_in_safe_mode_without_our_losses(tmp_path):
    x, y = dots()
    model = pixelwise()
    quick(model, x, y, dice_loss, epochs=1)
    model.save(tmp_path / "trained.keras")
    again = backend.load().models.load_model(tmp_path / "trained.keras", safe_mode=True)
    np.testing.assert_array_equal(predict(again, x), predict(model, x))
    script = (
        "import sys, numpy as np, keras; model = keras.models.load_model(sys.argv[1], safe_mode=True);"
        "assert 'mmseg_edu' not in sys.modules; print(model(np.zeros((1, 8, 8, 1))).shape)"
    )
    shown = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "trained.keras")], capture_output=True, text=True
    )
    assert "(1, 8, 8, 2)" in shown.stdout, shown.stderr


def test_patience_stops_and_the_best_weights_come_back(monkeypatch):
    said = iter([0.3, 0.5, float("nan"), 0.5, 0.4, 0.9])
    kept = []

    def validate(model, *_):
        kept.append(model.get_weights())
        return next(said)

    monkeypatch.setattr(training, "_validate", validate)
    x, y = dots()
    model = pixelwise()
    history = quick(model, x, y, epochs=6, validation=(x, y), patience=3)
    assert history.validation[:2] == [0.3, 0.5]
    assert len(history.validation) == 5, "three epochs that do not beat 0.5: an equal one and NaN among them"
    for found, best in zip(model.get_weights(), kept[1], strict=True):
        np.testing.assert_array_equal(found, best)


def test_the_best_weights_come_back_when_the_epochs_run_out_and_without_patience_the_last_stay(monkeypatch):
    for patience, expected in ((5, 0), (None, 2)):
        said, kept = iter([0.9, 0.5, 0.6]), []
        monkeypatch.setattr(
            training,
            "_validate",
            lambda model, *_, k=kept, s=said: (k.append(model.get_weights()), next(s))[1],
        )
        model = pixelwise()
        quick(model, *dots(), epochs=3, validation=dots(), patience=patience)
        np.testing.assert_array_equal(model.get_weights()[0], kept[expected][0])


def test_a_network_of_several_ends_learns_from_lists():
    keras = backend.load()
    ends = [keras.Input((1,)), keras.Input((1,))]
    both = keras.layers.Concatenate()(ends)
    model = keras.Model(ends, [keras.layers.Dense(1)(both), keras.layers.Dense(1)(both)])
    x, y = line(), line(3.0)
    history = fit(model, list(x), list(y), "mse", rate=0.1, epochs=60, batch=16, progress=False)
    assert history.loss[-1] < 0.05 * history.loss[0]


def test_the_bar_moves_with_every_step_and_says_the_loss_on_stderr(capsys):
    quick(pixelwise(), *dots(), epochs=2, progress=True, title="dots")
    said = capsys.readouterr()
    assert said.out == ""
    assert "dots: 100%" in said.err
    assert "6/6" in said.err
    assert re.search(r"loss=\d\.\d\d\d", said.err)
    quick(pixelwise(), *dots(), epochs=1)
    assert capsys.readouterr() == ("", "")


def test_an_explicit_seed_is_all_that_decides_the_order():
    x, y = line()
    y = y + np.random.default_rng(1).normal(size=y.shape).astype(np.float32)
    found = []
    for at, seed in ((0, 5), (1, 5), (1, 6)):
        backend.seed(at)
        model = one_weight()
        fit(model, x, y, "mse", rate=0.1, epochs=2, batch=8, seed=seed, progress=False)
        found.append(weight(model))
    assert found[0] == found[1]
    assert found[1] != found[2]


def test_each_epoch_has_an_order_of_its_own(monkeypatch):
    seen = []

    def watched(learner, inputs, *_):
        seen.append(inputs[:, 0].tolist())
        return 1.0

    monkeypatch.setattr(training, "_one_epoch", watched)
    x = np.arange(20.0)[:, None]
    fit(one_weight(), x, x, "mse", rate=0.1, epochs=3, progress=False)
    assert all(sorted(order) == x[:, 0].tolist() for order in seen)
    assert len({tuple(order) for order in seen}) == 3


def test_two_runs_are_equal_to_the_last_bit():
    found = []
    for _ in range(2):
        backend.seed(3)
        model = pixelwise(dropout=0.4)
        quick(model, *dots())
        found.append(model.get_weights())
    for one, other in zip(*found, strict=True):
        np.testing.assert_array_equal(one, other)


def test_nobody_else_in_this_room_runs_a_loop_of_its_own():
    for path in ROOM.rglob("*.py"):
        calls = [
            node.func.attr
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        ]
        allowed = path.name == "training.py"
        assert {"fit", "compile", "train_on_batch"} & set(calls) == ({"fit", "compile"} if allowed else set())
