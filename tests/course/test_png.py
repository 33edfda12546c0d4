"""Pictures get smaller and look the same."""

from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image, PngImagePlugin

from mmseg_edu.course.png import recompress


def packed(pixels: np.ndarray) -> bytes:
    file = BytesIO()
    note = PngImagePlugin.PngInfo()
    note.add_text("Software", "a drawing library, version 1.2.3")
    Image.fromarray(pixels).save(file, "PNG", pnginfo=note, dpi=(144, 144))
    return file.getvalue()


def unpacked(png: bytes, mode: str = "RGBA") -> np.ndarray:
    with Image.open(BytesIO(png)) as image:
        return np.asarray(image.convert(mode))


def drawing() -> np.ndarray:
    """A plot, whose antialiased lines and letters have more than 256 colours."""
    figure = Figure(figsize=(5, 3), dpi=100)
    axes = figure.subplots()
    for shift in range(3):
        axes.plot(np.sin(np.arange(50) + shift), label=f"curve {shift}")
    axes.legend()
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.ascontiguousarray(np.asarray(canvas.buffer_rgba())[..., :3])


@settings(deadline=None, max_examples=40)
@given(
    st.sampled_from([(9, 7), (9, 7, 3), (9, 7, 4)]).flatmap(
        lambda shape: arrays(np.uint8, shape, elements=st.integers(0, 255))
    )
)
def test_few_colours_are_kept_exactly_and_twice_is_once(pixels: np.ndarray) -> None:
    before = packed(pixels)
    after = recompress(before)
    assert np.array_equal(unpacked(before), unpacked(after))
    assert recompress(after) == after


def test_a_soft_edge_loses_nothing_that_one_sees() -> None:
    before = packed(drawing())
    after = recompress(before)
    error = unpacked(before, "RGB").astype(float) - unpacked(after, "RGB")
    assert len(after) < 0.8 * len(before)
    assert np.abs(error).max() <= 24
    assert np.sqrt((error**2).mean()) <= 1.5
    assert recompress(after) == after


def test_noise_keeps_all_its_colours() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (80, 80, 3), dtype=np.uint8)
    after = recompress(packed(pixels))
    assert np.array_equal(unpacked(after, "RGB"), pixels)
    assert recompress(after) == after


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_mode_is_read(mode: str) -> None:
    file = BytesIO()
    grey = Image.linear_gradient("L")
    image = Image.fromarray(np.asarray(grey, np.uint16) * 200) if mode == "I;16" else grey.convert(mode)
    image.save(file, "PNG")
    after = recompress(file.getvalue())
    assert np.array_equal(unpacked(file.getvalue()), unpacked(after))


def test_notes_and_dates_go() -> None:
    after = recompress(packed(drawing()))
    assert b"tEXt" not in after
    assert b"pHYs" not in after


def test_another_release_of_the_compressor_changes_nothing() -> None:
    small = recompress(packed(drawing()))
    file = BytesIO()
    with Image.open(BytesIO(small)) as image:
        image.save(file, "PNG", compress_level=8)
    other = file.getvalue()
    assert len(small) < len(other) < len(small) / 0.95
    assert recompress(other) == other
