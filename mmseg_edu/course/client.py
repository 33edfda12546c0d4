"""What executes the cells of a lesson: papermill's client, which keeps no more output than a file should hold."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_output
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine
from papermill.log import logger

MOST_KEPT = 20 * 1024**2
"""The most bytes of output that are kept of one lesson: a tidy one has about a hundredth of it."""

_SHOWN = ("stream", "display_data", "execute_result", "update_display_data")
# What one output costs beside its text.
_FRAME = 300
_LONGEST = 20_000


class LessonClient(PapermillNotebookClient):
    """Papermill's client, which counts what the cells show and drops what is beyond `MOST_KEPT`.

    Attributes
    ----------
    dropped : dict
        Index of a cell to the bytes of it that were dropped.
    """

    dropped: dict[int, int]
    _kept = 0
    _may_be_less = False

    def process_message(self, msg: dict[str, Any], cell: NotebookNode, cell_index: int) -> Any:
        """Take what the kernel says, as long as there is room for it."""
        if msg["msg_type"] == "error":
            content = msg["content"]
            msg = {**msg, "content": {**content, "evalue": shortened(str(content.get("evalue", "")))}}
            msg["content"]["traceback"] = [shortened(line) for line in content.get("traceback", [])]
        if msg["msg_type"] in _SHOWN and (msg := self._within_room(msg, cell_index)) is None:
            return None
        self._may_be_less |= msg["msg_type"] in ("clear_output", "update_display_data")
        return super().process_message(msg, cell, cell_index)

    def _within_room(self, msg: dict[str, Any], cell_index: int) -> Any:
        size = _size(msg["content"])
        if self._kept + size > MOST_KEPT and self._may_be_less:
            outputs = (each for cell in self.nb.cells for each in cell.get("outputs", []))
            self._kept, self._may_be_less = sum(map(_size, outputs)), False
        room = max(MOST_KEPT - self._kept, 0)
        if size <= room:
            self._kept += size
            return msg
        text = msg["content"].get("text") if msg["msg_type"] == "stream" else None
        kept = str(text)[: room - _FRAME] if text and room > _FRAME else ""
        self.dropped[cell_index] = self.dropped.get(cell_index, 0) + size - len(kept)
        if not kept:
            return None
        self._kept = MOST_KEPT
        return {**msg, "content": {**msg["content"], "text": kept}}


class LessonEngine(Engine):
    """Papermill's engine with our client."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: Any, kernel_name: str, *, dropped: dict[int, int], **options: Any
    ) -> None:
        """Execute the notebook that `nb_man` holds, and note in `dropped` what was not kept."""
        client = LessonClient(nb_man, kernel_name=kernel_name, log=logger, **options)
        client.dropped = dropped
        client.execute()


def note_dropped(nb: NotebookNode, dropped: Mapping[int, int]) -> None:
    """Say below each cell how much of what it showed was dropped."""
    for index, size in dropped.items():
        says = (
            f"{size / 1024**2:.1f} MB of what this cell showed are dropped: "
            f"of a lesson, {MOST_KEPT // 1024**2} MB are kept\n"
        )
        nb.cells[index].outputs.append(new_output("stream", name="stderr", text=says))


def shortened(text: str, most: int = _LONGEST) -> str:
    """The beginning and the end of a text that is too long."""
    if len(text) <= most:
        return text
    half = most // 2
    return f"{text[:half]} ... {len(text) - 2 * half} characters more ... {text[-half:]}"


def _size(output: Mapping[str, Any]) -> int:
    size = _FRAME + len(output.get("text", ""))
    for value in output.get("data", {}).values():
        size += len(value) if isinstance(value, str) else len(json.dumps(value, default=str))
    return size
