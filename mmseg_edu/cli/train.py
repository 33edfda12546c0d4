"""`mmseg-edu train`: the networks that the package ships, or one on clips with masks."""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path
from typing import Any

import mmseg_edu
from mmseg_edu.cli.words import add_command


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


def add_train(commands: Any) -> None:
    one = add_command(
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
