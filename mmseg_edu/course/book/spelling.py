r"""LaTeX as lessons write it -> the spellings of it that docutils' converter sets right.

The converter refuses what it does not know, and gets some of what it does know wrong: `\tfrac12` becomes twelve over
whatever comes next, `x^12` a twelfth power, a label under a brace a subscript beside it. Here every argument
gets its braces, and such pieces are written another way.
"""

from __future__ import annotations

import re

# Commands, and how many arguments follow them.
_ARGUMENTS = {
    **dict.fromkeys(("frac", "dfrac", "tfrac", "cfrac", "binom", "dbinom", "tbinom"), 2),
    **dict.fromkeys(("overset", "underset", "stackrel"), 2),
    **dict.fromkeys(("sqrt", "boldsymbol", "overline", "underline", "underbrace", "overbrace"), 1),
    **dict.fromkeys(
        ("hat", "bar", "tilde", "vec", "dot", "ddot", "widehat", "widetilde", "check", "breve"), 1
    ),
}
_VERBATIM = {"text", "textrm", "mbox", "mathrm", "operatorname", "begin", "end", "hspace"}
_OPENING = {"(", "[", r"\{", r"\lbrace", r"\lfloor", r"\lceil", r"\langle", r"\lVert", r"\lvert"}
_CLOSING = {")", "]", r"\}", r"\rbrace", r"\rfloor", r"\rceil", r"\rangle", r"\rVert", r"\rvert"}
_TOKEN = re.compile(r"\\[A-Za-z]+\*?|\\.|.", re.S)
_SPELLINGS = (
    (re.compile(r"\\dots[bcmo]?(?![A-Za-z])"), r"\\ldots "),
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


def spelled(formula: str) -> str:
    r"""Write a formula the way that docutils' converter sets right.

    Parameters
    ----------
    formula : str
        LaTeX, without dollar signs.

    Returns
    -------
    str
        LaTeX that means the same.

    Raises
    ------
    ValueError
        If a brace, a `\\left` or a norm bar has no partner, an argument is missing, or a script follows ``\overset``.

    Examples
    --------
    >>> spelled(r"\tfrac12 x^12")
    '\\tfrac{1}{2} x^{1}2'
    >>> spelled(r"\underbrace{a + b}_{\text{data}}")
    '\\underset{\\text{data}}{\\underbrace{a + b}}'
    """
    for spelling, known in _SPELLINGS:
        formula = spelling.sub(known, formula)
    return _Reader(formula).all()


class _Reader:
    """Reads a formula from left to right, one token at a time."""

    def __init__(self, text: str) -> None:
        self.tokens: list[str] = _TOKEN.findall(text)
        self.place = 0

    def all(self) -> str:
        """Everything that is left, rewritten; norm bars open and close in turn."""
        written, norms = [], 0
        while self.place < len(self.tokens):
            if self.tokens[self.place] == r"\|":
                self.place, norms = self.place + 1, norms + 1
                written.append(r"\lVert " if norms % 2 else r"\rVert ")
            else:
                written.append(self.piece())
        if norms % 2:
            raise ValueError(r"every \| needs its partner: write \lVert and \rVert")
        if self.tokens.count(r"\left") != self.tokens.count(r"\right"):
            raise ValueError(r"every \left needs its \right in the same braces: write \right. for none")
        return "".join(written)

    def piece(self) -> str:
        """The next token with whatever belongs to it."""
        token = self.take()
        if token == "{":
            return f"{{{self.group()}}}"
        if token == "}":
            raise ValueError("a closing brace has no opening one")
        if token in ("^", "_"):
            return token + self.argument(token)
        if token == "'":
            return self.primes()
        return self.command(token) if token.startswith("\\") else token

    def command(self, token: str) -> str:
        name = token[1:]
        if token == r"\operatorname*":
            return self.labelled("_", rf"\text{self.argument(token)}".replace(r"\,", " "), r"\underset")
        if name in _VERBATIM:
            self.spaces()
            return f"{token}{{{self.raw_group()}}}" if self.peek() == "{" else token
        if name in ("left", "right"):
            return token + self.delimiter()
        if sized := re.fullmatch(r"(big|Big|bigg|Bigg)([lrm]?)|middle", name):
            return _sized(sized[1] or "big", sized[2] or "", self.delimiter())
        if name not in _ARGUMENTS:
            return token
        option = self.option() if name == "sqrt" else ""
        whole = token + option + "".join(self.argument(token) for _ in range(_ARGUMENTS[name]))
        if name in ("underbrace", "overbrace"):
            mark, over = ("_", r"\underset") if name == "underbrace" else ("^", r"\overset")
            return self.labelled(mark, whole, over)
        if name == "overset" and self.next_is("_", "^"):
            raise ValueError(
                r"a script after \overset{}{} is set in the wrong place: put it inside the braces"
            )
        return whole

    def labelled(self, mark: str, base: str, over: str) -> str:
        """A base with its label above or below, where there is one."""
        if not self.next_is(mark):
            return base
        self.take()
        return f"{over}{self.argument(mark)}{{{base}}}"

    def argument(self, of: str) -> str:
        """The next argument, in braces."""
        self.spaces()
        if self.place == len(self.tokens) or self.peek() == "}":
            raise ValueError(f"{of} needs an argument: write it in braces")
        if self.peek() == "{":
            return self.piece()
        return f"{{{self.piece().strip()}}}"

    def primes(self) -> str:
        count = 1
        while self.peek() == "'":
            self.place, count = self.place + 1, count + 1
        above = ""
        if self.next_is("^"):
            self.take()
            above = self.argument("^")
        return "^{" + r"\prime " * count + above + "}"

    def delimiter(self) -> str:
        self.spaces()
        found = self.take() if self.peek() else "."
        # A command must not run into the letter after it; the converter wants "\Vert", not "\|".
        return {r"\|": r"\Vert "}.get(found, f"{found} " if found[1:].isalpha() else found)

    def option(self) -> str:
        if not self.next_is("["):
            return ""
        if "]" not in self.tokens[self.place :]:
            raise ValueError("an opening bracket has no closing one")
        end = self.tokens.index("]", self.place)
        taken, self.place = "".join(self.tokens[self.place : end + 1]), end + 1
        return taken.strip()

    def group(self) -> str:
        """What a brace that was just opened holds, rewritten; its closing brace is taken."""
        return _Reader(self.inside()).all()

    def raw_group(self) -> str:
        self.take()
        return self.inside()

    def inside(self) -> str:
        begun, depth = self.place, 1
        while depth:
            if self.place == len(self.tokens):
                raise ValueError("an opening brace has no closing one")
            depth += {"{": 1, "}": -1}.get(self.take(), 0)
        return "".join(self.tokens[begun : self.place - 1])

    def take(self) -> str:
        self.place += 1
        return self.tokens[self.place - 1]

    def peek(self) -> str:
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def spaces(self) -> None:
        while self.peek().isspace():
            self.place += 1

    def next_is(self, *tokens: str) -> bool:
        """Whether one of these is next; spaces before it are passed over, otherwise they stay."""
        here = self.place
        self.spaces()
        if self.peek() in tokens:
            return True
        self.place = here
        return False


def _sized(size: str, side: str, delimiter: str) -> str:
    r"""A large delimiter: the converter knows `\bigl` and `\bigr`, which must come in pairs."""
    if side in ("", "m"):
        bare = delimiter.strip()
        side = "l" if bare in _OPENING else "r" if bare in _CLOSING else ""
    return rf"\{size}{side}{delimiter}" if side else rf"\{size}l{delimiter}\{size}r."
