"""The files that install the project agree with each other, and what they install works."""

import os
import re
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = PYPROJECT["project"]["optional-dependencies"]
BRACKETS = re.compile(r"\.\[([a-z,]+)\]")


def requirement_name(line: str) -> str:
    """The normalised distribution name at the head of a requirement line."""
    return (
        re.split(r"[^A-Za-z0-9._-]", line.strip(), maxsplit=1)[0].lower().replace("_", "-").replace(".", "-")
    )


def extras_in(text: str) -> set[str]:
    match = BRACKETS.search(text)
    assert match, f"no .[extras] in {text!r}"
    return set(match[1].split(","))


def test_environment_yml_installs_the_makefile_s_extras_and_no_list_of_its_own():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    conda = [entry for entry in environment["dependencies"] if isinstance(entry, str)]
    (pip,) = [entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict)]
    assert conda == ["python=3.12", "pip"]
    assert pip[0] == "--constraint constraints.txt"
    assert len(pip) == 2
    extras = extras_in(pip[1])
    assert extras == extras_in((ROOT / "Makefile").read_text(encoding="utf-8"))
    assert extras <= set(EXTRAS)


def test_environment_python_is_one_that_pyproject_allows():
    assert PYPROJECT["project"]["requires-python"] == ">=3.11,<3.14"
    assert "Programming Language :: Python :: 3.12" in PYPROJECT["project"]["classifiers"]


@pytest.mark.parametrize("path", sorted(ROOT.glob("constraints*.txt")), ids=lambda path: path.name)
def test_constraints_are_plain_pins_without_addresses(path):
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    assert lines
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9._+!-]+", line)] == []


def test_constraints_pin_every_direct_dependency_of_the_default_setup():
    pinned = {
        requirement_name(line) for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    }
    wanted = [*PYPROJECT["project"]["dependencies"], *EXTRAS["test"], *EXTRAS["book"]]
    assert {requirement_name(line) for line in wanted} - pinned == set()


def test_the_extras_are_those_the_readme_names():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert set(EXTRAS) == {"test", "book", "jax", "cluster", "gpu"}
    assert [extra for extra in EXTRAS if f"`{extra}`" not in readme] == []


def test_the_ci_script_calls_the_readme_s_test_command():
    assert "\nmake test\n" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "make test" in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_plain_pip_install_gives_a_working_command_with_its_data_files(tmp_path):
    """A new environment, `pip install .`, and the command finds its weights and reads a picture with them."""
    home = tmp_path / "clean"
    venv.create(home, with_pip=True)
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    environment = {
        name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")
    }
    constraints = str(ROOT / "constraints.txt")
    install = [str(python), "-m", "pip", "install", "--quiet", "-c", constraints, str(ROOT)]
    subprocess.run(install, check=True, env=environment, cwd=tmp_path, timeout=1500)

    doctor = [str(python.with_name("mmseg-edu")), "doctor"]
    shown = subprocess.run(doctor, capture_output=True, text=True, env=environment, cwd=tmp_path, timeout=300)
    assert shown.returncode == 0, shown.stdout + shown.stderr

    script = (
        "import mmseg_edu, numpy as np; from mmseg_edu import experts;"
        "print(mmseg_edu.__file__); print(experts.see(np.zeros((64, 64, 3), np.float32)).shape)"
    )
    shown = subprocess.run(
        [str(python), "-c", script],
        capture_output=True,
        text=True,
        env=environment,
        cwd=tmp_path,
        timeout=300,
    )
    assert shown.returncode == 0, shown.stderr
    assert str(home) in shown.stdout, "the checkout was imported instead of the installed package"
    assert "(64, 64, 5)" in shown.stdout


def test_the_wheel_s_size_and_contents(tmp_path):
    """Below 10 MB with the weights, and nothing but the package in it."""
    build = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--wheel-dir",
        str(tmp_path),
        str(ROOT),
    ]
    subprocess.run(build, check=True, timeout=300)
    (wheel,) = tmp_path.glob("*.whl")
    assert wheel.stat().st_size < 10e6
    from zipfile import ZipFile

    names = ZipFile(wheel).namelist()
    assert {name.split("/")[0].split("-")[0] for name in names} == {"mmseg_edu"}
    assert "mmseg_edu/weights/experts.npz" in names
    assert "mmseg_edu/py.typed" in names
    lessons = {path.name for path in (ROOT / "notebooks").iterdir() if not path.name.startswith(".")}
    assert {name.rpartition("/")[2] for name in names if name.startswith("mmseg_edu/lessons/")} == lessons
    assert sum(ZipFile(wheel).getinfo(name).file_size for name in names if "/weights/" in name) < 2e6


def test_pyav_is_held_to_the_versions_that_were_tried():
    """14 to 16 turn colours too coarsely; nobody has tried 20."""
    assert "av>=17,<20" in PYPROJECT["project"]["dependencies"]
