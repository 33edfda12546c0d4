"""The picture of a moment, motion, and the offset between motion and sound."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from mmseg_edu.preprocess.image import rgb_to_gray
from mmseg_edu.preprocess.video import (
    align,
    blend_at,
    frame_at,
    motion_energy,
    onset_strength,
    optical_flow,
    resample_frames,
    shift_sound,
    synchrony,
)
from mmseg_edu.scenes import make_clip


@given(st.lists(st.floats(0, 10), min_size=1, max_size=12, unique=True), st.floats(-1, 12))
def test_frame_at_is_the_last_that_has_appeared(times, t):
    times = sorted(times)
    expected = 0
    for i, time in enumerate(times):
        if time <= t:
            expected = i
    assert frame_at(np.arange(len(times)), np.array(times), t) == expected


def test_frame_at_many_moments():
    frames, times = np.random.default_rng(0).random((4, 2, 3, 3)), np.array([0.0, 0.1, 0.4, 0.5])
    many = frame_at(frames, times, np.array([0.05, 0.45, 9.0]))
    np.testing.assert_array_equal(many, frames[[0, 2, 3]])
    assert frame_at(frames, times, 0.3).shape == (2, 3, 3)


@given(st.integers(1, 6), st.lists(st.floats(0, 5), min_size=1, max_size=9, unique=True), st.floats(0.1, 40))
def test_resampling_shows_what_is_on_show_and_invents_no_class(seed, times, fps):
    times = np.unique(np.round(times, 2))
    labels = np.random.default_rng(seed).choice([0, 3, 7], (len(times), 2, 2)).astype(np.uint8)
    shown, moments = resample_frames(labels, times, fps, duration=5.5)
    assert len(shown) == len(moments) == int(np.ceil(round(5.5 * fps, 6)))
    assert shown.dtype == labels.dtype
    np.testing.assert_allclose(moments, np.arange(len(moments)) / fps)
    np.testing.assert_array_equal(shown, frame_at(labels, times, moments + 1e-6 / fps))


@pytest.mark.parametrize("fps", [8, 12, 24, 25, 29.97, 30, 60, 240])
def test_a_constant_rate_stays_as_it_is(fps):
    """Times that a file has rounded to the millisecond give each picture once, none twice."""
    count = 7 * round(fps)
    times = np.arange(count) / fps
    for given_times in (times, np.floor(times * 90000) / 90000):
        shown, _ = resample_frames(np.arange(count), given_times, fps, duration=count / fps)
        np.testing.assert_array_equal(shown, np.arange(count))
    shown, _ = resample_frames(np.arange(count), times, fps)
    np.testing.assert_array_equal(shown, np.arange(count))


def test_resampling_asks_for_moment_0_in_any_case():
    """Before any picture's time, after all of them, and at a rate whose millionth part is seconds."""
    for times, fps, duration in (([1.0, 2.0], 1e-7, 3.0), ([0.0, 1.0], 1e-7, None), ([0.0, 1.0], 0.1, 3.0)):
        frames, moments = resample_frames(np.array([10, 20]), np.array(times), fps, duration=duration)
        assert (frames.tolist(), moments.tolist()) == ([10], [0.0])
    frames, moments = resample_frames(np.array([10, 20]), np.array([-2.0, -1.0]), 5)
    assert (frames.tolist(), moments.tolist()) == ([20], [0.0])


@given(st.lists(st.floats(0, 9, width=32), min_size=1, max_size=8, unique=True), st.floats(-2, 11))
def test_blending_is_linear_interpolation_and_stays_between(times, t):
    times = np.sort(np.array(times, np.float64))
    frames = np.random.default_rng(len(times)).random((len(times), 3))
    mixed = blend_at(frames, times, t)
    np.testing.assert_allclose(mixed, [np.interp(t, times, frames[:, k]) for k in range(3)], atol=1e-9)
    assert (mixed >= frames.min(axis=0)).all()
    assert (mixed <= frames.max(axis=0)).all()
    np.testing.assert_allclose(blend_at(frames, times, times), frames, atol=1e-12)
    assert blend_at(frames.astype(np.float32), times, np.array([t, t])).dtype == np.float32


def test_motion_energy_by_hand():
    frames = np.zeros((4, 10, 10, 3), np.float32)
    frames[1:, :, :5] = 1.0
    frames[3] = 1.0
    np.testing.assert_allclose(motion_energy(frames), [0, 0.5, 0, 0.5])
    noise = np.random.default_rng(0).normal(0, 0.1, (3, 100, 100))
    np.testing.assert_allclose(motion_energy(noise)[1:], 0.02, rtol=0.05, err_msg="twice the variance")
    assert motion_energy(frames[:1]).tolist() == [0]
    np.testing.assert_allclose(motion_energy(frames, cells=2)[1], [[1, 0], [1, 0]])
    assert motion_energy(frames, cells=99).shape == (4, 10, 10), "at most one cell a pixel"


@given(st.integers(1, 12), st.integers(1, 12), st.integers(1, 9))
def test_cells_cover_the_picture(height, width, cells):
    frames = np.random.default_rng(0).random((3, height, width, 3))
    energy = motion_energy(frames, cells=cells)
    rows, columns = (np.array_split(np.arange(side), min(cells, side)) for side in (height, width))
    assert energy.shape[1:] == (len(rows), len(columns))
    if height % len(rows) == 0 and width % len(columns) == 0:
        np.testing.assert_allclose(energy.mean(axis=(1, 2)), motion_energy(frames))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_noise_adds_twice_its_variance(dtype):
    for level in (0.001, 0.1):
        noise = np.random.default_rng(0).normal(0.1, level, (9, 64, 64, 3)).astype(dtype)
        spread = noise.astype(np.float64).std()
        np.testing.assert_allclose(motion_energy(noise)[1:], 2 * spread**2, rtol=0.05)


@pytest.mark.parametrize("rate", [1000, 1234, 8000, 16000, 22050, 44100, 48000])
def test_a_steady_tone_has_no_onsets_and_one_that_begins_has(rate):
    t, moments = np.arange(rate) / rate, np.linspace(0.2, 0.8, 301)
    for frequency in [0.45 * rate, *np.geomspace(20, 0.97 * rate / 2, 7)]:
        for phase in (0, 1, np.pi / 2):
            steady = np.sin(2 * np.pi * frequency * t + phase)
            assert onset_strength(steady, rate, moments).max() < 0.01
            assert 0.5 < onset_strength(steady * (t >= 0.5), rate, np.array([0.48, 0.52]))[1] < 5.5


def test_outside_the_sound_is_silence():
    moments = np.array([-1e300, -5.0, 5.0, 1e300])
    assert onset_strength(np.ones(800), 800 * 10, moments)[[0, 1, 3]].tolist() == [0, 0, 0]
    assert not onset_strength(np.ones(8000), 8000, np.array([2.0, 3.0])).any()


@pytest.mark.parametrize("rate", [8000, 16000, 44100])
def test_onsets_are_where_it_grows_louder(rate):
    sound = np.zeros(rate)
    sound[rate // 2 : 3 * rate // 4] = np.random.default_rng(0).normal(0, 0.1, rate // 4)
    grid = np.arange(0, 1, 0.001)
    strength = onset_strength(sound, rate, grid)
    early = grid[np.searchsorted(np.cumsum(strength), 0.01 * strength.sum())]
    half = grid[np.searchsorted(np.cumsum(strength[grid < 0.52]), strength[grid < 0.52].sum() / 2)]
    assert 0.491 < early < 0.5, "up to 8 ms early, and the grid's millisecond"
    assert half == pytest.approx(0.5, abs=0.008)
    assert not strength[grid < 0.49].any()
    assert not strength[grid > 0.76].any(), "falling silent is no onset"
    assert not onset_strength(np.zeros(rate), rate, grid).any()


@given(st.lists(st.floats(-0.2, 1.2), min_size=2, max_size=9), st.integers(0, 9))
def test_rises_add_up(moments, seed):
    moments, sound = np.sort(moments), np.random.default_rng(seed).normal(0, 0.1, 8000)
    strength = onset_strength(sound, 8000, moments)
    assert strength[0] == 0
    assert (strength >= 0).all()
    assert strength.sum() == pytest.approx(onset_strength(sound, 8000, moments[[0, -1]])[1])


def test_rises_by_a_slow_loop():
    """The formula, millisecond by millisecond, on a chirp that swells."""
    t = np.arange(1600) / 8000
    sound = np.sin(2 * np.pi * (300 + 4000 * t) * t) * (0.1 + t)
    padded, window = np.pad(sound, (64, 128)), np.hanning(129)[:-1]
    edges = np.exp(np.linspace(0, np.log(64), 25))[:-1]
    levels = []
    for ms in range(201):
        power = (
            np.abs(np.fft.rfft(padded[8 * ms : 8 * ms + 128] * window)) ** 2 * 2 / (128 * np.sum(window**2))
        )
        bands = {}
        for k in range(1, 65):
            band = int(np.sum(edges <= k * (1 + 1e-9)))
            bands[band] = bands.get(band, 0) + power[k]
        levels.append(np.log(np.sqrt(list(bands.values())) + 1e-3))
    silence = np.full(len(levels[0]), np.log(1e-3))
    rises = [
        np.mean(np.maximum(0, levels[u] - np.max([silence, *levels[max(0, u - 50) : u]], axis=0)))
        for u in range(201)
    ]
    moments = np.arange(201) / 1000
    np.testing.assert_allclose(onset_strength(sound, 8000, moments)[1:], rises[1:], atol=1e-9)


def textured(rows, columns, seed=0):
    """A picture whose texture was moved so many pixels down and to the right, cut from a larger one."""
    noise = np.random.default_rng(seed).random((96, 112))
    smooth = gaussian_filter(noise, 1.5)
    smooth = (smooth - smooth.min()) / np.ptp(smooth)
    return smooth[16 - rows : 80 - rows, 16 - columns : 96 - columns]


@pytest.mark.parametrize(("down", "right"), [(0, 0), (2, 0), (0, 2), (-1, 0), (0, -3), (2, -1), (-2, 3)])
def test_the_flow_points_where_the_picture_went(down, right):
    flow = optical_flow(textured(0, 0), textured(down, right))
    assert flow.shape == (64, 80, 2)
    np.testing.assert_allclose(np.median(flow, axis=(0, 1)), [down, right], atol=0.15)
    inner = flow[8:-8, 8:-8] - [down, right]
    assert np.median(np.hypot(*np.moveaxis(inner, -1, 0))) < 0.15


def test_only_what_moves_flows_and_colours_are_made_gray():
    before, after = textured(0, 0), textured(0, 0)
    after[20:40, 30:50] = textured(0, 2)[20:40, 30:50]
    flow = np.hypot(*np.moveaxis(optical_flow(before, after), -1, 0))
    assert np.median(flow[24:36, 34:46]) > 1.5
    assert np.median(flow[50:]) < 0.2
    color = np.stack([before, 0.5 * before, 0.2 * before], axis=-1)
    gray = rgb_to_gray(color)
    np.testing.assert_allclose(
        optical_flow(color, np.roll(color, 1, axis=0)),
        optical_flow(gray, np.roll(gray, 1, axis=0)),
        atol=1e-9,
    )
    assert not optical_flow(before, before).any()


def test_where_there_is_no_texture_no_motion_is_seen():
    assert not optical_flow(np.full((20, 20), 0.5), np.full((20, 20), 0.5)).any()


def strokes(late, fps, seconds=4.0, rate=16000, seed=0):
    """Something moves at irregular moments, and is heard `late` seconds after."""
    rng = np.random.default_rng(seed)
    moments = np.cumsum(rng.uniform(0.3, 0.9, 20))
    moments = moments[moments < seconds - 0.6]
    times = np.arange(round(seconds * fps)) / fps
    place = np.searchsorted(moments, times, side="right")
    frames = rng.normal(0, 0.01, (len(times), 8, 8)) + (place % 2)[:, np.newaxis, np.newaxis] * 0.5
    t = np.arange(round(seconds * rate)) / rate
    sound = 1e-3 * rng.standard_normal(len(t))
    for moment in moments:
        after = t - moment - late
        sound += 0.4 * np.sin(2 * np.pi * 500 * t) * np.exp(-15 * np.clip(after, 0, None)) * (after >= 0)
    return frames, times, sound, rate


@pytest.mark.parametrize("late", [-0.3, -0.1, 0.0, 0.05, 0.2, 0.4])
@pytest.mark.parametrize(("fps", "within"), [(8, 0.025), (25, 0.012)])
def test_align_recovers_the_offset(late, fps, within):
    found = align(*strokes(late, fps))
    assert found.offset == pytest.approx(late, abs=within)
    assert found.synchrony > 0.6
    assert found.sureness > 0.3


def test_align_counts_time_and_not_pictures():
    """Half of the pictures are dropped at random: the times know, a frame count would not."""
    frames, times, sound, rate = strokes(0.2, 50)
    kept = np.sort(np.random.default_rng(3).permutation(len(times))[: len(times) // 2])
    assert align(frames[kept], times[kept], sound, rate).offset == pytest.approx(0.2, abs=0.015)


def test_the_rate_of_the_sound_and_a_start_other_than_0_do_not_matter():
    for rate in (8000, 22050, 44100):
        assert align(*strokes(0.1, 25, rate=rate)).offset == pytest.approx(0.1, abs=0.012)
    frames, times, sound, rate = strokes(0.1, 25)
    assert align(frames[20:], times[20:], sound, rate).offset == pytest.approx(0.1, abs=0.02)


def test_align_finds_nothing_where_nothing_is():
    frames, times, sound, rate = strokes(0.1, 25)
    for still in (np.zeros_like(frames), np.full_like(frames, 0.1), frames[:1].repeat(len(frames), axis=0)):
        assert align(still, times, sound, rate) == (0.0, 0.0, 0.0)
    assert align(frames, times, 0 * sound, rate) == (0.0, 0.0, 0.0)
    apart = align(frames, times, strokes(0.1, 25, seed=5)[2], rate)
    assert apart.synchrony < align(frames, times, sound, rate).synchrony - 0.2, "what moves is what sounds"


def beats(period, late=0.1, fps=25, seconds=4.0, rate=16000):
    """A jump and a burst of noise at every beat of a clockwork."""
    times, t = np.arange(round(seconds * fps)) / fps, np.arange(round(seconds * rate)) / rate
    rng = np.random.default_rng(1)
    frames = rng.normal(0, 0.01, (len(times), 16, 16))
    frames[:, 4:8, 4:8] += (np.floor((times - 0.11) / period) % 2)[:, np.newaxis, np.newaxis] * 0.5
    phase = (t - 0.11 - late) % period
    return (
        frames,
        times,
        1e-3 * rng.normal(size=len(t)) + 0.2 * rng.normal(size=len(t)) * np.exp(-30 * phase),
        rate,
    )


@pytest.mark.parametrize("period", [0.2, 0.25, 0.32, 0.4])
def test_a_rhythm_that_fits_again_a_beat_later_leaves_it_unsure(period):
    scene = beats(period)
    found = align(*scene)
    assert found.synchrony == pytest.approx(0.5, abs=0.02), "the fourth root of the 4 cells in 64 that agree"
    assert found.sureness < 0.1
    assert abs(((found.offset - 0.1) / period + 0.5) % 1 - 0.5) * period < 0.03, "one of the beats"
    near = align(*scene, max_offset=period / 2 - 0.02)
    assert near.offset == pytest.approx(0.1, abs=0.03) or period < 0.25


def test_on_unseen_scenes_most_offsets_are_found_and_none_is_sure_and_wrong():
    found = []
    for seed in range(60_000, 60_015):
        clip = make_clip(seed, size=48, fps=25, duration=4.0, offset=0.2)
        found.append(align(clip.frames, clip.times, clip.sound, clip.rate))
    wrong = np.abs([each.offset - 0.2 for each in found])
    sure = np.array([each.sureness for each in found]) >= 0.1
    assert np.mean(wrong < 0.01) > 0.8
    assert sure.mean() > 0.7
    assert wrong[sure].max() < 0.04


def test_another_scenes_sound_is_rarely_called_sure():
    sure = 0
    for seed in range(61_000, 61_010):
        clip = make_clip(seed, size=48, fps=25, duration=4.0)
        other = make_clip(seed + 500, size=48, fps=1, duration=4.0).sound
        sure += align(clip.frames, clip.times, other, clip.rate).sureness >= 0.1
    assert sure <= 2


def test_sureness_is_0_where_no_rival_is_within_reach():
    assert align(*strokes(0.0, 25), max_offset=0.02).sureness == 0


def test_two_changes_say_nothing_three_may():
    frames, times, sound, rate = strokes(0.0, 25)
    peak = int(np.argmax(motion_energy(frames))) + 2
    for count, speaks in ((3, False), (4, True)):
        part = slice(peak - count, peak)
        found = synchrony(frames[part], times[part], sound, rate, np.array([0.0]))[0]
        assert (found > 0) == speaks


def test_the_offset_is_in_the_middle_of_the_run_around_the_best():
    scene = strokes(0.2, 8)
    offsets = np.arange(-500, 501) / 1000
    scores = synchrony(*scene, offsets)
    best = first = last = int(np.argmax(scores))
    while scores[first - 1] >= scores[best] - 0.02:
        first -= 1
    while scores[last + 1] >= scores[best] - 0.02:
        last += 1
    assert align(*scene).offset == pytest.approx((offsets[first] + offsets[last]) / 2, abs=1e-9)


def test_synchrony_by_a_slow_loop():
    frames, times, sound, rate = strokes(0.1, 12, seconds=2.5)
    frames = np.concatenate([frames, np.random.default_rng(1).random(frames.shape)], axis=2)[:, :, 3:14]
    for offset, got in zip(
        (-0.4, 0.0, 0.123), synchrony(frames, times, sound, rate, np.array([-0.4, 0, 0.123])), strict=True
    ):
        rise = onset_strength(sound, rate, times + offset)[1:]
        inside = (times[:-1] + offset >= 0.008) & (times[1:] + offset <= 2.5)
        agree = [
            max(0, np.corrcoef(np.sqrt(cell[1:][inside]), rise[inside])[0, 1])
            for cell in motion_energy(frames, cells=8).reshape(len(times), -1).T
        ]
        assert got == pytest.approx(np.mean(np.array(agree) ** 4) ** 0.25, abs=1e-9)


@given(st.integers(0, 50), st.floats(-0.01, 0.01))
def test_shift_sound_is_a_move_and_silence_enters(count, seconds):
    sound = np.random.default_rng(count).normal(size=count)
    late = int(np.rint(seconds * 8000))
    expected = [sound[n - late] if 0 <= n - late < count else 0.0 for n in range(count)]
    np.testing.assert_array_equal(shift_sound(sound, 8000, seconds), expected)


def test_what_align_finds_shift_sound_mends():
    frames, times, sound, rate = strokes(0.2, 25)
    mended = shift_sound(sound, rate, -align(frames, times, sound, rate).offset)
    assert align(frames, times, mended, rate).offset == pytest.approx(0, abs=0.002)
    assert mended.dtype == sound.dtype
    assert not shift_sound(sound, rate, 99.0).any()
    assert not shift_sound(sound, rate, -1e300).any()


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: frame_at(np.zeros(3), np.arange(2.0), 0), ValueError, r"2 times, got shape \(3,\)"),
        (lambda: frame_at(np.zeros(2), np.array([1.0, 1.0]), 0), ValueError, "strictly increasing"),
        (lambda: frame_at(np.zeros(2), np.arange(2.0), np.nan), ValueError, "t must be a number of seconds"),
        (lambda: frame_at(np.zeros(1), np.array([np.nan]), 0), ValueError, "strictly increasing"),
        (lambda: frame_at(np.zeros(2), np.array([0, np.inf]), 0), ValueError, "strictly increasing"),
        (lambda: motion_energy(np.full((2, 3, 3), np.nan)), ValueError, "frames must be finite"),
        (lambda: onset_strength(np.zeros(3), 8000, np.array([np.nan])), ValueError, "times must be finite"),
        (lambda: onset_strength(np.zeros(3), 8000, np.array([1.0, 0.0])), ValueError, "do not decrease"),
        (lambda: onset_strength(np.zeros(3), 999, np.zeros(1)), ValueError, "1000 Hz or more"),
        (lambda: motion_energy(np.zeros((2, 3, 3)), cells=0), ValueError, "cells must be a whole number"),
        (lambda: shift_sound(np.zeros(3), 8000, np.nan), ValueError, "seconds must be finite"),
        (lambda: shift_sound(np.zeros((3, 2)), 8000, 0.1), ValueError, "use to_mono"),
        (
            lambda: synchrony(np.zeros((3, 3, 3)), np.arange(3.0), np.zeros(9), 8000, np.array([np.inf])),
            ValueError,
            "offsets must be finite",
        ),
        (
            lambda: optical_flow(np.zeros((20, 20), np.uint8), np.zeros((20, 20))),
            TypeError,
            "before must be float",
        ),
        (
            lambda: optical_flow(np.zeros((20, 20)), np.full((20, 20), 9.0)),
            ValueError,
            r"after must lie in \[0, 1\]",
        ),
        (lambda: optical_flow(np.zeros((20, 20)), np.full((20, 20), np.nan)), ValueError, "without NaN"),
        (lambda: optical_flow(np.zeros((20, 20)), np.zeros((20, 21))), ValueError, "one shape"),
        (lambda: optical_flow(np.zeros((20, 20)), np.zeros((20, 20, 4))), ValueError, "16 pixels or more"),
        (lambda: optical_flow(np.zeros((15, 20)), np.zeros((15, 20))), ValueError, "16 pixels or more"),
        (lambda: optical_flow(np.zeros(20), np.zeros(20)), ValueError, r"got \(20,\)"),
        (lambda: blend_at(np.zeros(3, np.uint8), np.arange(3.0), 0.5), TypeError, "must never be blended"),
        (lambda: blend_at(np.zeros(3), np.arange(2.0), 0.5), ValueError, "one entry for each of the 2 times"),
        (lambda: resample_frames(np.zeros(3), np.arange(3.0), 0), ValueError, "fps must be above 0"),
        (lambda: resample_frames(np.zeros(3), np.arange(3.0), np.inf), ValueError, "fps must be above 0"),
        (
            lambda: resample_frames(np.zeros(3), np.arange(3.0), 5, duration=-1.0),
            ValueError,
            "duration must be above 0",
        ),
        (lambda: motion_energy(np.zeros((2, 3, 3, 3), np.uint8)), TypeError, "wrap around"),
        (lambda: motion_energy(np.zeros((3, 3))), ValueError, r"got \(3, 3\)"),
        (lambda: onset_strength(np.zeros((3, 2)), 8000, np.zeros(1)), ValueError, "use to_mono"),
        (
            lambda: onset_strength(np.zeros(3), 0, np.zeros(1)),
            ValueError,
            "rate must be a whole number of Hz, 1 or more, got 0",
        ),
        (
            lambda: onset_strength(np.zeros(3, np.int16), 8000, np.zeros(1)),
            TypeError,
            "floating point, got int16",
        ),
        (
            lambda: align(np.zeros((2, 3, 3)), np.arange(2.0), np.zeros(9), 8000),
            ValueError,
            "at least 3 pictures, got 2",
        ),
        (lambda: align(np.zeros((4, 3, 3)), np.arange(3.0), np.zeros(9), 8000), ValueError, r"shape \(4,\)"),
        (
            lambda: align(np.zeros((3, 3, 3)), np.arange(3.0), np.zeros(9), 8000, max_offset=0),
            ValueError,
            "max_offset must be above 0",
        ),
    ],
)
def test_refuses(call, error, text):
    with pytest.raises(error, match=text):
        call()
