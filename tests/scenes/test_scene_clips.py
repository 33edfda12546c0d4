"""Clips: what depends on the seed, what does not depend on the sound, and motion in time with the onsets."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmseg_edu.scenes import CLASSES, counterfactuals, make_clip, onset_times

NAMES = CLASSES[1:]
SHORT = {"duration": 0.75, "fps": 4.0, "rate": 8000}


def test_same_seed_same_bytes_in_another_process() -> None:
    code = (
        "import hashlib, sys; from mmseg_edu.scenes import make_clip; c = make_clip(7, duration=0.75);"
        "print(hashlib.sha256(c.frames.tobytes() + c.sound.tobytes() + c.labels.tobytes()).hexdigest())"
    )
    runs = {
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout for _ in range(2)
    }
    assert len(runs) == 1


def test_different_seeds_differ_and_a_generator_is_a_seed() -> None:
    one, other = make_clip(1, **SHORT), make_clip(2, **SHORT)
    assert np.abs(one.frames - other.frames).mean() > 0.02
    again = [make_clip(np.random.default_rng(5), **SHORT) for _ in range(2)]
    np.testing.assert_array_equal(again[0].frames, again[1].frames)


def test_frames_do_not_depend_on_what_is_heard() -> None:
    clips = [make_clip(3, heard=heard, **SHORT) for heard in (None, (), ("bell",), NAMES)]
    for clip in clips[1:]:
        np.testing.assert_array_equal(clip.frames, clips[0].frames)


def test_pictures_and_sounds_lie_on_the_grid_of_a_file() -> None:
    clip = make_clip(4, snr_db=0.0, image_noise=0.2, **SHORT)
    np.testing.assert_allclose(clip.frames * 255, np.rint(clip.frames * 255), atol=1e-4)
    np.testing.assert_allclose(clip.sound * 32767, np.rint(clip.sound * 32767), atol=1e-2)


def test_a_pixel_is_labelled_when_its_thing_sounds_and_only_then() -> None:
    clips = counterfactuals(11, objects=("bell", "drum", "bird"), **SHORT)
    assert list(clips) == ["bell", "drum", "bird", "silence", "noise", "off_screen"]
    alone = [clips[name].labels for name in ("bell", "drum", "bird")]
    for name, labels in zip(("bell", "drum", "bird"), alone, strict=True):
        assert set(np.unique(labels)) == {0, CLASSES.index(name)}
    together = make_clip(11, objects=("bell", "drum", "bird"), heard=("bell", "drum", "bird"), **SHORT)
    np.testing.assert_array_equal(together.labels, sum(alone))
    for kind in ("silence", "noise", "off_screen"):
        assert not clips[kind].labels.any()
        np.testing.assert_array_equal(clips[kind].frames, clips["bell"].frames)


def test_silence_is_zeros_and_noise_has_the_stated_loudness() -> None:
    clips = counterfactuals(2, **SHORT)
    assert not clips["silence"].sound.any()
    assert np.sqrt(np.mean(clips["noise"].sound ** 2)) == pytest.approx(0.1, rel=0.05)
    hiss = make_clip(2, heard=(), snr_db=20.0, **SHORT)
    assert np.sqrt(np.mean(hiss.sound**2)) == pytest.approx(0.01, rel=0.05)
    assert clips["off_screen"].sound.std() > 0.05


def test_all_four_visible_leaves_no_off_screen_sound() -> None:
    assert "off_screen" not in counterfactuals(0, objects=4, **SHORT)


@pytest.mark.parametrize("name", NAMES)
def test_what_moves_and_what_sounds_strike_together(name: str) -> None:
    options = {"objects": (name,), "heard": (name,), "image_noise": 0.0, "clutter": 0, "fps": 50.0}
    clip = make_clip(21, snr_db=np.inf, **options)
    onsets = onset_times(21, objects=(name,))[name]
    change = np.abs(np.diff(clip.frames, axis=0)).mean((1, 2, 3))
    for onset in onsets[(onsets > 0.1) & (onsets < 1.9)]:
        frame = int(np.ceil(onset * 50 - 1e-9))
        before, jump = change[frame - 2], change[frame - 1]
        assert jump > 2 * before, "the picture jumps in the first frame at or after the onset"
    first = np.flatnonzero(clip.sound)[0] / clip.rate
    assert first == pytest.approx(onsets[0], abs=0.004)


@pytest.mark.parametrize("offset", [0.2, -0.15])
def test_offset_moves_the_sound_and_not_the_picture(offset: float) -> None:
    options = {"objects": ("drum",), "heard": ("drum",), "snr_db": np.inf}
    still, late = make_clip(9, **options), make_clip(9, offset=offset, **options)
    np.testing.assert_array_equal(still.frames, late.frames)
    starts = {round(t + offset, 6) for t in onset_times(9, duration=4.0, objects=("drum",))["drum"]}
    n = int(0.003 * 16000)
    loud = np.convolve(np.abs(late.sound), np.ones(n), "valid")
    for start in (s for s in starts if 0.02 < s < 1.95):
        k = round(start * 16000)
        assert loud[k] > loud[k - n], "a hit is heard at its onset plus the offset"


def test_look_alikes_are_silent() -> None:
    both = make_clip(5, objects=("bird", "bird"), heard=("bird",), moving=False, **SHORT)
    one_each = both.labels[0] == 4
    mixed = make_clip(5, objects=("bird", "bird"), heard=(), moving=False, **SHORT)
    assert one_each.any()
    assert not mixed.labels.any()
    rows, columns = np.nonzero(one_each)
    assert np.ptp(rows) < 50
    assert np.ptp(columns) < 50


def test_a_still_clip_does_not_move() -> None:
    clip = make_clip(8, moving=False, image_noise=0.0, **SHORT)
    np.testing.assert_array_equal(clip.frames, np.repeat(clip.frames[:1], len(clip.frames), axis=0))


def test_noise_and_clutter_leave_the_rest_of_the_scene_alone() -> None:
    plain = make_clip(6, image_noise=0.0, clutter=0, moving=False, **SHORT)
    noisy = make_clip(6, image_noise=0.1, clutter=0, moving=False, **SHORT)
    littered = make_clip(6, image_noise=0.0, clutter=6, moving=False, **SHORT)
    np.testing.assert_array_equal(plain.labels, littered.labels)
    assert 0.05 < np.std(noisy.frames - plain.frames) < 0.105
    assert (littered.frames != plain.frames).mean() > 0.05


def test_the_same_scene_at_another_size() -> None:
    small, large = (
        make_clip(13, size=size, moving=False, heard=NAMES, **SHORT).labels[0] for size in (64, 128)
    )
    assert (large[::2, ::2] == small).mean() > 0.97


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 2**63),
    size=st.integers(16, 96),
    objects=st.one_of(
        st.none(), st.integers(1, 4), st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True)
    ),
    heard=st.one_of(st.none(), st.lists(st.sampled_from(NAMES), unique=True)),
    image_noise=st.floats(0, 1),
    snr_db=st.one_of(st.floats(-60, 80), st.just(np.inf)),
    overlap=st.floats(0, 0.9),
    clutter=st.integers(0, 8),
    offset=st.floats(-2, 2),
    moving=st.booleans(),
)
def test_any_scene_is_a_valid_clip(**options: object) -> None:
    clip = make_clip(**options, duration=0.75, fps=4.0, rate=8000)  # type: ignore[arg-type]
    assert clip.frames.dtype == np.float32
    assert clip.frames.min() >= 0
    assert clip.frames.max() <= 1
    assert np.abs(clip.sound).max() < 1
    assert np.isfinite(clip.sound).all()
    if options["heard"] is not None:
        assert set(np.unique(clip.labels)) <= {0, *(CLASSES.index(name) for name in options["heard"])}


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"size": 8}, ValueError, "size must be from 16 to 1024 pixels, got 8"),
        ({"size": 64.0}, TypeError, "size must be a whole number, got 64.0"),
        ({"duration": 0.1}, ValueError, "duration must be from 0.75 to 60.0 seconds"),
        ({"rate": 4000}, ValueError, "rate must be from 8000 to 96000 Hz, got 4000"),
        ({"overlap": 1.0}, ValueError, "overlap must be at least 0 and below 1, got 1.0"),
        ({"snr_db": float("nan")}, ValueError, "snr_db must be -60 dB or more, got nan"),
        ({"snr_db": "loud"}, TypeError, "snr_db must be a number, got 'loud'"),
        ({"objects": "bell"}, TypeError, r"got the string 'bell': write \('bell',\)"),
        ({"objects": 5}, ValueError, "objects must be from 1 to 4 classes, got 5"),
        ({"objects": ()}, ValueError, "objects must name from 1 to 6 things, got 0"),
        ({"objects": ("bell",) * 4}, ValueError, "at most 3 times, got 'bell'"),
        ({"objects": ("cello",)}, ValueError, "objects must be chosen from .* got 'cello'"),
        ({"objects": {"bell": 1}}, TypeError, "objects must be a sequence of names"),
        ({"heard": ("bell", "bell")}, ValueError, "heard must name each class once"),
        ({"offset": 3}, ValueError, "offset must be from -2.0 to 2.0 seconds, got 3"),
        ({"clutter": -1}, ValueError, "clutter must be from 0 to 32 distractors, got -1"),
        ({"image_noise": True}, TypeError, "image_noise must be a number, got True"),
    ],
)
def test_bad_options_are_refused(options: dict[str, object], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        make_clip(0, **options)  # type: ignore[arg-type]


def test_bad_seeds_and_counterfactual_options_are_refused() -> None:
    with pytest.raises(ValueError, match="seed must not be negative, got -1"):
        make_clip(-1)
    with pytest.raises(TypeError, match=r"seed must be an int or a numpy.random.Generator, got 'x'"):
        make_clip("x")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="counterfactuals hears every class in turn, got heard"):
        counterfactuals(0, heard=("bell",))
    with pytest.raises(TypeError, match=r"takes the options of make_clip, got \['sizes'\]"):
        counterfactuals(0, sizes=3)
