"""Sliders and players: that they answer quickly, complain aloud, and leave something on paper."""

from __future__ import annotations

import base64
import io
import re
import time
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from mmseg_edu import play, show
from mmseg_edu.clip import Clip, read_video
from mmseg_edu.play.players import encode_clip, encode_sound

PHOTO = np.random.default_rng(0).random((64, 64, 3)).astype(np.float32)
ROWS, COLUMNS = np.mgrid[:64, :64]
WAVE = (0.5 * np.sin(2 * np.pi * 440 * np.arange(16000) / 16000)).astype(np.float32)


def disc(radius: int, kind: str = "bell") -> Image.Image:
    labels = (np.hypot(ROWS - 32, COLUMNS - 32) < radius).astype(np.uint8) * (1 if kind == "bell" else 2)
    return play.row([PHOTO, show.overlay(PHOTO, labels)], ["picture", "mask"], text=f"radius {radius}")


def picture_of(slider: play.Slider) -> np.ndarray[Any, Any]:
    return np.asarray(Image.open(io.BytesIO(slider.picture)))


def test_the_picture_follows_the_control() -> None:
    slider = play.slider(disc, alt="A disc grows.", radius=(2, 30, 1, 8), kind=["bell", "drum"])
    assert slider.values == {"radius": 8, "kind": "bell"}
    before = picture_of(slider)
    slider.move(radius=20)
    after = picture_of(slider)
    assert (before != after).any()
    np.testing.assert_array_equal(after, np.asarray(disc(20)))
    slider.move(kind="drum")
    np.testing.assert_array_equal(picture_of(slider), np.asarray(disc(20, "drum")))


@pytest.mark.slow
def test_from_change_to_pixels_the_processor_works_less_than_100_ms() -> None:
    slider = play.slider(disc, alt="A disc grows.", radius=(2, 30))
    seconds = []
    for radius in range(3, 30):
        start = time.process_time()
        slider.move(radius=radius)
        seconds.append(time.process_time() - start)
    assert np.median(seconds) < 0.1


def test_an_error_while_moving_is_shown_and_goes_away() -> None:
    def fragile(level: int) -> np.ndarray[Any, Any]:
        if level == 3:
            raise ValueError("level <3> is broken")
        return np.full((4, 4), level / 10)

    slider = play.slider(fragile, alt="Grey.", level=(0, 5))
    slider.move(level=3)
    assert slider.error.startswith("ValueError: level <3> is broken (at level = 3; in fragile, line ")
    assert "&lt;3&gt;" in slider.widget.children[-1].value
    assert 'role="alert"' in slider.widget.children[-1].value
    slider.move(level=4)
    assert slider.error == slider.widget.children[-1].value == ""


def test_an_error_at_the_start_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        play.slider(lambda level: np.zeros((4, 4)) / (level // level), alt="a", level=(0, 3))


def test_bundle_has_the_live_widget_and_a_static_twin_with_alt() -> None:
    slider = play.slider(
        disc, alt="A disc grows.", question="How far?", twin={"radius": [4, 8, 16]}, radius=(2, 30)
    )
    data, metadata = slider._repr_mimebundle_()
    assert set(data) == {"application/vnd.jupyter.widget-view+json", "image/png", "text/plain"}
    about = metadata["image/png"]
    assert about["alt"] == "A disc grows."
    strip = Image.open(io.BytesIO(base64.b64decode(data["image/png"]))).convert("RGB")
    assert strip.size == (2 * about["width"], 2 * about["height"])
    frames = about["mmseg_edu"]["frames"]
    assert [frame["label"] for frame in frames] == ["radius = 4", "radius = 8", "radius = 16"]
    for frame, radius in zip(frames, (4, 8, 16), strict=True):
        x, y, w, h = (2 * length for length in frame["box"])
        cut = np.asarray(strip.crop((x, y, x + w, y + h)), np.int16)
        drawn = np.asarray(disc(radius), np.int16)
        assert cut.shape == drawn.shape
        assert np.abs(cut - drawn).mean() < 5  # the strip has a palette of 256 colours
    assert slider._repr_mimebundle_() == (data, metadata)


def test_two_names_in_the_twin_make_a_grid() -> None:
    twin = {"kind": ["bell", "drum"], "radius": [4, 8]}
    slider = play.slider(
        lambda radius, kind: PHOTO, alt="a", twin=twin, radius=(2, 30), kind=["bell", "drum"]
    )
    labels = [frame["label"] for frame in slider.filmstrip()[1]["mmseg_edu"]["frames"]]
    assert labels == [f"kind = {k}, radius = {r}" for k in ("bell", "drum") for r in (4, 8)]
    boxes = [frame["box"] for frame in slider.filmstrip()[1]["mmseg_edu"]["frames"]]
    assert boxes[0][1] == boxes[1][1] < boxes[2][1]


@pytest.mark.parametrize(
    ("spec", "values"),
    [
        ((0, 3), [0, 1, 2, 3]),
        ((0.0, 1.0), [0.0, 0.35, 0.65, 1.0]),
        ((0, 1, 0.25), [0.0, 0.25, 0.75, 1.0]),
        (["a", "b", "c"], ["a", "b", "c"]),
        ([1, 2, 4, 8, 16, 32, 64], [1, 4, 16, 64]),
        (True, [False, True]),
    ],
)
def test_default_twin_spans_the_first_control(spec: Any, values: list[Any]) -> None:
    slider = play.slider(lambda level: PHOTO, alt="a", level=spec)
    chosen = list(slider._twin["level"])
    assert chosen == values or chosen == pytest.approx(values)
    assert len(slider.frames()) == len(values)


def test_controls_become_the_widgets_that_fit() -> None:
    kinds = {"a": (0, 3), "b": (0, 1, 0.05), "c": ["x", "y"], "d": list(range(9)), "e": True}
    slider = play.slider(lambda a, b, c, d, e: PHOTO, alt="a", **kinds)  # type: ignore[arg-type]
    names = [type(control).__name__ for control in slider._controls.values()]
    assert names == ["IntSlider", "FloatSlider", "ToggleButtons", "SelectionSlider", "Checkbox"]
    assert slider._controls["b"].readout_format == ".2f"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"alt": "", "level": (0, 1)}, "alt must say in words"),
        ({"alt": "a"}, "at least one control"),
        ({"alt": "a", "level": (1, 0)}, "low < high"),
        ({"alt": "a", "level": (0, 1, 0)}, "step > 0"),
        ({"alt": "a", "level": (0,)}, r"must be \(low, high\)"),
        ({"alt": "a", "level": "abc"}, "must be a tuple"),
        ({"alt": "a", "other": (0, 1)}, "draw must take exactly the controls"),
        ({"alt": "a", "level": (0, 1), "twin": {"lvel": [0]}}, "twin must name controls"),
    ],
)
def test_bad_sliders_are_told_what_to_do(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        play.slider(lambda level: PHOTO, **options)


def test_draw_must_return_a_picture() -> None:
    with pytest.raises(TypeError, match="draw must return an array"):
        play.slider(lambda level: None, alt="a", level=(0, 1))


def test_the_widget_holds_the_alt_text_and_the_question() -> None:
    slider = play.slider(lambda level: PHOTO, alt="A & B", question="Why <so>?", level=(0, 1))
    texts = [child.value for child in slider.widget.children if type(child).__name__ == "HTML"]
    assert "Why &lt;so&gt;?" in texts[0]
    assert "A &amp; B" in texts[1]


def test_row_puts_pictures_side_by_side_pixel_by_pixel() -> None:
    drawn = np.asarray(play.row([PHOTO, np.zeros((64, 64))]))
    assert drawn.shape == (384, 792, 3)
    np.testing.assert_array_equal(drawn[::6, :384:6], (PHOTO * 255 + 0.5).astype(np.uint8))
    assert (drawn[:, 408:] == 0).all()
    assert (drawn[:, 384:408] == 255).all()


def test_bars_have_lengths_in_proportion_and_stay_on_the_page() -> None:
    def length(value: float) -> int:
        drawn = np.asarray(play.bars({"bell": value}), np.int16)
        yellow = (np.abs(drawn - [0xF0, 0xE4, 0x42]).sum(-1) < 10).sum(1).max()
        return int(yellow)

    assert length(0.8) / length(0.4) == pytest.approx(2, abs=0.05)
    assert length(5.0) == length(1.0)


def test_curve_marks_the_value_under_the_slider() -> None:
    plain = np.asarray(play.curve([0, 1], {"a": [0, 1]}))
    marked = np.asarray(play.curve([0, 1], {"a": [0, 1]}, at=0.5))
    assert (plain != marked).any()
    assert np.asarray(play.curve([0, 1], [2, 2])).shape == (380, 600, 3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: play.row([]), "at least one picture"),
        (lambda: play.row([PHOTO], ["a", "b"]), "one caption for each of the 1 pictures"),
        (lambda: play.bars({}), "at least one value"),
        (lambda: play.bars({"a": 1}, low=1, high=1), "low < high"),
    ],
)
def test_bad_drawings_are_told_what_to_do(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def decoded(data: bytes) -> tuple[np.ndarray[Any, Any], int]:
    with av.open(io.BytesIO(data)) as container:
        frames = [frame.to_ndarray() for frame in container.decode(audio=0)]
        return np.concatenate(frames, axis=-1)[0], container.streams.audio[0].rate


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 44100, 96000])
def test_encoded_sound_keeps_pitch_and_length(rate: int) -> None:
    wave = (0.5 * np.sin(2 * np.pi * 440 * np.arange(rate) / rate)).astype(np.float32)
    data = encode_sound(wave, rate)
    assert data == encode_sound(wave, rate)
    assert len(data) < 9000
    back, new = decoded(data)
    assert len(back) / new == pytest.approx(1, abs=0.05)
    assert np.argmax(np.abs(np.fft.rfft(back))) * new / len(back) == pytest.approx(440, abs=3)
    assert np.abs(back).max() == pytest.approx(0.5, abs=0.1)


def test_sound_player_shows_a_picture_and_plays(monkeypatch: pytest.MonkeyPatch) -> None:
    player = play.sound([WAVE, WAVE / 4], 16000, ["loud", "soft"], alt='A "bell".')
    html = player._repr_html_()
    assert html.count("<audio controls") == 2
    assert 'aria-label="loud: A &quot;bell&quot;."' in html
    data = base64.b64decode(re.findall(r"base64,([^\"]+)", html)[0])
    assert data == encode_sound(WAVE, 16000)
    shown: list[dict[str, Any]] = []
    monkeypatch.setattr("IPython.display.display", lambda data, metadata=None, raw=False: shown.append(data))
    player._ipython_display_()
    assert ["image/png" in bundle for bundle in shown] == [True, False]


def test_the_picture_of_a_sound_player_is_as_wide_as_asked() -> None:
    player = play.sound(WAVE, 16000, alt="A bell.", width=300)
    assert player.picture._repr_mimebundle_()[1]["image/png"]["width"] == 300


def test_captions_may_come_one_after_another() -> None:
    sounds = [WAVE, WAVE / 4]
    listed = play.sound(sounds, 16000, ["loud", "soft"], alt="A bell.")
    assert (
        play.sound(sounds, 16000, iter(["loud", "soft"]), alt="A bell.")._repr_html_() == listed._repr_html_()
    )
    assert "soft" in listed._repr_html_()


def test_sounds_too_long_for_a_notebook_are_refused() -> None:
    with pytest.raises(ValueError, match="play a part of them"):
        play.sound(np.random.default_rng(0).normal(0, 0.2, 100 * 8000), 8000, alt="a")


def still(count: int = 4, sound: bool = True, size: int = 32) -> Clip:
    frames = np.linspace(0.2, 0.8, count, dtype=np.float32)[:, None, None, None] * np.ones(
        (1, size, size, 3), np.float32
    )
    return Clip(frames, np.arange(count) / 4, sound=WAVE if sound else None, rate=16000 if sound else None)


@pytest.mark.parametrize("sound", [True, False])
def test_encoded_clip_keeps_times_grey_levels_and_sound(sound: bool) -> None:
    data = encode_clip(still(sound=sound))
    assert data == encode_clip(still(sound=sound))
    with av.open(io.BytesIO(data)) as container:
        assert bool(container.streams.audio) == sound
        frames = list(container.decode(video=0))
    assert [float(f.pts * f.time_base) for f in frames] == pytest.approx([0, 0.25, 0.5, 0.75], abs=2e-3)
    levels = [f.to_ndarray(format="rgb24").mean() / 255 for f in frames]
    assert levels == pytest.approx([0.2, 0.4, 0.6, 0.8], abs=0.03)


def test_clip_player_has_video_and_a_strip_of_frames() -> None:
    player = play.clip(still(5, size=33), alt="It brightens.", title="Dawn", frames=3)
    data, metadata = player._repr_mimebundle_()
    assert "<video controls" in data["text/html"]
    assert 'aria-label="It brightens."' in data["text/html"]
    assert metadata["image/png"]["alt"] == "It brightens."
    assert data["text/plain"] == "<ClipPlayer: It brightens.>"


def test_players_refuse_what_would_hang_or_deafen():
    """(N, 2) was taken for N sounds of two samples; int16 was played as if full scale were 1."""
    with pytest.raises(ValueError, match=r"looks like 2 channels: use to_mono"):
        play.sound(np.zeros((16000, 2), np.float32), 16000, alt="stereo")
    with pytest.raises(ValueError, match=r"looks like 2 channels: use to_mono"):
        play.sound(np.zeros((16000, 2)).tolist(), 16000, alt="stereo")
    with pytest.raises(TypeError, match=r"must be floating point, got int16: .*32768"):
        play.sound(np.zeros(16000, np.int16), 16000, alt="integers")
    for wrong, error in (
        (np.zeros((8000, 2), np.float32), ValueError),
        (np.zeros(8000, np.int16), TypeError),
    ):
        with pytest.raises(error, match="sound must"):
            encode_sound(wrong, 16000)
    with pytest.raises(ValueError, match="rate must be a whole number"):
        encode_sound(np.zeros(8000, np.float32), 0)


def test_a_silent_clip_with_a_still_end_lasts_its_duration(tmp_path):
    clip = Clip(np.full((3, 16, 24, 3), 0.5, np.float32), np.array([0.0, 0.1, 0.2]), duration=2.0)
    (tmp_path / "still.webm").write_bytes(encode_clip(clip))
    assert read_video(tmp_path / "still.webm").duration == pytest.approx(2.0, abs=2e-3)


@pytest.mark.parametrize("size", [(1, 200), (200, 1), (1, 1), (3, 161)])
def test_a_picture_of_one_line_is_played(tmp_path, size):
    clip = Clip(np.full((2, *size, 3), 0.5, np.float32), np.array([0.0, 0.5]), duration=1.0)
    (tmp_path / "line.webm").write_bytes(encode_clip(clip))
    assert len(read_video(tmp_path / "line.webm").frames) == 2
    assert "video" in play.clip(clip, alt="a line")._repr_mimebundle_()[0]["text/html"]
