"""Pictures that are lost must be missed: what a file declares is held against what came."""

import re

import numpy as np
import pytest

from mmseg_edu.clip import read_video
from mmseg_edu.clip.boxes import broken_tables

FRAGMENTED = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}


def top_boxes(raw):
    """(name, begin, end) of an MP4's outermost boxes."""
    at = 0
    while at + 8 <= len(raw):
        length = int.from_bytes(raw[at : at + 4], "big")
        yield bytes(raw[at + 4 : at + 8]), at, at + length
        at += length


@pytest.fixture(scope="module")
def fragments(tmp_path_factory, make_film):
    folder = tmp_path_factory.mktemp("fragments")
    film = make_film(
        folder / "film.mp4", sound_codec="aac", params="keyint=10:bframes=0", container_options=FRAGMENTED
    )
    return film.read_bytes()


def reading_is_refused(file, data):
    """Read broken data; nothing may come back as if it were whole, and the remedy gives what is there."""
    file.write_bytes(data)
    with pytest.raises(ValueError, match=r"must be (a )?whole|must have a picture") as error:
        read_video(file)
    asked = re.search(r"read only those with duration=([\d.]+),", str(error.value))
    if asked:
        part = read_video(file, duration=float(asked[1]))
        np.testing.assert_allclose(np.diff(part.times), 0.1, atol=0.03), "and has no gap"
    return str(error.value)


def test_whole_fragments_are_read(tmp_path, fragments):
    (tmp_path / "whole.mp4").write_bytes(fragments)
    assert len(read_video(tmp_path / "whole.mp4").frames) == 40


def test_a_fragment_left_out_or_moved(tmp_path, fragments):
    boxes = list(top_boxes(fragments))
    moofs = [i for i, (name, _, _) in enumerate(boxes) if name == b"moof"]
    assert len(moofs) >= 4
    parts = [fragments[begin:end] for _, begin, end in boxes]
    second, third = moofs[1], moofs[2]
    without = parts[:second] + parts[second + 2 :]
    assert "fragment 3 follows on fragment 1" in reading_is_refused(tmp_path / "a.mp4", b"".join(without))
    swapped = parts.copy()
    swapped[second : second + 2], swapped[third : third + 2] = (
        parts[third : third + 2],
        parts[second : second + 2],
    )
    reading_is_refused(tmp_path / "b.mp4", b"".join(swapped))


@pytest.mark.parametrize("change", ["name", "length", "count"])
def test_one_wrong_byte_in_the_head_of_a_fragment(tmp_path, fragments, change):
    data = bytearray(fragments)
    moof = [begin for name, begin, _ in top_boxes(fragments) if name == b"moof"][2]
    run = fragments.index(b"trun", moof)
    place, value = {"name": (moof + 5, ord("x")), "length": (moof + 3, 8), "count": (run + 9, 1)}[change]
    data[place] = value
    reading_is_refused(tmp_path / "film.mp4", data)


@pytest.mark.parametrize("seed", range(8))
def test_swapped_blocks_of_a_fragmented_file(tmp_path, fragments, seed):
    rng = np.random.default_rng(seed)
    data, block = bytearray(fragments), 512
    i, j = sorted(int(k) * block for k in rng.choice(np.arange(3, len(data) // block), 2, replace=False))
    data[i : i + block], data[j : j + block] = data[j : j + block], data[i : i + block]
    file = tmp_path / "film.mp4"
    file.write_bytes(data)
    try:
        clip = read_video(file)
    except ValueError:
        return
    assert len(clip.frames) == 40, "as many as were there"


@pytest.mark.parametrize("extension", ["mov", "mp4"])
@pytest.mark.parametrize("table", [b"stts", b"stsz"])
def test_tables_that_list_fewer_samples_than_each_other(tmp_path, make_film, extension, table):
    """FFmpeg takes the shorter list, and the rest of the film is gone without a word."""
    data = bytearray(make_film(tmp_path / f"film.{extension}").read_bytes())
    place = data.index(table) + 12
    assert int.from_bytes(data[place : place + 4], "big") == 40
    data[place + 3] = 25
    assert "count different numbers of samples" in reading_is_refused(tmp_path / f"film.{extension}", data)


def test_what_the_index_of_an_avi_lists_and_is_not_there(tmp_path, make_film):
    file = make_film(tmp_path / "film.avi", "mpeg4", "pcm_s16le", b_frames=0)
    data = bytearray(file.read_bytes())
    packets = [m.start() for m in re.finditer(b"00dc", bytes(data[: data.index(b"idx1")]))]
    data[packets[19] : packets[20] + 4] = bytes(packets[20] + 4 - packets[19])
    reading_is_refused(file, data)


@pytest.mark.parametrize("part", [0.5, 0.7, 0.9])
def test_an_avi_cut_off_before_its_index(tmp_path, make_film, part):
    file = make_film(tmp_path / "film.avi", "mpeg4", "pcm_s16le", b_frames=0)
    data = file.read_bytes()
    assert "bytes are missing at its end" in reading_is_refused(file, data[: int(part * len(data))])


def test_a_block_cut_out_of_matroska(tmp_path, make_film):
    """Its index lists the key pictures; one that never comes is missed."""
    file = make_film(tmp_path / "film.mkv", params="keyint=10:bframes=0:scenecut=0")
    data = bytearray(file.read_bytes())
    clusters = [m.start() for m in re.finditer(b"\x1f\x43\xb6\x75", data)]
    assert len(clusters) >= 1
    whole = read_video(file)
    assert len(whole.frames) == 40
    half = len(data) // 2
    data[half : half + 1500] = bytes(1500)
    reading_is_refused(file, data)


def test_healthy_tables_are_not_blamed(tmp_path, make_film, make_file):
    films = [
        make_film(tmp_path / "a.mp4", sound_codec="aac"),
        make_film(tmp_path / "b.mov", sound_codec="pcm_s16le", b_frames=0),
        make_film(tmp_path / "c.mp4", container_options={"movflags": "frag_keyframe"}),
        make_film(tmp_path / "d.mp4", container_options={"movflags": "dash+frag_keyframe"}),
        make_file(tmp_path / "e.mp4", video=False),
        make_film(tmp_path / "f.mkv"),
    ]
    assert [broken_tables(film) for film in films] == [""] * 6
    films[0].write_bytes(films[0].read_bytes() + b"\0" * 100)
    assert len(read_video(films[0]).frames) == 40, "something behind the last box harms nothing"
