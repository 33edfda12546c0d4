"""Tiny lessons for the tests of the course machinery."""

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

Cell = str | tuple[str, str]


def lesson(*cells: Cell, name: str = "08_weighted_fusion") -> nbformat.NotebookNode:
    """Build a notebook: a string is code, (tag, source) a tagged code cell, ("markdown", text) prose."""
    made = []
    for number, cell in enumerate(cells):
        tag, source = ("", cell) if isinstance(cell, str) else cell
        new = new_markdown_cell(source) if tag == "markdown" else new_code_cell(source)
        if tag not in ("", "markdown"):
            new.metadata["tags"] = [tag]
        new["id"] = f"cell-{number}"
        made.append(new)
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    return new_notebook(cells=made, metadata={"kernelspec": kernel, "mmseg_edu": {"lesson": name}})
