"""Blocks and pages lie end to end: where one is broken or gone, FFmpeg searches on and says nothing."""

import re
import warnings

import av
import numpy as np
import pytest
import soundfile

from mmseg_edu.clip import read_sound, read_video, stream_sound, stream_video
from mmseg_edu.clip.blocks import broken_blocks
from mmseg_edu.clip.pages import check_pages


def blocks_of(raw):
    """Where the blocks of a small Matroska file begin: their name, a length of one or two bytes, track 1 or 2."""
    head = re.compile(rb"\xa3(?:[\x80-\xff]|[\x40-\x7f].)[\x81\x82]", re.DOTALL)
    return [match.start() for match in head.finditer(raw, raw.index(b"\x1f\x43\xb6\x75"))]


@pytest.fixture(scope="module", params=["film.mkv", "film.webm"])
def film(request, tmp_path_factory, make_film):
    file = tmp_path_factory.mktemp("rows") / request.param
    codec = "libvpx" if request.param.endswith("webm") else "mpeg4"
    return make_film(file, codec, "libopus", b_frames=0)


def test_a_healthy_row_is_not_blamed(film):
    assert broken_blocks(film) == ""
    assert len(read_video(film).frames) == 40


@pytest.mark.parametrize("change", ["name", "track", "length"])
def test_one_wrong_byte_in_the_head_of_a_block(film, tmp_path, change):
    data = bytearray(film.read_bytes())
    block = blocks_of(data)[25]
    wide = 1 if data[block + 1] >> 7 else 2
    place, value = {
        "name": (block, 0x00),
        "track": (block + 1 + wide, 0x89),
        "length": (block + wide, data[block + wide] ^ 0x1F),
    }[change]
    data[place] = value
    broken = tmp_path / film.name
    broken.write_bytes(data)
    said = "belongs to none of its tracks" if change == "track" else "row of its blocks is broken"
    assert said in broken_blocks(broken)
    with pytest.raises(ValueError, match="must be whole"):
        read_video(broken)
    with pytest.raises(ValueError, match="must be whole"):
        list(stream_video(broken))


def pages_of(raw):
    places = []
    at = raw.find(b"OggS")
    while at >= 0:
        places.append(at)
        at = raw.find(b"OggS", at + 4)
    return places


@pytest.fixture(scope="module")
def ogg(tmp_path_factory):
    """Half a minute of noise: many pages."""
    file = tmp_path_factory.mktemp("pages") / "noise.ogg"
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, (1, 30 * 48000)).astype(np.float32)
    with av.open(str(file), "w") as container:
        stream = container.add_stream("libopus", rate=48000, layout="mono")
        frame = av.AudioFrame.from_ndarray(noise, "fltp", "mono")
        frame.sample_rate, frame.pts = 48000, 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file


def refused(file, data, words):
    file.write_bytes(data)
    assert words in check_pages(file)[0]
    with pytest.raises(ValueError, match="must be whole") as error:
        read_sound(file)
    assert words in str(error.value)
    pieces, given = [], stream_sound(file)[0]
    with pytest.raises(ValueError, match="must be whole"):
        pieces.extend(iter(given))
    return pieces


def test_pages_that_are_whole(ogg):
    assert check_pages(ogg) == ("", True)
    assert len(pages_of(ogg.read_bytes())) >= 20
    assert len(read_sound(ogg)[0]) == pytest.approx(30 * 48000, abs=2000)


def test_a_damaged_page(ogg, tmp_path):
    data = bytearray(ogg.read_bytes())
    data[pages_of(data)[10] + 300] ^= 4
    refused(tmp_path / "noise.ogg", data, "a page is damaged")


def test_a_missing_page(ogg, tmp_path):
    data = ogg.read_bytes()
    places = pages_of(data)
    pieces = refused(
        tmp_path / "noise.ogg", data[: places[10]] + data[places[11] :], "page 11 follows on page 9"
    )
    whole = read_sound(ogg)[0]
    heard = np.concatenate(pieces)
    assert 48000 < len(heard) < len(whole) / 2, "what lies before the loss, and no more"
    # The packet that the loss cuts through, 20 ms, is what the decoder made of its one half.
    np.testing.assert_allclose(heard[:-960], whole[: len(heard) - 960], atol=1e-6)


def test_a_hole_over_the_head_of_a_page(ogg, tmp_path):
    data = bytearray(ogg.read_bytes())
    place = pages_of(data)[12]
    data[place : place + 20] = bytes(20)
    refused(tmp_path / "noise.ogg", data, "row of its pages is broken")


def test_a_recording_that_was_stopped_is_read_and_said(ogg, tmp_path):
    data = ogg.read_bytes()
    stopped = tmp_path / "noise.ogg"
    stopped.write_bytes(data[: pages_of(data)[-1]])
    for read in (read_sound, lambda file: list(stream_sound(file)[0])):
        with pytest.warns(UserWarning, match="does not say that it ends where it does"):
            read(stopped)


def test_what_follows_the_last_page_harms_nothing(ogg, tmp_path):
    tagged = tmp_path / "noise.ogg"
    tagged.write_bytes(ogg.read_bytes() + b"TAG" + bytes(125))
    assert check_pages(tagged) == ("", True)


@pytest.mark.parametrize("name", ["pause.mkv", "pause.mp4"])
def test_a_gap_in_the_sound_is_said(tmp_path, make_film, name):
    """A pause of a recording looks the same as a loss: neither is taken in silence."""
    film = make_film(tmp_path / f"whole{name[5:]}", sound_codec="libopus", b_frames=0)
    paused = tmp_path / name
    with av.open(str(film)) as given, av.open(str(paused), "w") as made:
        streams = {s.index: made.add_stream_from_template(s) for s in given.streams}
        for packet in given.demux():
            if packet.dts is None:
                continue
            sound = packet.stream.type == "audio"
            if not (sound and 1.0 <= packet.pts * packet.time_base < 1.5):
                packet.stream = streams[packet.stream_index]
                made.mux(packet)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read_video(film)
    for read in (read_video, read_sound, lambda file: list(stream_sound(file)[0])):
        with pytest.warns(
            UserWarning, match=r"has no sound from (0\.9|1\.0)\d* s to 1\.(4|5)\d* s, and is silent"
        ):
            read(paused)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read_sound(paused, start=2.0)
        list(stream_video(paused))


def test_frames_cut_out_of_a_sound_file(tmp_path):
    """FLAC counts samples: where the count jumps there was no pause, some are gone."""
    file = tmp_path / "noise.flac"
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, (4 * 48000,))
    soundfile.write(file, noise, 48000)
    data = file.read_bytes()
    frames = [match.start() for match in re.finditer(rb"\xff\xf8", data)]
    third = len(frames) // 3
    file.write_bytes(data[: frames[third]] + data[frames[third + 3] :])
    with pytest.raises(ValueError, match=r"must be whole.*the sound track stops at 1\.\d+ s"):
        read_sound(file)
    pieces = []
    with pytest.raises(ValueError, match="must be whole"):
        pieces.extend(stream_sound(file)[0])
    heard = np.concatenate(pieces)
    np.testing.assert_allclose(heard, noise[: len(heard)], atol=1e-4)


def test_a_flipped_bit_that_the_sum_of_a_frame_tells(tmp_path):
    """FLAC keeps a sum of each frame; without a look at it the samples are wrong and nothing says so."""
    file = tmp_path / "noise.flac"
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, (4 * 48000,))
    soundfile.write(file, noise, 48000)
    whole = bytearray(file.read_bytes())
    for place in np.random.default_rng(1).integers(len(whole) // 8, len(whole), 10):
        data = whole.copy()
        data[place] ^= 4
        file.write_bytes(data)
        with pytest.raises(ValueError, match="must be whole"):
            read_sound(file)
