"""A Sphinx extension that sets formulas as MathML with docutils' own converter: no script, no network."""

from __future__ import annotations

from itertools import pairwise
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from mmseg_edu.course.book.spelling import spelled

_APPLY = "\u2061"
_THIN = "0.1667em"
_ROWS = {"math", "mrow", "mtd", "msqrt", "mphantom", "mstyle"}
_RELATIONS = set("=∝≈≡≤≥≠<>∈→⇒⟹⇔⟺∼")
_WIDEST = 52  # characters, about what a line of the page or of A4 paper holds
_BETWEEN_STATEMENTS = 2.0  # em: what separates two statements, \qquad
_SCRIPTS = {"msub", "msup", "msubsup", "munder", "mover", "munderover"}


def to_mathml(formula: str, *, block: bool = False) -> str:
    r"""Turn LaTeX into MathML.

    Parameters
    ----------
    formula : str
        LaTeX, without dollar signs.
    block : bool
        Whether it stands on a line of its own.

    Returns
    -------
    str
        A ``<math>`` element that carries the LaTeX as its text for those who copy or cannot see it.

    Raises
    ------
    ValueError
        If the formula holds something that cannot be set.

    Examples
    --------
    >>> to_mathml(r"\alpha_i").count("<msub>")
    1
    >>> to_mathml(r"\nonsense")
    Traceback (most recent call last):
        ...
    ValueError: cannot set the formula \nonsense: Unknown LaTeX command "\nonsense".
    """
    from docutils.utils.math.latex2mathml import tex2mathml

    try:
        markup = str(tex2mathml(spelled(formula).strip(), as_block=block))
    except (SyntaxError, ValueError, IndexError, KeyError, AttributeError) as problem:
        raise ValueError(f"cannot set the formula {formula.strip()}: {problem}") from problem
    markup = markup.replace("&ApplyFunction;", _APPLY).replace(
        ' xmlns="http://www.w3.org/1998/Math/MathML"', ""
    )
    tree = ElementTree.fromstring(markup)
    _mend(tree)
    if block and _width(tree) > _WIDEST:
        tree[:] = _in_lines(list(tree))
    words = " ".join(formula.split()).replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    done = ElementTree.tostring(tree, encoding="unicode", short_empty_elements=False)
    return done.replace("<math", f'<math alttext="{words}"', 1)


def _mend(parent: Element) -> None:
    """Mend what the converter sets wrong, from the leaves up."""
    for child in list(parent):
        _mend(child)
    for place, child in enumerate(list(parent)):
        parent[place] = _with_script(child)
    if parent.tag == "mi" and parent.text == "′":
        parent.set("mathsize", "140%")  # where no font for formulas is installed a small prime is a speck
    if parent.tag in _ROWS:
        _pair_bars(parent)
        _space_functions(parent)


def _pair_bars(row: Element) -> None:
    """Bars hug what they hold, wherever they stand in the row; a bar between operands stays one."""
    inside, before = False, None
    fixed = False  # what LaTeX calls \lVert keeps its size; a bar after \left grows with what it holds
    for child in row:
        bar = child[0] if child.tag in _SCRIPTS else child
        if bar.tag == "mo" and bar.text in ("|", "‖"):
            alone = before is None or before.tag == "mspace" or not _closes(before)
            opens = not inside and (bar.get("class") == "mathopen" or alone)
            fixed = bar.get("class") == "mathopen" if opens else fixed
            if opens or inside:
                bar.attrib.update({"stretchy": "false"} if fixed else {})
                bar.set("form", "prefix" if opens else "postfix")
            inside = opens
        before = child


def _with_script(script: Element) -> Element:
    r"""A script of an accented letter stands beside it, not below the letter or above the accent."""
    from docutils.utils.math.latex2mathml import accents, over

    marks = {*accents.values(), *(mark for name, (mark, _) in over.items() if name != "overbrace")}
    if script.tag == "munderover" and script[2].tag == "mo" and script[2].text in marks:
        base, below, mark = script
        accented = Element("mover", accent="true")
        accented.extend([base, mark])
        moved = Element("msub")
        moved.extend([accented, below])
        return moved
    if script.tag == "msup" and script[0].tag == "msub":
        moved = Element("msubsup")
        moved.extend([*script[0], script[1]])
        return moved
    return script


def _space_functions(row: Element) -> None:
    r"""A thin space around `\log` and its like, as on paper, unless a bracket or a sign is there."""
    children = [child for child in row if not (child.tag == "mo" and child.text == _APPLY)]
    for before, after in pairwise(children):
        named = _is_function(before) and not _opens(after)
        named = named or (_is_function(after) and _closes(before))
        if named and "mspace" not in (before.tag, after.tag):
            row.insert(list(row).index(after), Element("mspace", width=_THIN))


def _is_function(child: Element) -> bool:
    from docutils.utils.math.latex2mathml import functions

    if child.tag in _SCRIPTS:
        return _is_function(child[0]) or (child.tag == "munder" and child[0].tag == "mtext")
    names = {*functions.values()} - {None}
    long = child.get("mathvariant") == "normal" and len(child.text or "") > 1
    return child.tag == "mi" and (long or child.text in names)


def _opens(child: Element) -> bool:
    """Whether it begins with an operator or a bracket, which brings its own space."""
    while child.tag in {*_ROWS, *_SCRIPTS} and len(child):
        child = child[0]
    return child.tag == "mo" and not (child.text or "").isalpha()


def _closes(child: Element) -> bool:
    """Whether it is an operand or the closing bracket of one."""
    while child.tag in {*_ROWS, *_SCRIPTS} and len(child):
        child = child[-1] if child.tag in _ROWS else child[0]
    return child.tag != "mo" or (child.text or "") in {")", "]", "}", "‖", "⌋", "⌉", "⟩"}


def _width(node: Element) -> float:
    """About how many characters wide it is."""
    inside = [_width(child) for child in node]
    if node.tag in {"mfrac", "munder", "mover", "munderover"}:
        return max(inside)
    if node.tag in _SCRIPTS:
        return inside[0] + 0.7 * max(inside[1:])
    own = len((node.text or "").strip(f" \n{_APPLY}"))
    return sum(inside) + own + 2 * _em(node) + (1.5 if _is_relation(node) else 0)


def _in_lines(inside: list[Element]) -> list[Element]:
    """Break a formula that fits neither page nor paper: between its statements, and in a long one at relations."""
    statements: list[list[Element]] = [[]]
    for child in inside:
        if _em(child) >= _BETWEEN_STATEMENTS:
            statements.append([])
        else:
            statements[-1].append(child)
    rows = [row for statement in statements if statement for row in _rows(statement)]
    if len(rows) < 2:
        return inside
    table = Element("mtable", {"class": "ams-align", "displaystyle": "true"})
    for row in rows:
        line = Element("mtr")
        for content in row:
            cell = Element("mtd")
            cell.extend(content)
            line.append(cell)
        table.append(line)
    return [table]


def _rows(statement: list[Element]) -> list[tuple[list[Element], list[Element]]]:
    """Give each relation of a long chain after the first a line of its own, below the first."""
    pieces: list[list[Element]] = [[]]
    for child in statement:
        if _is_relation(child) and pieces[-1]:
            pieces.append([])
        pieces[-1].append(child)
    if len(pieces) < 3 or sum(map(_width, statement)) <= _WIDEST:
        return [(pieces[0], [each for piece in pieces[1:] for each in piece])]
    return [(pieces[0] if number == 0 else [], piece) for number, piece in enumerate(pieces[1:])]


def _em(node: Element) -> float:
    """How wide a space is, in em; 0 for what is no space."""
    return float(node.get("width", "0em").removesuffix("em")) if node.tag == "mspace" else 0.0


def _is_relation(child: Element) -> bool:
    """Whether it is a relation, perhaps with a number above it."""
    sign = child[0] if child.tag in {"mover", "munder"} and len(child) else child
    return sign.tag == "mo" and (sign.text or "") in _RELATIONS


def _set(translator: Any, node: Any, *, block: bool) -> str:
    try:
        return to_mathml(node.astext(), block=block)
    except ValueError as problem:
        raise ValueError(f"{translator.builder.current_docname}: {problem}") from problem


def _visit_inline(translator: Any, node: Any) -> None:
    from docutils.nodes import SkipNode

    translator.body.append(_set(translator, node, block=False))
    raise SkipNode


def _visit_block(translator: Any, node: Any) -> None:
    from docutils.nodes import SkipNode

    number = f'<span class="eqno">({node["number"]})</span>' if node.get("number") else ""
    translator.body.append(f'<div class="course-math">{number}{_set(translator, node, block=True)}</div>\n')
    raise SkipNode


def setup(app: Any) -> dict[str, bool]:
    """Make "mathml" a value of `html_math_renderer`."""
    app.add_html_math_renderer("mathml", (_visit_inline, None), (_visit_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
