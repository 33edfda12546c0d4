"""The Jupyter kernel that runs lessons: this interpreter, whatever kernels are registered on the machine."""

from __future__ import annotations

import os
import sys
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


def kernel_class(variables: dict[str, str], log: Path, started: list[Any]) -> type[AsyncKernelManager]:
    """Return a kernel manager class that starts `sys.executable` with exactly these variables.

    Jupyter looks a kernel up by name in the user's and the system's folders first, so ``python3`` may well be
    another Python than the one that runs the lessons. Here no name is looked up.

    Parameters
    ----------
    variables : dict
        The whole environment of the kernel.
    log : Path
        File for what the kernel's process says outside of the notebook: its last words when it dies.
    started : list
        Every manager that starts a kernel appends itself, so that whoever is interrupted can stop it.
    """

    class ThisInterpreter(AsyncKernelManager):
        @property
        def kernel_spec(self) -> KernelSpec:
            return KernelSpec(resource_dir=RESOURCES, **get_kernel_dict())

        async def start_kernel(self, **options: Any) -> None:
            with log.open("ab") as file:
                await super().start_kernel(**{**options, "env": variables, "stdout": file, "stderr": file})
            started.append(self)

    return ThisInterpreter


def kill(started: list[Any]) -> None:
    """Stop every kernel at once: the answer to Ctrl-C, when nobody waits for a kernel to be polite."""
    for manager in started:
        process = getattr(manager.provisioner, "process", None)
        if process is not None and process.poll() is None:
            process.kill()
