"""The scoreboard: hidden scenes with their truth, functions of strangers under guard, scores, rows that are kept."""

import contextlib
import json
import os
import signal
import stat
import sys
import threading
import time

import numpy as np
import pytest

from mmseg_edu import metrics, scenes
from mmseg_edu.studies import scoreboard
from mmseg_edu.studies.scoreboard import Refused, Row, board, entries, hidden, keeping, scoring

FRAMES = np.random.default_rng(0).random((8, 64, 64, 3), np.float32)
SOUND = np.random.default_rng(1).standard_normal(16000).astype(np.float32) / 10


def nothing(frames, sound, rate):
    return np.zeros(frames.shape[1:3], np.uint8)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("MMSEG_EDU_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "scoreboard"


# Hidden scenes.


def test_the_truth_is_that_of_the_middle_frame_and_follows_the_sound():
    asked, truths = scoreboard.hidden_questions(6, "t"), scoreboard.hidden_truths(6, "t")
    for i, (each, truth) in enumerate(zip(asked, truths, strict=True)):
        assert each.frames.shape == (8, 64, 64, 3)
        assert set(each.sounds) == set(truth)
        assert ("other" in truth) == (i % 3 > 0)
        assert truth["own"].any()
        assert not truth["silence"].any()
        assert not truth["off_screen"].any()
        assert not each.sounds["silence"].any()
        assert each.sounds["off_screen"].any()
        if "other" in truth:
            assert set(np.unique(truth["own"])) & set(np.unique(truth["other"])) == {0}
    clips = scenes.counterfactuals(scoreboard.hidden_seed("t", 1), duration=1.0, fps=8.0, objects=2)
    own = next(clip for clip in clips.values() if np.array_equal(clip.sound, asked[1].sounds["own"]))
    np.testing.assert_array_equal(own.labels[4], truths[1]["own"])
    np.testing.assert_array_equal(own.frames, asked[1].frames)


def test_seeds_are_out_of_reach_of_any_lesson_and_differ():
    seeds = [
        scoreboard.hidden_seed(key, i) for key in ("board", "second", "validation", "") for i in range(200)
    ]
    assert len(set(seeds)) == len(seeds)
    assert min(seeds) >= 2**48
    assert max(seeds) < 2**49


def test_nobody_can_write_into_the_hidden_scenes():
    asked = scoreboard.hidden_questions(1, "t")[0]
    for array in (asked.frames, *asked.sounds.values(), *scoreboard.hidden_truths(1, "t")[0].values()):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


@pytest.mark.parametrize("count", [0, -1, 1.5, True])
def test_a_set_needs_a_scene(count):
    with pytest.raises(ValueError, match="count must be a whole number, 1 or more"):
        scoreboard.hidden_questions(count)


def test_a_key_is_a_text():
    with pytest.raises(TypeError, match="key must be a text, the name of a set of scenes, got 3"):
        scoreboard.hidden_truths(1, 3)


# Functions of strangers.


def changes_frames(frames, sound, rate):
    frames[0] = 0
    return nothing(frames, sound, rate)


def changes_sound(frames, sound, rate):
    sound *= 2
    return nothing(frames, sound, rate)


def raises(frames, sound, rate):
    raise ZeroDivisionError("of all things")


def leaves(frames, sound, rate):
    sys.exit(3)


def draws_the_scenes(frames, sound, rate):
    return scenes.make_clip(0, duration=1.0).labels[4]


def asks_for_the_truth(frames, sound, rate):
    return scoreboard.hidden_truths(1)[0]["own"]


def looks_at_its_caller(frames, sound, rate):
    sys._getframe(1)
    return nothing(frames, sound, rate)


def looks_through_memory(frames, sound, rate):
    import gc

    gc.get_objects()
    return nothing(frames, sound, rate)


WRONG = {
    "it must be a function of": 7,
    "it changes the frames that it is given": changes_frames,
    "it changes the sound that it is given": changes_sound,
    "it raises ZeroDivisionError: of all things": raises,
    "it raises SystemExit: 3": leaves,
    "it draws sounding scenes while it answers": draws_the_scenes,
    "it draws sounding scenes while it answers, and": asks_for_the_truth,
    "it looks into its caller's memory": looks_at_its_caller,
    "it looks into its caller's memory: answer": looks_through_memory,
    "got None: does every path": lambda frames, sound, rate: None,
    "middle frame alone": lambda frames, sound, rate: np.zeros(frames.shape[:3], int),
    "take argmax": lambda frames, sound, rate: np.zeros((64, 64, 5)),
    "one class a pixel": lambda frames, sound, rate: 0,
    "got True and False": lambda frames, sound, rate: frames[4].mean(axis=-1) > 0.5,
    "got NaN or infinity": lambda frames, sound, rate: np.full((64, 64), np.nan),
    "as whole numbers, got float64": lambda frames, sound, rate: np.zeros((64, 64)),
    "as whole numbers, got <U1": lambda frames, sound, rate: np.full((64, 64), "0"),
    r"must lie in 0 .. 4, got 0 .. 5": lambda frames, sound, rate: np.where(frames[4, ..., 0] > 0.5, 5, 0),
    r"must lie in 0 .. 4, got -1 .. -1": lambda frames, sound, rate: np.full((64, 64), -1),
    "what is no array": lambda frames, sound, rate: [[0], [0, 1]],
    "it raises TypeError": lambda frames: frames,
}


@pytest.mark.parametrize("says", WRONG)
def test_a_wrong_answer_is_refused_in_plain_words(says):
    with pytest.raises(Refused) as refused:
        scoreboard.answer(WRONG[says], FRAMES, SOUND, 16000)
    assert says in str(refused.value)


@pytest.mark.parametrize(
    "right",
    [
        nothing,
        lambda frames, sound, rate: nothing(frames, sound, rate).tolist(),
        lambda frames, sound, rate: np.zeros((64, 64), np.int64),
        lambda *asked: np.zeros((64, 64), ">u2"),
        lambda frames, sound, rate: np.zeros((64, 128), np.uint8)[:, ::2],
    ],
)
def test_labels_of_any_whole_type_are_taken(right):
    labels = scoreboard.answer(right, FRAMES, SOUND, 16000)
    assert labels.dtype == np.uint8
    assert labels.shape == (64, 64)


def test_what_is_given_stays_as_it_was():
    frames, sound = FRAMES.copy(), SOUND.copy()
    for each in (changes_frames, changes_sound):
        with pytest.raises(Refused):
            scoreboard.answer(each, frames, sound, 16000)
    np.testing.assert_array_equal(frames, FRAMES)
    np.testing.assert_array_equal(sound, SOUND)


def forever(frames, sound, rate):
    while True:
        pass


def forever_and_swallows(frames, sound, rate):
    while True:
        with contextlib.suppress(Exception):
            time.sleep(0.01)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no alarm clock here")
@pytest.mark.parametrize("slow", [forever, forever_and_swallows])
def test_a_function_that_never_ends_is_stopped(slow):
    before = signal.getsignal(signal.SIGALRM)
    with pytest.raises(Refused, match=r"it takes more than 0\.2 s for one clip: load and train before"):
        scoreboard.answer(slow, FRAMES, SOUND, 16000, limit=0.2)
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_beside_the_main_thread_it_is_refused_when_it_ends():
    said = []

    def late(frames, sound, rate):
        time.sleep(0.05)
        return nothing(frames, sound, rate)

    def ask():
        try:
            scoreboard.answer(late, FRAMES, SOUND, 16000, limit=0.01)
        except Refused as refused:
            said.append(str(refused))

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert said[0].startswith("it takes more than 0.01 s for one clip")


def test_the_reader_may_interrupt():
    def stopped(frames, sound, rate):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scoreboard.answer(stopped, FRAMES, SOUND, 16000)


def test_a_profiler_is_given_back():
    def profiler(*_):
        return None

    sys.setprofile(profiler)
    try:
        scoreboard.answer(nothing, FRAMES, SOUND, 16000)
        assert sys.getprofile() is profiler
    finally:
        sys.setprofile(None)


# Scores.


def test_named_iou_by_a_loop_over_pixels_and_classes():
    rng = np.random.default_rng(0)
    truth, labels = rng.integers(0, 5, (2, 20, 6, 7))
    truth[0] = labels[0] = 0
    truth[1] = 0
    scores = scoreboard.named_iou(truth, labels)
    for i in range(20):
        shared = sum(t == p and t > 0 for t, p in zip(truth[i].flat, labels[i].flat, strict=True))
        either = sum(len({t, p} - {0}) for t, p in zip(truth[i].flat, labels[i].flat, strict=True))
        assert scores[i] == pytest.approx(shared / either if either else 1)
    assert scores[0] == 1
    assert scores[1] == 0
    assert (scores <= metrics.iou(truth > 0, labels > 0) + 1e-12).all()


def told(i_of):
    """A function that knows the answers, and by which name it looks them up."""
    answers = {}
    asked, truths = scoreboard.hidden_questions(6, "t"), scoreboard.hidden_truths(6, "t")
    for each, truth in zip(asked, truths, strict=True):
        for kind, sound in each.sounds.items():
            answers[each.frames.tobytes(), sound.tobytes()] = truth[i_of(kind)]
    return lambda frames, sound, rate: answers[frames.tobytes(), sound.tobytes()]


def test_who_knows_everything_gets_everything():
    scores = scoreboard.score(told(lambda kind: kind), 6, "t")
    assert scores.iou.tolist() == scores.border.tolist() == [1.0] * 6
    assert np.isnan(scores.gain).tolist() == [True, False, False] * 2
    assert scores.gain[~np.isnan(scores.gain)].tolist() == [1.0] * 4
    assert not scores.silence.any()
    assert not scores.off_screen.any()
    assert scores.seconds > 0


def test_who_is_deaf_gains_nothing_and_claims_something_in_silence():
    scores = scoreboard.score(told(lambda kind: "own"), 6, "t")
    assert scores.iou.tolist() == [1.0] * 6
    assert scores.gain[~np.isnan(scores.gain)].tolist() == [0.0] * 4
    truths = scoreboard.hidden_truths(6, "t")
    np.testing.assert_allclose(scores.silence, [(each["own"] > 0).mean() for each in truths])
    np.testing.assert_array_equal(scores.silence, scores.off_screen)


def remembers():
    seen = []

    def counting(frames, sound, rate):
        seen.append(1)
        return np.full((64, 64), len(seen) % 5, np.uint8)

    return counting


def test_state_and_chance_are_refused():
    lots = np.random.default_rng(0)
    for each in (remembers(), lambda *asked: lots.integers(0, 5, (64, 64))):
        with pytest.raises(Refused, match="gives another answer when it is asked again about scene 0"):
            scoreboard.score(each, 1, "t")


def test_a_refusal_names_scene_and_sound():
    def not_in_silence(frames, sound, rate):
        return nothing(frames, sound, rate) if sound.any() else None

    with pytest.raises(Refused, match=r"got None: .* \(scene 0, sound: silence\)"):
        scoreboard.score(not_in_silence, 2, "t")


def test_the_truth_is_not_fetched_before_all_answers_are_there(monkeypatch):
    answers = []
    real = scoring.hidden_truths
    monkeypatch.setattr(
        scoring, "hidden_truths", lambda *a: real(*a) if len(answers) >= 7 else pytest.fail("early")
    )

    def noting(frames, sound, rate):
        answers.append(1)
        return nothing(frames, sound, rate)

    scoreboard.score(noting, 2, "t")


def test_a_row_has_means_with_intervals_around_them():
    values = np.linspace(0, 1, 40)
    gain = np.where(np.arange(40) % 2, values, np.nan)
    row = scoreboard.row_of(
        scoreboard.Scores(values, values**2, gain, 0 * values, values, 0.0123), "a", "b", "t"
    )
    assert row[:4] == ("a", "b", "t", 40)
    assert row.iou == 0.5
    assert row.gain == pytest.approx(np.nanmean(gain), abs=1e-4)
    for name in ("iou", "border", "gain", "off_screen"):
        assert getattr(row, f"{name}_low") < getattr(row, name) < getattr(row, f"{name}_high")
    assert row.silence == row.silence_low == row.silence_high == 0
    assert row.milliseconds == 12.3


# What is kept.


def test_a_row_is_computed_once_and_a_changed_function_is_a_new_row(cache):
    calls = []

    def written(limit):
        def mine(frames, sound, rate):
            return nothing(frames, sound, rate) + np.uint8(limit)

        return mine

    def counted(function):
        before = len(list(cache.glob("*.json"))) if cache.exists() else 0
        row = scoreboard.enter(function, count=2, key="t")
        calls.append(len(list(cache.glob("*.json"))) - before)
        return row

    first, again, other = counted(written(0)), counted(written(0)), counted(written(1))
    assert calls == [1, 0, 1]
    assert first == again
    assert other.silence == 1
    scoreboard.enter(written(0), count=2, key="u")
    scoreboard.enter(written(0), count=1, key="t")
    assert len(list(cache.glob("*.json"))) == 4


def test_a_killed_run_goes_on(cache, monkeypatch):
    scoreboard.enter(nothing, count=2, key="t")
    monkeypatch.setattr(keeping, "score", lambda *a, **k: pytest.fail("asked again"))
    assert scoreboard.enter(nothing, count=2, key="t").silence == 0
    leftover = next(cache.glob("*.json"))
    leftover.write_text(leftover.read_text()[:40])  # a disk that failed
    with pytest.raises(pytest.fail.Exception, match="asked again"):
        scoreboard.enter(nothing, count=2, key="t")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"iou": 3}', '{"iou": [1]}', "null", "\x00"])
def test_a_damaged_file_in_the_cache_is_made_again(cache, text):
    row = scoreboard.enter(nothing, count=2, key="t")
    (kept,) = cache.glob("*.json")
    kept.write_text(text)
    assert scoreboard.enter(nothing, count=2, key="t").iou == row.iou
    assert json.loads(kept.read_text())["iou"] == [0.0, 0.0]


def test_a_cache_that_cannot_be_written_only_costs_time(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("MMSEG_EDU_CACHE", str(tmp_path / "file"))
    assert scoreboard.enter(nothing, count=1, key="t").failure == ""


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_read_only_cache_is_read(cache):
    row = scoreboard.enter(nothing, count=1, key="t")
    cache.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        assert scoreboard.enter(nothing, count=1, key="t") == row
        assert scoreboard.enter(lambda *asked: nothing(*asked), count=1, key="t").failure == ""
    finally:
        cache.chmod(stat.S_IRWXU)


def test_a_failure_is_a_row_and_is_not_kept(cache):
    row = scoreboard.enter(raises, "mine", count=1, key="t")
    assert row.segmenter == "mine"
    assert row.failure == "it raises ZeroDivisionError: of all things (scene 0, sound: own)"
    assert np.isnan(row[4:20]).all()
    assert not cache.exists() or not list(cache.glob("*.json"))


SETTING = 1
TABLE = {"a": [1, 2]}


def helper(value):
    return value + SETTING


def uses(frames, sound, rate):
    return helper(frames) + TABLE["a"][0]


def test_a_fingerprint_follows_what_the_function_reads(monkeypatch):
    before = scoreboard.fingerprint(uses)
    assert before == scoreboard.fingerprint(uses)
    monkeypatch.setitem(TABLE, "a", [1, 3])
    assert scoreboard.fingerprint(uses) != before
    monkeypatch.setitem(TABLE, "a", [1, 2])
    assert scoreboard.fingerprint(uses) == before


def made_in_a_notebook(source, **names):
    space = {"np": np, "__name__": "__main__", **names}
    exec(source, space)  # as a cell of a notebook does
    return space["mine"]


SOURCE = """
def helper(x):
    return x + setting
def mine(frames, sound, rate, more=1):
    '''Says.'''
    inner = lambda y: np.sum(y) * {factor}
    return inner(helper(frames))
"""


def test_code_defaults_globals_and_arrays_tell_functions_apart():
    array = np.arange(3)
    print_of = scoreboard.fingerprint
    base = print_of(made_in_a_notebook(SOURCE.format(factor=2), setting=array))
    assert base == print_of(made_in_a_notebook("\n\n" + SOURCE.format(factor=2), setting=array.copy()))
    others = [
        made_in_a_notebook(SOURCE.format(factor=3), setting=array),
        made_in_a_notebook(SOURCE.format(factor=2), setting=array + 1),
        made_in_a_notebook(SOURCE.format(factor=2), setting=array.astype(float)),
        made_in_a_notebook(SOURCE.format(factor=2), setting=array[:, None]),
        made_in_a_notebook(SOURCE.format(factor=2), setting={1, 2}),
        made_in_a_notebook(SOURCE.format(factor=2).replace("x + setting", "x - setting"), setting=array),
        made_in_a_notebook(SOURCE.format(factor=2).replace("more=1", "more=2"), setting=array),
    ]
    prints = [print_of(each) for each in others]
    assert None not in prints
    assert len({base, *prints}) == 8


def test_what_cannot_be_told_apart_has_no_fingerprint(cache):
    held = [object(), np.random.default_rng(0), np.array([object()], dtype=object), (x for x in "a")]
    for each in held:
        assert scoreboard.fingerprint(lambda *asked, each=each: each) is None
    assert scoreboard.fingerprint(len) is None
    scoreboard.enter(lambda *asked, held=held: nothing(*asked), count=1, key="t")
    assert not cache.exists() or not list(cache.glob("*.json"))


def test_what_every_function_may_hold_can_be_told_apart():
    """An ellipsis in an index, a comprehension in a comprehension, nothing at all."""

    def first(frames, sound, rate):
        frames[..., 0] += 1
        return [[frames[i : i + 1] for i in range(j)] for j in (1, 2)], None

    def second(frames, sound, rate):
        frames[..., 0] += 1
        return [[frames[i : i + 2] for i in range(j)] for j in (1, 2)], None

    prints = scoreboard.fingerprint(first), scoreboard.fingerprint(second)
    assert None not in prints
    assert prints[0] != prints[1]


def test_a_function_that_calls_itself_has_one():
    def down(frames, sound, rate):
        return down(frames[1:], sound, rate) if len(frames) else 0

    assert scoreboard.fingerprint(down)


def test_the_text_of_an_imported_file_counts(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    prints = []
    for number in (1, 2):
        (tmp_path / "helpers_of_mine.py").write_text(f"def help():\n    return {number}\n")
        sys.modules.pop("helpers_of_mine", None)
        module = __import__("helpers_of_mine")
        prints.append(scoreboard.fingerprint(lambda *asked, helps=module.help: helps()))
    sys.modules.pop("helpers_of_mine", None)
    assert None not in prints
    assert prints[0] != prints[1]


# The package's own entries.


def test_every_pair_has_a_row_or_a_reason():
    rows = {(row.segmenter, row.fusion) for row in scoreboard.read_rows()}
    segmenters = ("pixelwise", "watershed", "graph cut", "FCN", "U-Net")
    for name in segmenters:
        for fusion_name in (*scoreboard.FUSIONS, *entries.LEARNED.values()):
            reasons = [
                why for (who, what), why in scoreboard.NO_SENSE.items() if who == name and fusion_name in what
            ]
            assert ((name, fusion_name) in rows) != bool(reasons), (name, fusion_name)


def test_no_stored_row_failed_and_all_are_of_one_set():
    rows = scoreboard.read_rows()
    assert len({row[:3] for row in rows}) == len(rows)
    for row in rows:
        assert row.failure == ""
        assert row.key == "board"
        assert row.scenes == scoring.SCENES
        assert row.parameters > 0
        for name in ("iou", "border", "silence", "off_screen"):
            assert 0 <= getattr(row, f"{name}_low") <= getattr(row, name) <= getattr(row, f"{name}_high") <= 1


def test_a_decision_is_fitted_on_validation_scenes_only(monkeypatch):
    asked = []
    real = entries.hidden_questions
    monkeypatch.setattr(entries, "hidden_questions", lambda count, key: asked.append(key) or real(count, key))
    sure = np.eye(5)[np.zeros((64, 64), int)]
    amount = scoreboard.fit_amount(lambda frames, sound, rate: sure, scoreboard.GRAPH_CUT, count=2)
    assert asked == [hidden.VALIDATION]
    assert amount == scoreboard.GRAPH_CUT.amounts[0]


@pytest.mark.parametrize("decision", [scoreboard.PIXELWISE, scoreboard.WATERSHED, scoreboard.GRAPH_CUT])
def test_every_decision_keeps_a_square_of_which_the_evidence_is_sure(decision):
    truth = np.zeros((32, 32), np.uint8)
    truth[8:20, 10:24] = 3
    posterior = 0.02 + 0.9 * np.eye(5)[truth]
    picture = np.where(truth[..., None] > 0, 0.9, 0.1) * np.ones(3)
    entry = scoreboard.segmenter_by(lambda *asked: posterior, decision, decision.amounts[0])
    np.testing.assert_array_equal(entry(picture[None], SOUND, 16000), truth)


def row(name, **values):
    numbers = dict.fromkeys(Row._fields[4:20], 0.5)
    return Row(name, "f", "t", 3, **(numbers | {"parameters": 0} | values))


def test_the_board_is_sorted_and_what_failed_comes_last():
    rows = [
        row("a", iou=0.2, silence=0.0),
        row("b", iou=0.9, silence=0.3),
        scoring.failed("c", "f", "t", 3, "it raises"),
        row("d", iou=0.5, silence=0.0),
    ]
    assert [each.segmenter for each in scoreboard.sorted_rows(rows)] == ["b", "d", "a", "c"]
    assert [each.segmenter for each in scoreboard.sorted_rows(rows, "silence")] == ["d", "a", "b", "c"]
    with pytest.raises(ValueError, match=r"by must be one of iou, border, .*, got 'beauty'"):
        scoreboard.sorted_rows(rows, "beauty")


def test_rows_are_kept_as_they_come_and_read_again(tmp_path, monkeypatch):
    monkeypatch.setattr(board, "about", lambda study: {"command": study})
    path = tmp_path / "board.csv"

    def killed():
        yield row("a", failure='says "no", twice\nand more')
        yield row("b", iou=0.25)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scoreboard.keep_rows(killed(), path)
    assert [each.segmenter for each in scoreboard.read_rows(path)] == ["a", "b"]
    kept = scoreboard.keep_rows([row("b", iou=0.75), row("c", parameters=7)], path)
    assert kept == scoreboard.read_rows(path)
    assert [(each.segmenter, each.iou) for each in kept] == [("a", 0.5), ("b", 0.75), ("c", 0.5)]
    assert [each.name for each in tmp_path.iterdir()] == ["board.csv"]


@pytest.mark.parametrize("text", ["", "# {}\n", "# {}\na,b\n1,2\n"])
def test_another_table_is_refused(tmp_path, text):
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(ValueError, match="a scoreboard must have the columns"):
        scoreboard.read_rows(tmp_path / "t.csv")
    with pytest.raises(
        ValueError, match=r"there must be a scoreboard, got none at u\.csv: make it with mmseg-edu study"
    ):
        scoreboard.read_rows(tmp_path / "u.csv")


def test_a_run_that_goes_on_asks_for_what_is_missing_only(monkeypatch):
    made = []
    monkeypatch.setattr(board, "join", lambda eye: None)
    monkeypatch.setattr(board, "fit_amount", lambda evidence, decision: 1.0)
    monkeypatch.setattr(board, "count_unet", lambda: 1)
    monkeypatch.setattr(board, "count_ear", lambda: 1)
    monkeypatch.setattr(board, "train_fcn_eye", lambda progress: pytest.fail("trained again"))
    monkeypatch.setattr(board, "train_operator", lambda *a, **k: pytest.fail("trained again"))
    monkeypatch.setattr(
        board, "enter", lambda entry, name, fusion, **k: made.append((name, fusion)) or row(name)
    )
    names = "pixelwise", "watershed", "graph cut", "FCN", "U-Net"
    every = {(name, how) for name in names for how in (*scoreboard.FUSIONS, *entries.LEARNED.values())}
    missing = {("graph cut", "mean"), ("U-Net", "product")}
    assert len(list(scoreboard.scoreboard(every - missing))) == 2
    assert set(made) == missing
