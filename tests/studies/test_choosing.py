"""The study itself: who is asked what, who learns from what, and that nothing is run twice."""

import sys

import numpy as np
import pytest

from mmseg_edu import studies
from mmseg_edu.studies import Opinions, Witnesses
from mmseg_edu.studies.choosing import AT_HOME, LEARNT_SEEDS, OPERATORS, RULES_AT_HOME, TABLE

module = sys.modules["mmseg_edu.studies.choosing"]


@pytest.fixture(scope="module")
def small():
    return studies.ordinary(48, 3, 16)


@pytest.fixture(scope="module")
def witnesses(small) -> Witnesses:
    return studies.train_witnesses(small, 0, epochs=1)


def test_witnesses_say_probabilities_of_what_each_can_know(small, witnesses):
    says = studies.ask(witnesses, small)
    assert isinstance(says, Opinions)
    for each in says[:3]:
        assert each.shape == (48, 16, 16, 5)
        assert each.min() >= 0
        np.testing.assert_allclose(each.sum(axis=-1), 1, atol=1e-5)
    assert says.flags.shape == (48, 5)
    assert ((says.flags >= 0) & (says.flags <= 1)).all()
    assert (says.hears == says.hears[:, :1, :1]).all(), "the ear knows no place"
    np.testing.assert_allclose(says.hears[:, 0, 0, 1:], witnesses.areas[1:] * says.flags[:, 1:], rtol=1e-5)
    assert (says.objects[..., 1:] >= says.sees[..., 1:] - 1e-6).all(), "what sounds is a visible thing"


def test_the_eye_is_deaf_and_the_ear_is_blind(small, witnesses):
    from dataclasses import replace

    mute = studies.ask(witnesses, replace(small, sounds=np.zeros_like(small.sounds)))
    dark = studies.ask(witnesses, replace(small, images=np.zeros_like(small.images)))
    says = studies.ask(witnesses, small)
    assert np.array_equal(mute.sees, says.sees)
    assert np.array_equal(dark.flags, says.flags)
    assert not np.array_equal(mute.flags, says.flags)
    assert not np.array_equal(dark.sees, says.sees)


def test_areas_and_prior_are_counted(small, witnesses):
    shares = np.stack([(small.labels == k).mean(axis=(1, 2)) for k in range(5)], axis=1)
    np.testing.assert_allclose(witnesses.prior, shares.mean(axis=0))
    for k in range(1, 5):
        assert witnesses.areas[k] == pytest.approx(shares[small.heard[:, k], k].mean())
    assert witnesses.prior.sum() == pytest.approx(1)


def test_rules_and_operator_are_scored_on_the_same_scenes(monkeypatch):
    seen = []

    def situation(count, seed):
        seen.append((count, seed))
        return studies.redundant(count, seed, 16)

    witnesses = studies.train_witnesses(studies.ordinary(20, 0, 16), 0, epochs=1)
    rows = list(studies.rules_in(situation, witnesses, 4, count=10))
    assert [row.method for row in rows][:3] == ["picture alone", "sound alone", "mean"]
    assert rows[-1].method == "sounding"
    assert len(rows) == 11
    assert len({seed for _, seed in seen}) == 2, "fitted and scored on different scenes"
    model = studies.train_operator(studies.redundant(20, 0, 16), 0, "Gated", epochs=1)
    row = studies.operator_in(situation, model, "gate", 4, count=10)
    assert row[:4] == (TABLE, "situation", "gate", 4)
    assert seen[-1] == seen[1]
    home = list(studies.rules_at_home(situation, witnesses, 4, count=10))
    assert seen[-2:] == seen[:2]
    by_rule = {each.method: each for each in rows}
    assert [each.method for each in home] == [f"{name}, at home" for name in RULES_AT_HOME]
    assert [each[4:] for each in home] == [by_rule[name][4:] for name in RULES_AT_HOME]


def test_what_learnt_at_home_was_run_in_every_situation_under_the_same_seeds():
    methods, situations, scores = studies.by_seed(studies.load("choosing").rows, TABLE)
    at_home = [scores[methods.index(name)] for name in methods if name.endswith(", at home")]
    assert situations == [each.__name__ for each in studies.SITUATIONS]
    assert len(at_home) == 1 + len(RULES_AT_HOME)
    for each in at_home:
        assert np.isfinite(each[:, :LEARNT_SEEDS]).all()
        assert np.isnan(each[:, LEARNT_SEEDS:]).all()


def test_an_unknown_operator_is_refused():
    with pytest.raises(AttributeError, match="Filme"):
        studies.train_operator(studies.redundant(4, 0, 16), 0, "Filme")


def test_each_run_is_made_once_and_what_is_done_is_left_out(monkeypatch):
    row = studies.Row
    trained = []
    monkeypatch.setattr(module, "ordinary", lambda count, seed: ("ordinary", seed))
    monkeypatch.setattr(module, "SITUATIONS", tuple(_named(name) for name in ("one", "two")))
    monkeypatch.setattr(module, "CLIP_SITUATIONS", (_named("clip"),))
    monkeypatch.setattr(
        module, "train_witnesses", lambda batch, seed, progress: trained.append(("eye", batch, seed))
    )
    monkeypatch.setattr(
        module,
        "train_operator",
        lambda batch, seed, operator="Film", progress=False: trained.append((operator, batch, seed)),
    )
    monkeypatch.setattr(
        module,
        "rules_in",
        lambda s, w, seed, count=120: [
            row(TABLE, s.__name__, m, seed, 0, 0, 0) for m in (*RULES_AT_HOME, "sounding")
        ],
    )
    monkeypatch.setattr(
        module, "operator_in", lambda s, model, method, seed: row(TABLE, s.__name__, method, seed, 0, 0, 0)
    )
    monkeypatch.setattr(
        module,
        "three_senses",
        lambda seed, chosen: [row("three senses", s.__name__, "majority", seed, 0, 0, 0) for s in chosen],
    )
    rows = [each[:4] for each in studies.choosing(range(4))]
    assert len(set(rows)) == len(rows) == 4 * 2 * 4 + LEARNT_SEEDS * (len(OPERATORS) + 1 + 3) * 2 + 4
    assert len(trained) == 4 + LEARNT_SEEDS * (len(OPERATORS) + 2 + 2)
    home = [each for each in trained if each[0] == "Film" and each[1][0] in ("one", "two")]
    assert len(home) == 2 * LEARNT_SEEDS
    experts = [each[1:] for each in trained if each[0] == "eye" and each[1][0] in ("one", "two")]
    assert sorted(experts) == sorted(each[1:] for each in home), "eye and ear learn from the same scenes"
    trained.clear()
    assert list(studies.choosing(range(4), set(rows))) == []
    assert trained == []
    left = [each[:4] for each in studies.choosing(range(4), set(rows) - {(TABLE, "two", AT_HOME, 1)})]
    assert left == [(TABLE, "two", AT_HOME, 1)]
    assert trained == [("Film", ("two", 1), 1)]
    trained.clear()
    broken = {(TABLE, "two", f"{name}, at home", 1) for name in RULES_AT_HOME[1:]}
    left = {each[:4] for each in studies.choosing(range(4), set(rows) - broken)}
    assert left == broken | {(TABLE, "two", f"{RULES_AT_HOME[0]}, at home", 1)}, "what one training gives"
    assert trained == [("eye", ("two", 1), 1)]


def _named(name):
    def situation(count, seed):
        return name, seed

    situation.__name__ = name
    return situation


@pytest.mark.slow
def test_a_slice_of_two_senses_made_anew_agrees_with_what_ships():
    """Trained anew: the last digits of a sum depend on the machine, and training amplifies them."""
    kept = {row[:4]: row for row in studies.load("choosing").rows}
    witnesses = studies.train_witnesses(studies.ordinary(1000, 0), 0)
    for row in studies.rules_in(studies.complementary, witnesses, 0):
        assert row.miou == pytest.approx(kept[row[:4]].miou, abs=0.1)
