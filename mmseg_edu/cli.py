"""The command `mmseg-edu`: thin, one function a command."""

from __future__ import annotations

import argparse
import shlex
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import mmseg_edu
from mmseg_edu.whole_file import whole_file

Command = Callable[[argparse.Namespace], int]
# argparse takes no word with a space in it for an option.
_SHIELD = " \0"

_WHERE = "default: notebooks, or this folder where it has lessons, or those that came with the package"


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
    options = _parser().parse_args(_with_values(sys.argv[1:] if arguments is None else arguments))
    try:
        _find_lessons(options)
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


def run(options: argparse.Namespace) -> int:
    """Run lessons and print what failed."""
    from mmseg_edu.course.run import run as run_lessons

    outcomes = run_lessons(
        options.lessons or options.notebooks,
        folder=options.notebooks,
        out=options.out,
        parameters=_values(options.parameter),
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
    print(_counted(len(outcomes) - len(failed), "lesson", "ran", failed=len(failed)))
    return 1 if failed else 0


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
        print(_counted(len(reasons) - untidy, "notebook", "tidy", failed=untidy, failing="untidy"))
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
    print(_counted(len(done) - len(failed), "notebook", "tidy", failed=len(failed), failing="left as it was"))
    return 1 if failed else 0


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


def book(options: argparse.Namespace) -> int:
    """Build the book."""
    from mmseg_edu.course.book import build

    made = build(options.notebooks, options.out, edition=options.edition)
    print(f"the book is in {made}")
    return 0


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


def lessons(options: argparse.Namespace) -> int:
    """Make the student's workspace from the lessons that came with the package."""
    from mmseg_edu.course.notebook import shipped_lessons
    from mmseg_edu.course.workspace import make_workspace

    _tell_copies(options.workspace, make_workspace(shipped_lessons(), options.workspace))
    print(f"open them with: mmseg-edu lab --workspace {options.workspace}")
    return 0


def doctor(options: argparse.Namespace) -> int:
    """Tell whether this machine is ready."""
    from mmseg_edu.course.doctor import report

    lines = report(full=options.full, paths=True)
    print(lines)
    return 0 if lines.ok else 1


def train(options: argparse.Namespace) -> int:
    """Train the shipped networks again, all of them or those that are named; or a network on clips with masks."""
    on_clips = {
        name: getattr(options, name) for name in ("layout", "batch", "size", "rate", "frames", "begin")
    }
    if options.data is not None:
        return _train_on_clips(options, on_clips)
    if unfit := [name for name, value in on_clips.items() if value is not None]:
        option = "from" if unfit[0] == "begin" else unfit[0]
        raise ValueError(f"--{option} belongs to a training on clips: name their folder, --data DIR")
    from mmseg_edu.models.train import train_encoder, train_experts, train_fcn_classifier, train_sounding

    trainers = {
        "experts": train_experts,
        "encoder": train_encoder,
        "fcn": train_fcn_classifier,
        "sounding": train_sounding,
    }
    given = {} if options.epochs is None else {"epochs": options.epochs}
    shipped = Path(mmseg_edu.__file__).parent / "weights"
    folder = shipped if options.shipped else options.out or Path("weights")
    count = 4000 if options.scenes is None else options.scenes
    for network in options.network or trainers:
        path = folder / f"{network}.npz"
        measured = trainers[network](path, seed=options.seed, count=count, progress=True, **given)
        for name, value in measured.items():
            print(f"{name:<28} {value:.4f}")
        print(f"the weights are in {path}")
    return 0


def _train_on_clips(options: argparse.Namespace, given: dict[str, Any]) -> int:
    unfit = [*options.network, *["--shipped"] * options.shipped, *["--scenes"] * (options.scenes is not None)]
    if unfit:
        raise ValueError(
            f"{unfit[0]} belongs to the networks that the package ships, and --data to a training on clips: give one "
            "of the two"
        )
    from mmseg_edu import backend, datasets
    from mmseg_edu.finetuning import finetune, split_benchmark, split_folder

    lists = {"s4": datasets.avs_s4, "ms3": datasets.avs_ms3, "avss": datasets.avs_avss}
    clips = lists.get(given.pop("layout"))
    splits = split_benchmark(clips, options.data) if clips else split_folder(options.data, options.seed)
    folder = options.out or Path("trained")
    numbers = {"frames_of_clip": given.pop("frames"), "epochs": options.epochs, **given}
    numbers = {name: value for name, value in numbers.items() if value is not None}
    try:
        done = finetune(splits, folder, seed=options.seed, progress=True, **numbers)
    except (KeyboardInterrupt, OSError):
        if (folder / "checkpoint.npz").exists():
            print(f"{folder} keeps every whole epoch: the same command goes on from there", file=sys.stderr)
        raise
    for split in ("val", "test"):
        if count := done.counts[split][0]:
            before, after = done.mean_iou(split, "before"), done.mean_iou(split)
            empty = done.mean_iou(split, "nothing sounds")
            print(
                f"{split:<4} mean IoU {before:.3f} before, {after:.3f} after, {empty:.3f} empty masks; clips: {count}"
            )
    print(f"computed by {backend.device()}; the report is {done.report}")
    print(f"segment with it: mmseg-edu segment CLIP -o OUT.webm --weights {shlex.quote(str(done.network))}")
    return 0


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


def data(options: argparse.Namespace) -> int:
    """List, fetch, verify or remove data sets."""
    from mmseg_edu.datasets import download_esc50, shelf

    names = options.name or [each.name for each in shelf.held() if each.count]
    if options.action == "list":
        for each in shelf.held(options.name or shelf.NAMES):
            print(f"{each.name:<6} {each.says}")
        return 0
    if options.action == "verify":
        found = {name: shelf.faults(name) for name in names}
        for name, faults in found.items():
            print(*(f"{name:<6} {fault}" for fault in faults or ["whole"]), sep="\n")
        return 1 if any(found.values()) else 0
    if options.name not in (["esc50"], ["esc10"]):
        raise ValueError(
            f"data {options.action} must be told esc50, the one that can be downloaded, got {options.name}: "
            "mmseg-edu data list says how to get the others"
        )
    if options.action == "fetch":
        given = {"url": options.url} if options.url else {}
        print(f"it is in {download_esc50(known_hash=options.hash, progress=True, **given)}")
    else:
        removed = [str(each) for each in shelf.remove("esc50")]
        print(*(f"removed {each}" for each in removed or ["nothing: it was not there"]), sep="\n")
    return 0


def segment(options: argparse.Namespace) -> int:
    """Paint what sounds into every frame of a clip."""
    from mmseg_edu import backend
    from mmseg_edu.segmenting import segment_clip

    done = segment_clip(
        options.clip,
        options.out,
        weights=options.weights,
        size=options.size,
        masks=options.masks,
        start=options.start,
        end=options.end,
        height=options.height,
        progress=True,
    )
    found = [f"{name} in {count}" for name, count in sorted(done.found.items())]
    print(f"{done.frames} frames, {done.seconds:.1f} s, computed by {backend.device()}")
    print(f"marked: {', '.join(found) or 'nothing in any frame'}")
    print(f"the film is {done.film}" + (f", its masks are in {done.masks}" if done.masks else ""))
    if options.weights is None:
        print(
            "the network that the package ships knows drawn bells, drums, guitars and birds: on other films it guesses"
        )
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mmseg-edu",
        description="Learn how picture, sound and motion together segment an image.",
        epilog="New here? `mmseg-edu doctor` tells whether this machine is ready; "
        "then `mmseg-edu lab` opens the lessons: begin with 00_start_here.",
    )
    parser.add_argument("--version", action="version", version=f"mmseg-edu {mmseg_edu.__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_run(commands)
    _add_tidy(commands)
    _add_editions(commands)
    _add_segment(commands)

    one = _command(commands, "book", book, "build the lessons as a site that needs no network")
    one.add_argument(
        "notebooks",
        type=Path,
        nargs="?",
        metavar="FOLDER",
        help=f"the folder that holds the lessons ({_WHERE})",
    )
    one.add_argument("--out", type=Path, default=Path("book"), help="folder for it (default: %(default)s)")
    one.add_argument(
        "--edition",
        choices=("student", "instructor"),
        default="student",
        help="instructor: with the instructor's notes (default: %(default)s)",
    )

    one = _command(commands, "lab", lab, "open JupyterLab on your own copy of the lessons")
    _add_notebooks(one)
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

    one = _command(commands, "lessons", lessons, "lay your own copies of the lessons into a folder")
    one.add_argument(
        "workspace",
        type=Path,
        nargs="?",
        default=Path("my_lessons"),
        metavar="FOLDER",
        help="made when missing; what is there is never overwritten (default: %(default)s)",
    )

    one = _command(commands, "doctor", doctor, "tell whether this machine is ready, and what to do if not")
    one.add_argument("--full", action="store_true", help="also start Keras and name the device that computes")

    _add_train(commands)

    one = _command(commands, "data", data, "list, fetch, verify or remove data sets of real recordings")
    one.add_argument("action", choices=("list", "fetch", "verify", "remove"), help="what to do")
    one.add_argument(
        "name", nargs="*", help="esc50, esc10, s4, ms3 or avss (default: all; fetch and remove know esc50)"
    )
    one.add_argument("--url", action="append", help="fetch from here; several are mirrors, tried in turn")
    one.add_argument("--hash", help="what the archive must hash to, as in sha256:... (fetch)")

    one = _command(commands, "study", study, "run a study whose results the package ships, or go on with it")
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
    return parser


def _add_run(commands: Any) -> None:
    one = _command(commands, "run", run, "run lessons from top to bottom, each in a kernel of its own")
    _add_lessons(one)
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
    _add_limits(one)


def _add_tidy(commands: Any) -> None:
    one = _command(commands, "tidy", tidy, "execute lessons on the CPU and keep small, quiet, stable outputs")
    _add_lessons(one)
    how = one.add_mutually_exclusive_group()
    how.add_argument("--check", action="store_true", help="only tell which are not tidy; change nothing")
    how.add_argument("--no-execute", action="store_true", help="only clean the outputs that are there")
    how.add_argument("--changed", action="store_true", help="execute only those whose code has changed")
    _add_limits(one)


def _add_editions(commands: Any) -> None:
    one = _command(commands, "editions", editions, "write an edition to hand out or to teach from")
    _add_lessons(one)
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


def _add_train(commands: Any) -> None:
    one = _command(
        commands, "train", train, "train the networks that the package ships, or one on clips with masks"
    )
    one.add_argument(
        "network",
        nargs="*",
        # An empty list is checked against the choices as well.
        choices=("experts", "encoder", "fcn", "sounding", []),
        metavar="NETWORK",
        help="experts (one sees, one hears), encoder (features of a picture), fcn (names one thing) or sounding "
        "(sees and hears, joined by a rule); default: all",
    )
    where = one.add_mutually_exclusive_group()
    where.add_argument(
        "--out",
        type=Path,
        metavar="FOLDER",
        help="folder for the weights (default: weights; with --data: trained)",
    )
    where.add_argument("--shipped", action="store_true", help="replace the weights that the package ships")
    one.add_argument("--seed", type=int, default=0, help="seed of data and weights (default: %(default)s)")
    one.add_argument("--scenes", type=int, help="how many to learn from (default: 4000)")
    one.add_argument(
        "--epochs", type=int, help="passes over them (default: what the network needs; with --data: 20)"
    )
    own = one.add_argument_group(
        "a network that sees and hears, on clips with masks",
        "Begun again with the same words it goes on where it was. Of a folder of your own, recordings to "
        "choose the epoch by and to test on are drawn with the seed; recordings.csv (clip,recording) says which clips "
        "are cut from one.",
    )
    own.add_argument(
        "--data", type=Path, metavar="DIR", help="the clips: a folder of films, or the benchmark"
    )
    own.add_argument(
        "--layout", choices=("folder", "s4", "ms3", "avss"), help="how they lie there (default: folder)"
    )
    own.add_argument("--batch", type=int, help="pictures in a step (default: 16)")
    own.add_argument("--size", type=int, help="side of what the network sees, in pixels (default: 64)")
    own.add_argument(
        "--rate",
        type=float,
        help="highest learning rate (default: 0.003; 0.0001 where every layer goes on)",
    )
    own.add_argument("--frames", type=int, help="labelled pictures of a clip, at most (default: 100)")
    own.add_argument(
        "--from",
        dest="begin",
        metavar="FILE",
        help="a network to go on with: the network.keras of an earlier training, or the word shipped for the one that "
        "the package ships (default: an audio-visual U-Net of random weights)",
    )


def _add_segment(commands: Any) -> None:
    one = _command(
        commands, "segment", segment, "paint what sounds into every frame of a clip, as a film with its sound"
    )
    one.add_argument("clip", type=Path, metavar="CLIP", help="a video file with sound")
    one.add_argument("-o", "--out", type=Path, required=True, metavar="OUT.webm", help="the film to write")
    one.add_argument(
        "--weights",
        type=Path,
        metavar="FILE",
        help="a network that sees and hears: .keras, or the .npz of a training (default: the shipped one)",
    )
    one.add_argument(
        "--size",
        type=int,
        default=64,
        help="shorter side of what the network sees, in pixels (default: %(default)s)",
    )
    one.add_argument(
        "--masks",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="write the masks into the folder OUT_masks, an indexed PNG a frame (default: yes)",
    )
    one.add_argument("--start", type=float, default=0.0, metavar="S", help="begin here (default: 0 s)")
    one.add_argument("--end", type=float, metavar="S", help="end here (default: the clip's end)")
    one.add_argument("--height", type=int, help="scale the film down to this height (default: as the clip)")


def _command(commands: Any, name: str, function: Command, says: str) -> argparse.ArgumentParser:
    described = f"{says[0].upper()}{says[1:]}."
    one: argparse.ArgumentParser = commands.add_parser(name, help=says, description=described)
    one.set_defaults(command=function)
    return one


def _add_notebooks(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--notebooks",
        type=Path,
        metavar="FOLDER",
        help=f"the folder that holds the lessons ({_WHERE})",
    )


def _add_lessons(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "lessons",
        nargs="*",
        metavar="LESSON",
        help="a number (08), a name (weighted_fusion), a notebook or a folder; all when not given",
    )
    _add_notebooks(parser)


def _add_limits(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-j", "--jobs", type=int, default=1, help="lessons at a time (default: %(default)s)")
    parser.add_argument(
        "--cell-timeout", type=float, default=300, metavar="S", help="longest cell (default: %(default)s s)"
    )
    parser.add_argument(
        "--timeout", type=float, default=1800, metavar="S", help="longest lesson (default: %(default)s s)"
    )


def _find_lessons(options: argparse.Namespace) -> None:
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


def _with_values(words: Sequence[str]) -> list[str]:
    """Shield a parameter's value that begins with a dash, such as -1e-3, which argparse takes for an option."""
    done = list(words)
    for i, word in enumerate(words[:-2]):
        option = word == "-p" or (word.startswith("--p") and "--parameter".startswith(word))
        if option and words[i + 2].startswith("-"):
            done[i + 2] = f"{_SHIELD}{words[i + 2]}"
    return done


def _values(pairs: Sequence[Sequence[str]]) -> dict[str, str]:
    return {pair[0]: pair[1].removeprefix(_SHIELD) for pair in pairs}


def _counted(good: int, thing: str, how: str, *, failed: int, failing: str = "failed") -> str:
    said = f"{good} {thing}{'' if good == 1 else 's'} {how}"
    return f"{said}, {failed} {failing}" if failed else said


if __name__ == "__main__":
    sys.exit(main())
