"""Batches: scene i is scene i, the labels follow the sound, and the cache never shows."""

import multiprocessing
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import psutil
import pytest

from mmseg_edu.scenes import CLASSES, Batch, batches, cache, make_batch

SMALL = {"size": 16, "rate": 8000, "duration": 0.75}


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MMSEG_EDU_CACHE", str(tmp_path / "cache"))


def same(one: Batch, other: Batch) -> bool:
    parts = ("images", "labels", "objects", "sounds", "heard")
    return all(np.array_equal(getattr(one, part), getattr(other, part)) for part in parts)


@pytest.fixture(scope="module")
def many() -> Batch:
    return make_batch(500, 0, absent=0.3, cache=False)


def test_shapes_and_types(many: Batch) -> None:
    assert many.images.shape == (500, 64, 64, 3)
    assert many.labels.shape == many.objects.shape == (500, 64, 64)
    assert many.sounds.shape == (500, 16000)
    assert many.heard.shape == (500, len(CLASSES))
    kinds = [part.dtype.name for part in (many.images, many.labels, many.objects, many.sounds, many.heard)]
    assert kinds == ["float32", "uint8", "uint8", "float32", "bool"]
    assert many.rate == 16000
    assert len(many) == 500


def test_labels_are_the_sounding_part_of_the_objects(many: Batch) -> None:
    scene = np.arange(len(many))[:, None, None]
    expected = np.where(many.heard[scene, many.objects], many.objects, 0)
    np.testing.assert_array_equal(many.labels, expected)
    assert not many.heard[:, 0].any()


def test_absent_scenes_are_a_third_each_of_silence_noise_and_off_screen(many: Batch) -> None:
    absent = ~many.labels.any((1, 2))
    assert absent.mean() == pytest.approx(0.3, abs=0.06)
    silent = absent & ~many.sounds.any(1)
    off_screen = absent & many.heard.any(1)
    noise = absent & ~silent & ~off_screen
    for kind in (silent, off_screen, noise):
        assert kind.sum() / absent.sum() == pytest.approx(1 / 3, abs=0.12)
    assert not many.heard[silent | noise].any()


def test_classes_are_even_and_one_of_several_things_sounds(many: Batch) -> None:
    shown = np.stack([(many.objects == k).any((1, 2)) for k in range(1, 5)], axis=1)
    np.testing.assert_allclose(shown.mean(0), 2.15 / 4, atol=0.07)
    np.testing.assert_allclose(many.heard[:, 1:].mean(0), many.heard.mean(0)[1:].mean(), atol=0.06)
    several = (shown.sum(1) >= 2) & many.labels.any((1, 2))
    assert (many.heard[several].sum(1) == 1).mean() == pytest.approx(0.8, abs=0.07)
    assert set(np.unique(shown.sum(1))) == {1, 2, 3}


def test_no_sound_clips(many: Batch) -> None:
    assert np.abs(many.sounds).max() < 1
    loud = np.abs(many.sounds[many.heard.any(1)]).max(1)
    assert loud.min() > 0.1


def test_scene_i_does_not_depend_on_count_and_seeds_are_disjoint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "CHUNK", 25)
    large, small = (make_batch(count, 5, cache=False, **SMALL) for count in (60, 3))
    assert same(large[:3], small)
    other = make_batch(3, 6, cache=False, **SMALL)
    assert not any(np.array_equal(a, b) for a in small.images for b in other.images)


def test_cached_or_not_it_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "CHUNK", 25)
    plain = make_batch(30, 1, cache=False, **SMALL)
    first, second = (make_batch(30, 1, **SMALL) for _ in range(2))
    assert same(plain, first)
    assert same(plain, second)
    assert same(plain[:20], make_batch(20, 1, **SMALL))
    assert len(list(cache.folder().iterdir())) == 2, "20 scenes are the beginning of a stored chunk"


def test_options_are_part_of_the_name() -> None:
    quiet, loud = (make_batch(4, 1, snr_db=snr, absent=0.0, **SMALL) for snr in (np.inf, 0.0))
    assert np.abs(quiet.sounds - loud.sounds).max() > 0.05
    np.testing.assert_array_equal(quiet.images, loud.images)


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 no more", b"something else entirely", None])
def test_a_damaged_cache_is_drawn_again(damage: bytes | None) -> None:
    first = make_batch(5, 1, **SMALL)
    (file,) = cache.folder().iterdir()
    whole = file.read_bytes()
    middle = len(whole) // 2
    file.write_bytes(whole[:middle] + b"\x55" * 40 + whole[middle + 40 :] if damage is None else damage)
    assert same(first, make_batch(5, 1, **SMALL))
    assert file.read_bytes() == whole


def test_a_cache_of_the_wrong_arrays_is_drawn_again() -> None:
    first = make_batch(5, 1, **SMALL)
    (file,) = cache.folder().iterdir()
    np.savez(file, images=np.zeros(3))
    assert same(first, make_batch(5, 1, **SMALL))


def test_a_cache_that_cannot_be_written_only_costs_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "a file"
    blocked.write_text("not a folder")
    monkeypatch.setenv("MMSEG_EDU_CACHE", str(blocked))
    assert same(make_batch(5, 1, **SMALL), make_batch(5, 1, cache=False, **SMALL))


def _draw(folder: str, count: int, sender: "multiprocessing.connection.Connection") -> None:
    os.environ["MMSEG_EDU_CACHE"] = folder
    sender.send_bytes(make_batch(count, 3, **SMALL).images.tobytes())


def test_two_processes_may_write_at_once() -> None:
    context = multiprocessing.get_context("spawn")
    pipes = [context.Pipe(duplex=False) for _ in range(2)]
    workers = [
        context.Process(target=_draw, args=(str(cache.folder().parent), 40, send)) for _, send in pipes
    ]
    for worker in workers:
        worker.start()
    pictures = [receive.recv_bytes() for receive, _ in pipes]
    for worker in workers:
        worker.join(60)
    assert pictures[0] == pictures[1] == make_batch(40, 3, cache=False, **SMALL).images.tobytes()
    assert [file.suffix for file in cache.folder().iterdir()] == [".npz"]


def test_old_scenes_make_room_for_new(monkeypatch: pytest.MonkeyPatch) -> None:
    make_batch(5, 1, **SMALL)
    (old,) = cache.folder().iterdir()
    os.utime(old, (1, 1))
    left_over = cache.folder() / ".0123456789abcdef.part.npz"
    left_over.write_bytes(b"half a file")
    os.utime(left_over, (1, 1))
    monkeypatch.setattr(cache, "LIMIT", old.stat().st_size)
    make_batch(5, 2, **SMALL)
    assert not old.exists()
    assert not left_over.exists()
    assert len(list(cache.folder().iterdir())) == 1


@pytest.mark.parametrize("cached", [True, False])
def test_on_all_cores_it_is_the_same(cached: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "CHUNK", 4)
    alone = make_batch(12, 8, objects=("bell", "drum"), cache=False, **SMALL)
    together = make_batch(40, 8, objects=("bell", "drum"), cache=cached, **SMALL)
    assert same(together[:12], alone)
    monkeypatch.setattr(batches, "ENOUGH", 99)
    assert same(together, make_batch(40, 8, objects=("bell", "drum"), cache=False, **SMALL))
    assert cache.folder().exists() == cached


def test_each_call_keeps_its_scenes_where_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers live on from call to call, and must not go on writing into the folder of the first."""
    monkeypatch.setattr(batches, "CHUNK", 4)
    for name in ("one", "two"):
        monkeypatch.setenv("MMSEG_EDU_CACHE", str(tmp_path / name))
        make_batch(40, 8, **SMALL)
        assert len(list((tmp_path / name / "scenes").iterdir())) == 10


def test_what_is_stored_is_fetched_without_other_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "CHUNK", 4)
    first = make_batch(40, 8, **SMALL)
    monkeypatch.setattr(joblib, "Parallel", lambda *_, **__: pytest.fail("everything is on disk"))
    assert same(first, make_batch(40, 8, **SMALL))
    assert same(first[:38], make_batch(38, 8, **SMALL))


@pytest.mark.parametrize(
    "error", [OSError("no more processes"), joblib.externals.loky.BrokenProcessPool("killed")]
)
@pytest.mark.parametrize("after", [0, 3])
def test_where_other_processes_fail_it_is_drawn_without(
    error: Exception, after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Failing:
        def __init__(self, *_: Any, **__: Any) -> None:
            pass

        def __call__(self, tasks: Any) -> Any:
            for function, arguments, _ in [next(tasks) for _ in range(after)]:
                yield function(*arguments)
            raise error

    monkeypatch.setattr(batches, "CHUNK", 4)
    monkeypatch.setattr(joblib, "Parallel", Failing)
    failing = make_batch(20, 8, cache=False, **SMALL)
    monkeypatch.setattr(batches, "ENOUGH", 99)
    assert same(failing, make_batch(20, 8, cache=False, **SMALL))


def test_in_a_thread_it_is_drawn_without_other_processes_or_a_warning() -> None:
    made: list[Batch] = []
    thread = threading.Thread(target=lambda: made.append(make_batch(1001, 8, cache=False, **SMALL)))
    thread.start()
    thread.join(60)
    assert same(made[0][:5], make_batch(5, 8, cache=False, **SMALL))


SCRIPT = """
from mmseg_edu.scenes import batches, make_batch
batches.CHUNK = 20
make_batch({count}, 0, size=16, rate=8000, duration=0.75)
"""


def run_script(tmp_path: Path, count: int) -> "subprocess.Popen[bytes]":
    """Run a script as students write them: without `if __name__ == "__main__"`."""
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(count=count))
    return subprocess.Popen([sys.executable, str(script)], stderr=subprocess.DEVNULL)


def test_a_plain_script_may_draw_many(tmp_path: Path) -> None:
    assert run_script(tmp_path, 100).wait(60) == 0
    assert len(list(cache.folder().iterdir())) == 5


def test_no_process_goes_on_when_its_parent_is_killed(tmp_path: Path) -> None:
    parent = run_script(tmp_path, 100_000)
    until = time.monotonic() + 60
    while not list(cache.folder().glob("*.npz")) and time.monotonic() < until:
        time.sleep(0.1)
    children = psutil.Process(parent.pid).children(recursive=True)
    assert len(children) >= 2 or joblib.cpu_count() == 1, "drawing on all cores"
    parent.kill()
    parent.wait()
    until = time.monotonic() + 15
    while (left := [child for child in children if _lives(child)]) and time.monotonic() < until:
        time.sleep(0.1)
    assert left == []


def _lives(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_whatever_draws_is_part_of_the_name() -> None:
    """A stored scene must not outlive the code that drew it."""
    files: set[Path] = set()
    package = Path(batches.__file__).parents[1]
    sys.setprofile(lambda frame, event, _: files.add(Path(frame.f_code.co_filename)))
    try:
        make_batch(6, 0, absent=0.5, cache=False, **SMALL)
    finally:
        sys.setprofile(None)
    ours = {file for file in files if file.is_relative_to(package)}
    assert len(ours) > 5
    assert ours <= set(cache.sources())


def test_a_batch_is_cut_with_slices_and_lists() -> None:
    batch = make_batch(4, 0, cache=False, **SMALL)
    np.testing.assert_array_equal(batch[1:3].images, batch.images[1:3])
    np.testing.assert_array_equal(batch[[3, 0]].sounds, batch.sounds[[3, 0]])
    np.testing.assert_array_equal(
        batch[batch.rate == np.array([0, 8000, 0, 8000])].images, batch.images[1::2]
    )
    assert len(batch[[]]) == len(batch[:0]) == 0
    with pytest.raises(TypeError, match=r"got 2: write batch\[2:3\]"):
        batch[2]  # type: ignore[index]
    for wrong in ((1, 2), np.array(1), [[0, 1]], [0.5], ["bell"]):
        with pytest.raises(TypeError, match=r"a slice or a list of whole numbers .* along the first axis"):
            batch[wrong]  # type: ignore[index]


def test_an_empty_batch_and_bad_counts() -> None:
    assert len(make_batch(0, 0, cache=False)) == 0
    with pytest.raises(ValueError, match="count must not be negative, got -1"):
        make_batch(-1, 0)
    with pytest.raises(TypeError, match=r"count must be a whole number, got 2\.5"):
        make_batch(2.5, 0)  # type: ignore[arg-type]
    with pytest.raises(
        ValueError, match=r"absent must be from 0\.0 to 1\.0 as a fraction of the scenes, got 2"
    ):
        make_batch(1, 0, absent=2)
