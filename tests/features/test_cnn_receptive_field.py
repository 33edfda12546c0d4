"""The receptive field, computed and measured: equal for every unit, at borders too, in networks of every shape."""

import numpy as np
import pytest

from mmseg_edu import backend
from mmseg_edu.features import cnn
from mmseg_edu.features.cnn import Box, ReceptiveField
from mmseg_edu.preprocess.image import crop

pytestmark = pytest.mark.slow  # imports Keras


@pytest.fixture(scope="module")
def keras():
    return backend.load()


def chain(*parts, size=(17, 20)):
    """Layers one after another; the last is called "last"."""

    def build(keras):
        x = picture = keras.Input((*size, 2), name="picture")
        for i, (kind, arguments) in enumerate(parts):
            named = {"name": "last"} if i == len(parts) - 1 else {}
            x = getattr(keras.layers, kind)(**arguments, **named)(x)
        return keras.Model(picture, x)

    return build


def conv(k, s=1, padding="same", d=1, kind="Conv2D", **more):
    size = {"pool_size": k} if "Pool" in kind else {"kernel_size": k}
    filters = {} if "Pool" in kind or kind == "DepthwiseConv2D" else {"filters": 3}
    dilation = {} if d == 1 else {"dilation_rate": d}
    return kind, {**size, **filters, **dilation, "strides": s, "padding": padding, **more}


def relu():
    return "ReLU", {}


def residual(keras):
    layers = keras.layers
    picture = keras.Input((16, 15, 3), name="picture")
    x = layers.Conv2D(4, 3, 2, padding="same")(picture)
    y = layers.Conv2D(4, 3, padding="same", activation="relu")(x)
    y = layers.Conv2D(4, 5, padding="same")(y)
    x = layers.ReLU()(layers.Add()([x, y]))
    y = layers.MaxPooling2D(3, 2, padding="same")(x)
    z = layers.Conv2D(4, 1, 2, padding="same")(x)
    return keras.Model(picture, layers.Concatenate(name="last")([y, z]))


def inception(keras):
    layers = keras.layers
    picture = keras.Input((12, 12, 1), name="picture")
    parts = [
        layers.Conv2D(2, k, padding="same", dilation_rate=d)(picture) for k, d in ((1, 1), (3, 3), (5, 1))
    ]
    return keras.Model(picture, layers.BatchNormalization(name="last")(layers.Average()(parts)))


def small_unet(keras):
    from mmseg_edu.models import unet

    return unet((16, 24), width=2, depth=2)


def squeeze(keras):
    layers = keras.layers
    picture = keras.Input((10, 9, 3), name="picture")
    x = layers.Conv2D(4, 3, padding="same")(picture)
    scale = layers.GlobalAveragePooling2D(keepdims=True)(x)
    scale = layers.Dense(4, activation="sigmoid")(scale)
    return keras.Model(picture, layers.Multiply(name="last")([x, scale]))


def operations(keras):
    picture = keras.Input((9, 9, 3), name="picture")
    x = keras.layers.Conv2D(3, 3, padding="same")(keras.ops.flip(picture * 2.0 - 1.0, axis=-1))
    x = keras.ops.concatenate([keras.ops.relu(x) + picture, picture], axis=-1)
    return keras.Model(picture, keras.layers.Conv2D(2, 2, name="last")(x))


def up(k, padding):
    return conv(k, 2, padding, kind="Conv2DTranspose")


def pooled(k, padding):
    return conv(3), conv(k, k, padding, kind="MaxPooling2D"), conv(3, padding=padding)


PADDINGS = ("same", "valid")


def largest(keras):
    layers = keras.layers
    picture = keras.Input((11, 12, 2), name="picture")
    parts = [layers.Conv2D(3, k, 2, padding="same")(picture) for k in (1, (5, 2), (2, 7))]
    lower = layers.Minimum()([parts[0], layers.MaxPooling2D(3, 1, padding="same")(parts[1])])
    return keras.Model(picture, layers.Multiply(name="last")([layers.Maximum()([lower, parts[2]]), parts[0]]))


MODELS = {
    **{f"{k}x{k}, stride {s}, {p}": chain(conv(k, s, p)) for k in (1, 3, 5, 7) for s in (1, 2, 3) for p in PADDINGS},
    **{f"dilation {d}, {p}": chain(conv(3, d=d, padding=p), conv(3, d=2, padding=p)) for d in (2, 3) for p in PADDINGS},
    **{f"pool {k}, {p}": chain(*pooled(k, p)) for k in (2, 3) for p in PADDINGS},
    "mean pool 3, stride 2": chain(conv(3, 2, kind="AveragePooling2D"), conv(3, 2)),
    "separable": chain(conv(3, 2, kind="SeparableConv2D"), conv(5, kind="SeparableConv2D", d=2)),
    "depthwise": chain(conv(3, 2, kind="DepthwiseConv2D"), conv(1), relu(), conv(5, kind="DepthwiseConv2D")),
    "oblong": chain(conv((1, 5), padding="valid"), conv((4, 2), padding="same"), conv((2, 3), (2, 1))),
    "even kernels": chain(conv(2), conv(4, 2), conv(2, 2)),
    "stride beyond the kernel": chain(conv(2, 3), conv(3)),
    "left over at the end": chain(conv(3, 3, "valid"), conv(3)),
    "a gap at the border": chain(conv(2, d=7), conv(2, d=3), size=(9, 9)),
    "padded": chain(("ZeroPadding2D", {"padding": ((2, 1), (0, 3))}), conv(3, 2, "valid"), conv(1)),
    "only padding": chain(("ZeroPadding2D", {"padding": 2}), conv(1), size=(5, 5)),
    "cropped": chain(conv(3), ("Cropping2D", {"cropping": ((1, 2), (3, 0))}), conv(3, 2)),
    "nearest": chain(conv(3, 2), ("UpSampling2D", {"size": (2, 3)}), conv(3)),
    "bilinear": chain(conv(3, 2), ("UpSampling2D", {"size": (2, 3), "interpolation": "bilinear"})),
    **{f"transposed {k}, {p}": chain(conv(3, 2), up(k, p)) for k in (1, 2, 3, 4) for p in PADDINGS},
    "transposed by 3": chain(conv(3), conv(5, 3, kind="Conv2DTranspose"), conv(3, 3)),
    "normalised": chain(conv(3), ("BatchNormalization", {}), relu(), ("Dropout", {"rate": 0.5}), conv(3, 2)),
    "layer norm": chain(conv(3), ("LayerNormalization", {}), ("Softmax", {}), conv(3, 2)),
    "residual": residual,
    "inception": inception,
    "squeeze": squeeze,
    "operations": operations,
    "largest": largest,
}  # fmt: skip


def places(shape):
    """Two corners, the middle, and a unit next to two borders: rows and columns are independent."""
    (bottom, right), (row, column) = (n - 1 for n in shape), (n // 2 for n in shape)
    return sorted({(0, right), (bottom, 0), (row, column), (min(1, bottom), max(0, right - 1))})


def clipped(field, position, size):
    first = [a + j * p for a, j, p in zip(field.start, field.stride, position, strict=True)]
    last = [min(a + r, n) for a, r, n in zip(first, field.size, size, strict=True)]
    first = [max(0, a) for a in first]
    return Box(*first, *(b - a for a, b in zip(first, last, strict=True)))


@pytest.mark.parametrize("name", MODELS)
def test_the_measured_box_is_the_computed_one(keras, name):
    model = MODELS[name](keras)
    shape = model.get_layer("last").output.shape[1:3]
    before = [w.copy() for w in model.get_weights()]
    for seed, position in enumerate(places(shape)):
        computed = cnn.receptive_box(model, "last", position)
        assert cnn.measured_receptive_field(model, "last", position, seed=seed) == computed, position
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(new, old)


@pytest.mark.parametrize("name", MODELS)
def test_the_formula_holds_for_every_unit(keras, name):
    """No unit sees more; one whose field lies in the picture sees all of it, if no map was upsampled or cropped."""
    model = MODELS[name](keras)
    if name in ("nearest", "bilinear"):  # 2/3 of a pixel
        with pytest.raises(
            ValueError, match=r"a whole number of pixels apart, got 1 x 2/3 at 'last', whose map is"
        ):
            cnn.receptive_field(model, "last")
        return
    field = cnn.receptive_field(model, "last")
    exact = not name.startswith(("transposed", "cropped"))
    size, shape = model.inputs[0].shape[1:3], model.get_layer("last").output.shape[1:3]
    for position in list(np.ndindex(*shape))[:: max(1, shape[0] // 4)]:
        box, bound = cnn.receptive_box(model, "last", position), clipped(field, position, size)
        assert box == (0, 0, 0, 0) or all(
            bound[i] <= box[i] and box[i] + box[2 + i] <= bound[i] + bound[2 + i] for i in (0, 1)
        ), position
        if exact and (bound.height, bound.width) == field.size:
            assert box == bound, position


# By hand


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([conv(3), conv(3)], ReceptiveField((5, 5), (1, 1), (-2, -2))),
        ([conv(3), conv(2, 2, kind="MaxPooling2D"), conv(3)], ReceptiveField((8, 8), (2, 2), (-3, -3))),
        ([conv(7, 2), conv(3, 2, kind="MaxPooling2D")], ReceptiveField((11, 11), (4, 4), (-2, -2))),
        ([conv(3, d=2), conv(3, d=4)], ReceptiveField((13, 13), (1, 1), (-6, -6))),
        ([conv(3, padding="valid")] * 3, ReceptiveField((7, 7), (1, 1), (0, 0))),
    ],
)
def test_fields_by_hand(keras, parts, expected):
    """On 16 x 16: a stride of 2 with "same" pads a window of 7 by 2 and 3, one of 3 by 0 and 1."""
    assert cnn.receptive_field(chain(*parts, size=(16, 16))(keras), "last") == expected


def test_the_examples_of_the_docstrings(keras):
    model = chain(conv(3), conv(2, 2, kind="MaxPooling2D"), conv(3), size=(32, 32))(keras)
    assert cnn.receptive_field(model, "last") == ReceptiveField((8, 8), (2, 2), (-3, -3))
    assert (
        cnn.receptive_box(model, "last", (0, 0))
        == Box(0, 0, 5, 5)
        == cnn.measured_receptive_field(model, "last", (0, 0))
    )


def test_the_stem_of_a_residual_network_by_hand(keras):
    """r = 1 + 6 * 1 + 2 * 2 + 2 * 4 + 2 * 4 = 27 after a 7x7 with stride 2, a pool and a block of two 3x3."""
    model = chain(conv(7, 2), conv(3, 2, kind="MaxPooling2D"), conv(3), conv(3), size=(64, 64))(keras)
    field = cnn.receptive_field(model, "last")
    assert field.size == (27, 27)
    assert field.stride == (4, 4)
    assert field.centre == (field.start[0] + 13, field.start[1] + 13)


def test_padding_begins_elsewhere_for_even_and_odd_sizes(keras):
    even, odd = (chain(conv(3, 2), size=(n, n))(keras) for n in (16, 17))
    assert cnn.receptive_field(even, "last").start == (0, 0)
    assert cnn.receptive_field(odd, "last").start == (-1, -1)


def test_what_a_valid_window_left_out_is_not_seen(keras):
    """10 pixels hold 3 windows of 3: the last unit of the next layer would count pixel 9 if cut at the end only."""
    model = chain(conv(3, 3, "valid"), conv(3), size=(10, 10))(keras)
    assert cnn.receptive_box(model, "last", (2, 2)) == Box(3, 3, 6, 6)
    assert cnn.measured_receptive_field(model, "last", (2, 2)) == Box(3, 3, 6, 6)


def test_a_unit_that_sees_nothing(keras):
    model = MODELS["only padding"](keras)
    for seen in (cnn.receptive_box, cnn.measured_receptive_field):
        assert seen(model, "last", (0, 4)) == Box(0, 0, 0, 0)
        assert seen(model, "last", (2, 3)) == Box(0, 1, 1, 1)


def test_a_unit_of_a_unet_sees_the_union_of_its_paths(keras):
    model = small_unet(keras)
    assert cnn.receptive_field(model, "down0") == ReceptiveField((5, 5), (1, 1), (-2, -2))
    assert cnn.receptive_field(model, "bottleneck") == ReceptiveField((32, 32), (4, 4), (-14, -14))
    for layer, position in (
        ("down0", (0, 3)),
        ("up1", (1, 0)),
        ("posterior", (0, 23)),
        ("posterior", (15, 2)),
    ):
        assert cnn.measured_receptive_field(model, layer, position) == cnn.receptive_box(
            model, layer, position
        )


def test_networks_that_listen(keras):
    """The picture's field is the same whatever the sound scales."""
    from mmseg_edu.models import audio_visual_unet

    model = audio_visual_unet((16, 16), width=2, depth=2)
    for layer in ("halve", "film_bottleneck", "posterior"):
        for position in ((0, 0), (3, 2)):
            assert cnn.measured_receptive_field(model, layer, position) == cnn.receptive_box(
                model, layer, position
            )
    assert cnn.receptive_field(model, "halve") == ReceptiveField((4, 4), (2, 2), (-1, -1))


@pytest.mark.parametrize("ending", ["Flatten", "GlobalAveragePooling2D", "GlobalMaxPooling2D"])
def test_a_vector_sees_the_whole_picture(keras, ending):
    layers = keras.layers
    parts = [layers.Conv2D(2, 3, padding="same"), getattr(layers, ending)(), layers.Dense(4, name="vector")]
    model = keras.Sequential([keras.Input((8, 10, 1)), *parts])
    assert cnn.receptive_field(model, "vector") == ReceptiveField((8, 10), (0, 0), (0, 0))
    assert (
        cnn.receptive_box(model, "vector")
        == Box(0, 0, 8, 10)
        == cnn.measured_receptive_field(model, "vector")
    )
    with pytest.raises(
        ValueError, match=r"layer 'vector' gives vectors, which have no places, got position=\(0, 0\)"
    ):
        cnn.receptive_box(model, "vector", (0, 0))


def test_a_network_of_one_stride_sees_no_pixel_that_a_window_skips(keras):
    """A window of 1 with stride 2 on 8 pixels never reads the last: the vector sees 7 of them."""
    model = chain(conv(1, 2, "valid"), ("GlobalAveragePooling2D", {}), size=(8, 8))(keras)
    assert cnn.receptive_field(model, "last").size == (7, 7)
    assert cnn.measured_receptive_field(model, "last") == Box(0, 0, 7, 7)


def test_the_box_is_what_crop_takes(keras):
    """The unit of a cut-out picture is the unit of the whole: nothing outside the box matters."""
    model = chain(conv(3, padding="valid"), relu(), conv(3, padding="valid"))(keras)
    image = np.random.default_rng(0).random((17, 20, 2)).astype("float32")
    box = cnn.receptive_box(model, "last", (4, 6))
    changed = np.random.default_rng(1).random(image.shape).astype("float32")
    rows, columns = slice(box.top, box.top + box.height), slice(box.left, box.left + box.width)
    changed[rows, columns] = crop(image, *box)
    maps = cnn.feature_maps(model, np.stack([image, changed]), "last")
    np.testing.assert_allclose(maps[0, 4, 6], maps[1, 4, 6], rtol=1e-5, atol=1e-6)
    assert np.abs(maps[0, 4, 7] - maps[1, 4, 7]).max() > 1e-3


def test_the_gradient_lies_in_the_box_and_hides_a_part_of_it(keras):
    keras.utils.set_random_seed(0)
    model = chain(conv(3), relu(), conv(2, 2, kind="MaxPooling2D"), conv(3))(keras)
    image = np.random.default_rng(0).random((17, 20, 2)).astype("float32")
    reached = (cnn.input_gradient(model, image, "last", (4, 5)) != 0).any(axis=-1)
    box = cnn.receptive_box(model, "last", (4, 5))
    assert not np.delete(np.delete(reached, np.r_[box.top : box.top + box.height], 0), [], 1).any()
    assert 0 < reached.sum() < box.height * box.width


def test_the_gradient_of_a_convolution_is_its_kernel(keras):
    model = chain(conv(3))(keras)
    kernel = model.get_layer("last").get_weights()[0]
    found = cnn.input_gradient(model, np.zeros((17, 20, 2), "float32"), "last", (5, 7))
    np.testing.assert_allclose(found[4:7, 6:9], kernel.sum(axis=-1), rtol=1e-5)
    found[4:7, 6:9] = 0
    assert not found.any()


def test_forty_layers_are_not_too_deep(keras):
    model = chain(*[conv(3)] * 40, size=(9, 100))(keras)
    field = cnn.receptive_field(model, "last")
    assert field == ReceptiveField((81, 81), (1, 1), (-40, -40))
    assert cnn.measured_receptive_field(model, "last", (4, 50)) == Box(0, 10, 9, 81)


# What is refused


def test_an_unknown_layer_is_refused_with_the_names(keras):
    model = chain(conv(3), relu())(keras)
    for ask in (cnn.receptive_field, cnn.receptive_box, cnn.measured_receptive_field):
        with pytest.raises(
            ValueError, match=r"layer must be one of the model's, got 'lats': choose from picture, .*, last"
        ):
            ask(model, "lats")


@pytest.mark.parametrize("position", [(9, 0), (0, -1), 3, (1.0, 2), (1, 2, 3), (True, 0), "ab"])
def test_a_position_off_the_map_is_refused(keras, position):
    model = chain(conv(3, 2))(keras)
    for ask in (cnn.receptive_box, cnn.measured_receptive_field):
        with pytest.raises(
            ValueError, match=r"position must be the \(row, column\) .* which has 9 x 10, got"
        ):
            ask(model, "last", position)


def test_what_the_formula_does_not_know_is_refused_and_measured(keras):
    layers = keras.layers
    picture = keras.Input((6, 8, 2))
    model = keras.Model(
        picture, layers.Reshape((4, 12, 2), name="last")(layers.Conv2D(2, 3, padding="same")(picture))
    )
    with pytest.raises(
        ValueError, match="passes through 'last', a Reshape, which is not known: measure it with"
    ):
        cnn.receptive_field(model, "last")
    assert cnn.measured_receptive_field(model, "last", (0, 0)) == Box(0, 0, 2, 2)


def test_a_normalisation_across_places_is_refused(keras):
    picture = keras.Input((6, 8, 2))
    model = keras.Model(picture, keras.layers.LayerNormalization(axis=(1, 2, 3), name="last")(picture))
    with pytest.raises(ValueError, match="passes through 'last', a LayerNormalization, which is not known"):
        cnn.receptive_box(model, "last")


def test_branches_with_two_strides_are_refused(keras):
    layers = keras.layers
    picture = keras.Input((16, 16, 1))
    parts = layers.Conv2D(1, 1, 2)(picture), layers.Cropping2D(4)(picture)
    model = keras.Model(picture, layers.Add(name="last")(parts))
    with pytest.raises(
        ValueError, match="branches must meet with one stride, got 2 x 2 and 1 x 1 pixels at 'last'"
    ):
        cnn.receptive_field(model, "last")
    assert (
        cnn.receptive_box(model, "last", (1, 7))
        == cnn.measured_receptive_field(model, "last", (1, 7))
        == Box(2, 11, 4, 4)
    )


def test_models_that_are_no_graph_are_refused(keras):
    inner = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(1, 3)], name="inner")
    picture = keras.Input((8, 8, 1))
    nested = keras.Model(picture, keras.layers.ReLU(name="last")(inner(picture)))
    shared = keras.layers.Conv2D(1, 3, padding="same", name="twice")
    twice = keras.Model(picture, keras.layers.ReLU(name="last")(shared(shared(picture))))
    free = (
        keras.Model(keras.Input((None, None, 1)), keras.layers.Conv2D(1, 3, name="last").output)
        if False
        else None
    )
    assert free is None
    with pytest.raises(
        ValueError, match=r"one graph, got the model 'inner' inside it: .* model.get_layer\('inner'\)"
    ):
        cnn.receptive_field(nested, "last")
    with pytest.raises(
        ValueError,
        match="each layer must be used once, got 'last' after one that is used again: make a second",
    ):
        cnn.receptive_field(twice, "last")
    with pytest.raises(
        ValueError, match=r"model must be a graph .* got Sequential without inputs: start a Sequential"
    ):
        cnn.receptive_field(keras.Sequential([keras.layers.Conv2D(1, 3, name="last")]), "last")


def test_units_that_see_a_part_and_themselves(keras):
    """A vector of the middle scales all places: what unit (p, q) sees reaches from the middle to (p, q)."""
    layers = keras.layers
    picture = keras.Input((8, 8, 1), name="picture")
    scale = layers.GlobalAveragePooling2D(keepdims=True)(layers.Cropping2D(3)(picture))
    model = keras.Model(picture, layers.Multiply(name="last")([picture, scale]))
    assert cnn.receptive_field(model, "last") == ReceptiveField((8, 8), (0, 0), (0, 0))
    for position, box in (((0, 1), Box(0, 1, 5, 4)), ((7, 3), Box(3, 3, 5, 2)), ((4, 4), Box(3, 3, 2, 2))):
        assert cnn.receptive_box(model, "last", position) == box
        assert cnn.measured_receptive_field(model, "last", position) == box


def test_a_factor_of_padding_counts_though_it_is_0(keras):
    layers = keras.layers
    picture = keras.Input((4, 4, 1), name="picture")
    padded = layers.ZeroPadding2D(1)(picture)
    scale = layers.GlobalAveragePooling2D(keepdims=True)(picture)
    model = keras.Model(picture, layers.Multiply(name="last")([padded, scale]))
    assert cnn.receptive_box(model, "last", (0, 0)) == Box(0, 0, 4, 4)
    assert cnn.measured_receptive_field(model, "last", (0, 0)) == Box(0, 0, 0, 0)
    assert cnn.measured_receptive_field(model, "last", (1, 1)) == Box(0, 0, 4, 4)


def test_channels_first_and_unknown_operations_are_refused(keras):
    picture = keras.Input((6, 6, 6))
    first = keras.layers.Conv2D(2, 3, data_format="channels_first", name="last")(picture)
    with pytest.raises(ValueError, match="a Conv2D, with channels first: use data_format="):
        cnn.receptive_box(keras.Model(picture, first), "last")
    rolled = keras.layers.ReLU(name="last")(keras.ops.roll(picture, 1, axis=1))
    with pytest.raises(ValueError, match=r"passes through 'roll.*', a Roll, which is not known"):
        cnn.receptive_box(keras.Model(picture, rolled), "last")
    assert cnn.measured_receptive_field(keras.Model(picture, rolled), "last", (0, 2)) == Box(5, 2, 1, 1)


def test_a_size_that_is_not_fixed_is_refused(keras):
    model = keras.Sequential([keras.Input((None, 8, 1)), keras.layers.Conv2D(1, 3, name="last")])
    with pytest.raises(ValueError, match=r"must be built for pictures of one size, got \(None, None, 8, 1\)"):
        cnn.receptive_field(model, "last")


def test_two_pictures_are_refused(keras):
    one, other = keras.Input((8, 8, 1), name="one"), keras.Input((8, 8, 1), name="other")
    model = keras.Model([one, other], keras.layers.Add(name="last")([one, other]))
    with pytest.raises(ValueError, match=r"must be made from one picture \(N, H, W, C\), got one, other"):
        cnn.receptive_field(model, "last")
