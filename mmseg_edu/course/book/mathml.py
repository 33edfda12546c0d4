"""A Sphinx extension that sets formulas as MathML with docutils' own converter: no script, no network."""

from __future__ import annotations

import re
from typing import Any

# Spellings that lessons use and the converter does not know, with what it does know instead.
_SPELLINGS = (
    (re.compile(r"\\dots[bcmo]?(?![A-Za-z])"), r"\\ldots "),
    (re.compile(r"\\(big|Big|bigg|Bigg)m?(?![A-Za-z])"), r"\\\1l"),
    (re.compile(r"\\middle(?![A-Za-z])"), r"\\bigl"),
    (re.compile(r"\\argmax(?![A-Za-z])"), r"\\arg\\max "),
    (re.compile(r"\\argmin(?![A-Za-z])"), r"\\arg\\min "),
    (re.compile(r"\\stackrel(?![A-Za-z])"), r"\\overset"),
    (
        re.compile(r"\\mathop\s*\{\s*\\(?:mathrm|text|operatorname)\s*\{([^{}]*)\}\s*\}"),
        r"\\operatorname*{\1}",
    ),
    (re.compile(r"\\(begin|end)\{(?:align|gather|equation|multline|split|eqnarray)\*?\}"), r"\\\1{aligned}"),
    (re.compile(r"\\(?:label|tag\*?)\{[^{}]*\}|\\(?:nonumber|notag|displaystyle)(?![A-Za-z])"), ""),
)


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

    text = formula
    for spelling, known in _SPELLINGS:
        text = spelling.sub(known, text)
    try:
        markup = str(tex2mathml(text.strip(), as_block=block))
    except (SyntaxError, ValueError, IndexError, KeyError, AttributeError) as problem:
        raise ValueError(f"cannot set the formula {formula.strip()}: {problem}") from problem
    words = " ".join(formula.split()).replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    return markup.replace("<math ", f'<math alttext="{words}" ', 1)


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
