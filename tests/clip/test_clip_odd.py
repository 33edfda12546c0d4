"""What healthy but odd files give: colours that nobody named, sound formats, two microphones, and their memory."""

import tracemalloc
from fractions import Fraction

import av
import numpy as np
import pytest
from scipy.io import wavfile

from mmseg_edu.clip import read_sound, read_video


def colour_bars(path, height, tag=None):
    """A film of red, green and blue, coded with the matrix of its size, which it names only when asked."""
    width = height * 4 // 3 // 2 * 2
    picture = np.zeros((height, width, 3), np.uint8)
    for i in range(3):
        picture[:, i * width // 3 : (i + 1) * width // 3, i] = 200
    matrix = 1 if height > 576 else 5
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=5, options={"crf": "10", "preset": "ultrafast"})
        stream.height, stream.width, stream.pix_fmt = height, width, "yuv420p"
        if tag is not None:
            stream.codec_context.colorspace = tag
        rgb = av.VideoFrame.from_ndarray(picture, format="rgb24")
        frame = rgb.reformat(format="yuv420p", dst_colorspace=matrix)
        frame.colorspace = tag or 2
        frame.pts, frame.time_base = 0, Fraction(1, 5)
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path, picture / 255


@pytest.mark.parametrize(("height", "tag"), [(576, None), (578, None), (720, None), (720, 1), (480, 6)])
def test_colours_that_nobody_named_are_those_of_the_size(tmp_path, height, tag):
    file, picture = colour_bars(tmp_path / "bars.mp4", height, tag)
    with av.open(str(file)) as container:
        assert next(container.decode(video=0)).colorspace == (tag or 2)
    seen = read_video(file, size=(12, 18)).frames[0]
    for i in range(3):
        expected = picture[5, picture.shape[1] * (2 * i + 1) // 6]
        np.testing.assert_allclose(seen[6, 6 * i + 3], expected, atol=0.03)


@pytest.mark.parametrize(
    ("extension", "codec"), [("aiff", "pcm_s16be"), ("au", "pcm_s16be"), ("caf", "pcm_s16le")]
)
def test_sound_files_of_other_systems(tmp_path, extension, codec):
    tone = (8000 * np.sin(2 * np.pi * 440 * np.arange(8000) / 8000)).astype(np.int16)
    path = tmp_path / f"tone.{extension}"
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=8000, layout="mono")
        frame = av.AudioFrame.from_ndarray(tone[np.newaxis], format="s16", layout="mono")
        frame.sample_rate, frame.pts = 8000, 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    sound, rate = read_sound(path)
    assert rate == 8000
    np.testing.assert_allclose(sound, tone / 32768, atol=1e-6)


@pytest.mark.parametrize(
    ("head", "kind"),
    [(b"GIF89a", "a GIF"), (b"\x89PNG\r\n\x1a\n", "a PNG picture"), (b"\xff\xd8\xff\xe0", "a JPEG picture")],
)
def test_what_is_no_video_is_named(tmp_path, head, kind):
    (tmp_path / "clip.mp4").write_bytes(head + bytes(200))
    with pytest.raises(ValueError, match=f"it is {kind}, which is not read: turn it into an .mp4"):
        read_video(tmp_path / "clip.mp4")


def test_two_microphones_are_said(tmp_path):
    path = tmp_path / "two.mov"
    with av.open(str(path), "w") as container:
        streams = [container.add_stream("pcm_s16le", rate=8000, layout="mono") for _ in range(2)]
        for i, stream in enumerate(streams):
            samples = np.full((1, 4000), 1000 * (i + 1), np.int16)
            frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
            frame.sample_rate, frame.pts = 8000, 0
            container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    with pytest.warns(UserWarning, match=r"has 2 sound tracks \(mono, mono\): track 1 was read"):
        sound, _ = read_sound(path)
    np.testing.assert_allclose(sound, 1000 / 32768, atol=1e-6)


def test_max_bytes_is_what_reading_takes_at_most(tmp_path, make_film):
    file = make_film(tmp_path / "film.mp4", size=(120, 160), count=40)
    needed = 40 * 120 * 160 * 3 * 5
    read_video(file, duration=0.2)  # Imports are not counted.
    tracemalloc.start()
    try:
        clip = read_video(file, max_bytes=needed)
        kept, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(clip.frames) == 40
    assert peak <= needed + 500_000
    assert kept <= clip.frames.nbytes + 500_000
    with pytest.raises(ValueError, match="max_bytes"):
        read_video(file, max_bytes=needed - 1)


def test_pictures_are_let_go_one_by_one():
    from mmseg_edu.clip.gathering import Pictures

    pictures = Pictures(None, 10**9)
    pictures.frames = [np.full((4, 6, 3), 255, np.uint8) for _ in range(3)]
    assert pictures.assembled().min() == 1
    assert all(picture.base is None and picture.nbytes == 0 for picture in pictures.frames), (
        "no view keeps them"
    )


def test_sound_that_is_made_finer_counts_against_max_bytes(tmp_path):
    wavfile.write(tmp_path / "a.wav", 8000, np.zeros(80000, np.int16))
    assert len(read_sound(tmp_path / "a.wav", max_bytes=700_000)[0]) == 80000
    with pytest.raises(ValueError, match=r"max_bytes = 0.7 MB, got the sound, which needs 8\.\d* MB"):
        read_sound(tmp_path / "a.wav", rate=96000, max_bytes=700_000)
