"""Every public function is attacked in every argument: a result, or an error in words of our own."""

from __future__ import annotations

from pathlib import Path

import pytest
from fuzz_attacks import attacks_on
from fuzz_law import fenced, judge, taken
from fuzz_not_yet import NOT_YET
from fuzz_public import public_names
from fuzz_rows import Row
from fuzz_table import RECORDS, ROWS

CASES = [
    pytest.param(row, name, id=f"{row.name}-{name}", marks=[pytest.mark.slow] if row.slow else [])
    for row in ROWS
    for name in row.arguments
]


def test_every_public_function_has_a_row_or_is_said_to_have_none_yet() -> None:
    listed = [*(row.name for row in ROWS), *RECORDS, *NOT_YET]
    assert sorted(listed) == sorted(set(listed))
    assert set(listed) == public_names()


@pytest.mark.parametrize("row", [row for row in ROWS if not row.slow], ids=lambda row: row.name)
def test_a_row_calls_its_function_rightly(row: Row) -> None:
    taken(row.function(**row.call_with()))
    if row.nan:
        assert row.nan in " ".join((row.function.__doc__ or "").split())


@pytest.mark.parametrize(("row", "name"), CASES)
def test_an_argument_attacked(row: Row, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # what is written under a name that we made up stays here
    plain = taken(row.function(**row.call_with()))
    with fenced():
        broken = {
            attack.name: says
            for attack in attacks_on(row.arguments[name])
            if (says := judge(row, name, attack, plain)) is not None
        }
    assert not broken, "\n" + "\n".join(f"{attack}: {says}" for attack, says in broken.items())
