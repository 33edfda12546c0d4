"""Encoders that were trained on ImageNet, with Keras' published weights where they are at hand."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, NamedTuple

from mmseg_edu import backend
from mmseg_edu.preprocess.arguments import checked_size
from mmseg_edu.whole_file import whole_file

# Keras' name of the network: the file of its weights without the classifier, and where Keras keeps its MD5. One file
# serves pictures of all sizes.
_FILES = {
    "MobileNetV2": ("mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5", None),
    "ResNet50": ("resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5", "resnet50"),
    "EfficientNetV2B0": ("efficientnetv2-b0_notop.h5", "b0"),
}
# What ResNet50 was trained on: bytes, blue first, less the mean of each channel.
_MEAN_RED_GREEN_BLUE = (123.68, 116.779, 103.939)
# Seconds without an answer, or without a byte, until a download is given up.
_PATIENCE = 10
_SMALLEST = 32
_HDF5 = b"\x89HDF\r\n\x1a\n"


class WeightsFile(NamedTuple):
    """A file of weights: where it belongs, where it comes from, and its MD5, or None if Keras states none."""

    path: Path
    url: str
    md5: str | None


def imagenet_encoder(
    name: str = "MobileNetV2",
    size: int | tuple[int, int] = 224,
    *,
    weights: str | os.PathLike[str] | None = None,
    download: bool = False,
) -> Any:
    """Build a network that was trained on ImageNet, without its classifier, for pictures in [0, 1].

    Parameters
    ----------
    name : {"MobileNetV2", "ResNet50", "EfficientNetV2B0"}
        9, 94 and 24 MB of weights.
    size : int or (H, W), pixels, 32 or more
        Of the pictures. The network does not need 224, but finds most at the scale that it was trained on.
    weights : path, optional
        A file of weights for this network without its classifier. Default: the file that Keras downloads, in Keras'
        own folder, see :func:`imagenet_weights`.
    download : bool
        Fetch that file if it is not there. Without it the network is never asked.

    Returns
    -------
    keras.Model
        Takes (N, H, W, 3) in [0, 1], gives the last feature map, (N, h, w, K), at 1/32 of the size, rounded up. What
        the network wants instead (-1 to 1, or bytes less their mean, blue first) is done inside. Give it and the name
        of one of its layers to :func:`feature_maps`.

    Raises
    ------
    FileNotFoundError
        The weights are not on this computer; the message names the file, its hash and where to put it.
    ConnectionError
        They cannot be downloaded; nothing is left behind. An answer is waited for 10 s.
    ValueError
        For an unknown name or a size below 32, and a file that has another hash or belongs to another network.

    Notes
    -----
    A file in Keras' folder, or a download, must have the MD5 that the installed Keras states; for MobileNetV2 it states
    none, and only names and shapes of the weights are compared. The same goes for a file of your own.

    References
    ----------
    Sandler et al. (2018), CVPR (MobileNetV2); He et al. (2016), CVPR (ResNet); Tan & Le (2021), ICML
    (EfficientNetV2). Deng et al. (2009), CVPR (ImageNet).

    Examples
    --------
    >>> encoder = imagenet_encoder("MobileNetV2", 96)  # doctest: +SKIP
    >>> feature_maps(encoder, images, "block_6_expand_relu").shape  # doctest: +SKIP
    (10, 12, 12, 192)

    Lesson: 05_cnn_features
    """
    _check_name(name)
    height, width = checked_size(size)
    if min(height, width) < _SMALLEST:
        raise ValueError(
            f"size must be {_SMALLEST} or more, which leaves one unit at 1/32, got {(height, width)}: enlarge the "
            "pictures with preprocess.image.resize_image"
        )
    file = Path(weights) if weights is not None else _published(name, download)
    if not file.is_file():
        raise FileNotFoundError(
            f"weights must be a file, got {os.fspath(file)!r}, which is not there: look at the path"
        )
    _check_hdf5(file)
    model = _build(name, height, width)
    try:
        model.load_weights(str(file))
    except (ValueError, OSError, KeyError) as error:
        raise ValueError(
            f"{file.name} must hold weights of {name} without its classifier, and Keras cannot load them "
            f"({str(error).splitlines()[0] if str(error) else type(error).__name__}): take the file that "
            f"imagenet_weights({name!r}) names"
        ) from error
    return model


def imagenet_weights(name: str = "MobileNetV2") -> WeightsFile:
    """Say where the ImageNet weights of a network belong on this computer, where they come from, and their hash.

    Parameters
    ----------
    name : as in :func:`imagenet_encoder`

    Returns
    -------
    WeightsFile
        ``path`` in the folder ``models`` of the one that the environment variable KERAS_HOME names, or else of
        ``.keras`` at home; ``url``; ``md5``, 32 hexadecimal digits or None. Address and hash are those of the
        installed Keras. Nothing is downloaded, and the file need not be there.

    Raises
    ------
    ValueError
        For an unknown name.

    Examples
    --------
    >>> imagenet_weights("ResNet50").md5  # doctest: +SKIP
    '4d473c1dd8becc155b73f8504c6f6626'

    Lesson: 05_cnn_features
    """
    _check_name(name)
    file, key = _FILES[name]
    network = sys.modules[getattr(backend.load().applications, name).__module__]
    base = getattr(network, "BASE_WEIGHTS_PATH", None) or network.BASE_WEIGHT_PATH
    md5 = network.WEIGHTS_HASHES[key][1] if key else None
    home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    return WeightsFile(home / "models" / file, base + file, md5)


def _check_name(name: str) -> None:
    if name not in _FILES:
        raise ValueError(
            f"name must be one of {', '.join(_FILES)}, got {name!r}: their file and input are known"
        )


def _published(name: str, download: bool) -> Path:
    """The file of weights in Keras' folder, fetched if that is wanted and it is not there."""
    file = imagenet_weights(name)
    if not file.path.is_file():
        if not download:
            raise FileNotFoundError(
                f"the ImageNet weights of {name} must be on this computer, and they are not: download\n  {file.url}\n"
                f"to\n  {file.path}\n(MD5 {file.md5 or 'not stated by Keras'}), or give another place as weights=, or "
                f"let imagenet_encoder({name!r}, download=True) do it"
            )
        _fetch(file)
    _check_content(file, file.path)
    return file.path


def _fetch(file: WeightsFile) -> None:
    from pooch import HTTPDownloader

    file.path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(file.path) as new:
        try:
            HTTPDownloader(timeout=_PATIENCE)(file.url, str(new), None)
        except OSError as error:
            if error.errno is not None:  # the disk's, not the network's
                raise
            raise ConnectionError(
                f"{file.url} must be reachable, and it is not ({type(error).__name__}): try again with a network, or "
                f"bring the file from elsewhere to {file.path}"
            ) from error
        _check_content(file, new)


def _check_content(file: WeightsFile, here: Path) -> None:
    """Refuse another hash and, where none is stated, what is no HDF5 file: the page of a login, for example."""
    from pooch import file_hash

    if file.md5 and (got := file_hash(str(here), alg="md5")) != file.md5:
        raise ValueError(
            f"{file.path.name} must have the MD5 {file.md5}, got {got}: it is damaged or another version; remove it "
            f"and download {file.url}"
        )
    _check_hdf5(here)


def _check_hdf5(here: Path) -> None:
    with here.open("rb") as opened:
        start = opened.read(len(_HDF5))
    if start != _HDF5:
        raise ValueError(
            f"weights must be an HDF5 file, got {here.name}, which begins with {start!r}: take the file that "
            "imagenet_weights names"
        )


def _build(name: str, height: int, width: int) -> Any:
    keras = backend.load()
    layers = keras.layers
    picture = layers.Input((height, width, 3), name="picture")
    if name == "MobileNetV2":
        wanted = layers.Rescaling(2.0, -1.0, name="from_minus_1_to_1")(picture)
    elif name == "ResNet50":
        offset = [-mean for mean in _MEAN_RED_GREEN_BLUE]
        bytes_ = layers.Rescaling(255.0, offset, name="bytes_less_their_mean")(picture)
        wanted = keras.ops.flip(bytes_, axis=-1)
    else:
        wanted = layers.Rescaling(255.0, name="bytes")(picture)
    build = getattr(keras.applications, name)
    return build(include_top=False, weights=None, input_tensor=wanted, input_shape=(height, width, 3))
