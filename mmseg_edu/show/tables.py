"""Small tables: aligned text that a test can compare, and HTML that a browser can read out."""

from __future__ import annotations

import html
import math
import numbers
from collections.abc import Iterable, Sequence
from typing import Any

from mmseg_edu.show.inputs import checked_digits, checked_names, checked_sequence, checked_text


class Table:
    """Rows of text under a header; made by `table`."""

    def __init__(
        self, rows: list[list[str]], header: list[str], numeric: list[bool], title: str | None
    ) -> None:
        self.rows, self.header, self.numeric, self.title = rows, header, numeric, title

    def __repr__(self) -> str:
        widths = [max(len(r[j]) for r in [self.header, *self.rows]) for j in range(len(self.header))]

        def line(cells: Sequence[str]) -> str:
            pairs = zip(cells, widths, self.numeric, strict=True)
            return "  ".join(c.rjust(w) if right else c.ljust(w) for c, w, right in pairs).rstrip()

        rule = "  ".join("-" * w for w in widths)
        return "\n".join(
            [*([self.title] if self.title else []), line(self.header), rule, *map(line, self.rows)]
        )

    def _repr_html_(self) -> str:
        def cell(tag: str, text: str, right: bool) -> str:
            scope = ' scope="col"' if tag == "th" else ""
            style = f"text-align:{'right' if right else 'left'};padding:0.15em 0.8em"
            return f'<{tag}{scope} style="{style}">{html.escape(text)}</{tag}>'

        def row(tag: str, cells: Sequence[str]) -> str:
            return (
                "<tr>" + "".join(cell(tag, c, r) for c, r in zip(cells, self.numeric, strict=True)) + "</tr>"
            )

        caption = (
            f'<caption style="text-align:left">{html.escape(self.title)}</caption>' if self.title else ""
        )
        body = "\n".join(row("td", cells) for cells in self.rows)
        return f"<table>{caption}\n<thead>{row('th', self.header)}</thead>\n<tbody>\n{body}\n</tbody></table>"


def table(
    rows: Iterable[Sequence[Any]], header: Sequence[str], *, title: str | None = None, digits: int = 2
) -> Table:
    """Make a table whose text is the same for the same numbers, so that a test may compare it.

    Parameters
    ----------
    rows : iterable of sequences
        Cells: numbers are rounded and aligned right, everything else is shown as text.
    header : sequence of str
        Names of the columns.
    title : str, optional
        What the table shows.
    digits : int
        Decimals of fractional numbers.

    Returns
    -------
    Table

    Raises
    ------
    ValueError
        If a row has not as many cells as the header.

    Examples
    --------
    >>> table([["mean", 0.541], ["product", 0.879]], ["rule", "mIoU"])
    rule     mIoU
    -------  ----
    mean     0.54
    product  0.88
    """
    given = [checked_sequence(f"row {i}", row) for i, row in enumerate(checked_sequence("rows", rows))]
    names = checked_names("header", header)
    title, digits = checked_text("title", title) or None, checked_digits(digits)
    for i, row in enumerate(given):
        if len(row) != len(names):
            raise ValueError(
                f"row {i} must have {len(names)} cells, as the header {names} has, got {len(row)}: {row}"
            )
    numeric = [bool(given) and all(_is_number(row[j]) for row in given) for j in range(len(names))]
    return Table([[_text(cell, digits) for cell in row] for row in given], names, numeric, title)


def _is_number(cell: Any) -> bool:
    return cell is None or (isinstance(cell, numbers.Real) and type(cell) is not bool)


def _text(cell: Any, digits: int) -> str:
    if cell is None:
        return "-"
    if type(cell) is bool:
        return str(cell)
    if isinstance(cell, numbers.Integral):
        return str(int(cell))
    if isinstance(cell, numbers.Real):
        number = float(cell)
        if math.isnan(number):
            return "-"
        text = f"{number:.{digits}f}"
        return text[1:] if text.startswith("-") and float(text) == 0 else text
    return str(cell)
