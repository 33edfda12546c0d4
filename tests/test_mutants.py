"""The tool that changes the package to see whether the tests notice."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests import mutants as tool


def changes(source: str) -> set[tuple[str, str]]:
    return {(each.was, each.now) for each in tool.mutants(source)}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a < b", {("a < b", "(a <= b)")}),
        ("a <= b == c", {("a <= b == c", "(a < b == c)"), ("a <= b == c", "(a <= b != c)")}),
        ("a and b or c", {("a and b or c", "((a and b) and c)"), ("a and b", "(a or b)")}),
        ("abs(a - b)", {("abs(a - b)", "(a - b)"), ("a - b", "(a + b)")}),
        ("np.max(a)", {("np.max(a)", "(np.min(a))")}),
        ("x = 3", {("3", "(4)")}),
        ("x = 0.0", {("0.0", "(0.5)")}),
        ("x = not a", {("not a", "(a)")}),
        ("if a:\n    b\n", {("a", "(not a)")}),
    ],
)
def test_each_change_by_hand(source: str, expected: set[tuple[str, str]]) -> None:
    assert changes(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        '"""Text 3 < 4."""',
        "raise ValueError(1 + 1)",
        "def f(x: int = a[b]) -> c[1]: ...",
        "x = f'{a + 1}'",
        "import a",
    ],
)
def test_what_computes_nothing_is_left_alone(source: str) -> None:
    assert changes(source) == set()


def test_a_mutant_is_the_source_but_for_one_place() -> None:
    source = "é = 'ä'; b = (1 +\n    2)\n"
    found = {each.now: each.source for each in tool.mutants(source)}
    assert found["(1 - 2)"] == "é = 'ä'; b = ((1 - 2))\n"
    assert (source.encode().index(b"1 +"), 1) == next(
        (each.column, each.line) for each in tool.mutants(source) if each.now == "(1 - 2)"
    )
    assert all(ast.dump(ast.parse(each)) != ast.dump(ast.parse(source)) for each in found.values())


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package of one room whose tests know the sum, and not that nothing is below 0."""
    (tmp_path / "mmseg_edu").mkdir()
    (tmp_path / "mmseg_edu" / "__init__.py").touch()
    (tmp_path / "mmseg_edu" / "adding.py").write_text("def add(a, b):\n    return a + b if a >= 0 else 0\n")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_adding.py").write_text(
        "from mmseg_edu.adding import add\n\ndef test_sum():\n    assert add(2, 3) == 5\n"
    )
    monkeypatch.setattr(tool, "KEPT", tmp_path / "build" / "mutants.csv")
    return tmp_path


def test_survivors_are_told_and_only_they_are_tried_again(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    left = tool.try_room("adding", 99, 0, project)
    assert {(each.was, each.now) for _, each in left} == {("a >= 0", "(a > 0)"), ("0", "(1)")}
    assert "adding: 2 noticed, 3 survived, 0 too slow (of 5 possible)" in capsys.readouterr().out
    assert (
        (project / "mmseg_edu" / "adding.py")
        .read_text()
        .startswith("def add(a, b):\n    return a + b if a >= 0")
    )
    again = []
    monkeypatch.setattr(
        tool, "fate", lambda tree, file, mutant, *rest: again.append((file, mutant)) or "noticed"
    )
    tool.try_room("adding", 99, 0, project)
    assert sorted(again) == sorted(left)


def test_a_slow_test_notices_too_and_a_loop_without_end_is_told_apart(project: Path) -> None:
    module = Path("mmseg_edu/adding.py")
    (project / "pytest.ini").write_text("[pytest]\nmarkers = slow\n    lessons\n")
    test = project / "tests" / "test_adding.py"
    test.write_text(
        test.read_text() + "\nimport pytest\n\n@pytest.mark.slow\ndef test_0():\n    assert add(0, 3) == 3\n"
    )
    tests = ["tests/test_adding.py"]
    found = {each.now: each for each in tool.mutants((project / module).read_text())}
    assert tool.fate(project, module, found["(a > 0)"], tests, 60) == "noticed"
    endless = found["(a > 0)"]._replace(source="while True:\n    pass\n")
    assert tool.fate(project, module, endless, tests, 3) == "too slow"
    assert "a >= 0" in (project / module).read_text()


def test_tests_that_fail_before_any_change_are_refused(project: Path) -> None:
    (project / "tests" / "test_adding.py").write_text("def test_sum():\n    assert False\n")
    with pytest.raises(ValueError, match="the tests of adding must pass before anything is changed"):
        tool.try_room("adding", 1, 0, project)
