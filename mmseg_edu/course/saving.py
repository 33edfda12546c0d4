"""A Jupyter server extension: what is saved of a slider is its static twin, which any reader can see.

A saved output that names a live widget is shown as that widget, or, when its kernel has ended, as the words "model not
found": the picture beside it in the same output is never looked at. So the widget's name is left out of the file,
while the page that is open keeps its widget.
"""

from __future__ import annotations

from typing import Any

WIDGET = "application/vnd.jupyter.widget-view+json"


def keep_twins(path: str, model: dict[str, Any], **_: Any) -> None:
    """Drop the live widget from each output that also holds its static twin; called before a file is saved.

    Parameters
    ----------
    path : str
        Where it will be saved.
    model : dict
        What Jupyter's contents manager saves; notebooks are changed in place, other files are left alone.
    """
    if model.get("type") != "notebook" or not isinstance(model.get("content"), dict):
        return
    for cell in model["content"].get("cells", []):
        for output in cell.get("outputs", []):
            if _has_twin(output):
                output["data"].pop(WIDGET, None)


def _has_twin(output: dict[str, Any]) -> bool:
    about = output.get("metadata", {}).get("image/png", {})
    return "image/png" in output.get("data", {}) and isinstance(about, dict) and "mmseg_edu" in about


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": __name__}]


def _load_jupyter_server_extension(server: Any) -> None:
    server.contents_manager.register_pre_save_hook(keep_twins)
