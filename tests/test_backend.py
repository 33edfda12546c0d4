"""The backend: chosen, quiet, seeded, and honest about where it runs."""

import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest

from mmseg_edu import backend


def run(code, **environment):
    """Run code in a fresh interpreter: a process has one backend, so each choice needs its own."""
    clean = {
        name: value
        for name, value in os.environ.items()
        if name not in ("KERAS_BACKEND", "TF_CPP_MIN_LOG_LEVEL")
    }
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env=clean | environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_importing_the_rooms_never_imports_keras():
    code = """
    import sys
    import mmseg_edu
    from mmseg_edu import backend, experts, features, models
    assert not {"keras", "tensorflow", "jax", "torch"} & set(sys.modules), sys.modules.keys()
    """
    done = run(code)
    assert done.returncode == 0, done.stderr


def test_tensorflow_is_the_default_and_it_says_nothing():
    code = """
    from mmseg_edu import backend
    keras = backend.load()
    assert keras.backend.backend() == "tensorflow"
    assert backend.load("tensorflow") is keras
    print(backend.device())
    """
    done = run(code)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("TensorFlow 2.")
    assert " on " in done.stdout
    assert done.stderr == ""


def test_the_environment_variable_is_respected():
    done = run("from mmseg_edu import backend; backend.load()", KERAS_BACKEND="abacus")
    assert (
        "ValueError: backend must be one of tensorflow, jax, torch, got 'abacus': check KERAS_BACKEND"
        in done.stderr
    )


def test_a_failing_import_shows_what_it_printed_and_forgets_its_choice(tmp_path):
    (tmp_path / "keras.py").write_text(
        "import os; os.write(2, b'libdevice is lost\\n'); raise ImportError('no keras')"
    )
    code = """
    import os
    from mmseg_edu import backend
    try:
        backend.load("jax")
    except ImportError as error:
        print(error, "KERAS_BACKEND" in os.environ)
    """
    done = run(code, PYTHONPATH=str(tmp_path))
    assert done.stdout == "no keras False\n"
    assert done.stderr == "libdevice is lost\n"


def test_a_process_has_one_backend():
    backend.load()
    other = "jax" if backend.load().backend.backend() != "jax" else "tensorflow"
    with pytest.raises(ValueError, match=f"already runs on .*, got backend='{other}': .* restart the kernel"):
        backend.load(other)


def test_the_same_seed_gives_the_same_first_weights():
    def first_weights(seed):
        backend.seed(seed)
        layer = backend.load().layers.Dense(3)
        layer.build((None, 4))
        return layer.get_weights()[0]

    np.testing.assert_array_equal(first_weights(1), first_weights(1))
    assert np.any(first_weights(1) != first_weights(2))


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_seeds_out_of_range_are_refused(seed):
    with pytest.raises(ValueError, match=f"seed must be between 0 and .*, got {seed}"):
        backend.seed(seed)


def test_quiet_hides_what_goes_past_python(capfd):
    with backend.quiet():
        os.write(2, b"noise from C++")
        print("noise from Python", file=sys.stderr)
    os.write(2, b"heard again")
    assert "noise from C++" not in capfd.readouterr().err


def test_quiet_shows_everything_when_the_block_fails(capfd):
    def fail():
        with backend.quiet():
            os.write(2, b"the reason")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert "the reason" in capfd.readouterr().err


@pytest.mark.parametrize("broken", ["dup", "dup2"])
def test_quiet_gives_way_where_the_descriptor_cannot_be_redirected(monkeypatch, broken):
    def refuse(*_):
        raise OSError(9, "Bad file descriptor")

    reached = False
    with monkeypatch.context() as patch:  # undone before pytest wants the descriptors back
        patch.setattr(os, broken, refuse)
        with backend.quiet():
            reached = True
    assert reached


@pytest.mark.parametrize("stderr", [None, object()])
def test_quiet_does_not_need_a_python_stderr(monkeypatch, stderr):
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", stderr)
        with backend.quiet():
            os.write(2, b"")


def test_quiet_leaves_no_descriptor_open():
    def highest():
        descriptor = os.dup(0)
        os.close(descriptor)
        return descriptor

    before = highest()
    for _ in range(20):
        with backend.quiet():
            pass
    assert highest() == before


# Gradients


def test_a_gradient_by_hand():
    ops = backend.load().ops
    found = backend.gradient(lambda x: ops.sum(x**2) + x[0] * x[1], np.array([1.0, 3.0], np.float32))
    np.testing.assert_allclose(found, [5, 7], rtol=1e-6)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(backend.gradient(lambda x: ops.sum(ops.ones(3)), np.ones((2, 2))), 0)


def test_the_gradient_of_several_arrays_by_hand():
    """f = a^2 b: df/da = 2ab, df/db = a^2, and c is not in it."""
    found = backend.gradients(lambda a, b, c: a * a * b, [np.float32(3), np.float32(2), np.float32(9)])
    assert [float(each) for each in found] == [12, 9, 0]
    with pytest.raises(TypeError, match="value must hold floats, got int64: a step"):
        backend.gradients(lambda a, b: a, [np.ones(()), np.arange(2, dtype=np.int64)])


def test_a_gradient_goes_through_a_network():
    keras = backend.load()
    model = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(1, use_bias=False)])
    model.set_weights([np.array([[2.0], [-3.0]])])
    found = backend.gradient(lambda x: keras.ops.sum(model(x, training=False)), np.zeros((4, 2), np.float32))
    np.testing.assert_allclose(found, [[2, -3]] * 4)


def test_what_has_no_gradient_is_refused():
    ops = backend.load().ops
    with pytest.raises(TypeError, match="value must hold floats, got int64: a step"):
        backend.gradient(ops.sum, np.arange(3, dtype=np.int64))
    with pytest.raises(
        ValueError, match=r"one number, a tensor without axes, got .*3.*: sum what it computes"
    ):
        backend.gradient(lambda x: x, np.ones(3))
    with pytest.raises(ValueError, match="got float: sum what it computes"):
        backend.gradient(lambda x: 1.0, np.ones(3))


# Precision and several devices


@pytest.mark.parametrize("half", ["bfloat16", "float16"])
def test_mixed_precision_trains_and_answers_in_float32(half):
    from mmseg_edu import models

    keras = backend.load()
    backend.seed(0)
    x = np.random.default_rng(0).random((16, 8, 8, 3)).astype(np.float32)
    y = (x[..., 0] > 0.5).astype(np.uint8)
    with backend.mixed_precision(half):
        model = models.subpixel_unet(8, classes=2, widths=(4, 8))
    assert keras.config.dtype_policy().name == "float32"
    assert {layer.compute_dtype for layer in model.layers} == {half, "float32"}
    assert {str(weight.dtype) for weight in model.weights} == {"float32"}
    history = models.fit(model, x, y, models.cross_entropy, rate=1e-2, epochs=8, batch=8, progress=False)
    assert history.loss[-1] < history.loss[0]
    assert model.outputs[0].dtype == "float32"
    posterior = models.predict(model, x)
    assert posterior.dtype == np.float32
    # Sums that were taken in 16 bits would be off by 0.004.
    np.testing.assert_allclose(posterior.sum(axis=-1), 1, atol=1e-6)


def test_precision_comes_back_after_an_error_and_other_floats_are_refused():
    with pytest.raises(KeyError), backend.mixed_precision():
        raise KeyError
    assert backend.load().config.dtype_policy().name == "float32"
    with pytest.raises(ValueError, match="half must be bfloat16 or float16, got 'float8'"):
        backend.mixed_precision("float8").__enter__()


def test_one_device_is_left_alone():
    keras = backend.load()
    assert backend.spread() == 1
    assert keras.distribution.distribution() is None


def test_several_devices_need_jax(monkeypatch):
    if backend.load().backend.backend() == "jax":
        pytest.skip("is about the other backends")
    monkeypatch.setattr(backend, "_devices", lambda name: ["one", "two"])
    with pytest.raises(
        NotImplementedError, match="several devices need JAX, got 2 on tensorflow: restart with"
    ):
        backend.spread()


@pytest.mark.slow
def test_two_devices_train_to_the_weights_of_one():
    pytest.importorskip("jax", reason="JAX is set up by make test-jax")
    code = """
    import sys
    import numpy as np
    from mmseg_edu import backend, models
    count = backend.spread() if sys.argv[1:] else 1
    backend.seed(0)
    model = models.unet(8, classes=2, width=2, depth=1)
    x = np.random.default_rng(0).random((12, 8, 8, 3), np.float32)
    y = (x[..., 0] > 0.5).astype(np.uint8)
    models.fit(model, x, y, models.cross_entropy, rate=1e-2, epochs=2, batch=8, progress=False)
    print(count, *np.concatenate([np.asarray(w).ravel() for w in model.weights]))
    """
    flags = {"KERAS_BACKEND": "jax", "XLA_FLAGS": "--xla_force_host_platform_device_count=2"}
    found = []
    for spread in ("", "backend.spread()"):
        script = code.replace("backend.spread() if sys.argv[1:] else 1", spread or "1")
        done = run(script, **flags)
        assert done.returncode == 0, done.stderr
        found.append(np.array(done.stdout.split(), float))
    assert [values[0] for values in found] == [1, 2]
    np.testing.assert_allclose(found[0][1:], found[1][1:], atol=1e-4)
