"""ESC-50 and ESC-10 in each layout, found where they may be, and refused by name where they are broken."""

import csv
import io
import os
import re
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmseg_edu import datasets
from mmseg_edu.datasets.esc_classes import ESC10_FOLDERS, ESC50_FOLDERS

from .trees import HEADER, ROWS, put, put_table, sound, table


@pytest.fixture(autouse=True)
def nowhere(monkeypatch, tmp_path):
    """No data set but what a test makes."""
    monkeypatch.delenv("MMSEG_EDU_DATA", raising=False)
    monkeypatch.setenv("MMSEG_EDU_CACHE", str(tmp_path / "cache"))


def known(each: datasets.Recording) -> tuple:
    return each.path.name, each.label, each.target, each.fold, each.source, each.take


# What is listed


def test_the_numbers_of_classes_are_the_authors():
    """Spots of the published numbering: rows of the table, and folders of both older repositories."""
    assert (len(datasets.ESC50_CLASSES), len(set(datasets.ESC50_CLASSES))) == (50, 50)
    spots = {
        0: "dog",
        1: "rooster",
        14: "chirping_birds",
        19: "thunderstorm",
        38: "clock_tick",
        49: "hand_saw",
    }
    assert {i: datasets.ESC50_CLASSES[i] for i in spots} == spots
    folders = {"101": "dog", "103": "pig", "210": "thunderstorm", "301": "crying_baby", "510": "hand_saw"}
    assert {number: ESC50_FOLDERS[number] for number in folders} == folders
    assert len(ESC50_FOLDERS) == 50
    assert list(ESC10_FOLDERS) == [f"{i:03}" for i in range(1, 11)]
    assert set(datasets.ESC10_CLASSES) < set(datasets.ESC50_CLASSES)


def test_the_table_s_layout_is_read(tmp_path):
    put_table(tmp_path)
    assert [known(each) for each in datasets.esc50(tmp_path)] == [
        ("1-20-A-14.wav", "chirping_birds", 14, 1, "20", "A"),
        ("1-100032-A-0.wav", "dog", 0, 1, "100032", "A"),
        ("2-20133-A-41.wav", "chainsaw", 41, 2, "20133", "A"),
        ("3-30-A-12.wav", "crackling_fire", 12, 3, "30", "A"),
        ("3-30-B-12.wav", "crackling_fire", 12, 3, "30", "B"),
        ("4-9-A-10.wav", "rain", 10, 4, "9", "A"),
        ("5-234879-A-1.wav", "rooster", 1, 5, "234879", "A"),
    ]


def test_esc10_is_the_marked_part_of_the_table_with_its_own_targets(tmp_path):
    put_table(tmp_path)
    assert [(each.label, each.target) for each in datasets.esc10(tmp_path)] == [
        ("dog", 0),
        ("chainsaw", 7),
        ("crackling_fire", 9),
        ("crackling_fire", 9),
        ("rain", 1),
        ("rooster", 8),
    ]


def test_a_clip_is_known_alike_in_every_layout(tmp_path):
    put_table(tmp_path / "table")
    put(tmp_path / "ten", "001 - Dog bark/1-100032-A.ogg", "009 - Rooster/5-234879-A.ogg")
    put(tmp_path / "fifty", "101 - Dog/1-100032-A.ogg", "102 - Rooster/5-234879-A.ogg", "103 - Pig/1-2-A.ogg")
    wanted = [("dog", 0, 1, "100032", "A"), ("rooster", 8, 5, "234879", "A")]
    for layout in ("table", "ten", "fifty"):
        tens = [known(each)[1:] for each in datasets.esc10(tmp_path / layout)]
        assert [each for each in tens if each[0] in ("dog", "rooster")] == wanted, layout
    assert {each.label: each.target for each in datasets.esc50(tmp_path / "fifty")} == {
        "dog": 0,
        "rooster": 1,
        "pig": 2,
    }


NAMES = st.tuples(st.integers(0, 49), st.integers(1, 5), st.integers(0, 999), st.sampled_from("ABCZ"))


@settings(max_examples=30)
@given(names=st.sets(NAMES, min_size=1, max_size=12))
def test_both_layouts_of_one_set_list_the_same(names):
    rows, files = [], []
    for target, fold, source, take in names:
        label = datasets.ESC50_CLASSES[target]
        easy = label in datasets.ESC10_CLASSES
        rows.append(f"{fold}-{source}-{take}-{target}.wav,{fold},{target},{label},{easy},{source},{take}")
        files.append(
            (f"{101 + target // 10 * 100 + target % 10} - {label}/{fold}-{source}-{take}.ogg", str(target))
        )
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        put_table(home / "table", *rows)
        for file, content in files:
            put(home / "folders", file, holding=content.encode())
        of_table, of_folders = (datasets.esc50(home / each) for each in ("table", "folders"))
        assert [known(each)[1:] for each in of_table] == [known(each)[1:] for each in of_folders]
        assert len(of_table) == len(names)
        tens = [(each.label, each.path) for each in of_table if each.label in datasets.ESC10_CLASSES]
        assert [(each.label, each.path) for each in datasets.esc10(home / "table")] == tens
        if tens:
            by_folder = [known(each)[1:] for each in datasets.esc10(home / "folders")]
            assert sorted(by_folder) == sorted(known(each)[1:] for each in datasets.esc10(home / "table"))


def test_the_older_layout_may_be_a_part_and_hold_other_things(tmp_path):
    put(
        tmp_path,
        "001 - Dog bark/1-30226-A.ogg",
        "001 - Dog bark/2-5-B.OGG",
        "001 - Dog bark/._1-30226-A.ogg",
        "001 - Dog bark/.DS_Store",
        "001 - Dog bark/notes.txt",
        "010 - 火/5-7-C.ogg",
        "ATTRIBUTION.txt",
        ".git/x.ogg",
        "pictures/dog.png",
    )
    assert [known(each)[:4] for each in datasets.esc10(tmp_path)] == [
        ("1-30226-A.ogg", "dog", 0, 1),
        ("2-5-B.OGG", "dog", 0, 2),
        ("5-7-C.ogg", "crackling_fire", 9, 5),
    ]


def test_a_table_as_spreadsheets_save_it_is_read(tmp_path):
    put_table(tmp_path)
    columns = "take,src_file,esc10,category,target,fold,filename,mood"
    rows = [",".join([*reversed(row.replace("True", "TRUE").split(",")), '"a, b"']) for row in ROWS]
    text = "\ufeff" + "\r\n".join([columns, *rows, ""])
    (tmp_path / "meta/esc50.csv").write_bytes(text.encode())
    assert len(datasets.esc50(tmp_path)) == len(ROWS)


def test_a_listed_clip_is_read_at_the_rate_that_is_wanted(tmp_path):
    put_table(tmp_path)
    put(tmp_path, "audio/1-100032-A-0.wav", holding=sound(0.5, 8000, 16384))
    dog = next(each for each in datasets.esc50(tmp_path) if each.label == "dog")
    samples, rate = dog.read()
    assert (samples.dtype, len(samples), rate) == (np.float32, 4000, 8000)
    np.testing.assert_allclose(samples, 0.5)
    assert [len(dog.read(4000)[0]), dog.read(4000)[1]] == [2000, 4000]


def test_a_record_shows_no_folder_and_cannot_be_changed(tmp_path):
    put_table(tmp_path)
    dog = datasets.esc10(tmp_path)[0]
    assert str(tmp_path) not in repr(dog)
    assert str(tmp_path) not in str([dog])
    with pytest.raises(AttributeError):
        dog.label = "cat"  # type: ignore[misc]
    assert len({dog, dog}) == 1


def test_links_are_followed(tmp_path):
    put_table(tmp_path / "real")
    put(tmp_path, "elsewhere.wav", holding=sound())
    (tmp_path / "real/audio/1-100032-A-0.wav").unlink()
    (tmp_path / "real/audio/1-100032-A-0.wav").symlink_to(tmp_path / "elsewhere.wav")
    (tmp_path / "ESC-50").symlink_to(tmp_path / "real")
    found = datasets.esc50(tmp_path)
    assert len(found) == len(ROWS)
    assert next(each for each in found if each.label == "dog").read()[1] == 8000


def test_what_the_readme_shows_of_real_recordings_runs(tmp_path, monkeypatch):
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    (block,) = [each for each in re.findall(r"```python\n(.*?)```", readme, re.S) if "datasets" in each]
    put_table(tmp_path / "ESC-50-master")
    put(tmp_path, *(f"ESC-50-master/audio/{row.split(',')[0]}" for row in ROWS), holding=sound())
    monkeypatch.setenv("MMSEG_EDU_DATA", str(tmp_path))
    names: dict[str, object] = {}
    exec(block, names)
    assert names["rate"] == 16000
    assert names["sound"].shape == (1600,)
    assert [each.fold for each in names["test"]] == [5]


# Where it is looked for


@pytest.mark.parametrize("name", ["", "ESC-50", "ESC-50-master", "esc50"])
def test_it_is_found_in_the_folder_and_by_its_names_in_it(tmp_path, name):
    put_table(tmp_path / "data" / name)
    assert len(datasets.esc50(tmp_path / "data")) == 7
    assert len(datasets.esc50(str(tmp_path / "data"))) == 7
    assert len(datasets.esc10(tmp_path / "data")) == 6


@pytest.mark.parametrize("name", ["", "esc10", "ESC-10", "ESC-10-master", "ESC-50"])
def test_esc10_is_found_alone_and_inside_esc50(tmp_path, monkeypatch, name):
    number = "101" if name == "ESC-50" else "001"
    put(tmp_path / "data" / name, f"{number} - Dog/1-1-A.ogg")
    monkeypatch.setenv("MMSEG_EDU_DATA", str(tmp_path / "data"))
    assert [each.label for each in datasets.esc10()] == ["dog"]


def test_the_named_folder_comes_before_the_cache_and_esc10_before_esc50(tmp_path, monkeypatch):
    put(tmp_path / "cache/datasets/ESC-50", "101 - Dog/1-1-A.ogg")
    assert datasets.esc10()[0].source == "1"
    put(tmp_path / "data/ESC-50", "101 - Dog/2-2-A.ogg")
    monkeypatch.setenv("MMSEG_EDU_DATA", str(tmp_path / "data"))
    assert datasets.esc10()[0].source == "2"
    put(tmp_path / "data/esc10", "001 - Dog bark/3-3-A.ogg")
    assert datasets.esc10()[0].source == "3"
    assert datasets.esc50()[0].source == "2"


def test_a_folder_that_only_looks_like_a_class_does_not_hide_the_data_set(tmp_path):
    put(tmp_path, "101 - Introduction/slides.pdf", "ESC-50/101 - Dog/1-1-A.ogg")
    assert len(datasets.esc50(tmp_path)) == 1


def test_where_there_is_none_the_error_says_where_it_looked_and_what_to_do(tmp_path, monkeypatch):
    with pytest.raises(FileNotFoundError) as error:
        datasets.esc10()
    said = str(error.value)
    assert said.startswith(
        "esc10 must find recordings, but found none in MMSEG_EDU_DATA, which is not set nor in the cache, which is no "
        "folder: give the folder that holds meta/esc50.csv or class folders like '001 - Name'"
    )
    assert "set MMSEG_EDU_DATA" in said
    assert "datasets.download_esc50()" in said
    monkeypatch.setenv("MMSEG_EDU_DATA", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="MMSEG_EDU_DATA, which holds neither layout") as error:
        datasets.esc50()
    assert str(tmp_path) not in str(error.value)
    given = os.path.join("no", "such")
    with pytest.raises(FileNotFoundError, match=re.escape(f"none in {given!r}, which is no folder")):
        datasets.esc50(given)


def test_what_is_there_and_broken_is_not_passed_over_for_the_cache(tmp_path, monkeypatch):
    put_table(tmp_path / "cache/datasets/ESC-50")
    put(tmp_path / "data", "meta/esc50.csv", holding=b"filename\n")
    monkeypatch.setenv("MMSEG_EDU_DATA", str(tmp_path / "data"))
    with pytest.raises(ValueError, match="must have the columns"):
        datasets.esc50()


def test_esc50_does_not_take_esc10_for_itself(tmp_path):
    put(tmp_path, "001 - Dog bark/1-1-A.ogg")
    with pytest.raises(FileNotFoundError, match="like '101 - Name'"):
        datasets.esc50(tmp_path)


# A broken table


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("0-1-A-0.wav,0,0,dog,True,1,A", "fold must be 1, 2, 3, 4 or 5, got '0'"),
        ("6-1-A-0.wav,6,0,dog,True,1,A", "fold must be 1, 2, 3, 4 or 5, got '6'"),
        ("1-1-A-0.wav,1.0,0,dog,True,1,A", "fold must be 1, 2, 3, 4 or 5, got '1.0'"),
        ("1-1-A-0.wav,2,0,dog,True,1,A", "fold must be '1', as in the file's name, got '2'"),
        ("1-1-A-0.wav,1,0,dog,True,2,A", "src_file must be '1', as in the file's name, got '2'"),
        ("1-1-A-0.wav,1,0,dog,True,1,B", "take must be 'A', as in the file's name, got 'B'"),
        ("1-1-A-0.wav,1,1,rooster,True,1,A", "target must be '0', as in the file's name, got '1'"),
        (
            "1-1-A-50.wav,1,50,dog,True,1,A",
            "category must be the class of ESC-50 that target counts, got 'dog'",
        ),
        (
            "1-1-A-0.wav,1,0,cat,True,1,A",
            "category must be the class of ESC-50 that target counts, got 'cat'",
        ),
        ("1-1-A-0.wav,1,0,dog,False,1,A", "esc10 must be True for 'dog', got 'False'"),
        ("1-1-A-5.wav,1,5,cat,True,1,A", "esc10 must be False for 'cat', got 'True'"),
        ("1-1-A-0.wav,1,0,dog,yes,1,A", "esc10 must be True for 'dog', got 'yes'"),
        ("../1-1-A-0.wav,1,0,dog,True,1,A", "must be <fold>-<source>-<take>-<target>.wav"),
        ("/etc/1-1-A-0.wav,1,0,dog,True,1,A", "and no path"),
        ("..\\1-1-A-0.wav,1,0,dog,True,1,A", "and no path"),
        ("1-1-A-0.wav/../../x,1,0,dog,True,1,A", "and no path"),
        ("1-1-A-0.wav\x00,1,0,dog,True,1,A", "and no path"),
        ("1-1-A-0.WAV,1,0,dog,True,1,A", "and no path"),
        ("1-1-AB-0.wav,1,0,dog,True,1,A", "and no path"),
        ("1-١-A-0.wav,1,0,dog,True,١,A", "and no path"),
        ('"1-1-A-0.wav\n",1,0,dog,True,1,A', "and no path"),
        ("1-1-A-0.wav,1,0,dog,True,1", "must have one value for each of the columns"),
        ("1-1-A-0.wav,1,0,dog,True,1,A,more", "must have one value for each of the columns"),
        (ROWS[0], "which comes twice"),
    ],
)
def test_a_row_that_contradicts_itself_is_refused_by_name(tmp_path, row, said):
    put_table(tmp_path)
    (tmp_path / "meta/esc50.csv").write_bytes(table(*ROWS, row))
    name = next(csv.reader(io.StringIO(row)))[0]
    for loader in (datasets.esc50, datasets.esc10):
        with pytest.raises(ValueError, match=re.escape(said)) as error:
            loader(tmp_path)
        assert f"row 9, {name!r}" in str(error.value)
        assert str(tmp_path) not in str(error.value)


@pytest.mark.parametrize("column", HEADER.split(","))
def test_a_table_without_a_column_is_refused(tmp_path, column):
    put_table(tmp_path)
    (tmp_path / "meta/esc50.csv").write_bytes(table(*ROWS, header=HEADER.replace(column, "other")))
    with pytest.raises(ValueError, match=f"must have the columns filename.*got no {column}:"):
        datasets.esc50(tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "must have the columns"),
        (table(), "got no row below them"),
        (b"\xff\xfe\x00" + table(*ROWS), "must hold comma-separated UTF-8 text, but UnicodeDecodeError"),
        (table(*ROWS, '"1-1-A'), "must hold comma-separated UTF-8 text, but Error"),
    ],
)
def test_a_table_that_is_none_is_refused(tmp_path, text, said):
    put_table(tmp_path)
    (tmp_path / "meta/esc50.csv").write_bytes(text)
    with pytest.raises(ValueError, match=said):
        datasets.esc50(tmp_path)


def test_a_file_that_is_missing_is_named(tmp_path):
    put_table(tmp_path)
    (tmp_path / "audio/4-9-A-10.wav").unlink()
    (tmp_path / "audio/1-20-A-14.wav").unlink()
    with pytest.raises(ValueError, match=r"but 2 of 7 are missing, first '1-20-A-14.wav': unpack"):
        datasets.esc50(tmp_path)
    with pytest.raises(ValueError, match=r"but 1 of 6 are missing, first '4-9-A-10.wav'"):
        datasets.esc10(tmp_path)


@pytest.mark.parametrize("how", ["dead link", "folder", "other case", "no audio"])
def test_what_is_no_file_of_that_name_is_missing(tmp_path, how):
    put_table(tmp_path)
    file = tmp_path / "audio/4-9-A-10.wav"
    file.unlink()
    if how == "dead link":
        file.symlink_to(tmp_path / "nowhere.wav")
    elif how == "folder":
        file.mkdir()
    elif how == "other case":
        file.with_suffix(".WAV").touch()
    else:
        (tmp_path / "audio").rename(tmp_path / "sounds")
    with pytest.raises(ValueError, match="are missing"):
        datasets.esc50(tmp_path)


# A broken older layout


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["1-1-A.ogg"], "a sound file must lie in a folder called.*got '1-1-A.ogg'"),
        (["cats/1-1-A.ogg"], "a sound file must lie in a folder called.*got 'cats/1-1-A.ogg'"),
        (["011 - Cat/1-1-A.ogg"], "a sound file must lie in a folder called.*got '011 - Cat/1-1-A.ogg'"),
        (["1 - Dog/1-1-A.ogg"], "a sound file must lie in a folder called.*got '1 - Dog/1-1-A.ogg'"),
        (["001 - Dog/1-1-A.ogg"], "a class must have one folder, got '001 - Dog' and '001 - Dog bark'"),
        (["002 - Rain/0-1-A.ogg"], "must be called <fold>-<source>-<take>.ogg.*got '002 - Rain/0-1-A.ogg'"),
        (["002 - Rain/6-1-A.ogg"], "fold 1 to 5.*got '002 - Rain/6-1-A.ogg'"),
        (["002 - Rain/1-1-a.ogg"], "got '002 - Rain/1-1-a.ogg'"),
        (["002 - Rain/1-1-A-10.ogg"], "got '002 - Rain/1-1-A-10.ogg'"),
        (
            ["002 - Rain/rain.ogg"],
            "got '002 - Rain/rain.ogg': rename it, or read the tree with folder_per_class",
        ),
        (["002 - Rain/1-1-A.wav"], "got '002 - Rain/1-1-A.wav'"),
        (["002 - Rain/more/1-1-A.ogg"], "got '002 - Rain/more'"),
        (["002 - Rain/1-1-A.aiff"], "a sound file must be one of .aac.*got '002 - Rain/1-1-A.aiff'"),
        (["002 - Rain/notes.txt"], "a class folder must hold a recording, got the empty '002 - Rain'"),
        (["002 - Rain/._1-1-A.ogg"], "a class folder must hold a recording, got the empty '002 - Rain'"),
    ],
)
def test_what_lies_wrong_in_the_older_layout_is_named(tmp_path, names, said):
    put(tmp_path, "001 - Dog bark/1-30226-A.ogg", *names)
    with pytest.raises(ValueError, match=said) as error:
        datasets.esc10(tmp_path)
    assert str(tmp_path) not in str(error.value)


def test_one_recording_in_two_classes_is_refused_and_mere_namesakes_are_not(tmp_path):
    put(tmp_path, "001 - Dog bark/1-1-A.ogg", holding=b"wuff")
    put(tmp_path, "002 - Rain/1-1-A.ogg", holding=b"drip")
    assert len(datasets.esc10(tmp_path)) == 2
    put(tmp_path, "002 - Rain/1-1-A.ogg", holding=b"drop")
    for file in tmp_path.glob("*/*.ogg"):
        os.utime(file, (1, 1))
    assert len(datasets.esc10(tmp_path)) == 2, "of one size and one time, and yet different"
    put(tmp_path, "002 - Rain/1-1-A.ogg", holding=b"wuff")
    with pytest.raises(
        ValueError, match=r"in one class, got '001 - Dog bark/1-1-A.ogg' and the same file in '002"
    ):
        datasets.esc10(tmp_path)


def test_a_folder_that_is_called_like_a_recording_is_refused(tmp_path):
    put(tmp_path, "001 - Dog bark/1-1-A.ogg", "001 - Dog bark/2-2-A.ogg/x.txt")
    with pytest.raises(ValueError, match=r"must be a plain file, got '001 - Dog bark/2-2-A.ogg'"):
        datasets.esc10(tmp_path)


def test_links_in_the_older_layout(tmp_path):
    put(tmp_path, "001 - Dog bark/1-1-A.ogg", "elsewhere/x.bin")
    (tmp_path / "001 - Dog bark/2-2-A.ogg").symlink_to(tmp_path / "elsewhere/x.bin")
    assert len(datasets.esc10(tmp_path)) == 2
    (tmp_path / "001 - Dog bark/3-3-A.ogg").symlink_to(tmp_path / "elsewhere/x.bin")
    with pytest.raises(
        ValueError, match=r"once, got '001 - Dog bark/2-2-A.ogg' and '001 - Dog bark/3-3-A.ogg'"
    ):
        datasets.esc10(tmp_path)
    (tmp_path / "elsewhere/x.bin").unlink()
    with pytest.raises(ValueError, match=r"'001 - Dog bark/2-2-A.ogg', which is a link that leads nowhere"):
        datasets.esc10(tmp_path)


def test_nothing_there_is_changed(tmp_path):
    put_table(tmp_path)
    before = {each: each.stat().st_mtime_ns for each in tmp_path.rglob("*")}
    datasets.esc50(tmp_path)
    assert {each: each.stat().st_mtime_ns for each in tmp_path.rglob("*")} == before
