"""The loop that all trainers share: what it does is what Keras does in one call, and it refuses nonsense."""

import ast
from pathlib import Path

import numpy as np
import pytest

import mmseg_edu.models
from mmseg_edu import backend
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
    seconds = fit(model, *line(), "mse", rate=0.1, epochs=40, batch=16, progress=False)
    assert weight(model) == pytest.approx(2, abs=0.02)
    assert seconds > 0


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
        ({"weight_decay": -1}, "weight_decay 0 or more, got 0.1 and -1"),
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


def test_nobody_else_in_this_room_runs_a_loop_of_its_own():
    for path in ROOM.rglob("*.py"):
        calls = [
            node.func.attr
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        ]
        allowed = path.name == "training.py"
        assert {"fit", "compile", "train_on_batch"} & set(calls) == ({"fit", "compile"} if allowed else set())
