"""Networks from files: whole ones that Keras saved, and weights of those that see and hear."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from mmseg_edu import backend
from mmseg_edu.experts import load_arrays
from mmseg_edu.models.audio_visual import audio_visual_unet
from mmseg_edu.models.shipped import sounding_network_shipped
from mmseg_edu.models.weights import set_arrays

if TYPE_CHECKING:
    import keras


def load_network(path: str | Path, size: int | tuple[int, int] = 64) -> keras.Model:
    """Load a network that sees and hears from what a training wrote.

    Parameters
    ----------
    path : str or Path
        A ``.keras`` file holds a whole network and is read in safe mode: no code in it runs. An ``.npz`` file holds
        weights only, of a :func:`sounding_network` with its usual numbers, as ``mmseg-edu train sounding`` writes
        them, or of an :func:`audio_visual_unet` with FiLM in the middle.
    size : int or (H, W), pixels
        Of the pictures, for weights; a whole network has its own.

    Returns
    -------
    keras.Model

    Raises
    ------
    FileNotFoundError
        The file does not exist.
    ValueError
        Another ending; a file that is damaged, or that only runs outside safe mode; weights of another network.

    Examples
    --------
    >>> load_network("weights/sounding.npz").output_shape  # doctest: +SKIP
    (None, 64, 64, 5)
    """
    path = Path(path)
    if path.suffix not in (".keras", ".npz"):
        raise ValueError(
            f"a network must be a .keras or an .npz file, got {path.name!r}: save it with model.save('name.keras')"
        )
    if not path.is_file():
        raise FileNotFoundError(
            f"a network must be an existing file, got {str(path)!r}: check the spelling and the working folder"
        )
    return _whole(path) if path.suffix == ".keras" else _from_weights(path, size)


def _whole(path: Path) -> keras.Model:
    from mmseg_edu.models import layers  # noqa: F401 - registers the layers, so that safe mode knows them

    try:
        return backend.load().saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # a damaged archive fails in a dozen ways
        said = " ".join(str(error).split())
        raise ValueError(
            f"{path.name!r} must hold a network that Keras reads in safe mode, got one that it does not "
            f"({said[:200]}): save it anew with model.save('name.keras'), without Lambda layers"
        ) from error


class AudioVisualNumbers(NamedTuple):
    """With which numbers an :func:`audio_visual_unet` was built."""

    classes: int
    width: int
    depth: int


def audio_visual_numbers(arrays: Mapping[str, Any]) -> AudioVisualNumbers | None:
    """The numbers that weights of an :func:`audio_visual_unet` tell by their names and shapes; None of another network.

    >>> import numpy as np
    >>> shapes = {"listen_1": (128, 64), "halve_1": (4, 4, 3, 32), "narrow1": (1, 1, 64, 32), "logits": (4, 4, 5, 32)}
    >>> audio_visual_numbers({f"{name}/kernel": np.empty(shape) for name, shape in shapes.items()})
    AudioVisualNumbers(classes=5, width=32, depth=2)
    """
    if not {"listen_1/kernel", "halve_1/kernel", "logits/kernel"} <= set(arrays):
        return None
    depth = 1 + sum(name.startswith("narrow") and name.endswith("/kernel") for name in arrays)
    return AudioVisualNumbers(arrays["logits/kernel"].shape[-2], arrays["halve_1/kernel"].shape[-1], depth)


def _from_weights(path: Path, size: int | tuple[int, int]) -> keras.Model:
    arrays = load_arrays(path)
    if "flag_logits/kernel" in arrays:
        return sounding_network_shipped(size, path=path)
    numbers = audio_visual_numbers(arrays)
    if numbers is not None:
        model = audio_visual_unet(size, numbers.classes, width=numbers.width, depth=numbers.depth)
        set_arrays(model, arrays)
        return model
    raise ValueError(
        f"{path.name!r} must hold the weights of a network that sees and hears, got {', '.join(sorted(arrays)[:3])}, "
        "...: train one with mmseg-edu train sounding, or save a whole network with model.save('name.keras')"
    )
