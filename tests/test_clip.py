"""Clip refuses what does not fit together, and says why."""

import dataclasses

import numpy as np
import pytest

from mmseg_edu.clip import Clip

FRAMES = np.zeros((4, 6, 8, 3), np.float32)
TIMES = np.array([0.0, 0.25, 0.5, 1.0])
SOUND = np.zeros(16000, np.float32)


def test_holds_what_it_was_given():
    labels = np.zeros((4, 6, 8), np.uint8)
    clip = Clip(FRAMES, TIMES, SOUND, np.int64(16000), labels, duration=3)
    assert clip.frames is FRAMES
    assert clip.sound is SOUND
    assert clip.labels is labels
    assert (type(clip.rate), clip.rate, clip.duration) == (int, 16000, 3.0)
    with pytest.raises(dataclasses.FrozenInstanceError):
        clip.rate = 8000


def test_duration_is_worked_out():
    assert Clip(FRAMES, TIMES).duration == 1.5, "the last picture stays as long as the one before it"
    assert Clip(FRAMES, TIMES, SOUND, 16000).duration == 1.5
    assert Clip(FRAMES, TIMES, SOUND, 8000).duration == 2.0, "the sound is longer"
    assert Clip(FRAMES[:1], TIMES[:1]).duration == 0.04
    assert Clip(FRAMES[:1], TIMES[:1], SOUND[:160], 16000).duration == 0.01, "a still picture with its sound"


def test_no_track_is_not_silence():
    assert Clip(FRAMES, TIMES).sound is None
    assert "no sound track" in repr(Clip(FRAMES, TIMES))
    assert "16000 samples" in repr(Clip(FRAMES, TIMES, SOUND, 16000))


def bad(array, value, at=0):
    array = array.copy()
    array.reshape(-1)[at] = value
    return array


@pytest.mark.parametrize(
    ("change", "error", "text"),
    [
        ({"frames": [[0.0]]}, TypeError, "frames must be a NumPy array, got list"),
        (
            {"frames": np.zeros((4, 6, 8, 3), np.uint8)},
            TypeError,
            r"frames must be float32, got uint8: .* / 255",
        ),
        ({"frames": FRAMES[0]}, ValueError, r"shape \(T, H, W, 3\), got \(6, 8, 3\): .*np.newaxis"),
        ({"frames": FRAMES[..., :1]}, ValueError, r"got \(4, 6, 8, 1\)"),
        ({"frames": FRAMES[:0]}, ValueError, "at least one picture"),
        ({"frames": bad(FRAMES, 1.5)}, ValueError, r"lie in \[0, 1\] without NaN, got 0 to 1.5"),
        ({"frames": bad(FRAMES, np.nan)}, ValueError, r"without NaN, got nan"),
        ({"times": TIMES[:3]}, ValueError, r"times must have shape \(T,\) = \(4,\).* got \(3,\)"),
        ({"times": TIMES.astype(np.float32)}, TypeError, "times must be float64, got float32"),
        (
            {"times": TIMES[[0, 1, 1, 3]]},
            ValueError,
            r"strictly increasing, got times\[1\] = 0.25 and times\[2\] = 0.25",
        ),
        ({"times": TIMES - 1}, ValueError, "finite and 0 or more, got -1.0"),
        ({"times": bad(TIMES, np.inf, 3)}, ValueError, "finite"),
        ({"sound": SOUND}, ValueError, "sound and rate go together, got a sound without a rate"),
        ({"rate": 16000}, ValueError, "sound and rate go together, got a rate without a sound"),
        ({"sound": SOUND, "rate": 0}, ValueError, "rate must be 1 Hz or more, got 0"),
        ({"sound": SOUND, "rate": 16000.0}, TypeError, "rate must be a whole number"),
        ({"sound": SOUND[:0], "rate": 16000}, ValueError, "sound=None for no sound track, zeros for silence"),
        (
            {"sound": np.zeros((2, 9), np.float32), "rate": 9},
            ValueError,
            r"sound must have shape \(N,\).*to_mono",
        ),
        (
            {"sound": bad(SOUND, -2), "rate": 9},
            ValueError,
            r"sound must lie in \[-1, 1\] without NaN, got -2",
        ),
        (
            {"sound": SOUND.astype(np.int16), "rate": 9},
            TypeError,
            "sound must be float32, got int16: .*32768",
        ),
        (
            {"labels": np.zeros((4, 3, 8), np.uint8)},
            ValueError,
            r"\(4, 6, 8\) to match .* got \(4, 3, 8\): resize",
        ),
        ({"labels": np.zeros((4, 6, 8), int)}, TypeError, "labels must be uint8"),
        ({"duration": 0.5}, ValueError, "no less than the last picture's time 1.0 s, got 0.5"),
        ({"duration": np.nan}, ValueError, "duration must be finite"),
        ({"duration": "2"}, TypeError, "duration must be a number of seconds, got '2'"),
    ],
)
def test_refuses_with_rule_value_and_remedy(change, error, text):
    with pytest.raises(error, match=text):
        Clip(**({"frames": FRAMES, "times": TIMES} | change))


def test_limits_belong_to_what_is_allowed():
    ends = np.array([0, 1, 0.5], np.float32)
    clip = Clip(FRAMES + 1, TIMES, np.array([-1, 1], np.float32), 1, duration=TIMES[-1])
    assert (clip.rate, clip.duration) == (1, 1.0)
    assert Clip(ends.reshape(1, 1, 1, 3), np.zeros(1)).frames.shape == (1, 1, 1, 3)
    with pytest.raises(ValueError, match="above 0 s"):
        Clip(FRAMES[:1], TIMES[:1], duration=0)
    with pytest.raises(ValueError, match="without NaN"):
        Clip(np.nextafter(FRAMES + 1, np.float32(2)), TIMES)
