"""Choose the Keras backend, keep it quiet, seed it, say what device it runs on and what computes a formula.

Nothing here imports Keras until :func:`load` is called, so NumPy-only lessons never wait for it.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from typing import IO, Any

import numpy as np
from numpy.typing import ArrayLike

BACKENDS = ("tensorflow", "jax", "torch")
DEFAULT = "tensorflow"
_TENSOR_TYPES = (
    ("keras", "KerasTensor"),
    ("keras", "Variable"),
    ("tensorflow", "Tensor"),
    ("tensorflow", "Variable"),
    ("jax", "Array"),
    ("torch", "Tensor"),
)


def load(backend: str | None = None) -> Any:
    """Import Keras on the chosen backend, without the backend's start-up messages.

    Parameters
    ----------
    backend : {"tensorflow", "jax", "torch"}, optional
        Which library computes. Default: the environment variable ``KERAS_BACKEND``, or else TensorFlow.

    Returns
    -------
    module ``keras``
        The same one on every call: a process has one backend.

    Raises
    ------
    ValueError
        If the name is not a backend, Keras already runs on another one, or it keeps the channels of pictures
        first, which no network here does.
    ImportError
        If the backend is not installed. What it printed on the way is shown then.

    Examples
    --------
    >>> keras = load()  # doctest: +SKIP
    >>> keras.backend.backend()  # doctest: +SKIP
    'tensorflow'
    """
    chosen = backend or _current() or os.environ.get("KERAS_BACKEND") or DEFAULT
    if chosen not in BACKENDS:
        raise ValueError(f"backend must be one of {', '.join(BACKENDS)}, got {chosen!r}: check KERAS_BACKEND")
    running = _current()
    if running is not None:
        if running != chosen:
            raise ValueError(
                f"Keras already runs on {running}, got backend={chosen!r}: a process has one backend; "
                f"restart the kernel and call load({chosen!r}) first"
            )
        return _channels_last(sys.modules["keras"])
    before = os.environ.get("KERAS_BACKEND")
    os.environ["KERAS_BACKEND"] = chosen
    # Level 3, because what matters also arrives as a Python exception. Some lines are written before it is
    # read, hence quiet().
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        with quiet():
            keras = importlib.import_module("keras")
            _devices(chosen)
    except BaseException:
        if before is None:
            del os.environ["KERAS_BACKEND"]
        else:
            os.environ["KERAS_BACKEND"] = before
        raise
    return _channels_last(keras)


def _channels_last(keras: Any) -> Any:
    """Refuse the other order, which a call or the file keras.json sets for every layer of a process."""
    order = keras.config.image_data_format()
    if order != "channels_last":
        raise ValueError(
            f"Keras must keep the channels of pictures last, (N, H, W, channels), got {order!r}: call "
            'keras.config.set_image_data_format("channels_last"), and look for it in ~/.keras/keras.json'
        )
    return keras


def seed(value: int) -> None:
    """Seed Keras, its backend, NumPy's and Python's global generators, for a repeatable training.

    Parameters
    ----------
    value : int, 0 to 2**32 - 1

    Notes
    -----
    Networks draw their first weights and their dropout from global state that cannot be passed as an
    argument; this is the one place where mmseg_edu touches it. On a CPU the same seed gives the same training
    up to rounding.

    Examples
    --------
    >>> seed(0)  # doctest: +SKIP
    """
    if not 0 <= value < 2**32:
        raise ValueError(
            f"seed must be between 0 and 2**32 - 1, got {value}: choose a small non-negative number"
        )
    load().utils.set_random_seed(value)


def device() -> str:
    """Say in a few words what computes: the backend, its version and the device.

    Returns
    -------
    str, for example ``"TensorFlow 2.21.0 on CPU (2 cores)"`` or ``"JAX 0.5.0 on NVIDIA H100"``

    Examples
    --------
    >>> device()  # doctest: +SKIP
    'TensorFlow 2.21.0 on CPU (2 cores)'
    """
    load()
    name = _current() or DEFAULT
    label = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}[name]
    version = importlib.import_module(name).__version__
    with quiet():
        accelerators = _devices(name)
    return f"{label} {version} on {', '.join(accelerators) or f'CPU ({os.cpu_count()} cores)'}"


@contextlib.contextmanager
def mixed_precision(half: str = "bfloat16") -> Iterator[None]:
    """Networks that are built in the block compute in floats of 16 bits and keep their weights in 32.

    Parameters
    ----------
    half : {"bfloat16", "float16"}
        bfloat16 has the range of float32; float16, for GPUs that know no other, overflows at 65,504, so that
        :func:`mmseg_edu.models.fit` scales the loss.

    Yields
    ------
    None

    Raises
    ------
    ValueError
        If ``half`` is neither.

    Notes
    -----
    A GPU with units for it trains up to twice as fast and in half the memory; a CPU is rather slower. What was built
    before stays as it is, what is built after has the precision from before. The networks of the package give
    posteriors in float32 all the same.

    Examples
    --------
    >>> with mixed_precision():  # doctest: +SKIP
    ...     model = unet(64)
    """
    if half not in ("bfloat16", "float16"):
        raise ValueError(f"half must be bfloat16 or float16, got {half!r}: GPUs since 2020 know bfloat16")
    config = load().config
    before = config.dtype_policy()
    config.set_dtype_policy(f"mixed_{half}")
    try:
        yield
    finally:
        config.set_dtype_policy(before)


def spread() -> int:
    """Share each batch of the trainings to come among all devices, and say how many there are.

    Returns
    -------
    int
        1 where there is one device: nothing changes then.

    Raises
    ------
    NotImplementedError
        If there are several devices and the backend is not JAX, the one for which Keras can do it.

    Notes
    -----
    Call it before the network is built. Each device gets an equal part of the batch, so the number of examples in
    every batch, also in the last one of an epoch, must be divisible by the number of devices. The result is
    that of one device up to rounding.

    Examples
    --------
    >>> spread()  # doctest: +SKIP
    1
    """
    keras = load()
    if keras.backend.backend() != "jax":
        count = max(1, len(_devices(keras.backend.backend())))
        if count > 1:
            raise NotImplementedError(
                f"several devices need JAX, got {count} on {keras.backend.backend()}: restart with KERAS_BACKEND=jax"
            )
        return 1
    devices = keras.distribution.list_devices()
    if len(devices) > 1:
        keras.distribution.set_distribution(keras.distribution.DataParallel(devices=devices))
    return len(devices)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Hide what C++ code writes to file descriptor 2; show it if the block raises.

    Libraries written in C++ write past ``sys.stderr``, so only the descriptor itself can be redirected. Where
    it cannot be (closed, or not a real one), the block runs unredirected: noise is better than a crash.

    Yields
    ------
    None

    Examples
    --------
    >>> import os
    >>> with quiet():
    ...     _ = os.write(2, b"a warning that nobody can act on")
    """
    redirected = _redirect()
    if redirected is None:
        yield
        return
    saved, held = redirected
    failed = True
    try:
        yield
        failed = False
    finally:
        _flush()
        os.dup2(saved, 2)
        os.close(saved)
        held.seek(0)
        said = held.read()
        held.close()
        if failed and said:
            with contextlib.suppress(OSError):
                os.write(2, said)


def is_tensor(value: object) -> bool:
    """Tell whether a value is a tensor of a library that somebody else has already imported.

    >>> is_tensor(np.zeros(3))
    False
    """
    for module, name in _TENSOR_TYPES:
        kind = getattr(sys.modules.get(module), name, None)
        if isinstance(kind, type) and isinstance(value, kind):
            return True
    return False


def library_of(*values: object) -> Any:
    """Return the module that computes: ``numpy``, or ``keras.ops`` if any of the values is a tensor."""
    members = (m for v in values for m in (v if isinstance(v, list | tuple) else (v,)))
    return importlib.import_module("keras.ops") if any(map(is_tensor, members)) else np


def floats(value: object, lib: Any, dtype: Any = None) -> Any:
    """Return the value as a floating-point array of the library, of the given type or its own."""
    if lib is np:
        array = np.asarray(value)
        own = array.dtype if np.issubdtype(array.dtype, np.floating) else np.dtype(np.float64)
        return array.astype(dtype or own, copy=False)
    tensor: Any = value if is_tensor(value) else lib.convert_to_tensor(value)
    if dtype is None:
        dtype = tensor.dtype if "float" in str(tensor.dtype) else "float32"
    return lib.cast(tensor, dtype)


def gradient(function: Callable[[Any], Any], value: ArrayLike) -> np.ndarray:
    r"""Differentiate a number that a function makes of an array, on whichever backend computes.

    .. math:: G_i = \frac{\partial}{\partial x_i} f(x)

    Parameters
    ----------
    function : callable that takes a tensor and returns a tensor without axes
        Made of ``keras.ops``, layers and models, which it calls with ``training=False``.
    value : array of floats, x
        Of the type in which to compute. JAX makes float32 of float64, unless told otherwise.

    Returns
    -------
    array of the shape of the value
        0 where the function does not look at the value.

    Raises
    ------
    TypeError
        If the value does not hold floats.
    ValueError
        If the function returns more or less than one number.
    NotImplementedError
        On PyTorch.

    Examples
    --------
    >>> gradient(lambda x: keras.ops.sum(x**2), [1.0, 3.0])  # doctest: +SKIP
    array([2., 6.])
    """
    return gradients(function, [value])[0]


def gradients(function: Callable[..., Any], values: Sequence[ArrayLike]) -> list[np.ndarray]:
    r"""Differentiate a number that a function makes of several arrays with respect to each of them.

    .. math:: G_j = \frac{\partial}{\partial x_j} f(x_1, \dots, x_n)

    Parameters
    ----------
    function : callable that takes n tensors and returns a tensor without axes
        As for :func:`gradient`.
    values : sequence of n arrays of floats

    Returns
    -------
    list of n arrays, each of the shape of its value

    Raises
    ------
    TypeError, ValueError, NotImplementedError
        As :func:`gradient`.

    Examples
    --------
    >>> gradients(lambda a, b, c: a * a * b, [3.0, 2.0, 9.0])  # doctest: +SKIP
    [array(12.), array(9.), array(0.)]

    Lesson: 15_the_articles_network
    """
    points = [np.asarray(value) for value in values]
    for point in points:
        if point.dtype.kind != "f":
            raise TypeError(f"value must hold floats, got {point.dtype}: a step from 1 to 2 has no slope")
    name = load().backend.backend()
    if name == "tensorflow":
        import tensorflow as tf

        tensors = [tf.convert_to_tensor(point) for point in points]
        with tf.GradientTape() as tape:
            tape.watch(tensors)
            total = _one_number(function(*tensors))
        return [np.asarray(each) for each in tape.gradient(total, tensors, unconnected_gradients="zero")]
    if name == "jax":
        import jax

        tensors = [jax.numpy.asarray(point) for point in points]
        return [np.asarray(each) for each in jax.grad(lambda every: _one_number(function(*every)))(tensors)]
    raise NotImplementedError(
        f"gradients are taken with TensorFlow or JAX, got the backend {name}: restart the kernel with "
        "KERAS_BACKEND=tensorflow"
    )


def _one_number(total: Any) -> Any:
    if not is_tensor(total) or tuple(total.shape) != ():
        raise ValueError(
            f"the function must return one number, a tensor without axes, got "
            f"{getattr(total, 'shape', type(total).__name__)}: sum what it computes with keras.ops.sum"
        )
    return total


def _redirect() -> tuple[int, IO[bytes]] | None:
    """Point descriptor 2 at a temporary file; a copy of the old one and the file, or None if impossible."""
    _flush()
    try:
        saved = os.dup(2)
    except OSError:
        return None
    try:
        held = tempfile.TemporaryFile()  # noqa: SIM115 - outlives this function, closed by quiet()
    except OSError:
        os.close(saved)
        return None
    try:
        os.dup2(held.fileno(), 2)
    except OSError:
        held.close()
        os.close(saved)
        return None
    return saved, held


def _flush() -> None:
    # sys.stderr is None under pythonw and may be closed or a stand-in inside a notebook.
    with contextlib.suppress(AttributeError, OSError, ValueError):
        sys.stderr.flush()


def _current() -> str | None:
    """Name of the backend that Keras runs on, None before Keras is imported."""
    keras = sys.modules.get("keras")
    return None if keras is None or not hasattr(keras, "backend") else str(keras.backend.backend())


def _devices(name: str) -> list[str]:
    """Names of the accelerators, none on a CPU; asking makes the backend say all it has to say."""
    if name == "tensorflow":
        import tensorflow as tf

        found = tf.config.list_physical_devices("GPU")
        return [tf.config.experimental.get_device_details(gpu).get("device_name", gpu.name) for gpu in found]
    if name == "jax":
        import jax

        return [d.device_kind for d in jax.devices() if d.platform != "cpu"]
    torch = importlib.import_module("torch")
    return [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
