"""Rooms import one way, down the pipeline; Keras stays where it belongs, and out of `import mmseg_edu`."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "mmseg_edu"

# A room imports from itself and from rooms of a lower level; rooms of one level do not know each other.
LEVELS = {
    "backend": 0,
    "cache_folder": 0,
    "whole_file": 0,
    "preprocess": 0,
    "clip": 1,
    "features": 1,
    "fusion": 2,
    "segment": 2,
    "metrics": 2,
    "scenes": 3,
    "datasets": 4,
    "experts": 4,
    "models": 5,
    "explain": 6,
    "studies": 6,
    "show": 7,
    "play": 8,
    "segmenting": 8,
    "finetuning": 8,
    "exercises": 8,
    "check": 9,
    "course": 10,
    "cli": 11,
}
MAY_IMPORT_KERAS = ("backend.py", "explain.py", "models/", "features/cnn/", "explain/", "course/doctor.py")
MAY_NOT_KNOW_CLIP = ("fusion", "segment", "metrics", "features", "preprocess")
HEAVY = (
    "keras",
    "tensorflow",
    "jax",
    "torch",
    "matplotlib",
    "librosa",
    "joblib",
    "numba",
    "av",
    "sklearn",
    "skimage",
    "IPython",
)

# Known exceptions, each with its reason.
EXCEPTIONS: dict[tuple[str, str], str] = {}


def imported(source: str, package: list[str]) -> set[str]:
    """Return the dotted names that a module imports when it runs, relative ones made absolute."""
    found = set()
    for node in ast.walk(without_typing(ast.parse(source))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            found |= {f"{module}.{alias.name}" for alias in node.names}
    return found


def without_typing(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            node.body = [ast.Pass()]
    return tree


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def names(path: Path) -> set[str]:
    return imported(path.read_text(encoding="utf-8"), ["mmseg_edu", *path.relative_to(PACKAGE).parent.parts])


def uphill(here: str, dotted: set[str]) -> list[str]:
    """Return the imports of a room that do not lead down the pipeline."""
    rooms = {name.split(".")[1] for name in dotted if name.startswith("mmseg_edu.")} - {here, "__version__"}
    return sorted(
        each
        for each in rooms
        if LEVELS.get(each, 99) >= LEVELS.get(here, -1) and (here, each) not in EXCEPTIONS
    )


def test_every_room_has_a_level():
    assert {room(path) for path in modules()} <= set(LEVELS)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_down_the_pipeline_only(path):
    assert uphill(room(path), names(path)) == []


def circles(arrows: dict[str, set[str]]) -> list[str]:
    """Return the names that cannot be put in an order in which each comes after all that it imports."""
    left = dict(arrows)
    while free := [name for name, needs in left.items() if not needs & set(left)]:
        for name in free:
            del left[name]
    return sorted(left)


def test_no_files_of_a_room_stand_in_a_circle():
    """Imports inside a function count: they hide a circle from Python, not from a reader."""
    known = {dotted_name(path) for path in modules()}
    arrows = {}
    for path in modules():
        needs = names(path) | {name.rpartition(".")[0] for name in names(path)}
        arrows[dotted_name(path)] = {name for name in needs & known if name != dotted_name(path)}
    assert circles(arrows) == []


def dotted_name(path: Path) -> str:
    name = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
    return name if path.name != "__init__.py" else f"{name}."  # a room's door is no file of its own


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_some_modules_know_keras(path):
    found = {name.split(".")[0] for name in names(path)} & {"keras", "tensorflow", "jax", "torch"}
    if not str(path.relative_to(PACKAGE)).replace(os.sep, "/").startswith(MAY_IMPORT_KERAS):
        assert not found


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_the_maximum_flow_knows_numba(path):
    if path != PACKAGE / "segment" / "grid_flow.py":
        assert not [name for name in names(path) if name.split(".")[0] in ("numba", "llvmlite")]


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_formulas_never_see_a_clip(path):
    if room(path) in MAY_NOT_KNOW_CLIP:
        assert [name for name in names(path) if name.startswith("mmseg_edu.clip")] == []


def run_python(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=PACKAGE.parent,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def loaded_by(code: str, among: tuple[str, ...]) -> str:
    report = f"import sys\nprint('loaded:', *sorted(set({among!r}) & set(sys.modules)))"
    return run_python(f"{code}\n{report}").rpartition("loaded:")[2].strip()


def test_import_mmseg_edu_loads_nothing_heavy():
    assert loaded_by("import mmseg_edu", (*HEAVY, "numpy", "scipy", "papermill", "ipywidgets")) == ""


@pytest.mark.parametrize("name", [name for name, level in LEVELS.items() if level < LEVELS["models"]])
def test_a_room_below_the_networks_loads_nothing_heavy(name):
    """Numba, librosa, joblib and the like come in when a function first needs them, and not before."""
    if any(room(path) == name for path in modules()):
        inside = [path for path in modules() if room(path) == name and path.name != "grid_flow.py"]
        every = ", ".join(".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts) for path in inside)
        assert loaded_by(f"import {every}", HEAVY) == ""


@pytest.mark.parametrize("name", ["show", "play", "check"])
def test_a_room_of_the_lessons_without_keras_loads_nothing_heavy_but_matplotlib(name):
    assert loaded_by(f"import mmseg_edu.{name}", HEAVY) in ("", "matplotlib")


def test_the_room_of_the_networks_loads_keras_only_with_its_layers():
    assert loaded_by("import mmseg_edu.models, mmseg_edu.models.unet", ("keras", "tensorflow", "jax")) == ""
    assert "keras" in loaded_by("from mmseg_edu import models\nmodels.layers.Film", ("keras",))


def test_the_exercises_do_not_load_keras():
    code = "from mmseg_edu.check import check\ncheck('08.1', None)"
    assert loaded_by(code, ("keras", "tensorflow", "jax", "torch")) == ""


# The tests above can fail


def test_an_import_uphill_is_seen():
    source = "from mmseg_edu import play, clip\ndef f():\n    from ..models.unet import unet\n"
    assert uphill("fusion", imported(source, ["mmseg_edu", "fusion"])) == ["models", "play"]
    assert uphill("fusion", imported("from mmseg_edu.metrics import iou", [])) == ["metrics"]
    assert uphill("fusion", imported("from . import pools", ["mmseg_edu", "fusion"])) == []


def test_a_circle_is_seen():
    assert circles({"a": {"b"}, "b": {"c"}, "c": set()}) == []
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()}) == ["a", "b", "c"]


def test_an_import_for_types_only_is_none():
    source = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from mmseg_edu.play import slider\n"
    assert uphill("fusion", imported(source, [])) == []


def test_what_is_loaded_is_seen():
    assert loaded_by("import numpy", ("numpy", "keras")) == "numpy"
