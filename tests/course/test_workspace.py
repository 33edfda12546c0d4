"""The student's workspace: copied once, offered again beside, never overwritten."""

import logging
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from jupyter_core.paths import jupyter_data_dir
from nbformat.sign import NotebookNotary

from mmseg_edu.course import notebook
from mmseg_edu.course.saving import WIDGET, keep_twins
from mmseg_edu.course.workspace import lab_command, make_workspace

SAVED = Callable[..., Path]


@pytest.fixture(autouse=True)
def _own_signatures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))


def names(paths: list[Path]) -> list[str]:
    return [path.name for path in paths]


def test_the_copies_are_the_student_s(saved: SAVED, tmp_path: Path) -> None:
    path = saved("1 + 1", ("instructor", "timing = 20"), ("exercise", "stub"), ("solution", "answer"))
    (path.parent / "glossary.md").write_text("terms")
    (path.parent / ".hidden").write_text("no")
    before = path.read_bytes()
    made = make_workspace(path.parent, tmp_path / "mine")
    assert names(made) == ["08_weighted_fusion.ipynb", "glossary.md"]
    copy = notebook.read(made[0])
    assert [cell.source for cell in copy.cells] == ["1 + 1", "stub", "answer"]
    assert copy.cells[2].metadata.jupyter == {"outputs_hidden": True, "source_hidden": True}
    notary = NotebookNotary(data_dir=jupyter_data_dir())
    with closing(notary.store):
        assert notary.check_signature(copy), "sounds and pictures are shown without a question"
    assert path.read_bytes() == before


def test_the_list_of_trusted_notebooks_is_closed(
    saved: SAVED, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notaries = []

    def notary(**options: str) -> NotebookNotary:
        notaries.append(NotebookNotary(**options))
        return notaries[-1]

    monkeypatch.setattr("mmseg_edu.course.workspace.NotebookNotary", notary)
    make_workspace(saved("1 + 1").parent, tmp_path / "mine")
    assert notaries
    for each in notaries:
        with pytest.raises(sqlite3.ProgrammingError, match="closed database"):
            each.store.db.execute("SELECT 1")


def test_nothing_is_overwritten_and_new_versions_come_beside(saved: SAVED, tmp_path: Path) -> None:
    path, mine = saved("1 + 1"), tmp_path / "mine"
    (path.parent / "glossary.md").write_text("terms")
    make_workspace(path.parent, mine)
    work = notebook.read(mine / path.name)
    work.cells[0].source = "my own answer"
    notebook.write(mine / path.name, notebook.written(work))
    (mine / "glossary.md").write_text("terms, and my notes")
    mine_then = {each.name: each.read_bytes() for each in mine.iterdir()}
    assert names(make_workspace(path.parent, mine)) == ["glossary_new.md"]
    assert make_workspace(path.parent, mine) == [], "the same version is offered once"

    for turn, source in enumerate(("2 + 2", "3 + 3"), start=1):
        saved(source)
        suffix = "_new" if turn == 1 else "_new_2"
        assert names(make_workspace(path.parent, mine)) == [f"08_weighted_fusion{suffix}.ipynb"]
        assert make_workspace(path.parent, mine) == []
    saved("1 + 1")
    assert make_workspace(path.parent, mine) == [], "an old version that is there is not offered again"
    for name, content in mine_then.items():
        assert (mine / name).read_bytes() == content


def test_a_file_of_the_student_s_that_is_no_notebook_stays(saved: SAVED, tmp_path: Path) -> None:
    path, mine = saved("1 + 1"), tmp_path / "mine"
    mine.mkdir()
    (mine / path.name).write_text("half a notebook")
    assert names(make_workspace(path.parent, mine)) == ["08_weighted_fusion_new.ipynb"]
    assert (mine / path.name).read_text() == "half a notebook"


def test_the_lessons_are_no_workspace(saved: SAVED) -> None:
    path = saved("1")
    with pytest.raises(ValueError, match="must not be its lessons' folder"):
        make_workspace(path.parent, path.parent)


@pytest.mark.parametrize(("user", "allowed"), [(0, True), (1000, False)])
def test_root_is_allowed_to_start_it(monkeypatch: pytest.MonkeyPatch, user: int, allowed: bool) -> None:
    monkeypatch.setattr("os.geteuid", lambda: user, raising=False)
    command = lab_command("mine", "--no-browser")
    assert ("--allow-root" in command) is allowed
    assert command[1:4] == ["-m", "jupyterlab", "mine"]


def output(**data: object) -> dict[str, object]:
    return {"output_type": "display_data", "data": data, "metadata": {}}


def test_saving_keeps_the_twin_and_leaves_every_other_output() -> None:
    view, about = {"model_id": "0"}, {"image/png": {"alt": "a", "mmseg_edu": {"frames": []}}}
    twin = {**output(**{WIDGET: view, "image/png": "AAAA", "text/plain": "<Slider>"}), "metadata": about}
    foreign = output(**{WIDGET: view, "image/png": "AAAA", "text/plain": "Figure()"})
    bar = output(**{WIDGET: view, "text/plain": "IntProgress()"})
    stream = {"output_type": "stream", "name": "stdout", "text": "42"}
    cells = [{"cell_type": "markdown"}, {"cell_type": "code", "outputs": [twin, foreign, bar, stream]}]
    model = {"type": "notebook", "content": {"cells": cells}}
    keep_twins("a.ipynb", model)
    assert twin["data"] == {"image/png": "AAAA", "text/plain": "<Slider>"}
    assert WIDGET in foreign["data"], "another library's picture need not say what its widget says"  # type: ignore[operator]
    assert WIDGET in bar["data"]  # type: ignore[operator]


@pytest.mark.parametrize(
    "model", [{"type": "file", "content": "text"}, {"type": "notebook", "content": None}]
)
def test_saving_leaves_other_files_alone(model: dict[str, object]) -> None:
    before = dict(model)
    keep_twins("a.txt", model)
    assert model == before


def test_a_program_that_logs_elsewhere_goes_on_doing_so(saved: SAVED, tmp_path: Path) -> None:
    closed: list[logging.Handler] = []

    class Watched(logging.NullHandler):
        def close(self) -> None:
            closed.append(self)
            super().close()

    handler = Watched()
    make_workspace(saved("1 + 1").parent, tmp_path / "mine")
    assert closed == []
    handler.close()
