"""Formulas: what a reader sees is what LaTeX would set."""

import re
from xml.etree import ElementTree

import pytest

from mmseg_edu.course.book.mathml import to_mathml

pytest.importorskip("docutils")

# What the tags mean when a formula is written on one line.
SHOWN = {
    "msub": "{0}_{1}",
    "msup": "{0}^{1}",
    "msubsup": "{0}_{1}^{2}",
    "munder": "{0}.below.{1}",
    "mover": "{0}.above.{1}",
    "munderover": "{0}.below.{1}.above.{2}",
    "mfrac": "({0})/({1})",
    "msqrt": "root({0})",
    "mspace": "~",
}


def shown(node: ElementTree.Element) -> str:
    """Write MathML as text that shows its structure."""
    parts = [shown(child) for child in node]
    if node.tag in SHOWN:
        return SHOWN[node.tag].format(*parts)
    return (node.text or "").strip(" \n\u2061") + "".join(parts)


def set_as(formula: str) -> str:
    return shown(ElementTree.fromstring(to_mathml(formula)))


@pytest.mark.parametrize(
    "formula",
    [
        r"P(k \mid f_1, \dots, f_n) \;\propto\; P(k)^{\,1-n} \prod_{i=1}^{n} P(k \mid f_i)",
        r"S = \arg\max_S \sum_{x \in S} P(x \mid F(x))",
        r"\operatorname*{arg\,max}_k p_k, \quad \mathop{\mathrm{argmin}}_k",
        r"w_{xy} = \exp\big(-\beta \lVert I_x - I_y \rVert^2\big)",
        r"\Big[ l_x \ne l_y \Big] \in \{0, 1\}",
        r"\begin{align*} a &= b \\ c &= d \end{align*}",
        r"\frac{|A \cap B|}{|A \cup B|} \stackrel{!}{=} \mathrm{IoU}",
        r"\mathbf{x} \in \mathbb{R}^{H \times W}, \hat y, \bar y, \tilde y, \boldsymbol{\alpha}",
        r"\sqrt{x} + \binom{n}{k} + \log_{10} x + \lfloor x \rfloor",
        r"p = 95\,\%",
    ],
)
def test_formulas_of_the_lessons_can_be_set(formula: str) -> None:
    for block in (False, True):
        markup = to_mathml(formula, block=block)
        assert markup.startswith("<math alttext=")
        assert "merror" not in markup


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (r"1 / (2 \cdot \tfrac12) = 1", "1/(2⋅(1)/(2))=1"),  # once "12 over )"
        (r"\frac ab", "(a)/(b)"),
        (r"\dfrac1{n}", "(1)/(n)"),
        (r"\frac\alpha\beta", "(α)/(β)"),
        (r"\sqrt 12", "root(1)2"),
        (r"x^12", "x^12"),
        (r"x^\frac12", "x^(1)/(2)"),
        (r"x_\text{so}", "x_so"),
        (r"\underbrace{a + b}_{\text{data}}", "a+b.below.⏟.below.data"),
        (r"\overbrace{a + b}^{n}", "a+b.above.⏞.above.n"),
        (r"\underbrace{a}", "a.below.⏟"),
        (r"\hat p_i", "p.above.ˆ_i"),  # once i below the letter
        (r"\hat{p}_i^2", "p.above.ˆ_i^2"),
        (r"\bar{x}^2_{ij}", "x.above.ˉ_ij^2"),
        (r"\widehat{ab}_i", "ab.above.^_i"),
        (r"\max_i^n x", "max.below.i.above.nx"),  # limits are no accents
        (r"\log p", "log~p"),  # once "logp"
        (r"p \log p", "p~log~p"),
        (r"-\log p_i", "−log~p_i"),
        (r"\log_{10} x", "log_10~x"),
        (r"\log(p) + \exp\big(-x\big)", "log(p)+exp(−x)"),
        (r"\log \frac{p}{q}", "log~(p)/(q)"),
        (r"(a) \log\, b", "(a)~log~b"),
        (r"\operatorname{Var} x", "Var~x"),
        (r"\arg\max_S x", "arg~max.below.Sx"),
        (r"\operatorname*{arg\,max}_k p", "arg max.below.k~p"),  # once "* arg max" with k beside it
        (r"P'_i", "P_i^′"),
        (r"V''^2", "V^′′2"),
        (r"\frac{\big(a\big)}{b}", "((a))/(b)"),
        (r"\big| a \big|", "|a|"),
        (r"\text{as $x^12$ is}", "as\xa0x^12\xa0is"),
    ],
)
def test_formulas_mean_what_they_say(formula: str, expected: str) -> None:
    assert set_as(formula) == expected


def test_x_to_the_one_two_is_not_x_to_the_twelfth() -> None:
    assert re.sub(r"\s", "", to_mathml("x^12")).endswith("<msup><mi>x</mi><mn>1</mn></msup><mn>2</mn></math>")
    assert "<mn>12</mn>" in to_mathml("x^{12}")


@pytest.mark.parametrize(
    ("formula", "forms"),
    [
        (r"2 \|A\|^2 x", "><"),
        (r"2 \lVert A \rVert^2 x", "><"),
        (r"\left\|A\right\|", "><"),
        (r"|A| + |B|^2 = 1", "><><"),
        (r"2\,|A \cap B| x", "><"),
        (r"\log |x|", "><"),
        (r"P(a|b) + P(c|d)", "--"),  # given: no bars of a norm
    ],
)
def test_bars_open_and_close(formula: str, forms: str) -> None:
    tree = ElementTree.fromstring(to_mathml(formula))
    bars = [bar.get("form", "-") for bar in tree.iter("mo") if bar.text in ("|", "‖")]
    assert "".join({"prefix": ">", "postfix": "<"}.get(form, "-") for form in bars) == forms


@pytest.mark.parametrize(
    ("formula", "grows"), [(r"\|\frac{a}{b}\|", False), (r"\left\|\frac{a}{b}\right\|", True)]
)
def test_bars_grow_only_after_left(formula: str, grows: bool) -> None:
    bars = [bar for bar in ElementTree.fromstring(to_mathml(formula)).iter("mo") if bar.text == "‖"]
    assert [bar.get("stretchy") != "false" for bar in bars] == [grows, grows]


CHAIN = (
    r"P(k \mid f_1, \dots, f_n) \;\overset{(1)}{\propto}\; P(k)\, P(f_1, \dots, f_n \mid k)"
    r" \;\overset{(2)}{=}\; P(k) \prod_{i} P(f_i \mid k) = P(k)^{1-n} \prod_{i} P(k \mid f_i)"
)


def test_a_long_chain_of_relations_has_a_line_for_each() -> None:
    rows = ElementTree.fromstring(to_mathml(CHAIN, block=True)).findall("mtable/mtr")
    assert [shown(row[1]).lstrip("~")[0] for row in rows] == ["∝", "=", "="]
    assert shown(rows[0][0]).startswith("P(k")
    assert [len(row[0]) for row in rows[1:]] == [0, 0]


def test_statements_too_long_for_one_line_get_one_each_and_stay_whole() -> None:
    several = (
        r"P = \text{a rather long name} = \frac{1}{2} \qquad R = \text{another long name} = x \qquad D = 2"
    )
    rows = ElementTree.fromstring(to_mathml(several, block=True)).findall("mtable/mtr")
    assert ["".join("".join(cell.itertext()).split()) for row in rows for cell in row] == [
        "P",
        "=aratherlongname=12",
        "R",
        "=anotherlongname=x",
        "D",
        "=2",
    ]
    assert ElementTree.fromstring(to_mathml(r"a = 1 \qquad b = 2", block=True)).find("mtable") is None


def test_a_chain_beside_a_statement_is_broken_too() -> None:
    rows = ElementTree.fromstring(to_mathml(CHAIN + r" \qquad b = 2", block=True)).findall("mtable/mtr")
    alone = ElementTree.fromstring(to_mathml(CHAIN, block=True)).findall("mtable/mtr")
    assert len(rows) == len(alone) + 1


@pytest.mark.parametrize("formula", [r"a = b = c", CHAIN.split(r"\;\overset{(2)}")[0]])
def test_a_short_formula_or_a_single_relation_stays_on_its_line(formula: str) -> None:
    assert ElementTree.fromstring(to_mathml(formula, block=True)).find("mtable") is None
    assert ElementTree.fromstring(to_mathml(CHAIN)).find("mtable") is None, "nor does one within a sentence"


@pytest.mark.parametrize(
    ("formula", "says"),
    [
        (r"\|a", "needs its partner"),
        (r"\left( a", r"every \\left needs its \\right"),
        ("{a", "an opening brace has no closing one"),
        ("a}", "a closing brace has no opening one"),
        (r"\frac1", r"\\frac needs an argument"),
        (r"x^", r"\^ needs an argument"),
        (r"{\sqrt}", r"\\sqrt needs an argument"),
        (r"\sqrt[3", "an opening bracket has no closing one"),
        (r"\overset{a}{b}_c", r"a script after \\overset"),
        (r"\nonsense", "Unknown LaTeX command"),
        (r"\begin{array}{l} a", "not supported"),
    ],
)
def test_what_cannot_be_set_right_is_refused(formula: str, says: str) -> None:
    with pytest.raises(ValueError, match=rf"(?s)cannot set the formula .*{says}"):
        to_mathml(formula)
