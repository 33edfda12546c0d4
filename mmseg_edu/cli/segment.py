"""`mmseg-edu segment`: a film in which what sounds is painted."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from mmseg_edu.cli.words import add_command


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


def add_segment(commands: Any) -> None:
    one = add_command(
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
