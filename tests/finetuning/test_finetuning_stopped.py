"""A training is killed, meets a full disk and is interrupted, one after the other, and ends as if nothing had been."""

import os
import signal
import subprocess
import sys

import numpy as np
import pytest

from mmseg_edu.finetuning import finetune, split_folder
from mmseg_edu.models.saved import load_network
from mmseg_edu.models.weights import arrays_of

from .clips import put_folder

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no signal to one process"),
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),  # Keras with NumPy 2
]

# The command; in the epoch that the first word names it waits to be stopped, or no file may have more than 9 kB.
STOPPING = """
import resource, sys, time
from mmseg_edu import cli
from mmseg_edu.models import training
stop, full, one_epoch = int(sys.argv[1]), sys.argv[2] == "full", training._one_epoch
def waiting(*given):
    ran.append(1)
    if len(ran) == stop and full:
        resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000))
    elif len(ran) == stop:
        print("waiting", flush=True)
        time.sleep(600)
    return one_epoch(*given)
ran, training._one_epoch = [], waiting
sys.exit(cli.main(["train", *sys.argv[3:]]))
"""


@pytest.fixture(autouse=True)
def hearing_interrupts():
    """What a shell starts in the background is deaf to interrupts, and so is what that starts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def stopped(words: list[str], epoch: int, how: signal.Signals | None) -> tuple[int, str]:
    """Run the command up to an epoch of this run, and stop it there; its status and what it said."""
    full = "full" if how is None else "wait"
    with subprocess.Popen(
        [sys.executable, "-c", STOPPING, str(epoch), full, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as command:
        if how is not None:
            assert command.stdout.readline() == "waiting\n"
            command.send_signal(how)
        _, said = command.communicate(timeout=300)
    with pytest.raises(ProcessLookupError):
        os.killpg(command.pid, 0)
    return command.returncode, said


def test_a_training_that_is_stopped_in_every_way_ends_as_if_nothing_had_happened(tmp_path):
    films, run = put_folder(tmp_path / "films", 3), tmp_path / "run"
    numbers = {"epochs": 5, "batch": 4, "size": 32, "rate": 0.01}
    words = ["--data", str(films), "--out", str(run)]
    words += [word for name, value in numbers.items() for word in (f"--{name}", str(value))]
    assert stopped(words, 2, signal.SIGKILL)[0] == -signal.SIGKILL  # one epoch is kept
    status, said = stopped(words, 2, None)  # and now the second; the third finds no room
    assert status == 2
    assert said.splitlines()[-1].startswith("mmseg-edu: ")
    assert "keeps every whole epoch" in said
    assert "Traceback" not in said
    status, said = stopped(words, 2, signal.SIGINT)  # the third is kept
    assert status == 130
    assert "keeps every whole epoch: the same command goes on from there" in said
    assert {each.name for each in run.iterdir()} == {"arguments.json", "checkpoint.npz"}
    found = finetune(split_folder(films), run, **numbers)
    whole = finetune(split_folder(films), tmp_path / "whole", **numbers)
    assert found.history.loss == pytest.approx(whole.history.loss, rel=1e-4)
    theirs, ours = (arrays_of(load_network(each.network)) for each in (found, whole))
    for name, weight in ours.items():
        np.testing.assert_allclose(theirs[name], weight, atol=1e-4, err_msg=name)
