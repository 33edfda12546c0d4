"""The numbers that networks are built from, and the precision that they end in."""

import inspect
import subprocess
import sys

import keras
import numpy as np
import pytest

from mmseg_edu import models

# The smallest network of each kind, its numbers by name.
NETWORKS = {
    "unet": {"size": 8, "classes": 3, "channels": 3, "width": 2, "depth": 1, "convolutions": 1},
    "subpixel_unet": {"size": 8, "classes": 3, "channels": 3},
    "fcn": {"size": 32, "classes": 3, "channels": 3, "width": 1, "convolutions": 1},
    "fcn_classifier": {"size": 32, "classes": 3, "channels": 3, "width": 1, "convolutions": 1},
    "image_encoder": {"size": 8, "classes": 3, "channels": 3, "width": 2, "depth": 1},
    "sound_tagger": {"length": 5, "classes": 3, "width": 4, "depth": 1},
    "event_tagger": {"length": 5, "classes": 3, "width": 4, "depth": 1},
    "article_network": {"size": 22, "classes": 3, "length": 5},
    "article_segmenter": {"size": 8, "classes": 3, "length": 5},
    "audio_visual_unet": {"size": 8, "classes": 3, "channels": 3, "length": 5, "width": 4, "depth": 1},
}
MORE = {"subpixel_unet": {"widths": (2,)}}


def build(name, **numbers):
    return getattr(models, name)(**NETWORKS[name] | MORE.get(name, {}) | numbers)


def test_every_network_is_listed():
    """A network is what takes classes."""
    takes = {
        n
        for n in models.__all__
        if "classes" in getattr(inspect.signature(getattr(models, n)), "parameters", ())
    }
    assert takes == set(NETWORKS)


@pytest.mark.parametrize("name", NETWORKS)
def test_half_precision_ends_in_whole_posteriors(name):
    """In half precision small probabilities vanish, and the logarithm of a loss with them."""
    keras.mixed_precision.set_global_policy("mixed_float16")
    try:
        model = build(name)
    finally:
        keras.mixed_precision.set_global_policy("float32")
    given = [np.zeros((2, *x.shape[1:]), np.float32) for x in model.inputs]
    said = np.asarray(model(given if len(given) > 1 else given[0]))
    assert said.dtype == np.float32
    assert np.isfinite(said).all()


@pytest.mark.parametrize("value", [None, 2.0, True, "4", np.float64(3), -1])
@pytest.mark.parametrize(("name", "number"), [(n, m) for n, numbers in NETWORKS.items() for m in numbers])
def test_what_is_no_whole_number_is_refused(name, number, value):
    with pytest.raises(ValueError, match=rf"{number} must be .*whole number"):
        build(name, **{number: value})


@pytest.mark.parametrize("value", [2.0, True, "4", 0])
@pytest.mark.parametrize("number", ["frames", "motion"])
def test_what_may_be_left_out_is_a_whole_number_too(number, value):
    with pytest.raises(ValueError, match=rf"{number} must be 1 or more.*whole number"):
        build("audio_visual_unet", **{number: value})


@pytest.mark.parametrize("name", NETWORKS)
def test_whole_numbers_of_numpy_are_taken(name):
    """Keras refuses them: Conv2D(np.int64(4), 3)."""
    plain = build(name)
    for kind in (np.int64, np.uint8):
        model = build(name, **{number: kind(value) for number, value in NETWORKS[name].items()})
        assert model.output_shape == plain.output_shape
        assert model.count_params() == plain.count_params()
        keras.Model.from_config(model.get_config()) if name != "audio_visual_unet" else model.to_json()


def test_channels_first_is_refused_in_plain_words():
    """A keras.json left by another project turns every layer round, and nothing here would fit any more."""
    code = (
        "from mmseg_edu import backend, models\n"
        "keras = backend.load()\n"
        "keras.config.set_image_data_format('channels_first')\n"
        f"for name, numbers in {NETWORKS!r}.items():\n"
        "    try:\n"
        "        getattr(models, name)(**numbers)\n"
        "    except ValueError as error:\n"
        "        assert 'channels of pictures last' in str(error) and 'set_image_data_format' in str(error), error\n"
        "    else:\n"
        "        raise SystemExit(f'{name} was built')\n"
        "keras.config.set_image_data_format('channels_last')\n"
        "assert models.unet(8, width=2, depth=1).output_shape == (None, 8, 8, 5)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr[-2000:]
