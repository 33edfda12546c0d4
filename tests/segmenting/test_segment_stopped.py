"""The command is stopped from outside in the middle of a film: what was there stays, and nobody goes on working."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mmseg_edu.clip import Clip, write_video
from mmseg_edu.whole_file import clear_leftovers

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no signal to one process")

# The command with a network in plain NumPy that stops in its third batch and waits to be interrupted.
WAITING = """
import sys, time
import numpy as np
from mmseg_edu import cli
from mmseg_edu.segmenting import film
from mmseg_edu.segmenting.asking import size_for
asked = []
def network(pictures, vectors):
    asked.append(1)
    if len(asked) == 3:
        print("waiting", flush=True)
        time.sleep(600)
    return np.ones((*pictures.shape[:3], 5), np.float32) / 5
film.network_for = lambda shape, weights, size: (network, size_for(shape, size))
sys.exit(cli.main(["segment", *sys.argv[1:]]))
"""


def contents(folder: Path) -> dict[str, bytes]:
    return {str(each.relative_to(folder)): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


def stopped(folder: Path, how: signal.Signals) -> tuple[int, str]:
    """Start the command in a group of its own, send it a signal while it waits; its status and what it said."""
    words = [sys.executable, "-c", WAITING, str(folder / "clip.webm"), "-o", str(folder / "out.webm")]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as command:
        assert command.stdout.readline() == "waiting\n"
        assert any(name.startswith(".") for name in os.listdir(folder)), "the film is being written"
        command.send_signal(how)
        _, said = command.communicate(timeout=60)
    with pytest.raises(ProcessLookupError):
        os.killpg(command.pid, 0)
    return command.returncode, said


@pytest.fixture(autouse=True)
def hearing_interrupts():
    """What a shell starts in the background is deaf to interrupts, and so is what that starts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def films(tmp_path) -> Path:
    """A clip of 60 frames, and beside it a film and its masks from before."""
    frames = np.random.default_rng(0).random((60, 48, 64, 3)).astype(np.float32)
    write_video(Clip(frames, np.arange(60) / 10, np.zeros(96000, np.float32), 16000), tmp_path / "clip.webm")
    (tmp_path / "out.webm").write_bytes(b"the film of before")
    (tmp_path / "out_masks").mkdir()
    (tmp_path / "out_masks" / "00000.png").write_bytes(b"its mask")
    return tmp_path


def test_an_interrupt_leaves_what_was_there_and_no_process(films):
    before = contents(films)
    status, said = stopped(films, signal.SIGINT)
    assert status == 130
    assert said.splitlines()[-1] == "mmseg-edu: interrupted"
    assert "Traceback" not in said
    assert contents(films) == before


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_command_leaves_what_was_there_and_the_next_one_clears_up(films, how):
    before = contents(films)
    assert stopped(films, how)[0] == -how
    after = contents(films)
    assert {name: after[name] for name in before} == before
    left = [each for each in films.iterdir() if each.name.startswith(".")]
    assert left
    for each in left:
        os.utime(each, (0, 0))  # what is younger than a second might be somebody's
    assert len(clear_leftovers(films)) == len(left)
    assert contents(films) == before
