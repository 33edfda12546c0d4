"""What the commands share: how they are added, the words that several take, and how they count."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

Command = Callable[[argparse.Namespace], int]
# argparse takes no word with a space in it for an option.
_SHIELD = " \0"

WHERE = "default: notebooks, or this folder where it has lessons, or those that came with the package"


def add_command(commands: Any, name: str, function: Command, says: str) -> argparse.ArgumentParser:
    described = f"{says[0].upper()}{says[1:]}."
    one: argparse.ArgumentParser = commands.add_parser(name, help=says, description=described)
    one.set_defaults(command=function)
    return one


def add_notebooks(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--notebooks",
        type=Path,
        metavar="FOLDER",
        help=f"the folder that holds the lessons ({WHERE})",
    )


def add_lesson_names(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "lessons",
        nargs="*",
        metavar="LESSON",
        help="a number (08), a name (weighted_fusion), a notebook or a folder; all when not given",
    )
    add_notebooks(parser)


def add_limits(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-j", "--jobs", type=int, default=1, help="lessons at a time (default: %(default)s)")
    parser.add_argument(
        "--cell-timeout", type=float, default=300, metavar="S", help="longest cell (default: %(default)s s)"
    )
    parser.add_argument(
        "--timeout", type=float, default=1800, metavar="S", help="longest lesson (default: %(default)s s)"
    )


def with_values(words: Sequence[str]) -> list[str]:
    """Shield a parameter's value that begins with a dash, such as -1e-3, which argparse takes for an option."""
    done = list(words)
    for i, word in enumerate(words[:-2]):
        option = word == "-p" or (word.startswith("--p") and "--parameter".startswith(word))
        if option and words[i + 2].startswith("-"):
            done[i + 2] = f"{_SHIELD}{words[i + 2]}"
    return done


def parameter_values(pairs: Sequence[Sequence[str]]) -> dict[str, str]:
    return {pair[0]: pair[1].removeprefix(_SHIELD) for pair in pairs}


def counted(good: int, thing: str, how: str, *, failed: int, failing: str = "failed") -> str:
    said = f"{good} {thing}{'' if good == 1 else 's'} {how}"
    return f"{said}, {failed} {failing}" if failed else said
