"""Pictures: photographs come from the wheel, things keep their distance, stamps do what a slow loop does."""

import socket

import numpy as np
import pytest

from mmseg_edu.scenes import picture, staging
from mmseg_edu.scenes.photographs import BACKDROPS, photograph

NAMES = staging.NAMES


def test_photographs_need_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a scene asked for the network")

    monkeypatch.setattr(socket, "socket", refuse)
    for name in BACKDROPS:
        shown = np.asarray(photograph(name))
        assert shown.shape[0] == shown.shape[1] <= 512
        assert shown.std() > 5


def test_a_missing_photograph_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(BACKDROPS, "brick", ("no such picture.png", (1, 1, 1)))
    with pytest.raises(FileNotFoundError, match="found none: install scikit-image again"):
        photograph("brick")


@pytest.mark.parametrize("overlap", [0.0, 0.2, 0.5])
def test_no_thing_is_covered_more_than_allowed(overlap: float) -> None:
    worst = 0.0
    for seed in range(40):
        scene = staging.stage(staging.streams(seed), 3, overlap=overlap, clutter=0, until=1.0)
        _, who = picture.paint(np.zeros((3, 64, 64), np.float32), scene.things)
        for k, thing in enumerate(scene.things):
            whole = int(np.count_nonzero(picture.stamp(thing, 64).solid))
            worst = max(worst, 1 - np.count_nonzero(who == k + 1) / whole)
    assert worst <= overlap + 1e-9
    assert worst >= 0.5 * overlap, "what is allowed also happens"


def test_things_lie_inside_the_picture() -> None:
    for seed in range(40):
        scene = staging.stage(staging.streams(seed), None, overlap=0.2, clutter=0, until=1.0)
        for thing in scene.things:
            alone = picture.paint(np.zeros((3, 64, 64), np.float32), [thing])[1]
            assert np.count_nonzero(alone) == np.count_nonzero(picture.stamp(thing, 64).solid)


def test_six_things_find_room_by_shrinking() -> None:
    names = ("bell", "bell", "drum", "guitar", "bird", "bird")
    scene = staging.stage(staging.streams(0), names, overlap=0.0, clutter=0, until=1.0)
    _, who = picture.paint(np.zeros((3, 64, 64), np.float32), scene.things)
    assert set(np.unique(who)) == set(range(7))


@pytest.mark.parametrize("name", NAMES)
def test_a_thing_covers_a_good_part_of_its_square_and_is_seen(name: str) -> None:
    thing = picture.Thing(name, 0.5, 0.5, 0.5, 0.0, False, (0.8, 0.4, 0.3), 0, (0.1, 0.2), 0.5)
    ground = np.full((3, 128, 128), 0.5, np.float32)
    shown, who = picture.paint(ground, [thing])
    assert 0.15 < np.count_nonzero(who) / 64**2 < 0.8
    changed = np.abs(shown - ground).max(0) > 0.02
    assert changed[who == 1].mean() > 0.9
    assert not changed[:20].any()


def test_a_turned_thing_is_the_thing_turned() -> None:
    upright = picture.Thing("drum", 0.5, 0.5, 0.6, 0.0, False, (1, 1, 1), 0, (0, 0), 0.0)
    turned = picture.Thing("drum", 0.5, 0.5, 0.6, 90.0, False, (1, 1, 1), 0, (0, 0), 0.0)
    flipped = picture.Thing("drum", 0.5, 0.5, 0.6, 0.0, True, (1, 1, 1), 0, (0, 0), 0.0)
    ground = np.zeros((3, 128, 128), np.float32)
    masks = [picture.paint(ground, [thing])[1] for thing in (upright, turned, flipped)]
    assert (np.rot90(masks[0], -1) != masks[1]).mean() < 0.01
    assert (masks[0][:, ::-1] != masks[2]).mean() < 0.01


def test_later_things_cover_earlier_ones() -> None:
    below = picture.Thing("drum", 0.5, 0.5, 0.6, 0.0, False, (1, 1, 1), 0, (0, 0), 0.0)
    above = picture.Thing("bell", 0.5, 0.5, 0.3, 0.0, False, (1, 1, 1), 0, (0, 0), 0.0)
    _, who = picture.paint(np.zeros((3, 64, 64), np.float32), [below, above])
    solid = picture.stamp(above, 64)
    h, w = solid.solid.shape
    window = who[solid.top : solid.top + h, solid.left : solid.left + w]
    assert (window[solid.solid] == 2).all()


def test_a_knock_fades() -> None:
    thing = picture.Thing("bird", 0.5, 0.5, 0.5, 0.0, False, (1, 1, 1), 0, (0, 0), 0.0)
    onsets = np.array([1.0])
    assert picture.moved(thing, onsets, 0.99) == thing
    struck, later = (picture.moved(thing, onsets, time) for time in (1.0, 1.0 + picture.FADE))
    assert struck.struck
    assert (0.5 - later.y) / (0.5 - struck.y) == pytest.approx(np.exp(-1))
    assert picture.moved(thing, onsets, 9.0).y == pytest.approx(0.5, abs=1e-9)


def test_rhythms_differ_and_begin_early() -> None:
    for seed in range(30):
        scene = staging.stage(staging.streams(seed), 1, overlap=0.2, clutter=0, until=2.0)
        heads = [times[times >= 0][:3] for times in scene.onsets.values()]
        assert all(head[0] < 0.72 for head in heads)
        assert all(np.diff(head).min() > 0.25 for head in heads)
        assert len({round(float(head[0]), 6) for head in heads}) == len(heads)
