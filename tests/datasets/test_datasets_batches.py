"""Clips as arrays to learn from: what goes together, what is unknown, and how little is in memory."""

import tracemalloc
from collections.abc import Iterator

import numpy as np
import pytest

from mmseg_edu import datasets
from mmseg_edu.clip import Clip
from mmseg_edu.datasets import IGNORE, batches

from .avs_trees import put_avss, put_s4


class Drawn:
    """Stands for a listed clip: pieces of it as they are given."""

    def __init__(self, *pieces: Clip, name: str = "drawn") -> None:
        self.given, self.name, self.read = pieces, name, 0

    def pieces(self, size: int, rate: int, seconds: float) -> Iterator[Clip]:
        for piece in self.given:
            self.read += 1
            yield piece


def clip(times: list[float], seconds: int, label: int | None = None, first: float = 0.0) -> Clip:
    """Pictures whose level is their time over 100, and a sound whose level is its second over 100."""
    moments = np.array(times)
    levels = ((first + moments) / 100).astype(np.float32)
    frames = np.broadcast_to(levels[:, None, None, None], (len(times), 4, 4, 3)).copy()
    sound = np.repeat((first + np.arange(seconds, dtype=np.float32)) / 100, 100).astype(np.float32)
    labels = None if label is None else np.full((len(times), 4, 4), label, np.uint8)
    return Clip(frames, moments, sound, 100, labels)


def gathered(found: list[datasets.Examples], part: str) -> np.ndarray:
    return np.concatenate([getattr(each, part) for each in found])


def test_a_picture_goes_with_the_sound_of_its_second():
    listed = Drawn(clip([0.0, 0.5, 1.0, 2.9], 3, 1), clip([0.0, 0.25, 1.75], 2, 2, first=3.0))
    found = list(batches([listed], 3, size=4, rate=100))
    assert [len(each) for each in found] == [3, 3, 1]
    assert np.allclose(gathered(found, "images")[:, 0, 0, 0] * 100, [0, 0.5, 1, 2.9, 3, 3.25, 4.75])
    sounds = gathered(found, "sounds")
    assert sounds.shape == (7, 100)
    assert np.allclose(sounds.min(axis=1) * 100, [0, 0, 1, 2, 3, 3, 4])
    assert np.allclose(sounds.max(axis=1), sounds.min(axis=1))
    assert gathered(found, "labels")[:, 0, 0].tolist() == [1, 1, 1, 1, 2, 2, 2]
    assert (found[0].rate, found[0].images.dtype, found[0].labels.dtype) == (100, np.float32, np.uint8)


def test_another_length_of_the_sound_and_silence_behind_its_end():
    (only,) = batches([Drawn(clip([0.0, 1.9, 2.0], 3))], 8, size=4, rate=100, seconds=2.0)
    assert only.sounds.shape == (3, 200)
    assert np.allclose(only.sounds[0], only.sounds[1])
    assert np.allclose(only.sounds[2, :100] * 100, 2)
    assert (only.sounds[2, 100:] == 0).all()


def test_times_that_rounding_moved_stay_in_their_second():
    times = (np.arange(40) * 0.1).tolist()  # 0.1 * 3 is more than 0.3, and 0.6 / 0.1 less than 6
    (only,) = batches([Drawn(clip(times, 4))], 64, size=4, rate=100, seconds=0.1)
    assert np.allclose(only.sounds[:, 0] * 100, np.arange(40) // 10)


def test_films_keep_to_their_clip_and_are_filled_up():
    one, other = (
        Drawn(clip([0.0, 1.0], 2, 1), clip([0.0], 1, 1, first=2.0)),
        Drawn(clip([0.0], 1, 2, first=50)),
    )
    (only,) = batches([one, other], 8, size=4, frames=2, rate=100)
    assert only.images.shape == (3, 2, 4, 4, 3)
    assert only.sounds.shape == (3, 2, 100)
    assert only.labels[:, :, 0, 0].tolist() == [[1, 1], [1, IGNORE], [2, IGNORE]]
    assert np.allclose(only.images[:, :, 0, 0, 0] * 100, [[0, 1], [2, 0], [50, 0]])
    assert (only.images[1:, 1] == 0).all()
    assert (only.sounds[1:, 1] == 0).all()


def test_what_nobody_labelled_may_be_left_out():
    half = clip([0.0, 1.0], 2, IGNORE)
    half.labels[1, 0, 0] = 0
    listed = [Drawn(clip([0.0, 1.0], 2)), Drawn(half), Drawn(clip([0.0], 1, 3))]
    assert sum(map(len, batches(listed, 2, size=4, rate=100))) == 5
    (only,) = batches(listed, 8, size=4, rate=100, unlabelled=False)
    assert only.labels[:, 0, 0].tolist() == [0, 3]
    (films,) = batches(listed, 8, size=4, rate=100, frames=2, unlabelled=False)
    assert films.labels.shape == (2, 2, 4, 4)


def test_clips_are_read_when_their_batch_is_asked_for():
    listed = [Drawn(clip([0.0], 1)) for _ in range(6)]
    found = batches(listed, 2, size=4, rate=100)
    assert [each.read for each in listed] == [0] * 6
    next(found)
    assert [each.read for each in listed] == [1, 1, 0, 0, 0, 0]


def test_memory_does_not_grow_with_the_number_of_clips():
    def peak(count: int) -> int:
        listed = (Drawn(clip([k / 10 for k in range(100)], 10)) for _ in range(count))
        tracemalloc.start()
        for _ in batches(listed, 4, size=4, rate=100):
            pass
        try:
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(1)
    assert peak(8) < 1.2 * peak(2)


def test_no_sound_track_is_not_silence():
    mute = Clip(np.zeros((1, 4, 4, 3), np.float32), np.zeros(1))
    with pytest.raises(ValueError, match="clip 'mute' must have a sound track, got none"):
        list(batches([Drawn(mute, name="mute")], 2, size=4))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"count": 0}, "count must be a whole number of examples"),
        ({"count": 1, "size": 0}, "size must be a whole number of pixels"),
        ({"count": 1, "rate": 0.5}, "rate must be a whole number of Hz"),
        ({"count": 1, "frames": 0}, "frames must be a whole number of pictures"),
        ({"count": 1, "seconds": 0}, "seconds must be finite and hold a sample"),
        ({"count": 1, "seconds": np.nan}, "seconds must be finite and hold a sample"),
        ({"count": 1, "seconds": 1e-6}, "seconds must be finite and hold a sample"),
    ],
)
def test_what_is_out_of_range_is_refused_before_anything_is_read(wrong, said):
    with pytest.raises(ValueError, match=said):
        batches([Drawn(clip([0.0], 1))], **wrong)


def test_the_benchmark_comes_as_pictures_and_as_padded_films(tmp_path):
    s4, avss = put_s4(tmp_path / "s4"), put_avss(tmp_path / "avss")
    found = list(batches(datasets.avs_s4(s4, "train"), 4, size=8, unlabelled=False))
    assert [each.images.shape for each in found] == [(2, 8, 8, 3)]
    assert np.allclose(found[0].sounds, 1000 / 32768, atol=1e-4)
    (films,) = batches(datasets.avs_avss(avss, "train"), 4, size=8, frames=10)
    assert films.images.shape == (3, 10, 8, 8, 3)
    known = (films.labels != IGNORE).any(axis=(2, 3)).sum(axis=1)
    assert known.tolist() == [1, 10, 5]
