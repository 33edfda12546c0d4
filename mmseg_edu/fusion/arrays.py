"""What the formulas of fusion stand on: stacked opinions, and the checks of what comes in.

The values of NumPy arrays are checked. A tensor may have no values yet (inside a graph), so only its shape
is.
"""

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from mmseg_edu import backend
from mmseg_edu.backend import is_tensor, library_of
from mmseg_edu.preprocess.arguments import ROUNDING, as_array, checked_room

Array = Any  # a NumPy array or a tensor; the output is of the input's kind


def widen(values: Array, lib: Any) -> Array:
    """Return values as float64, in which sums of thousands are exact enough; float32 in JAX, if it has no more.

    >>> widen(np.float32([0.5]), np).dtype
    dtype('float64')
    """
    if lib is np:
        return values.astype(np.promote_types(values.dtype, np.float64), copy=False)
    jax = sys.modules.get("jax")
    narrow = sys.modules["keras"].backend.backend() == "jax" and not jax.config.jax_enable_x64  # type: ignore[union-attr]
    return lib.cast(values, "float32" if narrow else "float64")


def floats(value: Array, lib: Any, dtype: Any = None) -> Array:
    """Return real numbers as a floating-point array of the library, of the given type or their own.

    >>> floats([1, 2], np)
    array([1., 2.])
    """
    if lib is np:
        value = as_array("what is fused", value)
        if value.dtype.kind not in "fiub":
            raise TypeError(
                f"what is fused must be real numbers, got {value.dtype}: give arrays or lists of floats"
            )
    return backend.floats(value, lib, dtype)


def stack(opinions: Sequence[Array] | Array, lib: Any) -> Array:
    """Return n opinions (..., K) as one array (n, ..., K), refusing whole numbers and unequal shapes.

    Whole numbers of 0 and 1 are certainty and pass; others are pixels, samples or labels.

    >>> stack([[1, 0], [0, 1]], np).dtype
    dtype('float64')
    """
    for part in opinions if isinstance(opinions, list | tuple) else [opinions]:
        check_no_counts(part)
    if not isinstance(opinions, list | tuple):
        stacked = floats(opinions, lib)
    elif len(opinions) == 0:
        raise ValueError("fusion needs the opinion of at least one modality, got an empty list")
    else:
        dtype = next((floats(part, lib).dtype for part in opinions if is_tensor(part)), None)
        parts = [floats(part, lib, dtype) for part in opinions]
        _check_same_shape([tuple(part.shape) for part in parts])
        stacked = lib.stack(parts, axis=0)
    if len(stacked.shape) < 2 or stacked.shape[0] in (0, None) or stacked.shape[-1] == 0:
        raise ValueError(
            "opinions must be n arrays of shape (..., K) or one stacked array (n, ..., K), none empty, "
            f"got shape {tuple(stacked.shape)}: pass a list of arrays, also when there is only one"
        )
    return stacked


def _check_same_shape(shapes: list[tuple[int | None, ...]]) -> None:
    first = shapes[0]
    for shape in shapes[1:]:
        if len(shape) != len(first) or any(
            None not in (a, b) and a != b for a, b in zip(shape, first, strict=True)
        ):
            raise ValueError(
                f"all modalities must have one shape (..., K), got {' and '.join(map(str, shapes))}: "
                "spread an opinion about the whole image over its pixels with over_pixels(posterior, (H, W))"
            )


def check_no_counts(value: object) -> None:
    """Refuse whole numbers other than 0 and 1 (pixels from 0 to 255, samples, labels) and complex numbers."""
    if is_tensor(value):
        return
    values = as_array("opinions", value)
    if values.dtype.kind in "iu" and values.size and (values.min() < 0 or values.max() > 1):
        raise ValueError(
            f"opinions must be floating point, got whole numbers ({values.dtype}) from {values.min()} to "
            f"{values.max()}: divide pixels by 255, give other features as values.astype(float)"
        )
    if values.dtype.kind == "c":
        raise ValueError(f"opinions must be real numbers, got {values.dtype}: take np.abs or np.real first")


def check_finite(values: Array) -> None:
    """Refuse NaN and infinity in a NumPy array."""
    if isinstance(values, np.ndarray) and not np.isfinite(values).all():
        raise ValueError(
            "the values must be finite, got NaN or infinity: repair the modality or leave it out"
        )


def with_room(result: Array, given: Array, name: str) -> Array:
    """Return what came of finite numbers, if none of an array's has grown beyond what its type can hold."""
    return checked_room(result, given, name) if isinstance(result, np.ndarray) else result


def check_probabilities(values: Array) -> None:
    """Refuse what cannot be probabilities in a NumPy array: NaN, negative numbers, numbers above 1."""
    if not isinstance(values, np.ndarray) or values.size == 0:
        return
    low, high = values.min(), values.max()
    if not (low >= 0 and high <= 1 + ROUNDING):  # written so that NaN is refused too
        raise ValueError(
            f"probabilities must lie in [0, 1], got values from {low:.3g} to {high:.3g}: "
            "turn scores (logits) into probabilities with a softmax first"
        )


def check_simplex(values: np.ndarray, name: str, axis: int, remedy: str) -> None:
    """Refuse weights in a NumPy array that are negative, NaN, or do not sum to 1 along the axis."""
    if not (values >= 0).all():
        raise ValueError(f"{name} must be >= 0, got {values.min():.3g}: {remedy}")
    with np.errstate(over="ignore"):
        sums = values.sum(axis=axis)
    if sums.size == 0:
        raise ValueError(f"{name} must hold at least one number, got shape {values.shape}: {remedy}")
    worst = sums.flat[np.argmax(np.abs(sums - 1))]
    if abs(worst - 1) > max(ROUNDING, np.finfo(values.dtype).eps):  # thirds in float16 sum to 0.9998
        raise ValueError(f"{name} must sum to 1, got a sum of {worst:.6g}: {remedy}")


def prior_like(prior: Array | None, values: Array, lib: Any) -> Array:
    """Return the prior (K,) or (..., K) of opinions (n, ..., K); None stands for the uniform one, (K,)."""
    classes = values.shape[-1]
    if prior is None:
        prior = np.full(classes, 1.0 / classes)
    prior = floats(prior, library_of(prior))
    if tuple(prior.shape) not in ((classes,), tuple(values.shape[1:])):
        raise ValueError(
            f"prior must have shape (K,) = ({classes},) or that of one modality, {tuple(values.shape[1:])}, "
            f"got {tuple(prior.shape)}"
        )
    if isinstance(prior, np.ndarray):
        check_simplex(prior, "prior", -1, "divide the class counts by their total")
        if not (prior > 0).all():
            raise ValueError("prior must be > 0 for every class, got 0: leave the class out or count it once")
    return floats(prior, lib, values.dtype)


def weights_like(weights: Array, values: Array, lib: Any, name: str) -> Array:
    """Return weights (n,), (n, K) or (n, ..., 1) with as many axes as the opinions (n, ..., K)."""
    shape, target = tuple(weights.shape), tuple(values.shape)
    middle = (1,) * (len(target) - 2)
    if shape == target[:1]:
        return lib.reshape(weights, (*shape, *middle, 1))
    if shape == (target[0], target[-1]):
        return lib.reshape(weights, (shape[0], *middle, shape[1]))
    if len(shape) == len(target) and shape[0] == target[0] and _broadcasts(shape, target):
        return weights
    raise ValueError(
        f"{name} must have shape (n,) = ({target[0]},), (n, K) = ({target[0]}, {target[-1]}) or "
        f"(n, ..., 1) = {(*target[:-1], 1)}, got {shape}"
    )


def _broadcasts(shape: tuple[int | None, ...], target: tuple[int | None, ...]) -> bool:
    return all(a == 1 or None in (a, b) or a == b for a, b in zip(shape, target, strict=True))


def posterior_from_logs(logs: Array, lib: Any) -> Array:
    """Return exp(logs) divided by its sum over the last axis, without leaving the range of floats."""
    top = lib.max(logs, axis=-1, keepdims=True)
    if isinstance(logs, np.ndarray):
        check_not_vetoed(np.isneginf(top), logs.shape[-1])
    scores = lib.exp(logs - top)
    return scores / lib.sum(scores, axis=-1, keepdims=True)


def posterior_from_scores(scores: Array, lib: Any) -> Array:
    """Return scores >= 0 divided by their sum over the last axis."""
    total = lib.sum(scores, axis=-1, keepdims=True)
    if isinstance(scores, np.ndarray):
        check_not_vetoed(total == 0, scores.shape[-1])
    return scores / total


def check_not_vetoed(vetoed: np.ndarray, classes: int) -> None:
    """Refuse positions at which every class has got 0."""
    if vetoed.any():
        raise ValueError(
            f"all {classes} classes are vetoed at {vetoed.sum()} of "
            f"{vetoed.size} positions, where modalities give them probability 0: raise the zeros first "
            "with clip(probabilities, floor)"
        )
