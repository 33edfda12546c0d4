"""Films one picture after the other: what the streams give is what the whole reader gives, and little of it at once."""

import gc

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmseg_edu.clip import read_sound, read_video, stream_sound, stream_video, write_frames, write_video
from mmseg_edu.preprocess.sound import resample
from mmseg_edu.preprocess.sound.resampling import resample_pieces


def gathered(pieces):
    return np.concatenate([np.zeros(0, np.float32), *pieces])


def bytes_of(frames):
    return np.rint(frames * 255).astype(np.uint8)


@pytest.mark.parametrize("name", ["film.webm", "film.mp4"])
@pytest.mark.parametrize(("start", "duration"), [(0.0, None), (0.3, None), (0.3, 0.6), (0.0, 5.0)])
def test_streams_give_what_the_whole_reader_gives(tmp_path, make_clip, name, start, duration):
    file = write_video(make_clip([0.0, 0.1, 0.15, 0.5, 0.9, 1.1]), tmp_path / name)
    clip = read_video(file, start=start, duration=duration)
    shown = list(stream_video(file, [None, (24, 20)], start=start, duration=duration))
    np.testing.assert_array_equal([each.begin for each in shown], clip.times)
    np.testing.assert_array_equal([each.end for each in shown[:-1]], clip.times[1:])
    assert shown[-1].end == pytest.approx(min(clip.duration, duration or 9), abs=0.03)
    np.testing.assert_array_equal([each.pictures[0] for each in shown], bytes_of(clip.frames))
    small = read_video(file, start=start, duration=duration, size=(24, 20)).frames
    np.testing.assert_array_equal([each.pictures[1] for each in shown], bytes_of(small))
    for rate in (None, 16000):
        sound, expected_rate = read_sound(file, start=start, duration=duration, rate=rate)
        pieces, given_rate = stream_sound(file, start=start, duration=duration, rate=rate)
        heard = gathered(pieces)
        assert given_rate == expected_rate
        assert abs(len(heard) - len(sound)) <= 1
        shared = min(len(heard), len(sound))
        np.testing.assert_allclose(heard[:shared], sound[:shared], atol=1e-5)


def frames_alive():
    # By type: to ask a weak proxy of another test's what it is raises when that is gone.
    return sum(issubclass(type(each), av.VideoFrame) for each in gc.get_objects())


def test_a_frame_is_gone_when_the_next_comes(tmp_path, make_clip):
    """Without the help of Python's collector of circles, which does not know how large a frame is."""
    file = write_video(make_clip(np.arange(30) / 8, rate=None), tmp_path / "film.webm")
    gc.collect()
    gc.disable()
    others = frames_alive()  # of tests before this one
    try:
        for shown in stream_video(file, [None, 16]):
            alive = frames_alive() - others
            assert alive < 8, f"{alive} frames at {shown.begin:.2f} s"
    finally:
        gc.enable()


@pytest.mark.parametrize("name", ["late.webm", "late.mkv"])
def test_sound_that_starts_late_is_preceded_by_silence(tmp_path, make_file, name):
    late = make_file(tmp_path / name, codec="libvpx-vp9", sound_codec="libopus", rate=48000, sound_at=1.5)
    heard, sound = gathered(stream_sound(late)[0]), read_sound(late)[0]
    np.testing.assert_allclose(heard, sound[: len(heard)], atol=1e-6)
    assert abs(len(heard) - len(sound)) <= 1
    assert not heard[:71000].any()
    assert heard[73000:80000].any()


def test_a_film_that_must_be_decoded_from_its_beginning(tmp_path, make_film):
    file = make_film(tmp_path / "refresh.mp4", params="intra-refresh=1:keyint=10:bframes=0")
    clip = read_video(file, start=2.0, duration=0.5)
    shown = list(stream_video(file, start=2.0, duration=0.5))
    np.testing.assert_array_equal([each.pictures[0] for each in shown], bytes_of(clip.frames))


def test_a_cut_off_film_gives_what_is_whole_and_then_says_so(tmp_path, make_clip):
    whole = write_video(make_clip(np.arange(40) / 8), tmp_path / "whole.webm").read_bytes()
    cut = tmp_path / "cut.webm"
    cut.write_bytes(whole[: len(whole) * 2 // 3])
    begins = []
    with pytest.raises(ValueError, match="must be whole"):
        begins.extend(each.begin for each in stream_video(cut))
    np.testing.assert_allclose(begins, np.arange(len(begins)) / 8, atol=1e-3)
    assert len(begins) > 10
    with pytest.raises(ValueError, match="must be whole"):
        gathered(stream_sound(cut)[0])


def test_what_is_missing_is_said_at_once(tmp_path, make_clip, make_file):
    with pytest.raises(FileNotFoundError):
        stream_video(tmp_path / "none.webm")
    mute = write_video(make_clip(rate=None), tmp_path / "mute.webm")
    with pytest.raises(ValueError, match="must have a sound track"):
        stream_sound(mute)
    with pytest.raises(ValueError, match="must have a video track"):
        stream_video(make_file(tmp_path / "sound.mp4", video=False))
    with pytest.raises(ValueError, match="start must lie inside"):
        stream_video(mute, start=99)


@given(
    lengths=st.lists(st.integers(0, 3000), max_size=8),
    rates=st.sampled_from(
        [(8000, 16000), (48000, 16000), (44100, 48000), (100, 1600), (300, 7), (1600, 1600)]
    ),
)
def test_resampling_in_pieces_is_resampling(lengths, rates):
    # Low rates make blocks of few samples, so that there are many.
    whole = np.random.default_rng(len(lengths)).uniform(-1, 1, sum(lengths))
    pieces = np.split(whole, np.cumsum(lengths)[:-1]) if lengths else []
    done = np.concatenate([np.zeros(0), *resample_pieces(iter(pieces), *rates)])
    np.testing.assert_allclose(done, resample(whole, *rates), atol=1e-12)


def test_frames_written_one_by_one_keep_their_times_and_the_sound(tmp_path, make_clip):
    clip = make_clip([0.0, 0.033, 0.4, 0.45, 1.0], size=(33, 47), rate=48000, duration=1.5)
    ends = [*clip.times[1:], clip.duration]
    frames = zip(clip.times, ends, bytes_of(clip.frames), strict=True)
    pieces = np.split(clip.sound, [1, 900, 40000])
    back = read_video(write_frames(tmp_path / "film.webm", frames, pieces))
    np.testing.assert_allclose(back.times, clip.times, atol=5.1e-4)
    assert back.duration == pytest.approx(1.5, abs=0.02)
    assert np.mean((back.frames - clip.frames) ** 2) < 10**-2.5  # 25 dB
    shared = min(len(back.sound), len(clip.sound))
    assert np.corrcoef(back.sound[:shared], clip.sound[:shared])[0, 1] > 0.99


def test_frames_that_fail_leave_what_was_there(tmp_path):
    def failing():
        yield 0.0, 0.1, np.zeros((32, 32, 3), np.uint8)
        raise KeyboardInterrupt

    file = tmp_path / "film.webm"
    file.write_bytes(b"before")
    with pytest.raises(KeyboardInterrupt):
        write_frames(file, failing())
    grey = np.zeros((32, 32, 3), np.uint8)
    with pytest.raises(ValueError, match="at least one picture"):
        write_frames(file, [])
    with pytest.raises(ValueError, match="like the first"):
        write_frames(file, [(0, 1, grey), (1, 2, grey[:16])])
    with pytest.raises(ValueError, match="1/1000 s apart"):
        write_frames(file, [(0, 1, grey), (0.0001, 2, grey)])
    with pytest.raises(ValueError, match=r"must end in \.webm"):
        write_frames(tmp_path / "film.mp4", [(0, 1, grey)])
    assert file.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [file]
