"""Every channel layout that can be written here is read or refused, and none takes the process with it."""

import json
import struct
import subprocess
import sys

import av
import numpy as np
import pytest

from mmseg_edu.clip import read_sound
from mmseg_edu.clip.layouts import check_layout

_NAMES = (
    "mono stereo 2.1 3.0 3.0(back) 4.0 quad quad(side) 3.1 5.0 5.0(side) 4.1 5.1 5.1(side) 6.0 6.0(front) "
    "3.1.2 hexagonal 6.1 6.1(back) 6.1(front) 7.0 7.0(front) 7.1 7.1(wide) 7.1(wide-side) 5.1.2 5.1.2(back) "
    "octagonal cube 5.1.4 7.1.2 7.1.4 7.2.3 9.1.4 9.1.6 hexadecagonal downmix 22.2"
)
LAYOUTS = _NAMES.split()
CODECS = {
    "mov": ("pcm_s16le", "pcm_s24be", "alac", "aac"),
    "mp4": ("aac", "alac", "libopus", "ac3"),
    "mkv": ("pcm_s16le", "flac", "libopus", "ac3", "wavpack"),
    "wav": ("pcm_u8", "pcm_f64le"),
}
READ_EACH = """
import json, sys
from mmseg_edu.clip import read_sound
for line in sys.stdin:
    for _ in range(2):
        try:
            answer = len(read_sound(line.strip())[0])
        except ValueError as error:
            answer = str(error)
    print(json.dumps(answer), flush=True)
"""


def write_sound(path, codec, layout, count=2400):
    count_of_channels = av.AudioLayout(layout).nb_channels
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=48000, layout=layout)
        samples = np.full((1, count * count_of_channels), 0.1, np.float32)
        frame = av.AudioFrame.from_ndarray(samples, format="flt", layout=layout)
        frame.sample_rate, frame.pts = 48000, 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def read_elsewhere(files):
    """Read each file twice in one other process, and give its answers: how many samples, or the error."""
    done = subprocess.run(
        [sys.executable, "-c", READ_EACH],
        input="\n".join(map(str, files)),
        capture_output=True,
        text=True,
        check=False,
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, f"{files[len(answers)].name} killed the process: {done.stderr[-300:]}"
    return dict(zip(files, answers, strict=True))


def test_every_layout_that_can_be_written_is_read_or_refused_before_decoding(tmp_path):
    files = {}
    for extension, codecs in CODECS.items():
        for codec in codecs:
            for layout in LAYOUTS:
                path = tmp_path / f"{codec}_{layout}.{extension}"
                try:
                    write_sound(path, codec, layout)
                except (av.FFmpegError, ValueError, OSError):
                    continue  # This codec or container has no such layout.
                files[path] = av.AudioLayout(layout).nb_channels
    assert len(files) > 200
    for path, answer in read_elsewhere(list(files)).items():
        if files[path] > 7:
            assert f"at most 7 channels (5.1 has 6), got {files[path]}" in str(answer), path.name
        else:
            assert isinstance(answer, int), f"{path.name}: {answer}"
            assert answer == pytest.approx(2400, abs=2200), "coders pad"


def test_loudspeakers_in_an_order_of_the_files_own(tmp_path):
    """QuickTime names 80 arrangements, many in an order that PyAV frees twice: the process died of reading them."""
    files = []
    for count, layout in enumerate(("3.0", "4.0", "5.0", "5.1(side)", "6.1", "7.1"), 3):
        raw = write_sound(tmp_path / "usual.mov", "pcm_s16le", layout, count=480).read_bytes()
        at = raw.index(b"chan") + 8
        for tag in range(113, 151):
            files.append(tmp_path / f"{tag}_{count}.mov")
            files[-1].write_bytes(raw[:at] + struct.pack(">I", tag << 16 | count) + raw[at + 4 :])
    answers = read_elsewhere(files)
    texts = [str(a) for a in answers.values() if not isinstance(a, int)]
    assert any("got '6 channels (FL+FC+FR+SL+SR+LFE)': export the file anew in stereo" in t for t in texts)
    assert all("usual order" in t or "at most 7" in t for t in texts)
    assert any(isinstance(a, int) for a in answers.values())


def test_the_log_level_of_the_user_is_kept(tmp_path):
    file = write_sound(tmp_path / "a.wav", "pcm_s16le", "stereo")
    for level in (None, av.logging.ERROR):
        av.logging.set_level(level)
        try:
            read_sound(file)
            assert av.logging.get_level() == level
        finally:
            av.logging.set_level(None)


@pytest.mark.parametrize(
    "layout", ["", "mono", "5.1(side)", "7 channels", "2 channels (FL+LFE)", "1 channels (SL)", "downmix"]
)
def test_layouts_that_can_be_read(layout):
    check_layout(layout)


@pytest.mark.parametrize(
    ("layout", "text"),
    [
        ("7.1", "at most 7 channels .* got 8: export"),
        ("24 channels", "got 24"),
        ("2 channels (FR+FL)", "usual order"),
        ("2 channels (FL+FL)", "usual order"),
        ("2 channels (FL+USR5)", "usual order"),
        ("ambisonic 1", "usual order .* got 'ambisonic 1': export the file anew in stereo"),
        ("nonsense", "usual order"),
    ],
)
def test_layouts_that_are_refused(layout, text):
    with pytest.raises(ValueError, match=text):
        check_layout(layout)
