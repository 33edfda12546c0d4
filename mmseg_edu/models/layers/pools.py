"""Layers that pool opinions: the weighted mean with alpha learnt, and the product trained end to end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmseg_edu import backend, fusion
from mmseg_edu.fusion.modulation import spread
from mmseg_edu.models.layers.senses import Shape, checked_maps

keras: Any = backend.load()

# Below this a posterior counts as this much: the logarithm and its slope stay finite.
FLOOR = 1e-6


@keras.saving.register_keras_serializable("mmseg_edu")
class Weighted(keras.layers.Layer):
    r"""Averages maps of equal meaning, with shares that are learnt.

    .. math:: F(x) = \sum_{i=1}^{n} \alpha_i f_i(x), \qquad \alpha = \operatorname{softmax}(s)

    Called on [map (N, H, W, K), opinion (N, K) or (N, H, W, K), ...]: n posteriors, or features, of one width. An
    opinion about the whole picture holds at each of its pixels. The scores s start at 0, so that the layer starts as
    the mean. The formula is :func:`mmseg_edu.fusion.weighted`.

    Parameters
    ----------
    per_class : bool, True learns one alpha a class (channel); the sum over classes is then not 1 any more

    Examples
    --------
    >>> Weighted(name="trust")([keras.Input((8, 8, 5)), keras.Input((5,))]).shape  # doctest: +SKIP
    (None, 8, 8, 5)

    Lesson: 16_learned_fusion
    """

    one_place = True

    def __init__(self, per_class: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.per_class = bool(per_class)

    def build(self, input_shape: Any) -> None:
        shapes = checked_maps(input_shape)
        size = (len(shapes), shapes[0][-1]) if self.per_class else (len(shapes),)
        self.scores = self.add_weight(shape=size, initializer="zeros", name="scores")

    def call(self, maps: Any) -> Any:
        return fusion.weighted(_at_every_pixel(maps), self.reading(maps))

    def reading(self, maps: Any) -> Any:
        """Alpha, (n,) or (n, K); sums to 1 over the n senses. It is the same for every input."""
        return keras.ops.softmax(keras.ops.cast(self.scores, self.compute_dtype), axis=0)

    def compute_output_shape(self, input_shape: Any) -> Shape:
        return checked_maps(input_shape)[0]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "per_class": self.per_class}


@keras.saving.register_keras_serializable("mmseg_edu")
class Product(keras.layers.Layer):
    r"""Multiplies the posteriors of two heads or more and divides out the prior that they share.

    .. math:: P(k \mid f_1, \dots, f_n) \;\propto\; P(k)^{1-n} \prod_{i=1}^{n} P(k \mid f_i)

    Called on [posterior (N, H, W, K), posterior (N, K) or (N, H, W, K), ...]. It owns no weights: what is trained
    through it are the heads. The formula is :func:`mmseg_edu.fusion.product`, in float32 or better.

    Parameters
    ----------
    prior : K numbers above 0 that sum to 1, or None
        None means that all classes are equally common. Heads that are trained through the product learn to
        put the prior in or out by their biases; heads that were trained apart need it here.

    Notes
    -----
    Posteriors are lifted to 1e-6 first (:func:`mmseg_edu.fusion.clip`): a 0 has no slope, so a head that said "never"
    could not learn better, and a pixel that every class is vetoed at would be NaN.

    Examples
    --------
    >>> Product(name="agree")([keras.Input((8, 8, 5)), keras.Input((5,))]).shape  # doctest: +SKIP
    (None, 8, 8, 5)

    Lesson: 16_learned_fusion
    """

    one_place = True

    def __init__(self, prior: Sequence[float] | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.prior = None if prior is None else [float(share) for share in prior]

    def build(self, input_shape: Any) -> None:
        shapes = checked_maps(input_shape)
        if self.prior is not None and len(self.prior) != shapes[0][-1]:
            raise ValueError(
                f"prior must have one number a class, {shapes[0][-1]}, got {len(self.prior)}: "
                "divide the class counts by their total"
            )

    def call(self, maps: Any) -> Any:
        opinions = [keras.ops.cast(each, "float32") for each in _at_every_pixel(maps)]
        fused = fusion.product([fusion.clip(each, FLOOR) for each in opinions], self.prior)
        return keras.ops.cast(fused, self.compute_dtype)

    def compute_output_shape(self, input_shape: Any) -> Shape:
        return checked_maps(input_shape)[0]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "prior": self.prior}


@keras.saving.register_keras_serializable("mmseg_edu")
def log_posterior(posterior: Any) -> Any:
    r"""The scores :math:`\log p` of a posterior, whose softmax is the posterior again; -13.8 for all below 1e-6.

    Parameters
    ----------
    posterior : tensor (..., K), in [0, 1]

    Returns
    -------
    tensor (..., K)

    Examples
    --------
    >>> log_posterior(keras.ops.convert_to_tensor([1.0, 0.0]))  # doctest: +SKIP
    [0.0, -13.8]
    """
    return keras.ops.log(keras.ops.maximum(posterior, FLOOR))


def _at_every_pixel(maps: Any) -> list[Any]:
    return [maps[0], *(spread(each, maps[0], keras.ops) for each in maps[1:])]
