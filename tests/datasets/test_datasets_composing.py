"""Scenes put together from photographs and recordings: who is seen, who is heard, and which pixels are whose."""

from pathlib import Path

import numpy as np
import pytest

from mmseg_edu.datasets import Recording, compose, cutouts

from .trees import put, sound

RATE = 16000


def tone(hertz: float, seconds: float = 2.0) -> tuple[np.ndarray, int]:
    return 0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE), RATE


def loud(second: int) -> tuple[np.ndarray, int]:
    """Two seconds of which one is much louder."""
    wave = tone(440)[0]
    wave[: RATE if second else None] *= 0.02
    if not second:
        wave[:RATE] *= 50
    return wave, RATE


def patch(red: float, green: float, blue: float, side: int = 20) -> np.ndarray:
    found = np.ones((side, side, 4), np.float32)
    found[..., :3] = red, green, blue
    return found


SOUNDS = {"red": [tone(300)], "green": [tone(1200)], "blue": [tone(3000)]}
PATCHES = {"red": patch(1, 0, 0), "green": patch(0, 1, 0), "blue": patch(0, 0, 1)}
GREY = [np.full((50, 70, 3), 0.5, np.float32)]
PLAIN = {"cutouts": PATCHES, "grounds": GREY, "image_noise": 0.0}


def strength(clip, hertz: float) -> float:
    spectrum = np.abs(np.fft.rfft(clip.sound)) / len(clip.sound)
    return float(spectrum[round(hertz * len(clip.sound) / clip.rate)])


@pytest.mark.parametrize("seed", range(6))
def test_labels_are_the_pixels_of_what_is_heard(seed):
    clip = compose(seed, SOUNDS, heard=("green",), objects=3, **PLAIN)
    pure = (clip.frames[..., 1] > 0.75) & (clip.frames[..., 0] < 0.1) & (clip.frames[..., 2] < 0.1)
    assert set(np.unique(clip.labels)) == {0, 2}
    assert (clip.labels[pure] == 2).all()
    assert pure.sum() > 0.7 * (clip.labels == 2).sum(), "the rest are pixels at the edge"
    others = (clip.frames[..., 0] > 0.75) | (clip.frames[..., 2] > 0.75)
    assert (clip.labels[others] == 0).all()
    assert strength(clip, 1200) > 20 * max(strength(clip, 300), strength(clip, 3000))


def test_frames_do_not_depend_on_what_is_heard_nor_on_the_noise_in_the_sound():
    scenes = [compose(3, SOUNDS, cutouts=PATCHES, objects=2, heard=heard, snr_db=snr) for heard, snr in CASES]
    assert all((each.frames == scenes[0].frames).all() for each in scenes)
    assert len({each.sound.tobytes() for each in scenes}) == len(CASES)


def test_silence_and_sounds_from_outside_the_picture_have_no_labels():
    off = next(name for name in SOUNDS if name not in ("red", "green"))
    for heard, snr in (((), np.inf), ((off,), 30.0)):
        clip = compose(0, SOUNDS, objects=("red", "green"), heard=heard, snr_db=snr, **PLAIN)
        assert not clip.labels.any()
        assert clip.sound.any() == bool(heard)


CASES = [(("red",), 30.0), (("green", "blue"), 30.0), ((), 0.0), ((), np.inf)]


def test_the_same_seed_gives_the_same_bytes_and_another_does_not():
    one, same, other = (compose(seed, SOUNDS, cutouts=PATCHES) for seed in (1, 1, 2))
    assert one.frames.tobytes() == same.frames.tobytes()
    assert one.sound.tobytes() == same.sound.tobytes()
    assert one.frames.tobytes() != other.frames.tobytes()
    drawn = compose(np.random.default_rng(5), SOUNDS, cutouts=PATCHES)
    assert (
        drawn.frames.tobytes() == compose(np.random.default_rng(5), SOUNDS, cutouts=PATCHES).frames.tobytes()
    )


@pytest.mark.parametrize("second", [0, 1])
def test_a_thing_hops_when_its_recording_is_loud_also_when_it_is_not_heard(second):
    for heard in (("red",), ()):
        clip = compose(2, {"red": [loud(second)]}, heard=heard, **PLAIN)
        red = (clip.frames[..., 0] > 0.75) & (clip.frames[..., 1] < 0.1)
        height = np.array([np.flatnonzero(each.any(axis=1))[0] for each in red])
        middle = [range(2, 7), range(10, 15)]
        assert max(height[middle[second]]) < min(height[middle[1 - second]]), "rows count downwards"


@pytest.mark.parametrize("overlap", [0.0, 0.3])
def test_later_things_hide_at_most_so_much_of_earlier_ones_at_rest(overlap):
    still = {name: [(np.r_[np.zeros(31999), 0.5], RATE)] for name in SOUNDS}
    for seed in range(4):
        clip = compose(seed, still, objects=3, heard=tuple(still), overlap=overlap, **PLAIN)
        counts = np.bincount(clip.labels[4].ravel(), minlength=4)[1:]
        assert counts.min() > 0
        if not overlap:
            full = [compose(seed, still, objects=3, heard=(name,), overlap=0, **PLAIN) for name in still]
            assert sum(np.count_nonzero(each.labels[4]) for each in full) == counts.sum()


def test_recordings_are_read_repeated_and_cut(tmp_path):
    put(tmp_path, "short.wav", holding=sound(0.5, 8000, 9000))
    short = Recording(Path(tmp_path / "short.wav"), "red", 0, "a")
    clip = compose(0, {"red": [short]}, heard=("red",), snr_db=np.inf, **PLAIN)
    assert clip.sound.size == 32000
    assert np.abs(clip.sound[20000:30000]).min() > 0.01, "half a second is repeated"
    long = np.r_[np.zeros(8 * RATE), tone(500, 3.0)[0]]
    clip = compose(0, {"red": [(long, RATE)]}, heard=("red",), snr_db=np.inf, **PLAIN)
    assert strength(clip, 500) > 0.03, "a loud piece is taken"


@pytest.mark.parametrize("size", [16, 48, 200])
def test_every_size_has_room(size):
    wide = {
        "red": np.ones((5, 60, 4), np.float32),
        "green": PATCHES["green"],
        "blue": patch(0, 0, 1, side=300),
    }
    clip = compose(4, SOUNDS, cutouts=wide, size=size, objects=3, heard=tuple(SOUNDS), overlap=0.0)
    assert clip.frames.shape[1:3] == (size, size)
    assert set(np.unique(clip.labels)) == {0, 1, 2, 3}


def test_one_to_three_classes_are_seen_and_one_of_them_is_heard():
    labels = [set(np.unique(compose(seed, SOUNDS, **PLAIN).labels)) - {0} for seed in range(8)]
    assert {len(each) for each in labels} == {1}
    assert len(set.union(*labels)) > 1


def test_what_is_shipped_is_cut_close_and_read_only():
    for name, each in cutouts().items():
        assert each.dtype == np.float32, name
        assert each[..., 3].max() == 1
        assert 0.25 < (each[..., 3] > 0.5).mean() < 0.95, name
        edges = each[0], each[-1], each[:, 0], each[:, -1]
        assert all(edge[..., 3].any() for edge in edges), name
        with pytest.raises(ValueError, match="read-only"):
            each[0, 0] = 0


def test_shipped_things_stand_before_shipped_photographs():
    clip = compose(0, {"cat": [tone(300)], "motorcycle": [tone(90)]}, objects=2, heard=("cat", "motorcycle"))
    assert set(np.unique(clip.labels)) == {0, 1, 2}
    assert clip.frames.std() > 0.05


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"sounds": {}}, "sounds must name from 1 to 254 classes, got 0"),
        ({"sounds": {"red": []}}, "each class must have a sound, got none for 'red'"),
        (
            {"sounds": {"cow": [tone(9)]}},
            "each class must have a cut-out, got none for 'cow' among blue, green, red",
        ),
        ({"sounds": {"red": [(np.zeros(9000), RATE)]}}, "a sound must not be silent, got one of 'red'"),
        (
            {"cutouts": {"red": np.zeros((4, 4, 3), np.float32)}},
            r"a cut-out must be \(h, w, 4\) float32.*\(4, 4, 3\)",
        ),
        ({"cutouts": {"red": np.zeros((4, 4, 4), np.uint8)}}, r"got uint8 \(4, 4, 4\) for 'red'"),
        ({"cutouts": {"red": [[1]]}}, "got list for 'red'"),
        ({"cutouts": {"red": np.zeros((4, 4, 4), np.float32)}}, "have a pixel that is its own"),
        ({"cutouts": {"red": patch(2, 0, 0)}}, r"a cut-out must lie in \[0, 1\]"),
        ({"cutouts": {"red": patch(np.nan, 0, 0)}}, r"a cut-out must lie in \[0, 1\]"),
        ({"objects": 2}, "objects must be from 1 to 1 classes, got 2"),
        ({"objects": 0}, "objects must be from 1 to 1 classes, got 0"),
        ({"objects": ()}, "objects must name a class at least"),
        (
            {"objects": ("cow",)},
            r"objects must be a sequence of classes of sounds, red, each once, got \('cow',\)",
        ),
        ({"heard": "red"}, "heard must be a sequence of classes of sounds, red, each once, got 'red'"),
        ({"heard": ("red", "red")}, "heard must be a sequence of classes"),
        ({"grounds": []}, "grounds must hold a photograph"),
        ({"size": 8}, "size must be from 16 to 1024 pixels, got 8"),
        ({"fps": 0}, "fps must be from 0.5 to 240"),
    ],
)
def test_what_cannot_be_composed_is_told(wrong, said):
    given = {"sounds": {"red": [tone(300)]}, **PLAIN} | wrong
    with pytest.raises(ValueError, match=said):
        compose(0, given.pop("sounds"), **given)
