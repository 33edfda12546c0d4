"""Pieces of healthy files that cannot simply be entered in the middle, and files that begin there."""

import av
import numpy as np
import pytest

from mmseg_edu.clip import read_sound, read_video
from mmseg_edu.clip.leading import unit_kinds

OPEN_GOP = "open-gop=1:keyint=10:min-keyint=10:bframes=3:b-adapt=0:scenecut=0"
OPEN_GOP_HEVC = "log-level=none:keyint=10:open-gop=1:bframes=3"
INTRA_REFRESH = "intra-refresh=1:keyint=10:bframes=0"
B_FRAMES = "bframes=3:keyint=10:b-adapt=0"
FILMS = {
    "open_gop.mp4": {"params": OPEN_GOP, "sound_codec": "aac"},
    "open_gop.mkv": {"params": OPEN_GOP, "sound_codec": "libopus"},
    "open_gop.mov": {"params": OPEN_GOP},
    "open_gop.ts": {"params": OPEN_GOP, "sound_codec": "mp2"},
    "hevc_open_gop.mkv": {"codec": "libx265", "params": OPEN_GOP_HEVC, "size": (48, 64)},
    "intra_refresh.mp4": {"params": INTRA_REFRESH},
    "intra_refresh.mkv": {"params": INTRA_REFRESH, "sound_codec": "aac"},
    "intra_refresh.ts": {"params": INTRA_REFRESH},
    "ordinary.ts": {"params": B_FRAMES, "sound_codec": "mp2"},
    "long.ts": {"params": "bframes=2:keyint=250"},
    "mpeg2.ts": {"codec": "mpeg2video", "sound_codec": "mp2", "b_frames": 2, "fps": 25, "count": 80},
    "mpeg1.mpg": {"codec": "mpeg1video", "sound_codec": "mp2", "b_frames": 2, "fps": 25, "count": 80},
    "mpeg2.mpg": {
        "codec": "mpeg2video", "sound_codec": "mp2", "b_frames": 2, "fps": 25, "count": 80, "container_format": "mpeg",
    },
    "dvd.vob": {"codec": "mpeg2video", "sound_codec": "mp2", "b_frames": 2, "fps": 25, "count": 80},
    "b_frames.avi": {"params": B_FRAMES, "sound_codec": "libmp3lame"},
    "b_frames.flv": {"params": B_FRAMES, "sound_codec": "aac", "rate": 44100},
    "windows.wmv": {"codec": "wmv2", "sound_codec": "wmav2", "rate": 44100, "container_format": "asf"},
    "windows_b.wmv": {"codec": "msmpeg4", "sound_codec": "wmav1", "rate": 44100, "container_format": "asf"},
}  # fmt: skip


@pytest.mark.parametrize("name", FILMS)
def test_pieces_of_any_healthy_film_are_parts_of_the_whole(tmp_path, make_film, name):
    arguments = FILMS[name]
    file = make_film(tmp_path / name, **arguments)
    whole = read_video(file)
    assert len(whole.frames) == arguments.get("count", 40)
    fps = arguments.get("fps", 10)
    np.testing.assert_allclose(np.diff(whole.times), 1 / fps, atol=2.1e-3)
    for start in (0.35, 1.5, 2.0, 2.76, whole.duration - 0.35):
        inside = (whole.times >= start - 5e-4) & (whole.times < start + 0.5 - 5e-4)
        piece = read_video(file, start=start, duration=0.5)
        np.testing.assert_allclose(piece.times + start, whole.times[inside], atol=1e-3)
        np.testing.assert_array_equal(piece.frames, whole.frames[inside])
        if whole.sound is not None and start < 3:
            middle = piece.sound[len(piece.sound) // 4 : 3 * len(piece.sound) // 4]
            assert np.sqrt(2 * np.mean(middle**2)) == pytest.approx(0.4, rel=0.15)


@pytest.mark.parametrize(
    ("params", "extension", "most_lost"),
    [
        ("bframes=0:keyint=10", "mp4", 5),
        ("bframes=0:keyint=10", "mkv", 5),
        ("bframes=0:keyint=10", "ts", 5),
        (B_FRAMES, "mp4", 5),
        (OPEN_GOP, "mp4", 9),
        (OPEN_GOP, "mkv", 9),
        (OPEN_GOP, "ts", 9),
        (INTRA_REFRESH, "mp4", 15),
        (INTRA_REFRESH, "mkv", 15),
        (INTRA_REFRESH, "ts", 15),
    ],
)
def test_a_cut_in_the_middle_of_a_group_begins_at_the_first_picture_that_can_be_made(
    tmp_path, make_film, stream_copy, params, extension, most_lost
):
    source = make_film(tmp_path / f"film.{extension}", params=params)
    cut = stream_copy(source, tmp_path / f"cut.{extension}", begin=1.55)
    whole, part = read_video(source), read_video(cut)
    given = int(np.sum(whole.times >= 1.55))
    assert given - most_lost <= len(part.frames) <= given
    np.testing.assert_array_equal(part.frames, whole.frames[-len(part.frames) :]), "nothing made up of grey"


@pytest.mark.parametrize("extension", ["ts", "mpg"])
def test_a_stream_cut_between_any_two_bytes(tmp_path, make_film, extension):
    """A broadcast has no beginning: pictures and sound begin at the first that is there as a whole."""
    codec, sound = ("libx264", "mp2") if extension == "ts" else ("mpeg2video", "mp2")
    source = make_film(tmp_path / f"film.{extension}", codec, sound, fps=25, count=80, size=(64, 96))
    cut = tmp_path / f"cut.{extension}"
    raw = source.read_bytes()
    cut.write_bytes(raw[len(raw) // 3 :])
    whole, part = read_video(source), read_video(cut)
    assert 15 < len(part.frames) < 80
    np.testing.assert_array_equal(part.frames[5:], whole.frames[-len(part.frames) + 5 :])


def test_a_cut_that_keeps_its_clock(tmp_path, make_film, stream_copy):
    """Copied with its old timestamps, a film in MKV begins late, and does not end later than it says."""
    source = make_film(tmp_path / "film.mkv", sound_codec="libopus")
    cut = stream_copy(source, tmp_path / "cut.mkv", begin=2.0, shift=False)
    clip = read_video(cut, start=2.0)
    assert len(clip.frames) == 20
    assert clip.duration == pytest.approx(2.0, abs=0.03)


@pytest.mark.parametrize(
    ("name", "codec", "params", "part"),
    [
        ("a.mp4", "libx264", None, 0.7),
        ("a.mkv", "libx264", None, 0.8),
        ("a.mp4", "libx264", "open-gop=1", 0.9),
        ("b.mkv", "libx265", "log-level=none", 0.02),
        ("c.mkv", "mpeg2video", None, 0.02),
        ("c.mkv", "mpeg2video", None, 0.5),
    ],
)
def test_damage_at_the_beginning_is_no_cut(tmp_path, make_film, name, codec, params, part):
    """A key picture needs nothing before it: where it cannot be made, the file is damaged."""
    file = make_film(tmp_path / name, codec, params=params, size=(64, 96))
    with av.open(str(file)) as container:
        first = next(container.demux(video=0))
        at = first.pos + int(part * first.size)
    data = bytearray(file.read_bytes())
    data[at : at + 60] = bytes([0xA7, 0x11, 0xFF]) * 20
    file.write_bytes(data)
    with pytest.raises(ValueError, match=r"damaged|is not in it"):
        read_video(file)


def test_a_seek_that_ends_in_a_fault_does_not_hide_what_is_whole(tmp_path, make_film):
    """What lies behind a damaged place can be read, although reading from the beginning would stop before it."""
    file = make_film(tmp_path / "film.mp4", params="keyint=10:scenecut=0:bframes=0")
    whole = read_video(file)
    with av.open(str(file)) as container:
        packets = [p for p in container.demux(video=0) if p.size]
        at, size = packets[12].pos, packets[12].size
    data = bytearray(file.read_bytes())
    data[at : at + size] = bytes(size)
    file.write_bytes(data)
    with pytest.raises(ValueError, match=r"damaged at 1\.2"):
        read_video(file)
    np.testing.assert_array_equal(read_video(file, start=2.0).frames, whole.frames[20:])


def test_the_sound_of_a_piece_of_a_dvd_stream(tmp_path, make_film):
    file = make_film(tmp_path / "film.vob", "mpeg2video", "mp2", fps=25, count=80)
    whole, rate = read_sound(file)
    piece, _ = read_sound(file, start=1.5, duration=0.5)
    np.testing.assert_allclose(piece, whole[round(1.5 * rate) :][: len(piece)], atol=1e-3)


def test_kinds_of_coded_units():
    assert unit_kinds(b"\0\0\0\1\x67a\0\0\1\x65b", "h264") == [7, 5]
    assert unit_kinds(b"\0\0\0\2\x67a\0\0\0\2\x41b", "h264") == [7, 1]
    assert unit_kinds(b"\0\0\0\3\x2a\x01a", "hevc") == [21]
    assert unit_kinds(b"", "h264") == []
    assert unit_kinds(b"\0\0\1\3\x41" + bytes(258), "h264") == [1], "a length of 259 looks like a start code"
    assert unit_kinds(b"\0\0\0\3\x67a", "h264") is None, "longer than the packet"
    assert unit_kinds(b"\0\0\0\2\xe7a", "h264") is None, "a bit that is always 0"
