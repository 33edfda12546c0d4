"""Seg-Grad-CAM: which places of a layer made a network give a class to a set of pixels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from mmseg_edu import backend
from mmseg_edu.features.cnn.graph import layer_named, outputs, trace
from mmseg_edu.preprocess.arguments import as_reals, checked_room, is_whole
from mmseg_edu.preprocess.image import resize_image


class ActivationMap(NamedTuple):
    """What Seg-Grad-CAM finds: at the layer's size (..., h, w) and stretched to the picture's (..., H, W)."""

    coarse: np.ndarray
    fine: np.ndarray


def grad_cam(maps: ArrayLike, gradients: ArrayLike) -> np.ndarray:
    r"""Weigh each channel by the mean of its gradient, add up, and keep what speaks for the class.

    .. math::
        L_{uv} = \max\Big(0, \sum_k \alpha_k A^k_{uv}\Big), \qquad
        \alpha_k = \frac{1}{hw} \sum_{u, v} \frac{\partial y}{\partial A^k_{uv}}

    Parameters
    ----------
    maps : (..., h, w, K), A, what a layer answers to a picture
    gradients : (..., h, w, K), of a score y by each number of the maps

    Returns
    -------
    array (..., h, w), float64, 0 or more, in the unit of the score a place (times its number of places)

    Raises
    ------
    ValueError
        If the shapes differ or are not those of maps, or a number is not finite.

    References
    ----------
    Selvaraju et al. (2017), ICCV, equations 1 and 2.

    Examples
    --------
    Channel 0 speaks for the class, channel 1 against it:

    >>> grad_cam([[[3.0, 1.0], [1.0, 4.0]]], [[[1.0, -1.0], [1.0, -1.0]]])
    array([[2., 0.]])

    Lesson: 18_explaining
    """
    answers, slopes = as_reals("maps", maps), as_reals("gradients", gradients)
    if answers.ndim < 3 or answers.shape != slopes.shape or answers.size == 0:
        raise ValueError(
            f"maps and gradients must both have shape (..., h, w, K), got {answers.shape} and {slopes.shape}: take "
            "both of the same scenes, channels last"
        )
    if not (np.isfinite(answers).all() and np.isfinite(slopes).all()):
        raise ValueError(
            "maps and gradients must be finite, got NaN or infinity: look at the network's input"
        )
    with np.errstate(over="ignore", invalid="ignore"):
        weights = slopes.mean(axis=(-3, -2), keepdims=True)
        spoken = checked_room((answers * weights).sum(axis=-1), answers, "maps and gradients")
    return np.maximum(spoken, 0)


def seg_grad_cam(
    model: Any,
    inputs: Sequence[ArrayLike],
    layer: str,
    class_index: int,
    pixels: ArrayLike | None = None,
    *,
    logits: str = "logits",
) -> ActivationMap:
    r"""Grad-CAM for a segmentation: the score is the sum of one class's logits over a set of pixels.

    .. math:: y = \sum_{x \in M} z_c(x)

    Parameters
    ----------
    model : keras.Model, of pictures or of pictures and more senses
    inputs : list of arrays, one a sense: of one scene, without the axis of the batch, or of N scenes
        ``[picture]``, ``[picture, sound]`` or ``[pictures, sounds]``, as the model takes them.
    layer : str, name of a layer with maps (N, h, w, K) that the logits depend on
        The paper takes the bottleneck, whose places know the whole; in a small network it is coarse, and a later layer
        shows more.
    class_index : int, c
    pixels : (H, W) bool, M, or (N, H, W) for N scenes, optional
        Default: the pixels that the model gives to the class.
    logits : str, name of the layer with the scores (N, H, W, classes) before the softmax
        After it, the gradient of a class of which the model is sure would be 0.

    Returns
    -------
    ActivationMap
        ``coarse`` (h, w) and ``fine`` (H, W), for N scenes with N in front, as :func:`grad_cam`, not normalised: 0
        where the place does not speak for the class. The scenes of a batch do not change each other's maps.

    Raises
    ------
    ValueError
        For an unknown layer, one without maps, or one that the logits do not depend on; for inputs that do not fit;
        for a class that is none; and for an empty set of pixels.
    NotImplementedError
        On PyTorch.

    Notes
    -----
    It says where the evidence lies that the layer passed on, to first order, and no more. It does not say that another
    picture would change the answer, nor anything about the sound. Ask first whether the map depends on the weights
    (:func:`shuffled_weights`).

    References
    ----------
    Vinogradova, Dibrov & Myers (2020), AAAI, equation 1.

    Examples
    --------
    >>> seg_grad_cam(model, [picture, vector], "bottleneck", 2).fine.shape  # doctest: +SKIP
    (64, 64)

    Lesson: 18_explaining
    """
    target, scores = (outputs(layer_named(model, name))[0] for name in (layer, logits))
    if len(target.shape) != 4:
        raise ValueError(
            f"layer {layer!r} must give maps (N, h, w, K), got {tuple(target.shape)}: choose an earlier one"
        )
    if id(target) not in trace(model, logits, True, lambda *_: True, lambda *_: True):
        raise ValueError(
            f"layer {layer!r} must lead to {logits!r}, got one that does not: choose one before it"
        )
    keras = backend.load()
    given, single = _scenes_of(model, inputs)
    maps, found = (
        keras.ops.convert_to_numpy(each)
        for each in keras.Model(model.inputs, [target, scores])(given, training=False)
    )
    if pixels is not None and single:
        pixels = np.asarray(pixels)[np.newaxis]
    chosen = _chosen(found, class_index, pixels)
    # The part of the network behind the layer; what goes round it (skips, the sound) comes from the inputs.
    behind = keras.Function([target, *model.inputs], scores)

    def score(changed: Any) -> Any:
        return keras.ops.sum(behind([changed, *given])[..., class_index] * chosen)

    coarse = grad_cam(maps, backend.gradient(score, maps))
    fine = np.stack([resize_image(each, chosen.shape[1:]) for each in coarse])
    return ActivationMap(coarse[0], fine[0]) if single else ActivationMap(coarse, fine)


def _scenes_of(model: Any, inputs: Sequence[ArrayLike]) -> tuple[list[Any], bool]:
    """The senses of N scenes in the types that the model takes, and whether it was one without its axis."""
    arrays = [np.asarray(each) for each in inputs]
    wanted = [tuple(tensor.shape[1:]) for tensor in model.inputs]
    single = len(arrays) == len(wanted) and all(map(_agree, (a.shape for a in arrays), wanted))
    if single:
        arrays = [array[np.newaxis] for array in arrays]
    counts = {array.shape[0] if array.ndim else 0 for array in arrays}
    several = len(arrays) == len(wanted) and all(map(_agree, (a.shape[1:] for a in arrays), wanted))
    if not several or len(counts) != 1 or min(counts) < 1:
        raise ValueError(
            f"inputs must be one scene's {', '.join(map(str, wanted))}, or N of each, got "
            f"{', '.join(str(np.shape(each)) for each in inputs)}: take [pictures[i], sounds[i]], or both of one batch"
        )
    convert = backend.load().ops.convert_to_tensor
    return [convert(a, dtype=t.dtype) for a, t in zip(arrays, model.inputs, strict=True)], single


def _agree(shape: tuple[int, ...], wanted: tuple[int | None, ...]) -> bool:
    return len(shape) == len(wanted) and all(w in (None, s) for s, w in zip(shape, wanted, strict=True))


def _chosen(scores: np.ndarray, class_index: int, pixels: ArrayLike | None) -> np.ndarray:
    """The sets of pixels as float masks (N, H, W)."""
    classes = scores.shape[-1]
    if not is_whole(class_index) or not 0 <= class_index < classes:
        raise ValueError(f"class_index must be a whole number from 0 to {classes - 1}, got {class_index!r}")
    mask = scores.argmax(axis=-1) == class_index if pixels is None else np.asarray(pixels)
    if mask.shape != scores.shape[:-1] or mask.dtype != bool:
        raise ValueError(
            f"pixels must be a mask of booleans (H, W) = {scores.shape[1:-1]} a scene, {len(scores)} in all, got "
            f"{mask.dtype} of shape {mask.shape}: compare labels with one class, labels == 2"
        )
    empty = ~mask.any(axis=(1, 2))
    if empty.any():
        where = f" of class {class_index} in the answer" if pixels is None else ""
        which = f" in scene {int(np.argmax(empty))}" if len(mask) > 1 else ""
        raise ValueError(
            f"pixels must hold at least one, got none{where}{which}: give those that you ask about"
        )
    return mask.astype(np.float32)


def shuffled_weights(model: Any, seed: int | np.random.Generator, layers: Sequence[str] | None = None) -> Any:
    """Copy a network and shuffle the numbers inside each of its weight arrays: what it has learnt is gone.

    An explanation that stays the same does not explain what was learnt (Adebayo et al., 2018).

    Parameters
    ----------
    model : keras.Model, whose own weights stay untouched
    seed : int or numpy.random.Generator
    layers : names of layers, optional
        Shuffle these alone; default all. Adebayo et al. begin at the output and go down.

    Returns
    -------
    keras.Model
        The same layers under the same names. Each weight array keeps its mean and spread, so that the numbers in the
        network stay in their range.

    Raises
    ------
    ValueError
        For a name that is none of the model's layers.

    References
    ----------
    Adebayo et al. (2018), Sanity checks for saliency maps, NeurIPS, section 3.

    Examples
    --------
    >>> shuffled_weights(model, seed=0, layers=["logits"])  # doctest: +SKIP

    Lesson: 18_explaining
    """
    names = [layer.name for layer in model.layers]
    if unknown := sorted(set(layers or []) - set(names)):
        raise ValueError(
            f"layers must be the model's, got {', '.join(unknown)}: choose from {', '.join(names)}"
        )
    rng = np.random.default_rng(seed)
    keras = backend.load()
    # The same graph under a new name is not compiled: a loss that is no class of Keras could not be copied.
    answers = model.outputs if len(model.outputs) > 1 else model.outputs[0]
    copy = keras.models.clone_model(keras.Model(model.inputs, answers))
    for own in (layer for layer in model.layers if layer.weights):
        arrays = [np.asarray(keras.ops.convert_to_tensor(each)) for each in own.weights]
        if layers is None or own.name in layers:
            arrays = [rng.permuted(array.ravel()).reshape(array.shape) for array in arrays]
        for weight, array in zip(copy.get_layer(own.name).weights, arrays, strict=True):
            weight.assign(array)
    return copy


def rank_correlation(one: ArrayLike, other: ArrayLike) -> float:
    r"""Spearman's correlation of two maps: do the same places stand high?

    .. math:: \rho = \operatorname{corr}\big(\text{rank}(A), \text{rank}(B)\big)

    Parameters
    ----------
    one, other : arrays of one shape, finite, 2 numbers or more
        Equal numbers share the mean of their ranks.

    Returns
    -------
    float in [-1, 1]
        1 for the same order, whatever the numbers. 0 if one of the maps is constant: it has no order to agree with.

    Raises
    ------
    ValueError
        If the shapes differ, there are fewer than 2 numbers, or one is not finite.

    Examples
    --------
    >>> rank_correlation([0, 1, 5], [10, 20, 21]), rank_correlation([0, 1, 5], [7, 7, 7])
    (1.0, 0.0)

    Lesson: 18_explaining
    """
    from scipy.stats import rankdata

    first, second = as_reals("one map", one), as_reals("the other map", other)
    if first.shape != second.shape or first.size < 2:
        raise ValueError(
            f"both maps must have one shape, 2 numbers or more, got {first.shape} and {second.shape}: compare maps of "
            "one layer"
        )
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise ValueError("both maps must be finite, got NaN or infinity: look at the network's input")
    ranks = [rankdata(each.ravel()) - (first.size + 1) / 2 for each in (first, second)]
    size = np.sqrt((ranks[0] ** 2).sum() * (ranks[1] ** 2).sum())
    return float(np.clip(ranks[0] @ ranks[1] / size, -1, 1)) if size > 0 else 0.0
