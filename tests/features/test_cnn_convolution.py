"""Convolution and pooling: by hand, against a slow loop, SciPy and Keras, and the laws that they obey."""

import re
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import maximum_filter
from scipy.signal import correlate2d

from mmseg_edu import backend
from mmseg_edu.features import cnn
from mmseg_edu.features.cnn.convolution import stops

POOLS = {"max": (cnn.max_pool, np.max), "mean": (cnn.mean_pool, np.mean)}
# Height, width, window, stride, padding, dilation: every kind of border, odd and even, windows wider than the picture.
CASES = [
    (height, width, size, stride, padding, dilation)
    for height, width in ((7, 8), (12, 5))
    for size in ((1, 1), (2, 3), (3, 3), (5, 4), (7, 7))
    for stride, dilation in ((1, 1), (2, 1), (3, 1), ((1, 4), 1), (1, 2), (1, (3, 1)))
    for padding in ("valid", "same")
]
sizes = st.tuples(st.integers(1, 4), st.integers(1, 4))


def pair(value):
    return value if isinstance(value, tuple) else (value, value)


def extent(size, dilation):
    return tuple(d * (k - 1) + 1 for k, d in zip(size, pair(dilation), strict=True))


def fits(height, width, size, dilation, padding):
    tall, wide = extent(size, dilation)
    return padding == "same" or (tall <= height and wide <= width)


def under_each_stop(image, size, stride, padding, dilation=1):
    """A slow loop: for each stop the pixels (i, j, values) that lie on the picture."""
    (s, z), (d, e) = pair(stride), pair(dilation)
    height, width = image.shape[:2]
    tall, wide = extent(size, dilation)
    if padding == "valid":
        top = left = 0
        rows, columns = (height - tall) // s + 1, (width - wide) // z + 1
    else:
        rows, columns = int(np.ceil(height / s)), int(np.ceil(width / z))
        top = max(0, (rows - 1) * s + tall - height) // 2
        left = max(0, (columns - 1) * z + wide - width) // 2
    for p, q in np.ndindex(rows, columns):
        places = [
            (i, j, image[y, x])
            for i, j in np.ndindex(*size)
            if 0 <= (y := s * p - top + d * i) < height and 0 <= (x := z * q - left + e * j) < width
        ]
        yield (p, q), places


def slow_convolve(image, kernels, stride, padding, dilation):
    found = {
        place: sum((v @ kernels[i, j] for i, j, v in pixels), np.zeros(kernels.shape[3]))
        for place, pixels in under_each_stop(image, kernels.shape[:2], stride, padding, dilation)
    }
    return as_map(found)


def as_map(found):
    rows, columns = (1 + max(place[axis] for place in found) for axis in (0, 1))
    return np.array([[found[p, q] for q in range(columns)] for p in range(rows)])


# By hand


def test_a_convolution_by_hand():
    image = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]])
    kernel = np.array([[1.0, 0.0], [0.0, -2.0]])
    np.testing.assert_array_equal(cnn.convolve(image, kernel), [[1 - 10, 2 - 12], [4 - 16, 5 - 18]])
    np.testing.assert_array_equal(cnn.convolve(image, kernel, stride=2, padding="same"), [[-9, 3], [7, 9]])


def test_it_does_not_flip_the_kernel():
    spot = np.zeros((3, 3))
    spot[1, 1] = 1
    kernel = np.arange(9.0).reshape(3, 3)
    np.testing.assert_array_equal(cnn.convolve(spot, kernel, padding="same"), kernel[::-1, ::-1])
    np.testing.assert_array_equal(cnn.convolve(spot, kernel[::-1, ::-1], padding="same"), kernel)


def test_the_larger_half_of_an_odd_number_of_zeros_comes_last():
    row = np.ones((1, 4))
    np.testing.assert_array_equal(cnn.convolve(row, [[1, 10]], padding="same"), [[11, 11, 11, 1]])


def test_pools_by_hand():
    row = np.array([[1.0, 5.0, 2.0, -4.0, -6.0]])
    np.testing.assert_array_equal(cnn.max_pool(row, (1, 2)), [[5, 2]])
    np.testing.assert_array_equal(cnn.max_pool(row, (1, 2), padding="same"), [[5, 2, -6]])
    np.testing.assert_array_equal(cnn.mean_pool(row, (1, 2), padding="same"), [[3, -1, -6]])
    np.testing.assert_array_equal(cnn.max_pool(row, (1, 3), stride=1), [[5, 5, 2]])


@pytest.mark.parametrize(
    ("length", "size", "stride", "padding", "dilation", "expected"),
    [
        (8, 3, 2, "same", 1, (0, 1, 4)),
        (9, 3, 2, "same", 1, (1, 1, 5)),
        (9, 3, 1, "same", 2, (2, 2, 9)),
        (8, 2, 3, "same", 1, (0, 0, 3)),
        (7, 1, 3, "same", 1, (0, 0, 3)),
        (5, 5, 1, "valid", 1, (0, 0, 1)),
        (5, 3, 9, "valid", 2, (0, 0, 1)),
    ],
)
def test_stops_by_hand(length, size, stride, padding, dilation, expected):
    assert stops(length, size, stride, padding, dilation) == expected


# Against others


@pytest.mark.parametrize("case", CASES)
def test_convolve_agrees_with_a_slow_loop(case):
    height, width, size, stride, padding, dilation = case
    rng = np.random.default_rng(0)
    image, kernels = rng.normal(size=(height, width, 2)), rng.normal(size=(*size, 2, 3))
    if not fits(height, width, size, dilation, padding):
        with pytest.raises(ValueError, match="a window must lie on the picture"):
            cnn.convolve(image, kernels, stride, padding, dilation)
        return
    expected = slow_convolve(image, kernels, stride, padding, dilation)
    np.testing.assert_allclose(cnn.convolve(image, kernels, stride, padding, dilation), expected, atol=1e-12)


@pytest.mark.parametrize("name", POOLS)
@pytest.mark.parametrize("case", [case for case in CASES if case[-1] == 1])
def test_pools_agree_with_a_slow_loop(name, case):
    pool, of = POOLS[name]
    height, width, size, stride, padding, _ = case
    image = np.random.default_rng(1).normal(size=(height, width, 2))
    if not fits(height, width, size, 1, padding):
        with pytest.raises(ValueError, match="a window must lie on the picture"):
            pool(image, size, stride, padding)
        return
    stopped = under_each_stop(image, size, stride, padding)
    expected = as_map({place: of([v for *_, v in pixels], axis=0) for place, pixels in stopped})
    np.testing.assert_allclose(pool(image, size, stride, padding), expected, atol=1e-12)


@pytest.mark.parametrize("size", [(1, 1), (3, 3), (5, 3), (7, 7)])
def test_convolve_agrees_with_scipy(size):
    rng = np.random.default_rng(2)
    image, kernel = rng.normal(size=(9, 11)), rng.normal(size=size)
    for padding in ("valid", "same"):
        np.testing.assert_allclose(
            cnn.convolve(image, kernel, padding=padding), correlate2d(image, kernel, padding), atol=1e-12
        )


def test_max_pool_agrees_with_scipy():
    image = np.random.default_rng(3).normal(size=(9, 11))
    np.testing.assert_array_equal(
        cnn.max_pool(image, 3, 1, "same"), maximum_filter(image, 3, mode="constant", cval=-np.inf)
    )


@pytest.fixture(scope="module")
def keras():
    return backend.load()


@pytest.mark.slow
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_convolve_agrees_with_keras(keras, padding):
    rng = np.random.default_rng(4)
    for height, width, size, stride, kind, dilation in CASES:
        if kind != padding or not fits(height, width, size, dilation, padding):
            continue
        images, kernels = rng.normal(size=(2, height, width, 2)), rng.normal(size=(*size, 2, 3))
        expected = keras.ops.conv(images, kernels, stride, padding, dilation_rate=dilation)
        found = cnn.convolve(images, kernels, stride, padding, dilation)
        np.testing.assert_allclose(found, expected, atol=1e-12, err_msg=f"{(size, stride, dilation)}")


@pytest.mark.slow
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_pools_agree_with_keras(keras, padding):
    rng = np.random.default_rng(5)
    for height, width, size, stride, kind, dilation in CASES:
        if kind != padding or dilation != 1 or not fits(height, width, size, 1, padding):
            continue
        images = rng.normal(size=(2, height, width, 2)).astype("float32")
        for name, pool in (("max", cnn.max_pool), ("mean", cnn.mean_pool)):
            of_keras = keras.ops.max_pool if name == "max" else keras.ops.average_pool
            expected = of_keras(images, size, stride, padding)
            tolerance = 0 if name == "max" else 1e-6
            np.testing.assert_allclose(pool(images, size, stride, padding), expected, atol=tolerance)


FORMULAS = {
    "convolve": lambda x: cnn.convolve(x, np.ones((3, 2, 2, 4)), 2, "same"),
    "convolve, dilated": lambda x: cnn.convolve(x, np.ones((2, 2, 2, 1)), dilation=2),
    "max_pool": lambda x: cnn.max_pool(x, 3, 2, "same"),
    "mean_pool": lambda x: cnn.mean_pool(x, 3, 2, "same"),
    "mean_pool, valid": cnn.mean_pool,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", FORMULAS)
def test_array_eager_tensor_and_graph_agree(keras, name):
    formula = FORMULAS[name]
    images = np.random.default_rng(6).normal(size=(3, 7, 6, 2))
    expected = formula(images)
    eager = formula(keras.ops.convert_to_tensor(images))
    assert keras.ops.is_tensor(eager)
    picture = keras.Input((7, 6, 2), dtype="float64")
    graph = keras.Model(picture, formula(picture))(images)
    for tensor in (eager, graph):
        assert keras.backend.standardize_dtype(tensor.dtype) == "float64"
        np.testing.assert_allclose(keras.ops.convert_to_numpy(tensor), expected, atol=1e-12)
    for one in (images[0], images[0, :, :, :1].astype("float32")):  # one picture, another dtype
        if one.shape[-1] == 2 or "pool" in name:
            found = formula(keras.ops.convert_to_tensor(one))
            assert str(one.dtype) in str(found.dtype)
            np.testing.assert_allclose(found, formula(one), rtol=1e-5)


@pytest.mark.slow
def test_a_tensor_of_kernels_makes_a_tensor(keras):
    image, kernels = np.ones((4, 4, 1), "float32"), np.ones((3, 3, 1, 2))
    found = cnn.convolve(image, keras.ops.convert_to_tensor(kernels))
    assert keras.ops.is_tensor(found)
    np.testing.assert_array_equal(found, cnn.convolve(image, kernels))
    assert "float32" in str(found.dtype)


@pytest.mark.slow
def test_a_tensor_without_a_size_or_of_integers_is_refused(keras):
    with pytest.raises(
        ValueError, match=r"height and width of a symbolic tensor must be known, got \(None, None"
    ):
        cnn.max_pool(keras.Input((None, 4, 1)))
    with pytest.raises(TypeError, match="image must be floating point"):
        cnn.max_pool(keras.ops.ones((4, 4), "int32"))


# Laws


@given(seed=st.integers(0, 99), size=sizes, stride=sizes, padding=st.sampled_from(["valid", "same"]))
def test_convolution_is_linear_in_picture_and_kernels(seed, size, stride, padding):
    rng = np.random.default_rng(seed)
    (a, b), (k, m) = rng.normal(size=(2, 6, 5, 2)), rng.normal(size=(2, *size, 2, 3))
    conv = lambda x, w: cnn.convolve(x, w, stride, padding)  # noqa: E731
    np.testing.assert_allclose(conv(2 * a - b, k), 2 * conv(a, k) - conv(b, k), atol=1e-12)
    np.testing.assert_allclose(conv(a, k + 3 * m), conv(a, k) + 3 * conv(a, m), atol=1e-12)


@given(seed=st.integers(0, 99), dy=st.integers(0, 3), dx=st.integers(0, 3))
def test_shifting_the_picture_shifts_the_map(seed, dy, dx):
    rng = np.random.default_rng(seed)
    image, kernel = rng.normal(size=(12, 12)), rng.normal(size=(3, 3))
    whole, part = cnn.convolve(image, kernel), cnn.convolve(image[dy:, dx:], kernel)
    np.testing.assert_allclose(part, whole[dy:, dx:], atol=1e-12)


@given(seed=st.integers(0, 99), size=sizes, stride=sizes, padding=st.sampled_from(["valid", "same"]))
def test_pools_stay_within_the_picture(seed, size, stride, padding):
    image = np.random.default_rng(seed).normal(size=(5, 6, 2))
    largest, mean = (pool(image, size, stride, padding) for pool in (cnn.max_pool, cnn.mean_pool))
    assert np.isin(largest, image).all()
    assert (mean <= largest + 1e-12).all()
    assert (mean >= -cnn.max_pool(-image, size, stride, padding) - 1e-12).all()
    flat = np.full((5, 6), 0.3)
    np.testing.assert_allclose(cnn.mean_pool(flat, size, stride, padding), 0.3, rtol=1e-14)


@given(seed=st.integers(0, 99), size=sizes, stride=sizes, dilation=sizes)
def test_same_has_a_stop_for_every_stride(seed, size, stride, dilation):
    rng = np.random.default_rng(seed)
    height, width = rng.integers(1, 9, 2)
    stride, dilation = (stride, 1) if max(stride) > 1 else (1, dilation)
    found = cnn.convolve(rng.normal(size=(height, width)), np.ones(size), stride, "same", dilation)
    down, across = pair(stride)
    assert found.shape == (np.ceil(height / down), np.ceil(width / across))


@pytest.mark.parametrize(
    "formula", [lambda x: cnn.convolve(x, np.ones((2, 2, 3, 5))), cnn.max_pool, cnn.mean_pool]
)
def test_a_batch_is_its_pictures(formula):
    images = np.random.default_rng(7).normal(size=(4, 6, 5, 3))
    np.testing.assert_allclose(formula(images), [formula(image) for image in images], atol=1e-12)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_dtype_is_kept_and_input_untouched(dtype):
    image = np.random.default_rng(8).random((6, 6)).astype(dtype)
    before = image.copy()
    for found in (
        cnn.convolve(image, [[1, 2], [3, 4]]),
        cnn.max_pool(image),
        cnn.mean_pool(image),
        cnn.max_pool(image, 1),
    ):
        assert found.dtype == dtype
        assert not np.shares_memory(found, image)
    np.testing.assert_array_equal(image, before)


def test_halves_are_summed_in_single_precision():
    image = np.ones((64, 64), "float16")  # 4,096 ones summed one by one stop at 2,048 in float16
    assert cnn.convolve(image, np.ones((64, 64))) == 4096
    assert cnn.mean_pool(image, 64) == 1


# What is refused


@pytest.mark.parametrize("formula", [lambda x: cnn.convolve(x, np.ones((2, 2))), cnn.max_pool, cnn.mean_pool])
@pytest.mark.parametrize(
    ("image", "error", "says"),
    [
        (np.zeros((4, 4), np.uint8), TypeError, "image must be floating point, got uint8: use image.astype"),
        ([[1, 2], [3, 4]], TypeError, "image must be floating point, got int64"),
        (np.zeros((4, 4), complex), TypeError, "image must be floating point, got complex128"),
        (np.zeros(4), ValueError, r"image must have shape \(H, W\), .* got \(4,\): put channels last"),
        (np.zeros((0, 4)), ValueError, r"none of them 0, got \(0, 4\)"),
        (np.zeros((1, 1, 4, 4, 3)), ValueError, r"got \(1, 1, 4, 4, 3\)"),
        (np.full((4, 4), np.nan), ValueError, "image must be finite, got NaN or infinity"),
        (np.full((4, 4), np.inf), ValueError, "image must be finite, got NaN or infinity"),
        (
            np.zeros((1, 4)),
            ValueError,
            "a window must lie on the picture, got one of 2 pixels on 1: choose a",
        ),
    ],
)
def test_what_is_no_picture_is_refused(formula, image, error, says):
    with pytest.raises(error, match=says):
        formula(image)


@pytest.mark.parametrize(
    ("shape", "kernels", "error", "says"),
    [
        (
            (4, 4, 3),
            np.ones((2, 2)),
            ValueError,
            r"kernels must have shape \(h, w, C, K\), got \(2, 2\) for an",
        ),
        ((4, 4), np.ones((2, 2, 1, 1)), ValueError, r"kernels must have shape \(h, w\) for a grey picture"),
        (
            (4, 4, 3),
            np.ones((2, 2, 4, 1)),
            ValueError,
            r"each of the C = 3 channels .* got \(2, 2, 4, 1\), for 4",
        ),
        ((4, 4), np.ones((0, 2)), ValueError, r"got \(0, 2\)"),
        ((4, 4), np.full((2, 2), np.nan), ValueError, "kernels must be finite, got NaN or infinity"),
        ((4, 4), np.ones((2, 2), complex), TypeError, "kernels must be real numbers, got complex128"),
        ((4, 4), [["a"]], TypeError, "kernels must be real numbers"),
    ],
)
def test_kernels_that_do_not_fit_are_refused(shape, kernels, error, says):
    with pytest.raises(error, match=says):
        cnn.convolve(np.zeros(shape), kernels)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"stride": 0}, r"stride must be a whole number or \(rows, columns\), 1 or more, got 0"),
        ({"stride": 1.0}, "stride must be a whole number .* got 1.0"),
        ({"stride": True}, "stride must be a whole number .* got True"),
        ({"stride": (1, 2, 3)}, re.escape("got (1, 2, 3)")),
        ({"dilation": -1}, "dilation must be a whole number .* got -1: try dilation=2"),
        ({"padding": "full"}, """padding must be "valid" or "same", got 'full\'"""),
        (
            {"stride": 2, "dilation": (1, 2)},
            r"cannot both be above 1, got stride=2 and dilation=\(1, 2\): convolve",
        ),
    ],
)
def test_impossible_windows_are_refused(arguments, says):
    with pytest.raises(ValueError, match=says):
        cnn.convolve(np.zeros((6, 6)), np.ones((2, 2)), **arguments)
    if "stride" in arguments and "dilation" not in arguments:
        with pytest.raises(ValueError, match=says):
            cnn.max_pool(np.zeros((6, 6)), 2, **arguments)


def test_the_remedy_for_stride_with_dilation_holds():
    """Stride 1, every n-th row and column: what torch computes for both at once."""
    image, kernel = np.random.default_rng(9).normal(size=(2, 9, 9))
    kernel = kernel[:2, :2]
    thinned = cnn.convolve(image, kernel, dilation=2)[::2, ::2]
    expected = slow_convolve(image[..., None], kernel[..., None, None], 2, "valid", 2)[..., 0]
    np.testing.assert_allclose(thinned, expected, atol=1e-12)


def test_it_works_without_keras():
    code = (
        "import sys, numpy as np\nfrom mmseg_edu.features import cnn\n"
        "cnn.convolve(np.ones((4, 4)), [[1]]), cnn.max_pool(np.ones((4, 4))), cnn.mean_pool(np.ones((4, 4)))\n"
        "assert not {'keras', 'tensorflow'} & set(sys.modules), 'heavy'"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
