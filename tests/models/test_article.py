"""The article's network: as printed the picture reaches nothing, repaired it reaches everything."""

import numpy as np
import pytest

from mmseg_edu import backend
from mmseg_edu.models import article_network, article_segmenter, cross_entropy, loss_gradients

# Keras 3.15 reads variables in a way that NumPy 2 warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")

SIZE, LENGTH, CLASSES = 24, 7, 5


def scenes(count=16, seed=0):
    rng = np.random.default_rng(seed)
    pictures = rng.random((count, SIZE, SIZE, 3), np.float32)
    sounds = rng.standard_normal((count, LENGTH), np.float32)
    return pictures, sounds, rng.integers(0, CLASSES, count)


def dense(units_in, units_out):
    return units_in * units_out + units_out


def window(channels_in, channels_out):
    return 9 * channels_in * channels_out + channels_out


@pytest.mark.parametrize(("size", "left"), [(224, 26 * 26), (64, 6 * 6), ((22, 38), 1 * 3), (24, 1)])
def test_weights_counted_by_hand(size, left):
    """224 -> 222 -> 111 -> 109 -> 54 -> 52 -> 26: of the map's last 128 channels each place is one number."""
    after = dense(128, 64) + dense(64, 5)
    listening = dense(128, 64) + dense(64, 32)
    printed, repaired = article_network(size), article_network(size, repaired=True)
    assert printed.count_params() == listening + dense(32 + 32, 128) + after
    seeing = window(3, 32) + window(32, 64) + window(64, 128)
    assert repaired.count_params() == seeing + listening + dense(left * 128 + 32, 128) + after
    height, width = (size, size) if isinstance(size, int) else size
    for model in (printed, repaired):
        assert [tuple(each.shape) for each in model.inputs] == [(None, height, width, 3), (None, 128)]
        assert [each.name for each in model.inputs] == ["picture", "sound"]
        assert model.output.shape == model.get_layer("logits").output.shape == (None, 5)


def test_the_counts_of_the_article():
    assert article_network().count_params() == 27_237
    assert article_network(repaired=True).count_params() == 11_191_973


@pytest.mark.parametrize("repaired", [False, True])
def test_one_posterior_a_picture(repaired):
    pictures, sounds, _ = scenes()
    model = article_network(SIZE, CLASSES, LENGTH, repaired=repaired)
    posterior = model.predict([pictures, sounds], verbose=0)
    assert posterior.shape == (16, CLASSES)
    np.testing.assert_allclose(posterior.sum(axis=-1), 1, atol=1e-5)
    scores = backend.load().Model(model.inputs, model.get_layer("logits").output)
    logits = scores.predict([pictures, sounds], verbose=0)
    np.testing.assert_allclose(
        posterior, np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True), atol=1e-5
    )


def test_printed_any_picture_gets_the_same_answer_bit_by_bit():
    pictures, sounds, truth = scenes()
    others = [scenes(seed=1)[0], np.zeros_like(pictures), 1e6 * pictures, np.full_like(pictures, np.nan)]
    model = article_network(SIZE, CLASSES, LENGTH)
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit([pictures, sounds], truth, epochs=2, verbose=0)
    answer = model.predict([pictures, sounds], verbose=0)
    for other in others:
        assert np.array_equal(model.predict([other, sounds], verbose=0), answer)
    assert not np.allclose(model.predict([pictures, sounds[::-1]], verbose=0), answer)


def test_repaired_either_sense_changes_the_answer():
    pictures, sounds, _ = scenes()
    model = article_network(SIZE, CLASSES, LENGTH, repaired=True)
    answer = model.predict([pictures, sounds], verbose=0)
    for other in ([pictures[::-1], sounds], [pictures, sounds[::-1]]):
        assert np.abs(model.predict(other, verbose=0) - answer).max(axis=-1).min() > 1e-4


def test_printed_the_picture_has_no_gradient_and_its_layers_are_not_there():
    pictures, sounds, truth = scenes()
    model = article_network(SIZE, CLASSES, LENGTH)
    inputs, weights = loss_gradients(model, [pictures, sounds], truth, cross_entropy)
    assert inputs["picture"].shape == pictures.shape
    assert not inputs["picture"].any()
    assert np.abs(inputs["sound"]).reshape(16, -1).max(axis=1).min() > 0
    assert {name.split("/")[0] for name in weights} == {
        "listen_1",
        "listen_2",
        "decide_1",
        "decide_2",
        "logits",
    }
    assert all(each.any() for each in weights.values())


def test_repaired_the_gradient_reaches_both_senses_and_every_weight():
    pictures, sounds, truth = scenes()
    model = article_network(SIZE, CLASSES, LENGTH, repaired=True)
    inputs, weights = loss_gradients(model, [pictures, sounds], truth, cross_entropy)
    for each in inputs.values():
        assert np.abs(each).reshape(16, -1).max(axis=1).min() > 0
    layers = ["see_1", "see_2", "see_3", "listen_1", "listen_2", "decide_1", "decide_2", "logits"]
    assert list(weights) == [f"{layer}/{part}" for layer in layers for part in ("kernel", "bias")]
    assert all(each.any() for each in weights.values())


def test_printed_it_is_a_network_of_the_sound_alone():
    """The first dense layer after the join reads the sound's vector twice, so its two halves act as their sum."""
    _, sounds, _ = scenes()
    model = article_network(SIZE, CLASSES, LENGTH)

    def layer(values, name):
        kernel, bias = (each.astype(np.float64) for each in model.get_layer(name).get_weights())
        return values @ kernel + bias

    heard = np.maximum(layer(np.maximum(layer(sounds, "listen_1"), 0), "listen_2"), 0)
    kernel, bias = model.get_layer("decide_1").get_weights()
    decided = np.maximum(heard @ (kernel[:32] + kernel[32:]) + bias, 0)
    scores = np.exp(layer(np.maximum(layer(decided, "decide_2"), 0), "logits"))
    by_hand = scores / scores.sum(axis=-1, keepdims=True)
    answer = model.predict([np.zeros((16, SIZE, SIZE, 3)), sounds], verbose=0)
    np.testing.assert_allclose(answer, by_hand, atol=1e-5)


def bright_on_the_left_or_right(count, seed):
    """The class is on which side the picture is bright; the sound says nothing."""
    pictures, sounds, _ = scenes(count, seed)
    truth = np.random.default_rng(seed).integers(0, 2, count)
    for picture, side in zip(pictures, truth, strict=True):
        picture[:, :12] *= 1 - side
        picture[:, 12:] *= side
    return pictures, sounds, truth


def test_only_the_repaired_one_learns_what_is_seen():
    found = {}
    for repaired in (False, True):
        backend.seed(0)
        pictures, sounds, truth = bright_on_the_left_or_right(64, seed=0)
        model = article_network(SIZE, 2, LENGTH, repaired=repaired)
        model.compile(backend.load().optimizers.Adam(3e-3), "sparse_categorical_crossentropy")
        model.fit([pictures, sounds], truth, epochs=15, verbose=0)
        pictures, sounds, truth = bright_on_the_left_or_right(200, seed=1)
        found[repaired] = (model.predict([pictures, sounds], verbose=0).argmax(axis=-1) == truth).mean()
    assert found[True] > 0.95
    assert found[False] < 0.65


@pytest.mark.parametrize("repaired", [False, True])
def test_saved_it_comes_back_in_safe_mode(repaired, tmp_path):
    keras = backend.load()
    pictures, sounds, _ = scenes()
    model = article_network(SIZE, CLASSES, LENGTH, repaired=repaired)
    model.save(tmp_path / "network.keras")
    again = keras.models.load_model(tmp_path / "network.keras", safe_mode=True)
    assert [each.name for each in again.inputs] == ["picture", "sound"]
    answers = [each.predict([pictures, sounds], verbose=0) for each in (model, again)]
    assert np.array_equal(*answers)


def test_the_segmenter_counted_by_hand():
    after = dense(128 + 32, 128) + dense(128, 64) + dense(64, 5)
    finer = dense(128 + 32, 64) + dense(64, 5) + dense(64 + 32, 32) + dense(32, 5)
    seeing = window(3, 32) + window(32, 64) + window(64, 128)
    for size in (24, (16, 40)):
        model = article_segmenter(size)
        assert model.count_params() == seeing + dense(128, 64) + dense(64, 32) + after + finer
        height, width = (size, size) if isinstance(size, int) else size
        assert model.output.shape == model.get_layer("logits").output.shape == (None, height, width, 5)


def test_the_segmenter_decides_at_each_place():
    """What happens in one corner of the picture stays near it; what is heard reaches every pixel."""
    sounds = scenes(2)[1]
    pictures = np.random.default_rng(0).random((2, 40, 40, 3), np.float32)
    model = article_segmenter(40, CLASSES, LENGTH)
    before = model.predict([pictures, sounds], verbose=0)
    changed = pictures.copy()
    changed[:, :2, :2] = 1 - changed[:, :2, :2]
    moved = np.abs(model.predict([changed, sounds], verbose=0) - before).max(axis=-1)
    assert moved[:, 0, 0].min() > 0
    assert moved[:, 32:, 32:].max() == 0
    heard = np.abs(model.predict([pictures, sounds[::-1]], verbose=0) - before).max(axis=-1)
    assert heard.min() > 0


def test_the_gradient_reaches_every_weight_of_the_segmenter_and_both_senses():
    pictures, sounds, _ = scenes()
    truth = np.random.default_rng(0).integers(0, CLASSES, (16, SIZE, SIZE))
    model = article_segmenter(SIZE, CLASSES, LENGTH)
    inputs, weights = loss_gradients(model, [pictures, sounds], truth, cross_entropy)
    for each in inputs.values():
        assert np.abs(each).reshape(16, -1).max(axis=1).min() > 0
    assert len(weights) == 2 * 12
    assert all(each.any() for each in weights.values())


def test_the_segmenter_learns_to_mark_what_is_asked_for():
    """A red and a green half in every picture; the sound says which one to mark."""
    rng = np.random.default_rng(0)
    pictures, asked = np.zeros((48, 16, 16, 3), np.float32), rng.integers(0, 2, 48)
    left = rng.integers(0, 2, 48)
    for picture, colour in zip(pictures, left, strict=True):
        picture[:, :8, colour] = picture[:, 8:, 1 - colour] = 1
    truth = (
        np.where(np.arange(16)[None, None] < 8, left[:, None, None], 1 - left[:, None, None])
        == asked[:, None, None]
    )
    truth = np.broadcast_to(truth, (48, 16, 16)).astype(int)
    sounds = np.eye(2, dtype=np.float32)[asked]
    model = article_segmenter(16, 2, 2)
    model.compile(backend.load().optimizers.Adam(5e-3), "sparse_categorical_crossentropy")
    model.fit([pictures[:40], sounds[:40]], truth[:40], epochs=25, batch_size=8, verbose=0)
    answer = model.predict([pictures[40:], sounds[40:]], verbose=0).argmax(axis=-1)
    assert (answer == truth[40:]).mean() > 0.9


def test_the_segmenter_comes_back_in_safe_mode(tmp_path):
    keras = backend.load()
    pictures, sounds, _ = scenes()
    model = article_segmenter(SIZE, CLASSES, LENGTH)
    model.save(tmp_path / "segmenter.keras")
    again = keras.models.load_model(tmp_path / "segmenter.keras", safe_mode=True)
    answers = [each.predict([pictures, sounds], verbose=0) for each in (model, again)]
    assert np.array_equal(*answers)


def test_the_segmenter_wants_a_size_that_halves_three_times():
    with pytest.raises(
        ValueError, match=r"divisible by 8 on each side, got \(24, 20\): three poolings halve it"
    ):
        article_segmenter((24, 20))
    with pytest.raises(ValueError, match="classes must be a whole number, 1 or more, got 0"):
        article_segmenter(16, classes=0)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            {"size": 21},
            r"size must be at least 22 pixels on each side, got \(21, 21\): three times, a convolution",
        ),
        ({"size": (64, 21)}, r"got \(64, 21\)"),
        ({"size": 24, "classes": 0}, "classes must be a whole number, 1 or more, got 0: a network needs"),
        ({"size": 24, "length": 2.5}, "length must be a whole number, 1 or more, got 2.5"),
    ],
)
def test_bad_numbers_are_refused(arguments, says):
    with pytest.raises(ValueError, match=says):
        article_network(**arguments)
