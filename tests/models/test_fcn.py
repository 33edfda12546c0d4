"""FCN: scores that are a dense layer at every place, upsampling against other libraries, and skips that add up."""

from importlib import resources

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mmseg_edu import backend
from mmseg_edu.models import (
    bilinear_kernel,
    fcn,
    fcn_classifier,
    fcn_classifier_shipped,
    inherit,
    predict,
    train_fcn_classifier,
    unet,
    upsample,
)
from mmseg_edu.models.train import noisy
from mmseg_edu.models.weights import load_arrays, set_arrays
from mmseg_edu.scenes import make_batch

STRIDES = (8, 16, 32)


def pictures(count=2, size=(64, 64), seed=0):
    return np.random.default_rng(seed).random((count, *size, 3)).astype(np.float32)


def maps_of(model, names, images):
    outputs = [model.get_layer(name).output for name in names]
    found = backend.load().Model(model.input, outputs).predict(images, verbose=0)
    return [np.asarray(each) for each in (found if isinstance(found, list) else [found])]


def shake(model, seed=0):
    """Give every weight a value of its own, so that nothing is right only because it is 0 or 1."""
    rng = np.random.default_rng(seed)
    for layer in model.layers:
        layer.set_weights([np.abs(rng.normal(1, 0.3, w.shape)) * 0.2 for w in layer.get_weights()])
    return model


# The network


@pytest.mark.parametrize("stride", STRIDES)
@pytest.mark.parametrize(("size", "classes"), [(64, 5), ((32, 96), 2)])
def test_one_posterior_a_pixel(size, classes, stride):
    model = fcn(size, classes, width=2, stride=stride)
    height, width = (size, size) if isinstance(size, int) else size
    posterior = model.predict(pictures(2, (height, width)), verbose=0)
    assert posterior.shape == (2, height, width, classes)
    assert posterior.dtype == np.float32
    np.testing.assert_allclose(posterior.sum(axis=-1), 1, atol=1e-5)


def test_the_maps_halve_five_times():
    model = fcn((64, 96), width=3, stride=8)
    shapes = [model.get_layer(f"pool{level}").output.shape[1:] for level in range(1, 6)]
    assert shapes == [(32, 48, 3), (16, 24, 6), (8, 12, 12), (4, 6, 24), (2, 3, 24)]
    assert [model.get_layer(f"score{level}").output.shape[1:] for level in (3, 4, 5)] == [
        (8, 12, 5),
        (4, 6, 5),
        (2, 3, 5),
    ]


@pytest.mark.parametrize(("stride", "scores"), [(32, 0), (16, 1), (8, 2)])
def test_parameters_by_hand(stride, scores):
    """Width 2: 3x3 kernels between 3, 2, 4, 8, 16, 16 and 16 channels, four numbers a normalised channel."""
    trunk = 9 * (3 * 2 + 2 * 4 + 4 * 8 + 8 * 16 + 16 * 16 + 16 * 16) + 4 * (2 + 4 + 8 + 16 + 16 + 16)
    heads = [(16 + 1) * 5, (16 + 1) * 5, (8 + 1) * 5]
    assert fcn(32, width=2, stride=stride).count_params() == trunk + sum(heads[: scores + 1])


@pytest.mark.parametrize("stride", STRIDES)
def test_the_pixels_scores_are_the_formula(stride):
    model = shake(fcn(64, width=2, stride=stride))
    names = [f"score{level}" for level in (5, 4, 3) if 2**level >= stride] + ["logits"]
    *scores, logits = maps_of(model, names, pictures())
    total = scores[0]
    for finer in scores[1:]:
        total = finer + upsample(total, 2)
    np.testing.assert_allclose(logits, upsample(total, stride), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("stride", "level"), [(16, 4), (8, 3)])
def test_a_skip_of_zeros_leaves_the_coarser_network(stride, level):
    """The paper starts there: 16s with s_4 = 0 upsamples the scores of 32s in two steps."""
    coarse = shake(fcn(64, width=2, stride=2 * stride))
    fine = fcn(64, width=2, stride=stride)
    assert len(inherit(fine, coarse)) == sum(bool(layer.get_weights()) for layer in coarse.layers)
    score = fine.get_layer(f"score{level}")
    score.set_weights([np.zeros_like(w) for w in score.get_weights()])
    last = {16: "score5", 8: "skip4"}[stride]
    (scores,) = maps_of(coarse, [last], pictures())
    (logits,) = maps_of(fine, ["logits"], pictures())
    np.testing.assert_allclose(logits, upsample(upsample(scores, 2), stride), rtol=1e-4, atol=1e-5)
    (once,) = maps_of(coarse, ["logits"], pictures())
    assert np.abs(logits - once).max() < np.ptp(scores, axis=(1, 2)).max()


@pytest.mark.parametrize("stride", STRIDES)
def test_every_weight_learns(stride):
    model = fcn(64, 3, width=4, stride=stride)
    before = [np.asarray(v) for v in model.trainable_variables]
    labels = np.random.default_rng(0).integers(0, 3, (4, 64, 64))
    model.compile(backend.load().optimizers.SGD(1.0), "sparse_categorical_crossentropy")
    model.fit(pictures(4), labels, epochs=1, verbose=0)
    for variable, old in zip(model.trainable_variables, before, strict=True):
        assert np.abs(np.asarray(variable) - old).max() > 0, variable.path


def test_only_finer_scores_can_draw_finer_masks():
    """The best scores for stripes of 8 pixels: without a skip they average out, with two they are followed."""
    stripes = np.repeat(np.arange(64) // 8 % 2 * 2.0 - 1, 64).reshape(64, 64).T
    followed = {}
    for stride in STRIDES:
        grid = np.eye(64 // stride)
        basis = np.stack([upsample(row[None, :, None], stride)[0, :, 0] for row in grid], axis=1)
        best = basis @ np.linalg.lstsq(basis, stripes[0], rcond=None)[0]
        followed[stride] = (np.sign(best) == stripes[0]).mean()
    assert followed[8] == 1 > followed[16] > 0
    assert followed[32] < 0.8


@pytest.mark.parametrize("stride", STRIDES)
@pytest.mark.filterwarnings(
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)
def test_saved_and_read_again_in_safe_mode(stride, tmp_path):
    model = shake(fcn((32, 64), width=2, stride=stride))
    model.save(tmp_path / "fcn.keras")
    again = backend.load().saving.load_model(tmp_path / "fcn.keras", safe_mode=True)
    images = pictures(2, (32, 64))
    np.testing.assert_array_equal(model.predict(images, verbose=0), again.predict(images, verbose=0))


@pytest.mark.parametrize("build", [fcn, fcn_classifier])
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"size": 60}, r"size must be divisible by 2\*\*depth = 32, got \(60, 60\): resize .* \(64, 64\)"),
        ({"size": (64, 16)}, r"got \(64, 16\): resize the picture to \(64, 32\)"),
        ({"size": 64, "classes": 0}, "classes must be a whole number, 1 or more, got 0"),
        ({"size": 64, "channels": 0}, "channels must be a whole number, 1 or more, got 0"),
        ({"size": 64, "width": 1.5}, "width must be a whole number, 1 or more, got 1.5"),
        ({"size": 64, "convolutions": 0}, "convolutions must be a whole number, 1 or more, got 0"),
    ],
)
def test_bad_numbers_are_refused(build, arguments, says):
    with pytest.raises(ValueError, match=says):
        build(**arguments)


@pytest.mark.parametrize("stride", [4, 64, 0, -8, "8s", None])
def test_other_strides_are_refused(stride):
    with pytest.raises(ValueError, match=r"stride must be 8, 16 or 32, .* 32 adds no skip, 16 one and 8 two"):
        fcn(64, stride=stride)


# The classifier


@pytest.mark.parametrize("size", [(64, 64), (32, 96)])
def test_a_dense_layer_is_a_1x1_convolution_to_the_last_digit(size):
    """Weights and features are whole numbers and halves here, which floats add without rounding, in any order."""
    layers = backend.load().layers
    rng = np.random.default_rng(0)
    kernel, bias = rng.integers(-8, 9, (64, 4)) / 2, rng.integers(-8, 9, 4) / 2
    features = rng.integers(-8, 9, (3, size[0] // 32, size[1] // 32, 64)).astype(np.float32)
    dense, convolution = layers.Dense(4), layers.Conv2D(4, 1)
    dense.build((None, 64))
    convolution.build((None, None, None, 64))
    dense.set_weights([kernel, bias])
    convolution.set_weights([kernel[None, None], bias])
    np.testing.assert_array_equal(np.asarray(dense(features)), np.asarray(convolution(features)))
    np.testing.assert_array_equal(np.asarray(convolution(features)), features @ kernel + bias)


def test_the_mean_of_the_scores_is_the_score_of_the_mean():
    model = shake(fcn_classifier(64, width=3))
    kernel, bias = model.get_layer("logits").get_weights()
    top, logits = maps_of(model, ["top", "logits"], pictures(3))
    np.testing.assert_allclose((top @ kernel + bias).mean(axis=(1, 2)), logits, rtol=1e-5)


def test_the_classifier_gives_one_posterior_a_picture():
    says = fcn_classifier(64, width=2).predict(pictures(3), verbose=0)
    assert says.shape == (3, 4)
    np.testing.assert_allclose(says.sum(axis=-1), 1, atol=1e-5)


def test_the_segmenter_inherits_the_whole_trunk():
    parent = shake(fcn_classifier(64, width=2))
    child = fcn(64, width=2, stride=8)
    heirs = inherit(child, parent)
    assert {layer.name for layer in child.layers if layer.weights} - {"score3", "score4", "score5"} == set(
        heirs
    )
    np.testing.assert_array_equal(*[maps_of(model, ["top"], pictures())[0] for model in (parent, child)])


def test_the_trunk_fits_pictures_of_another_size():
    inherit(fcn((32, 96), width=2), fcn_classifier(64, width=2))


def test_strangers_inherit_nothing():
    with pytest.raises(ValueError, match=r"model must share a layer .* got fcn8s and unet, which share none"):
        inherit(fcn(32, width=2), unet(8, width=2, depth=1))
    with pytest.raises(ValueError, match="build both with the same width and channels"):
        inherit(fcn(32, 2, width=3), fcn(32, 5, width=2))


def names_of(batch):
    return batch.objects.max(axis=(1, 2)) - 1


def test_the_shipped_file_is_small_and_needs_no_pickle():
    with resources.as_file(resources.files("mmseg_edu") / "weights" / "fcn.npz") as path:
        assert path.stat().st_size < 250_000
        with np.load(path, allow_pickle=False) as archive:
            assert {archive[name].dtype for name in archive.files} == {np.dtype(np.float16)}


def test_the_shipped_classifier_names_the_thing_in_unseen_pictures():
    batch = make_batch(200, 2_000_001, 128, objects=1, cache=False)
    says = predict(fcn_classifier_shipped(), batch.images).argmax(axis=-1)
    assert (says == names_of(batch)).mean() >= 0.95
    in_the_dark = noisy(batch.images, np.random.default_rng(0))
    assert (predict(fcn_classifier_shipped(), in_the_dark).argmax(axis=-1) == names_of(batch)).mean() > 0.85
    untrained = predict(fcn_classifier_shipped(trained=False), batch.images).argmax(axis=-1)
    assert (untrained == names_of(batch)).mean() < 0.6


@pytest.mark.slow
def test_a_small_training_writes_what_the_classifier_reads_and_repeats(tmp_path):
    first = train_fcn_classifier(tmp_path / "a.npz", seed=3, count=40, epochs=1, progress=False)
    train_fcn_classifier(tmp_path / "b.npz", seed=3, count=40, epochs=1, progress=False)
    assert first.keys() == {"fcn_right"}
    a, b = (load_arrays(tmp_path / name) for name in ("a.npz", "b.npz"))
    set_arrays(fcn_classifier_shipped(), a)
    for name in a:
        np.testing.assert_allclose(a[name], b[name], atol=2e-2)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"count": 19}, "count must be 20 or more, got 19"),
        ({"epochs": 0}, "epochs must be 1 or more, got 0"),
    ],
)
def test_too_little_training_is_refused(tmp_path, arguments, says):
    with pytest.raises(ValueError, match=says):
        train_fcn_classifier(tmp_path / "a.npz", **arguments)


# Upsampling


@pytest.mark.parametrize("factor", [1, 2, 3, 4, 8, 32])
def test_upsampling_agrees_with_scipy_and_scikit_image(factor):
    from scipy.ndimage import zoom
    from skimage.transform import resize

    scores = np.random.default_rng(0).normal(size=(4, 5))
    ours = upsample(scores[..., None], factor)[..., 0]
    theirs = zoom(scores, factor, order=1, mode="nearest", grid_mode=True)
    np.testing.assert_allclose(ours, theirs, atol=1e-12)
    size = (4 * factor, 5 * factor)
    theirs = resize(scores, size, order=1, mode="edge", anti_aliasing=False)
    np.testing.assert_allclose(ours, theirs, atol=1e-6)


@pytest.mark.parametrize("factor", [1, 2, 3, 4, 5, 16])
def test_the_transposed_convolution_agrees_away_from_the_border(factor):
    """Each score is written with the kernel, f pixels from the next: a loop over scores."""
    scores = np.random.default_rng(1).normal(size=(4, 6))
    kernel = bilinear_kernel(factor)
    count = len(kernel)
    written = np.zeros((3 * factor + count, 5 * factor + count))
    for a, b in np.ndindex(4, 6):
        written[a * factor :, b * factor :][:count, :count] += scores[a, b] * kernel
    margin = (count - factor) // 2
    written = written[margin : margin + 4 * factor, margin : margin + 6 * factor]
    inside = np.s_[factor // 2 : 4 * factor - factor // 2, factor // 2 : 6 * factor - factor // 2]
    np.testing.assert_allclose(
        upsample(scores[..., None], factor)[..., 0][inside], written[inside], atol=1e-12
    )


def test_keras_transposed_convolution_with_the_kernel():
    """And at the border it fades, which is why the network upsamples without it."""
    layer = backend.load().layers.Conv2DTranspose(1, 16, strides=8, padding="same", use_bias=False)
    layer.build((None, 2, 2, 1))
    layer.set_weights([bilinear_kernel(8)[..., None, None]])
    ones = np.ones((1, 2, 2, 1), np.float32)
    found = np.asarray(layer(ones))[0, ..., 0]
    np.testing.assert_allclose(found[4:12, 4:12], 1, atol=1e-6)
    assert found[0, 0] == pytest.approx((9 / 16) ** 2)
    assert upsample(ones, 8).min() == 1


@pytest.mark.parametrize("factor", range(1, 12))
def test_the_kernels_weights_sum_to_one_a_place(factor):
    kernel = bilinear_kernel(factor)
    assert kernel.shape == (2 * factor - factor % 2,) * 2
    assert kernel.min() > 0
    sums = [[kernel[i::factor, j::factor].sum() for j in range(factor)] for i in range(factor)]
    np.testing.assert_allclose(sums, 1)
    np.testing.assert_array_equal(kernel, kernel[::-1].T)


def test_the_kernel_of_three_by_hand():
    ramp = np.array([1, 2, 3, 2, 1]) / 3
    np.testing.assert_allclose(bilinear_kernel(3), ramp[:, None] * ramp)


@settings(deadline=None, max_examples=40)
@given(
    hnp.arrays(
        np.float64, hnp.array_shapes(min_dims=3, max_dims=5, max_side=4), elements=st.floats(-1e6, 1e6)
    ),
    st.integers(1, 6),
)
def test_no_pixel_leaves_the_range_of_the_scores(scores, factor):
    larger = upsample(scores, factor)
    *rest, height, width, classes = scores.shape
    assert larger.shape == (*rest, factor * height, factor * width, classes)
    slack = 1e-9 * (1 + np.abs(scores).max())
    low, high = scores.min(axis=(-3, -2)), scores.max(axis=(-3, -2))
    assert (larger >= low[..., None, None, :] - slack).all()
    assert (larger <= high[..., None, None, :] + slack).all()
    mirrored = upsample(scores[..., ::-1, :], factor)
    np.testing.assert_allclose(mirrored[..., ::-1, :], larger, atol=slack)


def test_upsampling_tensors_and_arrays_alike():
    scores = np.random.default_rng(0).normal(size=(2, 3, 4, 5)).astype(np.float32)
    assert upsample(scores, 4).dtype == np.float32
    tensor = upsample(backend.load().ops.convert_to_tensor(scores), 4)
    assert backend.is_tensor(tensor)
    np.testing.assert_allclose(np.asarray(tensor), upsample(scores, 4), atol=1e-6)


def test_bad_factors_and_shapes_are_refused():
    for function in (bilinear_kernel, lambda factor: upsample(np.zeros((2, 2, 1)), factor)):
        for factor in (0, -2, 1.5, True, "2"):
            with pytest.raises(ValueError, match="factor must be a whole number, 1 or more, got"):
                function(factor)
    with pytest.raises(
        ValueError, match=r"scores must have shape \(..., H, W, K\), got \(4, 4\): add an axis"
    ):
        upsample(np.zeros((4, 4)), 2)
