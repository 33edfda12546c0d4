"""The oldest versions that pyproject.toml allows, as constraints for pip: `make ranges` installs and tests them."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"
# What the tests use. mypy and ruff read the code and run none of it: their newest will do.
EXTRAS = ("test", "book")
READERS = ("mypy", "ruff")
LOWEST = re.compile(r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?>=([0-9][0-9.]*)(?=[,;]|$)")


def oldest(project: dict) -> list[str]:
    """Return `name==version` for each requirement of the package and of its tests, `>=` being the oldest.

    Raises
    ------
    ValueError
        If a requirement does not begin with its oldest version.
    """
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *(each for extra in EXTRAS for each in extras[extra])]
    return [f"{name}=={version}" for name, version in map(_lowest, wanted) if name not in READERS]


def _lowest(requirement: str) -> tuple[str, str]:
    found = LOWEST.match(requirement.replace(" ", ""))
    if found is None:
        raise ValueError(
            f"a requirement must begin with its oldest version, got {requirement!r}: write name>=version"
        )
    return found[1], found[2]


if __name__ == "__main__":
    print(*oldest(tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]), sep="\n")
