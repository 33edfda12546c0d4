"""At the limits: how much sound fits, how much of a track may be missing, which rates AAC knows."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from mmseg_edu.clip import read_sound, write_video
from mmseg_edu.clip.decoding import Decoded, Outcome
from mmseg_edu.clip.gathering import Chunks, Pictures
from mmseg_edu.clip.planning import Plan
from mmseg_edu.clip.probing import Contents, Track
from mmseg_edu.clip.wholeness import check_whole

PICTURES = Track(0, "vp9", 2.0, 1e-3, height=48, width=64, frames_per_second=8.0)
SOUND = Track(1, "opus", 2.0, 1e-3, rate=8000, layout="mono")


def frame_of_sound(count=1000, rate=8000):
    frame = av.AudioFrame.from_ndarray(np.full((1, count), 0.25, np.float32), "fltp", "mono")
    frame.sample_rate, frame.time_base = rate, Fraction(1, rate)
    return frame


# Memory


def test_decoded_sound_may_take_max_bytes_and_not_a_byte_more():
    fits, does_not = Chunks(0.0, SOUND, 24_000), Chunks(0.0, SOUND, 23_999)  # 1000 samples of 4 bytes, twice.
    for k in range(3):
        fits.keep(frame_of_sound(), k / 8)
    for k in range(2):
        does_not.keep(frame_of_sound(), k / 8)
    with pytest.raises(ValueError, match=r"got the sound up to 0.25 s, which needs 0.024 MB or more"):
        does_not.keep(frame_of_sound(), 2 / 8)


@pytest.mark.parametrize("seconds", [1.0, 10.0])
def test_silence_between_sounds_takes_memory_too(seconds):
    laid_out, collected = round(seconds * 8000) * 4, 4000
    for max_bytes in (laid_out + collected, laid_out - 1):
        chunks = Chunks(0.0, SOUND, max_bytes)
        chunks.keep(frame_of_sound(), 0.0)
        if max_bytes < laid_out:
            with pytest.raises(ValueError, match=r"got the sound, which needs .* MB or more"):
                chunks.assembled(seconds, None)
        else:
            assert chunks.assembled(seconds, None).tolist() == [0.25] * 1000 + [0.0] * (laid_out // 4 - 1000)


# Wholeness


def verdict(
    seen: Outcome | None = None,
    heard: Outcome | None = None,
    *,
    stop=np.inf,
    video: Track | None = PICTURES,
    sound: Track | None = SOUND,
    **claims,
) -> str:
    """What `check_whole` says of a file of 2 s in which so much was seen and heard; nothing where it is whole."""
    claims = {"end": 2.0, "zero": 0.0, "missing": 0, "times_last_picture": False} | claims
    contents = Contents(Path("film.webm"), video if seen else None, sound if heard else None, **claims)
    decoded = Decoded(Pictures(None, 10**6), Chunks(0.0, SOUND, 10**6), seen, heard)
    decoded.pictures.times = [0.0, 0.125] if seen else []
    try:
        check_whole(contents, Plan(0.0, stop, None, None, 10**6), decoded)
    except ValueError as error:
        return str(error)
    return ""


def test_a_fault_or_missing_bytes_each_forgive_nothing():
    assert verdict(Outcome(1.9), Outcome(1.9)) == "", "coders round, and pad, by a few frames"
    said = verdict(Outcome(1.9, fault="its data are damaged at 1.9 s"), Outcome(2.0, complete=True))
    assert "the picture track stops at 1.90 s of 2.00 s: its data are damaged at 1.9 s" in said
    said = verdict(Outcome(2.0, complete=True), Outcome(1.9), missing=7)
    assert "the sound track stops at 1.90 s of 2.00 s: 7 bytes are missing at its end" in said
    assert verdict(Outcome(1.999, fault="damaged"), missing=7) == "", "nothing that was asked for is lacking"


def test_reaching_the_end_does_not_undo_a_fault_before_it():
    assert "damaged at 1.0 s" in verdict(Outcome(1.0, complete=True, fault="damaged at 1.0 s"))
    assert verdict(Outcome(1.0, complete=True)) == "", (
        "decoded to the end: what its length says counts padding"
    )


def test_of_a_healthy_track_two_and_a_half_pictures_may_be_missing():
    assert verdict(Outcome(1.688)) == ""
    assert "stops at 1.68 s" in verdict(Outcome(1.682)), "2.5 pictures of 1/8 s"
    assert verdict(heard=Outcome(1.852)) == ""
    assert "the sound track stops at 1.85 s" in verdict(heard=Outcome(1.848)), "0.15 s"
    slow = Track(0, "vp9", 9.0, 1e-3, frames_per_second=0.5)
    assert verdict(Outcome(8.01), video=slow, end=9.0) == ""
    assert "stops at 7.99 s" in verdict(Outcome(7.99), video=slow, end=9.0), "and never more than a second"


def test_only_a_listed_track_with_a_loose_clock_may_end_when_it_likes():
    listed = Track(0, "mpeg4", 2.0, 1e-3, frames_per_second=8.0, listed=(0, 125))
    assert verdict(Outcome(1.0), video=listed, loose_clock=True) == ""
    assert "no more data follow" in verdict(Outcome(1.0), video=listed)
    assert "no more data follow" in verdict(Outcome(1.0), loose_clock=True)


def test_a_track_that_names_no_end_is_measured_by_the_file_when_no_other_names_one():
    endless = Track(0, "vp9", None, 1e-3, frames_per_second=8.0)
    assert "the picture track stops at 1.00 s of 2.00 s" in verdict(Outcome(1.0), video=endless)
    assert verdict(Outcome(1.0), video=endless, end=None) == "", "nobody says when it ends"
    assert verdict(Outcome(1.0), Outcome(2.0, complete=True), video=endless) == "", "the sound has an end"
    assert "the sound track" in verdict(Outcome(2.0, complete=True), Outcome(1.0), video=endless)


def test_what_can_be_saved_ends_where_the_first_track_breaks():
    said = verdict(Outcome(1.5, fault="damaged"), Outcome(1.257, fault="damaged"))
    assert "the first 1.25 s can be read; read only those with duration=1.25" in said
    assert verdict(Outcome(1.5, fault="damaged"), Outcome(1.257, fault="damaged"), stop=1.2) == ""
    assert "nothing can be read from there" in verdict(Outcome(0.004, fault="damaged"))


# Rates


@pytest.mark.parametrize(
    ("rate", "kept"), [(8000, 8000), (64000, 64000), (88200, 88200), (96000, 96000), (96001, 48000)]
)
def test_aac_keeps_each_rate_that_it_knows(tmp_path, make_clip, rate, kept):
    clip = make_clip(times=[0.0, 0.1], duration=0.3, rate=rate)
    sound, found = read_sound(write_video(clip, tmp_path / "clip.mp4"))
    assert found == kept
    assert len(sound) == pytest.approx(0.3 * kept, abs=1)
