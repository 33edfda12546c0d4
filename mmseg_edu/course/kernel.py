"""The Jupyter kernel that runs lessons: this interpreter, whatever kernels are registered on the machine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from ipykernel.kernelspec import RESOURCES, get_kernel_dict
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager

DETERMINISTIC = {
    "PYTHONHASHSEED": "0",
    "TF_DETERMINISTIC_OPS": "1",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}
LOG = "kernel.log"
# Signals that ask a process to end; the others tell of a fault in it.
_ASKED = ("SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT")
_GUARD = """
import os, signal, sys
sys.stdin.read()
try:
    os.killpg(int(sys.argv[1]), signal.SIGKILL)
except OSError:
    pass
"""
CPU = {"CUDA_VISIBLE_DEVICES": "-1", "JAX_PLATFORMS": "cpu"}


def environment(*, cpu: bool = False, ipython: str | Path | None = None) -> dict[str, str]:
    r"""Return the variables that a lesson's kernel starts with.

    Hashing and TensorFlow's kernels are made deterministic, this interpreter comes first on the search path,
    and a Matplotlib backend that the caller set for itself is not passed on: figures belong in the notebook.

    Parameters
    ----------
    cpu : bool
        Hide every accelerator.
    ipython : path, optional
        Folder to take IPython's settings from: an empty one keeps a person's start-up files out.

    Examples
    --------
    >>> environment(cpu=True)["CUDA_VISIBLE_DEVICES"]
    '-1'
    """
    variables = {**os.environ, **DETERMINISTIC, **(CPU if cpu else {})}
    variables.pop("MPLBACKEND", None)
    if ipython is not None:
        variables["IPYTHONDIR"] = str(ipython)
    here = str(Path(sys.executable).parent)
    variables["PATH"] = os.pathsep.join([here, variables.get("PATH", "")])
    return variables


class Kernel:
    """The process of a running kernel, and a guard that ends it, and what it has started, with this process.

    Parameters
    ----------
    process : subprocess.Popen
        Of the kernel, which leads a group of processes.

    Notes
    -----
    A kernel looks once a second whether its parent lives, unless it is busy in compiled code; nobody looks after
    what a cell has started. The guard waits on a pipe that this process holds: it ends when this process does,
    however that happens. What has left the kernel's group (a daemon) is out of reach. Windows has no such groups.
    """

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self._killed_before = _killed_for_memory()
        self._guard: subprocess.Popen[bytes] | None = None
        if sys.platform != "win32":
            words = [sys.executable, "-I", "-S", "-c", _GUARD, str(process.pid)]
            self._guard = subprocess.Popen(
                words,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )

    def end(self) -> None:
        """End the kernel and what it has started."""
        if self.process.poll() is None:
            self.process.kill()
        if self._guard is not None:
            self._guard.communicate()
        # So that nothing of it is left, not even its entry in the list of processes.
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(10)

    def how_it_died(self) -> str:
        """Say how a kernel ended that should not have."""
        status = self.process.poll()
        if status is None:
            return "The kernel no longer answers"
        if status >= 0:
            return (
                f"The kernel ended itself (exit status {status}): a lesson runs to its end, take the exit out"
            )
        number = -status
        name = signal.Signals(number).name if number in set(signal.Signals) else "an unknown signal"
        if name in _ASKED:
            return f"The kernel was ended from outside or by itself: {name} (signal {number})"
        if number != getattr(signal, "SIGKILL", 9):
            return f"The kernel crashed: {name} (signal {number})"
        before, now = self._killed_before, _killed_for_memory()
        if before is None or now is None:
            return f"The kernel was killed from outside ({name}), often for want of memory"
        if now > before:
            return f"The kernel was killed for want of memory ({name}): make the lesson need less"
        return f"The kernel was killed from outside or by itself ({name}), not for want of memory"


def kernel_class(
    variables: dict[str, str], folder: Path, started: Callable[[Kernel], None]
) -> type[AsyncKernelManager]:
    """Return a kernel manager class that starts `sys.executable` with exactly these variables.

    Jupyter looks a kernel up by name in the user's and the system's folders first, so ``python3`` may well be
    another Python than the one that runs the lessons. Here no name is looked up.

    Parameters
    ----------
    variables : dict
        The whole environment of the kernel.
    folder : Path
        For its connection, and for ``kernel.log``, what its process says outside of the notebook: its last words
        when it dies.
    started : callable
        Told of every kernel, so that whoever is interrupted can stop it.
    """

    class ThisInterpreter(AsyncKernelManager):
        @property
        def kernel_spec(self) -> KernelSpec:
            return KernelSpec(resource_dir=RESOURCES, **get_kernel_dict())

        async def start_kernel(self, **options: Any) -> None:
            self.connection_file = str(folder / "connection.json")
            with (folder / LOG).open("ab") as file:
                await super().start_kernel(**{**options, "env": variables, "stdout": file, "stderr": file})
            started(Kernel(self.provisioner.process))

    return ThisInterpreter


def last_words(folder: Path) -> str:
    """What the kernel's process said last, below an error."""
    log = folder / LOG
    if not log.is_file():
        return ""
    with log.open("rb") as file:
        file.seek(max(log.stat().st_size - 10_000, 0))
        lines = file.read().decode(errors="replace").splitlines()
    said = [line for line in lines if line.strip() and "without encryption" not in line]
    return "".join(f"\n  {line[:300]}" for line in said[-3:])


def _killed_for_memory() -> int | None:
    """How many processes the system has killed for want of memory, None where it does not say."""
    try:
        lines = Path("/proc/vmstat").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in lines if line.startswith("oom_kill ")), None)
