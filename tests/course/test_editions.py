"""What is handed out, and what is taught from."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from mmseg_edu.course import editions, notebook

CELLS = (
    ("instructor", "notes"),
    ("parameters", "seed = 0"),
    ("exercise", "stub"),
    ("solution", "full"),
    ("markdown", "recap"),
)


@pytest.fixture
def lessons(saved: Callable[..., Path]) -> Path:
    path = saved(*CELLS)
    nb = notebook.read(path)
    nb.metadata.mmseg_edu["executed"] = "0123"
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.execution_count = 1
    nb.cells[3].metadata["jupyter"] = {"source_hidden": True}
    notebook.write(path, notebook.written(nb))
    (path.parent / "glossary.md").write_text("| term |\n")
    (path.parent / ".hidden").write_text("")
    return path.parent


def test_the_student_gets_stubs_without_solutions_or_notes(lessons: Path) -> None:
    nb = notebook.read(lessons / "08_weighted_fusion.ipynb")
    cut = editions.student(nb)
    assert [cell.source for cell in cut.cells] == ["seed = 0", "stub", "recap"]
    assert cut.metadata.mmseg_edu == {"lesson": "08_weighted_fusion", "edition": "student"}
    assert {cell.get("execution_count") for cell in cut.cells} == {None}
    assert editions.student(nb, outputs=True).cells[0].execution_count == 1
    assert len(nb.cells) == 5


def test_the_instructor_gets_everything_unfolded(lessons: Path) -> None:
    nb = notebook.read(lessons / "08_weighted_fusion.ipynb")
    full = editions.instructor(nb)
    assert [cell.source for cell in full.cells] == ["notes", "seed = 0", "stub", "full", "recap"]
    assert "jupyter" not in full.cells[3].metadata
    assert full.metadata.mmseg_edu.edition == "instructor"
    assert full.cells[0].execution_count == 1
    assert editions.instructor(nb, outputs=False).cells[0].execution_count is None


def test_an_edition_is_written_with_the_glossary_and_as_an_archive(lessons: Path, tmp_path: Path) -> None:
    out = tmp_path / "handout"
    made = editions.write_edition(lessons, out, archive=True)
    assert [path.name for path in made] == ["08_weighted_fusion.ipynb", "glossary.md", "handout.zip"]
    once = made[-1].read_bytes()
    with zipfile.ZipFile(made[-1]) as archive:
        assert archive.namelist() == ["handout/08_weighted_fusion.ipynb", "handout/glossary.md"]
        assert b"full" not in archive.read("handout/08_weighted_fusion.ipynb")
    made[-1].unlink()
    editions.write_edition(lessons, out, archive=True)
    assert made[-1].read_bytes() == once, "the same lessons, the same archive"


def test_editions_refuse_what_they_cannot_do(lessons: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="must not overwrite its lessons"):
        editions.write_edition(lessons, lessons)
    with pytest.raises(ValueError, match="edition must be 'student' or 'instructor', got 'teacher'"):
        editions.write_edition(lessons, tmp_path / "x", edition="teacher")  # type: ignore[arg-type]
