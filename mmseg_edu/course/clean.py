"""What belongs in a lesson's file, and what does not."""

from __future__ import annotations

import base64
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from mmseg_edu.course.notebook import tags
from mmseg_edu.course.png import is_readable, recompress

WIDGET = "application/vnd.jupyter.widget-view+json"
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
LANGUAGE = {
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "pygments_lexer": "ipython3",
}
FOLDED = {"outputs_hidden": True, "source_hidden": True}
"""The `jupyter` metadata of a solution: JupyterLab opens it with code and output behind a click."""

_NOTEBOOK_NOISE = ("papermill", "widgets", "signature", "colab", "vscode", "toc", "varInspector")
_CELL_NOISE = ("papermill", "execution", "ExecuteTime", "collapsed", "scrolled", "trusted", "vscode", "colab")
_TIMING = re.compile(
    r"^(CPU times: .*|(Wall|Compiler) time: .*|.* ± .* per loop .*|The slowest run took .*)\n?", re.M
)
_OVERWRITTEN = re.compile(r"^.*\r(?=[^\r\n])", re.M)
_ADDRESS = re.compile(r"<[^<>\n]*\bat 0x[0-9a-fA-F]{6,}[^<>\n]*>|\bat 0x[0-9a-fA-F]{8,}")
_WIDGET_REPR = re.compile(r"[A-Z]\w*\(.*\)?\Z", re.S)
_ENCODED = re.compile(r"(data:[\w.+/-]+;base64,[A-Za-z0-9+/=]+)")
_PATH = re.compile(
    r"(?<![\w.~])(?:/(?:home|root|Users|tmp|var/folders|private)/[\w.@+-]+|[A-Za-z]:\\+Users\\+\w+)"
)


def clean(nb: NotebookNode, *, folders: dict[str, str] | None = None) -> NotebookNode:
    """Return a copy of a notebook with only what a reader of the lesson needs.

    Dropped: standard error, timings, widgets (their static twin stays), the notes that papermill and editors
    leave, versions of the kernel. Replaced: paths of this machine. Kept: ids, sources, texts, pictures with
    their alt text (packed smaller), and the order of execution, counted from 1. Folded: the code of every
    solution and what it shows, for an open answer below its exercise spoils it.

    Parameters
    ----------
    nb : NotebookNode
        An executed notebook.
    folders : dict, optional
        Path to what stands for it; `machine_folders` when not given.

    Returns
    -------
    NotebookNode
        Cleaning it again changes nothing.
    """
    done = deepcopy(nb)
    folders = machine_folders() if folders is None else folders
    done.metadata = NotebookNode({k: v for k, v in done.metadata.items() if k not in _NOTEBOOK_NOISE})
    done.metadata.update(kernelspec=NotebookNode(KERNEL), language_info=NotebookNode(LANGUAGE))
    count = 0
    for cell in done.cells:
        kept = {key: value for key, value in cell.metadata.items() if key not in _CELL_NOISE}
        if kept.get("tags") == []:
            del kept["tags"]
        cell.metadata = NotebookNode(kept)
        if cell.cell_type != "code":
            continue
        if "solution" in tags(cell):
            cell.metadata["jupyter"] = NotebookNode({**kept.get("jupyter", {}), **FOLDED})
        if cell.execution_count is not None:
            count += 1
            cell.execution_count = count
        cell.outputs = [_output(each, cell, folders) for each in _joined(cell.outputs)]
        cell.outputs = [each for each in cell.outputs if each is not None]
    return done


def machine_folders(*more: str | Path) -> dict[str, str]:
    """Return the folders whose paths would give this machine away, longest first, and what to write instead.

    Nothing stands for the folder of temporary files: a lesson that shows it is refused.

    Parameters
    ----------
    more : path
        Further folders, such as the working directory of a lesson.
    """
    package = Path(__file__).resolve().parents[2]
    known = {
        **{str(each): "." for each in (Path.cwd(), package, *more)},
        sys.prefix: "(python)",
        sys.base_prefix: "(python)",
        # A temporary file has another name each time: no replacement would make two runs equal.
        tempfile.gettempdir(): "",
        str(Path.home()): "~",
    }
    spelled = {str(form): stands for path, stands in known.items() for form in (path, Path(path).resolve())}
    system = {"/", "/usr", "/usr/local", "/opt"}
    return {path: spelled[path] for path in sorted(spelled, key=len, reverse=True) if path not in system}


def problems(nb: NotebookNode, *, folders: dict[str, str] | None = None) -> Iterator[str]:
    """Tell what in a clean notebook must not be published, cell by cell.

    Yields
    ------
    str
        One line a problem: which cell, what is wrong, what to do.
    """
    folders = machine_folders() if folders is None else folders
    for number, cell in enumerate(nb.cells, start=1):
        place = f"cell {number} (id {cell.get('id')})"
        for path in _machine_paths(cell.source, folders):
            yield f"{place} names a folder of this machine in its source, {path}: use a relative path"
        if cell.cell_type != "code":
            continue
        if cell.source.strip() and cell.execution_count is None and "skip-execution" not in tags(cell):
            yield f"{place} was never run: run mmseg-edu tidy"
        for output in cell.outputs:
            if output.output_type == "error" and "raises-exception" not in tags(cell):
                yield f"{place} ends in {output.ename}: {output.evalue}: mend the cell"
            if not _is_whole(output):
                yield f"{place} shows a picture that cannot be read: run it again, or mend the cell"
            for text in _texts(output):
                if found := _ADDRESS.search(" ".join(_ENCODED.split(text)[::2])):
                    yield f"{place} shows a memory address, {found[0]}: show a value, or end the line with ;"
                for path in _machine_paths(text, folders):
                    yield f"{place} shows a folder of this machine, {path}: print only the file's name"


def _joined(outputs: Sequence[NotebookNode]) -> list[NotebookNode]:
    # How a stream falls into pieces depends on the kernel's clock, so pieces are put together again.
    joined: list[NotebookNode] = []
    for output in outputs:
        if output.output_type == "stream":
            if output.name == "stderr":
                continue
            if joined and joined[-1].output_type == "stream":
                joined[-1].text += output.text
                continue
        joined.append(output)
    return joined


def _output(output: NotebookNode, cell: NotebookNode, folders: dict[str, str]) -> NotebookNode | None:
    if output.output_type == "stream":
        output.text = _without_paths(_TIMING.sub("", _OVERWRITTEN.sub("", output.text)), folders)
        return output if output.text.strip("\n") else None
    if output.output_type == "error":
        output.evalue = _without_paths(output.evalue, folders)
        output.traceback = [f"{output.ename}: {output.evalue}"]
        return output
    if output.output_type == "execute_result":
        output.execution_count = cell.execution_count
    return _bundle(output, folders)


def _bundle(output: NotebookNode, folders: dict[str, str]) -> NotebookNode | None:
    data: dict[str, Any] = dict(output.data)
    if WIDGET in data:
        del data[WIDGET]
        if _WIDGET_REPR.match(str(data.get("text/plain", ""))):
            del data["text/plain"]
        if not data:
            return None
    for kind, value in data.items():
        if kind == "image/png" and _is_whole(output):
            packed = recompress(base64.b64decode(value))
            data[kind] = base64.b64encode(packed).decode()
        elif isinstance(value, str):
            data[kind] = _without_paths(value, folders)
    output.data = NotebookNode(data)
    output.metadata = NotebookNode({key: value for key, value in output.metadata.items() if key in data})
    return output


def _is_whole(output: NotebookNode) -> bool:
    png = output.get("data", {}).get("image/png")
    try:
        return png is None or is_readable(base64.b64decode(png))
    except ValueError:
        return False


def _texts(output: NotebookNode) -> Iterator[str]:
    if output.output_type == "stream":
        yield output.text
    elif output.output_type == "error":
        yield from output.traceback
    else:
        yield from (
            value
            for kind, value in output.data.items()
            if isinstance(value, str) and (kind.startswith("text/") or kind.endswith(("xml", "json")))
        )


def _found(folder: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.~]){re.escape(folder)}(?![\w.-])")


def _without_paths(text: str, folders: dict[str, str]) -> str:
    # Sounds and pictures inside HTML are base64, whose alphabet has a slash: only what is around is text.
    pieces = _ENCODED.split(text)
    for folder, stands_for in folders.items():
        if stands_for and folder in text:
            pieces[::2] = [_found(folder).sub(stands_for, piece) for piece in pieces[::2]]
    return "".join(pieces)


def _machine_paths(text: str, folders: dict[str, str]) -> list[str]:
    text = " ".join(_ENCODED.split(text)[::2])
    found = [folder for folder in folders if folder in text and _found(folder).search(text)]
    return (found or [match[0] for match in _PATH.finditer(text)])[:1]
