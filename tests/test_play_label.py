"""The labelling tool: strokes into seeds, seeds into a mask, and each mask on the disk at once."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mmseg_edu import play
from mmseg_edu.clip import Clip, write_video
from mmseg_edu.datasets import IGNORE, folder_of_clips
from mmseg_edu.play import labelling
from mmseg_edu.play.strokes import Stroke, read_points, seeds_of

LEFT, RIGHT = [(10, 10), (10, 90)], [(90, 10), (90, 90)]


def film(path: Path, count: int = 4, size: tuple[int, int] = (32, 48)) -> Path:
    """Pictures that are dark on the left and bright on the right."""
    frames = np.zeros((count, *size, 3), np.float32)
    frames[:, :, size[1] // 2 :] = 0.9
    return write_video(Clip(frames, np.arange(count) / 4), path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    film(tmp_path / "bell.webm")
    film(tmp_path / "drum.webm")
    return tmp_path


def on_disk(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        assert image.mode == "P"
        return np.asarray(image)


@pytest.mark.parametrize("text", ["20 30, 60 30.5", "20,30,60,30.5", " 20 30;60 30.5 , "])
def test_points_are_read_however_they_are_set_apart(text: str) -> None:
    assert read_points(text) == ((20.0, 30.0), (60.0, 30.5))


@pytest.mark.parametrize("text", ["", " , ", "20", "20 30 60", "20 x", "-1 5", "5 100.5", "nan 5", "inf 5"])
def test_what_is_no_stroke_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a stroke must be points across and down in hundredths"):
        read_points(text)


places = st.tuples(st.integers(0, 20), st.integers(0, 20)).map(lambda p: (5.0 * p[0], 5.0 * p[1]))
strokes = st.builds(
    Stroke, st.integers(0, 3), st.integers(1, 9).map(float), st.lists(places, max_size=4).map(tuple)
)


def slow_seeds(all_strokes: list[Stroke], height: int, width: int) -> np.ndarray:
    """Pixel by pixel: the last stroke that passes within half its width of the middle."""
    seeds = np.full((height, width), -1)
    for label, wide, points in all_strokes:
        scaled = [np.array([x * width / 100, y * height / 100]) for x, y in points]
        for r, c in np.ndindex(height, width):
            middle = np.array([c + 0.5, r + 0.5])
            away = [0.0] if not scaled else []
            for a, b in zip(scaled, scaled[1:] or scaled, strict=False):
                length = (b - a) @ (b - a)
                part = np.clip((middle - a) @ (b - a) / length, 0, 1) if length else 0
                away.append(float(np.linalg.norm(middle - a - part * (b - a))))
            inside = any((min(int(y), height - 1), min(int(x), width - 1)) == (r, c) for x, y in scaled)
            if min(away) <= wide / 2 - 1e-9 or inside:
                seeds[r, c] = label
            elif min(away) <= wide / 2 + 1e-9:
                seeds[r, c] = 99  # on the edge: rounding decides
    return seeds


@settings(max_examples=40, deadline=None)
@given(st.lists(strokes, max_size=3), st.integers(1, 9), st.integers(1, 9))
def test_seeds_are_those_of_a_slow_loop(drawn: list[Stroke], height: int, width: int) -> None:
    expected = slow_seeds(drawn, height, width)
    sure = expected != 99
    np.testing.assert_array_equal(seeds_of(drawn, (height, width))[sure], expected[sure])


def test_a_point_in_each_corner_marks_that_pixel() -> None:
    for x, y in ((0, 0), (100, 0), (0, 100), (100, 100)):
        seeds = seeds_of([Stroke(1, 0.1, ((x, y),))], (5, 7))
        assert seeds[-1 if y else 0, -1 if x else 0] == 1
        assert (seeds == 1).sum() == 1


def test_each_stroke_is_on_the_disk_at_once_where_the_loader_looks(folder: Path) -> None:
    tool = play.label(folder)
    assert len(tool) == 2
    assert [moment.number for moment in tool.moments] == [2, 2]
    tool.stroke(RIGHT, "sounding")
    mask = folder / "bell_masks" / "00002.png"
    known = on_disk(mask) != IGNORE
    assert 0 < known.sum() < known.size, "one label knows only what was drawn"
    assert set(np.unique(on_disk(mask))) == {1, IGNORE}
    tool.stroke(LEFT, "background")
    expected = np.zeros((32, 48), np.uint8)
    expected[:, 24:] = 1
    np.testing.assert_array_equal(on_disk(mask), expected)
    np.testing.assert_array_equal(tool.labels, expected)
    bell, drum = folder_of_clips(folder)
    assert bell.masks == {2: mask}
    assert not drum.has_masks
    assert bell.classes == ("background", "sounding")
    labels = bell.read((32, 48), None).labels
    assert labels is not None
    np.testing.assert_array_equal(labels[2], expected)
    assert (labels[[0, 1, 3]] == IGNORE).all()


def test_undo_goes_back_stroke_by_stroke_to_no_mask(folder: Path) -> None:
    tool = play.label(folder)
    mask = folder / "bell_masks" / "00002.png"
    seen = []
    for points, name in ((RIGHT, 1), (LEFT, 0), ([(60, 50)], 0)):
        tool.stroke(points, name)
        seen.append(mask.read_bytes())
    assert len(set(seen)) == 3
    for before in seen[1::-1]:
        tool.undo()
        assert mask.read_bytes() == before
    tool.undo()
    assert not mask.parent.exists()
    assert (tool.labels == IGNORE).all()
    tool.undo()  # nothing is left to take back
    assert tool.strokes == []


def test_undo_gives_an_earlier_mask_back_byte_by_byte(folder: Path) -> None:
    first = play.label(folder)
    first.stroke(RIGHT, 1)
    first.stroke(LEFT, 0)
    mask = folder / "bell_masks" / "00002.png"
    mask.rename(mask.with_name("2.png"))  # another way to write the number
    mask = mask.with_name("2.png")
    before = mask.read_bytes()
    tool = play.label(folder)
    np.testing.assert_array_equal(tool.labels, first.labels)
    assert repr(tool) == "<Labeller: 1 of 2 pictures labelled>"
    tool.nothing()
    assert (on_disk(mask) == 0).all()
    assert [each.name for each in mask.parent.iterdir()] == ["2.png"]
    tool.undo()
    assert mask.read_bytes() == before
    np.testing.assert_array_equal(tool.labels, first.labels)


def test_pictures_keep_their_strokes_while_one_turns_the_leaves(folder: Path) -> None:
    tool = play.label(folder)
    tool.stroke(RIGHT, 1)
    tool.show(1)
    assert tool.strokes == []
    tool.nothing()
    tool.show(5)
    assert tool.at == 1
    tool.show(-3)
    assert tool.at == 0
    assert len(tool.strokes) == 1
    tool.undo()
    assert not (folder / "bell_masks").exists()
    assert (on_disk(folder / "drum_masks" / "00002.png") == 0).all()


def test_three_classes_and_a_wrong_stroke_drawn_over(folder: Path) -> None:
    (folder / "classes.txt").write_text("nothing\nbell\ndrum\n")
    tool = play.label(folder)
    assert tool.classes == ("nothing", "bell", "drum")
    tool.stroke(RIGHT, "bell")
    tool.stroke(RIGHT, "drum")
    tool.stroke(LEFT, "nothing")
    assert set(np.unique(tool.labels)) == {0, 2}
    assert (folder / "classes.txt").read_text() == "nothing\nbell\ndrum\n"
    with pytest.raises(ValueError, match=r"classes must be those of classes\.txt, nothing, bell, drum"):
        play.label(folder, classes=["background", "cat"])


def test_the_field_draws_with_pen_and_brush_and_is_emptied(folder: Path) -> None:
    tool = play.label(folder)
    tool.pen.value, tool.brush.value = 0, 3
    tool.field.value = "10 10, 10 90"
    assert tool.field.value == ""
    assert tool.strokes == [Stroke(0, 3.0, ((10.0, 10.0), (10.0, 90.0)))]
    tool.field.value = "10 <b>"
    assert tool.error.startswith("a stroke must be points")
    assert "&lt;b&gt;" in tool.widget.children[-1].value
    assert tool.field.value == ""
    assert len(tool.strokes) == 1
    tool.field.value = "50 50"
    assert tool.error == tool.widget.children[-1].value == ""


def test_the_buttons_do_what_they_say(folder: Path) -> None:
    tool = play.label(folder)
    row = next(each for each in tool.widget.children if hasattr(each, "children"))
    button = {each.description: each for each in row.children}
    assert button["previous"].disabled
    assert button["undo"].disabled
    button["next"].click()
    assert tool.at == 1
    assert button["next"].disabled
    button["nothing sounds"].click()
    assert (tool.labels == 0).all()
    button["undo"].click()
    button["previous"].click()
    assert tool.at == 0
    assert not (folder / "drum_masks").exists()


def test_a_mask_that_cannot_be_saved_is_said_and_not_lost(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = play.label(folder)

    def full(path: Path) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(labelling, "whole_file", full)
        tool.stroke(RIGHT, 1)
        assert tool.error == "not saved: No space left on device (00002.png)"
    tool.stroke(LEFT, 0)
    assert tool.error == ""
    assert len(tool.strokes) == 2
    assert (on_disk(folder / "bell_masks" / "00002.png") == 1).sum() == 32 * 24


def test_large_pictures_are_labelled_small_and_read_large(tmp_path: Path) -> None:
    film(tmp_path / "large.webm", size=(64, 128))
    tool = play.label(tmp_path, size=32, per_clip=2)
    assert [(moment.number, moment.picture.shape) for moment in tool.moments] == [
        (1, (32, 64, 3)),
        (3, (32, 64, 3)),
    ]
    tool.stroke(RIGHT, 1)
    tool.stroke(LEFT, 0)
    [clip] = folder_of_clips(tmp_path)
    labels = clip.read((64, 128), None).labels
    assert labels is not None
    assert (labels[1][:, 64:] == 1).all()
    assert (labels[1][:, :64] == 0).all()


def test_chosen_frames_and_more_than_there_are(folder: Path) -> None:
    tool = play.label(folder, frames={"drum": [3, 0]})
    assert [(moment.clip.name, moment.number) for moment in tool.moments] == [("drum", 0), ("drum", 3)]
    assert len(play.label(folder, per_clip=9)) == 8


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"frames": {"cat": [0]}}, "frames must name clips of the folder, bell, drum, got 'cat'"),
        ({"frames": {"drum": [4]}}, "frames of 'drum' must be pictures that it has, 0 to 3, got 4"),
        ({"frames": {"drum": [-1]}}, "frames of 'drum' must be numbers of pictures"),
        ({"frames": {"drum": []}}, "frames of 'drum' must be numbers of pictures"),
        ({"frames": {}}, "frames must name a clip, got none"),
        ({"per_clip": 0}, "per_clip must be a whole number, 1 or more, got 0"),
        ({"size": 15}, "size must be a whole number, 16 or more, got 15"),
        ({"classes": ["one"]}, "classes must be from 2 to 255 different names"),
        ({"classes": "ab"}, "classes must be from 2 to 255 different names"),
        ({"classes": ["a", "a"]}, "classes must be from 2 to 255 different names"),
        ({"alt": " "}, "alt must say in words"),
    ],
)
def test_what_cannot_be_labelled_is_refused(folder: Path, arguments: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        play.label(folder, **arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", [2, -1, "cat", 0.5])
def test_a_label_that_is_no_class_is_refused(folder: Path, name: object) -> None:
    tool = play.label(folder)
    with pytest.raises(ValueError, match="label must be one of background, sounding"):
        tool.stroke(RIGHT, name)  # type: ignore[arg-type]
    assert tool.strokes == []
    assert not (folder / "bell_masks").exists()


def test_the_twin_shows_what_is_labelled(folder: Path) -> None:
    tool = play.label(folder, question="How many strokes?")
    tool.show(1)
    tool.stroke(RIGHT, 1)
    tool.stroke(LEFT, 0)
    data, about = tool._repr_mimebundle_()
    assert set(data) == {"application/vnd.jupyter.widget-view+json", "image/png", "text/plain"}
    said = about["image/png"]
    assert said["alt"] == labelling.ALT
    assert said["mmseg_edu"]["question"] == "How many strokes?"
    assert [each["label"] for each in said["mmseg_edu"]["frames"]] == [
        "bell.webm, picture 2: no mask yet",
        "drum.webm, picture 2: background 50 %, sounding 50 %",
    ]
    strip = Image.open(io.BytesIO(base64.b64decode(data["image/png"])))
    assert strip.size == (2 * said["width"], 2 * said["height"])
    assert tool._repr_mimebundle_() == (data, about)
