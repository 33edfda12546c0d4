"""What write_video writes, read_video gives back: pictures, times, sound, size."""

from fractions import Fraction

import av
import numpy as np
import pytest

from mmseg_edu.clip import Clip, read_sound, read_video, write_video


def decibels(signal_power, noise_power):
    return 10 * np.log10(signal_power / noise_power)


@pytest.mark.parametrize("extension", ["webm", "mp4", "mov"])
def test_pictures_times_and_sound_survive(tmp_path, make_clip, extension):
    clip = make_clip()
    back = read_video(write_video(clip, tmp_path / f"clip.{extension}"), rate=16000)
    assert back.frames.shape == clip.frames.shape
    assert back.frames.dtype == np.float32
    assert decibels(1, np.mean((back.frames - clip.frames) ** 2)) > 39
    np.testing.assert_allclose(back.times, clip.times, atol=5e-4)
    assert back.duration == pytest.approx(2.0, abs=1e-3)
    assert back.rate == 16000
    assert len(back.sound) == len(clip.sound)
    assert decibels(np.mean(clip.sound**2), np.mean((back.sound - clip.sound) ** 2)) > 25, (
        "and is not shifted"
    )


@pytest.mark.parametrize(("extension", "full_colour"), [("webm", True), ("webm", False), ("mp4", True)])
@pytest.mark.parametrize("size", [(33, 47), (1, 1), (2, 31), (16, 16)])
def test_odd_sizes_come_back(tmp_path, make_clip, extension, full_colour, size):
    clip = make_clip(size=size, times=[0.0, 0.1], rate=None)
    back = read_video(write_video(clip, tmp_path / f"clip.{extension}", full_colour=full_colour))
    assert back.frames.shape == clip.frames.shape
    # Where four pixels share a colour, a picture two pixels high suffers most.
    assert decibels(1, np.mean((back.frames - clip.frames) ** 2)) > (36 if full_colour else 18)


def test_shared_colour_plays_anywhere(tmp_path, make_clip):
    file = write_video(make_clip(rate=None), tmp_path / "clip.mp4", full_colour=False)
    with av.open(str(file)) as container:
        assert container.streams.video[0].codec_context.pix_fmt == "yuv420p"
    with pytest.raises(ValueError, match=r"must be even .* got \(33, 32\): use full_colour=True or a .webm"):
        write_video(make_clip(size=(33, 32)), tmp_path / "odd.mp4", full_colour=False)


def test_colours_are_tagged_and_true(tmp_path):
    colours = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1], [0, 0, 0], [0.2, 0.6, 0.8]], np.float32)
    frames = np.repeat(np.repeat(colours[np.newaxis], 16, axis=0), 8, axis=1)[np.newaxis]
    for extension in ("webm", "mp4"):
        file = write_video(Clip(frames, np.zeros(1)), tmp_path / f"colours.{extension}")
        assert np.abs(read_video(file).frames - frames).max() < 0.03
        with av.open(str(file)) as container:
            assert next(container.decode(video=0)).colorspace == 1, (
                "BT.709, so that players show the same colours"
            )


@pytest.mark.parametrize(("extension", "tolerance"), [("webm", 5.1e-4), ("mp4", 6e-6)])
def test_irregular_times_are_kept(tmp_path, make_clip, extension, tolerance):
    times = np.array([0.2, 0.21, 0.5, 1.0, 1.7, 1.701])
    clip = make_clip(times=times, rate=None, duration=5.0)
    back = read_video(write_video(clip, tmp_path / f"clip.{extension}"))
    np.testing.assert_allclose(back.times, times, atol=tolerance)
    assert back.duration == pytest.approx(5.0, abs=1e-3), "the last picture stays until the end"


@pytest.mark.parametrize("extension", ["webm", "mp4"])
def test_no_sound_track_is_not_silence(tmp_path, make_clip, extension):
    mute, silent = make_clip(rate=None), make_clip()
    silent = Clip(silent.frames, silent.times, 0 * silent.sound, silent.rate)
    back = read_video(write_video(mute, tmp_path / f"mute.{extension}"))
    assert back.sound is None
    assert back.rate is None
    back = read_video(write_video(silent, tmp_path / f"silent.{extension}"))
    assert len(back.sound) == pytest.approx(2 * back.rate, abs=2)
    assert not back.sound.any(), "exactly zero"


@pytest.mark.parametrize("rate", [8000, 11025, 22050, 44100, 48000, 17])
def test_any_rate(tmp_path, make_clip, rate):
    clip = make_clip(rate=rate)
    for extension, expected in (("webm", 48000), ("mp4", rate if rate > 17 else 48000)):
        file = write_video(clip, tmp_path / f"clip.{extension}")
        assert read_video(file).rate == expected
        sound, new_rate = read_sound(file, rate=16000)
        assert new_rate == 16000
        assert len(sound) == pytest.approx(32000, abs=20)


def test_same_clip_same_bytes_as_webm(tmp_path, make_clip):
    files = [write_video(make_clip(), tmp_path / f"{name}.webm") for name in "ab"]
    assert files[0].read_bytes() == files[1].read_bytes()


def test_same_clip_same_times_and_sound_and_pictures_as_true_as_mp4(tmp_path, make_clip):
    """Not the same bytes, nor quite the same pictures: x264's differ now and then on a busy machine."""
    clip = make_clip()
    one, other = (read_video(write_video(clip, tmp_path / f"{name}.mp4")) for name in "ab")
    for back in (one, other):
        assert decibels(1, np.mean((back.frames - clip.frames) ** 2)) > 39
    np.testing.assert_array_equal(one.times, other.times)
    np.testing.assert_array_equal(one.sound, other.sound)
    assert one.duration == other.duration


def test_a_loud_sound_stays_in_range(tmp_path, make_clip):
    clip = make_clip()
    square = np.sign(clip.sound).astype(np.float32)
    back = read_video(write_video(Clip(clip.frames, clip.times, square, clip.rate), tmp_path / "loud.webm"))
    assert np.abs(back.sound).max() <= 1


def test_replaces_a_file_only_when_whole(tmp_path, make_clip, monkeypatch):
    file = tmp_path / "clip.webm"
    file.write_bytes(b"what was there before")

    def fail(*_):
        raise OSError("disk full")

    with monkeypatch.context() as patched:
        patched.setattr("mmseg_edu.clip.writing._mux_sound_until", fail)
        with pytest.raises(OSError, match="disk full"):
            write_video(make_clip(), file)
    assert file.read_bytes() == b"what was there before"
    assert [f.name for f in tmp_path.iterdir()] == ["clip.webm"], "no temporary file is left"
    write_video(make_clip(), file)
    assert len(read_video(file).frames) == 16
    assert [f.name for f in tmp_path.iterdir()] == ["clip.webm"]


def test_refuses_what_it_cannot_write(tmp_path, make_clip):
    clip = make_clip(rate=None)
    with pytest.raises(ValueError, match=r"must end in .webm, .mp4 or .mov, got 'clip.gif'"):
        write_video(clip, tmp_path / "clip.gif")
    with pytest.raises(FileNotFoundError, match=r"existing folder, .*mkdir"):
        write_video(clip, tmp_path / "missing" / "clip.webm")
    with pytest.raises(TypeError, match="clip must be a Clip, got ndarray"):
        write_video(clip.frames, tmp_path / "clip.webm")
    with pytest.raises(TypeError, match="path must be a string"):
        write_video(clip, 7)
    close = make_clip(times=[0.0, 0.1, 0.1002], rate=None)
    with pytest.raises(ValueError, match=r"1/1000 s apart .*times\[1\] = 0.1 and .* or write an .mp4"):
        write_video(close, tmp_path / "close.webm")
    assert len(read_video(write_video(close, tmp_path / "close.mp4")).frames) == 3


def test_sound_and_pictures_interleave(tmp_path, make_clip):
    file = write_video(make_clip(), tmp_path / "clip.webm")
    with av.open(str(file)) as container:
        latest = {0: Fraction(0), 1: Fraction(0)}
        for packet in container.demux():
            if packet.pts is not None:
                latest[packet.stream_index] = packet.pts * packet.time_base
                assert abs(latest[0] - latest[1]) < 0.5, "a player needs both at the same time"
