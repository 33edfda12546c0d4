"""The doctor answers, with a remedy, and tells nobody where the files are."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import av
import pytest

import mmseg_edu
from mmseg_edu.course import doctor


def line(topic: str, **options: bool) -> doctor.Line:
    return {each.topic: each for each in doctor.report(**options)}[topic]


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("KERAS_BACKEND", "MMSEG_EDU_DATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setenv("MMSEG_EDU_CACHE", str(tmp_path / "cache"))


def test_a_machine_that_runs_these_tests_is_well(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    report = doctor.report()
    assert [each.topic for each in report if each.status == "problem" and each.topic != "data"] == []
    assert repr(report).splitlines()[0] == f"ok       package  mmseg_edu {mmseg_edu.__version__}"
    assert str(tmp_path) not in repr(report)
    assert str(Path.home()) not in repr(report)
    assert repr(doctor.report()) == repr(report), "nothing that changes from run to run"
    assert str(tmp_path) in repr(doctor.report(paths=True))


def test_every_line_that_is_not_well_has_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        doctor, "version", lambda name: (_ for _ in ()).throw(doctor.PackageNotFoundError(name))
    )
    report = doctor.report()
    assert not report.ok
    assert all(each.remedy for each in report if each.status != "ok")
    assert {"library", "backend", "widget"} <= {each.topic for each in report if each.status == "problem"}


def test_names_outside_ascii_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert line("python").status == "ok"
    monkeypatch.setattr(doctor.notebook, "unicode_names", lambda: False)
    assert line("python").status == "warn"
    assert "outside ASCII" in line("python").says
    assert "PYTHONUTF8=1" in line("python").remedy


def test_the_backend_is_the_one_chosen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert "TensorFlow" in line("backend").says
    (tmp_path / "keras.json").write_text('{"backend": "theano"}')
    assert line("backend").says == "KERAS_BACKEND is 'theano'"
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    assert line("backend").status == "ok"


WITH_WHEELS = [("Linux", "x86_64"), ("Linux", "aarch64"), ("Darwin", "arm64"), ("Windows", "AMD64")]
WITHOUT = [
    ("Darwin", "x86_64"),
    ("Windows", "ARM64"),
    ("Windows", "x86"),
    ("Linux", "armv7l"),
    ("FreeBSD", "amd64"),
]


@pytest.mark.parametrize(("system", "machine"), [*WITH_WHEELS, *WITHOUT])
def test_the_platform_is_one_with_wheels(monkeypatch: pytest.MonkeyPatch, system: str, machine: str) -> None:
    monkeypatch.setattr(doctor.platform, "system", lambda: system)
    monkeypatch.setattr(doctor.platform, "machine", lambda: machine)
    found = line("python")
    assert found.says.endswith(f" on {system} {machine}")
    if (system, machine) in WITH_WHEELS:
        assert (found.status, found.remedy) == ("ok", "")
    else:
        assert found.status == "warn"
        assert found.remedy == (
            "use a Python for Linux x86-64, Linux arm64, macOS 14 or later on arm64 or Windows x64: "
            "only they have wheels of every library"
        )
    monkeypatch.setattr(doctor.sys, "version_info", (3, 14, 0))
    assert line("python").status == "problem"


def test_the_readme_names_the_platforms_that_the_doctor_knows() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    said = (
        "Every library has wheels for Linux x86-64 and arm64, macOS 14 or later on arm64, and Windows x64; "
    )
    assert f"{said}not for Intel Macs or Windows arm64." in " ".join(readme.split())
    known = ["Linux x86-64", "Linux arm64", "macOS 14 or later on arm64", "Windows x64"]
    assert list(doctor._PLATFORMS.values()) == known


@pytest.mark.parametrize(("macos", "status"), [("13.6.1", "warn"), ("14.0", "ok"), ("26.1", "ok")])
def test_macos_must_be_new_enough_for_every_wheel(
    monkeypatch: pytest.MonkeyPatch, macos: str, status: str
) -> None:
    monkeypatch.setattr(doctor.platform, "system", lambda: "Darwin")
    monkeypatch.setattr(doctor.platform, "machine", lambda: "arm64")
    monkeypatch.setattr(doctor.platform, "mac_ver", lambda: (macos, ("", "", ""), "arm64"))
    found = line("python")
    assert found.status == status
    assert (found.remedy == "PyAV has wheels from macOS 14 on") == (status == "warn")


def test_widgets_must_match(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "version", {"ipywidgets": "8.1.0", "jupyterlab_widgets": "1.1.0"}.__getitem__)
    assert line("widget").status == "problem"
    assert "do not match" in line("widget").says


@pytest.mark.parametrize(("megabytes", "status"), [(50, "problem"), (500, "warn"), (5000, "ok")])
def test_the_disk(monkeypatch: pytest.MonkeyPatch, megabytes: int, status: str) -> None:
    usage = SimpleNamespace(free=megabytes * 1024**2)
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: usage)
    assert line("disk").status == status


def test_the_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "experts.npz").write_bytes(b"")
    monkeypatch.setattr(doctor.mmseg_edu, "__file__", str(tmp_path / "__init__.py"))
    assert line("data").status == "ok"
    monkeypatch.setenv("MMSEG_EDU_DATA", str(tmp_path / "none"))
    assert line("data") == doctor.Line(
        "data", "warn", "MMSEG_EDU_DATA is not a folder", "make it, or unset MMSEG_EDU_DATA"
    )
    assert str(tmp_path / "none") in line("data", paths=True).says
    (tmp_path / "weights" / "experts.npz").unlink()
    assert line("data").status == "problem"


def test_a_question_that_fails_is_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "find_spec", lambda _: 1 / 0)
    assert line("sound").says == "could not be asked: ZeroDivisionError"
    assert line("sound").remedy


def test_a_pyav_that_reads_no_clip_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    """As 19 was, whose av.open lost an argument: Opus alone went in and out, and lesson 00 stopped."""
    original = av.open

    def without_that_argument(file: str, mode: str = "r", **options: object) -> object:
        if mode == "r":
            raise TypeError("open() got an unexpected keyword argument")
        return original(file, mode, **options)

    assert line("sound").status == "ok"
    monkeypatch.setattr(av, "open", without_that_argument)
    found = line("sound")
    assert (found.status, found.says.split(": ")[1]) == ("problem", "TypeError")
    assert "writing and reading a clip" in found.says
    monkeypatch.setattr(doctor, "_through_a_file", lambda: 0)
    assert line("sound").says.endswith("without its sound")


def test_widgets_that_cannot_be_imported_are_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    assert line("widget").status == "ok"
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    found = line("widget")
    assert (found.status, found.says.split(": ")[1]) == ("problem", "ModuleNotFoundError")
    assert found.remedy


def test_remedies_fit_where_the_package_stands(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    package = tmp_path / "mmseg_edu"
    monkeypatch.setattr(doctor.mmseg_edu, "__file__", str(package / "__init__.py"))
    assert doctor._remedy("numba", "llvmlite") == "pip install --force-reinstall numba llvmlite"
    assert line("data").remedy == "pip install --force-reinstall mmseg-edu"
    (tmp_path / "Makefile").touch()
    begins = "in the checkout: pip install --force-reinstall -c constraints.txt "
    assert doctor._remedy("numba") == begins + "numba"
    assert doctor._remedy("mmseg-edu") == begins + "-e ."
    assert line("data").remedy == "in the checkout: git restore mmseg_edu/weights"
    monkeypatch.setattr(sys, "prefix", str(tmp_path / ".venv"))
    assert doctor._remedy("numba") == "in the checkout: rm -r .venv && make lab"
    makefile = (Path(__file__).parents[2] / "Makefile").read_text(encoding="utf-8")
    assert "\nlab:" in makefile


def test_it_does_not_import_keras() -> None:
    code = (
        "import sys; from mmseg_edu.course import doctor; doctor.report(); sys.exit('keras' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_compiler_that_fails_is_a_problem_with_a_remedy(monkeypatch):
    def broken() -> None:
        raise OSError("no LLVM")

    monkeypatch.setattr("mmseg_edu.segment.warm", broken)
    found = line("library")
    assert (found.status, found.says) == ("problem", "numba cannot compile: OSError")
    assert found.remedy


def test_the_doctor_compiles_what_the_lessons_cut_with():
    code = "from mmseg_edu.course import doctor; doctor.report(); import sys; print('numba' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"
