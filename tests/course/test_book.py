"""The book: it needs no network, hides what it should, says what pictures show, names what is wrong."""

from __future__ import annotations

import base64
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from mmseg_edu import play, show
from mmseg_edu.course import book
from mmseg_edu.course.book import build

pytest.importorskip("myst_nb")

WIDGET = "application/vnd.jupyter.widget-view+json"
LESSON = r"""# Whom should we trust?

Two witnesses say $P(k \mid f_i)$. Go on to [product fusion](09_product_fusion.ipynb), back to
[the start](00_start_here.ipynb#question).

$$F(x) = \sum_{i=1}^{n} \alpha_i f_i(x) \qquad \hat S = \arg\max_S \prod_{x \in S} P(x \mid F(x))$$

## By hand

$$E = \begin{cases} -\log p & \text{if } x > 0 \\ \infty & \text{otherwise} \end{cases}$$

| symbol | in code |
|---|---|
| $\alpha_i$ | `alpha` |
"""


def picture() -> Any:
    data, about = show.images(np.eye(8), alt='A "white" diagonal.')._repr_mimebundle_()
    return new_output("display_data", data=data, metadata=about)


def slider() -> Any:
    moved = play.slider(
        lambda alpha: np.full((8, 8), alpha), alt="A square gets lighter.", question="When is it white?",
        alpha=(0.0, 1.0),
    )  # fmt: skip
    data, about = moved._repr_mimebundle_()
    return new_output("display_data", data={**data, WIDGET: {"model_id": "0"}}, metadata=about)


def sound() -> Any:
    player = play.sound(np.sin(np.arange(4000) / 5), 8000, alt="A tone.")
    return new_output("display_data", data={"text/html": player._repr_html_(), "text/plain": repr(player)})


def lesson(*extra: Any) -> Any:
    cells = [
        new_markdown_cell(LESSON),
        new_markdown_cell("Take 20 minutes for this.", metadata={"tags": ["instructor"]}),
        new_code_cell("seed = 0", metadata={"tags": ["parameters"]}),
        new_code_cell("show.images(eye)", outputs=[picture()]),
        new_code_cell("play.slider(draw)", outputs=[slider()], metadata={"tags": ["widget"]}),
        new_code_cell("play.sound(tone)", outputs=[sound()]),
        new_markdown_cell("## Exercises"),
        new_code_cell("def mine(): ...", metadata={"tags": ["exercise"], "exercise": "08.1"}),
        new_code_cell(
            "def mine():\n    return 'a hidden answer'",
            outputs=[new_output("stream", name="stdout", text="right\n")],
            metadata={"tags": ["solution"], "exercise": "08.1", "jupyter": {"source_hidden": True}},
        ),
        *extra,
    ]
    about = {"lesson": "08_weighted_fusion", "read_minutes": 30}
    return new_notebook(cells=cells, metadata={"mmseg_edu": about, "widgets": {"state": {}}})


def put(folder: Path, nb: Any, name: str = "08_weighted_fusion") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(nb, folder / f"{name}.ipynb")
    return folder


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    root = tmp_path_factory.mktemp("book")
    source = put(root / "notebooks", lesson())
    start = new_notebook(cells=[new_markdown_cell("# Start\n\n## Question\n\nWhich one sounds?")])
    put(source, start, "00_start_here")
    rows = (
        "| **prior** | 先验 | what one believes before | 08_weighted_fusion |\n| x | y | z | 12_graph_cut |\n"
    )
    text = f"# Glossary\n\n| term | Chinese | meaning | lesson |\n|---|---|---|---|\n{rows}"
    (source / "glossary.md").write_text(text, encoding="utf-8")
    before = {path.name: path.read_bytes() for path in source.iterdir()}
    first = build(source, root / "out")
    assert first == root / "out" / "index.html"
    assert before == {path.name: path.read_bytes() for path in source.iterdir()}
    return source, root / "out"


@pytest.fixture(scope="module")
def page(folders: tuple[Path, Path]) -> BeautifulSoup:
    return BeautifulSoup((folders[1] / "08_weighted_fusion.html").read_text(encoding="utf-8"), "html.parser")


def test_nothing_is_loaded_from_the_network(folders: tuple[Path, Path]) -> None:
    for path in folders[1].rglob("*.html"):
        soup = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        loads = [tag.get("src") for tag in soup.find_all(src=True)]
        loads += [tag.get("href") for tag in soup.find_all("link", href=True)]
        for load in loads:
            assert not re.match(r"(https?:)?//", load), (path.name, load)
            if not load.startswith(("data:", "#")):
                assert (path.parent / re.split(r"[?#]", load)[0]).exists(), (path.name, load)
        for script in soup.find_all("script"):
            assert "require.min.js" not in str(script)
            assert "mathjax" not in str(script).lower()
    for path in folders[1].rglob("*.css"):
        assert not re.search(r"(url\(|@import)\s*[\"']?(https?:)?//", path.read_text(encoding="utf-8")), path


def test_links_between_pages_lead_somewhere(folders: tuple[Path, Path]) -> None:
    for path in folders[1].glob("*.html"):
        soup = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        for link in soup.find_all("a", href=True):
            target = link["href"].split("#")[0]
            if target and not re.match(r"[a-z]+:", target):
                assert (path.parent / target).exists(), (path.name, link["href"])


def test_links_to_lessons_yet_to_be_written_become_words(page: BeautifulSoup) -> None:
    assert "Go on to product fusion (to come)" in page.text
    assert page.find("a", href="00_start_here.html#question") is not None


def test_formulas_are_mathml(page: BeautifulSoup) -> None:
    formulas = page.find_all("math")
    assert len(formulas) == 4
    assert r"\arg\max_S" in formulas[1]["alttext"]
    assert formulas[1]["display"] == "block"
    assert "\\(" not in page.text


def test_pictures_carry_their_alternative_text(page: BeautifulSoup) -> None:
    for image in page.find_all("img"):
        assert image.has_attr("alt")
    figures = page.find_all("img", class_="course-figure")
    assert [f["alt"] for f in figures] == ['A "white" diagonal.', "A square gets lighter."]
    assert figures[0]["width"] == "188"


def test_a_slider_becomes_its_static_twin(page: BeautifulSoup, folders: tuple[Path, Path]) -> None:
    twin = page.find(class_="course-twin")
    assert twin is not None
    assert "alpha = 0.35" in twin["data-twin"]
    assert "When is it white?" in twin["data-twin"]
    assert (folders[1] / twin.img["src"]).exists()
    scripts = [script.get("src", "") for script in page.find_all("script")]
    assert any("twin.js" in src for src in scripts)
    assert WIDGET not in str(page)


def test_sounds_play_from_the_page(page: BeautifulSoup) -> None:
    audio = page.find("audio")
    assert audio is not None
    assert audio["aria-label"] == "A tone."
    assert base64.b64decode(audio["src"].split(",")[1])[:4] == b"\x1aE\xdf\xa3"  # a WebM file begins so


def test_solutions_wait_behind_a_click_and_instructors_notes_are_absent(page: BeautifulSoup) -> None:
    details = page.find_all("details", class_="hide")
    assert len(details) == 1
    assert "Show solution" in details[0].summary.text
    assert "a hidden answer" in details[0].text
    assert "right" in details[0].find(class_="output").text, "what the solution shows is folded with it"
    assert "right" not in page.text.replace(details[0].text, "")
    assert not details[0].has_attr("open")
    assert "20 minutes" not in page.text


def test_the_first_page_is_the_map_of_the_course(folders: tuple[Path, Path]) -> None:
    first = BeautifulSoup((folders[1] / "index.html").read_text(encoding="utf-8"), "html.parser")
    rows = [[cell.text.strip() for cell in row.find_all("td")] for row in first.find_all("tr")][1:]
    assert len(rows) == 21
    assert rows[8] == ["08 Weighted fusion", "Whom should we trust, and how much?", "06", "30 min"]
    assert rows[9][0] == "09 Product fusion (to come)"
    assert first.find("a", href="08_weighted_fusion.html") is not None


def test_the_first_page_says_what_this_is_and_where_to_begin(folders: tuple[Path, Path]) -> None:
    first = BeautifulSoup((folders[1] / "index.html").read_text(encoding="utf-8"), "html.parser")
    begin = first.find("a", class_="course-begin")
    assert (begin.text, begin["href"]) == ("Begin here: 00 Start here", "00_start_here.html")
    assert "For whom." in first.text
    assert "What you need." in first.text
    [cover] = first.find_all("img", class_="course-figure")
    assert cover["alt"] == 'A "white" diagonal.'


def test_tab_previous_and_next_carry_number_topic_and_question(
    folders: tuple[Path, Path], page: BeautifulSoup
) -> None:
    assert page.title.text.startswith("08 Weighted fusion: Whom should we trust?")
    assert page.select_one("article h1").text.startswith("Whom should we trust?"), (
        "the page itself asks its question"
    )
    assert page.find(class_="course-line").text.startswith("Lesson 08 Weighted fusion")
    start = BeautifulSoup((folders[1] / "00_start_here.html").read_text(encoding="utf-8"), "html.parser")
    assert "08 Weighted fusion: Whom" in start.find("a", class_="right-next").text
    assert "00 Start" in page.find("a", class_="left-prev").text


def test_each_page_offers_its_notebook_without_notes_and_outputs(
    folders: tuple[Path, Path], page: BeautifulSoup
) -> None:
    link = page.find("a", download=True)
    assert link["download"] == "08_weighted_fusion.ipynb"
    nb = nbformat.read(folders[1] / link["href"], as_version=4)
    nbformat.validate(nb)
    code = [cell for cell in nb.cells if cell.cell_type == "code"]
    assert "seed = 0" in code[0].source
    assert [cell.outputs for cell in code] == [[]] * len(code)
    assert not any("instructor" in cell.metadata.get("tags", []) for cell in nb.cells)


def test_terms_and_lessons_are_links(tmp_path: Path, folders: tuple[Path, Path]) -> None:
    source = put(
        tmp_path / "notebooks", lesson(new_markdown_cell("The **prior** of lesson 00. See lesson 13."))
    )
    put(source, new_notebook(cells=[new_markdown_cell("# Start\n\n## Question")]), "00_start_here")
    (source / "glossary.md").write_bytes((folders[0] / "glossary.md").read_bytes())
    build(source, tmp_path / "out")
    soup = BeautifulSoup(
        (tmp_path / "out/08_weighted_fusion.html").read_text(encoding="utf-8"), "html.parser"
    )
    term = soup.find("a", class_="course-term")
    assert (term.text, term["href"]) == ("prior", "glossary.html#term-prior")
    glossary = BeautifulSoup((tmp_path / "out/glossary.html").read_text(encoding="utf-8"), "html.parser")
    assert glossary.find(id="term-prior") is not None
    assert any(link.text == "lesson 00" for link in soup.find_all("a", href="00_start_here.html"))
    assert "lesson 13 (to come)" in soup.text


def test_no_source_map_is_in_the_folder(folders: tuple[Path, Path]) -> None:
    assert list(folders[1].rglob("*.map")) == []


def test_a_player_leaves_its_picture_on_paper(tmp_path: Path) -> None:
    data, about = show.images(np.eye(8), alt="A frame.")._repr_mimebundle_()
    video = '<video controls aria-label="A clip." src="data:video/webm;base64,AAAA"></video>'
    clip = new_output("display_data", data={**data, "text/html": video}, metadata=about)
    build(put(tmp_path / "notebooks", lesson(new_code_cell("clip", outputs=[clip]))), tmp_path / "out")
    soup = BeautifulSoup(
        (tmp_path / "out/08_weighted_fusion.html").read_text(encoding="utf-8"), "html.parser"
    )
    assert soup.find("video") is not None
    assert soup.find(class_="course-paper").img["alt"] == "A frame."


def test_previous_and_next_follow_the_course(folders: tuple[Path, Path]) -> None:
    soup = BeautifulSoup((folders[1] / "00_start_here.html").read_text(encoding="utf-8"), "html.parser")
    assert soup.find("a", class_="right-next")["href"] == "08_weighted_fusion.html"
    assert soup.find("a", class_="left-prev")["href"] == "index.html"


def test_search_finds_words_of_a_lesson_without_a_server(folders: tuple[Path, Path]) -> None:
    index = (folders[1] / "searchindex.js").read_text(encoding="utf-8")
    assert index.startswith("Search.setIndex(")
    assert "symbol" in index
    assert "20 minut" not in index


def test_the_glossary_links_to_lessons_that_are_there(folders: tuple[Path, Path]) -> None:
    soup = BeautifulSoup((folders[1] / "glossary.html").read_text(encoding="utf-8"), "html.parser")
    cells = [row.find_all("td")[-1] for row in soup.find_all("tr")[1:]]
    assert cells[0].a["href"] == "08_weighted_fusion.html"
    assert (cells[1].text.strip(), cells[1].a) == ("12 Graph cut (to come)", None)


def test_the_instructor_s_book_has_the_notes(tmp_path: Path) -> None:
    source = put(tmp_path / "notebooks", lesson())
    build(source, tmp_path / "out", edition="instructor")
    soup = BeautifulSoup(
        (tmp_path / "out/08_weighted_fusion.html").read_text(encoding="utf-8"), "html.parser"
    )
    note = soup.find("details", class_="course-note")
    assert "20 minutes" in note.text
    # a former book is replaced, anything else is not
    (tmp_path / "out" / "stale.html").touch()
    build(put(tmp_path / "one", new_notebook(cells=[new_markdown_cell("No heading.")])), tmp_path / "out")
    assert not (tmp_path / "out" / "stale.html").exists()
    only = BeautifulSoup(
        (tmp_path / "out/08_weighted_fusion.html").read_text(encoding="utf-8"), "html.parser"
    )
    assert only.select_one("article h1").text.startswith("08 Weighted fusion")


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    source = put(tmp_path / "notebooks", lesson())
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "diary.txt").write_text("dear diary")
    with pytest.raises(ValueError, match="must be empty or hold a former book"):
        build(source, tmp_path / "out")
    assert (tmp_path / "out" / "diary.txt").exists()


def test_a_picture_without_alternative_text_is_refused(tmp_path: Path) -> None:
    bare = new_output("display_data", data={"image/png": base64.b64encode(b"x").decode()})
    source = put(tmp_path / "notebooks", lesson(new_code_cell("plot", outputs=[bare], id="bare")))
    with pytest.raises(ValueError, match=r"08_weighted_fusion, cell 9 \(id bare\).*draw it with show"):
        build(source, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_formula_that_cannot_be_set_is_named_with_its_lesson(tmp_path: Path) -> None:
    source = put(tmp_path / "notebooks", lesson(new_markdown_cell(r"So $\nonsense{x}$.", id="so")))
    says = r"08_weighted_fusion, cell 9 \(id so\): cannot set the formula \\nonsense"
    with pytest.raises(ValueError, match=says):
        build(source, tmp_path / "out")


def test_a_warning_of_sphinx_is_an_error(tmp_path: Path) -> None:
    source = put(tmp_path / "notebooks", lesson(new_markdown_cell("See [this](no_such_page.md).")))
    with pytest.raises(ValueError, match="must build without warnings") as caught:
        build(source, tmp_path / "out")
    assert "no_such_page" in str(caught.value)
    assert str(tmp_path) not in str(caught.value)


def test_an_image_from_the_network_is_an_error(tmp_path: Path) -> None:
    html = new_output("display_data", data={"text/html": '<img alt="a" src="https://example.org/a.png">'})
    source = put(tmp_path / "notebooks", lesson(new_code_cell("x", outputs=[html])))
    with pytest.raises(ValueError, match="must not load anything from the network"):
        build(source, tmp_path / "out")


def test_no_lesson_no_book(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="notebook"):
        build(tmp_path / "empty", tmp_path / "out")
    with pytest.raises(ValueError, match="edition must be"):
        build(tmp_path, tmp_path / "out", edition="teacher")  # type: ignore[arg-type]


def test_pictures_pasted_into_a_cell_and_files_with_spaces_are_in_the_book(tmp_path: Path) -> None:
    red = base64.b64decode(show.images(np.eye(4), alt="a")._repr_mimebundle_()[0]["image/png"])
    pasted = {"my image.png": {"image/png": base64.b64encode(red).decode()}}
    text = (
        "![pasted](attachment:my%20image.png) ![beside](my%20file.png) ![named](<图 ü.png> 'so')\n\n"
        '<img src="my%20file.png" alt="in HTML"> [a table](my%20data.csv) `![no](attachment:gone.png)`'
    )
    source = put(tmp_path / "notebooks", lesson(new_markdown_cell(text, attachments=pasted)))
    for name in ("my file.png", "图 ü.png"):
        (source / name).write_bytes(red)
    (source / "my data.csv").write_text("1,2")
    build(source, tmp_path / "out")
    soup = BeautifulSoup(
        (tmp_path / "out/08_weighted_fusion.html").read_text(encoding="utf-8"), "html.parser"
    )
    for alt in ("pasted", "beside", "named", "in HTML"):
        assert (tmp_path / "out" / soup.find("img", alt=alt)["src"]).read_bytes() == red, alt
    table = soup.find("a", class_="download")
    assert (tmp_path / "out" / table["href"].replace("%20", " ")).read_text() == "1,2"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "![x](attachment:gone.png)",
            r"cell 9 \(id pic\) shows gone.png, which is not attached to it: paste",
        ),
        ("![x](attachment:bad.png)", r"cell 9 \(id pic\) has an attachment, bad.png, that must be base64"),
        ('<img src="gone.png" alt="x">', r"cell 9 \(id pic\) shows gone.png, which is not beside the lesson"),
    ],
)
def test_a_picture_that_is_not_there_is_named_with_its_cell(tmp_path: Path, text: str, says: str) -> None:
    cell = new_markdown_cell(text, id="pic", attachments={"bad.png": {"image/png": "x"}})
    source = put(tmp_path / "notebooks", lesson(cell))
    with pytest.raises(ValueError, match=says):
        build(source, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_full_disk_leaves_the_former_book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = put(tmp_path / "notebooks", new_notebook(cells=[new_markdown_cell("# One")]))
    build(source, tmp_path / "out")
    before = {path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()}
    copytree = book.shutil.copytree

    def full(source: Path, target: Path, *more: Any, **options: Any) -> Any:
        if not str(target).endswith(".part"):
            return copytree(source, target, *more, **options)
        copytree(source, target, ignore=lambda folder, names: names[::2], **options)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(book.shutil, "copytree", full)
    with pytest.raises(OSError, match="No space left"):
        build(source, tmp_path / "out")
    assert {path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()} == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["notebooks", "out"]


KILLED = """
import os, sys
from mmseg_edu import whole_file
from mmseg_edu.course.book import build
replace = os.replace
def renaming(one, other):
    if str(one).endswith(".part"):
        os._exit(9)
    replace(one, other)
whole_file.os.replace = renaming
build({source!r}, {out!r})
"""


def test_a_kill_between_the_renamings_loses_no_book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, out = (
        put(tmp_path / "notebooks", new_notebook(cells=[new_markdown_cell("# One")])),
        tmp_path / "out",
    )
    build(source, out)
    kept = (out / "index.html").read_bytes()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    code = KILLED.format(source=str(source), out=str(out))
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 9
    assert not out.exists()
    assert len(list((tmp_path / "temporary").iterdir())) == 1
    time.sleep(1.1)  # what is younger may be of a living process
    again = [
        sys.executable,
        "-c",
        f"from mmseg_edu.course.book import build; build({str(source)!r}, {str(out)!r})",
    ]
    subprocess.run(again, check=True)
    assert (out / "index.html").read_bytes() == kept
    assert sorted(path.name for path in tmp_path.iterdir()) == ["notebooks", "out", "temporary"]
    assert list((tmp_path / "temporary").iterdir()) == []


@pytest.mark.lessons
def test_the_book_of_the_real_lessons_has_a_page_for_each(tmp_path):
    """Every formula can be set, every picture has its text, every link leads somewhere: the build refuses else."""
    lessons = Path(__file__).parents[2] / "notebooks"
    index = build(lessons, tmp_path / "book")
    pages = {page.stem for page in index.parent.glob("*.html")}
    assert {notebook.stem for notebook in lessons.glob("*.ipynb")} <= pages
