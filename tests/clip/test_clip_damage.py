"""A cut or corrupt file is an error that says what can be saved: no hang, no crash, no half-read clip."""

import re

import numpy as np
import pytest

from mmseg_edu.clip import Clip, read_sound, read_video, write_video
from mmseg_edu.clip.damage import missing_end


@pytest.fixture(scope="module", params=["webm", "mp4"])
def film(request, tmp_path_factory, make_clip):
    return write_video(make_clip(), tmp_path_factory.mktemp("film") / f"film.{request.param}")


def saved_by_the_remedy(file, message):
    """Do what the error message says."""
    asked = re.search(r"read only those with (.*?), or copy", message)
    if not asked:
        return None
    arguments = dict(part.split("=") for part in asked[1].split(", "))
    return read_video(file, **{name: float(value) for name, value in arguments.items()})


def test_whole_files_miss_nothing(film):
    assert missing_end(film) == (0, "")


@pytest.mark.parametrize("part", np.linspace(0.0, 1.0, 25, endpoint=False))
def test_every_cut_is_noticed_and_the_remedy_works(film, tmp_path, part):
    data = film.read_bytes()
    whole = read_video(film)
    cut = tmp_path / f"cut{film.suffix}"
    cut.write_bytes(data[: round(part * len(data))])
    with pytest.raises(ValueError, match=r"empty file|cut.off|no readable|got none") as error:
        read_video(cut)
    saved = saved_by_the_remedy(cut, str(error.value))
    if part > 0.4:
        assert saved is not None, "there is much to save"
    if saved is not None:
        assert len(saved.frames) >= 1
        np.testing.assert_array_equal(saved.frames, whole.frames[: len(saved.frames)])
        count = max(0, len(saved.sound) - 960)
        np.testing.assert_allclose(saved.sound[:count], whole.sound[:count], atol=1e-3)


def test_one_missing_byte_is_noticed(film, tmp_path):
    cut = tmp_path / film.name
    cut.write_bytes(film.read_bytes()[:-1])
    missing, _ = missing_end(cut)
    assert missing == 1


def test_a_cut_says_how_much_is_whole(film, tmp_path):
    cut = tmp_path / film.name
    cut.write_bytes(film.read_bytes()[: film.stat().st_size // 2])
    text = (
        r"must be whole, got a cut-off or damaged file \(the .* track stops at \d.\d\d s of \d.\d\d s: .*\): "
        r"the first (\d.\d\d) s can be read; read only those with duration=\1, or copy the file again"
    )
    with pytest.raises(ValueError, match=text):
        read_video(cut)
    with pytest.raises(ValueError, match="the sound track stops"):
        read_sound(cut)
    assert read_video(cut, duration=0.25).times.tolist() == [0.0, 0.125], "what is whole can be read"
    with pytest.raises(ValueError, match=r"duration=|choose another start|got none"):
        read_video(cut, start=1.5)


def test_a_cut_table_of_contents_never_loses_the_sound_in_silence(tmp_path, make_file):
    # With the table at the end, FFmpeg still shows the first track when the second one's entry is gone.
    data = make_file(tmp_path / "late.mp4", count=4).read_bytes()
    table = data.find(b"moov") - 4
    for length in range(table + 8, len(data) - 1, 97):
        (tmp_path / "cut.mp4").write_bytes(data[:length])
        with pytest.raises(
            ValueError, match=r"must be a whole video file .* with them its table of contents"
        ):
            read_video(tmp_path / "cut.mp4")


@pytest.mark.filterwarnings("ignore:.* has 2 sound tracks")  # A broken WebM may list its tracks twice.
@pytest.mark.filterwarnings(
    "ignore:.* has no sound from", "ignore:.* has a sound track that FFmpeg cannot read"
)
@pytest.mark.parametrize("seed", range(30))
def test_flipped_bytes_give_an_error_or_a_valid_clip(film, tmp_path, seed):
    rng = np.random.default_rng(seed)
    data = np.frombuffer(film.read_bytes(), np.uint8).copy()
    reach = len(data) if seed % 2 else min(3000, len(data))  # Every other time, the headers.
    data[rng.integers(0, reach, rng.integers(1, 30))] = rng.integers(0, 256)
    corrupt = tmp_path / film.name
    corrupt.write_bytes(data.tobytes())
    try:
        clip = read_video(corrupt, max_bytes=10**8)
    except ValueError as error:
        saved = saved_by_the_remedy(corrupt, str(error))
        assert saved is None or isinstance(saved, Clip)
    else:
        assert isinstance(clip, Clip)


def test_zeroed_pictures_are_noticed(tmp_path, make_clip):
    file = write_video(make_clip(rate=None), tmp_path / "film.mp4")
    data = bytearray(file.read_bytes())
    middle = data.find(b"mdat") + (len(data) - data.find(b"mdat")) // 2
    data[middle : middle + 2000] = bytes(2000)
    file.write_bytes(data)
    with pytest.raises(ValueError, match=r"its data are damaged at \d") as error:
        read_video(file)
    assert 1 <= len(saved_by_the_remedy(file, str(error.value)).frames) < 16


def test_nothing_is_printed(film, tmp_path, capfd):
    corrupt = tmp_path / film.name
    data = bytearray(film.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 200] = bytes(200)
    corrupt.write_bytes(data[:-500])
    with pytest.raises(ValueError, match="damaged"):
        read_video(corrupt)
    assert capfd.readouterr() == ("", "")
