"""The command `mmseg-edu`: thin, one function a command, one module for those that belong together."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import mmseg_edu
from mmseg_edu.cli import lessons
from mmseg_edu.cli.data import add_data
from mmseg_edu.cli.segment import add_segment
from mmseg_edu.cli.study import add_study
from mmseg_edu.cli.train import add_train
from mmseg_edu.cli.words import with_values


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    arguments : sequence of str, optional
        Words after `mmseg-edu`; those of the command line when not given.

    Returns
    -------
    int
        0: done. 1: it ran, and something is not well: a lesson failed, a notebook is untidy, the machine has
        a problem. 2: it could not run, and one line on standard error says why. 130: interrupted.
    """
    options = _parser().parse_args(with_values(sys.argv[1:] if arguments is None else arguments))
    try:
        lessons.find_lessons(options)
        status: int = options.command(options)
        return status
    except (ValueError, TypeError, OSError) as error:
        print(f"mmseg-edu: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except ImportError as error:
        print(f"mmseg-edu: {error}: run mmseg-edu doctor to see what is missing", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("mmseg-edu: interrupted", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mmseg-edu",
        description="Learn how picture, sound and motion together segment an image.",
        epilog="New here? `mmseg-edu doctor` tells whether this machine is ready; "
        "then `mmseg-edu lab` opens the lessons: begin with 00_start_here.",
    )
    parser.add_argument("--version", action="version", version=f"mmseg-edu {mmseg_edu.__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for add in (
        lessons.add_run,
        lessons.add_tidy,
        lessons.add_editions,
        add_segment,
        lessons.add_book,
        lessons.add_lab,
        lessons.add_lessons,
        lessons.add_doctor,
        add_train,
        add_data,
        add_study,
    ):
        add(commands)
    return parser
