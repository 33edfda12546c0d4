"""The numbers that networks are built from, and the precision that they end in."""

import keras
import numpy as np
import pytest

from mmseg_edu import models

BUILDERS = {
    "unet": lambda: models.unet(8, 3, width=2, depth=1),
    "sound_tagger": lambda: models.sound_tagger(5, 3, width=4),
    "image_encoder": lambda: models.image_encoder(8, 3, width=2),
}


@pytest.mark.parametrize("name", BUILDERS)
def test_half_precision_ends_in_whole_posteriors(name):
    """In half precision small probabilities vanish, and the logarithm of a loss with them."""
    keras.mixed_precision.set_global_policy("mixed_float16")
    try:
        model = BUILDERS[name]()
    finally:
        keras.mixed_precision.set_global_policy("float32")
    given = [np.zeros((2, *x.shape[1:]), np.float32) for x in model.inputs]
    said = np.asarray(model(given if len(given) > 1 else given[0]))
    assert said.dtype == np.float32
    assert np.isfinite(said).all()


@pytest.mark.parametrize("value", [None, 2.0, True, "4", np.float64(3)])
@pytest.mark.parametrize("name", ["classes", "length", "width", "depth"])
def test_what_is_no_whole_number_is_refused(name, value):
    with pytest.raises(ValueError, match=rf"{name} must be [01] or more, got .*whole number"):
        models.sound_tagger(**{"length": 4, "classes": 2, name: value})
    with pytest.raises(ValueError, match=f"{name} must be 1 or more, got .*whole number"):
        models.audio_visual_unet(8, **{name: value})


def test_whole_numbers_of_numpy_are_taken():
    four, two = np.int64(4), np.int32(2)
    assert models.sound_tagger(four, two, width=two, depth=np.uint8(1)).output_shape == (None, 2)
    model = models.audio_visual_unet(8, two, length=four, width=four, depth=np.int64(1))
    assert model.output_shape == (None, 8, 8, 2)
