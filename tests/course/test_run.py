"""Lessons run in this interpreter, and a failure says where."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mmseg_edu.course import client, kernel, notebook
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
    assert (
        "02_dies stopped at cell 2 of 2 (id cell-1)\n    os._exit(3)\n  The kernel ended itself (exit status 3)"
        in str(dies.error)
    )
    assert str(dies.error).endswith("\n  segmentation fault")
    assert "Timeout: still running after a cell's 3 s" in str(hangs.error)
    assert "03_hangs stopped at cell 2 of 2" in str(hangs.error)
    assert shown(hangs.output).startswith("begun\n")
    assert shown(works.output) == "fine\n"
    said = capfd.readouterr().err
    assert len(said.splitlines()) == 4, "nothing but a line a lesson"


def test_an_error_that_is_announced_is_no_failure_and_an_exit_is_one(
    saved: Callable[..., Path], tmp_path: Path
) -> None:
    saved(("raises-exception", "1 / 0"), "print('after')", name="01_announced")
    saved(("raises-exception", "1 / 0"), "int('x')", name="02_another")
    saved("import sys\nsys.exit(0)", "print('after')", name="03_leaves")
    good = saved("1", name="04_works")
    announced, another, leaves, _ = run(good.parent, out=tmp_path / "out", jobs=2, progress=False)
    assert announced.ok, announced.error
    assert shown(announced.output) == "after\n"
    assert "02_another stopped at cell 2 of 2 (id cell-1)" in str(another.error)
    assert "ValueError" in str(another.error)
    assert str(leaves.error) == (
        "03_leaves stopped at cell 1 of 2 (id cell-0)\n    import sys\n    sys.exit(0)\n"
        "  SystemExit 0: a lesson runs to its end, take the exit out"
    )


@pytest.mark.skipif(sys.platform == "win32", reason="signals differ")
@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("SIGKILL", "The kernel was killed from outside"),
        ("SIGSEGV", "The kernel crashed: SIGSEGV (signal 11)"),
        ("SIGTERM", "The kernel was ended from outside or by itself: SIGTERM (signal 15)"),
    ],
)
def test_how_a_kernel_died_is_said_and_memory_only_when_it_was(
    saved: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, name: str, says: str
) -> None:
    monkeypatch.setattr(kernel, "_killed_for_memory", lambda: 7)
    [outcome] = run(saved(f"import os, signal\nos.kill(os.getpid(), signal.{name})"), progress=False)
    assert says in str(outcome.error)
    assert "for want of memory)" not in str(outcome.error)


@pytest.mark.parametrize(
    ("before", "now", "says"),
    [
        (3, 4, "killed for want of memory (SIGKILL)"),
        (3, 3, "or by itself (SIGKILL), not for want of memory"),
        (None, None, "killed from outside (SIGKILL), often for want of memory"),
    ],
)
def test_want_of_memory_is_what_the_system_says(
    monkeypatch: pytest.MonkeyPatch, before: int | None, now: int | None, says: str
) -> None:
    counts = iter([before, now])
    monkeypatch.setattr(kernel, "_killed_for_memory", lambda: next(counts))
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
        running = kernel.Kernel(process)
        process.kill()
        process.wait()
        assert says in running.how_it_died()
        running.end()


def test_what_a_lesson_shows_is_kept_up_to_a_limit(
    saved: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "MOST_KEPT", 2 * 1024**2)
    loop = "for _ in range(60):\n    clear_output()\n    display('z' * 100_000)"
    path = saved(
        f"from IPython.display import clear_output, display\n{loop}",
        "for _ in range(10):\n    print('x' * 1024**2, flush=True)",
        "print('after')",
        "raise ValueError('y' * 1_000_000)",
    )
    [outcome] = run(path, out=tmp_path / "out", progress=False)
    assert outcome.output is not None
    assert outcome.output.stat().st_size < 3 * 1024**2
    cells = notebook.read(outcome.output).cells
    assert len(cells[0].outputs) == 1, "what a cell clears away takes no room"
    says = cells[1].outputs[-1]
    assert (says.name, says.text.split(" MB of")[0]) == ("stderr", "8.1")
    assert "of a lesson, 2 MB are kept" in says.text
    assert "characters more" in cells[3].outputs[0].evalue
    assert len(str(outcome.error)) < 2000


def test_a_full_disk_is_said_beside_what_the_lesson_did(
    saved: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths, out = [saved("1", name="01_works"), saved("1 / 0", name="02_fails")], tmp_path / "out"
    out.mkdir()
    (out / "01_works.ipynb").write_text("of a former run")

    def full(source: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    works, fails = run(paths, out=out, progress=False)
    monkeypatch.undo()
    assert str(works.error) == (
        "01_works ran to its end\n  and what it did is not kept: [Errno 28] 01_works.ipynb cannot be written, "
        "the old one stays: No space left on device: make room, or name another folder"
    )
    assert "02_fails stopped at cell 1 of 1" in str(fails.error)
    assert "ZeroDivisionError: division by zero\n  and what it did is not kept: [Errno 28]" in str(
        fails.error
    )
    assert "02_fails.ipynb cannot be written, nothing is there" in str(fails.error)
    assert [works.output, fails.output] == [None, None]
    assert [(each.name, each.read_text()) for each in out.iterdir()] == [
        ("01_works.ipynb", "of a former run")
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no groups of processes")
def test_what_a_cell_has_started_ends_with_its_lesson(saved: Callable[..., Path], tmp_path: Path) -> None:
    note = tmp_path / "pid"
    start = "import pathlib, subprocess\nchild = subprocess.Popen(['sleep', '60'])\n"
    path = saved(start + f"pathlib.Path({str(note)!r}).write_text(str(child.pid))")
    [outcome] = run(path, progress=False)
    assert outcome.ok, outcome.error
    wait_until(lambda: not alive(int(note.read_text())))


def alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().split(") ")[1][0] != "Z"
    except FileNotFoundError:
        pass
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return not Path("/proc").is_dir()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals differ")
def test_a_killed_command_leaves_nothing_that_runs_and_the_next_clears_the_rest(
    saved: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary, note, out = tmp_path / "temporary", tmp_path / "pid", tmp_path / "out"
    temporary.mkdir()
    out.mkdir()
    (out / "08_weighted_fusion.ipynb").write_text("of a former run")
    monkeypatch.setenv("TMPDIR", str(temporary))
    busy = "import os, pathlib, subprocess\nchild = subprocess.Popen(['sleep', '60'])\n"
    # A power of whole numbers never lets another thread of Python run: the kernel cannot see its parent die.
    busy += f"pathlib.Path({str(note)!r}).write_text(f'{{os.getpid()}} {{child.pid}}')\n7 ** 10**9"
    words = [sys.executable, "-m", "mmseg_edu.cli", "run", str(saved(busy)), "--out", str(out)]
    with subprocess.Popen(words, stderr=subprocess.DEVNULL, start_new_session=True) as command:
        wait_until(lambda: note.exists() and " " in note.read_text())
        command.kill()
    for process in note.read_text().split():
        wait_until(lambda process=process: not alive(int(process)))
    assert (out / "08_weighted_fusion.ipynb").read_text() == "of a former run"
    assert len(list(temporary.iterdir())) == 1, "a kernel has one folder for all that it needs"
    time.sleep(1.1)  # what is younger may be of a living process
    again = [sys.executable, "-m", "mmseg_edu.cli", "run", str(saved("1")), "--out", str(out)]
    subprocess.run(again, check=True, stderr=subprocess.DEVNULL)
    assert list(temporary.iterdir()) == []


def test_a_notebook_in_another_language_is_refused(saved: Callable[..., Path]) -> None:
    path = saved("x <- 1")
    nb = notebook.read(path)
    nb.metadata.kernelspec = {"name": "ir", "display_name": "R", "language": "R"}
    notebook.write(path, notebook.written(nb))
    [outcome] = run(path, progress=False)
    assert "08_weighted_fusion must be in Python, got R: choose a Python kernel" in str(outcome.error)


def test_a_tuple_and_small_numbers_arrive_as_they_are(saved: Callable[..., Path], tmp_path: Path) -> None:
    path = saved(("parameters", "size = (64, 64)\nalpha = 0.5\nname = 'a'"), "print([size, alpha, name])")
    given = {"size": "(3, 4)", "alpha": "-1e-3", "name": 'say "\\n"'}
    [outcome] = run(path, out=tmp_path / "out", parameters=given, progress=False)
    assert outcome.ok, outcome.error
    assert shown(outcome.output) == f"{[(3, 4), -0.001, given['name']]}\n"


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
    # What a shell starts in the background ignores Ctrl-C, and so does what that starts.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True, start_new_session=True) as command:
        signal.signal(signal.SIGINT, before)
        wait_until(lambda: note.exists() and bool(note.read_text()))
        command.send_signal(signal.SIGINT)
        _, said = command.communicate(timeout=30)
    assert command.returncode == 130
    assert said.splitlines()[-1] == "mmseg-edu: interrupted"
    wait_until(lambda: not alive(int(note.read_text())))


def wait_until(true: Callable[[], bool], seconds: float = 60) -> None:
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
