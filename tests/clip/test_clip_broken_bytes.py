"""Whatever is done to the bytes of a file, it is read or refused in our own words, by a process that lives on."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mmseg_edu.clip import write_video

# How each container is written: what write_video writes, and what other programs do.
FILMS = {
    "film.mkv": ("libx264", "flac"),
    "film.avi": ("mpeg4", "libmp3lame"),
    "film.ts": ("libx264", "aac"),
    "film.mpg": ("mpeg2video", "mp2"),
    "film.flv": ("libx264", "aac"),
    "film.wmv": ("wmv2", "wmav2"),
    "film.ogv": ("libtheora", "libvorbis"),
}
SOUNDS = {
    "sound.wav": "pcm_s16le",
    "sound.flac": "flac",
    "sound.mp3": "libmp3lame",
    "sound.ogg": "libvorbis",
    "sound.opus": "libopus",
    "sound.m4a": "aac",
    "sound.aiff": "pcm_s16be",
    "sound.caf": "pcm_s16le",
    "sound.au": "pcm_s16be",
}
# Reads each file in all ways; only what the package itself raises is an answer.
READ_EACH = """
import json, sys, warnings
from fuzz_law import complaint
from mmseg_edu.clip import read_sound, read_video, stream_sound, stream_video
warnings.simplefilter("ignore")
WAYS = {
    "read_video": lambda path: len(read_video(path, max_bytes=10**8).frames),
    "read_sound": lambda path: len(read_sound(path, max_bytes=10**8)[0]),
    "stream_video": lambda path: sum(1 for _ in stream_video(path)),
    "stream_sound": lambda path: sum(map(len, stream_sound(path)[0])),
}
for line in sys.stdin:
    for name, read in WAYS.items():
        print(json.dumps(name), flush=True)
        try:
            answer = read(line.strip())
        except Exception as error:
            answer = complaint(error) or "refused"
        print(json.dumps(answer), flush=True)
"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory, make_clip, make_film, make_file):
    folder = tmp_path_factory.mktemp("whole")
    files = [write_video(make_clip(), folder / f"film.{extension}") for extension in ("webm", "mp4", "mov")]
    for name, (codec, sound) in FILMS.items():
        files += made(
            lambda path, codec=codec, sound=sound: make_film(path, codec, sound, count=12), folder / name
        )
    for name, codec in SOUNDS.items():
        files += made(
            lambda path, codec=codec: make_file(path, sound_codec=codec, video=False, rate=48000, count=8),
            folder / name,
        )
    return files


def made(write, path):
    """Write a file, if this FFmpeg knows how."""
    try:
        return [write(path)]
    except Exception:
        path.unlink(missing_ok=True)
        return []


def broken(data: bytes, seed: int) -> bytes:
    """Flip, cut, zero, move, repeat or drop bytes: one kind a seed, in the head or anywhere."""
    rng = np.random.default_rng(seed)
    array = np.frombuffer(data, np.uint8).copy()
    reach = min(len(array), 2000) if seed // 6 % 2 else len(array)
    place, length = int(rng.integers(reach)), int(rng.integers(1, max(2, len(array) // 4)))
    if seed % 6 == 0:
        chosen = rng.integers(0, reach, rng.integers(1, 40))
        array[chosen] ^= rng.integers(1, 256, len(chosen)).astype(np.uint8)
        return array.tobytes()
    if seed % 6 == 1:
        return data[:place]
    if seed % 6 == 2:
        array[place : place + length] = 0 if seed % 4 else 255
        return array.tobytes()
    part = data[place : place + length]
    if seed % 6 == 3:
        rest = data[:place] + data[place + length :]
        other = int(rng.integers(len(rest) + 1))
        return rest[:other] + part + rest[other:]
    return (
        data[:place] + part * 3 + data[place + length :]
        if seed % 6 == 4
        else data[:place] + data[place + length :]
    )


def answers_to(files: list[Path]) -> dict[tuple[str, str], object]:
    """Read files in another process, and give what it answered; a crash or a hang is told with its file."""
    paths = [str(Path(__file__).parents[1] / "fuzz"), str(Path(__file__).parents[2])]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", READ_EACH],
        input="\n".join(map(str, files)),
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        timeout=500,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    reached = files[min(len(lines) // 8, len(files) - 1)].name
    assert done.returncode == 0, f"{reached} ({lines[-1:]}) killed the process: {done.stderr[-600:]}"
    names = [file.name for file in files for _ in range(4)]
    return dict(zip(zip(names, lines[::2], strict=True), lines[1::2], strict=True))


def check(whole: list[Path], folder: Path, seeds: range) -> None:
    files = []
    for file in whole:
        for seed in seeds:
            path = folder / f"{seed}_{file.name}"
            path.write_bytes(broken(file.read_bytes(), seed))
            files.append(path)
    wrong = {
        key: says
        for key, says in answers_to(files).items()
        if not isinstance(says, int) and says != "refused"
    }
    assert not wrong, wrong


def test_whole_files_are_read(whole):
    answers = answers_to(whole)
    assert len(whole) >= 10
    for file in whole:
        way = "read_video" if file.stem == "film" else "read_sound"
        assert isinstance(answers[file.name, way], int), (file.name, answers[file.name, way])


def test_broken_bytes_are_read_or_refused(whole, tmp_path):
    check(whole, tmp_path, range(6))


@pytest.mark.slow
@pytest.mark.parametrize("first", range(6, 126, 12))
def test_many_more_broken_bytes_are_read_or_refused(whole, tmp_path, first):
    check(whole, tmp_path, range(first, first + 12))
