"""Every public function and class of the package, read from its source: nothing is imported for it."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import NamedTuple

import mmseg_edu

PACKAGE = Path(mmseg_edu.__file__).parent


def public_names() -> set[str]:
    """Names that a room exports (`__all__`), that a module beside the rooms defines, or that `course` tells of."""
    found = {f"course.{name}" for name in re.findall(r"course\.(\w+\.\w+)\(", _tree(PACKAGE / "course").doc)}
    for place in (*PACKAGE.glob("*.py"), *PACKAGE.rglob("__init__.py")):
        # Commands are called from a shell, a training's script exports its parts to its command alone, and what
        # writes whole files and finds the cache serves the rooms.
        if (
            place.name in ("whole_file.py", "cache_folder.py")
            or place.parent == PACKAGE / "cli"
            or place.parent == PACKAGE / "models" / "train"
            or place == PACKAGE / "__init__.py"
        ):
            continue
        module = _tree(place if place.name != "__init__.py" else place.parent)
        found |= {f"{module.room}.{name}" for name in module.exported}
    return {name for name in found if not name.split(".")[-1].isupper()}


class Module(NamedTuple):
    """What the source of a module says of itself."""

    room: str
    doc: str
    exported: list[str]


def _tree(place: Path) -> Module:
    file = place / "__init__.py" if place.is_dir() else place
    tree = ast.parse(file.read_text(encoding="utf-8"))
    room = ".".join(place.relative_to(PACKAGE).with_suffix("").parts)
    return Module(room, ast.get_docstring(tree) or "", _exported(tree, defines=file == place))


def _exported(tree: ast.Module, *, defines: bool) -> list[str]:
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
            return list(ast.literal_eval(node.value))  # type: ignore[attr-defined]
    kinds = (ast.FunctionDef, ast.ClassDef)
    return (
        [node.name for node in tree.body if isinstance(node, kinds) and node.name[0] != "_"]
        if defines
        else []
    )
