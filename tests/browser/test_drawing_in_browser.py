"""The script that lets one draw on a picture: pointer and keys in, strokes out, one at a time, none lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from mmseg_edu.play.labelling import _prepared
from mmseg_edu.play.sliders import PIXEL

pytestmark = pytest.mark.slow

# What ipywidgets makes of the tool, without ipywidgets: the picture, the field, and the part with the script. Python
# is played by `taken`, which keeps what comes and empties the field when it is told to.
PAGE = f"""<!doctype html><meta charset=utf-8><body><div class="widget-vbox">
<div class="widget-html">{_prepared("A picture to draw on.")}</div>
<div><img class="widget-image" src="{PIXEL}" style="width:200px;height:100px">
<img class="widget-image" src="{PIXEL}"></div>
<div class="widget-text"><input type="text"></div></div>
<script>
const field = document.querySelector("input");
const taken = [];
field.addEventListener("change", () => taken.push(field.value));
</script>"""


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    page = browser.new_page(viewport={"width": 600, "height": 400})
    page.set_default_timeout(40_000)
    page.set_content(PAGE)
    page.wait_for_selector("canvas")
    yield page
    page.close()


def taken(page: Any, count: int) -> list[str]:
    page.wait_for_function("count => taken.length >= count", arg=count)
    return list(page.evaluate("taken"))


def drag(page: Any, *places: tuple[float, float]) -> None:
    box = page.locator("canvas").bounding_box()
    points = [(box["x"] + x * 2, box["y"] + y) for x, y in places]
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point)
    page.mouse.up()


def points(text: str) -> list[tuple[float, float]]:
    from mmseg_edu.play.strokes import read_points

    return [(round(x), round(y)) for x, y in read_points(text)]


def test_a_drag_is_a_stroke_in_hundredths(page: Any) -> None:
    drag(page, (10, 20), (50, 20), (50, 80))
    assert points(taken(page, 1)[0]) == [(10, 20), (50, 20), (50, 80)]


def test_strokes_wait_until_the_one_before_was_taken(page: Any) -> None:
    for x in (10, 30, 50):
        drag(page, (x, 10), (x, 90))
    assert len(taken(page, 1)) == 1
    for count in (2, 3):
        page.evaluate("field.value = ''")
        assert len(taken(page, count)) == count
    assert [points(each)[0][0] for each in taken(page, 3)] == [10, 30, 50]


def test_keys_draw_and_do_not_reach_the_notebook(page: Any) -> None:
    page.evaluate("document.body.addEventListener('keydown', event => (window.heard += event.key))")
    page.evaluate("window.heard = ''")
    pad = page.get_by_role("application")
    pad.focus()
    for key in ("ArrowLeft", " ", "Shift+ArrowDown", "ArrowRight", " "):
        page.keyboard.press(key if key != " " else "Space")
    assert points(taken(page, 1)[0]) == [(48, 50), (48, 60), (50, 60)]
    page.keyboard.press("Space")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Escape")
    page.evaluate("field.value = ''")
    page.keyboard.press("a")
    page.wait_for_function("() => window.heard.endsWith('a')")
    assert page.evaluate("window.heard") == "Shifta"
    assert len(taken(page, 1)) == 1, "Escape forgets the line"


def test_the_picture_has_its_text_and_the_pad_its_name(page: Any) -> None:
    first, second = page.locator("img.widget-image").all()
    assert first.get_attribute("alt") == "A picture to draw on."
    assert second.get_attribute("alt") == ""
    assert page.locator("span").get_attribute("aria-hidden") == "true"
    assert page.get_by_role("textbox", name="stroke").count() == 1
    assert page.get_by_role("application").get_attribute("tabindex") == "0"
