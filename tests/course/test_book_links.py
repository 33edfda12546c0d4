"""Words that lead somewhere: lessons, and terms of the glossary."""

import pytest

from mmseg_edu.course.book.links import linked, term_anchors, with_anchors

HERE = ["06_measuring_a_mask", "09_product_fusion", "12_graph_cut"]
GLOSSARY = """# Glossary

| term | Chinese | meaning | lesson |
|---|---|---|---|
| Bayes' rule | 贝叶斯公式 | says how | 09_product_fusion |
| mel bank | 梅尔 | filters | 04_mfcc_features |
| capacity | 容量 | the most | 12_graph_cut |
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("**Needs:** 06_measuring_a_mask.", "**Needs:** [06 Measuring a mask](06_measuring_a_mask.ipynb)."),
        ("until lesson 12.", "until [lesson 12](12_graph_cut.ipynb)."),
        ("(Lesson 09 proves it)", "([Lesson 09](09_product_fusion.ipynb) proves it)"),
        (
            "lessons 09, 12 and 13",
            "lessons [09](09_product_fusion.ipynb), [12](12_graph_cut.ipynb) and 13 (to come)",
        ),
        ("lesson 19 tells", "lesson 19 (to come) tells"),
        ("Lesson 42", "Lesson 42"),
        ("[go on](12_graph_cut.ipynb#cut)", "[go on](12_graph_cut.ipynb#cut)"),
        ("[go on](13_fcn.ipynb)", "go on (to come)"),
        ("`lesson 09`, $lesson 09$", "`lesson 09`, $lesson 09$"),
        ("```\nlesson 09\n```", "```\nlesson 09\n```"),
        ("# Lesson 09", "# Lesson 09"),
        ("12_not_a_lesson", "12_not_a_lesson"),
    ],
)
def test_lessons_are_linked_where_prose_names_them(text: str, expected: str) -> None:
    assert linked(text, HERE, {}) == expected


@pytest.mark.parametrize(
    ("text", "anchor"),
    [
        ("by **Bayes' rule**, which", "term-bayes-rule"),
        ("two **mel banks**", "term-mel-bank"),
        ("the **capacities**", "term-capacity"),
        ("a **Mel\nbank**", "term-mel-bank"),
    ],
)
def test_bold_terms_lead_to_the_glossary(text: str, anchor: str) -> None:
    assert f'<a class="course-term" href="glossary.html#{anchor}"><strong>' in linked(
        text, HERE, term_anchors(GLOSSARY)
    )


@pytest.mark.parametrize("text", ["**Capacity:** what", "`**capacity**`", "**no such term**", "***"])
def test_other_bold_words_stay(text: str) -> None:
    assert linked(text, HERE, term_anchors(GLOSSARY)) == text


def test_the_glossary_has_an_anchor_for_every_term_and_leads_to_the_lessons() -> None:
    page = with_anchors(GLOSSARY, HERE)
    for anchor in term_anchors(GLOSSARY).values():
        assert page.count(f'<span id="{anchor}"></span>') == 1
    assert "| [09 Product fusion](09_product_fusion.ipynb) |" in page
    assert "| 04 MFCC features (to come) |" in page
    assert page.count("term-") == 3, "the header is no term"
