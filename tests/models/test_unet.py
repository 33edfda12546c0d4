"""The U-Net: shape, skips, learning, and the errors that students meet."""

import numpy as np
import pytest
from scipy import ndimage

from mmseg_edu import backend
from mmseg_edu.models import image_unet, object_unet, unet
from mmseg_edu.models.unet import checked_size, convolve


def answer(model, pictures):
    """What the network says, without the seconds that ``predict`` needs to trace it."""
    return np.asarray(model(np.asarray(pictures, np.float32), training=False))


def pictures(count=2, size=16, seed=0):
    return np.random.default_rng(seed).random((count, size, size, 3)).astype(np.float32)


@pytest.mark.parametrize(
    ("size", "depth", "classes"),
    [(16, 2, 5), ((8, 24), 3, 2), (5, 0, 3), ((13, 9), 3, 4), ((8, 15), 3, 2), ((4, 7), 2, 2), (1, 0, 2)],
)
def test_one_posterior_a_pixel(size, depth, classes):
    model = unet(size, classes, width=2, depth=depth)
    height, width = (size, size) if isinstance(size, int) else size
    posterior = answer(model, np.random.default_rng(0).random((2, height, width, 3)))
    assert posterior.shape == (2, height, width, classes)
    np.testing.assert_allclose(posterior.sum(axis=-1), 1, atol=1e-5)


def test_channels_double_as_the_picture_halves():
    model = unet(16, width=3, depth=2)
    assert model.get_layer("down1").output.shape == (None, 8, 8, 6)
    assert model.get_layer("bottleneck").output.shape == (None, 4, 4, 12)


def test_skips_carry_what_the_bottleneck_cannot():
    """With a blind bottleneck, the picture reaches the mask through the skips or not at all."""
    for skips, expected in ((True, True), (False, False)):
        model = unet(16, width=4, depth=1, skips=skips, normalised=False)
        layer = model.get_layer("bottleneck_2")
        layer.set_weights([np.zeros_like(w) for w in layer.get_weights()])
        says = answer(model, pictures())
        assert (np.ptp(says, axis=(0, 1, 2)).max() > 1e-6) == expected


def test_shifting_the_picture_shifts_the_mask():
    """Convolution and pooling commute with shifts by 2**depth, away from the border."""
    model = unet(32, width=3, depth=1)
    picture = pictures(1, 32)
    moved = np.roll(picture, 2, axis=2)
    before, after = answer(model, picture), answer(model, moved)
    np.testing.assert_allclose(after[:, 14:18, 14:18], before[:, 14:18, 12:16], atol=1e-5)


@pytest.mark.parametrize("convolutions", [1, 3])
def test_each_level_has_as_many_convolutions_as_asked(convolutions):
    model = unet(8, width=2, depth=1, convolutions=convolutions)
    names = [
        layer.name for layer in model.layers if layer.name.startswith("down0_") and layer.name[-1].isdigit()
    ]
    assert names == [f"down0_{i + 1}" for i in range(convolutions)]


def test_it_overfits_one_batch():
    images = pictures(4)
    labels = (images.mean(axis=-1) > 0.5).astype(np.int32)
    model = unet(16, 2, width=8, depth=1)
    model.compile(backend.load().optimizers.Adam(1e-2), "sparse_categorical_crossentropy")
    model.fit(images, labels, epochs=60, verbose=0)
    assert (answer(model, images).argmax(axis=-1) == labels).mean() > 0.97


def arrays_in(picture, weights, depth, skips):
    """The posterior worked out with SciPy, level by level, with windows and rows cut by hand."""

    def level(maps, name):
        for i in (1, 2):
            kernel, bias = weights[f"{name}_{i}"]
            near = np.pad(maps, ((1, 1), (1, 1), (0, 0)))
            rows, columns = maps.shape[:2]
            maps = sum(near[u : u + rows, v : v + columns] @ kernel[u, v] for u in range(3) for v in range(3))
            maps = np.maximum(maps + bias, 0)
        return maps

    maps, kept = picture.astype(float), []
    for i in range(depth):
        maps = level(maps, f"down{i}")
        kept.append(maps)
        rows = [maps[p : p + 2] for p in range(0, len(maps), 2)]
        maps = np.array(
            [[row[:, q : q + 2].max(axis=(0, 1)) for q in range(0, row.shape[1], 2)] for row in rows]
        )
    maps = level(maps, "bottleneck")
    for i in reversed(range(depth)):
        height, width = kept[i].shape[:2]
        maps = np.kron(maps, np.ones((2, 2, 1)))[:height, :width]
        maps = level(np.concatenate([kept[i], maps], axis=-1) if skips else maps, f"up{i}")
    kernel, bias = weights["logits"]
    scores = np.exp(maps @ kernel[0, 0] + bias)
    return scores / scores.sum(axis=-1, keepdims=True)


@pytest.mark.parametrize("size", [(8, 8), (5, 7), (4, 6), (7, 4)])
@pytest.mark.parametrize("skips", [True, False])
def test_it_computes_what_its_docstring_says_at_even_and_odd_sides(size, skips):
    model = unet(size, 3, width=2, depth=2, skips=skips, normalised=False)
    generator = np.random.default_rng(1)
    weights = {layer.name: layer.get_weights() for layer in model.layers if layer.weights}
    weights = {name: [generator.normal(0, 0.4, w.shape) for w in each] for name, each in weights.items()}
    for name, each in weights.items():
        model.get_layer(name).set_weights(each)
    picture = generator.random((*size, 3))
    ours = arrays_in(picture, weights, 2, skips)
    np.testing.assert_allclose(answer(model, picture[None])[0], ours, atol=2e-5)


def test_nothing_is_cut_where_the_size_divides():
    def cut(size):
        return [layer.name for layer in unet(size, width=1, depth=3).layers if "crop" in layer.name]

    assert cut(16) == []
    assert cut((16, 18)) == ["crop2", "crop1"]  # 18, 9, 5, 3: doubled to 6 and 10, one is lost
    assert cut((17, 16)) == ["crop2", "crop1", "crop0"]


def test_a_network_of_another_size_takes_the_same_weights():
    """Far from the borders it says the same, since it computes the same there."""
    small, large = unet(24, width=2, depth=1), unet((33, 40), width=2, depth=1)
    large.set_weights(small.get_weights())
    picture = pictures(1, 40)[:, :33]
    here, there = answer(small, picture[:, :24, :24]), answer(large, picture)
    np.testing.assert_allclose(here[:, :14, :14], there[:, :14, :14], atol=1e-5)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras with NumPy 2
@pytest.mark.parametrize("size", [8, (9, 6)])
def test_a_saved_network_reloads_in_safe_mode_without_our_code(size, tmp_path):
    model = unet(size, 3, width=2, depth=2)
    picture = np.random.default_rng(0).random((1, *model.input_shape[1:3], 3))
    model.save(tmp_path / "unet.keras")
    again = backend.load().saving.load_model(tmp_path / "unet.keras", safe_mode=True)
    np.testing.assert_array_equal(answer(again, picture), answer(model, picture))


@pytest.mark.parametrize(("skips", "normalised"), [(True, True), (False, False)])
def test_one_step_moves_every_weight(skips, normalised):
    """A weight that no gradient reaches would stay; Adam moves whatever has one, however small."""
    model = unet((5, 6), 3, width=2, depth=1, skips=skips, normalised=normalised)
    before = [weight.numpy() for weight in model.trainable_weights]
    model.compile(backend.load().optimizers.Adam(1e-2), "sparse_categorical_crossentropy")
    truth = np.random.default_rng(0).integers(0, 3, (4, 5, 6))
    model.fit(np.random.default_rng(1).random((4, 5, 6, 3)), truth, epochs=1, verbose=0)
    still = [
        weight.path
        for weight, old in zip(model.trainable_weights, before, strict=True)
        if np.array_equal(weight.numpy(), old)
    ]
    assert still == []


def test_convolve_is_a_convolution_a_normalisation_and_a_relu():
    keras = backend.load()
    picture = keras.Input((6, 7, 1))
    model = keras.Model(picture, convolve(picture, 1, "level"))
    kernel = np.random.default_rng(0).normal(size=(3, 3))
    kernel -= kernel.mean()
    gamma, beta, mean, variance = 1.5, 0.2, -0.3, 0.8
    model.get_layer("level_1").set_weights([kernel[:, :, None, None]])
    model.get_layer("level_1_norm").set_weights([np.array([v]) for v in (gamma, beta, mean, variance)])
    image = np.random.default_rng(1).random((6, 7))
    convolved = ndimage.correlate(image, kernel, mode="constant")
    expected = np.maximum(gamma * (convolved - mean) / np.sqrt(variance + 1e-3) + beta, 0)
    given = answer(model, image[None, ..., None])[0, ..., 0]
    np.testing.assert_allclose(given, expected, atol=1e-5)
    assert 0 < (expected == 0).mean() < 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            {"size": 7},
            r"size must be 2\*\*depth = 8 pixels or more, got \(7, 7\): choose a smaller depth or resize",
        ),
        ({"size": (64, 4)}, r"got \(64, 4\): choose a smaller depth"),
        (
            {"size": (None, None)},
            r"or \(H, W\), 1 or more, got \(None, None\): a network of another size takes",
        ),
        ({"size": (64, 64, 3)}, r"or \(H, W\), 1 or more, got \(64, 64, 3\)"),
        ({"size": 64.0}, r"size must be a whole number or \(H, W\), 1 or more, got 64.0"),
        ({"size": None}, "size must be a whole number or"),
        ({"size": 64, "depth": -1}, "depth must be 0 or more, got -1"),
        ({"size": 64, "depth": 1.5}, "depth must be 0 or more, got 1.5"),
        ({"size": 64, "classes": 1}, "classes must be a whole number of 2 or more, got 1"),
        ({"size": 64, "channels": 0}, "channels must be a whole number of 1 or more, got 0"),
        ({"size": 64, "width": 0}, "width must be a whole number of 1 or more, got 0"),
        ({"size": 64, "width": 2.5}, "width must be a whole number of 1 or more, got 2.5"),
        ({"size": 64, "convolutions": 0}, "convolutions must be a whole number of 1 or more, got 0"),
    ],
)
def test_bad_numbers_are_refused(arguments, says):
    with pytest.raises(ValueError, match=says):
        unet(**arguments)


def test_checked_size_returns_height_first():
    assert checked_size((8, 16), 3) == (8, 16)


@pytest.mark.parametrize(
    ("size", "depth", "says"),
    [
        (60, 3, r"divisible by 2\*\*depth = 8, got \(60, 60\): resize the picture to \(64, 64\)"),
        ((64, 4), 3, r"got \(64, 4\): resize the picture to \(64, 8\)"),
        ((None, 8), 3, r"got \(None, 8\)"),
        (64, -1, "depth must be 0 or more, got -1"),
    ],
)
def test_checked_size_asks_for_sides_that_can_be_halved(size, depth, says):
    with pytest.raises(ValueError, match=says):
        checked_size(size, depth)


@pytest.mark.parametrize("build", [image_unet, object_unet])
def test_the_shipped_networks_take_the_sizes_that_the_experts_take(build):
    with pytest.raises(ValueError, match=r"divisible by 2\*\*depth = 8, got \(60, 60\)"):
        build(60)
