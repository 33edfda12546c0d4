"""The network that listens: both senses reach the mask, and the sound decides."""

from functools import partial

import numpy as np
import pytest

from mmseg_edu import backend
from mmseg_edu.models import audio_visual_unet, layers, train_audio_visual
from mmseg_edu.models.places import PLACES

keras = backend.load()

# Keras asks its variables for an array in a way that NumPy 2 calls old.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def two_squares(count, seed=0):
    """A red and a green square in every picture; sound (1, 0) asks for the red one, (0, 1) for the other."""
    rng = np.random.default_rng(seed)
    images = rng.uniform(0, 0.2, (count, 16, 16, 3)).astype(np.float32)
    labels = np.zeros((count, 16, 16), np.int32)
    heard = rng.integers(0, 2, count)
    for i in range(count):
        for colour in (0, 1):
            y, x = rng.integers(0, 11), rng.integers(0, 4) + 8 * colour
            images[i, y : y + 5, x : x + 5, colour] = 1
            if heard[i] == colour:
                labels[i, y : y + 5, x : x + 5] = 1 + colour
    return images, np.eye(2, dtype=np.float32)[heard], labels


def test_it_learns_to_follow_the_sound():
    images, sounds, labels = two_squares(128)
    backend.seed(0)
    model = audio_visual_unet(16, 3, length=2, width=8, depth=2)
    history = train_audio_visual(
        model, images, sounds, labels, epochs=30, batch=16, rate=1e-2, progress=False
    )
    images, sounds, labels = two_squares(16, seed=1)
    mask = model.predict([images, sounds], verbose=0).argmax(axis=-1)
    assert (mask == labels).mean() > 0.97
    other = model.predict([images, sounds[:, ::-1]], verbose=0).argmax(axis=-1)
    assert not (other[labels > 0] == labels[labels > 0]).mean() > 0.2
    assert history.seconds > 0
    assert history.loss[-1] < history.loss[0]


def test_shape_and_names():
    model = audio_visual_unet((16, 24), 4, channels=1, length=7, width=4, depth=2)
    assert [tuple(x.shape) for x in model.inputs] == [(None, 16, 24, 1), (None, 7)]
    assert model.output.shape == (None, 16, 24, 4)
    assert model.get_layer("film_bottleneck").output.shape == (None, 4, 6, 8)
    assert model.get_layer("logits").output.shape == (None, 16, 24, 4)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"size": 60}, r"size must be divisible by 2\*\*depth = 8, got \(60, 60\)"),
        ({"size": 64, "depth": 0}, "depth must be 1 or more, got 0"),
        ({"size": 64, "width": 0}, "width must be 1 or more, got 0"),
        ({"size": 64, "frames": 0}, "frames must be 1 or more, got 0"),
        ({"size": 64, "motion": 0}, "motion must be 1 or more, got 0"),
        (
            {"size": 64, "place": "nowhere"},
            "place must be one of early, middle, late, got 'nowhere': try middle",
        ),
        ({"size": 64, "operator": layers.Product}, "Product multiplies posteriors, .* choose place='late'"),
        (
            {"size": 64, "operator": layers.Product, "place": "early"},
            "Product multiplies posteriors, .* choose place='late'",
        ),
    ],
)
def test_bad_numbers_are_refused(arguments, says):
    with pytest.raises(ValueError, match=says):
        audio_visual_unet(**arguments)


def test_training_needs_one_sound_a_picture():
    images, sounds, labels = two_squares(4)
    model = audio_visual_unet(16, 3, length=2, width=4, depth=1)
    with pytest.raises(
        ValueError, match="one entry a scene, got 4, 3 and 4: take all three from the same batch"
    ):
        train_audio_visual(model, images, sounds[:3], labels)
    with pytest.raises(ValueError, match="epochs must be 1 or more, got 0"):
        train_audio_visual(model, images, sounds, labels, epochs=0)


OPERATORS = {
    "Film": layers.Film,
    "Gated": layers.Gated,
    "Concat": layers.Concat,
    "Bilinear": partial(layers.Bilinear, rank=4),
    "CrossAttention": layers.CrossAttention,
    "Tpavi": layers.Tpavi,
    "Weighted": layers.Weighted,
    "Weighted by class": partial(layers.Weighted, per_class=True),
    "Product": layers.Product,
}
NO_POSTERIORS = [("Product", "early"), ("Product", "middle")]
AT = [(name, place) for name in OPERATORS for place in PLACES if (name, place) not in NO_POSTERIORS]


def given(model, count=2, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.random((count, *each.shape[1:]), dtype=np.float32) for each in model.inputs]


@pytest.mark.parametrize(("name", "place"), AT)
def test_every_operator_works_at_every_place_that_has_what_it_fuses(name, place):
    model = audio_visual_unet((8, 12), 4, length=5, width=4, depth=2, operator=OPERATORS[name], place=place)
    posterior = np.asarray(model(given(model)))
    assert posterior.shape == (2, 8, 12, 4)
    np.testing.assert_allclose(posterior.sum(axis=-1), 1, atol=1e-5)
    logits = keras.Model(model.inputs, model.get_layer("logits").output)(given(model))
    np.testing.assert_allclose(np.asarray(keras.ops.softmax(logits)), posterior, atol=1e-5)


@pytest.mark.parametrize(("name", "place"), AT)
def test_two_steps_of_training_make_every_operator_hear(name, place):
    """Two, because TPAVI and FiLM start deaf, TPAVI behind a scale of 0."""
    model = audio_visual_unet(8, 3, length=2, width=4, depth=1, operator=OPERATORS[name], place=place)
    x, labels = given(model, 4), np.arange(256).reshape(4, 8, 8) % 3
    eagerly = keras.backend.backend() == "tensorflow"  # quicker than tracing for two steps
    model.compile(keras.optimizers.Adam(1e-2), "sparse_categorical_crossentropy", run_eagerly=eagerly)
    for _ in range(2):
        model.train_on_batch(x, labels)
    other = [x[0], x[1] + 1]
    assert np.abs(np.asarray(model(x)) - np.asarray(model(other))).max() > 1e-6


@pytest.mark.parametrize(("name", "place"), [each for each in AT if "by class" not in each[0]])
def test_films_and_a_third_sense(name, place):
    model = audio_visual_unet(
        8, 3, length=5, width=4, depth=2, operator=OPERATORS[name], place=place, frames=3, motion=2
    )
    assert [tuple(x.shape[1:]) for x in model.inputs] == [(3, 8, 8, 3), (3, 5), (3, 8, 8, 2)]
    posterior = np.asarray(model(given(model)))
    assert posterior.shape == (2, 3, 8, 8, 3)
    np.testing.assert_allclose(posterior.sum(axis=-1), 1, atol=1e-5)
    assert model.get_layer("logits").output.shape == (None, 3, 8, 8, 3)


def test_each_frame_passes_by_itself_but_for_what_an_operator_joins():
    """FiLM takes the sound of the frame; attention also that of the others."""
    for operator, alone in ((layers.Film, True), (layers.CrossAttention, False)):
        model = audio_visual_unet(8, 3, length=5, width=4, depth=2, operator=operator, frames=2)
        for layer in model.layers:
            if hasattr(layer, "one_place"):
                rng = np.random.default_rng(0)
                layer.set_weights([rng.normal(size=w.shape) for w in layer.weights])
        x = given(model)
        changed = [x[0], x[1].copy()]
        changed[1][:, 1] += 1
        before, after = np.asarray(model(x)), np.asarray(model(changed))
        assert not np.allclose(before[:, 1], after[:, 1], atol=1e-4)
        assert np.allclose(before[:, 0], after[:, 0], atol=1e-6) == alone


def test_the_motion_map_reaches_the_mask():
    model = audio_visual_unet(8, 3, length=5, width=4, depth=2, motion=1, operator=layers.Gated)
    x = given(model)
    assert np.abs(np.asarray(model(x)) - np.asarray(model([*x[:2], 1 - x[2]]))).max() > 1e-6


def test_early_and_late_meet_once_and_the_middle_everywhere():
    def meetings(place):
        model = audio_visual_unet(16, width=2, depth=3, place=place)
        return sorted(layer.name for layer in model.layers if isinstance(layer, layers.Film))

    assert meetings("early") == ["film_early"]
    assert meetings("middle") == ["film1", "film2", "film_bottleneck", "film_last"]
    assert meetings("late") == ["film_late"]
    attending = audio_visual_unet(16, width=2, depth=1, operator=layers.CrossAttention)
    assert "cross_attention_bottleneck" in [layer.name for layer in attending.layers]


def test_a_network_that_has_not_listened_yet_sees_the_same_whatever_sounds():
    """FiLM and TPAVI start as the identity: all that they know of the sound they have learnt."""
    for operator in (layers.Film, layers.Tpavi):
        model = audio_visual_unet(16, width=4, depth=2, operator=operator)
        x = given(model)
        np.testing.assert_array_equal(np.asarray(model(x)), np.asarray(model([x[0], 5 * x[1]])))


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("Film", {}),
        ("Product", {"place": "late"}),
        ("CrossAttention", {"frames": 2, "motion": 1}),
        ("Tpavi", {"frames": 2}),
    ],
)
def test_a_network_read_again_in_safe_mode_says_the_same(name, options, tmp_path):
    model = audio_visual_unet(8, 3, length=5, width=4, depth=2, operator=OPERATORS[name], **options)
    model.save(tmp_path / "network.keras")
    again = keras.models.load_model(tmp_path / "network.keras")
    np.testing.assert_allclose(np.asarray(again(given(model))), np.asarray(model(given(model))), atol=1e-6)


@pytest.mark.parametrize(("name", "place"), AT)
def test_half_precision_ends_in_whole_posteriors(name, place):
    keras.mixed_precision.set_global_policy("mixed_float16")
    try:
        model = audio_visual_unet(8, 3, length=5, width=4, depth=2, operator=OPERATORS[name], place=place)
    finally:
        keras.mixed_precision.set_global_policy("float32")
    posterior = np.asarray(model(given(model)))
    assert posterior.dtype == np.float32
    assert np.isfinite(posterior).all()
    np.testing.assert_allclose(posterior.sum(axis=-1), 1, atol=1e-5)
