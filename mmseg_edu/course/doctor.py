"""Is this machine ready for the lessons? One line a question, each with a remedy."""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import mmseg_edu
from mmseg_edu.course import notebook

Status = Literal["ok", "warn", "problem"]

_LIBRARIES = (
    "numpy",
    "scipy",
    "scikit-image",
    "scikit-learn",
    "librosa",
    "matplotlib",
    "pillow",
    "jupyterlab",
    "ipykernel",
)
_BACKENDS = {
    "tensorflow": ("TensorFlow", ("tensorflow", "tensorflow-cpu", "tensorflow-macos", "tf-nightly")),
    "jax": ("JAX", ("jax",)),
    "torch": ("PyTorch", ("torch",)),
}
# Where every library that the package needs has a wheel, as `platform` names systems and machines.
_PLATFORMS = {
    ("Linux", "x86_64"): "Linux x86-64",
    ("Linux", "aarch64"): "Linux arm64",
    ("Darwin", "arm64"): "macOS 14 or later on arm64",
    ("Windows", "AMD64"): "Windows x64",
}
_OLDEST_MACOS = 14  # PyAV has no wheels for older ones.
_GIGABYTE = 1024**3


@dataclass(frozen=True)
class Line:
    """One answer.

    Parameters
    ----------
    topic : str
        What was asked.
    status : {"ok", "warn", "problem"}
        `warn`: some lessons will be poorer or slower. `problem`: some will not run.
    says : str
        What was found.
    remedy : str
        What to do about it; empty when all is well.
    """

    topic: str
    status: Status
    says: str
    remedy: str = ""

    def __str__(self) -> str:
        remedy = f"\n{'':<17}-> {self.remedy}" if self.remedy else ""
        return f"{self.status:<8} {self.topic:<8} {self.says}{remedy}"


class Report(list[Line]):
    """The answers of `report`: a list of lines that prints as a short table.

    Examples
    --------
    >>> Report([Line("sound", "ok", "Opus in and out")])
    ok       sound    Opus in and out
    """

    def __repr__(self) -> str:
        return "\n".join(str(line) for line in self)

    __str__ = __repr__

    @property
    def ok(self) -> bool:
        """Whether no line is a problem."""
        return all(line.status != "problem" for line in self)


def report(*, full: bool = False, paths: bool = False) -> Report:
    """Ask everything that decides whether the lessons will run on this machine.

    Parameters
    ----------
    full : bool
        Also import Keras and its backend, to name the device that computes. Takes some seconds.
    paths : bool
        Name folders and free space. Without them the report can stand in a notebook that others will read.

    Returns
    -------
    Report
        A list of lines, always about the same topics in the same order.

    Examples
    --------
    >>> [line.topic for line in report()]
    ['package', 'python', 'library', 'backend', 'device', 'sound', 'widget', 'disk', 'data']
    """
    questions: Sequence[tuple[str, Callable[[], Line]]] = (
        ("package", lambda: Line("package", "ok", f"mmseg_edu {mmseg_edu.__version__}")),
        ("python", _python),
        ("library", _libraries),
        ("backend", _backend),
        ("device", lambda: _device(full)),
        ("sound", _sound),
        ("widget", _widgets),
        ("disk", lambda: _disk(paths)),
        ("data", lambda: _data(paths)),
    )
    return Report(_asked(topic, question) for topic, question in questions)


def _asked(topic: str, question: Callable[[], Line]) -> Line:
    # A doctor who falls over says nothing about the patient: whatever goes wrong is an answer too.
    try:
        return question()
    except Exception as error:
        says = f"could not be asked: {type(error).__name__}"
        return Line(topic, "problem", says, _remedy("mmseg-edu"))


def _installed(names: Sequence[str]) -> str | None:
    for name in names:
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return None


def _python() -> Line:
    says = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        return Line("python", "problem", says, "install Python 3.11, 3.12 or 3.13")
    macos = platform.mac_ver()[0]
    if macos and int(macos.split(".")[0]) < _OLDEST_MACOS:
        return Line(
            "python", "warn", f"{says}, macOS {macos}", f"PyAV has wheels from macOS {_OLDEST_MACOS} on"
        )
    if (platform.system(), platform.machine()) not in _PLATFORMS:
        *others, last = _PLATFORMS.values()
        remedy = f"use a Python for {', '.join(others)} or {last}: only they have wheels of every library"
        return Line("python", "warn", says, remedy)
    if not notebook.unicode_names():
        says = f"{says}; names of files outside ASCII cannot be used"
        return Line("python", "warn", says, notebook.UNICODE_REMEDY)
    return Line("python", "ok", says)


def _libraries() -> Line:
    found = {name: _installed([name]) for name in _LIBRARIES}
    missing = [name for name, number in found.items() if number is None]
    if missing:
        return Line("library", "problem", f"missing: {', '.join(missing)}", _remedy(*missing))
    try:
        _compile()
    except Exception as error:
        says = f"numba cannot compile: {type(error).__name__}"
        return Line("library", "problem", says, _remedy("numba", "llvmlite"))
    said = ", ".join(f"{name} {found[name]}" for name in ("numpy", "scikit-image", "librosa", "jupyterlab"))
    return Line("library", "ok", f"{said} and {len(found) - 4} more")


def _compile() -> None:
    """Compile the graph cut, so that no lesson waits for it: seconds the first time, cached after."""
    from mmseg_edu.segment import warm

    warm()


def _chosen_backend() -> str:
    if name := os.environ.get("KERAS_BACKEND"):
        return name
    settings = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras") / "keras.json"
    try:
        return str(json.loads(settings.read_text()).get("backend", "tensorflow"))
    except (OSError, ValueError):
        return "tensorflow"


def _backend() -> Line:
    name, keras = _chosen_backend(), _installed(["keras"])
    if name not in _BACKENDS:
        known = ", ".join(_BACKENDS)
        return Line(
            "backend", "problem", f"KERAS_BACKEND is {name!r}", f"set KERAS_BACKEND to one of {known}"
        )
    label, packages = _BACKENDS[name]
    number = _installed(packages)
    if keras is None or number is None:
        missing = "keras" if keras is None else packages[0]
        return Line("backend", "problem", f"{missing} is not installed", _remedy(missing))
    return Line("backend", "ok", f"Keras {keras} on {label} {number}")


def _device(full: bool) -> Line:
    if full:
        from mmseg_edu import backend

        return Line("device", "ok", backend.device())
    cores = os.cpu_count() or 1
    if os.environ.get("CUDA_VISIBLE_DEVICES") not in ("-1", "") and shutil.which("nvidia-smi"):
        return Line("device", "ok", f"{cores} CPU cores; a GPU seems present: doctor --full asks it")
    if cores < 2:
        return Line("device", "warn", "1 CPU core", "lessons that train take about twice their time")
    return Line("device", "ok", f"{cores} CPU cores, enough for every lesson")


def _sound() -> Line:
    if find_spec("IPython") is None:
        return Line("sound", "problem", "no player in notebooks", _remedy("jupyterlab"))
    number = _installed(["av"])
    try:
        samples = _through_a_file()
    except Exception as error:
        says = f"PyAV {number} fails at writing and reading a clip: {type(error).__name__}"
        return Line("sound", "problem", says, _remedy("av"))
    if samples == 0:
        says = f"PyAV {number} gives a clip back without its sound"
        return Line("sound", "problem", says, _remedy("av"))
    return Line("sound", "ok", f"PyAV {number} writes and reads clips; a player is in notebooks")


def _through_a_file() -> int:
    """Write a short clip the way the lessons do, read it back, and count the samples of its sound."""
    import numpy as np

    from mmseg_edu.clip import Clip, read_video, write_video
    from mmseg_edu.course.temporary import temporary_folder

    grey, silence = np.full((2, 16, 16, 3), 0.5, np.float32), np.zeros(4800, np.float32)
    clip = Clip(grey, np.array([0.0, 0.05]), silence, 48000)
    with temporary_folder() as folder:
        files = [write_video(clip, folder / f"clip.{kind}") for kind in ("webm", "mp4")]
        sounds = [read_video(file).sound for file in files]
    return min(0 if sound is None else len(sound) for sound in sounds)


def _widgets() -> Line:
    python, browser = _installed(["ipywidgets"]), _installed(["jupyterlab_widgets"])
    if python is None or browser is None:
        return Line("widget", "problem", "sliders are not installed", _remedy("ipywidgets"))
    says = f"ipywidgets {python} with jupyterlab_widgets {browser}"
    # The two sides of a widget speak one protocol only when ipywidgets 8 meets jupyterlab_widgets 3.
    if int(python.split(".")[0]) - int(browser.split(".")[0]) != 5:
        return Line("widget", "problem", f"{says} do not match", _remedy("ipywidgets"))
    try:
        import_module("ipywidgets")
    except Exception as error:
        says = f"ipywidgets {python} cannot be imported: {type(error).__name__}"
        return Line("widget", "problem", says, _remedy("ipywidgets"))
    return Line("widget", "ok", says)


def _remedy(*packages: str) -> str:
    """Say how to install packages anew where this package runs: by make, in a checkout, or anywhere else."""
    checkout = Path(mmseg_edu.__file__).parents[1]
    names = " ".join(packages)
    if not (checkout / "Makefile").is_file():
        return f"pip install --force-reinstall {names}"
    # make sets its environment up only where there is none.
    if Path(sys.prefix).resolve() == (checkout / ".venv").resolve():
        return "in the checkout: rm -r .venv && make lab"
    names = names.replace("mmseg-edu", "-e .")
    return f"in the checkout: pip install --force-reinstall -c constraints.txt {names}"


def _disk(paths: bool) -> Line:
    from mmseg_edu.scenes import cache

    folder = cache.folder()
    there = next(each for each in (folder, *folder.parents) if each.exists())
    free = shutil.disk_usage(there).free
    where = f" in {folder}" if paths else ""
    remedy = "free some space, or set MMSEG_EDU_CACHE to a folder that has it"
    if not os.access(there, os.W_OK):
        return Line(
            "disk", "warn", f"the cache cannot be written{where}", "set MMSEG_EDU_CACHE to your own folder"
        )
    if free < _GIGABYTE:
        status: Status = "problem" if free < _GIGABYTE / 10 else "warn"
        return Line("disk", status, f"{free / 1024**2:.0f} MB free for the cache{where}", remedy)
    # The exact number would differ in every run of a lesson that shows this report.
    return Line("disk", "ok", f"{free / _GIGABYTE:.0f} GB free{where}" if paths else "more than 1 GB free")


def _data(paths: bool) -> Line:
    package = Path(mmseg_edu.__file__).parent
    if not list((package / "weights").glob("*.npz")):
        in_checkout = (package.parent / "Makefile").is_file()
        remedy = "in the checkout: git restore mmseg_edu/weights" if in_checkout else _remedy("mmseg-edu")
        return Line("data", "problem", "the trained weights are missing", remedy)
    named = os.environ.get("MMSEG_EDU_DATA")
    if not named:
        return Line("data", "ok", "drawn scenes and trained weights; real data sets are optional")
    if not Path(named).is_dir():
        where = f" ({named})" if paths else ""
        return Line(
            "data", "warn", f"MMSEG_EDU_DATA is not a folder{where}", "make it, or unset MMSEG_EDU_DATA"
        )
    where = f" in {named}" if paths else ""
    return Line("data", "ok", f"drawn scenes, trained weights, and a folder of real data{where}")
