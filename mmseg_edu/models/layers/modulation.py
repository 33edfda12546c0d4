"""Layers in which the sound turns the picture's features: FiLM, gate, concatenation, low-rank bilinear."""

from __future__ import annotations

from typing import Any

from mmseg_edu import backend, fusion
from mmseg_edu.fusion.modulation import spread
from mmseg_edu.models.layers.senses import Shape, checked_senses, checked_whole, dense, summed

keras: Any = backend.load()


@keras.saving.register_keras_serializable("mmseg_edu")
class Film(keras.layers.Layer):
    r"""Scales and shifts every channel of the features by numbers that depend on the other senses.

    .. math:: y_c(x) = \gamma_c(a)\, h_c(x) + \beta_c(a), \qquad \gamma = 1 + V a, \quad \beta = W a + b

    Called on [features (N, H, W, C), sound (N, S), ...], see :mod:`mmseg_edu.models.layers`. V, W and b start at 0, so
    that the layer starts as the identity: a network first learns to see and then what to listen for. What each
    further sense adds to scale and shift is summed; a map (N, H, W, S) sets them for each pixel.

    The formula is :func:`mmseg_edu.fusion.film`.

    References
    ----------
    Perez, Strub, de Vries, Dumoulin & Courville (2018), AAAI, equation 2.

    Examples
    --------
    >>> Film(name="listen")([keras.Input((8, 8, 3)), keras.Input((128,))]).shape  # doctest: +SKIP
    (None, 8, 8, 3)

    Lesson: 16_learned_fusion
    """

    one_place = True  # a unit reads its own place of the first sense, and no other

    def build(self, input_shape: Any) -> None:
        features, *others = checked_senses(input_shape)
        channels = features[-1]
        self.scale = [
            dense(self, shape, channels, f"scale{i}", "zeros", "zeros" if i else "ones")
            for i, shape in enumerate(others)
        ]
        self.shift = [dense(self, shape, channels, f"shift{i}", "zeros") for i, shape in enumerate(others)]

    def call(self, senses: Any) -> Any:
        return fusion.film(senses[0], *self._scale_and_shift(senses))

    def reading(self, senses: Any) -> Any:
        """Scale and shift, (2, N, C); with a map among the senses (2, N, H, W, C)."""
        return keras.ops.stack(self._scale_and_shift(senses))

    def _scale_and_shift(self, senses: Any) -> tuple[Any, Any]:
        scale, shift = (
            summed([layer(sense) for layer, sense in zip(layers, senses[1:], strict=True)])
            for layers in (self.scale, self.shift)
        )
        return scale, shift

    def compute_output_shape(self, input_shape: Any) -> Shape:
        return checked_senses(input_shape)[0]


@keras.saving.register_keras_serializable("mmseg_edu")
class Gated(keras.layers.Layer):
    r"""Lets a gate choose, at each pixel and in each channel, between the features and what the sound puts there.

    .. math:: y(x) = z(x) \circ h(x) + (1 - z(x)) \circ (V a + c), \qquad z(x) = \sigma(W h(x) + U a + b)

    Called on [features (N, H, W, C), sound (N, S), ...], see :mod:`mmseg_edu.models.layers`. Gate 1 gives the image,
    gate 0 the sound. It is weighted fusion, :func:`mmseg_edu.fusion.weighted`, whose alpha is computed from the input:
    for n senses the softmax over n scores, which for two is the sigmoid of their difference. Where the scores are 0
    the bias gives the image 0.73, the rest to the sound.

    References
    ----------
    Arevalo, Solorio, Montes-y-Gómez & González (2017), ICLR workshop, equation 4 (gated multimodal unit). There the
    senses pass through a tanh first; here the features stay as they are, so that an open gate changes nothing.

    Examples
    --------
    >>> Gated(name="choose")([keras.Input((8, 8, 3)), keras.Input((128,))]).shape  # doctest: +SKIP
    (None, 8, 8, 3)

    Lesson: 16_learned_fusion
    """

    one_place = True

    def build(self, input_shape: Any) -> None:
        features, *others = shapes = checked_senses(input_shape)
        channels, count = features[-1], len(shapes)
        self.value = [dense(self, shape, channels, f"value{i}") for i, shape in enumerate(others, 1)]
        self.score = [
            dense(self, shape, channels * count, f"gate{i}", bias=None) for i, shape in enumerate(shapes)
        ]
        self.bias = self.add_weight(shape=(count, channels), initializer=_first_is_one, name="gate_bias")

    def call(self, senses: Any) -> Any:
        here = [senses[0]]
        for layer, sense in zip(self.value, senses[1:], strict=True):
            here.append(spread(layer(sense), senses[0], keras.ops))
        return fusion.weighted(here, self.reading(senses))

    def reading(self, senses: Any) -> Any:
        """The gates (n, N, H, W, C): how much of each sense is let through; they sum to 1 over the n senses."""
        scores = summed([layer(sense) for layer, sense in zip(self.score, senses, strict=True)])
        parts = keras.ops.split(scores, len(senses), axis=-1)
        stacked = keras.ops.stack(
            [part + keras.ops.cast(self.bias[i], part.dtype) for i, part in enumerate(parts)]
        )
        # Written out, because TensorFlow's softmax over another axis than the last ends at five axes.
        raised = keras.ops.exp(stacked - keras.ops.max(stacked, axis=0, keepdims=True))
        return raised / keras.ops.sum(raised, axis=0, keepdims=True)

    def compute_output_shape(self, input_shape: Any) -> Shape:
        return checked_senses(input_shape)[0]


@keras.saving.register_keras_serializable("mmseg_edu")
class Concat(keras.layers.Layer):
    r"""Puts the sound behind the channels at every pixel and projects both to the width of the features.

    .. math:: y(x) = r(W [h(x), a, \dots] + b), \qquad r(t) = \max(0, t)

    Called on [features (N, H, W, C), sound (N, S), ...], see :mod:`mmseg_edu.models.layers`. The concatenation is
    :func:`mmseg_edu.fusion.concat`.

    Parameters
    ----------
    activation : str or None, Keras name of r
        Without one, all that the sound can do is add the same numbers at every pixel.

    Examples
    --------
    >>> Concat(name="join")([keras.Input((8, 8, 3)), keras.Input((128,))]).shape  # doctest: +SKIP
    (None, 8, 8, 3)

    Lesson: 16_learned_fusion
    """

    one_place = True

    def __init__(self, activation: str | None = "relu", **options: Any) -> None:
        super().__init__(**options)
        self.activation = activation

    def build(self, input_shape: Any) -> None:
        shapes = checked_senses(input_shape)
        joined = (*shapes[0][:-1], sum(shape[-1] or 0 for shape in shapes))
        self.project = dense(self, joined, shapes[0][-1] or 1, "project")

    def call(self, senses: Any) -> Any:
        return keras.activations.get(self.activation)(self.project(fusion.concat(list(senses))))

    def compute_output_shape(self, input_shape: Any) -> Shape:
        return checked_senses(input_shape)[0]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "activation": self.activation}


@keras.saving.register_keras_serializable("mmseg_edu")
class Bilinear(keras.layers.Layer):
    r"""Multiplies features and sound, number by number, through a few products.

    .. math:: y(x) = P^\top \big( (U^\top h(x)) \circ (V^\top [a, 1]) \big) + b

    Called on [features (N, H, W, C), sound (N, S), ...], see :mod:`mmseg_edu.models.layers`. The 1 behind the sound
    keeps what the picture says by itself: where a row of V holds nothing else, the product is U h alone. The
    formula is :func:`mmseg_edu.fusion.low_rank_bilinear`.

    Parameters
    ----------
    rank : int >= 1 or None, R, the number of products; None for as many as the features have channels

    References
    ----------
    Kim, On, Lim, Kim, Ha & Zhang (2017), ICLR, equation 5; Liu et al. (2018), ACL, for the 1.

    Examples
    --------
    >>> Bilinear(rank=16, name="multiply")([keras.Input((8, 8, 3)), keras.Input((128,))]).shape  # doctest: +SKIP
    (None, 8, 8, 3)

    Lesson: 16_learned_fusion
    """

    one_place = True

    def __init__(self, rank: int | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.rank = None if rank is None else checked_whole("rank", rank)

    def build(self, input_shape: Any) -> None:
        features, *others = checked_senses(input_shape)
        channels, rank = features[-1], self.rank or features[-1]
        self.factors = [self.add_weight(shape=(channels, rank), initializer="glorot_uniform", name="factor0")]
        for i, shape in enumerate(others, 1):
            size = (shape[-1] + 1, rank)
            self.factors.append(self.add_weight(shape=size, initializer=_last_is_one, name=f"factor{i}"))
        self.out = self.add_weight(shape=(rank, channels), initializer="glorot_uniform", name="out")
        self.bias = self.add_weight(shape=(channels,), initializer="zeros", name="bias")

    def call(self, senses: Any) -> Any:
        ops = keras.ops
        with_one = [ops.concatenate([sense, ops.ones_like(sense[..., :1])], axis=-1) for sense in senses[1:]]
        factors = [ops.cast(factor, self.compute_dtype) for factor in self.factors]
        out = ops.cast(self.out, self.compute_dtype)
        y = fusion.low_rank_bilinear([senses[0], *with_one], factors, out)
        return y + ops.cast(self.bias, self.compute_dtype)

    def compute_output_shape(self, input_shape: Any) -> Shape:
        return checked_senses(input_shape)[0]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "rank": self.rank}


def _first_is_one(shape: tuple[int, ...], dtype: Any = None) -> Any:
    """A first row of ones, the rest zeros: the image's share of an unlearnt gate."""
    ops = keras.ops
    return ops.concatenate([ops.ones((1, *shape[1:]), dtype), ops.zeros((shape[0] - 1, *shape[1:]), dtype)])


def _last_is_one(shape: tuple[int, ...], dtype: Any = None) -> Any:
    """Small random rows and a last row of ones: an unlearnt product hands the picture on."""
    ops = keras.ops
    drawn = keras.initializers.GlorotUniform()((shape[0] - 1, *shape[1:]), dtype)
    return ops.concatenate([drawn, ops.ones((1, *shape[1:]), dtype)])
