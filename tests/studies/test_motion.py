"""The motion witness: what moves in time is found, and it never claims to know the class."""

import numpy as np
import pytest

from mmseg_edu import studies
from mmseg_edu.clip import Clip
from mmseg_edu.preprocess.video import motion_energy, onset_strength
from mmseg_edu.scenes import CLASSES, make_clip
from mmseg_edu.studies.motion import EDGES

TIMES = np.arange(24) / 12


def filmed(strokes, moves) -> Clip:
    """The left half changes with the strokes, the right half at the times `moves`; a click for each stroke."""
    frames = np.full((24, 32, 32, 3), 0.2, np.float32)
    sound = np.zeros(32000, np.float32)
    for stroke in strokes:
        frames[stroke:, :, :16] = 1 - frames[stroke - 1, 0, 0, 0]
        start = int(16000 * (TIMES[stroke] - 1 / 24))
        sound[start : start + 800] = 0.3 * np.sin(np.arange(800))
    for move in moves:
        frames[move:, :, 16:] = 1 - frames[move - 1, 0, 16, 0]
    labels = np.zeros((24, 32, 32), np.uint8)
    labels[:, :, :16] = 1
    return Clip(frames, TIMES, sound, 16000, labels=labels)


def test_the_half_that_moves_in_time_agrees_and_the_other_does_not():
    cells = studies.agreement(filmed([5, 11, 18], [3, 8, 14, 21]))
    assert cells.shape == (16, 16)
    assert (cells[:, :8] > 0.9).all()
    assert (cells[:, 8:] < 0).all()
    assert np.abs(cells).max() <= 1 + 1e-9


def test_agreement_is_the_correlation_of_numpy():
    clip = make_clip(3, size=32, fps=12.0)
    moves = np.sqrt(motion_energy(clip.frames, cells=16)[1:])
    rises = onset_strength(clip.sound, clip.rate, clip.times)[1:]
    for row, column in ((0, 0), (7, 9), (15, 3)):
        expected = np.corrcoef(moves[:, row, column], rises)[0, 1]
        assert studies.agreement(clip)[row, column] == pytest.approx(expected)


def test_where_nothing_moves_or_nothing_sounds_nothing_agrees():
    assert not studies.agreement(filmed([], [3, 9])).any()
    silent = filmed([5, 11], [])
    assert not studies.agreement(silent)[:, 8:].any()


def test_a_clip_without_a_sound_track_is_refused():
    clip = filmed([5], [])
    with pytest.raises(ValueError, match="clip must have a sound track, got none"):
        studies.agreement(Clip(clip.frames, clip.times))


def test_frames_that_the_cells_do_not_divide_are_refused():
    with pytest.raises(ValueError, match=r"H and W divisible by 16, got \(24, 24\)"):
        studies.witness_motion(make_clip(0, size=24, fps=12.0), np.full(7, 0.5), np.full(5, 0.2))


def test_shares_are_counted_a_bin():
    clip = filmed([5, 11, 18], [3, 8, 14, 21])
    shares = studies.fit_motion([clip], 6)
    cells = studies.agreement(clip)
    below, above = (cells < 0).sum() * 4, (cells >= EDGES[-1]).sum() * 4
    assert shares[0] == pytest.approx(1 / (below + 2))
    assert shares[-1] == pytest.approx((above + 1) / (above + 2))
    assert shares[1:-1].tolist() == [0.5] * 5  # no pixel, no opinion


def test_the_witness_sums_to_one_and_says_of_the_class_what_the_prior_says():
    clip, prior = make_clip(0, size=32, fps=12.0), np.array([0.8, 0.1, 0.05, 0.03, 0.02])
    shares = np.linspace(0.05, 0.6, 7)
    says = studies.witness_motion(clip, shares, prior)
    assert says.shape == (32, 32, 5)
    np.testing.assert_allclose(says.sum(axis=-1), 1)
    np.testing.assert_allclose(says[..., 1:] / says[..., 1:2], np.broadcast_to(prior[1:] / 0.1, (32, 32, 4)))
    assert set(np.unique((1 - says[..., 0]).round(9))) <= set(shares.round(9))


def test_it_is_calibrated_on_unseen_clips():
    clips = [make_clip(number, size=32, objects=2, fps=12.0) for number in range(24)]
    shares = studies.fit_motion(clips[:12], 12)
    prior = np.array([0.9, 0.1])
    says = np.stack([studies.witness_motion(clip, shares, prior)[..., 1] for clip in clips[12:]])
    sounding = np.stack([clip.labels[12] > 0 for clip in clips[12:]])
    low, high = sounding[says < 0.1].mean(), sounding[says > 0.3].mean()
    assert low < 0.1
    assert high > 0.25
    assert says.mean() == pytest.approx(sounding.mean(), abs=0.05)


@pytest.mark.parametrize("situation", studies.CLIP_SITUATIONS, ids=lambda each: each.__name__)
def test_clips_are_what_they_are_called(situation):
    clip = situation(501)
    kinds = [CLASSES[k] for k in np.unique(clip.labels) if k]
    assert clip.frames.shape == (24, 64, 64, 3)
    assert kinds
    moves = bool(motion_energy(clip.frames, cells=16).max() > 0.01)
    assert moves == (situation is not studies.still)
    if situation in (studies.look_alikes,):
        assert kinds == [CLASSES[1 + 501 % 4]]
    if situation in (studies.late_sound, studies.drowned_sound):
        plain = studies.two_kinds(501)
        assert np.array_equal(plain.frames, clip.frames)
        assert not np.array_equal(plain.sound, clip.sound)


def test_filmed_twice_hears_the_picture_again():
    shares = np.full(7, 0.1)
    twice, once = (studies.film(each, shares, range(2)) for each in (studies.filmed_twice, studies.two_kinds))
    assert np.array_equal(twice.opinions[:2], once.opinions[:2])
    assert np.array_equal(twice.labels, once.labels)
    apart = np.abs(twice.opinions[2] - twice.opinions[0]).mean()
    assert 0 < apart < 0.5 * np.abs(once.opinions[2] - once.opinions[0]).mean()
