"""The attacks: what an argument of each kind is replaced by."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from fuzz_rows import Given

ENORMOUS = 2**55  # numbers that no address space holds; claimed by a view of one number


class Attack(NamedTuple):
    """A name, what stands in the argument's place, and what the law expects of it."""

    name: str
    value: Any
    same: bool = False  # only the layout differs: the result must not
    finite: bool = True
    refused: bool = False  # must be refused


class Own(np.ndarray):
    """A subclass that changes nothing."""


def attacks_on(given: Given) -> Iterator[Attack]:
    """All attacks on an argument of this kind."""
    value = given.value() if given.kind in ("made", "path") and callable(given.value) else given.value
    yield from KINDS[given.kind](value)
    if given.kind != "flag":  # anything is true or false, but for arrays, about which NumPy says enough
        # What a function raises that was handed in is its own affair.
        yield from (attack for attack in NONSENSE if given.kind != "function" or not callable(attack.value))


NONSENSE = (
    Attack("None", None),
    Attack("an object", object()),
    Attack("a dict", {"a": 1}),
    Attack("an empty dict", {}),
    Attack("an empty list", []),
    Attack("an empty text", ""),
    Attack("a text", "sound.wav"),
    Attack("bytes", b"\x00\x01"),
    Attack("a set", {1, 2}),
    Attack("a function", len),
    Attack("a class", float),
    Attack("lists of different lengths", [[1.0, 2.0], [3.0]]),
    Attack("lists of lists and numbers", [[1.0, 2.0], 3.0]),
    Attack("a date", np.array(["2020-01-01"], "datetime64[D]")),
    Attack("a record", np.zeros(3, [("a", float), ("b", int)])),
)


def layouts_of(array: np.ndarray) -> Iterator[Attack]:
    """The same numbers, laid out in other ways."""
    wide = np.repeat(array, 2, axis=-1) if array.ndim else array
    frozen = array.copy()
    frozen.setflags(write=False)
    yield Attack("every second", wide[..., ::2] if array.ndim else array, same=True)
    yield Attack("backwards in memory", np.ascontiguousarray(array[::-1])[::-1], same=True)
    yield Attack("columns first", np.asfortranarray(array), same=True)
    yield Attack("read-only", frozen, same=True)
    yield Attack("big-endian", array.astype(array.dtype.newbyteorder(">")), same=True)
    yield Attack("unaligned", _unaligned(array), same=True)
    yield Attack("a subclass", array.view(Own), same=True)
    yield Attack("masked nowhere", np.ma.masked_array(array, False), same=True)
    yield Attack("lists", array.tolist(), same=array.dtype in (np.float64, np.int64, bool))
    yield Attack("masked somewhere", _masked(array), refused=True)


def shapes_of(array: np.ndarray) -> Iterator[Attack]:
    """Another number of axes, other lengths, nothing, too much."""
    yield Attack("no axis", np.asarray(array.flat[0]))
    yield Attack("one number", array.flat[0])
    yield Attack("one axis more in front", array[None])
    yield Attack("one axis more behind", array[..., None])
    yield Attack("two axes more", array[None, None])
    yield Attack("flat", array.ravel())
    for axis in range(array.ndim):
        yield Attack(f"axis {axis} gone", array.take(0, axis))
        yield Attack(f"axis {axis} one shorter", np.delete(array, 0, axis))
        yield Attack(f"axis {axis} twice as long", np.concatenate([array, array], axis))
        yield Attack(f"axis {axis} empty", array.take([], axis))
        yield Attack(f"axis {axis} of one", array.take([0], axis))
        length = ENORMOUS // (array.size // array.shape[axis])
        shape = (*array.shape[:axis], length, *array.shape[axis + 1 :])
        yield Attack(f"axis {axis} enormous", np.broadcast_to(array.flat[0], shape))
    if array.ndim > 1:
        yield Attack("turned", array.T)


def on_floats(array: np.ndarray) -> Iterator[Attack]:
    """Attacks on an array of floating-point (or complex) numbers."""
    yield from layouts_of(array)
    yield from shapes_of(array)
    yield from values_in(array)
    real = array.real
    yield Attack("whole numbers", np.round(real).astype(int))
    yield Attack("bytes 0-255", np.round(np.abs(real) * 255).astype(np.uint8))
    yield Attack("booleans", real > real.mean())
    yield Attack("complex", array.astype(complex))
    yield Attack("objects", array.astype(object))
    yield Attack("texts", array.astype(str))
    yield Attack("float16", real.astype(np.float16))
    yield Attack("float32", real.astype(np.float32))
    yield Attack("longdouble", real.astype(np.longdouble))


def values_in(array: np.ndarray) -> Iterator[Attack]:
    """Numbers out of range, huge, tiny, none at all."""
    yield Attack("a thousand times as large", array * 1000)
    yield Attack("negative", -1 - np.abs(array))
    yield Attack("all zero", array * 0)
    yield Attack("all one", array * 0 + 1)
    info = np.finfo(array.dtype)
    for name, value in {"largest": info.max, "tiniest": info.smallest_subnormal, "lowest": info.min}.items():
        yield Attack(f"all the {name}", np.full_like(array, value))
        yield Attack(f"one the {name}", _with(array, value))
    for bad in (np.nan, np.inf, -np.inf):
        yield Attack(f"one {bad}", _with(array, bad), finite=False)
        yield Attack(f"all {bad}", np.full_like(array, bad), finite=False)


def on_wholes(array: np.ndarray) -> Iterator[Attack]:
    """Attacks on an array of whole numbers or booleans."""
    yield from layouts_of(array)
    yield from shapes_of(array)
    for dtype in ("int8", "uint8", "int32", "uint32", "int64", "uint64", "bool", "float64", "complex128"):
        yield Attack(dtype, array.astype(dtype))
    yield Attack("objects", array.astype(object))
    yield Attack("texts", array.astype(str))
    yield Attack("halves", array + 0.5)
    yield Attack("all zero", array & 0)
    yield Attack("all 255", np.full(array.shape, 255, np.uint8))
    yield Attack("one 255", _with(array.astype(np.int64), 255))
    for value in (-1, -2, 2**31, 2**63 - 1, -(2**63)):
        yield Attack(f"one {value}", _with(array.astype(np.int64), value))
        yield Attack(f"all {value}", np.full(array.shape, value, np.int64))
    yield Attack("all 2**64 - 1", np.full(array.shape, 2**64 - 1, np.uint64))
    yield Attack("one nan", _with(array.astype(float), np.nan), finite=False)
    yield Attack("all inf", np.full(array.shape, np.inf), finite=False)


def on_arrays(values: list[np.ndarray]) -> Iterator[Attack]:
    """Attacks on a sequence of arrays, and on its first array."""
    yield Attack("a tuple", tuple(values), same=True)
    yield Attack("one only", values[:1])
    yield Attack("the first alone", values[0])
    yield Attack("one more", [*values, values[0]])
    yield Attack("a generator", (value for value in values))
    yield Attack("with None", [*values[:-1], None])
    yield Attack("with a text", [*values[:-1], "bell"])
    yield Attack("of texts", ["bell", "drum"])
    yield Attack("of numbers", [0.5, 0.5])
    yield Attack("of Nones", [None, None])
    inner = on_floats if values[0].dtype.kind == "f" else on_wholes
    for attack in inner(values[0]):
        yield attack._replace(name=f"the first: {attack.name}", value=[attack.value, *values[1:]])


def on_number(value: Any) -> Iterator[Attack]:
    """Attacks on one number."""
    for bad in (np.nan, np.inf, -np.inf, np.float64("nan")):
        yield Attack(f"{bad!r}", bad, finite=False)
    for other in (
        -1,
        0,
        -0.0,
        1,
        0.5,
        2,
        1e-320,
        1e308,
        -1e308,
        10**18,
        -(10**18),
        10**400,
        -(10**400),
        2**63,
    ):
        yield Attack(f"{str(other)[:12]}", other)
    for other in (True, np.True_, 1j, "3", "nan", np.array([1.0, 2.0]), np.array([]), np.datetime64("2020")):
        yield Attack(f"{other!r}", other)
    if isinstance(value, int | float):
        yield Attack("in an array", np.array([value]))
        yield Attack("in an array of no axis", np.array(value))
        yield Attack("in a list", [value])
        yield Attack("of NumPy", np.asarray(value)[()])
        yield Attack("as float32", np.float32(value))
        yield Attack("a pair", (value, value))
        yield Attack("three", (value, value, value))
        yield Attack("as a text", str(value))
    if isinstance(value, tuple):
        yield Attack("a list", list(value))
        yield Attack("an array", np.array(value))
        yield Attack("the first alone", value[0])
        yield Attack("one less", value[:-1])
        yield Attack("one more", (*value, value[-1]))
        for name, bad in {
            "nan": np.nan,
            "inf": np.inf,
            "None": None,
            "a text": "3",
            "huge": 10**18,
            "hugest": 10**400,
            "negative": -1,
            "zero": 0,
            "half": 0.5,
            "True": True,
        }.items():
            yield Attack(f"last {name}", (*value[:-1], bad), finite=name not in ("nan", "inf"))


def on_seed(value: int) -> Iterator[Attack]:
    """Attacks on a seed."""
    yield from on_number(value)
    yield Attack("a generator", np.random.default_rng(0))
    yield Attack("the old generator", np.random.RandomState(0))
    yield Attack("the module", np.random)


def on_flag(value: bool) -> Iterator[Attack]:
    """A truth value that is none, as people write them."""
    for other in (0, 1, np.True_, "no"):
        yield Attack(f"{other!r}", other)


def on_text(value: str | None) -> Iterator[Attack]:
    """Attacks on a text."""
    for other in (
        "no such",
        "\x00",
        "$x^2",
        "<b>&",
        "é",
        "long " * 50_000,
        3,
        True,
        np.str_("valid"),
        ["valid"],
    ):
        yield Attack(f"{str(other)[:12]!r}", other)


def on_names(values: list[str]) -> Iterator[Attack]:
    """Attacks on a sequence of texts."""
    yield Attack("a tuple", tuple(values))
    yield Attack("one less", values[:-1])
    yield Attack("one more", [*values, "more"])
    yield Attack("twice the same", [values[0]] * len(values))
    yield Attack("numbers", list(range(len(values))))
    yield Attack("Nones", [None] * len(values))
    yield Attack("a generator", (name for name in values))
    yield Attack("an array", np.array(values))


def on_table(value: dict[str, Any]) -> Iterator[Attack]:
    """Attacks on a mapping from names to numbers or arrays: on its first entry, and as a whole."""
    first, rest = next(iter(value)), dict(list(value.items())[1:])
    entry = value[first]
    yield Attack("items", list(value.items()))
    yield Attack("with a number for a name", {3: entry, **rest})
    yield Attack("with no name", {"": entry, **rest})
    inner = on_floats(entry) if isinstance(entry, np.ndarray) else on_number(entry)
    for attack in (*inner, *NONSENSE):
        yield attack._replace(name=f"the first: {attack.name}", value={first: attack.value, **rest})


def on_function(value: Callable[..., Any]) -> Iterator[Attack]:
    """Functions that give what nobody can use."""
    for other in (None, np.nan, "text", [], np.zeros((2, 0)), 1j):
        yield Attack(f"gives {other!r}", lambda *_, other=other, **__: other, finite=False)


def on_made(value: Any) -> Iterator[Attack]:
    """Something else in place of one of the package's own things."""
    yield Attack("a number", 3)
    yield Attack("an array", np.zeros((4, 4, 3)))
    yield Attack("a list of arrays", [np.zeros((4, 4, 3))])


def on_path(value: Any) -> Iterator[Attack]:
    """Places where no such file is or can be."""
    for other in (
        "/no/such/place.bin",
        "/",
        ".",
        "no\x00name",
        "x" * 300,
        3,
        True,
        b"bytes.wav",
        1.5,
        "\ud800",
    ):
        yield Attack(f"{str(other)[:20]!r}", other)


KINDS: dict[str, Callable[[Any], Iterator[Attack]]] = {
    "floats": on_floats, "wholes": on_wholes, "truths": on_wholes, "arrays": on_arrays,
    "number": on_number, "whole": on_number, "seed": on_seed, "flag": on_flag, "text": on_text,
    "names": on_names, "table": on_table, "function": on_function, "made": on_made, "path": on_path,
}  # fmt: skip


def _with(array: np.ndarray, value: Any) -> np.ndarray:
    changed = array.copy()
    changed.flat[array.size // 2] = value
    return changed


def _masked(array: np.ndarray) -> np.ndarray:
    mask = np.zeros(array.shape, bool)
    mask.flat[array.size // 2] = True
    return np.ma.masked_array(array, mask)


def _unaligned(array: np.ndarray) -> np.ndarray:
    room = np.zeros(array.nbytes + 1, np.uint8)
    shifted = room[1:].view(array.dtype).reshape(array.shape)
    shifted[...] = array
    return shifted
