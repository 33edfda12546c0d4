"""Layers in which pixels look: cross-attention to the sound, and the benchmark's TPAVI."""

from __future__ import annotations

from typing import Any

from mmseg_edu import backend, fusion
from mmseg_edu.fusion.modulation import spread
from mmseg_edu.models.layers.senses import Shape, checked_senses, checked_whole, dense, is_map, summed

keras: Any = backend.load()


@keras.saving.register_keras_serializable("mmseg_edu")
class CrossAttention(keras.layers.Layer):
    r"""Each pixel asks, pieces of sound answer, and the answer is added to the pixel.

    .. math:: y(x) = h(x) + W \sum_{m} \operatorname{softmax}_m \left( \frac{q(x) \cdot k_m}{\sqrt{D}} \right) v_m

    Called on [features (N, H, W, C), sound (N, S), ...], see :mod:`mmseg_edu.models.layers`. The pixels query the
    sound, and not the other way round: one answer a pixel is what a mask needs, where a sound that queries the pixels
    gets one answer a picture and forgets where it came from. Each sound vector, (N, S) or each of the T
    of (N, T, S), speaks as ``tokens`` keys and values, matrices of it; pixels of any frame may listen to any moment. A
    map (N, H, W, S), such as motion, adds to what its pixel asks. The formula is :func:`mmseg_edu.fusion.attention`.

    Parameters
    ----------
    tokens : int >= 1, keys and values that one sound vector makes. With one in all, the softmax has no choice and
        the layer adds the same numbers at every pixel.
    heads : int >= 1, how many questions a pixel asks at once
    width : int >= 1, D, numbers in a question

    References
    ----------
    Vaswani et al. (2017), NeurIPS, equation 1 and section 3.2.2; Tsai et al. (2019), ACL, for attention from one
    modality to another.

    Examples
    --------
    >>> CrossAttention(name="look")([keras.Input((8, 8, 3)), keras.Input((128,))]).shape  # doctest: +SKIP
    (None, 8, 8, 3)

    Lesson: 16_learned_fusion
    """

    one_place = True

    def __init__(self, tokens: int = 8, heads: int = 4, width: int = 16, **options: Any) -> None:
        super().__init__(**options)
        self.tokens, self.heads, self.width = (
            checked_whole(name, value)
            for name, value in (("tokens", tokens), ("heads", heads), ("width", width))
        )

    def build(self, input_shape: Any) -> None:
        features, *others = shapes = checked_senses(input_shape)
        inner = self.heads * self.width
        sounds = [shape for shape in others if not is_map(shape, features)]
        if not sounds:
            raise ValueError(
                f"cross-attention needs a sense that is a vector (N, S), got maps alone, {others}: "
                "average one over its pixels"
            )
        self.asks = [is_map(shape, features) for shape in shapes]
        self.query = [dense(self, s, inner, f"query{i}") for i, s in enumerate(shapes) if self.asks[i]]
        self.key = [dense(self, s, self.tokens * inner, f"key{i}") for i, s in enumerate(sounds)]
        self.value = [dense(self, s, self.tokens * inner, f"value{i}") for i, s in enumerate(sounds)]
        self.out = dense(self, (*features[:-1], inner), features[-1] or 1, "out")

    def call(self, senses: Any) -> Any:
        query, key, value = self._query_key_value(senses)
        answer = keras.ops.swapaxes(fusion.attention(query, key, value), 1, 2)
        shape = keras.ops.shape(senses[0])
        answer = keras.ops.reshape(answer, (*shape[:-1], self.heads * self.width))
        return senses[0] + self.out(answer)

    def reading(self, senses: Any) -> Any:
        """How each pixel looks at each token, (N, H, W, heads, M) or (N, T, H, W, heads, M); sums to 1 over M."""
        query, key, _ = self._query_key_value(senses)
        weights = keras.ops.swapaxes(fusion.attention_weights(query, key), 1, 2)
        shape = keras.ops.shape(senses[0])
        return keras.ops.reshape(weights, (*shape[:-1], self.heads, key.shape[-2]))

    def _query_key_value(self, senses: Any) -> tuple[Any, ...]:
        """Each as (N, heads, rows, width): rows are pixels for the query, tokens for key and value."""
        asking = [sense for sense, asks in zip(senses, self.asks, strict=True) if asks]
        sounds = [sense for sense, asks in zip(senses, self.asks, strict=True) if not asks]
        query = self._rows(summed([layer(sense) for layer, sense in zip(self.query, asking, strict=True)]))
        key, value = (
            keras.ops.concatenate(
                [self._rows(layer(sense)) for layer, sense in zip(layers, sounds, strict=True)], 2
            )
            for layers in (self.key, self.value)
        )
        return query, key, value

    def _rows(self, values: Any) -> Any:
        count = keras.ops.shape(values)[0]
        split = keras.ops.reshape(values, (count, -1, self.heads, self.width))
        return keras.ops.swapaxes(split, 1, 2)

    def compute_output_shape(self, input_shape: Any) -> Shape:
        return checked_senses(input_shape)[0]

    def get_config(self) -> dict[str, Any]:
        own = {"tokens": self.tokens, "heads": self.heads, "width": self.width}
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable("mmseg_edu")
class Tpavi(keras.layers.Layer):
    r"""Adds to each pixel what the whole clip shows, by how well the pixel matches the sound.

    .. math:: z_p = h_p + \operatorname{BN}\Big( W \frac{1}{P} \sum_{p'=1}^{P} (\theta_p \cdot \phi_{p'})\, g_{p'}
              \Big), \qquad P = T H W

    Called on [features (N, T, H, W, C) or (N, H, W, C), sound (N, T, S) or (N, S), ...], see
    :mod:`mmseg_edu.models.layers`. :math:`\theta` and g are made from the picture, :math:`\phi` from the sound, the
    same at every pixel of a frame; a further sense that is a map makes it differ from pixel to pixel. The batch
    normalisation starts with scale 0, so that the layer starts as the identity. The formula is
    :func:`mmseg_edu.fusion.tpavi`.

    Parameters
    ----------
    width : int >= 1 or None, numbers in theta, phi and g; None for half of the features' channels

    References
    ----------
    Zhou et al. (2022), Audio-visual segmentation, ECCV. Its layer normalisation behind the sum is left out, so that the
    identity is one.

    Examples
    --------
    >>> Tpavi(name="match")([keras.Input((5, 8, 8, 4)), keras.Input((5, 128))]).shape  # doctest: +SKIP
    (None, 5, 8, 8, 4)

    Lesson: 16_learned_fusion
    """

    def __init__(self, width: int | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.width = None if width is None else checked_whole("width", width)

    def build(self, input_shape: Any) -> None:
        features, *others = checked_senses(input_shape)
        if None in features[1:]:
            raise ValueError(
                f"TPAVI needs features of a fixed size, got {features}: build the network for one size of picture"
            )
        channels = features[-1] or 1
        inner = self.width or max(1, channels // 2)
        self.query = dense(self, features, inner, "query")
        self.key = [dense(self, shape, inner, f"key{i}") for i, shape in enumerate(others)]
        self.value = dense(self, features, inner, "value")
        self.out = dense(self, (*features[:-1], inner), channels, "out", bias=None)
        self.norm = keras.layers.BatchNormalization(
            momentum=0.9, gamma_initializer="zeros", dtype=self.dtype_policy, name="norm"
        )
        self.norm.build(features)

    def call(self, senses: Any, training: bool = False) -> Any:
        query, key = self._query_key(senses)
        gathered = fusion.tpavi(query, key, self._rows(self.value(senses[0])))
        shape = (-1, *senses[0].shape[1:-1], gathered.shape[-1])
        return senses[0] + self.norm(self.out(keras.ops.reshape(gathered, shape)), training=training)

    def reading(self, senses: Any) -> Any:
        """How well each pixel matches what is heard, (N, H, W) or (N, T, H, W): theta times the mean of phi."""
        query, key = self._query_key(senses)
        match = keras.ops.sum(query * keras.ops.mean(key, axis=1, keepdims=True), axis=-1)
        return keras.ops.reshape(match, (-1, *senses[0].shape[1:-1]))

    def _query_key(self, senses: Any) -> tuple[Any, Any]:
        key = summed([layer(sense) for layer, sense in zip(self.key, senses[1:], strict=True)])
        query = self.query(senses[0])
        return self._rows(query), self._rows(spread(key, query, keras.ops))

    def _rows(self, values: Any) -> Any:
        pixels = 1
        for side in values.shape[1:-1]:
            pixels *= side
        return keras.ops.reshape(values, (-1, pixels, values.shape[-1]))

    def compute_output_shape(self, input_shape: Any) -> Shape:
        return checked_senses(input_shape)[0]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "width": self.width}
