"""The book in a real browser, opened from a folder: light and dark, wide and narrow, on paper, and searched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
LESSONS = sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb"))
WIDE, NARROW, A4 = 1280, 390, 718  # CSS pixels; A4 less a centimetre at either side
# Each lesson in one of the four ways, the pages that every reader sees in all of them.
WAYS = [("light", WIDE), ("dark", WIDE), ("light", NARROW), ("dark", NARROW)]
Open = Callable[..., Any]


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("myst_nb")
    from mmseg_edu.course.book import build

    return build(NOTEBOOKS, tmp_path_factory.mktemp("site") / "book").parent


@pytest.fixture
def opened(browser: Any, book: Path) -> Iterator[Open]:
    pages = []

    def open_page(name: str, *, width: int = WIDE, scheme: str = "light", query: str = "") -> Any:
        # Without transitions: halfway from light to dark no colour is the one that readers see.
        page = browser.new_page(
            viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
        )
        page.set_default_timeout(20_000)
        pages.append(page)
        page.goto(f"{(book / name).as_uri()}.html{query}", wait_until="load")
        page.wait_for_function("document.getAnimations().every((each) => each.playState != 'running')")
        return page

    yield open_page
    for page in pages:
        page.close()


@pytest.mark.parametrize(("scheme", "width"), WAYS)
def test_axe_finds_nothing_serious(opened: Open, scheme: str, width: int) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    rules = {"resultTypes": ["violations"], "rules": {"label-content-name-mismatch": {"enabled": True}}}
    lessons = LESSONS[WAYS.index((scheme, width)) :: len(WAYS)]
    for name in ["index", "glossary", *lessons]:
        page = opened(name, width=width, scheme=scheme)
        # To look at each word of the code takes most of the time: one section's colours stand for all.
        parts = [{"exclude": [["pre"]]}, *([{"include": [["#exercises"]]}] if name == lessons[0] else [])]
        runs = [axe.run(page, context=part, options=rules).response["violations"] for part in parts]
        found = [each for run in runs for each in run]
        serious = [each for each in found if each["impact"] in ("serious", "critical")]
        told = [f"{each['id']}: {node['html'][:200]}" for each in serious for node in each["nodes"][:3]]
        assert told == [], name


@pytest.mark.parametrize("name", ["index", "glossary", *LESSONS])
def test_no_page_is_wider_than_a_phone(opened: Open, name: str) -> None:
    page = opened(name, width=NARROW)
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW


def test_the_table_of_the_first_page_is_whole_on_a_phone(opened: Open) -> None:
    box = opened("index", width=NARROW).locator(".course-map table").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= NARROW


def test_figures_and_tables_have_no_slab_in_the_dark(opened: Open) -> None:
    page = opened("09_product_fusion", scheme="dark")
    seen = page.evaluate(
        """() => [...document.querySelectorAll('div.cell_output .text_html')].map((box) => ({
            ground: getComputedStyle(box).backgroundColor,
            padding: [...box.querySelectorAll('img')].map((image) => getComputedStyle(image).padding),
        }))"""
    )
    assert len(seen) > 5
    assert {box["ground"] for box in seen} == {"rgba(0, 0, 0, 0)"}
    assert {padding for box in seen for padding in box["padding"]} == {"0px"}


@pytest.mark.parametrize("name", LESSONS)
def test_on_a_wide_screen_no_formula_must_be_scrolled(opened: Open, name: str) -> None:
    hidden = opened(name).evaluate(
        """() => [...document.querySelectorAll('.course-math')]
            .filter((box) => box.querySelector('math[display=block]') && box.scrollWidth > box.clientWidth)
            .map((box) => box.querySelector('math').getAttribute('alttext'))"""
    )
    assert hidden == []


@pytest.mark.parametrize("name", LESSONS)
def test_on_paper_no_formula_is_cut_and_no_box_is_empty(opened: Open, name: str) -> None:
    page = opened(name, width=A4)
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    cut = page.evaluate(
        """(edge) => [...document.querySelectorAll('.course-math math')]
            .filter((formula) => formula.getBoundingClientRect().right > edge)
            .map((formula) => formula.getAttribute('alttext'))""",
        A4,
    )
    assert cut == []
    for left_out in ("audio", "video", "details.hide:not([open])", ".twin-live"):
        assert not any(each.is_visible() for each in page.locator(left_out).all()), left_out
    assert all(strip.is_visible() for strip in page.locator(".course-twin img").all())
    breaks = page.evaluate(
        "[...document.querySelectorAll('.cell_input')].map((box) => getComputedStyle(box).breakInside)"
    )
    assert set(breaks) == {"avoid"}, "a box that is broken leaves an empty half on one page"


def test_search_from_a_folder_finds_the_lesson_of_that_name_first_with_an_excerpt(opened: Open) -> None:
    page = opened("search", query="?q=product")
    page.get_by_text("Search finished").wait_for()
    first = page.locator("#search-results li").first
    assert "09_product_fusion.html" in first.locator("a").first.get_attribute("href")
    assert first.locator("a").first.inner_text().startswith("09 Product fusion")
    first.locator(".context").wait_for()
    assert "product" in first.locator(".context").inner_text().lower()


def test_a_slider_has_a_name_and_answers_the_keyboard(opened: Open) -> None:
    page = opened("09_product_fusion")
    slider = page.get_by_role("slider").first
    slider.wait_for()
    question = page.locator(".twin-question").first.inner_text()
    assert question
    assert page.get_by_role("slider", name=question).count() == 1
    picture = page.locator(".course-twin canvas").first
    before = picture.get_attribute("aria-label")
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert picture.get_attribute("aria-label") != before


def test_a_solution_opens_with_a_click_code_and_output_together(opened: Open) -> None:
    page = opened("09_product_fusion")
    folded = page.locator("details.hide").first
    inside = folded.locator(".cell_output").first
    assert not inside.is_visible()
    folded.locator("summary").click()
    assert inside.is_visible()
    assert folded.locator(".cell_input").first.is_visible()
