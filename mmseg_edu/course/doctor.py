"""Is this machine ready for the lessons? One line a question, each with a remedy."""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

import mmseg_edu

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
        return Line(topic, "problem", says, "reinstall with: pip install --force-reinstall mmseg-edu")


def _installed(names: Sequence[str]) -> str | None:
    for name in names:
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return None


def _python() -> Line:
    says = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    if (3, 11) <= sys.version_info[:2] <= (3, 13):
        return Line("python", "ok", says)
    return Line("python", "problem", says, "install Python 3.11, 3.12 or 3.13")


def _libraries() -> Line:
    found = {name: _installed([name]) for name in _LIBRARIES}
    missing = [name for name, number in found.items() if number is None]
    if missing:
        return Line(
            "library", "problem", f"missing: {', '.join(missing)}", f"pip install {' '.join(missing)}"
        )
    try:
        _compile()
    except Exception as error:
        remedy = "pip install --force-reinstall numba llvmlite"
        return Line("library", "problem", f"numba cannot compile: {type(error).__name__}", remedy)
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
        return Line("backend", "problem", f"{missing} is not installed", f"pip install {missing}")
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
    from importlib.util import find_spec

    import av

    if find_spec("IPython") is None:
        return Line("sound", "problem", "no player in notebooks", "pip install jupyterlab")
    try:
        samples = _through_opus()
    except (av.FFmpegError, ValueError) as error:
        remedy = "pip install --force-reinstall --only-binary av av"
        return Line(
            "sound", "problem", f"PyAV {av.__version__} fails at Opus: {type(error).__name__}", remedy
        )
    if samples == 0:
        return Line("sound", "problem", f"PyAV {av.__version__} decodes no sound", "pip install --upgrade av")
    return Line("sound", "ok", f"PyAV {av.__version__} writes and reads Opus; a player is in notebooks")


def _through_opus() -> int:
    from io import BytesIO

    import av
    import numpy as np

    file = BytesIO()
    with av.open(file, "w", format="webm") as container:
        stream = container.add_stream("libopus", rate=48000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 4800), np.float32), format="flt", layout="mono")
        frame.sample_rate = 48000
        container.mux([*stream.encode(frame), *stream.encode(None)])
    file.seek(0)
    with av.open(file) as container:
        return sum(frame.samples for frame in container.decode(audio=0))


def _widgets() -> Line:
    python, browser = _installed(["ipywidgets"]), _installed(["jupyterlab_widgets"])
    if python is None or browser is None:
        return Line("widget", "problem", "sliders are not installed", "pip install ipywidgets")
    says = f"ipywidgets {python} with jupyterlab_widgets {browser}"
    # The two sides of a widget speak one protocol only when ipywidgets 8 meets jupyterlab_widgets 3.
    if int(python.split(".")[0]) - int(browser.split(".")[0]) != 5:
        return Line("widget", "problem", f"{says} do not match", "pip install --upgrade ipywidgets")
    return Line("widget", "ok", says)


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
    weights = list((Path(mmseg_edu.__file__).parent / "weights").glob("*.npz"))
    if not weights:
        return Line("data", "problem", "the trained weights are missing", "reinstall mmseg-edu")
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
