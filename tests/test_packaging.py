"""The files that install the project agree with each other, and what they install works."""

import os
import re
import subprocess
import sys
import tarfile
import tomllib
import venv
from pathlib import Path

import pytest
import yaml
from oldest_versions import oldest
from packaging.requirements import Requirement

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


def test_the_pythons_are_the_same_wherever_they_are_named():
    first, end = re.fullmatch(r">=3\.(\d+),<3\.(\d+)", PYPROJECT["project"]["requires-python"]).groups()
    pythons = [f"3.{minor}" for minor in range(int(first), int(end))]
    classified = [
        each.rpartition(" ")[2] for each in PYPROJECT["project"]["classifiers"] if ":: Python :: 3" in each
    ]
    assert classified == pythons
    in_words = f"Python {', '.join(pythons[:-1])} or {pythons[-1]}"
    for place in ("README.md", "Makefile", "mmseg_edu/course/doctor.py"):
        text = (ROOT / place).read_text(encoding="utf-8")
        named = re.findall(r"Python 3\.\d+, .*? or 3\.\d+", text)
        assert set(named) == {in_words}, place
    allowed = f"(3, {first}) <= sys.version_info[:2] <= (3, {int(end) - 1})"
    for place in ("Makefile", "mmseg_edu/course/doctor.py"):
        assert allowed in (ROOT / place).read_text(encoding="utf-8")
    for place in ("Makefile", "constraints.txt", "mmseg_edu/course/book/front.py"):
        assert f"Python {pythons[0]} to {pythons[-1]}" in (ROOT / place).read_text(encoding="utf-8")
    conda = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"][0]
    assert conda.removeprefix("python=") in pythons
    assert PYPROJECT["tool"]["mypy"]["python_version"] == pythons[0]
    assert PYPROJECT["tool"]["ruff"]["target-version"] == f"py3{first}"
    assert f"OLDEST_PYTHON ?= python{pythons[0]}\n" in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_the_oldest_versions_are_those_that_the_ranges_begin_with():
    project = {
        "dependencies": ["av>=17,<20", "dask[distributed] >= 2025.1", "tqdm>=4.66; sys_platform == 'linux'"],
        "optional-dependencies": {"test": ["mypy>=1.13", "nbval>=0.11"], "book": [], "jax": ["jax>=0.5"]},
    }
    assert oldest(project) == ["av==17", "dask==2025.1", "tqdm==4.66", "nbval==0.11"]


@pytest.mark.parametrize("requirement", ["numpy", "numpy<3,>=2.0", "numpy==2.0", "numpy~=2.0", "numpy>2"])
def test_a_requirement_without_an_oldest_version_is_refused(requirement):
    project = {"dependencies": [requirement], "optional-dependencies": {"test": [], "book": []}}
    with pytest.raises(
        ValueError, match=r"must begin with its oldest version.*: write name>=version"
    ) as error:
        oldest(project)
    assert repr(requirement) in str(error.value)


def test_what_the_tests_ran_with_lies_within_the_ranges():
    wanted = map(Requirement, [*PYPROJECT["project"]["dependencies"], *EXTRAS["test"], *EXTRAS["book"]])
    ranges = {requirement_name(each.name): each.specifier for each in wanted}
    lines = [*oldest(PYPROJECT["project"]), *(ROOT / "constraints.txt").read_text(encoding="utf-8").split()]
    pins = [(requirement_name(name), version) for name, is_pin, version in map(_split, lines) if is_pin]
    outside = [pin for pin in pins if pin[0] in ranges and not ranges[pin[0]].contains(pin[1])]
    assert outside == []
    assert {name for name, _ in pins} >= set(ranges)


def _split(pin: str) -> tuple[str, str, str]:
    return pin.partition("==")


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


def test_the_sdist_carries_all_that_git_has(tmp_path):
    """Who unpacks it can test it: the tests read the Makefile, the lists of versions and the CI script."""
    if not (ROOT / ".git").exists():
        pytest.skip("git says what there is to carry, and this is no checkout")
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    known = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    there = {name for name in known if (ROOT / name).is_file()}
    with tarfile.open(sdist(tmp_path)) as built:
        carried = {name.partition("/")[2] for name in built.getnames()}
    assert carried == there | {"PKG-INFO"}


def sdist(folder: Path) -> Path:
    """Build the sdist with what pyproject.toml builds it with, installed for this alone."""
    tools = folder / "tools"
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(tools)]
    subprocess.run([*install, *PYPROJECT["build-system"]["requires"]], check=True, timeout=300)
    build = [sys.executable, "-m", "hatchling", "build", "--target", "sdist", "--directory", str(folder)]
    environment = {**os.environ, "PYTHONPATH": str(tools)}
    subprocess.run(build, check=True, cwd=ROOT, env=environment, capture_output=True, timeout=300)
    (built,) = folder.glob("*.tar.gz")
    return built


def test_pyav_is_held_to_the_versions_that_were_tried():
    """14 to 16 turn colours too coarsely; 17.0 dies on an ordinary .mpg; nobody has tried 20."""
    assert "av>=17.1,<20" in PYPROJECT["project"]["dependencies"]
