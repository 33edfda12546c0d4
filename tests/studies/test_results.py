"""Results: what is written is read again, and a number is what lesson 06 says it is."""

import numpy as np
import pytest

from mmseg_edu import metrics, studies
from mmseg_edu.studies import Results, Row, results

ROWS = [
    Row("t", "redundant", "mean", 0, 0.5, 0.4, 0.6),
    Row("t", "redundant", "log pool", 0, 0.25, 0.125, 0.375),
    Row("t", "noisy", "mean", 1, 0.75, 0.7, 0.8),
    Row("u", "noisy", "mean", 1, 0.1, 0.0, 0.2),
]


def test_a_row_is_the_mean_iou_of_all_scenes_pooled():
    rng = np.random.default_rng(0)
    truth, labels = rng.integers(0, 5, (2, 30, 8, 8))
    row = studies.measure("t", "s", "m", 3, truth, labels)
    assert row[:4] == ("t", "s", "m", 3)
    assert row.miou == pytest.approx(metrics.mean_iou(truth, labels, 5), abs=5e-5)
    assert row.low < row.miou < row.high
    assert studies.measure("t", "s", "m", 3, truth, labels) == row


def test_an_empty_truth_counts_through_what_is_painted_into_it():
    truth = np.zeros((10, 4, 4), int)
    truth[0, 0, 0] = 1
    painted = np.zeros_like(truth)
    painted[:, 0, 0] = 1
    assert studies.measure("t", "s", "m", 0, truth, truth, 2).miou == 1
    assert studies.measure("t", "s", "m", 0, truth, painted, 2).miou == pytest.approx(
        (0.1 + 150 / 159) / 2, abs=1e-4
    )


def test_what_is_written_is_read_again(tmp_path):
    made = Results({"command": "mmseg-edu study t", "note": 'says "x", and more'}, ROWS)
    studies.write(tmp_path / "t.csv", made)
    assert studies.read(tmp_path / "t.csv") == made


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "# {}\n", "# {}\na,b\n", "# no\n"])
def test_another_table_is_refused(tmp_path, text):
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(ValueError, match="results must begin with a line of what made them"):
        studies.read(tmp_path / "t.csv")


def test_an_unknown_study_is_refused():
    with pytest.raises(
        ValueError, match=r"name must be one of the stored studies \[.*'choosing'.*\], got 'chosing'"
    ):
        studies.load("chosing")


def test_an_interrupted_study_keeps_its_rows_and_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(results, "about", lambda study: {"command": study})

    def broken():
        yield from ROWS[:2]
        raise KeyboardInterrupt

    path = tmp_path / "t.csv"
    assert studies.runs_in(path) == set()
    with pytest.raises(KeyboardInterrupt):
        studies.record("t", broken(), path)
    assert studies.runs_in(path) == {row[:4] for row in ROWS[:2]}
    better = ROWS[1]._replace(miou=0.3)
    assert studies.record("t", [better, *ROWS[2:]], path).rows == [ROWS[0], better, *ROWS[2:]]
    assert studies.read(path) == Results({"command": "t"}, [ROWS[0], better, *ROWS[2:]])


def test_runs_are_arranged_by_method_situation_and_seed():
    methods, situations, scores = studies.by_seed(ROWS, "t")
    assert (methods, situations) == (["mean", "log pool"], ["redundant", "noisy"])
    np.testing.assert_array_equal(
        scores, [[[0.5, np.nan], [np.nan, 0.75]], [[0.25, np.nan], [np.nan, np.nan]]]
    )
    with pytest.raises(ValueError, match=r"table must be one of \['t', 'u'\], got 'v'"):
        studies.by_seed(ROWS, "v")


def test_what_ships_says_what_made_it_and_holds_each_run_once():
    made = studies.load("choosing")
    assert made.about["command"] == "mmseg-edu study choosing"
    assert {"backend", "numpy", "keras"} <= set(made.about)
    assert len({row[:4] for row in made.rows}) == len(made.rows)
    assert all(0 <= row.low <= row.miou <= row.high <= 1 for row in made.rows)
    assert studies.stored("choosing").stat().st_size < 80_000


@pytest.mark.parametrize("seed", [0, 3])
def test_a_slice_of_three_senses_made_anew_agrees_with_what_ships(seed):
    """No network is trained here, so only rounding may differ, and with it the pixels where two classes tie."""
    kept = {
        row.method: row for row in studies.load("choosing").rows if row[1] == "still" and row.seed == seed
    }
    made = list(studies.three_senses(seed, (studies.still,)))
    assert {row.method for row in made} == set(kept)
    for row in made:
        assert row.miou == pytest.approx(kept[row.method].miou, abs=0.01)
