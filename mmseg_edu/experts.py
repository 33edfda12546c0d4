"""The witnesses that ship with the package: one sees but is deaf, one hears but is blind.

They are small networks, trained by ``mmseg-edu train`` on sounding scenes and run here in plain NumPy, so
that the lessons on fusion never import Keras. ``models.image_unet``, ``models.object_unet`` and
``models.sound_tagger_shipped`` are the same in Keras.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmseg_edu.features.cnn import convolve, max_pool
from mmseg_edu.preprocess.arguments import ROUNDING, as_array, checked_path, checked_room, shown

Array = NDArray[Any]
Probabilities = NDArray[np.float32]

SHIPPED = "experts.npz"
# The largest network of these lessons has 36 MB of weights; an archive that unpacks to more is no network.
_LARGEST_WEIGHTS = 1_000_000_000


def see(images: ArrayLike) -> Probabilities:
    r"""What the picture alone says: P(class of the sounding object at this pixel | picture), for every pixel.

    The witness knows what a bell looks like, and cannot know whether it rings. On the pixels of a bell it
    answers about as often "bell" as bells do ring in the training scenes, and "background" for the rest.

    Parameters
    ----------
    images : floating-point array of shape (..., H, W, 3) in [0, 1], H and W divisible by 8

    Returns
    -------
    array of shape (..., H, W, 5), float32, sums to 1 over the last axis, classes as in ``scenes.CLASSES``

    Raises
    ------
    ValueError
        If the pictures are whole numbers, such as pixels from 0 to 255, or leave [0, 1]; the shape is not
        that of a colour picture; H or W does not divide by 8; or a value is not finite.

    Notes
    -----
    Trained on pictures of 64x64 whose objects are about a third as wide as the picture. A larger picture
    should be resized, not cut into tiles.

    Examples
    --------
    >>> import numpy as np
    >>> posterior = see(np.full((64, 64, 3), 0.5))
    >>> posterior.shape, bool(np.allclose(posterior.sum(axis=-1), 1))
    ((64, 64, 5), True)

    Lesson: 00_start_here
    """
    return run_unet(_pictures(images), part("image"))


def recognise(images: ArrayLike) -> Probabilities:
    r"""What is visible: P(class of the object at this pixel | picture), whether it sounds or not.

    The same network as :func:`see` up to its last layer. On the pixels of a bell it answers "bell", and is as
    sure as the picture is clear.

    Parameters
    ----------
    images : floating-point array of shape (..., H, W, 3) in [0, 1], H and W divisible by 8

    Returns
    -------
    array of shape (..., H, W, 5), float32, sums to 1 over the last axis, classes as in ``scenes.CLASSES``

    Raises
    ------
    ValueError
        As :func:`see`.

    Examples
    --------
    >>> import numpy as np
    >>> recognise(np.full((2, 64, 64, 3), 0.5)).shape
    (2, 64, 64, 5)

    Lesson: 07_mean_fusion
    """
    return run_unet(_pictures(images), part("objects"))


def hear(vectors: ArrayLike) -> Probabilities:
    r"""What the sound alone says: P(class of a pixel drawn at random | sound).

    The witness hears a bell and knows how much of a picture a ringing bell fills; where, it cannot know. In
    silence, every pixel is background.

    Parameters
    ----------
    vectors : floating-point array of shape (..., 128), from ``features.sound_vector``

    Returns
    -------
    array of shape (..., 5), float32, sums to 1 over the last axis, classes as in ``scenes.CLASSES``

    Raises
    ------
    ValueError
        If the vectors are whole numbers, such as samples of a sound; the last axis does not have 128 numbers;
        or a value is not finite.

    Notes
    -----
    To fuse with :func:`see`, spread the answer over the pixels: ``fusion.product([see(image),
    fusion.over_pixels(hear(vector), (H, W))], prior=prior())``.

    Examples
    --------
    >>> import numpy as np
    >>> from mmseg_edu.features import sound_vector
    >>> silence = sound_vector(np.zeros(16000), 16000)
    >>> bool(hear(silence)[0] > 0.95)
    True

    Lesson: 00_start_here
    """
    return run_tagger(vectors, part("sound"))


def prior() -> Probabilities:
    """Share of each class in the training scenes' pixels: the answer of one who neither sees nor hears.

    Returns
    -------
    array of shape (5,), float32, sums to 1, classes in the order of ``scenes.CLASSES``

    Examples
    --------
    >>> shares = prior()
    >>> shares.shape, bool(shares[0] > 0.5)
    ((5,), True)

    Lesson: 09_product_fusion
    """
    shares = shipped()["prior"]
    return shares / shares.sum()  # stored in half precision, which misses a sum of 1 by 0.0002


@lru_cache(maxsize=1)
def shipped() -> Mapping[str, Array]:
    """Every shipped array by name: ``image/<layer>/kernel``, ``sound/<layer>/bias``, ``prior``.

    Returns
    -------
    read-only mapping from str to float32 array

    Examples
    --------
    >>> shipped()["image/logits/kernel"].shape[-1]
    5
    """
    with resources.as_file(resources.files("mmseg_edu") / "weights" / SHIPPED) as path:
        return MappingProxyType(load_arrays(path))


def part(name: str) -> dict[str, Array]:
    """Shipped weights of one witness, under the names that its Keras model gives them.

    Parameters
    ----------
    name : {"image", "objects", "sound"}, for :func:`see`, :func:`recognise` and :func:`hear`

    Returns
    -------
    dict from ``<layer>/<weight>`` to float32 array

    Raises
    ------
    ValueError
        If there is no such witness.

    Examples
    --------
    >>> part("sound")["logits/bias"].shape
    (5,)
    """
    if not isinstance(name, str) or name not in ("image", "objects", "sound"):
        raise ValueError(
            f"name must be image, objects or sound, got {shown(name)}: see, recognise and hear are all there are"
        )
    trunk = "sound/" if name == "sound" else "image/"
    arrays = {key.removeprefix(trunk): array for key, array in shipped().items() if key.startswith(trunk)}
    for weight in ("kernel", "bias"):
        objects = arrays.pop(f"objects/{weight}", None)
        if name == "objects" and objects is not None:
            arrays[f"logits/{weight}"] = objects
    return arrays


def load_arrays(path: str | Path) -> dict[str, Array]:
    """Read named arrays from an ``.npz`` file, as float32.

    Parameters
    ----------
    path : path of a file that ``models.weights.save_arrays`` wrote

    Returns
    -------
    dict from str to float32 array

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is not an archive of arrays of numbers, is damaged, would unpack to more than 1 GB, or holds
        NaN or infinity. Pickled objects are never loaded.

    Examples
    --------
    >>> load_arrays("experts.npz")  # doctest: +SKIP
    """
    path = checked_path("path", path)
    try:
        there = path.is_file()
    except OSError:  # a name longer than a name may be
        there = False
    if not there:
        raise FileNotFoundError(
            f"path must lead to a file of weights, got {shown(str(path))}: check the spelling"
        )
    arrays: dict[str, Array] = {}
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > _LARGEST_WEIGHTS:
            raise ValueError(
                f"weights must unpack to at most {_LARGEST_WEIGHTS // 10**6} MB, got {unpacked // 10**6} MB in "
                f"{path.name}: no network here has so many; take the file from its maker again"
            )
        with np.load(path, allow_pickle=False) as stored:
            for name in stored.files:
                value = np.asarray(stored[name])  # Bytes, where it is no array.
                if not np.issubdtype(value.dtype, np.number) or np.issubdtype(
                    value.dtype, np.complexfloating
                ):
                    raise TypeError(f"{name} holds {value.dtype}")
                arrays[name] = value.astype(np.float32)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        MemoryError,
        TypeError,
        ValueError,
        NotImplementedError,
    ) as error:
        if str(error).startswith("weights must"):
            raise
        raise ValueError(
            f"weights must be an .npz archive of arrays of numbers, got {path.name}, which is none or is damaged: "
            "write it with save_arrays, or copy it again"
        ) from None
    for name, value in arrays.items():
        if not np.isfinite(value).all():
            raise ValueError(
                f"weights must be finite, got NaN or infinity in {name} of {path.name}: train again from an "
                "earlier checkpoint"
            )
    return arrays


def run_unet(images: ArrayLike, weights: Mapping[str, Array]) -> Probabilities:
    r"""Forward pass of ``models.unet`` in NumPy: convolutions as matrix products.

    .. math:: y_{ij} = \max\Big(0, b + \sum_{u,v=-1}^{1} W_{uv}\, x_{i+u,\,j+v}\Big)

    The 3x3 neighbourhoods of all pixels are laid out as the rows of one matrix (im2col), so that a layer is
    one product.

    Parameters
    ----------
    images : floating-point array of shape (..., H, W, channels), H and W divisible by 2**depth
    weights : mapping from ``<layer>/kernel`` and ``<layer>/bias`` to arrays, layers as in ``models.unet``

    Returns
    -------
    array of shape (..., H, W, classes), float32, sums to 1 over the last axis

    Raises
    ------
    ValueError
        If the pictures do not have the shape above, are whole numbers or not finite, or normalisations are
        not folded in.

    Examples
    --------
    >>> import numpy as np
    >>> run_unet(np.zeros((2, 8, 8, 3)), shipped()).shape  # doctest: +SKIP
    (2, 8, 8, 5)

    Lesson: 14_unet
    """
    from scipy.special import softmax

    if any("_norm/" in name for name in weights):
        raise ValueError(
            "weights must not have batch normalisations, got some: fold them with models.weights.folded"
        )
    depth = sum(name.startswith("down") and name.endswith("_1/kernel") for name in weights)
    channels = weights["bottleneck_1/kernel" if depth == 0 else "down0_1/kernel"].shape[2]
    pictures = _checked(images, 2**depth, channels)
    flat = pictures.reshape(-1, *pictures.shape[-3:])
    classes = weights["logits/bias"].shape[0]
    posterior = np.empty((*flat.shape[:-1], classes), np.float32)
    # One picture at a time: its matrices stay in the cache, and memory does not grow with the batch.
    for picture, answer in zip(flat, posterior, strict=True):
        answer[:] = softmax(_unet_logits(picture, weights, depth), axis=-1)
    return posterior.reshape(*pictures.shape[:-1], classes)


def run_tagger(vectors: ArrayLike, weights: Mapping[str, Array]) -> Probabilities:
    r"""Forward pass of ``models.sound_tagger`` in NumPy.

    Parameters
    ----------
    vectors : floating-point array of shape (..., length)
    weights : mapping from ``<layer>/kernel`` and ``<layer>/bias``, layers as in ``models.sound_tagger``

    Returns
    -------
    array of shape (..., classes), float32, sums to 1 over the last axis

    Raises
    ------
    ValueError
        If the last axis has another length than the first layer, or the values are whole numbers or not
        finite.

    Examples
    --------
    >>> import numpy as np
    >>> weights = {"logits/kernel": np.eye(2), "logits/bias": np.zeros(2)}
    >>> run_tagger(np.log([3.0, 1.0]), weights).tolist()
    [0.75, 0.25]
    """
    from scipy.special import softmax

    depth = sum(name.startswith("hidden") and name.endswith("/kernel") for name in weights)
    names = [*(f"hidden{i}" for i in range(depth)), "logits"]
    features = _floats(vectors, "vectors", "make them from samples with features.sound_vector")
    length = weights[f"{names[0]}/kernel"].shape[0]
    if features.ndim < 1 or features.shape[-1] != length:
        raise ValueError(
            f"vectors must have shape (..., {length}), got {features.shape}: "
            f"make them with features.sound_vector"
        )
    if not np.isfinite(features).all():
        raise ValueError("vectors must be finite, got NaN or infinity: look at the sound they were made from")
    with np.errstate(over="ignore", invalid="ignore"):
        for name in names:
            features = features @ weights[f"{name}/kernel"] + weights[f"{name}/bias"]
            if name != "logits":
                features = np.maximum(features, 0)
    checked_room(features, _floats(vectors, "vectors", ""), "vectors")
    return softmax(features, axis=-1).astype(np.float32)


def _floats(values: ArrayLike, name: str, remedy: str) -> NDArray[np.float32]:
    array = as_array(name, values)
    if array.dtype.kind != "f":
        raise ValueError(f"{name} must be floating point, got {array.dtype}: {remedy}")
    with np.errstate(over="ignore"):  # what float32 cannot hold is infinite, and refused as that
        return array.astype(np.float32, copy=False)


def _pictures(images: ArrayLike) -> NDArray[np.float32]:
    pictures = _floats(images, "images", "divide pixels from 0 to 255 by 255")
    if pictures.size and (pictures.min() < -ROUNDING or pictures.max() > 1 + ROUNDING):
        raise ValueError(
            f"images must lie in [0, 1], got values from {pictures.min():.3g} to {pictures.max():.3g}: divide "
            "pixels from 0 to 255 by 255, clip what noise or resizing pushed out with np.clip"
        )
    return pictures


def _checked(images: ArrayLike, step: int, channels: int) -> NDArray[np.float32]:
    pictures = _floats(images, "images", "divide pixels from 0 to 255 by 255")
    if pictures.ndim < 3 or pictures.shape[-1] != channels:
        raise ValueError(
            f"images must have shape (..., H, W, {channels}) with channels last, got {pictures.shape}: "
            f"move or add the missing axis"
        )
    height, width = pictures.shape[-3:-1]
    if height == 0 or width == 0 or height % step or width % step:
        raise ValueError(
            f"images must have H and W divisible by {step} to be halved that often, got {(height, width)}: "
            f"resize them with preprocess.image.resize_image, best to (64, 64)"
        )
    if not np.isfinite(pictures).all():
        raise ValueError("images must be finite, got NaN or infinity: clean them with np.nan_to_num first")
    return pictures


def _unet_logits(picture: Array, weights: Mapping[str, Array], depth: int) -> Array:
    features, maps = picture, []
    for level in range(depth):
        features = _level(features, weights, f"down{level}")
        maps.append(features)
        features = max_pool(features)
    features = _level(features, weights, "bottleneck")
    for level in reversed(range(depth)):
        doubled = features.repeat(2, axis=0).repeat(2, axis=1)
        expected = weights[f"up{level}_1/kernel"].shape[2]
        with_skip = expected != doubled.shape[-1]
        features = np.concatenate([maps[level], doubled], axis=-1) if with_skip else doubled
        features = _level(features, weights, f"up{level}")
    return features @ weights["logits/kernel"][0, 0] + weights["logits/bias"]


def _level(features: Array, weights: Mapping[str, Array], name: str) -> Array:
    i = 1
    while f"{name}_{i}/kernel" in weights:
        features = convolve(features, weights[f"{name}_{i}/kernel"], padding="same")
        features = np.maximum(features + weights[f"{name}_{i}/bias"], 0)
        i += 1
    return features
