"""`mmseg-edu data`: data sets of real recordings."""

from __future__ import annotations

import argparse
from typing import Any

from mmseg_edu.cli.words import add_command


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


def add_data(commands: Any) -> None:
    one = add_command(commands, "data", data, "list, fetch, verify or remove data sets of real recordings")
    one.add_argument("action", choices=("list", "fetch", "verify", "remove"), help="what to do")
    one.add_argument(
        "name", nargs="*", help="esc50, esc10, s4, ms3 or avss (default: all; fetch and remove know esc50)"
    )
    one.add_argument("--url", action="append", help="fetch from here; several are mirrors, tried in turn")
    one.add_argument("--hash", help="what the archive must hash to, as in sha256:... (fetch)")
