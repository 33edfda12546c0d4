"""The compiled solver in installations of every kind: cached, read-only, without a cache, not compiled at all."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "mmseg_edu"
CUT = """
import numpy as np
from mmseg_edu import segment
unary = np.random.default_rng(0).normal(size=(8, 9, {labels}))
print(segment.graph_cut(unary, smoothness=0.6, neighbours=8).tolist())
"""
PARTS = ("__init__.py", "segment", "preprocess", "check.py", "backend.py")


def run(code, root, **changes):
    """Run code in a new process whose package is the one in `root`."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("NUMBA", "COVERAGE"))
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env=environment | {"PYTHONPATH": str(root)} | changes,
        cwd=root,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def expected():
    return run(CUT.format(labels=2), PACKAGE.parent)


@pytest.fixture
def copy(tmp_path):
    """A package of its own, with nothing compiled yet."""
    ignore = shutil.ignore_patterns("__pycache__")
    for part in PARTS:
        source, target = PACKAGE / part, tmp_path / "site" / "mmseg_edu" / part
        if source.is_dir():
            shutil.copytree(source, target, ignore=ignore)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    return tmp_path / "site"


def test_importing_the_room_does_not_load_numba():
    code = "import sys, mmseg_edu.segment; print('numba' in sys.modules)"
    assert run(code, PACKAGE.parent).strip() == "False"


def test_without_compilation_the_cut_is_the_same(expected):
    for labels in (2, 3):
        compiled = expected if labels == 2 else run(CUT.format(labels=labels), PACKAGE.parent)
        assert run(CUT.format(labels=labels), PACKAGE.parent, NUMBA_DISABLE_JIT="1") == compiled


@pytest.mark.slow
def test_a_read_only_package_uses_the_users_folder(copy, tmp_path, expected):
    # A file in the place of the folder stops the superuser too, as a read-only disk would.
    (copy / "mmseg_edu" / "segment" / "__pycache__").write_text("")
    home = tmp_path / "home"
    answer = run(
        CUT.format(labels=2), copy, HOME=str(home), XDG_CACHE_HOME=str(home), PYTHONDONTWRITEBYTECODE="1"
    )
    assert answer == expected
    assert list(home.rglob("*max_flow*.nbc"))


@pytest.mark.slow
def test_without_any_folder_to_write_to_it_compiles_each_time(copy, tmp_path, expected):
    (copy / "mmseg_edu" / "segment" / "__pycache__").write_text("")
    nowhere = tmp_path / "a_file"
    nowhere.write_text("")
    places = {name: str(nowhere / "home") for name in ("HOME", "XDG_CACHE_HOME", "NUMBA_CACHE_DIR")}
    assert run(CUT.format(labels=2), copy, PYTHONDONTWRITEBYTECODE="1", **places) == expected


@pytest.mark.slow
def test_warm_compiles_what_the_lessons_call(copy, tmp_path):
    cache = {"NUMBA_CACHE_DIR": str(tmp_path / "not" / "there" / "yet")}
    run("from mmseg_edu import segment; segment.warm()", copy, **cache)
    kept = {path.name for path in tmp_path.rglob("*.nbc")}
    assert kept
    code = CUT.format(labels=2) + CUT.format(labels=3)
    code += "cut = segment.DynamicCut(np.ones((8, 9)))\n"
    code += "[cut(unary[..., :2], smoothness=s, seeds=np.zeros((8, 9), int) - 1) for s in (1.0, 2.0)]\n"
    code += "[segment.graph_cut(unary[..., :2], np.ones((8, 9)), start=s) for s in (None, np.eye(8, 9, dtype=int))]"
    run(code, copy, **cache)
    assert {path.name for path in tmp_path.rglob("*.nbc")} == kept
