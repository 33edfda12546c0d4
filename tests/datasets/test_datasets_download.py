"""The download of ESC-50 from a server of the test: whole, broken off, gone on with, forged, and twice at once."""

import gzip
import hashlib
import io
import multiprocessing
import os
import tempfile
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmseg_edu import datasets
from mmseg_edu.datasets import download, partial_file, unpacking

from .serving import serving
from .trees import ROWS, sound, table

TABLE = table(*ROWS)
CLIPS = [row.split(",")[0] for row in ROWS]


def archive(
    left_out: str = "",
    more: dict[str, bytes] | None = None,
    rows: bytes = TABLE,
    noise: int = 0,
    way: int = zipfile.ZIP_DEFLATED,
) -> bytes:
    """A small ESC-50 as the author's repository packs it; noise keeps it from being smaller than that."""
    random = np.random.default_rng(noise)
    members = {
        "meta/esc50.csv": rows,
        "LICENSE": b"CC BY-NC",
        "README.md": b"# ESC-50",
        "tests/x.py": b"1 / 0",
    }
    members |= {f"audio/{name}": sound() + random.bytes(2000) for name in CLIPS}
    members = {f"ESC-50-master/{name}": data for name, data in members.items() if name != left_out} | (
        more or {}
    )
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, data in members.items():
            opened.writestr(zipfile.ZipInfo(name), data, way)
    return stored.getvalue()


ARCHIVE = archive()
with zipfile.ZipFile(io.BytesIO(ARCHIVE)) as _opened:
    CONTENTS = {name.removeprefix("ESC-50-master/"): _opened.read(name) for name in _opened.namelist()}
HASH = f"sha256:{hashlib.sha256(ARCHIVE).hexdigest()}"


@pytest.fixture(autouse=True)
def at_home(monkeypatch, tmp_path):
    monkeypatch.delenv("MMSEG_EDU_DATA", raising=False)
    monkeypatch.setenv("MMSEG_EDU_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(partial_file, "_PIECE", 512)
    monkeypatch.setattr(unpacking, "TABLE_MD5", hashlib.md5(TABLE, usedforsecurity=False).hexdigest())


@pytest.fixture
def served():
    with serving(ARCHIVE) as each:
        yield each


def left_in(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir()) if folder.exists() else []


# All goes well


@pytest.mark.parametrize(
    "known_hash",
    [None, HASH, HASH.removeprefix("sha256:").upper(), f"md5:{hashlib.md5(ARCHIVE).hexdigest()}"],
)
@pytest.mark.parametrize("length", [True, False])
def test_it_comes_into_the_cache_and_is_found_there(served, tmp_path, known_hash, length):
    served.length = length
    home = datasets.download_esc50(url=served.url, known_hash=known_hash)
    assert home == tmp_path / "cache/datasets/ESC-50"
    assert left_in(home.parent) == ["ESC-50"]
    assert left_in(home) == [".sha256", "LICENSE", "README.md", "audio", "meta"]
    assert len(datasets.esc50()) == len(ROWS)
    assert len(datasets.esc10()) == len(ROWS) - 1
    assert datasets.esc50()[0].read()[1] == 8000
    assert served.asked == [None]


def test_it_comes_into_a_folder_that_is_named(served, tmp_path):
    home = datasets.download_esc50(tmp_path / "new" / "data", url=served.url)
    assert home == tmp_path / "new/data/ESC-50"
    assert len(datasets.esc50(tmp_path / "new/data")) == len(ROWS)
    assert left_in(tmp_path) == ["new"]


def test_what_is_there_is_not_asked_for_again(served, tmp_path):
    first = datasets.download_esc50(url=served.url)
    served.status = 500
    assert datasets.download_esc50(url=served.url) == first
    assert served.asked == [None]


def test_no_loader_downloads_by_itself(served, monkeypatch):
    monkeypatch.setattr(download, "ESC50_URLS", (served.url,))
    for loader in (datasets.esc50, datasets.esc10):
        with pytest.raises(FileNotFoundError, match=r"download ESC-50 with datasets.download_esc50\(\)"):
            loader()
    assert served.asked == []


def test_an_address_may_point_elsewhere_and_a_bar_may_be_shown(served, capsys):
    served.moved = True
    datasets.download_esc50(url=served.url, progress=True)
    assert "100%" in capsys.readouterr().err


# It breaks off


@pytest.mark.parametrize("length", [True, False])
def test_a_broken_connection_is_gone_on_with(served, tmp_path, length):
    served.cut = 4608
    with pytest.raises(
        ConnectionError, match=r"must be downloaded whole, but .* 4608 bytes are kept: call again"
    ):
        datasets.download_esc50(url=served.url)
    assert not (tmp_path / "cache/datasets/ESC-50").exists()
    with pytest.raises(ConnectionError, match="9215 bytes are kept"):
        datasets.download_esc50(url=served.url)
    served.cut, served.length = None, length
    datasets.download_esc50(url=served.url, known_hash=HASH)
    assert served.asked == [None, "bytes=4607-", "bytes=9214-"]
    assert left_in(tmp_path / "cache/datasets") == ["ESC-50"]


def test_a_server_that_sends_no_parts_is_asked_from_the_beginning(served, tmp_path):
    served.ranges, served.cut = False, 4608
    for _ in range(2):
        with pytest.raises(ConnectionError, match="4608 bytes are kept"):
            datasets.download_esc50(url=served.url)
    served.cut = None
    datasets.download_esc50(url=served.url, known_hash=HASH)
    assert left_in(tmp_path / "cache/datasets") == ["ESC-50"]


def test_an_archive_that_is_packed_while_it_is_sent_comes_whole_or_is_known_to_be_cut(served, tmp_path):
    served.chunked, served.ranges, served.cut = True, False, 4608
    for _ in range(2):
        with pytest.raises(ConnectionError, match=r"ChunkedEncodingError: .* 4608 bytes are kept"):
            datasets.download_esc50(url=served.url)
    served.cut = None
    datasets.download_esc50(url=served.url, known_hash=HASH)
    assert left_in(tmp_path / "cache/datasets") == ["ESC-50"]


def test_a_part_that_is_cut_is_known_by_its_range_alone(served, tmp_path):
    served.cut = 4608
    with pytest.raises(ConnectionError):
        datasets.download_esc50(url=served.url)
    served.length = False
    with pytest.raises(ConnectionError, match=rf"but 9215 of {len(ARCHIVE)} bytes came. 9215 bytes are kept"):
        datasets.download_esc50(url=served.url)
    served.cut = None
    datasets.download_esc50(url=served.url, known_hash=HASH)
    assert left_in(tmp_path / "cache/datasets") == ["ESC-50"]


def test_a_body_that_is_compressed_for_the_way_has_another_length(served):
    served.body, served.encoding = gzip.compress(ARCHIVE), "gzip"
    datasets.download_esc50(url=served.url, known_hash=HASH)


def test_a_full_disk_is_not_the_network_s_fault(served, monkeypatch):
    def full(self: partial_file._Answer, response: object, **_: object) -> None:
        self.response = response
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(partial_file._Answer, "begins", full)
    with pytest.raises(OSError, match="No space left") as error:
        datasets.download_esc50(url=served.url)
    assert not isinstance(error.value, ConnectionError)


def test_a_cut_that_nobody_could_notice_is_noticed_at_unpacking(served, tmp_path):
    served.length, served.cut = False, 4608
    with pytest.raises(ValueError, match=r"must be a whole .zip or .tar.gz, but BadZipFile"):
        datasets.download_esc50(url=served.url)
    assert left_in(tmp_path / "cache/datasets") == []


def test_a_server_that_sends_another_part_is_not_believed(served, tmp_path):
    served.cut = 4608
    with pytest.raises(ConnectionError):
        datasets.download_esc50(url=served.url)
    served.cut, served.shift = None, 3
    with pytest.raises(ConnectionError, match=r"another part than was asked for. Call again"):
        datasets.download_esc50(url=served.url)
    assert left_in(tmp_path / "cache/datasets") == []
    datasets.download_esc50(url=served.url, known_hash=HASH)
    assert served.asked == [None, "bytes=4607-", None]


def test_a_whole_archive_that_was_left_is_not_downloaded_again(served, tmp_path, monkeypatch):
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(unpacking.shutil, "copyfileobj", full)
        with pytest.raises(OSError, match="No space left"):
            datasets.download_esc50(url=served.url)
    assert len(left_in(tmp_path / "cache/datasets")) == 1, "the archive, and nothing half unpacked"
    datasets.download_esc50(url=served.url, known_hash=HASH)
    assert served.asked == [None, f"bytes={len(ARCHIVE) - 1}-"]


def test_an_archive_that_changed_meanwhile_is_thrown_away_and_then_comes_whole(served, tmp_path):
    served.cut = len(ARCHIVE) // 2
    with pytest.raises(ConnectionError):
        datasets.download_esc50(url=served.url)
    served.body, served.cut = archive(noise=1), None
    with pytest.raises(ValueError, match=r"must be a whole .zip or .tar.gz, but BadZipFile"):
        datasets.download_esc50(url=served.url)
    assert left_in(tmp_path / "cache/datasets") == []
    assert len(datasets.esc50(datasets.download_esc50(url=served.url))) == len(ROWS)


def test_an_archive_that_got_shorter_meanwhile_is_begun_again(served, tmp_path):
    served.cut = len(ARCHIVE) - 100
    with pytest.raises(ConnectionError):
        datasets.download_esc50(url=served.url)
    served.body, served.cut = archive(left_out="README.md")[:3000], None
    with pytest.raises(ConnectionError, match="416"):
        datasets.download_esc50(url=served.url)
    served.body = ARCHIVE
    datasets.download_esc50(url=served.url, known_hash=HASH)
    assert served.asked[-1] is None


@pytest.mark.parametrize("status", [404, 500])
def test_an_error_of_the_server_leaves_nothing_new_and_keeps_what_was(served, tmp_path, status):
    served.status = status
    with pytest.raises(
        ConnectionError, match=f"HTTPError: {status} .*Call again, or give the url of another copy"
    ):
        datasets.download_esc50(url=served.url)
    assert left_in(tmp_path / "cache/datasets") == []
    served.status, served.cut = 200, 4608
    with pytest.raises(ConnectionError):
        datasets.download_esc50(url=served.url)
    served.status, served.cut = status, None
    with pytest.raises(ConnectionError, match=f"{status} .*4608 bytes are kept"):
        datasets.download_esc50(url=served.url)
    served.status = 200
    datasets.download_esc50(url=served.url, known_hash=HASH)
    assert served.asked[-1] == "bytes=4607-"


def test_no_server_at_all_is_said(tmp_path):
    with serving(ARCHIVE) as gone:
        pass
    with pytest.raises(ConnectionError, match="must be downloaded whole, but ConnectionError"):
        datasets.download_esc50(url=gone.url)
    assert left_in(tmp_path / "cache/datasets") == []


def test_what_one_address_left_is_not_another_s(served, tmp_path):
    served.cut = 4608
    with pytest.raises(ConnectionError):
        datasets.download_esc50(url=served.url)
    served.cut = None
    datasets.download_esc50(url=served.url + "?other", known_hash=HASH)
    assert served.asked == [None, None]


def test_a_download_that_was_killed_is_gone_on_with_after_an_hour_and_a_living_one_is_left_alone(
    served, tmp_path
):
    home = tmp_path / "cache/datasets"
    home.mkdir(parents=True)
    with partial_file.partial_file(home, served.url) as part:
        part.write_bytes(ARCHIVE[:6000])
        (mine,) = home.iterdir()
    os.utime(mine)
    datasets.download_esc50(url=served.url, known_hash=HASH)
    assert mine.exists()
    assert served.asked == [None]
    (home / "ESC-50").rename(tmp_path / "first")
    old = time.time() - partial_file.ABANDONED - 1
    os.utime(mine, (old, old))
    (home / ".0123.unpacking/audio").mkdir(parents=True)
    os.utime(home / ".0123.unpacking", (old, old))
    (home / ".4567.unpacking").mkdir()
    datasets.download_esc50(url=served.url, known_hash=HASH)
    assert served.asked == [None, "bytes=5999-"]
    assert left_in(home) == [".4567.unpacking", "ESC-50"]


# It is not what was wanted


def test_a_wrong_hash_leaves_nothing_behind(served, tmp_path):
    with pytest.raises(
        ValueError, match=f"must have the known_hash sha256:{'0' * 64}, got {HASH}, and was removed"
    ):
        datasets.download_esc50(url=served.url, known_hash="0" * 64)
    assert left_in(tmp_path / "cache/datasets") == []


@pytest.mark.parametrize(
    "known_hash", ["", "abc", "sha256:", "sha256:" + "g" * 64, "sha1:" + "0" * 64, "crc:00", "0" * 63]
)
def test_what_is_no_hash_is_refused_before_anything_is_downloaded(served, tmp_path, known_hash):
    with pytest.raises(ValueError, match="known_hash must be an algorithm of hashlib"):
        datasets.download_esc50(url=served.url, known_hash=known_hash)
    assert served.asked == []
    assert left_in(tmp_path) == []


def test_another_table_is_refused_unless_the_archive_s_hash_is_given(served, tmp_path):
    served.body = archive(rows=table(*ROWS[:-1]))
    with pytest.raises(ValueError, match=r"meta/esc50.csv must have the MD5 .* known_hash of the archive"):
        datasets.download_esc50(url=served.url)
    assert left_in(tmp_path / "cache/datasets") == []
    datasets.download_esc50(url=served.url, known_hash=hashlib.sha256(served.body).hexdigest())
    assert len(datasets.esc50()) == len(ROWS) - 1


def damaged(data: bytes) -> bytes:
    """Change a stored byte of a clip."""
    at = data.index(CLIPS[0].encode()) + len(CLIPS[0]) + 1500
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<html>Sign in to this network</html>", "must be a whole .zip or .tar.gz, but BadZipFile"),
        (b"", "must be a whole .zip"),
        (ARCHIVE[:-30], "must be a whole .zip or .tar.gz, but BadZipFile"),
        (damaged(ARCHIVE), "must be a whole .zip or .tar.gz, but (BadZipFile: Bad CRC-32|error)"),
        (archive(left_out=f"audio/{CLIPS[3]}"), f"must hold 'audio/{CLIPS[3]}'.*without it"),
        (archive(left_out="meta/esc50.csv"), "must have one folder with meta/esc50.csv in it, got 0"),
        (
            archive(more={"other/meta/esc50.csv": TABLE}),
            "must have one folder with meta/esc50.csv in it, got 2",
        ),
        (archive(more={"../evil.txt": b"x"}), r"no name that leads out of it, got '../evil.txt'"),
        (archive(more={"ESC-50-master/audio/../../../evil.txt": b"x"}), "no name that leads out of it"),
        (archive(more={"/evil.txt": b"x"}), "no name that leads out of it, got '/evil.txt'"),
        (archive(more={"C:evil.txt": b"x"}), "no name that leads out of it, got 'C:evil.txt'"),
        (
            archive(more={f"ESC-50-master/audio/{CLIPS[0]}": bytes(3 << 20)}),
            "of at most 2097152 bytes, got one with 3145728",
        ),
        (
            archive(more={"ESC-50-master/meta/esc50.csv": TABLE + bytes(3 << 20)}),
            "must have at most 2097152 bytes",
        ),
    ],
)
def test_what_is_not_the_data_set_is_refused_and_leaves_nothing(served, tmp_path, body, said):
    served.body = body
    error = ConnectionError if not body else ValueError
    with pytest.raises(error, match=said if body else "416"):
        datasets.download_esc50(url=served.url)
    assert left_in(tmp_path / "cache/datasets") == []
    assert left_in(tmp_path) == ["cache"]


@settings(max_examples=150)
@given(data=st.data())
def test_no_damage_gets_through_or_leaves_anything(data):
    """Bytes changed, cut out or put in: the clips come as they were, or a ValueError and nothing at all."""
    body = bytearray(ARCHIVE)
    # Where the names, sizes and sums of the members are is where damage can mislead.
    ending = st.integers(ARCHIVE.index(b"PK\x01\x02"), len(ARCHIVE) - 1)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.one_of(ending, st.integers(0, len(ARCHIVE) - 1)))
        body[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    known_md5, unpacking.TABLE_MD5 = (
        unpacking.TABLE_MD5,
        hashlib.md5(TABLE, usedforsecurity=False).hexdigest(),
    )
    try:
        with tempfile.TemporaryDirectory() as folder:
            stored = Path(folder, "archive")
            stored.write_bytes(body)
            try:
                unpacking.unpack(stored, Path(folder, "ESC-50"), trusted=False)
            except ValueError:
                assert left_in(Path(folder)) == ["archive"]
            else:
                assert len(datasets.esc50(folder)) == len(ROWS)
                for name in ("meta/esc50.csv", *(f"audio/{clip}" for clip in CLIPS)):
                    assert Path(folder, "ESC-50", name).read_bytes() == CONTENTS[name]
    finally:
        unpacking.TABLE_MD5 = known_md5


def test_a_way_to_pack_that_is_broken_is_no_reason_to_keep_the_archive(served, tmp_path):
    for way in (zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2):
        served.body = damaged(archive(way=way))
        with pytest.raises(ValueError, match=r"must be a whole .zip or .tar.gz, but"):
            datasets.download_esc50(url=served.url)
        assert left_in(tmp_path / "cache/datasets") == []


def test_a_path_in_the_table_is_refused_though_its_hash_is_trusted(served, tmp_path):
    served.body = archive(rows=table("../../evil.wav,1,0,dog,True,1,A"))
    with pytest.raises(ValueError, match=r"row 2, '../../evil.wav': a file's name must be"):
        datasets.download_esc50(url=served.url, known_hash=hashlib.sha256(served.body).hexdigest())
    assert left_in(tmp_path / "cache/datasets") == []


def test_a_dead_link_in_its_place_is_seen_before_the_download(served, tmp_path):
    (tmp_path / "ESC-50").symlink_to(tmp_path / "nowhere")
    with pytest.raises(FileExistsError, match="move it away"):
        datasets.download_esc50(tmp_path, url=served.url)
    assert served.asked == []


def test_something_else_in_its_place_stays(served, tmp_path):
    (tmp_path / "ESC-50").mkdir()
    (tmp_path / "ESC-50/mine.txt").write_text("mine")
    with pytest.raises(FileExistsError, match=r"must hold meta/esc50.csv or not be there.*move it away"):
        datasets.download_esc50(tmp_path, url=served.url)
    assert left_in(tmp_path / "ESC-50") == ["mine.txt"]
    assert served.asked == []


# Two at once


def _download(folder: str, url: str, table_md5: str, answers) -> None:
    unpacking.TABLE_MD5 = table_md5
    try:
        home = datasets.download_esc50(folder, url=url)
        answers.put(len(datasets.esc50(home)))
    except Exception as error:
        answers.put(repr(error))


def test_two_processes_at_once_both_get_it_whole(served, tmp_path):
    served.cut = 4608
    with pytest.raises(ConnectionError):  # one of them can go on with what this left
        datasets.download_esc50(tmp_path, url=served.url)
    served.cut = None
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    given = (str(tmp_path), served.url, unpacking.TABLE_MD5, answers)
    processes = [context.Process(target=_download, args=given) for _ in range(2)]
    for each in processes:
        each.start()
    assert [answers.get(timeout=300) for _ in processes] == [len(ROWS)] * 2
    for each in processes:
        each.join()
    assert left_in(tmp_path) == ["ESC-50"]


def test_of_two_that_unpack_at_once_the_first_stays(served, tmp_path, monkeypatch):
    put = unpacking._put

    def slower(unfinished: Path, goal: Path) -> None:
        monkeypatch.setattr(unpacking, "_put", put)
        datasets.download_esc50(goal.parent, url=served.url)
        (goal / "first").touch()
        put(unfinished, goal)

    monkeypatch.setattr(unpacking, "_put", slower)
    assert (datasets.download_esc50(tmp_path, url=served.url) / "first").exists()
    assert left_in(tmp_path) == ["ESC-50"]


def test_an_interrupt_keeps_what_came(tmp_path):
    def interrupted() -> None:
        with partial_file.partial_file(tmp_path, "http://a") as part:
            part.write_bytes(b"begun")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    with partial_file.partial_file(tmp_path, "http://a") as part:
        assert part.read_bytes() == b"begun"


def test_an_unfinished_file_is_taken_by_one_only(tmp_path):
    with partial_file.partial_file(tmp_path, "http://a") as part:
        part.write_bytes(b"begun")
    with (
        partial_file.partial_file(tmp_path, "http://a") as one,
        partial_file.partial_file(tmp_path, "http://a") as other,
    ):
        assert (one.read_bytes(), other.read_bytes()) == (b"begun", b"")
    assert len(left_in(tmp_path)) == 1, "what is empty is not kept"
