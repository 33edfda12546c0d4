"""`mmseg-edu study`: results that are kept, and gone on with."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from mmseg_edu.cli.words import add_command
from mmseg_edu.whole_file import whole_file


def study(options: argparse.Namespace) -> int:
    """Run a study and keep its results; what is there already is not run again."""
    from mmseg_edu import studies

    shipped = studies.stored(options.study)
    path = shipped if options.shipped else options.out or Path(f"{options.study}.csv")
    begins = options.out is None and not options.anew and not path.exists()
    if begins and shipped.is_file():
        with whole_file(path) as unfinished:
            unfinished.write_bytes(shipped.read_bytes())
    if options.study == "operators":
        before = [] if options.anew or not path.exists() else studies.load_trials(path)
        done = {each[:4] for each in before}
        trials = studies.keep_trials(studies.try_operators(range(options.seeds), done, progress=True), path)
        print(f"{len(trials)} rows in {path}, {len(done)} of them from before")
        return 0
    if options.study == "scoreboard":
        from mmseg_edu.studies import scoreboard

        held = [] if options.anew or not path.exists() else scoreboard.read_rows(path)
        entries = scoreboard.scoreboard({each[:2] for each in held if each.key == "board"}, progress=True)
        board = scoreboard.keep_rows(entries, path)
        print(f"{len(board)} rows in {path}, {len(held)} of them from before")
        return 0
    done = set() if options.anew else studies.runs_in(path)
    rows = {"choosing": studies.choosing}[options.study](range(options.seeds), done, progress=True)
    results = studies.record(options.study, rows, path)
    print(f"{len(results.rows)} rows in {path}, {len(done)} of them from before")
    return 0


def add_study(commands: Any) -> None:
    one = add_command(
        commands, "study", study, "run a study whose results the package ships, or go on with it"
    )
    one.add_argument(
        "study",
        choices=("choosing", "operators", "scoreboard"),
        help="choosing: every rule in every situation (lesson 17); operators: learned ones (lesson 16); "
        "scoreboard: every segmenter with every fusion on hidden scenes (lesson 20)",
    )
    one.add_argument(
        "--seeds", type=int, default=5, help="how many, from 0 on (default: %(default)s); scoreboard: none"
    )
    where = one.add_mutually_exclusive_group()
    where.add_argument(
        "--out",
        type=Path,
        help="the .csv to write or go on with (default: STUDY.csv, which begins with the shipped rows)",
    )
    where.add_argument("--shipped", action="store_true", help="go on with the one that the package ships")
    one.add_argument("--anew", action="store_true", help="run also what the file holds already")
