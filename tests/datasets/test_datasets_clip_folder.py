"""A folder of video files with masks for some pictures, for all or for none, whole and piece by piece."""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmseg_edu import datasets
from mmseg_edu.clip import Clip, write_video
from mmseg_edu.datasets import IGNORE, clip_folder

from .trees import put


def film(
    home: Path, name: str = "bell.webm", count: int = 10, per_second: float = 2.0, sound: bool = True
) -> Path:
    """Pictures that brighten one by one, and a sound that rises second by second."""
    levels = np.linspace(0.1, 0.9, count, dtype=np.float32)
    frames = np.broadcast_to(levels[:, None, None, None], (count, 16, 24, 3)).copy()
    seconds = int(np.ceil(count / per_second))
    wave = np.repeat(np.linspace(0.1, 0.5, seconds, dtype=np.float32), 16000) if sound else None
    clip = Clip(frames, np.arange(count) / per_second, wave, 16000 if sound else None)
    home.mkdir(exist_ok=True)
    return write_video(clip, home / name)


def mask(path: Path, label: int, mode: str = "P", shape: tuple[int, int] = (16, 24)) -> None:
    values = np.zeros(shape, np.uint8)
    values[:, : shape[1] // 2] = label
    path.parent.mkdir(exist_ok=True)
    image = Image.fromarray(values)
    if mode == "P":
        image.putpalette(datasets.label_colors().ravel().tolist())
    (image if mode in "PL" else image.convert(mode)).save(path)


@pytest.fixture
def home(tmp_path) -> Path:
    """A clip with masks for two of its pictures."""
    film(tmp_path)
    mask(tmp_path / "bell_masks/00003.png", 1)
    mask(tmp_path / "bell_masks/00009.png", 2, mode="L", shape=(32, 48))
    return tmp_path


def test_masks_are_found_beside_their_clip(home):
    film(home, "drum.webm")
    put(home, "drum.png", "notes.txt", ".hidden.mp4", "readings/x.mp4")
    put(home, "classes.txt", holding="background\nbell\n\ndrum\n".encode("utf-8-sig"))
    bell, drum = datasets.folder_of_clips(home)
    assert (bell.name, sorted(bell.masks), bell.still) == ("bell", [3, 9], None)
    assert (drum.name, drum.masks, drum.still) == ("drum", {}, home / "drum.png")
    assert bell.classes == drum.classes == ("background", "bell", "drum")
    assert bell.has_masks
    assert drum.has_masks


def test_a_picture_without_a_mask_is_unknown_throughout(home):
    (found,) = datasets.folder_of_clips(home)
    clip = found.read(12)
    assert clip.frames.shape == (10, 12, 12, 3)
    assert clip.sound.size == 80000
    known = [i for i in range(10) if (clip.labels[i] != IGNORE).any()]
    assert known == [3, 9]
    assert (clip.labels[3] == np.repeat([1, 0], 6)).all()
    assert (clip.labels[9] == np.repeat([2, 0], 6)).all()


def test_without_masks_there_are_no_labels(tmp_path):
    film(tmp_path)
    (found,) = datasets.folder_of_clips(tmp_path)
    assert not found.has_masks
    assert found.read((8, 12)).labels is None
    assert next(found.pieces(8)).labels is None


def test_one_mask_may_hold_for_every_picture_that_has_none(home):
    mask(home / "bell.png", 7)
    (found,) = datasets.folder_of_clips(home)
    labels = found.read(12).labels
    assert [int(each[0, 0]) for each in labels] == [7, 7, 7, 1, 7, 7, 7, 7, 7, 2]


@pytest.mark.parametrize("seconds", [0.5, 1.0, 1.5])
def test_the_pieces_are_the_clip(home, monkeypatch, seconds):
    monkeypatch.setattr(clip_folder, "_PIECE_SECONDS", 2.0)
    (found,) = datasets.folder_of_clips(home)
    whole, pieces = found.read(12), list(found.pieces(12, seconds=seconds))
    assert len(pieces) > 1
    assert np.allclose(np.concatenate([each.frames for each in pieces]), whole.frames)
    assert (np.concatenate([each.labels for each in pieces]) == whole.labels).all()
    together = np.concatenate([each.sound for each in pieces])
    assert together.size == whole.sound.size
    assert np.corrcoef(together, whole.sound)[0, 1] > 0.99


def test_a_picture_that_stays_for_longer_than_a_piece_is_no_end(tmp_path):
    times = np.array([0.0, 0.5, 9.0])
    frames = np.full((3, 16, 16, 3), 0.5, np.float32)
    write_video(Clip(frames, times, np.zeros(16000 * 14, np.float32), 16000), tmp_path / "long.webm")
    mask(tmp_path / "long_masks/2.png", 1)
    (found,) = datasets.folder_of_clips(tmp_path)
    pieces = list(found.pieces(16))
    assert [len(each.frames) for each in pieces] == [2, 1]
    assert (pieces[1].labels[0, :, :8] == 1).all()


def test_a_mask_that_belongs_to_no_picture_is_named(home):
    mask(home / "bell_masks/10.png", 1)
    (found,) = datasets.folder_of_clips(home)
    said = r"mask '10.png' of 'bell.webm' must have the number of a picture, 0 to 9"
    with pytest.raises(ValueError, match=said):
        found.read(12)
    with pytest.raises(ValueError, match=said):
        list(found.pieces(12))


def test_a_class_that_has_no_name_is_refused(home):
    put(home, "classes.txt", holding=b"background\nbell\n")
    (found,) = datasets.folder_of_clips(home)
    with pytest.raises(
        ValueError, match=r"mask '00009.png' must hold classes below 2, or 255 .*, got 2: add the class"
    ):
        found.read(12)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_mask_in_colour_is_refused(home, mode):
    mask(home / "bell_masks/00003.png", 1, mode=mode)
    (found,) = datasets.folder_of_clips(home)
    with pytest.raises(ValueError, match=f"mask '00003.png' must be an indexed PNG.*got mode {mode}"):
        found.read(12)


def test_a_mask_that_is_cut_off_is_refused(home):
    path = home / "bell_masks/00003.png"
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(
        ValueError, match=r"clip 'bell.webm': mask '00003.png' must be a picture that Pillow can read whole"
    ):
        datasets.folder_of_clips(home)[0].read(12)


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("bell.mp4",), "clips must have names of their own, got 'bell.mp4' and 'bell.webm'"),
        (("drum_masks/0.png",), "masks must lie beside their clip, got 'drum_masks' and no 'drum'"),
        (("poster.png",), "masks must lie beside their clip, got 'poster.png'"),
        (
            ("bell_masks/first.png",),
            "called by the number of its picture, such as 00012.png, got 'bell_masks/first.png'",
        ),
        (("bell_masks/3.jpg",), "called by the number of its picture"),
        (
            ("bell_masks/3.png",),
            "a picture must have one mask, got 'bell_masks/00003.png' and 'bell_masks/3.png'",
        ),
    ],
)
def test_what_belongs_to_nothing_is_named(home, names, said):
    put(home, *names)
    with pytest.raises(ValueError, match=said):
        datasets.folder_of_clips(home)


@pytest.mark.parametrize("names", ["bell", "background\nbell\nbell", "\n".join(map(str, range(256)))])
def test_classes_are_two_to_255_names_each_once(home, names):
    put(home, "classes.txt", holding=names.encode())
    with pytest.raises(ValueError, match=r"classes.txt must name the background and from 1 to 254 classes"):
        datasets.folder_of_clips(home)
    put(home, "classes.txt", holding="\n".join(map(str, range(255))).encode())
    assert len(datasets.folder_of_clips(home)[0].classes) == 255
    put(home, "classes.txt", holding=b"\xff\xfe")
    with pytest.raises(ValueError, match=r"classes.txt must be UTF-8 text"):
        datasets.folder_of_clips(home)


def test_a_folder_that_is_none_or_empty_is_told(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"root must be a folder that exists, got .*none"):
        datasets.folder_of_clips(tmp_path / "none")
    put(tmp_path, "a.txt")
    with pytest.raises(ValueError, match=r"root must hold a video file \(.avi, .*got none"):
        datasets.folder_of_clips(tmp_path)


def test_seconds_of_a_piece_are_a_length(home):
    (found,) = datasets.folder_of_clips(home)
    for seconds in (0, -1, np.nan, np.inf):
        with pytest.raises(ValueError, match="seconds must be finite and above 0"):
            next(found.pieces(12, seconds=seconds))
    with pytest.raises(TypeError, match="seconds must be a number"):
        next(found.pieces(12, seconds="1"))


def test_a_clip_that_is_cut_off_is_never_passed_off_as_whole(tmp_path):
    path = film(tmp_path, "bell.mp4", count=60, per_second=5.0)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    (found,) = datasets.folder_of_clips(tmp_path)
    with pytest.raises(ValueError, match=r"bell.mp4"):
        found.read(12)
    with pytest.raises(ValueError, match=r"bell.mp4"):
        list(found.pieces(12))


def test_a_clip_without_a_sound_track_has_none_in_any_piece(tmp_path):
    film(tmp_path, sound=False)
    (found,) = datasets.folder_of_clips(tmp_path)
    assert [each.sound for each in found.pieces(12, seconds=2.0)] == [None, None]


def test_memory_does_not_grow_with_the_length_of_a_clip(tmp_path):
    def peak(name: str) -> int:
        (found,) = [each for each in clips if each.name == name]
        tracemalloc.start()
        for _ in datasets.batches([found], 4, size=64):
            pass
        try:
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    film(tmp_path, "short.webm", count=40, per_second=5.0)
    film(tmp_path, "long.webm", count=200, per_second=5.0)
    clips = datasets.folder_of_clips(tmp_path)
    peak("short")
    assert peak("long") < 1.3 * peak("short")
