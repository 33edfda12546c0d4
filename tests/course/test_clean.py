"""Only what a reader needs stays in a lesson."""

import base64
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_output
from PIL import Image
from tiny_lessons import lesson

from mmseg_edu.course.clean import WIDGET, clean, machine_folders, problems

HERE = {"/srv/course/notebooks": ".", "/opt/python3": "(python)", "/home/ada": "~", "/tmp": ""}


def shows(*outputs: NotebookNode) -> NotebookNode:
    nb = lesson("show()")
    nb.cells[0].outputs, nb.cells[0].execution_count = list(outputs), 7
    return nb


def stream(text: str, name: str = "stdout") -> NotebookNode:
    return new_output("stream", name=name, text=text)


def display(data: dict[str, Any], **metadata: Any) -> NotebookNode:
    return new_output("display_data", data=data, metadata=metadata)


def cleaned(*outputs: NotebookNode) -> list[NotebookNode]:
    nb = clean(shows(*outputs), folders=HERE)
    assert clean(nb, folders=HERE) == nb, "cleaning twice is cleaning once"
    result: list[NotebookNode] = nb.cells[0].outputs
    return result


def wrong(*outputs: NotebookNode) -> list[str]:
    return list(problems(clean(shows(*outputs), folders=HERE), folders=HERE))


def png(**options: Any) -> str:
    file = BytesIO()
    Image.new("RGB", (8, 8), (200, 100, 0)).save(file, "PNG", **options)
    return base64.b64encode(file.getvalue()).decode() + "\n"


def test_streams_are_joined_and_standard_error_goes() -> None:
    [only] = cleaned(stream("a\n"), stream("noise", "stderr"), stream("b\n"))
    assert only.text == "a\nb\n"
    assert cleaned(stream("warning", "stderr")) == []


def test_timings_and_overwritten_lines_go() -> None:
    timed = "CPU times: user 3 ms, sys: 1 ms, total: 4 ms\nWall time: 4.2 ms\n"
    assert cleaned(stream(timed)) == []
    assert cleaned(stream(timed + "IoU 0.88\n"))[0].text == "IoU 0.88\n"
    assert cleaned(stream("12.3 ns ± 0.1 ns per loop (mean ± std. dev.)\n")) == []
    assert cleaned(stream("1/3\r2/3\r3/3\nend\n"))[0].text == "3/3\nend\n"
    assert cleaned(stream("windows\r\n"))[0].text == "windows\r\n"


def test_a_solution_is_folded_with_what_it_shows_and_nothing_else_is() -> None:
    nb = lesson(("exercise", "check('08.1', ...)"), ("solution", "print(42)"), ("markdown", "prose"))
    nb.cells[1].metadata["jupyter"] = {"source_hidden": True}
    done = clean(nb, folders=HERE)
    folded = [dict(cell.metadata.get("jupyter", {})) for cell in done.cells]
    assert folded == [{}, {"source_hidden": True, "outputs_hidden": True}, {}]
    assert clean(done, folders=HERE) == done


def test_a_widget_leaves_its_static_twin() -> None:
    data = {
        WIDGET: {"model_id": "x"},
        "text/plain": "VBox(children=(IntSlider(value=3),))",
        "image/png": png(),
    }
    [twin] = cleaned(display(data, **{"image/png": {"alt": "Three masks"}}))
    assert list(twin.data) == ["image/png"]
    assert twin.metadata == {"image/png": {"alt": "Three masks"}}
    bar = {WIDGET: {"model_id": "x"}, "text/plain": "HBox(children=(HTML(value='')…"}
    assert cleaned(display(bar)) == []
    said = {WIDGET: {"model_id": "x"}, "text/plain": "A slider for alpha from 0 to 1"}
    assert cleaned(display(said))[0].data == {"text/plain": "A slider for alpha from 0 to 1"}


def test_pictures_are_packed_again() -> None:
    [dated] = cleaned(display({"image/png": png(dpi=(9, 9))}))
    assert len(dated.data["image/png"]) < len(png(dpi=(9, 9)))
    assert b"pHYs" not in base64.b64decode(dated.data["image/png"])


def test_metadata_is_cleaned_and_what_belongs_stays() -> None:
    nb = shows(new_output("execute_result", data={"text/plain": "1"}, execution_count=7))
    nb.metadata.update(
        papermill={"duration": 1}, widgets={}, language_info={"name": "python", "version": "3.11.7"}
    )
    nb.cells[0].metadata.update(
        papermill={}, execution={"iopub.status.busy": "now"}, tags=[], jupyter={"source_hidden": True}
    )
    done = clean(nb, folders=HERE)
    assert set(done.metadata) == {"kernelspec", "language_info", "mmseg_edu"}
    assert "version" not in done.metadata.language_info
    assert done.cells[0].metadata == {"jupyter": {"source_hidden": True}}
    assert done.cells[0].execution_count == done.cells[0].outputs[0].execution_count == 1
    assert done.cells[0].id == "cell-0"
    assert nb.metadata.papermill, "the notebook that was given is not touched"


def test_counts_run_from_one_over_the_cells_that_ran() -> None:
    nb = lesson("a", ("markdown", "prose"), "b", "", "c")
    for cell, count in zip(nb.cells, (4, None, 9, None, 11), strict=True):
        if cell.cell_type == "code":
            cell.execution_count = count
    done = clean(nb)
    assert [cell.get("execution_count") for cell in done.cells] == [1, None, 2, None, 3]
    assert list(problems(done)) == []


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        ("wrote /srv/course/notebooks/clip.webm", "wrote ./clip.webm"),
        ("'/home/ada/.cache/x'", "'~/.cache/x'"),
        ("<td>/opt/python3/lib</td>", "<td>(python)/lib</td>"),
        ("/home/adam and /opt/python3.11 are others", None),
        ("https://example.org/home/ada/page", "https://example.org/home/ada/page"),
    ],
)
def test_folders_of_this_machine_are_replaced(text: str, becomes: str | None) -> None:
    assert cleaned(stream(text))[0].text == (becomes or text)
    assert cleaned(display({"text/html": text}))[0].data["text/html"] == (becomes or text)
    assert wrong(stream(text)) == [] if becomes else wrong(stream(text))


@pytest.mark.parametrize(
    "text", ["/tmp/tmpab12/clip.webm", "file:///tmp/x", "/home/bob/x", "/Users/bob", "C:\\Users\\bob"]
)
def test_folders_that_nothing_stands_for_are_refused(text: str) -> None:
    assert "shows a folder of this machine" in wrong(stream(text))[0]
    assert "cell 1 (id cell-0)" in wrong(display({"text/html": f"<b>{text}</b>"}))[0]


def test_base64_is_not_text() -> None:
    sound = '<audio src="data:audio/wav;base64,AAAA+/tmp/AAAA+/home/ada/AAAA=">'
    assert cleaned(display({"text/html": sound}))[0].data["text/html"] == sound
    assert wrong(display({"text/html": sound})) == []


def test_a_source_that_names_this_machine_is_refused() -> None:
    nb = lesson("open('/home/ada/clip.webm')", ("markdown", "see `/srv/course/notebooks`"))
    nb.cells[0].execution_count = 1
    assert [line.split(" names")[0] for line in problems(nb, folders=HERE)] == [
        "cell 1 (id cell-0)",
        "cell 2 (id cell-1)",
    ]


@pytest.mark.parametrize(
    "text",
    ["<function f at 0x7f2c5ca94210>", "<Axes: at 0x10ab3f>", "&lt;bound method at 0x7f2c5ca94210&gt;"],
)
def test_memory_addresses_are_refused(text: str) -> None:
    assert "shows a memory address" in wrong(stream(text))[0]


def test_errors_and_cells_never_run_are_refused() -> None:
    error = new_output("error", ename="ValueError", evalue="no", traceback=["\x1b[31mlong", "story"])
    assert wrong(error) == ["cell 1 (id cell-0) ends in ValueError: no: mend the cell"]
    assert cleaned(error)[0].traceback == ["ValueError: no"]
    assert list(problems(lesson("1"))) == ["cell 1 (id cell-0) was never run: run mmseg-edu tidy"]


@pytest.mark.parametrize(
    "damaged", ["@@@", "iVBORw0KGgo=", png()[:40], "", base64.b64encode(b"GIF89a").decode()]
)
def test_a_picture_that_cannot_be_read_is_named_with_its_cell(damaged: str) -> None:
    assert wrong(display({"image/png": png()})) == []
    says = "cell 1 (id cell-0) shows a picture that cannot be read: run it again, or mend the cell"
    assert wrong(display({"image/png": damaged})) == [says]


def test_known_folders_come_longest_first(tmp_path: Path) -> None:
    folders = machine_folders(tmp_path)
    lengths = [len(each) for each in folders]
    assert lengths == sorted(lengths, reverse=True)
    assert folders[str(tmp_path)] == "."
    assert folders[str(Path.home())] in ("~", ".")
    assert "/" not in folders
