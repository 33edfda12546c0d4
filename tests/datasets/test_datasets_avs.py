"""The benchmark's three layouts: what is listed, what is read, and what each wrong tree is told."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from mmseg_edu import datasets
from mmseg_edu.datasets import IGNORE, label_colors, labels_of
from mmseg_edu.datasets.label_colors import colors_of

from .avs_trees import AVSS_CLASSES, S4_HEADER, labels, mask, picture, put_avss, put_ms3, put_s4


@pytest.fixture(scope="module")
def trees(tmp_path_factory) -> dict[str, Path]:
    home = tmp_path_factory.mktemp("avs")
    return {
        "s4": put_s4(home / "Single-source"),
        "ms3": put_ms3(home / "Multi-sources"),
        "avss": put_avss(home / "avs_released"),
        "all": home,
    }


@pytest.fixture
def copied(trees, tmp_path) -> Path:
    """The three, to be spoilt."""
    return Path(shutil.copytree(trees["all"], tmp_path / "avsbench_data"))


# The palette


def slow_color(label: int) -> list[int]:
    """The bits of a class one by one: the lowest three become the highest of red, green and blue."""
    color, place = [0, 0, 0], 7
    while label:
        for channel in range(3):
            color[channel] |= (label >> channel & 1) << place
        label, place = label >> 3, place - 1
    return color


def test_the_palette_is_the_slow_loop_s():
    assert label_colors().tolist() == [slow_color(k) for k in range(256)]
    assert label_colors(71).tolist() == label_colors().tolist()[:71]
    assert label_colors(22)[[1, 15, 20]].tolist() == [[128, 0, 0], [192, 128, 128], [0, 64, 128]]


@given(arrays(np.uint8, st.tuples(st.integers(1, 5), st.integers(1, 5))))
def test_a_mask_comes_back_from_its_colours(mask):
    assert (labels_of(colors_of(mask)) == mask).all()


@given(arrays(np.uint8, (3, 3, 3)))
def test_a_colour_is_a_class_s_or_refused(colors):
    known = {tuple(color) for color in label_colors().tolist()}
    if {tuple(color) for color in colors.reshape(-1, 3).tolist()} <= known:
        assert (colors_of(labels_of(colors)) == colors).all()
    else:
        with pytest.raises(ValueError, match="each colour must be that of one of 256 classes"):
            labels_of(colors)


def test_no_two_of_256_classes_share_a_colour():
    assert len(np.unique(label_colors(), axis=0)) == 256


def test_colours_of_classes_beyond_the_last_are_refused():
    assert labels_of(label_colors()[None, :71], 71).max() == 70
    with pytest.raises(
        ValueError, match=r"one of 71 classes, got \(160, 128, 128\) at pixel \(0, 71\) and 0 more"
    ):
        labels_of(label_colors()[None, :72], 71)


@pytest.mark.parametrize("count", [0, 257, 1.0, True])
def test_a_palette_of_other_than_1_to_256_classes_is_refused(count):
    with pytest.raises(ValueError, match="count must be a whole number from 1 to 256"):
        label_colors(count)


def test_colours_that_are_no_bytes_or_no_colours_are_refused():
    with pytest.raises(TypeError, match="colors must be uint8, got float64"):
        labels_of(np.zeros((2, 2, 3)))
    with pytest.raises(ValueError, match=r"shape \(H, W, 3\), got \(2, 2\)"):
        labels_of(np.zeros((2, 2), np.uint8))


# S4


def test_s4_lists_a_split_in_the_order_of_its_table(trees):
    clips = datasets.avs_s4(trees["s4"], "train")
    assert [(each.name, each.category, each.labelled) for each in clips] == [
        ("-abc_1", "dog_barking", (0,)),
        ("d", "male_speech", (0,)),
    ]
    assert clips[0].classes == ("background", "sounding")
    assert repr(clips[0]) == "AVSClip('-abc_1', category='dog_barking', split='train', 5 frames, 1 mask)"
    assert [each.labelled for each in datasets.avs_s4(trees["all"], "val")] == [(0, 1, 2, 3, 4)]
    assert [each.missing() for each in clips] == [[], []]


def test_s4_is_found_from_three_folders(trees, copied):
    for root in (copied.parent, copied, copied / "Single-source"):
        assert [each.name for each in datasets.avs_s4(root, "test")] == ["c"]


def test_s4_in_train_knows_its_first_frame_only(trees):
    clip = datasets.avs_s4(trees["s4"], "train")[0].read(12)
    assert clip.frames.shape == (5, 12, 12, 3)
    assert clip.frames.dtype == np.float32
    assert np.allclose(clip.frames[:, 0, 0, 0], [20 * k / 255 for k in range(1, 6)], atol=0.002)
    assert (clip.labels[0] == labels((12, 12), 1, 1)).all()
    assert (clip.labels[1:] == IGNORE).all()
    assert clip.times.tolist() == [0.9375, 1.9375, 2.9375, 3.9375, 4.9375]
    assert (clip.rate, clip.sound.shape, clip.duration) == (16000, (80000,), 5.0)
    assert np.allclose(clip.sound, 1000 / 32768, atol=1e-4)


def test_s4_in_val_knows_all_five(trees):
    clip = datasets.avs_s4(trees["s4"], "val")[0].read(12)
    assert all((clip.labels[k - 1] == labels((12, 12), 1, k)).all() for k in range(1, 6))


def test_another_size_and_another_rate(trees):
    clip = datasets.avs_s4(trees["s4"], "val")[0].read(6, rate=8000)
    assert clip.frames.shape == (5, 6, 6, 3)
    assert clip.labels.shape == (5, 6, 6)
    assert (clip.labels[0, :3, :3] == 1).all()
    assert (clip.rate, clip.sound.size) == (8000, 40000)
    with pytest.raises(ValueError, match="size must be a whole number of pixels"):
        datasets.avs_s4(trees["s4"], "val")[0].read(0)


def test_a_listing_reads_no_picture_and_no_sound(trees, monkeypatch):
    from mmseg_edu.datasets import avs_clip, masks

    def read(*_: object, **__: object) -> None:
        raise AssertionError("read while listing")

    for module, name in ((avs_clip, "to_rgb"), (avs_clip, "read_sound"), (masks, "_opened")):
        monkeypatch.setattr(module, name, read)
    for loader, name in ((datasets.avs_s4, "s4"), (datasets.avs_ms3, "ms3"), (datasets.avs_avss, "avss")):
        assert all(loader(trees[name], split) for split in ("train", "val", "test"))


def test_nothing_is_ever_unpickled(trees, monkeypatch):
    import pickle

    def load(*_: object, **__: object) -> None:
        raise AssertionError("unpickled")

    for name in ("load", "loads", "Unpickler"):
        monkeypatch.setattr(pickle, name, load)
    for loader, name in ((datasets.avs_s4, "s4"), (datasets.avs_ms3, "ms3")):
        loader(trees[name], "train")[0].read(12)


# MS3


@pytest.mark.parametrize(("split", "name"), [("train", "m1"), ("val", "m2"), ("test", "m3")])
def test_ms3_has_five_masks_in_every_split_and_counts_every_number_above_0(trees, split, name):
    (found,) = datasets.avs_ms3(trees["ms3"], split)
    assert (found.name, found.category, found.labelled) == (name, "", (0, 1, 2, 3, 4))
    clip = found.read(12)
    assert all((clip.labels[k - 1] == (labels((12, 12), k, k) > 0)).all() for k in range(1, 6))
    assert clip.frames[4, 0, 0, 0] > clip.frames[0, 0, 0, 0]


def test_ms3_finds_the_split_by_the_name_of_its_column(copied):
    table = copied / "Multi-sources/ms3_meta_data.csv"
    table.write_text("video_id,start,what,split\nm1,3,dog,train\n\n")
    assert [each.name for each in datasets.avs_ms3(copied, "train")] == ["m1"]
    table.write_text("video_id,part\nm1,train\n")
    with pytest.raises(ValueError, match=r"ms3_meta_data.csv must have a column 'split', got video_id, part"):
        datasets.avs_ms3(copied, "train")


# AVSS


def test_avss_lists_what_its_label_says(trees):
    clips = datasets.avs_avss(trees["avss"], "train")
    assert [(each.name, each.category, len(each.frames), len(each.masks)) for each in clips] == [
        ("u1", "horse", 5, 1),
        ("u2", "horse", 10, 10),
        ("u4", "class 5", 5, 5),
    ]
    assert clips[0].classes == AVSS_CLASSES
    (val,) = datasets.avs_avss(trees["avss"], "val")
    assert (val.category, val.labelled) == ("horse_class", (0, 1, 2, 3, 4))


def test_avss_reads_the_class_of_each_pixel(trees):
    (found,) = datasets.avs_avss(trees["avss"], "test")
    clip = found.read(20)
    assert (clip.frames.shape, clip.duration) == ((10, 20, 20, 3), 10.0)
    rows = (2 * np.arange(20) + 1) * 12 // 40  # squashed: 12 rows to 20
    for k in range(10):
        assert (clip.labels[k] == labels((12, 20), 70 - k, k)[rows]).all()


def test_avss_crops_the_middle_in_train_and_squashes_in_val(trees):
    train = datasets.avs_avss(trees["avss"], "train")[0].read(12)
    assert (train.labels[0] == labels((12, 20), 70, 0)[:, 4:16]).all()
    across = train.frames[0, 0, :, 0]
    whole = datasets.avs_avss(trees["avss"], "val")[0].read(12).frames[0, 0, :, 0]
    assert whole[-1] - whole[0] > 1.5 * (across[-1] - across[0]), "the whole ramp, and its middle"


@pytest.mark.parametrize(
    ("shape", "size"), [((12, 21), 12), ((12, 15), 12), ((21, 12), 12), ((9, 14), 12), ((12, 12), 7)]
)
def test_the_middle_is_where_pillow_s_rounding_puts_it(tmp_path, shape, size):
    """The published loader: shorter side to size, whole pixels downwards, then a margin rounded to even."""
    home = put_avss(tmp_path, shape)
    found = datasets.avs_avss(home, "train")[0].read(size)
    image = Image.fromarray(labels(shape, 70, 0))
    wide, tall = image.size
    new = (int(wide * size / tall), size) if wide > tall else (size, int(tall * size / wide))
    resized = image.resize(new, Image.Resampling.NEAREST)
    left, top = round((new[0] - size) / 2), round((new[1] - size) / 2)
    expected = np.asarray(resized.crop((left, top, left + size, top + size)))
    assert (found.labels[0] == expected).all()


# What is wrong is said, and where


@pytest.mark.parametrize(
    ("loader", "table"),
    [
        (datasets.avs_s4, "S4 must have its table s4_meta_data.csv"),
        (datasets.avs_ms3, "MS3 must have its table ms3_meta_data.csv"),
        (datasets.avs_avss, "AVSS must have its table metadata.csv"),
    ],
)
def test_a_wrong_root_is_told_what_was_expected_there(loader, table, tmp_path):
    with pytest.raises(FileNotFoundError, match=f"{table} in .*which is no folder.*on request"):
        loader(tmp_path / "none", "train")
    with pytest.raises(FileNotFoundError, match=f"{table} in .*which holds none: give the folder with"):
        loader(tmp_path, "train")
    with pytest.raises(ValueError, match="split must be one of train, val, test, got 'valid'"):
        loader(tmp_path, "valid")


def test_a_folder_that_is_missing_beside_the_table_is_named(copied):
    shutil.rmtree(copied / "Single-source/s4_data/visual_frames")
    with pytest.raises(
        FileNotFoundError, match="S4 must have the folder s4_data/visual_frames beside its table"
    ):
        datasets.avs_s4(copied, "train")
    shutil.rmtree(copied / "Multi-sources/ms3_data/audio_wav")
    with pytest.raises(FileNotFoundError, match="MS3 must have the folder ms3_data/audio_wav"):
        datasets.avs_ms3(copied, "train")


@pytest.mark.parametrize(
    ("loader", "split", "file"),
    [
        (
            datasets.avs_s4,
            "train",
            "Single-source/s4_data/visual_frames/train/dog_barking/-abc_1/-abc_1_3.png",
        ),
        (datasets.avs_s4, "train", "Single-source/s4_data/gt_masks/train/dog_barking/-abc_1/-abc_1_1.png"),
        (datasets.avs_s4, "train", "Single-source/s4_data/audio_wav/train/dog_barking/-abc_1.wav"),
        (datasets.avs_ms3, "val", "Multi-sources/ms3_data/visual_frames/m2/m2.mp4_5.png"),
        (datasets.avs_ms3, "val", "Multi-sources/ms3_data/gt_masks/val/m2/m2_1.png"),
        (datasets.avs_avss, "test", "avs_released/v2/u5/frames/9.jpg"),
        (datasets.avs_avss, "test", "avs_released/v2/u5/labels_rgb/0.png"),
        (datasets.avs_avss, "test", "avs_released/v2/u5/audio.wav"),
    ],
)
def test_a_missing_file_is_named_as_it_should_lie(copied, loader, split, file):
    (copied / file).unlink()
    clip = loader(copied, split)[0]
    inside = file.split("/", 1)[1]
    assert clip.missing() == [inside]
    with pytest.raises(
        FileNotFoundError, match=f"must have the file '{inside}', and it is missing, with 0 more: unpack"
    ):
        clip.read(12)


def test_a_damaged_picture_mask_or_sound_is_named(copied):
    home = copied / "avs_released/v2/u5"
    (clip,) = datasets.avs_avss(copied, "test")
    for file, said in (
        ("labels_rgb/3.png", "mask '3.png' must be a picture that Pillow can read whole"),
        ("frames/3.jpg", "3.jpg must be"),
        ("audio.wav", "audio.wav'"),
    ):
        kept = (home / file).read_bytes()
        for broken in (kept[: len(kept) // 2 if "audio" not in file else 20], b"", b"<html>"):
            (home / file).write_bytes(broken)
            with pytest.raises(ValueError, match=f"clip 'u5' of test: .*{said}"):
                clip.read(12)
        (home / file).write_bytes(kept)
    assert clip.read(12)


def test_a_mask_of_another_kind_is_refused(copied):
    (s4,), (ms3,), (avss,) = (
        datasets.avs_s4(copied, "val"),
        datasets.avs_ms3(copied, "val"),
        datasets.avs_avss(copied, "test"),
    )
    deep = Image.fromarray(np.zeros((12, 12), np.uint16))
    deep.save(s4.masks[0])
    deep.save(ms3.masks[0])
    Image.fromarray(np.zeros((12, 20), np.uint8)).save(avss.masks[0])
    for clip, said in (
        (s4, r"mask 'b_1.png' must be black and white \(Pillow's mode 1 or L"),
        (ms3, r"mask 'm2_1.png' must be numbered, with a palette \(Pillow's mode P"),
        (avss, r"mask '0.png' must be in colour.*got mode L"),
    ):
        with pytest.raises(ValueError, match=said):
            clip.read(12)


def test_a_mask_in_colours_of_no_class_is_refused(copied):
    (clip,) = datasets.avs_avss(copied, "test")
    values = np.zeros((12, 20), np.uint8)
    values[3, 4] = 71
    mask(clip.masks[2], values, "RGB")
    with pytest.raises(
        ValueError, match=r"mask '2.png': each colour must be that of one of 71 .*pixel \(3, 4\)"
    ):
        clip.read(12)
    image = Image.fromarray(values * 0)
    image.putpalette(label_colors().ravel().tolist())
    image.save(clip.masks[2])
    assert (clip.read(12).labels[2] == 0).all(), "a palette is colours as well"


def test_a_mask_of_another_size_than_its_picture_is_refused(copied):
    (clip,) = datasets.avs_s4(copied, "val")
    mask(clip.masks[1], np.zeros((12, 13), np.uint8), "1")
    with pytest.raises(
        ValueError, match=r"'b_2.png' must be as large as its picture, 12 x 12 pixels, got 12 x 13"
    ):
        clip.read(12)


def test_a_grey_or_coloured_mask_counts_where_it_is_bright(copied):
    (clip,) = datasets.avs_s4(copied, "val")
    levels = np.array([[0, 127, 128, 255]], np.uint8).repeat(12, axis=0).repeat(3, axis=1)
    for stored in (levels, np.repeat(levels[..., None], 3, axis=-1)):
        Image.fromarray(stored).save(clip.masks[0])
        assert clip.read(12).labels[0, 0].tolist() == [0] * 6 + [1] * 6


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("a,3,dog\n", "row 2: a row must have the columns name, start, category, split"),
        ("a,3,dog,valid\n", "row 2: split must be one of train, val, test, got 'valid'"),
        ("../a,3,dog,train\n", "row 2: a name must name a file and lead nowhere else, got '../a'"),
        ("a,3,../..,train\n", "a name must name a file"),
        ("..,3,dog,train\n", "a name must name a file"),
        (",3,dog,train\n", "a name must name a file and lead nowhere else, got ''"),
        ("C:a,3,dog,train\n", "a name must name a file"),
        ("a\\b,3,dog,train\n", "a name must name a file"),
        ("/etc/passwd,3,dog,train\n", "a name must name a file"),
        ("a,3,dog,train\na,3,dog,train\n", "must name each clip once, got 'a' twice in train"),
        ("a,3,dog,val\n", "must name a clip of train, got none"),
        ("", "must have a row of names and rows below, got 1"),
        ('"a,3,dog,train\n', "must hold comma-separated UTF-8 text, but Error"),
        ("\xff,3,dog,train\n", "must hold comma-separated UTF-8 text, but UnicodeDecodeError"),
    ],
)
def test_a_table_that_is_no_table_is_told_its_row(copied, rows, said):
    (copied / "Single-source/s4_meta_data.csv").write_bytes(f"{S4_HEADER}\n{rows}".encode("latin-1"))
    with pytest.raises(ValueError, match=said.replace("\\", ".")):
        datasets.avs_s4(copied, "train")


def test_s4_counts_columns_and_does_not_read_their_names(copied):
    table = copied / "Single-source/s4_meta_data.csv"
    table.write_text("\ufeffwhat,ever,they,say,more\n-abc_1, 7 , dog_barking ,train,x\n", encoding="utf-8")
    assert datasets.avs_s4(copied, "train")[0].read(12).frames.shape == (5, 12, 12, 3)


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ({"background": 0}, "must number 71 classes from 0 to 70.*got 1 classes"),
        ({name: k + 1 for k, name in enumerate(AVSS_CLASSES)}, "must number 71 classes"),
        (list(AVSS_CLASSES), "must map each class to its number, but TypeError"),
        ({**{name: k for k, name in enumerate(AVSS_CLASSES)}, "horse": "1"}, "must map .* but TypeError"),
        ("{", "must map each class to its number, but JSONDecodeError"),
    ],
)
def test_classes_that_are_not_71_are_refused(copied, numbers, said):
    stored = numbers if isinstance(numbers, str) else json.dumps(numbers)
    (copied / "avs_released/label2idx.json").write_text(stored)
    with pytest.raises(ValueError, match=f"label2idx.json {said}"):
        datasets.avs_avss(copied, "train")


def test_avss_without_its_classes_or_with_another_label_is_told(copied):
    table = copied / "avs_released/metadata.csv"
    kept = table.read_text()
    table.write_text(kept.replace(",v2", ",v3"))
    with pytest.raises(ValueError, match=r"row 3: label must be one of v1s, v1m, v2, got 'v3'"):
        datasets.avs_avss(copied, "train")
    table.write_text(kept.replace("uid", "id"))
    with pytest.raises(ValueError, match=r"metadata.csv must have a column 'uid', got vid, id"):
        datasets.avs_avss(copied, "train")
    (copied / "avs_released/label2idx.json").unlink()
    with pytest.raises(FileNotFoundError, match=r"AVSS must have label2idx.json, the numbers of its classes"):
        datasets.avs_avss(copied, "train")


def test_a_clip_keeps_a_sound_that_is_longer_or_shorter(copied):
    from .trees import put, sound

    (clip,) = datasets.avs_ms3(copied, "val")
    put(clip.sound.parent, clip.sound.name, holding=sound(6.0, 44100))
    assert (clip.read(12).duration, clip.read(12).sound.size) == (6.0, 96000)
    put(clip.sound.parent, clip.sound.name, holding=sound(3.0, 16000))
    assert (clip.read(12).duration, clip.read(12).sound.size) == (5.0, 48000)


def test_pictures_of_other_sizes_come_to_one(copied):
    (clip,) = datasets.avs_ms3(copied, "test")
    picture(clip.frames[0], 0.1, (30, 20))
    mask(clip.masks[0], labels((30, 20), 1, 1), "P")
    assert clip.read(12).frames.shape == (5, 12, 12, 3)
