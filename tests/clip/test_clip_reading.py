"""read_video on files that others made: codecs, channels, clocks, rotations, pieces, budgets."""

import os
import struct
from pathlib import Path

import av
import numpy as np
import pytest

from mmseg_edu.clip import Clip, read_sound, read_video, write_video


@pytest.mark.parametrize(
    ("name", "codec", "sound_codec", "rate", "layout"),
    [
        ("a.mp4", "libx264", "aac", 44100, "mono"),
        ("b.mp4", "libx264", "aac", 22050, "5.1"),
        ("c.mov", "libx264", "aac", 16000, "stereo"),
        ("d.mov", "libx264", "pcm_s16le", 11025, "stereo"),
        ("e.webm", "libvpx-vp9", "libopus", 48000, "mono"),
        ("f.webm", "libvpx-vp9", "libopus", 48000, "5.1"),
        ("g.webm", "libvpx-vp9", "vorbis", 44100, "stereo"),
        ("h.mkv", "libx264", "flac", 32000, "stereo"),
        ("i.avi", "mpeg4", "pcm_s16le", 8000, "mono"),
    ],
)
def test_codecs_layouts_and_rates(tmp_path, make_file, name, codec, sound_codec, rate, layout):
    file = make_file(tmp_path / name, codec=codec, sound_codec=sound_codec, rate=rate, layout=layout)
    clip = read_video(file)
    assert clip.frames.shape == (16, 24, 32, 3)
    np.testing.assert_allclose(clip.times, np.arange(16) / 8, atol=1e-3)
    np.testing.assert_allclose(clip.frames.mean(axis=(1, 2, 3)), np.arange(16) * 10 / 255, atol=0.02)
    assert clip.rate == rate
    assert clip.duration == pytest.approx(2.0, abs=0.05)
    assert len(clip.sound) == round(clip.duration * rate)
    steady = clip.sound[rate // 2 : 3 * rate // 2]
    spectrum = np.abs(np.fft.rfft(steady * np.hanning(len(steady))))
    assert np.argmax(spectrum) * rate / len(steady) == pytest.approx(440, abs=2)
    assert np.sqrt(2 * np.mean(steady**2)) == pytest.approx(0.5, rel=0.1)


def test_mono_is_the_mean_without_the_low_frequency_channel(tmp_path, make_file):
    t = np.arange(16000) / 8000
    weights = np.array([0.6, 0.0, 0.3, 0.9, 0.1, 0.0])  # FL, FR, FC, LFE, BL, BR
    channels = weights[:, np.newaxis] * np.sin(2 * np.pi * 200 * t)
    file = make_file(
        tmp_path / "six.mov", sound_codec="pcm_s16le", rate=8000, layout="5.1", channels=channels
    )
    sound, _ = read_sound(file)
    np.testing.assert_allclose(sound, 0.2 * np.sin(2 * np.pi * 200 * t), atol=1e-3)


def test_more_channels_than_can_be_read_safely(tmp_path):
    with av.open(str(tmp_path / "eight.mp4"), "w") as container:
        stream = container.add_stream("aac", rate=48000, layout="7.1")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 8 * 9600), np.float32), format="flt", layout="7.1")
        frame.sample_rate = 48000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with pytest.raises(ValueError, match=r"at most 7 channels .* got 8: export"):
        read_sound(tmp_path / "eight.mp4")


@pytest.mark.parametrize("name", ["late.webm", "late.mkv"])
def test_sound_that_starts_late_is_on_the_pictures_clock(tmp_path, make_file, name):
    click = np.zeros((1, 48000))
    click[0, 24000:24480] = 0.9
    codec = "libopus" if name.endswith("webm") else "flac"
    file = make_file(
        tmp_path / name, codec="libvpx-vp9", sound_codec=codec, rate=48000, channels=click, sound_at=0.25
    )
    clip = read_video(file)
    assert np.argmax(np.abs(clip.sound) > 0.4) / clip.rate == pytest.approx(0.75, abs=0.01)
    assert not clip.sound[: round(0.2 * clip.rate)].any()
    assert len(clip.sound) == round(2.0 * clip.rate)


@pytest.mark.parametrize(
    ("name", "codec", "sound_codec"), [("a.mp4", "libx264", "aac"), ("a.webm", "libvpx-vp9", "libopus")]
)
def test_pictures_that_start_late(tmp_path, make_file, name, codec, sound_codec):
    file = make_file(tmp_path / name, codec=codec, sound_codec=sound_codec, rate=48000, pictures_at=0.5)
    clip = read_video(file)
    assert clip.times[0] == pytest.approx(0.5)
    assert clip.duration == pytest.approx(2.5, abs=0.01)
    assert len(clip.sound) == pytest.approx(2.5 * 48000, abs=480), "padded with silence to the clip's end"
    assert not clip.sound[-10000:].any()


# (a, b, c, d) in the file, and what NumPy does to show the picture upright.
TURNS = {
    "as stored": ((1, 0, 0, 1), lambda p: p),
    "quarter turn clockwise": ((0, 1, -1, 0), lambda p: np.rot90(p, -1)),
    "half turn": ((-1, 0, 0, -1), lambda p: np.rot90(p, 2)),
    "quarter turn counterclockwise": ((0, -1, 1, 0), lambda p: np.rot90(p, 1)),
    "mirrored": ((-1, 0, 0, 1), lambda p: p[:, ::-1]),
    "upside down": ((1, 0, 0, -1), lambda p: p[::-1]),
    "transposed": ((0, 1, 1, 0), lambda p: p.transpose(1, 0, 2)),
    "transposed the other way": ((0, -1, -1, 0), lambda p: np.rot90(p, 2).transpose(1, 0, 2)),
}


@pytest.mark.parametrize("turn", TURNS)
def test_rotated_and_mirrored_pictures_come_upright(tmp_path, turn):
    stored = np.full((1, 20, 30, 3), 0.5, np.float32)
    stored[0, :8, :8] = (1, 0, 0)
    stored[0, -8:, :8] = (0, 0, 1)
    file = write_video(Clip(stored, np.zeros(1)), tmp_path / "turned.mp4")
    (a, b, c, d), undo = TURNS[turn]
    data = bytearray(file.read_bytes())
    matrix = (
        data.find(b"tkhd") + 44
    )  # After version, times, id, duration, layer and volume (ISO 14496-12, 8.3.2).
    assert struct.unpack(">9i", data[matrix : matrix + 36]) == (1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
    data[matrix : matrix + 36] = struct.pack(">9i", a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30)
    file.write_bytes(data)
    shown = read_video(file).frames[0]
    np.testing.assert_allclose(shown, undo(stored[0]), atol=0.08)
    small = read_video(file, size=(10, 14)).frames[0]
    assert small.shape == (10, 14, 3)
    np.testing.assert_allclose(small[:2, :2].mean(axis=(0, 1)), shown[:3, :3].mean(axis=(0, 1)), atol=0.08)


@pytest.mark.parametrize("extension", ["webm", "mp4"])
def test_pieces_make_the_whole(tmp_path, make_clip, extension):
    rng = np.random.default_rng(3)
    times = np.round(np.cumsum(rng.uniform(0.02, 0.4, 30)), 3)
    file = write_video(make_clip(times=times), tmp_path / f"clip.{extension}")
    whole = read_video(file)
    cuts = [0.0, 0.5, 1.234, float(times[15]), 4.0]
    pieces = [
        read_video(file, start=a, duration=b - a)
        for a, b in zip(cuts, [*cuts[1:], whole.duration], strict=True)
    ]
    np.testing.assert_array_equal(np.concatenate([p.frames for p in pieces]), whole.frames)
    joined = np.concatenate([p.times + a for p, a in zip(pieces, cuts, strict=True)])
    np.testing.assert_allclose(joined, whole.times, atol=6e-4)
    for piece, cut in zip(pieces, cuts, strict=True):
        first = round(cut * whole.rate)
        expected = whole.sound[first : first + len(piece.sound)]
        lag = min(
            range(-30, 31), key=lambda k: np.abs(np.roll(piece.sound, k)[99:-99] - expected[99:-99]).max()
        )
        assert abs(lag) <= 24, "within half a millisecond, the clock of WebM"
        np.testing.assert_allclose(np.roll(piece.sound, lag)[99:-99], expected[99:-99], atol=2e-3)


def test_a_late_piece_is_decoded_from_a_key_frame_nearby(tmp_path, make_clip, monkeypatch):
    file = write_video(make_clip(times=np.arange(240) / 8, size=(16, 16), rate=None), tmp_path / "long.mp4")
    decoded = []
    from mmseg_edu.clip import decoding

    original = decoding._frames

    def counted(*arguments):
        for item in original(*arguments):
            decoded.append(item)
            yield item

    monkeypatch.setattr(decoding, "_frames", counted)
    assert len(read_video(file, start=20, duration=0.5).frames) == 4
    assert len(decoded) <= 16, "out of 240"


def test_size_scales_while_reading(tmp_path, make_clip):
    file = write_video(make_clip(rate=None), tmp_path / "clip.webm")
    whole = read_video(file)
    small = read_video(file, size=16)
    assert small.frames.shape == (16, 16, 16, 3)
    blocks = whole.frames.reshape(16, 16, 3, 16, 4, 3).mean(axis=(2, 4))
    assert np.abs(small.frames - blocks).max() < 0.03, "the mean of each block: anti-aliased"
    assert read_video(file, size=(100, 50)).frames.shape == (16, 100, 50, 3)


def test_memory_is_bounded_before_decoding(tmp_path, make_clip, monkeypatch):
    file = write_video(make_clip(), tmp_path / "clip.mp4")
    needed = 16 * 48 * 64 * 3 * 5
    with monkeypatch.context() as patched:
        patched.setattr("mmseg_edu.clip.reading.decode", None)  # Refuses without a single decoded frame.
        with pytest.raises(ValueError, match=r"max_bytes = 0.7.* needs 1.* size=.*duration=.*max_bytes="):
            read_video(file, max_bytes=needed)
    assert len(read_video(file, max_bytes=needed, size=32).frames) == 16
    assert len(read_video(file, max_bytes=needed, duration=1.0).frames) == 8
    monkeypatch.setattr("mmseg_edu.clip.planning._check_memory", lambda *_: None)
    with pytest.raises(ValueError, match="the pictures up to"):
        read_video(file, max_bytes=needed // 2)
    with pytest.raises(ValueError, match="the sound up to"):
        read_video(file, max_bytes=needed + 1000)
    with pytest.raises(ValueError, match="the sound"):
        read_sound(file, max_bytes=1000)


def test_no_video_track(tmp_path, make_file):
    file = make_file(tmp_path / "voice.mp4", video=False)
    with pytest.raises(ValueError, match=r"must have a video track, got only sound \(aac\): .*read_sound"):
        read_video(file)
    sound, rate = read_sound(file, start=0.5, duration=1.0)
    assert (len(sound), rate) == (44100, 44100)
    mute = make_file(tmp_path / "mute.mp4", sound_codec=None)
    with pytest.raises(
        ValueError, match=r"must have a sound track, got none \(which is not the same as silence\)"
    ):
        read_sound(mute)


def test_bad_paths(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"existing file, got '.*gone.mp4', which does not exist"):
        read_video(tmp_path / "gone.mp4")
    with pytest.raises(ValueError, match="got the folder"):
        read_video(tmp_path)
    with pytest.raises(TypeError, match=r"path must be a string or a pathlib.Path, got NoneType"):
        read_video(None)
    for name, content, text in [
        ("empty.mp4", b"", r"empty file .*0 bytes"),
        ("text.mp4", b"this is not a video\n" * 50, "no readable video"),
        ("list.mp4", b"#EXTM3U\n#EXTINF:10,\nfile:///etc/hostname\n", "no readable video"),
        ("list.webm", b"ffconcat version 1.0\nfile text.mp4\n", "no readable video"),
        ("picture.mp4", b"\x89PNG\r\n\x1a\n" + bytes(100), "it is a PNG picture, which is not read"),
    ]:
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ValueError, match=text):
            read_video(tmp_path / name)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe.mp4")
    with pytest.raises(ValueError, match="got the pipe or device"):
        read_video(tmp_path / "pipe.mp4")


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({"start": -1}, ValueError, "start must be finite and 0 s or more, got -1"),
        ({"start": float("nan")}, ValueError, "start must be finite"),
        ({"start": 2.5}, ValueError, r"start must lie inside the file, which ends at 2.00 s, got 2.5 s"),
        ({"start": 1.9, "duration": 0.05}, ValueError, "picture between 1.9 s and 1.95 s, got none"),
        ({"duration": 0}, ValueError, "duration must be finite and above 0, got 0"),
        ({"duration": "1"}, TypeError, "duration must be a number, got '1'"),
        ({"size": 0}, ValueError, r"size must be a whole number or \(height, width\), 1 or more, got 0"),
        ({"size": (3, 4, 5)}, ValueError, "size must be"),
        ({"size": 99999}, ValueError, "at most 16384"),
        ({"rate": 0}, ValueError, "rate must be a whole number from 100 to 768000 Hz"),
        ({"rate": 16000.0}, ValueError, "rate must be"),
        ({"max_bytes": -5}, ValueError, "max_bytes must be finite and above 0"),
    ],
)
def test_bad_arguments(tmp_path, make_clip, arguments, error, text):
    file = write_video(make_clip(size=(8, 8), rate=None), tmp_path / "clip.mp4")
    with pytest.raises(error, match=text):
        read_video(file, **arguments)


def test_a_real_film():
    folder = os.environ.get("MMSEG_EDU_DATA")
    file = Path(folder or "none") / "video" / "bigbuckbunny.mp4"
    if not file.exists():
        pytest.skip("set MMSEG_EDU_DATA to a folder that holds video/bigbuckbunny.mp4")
    clip = read_video(file, start=1.0, duration=1.0, size=(72, 128), rate=16000)
    assert clip.frames.shape == (25, 72, 128, 3)
    np.testing.assert_allclose(np.diff(clip.times), 0.04, atol=1e-6)
    assert len(clip.sound) == 16000
    assert 0.001 < np.abs(clip.sound).max() <= 1
    assert clip.frames.std() > 0.05


@pytest.mark.parametrize("version", ["17.1.0", "18.1.0", "19.0.2"])
def test_opens_with_each_pyav_that_the_project_allows(tmp_path, make_clip, monkeypatch, version):
    """From 19 on, av.open has no argument about damaged titles; before, without it they stop everything."""
    file = write_video(make_clip(rate=None), tmp_path / "clip.mp4")
    original, given = av.open, []

    def recorded(path, mode="r", **options):
        given.append(sorted(options))
        options.pop("metadata_errors", None)
        return original(path, mode, **options)

    monkeypatch.setattr(av, "open", recorded)
    monkeypatch.setattr(av, "__version__", version)
    assert len(read_video(file).frames) == 16
    assert {"metadata_errors" in each for each in given} == {version < "19"}


def test_a_title_in_other_bytes_is_no_damage(tmp_path, make_file):
    """Latin-1 where UTF-8 is due, as old cameras write it."""
    title = "Glocken-und-Trommeln"
    file = make_file(tmp_path / "old.mp4", title=title)
    raw = file.read_bytes()
    assert raw.count(title.encode()) == 1
    file.write_bytes(raw.replace(title.encode(), b"Gl\xf6cken" + title.encode()[7:]))
    assert len(read_video(file).frames) == 16


@pytest.mark.parametrize(("read", "rate"), [(read_video, None), (read_video, 16000), (read_sound, 16000)])
def test_a_film_is_read_one_way_each_stage_once(tmp_path, make_clip, monkeypatch, read, rate):
    """Each stage takes what the one before it gave, and the file's own lengths are asked once."""
    from mmseg_edu.clip import probing, reading

    file = write_video(make_clip(rate=rate), tmp_path / "clip.webm")
    entered = []
    last = "assemble" if read is read_video else "assemble_sound"
    stages = ["probe", "missing_end", "plan", "decode", "check_whole", last]
    for name in stages:
        home = probing if name == "missing_end" else reading
        original = getattr(home, name)

        def recorded(*given, name=name, original=original, **named):
            entered.append(name)
            return original(*given, **named)

        monkeypatch.setattr(home, name, recorded)
    read(file)
    assert entered == stages


def test_what_is_not_whole_is_never_assembled(tmp_path, make_clip, monkeypatch):
    from mmseg_edu.clip import reading

    file = write_video(make_clip(), tmp_path / "clip.webm")
    file.write_bytes(file.read_bytes()[:-400])
    monkeypatch.setattr(reading, "assemble", lambda *_: pytest.fail("a part was passed off as the whole"))
    with pytest.raises(ValueError, match="must be whole"):
        read_video(file)


@pytest.mark.parametrize("extension", ["webm", "mp4"])
def test_a_piece_holds_its_start_and_not_its_end(tmp_path, make_clip, extension):
    """[start, start + duration), at pictures that stand exactly on both ends."""
    file = write_video(make_clip(), tmp_path / f"clip.{extension}")
    piece = read_video(file, start=0.5, duration=0.5)
    np.testing.assert_allclose(piece.times, [0, 0.125, 0.25, 0.375], atol=1e-3)
    assert piece.duration == pytest.approx(0.5, abs=1e-9)
    past = read_video(file, start=1.75, duration=100)
    assert (len(past.frames), past.duration) == (2, pytest.approx(0.25, abs=2e-3)), "cut at the file's end"


def test_rates_at_their_limits(tmp_path, make_clip):
    file = write_video(make_clip(), tmp_path / "clip.webm")
    for rate in (100, 768_000):
        clip = read_video(file, duration=0.25, rate=rate)
        assert (clip.rate, len(clip.sound)) == (rate, rate // 4)
    for rate in (99, 768_001, True):
        with pytest.raises(ValueError, match="rate must be a whole number from 100 to 768000"):
            read_video(file, rate=rate)
