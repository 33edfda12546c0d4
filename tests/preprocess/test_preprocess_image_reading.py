"""Pictures of every kind to RGB: each mode against values worked out by hand, and files that are none."""

import contextlib
import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mmseg_edu.preprocess.image import to_rgb


def picture(mode, value, size=(2, 2)):
    return Image.new(mode, size, value)


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (picture("1", 1), (1, 1, 1)),
        (picture("L", 51), (0.2, 0.2, 0.2)),
        (picture("LA", (51, 0)), (1, 1, 1)),
        (picture("LA", (0, 51)), (0.8, 0.8, 0.8)),
        (picture("La", (0, 51)), (0.8, 0.8, 0.8)),
        (picture("RGB", (255, 51, 0)), (1, 0.2, 0)),
        (picture("RGBX", (255, 51, 0, 9)), (1, 0.2, 0)),
        (picture("RGBA", (255, 0, 0, 102)), (1, 0.6, 0.6)),
        (picture("RGBa", (102, 0, 0, 102)), (1, 0.6, 0.6)),
        (picture("CMYK", (0, 255, 255, 0)), (1, 0, 0)),
        (picture("CMYK", (0, 0, 0, 204)), (0.2, 0.2, 0.2)),
        (picture("YCbCr", (51, 128, 128)), (0.2, 0.2, 0.2)),
        (picture("HSV", (0, 255, 51)), (0.2, 0, 0)),
        (picture("I;16", 13107), (0.2, 0.2, 0.2)),
        (picture("I;16B", 13107), (0.2, 0.2, 0.2)),
        (picture("F", 0.2), (0.2, 0.2, 0.2)),
    ],
    ids=lambda each: getattr(each, "mode", ""),
)
def test_every_mode_of_pillow(image, expected):
    rgb = to_rgb(image)
    assert rgb.dtype == np.float32
    np.testing.assert_allclose(rgb, np.broadcast_to(expected, (2, 2, 3)), atol=1e-6)


def test_palette_with_transparency_as_a_file_holds_it(tmp_path):
    image = Image.new("P", (3, 1))
    image.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255])
    image.putdata([0, 1, 2])
    image.save(tmp_path / "plain.png")
    image.save(tmp_path / "one.png", transparency=1)
    image.save(tmp_path / "each.png", transparency=bytes([0, 102, 255]))
    image.save(tmp_path / "one.gif", transparency=1)
    np.testing.assert_array_equal(to_rgb(tmp_path / "plain.png")[0], np.eye(3))
    clear = np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0, 0, 1]])
    np.testing.assert_allclose(to_rgb(tmp_path / "one.png", background=0.5)[0], clear)
    np.testing.assert_allclose(to_rgb(str(tmp_path / "one.gif"), background=0.5)[0], clear)
    shades = [[1, 1, 1], [0.6, 1, 0.6], [0, 0, 1]]
    np.testing.assert_allclose(to_rgb(tmp_path / "each.png")[0], shades, atol=1e-6)


@pytest.mark.parametrize(
    ("image", "key"),
    [(picture("L", 51), 51), (picture("RGB", (1, 2, 3)), (1, 2, 3)), (picture("I;16", 999), 999)],
    ids=["L", "RGB", "I;16"],
)
def test_a_colour_that_a_png_calls_transparent(image, key, tmp_path):
    image.info["transparency"] = key
    np.testing.assert_array_equal(to_rgb(image, background=[0, 0.25, 1]), np.full((2, 2, 3), [0, 0.25, 1]))
    image.putpixel((0, 0), 0 if isinstance(key, int) else (0, 0, 0))
    assert to_rgb(image).min() == 0


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_sixteen_bits_survive_a_file(suffix, tmp_path):
    values = np.array([[0, 1, 255, 256, 65535]], np.uint16)
    Image.fromarray(values).save(tmp_path / f"deep.{suffix}")
    np.testing.assert_allclose(to_rgb(tmp_path / f"deep.{suffix}")[0, :, 1], values[0] / 65535, atol=1e-7)


def test_a_float_file_is_taken_as_it_is(tmp_path):
    values = np.linspace(0, 1, 7, dtype=np.float32).reshape(1, 7)
    Image.fromarray(values).save(tmp_path / "float.tif")
    np.testing.assert_array_equal(to_rgb(tmp_path / "float.tif")[..., 2], values)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["file", "picture", "16 bits"])
def test_each_rotation_of_a_camera_is_undone(orientation, kind, tmp_path):
    """What the tag means: where the first stored row and column are to be shown (TIFF 6.0, tag 274)."""
    upright = np.arange(6, dtype=np.uint8).reshape(2, 3) * 40
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.T,
        6: np.rot90(upright),
        7: np.rot90(upright, 2).T,
        8: np.rot90(upright, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    scale = 255
    if kind == "16 bits":
        image, scale = Image.fromarray(stored.astype(np.uint16)), 65535
        image.getexif()[0x0112] = orientation
    else:
        Image.fromarray(stored).save(tmp_path / "turned.png", exif=exif)
        image = tmp_path / "turned.png" if kind == "file" else Image.open(tmp_path / "turned.png")
    np.testing.assert_allclose(to_rgb(image)[..., 0], upright / scale, atol=1e-7)


@pytest.mark.parametrize(
    ("dtype", "top"),
    [(bool, 1), (np.uint8, 255), (np.uint16, 65535), (">u2", 65535), (np.float16, 1), (float, 1)],
)
@pytest.mark.parametrize("channels", [(), (1,), (2,), (3,), (4,)])
def test_every_kind_of_array(dtype, top, channels):
    rng = np.random.default_rng(len(channels))
    values = (rng.integers(0, 2, (4, 5, *channels)) * top).astype(dtype)
    alpha = values[..., -1:].astype(float) / top if channels in ((2,), (4,)) else np.ones((4, 5, 1))
    color = np.atleast_3d(values).astype(float) / top
    color = color[..., : (color.shape[2] - 1) if channels in ((2,), (4,)) else None]
    rgb = to_rgb(values, background=0)
    assert rgb.shape == (4, 5, 3)
    assert rgb.dtype == np.float32
    np.testing.assert_allclose(rgb, np.broadcast_to(color * alpha, (4, 5, 3)))


@given(st.integers(0, 255), st.integers(0, 255), st.floats(0, 1))
def test_lies_between_the_colour_and_what_it_is_laid_over(grey, alpha, ground):
    result = float(to_rgb(np.array([[[grey, alpha]]], np.uint8), background=ground)[0, 0, 0])
    low, high = sorted([grey / 255, ground])
    assert low - 1e-6 <= result <= high + 1e-6
    assert abs(result - (alpha / 255 * grey / 255 + (1 - alpha / 255) * ground)) < 1e-6


def test_white_says_what_the_type_does_not():
    counts = np.array([[0, 2048, 4096]], np.uint16)
    np.testing.assert_array_equal(to_rgb(counts, white=4096)[0, :, 0], [0, 0.5, 1])
    np.testing.assert_array_equal(to_rgb(np.array([[0, 255]]), white=255)[0, :, 0], [0, 1])
    np.testing.assert_array_equal(to_rgb(np.array([[0, 255.0]]), white=255)[0, :, 0], [0, 1])
    np.testing.assert_array_equal(to_rgb(picture("I", 100), white=200)[0, 0], 0.5)
    both = np.array([[[4096, 65535]]], np.uint16)
    np.testing.assert_array_equal(to_rgb(both, white=4096), 1)


def test_rounding_past_the_range_is_cut_off_and_no_more():
    assert to_rgb(np.array([[1 + 9e-6, -9e-6]])).tolist() == [[[1, 1, 1], [0, 0, 0]]]
    with pytest.raises(ValueError, match="values must lie between 0 and white, got 0 to 1 times white"):
        to_rgb(np.array([[1 + 2e-5, 0]]))


def test_a_picture_that_is_right_already_is_not_changed():
    image = np.random.default_rng(0).random((5, 6, 3), np.float32)
    np.testing.assert_array_equal(to_rgb(image), image)


@pytest.mark.parametrize("suffix", ["gif", "tif"])
def test_of_several_frames_the_first_or_the_current_one_is_taken(suffix, tmp_path):
    path = tmp_path / f"film.{suffix}"
    frames = [picture("L", value) for value in (0, 255)]
    frames[0].save(path, save_all=True, append_images=frames[1:])
    assert to_rgb(path).max() == 0
    with Image.open(path) as film:
        film.seek(1)
        assert to_rgb(film).min() == 1


def test_of_sixteen_bits_of_colour_in_a_png_pillow_keeps_eight(tmp_path):
    row = bytes(1) + struct.pack(">3H", 0x12FF, 0x8000, 0xFFFF)
    parts = [
        (b"IHDR", struct.pack(">2I5B", 1, 1, 16, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(row)),
        (b"IEND", b""),
    ]
    chunks = [
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts
    ]
    path = write(tmp_path / "deep.png", b"\x89PNG\r\n\x1a\n" + b"".join(chunks))
    np.testing.assert_allclose(to_rgb(path)[0, 0], [0x12 / 255, 0x80 / 255, 1], atol=1e-6)


def test_the_picture_that_is_given_stays_as_it_is():
    image = picture("P", 3)
    image.getexif()[0x0112] = 6
    before = image.tobytes()
    to_rgb(image)
    assert (image.mode, image.tobytes(), image.getexif()[0x0112]) == ("P", before, 6)


def encoded(kind, **options):
    pixels = np.random.default_rng(0).integers(0, 256, (40, 50, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, **options)
    return file.getvalue()


FILES = {kind: encoded(kind) for kind in ("PNG", "JPEG", "GIF", "TIFF", "BMP", "WEBP")}


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "TIFF", "BMP"])
def test_half_a_file_is_refused(kind, tmp_path):
    path = tmp_path / f"half.{kind.lower()}"
    path.write_bytes(FILES[kind][: len(FILES[kind]) // 2])
    with pytest.raises(ValueError, match=rf"half.{kind.lower()} must be a whole picture, got a damaged one"):
        to_rgb(path)
    with Image.open(path) as opened, pytest.raises(ValueError, match="the picture must be a whole picture"):
        to_rgb(opened)


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("kind", sorted(FILES))
def test_broken_bytes_give_a_picture_or_a_clear_error(kind, tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10_000)
    rng, path, refused = np.random.default_rng(0), tmp_path / "broken", 0
    for _ in range(60):
        whole = np.frombuffer(FILES[kind], np.uint8).copy()
        whole[rng.integers(0, min(len(whole), 300), rng.integers(1, 5))] = rng.integers(0, 256)
        path.write_bytes(whole[: rng.choice([rng.integers(len(whole)), len(whole)])].tobytes())
        with contextlib.suppress(ValueError):
            assert 0 <= to_rgb(path).min() <= to_rgb(path).max() <= 1
            continue
        with pytest.raises(ValueError, match="broken must"):
            to_rgb(path)
        refused += 1
    assert refused > 10


def test_a_picture_with_too_many_pixels_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "large.png"
    path.write_bytes(FILES["PNG"])
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 900)
    with pytest.raises(ValueError, match=r"large.png must have fewer pixels: .*2000 pixels"):
        to_rgb(path)


def write(path, data):
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("given", "error", "text"),
    [
        (lambda p: write(p / "a.png", b"no picture"), ValueError, "a.png must be a picture .* got 10 bytes"),
        (lambda p: write(p / "a.png", b""), ValueError, "got 0 bytes that are none: open it"),
        (lambda p: p / "nothing.png", FileNotFoundError, "nothing.png"),
        (lambda p: p, OSError, "."),
        (lambda p: picture("LAB", (9, 9, 9)), ValueError, "got mode LAB: convert it with PIL.ImageCms"),
        (
            lambda p: picture("I", 9),
            ValueError,
            "must tell what white is, got int32 from 9 to 9: .*white=255",
        ),
        (lambda p: picture("F", 200.0), ValueError, "got 200 to 200 times white: give the number"),
        (lambda p: np.zeros((4, 4), int), ValueError, "must tell what white is, got int64"),
        (lambda p: np.zeros((4, 4), np.int8), ValueError, "must tell what white is, got int8"),
        (lambda p: [[0, 128]], ValueError, "must tell what white is"),
        (lambda p: np.full((4, 4), 255.0), ValueError, "must lie between 0 and white, got 255 to 255"),
        (lambda p: np.full((4, 4), -0.5), ValueError, "got -0.5 to -0.5 times white"),
        (lambda p: np.full((4, 4), np.nan), ValueError, "picture must be finite"),
        (
            lambda p: np.zeros((3, 40, 50)),
            ValueError,
            r"channels last, \(H, W, C\), got \(3, 40, 50\): use np.mov",
        ),
        (lambda p: np.zeros((9, 40, 50)), ValueError, r"1 to 4 channels, got \(9, 40, 50\)"),
        (lambda p: np.zeros((2, 4, 4, 3)), ValueError, "give one picture at a time"),
        (lambda p: np.zeros((0, 4, 3)), ValueError, r"got \(0, 4, 3\)"),
        (lambda p: np.zeros(4), ValueError, r"got \(4,\)"),
        (
            lambda p: None,
            TypeError,
            "picture must be a path, a Pillow picture or an array of numbers, got object",
        ),
        (lambda p: np.array([["a"]]), TypeError, "got <U1"),
        (lambda p: np.zeros((2, 2), complex), TypeError, "got complex128"),
    ],
)
def test_refuses(given, error, text, tmp_path):
    with pytest.raises(error, match=text):
        to_rgb(given(tmp_path))


@pytest.mark.parametrize("background", [-0.1, 1.1, np.nan, [0, 0], [0, 0, 255]])
def test_refuses_a_background_that_is_no_colour(background):
    with pytest.raises(ValueError, match="background must be one number or three"):
        to_rgb(np.zeros((2, 2)), background=background)


@pytest.mark.parametrize("white", [0, -1, np.nan, np.inf])
def test_refuses_a_white_that_is_none(white):
    with pytest.raises(ValueError, match="white must be a number above 0"):
        to_rgb(np.zeros((2, 2)), white=white)
