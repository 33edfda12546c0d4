"""The study of lesson 16: other sounds with the right new mask, scores that mean something, a table that survives."""

import numpy as np
import pytest

from mmseg_edu import studies
from mmseg_edu.scenes import make_batch
from mmseg_edu.studies import operators as module


@pytest.fixture(scope="module")
def batch():
    return make_batch(60, seed=3, size=16)


def sounding(batch):
    """What each scene should show, from its objects and its sound, by a loop over the pixels' classes."""
    return np.array(
        [
            [[k if k and heard[k] else 0 for k in row] for row in objects]
            for objects, heard in zip(batch.objects, batch.heard, strict=True)
        ]
    )


@pytest.mark.parametrize("visible", [True, False])
def test_another_sound_brings_its_own_mask(batch, visible):
    other, found = studies.other_sounds(batch, 0, visible=visible)
    assert found.sum() >= 10
    np.testing.assert_array_equal(other.labels, sounding(other))
    np.testing.assert_array_equal(other.images, batch.images)
    np.testing.assert_array_equal(other.sounds[~found], batch.sounds[~found])
    for i in np.flatnonzero(found):
        if visible:
            assert other.labels[i].any()
            assert (other.labels[i] != batch.labels[i]).any()
        else:
            assert other.heard[i].any()
            assert not other.labels[i].any()


def test_the_sounds_depend_on_the_seed_alone(batch):
    first, again, another = (studies.other_sounds(batch, seed, visible=True)[0].sounds for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert (first != another).any()


def test_each_kind_of_question_has_the_answer_that_belongs_to_its_sound(batch):
    from mmseg_edu.studies.listening import questions

    asked = questions(batch, 0)
    swapped, found = studies.other_sounds(batch, 0, visible=True)
    np.testing.assert_array_equal(asked["own"].labels, batch.labels)
    np.testing.assert_array_equal(asked["after"].labels, swapped.labels[found])
    np.testing.assert_array_equal(asked["before"].labels, swapped.labels[found])
    np.testing.assert_array_equal(asked["before"].vectors, asked["own"].vectors[found])
    assert (asked["before"].vectors != asked["after"].vectors).any(axis=1).all()
    for name in ("silence", "noise", "off_screen"):
        assert not asked[name].labels.any()
        assert len(asked[name].images) == len(asked[name].vectors) == len(asked[name].labels)
    assert np.ptp(asked["silence"].vectors, axis=0).max() == 0


def test_a_further_question_is_scored_by_its_mean_iou(batch):
    from mmseg_edu.studies.listening import Question, answered, questions

    truth = np.array([[[0, 0], [0, 2]]])
    more = {"further": Question(np.zeros((1, 2, 2, 3)), np.zeros((1, 128)), truth)}
    scores = answered(lambda pictures, vectors: np.zeros(pictures.shape[:3], int), questions(batch, 0) | more)
    assert scores["further"] == pytest.approx((3 / 4 + 0) / 2)
    assert set(scores) == {"miou", "gain", "silence", "noise", "off_screen", "further"}


def test_what_ignores_the_sound_gains_nothing_and_claims_the_same_whatever_sounds(batch):
    scores = studies.listening(lambda pictures, vectors: (pictures[..., 0] > 0.5).astype(int), batch, 0)
    assert scores["gain"] == 0.0
    assert scores["silence"] == scores["noise"] > 0


def test_what_claims_nothing_and_what_claims_all(batch):
    for label, claimed in ((0, 0.0), (2, 1.0)):
        scores = studies.listening(
            lambda pictures, vectors, k=label: np.full(pictures.shape[:3], k), batch, 0
        )
        assert [scores[name] for name in ("silence", "noise", "off_screen")] == [claimed] * 3


def test_what_follows_the_sound_perfectly_has_all_the_gain_there_is(batch):
    """An oracle that looks the sound up: its masks are right before and after, so the gain is 1 less the old mask's."""
    from mmseg_edu.features import sound_vector

    swapped, found = studies.other_sounds(batch, 0, visible=True)
    known = {}
    for each in (batch, swapped):
        vectors = sound_vector(each.sounds, each.rate)
        known |= {
            (p.tobytes(), v.tobytes()): t for p, v, t in zip(each.images, vectors, each.labels, strict=True)
        }

    def oracle(pictures, vectors):
        nothing = np.zeros(pictures.shape[1:3], np.uint8)
        asked = zip(pictures, vectors, strict=True)
        return np.stack([known.get((p.tobytes(), v.tobytes()), nothing) for p, v in asked])

    from mmseg_edu.metrics import mean_iou

    scores = studies.listening(oracle, batch, 0)
    assert scores["miou"] == 1.0
    assert scores["gain"] == pytest.approx(1 - mean_iou(swapped.labels[found], batch.labels[found], 5))
    assert scores["gain"] > 0.3
    assert scores["silence"] == scores["noise"] == 0.0


def test_who_need_not_name_what_sounds_is_scored_on_the_place_alone(batch):
    """Right places with wrong names: half wrong where names count, perfect where they do not."""

    marks = {p.tobytes(): (t > 0).astype(int) for p, t in zip(batch.images, batch.labels, strict=True)}

    def misnamed(pictures, vectors):
        return np.stack([marks[picture.tobytes()] for picture in pictures])

    without = studies.listening(misnamed, batch, 0, names=False)
    assert without["miou"] == 1.0
    assert studies.listening(misnamed, batch, 0)["miou"] < 0.5


@pytest.mark.parametrize("learnt", list(module.SCHOOLS))
def test_a_network_has_the_classes_of_its_school(monkeypatch, learnt):
    """Untrained, so that it takes no time: what is told it and what it answers with."""
    told = []

    def fit(model, inputs, truth, loss, **settings):
        told.append((model.output_shape[-1], int(truth.max()), len(truth)))

    module._lessons.cache_clear()
    module._asked.cache_clear()
    monkeypatch.setattr(module, "LEARNT", 40)
    monkeypatch.setattr(module, "SCORED", 40)
    monkeypatch.setattr(module.models, "fit", fit)
    row, _ = studies.trial("Film", "late", learnt, seed=0)
    names = "no names" not in learnt
    assert told == [(5, 4, 40) if names else (2, 1, 40)]
    assert row[:4] == ("Film", "late", learnt, 0)
    assert row.seconds >= 0
    assert row.parameters > 10_000
    module._lessons.cache_clear()
    module._asked.cache_clear()


def a_trial(operator="Film", seed=0, miou=0.5):
    scores = (miou, 0.25, 0.0, 0.125, 1.0, 0.5, 0.5, 0.5, 0.5)
    return studies.Trial(operator, "middle", "ordinary", seed, 100, 1.5, *scores)


def test_trials_are_kept_as_they_come_and_a_run_made_again_takes_its_own_place(tmp_path):
    path = tmp_path / "operators.csv"
    studies.keep_trials(iter([a_trial(), a_trial("Gated")]), path)
    kept = studies.keep_trials(iter([a_trial(miou=0.75), a_trial(seed=1)]), path)
    assert kept == [a_trial(miou=0.75), a_trial("Gated"), a_trial(seed=1)] == studies.load_trials(path)


def test_an_interrupted_study_keeps_what_it_has(tmp_path):
    def breaks():
        yield a_trial()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        studies.keep_trials(breaks(), tmp_path / "operators.csv")
    assert studies.load_trials(tmp_path / "operators.csv") == [a_trial()]


def test_every_run_of_the_study_is_made_once(monkeypatch):
    by_rule = ("rule", "late", "ordinary")
    monkeypatch.setattr(module, "trial", lambda *run, progress: (run, None))
    monkeypatch.setattr(module, "rule_trial", lambda seed, progress: (*by_rule, seed))
    runs = list(studies.try_operators([0, 1]))
    assert len(runs) == len(set(runs)) == 2 * (1 + 7 * 3 + 1 + 3)
    assert list(studies.try_operators([0, 1], set(runs))) == []
    assert ("Product", "late", "ordinary", 0) in runs
    assert ("Product", "middle", "ordinary", 0) not in runs


def test_what_is_no_table_of_trials_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"must be a table of trials, got none at nothing.csv"):
        studies.load_trials(tmp_path / "nothing.csv")
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(ValueError, match="trials must have the columns"):
        studies.load_trials(tmp_path / "empty.csv")


def test_the_table_that_ships_is_whole(monkeypatch):
    """Every run of three seeds stands in it once, and its numbers are what such numbers can be."""
    rows = studies.load_trials()
    monkeypatch.setattr(module, "trial", lambda *run, progress: (run, None))
    monkeypatch.setattr(module, "rule_trial", lambda seed, progress: ("rule", "late", "ordinary", seed))
    assert sorted(row[:4] for row in rows) == sorted(studies.try_operators([0, 1, 2]))
    for row in rows:
        assert row.parameters > 10_000
        assert 0 < row.seconds < 300
        assert all(0 <= value <= 1 for value in (row.miou, *row[8:]))
        assert -0.01 <= row.gain <= 1


def test_a_weighted_mean_of_posteriors_never_follows_the_sound():
    """Alpha is one number for all scenes, so that the likeliest class of a pixel hardly changes with the sound."""
    gains = [row.gain for row in studies.load_trials() if row[:2] == ("Weighted", "late")]
    assert np.abs(gains).max() < 0.01
