"""Tiny data sets, made while the tests run; most files are empty, because a list opens none of them."""

import io
import wave
from pathlib import Path

HEADER = "filename,fold,target,category,esc10,src_file,take"
# One class twice, both subsets, takes of one source, all five folds.
ROWS = (
    "1-100032-A-0.wav,1,0,dog,True,100032,A",
    "1-20-A-14.wav,1,14,chirping_birds,False,20,A",
    "2-20133-A-41.wav,2,41,chainsaw,True,20133,A",
    "3-30-A-12.wav,3,12,crackling_fire,True,30,A",
    "3-30-B-12.wav,3,12,crackling_fire,True,30,B",
    "4-9-A-10.wav,4,10,rain,True,9,A",
    "5-234879-A-1.wav,5,1,rooster,True,234879,A",
)


def sound(seconds: float = 0.1, rate: int = 8000, level: int = 0) -> bytes:
    """A .wav of one level."""
    stored = io.BytesIO()
    with wave.open(stored, "wb") as opened:
        opened.setparams((1, 2, rate, 0, "NONE", ""))
        opened.writeframes(level.to_bytes(2, "little", signed=True) * round(seconds * rate))
    return stored.getvalue()


def put(home: Path, *names: str, holding: bytes = b"") -> Path:
    for name in names:
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(holding)
    return home


def table(*rows: str, header: str = HEADER) -> bytes:
    return "\n".join([header, *rows, ""]).encode()


def put_table(home: Path, *rows: str, header: str = HEADER) -> Path:
    """The newer layout, with an empty file for each row."""
    put(home, "meta/esc50.csv", holding=table(*(rows or ROWS), header=header))
    (home / "audio").mkdir(exist_ok=True)
    for row in rows or ROWS:
        if "/" not in row.split(",")[0]:
            put(home, "audio/" + row.split(",")[0])
    return home
