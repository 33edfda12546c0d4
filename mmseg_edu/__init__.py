"""mmseg_edu: learn how picture, sound and motion together segment an image.

The package reads like the pipeline that its lessons teach::

    clip -> preprocess -> features -> fusion -> segment

Submodules load on first use, so that ``import mmseg_edu`` is instant and never imports Keras.
"""

from importlib import import_module
from types import ModuleType

__version__ = "0.1.0"

_ROOMS = (
    "backend",
    "check",
    "clip",
    "course",
    "datasets",
    "experts",
    "explain",
    "features",
    "finetuning",
    "fusion",
    "metrics",
    "models",
    "play",
    "preprocess",
    "scenes",
    "segment",
    "segmenting",
    "show",
)


def __getattr__(name: str) -> ModuleType:
    if name in _ROOMS:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*_ROOMS, "__version__"]
