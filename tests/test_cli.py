"""The command line: thin, one line for an error, a status that a script can trust."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

import mmseg_edu
from mmseg_edu import cli
from mmseg_edu.cli.words import with_values
from mmseg_edu.course import doctor, notebook


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two lessons, one of which fails unless its parameter is changed."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    for name, source in (("00_start_here", "print(seed)"), ("08_weighted_fusion", "1 / seed")):
        cells = [new_code_cell("seed = 0", metadata={"tags": ["parameters"]}), new_code_cell(source)]
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": kernel}), folder / f"{name}.ipynb")
    return folder


def test_run_says_what_failed(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["run", "--notebooks", str(folder), "--out", str(tmp_path / "out")]
    assert cli.main(words) == 1
    said = capsys.readouterr()
    assert said.out == "1 lesson ran, 1 failed\n"
    assert "08_weighted_fusion stopped at cell 2 of 2" in said.err
    assert "ZeroDivisionError" in said.err
    assert (tmp_path / "out" / "08_weighted_fusion.ipynb").is_file()
    assert cli.main([*words, "08", "-p", "seed", "2"]) == 0


def test_a_value_may_begin_with_a_dash(folder: Path, tmp_path: Path) -> None:
    for name, value in (("seed", "-3"), ("noise", "-1e-3"), ("title", "--x"), ("title", "-p")):
        default = {"seed": "0", "noise": "0.5", "title": "'a'"}[name]
        cell = new_code_cell(f"{name} = {default}", metadata={"tags": ["parameters"]})
        check = new_code_cell(f"assert str({name}) in ({value!r}, str({value!r}.replace('-1e-3', '-0.001')))")
        nbformat.write(new_notebook(cells=[cell, check]), folder / "00_start_here.ipynb")
        path = str(folder / "00_start_here.ipynb")
        assert cli.main(["run", path, "-p", name, value, "--cpu"]) == 0
    assert with_values(["-p", "seed"]) == ["-p", "seed"]


def test_tidy_and_check(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["tidy", "--notebooks", str(folder), "start_here"]
    assert cli.main([*words, "--check"]) == 1
    assert "00_start_here: cell 1" in capsys.readouterr().out
    assert cli.main(words) == 0
    assert cli.main([*words, "--check"]) == 0
    assert capsys.readouterr().out.endswith("1 notebook tidy\n")
    assert cli.main(["tidy", str(folder / "08_weighted_fusion.ipynb"), "--no-execute"]) == 1
    assert capsys.readouterr().out == "0 notebooks tidy, 1 left as it was\n"


def test_editions(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["editions", str(folder), "--out", str(tmp_path / "hand out"), "--zip"]) == 0
    assert (tmp_path / "hand out.zip").is_file()
    assert "student edition: 3 files" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["run", "99"], "mmseg-edu: there is no folder, notebook or lesson '99'; a lesson is one of"),
        (["run", "13"], "mmseg-edu: lesson 13_fcn is yet to come; in notebooks there are 00, 08: choose"),
        (
            ["run", "--notebooks", "none"],
            "mmseg-edu: there is no folder none here: start where the lessons are",
        ),
        (["tidy", "--notebooks", "none", "08"], "mmseg-edu: there is no folder none here"),
        (["book", "none"], "mmseg-edu: there is no folder none here: start where the lessons are, or name"),
        (["lab", "--workspace", "notebooks"], "mmseg-edu: a workspace must not be its lessons' folder"),
        (["run", "-p", "sed", "1"], "mmseg-edu: 00_start_here has no parameter 'sed'; it has seed"),
        (["run", "-p", "seed", "x"], "mmseg-edu: parameter seed of 00_start_here must be int"),
        (["tidy", "-j", "0"], "mmseg-edu: jobs must be 1 or more, got 0"),
        (["editions", "--out", "notebooks"], "mmseg-edu: an edition must not overwrite its lessons"),
    ],
)
def test_an_error_is_one_line_and_status_2(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    says: str,
) -> None:
    monkeypatch.chdir(folder.parent)
    assert cli.main(words) == 2
    said = capsys.readouterr().err
    assert said.startswith(says)
    assert said.count("\n") == 1


def test_tidy_started_elsewhere_says_how_to_name_the_lessons(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["tidy"]) == 2
    assert "mmseg-edu tidy --notebooks FOLDER" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "made"),
    [
        ("run start_here --out executed", "executed/00_start_here.ipynb"),
        ("editions 08 --out handout", "handout/08_weighted_fusion.ipynb"),
        ("lab --prepare", "my_lessons/00_start_here.ipynb"),
        ("lessons", "my_lessons/08_weighted_fusion.ipynb"),
        ("lessons mine", "mine/08_weighted_fusion.ipynb"),
    ],
)
def test_a_command_started_elsewhere_takes_the_lessons_that_came_with_the_package(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str, made: str
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    monkeypatch.setattr(notebook, "shipped_lessons", lambda: folder)
    assert cli.main(words.split()) == 0
    assert (elsewhere / made).is_file()


def test_lessons_by_number_are_found_in_the_folder_that_one_is_in(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The student's copies lie in a folder of their own, and that is where the student is."""
    monkeypatch.chdir(folder)
    assert cli.main(["run", "00"]) == 0
    assert cli.main(["tidy", "08", "--check"]) == 1
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(folder.parent / "jupyter"))
    monkeypatch.setattr(notebook, "shipped_lessons", lambda: folder.parent / "shipped")
    folder.rename(folder.parent / "shipped")
    (folder.parent / "mine").mkdir()
    monkeypatch.chdir(folder.parent / "mine")
    assert cli.main(["lessons", "."]) == 0
    before = sorted(Path().iterdir())
    assert cli.main(["lab", "--prepare"]) == 0
    assert sorted(Path().iterdir()) == before, "copies inside the copies"


def test_a_notebook_given_by_its_path_needs_no_folder_of_lessons(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path / "notebooks")
    assert cli.main(["tidy", "00_start_here.ipynb", "--check"]) == 1


def test_lab_makes_the_workspace_and_starts_jupyter_on_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(subprocess, "call", lambda command: started.append(command) or 0)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(folder.parent / "jupyter"))
    monkeypatch.chdir(folder.parent)
    assert cli.main(["lab", "--prepare"]) == 0
    assert "new: 00_start_here.ipynb\n  new: 08_weighted_fusion.ipynb\n" in capsys.readouterr().out
    assert started == []
    assert cli.main(["lab", "--", "--no-browser"]) == 0
    assert "new:" not in capsys.readouterr().out
    assert started[0][1:4] == ["-m", "jupyterlab", "my_lessons"]
    assert started[0][-1] == "--no-browser"


def test_doctor_has_a_status(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    lines = doctor.Report([doctor.Line("disk", "warn", "small", "clear it")])
    monkeypatch.setattr(doctor, "report", lambda **_: lines)
    assert cli.main(["doctor"]) == 0
    assert "warn     disk     small\n" in capsys.readouterr().out
    lines.append(doctor.Line("sound", "problem", "none", "listen"))
    assert cli.main(["doctor", "--full"]) == 1


def stand_in(monkeypatch: pytest.MonkeyPatch, name: str, **functions: Callable[..., object]) -> None:
    module = ModuleType(name)
    vars(module).update(functions)
    monkeypatch.setitem(sys.modules, name, module)


def test_book_and_train_pass_on_what_they_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = SimpleNamespace()

    def build(folder: Path, out: Path, *, edition: str) -> Path:
        asked.book = (folder, out, edition)
        return out / "index.html"

    stand_in(monkeypatch, "mmseg_edu.course.book", build=build)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "00_start_here.ipynb").touch()
    (tmp_path / "executed").mkdir()
    assert cli.main(["book", "--out", "site"]) == 0
    assert asked.book == (Path("notebooks"), Path("site"), "student")
    assert capsys.readouterr().out == f"the book is in {Path('site', 'index.html')}\n"
    assert cli.main(["book", "executed", "--edition", "instructor"]) == 0
    assert asked.book == (Path("executed"), Path("book"), "instructor")
    capsys.readouterr()

    asked.trained = []

    def trainer(name: str) -> Callable[..., dict[str, float]]:
        def train(path: Path, **options: object) -> dict[str, float]:
            asked.trained.append((name, path, options))
            return {"temperature": 1.5}

        return train

    trainers = {f"train_{name}": trainer(name) for name in ("experts", "encoder", "sounding")}
    trainers["train_fcn_classifier"] = trainer("fcn")
    stand_in(monkeypatch, "mmseg_edu.models", __path__=[])
    stand_in(monkeypatch, "mmseg_edu.models.train", **trainers)
    assert cli.main(["train", "--seed", "3"]) == 0
    numbers = {"seed": 3, "count": 4000, "progress": True}
    networks = ("experts", "encoder", "fcn", "sounding")
    assert asked.trained == [(name, Path("weights", f"{name}.npz"), numbers) for name in networks]
    said = capsys.readouterr().out
    assert "1.5000" in said
    assert f"the weights are in {Path('weights', 'sounding.npz')}" in said
    assert cli.main(["train", "encoder", "--out", "folder", "--seed", "3", "--epochs", "5"]) == 0
    assert asked.trained[4:] == [("encoder", Path("folder", "encoder.npz"), numbers | {"epochs": 5})]
    assert cli.main(["train", "fcn", "--shipped", "--seed", "3"]) == 0
    assert asked.trained[5:] == [("fcn", Path(mmseg_edu.__file__).parent / "weights" / "fcn.npz", numbers)]


def test_a_study_runs_what_its_file_does_not_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from mmseg_edu import studies

    asked = []

    def rows(seeds: range, done: set[tuple[str, str, str, int]], *, progress: bool) -> list[studies.Row]:
        asked.append((seeds, len(done)))
        runs = [("t", "s", "m", seed) for seed in seeds]
        return [studies.Row(*run, 0.5, 0.4, 0.6) for run in runs if run not in done]

    monkeypatch.setattr(studies, "choosing", rows)
    monkeypatch.setattr(studies.results, "about", lambda study: {"command": study})
    path = tmp_path / "rows.csv"
    for options in (["--seeds", "2"], ["--seeds", "3"], ["--seeds", "3", "--anew"]):
        assert cli.main(["study", "choosing", "--out", str(path), *options]) == 0
    assert asked == [(range(2), 0), (range(3), 2), (range(3), 0)]
    assert len(studies.read(path).rows) == 3
    assert f"3 rows in {path}, 2 of them from before" in capsys.readouterr().out


def test_a_study_goes_on_from_the_shipped_rows_and_leaves_them_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mmseg_edu import studies

    shipped = tmp_path / "shipped.csv"
    about = {"command": "mmseg-edu study choosing"}
    studies.results.write(shipped, studies.Results(about, [studies.Row("t", "s", "m", 0, 0.5, 0.4, 0.6)]))
    monkeypatch.setattr(studies, "stored", lambda name: shipped)
    monkeypatch.chdir(tmp_path)
    before = shipped.read_bytes()
    new = studies.Row("t", "s", "m", 1, 0.5, 0.4, 0.6)
    monkeypatch.setattr(studies, "choosing", lambda seeds, done, *, progress: iter([new]))
    assert cli.main(["study", "choosing"]) == 0
    assert len(studies.read("choosing.csv").rows) == 2
    assert shipped.read_bytes() == before
    assert cli.main(["study", "choosing", "--shipped"]) == 0
    assert studies.read(shipped).rows == studies.read("choosing.csv").rows


def test_the_scoreboard_goes_on_from_the_rows_that_its_file_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from mmseg_edu.studies import scoreboard

    shipped, asked = scoreboard.read_rows(), []

    def rows(done: set[tuple[str, str]], *, progress: bool) -> list[scoreboard.Row]:
        asked.append(len(done))
        return [row for row in shipped[:3] if row[:2] not in done]

    monkeypatch.setattr(scoreboard, "scoreboard", rows)
    monkeypatch.setattr("mmseg_edu.studies.scoreboard.board.about", lambda study: {"command": study})
    path = tmp_path / "board.csv"
    for options in ([], [], ["--anew"]):
        assert cli.main(["study", "scoreboard", "--out", str(path), *options]) == 0
    assert asked == [0, 3, 0]
    assert scoreboard.read_rows(path) == shipped[:3]
    assert f"3 rows in {path}, 3 of them from before" in capsys.readouterr().out


def test_interruption_and_missing_packages(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def raising(error: BaseException) -> Callable[..., None]:
        def build(*_: object, edition: str) -> None:
            raise error

        return build

    stand_in(monkeypatch, "mmseg_edu.course.book", build=raising(KeyboardInterrupt()))
    assert cli.main(["book"]) == 130
    stand_in(monkeypatch, "mmseg_edu.course.book", build=raising(ImportError("No module named 'sphinx'")))
    assert cli.main(["book"]) == 2
    assert "No module named 'sphinx': run mmseg-edu doctor" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command", ["", "run", "tidy", "editions", "book", "lab", "doctor", "train", "study", "data", "segment"]
)
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as done:
        cli.main([*command.split(), "--help"])
    assert done.value.code == 0
    assert "usage: mmseg-edu" in capsys.readouterr().out


def test_no_command_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as done:
        cli.main([])
    assert done.value.code == 2
