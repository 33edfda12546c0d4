"""The other ways in which an archive comes: as a .tar, from a mirror, with Ctrl-C in the middle, or with malice."""

import hashlib
import io
import signal
import stat
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmseg_edu import datasets
from mmseg_edu.datasets import archives, unpacking

from .serving import serving
from .test_datasets_download import ARCHIVE, CLIPS, CONTENTS, HASH, TABLE, at_home, left_in, served
from .trees import ROWS

__all__ = ["at_home", "served"]  # fixtures


def tarred(way: str = "gz", more: tuple[tarfile.TarInfo, ...] = ()) -> bytes:
    """The same files as a .tar, in another order, with what else is wanted at the end."""
    stored = io.BytesIO()
    with tarfile.open(fileobj=stored, mode=f"w:{way}") as opened:
        opened.addfile(entry("ESC-50-master", tarfile.DIRTYPE))
        for name, data in reversed(CONTENTS.items()):
            each = tarfile.TarInfo(f"ESC-50-master/{name}")
            each.size = len(data)
            opened.addfile(each, io.BytesIO(data))
        for each in more:
            opened.addfile(each)
    return stored.getvalue()


def entry(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    found = tarfile.TarInfo(name)
    found.type, found.linkname = kind, target
    return found


# The other way to pack


@pytest.mark.parametrize("way", ["gz", "bz2", "xz"])
def test_a_compressed_tar_is_as_good_as_a_zip(served, way):
    served.body = tarred(way)
    home = datasets.download_esc50(url=served.url)
    assert left_in(home) == [".sha256", "LICENSE", "README.md", "audio", "meta"]
    for name in ("meta/esc50.csv", *(f"audio/{clip}" for clip in CLIPS)):
        assert (home / name).read_bytes() == CONTENTS[name]


def test_a_bare_tar_is_refused_unless_its_hash_is_given(served, tmp_path):
    served.body = tarred("")
    with pytest.raises(ValueError, match=r"must be compressed, which adds a sum, .* got a bare .tar"):
        datasets.download_esc50(url=served.url)
    assert left_in(tmp_path / "cache/datasets") == []
    datasets.download_esc50(url=served.url, known_hash=hashlib.sha256(served.body).hexdigest())
    assert len(datasets.esc50()) == len(ROWS)


@pytest.mark.parametrize(
    ("member", "said"),
    [
        (entry("/evil.txt"), "no name that leads out of it, got '/evil.txt'"),
        (entry("../evil.txt"), "no name that leads out of it, got '../evil.txt'"),
        (entry("ESC-50-master/audio/../../../evil.txt"), "no name that leads out of it"),
        (entry("..\\evil.txt"), "no name that leads out of it"),
        (entry("C:evil.txt"), "no name that leads out of it, got 'C:evil.txt'"),
        (entry("ESC-50-master/audio/a.wav", tarfile.SYMTYPE, "/etc/passwd"), "a link, a device or a pipe"),
        (entry("ESC-50-master/audio", tarfile.SYMTYPE, "../.."), "'ESC-50-master/audio', which is a link"),
        (
            entry("ESC-50-master/b.wav", tarfile.LNKTYPE, "ESC-50-master/LICENSE"),
            "a link, a device or a pipe",
        ),
        (entry("ESC-50-master/pipe", tarfile.FIFOTYPE), "a link, a device or a pipe"),
        (entry("ESC-50-master/disk", tarfile.BLKTYPE), "a link, a device or a pipe"),
        (entry("ESC-50-master/tty", tarfile.CHRTYPE), "a link, a device or a pipe"),
    ],
)
def test_nothing_in_a_tar_leads_outside(served, tmp_path, member, said):
    served.body = tarred(more=(member,))
    for known_hash in (None, hashlib.sha256(served.body).hexdigest()):
        with pytest.raises(ValueError, match=said):
            datasets.download_esc50(url=served.url, known_hash=known_hash)
    assert left_in(tmp_path) == ["cache"]
    assert left_in(tmp_path / "cache/datasets") == []


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK])
def test_a_link_or_a_device_in_a_zip_is_refused(served, tmp_path, kind):
    stored = io.BytesIO(ARCHIVE)
    with zipfile.ZipFile(stored, "a") as opened:
        member = zipfile.ZipInfo("ESC-50-master/link")
        member.external_attr = (kind | 0o777) << 16
        opened.writestr(member, "/etc/passwd")
    served.body = stored.getvalue()
    with pytest.raises(ValueError, match="got 'ESC-50-master/link', which is a link, a device or a pipe"):
        datasets.download_esc50(url=served.url)
    assert left_in(tmp_path / "cache/datasets") == []


@settings(max_examples=60)
@given(data=st.data())
def test_no_damage_of_a_tar_gets_through(data):
    body = bytearray(WHOLE_TAR)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(WHOLE_TAR) - 1))
        body[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    md5 = unpacking.TABLE_MD5
    unpacking.TABLE_MD5 = hashlib.md5(TABLE, usedforsecurity=False).hexdigest()
    try:
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "archive").write_bytes(body)
            try:
                unpacking.unpack(Path(folder, "archive"), Path(folder, "ESC-50"), trusted=False)
            except ValueError:
                assert left_in(Path(folder)) == ["archive"]
            else:
                for name in ("meta/esc50.csv", *(f"audio/{clip}" for clip in CLIPS)):
                    assert Path(folder, "ESC-50", name).read_bytes() == CONTENTS[name]
    finally:
        unpacking.TABLE_MD5 = md5


WHOLE_TAR = tarred()


@pytest.mark.parametrize(("limit", "value"), [("_MOST_MEMBERS", 5), ("_MOST_BYTES", 1000)])
def test_an_archive_made_to_fill_the_disk_is_refused(served, monkeypatch, tmp_path, limit, value):
    monkeypatch.setattr(archives, limit, value)
    for body in (ARCHIVE, WHOLE_TAR):
        served.body = body
        with pytest.raises(ValueError, match="the archive must have at most"):
            datasets.download_esc50(url=served.url)
    assert left_in(tmp_path / "cache/datasets") == []


# Mirrors


def test_the_next_mirror_is_asked_when_one_is_gone_and_another_sends_something_else(served, tmp_path):
    with serving(ARCHIVE) as gone:
        pass
    with serving(b"<html>Sign in to this network</html>") as portal:
        home = datasets.download_esc50(url=[gone.url, portal.url, served.url])
    assert len(datasets.esc50(home)) == len(ROWS)
    assert left_in(tmp_path / "cache/datasets") == ["ESC-50"]


def test_the_first_mirror_that_answers_is_the_last_that_is_asked(served):
    with serving(ARCHIVE) as other:
        datasets.download_esc50(url=(served.url, other.url), known_hash=HASH)
    assert (served.asked, other.asked) == ([None], [])


def test_when_all_mirrors_fail_each_is_told_about(served, tmp_path):
    with serving(ARCHIVE) as gone:
        pass
    served.status = 404
    with pytest.raises(
        ConnectionError, match=r"one of 2 mirrors must .*\(1\) .*ConnectionError.*\(2\) .*404"
    ):
        datasets.download_esc50(url=[gone.url, served.url])
    served.status, served.body = 200, b"<html>"
    with pytest.raises(ValueError, match=r"one of 2 mirrors must .*\(2\) the archive must be a whole .zip"):
        datasets.download_esc50(url=[gone.url, served.url])
    assert left_in(tmp_path / "cache/datasets") == []


def test_what_a_mirror_began_is_gone_on_with_there(served):
    served.cut = 4608
    with serving(ARCHIVE) as gone:
        pass
    with pytest.raises(ConnectionError, match="4608 bytes are kept"):
        datasets.download_esc50(url=[gone.url, served.url])
    served.cut = None
    datasets.download_esc50(url=[gone.url, served.url], known_hash=HASH)
    assert served.asked == [None, "bytes=4607-"]


@pytest.mark.parametrize("url", ["", [], [""], [3]])
def test_an_address_that_is_none_is_refused(url, tmp_path):
    with pytest.raises(ValueError, match="url must be an address, or several"):
        datasets.download_esc50(url=url)
    assert left_in(tmp_path) == []


# Ctrl-C


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to one process")
def test_ctrl_c_in_the_middle_leaves_what_came_and_nothing_else(served, tmp_path):
    served.stall = 4608
    home = tmp_path / "data"
    code = (
        "import sys; from mmseg_edu.datasets import download_esc50, partial_file; partial_file._PIECE = 512\n"
        "download_esc50(sys.argv[1], url=sys.argv[2])"
    )
    words = [sys.executable, "-c", code, str(home), served.url]
    process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    waited = time.time() + 120
    while time.time() < waited and not any(part.stat().st_size for part in home.glob(".*.part")):
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=120)
    assert said.rstrip().endswith("KeyboardInterrupt")
    (part,) = left_in(home)
    assert part.endswith(".part")
    served.stall = None
    datasets.download_esc50(home, url=served.url, known_hash=HASH)
    assert served.asked[-1] is not None, "it went on from what was there"
    assert left_in(home) == ["ESC-50"]
