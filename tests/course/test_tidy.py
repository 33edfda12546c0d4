"""Tidy lessons: executed, clean, small, and the same every time."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from mmseg_edu.course import notebook, tidy

FIGURE = """\
import matplotlib.pyplot as plt
figure, axes = plt.subplots(figsize=(3, 2))
axes.plot([0, 1, 4, 9]);"""
NOISY = """\
import os, sys, warnings
warnings.warn("deprecated")
print(os.environ["CUDA_VISIBLE_DEVICES"], os.path.join(os.getcwd(), "clip.webm"))
print(hash("bell"), file=sys.stdout)"""


def test_tidying_twice_gives_the_same_bytes(saved: Callable[..., Path]) -> None:
    slider = "import ipywidgets\nipywidgets.IntSlider(3)"
    path = saved(("parameters", "seed = 0"), NOISY, FIGURE, slider, ("markdown", "prose"), "1 + seed")
    assert tidy.untidy(path) != []
    [first] = tidy.tidy(path, progress=False)
    once = path.read_bytes()
    [second] = tidy.tidy(path, progress=False)
    assert (first.how, second.how) == ("tidied", "unchanged"), (first.says, second.says)
    assert path.read_bytes() == once
    assert tidy.untidy(path) == []
    nb = notebook.read(path)
    assert [cell.id for cell in nb.cells] == [f"cell-{number}" for number in range(6)]
    assert [cell.get("execution_count") for cell in nb.cells] == [1, 2, 3, 4, None, 5]
    assert nb.cells[1].outputs[0].text.startswith("-1 ./clip.webm\n")
    assert nb.cells[3].outputs == []
    assert str(path.parent) not in once.decode()
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("1 / 0", "08_weighted_fusion stopped at cell 2 of 2 (id cell-1)\n    1 / 0"),
        ("object()", "cell 2 (id cell-1) shows a memory address, <object at 0x"),
        ("print('/tmp/tmp123/x')", "cell 2 (id cell-1) shows a folder of this machine, /tmp"),
        ("print('x' * 320_000)", "at most 300 KB, this one 313 KB; the largest outputs: cell-1 313 KB"),
    ],
)
def test_a_lesson_that_cannot_be_tidied_keeps_its_file(
    saved: Callable[..., Path], source: str, says: str
) -> None:
    path = saved("1", source)
    before = path.read_bytes()
    [result] = tidy.tidy(path, progress=False)
    assert not result.ok
    assert says in result.says
    assert path.read_bytes() == before


def test_a_file_that_cannot_be_written_stops_no_other(
    saved: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = saved(("markdown", "a"), name="01_one"), saved(("markdown", "b"), name="02_other")
    before, replace = one.read_bytes(), os.replace

    def full(source: Path, target: Path) -> None:
        if target.name == one.name:
            raise OSError(28, "No space left on device")
        replace(source, target)

    monkeypatch.setattr(os, "replace", full)
    first, second = tidy.tidy([one, other], execute=False, progress=False)
    assert first.how == "failed"
    assert (
        "01_one keeps its old file: [Errno 28] 01_one.ipynb cannot be written, the old one stays: No space"
        in first.says
    )
    assert second.how == "tidied"
    assert one.read_bytes() == before
    assert sorted(path.name for path in one.parent.iterdir()) == ["01_one.ipynb", "02_other.ipynb"]


def test_only_cleaning_and_only_what_changed(saved: Callable[..., Path], tmp_path: Path) -> None:
    count = tmp_path / "count"
    path = saved(
        f"print(open({str(count)!r}, 'a').write('x'))".replace(str(tmp_path), ".."), ("markdown", "old")
    )
    [never] = tidy.tidy(path, execute=False, progress=False)
    assert "was never run" in never.says
    [first] = tidy.tidy(path, progress=False)
    assert first.ok, first.says
    nb = notebook.read(path)
    nb.cells[0].metadata["execution"] = {"shell.execute_reply": "now"}
    nb.cells[1].source = "new"
    notebook.write(path, notebook.written(nb))
    assert tidy.untidy(path) == ["its file holds what tidy drops: run mmseg-edu tidy --no-execute"]
    [cleaned], [unchanged] = (
        tidy.tidy(path, execute=False, progress=False),
        tidy.tidy(path, changed=True, progress=False),
    )
    assert (cleaned.how, unchanged.how) == ("tidied", "unchanged")
    assert count.read_text() == "x", "it ran once"
    nb = notebook.read(path)
    nb.cells[0].source += "  # changed"
    notebook.write(path, notebook.written(nb))
    assert tidy.untidy(path) == ["its code changed since its outputs were made: run mmseg-edu tidy"]
    tidy.tidy(path, changed=True, progress=False)
    assert count.read_text() == "xx"
    assert tidy.untidy(path) == []


def test_jobs_must_be_at_least_one(saved: Callable[..., Path]) -> None:
    with pytest.raises(ValueError, match="jobs must be 1 or more, got 0"):
        tidy.tidy(saved("1"), jobs=0)
