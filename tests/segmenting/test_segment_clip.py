"""From the file of a clip to a painted film and its masks."""

import os
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from mmseg_edu import cli, experts
from mmseg_edu.clip import Clip, read_sound, read_video, write_video
from mmseg_edu.datasets import batches, folder_of_clips
from mmseg_edu.datasets.masks import write_numbered
from mmseg_edu.features import sound_vector
from mmseg_edu.fusion import sounding
from mmseg_edu.scenes import make_clip
from mmseg_edu.segmenting import segment_clip
from mmseg_edu.segmenting.asking import size_for
from mmseg_edu.segmenting.listening import Recording, span_around
from mmseg_edu.segmenting.painting import labels_at, painted
from mmseg_edu.show import overlay
from mmseg_edu.show.colors import PALETTE, palette_for

BELL, DRUM = 1, 2


def heard_objects(pictures, vectors):
    """The shipped witnesses, joined by the rule: a network in plain NumPy."""
    # A ringing bell fills a few hundredths of a picture, what is silent fills none.
    return sounding(experts.recognise(pictures), (experts.hear(vectors) > 0.03).astype(np.float32))


def first_half(pictures, vectors):
    """A bell in the left half of what is seen, whatever it is."""
    posterior = np.zeros((*pictures.shape[:3], 5), np.float32)
    posterior[..., 0] = 0.1
    posterior[:, :, : pictures.shape[2] // 2, BELL] = 0.9
    posterior[:, :, pictures.shape[2] // 2 :, 0] = 1
    return posterior


def overlap(one, other):
    return np.count_nonzero(one & other) / np.count_nonzero(one | other)


def masks_in(folder: Path) -> np.ndarray:
    return np.stack([np.asarray(Image.open(each)) for each in sorted(folder.glob("*.png"))])


def file_of(folder: Path, times=(0.0, 0.1, 0.13, 0.7), size=(32, 48), duration=1.5) -> Path:
    frames = np.full((len(times), *size, 3), 0.5, np.float32)
    sound = (0.3 * np.sin(np.arange(round(16000 * duration)) / 7)).astype(np.float32)
    return write_video(Clip(frames, np.array(times), sound, 16000, duration=duration), folder / "clip.webm")


@pytest.mark.parametrize("heard", ["bell", "drum"])
def test_the_mask_lies_on_what_sounds(tmp_path, heard):
    scene = make_clip(2, objects=("bell", "drum"), heard=(heard,), clutter=0)
    clip = write_video(scene, tmp_path / "scene.webm")
    done = segment_clip(clip, tmp_path / "painted.webm", network=heard_objects)
    assert done.frames == len(scene.times)
    assert done.seconds == pytest.approx(2, abs=0.02)
    masks, k = masks_in(done.masks), {"bell": BELL, "drum": DRUM}[heard]
    assert overlap(scene.labels == k, masks == k) > 0.6
    assert done.found[heard] == np.count_nonzero((masks == k).any(axis=(1, 2)))
    # What the eye sees in the film are the masks in their colours.
    film, before = read_video(done.film), read_video(clip)
    wanted = np.stack([overlay(*each) for each in zip(before.frames, masks, strict=True)])
    assert np.abs(film.frames - wanted).mean() < 0.03
    assert np.abs(film.frames - before.frames)[masks == k].mean() > 0.1


def test_the_masks_are_what_the_network_says_of_these_frames(tmp_path):
    clip = write_video(make_clip(2, duration=1), tmp_path / "scene.webm")
    done = segment_clip(clip, tmp_path / "painted.webm", network=heard_objects)
    seen = read_video(clip, rate=16000)
    sound = seen.sound[:16000]
    vectors = np.stack([sound_vector(sound, 16000)] * len(seen.frames))
    expected = heard_objects(seen.frames, vectors).argmax(axis=-1)
    assert (masks_in(done.masks) == expected).mean() > 0.999  # resampled in pieces, sounds differ by rounding


@pytest.mark.parametrize("extension", ["webm", "mp4"])
def test_frames_keep_their_own_times(tmp_path, extension):
    times = np.array([0.0, 0.02, 0.021, 0.5, 0.533, 1.9])
    frames = np.random.default_rng(0).random((6, 40, 56, 3)).astype(np.float32)
    sound = np.sin(np.arange(40000) / 5).astype(np.float32) / 2
    clip = write_video(Clip(frames, times, sound, 16000, duration=2.5), tmp_path / f"clip.{extension}")
    done = segment_clip(clip, tmp_path / "out.webm", network=first_half)
    before, after = read_video(clip), read_video(done.film)
    np.testing.assert_allclose(after.times, before.times, atol=1e-3)
    np.testing.assert_allclose(after.times, times, atol=1e-3)
    rows = (done.masks / "times.csv").read_text().split()
    assert rows[0] == "frame,seconds"
    written = np.array([row.split(",") for row in rows[1:]], float)
    np.testing.assert_allclose(written, np.stack([np.arange(6), times], axis=1), atol=1e-3)
    heard, rate = read_sound(done.film)
    original = read_sound(clip, rate=rate)[0]
    shared = min(len(heard), len(original))
    assert np.corrcoef(heard[:shared], original[:shared])[0, 1] > 0.99
    assert shared > 2.4 * rate


def test_a_part_counts_from_its_start_and_the_film_may_be_smaller(tmp_path):
    clip = file_of(tmp_path, np.arange(20) / 10, (64, 96), 2.0)
    done = segment_clip(clip, tmp_path / "part.webm", network=first_half, start=0.5, end=1.1, height=32)
    assert done.frames == 6
    film = read_video(done.film)
    assert film.frames.shape == (6, 32, 48, 3)
    np.testing.assert_allclose(film.times, np.arange(6) / 10, atol=1e-3)
    assert masks_in(done.masks).shape == (6, 32, 48)
    assert (masks_in(done.masks) == np.repeat([BELL, 0], 24)).all()


def test_the_layout_is_that_of_folder_of_clips(tmp_path):
    (tmp_path / "films").mkdir()
    done = segment_clip(file_of(tmp_path), tmp_path / "films" / "bell.webm", network=first_half)
    (clip,) = folder_of_clips(tmp_path / "films")
    assert sorted(clip.masks) == [0, 1, 2, 3]
    with Image.open(done.masks / "00000.png") as image:
        assert image.mode == "P"
        assert bytes(image.getpalette()[:15]).hex() == "".join(PALETTE).replace("#", "").lower()
    # What was written is read back as labels, one for each picture of the film, whatever is said of the classes.
    for names in ("", "background\nbell\n"):
        if names:
            (tmp_path / "films" / "classes.txt").write_text(names)
        (clip,) = folder_of_clips(tmp_path / "films")
        read = clip.read(size=(32, 48))
        np.testing.assert_array_equal(read.labels, masks_in(done.masks))
        assert (read.labels[:, :, :24] == BELL).all()
        np.testing.assert_allclose(read.times, [0.0, 0.1, 0.13, 0.7], atol=1e-3)
    (examples,) = batches([clip], 9, size=32, unlabelled=False)
    assert examples.labels.shape == (4, 32, 32)


def test_sound_that_starts_late_is_heard_where_it_is(tmp_path):
    """No sound before 2 s: nothing is marked there, and what comes then is."""
    scene = make_clip(1, objects=("bell",), heard=("bell",), duration=4, fps=4, clutter=0, snr_db=np.inf)
    sound = np.where(np.arange(len(scene.sound)) < 32000, 0, scene.sound).astype(np.float32)
    whole = write_video(Clip(scene.frames, scene.times, sound, 16000), tmp_path / "whole.webm")
    late = tmp_path / "late.webm"
    with av.open(str(whole)) as given, av.open(str(late), "w") as made:
        streams = {stream.index: made.add_stream_from_template(stream) for stream in given.streams}
        for packet in given.demux():
            late_enough = packet.stream.type == "video" or float((packet.pts or 0) * packet.time_base) > 1.9
            if packet.dts is not None and late_enough:
                packet.stream = streams[packet.stream_index]
                made.mux(packet)
    done = segment_clip(late, tmp_path / "out.webm", network=heard_objects)
    marked = (masks_in(done.masks) == BELL).any(axis=(1, 2))
    assert not marked[scene.times < 1.4].any()
    assert marked[scene.times > 2.6].mean() > 0.6


def test_a_folder_that_may_not_be_written_is_refused(tmp_path, monkeypatch):
    clip = file_of(tmp_path)
    monkeypatch.setattr(os, "access", lambda path, how: how != os.W_OK)
    with pytest.raises(PermissionError, match="a folder that may be written"):
        segment_clip(clip, tmp_path / "out.webm", network=first_half)


def test_refusals_come_before_anything_is_written(tmp_path):
    clip = file_of(tmp_path)
    mute = write_video(
        Clip(np.zeros((2, 32, 32, 3), np.float32), np.array([0.0, 0.5])), tmp_path / "mute.webm"
    )
    with pytest.raises(ValueError, match=r"must have a sound track.*film it with sound"):
        segment_clip(mute, tmp_path / "out.webm", network=first_half)
    with pytest.raises(ValueError, match=r"must end in \.webm, got 'out.mp4'"):
        segment_clip(clip, tmp_path / "out.mp4", network=first_half)
    with pytest.raises(ValueError, match="must not replace the clip"):
        segment_clip(clip, tmp_path / "." / "clip.webm", network=first_half)
    with pytest.raises(FileNotFoundError, match="must go into an existing folder"):
        segment_clip(clip, tmp_path / "none" / "out.webm", network=first_half)
    with pytest.raises(FileNotFoundError, match="must name an existing file"):
        segment_clip(tmp_path / "none.webm", tmp_path / "out.webm", network=first_half)
    with pytest.raises(ValueError, match="end must be later than start"):
        segment_clip(clip, tmp_path / "out.webm", network=first_half, start=1, end=1)
    with pytest.raises(ValueError, match="divides by 8, got 60"):
        segment_clip(clip, tmp_path / "out.webm", network=first_half, size=60)
    with pytest.raises(ValueError, match="16 or more, got 3"):
        segment_clip(clip, tmp_path / "out.webm", network=first_half, height=3)
    (tmp_path / "text.webm").write_text("no film")
    with pytest.raises(ValueError, match="must be a whole video file"):
        segment_clip(tmp_path / "text.webm", tmp_path / "out.webm", network=first_half)
    theirs = tmp_path / "out_masks"
    theirs.mkdir()
    (theirs / "holiday.png").write_bytes(b"mine")
    with pytest.raises(ValueError, match=r"nothing but masks, got 'holiday\.png'"):
        segment_clip(clip, tmp_path / "out.webm", network=first_half)
    (theirs / "holiday.png").rename(theirs / "times.csv")
    with pytest.raises(ValueError, match=r"nothing but masks, got 'times\.csv'"):
        segment_clip(clip, tmp_path / "out.webm", network=first_half)
    assert (theirs / "times.csv").read_bytes() == b"mine"
    assert not (tmp_path / "out.webm").exists()
    assert segment_clip(clip, tmp_path / "out.webm", network=first_half, masks=False).masks is None


@pytest.mark.parametrize("wrong", [np.nan, "classes", "size"])
def test_a_network_that_says_no_posterior_is_refused(tmp_path, wrong):
    def network(pictures, vectors):
        posterior = first_half(pictures, vectors)
        if wrong == "classes":
            return posterior[..., :1]
        return posterior[:, ::2] if wrong == "size" else posterior * wrong

    with pytest.raises(ValueError, match=r"the network must give (posteriors \(N, h, w, K\)|finite numbers)"):
        segment_clip(file_of(tmp_path), tmp_path / "out.webm", network=network)


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError("No space left on device"), MemoryError])
def test_what_stops_in_the_middle_leaves_what_was_there(tmp_path, error):
    clip = file_of(tmp_path, np.arange(40) / 10, duration=4.0)
    done = segment_clip(clip, tmp_path / "out.webm", network=first_half)
    before = {each: each.read_bytes() for each in tmp_path.rglob("*") if each.is_file()}
    calls = []

    def stopping(pictures, vectors):
        calls.append(len(pictures))
        if len(calls) == 2:
            raise error
        return first_half(pictures, vectors)

    with pytest.raises(error if isinstance(error, type) else type(error)):
        segment_clip(clip, done.film, network=stopping)
    assert calls[0] == 16
    assert {each: each.read_bytes() for each in tmp_path.rglob("*") if each.is_file()} == before


def test_a_clip_damaged_in_the_middle_leaves_what_was_there(tmp_path):
    data = bytearray(file_of(tmp_path, np.arange(60) / 10, duration=6.0).read_bytes())
    cut = tmp_path / "cut.webm"
    cut.write_bytes(data[: len(data) // 2])
    with pytest.raises(ValueError, match="must be whole"):
        segment_clip(cut, tmp_path / "out.webm", network=first_half)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["clip.webm", "cut.webm"]


FULL_DISK = """
import resource, sys
import numpy as np
from mmseg_edu.segmenting import segment_clip
resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))
def network(pictures, vectors):
    return np.ones((*pictures.shape[:3], 5), np.float32) / 5
try:
    segment_clip(sys.argv[1], sys.argv[2], network=network, masks=False)
except OSError as error:
    print("refused:", error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no limits of that kind")
def test_a_disk_that_is_full_leaves_what_was_there(tmp_path):
    times = np.arange(60) / 10
    frames = np.random.default_rng(0).random((60, 96, 128, 3)).astype(np.float32)
    sound = np.zeros(96000, np.float32)
    clip = write_video(Clip(frames, times, sound, 16000), tmp_path / "noise.webm")
    out = tmp_path / "out.webm"
    out.write_bytes(b"before")
    ran = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(clip), str(out)], capture_output=True, text=True, check=False
    )
    assert "refused:" in ran.stdout, ran.stdout + ran.stderr
    assert out.read_bytes() == b"before"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["noise.webm", "out.webm"]


MEMORY = """
import resource, sys
import numpy as np
from mmseg_edu.clip import write_frames
from mmseg_edu.segmenting import segment_clip
seconds, folder = int(sys.argv[1]), sys.argv[2]
noise = np.random.default_rng(0).integers(0, 255, (120, 160, 3), dtype=np.uint8)
frames = ((i / 10, (i + 1) / 10, np.roll(noise, i, 1)) for i in range(10 * seconds))
pieces = (np.zeros(48000, np.float32) for _ in range(seconds))
clip = write_frames(folder + "/clip.webm", frames, pieces, step=0.1)
def network(pictures, vectors):
    return np.ones((*pictures.shape[:3], 5), np.float32) / 5
segment_clip(clip, folder + "/out.webm", network=network, masks=False)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="kilobytes there, bytes elsewhere")
def test_memory_does_not_grow_with_the_length(tmp_path):
    peaks = []
    for seconds in (10, 60):
        words = [sys.executable, "-c", MEMORY, str(seconds), str(tmp_path)]
        peaks.append(int(subprocess.run(words, capture_output=True, text=True, check=True).stdout))
    # Kept, the 500 frames more would be 29 MB, as floats 115 MB.
    assert peaks[1] - peaks[0] < 12_000, peaks


@pytest.mark.parametrize(
    ("time", "heard", "expected"),
    [
        (5, np.inf, (4.5, 5.5)),
        (0, np.inf, (0, 1)),
        (0.2, 10, (0, 1)),
        (9.8, 10, (9, 10)),
        (12, 10, (11, 12)),  # the sound is over: silence
        (0.1, 0.4, (0, 0.4)),  # a short sound
        (0, 0, (0, 0)),
    ],
)
def test_where_to_listen(time, heard, expected):
    assert span_around(time, heard) == pytest.approx(expected)


@pytest.mark.parametrize("length", [0, 1, 30, 100, 1000])
def test_a_sound_in_pieces_is_listened_to_as_a_whole_one(length):
    whole = np.arange(1, length + 1, dtype=np.float32)
    recording = Recording(iter(np.array_split(whole, 7)), 100)
    padded = np.append(whole, np.zeros(2000, np.float32))
    for time in np.arange(0, 12, 0.13):
        begin, end = (round(each * 100) for each in span_around(time, length / 100))
        expected = padded[begin : max(end, begin + 10)]
        expected = np.where(np.arange(begin, begin + len(expected)) < end, expected, 0)
        np.testing.assert_array_equal(recording.around(time), expected)
        assert len(recording.held) <= 350


@pytest.mark.parametrize("seed", range(5))
def test_labels_of_another_size_are_the_argmax_of_the_interpolated_posterior(seed):
    from mmseg_edu.preprocess.image import resize_image

    posterior = np.random.default_rng(seed).dirichlet(np.full(5, 0.3), (6, 7)).astype(np.float32)
    large = np.stack([resize_image(posterior[..., k], (33, 50)) for k in range(5)], axis=-1)
    np.testing.assert_array_equal(labels_at(posterior, (33, 50)), large.argmax(axis=-1))
    np.testing.assert_array_equal(labels_at(posterior, (6, 7)), posterior.argmax(axis=-1))


@pytest.mark.parametrize("seed", range(5))
def test_painting_a_box_is_painting_the_whole(seed):
    rng = np.random.default_rng(seed)
    picture = rng.integers(0, 256, (20, 30, 3), dtype=np.uint8)
    labels = np.zeros((20, 30), np.uint8)
    top, left = rng.integers(0, 15, 2)
    labels[top : top + 6, left : left + 9] = rng.integers(0, 5, labels[top : top + 6, left : left + 9].shape)
    expected = np.rint(overlay(picture, labels) * 255)
    np.testing.assert_array_equal(painted(picture, labels, PALETTE), expected)


def test_a_mask_keeps_every_class(tmp_path):
    labels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    write_numbered(tmp_path / "mask.png", labels, palette_for(256))
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "mask.png")), labels)


def test_what_the_network_sees_keeps_its_proportions():
    assert size_for((1080, 1920), 64) == (64, 112)
    assert size_for((10, 10), 128) == (128, 128)
    for height, width in [(17, 900), (900, 17), (480, 640)]:
        small = size_for((height, width), 64)
        assert min(small) == 64
        assert small[0] / small[1] == pytest.approx(height / width, rel=4 / 64)


def test_the_command_says_what_it_did(tmp_path, capsys, monkeypatch):
    from mmseg_edu import backend
    from mmseg_edu.segmenting import film

    monkeypatch.setattr(film, "network_for", lambda shape, weights, size: (first_half, size_for(shape, size)))
    monkeypatch.setattr(backend, "device", lambda: "a test")
    out = tmp_path / "out.webm"
    assert cli.main(["segment", str(file_of(tmp_path)), "-o", str(out), "--end", "0.5"]) == 0
    said = capsys.readouterr()
    assert "3 frames, 0.5 s, computed by a test" in said.out
    assert "marked: bell in 3" in said.out
    assert "it guesses" in said.out
    assert "clip.webm" in said.err
    assert (tmp_path / "out_masks" / "00002.png").exists()
    assert cli.main(["segment", str(out), "-o", str(out)]) == 2
    assert "must not replace the clip" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras with NumPy 2
def test_the_shipped_network_and_a_saved_one_say_the_same(tmp_path):
    from mmseg_edu.models import predict, sounding_network_shipped

    scene = make_clip(1, objects=("bell", "drum"), heard=("bell",), duration=1, clutter=0)
    clip = write_video(scene, tmp_path / "scene.webm")
    done = segment_clip(clip, tmp_path / "out.webm")
    masks = masks_in(done.masks)
    assert overlap(scene.labels > 0, masks == BELL) > 0.7
    model = sounding_network_shipped()
    seen = read_video(clip, rate=16000)
    vectors = np.stack([sound_vector(seen.sound[:16000], 16000)] * len(seen.frames))
    assert (masks == predict(model, [seen.frames, vectors]).argmax(-1)).mean() > 0.999
    model.save(tmp_path / "network.keras")
    from mmseg_edu.models import save_weights

    save_weights(model, tmp_path / "weights.npz")
    for file in ("network.keras", "weights.npz"):
        again = segment_clip(clip, tmp_path / "again.webm", weights=tmp_path / file)
        np.testing.assert_array_equal(masks_in(again.masks), masks)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras with NumPy 2
def test_weights_of_other_networks_are_refused(tmp_path):
    import keras

    from mmseg_edu.models import audio_visual_unet, save_weights, unet
    from mmseg_edu.models.saved import load_network

    small = audio_visual_unet(32, 3, width=8, depth=2)
    loaded = load_network(save_weights(small, tmp_path / "small.npz"), 32)
    assert loaded.output_shape == (None, 32, 32, 3)
    clip = file_of(tmp_path)
    done = segment_clip(clip, tmp_path / "out.webm", weights=tmp_path / "small.npz", size=32)
    assert done.frames == 4
    deaf = unet(32)
    with pytest.raises(ValueError, match="a network that sees and hears"):
        load_network(save_weights(deaf, tmp_path / "deaf.npz"))
    deaf.save(tmp_path / "deaf.keras")
    with pytest.raises(ValueError, match="must take a picture and a sound vector"):
        segment_clip(clip, tmp_path / "out.webm", weights=tmp_path / "deaf.keras")
    picture = keras.Input((32, 32, 3))
    keras.Model(picture, keras.layers.Lambda(lambda x: x)(picture)).save(tmp_path / "code.keras")
    (tmp_path / "broken.keras").write_bytes(b"PK no archive")
    for name in ("code.keras", "broken.keras"):
        with pytest.raises(ValueError, match="reads in safe mode"):
            load_network(tmp_path / name)
    with pytest.raises(ValueError, match=r"\.keras or an \.npz"):
        load_network(tmp_path / "network.h5")
    with pytest.raises(FileNotFoundError, match="existing file"):
        load_network(tmp_path / "none.npz")
    assert os.path.getsize(done.film) > 0
