"""Every lesson runs: as stored, with the solutions filled in, as handed out, and under other seeds.

Each class is one scope for pytest-xdist (`--dist loadscope`), so that several workers share the lessons. The
anatomy of a lesson is linted elsewhere, without executing anything.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from lesson_lint import NOTEBOOKS, load, tags, text_of
from nbformat.v4 import new_code_cell, new_notebook, new_output

from mmseg_edu.course.editions import student
from mmseg_edu.course.run import run

pytestmark = pytest.mark.lessons

PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))
EACH_LESSON = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
SECONDS_A_CELL, SECONDS_A_LESSON = 180, 420


def nbval(path: Path) -> tuple[int, str]:
    """Run a stored notebook under nbval; return how many cells passed, 0 when any failed, and the report.

    The project's own pytest options (doctests, warnings as errors) are for modules, not for a kernel's cells.
    """
    options = ["--nbval-lax", "--nbval-current-env", f"--nbval-cell-timeout={SECONDS_A_CELL}"]
    apart = ["-p", "no:cacheprovider", "-p", "no:xdist", "-o", "addopts=", "-o", "filterwarnings=default"]
    env = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--color=no", *apart, *options, str(path)],
        env={**env, "CUDA_VISIBLE_DEVICES": "-1", "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        timeout=SECONDS_A_LESSON + 60,
        check=False,
    )
    report = done.stdout + done.stderr
    passed = re.search(r"(\d+) passed", report)
    return (int(passed[1]) if passed and done.returncode == 0 else 0), report


def executed(path: Path, folder: Path, **options) -> nbformat.NotebookNode:
    """Run a lesson under papermill and return it as executed; a failure tells the cell."""
    limits = {"cell_timeout": SECONDS_A_CELL, "timeout": SECONDS_A_LESSON}
    (outcome,) = run(path, out=folder, cwd=NOTEBOOKS, cpu=True, progress=False, **limits, **options)
    assert outcome.ok, str(outcome.error)
    return nbformat.read(outcome.output, as_version=4)


def verdicts(nb: nbformat.NotebookNode) -> dict[str, str]:
    """Map each exercise to what its check printed."""
    cells = [cell for cell in nb.cells if "exercise" in tags(cell)]
    return {cell.metadata["exercise"]: "".join(map(text_of, cell.outputs)) for cell in cells}


def solved(name: str, text: str) -> bool:
    return text.startswith(name) and "  right     " in text and not re.search("not (yet|started)", text)


def test_there_are_lessons_to_run():
    assert {"00_start_here", "08_weighted_fusion"} <= {path.stem for path in PATHS}


class TestAsStored:
    @EACH_LESSON
    def test_it_runs_and_its_checked_outputs_come_again(self, path):
        passed, report = nbval(path)
        assert passed == len(load(path).code), f"{path.stem} under nbval:\n{report[-6000:]}"


class TestWithSolutionsAndAnotherSeed:
    @EACH_LESSON
    def test_its_assertions_hold_and_every_solution_is_right(self, path, tmp_path):
        checks = verdicts(executed(path, tmp_path, parameters={"seed": 1}, solutions=True))
        assert len(checks) >= 2
        assert {name: text for name, text in checks.items() if not solved(name, text)} == {}


class TestAsHandedOutAndAThirdSeed:
    @EACH_LESSON
    def test_run_all_works_with_every_exercise_unsolved(self, path, tmp_path):
        edition = tmp_path / path.name
        nbformat.write(student(load(path).nb), edition)
        checks = verdicts(executed(edition, tmp_path / "out", parameters={"seed": 2}))
        assert len(checks) >= 2
        assert {name: text for name, text in checks.items() if "not started yet" not in text} == {}


# The runners are seen to fail


def written(path: Path, *cells) -> Path:
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(new_notebook(cells=list(cells), metadata={"kernelspec": kernel}), path)
    return path


def checked(source: str, text: str):
    stored = new_output("stream", name="stdout", text=text)
    return new_code_cell(
        source, outputs=[stored], execution_count=1, metadata={"tags": ["nbval-check-output"]}
    )


class TestTheRunners:
    def test_nbval_passes_what_is_right(self, tmp_path):
        path = written(tmp_path / "right.ipynb", checked("print(1)", "1\n"), new_code_cell("2"))
        passed, report = nbval(path)
        assert passed == 2, report

    def test_nbval_catches_another_output(self, tmp_path):
        passed, report = nbval(written(tmp_path / "wrong.ipynb", checked("print(2)", "1\n")))
        assert passed == 0
        assert "mismatch" in report

    def test_nbval_catches_a_cell_that_raises(self, tmp_path):
        passed, report = nbval(written(tmp_path / "raises.ipynb", new_code_cell("assert 1 == 2, 'not so'")))
        assert passed == 0
        assert "not so" in report

    def test_papermill_names_the_cell_that_raises(self, tmp_path):
        path = written(tmp_path / "raises.ipynb", new_code_cell("assert 1 == 2, 'not so'"))
        with pytest.raises(AssertionError, match=r"raises stopped at cell 1 of 1(.|\n)*not so"):
            executed(path, tmp_path / "out")

    def test_a_solution_that_is_wrong_is_caught_and_a_stub_is_told_apart(self, tmp_path):
        stub = "def weigh(p, alpha):\n    raise NotImplementedError"
        bodies = {
            "right": "def weigh(p, alpha):\n    return np.tensordot(alpha, p, axes=1)",
            "wrong": "def weigh(p, alpha):\n    return np.mean(p, axis=0)",
            "broken": "def weigh(p, alpha):\n    return p['one']",
        }
        cells = [new_code_cell("import numpy as np\nfrom mmseg_edu.check import check")]
        for name, body in bodies.items():
            for tag, source in (("exercise", stub), ("solution", body)):
                about = {"tags": [tag], "exercise": name}
                cells.append(new_code_cell(f'{source}\n\n\ncheck("08.1", weigh)', metadata=about))
        path = written(tmp_path / "tiny.ipynb", *cells)
        told = verdicts(executed(path, tmp_path / "out", solutions=True))
        assert [name for name, text in told.items() if solved("08.1", text)] == ["right"]
        assert "line 2: return p['one']" in told["broken"]
        assert "ipykernel" not in told["broken"]
        stubs = verdicts(executed(path, tmp_path / "stubs"))
        assert all("not started yet" in text for text in stubs.values())
