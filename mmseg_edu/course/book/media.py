"""Pictures and files that prose names: attachments and what lies beside a lesson, put where its page finds them."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

FIGURES = "_static/figures"
_CODE = r"(?P<code>```.*?```|~~~.*?~~~|``.*?``|`[^`\n]*`)"
_IMAGE = r"(?P<alt>!\[[^\]]*\]\()(?P<target><[^>\n]*>|[^)\s]+)(?P<title>\s+[\"'(][^\n]*?[\"')])?\)"
_HTML = r"(?P<tag><(?:img|video|audio|source)\b[^>]*?\bsrc\s*=\s*)(?P<quote>[\"'])(?P<src>[^\"']*)(?P=quote)"
_SHOWN = re.compile(f"{_CODE}|{_IMAGE}|{_HTML}", re.S | re.I)
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\((<[^>\n]*>|[^)\s]+)")
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|[#/]", re.I)


def with_media(text: str, folder: Path, out: Path, place: str, attachments: Mapping[str, Any]) -> str:
    """Return prose whose pictures the book has: they are copied to `out`, and so are files that prose links to.

    Parameters
    ----------
    text : str
        Markdown of a cell.
    folder : path
        Where the lesson lies.
    out : path
        Where its page will lie.
    place : str
        The cell, for an error.
    attachments : mapping
        What was pasted into the cell: name to {type: base64}.

    Raises
    ------
    ValueError
        If a picture was pasted into another cell, or is not there.
    """
    for found in _LINK.finditer(text):
        _beside(found[1].strip("<>"), folder, out)

    def shown(found: re.Match[str]) -> str:
        if found["code"]:
            return found[0]
        target = (found["target"] or found["src"]).strip("<>")
        stored = _stored(target, folder, out, place, attachments, plain=bool(found["src"]))
        if stored is None:
            return found[0]
        if found["src"]:
            return f"{found['tag']}{found['quote']}{stored}{found['quote']}"
        return f"{found['alt']}{stored}{found['title'] or ''})"

    return _SHOWN.sub(shown, text)


def decoded(content: str, what: str) -> bytes:
    """Return the bytes of a picture, or say which one is damaged."""
    try:
        return base64.b64decode(content)
    except ValueError as error:
        raise ValueError(f"{what} that must be base64, got {error}: put it in again") from error


def write_figure(content: bytes, out: Path, ending: str = ".png") -> str:
    """Write a picture under a name made of what it shows, and return where it lies in the book."""
    name = f"{hashlib.sha256(content).hexdigest()[:16]}{ending}"
    (out / FIGURES / name).write_bytes(content)
    return f"{FIGURES}/{name}"


def _stored(
    target: str, folder: Path, out: Path, place: str, attachments: Mapping[str, Any], *, plain: bool
) -> str | None:
    """Where a picture lies in the book, None when what the text says will do."""
    if target.lower().startswith("attachment:"):
        name = unquote(target.partition(":")[2])
        for kind, content in attachments.get(name, {}).items():
            ending = re.sub(r"\W", "", kind.partition("/")[2].partition("+")[0])
            return write_figure(decoded(content, f"{place} has an attachment, {name},"), out, f".{ending}")
        raise ValueError(
            f"{place} shows {name}, which is not attached to it: paste the picture into this cell"
        )
    if not target or _ELSEWHERE.match(target):
        return None
    file = folder / unquote(target.partition("?")[0])
    if file.is_file():
        # Sphinx finds no picture whose name must be written with %, and knows nothing of those in HTML.
        odd = plain or not re.fullmatch(r"[\w./-]+", target, re.A)
        return write_figure(file.read_bytes(), out, file.suffix.lower()) if odd else None
    raise ValueError(f"{place} shows {target}, which is not beside the lesson: put it there, or leave it out")


def _beside(target: str, folder: Path, out: Path) -> None:
    """Copy a file that prose links to, so that the page can offer it."""
    if _ELSEWHERE.match(target):
        return
    file = Path(unquote(target.partition("#")[0]))
    inside = (folder / file).resolve().is_relative_to(folder.resolve())
    if inside and file.suffix not in (".ipynb", ".md", "") and (folder / file).is_file():
        (out / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / file, out / file)
