"""A training on disk: all that decides how it goes on, in one file that is there whole or not at all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mmseg_edu import backend
from mmseg_edu.whole_file import whole_file

if TYPE_CHECKING:
    import keras

Values = list[NDArray[Any]]

# Arguments that a message can show.
SHORT = ("rate", "epochs", "batch", "weight_decay", "patience", "seed", "loss", "backend")


class Progress(NamedTuple):
    """How far a training has come.

    Attributes
    ----------
    seed : int, of the order of the examples
    loss, validation : lists of what each epoch so far measured
    seconds : float, that the epochs took
    best : values of the model's variables after the best epoch, or empty
    """

    seed: int
    loss: list[float]
    validation: list[float]
    seconds: float
    best: Values


def values_of(variables: list[Any]) -> Values:
    """Copies of the values of Keras variables."""
    # Not keras.ops.convert_to_numpy, which NumPy 2 warns of.
    return [np.asarray(backend.load().ops.convert_to_tensor(each)).copy() for each in variables]


def assign(variables: list[Any], values: Values) -> None:
    """Give Keras variables their values, each its own in the order of the lists."""
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def fingerprint(data: Any) -> str:
    """A short text that stands for the types, shapes and numbers of an array, or of a list of them.

    >>> fingerprint(np.zeros(2)) == fingerprint(np.zeros(2)), fingerprint([0.0]) == fingerprint([1.0])
    (True, False)
    """
    digest = hashlib.blake2b(digest_size=16)
    for each in data if isinstance(data, list | tuple) else [data]:
        if isinstance(each, list | tuple) and any(isinstance(part, np.ndarray) for part in each):
            digest.update(fingerprint(each).encode())
            continue
        array = np.ascontiguousarray(each)
        digest.update(f"{array.dtype} {array.shape};".encode())
        digest.update(array.view(np.uint8).data if array.size else b"")
    return digest.hexdigest()


def network_of(model: keras.Model) -> list[Any]:
    """What a network is made of, layer by layer, without the names, which a second copy does not share."""
    layers = [[type(layer).__name__, _nameless(layer.get_config())] for layer in model.layers]
    shapes = [[list(variable.shape), str(variable.dtype)] for variable in model.variables]
    return json.loads(json.dumps([layers, shapes], default=lambda value: type(value).__name__))


def _nameless(config: Any) -> Any:
    if isinstance(config, dict):
        return {key: _nameless(value) for key, value in config.items() if key not in ("name", "seed")}
    return [_nameless(value) for value in config] if isinstance(config, list | tuple) else config


class Checkpoint:
    """The file of one training of one network.

    Parameters
    ----------
    path : path ending in ``.npz``; its folder is made
    model : keras.Model
    optimizer : keras.optimizers.Optimizer, with its variables built
    data : mapping from str to arrays, or lists of them: what is learnt from, of which a fingerprint is kept
    arguments : mapping from str to numbers and names: how
    """

    def __init__(
        self,
        path: str | Path,
        model: keras.Model,
        optimizer: Any,
        data: Mapping[str, Any],
        arguments: Mapping[str, Any],
    ) -> None:
        self.path = _checked_path(path)
        self.model, self.optimizer = model, optimizer
        prints = {name: None if each is None else fingerprint(each) for name, each in data.items()}
        running = {"network": network_of(model), "backend": backend.load().backend.backend()}
        self.arguments = running | prints | dict(arguments)

    def write(self, progress: Progress) -> None:
        """Keep a training after an epoch, in place of what the file held."""
        groups = {
            "model": values_of(self.model.variables),
            "optimizer": values_of(self.optimizer.variables),
            "best": progress.best,
        }
        arrays = {f"{group}/{i}": value for group, values in groups.items() for i, value in enumerate(values)}
        says = json.dumps({"arguments": self.arguments, **progress._asdict(), "best": None})
        with whole_file(self.path) as unfinished, open(unfinished, "wb") as file:
            np.savez(file, allow_pickle=False, state=np.array(says), **arrays)

    def read(self) -> Progress | None:
        """Put model and optimizer back to where the file stands; None if there is no file yet.

        Raises
        ------
        ValueError
            If the file is no checkpoint, is damaged, or is one of a training with other arguments.
        """
        if not self.path.exists():
            return None
        try:
            with open(self.path, "rb") as file, np.load(file, allow_pickle=False) as archive:
                arrays = {name: archive[name] for name in archive.files}
            says = json.loads(str(arrays["state"]))
            theirs, progress = says.pop("arguments"), Progress(**says)
        except Exception as error:  # a damaged archive fails in a dozen ways
            raise ValueError(
                f"checkpoint must be a file that fit wrote, got {self.path}, which cannot be read ({error}): "
                "delete it to begin anew"
            ) from error
        self._check_same(theirs)
        assign(self.model.variables, _group(arrays, "model"))
        assign(self.optimizer.variables, _group(arrays, "optimizer"))
        return progress._replace(best=_group(arrays, "best"))

    def _check_same(self, theirs: Mapping[str, Any]) -> None:
        other = [name for name, ours in self.arguments.items() if ours != theirs.get(name)]
        told = [
            f"{name} ({theirs.get(name)} and not {self.arguments[name]})" if name in SHORT else name
            for name in other
        ]
        if other:
            raise ValueError(
                f"checkpoint {self.path} is of a training with other {', '.join(told)}: give what it was begun "
                "with, another path, or delete it"
            )


def _checked_path(path: str | Path) -> Path:
    path = Path(path)
    if path.suffix != ".npz":
        raise ValueError(
            f"checkpoint must end in .npz, got {path.name}: it is an archive of arrays, for instance run.npz"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _group(arrays: Mapping[str, NDArray[Any]], name: str) -> Values:
    count = sum(key.startswith(f"{name}/") for key in arrays)
    return [arrays[f"{name}/{i}"] for i in range(count)]
