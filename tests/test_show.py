"""Figures: what they refuse, what they carry, and that nothing on them is cut off."""

from __future__ import annotations

import base64
import io

import matplotlib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from PIL import Image

from mmseg_edu import show
from mmseg_edu.scenes import CLASSES

RNG = np.random.default_rng(0)
PHOTO = np.clip(
    np.linspace(0.2, 0.8, 64)[:, None, None] * [1.0, 0.8, 0.6] + RNG.normal(0, 0.03, (64, 64, 3)), 0, 1
).astype(np.float32)
LABELS = np.zeros((64, 64), np.uint8)
LABELS[5:25, 5:25], LABELS[30:60, 10:20], LABELS[8:28, 40:60], LABELS[35:55, 35:55] = 1, 2, 3, 4
WAVE = (0.5 * np.sin(2 * np.pi * 440 * np.arange(8000) / 16000)).astype(np.float32)
UNIT = RNG.dirichlet(np.ones(5), (16, 16))
LONG = "A claim that is so long that it cannot possibly stand on one line above a single small picture"


def figures() -> dict[str, show.Picture]:
    alpha = np.linspace(0, 1, 11)
    grey = np.array([[0.9, 0.8, 0.2], [0.9, 0.7, 0.1], [0.6, 0.2, 0.1]])
    bowl = np.hypot(*np.mgrid[-8:9, -8:9])
    return {
        "images": show.images([PHOTO] * 4, ["one", "two words", LONG, ""], alt="a", title=LONG),
        "one image": show.images(PHOTO, alt="a", title=LONG),
        "numbers": show.images(np.arange(9).reshape(3, 3), alt="a", numbers=True),
        "masks": show.masks(PHOTO, [LABELS, LABELS * (LABELS == 2)], ["truth", "fused"], alt="a", title="b"),
        "regions": show.regions(PHOTO, LABELS.astype(int) * 7, alt="a"),
        "probabilities": show.probabilities(np.stack([UNIT, UNIT]), ["picture", "sound"], alt="a", title="b"),
        "landscape": show.landscape(bowl, [2, 6], alt="a", title="b"),
        "sound": show.sound([WAVE, WAVE[:4000]], 16000, ["long", "short"], alt="a", title="b"),
        "curve": show.curve(
            alpha,
            {"a long name of a line": alpha, "another": alpha + 0.001, "third": 1 - alpha},
            alt="a", title=LONG, best=np.argmax, x_label="alpha", y_label="mIoU",
            bands={"third": (alpha, alpha + 1)},
        ),
        "bars": show.bars(
            {"mean": 0.54, LONG[:30]: 0.88}, alt="a", highlight="mean", intervals={"mean": (0.5, 0.6)}
        ),
        "groups": show.bars({"a": {"x": 1, "y": -2}, "b": {"x": 2, "y": 3}}, alt="a", title="b", x_label="c"),
        "heatmap": show.heatmap(
            np.eye(2), ["a", "b"], ["c", LONG[:40]], alt="a", title="b", spread=np.eye(2)
        ),
        "graph": show.graph(
            grey, 1 - grey, np.exp(-np.diff(grey) ** 2), np.exp(-np.diff(grey, axis=0) ** 2),
            image=grey, labels=grey > 0.5, alt="a", title="b",
        ),
        "u": show.u_shape(
            [np.ones((64, 32, 8)), np.ones((32, 16, 16))], np.ones((16, 8, 1024)),
            [np.ones((64, 32, 8)), np.ones((32, 16, 16))], alt="a", title=LONG,
        ),
    }  # fmt: skip


FIGURES = figures()


@pytest.mark.parametrize("name", FIGURES)
def test_no_text_is_cut_off(name: str) -> None:
    figure = FIGURES[name]
    figure.draw_without_rendering()
    width, height = figure.get_size_inches()
    box = figure.get_tightbbox()
    slack = 0.01
    assert min(box.x0, box.y0) >= -slack, box
    assert box.x1 <= width + slack, box
    assert box.y1 <= height + slack, box
    for text in figure.texts:
        extent = text.get_window_extent()
        assert -1 <= extent.x0 < extent.x1 <= width * 96 + 1, text


@pytest.mark.parametrize("name", FIGURES)
def test_same_figure_same_small_png_without_metadata(name: str) -> None:
    first = FIGURES[name].png()
    assert first == FIGURES[name].png()
    image = Image.open(io.BytesIO(first))
    assert not image.info.keys() - {"transparency"}
    assert len(first) < 40_000


def test_a_figure_made_twice_gives_the_same_bytes() -> None:
    assert show.masks(PHOTO, LABELS, alt="a").png() == show.masks(PHOTO, LABELS, alt="a").png()


def test_a_row_of_four_noisy_pictures_stays_below_30_kb() -> None:
    assert len(show.images([PHOTO] * 4, alt="a").png()) < 30_000


def test_bundle_carries_alt_and_size_in_css_pixels() -> None:
    data, metadata = show.images(PHOTO, alt="  A  grey\nramp. ")._repr_mimebundle_()
    assert metadata == {"image/png": {"alt": "A grey ramp.", "width": 204, "height": 204}}
    assert set(data) == {"image/png", "text/plain"}
    assert Image.open(io.BytesIO(base64.b64decode(data["image/png"]))).size == (408, 408)
    assert data["text/plain"] == "<Picture: A grey ramp.>"


def test_an_html_image_is_added_for_screen_readers_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MMSEG_EDU_ALT", "html")
    data, _ = show.images(PHOTO, alt='A "ramp".')._repr_mimebundle_()
    assert 'alt="A &quot;ramp&quot;."' in data["text/html"]


def test_display_keeps_alt_even_when_an_inline_backend_claims_all_figures(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown: list[tuple[dict[str, str], dict[str, dict[str, str]]]] = []
    monkeypatch.setattr("IPython.display.display", lambda data, metadata, raw: shown.append((data, metadata)))
    show.images(PHOTO, alt="A ramp.")._ipython_display_()
    assert shown[0][1]["image/png"]["alt"] == "A ramp."


@pytest.mark.parametrize("alt", ["", "  ", None])
def test_alt_may_not_be_empty(alt: str) -> None:
    with pytest.raises(ValueError, match="alt must say in words what the figure shows"):
        show.images(PHOTO, alt=alt)


def test_the_session_s_own_style_is_neither_used_nor_changed() -> None:
    plain = show.curve([0, 1], [0, 1], alt="a").png()
    before = matplotlib.rcParams["font.size"]
    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "red"}):
        assert show.curve([0, 1], [0, 1], alt="a").png() == plain
        assert matplotlib.rcParams["font.size"] == 30
    assert matplotlib.rcParams["font.size"] == before


def test_small_pictures_are_enlarged_by_a_whole_number_and_not_blurred() -> None:
    checker = np.indices((64, 64)).sum(0) % 2
    pixels = np.asarray(Image.open(io.BytesIO(show.images(checker, alt="a").png())).convert("L"))
    inside = pixels[12:-12, 12:-12]
    assert inside.shape == (384, 384)
    assert set(np.unique(inside)) == {0, 255}
    np.testing.assert_array_equal(inside[::6, ::6], checker * 255)
    np.testing.assert_array_equal(inside, inside[::6, ::6].repeat(6, 0).repeat(6, 1))


def test_overlay_mixes_colours_and_draws_contours() -> None:
    picture, labels = np.full((5, 5, 3), 0.5, np.float32), np.pad(np.full((3, 3), 3), 1)
    painted = show.overlay(picture, labels, opacity=0.5)
    blue = np.array([0x00, 0x72, 0xB2]) / 255
    np.testing.assert_allclose(painted[0, 0], 0.5)
    np.testing.assert_allclose(painted[2, 2], 0.25 + blue / 2, atol=1e-6)
    np.testing.assert_allclose(painted[1, 1], blue, atol=1e-6)
    np.testing.assert_allclose(picture, 0.5)


@settings(max_examples=60, deadline=None)
@given(arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, max_side=6), elements=st.integers(0, 3)))
def test_a_contour_is_where_a_region_has_a_neighbour_of_another(labels: np.ndarray) -> None:
    height, width = labels.shape
    expected = np.zeros(labels.shape, bool)
    for y, x in np.ndindex(height, width):
        around = [(y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)]
        inside = [labels[v, u] for v, u in around if 0 <= v < height and 0 <= u < width]
        expected[y, x] = labels[y, x] > 0 and any(other != labels[y, x] for other in inside)
    np.testing.assert_array_equal(show.contours(labels), expected)


def test_overlay_of_no_mask_is_the_picture() -> None:
    np.testing.assert_array_equal(show.overlay(PHOTO, np.zeros((64, 64), int)), PHOTO)


def test_palette_can_be_told_apart_with_every_common_colour_vision() -> None:
    from skimage.color import deltaE_ciede2000, rgb2lab

    sights = {
        "normal": np.eye(3),
        "protan": [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ],
        "deutan": [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.01182, 0.04294, 0.968881],
        ],
        "tritan": [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.3039],
        ],
    }  # Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB
    rgb = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in show.PALETTE]) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    for name, matrix in sights.items():
        seen = np.clip(linear @ np.asarray(matrix).T, 0, 1)
        lab = rgb2lab(np.where(seen <= 0.0031308, 12.92 * seen, 1.055 * seen ** (1 / 2.4) - 0.055)[None])[0]
        far = [deltaE_ciede2000(lab[i], lab[j]) for i in range(5) for j in range(i)]
        assert min(far) > 19, name
    assert len(show.PALETTE) == len(CLASSES)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: show.images([np.zeros((4, 4, 2))], alt="a"), r"must have shape \(H, W\) or \(H, W, 3\)"),
        (lambda: show.images([], alt="a"), "at least one picture"),
        (
            lambda: show.images([PHOTO, PHOTO], ["one"], alt="a"),
            "one caption for each of the 2 pictures, got 1",
        ),
        (lambda: show.images(np.zeros((20, 20)), alt="a", numbers=True), "crop first"),
        (lambda: show.masks(PHOTO, LABELS[:32], alt="a"), r"\(H, W\) = \(64, 64\).*resize_labels"),
        (lambda: show.masks(PHOTO, LABELS + 3, alt="a"), r"must lie in 0\.\.4"),
        (lambda: show.masks([PHOTO] * 3, [LABELS] * 2, alt="a"), "one map for each of the 3 pictures"),
        (lambda: show.overlay(PHOTO, LABELS, opacity=2), r"opacity must lie in \[0, 1\]"),
        (lambda: show.probabilities(np.zeros((2, 2)), alt="a"), r"must have shape \(H, W, K\)"),
        (lambda: show.probabilities(UNIT, alt="a", names=["x"]), "one name for each of the 5 classes"),
        (lambda: show.landscape(np.full((3, 3), np.nan), alt="a"), "finite numbers"),
        (lambda: show.u_shape([PHOTO], PHOTO, [], alt="a"), "as many maps, one or more, got 1 and 0"),
        (lambda: show.u_shape([], PHOTO, [], alt="a"), "got 0 and 0"),
        (
            lambda: show.u_shape([PHOTO], PHOTO[..., 0], [PHOTO], alt="a"),
            r"shape \(H, W, C\), got \(64, 64\)",
        ),
        (lambda: show.sound(np.zeros((2, 9, 9)), 16000, alt="a"), "use to_mono"),
        (lambda: show.sound(np.array([np.nan]), 16000, alt="a"), "must be finite"),
        (lambda: show.sound(np.zeros(0), 16000, alt="a"), "got no samples"),
        (lambda: show.sound(WAVE, 0, alt="a"), "rate must be a whole number of Hz"),
        (lambda: show.sound([WAVE, WAVE], 16000, ["one"], alt="a"), "one caption for each of the 2 sounds"),
        (lambda: show.curve([0, 1], {"a": [1, 2, 3]}, alt="a"), r"line 'a' must have shape \(2,\)"),
        (lambda: show.curve([0], {"a": [1]}, alt="a", bands={"b": ([0], [1])}), "named after lines"),
        (lambda: show.bars({}, alt="a"), "at least one bar"),
        (lambda: show.bars({"a": 1}, alt="a", highlight="b"), "highlight must name bars"),
        (lambda: show.heatmap(np.eye(2), ["a"], ["b", "c"], alt="a"), r"shape \(rows, columns\) = \(1, 2\)"),
        (lambda: show.graph(np.ones((6, 6)), [], [], [], alt="a"), "at most 5 x 5"),
        (
            lambda: show.graph(np.ones((2, 2)), np.ones((2, 2)), np.ones((2, 2)), np.ones((1, 2)), alt="a"),
            r"across must have shape \(2, 1\)",
        ),
        (
            lambda: show.graph(-np.ones((2, 2)), np.ones((2, 2)), np.ones((2, 1)), np.ones((1, 2)), alt="a"),
            "capacities must be 0 or more",
        ),
        (lambda: show.table([[1]], ["a", "b"]), "row 0 must have 2 cells"),
    ],
)
def test_bad_input_is_told_what_to_do(call: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()  # type: ignore[operator]


def test_labels_must_be_whole_numbers() -> None:
    with pytest.raises(TypeError, match="take the argmax first"):
        show.masks(PHOTO, LABELS / 2, alt="a")


def test_samples_must_not_be_integers() -> None:
    with pytest.raises(TypeError, match="sound must be floating point, got int16"):
        show.sound(np.zeros(100, np.int16), 16000, alt="a")


def test_uniform_nan_and_silent_input_is_drawn() -> None:
    assert show.images(np.full((4, 4), 7.0), alt="a").png()
    assert show.images(np.full((4, 4), np.nan), alt="a").png()
    assert show.sound(np.zeros(100), 16000, alt="a").png()
    assert show.heatmap([[np.nan]], ["a"], ["b"], alt="a").png()
    assert show.curve([0, 1], {"a": [np.nan, np.nan]}, alt="a").png()


def test_masks_name_only_the_classes_in_sight() -> None:
    figure = show.masks(PHOTO, LABELS * (LABELS == 2), alt="a")
    assert [t.get_text() for t in figure.texts] == ["drum"]


def test_table_is_aligned_text_and_accessible_html() -> None:
    table = show.table([["mean", 0.5449, 3], ["<b>", None, 12]], ["rule", "mIoU", "n"], title="On 50 scenes")
    assert repr(table).splitlines() == [
        "On 50 scenes",
        "rule  mIoU   n",
        "----  ----  --",
        "mean  0.54   3",
        "<b>      -  12",
    ]
    html = table._repr_html_()
    assert '<th scope="col"' in html
    assert "&lt;b&gt;" in html


def test_table_writes_no_minus_zero_and_keeps_booleans() -> None:
    assert repr(show.table([[-0.001, True]], ["a", "b"])).splitlines()[-1] == "0.00  True"


@pytest.mark.parametrize("skips", [True, False])
def test_a_u_draws_maps_as_large_as_they_are_and_arrows_across_only_for_skips(skips: bool) -> None:
    fine, middle, coarse = np.ones((32, 16, 2)), np.ones((16, 8, 4)), np.ones((8, 4, 8))
    figure = show.u_shape([fine, middle], coarse, [fine, middle], alt="a", skips=skips, size=96)
    (axes,) = figure.axes
    boxes = [each.get_extent() for each in axes.images]
    sizes = [(end - start, low - high) for start, end, low, high in boxes]
    np.testing.assert_allclose(sizes, [(48, 96), (48, 96), (24, 48), (24, 48), (12, 24)])
    assert [text.get_text() for text in axes.texts if text.get_text()] == [
        "32 x 16 x 2",
        "32 x 16 x 2",
        "16 x 8 x 4",
        "16 x 8 x 4",
        "8 x 4 x 8",
    ]
    arrows = [text for text in axes.texts if not text.get_text()]
    across = [each for each in arrows if each.xy[1] == each.xyann[1]]
    assert len(across) == (2 if skips else 0)
    assert len(arrows) - len(across) == 4
    down, up = [each for each in arrows if each not in across][:2]
    assert down.xy[1] > down.xyann[1]
    assert up.xy[1] < up.xyann[1]
    assert np.mean([down.xy[0], up.xyann[0]]) == pytest.approx(figure.get_size_inches()[0] * 48)
