"""The joined network is the rule on what its two parts say, learns nothing of its own, and comes back from a file."""

import numpy as np
import pytest

from mmseg_edu import backend
from mmseg_edu.fusion import sounding
from mmseg_edu.models import event_tagger, sound_tagger, sounding_network, subpixel_unet, unet
from mmseg_edu.models.weights import arrays_of, set_arrays


def parts():
    return subpixel_unet(8, 3, widths=(3, 4)), event_tagger(6, 3, width=4)


def pictures_and_sounds(count=3, seed=0):
    rng = np.random.default_rng(seed)
    return rng.random((count, 8, 8, 3)).astype(np.float32), rng.normal(size=(count, 6)).astype(np.float32)


def test_it_says_what_the_rule_makes_of_its_parts():
    seeing, hearing = parts()
    images, vectors = pictures_and_sounds()
    expected = sounding(seeing.predict(images, verbose=0), hearing.predict(vectors, verbose=0))
    found = sounding_network(seeing, hearing).predict([images, vectors], verbose=0)
    np.testing.assert_allclose(found, expected, atol=1e-6)
    np.testing.assert_allclose(found.sum(axis=-1), 1, atol=1e-6)


def test_it_has_the_weights_of_its_parts_and_no_other():
    seeing, hearing = parts()
    joined = sounding_network(seeing, hearing)
    arrays = arrays_of(joined)
    assert arrays.keys() == arrays_of(seeing).keys() | arrays_of(hearing).keys()
    set_arrays(joined, {name: np.full_like(array, 0.25) for name, array in arrays.items()})
    for part in (seeing, hearing):
        assert all((array == 0.25).all() for array in arrays_of(part).values())


def test_whoever_is_silent_is_background_and_a_flag_moves_its_class_alone():
    seeing, hearing = parts()
    joined = sounding_network(seeing, hearing)
    images, vectors = pictures_and_sounds()
    layer = hearing.get_layer("flag_logits")
    for flags in ((0, 0, 0), (0, 1, 0), (0, 1, 1)):
        layer.set_weights([np.zeros((4, 3)), np.where(flags, 40.0, -40.0)])
        found = joined.predict([images, vectors], verbose=0)
        expected = sounding(seeing.predict(images, verbose=0), np.array(flags))
        np.testing.assert_allclose(found, expected, atol=1e-6)


def test_any_network_that_sees_will_do():
    model = sounding_network(unet(8, 3, width=2, depth=1), event_tagger(6, 3, width=4))
    assert [tuple(x.shape) for x in model.inputs] == [(None, 8, 8, 3), (None, 6)]
    assert model.output.shape == (None, 8, 8, 3)
    assert model.get_layer("logits").output.shape == (None, 8, 8, 3)
    assert model.get_layer("flags").output.shape == (None, 3)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras with NumPy 2
def test_it_comes_back_from_a_file_in_safe_mode(tmp_path):
    model = sounding_network(*parts())
    model.save(tmp_path / "model.keras")
    again = backend.load().saving.load_model(tmp_path / "model.keras", safe_mode=True)
    given = pictures_and_sounds()
    np.testing.assert_array_equal(again.predict(given, verbose=0), model.predict(given, verbose=0))


def test_gradients_reach_every_weight_of_both():
    model = sounding_network(*parts())
    before = arrays_of(model)
    model.compile(backend.load().optimizers.Adam(1e-2), "sparse_categorical_crossentropy")
    images, vectors = pictures_and_sounds(16)
    model.fit([images, vectors], np.random.default_rng(1).integers(0, 3, (16, 8, 8)), epochs=3, verbose=0)
    assert [name for name, array in arrays_of(model).items() if (array == before[name]).all()] == []


def test_flags_are_free_to_be_many_or_none():
    model = event_tagger(6, 3, width=4, depth=0)
    layer = model.get_layer("flag_logits")
    for bias, total in ((-40.0, 0.0), (40.0, 3.0)):
        layer.set_weights([np.zeros((6, 3)), np.full(3, bias)])
        np.testing.assert_allclose(model.predict(np.ones((2, 6)), verbose=0).sum(axis=-1), total, atol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"length": 0}, "length must be a whole number, 1 or more, got 0"),
        ({"classes": 2.5}, "classes must be a whole number, 1 or more, got 2.5"),
        ({"width": -1}, "width must be a whole number, 1 or more, got -1"),
        ({"depth": -1}, "depth must be 0 or more, got -1"),
    ],
)
def test_bad_numbers_are_refused(arguments, says):
    with pytest.raises(ValueError, match=says):
        event_tagger(**arguments)


def test_parts_that_do_not_fit_are_refused():
    seeing, _ = parts()
    with pytest.raises(ValueError, match=r"must have different names, got \['logits', 'posterior'\] in both"):
        sounding_network(seeing, sound_tagger(6, 3, width=4))
    with pytest.raises(ValueError, match=r"heard must have shape .* got \(None, 4\)"):
        sounding_network(seeing, event_tagger(6, 4, width=4))
