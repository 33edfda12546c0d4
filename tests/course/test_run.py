"""Lessons run in this interpreter, and a failure says where."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mmseg_edu.course import kernel, notebook
from mmseg_edu.course.run import run

PARAMETERS = ("parameters", "seed = 0\nprofile = 'quick'")


def shown(path: Path | None) -> str:
    assert path is not None
    outputs = [output for cell in notebook.read(path).cells for output in cell.get("outputs", [])]
    return "".join(each.get("text", "") for each in outputs)


def test_a_lesson_runs_here_with_its_parameters_and_solutions(
    saved: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("MPLBACKEND", "Agg")
    # A kernel of the same name that the user installed must not be taken for this interpreter.
    other = tmp_path / "share" / "kernels" / "python3"
    other.mkdir(parents=True)
    (other / "kernel.json").write_text('{"argv": ["false"], "display_name": "other", "language": "python"}')
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "share"))
    path = saved(
        PARAMETERS,
        "import os, sys\nprint(sys.executable, os.getcwd(), seed, profile)",
        "print([os.environ.get(name) for name in ('PYTHONHASHSEED', 'MPLBACKEND', 'CUDA_VISIBLE_DEVICES')])",
        ("exercise", "raise NotImplementedError"),
        ("solution", "print('solved')"),
    )
    out = tmp_path / "out {seed}"
    [outcome] = run(path, out=out, parameters={"seed": "7"}, solutions=True, cpu=True)
    assert outcome.ok, outcome.error
    assert outcome.output == out / path.name
    said = shown(outcome.output)
    assert f"{sys.executable} {path.parent} 7 quick" in said
    assert "['0', 'module://matplotlib_inline.backend_inline', '-1']" in said
    assert "solved" in said
    assert "1/1  ok      08_weighted_fusion" in capfd.readouterr().err
    assert [cell.source for cell in notebook.read(path).cells][3] == "raise NotImplementedError"


@pytest.mark.slow
def test_failures_name_the_cell_and_do_not_stop_the_others(
    saved: Callable[..., Path], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    saved("print('before')", "def share(n):\n    return 1 / n\nshare(0)", "print('after')", name="01_fails")
    saved("import os\nos.write(2, b'segmentation fault')", "os._exit(3)", name="02_dies")
    saved("import time", "print('begun', flush=True)\ntime.sleep(60)", name="03_hangs")
    good = saved("print('fine')", name="04_works")
    fails, dies, hangs, works = run(good.parent, out=tmp_path / "out", cell_timeout=3, jobs=2, cwd=tmp_path)
    assert [each.ok for each in (fails, dies, hangs, works)] == [False, False, False, True]
    assert str(fails.error).startswith(
        "01_fails stopped at cell 2 of 3 (id cell-1)\n    def share(n):\n        return 1 / n\n    share(0)\n"
    )
    assert "----> 2     return 1 / n" in str(fails.error)
    assert str(fails.error).endswith("\n  ZeroDivisionError: division by zero")
    assert shown(fails.output) == "before\n"
    assert "02_dies stopped at cell 2 of 2 (id cell-1)\n    os._exit(3)\n  The kernel died" in str(dies.error)
    assert "Timeout: still running after a cell's 3 s" in str(hangs.error)
    assert "03_hangs stopped at cell 2 of 2" in str(hangs.error)
    assert shown(hangs.output).startswith("begun\n")
    assert shown(works.output) == "fine\n"
    said = capfd.readouterr().err
    assert len(said.splitlines()) == 4, "nothing but a line a lesson"


def test_a_whole_lesson_has_a_limit(saved: Callable[..., Path]) -> None:
    path = saved("import time", *["time.sleep(0.4)"] * 20)
    [outcome] = run(path, timeout=3, progress=False)
    assert "Timeout: still running after the lesson's 3 s" in str(outcome.error)
    assert outcome.seconds < 15


def test_nothing_runs_when_a_parameter_is_wrong(saved: Callable[..., Path], tmp_path: Path) -> None:
    first = saved(PARAMETERS, f"open({str(tmp_path / 'ran')!r}, 'w')", name="00_start_here")
    saved("1", name="01_image_preprocessing")
    with pytest.raises(ValueError, match="01_image_preprocessing has no parameter 'seed'"):
        run(first.parent, parameters={"seed": 1})
    assert not (tmp_path / "ran").exists()


def test_bad_requests(saved: Callable[..., Path], tmp_path: Path) -> None:
    path = saved(("exercise", "stub"))
    with pytest.raises(ValueError, match="jobs must be 1 or more, got 0"):
        run(path, jobs=0)
    with pytest.raises(ValueError, match="timeouts must be above 0 s"):
        run(path, timeout=0)
    with pytest.raises(ValueError, match="the working directory must be a folder"):
        run(path, cwd=tmp_path / "none")
    with pytest.raises(ValueError, match="out must not be the folder of the lessons"):
        run(path, out=path.parent)
    with pytest.raises(ValueError, match="08_weighted_fusion: a cell tagged `exercise` is"):
        run(path, solutions=True)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals differ")
def test_ctrl_c_stops_the_command_and_its_kernel(saved: Callable[..., Path], tmp_path: Path) -> None:
    note = tmp_path / "pid"
    path = saved(
        f"import os, pathlib, time\npathlib.Path({str(note)!r}).write_text(str(os.getpid()))",
        "time.sleep(60)",
    )
    words = [sys.executable, "-m", "mmseg_edu.cli", "run", str(path)]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True, start_new_session=True) as command:
        wait_until(lambda: note.exists() and bool(note.read_text()))
        command.send_signal(signal.SIGINT)
        _, said = command.communicate(timeout=30)
    assert command.returncode == 130
    assert said.splitlines()[-1] == "mmseg-edu: interrupted"
    with pytest.raises(ProcessLookupError):
        os.kill(int(note.read_text()), 0)


def wait_until(true: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.05)


def test_the_environment_of_a_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MPLBACKEND", "Agg")
    plain, cpu = kernel.environment(), kernel.environment(cpu=True, ipython="there")
    assert "MPLBACKEND" not in plain
    assert plain["PYTHONHASHSEED"] == "0"
    assert cpu["CUDA_VISIBLE_DEVICES"] == "-1"
    assert cpu["IPYTHONDIR"] == "there"
    assert plain["PATH"].startswith(str(Path(sys.executable).parent))
