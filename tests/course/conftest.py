"""Fixtures of the course machinery's tests."""

from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from tiny_lessons import Cell, lesson


@pytest.fixture
def saved(tmp_path: Path) -> Callable[..., Path]:
    """Save a tiny lesson in a folder of its own and return its path."""

    def save(*cells: Cell, name: str = "08_weighted_fusion") -> Path:
        path = tmp_path / "notebooks" / f"{name}.ipynb"
        path.parent.mkdir(exist_ok=True)
        nbformat.write(lesson(*cells, name=name), path)
        return path

    return save
