"""Commands for lessons: run, tidy, editions, book, lab, lessons, and the doctor."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmseg_edu.cli.words import (
    WHERE,
    add_command,
    add_lesson_names,
    add_limits,
    add_notebooks,
    counted,
    parameter_values,
)


def run(options: argparse.Namespace) -> int:
    """Run lessons and print what failed."""
    from mmseg_edu.course.run import run as run_lessons

    outcomes = run_lessons(
        options.lessons or options.notebooks,
        folder=options.notebooks,
        out=options.out,
        parameters=parameter_values(options.parameter),
        cwd=options.cwd,
        solutions=options.solutions,
        cell_timeout=options.cell_timeout,
        timeout=options.timeout,
        jobs=options.jobs,
        cpu=options.cpu,
    )
    failed = [outcome for outcome in outcomes if not outcome.ok]
    for outcome in failed:
        kept = f"\n  what it did is in {outcome.output}" if outcome.output else ""
        print(f"\n{outcome.error}{kept}", file=sys.stderr)
    print(counted(len(outcomes) - len(failed), "lesson", "ran", failed=len(failed)))
    return 1 if failed else 0


def add_run(commands: Any) -> None:
    one = add_command(commands, "run", run, "run lessons from top to bottom, each in a kernel of its own")
    add_lesson_names(one)
    one.add_argument(
        "-p",
        "--parameter",
        nargs=2,
        action="append",
        default=[],
        metavar=("NAME", "VALUE"),
        help="set one of the lesson's own parameters, for example -p seed 3; may be repeated",
    )
    one.add_argument("--out", type=Path, help="keep the executed notebooks in this folder, also failed ones")
    one.add_argument("--cwd", type=Path, help="working directory of the lessons (default: their own folder)")
    one.add_argument("--solutions", action="store_true", help="put the solutions in place of the exercises")
    one.add_argument("--cpu", action="store_true", help="hide the GPU")
    add_limits(one)


def tidy(options: argparse.Namespace) -> int:
    """Execute and clean notebooks, or tell which are not tidy."""
    from mmseg_edu.course import notebook
    from mmseg_edu.course import tidy as tidying

    chosen = options.lessons or options.notebooks
    if options.check:
        reasons = {path: tidying.untidy(path) for path in notebook.find(chosen, folder=options.notebooks)}
        for path, lines in reasons.items():
            for line in lines:
                print(f"{path.stem}: {line}")
        untidy = sum(bool(lines) for lines in reasons.values())
        print(counted(len(reasons) - untidy, "notebook", "tidy", failed=untidy, failing="untidy"))
        return 1 if untidy else 0
    done = tidying.tidy(
        chosen,
        folder=options.notebooks,
        execute=not options.no_execute,
        changed=options.changed,
        jobs=options.jobs,
        cell_timeout=options.cell_timeout,
        timeout=options.timeout,
    )
    failed = [each for each in done if not each.ok]
    for each in failed:
        print(f"\n{each.says}", file=sys.stderr)
    print(counted(len(done) - len(failed), "notebook", "tidy", failed=len(failed), failing="left as it was"))
    return 1 if failed else 0


def add_tidy(commands: Any) -> None:
    one = add_command(
        commands, "tidy", tidy, "execute lessons on the CPU and keep small, quiet, stable outputs"
    )
    add_lesson_names(one)
    how = one.add_mutually_exclusive_group()
    how.add_argument("--check", action="store_true", help="only tell which are not tidy; change nothing")
    how.add_argument("--no-execute", action="store_true", help="only clean the outputs that are there")
    how.add_argument("--changed", action="store_true", help="execute only those whose code has changed")
    add_limits(one)


def editions(options: argparse.Namespace) -> int:
    """Write the student's or the instructor's edition."""
    from mmseg_edu.course.editions import write_edition
    from mmseg_edu.course.notebook import find

    made = write_edition(
        find(options.lessons or options.notebooks, folder=options.notebooks),
        options.out,
        edition=options.edition,
        outputs=options.outputs,
        archive=options.zip,
    )
    print(f"{options.edition} edition: {len(made)} files, the last is {made[-1]}")
    return 0


def add_editions(commands: Any) -> None:
    one = add_command(commands, "editions", editions, "write an edition to hand out or to teach from")
    add_lesson_names(one)
    one.add_argument(
        "--edition",
        choices=("student", "instructor"),
        default="student",
        help="student: no solutions, no instructor's notes; instructor: all, unfolded (default: %(default)s)",
    )
    one.add_argument("--out", type=Path, required=True, help="folder to write to")
    one.add_argument(
        "--outputs",
        action=argparse.BooleanOptionalAction,
        help="keep what the cells have shown (default: only in the instructor's edition)",
    )
    one.add_argument("--zip", action="store_true", help="also write OUT.zip, ready to send")


def book(options: argparse.Namespace) -> int:
    """Build the book."""
    from mmseg_edu.course.book import build

    made = build(options.notebooks, options.out, edition=options.edition)
    print(f"the book is in {made}")
    return 0


def add_book(commands: Any) -> None:
    one = add_command(commands, "book", book, "build the lessons as a site that needs no network")
    one.add_argument(
        "notebooks",
        type=Path,
        nargs="?",
        metavar="FOLDER",
        help=f"the folder that holds the lessons ({WHERE})",
    )
    one.add_argument("--out", type=Path, default=Path("book"), help="folder for it (default: %(default)s)")
    one.add_argument(
        "--edition",
        choices=("student", "instructor"),
        default="student",
        help="instructor: with the instructor's notes (default: %(default)s)",
    )


def lab(options: argparse.Namespace) -> int:
    """Make the student's workspace and open JupyterLab on it."""
    from mmseg_edu.course.workspace import lab_command, make_workspace

    workspace = options.workspace or Path("my_lessons")
    _tell_copies(workspace, make_workspace(options.notebooks, workspace))
    if options.prepare:
        return 0
    sys.stdout.flush()
    command = lab_command(workspace, *options.jupyter)
    return subprocess.call(command)


def add_lab(commands: Any) -> None:
    one = add_command(commands, "lab", lab, "open JupyterLab on your own copy of the lessons")
    add_notebooks(one)
    one.add_argument(
        "--workspace",
        type=Path,
        metavar="FOLDER",
        help="where your copies are; what is there is never overwritten (default: my_lessons, or this folder "
        "where they are already)",
    )
    one.add_argument("--prepare", action="store_true", help="make the copies and stop there")
    one.add_argument(
        "jupyter", nargs="*", metavar="ARGUMENT", help="for JupyterLab, after --: -- --no-browser"
    )


def lessons(options: argparse.Namespace) -> int:
    """Make the student's workspace from the lessons that came with the package."""
    from mmseg_edu.course.notebook import shipped_lessons
    from mmseg_edu.course.workspace import make_workspace

    _tell_copies(options.workspace, make_workspace(shipped_lessons(), options.workspace))
    print(f"open them with: mmseg-edu lab --workspace {options.workspace}")
    return 0


def add_lessons(commands: Any) -> None:
    one = add_command(commands, "lessons", lessons, "lay your own copies of the lessons into a folder")
    one.add_argument(
        "workspace",
        type=Path,
        nargs="?",
        default=Path("my_lessons"),
        metavar="FOLDER",
        help="made when missing; what is there is never overwritten (default: %(default)s)",
    )


def doctor(options: argparse.Namespace) -> int:
    """Tell whether this machine is ready."""
    from mmseg_edu.course.doctor import report

    lines = report(full=options.full, paths=True)
    print(lines)
    return 0 if lines.ok else 1


def add_doctor(commands: Any) -> None:
    one = add_command(commands, "doctor", doctor, "tell whether this machine is ready, and what to do if not")
    one.add_argument("--full", action="store_true", help="also start Keras and name the device that computes")


def find_lessons(options: argparse.Namespace) -> None:
    """Fill in the folder of the lessons when none is named: the one here, else, to read only, the package's own."""
    if not hasattr(options, "notebooks"):
        return
    from mmseg_edu.course.notebook import lessons_here, shipped_lessons

    command = options.command.__name__
    if options.notebooks is None:
        here = lessons_here()
        if command == "lab" and here == Path():
            # Somebody's own copies lie here: they are opened, and none is made inside them.
            options.workspace, here = options.workspace or here, None
        options.notebooks = here or (Path("notebooks") if command == "tidy" else shipped_lessons())
    named = getattr(options, "lessons", None)
    if options.notebooks.is_dir() or (named and all(Path(each).exists() for each in named)):
        return
    how = "mmseg-edu book FOLDER" if command == "book" else f"mmseg-edu {command} --notebooks FOLDER"
    raise ValueError(
        f"there is no folder {options.notebooks} here: start where the lessons are, or name their folder, {how}"
    )


def _tell_copies(workspace: Path, made: Sequence[Path]) -> None:
    new = (f"  new: {path.name}" for path in made)
    print(f"your copies of the lessons are in {workspace}", *new, sep="\n")
